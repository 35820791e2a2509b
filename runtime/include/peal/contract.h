/* SPDX-License-Identifier: MIT */
/* Generated from descriptors/contract.def by `make generate`; do not edit. */
#ifndef PEAL_CONTRACT_H
#define PEAL_CONTRACT_H

#include <stddef.h>
#include <stdint.h>

/* First 64 bits of the SHA-256 of contract.def. */
#define PEAL_CONTRACT_HASH UINT64_C(0x545e3700f99692c0)

/* ---- constants ---- */

#define PEAL_MAGIC 0x4c414550u /* "PEAL", little-endian, in the first register */
#define PEAL_VERSION 0x1u /* contract version */
#define PEAL_DESC_BYTES 0x40u /* size and alignment of a descriptor slot */
#define PEAL_COMP_BYTES 0x10u /* size and alignment of a completion slot */
#define PEAL_LINE_BYTES 0x40u /* a cache line, and a beat of the bus */
#define PEAL_DESC_WORDS 0x8u /* 64-bit words of a descriptor */
#define PEAL_COMP_WORDS 0x2u /* 64-bit words of a completion */
#define PEAL_PAYLOAD_BITS 0x38u /* payload bits of a word, below the 8-bit tag */
#define PEAL_RING_LOG2_MIN 0x1u /* the smallest ring has 2 slots */
#define PEAL_RING_LOG2_MAX 0xfu /* the largest ring has 32768 slots */
#define PEAL_HANDLE_INDEX_BITS 0xau /* table index bits of a region handle */
#define PEAL_HANDLE_GEN_BITS 0x6u /* generation bits of a region handle, above the index; never 0 */
#define PEAL_OFFSET_BITS 0x28u /* bits of an offset inside a region */
#define PEAL_BUS_BITS 0x30u /* bits of a bus address */
#define PEAL_PIECE_BYTES 0x1000u /* long operations yield between pieces of this size */
#define PEAL_RECORD_BYTES 0x40u /* size and alignment of a rollout record */
#define PEAL_TOKEN_BYTES 0x4u /* size and alignment of a token */
#define PEAL_TOKENS_MAX 0x7ffffffu /* most tokens of a context, of a trajectory and of one DECODE (2^27 - 1) */
#define PEAL_STALE_RETRIES 0x3u /* fetches of a slot whose tags mismatch, after the first, before STALE_DESC */
#define PEAL_EVENT_LOG_DEPTH 0x10u /* entries the event log holds */
#define PEAL_SLEEP_STEPS 0x400u /* SUPPRESS: most device cycles (steps) between two looks at the host line (POLLED: slots) while asleep */
#define PEAL_NO_QUEUE 0xffffu /* queue field of an event that belongs to no queue */
#define PEAL_QREG_BASE 0x1000u /* first per-queue context */
#define PEAL_QREG_STRIDE 0x100u /* distance between per-queue contexts */
#define PEAL_DB_BASE 0x10000u /* first doorbell; the stride is in CAP_DB_STRIDE */
#define PEAL_REG_BYTES 0x100000u /* size of the register space */
#define PEAL_TOKEN_STEP 0x9e3779b9u /* token generator: added to the seed once a token (2^32 / golden ratio) */
#define PEAL_TOKEN_MUL0 0x21f0aaadu /* token generator: first multiplier (hash-prospector, 2-round low-bias) */
#define PEAL_TOKEN_MUL1 0x735a2d97u /* token generator: second multiplier */
#define PEAL_TOKEN_SHIFT 0xfu /* token generator: tokens are the upper 17 bits, a vocabulary of 131072 */
#define PEAL_CRC32C_POLY 0x82f63b78u /* CRC32C (iSCSI), reflected */

/* ---- fields: word, lowest bit, width ---- */

