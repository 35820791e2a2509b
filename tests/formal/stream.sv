// SPDX-License-Identifier: MIT
// about: peal_stream
// wire f_words = u_pieces.f_words
// wire f_wptr = u_pieces.wptr_q
// wire f_rptr = u_pieces.rptr_q
// What peal_write_burst is promised of the mover's writes. Pieces are as mover.sv has
// them.
  `RESET_FIRST
  logic [9:0] f_loose;       // beats that went out and have no burst yet
  logic [2:0] f_low;         // cycles without room, 7 is many
  logic [2:0] f_over;        // pushes in them
  logic f_push;
  assign f_push = beat_o || burst_o;
  `PROMISE(stream_piece_size, !piece_valid_i || piece_bytes_i != 0 && piece_bytes_i <= 13'd4096 && piece_ready_o)
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      f_loose <= '0;
      f_low   <= '0;
      f_over  <= '0;
    end else begin
      f_loose <= f_loose + 10'(beat_o) - (burst_o ? 10'(burst_beats_o) : 10'd0);
      f_low   <= write_room_i ? 3'd0 : f_low == 3'd7 ? 3'd7 : f_low + 1'b1;
      f_over  <= write_room_i ? 3'd0 : f_over + 3'(f_push);
    end
  end

  // a burst of the mover is aligned and within 4 KiB
  `PROVE(stream_burst_within_4k, burst_o, burst_addr_o[5:0] == 0 && burst_beats_o != 0 && 8'(burst_addr_o[11:6]) + 8'(burst_beats_o) <= 8'd64)
  // its beats went out before it
  `PROVE(stream_burst_has_its_beats, burst_o, 10'(burst_beats_o) <= f_loose)
  // without room at most four more pushes come, of the eight that room promises
  `PROVE(stream_stops_without_room, f_push && !write_room_i, f_over < 3'd4)

  `REACH(stream_two_bursts_of_a_piece, burst_o && f_loose > 10'(burst_beats_o))

  logic [6:0] f_open;       // beats of the burst that is being made
  assign f_open = burst_count_q;
  `LEMMA(stream_counts, f_loose + 10'(beat_o) == 10'(f_open) + (burst_o ? 10'(burst_beats_o) : 10'd0)
         + (m3_valid_q && m3_burst_q ? 10'(m3_beats_q) : 10'd0) + (m2_valid_q && m2_burst_q ? 10'(m2_beats_q) : 10'd0)
         + (m1_valid_q && m1_burst_q ? 10'(m1_beats_q) : 10'd0))
  function automatic logic f_page(input logic [47:0] address, input logic [6:0] n);
    f_page = address[5:0] == 0 && n != 0 && 8'(address[11:6]) + 8'(n) <= 8'd64;
  endfunction
  `LEMMA(stream_m1, !(m1_valid_q && m1_burst_q) || m1_writes_q && f_page(m1_addr_q, m1_beats_q))
  `LEMMA(stream_m2, !(m2_valid_q && m2_burst_q) || f_page(m2_addr_q, m2_beats_q))
  `LEMMA(stream_m3, !(m3_valid_q && m3_burst_q) || f_page(m3_addr_q, m3_beats_q))
  `LEMMA(stream_burst_open, f_open <= d_count_q && d_count_q <= 7'd65 && (d_count_q == 0 || p_valid) && (f_open == 0 || writes && 7'(line[11:6]) >= f_open))
  localparam int F_Piece = 188 + SWidth;
  (* keep *) wire [2*F_Piece-1:0] f_words;   // two pieces wait at most
  (* keep *) wire [1:0] f_wptr, f_rptr;
  logic [1:0] f_level, f_sizes;
  assign f_level = f_wptr - f_rptr;
  for (genvar i = 0; i < 2; i++) begin : g_piece
    logic f_behind;
    logic [12:0] f_bytes;
    assign f_behind   = 1'(i) - f_rptr[0];
    assign f_bytes    = f_words[i*F_Piece + 144 +: 13];
    assign f_sizes[i] = !({1'b0, f_behind} < f_level) || f_bytes != 0 && f_bytes <= 13'd4096;
  end
  `LEMMA(stream_sizes, f_sizes == '1 && f_level <= 2)
  `LEMMA(stream_size, !p_valid || bytes != 0 && bytes <= 13'd4096 && d_count_q < d_beats)
  `LEMMA(stream_low, (f_low < 1 || !(m1_valid_q && m1_writes_q)) && (f_low < 2 || !(m2_valid_q && m2_burst_q)) && (f_low < 3 || !(m3_valid_q && m3_burst_q)) && (f_low < 4 || !burst_o) && f_over <= f_low && f_over <= 3'd4)
