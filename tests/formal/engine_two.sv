// SPDX-License-Identifier: MIT
// about: peal_engine
// What only two queues show; it goes with engine.sv, whose f_q is one queue and f_i one
// index of it. The rings of both queues have the same indices, so a number that is
// crossed shows by the result, the place in the ring and the counts.
  logic [31:0] t_asked, t_answered, t_counted, t_completions;
  logic [15:0] t_pairs;              // as f_of_q: which beats had two completions
  logic [7:0]  t_value;              // result that the unit gave f_i
  logic        t_unit, t_done, t_oldest, t_passed, t_other;
  assign t_completions = n_completed[f_q*32 +: 32] + n_undelivered[f_q*32 +: 32];
  assign t_counted     = n_accepted[f_q*32 +: 32];
  assign t_oldest      = t_done && !f_completed && retire_idx[f_q*32 +: 32] == f_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      t_asked    <= '0;
      t_answered <= '0;
      t_pairs    <= '0;
      t_value    <= '0;
      t_unit     <= '0;
      t_done     <= '0;
      t_passed   <= '0;
      t_other    <= '0;
    end else begin
      if (f_fetch) t_asked <= t_asked + 32'(f_n);
      if (f_pop && f_of_q[0] == f_q) t_answered <= t_answered + (t_pairs[0] ? 32'd2 : 32'd1);
      t_pairs <= f_pop ? t_pairs >> 1 : t_pairs;
      if (f_push) t_pairs[4'(f_out - 5'(f_pop))] <= wr0_strb[0] && wr0_strb[16];
      if (f_unit && f_accepted) t_unit  <= 1'b1;
      if (f_unit && f_accepted) t_value <= unit_result[7:0];
      if ((f_op && dec_answered) || (f_unit && f_accepted)) t_done <= 1'b1;
      if (t_oldest && note && run_queue != f_q) t_passed <= 1'b1;
      if (wr_valid[0] && wr_ready[0] && wr0_addr[9] != f_q) t_other <= 1'b1;
    end
  end

  // a completion takes the next place of the ring of its own queue
  `PROVE(two_place_in_own_ring, f_hand, wr0_addr[47:10] == 38'h8 && wr0_addr[8:6] == 0 && wr0_strb[63:32] == 0 && (f_written[0] ? wr0_strb[31:0] == 32'hffff0000 : wr0_strb[0]))
  // its result is what the unit found for that index of that queue
  `PROVE(two_result_of_own, f_lane != 0 && t_unit, (f_lane[0] ? wr0_data[71:64] : wr0_data[128+64 +: 8]) == t_value)
  // accepted descriptors are counted on the queue that fetched them
  `PROVE(two_accepted_counted, t_counted != 0, t_counted == f_head - 32'hffffffff && t_counted <= t_asked)
  // completions are counted on the queue whose ring they went to, after the answer
  `PROVE(two_completed_counted, t_completions != 0, t_completions <= t_answered)
  // a credit moves its own queue and no other
  `PROVE(two_credit_of_own, f_past && $past(rst_ni) && cq_head[f_q*32 +: 32] != $past(cq_head[f_q*32 +: 32]) && !$past(load[f_q]), $past(cr_we[f_q]) && cq_head[f_q*32 +: 32] == $past(wdata))
  // a doorbell moves its own queue and no other
  `PROVE(two_doorbell_of_own, f_past && $past(rst_ni) && f_tail != $past(f_tail) && !$past(load[f_q]), $past(db_we[f_q]) && f_tail == $past(wdata))
  // an outcome that is next in its queue is offered, whatever state the other queue is in
  `PROVE(two_outcome_offered, t_oldest, run_valid)
  // and leaves at the latest after one run of the other queue
  `PROVE(two_takes_turns, t_oldest && note && t_other, run_queue == f_q || !t_passed)

  `REACH(two_both_complete, f_lane != 0 && t_other)
  `REACH(two_other_in_error, f_lane != 0 && shown_state[!f_q*3 +: 3] == Q_ERROR)
  `REACH(two_other_starved, f_lane != 0 && starved[!f_q])
  `REACH(two_both_wait, t_oldest && run_queue != f_q)
