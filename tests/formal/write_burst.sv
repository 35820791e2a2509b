// SPDX-License-Identifier: MIT
// about: peal_write_burst
// wire f_words = u_bursts.f_words
// wire f_wptr = u_bursts.wptr_q
// wire f_rptr = u_bursts.rptr_q
// The client writes beats, then the burst that has them, while there is room; the
// bus answers bursts that were sent. f_n is any one burst.
  `RESET_FIRST
  localparam int F_Burst = 55 + NoteWidth;
  (* keep *) wire [Bursts*F_Burst-1:0] f_words;
  (* keep *) wire [$clog2(Bursts):0] f_wptr, f_rptr;
  (* anyconst *) logic [7:0] f_n;
  logic [7:0] f_loose;                 // beats that no burst has yet
  logic [7:0] f_made, f_sent, f_done;  // bursts
  logic [7:0] f_pieces;                // beats of the burst under way that were sent
  logic [6:0] f_beats;
  logic [47:0] f_addr;
  logic [NoteWidth-1:0] f_note;
  logic [7:0] f_beats_in, f_beats_out;

  `PROMISE(burst_client_waits_for_room, room_o || !(beat_i || burst_i))
  `PROMISE(burst_client_has_its_beats, !burst_i || (beats_i != 0 && beats_i <= 7'd64 && 8'(beats_i) <= f_loose + 8'(beat_i)))
  `PROMISE(burst_bus_answers_what_was_sent, !answered_i || f_done != f_sent)
  `PROMISE(burst_bus_bounded, f_sent - f_done < 8'd200)

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_loose, f_made, f_sent, f_done, f_pieces, f_beats_in, f_beats_out} <= '0;
    end else begin
      f_loose     <= f_loose + 8'(beat_i) - (burst_i ? 8'(beats_i) : 8'd0);
      f_made      <= f_made + 8'(burst_i);
      f_sent      <= f_sent + 8'(valid_o && ready_i && last_o);
      f_done      <= f_done + 8'(answered_i);
      f_beats_in  <= f_beats_in + 8'(beat_i);
      f_beats_out <= f_beats_out + 8'(valid_o && ready_i);
      if (valid_o && ready_i) f_pieces <= last_o ? '0 : f_pieces + 1'b1;
      if (burst_i && f_made == f_n) {f_note, f_beats, f_addr} <= {note_i, beats_i, addr_i};
    end
  end

  // a burst that is offered has all its beats: it never waits for data on the bus
  `PROVE(burst_has_its_beats, valid_o && last_o && f_pieces != 0, beat_valid)
  // what is offered stays until it is taken
  `PROVE(burst_held, f_past && $past(valid_o && !ready_i), valid_o && $stable(addr_o) && $stable(len_o) && $stable(data_o) && $stable(strb_o) && $stable(last_o))
  // burst n goes out as it was made: address, length, and last at the beat that the length says
  `PROVE(burst_as_made, valid_o && f_sent == f_n && f_n != 0, addr_o == f_addr && len_o == 8'(f_beats) - 8'd1 && last_o == (f_pieces + 8'd1 == 8'(f_beats)))
  // each burst that was made and no other is sent
  `PROVE(burst_not_invented, valid_o, f_sent != f_made)
  // the answer to burst n gives the note of burst n
  `PROVE(burst_note_of_answer, answered_i && f_done == f_n && f_n != 0, done_o && done_note_o == f_note && done_error_o == error_i)
  // busy while a burst is not answered
  `PROVE(burst_busy, f_made != f_done && f_made == f_sent, busy_o)

  logic [7:0] f_sum, f_behind;
  logic [Bursts-1:0] f_filled;
  always_comb begin
    f_sum    = '0;
    f_filled = '0;
    for (int i = 0; i < Bursts; i++) begin
      f_behind = 8'($clog2(Bursts)'(i) - f_rptr[$clog2(Bursts)-1:0]);
      if (f_behind < 8'(burst_level)) begin
        f_sum = f_sum + 8'(f_words[i*F_Burst+48 +: 7]);
        if (f_words[i*F_Burst+48 +: 7] != 0 && f_words[i*F_Burst+48 +: 7] <= 64) f_filled[i] = 1'b1;
      end else f_filled[i] = 1'b1;
    end
  end
  `LEMMA(burst_beats_sum, 8'(beat_level) == f_sum + f_loose - f_pieces && f_loose <= 8'(beat_level) && f_sum <= 8'd64)
  `LEMMA(burst_filled, f_filled == '1 && 8'(sent_q) == f_pieces)
  `LEMMA(burst_levels, f_made - f_sent == 8'(burst_level) && burst_level <= Bursts && beat_level <= Beats && f_beats_in - f_beats_out == 8'(beat_level))
