/* SPDX-License-Identifier: MIT */
/*
 * gen.c - random jobs that never race.
 *
 * Two destination regions take turns: in one epoch new bytes go to places of
 * one that nothing else touches, and reads come from the sources and from the
 * other. When it is full a `wait` ends the epoch and they change places. Each
 * rollout record stays with one queue for an epoch, and its state is followed
 * here, so that right and wrong operations are what they are meant to be. Where a
 * queue or a flag orders effects, chains of descriptors that need that order come
 * up as well.
 */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "gen.h"

#define SRC_BYTES 65536
#define DST_BYTES 98304

/* ---- set-up ---------------- */

static int add_region(struct gen *g, const char *name, uint64_t bytes, uint32_t access,
		      uint16_t tenant, uint16_t skew, uint64_t seed)
{
	struct job_region r = {
		.bytes = bytes,
		.access = access ? access : PEAL_ACCESS_READ | PEAL_ACCESS_WRITE,
		.tenant = tenant,
		.skew = skew,
		.seeded = seed != 0,
		.seed = seed,
		.parent = -1,
	};

	strcpy(r.name, name);
	return job_add_region(g->job, &r);
}

static int add_alias(struct gen *g, const char *name, int of, uint64_t offset, uint64_t bytes)
{
	struct job_region r = {
		.bytes = bytes,
		.access = PEAL_ACCESS_READ | PEAL_ACCESS_WRITE,
		.tenant = GEN_TENANT,
		.parent = of,
		.offset = offset,
	};

	strcpy(r.name, name);
	return job_add_region(g->job, &r);
}

static void add_regions(struct gen *g)
{
	uint64_t seed = 1 + job_below(&g->rng, 1u << 30);

	g->region[GEN_SRC] = add_region(g, "src", SRC_BYTES, PEAL_ACCESS_READ, GEN_TENANT, 0, seed);
	g->region[GEN_TWIN] = add_region(g, "twin", SRC_BYTES, PEAL_ACCESS_READ, GEN_TENANT,
					 (uint16_t)job_below(&g->rng, 4096), seed);
	g->region[GEN_ODD] = add_region(g, "odd", 32768 + job_below(&g->rng, 4096), 0, GEN_TENANT,
					(uint16_t)job_below(&g->rng, 4096), seed + 1);
	g->region[GEN_DST0] = add_region(g, "dst0", DST_BYTES, 0, GEN_TENANT, 0, 0);
	g->region[GEN_DST1] = add_region(g, "dst1", DST_BYTES + job_below(&g->rng, 64), 0,
					 GEN_TENANT, (uint16_t)job_below(&g->rng, 4096), seed + 2);
	g->region[GEN_REC] = add_region(g, "rec", (uint64_t)GEN_ROLLS * PEAL_RECORD_BYTES, 0,
					GEN_TENANT, (uint16_t)(64 * job_below(&g->rng, 64)), 0);
	g->region[GEN_SINK] = add_region(g, "sink", 8192, PEAL_ACCESS_WRITE, GEN_TENANT, 0, 0);
	g->region[GEN_FOREIGN] = add_region(g, "foreign", 8192, 0, GEN_TENANT + 1, 0, 0);
	g->region[GEN_WIN] = add_alias(g, "win", g->region[GEN_SRC], 1 + job_below(&g->rng, 4096),
				       30000);
	g->region[GEN_MIRROR] = add_alias(g, "mirror", g->region[GEN_DST0], 64, 40000);
}

/* A few bytes by which `twin` differs from `src`, far apart. */
static void spoil_twin(struct gen *g)
{
	for (uint64_t at = 1000; at < SRC_BYTES; at += 3000 + job_below(&g->rng, 9000)) {
		uint8_t byte = (uint8_t)job_random(&g->rng);

		job_add_write(g->job, (uint32_t)g->region[GEN_TWIN], at, &byte, 1, 0);
	}
}

/* Modes draw no numbers unless they are asked for, so that a seed keeps its job. */
static void choose_modes(struct gen *g, struct job_queue *q)
{
	uint32_t orders = g->opts->orders;

	while (orders && !(orders >> q->order & 1))
		q->order = (uint8_t)job_below(&g->rng, PEAL_ORDER_NONE + 1);
	if (orders & (orders - 1) && job_below(&g->rng, 2))
		do {
			q->order = (uint8_t)job_below(&g->rng, PEAL_ORDER_NONE + 1);
		} while (!(orders >> q->order & 1));
	if (q->order == PEAL_ORDER_NONE && g->opts->flags & PEAL_FLAG_FENCE)
		q->fences = job_below(&g->rng, 3);
	if (g->opts->matched && job_below(&g->rng, 3) == 0) {
		q->matched = true;
		q->cq_log2 = q->sq_log2;
	}
	if (g->opts->suppress)
		q->suppress = job_below(&g->rng, 2);
}

