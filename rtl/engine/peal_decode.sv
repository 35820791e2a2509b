// SPDX-License-Identifier: MIT
// Decode: three stages that never stall. A descriptor is taken only when its
// queue has a completion slot and room in every place behind.
//
//   select  one slot is read from the fetch buffer, round robin over the queues
//   S1      tags; accepted here; fields, flags, reserved bits, length, region look-up
//   S2      CRC, operand A and B, alignment, overlap: the first failure wins
//   S3      out: an answer to the reorder buffer, or an operation to its unit
//
// A fenced descriptor without operands waits like any operation: it goes the same
// way, for no unit, with its answer in the places of A and B.
`include "peal_assert.svh"

module peal_decode #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    wipe_i,       // rst_ni falls for this: nothing is taken now

  // the queues
  input  logic [NumQueues-1:0]    req_i,
  input  logic [NumQueues*32-1:0] idx_i,
  input  logic [NumQueues-1:0]    flush_i,
  output logic [NumQueues-1:0]    select_o,
  output logic [NumQueues-1:0]    accept_o,
  output logic [NumQueues-1:0]    stop_o,
  output logic [NumQueues-1:0]    bad_tag_o,
  output logic [NumQueues-1:0]    bad_fetch_o,

  // fetch buffer
  output logic                    take_o,
  output logic [QWidth-1:0]       take_queue_o,
  output logic [31:0]             take_idx_o,
  input  logic [511:0]            slot_i,
  input  logic                    slot_error_i,

  // context of the queue in S1
  output logic [QWidth-1:0]       queue_o,
  input  logic [3:0]              log2_i,
  input  logic [15:0]             tenant_i,
  input  logic                    crc_required_i,
  input  logic [NumQueues-1:0]    any_order_i,
  input  logic [NumQueues-1:0]    matched_i,

  // region table
  output logic [15:0]             a_handle_o,
  input  logic [112:0]            a_entry_i,
  output logic [15:0]             b_handle_o,
  input  logic [112:0]            b_entry_i,

  // S3
  output logic                    valid_o,
  output logic                    answered_o,   // complete: status and result hold
  output logic [QWidth-1:0]       out_queue_o,
  output logic [31:0]             out_idx_o,
  output logic [31:0]             cookie_o,
  output logic [7:0]              status_o,
  output logic [55:0]             result_o,
  output logic                    silent_o,
  output logic                    event_o,
  output logic                    fence_o,
  output logic [3:0]              actor_o,      // hashed
  output logic                    rollout_o,    // for the rollout unit
  output logic                    barrier_o,    // for no unit; neither: for the mover
  output logic [7:0]              opcode_o,
  output logic [47:0]             a_bus_o,
  output logic [47:0]             b_bus_o,
  output logic [31:0]             length_o,
  output logic [31:0]             arg_o,
  output logic                    busy_o
);
  `include "peal_contract.svh"
  `include "peal_crc32c.svh"

  // -- select -------------------------------------------------------------------------------
  logic [NumQueues-1:0] s1_one_hot, s2_one_hot, req;
  logic                 s1_valid_q, stop_in_s1;
  logic [QWidth-1:0]    s1_queue_q;
  logic [31:0]          s1_idx_q;

  // Nothing is taken behind a STOP in S1; what is taken a cycle later flushes if S2 finds it valid.
  assign req = req_i & ~(stop_in_s1 ? s1_one_hot : '0);

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(req), .advance_i(1'b1), .any_o(take_o), .idx_o(take_queue_o)
  );

  assign take_idx_o = idx_i[take_queue_o*32 +: 32];

  always_comb begin
    select_o = '0;
    if (take_o) select_o[take_queue_o] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      s1_valid_q <= 1'b0;
      s1_queue_q <= '0;
      s1_idx_q   <= '0;
    end else begin
      s1_valid_q <= take_o;
      if (take_o) begin
        s1_queue_q <= take_queue_o;
        s1_idx_q   <= take_idx_o;
      end
    end
  end

  // -- S1: tags and fields --------------------------------------------------------------------
  logic [447:0] payload;
  logic [7:0]   tag;
  logic         tags_ok, alive, accept;
  desc_t        d;
  op_info_t     info;

  assign queue_o    = s1_queue_q;
  assign s1_one_hot = NumQueues'(1) << s1_queue_q;
  assign tag        = {1'b1, 7'(s1_idx_q >> log2_i)};
  assign payload    = {slot_i[503:448], slot_i[439:384], slot_i[375:320], slot_i[311:256],
                       slot_i[247:192], slot_i[183:128], slot_i[119:64], slot_i[55:0]};
  assign tags_ok    = {slot_i[511:504], slot_i[447:440], slot_i[383:376], slot_i[319:312],
                       slot_i[255:248], slot_i[191:184], slot_i[127:120], slot_i[63:56]}
                      == {8{tag}};
  assign d          = payload;
  assign info       = op_info(d.opcode);
  assign alive      = s1_valid_q && !flush_i[s1_queue_q] && !wipe_i;
  assign accept     = alive && tags_ok && !slot_error_i;
  assign stop_in_s1 = accept && d.opcode == OP_STOP;

  always_comb begin
    accept_o    = '0;
    bad_fetch_o = '0;
    bad_tag_o   = '0;
    if (accept)                     accept_o    = s1_one_hot;
    else if (alive && slot_error_i) bad_fetch_o = s1_one_hot;
    else if (alive)                 bad_tag_o   = s1_one_hot;
  end

  assign a_handle_o  = d.a_region;
  assign b_handle_o  = d.b_region;

  logic [15:0] bad_flags;
  logic [7:0]  reserved;
  logic        bad_length;

  always_comb begin
    bad_flags = d.flags & ~FLAGS_V1;
    bad_flags[FLAG_FENCE]  = d.flags[FLAG_FENCE] && any_order_i[s1_queue_q];
    bad_flags[FLAG_SILENT] = d.flags[FLAG_SILENT] && matched_i[s1_queue_q];
  end
  assign reserved[0] = d.class_ != 0;
  assign reserved[1] = d.actor_gen != 0 || d.rsvd1 != 0;
  assign reserved[2] = (payload[167:112] & ~info.m2) != 0;
  assign reserved[3] = (payload[223:168] & ~info.m3) != 0;
  assign reserved[4] = (payload[279:224] & ~info.m4) != 0;
  assign reserved[5] = (payload[335:280] & ~info.m5) != 0;
  assign reserved[6] = (payload[391:336] & ~info.m6) != 0;
  assign reserved[7] = d.aux1 != 0 || (d.crc != 0 && !d.flags[FLAG_CRC]);

  assign bad_length =
      (info.length == LEN_TOKENS && (d.length == 0 || d.length[1:0] != 0 ||
                                     d.length > {TOKENS_MAX[29:0], 2'b00})) ||
      (info.length == LEN_ARG0 && (d.arg0 == 0 || d.arg0 > 56'(TOKENS_MAX)));

  // Two actors with one hash wait for each other, which costs time only.
  logic [3:0] actor_hash;
  assign actor_hash = d.actor[3:0] ^ d.actor[7:4] ^ d.actor[11:8] ^ d.actor[15:12] ^
                      d.actor[19:16] ^ d.actor[23:20];

  logic [7:0]  early_status;
  logic [55:0] early_result;

  always_comb begin
    early_status = ST_OK;
    early_result = '0;
    if (!info.known) begin
      early_status = ST_BAD_OPCODE;
      early_result = 56'(d.opcode);
    end else if (bad_flags != 0) begin
      early_status = ST_BAD_FLAGS;
      early_result = 56'(bad_flags);
    end else if (reserved != 0) begin
      early_status = ST_RESERVED;
      early_result = 56'(reserved);
    end else if (bad_length) begin
      early_status = ST_BAD_LENGTH;
    end else begin
      case (d.opcode)
        OP_STOP: early_result = 56'(s1_idx_q);
        OP_ECHO: early_result = payload[167:112] ^ payload[223:168] ^ payload[279:224] ^
                                payload[335:280] ^ payload[391:336];
        OP_CRC32C, OP_COPY_CRC: early_result = 56'(d.arg0[31:0]);  // the answer for length 0
        default: early_result = '0;
      endcase
    end
  end

  // -- S1 to S2 -----------------------------------------------------------------------------------
  logic              s2_valid_q, s2_crc_checked_q, s2_crc_missing_q;
  logic [QWidth-1:0] s2_queue_q;
  logic [31:0]       s2_idx_q, s2_crc_q, s2_crc_field_q, s2_cookie_q, s2_length_q, s2_arg_q;
  logic [15:0]       s2_tenant_q;
  logic [7:0]        s2_opcode_q, s2_status_q;
  logic [55:0]       s2_result_q;
  logic              s2_fence_q, s2_silent_q, s2_event_q;
  logic [3:0]        s2_actor_q;
  logic [1:0]        s2_unit_q;
  logic [2:0]        s2_a_q, s2_b_q;
  logic [39:0]       s2_a_offset_q, s2_b_offset_q;
  logic [112:0]      s2_a_entry_q, s2_b_entry_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) s2_valid_q <= 1'b0;
    else         s2_valid_q <= accept;
  end

  always_ff @(posedge clk_i) begin
    if (accept) begin
      s2_queue_q       <= s1_queue_q;
      s2_idx_q         <= s1_idx_q;
      s2_crc_checked_q <= d.flags[FLAG_CRC];
      s2_crc_missing_q <= crc_required_i && !d.flags[FLAG_CRC];
      s2_crc_field_q   <= d.crc;
      s2_cookie_q      <= d.cookie;
      s2_length_q      <= d.length;
      s2_arg_q         <= d.arg0[31:0];
      s2_tenant_q      <= tenant_i;
      s2_opcode_q      <= d.opcode;
      s2_status_q      <= early_status;
      s2_result_q      <= early_result;
      s2_fence_q       <= d.flags[FLAG_FENCE];
      s2_silent_q      <= d.flags[FLAG_SILENT];
      s2_event_q       <= d.flags[FLAG_EVENT];
      s2_actor_q       <= actor_hash;
      s2_unit_q        <= info.unit;
      s2_a_q           <= info.a;
      s2_b_q           <= info.b;
      s2_a_offset_q    <= d.a_offset;
      s2_b_offset_q    <= d.b_offset;
      if (info.a != ARG_NONE) s2_a_entry_q <= a_entry_i;
      if (info.b != ARG_NONE) s2_b_entry_q <= b_entry_i;
    end
    if (accept && (d.flags[FLAG_CRC] || crc_required_i))
      s2_crc_q <= crc_desc({payload[447:424], 32'd0, payload[391:0]});
  end

  // -- S2: operands -----------------------------------------------------------------------------------
  logic [40:0] a_size, b_size;
  logic [7:0]  a_status, b_status;
  logic [47:0] a_bus, b_bus;
  logic        a_misaligned, b_misaligned, overlap;

  assign s2_one_hot = NumQueues'(1) << s2_queue_q;

  // An entry is {valid, write, read, generation 6, tenant 16, length 40, bus 48}.
  always_comb begin
    a_size   = '0;
    a_bus    = '0;
    a_status = ST_OK;
    if (s2_a_q != ARG_NONE) begin
      a_size = s2_a_q == ARG_RECORD ? 41'(RECORD_BYTES) : 41'(s2_length_q);
      a_bus  = s2_a_entry_q[47:0] + 48'(s2_a_offset_q);
      if (!s2_a_entry_q[112])                                        a_status = ST_BAD_REGION;
      else if (s2_a_entry_q[103:88] != s2_tenant_q)                  a_status = ST_TENANT;
      else if (!s2_a_entry_q[110] ||
               (s2_a_q == ARG_RECORD && !s2_a_entry_q[111]))         a_status = ST_PERMISSION;
      else if (41'(s2_a_offset_q) + a_size > 41'(s2_a_entry_q[87:48])) a_status = ST_RANGE;
    end
    b_size   = '0;
    b_bus    = '0;
    b_status = ST_OK;
    if (s2_b_q != ARG_NONE) begin
      b_size = s2_b_q == ARG_W_ARG0 ? {12'd0, s2_arg_q[26:0], 2'b00} : 41'(s2_length_q);
      b_bus  = s2_b_entry_q[47:0] + 48'(s2_b_offset_q);
      if (!s2_b_entry_q[112])                                        b_status = ST_BAD_REGION;
      else if (s2_b_entry_q[103:88] != s2_tenant_q)                  b_status = ST_TENANT;
      else if (s2_b_q == ARG_W_LEN || s2_b_q == ARG_W_ARG0 ? !s2_b_entry_q[111]
                                                           : !s2_b_entry_q[110])
                                                                     b_status = ST_PERMISSION;
      else if (41'(s2_b_offset_q) + b_size > 41'(s2_b_entry_q[87:48])) b_status = ST_RANGE;
    end
  end

  assign a_misaligned = s2_a_q == ARG_RECORD && a_bus[5:0] != 0;
  assign b_misaligned = (s2_b_q == ARG_R_LEN4 || s2_b_q == ARG_W_ARG0) && b_bus[1:0] != 0;

  always_comb begin
    overlap = 1'b0;
    if (s2_opcode_q == OP_COPY || s2_opcode_q == OP_COPY_CRC || s2_unit_q == UNIT_ROLLOUT)
      overlap = a_size != 0 && b_size != 0 && 49'(a_bus) < 49'(b_bus) + 49'(b_size) &&
                49'(b_bus) < 49'(a_bus) + 49'(a_size);
  end

  logic [7:0]  status;
  logic [55:0] result;

  always_comb begin
    status = s2_status_q;
    result = s2_result_q;
    if (s2_crc_missing_q || (s2_crc_checked_q && s2_crc_q != s2_crc_field_q)) begin
      status = ST_BAD_CRC;
      result = 56'(s2_crc_q);
    end else if (s2_status_q != ST_OK) begin
      status = s2_status_q;
    end else if (a_status != ST_OK) begin
      status = a_status;
      result = 56'd0;
    end else if (b_status != ST_OK) begin
      status = b_status;
      result = 56'd1;
    end else if (a_misaligned || b_misaligned) begin
      status = ST_ALIGNMENT;
      result = a_misaligned ? 56'd0 : 56'd1;
    end else if (overlap) begin
      status = ST_OVERLAP;
      result = 56'd0;
    end else if (s2_opcode_q == OP_STOP) begin
      status = ST_STOPPED;
    end
  end

  logic good, ctrl, answered;
  assign good     = status == ST_OK || status == ST_STOPPED;
  assign ctrl     = s2_unit_q == UNIT_CTRL || (s2_unit_q == UNIT_MOVE && s2_length_q == 0);
  assign answered = !good || (ctrl && !s2_fence_q);

  logic stop_in_s2;
  assign stop_in_s2 = s2_valid_q && s2_opcode_q == OP_STOP;

  always_comb begin
    stop_o = '0;
    if (stop_in_s2 && status == ST_STOPPED && !wipe_i) stop_o = s2_one_hot;
  end

  // -- S2 to S3 -----------------------------------------------------------------------------------------
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_o <= 1'b0;
    else         valid_o <= s2_valid_q;
  end

  always_ff @(posedge clk_i) begin
    if (s2_valid_q) begin
      answered_o  <= answered;
      out_queue_o <= s2_queue_q;
      out_idx_o   <= s2_idx_q;
      cookie_o    <= s2_cookie_q;
      status_o    <= status;
      result_o    <= result;
      silent_o    <= s2_silent_q;
      event_o     <= s2_event_q && status != ST_BAD_CRC && status != ST_BAD_OPCODE &&
                     status != ST_BAD_FLAGS;
      fence_o     <= s2_fence_q;
      actor_o     <= s2_actor_q;
      rollout_o   <= s2_unit_q == UNIT_ROLLOUT;
      barrier_o   <= ctrl;
      opcode_o    <= s2_opcode_q;
      a_bus_o     <= ctrl ? {32'd0, status, result[55:48]} : a_bus;
      b_bus_o     <= ctrl ? result[47:0] : b_bus;
      length_o    <= s2_length_q;
      arg_o       <= s2_arg_q;
    end
  end

  assign busy_o = s1_valid_q || s2_valid_q || valid_o;

  `PEAL_COVER(decode_drops_what_is_flushed, s1_valid_q && flush_i[s1_queue_q])
  `PEAL_COVER(decode_selects_behind_a_stop, take_o && stop_in_s1)
  `PEAL_COVER(decode_finds_a_wrong_tag, bad_tag_o != 0)
endmodule
