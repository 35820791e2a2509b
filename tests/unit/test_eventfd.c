/* SPDX-License-Identifier: MIT */
/* test_eventfd.c - outcomes that raise their queue's event, and programs that sleep until then. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static void nop(struct peal_queue *q, uint32_t flags)
{
	struct peal_desc d;

	peal_prep_nop(&d, 0);
	peal_desc_flags(&d, flags);
	assert_int_equal(peal_submit(q, &d, 1), 1);
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static uint64_t taken(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static void test_lockstep(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, NULL), *other = unit_queue(dev, NULL);
	int fd = peal_queue_eventfd(q), fd2 = peal_queue_eventfd(other);
	struct peal_queue_counters k;
	struct peal_completion c[8];

	(void)state;
	assert_true(fd >= 0 && fd2 >= 0 && fd != fd2);
	assert_int_equal(peal_queue_eventfd(q), fd);
	nop(q, 0);
	unit_settle(dev);
	assert_false(readable(fd, 0));
	nop(q, PEAL_FLAG_EVENT);
	nop(q, PEAL_FLAG_EVENT | PEAL_FLAG_SILENT);
	nop(q, PEAL_FLAG_EVENT | 1 << 14); /* refused by its flags: raises nothing */
	nop(q, 0);
	unit_settle(dev);
	assert_true(readable(fd, 0));
	/* The completion is there already, no advance needed. */
	assert_int_equal(peal_poll(q, c, 8), 4);
	assert_int_equal(taken(fd), 2);
	assert_int_equal(taken(fd), 0); /* and a read does not block */
	assert_false(readable(fd2, 0));
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.events, 2);
	peal_queue_destroy(q);
	assert_int_equal(fcntl(fd, F_GETFD), -1); /* it was the queue's */
	peal_close(dev);
	assert_int_equal(fcntl(fd2, F_GETFD), -1);
}

/* The program sleeps, the device runs: each round ends by the event, never by the time limit. */
static void test_threaded(void **state)
{
	struct peal_open_opts o = { .threaded = true };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue_opts qo = { .sq_log2 = 3, .suppress = true };
	struct peal_queue *q = unit_queue(dev, &qo);
	int fd = peal_queue_eventfd(q);
	struct peal_completion c[8];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		nop(q, 0);
		nop(q, PEAL_FLAG_EVENT);
		assert_true(readable(fd, 10000));
		assert_true(taken(fd) >= 1);
		assert_int_equal(peal_poll(q, c, 8), 2);
	}
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

/* A refused completion raises as well: nobody sleeps for ever. */
static void test_undelivered(void **state)
{
	struct peal_open_opts o = { .params = "fault=completion:1", .threaded = true };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = unit_queue(dev, NULL);
	int fd = peal_queue_eventfd(q);
	struct peal_completion c;

	(void)state;
	nop(q, PEAL_FLAG_EVENT);
	assert_true(readable(fd, 10000));
	assert_int_equal(peal_wait(q, &c, 1, 10 * SECOND), 1);
	unit_is(c, PEAL_ST_OK, 0);
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lockstep),
		cmocka_unit_test(test_threaded),
		cmocka_unit_test(test_undelivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
