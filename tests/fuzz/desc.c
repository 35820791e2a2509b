/* SPDX-License-Identifier: MIT */
/*
 * desc.c - the bytes are what a host does to a device's registers and rings.
 *
 * Twelve bytes set up three queues; then each byte is a verb (low four bits) on
 * a queue, with operands behind it. Regions are the same every time. What a
 * device may answer in more than one way is not done: a push that would race
 * with what is outstanding waits for it, and what stops a queue (a wild
 * doorbell, a torn slot, a STOP, a command) finds it settled or settles it.
 *
 * After each settling these hold: every accepted descriptor has its one
 * completion, in order, with the status that access.c gives it; the counters
 * add up; the device line says what the registers say; and no byte of memory
 * changed but those the completed descriptors and the rings account for.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/raw.h"
#include "fuzz.h"
#include "job/job.h"

#define QUEUES 3
#define MAX_VERBS 300
#define MAX_SLOTS 16
#define ARENA 40960
#define RING_BYTES 2048
#define UNNAMED 0x3e0 /* registers that the contract does not name */

/* ---- the regions ------------------------------------------------------------- */

static const struct shape {
	uint32_t bytes, access;
	uint16_t tenant, skew;
	int parent; /* alias of this one, from `skew` on */
} shapes[] = {
	{ 4096, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, 0, 0, -1 },
	{ 4196, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, 0, 52, -1 },
	{ 1024, PEAL_ACCESS_READ, 0, 0, -1 },
	{ 1024, PEAL_ACCESS_WRITE, 0, 4, -1 },
	{ 1024, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, 1, 0, -1 },
	{ 1024, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, 0, 0, -1 }, /* records */
	{ 12288, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, 0, 17, -1 },
	{ 600, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, 0, 100, 0 },
	{ 128, PEAL_ACCESS_READ, 0, 64, 5 },
};
#define REGIONS (sizeof(shapes) / sizeof(shapes[0]))
#define RECORDS 5

static _Alignas(4096) uint8_t arena[ARENA], shadow[ARENA], before[ARENA];

struct pending {
	uint64_t w[PEAL_DESC_WORDS];
	struct job_access access;
};

struct fuzz_queue {
	struct raw_queue raw;
	struct raw_opts opts;
	struct job_queue rules; /* for access.c */
	struct pending pending[MAX_SLOTS];
	uint32_t sq_start, cq_start;
	uint32_t reaped;   /* SQ index of the next completion */
	uint32_t rung;	   /* last doorbell that was meant well */
	uint32_t credited; /* CQ index of the last credit */
	uint32_t state;
	bool risky; /* something published or pushed stops the queue */
};

struct fuzz {
	struct fuzz_run *run;
	const uint8_t *at, *end;
	struct peal_device *dev;
	struct peal_region *regions[REGIONS];
	struct job_place places[REGIONS]; /* where they are, valid or not */
	struct job_place live[REGIONS];	  /* the valid ones, for access.c */
	unsigned live_count;
	uint8_t *memory[REGIONS];
	struct fuzz_queue queues[QUEUES];
	uint32_t clauses;
	uint16_t dead_handle;
	size_t used; /* of the arena */
};

static uint32_t take(struct fuzz *f, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		if (f->at < f->end)
			value |= (uint32_t)*f->at++ << 8 * i;
	return value;
}

__attribute__((format(printf, 2, 3))) static void tell(struct fuzz *f, const char *fmt, ...)
{
	va_list args;

	if (!f->run->transcript)
		return;
	va_start(args, fmt);
	vfprintf(f->run->transcript, fmt, args);
	va_end(args);
}

