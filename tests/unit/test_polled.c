/* SPDX-License-Identifier: MIT */
/*
 * test_polled.c - a device that runs by itself and looks at the slots: what libpeal
 * leaves out (doorbells, advances) and what it does instead (plugin/peal-polled.c).
 */
#include "unit.h"

#include <poll.h>
#include <unistd.h>

static struct peal_device *open_polled(void)
{
	return unit_open("polled", NULL);
}

static void nops(struct peal_queue *q, unsigned n, uint32_t flags)
{
	struct peal_desc d;

	for (unsigned i = 0; i < n; i++) {
		peal_prep_nop(&d, i);
		peal_desc_flags(&d, flags);
		assert_int_equal(peal_submit(q, &d, 1), 1);
	}
}

static void reap(struct peal_queue *q, unsigned n)
{
	struct peal_completion c[64];

	assert_int_equal(peal_wait(q, c, n, 10 * SECOND), n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(c[i].status, PEAL_ST_OK);
}

/* Many laps of a small ring, and no doorbell; asked to park or not, it never does. */
static void test_no_doorbells(void **state)
{
	setenv("PEAL_TEST_AWAKE", "1", 1);
	struct peal_device *dev = open_polled();
	unsetenv("PEAL_TEST_AWAKE");
	struct peal_queue_opts opts = { .sq_log2 = 3, .suppress = true };
	struct peal_queue *q[2] = { unit_queue(dev, NULL), unit_queue(dev, &opts) };
	struct peal_queue_counters k;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned lap = 0; lap < 40; lap++) {
			nops(q[i], 8, 0);
			reap(q[i], 8);
		}
		assert_int_equal(peal_queue_audit(q[i]), 0);
		assert_int_equal(peal_queue_counters(q[i], &k), 0);
		assert_int_equal(k.doorbells, 0);
		assert_int_equal(k.accepted, 320);
		peal_queue_destroy(q[i]);
	}
	peal_close(dev);
}

/* Rung only when it has parked, which another queue knows nothing of. */
static void test_parked(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue_opts opts = { .sq_log2 = 3, .suppress = true };
	struct peal_queue *q[2] = { unit_queue(dev, NULL), unit_queue(dev, &opts) };
	struct peal_queue_counters k;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		usleep(2000); /* the stand-in parks as soon as it has nothing to do */
		for (unsigned j = 0; j < 2; j++) {
			nops(q[j], 1, 0);
			reap(q[j], 1);
		}
	}
	for (unsigned j = 0; j < 2; j++) {
		assert_int_equal(peal_queue_counters(q[j], &k), 0);
		assert_true(j ? k.doorbells > 0 && k.doorbells <= 10 : !k.doorbells);
		assert_int_equal(peal_queue_audit(q[j]), 0);
	}
	peal_close(dev);
}

static void test_full(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue_opts opts = { .sq_log2 = 2 };
	struct peal_queue *q = unit_queue(dev, &opts);
	struct peal_desc d;

	(void)state;
	nops(q, 4, 0);
	peal_prep_nop(&d, 4);
	assert_int_equal(peal_submit(q, &d, 1), -EAGAIN);
	reap(q, 4);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	reap(q, 1);
	peal_close(dev);
}

/* An advance is time; behind enough of it there is nothing left to do. */
static void test_time(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue *q = unit_queue(dev, NULL);
	struct timespec from, to;
	int busy = 1;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_true(peal_advance(dev, 200000) >= 0); /* 20 ms */
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true((to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec) >=
		    20000000);
	nops(q, 100, 0);
	for (unsigned i = 0; busy && i < 10000; i++)
		busy = peal_advance(dev, 1000);
	assert_int_equal(busy, 0);
	reap(q, 64);
	reap(q, 36);
	peal_close(dev);
}

/* Nobody is in libpeal when the event is raised. */
static void test_events(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue *q = unit_queue(dev, NULL);
	struct pollfd p = { .fd = peal_queue_eventfd(q), .events = POLLIN };
	uint64_t n;

	(void)state;
	assert_true(p.fd >= 0);
	for (unsigned i = 0; i < 200; i++) {
		nops(q, 1, PEAL_FLAG_EVENT);
		assert_int_equal(poll(&p, 1, 10000), 1);
		assert_int_equal(read(p.fd, &n, sizeof(n)), sizeof(n));
		reap(q, 1);
	}
	peal_close(dev);
}

