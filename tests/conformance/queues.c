/* SPDX-License-Identifier: MIT */
/*
 * queues.c - doorbells, credit, tags, device line and events of any device.
 *
 *	queues [-p PARAMS] DEVICE
 *
 * Each case drives one or two queues by registers alone and does what a driver
 * never should as well: wrong doorbells, wrong credit, slots that were never
 * written. Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

/* ---- doorbells ---- */

static bool doorbell_good(void)
{
	CHECK(make(2, 3, 0xfffffffe, 7));
	push_nops(q, 1);
	for (unsigned i = 0; i < 3; i++)
		raw_doorbell(q, q->sq_tail);
	CHECK(take_nops(q, 0xfffffffe, 1));
	raw_doorbell(q, q->sq_tail); /* nothing new, behind its completion */
	push_nops(q, 4);	     /* a full ring, across 2^32 */
	raw_doorbell(q, q->sq_tail);
	CHECK(take_nops(q, 0xffffffff, 4));
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DOORBELLS), 5);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 5);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 3);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_TAIL), 3);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID) + raw_get(q, PEAL_QREG_N_DB_REJECTED), 0);
	return true;
}

/* A doorbell at `head + distance` must end the queue, and what ran before it stays. */
static bool wrong_doorbell(uint32_t distance)
{
	uint32_t head = 0xfffffffd + 2;

	CHECK(again(q, 0xfffffffd, 0));
	drop_events();
	CHECK(run_nops(q, 2));
	raw_doorbell(q, head + distance);
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK(event_is(PEAL_EVENT_INVALID_DOORBELL, q, head + distance, head, head));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_TAIL), head);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	raw_doorbell(q, head + 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_REJECTED), 1);
	CHECK(state_is(q, PEAL_Q_ERROR));
	return true;
}

static bool doorbell_bad(void)
{
	CHECK(make(2, 2, 0, 0));
	CHECK(wrong_doorbell(5));	     /* one more than the ring */
	CHECK(wrong_doorbell((uint32_t)-1)); /* backwards */
	CHECK(wrong_doorbell(0x80000000));
	return true;
}

/* Backwards, but not behind the head: the descriptors in between are blocked for credit. */
static bool doorbell_back(void)
{
	CHECK(make(3, 1, 0, 0));
	drop_events();
	push_nops(q, 5);
	raw_doorbell(q, 5);
	CHECK(take(q, 0, PEAL_ST_OK, NULL) && take(q, 1, PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 2);
	raw_doorbell(q, 4);
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK(event_is(PEAL_EVENT_INVALID_DOORBELL, q, 4, 5, 2));
	raw_credit(q, 2);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	return true;
}

static bool doorbell_rejected(void)
{
	CHECK(make(2, 2, 0, 0));
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	push_nops(q, 1);
	raw_doorbell(q, 1);
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_REJECTED), 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_TAIL), 0);
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	raw_doorbell(q, 1);
	CHECK(state_is(q, PEAL_Q_DISABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_REJECTED), 2);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
	return true;
}

/* ---- credit ---- */

static bool credit_limits(void)
{
	CHECK(make(4, 1, 100, 0xffffffff));
	push_nops(q, 16);
	raw_doorbell(q, q->sq_tail);
	for (uint32_t done = 0; done < 16; done++) {
		CHECK(take(q, 100 + done, PEAL_ST_OK, NULL));
		CHECK(raw_settle(dev));
		/* Never more than two accepted past what was returned: one has none returned yet.
		 */
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), done + 2 < 16 ? done + 2 : 16);
		CHECK(law_holds(q));
		raw_credit(q, q->cq_head);
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), 15);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_HEAD), 15);
	return true;
}

/* SQ, host line, and the slots of a large CQ that no completion took, stay as the host left them.
 */
static bool cq_untouched(void)
{
	uint64_t sq[5 * PEAL_DESC_WORDS];

	CHECK(make(3, 6, 0, 3));
	memset(q->cq, 0x11, (size_t)PEAL_COMP_BYTES << 6);
	memset(q->host_line, 0x11, PEAL_LINE_BYTES);
	push_nops(q, 5);
	memcpy(sq, q->sq, sizeof(sq));
	raw_doorbell(q, 5);
	CHECK(take_nops(q, 0, 5));
	CHECK(raw_settle(dev));
	CHECK(!memcmp(sq, q->sq, sizeof(sq)));
	for (unsigned w = 0; w < 8; w++)
		CHECK_EQUAL(q->host_line[w], 0x1111111111111111);
	for (unsigned slot = 0; slot < 64; slot++)
		for (unsigned w = 0; w < 2 && (slot < 3 || slot >= 8); w++)
			CHECK_EQUAL(raw_cq_slot(q, slot)[w], 0x1111111111111111);
	return true;
}

