// SPDX-License-Identifier: MIT
// about: peal_mover
// What the read arbiter is promised of read clients 1 and 2, and the stream of pieces.
// Operations have a length (decode answers those without), and come to a slot that is
// free; the stream frees only what was asked for.
  `RESET_FIRST
  logic [$clog2(XDepth):0] f_x_out;    // beats asked for and not freed
  logic [$clog2(YDepth):0] f_y_out;
  `PROMISE(mover_op_has_length, !valid_i || op_i[63:32] != 0)
  `PROMISE(mover_rollout_op_has_length, !rollout_valid_i || rollout_op_i[63:32] != 0)
  `PROMISE(mover_slot_is_free, !valid_i || 32'(queue_i) < NumQueues && ready_o[queue_i])
  `PROMISE(mover_rollout_slot_is_free, !rollout_valid_i || 32'(rollout_queue_i) < NumQueues && rollout_ready_o[rollout_queue_i])
  `PROMISE(mover_stream_frees_what_came, (!x_pop_i || f_x_out != 0) && (!y_pop_i || f_y_out != 0))
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_x_out <= '0;
      f_y_out <= '0;
    end else begin
      f_x_out <= f_x_out + (x_go ? ($clog2(XDepth)+1)'(x_beats) : '0) - ($clog2(XDepth)+1)'(x_pop_i);
      f_y_out <= f_y_out + (y_go ? ($clog2(YDepth)+1)'(y_beats) : '0) - ($clog2(YDepth)+1)'(y_pop_i);
    end
  end

  // reads of X and Y are within 4 KiB
  `PROVE(mover_x_within_4k, x_valid_o, 9'(x_addr_o[11:6]) + 9'(x_len_o) < 9'd64)
  `PROVE(mover_y_within_4k, y_valid_o, 9'(y_addr_o[11:6]) + 9'(y_len_o) < 9'd64)
  // room before request: what was asked for and is not freed fits into the buffers
  `PROVE(mover_x_room_first, x_go, 32'(f_x_out) + 32'(x_beats) <= XDepth)
  `PROVE(mover_y_room_first, y_go, 32'(f_y_out) + 32'(y_beats) <= YDepth)
  // a piece has a byte at least and 4 KiB at most, and is only told when there is room for it
  `PROVE(mover_piece_size, piece_valid_o, piece_bytes_o != 0 && piece_bytes_o <= 13'd4096 && piece_ready_i)

  `REACH(mover_second_part, x_go && part_q == PartX2)
  `REACH(mover_second_piece, piece_valid_o && !piece_first_o)

  logic [Slots-1:0] f_longer;
  for (genvar s = 0; s < Slots; s++) begin : g_slot
    assign f_longer[s] = !busy_q[s] || done_q[s] < op_q[s][63:32];
  end
  `LEMMA(mover_slot_not_done, f_longer == '1)
  `LEMMA(mover_x_free, 32'(x_free_q) + 32'(f_x_out) == XDepth && 32'(x_free_q) <= XDepth)
  `LEMMA(mover_y_free, 32'(y_free_q) + 32'(f_y_out) == YDepth && 32'(y_free_q) <= YDepth)
  `LEMMA(mover_locked, locked_q == (part_q != PartX) && (!locked_q || busy_q[locked_slot_q] && is_compare) && (part_q != PartX2 || crosses) && part_q != 2'd3)
