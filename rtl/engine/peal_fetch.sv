// SPDX-License-Identifier: MIT
// Descriptor fetch: asks for exactly what was published, in bursts that end at
// the ring's end, at a 4 KiB boundary and after 16 slots, round robin over the
// queues. What arrives waits in a buffer of one window a queue, so that a queue
// which cannot go on never stands in the way of another.
`include "peal_assert.svh"

module peal_fetch #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // the queues
  input  logic [NumQueues-1:0]    req_i,
  input  logic [NumQueues*32-1:0] idx_i,
  input  logic [NumQueues*9-1:0]  room_i,
  output logic [NumQueues*5-1:0]  n_o,
  output logic [NumQueues-1:0]    arrive_o,
  output logic [QWidth-1:0]       queue_o,     // whose ring is asked for
  input  logic [47:0]             base_i,
  input  logic [3:0]              log2_i,

  // read client
  output logic                    ar_valid_o,
  input  logic                    ar_ready_i,
  output logic [47:0]             ar_addr_o,
  output logic [7:0]              ar_len_o,
  input  logic                    r_valid_i,
  input  logic [511:0]            r_data_i,
  input  logic                    r_error_i,
  input  logic                    r_last_i,

  // buffer read port: the slot one cycle after it was asked for
  input  logic                    take_i,
  input  logic [QWidth-1:0]       take_queue_i,
  input  logic [31:0]             take_idx_i,
  output logic [511:0]            slot_o,
  output logic                    slot_error_o
);
  localparam int WWidth = $clog2(Window);
  localparam int Bursts = 64;

  logic any, tracked;
  logic [4:0] n;
  logic [47:0] addr;
  logic [14:0] slot, slots_left;
  logic [6:0]  page_left;

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i, .advance_i(ar_valid_o && ar_ready_i), .any_o(any), .idx_o(queue_o)
  );

  // -- the burst ----------------------------------------------------------------------------
  logic [31:0] idx;
  logic [8:0]  room;
  logic [14:0] mask;

  // Behind its condition, so that a simulator skips it.
  always_comb begin
    idx        = '0;
    room       = '0;
    mask       = '0;
    slot       = '0;
    slots_left = '0;
    addr       = '0;
    page_left  = '0;
    n          = '0;
    if (any) begin
      idx        = idx_i[queue_o*32 +: 32];
      room       = room_i[queue_o*9 +: 9];
      mask       = 15'((16'd1 << log2_i) - 16'd1);
      slot       = idx[14:0] & mask;
      slots_left = mask - slot;                       // behind this one
      addr       = base_i + {27'd0, slot, 6'd0};
      page_left  = 7'd64 - {1'b0, addr[11:6]};
      n          = 5'd16;
      if (room < 9'd16)          n = room[4:0];
      if (slots_left < 15'(n))   n = slots_left[4:0] + 5'd1;
      if (page_left < 7'(n))     n = page_left[4:0];
    end
  end

  assign ar_valid_o = any && tracked;
  assign ar_addr_o  = addr;
  assign ar_len_o   = {3'd0, n} - 8'd1;

  always_comb begin
    n_o = '0;
    if (ar_valid_o && ar_ready_i) n_o[queue_o*5 +: 5] = n;
  end

  // -- what comes back, in order ------------------------------------------------------------
  logic              r_known;
  logic [QWidth-1:0] r_queue;
  logic [31:0]       r_idx, r_base;
  logic [4:0]        r_beat_q;
  logic [$clog2(Bursts):0] unused_level;

  peal_fifo #(.Width(QWidth + 32), .Depth(Bursts)) u_bursts (
    .clk_i, .rst_ni,
    .push_i (ar_valid_o && ar_ready_i),
    .data_i ({queue_o, idx}),
    .ready_o(tracked),
    .valid_o(r_known),
    .data_o ({r_queue, r_base}),
    .pop_i  (r_valid_i && r_last_i),
    .level_o(unused_level)
  );

  assign r_idx = r_base + 32'(r_beat_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) r_beat_q <= '0;
    else if (r_valid_i) r_beat_q <= r_last_i ? '0 : r_beat_q + 1'b1;
  end

  always_comb begin
    arrive_o = '0;
    if (r_valid_i) arrive_o[r_queue] = 1'b1;
  end

  // -- the buffer ---------------------------------------------------------------------------
  logic [512:0] buffer [0:(Window<<QWidth)-1];
  logic [512:0] out_q;

  always_ff @(posedge clk_i) begin
    if (r_valid_i) buffer[{r_queue, r_idx[WWidth-1:0]}] <= {r_error_i, r_data_i};
  end

  always_ff @(posedge clk_i) begin
    if (take_i) out_q <= buffer[{take_queue_i, take_idx_i[WWidth-1:0]}];
  end

  assign slot_o       = out_q[511:0];
  assign slot_error_o = out_q[512];

  `PEAL_CHECK(fetch_data_was_asked_for, !r_valid_i || r_known)
  `PEAL_CHECK(fetch_burst_not_empty, !ar_valid_o || n != 0)

  `PEAL_COVER(fetch_burst_of_sixteen, ar_valid_o && ar_ready_i && n == 5'd16)
  `PEAL_COVER(fetch_burst_ends_with_the_ring, ar_valid_o && ar_ready_i && 15'(n) == slots_left + 15'd1)
  `PEAL_COVER(fetch_burst_ends_at_a_page, ar_valid_o && ar_ready_i && 7'(n) == page_left)
  `PEAL_COVER(fetch_waits_for_bus, ar_valid_o && !ar_ready_i)
endmodule
