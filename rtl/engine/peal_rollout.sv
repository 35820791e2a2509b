// SPDX-License-Identifier: MIT
// Rollouts: many operations at once, each in a slot, each waiting only for itself.
//
//   read record -> judge -+-> PREFILL, REWARD: stream B through the mover -+-> write record -> answer
//                         +-> DECODE: make tokens, wait for their writes  -+
//                         +-> wrong state: answer, nothing changed
//
// A slot whose record another slot still works on waits until that one is done, so
// operations on one record take effect in the order in which they came. The record
// is written last. In a queue that aborts what waits for its record or its stream is
// answered, streams and tokens end with their piece, and a record that is due is
// written.
`include "peal_assert.svh"

module peal_rollout #(
  parameter int NumQueues = 8,
  parameter int Slots = 16,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic [NumQueues-1:0] abort_i,

  // operations {tag 8, opcode 8, record 48, B 48, length 32, arg 32} from dispatch
  output logic                 ready_o,
  input  logic                 valid_i,
  input  logic [QWidth-1:0]    queue_i,
  input  logic [175:0]         op_i,

  // record reads
  output logic                 ar_valid_o,
  input  logic                 ar_ready_i,
  output logic [47:0]          ar_addr_o,
  input  logic                 r_beat_i,
  input  logic [511:0]         r_data_i,
  input  logic                 r_error_i,

  // streams through the mover
  input  logic [NumQueues-1:0] stream_ready_i,
  output logic                 stream_valid_o,
  output logic [QWidth-1:0]    stream_queue_o,
  output logic [175:0]         stream_op_o,
  input  logic                 stream_found_i,
  input  logic [7:0]           stream_tag_i,
  input  logic [7:0]           stream_status_i,
  input  logic [31:0]          stream_result_i,

  // token lines
  input  logic                 token_room_i,
  output logic                 token_beat_o,
  output logic [511:0]         token_data_o,
  output logic [63:0]          token_strb_o,
  output logic                 token_burst_o,
  output logic [47:0]          token_addr_o,
  output logic [6:0]           token_beats_o,
  output logic [$clog2(Slots):0] token_note_o,
  input  logic                 token_done_i,
  input  logic                 token_error_i,
  input  logic [$clog2(Slots):0] token_done_note_i,

  // record writes
  output logic                 w_valid_o,
  input  logic                 w_ready_i,
  output logic [47:0]          w_addr_o,
  output logic [511:0]         w_data_o,
  input  logic                 w_answered_i,
  input  logic                 w_error_i,

  // answers
  output logic                 done_valid_o,
  input  logic                 done_ready_i,
  output logic [QWidth-1:0]    done_queue_o,
  output logic [7:0]           done_tag_o,
  output logic [7:0]           done_status_o,
  output logic [55:0]          done_result_o,
  output logic                 busy_o
);
  `include "peal_contract.svh"

  localparam int SWidth = $clog2(Slots);
  localparam logic [7:0] OpSum = 8'hff;  // internal to engine: see peal_stream

  // -- slots ----------------------------------------------------------------------------------
  logic [175:0]      op_q     [0:Slots-1];
  logic [QWidth-1:0] queue_q  [0:Slots-1];
  logic [511:0]      record_q [0:Slots-1];  // as it will be written, but for `value`
  logic [31:0]       value_q  [0:Slots-1];  // what the stream found
  logic [7:0]        status_q [0:Slots-1];
  logic [55:0]       result_q [0:Slots-1];
  logic [106:0]      tokens_q [0:Slots-1];  // {left 27, address 48, x 32}

  // Where each busy slot is; none of these while it waits for the bus or the mover.
  logic [Slots-1:0] busy_q, to_read_q, to_stream_q, to_make_q, to_write_q, to_answer_q;
  logic [Slots-1:0] before_q [0:Slots-1];   // slots with the same record that came first
  logic [Slots-1:0] clear, same, may_read;
  logic [Slots-1:0] aborts, dropped;        // of a queue that aborts; and answered for that
  logic [Slots-1:0] aborted_q;              // its outcome
  logic [SWidth-1:0] new_slot;
  logic             take;

  assign ready_o = busy_q != {Slots{1'b1}};
  assign take    = valid_i;
  assign busy_o  = busy_q != 0;

  always_comb begin
    new_slot = '0;
    if (take) for (int i = Slots - 1; i >= 0; i--) if (!busy_q[i]) new_slot = SWidth'(i);
  end

  always_comb begin
    same     = '0;
    may_read = '0;
    aborts   = '0;
    if (abort_i != 0) for (int i = 0; i < Slots; i++) aborts[i] = abort_i[queue_q[i]];
    dropped  = aborts & (to_read_q | to_stream_q);
    if (take) for (int i = 0; i < Slots; i++)
      same[i] = busy_q[i] && !clear[i] && op_q[i][159:118] == op_i[159:118];
    if (to_read_q != 0) for (int i = 0; i < Slots; i++)
      may_read[i] = to_read_q[i] && before_q[i] == 0 && !aborts[i];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < Slots; i++) before_q[i] <= '0;
    end else begin
      if (clear != 0) for (int i = 0; i < Slots; i++) before_q[i] <= before_q[i] & ~clear;
      if (take) before_q[new_slot] <= same;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      op_q[new_slot]    <= op_i;
      queue_q[new_slot] <= queue_i;
    end
  end

  // -- read records, in order -------------------------------------------------------------------
  logic              read_any, order_valid, unused_order_ready;
  logic [SWidth-1:0] read_slot, order_slot;
  logic [SWidth:0]   unused_order_level;

  peal_rr_arb #(.N(Slots)) u_read_arb (
    .clk_i, .rst_ni, .req_i(may_read), .advance_i(ar_ready_i), .any_o(read_any), .idx_o(read_slot)
  );

  assign ar_valid_o = read_any;
  assign ar_addr_o  = read_any ? op_q[read_slot][159:112] : '0;

  peal_fifo #(.Width(SWidth), .Depth(Slots)) u_read_order (
    .clk_i, .rst_ni,
    .push_i (ar_valid_o && ar_ready_i),
    .data_i (read_slot),
    .ready_o(unused_order_ready),
    .valid_o(order_valid),
    .data_o (order_slot),
    .pop_i  (r_beat_i),
    .level_o(unused_order_level)
  );

  // -- judge ---------------------------------------------------------------------------------------
  logic              judge_q, judge_error_q;
  logic [SWidth-1:0] judge_slot_q;
  logic [511:0]      judge_data_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) judge_q <= 1'b0;
    else         judge_q <= r_beat_i;
  end

  always_ff @(posedge clk_i) begin
    if (r_beat_i) begin
      judge_slot_q  <= order_slot;
      judge_error_q <= r_error_i;
      judge_data_q  <= r_data_i;
    end
  end

  record_t     old, next;
  logic [7:0]  opcode;
  logic [47:0] b;
  logic [31:0] length, arg, make, to_max, to_boundary;
  logic        legal, finish;

  assign old = judge_data_q;

  always_comb begin
    opcode      = '0;
    b           = '0;
    length      = '0;
    arg         = '0;
    finish      = 1'b0;
    to_max      = '0;
    to_boundary = '0;
    make        = '0;
    if (judge_q) begin
      {opcode, b, length, arg} = {op_q[judge_slot_q][167:160], op_q[judge_slot_q][111:0]};
      finish      = arg[0];
      to_max      = old.max_tokens - old.tokens;
      to_boundary = old.reward_boundary - old.since_reward;
      make        = arg < to_max ? arg : to_max;
      if (old.reward_boundary != 0 && to_boundary < make) make = to_boundary;
    end
  end

  always_comb begin
    legal = 1'b0;
    if (judge_q) case (opcode)
      OP_PREFILL: legal = old.state == R_FREE && old.max_tokens != 0 &&
                          old.max_tokens <= TOKENS_MAX;
      OP_DECODE:  legal = (old.state == R_PREFILL_READY || old.state == R_DECODING) &&
                          old.tokens < old.max_tokens &&
                          (old.reward_boundary == 0 || old.since_reward < old.reward_boundary);
      default:    legal = old.state == R_REWARD_PENDING || old.state == R_TRAJECTORY_READY;
    endcase
  end

  always_comb begin
    next = '0;
    if (judge_q) next = old;
    if (judge_q) case (opcode)
      OP_PREFILL: begin
        next.state          = R_PREFILL_READY;
        next.context_tokens = length >> 2;
        next.tokens         = '0;
        next.since_reward   = '0;
        next.reward         = '0;
        next.rewards        = '0;
      end
      OP_DECODE: begin
        next.tokens       = old.tokens + make;
        next.since_reward = old.since_reward + make;
        if (next.tokens == old.max_tokens) next.state = R_TRAJECTORY_READY;
        else if (old.reward_boundary != 0 && next.since_reward == old.reward_boundary)
          next.state = R_REWARD_PENDING;
        else next.state = R_DECODING;
      end
      default: begin
        next.rewards = old.rewards + 1;
        if (old.state == R_TRAJECTORY_READY) next.state = R_DONE;
        else begin
          next.since_reward = '0;
          next.state        = finish ? R_TRAJECTORY_READY : R_DECODING;
        end
      end
    endcase
  end

  logic [31:0] sequence_length, first_x;
  always_comb begin
    sequence_length = '0;
    first_x         = '0;
    if (judge_q) begin
      sequence_length = next.context_tokens + next.tokens;
      first_x         = old.seed + (old.tokens + 32'd1) * TOKEN_STEP;
    end
  end

  always_ff @(posedge clk_i) begin
    if (judge_q) begin
      record_q[judge_slot_q] <= next;
      tokens_q[judge_slot_q] <= {make[26:0], b, first_x};
    end
  end

  // -- streams -----------------------------------------------------------------------------------
  logic [Slots-1:0]  may_stream;
  logic [SWidth-1:0] stream_slot, found_slot;
  logic              stream_any;

  always_comb begin
    may_stream = '0;
    if (to_stream_q != 0) for (int i = 0; i < Slots; i++)
      may_stream[i] = to_stream_q[i] && stream_ready_i[queue_q[i]] && !aborts[i];
  end

  peal_rr_arb #(.N(Slots)) u_stream_arb (
    .clk_i, .rst_ni, .req_i(may_stream), .advance_i(1'b1), .any_o(stream_any), .idx_o(stream_slot)
  );

  assign stream_valid_o = stream_any;
  assign found_slot     = stream_tag_i[SWidth-1:0];

  always_comb begin
    stream_queue_o = '0;
    stream_op_o    = '0;
    if (stream_any) begin
      stream_queue_o = queue_q[stream_slot];
      stream_op_o    = {8'(stream_slot),
                        op_q[stream_slot][167:160] == OP_PREFILL ? OP_CRC32C : OpSum,
                        op_q[stream_slot][111:64], 48'd0, op_q[stream_slot][63:32], 32'd0};
    end
  end

  always_ff @(posedge clk_i) begin
    if (stream_found_i) value_q[found_slot] <= stream_result_i;
  end

  // -- tokens ------------------------------------------------------------------------------------
  logic              make_any, make_take, piece_end, end_cut, token_last;
  logic [SWidth-1:0] make_slot, end_slot, token_slot;
  logic [26:0]       end_left;
  logic [47:0]       end_addr;
  logic [31:0]       end_x;
  logic [Slots-1:0]  token_error_q;

  peal_rr_arb #(.N(Slots)) u_make_arb (
    .clk_i, .rst_ni, .req_i(to_make_q), .advance_i(make_take), .any_o(make_any), .idx_o(make_slot)
  );

  logic [106:0] to_make;
  assign to_make = make_any ? tokens_q[make_slot] : '0;

  peal_tokens #(.SWidth(SWidth)) u_tokens (
    .clk_i, .rst_ni,
    .valid_i      (make_any),
    .slot_i       (make_slot),
    .left_i       (to_make[106:80]),
    .addr_i       (to_make[79:32]),
    .x_i          (to_make[31:0]),
    .cut_i        (aborts[make_slot]),
    .take_o       (make_take),
    .end_o        (piece_end),
    .end_cut_o    (end_cut),
    .end_slot_o   (end_slot),
    .end_left_o   (end_left),
    .end_addr_o   (end_addr),
    .end_x_o      (end_x),
    .room_i       (token_room_i),
    .beat_o       (token_beat_o),
    .data_o       (token_data_o),
    .strb_o       (token_strb_o),
    .burst_o      (token_burst_o),
    .burst_addr_o (token_addr_o),
    .burst_beats_o(token_beats_o),
    .note_o       (token_note_o)
  );

  assign {token_last, token_slot} = token_done_note_i;

  always_ff @(posedge clk_i) begin
    if (piece_end) tokens_q[end_slot] <= {end_left, end_addr, end_x};
  end

  // -- write records, in order ----------------------------------------------------------------------
  logic              write_any, written_valid, unused_written_ready;
  logic [SWidth-1:0] write_slot, written_slot;
  logic [SWidth:0]   unused_written_level;
  record_t           final_record;

  peal_rr_arb #(.N(Slots)) u_write_arb (
    .clk_i, .rst_ni, .req_i(to_write_q), .advance_i(w_ready_i), .any_o(write_any),
    .idx_o(write_slot)
  );

  always_comb begin
    final_record = '0;
    w_addr_o     = '0;
    if (write_any) begin
      final_record = record_q[write_slot];
      w_addr_o     = op_q[write_slot][159:112];
      case (op_q[write_slot][167:160])
        OP_PREFILL: final_record.seed   = value_q[write_slot];
        OP_REWARD:  final_record.reward = final_record.reward + value_q[write_slot];
        default: ;
      endcase
    end
  end

  assign w_valid_o = write_any;
  assign w_data_o  = final_record;

  peal_fifo #(.Width(SWidth), .Depth(Slots)) u_write_order (
    .clk_i, .rst_ni,
    .push_i (w_valid_o && w_ready_i),
    .data_i (write_slot),
    .ready_o(unused_written_ready),
    .valid_o(written_valid),
    .data_o (written_slot),
    .pop_i  (w_answered_i),
    .level_o(unused_written_level)
  );

  // -- answers ----------------------------------------------------------------------------------------
  logic              answer_any;
  logic [SWidth-1:0] answer_slot;

  peal_rr_arb #(.N(Slots)) u_answer_arb (
    .clk_i, .rst_ni, .req_i(to_answer_q), .advance_i(done_ready_i), .any_o(answer_any),
    .idx_o(answer_slot)
  );

  assign done_valid_o = answer_any;

  always_comb begin
    done_queue_o  = '0;
    done_tag_o    = '0;
    done_status_o = '0;
    done_result_o = '0;
    clear         = '0;
    if (answer_any) begin
      done_queue_o  = queue_q[answer_slot];
      done_tag_o    = op_q[answer_slot][175:168];
      done_status_o = aborted_q[answer_slot] ? ST_ABORTED : status_q[answer_slot];
      done_result_o = aborted_q[answer_slot] ? '0 : result_q[answer_slot];
      if (done_ready_i) clear = Slots'(1) << answer_slot;
    end
  end

  always_ff @(posedge clk_i) begin
    if (judge_q) begin
      status_q[judge_slot_q] <= judge_error_q ? ST_READ
                                : !legal ? ST_BAD_STATE
                                : opcode == OP_DECODE && next.state == R_REWARD_PENDING
                                  ? ST_REWARD_NEEDED : ST_OK;
      result_q[judge_slot_q] <= judge_error_q ? '0
                                : !legal ? 56'(old.state)
                                : opcode == OP_DECODE ? {sequence_length[27:0], make[27:0]}
                                : 56'(length[31:2]);
    end
    if (stream_found_i && op_q[found_slot][167:160] == OP_REWARD)
      result_q[found_slot] <= 56'(stream_result_i);
    if (stream_found_i && stream_status_i != ST_OK) begin
      status_q[found_slot] <= stream_status_i;
      result_q[found_slot] <= '0;
    end
    if (token_done_i && token_last && (token_error_i || token_error_q[token_slot])) begin
      status_q[token_slot] <= ST_WRITE;
      result_q[token_slot] <= '0;
    end
    if (w_answered_i && w_error_i) begin
      status_q[written_slot] <= ST_WRITE;
      result_q[written_slot] <= '0;
    end
  end

  // -- who waits where ----------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q        <= '0;
      to_read_q     <= '0;
      to_stream_q   <= '0;
      to_make_q     <= '0;
      to_write_q    <= '0;
      to_answer_q   <= '0;
      token_error_q <= '0;
      aborted_q     <= '0;
    end else begin
      if (take) begin
        busy_q[new_slot]        <= 1'b1;
        to_read_q[new_slot]     <= 1'b1;
        token_error_q[new_slot] <= 1'b0;
        aborted_q[new_slot]     <= 1'b0;
      end
      if (ar_valid_o && ar_ready_i) to_read_q[read_slot] <= 1'b0;
      if (judge_q) begin
        if (judge_error_q || !legal)  to_answer_q[judge_slot_q] <= 1'b1;
        else if (opcode == OP_DECODE) to_make_q[judge_slot_q]   <= 1'b1;
        else                          to_stream_q[judge_slot_q] <= 1'b1;
      end
      if (stream_valid_o) to_stream_q[stream_slot] <= 1'b0;
      if (stream_found_i) begin
        if (stream_status_i == ST_OK) to_write_q[found_slot]  <= 1'b1;
        else                          to_answer_q[found_slot] <= 1'b1;
      end
      if (make_take) to_make_q[make_slot] <= 1'b0;
      if (piece_end && end_left != 0 && !end_cut) to_make_q[end_slot] <= 1'b1;
      if (end_cut) aborted_q[end_slot] <= 1'b1;
      if (token_done_i) begin
        if (token_error_i) token_error_q[token_slot] <= 1'b1;
        if (token_last) begin
          if (token_error_i || token_error_q[token_slot]) begin
            to_answer_q[token_slot] <= 1'b1;
            aborted_q[token_slot]   <= 1'b0;
          end else if (aborted_q[token_slot]) to_answer_q[token_slot] <= 1'b1;
          else                                to_write_q[token_slot]  <= 1'b1;
        end
      end
      if (w_valid_o && w_ready_i) to_write_q[write_slot]    <= 1'b0;
      if (w_answered_i)           to_answer_q[written_slot] <= 1'b1;
      if (dropped != 0) begin
        for (int i = 0; i < Slots; i++) if (dropped[i]) begin
          to_read_q[i]   <= 1'b0;
          to_stream_q[i] <= 1'b0;
          to_answer_q[i] <= 1'b1;
          aborted_q[i]   <= 1'b1;
        end
      end
      if (clear != 0) begin
        busy_q      <= (busy_q & ~clear) | (take ? Slots'(1) << new_slot : '0);
        to_answer_q[answer_slot] <= 1'b0;
      end
    end
  end

  `PEAL_CHECK(rollout_taken_only_with_room, !valid_i || ready_o)
  `PEAL_CHECK(rollout_record_was_asked_for, !r_beat_i || order_valid)
  `PEAL_CHECK(rollout_write_was_asked_for, !w_answered_i || written_valid)

  logic unused;
  assign unused = ^{make[31:28], stream_tag_i, op_i[175:160]};

  `PEAL_COVER(rollout_slots_all_busy, !ready_o)
  `PEAL_COVER(rollout_waits_for_its_record, take && same != 0)
endmodule
