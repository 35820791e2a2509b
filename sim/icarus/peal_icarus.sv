// SPDX-License-Identifier: MIT
// The engine under Icarus Verilog: clock, wires, and two calls a cycle into
// bridge/icarus_vpi.c, which talks to the host.
//
// A cycle is the one of bridge/verilator_device.cc: inputs change with the
// falling edge, outputs are sampled when they have settled, then the clock rises.
// Signals that the calls move together are packed into one vector.
module peal_icarus #(
  parameter int NumQueues = 8,
  parameter int NumRegions = 64,
  parameter int DbStride = 64,
  parameter int Window = 256,
  parameter int RolloutSlots = 16
);
  // -- driven by the host -------------------------------------------------------------------
  reg          clk = 0;
  reg  [21:0]  inputs = 0;
  reg  [19:0]  s_awaddr = 0, s_araddr = 0;
  reg  [31:0]  s_wdata = 0, build_id = 0, kind = 0;
  reg  [511:0] m_rdata = 0;

  wire         rst_n, s_awvalid, s_wvalid, s_bready, s_arvalid, s_rready;
  wire         m_arready, m_rvalid, m_rlast, m_awready, m_wready, m_bvalid;
  wire [2:0]   m_rid, m_bid;
  wire [1:0]   m_rresp, m_bresp;
  assign {m_bresp, m_bid, m_bvalid, m_wready, m_awready, m_rlast, m_rresp, m_rid, m_rvalid,
          m_arready, s_rready, s_arvalid, s_bready, s_wvalid, s_awvalid, rst_n} = inputs;

  // -- driven by the engine -----------------------------------------------------------------
  wire         s_awready, s_wready, s_bvalid, s_arready, s_rvalid;
  wire         m_arvalid, m_rready, m_awvalid, m_wvalid, m_wlast, m_bready, timers, busy;
  wire [1:0]   s_bresp, s_rresp;
  wire [31:0]  s_rdata;
  wire [2:0]   m_arid, m_awid;
  wire [47:0]  m_araddr, m_awaddr;
  wire [7:0]   m_arlen, m_awlen;
  wire [511:0] m_wdata;
  wire [63:0]  m_wstrb;
  wire [NumQueues-1:0] irq;
  wire [63:0]  lines = irq;

  wire [75:0]  control = {lines, busy, timers, m_bready, m_wvalid, m_awvalid, m_rready, m_arvalid,
                          s_rvalid, s_arready, s_bvalid, s_wready, s_awready};
  wire [95:0]  ar = {m_araddr, 16'(m_arid), 32'(m_arlen)};
  wire [95:0]  aw = {m_awaddr, 16'(m_awid), 32'(m_awlen)};
  wire [607:0] w = {32'(m_wlast), m_wstrb, m_wdata};
  wire [63:0]  r = {32'(s_rresp), s_rdata};
  wire [31:0]  b = 32'(s_bresp);

  peal_engine #(
    .NumQueues(NumQueues), .NumRegions(NumRegions), .DbStride(DbStride), .Window(Window),
    .RolloutSlots(RolloutSlots)
  ) u_engine (
    .clk_i(clk), .rst_ni(rst_n), .build_id_i(build_id), .kind_i(kind[7:0]),
    .s_awvalid_i(s_awvalid), .s_awready_o(s_awready), .s_awaddr_i(s_awaddr),
    .s_wvalid_i(s_wvalid), .s_wready_o(s_wready), .s_wdata_i(s_wdata),
    .s_bvalid_o(s_bvalid), .s_bready_i(s_bready), .s_bresp_o(s_bresp),
    .s_arvalid_i(s_arvalid), .s_arready_o(s_arready), .s_araddr_i(s_araddr),
    .s_rvalid_o(s_rvalid), .s_rready_i(s_rready), .s_rdata_o(s_rdata), .s_rresp_o(s_rresp),
    .m_arvalid_o(m_arvalid), .m_arready_i(m_arready), .m_arid_o(m_arid), .m_araddr_o(m_araddr),
    .m_arlen_o(m_arlen), .m_rvalid_i(m_rvalid), .m_rready_o(m_rready), .m_rid_i(m_rid),
    .m_rdata_i(m_rdata), .m_rresp_i(m_rresp), .m_rlast_i(m_rlast),
    .m_awvalid_o(m_awvalid), .m_awready_i(m_awready), .m_awid_o(m_awid), .m_awaddr_o(m_awaddr),
    .m_awlen_o(m_awlen), .m_wvalid_o(m_wvalid), .m_wready_i(m_wready), .m_wdata_o(m_wdata),
    .m_wstrb_o(m_wstrb), .m_wlast_o(m_wlast), .m_bvalid_i(m_bvalid), .m_bready_o(m_bready),
    .m_bid_i(m_bid), .m_bresp_i(m_bresp),
    .irq_o(irq), .timers_o(timers), .busy_o(busy)
  );

  // -- waves, where the command line asks for them; two units of time a cycle --------------
  string       wave_file;
  reg          waves = 0;
  reg [63:0]   cycle = 0, waves_from = 0, waves_to = 0;   // the reset's cycles counted too

  initial if ($value$plusargs("trace=%s", wave_file)) begin
    waves = 1;
    if ($value$plusargs("trace_from=%d", waves_from)) waves = 1;
    if ($value$plusargs("trace_to=%d", waves_to)) waves = 1;
    $dumpfile(wave_file);
  end

  task dump;
    begin
      if (cycle == waves_from) $dumpvars(0, peal_icarus);
      if (cycle == waves_to && waves_to != 0) $dumpoff;
      cycle = cycle + 1;
    end
  endtask

  initial begin
    $peal_open(NumQueues);
    forever begin
      if (waves) dump;
      $peal_turn;  // hands over the cycle that is done, takes the inputs of the next
      clk = 0;
      #1 $peal_sample;
      clk = 1;
      #1;
    end
  end
endmodule