static void add_queues(struct gen *g, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct job_queue q = {
			.sq_log2 = (uint8_t)(1 + job_below(&g->rng, 8)),
			.cq_log2 = (uint8_t)(1 + job_below(&g->rng, 8)),
			.require_crc = job_below(&g->rng, 6) == 0,
			.tenant = GEN_TENANT,
		};

		snprintf(q.name, sizeof(q.name), "q%u", i);
		if (job_below(&g->rng, 3) == 0)
			q.sq_start = (uint32_t) - (1 + job_below(&g->rng, 40));
		if (job_below(&g->rng, 3) == 0)
			q.cq_start = (uint32_t) - (1 + job_below(&g->rng, 40));
		choose_modes(g, &q);
		job_add_queue(g->job, &q);
	}
}

static void new_record(struct gen *g, unsigned i)
{
	struct roll *r = &g->rolls[i];
	struct peal_record record;

	memset(r, 0, sizeof(*r));
	r->queue = (int)job_below(&g->rng, g->job->queue_count);
	r->max = i == GEN_ROLLS - 1 ? 0 : 1 + (uint32_t)job_below(&g->rng, 120);
	r->boundary = job_below(&g->rng, 3) ? 1 + (uint32_t)job_below(&g->rng, 40) : 0;
	job_record_init(&record, r->max, r->boundary);
	job_add_write(g->job, (uint32_t)g->region[GEN_REC], (uint64_t)i * PEAL_RECORD_BYTES,
		      &record, sizeof(record), 0);
}

/* ---- places ---------------- */

uint64_t gen_length(struct gen *g)
{
	uint64_t dice = job_below(&g->rng, 100);

	if (dice < 6)
		return 0;
	if (dice < 45)
		return 1 + job_below(&g->rng, 80);
	if (dice < 70)
		return 1 + job_below(&g->rng, 512);
	if (dice < 90)
		return 1 + job_below(&g->rng, 4096);
	return 1 + job_below(&g->rng, dice < 98 ? 8192 : 20000);
}

/* The first offset from `at` on whose bus address is a multiple of `align`. */
static uint64_t align_up(const struct gen *g, int region, uint64_t at, uint64_t align)
{
	return at + (align - (g->places[region].bus + at) % align) % align;
}

void gen_put(struct job_desc *d, unsigned operand, int region, uint64_t offset)
{
	struct job_ref *ref = operand ? &d->b : &d->a;

	ref->kind = JOB_REGION;
	ref->region = region;
	d->w[2 + operand] = offset & PEAL_FIELD_MASK(PEAL_D_A_OFFSET);
}

/* An offset for `bytes` bytes: anywhere, up to the last byte, or across 4 KiB. */
static uint64_t read_offset(struct gen *g, int region, uint64_t bytes, uint64_t align)
{
	uint64_t room = g->places[region].bytes - bytes, dice = job_below(&g->rng, 100);
	uint64_t at = job_below(&g->rng, room + 1);

	if (dice < 15)
		at = room;
	else if (dice < 30 && bytes > 1)
		at = 4096 * (1 + job_below(&g->rng, 4)) - g->places[region].bus % 4096 - 1 -
		     job_below(&g->rng, bytes - 1);
	at = align_up(g, region, at > room ? room : at, align);
	return at > room ? at - align : at;
}

int gen_read_place(struct gen *g, struct job_desc *d, unsigned operand, uint64_t bytes,
		   uint64_t align)
{
	static const int sources[] = { GEN_SRC, GEN_SRC, GEN_TWIN, GEN_ODD, GEN_WIN };
	uint64_t dice = job_below(&g->rng, 8);
	int region = dice < 5 ? g->region[sources[dice]]
			      : g->region[g->epoch & 1 ? GEN_DST0 : GEN_DST1];

	gen_put(d, operand, region, read_offset(g, region, bytes, align));
	return region;
}

static void end_epoch(struct gen *g);

