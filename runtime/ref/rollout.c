/* SPDX-License-Identifier: MIT */
/*
 * rollout.c - PREFILL, DECODE and REWARD on records.
 *
 * The record is read when the operation begins and written last; in between
 * nobody else may have it. The token source is a counter-based integer
 * generator: token i of a trajectory depends on the seed and on i, nothing else.
 */
#include <endian.h>
#include <string.h>

#include "ref.h"

/* Words of a record. */
enum {
	STATE = offsetof(struct peal_record, STATE) / 4,
	MAX_TOKENS = offsetof(struct peal_record, MAX_TOKENS) / 4,
	BOUNDARY = offsetof(struct peal_record, REWARD_BOUNDARY) / 4,
	CONTEXT_TOKENS = offsetof(struct peal_record, CONTEXT_TOKENS) / 4,
	TOKENS = offsetof(struct peal_record, TOKENS) / 4,
	SINCE_REWARD = offsetof(struct peal_record, SINCE_REWARD) / 4,
	SEED = offsetof(struct peal_record, SEED) / 4,
	REWARD_SUM = offsetof(struct peal_record, REWARD) / 4,
	REWARDS = offsetof(struct peal_record, REWARDS) / 4,
};

static uint32_t get_word(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return le32toh(v);
}

static void put_word(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, 4);
}

static bool done(struct ref_outcome *out, enum peal_status status, uint64_t result)
{
	*out = (struct ref_outcome){ status, result };
	return true;
}

/* ---- the record ----------------------------------------------------------------- */

static bool read_record(struct ref_device *dev, struct ref_work *w)
{
	const uint8_t *p = ref_bus(dev, FAULT_RECORD_READ, w->d.a.bus, PEAL_RECORD_BYTES);

	for (unsigned i = 0; p && i < PEAL_RECORD_BYTES / 4; i++)
		w->record[i] = get_word(p + 4 * i);
	return p;
}

static bool write_record(struct ref_device *dev, const struct ref_work *w)
{
	uint8_t *p = ref_bus(dev, FAULT_RECORD_WRITE, w->d.a.bus, PEAL_RECORD_BYTES);

	for (unsigned i = 0; p && i < PEAL_RECORD_BYTES / 4; i++)
		put_word(p + 4 * i, w->record[i]);
	return p;
}

static bool has_record(const struct ref_work *w, uint64_t bus)
{
	return w->busy && w->d.op->unit == FRONT_ROLLOUT && w->d.a.bus == bus;
}

/* Across queues whoever began has it; within a queue the earlier one is first. */
bool ref_rollout_waits(const struct ref_device *dev, const struct ref_queue *q,
		       const struct ref_work *w)
{
	if (w->begun || w->d.op->unit != FRONT_ROLLOUT)
		return false;
	for (uint32_t i = 0; i < dev->front.queue_count; i++)
		for (unsigned k = 0; k < REF_WORKS; k++) {
			const struct ref_work *other = &dev->queues[i].works[k];
			bool first = &dev->queues[i] == q && (int32_t)(other->index - w->index) < 0;

			if (has_record(other, w->d.a.bus) && (other->begun || first))
				return true;
		}
	return false;
}

/* ---- may it run? (check 10), and how many bytes it moves ----------------------------- */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool prefill_may(const uint32_t *r)
{
	return r[STATE] == PEAL_R_FREE && r[MAX_TOKENS] && r[MAX_TOKENS] <= PEAL_TOKENS_MAX;
}

static bool decode_may(const uint32_t *r)
{
	return (r[STATE] == PEAL_R_PREFILL_READY || r[STATE] == PEAL_R_DECODING) &&
	       r[TOKENS] < r[MAX_TOKENS] && (!r[BOUNDARY] || r[SINCE_REWARD] < r[BOUNDARY]);
}

static bool reward_may(const uint32_t *r)
{
	return r[STATE] == PEAL_R_REWARD_PENDING || r[STATE] == PEAL_R_TRAJECTORY_READY;
}

static bool may_run(const struct ref_work *w)
{
	switch (w->d.op->code) {
	case PEAL_OP_PREFILL: return prefill_may(w->record);
	case PEAL_OP_DECODE: return decode_may(w->record);
	default: return reward_may(w->record);
	}
}

static uint32_t tokens_now(const struct ref_work *w)
{
	const uint32_t *r = w->record;
	uint32_t n = least((uint32_t)w->d.arg0, r[MAX_TOKENS] - r[TOKENS]);

	return r[BOUNDARY] ? least(n, r[BOUNDARY] - r[SINCE_REWARD]) : n;
}

static void begin(struct ref_work *w)
{
	w->begun = true;
	w->done = 0;
	w->crc = 0;
	if (w->d.op->code == PEAL_OP_DECODE)
		w->total = (uint64_t)PEAL_TOKEN_BYTES * tokens_now(w);
	else
		w->total = w->d.length;
}