#define MUST(condition, ...)                                                \
	do {                                                                \
		if (!(condition))                                           \
			return fuzz_broken(f->run, #condition __VA_ARGS__); \
	} while (0)

/* A piece of the arena that lies as its region lies on the bus. */
static uint8_t *carve(struct fuzz *f, uint32_t bytes, uint32_t skew)
{
	uint8_t *p = arena + f->used + skew % PEAL_LINE_BYTES;

	f->used += (bytes + skew % PEAL_LINE_BYTES + 2 * PEAL_LINE_BYTES - 1) & ~(size_t)63;
	if (f->used > ARENA)
		abort();
	return p;
}

static bool make_region(struct fuzz *f, unsigned i)
{
	const struct shape *s = &shapes[i];
	struct peal_region_opts opts = { .bytes = s->bytes,
					 .access = s->access,
					 .tenant = s->tenant,
					 .bus_skew = s->parent < 0 ? s->skew : 0 };
	int err;

	if (s->parent < 0) {
		f->memory[i] = carve(f, s->bytes, s->skew);
		job_fill_seed(f->memory[i], s->bytes, i);
		err = peal_region_map(f->dev, f->memory[i], &opts, &f->regions[i]);
	} else {
		f->memory[i] = f->memory[s->parent] + s->skew;
		err = peal_region_alias(f->regions[s->parent], s->skew, &opts, &f->regions[i]);
	}
	MUST(!err, ": region %u: %s", i, peal_error(f->dev));
	f->places[i] = (struct job_place){ .handle = peal_region_handle(f->regions[i]),
					   .tenant = s->tenant,
					   .access = s->access,
					   .bus = peal_region_bus(f->regions[i]),
					   .bytes = s->bytes };
	f->live[f->live_count++] = f->places[i];
	return true;
}

static void make_records(struct fuzz *f)
{
	static const uint32_t most[] = { 8, 1, 40, 0, 5, 8, 1u << 20, 3 };

	memset(f->memory[RECORDS], 0, shapes[RECORDS].bytes);
	for (unsigned i = 0; i < shapes[RECORDS].bytes / PEAL_RECORD_BYTES; i++) {
		struct peal_record record;

		job_record_init(&record, most[i % 8], i % 3 ? 0 : 4);
		record.STATE = i < 12 ? PEAL_R_FREE : i % 6;
		memcpy(f->memory[RECORDS] + i * PEAL_RECORD_BYTES, &record, sizeof(record));
	}
}

/* A handle that was good once. */
static bool make_dead_handle(struct fuzz *f)
{
	struct peal_region_opts opts = { .bytes = 64 };
	struct peal_region *region;

	MUST(!peal_region_map(f->dev, carve(f, 64, 0), &opts, &region));
	f->dead_handle = peal_region_handle(region);
	MUST(!peal_region_unmap(region));
	return true;
}

/* ---- the queues ---------------------------------------------------------------- */

static uint8_t *ring_memory(const struct fuzz_queue *q)
{
	return (uint8_t *)q->raw.sq;
}

static void place_rings(struct fuzz_queue *q, uint8_t *base)
{
	struct raw_queue *raw = &q->raw;

	raw->sq = (uint64_t *)base;
	raw->cq = (uint64_t *)(base + raw_cq_offset(raw));
	raw->host_line = (uint64_t *)(base + raw_lines_offset(raw));
	raw->device_line = (uint64_t *)(base + raw_lines_offset(raw) + PEAL_LINE_BYTES);
}

static bool make_queue(struct fuzz *f, unsigned id)
{
	static const uint32_t starts[] = { 0, 0xfffffffe, 0x7ffffffd, 5 };
	struct fuzz_queue *q = &f->queues[id];
	uint32_t b = take(f, 2), a = take(f, 2);
	struct peal_region_opts memory = { .bytes = RING_BYTES, .tenant = b >> 5 & 1 };

	q->opts = (struct raw_opts){ .id = id,
				     .sq_log2 = 1 + (b & 3),
				     .cq_log2 = 1 + (b >> 2 & 3),
				     .mode = b >> 4 & 1 ? 1u << 8 : 0,
				     .tenant = memory.tenant,
				     .sq_start = starts[b >> 6 & 3] + (a & 0xff),
				     .cq_start = starts[b >> 8 & 3] + (a >> 8) };
	q->rules = (struct job_queue){ .require_crc = b >> 4 & 1, .tenant = memory.tenant };
	q->raw = (struct raw_queue){ .dev = f->dev,
				     .id = id,
				     .sq_log2 = q->opts.sq_log2,
				     .cq_log2 = q->opts.cq_log2,
				     .stride = raw_read(f->dev, PEAL_REG_CAP_DB_STRIDE) };
	place_rings(q, carve(f, RING_BYTES, 0));
	MUST(!peal_region_map(f->dev, ring_memory(q), &memory, &q->raw.memory));
	return true;
}

/* What an ENABLE from DISABLED wants: rings of zeros, all indices anew. */
static void prepare_queue(struct fuzz_queue *q)
{
	size_t at = (size_t)(ring_memory(q) - arena);

	memset(arena + at, 0, RING_BYTES);
	memset(shadow + at, 0, RING_BYTES);
	raw_configure(&q->raw, &q->opts);
	q->reaped = q->rung = q->sq_start = q->opts.sq_start;
	q->credited = q->cq_start = q->opts.cq_start;
	q->risky = false;
}

static bool start_queue(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t status;

	prepare_queue(q);
	status = raw_command(f->dev, q->raw.id, PEAL_CMD_ENABLE);
	MUST(raw_code(status) == PEAL_CMDCODE_OK, ": CMDSTS 0x%x", status);
	q->state = raw_get(&q->raw, PEAL_QREG_STATE);
	MUST(q->state == PEAL_Q_ENABLED);
	return true;
}

/* ---- completions ------------------------------------------------------------------ */

static bool is_error(uint32_t status)
{
	return status > PEAL_ST_MISCOMPARE;
}

/* The bytes that a descriptor wrote are as they are; what it was not to write stays in question. */
static void account(struct fuzz *f, const struct pending *p, uint64_t result)
{
	uint64_t opcode = PEAL_FIELD_GET(p->w, PEAL_D_OPCODE);

	for (unsigned n = 0; n < 2; n++) {
		uint64_t start = p->access.range[n].start, bytes = p->access.range[n].end - start;

		if (!p->access.range[n].write)
			continue;
		if (opcode == PEAL_OP_DECODE && n == 1 && 4 * (result & 0xfffffff) < bytes)
			bytes = 4 * (result & 0xfffffff);
		for (unsigned i = 0; i < REGIONS; i++) {
			const struct job_place *r = &f->places[i];
			size_t at;

			if (shapes[i].parent >= 0 || start < r->bus || start - r->bus >= r->bytes)
				continue;
			at = (size_t)(f->memory[i] - arena) + (size_t)(start - r->bus);
			memcpy(shadow + at, arena + at, bytes);
		}
	}
}

static bool simple_result(const struct pending *p, uint32_t index, uint64_t *result)
{
	*result = 0;
	switch (PEAL_FIELD_GET(p->w, PEAL_D_OPCODE)) {
	case PEAL_OP_NOP: return true;
	case PEAL_OP_ECHO:
		for (unsigned i = 2; i <= 6; i++)
			*result ^= p->w[i];
		return true;
	case PEAL_OP_STOP: *result = index; return true;
	case PEAL_OP_COPY:
	case PEAL_OP_FILL: *result = PEAL_FIELD_GET(p->w, PEAL_D_LENGTH); return true;
	default: return false;
	}
}

static bool judge(struct fuzz *f, const struct pending *p, uint32_t index, const uint64_t c[2])
{
	uint32_t status = (uint32_t)PEAL_FIELD_GET(c, PEAL_C_STATUS);
	uint64_t result = PEAL_FIELD_GET(c, PEAL_C_RESULT), right;

	MUST(PEAL_FIELD_GET(c, PEAL_C_COOKIE) == PEAL_FIELD_GET(p->w, PEAL_D_COOKIE));
	MUST(PEAL_FIELD_GET(c, PEAL_C_INDEX) == (index & 0xffff), ": index %u", index);
	if (p->access.status != PEAL_ST_OK) {
		MUST(status == p->access.status, ": 0x%x, not 0x%x", status, p->access.status);
		MUST(result == p->access.result);
		return true;
	}
	MUST(!is_error(status) || (status == PEAL_ST_BAD_STATE && p->access.rollout), ": 0x%x",
	     status);
	if (simple_result(p, index, &right))
		MUST(result == right, ": 0x%llx", (unsigned long long)result);
	if (!is_error(status))
		account(f, p, result);
	return true;
}

static bool reap(struct fuzz *f, struct fuzz_queue *q)
{
	uint64_t c[PEAL_COMP_WORDS];

	while (raw_peek(&q->raw, c)) {
		const struct pending *p = &q->pending[q->reaped % MAX_SLOTS];
		size_t at = (size_t)((uint8_t *)raw_cq_slot(&q->raw, q->raw.cq_head) - arena);

		MUST((int32_t)(q->rung - q->reaped) > 0 &&
			     q->raw.cq_head - q->credited < 1u << q->raw.cq_log2,
		     ": a completion out of nowhere");
		tell(f, "q%u comp %u 0x%014llx 0x%014llx\n", q->raw.id, q->reaped,
		     (unsigned long long)(c[0] & PEAL_PAYLOAD_MASK),
		     (unsigned long long)(c[1] & PEAL_PAYLOAD_MASK));
		if (!judge(f, p, q->reaped, c))
			return false;
		memcpy(shadow + at, arena + at, PEAL_COMP_BYTES);
		q->reaped++;
		q->raw.cq_head++;
	}
	return true;
}

/* Nothing that stops the queue is left in it. */
static bool harmless(const struct fuzz_queue *q)
{
	return q->state == PEAL_Q_ENABLED && q->reaped == q->raw.sq_tail &&
	       raw_get(&q->raw, PEAL_QREG_SQ_TAIL) == q->raw.sq_tail;
}

/* ---- settling ------------------------------------------------------------------------ */

static bool line_is_right(struct fuzz *f, const struct fuzz_queue *q)
{
	uint64_t epoch = (uint64_t)raw_get(&q->raw, PEAL_QREG_EPOCH) << 32;
	const uint64_t want[] = { epoch | raw_get(&q->raw, PEAL_QREG_SQ_HEAD),
				  epoch | raw_get(&q->raw, PEAL_QREG_CQ_TAIL) };
	size_t at = (size_t)((uint8_t *)q->raw.device_line - arena);

	if (!(f->clauses & PEAL_CAP_DEVICE_LINE) || q->state == PEAL_Q_DISABLED)
		return true;
	for (unsigned i = 0; i < 2; i++)
		MUST(q->raw.device_line[i] == want[i], ": queue %u, word %u: 0x%llx, not 0x%llx",
		     q->raw.id, i, (unsigned long long)q->raw.device_line[i],
		     (unsigned long long)want[i]);
	MUST(q->raw.device_line[3] == (epoch | q->state), ": queue %u", q->raw.id);
	memcpy(shadow + at, arena + at, PEAL_LINE_BYTES);
	return true;
}

/* Exactly once: contract 7. */
static bool law_holds(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t accepted = raw_get(&q->raw, PEAL_QREG_N_ACCEPTED);
	uint32_t completed = raw_get(&q->raw, PEAL_QREG_N_COMPLETED);

	MUST(!raw_get(&q->raw, PEAL_QREG_N_IN_FLIGHT), ": queue %u", q->raw.id);
	MUST(accepted == completed, ": queue %u: %u, %u", q->raw.id, accepted, completed);
	MUST(accepted == q->reaped - q->sq_start, ": queue %u: %u", q->raw.id, accepted);
	MUST(completed == q->raw.cq_head - q->cq_start, ": queue %u: %u", q->raw.id, completed);
	return true;
}

static bool queue_is_right(struct fuzz *f, struct fuzz_queue *q)
{
	static const uint16_t regs[] = { PEAL_QREG_SQ_TAIL,	 PEAL_QREG_SQ_HEAD,
					 PEAL_QREG_CQ_TAIL,	 PEAL_QREG_CQ_HEAD,
					 PEAL_QREG_EPOCH,	 PEAL_QREG_N_ACCEPTED,
					 PEAL_QREG_N_DOORBELLS,	 PEAL_QREG_N_DB_REJECTED,
					 PEAL_QREG_N_DB_INVALID, PEAL_QREG_N_REFETCH };

	q->state = raw_get(&q->raw, PEAL_QREG_STATE);
	tell(f, "q%u state %s", q->raw.id, peal_queue_state_name(q->state));
	for (unsigned i = 0; f->run->transcript && i < sizeof(regs) / sizeof(regs[0]); i++)
		tell(f, " %u", raw_get(&q->raw, regs[i]));
	tell(f, "\n");
	if (q->state != PEAL_Q_DISABLED && !law_holds(f, q))
		return false;
	q->risky &= !harmless(q);
	return line_is_right(f, q);
}

static bool memory_is_right(struct fuzz *f)
{
	size_t at = 0;

	if (!memcmp(arena, shadow, f->used))
		return true;
	while (arena[at] == shadow[at])
		at++;
	return fuzz_broken(f->run, "byte %zu of the memory is 0x%02x, not 0x%02x", at, arena[at],
			   shadow[at]);
}

/* Events of one queue come in order; those of two queues may come in any. */
static bool tell_events(struct fuzz *f)
{
	struct peal_event events[PEAL_EVENT_LOG_DEPTH];
	int n = peal_events(f->dev, events, PEAL_EVENT_LOG_DEPTH);

	MUST(n >= 0);
	for (unsigned q = 0; q < QUEUES; q++)
		for (int i = 0; i < n; i++)
			if (events[i].queue == q)
				tell(f, "q%u event %s %u %u %u\n", q,
				     peal_event_name(events[i].code), events[i].w1, events[i].w2,
				     events[i].w3);
	return true;
}

static bool settle(struct fuzz *f)
{
	MUST(raw_settle(f->dev), ": the device does not come to rest");
	for (unsigned i = 0; i < QUEUES; i++)
		if (!reap(f, &f->queues[i]))
			return false;
	for (unsigned i = 0; i < QUEUES; i++)
		if (!queue_is_right(f, &f->queues[i]))
			return false;
	return tell_events(f) && memory_is_right(f);
}

/* ---- pushing ---------------------------------------------------------------------------- */

static void judge_again(struct fuzz *f, const struct fuzz_queue *q, struct pending *p)
{
	job_access(f->live, f->live_count, &q->rules, p->w, &p->access);
}

static bool overlap(const struct job_access *a, const struct job_access *b)
{
	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < 2; j++) {
			const struct job_range *x = &a->range[i], *y = &b->range[j];

			if ((x->write || y->write) && x->start < y->end && y->start < x->end)
				return true;
		}
	return false;
}

