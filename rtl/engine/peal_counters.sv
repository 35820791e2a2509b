// SPDX-License-Identifier: MIT
// Device counters. Every cycle has exactly one cause: the first that holds of
// active, idle, data, write, fetch, credit. A snapshot makes them readable together.
module peal_counters (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        read_beat_i,
  input  logic        write_beat_i,
  input  logic        accept_i,
  input  logic [2:0]  done_n_i,
  input  logic        done_silent_i,
  input  logic        done_error_i,
  input  logic        lost_i,          // the lease has expired
  input  logic [31:0] lost_n_i,        // with so many in flight
  input  logic        in_flight_i,     // some queue is not quiet, or a request waits
  input  logic        data_wait_i,     // data or record reads outstanding
  input  logic        write_wait_i,    // writes offered or not answered
  input  logic        fetch_wait_i,    // descriptor reads outstanding
  input  logic        credit_wait_i,   // a descriptor waits for completion credit

  input  logic        snap_i,
  input  logic [4:0]  word_i,          // 32-bit word of the snapshot
  output logic [31:0] word_o
);
  `include "peal_contract.svh"

  logic [63:0] count_q [0:15];
  logic [63:0] snap_q  [0:15];
  logic [3:0]  cause;

  always_comb begin
    if (read_beat_i || write_beat_i || accept_i) cause = 4'(CTR_ACTIVE);
    else if (data_wait_i)                        cause = 4'(CTR_DATA);
    else if (write_wait_i)                       cause = 4'(CTR_WRITE);
    else if (fetch_wait_i)                       cause = 4'(CTR_FETCH);
    else if (credit_wait_i)                      cause = 4'(CTR_CREDIT);
    else if (in_flight_i)                        cause = 4'(CTR_ACTIVE);
    else                                         cause = 4'(CTR_IDLE);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < 16; i++) begin
        count_q[i] <= '0;
        snap_q[i]  <= '0;
      end
    end else begin
      count_q[CTR_CYCLES] <= count_q[CTR_CYCLES] + 1;
      count_q[cause]      <= count_q[cause] + 1;
      if (read_beat_i)   count_q[CTR_READ_BEATS]  <= count_q[CTR_READ_BEATS] + 1;
      if (write_beat_i)  count_q[CTR_WRITE_BEATS] <= count_q[CTR_WRITE_BEATS] + 1;
      if (accept_i)      count_q[CTR_ACCEPTED]    <= count_q[CTR_ACCEPTED] + 1;
      if (done_n_i != 0) begin
        if (done_silent_i)     count_q[CTR_SILENT]      <= count_q[CTR_SILENT] + 64'(done_n_i);
        else if (done_error_i) count_q[CTR_UNDELIVERED] <= count_q[CTR_UNDELIVERED] + 64'(done_n_i);
        else                   count_q[CTR_COMPLETED]   <= count_q[CTR_COMPLETED] + 64'(done_n_i);
      end
      if (lost_i) count_q[CTR_UNDELIVERED] <= count_q[CTR_UNDELIVERED] + 64'(lost_n_i);
      if (snap_i) begin
        for (int i = 0; i < 16; i++) snap_q[i] <= count_q[i];
      end
    end
  end

  always_comb begin
    word_o = snap_q[word_i[4:1]][31:0];
    if (word_i[0]) word_o = snap_q[word_i[4:1]][63:32];
  end
endmodule
