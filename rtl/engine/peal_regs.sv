// SPDX-License-Identifier: MIT
// The register map: identification, region window, commands, event and counter
// windows, queue contexts, doorbells. descriptors/contract.def has the list.
module peal_regs #(
  parameter int NumQueues = 8,
  parameter int NumRegions = 64,
  parameter int DbStride = 64,
  parameter int ClockKhz = 250000,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [31:0]             build_id_i,
  input  logic [7:0]              kind_i,

  // register bus
  input  logic                    we_i,
  input  logic [19:0]             waddr_i,
  input  logic [31:0]             wdata_i,
  input  logic                    re_i,
  input  logic [19:0]             raddr_i,
  output logic [31:0]             rdata_o,

  // doorbells and credits
  output logic [NumQueues-1:0]    db_we_o,
  output logic [NumQueues-1:0]    cr_we_o,

  // commands
  output logic                    cmd_we_o,
  output logic [31:0]             timeout_o,
  input  logic [31:0]             cmd_status_i,
  input  logic [QWidth-1:0]       cfg_queue_i,
  input  logic [7:0]              cfg_addr_i,
  output logic [31:0]             cfg_data_o,

  // lease
  output logic                    lease_we_o,
  input  logic [31:0]             lease_left_i,
  input  logic [1:0]              lease_status_i,

  // region table
  output logic [9:0]              region_sel_o,
  output logic                    region_we_o,
  output logic [112:0]            region_entry_o,
  input  logic [112:0]            region_entry_i,
  output logic                    invalidate_o,
  input  logic                    region_busy_i,

  // events
  output logic                    event_pop_o,
  input  logic [159:0]            event_entry_i,
  input  logic [31:0]             event_level_i,
  input  logic [31:0]             event_count_i,
  input  logic [31:0]             event_lost_i,
  output logic                    first_release_o,
  input  logic [159:0]            first_entry_i,
  input  logic [1:0]              first_status_i,

  // counters
  output logic                    snap_o,
  output logic [4:0]              counter_word_o,
  input  logic [31:0]             counter_i,

  // status of the queues
  input  logic [NumQueues*3-1:0]  state_i,
  input  logic [NumQueues*32-1:0] epoch_i,
  input  logic [NumQueues*32-1:0] tail_i,
  input  logic [NumQueues*32-1:0] head_i,
  input  logic [NumQueues*32-1:0] in_flight_i,
  input  logic [NumQueues*32-1:0] cq_tail_i,
  input  logic [NumQueues*32-1:0] cq_head_i,
  input  logic [NumQueues*32-1:0] n_accepted_i,
  input  logic [NumQueues*32-1:0] n_completed_i,
  input  logic [NumQueues*32-1:0] n_silent_i,
  input  logic [NumQueues*32-1:0] n_undelivered_i,
  input  logic [NumQueues*32-1:0] n_events_i,
  input  logic [NumQueues*32-1:0] n_doorbells_i,
  input  logic [NumQueues*32-1:0] n_rejected_i,
  input  logic [NumQueues*32-1:0] n_invalid_i,
  input  logic [NumQueues*32-1:0] n_refetch_i
);
  `include "peal_contract.svh"

  localparam int DbShift = $clog2(DbStride);
  localparam logic [255:0] OpcodeMap = opcode_map();

  // -- where a write goes -------------------------------------------------------------------
  logic [19:0]       wq_off, wdb_off;
  logic [31:0]       sel_q;
  logic              in_context, in_doorbells, is_region_commit;
  logic [QWidth-1:0] wq, wdb;

  always_comb begin
    wq_off       = '0;
    wdb_off      = '0;
    in_context   = 1'b0;
    in_doorbells = 1'b0;
    if (we_i) begin
      wq_off       = waddr_i - QREG_BASE[19:0];
      wdb_off      = waddr_i - DB_BASE[19:0];
      in_context   = waddr_i >= QREG_BASE[19:0] && 32'(wq_off) < NumQueues * QREG_STRIDE;
      in_doorbells = waddr_i >= DB_BASE[19:0] && 32'(wdb_off) < NumQueues * DbStride;
    end
  end

  assign wq  = wq_off[8 +: QWidth];
  assign wdb = wdb_off[DbShift +: QWidth];
  assign is_region_commit = we_i && waddr_i == REG_RT_COMMIT && sel_q < NumRegions;

  always_comb begin
    db_we_o = '0;
    cr_we_o = '0;
    if (we_i && in_doorbells) begin
      db_we_o[wdb] = wdb_off[DbShift-1:0] == DbShift'(DB_SQ_TAIL);
      cr_we_o[wdb] = wdb_off[DbShift-1:0] == DbShift'(DB_CQ_HEAD);
    end
  end

  assign cmd_we_o    = we_i && waddr_i == REG_CMD;
  assign event_pop_o = we_i && waddr_i == REG_EV_POP;
  assign snap_o      = we_i && waddr_i == REG_CTR_SNAP;
  assign lease_we_o  = we_i && waddr_i == REG_LEASE;
  assign first_release_o = we_i && waddr_i == REG_FE_STS;

  // -- queue configuration: 32 words a queue, written while DISABLED, read by peal_command --
  logic [31:0] config_q [0:(32<<QWidth)-1];

  initial for (int i = 0; i < (32 << QWidth); i++) config_q[i] = '0;

  // Bits that a register does not name are dropped; ENABLE refuses those of SIZE and MODE.
  logic [31:0] named;
  always_comb begin
    named = '0;
    if (we_i) case (wq_off[7:0])
      QREG_SQ_REGION, QREG_CQ_REGION, QREG_HL_REGION, QREG_DL_REGION, QREG_TENANT:
        named = 32'h0000ffff;
      QREG_SQ_OFF_HI, QREG_CQ_OFF_HI, QREG_HL_OFF_HI, QREG_DL_OFF_HI: named = 32'h000000ff;
      default: named = 32'hffffffff;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (we_i && in_context && state_i[wq*3 +: 3] == Q_DISABLED && !wq_off[7])
      config_q[{wq, wq_off[6:2]}] <= wdata_i & named;
  end

  assign cfg_data_o = config_q[{cfg_queue_i, cfg_addr_i[6:2]}];

  // -- region window --------------------------------------------------------------------------
  // RT_SEL copies the entry into the window, RT_COMMIT the window into the entry.
  logic        load_q;
  logic [8:0]  rights_q;   // {valid, write, read, generation}
  logic [47:0] bus_q;
  logic [39:0] len_q;
  logic [15:0] tenant_q;
  logic [31:0] timeout_q, last_cmd_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sel_q      <= '0;
      load_q     <= 1'b1;
      rights_q   <= '0;
      bus_q      <= '0;
      len_q      <= '0;
      tenant_q   <= '0;
      timeout_q  <= 32'd1000000;
      last_cmd_q <= '0;
    end else if (load_q) begin
      load_q                              <= 1'b0;
      {rights_q, tenant_q, len_q, bus_q}  <= sel_q < NumRegions ? region_entry_i : '0;
    end else if (we_i) begin
      case (waddr_i)
        REG_RT_SEL: begin
          sel_q  <= wdata_i;
          load_q <= 1'b1;
        end
        REG_RT_COMMIT:   rights_q     <= {wdata_i[31], wdata_i[9:8], wdata_i[5:0]};
        REG_RT_BUS_LO:   bus_q[31:0]  <= wdata_i;
        REG_RT_BUS_HI:   bus_q[47:32] <= wdata_i[15:0];
        REG_RT_LEN_LO:   len_q[31:0]  <= wdata_i;
        REG_RT_LEN_HI:   len_q[39:32] <= wdata_i[7:0];
        REG_RT_TENANT:   tenant_q     <= wdata_i[15:0];
        REG_CMD_TIMEOUT: timeout_q    <= wdata_i;
        REG_CMD:         if (!cmd_status_i[31]) last_cmd_q <= wdata_i;
        default: ;
      endcase
    end
  end

  assign timeout_o      = timeout_q;
  assign region_sel_o   = sel_q[9:0];
  assign region_we_o    = is_region_commit;

  always_comb begin
    region_entry_o = '0;
    if (is_region_commit) region_entry_o = {wdata_i[31], wdata_i[9], wdata_i[8], wdata_i[5:0],
                                            tenant_q, len_q, bus_q};
  end

  assign invalidate_o   = is_region_commit && !wdata_i[31];

  // -- reads ----------------------------------------------------------------------------------
  logic [19:0]       rq_off;
  logic [QWidth-1:0] rq;
  logic [31:0]       rdata;
  assign counter_word_o = 5'((raddr_i - REG_CTR_BASE) >> 2);

  always_ff @(posedge clk_i) begin
    if (!rst_ni)   rdata_o <= '0;
    else if (re_i) rdata_o <= rdata;
  end

  always_comb begin
    rdata  = '0;
    rq_off = '0;
    rq     = '0;
    if (re_i) begin
      rq_off = raddr_i - QREG_BASE[19:0];
      rq     = rq_off[8 +: QWidth];
      if (raddr_i >= QREG_BASE[19:0]) begin
        if (32'(rq_off) < NumQueues * QREG_STRIDE) begin
          case (rq_off[7:0])
            QREG_STATE:         rdata = 32'(state_i[rq*3 +: 3]);
            QREG_EPOCH:         rdata = epoch_i[rq*32 +: 32];
            QREG_SQ_TAIL:       rdata = tail_i[rq*32 +: 32];
            QREG_SQ_HEAD:       rdata = head_i[rq*32 +: 32];
            QREG_CQ_TAIL:       rdata = cq_tail_i[rq*32 +: 32];
            QREG_CQ_HEAD:       rdata = cq_head_i[rq*32 +: 32];
            QREG_N_ACCEPTED:    rdata = n_accepted_i[rq*32 +: 32];
            QREG_N_COMPLETED:   rdata = n_completed_i[rq*32 +: 32];
            QREG_N_SILENT:      rdata = n_silent_i[rq*32 +: 32];
            QREG_N_UNDELIVERED: rdata = n_undelivered_i[rq*32 +: 32];
            QREG_N_IN_FLIGHT:   rdata = in_flight_i[rq*32 +: 32];
            QREG_N_EVENTS:      rdata = n_events_i[rq*32 +: 32];
            QREG_N_DOORBELLS:   rdata = n_doorbells_i[rq*32 +: 32];
            QREG_N_DB_REJECTED: rdata = n_rejected_i[rq*32 +: 32];
            QREG_N_DB_INVALID:  rdata = n_invalid_i[rq*32 +: 32];
            QREG_N_REFETCH:     rdata = n_refetch_i[rq*32 +: 32];
            default: if (rq_off[7:0] <= QREG_CQ_START)
              rdata = config_q[{rq, rq_off[6:2]}];
          endcase
        end
      end else if (raddr_i >= REG_CTR_BASE && 32'(raddr_i) < 32'(REG_CTR_BASE) + 8 * COUNTERS) begin
        rdata = counter_i;
      end else if (raddr_i >= REG_CAP_OP0 && raddr_i < REG_CAP_OP0 + 20'd32) begin
        rdata = OpcodeMap[{raddr_i[4:2], 5'd0} +: 32];
      end else begin
        case (raddr_i)
          REG_MAGIC:         rdata = MAGIC;
          REG_VERSION:       rdata = VERSION;
          REG_CONTRACT_LO:   rdata = CONTRACT_HASH[31:0];
          REG_CONTRACT_HI:   rdata = CONTRACT_HASH[63:32];
          REG_KIND:          rdata = 32'(kind_i);
          REG_BUILD:         rdata = build_id_i;
          REG_CLOCK_KHZ:     rdata = 32'(ClockKhz);
          REG_CAP_CLAUSES:   rdata = CAPS_V1;
          REG_CAP_RING:      rdata = {16'd0, RING_LOG2_MAX[7:0], RING_LOG2_MIN[7:0]};
          REG_CAP_QUEUES:    rdata = 32'(NumQueues);
          REG_CAP_REGIONS:   rdata = 32'(NumRegions);
          REG_CAP_DB_STRIDE: rdata = 32'(DbStride);
          REG_RT_SEL:        rdata = sel_q;
          REG_RT_BUS_LO:     rdata = bus_q[31:0];
          REG_RT_BUS_HI:     rdata = 32'(bus_q[47:32]);
          REG_RT_LEN_LO:     rdata = len_q[31:0];
          REG_RT_LEN_HI:     rdata = 32'(len_q[39:32]);
          REG_RT_TENANT:     rdata = 32'(tenant_q);
          REG_RT_COMMIT:     rdata = {rights_q[8], 21'd0, rights_q[7:6], 2'd0, rights_q[5:0]};
          REG_RT_BUSY:       rdata = 32'(region_busy_i);
          REG_CMD:           rdata = last_cmd_q;
          REG_CMDSTS:        rdata = cmd_status_i;
          REG_CMD_TIMEOUT:   rdata = timeout_q;
          REG_LEASE:         rdata = lease_left_i;
          REG_LEASE_STS:     rdata = 32'(lease_status_i);
          REG_EV_COUNT:      rdata = event_count_i;
          REG_EV_LOST:       rdata = event_lost_i;
          REG_EV_LEVEL:      rdata = event_level_i;
          REG_EV_W0:         rdata = event_entry_i[31:0];
          REG_EV_W1:         rdata = event_entry_i[63:32];
          REG_EV_W2:         rdata = event_entry_i[95:64];
          REG_EV_W3:         rdata = event_entry_i[127:96];
          REG_EV_W4:         rdata = event_entry_i[159:128];
          REG_FE_STS:        rdata = 32'(first_status_i);
          REG_FE_W0:         rdata = first_entry_i[31:0];
          REG_FE_W1:         rdata = first_entry_i[63:32];
          REG_FE_W2:         rdata = first_entry_i[95:64];
          REG_FE_W3:         rdata = first_entry_i[127:96];
          REG_FE_W4:         rdata = first_entry_i[159:128];
          default: ;
        endcase
      end
    end
  end
endmodule
