/* SPDX-License-Identifier: MIT */
/*
 * steps.h - small steps with queues that the programs of this folder are made of.
 *
 * One device, up to eight queues of one tenant, and what is done with them again
 * and again; raw.h does the words.
 */
#ifndef PEAL_TESTS_STEPS_H
#define PEAL_TESTS_STEPS_H

#include "raw.h"

#define TENANT 3
#define MAX_QUEUES 8
#define BIG (1u << 20)

#define MODE_ACTOR 1u
#define MODE_NONE 2u
#define MODE_MATCHED (1u << 4)
#define MODE_CRC (1u << 8)
#define MODE_FENCES (1u << 9)
#define MODE_SUPPRESS (1u << 10)

static struct peal_device *dev;
static struct peal_device_info info;
static struct raw_queue queues[MAX_QUEUES];
static unsigned queue_count;
static struct raw_queue *const q = &queues[0];

/* ---- small steps ---- */

static inline uint32_t command(struct raw_queue *on, uint32_t code)
{
	return raw_code(raw_command(dev, on->id, code));
}

/* What the host tells of itself in a queue with SUPPRESS, before ENABLE too. */
static inline void write_host_line(const struct raw_queue *on)
{
	uint64_t epoch = (uint64_t)raw_get(on, PEAL_QREG_EPOCH) << 32;

	__atomic_store_n(&on->host_line[1], epoch | on->cq_head, __ATOMIC_RELEASE);
	__atomic_store_n(&on->host_line[0], epoch | on->sq_tail, __ATOMIC_RELEASE);
}

static inline bool enable(const struct raw_queue *on)
{
	if (raw_get(on, PEAL_QREG_MODE) & MODE_SUPPRESS)
		write_host_line(on);
	CHECK_EQUAL(raw_code(raw_command(dev, on->id, PEAL_CMD_ENABLE)), PEAL_CMDCODE_OK);
	return true;
}

/* Makes and enables the next queue, with bits of MODE. */
static inline bool make_mode(unsigned sq_log2, unsigned cq_log2, uint32_t sq_start,
			     uint32_t cq_start, uint32_t mode)
{
	const struct raw_opts opts = { .id = queue_count,
				       .sq_log2 = sq_log2,
				       .cq_log2 = cq_log2,
				       .sq_start = sq_start,
				       .cq_start = cq_start,
				       .mode = mode,
				       .tenant = TENANT };
	struct raw_queue *fresh = &queues[queue_count];

	CHECK(!raw_create(dev, &opts, fresh));
	queue_count++;
	return enable(fresh);
}

static inline bool make(unsigned sq_log2, unsigned cq_log2, uint32_t sq_start, uint32_t cq_start)
{
	return make_mode(sq_log2, cq_log2, sq_start, cq_start, 0);
}

static inline void push(struct raw_queue *on, const struct peal_desc *d)
{
	raw_push(on, d->w);
}

static inline void ring(const struct raw_queue *on)
{
	raw_doorbell(on, on->sq_tail);
}

static inline void push_nops(struct raw_queue *on, unsigned n)
{
	struct peal_desc d;

	while (n--) {
		peal_prep_nop(&d, on->sq_tail);
		raw_push(on, d.w);
	}
}

/* Takes a completion without returning its slot, and checks cookie, status and index. */
static inline bool take(struct raw_queue *on, uint32_t index, uint32_t status, uint64_t *result)
{
	uint64_t words[PEAL_COMP_WORDS];
	time_t deadline = raw_deadline();

	while (!raw_peek(on, words)) {
		CHECK(!raw_expired(deadline));
		raw_advance(dev);
	}
	on->cq_head++;
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_INDEX), index & 0xffff);
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), status);
	if (result)
		*result = PEAL_FIELD_GET(words, PEAL_C_RESULT);
	return true;
}

/* n completions of NOPs from `index` on, with their credit returned. */
static inline bool take_nops(struct raw_queue *on, uint32_t index, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		CHECK(take(on, index + i, PEAL_ST_OK, NULL));
	raw_credit(on, on->cq_head);
	return true;
}

/* n NOPs there and back. */
static inline bool run_nops(struct raw_queue *on, unsigned n)
{
	uint32_t first = on->sq_tail;

	push_nops(on, n);
	raw_doorbell(on, on->sq_tail);
	return take_nops(on, first, n);
}

static inline bool state_is(const struct raw_queue *on, uint32_t state)
{
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(on, PEAL_QREG_STATE), state);
	return true;
}