/* Does it share bytes with something outstanding, one of them a writer? */
static bool races(const struct fuzz *f, const struct pending *p)
{
	if (p->access.status != PEAL_ST_OK)
		return false;
	for (unsigned i = 0; i < QUEUES; i++) {
		const struct fuzz_queue *q = &f->queues[i];

		for (uint32_t n = q->reaped; n != q->raw.sq_tail; n++) {
			const struct pending *other = &q->pending[n % MAX_SLOTS];

			if (other->access.status == PEAL_ST_OK &&
			    overlap(&p->access, &other->access))
				return true;
		}
	}
	return false;
}

/* Descriptors on the memory of the rings themselves would race with the queues. */
static bool names_rings(const struct fuzz *f, const uint64_t w[PEAL_DESC_WORDS])
{
	for (unsigned i = 0; i < QUEUES; i++) {
		uint16_t handle = peal_region_handle(f->queues[i].raw.memory);

		if (PEAL_FIELD_GET(w, PEAL_D_A_REGION) == handle ||
		    PEAL_FIELD_GET(w, PEAL_D_B_REGION) == handle)
			return true;
	}
	return false;
}

/* After a command: in DISABLED nothing is pending any more, and the lines are the host's again. */
static void take_back(struct fuzz_queue *q)
{
	q->state = raw_get(&q->raw, PEAL_QREG_STATE);
	if (q->state != PEAL_Q_DISABLED)
		return;
	q->raw.sq_tail = q->rung = q->reaped;
	memcpy(shadow + (ring_memory(q) - arena), ring_memory(q), RING_BYTES);
}

