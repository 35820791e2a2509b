/* SPDX-License-Identifier: MIT */
/*
 * outcomes.c - where outcomes go: SILENT, EVENT, and MATCHED placement.
 *
 *	outcomes [-p PARAMS] DEVICE
 *
 * Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

#include "internal.h"

/* How often the device has raised the queue's event; the contract has no register for it. */
static uint64_t raises(const struct raw_queue *on)
{
	return dev->ops.raises(dev->impl, on->id);
}

/* The device says so, or there is nothing to look at. */
static bool can_raise(void)
{
	CHECK(dev->ops.raises != NULL);
	return true;
}

static void push_flagged(struct peal_desc *d, uint16_t flags)
{
	peal_desc_flags(d, flags);
	push(q, d);
}

static void push_nop(uint16_t flags)
{
	struct peal_desc d;

	peal_prep_nop(&d, q->sq_tail);
	push_flagged(&d, flags);
}

/* ---- SILENT ---- */

/* Far more than the CQ holds, and nobody gives credit: a silent success gives its slot back. */
static bool silent_frees(void)
{
	CHECK(make(5, 1, 0xfffffff0, 7));
	for (unsigned i = 0; i < 30; i++)
		push_nop(PEAL_FLAG_SILENT);
	ring(q);
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 30);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 30);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_IN_FLIGHT), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), 7);
	CHECK_EQUAL(q->cq[0] | q->cq[1] | q->cq[2] | q->cq[3], 0);
	push_nops(q, 3); /* two of them fill the CQ, from its first index on */
	push_nop(PEAL_FLAG_SILENT);
	ring(q);
	CHECK(take(q, 14, PEAL_ST_OK, NULL) && take(q, 15, PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 32);
	raw_credit(q, q->cq_head);
	CHECK(take(q, 16, PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 31);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 3);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), 10);
	return law_holds(q);
}

/* A slot is reserved all the same: with a full CQ a silent one is not accepted. */
static bool silent_waits(void)
{
	CHECK(make(3, 1, 0, 0));
	push_nops(q, 2);
	ring(q);
	CHECK(take(q, 0, PEAL_ST_OK, NULL) && take(q, 1, PEAL_ST_OK, NULL));
	push_nop(PEAL_FLAG_SILENT);
	ring(q);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	raw_credit(q, 1);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 3);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 1);
	return true;
}

/* Every status but OK is written: successes that are not plain, and errors. */
static bool silent_speaks(void)
{
	struct peal_region *r = region(4096);
	struct peal_record *record;
	struct peal_desc d;
	uint64_t result;

	CHECK(r && make(4, 4, 0, 0));
	record = peal_region_memory(r);
	*record = (struct peal_record){ .STATE = PEAL_R_PREFILL_READY,
					.MAX_TOKENS = 9,
					.REWARD_BOUNDARY = 2 };
	((uint8_t *)record)[2049] = 1;
	peal_prep_compare(&d, 1, peal_at(r, 2048), peal_at(r, 3072), 8);
	push_flagged(&d, PEAL_FLAG_SILENT);
	peal_prep_compare(&d, 1, peal_at(r, 2048), peal_at(r, 3072), 1);
	push_flagged(&d, PEAL_FLAG_SILENT);
	peal_prep_decode(&d, 2, peal_at(r, 0), peal_at(r, 1024), 5);
	push_flagged(&d, PEAL_FLAG_SILENT);
	peal_prep_copy(&d, 3, peal_at(r, 4096), peal_at(r, 0), 1);
	push_flagged(&d, PEAL_FLAG_SILENT);
	peal_prep_nop(&d, 4);
	d.w[6] = 1;
	push_flagged(&d, PEAL_FLAG_SILENT);
	peal_prep_stop(&d, 5);
	push_flagged(&d, PEAL_FLAG_SILENT);
	ring(q);
	CHECK(take(q, 0, PEAL_ST_MISCOMPARE, &result));
	CHECK_EQUAL(result, 2);
	CHECK(take(q, 2, PEAL_ST_REWARD_NEEDED, NULL));
	CHECK(take(q, 3, PEAL_ST_RANGE, NULL));
	CHECK(take(q, 4, PEAL_ST_RESERVED, NULL));
	CHECK(take(q, 5, PEAL_ST_STOPPED, &result));
	CHECK_EQUAL(result, 5);
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 5);
	CHECK(!peal_region_unmap(r));
	return true;
}

