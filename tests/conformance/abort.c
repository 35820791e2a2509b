/* SPDX-License-Identifier: MIT */
/*
 * abort.c - ABORT, RESET of a busy queue, and what a life leaves behind.
 *
 *	abort [-p PARAMS] DEVICE
 *
 * Commands come after 0, 1, 2 ... steps of work. Bytes of what was aborted are
 * not looked at; what is checked is that every accepted descriptor has its one
 * outcome, that nothing else was touched, and that the queue is at rest when the
 * command says so. Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

#define DELAYS 48
#define WORK 24
#define POISON 0x5a
#define SOURCE 0xa5
#define AFTERWARDS 300
#define OUT 65536 /* where the destinations begin */

static struct peal_region *data; /* NULL where a case has none */

/* ---- work, and what became of it ---- */

/* The delays that are tried: all small ones, then further apart. */
static unsigned delay_of(unsigned i)
{
	return i < 32 ? i : 32 + (i - 32) * (i - 32) * 8;
}

static uint64_t out_of(unsigned i)
{
	return OUT + 16384 * (uint64_t)i;
}

/* Long copies, short ones, NOPs and errors; descriptor i writes its own 16 KiB, or nothing. */
static void push_work(struct raw_queue *on, unsigned n, uint16_t flags)
{
	struct peal_desc d;

	for (unsigned i = 0; i < n; i++) {
		switch (i % 4) {
		case 0:
			peal_prep_copy(&d, i, peal_at(data, 0), peal_at(data, out_of(i)), 10000);
			break;
		case 1: peal_prep_nop(&d, i); break;
		case 2: peal_prep_fill(&d, i, peal_at(data, out_of(i)), 200, i); break;
		default: peal_prep_crc32c(&d, i, peal_at(data, 0), 5000, 0);
		}
		peal_desc_actor(&d, i % 5);
		if (flags)
			peal_desc_flags(&d, flags);
		push(on, &d);
	}
	ring(on);
}

/* Is byte j of the data one that a descriptor of push_work may have written? */
static bool is_output(uint64_t j)
{
	uint64_t i = (j - OUT) / 16384, at = (j - OUT) % 16384;

	if (j < OUT || i >= WORK)
		return false;
	return at < (i % 4 == 0 ? 10000 : i % 4 == 2 ? 200 : 0);
}

/* The source is what it was, and so are all bytes around the destinations. */
static bool nothing_else_written(void)
{
	const uint8_t *p = peal_region_memory(data);

	for (uint64_t j = 0; j < peal_region_bytes(data); j++)
		if (!is_output(j))
			CHECK_EQUAL(p[j], j < OUT ? SOURCE : 0);
	return true;
}

static bool make_data(void)
{
	data = region(OUT + 16384 * (WORK + 1));
	CHECK(data);
	memset(peal_region_memory(data), SOURCE, OUT);
	return true;
}

static bool drop_data(void)
{
	CHECK(!peal_region_unmap(data));
	data = NULL;
	return true;
}

/* OK or ABORTED, whichever: with result 0 where it was aborted. */
static bool outcomes_fit(const struct outcomes *o, unsigned n, unsigned *aborted)
{
	*aborted = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!o->have[i])
			continue;
		CHECK(o->status[i] == PEAL_ST_OK || o->status[i] == PEAL_ST_ABORTED);
		if (o->status[i] == PEAL_ST_ABORTED)
			CHECK_EQUAL(o->result[i], 0);
		*aborted += o->status[i] == PEAL_ST_ABORTED;
	}
	return true;
}

/* A queue that was aborted: its registers agree, and what was accepted has its completion. */
static bool all_accounted(struct raw_queue *on, uint32_t first, unsigned *aborted)
{
	struct outcomes o = { .first = first };
	unsigned accepted = raw_get(on, PEAL_QREG_N_ACCEPTED);
	unsigned silent = raw_get(on, PEAL_QREG_N_SILENT);

	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_IN_FLIGHT), 0);
	CHECK(law_holds(on));
	CHECK(take_rest(on, &o, accepted));
	CHECK_EQUAL(o.count, raw_get(on, PEAL_QREG_N_COMPLETED));
	CHECK_EQUAL(o.count + silent, accepted);
	return outcomes_fit(&o, accepted, aborted);
}

