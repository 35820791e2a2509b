// SPDX-License-Identifier: MIT
// The event log: collects the events that wait in the queues, oldest first in
// the window. A full log counts what it loses.
`include "peal_assert.svh"

module peal_events #(
  parameter int NumQueues = 8
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic [NumQueues-1:0]    event_i,
  input  logic [NumQueues*8-1:0]  code_i,
  input  logic [NumQueues*96-1:0] words_i,
  output logic [NumQueues-1:0]    take_o,

  input  logic                    pop_i,
  output logic [127:0]            entry_o,   // w3, w2, w1, w0; zero when empty
  output logic [31:0]             level_o,
  output logic [31:0]             count_o,
  output logic [31:0]             lost_o
);
  `include "peal_contract.svh"

  localparam int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1;
  localparam int Depth = 16;

  logic              any, ready, valid;
  logic [QWidth-1:0] q;
  logic [127:0]      head;
  logic [$clog2(Depth):0] level;

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(event_i), .advance_i(1'b1), .any_o(any), .idx_o(q)
  );

  peal_fifo #(.Width(128), .Depth(Depth)) u_log (
    .clk_i, .rst_ni,
    .push_i (any && ready),
    .data_i ({words_i[q*96 +: 96], 8'd0, 16'(q), code_i[q*8 +: 8]}),
    .ready_o(ready),
    .valid_o(valid),
    .data_o (head),
    .pop_i  (pop_i && valid),
    .level_o(level)
  );

  assign entry_o = valid ? head : '0;
  assign level_o = 32'(level);

  always_comb begin
    take_o = '0;
    if (any) take_o[q] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_o <= '0;
      lost_o  <= '0;
    end else if (any) begin
      count_o <= count_o + 1;
      if (!ready) lost_o <= lost_o + 1;
    end
  end

  `PEAL_COVER(event_lost, any && !ready)
endmodule
