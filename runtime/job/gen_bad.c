/* SPDX-License-Identifier: MIT */
/*
 * gen_bad.c - descriptors that are malformed on purpose.
 *
 * One starts as a good descriptor of a random operation on places that may be
 * written by nobody else, and is spoiled in one way or in two. Whether it
 * really fails is asked of access.c; if not, another is tried, since a
 * descriptor that executes must not race.
 */
#include <string.h>

#include "gen.h"

#define TRIES 16

#define OP(d) PEAL_FIELD_GET((d)->w, PEAL_D_OPCODE)

static bool is_rollout(uint32_t op)
{
	return op == PEAL_OP_PREFILL || op == PEAL_OP_DECODE || op == PEAL_OP_REWARD;
}

static bool has_a(uint32_t op)
{
	return is_rollout(op) || op == PEAL_OP_COPY || op == PEAL_OP_COMPARE ||
	       op == PEAL_OP_CRC32C || op == PEAL_OP_COPY_CRC;
}

static bool has_b(uint32_t op)
{
	return is_rollout(op) || op == PEAL_OP_COPY || op == PEAL_OP_COMPARE ||
	       op == PEAL_OP_FILL || op == PEAL_OP_COPY_CRC;
}

static bool writes_b(uint32_t op)
{
	return op == PEAL_OP_COPY || op == PEAL_OP_FILL || op == PEAL_OP_COPY_CRC ||
	       op == PEAL_OP_DECODE;
}

static bool copies(uint32_t op)
{
	return op == PEAL_OP_COPY || op == PEAL_OP_COPY_CRC;
}

/* An operand that the operation has, at random; -1 if it has none. */
static int some_operand(struct gen *g, uint32_t op)
{
	if (has_a(op) && has_b(op))
		return (int)job_below(&g->rng, 2);
	return has_a(op) ? 0 : has_b(op) ? 1 : -1;
}

/* ---- a good one to start from ---------------- */

static uint32_t base_opcode(struct gen *g)
{
	uint32_t op = gen_opcode(g);

	if (op == PEAL_OP_PREFILL)
		op += (uint32_t)job_below(&g->rng, 3);
	return op;
}

/* Destinations are taken where nothing is written now: it is not going to be. */
static void base_b(struct gen *g, struct job_desc *d, uint32_t op)
{
	int dst = g->region[g->epoch & 1 ? GEN_DST0 : GEN_DST1];
	uint64_t skew = g->places[dst].bus % 4;

	if (op == PEAL_OP_DECODE)
		gen_put(d, 1, dst, 4096 - skew + 4 * job_below(&g->rng, 1000));
	else if (writes_b(op))
		gen_put(d, 1, dst, 64 + job_below(&g->rng, 40000));
	else if (has_b(op))
		gen_read_place(g, d, 1, d->w[4], is_rollout(op) ? 4 : 1);
}

static void base(struct gen *g, struct job_desc *d, uint32_t op)
{
	gen_begin(g, d, op);
	if (op == PEAL_OP_DECODE)
		d->w[5] = 1 + job_below(&g->rng, 40);
	else if (is_rollout(op))
		d->w[4] = 4 * (1 + job_below(&g->rng, 100));
	else if (has_a(op) || has_b(op))
		d->w[4] = gen_length(g);
	base_b(g, d, op);
	if (is_rollout(op))
		gen_put(d, 0, g->region[GEN_REC], 64 * job_below(&g->rng, GEN_ROLLS));
	else if (has_a(op))
		gen_read_place(g, d, 0, d->w[4], 1);
}

/* ---- ways to spoil it; false: not for this operation ---------------- */

static bool spoil_crc(struct gen *g, struct job_desc *d)
{
	d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_CRC);
	d->w[7] |= 1 + job_below(&g->rng, 0xffffffff);
	return true;
}

/* The queue asks for a CRC, the descriptor has none. */
static bool spoil_bare(struct gen *g, struct job_desc *d)
{
	d->w[0] &= ~PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_CRC);
	g->bare = true;
	return true;
}

static bool spoil_opcode(struct gen *g, struct job_desc *d)
{
	uint32_t op;

	do {
		op = (uint32_t)job_below(&g->rng, 256);
	} while (*peal_opcode_name(op) != '?');
	d->w[0] = (d->w[0] & ~UINT64_C(0xff)) | op;
	return true;
}