/* A fresh place for `bytes` bytes in the destination of this epoch. */
void gen_write_place(struct gen *g, struct job_desc *d, uint64_t bytes, uint64_t align)
{
	int region = g->region[g->epoch & 1 ? GEN_DST1 : GEN_DST0];
	uint64_t size = g->places[region].bytes;
	uint64_t at = g->at + (job_below(&g->rng, 3) ? job_below(&g->rng, 70) : 0);

	at = align_up(g, region, at, align);
	if (align == 1 && job_below(&g->rng, 100) == 0 && at + bytes <= size)
		at = size - bytes; /* to the last byte */
	if (at + bytes > size) {
		end_epoch(g);
		gen_write_place(g, d, bytes, align);
		return;
	}
	g->at = at + bytes;
	gen_put(d, 1, region, at);
}

/* ---- descriptors ---------------- */

void gen_begin(struct gen *g, struct job_desc *d, uint32_t opcode)
{
	uint64_t flags = 0;

	memset(d, 0, sizeof(*d));
	if (job_below(&g->rng, 5) == 0)
		flags |= PEAL_FLAG_RELAX_ACQ;
	if (job_below(&g->rng, 5) == 0)
		flags |= PEAL_FLAG_RELAX_REL;
	if (job_below(&g->rng, 4) == 0)
		flags |= PEAL_FLAG_CRC;
	d->w[0] = PEAL_FIELD_PUT(PEAL_D_OPCODE, opcode) | PEAL_FIELD_PUT(PEAL_D_FLAGS, flags);
	if (job_below(&g->rng, 8) == 0)
		d->w[0] |= PEAL_FIELD_PUT(PEAL_D_ACTOR, job_random(&g->rng));
	d->w[1] = job_below(&g->rng, 8) ? g->job->desc_count : job_random(&g->rng) >> 32;
}

/* FENCE, SILENT and EVENT where they are asked for and the queue takes them. */
static uint64_t more_flags(struct gen *g, int queue)
{
	static const struct {
		uint32_t flag, one_in;
	} flags[] = { { PEAL_FLAG_FENCE, 12 }, { PEAL_FLAG_SILENT, 3 }, { PEAL_FLAG_EVENT, 5 } };
	uint32_t may = g->opts->flags & job_queue_flags(&g->job->queues[queue]);
	uint64_t out = 0;

	for (unsigned i = 0; i < JOB_COUNT(flags); i++)
		if (may & flags[i].flag && job_below(&g->rng, flags[i].one_in) == 0)
			out |= flags[i].flag;
	return out;
}

void gen_add(struct gen *g, struct job_desc *d, int queue)
{
	d->queue = queue;
	d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, more_flags(g, queue));
	if (g->job->queues[queue].require_crc && !g->bare)
		d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_CRC);
	g->bare = false;
	job_add_desc(g->job, d);
}

int gen_queue(struct gen *g)
{
	return (int)job_below(&g->rng, g->job->queue_count);
}

static void gen_echo(struct gen *g, struct job_desc *d)
{
	for (unsigned i = 2; i <= 6; i++)
		d->w[i] = job_random(&g->rng) & PEAL_PAYLOAD_MASK;
}

/* Twice the same bytes, or src against twin at the same offset, or anything. */
static void gen_compare(struct gen *g, struct job_desc *d, uint64_t bytes)
{
	uint64_t dice = job_below(&g->rng, 3);
	int region = gen_read_place(g, d, 0, bytes, 1);

	if (dice == 0) {
		gen_read_place(g, d, 1, bytes, 1);
	} else if (region == g->region[GEN_SRC]) {
		gen_put(d, 1, g->region[GEN_TWIN], d->w[2]);
	} else {
		d->b = d->a;
		d->w[3] = d->w[2];
	}
}

static void gen_move(struct gen *g, struct job_desc *d, uint32_t opcode)
{
	uint64_t bytes = gen_length(g);

	d->w[4] = bytes;
	if (opcode == PEAL_OP_COPY || opcode == PEAL_OP_COPY_CRC || opcode == PEAL_OP_FILL)
		gen_write_place(g, d, bytes, 1);
	if (opcode == PEAL_OP_COMPARE)
		gen_compare(g, d, bytes);
	else if (opcode != PEAL_OP_FILL)
		gen_read_place(g, d, 0, bytes, 1);
	if (opcode == PEAL_OP_FILL || opcode == PEAL_OP_CRC32C || opcode == PEAL_OP_COPY_CRC)
		d->w[5] = job_below(&g->rng, 4) ? job_random(&g->rng) >> 32 : 0;
}