/* A queue that stopped starts anew, so that what follows means something. */
static bool revive(struct fuzz *f, struct fuzz_queue *q)
{
	if (!settle(f))
		return false;
	if (q->state == PEAL_Q_ENABLED)
		return true;
	MUST(raw_code(raw_command(f->dev, q->raw.id, PEAL_CMD_DISABLE)) == PEAL_CMDCODE_OK);
	MUST(raw_settle(f->dev), ": the device does not come to rest");
	take_back(q);
	return start_queue(f, q);
}

static bool push(struct fuzz *f, struct fuzz_queue *q, struct pending *p)
{
	size_t at;

	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		p->w[i] &= PEAL_PAYLOAD_MASK;
	if (f->clauses & PEAL_CAP_SILENT)
		p->w[0] &= ~PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_SILENT);
	if (names_rings(f, p->w))
		return true;
	if (q->state != PEAL_Q_ENABLED && !revive(f, q))
		return false;
	judge_again(f, q, p);
	if (races(f, p) && (!settle(f) || races(f, p)))
		return !*f->run->why; /* it cannot be published now */
	if (q->state != PEAL_Q_ENABLED || q->risky ||
	    q->raw.sq_tail - q->reaped >= 1u << q->raw.sq_log2)
		return true;
	if (PEAL_FIELD_GET(p->w, PEAL_D_OPCODE) == PEAL_OP_STOP)
		q->risky = true;
	q->pending[q->raw.sq_tail % MAX_SLOTS] = *p;
	at = (size_t)((uint8_t *)raw_sq_slot(&q->raw, q->raw.sq_tail) - arena);
	raw_push(&q->raw, p->w);
	memcpy(shadow + at, arena + at, PEAL_DESC_BYTES);
	return true;
}

