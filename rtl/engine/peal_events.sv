// SPDX-License-Identifier: MIT
// The event log: collects the events that wait in the queues, undelivered
// completions and the lease, oldest first in the window. A full log counts what it
// loses; undelivered completions wait for room instead. The first event since the
// capture was let go stays beside the log.
`include "peal_assert.svh"

module peal_events #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic [NumQueues-1:0]    event_i,
  input  logic [NumQueues*8-1:0]  code_i,
  input  logic [NumQueues*96-1:0] words_i,         // w3, w2, w1
  output logic [NumQueues-1:0]    take_o,

  input  logic                    undelivered_i,
  input  logic [QWidth-1:0]       undelivered_queue_i,
  input  logic [127:0]            undelivered_words_i,   // w4, w3, w2, w1
  output logic                    undelivered_ready_o,

  input  logic                    lease_i,         // a pulse: it has expired

  input  logic                    pop_i,
  output logic [159:0]            entry_o,         // w4 .. w0; zero when empty
  output logic [31:0]             level_o,
  output logic [31:0]             count_o,
  output logic [31:0]             lost_o,
  output logic                    busy_o,          // an event is on its way to the log

  input  logic                    first_release_i,
  output logic [159:0]            first_o,
  output logic [1:0]              first_status_o   // {more came, held}
);
  `include "peal_contract.svh"

  localparam int Depth = 16;

  logic              any, ready, valid, lease_q, log;
  logic [QWidth-1:0] q;
  logic [159:0]      head, entry;
  logic [$clog2(Depth):0] level;

  peal_rr_arb #(.N(NumQueues)) u_arb (
    .clk_i, .rst_ni, .req_i(event_i), .advance_i(!lease_q), .any_o(any), .idx_o(q)
  );

  // One a cycle: the lease, else a queue's, else an undelivered completion.
  assign undelivered_ready_o = ready && !any && !lease_q;
  assign log                 = lease_q || any || (undelivered_i && undelivered_ready_o);

  always_comb begin
    entry = '0;
    if (undelivered_i) entry = {undelivered_words_i, 8'd0, 16'(undelivered_queue_i), EVENT_COMPLETION};
    if (lease_q)  entry = {128'd0, 8'd0, NO_QUEUE[15:0], EVENT_LEASE};
    else if (any) entry = {32'd0, words_i[q*96 +: 96], 8'd0, 16'(q), code_i[q*8 +: 8]};
  end

  peal_fifo #(.Width(160), .Depth(Depth)) u_log (
    .clk_i, .rst_ni,
    .push_i (log && ready),
    .data_i (entry),
    .ready_o(ready),
    .valid_o(valid),
    .data_o (head),
    .pop_i  (pop_i && valid),
    .level_o(level)
  );

  assign entry_o = valid ? head : '0;
  assign level_o = 32'(level);
  assign busy_o  = any || lease_q;

  always_comb begin
    take_o = '0;
    if (any && !lease_q) take_o[q] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_o        <= '0;
      lost_o         <= '0;
      lease_q        <= 1'b0;
      first_status_o <= '0;
      first_o        <= '0;
    end else begin
      lease_q <= lease_i;
      if (log) begin
        count_o <= count_o + 1;
        if (!ready) lost_o <= lost_o + 1;
      end
      if (first_release_i) begin
        first_status_o <= '0;
        first_o        <= '0;
      end
      if (log) begin
        if (first_status_o[0] && !first_release_i) first_status_o[1] <= 1'b1;
        else begin
          first_status_o[0] <= 1'b1;
          first_o           <= entry;
        end
      end
    end
  end

  `PEAL_COVER(event_lost, any && !ready)
endmodule
