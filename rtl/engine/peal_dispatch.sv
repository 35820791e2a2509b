// SPDX-License-Identifier: MIT
// Operations on their way to a unit: one first-in first-out queue for each queue,
// as deep as the window, so that decode never waits. Round robin over the queues
// whose oldest operation may start and has a unit that can take it.
//
// It may start when no fence of its queue is at work; a fence when nothing of its
// queue is; in order ACTOR when nothing of its actor is (by a hash of four bits).
// Barriers, operations without a unit, finish where they start. In a queue that
// aborts all that still waits here finishes so, as ABORTED.
`include "peal_assert.svh"

module peal_dispatch #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int Width = 176,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  // the queues' modes and states
  input  logic [NumQueues-1:0] actor_order_i,
  input  logic [NumQueues-1:0] abort_i,

  // operations {tag 8, opcode 8, A 48, B 48, length 32, argument 32}; of a barrier
  // A and B are {32 zeros, status 8, result 56}
  input  logic                 push_i,
  input  logic [QWidth-1:0]    queue_i,
  input  logic                 rollout_i,
  input  logic                 barrier_i,
  input  logic                 fence_i,
  input  logic [3:0]           actor_i,
  input  logic [Width-1:0]     op_i,

  input  logic [NumQueues-1:0] mover_ready_i,
  input  logic                 rollout_ready_i,
  output logic                 mover_valid_o,
  output logic                 rollout_valid_o,
  output logic [QWidth-1:0]    queue_o,
  output logic [Width-1:0]     op_o,

  // finished here
  input  logic                 barrier_ready_i,
  output logic                 barrier_valid_o,
  output logic [7:0]           barrier_status_o,
  output logic [55:0]          barrier_result_o,

  // one of these finished
  input  logic                 finish_i,
  input  logic [QWidth-1:0]    finish_queue_i,
  input  logic [7:0]           finish_tag_i,
  output logic                 busy_o
);
  `include "peal_contract.svh"

  localparam int WWidth = $clog2(Window);

  logic [Width-1:0]            mem      [0:(Window<<QWidth)-1];
  logic [6:0]                  kind_mem [0:(Window<<QWidth)-1];  // {barrier, rollout, fence, actor}
  logic [3:0]                  tag_mem  [0:(Window<<QWidth)-1];  // actor by tag, until it finishes
  logic [NumQueues-1:0]        some, able, head_rollout, head_barrier;
  logic [3:0]                  finish_actor;
  logic [NumQueues*WWidth-1:0] rptr, wptr;
  logic                        any;

  // All that wait here; a simulator skips what looks at each queue's when none does.
  logic [WWidth+QWidth:0] waiting_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni)             waiting_q <= '0;
    else if (push_i && !any) waiting_q <= waiting_q + 1'b1;
    else if (any && !push_i) waiting_q <= waiting_q - 1'b1;
  end

  for (genvar q = 0; q < NumQueues; q++) begin : g_queue
    logic [WWidth:0] wptr_q, rptr_q;
    logic [8:0]      working_q;      // at work
    logic [143:0]    actors_q;       // of each actor, 9 bits
    logic            fenced_q;       // the last one that started is a fence
    logic [6:0]      head;
    logic            start, finish, may_start;

    assign some[q] = waiting_q != 0 && wptr_q != rptr_q;
    // Memories are read by assign: Icarus makes a process wait for each word of what it reads.
    assign head = some[q] ? kind_mem[QWidth'(q) * Window + 32'(rptr_q[WWidth-1:0])] : '0;

    assign wptr[q*WWidth +: WWidth] = wptr_q[WWidth-1:0];
    assign rptr[q*WWidth +: WWidth] = rptr_q[WWidth-1:0];

    always_comb begin
      may_start = 1'b0;
      able[q]   = 1'b0;
      head_rollout[q] = 1'b0;
      head_barrier[q] = abort_i[q];
      if (some[q]) begin
        may_start = working_q == 0 ||
                    (!fenced_q && !head[4] &&
                     !(actor_order_i[q] && actors_q[head[3:0]*9 +: 9] != 0));
        head_rollout[q] = head[5];
        head_barrier[q] = head[6] || abort_i[q];
        if (abort_i[q])  able[q] = barrier_ready_i;
        else if (head[6]) able[q] = may_start && barrier_ready_i;
        else             able[q] = may_start && (head[5] ? rollout_ready_i : mover_ready_i[q]);
      end
    end

    always_comb begin
      start  = 1'b0;
      finish = 1'b0;
      if (any)      start  = queue_o == QWidth'(q);
      if (finish_i) finish = finish_queue_i == QWidth'(q);
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        wptr_q    <= '0;
        rptr_q    <= '0;
        working_q <= '0;
        fenced_q  <= 1'b0;
        actors_q  <= '0;
      end else if (push_i || any || finish_i) begin
        if (push_i && queue_i == QWidth'(q)) wptr_q <= wptr_q + 1'b1;
        if (start) begin
          rptr_q   <= rptr_q + 1'b1;
          fenced_q <= head[4];
        end
        if (start != finish) working_q <= start ? working_q + 1'b1 : working_q - 1'b1;
        if (actor_order_i[q] && !(start && finish && head[3:0] == finish_actor)) begin
          if (start)  actors_q[head[3:0]*9 +: 9]    <= actors_q[head[3:0]*9 +: 9] + 1'b1;
          if (finish) actors_q[finish_actor*9 +: 9] <= actors_q[finish_actor*9 +: 9] - 1'b1;
        end
      end
    end

    `PEAL_CHECK(dispatch_never_overflows, (wptr_q - rptr_q) <= (WWidth + 1)'(Window))
    `PEAL_CHECK(nothing_finishes_that_did_not_start, !finish || working_q != 0)
  end

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(able), .advance_i(1'b1), .any_o(any), .idx_o(queue_o)
  );

  assign busy_o = waiting_q != 0;

  assign op_o = any ? mem[{queue_o, rptr[queue_o*WWidth +: WWidth]}] : '0;

  always_comb begin
    barrier_valid_o  = 1'b0;
    rollout_valid_o  = 1'b0;
    mover_valid_o    = 1'b0;
    barrier_status_o = '0;
    barrier_result_o = '0;
    if (any) begin
      barrier_valid_o  = head_barrier[queue_o];
      rollout_valid_o  = !head_barrier[queue_o] && head_rollout[queue_o];
      mover_valid_o    = !head_barrier[queue_o] && !head_rollout[queue_o];
      barrier_status_o = abort_i[queue_o] ? ST_ABORTED : op_o[127:120];
      barrier_result_o = abort_i[queue_o] ? '0 : op_o[119:64];
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      mem[{queue_i, wptr[queue_i*WWidth +: WWidth]}]      <= op_i;
      kind_mem[{queue_i, wptr[queue_i*WWidth +: WWidth]}] <= {barrier_i, rollout_i, fence_i, actor_i};
      tag_mem[{queue_i, op_i[Width-8 +: WWidth]}]         <= actor_i;
    end
  end

  assign finish_actor = finish_i ? tag_mem[{finish_queue_i, finish_tag_i[WWidth-1:0]}] : '0;

  `PEAL_COVER(dispatch_alternates_units, mover_valid_o && rollout_ready_i)
endmodule