static struct peal_operand some_operand(struct fuzz *f)
{
	uint32_t which = take(f, 1), offset = take(f, 2);
	uint16_t handle = f->places[which % 16 < REGIONS ? which % 16 : which % 2].handle;

	if (which % 16 == 14)
		handle = f->dead_handle;
	if (which % 16 == 15)
		handle = (uint16_t)(which << 6 | (offset & 0x3f));
	if (which & 0x40)
		offset &= ~63u;
	return peal_operand(handle, which & 0x80 ? offset : offset & 0x7ff);
}

/* A descriptor that is nearly right: fields from bytes, in their places. */
static bool push_shaped(struct fuzz *f, struct fuzz_queue *q)
{
	static const uint8_t opcodes[] = { PEAL_OP_NOP,	     PEAL_OP_ECHO,    PEAL_OP_COPY,
					   PEAL_OP_FILL,     PEAL_OP_COMPARE, PEAL_OP_CRC32C,
					   PEAL_OP_COPY_CRC, PEAL_OP_PREFILL, PEAL_OP_DECODE,
					   PEAL_OP_REWARD,   PEAL_OP_STOP };
	uint32_t op = take(f, 1), flags = take(f, 1);
	struct peal_operand a = some_operand(f), b = some_operand(f);
	uint32_t length = take(f, 2), arg = take(f, 2);
	uint8_t code = opcodes[op % sizeof(opcodes)];
	struct pending p = { 0 };

	if (code >= PEAL_OP_PREFILL && !(flags & 0x80)) {
		a = peal_operand(f->places[RECORDS].handle, a.offset & 0x3c0);
		b.offset &= ~(uint64_t)3;
		length &= ~3u;
		arg = arg % 64 + 1;
	}
	if (code != PEAL_OP_COPY && code != PEAL_OP_COMPARE)
		length &= 0x1fff;
	p.w[0] = PEAL_FIELD_PUT(PEAL_D_OPCODE, code);
	p.w[1] = PEAL_FIELD_PUT(PEAL_D_COOKIE, take(f, 1));
	if (code >= PEAL_OP_COPY && code != PEAL_OP_FILL)
		p.w[2] = PEAL_FIELD_PUT(PEAL_D_A_REGION, a.region) | a.offset;
	if (code >= PEAL_OP_COPY && code != PEAL_OP_CRC32C)
		p.w[3] = PEAL_FIELD_PUT(PEAL_D_B_REGION, b.region) | b.offset;
	if (code >= PEAL_OP_COPY && code != PEAL_OP_DECODE)
		p.w[4] = PEAL_FIELD_PUT(PEAL_D_LENGTH, length);
	if (code == PEAL_OP_FILL || code == PEAL_OP_CRC32C || code == PEAL_OP_COPY_CRC ||
	    code == PEAL_OP_DECODE)
		p.w[5] = PEAL_FIELD_PUT(PEAL_D_ARG0, arg);
	if (code == PEAL_OP_REWARD)
		p.w[5] = arg & 1;
	if (flags & 0x40)
		p.w[take(f, 1) % 8] ^= UINT64_C(1) << take(f, 1) % 56;
	if ((flags & 0x28) == 0x28)
		p.w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, 1u << take(f, 1) % 16);
	if (flags & 0x10 || q->rules.require_crc) {
		p.w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_CRC);
		p.w[7] |= peal_desc_crc(&(struct peal_desc){
			{ p.w[0], p.w[1], p.w[2], p.w[3], p.w[4], p.w[5], p.w[6], p.w[7] } });
	}
	return push(f, q, &p);
}