static bool wrong_credit(uint32_t value)
{
	CHECK(again(q, 0, 0xfffffffe));
	drop_events();
	push_nops(q, 3);
	raw_doorbell(q, 3);
	CHECK(take(q, 0, PEAL_ST_OK, NULL) && take(q, 1, PEAL_ST_OK, NULL));
	CHECK(take(q, 2, PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	raw_credit(q, 0);
	raw_credit(q, value);
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK(event_is(PEAL_EVENT_INVALID_CREDIT, q, value, 1, 0));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_HEAD), 0);
	return true;
}

static bool credit_bad(void)
{
	CHECK(make(2, 2, 0, 0));
	CHECK(wrong_credit(2));		 /* past the last completion */
	CHECK(wrong_credit(0xffffffff)); /* backwards */
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	raw_credit(q, 1234); /* ignored */
	CHECK(state_is(q, PEAL_Q_DISABLED));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	return true;
}

/* ---- tags ---- */

/* The third of three descriptors has word `w` of the lap before. */
static bool stale_word(unsigned w)
{
	CHECK(again(q, 0x205, 0));
	drop_events();
	push_nops(q, 3);
	raw_sq_slot(q, 0x207)[w] -= UINT64_C(1) << PEAL_PAYLOAD_BITS;
	raw_doorbell(q, q->sq_tail);
	CHECK(take_nops(q, 0x205, 2));
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK(event_is(PEAL_EVENT_STALE_DESC, q, 0x207, 0, 0));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_REFETCH), PEAL_STALE_RETRIES);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 0x207);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 2);
	return true;
}

static bool stale_slots(void)
{
	CHECK(make(3, 3, 0, 0));
	for (unsigned w = 0; w < PEAL_DESC_WORDS; w++)
		CHECK(stale_word(w));
	CHECK(again(q, 0, 0));
	drop_events();
	raw_doorbell(q, 1); /* zeroed memory */
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK(event_is(PEAL_EVENT_STALE_DESC, q, 0, 0, 0));
	return true;
}

/* A slot that is rewritten after its completion is not looked at again. */
static bool slot_reuse(void)
{
	CHECK(make(1, 3, 0xfffffffd, 0xfffffffc));
	CHECK(run_nops(q, 2));
	memset(q->sq, 0, 2 * PEAL_DESC_BYTES);
	raw_doorbell(q, q->sq_tail);
	CHECK(state_is(q, PEAL_Q_ENABLED));
	for (unsigned i = 0; i < 600; i++) /* more laps than a tag can count */
		CHECK(run_nops(q, 1 + (i & 1)));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_REFETCH), 0);
	return true;
}

/* ---- device line ---- */

static bool line_is(uint32_t state, uint32_t sq_head, uint32_t cq_tail)
{
	uint64_t epoch = (uint64_t)raw_get(q, PEAL_QREG_EPOCH) << 32;

	CHECK(raw_settle(dev));
	CHECK_EQUAL(__atomic_load_n(&q->device_line[0], __ATOMIC_ACQUIRE), epoch | sq_head);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[1], __ATOMIC_ACQUIRE), epoch | cq_tail);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[2], __ATOMIC_ACQUIRE), epoch);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[3], __ATOMIC_ACQUIRE), epoch | state);
	return true;
}

static bool device_line(void)
{
	CHECK(make(3, 3, 0, 0));
	CHECK_EQUAL(command(q, PEAL_CMD_RESET), PEAL_CMDCODE_OK); /* an epoch that is not 0 */
	CHECK(again(q, 0xfffffffe, 5));
	CHECK(line_is(PEAL_Q_ENABLED, 0xfffffffe, 5));
	CHECK(run_nops(q, 3));
	CHECK(line_is(PEAL_Q_ENABLED, 1, 8));
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK(line_is(PEAL_Q_DRAINED, 1, 8));
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	CHECK(line_is(PEAL_Q_ENABLED, 1, 8));
	raw_break(q);
	CHECK(line_is(PEAL_Q_ERROR, 1, 8));
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	CHECK(line_is(PEAL_Q_DISABLED, 1, 8));
	CHECK_EQUAL(q->host_line[0] | q->host_line[1], 0); /* that one is the host's */
	return true;
}

/* ---- event log and counters ---- */

static bool event_log(void)
{
	uint32_t count, lost;

	CHECK(make(1, 1, 0, 0));
	drop_events();
	count = raw_read(dev, PEAL_REG_EV_COUNT);
	lost = raw_read(dev, PEAL_REG_EV_LOST);
	for (uint32_t i = 0; i < PEAL_EVENT_LOG_DEPTH + 3; i++) {
		CHECK(again(q, 0, 0));
		raw_doorbell(q, 100 + i);
		CHECK(state_is(q, PEAL_Q_ERROR));
	}
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), PEAL_EVENT_LOG_DEPTH);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_COUNT), count + PEAL_EVENT_LOG_DEPTH + 3);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LOST), lost + 3);
	for (uint32_t i = 0; i < PEAL_EVENT_LOG_DEPTH; i++) {
		CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0),
			    PEAL_EVENT_INVALID_DOORBELL | q->id << 8);
		CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1), 100 + i);
		raw_write(dev, PEAL_REG_EV_POP, 1);
	}
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	raw_write(dev, PEAL_REG_EV_POP, 1); /* of an empty log */
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	return true;
}

