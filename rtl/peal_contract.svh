// SPDX-License-Identifier: MIT
// Generated from descriptors/contract.def by `make generate`; do not edit.
// Included inside each module body: not a package, see docs/decisions.

// A module uses some of the contract, never all of it.
// verilator lint_off UNUSEDPARAM
  localparam logic [63:0] CONTRACT_HASH = 64'h545e3700f99692c0;
  localparam logic [31:0] MAGIC = 32'h4c414550;
  localparam logic [31:0] VERSION = 32'h00000001;
  localparam logic [31:0] DESC_BYTES = 32'h00000040;
  localparam logic [31:0] COMP_BYTES = 32'h00000010;
  localparam logic [31:0] LINE_BYTES = 32'h00000040;
  localparam logic [31:0] DESC_WORDS = 32'h00000008;
  localparam logic [31:0] COMP_WORDS = 32'h00000002;
  localparam logic [31:0] PAYLOAD_BITS = 32'h00000038;
  localparam logic [31:0] RING_LOG2_MIN = 32'h00000001;
  localparam logic [31:0] RING_LOG2_MAX = 32'h0000000f;
  localparam logic [31:0] HANDLE_INDEX_BITS = 32'h0000000a;
  localparam logic [31:0] HANDLE_GEN_BITS = 32'h00000006;
  localparam logic [31:0] OFFSET_BITS = 32'h00000028;
  localparam logic [31:0] BUS_BITS = 32'h00000030;
  localparam logic [31:0] PIECE_BYTES = 32'h00001000;
  localparam logic [31:0] RECORD_BYTES = 32'h00000040;
  localparam logic [31:0] TOKEN_BYTES = 32'h00000004;
  localparam logic [31:0] TOKENS_MAX = 32'h07ffffff;
  localparam logic [31:0] STALE_RETRIES = 32'h00000003;
  localparam logic [31:0] EVENT_LOG_DEPTH = 32'h00000010;
  localparam logic [31:0] SLEEP_STEPS = 32'h00000400;
  localparam logic [31:0] NO_QUEUE = 32'h0000ffff;
  localparam logic [31:0] QREG_BASE = 32'h00001000;
  localparam logic [31:0] QREG_STRIDE = 32'h00000100;
  localparam logic [31:0] DB_BASE = 32'h00010000;
  localparam logic [31:0] REG_BYTES = 32'h00100000;
  localparam logic [31:0] TOKEN_STEP = 32'h9e3779b9;
  localparam logic [31:0] TOKEN_MUL0 = 32'h21f0aaad;
  localparam logic [31:0] TOKEN_MUL1 = 32'h735a2d97;
  localparam logic [31:0] TOKEN_SHIFT = 32'h0000000f;
  localparam logic [31:0] CRC32C_POLY = 32'h82f63b78;

  localparam int FLAG_FENCE = 0;
  localparam int FLAG_SILENT = 1;
  localparam int FLAG_EVENT = 2;
  localparam int FLAG_CRC = 3;
  localparam int FLAG_RELAX_ACQ = 4;
  localparam int FLAG_RELAX_REL = 5;
  localparam logic [15:0] FLAGS_V1 = 16'h003f;
  localparam logic [31:0] CAPS_V1 = 32'h0001fffd;

  localparam logic [7:0] OP_NOP = 8'h00;
  localparam logic [7:0] OP_ECHO = 8'h01;
  localparam logic [7:0] OP_STOP = 8'h0f;
  localparam logic [7:0] OP_COPY = 8'h10;
  localparam logic [7:0] OP_FILL = 8'h11;
  localparam logic [7:0] OP_COMPARE = 8'h12;
  localparam logic [7:0] OP_CRC32C = 8'h13;
  localparam logic [7:0] OP_COPY_CRC = 8'h14;
  localparam logic [7:0] OP_PREFILL = 8'h20;
  localparam logic [7:0] OP_DECODE = 8'h21;
  localparam logic [7:0] OP_REWARD = 8'h22;
  localparam logic [7:0] ST_OK = 8'h00;
  localparam logic [7:0] ST_REWARD_NEEDED = 8'h01;
  localparam logic [7:0] ST_STOPPED = 8'h02;
  localparam logic [7:0] ST_MISCOMPARE = 8'h03;
  localparam logic [7:0] ST_BAD_OPCODE = 8'h10;
  localparam logic [7:0] ST_BAD_FLAGS = 8'h11;
  localparam logic [7:0] ST_RESERVED = 8'h12;
  localparam logic [7:0] ST_BAD_LENGTH = 8'h13;
  localparam logic [7:0] ST_BAD_REGION = 8'h14;
  localparam logic [7:0] ST_TENANT = 8'h15;
  localparam logic [7:0] ST_PERMISSION = 8'h16;
  localparam logic [7:0] ST_RANGE = 8'h17;
  localparam logic [7:0] ST_ALIGNMENT = 8'h18;
  localparam logic [7:0] ST_OVERLAP = 8'h19;
  localparam logic [7:0] ST_BAD_CRC = 8'h1a;
  localparam logic [7:0] ST_BAD_STATE = 8'h1b;
  localparam logic [7:0] ST_READ = 8'h20;
  localparam logic [7:0] ST_WRITE = 8'h21;
  localparam logic [7:0] ST_ABORTED = 8'h30;
  localparam logic [7:0] ST_CANCELLED = 8'h31;
  localparam logic [2:0] Q_DISABLED = 3'd0;
  localparam logic [2:0] Q_ENABLED = 3'd1;
  localparam logic [2:0] Q_DRAINING = 3'd2;
  localparam logic [2:0] Q_DRAINED = 3'd3;
  localparam logic [2:0] Q_ABORTING = 3'd4;
  localparam logic [2:0] Q_ERROR = 3'd5;
  localparam logic [2:0] Q_ABORTED = 3'd6;
  localparam logic [7:0] CMD_ENABLE = 8'd1;
  localparam logic [7:0] CMD_DRAIN = 8'd2;
  localparam logic [7:0] CMD_ABORT = 8'd3;
  localparam logic [7:0] CMD_RESET = 8'd4;
  localparam logic [7:0] CMD_DISABLE = 8'd5;
  localparam logic [7:0] CMDCODE_OK = 8'h00;
  localparam logic [7:0] CMDCODE_BAD_CMD = 8'h01;
  localparam logic [7:0] CMDCODE_BAD_QUEUE = 8'h02;
  localparam logic [7:0] CMDCODE_BAD_STATE = 8'h03;
  localparam logic [7:0] CMDCODE_BUSY = 8'h04;
  localparam logic [7:0] CMDCODE_UNSUPPORTED = 8'h05;
  localparam logic [7:0] CMDCODE_BAD_CONFIG = 8'h06;
  localparam logic [7:0] CMDCODE_TIMEOUT = 8'h07;
  localparam logic [7:0] CMDCODE_LEASE = 8'h08;
  localparam logic [7:0] CMDCODE_BAD_REGION = 8'h14;
  localparam logic [7:0] CMDCODE_TENANT = 8'h15;
  localparam logic [7:0] CMDCODE_PERMISSION = 8'h16;
  localparam logic [7:0] CMDCODE_RANGE = 8'h17;
  localparam logic [7:0] CMDCODE_ALIGNMENT = 8'h18;
  localparam logic [7:0] EVENT_FETCH = 8'd1;
  localparam logic [7:0] EVENT_STALE_DESC = 8'd2;
  localparam logic [7:0] EVENT_INVALID_DOORBELL = 8'd3;
  localparam logic [7:0] EVENT_INVALID_CREDIT = 8'd4;
  localparam logic [7:0] EVENT_COMPLETION = 8'd5;
  localparam logic [7:0] EVENT_LEASE = 8'd6;
  localparam logic [31:0] R_FREE = 32'd0;
  localparam logic [31:0] R_PREFILL_READY = 32'd1;
  localparam logic [31:0] R_DECODING = 32'd2;
  localparam logic [31:0] R_REWARD_PENDING = 32'd3;
  localparam logic [31:0] R_TRAJECTORY_READY = 32'd4;
  localparam logic [31:0] R_DONE = 32'd5;
  localparam int CTR_CYCLES = 0;
  localparam int CTR_IDLE = 1;
  localparam int CTR_FETCH = 2;
  localparam int CTR_CREDIT = 3;
  localparam int CTR_DATA = 4;
  localparam int CTR_WRITE = 5;
  localparam int CTR_ACTIVE = 6;
  localparam int CTR_READ_BEATS = 7;
  localparam int CTR_WRITE_BEATS = 8;
  localparam int CTR_ACCEPTED = 9;
  localparam int CTR_COMPLETED = 10;
  localparam int CTR_SILENT = 11;
  localparam int CTR_UNDELIVERED = 12;
  localparam int COUNTERS = 13;

  localparam logic [19:0] REG_MAGIC = 20'h00000;
  localparam logic [19:0] REG_VERSION = 20'h00004;
  localparam logic [19:0] REG_CONTRACT_LO = 20'h00008;
  localparam logic [19:0] REG_CONTRACT_HI = 20'h0000c;
  localparam logic [19:0] REG_KIND = 20'h00010;
  localparam logic [19:0] REG_BUILD = 20'h00014;
  localparam logic [19:0] REG_CLOCK_KHZ = 20'h00018;
  localparam logic [19:0] REG_CAP_CLAUSES = 20'h00020;
  localparam logic [19:0] REG_CAP_RING = 20'h00024;
  localparam logic [19:0] REG_CAP_QUEUES = 20'h00028;
  localparam logic [19:0] REG_CAP_REGIONS = 20'h0002c;
  localparam logic [19:0] REG_CAP_DB_STRIDE = 20'h00030;
  localparam logic [19:0] REG_CAP_OP0 = 20'h00040;
  localparam logic [19:0] REG_RT_SEL = 20'h00100;
  localparam logic [19:0] REG_RT_BUS_LO = 20'h00104;
  localparam logic [19:0] REG_RT_BUS_HI = 20'h00108;
  localparam logic [19:0] REG_RT_LEN_LO = 20'h0010c;
  localparam logic [19:0] REG_RT_LEN_HI = 20'h00110;
  localparam logic [19:0] REG_RT_TENANT = 20'h00114;
  localparam logic [19:0] REG_RT_COMMIT = 20'h00118;
  localparam logic [19:0] REG_RT_BUSY = 20'h0011c;
  localparam logic [19:0] REG_CMD = 20'h00200;
  localparam logic [19:0] REG_CMDSTS = 20'h00204;
  localparam logic [19:0] REG_CMD_TIMEOUT = 20'h00208;
  localparam logic [19:0] REG_LEASE = 20'h0020c;
  localparam logic [19:0] REG_LEASE_STS = 20'h00210;
  localparam logic [19:0] REG_EV_COUNT = 20'h00300;
  localparam logic [19:0] REG_EV_LOST = 20'h00304;
  localparam logic [19:0] REG_EV_LEVEL = 20'h00308;
  localparam logic [19:0] REG_EV_POP = 20'h0030c;
  localparam logic [19:0] REG_EV_W0 = 20'h00310;
  localparam logic [19:0] REG_EV_W1 = 20'h00314;
  localparam logic [19:0] REG_EV_W2 = 20'h00318;
  localparam logic [19:0] REG_EV_W3 = 20'h0031c;
  localparam logic [19:0] REG_EV_W4 = 20'h00320;
  localparam logic [19:0] REG_FE_STS = 20'h00330;
  localparam logic [19:0] REG_FE_W0 = 20'h00334;
  localparam logic [19:0] REG_FE_W1 = 20'h00338;
  localparam logic [19:0] REG_FE_W2 = 20'h0033c;
  localparam logic [19:0] REG_FE_W3 = 20'h00340;
  localparam logic [19:0] REG_FE_W4 = 20'h00344;
  localparam logic [19:0] REG_CTR_SNAP = 20'h00400;
  localparam logic [19:0] REG_CTR_BASE = 20'h00408;
  localparam logic [7:0] QREG_SQ_REGION = 8'h00;
  localparam logic [7:0] QREG_SQ_OFF_LO = 8'h04;
  localparam logic [7:0] QREG_SQ_OFF_HI = 8'h08;
  localparam logic [7:0] QREG_CQ_REGION = 8'h0c;
  localparam logic [7:0] QREG_CQ_OFF_LO = 8'h10;
  localparam logic [7:0] QREG_CQ_OFF_HI = 8'h14;
  localparam logic [7:0] QREG_HL_REGION = 8'h18;
  localparam logic [7:0] QREG_HL_OFF_LO = 8'h1c;
  localparam logic [7:0] QREG_HL_OFF_HI = 8'h20;
  localparam logic [7:0] QREG_DL_REGION = 8'h24;
  localparam logic [7:0] QREG_DL_OFF_LO = 8'h28;
  localparam logic [7:0] QREG_DL_OFF_HI = 8'h2c;
  localparam logic [7:0] QREG_SIZE = 8'h30;
  localparam logic [7:0] QREG_MODE = 8'h34;
  localparam logic [7:0] QREG_TENANT = 8'h38;
  localparam logic [7:0] QREG_SQ_START = 8'h3c;
  localparam logic [7:0] QREG_CQ_START = 8'h40;
  localparam logic [7:0] QREG_STATE = 8'h50;
  localparam logic [7:0] QREG_EPOCH = 8'h54;
  localparam logic [7:0] QREG_SQ_TAIL = 8'h58;
  localparam logic [7:0] QREG_SQ_HEAD = 8'h5c;
  localparam logic [7:0] QREG_CQ_TAIL = 8'h60;
  localparam logic [7:0] QREG_CQ_HEAD = 8'h64;
  localparam logic [7:0] QREG_N_ACCEPTED = 8'h70;
  localparam logic [7:0] QREG_N_COMPLETED = 8'h74;
  localparam logic [7:0] QREG_N_SILENT = 8'h78;
  localparam logic [7:0] QREG_N_UNDELIVERED = 8'h7c;
  localparam logic [7:0] QREG_N_IN_FLIGHT = 8'h80;
  localparam logic [7:0] QREG_N_DOORBELLS = 8'h84;
  localparam logic [7:0] QREG_N_DB_REJECTED = 8'h88;
  localparam logic [7:0] QREG_N_DB_INVALID = 8'h8c;
  localparam logic [7:0] QREG_N_REFETCH = 8'h90;
  localparam logic [7:0] QREG_N_EVENTS = 8'h94;
  localparam logic [3:0] DB_SQ_TAIL = 4'h0;
  localparam logic [3:0] DB_CQ_HEAD = 4'h4;

  localparam logic [1:0] UNIT_CTRL = 2'd0, UNIT_MOVE = 2'd1, UNIT_ROLLOUT = 2'd2;
  localparam logic [2:0] ARG_NONE = 3'd0, ARG_R_LEN = 3'd1, ARG_W_LEN = 3'd2,
      ARG_R_LEN4 = 3'd3, ARG_RECORD = 3'd4, ARG_W_ARG0 = 3'd5;
  localparam logic [1:0] LEN_NONE = 2'd0, LEN_ANY = 2'd1, LEN_TOKENS = 2'd2, LEN_ARG0 = 2'd3;
  localparam logic [55:0] MASK_NONE = 56'h0, MASK_ALL = 56'hffffffffffffff,
      MASK_LEN = 56'h000000ffffffff, MASK_LO32 = 56'h000000ffffffff, MASK_BIT0 = 56'h1;

  typedef struct packed {
    logic known;
    logic [1:0] unit;
    logic [2:0] a;
    logic [2:0] b;
    logic [1:0] length;
    logic [55:0] m2;
    logic [55:0] m3;
    logic [55:0] m4;
    logic [55:0] m5;
    logic [55:0] m6;
  } op_info_t;

  function automatic op_info_t op_info(input logic [7:0] opcode);
    case (opcode)
      OP_NOP: op_info = {1'b1, UNIT_CTRL, ARG_NONE, ARG_NONE, LEN_NONE,
          MASK_NONE, MASK_NONE, MASK_NONE, MASK_NONE, MASK_NONE};
      OP_ECHO: op_info = {1'b1, UNIT_CTRL, ARG_NONE, ARG_NONE, LEN_NONE,
          MASK_ALL, MASK_ALL, MASK_ALL, MASK_ALL, MASK_ALL};
      OP_STOP: op_info = {1'b1, UNIT_CTRL, ARG_NONE, ARG_NONE, LEN_NONE,
          MASK_NONE, MASK_NONE, MASK_NONE, MASK_NONE, MASK_NONE};
      OP_COPY: op_info = {1'b1, UNIT_MOVE, ARG_R_LEN, ARG_W_LEN, LEN_ANY,
          MASK_ALL, MASK_ALL, MASK_LEN, MASK_NONE, MASK_NONE};
      OP_FILL: op_info = {1'b1, UNIT_MOVE, ARG_NONE, ARG_W_LEN, LEN_ANY,
          MASK_NONE, MASK_ALL, MASK_LEN, MASK_LO32, MASK_NONE};
      OP_COMPARE: op_info = {1'b1, UNIT_MOVE, ARG_R_LEN, ARG_R_LEN, LEN_ANY,
          MASK_ALL, MASK_ALL, MASK_LEN, MASK_NONE, MASK_NONE};
      OP_CRC32C: op_info = {1'b1, UNIT_MOVE, ARG_R_LEN, ARG_NONE, LEN_ANY,
          MASK_ALL, MASK_NONE, MASK_LEN, MASK_LO32, MASK_NONE};
      OP_COPY_CRC: op_info = {1'b1, UNIT_MOVE, ARG_R_LEN, ARG_W_LEN, LEN_ANY,
          MASK_ALL, MASK_ALL, MASK_LEN, MASK_LO32, MASK_NONE};
      OP_PREFILL: op_info = {1'b1, UNIT_ROLLOUT, ARG_RECORD, ARG_R_LEN4, LEN_TOKENS,
          MASK_ALL, MASK_ALL, MASK_LEN, MASK_NONE, MASK_NONE};
      OP_DECODE: op_info = {1'b1, UNIT_ROLLOUT, ARG_RECORD, ARG_W_ARG0, LEN_ARG0,
          MASK_ALL, MASK_ALL, MASK_NONE, MASK_ALL, MASK_NONE};
      OP_REWARD: op_info = {1'b1, UNIT_ROLLOUT, ARG_RECORD, ARG_R_LEN4, LEN_TOKENS,
          MASK_ALL, MASK_ALL, MASK_LEN, MASK_BIT0, MASK_NONE};
      default: op_info = '0;
    endcase
  endfunction

  function automatic logic [255:0] opcode_map();
    opcode_map = '0;
    opcode_map[0] = 1'b1;
    opcode_map[1] = 1'b1;
    opcode_map[15] = 1'b1;
    opcode_map[16] = 1'b1;
    opcode_map[17] = 1'b1;
    opcode_map[18] = 1'b1;
    opcode_map[19] = 1'b1;
    opcode_map[20] = 1'b1;
    opcode_map[32] = 1'b1;
    opcode_map[33] = 1'b1;
    opcode_map[34] = 1'b1;
  endfunction

  typedef struct packed {
    logic [23:0] aux1;
    logic [31:0] crc;
    logic [55:0] arg1;
    logic [55:0] arg0;
    logic [23:0] aux0;
    logic [31:0] length;
    logic [15:0] b_region;
    logic [39:0] b_offset;
    logic [15:0] a_region;
    logic [39:0] a_offset;
    logic [7:0] rsvd1;
    logic [15:0] actor_gen;
    logic [31:0] cookie;
    logic [23:0] actor;
    logic [7:0] class_;
    logic [15:0] flags;
    logic [7:0] opcode;
  } desc_t;

  typedef struct packed {
    logic [55:0] result;
    logic [15:0] index;
    logic [7:0] status;
    logic [31:0] cookie;
  } comp_t;

  typedef struct packed {
    logic [223:0] user;
    logic [31:0] rewards;
    logic [31:0] reward;
    logic [31:0] seed;
    logic [31:0] since_reward;
    logic [31:0] tokens;
    logic [31:0] context_tokens;
    logic [31:0] reward_boundary;
    logic [31:0] max_tokens;
    logic [31:0] state;
  } record_t;
// verilator lint_on UNUSEDPARAM
