// SPDX-License-Identifier: MIT
// Round-robin choice: the lowest request above the last one served, else the
// lowest. advance_i says that the choice was used; a request waits for at most
// N - 1 others.
module peal_rr_arb #(
  parameter int N = 4,
  parameter int IdxWidth = N > 1 ? $clog2(N) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [N-1:0]        req_i,
  input  logic                advance_i,
  output logic                any_o,
  output logic [IdxWidth-1:0] idx_o
);
  logic [IdxWidth-1:0] last_q;

  assign any_o = |req_i;

  always_comb begin
    idx_o = '0;
    for (int i = N - 1; i >= 0; i--) begin
      if (req_i[i]) idx_o = IdxWidth'(i);
    end
    for (int i = N - 1; i >= 0; i--) begin
      if (req_i[i] && IdxWidth'(i) > last_q) idx_o = IdxWidth'(i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_q <= '0;
    else if (advance_i && any_o) last_q <= idx_o;
  end
endmodule
