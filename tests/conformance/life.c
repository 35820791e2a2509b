/* SPDX-License-Identifier: MIT */
/*
 * life.c - STOP, DRAIN, DISABLE, RESET and their ends.
 *
 *	life [-p PARAMS] DEVICE
 *
 * Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

/* ---- life cycle ---- */

static bool stop_drains(void)
{
	struct peal_desc d;
	uint64_t result;

	CHECK(make(3, 3, 0x12345, 0));
	push_nops(q, 2);
	peal_prep_stop(&d, 9);
	raw_push(q, d.w);
	push_nops(q, 1); /* behind a STOP: not accepted while the queue drains */
	raw_doorbell(q, q->sq_tail);
	CHECK(take_nops(q, 0x12345, 2));
	CHECK(take(q, 0x12347, PEAL_ST_STOPPED, &result));
	CHECK_EQUAL(result, 0x12347);
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 0x12348);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 3);
	raw_credit(q, q->cq_head);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	CHECK(take_nops(q, 0x12348, 1)); /* indices were kept: the queue goes on where it was */
	CHECK(run_nops(q, 3));
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 7);
	return true;
}

static bool bad_stop(void)
{
	struct peal_desc d;

	CHECK(make(3, 3, 0, 0));
	peal_prep_stop(&d, 9);
	d.w[5] = 1;
	raw_push(q, d.w);
	push_nops(q, 2);
	raw_doorbell(q, 3);
	CHECK(take(q, 0, PEAL_ST_RESERVED, NULL));
	CHECK(take_nops(q, 1, 2));
	CHECK(state_is(q, PEAL_Q_ENABLED));
	return true;
}

/* DRAIN of a queue that waits for credit: time runs out, the state stays, credit ends it. */
static bool drain_times_out(void)
{
	CHECK(make(3, 1, 0, 0));
	push_nops(q, 6);
	raw_doorbell(q, 6);
	CHECK(take(q, 0, PEAL_ST_OK, NULL) && take(q, 1, PEAL_ST_OK, NULL));
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, 500);
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_TIMEOUT);
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINING);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_BAD_STATE);
	raw_doorbell(q, 7);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_REJECTED), 1);
	raw_credit(q, 2);
	CHECK(take_nops(q, 2, 2) && take_nops(q, 4, 2));
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 6);
	return true;
}

static bool one_command(void)
{
	CHECK(make(3, 1, 0, 0));
	push_nops(q, 6);
	raw_doorbell(q, 6);
	CHECK(take(q, 0, PEAL_ST_OK, NULL) && take(q, 1, PEAL_ST_OK, NULL));
	raw_write(dev, PEAL_REG_CMD, PEAL_CMD_DRAIN | q->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CMDSTS) >> 31, 1);
	raw_write(dev, PEAL_REG_CMD, 0xff); /* ignored: it would be BAD_CMD */
	raw_credit(q, 2);
	CHECK(take_nops(q, 2, 2) && take_nops(q, 4, 2));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CMDSTS), q->id << 16 | PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINED);
	return true;
}

static bool disable_keeps_head(void)
{
	CHECK(make(3, 1, 40, 0));
	push_nops(q, 6);
	raw_doorbell(q, 46);
	CHECK(take(q, 40, PEAL_ST_OK, NULL) && take(q, 41, PEAL_ST_OK, NULL));
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 42);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	CHECK(again(q, 7, 8));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 7);
	CHECK(run_nops(q, 2));
	return true;
}

static bool reset_idle(void)
{
	uint32_t epoch;

	CHECK(make(3, 3, 40, 50));
	CHECK(run_nops(q, 3));
	CHECK(raw_settle(dev));
	epoch = raw_get(q, PEAL_QREG_EPOCH);
	CHECK_EQUAL(command(q, PEAL_CMD_RESET), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch + 1);
	for (uint32_t reg = PEAL_QREG_SQ_TAIL; reg <= PEAL_QREG_CQ_HEAD; reg += 4)
		CHECK_EQUAL(raw_get(q, reg), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_START), 40);
	return true;
}

/* Once DISABLED is reported, the device writes nothing any more. */
static bool disabled_is_quiet(void)
{
	uint8_t *memory;
	size_t bytes;

	CHECK(make(3, 3, 0, 0));
	CHECK(run_nops(q, 8));
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	memory = peal_region_memory(q->memory);
	bytes = peal_region_bytes(q->memory);
	memset(memory, 0x5a, bytes);
	raw_doorbell(q, 8);
	for (unsigned i = 0; i < 100; i++)
		raw_advance(dev);
	for (size_t i = 0; i < bytes; i++)
		CHECK(memory[i] == 0x5a);
	return true;
}

/* ---- running ---- */

static const struct raw_test tests[] = {
	{ "life: STOP drains, ENABLE goes on", stop_drains, 0 },
	{ "life: a STOP with an error stops nothing", bad_stop, 0 },
	{ "life: DRAIN times out and goes on", drain_times_out, 0 },
	{ "life: one command at a time", one_command, 0 },
	{ "life: DISABLE leaves what was not accepted", disable_keeps_head, 0 },
	{ "life: RESET of an idle queue", reset_idle, 0 },
	{ "life: a DISABLED queue writes nothing", disabled_is_quiet, 0 },
};

int main(int argc, char **argv)
{
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
