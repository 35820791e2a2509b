// SPDX-License-Identifier: MIT
// about: peal_fifo
// What a queue holds, for the lemmas of those that have one.
  (* keep *) logic [Depth*Width-1:0] f_words;
  for (genvar f_i = 0; f_i < Depth; f_i++) begin : g_words
    assign f_words[f_i*Width +: Width] = mem[f_i];
  end
