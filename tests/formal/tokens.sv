// SPDX-License-Identifier: MIT
// about: peal_tokens
// What peal_write_burst is promised of the tokens' writes. An operation has a token to
// make at least, at a multiple of four bytes.
  `RESET_FIRST
  logic [9:0] f_loose;      // beats that went out and have no burst yet
  logic [2:0] f_low, f_over;
  `PROMISE(tokens_piece_is_some, !valid_i || left_i != 0 && addr_i[1:0] == 0)
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_loose <= '0;
      f_low   <= '0;
      f_over  <= '0;
    end else begin
      f_loose <= f_loose + 10'(beat_o) - (burst_o ? 10'(burst_beats_o) : 10'd0);
      f_low   <= room_i ? 3'd0 : f_low == 3'd7 ? 3'd7 : f_low + 1'b1;
      f_over  <= room_i ? 3'd0 : f_over + 3'(beat_o || burst_o);
    end
  end

  // a burst of tokens is aligned and within 4 KiB
  `PROVE(tokens_burst_within_4k, burst_o, burst_addr_o[5:0] == 0 && burst_beats_o != 0 && 8'(burst_addr_o[11:6]) + 8'(burst_beats_o) <= 8'd64)
  // its last beat comes with it, the others came before
  `PROVE(tokens_burst_has_its_beats, burst_o, beat_o && f_loose + 10'd1 == 10'(burst_beats_o))
  // without room at most two more pushes come, of the eight that room promises
  `PROVE(tokens_stop_without_room, (beat_o || burst_o) && !room_i, f_over < 3'd2)

  `REACH(tokens_burst_of_two, burst_o && burst_beats_o == 7'd2)

  logic f_line0, f_piece0;
  logic [5:0] f_field0;
  logic [6:0] f_beats0;
  logic [47:0] f_start0;
  assign f_line0  = valid_q[0] && what0_q[60+SWidth];
  assign f_piece0 = valid_q[0] && what0_q[59+SWidth];
  assign {f_start0, f_field0} = what0_q[53:0];
  assign f_beats0 = f_field0 == 0 ? 7'd64 : {1'b0, f_field0};
  function automatic logic f_page(input logic [47:0] address, input logic [6:0] n);
    f_page = address[5:0] == 0 && n != 0 && 8'(address[11:6]) + 8'(n) <= 8'd64;
  endfunction
  `LEMMA(tokens_counts, f_loose + 10'(f_line0) + 10'(beat_o) == (on_q ? 10'(beats_q) - 10'd1 : 10'd0)
         + (f_piece0 ? 10'(f_beats0) : 10'd0) + (burst_o ? 10'(burst_beats_o) : 10'd0))
  `LEMMA(tokens_place, !on_q || left_q != 0 && addr_q[1:0] == 0 && start_q[5:0] == 0 && beats_q != 0 && beats_q <= 7'd64 && start_q[47:12] == addr_q[47:12] && 8'(addr_q[11:6]) + 8'd1 == 8'(start_q[11:6]) + 8'(beats_q))
  `LEMMA(tokens_stage0, (!f_piece0 || f_line0 && f_page(f_start0, f_beats0)) && (!burst_o || beat_o))
  `LEMMA(tokens_stage1, !burst_o || f_page(burst_addr_o, burst_beats_o))
  `LEMMA(tokens_low, (f_low < 1 || !valid_q[0]) && (f_low < 2 || valid_q == 0) && f_over <= f_low && f_over <= 3'd2)