#define PEAL_D_OPCODE_WORD 0 /* operation */
#define PEAL_D_OPCODE_LSB 0
#define PEAL_D_OPCODE_WIDTH 8
#define PEAL_D_FLAGS_WORD 0 /* flags */
#define PEAL_D_FLAGS_LSB 8
#define PEAL_D_FLAGS_WIDTH 16
#define PEAL_D_CLASS_WORD 0 /* class, 0 in v1 */
#define PEAL_D_CLASS_LSB 24
#define PEAL_D_CLASS_WIDTH 8
#define PEAL_D_ACTOR_WORD 0 /* actor the descriptor belongs to */
#define PEAL_D_ACTOR_LSB 32
#define PEAL_D_ACTOR_WIDTH 24
#define PEAL_D_COOKIE_WORD 1 /* echoed in the completion */
#define PEAL_D_COOKIE_LSB 0
#define PEAL_D_COOKIE_WIDTH 32
#define PEAL_D_ACTOR_GEN_WORD 1 /* actor generation, 0 in v1 */
#define PEAL_D_ACTOR_GEN_LSB 32
#define PEAL_D_ACTOR_GEN_WIDTH 16
#define PEAL_D_RSVD1_WORD 1 /* reserved */
#define PEAL_D_RSVD1_LSB 48
#define PEAL_D_RSVD1_WIDTH 8
#define PEAL_D_A_OFFSET_WORD 2 /* offset of operand A */
#define PEAL_D_A_OFFSET_LSB 0
#define PEAL_D_A_OFFSET_WIDTH 40
#define PEAL_D_A_REGION_WORD 2 /* region handle of operand A */
#define PEAL_D_A_REGION_LSB 40
#define PEAL_D_A_REGION_WIDTH 16
#define PEAL_D_B_OFFSET_WORD 3 /* offset of operand B */
#define PEAL_D_B_OFFSET_LSB 0
#define PEAL_D_B_OFFSET_WIDTH 40
#define PEAL_D_B_REGION_WORD 3 /* region handle of operand B */
#define PEAL_D_B_REGION_LSB 40
#define PEAL_D_B_REGION_WIDTH 16
#define PEAL_D_LENGTH_WORD 4 /* length in bytes */
#define PEAL_D_LENGTH_LSB 0
#define PEAL_D_LENGTH_WIDTH 32
#define PEAL_D_AUX0_WORD 4 /* reserved */
#define PEAL_D_AUX0_LSB 32
#define PEAL_D_AUX0_WIDTH 24
#define PEAL_D_ARG0_WORD 5 /* argument 0 */
#define PEAL_D_ARG0_LSB 0
#define PEAL_D_ARG0_WIDTH 56
#define PEAL_D_ARG1_WORD 6 /* argument 1 */
#define PEAL_D_ARG1_LSB 0
#define PEAL_D_ARG1_WIDTH 56
#define PEAL_D_CRC_WORD 7 /* CRC32C of the eight 7-byte payloads with this field zero */
#define PEAL_D_CRC_LSB 0
#define PEAL_D_CRC_WIDTH 32
#define PEAL_D_AUX1_WORD 7 /* reserved */
#define PEAL_D_AUX1_LSB 32
#define PEAL_D_AUX1_WIDTH 24
#define PEAL_C_COOKIE_WORD 0 /* cookie of the descriptor */
#define PEAL_C_COOKIE_LSB 0
#define PEAL_C_COOKIE_WIDTH 32
#define PEAL_C_STATUS_WORD 0 /* status */
#define PEAL_C_STATUS_LSB 32
#define PEAL_C_STATUS_WIDTH 8
#define PEAL_C_INDEX_WORD 0 /* low 16 bits of the SQ index it answers */
#define PEAL_C_INDEX_LSB 40
#define PEAL_C_INDEX_WIDTH 16
#define PEAL_C_RESULT_WORD 1 /* result of the operation, or detail of the error */
#define PEAL_C_RESULT_LSB 0
#define PEAL_C_RESULT_WIDTH 56

#define PEAL_FIELD_MASK(f) ((UINT64_C(1) << f##_WIDTH) - 1)
/* Value of field f in an array of words; f is PEAL_D_... or PEAL_C_... */
#define PEAL_FIELD_GET(words, f) (((words)[f##_WORD] >> f##_LSB) & PEAL_FIELD_MASK(f))
/* Field f with value v, to be or-ed into word f_WORD. */
#define PEAL_FIELD_PUT(f, v) (((uint64_t)(v) & PEAL_FIELD_MASK(f)) << f##_LSB)
#define PEAL_PAYLOAD_MASK ((UINT64_C(1) << PEAL_PAYLOAD_BITS) - 1)

/* ---- flags ---- */

