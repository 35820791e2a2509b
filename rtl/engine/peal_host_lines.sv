// SPDX-License-Identifier: MIT
// Doorbell suppression: looks for a new tail in the host line of a queue that has
// fetched all it knows. Nothing new: the device line is armed with that tail, and
// when it is written the host line is read once more. Still nothing: the queue
// sleeps until a doorbell comes or the common clock ticks. What was read while a
// doorbell came may be older than that and is not used.
`include "peal_assert.svh"

module peal_host_lines #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // the queues
  input  logic [NumQueues-1:0]    suppress_i,
  input  logic [NumQueues-1:0]    caught_up_i,   // fetched up to the tail
  input  logic [NumQueues*32-1:0] epoch_i,
  input  logic [NumQueues*32-1:0] tail_i,
  input  logic                    db_we_i,       // a doorbell or a credit comes first
  output logic [NumQueues-1:0]    look_we_o,     // take this tail, as a doorbell
  output logic [31:0]             look_tail_o,
  output logic [NumQueues-1:0]    looking_o,     // a read is outstanding

  // device lines
  input  logic [NumQueues-1:0]    armed_i,       // sq_event is the tail, and visible
  output logic [NumQueues-1:0]    arm_o,

  output logic [QWidth-1:0]       queue_o,       // whose base is asked for
  input  logic [47:0]             base_i,

  // read client
  output logic                    ar_valid_o,
  input  logic                    ar_ready_i,
  output logic [47:0]             ar_addr_o,
  input  logic                    r_valid_i,
  input  logic [63:0]             r_word_i,
  input  logic                    r_error_i,
  output logic                    asleep_o,      // a queue is
  output logic                    busy_o
);
  `include "peal_contract.svh"

  localparam logic [1:0] Look = 2'd0, Reading = 2'd1, Arming = 2'd2, Asleep = 2'd3;
  localparam int TickWidth = $clog2(SLEEP_STEPS);

  logic [NumQueues*2-1:0] step_q;
  logic [NumQueues-1:0]   want, asking, reading, moved_q;   // moved_q: since it asked
  logic                   any, known, room, ask, fresh, useful, tick;
  logic                   ahead;
  logic [QWidth-1:0]      r_queue;
  logic [TickWidth-1:0]   clock_q;
  logic [QWidth:0]        unused_level;

  assign want = suppress_i & caught_up_i;

  always_comb begin
    asking  = '0;
    reading = '0;
    if (want != 0) for (int q = 0; q < NumQueues; q++)
      asking[q] = want[q] && step_q[q*2 +: 2] == Look;
    if (step_q != 0) for (int q = 0; q < NumQueues; q++)
      reading[q] = step_q[q*2 +: 2] == Reading;
  end

  always_comb begin
    looking_o = reading;
    if (ask) looking_o[queue_o] = 1'b1;
  end

  // -- reads, one a queue at most, in order -----------------------------------------------------
  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(asking), .advance_i(ar_ready_i), .any_o(any), .idx_o(queue_o)
  );

  peal_fifo #(.Width(QWidth), .Depth(1 << QWidth)) u_order (
    .clk_i, .rst_ni,
    .push_i (ask),
    .data_i (queue_o),
    .ready_o(room),
    .valid_o(known),
    .data_o (r_queue),
    .pop_i  (r_valid_i),
    .level_o(unused_level)
  );

  assign ar_valid_o = any && room;
  assign ask        = ar_valid_o && ar_ready_i;
  assign ar_addr_o  = base_i;

  // -- what came back -----------------------------------------------------------------------------
  always_comb begin
    fresh       = 1'b0;
    useful      = 1'b0;
    look_tail_o = '0;
    look_we_o   = '0;
    arm_o       = '0;
    ahead       = 1'b0;
    if (r_valid_i) begin
      // A tail behind the one that is known (or the same) says nothing new.
      ahead  = 1'((tail_i[r_queue*32 +: 32] - r_word_i[31:0]) >> 31);
      fresh  = !r_error_i && r_word_i[63:32] == epoch_i[r_queue*32 +: 32] && ahead;
      look_tail_o        = r_word_i[31:0];
      useful             = want[r_queue] && !moved_q[r_queue];
      look_we_o[r_queue] = fresh && useful && !db_we_i;
      arm_o[r_queue]     = useful && !fresh && !armed_i[r_queue];
    end
  end

  // -- steps ----------------------------------------------------------------------------------------
  assign tick = clock_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q  <= '0;
      moved_q <= '0;
      clock_q <= '0;
    end else begin
      clock_q <= clock_q + 1'b1;
      if (suppress_i != 0) begin
        for (int q = 0; q < NumQueues; q++) begin
          case (step_q[q*2 +: 2])
            Look: begin
              moved_q[q] <= 1'b0;
              if (ask && queue_o == QWidth'(q)) step_q[q*2 +: 2] <= Reading;
            end
            Reading: begin
              if (!want[q]) moved_q[q] <= 1'b1;
              if (r_valid_i && r_queue == QWidth'(q))
                step_q[q*2 +: 2] <= fresh || !useful ? Look : armed_i[q] ? Asleep : Arming;
            end
            Arming:  if (armed_i[q] || !want[q]) step_q[q*2 +: 2] <= Look;
            default: if (tick || !want[q])       step_q[q*2 +: 2] <= Look;
          endcase
        end
      end
    end
  end

  always_comb begin
    asleep_o = 1'b0;
    busy_o   = reading != 0;
    if (want != 0) for (int q = 0; q < NumQueues; q++) begin
      if (want[q] && step_q[q*2 +: 2] == Asleep) asleep_o = 1'b1;
      if (want[q] && step_q[q*2 +: 2] != Asleep) busy_o   = 1'b1;
    end
  end

  `PEAL_CHECK(host_line_was_asked_for, !r_valid_i || known)
endmodule
