// SPDX-License-Identifier: MIT
// The descriptor engine. Wiring only; docs/engine.md has the picture.
//
//   registers -> queues -> fetch -> decode -+-> reorder -> complete -> CQ -> answers
//                                           +-> execute -> reorder
//
// All reads share one address channel by ID, all writes another; a client asks
// only for what it has room for, so data never waits on the bus.
module peal_engine #(
  parameter int NumQueues = 8,     // values: peal_parameters.sv
  parameter int NumRegions = 64,
  parameter int DbStride = 64,     // 4096 isolates tenants
  parameter int Window = 256,      // descriptors in flight a queue
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

  output logic [NumQueues-1:0] irq_o,  // a pulse raises the queue's event
  output logic         timers_o,  // the lease runs, or a queue sleeps
  output logic         busy_o     // something is published, in flight or under way
);
  `include "peal_contract.svh"

  localparam int QWidth  = NumQueues > 1 ? $clog2(NumQueues) : 1;

  peal_parameters #(
    .NumQueues(NumQueues), .NumRegions(NumRegions), .DbStride(DbStride), .Window(Window),
    .RolloutSlots(RolloutSlots)
  ) u_parameters ();

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
  logic [NumQueues*32-1:0] epoch, tail, head, in_flight, cq_tail, cq_head;
  logic [NumQueues*32-1:0] n_accepted, n_completed, n_silent, n_undelivered, n_events;
  logic [NumQueues*32-1:0] n_doorbells, n_rejected, n_invalid, n_refetch;
  logic                    cmd_we, cmd_active, event_pop, snap, region_we;
  logic [31:0]             cmd_timeout, cmd_status, cfg_data, counter;
  logic [QWidth-1:0]       cfg_queue;
  logic [7:0]              cfg_addr;
  logic [9:0]              region_sel;
  logic [112:0]            region_new, region_shown;
  logic [159:0]            event_entry, first_entry;
  logic [1:0]              first_status, lease_status;
  logic                    first_release, lease_we, invalidate, region_busy;
  logic [31:0]             lease_left;
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
    .region_entry_i(region_shown), .invalidate_o(invalidate), .region_busy_i(region_busy),
    .lease_we_o(lease_we), .lease_left_i(lease_left), .lease_status_i(lease_status),
    .first_release_o(first_release), .first_entry_i(first_entry), .first_status_i(first_status),
    .event_pop_o(event_pop), .event_entry_i(event_entry), .event_level_i(event_level),
    .event_count_i(event_count), .event_lost_i(event_lost),
    .snap_o(snap), .counter_word_o(counter_word), .counter_i(counter),
    .state_i(shown_state), .epoch_i(epoch), .tail_i(tail), .head_i(head),
    .in_flight_i(in_flight), .cq_tail_i(cq_tail), .cq_head_i(cq_head),
    .n_accepted_i(n_accepted), .n_completed_i(n_completed), .n_silent_i(n_silent),
    .n_undelivered_i(n_undelivered), .n_events_i(n_events),
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

  // DRAINED and ABORTED are told only when the device line has them too.
  always_comb begin
    shown_state = state;
    if (line_busy != 0) for (int q = 0; q < NumQueues; q++) begin
      if (line_busy[q] && state[q*3 +: 3] == Q_DRAINED) shown_state[q*3 +: 3] = Q_DRAINING;
      if (line_busy[q] && state[q*3 +: 3] == Q_ABORTED) shown_state[q*3 +: 3] = Q_ABORTING;
    end
  end

  // -- lease ------------------------------------------------------------------------------------
  logic expire, halt, wipe, bus_quiet, answers_settled, lease_busy, units_rst_n;

  peal_lease u_lease (
    .clk_i, .rst_ni,
    .we_i(lease_we), .wdata_i(wdata), .left_o(lease_left), .status_o(lease_status),
    .bus_quiet_i(bus_quiet), .expire_o(expire), .halt_o(halt), .wipe_o(wipe), .busy_o(lease_busy)
  );

  // Everything between the queues and the bus forgets what it had.
  assign units_rst_n = rst_ni && !wipe;

  // -- commands and contexts --------------------------------------------------------------------
  logic [NumQueues-1:0] load, resume, drain, abort, close, disabled, reset, quiet;
  logic [47:0]          sq_base, cq_base, host_base, line_base;
  logic [3:0]           sq_log2, cq_log2;
  logic [31:0]          sq_start, cq_start;
  logic [15:0]          tenant;
  logic [31:0]          mode;

  peal_command #(.NumQueues(NumQueues)) u_command (
    .clk_i, .rst_ni,
    .cmd_we_i(cmd_we), .cmd_i(wdata), .timeout_i(cmd_timeout), .status_o(cmd_status),
    .expired_i(lease_status[1] || halt),
    .cfg_queue_o(cfg_queue), .cfg_addr_o(cfg_addr), .cfg_data_i(cfg_data),
    .handle_o(c_handle), .entry_i(c_entry),
    .state_i(state), .quiet_i(quiet), .line_busy_i(line_busy),
    .load_o(load), .resume_o(resume), .drain_o(drain), .abort_o(abort), .close_o(close),
    .disabled_o(disabled), .reset_o(reset),
    .sq_base_o(sq_base), .cq_base_o(cq_base), .host_base_o(host_base),
    .line_base_o(line_base),
    .sq_log2_o(sq_log2), .cq_log2_o(cq_log2), .sq_start_o(sq_start), .cq_start_o(cq_start),
    .tenant_o(tenant), .mode_o(mode), .active_o(cmd_active)
  );

  logic [QWidth-1:0] fetch_queue, decode_queue, complete_queue, line_queue, host_queue;
  logic [47:0]       fetch_base, complete_base, line_addr, host_addr;
  logic [3:0]        fetch_log2, decode_log2, complete_log2;
  logic [15:0]       decode_tenant;
  logic              decode_crc_required;
  logic [NumQueues-1:0] actor_order, any_order, matched, suppress;

  peal_context #(.NumQueues(NumQueues)) u_context (
    .clk_i, .rst_ni,
    .load_i(load != 0), .load_queue_i(cfg_queue), .sq_base_i(sq_base), .cq_base_i(cq_base),
    .host_base_i(host_base), .line_base_i(line_base),
    .sq_log2_i(sq_log2), .cq_log2_i(cq_log2), .tenant_i(tenant), .mode_i(mode),
    .actor_o(actor_order), .any_order_o(any_order), .matched_o(matched), .suppress_o(suppress),
    .fetch_queue_i(fetch_queue), .fetch_base_o(fetch_base), .fetch_log2_o(fetch_log2),
    .decode_queue_i(decode_queue), .decode_log2_o(decode_log2), .decode_tenant_o(decode_tenant),
    .decode_crc_required_o(decode_crc_required),
    .complete_queue_i(complete_queue), .complete_base_o(complete_base),
    .complete_log2_o(complete_log2),
    .line_queue_i(line_queue), .line_base_o(line_addr),
    .host_queue_i(host_queue), .host_base_o(host_addr)
  );

  // -- queues -----------------------------------------------------------------------------------
  logic [NumQueues-1:0]    fetch_req, arrive, select_req, select, flush, stop;
  logic [NumQueues-1:0]    bad_tag, bad_fetch, starved, caught_up, aborting, turning;
  logic [NumQueues-1:0]    look_we, looking;
  logic [NumQueues-1:0]    event_valid, event_take, leave_packed;
  logic [NumQueues-1:0]    done;
  logic [2:0]              done_count;
  logic                    done_silent, done_error;
  logic [2:0]              done_events;
  logic [31:0]             look_tail;
  logic [NumQueues*32-1:0] fetch_idx, select_idx, retire_idx, cq_write_idx;
  logic [NumQueues*9-1:0]  fetch_room;
  logic [NumQueues*5-1:0]  fetch_n;
  logic [NumQueues*3-1:0]  retire_n, leave_n, done_n;
  logic [NumQueues*8-1:0]  event_code;
  logic [NumQueues*96-1:0] event_words;

  for (genvar q = 0; q < NumQueues; q++) begin : g_queue
    peal_queue #(.Window(Window)) u_queue (
      .clk_i, .rst_ni,
      .load_i(load[q]), .resume_i(resume[q]), .drain_i(drain[q]), .abort_i(abort[q]),
      .close_i(close[q]), .disabled_i(disabled[q]), .reset_i(reset[q]),
      .lease_i(wipe), .suppress_i(suppress[q]), .matched_i(matched[q]),
      .sq_log2_i(sq_log2), .cq_log2_i(cq_log2), .sq_start_i(sq_start), .cq_start_i(cq_start),
      .db_we_i(db_we[q]), .cr_we_i(cr_we[q]), .wdata_i(wdata),
      .look_we_i(look_we[q]), .look_tail_i(look_tail), .looking_i(looking[q]),
      .fetch_req_o(fetch_req[q]), .fetch_idx_o(fetch_idx[q*32 +: 32]),
      .fetch_room_o(fetch_room[q*9 +: 9]), .fetch_n_i(fetch_n[q*5 +: 5]), .arrive_i(arrive[q]),
      .select_req_o(select_req[q]), .select_idx_o(select_idx[q*32 +: 32]), .flush_o(flush[q]),
      .select_i(select[q]), .accept_i(accept[q]), .stop_i(stop[q]),
      .bad_tag_i(bad_tag[q]), .bad_fetch_i(bad_fetch[q]),
      .retire_idx_o(retire_idx[q*32 +: 32]), .cq_write_idx_o(cq_write_idx[q*32 +: 32]),
      .retire_n_i(retire_n[q*3 +: 3]), .leave_n_i(leave_n[q*3 +: 3]),
      .leave_packed_i(leave_packed[q]), .done_n_i(done_n[q*3 +: 3]),
      .done_silent_i(done_silent), .done_error_i(done_error), .done_events_i(done_events),
      .state_o(state[q*3 +: 3]), .epoch_o(epoch[q*32 +: 32]), .tail_o(tail[q*32 +: 32]),
      .head_o(head[q*32 +: 32]), .in_flight_o(in_flight[q*32 +: 32]),
      .cq_tail_o(cq_tail[q*32 +: 32]), .cq_head_o(cq_head[q*32 +: 32]),
      .quiet_o(quiet[q]), .starved_o(starved[q]), .caught_up_o(caught_up[q]),
      .aborting_o(aborting[q]), .turning_o(turning[q]),
      .n_accepted_o(n_accepted[q*32 +: 32]), .n_completed_o(n_completed[q*32 +: 32]),
      .n_silent_o(n_silent[q*32 +: 32]), .n_undelivered_o(n_undelivered[q*32 +: 32]),
      .n_events_o(n_events[q*32 +: 32]), .n_doorbells_o(n_doorbells[q*32 +: 32]),
      .n_rejected_o(n_rejected[q*32 +: 32]), .n_invalid_o(n_invalid[q*32 +: 32]),
      .n_refetch_o(n_refetch[q*32 +: 32]),
      .event_o(event_valid[q]), .event_code_o(event_code[q*8 +: 8]),
      .event_words_o(event_words[q*96 +: 96]), .event_take_i(event_take[q])
    );
  end

  logic              undelivered, undelivered_ready, events_busy;
  logic [QWidth-1:0] undelivered_queue;
  logic [127:0]      undelivered_words;

  peal_events #(.NumQueues(NumQueues)) u_events (
    .clk_i, .rst_ni,
    .event_i(event_valid), .code_i(event_code), .words_i(event_words), .take_o(event_take),
    .undelivered_i(undelivered), .undelivered_queue_i(undelivered_queue),
    .undelivered_words_i(undelivered_words), .undelivered_ready_o(undelivered_ready),
    .lease_i(expire),
    .pop_i(event_pop), .entry_o(event_entry), .level_o(event_level), .count_o(event_count),
    .lost_o(event_lost), .busy_o(events_busy),
    .first_release_i(first_release), .first_o(first_entry), .first_status_o(first_status)
  );

  logic [15:0] runs_left, runs_over;

  peal_invalidation #(.NumQueues(NumQueues)) u_invalidation (
    .clk_i, .rst_ni(units_rst_n),
    .invalidate_i(invalidate), .state_i(state), .accept_i(accept), .head_i(head),
    .oldest_i(retire_idx), .left_i(runs_left), .over_i(runs_over), .busy_o(region_busy)
  );

  // -- the bus ------------------------------------------------------------------------------------
  // Read clients: 0 descriptors, 1 stream X, 2 stream Y, 3 records, 4 host lines.
  logic [4:0]   rd_valid, rd_ready, rd_beat, rd_waiting;
  logic [239:0] rd_addr;
  logic [39:0]  rd_len;
  logic [511:0] rd_data;
  logic         rd_error, rd_last;

  peal_read_arb #(.N(5)) u_read_arb (
    .clk_i, .rst_ni, .halt_i(halt),
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
  logic          wr1_last, wr2_last, wr_error, wr_waiting, wr_busy;

  peal_write_arb u_write_arb (
    .clk_i, .rst_ni, .halt_i(halt),
    .valid_i(wr_valid), .ready_o(wr_ready),
    .c0_addr_i(wr0_addr), .c0_data_i(wr0_data), .c0_strb_i(wr0_strb),
    .c1_addr_i(wr1_addr), .c1_len_i(wr1_len), .c1_data_i(wr1_data), .c1_strb_i(wr1_strb),
    .c1_last_i(wr1_last),
    .c2_addr_i(wr2_addr), .c2_len_i(wr2_len), .c2_data_i(wr2_data), .c2_strb_i(wr2_strb),
    .c2_last_i(wr2_last),
    .c3_addr_i(wr3_addr), .c3_data_i(wr3_data),
    .c4_addr_i(wr4_addr), .c4_data_i(wr4_data), .c4_strb_i(wr4_strb),
    .answered_o(wr_answered), .error_o(wr_error), .waiting_o(wr_waiting),
    .busy_o(wr_busy),
    .m_awvalid_o, .m_awready_i, .m_awid_o, .m_awaddr_o, .m_awlen_o,
    .m_wvalid_o, .m_wready_i, .m_wdata_o, .m_wstrb_o, .m_wlast_o,
    .m_bvalid_i, .m_bready_o, .m_bid_i, .m_bresp_i
  );

  // A completion that the host can see is one that was written.
  assign bus_quiet = rd_waiting == 0 && !wr_busy && answers_settled;

  // -- fetch and decode -----------------------------------------------------------------------------
  logic              take, slot_error;
  logic [QWidth-1:0] take_queue;
  logic [31:0]       take_idx;
  logic [511:0]      slot;

  peal_fetch #(.NumQueues(NumQueues), .Window(Window)) u_fetch (
    .clk_i, .rst_ni(units_rst_n),
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
  logic              dec_silent, dec_event, dec_fence, dec_barrier;
  logic [3:0]        dec_actor;

  peal_decode #(.NumQueues(NumQueues)) u_decode (
    .clk_i, .rst_ni(units_rst_n), .wipe_i(wipe),
    .req_i(select_req), .idx_i(select_idx), .flush_i(flush), .select_o(select),
    .accept_o(accept), .stop_o(stop),
    .bad_tag_o(bad_tag), .bad_fetch_o(bad_fetch),
    .take_o(take), .take_queue_o(take_queue), .take_idx_o(take_idx),
    .slot_i(slot), .slot_error_i(slot_error),
    .queue_o(decode_queue), .log2_i(decode_log2), .tenant_i(decode_tenant),
    .crc_required_i(decode_crc_required), .any_order_i(any_order), .matched_i(matched),
    .a_handle_o(a_handle), .a_entry_i(a_entry), .b_handle_o(b_handle), .b_entry_i(b_entry),
    .valid_o(dec_valid), .answered_o(dec_answered), .out_queue_o(dec_queue),
    .out_idx_o(dec_idx), .cookie_o(dec_cookie), .status_o(dec_status), .result_o(dec_result),
    .silent_o(dec_silent), .event_o(dec_event), .fence_o(dec_fence), .actor_o(dec_actor),
    .rollout_o(dec_rollout), .barrier_o(dec_barrier), .opcode_o(dec_opcode), .a_bus_o(dec_a), .b_bus_o(dec_b),
    .length_o(dec_length), .arg_o(dec_arg), .busy_o(dec_busy)
  );

  // -- execute ----------------------------------------------------------------------------------------
  logic              unit_valid, execute_busy;
  logic [QWidth-1:0] unit_queue;
  logic [7:0]        unit_idx, unit_status;
  logic [55:0]       unit_result;

  peal_execute #(
    .NumQueues(NumQueues), .Window(Window), .RolloutSlots(RolloutSlots)
  ) u_execute (
    .clk_i, .rst_ni(units_rst_n),
    .actor_order_i(actor_order), .abort_i(aborting),
    .op_valid_i(dec_valid && !dec_answered), .op_queue_i(dec_queue), .op_rollout_i(dec_rollout),
    .op_barrier_i(dec_barrier), .op_fence_i(dec_fence), .op_actor_i(dec_actor),
    .op_i({dec_idx[7:0], dec_opcode, dec_a, dec_b, dec_length, dec_arg}),
    .rd_valid_o(rd_valid[3:1]), .rd_ready_i(rd_ready[3:1]), .rd_addr_o(rd_addr[191:48]),
    .rd_len_o(rd_len[31:8]), .rd_beat_i(rd_beat[3:1]), .rd_data_i(rd_data),
    .rd_error_i(rd_error),
    .wr_valid_o(wr_valid[3:1]), .wr_ready_i(wr_ready[3:1]),
    .wr0_addr_o(wr1_addr), .wr0_len_o(wr1_len), .wr0_data_o(wr1_data), .wr0_strb_o(wr1_strb),
    .wr0_last_o(wr1_last),
    .wr1_addr_o(wr2_addr), .wr1_len_o(wr2_len), .wr1_data_o(wr2_data), .wr1_strb_o(wr2_strb),
    .wr1_last_o(wr2_last),
    .wr2_addr_o(wr3_addr), .wr2_data_o(wr3_data), .wr_answered_i(wr_answered[3:1]), .wr_error_i(wr_error),
    .unit_valid_o(unit_valid), .unit_queue_o(unit_queue), .unit_idx_o(unit_idx),
    .unit_status_o(unit_status), .unit_result_o(unit_result), .busy_o(execute_busy)
  );

  // -- completion -------------------------------------------------------------------------------------
  logic              run_valid, run_silent, note, note_ready, note_silent, answers_held, answers_busy;
  logic [QWidth-1:0] run_queue;
  logic [2:0]        run_n, take_n, note_n, note_events;
  logic [127:0]      run_idx;
  logic [3:0]        run_event;
  logic [383:0]      run_what;
  logic [15:0]       note_cq_idx;
  logic [1:0]        note_lane;

  peal_reorder #(.NumQueues(NumQueues), .Window(Window)) u_reorder (
    .clk_i, .rst_ni(units_rst_n),
    .accept_i(dec_valid), .answered_i(dec_answered), .silent_i(dec_silent), .event_i(dec_event),
    .accept_queue_i(dec_queue), .accept_idx_i(dec_idx), .cookie_i(dec_cookie),
    .status_i(dec_status), .result_i(dec_result),
    .unit_valid_i(unit_valid), .unit_queue_i(unit_queue), .unit_idx_i(unit_idx),
    .unit_status_i(unit_status), .unit_result_i(unit_result),
    .any_order_i(any_order), .matched_i(matched), .oldest_i(retire_idx), .retire_n_o(retire_n),
    .run_valid_o(run_valid), .run_queue_o(run_queue), .run_silent_o(run_silent),
    .run_n_o(run_n), .run_idx_o(run_idx), .run_event_o(run_event), .run_what_o(run_what),
    .take_n_i(take_n)
  );

  assign complete_queue = run_queue;

  peal_complete #(.NumQueues(NumQueues)) u_complete (
    .run_valid_i(run_valid), .run_queue_i(run_queue), .run_silent_i(run_silent),
    .run_n_i(run_n), .run_idx_i(run_idx), .run_event_i(run_event), .run_what_i(run_what),
    .take_n_o(take_n),
    .matched_i(matched), .cq_write_idx_i(cq_write_idx), .leave_n_o(leave_n),
    .leave_packed_o(leave_packed), .base_i(complete_base), .log2_i(complete_log2),
    .valid_o(wr_valid[0]), .ready_i(wr_ready[0]), .addr_o(wr0_addr),
    .data_o(wr0_data), .strb_o(wr0_strb),
    .note_o(note), .note_ready_i(note_ready), .note_silent_o(note_silent), .note_n_o(note_n),
    .note_events_o(note_events), .note_cq_idx_o(note_cq_idx), .note_lane_o(note_lane)
  );

  peal_answers #(.NumQueues(NumQueues)) u_answers (
    .clk_i, .rst_ni(units_rst_n), .wipe_i(wipe),
    .note_i(note), .note_ready_o(note_ready), .queue_i(run_queue), .silent_i(note_silent),
    .n_i(note_n), .events_i(note_events), .cq_idx_i(note_cq_idx), .lane_i(note_lane),
    .beat_i(wr0_data),
    .answered_i(wr_answered[0]), .error_i(wr_error),
    .done_o(done), .done_count_o(done_count), .done_n_o(done_n), .done_silent_o(done_silent), .done_error_o(done_error),
    .done_events_o(done_events), .irq_o,
    .event_o(undelivered), .event_queue_o(undelivered_queue), .event_words_o(undelivered_words),
    .event_ready_i(undelivered_ready),
    .left_o(runs_left), .over_o(runs_over), .held_o(answers_held),
    .settled_o(answers_settled), .busy_o(answers_busy)
  );

  logic [NumQueues-1:0] arm, armed;

  peal_lines #(.NumQueues(NumQueues)) u_lines (
    .clk_i, .rst_ni,
    .load_i(load), .sq_start_i(sq_start), .resume_i(resume), .hold_i(halt),
    .suppress_i(suppress), .tail_i(tail), .arm_i(arm), .armed_o(armed),
    .state_i(state), .epoch_i(epoch), .head_i(head), .cq_tail_i(cq_tail),
    .quiet_i(quiet), .done_i(done), .busy_o(line_busy),
    .queue_o(line_queue), .base_i(line_addr),
    .valid_o(wr_valid[4]), .ready_i(wr_ready[4]), .addr_o(wr4_addr),
    .data_o(wr4_data), .strb_o(wr4_strb), .answered_i(wr_answered[4])
  );

  logic host_busy, asleep;

  peal_host_lines #(.NumQueues(NumQueues)) u_host_lines (
    .clk_i, .rst_ni(units_rst_n),
    .suppress_i(suppress), .caught_up_i(caught_up), .epoch_i(epoch), .tail_i(tail),
    .db_we_i(db_we != 0 || cr_we != 0), .look_we_o(look_we), .look_tail_o(look_tail), .looking_o(looking),
    .armed_i(armed), .arm_o(arm), .queue_o(host_queue), .base_i(host_addr),
    .ar_valid_o(rd_valid[4]), .ar_ready_i(rd_ready[4]), .ar_addr_o(rd_addr[239:192]),
    .r_valid_i(rd_beat[4]), .r_word_i(rd_data[63:0]), .r_error_i(rd_error), .asleep_o(asleep),
    .busy_o(host_busy)
  );

  assign rd_len[39:32] = 8'd0;

  // -- counters ---------------------------------------------------------------------------------------------
  logic [31:0] in_flight_sum;
  always_comb begin
    in_flight_sum = '0;
    if (wipe) for (int q = 0; q < NumQueues; q++)
      in_flight_sum = in_flight_sum + in_flight[q*32 +: 32];
  end

  assign timers_o = lease_status[0] || asleep;

  // Timers alone are no work, nor are completions that wait for room in the event log.
  logic in_flight_busy;
  assign in_flight_busy = answers_held ? run_valid : !(&quiet) || answers_busy || run_valid;
  assign busy_o = fetch_req != 0 || select_req != 0 || turning != 0 || in_flight_busy ||
                  line_busy != 0 ||
                  wr_waiting || rd_waiting != 0 || cmd_active || events_busy || dec_busy ||
                  s_bvalid_o || s_rvalid_o || execute_busy || host_busy || lease_busy;

  peal_counters u_counters (
    .clk_i, .rst_ni,
    .read_beat_i(m_rvalid_i && m_rready_o), .write_beat_i(m_wvalid_o && m_wready_i),
    .accept_i(accept != 0), .done_n_i(done_count), .done_silent_i(done_silent),
    .done_error_i(done_error), .lost_i(wipe), .lost_n_i(in_flight_sum),
    .in_flight_i(busy_o), .data_wait_i(rd_waiting[3:1] != 0), .write_wait_i(wr_waiting),
    .fetch_wait_i(rd_waiting[0] || rd_waiting[4]), .credit_wait_i(starved != 0),
    .snap_i(snap), .word_i(counter_word), .word_o(counter)
  );

endmodule
