// SPDX-License-Identifier: MIT
// Outcomes of the units on their way to completion: what the mover wrote, what it
// only read, rollouts, and what dispatch finished itself, round robin, one a cycle.
// An operation's bursts are answered in order, so the answer to its last one is the
// outcome of all.
`include "peal_assert.svh"

module peal_outcomes #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              found_i,
  input  logic [QWidth-1:0] found_queue_i,
  input  logic [7:0]        found_tag_i,
  input  logic [7:0]        found_status_i,
  input  logic [31:0]       found_result_i,
  output logic              found_room_o,     // for eight more

  input  logic              written_i,        // a burst was answered
  input  logic              written_error_i,
  input  logic              written_last_i,   // the last of its operation
  input  logic [QWidth-1:0] written_queue_i,
  input  logic [7:0]        written_tag_i,
  input  logic [7:0]        written_status_i,
  input  logic [31:0]       written_result_i,

  input  logic              rollout_valid_i,
  output logic              rollout_ready_o,
  input  logic [QWidth-1:0] rollout_queue_i,
  input  logic [7:0]        rollout_tag_i,
  input  logic [7:0]        rollout_status_i,
  input  logic [55:0]       rollout_result_i,

  input  logic              barrier_i,
  output logic              barrier_ready_o,
  input  logic [QWidth-1:0] barrier_queue_i,
  input  logic [7:0]        barrier_tag_i,
  input  logic [7:0]        barrier_status_i,
  input  logic [55:0]       barrier_result_i,

  output logic              valid_o,
  output logic [QWidth-1:0] queue_o,
  output logic [7:0]        idx_o,
  output logic [7:0]        status_o,
  output logic [55:0]       result_o,
  output logic              busy_o
);
  `include "peal_contract.svh"

  localparam int Width = 48 + QWidth;
  localparam int Depth = 32;
  localparam int WrittenDepth = 256;   // more than the bursts that can be outstanding

  logic                          found_valid, written_valid, found_ready, written_ready;
  logic [Width-1:0]              found, written;
  logic [$clog2(Depth):0]        found_level;
  logic [$clog2(WrittenDepth):0] unused_level;
  logic [1:0]                    choice;

  peal_fifo #(.Width(Width), .Depth(Depth)) u_found (
    .clk_i, .rst_ni,
    .push_i (found_i),
    .data_i ({found_queue_i, found_tag_i, found_status_i, found_result_i}),
    .ready_o(found_ready),
    .valid_o(found_valid),
    .data_o (found),
    .pop_i  (valid_o && choice == 2'd0),
    .level_o(found_level)
  );

  logic [NumQueues-1:0] error_q;   // a burst of the queue's operation failed
  logic                 failed;
  logic [Width-1:0]     to_write;

  always_comb begin
    failed   = 1'b0;
    to_write = '0;
    if (written_i) begin
      failed   = written_error_i || error_q[written_queue_i];
      to_write = {written_queue_i, written_tag_i,
                  failed && written_status_i != ST_READ ? ST_WRITE : written_status_i,
                  written_result_i};
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) error_q <= '0;
    else if (written_i) error_q[written_queue_i] <= failed && !written_last_i;
  end

  peal_fifo #(.Width(Width), .Depth(WrittenDepth)) u_written (
    .clk_i, .rst_ni,
    .push_i (written_i && written_last_i),
    .data_i (to_write),
    .ready_o(written_ready),
    .valid_o(written_valid),
    .data_o (written),
    .pop_i  (valid_o && choice == 2'd1),
    .level_o(unused_level)
  );

  // Dispatch pushes one only when there is room.
  logic              barrier_valid;
  logic [71+QWidth:0] barrier;
  logic [2:0]        unused_barriers;

  peal_fifo #(.Width(72 + QWidth), .Depth(4)) u_barriers (
    .clk_i, .rst_ni,
    .push_i (barrier_i),
    .data_i ({barrier_queue_i, barrier_tag_i, barrier_status_i, barrier_result_i}),
    .ready_o(barrier_ready_o),
    .valid_o(barrier_valid),
    .data_o (barrier),
    .pop_i  (valid_o && choice == 2'd3),
    .level_o(unused_barriers)
  );

  peal_rr_arb #(.N(4)) u_arb (
    .clk_i, .rst_ni, .req_i({barrier_valid, rollout_valid_i, written_valid, found_valid}),
    .advance_i(1'b1), .any_o(valid_o), .idx_o(choice)
  );

  assign found_room_o    = 32'(found_level) + 8 <= Depth;
  assign rollout_ready_o = valid_o && choice == 2'd2;
  assign busy_o          = valid_o;

  // An operation that failed or was cut short has no result.
  logic [Width-1:0] chosen;
  always_comb begin
    chosen   = '0;
    queue_o  = '0;
    idx_o    = '0;
    status_o = '0;
    result_o = '0;
    if (valid_o) begin
      chosen   = choice == 2'd0 ? found : written;
      queue_o  = choice == 2'd2 ? rollout_queue_i : chosen[48 +: QWidth];
      idx_o    = choice == 2'd2 ? rollout_tag_i : chosen[47:40];
      status_o = choice == 2'd2 ? rollout_status_i : chosen[39:32];
      result_o = choice == 2'd2 ? rollout_result_i
                 : chosen[39:32] == ST_READ || chosen[39:32] == ST_WRITE ||
                   chosen[39:32] == ST_ABORTED ? '0 : 56'(chosen[31:0]);
      if (choice == 2'd3) {queue_o, idx_o, status_o, result_o} = barrier;
    end
  end

  `PEAL_CHECK(outcomes_have_room, !(found_i && !found_ready) && !(written_i && written_last_i && !written_ready))
endmodule