enum peal_flag {
	PEAL_FLAG_FENCE = 1u << 0, /* start after all earlier ones of the queue finished, later ones start after it */
	PEAL_FLAG_SILENT = 1u << 1, /* write no completion when the status is OK */
	PEAL_FLAG_EVENT = 1u << 2, /* raise the queue's event behind the completion */
	PEAL_FLAG_CRC = 1u << 3, /* the crc field is valid and checked */
	PEAL_FLAG_RELAX_ACQ = 1u << 4, /* no acquire before the operation reads */
	PEAL_FLAG_RELAX_REL = 1u << 5, /* no release after the operation writes */
};

/* ---- operations ---- */

enum peal_opcode {
	PEAL_OP_NOP = 0x00,
	PEAL_OP_ECHO = 0x01,
	PEAL_OP_STOP = 0x0f,
	PEAL_OP_COPY = 0x10,
	PEAL_OP_FILL = 0x11,
	PEAL_OP_COMPARE = 0x12,
	PEAL_OP_CRC32C = 0x13,
	PEAL_OP_COPY_CRC = 0x14,
	PEAL_OP_PREFILL = 0x20,
	PEAL_OP_DECODE = 0x21,
	PEAL_OP_REWARD = 0x22,
};

/* ---- completion status ---- */

enum peal_status {
	PEAL_ST_OK = 0x00, /* done */
	PEAL_ST_REWARD_NEEDED = 0x01, /* DECODE stopped at the reward boundary */
	PEAL_ST_STOPPED = 0x02, /* STOP: the queue drains behind it */
	PEAL_ST_MISCOMPARE = 0x03, /* COMPARE found a difference; result = 1 + its offset */
	PEAL_ST_BAD_OPCODE = 0x10, /* unknown operation; result = opcode */
	PEAL_ST_BAD_FLAGS = 0x11, /* unknown or unsupported flags; result = the offending mask */
	PEAL_ST_RESERVED = 0x12, /* a reserved or unused field is not zero; result = mask of the words */
	PEAL_ST_BAD_LENGTH = 0x13, /* length or arg0 outside the operation's limits; result = 0 */
	PEAL_ST_BAD_REGION = 0x14, /* no such region or generation; result = operand, 0 is A, 1 is B */
	PEAL_ST_TENANT = 0x15, /* the region belongs to another tenant; result = operand */
	PEAL_ST_PERMISSION = 0x16, /* the region does not allow the access; result = operand */
	PEAL_ST_RANGE = 0x17, /* offset + size is past the end of the region; result = operand */
	PEAL_ST_ALIGNMENT = 0x18, /* the bus address is not aligned as the operation asks; result = operand */
	PEAL_ST_OVERLAP = 0x19, /* the operands overlap on the bus; result = 0 */
	PEAL_ST_BAD_CRC = 0x1a, /* the crc field is wrong, or missing where the queue requires it; result = the right CRC */
	PEAL_ST_BAD_STATE = 0x1b, /* the record is in another state; result = the state found */
	PEAL_ST_READ = 0x20, /* bus error on a data read */
	PEAL_ST_WRITE = 0x21, /* bus error on a data write */
	PEAL_ST_ABORTED = 0x30, /* accepted, then aborted */
	PEAL_ST_CANCELLED = 0x31, /* published, never accepted; made by libpeal, never written by a device */
};

/* ---- queue states ---- */

enum peal_queue_state_code {
	PEAL_Q_DISABLED = 0, /* all lines of the queue are the host's */
	PEAL_Q_ENABLED = 1, /* accepts descriptors */
	PEAL_Q_DRAINING = 2, /* accepts up to the tail of the DRAIN, or nothing behind a STOP */
	PEAL_Q_DRAINED = 3, /* all accepted descriptors completed, nothing outstanding */
	PEAL_Q_ABORTING = 4, /* accepts nothing, ends what it accepted */
	PEAL_Q_ERROR = 5, /* accepts nothing; ABORT, RESET or DISABLE leaves it */
	PEAL_Q_ABORTED = 6, /* all accepted descriptors completed, nothing outstanding; RESET or DISABLE leaves it */
};

/* ---- commands ---- */

enum peal_command {
	PEAL_CMD_ENABLE = 1, /* DISABLED: check the configuration, start at SQ_START/CQ_START; DRAINED: go on */
	PEAL_CMD_DRAIN = 2, /* complete what is published, then DRAINED */
	PEAL_CMD_ABORT = 3, /* accept no more, end what is accepted as soon as it can be, then ABORTED */
	PEAL_CMD_RESET = 4, /* as ABORT where anything is in flight, then DISABLED with a new epoch */
	PEAL_CMD_DISABLE = 5, /* accept no more, complete what is accepted, then DISABLED */
};