static bool spoil_flags(struct gen *g, struct job_desc *d)
{
	uint64_t mask = 0xffff & ~(uint64_t)job_queue_flags(&g->job->queues[d->queue]);
	uint64_t bits = job_random(&g->rng) & mask;

	if (job_below(&g->rng, 2) || !bits)
		do {
			bits = UINT64_C(1) << job_below(&g->rng, 16) & mask;
		} while (!bits);
	d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, bits);
	return true;
}

static bool spoil_reserved(struct gen *g, struct job_desc *d)
{
	static const struct {
		uint8_t word, lsb, width;
	} at[] = { { 0, 24, 8 },  { 1, 32, 16 }, { 1, 48, 8 }, { 2, 0, 56 },  { 3, 0, 56 },
		   { 4, 32, 24 }, { 5, 32, 24 }, { 6, 0, 56 }, { 7, 32, 24 }, { 7, 0, 32 } };
	unsigned i = (unsigned)job_below(&g->rng, sizeof(at) / sizeof(at[0]));

	if ((at[i].word == 2 && has_a(OP(d))) || (at[i].word == 3 && has_b(OP(d))))
		return false;
	d->w[at[i].word] |= UINT64_C(1) << (at[i].lsb + job_below(&g->rng, at[i].width));
	return true;
}

static bool spoil_length(struct gen *g, struct job_desc *d)
{
	uint64_t dice = job_below(&g->rng, 3);

	if (OP(d) == PEAL_OP_DECODE)
		d->w[5] = dice ? PEAL_TOKENS_MAX + 1 + job_below(&g->rng, 1u << 31) : 0;
	else if (is_rollout(OP(d)))
		d->w[4] = dice == 0 ? 0
			  : dice == 1
				  ? d->w[4] + 1 + job_below(&g->rng, 3)
				  : UINT64_C(4) * (PEAL_TOKENS_MAX + 1u + job_below(&g->rng, 999));
	return is_rollout(OP(d));
}

static bool spoil_region(struct gen *g, struct job_desc *d)
{
	int n = some_operand(g, OP(d));
	struct job_ref *ref = n ? &d->b : &d->a;

	if (n < 0)
		return false;
	if (job_below(&g->rng, 2)) {
		ref->kind = JOB_STALE;
		return true;
	}
	ref->kind = JOB_LITERAL; /* generation 0 is never valid */
	d->w[2 + n] |= job_below(&g->rng, 1024) << PEAL_D_A_REGION_LSB;
	return true;
}

static bool spoil_tenant(struct gen *g, struct job_desc *d)
{
	int n = some_operand(g, OP(d));

	if (n < 0)
		return false;
	gen_put(d, (unsigned)n, g->region[GEN_FOREIGN], job_below(&g->rng, 16384));
	return true;
}

static bool spoil_permission(struct gen *g, struct job_desc *d)
{
	int n = some_operand(g, OP(d));
	bool write = n == 1 && writes_b(OP(d));

	if (n < 0)
		return false;
	if (n == 0 && is_rollout(OP(d)))
		write = job_below(&g->rng, 2);
	gen_put(d, (unsigned)n, g->region[write ? GEN_SRC : GEN_SINK], job_below(&g->rng, 4096));
	return true;
}

/* One byte too far, far too far, or so far that a sum of 40 bits would wrap. */
static bool spoil_range(struct gen *g, struct job_desc *d)
{
	int n = some_operand(g, OP(d));
	uint64_t size, bytes = d->w[4] ? d->w[4] : 4 * d->w[5], dice = job_below(&g->rng, 3);
	struct job_ref *ref = n ? &d->b : &d->a;

	if (n < 0 || ref->kind != JOB_REGION)
		return false;
	size = g->places[ref->region].bytes;
	if (n == 0 && is_rollout(OP(d)))
		bytes = PEAL_RECORD_BYTES;
	if (dice == 0)
		size -= bytes < size ? bytes : size;
	gen_put(d, (unsigned)n, ref->region,
		dice == 2 ? ~UINT64_C(0) - job_below(&g->rng, 64)
			  : size + 1 + (dice ? job_below(&g->rng, 1u << 30) : 0));
	return true;
}