/*
 * A queue in which the second of two descriptors can wait for the first: by their
 * actor, or by a fence. -1 if the one drawn has neither.
 */
static int ordering_queue(struct gen *g, bool *by_actor)
{
	int queue = gen_queue(g);
	const struct job_queue *q = &g->job->queues[queue];

	*by_actor = q->order == PEAL_ORDER_ACTOR;
	if (*by_actor || g->opts->flags & job_queue_flags(q) & PEAL_FLAG_FENCE)
		return queue;
	return -1;
}

static void order_by(struct job_desc *d, bool actor, uint64_t who, bool later)
{
	if (actor)
		d->w[0] = (d->w[0] & ~PEAL_FIELD_PUT(PEAL_D_ACTOR, ~UINT64_C(0))) |
			  PEAL_FIELD_PUT(PEAL_D_ACTOR, who);
	else if (later)
		d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_FENCE);
}

/* Bytes are made, then read, and then written over: each waits for the one before. */
static void gen_chain(struct gen *g)
{
	static const uint32_t links[] = { PEAL_OP_FILL, PEAL_OP_CRC32C, PEAL_OP_COPY,
					  PEAL_OP_COPY_CRC, PEAL_OP_COMPARE };
	uint64_t bytes = gen_length(g), who = job_below(&g->rng, 4);
	unsigned n = 2 + (unsigned)job_below(&g->rng, 3);
	struct job_desc place = { 0 }, d;
	bool by_actor;
	int queue = ordering_queue(g, &by_actor);

	if (queue < 0)
		return;
	gen_write_place(g, &place, bytes, 1);
	for (unsigned i = 0; i < n && g->job->desc_count < g->opts->count; i++) {
		uint32_t op = i ? links[job_below(&g->rng, JOB_COUNT(links))] : PEAL_OP_FILL;
		bool reads = op == PEAL_OP_CRC32C || op == PEAL_OP_COMPARE;

		gen_begin(g, &d, op);
		d.w[4] = bytes;
		if (op != PEAL_OP_COPY && op != PEAL_OP_COMPARE)
			d.w[5] = job_random(&g->rng) >> 32;
		if (reads)
			gen_put(&d, 0, place.b.region, place.w[3]);
		else if (op != PEAL_OP_FILL)
			gen_put(&d, 0, g->region[GEN_SRC], job_below(&g->rng, SRC_BYTES - bytes));
		if (op != PEAL_OP_CRC32C)
			gen_put(&d, 1, place.b.region, place.w[3]);
		if (op == PEAL_OP_COMPARE)
			gen_put(&d, 1, g->region[GEN_SRC], job_below(&g->rng, SRC_BYTES - bytes));
		order_by(&d, by_actor, who, i > 0);
		gen_add(g, &d, queue);
	}
}

/* ---- rollouts ---------------- */

/* The B operand of a rollout operation, and its length or count. */
void gen_rollout_b(struct gen *g, struct job_desc *d, uint32_t opcode)
{
	if (opcode == PEAL_OP_DECODE) {
		d->w[5] = 1 + job_below(&g->rng, 40);
		gen_write_place(g, d, 4 * d->w[5], 4);
		return;
	}
	d->w[4] = 4 * (1 + job_below(&g->rng, job_below(&g->rng, 10) ? 64 : 1500));
	gen_read_place(g, d, 1, d->w[4], 4);
	if (opcode == PEAL_OP_REWARD)
		d->w[5] = job_below(&g->rng, 6) == 0;
}

static void follow_decode(struct roll *r, uint64_t most)
{
	uint64_t n = r->max - r->tokens;

	if (r->boundary && r->boundary - r->since < n)
		n = r->boundary - r->since;
	n = most < n ? most : n;
	r->tokens += (uint32_t)n;
	r->since += (uint32_t)n;
	r->state = r->tokens == r->max			    ? PEAL_R_TRAJECTORY_READY
		   : r->boundary && r->since == r->boundary ? PEAL_R_REWARD_PENDING
							    : PEAL_R_DECODING;
}

static void follow(struct roll *r, uint32_t opcode, uint64_t arg0)
{
	if (opcode == PEAL_OP_PREFILL) {
		r->state = PEAL_R_PREFILL_READY;
		r->tokens = r->since = 0;
	} else if (opcode == PEAL_OP_DECODE) {
		follow_decode(r, arg0);
	} else if (r->state == PEAL_R_TRAJECTORY_READY) {
		r->state = PEAL_R_DONE;
	} else {
		r->since = 0;
		r->state = arg0 & 1 ? PEAL_R_TRAJECTORY_READY : PEAL_R_DECODING;
	}
}