static bool push_raw(struct fuzz *f, struct fuzz_queue *q)
{
	struct pending p = { 0 };

	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		p.w[i] = take(f, 4) | (uint64_t)take(f, 3) << 32;
	return push(f, q, &p);
}

/* ---- doorbells and credits ----------------------------------------------------------------- */

static bool doorbell(struct fuzz *f, struct fuzz_queue *q)
{
	q->rung = q->raw.sq_tail;
	raw_doorbell(&q->raw, q->rung);
	return !q->risky || settle(f);
}

static bool credit(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t n = take(f, 1), there = q->raw.cq_head - q->credited;

	q->credited += n && n < there ? n : there;
	raw_credit(&q->raw, q->credited);
	return !q->risky || settle(f);
}

/* All that was pushed is published, so that what is in the slots behind the tail is old. */
static bool ring_and_settle(struct fuzz *f, struct fuzz_queue *q)
{
	return doorbell(f, q) && settle(f);
}

static bool wild_doorbell(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t v = q->raw.sq_tail + (uint32_t)(int8_t)take(f, 1);

	if (!ring_and_settle(f, q))
		return false;
	tell(f, "q%u wild doorbell %u\n", q->raw.id, v);
	raw_doorbell(&q->raw, v);
	q->risky |= q->state == PEAL_Q_ENABLED && v != q->raw.sq_tail;
	return settle(f);
}

static bool wild_credit(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t v = q->credited + (uint32_t)(int8_t)take(f, 1);

	if (!ring_and_settle(f, q))
		return false;
	tell(f, "q%u wild credit %u\n", q->raw.id, v);
	raw_credit(&q->raw, v);
	if (q->state != PEAL_Q_DISABLED && v - q->credited <= q->raw.cq_head - q->credited)
		q->credited = v;
	else if (q->state != PEAL_Q_DISABLED)
		q->risky = true;
	return settle(f);
}

