// SPDX-License-Identifier: MIT
// about: peal_read_arb
// wire f_words = u_ar.f_words
// wire f_wptr = u_ar.wptr_q
// wire f_rptr = u_ar.rptr_q
// Clients ask for bursts within 4 KiB; the memory answers what was asked, by ID.
// f_n is any one request of all clients, f_c any one client.
  `RESET_FIRST
  (* keep *) wire [235:0] f_words;
  (* keep *) wire [2:0] f_wptr, f_rptr;
  (* anyconst *) logic [7:0] f_n;
  (* anyconst *) logic [2:0] f_c;
  always @* client_exists : assume (32'(f_c) < N);
  logic [7:0] f_asked, f_sent;
  logic [58:0] f_request;
  logic [9:0] f_pending;         // bursts of f_c accepted and not answered
  logic [9:0] f_on_bus;          // the same, of those that the bus took
  logic [2:0] f_waiting;         // of f_c in the queue
  logic [47:0] f_addr;
  logic [7:0] f_len;
  logic [58:0] f_ar, f_head0, f_head1, f_head2, f_head3;
  logic f_r_last;

  assign f_addr = addr_i[client*48 +: 48];
  assign f_len  = len_i[client*8 +: 8];
  assign f_ar   = {m_arid_o, m_araddr_o, m_arlen_o};
  assign f_r_last = m_rvalid_i && m_rready_o && m_rlast_i;

  // clients: at least the first byte's line to the last one's lie in one page
  logic [N-1:0] f_crosses;
  for (genvar c = 0; c < N; c++) begin : g_crosses
    assign f_crosses[c] = valid_i[c] && 9'(addr_i[c*48+6 +: 6]) + 9'(len_i[c*8 +: 8]) >= 9'd64;
  end
  `PROMISE(read_client_within_4k, f_crosses == 0)
  // memory: beats only of bursts it took, and the engine never has a thousand of them
  `PROMISE(read_memory_answers_what_was_asked, !m_rvalid_i || 32'(m_rid_i) < N && (m_rid_i != f_c || f_on_bus != 0))
  `PROMISE(read_client_bounded, f_pending < 10'd1000)

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_asked   <= '0;
      f_sent    <= '0;
      f_pending <= '0;
      f_on_bus  <= '0;
    end else begin
      f_asked <= f_asked + 8'(|(valid_i & ready_o));
      f_sent  <= f_sent + 8'(m_arvalid_o && m_arready_i);
      if (|(valid_i & ready_o) && f_asked == f_n) f_request <= {client, f_addr[47:6], 6'd0, f_len};
      f_pending <= f_pending + 10'(valid_i[f_c] && ready_o[f_c]) - 10'(f_r_last && m_rid_i == f_c);
      f_on_bus  <= f_on_bus + 10'(m_arvalid_o && m_arready_i && m_arid_o == f_c)
                   - 10'(f_r_last && m_rid_i == f_c);
    end
  end

  // a request once on the bus stays, unchanged, until it is taken
  `PROVE(read_ar_held, f_past && $past(m_arvalid_o && !m_arready_i), m_arvalid_o && $stable(f_ar))
  // aligned INCR bursts that do not cross 4 KiB
  `ALWAYS(read_ar_within_4k, m_arvalid_o && m_arlen_o != 0, !m_arvalid_o || m_araddr_o[5:0] == 0 && 9'(m_araddr_o[11:6]) + 9'(m_arlen_o) < 9'd64)
  // request n on the bus is the nth that a client asked for, with that client's ID: none lost, none new
  `ALWAYS(read_requests_in_order, m_arvalid_o && f_sent == f_n && f_n != 0, !(m_arvalid_o && f_sent == f_n) || f_ar == f_request)
  `PROVE(read_no_request_invented, m_arvalid_o, f_sent != f_asked)
  // at most one client is served a cycle, and one that asked
  `PROVE(read_serves_who_asked, valid_i != 0 && free && !halt_i, ready_o != 0 && (ready_o & (ready_o - 1'b1)) == 0 && (ready_o & ~valid_i) == 0)
  // a beat goes to the client of its ID and to no other, as it came
  `PROVE(read_beat_to_its_client, m_rvalid_i, beat_o == N'(1) << m_rid_i && data_o == m_rdata_i && last_o == m_rlast_i && error_o == m_rresp_i[1])
  // waiting_o of a client: some burst of it is not answered to the last beat
  `ALWAYS(read_waiting_exact, f_pending != 0, waiting_o[f_c] == (f_pending != 0))
  // nothing begins while halted
  `PROVE(read_halt, valid_i != 0 && free && halt_i, ready_o == 0)
  // data never waits
  `ALWAYS(read_data_never_waits, m_rvalid_i, m_rready_o)

  assign {f_head3, f_head2, f_head1, f_head0} = f_words;
  logic [2:0] f_level;
  logic [7:0] f_age;   // how long behind the head f_n is
  assign f_level = f_wptr - f_rptr;
  assign f_age   = f_n - f_sent;
  logic [3:0] f_in_queue, f_of_c, f_word_ok;
  for (genvar i = 0; i < 4; i++) begin : g_word
    logic [58:0] f_word;
    assign f_word = f_words[i*59 +: 59];
    logic [1:0] f_behind;
    assign f_behind      = 2'(i) - f_rptr[1:0];
    assign f_in_queue[i] = {1'b0, f_behind} < f_level;
    assign f_of_c[i]     = f_in_queue[i] && f_word[58:56] == f_c;
    assign f_word_ok[i]  = !f_in_queue[i] || f_word[13:8] == 0 &&
                           9'(f_word[19:14]) + 9'(f_word[7:0]) < 9'd64;
  end
  `LEMMA(read_words_within_4k, f_word_ok == '1)
  logic [1:0] f_place;
  logic [58:0] f_nth;
  assign f_place = f_rptr[1:0] + f_age[1:0];
  assign f_nth   = f_place[1] ? (f_place[0] ? f_head3 : f_head2) : (f_place[0] ? f_head1 : f_head0);
  `LEMMA(read_queue, f_asked - f_sent == 8'(f_level) && f_level <= 4)
  `LEMMA(read_element, !(f_age < 8'(f_level)) || f_nth == f_request)
  `LEMMA(read_counts, f_pending == f_on_bus + 10'(f_of_c[0]) + 10'(f_of_c[1]) + 10'(f_of_c[2]) + 10'(f_of_c[3]) && f_pending <= 10'd1000 && f_on_bus <= f_pending)
  logic [9:0] f_bursts;
  always_comb begin
    f_bursts = g_client[0].bursts_q;
    if (f_c == 1) f_bursts = g_client[1].bursts_q;
    if (f_c == 2) f_bursts = g_client[2].bursts_q;
    if (f_c == 3) f_bursts = g_client[3].bursts_q;
    if (f_c == 4) f_bursts = g_client[4].bursts_q;
  end
  `LEMMA(read_bursts, f_bursts == f_pending)
