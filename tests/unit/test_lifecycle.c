/* SPDX-License-Identifier: MIT */
/* test_lifecycle.c - enable, drain, stop, disable, reset; every index exactly once. */
#include "unit.h"

static void echoes(struct peal_desc *d, unsigned n, uint32_t first)
{
	for (unsigned i = 0; i < n; i++)
		peal_prep_echo(&d[i], first + i, (uint64_t[5]){ first + i });
}

static void submit(struct peal_queue *q, unsigned n, uint32_t first)
{
	struct peal_desc d[64];

	echoes(d, n, first);
	assert_int_equal(peal_submit(q, d, n), n);
}

/* The next n completions have cookies from `first` on and this status. */
static void reap(struct peal_queue *q, unsigned n, uint32_t first, enum peal_status status,
		 bool by_host)
{
	struct peal_completion c[64];

	assert_int_equal(peal_wait(q, c, n, SECOND), n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(c[i].cookie, first + i);
		assert_int_equal(c[i].status, status);
		assert_int_equal(c[i].by_host, by_host);
	}
}

static struct peal_queue *small(struct peal_device *dev, unsigned sq, unsigned cq)
{
	struct peal_queue_opts o = { .sq_log2 = (uint8_t)sq, .cq_log2 = (uint8_t)cq };

	return unit_queue(dev, &o);
}

static void test_drain_and_go_on(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);
	struct peal_desc d;

	(void)state;
	submit(q, 10, 0);
	assert_int_equal(peal_queue_drain(q), 0);
	assert_int_equal(peal_queue_state(q), PEAL_Q_DRAINED);
	assert_int_equal(peal_queue_outstanding(q), 10);
	peal_prep_nop(&d, 0);
	assert_int_equal(peal_submit(q, &d, 1), -ESHUTDOWN);
	assert_int_equal(peal_queue_drain(q), 0);
	/* Indices go on; completions of before come first. */
	assert_int_equal(peal_queue_enable(q), 0);
	submit(q, 6, 10);
	assert_int_equal(peal_submit(q, &d, 1), -EAGAIN);
	reap(q, 16, 0, PEAL_ST_OK, false);
	assert_int_equal(peal_queue_sq_tail(q), 16);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

/* More than the CQ holds, and nobody polls: drain makes room by itself. */
static void test_drain_small_cq(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 6, 1);

	(void)state;
	submit(q, 64, 0);
	assert_int_equal(peal_queue_drain(q), 0);
	assert_int_equal(peal_queue_audit(q), 0);
	reap(q, 64, 0, PEAL_ST_OK, false);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

static void test_stop(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);
	struct peal_completion c[4];
	struct peal_desc d[4];

	(void)state;
	echoes(d, 4, 0);
	peal_prep_stop(&d[2], 2);
	/* Nothing goes in behind it. */
	assert_int_equal(peal_submit(q, d, 4), 3);
	assert_int_equal(peal_submit(q, d + 3, 1), -ESHUTDOWN);
	assert_int_equal(peal_wait(q, c, 4, SECOND), 3);
	unit_is(c[2], PEAL_ST_STOPPED, 2);
	assert_int_equal(peal_submit(q, d + 3, 1), -ESHUTDOWN);
	assert_int_equal(peal_queue_enable(q), 0);
	assert_int_equal(peal_submit(q, d + 3, 1), 1);
	reap(q, 1, 3, PEAL_ST_OK, false);
	assert_int_equal(peal_queue_audit(q), 0);
	/* Enable right behind a STOP waits for the queue to drain. */
	assert_int_equal(peal_submit(q, d + 2, 1), 1);
	assert_int_equal(peal_queue_enable(q), 0);
	assert_int_equal(peal_submit(q, d + 3, 1), 1);
	assert_int_equal(peal_wait(q, c, 2, SECOND), 2);
	unit_is(c[0], PEAL_ST_STOPPED, 4);
	peal_close(dev);
}

/* A malformed STOP stops nothing, on neither side. */
static void test_bad_stop(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);
	struct peal_completion c[8];
	struct peal_queue *strict;
	struct peal_desc d[5];

	(void)state;
	for (int i = 0; i < 4; i++)
		peal_prep_stop(&d[i], 0);
	peal_desc_flags(&d[0], 1 << 6);
	d[1].w[4] = 1;
	peal_desc_flags(&d[2], PEAL_FLAG_CRC);
	d[2].w[7] = 1;
	d[3].w[0] |= UINT64_C(1) << 24;
	echoes(&d[4], 1, 4);
	assert_int_equal(peal_submit(q, d, 5), 5);
	assert_int_equal(peal_wait(q, c, 5, SECOND), 5);
	unit_is(c[0], PEAL_ST_BAD_FLAGS, 1 << 6);
	unit_is(c[1], PEAL_ST_RESERVED, 1 << 4);
	assert_int_equal(c[2].status, PEAL_ST_BAD_CRC);
	unit_is(c[3], PEAL_ST_RESERVED, 1 << 0);
	unit_is(c[4], PEAL_ST_OK, 4);
	assert_int_equal(peal_queue_state(q), PEAL_Q_ENABLED);
	/* A crc that no flag announces, and no flag where the queue wants one. */
	peal_prep_stop(&d[0], 0);
	d[0].w[7] = 1;
	d[1] = d[4];
	assert_int_equal(peal_submit(q, d, 2), 2);
	assert_int_equal(peal_wait(q, c, 2, SECOND), 2);
	unit_is(c[0], PEAL_ST_RESERVED, 1 << 7);
	strict = unit_queue(dev, &(struct peal_queue_opts){ .require_crc = true });
	peal_prep_stop(&d[0], 0);
	peal_prep_stop(&d[1], 0);
	peal_desc_flags(&d[1], PEAL_FLAG_CRC);
	assert_int_equal(peal_submit(strict, d, 3), 2);
	assert_int_equal(peal_wait(strict, c, 2, SECOND), 2);
	assert_int_equal(c[0].status, PEAL_ST_BAD_CRC);
	unit_is(c[1], PEAL_ST_STOPPED, 1);
	peal_close(dev);
}