/* Silent copies, and a fence behind them that speaks for all. */
static bool silent_work(void)
{
	struct peal_region *r = region(BIG);
	struct peal_desc d;
	uint8_t *p;

	CHECK(r && make(5, 2, 0, 0));
	p = peal_region_memory(r);
	for (unsigned j = 0; j < 65536; j++)
		p[j] = (uint8_t)(j * 7 + 1);
	for (unsigned i = 0; i < 16; i++) {
		peal_prep_copy(&d, i, peal_at(r, 4096 * i), peal_at(r, BIG / 2 + 4096 * i), 4096);
		push_flagged(&d, PEAL_FLAG_SILENT);
	}
	push_nop(PEAL_FLAG_FENCE);
	ring(q);
	CHECK(take(q, 16, PEAL_ST_OK, NULL));
	CHECK(!memcmp(p, p + BIG / 2, 65536));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 16);
	CHECK(!peal_region_unmap(r));
	return true;
}

/* Silent ones among others: the CQ has the others, side by side and in their order. */
static bool silent_mixed(void)
{
	CHECK(make(4, 2, 0xffff, 0xfffffffe));
	for (unsigned round = 0; round < 20; round++) {
		uint32_t first = q->sq_tail;

		for (unsigned i = 0; i < 12; i++)
			push_nop((i + round) % 3 ? PEAL_FLAG_SILENT : PEAL_FLAG_RELAX_ACQ);
		ring(q);
		for (unsigned i = 0; i < 12; i++)
			if ((i + round) % 3 == 0) {
				CHECK(take(q, first + i, PEAL_ST_OK, NULL));
				raw_credit(q, q->cq_head);
			}
		CHECK(raw_settle(dev)); /* the last ones tell nobody that their slots are free */
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 160);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 80);
	return law_holds(q);
}

/* DRAIN waits for silent ones too, and the device line tells of the head they moved. */
static bool silent_drains(void)
{
	uint64_t epoch;

	CHECK(make(4, 2, 0, 0));
	for (unsigned i = 0; i < 9; i++)
		push_nop(PEAL_FLAG_SILENT);
	ring(q);
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 9);
	epoch = (uint64_t)raw_get(q, PEAL_QREG_EPOCH) << 32;
	CHECK_EQUAL(__atomic_load_n(&q->device_line[0], __ATOMIC_ACQUIRE), epoch | 9);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[1], __ATOMIC_ACQUIRE), epoch);
	return true;
}

static uint64_t counter(unsigned n)
{
	uint64_t low = raw_read(dev, PEAL_REG_CTR_BASE + 8 * n);

	return low | (uint64_t)raw_read(dev, PEAL_REG_CTR_BASE + 8 * n + 4) << 32;
}

static bool silent_counted(void)
{
	uint64_t before[PEAL_COUNTERS];

	CHECK(make(4, 4, 0, 0));
	raw_write(dev, PEAL_REG_CTR_SNAP, 1);
	for (unsigned i = 0; i < PEAL_COUNTERS; i++)
		before[i] = counter(i);
	for (unsigned i = 0; i < 8; i++)
		push_nop(i % 2 ? PEAL_FLAG_SILENT : 0);
	ring(q);
	CHECK(raw_settle(dev));
	raw_write(dev, PEAL_REG_CTR_SNAP, 1);
	CHECK_EQUAL(counter(PEAL_CTR_ACCEPTED), before[PEAL_CTR_ACCEPTED] + 8);
	CHECK_EQUAL(counter(PEAL_CTR_COMPLETED), before[PEAL_CTR_COMPLETED] + 4);
	CHECK_EQUAL(counter(PEAL_CTR_SILENT), before[PEAL_CTR_SILENT] + 4);
	CHECK_EQUAL(counter(PEAL_CTR_UNDELIVERED), before[PEAL_CTR_UNDELIVERED]);
	return true;
}

/* ---- EVENT ---- */

/* The descriptor's completion is there when its event is raised, and not later. */
static bool event_follows(void)
{
	CHECK(can_raise());
	CHECK(make(4, 4, 0, 0));
	for (unsigned i = 0; i < 24; i++) {
		uint64_t words[PEAL_COMP_WORDS], before = raises(q);
		time_t deadline = raw_deadline();

		push_nop(PEAL_FLAG_EVENT);
		ring(q);
		while (raises(q) == before) {
			CHECK(!raw_expired(deadline));
			advance(1);
		}
		CHECK(raw_peek(q, words)); /* visible before the raise */
		CHECK(take_nops(q, i, 1));
		CHECK(raw_settle(dev));
		CHECK_EQUAL(raises(q), before + 1);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_EVENTS), i + 1);
	}
	return true;
}

/* Raises may be shared, but after the last outcome there is one. */
static bool event_shared(void)
{
	uint64_t before, words[PEAL_COMP_WORDS];

	CHECK(can_raise());
	CHECK(make(5, 5, 0, 0));
	before = raises(q);
	for (unsigned i = 0; i < 30; i++)
		push_nop(i % 2 ? PEAL_FLAG_EVENT : 0);
	ring(q);
	for (unsigned i = 0; i < 29; i++)
		CHECK(take(q, i, PEAL_ST_OK, NULL));
	while (!raw_peek(q, words))
		advance(1);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_EVENTS), 15);
	CHECK(raises(q) > before && raises(q) <= before + 15);
	before = raises(q);
	push_nops(q, 2); /* no event of theirs */
	ring(q);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raises(q), before);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_EVENTS), 15);
	return true;
}

