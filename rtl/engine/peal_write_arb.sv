// SPDX-License-Identifier: MIT
// The write side of the bus: the clients offer bursts, beat by beat; a burst once
// begun goes on to its last beat. Address and data leave through small queues, so
// that one single-beat burst a cycle gets through. Answers go back by ID.
//   ID 0 completions, 1 mover, 2 tokens, 3 records, 4 device lines
// Each client has ports of its own; only the mover and the tokens have bursts of
// more than one beat.
`include "peal_assert.svh"

module peal_write_arb (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  logic          halt_i,    // begin no transaction

  input  logic [4:0]    valid_i,
  output logic [4:0]    ready_o,
  input  logic [47:0]   c0_addr_i,  // held over the burst
  input  logic [511:0]  c0_data_i,
  input  logic [63:0]   c0_strb_i,
  input  logic [47:0]   c1_addr_i,
  input  logic [7:0]    c1_len_i,   // beats - 1
  input  logic [511:0]  c1_data_i,
  input  logic [63:0]   c1_strb_i,
  input  logic          c1_last_i,
  input  logic [47:0]   c2_addr_i,
  input  logic [7:0]    c2_len_i,
  input  logic [511:0]  c2_data_i,
  input  logic [63:0]   c2_strb_i,
  input  logic          c2_last_i,
  input  logic [47:0]   c3_addr_i,
  input  logic [511:0]  c3_data_i,
  input  logic [47:0]   c4_addr_i,
  input  logic [511:0]  c4_data_i,
  input  logic [63:0]   c4_strb_i,

  output logic [4:0]    answered_o,
  output logic          error_o,
  output logic          waiting_o, // something offered, on its way or not answered
  output logic          busy_o,    // something on its way or not answered

  output logic          m_awvalid_o,
  input  logic          m_awready_i,
  output logic [2:0]    m_awid_o,
  output logic [47:0]   m_awaddr_o,
  output logic [7:0]    m_awlen_o,
  output logic          m_wvalid_o,
  input  logic          m_wready_i,
  output logic [511:0]  m_wdata_o,
  output logic [63:0]   m_wstrb_o,
  output logic          m_wlast_o,
  input  logic          m_bvalid_i,
  output logic          m_bready_o,
  input  logic [2:0]    m_bid_i,
  input  logic [1:0]    m_bresp_i
);
  localparam int N = 5;

  logic       any, locked_q, aw_ready, w_ready, go;
  logic [2:0] choice, client, client_q;
  logic [2:0] unused_aw_level, unused_w_level;
  logic [9:0] outstanding_q;

  // The choice moves on with the first beat of a burst.
  peal_rr_arb #(.N(N), .IdxWidth(3)) u_arb (
    .clk_i, .rst_ni, .req_i(valid_i), .advance_i(go && !locked_q), .any_o(any), .idx_o(choice)
  );

  assign client = locked_q ? client_q : choice;
  assign go     = any && valid_i[client] && w_ready && (locked_q || (aw_ready && !halt_i));

  always_comb begin
    ready_o = '0;
    if (go) ready_o[client] = 1'b1;
  end

  logic [47:0]  addr;
  logic [7:0]   len;
  logic [511:0] data;
  logic [63:0]  strb;
  logic         last;

  always_comb begin
    addr = '0;
    len  = '0;
    data = '0;
    strb = '1;
    last = 1'b1;
    if (go) begin
      case (client)
        3'd0: begin
          addr = c0_addr_i;
          data = c0_data_i;
          strb = c0_strb_i;
        end
        3'd1: begin
          addr = c1_addr_i;
          len  = c1_len_i;
          data = c1_data_i;
          strb = c1_strb_i;
          last = c1_last_i;
        end
        3'd2: begin
          addr = c2_addr_i;
          len  = c2_len_i;
          data = c2_data_i;
          strb = c2_strb_i;
          last = c2_last_i;
        end
        3'd3: begin
          addr = c3_addr_i;
          data = c3_data_i;
        end
        default: begin
          addr = c4_addr_i;
          data = c4_data_i;
          strb = c4_strb_i;
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      locked_q <= 1'b0;
      client_q <= '0;
    end else if (go) begin
      locked_q <= !last;
      client_q <= client;
    end
  end

  peal_fifo #(.Width(59), .Depth(4)) u_aw (
    .clk_i, .rst_ni,
    .push_i (go && !locked_q),
    .data_i ({client, addr, len}),
    .ready_o(aw_ready),
    .valid_o(m_awvalid_o),
    .data_o ({m_awid_o, m_awaddr_o, m_awlen_o}),
    .pop_i  (m_awvalid_o && m_awready_i),
    .level_o(unused_aw_level)
  );

  peal_beat_fifo #(.Width(65), .Depth(4)) u_w (
    .clk_i, .rst_ni,
    .push_i (go),
    .data_i (data),
    .side_i ({last, strb}),
    .ready_o(w_ready),
    .valid_o(m_wvalid_o),
    .data_o (m_wdata_o),
    .side_o ({m_wlast_o, m_wstrb_o}),
    .pop_i  (m_wvalid_o && m_wready_i),
    .level_o(unused_w_level)
  );

  assign m_bready_o  = 1'b1;
  assign error_o     = m_bresp_i[1];

  for (genvar c = 0; c < N; c++) begin : g_client
    assign answered_o[c] = m_bvalid_i && m_bid_i == 3'(c);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) outstanding_q <= '0;
    else if ((go && !locked_q) != m_bvalid_i)
      outstanding_q <= m_bvalid_i ? outstanding_q - 1'b1 : outstanding_q + 1'b1;
  end

  assign waiting_o = any || outstanding_q != 0;
  assign busy_o    = outstanding_q != 0;

  logic unused;
  assign unused = m_bresp_i[0];

  `PEAL_COVER(write_address_stalled, m_awvalid_o && !m_awready_i)
  `PEAL_COVER(write_data_stalled, m_wvalid_o && !m_wready_i)
  `PEAL_COVER(write_clients_all_ask, &valid_i)
endmodule