enum peal_command_code {
	PEAL_CMDCODE_OK = 0x00, /* done */
	PEAL_CMDCODE_BAD_CMD = 0x01, /* unknown command */
	PEAL_CMDCODE_BAD_QUEUE = 0x02, /* no such queue */
	PEAL_CMDCODE_BAD_STATE = 0x03, /* not legal in the queue's state */
	PEAL_CMDCODE_BUSY = 0x04, /* RESET of a queue with descriptors in flight, on a device without ABORT */
	PEAL_CMDCODE_UNSUPPORTED = 0x05, /* a clause whose capability bit is clear */
	PEAL_CMDCODE_BAD_CONFIG = 0x06, /* ring sizes outside the device's limits or unequal with MATCHED, or MODE bits reserved */
	PEAL_CMDCODE_TIMEOUT = 0x07, /* CMD_TIMEOUT passed; the state stays, the memory is not to be reused */
	PEAL_CMDCODE_LEASE = 0x08, /* ENABLE: the lease has expired and was not renewed */
	PEAL_CMDCODE_BAD_REGION = 0x14, /* ENABLE: a ring or line names no region; CMDSTS[11:8] says which */
	PEAL_CMDCODE_TENANT = 0x15, /* ENABLE: a ring or line is another tenant's */
	PEAL_CMDCODE_PERMISSION = 0x16, /* ENABLE: a ring or line lacks the permission */
	PEAL_CMDCODE_RANGE = 0x17, /* ENABLE: a ring or line is past the end of its region */
	PEAL_CMDCODE_ALIGNMENT = 0x18, /* ENABLE: a ring or line is not 64-byte aligned on the bus */
};

/* ---- event log ---- */

enum peal_event_code {
	PEAL_EVENT_FETCH = 1, /* bus error on a descriptor fetch; w1 = SQ index */
	PEAL_EVENT_STALE_DESC = 2, /* tags wrong after the bounded re-fetches; w1 = SQ index */
	PEAL_EVENT_INVALID_DOORBELL = 3, /* backwards, or more than a ring ahead; w1 = value, w2 = SQ tail, w3 = SQ head */
	PEAL_EVENT_INVALID_CREDIT = 4, /* cq_head outside [cq_head, completions handed to the bus]; w1 = value, w2 = that CQ index, w3 = CQ head */
	PEAL_EVENT_COMPLETION = 5, /* bus error on a completion write; w1 = CQ index 31:16, SQ index 15:0, w2 = cookie, w3 = result 31:0, w4 = result 55:32 in 31:8, status in 7:0 */
	PEAL_EVENT_LEASE = 6, /* the heartbeat lease expired; the queue field is 0xffff */
};

/* ---- capabilities ---- */

enum peal_capability {
	PEAL_CAP_INDEXED = 1u << 0, /* doorbells carry the SQ tail, the device fetches [head, tail) */
	PEAL_CAP_POLLED = 1u << 1, /* workers look at the slots by themselves; in place of INDEXED */
	PEAL_CAP_FIFO = 1u << 2, /* completions in SQ order */
	PEAL_CAP_ACTOR = 1u << 3, /* order per actor */
	PEAL_CAP_NONE = 1u << 4, /* no order */
	PEAL_CAP_PACKED = 1u << 5, /* a completion takes the next CQ slot */
	PEAL_CAP_MATCHED = 1u << 6, /* CQ index = SQ index */
	PEAL_CAP_CRC = 1u << 7, /* descriptor CRC */
	PEAL_CAP_RELAX = 1u << 8, /* RELAX_ACQ and RELAX_REL are accepted */
	PEAL_CAP_FENCE = 1u << 9, /* FENCE */
	PEAL_CAP_SILENT = 1u << 10, /* SILENT */
	PEAL_CAP_EVENT = 1u << 11, /* EVENT */
	PEAL_CAP_SUPPRESS = 1u << 12, /* doorbell suppression; POLLED: parking */
	PEAL_CAP_LEASE = 1u << 13, /* heartbeat lease */
	PEAL_CAP_ABORT = 1u << 14, /* ABORT, and RESET of a busy queue */
	PEAL_CAP_BUS_FAULTS = 1u << 15, /* typed outcomes of bus errors */
	PEAL_CAP_DEVICE_LINE = 1u << 16, /* the device line is written when a queue falls idle and when its state changes */
};

