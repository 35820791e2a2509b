// SPDX-License-Identifier: MIT
// What ENABLE resolved for each queue: its modes, and ports that read the rest.
module peal_context #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 load_i,
  input  logic [QWidth-1:0]    load_queue_i,
  input  logic [47:0]          sq_base_i,
  input  logic [47:0]          cq_base_i,
  input  logic [47:0]          host_base_i,
  input  logic [47:0]          line_base_i,
  input  logic [3:0]           sq_log2_i,
  input  logic [3:0]           cq_log2_i,
  input  logic [15:0]          tenant_i,
  input  logic [31:0]          mode_i,

  output logic [NumQueues-1:0] actor_o,        // order per actor
  output logic [NumQueues-1:0] any_order_o,    // no order, and no fences
  output logic [NumQueues-1:0] matched_o,
  output logic [NumQueues-1:0] suppress_o,

  input  logic [QWidth-1:0]    fetch_queue_i,
  output logic [47:0]          fetch_base_o,
  output logic [3:0]           fetch_log2_o,

  input  logic [QWidth-1:0]    decode_queue_i,
  output logic [3:0]           decode_log2_o,
  output logic [15:0]          decode_tenant_o,
  output logic                 decode_crc_required_o,

  input  logic [QWidth-1:0]    complete_queue_i,
  output logic [47:0]          complete_base_o,
  output logic [3:0]           complete_log2_o,

  input  logic [QWidth-1:0]    line_queue_i,
  output logic [47:0]          line_base_o,

  input  logic [QWidth-1:0]    host_queue_i,
  output logic [47:0]          host_base_o
);
  // MODE[1:0]
  localparam logic [1:0] ORDER_ACTOR = 2'd1;
  localparam logic [1:0] ORDER_NONE  = 2'd2;

  logic [47:0] sq_base_q   [0:NumQueues-1];
  logic [47:0] cq_base_q   [0:NumQueues-1];
  logic [47:0] host_base_q [0:NumQueues-1];
  logic [47:0] line_base_q [0:NumQueues-1];
  logic [3:0]  sq_log2_q   [0:NumQueues-1];
  logic [3:0]  cq_log2_q   [0:NumQueues-1];
  logic [16:0] rights_q    [0:NumQueues-1];  // {CRC required, tenant}

  assign fetch_base_o          = sq_base_q[fetch_queue_i];
  assign fetch_log2_o          = sq_log2_q[fetch_queue_i];
  assign decode_log2_o         = sq_log2_q[decode_queue_i];
  assign decode_tenant_o       = rights_q[decode_queue_i][15:0];
  assign decode_crc_required_o = rights_q[decode_queue_i][16];
  assign complete_base_o       = cq_base_q[complete_queue_i];
  assign complete_log2_o       = cq_log2_q[complete_queue_i];
  assign line_base_o           = line_base_q[line_queue_i];
  assign host_base_o           = host_base_q[host_queue_i];

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      sq_base_q[load_queue_i]   <= sq_base_i;
      cq_base_q[load_queue_i]   <= cq_base_i;
      host_base_q[load_queue_i] <= host_base_i;
      line_base_q[load_queue_i] <= line_base_i;
      sq_log2_q[load_queue_i]   <= sq_log2_i;
      cq_log2_q[load_queue_i]   <= cq_log2_i;
      rights_q[load_queue_i]    <= {mode_i[8], tenant_i};
    end
  end

  // FENCES makes a queue of order NONE decode, and complete, in index order.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      actor_o     <= '0;
      any_order_o <= '0;
      matched_o   <= '0;
      suppress_o  <= '0;
    end else if (load_i) begin
      actor_o[load_queue_i]     <= mode_i[1:0] == ORDER_ACTOR;
      any_order_o[load_queue_i] <= mode_i[1:0] == ORDER_NONE && !mode_i[9];
      matched_o[load_queue_i]   <= mode_i[4];
      suppress_o[load_queue_i]  <= mode_i[10];
    end
  end

  logic unused;
  assign unused = ^{mode_i[31:11], mode_i[7:5], mode_i[3:2]};
endmodule
