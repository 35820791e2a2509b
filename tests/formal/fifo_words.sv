// SPDX-License-Identifier: MIT
// about: peal_fifo
// What a queue holds, by place, for the lemmas of those that have one: the oldest is on data_o.
  (* keep *) logic [Depth*Width-1:0] f_words;
  for (genvar f_i = 0; f_i < Depth; f_i++) begin : g_words
    assign f_words[f_i*Width +: Width] = rptr_q[PtrWidth-1:0] == PtrWidth'(f_i) ? data_o : mem[f_i];
  end
