// SPDX-License-Identifier: MIT
//
// axi_tester: a bus master for the tests of the bridge, with the ports of
// peal_engine. Registers start a reader and a writer that issue `count` bursts
// of `beats` lines each from `addr` on, as fast as the bus lets them, and count
// cycles. `plant` makes it break one AXI rule, or end, on purpose.
//
//   00 MAGIC     04 SCRATCH   08 (never answers)   0c (answers SLVERR)
//   10 ADDR_LO   14 ADDR_HI   18 BEATS  1c COUNT   20 STRB_LO  24 STRB_HI
//   28 GO: 0 read, 1 write, 2 R throttled, 3 W before its AW, 4 starts five cycles late
//   30 STATUS: 0 busy, 5:4 last RRESP, 7:6 last BRESP   34 RRESP errors   38 BRESP errors
//   3c T_READ: AR handshake to first R      40 T_WRITE: last W of the first burst to its B
//   44 T_ALL: cycles busy    48 most reads outstanding  4c R beats   50 fold of the R data
//   54 PLANT     58 bits 6:4 step the ID by so much from burst to burst
//   80.. R data of the last beat (16 words)   c0.. W data (16 words, word 0 + number of the beat)
//
`default_nettype none

module axi_tester (
  input  wire         clk_i,
  input  wire         rst_ni,
  input  wire [31:0]  build_id_i,
  input  wire [7:0]   kind_i,

  input  wire         s_awvalid_i,
  output logic        s_awready_o,
  input  wire [19:0]  s_awaddr_i,
  input  wire         s_wvalid_i,
  output logic        s_wready_o,
  input  wire [31:0]  s_wdata_i,
  output logic        s_bvalid_o,
  input  wire         s_bready_i,
  output logic [1:0]  s_bresp_o,
  input  wire         s_arvalid_i,
  output logic        s_arready_o,
  input  wire [19:0]  s_araddr_i,
  output logic        s_rvalid_o,
  input  wire         s_rready_i,
  output logic [31:0] s_rdata_o,
  output logic [1:0]  s_rresp_o,

  output logic        m_arvalid_o,
  input  wire         m_arready_i,
  output logic [2:0]  m_arid_o,
  output logic [47:0] m_araddr_o,
  output logic [7:0]  m_arlen_o,
  input  wire         m_rvalid_i,
  output logic        m_rready_o,
  input  wire [2:0]   m_rid_i,
  input  wire [511:0] m_rdata_i,
  input  wire [1:0]   m_rresp_i,
  input  wire         m_rlast_i,
  output logic        m_awvalid_o,
  input  wire         m_awready_i,
  output logic [2:0]  m_awid_o,
  output logic [47:0] m_awaddr_o,
  output logic [7:0]  m_awlen_o,
  output logic        m_wvalid_o,
  input  wire         m_wready_i,
  output logic [511:0] m_wdata_o,
  output logic [63:0] m_wstrb_o,
  output logic        m_wlast_o,
  input  wire         m_bvalid_i,
  output logic        m_bready_o,
  input  wire [2:0]   m_bid_i,
  input  wire [1:0]   m_bresp_i,

  output logic [7:0]  irq_o,
  output logic        timers_o,
  output logic        busy_o
);

  // What PLANT breaks.
  localparam logic [4:0] PlantArDrop = 1;     // ARVALID falls while it waits
  localparam logic [4:0] PlantArChange = 2;   // ARADDR changes while it waits
  localparam logic [4:0] PlantAwDrop = 3;
  localparam logic [4:0] PlantAwChange = 4;
  localparam logic [4:0] PlantWDrop = 5;
  localparam logic [4:0] PlantWChange = 6;
  localparam logic [4:0] PlantWlastEarly = 7;
  localparam logic [4:0] PlantWlastLate = 8;
  localparam logic [4:0] PlantUnaligned = 9;  // ARADDR off a line
  localparam logic [4:0] PlantLiteR = 10;     // RVALID without a read
  localparam logic [4:0] PlantLiteB = 11;
  localparam logic [4:0] PlantDeaf = 12;      // R never taken
  localparam logic [4:0] PlantFinish = 16;
  localparam logic [4:0] PlantStop = 17;
  localparam logic [4:0] PlantFatal = 18;
  localparam logic [4:0] PlantAssert = 19;    // fails only where assertions are on
  localparam logic [4:0] PlantLoop = 20;      // a combinational loop that never settles

  logic [31:0] scratch_q, count_q, strb_lo_q, strb_hi_q, fold_q;
  logic [47:0] addr_q;
  logic [7:0]  beats_q;
  logic [2:0]  id_step_q;
  logic [4:0]  plant_q;
  logic [511:0] rdata_q, wdata_q;
  logic [31:0] rerr_q, berr_q, t_read_q, t_write_q, t_all_q, most_q, out_q, rbeats_q;
  logic [1:0]  rresp_q, bresp_q;
  logic        throttle_q, data_first_q, tick_q;

  // ---- registers: one access at a time, answered in the next cycle ----------

  logic aw_q, w_q, write_e, read_e;
  logic [7:0] waddr_q, waddr;
  logic [31:0] wvalue_q, wvalue;

  assign s_awready_o = !aw_q && !s_bvalid_o;
  assign s_wready_o = !w_q && !s_bvalid_o;
  assign s_arready_o = !s_rvalid_o;
  assign waddr = aw_q ? waddr_q : s_awaddr_i[7:0];
  assign wvalue = w_q ? wvalue_q : s_wdata_i;
  assign write_e = (aw_q || (s_awvalid_i && s_awready_o)) && (w_q || (s_wvalid_i && s_wready_o));
  assign read_e = s_arvalid_i && s_arready_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_q <= 1'b0;
      w_q <= 1'b0;
      s_bvalid_o <= 1'b0;
      s_bresp_o <= 2'b00;
      waddr_q <= 8'h0;
      wvalue_q <= 32'h0;
    end else begin
      aw_q <= !write_e && (aw_q || (s_awvalid_i && s_awready_o));
      w_q <= !write_e && (w_q || (s_wvalid_i && s_wready_o));
      waddr_q <= waddr;
      wvalue_q <= wvalue;
      if (s_bvalid_o && s_bready_i) s_bvalid_o <= 1'b0;
      if (write_e && waddr != 8'h08) s_bvalid_o <= 1'b1;
      if (write_e) s_bresp_o <= waddr == 8'h0c ? 2'b10 : 2'b00;
      if (plant_q == PlantLiteB) s_bvalid_o <= 1'b1;
    end
  end

  /* verilator lint_off UNOPTFLAT */
  logic loop;
  assign loop = plant_q == PlantLoop && !loop;
  /* verilator lint_on UNOPTFLAT */

  logic [31:0] rvalue;
  always_comb begin
    rvalue = 32'h0;
    case (s_araddr_i[7:0])
      8'h00: rvalue = 32'h74736574;
      8'h04: rvalue = scratch_q;
      8'h30: rvalue = {24'h0, bresp_q, rresp_q, 3'h0, busy_o};
      8'h34: rvalue = rerr_q;
      8'h38: rvalue = berr_q;
      8'h3c: rvalue = t_read_q;
      8'h40: rvalue = t_write_q;
      8'h44: rvalue = t_all_q;
      8'h48: rvalue = most_q;
      8'h4c: rvalue = rbeats_q;
      8'h50: rvalue = fold_q;
      8'h5c: rvalue = build_id_i;
      8'h60: rvalue = {24'h0, kind_i};
      8'h64: rvalue = {31'h0, loop};
      default:
        if (s_araddr_i[7:6] == 2'b10) rvalue = rdata_q[{s_araddr_i[5:2], 5'h0} +: 32];
        else if (s_araddr_i[7:6] == 2'b11) rvalue = wdata_q[{s_araddr_i[5:2], 5'h0} +: 32];
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      s_rvalid_o <= 1'b0;
      s_rresp_o <= 2'b00;
      s_rdata_o <= 32'h0;
    end else begin
      if (s_rvalid_o && s_rready_i) s_rvalid_o <= 1'b0;
      if (read_e) begin
        s_rvalid_o <= s_araddr_i[7:0] != 8'h08;
        s_rresp_o <= s_araddr_i[7:0] == 8'h0c ? 2'b10 : 2'b00;
        s_rdata_o <= rvalue;
      end
      if (plant_q == PlantLiteR) s_rvalid_o <= 1'b1;
    end
  end

  logic go_read, go_write;
  logic [1:0] go;
  logic [4:0] late_read_q, late_write_q;
  assign go = write_e && waddr == 8'h28 ? wvalue[1:0] : 2'b00;
  assign go_read = (go[0] && !wvalue[4]) || late_read_q[4];
  assign go_write = (go[1] && !wvalue[4]) || late_write_q[4];

  always_ff @(posedge clk_i) begin
    late_read_q <= rst_ni ? {late_read_q[3:0], go[0] && wvalue[4]} : 5'h0;
    late_write_q <= rst_ni ? {late_write_q[3:0], go[1] && wvalue[4]} : 5'h0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      scratch_q <= 32'h0;
      addr_q <= 48'h0;
      beats_q <= 8'h1;
      count_q <= 32'h1;
      strb_lo_q <= 32'hffffffff;
      strb_hi_q <= 32'hffffffff;
      plant_q <= 5'h0;
      id_step_q <= 3'h0;
      wdata_q <= 512'h0;
      throttle_q <= 1'b0;
      data_first_q <= 1'b0;
    end else if (write_e) begin
      case (waddr)
        8'h04: scratch_q <= wvalue;
        8'h10: addr_q[31:0] <= wvalue;
        8'h14: addr_q[47:32] <= wvalue[15:0];
        8'h18: beats_q <= wvalue[7:0];
        8'h1c: count_q <= wvalue;
        8'h20: strb_lo_q <= wvalue;
        8'h24: strb_hi_q <= wvalue;
        8'h28: {data_first_q, throttle_q} <= wvalue[3:2];
        8'h54: plant_q <= wvalue[4:0];
        8'h58: id_step_q <= wvalue[6:4];
        default: if (waddr[7:6] == 2'b11) wdata_q[{waddr[5:2], 5'h0} +: 32] <= wvalue;
      endcase
    end
  end

  // ---- reader -----------------------------------------------------------------

  logic [31:0] ar_left_q, r_left_q;
  logic ar_fire, r_fire;

  assign ar_fire = m_arvalid_o && m_arready_i;
  assign r_fire = m_rvalid_i && m_rready_o;
  assign m_arlen_o = beats_q - 8'h1;
  assign m_rready_o = plant_q != PlantDeaf && (!throttle_q || tick_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      m_arvalid_o <= 1'b0;
      m_arid_o <= 3'h0;
      m_araddr_o <= 48'h0;
      ar_left_q <= 32'h0;
      tick_q <= 1'b0;
    end else begin
      tick_q <= !tick_q;
      if (go_read) begin
        m_arvalid_o <= 1'b1;
        m_arid_o <= 3'h0;
        m_araddr_o <= plant_q == PlantUnaligned ? addr_q + 48'h8 : addr_q;
        ar_left_q <= count_q;
      end else if (ar_fire) begin
        m_arvalid_o <= ar_left_q != 32'h1;
        m_arid_o <= m_arid_o + id_step_q;
        m_araddr_o <= m_araddr_o + {34'h0, beats_q, 6'h0};
        ar_left_q <= ar_left_q - 32'h1;
      end else if (m_arvalid_o && plant_q == PlantArDrop) begin
        m_arvalid_o <= 1'b0;
      end else if (m_arvalid_o && plant_q == PlantArChange) begin
        m_araddr_o <= m_araddr_o ^ 48'h1000;
      end
    end
  end

  logic [31:0] fold;
  always_comb begin
    fold = 32'h0;
    for (int i = 0; i < 16; i++) fold = fold ^ m_rdata_i[32 * i +: 32];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      r_left_q <= 32'h0;
      rdata_q <= 512'h0;
      {rerr_q, rbeats_q, fold_q} <= 96'h0;
      rresp_q <= 2'b00;
    end else if (go_read) begin
      r_left_q <= count_q;
      {rerr_q, rbeats_q, fold_q} <= 96'h0;
    end else if (r_fire) begin
      r_left_q <= r_left_q - {31'h0, m_rlast_i};
      rdata_q <= m_rdata_i;
      rbeats_q <= rbeats_q + 32'h1;
      fold_q <= {fold_q[30:0], fold_q[31]} ^ fold;
      rresp_q <= m_rresp_i;
      if (m_rresp_i != 2'b00) rerr_q <= rerr_q + 32'h1;
    end
  end

  // ---- writer -----------------------------------------------------------------

  logic [31:0] aw_left_q, w_left_q, b_left_q, beat_q;
  logic [7:0]  w_beat_q;
  logic aw_fire, w_fire, w_end, b_fire;

  assign aw_fire = m_awvalid_o && m_awready_i;
  assign w_fire = m_wvalid_o && m_wready_i;
  assign b_fire = m_bvalid_i && m_bready_o;
  assign m_awlen_o = beats_q - 8'h1;
  assign m_bready_o = 1'b1;
  assign m_wstrb_o = {strb_hi_q, strb_lo_q};
  assign w_end = w_beat_q == beats_q - 8'h1;
  assign m_wlast_o = plant_q == PlantWlastEarly ? w_beat_q == 8'h0 :
                     plant_q == PlantWlastLate ? 1'b0 : w_end;
  assign m_wdata_o = {wdata_q[511:32], wdata_q[31:0] + beat_q};

  // With data_first_q, AW waits until half of the data are out.
  logic aw_hold;
  assign aw_hold = data_first_q && w_left_q > {1'b0, count_q[31:1]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      m_awvalid_o <= 1'b0;
      m_awid_o <= 3'h0;
      m_awaddr_o <= 48'h0;
      aw_left_q <= 32'h0;
    end else begin
      if (go_write) begin
        m_awvalid_o <= !(go[1] ? wvalue[3] : data_first_q);
        m_awid_o <= 3'h0;
        m_awaddr_o <= addr_q;
        aw_left_q <= count_q;
      end else if (aw_fire) begin
        m_awvalid_o <= aw_left_q != 32'h1;
        m_awid_o <= m_awid_o + id_step_q;
        m_awaddr_o <= m_awaddr_o + {34'h0, beats_q, 6'h0};
        aw_left_q <= aw_left_q - 32'h1;
      end else if (m_awvalid_o && plant_q == PlantAwDrop) begin
        m_awvalid_o <= 1'b0;
      end else if (m_awvalid_o && plant_q == PlantAwChange) begin
        m_awaddr_o <= m_awaddr_o ^ 48'h1000;
      end else if (aw_left_q != 32'h0 && !aw_hold) begin
        m_awvalid_o <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      m_wvalid_o <= 1'b0;
      w_left_q <= 32'h0;
      w_beat_q <= 8'h0;
      beat_q <= 32'h0;
    end else begin
      if (go_write) begin
        m_wvalid_o <= 1'b1;
        w_left_q <= count_q;
        w_beat_q <= 8'h0;
        beat_q <= 32'h0;
      end else if (w_fire) begin
        m_wvalid_o <= !(w_end && w_left_q == 32'h1);
        w_left_q <= w_left_q - {31'h0, w_end};
        w_beat_q <= w_end ? 8'h0 : w_beat_q + 8'h1;
        beat_q <= beat_q + 32'h1;
      end else if (m_wvalid_o && plant_q == PlantWDrop) begin
        m_wvalid_o <= 1'b0;
      end else if (m_wvalid_o && plant_q == PlantWChange) begin
        beat_q <= beat_q + 32'h1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      b_left_q <= 32'h0;
      berr_q <= 32'h0;
      bresp_q <= 2'b00;
    end else if (go_write) begin
      b_left_q <= count_q;
      berr_q <= 32'h0;
    end else if (b_fire) begin
      b_left_q <= b_left_q - 32'h1;
      bresp_q <= m_bresp_i;
      if (m_bresp_i != 2'b00) berr_q <= berr_q + 32'h1;
    end
  end

  assign irq_o  = 8'h0;
  assign timers_o = 1'b0;
  assign busy_o = r_left_q != 32'h0 || b_left_q != 32'h0;

  // ---- measurement ---------------------------------------------------------------

  logic ar_seen_q, r_seen_q, w_seen_q, b_seen_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || go_read || go_write) begin
      {ar_seen_q, r_seen_q, w_seen_q, b_seen_q} <= 4'h0;
      {t_read_q, t_write_q, t_all_q, most_q, out_q} <= 160'h0;
    end else begin
      ar_seen_q <= ar_seen_q || ar_fire;
      r_seen_q <= r_seen_q || r_fire;
      w_seen_q <= w_seen_q || (w_fire && w_end);
      b_seen_q <= b_seen_q || b_fire;
      if ((ar_seen_q || ar_fire) && !r_seen_q && !r_fire) t_read_q <= t_read_q + 32'h1;
      if ((w_seen_q || (w_fire && w_end)) && !b_seen_q && !b_fire) t_write_q <= t_write_q + 32'h1;
      if (busy_o) t_all_q <= t_all_q + 32'h1;
      out_q <= out_q + {31'h0, ar_fire} - {31'h0, r_fire && m_rlast_i};
      if (out_q > most_q) most_q <= out_q;
    end
  end

  // ---- endings ----------------------------------------------------------------------

  always_ff @(posedge clk_i) begin
    if (rst_ni && plant_q == PlantFinish) $finish;
    if (rst_ni && plant_q == PlantStop) $stop;
    if (rst_ni && plant_q == PlantFatal) $fatal(1, "planted fatal error");
`ifdef PEAL_ASSERT
    if (rst_ni) assert (plant_q != PlantAssert) else $error("planted assertion");
`endif
  end

`ifndef PEAL_ASSERT
  wire unused_plant = &{1'b0, PlantAssert};
`endif
  wire unused = &{1'b0, s_awaddr_i[19:8], s_araddr_i[19:8], m_rid_i, m_bid_i};

endmodule

`default_nettype wire
