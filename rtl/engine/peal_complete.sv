// SPDX-License-Identifier: MIT
// Completion: writes runs of outcomes into the completion queues, up to four in a
// beat and within one line; a lone one leaves at once. Silent successes take no
// beat and no place. Each run, written or silent, leaves a note until it is
// answered.
module peal_complete #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  // the next run (peal_reorder)
  input  logic                    run_valid_i,
  input  logic [QWidth-1:0]       run_queue_i,
  input  logic                    run_silent_i,
  input  logic [2:0]              run_n_i,
  input  logic [127:0]            run_idx_i,
  input  logic [3:0]              run_event_i,
  input  logic [383:0]            run_what_i,
  output logic [2:0]              take_n_o,

  // the queues
  input  logic [NumQueues-1:0]    matched_i,
  input  logic [NumQueues*32-1:0] cq_write_idx_i,
  output logic [NumQueues*3-1:0]  leave_n_o,       // outcomes on their way, of the window's
  output logic [NumQueues-1:0]    leave_packed_o,  // they took the next places of the CQ
  input  logic [47:0]             base_i,          // of the run's queue
  input  logic [3:0]              log2_i,

  // write client
  output logic                    valid_o,
  input  logic                    ready_i,
  output logic [47:0]             addr_o,
  output logic [511:0]            data_o,
  output logic [63:0]             strb_o,

  // a note (peal_answers)
  output logic                    note_o,
  input  logic                    note_ready_i,
  output logic                    note_silent_o,
  output logic [2:0]              note_n_o,
  output logic [2:0]              note_events_o,
  output logic [15:0]             note_cq_idx_o,
  output logic [1:0]              note_lane_o
);
  // -- where it goes --------------------------------------------------------------------------
  logic        matched;
  logic [31:0] cq_idx;
  logic [14:0] mask, slot;
  logic [2:0]  in_line, n;

  always_comb begin
    matched = 1'b0;
    cq_idx  = '0;
    mask    = '0;
    slot    = '0;
    in_line = '0;
    n       = '0;
    if (run_valid_i) begin
      matched = matched_i[run_queue_i];
      cq_idx  = matched ? run_idx_i[31:0] : cq_write_idx_i[run_queue_i*32 +: 32];
      mask    = 15'((16'd1 << log2_i) - 16'd1);
      slot    = cq_idx[14:0] & mask;
      // Within the line, and within the ring: one of two slots is half a line.
      in_line = log2_i == 1 ? 3'd2 - {2'd0, slot[0]} : 3'd4 - {1'b0, slot[1:0]};
      n       = run_silent_i || run_n_i < in_line ? run_n_i : in_line;
    end
  end

  // -- the beat -------------------------------------------------------------------------------
  assign valid_o = run_valid_i && !run_silent_i && note_ready_i;
  assign addr_o  = base_i + {29'd0, slot[14:2], 6'd0};

  for (genvar lane = 0; lane < 4; lane++) begin : g_lane
    logic [1:0]  j;          // which of the n
    logic [31:0] cq;
    logic [95:0] what;
    logic [7:0]  tag;

    assign j = 2'(lane) - slot[1:0];

    always_comb begin
      cq   = '0;
      what = '0;
      tag  = '0;
      strb_o[lane*16 +: 16]   = '0;
      data_o[lane*128 +: 128] = '0;
      if (3'(j) < n) begin
        cq   = cq_idx + 32'(j);
        what = run_what_i[j*96 +: 96];
        tag  = {1'b1, 7'(cq >> log2_i)};
        strb_o[lane*16 +: 16]   = '1;
        data_o[lane*128 +: 128] = {tag, what[87:32], tag, run_idx_i[j*32 +: 16],
                                   what[95:88], what[31:0]};
      end
    end
  end

  // -- what leaves ------------------------------------------------------------------------------
  assign note_o        = run_valid_i && note_ready_i && (run_silent_i || ready_i);
  assign take_n_o      = note_o ? n : 3'd0;
  assign note_silent_o = run_silent_i;
  assign note_n_o      = n;
  assign note_cq_idx_o = cq_idx[15:0];
  assign note_lane_o   = slot[1:0];

  always_comb begin
    note_events_o = '0;
    if (run_event_i != 0) for (int j = 0; j < 4; j++)
      note_events_o = note_events_o + 3'(run_event_i[j] && 3'(j) < n);
  end

  always_comb begin
    leave_n_o      = '0;
    leave_packed_o = '0;
    if (note_o) begin
      leave_n_o[run_queue_i*3 +: 3] = n;
      leave_packed_o[run_queue_i]   = !run_silent_i && !matched;
    end
  end
endmodule
