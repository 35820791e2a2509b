// SPDX-License-Identifier: MIT
// about: peal_write_burst
// The client writes beats, then the burst that has them, while there is room or at most
// eight times more; the bus answers what was sent. f_n is any one burst, f_m any one beat.
  `RESET_FIRST
  (* anyconst *) logic [4:0] f_n, f_m;
  logic [4:0] f_loose;                 // beats that no burst has yet
  logic [4:0] f_made, f_sent, f_done;  // bursts
  logic [4:0] f_in, f_out;             // beats
  logic [4:0] f_pieces;                // beats of the burst under way that were sent
  logic [3:0] f_over;                  // pushes since there was room
  logic [6:0] f_beats;
  logic [47:0] f_addr;
  logic [NoteWidth-1:0] f_note;
  logic [$bits(data_i)-1:0] f_data;
  logic [$bits(strb_i)-1:0] f_strb;
  logic f_push, f_give;
  assign f_push = beat_i || burst_i;
  assign f_give = valid_o && ready_i;

  `PROMISE(burst_client_waits_for_room, room_o || f_over < 4'd8 || !f_push)
  `PROMISE(burst_client_has_its_beats, !burst_i || (beats_i != 0 && beats_i <= 7'd64 && beats_i <= 7'(f_loose) + 7'(beat_i)))
  `PROMISE(burst_bus_answers_what_was_sent, !answered_i || f_done != f_sent)

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_loose  <= '0;
      f_made   <= '0;
      f_sent   <= '0;
      f_done   <= '0;
      f_in     <= '0;
      f_out    <= '0;
      f_pieces <= '0;
      f_over   <= '0;
    end else begin
      f_loose <= f_loose + 5'(beat_i) - (burst_i ? 5'(beats_i) : 5'd0);
      f_made  <= f_made + 5'(burst_i);
      f_sent  <= f_sent + 5'(f_give && last_o);
      f_done  <= f_done + 5'(answered_i);
      f_in    <= f_in + 5'(beat_i);
      f_out   <= f_out + 5'(f_give);
      f_over  <= (room_o ? 4'd0 : f_over) + 4'(f_push);
      if (f_give) f_pieces <= last_o ? 5'd0 : f_pieces + 5'd1;
    end
    if (burst_i && f_made == f_n) f_addr  <= addr_i;
    if (burst_i && f_made == f_n) f_beats <= beats_i;
    if (burst_i && f_made == f_n) f_note  <= note_i;
    if (beat_i && f_in == f_m) f_data <= data_i;
    if (beat_i && f_in == f_m) f_strb <= strb_i;
  end

  // a burst that is offered has its data: it never waits for it on the bus
  `PROVE(burst_has_its_beats, valid_o, beat_valid)
  // what is offered stays, unchanged, until it is taken
  `PROVE(burst_held, f_past && $past(valid_o && !ready_i), valid_o && $stable({addr_o, len_o, data_o, strb_o, last_o}))
  // burst n goes out as it was made: address, length, and last at the beat that the length says
  `PROVE(burst_as_made, valid_o && f_sent == f_n, addr_o == f_addr && len_o == 8'(f_beats) - 8'd1 && last_o == (7'(f_pieces) + 7'd1 == f_beats))
  // beat m goes out as the mth that came, with its strobes
  `PROVE(burst_beats_in_order, valid_o && f_out == f_m, data_o == f_data && strb_o == f_strb)
  // no burst is offered that was not made
  `PROVE(burst_not_invented, valid_o, f_sent != f_made)
  // the answer to burst n gives the note of burst n
  `PROVE(burst_note_of_answer, answered_i && f_done == f_n, done_o && done_note_o == f_note && done_error_o == error_i)
  // busy while a burst is not answered
  `PROVE(burst_busy, f_made != f_done, busy_o)

  `REACH(burst_of_three, f_give && last_o && len_o == 8'd2)
  `REACH(burst_third_answered, answered_i && f_done == 5'd2)
