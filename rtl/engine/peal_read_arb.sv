// SPDX-License-Identifier: MIT
// The read side of the bus: its clients share the address channel, round robin,
// and each gets its data back by ID. Clients have room for what they asked for,
// so data never waits.
//   ID 0 descriptors, 1 stream X, 2 stream Y, 3 records, 4 host lines
`include "peal_assert.svh"

module peal_read_arb #(
  parameter int N = 5
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         halt_i,    // begin no transaction

  input  logic [N-1:0] valid_i,
  output logic [N-1:0] ready_o,
  input  logic [N*48-1:0] addr_i, // 48 bits a client
  input  logic [N*8-1:0] len_i,   // 8 bits a client

  output logic [N-1:0] beat_o,
  output logic [511:0] data_o,
  output logic         error_o,
  output logic         last_o,
  output logic [N-1:0] waiting_o, // the client has reads outstanding

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
  input  logic         m_rlast_i
);
  logic       any, free, grant;
  logic [2:0] client;
  logic [2:0] unused_level;

  peal_rr_arb #(.N(N), .IdxWidth(3)) u_arb (
    .clk_i, .rst_ni, .req_i(valid_i), .advance_i(grant), .any_o(any), .idx_o(client)
  );

  assign grant = any && free && !halt_i;

  always_comb begin
    ready_o = '0;
    if (grant) ready_o[client] = 1'b1;
  end

  // A queue rather than a register: nothing inside the engine depends on m_arready_i at once.
  peal_fifo #(.Width(59), .Depth(4)) u_ar (
    .clk_i, .rst_ni,
    .push_i (grant),
    .data_i ({client, addr_i[client*48 + 6 +: 42], 6'd0, len_i[client*8 +: 8]}),
    .ready_o(free),
    .valid_o(m_arvalid_o),
    .data_o ({m_arid_o, m_araddr_o, m_arlen_o}),
    .pop_i  (m_arvalid_o && m_arready_i),
    .level_o(unused_level)
  );

  assign m_rready_o = 1'b1;
  assign data_o     = m_rdata_i;
  assign error_o    = m_rresp_i[1];
  assign last_o     = m_rlast_i;

  for (genvar c = 0; c < N; c++) begin : g_client
    logic [9:0] bursts_q;   // outstanding

    assign beat_o[c]    = m_rvalid_i && m_rid_i == 3'(c);
    assign waiting_o[c] = bursts_q != 0;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) bursts_q <= '0;
      else bursts_q <= bursts_q + 10'(ready_o[c]) - 10'(beat_o[c] && m_rlast_i);
    end
  end

  logic unused;
  assign unused = ^{m_rresp_i[0], addr_i};

  `PEAL_COVER(read_address_stalled, m_arvalid_o && !m_arready_i)
endmodule
