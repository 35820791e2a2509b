/* SPDX-License-Identifier: MIT */
/*
 * test_order.c - the reference device out of order (shuffle=SEED), its events, and its timers
 * to the step.
 */
#include "unit.h"

#include "conformance/raw.h"
#include "internal.h"

#define N 64

static struct raw_queue make(struct peal_device *dev, unsigned id, uint32_t mode)
{
	const struct raw_opts opts = { .id = id, .sq_log2 = 7, .cq_log2 = 7, .mode = mode };
	struct raw_queue q;

	assert_int_equal(raw_create(dev, &opts, &q), 0);
	assert_int_equal(raw_command(dev, id, PEAL_CMD_ENABLE), id << 16);
	return q;
}

static struct peal_device *ref(const char *params)
{
	return unit_open("ref", &(struct peal_open_opts){ .params = params });
}

static void push_nops(struct raw_queue *q, unsigned n, uint16_t flags)
{
	struct peal_desc d;

	for (unsigned i = 0; i < n; i++) {
		peal_prep_nop(&d, i);
		peal_desc_flags(&d, flags);
		raw_push(q, d.w);
	}
	raw_doorbell(q, q->sq_tail);
}

/* The order in which N NOPs of a queue complete. */
static void run(const char *params, uint32_t mode, uint8_t order[N])
{
	struct peal_device *dev = ref(params);
	struct raw_queue q = make(dev, 0, mode);
	uint64_t words[PEAL_COMP_WORDS];

	push_nops(&q, N, 0);
	for (unsigned i = 0; i < N; i++) {
		assert_true(raw_pop(&q, words));
		order[i] = (uint8_t)PEAL_FIELD_GET(words, PEAL_C_INDEX);
	}
	peal_close(dev);
}

static bool in_order(const uint8_t order[N])
{
	for (unsigned i = 0; i < N; i++)
		if (order[i] != i)
			return false;
	return true;
}

static void is_permutation(const uint8_t order[N])
{
	bool seen[256] = { false };

	for (unsigned i = 0; i < N; i++) {
		assert_true(order[i] < N && !seen[order[i]]);
		seen[order[i]] = true;
	}
}

/* Out of order, each once, and the same again with the same seed; only where no order is asked. */
static void test_shuffled(void **state)
{
	uint8_t first[N], again[N], other[N];

	(void)state;
	run("shuffle=1", 2, first);
	run("shuffle=1", 2, again);
	run("shuffle=2", 2, other);
	is_permutation(first);
	is_permutation(other);
	assert_false(in_order(first));
	assert_memory_equal(first, again, N);
	assert_memory_not_equal(first, other, N);
	run("shuffle=1", 0, other);
	assert_true(in_order(other));
	run("shuffle=1", 1, other);
	assert_true(in_order(other));
	run(NULL, 2, other);
	assert_true(in_order(other));
}

/* All of them fences: in order again, whatever the seed. */
static void test_shuffled_fences(void **state)
{
	uint64_t words[PEAL_COMP_WORDS];

	(void)state;
	for (unsigned seed = 1; seed < 20; seed++) {
		char params[32];
		struct peal_device *dev;
		struct raw_queue q;

		snprintf(params, sizeof(params), "shuffle=%u", seed);
		dev = ref(params);
		q = make(dev, 0, 2 | 1 << 9);
		push_nops(&q, N, PEAL_FLAG_FENCE);
		for (unsigned i = 0; i < N; i++) {
			assert_true(raw_pop(&q, words));
			assert_int_equal(PEAL_FIELD_GET(words, PEAL_C_INDEX), i);
		}
		peal_close(dev);
	}
}

/* Raises are a queue's own and live longer than its lives. */
static void test_raises(void **state)
{
	struct peal_device *dev = ref(NULL);
	struct raw_queue a = make(dev, 0, 0), b = make(dev, 1, 0);

	(void)state;
	push_nops(&a, 3, PEAL_FLAG_EVENT);
	push_nops(&b, 5, PEAL_FLAG_EVENT | PEAL_FLAG_SILENT);
	push_nops(&b, 2, PEAL_FLAG_SILENT);
	unit_settle(dev);
	assert_int_equal(dev->ops.raises(dev->impl, 0), 3);
	assert_int_equal(dev->ops.raises(dev->impl, 1), 5);
	assert_int_equal(dev->ops.raises(dev->impl, 2), 0);
	assert_int_equal(dev->ops.raises(dev->impl, 1000), 0);
	assert_int_equal(raw_get(&b, PEAL_QREG_N_EVENTS), 5);
	assert_int_equal(raw_command(dev, 1, PEAL_CMD_RESET), 1 << 16);
	assert_int_equal(raw_command(dev, 1, PEAL_CMD_ENABLE), 1 << 16);
	assert_int_equal(raw_get(&b, PEAL_QREG_N_EVENTS), 0);
	assert_int_equal(dev->ops.raises(dev->impl, 1), 5);
	peal_close(dev);
}