/* Another tag on one word of the slot that was pushed last and is not published. */
static bool tear(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t word = take(f, 1) % PEAL_DESC_WORDS, bits = take(f, 1);
	uint64_t *slot = raw_sq_slot(&q->raw, q->raw.sq_tail - 1);
	size_t at = (size_t)((uint8_t *)slot - arena);

	if (q->raw.sq_tail == q->rung || !bits)
		return true;
	slot[word] ^= (uint64_t)bits << PEAL_PAYLOAD_BITS;
	memcpy(shadow + at, arena + at, PEAL_DESC_BYTES);
	q->risky = true;
	return ring_and_settle(f, q);
}

/* ---- commands, registers, the host's own writes ---------------------------------------------- */

static bool command(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t b = take(f, 1), code = b & 7, status, id = b & 0x80 ? 8 + q->raw.id : q->raw.id;

	if (code == PEAL_CMD_ABORT && (f->clauses & PEAL_CAP_ABORT))
		return true;
	if (!credit(f, q) || !ring_and_settle(f, q) || !credit(f, q) || !settle(f))
		return false;
	if (q->raw.sq_tail != q->reaped && q->state == PEAL_Q_ENABLED && code == PEAL_CMD_DRAIN)
		return true; /* it waits for credit, and DRAIN would */
	if (code == PEAL_CMD_ENABLE && id == q->raw.id && q->state == PEAL_Q_DISABLED)
		return start_queue(f, q);
	status = raw_command(f->dev, id, code);
	tell(f, "q%u command %u: 0x%x\n", id, code, status);
	MUST(status >> 31 == 0, ": command %u does not end", code);
	MUST(raw_code(status) != PEAL_CMDCODE_TIMEOUT);
	if (raw_code(status) == PEAL_CMDCODE_OK && code == PEAL_CMD_ENABLE)
		q->risky = false;
	MUST(raw_settle(f->dev));
	take_back(q);
	return settle(f);
}

/* A configuration with one register from bytes: refused as it must be, or taken and left again. */
static bool enable_oddly(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t reg = take(f, 1) % (PEAL_QREG_CQ_START / 4 + 1) * 4, value = take(f, 4), status;

	if (!settle(f))
		return false;
	if (q->state != PEAL_Q_DISABLED || reg == PEAL_QREG_DL_REGION || reg == PEAL_QREG_DL_OFF_LO)
		return true;
	if (reg == PEAL_QREG_MODE && f->clauses & (PEAL_CAP_NONE | PEAL_CAP_MATCHED))
		value &= ~0x613u; /* that would start workers; here nothing is to run */
	prepare_queue(q);
	raw_set(&q->raw, reg, value);
	status = raw_command(f->dev, q->raw.id, PEAL_CMD_ENABLE);
	tell(f, "q%u enable with 0x%x = 0x%x: 0x%x\n", q->raw.id, reg, value, status);
	MUST(status >> 31 == 0);
	status = raw_command(f->dev, q->raw.id, PEAL_CMD_DISABLE);
	MUST(raw_code(status) == PEAL_CMDCODE_OK, ": 0x%x", status);
	MUST(raw_settle(f->dev));
	take_back(q);
	return settle(f);
}

/* Makes a region's entry invalid: what is not accepted by now is judged without it. */
static bool invalidate(struct fuzz *f)
{
	uint32_t i = take(f, 1) % REGIONS;

	if (!settle(f))
		return false;
	raw_write(f->dev, PEAL_REG_RT_SEL, f->places[i].handle & 0x3ff);
	raw_write(f->dev, PEAL_REG_RT_COMMIT, take(f, 1));
	for (unsigned n = 0; n < f->live_count; n++)
		if (f->live[n].handle == f->places[i].handle)
			f->live[n--] = f->live[--f->live_count];
	MUST(!raw_read(f->dev, PEAL_REG_RT_BUSY));
	for (unsigned n = 0; n < QUEUES; n++)
		for (uint32_t p = f->queues[n].reaped; p != f->queues[n].raw.sq_tail; p++)
			judge_again(f, &f->queues[n], &f->queues[n].pending[p % MAX_SLOTS]);
	return true;
}

/* Registers that change nothing while queues run: RO, unnamed, and configuration. */
static bool register_access(struct fuzz *f, struct fuzz_queue *q)
{
	uint32_t b = take(f, 1), value = take(f, 4), offset = 0x100 + (b & 7) * 4, got;

	if (!settle(f))
		return false;
	if (b & 8)
		offset = UNNAMED + (b & 7) * 4;
	if (b & 0x80)
		offset = raw_qreg(q->raw.id, b & 0x7c);
	if (offset == PEAL_REG_EV_POP || offset == PEAL_REG_RT_COMMIT)
		return true;
	if (!(b & 0x80) || q->state != PEAL_Q_DISABLED)
		raw_write(f->dev, offset, value);
	got = raw_read(f->dev, offset);
	tell(f, "register 0x%x: 0x%x\n", offset, got);
	return true;
}

