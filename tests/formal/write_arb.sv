// SPDX-License-Identifier: MIT
// about: peal_write_arb
// wire f_aw_words = u_aw.f_words
// wire f_aw_wptr = u_aw.wptr_q
// wire f_aw_rptr = u_aw.rptr_q
// wire f_w_words = u_w.f_words
// wire f_w_wptr = u_w.wptr_q
// wire f_w_rptr = u_w.rptr_q
// Clients hold address and length over a burst and say last at its last beat.
// f_n is any one burst, f_m any one beat, f_c any one client.
  `RESET_FIRST
  // the ports of the clients as vectors
  localparam int F_Data = $bits(m_wdata_o);
  localparam int F_Beat = 1 + $bits(m_wstrb_o) + F_Data;
  logic [N*48-1:0] addr_i;
  logic [N*8-1:0] len_i;
  logic [N*$bits(m_wstrb_o)-1:0] strb_i;
  logic [N*F_Data-1:0] data_i;
  logic [N-1:0] last_i;
  assign addr_i = {c4_addr_i, c3_addr_i, c2_addr_i, c1_addr_i, c0_addr_i};
  assign len_i  = {8'd0, 8'd0, c2_len_i, c1_len_i, 8'd0};
  assign strb_i = {c4_strb_i, {$bits(m_wstrb_o){1'b1}}, c2_strb_i, c1_strb_i, c0_strb_i};
  assign data_i = {c4_data_i, c3_data_i, c2_data_i, c1_data_i, c0_data_i};
  assign last_i = {1'b1, 1'b1, c2_last_i, c1_last_i, 1'b1};
  (* keep *) wire [235:0] f_aw_words;
  (* keep *) wire [4*F_Beat-1:0] f_w_words;
  (* keep *) wire [2:0] f_aw_wptr, f_aw_rptr, f_w_wptr, f_w_rptr;
  (* anyconst *) logic [7:0] f_n, f_m;
  (* anyconst *) logic [2:0] f_c;
  always @* client_exists : assume (32'(f_c) < N);

  logic [58:0] f_first, f_burst, f_aw;
  logic [F_Beat-1:0] f_taken, f_beat, f_w;
  logic [7:0] f_begun_n, f_aw_n;      // bursts begun by clients, on the bus
  logic [7:0] f_taken_n, f_w_n;       // beats taken from clients, on the bus
  logic [7:0] f_whole_n, f_last_n;    // bursts finished by clients, on the bus
  logic [9:0] f_out;                  // bursts begun and not answered
  logic [8:0] f_done;                 // beats of the burst under way that were taken
  logic [2:0] f_owner;
  logic f_take, f_begin, f_finish;
  logic [2:0] f_aw_level, f_w_level;

  assign f_take   = |(valid_i & ready_o);
  assign f_begin  = f_take && f_done == 0;
  assign f_finish = f_take && last_i[client];
  assign f_first  = {client, addr_i[client*48 +: 48], len_i[client*8 +: 8]};
  assign f_taken  = {last_i[client], strb_i[client*$bits(m_wstrb_o) +: $bits(m_wstrb_o)], data_i[client*F_Data +: F_Data]};
  assign f_aw     = {m_awid_o, m_awaddr_o, m_awlen_o};
  assign f_w      = {m_wlast_o, m_wstrb_o, m_wdata_o};

  logic [7:0] f_len;            // of the burst under way
  logic [N-1:0] f_crosses;
  for (genvar c = 0; c < N; c++) begin : g_crosses
    assign f_crosses[c] = valid_i[c] && (addr_i[c*48 +: 6] != 0 ||
                          9'(addr_i[c*48+6 +: 6]) + 9'(len_i[c*8 +: 8]) >= 9'd64);
  end
  `PROMISE(write_client_within_4k, f_crosses == 0)
  `PROMISE(write_client_says_last, !valid_i[client] || last_i[client] == (f_done == {1'b0, f_done == 0 ? len_i[client*8 +: 8] : f_len}))
  `PROMISE(write_client_goes_on, f_done == 0 || valid_i[f_owner])
  `PROMISE(write_client_bounded, f_out < 10'd1000)
  `PROMISE(write_memory_answers_what_was_asked, !m_bvalid_i || (32'(m_bid_i) < N && f_out != 0))

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_begun_n, f_aw_n, f_taken_n, f_w_n, f_whole_n, f_last_n, f_out, f_done, f_owner, f_len} <= '0;
    end else begin
      f_begun_n <= f_begun_n + 8'(f_begin);
      f_aw_n    <= f_aw_n + 8'(m_awvalid_o && m_awready_i);
      f_taken_n <= f_taken_n + 8'(f_take);
      f_w_n     <= f_w_n + 8'(m_wvalid_o && m_wready_i);
      f_whole_n <= f_whole_n + 8'(f_finish);
      f_last_n  <= f_last_n + 8'(m_wvalid_o && m_wready_i && m_wlast_o);
      f_out     <= f_out + 10'(f_begin) - 10'(m_bvalid_i && m_bready_o);
      if (f_take) f_done <= f_finish ? '0 : f_done + 1'b1;
      if (f_begin) begin
        f_owner <= client;
        f_len   <= len_i[client*8 +: 8];
      end
      if (f_begin && f_begun_n == f_n) f_burst <= f_first;
      if (f_take && f_taken_n == f_m)  f_beat  <= f_taken;
    end
  end

  // address and data once on the bus stay, unchanged, until they are taken
  `PROVE(write_aw_held, f_past && $past(m_awvalid_o && !m_awready_i), m_awvalid_o && $stable(f_aw))
  `PROVE(write_w_held, f_past && $past(m_wvalid_o && !m_wready_i), m_wvalid_o && $stable(f_w))
  // aligned INCR bursts that do not cross 4 KiB
  `ALWAYS(write_aw_within_4k, m_awvalid_o && m_awlen_o != 0, !m_awvalid_o || m_awaddr_o[5:0] == 0 && 9'(m_awaddr_o[11:6]) + 9'(m_awlen_o) < 9'd64)
  // burst n on the bus is the nth that a client began, with its ID; beat m the mth that was taken
  `ALWAYS(write_bursts_in_order, m_awvalid_o && f_aw_n == f_n && f_n != 0, !(m_awvalid_o && f_aw_n == f_n) || f_aw == f_burst)
  `ALWAYS(write_beats_in_order, m_wvalid_o && f_w_n == f_m && f_m != 0, !(m_wvalid_o && f_w_n == f_m) || f_w == f_beat)
  `ALWAYS(write_nothing_invented, m_awvalid_o && m_wvalid_o, (!m_awvalid_o || f_aw_n != f_begun_n) && (!m_wvalid_o || f_w_n != f_taken_n))
  // a burst once begun takes beats of no other client
  `PROVE(write_burst_whole, f_take && f_done != 0, client == f_owner && ready_o == (N'(1) << f_owner))
  // no beat of a burst is on the bus whose address is not there too, or was
  `ALWAYS(write_no_data_without_address, m_wvalid_o && f_w_n != 0, !m_wvalid_o || f_last_n != f_aw_n + 8'(f_aw_level))
  // at most one client is served a cycle, and one that asked
  `ALWAYS(write_serves_who_asked, valid_i == '1 && f_take, (ready_o & (ready_o - 1'b1)) == 0 && (ready_o & ~valid_i) == 0)
  // an answer goes to the client of its ID and to no other
  `PROVE(write_answer_to_its_client, m_bvalid_i, answered_o == N'(1) << m_bid_i && error_o == m_bresp_i[1])
  // waiting_o: something is offered or not answered
  `ALWAYS(write_waiting_exact, f_out != 0, waiting_o == (|valid_i || f_out != 0))
  // no burst begins while halted, and one begun goes on
  `ALWAYS(write_halt, valid_i == '1 && halt_i, !halt_i || !f_begin)
  `PROVE(write_halt_lets_finish, halt_i && f_done != 0 && w_ready, f_take)
  // answers never wait
  `ALWAYS(write_answer_never_waits, m_bvalid_i, m_bready_o)

  logic [7:0] f_aw_age, f_w_age;
  logic [1:0] f_aw_place, f_w_place;
  logic [58:0]  f_aw_nth;
  logic [F_Beat-1:0] f_w_nth;
  logic [3:0]   f_aw_ok, f_w_last;
  assign f_aw_level = f_aw_wptr - f_aw_rptr;
  assign f_w_level  = f_w_wptr - f_w_rptr;
  assign f_aw_age   = f_n - f_aw_n;
  assign f_w_age    = f_m - f_w_n;
  assign f_aw_place = f_aw_rptr[1:0] + f_aw_age[1:0];
  assign f_w_place  = f_w_rptr[1:0] + f_w_age[1:0];
  assign f_aw_nth   = f_aw_words[f_aw_place*59 +: 59];
  assign f_w_nth    = f_w_words[f_w_place*F_Beat +: F_Beat];
  for (genvar i = 0; i < 4; i++) begin : g_word
    logic [58:0] f_word;
    logic [1:0] f_aw_behind, f_w_behind;
    assign f_aw_behind = 2'(i) - f_aw_rptr[1:0];
    assign f_w_behind  = 2'(i) - f_w_rptr[1:0];
    assign f_word = f_aw_words[i*59 +: 59];
    assign f_aw_ok[i]  = !({1'b0, f_aw_behind} < f_aw_level) || (f_word[13:8] == 0 &&
                         9'(f_word[19:14]) + 9'(f_word[7:0]) < 9'd64);
    assign f_w_last[i] = {1'b0, f_w_behind} < f_w_level && f_w_words[i*F_Beat + F_Beat-1];
  end
  `LEMMA(write_words_within_4k, f_aw_ok == '1)
  `LEMMA(write_queues, f_begun_n - f_aw_n == 8'(f_aw_level) && f_aw_level <= 4 && f_taken_n - f_w_n == 8'(f_w_level) && f_w_level <= 4)
  `LEMMA(write_burst_element, !(f_aw_age < 8'(f_aw_level)) || f_aw_nth == f_burst)
  `LEMMA(write_beat_element, !(f_w_age < 8'(f_w_level)) || f_w_nth == f_beat)
  `LEMMA(write_lasts, f_whole_n - f_last_n == 8'(f_w_last[0]) + 8'(f_w_last[1]) + 8'(f_w_last[2]) + 8'(f_w_last[3]))
  `LEMMA(write_wholes, f_begun_n - f_whole_n == 8'(f_done != 0))
  `LEMMA(write_under_way, locked_q == (f_done != 0) && (!locked_q || client_q == f_owner && 32'(f_owner) < N && f_done <= {1'b0, f_len}))
  `LEMMA(write_outstanding, outstanding_q == f_out && f_out <= 10'd1000)
  logic [1:0] f_newest;
  logic [3:0] f_lasts;
  assign f_newest = f_w_wptr[1:0] - 2'd1;
  for (genvar i = 0; i < 4; i++) begin : g_last
    assign f_lasts[i] = f_w_words[i*F_Beat + F_Beat-1];
  end
  `LEMMA(write_newest, f_w_level == 0 || f_lasts[f_newest] == (f_done == 0))
