// SPDX-License-Identifier: MIT
// Stands for peal_command: the queues are enabled in the first cycles, with rings
// of two slots and indices that wrap soon; then DRAIN, ABORT and a return from DRAINED
// at any time that peal_command allows them.
module peal_command #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   cmd_we_i,
  input  logic [31:0]            cmd_i,        // 7:0 command, 23:8 queue
  input  logic [31:0]            timeout_i,
  input  logic                   expired_i,    // the lease: no ENABLE
  output logic [31:0]            status_o,

  // configuration words of the queue, read one a cycle
  output logic [QWidth-1:0]      cfg_queue_o,
  output logic [7:0]             cfg_addr_o,
  input  logic [31:0]            cfg_data_i,

  // region table
  output logic [15:0]            handle_o,
  input  logic [112:0]           entry_i,

  // the queues
  input  logic [NumQueues*3-1:0] state_i,
  input  logic [NumQueues-1:0]   quiet_i,
  input  logic [NumQueues-1:0]   line_busy_i,
  output logic [NumQueues-1:0]   load_o,
  output logic [NumQueues-1:0]   resume_o,
  output logic [NumQueues-1:0]   drain_o,
  output logic [NumQueues-1:0]   abort_o,
  output logic [NumQueues-1:0]   close_o,
  output logic [NumQueues-1:0]   disabled_o,
  output logic [NumQueues-1:0]   reset_o,

  // start values for load_o
  output logic [47:0]            sq_base_o,
  output logic [47:0]            cq_base_o,
  output logic [47:0]            host_base_o,
  output logic [47:0]            line_base_o,
  output logic [3:0]             sq_log2_o,
  output logic [3:0]             cq_log2_o,
  output logic [31:0]            sq_start_o,
  output logic [31:0]            cq_start_o,
  output logic [15:0]            tenant_o,
  output logic [31:0]            mode_o,

  output logic                   active_o
);
  `include "peal_contract.svh"
  (* anyseq *) logic [2:0] what;
  (* anyseq *) logic       which;
  logic [1:0] begun_q;
  logic [2:0] state;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begun_q <= '0;
    else if (32'(begun_q) != NumQueues) begun_q <= begun_q + 1'b1;
  end
  assign cfg_queue_o = 32'(begun_q) == NumQueues ? (NumQueues == 1 ? '0 : QWidth'(which)) : QWidth'(begun_q);
  assign state       = state_i[cfg_queue_o*3 +: 3];
  logic [NumQueues-1:0] one_hot;
  assign one_hot = NumQueues'(1) << cfg_queue_o;
  assign load_o   = rst_ni && 32'(begun_q) != NumQueues ? one_hot : '0;
  assign drain_o  = 32'(begun_q) == NumQueues && what == 1 && (state == Q_ENABLED || state == Q_DRAINING || state == Q_DRAINED) ? one_hot : '0;
  assign abort_o  = 32'(begun_q) == NumQueues && what == 2 && state != Q_DISABLED ? one_hot : '0;
  assign resume_o = 32'(begun_q) == NumQueues && what == 3 && state == Q_DRAINED ? one_hot : '0;
  assign sq_base_o   = {38'h4, cfg_queue_o[0], 9'd0};
  assign cq_base_o   = {38'h8, cfg_queue_o[0], 9'd0};
  assign line_base_o = {38'hc, cfg_queue_o[0], 9'd0};
  assign sq_log2_o   = 4'd1;
  assign cq_log2_o   = 4'd1;
  assign sq_start_o  = 32'hffffffff;
  assign cq_start_o  = 32'hfffffffe;
  assign status_o = '0;
  assign cfg_addr_o = '0;
  assign handle_o = '0;
  assign close_o = '0;
  assign disabled_o = '0;
  assign reset_o = '0;
  assign host_base_o = '0;
  assign tenant_o = '0;
  assign mode_o = '0;
  assign active_o = '0;
endmodule
