/* SPDX-License-Identifier: MIT */
/*
 * test_bus_faults.c - faults of the reference device: what it says of them, which
 * status wins, and completions that wait for room in the event log.
 */
#include "unit.h"

#include "conformance/raw.h"

#define QUEUES 20 /* more than the log has entries */

static char said[400];

static void keep(void *ctx, enum peal_log_level level, const char *message)
{
	(void)ctx;
	if (level == PEAL_LOG_INFO)
		snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", message);
}

static struct peal_device *faulty(const char *params)
{
	said[0] = 0;
	return unit_open("ref", &(struct peal_open_opts){ .params = params, .log = keep });
}

static void do_one(struct peal_device *dev, struct peal_queue *q, uint64_t at, uint32_t bytes,
		   enum peal_status status, uint64_t result)
{
	struct peal_region *r = unit_region(dev, 1 << 16);
	struct peal_desc d;

	peal_prep_copy(&d, 1, peal_at(r, at), peal_at(r, 32768 + at), bytes);
	unit_is(unit_do(q, &d), status, result);
	assert_int_equal(peal_region_unmap(r), 0);
}

/* The n-th of its class, once, and said so; pieces of one operation count each. */
static void test_fires_once(void **state)
{
	struct peal_device *dev = faulty("fault=read:2+write:3:decerr");
	struct peal_queue *q = unit_queue(dev, NULL);

	(void)state;
	do_one(dev, q, 0, 100, PEAL_ST_OK, 100);
	do_one(dev, q, 0, 100, PEAL_ST_READ, 0);
	assert_string_equal(said, "fault read:2 fired (slverr)\n");
	do_one(dev, q, 0, 9000, PEAL_ST_WRITE, 0); /* its second piece, the third write */
	assert_non_null(strstr(said, "fault write:3 fired (decerr)\n"));
	do_one(dev, q, 0, 9000, PEAL_ST_OK, 9000);
	peal_close(dev);
}

/* A read and a write at fault in one operation: READ. */
static void test_read_wins(void **state)
{
	struct peal_device *dev = faulty("fault=read:1+write:1");

	(void)state;
	do_one(dev, unit_queue(dev, NULL), 0, 64, PEAL_ST_READ, 0);
	peal_close(dev);
}

/* ---- a full log ---- */

struct bench {
	struct peal_device *dev;
	struct raw_queue q[QUEUES];
};

/* A NOP on each of n queues, whose completions are the first n. */
static void refuse_completions(struct bench *b, unsigned n)
{
	char params[1000] = "queues=64,fault=";
	struct peal_desc d;

	for (unsigned i = 1; i <= n; i++)
		snprintf(params + strlen(params), sizeof(params) - strlen(params),
			 "%scompletion:%u", i > 1 ? "+" : "", i);
	b->dev = faulty(params);
	for (unsigned i = 0; i < n; i++) {
		const struct raw_opts opts = { .id = i, .sq_log2 = 2, .cq_log2 = 2 };

		assert_int_equal(raw_create(b->dev, &opts, &b->q[i]), 0);
		assert_int_equal(raw_command(b->dev, i, PEAL_CMD_ENABLE), i << 16);
		peal_prep_echo(&d, 100 + i, (uint64_t[5]){ UINT64_C(0xabcdef12345678) });
		raw_push(&b->q[i], d.w);
		raw_doorbell(&b->q[i], 1);
	}
	unit_settle(b->dev);
}

static bool active(struct bench *b)
{
	return unit_read(b->dev, PEAL_REG_CMDSTS) >> 31;
}