/* Nothing moves any more: no write to rings, lines or data, no acceptance. */
static bool at_rest(struct raw_queue *on, uint32_t state)
{
	uint32_t accepted = raw_get(on, PEAL_QREG_N_ACCEPTED);
	uint8_t *memory = peal_region_memory(on->memory);

	memset(memory, POISON, peal_region_bytes(on->memory));
	if (data)
		memset((uint8_t *)peal_region_memory(data) + OUT, 0, peal_region_bytes(data) - OUT);
	advance(AFTERWARDS);
	for (uint64_t j = OUT; data && j < peal_region_bytes(data); j++)
		CHECK_EQUAL(((uint8_t *)peal_region_memory(data))[j], 0);
	for (size_t i = 0; i < peal_region_bytes(on->memory); i++)
		CHECK_EQUAL(memory[i], POISON);
	CHECK_EQUAL(raw_get(on, PEAL_QREG_STATE), state);
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_ACCEPTED), accepted);
	return true;
}

/* ---- ABORT ---- */

/* One ABORT after `delay` steps of work in a queue of a mode. */
static bool abort_once(struct raw_queue *on, unsigned delay, uint16_t flags, unsigned *aborted)
{
	uint32_t start = raw_get(on, PEAL_QREG_SQ_START);
	uint64_t epoch = (uint64_t)raw_get(on, PEAL_QREG_EPOCH) << 32;

	push_work(on, WORK, flags);
	advance(delay);
	CHECK_EQUAL(command(on, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(on, PEAL_QREG_STATE), PEAL_Q_ABORTED);
	CHECK_EQUAL(raw_get(on, PEAL_QREG_SQ_HEAD), start + raw_get(on, PEAL_QREG_N_ACCEPTED));
	CHECK_EQUAL(__atomic_load_n(&on->device_line[3], __ATOMIC_ACQUIRE), epoch | PEAL_Q_ABORTED);
	CHECK_EQUAL(__atomic_load_n(&on->device_line[0], __ATOMIC_ACQUIRE),
		    epoch | raw_get(on, PEAL_QREG_SQ_HEAD));
	CHECK(all_accounted(on, start, aborted));
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_EVENTS),
		    flags & PEAL_FLAG_EVENT ? raw_get(on, PEAL_QREG_N_ACCEPTED) : 0);
	CHECK(nothing_else_written());
	return at_rest(on, PEAL_Q_ABORTED);
}

static bool works_again(void)
{
	struct outcomes o = { .first = q->sq_tail };

	push_nops(q, 2);
	ring(q);
	return take_any(q, &o, 2, 2);
}

/* ABORT after each delay, each in a new life of the same queue, with data checked at the end. */
static bool abort_sweep(uint32_t mode, unsigned cq_log2, uint16_t flags)
{
	unsigned aborted;

	CHECK(make_data() && make_mode(6, cq_log2, 0xfffffff0, 0xfffffff8, mode));
	for (unsigned i = 0; i < DELAYS; i++) {
		if (!abort_once(q, delay_of(i), flags, &aborted)) {
			printf("# after %u steps\n", delay_of(i));
			return false;
		}
		CHECK(again(q, 0xfffffff0 + i, 0xfffffff8));
	}
	CHECK(works_again());
	CHECK(raw_settle(dev));
	return drop_data();
}

static bool abort_fifo(void)
{
	return abort_sweep(0, 6, 0);
}

static bool abort_actor(void)
{
	return abort_sweep(MODE_ACTOR, 6, 0);
}

static bool abort_none(void)
{
	return abort_sweep(MODE_NONE, 6, 0);
}

/* Completions of what is aborted have their slots: nobody needs to give credit. */
static bool abort_without_credit(void)
{
	return abort_sweep(0, 1, 0);
}

static bool abort_fenced(void)
{
	return abort_sweep(0, 6, PEAL_FLAG_FENCE);
}

/* Silent successes stay silent; what is aborted is written, silent or not. */
static bool abort_silent(void)
{
	return abort_sweep(0, 4, PEAL_FLAG_SILENT);
}

static bool abort_events(void)
{
	return abort_sweep(0, 6, PEAL_FLAG_EVENT);
}