enum peal_kind {
	PEAL_KIND_REF = 1, /* C reference model */
	PEAL_KIND_RTL = 2, /* RTL under Verilator */
	PEAL_KIND_ICARUS = 3, /* the same RTL under Icarus */
	PEAL_KIND_SYSTEMC = 4, /* SystemC TLM model */
	PEAL_KIND_CUDA = 5, /* persistent CUDA workers */
	PEAL_KIND_OTHER = 255, /* somebody's own engine */
};

/* ---- rollout record states ---- */

enum peal_record_state {
	PEAL_R_FREE = 0, /* the host may fill the record */
	PEAL_R_PREFILL_READY = 1, /* context read, no token made */
	PEAL_R_DECODING = 2, /* some tokens made */
	PEAL_R_REWARD_PENDING = 3, /* at a reward boundary */
	PEAL_R_TRAJECTORY_READY = 4, /* max_tokens made, or finished by REWARD */
	PEAL_R_DONE = 5, /* last reward given; the host alone makes it FREE */
};

/* ---- device counters ---- */

enum peal_counter {
	PEAL_CTR_CYCLES = 0, /* device cycles since reset */
	PEAL_CTR_IDLE = 1, /* nothing published that could be accepted, nothing in flight */
	PEAL_CTR_FETCH = 2, /* waiting for a descriptor fetch */
	PEAL_CTR_CREDIT = 3, /* waiting for completion-queue credit */
	PEAL_CTR_DATA = 4, /* waiting for data or records to be read */
	PEAL_CTR_WRITE = 5, /* waiting for writes to be taken or answered */
	PEAL_CTR_ACTIVE = 6, /* a descriptor was accepted or a beat moved */
	PEAL_CTR_READ_BEATS = 7, /* read beats taken */
	PEAL_CTR_WRITE_BEATS = 8, /* write beats given */
	PEAL_CTR_ACCEPTED = 9, /* descriptors accepted */
	PEAL_CTR_COMPLETED = 10, /* completions written */
	PEAL_CTR_SILENT = 11, /* successes not written, as SILENT asks */
	PEAL_CTR_UNDELIVERED = 12, /* outcomes that did not reach the completion queue */
};
#define PEAL_COUNTERS 13

/* ---- what an operation uses: X(NAME, unit, a, b, length, m2..m6) ----
 * unit CTRL MOVE ROLLOUT; a and b NONE R_LEN W_LEN R_LEN4 RECORD W_ARG0;
 * length NONE ANY TOKENS ARG0; masks ALL NONE LEN LO32 BIT0. */

#define PEAL_OPERATIONS(X) \
	X(NOP, CTRL, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE) \
	X(ECHO, CTRL, NONE, NONE, NONE, ALL, ALL, ALL, ALL, ALL) \
	X(STOP, CTRL, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE) \
	X(COPY, MOVE, R_LEN, W_LEN, ANY, ALL, ALL, LEN, NONE, NONE) \
	X(FILL, MOVE, NONE, W_LEN, ANY, NONE, ALL, LEN, LO32, NONE) \
	X(COMPARE, MOVE, R_LEN, R_LEN, ANY, ALL, ALL, LEN, NONE, NONE) \
	X(CRC32C, MOVE, R_LEN, NONE, ANY, ALL, NONE, LEN, LO32, NONE) \
	X(COPY_CRC, MOVE, R_LEN, W_LEN, ANY, ALL, ALL, LEN, LO32, NONE) \
	X(PREFILL, ROLLOUT, RECORD, R_LEN4, TOKENS, ALL, ALL, LEN, NONE, NONE) \
	X(DECODE, ROLLOUT, RECORD, W_ARG0, ARG0, ALL, ALL, NONE, ALL, NONE) \
	X(REWARD, ROLLOUT, RECORD, R_LEN4, TOKENS, ALL, ALL, LEN, BIT0, NONE) \

#define PEAL_FLAGS_V1 (0u | PEAL_FLAG_FENCE | PEAL_FLAG_SILENT | PEAL_FLAG_EVENT | PEAL_FLAG_CRC | PEAL_FLAG_RELAX_ACQ | PEAL_FLAG_RELAX_REL)
#define PEAL_CAPS_V1 (0u | PEAL_CAP_INDEXED | PEAL_CAP_FIFO | PEAL_CAP_ACTOR | PEAL_CAP_NONE | PEAL_CAP_PACKED | PEAL_CAP_MATCHED | PEAL_CAP_CRC | PEAL_CAP_RELAX | PEAL_CAP_FENCE | PEAL_CAP_SILENT | PEAL_CAP_EVENT | PEAL_CAP_SUPPRESS | PEAL_CAP_LEASE | PEAL_CAP_ABORT | PEAL_CAP_BUS_FAULTS | PEAL_CAP_DEVICE_LINE)

