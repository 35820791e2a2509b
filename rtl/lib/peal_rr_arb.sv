// SPDX-License-Identifier: MIT
// Round-robin choice: the lowest request above the last one served, else the
// lowest. advance_i says that the choice was used; a request waits for at most
// N - 1 others.
`include "peal_assert.svh"

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
  logic [N-1:0] above_q;   // the requests behind the last one served
  logic [N-1:0] candidates, lowest;

  // One-hot to number: bit b is set if any request with bit b in its number is.
  function automatic logic [IdxWidth*N-1:0] numbers();
    for (int b = 0; b < IdxWidth; b++)
      for (int i = 0; i < N; i++) numbers[b*N + i] = 1'((i >> b) & 1);
  endfunction
  localparam logic [IdxWidth*N-1:0] WithBit = numbers();
  localparam int Some = N > 0 ? N : 1;  // none: Verilator must live to see that it is refused

  assign any_o = |req_i;

  // Behind its condition, so that a simulator skips it.
  always_comb begin
    candidates = '0;
    lowest     = '0;
    idx_o      = '0;
    if (any_o) begin
      candidates = req_i & above_q;
      if (candidates == 0) candidates = req_i;
      lowest = candidates & (~candidates + 1'b1);
      for (int b = 0; b < IdxWidth; b++) idx_o[b] = |(lowest & WithBit[b*N +: Some]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) above_q <= '0;
    else if (advance_i && any_o) above_q <= ~(lowest | (lowest - 1'b1));
  end

  `PEAL_COVER(arbiter_contended, advance_i && (req_i & (req_i - 1'b1)) != 0)
endmodule