static bool spoil_alignment(struct gen *g, struct job_desc *d)
{
	int n = some_operand(g, OP(d));

	if (!is_rollout(OP(d)))
		return false;
	d->w[2 + n] += 1 + job_below(&g->rng, n ? 3 : 63);
	return true;
}

/* Both operands on the same bytes, half of the time through an alias. */
static bool spoil_overlap(struct gen *g, struct job_desc *d)
{
	uint64_t bytes = 1 + job_below(&g->rng, 2000), at = 4096 + job_below(&g->rng, 20000);
	uint64_t by = job_below(&g->rng, bytes);
	bool alias = job_below(&g->rng, 2);

	if (OP(d) == PEAL_OP_PREFILL) {
		gen_put(d, 1, g->region[GEN_REC], d->w[2] % 1024 / 4 * 4);
		d->w[4] = 1200;
		return true;
	}
	if (!copies(OP(d)))
		return false;
	d->w[4] = bytes;
	gen_put(d, 0, g->region[GEN_DST0], job_below(&g->rng, 2) ? at + by : at - by);
	gen_put(d, 1, g->region[alias ? GEN_MIRROR : GEN_DST0], alias ? at - 64 : at);
	return true;
}

typedef bool (*spoil_fn)(struct gen *g, struct job_desc *d);

static const spoil_fn spoilers[] = {
	spoil_crc,    spoil_bare,   spoil_opcode,     spoil_flags, spoil_reserved,  spoil_length,
	spoil_region, spoil_tenant, spoil_permission, spoil_range, spoil_alignment, spoil_overlap,
};
#define SPOILERS (sizeof(spoilers) / sizeof(spoilers[0]))

/* ---- the record in another state ---------------- */

static bool bad_state(struct gen *g)
{
	unsigned i = (unsigned)job_below(&g->rng, GEN_ROLLS);
	uint32_t op = PEAL_OP_PREFILL + (uint32_t)job_below(&g->rng, 3);
	struct job_desc d;

	if (!g->rollouts)
		return false;
	gen_begin(g, &d, op);
	gen_rollout_b(g, &d, op); /* may end the epoch, so before the state is looked at */
	if (op == gen_next_op(&g->rolls[i]) && i != GEN_ROLLS - 1 &&
	    g->rolls[i].state != PEAL_R_DONE)
		return false;
	gen_put(&d, 0, g->region[GEN_REC], (uint64_t)i * PEAL_RECORD_BYTES);
	gen_add(g, &d, g->rolls[i].queue);
	return true;
}

/* ---- one malformed descriptor ---------------- */

static bool really_fails(struct gen *g, const struct job_desc *d, int queue)
{
	struct job_desc copy = *d;
	struct job_access access;
	uint64_t w[PEAL_DESC_WORDS];

	if (g->job->queues[queue].require_crc && !g->bare)
		copy.w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_CRC);
	job_resolve(g->places, &copy, w);
	job_access(g->places, g->job->region_count, &g->job->queues[queue], w, &access);
	return access.status != PEAL_ST_OK;
}

static bool spoiled(struct gen *g)
{
	unsigned ways = job_below(&g->rng, 4) ? 1 : 2;
	int queue = gen_queue(g);
	struct job_desc d;

	base(g, &d, base_opcode(g));
	d.queue = queue;
	for (unsigned i = 0; i < ways; i++)
		if (!spoilers[job_below(&g->rng, SPOILERS)](g, &d)) {
			g->bare = false;
			return false;
		}
	if (!really_fails(g, &d, queue)) {
		g->bare = false;
		return false;
	}
	gen_add(g, &d, queue);
	return true;
}

void gen_bad(struct gen *g)
{
	struct job_desc d;

	if (job_below(&g->rng, SPOILERS + 1) == 0 && bad_state(g))
		return;
	for (unsigned i = 0; i < TRIES; i++)
		if (spoiled(g))
			return;
	gen_begin(g, &d, PEAL_OP_NOP);
	spoil_opcode(g, &d);
	gen_add(g, &d, gen_queue(g));
}