/* ---- registers: byte offsets ---- */

#define PEAL_REG_MAGIC 0x000u /* RO: PEAL_MAGIC */
#define PEAL_REG_VERSION 0x004u /* RO: contract version */
#define PEAL_REG_CONTRACT_LO 0x008u /* RO: contract hash, bits 31:0 */
#define PEAL_REG_CONTRACT_HI 0x00cu /* RO: contract hash, bits 63:32 */
#define PEAL_REG_KIND 0x010u /* RO: device kind */
#define PEAL_REG_BUILD 0x014u /* RO: first 32 bits of the git hash it was built from, 0 if unknown */
#define PEAL_REG_CLOCK_KHZ 0x018u /* RO: nominal clock in kHz, 0 when the device has none */
#define PEAL_REG_CAP_CLAUSES 0x020u /* RO: capability bits */
#define PEAL_REG_CAP_RING 0x024u /* RO: 7:0 smallest, 15:8 largest log2 ring size */
#define PEAL_REG_CAP_QUEUES 0x028u /* RO: number of queues */
#define PEAL_REG_CAP_REGIONS 0x02cu /* RO: entries of the region table */
#define PEAL_REG_CAP_DB_STRIDE 0x030u /* RO: bytes between doorbells: 64, or 4096 to isolate tenants */
#define PEAL_REG_CAP_OP0 0x040u /* RO: opcode map, bits 31:0; CAP_OP1 to CAP_OP7 follow */
#define PEAL_REG_RT_SEL 0x100u /* RW: region table: entry the window shows */
#define PEAL_REG_RT_BUS_LO 0x104u /* RW: bus address 31:0 */
#define PEAL_REG_RT_BUS_HI 0x108u /* RW: bus address 47:32 */
#define PEAL_REG_RT_LEN_LO 0x10cu /* RW: length in bytes 31:0 */
#define PEAL_REG_RT_LEN_HI 0x110u /* RW: length 39:32 */
#define PEAL_REG_RT_TENANT 0x114u /* RW: 15:0 tenant */
#define PEAL_REG_RT_COMMIT 0x118u /* RW: commits the entry: 5:0 generation, 8 read, 9 write, 31 valid */
#define PEAL_REG_RT_BUSY 0x11cu /* RO: 1 while a descriptor accepted before the last invalidation is in flight */
#define PEAL_REG_CMD 0x200u /* RW: 7:0 command, 23:8 queue; starts it */
#define PEAL_REG_CMDSTS 0x204u /* RO: 31 active, 27:16 queue, 11:8 which of SQ, CQ, host line, device line, 7:0 code */
#define PEAL_REG_CMD_TIMEOUT 0x208u /* RW: bound of a command in device cycles */
#define PEAL_REG_LEASE 0x20cu /* RW: device cycles until the lease expires; a write starts it anew, 0 turns it off; reads what is left */
#define PEAL_REG_LEASE_STS 0x210u /* RO: 0 a lease runs, 1 it has expired */
#define PEAL_REG_EV_COUNT 0x300u /* RO: events since power-up */
#define PEAL_REG_EV_LOST 0x304u /* RO: events that found the log full */
#define PEAL_REG_EV_LEVEL 0x308u /* RO: entries in the log */
#define PEAL_REG_EV_POP 0x30cu /* WO: drops the oldest entry */
#define PEAL_REG_EV_W0 0x310u /* RO: oldest entry: 7:0 code, 23:8 queue */
#define PEAL_REG_EV_W1 0x314u /* RO: oldest entry, word 1 */
#define PEAL_REG_EV_W2 0x318u /* RO: oldest entry, word 2 */
#define PEAL_REG_EV_W3 0x31cu /* RO: oldest entry, word 3 */
#define PEAL_REG_EV_W4 0x320u /* RO: oldest entry, word 4 */
#define PEAL_REG_FE_STS 0x330u /* RW: first error: 0 held, 1 more events came behind it; any write lets the next event in */
#define PEAL_REG_FE_W0 0x334u /* RO: first error, as EV_W0 */
#define PEAL_REG_FE_W1 0x338u /* RO: first error, word 1 */
#define PEAL_REG_FE_W2 0x33cu /* RO: first error, word 2 */
#define PEAL_REG_FE_W3 0x340u /* RO: first error, word 3 */
#define PEAL_REG_FE_W4 0x344u /* RO: first error, word 4 */
#define PEAL_REG_CTR_SNAP 0x400u /* WO: copies all counters to the window below */
#define PEAL_REG_CTR_BASE 0x408u /* RO: 64-bit counters, low word first */