/* The host fills a record, or bytes, while nothing is in flight. */
static bool host_writes(struct fuzz *f)
{
	uint32_t which = take(f, 1), a = take(f, 2), b = take(f, 1);
	uint8_t *record = f->memory[RECORDS] + (which & 15) * PEAL_RECORD_BYTES;

	if (!settle(f))
		return false;
	if (which & 0x80)
		memcpy(f->memory[0] + a % 4095, &b, 1);
	else
		memcpy(record + (which >> 4 & 7) * 4, &(uint32_t){ a }, 4);
	memcpy(shadow, arena, f->used);
	return true;
}

/* ---- all of it
 * ----------------------------------------------------------------------------------- */

static bool one_verb(struct fuzz *f)
{
	uint32_t b = take(f, 1);
	struct fuzz_queue *q = &f->queues[(b >> 4) % QUEUES];

	switch (b & 15) {
	default: return push_shaped(f, q);
	case 5: return push_raw(f, q);
	case 6: return doorbell(f, q);
	case 7: return settle(f);
	case 8: return credit(f, q);
	case 9: return b & 0x40 ? wild_doorbell(f, q) : wild_credit(f, q);
	case 11: return tear(f, q);
	case 12: return command(f, q);
	case 13: return b >> 4 < 8 ? register_access(f, q) : invalidate(f);
	case 14: return enable_oddly(f, q);
	case 15: return host_writes(f);
	}
}

static bool set_up(struct fuzz *f)
{
	for (unsigned i = 0; i < REGIONS; i++)
		if (!make_region(f, i))
			return false;
	make_records(f);
	if (!make_dead_handle(f))
		return false;
	for (unsigned i = 0; i < QUEUES; i++)
		if (!make_queue(f, i))
			return false;
	raw_write(f->dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
	memcpy(shadow, arena, f->used);
	memcpy(before, arena, f->used);
	for (unsigned i = 0; i < QUEUES; i++)
		if (!start_queue(f, &f->queues[i]))
			return false;
	return settle(f);
}

static uint32_t reaped_by_all(const struct fuzz *f)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < QUEUES; i++)
		sum += f->queues[i].reaped;
	return sum;
}

/* Publishes and credits what is left, until nothing more completes. */
static bool finish(struct fuzz *f)
{
	uint32_t reaped;

	f->at = f->end;
	do {
		reaped = reaped_by_all(f);
		for (unsigned i = 0; i < QUEUES; i++)
			if (!credit(f, &f->queues[i]) || !doorbell(f, &f->queues[i]))
				return false;
		if (!settle(f))
			return false;
	} while (reaped_by_all(f) != reaped);
	for (unsigned i = 0; i < QUEUES; i++) {
		struct fuzz_queue *q = &f->queues[i];

		MUST(q->risky || q->state != PEAL_Q_ENABLED || q->reaped == q->raw.sq_tail,
		     ": queue %u", i);
	}
	return true;
}

static void tell_memory(struct fuzz *f)
{
	for (size_t at = 0; at < f->used; at += 32) {
		if (!memcmp(arena + at, before + at, 32))
			continue;
		tell(f, "mem %zu ", at);
		for (unsigned i = 0; i < 32; i++)
			tell(f, "%02x", arena[at + i]);
		tell(f, "\n");
	}
}

static bool everything(struct fuzz *f)
{
	if (!set_up(f))
		return false;
	for (unsigned i = 0; i < MAX_VERBS && f->at < f->end; i++)
		if (!one_verb(f))
			return false;
	if (!finish(f))
		return false;
	if (f->run->transcript)
		tell_memory(f);
	return true;
}

enum fuzz_verdict fuzz_desc(struct fuzz_run *run, const uint8_t *data, size_t size)
{
	static struct fuzz f;
	struct peal_open_opts opts = { .params = run->params };
	struct peal_device_info info;
	bool good;

	f = (struct fuzz){ .run = run, .at = data, .end = data + size };
	memset(arena, 0, sizeof(arena));
	if (size < 4 * QUEUES)
		return FUZZ_DULL;
	if (peal_open(run->device, &opts, &f.dev)) {
		fuzz_broken(run, "%s: %s", run->device, peal_error(NULL));
		return FUZZ_BROKEN;
	}
	peal_device_info(f.dev, &info);
	f.clauses = info.clauses;
	good = everything(&f);
	run->trace_hash = peal_device_trace_hash(f.dev);
	peal_close(f.dev);
	return good ? FUZZ_FINE : FUZZ_BROKEN;
}
