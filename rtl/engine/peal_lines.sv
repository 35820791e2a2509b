// SPDX-License-Identifier: MIT
// Device lines: writes {sq_head, cq_tail, sq_event, state} of a queue, each word
// with its epoch, when the state changes, when sq_event is armed and when the queue
// falls quiet with new values. Never on the way of a loaded queue.
`include "peal_assert.svh"

module peal_lines #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic [NumQueues-1:0]    load_i,
  input  logic [31:0]             sq_start_i,
  input  logic [NumQueues-1:0]    resume_i,
  input  logic                    hold_i,      // begin no write
  input  logic [NumQueues*3-1:0]  state_i,
  input  logic [NumQueues*32-1:0] epoch_i,
  input  logic [NumQueues*32-1:0] head_i,
  input  logic [NumQueues*32-1:0] cq_tail_i,
  input  logic [NumQueues-1:0]    quiet_i,
  input  logic [NumQueues-1:0]    done_i,      // a completion was answered
  output logic [NumQueues-1:0]    busy_o,      // a line is to be written or not answered yet

  // doorbell suppression
  input  logic [NumQueues-1:0]    suppress_i,
  input  logic [NumQueues*32-1:0] tail_i,
  input  logic [NumQueues-1:0]    arm_i,       // make sq_event the tail
  output logic [NumQueues-1:0]    armed_o,     // it is, and the host can see it

  output logic [QWidth-1:0]       queue_o,     // whose base is asked for
  input  logic [47:0]             base_i,

  // write client
  output logic                    valid_o,
  input  logic                    ready_i,
  output logic [47:0]             addr_o,
  output logic [511:0]            data_o,
  output logic [63:0]             strb_o,
  input  logic                    answered_i
);
  `include "peal_contract.svh"

  logic [NumQueues-1:0]   known_q;     // the queue has a line
  logic [NumQueues-1:0]   stale_q;     // the line lacks new values
  logic [NumQueues-1:0]   changed;     // the line lacks a new state
  logic [NumQueues*3-1:0] written_q;   // state last written
  logic [NumQueues-1:0]   arm_q;       // the line lacks a new sq_event
  logic [NumQueues*32-1:0] event_q;
  logic [NumQueues-1:0]   dirty, waiting;
  logic                   waiting_q;   // one write outstanding
  logic [QWidth-1:0]      waiting_for_q;
  logic                   any;

  always_comb begin
    changed = '0;
    waiting = '0;
    armed_o = '0;
    if (state_i != written_q) for (int q = 0; q < NumQueues; q++)
      changed[q] = state_i[q*3 +: 3] != written_q[q*3 +: 3];
    if (waiting_q) waiting[waiting_for_q] = 1'b1;
    if (suppress_i != 0) for (int q = 0; q < NumQueues; q++)
      armed_o[q] = event_q[q*32 +: 32] == tail_i[q*32 +: 32] && !arm_q[q] && !waiting[q];
  end

  assign dirty = hold_i ? '0 : known_q & (changed | arm_q | (stale_q & quiet_i));
  assign busy_o  = dirty | waiting;

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(dirty), .advance_i(valid_o && ready_i), .any_o(any), .idx_o(queue_o)
  );

  assign valid_o = any && !waiting_q;
  assign addr_o  = base_i;
  assign strb_o  = 64'h00000000ffffffff;

  logic [31:0] epoch;
  always_comb begin
    epoch  = '0;
    data_o = '0;
    if (valid_o) begin
      epoch  = epoch_i[queue_o*32 +: 32];
      data_o = {256'd0, epoch, 29'd0, state_i[queue_o*3 +: 3],
                epoch, suppress_i[queue_o] ? event_q[queue_o*32 +: 32] : 32'd0,
                epoch, cq_tail_i[queue_o*32 +: 32], epoch, head_i[queue_o*32 +: 32]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      known_q       <= '0;
      stale_q       <= '0;
      arm_q         <= '0;
      event_q       <= '0;
      written_q     <= '0;
      waiting_q     <= 1'b0;
      waiting_for_q <= '0;
    end else begin
      known_q <= known_q | load_i;
      if (answered_i) waiting_q <= 1'b0;
      if (valid_o && ready_i) begin
        waiting_q                 <= 1'b1;
        waiting_for_q             <= queue_o;
        stale_q[queue_o]          <= 1'b0;
        arm_q[queue_o]            <= 1'b0;
        written_q[queue_o*3 +: 3] <= state_i[queue_o*3 +: 3];
        // The last write of a life: from here on the line is the host's.
        if (state_i[queue_o*3 +: 3] == Q_DISABLED) known_q[queue_o] <= 1'b0;
      end
      if (done_i != 0) for (int q = 0; q < NumQueues; q++) if (done_i[q]) stale_q[q] <= 1'b1;
      if (arm_i != 0 || load_i != 0 || resume_i != 0 || hold_i) for (int q = 0; q < NumQueues; q++) begin
        if (arm_i[q])  arm_q[q]   <= 1'b1;
        if (load_i[q]) event_q[q*32 +: 32] <= sq_start_i;
        else if (arm_i[q] || resume_i[q]) event_q[q*32 +: 32] <= tail_i[q*32 +: 32];
        // A life that ends while nothing may be written leaves the line as it is.
        if (hold_i && state_i[q*3 +: 3] == Q_DISABLED) begin
          known_q[q]          <= 1'b0;
          written_q[q*3 +: 3] <= Q_DISABLED;
        end
      end
    end
  end

  `PEAL_COVER(line_waits_for_bus, valid_o && !ready_i)
  `PEAL_COVER(line_changes_while_written, waiting_q && dirty[waiting_for_q])
endmodule
