/* SPDX-License-Identifier: MIT */
/*
 * queues.c - doorbells, credit, order, life cycle and events of any device.
 *
 *	queues [-p PARAMS] DEVICE
 *
 * Each case drives one or two queues by registers alone and does what a driver
 * never should as well: wrong doorbells, wrong credit, slots that were never
 * written. Prints a line a case. Exit 0, 1, or 77.
 */

#include "raw.h"

#define TENANT 3
#define MAX_QUEUES 8
#define BIG (1u << 20)

static struct peal_device *dev;
static struct peal_device_info info;
static struct raw_queue queues[MAX_QUEUES];
static unsigned queue_count;
static struct raw_queue *const q = &queues[0];

/* ---- small steps ---- */

static uint32_t command(struct raw_queue *on, uint32_t code)
{
	return raw_code(raw_command(dev, on->id, code));
}

/* Makes and enables the next queue. */
static bool make(unsigned sq_log2, unsigned cq_log2, uint32_t sq_start, uint32_t cq_start)
{
	const struct raw_opts opts = { .id = queue_count,
				       .sq_log2 = sq_log2,
				       .cq_log2 = cq_log2,
				       .sq_start = sq_start,
				       .cq_start = cq_start,
				       .tenant = TENANT };
	struct raw_queue *fresh = &queues[queue_count];

	CHECK(!raw_create(dev, &opts, fresh));
	queue_count++;
	CHECK_EQUAL(command(fresh, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	return true;
}

static void push_nops(struct raw_queue *on, unsigned n)
{
	struct peal_desc d;

	while (n--) {
		peal_prep_nop(&d, on->sq_tail);
		raw_push(on, d.w);
	}
}

/* Takes a completion without returning its slot, and checks cookie, status and index. */
static bool take(struct raw_queue *on, uint32_t index, uint32_t status, uint64_t *result)
{
	uint64_t words[PEAL_COMP_WORDS];
	time_t deadline = raw_deadline();

	while (!raw_peek(on, words)) {
		CHECK(!raw_expired(deadline));
		raw_advance(dev);
	}
	on->cq_head++;
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_INDEX), index & 0xffff);
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), status);
	if (result)
		*result = PEAL_FIELD_GET(words, PEAL_C_RESULT);
	return true;
}

/* n completions of NOPs from `index` on, with their credit returned. */
static bool take_nops(struct raw_queue *on, uint32_t index, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		CHECK(take(on, index + i, PEAL_ST_OK, NULL));
	raw_credit(on, on->cq_head);
	return true;
}

/* n NOPs there and back. */
static bool run_nops(struct raw_queue *on, unsigned n)
{
	uint32_t first = on->sq_tail;

	push_nops(on, n);
	raw_doorbell(on, on->sq_tail);
	return take_nops(on, first, n);
}

static bool state_is(const struct raw_queue *on, uint32_t state)
{
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(on, PEAL_QREG_STATE), state);
	return true;
}

/* The law of contract 7.18, at any moment: registers do not move without the device advancing. */
static bool law_holds(const struct raw_queue *on)
{
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_ACCEPTED),
		    raw_get(on, PEAL_QREG_N_COMPLETED) + raw_get(on, PEAL_QREG_N_SILENT) +
			    raw_get(on, PEAL_QREG_N_UNDELIVERED) +
			    raw_get(on, PEAL_QREG_N_IN_FLIGHT));
	return true;
}

static void drop_events(void)
{
	while (raw_read(dev, PEAL_REG_EV_LEVEL))
		raw_write(dev, PEAL_REG_EV_POP, 1);
}

/* The only event in the log. */
static bool event_is(uint32_t code, const struct raw_queue *on, uint32_t w1, uint32_t w2,
		     uint32_t w3)
{
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), code | on->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1), w1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W2), w2);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W3), w3);
	raw_write(dev, PEAL_REG_EV_POP, 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), 0);
	return true;
}

