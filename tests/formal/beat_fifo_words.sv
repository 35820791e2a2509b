// SPDX-License-Identifier: MIT
// about: peal_beat_fifo
// As fifo_words.sv: {side, data} of each place.
  localparam int F_Width = Width + $bits(data_i);
  (* keep *) logic [Depth*F_Width-1:0] f_words;
  for (genvar f_i = 0; f_i < Depth; f_i++) begin : g_words
    assign f_words[f_i*F_Width +: F_Width] = rptr_q[PtrWidth-1:0] == PtrWidth'(f_i)
                                             ? {side_o, data_o} : {side_mem[f_i], data_mem[f_i]};
  end
