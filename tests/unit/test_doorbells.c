/* SPDX-License-Identifier: MIT */
/*
 * test_doorbells.c - what a device takes at its doorbells, what it refuses, and
 * what it says of it in the event log.
 */
#include "unit.h"

#include "internal.h"
#include "ring.h"

struct fixture {
	struct peal_device *dev;
	struct peal_queue *q;
};

static struct fixture make(uint8_t sq, uint8_t cq, uint32_t start)
{
	struct peal_queue_opts o = {
		.sq_log2 = sq, .cq_log2 = cq, .sq_start = start, .cq_start = start
	};
	struct fixture f = { .dev = unit_ref() };

	f.q = unit_queue(f.dev, &o);
	return f;
}

static uint32_t get(const struct fixture *f, uint32_t offset)
{
	return unit_read(f->dev, unit_qreg(0, offset));
}

static void ring(const struct fixture *f, uint32_t tail)
{
	unit_write(f->dev, unit_doorbell(f->q) + PEAL_DB_SQ_TAIL, tail);
}

static void credit(const struct fixture *f, uint32_t head)
{
	unit_write(f->dev, unit_doorbell(f->q) + PEAL_DB_CQ_HEAD, head);
}

static void expect_event(const struct fixture *f, enum peal_event_code code, uint32_t w1,
			 uint32_t w2, uint32_t w3)
{
	struct peal_event e;

	assert_int_equal(peal_events(f->dev, &e, 1), 1);
	assert_int_equal(e.code, code);
	assert_int_equal(e.queue, 0);
	assert_int_equal(e.w1, w1);
	assert_int_equal(e.w2, w2);
	assert_int_equal(e.w3, w3);
	assert_int_equal(get(f, PEAL_QREG_STATE), PEAL_Q_ERROR);
}

static void nop(const struct fixture *f, uint32_t index)
{
	struct peal_desc d;

	peal_prep_nop(&d, index);
	peal_desc_publish(peal_queue_sq_slot(f->q, index), d.w, peal_tag(index, f->q->sq_log2));
}

/* All the values around the limits, from a head and a tail near 2^32. */
static void test_limits(void **state)
{
	(void)state;
	for (uint32_t v = 0xfffffff0; v != 0x10; v++) {
		struct fixture f = make(2, 2, 0xfffffffe);
		bool valid = v - 0xfffffffe <= 4 && v - 0xfffffffe >= 2;

		nop(&f, 0xfffffffe);
		nop(&f, 0xffffffff);
		ring(&f, 0);
		ring(&f, v);
		assert_int_equal(get(&f, PEAL_QREG_SQ_TAIL), valid ? v : 0);
		assert_int_equal(get(&f, PEAL_QREG_N_DB_INVALID), !valid);
		assert_int_equal(get(&f, PEAL_QREG_N_DOORBELLS), 1 + valid);
		if (!valid)
			expect_event(&f, PEAL_EVENT_INVALID_DOORBELL, v, 0, 0xfffffffe);
		peal_close(f.dev);
	}
}

