// SPDX-License-Identifier: MIT
// Reorder: which outcomes leave next.
//
// Each accepted descriptor has an entry (queue, SQ index mod Window). Decode
// writes the cookie and, if it answered, the outcome; the units write theirs
// later. What leaves together is a run: up to four entries of one queue, all of
// them written or all of them silent successes.
//
//   in order   the oldest entries of the queue that are done
//   any order  the oldest of two lists: what decode answered, what the units found
//
// In a queue of any order a done bit says that the entry has left; its index
// moves on over entries that have.
`include "peal_assert.svh"

module peal_reorder #(
  parameter int NumQueues = 8,
  parameter int Window = 256,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  // from decode
  input  logic                    accept_i,
  input  logic                    answered_i,
  input  logic                    silent_i,
  input  logic                    event_i,
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
  input  logic [NumQueues-1:0]    any_order_i,
  input  logic [NumQueues-1:0]    matched_i,     // a run is of consecutive indices
  input  logic [NumQueues*32-1:0] oldest_i,      // index of the oldest entry
  output logic [NumQueues*3-1:0]  retire_n_o,    // entries given back, oldest first

  // the run
  output logic                    run_valid_o,
  output logic [QWidth-1:0]       run_queue_o,
  output logic                    run_silent_o,
  output logic [2:0]              run_n_o,       // 1 to 4
  output logic [127:0]            run_idx_o,     // SQ indices
  output logic [3:0]              run_event_o,
  output logic [383:0]            run_what_o,    // {status 8, result 56, cookie 32} each
  input  logic [2:0]              take_n_i       // 0: none yet
);
  `include "peal_contract.svh"

  localparam int WWidth = $clog2(Window);
  localparam int EWidth = QWidth + WWidth;
  localparam int Entries = Window << QWidth;

  // -- entries ------------------------------------------------------------------------------
  // Two writers, two memories: what decode knows, and what a unit found.
  logic [98:0]       known_mem [0:Entries-1];   // {silent, event, answered, status, result, cookie}
  logic [63:0]       found_mem [0:Entries-1];   // {status, result}
  logic [EWidth-1:0] accepted, found;
  logic              finish, finish_silent, found_silent;

  assign accepted      = {accept_queue_i, accept_idx_i[WWidth-1:0]};
  assign found         = {unit_queue_i, unit_idx_i[WWidth-1:0]};
  assign finish        = accept_i && answered_i;
  assign finish_silent = silent_i && status_i == ST_OK;
  // By assign: Icarus makes a process wait for each word of a memory that it reads.
  assign found_silent = unit_valid_i && unit_status_i == ST_OK ? known_mem[found][98] : 1'b0;

  always_ff @(posedge clk_i) begin
    if (accept_i)
      known_mem[accepted] <= {silent_i, event_i, answered_i, status_i, result_i, cookie_i};
  end

  always_ff @(posedge clk_i) begin
    if (unit_valid_i) found_mem[found] <= {unit_status_i, unit_result_i};
  end

  // -- queues in order ------------------------------------------------------------------------
  logic                    listed, take;
  logic [1:0]              list;                 // which list the run is of
  logic [3:0]              taken;                // lanes of the run that leave
  logic [4*WWidth-1:0]     run_slot;
  logic [NumQueues-1:0]    ready;
  logic [NumQueues*4-1:0]  done_next, silent_next;   // of the four oldest entries
  logic [NumQueues-1:0]    chosen, touched;          // of the run; bits change

  assign take = take_n_i != 0;

  // A simulator skips the queues that have nothing to do here.
  always_comb begin
    chosen  = '0;
    touched = any_order_i;
    if (run_valid_o && !listed) chosen[run_queue_o] = 1'b1;
    if (take)                   touched[run_queue_o]    = 1'b1;
    if (finish)                 touched[accept_queue_i] = 1'b1;
    if (unit_valid_i)           touched[unit_queue_i]   = 1'b1;
  end

  for (genvar j = 0; j < 4; j++) begin : g_taken
    assign taken[j] = take_n_i > 3'(j);
  end

  for (genvar q = 0; q < NumQueues; q++) begin : g_done
    logic [Window-1:0] done_q, silent_q;
    logic [WWidth-1:0] oldest;
    logic [3:0]        done4;
    logic              mine;

    assign oldest = oldest_i[q*32 +: WWidth];
    assign mine     = take && run_queue_o == QWidth'(q);
    assign ready[q] = done_q[oldest] && !any_order_i[q];

    always_comb begin
      done4 = '0;
      silent_next[q*4 +: 4] = '0;
      if (any_order_i[q] || chosen[q])
        done4 = {done_q[oldest + WWidth'(3)], done_q[oldest + WWidth'(2)],
                 done_q[oldest + WWidth'(1)], done_q[oldest]};
      if (chosen[q])
        silent_next[q*4 +: 4] = {silent_q[oldest + WWidth'(3)], silent_q[oldest + WWidth'(2)],
                                 silent_q[oldest + WWidth'(1)], silent_q[oldest]};
    end
    assign done_next[q*4 +: 4] = done4;

    always_comb begin
      retire_n_o[q*3 +: 3] = '0;
      if (any_order_i[q])
        retire_n_o[q*3 +: 3] = !done4[0] ? 3'd0 : !done4[1] ? 3'd1 : !done4[2] ? 3'd2
                               : !done4[3] ? 3'd3 : 3'd4;
      else if (mine) retire_n_o[q*3 +: 3] = take_n_i;
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        done_q   <= '0;
        silent_q <= '0;
      end else if (touched[q]) begin
        if (any_order_i[q]) begin
          if (mine) for (int j = 0; j < 4; j++)
            if (taken[j]) done_q[run_slot[j*WWidth +: WWidth]] <= 1'b1;
        end else begin
          if (finish && accept_queue_i == QWidth'(q)) begin
            done_q[accepted[WWidth-1:0]]   <= 1'b1;
            silent_q[accepted[WWidth-1:0]] <= finish_silent;
          end
          if (unit_valid_i && unit_queue_i == QWidth'(q)) begin
            done_q[found[WWidth-1:0]]   <= 1'b1;
            silent_q[found[WWidth-1:0]] <= found_silent;
          end
        end
        if (retire_n_o[q*3 +: 3] > 0) done_q[oldest]               <= 1'b0;
        if (retire_n_o[q*3 +: 3] > 1) done_q[oldest + WWidth'(1)]  <= 1'b0;
        if (retire_n_o[q*3 +: 3] > 2) done_q[oldest + WWidth'(2)]  <= 1'b0;
        if (retire_n_o[q*3 +: 3] > 3) done_q[oldest + WWidth'(3)]  <= 1'b0;
      end
    end
  end

  // -- queues of any order: two lists, as deep as all windows together ---------------------------
  logic [EWidth:0]   answered_list [0:Entries-1];   // {silent, queue, slot}
  logic [EWidth:0]   found_list    [0:Entries-1];
  logic [EWidth:0]   answered_w_q, answered_r_q, found_w_q, found_r_q;
  logic              answered_push, found_push;
  logic [EWidth:0]   level;
  logic [4*(EWidth+1)-1:0] heads;

  assign answered_push = finish && any_order_i[accept_queue_i];
  assign found_push    = unit_valid_i && any_order_i[unit_queue_i];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      answered_w_q <= '0;
      answered_r_q <= '0;
      found_w_q    <= '0;
      found_r_q    <= '0;
    end else begin
      if (answered_push)   answered_w_q <= answered_w_q + 1'b1;
      if (found_push)      found_w_q    <= found_w_q + 1'b1;
      if (take && list[0]) answered_r_q <= answered_r_q + (EWidth + 1)'(take_n_i);
      if (take && list[1]) found_r_q    <= found_r_q + (EWidth + 1)'(take_n_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (answered_push) answered_list[answered_w_q[EWidth-1:0]] <= {finish_silent, accepted};
  end
  always_ff @(posedge clk_i) begin
    if (found_push) found_list[found_w_q[EWidth-1:0]] <= {found_silent, found};
  end

  // -- who is next --------------------------------------------------------------------------------
  localparam int Choices = NumQueues + 2;
  localparam int CWidth = $clog2(Choices);
  logic [Choices-1:0] req;
  logic [CWidth-1:0]  choice;

  assign req = {found_w_q != found_r_q, answered_w_q != answered_r_q, ready};

  peal_rr_arb #(.N(Choices)) u_arb (
    .clk_i, .rst_ni, .req_i(req), .advance_i(take), .any_o(run_valid_o), .idx_o(choice)
  );

  assign list   = {choice == CWidth'(NumQueues + 1), choice == CWidth'(NumQueues)};
  assign listed = list != 0;

  assign level = !listed ? '0 : list[0] ? answered_w_q - answered_r_q : found_w_q - found_r_q;
  for (genvar j = 0; j < 4; j++) begin : g_heads
    assign heads[j*(EWidth+1) +: EWidth+1] =
        !listed ? '0 : list[0] ? answered_list[EWidth'(answered_r_q + (EWidth + 1)'(j))]
                               : found_list[EWidth'(found_r_q + (EWidth + 1)'(j))];
  end

  // -- the run --------------------------------------------------------------------------------------
  logic [3:1]  same;       // can leave with the first
  logic [3:0]  silent;
  logic [31:0] oldest_idx;
  logic [3:1]  done_more;
  logic [3:0]  silent4;

  assign run_queue_o = listed ? heads[WWidth +: QWidth] : choice[QWidth-1:0];

  always_comb begin
    oldest_idx = '0;
    done_more  = '0;
    silent4    = '0;
    if (run_valid_o) begin
      oldest_idx = oldest_i[run_queue_o*32 +: 32];
      done_more  = done_next[run_queue_o*4 + 1 +: 3];
      silent4    = silent_next[run_queue_o*4 +: 4];
    end
  end

  assign run_silent_o = silent[0];
  assign run_n_o      = !same[1] ? 3'd1 : !same[2] ? 3'd2 : !same[3] ? 3'd3 : 3'd4;

  for (genvar j = 0; j < 4; j++) begin : g_run
    logic [EWidth:0]   head;
    logic [WWidth-1:0] slot, behind;
    logic [31:0]       idx;
    logic [97:0]       known;
    logic [63:0]       outcome;
    logic              used;

    assign head      = heads[j*(EWidth+1) +: EWidth+1];
    assign slot      = listed ? head[WWidth-1:0] : oldest_idx[WWidth-1:0] + WWidth'(j);
    assign behind    = slot - oldest_idx[WWidth-1:0];
    assign idx       = oldest_idx + 32'(behind);
    assign silent[j] = listed ? head[EWidth] : silent4[j];
    if (j > 0) begin : g_same
      assign same[j] = silent[j] == silent[0] &&
                       (listed ? level > (EWidth + 1)'(j) && head[WWidth +: QWidth] == run_queue_o &&
                                 (!matched_i[run_queue_o] || slot == run_slot[0 +: WWidth] + WWidth'(j))
                               : done_more[j]);
    end
    assign used    = run_valid_o && run_n_o > 3'(j);
    assign known   = used ? known_mem[{run_queue_o, slot}][97:0] : '0;
    assign outcome = !used || known[96] ? known[95:32] : found_mem[{run_queue_o, slot}];
    assign run_slot[j*WWidth +: WWidth] = slot;
    assign run_idx_o[j*32 +: 32]        = idx;
    assign run_event_o[j]               = known[97];
    assign run_what_o[j*96 +: 96]       = {outcome, known[31:0]};
  end

  `PEAL_CHECK(lists_never_overflow, (answered_w_q - answered_r_q) <= (EWidth + 1)'(Entries) &&
                                    (found_w_q - found_r_q) <= (EWidth + 1)'(Entries))
  `PEAL_CHECK(only_what_is_there_leaves, take_n_i <= run_n_o && (!take || run_valid_o))
endmodule
