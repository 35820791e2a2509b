// SPDX-License-Identifier: MIT
// The descriptor engine. Wiring only; docs/engine.md has the picture.
//
//   registers -> queues -> fetch -> decode -+-> complete -> CQ
//                                           +-> execute -> complete
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
  for (genvar q = 0; q < NumQueues; q++) begin : g_shown_state
    assign shown_state[q*3 +: 3] = state[q*3 +: 3] == Q_DRAINED && line_busy[q]
                                   ? Q_DRAINING : state[q*3 +: 3];
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
  logic [4:0]    wr_valid, wr_ready, wr_last, wr_answered;
  logic [239:0]  wr_addr;
  logic [39:0]   wr_len;
  logic [2559:0] wr_data;
  logic [319:0]  wr_strb;
  logic          wr_error, wr_waiting;

  peal_write_arb #(.N(5)) u_write_arb (
    .clk_i, .rst_ni,
    .valid_i(wr_valid), .ready_o(wr_ready), .addr_i(wr_addr), .len_i(wr_len), .data_i(wr_data),
    .strb_i(wr_strb), .last_i(wr_last), .answered_o(wr_answered), .error_o(wr_error),
    .waiting_o(wr_waiting),
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

  // -- execute ----------------------------------------------------------------------------------------
  logic              unit_valid, execute_busy;
  logic [QWidth-1:0] unit_queue;
  logic [7:0]        unit_idx, unit_status;
  logic [55:0]       unit_result;

  peal_execute #(
    .NumQueues(NumQueues), .Window(Window), .RolloutSlots(RolloutSlots)
  ) u_execute (
    .clk_i, .rst_ni,
    .op_valid_i(dec_valid && !dec_answered), .op_queue_i(dec_queue), .op_rollout_i(dec_rollout),
    .op_i({dec_idx[7:0], dec_opcode, dec_a, dec_b, dec_length, dec_arg}),
    .rd_valid_o(rd_valid[3:1]), .rd_ready_i(rd_ready[3:1]), .rd_addr_o(rd_addr[191:48]),
    .rd_len_o(rd_len[31:8]), .rd_beat_i(rd_beat[3:1]), .rd_data_i(rd_data),
    .rd_error_i(rd_error),
    .wr_valid_o(wr_valid[3:1]), .wr_ready_i(wr_ready[3:1]), .wr_addr_o(wr_addr[191:48]),
    .wr_len_o(wr_len[31:8]), .wr_data_o(wr_data[2047:512]), .wr_strb_o(wr_strb[255:64]),
    .wr_last_o(wr_last[3:1]), .wr_answered_i(wr_answered[3:1]), .wr_error_i(wr_error),
    .unit_valid_o(unit_valid), .unit_queue_o(unit_queue), .unit_idx_o(unit_idx),
    .unit_status_o(unit_status), .unit_result_o(unit_result), .busy_o(execute_busy)
  );

  // -- completion -------------------------------------------------------------------------------------
  logic complete_busy;

  peal_complete #(.NumQueues(NumQueues), .Window(Window)) u_complete (
    .clk_i, .rst_ni,
    .accept_i(dec_valid), .answered_i(dec_answered), .accept_queue_i(dec_queue),
    .accept_idx_i(dec_idx), .cookie_i(dec_cookie), .status_i(dec_status), .result_i(dec_result),
    .unit_valid_i(unit_valid), .unit_queue_i(unit_queue), .unit_idx_i(unit_idx),
    .unit_status_i(unit_status), .unit_result_i(unit_result),
    .retire_idx_i(retire_idx), .cq_write_idx_i(cq_write_idx), .retire_n_o(retire_n),
    .done_n_o(done_n), .done_error_o(done_error),
    .queue_o(complete_queue), .base_i(complete_base), .log2_i(complete_log2),
    .valid_o(wr_valid[0]), .ready_i(wr_ready[0]), .addr_o(wr_addr[47:0]),
    .data_o(wr_data[511:0]), .strb_o(wr_strb[63:0]),
    .answered_b_i(wr_answered[0]), .error_b_i(wr_error), .busy_o(complete_busy)
  );

  assign wr_len[7:0] = 8'd0;
  assign wr_last[0]  = 1'b1;

  logic [NumQueues-1:0] some_done;
  for (genvar q = 0; q < NumQueues; q++) begin : g_some_done
    assign some_done[q] = done_n[q*3 +: 3] != 0;
  end

  peal_lines #(.NumQueues(NumQueues)) u_lines (
    .clk_i, .rst_ni,
    .load_i(load), .state_i(state), .epoch_i(epoch), .head_i(head), .cq_tail_i(cq_tail),
    .quiet_i(quiet), .done_i(some_done), .busy_o(line_busy),
    .queue_o(line_queue), .base_i(line_addr),
    .valid_o(wr_valid[4]), .ready_i(wr_ready[4]), .addr_o(wr_addr[239:192]),
    .data_o(wr_data[2559:2048]), .strb_o(wr_strb[319:256]), .answered_i(wr_answered[4])
  );

  assign wr_len[39:32] = 8'd0;
  assign wr_last[4]    = 1'b1;

  // -- counters ---------------------------------------------------------------------------------------------
  logic [2:0] done_sum;
  always_comb begin
    done_sum = '0;
    for (int q = 0; q < NumQueues; q++) done_sum = done_sum | done_n[q*3 +: 3];  // one queue a cycle
  end

  assign busy_o = fetch_req != 0 || select_req != 0 || !(&quiet) || line_busy != 0 || wr_waiting ||
                  cmd_active || event_valid != 0 || dec_busy || s_bvalid_o || s_rvalid_o ||
                  execute_busy || complete_busy;

  peal_counters u_counters (
    .clk_i, .rst_ni,
    .read_beat_i(m_rvalid_i && m_rready_o), .write_beat_i(m_wvalid_o && m_wready_i),
    .accept_i(accept != 0), .done_n_i(done_sum),
    .in_flight_i(busy_o), .data_wait_i(rd_waiting[3:1] != 0), .write_wait_i(wr_waiting),
    .fetch_wait_i(rd_waiting[0]), .credit_wait_i(starved != 0),
    .snap_i(snap), .word_i(counter_word), .word_o(counter)
  );

  logic unused;
  assign unused = ^fetching;
endmodule
