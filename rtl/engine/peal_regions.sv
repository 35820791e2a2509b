// SPDX-License-Identifier: MIT
// The region table: bus address, length, tenant, rights and generation of each
// handle. One write commits an entry; three ports look entries up.
//
// An entry as a vector: {valid, write, read, gen 6, tenant 16, length 40, bus 48}.
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
  localparam int IdxWidth = $clog2(NumRegions);

  logic [111:0]          table_q [0:NumRegions-1];
  logic [NumRegions-1:0] valid_q;

  // The host may look at an entry that nobody wrote.
  initial for (int i = 0; i < NumRegions; i++) table_q[i] = '0;

  logic [IdxWidth-1:0] a_idx, b_idx, c_idx, sel_idx;
  logic [111:0]        a_raw, b_raw, c_raw;

  assign a_idx   = a_handle_i[IdxWidth-1:0];
  assign b_idx   = b_handle_i[IdxWidth-1:0];
  assign c_idx   = c_handle_i[IdxWidth-1:0];
  assign sel_idx = sel_i[IdxWidth-1:0];

  assign a_raw = table_q[a_idx];
  assign b_raw = table_q[b_idx];
  assign c_raw = table_q[c_idx];

  // 10 index bits and 6 generation bits make a handle; the generation is bits 109:104, never 0.
  assign a_entry_o = {valid_q[a_idx] && 32'(a_handle_i[9:0]) < NumRegions &&
                      a_raw[109:104] == a_handle_i[15:10] && a_handle_i[15:10] != 0, a_raw};
  assign b_entry_o = {valid_q[b_idx] && 32'(b_handle_i[9:0]) < NumRegions &&
                      b_raw[109:104] == b_handle_i[15:10] && b_handle_i[15:10] != 0, b_raw};
  assign c_entry_o = {valid_q[c_idx] && 32'(c_handle_i[9:0]) < NumRegions &&
                      c_raw[109:104] == c_handle_i[15:10] && c_handle_i[15:10] != 0, c_raw};
  assign entry_o   = {valid_q[sel_idx] && 32'(sel_i) < NumRegions, table_q[sel_idx]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (we_i && 32'(sel_i) < NumRegions) valid_q[sel_idx] <= entry_i[112];
  end

  always_ff @(posedge clk_i) begin
    if (we_i && 32'(sel_i) < NumRegions) table_q[sel_idx] <= entry_i[111:0];
  end
endmodule