/* None is lost: the log has the first 16, the others come as it is emptied. */
static void test_held_completions(void **state)
{
	struct bench b;

	(void)state;
	refuse_completions(&b, QUEUES);
	assert_int_equal(unit_read(b.dev, PEAL_REG_EV_LEVEL), PEAL_EVENT_LOG_DEPTH);
	unit_write(b.dev, PEAL_REG_CMD, PEAL_CMD_DISABLE | 3 << 8);
	peal_advance(b.dev, 100);
	for (uint32_t i = 0; i < QUEUES; i++) {
		assert_int_equal(active(&b), i < QUEUES - PEAL_EVENT_LOG_DEPTH);
		assert_int_equal(unit_read(b.dev, PEAL_REG_EV_W0), PEAL_EVENT_COMPLETION | i << 8);
		assert_int_equal(unit_read(b.dev, PEAL_REG_EV_W1), 0);
		assert_int_equal(unit_read(b.dev, PEAL_REG_EV_W2), 100 + i);
		assert_int_equal(unit_read(b.dev, PEAL_REG_EV_W3), 0x12345678);
		assert_int_equal(unit_read(b.dev, PEAL_REG_EV_W4), 0xabcdef00u);
		assert_int_equal(raw_get(&b.q[i], PEAL_QREG_N_UNDELIVERED), 1);
		assert_int_equal(raw_get(&b.q[i], PEAL_QREG_N_IN_FLIGHT), 0);
		assert_int_equal(raw_get(&b.q[i], PEAL_QREG_STATE),
				 i == 3 && !active(&b) ? PEAL_Q_DISABLED : PEAL_Q_ERROR);
		unit_write(b.dev, PEAL_REG_EV_POP, 1);
	}
	assert_int_equal(unit_read(b.dev, PEAL_REG_EV_LEVEL), 0);
	assert_int_equal(unit_read(b.dev, PEAL_REG_EV_LOST), 0);
	assert_int_equal(unit_read(b.dev, PEAL_REG_EV_COUNT), QUEUES);
	peal_close(b.dev);
}

/* ABORT and RESET that ran out of time while they waited for room end by themselves. */
static void test_abort_waits_for_room(void **state)
{
	struct bench b;

	(void)state;
	refuse_completions(&b, QUEUES);
	unit_write(b.dev, PEAL_REG_CMD_TIMEOUT, 50);
	for (uint32_t i = 0; i < 2; i++) {
		unit_write(b.dev, PEAL_REG_CMD,
			   (i ? PEAL_CMD_RESET : PEAL_CMD_ABORT) | (18 + i) << 8);
		peal_advance(b.dev, 49);
		assert_true(active(&b));
		peal_advance(b.dev, 1);
		assert_int_equal(unit_read(b.dev, PEAL_REG_CMDSTS),
				 (18 + i) << 16 | PEAL_CMDCODE_TIMEOUT);
		assert_int_equal(raw_get(&b.q[18 + i], PEAL_QREG_STATE), PEAL_Q_ABORTING);
	}
	for (unsigned i = 0; i < QUEUES - PEAL_EVENT_LOG_DEPTH; i++) {
		assert_int_equal(raw_get(&b.q[19], PEAL_QREG_STATE), PEAL_Q_ABORTING);
		unit_write(b.dev, PEAL_REG_EV_POP, 1);
	}
	for (uint32_t i = 18; i < 20; i++)
		assert_int_equal(raw_get(&b.q[i], PEAL_QREG_STATE), PEAL_Q_ABORTED);
	assert_int_equal(raw_get(&b.q[19], PEAL_QREG_EPOCH), 0);
	peal_close(b.dev);
}

/* An event that is no completion finds the log full and is lost; the held ones are not. */
static void test_others_are_lost(void **state)
{
	struct bench b;

	(void)state;
	refuse_completions(&b, QUEUES);
	raw_credit(&b.q[0], 77);
	assert_int_equal(unit_read(b.dev, PEAL_REG_EV_LOST), 1);
	for (unsigned i = 0; i < QUEUES; i++) {
		assert_int_equal(unit_read(b.dev, PEAL_REG_EV_W0) & 0xff, PEAL_EVENT_COMPLETION);
		unit_write(b.dev, PEAL_REG_EV_POP, 1);
	}
	assert_int_equal(unit_read(b.dev, PEAL_REG_EV_LEVEL), 0);
	peal_close(b.dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fires_once),
		cmocka_unit_test(test_read_wins),
		cmocka_unit_test(test_held_completions),
		cmocka_unit_test(test_abort_waits_for_room),
		cmocka_unit_test(test_others_are_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
