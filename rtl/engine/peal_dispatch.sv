// SPDX-License-Identifier: MIT
// Operations on their way to a unit: one first-in first-out queue for each queue,
// as deep as the window, so that decode never waits. Round robin over the queues
// whose oldest operation has a unit that can take it.
`include "peal_assert.svh"

module peal_dispatch #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int Width = 176,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 push_i,
  input  logic [QWidth-1:0]    queue_i,
  input  logic                 rollout_i,
  input  logic [Width-1:0]     op_i,

  input  logic [NumQueues-1:0] mover_ready_i,
  input  logic                 rollout_ready_i,
  output logic                 mover_valid_o,
  output logic                 rollout_valid_o,
  output logic [QWidth-1:0]    queue_o,
  output logic [Width-1:0]     op_o
);
  localparam int WWidth = $clog2(Window);

  logic [Width-1:0]            mem [0:NumQueues*Window-1];
  logic [NumQueues-1:0]        head_rollout, some, able;
  logic [NumQueues*WWidth-1:0] rptr, wptr;
  logic                        any;

  // A simulator skips what is behind this: nothing waits here most of the time.
  logic [WWidth+QWidth:0] waiting_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni)            waiting_q <= '0;
    else if (push_i && !any) waiting_q <= waiting_q + 1'b1;
    else if (any && !push_i) waiting_q <= waiting_q - 1'b1;
  end

  for (genvar q = 0; q < NumQueues; q++) begin : g_queue
    logic [WWidth:0]   wptr_q, rptr_q;
    logic [Window-1:0] rollout_q;

    assign wptr[q*WWidth +: WWidth] = wptr_q[WWidth-1:0];
    assign rptr[q*WWidth +: WWidth] = rptr_q[WWidth-1:0];

    always_comb begin
      some[q]         = 1'b0;
      head_rollout[q] = 1'b0;
      able[q]         = 1'b0;
      if (waiting_q != 0) begin
        some[q] = wptr_q != rptr_q;
        if (some[q]) begin
          head_rollout[q] = rollout_q[rptr_q[WWidth-1:0]];
          able[q]         = head_rollout[q] ? rollout_ready_i : mover_ready_i[q];
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        wptr_q    <= '0;
        rptr_q    <= '0;
        rollout_q <= '0;
      end else if (push_i || any) begin
        if (push_i && queue_i == QWidth'(q)) begin
          wptr_q                        <= wptr_q + 1'b1;
          rollout_q[wptr_q[WWidth-1:0]] <= rollout_i;
        end
        if (any && queue_o == QWidth'(q)) rptr_q <= rptr_q + 1'b1;
      end
    end

    `PEAL_CHECK(dispatch_never_overflows, (wptr_q - rptr_q) <= (WWidth + 1)'(Window))
  end

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(able), .advance_i(1'b1), .any_o(any), .idx_o(queue_o)
  );

  always_comb begin
    mover_valid_o   = 1'b0;
    rollout_valid_o = 1'b0;
    op_o            = '0;
    if (any) begin
      mover_valid_o   = !head_rollout[queue_o];
      rollout_valid_o = head_rollout[queue_o];
      op_o            = mem[{queue_o, rptr[queue_o*WWidth +: WWidth]}];
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) mem[{queue_i, wptr[queue_i*WWidth +: WWidth]}] <= op_i;
  end
endmodule
