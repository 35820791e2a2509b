// SPDX-License-Identifier: MIT
// about: peal_write_burst
// wire f_b_words = u_bursts.f_words
// wire f_b_wptr = u_bursts.wptr_q
// wire f_b_rptr = u_bursts.rptr_q
// wire f_d_words = u_beats.f_words
// wire f_d_wptr = u_beats.wptr_q
// wire f_d_rptr = u_beats.rptr_q
// wire f_o_words = u_notes.f_words
// wire f_o_wptr = u_notes.wptr_q
// wire f_o_rptr = u_notes.rptr_q
// The client writes beats, then the burst that has them, while there is room or at most
// Margin times more; the bus answers what was sent. f_n is any one burst, f_m any one beat.
// Four places and a margin of two stand for 256 and 128, and eight.
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

  localparam int Margin = 2;
  `PROMISE(burst_client_waits_for_room, room_o || 32'(f_over) < Margin || !f_push)
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

  // a burst once begun goes on to its last beat
  `PROVE(burst_goes_on, f_pieces != 0, valid_o)
  // room_o promises the margin: nothing is pushed into a full queue
  `ALWAYS(burst_room_suffices, f_over == 4'(Margin), (!beat_i || ready_beat) && (!burst_i || ready_burst))

  // -- lemmas: what the queues hold --------------------------------------------------------------
  localparam int F_Beat = $bits(strb_i) + $bits(data_i);
  localparam int F_Burst = 55 + NoteWidth;
  (* keep *) wire [4*F_Burst-1:0] f_b_words;
  (* keep *) wire [4*F_Beat-1:0] f_d_words;
  (* keep *) wire [4*NoteWidth-1:0] f_o_words;
  (* keep *) wire [2:0] f_b_wptr, f_b_rptr, f_d_wptr, f_d_rptr, f_o_wptr, f_o_rptr;
  logic [2:0] f_b_level, f_d_level, f_o_level;
  logic [4:0] f_b_age, f_d_age, f_o_age;       // how long behind the oldest f_n, f_m are
  logic [1:0] f_b_place, f_d_place, f_o_place;
  logic [6:0] f_head_beats;
  logic [8:0] f_in_bursts;                     // beats of the bursts that wait
  logic [3:0] f_right;
  assign f_b_level = f_b_wptr - f_b_rptr;
  assign f_d_level = f_d_wptr - f_d_rptr;
  assign f_o_level = f_o_wptr - f_o_rptr;
  assign f_b_age   = f_n - f_sent;
  assign f_o_age   = f_n - f_done;
  assign f_d_age   = f_m - f_out;
  assign f_b_place = f_b_rptr[1:0] + f_b_age[1:0];
  assign f_o_place = f_o_rptr[1:0] + f_o_age[1:0];
  assign f_d_place = f_d_rptr[1:0] + f_d_age[1:0];
  logic [35:0] f_counted;
  for (genvar i = 0; i < 4; i++) begin : g_place
    logic [1:0] f_behind;
    logic [6:0] f_of;
    assign f_behind = 2'(i) - f_b_rptr[1:0];
    assign f_of     = f_b_words[i*F_Burst + 48 +: 7];
    assign f_counted[i*9 +: 9] = {1'b0, f_behind} < f_b_level ? 9'(f_of) : 9'd0;
    assign f_right[i] = !({1'b0, f_behind} < f_b_level) || f_of != 0 && f_of <= 7'd5;
  end
  assign f_in_bursts  = f_counted[8:0] + f_counted[17:9] + f_counted[26:18] + f_counted[35:27];
  assign f_head_beats = f_b_words[f_b_rptr[1:0]*F_Burst + 48 +: 7];
  `LEMMA(burst_levels, f_b_level <= 4 && f_d_level <= 4 && f_o_level <= 4)
  `LEMMA(burst_counts, 5'(f_b_level) == f_made - f_sent && 5'(f_o_level) == f_sent - f_done && 5'(f_d_level) == f_in - f_out)
  `LEMMA(burst_margin, 32'(f_d_level) <= 4 - Margin + 32'(f_over) && 32'(f_b_level) <= 4 - Margin + 32'(f_over) && 32'(f_over) <= Margin)
  `LEMMA(burst_sizes, f_right == '1)
  `LEMMA(burst_beats_add_up, 9'(f_d_level) + 9'(f_pieces) == 9'(f_loose) + f_in_bursts)
  `LEMMA(burst_under_way, 7'(f_pieces) == sent_q && (f_pieces == 0 || f_b_level != 0) && (f_b_level == 0 || 7'(f_pieces) < f_head_beats))
  `LEMMA(burst_element, !(f_b_age < 5'(f_b_level)) || f_b_words[f_b_place*F_Burst +: F_Burst] == {f_note, f_beats, f_addr})
  `LEMMA(burst_note_element, !(f_o_age < 5'(f_o_level)) || f_o_words[f_o_place*NoteWidth +: NoteWidth] == f_note)
  `LEMMA(burst_beat_element, !(f_d_age < 5'(f_d_level)) || f_d_words[f_d_place*F_Beat +: F_Beat] == {f_strb, f_data})

  `REACH(burst_of_three, f_give && last_o && len_o == 8'd2)
  `REACH(burst_third_answered, answered_i && f_done == 5'd2)
