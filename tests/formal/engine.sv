// SPDX-License-Identifier: MIT
// about: peal_engine
// f_q and f_i are any one queue and any one index of it. A completion is handed over at
// the port of write client 0; that it reaches the bus as it is, is write_arb's matter.
  logic f_past = 1'b0;
  always @(posedge clk_i) f_past <= rst_ni;
  (* anyconst *) logic f_queue;
  (* anyconst *) logic [2:0] f_ahead;
  logic f_q;
  logic [31:0] f_i;
  assign f_q = NumQueues > 1 && f_queue;
  assign f_i = 32'hffffffff + 32'(f_ahead);

  logic f_hand, f_accept, f_op, f_unit, f_accepted, f_completed, f_to_write, f_answered;
  logic [3:0] f_lane;              // the completion of f_i is in this lane
  logic [2:0] f_lanes, f_state;
  logic [31:0] f_head, f_tail, f_credits, f_written;
  logic [7:0] f_said, f_status;    // of f_i: in the completion, as found
  assign f_hand    = wr_valid[0] && wr_ready[0] && wr0_addr[9] == f_q;
  assign f_accept  = accept[f_q] && head[f_q*32 +: 32] == f_i;
  assign f_op      = dec_valid && dec_queue == f_q && dec_idx == f_i;
  assign f_unit    = unit_valid && unit_queue == f_q && unit_idx[1:0] == f_i[1:0];
  assign f_state   = shown_state[f_q*3 +: 3];
  assign f_head    = head[f_q*32 +: 32];
  assign f_tail    = tail[f_q*32 +: 32];
  assign f_credits = cq_head[f_q*32 +: 32] - 32'hfffffffe;
  for (genvar l = 0; l < 4; l++) begin : g_lane
    assign f_lane[l] = f_hand && wr0_strb[l*16] && wr0_data[l*128+40 +: 16] == f_i[15:0];
  end
  assign f_lanes = f_hand ? 3'(wr0_strb[0]) + 3'(wr0_strb[16]) + 3'(wr0_strb[32]) + 3'(wr0_strb[48]) : 3'd0;
  assign f_said  = f_lane[0] ? wr0_data[39:32] : wr0_data[128+32 +: 8];

  // completion beats not answered: the queue of each, oldest first; fetches not answered
  logic f_push, f_pop, f_fetch, f_outstanding, f_wrote;
  logic [15:0] f_of_q;
  logic [4:0] f_out, f_fetches;
  logic [2:0] f_write_of;          // entry whose data was written last: the address names it
  assign f_push  = wr_valid[0] && wr_ready[0];
  assign f_pop   = m_bvalid_i && m_bid_i == 3'd0;
  assign f_fetch = rd_valid[0] && rd_ready[0] && rd_addr[9] == f_q;
  assign f_wrote = m_bvalid_i && m_bid_i == 3'd1 && f_write_of == {f_q, f_i[1:0]};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {f_accepted, f_completed, f_to_write, f_answered} <= '0;
      f_written <= '0;
      f_of_q    <= '0;
      f_out     <= '0;
      f_fetches <= '0;
      f_status  <= '0;
    end else begin
      if (f_accept) f_accepted <= 1'b1;
      if (f_lane != 0) f_completed <= 1'b1;
      if (f_op && !dec_answered && dec_opcode == OP_FILL) f_to_write <= 1'b1;
      if (f_wrote && f_to_write) f_answered <= 1'b1;
      if (f_op && dec_answered) f_status <= dec_status;
      if (f_unit && f_accepted) f_status <= unit_status;
      f_written <= f_written + 32'(f_lanes);
      f_out     <= f_out + 5'(f_push) - 5'(f_pop);
      f_fetches <= f_fetches + 5'(rd_valid[0] && rd_ready[0]) - 5'(rd_beat[0] && rd_last);
      f_of_q    <= f_pop ? f_of_q >> 1 : f_of_q;
      if (f_push) f_of_q[4'(f_out - 5'(f_pop))] <= wr0_addr[9];
    end
    if (wr_valid[1] && wr_ready[1]) f_write_of <= wr1_addr[8:6];
  end
  always_comb begin
    f_outstanding = 1'b0;
    for (int i = 0; i < 16; i++) if (5'(i) < f_out && f_of_q[i] == f_q) f_outstanding = 1'b1;
  end
  logic [7:0] f_n;
  logic f_rest;
  assign f_n    = rd_len[7:0] + 8'd1;
  assign f_rest = f_state == Q_DRAINED || f_state == Q_ABORTED;

  // a fetch asks for published slots only, and for no more than the ring has
  `PROVE(engine_no_fetch_beyond_tail, f_fetch, 32'(f_n) <= f_tail - f_head && f_n <= 2)
  // it stays in the ring of its queue
  `PROVE(engine_fetch_in_ring, f_fetch, rd_addr[47:10] == 38'h4 && 9'(rd_addr[8:6]) + 9'(f_n) <= 2)
  // a completion is of what was accepted, and there is one, in one lane
  `PROVE(engine_completed_once, f_lane != 0, f_accepted && !f_completed && (f_lane & (f_lane - 1'b1)) == 0)
  // a descriptor is accepted once
  `PROVE(engine_accepted_once, f_accept, !f_accepted)
  // its status is what decode or the unit found
  `PROVE(engine_status_as_found, f_lane != 0, f_said == f_status)
`ifndef PEAL_TWO  // out of reach with two queues
  // when the queue is DRAINED or ABORTED each accepted descriptor has its completion
  `PROVE(engine_none_lost, f_rest && f_accepted, f_completed)
  // then nothing of the queue is outstanding on the bus
  `PROVE(engine_drained_is_quiet, f_rest && f_accepted, !f_outstanding && !f_push && (NumQueues > 1 || f_fetches == 0))
`endif
  // the CQ never overflows: written and not returned are at most its two slots
  `PROVE(engine_cq_never_overflows, f_lanes != 0, f_written + 32'(f_lanes) - f_credits <= 32'd2)
  // what writes completes after the answer to its write, or was aborted
  `PROVE(engine_data_before_completion, f_lane != 0 && f_to_write, f_answered || f_said == ST_ABORTED)
  // what is offered on the bus stays, unchanged, until it is taken
  `PROVE(engine_ar_held, f_past && $past(m_arvalid_o && !m_arready_i), m_arvalid_o && $stable({m_arid_o, m_araddr_o, m_arlen_o}))
  `PROVE(engine_aw_held, f_past && $past(m_awvalid_o && !m_awready_i), m_awvalid_o && $stable({m_awid_o, m_awaddr_o, m_awlen_o}))
  `PROVE(engine_w_held, f_past && $past(m_wvalid_o && !m_wready_i), m_wvalid_o && $stable({m_wlast_o, m_wstrb_o}))

`ifndef PEAL_TWO
  // what the depth has room for
  `REACH(engine_two_laps, f_lane != 0 && f_ahead == 3)
  `REACH(engine_third_lap, f_accept && f_ahead == 4)
  `REACH(engine_error_completion, f_lane != 0 && f_said == ST_BAD_OPCODE && f_ahead == 2)
  `REACH(engine_aborted_completion, f_lane != 0 && f_said == ST_ABORTED)
  `REACH(engine_drained, f_state == Q_DRAINED && f_completed && f_ahead == 1)
  `REACH(engine_aborted, f_state == Q_ABORTED && f_completed && f_ahead == 1)
  `REACH(engine_stopped_by_stop, f_state == Q_DRAINED && f_status == ST_STOPPED && f_completed)
  `REACH(engine_error_state, f_state == Q_ERROR && f_completed)
  `REACH(engine_back_pressure, m_awvalid_o && !m_awready_i && wr_valid[0] && !wr_ready[0])
  `REACH(engine_waits_for_credit, starved[f_q])
  `REACH(engine_fetches_again, bad_tag[f_q] && f_state == Q_ENABLED && f_completed)
`endif