static bool abort_matched(void)
{
	uint64_t words[PEAL_COMP_WORDS];

	CHECK(make_data() && make_mode(5, 5, 7, 0, MODE_MATCHED));
	for (unsigned i = 0; i < DELAYS; i++) {
		uint32_t head;

		push_work(q, WORK, 0);
		advance(delay_of(i));
		CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
		head = raw_get(q, PEAL_QREG_SQ_HEAD);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), head);
		for (q->cq_head = 7; q->cq_head != 7 + WORK; q->cq_head++)
			CHECK_EQUAL(raw_peek(q, words), q->cq_head - 7 < head - 7);
		CHECK(law_holds(q));
		CHECK(at_rest(q, PEAL_Q_ABORTED));
		CHECK(again(q, 7, 0));
	}
	return drop_data();
}

/* One that is long may end at a piece; its bytes are its own affair, those behind it are not. */
static bool abort_long(void)
{
	struct peal_region *r = region(2 * BIG + 4096);
	struct outcomes o = { .first = 0 };
	struct peal_desc d;
	uint8_t *p;

	CHECK(r && make(3, 3, 0, 0));
	p = peal_region_memory(r);
	memset(p + 2 * BIG, POISON, 4096);
	peal_prep_copy(&d, 1, peal_at(r, 0), peal_at(r, BIG), BIG);
	push(q, &d);
	push_nops(q, 3);
	ring(q);
	for (unsigned i = 0; i < 1000 && !raw_get(q, PEAL_QREG_N_ACCEPTED); i++)
		advance(1);
	CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	CHECK(take_rest(q, &o, raw_get(q, PEAL_QREG_N_ACCEPTED)));
	CHECK_EQUAL(o.count, raw_get(q, PEAL_QREG_N_ACCEPTED));
	CHECK(o.have[0]);
	CHECK(o.status[0] == PEAL_ST_ABORTED || o.status[0] == PEAL_ST_OK);
	for (unsigned j = 0; j < 4096; j++)
		CHECK_EQUAL(p[2 * BIG + j], POISON);
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

/* One queue is aborted, another goes on: its work is whole. */
static bool abort_one_queue(void)
{
	unsigned aborted;

	CHECK(make_data() && make(6, 6, 0, 0) && make(6, 6, 0, 0));
	for (unsigned i = 0; i < DELAYS; i += 3) {
		push_nops(&queues[1], 30);
		ring(&queues[1]);
		CHECK(abort_once(q, delay_of(i), 0, &aborted));
		CHECK(take_nops(&queues[1], queues[1].sq_tail - 30, 30));
		CHECK(again(q, i, 0));
	}
	CHECK(state_is(&queues[1], PEAL_Q_ENABLED));
	return drop_data();
}

/* Tokens of a record that several queues work on: each OK is one, and no more were made. */
static bool abort_rollout(void)
{
	struct peal_region *r = region(1 << 16);
	struct peal_record *record;
	struct peal_desc d;

	CHECK(r && make(4, 4, 0, 0) && make(4, 4, 0, 0));
	record = peal_region_memory(r);
	for (unsigned round = 0; round < DELAYS; round++) {
		struct outcomes mine = { .first = 0 }, theirs = { .first = 8 * round };
		unsigned aborted, done = 0;

		*record = (struct peal_record){ .STATE = PEAL_R_DECODING, .MAX_TOKENS = 1 << 20 };
		for (unsigned i = 0; i < 16; i++) {
			peal_prep_decode(&d, i, peal_at(r, 0), peal_at(r, 4096 + 1024 * i), 100);
			push(&queues[i & 1], &d);
		}
		ring(&queues[0]);
		ring(&queues[1]);
		advance(delay_of(round));
		CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
		CHECK(take_any(&queues[1], &theirs, 8, 8));
		CHECK(take_rest(q, &mine, raw_get(q, PEAL_QREG_N_ACCEPTED)));
		CHECK_EQUAL(mine.count, raw_get(q, PEAL_QREG_N_ACCEPTED));
		CHECK(outcomes_fit(&mine, 8, &aborted) && outcomes_fit(&theirs, 8, &done));
		CHECK_EQUAL(done, 0); /* the other queue was not aborted */
		CHECK(raw_settle(dev));
		CHECK_EQUAL(record->TOKENS, 100 * (mine.count - aborted + theirs.count));
		CHECK(again(q, 0, 0));
	}
	CHECK(!peal_region_unmap(r));
	return true;
}

/* ---- ABORTED ---- */

static bool aborted_is_closed(void)
{
	uint32_t head;

	CHECK(make(3, 3, 40, 0));
	CHECK(run_nops(q, 2));
	CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	head = raw_get(q, PEAL_QREG_SQ_HEAD);
	push_nops(q, 2);
	ring(q);
	CHECK(state_is(q, PEAL_Q_ABORTED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_REJECTED), 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), head);
	drop_events();
	raw_credit(q, q->cq_head + 100); /* logged and counted, and that is all */
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), PEAL_EVENT_INVALID_CREDIT | q->id << 8);
	CHECK(state_is(q, PEAL_Q_ABORTED));
	CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_BAD_STATE);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_BAD_STATE);
	CHECK(state_is(q, PEAL_Q_ABORTED));
	CHECK(again(q, 5, 6));
	return run_nops(q, 3);
}

