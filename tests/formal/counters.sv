// SPDX-License-Identifier: MIT
// about: peal_counters
  `RESET_FIRST
  logic [63:0] f_sum, f_snap_sum;
  logic f_taken;
  assign f_sum = count_q[CTR_IDLE] + count_q[CTR_FETCH] + count_q[CTR_CREDIT] + count_q[CTR_DATA] +
                 count_q[CTR_WRITE] + count_q[CTR_ACTIVE];
  assign f_snap_sum = snap_q[CTR_IDLE] + snap_q[CTR_FETCH] + snap_q[CTR_CREDIT] + snap_q[CTR_DATA] +
                      snap_q[CTR_WRITE] + snap_q[CTR_ACTIVE];
  always_ff @(posedge clk_i) begin
    if (!rst_ni) f_taken <= 1'b0;
    else if (snap_i) f_taken <= 1'b1;
  end

  logic [5:0] f_moved;
  for (genvar i = 0; i < 6; i++) begin : g_moved
    assign f_moved[i] = count_q[CTR_IDLE + i] != f_was[i*64 +: 64];
  end
  logic [383:0] f_was;
  always_ff @(posedge clk_i) f_was <= {count_q[CTR_ACTIVE], count_q[CTR_WRITE], count_q[CTR_DATA], count_q[CTR_CREDIT], count_q[CTR_FETCH], count_q[CTR_IDLE]};
`ifdef PEAL_SUMS
  // the causes sum to the cycles
  `ALWAYS(counters_causes_sum, count_q[CTR_CYCLES] == 3, f_sum == count_q[CTR_CYCLES])
  // and so they do in every snapshot
  `ALWAYS(counters_snapshot_coherent, f_taken, f_snap_sum == snap_q[CTR_CYCLES])
`else
  // every cycle has one cause and no more, so the causes sum to the cycles
  `PROVE(counters_one_cause, f_past, f_moved != 0 && (f_moved & (f_moved - 1'b1)) == 0)
  // counters move forwards, and only as far as what happened
  `PROVE(counters_beats, f_past && $past(read_beat_i), count_q[CTR_READ_BEATS] == $past(count_q[CTR_READ_BEATS]) + 1)
  `PROVE(counters_completed, f_past && $past(done_n_i == 3 && !done_silent_i && !done_error_i), count_q[CTR_COMPLETED] == $past(count_q[CTR_COMPLETED]) + 3)
  // a cycle that moves something is active, one in which nothing is there is idle
  `PROVE(counters_active, f_past && $past(accept_i && data_wait_i), count_q[CTR_ACTIVE] == $past(count_q[CTR_ACTIVE]) + 1)
  `PROVE(counters_idle, f_past && $past(!(read_beat_i || write_beat_i || accept_i || data_wait_i || write_wait_i || fetch_wait_i || credit_wait_i || in_flight_i)), count_q[CTR_IDLE] == $past(count_q[CTR_IDLE]) + 1)
  // a snapshot stands still until the next
  `PROVE(counters_snapshot_stands, f_past && $past(!snap_i && word_i == 5'd0) && word_i == 5'd0, $stable(word_o))
`endif
