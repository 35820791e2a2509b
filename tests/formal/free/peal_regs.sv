// SPDX-License-Identifier: MIT
// Stands for peal_regs: any doorbell and any credit of either queue, at any time, and
// nothing else. Address bits choose: 2 the queue, 3 credit instead of doorbell.
module peal_regs #(
  parameter int NumQueues = 8,
  parameter int NumRegions = 64,
  parameter int DbStride = 64,
  parameter int ClockKhz = 250000,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [31:0]             build_id_i,
  input  logic [7:0]              kind_i,

  // register bus
  input  logic                    we_i,
  input  logic [19:0]             waddr_i,
  input  logic [31:0]             wdata_i,
  input  logic                    re_i,
  input  logic [19:0]             raddr_i,
  output logic [31:0]             rdata_o,

  // doorbells and credits
  output logic [NumQueues-1:0]    db_we_o,
  output logic [NumQueues-1:0]    cr_we_o,

  // commands
  output logic                    cmd_we_o,
  output logic [31:0]             timeout_o,
  input  logic [31:0]             cmd_status_i,
  input  logic [QWidth-1:0]       cfg_queue_i,
  input  logic [7:0]              cfg_addr_i,
  output logic [31:0]             cfg_data_o,

  // lease
  output logic                    lease_we_o,
  input  logic [31:0]             lease_left_i,
  input  logic [1:0]              lease_status_i,

  // region table
  output logic [9:0]              region_sel_o,
  output logic                    region_we_o,
  output logic [112:0]            region_entry_o,
  input  logic [112:0]            region_entry_i,
  output logic                    invalidate_o,
  input  logic                    region_busy_i,

  // events
  output logic                    event_pop_o,
  input  logic [159:0]            event_entry_i,
  input  logic [31:0]             event_level_i,
  input  logic [31:0]             event_count_i,
  input  logic [31:0]             event_lost_i,
  output logic                    first_release_o,
  input  logic [159:0]            first_entry_i,
  input  logic [1:0]              first_status_i,

  // counters
  output logic                    snap_o,
  output logic [4:0]              counter_word_o,
  input  logic [31:0]             counter_i,

  // status of the queues
  input  logic [NumQueues*3-1:0]  state_i,
  input  logic [NumQueues*32-1:0] epoch_i,
  input  logic [NumQueues*32-1:0] tail_i,
  input  logic [NumQueues*32-1:0] head_i,
  input  logic [NumQueues*32-1:0] in_flight_i,
  input  logic [NumQueues*32-1:0] cq_tail_i,
  input  logic [NumQueues*32-1:0] cq_head_i,
  input  logic [NumQueues*32-1:0] n_accepted_i,
  input  logic [NumQueues*32-1:0] n_completed_i,
  input  logic [NumQueues*32-1:0] n_silent_i,
  input  logic [NumQueues*32-1:0] n_undelivered_i,
  input  logic [NumQueues*32-1:0] n_events_i,
  input  logic [NumQueues*32-1:0] n_doorbells_i,
  input  logic [NumQueues*32-1:0] n_rejected_i,
  input  logic [NumQueues*32-1:0] n_invalid_i,
  input  logic [NumQueues*32-1:0] n_refetch_i
);
  assign db_we_o = we_i && !waddr_i[3] ? NumQueues'(1) << waddr_i[2] : '0;
  assign cr_we_o = we_i && waddr_i[3] ? NumQueues'(1) << waddr_i[2] : '0;
  assign rdata_o = '0;
  assign cmd_we_o = '0;
  assign timeout_o = '0;
  assign cfg_data_o = '0;
  assign lease_we_o = '0;
  assign region_sel_o = '0;
  assign region_we_o = '0;
  assign region_entry_o = '0;
  assign invalidate_o = '0;
  assign event_pop_o = '0;
  assign first_release_o = '0;
  assign snap_o = '0;
  assign counter_word_o = '0;
endmodule
