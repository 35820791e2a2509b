// SPDX-License-Identifier: MIT
// Completion: puts outcomes back into SQ order and writes them.
//
// Each accepted descriptor has an entry (queue, SQ index mod Window). Decode
// writes the cookie and, if it answered, the outcome; the units write theirs
// later. The oldest entries of a queue that are done leave together, up to four
// in a beat and within one line of the CQ; a lone one leaves at once.
`include "peal_assert.svh"

module peal_complete #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // from decode
  input  logic                    accept_i,
  input  logic                    answered_i,
  input  logic [QWidth-1:0]       accept_queue_i,
  input  logic [31:0]             accept_idx_i,
  input  logic [31:0]             cookie_i,
  input  logic [7:0]              status_i,
  input  logic [55:0]             result_i,

  // from a unit
  input  logic                    unit_valid_i,
  input  logic [QWidth-1:0]       unit_queue_i,
  input  logic [7:0]              unit_idx_i,
  input  logic [7:0]              unit_status_i,
  input  logic [55:0]             unit_result_i,

  // the queues
  input  logic [NumQueues*32-1:0] retire_idx_i,
  input  logic [NumQueues*32-1:0] cq_write_idx_i,
  output logic [NumQueues*3-1:0]  retire_n_o,
  output logic [NumQueues*3-1:0]  done_n_o,
  output logic [NumQueues-1:0]    done_o,       // done_n_o != 0, one queue a cycle
  output logic [2:0]              done_count_o,
  output logic [NumQueues-1:0]    done_error_o,

  output logic [QWidth-1:0]       queue_o,     // whose CQ is written
  input  logic [47:0]             base_i,
  input  logic [3:0]              log2_i,

  // write client
  output logic                    valid_o,
  input  logic                    ready_i,
  output logic [47:0]             addr_o,
  output logic [511:0]            data_o,
  output logic [63:0]             strb_o,
  input  logic                    answered_b_i,
  input  logic                    error_b_i,
  output logic                    busy_o
);
  `include "peal_contract.svh"

  localparam int WWidth = $clog2(Window);
  localparam int Entries = NumQueues * Window;
  localparam int Outstanding = 512;

  // -- entries ------------------------------------------------------------------------------
  // Two writers, two memories: what decode knows, and what a unit found.
  logic [96:0]  known_mem [0:Entries-1];   // {answered, cookie, status, result}
  logic [63:0]  found_mem [0:Entries-1];   // {status, result}
  logic [NumQueues-1:0] ready;
  logic [NumQueues*4-1:0] done_next;       // of the four oldest entries

  logic [WWidth-1:0]    accept_slot;
  logic                 any;
  logic [NumQueues-1:0] chosen, touched;   // of the beat; done bits change
  assign accept_slot = accept_idx_i[WWidth-1:0];

  always_comb begin
    chosen  = '0;
    touched = '0;
    if (any) chosen[queue_o] = 1'b1;
    touched = chosen;
    if (accept_i && answered_i) touched[accept_queue_i] = 1'b1;
    if (unit_valid_i)           touched[unit_queue_i]   = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (accept_i) known_mem[{accept_queue_i, accept_slot}] <=
        {answered_i, cookie_i, status_i, result_i};
  end

  always_ff @(posedge clk_i) begin
    if (unit_valid_i) found_mem[{unit_queue_i, unit_idx_i[WWidth-1:0]}] <=
        {unit_status_i, unit_result_i};
  end

  for (genvar q = 0; q < NumQueues; q++) begin : g_done
    logic [Window-1:0] done_q;
    logic [WWidth-1:0] oldest;

    assign oldest = retire_idx_i[q*32 +: WWidth];
    assign ready[q] = done_q[oldest];
    always_comb begin
      done_next[q*4 +: 4] = '0;
      if (chosen[q])
        done_next[q*4 +: 4] = {done_q[oldest + WWidth'(3)], done_q[oldest + WWidth'(2)],
                               done_q[oldest + WWidth'(1)], done_q[oldest]};
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        done_q <= '0;
      end else if (touched[q]) begin
        if (accept_i && answered_i && accept_queue_i == QWidth'(q)) done_q[accept_slot] <= 1'b1;
        if (unit_valid_i && unit_queue_i == QWidth'(q)) done_q[unit_idx_i[WWidth-1:0]] <= 1'b1;
        if (retire_n_o[q*3 +: 3] > 0) done_q[oldest]               <= 1'b0;
        if (retire_n_o[q*3 +: 3] > 1) done_q[oldest + WWidth'(1)]  <= 1'b0;
        if (retire_n_o[q*3 +: 3] > 2) done_q[oldest + WWidth'(2)]  <= 1'b0;
        if (retire_n_o[q*3 +: 3] > 3) done_q[oldest + WWidth'(3)]  <= 1'b0;
      end
    end
  end

  // -- the beat -------------------------------------------------------------------------------
  logic        tracked;
  logic [31:0] first, cq_idx;
  logic [14:0] mask, slot;
  logic [3:0]  done4;
  logic [2:0]  n;

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(ready), .advance_i(valid_o && ready_i), .any_o(any), .idx_o(queue_o)
  );

  always_comb begin
    first  = '0;
    cq_idx = '0;
    mask   = '0;
    slot   = '0;
    done4  = '0;
    if (any) begin
      first  = retire_idx_i[queue_o*32 +: 32];
      cq_idx = cq_write_idx_i[queue_o*32 +: 32];
      mask   = 15'((16'd1 << log2_i) - 16'd1);
      slot   = cq_idx[14:0] & mask;
      done4  = done_next[queue_o*4 +: 4];
    end
  end

  // How many: consecutive, within the line, within the ring (one of two slots is half a line).
  logic [2:0] in_line;
  assign in_line = log2_i == 1 ? 3'd2 - {2'd0, slot[0]} : 3'd4 - {1'b0, slot[1:0]};
  always_comb begin
    n = 3'd1;
    if (done4[1:0] == 2'b11 && in_line > 1)  n = 3'd2;
    if (done4[2:0] == 3'b111 && in_line > 2) n = 3'd3;
    if (done4 == 4'b1111 && in_line > 3)     n = 3'd4;
  end

  assign valid_o = any && tracked;
  assign addr_o  = base_i + {29'd0, slot[14:2], 6'd0};

  for (genvar lane = 0; lane < 4; lane++) begin : g_lane
    logic [1:0]   j;          // which of the n
    logic [31:0]  idx, cq;
    logic [96:0]  known;
    logic [63:0]  found;
    logic [7:0]   tag;
    logic         used;

    assign j    = 2'(lane) - slot[1:0];
    assign used = any && 3'(j) < n;

    always_comb begin
      idx   = '0;
      cq    = '0;
      known = '0;
      found = '0;
      tag   = '0;
      if (used) begin
        idx   = first + 32'(j);
        cq    = cq_idx + 32'(j);
        known = known_mem[{queue_o, idx[WWidth-1:0]}];
        tag   = {1'b1, 7'(cq >> log2_i)};
        found = known[63:0];
        if (!known[96]) found = found_mem[{queue_o, idx[WWidth-1:0]}];
      end
    end

    assign strb_o[lane*16 +: 16]   = {16{used}};
    assign data_o[lane*128 +: 128] = {tag, found[55:0], tag, idx[15:0], found[63:56],
                                      known[95:64]};
  end

  always_comb begin
    retire_n_o = '0;
    if (valid_o && ready_i) retire_n_o[queue_o*3 +: 3] = n;
  end

  // -- answers, in order ----------------------------------------------------------------------
  logic              b_known;
  logic [QWidth-1:0] b_queue;
  logic [2:0]        b_n;
  logic [$clog2(Outstanding):0] unused_level;

  peal_fifo #(.Width(QWidth + 3), .Depth(Outstanding)) u_answers (
    .clk_i, .rst_ni,
    .push_i (valid_o && ready_i),
    .data_i ({queue_o, n}),
    .ready_o(tracked),
    .valid_o(b_known),
    .data_o ({b_queue, b_n}),
    .pop_i  (answered_b_i),
    .level_o(unused_level)
  );

  always_comb begin
    done_n_o     = '0;
    done_o       = '0;
    done_count_o = '0;
    done_error_o = '0;
    if (answered_b_i) begin
      done_o[b_queue]          = b_n != 0;
      done_count_o             = b_n;
      done_n_o[b_queue*3 +: 3] = b_n;
      done_error_o[b_queue]    = error_b_i;
    end
  end

  assign busy_o = any || b_known;

  `PEAL_CHECK(completion_answer_was_asked_for, !answered_b_i || b_known)
endmodule
