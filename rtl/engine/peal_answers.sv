// SPDX-License-Identifier: MIT
// Answers to completion writes, in the order in which the runs left. A run is over
// when its beat is answered; a silent one when all before it are. The completions
// of a refused beat go into the event log, one a cycle: until it has room for
// them they wait here, and all behind them, while beats go on being written.
`include "peal_assert.svh"

module peal_answers #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1,
  parameter int Outstanding = 512
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   wipe_i,       // rst_ni falls for this: nothing is over now

  // runs that leave
  input  logic                   note_i,
  output logic                   note_ready_o,
  input  logic [QWidth-1:0]      queue_i,
  input  logic                   silent_i,
  input  logic [2:0]             n_i,
  input  logic [2:0]             events_i,     // how many of them have EVENT
  input  logic [15:0]            cq_idx_i,     // of the first
  input  logic [1:0]             lane_i,
  input  logic [511:0]           beat_i,

  // the bus
  input  logic                   answered_i,
  input  logic                   error_i,

  // runs that are over, at most one a cycle
  output logic [NumQueues-1:0]   done_o,
  output logic [2:0]             done_count_o,
  output logic [NumQueues*3-1:0] done_n_o,       // done_count_o at the queue's place
  output logic                   done_silent_o,
  output logic                   done_error_o,
  output logic [2:0]             done_events_o,
  output logic [NumQueues-1:0]   irq_o,        // raises the queue's event

  // undelivered completions for the event log
  output logic                   event_o,
  output logic [QWidth-1:0]      event_queue_o,
  output logic [127:0]           event_words_o,  // w4, w3, w2, w1
  input  logic                   event_ready_i,

  // for RT_BUSY: runs that left, runs that are over
  output logic [15:0]            left_o,
  output logic [15:0]            over_o,
  output logic                   held_o,       // nothing goes on before the log has room
  output logic                   settled_o,    // what the bus has answered is over, or held
  output logic                   busy_o
);
  logic              valid, silent, answer, error, refused, over;
  logic [QWidth-1:0] queue;
  logic [2:0]        n, events;
  logic [15:0]       cq_idx;
  logic [1:0]        lane, told_q;      // told_q: completions of the head in the log
  logic [511:0]      beat;
  logic              unused_ready;
  logic [$clog2(Outstanding):0] unused_level, unused_answers;

  peal_beat_fifo #(.Width(QWidth + 25), .Depth(Outstanding)) u_notes (
    .clk_i, .rst_ni,
    .push_i (note_i),
    .data_i (beat_i),
    .side_i ({queue_i, silent_i, n_i, events_i, cq_idx_i, lane_i}),
    .ready_o(note_ready_o),
    .valid_o(valid),
    .data_o (beat),
    .side_o ({queue, silent, n, events, cq_idx, lane}),
    .pop_i  (over),
    .level_o(unused_level)
  );

  peal_fifo #(.Width(1), .Depth(Outstanding)) u_answers (
    .clk_i, .rst_ni,
    .push_i (answered_i),
    .data_i (error_i),
    .ready_o(unused_ready),
    .valid_o(answer),
    .data_o (error),
    .pop_i  (over && !silent),
    .level_o(unused_answers)
  );

  assign refused = !wipe_i && valid && !silent && answer && error;
  assign over    = !wipe_i && valid && (silent || (answer && (!error ||
                   (event_ready_i && 3'(told_q) + 3'd1 == n))));

  always_ff @(posedge clk_i) begin
    if (!rst_ni || over)               told_q <= '0;
    else if (refused && event_ready_i) told_q <= told_q + 1'b1;
  end

  // -- the event ------------------------------------------------------------------------------
  logic [1:0]   at;
  logic [127:0] completion;   // {tag, result 56, tag, index 16, status 8, cookie 32}
  logic         unused_tags;

  always_comb begin
    at         = '0;
    completion = '0;
    if (refused) begin
      at         = lane + told_q;
      completion = beat[at*128 +: 128];
    end
  end

  assign unused_tags   = ^{completion[127:120], completion[63:56]};
  assign event_o       = refused;
  assign event_queue_o = queue;
  assign event_words_o = {completion[119:96], completion[39:32], completion[95:64],
                          completion[31:0], cq_idx + 16'(told_q), completion[55:40]};

  // -- what is over -----------------------------------------------------------------------------
  always_comb begin
    done_o       = '0;
    done_count_o = '0;
    done_n_o     = '0;
    irq_o        = '0;
    if (over) begin
      done_o[queue]          = 1'b1;
      done_count_o           = n;
      done_n_o[queue*3 +: 3] = n;
      irq_o[queue]           = events != 0;
    end
  end

  assign done_silent_o = silent;
  assign done_error_o  = !silent && error;
  assign done_events_o = events;
  assign held_o        = refused && !event_ready_i;
  assign settled_o     = !answer || (valid && !silent && error && !event_ready_i);
  assign busy_o        = valid;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_o <= '0;
      over_o <= '0;
    end else begin
      if (note_i) left_o <= left_o + 1'b1;
      if (over)   over_o <= over_o + 1'b1;
    end
  end

  `PEAL_CHECK(completion_answer_was_asked_for, !answered_i || valid)

  `PEAL_COVER(completion_beat_of_four, note_i && !silent_i && n_i == 3'd4)
  `PEAL_COVER(completion_beat_of_one, note_i && !silent_i && n_i == 3'd1)
  `PEAL_COVER(completion_silent_run, note_i && silent_i)
  `PEAL_COVER(completion_refused, answered_i && error_i)
  `PEAL_COVER(completion_waits_for_the_log, held_o)
endmodule