/* Any status raises, but for descriptors whose flags were not believed. */
static bool event_any_status(void)
{
	struct peal_desc d;

	CHECK(make(4, 4, 0, 0));
	peal_prep_nop(&d, 0);
	d.w[2] = 1;
	push_flagged(&d, PEAL_FLAG_EVENT); /* RESERVED */
	peal_prep_copy(&d, 1, peal_operand(0, 0), peal_operand(0, 0), 1);
	push_flagged(&d, PEAL_FLAG_EVENT); /* BAD_REGION */
	ring(q);
	CHECK(take(q, 0, PEAL_ST_RESERVED, NULL) && take(q, 1, PEAL_ST_BAD_REGION, NULL));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_EVENTS), 2);
	push_nop(PEAL_FLAG_EVENT | 1 << 9); /* BAD_FLAGS */
	peal_prep_nop(&d, 3);
	d.w[0] |= 0x7f;
	push_flagged(&d, PEAL_FLAG_EVENT); /* BAD_OPCODE */
	peal_prep_nop(&d, 4);
	peal_desc_flags(&d, PEAL_FLAG_EVENT | PEAL_FLAG_CRC);
	d.w[7] ^= 1;
	push(q, &d); /* BAD_CRC */
	ring(q);
	CHECK(take(q, 2, PEAL_ST_BAD_FLAGS, NULL) && take(q, 3, PEAL_ST_BAD_OPCODE, NULL));
	CHECK(take(q, 4, PEAL_ST_BAD_CRC, NULL));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_EVENTS), 2);
	return true;
}

/* A silent success raises as well: it is the only sign of it. */
static bool event_silent(void)
{
	uint64_t before;

	CHECK(can_raise());
	CHECK(make(4, 1, 0, 0));
	before = raises(q);
	for (unsigned i = 0; i < 10; i++)
		push_nop(PEAL_FLAG_EVENT | PEAL_FLAG_SILENT);
	ring(q);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_EVENTS), 10);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 10);
	CHECK(raises(q) > before);
	return true;
}

/* Events are a queue's own. */
static bool event_own_queue(void)
{
	uint64_t before;

	CHECK(can_raise());
	CHECK(make(3, 3, 0, 0) && make(3, 3, 0, 0));
	before = raises(&queues[1]);
	push_nop(PEAL_FLAG_EVENT);
	ring(q);
	CHECK(run_nops(&queues[1], 4) && take_nops(q, 0, 1));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raises(&queues[1]), before);
	CHECK_EQUAL(raw_get(&queues[1], PEAL_QREG_N_EVENTS), 0);
	return true;
}

/* ---- MATCHED ---- */

/* The completion of SQ index `index`, in the slot and with the tag of that index. */
static bool matched_is_there(struct raw_queue *on, uint32_t index, uint64_t words[PEAL_COMP_WORDS])
{
	on->cq_head = index;
	return raw_peek(on, words);
}

static bool take_matched(struct raw_queue *on, uint32_t index, uint32_t status)
{
	uint64_t words[PEAL_COMP_WORDS];
	time_t deadline = raw_deadline();

	while (!matched_is_there(on, index, words)) {
		CHECK(!raw_expired(deadline));
		raw_advance(dev);
	}
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_INDEX), index & 0xffff);
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_COOKIE), index);
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), status);
	return true;
}

/* Rings that go round, filled to the last slot, in an order: no credit is ever returned. */
static bool matched(uint32_t order)
{
	struct peal_region *r = region(BIG);
	struct peal_desc d;
	uint32_t start = 0xffffffed;

	CHECK(r && make_mode(3, 3, start, 0x1234, MODE_MATCHED | order));
	for (unsigned round = 0; round < 40; round++) {
		unsigned n = round % 3 ? 8 : 5;
		uint32_t first = q->sq_tail;

		for (uint32_t i = first; i != first + n; i++) {
			if (i % 4 == 0)
				peal_prep_copy(&d, i, peal_at(r, 0),
					       peal_at(r, BIG / 2 + 16384 * (i & 7)), 9000);
			else if (i % 4 == 1)
				peal_prep_copy(&d, i, peal_at(r, BIG), peal_at(r, 0), 1);
			else
				peal_prep_nop(&d, i);
			push(q, &d);
		}
		ring(q);
		for (uint32_t i = first + n - 1; i != first - 1; i--)
			CHECK(take_matched(q, i, i % 4 == 1 ? PEAL_ST_RANGE : PEAL_ST_OK));
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), q->sq_tail);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), q->sq_tail);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_HEAD), start);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), q->sq_tail - start);
	CHECK(!peal_region_unmap(r));
	return law_holds(q);
}

