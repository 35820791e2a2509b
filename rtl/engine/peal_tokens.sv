// SPDX-License-Identifier: MIT
// The token generator: one token a cycle, a stand-in for a language model and bit
// for bit the contract's. Works in pieces that end at 4 KiB of the destination, so
// that many rollouts take turns; tokens leave in lines.
`include "peal_assert.svh"

module peal_tokens #(
  parameter int SWidth = 4
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // next piece; taken when take_o
  input  logic              valid_i,
  input  logic [SWidth-1:0] slot_i,
  input  logic [26:0]       left_i,      // tokens of the operation still to make
  input  logic [47:0]       addr_i,
  input  logic [31:0]       x_i,         // seed + (number of the first + 1) * TOKEN_STEP
  input  logic              cut_i,       // the piece is the last, whatever is left
  output logic              take_o,

  // where the piece ended; the operation goes on unless done_o
  output logic              end_o,
  output logic              end_cut_o,   // and goes on nowhere
  output logic [SWidth-1:0] end_slot_o,
  output logic [26:0]       end_left_o,
  output logic [47:0]       end_addr_o,
  output logic [31:0]       end_x_o,

  // lines
  input  logic              room_i,
  output logic              beat_o,
  output logic [511:0]      data_o,
  output logic [63:0]       strb_o,
  output logic              burst_o,
  output logic [47:0]       burst_addr_o,
  output logic [6:0]        burst_beats_o,
  output logic [SWidth:0]   note_o       // {last of the operation, slot}
);
  `include "peal_contract.svh"

  // -- one number a cycle ---------------------------------------------------------------------
  logic              on_q, cut_q, step, line_end, piece_end;
  logic [SWidth-1:0] slot_q;
  logic [26:0]       left_q;
  logic [47:0]       addr_q, start_q;
  logic [31:0]       x_q;
  logic [6:0]        beats_q;

  assign step   = on_q && room_i;
  assign take_o = valid_i && (!on_q || (step && piece_end));

  always_comb begin
    piece_end = 1'b0;
    line_end  = 1'b0;
    if (on_q) begin
      piece_end = left_q == 1 || addr_q[11:2] == 10'h3ff;
      line_end  = piece_end || addr_q[5:2] == 4'hf;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      on_q    <= 1'b0;
      cut_q   <= 1'b0;
      slot_q  <= '0;
      left_q  <= '0;
      addr_q  <= '0;
      start_q <= '0;
      x_q     <= '0;
      beats_q <= '0;
    end else if (take_o) begin
      on_q    <= 1'b1;
      cut_q   <= cut_i;
      slot_q  <= slot_i;
      left_q  <= left_i;
      addr_q  <= addr_i;
      start_q <= {addr_i[47:6], 6'd0};
      x_q     <= x_i;
      beats_q <= 7'd1;
    end else if (step) begin
      on_q    <= !piece_end;
      left_q  <= left_q - 1'b1;
      addr_q  <= addr_q + 48'd4;
      x_q     <= x_q + TOKEN_STEP;
      beats_q <= beats_q + 7'(line_end);
    end
  end

  assign end_o      = step && piece_end;
  assign end_cut_o  = end_o && cut_q && left_q != 1;
  assign end_slot_o = slot_q;
  assign end_left_o = end_o ? left_q - 1'b1 : '0;
  assign end_addr_o = end_o ? addr_q + 48'd4 : '0;
  assign end_x_o    = end_o ? x_q + TOKEN_STEP : '0;

  // -- mixing: xor-shift, multiply, twice (hash-prospector's two-round function) --------------
  logic [1:0]       valid_q;
  logic [31:0]      mul0_q, mul1_q, y0, y1, y2;
  logic [60+SWidth:0] what, what0_q, what1_q;  // {line end, piece end, last, slot, lane, start, beats}

  always_comb begin
    what = '0;
    y0   = '0;
    y1   = '0;
    y2   = '0;
    if (step) begin
      what = {line_end, piece_end, left_q == 1 || cut_q, slot_q, addr_q[5:2], start_q, beats_q[5:0]};
      y0   = x_q ^ (x_q >> 16);
    end
    if (valid_q[0]) y1 = mul0_q ^ (mul0_q >> 15);
    if (valid_q[1]) y2 = mul1_q ^ (mul1_q >> 15);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else         valid_q <= {valid_q[0], step};
  end

  always_ff @(posedge clk_i) begin
    if (step) begin
      mul0_q  <= y0 * TOKEN_MUL0;
      what0_q <= what;
    end
    if (valid_q[0]) begin
      mul1_q  <= y1 * TOKEN_MUL1;
      what1_q <= what0_q;
    end
  end

  // -- lines ------------------------------------------------------------------------------------
  logic              w_line_end, w_piece_end, w_last;
  logic [SWidth-1:0] w_slot;
  logic [3:0]        w_lane;
  logic [47:0]       w_start;
  logic [5:0]        w_beats;
  logic [511:0]      line_q;
  logic [15:0]       lanes_q;

  assign {w_line_end, w_piece_end, w_last, w_slot, w_lane, w_start, w_beats} = what1_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) lanes_q <= '0;
    else if (valid_q[1]) lanes_q <= w_line_end ? '0 : lanes_q | (16'd1 << w_lane);
  end

  always_ff @(posedge clk_i) begin
    if (valid_q[1]) line_q[w_lane*32 +: 32] <= y2 >> TOKEN_SHIFT;
  end

  always_comb begin
    data_o = '0;
    strb_o = '0;
    if (beat_o) begin
      data_o = line_q;
      data_o[w_lane*32 +: 32] = y2 >> TOKEN_SHIFT;
      for (int i = 0; i < 16; i++) strb_o[i*4 +: 4] = {4{lanes_q[i] || w_lane == 4'(i)}};
    end
  end

  assign beat_o        = valid_q[1] && w_line_end;
  assign burst_o       = valid_q[1] && w_piece_end;
  assign burst_addr_o  = w_start;
  assign burst_beats_o = w_beats == 0 ? 7'd64 : {1'b0, w_beats};
  assign note_o        = {w_last, w_slot};

  `PEAL_COVER(tokens_back_to_back, valid_i && take_o && on_q)
endmodule
