// SPDX-License-Identifier: MIT
// The mover, data side: takes the beats of each piece in order and shifts, fills,
// compares, sums or checksums them. Four stages behind the buffers, which never
// stall: a beat is taken only when there is room for what it makes.
//
//   M0  take an X beat (and a Y beat for COMPARE), rotate X by the byte distance
//   M1  merge with the beat before, mask, write out; fold the CRC; find differences
//   M2  accumulate, one accumulator a slot
//   M3  close the CRC at the end of the operation
//   M4  out: the burst's record, or the outcome of an operation that only reads
//
// Rotating by s = destination - source offset (mod 64) puts each byte in its lane;
// a destination line then is the upper lanes of one beat and the lower lanes of
// the beat before. Where the destination offset is below the source's, the first
// beat only primes the carry.
`include "peal_assert.svh"

module peal_stream #(
  parameter int SWidth = 4,
  parameter int XDepth = 512,
  parameter int YDepth = 256
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // data of the read clients
  input  logic              x_beat_i,
  input  logic              y_beat_i,
  input  logic [511:0]      data_i,
  input  logic              error_i,
  output logic              x_pop_o,
  output logic              y_pop_o,

  // pieces
  input  logic              piece_valid_i,
  output logic              piece_ready_o,
  input  logic [SWidth-1:0] piece_slot_i,
  input  logic [7:0]        piece_tag_i,
  input  logic [7:0]        piece_opcode_i,
  input  logic              piece_first_i,
  input  logic              piece_last_i,
  input  logic              piece_cut_i,      // ends the operation early
  input  logic [5:0]        piece_x_off_i,
  input  logic [5:0]        piece_d_off_i,
  input  logic [12:0]       piece_bytes_i,
  input  logic [47:0]       piece_addr_i,
  input  logic [31:0]       piece_base_i,
  input  logic [31:0]       piece_length_i,
  input  logic [31:0]       piece_arg_i,

  // room behind
  input  logic              write_room_i,
  input  logic              found_room_i,

  // write burst
  output logic              beat_o,
  output logic [511:0]      beat_data_o,
  output logic [63:0]       beat_strb_o,
  output logic              burst_o,
  output logic [47:0]       burst_addr_o,
  output logic [6:0]        burst_beats_o,

  // outcome: with the last burst of a writing operation, or by itself
  output logic              found_o,
  output logic              out_last_o,       // of the operation (with burst_o)
  output logic [SWidth-1:0] out_slot_o,
  output logic [7:0]        out_tag_o,
  output logic [7:0]        out_status_o,
  output logic [31:0]       out_result_o,
  output logic              busy_o
);
  `include "peal_contract.svh"
  `include "peal_crc32c.svh"

  // REWARD's stream; internal, never in a descriptor.
  localparam logic [7:0] OpSum = 8'hff;

  // -- buffers ------------------------------------------------------------------------------
  logic         x_valid, y_valid, p_valid, x_error, y_error, unused_x_ready, unused_y_ready;
  logic [511:0] x_data, y_data;
  logic [$clog2(XDepth):0] unused_x_level;
  logic [$clog2(YDepth):0] unused_y_level;
  logic [7:0]   unused_p_level;

  peal_beat_fifo #(.Width(1), .Depth(XDepth)) u_x (
    .clk_i, .rst_ni,
    .push_i (x_beat_i),
    .data_i (data_i),
    .side_i (error_i),
    .ready_o(unused_x_ready),
    .valid_o(x_valid),
    .data_o (x_data),
    .side_o (x_error),
    .pop_i  (x_pop_o),
    .level_o(unused_x_level)
  );

  peal_beat_fifo #(.Width(1), .Depth(YDepth)) u_y (
    .clk_i, .rst_ni,
    .push_i (y_beat_i),
    .data_i (data_i),
    .side_i (error_i),
    .ready_o(unused_y_ready),
    .valid_o(y_valid),
    .data_o (y_data),
    .side_o (y_error),
    .pop_i  (y_pop_o),
    .level_o(unused_y_level)
  );

  logic [SWidth-1:0] slot;
  logic [7:0]        tag, opcode;
  logic              first, last, cut, go, final_step;
  logic [5:0]        x_off, d_off;
  logic [12:0]       bytes;
  logic [47:0]       addr;
  logic [31:0]       base, length, arg;

  logic [187+SWidth:0] piece;
  always_comb begin
    piece = '0;
    if (piece_valid_i)
      piece = {piece_slot_i, piece_tag_i, piece_opcode_i, piece_first_i, piece_last_i,
               piece_cut_i, piece_x_off_i, piece_d_off_i, piece_bytes_i, piece_addr_i,
               piece_base_i, piece_length_i, piece_arg_i};
  end

  peal_fifo #(.Width(188 + SWidth), .Depth(128)) u_pieces (
    .clk_i, .rst_ni,
    .push_i (piece_valid_i),
    .data_i (piece),
    .ready_o(piece_ready_o),
    .valid_o(p_valid),
    .data_o ({slot, tag, opcode, first, last, cut, x_off, d_off, bytes, addr, base, length, arg}),
    .pop_i  (go && final_step),
    .level_o(unused_p_level)
  );

  // -- M0: steps of a piece -------------------------------------------------------------------
  logic        is_compare, is_fill, writes, primes, priming, take_x, take_y;
  logic [6:0]  x_beats, d_beats, x_count_q, d_count_q;
  logic        primed_q;
  logic [12:0] d_end;
  logic [5:0]  shift;

  // What this step does. Behind its condition, so that a simulator skips it.
  logic        x_final;
  logic [5:0]  d_lo, x_lo;
  logic [6:0]  d_hi, x_hi;
  logic [12:0] x_end;
  logic [1:0]  phase;
  logic [47:0] line;
  logic        burst_end;
  logic [6:0]  burst_count_q;

  always_comb begin
    is_compare = 1'b0;
    is_fill    = 1'b0;
    writes     = 1'b0;
    shift      = '0;
    primes     = 1'b0;
    priming    = 1'b0;
    x_beats    = '0;
    d_end      = '0;
    d_beats    = '0;
    take_x     = 1'b0;
    take_y     = 1'b0;
    final_step = 1'b0;
    go         = 1'b0;
    x_end      = '0;
    x_final    = 1'b0;
    d_lo       = '0;
    d_hi       = '0;
    x_lo       = '0;
    x_hi       = '0;
    phase      = '0;
    line       = '0;
    burst_end  = 1'b0;
    if (p_valid) begin
      is_compare = opcode == OP_COMPARE;
      is_fill    = opcode == OP_FILL;
      writes     = opcode == OP_COPY || opcode == OP_COPY_CRC || is_fill;
      shift      = d_off - x_off;
      primes     = !is_fill && d_off < x_off;
      priming    = primes && !primed_q;
      x_beats    = is_fill ? 7'd0 : 7'((14'(x_off) + 14'(bytes) + 14'd63) >> 6);
      d_end      = 13'(d_off) + bytes;
      d_beats    = 7'((14'(d_end) + 14'd63) >> 6);
      take_x     = x_count_q < x_beats;
      take_y     = is_compare && !priming;
      final_step = !priming && d_count_q + 1'b1 == d_beats;
      go         = (!take_x || x_valid) && (!take_y || y_valid) &&
                   (writes ? write_room_i : found_room_i);

      // Lanes of this beat that belong to the piece: where it goes, and where it comes from.
      x_end   = 13'(x_off) + bytes;
      x_final = x_count_q + 1'b1 == x_beats;
      d_lo    = d_count_q == 0 ? d_off : 6'd0;
      d_hi    = final_step && d_end[5:0] != 0 ? {1'b0, d_end[5:0]} : 7'd64;
      x_lo    = x_count_q == 0 ? x_off : 6'd0;
      x_hi    = x_final && x_end[5:0] != 0 ? {1'b0, x_end[5:0]} : 7'd64;

      // FILL: the pattern's phase starts at the first byte of the operation, not of the piece.
      phase = d_off[1:0] - base[1:0];

      // A burst ends with the piece and at a 4 KiB boundary of the destination.
      line      = {addr[47:6], 6'd0} + {35'd0, d_count_q, 6'd0};
      burst_end = final_step || line[11:6] == 6'h3f;
    end
  end

  assign x_pop_o = go && take_x;
  assign y_pop_o = go && take_y;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      x_count_q <= '0;
      d_count_q <= '0;
      primed_q  <= 1'b0;
    end else if (go) begin
      primed_q  <= !final_step;
      x_count_q <= final_step ? '0 : x_count_q + 7'(take_x);
      d_count_q <= final_step ? '0 : d_count_q + 7'(!priming);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) burst_count_q <= '0;
    else if (go && writes && !priming) burst_count_q <= burst_end ? '0 : burst_count_q + 1'b1;
  end

  // -- M1 ---------------------------------------------------------------------------------------
  function automatic logic [63:0] lanes(input logic [5:0] lo, input logic [6:0] hi);
    lanes = ({64{1'b1}} << lo) & ({64{1'b1}} >> (7'd64 - hi));
  endfunction

  function automatic logic [511:0] spread(input logic [63:0] m);
    for (int i = 0; i < 64; i++) spread[i*8 +: 8] = {8{m[i]}};
  endfunction

  logic              m1_valid_q, m1_out_q, m1_x_q, m1_first_q, m1_last_q, m1_cut_q, m1_burst_q, m1_error_q;
  logic              m1_writes_q;
  logic [511:0]      m1_rot_q, m1_carry_q, m1_raw_q, m1_y_q;
  logic [5:0]        m1_shift_q, m1_x_lo_q, m1_x_off_q;
  logic [6:0]        m1_x_hi_q, m1_beats_q, m1_end_q;
  logic [63:0]       m1_strb_q;
  logic [31:0]       m1_arg_q, m1_offset_q, m1_length_q;
  logic [47:0]       m1_addr_q;
  logic [SWidth-1:0] m1_slot_q;
  logic [7:0]        m1_tag_q, m1_opcode_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) m1_valid_q <= 1'b0;
    else         m1_valid_q <= go;
  end

  always_ff @(posedge clk_i) begin
    if (go) begin
      m1_slot_q   <= slot;
      m1_tag_q    <= tag;
      m1_opcode_q <= opcode;
      m1_out_q    <= !priming;
      m1_x_q      <= take_x;
      m1_first_q  <= first && x_count_q == 0 && (take_x || is_fill) && d_count_q == 0;
      m1_last_q   <= last && final_step;
      m1_cut_q    <= cut;
      m1_burst_q  <= burst_end && writes && !priming;
      m1_error_q  <= (take_x && x_error) || (take_y && y_error);
      m1_writes_q <= writes && !priming;
      m1_shift_q  <= is_fill ? 6'd0 : shift;
      m1_x_lo_q   <= x_lo;
      m1_x_hi_q   <= x_hi;
      m1_x_off_q  <= x_off;
      m1_end_q    <= 7'd64 - (x_end[5:0] == 0 ? 7'd64 : {1'b0, x_end[5:0]});
      m1_strb_q   <= lanes(d_lo, d_hi);
      m1_arg_q    <= arg;
      m1_length_q <= length;
      m1_offset_q <= base + {19'd0, d_count_q, 6'd0} - 32'(d_off);
      m1_addr_q   <= line - {35'd0, burst_count_q, 6'd0};
      m1_beats_q  <= burst_count_q + 1'b1;
      m1_carry_q  <= m1_rot_q;
      if (take_x) m1_rot_q <= shift == 0 ? x_data
                                         : 512'({x_data, x_data} >> {7'd64 - 7'(shift), 3'd0});
      if (take_x) m1_raw_q <= x_data;
      if (take_y) m1_y_q   <= y_data;
      if (is_fill) m1_rot_q <= {16{32'({arg, arg} >> (6'd32 - {1'b0, phase, 3'd0}))}};
    end
  end

  // Wide logic sits behind its condition: a simulator then skips it.
  logic [511:0] upper, merged;
  always_comb begin
    upper  = '0;
    merged = '0;
    if (m1_valid_q) begin
      merged = m1_rot_q;
      if (m1_shift_q != 0) begin
        upper  = spread({64{1'b1}} << m1_shift_q);
        merged = (m1_rot_q & upper) | (m1_carry_q & ~upper);
      end
    end
  end

  assign beat_o      = m1_valid_q && m1_writes_q;
  assign beat_data_o = merged;
  assign beat_strb_o = m1_strb_q;

  logic [63:0] different;
  logic        unequal;
  always_comb begin
    different = '0;
    unequal   = 1'b0;
    if (m1_valid_q && m1_opcode_q == OP_COMPARE) begin
      unequal = merged != m1_y_q;
      if (unequal) for (int i = 0; i < 64; i++)
        different[i] = merged[i*8 +: 8] != m1_y_q[i*8 +: 8] && m1_strb_q[i];
    end
  end

  function automatic logic [5:0] first_of(input logic [63:0] m);
    first_of = '0;
    for (int i = 63; i >= 0; i--) if (m[i]) first_of = 6'(i);
  endfunction

  function automatic logic [31:0] sum_of(input logic [511:0] d, input logic [63:0] m);
    sum_of = '0;
    for (int i = 0; i < 16; i++) if (m[i*4]) sum_of = sum_of + 32'(d[i*32 +: 16]);
  endfunction

  // -- M2 ---------------------------------------------------------------------------------------
  logic              m2_valid_q, m2_fold_q, m2_sum_q, m2_compare_q, m2_first_q, m2_last_q, m2_cut_q;
  logic              m2_burst_q, m2_writes_q, m2_differs_q, m2_error_q;
  logic [31:0]       m2_value_q, m2_start_q, m2_offset_q, m2_length_q;
  logic [6:0]        m2_end_q, m2_beats_q;
  logic [47:0]       m2_addr_q;
  logic [SWidth-1:0] m2_slot_q;
  logic [7:0]        m2_tag_q, m2_opcode_q;
  logic              m1_crc;

  assign m1_crc = m1_opcode_q == OP_CRC32C || m1_opcode_q == OP_COPY_CRC;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) m2_valid_q <= 1'b0;
    else         m2_valid_q <= m1_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (m1_valid_q) begin
      m2_slot_q    <= m1_slot_q;
      m2_tag_q     <= m1_tag_q;
      m2_opcode_q  <= m1_opcode_q;
      m2_fold_q    <= m1_crc && m1_x_q;
      m2_sum_q     <= m1_opcode_q == OpSum;
      m2_compare_q <= m1_opcode_q == OP_COMPARE && m1_out_q;
      m2_first_q   <= m1_first_q;
      m2_last_q    <= m1_last_q;
      m2_cut_q     <= m1_cut_q;
      m2_burst_q   <= m1_burst_q;
      m2_writes_q  <= m1_writes_q;
      m2_error_q   <= m1_error_q;
      m2_end_q     <= m1_end_q;
      m2_beats_q   <= m1_beats_q;
      m2_addr_q    <= m1_addr_q;
      m2_length_q  <= m1_length_q;
      m2_differs_q <= 1'b0;
      if (m1_crc && m1_x_q) begin
        m2_value_q <= crc_fold(m1_raw_q & spread(lanes(m1_x_lo_q, m1_x_hi_q)));
        if (m1_first_q) m2_start_q <= crc_rewind(~m1_arg_q, m1_x_off_q);
      end
      if (m1_opcode_q == OpSum) m2_value_q <= sum_of(m1_raw_q, lanes(m1_x_lo_q, m1_x_hi_q));
      if (m1_opcode_q == OP_COMPARE) begin
        m2_differs_q <= m1_out_q && different != 0;
        m2_offset_q  <= m1_offset_q + 32'(first_of(different));
      end
    end
  end

  // -- M2 to M3: one accumulator and one error bit a slot -------------------------------------------
  logic [31:0]            acc_q [0:(1 << SWidth)-1];
  logic [(1<<SWidth)-1:0] found_q, error_q;   // a difference was found; a read failed
  logic [31:0]            acc, acc_next;
  logic                   found_next, error_next;

  always_comb begin
    acc        = '0;
    acc_next   = '0;
    found_next = 1'b0;
    error_next = 1'b0;
    if (m2_valid_q) begin
      acc        = m2_first_q ? (m2_sum_q ? 32'd0 : m2_start_q) : acc_q[m2_slot_q];
      found_next = (!m2_first_q && found_q[m2_slot_q]) || m2_differs_q;
      error_next = (!m2_first_q && error_q[m2_slot_q]) || m2_error_q;
      acc_next   = acc;
      if (m2_fold_q)     acc_next = crc_advance(acc) ^ m2_value_q;
      else if (m2_sum_q) acc_next = acc + m2_value_q;
      else if (m2_compare_q && m2_differs_q && (m2_first_q || !found_q[m2_slot_q]))
        acc_next = m2_offset_q;
    end
  end

  logic              m3_valid_q, m3_writes_q, m3_burst_q, m3_last_q, m3_cut_q, m3_found_q, m3_error_q;
  logic [31:0]       m3_acc_q, m3_length_q;
  logic [6:0]        m3_end_q, m3_beats_q;
  logic [47:0]       m3_addr_q;
  logic [SWidth-1:0] m3_slot_q;
  logic [7:0]        m3_tag_q, m3_opcode_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) m3_valid_q <= 1'b0;
    else         m3_valid_q <= m2_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (m2_valid_q) begin
      acc_q[m2_slot_q]   <= acc_next;
      found_q[m2_slot_q] <= found_next;
      error_q[m2_slot_q] <= error_next;
      m3_slot_q   <= m2_slot_q;
      m3_tag_q    <= m2_tag_q;
      m3_opcode_q <= m2_opcode_q;
      m3_writes_q <= m2_writes_q;
      m3_burst_q  <= m2_burst_q;
      m3_last_q   <= m2_last_q;
      m3_cut_q    <= m2_cut_q;
      m3_found_q  <= found_next;
      m3_error_q  <= error_next;
      m3_acc_q    <= acc_next;
      m3_length_q <= m2_length_q;
      m3_end_q    <= m2_end_q;
      m3_beats_q  <= m2_beats_q;
      m3_addr_q   <= m2_addr_q;
    end
  end

  // -- M3 to M4 -----------------------------------------------------------------------------------------
  logic m4_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      m4_valid_q <= 1'b0;
      burst_o    <= 1'b0;
      found_o    <= 1'b0;
    end else begin
      m4_valid_q <= m3_valid_q;
      burst_o    <= m3_valid_q && m3_burst_q;
      found_o    <= m3_valid_q && m3_last_q && !m3_writes_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (m3_valid_q) begin
      burst_addr_o  <= m3_addr_q;
      burst_beats_o <= m3_beats_q;
      out_last_o    <= m3_last_q;
      out_slot_o    <= m3_slot_q;
      out_tag_o     <= m3_tag_q;
      out_status_o  <= m3_error_q ? ST_READ : m3_cut_q ? ST_ABORTED
                       : m3_opcode_q == OP_COMPARE && m3_found_q ? ST_MISCOMPARE : ST_OK;
      if (m3_last_q) begin
        case (m3_opcode_q)
          OP_CRC32C, OP_COPY_CRC: out_result_o <= ~crc_rewind(m3_acc_q, m3_end_q[5:0]);
          OpSum:                  out_result_o <= m3_acc_q;
          OP_COMPARE:             out_result_o <= m3_found_q ? m3_acc_q + 1 : '0;
          default:                out_result_o <= m3_length_q;
        endcase
      end
    end
  end

  assign busy_o = p_valid || m1_valid_q || m2_valid_q || m3_valid_q || m4_valid_q;

  `PEAL_CHECK(stream_x_has_room, !(x_beat_i && !unused_x_ready))
  `PEAL_CHECK(stream_y_has_room, !(y_beat_i && !unused_y_ready))

  `PEAL_COVER(stream_primes, go && priming)
  `PEAL_COVER(stream_waits_for_data, p_valid && take_x && !x_valid)
  `PEAL_COVER(stream_waits_for_write_room, p_valid && writes && !write_room_i)
endmodule