/* Out of DRAINING, DRAINED and ERROR, with descriptors that wait for credit. */
static bool abort_from_others(void)
{
	unsigned aborted;

	CHECK(make(4, 1, 0, 0));
	push_nops(q, 6);
	ring(q);
	CHECK(raw_settle(dev));
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, 500);
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_TIMEOUT);
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINING);
	CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), 2);
	CHECK(all_accounted(q, 0, &aborted));
	CHECK(again(q, 0, 0));
	push_nops(q, 6);
	ring(q);
	raw_break(q);
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	CHECK(all_accounted(q, 0, &aborted));
	CHECK(again(q, 0, 0));
	CHECK(run_nops(q, 2));
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
	return at_rest(q, PEAL_Q_ABORTED);
}

/* A bad credit around the command: an event, and the end is ABORTED all the same. */
static bool abort_with_error(void)
{
	unsigned aborted;

	CHECK(make_data() && make(6, 6, 0, 0));
	for (unsigned i = 0; i < DELAYS; i++) {
		time_t deadline = raw_deadline();

		drop_events();
		push_work(q, WORK, 0);
		advance(delay_of(i));
		raw_write(dev, PEAL_REG_CMD, PEAL_CMD_ABORT | q->id << 8);
		raw_credit(q, 5000);
		while (raw_read(dev, PEAL_REG_CMDSTS) >> 31) {
			CHECK(!raw_expired(deadline));
			raw_advance(dev);
		}
		CHECK(raw_settle(dev));
		CHECK_EQUAL(raw_code(raw_read(dev, PEAL_REG_CMDSTS)), PEAL_CMDCODE_OK);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ABORTED);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
		CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 1);
		CHECK(all_accounted(q, 0, &aborted));
		CHECK(again(q, 0, 0));
	}
	return drop_data();
}

/* ---- RESET ---- */

/* What was in flight has its completions, the indices are 0, and the epoch is the next one. */
static bool reset_once(unsigned delay, uint32_t epoch)
{
	struct outcomes o = { .first = 20 };
	unsigned accepted, aborted;

	push_work(q, WORK, 0);
	advance(delay);
	CHECK_EQUAL(command(q, PEAL_CMD_RESET), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch + 1);
	for (uint32_t reg = PEAL_QREG_SQ_TAIL; reg <= PEAL_QREG_CQ_HEAD; reg += 4)
		CHECK_EQUAL(raw_get(q, reg), 0);
	accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);
	CHECK(take_rest(q, &o, accepted));
	CHECK_EQUAL(o.count, accepted);
	CHECK(outcomes_fit(&o, accepted, &aborted));
	CHECK(law_holds(q));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_START), 20);
	CHECK(nothing_else_written());
	return at_rest(q, PEAL_Q_DISABLED);
}

static bool reset_busy(void)
{
	CHECK(make_data() && make(6, 6, 20, 30));
	for (unsigned i = 0; i < DELAYS; i++) {
		if (!reset_once(delay_of(i), raw_get(q, PEAL_QREG_EPOCH))) {
			printf("# after %u steps\n", delay_of(i));
			return false;
		}
		memset(peal_region_memory(q->memory), 0, peal_region_bytes(q->memory));
		q->sq_tail = 20;
		q->cq_head = 30;
		CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
	}
	CHECK(run_nops(q, 3));
	CHECK(raw_settle(dev));
	return drop_data();
}

