// SPDX-License-Identifier: MIT
// AXI4-Lite slave: turns bus transactions into single-cycle register accesses.
// A write is taken when address and data are both there, so a doorbell acts on
// the edge that accepts it. One read and one write at a time; always OKAY.
`include "peal_assert.svh"

module peal_axil (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        s_awvalid_i,
  output logic        s_awready_o,
  input  logic [19:0] s_awaddr_i,
  input  logic        s_wvalid_i,
  output logic        s_wready_o,
  input  logic [31:0] s_wdata_i,
  output logic        s_bvalid_o,
  input  logic        s_bready_i,
  output logic [1:0]  s_bresp_o,

  input  logic        s_arvalid_i,
  output logic        s_arready_o,
  input  logic [19:0] s_araddr_i,
  output logic        s_rvalid_o,
  input  logic        s_rready_i,
  output logic [31:0] s_rdata_o,
  output logic [1:0]  s_rresp_o,

  // register side: we_o with address and data; re_o with address, data one cycle later
  output logic        we_o,
  output logic [19:0] waddr_o,
  output logic [31:0] wdata_o,
  output logic        re_o,
  output logic [19:0] raddr_o,
  input  logic [31:0] rdata_i
);
  logic bvalid_q, reading_q, rvalid_q;
  logic [31:0] rdata_q;

  assign we_o        = s_awvalid_i && s_wvalid_i && !bvalid_q;
  assign s_awready_o = we_o;
  assign s_wready_o  = we_o;
  assign waddr_o     = {s_awaddr_i[19:2], 2'b00};
  assign wdata_o     = s_wdata_i;
  assign s_bvalid_o  = bvalid_q;
  assign s_bresp_o   = 2'b00;

  assign re_o        = s_arvalid_i && !reading_q && !rvalid_q;
  assign s_arready_o = re_o;
  assign raddr_o     = {s_araddr_i[19:2], 2'b00};
  assign s_rvalid_o  = rvalid_q;
  assign s_rdata_o   = rdata_q;
  assign s_rresp_o   = 2'b00;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bvalid_q  <= 1'b0;
      reading_q <= 1'b0;
      rvalid_q  <= 1'b0;
      rdata_q   <= '0;
    end else begin
      if (we_o) bvalid_q <= 1'b1;
      else if (s_bready_i) bvalid_q <= 1'b0;

      reading_q <= re_o;
      if (reading_q) begin
        rvalid_q <= 1'b1;
        rdata_q  <= rdata_i;
      end else if (s_rready_i) begin
        rvalid_q <= 1'b0;
      end
    end
  end

  `PEAL_COVER(register_write_answer_back_pressured, bvalid_q && !s_bready_i)
  `PEAL_COVER(register_read_back_pressured, rvalid_q && !s_rready_i)
endmodule