/* The operation that a record waits for. */
uint32_t gen_next_op(const struct roll *r)
{
	if (r->state == PEAL_R_FREE)
		return PEAL_OP_PREFILL;
	if (r->state == PEAL_R_PREFILL_READY || r->state == PEAL_R_DECODING)
		return PEAL_OP_DECODE;
	return PEAL_OP_REWARD;
}

/* A reward mostly judges the tokens of its own trajectory, just made. */
static void judge_own_tokens(struct gen *g, struct job_desc *d, const struct roll *r)
{
	if (r->bytes && r->epoch == g->epoch && job_below(&g->rng, 4)) {
		d->w[4] = r->bytes;
		gen_put(d, 1, r->region, r->offset);
	}
}

static void remember_tokens(struct gen *g, struct roll *r, const struct job_desc *d)
{
	r->region = d->b.region;
	r->offset = d->w[3];
	r->bytes = 4 * d->w[5];
	r->epoch = g->epoch;
}

static void gen_rollout(struct gen *g)
{
	unsigned i = (unsigned)job_below(&g->rng, GEN_ROLLS - 1);
	struct roll *r = &g->rolls[i];
	struct job_desc d;
	uint32_t opcode;

	if (r->state == PEAL_R_DONE && job_below(&g->rng, 8))
		i = (i + 1) % (GEN_ROLLS - 1), r = &g->rolls[i];
	if (r->state == PEAL_R_DONE)
		end_epoch(g); /* which makes it FREE */
	opcode = gen_next_op(r);
	gen_begin(g, &d, opcode);
	gen_rollout_b(g, &d, opcode);
	r = &g->rolls[i];
	if (opcode == PEAL_OP_REWARD)
		judge_own_tokens(g, &d, r);
	if (opcode == PEAL_OP_DECODE)
		remember_tokens(g, r, &d);
	gen_put(&d, 0, g->region[GEN_REC], (uint64_t)i * PEAL_RECORD_BYTES);
	follow(r, opcode, d.w[5]);
	gen_add(g, &d, r->queue);
}

/* ---- epochs ---------------- */

static void free_records(struct gen *g)
{
	for (unsigned i = 0; i < GEN_ROLLS - 1; i++) {
		struct roll *r = &g->rolls[i];
		int step;

		r->queue = gen_queue(g);
		if (r->state != PEAL_R_DONE)
			continue;
		if (job_below(&g->rng, 2)) {
			new_record(g, i);
			continue;
		}
		step = job_add_step(g->job, JOB_FREE, (uint32_t)g->region[GEN_REC], 0);
		if (step >= 0)
			g->job->steps[step].offset = (uint64_t)i * PEAL_RECORD_BYTES;
		r->state = PEAL_R_FREE;
	}
}

/* Sometimes the epoch ends with a queue drained or stopped, which is then enabled again. */
static int pause_queue(struct gen *g)
{
	uint64_t dice = job_below(&g->rng, 100);
	int queue = gen_queue(g);
	struct job_desc d;

	if (dice < 15) {
		job_add_step(g->job, JOB_DRAIN, (uint32_t)queue, 0);
		return queue;
	}
	if (dice < 30 && gen_allowed(g, PEAL_OP_STOP) && g->job->desc_count + 1 < g->opts->count) {
		gen_begin(g, &d, PEAL_OP_STOP);
		gen_add(g, &d, queue);
		return queue;
	}
	return -1;
}

static void end_epoch(struct gen *g)
{
	int queue = pause_queue(g);

	job_add_step(g->job, JOB_WAIT, 0, 0);
	if (queue >= 0)
		job_add_step(g->job, JOB_ENABLE, (uint32_t)queue, 0);
	free_records(g);
	g->epoch++;
	g->at = 0;
}

/* ---- the job ---------------- */

bool gen_allowed(const struct gen *g, uint32_t opcode)
{
	return g->ops[opcode / 32] >> (opcode % 32) & 1;
}

