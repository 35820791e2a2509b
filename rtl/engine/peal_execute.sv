// SPDX-License-Identifier: MIT
// The execute units: dispatch, the mover and its stream, rollouts and their tokens,
// and what becomes of an operation. Wiring only. From outside: an operation in, some
// bus traffic as three clients of each kind, and one outcome out.
//
//   dispatch -+-> mover + stream -+
//             +-> rollout + tokens -> outcomes
module peal_execute #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int RolloutSlots = 16,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // the queues' modes and states
  input  logic [NumQueues-1:0] actor_order_i,
  input  logic [NumQueues-1:0] abort_i,       // end what is accepted as soon as it can be

  // operations: {tag 8, opcode 8, A 48, B 48, length 32, argument 32}
  input  logic              op_valid_i,
  input  logic [QWidth-1:0] op_queue_i,
  input  logic              op_rollout_i,
  input  logic              op_barrier_i,
  input  logic              op_fence_i,
  input  logic [3:0]        op_actor_i,
  input  logic [175:0]      op_i,

  // read clients: 0 stream X, 1 stream Y, 2 records
  output logic [2:0]        rd_valid_o,
  input  logic [2:0]        rd_ready_i,
  output logic [143:0]      rd_addr_o,
  output logic [23:0]       rd_len_o,
  input  logic [2:0]        rd_beat_i,
  input  logic [511:0]      rd_data_i,
  input  logic              rd_error_i,

  // write clients: 0 mover, 1 tokens, 2 records
  output logic [2:0]        wr_valid_o,
  input  logic [2:0]        wr_ready_i,
  output logic [47:0]       wr0_addr_o,
  output logic [7:0]        wr0_len_o,
  output logic [511:0]      wr0_data_o,
  output logic [63:0]       wr0_strb_o,
  output logic              wr0_last_o,
  output logic [47:0]       wr1_addr_o,
  output logic [7:0]        wr1_len_o,
  output logic [511:0]      wr1_data_o,
  output logic [63:0]       wr1_strb_o,
  output logic              wr1_last_o,
  output logic [47:0]       wr2_addr_o,
  output logic [511:0]      wr2_data_o,
  input  logic [2:0]        wr_answered_i,
  input  logic              wr_error_i,

  // outcomes: one for each operation
  output logic              unit_valid_o,
  output logic [QWidth-1:0] unit_queue_o,
  output logic [7:0]        unit_idx_o,
  output logic [7:0]        unit_status_o,
  output logic [55:0]       unit_result_o,
  output logic              busy_o
);
  localparam int SWidth  = QWidth + 1;            // mover slots: queues, then rollouts
  localparam int RSWidth = $clog2(RolloutSlots);

  // -- dispatch ---------------------------------------------------------------------------------------
  logic [NumQueues-1:0] mover_ready, stream_ready;
  logic                 rollout_ready, op_mover, op_rollout;
  logic [QWidth-1:0]    op_queue;
  logic [175:0]         op;

  logic                 barrier, barrier_ready, dispatch_busy;
  logic [7:0]           barrier_status;
  logic [55:0]          barrier_result;

  peal_dispatch #(.NumQueues(NumQueues), .Window(Window)) u_dispatch (
    .clk_i, .rst_ni,
    .actor_order_i, .abort_i,
    .push_i(op_valid_i), .queue_i(op_queue_i), .rollout_i(op_rollout_i),
    .barrier_i(op_barrier_i), .fence_i(op_fence_i), .actor_i(op_actor_i), .op_i(op_i),
    .mover_ready_i(mover_ready), .rollout_ready_i(rollout_ready),
    .mover_valid_o(op_mover), .rollout_valid_o(op_rollout), .queue_o(op_queue), .op_o(op),
    .barrier_ready_i(barrier_ready), .barrier_valid_o(barrier),
    .barrier_status_o(barrier_status), .barrier_result_o(barrier_result),
    .finish_i(unit_valid_o), .finish_queue_i(unit_queue_o), .finish_tag_i(unit_idx_o),
    .busy_o(dispatch_busy)
  );

  // -- memory operations --------------------------------------------------------------------------------
  logic              stream_valid, x_pop, y_pop, piece_valid, piece_ready, piece_first, piece_last,
                        piece_cut;
  logic [QWidth-1:0] stream_queue;
  logic [175:0]      stream_op;
  logic [SWidth-1:0] piece_slot;
  logic [7:0]        piece_tag, piece_opcode;
  logic [5:0]        piece_x_off, piece_d_off;
  logic [12:0]       piece_bytes;
  logic [47:0]       piece_addr;
  logic [31:0]       piece_base, piece_length, piece_arg;
  logic              mover_busy, stream_busy, writer_busy;

  peal_mover #(.NumQueues(NumQueues)) u_mover (
    .clk_i, .rst_ni,
    .abort_i, .ready_o(mover_ready), .valid_i(op_mover), .queue_i(op_queue), .op_i(op),
    .rollout_ready_o(stream_ready), .rollout_valid_i(stream_valid),
    .rollout_queue_i(stream_queue), .rollout_op_i(stream_op),
    .x_valid_o(rd_valid_o[0]), .x_ready_i(rd_ready_i[0]), .x_addr_o(rd_addr_o[47:0]),
    .x_len_o(rd_len_o[7:0]),
    .y_valid_o(rd_valid_o[1]), .y_ready_i(rd_ready_i[1]), .y_addr_o(rd_addr_o[95:48]),
    .y_len_o(rd_len_o[15:8]),
    .x_pop_i(x_pop), .y_pop_i(y_pop),
    .piece_valid_o(piece_valid), .piece_ready_i(piece_ready), .piece_slot_o(piece_slot),
    .piece_tag_o(piece_tag), .piece_opcode_o(piece_opcode), .piece_first_o(piece_first),
    .piece_last_o(piece_last), .piece_cut_o(piece_cut), .piece_x_off_o(piece_x_off), .piece_d_off_o(piece_d_off),
    .piece_bytes_o(piece_bytes), .piece_addr_o(piece_addr), .piece_base_o(piece_base),
    .piece_length_o(piece_length), .piece_arg_o(piece_arg), .busy_o(mover_busy)
  );

  logic              beat, burst, found, found_room, write_room, out_last;
  logic [511:0]      beat_data;
  logic [63:0]       beat_strb;
  logic [47:0]       burst_addr;
  logic [6:0]        burst_beats;
  logic [SWidth-1:0] out_slot;
  logic [7:0]        out_tag, out_status;
  logic [31:0]       out_result;

  peal_stream #(.SWidth(SWidth)) u_stream (
    .clk_i, .rst_ni,
    .x_beat_i(rd_beat_i[0]), .y_beat_i(rd_beat_i[1]), .data_i(rd_data_i), .error_i(rd_error_i),
    .x_pop_o(x_pop), .y_pop_o(y_pop),
    .piece_valid_i(piece_valid), .piece_ready_o(piece_ready), .piece_slot_i(piece_slot),
    .piece_tag_i(piece_tag), .piece_opcode_i(piece_opcode), .piece_first_i(piece_first),
    .piece_last_i(piece_last), .piece_cut_i(piece_cut), .piece_x_off_i(piece_x_off), .piece_d_off_i(piece_d_off),
    .piece_bytes_i(piece_bytes), .piece_addr_i(piece_addr), .piece_base_i(piece_base),
    .piece_length_i(piece_length), .piece_arg_i(piece_arg),
    .write_room_i(write_room), .found_room_i(found_room),
    .beat_o(beat), .beat_data_o(beat_data), .beat_strb_o(beat_strb),
    .burst_o(burst), .burst_addr_o(burst_addr), .burst_beats_o(burst_beats),
    .found_o(found), .out_last_o(out_last), .out_slot_o(out_slot), .out_tag_o(out_tag),
    .out_status_o(out_status), .out_result_o(out_result), .busy_o(stream_busy)
  );

  // A burst's note is the outcome of its operation: {last, slot, tag, status, result}.
  localparam int NoteWidth = 49 + SWidth;
  logic                 written, written_error;
  logic [NoteWidth-1:0] written_note;

  peal_write_burst #(.NoteWidth(NoteWidth)) u_mover_writes (
    .clk_i, .rst_ni,
    .beat_i(beat), .data_i(beat_data), .strb_i(beat_strb),
    .burst_i(burst), .addr_i(burst_addr), .beats_i(burst_beats),
    .note_i({out_last, out_slot, out_tag, out_status, out_result}), .room_o(write_room),
    .valid_o(wr_valid_o[0]), .ready_i(wr_ready_i[0]), .addr_o(wr0_addr_o),
    .len_o(wr0_len_o), .data_o(wr0_data_o), .strb_o(wr0_strb_o),
    .last_o(wr0_last_o), .answered_i(wr_answered_i[0]), .error_i(wr_error_i),
    .done_o(written), .done_error_o(written_error), .done_note_o(written_note),
    .busy_o(writer_busy)
  );

  // -- rollouts -------------------------------------------------------------------------------------------
  logic               token_room, token_beat, token_burst, token_done, token_error, tokens_busy;
  logic [511:0]       token_data;
  logic [63:0]        token_strb;
  logic [47:0]        token_addr;
  logic [6:0]         token_beats;
  logic [RSWidth:0]   token_note, token_done_note;
  logic               ro_valid, ro_ready, rollout_busy;
  logic [QWidth-1:0]  ro_queue;
  logic [7:0]         ro_tag, ro_status;
  logic [55:0]        ro_result;

  peal_rollout #(.NumQueues(NumQueues), .Slots(RolloutSlots)) u_rollout (
    .clk_i, .rst_ni,
    .abort_i, .ready_o(rollout_ready), .valid_i(op_rollout), .queue_i(op_queue), .op_i(op),
    .ar_valid_o(rd_valid_o[2]), .ar_ready_i(rd_ready_i[2]), .ar_addr_o(rd_addr_o[143:96]),
    .r_beat_i(rd_beat_i[2]), .r_data_i(rd_data_i), .r_error_i(rd_error_i),
    .stream_ready_i(stream_ready), .stream_valid_o(stream_valid),
    .stream_queue_o(stream_queue), .stream_op_o(stream_op),
    .stream_found_i(found && out_slot[SWidth-1]), .stream_tag_i(out_tag),
    .stream_status_i(out_status), .stream_result_i(out_result),
    .token_room_i(token_room), .token_beat_o(token_beat), .token_data_o(token_data),
    .token_strb_o(token_strb), .token_burst_o(token_burst), .token_addr_o(token_addr),
    .token_beats_o(token_beats), .token_note_o(token_note),
    .token_done_i(token_done), .token_error_i(token_error), .token_done_note_i(token_done_note),
    .w_valid_o(wr_valid_o[2]), .w_ready_i(wr_ready_i[2]), .w_addr_o(wr2_addr_o),
    .w_data_o(wr2_data_o), .w_answered_i(wr_answered_i[2]), .w_error_i(wr_error_i),
    .done_valid_o(ro_valid), .done_ready_i(ro_ready), .done_queue_o(ro_queue),
    .done_tag_o(ro_tag), .done_status_o(ro_status), .done_result_o(ro_result),
    .busy_o(rollout_busy)
  );

  assign rd_len_o[23:16]    = 8'd0;

  peal_write_burst #(.Beats(128), .Bursts(64), .NoteWidth(RSWidth + 1)) u_token_writes (
    .clk_i, .rst_ni,
    .beat_i(token_beat), .data_i(token_data), .strb_i(token_strb),
    .burst_i(token_burst), .addr_i(token_addr), .beats_i(token_beats), .note_i(token_note),
    .room_o(token_room),
    .valid_o(wr_valid_o[1]), .ready_i(wr_ready_i[1]), .addr_o(wr1_addr_o),
    .len_o(wr1_len_o), .data_o(wr1_data_o), .strb_o(wr1_strb_o),
    .last_o(wr1_last_o), .answered_i(wr_answered_i[1]), .error_i(wr_error_i),
    .done_o(token_done), .done_error_o(token_error), .done_note_o(token_done_note),
    .busy_o(tokens_busy)
  );

  // -- outcomes -------------------------------------------------------------------------------
  logic outcomes_busy;

  peal_outcomes #(.NumQueues(NumQueues)) u_outcomes (
    .clk_i, .rst_ni,
    .found_i(found && !out_slot[SWidth-1]), .found_queue_i(out_slot[QWidth-1:0]),
    .found_tag_i(out_tag), .found_status_i(out_status), .found_result_i(out_result),
    .found_room_o(found_room),
    .written_i(written), .written_error_i(written_error),
    .written_last_i(written_note[NoteWidth-1]),
    .written_queue_i(written_note[48 +: QWidth]), .written_tag_i(written_note[47:40]),
    .written_status_i(written_note[39:32]), .written_result_i(written_note[31:0]),
    .rollout_valid_i(ro_valid), .rollout_ready_o(ro_ready), .rollout_queue_i(ro_queue),
    .rollout_tag_i(ro_tag), .rollout_status_i(ro_status), .rollout_result_i(ro_result),
    .barrier_i(barrier), .barrier_ready_o(barrier_ready), .barrier_queue_i(op_queue),
    .barrier_tag_i(op[175:168]), .barrier_status_i(barrier_status),
    .barrier_result_i(barrier_result),
    .valid_o(unit_valid_o), .queue_o(unit_queue_o), .idx_o(unit_idx_o),
    .status_o(unit_status_o), .result_o(unit_result_o), .busy_o(outcomes_busy)
  );

  assign busy_o = dispatch_busy || mover_busy || stream_busy || writer_busy || rollout_busy || tokens_busy ||
                  outcomes_busy;
endmodule
