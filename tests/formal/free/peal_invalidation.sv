// SPDX-License-Identifier: MIT
// Stands for peal_invalidation: no region is taken away.
module peal_invalidation #(
  parameter int NumQueues = 8
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    invalidate_i,
  input  logic [NumQueues*3-1:0]  state_i,
  input  logic [NumQueues-1:0]    accept_i,
  input  logic [NumQueues*32-1:0] head_i,
  input  logic [NumQueues*32-1:0] oldest_i,
  input  logic [15:0]             left_i,
  input  logic [15:0]             over_i,
  output logic                    busy_o
);
  assign busy_o = '0;
endmodule
