// SPDX-License-Identifier: MIT
// Store and forward for writes: beats first, then a record that makes a burst of
// them, so that a burst once on the bus never waits for data. Each answered burst
// gives its record's note back.
`include "peal_assert.svh"

module peal_write_burst #(
  parameter int Beats = 256,
  parameter int Bursts = 128,
  parameter int NoteWidth = 8
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 beat_i,
  input  logic [511:0]         data_i,
  input  logic [63:0]          strb_i,
  input  logic                 burst_i,      // the beats of the burst are all in
  input  logic [47:0]          addr_i,
  input  logic [6:0]           beats_i,
  input  logic [NoteWidth-1:0] note_i,
  output logic                 room_o,       // for eight more beats and bursts

  // write client
  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [47:0]          addr_o,
  output logic [7:0]           len_o,
  output logic [511:0]         data_o,
  output logic [63:0]          strb_o,
  output logic                 last_o,
  input  logic                 answered_i,
  input  logic                 error_i,

  output logic                 done_o,
  output logic                 done_error_o,
  output logic [NoteWidth-1:0] done_note_o,
  output logic                 busy_o
);
  logic                    beat_valid, burst_valid, note_valid, ready_beat, ready_burst, ready_note;
  logic [$clog2(Beats):0]  beat_level;
  logic [$clog2(Bursts):0] burst_level, note_level;
  logic [6:0]              beats, sent_q;
  logic [NoteWidth-1:0]    note;

  peal_beat_fifo #(.Width(64), .Depth(Beats)) u_beats (
    .clk_i, .rst_ni,
    .push_i (beat_i),
    .data_i (data_i),
    .side_i (strb_i),
    .ready_o(ready_beat),
    .valid_o(beat_valid),
    .data_o (data_o),
    .side_o (strb_o),
    .pop_i  (valid_o && ready_i),
    .level_o(beat_level)
  );

  logic [54+NoteWidth:0] burst;
  always_comb begin
    burst = '0;
    if (burst_i) burst = {note_i, beats_i, addr_i};
  end

  peal_fifo #(.Width(55 + NoteWidth), .Depth(Bursts)) u_bursts (
    .clk_i, .rst_ni,
    .push_i (burst_i),
    .data_i (burst),
    .ready_o(ready_burst),
    .valid_o(burst_valid),
    .data_o ({note, beats, addr_o}),
    .pop_i  (valid_o && ready_i && last_o),
    .level_o(burst_level)
  );

  peal_fifo #(.Width(NoteWidth), .Depth(Bursts)) u_notes (
    .clk_i, .rst_ni,
    .push_i (valid_o && ready_i && last_o),
    .data_i (note),
    .ready_o(ready_note),
    .valid_o(note_valid),
    .data_o (done_note_o),
    .pop_i  (answered_i),
    .level_o(note_level)
  );

  assign room_o       = 32'(beat_level) + 8 <= Beats && 32'(burst_level) + 8 <= Bursts;
  assign valid_o      = burst_valid && ready_note;
  assign len_o        = {1'b0, beats} - 8'd1;
  assign last_o       = sent_q + 1'b1 == beats;
  assign done_o       = answered_i;
  assign done_error_o = error_i;
  assign busy_o       = burst_valid || note_valid || beat_valid;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) sent_q <= '0;
    else if (valid_o && ready_i) sent_q <= last_o ? '0 : sent_q + 1'b1;
  end

  `PEAL_CHECK(write_burst_has_its_beats, !valid_o || beat_valid)
  `PEAL_CHECK(write_answer_was_asked_for, !answered_i || note_valid)

  logic unused;
  assign unused = ^{ready_beat, ready_burst, note_level};

  `PEAL_COVER(write_burst_stalled, valid_o && !ready_i)
  `PEAL_COVER(write_burst_of_many, valid_o && ready_i && !last_o)
endmodule
