// SPDX-License-Identifier: MIT
// Stands for peal_regions: every handle names one region of the tenant 0, large enough.
module peal_regions #(
  parameter int NumRegions = 64
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  // the window's selected entry
  input  logic [9:0]   sel_i,
  input  logic         we_i,
  input  logic [112:0] entry_i,
  output logic [112:0] entry_o,

  // look-ups by handle: a miss (no such index, invalid, other generation) is !valid
  input  logic [15:0]  a_handle_i,
  output logic [112:0] a_entry_o,
  input  logic [15:0]  b_handle_i,
  output logic [112:0] b_entry_o,
  input  logic [15:0]  c_handle_i,
  output logic [112:0] c_entry_o
);
  localparam logic [112:0] Region = {1'b1, 1'b1, 1'b1, 6'd1, 16'd0, 40'h10000, 48'h100000};
  assign a_entry_o = Region;
  assign b_entry_o = Region;
  assign c_entry_o = Region;
  assign entry_o = '0;
endmodule
