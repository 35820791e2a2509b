/* SPDX-License-Identifier: MIT */
/*
 * operations.cc - checks, operations and records, from C2 and C4 of the contract.
 */
#include "operations.h"

#include <peal/peal.h>

#include <algorithm>
#include <cstring>

/* ---- the table ------------------------------------------------------------ */

static constexpr uint64_t kMaskNONE = 0, kMaskBIT0 = 1, kMaskLEN = UINT32_MAX,
			  kMaskLO32 = UINT32_MAX, kMaskALL = PEAL_PAYLOAD_MASK;

#define ROW(name, unit, a, b, length, m2, m3, m4, m5, m6) \
	{ PEAL_OP_##name,     Unit::unit,                 \
	  Operand::a,	      Operand::b,                 \
	  LengthRule::length, { kMask##m2, kMask##m3, kMask##m4, kMask##m5, kMask##m6 } },

static const OpInfo operations[] = { PEAL_OPERATIONS(ROW) };

const OpInfo *op_info(uint32_t code)
{
	for (const OpInfo &info : operations)
		if (info.code == code)
			return &info;
	return nullptr;
}

uint32_t opcode_map(unsigned n)
{
	uint32_t map = 0;

	for (const OpInfo &info : operations)
		if (info.code / 32 == n)
			map |= 1u << info.code % 32;
	return map;
}

/* ---- checks, in the contract's order -------------------------------------- */

static bool refuse(Op &op, uint8_t status, uint64_t result)
{
	op.end(status, result);
	return false;
}

static bool check_crc(Op &op)
{
	const bool given = PEAL_FIELD_GET(op.w, PEAL_D_FLAGS) & PEAL_FLAG_CRC;
	uint8_t bytes[PEAL_DESC_WORDS * 7];

	if (!given && !op.queue->is(kCrcRequired))
		return true;
	for (unsigned i = 0; i < sizeof bytes; i++) { /* C2.6 */
		uint64_t w = op.w[i / 7];

		if (i / 7 == PEAL_D_CRC_WORD)
			w &= ~(PEAL_FIELD_MASK(PEAL_D_CRC) << PEAL_D_CRC_LSB);
		bytes[i] = w >> i % 7 * 8;
	}
	uint32_t right = peal_crc32c(0, bytes, sizeof bytes);

	return (given && PEAL_FIELD_GET(op.w, PEAL_D_CRC) == right) ||
	       refuse(op, PEAL_ST_BAD_CRC, right);
}

static bool check_flags(Op &op)
{
	const uint64_t flags = PEAL_FIELD_GET(op.w, PEAL_D_FLAGS);
	uint64_t allowed = PEAL_FLAGS_V1;

	if (op.queue->is(kMatched))
		allowed &= ~uint64_t{ PEAL_FLAG_SILENT };
	if (op.queue->order() == kNone && !op.queue->is(kFences))
		allowed &= ~uint64_t{ PEAL_FLAG_FENCE };
	return !(flags & ~allowed) || refuse(op, PEAL_ST_BAD_FLAGS, flags & ~allowed);
}

static bool check_reserved(Op &op)
{
	const bool crc = PEAL_FIELD_GET(op.w, PEAL_D_FLAGS) & PEAL_FLAG_CRC;
	uint64_t wrong = 0;

	if (PEAL_FIELD_GET(op.w, PEAL_D_CLASS))
		wrong |= 1;
	if (PEAL_FIELD_GET(op.w, PEAL_D_ACTOR_GEN) || PEAL_FIELD_GET(op.w, PEAL_D_RSVD1))
		wrong |= 2;
	for (unsigned i = 0; i < 5; i++)
		if (op.w[i + 2] & ~op.info->used[i])
			wrong |= 4u << i;
	if (PEAL_FIELD_GET(op.w, PEAL_D_AUX1) || (PEAL_FIELD_GET(op.w, PEAL_D_CRC) && !crc))
		wrong |= 1u << 7;
	return !wrong || refuse(op, PEAL_ST_RESERVED, wrong);
}

static bool check_length(Op &op)
{
	bool good = true;

	if (op.info->length == LengthRule::TOKENS)
		good = op.length && op.length % PEAL_TOKEN_BYTES == 0 &&
		       op.length / PEAL_TOKEN_BYTES <= PEAL_TOKENS_MAX;
	else if (op.info->length == LengthRule::ARG0)
		good = op.arg && op.arg <= PEAL_TOKENS_MAX;
	return good || refuse(op, PEAL_ST_BAD_LENGTH, 0);
}

static uint64_t size_of(const Op &op, Operand kind)
{
	switch (kind) {
	case Operand::NONE: return 0;
	case Operand::RECORD: return PEAL_RECORD_BYTES;
	case Operand::W_ARG0: return PEAL_TOKEN_BYTES * op.arg;
	default: return op.length;
	}
}

static bool check_operand(const Front &front, Op &op, unsigned which)
{
	const Operand kind = which ? op.info->b : op.info->a;
	const uint64_t word = op.w[PEAL_D_A_REGION_WORD + which];
	const bool write = kind == Operand::W_LEN || kind == Operand::W_ARG0;
	uint64_t &bytes = which ? op.b_bytes : op.a_bytes;

	if (kind == Operand::NONE)
		return true;
	bytes = size_of(op, kind);
	uint8_t status = front.resolve(op.queue->get(PEAL_QREG_TENANT), word >> PEAL_D_A_REGION_LSB,
				       word & PEAL_FIELD_MASK(PEAL_D_A_OFFSET), bytes, !write,
				       write || kind == Operand::RECORD, which ? &op.b : &op.a);

	return status == PEAL_ST_OK || refuse(op, status, which);
}

static bool aligned(Operand kind, uint64_t bus)
{
	if (kind == Operand::RECORD)
		return bus % PEAL_RECORD_BYTES == 0;
	return (kind != Operand::R_LEN4 && kind != Operand::W_ARG0) || bus % PEAL_TOKEN_BYTES == 0;
}

static bool check_places(Op &op)
{
	const OpInfo &info = *op.info;
	const bool apart = op.a + op.a_bytes <= op.b || op.b + op.b_bytes <= op.a;

	if (!aligned(info.a, op.a))
		return refuse(op, PEAL_ST_ALIGNMENT, 0);
	if (!aligned(info.b, op.b))
		return refuse(op, PEAL_ST_ALIGNMENT, 1);
	if (info.code == PEAL_OP_COMPARE || !op.a_bytes || !op.b_bytes || apart)
		return true;
	return refuse(op, PEAL_ST_OVERLAP, 0);
}

bool check(const Front &front, Op &op)
{
	const uint64_t flags = PEAL_FIELD_GET(op.w, PEAL_D_FLAGS);

	op.silent = flags & PEAL_FLAG_SILENT;
	op.info = op_info(op.code());
	op.length = PEAL_FIELD_GET(op.w, PEAL_D_LENGTH);
	op.arg = PEAL_FIELD_GET(op.w, PEAL_D_ARG0);
	if (!check_crc(op) || (!op.info && !refuse(op, PEAL_ST_BAD_OPCODE, op.code())) ||
	    !check_flags(op))
		return false;
	op.event = flags & PEAL_FLAG_EVENT; /* of one whose flags are known to be good (C2.11) */
	if (!check_reserved(op) || !check_length(op) || !check_operand(front, op, 0) ||
	    !check_operand(front, op, 1) || !check_places(op))
		return false;
	op.fence = flags & PEAL_FLAG_FENCE;
	return true;
}

/* ---- operations without memory -------------------------------------------- */

bool without_memory(const Op &op)
{
	return op.info->unit == Unit::CTRL || (op.info->unit == Unit::MOVE && !op.length);
}

void answer_at_once(Op &op)
{
	switch (op.info->code) {
	case PEAL_OP_ECHO:
		op.end(PEAL_ST_OK, op.w[2] ^ op.w[3] ^ op.w[4] ^ op.w[5] ^ op.w[6]);
		break;
	case PEAL_OP_STOP: op.end(PEAL_ST_STOPPED, op.index); break;
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: op.end(PEAL_ST_OK, static_cast<uint32_t>(op.arg)); break;
	default: op.end(PEAL_ST_OK, 0);
	}
}

/* ---- pieces --------------------------------------------------------------- */

void fill_piece(const Op &op, uint8_t *out, size_t bytes)
{
	for (size_t j = 0; j < bytes; j++)
		out[j] = op.arg >> (op.done + j) % 4 * 8;
}

static uint32_t word_at(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | uint32_t{ p[3] } << 24;
}

void look_at_piece(Op &op, const uint8_t *a, const uint8_t *b, size_t bytes)
{
	switch (op.info->code) {
	case PEAL_OP_COMPARE:
		if (!op.found && memcmp(a, b, bytes))
			op.found = op.done + 1 + (std::mismatch(a, a + bytes, b).first - a);
		break;
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: /* the seed is the first value */
		op.value = peal_crc32c(op.done ? op.value : op.arg, a, bytes);
		break;
	case PEAL_OP_PREFILL: op.value = peal_crc32c(op.value, a, bytes); break;
	case PEAL_OP_REWARD:
		for (size_t j = 0; j < bytes; j += PEAL_TOKEN_BYTES)
			op.value += word_at(a + j) & 0xffff;
		break;
	default: break;
	}
}

void finish_memory(Op &op)
{
	if (op.read_failed)
		return op.end(PEAL_ST_READ);
	if (op.write_failed)
		return op.end(PEAL_ST_WRITE);
	if (op.cut)
		return op.end(PEAL_ST_ABORTED);
	switch (op.info->code) {
	case PEAL_OP_COMPARE: return op.end(op.found ? PEAL_ST_MISCOMPARE : PEAL_ST_OK, op.found);
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: return op.end(PEAL_ST_OK, op.value);
	default: return op.end(PEAL_ST_OK, op.length);
	}
}

/* ---- records ------------------------------------------------------------------------------------
 */

enum : size_t {
	kState = offsetof(peal_record, STATE) / 4,
	kMaxTokens = offsetof(peal_record, MAX_TOKENS) / 4,
	kBoundary = offsetof(peal_record, REWARD_BOUNDARY) / 4,
	kContext = offsetof(peal_record, CONTEXT_TOKENS) / 4,
	kTokens = offsetof(peal_record, TOKENS) / 4,
	kSinceReward = offsetof(peal_record, SINCE_REWARD) / 4,
	kSeed = offsetof(peal_record, SEED) / 4,
	kReward = offsetof(peal_record, REWARD) / 4,
	kRewards = offsetof(peal_record, REWARDS) / 4,
};

void Record::load(const uint8_t *bytes)
{
	for (size_t i = 0; i < sizeof w / 4; i++)
		w[i] = word_at(bytes + 4 * i);
}

void Record::store(uint8_t *bytes) const
{
	for (size_t i = 0; i < sizeof w; i++)
		bytes[i] = w[i / 4] >> i % 4 * 8;
}

bool judge(Op &op, const Record &record)
{
	const uint32_t *r = record.w;
	bool may;

	switch (op.info->code) {
	case PEAL_OP_PREFILL: /* C4.17 */
		may = r[kState] == PEAL_R_FREE && r[kMaxTokens] >= 1 &&
		      r[kMaxTokens] <= PEAL_TOKENS_MAX;
		break;
	case PEAL_OP_DECODE: /* C4.18 */
		may = (r[kState] == PEAL_R_PREFILL_READY || r[kState] == PEAL_R_DECODING) &&
		      r[kTokens] < r[kMaxTokens] &&
		      (!r[kBoundary] || r[kSinceReward] < r[kBoundary]);
		break;
	default: /* C4.19 */
		may = r[kState] == PEAL_R_REWARD_PENDING || r[kState] == PEAL_R_TRAJECTORY_READY;
	}
	return may || refuse(op, PEAL_ST_BAD_STATE, r[kState]);
}

/* C4.13 */
static uint32_t tokens_now(const Op &op, const uint32_t *r)
{
	uint32_t n = std::min(static_cast<uint32_t>(op.arg), r[kMaxTokens] - r[kTokens]);

	return r[kBoundary] ? std::min(n, r[kBoundary] - r[kSinceReward]) : n;
}

uint64_t rollout_bytes(const Op &op, const Record &record)
{
	return op.info->code == PEAL_OP_DECODE
		       ? uint64_t{ PEAL_TOKEN_BYTES } * tokens_now(op, record.w)
		       : op.length;
}

/* C4.14 */
static uint32_t token(uint32_t seed, uint32_t i)
{
	uint32_t x = seed + (i + 1) * PEAL_TOKEN_STEP;

	x = (x ^ x >> 16) * PEAL_TOKEN_MUL0;
	x = (x ^ x >> 15) * PEAL_TOKEN_MUL1;
	return (x ^ x >> 15) >> PEAL_TOKEN_SHIFT;
}

void make_tokens(const Op &op, const Record &record, uint8_t *out, size_t bytes)
{
	const uint32_t first = record.w[kTokens] + static_cast<uint32_t>(op.done / 4);

	for (size_t j = 0; j < bytes; j += 4) {
		uint32_t t = token(record.w[kSeed], first + static_cast<uint32_t>(j / 4));

		for (unsigned k = 0; k < 4; k++)
			out[j + k] = t >> 8 * k;
	}
}

static void after_decode(Op &op, uint32_t *r)
{
	const uint32_t n = tokens_now(op, r);
	uint8_t status = PEAL_ST_OK;

	r[kTokens] += n;
	r[kSinceReward] += n;
	r[kState] = PEAL_R_DECODING;
	if (r[kTokens] == r[kMaxTokens]) {
		r[kState] = PEAL_R_TRAJECTORY_READY;
	} else if (r[kBoundary] && r[kSinceReward] == r[kBoundary]) {
		r[kState] = PEAL_R_REWARD_PENDING;
		status = PEAL_ST_REWARD_NEEDED;
	}
	op.end(status, n | uint64_t{ (r[kContext] + r[kTokens]) & 0xfffffff } << 28);
}

static void after_reward(Op &op, uint32_t *r)
{
	r[kReward] += op.value;
	r[kRewards]++;
	if (r[kState] == PEAL_R_TRAJECTORY_READY) {
		r[kState] = PEAL_R_DONE;
	} else {
		r[kSinceReward] = 0;
		r[kState] = op.arg & 1 ? PEAL_R_TRAJECTORY_READY : PEAL_R_DECODING;
	}
	op.end(PEAL_ST_OK, op.value);
}

void finish_rollout(Op &op, Record &record)
{
	uint32_t *r = record.w;

	if (op.info->code == PEAL_OP_DECODE)
		return after_decode(op, r);
	if (op.info->code == PEAL_OP_REWARD)
		return after_reward(op, r);
	r[kState] = PEAL_R_PREFILL_READY; /* C4.12 */
	r[kContext] = op.length / PEAL_TOKEN_BYTES;
	r[kTokens] = r[kSinceReward] = r[kReward] = r[kRewards] = 0;
	r[kSeed] = op.value;
	op.end(PEAL_ST_OK, r[kContext]);
}

/* ---- completions -------------------------------------------------------------------------------
 */

void completion_words(const Op &op, uint8_t tag, uint64_t words[PEAL_COMP_WORDS])
{
	const uint64_t top = uint64_t{ tag } << PEAL_PAYLOAD_BITS;

	words[0] = top | PEAL_FIELD_PUT(PEAL_C_COOKIE, op.cookie()) |
		   PEAL_FIELD_PUT(PEAL_C_STATUS, op.status) |
		   PEAL_FIELD_PUT(PEAL_C_INDEX, op.index);
	words[1] = top | PEAL_FIELD_PUT(PEAL_C_RESULT, op.result);
}

Event undelivered_event(const Op &op, uint32_t cq_index)
{
	const uint64_t result = op.result & PEAL_PAYLOAD_MASK;

	return { { PEAL_EVENT_COMPLETION | op.queue->number << 8,
		   cq_index << 16 | (op.index & 0xffff), op.cookie(), static_cast<uint32_t>(result),
		   static_cast<uint32_t>(result >> 32 << 8) | op.status } };
}