/* ABORT ends a long one at its piece: the first is there, the last is not. */
static void test_abort_at_a_piece(void **state)
{
	struct peal_device *dev = ref(NULL);
	struct raw_queue q = make(dev, 0, 0);
	struct peal_region *r = unit_region(dev, 1 << 20);
	const uint8_t *p = peal_region_memory(r);
	uint64_t words[PEAL_COMP_WORDS];
	struct peal_desc d;

	(void)state;
	peal_prep_fill(&d, 7, peal_at(r, 0), 1 << 20, 0x01010101);
	raw_push(&q, d.w);
	raw_doorbell(&q, 1);
	assert_int_equal(peal_advance(dev, 3), 1);
	assert_int_equal(raw_command(dev, 0, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	assert_true(raw_pop(&q, words));
	assert_int_equal(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_ABORTED);
	assert_int_equal(PEAL_FIELD_GET(words, PEAL_C_RESULT), 0);
	assert_int_equal(p[3 * PEAL_PIECE_BYTES - 1], 1);
	assert_int_equal(p[3 * PEAL_PIECE_BYTES], 0);
	peal_close(dev);
}

/* A lease ends at its step, at rest as at work, and in one call as in many. */
static void test_lease_steps(void **state)
{
	struct peal_device *dev = ref(NULL);
	struct raw_queue q = make(dev, 0, 0);

	(void)state;
	unit_write(dev, PEAL_REG_LEASE, 1000);
	assert_int_equal(peal_advance(dev, 600), 0);
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE), 400);
	push_nops(&q, 4, 0);
	assert_int_equal(peal_advance(dev, 399), 0);
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE), 1);
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE_STS), 1);
	peal_advance(dev, 1);
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE_STS), 2);
	assert_int_equal(raw_get(&q, PEAL_QREG_STATE), PEAL_Q_ERROR);
	assert_int_equal(raw_get(&q, PEAL_QREG_N_COMPLETED), 4);
	unit_write(dev, PEAL_REG_LEASE, UINT32_MAX);
	assert_int_equal(peal_advance(dev, UINT32_MAX - 1), 0);
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE_STS), 1);
	peal_advance(dev, 1000);
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE_STS), 2);
	peal_close(dev);
}

/* A sleeping queue looks again after SLEEP_STEPS, not a step later. */
static void test_sleep_steps(void **state)
{
	struct peal_device *dev = ref(NULL);
	struct raw_queue q = make(dev, 0, 1 << 10);
	struct peal_desc d;

	(void)state;
	assert_int_equal(peal_advance(dev, 1), 0); /* the second look, and it sleeps */
	peal_prep_nop(&d, 1);
	raw_push(&q, d.w);
	q.host_line[0] = q.sq_tail;
	peal_advance(dev, PEAL_SLEEP_STEPS - 1);
	assert_int_equal(raw_get(&q, PEAL_QREG_SQ_TAIL), 0);
	peal_advance(dev, 2);
	assert_int_equal(raw_get(&q, PEAL_QREG_SQ_TAIL), 1);
	unit_settle(dev);
	assert_int_equal(raw_get(&q, PEAL_QREG_N_COMPLETED), 1);
	peal_close(dev);
}

static void refused(const char *params, const char *text)
{
	struct peal_device *dev;

	assert_int_equal(peal_open("ref", &(struct peal_open_opts){ .params = params }, &dev),
			 -EINVAL);
	if (!strstr(peal_error(NULL), text))
		fail_msg("'%s' lacks '%s'", peal_error(NULL), text);
}

static void test_parameters(void **state)
{
	(void)state;
	refused("shuffle=0", "shuffle=0: expected 1 to 4294967295");
	refused("shuffle=x", "shuffle=x: expected 1 to");
	refused("fault=", "expected KIND:N");
	refused("fault=read", "expected KIND:N");
	refused("fault=read:1+nothing:2", "'nothing:2': kind is none of fetch, read");
	refused("fault=read:1:torn", "'read:1:torn': variant must be slverr, decerr or");
	refused("fault=write:1+read:1:hang", "no hang: ref has no bus");
	refused("faults=read:1", "one of queues, regions, shuffle, fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shuffled),	 cmocka_unit_test(test_shuffled_fences),
		cmocka_unit_test(test_raises),		 cmocka_unit_test(test_lease_steps),
		cmocka_unit_test(test_abort_at_a_piece), cmocka_unit_test(test_sleep_steps),
		cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
