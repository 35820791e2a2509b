/* SPDX-License-Identifier: MIT */
/* test_silent.c - successes without a completion: counted, bounded, never waited for in vain. */
#include "unit.h"

#include "internal.h"

static struct peal_queue *make(struct peal_device *dev, unsigned order, unsigned sq, unsigned cq)
{
	struct peal_queue_opts o = { .order = (uint8_t)order,
				     .sq_log2 = (uint8_t)sq,
				     .cq_log2 = (uint8_t)cq };

	return unit_queue(dev, &o);
}

static void nop(struct peal_desc *d, uint32_t cookie, uint32_t flags)
{
	peal_prep_nop(d, cookie);
	peal_desc_flags(d, flags);
}

static void counters(struct peal_queue *q, uint64_t silent, uint64_t completed)
{
	struct peal_queue_counters k;

	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.silent, silent);
	assert_int_equal(k.silenced, silent);
	assert_int_equal(k.completed, completed);
	assert_int_equal(peal_queue_audit(q), 0);
}

/* A completion says that all silent ones before it are over. */
static void test_between(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		struct peal_device *dev = unit_ref();
		struct peal_queue *q = make(dev, order, 4, 1);
		struct peal_completion c[16];
		struct peal_desc d[10];

		for (uint32_t i = 0; i < 10; i++)
			nop(&d[i], i, i % 3 == 2 ? 0 : PEAL_FLAG_SILENT);
		assert_int_equal(peal_submit(q, d, 10), 10);
		assert_int_equal(peal_queue_outstanding(q), 10);
		assert_int_equal(peal_wait(q, c, 16, 5 * SECOND), 3);
		for (uint32_t i = 0; i < 3; i++) {
			assert_int_equal(c[i].cookie, 3 * i + 2);
			assert_int_equal(c[i].sq_index, 3 * i + 2);
		}
		assert_int_equal(peal_queue_outstanding(q), 0);
		counters(q, 7, 3);
		peal_close(dev);
	}
}

/* Nothing but silent ones: a wait ends, and the ring never stays full. */
static void only_silent(bool threaded, unsigned order)
{
	struct peal_open_opts o = { .threaded = threaded };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = make(dev, order, 2, 1);
	struct peal_completion c;
	unsigned sent = 0;
	struct peal_desc d;

	nop(&d, 0, PEAL_FLAG_SILENT);
	for (unsigned tries = 0; sent < 1000 && tries < 10000000; tries++) {
		int r = peal_submit(q, &d, 1);

		assert_true(r == 1 || r == -EAGAIN);
		sent += r == 1;
	}
	assert_int_equal(sent, 1000);
	assert_int_equal(peal_wait(q, &c, 1, 10 * SECOND), 0);
	assert_int_equal(peal_queue_outstanding(q), 0);
	counters(q, 1000, 0);
	/* And a completion behind them has its place. */
	nop(&d, 7, 0);
	assert_int_equal(unit_do(q, &d).cookie, 7);
	peal_close(dev);
}

static void test_only_silent(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		only_silent(false, order);
		only_silent(true, order);
	}
}

/* What is no OK is written: refused ones, STOPPED, MISCOMPARE. */
static void test_not_ok(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = make(dev, PEAL_ORDER_FIFO, 4, 2);
	struct peal_region *r = unit_region(dev, 64);
	struct peal_completion c[8];
	struct peal_desc d[5];

	(void)state;
	((uint8_t *)peal_region_memory(r))[9] = 1;
	nop(&d[0], 0, PEAL_FLAG_SILENT);
	peal_prep_compare(&d[1], 1, peal_at(r, 0), peal_at(r, 8), 8);
	peal_desc_flags(&d[1], PEAL_FLAG_SILENT);
	nop(&d[2], 2, PEAL_FLAG_SILENT | 1 << 15);
	nop(&d[3], 3, PEAL_FLAG_SILENT);
	peal_prep_stop(&d[4], 4);
	peal_desc_flags(&d[4], PEAL_FLAG_SILENT);
	assert_int_equal(peal_submit(q, d, 5), 5);
	assert_int_equal(peal_wait(q, c, 8, SECOND), 3);
	unit_is(c[0], PEAL_ST_MISCOMPARE, 2);
	unit_is(c[1], PEAL_ST_BAD_FLAGS, 1 << 15);
	unit_is(c[2], PEAL_ST_STOPPED, 4);
	counters(q, 2, 3);
	peal_close(dev);
}

/* In order a silent one may be missing, others may not. */
static void test_law(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = make(dev, PEAL_ORDER_NONE, 4, 4);
	struct peal_queue_opts o = { .sq_log2 = 4, .matched = true };
	struct peal_desc d;

	(void)state;
	/* SILENT has no meaning with MATCHED placement. */
	nop(&d, 0, PEAL_FLAG_SILENT);
	unit_is(unit_do(unit_queue(dev, &o), &d), PEAL_ST_BAD_FLAGS, PEAL_FLAG_SILENT);
	/* FENCE has none in order NONE without FENCES. */
	nop(&d, 0, PEAL_FLAG_FENCE);
	unit_is(unit_do(q, &d), PEAL_ST_BAD_FLAGS, PEAL_FLAG_FENCE);
	peal_close(dev);
}

/* The ways in which a life ends, with silent ones at its end. */
static void end_by(int (*end)(struct peal_queue *), unsigned order)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = make(dev, order, 4, 2);
	struct peal_completion c[16];
	struct peal_desc d;

	nop(&d, 0, PEAL_FLAG_SILENT);
	for (int i = 0; i < 5; i++)
		assert_int_equal(peal_submit(q, &d, 1), 1);
	unit_settle(dev);
	assert_int_equal(end(q), 0);
	assert_int_equal(peal_wait(q, c, 16, SECOND), 0);
	assert_int_equal(peal_queue_outstanding(q), 0);
	counters(q, 5, 0);
	if (peal_queue_state(q) == PEAL_Q_ABORTED)
		assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(peal_queue_enable(q), 0);
	nop(&d, 3, 0);
	assert_int_equal(unit_do(q, &d).status, PEAL_ST_OK);
	peal_close(dev);
}

static void test_ends(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		end_by(peal_queue_drain, order);
		end_by(peal_queue_disable, order);
		end_by(peal_queue_reset, order);
		end_by(peal_queue_abort, order);
	}
}

/* An error of a silent one whose completion the bus refused is no silent success. */
static void test_refused(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		struct peal_open_opts o = { .params = "fault=completion:1" };
		struct peal_device *dev = unit_open("ref", &o);
		struct peal_queue *q = make(dev, order, 4, 2);
		struct peal_completion c[4];
		struct peal_desc d[2];

		nop(&d[0], 0, PEAL_FLAG_SILENT);
		nop(&d[1], 1, PEAL_FLAG_SILENT | 1 << 15);
		assert_int_equal(peal_submit(q, d, 2), 2);
		assert_int_equal(peal_wait(q, c, 4, SECOND), 1);
		unit_is(c[0], PEAL_ST_BAD_FLAGS, 1 << 15);
		assert_int_equal(c[0].cookie, 1);
		assert_false(c[0].by_host);
		counters(q, 1, 0);
		peal_close(dev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between), cmocka_unit_test(test_only_silent),
		cmocka_unit_test(test_not_ok),	cmocka_unit_test(test_law),
		cmocka_unit_test(test_ends),	cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