/* Starts the queue's next life, from DISABLED or ERROR. */
static bool again(struct raw_queue *on, uint32_t sq_start, uint32_t cq_start)
{
	CHECK_EQUAL(command(on, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	memset(peal_region_memory(on->memory), 0, peal_region_bytes(on->memory));
	raw_set(on, PEAL_QREG_SQ_START, sq_start);
	raw_set(on, PEAL_QREG_CQ_START, cq_start);
	on->sq_tail = sq_start;
	on->cq_head = cq_start;
	CHECK_EQUAL(command(on, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	return true;
}

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

/* ---- order ---- */

static struct peal_region *region(uint64_t bytes)
{
	const struct peal_region_opts opts = { .bytes = bytes, .tenant = TENANT };
	struct peal_region *r;

	return peal_region_alloc(dev, &opts, &r) ? NULL : r;
}

/* Long ones, short ones and wrong ones: completions come in the order of submission. */
static bool fifo(void)
{
	struct peal_region *r = region(BIG);
	struct peal_desc d;

	CHECK(r && make(4, 4, 0xfffffff8, 0));
	for (uint32_t i = 0; i < 16; i++) {
		if (i % 3 == 0)
			peal_prep_copy(&d, i, peal_at(r, 0), peal_at(r, BIG / 2 + 4096 * i), 4096);
		else if (i % 3 == 1)
			peal_prep_nop(&d, i);
		else
			peal_prep_copy(&d, i, peal_at(r, BIG), peal_at(r, 0), 1);
		raw_push(q, d.w);
	}
	raw_doorbell(q, q->sq_tail);
	for (uint32_t i = 0; i < 16; i++)
		CHECK(take(q, 0xfffffff8 + i, i % 3 == 2 ? PEAL_ST_RANGE : PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

static bool stalled_queue(void)
{
	CHECK(make(3, 1, 0, 0) && make(3, 3, 0, 0));
	push_nops(q, 8);
	raw_doorbell(q, 8);
	for (unsigned i = 0; i < 40; i++)
		CHECK(run_nops(&queues[1], 5));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	CHECK_EQUAL(raw_get(&queues[1], PEAL_QREG_N_COMPLETED), 200);
	return true;
}

/* A short one of another queue does not wait for the end of a long one. */
static bool long_yields(void)
{
	struct peal_region *r = region(2 * BIG);
	struct peal_desc d;
	uint64_t words[PEAL_COMP_WORDS];

	CHECK(r && make(3, 3, 0, 0) && make(3, 3, 0, 0));
	peal_prep_copy(&d, 1, peal_at(r, 0), peal_at(r, BIG), BIG);
	raw_push(q, d.w);
	raw_doorbell(q, 1);
	peal_prep_crc32c(&d, 2, peal_at(r, 0), 64, 0);
	raw_push(&queues[1], d.w);
	raw_doorbell(&queues[1], 1);
	CHECK(take(&queues[1], 0, PEAL_ST_OK, NULL));
	/* A device without cycles has no time in which one could wait for the other. */
	if (info.clock_khz)
		CHECK(!raw_peek(q, words));
	CHECK(take(q, 0, PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

/* ---- rollouts: the worked example of contract 4, in one doorbell ---- */

static bool rollout_chain(void)
{
	static const uint32_t tokens[8] = { 0x1983e, 0xfae8,  0x1236,  0x194d9,
					    0x11edb, 0x1946d, 0x1ac50, 0x62d4 };
	static const struct {
		uint32_t status;
		uint64_t result;
	} want[5] = {
		{ PEAL_ST_OK, 8 },	 { PEAL_ST_REWARD_NEEDED, 0xc0000004 },
		{ PEAL_ST_OK, 0x23a35 }, { PEAL_ST_OK, 0x100000004 },
		{ PEAL_ST_OK, 0x1c26c },
	};
	struct peal_region *r = region(4096);
	struct peal_record *record;
	struct peal_desc d[5];
	uint64_t result;

	CHECK(r && make(3, 3, 0, 0));
	record = peal_region_memory(r);
	record->MAX_TOKENS = 8;
	record->REWARD_BOUNDARY = 4;
	peal_prep_prefill(&d[0], 0, peal_at(r, 0), peal_at(r, 1024), 32);
	peal_prep_decode(&d[1], 1, peal_at(r, 0), peal_at(r, 2048), 6);
	peal_prep_reward(&d[2], 2, peal_at(r, 0), peal_at(r, 2048), 16, false);
	peal_prep_decode(&d[3], 3, peal_at(r, 0), peal_at(r, 2064), 6);
	peal_prep_reward(&d[4], 4, peal_at(r, 0), peal_at(r, 2064), 16, false);
	for (unsigned i = 0; i < 5; i++)
		raw_push(q, d[i].w);
	raw_doorbell(q, 5);
	for (unsigned i = 0; i < 5; i++) {
		CHECK(take(q, i, want[i].status, &result));
		CHECK_EQUAL(result, want[i].result);
	}
	CHECK(!memcmp((uint8_t *)record + 2048, tokens, sizeof(tokens)));
	CHECK(record->STATE == PEAL_R_DONE && record->REWARD == 0x3fca1 && record->REWARDS == 2);
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

/* One record, two queues: eight DECODEs of one token each must not be made twice or lost. */
static bool rollout_shared(void)
{
	struct peal_region *r = region(4096);
	struct peal_record *record;
	struct peal_desc d;

	CHECK(r && make(2, 2, 0, 0) && make(2, 2, 0, 0));
	record = peal_region_memory(r);
	*record =
		(struct peal_record){ .STATE = PEAL_R_PREFILL_READY, .MAX_TOKENS = 100, .SEED = 1 };
	for (unsigned i = 0; i < 8; i++) {
		peal_prep_decode(&d, i, peal_at(r, 0), peal_at(r, 1024 + 4 * i), 1);
		raw_push(&queues[i & 1], d.w);
	}
	raw_doorbell(&queues[0], 4);
	raw_doorbell(&queues[1], 4);
	for (unsigned i = 0; i < 4; i++)
		CHECK(take(&queues[0], i, PEAL_ST_OK, NULL) &&
		      take(&queues[1], i, PEAL_ST_OK, NULL));
	CHECK_EQUAL(record->TOKENS, 8);
	CHECK_EQUAL(record->STATE, PEAL_R_DECODING);
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

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

/* RESET while a copy is in flight; a device that is never seen in flight has nothing to refuse. */
static bool reset_busy(void)
{
	struct peal_region *r = region(2 * BIG);
	struct peal_desc d;
	uint32_t epoch, code;
	unsigned i;

	CHECK(r && make(3, 3, 0, 0));
	epoch = raw_get(q, PEAL_QREG_EPOCH);
	peal_prep_copy(&d, 1, peal_at(r, 0), peal_at(r, BIG), BIG);
	raw_push(q, d.w);
	raw_doorbell(q, 1);
	for (i = 0; i < 1000 && !raw_get(q, PEAL_QREG_N_ACCEPTED); i++)
		CHECK(peal_advance(dev, 1) >= 0);
	CHECK(law_holds(q));
	if (raw_get(q, PEAL_QREG_N_IN_FLIGHT)) {
		code = command(q, PEAL_CMD_RESET);
		CHECK_EQUAL(code, PEAL_CMDCODE_BUSY);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch);
	}
	CHECK(take(q, 0, PEAL_ST_OK, NULL));
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK(!peal_region_unmap(r));
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
	raw_doorbell(q, 0);
	CHECK(line_is(PEAL_Q_ERROR, 1, 8));
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	CHECK(line_is(PEAL_Q_DISABLED, 1, 8));
	CHECK_EQUAL(q->host_line[0] | q->host_line[1], 0); /* that one is the host's */
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
	{ "doorbell: duplicates, a full ring, across 2^32", doorbell_good },
	{ "doorbell: too far or backwards", doorbell_bad },
	{ "doorbell: backwards, but past the head", doorbell_back },
	{ "doorbell: rejected when not ENABLED", doorbell_rejected },
	{ "credit: never more in flight than the CQ holds", credit_limits },
	{ "credit: the device writes its completions and nothing else", cq_untouched },
	{ "credit: outside [cq_head, cq_tail]", credit_bad },
	{ "tags: a stale word in a slot, each of the eight", stale_slots },
	{ "tags: slots are used again, more laps than tags", slot_reuse },
	{ "order: completions in SQ order, errors too", fifo },
	{ "order: a stalled queue stops no other", stalled_queue },
	{ "order: a long operation yields", long_yields },
	{ "rollouts: the worked example in one doorbell", rollout_chain },
	{ "rollouts: one record, two queues", rollout_shared },
	{ "life: STOP drains, ENABLE goes on", stop_drains },
	{ "life: a STOP with an error stops nothing", bad_stop },
	{ "life: DRAIN times out and goes on", drain_times_out },
	{ "life: one command at a time", one_command },
	{ "life: DISABLE leaves what was not accepted", disable_keeps_head },
	{ "life: RESET of an idle queue", reset_idle },
	{ "life: RESET of a busy queue", reset_busy },
	{ "life: the device line", device_line },
	{ "life: a DISABLED queue writes nothing", disabled_is_quiet },
	{ "events: oldest first, 16 of them, lost ones counted", event_log },
	{ "counters: a snapshot, and every cycle has one cause", counters },
	{ "queues: every one of them", all_queues },
};

static void clean_up(void)
{
	while (queue_count)
		if (!raw_destroy(&queues[--queue_count]))
			raw_case("clean-up behind the case above", false);
	drop_events();
}

int main(int argc, char **argv)
{
	const char *params, *device = raw_arguments(argc, argv, &params);

	dev = raw_open(device, params);
	peal_device_info(dev, &info);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		raw_case(tests[i].name, tests[i].run());
		clean_up();
	}
	peal_close(dev);
	return raw_summary();
}