/* Who sleeps until the event gives no more credit, so the device has all of it before. */
static void test_credit_before_sleep(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue *q = unit_queue(dev, NULL); /* 256 slots */
	struct pollfd p = { .fd = peal_queue_eventfd(q), .events = POLLIN };
	uint64_t n;

	(void)state;
	assert_true(p.fd >= 0);
	for (unsigned lag = 1; lag < 256; lag += 17) {
		const unsigned counts[] = { lag, 256 };

		for (unsigned i = 0; i < 2; i++) {
			nops(q, counts[i] - 1, 0);
			nops(q, 1, PEAL_FLAG_EVENT);
			assert_int_equal(poll(&p, 1, 10000), 1);
			assert_int_equal(read(p.fd, &n, sizeof(n)), sizeof(n));
			for (unsigned left = counts[i]; left; left -= left < 64 ? left : 64)
				reap(q, left < 64 ? left : 64);
		}
	}
	peal_close(dev);
}

/* What is published when DRAIN comes completes; then the queue goes on. */
static void test_drain(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue *q = unit_queue(dev, NULL);

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		nops(q, 50, 0);
		assert_int_equal(peal_queue_drain(q), 0);
		assert_int_equal(peal_queue_state(q), PEAL_Q_DRAINED);
		reap(q, 50);
		assert_int_equal(peal_queue_enable(q), 0);
	}
	nops(q, 10, 0);
	assert_int_equal(peal_queue_disable(q), 0);
	peal_close(dev);
}

/* A loaded queue whose host has just caught up, and then let the device go on. */
static struct peal_queue *caught_up(struct peal_device *dev, bool listen)
{
	const struct peal_queue_opts opts = { .sq_log2 = 10, .cq_log2 = 6 };
	struct peal_queue *q = unit_queue(dev, &opts);
	struct peal_completion c[128];

	if (listen)
		assert_true(peal_queue_eventfd(q) >= 0);
	nops(q, 1000, 0);
	assert_true(peal_advance(dev, 200000) >= 0); /* 20 ms */
	assert_int_equal(peal_poll(q, c, 128), 64);
	assert_true(peal_advance(dev, 200000) >= 0);
	return q;
}

/* A host that has caught up rests, but not for long, and not when it was woken or waits. */
static void test_rest(void **state)
{
	struct peal_device *dev = open_polled();
	struct peal_queue *q = caught_up(dev, true);
	struct peal_completion c[128];
	unsigned polls = 0;

	(void)state;
	assert_int_equal(peal_poll(q, c, 128), 64);
	peal_queue_destroy(q);

	q = caught_up(dev, false);
	assert_int_equal(peal_wait(q, c, 1, 0), 1);
	peal_queue_destroy(q);

	q = caught_up(dev, false);
	while (peal_poll(q, c, 128) == 0)
		assert_true(++polls <= 32);
	peal_close(dev);
}

/* Successes that nobody is told of do not take a poll each. */
static void test_silent(void **state)
{
	struct peal_device *dev = open_polled();
	const struct peal_queue_opts opts = { .sq_log2 = 10 };
	struct peal_queue *q = unit_queue(dev, &opts);
	struct peal_completion c;
	unsigned polls = 0;

	(void)state;
	nops(q, 1000, PEAL_FLAG_SILENT);
	while (peal_queue_outstanding(q)) {
		assert_int_equal(peal_poll(q, &c, 1), 0);
		assert_true(++polls < 200000);
	}
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_doorbells), cmocka_unit_test(test_full),
		cmocka_unit_test(test_time),	     cmocka_unit_test(test_events),
		cmocka_unit_test(test_credit_before_sleep),
		cmocka_unit_test(test_drain),	     cmocka_unit_test(test_rest),
		cmocka_unit_test(test_silent),	     cmocka_unit_test(test_parked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
