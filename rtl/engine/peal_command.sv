// SPDX-License-Identifier: MIT
// Queue commands: one at a time, each bounded by CMD_TIMEOUT cycles.
//
// ENABLE reads the queue's configuration word by word, looks up the four places
// it names (SQ, CQ, host line, device line) and checks each: a ring base is not a
// way to read or write anywhere. The others wait until nothing of the queue is in
// flight and its device line is written; RESET of a busy queue aborts it first.
`include "peal_assert.svh"

module peal_command #(
  parameter int NumQueues = 8,
  parameter int QWidth = NumQueues > 1 ? $clog2(NumQueues) : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   cmd_we_i,
  input  logic [31:0]            cmd_i,        // 7:0 command, 23:8 queue
  input  logic [31:0]            timeout_i,
  input  logic                   expired_i,    // the lease: no ENABLE
  output logic [31:0]            status_o,

  // configuration words of the queue, read one a cycle
  output logic [QWidth-1:0]      cfg_queue_o,
  output logic [7:0]             cfg_addr_o,
  input  logic [31:0]            cfg_data_i,

  // region table
  output logic [15:0]            handle_o,
  input  logic [112:0]           entry_i,

  // the queues
  input  logic [NumQueues*3-1:0] state_i,
  input  logic [NumQueues-1:0]   quiet_i,
  input  logic [NumQueues-1:0]   line_busy_i,
  output logic [NumQueues-1:0]   load_o,
  output logic [NumQueues-1:0]   resume_o,
  output logic [NumQueues-1:0]   drain_o,
  output logic [NumQueues-1:0]   abort_o,
  output logic [NumQueues-1:0]   close_o,
  output logic [NumQueues-1:0]   disabled_o,
  output logic [NumQueues-1:0]   reset_o,

  // start values for load_o
  output logic [47:0]            sq_base_o,
  output logic [47:0]            cq_base_o,
  output logic [47:0]            host_base_o,
  output logic [47:0]            line_base_o,
  output logic [3:0]             sq_log2_o,
  output logic [3:0]             cq_log2_o,
  output logic [31:0]            sq_start_o,
  output logic [31:0]            cq_start_o,
  output logic [15:0]            tenant_o,
  output logic [31:0]            mode_o,

  output logic                   active_o
);
  `include "peal_contract.svh"

  typedef enum logic [3:0] {
    Idle, Decode, ReadMode, ReadSize, ReadTenant, ReadRegion, ReadLow, ReadHigh, Check,
    ReadSqStart, ReadCqStart, WaitQuiet, WaitLine, Finish
  } step_e;

  step_e       step_q;
  logic [7:0]  op_q, code_q;
  logic [15:0] queue_q;
  logic [3:0]  which_q;
  logic [31:0] elapsed_q;
  logic [15:0] tenant_q, handle_q;
  logic [39:0] offset_q;
  logic [2:0]  state;
  logic        in_range;

  assign cfg_queue_o = queue_q[QWidth-1:0];
  assign state       = state_i[cfg_queue_o*3 +: 3];
  assign in_range    = 32'(queue_q) < NumQueues;
  assign handle_o    = handle_q;
  assign active_o    = step_q != Idle;
  assign status_o    = {active_o, 3'd0, queue_q[11:0], 4'd0, which_q, code_q};
  assign tenant_o    = tenant_q;

  // -- which configuration word is being read ---------------------------------------------------
  always_comb begin
    case (step_q)
      ReadSize:    cfg_addr_o = QREG_SIZE;
      ReadTenant:  cfg_addr_o = QREG_TENANT;
      ReadRegion:  cfg_addr_o = 8'(which_q) * 8'd12;
      ReadLow:     cfg_addr_o = 8'(which_q) * 8'd12 + 8'd4;
      ReadHigh:    cfg_addr_o = 8'(which_q) * 8'd12 + 8'd8;
      ReadSqStart: cfg_addr_o = QREG_SQ_START;
      ReadCqStart: cfg_addr_o = QREG_CQ_START;
      default:     cfg_addr_o = QREG_MODE;
    endcase
  end

  // -- the check of one ring or line ------------------------------------------------------------
  logic [40:0] bytes;
  logic [47:0] bus;
  logic [7:0]  check_code;

  always_comb begin
    bytes      = '0;
    bus        = '0;
    check_code = CMDCODE_OK;
    if (step_q == Check) begin
    case (which_q)
      4'd0:    bytes = 41'd64 << sq_log2_o;
      4'd1:    bytes = 41'd16 << cq_log2_o;
      default: bytes = 41'd64;
    endcase
    bus = entry_i[47:0] + 48'(offset_q);
    if (!entry_i[112])                                           check_code = CMDCODE_BAD_REGION;
    else if (entry_i[103:88] != tenant_q)                        check_code = CMDCODE_TENANT;
    else if (!(which_q[0] ? entry_i[111] : entry_i[110]))        check_code = CMDCODE_PERMISSION;
    else if (41'(offset_q) + bytes > 41'(entry_i[87:48]))        check_code = CMDCODE_RANGE;
    else if (bus[5:0] != 0)                                      check_code = CMDCODE_ALIGNMENT;
    else                                                         check_code = CMDCODE_OK;
    end
  end

  // -- what the command and the state of the queue make of each other ---------------------------
  logic [7:0] decode_code;
  always_comb begin
    decode_code = CMDCODE_OK;
    if (step_q != Decode)                 decode_code = CMDCODE_OK;
    else if (op_q == 0 || op_q > CMD_DISABLE)  decode_code = CMDCODE_BAD_CMD;
    else if (!in_range)                   decode_code = CMDCODE_BAD_QUEUE;
    else if (op_q == CMD_ENABLE && state != Q_DISABLED && state != Q_DRAINED)
                                          decode_code = CMDCODE_BAD_STATE;
    else if (op_q == CMD_ENABLE && expired_i)
                                          decode_code = CMDCODE_LEASE;
    else if (op_q == CMD_DRAIN && state != Q_ENABLED && state != Q_DRAINING &&
             state != Q_DRAINED)          decode_code = CMDCODE_BAD_STATE;
    else if (op_q == CMD_ABORT && state == Q_DISABLED)
                                          decode_code = CMDCODE_BAD_STATE;
  end

  logic [7:0] size_code, mode_code;
  assign size_code = (cfg_data_i & 32'hfffff0f0) != 0 || cfg_data_i[3:0] == 0 ||
                     cfg_data_i[11:8] == 0 ||
                     (mode_o[4] && cfg_data_i[3:0] != cfg_data_i[11:8])
                     ? CMDCODE_BAD_CONFIG : CMDCODE_OK;
  assign mode_code = (cfg_data_i & 32'hfffff8ec) != 0 || cfg_data_i[1:0] == 2'd3
                     ? CMDCODE_BAD_CONFIG : CMDCODE_OK;

  // -- pulses -----------------------------------------------------------------------------------
  logic [NumQueues-1:0] one_hot;
  logic go, quiet;
  assign go    = step_q == Decode && decode_code == CMDCODE_OK;
  assign quiet = quiet_i[cfg_queue_o];

  always_comb begin
    one_hot    = '0;
    resume_o   = '0;
    drain_o    = '0;
    close_o    = '0;
    abort_o    = '0;
    reset_o    = '0;
    load_o     = '0;
    disabled_o = '0;
    if (active_o) begin
      if (in_range) one_hot[cfg_queue_o] = 1'b1;
      if (go && op_q == CMD_ENABLE && state == Q_DRAINED)                   resume_o   = one_hot;
      if (go && op_q == CMD_DRAIN)                                          drain_o    = one_hot;
      if (go && op_q == CMD_DISABLE && state != Q_DISABLED)                 close_o    = one_hot;
      if (go && (op_q == CMD_ABORT || (op_q == CMD_RESET && !quiet)))       abort_o    = one_hot;
      if (op_q == CMD_RESET && quiet && (go || step_q == WaitQuiet))        reset_o    = one_hot;
      if (step_q == ReadCqStart)                                            load_o     = one_hot;
      if (step_q == WaitQuiet && op_q == CMD_DISABLE && quiet)              disabled_o = one_hot;
    end
  end

  assign cq_start_o = mode_o[4] ? sq_start_o : cfg_data_i;   // MATCHED: CQ index = SQ index

  logic quiet_enough;
  always_comb begin
    case (op_q)
      CMD_DRAIN: quiet_enough = state == Q_DRAINED || state == Q_ERROR;
      CMD_ABORT: quiet_enough = state == Q_ABORTED || state == Q_ERROR;
      default:   quiet_enough = quiet;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q         <= Idle;
      op_q           <= '0;
      code_q         <= '0;
      queue_q        <= '0;
      which_q        <= '0;
      elapsed_q      <= '0;
      tenant_q       <= '0;
      handle_q       <= '0;
      offset_q       <= '0;
      sq_base_o      <= '0;
      cq_base_o      <= '0;
      host_base_o    <= '0;
      line_base_o    <= '0;
      sq_log2_o      <= '0;
      cq_log2_o      <= '0;
      sq_start_o     <= '0;
      mode_o         <= '0;
    end else if (active_o || cmd_we_i) begin
      elapsed_q <= elapsed_q + 1;
      case (step_q)
        Idle: if (cmd_we_i) begin
          op_q      <= cmd_i[7:0];
          queue_q   <= cmd_i[23:8];
          code_q    <= '0;
          which_q   <= '0;
          elapsed_q <= '0;
          step_q    <= Decode;
        end

        Decode: begin
          code_q <= decode_code;
          if (decode_code != CMDCODE_OK) step_q <= Finish;
          else case (op_q)
            CMD_ENABLE:  step_q <= state == Q_DRAINED ? WaitLine : ReadMode;
            CMD_RESET:   step_q <= quiet ? WaitLine : WaitQuiet;
            CMD_DISABLE: step_q <= state == Q_DISABLED ? WaitLine : WaitQuiet;
            default:     step_q <= WaitQuiet;
          endcase
        end

        ReadMode: begin
          mode_o <= cfg_data_i;
          code_q <= mode_code;
          step_q <= mode_code == CMDCODE_OK ? ReadSize : Finish;
        end

        ReadSize: begin
          sq_log2_o <= cfg_data_i[3:0];
          cq_log2_o <= cfg_data_i[11:8];
          code_q    <= size_code;
          step_q    <= size_code == CMDCODE_OK ? ReadTenant : Finish;
        end

        ReadTenant: begin
          tenant_q <= cfg_data_i[15:0];
          step_q   <= ReadRegion;
        end

        ReadRegion: begin
          handle_q <= cfg_data_i[15:0];
          step_q   <= ReadLow;
        end

        ReadLow: begin
          offset_q[31:0] <= cfg_data_i;
          step_q         <= ReadHigh;
        end

        ReadHigh: begin
          offset_q[39:32] <= cfg_data_i[7:0];
          step_q          <= Check;
        end

        Check: begin
          code_q <= check_code;
          case (which_q)
            4'd0:    sq_base_o   <= bus;
            4'd1:    cq_base_o   <= bus;
            4'd2:    host_base_o <= bus;
            default: line_base_o <= bus;
          endcase
          if (check_code != CMDCODE_OK) step_q <= Finish;
          else if (which_q == 4'd3)     step_q <= ReadSqStart;
          else begin
            which_q <= which_q + 1'b1;
            step_q  <= ReadRegion;
          end
        end

        ReadSqStart: begin
          sq_start_o <= cfg_data_i;
          which_q    <= '0;
          step_q     <= ReadCqStart;
        end

        ReadCqStart: step_q <= WaitLine;

        WaitQuiet: if (quiet_enough) step_q <= WaitLine;

        WaitLine: if (!line_busy_i[cfg_queue_o]) step_q <= Finish;

        default: begin  // Finish
          step_q <= Idle;
          if ((op_q == CMD_DRAIN || op_q == CMD_ABORT) && code_q == CMDCODE_OK && state == Q_ERROR)
            code_q <= CMDCODE_BAD_STATE;
        end
      endcase
      if ((step_q == WaitQuiet || step_q == WaitLine) && elapsed_q >= timeout_i) begin
        code_q <= CMDCODE_TIMEOUT;
        step_q <= Finish;
      end
    end
  end

  `PEAL_COVER(command_ignored_while_active, cmd_we_i && active_o)
  `PEAL_COVER(command_refused, step_q == Finish && code_q != CMDCODE_OK)
  `PEAL_COVER(command_timed_out, step_q == Finish && code_q == CMDCODE_TIMEOUT)
endmodule