/* The law of contract 7.18, of a queue at rest: a register access takes time on some devices. */
static inline bool law_holds(const struct raw_queue *on)
{
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_ACCEPTED),
		    raw_get(on, PEAL_QREG_N_COMPLETED) + raw_get(on, PEAL_QREG_N_SILENT) +
			    raw_get(on, PEAL_QREG_N_UNDELIVERED) +
			    raw_get(on, PEAL_QREG_N_IN_FLIGHT));
	return true;
}

static inline void drop_events(void)
{
	while (raw_read(dev, PEAL_REG_EV_LEVEL))
		raw_write(dev, PEAL_REG_EV_POP, 1);
}

/* The only event in the log. */
static inline bool event_is(uint32_t code, const struct raw_queue *on, uint32_t w1, uint32_t w2,
			    uint32_t w3)
{
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), code | on->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1), w1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W2), w2);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W3), w3);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W4), 0);
	raw_write(dev, PEAL_REG_EV_POP, 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), 0);
	return true;
}

/* Starts the queue's next life, from DISABLED or ERROR. */
static inline bool again(struct raw_queue *on, uint32_t sq_start, uint32_t cq_start)
{
	CHECK_EQUAL(command(on, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	memset(peal_region_memory(on->memory), 0, peal_region_bytes(on->memory));
	raw_set(on, PEAL_QREG_SQ_START, sq_start);
	raw_set(on, PEAL_QREG_CQ_START, cq_start);
	on->sq_tail = sq_start;
	on->cq_head = cq_start;
	return enable(on);
}

static inline struct peal_region *region(uint64_t bytes)
{
	const struct peal_region_opts opts = { .bytes = bytes, .tenant = TENANT };
	struct peal_region *r;

	return peal_region_alloc(dev, &opts, &r) ? NULL : r;
}

static inline void advance(unsigned n)
{
	int err = n ? peal_advance(dev, n) : 0;

	if (err < 0) {
		printf("# the device died: %s\n", strerror(-err));
		exit(1);
	}
}

/* ---- completions in any order ---- */

#define MANY 256

/* Outcomes of the SQ indices from `first` on. */
struct outcomes {
	uint32_t first;
	unsigned count;
	bool have[MANY];
	uint32_t status[MANY];
	uint64_t result[MANY];
};

/* Enters one completion; an index that is outside, or there already, is wrong. */
static inline bool enter(struct outcomes *o, const uint64_t words[PEAL_COMP_WORDS], unsigned limit)
{
	uint32_t i = (PEAL_FIELD_GET(words, PEAL_C_INDEX) - o->first) & 0xffff;

	CHECK(i < limit && i < MANY);
	CHECK(!o->have[i]);
	o->have[i] = true;
	o->status[i] = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);
	o->result[i] = PEAL_FIELD_GET(words, PEAL_C_RESULT);
	o->count++;
	return true;
}

/* Takes n completions of a PACKED queue in whatever order, and returns their credit. */
static inline bool take_any(struct raw_queue *on, struct outcomes *o, unsigned n, unsigned limit)
{
	uint64_t words[PEAL_COMP_WORDS];

	while (n--) {
		CHECK(raw_pop(on, words));
		CHECK(enter(o, words, limit));
	}
	return true;
}

/* Takes all that is there already. */
static inline bool take_rest(struct raw_queue *on, struct outcomes *o, unsigned limit)
{
	uint64_t words[PEAL_COMP_WORDS];

	while (raw_peek(on, words)) {
		on->cq_head++;
		CHECK(enter(o, words, limit));
	}
	return true;
}

/* ---- running ---- */

/* The queues of the case go, and its events; cases that close their device have dev NULL. */
static inline void clean_up(void)
{
	if (!dev)
		return;
	while (queue_count)
		if (!raw_destroy(&queues[--queue_count]))
			raw_case("clean-up behind the case above", false);
	drop_events();
}

static inline void run_one(const struct raw_test *t)
{
	if ((info.clauses & t->needs) != t->needs) {
		raw_skip(t->name, "the device has no such clause");
		return;
	}
	raw_case(t->name, t->run());
	clean_up();
}

/* Runs cases on a device each. */
static inline int run_tests_apart(const char *device, const char *params,
				  const struct raw_test *tests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		dev = raw_open(device, params);
		peal_device_info(dev, &info);
		run_one(&tests[i]);
		peal_close(dev);
	}
	return raw_summary();
}

/* Runs the cases of a program, the device opened once for all of them. */
static inline int run_tests(int argc, char **argv, const struct raw_test *tests, size_t n)
{
	const char *params, *device = raw_arguments(argc, argv, &params);

	dev = raw_open(device, params);
	peal_device_info(dev, &info);
	for (size_t i = 0; i < n; i++)
		run_one(&tests[i]);
	peal_close(dev);
	return raw_summary();
}

#endif