/* In the context of a queue. */

#define PEAL_QREG_SQ_REGION 0x00u /* RW: submission ring: region handle */
#define PEAL_QREG_SQ_OFF_LO 0x04u /* RW: submission ring: offset 31:0 */
#define PEAL_QREG_SQ_OFF_HI 0x08u /* RW: submission ring: offset 39:32 */
#define PEAL_QREG_CQ_REGION 0x0cu /* RW: completion ring: region handle */
#define PEAL_QREG_CQ_OFF_LO 0x10u /* RW: completion ring: offset 31:0 */
#define PEAL_QREG_CQ_OFF_HI 0x14u /* RW: completion ring: offset 39:32 */
#define PEAL_QREG_HL_REGION 0x18u /* RW: host line: region handle */
#define PEAL_QREG_HL_OFF_LO 0x1cu /* RW: host line: offset 31:0 */
#define PEAL_QREG_HL_OFF_HI 0x20u /* RW: host line: offset 39:32 */
#define PEAL_QREG_DL_REGION 0x24u /* RW: device line: region handle */
#define PEAL_QREG_DL_OFF_LO 0x28u /* RW: device line: offset 31:0 */
#define PEAL_QREG_DL_OFF_HI 0x2cu /* RW: device line: offset 39:32 */
#define PEAL_QREG_SIZE 0x30u /* RW: 3:0 log2 of the SQ slots, 11:8 log2 of the CQ slots */
#define PEAL_QREG_MODE 0x34u /* RW: 1:0 order (0 FIFO, 1 ACTOR, 2 NONE), 4 MATCHED, 8 CRC required, 9 FENCES, 10 SUPPRESS */
#define PEAL_QREG_TENANT 0x38u /* RW: 15:0 tenant of every descriptor of the queue */
#define PEAL_QREG_SQ_START 0x3cu /* RW: first SQ index after ENABLE from DISABLED */
#define PEAL_QREG_CQ_START 0x40u /* RW: first CQ index after ENABLE from DISABLED */
#define PEAL_QREG_STATE 0x50u /* RO: queue state */
#define PEAL_QREG_EPOCH 0x54u /* RO: epoch, one more with each RESET */
#define PEAL_QREG_SQ_TAIL 0x58u /* RO: last valid doorbell */
#define PEAL_QREG_SQ_HEAD 0x5cu /* RO: lowest index not accepted */
#define PEAL_QREG_CQ_TAIL 0x60u /* RO: CQ index behind the last completion written */
#define PEAL_QREG_CQ_HEAD 0x64u /* RO: last valid credit */
#define PEAL_QREG_N_ACCEPTED 0x70u /* RO: descriptors accepted since ENABLE from DISABLED */
#define PEAL_QREG_N_COMPLETED 0x74u /* RO: completions written */
#define PEAL_QREG_N_SILENT 0x78u /* RO: successes not written, as SILENT asks */
#define PEAL_QREG_N_UNDELIVERED 0x7cu /* RO: completions that the bus refused, or that a lease cut off */
#define PEAL_QREG_N_IN_FLIGHT 0x80u /* RO: accepted, not completed */
#define PEAL_QREG_N_DOORBELLS 0x84u /* RO: doorbells taken */
#define PEAL_QREG_N_DB_REJECTED 0x88u /* RO: doorbells to a queue that is not ENABLED */
#define PEAL_QREG_N_DB_INVALID 0x8cu /* RO: doorbells and credits out of bounds */
#define PEAL_QREG_N_REFETCH 0x90u /* RO: descriptor fetches repeated for wrong tags */
#define PEAL_QREG_N_EVENTS 0x94u /* RO: outcomes of descriptors with EVENT */

/* In the doorbell slot of a queue. */

