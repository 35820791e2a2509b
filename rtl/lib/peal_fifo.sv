// SPDX-License-Identifier: MIT
// A first-in first-out queue. The oldest element is on data_o, a register, whenever
// valid_o is high (first word falls through). Depth is a power of two; all of it
// is used.
`include "peal_assert.svh"

module peal_fifo #(
  parameter int Width = 8,
  parameter int Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // write side: only while ready_o is high
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  output logic             ready_o,

  // read side: only while valid_o is high
  output logic             valid_o,
  output logic [Width-1:0] data_o,
  input  logic             pop_i,

  output logic [$clog2(Depth):0] level_o
);
  localparam int PtrWidth = $clog2(Depth);

  logic [Width-1:0]    mem [0:Depth-1];  // all but the oldest
  logic [PtrWidth:0]   wptr_q, rptr_q;   // one bit more than an address: full != empty
  logic [PtrWidth-1:0] next;

  assign level_o = wptr_q - rptr_q;
  assign valid_o = wptr_q != rptr_q;
  assign ready_o = level_o != (PtrWidth + 1)'(Depth);
  assign next    = rptr_q[PtrWidth-1:0] + 1'b1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (pop_i) begin
        rptr_q <= rptr_q + 1'b1;
        data_o <= mem[next];
      end
      if (push_i) begin
        wptr_q <= wptr_q + 1'b1;
        if (!valid_o || (pop_i && level_o == 1)) begin  // it is the oldest
          data_o <= data_i;
        end else begin
          mem[wptr_q[PtrWidth-1:0]] <= data_i;
        end
      end
    end
  end

  `PEAL_CHECK(fifo_never_pushed_when_full, !(push_i && !ready_o))
  `PEAL_CHECK(fifo_never_popped_when_empty, !(pop_i && !valid_o))

  `PEAL_COVER(fifo_full, !ready_o)
  `PEAL_COVER(fifo_passes_while_full, !ready_o && pop_i)
endmodule
