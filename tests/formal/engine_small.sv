// SPDX-License-Identifier: MIT
// The engine shrunk, around it any host and a memory that answers what was asked, in
// order for each ID, after any time. Addresses and data are taken after any time too.
//
// Of a slot seven bits are free: the tag (three bits, and a torn last word) and which
// of five operations it is. They travel as these seven bits through the fetch buffer
// and become a slot in front of decode:
// cut peal_fetch.sv: [512:0] buffer => [7:0] buffer
// cut peal_fetch.sv: [512:0] out_q => [7:0] out_q
// cut peal_fetch.sv: {r_error_i, r_data_i} => {r_error_i, r_data_i[6:0]}
// cut peal_fetch.sv: = out_q[512] => = out_q[7]
// cut peal_fetch.sv: assign slot_o       = out_q[511:0]; => engine_slot u_slot (.few_i(out_q[6:0]), .slot_o);
module engine_slot (
  input  logic [6:0]   few_i,
  output logic [511:0] slot_o
);
  logic [6:0]  tag;
  logic [7:0]  op;
  logic [31:0] length;
  assign tag = {{4{few_i[5]}}, few_i[5:3]};
  always_comb begin
    case (few_i[2:0])
      3'd0:    op = 8'h00;   // NOP
      3'd1:    op = 8'h11;   // FILL: writes
      3'd2:    op = 8'h13;   // CRC32C: a unit's answer
      3'd3:    op = 8'h0f;   // STOP
      default: op = 8'hff;   // no such operation
    endcase
  end
  assign length = op == 8'h11 || op == 8'h13 ? 32'd64 : 32'd0;
  assign slot_o = {1'b1, tag ^ {7{few_i[6]}}, 56'd0, {2{1'b1, tag, 56'd0}}, 1'b1, tag, 24'd0, length,
                   {4{1'b1, tag, 56'd0}}} | {504'd0, op};
endmodule

module engine_small #(
  parameter int Queues = 2
) (
  input logic        clk_i,
  input logic        host_writes_i,
  input logic [1:0]  host_where_i,    // 0 the queue, 1 credit instead of doorbell
  input logic [4:0]  host_value_i,    // one of the 32 values around the wrap
  input logic        ar_ready_i,
  input logic        aw_ready_i,
  input logic        w_ready_i,
  input logic        r_valid_i,
  input logic        r_error_i,
  input logic [2:0]  slot_tag_i,
  input logic        slot_torn_i,
  input logic [2:0]  slot_op_i,
  input logic        b_valid_i,
  input logic [2:0]  b_id_i,
  input logic        b_error_i
);
  logic         rst_ni = 1'b0;   // reset in the first cycle and in no other
  always @(posedge clk_i) rst_ni <= 1'b1;

  logic         r_last, arvalid, rvalid, bvalid, awvalid, wvalid;
  logic [2:0]   arid, awid;
  logic [47:0]  araddr, awaddr;
  logic [7:0]   arlen, awlen;
  logic [511:0] wdata;
  logic [63:0]  wstrb;
  logic         wlast, rready, bready, ready_aw, ready_w, ready_ar, s_bvalid, s_rvalid, timers, busy;
  logic [1:0]   s_bresp, s_rresp;
  logic [Queues-1:0] irq;
  logic [31:0]  s_rdata;

  // -- memory: fetches in order, at most eight bursts of which the engine can have outstanding ----
  logic [39:0] lens_q;      // beats left of each burst, the oldest first
  logic [3:0]  bursts_q;
  logic        take, give;
  assign take   = arvalid && ar_ready_i;
  assign rvalid = r_valid_i && bursts_q != 0;
  assign r_last = lens_q[4:0] == 1;
  assign give   = rvalid && r_last;
  logic [39:0] lens;
  always_comb begin
    lens = lens_q;
    if (rvalid) lens[4:0] = lens_q[4:0] - 5'd1;
    if (give) lens = lens_q >> 5;
    for (int i = 0; i < 8; i++)
      if (take && 4'(i) == bursts_q - 4'(give)) lens[i*5 +: 5] = arlen[4:0] + 5'd1;
  end
  // answers: of each ID so many are owed
  logic aw;
  assign aw = awvalid && aw_ready_i;
  logic [3:0] owed0_q, owed1_q, owed4_q;
  assign bvalid = b_valid_i && ((b_id_i == 0 && owed0_q != 0) || (b_id_i == 1 && owed1_q != 0) ||
                                (b_id_i == 4 && owed4_q != 0));
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {lens_q, bursts_q, owed0_q, owed1_q, owed4_q} <= '0;
    end else begin
      lens_q   <= lens;
      bursts_q <= bursts_q + 4'(take) - 4'(give);
      owed0_q  <= owed0_q + 4'(aw && awid == 0) - 4'(bvalid && b_id_i == 0);
      owed1_q  <= owed1_q + 4'(aw && awid == 1) - 4'(bvalid && b_id_i == 1);
      owed4_q  <= owed4_q + 4'(aw && awid == 4) - 4'(bvalid && b_id_i == 4);
    end
  end

  peal_engine #(.NumQueues(Queues), .NumRegions(4), .Window(4), .RolloutSlots(2)) u_engine (
    .clk_i, .rst_ni, .build_id_i(32'd0), .kind_i(8'd0),
    .s_awvalid_i(host_writes_i), .s_awready_o(ready_aw),
    .s_awaddr_i({16'd0, host_where_i, 2'b00}),
    .s_wvalid_i(host_writes_i), .s_wready_o(ready_w), .s_wdata_i(32'hfffffff0 + 32'(host_value_i)),
    .s_bvalid_o(s_bvalid), .s_bready_i(1'b1), .s_bresp_o(s_bresp),
    .s_arvalid_i(1'b0), .s_arready_o(ready_ar), .s_araddr_i(20'd0),
    .s_rvalid_o(s_rvalid), .s_rready_i(1'b1), .s_rdata_o(s_rdata), .s_rresp_o(s_rresp),
    .m_arvalid_o(arvalid), .m_arready_i(ar_ready_i), .m_arid_o(arid), .m_araddr_o(araddr),
    .m_arlen_o(arlen),
    .m_rvalid_i(rvalid), .m_rready_o(rready), .m_rid_i(3'd0), .m_rdata_i({505'd0, slot_torn_i, slot_tag_i, slot_op_i}),
    .m_rresp_i({r_error_i, 1'b0}), .m_rlast_i(r_last),
    .m_awvalid_o(awvalid), .m_awready_i(aw_ready_i), .m_awid_o(awid), .m_awaddr_o(awaddr),
    .m_awlen_o(awlen),
    .m_wvalid_o(wvalid), .m_wready_i(w_ready_i), .m_wdata_o(wdata), .m_wstrb_o(wstrb),
    .m_wlast_o(wlast),
    .m_bvalid_i(bvalid), .m_bready_o(bready), .m_bid_i(b_id_i), .m_bresp_i({b_error_i, 1'b0}),
    .irq_o(irq), .timers_o(timers), .busy_o(busy)
  );
endmodule
