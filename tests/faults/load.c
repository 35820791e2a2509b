/* SPDX-License-Identifier: MIT */
/*
 * load.c - the load of the fault tests.
 */
#include "load.h"

#include <stdarg.h>

#define LONGEST 4500	/* bytes of an operation: more than a piece */
#define WAIT_NS 30000000
#define QUANTUM 64
#define BAD_MOST 4 /* waits without any progress, then the load is given up */

static const char *device, *params;

/* ---- small things -------------------------------------------------------------- */

bool load_say(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	return false;
}

unsigned load_number(const char *name, unsigned fallback)
{
	const char *text = getenv(name);

	return text && *text ? (unsigned)strtoul(text, NULL, 0) : fallback;
}

/* SplitMix64's output function. */
uint64_t load_random(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

const char *load_end_name(enum load_end end)
{
	static const char *const names[] = { "ABORT", "RESET", "DISABLE" };

	return names[end];
}

void load_arguments(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0); /* a slow device: each case is seen when it is done */
	device = raw_arguments(argc, argv, &params);
}

/* ---- the device ------------------------------------------------------------------ */

static void count_faults(void *ctx, enum peal_log_level level, const char *message)
{
	struct load *l = ctx;

	(void)level;
	if (strstr(message, "fault ") && strstr(message, " fired"))
		l->fired++;
}

static uint8_t source_byte(uint64_t i)
{
	return (uint8_t)(131 * i + (i >> 7));
}

static void fill_memory(struct load *l)
{
	uint8_t *source = peal_region_memory(l->source), *target = peal_region_memory(l->target);
	uint32_t *records = peal_region_memory(l->records);

	for (uint64_t i = 0; i < peal_region_bytes(l->source); i++)
		source[i] = source_byte(i);
	memset(target, 0xa5, peal_region_bytes(l->target));
	for (unsigned r = 0; r < LOAD_QUEUES * LOAD_EACH; r++) {
		records[16 * r + 1] = 40; /* MAX_TOKENS */
		records[16 * r + 2] = 16; /* REWARD_BOUNDARY */
	}
}

static bool make_regions(struct load *l)
{
	const struct peal_region_opts source = { .bytes = 3 * LONGEST, .access = PEAL_ACCESS_READ },
				      target = { .bytes = LOAD_QUEUES * LOAD_EACH * LOAD_PITCH },
				      records = { .bytes = LOAD_QUEUES * LOAD_EACH *
							   PEAL_RECORD_BYTES };

	return !peal_region_alloc(l->dev, &source, &l->source) &&
	       !peal_region_alloc(l->dev, &target, &l->target) &&
	       !peal_region_alloc(l->dev, &records, &l->records);
}

/* The second queue has order ACTOR, suppression, and a CQ that is smaller than its SQ. */
static bool make_queues(struct load *l)
{
	const struct peal_queue_opts opts[LOAD_QUEUES] = {
		{ .sq_log2 = 4, .require_crc = true },
		{ .sq_log2 = 4, .cq_log2 = 3, .require_crc = true, .order = PEAL_ORDER_ACTOR,
		  .suppress = true },
	};

	for (unsigned i = 0; i < LOAD_QUEUES; i++)
		if (peal_queue_create(l->dev, &opts[i], &l->q[i]))
			return false;
	return true;
}

bool load_open(struct load *l, const char *plan)
{
	char text[256];
	struct peal_open_opts opts = { .quantum = QUANTUM, .log = count_faults, .log_ctx = l,
				       .params = text };
	int err;

	memset(l, 0, sizeof(*l));
	snprintf(text, sizeof(text), "%s%s%s%s", params ? params : "", params && plan ? "," : "",
		 plan ? "fault=" : "", plan ? plan : "");
	err = peal_open(device, &opts, &l->dev);
	if (err == -EOPNOTSUPP || err == -ENOENT) {
		printf("# %s: %s\n", device, peal_error(NULL));
		exit(77);
	}
	if (err)
		return load_say("open: %s", peal_error(NULL));
	if (!make_regions(l) || !make_queues(l))
		return load_say("set-up: %s", peal_error(l->dev));
	fill_memory(l);
	return true;
}

void load_close(struct load *l)
{
	peal_close(l->dev);
}

/* ---- descriptors -------------------------------------------------------------------- */