static void test_rejected(void **state)
{
	struct fixture f = make(2, 2, 0);

	(void)state;
	assert_int_equal(peal_queue_drain(f.q), 0);
	ring(&f, 1);
	ring(&f, 100);
	assert_int_equal(get(&f, PEAL_QREG_N_DB_REJECTED), 2);
	assert_int_equal(get(&f, PEAL_QREG_N_DB_INVALID), 0);
	assert_int_equal(get(&f, PEAL_QREG_SQ_TAIL), 0);
	assert_int_equal(get(&f, PEAL_QREG_STATE), PEAL_Q_DRAINED);
	assert_int_equal(peal_queue_disable(f.q), 0);
	ring(&f, 1);
	credit(&f, 7);
	assert_int_equal(get(&f, PEAL_QREG_N_DB_REJECTED), 3);
	assert_int_equal(get(&f, PEAL_QREG_CQ_HEAD), 0);
	assert_int_equal(get(&f, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	peal_close(f.dev);
}

static void test_credit(void **state)
{
	(void)state;
	for (uint32_t v = 0; v < 8; v++) {
		struct fixture f = make(2, 2, 2);

		for (uint32_t i = 2; i < 5; i++)
			nop(&f, i);
		ring(&f, 5);
		unit_settle(f.dev);
		credit(&f, 3);
		assert_int_equal(get(&f, PEAL_QREG_CQ_HEAD), 3);
		credit(&f, v);
		if (v >= 3 && v <= 5) {
			assert_int_equal(get(&f, PEAL_QREG_CQ_HEAD), v);
			assert_int_equal(get(&f, PEAL_QREG_STATE), PEAL_Q_ENABLED);
		} else {
			assert_int_equal(get(&f, PEAL_QREG_N_DB_INVALID), 1);
			expect_event(&f, PEAL_EVENT_INVALID_CREDIT, v, 5, 3);
		}
		peal_close(f.dev);
	}
}

/* Never more completions than credit: the slots the host has not returned stay as they are. */
static void test_credit_is_respected(void **state)
{
	struct fixture f = make(4, 1, 0);

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		nop(&f, i);
	ring(&f, 10);
	for (uint32_t given = 0; given < 9; given++) {
		unit_settle(f.dev);
		assert_int_equal(get(&f, PEAL_QREG_CQ_TAIL), given + 2);
		assert_int_equal(get(&f, PEAL_QREG_SQ_HEAD), given + 2);
		credit(&f, given + 1);
		if (given == 8)
			assert_int_equal(get(&f, PEAL_QREG_CQ_HEAD), 9);
	}
	peal_close(f.dev);
}

/* A doorbell over a slot that nobody wrote. */
static void test_stale(void **state)
{
	struct fixture f = make(4, 4, 0);
	struct peal_completion c[8];
	struct peal_desc d[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		peal_prep_nop(&d[i], i);
	assert_int_equal(peal_submit(f.q, d, 3), 3);
	ring(&f, 5);
	assert_int_equal(peal_wait(f.q, c, 3, SECOND), 3);
	unit_settle(f.dev);
	expect_event(&f, PEAL_EVENT_STALE_DESC, 3, 0, 0);
	assert_int_equal(get(&f, PEAL_QREG_N_REFETCH), PEAL_STALE_RETRIES);
	assert_int_equal(get(&f, PEAL_QREG_SQ_HEAD), 3);
	assert_int_equal(get(&f, PEAL_QREG_N_ACCEPTED), 3);
	assert_int_equal(peal_submit(f.q, d, 1), -EIO);
	assert_int_equal(peal_queue_audit(f.q), 0);
	peal_close(f.dev);
}

/* Any one word with the tag of another lap. */
static void test_torn(void **state)
{
	(void)state;
	for (unsigned word = 0; word < 8; word++) {
		struct fixture f = make(2, 2, 0);

		nop(&f, 0);
		peal_queue_sq_slot(f.q, 0)[word] ^= UINT64_C(1) << 56;
		ring(&f, 1);
		unit_settle(f.dev);
		expect_event(&f, PEAL_EVENT_STALE_DESC, 0, 0, 0);
		assert_int_equal(get(&f, PEAL_QREG_SQ_HEAD), 0);
		peal_close(f.dev);
	}
}

/* A slot that becomes whole between two looks is taken. */
static void test_late(void **state)
{
	struct fixture f = make(2, 2, 0);

	(void)state;
	ring(&f, 1);
	assert_int_equal(peal_advance(f.dev, PEAL_STALE_RETRIES), 1);
	nop(&f, 0);
	unit_settle(f.dev);
	assert_int_equal(get(&f, PEAL_QREG_STATE), PEAL_Q_ENABLED);
	assert_int_equal(get(&f, PEAL_QREG_SQ_HEAD), 1);
	assert_int_equal(get(&f, PEAL_QREG_N_REFETCH), PEAL_STALE_RETRIES);
	peal_close(f.dev);
}

/* One queue in ERROR does not stop another. */
static void test_others_go_on(void **state)
{
	struct fixture f = make(2, 2, 0);
	struct peal_queue *other = unit_queue(f.dev, NULL);
	struct peal_desc d;

	(void)state;
	ring(&f, 99);
	peal_prep_echo(&d, 1, (uint64_t[5]){ 42 });
	unit_is(unit_do(other, &d), PEAL_ST_OK, 42);
	peal_close(f.dev);
}

static void test_event_log(void **state)
{
	struct fixture f = make(2, 2, 0);
	struct peal_event e[20];

	(void)state;
	assert_int_equal(unit_read(f.dev, PEAL_REG_EV_W0), 0);
	unit_write(f.dev, PEAL_REG_EV_POP, 1);
	ring(&f, 99);
	/* In ERROR a bad credit is an event each time. */
	for (uint32_t i = 1; i < 20; i++)
		credit(&f, 1000 + i);
	assert_int_equal(unit_read(f.dev, PEAL_REG_EV_COUNT), 20);
	assert_int_equal(unit_read(f.dev, PEAL_REG_EV_LEVEL), PEAL_EVENT_LOG_DEPTH);
	assert_int_equal(unit_read(f.dev, PEAL_REG_EV_LOST), 20 - PEAL_EVENT_LOG_DEPTH);
	assert_int_equal(peal_events(f.dev, e, 3), 3);
	assert_int_equal(e[0].code, PEAL_EVENT_INVALID_DOORBELL);
	assert_int_equal(e[2].w1, 1002);
	credit(&f, 5000);
	assert_int_equal(peal_events(f.dev, e, 20), 14);
	assert_int_equal(e[0].w1, 1003);
	assert_int_equal(e[13].w1, 5000);
	assert_int_equal(peal_events(f.dev, e, 20), 0);
	peal_close(f.dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),	  cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_credit),	  cmocka_unit_test(test_credit_is_respected),
		cmocka_unit_test(test_stale),	  cmocka_unit_test(test_torn),
		cmocka_unit_test(test_late),	  cmocka_unit_test(test_others_go_on),
		cmocka_unit_test(test_event_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
