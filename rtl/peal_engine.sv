// SPDX-License-Identifier: MIT
// The descriptor engine. Wiring only; docs/engine.md has the picture.
//
//   registers -> queues -> fetch -> decode -+-> complete -> CQ
//                                           +-> dispatch -+-> mover + stream -+
//                                                         +-> rollout + tokens -> complete
//
// All reads share one address channel by ID, all writes another; a client asks
// only for what it has room for, so data never waits on the bus.
module peal_engine #(
  parameter int NumQueues = 8,     // a power of two, 2 to 64
  parameter int NumRegions = 64,   // a power of two, at most 1024
  parameter int DbStride = 64,     // 64, or 4096 to isolate tenants
  parameter int Window = 256,      // descriptors in flight a queue; a power of two, at most 256
  parameter int RolloutSlots = 16
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [31:0]  build_id_i,
  input  logic [7:0]   kind_i,

  // AXI4-Lite slave: registers and doorbells
  input  logic         s_awvalid_i,
  output logic         s_awready_o,
  input  logic [19:0]  s_awaddr_i,
  input  logic         s_wvalid_i,
  output logic         s_wready_o,
  input  logic [31:0]  s_wdata_i,
  output logic         s_bvalid_o,
  input  logic         s_bready_i,
  output logic [1:0]   s_bresp_o,
  input  logic         s_arvalid_i,
  output logic         s_arready_o,
  input  logic [19:0]  s_araddr_i,
  output logic         s_rvalid_o,
  input  logic         s_rready_i,
  output logic [31:0]  s_rdata_o,
  output logic [1:0]   s_rresp_o,

  // AXI4 master: INCR bursts of 64-byte beats, never across 4 KiB
  output logic         m_arvalid_o,
  input  logic         m_arready_i,
  output logic [2:0]   m_arid_o,
  output logic [47:0]  m_araddr_o,
  output logic [7:0]   m_arlen_o,
  input  logic         m_rvalid_i,
  output logic         m_rready_o,
  input  logic [2:0]   m_rid_i,
  input  logic [511:0] m_rdata_i,
  input  logic [1:0]   m_rresp_i,
  input  logic         m_rlast_i,
  output logic         m_awvalid_o,
  input  logic         m_awready_i,
  output logic [2:0]   m_awid_o,
  output logic [47:0]  m_awaddr_o,
  output logic [7:0]   m_awlen_o,
  output logic         m_wvalid_o,
  input  logic         m_wready_i,
  output logic [511:0] m_wdata_o,
  output logic [63:0]  m_wstrb_o,
  output logic         m_wlast_o,
  input  logic         m_bvalid_i,
  output logic         m_bready_o,
  input  logic [2:0]   m_bid_i,
  input  logic [1:0]   m_bresp_i,

  output logic         busy_o     // something is published, in flight or under way
);
  `include "peal_contract.svh"

  localparam int QWidth  = NumQueues > 1 ? $clog2(NumQueues) : 1;
  localparam int SWidth  = QWidth + 1;            // mover slots: queues, then rollouts
  localparam int RSWidth = $clog2(RolloutSlots);

  // -- registers ------------------------------------------------------------------------------
  logic        we, re;
  logic [19:0] waddr, raddr;
  logic [31:0] wdata, rdata;

  peal_axil u_axil (
    .clk_i, .rst_ni,
    .s_awvalid_i, .s_awready_o, .s_awaddr_i, .s_wvalid_i, .s_wready_o, .s_wdata_i,
    .s_bvalid_o, .s_bready_i, .s_bresp_o,
    .s_arvalid_i, .s_arready_o, .s_araddr_i, .s_rvalid_o, .s_rready_i, .s_rdata_o, .s_rresp_o,
    .we_o(we), .waddr_o(waddr), .wdata_o(wdata), .re_o(re), .raddr_o(raddr), .rdata_i(rdata)
  );

  logic [NumQueues-1:0]    db_we, cr_we, accept;
  logic [NumQueues*3-1:0]  state;
  logic [NumQueues*32-1:0] epoch, tail, head, done_idx, cq_tail, cq_head;
  logic [NumQueues*32-1:0] n_accepted, n_completed, n_undelivered;
  logic [NumQueues*32-1:0] n_doorbells, n_rejected, n_invalid, n_refetch;
  logic                    cmd_we, cmd_active, event_pop, snap, region_we;
  logic [31:0]             cmd_timeout, cmd_status, cfg_data, counter;
  logic [QWidth-1:0]       cfg_queue;
  logic [7:0]              cfg_addr;
  logic [9:0]              region_sel;
  logic [112:0]            region_new, region_shown;
  logic [127:0]            event_entry;
  logic [31:0]             event_level, event_count, event_lost;
  logic [4:0]              counter_word;
  logic [NumQueues*3-1:0]  shown_state;
  logic [NumQueues-1:0]    line_busy;

  peal_regs #(
    .NumQueues(NumQueues), .NumRegions(NumRegions), .DbStride(DbStride)
  ) u_regs (
    .clk_i, .rst_ni, .build_id_i, .kind_i,
    .we_i(we), .waddr_i(waddr), .wdata_i(wdata), .re_i(re), .raddr_i(raddr), .rdata_o(rdata),
    .db_we_o(db_we), .cr_we_o(cr_we),
    .cmd_we_o(cmd_we), .timeout_o(cmd_timeout), .cmd_status_i(cmd_status),
    .cfg_queue_i(cfg_queue), .cfg_addr_i(cfg_addr), .cfg_data_o(cfg_data),
    .region_sel_o(region_sel), .region_we_o(region_we), .region_entry_o(region_new),
    .region_entry_i(region_shown),
    .event_pop_o(event_pop), .event_entry_i(event_entry), .event_level_i(event_level),
    .event_count_i(event_count), .event_lost_i(event_lost),
    .snap_o(snap), .counter_word_o(counter_word), .counter_i(counter),
    .accept_i(accept), .state_i(shown_state), .epoch_i(epoch), .tail_i(tail), .head_i(head),
    .done_i(done_idx), .cq_tail_i(cq_tail), .cq_head_i(cq_head),
    .n_accepted_i(n_accepted), .n_completed_i(n_completed), .n_undelivered_i(n_undelivered),
    .n_doorbells_i(n_doorbells), .n_rejected_i(n_rejected), .n_invalid_i(n_invalid),
    .n_refetch_i(n_refetch)
  );

  logic [15:0]  a_handle, b_handle, c_handle;
  logic [112:0] a_entry, b_entry, c_entry;

  peal_regions #(.NumRegions(NumRegions)) u_regions (
    .clk_i, .rst_ni,
    .sel_i(region_sel), .we_i(region_we), .entry_i(region_new), .entry_o(region_shown),
    .a_handle_i(a_handle), .a_entry_o(a_entry), .b_handle_i(b_handle), .b_entry_o(b_entry),
    .c_handle_i(c_handle), .c_entry_o(c_entry)
  );

  // DRAINED is told only when the device line has it too.
  always_comb begin
    shown_state = state;
    if (line_busy != 0) for (int q = 0; q < NumQueues; q++)
      if (state[q*3 +: 3] == Q_DRAINED && line_busy[q]) shown_state[q*3 +: 3] = Q_DRAINING;
  end

  // -- commands and contexts --------------------------------------------------------------------
  logic [NumQueues-1:0] load, resume, drain, close, disabled, reset, quiet;
  logic [47:0]          sq_base, cq_base, line_base;
  logic [3:0]           sq_log2, cq_log2;
  logic [31:0]          sq_start, cq_start;
  logic [15:0]          tenant;
  logic                 crc_required;

  peal_command #(.NumQueues(NumQueues)) u_command (
    .clk_i, .rst_ni,
    .cmd_we_i(cmd_we), .cmd_i(wdata), .timeout_i(cmd_timeout), .status_o(cmd_status),
    .cfg_queue_o(cfg_queue), .cfg_addr_o(cfg_addr), .cfg_data_i(cfg_data),
    .handle_o(c_handle), .entry_i(c_entry),
    .state_i(state), .quiet_i(quiet), .line_busy_i(line_busy),
    .load_o(load), .resume_o(resume), .drain_o(drain), .close_o(close), .disabled_o(disabled),
    .reset_o(reset),
    .sq_base_o(sq_base), .cq_base_o(cq_base), .line_base_o(line_base),
    .sq_log2_o(sq_log2), .cq_log2_o(cq_log2), .sq_start_o(sq_start), .cq_start_o(cq_start),
    .tenant_o(tenant), .crc_required_o(crc_required), .active_o(cmd_active)
  );

  logic [QWidth-1:0] fetch_queue, decode_queue, complete_queue, line_queue;
  logic [47:0]       fetch_base, complete_base, line_addr;
  logic [3:0]        fetch_log2, decode_log2, complete_log2;
  logic [15:0]       decode_tenant;
  logic              decode_crc_required;

  peal_context #(.NumQueues(NumQueues)) u_context (
    .clk_i,
    .load_i(load != 0), .load_queue_i(cfg_queue), .sq_base_i(sq_base), .cq_base_i(cq_base), .line_base_i(line_base),
    .sq_log2_i(sq_log2), .cq_log2_i(cq_log2), .tenant_i(tenant), .crc_required_i(crc_required),
    .fetch_queue_i(fetch_queue), .fetch_base_o(fetch_base), .fetch_log2_o(fetch_log2),
    .decode_queue_i(decode_queue), .decode_log2_o(decode_log2), .decode_tenant_o(decode_tenant),
    .decode_crc_required_o(decode_crc_required),
    .complete_queue_i(complete_queue), .complete_base_o(complete_base),
    .complete_log2_o(complete_log2),
    .line_queue_i(line_queue), .line_base_o(line_addr)
  );

  // -- queues -----------------------------------------------------------------------------------
  logic [NumQueues-1:0]    fetch_req, arrive, select_req, select, flush, stop;
  logic [NumQueues-1:0]    bad_tag, bad_fetch, done_error, starved, fetching;
  logic [NumQueues-1:0]    event_valid, event_take;
  logic [NumQueues*32-1:0] fetch_idx, select_idx, retire_idx, cq_write_idx;
  logic [NumQueues*9-1:0]  fetch_room;
  logic [NumQueues*5-1:0]  fetch_n;
  logic [NumQueues*3-1:0]  retire_n, done_n;
  logic [NumQueues*8-1:0]  event_code;
  logic [NumQueues*96-1:0] event_words;

  for (genvar q = 0; q < NumQueues; q++) begin : g_queue
    peal_queue #(.Window(Window)) u_queue (
      .clk_i, .rst_ni,
      .load_i(load[q]), .resume_i(resume[q]), .drain_i(drain[q]), .close_i(close[q]),
      .disabled_i(disabled[q]), .reset_i(reset[q]),
      .sq_log2_i(sq_log2), .cq_log2_i(cq_log2), .sq_start_i(sq_start), .cq_start_i(cq_start),
      .db_we_i(db_we[q]), .cr_we_i(cr_we[q]), .wdata_i(wdata),
      .fetch_req_o(fetch_req[q]), .fetch_idx_o(fetch_idx[q*32 +: 32]),
      .fetch_room_o(fetch_room[q*9 +: 9]), .fetch_n_i(fetch_n[q*5 +: 5]), .arrive_i(arrive[q]),
      .select_req_o(select_req[q]), .select_idx_o(select_idx[q*32 +: 32]), .flush_o(flush[q]),
      .select_i(select[q]), .accept_i(accept[q]), .stop_i(stop[q]),
      .bad_tag_i(bad_tag[q]), .bad_fetch_i(bad_fetch[q]),
      .retire_idx_o(retire_idx[q*32 +: 32]), .cq_write_idx_o(cq_write_idx[q*32 +: 32]),
      .retire_n_i(retire_n[q*3 +: 3]), .done_n_i(done_n[q*3 +: 3]), .done_error_i(done_error[q]),
      .state_o(state[q*3 +: 3]), .epoch_o(epoch[q*32 +: 32]), .tail_o(tail[q*32 +: 32]),
      .head_o(head[q*32 +: 32]), .done_idx_o(done_idx[q*32 +: 32]),
      .cq_tail_o(cq_tail[q*32 +: 32]), .cq_head_o(cq_head[q*32 +: 32]),
      .quiet_o(quiet[q]), .starved_o(starved[q]), .fetching_o(fetching[q]),
      .n_accepted_o(n_accepted[q*32 +: 32]), .n_completed_o(n_completed[q*32 +: 32]),
      .n_undelivered_o(n_undelivered[q*32 +: 32]), .n_doorbells_o(n_doorbells[q*32 +: 32]),
      .n_rejected_o(n_rejected[q*32 +: 32]), .n_invalid_o(n_invalid[q*32 +: 32]),
      .n_refetch_o(n_refetch[q*32 +: 32]),
      .event_o(event_valid[q]), .event_code_o(event_code[q*8 +: 8]),
      .event_words_o(event_words[q*96 +: 96]), .event_take_i(event_take[q])
    );
  end

  peal_events #(.NumQueues(NumQueues)) u_events (
    .clk_i, .rst_ni,
    .event_i(event_valid), .code_i(event_code), .words_i(event_words), .take_o(event_take),
    .pop_i(event_pop), .entry_o(event_entry), .level_o(event_level), .count_o(event_count),
    .lost_o(event_lost)
  );

  // -- the bus ------------------------------------------------------------------------------------
  // Read clients: 0 descriptors, 1 stream X, 2 stream Y, 3 records.
  logic [3:0]   rd_valid, rd_ready, rd_beat, rd_waiting;
  logic [191:0] rd_addr;
  logic [31:0]  rd_len;
  logic [511:0] rd_data;
  logic         rd_error, rd_last;

  peal_read_arb u_read_arb (
    .clk_i, .rst_ni,
    .valid_i(rd_valid), .ready_o(rd_ready), .addr_i(rd_addr), .len_i(rd_len),
    .beat_o(rd_beat), .data_o(rd_data), .error_o(rd_error), .last_o(rd_last),
    .waiting_o(rd_waiting),
    .m_arvalid_o, .m_arready_i, .m_arid_o, .m_araddr_o, .m_arlen_o,
    .m_rvalid_i, .m_rready_o, .m_rid_i, .m_rdata_i, .m_rresp_i, .m_rlast_i
  );

  // Write clients: 0 completions, 1 mover, 2 tokens, 3 records, 4 device lines.
  logic [4:0]    wr_valid, wr_ready, wr_answered;
  logic [47:0]   wr0_addr, wr1_addr, wr2_addr, wr3_addr, wr4_addr;
  logic [511:0]  wr0_data, wr1_data, wr2_data, wr3_data, wr4_data;
  logic [63:0]   wr0_strb, wr1_strb, wr2_strb, wr4_strb;
  logic [7:0]    wr1_len, wr2_len;
  logic          wr1_last, wr2_last, wr_error, wr_waiting;

  peal_write_arb u_write_arb (
    .clk_i, .rst_ni,
    .valid_i(wr_valid), .ready_o(wr_ready),
    .c0_addr_i(wr0_addr), .c0_data_i(wr0_data), .c0_strb_i(wr0_strb),
    .c1_addr_i(wr1_addr), .c1_len_i(wr1_len), .c1_data_i(wr1_data), .c1_strb_i(wr1_strb),
    .c1_last_i(wr1_last),
    .c2_addr_i(wr2_addr), .c2_len_i(wr2_len), .c2_data_i(wr2_data), .c2_strb_i(wr2_strb),
    .c2_last_i(wr2_last),
    .c3_addr_i(wr3_addr), .c3_data_i(wr3_data),
    .c4_addr_i(wr4_addr), .c4_data_i(wr4_data), .c4_strb_i(wr4_strb),
    .answered_o(wr_answered), .error_o(wr_error), .waiting_o(wr_waiting),
    .m_awvalid_o, .m_awready_i, .m_awid_o, .m_awaddr_o, .m_awlen_o,
    .m_wvalid_o, .m_wready_i, .m_wdata_o, .m_wstrb_o, .m_wlast_o,
    .m_bvalid_i, .m_bready_o, .m_bid_i, .m_bresp_i
  );

  // -- fetch and decode -----------------------------------------------------------------------------
  logic              take, slot_error;
  logic [QWidth-1:0] take_queue;
  logic [31:0]       take_idx;
  logic [511:0]      slot;

  peal_fetch #(.NumQueues(NumQueues), .Window(Window)) u_fetch (
    .clk_i, .rst_ni,
    .req_i(fetch_req), .idx_i(fetch_idx), .room_i(fetch_room), .n_o(fetch_n), .arrive_o(arrive),
    .queue_o(fetch_queue), .base_i(fetch_base), .log2_i(fetch_log2),
    .ar_valid_o(rd_valid[0]), .ar_ready_i(rd_ready[0]), .ar_addr_o(rd_addr[47:0]),
    .ar_len_o(rd_len[7:0]),
    .r_valid_i(rd_beat[0]), .r_data_i(rd_data), .r_error_i(rd_error), .r_last_i(rd_last),
    .take_i(take), .take_queue_i(take_queue), .take_idx_i(take_idx),
    .slot_o(slot), .slot_error_o(slot_error)
  );

  logic              dec_valid, dec_answered, dec_rollout, dec_busy;
  logic [QWidth-1:0] dec_queue;
  logic [31:0]       dec_idx, dec_cookie, dec_length, dec_arg;
  logic [7:0]        dec_status, dec_opcode;
  logic [55:0]       dec_result;
  logic [47:0]       dec_a, dec_b;

  peal_decode #(.NumQueues(NumQueues)) u_decode (
    .clk_i, .rst_ni,
    .req_i(select_req), .idx_i(select_idx), .flush_i(flush), .select_o(select),
    .accept_o(accept), .stop_o(stop),
    .bad_tag_o(bad_tag), .bad_fetch_o(bad_fetch),
    .take_o(take), .take_queue_o(take_queue), .take_idx_o(take_idx),
    .slot_i(slot), .slot_error_i(slot_error),
    .queue_o(decode_queue), .log2_i(decode_log2), .tenant_i(decode_tenant),
    .crc_required_i(decode_crc_required),
    .a_handle_o(a_handle), .a_entry_i(a_entry), .b_handle_o(b_handle), .b_entry_i(b_entry),
    .valid_o(dec_valid), .answered_o(dec_answered), .out_queue_o(dec_queue),
    .out_idx_o(dec_idx), .cookie_o(dec_cookie), .status_o(dec_status), .result_o(dec_result),
    .rollout_o(dec_rollout), .opcode_o(dec_opcode), .a_bus_o(dec_a), .b_bus_o(dec_b),
    .length_o(dec_length), .arg_o(dec_arg), .busy_o(dec_busy)
  );

  // -- dispatch ---------------------------------------------------------------------------------------
  logic [NumQueues-1:0] mover_ready, stream_ready;
  logic                 rollout_ready, op_mover, op_rollout;
  logic [QWidth-1:0]    op_queue;
  logic [175:0]         op;

  peal_dispatch #(.NumQueues(NumQueues), .Window(Window)) u_dispatch (
    .clk_i, .rst_ni,
    .push_i(dec_valid && !dec_answered), .queue_i(dec_queue), .rollout_i(dec_rollout),
    .op_i({dec_idx[7:0], dec_opcode, dec_a, dec_b, dec_length, dec_arg}),
    .mover_ready_i(mover_ready), .rollout_ready_i(rollout_ready),
    .mover_valid_o(op_mover), .rollout_valid_o(op_rollout), .queue_o(op_queue), .op_o(op)
  );

  // -- memory operations --------------------------------------------------------------------------------
  logic              stream_valid, x_pop, y_pop, piece_valid, piece_ready, piece_first, piece_last;
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
    .ready_o(mover_ready), .valid_i(op_mover), .queue_i(op_queue), .op_i(op),
    .rollout_ready_o(stream_ready), .rollout_valid_i(stream_valid),
    .rollout_queue_i(stream_queue), .rollout_op_i(stream_op),
    .x_valid_o(rd_valid[1]), .x_ready_i(rd_ready[1]), .x_addr_o(rd_addr[95:48]),
    .x_len_o(rd_len[15:8]),
    .y_valid_o(rd_valid[2]), .y_ready_i(rd_ready[2]), .y_addr_o(rd_addr[143:96]),
    .y_len_o(rd_len[23:16]),
    .x_pop_i(x_pop), .y_pop_i(y_pop),
    .piece_valid_o(piece_valid), .piece_ready_i(piece_ready), .piece_slot_o(piece_slot),
    .piece_tag_o(piece_tag), .piece_opcode_o(piece_opcode), .piece_first_o(piece_first),
    .piece_last_o(piece_last), .piece_x_off_o(piece_x_off), .piece_d_off_o(piece_d_off),
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
    .x_beat_i(rd_beat[1]), .y_beat_i(rd_beat[2]), .data_i(rd_data), .error_i(rd_error),
    .x_pop_o(x_pop), .y_pop_o(y_pop),
    .piece_valid_i(piece_valid), .piece_ready_o(piece_ready), .piece_slot_i(piece_slot),
    .piece_tag_i(piece_tag), .piece_opcode_i(piece_opcode), .piece_first_i(piece_first),
    .piece_last_i(piece_last), .piece_x_off_i(piece_x_off), .piece_d_off_i(piece_d_off),
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
    .valid_o(wr_valid[1]), .ready_i(wr_ready[1]), .addr_o(wr1_addr), .len_o(wr1_len),
    .data_o(wr1_data), .strb_o(wr1_strb), .last_o(wr1_last),
    .answered_i(wr_answered[1]), .error_i(wr_error),
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
    .ready_o(rollout_ready), .valid_i(op_rollout), .queue_i(op_queue), .op_i(op),
    .ar_valid_o(rd_valid[3]), .ar_ready_i(rd_ready[3]), .ar_addr_o(rd_addr[191:144]),
    .r_beat_i(rd_beat[3]), .r_data_i(rd_data), .r_error_i(rd_error),
    .stream_ready_i(stream_ready), .stream_valid_o(stream_valid),
    .stream_queue_o(stream_queue), .stream_op_o(stream_op),
    .stream_found_i(found && out_slot[SWidth-1]), .stream_tag_i(out_tag),
    .stream_status_i(out_status), .stream_result_i(out_result),
    .token_room_i(token_room), .token_beat_o(token_beat), .token_data_o(token_data),
    .token_strb_o(token_strb), .token_burst_o(token_burst), .token_addr_o(token_addr),
    .token_beats_o(token_beats), .token_note_o(token_note),
    .token_done_i(token_done), .token_error_i(token_error), .token_done_note_i(token_done_note),
    .w_valid_o(wr_valid[3]), .w_ready_i(wr_ready[3]), .w_addr_o(wr3_addr),
    .w_data_o(wr3_data), .w_answered_i(wr_answered[3]), .w_error_i(wr_error),
    .done_valid_o(ro_valid), .done_ready_i(ro_ready), .done_queue_o(ro_queue),
    .done_tag_o(ro_tag), .done_status_o(ro_status), .done_result_o(ro_result),
    .busy_o(rollout_busy)
  );

  assign rd_len[31:24] = 8'd0;

  peal_write_burst #(.Beats(128), .Bursts(64), .NoteWidth(RSWidth + 1)) u_token_writes (
    .clk_i, .rst_ni,
    .beat_i(token_beat), .data_i(token_data), .strb_i(token_strb),
    .burst_i(token_burst), .addr_i(token_addr), .beats_i(token_beats), .note_i(token_note),
    .room_o(token_room),
    .valid_o(wr_valid[2]), .ready_i(wr_ready[2]), .addr_o(wr2_addr),
    .len_o(wr2_len), .data_o(wr2_data), .strb_o(wr2_strb),
    .last_o(wr2_last), .answered_i(wr_answered[2]), .error_i(wr_error),
    .done_o(token_done), .done_error_o(token_error), .done_note_o(token_done_note),
    .busy_o(tokens_busy)
  );

  // -- outcomes -> completion -------------------------------------------------------------------------------
  logic              unit_valid, outcomes_busy;
  logic [QWidth-1:0] unit_queue;
  logic [7:0]        unit_idx, unit_status;
  logic [55:0]       unit_result;

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
    .valid_o(unit_valid), .queue_o(unit_queue), .idx_o(unit_idx), .status_o(unit_status),
    .result_o(unit_result), .busy_o(outcomes_busy)
  );

  logic                 complete_busy;
  logic [NumQueues-1:0] done;
  logic [2:0]           done_count;

  peal_complete #(.NumQueues(NumQueues), .Window(Window)) u_complete (
    .clk_i, .rst_ni,
    .accept_i(dec_valid), .answered_i(dec_answered), .accept_queue_i(dec_queue),
    .accept_idx_i(dec_idx), .cookie_i(dec_cookie), .status_i(dec_status), .result_i(dec_result),
    .unit_valid_i(unit_valid), .unit_queue_i(unit_queue), .unit_idx_i(unit_idx),
    .unit_status_i(unit_status), .unit_result_i(unit_result),
    .retire_idx_i(retire_idx), .cq_write_idx_i(cq_write_idx), .retire_n_o(retire_n),
    .done_n_o(done_n), .done_o(done), .done_count_o(done_count), .done_error_o(done_error),
    .queue_o(complete_queue), .base_i(complete_base), .log2_i(complete_log2),
    .valid_o(wr_valid[0]), .ready_i(wr_ready[0]), .addr_o(wr0_addr),
    .data_o(wr0_data), .strb_o(wr0_strb),
    .answered_b_i(wr_answered[0]), .error_b_i(wr_error), .busy_o(complete_busy)
  );

  peal_lines #(.NumQueues(NumQueues)) u_lines (
    .clk_i, .rst_ni,
    .load_i(load), .state_i(state), .epoch_i(epoch), .head_i(head), .cq_tail_i(cq_tail),
    .quiet_i(quiet), .done_i(done), .busy_o(line_busy),
    .queue_o(line_queue), .base_i(line_addr),
    .valid_o(wr_valid[4]), .ready_i(wr_ready[4]), .addr_o(wr4_addr),
    .data_o(wr4_data), .strb_o(wr4_strb), .answered_i(wr_answered[4])
  );

  // -- counters ---------------------------------------------------------------------------------------------
  assign busy_o = fetch_req != 0 || select_req != 0 || !(&quiet) || line_busy != 0 || wr_waiting ||
                  cmd_active || event_valid != 0 || dec_busy || s_bvalid_o || s_rvalid_o ||
                  mover_busy || stream_busy || writer_busy || rollout_busy || tokens_busy ||
                  outcomes_busy || complete_busy;

  peal_counters u_counters (
    .clk_i, .rst_ni,
    .read_beat_i(m_rvalid_i && m_rready_o), .write_beat_i(m_wvalid_o && m_wready_i),
    .accept_i(accept != 0), .done_n_i(done_count),
    .in_flight_i(busy_o), .data_wait_i(rd_waiting[3:1] != 0), .write_wait_i(wr_waiting),
    .fetch_wait_i(rd_waiting[0]), .credit_wait_i(starved != 0),
    .snap_i(snap), .word_i(counter_word), .word_o(counter)
  );

  logic unused;
  assign unused = ^fetching;
endmodule
