// SPDX-License-Identifier: MIT
// about: peal_events
// cut peal_events.sv: Depth = 16 => Depth = 4
// wire f_words = u_log.f_words
// wire f_wptr = u_log.wptr_q
// wire f_rptr = u_log.rptr_q
// f_n is any one event of those that found room.
  `RESET_FIRST
  (* anyconst *) logic [7:0] f_n;
  (* keep *) wire [Depth*160-1:0] f_words;
  (* keep *) wire [$clog2(Depth):0] f_wptr, f_rptr;
  logic [7:0] f_logged, f_read;
  logic [31:0] f_events, f_lost;
  logic [159:0] f_event, f_kept, f_now;
  logic f_lease, f_given, f_any, f_room, f_log, f_held;
  assign f_given = undelivered_i && undelivered_ready_o;   // an undelivered completion
  assign f_any   = f_lease || take_o != 0 || f_given;
  assign f_room  = f_logged - f_read != 8'(Depth);
  assign f_log   = f_any && f_room;
  always_comb begin
    f_now = {undelivered_words_i, 8'd0, 16'(undelivered_queue_i), EVENT_COMPLETION};
    for (int i = 0; i < NumQueues; i++)
      if (take_o[i]) f_now = {32'd0, words_i[i*96 +: 96], 8'd0, 16'(i), code_i[i*8 +: 8]};
    if (f_lease) f_now = {128'd0, 8'd0, NO_QUEUE[15:0], EVENT_LEASE};
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_logged, f_read, f_events, f_lost, f_lease, f_held} <= '0;
    end else begin
      f_lease  <= lease_i;
      f_logged <= f_logged + 8'(f_log);
      f_read   <= f_read + 8'(pop_i && f_logged != f_read);
      f_events <= f_events + 32'(f_any);
      f_lost   <= f_lost + 32'(f_any && !f_room);
      if (f_log && f_logged == f_n) f_event <= f_now;
      if (first_release_i) f_held <= f_any;
      else if (f_any) f_held <= 1'b1;
      if (f_any && (!f_held || first_release_i)) f_kept <= f_now;
    end
  end

  // an event that waits is taken, one a cycle, and no other; the lease goes first
  `PROVE(events_taken, event_i != 0 && !f_lease, take_o != 0 && (take_o & (take_o - 1'b1)) == 0 && (take_o & ~event_i) == 0)
  // a queue's event is not taken in the cycle of the lease, nor an undelivered completion
  `PROVE(events_one_at_a_time, f_lease && event_i != 0, take_o == 0 && !f_given)
  // an undelivered completion is taken only with room: it is never lost
  `PROVE(events_completion_never_lost, f_given, f_room)
  // each is counted; a full log counts what it loses
  `ALWAYS(events_counted, f_lost == 1, count_o == f_events)
  `ALWAYS(events_lost_counted, f_lost == 1, lost_o == f_lost)
  // the level is what was logged and not read
  `ALWAYS(events_level, f_read == 1, level_o == 32'(8'(f_logged - f_read)))
  // event n read is the nth logged, whole
  `PROVE(events_in_order, pop_i && f_read == f_n && f_logged != f_read, entry_o == f_event)
  // an empty log reads 0
  `PROVE(events_empty_is_zero, f_logged == f_read, entry_o == 0)
  // the first event since the capture was let go stays, whatever comes and is read
  `PROVE(events_first_stays, f_held, first_status_o[0] && first_o == f_kept)

  `LEMMA(events_counts, count_o == f_events && lost_o == f_lost && level_o == 32'(8'(f_logged - f_read)) && level_o <= Depth)
  `LEMMA(events_pointers, f_wptr == f_logged[$clog2(Depth):0] && f_rptr == f_read[$clog2(Depth):0])
  `LEMMA(events_element, !(8'(f_n - f_read) < 8'(f_logged - f_read)) || f_words[f_n[$clog2(Depth)-1:0]*160 +: 160] == f_event)
  `LEMMA(events_lease, lease_q == f_lease)
  `LEMMA(events_first, first_status_o[0] == f_held && (!f_held || first_o == f_kept))