/* The rollout operations come together, since one prepares for the other. */
static void choose_ops(struct gen *g)
{
	static const uint32_t rollout[] = { PEAL_OP_PREFILL, PEAL_OP_DECODE, PEAL_OP_REWARD };
	uint32_t any = 0;

	for (unsigned i = 0; i < 8; i++)
		any |= g->ops[i] = g->opts->ops[i];
	for (uint32_t op = 0; op < 256 && !any; op++)
		if (*peal_opcode_name(op) != '?')
			g->ops[op / 32] |= 1u << op % 32;
	for (unsigned i = 0; i < 3; i++)
		if (gen_allowed(g, rollout[i]))
			g->rollouts = true;
	for (unsigned i = 0; i < 3 && g->rollouts; i++)
		g->ops[rollout[i] / 32] |= 1u << rollout[i] % 32;
}

/* Chains need an order and the operations that they are made of. */
static bool choose_chains(const struct gen *g)
{
	bool ordered = g->opts->orders & 1u << PEAL_ORDER_ACTOR || g->opts->flags & PEAL_FLAG_FENCE;

	return ordered && gen_allowed(g, PEAL_OP_FILL) && gen_allowed(g, PEAL_OP_CRC32C) &&
	       gen_allowed(g, PEAL_OP_COPY) && gen_allowed(g, PEAL_OP_COPY_CRC) &&
	       gen_allowed(g, PEAL_OP_COMPARE);
}

/* An operation that is allowed, by weight; STOP has its own place. */
uint32_t gen_opcode(struct gen *g)
{
	static const struct {
		uint8_t op, weight;
	} table[] = { { PEAL_OP_NOP, 5 },	{ PEAL_OP_ECHO, 10 },	 { PEAL_OP_COPY, 20 },
		      { PEAL_OP_FILL, 10 },	{ PEAL_OP_COMPARE, 12 }, { PEAL_OP_CRC32C, 12 },
		      { PEAL_OP_COPY_CRC, 11 }, { PEAL_OP_PREFILL, 20 } };
	const unsigned n = sizeof(table) / sizeof(table[0]);
	unsigned total = 0;
	uint64_t dice;

	for (unsigned i = 0; i < n; i++)
		total += gen_allowed(g, table[i].op) ? table[i].weight : 0;
	dice = job_below(&g->rng, total);
	for (unsigned i = 0; i < n && total; i++) {
		unsigned weight = gen_allowed(g, table[i].op) ? table[i].weight : 0;

		if (dice < weight)
			return table[i].op;
		dice -= weight;
	}
	return PEAL_OP_STOP;
}

static void gen_one(struct gen *g)
{
	uint32_t opcode = gen_opcode(g);
	struct job_desc d;

	if (opcode == PEAL_OP_PREFILL) {
		gen_rollout(g);
		return;
	}
	if (g->chains && job_below(&g->rng, 10) == 0) {
		gen_chain(g);
		return;
	}
	gen_begin(g, &d, opcode);
	if (opcode == PEAL_OP_ECHO)
		gen_echo(g, &d);
	else if (opcode != PEAL_OP_NOP && opcode != PEAL_OP_STOP)
		gen_move(g, &d, opcode);
	d.queue = gen_queue(g);
	gen_add(g, &d, d.queue);
	if (opcode == PEAL_OP_STOP) /* nothing but STOPs was asked for */
		job_add_step(g->job, JOB_ENABLE, (uint32_t)d.queue, 0);
}

static bool prepare(struct gen *g)
{
	char name[64];

	snprintf(name, sizeof(name), "gen-seed-%llu", (unsigned long long)g->opts->seed);
	g->job = job_new(name);
	if (!g->job)
		return false;
	choose_ops(g);
	g->chains = choose_chains(g);
	add_regions(g);
	add_queues(g, g->opts->queues ? g->opts->queues : 1);
	g->places = calloc(g->job->region_count + 1, sizeof(*g->places));
	if (!g->places || g->job->failed)
		return false;
	job_layout(g->job, g->places);
	spoil_twin(g);
	for (unsigned i = 0; i < GEN_ROLLS; i++)
		new_record(g, i);
	return true;
}

struct job *job_gen(const struct job_gen_opts *opts)
{
	struct gen g = { .opts = opts, .rng = { opts->seed } };

	if (prepare(&g)) {
		while (g.job->desc_count < opts->count && !g.job->failed) {
			if (job_below(&g.rng, 100) < opts->invalid)
				gen_bad(&g);
			else
				gen_one(&g);
		}
	}
	free(g.places);
	if (g.job && !g.job->failed && g.job->desc_count >= opts->count)
		return g.job;
	job_free(g.job);
	return NULL;
}
