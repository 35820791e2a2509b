// SPDX-License-Identifier: MIT
// about: peal_events
// wire f_words = u_log.f_words
// wire f_wptr = u_log.wptr_q
// wire f_rptr = u_log.rptr_q
// f_n is any one event of those that found room.
  `RESET_FIRST
  (* anyconst *) logic [7:0] f_n;
  logic [7:0] f_logged, f_read;
  logic [31:0] f_events, f_lost;
  logic [127:0] f_event;
  logic f_log;
  assign f_log = |take_o && f_logged - f_read != 8'(Depth);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_logged, f_read, f_events, f_lost} <= '0;
    end else begin
      f_logged <= f_logged + 8'(f_log);
      f_read   <= f_read + 8'(pop_i && f_logged != f_read);
      f_events <= f_events + 32'(|take_o);
      f_lost   <= f_lost + 32'(|take_o && !f_log);
      for (int i = 0; i < NumQueues; i++) begin
        if (f_log && f_logged == f_n && take_o[i]) f_event <= {words_i[i*96 +: 96], 8'd0, 16'(i), code_i[i*8 +: 8]};
      end
    end
  end

  // an event that waits is taken, one a cycle, and no other
  `PROVE(events_taken, event_i != 0, take_o != 0 && (take_o & (take_o - 1'b1)) == 0 && (take_o & ~event_i) == 0)
  // each is counted; a full log counts what it loses, and loses nothing else
  `PROVE(events_counted, f_events == 3, count_o == f_events)
  `PROVE(events_lost_counted, f_lost == 1, lost_o == f_lost)
  `PROVE(events_level, f_read == 1, level_o == 32'(8'(f_logged - f_read)))
  // event n read is the nth logged, whole
  `PROVE(events_in_order, pop_i && f_read == f_n && f_logged != f_read, entry_o == f_event)
  // an empty log reads 0
  `PROVE(events_empty_is_zero, f_logged == f_read && f_logged != 0, entry_o == 0)

  (* keep *) wire [Depth*128-1:0] f_words;
  (* keep *) wire [$clog2(Depth):0] f_wptr, f_rptr;
  `LEMMA(events_counts, count_o == f_events && lost_o == f_lost && level_o == 32'(8'(f_logged - f_read)) && level_o <= Depth)
  `LEMMA(events_pointers, f_wptr == f_logged[$clog2(Depth):0] && f_rptr == f_read[$clog2(Depth):0])
  `LEMMA(events_element, !(8'(f_n - f_read) < 8'(f_logged - f_read)) || f_words[f_n[$clog2(Depth)-1:0]*128 +: 128] == f_event)