/* A RESET that ran out of time stopped behind its abort, or behind its end but for the last write. */
static bool reset_got_to(uint32_t epoch)
{
	uint32_t state = raw_get(q, PEAL_QREG_STATE);

	CHECK(state == PEAL_Q_ABORTED || state == PEAL_Q_DISABLED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch + (state == PEAL_Q_DISABLED));
	CHECK_EQUAL(command(q, PEAL_CMD_RESET), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch + 1 + (state == PEAL_Q_DISABLED));
	return true;
}

/* RESET with too little time: OK or TIMEOUT; the next one is OK. */
static bool reset_times_out(void)
{
	uint32_t epoch, code;

	CHECK(make_data() && make(6, 6, 0, 0));
	for (unsigned timeout = 1; timeout < DELAYS; timeout++) {
		epoch = raw_get(q, PEAL_QREG_EPOCH);
		push_work(q, WORK, 0);
		advance(timeout);
		raw_write(dev, PEAL_REG_CMD_TIMEOUT, timeout);
		code = command(q, PEAL_CMD_RESET);
		raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
		CHECK(code == PEAL_CMDCODE_OK || code == PEAL_CMDCODE_TIMEOUT);
		CHECK(raw_settle(dev));
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_IN_FLIGHT), 0);
		CHECK(law_holds(q));
		if (code == PEAL_CMDCODE_OK)
			CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch + 1);
		else
			CHECK(reset_got_to(epoch));
		CHECK(again(q, 0, 0));
	}
	return drop_data();
}

/* As above for ABORT, which ends by itself when its time is over. */
static bool abort_times_out(void)
{
	uint32_t code;

	CHECK(make_data() && make(6, 6, 0, 0));
	for (unsigned timeout = 1; timeout < DELAYS; timeout++) {
		unsigned aborted;

		push_work(q, WORK, 0);
		advance(timeout);
		raw_write(dev, PEAL_REG_CMD_TIMEOUT, timeout);
		code = command(q, PEAL_CMD_ABORT);
		raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
		CHECK(code == PEAL_CMDCODE_OK || code == PEAL_CMDCODE_TIMEOUT);
		CHECK(state_is(q, PEAL_Q_ABORTED));
		CHECK(all_accounted(q, 0, &aborted));
		CHECK_EQUAL(command(q, PEAL_CMD_ABORT), PEAL_CMDCODE_OK);
		CHECK(again(q, 0, 0));
	}
	return drop_data();
}

/* ---- running ---- */

#define NEEDS PEAL_CAP_ABORT

static const struct raw_test tests[] = {
	{ "abort: every accepted one has its outcome, in FIFO", abort_fifo, NEEDS },
	{ "abort: every accepted one has its outcome, in ACTOR", abort_actor,
	  NEEDS | PEAL_CAP_ACTOR },
	{ "abort: every accepted one has its outcome, in NONE", abort_none, NEEDS | PEAL_CAP_NONE },
	{ "abort: every accepted one has its outcome, MATCHED", abort_matched,
	  NEEDS | PEAL_CAP_MATCHED },
	{ "abort: a CQ of two slots and no credit", abort_without_credit, NEEDS },
	{ "abort: fences that wait", abort_fenced, NEEDS | PEAL_CAP_FENCE },
	{ "abort: silent ones that were aborted are written", abort_silent,
	  NEEDS | PEAL_CAP_SILENT },
	{ "abort: events of what was aborted", abort_events, NEEDS | PEAL_CAP_EVENT },
	{ "abort: a long operation", abort_long, NEEDS },
	{ "abort: another queue goes on", abort_one_queue, NEEDS },
	{ "abort: a record that two queues work on", abort_rollout, NEEDS },
	{ "abort: ABORTED accepts nothing, RESET and DISABLE leave it", aborted_is_closed, NEEDS },
	{ "abort: out of DRAINING, DRAINED and ERROR", abort_from_others, NEEDS },
	{ "abort: an error on the way does not change the state", abort_with_error, NEEDS },
	{ "abort: ends by itself after a TIMEOUT", abort_times_out, NEEDS },
	{ "reset: a busy queue, completions first, then the epoch", reset_busy, NEEDS },
	{ "reset: with too little time", reset_times_out, NEEDS },
};

int main(int argc, char **argv)
{
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