static bool matched_fifo(void)
{
	return matched(0);
}

static bool matched_actor(void)
{
	return matched(MODE_ACTOR);
}

static bool matched_none(void)
{
	return matched(MODE_NONE);
}

/* Credits mean nothing here, wild ones neither. */
static bool matched_credit(void)
{
	const uint32_t wild[] = { 0, 1, 3, 0x1234, 0x80000000, 0xffffffff };

	CHECK(make_mode(2, 2, 0, 0x1234, MODE_MATCHED));
	for (unsigned i = 0; i < 6; i++) {
		push_nops(q, 1);
		ring(q);
		raw_credit(q, wild[i]);
		CHECK(take_matched(q, i, PEAL_ST_OK));
		raw_credit(q, wild[i]);
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_HEAD), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), 6);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	return true;
}

/* Each slot needs its answer, so there is no silence. */
static bool matched_silent(void)
{
	const struct {
		uint16_t flags, wrong;
	} cases[] = { { PEAL_FLAG_SILENT, PEAL_FLAG_SILENT },
		      { PEAL_FLAG_SILENT | PEAL_FLAG_EVENT | 1 << 6, PEAL_FLAG_SILENT | 1 << 6 },
		      { PEAL_FLAG_SILENT | PEAL_FLAG_FENCE, PEAL_FLAG_SILENT | PEAL_FLAG_FENCE } };
	uint64_t words[PEAL_COMP_WORDS];

	CHECK(make_mode(2, 2, 0, 0, MODE_MATCHED | MODE_NONE));
	for (unsigned i = 0; i < 3; i++) {
		push_nop(cases[i].flags);
		ring(q);
		CHECK(take_matched(q, i, PEAL_ST_BAD_FLAGS));
		CHECK(matched_is_there(q, i, words));
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_RESULT), cases[i].wrong);
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_SILENT), 0);
	return true;
}

/* The life of a MATCHED queue: it drains, goes on, and starts anew where it is told. */
static bool matched_life(void)
{
	struct peal_desc d;

	CHECK(make_mode(3, 3, 100, 0, MODE_MATCHED));
	push_nops(q, 3);
	peal_prep_stop(&d, 103);
	push(q, &d);
	ring(q);
	CHECK(take_matched(q, 103, PEAL_ST_STOPPED));
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), 104);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	push_nops(q, 2);
	ring(q);
	CHECK(take_matched(q, 105, PEAL_ST_OK));
	CHECK(again(q, 0xfffffffe, 9));
	push_nops(q, 8);
	ring(q);
	CHECK(take_matched(q, 5, PEAL_ST_OK));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), 6);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_HEAD), 0xfffffffe);
	return true;
}

/* ---- running ---- */

static const struct raw_test tests[] = {
	{ "silent: a success takes no slot of the CQ", silent_frees, PEAL_CAP_SILENT },
	{ "silent: a slot is reserved until the success", silent_waits, PEAL_CAP_SILENT },
	{ "silent: every status but OK is written", silent_speaks, PEAL_CAP_SILENT },
	{ "silent: work is done, and a fence speaks for it", silent_work,
	  PEAL_CAP_SILENT | PEAL_CAP_FENCE },
	{ "silent: mixed with others", silent_mixed, PEAL_CAP_SILENT },
	{ "silent: DRAIN, and the device line", silent_drains, PEAL_CAP_SILENT },
	{ "silent: counters", silent_counted, PEAL_CAP_SILENT },
	{ "event: raised behind the visible completion", event_follows, PEAL_CAP_EVENT },
	{ "event: one raise behind the last of several", event_shared, PEAL_CAP_EVENT },
	{ "event: any status, but none of unbelieved flags", event_any_status, PEAL_CAP_EVENT },
	{ "event: a silent success", event_silent, PEAL_CAP_EVENT | PEAL_CAP_SILENT },
	{ "event: of its own queue", event_own_queue, PEAL_CAP_EVENT },
	{ "matched: the slot of the descriptor, in FIFO", matched_fifo, PEAL_CAP_MATCHED },
	{ "matched: the slot of the descriptor, in ACTOR", matched_actor,
	  PEAL_CAP_MATCHED | PEAL_CAP_ACTOR },
	{ "matched: the slot of the descriptor, in NONE", matched_none,
	  PEAL_CAP_MATCHED | PEAL_CAP_NONE },
	{ "matched: credits have no effect", matched_credit, PEAL_CAP_MATCHED },
	{ "matched: SILENT is refused", matched_silent, PEAL_CAP_MATCHED | PEAL_CAP_NONE },
	{ "matched: STOP, ENABLE, a new life", matched_life, PEAL_CAP_MATCHED },
};

int main(int argc, char **argv)
{
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