/* DISABLE before the device accepted anything: all is CANCELLED, in order, with its cookie. */
static void test_disable_cancels(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 1);
	struct peal_queue_counters k;

	(void)state;
	submit(q, 16, 100);
	assert_int_equal(peal_advance(dev, 5), 0); /* two, and then there is no credit */
	assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(peal_queue_state(q), PEAL_Q_DISABLED);
	assert_int_equal(peal_queue_outstanding(q), 16);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.accepted, 2);
	assert_int_equal(k.cancelled, 14);
	assert_int_equal(peal_queue_audit(q), 0);
	/* A new life starts before the old one's completions are reaped. */
	assert_int_equal(peal_queue_enable(q), 0);
	assert_int_equal(peal_queue_sq_tail(q), 0);
	reap(q, 2, 100, PEAL_ST_OK, false);
	submit(q, 2, 7);
	reap(q, 14, 102, PEAL_ST_CANCELLED, true);
	reap(q, 2, 7, PEAL_ST_OK, false);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

static void test_disable_finishes_what_is_accepted(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);
	struct peal_region *r = unit_region(dev, 1 << 20);
	struct peal_completion c;
	struct peal_desc d;

	(void)state;
	peal_prep_fill(&d, 0, peal_at(r, 0), 1 << 20, 0x01010101);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	submit(q, 3, 1);
	assert_int_equal(peal_advance(dev, 2), 1);
	assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(((uint8_t *)peal_region_memory(r))[(1 << 20) - 1], 1);
	assert_int_equal(peal_wait(q, &c, 1, 0), 1);
	unit_is(c, PEAL_ST_OK, 1 << 20);
	reap(q, 3, 1, PEAL_ST_CANCELLED, true);
	assert_int_equal(peal_queue_disable(q), 0);
	peal_close(dev);
}

static void test_reset(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);
	struct peal_region *r = unit_region(dev, 1 << 20);
	struct peal_queue_counters k;
	struct peal_desc d;

	(void)state;
	submit(q, 3, 0);
	unit_settle(dev);
	reap(q, 2, 0, PEAL_ST_OK, false);
	/* All accepted and completed, one not reaped: it is not lost. */
	assert_int_equal(peal_queue_reset(q), 0);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.epoch, 1);
	assert_int_equal(k.state, PEAL_Q_DISABLED);
	assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_SQ_HEAD)), 0);
	reap(q, 1, 2, PEAL_ST_OK, false);
	assert_int_equal(peal_queue_reset(q), 0);
	assert_int_equal(peal_queue_enable(q), 0);
	submit(q, 3, 0);
	reap(q, 3, 0, PEAL_ST_OK, false);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.epoch, 2);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_prep_fill(&d, 1, peal_at(r, 0), 1 << 20, 0);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	assert_int_equal(peal_advance(dev, 2), 1);
	assert_int_equal(peal_queue_reset(q), 0);
	assert_int_equal(peal_queue_state(q), PEAL_Q_DISABLED);
	peal_close(dev);
}

static void test_illegal(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .disabled = true });
	struct peal_desc d;

	(void)state;
	peal_prep_nop(&d, 0);
	assert_int_equal(peal_queue_state(q), PEAL_Q_DISABLED);
	assert_int_equal(peal_submit(q, &d, 1), -ESHUTDOWN);
	assert_int_equal(peal_queue_drain(q), -EINVAL);
	assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(peal_queue_enable(q), 0);
	assert_int_equal(peal_queue_enable(q), -EINVAL);
	assert_non_null(strstr(peal_error(dev), "ENABLED"));
	unit_is(unit_do(q, &d), PEAL_ST_OK, 0);
	peal_close(dev);
}

/* A tool disabled the queue behind our back: enable notices, and nothing is lost. */
static void test_disabled_by_registers(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);

	(void)state;
	submit(q, 5, 0);
	unit_write(dev, PEAL_REG_CMD, PEAL_CMD_DISABLE);
	assert_int_equal(peal_queue_enable(q), 0);
	reap(q, 5, 0, PEAL_ST_CANCELLED, true);
	submit(q, 2, 0);
	reap(q, 2, 0, PEAL_ST_OK, false);
	peal_close(dev);
}