#define PEAL_DB_SQ_TAIL 0x0u /* WO: doorbell: absolute SQ tail */
#define PEAL_DB_CQ_HEAD 0x4u /* WO: credit: absolute CQ head */

/* ---- memory formats ---- */

#ifdef __cplusplus
#define PEAL_STATIC_ASSERT(c, m) static_assert(c, m)
#define PEAL_ALIGNAS(n) alignas(n)
#else
#define PEAL_STATIC_ASSERT(c, m) _Static_assert(c, m)
#define PEAL_ALIGNAS(n) _Alignas(n)
#endif

/* A descriptor slot: eight words, little-endian. */
struct peal_desc {
	PEAL_ALIGNAS(64) uint64_t w[8];
};
PEAL_STATIC_ASSERT(sizeof(struct peal_desc) == PEAL_DESC_BYTES, "descriptor");
PEAL_STATIC_ASSERT(offsetof(struct peal_desc, w[7]) == 56, "descriptor");

/* A completion slot: two words. */
struct peal_comp {
	PEAL_ALIGNAS(16) uint64_t c[2];
};
PEAL_STATIC_ASSERT(sizeof(struct peal_comp) == PEAL_COMP_BYTES, "completion");
PEAL_STATIC_ASSERT(offsetof(struct peal_comp, c[1]) == 8, "completion");

/* The host's line: each word is epoch 63:32, value 31:0. */
struct peal_host_line {
	PEAL_ALIGNAS(64) uint64_t sq_tail;
	uint64_t cq_head;
	uint64_t rsvd[6];
};
PEAL_STATIC_ASSERT(sizeof(struct peal_host_line) == PEAL_LINE_BYTES, "host line");
PEAL_STATIC_ASSERT(offsetof(struct peal_host_line, cq_head) == 8, "host line");

/* The device's line: each word is epoch 63:32, value 31:0. */
struct peal_device_line {
	PEAL_ALIGNAS(64) uint64_t sq_head;
	uint64_t cq_tail;
	uint64_t sq_event;
	uint64_t state;
	uint64_t rsvd[4];
};
PEAL_STATIC_ASSERT(sizeof(struct peal_device_line) == PEAL_LINE_BYTES, "device line");
PEAL_STATIC_ASSERT(offsetof(struct peal_device_line, state) == 24, "device line");

/* A rollout record. */
struct peal_record {
	PEAL_ALIGNAS(64) uint32_t STATE; /* record state */
	uint32_t MAX_TOKENS; /* host: tokens of the whole trajectory, 1 to TOKENS_MAX */
	uint32_t REWARD_BOUNDARY; /* host: a reward is due every so many tokens; 0 is never */
	uint32_t CONTEXT_TOKENS; /* PREFILL: tokens of the context */
	uint32_t TOKENS; /* tokens made so far */
	uint32_t SINCE_REWARD; /* tokens made since the last boundary */
	uint32_t SEED; /* PREFILL: CRC32C of the context, seed of the token generator */
	uint32_t REWARD; /* sum of the rewards, Q16.16 */
	uint32_t REWARDS; /* number of rewards */
	uint32_t USER[7];
};
PEAL_STATIC_ASSERT(sizeof(struct peal_record) == PEAL_RECORD_BYTES, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, STATE) == 0, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, MAX_TOKENS) == 4, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, REWARD_BOUNDARY) == 8, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, CONTEXT_TOKENS) == 12, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, TOKENS) == 16, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, SINCE_REWARD) == 20, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, SEED) == 24, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, REWARD) == 28, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, REWARDS) == 32, "record");
PEAL_STATIC_ASSERT(offsetof(struct peal_record, USER) == 36, "record");

/* ---- names (runtime/lib/names.c); "?" for what the contract does not name ---- */

#ifdef __cplusplus
extern "C" {
#endif
const char *peal_opcode_name(uint32_t code);
const char *peal_status_name(uint32_t code);
const char *peal_flag_name(uint32_t bit);
const char *peal_queue_state_name(uint32_t code);
const char *peal_command_name(uint32_t code);
const char *peal_command_code_name(uint32_t code);
const char *peal_event_name(uint32_t code);
const char *peal_capability_name(uint32_t bit);
const char *peal_kind_name(uint32_t code);
const char *peal_record_state_name(uint32_t code);
const char *peal_counter_name(uint32_t index);
#ifdef __cplusplus
}
#endif

#endif