enum { ECHO, COPY, FILL, COMPARE, CRC, COPY_CRC, PREFILL, DECODE, REWARD, LONG_COPY, NOP, KINDS };

static uint64_t target_of(unsigned q, unsigned i)
{
	return ((uint64_t)q * LOAD_EACH + i) * LOAD_PITCH + 61;
}

static struct peal_operand record_of(const struct load *l, unsigned q, unsigned i)
{
	return peal_at(l->records, ((uint64_t)q * LOAD_EACH + i / KINDS) * PEAL_RECORD_BYTES);
}

static uint32_t length_of(unsigned i)
{
	return i % KINDS == LONG_COPY ? LONGEST : 100 + 7 * i;
}

static void prep(const struct load *l, unsigned q, unsigned i, struct peal_desc *d)
{
	static const uint64_t payload[5] = { 1, 2, 4, 8, 16 };
	struct peal_operand from = peal_at(l->source, 3 * i), to = peal_at(l->target, target_of(q, i));
	struct peal_operand tokens = peal_at(l->target, target_of(q, i) + 3);
	uint32_t length = length_of(i);

	switch (i % KINDS) {
	case ECHO: peal_prep_echo(d, i, payload); break;
	case COPY:
	case LONG_COPY: peal_prep_copy(d, i, from, to, length); break;
	case FILL: peal_prep_fill(d, i, to, length, 0x01020304); break;
	case COMPARE: peal_prep_compare(d, i, from, from, length); break;
	case CRC: peal_prep_crc32c(d, i, from, length, 0); break;
	case COPY_CRC: peal_prep_copy_crc(d, i, from, to, length, 7); break;
	case PREFILL: peal_prep_prefill(d, i, record_of(l, q, i), peal_at(l->source, 4 * i), 64); break;
	case DECODE: peal_prep_decode(d, i, record_of(l, q, i), tokens, 20); break;
	case REWARD: peal_prep_reward(d, i, record_of(l, q, i), peal_at(l->source, 4 * i), 32, false); break;
	default: peal_prep_nop(d, i);
	}
	peal_desc_actor(d, i / KINDS);
	peal_desc_flags(d, PEAL_FLAG_CRC | (i % 5 == 3 ? PEAL_FLAG_FENCE : 0) |
				   (i % 7 == 2 ? PEAL_FLAG_EVENT : 0));
}

/* ---- sending and reaping --------------------------------------------------------------- */

static bool take(struct load *l, unsigned q, const struct peal_completion *c, int n)
{
	for (int i = 0; i < n; i++) {
		struct load_outcome *o;

		if (c[i].sq_index >= l->sent[q])
			return load_say("queue %u: index %u was never published", q, c[i].sq_index);
		o = &l->outcome[q][c[i].sq_index];
		o->times++;
		o->status = c[i].status;
		o->result = c[i].result;
		o->by_host = c[i].by_host;
	}
	return n > 0;
}

static bool send_some(struct load *l, unsigned q)
{
	struct peal_desc d;

	if (l->sent[q] == LOAD_EACH)
		return false;
	prep(l, q, l->sent[q], &d);
	if (peal_submit(l->q[q], &d, 1) != 1)
		return false;
	l->sent[q]++;
	return true;
}

static bool reap_some(struct load *l, unsigned q)
{
	struct peal_completion c[8];
	int n = peal_poll(l->q[q], c, 8);

	return n > 0 && take(l, q, c, n);
}

static void take_events(struct load *l)
{
	int n = peal_events(l->dev, l->events + l->event_count, LOAD_EVENTS - l->event_count);

	l->event_count += n > 0 ? (unsigned)n : 0;
}

static bool all_back(const struct load *l)
{
	for (unsigned q = 0; q < LOAD_QUEUES; q++)
		if (l->sent[q] < LOAD_EACH || peal_queue_outstanding(l->q[q]))
			return false;
	return true;
}