/* ---- one piece ------------------------------------------------------------------------- */

static uint32_t token(uint32_t seed, uint32_t i)
{
	uint32_t x = seed + (i + 1) * PEAL_TOKEN_STEP;

	x ^= x >> 16;
	x *= PEAL_TOKEN_MUL0;
	x ^= x >> 15;
	x *= PEAL_TOKEN_MUL1;
	x ^= x >> 15;
	return x >> PEAL_TOKEN_SHIFT;
}

static void make_tokens(const struct ref_work *w, uint8_t *p, uint64_t bytes)
{
	uint32_t first = w->record[TOKENS] + (uint32_t)(w->done / PEAL_TOKEN_BYTES);

	for (uint32_t i = 0; i < bytes / PEAL_TOKEN_BYTES; i++)
		put_word(p + (size_t)PEAL_TOKEN_BYTES * i, token(w->record[SEED], first + i));
}

static void piece(struct ref_work *w, uint8_t *p, uint64_t bytes)
{
	switch (w->d.op->code) {
	case PEAL_OP_PREFILL: w->crc = peal_crc32c(w->crc, p, bytes); break;
	case PEAL_OP_DECODE: make_tokens(w, p, bytes); break;
	default: /* REWARD: the sum of the tokens' low halves */
		for (uint64_t i = 0; i < bytes; i += PEAL_TOKEN_BYTES)
			w->crc += get_word(p + i) & 0xffff;
	}
}

/* ---- what becomes of the record ------------------------------------------------------------ */

static void after_prefill(struct ref_work *w, struct ref_outcome *out)
{
	uint32_t *r = w->record;

	r[STATE] = PEAL_R_PREFILL_READY;
	r[CONTEXT_TOKENS] = w->d.length / PEAL_TOKEN_BYTES;
	r[TOKENS] = r[SINCE_REWARD] = r[REWARD_SUM] = r[REWARDS] = 0;
	r[SEED] = w->crc;
	done(out, PEAL_ST_OK, r[CONTEXT_TOKENS]);
}

static void after_decode(struct ref_work *w, struct ref_outcome *out)
{
	uint32_t *r = w->record, n = (uint32_t)(w->total / PEAL_TOKEN_BYTES);
	uint64_t sequence;

	r[TOKENS] += n;
	r[SINCE_REWARD] += n;
	sequence = (r[CONTEXT_TOKENS] + r[TOKENS]) & 0xfffffff;
	r[STATE] = PEAL_R_DECODING;
	done(out, PEAL_ST_OK, n | sequence << 28);
	if (r[TOKENS] == r[MAX_TOKENS]) {
		r[STATE] = PEAL_R_TRAJECTORY_READY;
	} else if (r[BOUNDARY] && r[SINCE_REWARD] == r[BOUNDARY]) {
		r[STATE] = PEAL_R_REWARD_PENDING;
		out->status = PEAL_ST_REWARD_NEEDED;
	}
}

static void after_reward(struct ref_work *w, struct ref_outcome *out)
{
	uint32_t *r = w->record;
	bool finish = w->d.arg0 & 1;

	r[REWARD_SUM] += w->crc;
	r[REWARDS]++;
	if (r[STATE] == PEAL_R_TRAJECTORY_READY) {
		r[STATE] = PEAL_R_DONE;
	} else {
		r[SINCE_REWARD] = 0;
		r[STATE] = finish ? PEAL_R_TRAJECTORY_READY : PEAL_R_DECODING;
	}
	done(out, PEAL_ST_OK, w->crc);
}

static bool finish(struct ref_device *dev, struct ref_work *w, struct ref_outcome *out)
{
	switch (w->d.op->code) {
	case PEAL_OP_PREFILL: after_prefill(w, out); break;
	case PEAL_OP_DECODE: after_decode(w, out); break;
	default: after_reward(w, out);
	}
	return write_record(dev, w) ? true : done(out, PEAL_ST_WRITE, 0);
}

bool ref_rollout(struct ref_device *dev, struct ref_work *w, struct ref_outcome *out)
{
	uint64_t bytes;
	uint8_t *p;

	if (!w->begun) {
		if (!read_record(dev, w))
			return done(out, PEAL_ST_READ, 0);
		if (!may_run(w))
			return done(out, PEAL_ST_BAD_STATE, w->record[STATE]);
		begin(w);
	}
	bytes = ref_piece(w);
	p = ref_bus(dev, FAULT_TOKEN, w->d.b.bus + w->done, bytes);
	if (!p)
		return done(out, w->d.op->b == FRONT_W_ARG0 ? PEAL_ST_WRITE : PEAL_ST_READ, 0);
	piece(w, p, bytes);
	w->done += bytes;
	return w->done == w->total ? finish(dev, w, out) : false;
}
