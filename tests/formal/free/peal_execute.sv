// SPDX-License-Identifier: MIT
// Stands for peal_execute: an operation ends after any time, in any order, with any
// result. A FILL first writes, to the address that names its entry, and ends only
// after the answer; while its queue aborts, an operation may end before it wrote.
module peal_execute #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int RolloutSlots = 16,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // the queues' modes and states
  input  logic [NumQueues-1:0] actor_order_i,
  input  logic [NumQueues-1:0] abort_i,       // end what is accepted as soon as it can be

  // operations: {tag 8, opcode 8, A 48, B 48, length 32, argument 32}
  input  logic              op_valid_i,
  input  logic [QWidth-1:0] op_queue_i,
  input  logic              op_rollout_i,
  input  logic              op_barrier_i,
  input  logic              op_fence_i,
  input  logic [3:0]        op_actor_i,
  input  logic [175:0]      op_i,

  // read clients: 0 stream X, 1 stream Y, 2 records
  output logic [2:0]        rd_valid_o,
  input  logic [2:0]        rd_ready_i,
  output logic [143:0]      rd_addr_o,
  output logic [23:0]       rd_len_o,
  input  logic [2:0]        rd_beat_i,
  input  logic [511:0]      rd_data_i,
  input  logic              rd_error_i,

  // write clients: 0 mover, 1 tokens, 2 records
  output logic [2:0]        wr_valid_o,
  input  logic [2:0]        wr_ready_i,
  output logic [47:0]       wr0_addr_o,
  output logic [7:0]        wr0_len_o,
  output logic [511:0]      wr0_data_o,
  output logic [63:0]       wr0_strb_o,
  output logic              wr0_last_o,
  output logic [47:0]       wr1_addr_o,
  output logic [7:0]        wr1_len_o,
  output logic [511:0]      wr1_data_o,
  output logic [63:0]       wr1_strb_o,
  output logic              wr1_last_o,
  output logic [47:0]       wr2_addr_o,
  output logic [511:0]      wr2_data_o,
  input  logic [2:0]        wr_answered_i,
  input  logic              wr_error_i,

  // outcomes: one for each operation
  output logic              unit_valid_o,
  output logic [QWidth-1:0] unit_queue_o,
  output logic [7:0]        unit_idx_o,
  output logic [7:0]        unit_status_o,
  output logic [55:0]       unit_result_o,
  output logic              busy_o
);
  `include "peal_contract.svh"
  localparam int Entries = NumQueues * Window;
  localparam int EWidth = $clog2(Entries);
  (* anyseq *) logic [EWidth-1:0] end_of, write_of;
  (* anyseq *) logic              end_now, write_now;
  (* anyseq *) logic [7:0]        value;
  logic [Entries-1:0] open_q, to_write_q;
  logic               writing_q, sent_q;
  logic [EWidth-1:0]  writer_q;
  logic               may_end, may_write;
  logic [EWidth-1:0]  entry;
  assign entry     = {op_queue_i, op_i[168 +: EWidth-QWidth]};
  assign may_end   = end_now && open_q[end_of] && !(writing_q && writer_q == end_of) &&
                     (!to_write_q[end_of] || abort_i[end_of[EWidth-1 -: QWidth]]);
  assign may_write = write_now && !writing_q && open_q[write_of] && to_write_q[write_of] &&
                     !(may_end && end_of == write_of);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q     <= '0;
      to_write_q <= '0;
      writing_q  <= 1'b0;
      sent_q     <= 1'b0;
      writer_q   <= '0;
    end else begin
      if (may_end) open_q[end_of] <= 1'b0;
      if (op_valid_i) begin
        open_q[entry]     <= 1'b1;
        to_write_q[entry] <= op_i[167:160] == OP_FILL;
      end
      if (may_write) begin
        writing_q <= 1'b1;
        sent_q    <= 1'b0;
        writer_q  <= write_of;
      end
      if (wr_valid_o[0] && wr_ready_i[0]) sent_q <= 1'b1;
      if (wr_answered_i[0]) begin
        writing_q            <= 1'b0;
        to_write_q[writer_q] <= 1'b0;
      end
    end
  end
  assign wr_valid_o    = {2'b00, writing_q && !sent_q};
  assign wr0_addr_o    = {32'h10, 4'd0, 6'(writer_q), 6'd0};
  assign wr0_last_o    = 1'b1;
  assign unit_valid_o  = may_end;
  assign unit_queue_o  = end_of[EWidth-1 -: QWidth];
  assign unit_idx_o    = 8'(end_of[EWidth-QWidth-1:0]);
  assign unit_status_o = to_write_q[end_of] ? ST_ABORTED : ST_OK;
  assign unit_result_o = 56'(value);
  assign busy_o        = open_q != 0;
  assign rd_valid_o = '0;
  assign rd_addr_o = '0;
  assign rd_len_o = '0;
  assign wr0_len_o = '0;
  assign wr0_data_o = '0;
  assign wr0_strb_o = '0;
  assign wr1_addr_o = '0;
  assign wr1_len_o = '0;
  assign wr1_data_o = '0;
  assign wr1_strb_o = '0;
  assign wr1_last_o = '0;
  assign wr2_addr_o = '0;
  assign wr2_data_o = '0;
endmodule