void load_send(struct load *l, uint64_t steps)
{
	unsigned bad = 0;

	for (uint64_t spent = 0; spent < steps && bad < BAD_MOST && !all_back(l);) {
		bool moved = false;

		for (unsigned q = 0; q < LOAD_QUEUES; q++)
			moved |= send_some(l, q);
		for (unsigned q = 0; q < LOAD_QUEUES; q++)
			moved |= reap_some(l, q);
		take_events(l);
		bad = moved || steps != UINT64_MAX ? 0 : bad + 1;
		for (unsigned q = 0; q < LOAD_QUEUES && !moved && steps == UINT64_MAX; q++) {
			struct peal_completion c;
			int n = peal_wait(l->q[q], &c, 1, WAIT_NS);

			if (n > 0)
				take(l, q, &c, n), bad = 0;
		}
		if (steps != UINT64_MAX) {
			uint64_t step = steps - spent < 16 ? steps - spent : 16;

			peal_advance(l->dev, step);
			spent += step;
		}
	}
}

static int end_queue(struct peal_queue *q, enum load_end end)
{
	switch (end) {
	case LOAD_ABORT: return peal_queue_abort(q);
	case LOAD_RESET: return peal_queue_reset(q);
	default: return peal_queue_disable(q);
	}
}

bool load_end(struct load *l, enum load_end end)
{
	for (unsigned q = 0; q < LOAD_QUEUES; q++) {
		int err = end_queue(l->q[q], end);

		if (err)
			return load_say("queue %u: %s: %s", q, load_end_name(end), peal_error(l->dev));
	}
	for (unsigned q = 0; q < LOAD_QUEUES; q++)
		for (unsigned i = 0; i < 2 * LOAD_EACH && reap_some(l, q); i++)
			;
	take_events(l);
	return true;
}

/* ---- judgement ------------------------------------------------------------------------- */

bool load_law(struct load *l)
{
	for (unsigned q = 0; q < LOAD_QUEUES; q++) {
		for (unsigned i = 0; i < l->sent[q]; i++)
			if (l->outcome[q][i].times != 1)
				return load_say("queue %u, index %u: %u outcomes", q, i,
						l->outcome[q][i].times);
		if (peal_queue_outstanding(l->q[q]))
			return load_say("queue %u: %u are outstanding", q,
					peal_queue_outstanding(l->q[q]));
		if (peal_queue_audit(l->q[q]))
			return load_say("queue %u: %s", q, peal_error(l->dev));
	}
	return true;
}

/* The bytes a descriptor may write, from its target on. */
static uint32_t written(unsigned i)
{
	switch (i % KINDS) {
	case COPY:
	case FILL:
	case COPY_CRC:
	case LONG_COPY: return length_of(i);
	case DECODE: return 3 + 20 * PEAL_TOKEN_BYTES;
	default: return 0;
	}
}

static bool copied(const struct load *l, unsigned q, unsigned i)
{
	const uint8_t *to = (const uint8_t *)peal_region_memory(l->target) + target_of(q, i);

	for (uint32_t j = 0; j < length_of(i); j++) {
		uint8_t right = i % KINDS == FILL ? (uint8_t)(0x01020304 >> 8 * (j % 4))
						  : source_byte(3 * i + j);
		if (to[j] != right)
			return load_say("queue %u, index %u: byte %u is wrong behind an OK", q, i, j);
	}
	return true;
}

static bool right_result(const struct load *l, unsigned q, unsigned i)
{
	uint64_t result = l->outcome[q][i].result;

	switch (i % KINDS) {
	case ECHO: return result == 31 || load_say("queue %u, index %u: a wrong echo", q, i);
	case COPY:
	case FILL:
	case COPY_CRC:
	case LONG_COPY: return copied(l, q, i);
	default: return true;
	}
}

bool load_bytes(const struct load *l)
{
	const uint8_t *target = peal_region_memory(l->target), *source = peal_region_memory(l->source);

	for (unsigned q = 0; q < LOAD_QUEUES; q++)
		for (unsigned i = 0; i < LOAD_EACH; i++) {
			uint64_t from = target_of(q, i) - 61;

			if (l->outcome[q][i].times && l->outcome[q][i].status == PEAL_ST_OK &&
			    !right_result(l, q, i))
				return false;
			for (uint64_t j = 0; j < LOAD_PITCH; j++)
				if (target[from + j] != 0xa5 && (j < 61 || j >= 61 + written(i)))
					return load_say("queue %u, index %u: byte %llu outside its "
							"destination changed", q, i,
							(unsigned long long)j);
		}
	for (uint64_t i = 0; i < peal_region_bytes(l->source); i++)
		if (source[i] != source_byte(i))
			return load_say("byte %llu of the source changed", (unsigned long long)i);
	return true;
}