/* A poll finds out by itself that the queue is in ERROR. */
static void test_error_is_noticed(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 1);

	(void)state;
	submit(q, 10, 0);
	unit_write(dev, unit_doorbell(q) + PEAL_DB_SQ_TAIL, 99);
	reap(q, 10, 0, PEAL_ST_CANCELLED, true);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

/* ERROR: what was accepted completes, the rest is CANCELLED, nothing hangs. */
static void test_error(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 1);
	struct peal_event e;
	struct peal_desc d;

	(void)state;
	submit(q, 10, 0);
	unit_settle(dev);
	unit_write(dev, unit_doorbell(q) + PEAL_DB_SQ_TAIL, 5); /* backwards */
	assert_int_equal(peal_queue_state(q), PEAL_Q_ERROR);
	peal_prep_nop(&d, 0);
	assert_int_equal(peal_submit(q, &d, 1), -EIO);
	assert_int_equal(peal_queue_drain(q), -EIO);
	reap(q, 2, 0, PEAL_ST_OK, false);
	reap(q, 8, 2, PEAL_ST_CANCELLED, true);
	assert_int_equal(peal_wait(q, &(struct peal_completion){ 0 }, 1, SECOND), 0);
	assert_int_equal(peal_queue_audit(q), 0);
	assert_int_equal(peal_events(dev, &e, 1), 1);
	assert_int_equal(e.code, PEAL_EVENT_INVALID_DOORBELL);
	assert_int_equal(peal_queue_enable(q), -EINVAL);
	assert_int_equal(peal_queue_reset(q), 0);
	assert_int_equal(peal_queue_enable(q), 0);
	submit(q, 1, 0);
	reap(q, 1, 0, PEAL_ST_OK, false);
	peal_close(dev);
}

/* Behind a STOP by hand: the queue is not enabled over descriptors that would run unseen. */
static void test_published_behind_a_stop(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = small(dev, 4, 4);
	struct peal_completion c;
	struct peal_desc d;

	(void)state;
	peal_prep_stop(&d, 0);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	unit_write(dev, unit_doorbell(q) + PEAL_DB_SQ_TAIL, 3);
	assert_int_equal(peal_wait(q, &c, 1, SECOND), 1);
	assert_int_equal(peal_queue_enable(q), -EINVAL);
	assert_non_null(strstr(peal_error(dev), "2 descriptors are published behind a STOP"));
	assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(peal_queue_enable(q), 0);
	peal_close(dev);
}

/* A random walk through the life cycle; at the end every cookie was seen once, in order. */
static void test_random_walk(void **state)
{
	struct peal_device *dev = unit_open("ref", &(struct peal_open_opts){ .quantum = 1 });
	struct peal_queue_opts o = {
		.sq_log2 = 3, .cq_log2 = 2, .sq_start = 0xfffffff0, .cq_start = 0xfffffff8
	};
	struct peal_queue *q = unit_queue(dev, &o);
	struct peal_queue_counters k;
	struct peal_completion last;
	uint32_t sent = 0, seen = 0, cancelled = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct peal_completion c[8];
		struct peal_desc d[8];
		int n = 0;

		switch (unit_below(24)) {
		case 0: peal_queue_drain(q); break;
		case 1: peal_queue_disable(q); break;
		case 2: peal_queue_reset(q); break;
		case 3:
		case 4:
		case 5: peal_queue_enable(q); break;
		case 6: peal_advance(dev, unit_below(8)); break;
		case 7:
			peal_prep_stop(&d[0], sent);
			n = peal_submit(q, d, 1);
			break;
		default:
			if (unit_below(2)) {
				echoes(d, 8, sent);
				n = peal_submit(q, d, 1 + (unsigned)unit_below(8));
				break;
			}
			n = peal_poll(q, c, 1 + (unsigned)unit_below(8));
			assert_true(n >= 0);
			for (int j = 0; j < n; j++) {
				assert_int_equal(c[j].cookie, seen++);
				cancelled += c[j].status == PEAL_ST_CANCELLED;
			}
			n = 0;
		}
		sent += n > 0 ? (uint32_t)n : 0;
		assert_int_equal(sent - seen, peal_queue_outstanding(q));
	}
	assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(peal_queue_audit(q), 0);
	while (peal_poll(q, &last, 1) == 1)
		assert_int_equal(last.cookie, seen++);
	assert_int_equal(sent, seen);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.published, sent);
	assert_int_equal(k.reaped, sent);
	assert_true(k.cancelled >= cancelled);
	printf("# %u descriptors, %llu of them cancelled\n", sent, (unsigned long long)k.cancelled);
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drain_and_go_on),
		cmocka_unit_test(test_drain_small_cq),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_bad_stop),
		cmocka_unit_test(test_disable_cancels),
		cmocka_unit_test(test_disable_finishes_what_is_accepted),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_illegal),
		cmocka_unit_test(test_disabled_by_registers),
		cmocka_unit_test(test_error_is_noticed),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_published_behind_a_stop),
		cmocka_unit_test(test_random_walk),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
