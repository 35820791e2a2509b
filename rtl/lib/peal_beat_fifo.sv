// SPDX-License-Identifier: MIT
// peal_fifo for beats of the bus: 64 bytes and what goes with them, apart, so that
// the wide part is moved once in and once out and never packed with anything.
`include "peal_assert.svh"

module peal_beat_fifo #(
  parameter int Width = 8,   // what goes with the data
  parameter int Depth = 4
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             push_i,
  input  logic [511:0]     data_i,
  input  logic [Width-1:0] side_i,
  output logic             ready_o,

  output logic             valid_o,
  output logic [511:0]     data_o,
  output logic [Width-1:0] side_o,
  input  logic             pop_i,

  output logic [$clog2(Depth):0] level_o
);
  localparam int PtrWidth = $clog2(Depth);

  logic [511:0]        data_mem [0:Depth-1];  // all but the oldest
  logic [Width-1:0]    side_mem [0:Depth-1];
  logic [PtrWidth:0]   wptr_q, rptr_q;
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
        data_o <= data_mem[next];
        side_o <= side_mem[next];
      end
      if (push_i) begin
        wptr_q <= wptr_q + 1'b1;
        if (!valid_o || (pop_i && level_o == 1)) begin  // it is the oldest
          data_o <= data_i;
          side_o <= side_i;
        end else begin
          data_mem[wptr_q[PtrWidth-1:0]] <= data_i;
          side_mem[wptr_q[PtrWidth-1:0]] <= side_i;
        end
      end
    end
  end

  `PEAL_CHECK(beat_fifo_never_pushed_when_full, !(push_i && !ready_o))
  `PEAL_CHECK(beat_fifo_never_popped_when_empty, !(pop_i && !valid_o))
endmodule
