// SPDX-License-Identifier: MIT
// about: peal_fifo
// Counters of our own say what was pushed and popped; f_n is any one element.
  `RESET_FIRST
  logic [7:0] f_pushed, f_popped;
  (* anyconst *) logic [7:0] f_n;
  logic [Width-1:0] f_data;
  logic f_push, f_pop;
  assign f_push = push_i && ready_o;
  assign f_pop  = pop_i && valid_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_pushed <= '0;
      f_popped <= '0;
    end else begin
      f_pushed <= f_pushed + 8'(f_push);
      f_popped <= f_popped + 8'(f_pop);
      if (f_push && f_pushed == f_n) f_data <= data_i;
    end
  end

  // who pushes and pops looks first (asserted in the checked build)
  `PROMISE(fifo_pushed_with_room, !push_i || ready_o)
  `PROMISE(fifo_popped_when_there, !pop_i || valid_o)

  // what was pushed and not popped is what level_o says, and never more than Depth
  `ALWAYS(fifo_level, f_popped != 0, 8'(level_o) == f_pushed - f_popped)
  `ALWAYS(fifo_never_overflows, 32'(level_o) >= Depth, f_pushed - f_popped <= 8'(Depth))
  // an element is there exactly when one was pushed and not popped, and room when one more fits
  `ALWAYS(fifo_valid, valid_o, valid_o == (f_pushed != f_popped))
  `ALWAYS(fifo_ready, !ready_o, ready_o == (f_pushed - f_popped != 8'(Depth)))
  // the element popped as number n is the one pushed as number n
  `PROVE(fifo_order, f_pop && f_popped == f_n, data_o == f_data)

  `LEMMA(fifo_pointers, wptr_q == f_pushed[PtrWidth:0] && rptr_q == f_popped[PtrWidth:0])
  `LEMMA(fifo_bounds, f_pushed - f_popped <= 8'(Depth))
  `LEMMA(fifo_element, !(f_n - f_popped < f_pushed - f_popped) || (f_n == f_popped ? data_o : mem[f_n[PtrWidth-1:0]]) == f_data)
