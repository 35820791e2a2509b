// SPDX-License-Identifier: MIT
// The mover, address side: cuts operations into pieces of at most 4 KiB, asks for
// their data and tells the stream what will come.
//
// Each queue has a slot for its memory operation and one for the stream of its
// rollout operation (slots NumQueues and up). After each piece the next slot has
// its turn, so a long operation never starves another queue. A piece ends at a
// 4 KiB boundary of its reference operand (A, or B for FILL); reads never cross
// one: COMPARE's second range, which may, takes two. An operation of a queue that
// aborts is cut behind the piece that is its turn.
`include "peal_assert.svh"

module peal_mover #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1,
  parameter int XDepth = 512,
  parameter int YDepth = 256
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic [NumQueues-1:0]  abort_i,

  // operations {tag 8, opcode 8, a 48, b 48, length 32, arg 32} from dispatch and rollouts
  output logic [NumQueues-1:0]  ready_o,
  input  logic                  valid_i,
  input  logic [QWidth-1:0]     queue_i,
  input  logic [175:0]          op_i,
  output logic [NumQueues-1:0]  rollout_ready_o,
  input  logic                  rollout_valid_i,
  input  logic [QWidth-1:0]     rollout_queue_i,
  input  logic [175:0]          rollout_op_i,

  // read clients X and Y
  output logic                  x_valid_o,
  input  logic                  x_ready_i,
  output logic [47:0]           x_addr_o,
  output logic [7:0]            x_len_o,
  output logic                  y_valid_o,
  input  logic                  y_ready_i,
  output logic [47:0]           y_addr_o,
  output logic [7:0]            y_len_o,
  input  logic                  x_pop_i,      // the stream freed a buffered beat
  input  logic                  y_pop_i,

  // pieces for the stream
  output logic                  piece_valid_o,
  input  logic                  piece_ready_i,
  output logic [QWidth:0]       piece_slot_o,
  output logic [7:0]            piece_tag_o,
  output logic [7:0]            piece_opcode_o,
  output logic                  piece_first_o,
  output logic                  piece_last_o,
  output logic                  piece_cut_o,     // the last, but not of what was asked for
  output logic [5:0]            piece_x_off_o,   // byte of the first X beat it starts at
  output logic [5:0]            piece_d_off_o,   // the same where it goes
  output logic [12:0]           piece_bytes_o,
  output logic [47:0]           piece_addr_o,    // destination
  output logic [31:0]           piece_base_o,    // bytes of the operation before this piece
  output logic [31:0]           piece_length_o,  // of the operation
  output logic [31:0]           piece_arg_o,
  output logic                  busy_o
);
  `include "peal_contract.svh"

  localparam int SWidth = QWidth + 1;
  localparam int Slots = 1 << SWidth;
  localparam int Half = 1 << QWidth;      // slots from here on are the rollouts'

  logic [175:0]      op_q   [0:Slots-1];
  logic [31:0]       done_q [0:Slots-1];
  logic [Slots-1:0]  busy_q, free;        // free: idle, or idle from the next cycle on
  logic              any, locked_q, take, last, cut;
  logic [SWidth-1:0] choice, slot, locked_slot_q, in_slot, in_rollout_slot;
  logic [12:0]       to_page, bytes, x_bytes, x_bytes_page;

  // -- the slots ----------------------------------------------------------------------------
  assign in_slot         = {1'b0, queue_i};
  assign in_rollout_slot = {1'b1, rollout_queue_i};
  always_comb begin
    free = ~busy_q;
    if (take && last) free[slot] = 1'b1;
  end

  assign ready_o         = free[NumQueues-1:0];
  assign rollout_ready_o = free[Half +: NumQueues];

  peal_rr_arb #(.N(Slots)) u_arb (
    .clk_i, .rst_ni, .req_i(busy_q), .advance_i(take), .any_o(any), .idx_o(choice)
  );

  assign slot = locked_q ? locked_slot_q : choice;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= '0;
    end else begin
      if (take && last)    busy_q[slot]            <= 1'b0;
      if (valid_i)         busy_q[in_slot]         <= 1'b1;
      if (rollout_valid_i) busy_q[in_rollout_slot] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) done_q[slot] <= done_q[slot] + 32'(bytes);
    if (valid_i) begin
      op_q[in_slot]   <= op_i;
      done_q[in_slot] <= '0;
    end
    if (rollout_valid_i) begin
      op_q[in_rollout_slot]   <= rollout_op_i;
      done_q[in_rollout_slot] <= '0;
    end
  end

  // -- the piece ------------------------------------------------------------------------------
  logic [7:0]  tag, opcode;
  logic [47:0] a, b, a_now, b_now, x_now;
  logic [31:0] length, arg, done, left;
  logic        is_fill, is_compare, writes, crosses;

  // Behind its condition, so that a simulator skips it.
  always_comb begin
    {tag, opcode, a, b, length, arg} = '0;
    done         = '0;
    left         = '0;
    a_now        = '0;
    b_now        = '0;
    is_fill      = 1'b0;
    is_compare   = 1'b0;
    writes       = 1'b0;
    to_page      = '0;
    bytes        = '0;
    cut          = 1'b0;
    last         = 1'b0;
    x_now        = '0;
    x_bytes_page = '0;
    crosses      = 1'b0;
    if (any) begin
      {tag, opcode, a, b, length, arg} = op_q[slot];
      done       = done_q[slot];
      left       = length - done;
      a_now      = a + 48'(done);
      b_now      = b + 48'(done);
      is_fill    = opcode == OP_FILL;
      is_compare = opcode == OP_COMPARE;
      writes     = opcode == OP_COPY || opcode == OP_COPY_CRC || is_fill;
      to_page    = 13'd4096 - {1'b0, is_fill ? b_now[11:0] : a_now[11:0]};
      bytes      = left < 32'(to_page) ? left[12:0] : to_page;
      cut        = left != 32'(bytes) && abort_i[slot[QWidth-1:0]];
      last       = left == 32'(bytes) || cut;

      // X is A, except for COMPARE: there Y is A, and X, which can be shifted, is B.
      x_now        = is_compare ? b_now : a_now;
      x_bytes_page = 13'd4096 - {1'b0, x_now[11:0]};
      crosses      = is_compare && x_bytes_page < bytes;
    end
  end

  // -- reads: X (in two parts where it crosses a page), then Y --------------------------------
  typedef enum logic [1:0] {PartX, PartX2, PartY} part_e;
  part_e       part_q;
  logic [6:0]  x_beats, y_beats;
  logic [$clog2(XDepth):0] x_free_q;
  logic [$clog2(YDepth):0] y_free_q;
  logic        x_go, y_go, x_room, y_room, only_part;
  logic [47:0] x_start;

  always_comb begin
    x_start   = '0;
    x_bytes   = '0;
    x_beats   = '0;
    y_beats   = '0;
    x_room    = 1'b0;
    y_room    = 1'b0;
    only_part = 1'b0;
    x_valid_o = 1'b0;
    y_valid_o = 1'b0;
    if (any) begin
      x_start = part_q == PartX2 ? x_now + 48'(x_bytes_page) : x_now;
      x_bytes = part_q == PartX2 ? bytes - x_bytes_page : crosses ? x_bytes_page : bytes;
      x_beats = 7'((14'(x_start[5:0]) + 14'(x_bytes) + 14'd63) >> 6);
      y_beats = 7'((14'(a_now[5:0]) + 14'(bytes) + 14'd63) >> 6);
      x_room  = 32'(x_free_q) >= 32'(x_beats);
      y_room  = 32'(y_free_q) >= 32'(y_beats);

      only_part = !is_compare && part_q == PartX;
      x_valid_o = !is_fill && part_q != PartY && x_room && (piece_ready_i || !only_part);
      y_valid_o = part_q == PartY && y_room && piece_ready_i;
    end
  end

  assign x_addr_o  = x_start;
  assign y_addr_o  = a_now;
  assign x_len_o   = {1'b0, x_beats} - 8'd1;
  assign y_len_o   = {1'b0, y_beats} - 8'd1;
  assign x_go      = x_valid_o && x_ready_i;
  assign y_go      = y_valid_o && y_ready_i;
  assign take      = (x_go && only_part) || y_go || (any && is_fill && piece_ready_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      part_q        <= PartX;
      locked_q      <= 1'b0;
      locked_slot_q <= '0;
      x_free_q      <= ($clog2(XDepth) + 1)'(XDepth);
      y_free_q      <= ($clog2(YDepth) + 1)'(YDepth);
    end else begin
      if (x_go && is_compare) begin
        part_q        <= part_q == PartX && crosses ? PartX2 : PartY;
        locked_q      <= 1'b1;
        locked_slot_q <= slot;
      end else if (y_go) begin
        part_q   <= PartX;
        locked_q <= 1'b0;
      end
      if (x_pop_i || x_go) x_free_q <= x_free_q + ($clog2(XDepth) + 1)'(x_pop_i)
                                       - (x_go ? ($clog2(XDepth) + 1)'(x_beats) : '0);
      if (y_pop_i || y_go) y_free_q <= y_free_q + ($clog2(YDepth) + 1)'(y_pop_i)
                                       - (y_go ? ($clog2(YDepth) + 1)'(y_beats) : '0);
    end
  end

  // -- what the stream is told ------------------------------------------------------------------
  assign piece_valid_o  = take;
  assign piece_slot_o   = slot;
  assign piece_tag_o    = tag;
  assign piece_opcode_o = opcode;
  assign piece_first_o  = done == 0;
  assign piece_last_o   = last;
  assign piece_cut_o    = cut;
  assign piece_x_off_o  = x_now[5:0];
  assign piece_d_off_o  = writes ? b_now[5:0] : a_now[5:0];
  assign piece_bytes_o  = bytes;
  assign piece_addr_o   = b_now;
  assign piece_base_o   = done;
  assign piece_length_o = length;
  assign piece_arg_o    = arg;
  assign busy_o         = any;

  `PEAL_CHECK(mover_slot_loaded_only_when_free, !valid_i || ready_o[queue_i])
  `PEAL_CHECK(mover_rollout_slot_loaded_only_when_free,
              !rollout_valid_i || rollout_ready_o[rollout_queue_i])

  `PEAL_COVER(mover_piece_ends_at_a_page, take && !last)
  `PEAL_COVER(mover_compare_crosses_a_page, x_go && crosses)
  `PEAL_COVER(mover_waits_for_room, any && !is_fill && part_q != PartY && !x_room)
  `PEAL_COVER(mover_has_copy_and_rollout, busy_q[NumQueues-1:0] != 0 && busy_q[Half +: NumQueues] != 0)
endmodule