/* The first error stays until FE_STS is written, whatever is popped and whatever comes behind. */
static bool first_error(void)
{
	CHECK(make(2, 2, 0, 0) && make(2, 2, 0, 0));
	raw_write(dev, PEAL_REG_FE_STS, 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_STS), 0);
	raw_doorbell(&queues[1], 77);
	CHECK(state_is(&queues[1], PEAL_Q_ERROR));
	for (unsigned more = 0; more < 3; more++) {
		CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_STS), more ? 3 : 1);
		CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W0),
			    PEAL_EVENT_INVALID_DOORBELL | queues[1].id << 8);
		CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W1), 77);
		CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W2) | raw_read(dev, PEAL_REG_FE_W3) |
				    raw_read(dev, PEAL_REG_FE_W4),
			    0);
		raw_write(dev, PEAL_REG_EV_POP, 1);
		raw_credit(q, 1000 + more);
		CHECK(state_is(q, PEAL_Q_ERROR));
	}
	raw_write(dev, PEAL_REG_FE_STS, 0xffffffff); /* any value */
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_STS), 0);
	raw_credit(q, 2000);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_STS), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W0), PEAL_EVENT_INVALID_CREDIT | q->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W1), 2000);
	raw_write(dev, PEAL_REG_FE_W1, 5); /* read only */
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W1), 2000);
	return true;
}

static uint64_t counter(unsigned n)
{
	uint64_t low = raw_read(dev, PEAL_REG_CTR_BASE + 8 * n);

	return low | (uint64_t)raw_read(dev, PEAL_REG_CTR_BASE + 8 * n + 4) << 32;
}

static bool counters(void)
{
	uint64_t first[PEAL_COUNTERS], blamed = 0;

	CHECK(make(3, 3, 0, 0) && make(3, 3, 0, 0));
	raw_write(dev, PEAL_REG_CTR_SNAP, 1);
	for (unsigned i = 0; i < PEAL_COUNTERS; i++)
		first[i] = counter(i);
	CHECK(run_nops(&queues[0], 5) && run_nops(&queues[1], 7));
	CHECK(raw_settle(dev));
	for (unsigned i = 0; i < PEAL_COUNTERS; i++)
		CHECK_EQUAL(counter(i), first[i]); /* the window shows the copy */
	raw_write(dev, PEAL_REG_CTR_SNAP, 1);
	CHECK_EQUAL(counter(PEAL_CTR_ACCEPTED), first[PEAL_CTR_ACCEPTED] + 12);
	CHECK_EQUAL(counter(PEAL_CTR_COMPLETED), first[PEAL_CTR_COMPLETED] + 12);
	for (unsigned i = PEAL_CTR_IDLE; i <= PEAL_CTR_ACTIVE; i++)
		blamed += counter(i);
	CHECK_EQUAL(blamed, counter(PEAL_CTR_CYCLES));
	CHECK((counter(PEAL_CTR_CYCLES) > first[PEAL_CTR_CYCLES]) == (info.clock_khz != 0));
	return true;
}

/* Every queue of the device, one after the other, each with its own doorbell and context. */
static bool all_queues(void)
{
	for (unsigned id = 0; id < info.queues; id++) {
		const struct raw_opts opts = {
			.id = id, .sq_log2 = 2, .cq_log2 = 2, .tenant = TENANT, .sq_start = id
		};

		CHECK(!raw_create(dev, &opts, q));
		queue_count = 1;
		CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
		CHECK(run_nops(q, 4));
		CHECK(raw_settle(dev)); /* counted when the bus answered, seen before */
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 4);
		CHECK(raw_destroy(q));
		queue_count = 0;
	}
	return true;
}

/* ---- running ---- */

static const struct raw_test tests[] = {
	{ "doorbell: duplicates, a full ring, across 2^32", doorbell_good, 0 },
	{ "doorbell: too far or backwards", doorbell_bad, PEAL_CAP_INDEXED },
	{ "doorbell: backwards, but past the head", doorbell_back, PEAL_CAP_INDEXED },
	{ "doorbell: rejected when not ENABLED", doorbell_rejected, 0 },
	{ "credit: never more in flight than the CQ holds", credit_limits, 0 },
	{ "credit: the device writes its completions and nothing else", cq_untouched, 0 },
	{ "credit: outside [cq_head, cq_tail]", credit_bad, 0 },
	{ "tags: a stale word in a slot, each of the eight", stale_slots, PEAL_CAP_INDEXED },
	{ "tags: slots are used again, more laps than tags", slot_reuse, 0 },
	{ "life: the device line", device_line, 0 },
	{ "events: oldest first, 16 of them, lost ones counted", event_log, PEAL_CAP_INDEXED },
	{ "events: the first error is kept", first_error, PEAL_CAP_INDEXED },
	{ "counters: a snapshot, and every cycle has one cause", counters, 0 },
	{ "queues: every one of them", all_queues, 0 },
};

int main(int argc, char **argv)
{
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
