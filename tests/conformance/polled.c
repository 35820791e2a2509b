/* SPDX-License-Identifier: MIT */
/*
 * polled.c - polled publication (contract C5.11, C5.19, C7.26): the slots themselves say
 * what is published, and a queue that parks says when it is to be rung.
 *
 *	polled [-p PARAMS] DEVICE
 *
 * The seed of the word orders is PEAL_SEED, by default 1, and is printed. Prints a
 * line a case. Exit 0, 1, or 77; a device with indexed publication skips them all.
 */
#include "steps.h"

#define NEEDS PEAL_CAP_POLLED
#define ORDERS 40  /* in which the words of a slot are written */
#define LOOKS 2000 /* steps: time in which a device that takes too much would show it */

static uint32_t random_state;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

/* A NOP with its tags, which is not in the ring yet. */
static void next_nop(uint64_t words[PEAL_DESC_WORDS])
{
	struct peal_desc d;

	peal_prep_nop(&d, q->sq_tail);
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		words[i] = d.w[i] | raw_tag(q->sq_tail, q->sq_log2);
}

static bool nothing_more(uint32_t accepted)
{
	int err = peal_advance(dev, LOOKS);

	CHECK(err >= 0);
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), accepted);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	return true;
}

static bool no_doorbell(void)
{
	CHECK(make(3, 3, 0xfffffffc, 0));
	for (unsigned i = 0; i < 5; i++) {
		push_nops(q, 3);
		CHECK(take_nops(q, 0xfffffffc + 3 * i, 3));
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DOORBELLS), 0);
	return nothing_more(15);
}

/* A wrong tag is no error, in whichever word: the slot is not yet published. */
static bool not_yet(void)
{
	uint64_t words[PEAL_DESC_WORDS];

	CHECK(make(2, 2, 0, 0));
	for (unsigned w = 0; w < PEAL_DESC_WORDS; w++) {
		uint64_t *slot = raw_sq_slot(q, q->sq_tail);

		next_nop(words);
		words[w] ^= UINT64_C(1) << PEAL_PAYLOAD_BITS;
		raw_store(slot, words, PEAL_DESC_WORDS);
		CHECK(nothing_more(w));
		words[w] ^= UINT64_C(1) << PEAL_PAYLOAD_BITS;
		raw_store(&slot[w], &words[w], 1);
		CHECK(take_nops(q, q->sq_tail++, 1));
	}
	return nothing_more(PEAL_DESC_WORDS);
}

/* The words come one by one, in any order; the last one publishes. */
static bool any_order(void)
{
	uint64_t words[PEAL_DESC_WORDS];

	CHECK(make(3, 3, 0, 0));
	for (unsigned n = 0; n < ORDERS; n++) {
		unsigned order[PEAL_DESC_WORDS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
		uint64_t *slot = raw_sq_slot(q, q->sq_tail);

		next_nop(words);
		for (unsigned i = PEAL_DESC_WORDS; i--;) {
			unsigned k = draw(i + 1), w = order[k];

			order[k] = order[i];
			CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), n);
			raw_store(&slot[w], &words[w], 1);
		}
		CHECK(take_nops(q, q->sq_tail++, 1));
	}
	return nothing_more(ORDERS);
}

static bool wild_doorbells(void)
{
	CHECK(make(2, 2, 0, 0));
	for (uint32_t tail = 1; tail; tail <<= 3)
		raw_doorbell(q, tail);
	raw_doorbell(q, UINT32_MAX);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	push_nops(q, 2);
	CHECK(take_nops(q, 0, 2));
	return nothing_more(2);
}

/* DRAIN takes what is published, the ring full of it. Then nothing is taken before ENABLE. */
static bool drain_takes_all(void)
{
	CHECK(make(4, 4, 5, 5));
	push_nops(q, 16);
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 16);
	CHECK(take_nops(q, 5, 16));
	push_nops(q, 1);
	CHECK(peal_advance(dev, LOOKS) >= 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 16);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	return take_nops(q, 21, 1);
}

/* Nobody looks at the slots of a queue that is not up, whatever they say. */
static bool down_is_down(void)
{
	static const uint32_t ends[] = { PEAL_CMD_DISABLE, PEAL_CMD_ABORT, PEAL_CMD_RESET };

	CHECK(make(2, 2, 0, 0));
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		uint32_t accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);

		CHECK_EQUAL(command(q, ends[i]), PEAL_CMDCODE_OK);
		push_nops(q, 1);
		CHECK(peal_advance(dev, LOOKS) >= 0);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), accepted);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_IN_FLIGHT), 0);
		CHECK(again(q, 0, 0));
		CHECK(run_nops(q, 3));
	}
	return true;
}

/*
 * ---- parking: nothing here reads a register while a queue is to sleep, which might wake it ----
 *
 * A device that missed a doorbell would find the slot within SLEEP_STEPS all the same. Whether
 * it was the doorbell that woke it tests/cuda/test_servers sees, whose queue never looks by itself.
 */

#define PARKS (PEAL_CAP_POLLED | PEAL_CAP_SUPPRESS)
#define STEP_NS 100 /* of a device that runs by itself */

static unsigned rung;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* sq_event, of the life of `epoch`; full fence: pairs with the device's before its second look. */
static bool read_event(uint64_t epoch, uint32_t *event)
{
	uint64_t word;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	word = __atomic_load_n(&q->device_line[2], __ATOMIC_ACQUIRE);
	CHECK_EQUAL(word >> 32, epoch);
	*event = (uint32_t)word;
	return true;
}

/* n NOPs, and the doorbell if it is asked for. */
static bool publish(uint64_t epoch, unsigned n)
{
	uint32_t before = q->sq_tail, event;

	push_nops(q, n);
	CHECK(read_event(epoch, &event));
	CHECK(event - before >= UINT32_MAX / 2 || event == before); /* not ahead of what it saw */
	if (q->sq_tail - event - 1 >= q->sq_tail - before)
		return true;
	ring(q);
	rung++;
	return true;
}

/* The next n are there; no register is touched. */
static bool come(unsigned n)
{
	uint64_t words[PEAL_COMP_WORDS];
	time_t deadline = raw_deadline();

	for (; n; n--) {
		while (!raw_peek(q, words))
			CHECK(!raw_expired(deadline));
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_OK);
		q->cq_head++;
	}
	return true;
}

static bool is_parked(uint64_t epoch)
{
	time_t deadline = raw_deadline();
	uint32_t event;

	do {
		CHECK(!raw_expired(deadline));
		CHECK(read_event(epoch, &event));
	} while (event != q->sq_tail);
	return true;
}

static bool make_parking(unsigned log2, uint32_t start, uint64_t *epoch)
{
	rung = 0;
	CHECK(make_mode(log2, log2, start, start, MODE_SUPPRESS));
	*epoch = raw_get(q, PEAL_QREG_EPOCH);
	return true;
}

static bool rung_at_head(void)
{
	uint64_t epoch;

	CHECK(make_parking(3, 0xfffffffa, &epoch));
	for (unsigned i = 0; i < 8; i++) {
		CHECK(is_parked(epoch));
		CHECK(publish(epoch, 1 + i % 3));
		CHECK(come(1 + i % 3));
		raw_credit(q, q->cq_head);
	}
	CHECK_EQUAL(rung, 8);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DOORBELLS), rung);
	return state_is(q, PEAL_Q_ENABLED) && law_holds(q);
}

/* Nobody rings. The median, since who waits may be held up. */
static bool looks_by_itself(void)
{
	enum { TRIES = 31 };
	uint64_t epoch, ns[TRIES], most = 2 * PEAL_SLEEP_STEPS * STEP_NS;
	unsigned late = 0;

	most = most * raw_seconds() / RAW_SECONDS; /* under a tool all takes longer */
	CHECK(make_parking(3, 0, &epoch));
	for (unsigned i = 0; i < TRIES; i++) {
		CHECK(is_parked(epoch));
		ns[i] = now_ns();
		push_nops(q, 1);
		CHECK(come(1));
		ns[i] = now_ns() - ns[i];
		late += ns[i] > most;
		raw_credit(q, q->cq_head);
	}
	printf("# %u of %d took longer than twice SLEEP_STEPS\n", late, TRIES);
	CHECK(late <= TRIES / 2);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DOORBELLS), 0);
	return state_is(q, PEAL_Q_ENABLED);
}

/* New work at any moment of going to sleep. How often, and how long it was awake, is drawn. */
static bool none_is_lost(void)
{
	uint64_t epoch, pause = 0;

	CHECK(make_parking(4, 0xffffff80, &epoch));
	for (unsigned i = 0; i < 300; i++) {
		unsigned n = 1 + draw(3);
		uint64_t begun = now_ns();

		if (i % 10 == 0) { /* how long it takes to park */
			CHECK(is_parked(epoch));
			pause = now_ns() - begun;
		}
		begun = now_ns();
		for (uint64_t ns = pause / 8 * draw(12); now_ns() - begun < ns;)
			;
		CHECK(publish(epoch, n) && come(n));
		raw_credit(q, q->cq_head);
	}
	printf("# %u of 300 publications rang\n", rung);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DOORBELLS), rung);
	return state_is(q, PEAL_Q_ENABLED) && law_holds(q);
}

static bool stream(void)
{
	uint64_t epoch;

	CHECK(make_parking(6, 7, &epoch));
	CHECK(publish(epoch, 40));
	for (unsigned i = 0; i < 200; i++) {
		CHECK(publish(epoch, 20) && come(20));
		raw_credit(q, q->cq_head);
	}
	CHECK(come(40));
	printf("# %u of 201 publications rang\n", rung);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DOORBELLS), rung);
	return state_is(q, PEAL_Q_ENABLED) && law_holds(q);
}

/* Without a doorbell: what is published belongs to the DRAIN. Then it is down. */
static bool sleeper_ends(void)
{
	static const uint32_t ends[] = { PEAL_CMD_DRAIN, PEAL_CMD_ABORT, PEAL_CMD_DISABLE };
	uint64_t epoch;

	CHECK(make_parking(3, 0, &epoch));
	for (unsigned i = 0; i < 3; i++) {
		uint32_t accepted;

		CHECK(again(q, 40, 40));
		epoch = raw_get(q, PEAL_QREG_EPOCH);
		CHECK(is_parked(epoch));
		push_nops(q, ends[i] == PEAL_CMD_DRAIN ? 3 : 0);
		CHECK_EQUAL(command(q, ends[i]), PEAL_CMDCODE_OK);
		accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);
		CHECK_EQUAL(accepted, ends[i] == PEAL_CMD_DRAIN ? 3 : 0);
		push_nops(q, 1);
		ring(q);
		CHECK(peal_advance(dev, LOOKS) >= 0);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), accepted);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_REJECTED), 1);
	}
	return true;
}

static const struct raw_test tests[] = {
	{ "polled: taken without a doorbell, across 2^32", no_doorbell, NEEDS },
	{ "polled: a wrong tag is not yet published, in each word", not_yet, NEEDS },
	{ "polled: the words of a slot in any order", any_order, NEEDS },
	{ "polled: the value of a doorbell says nothing", wild_doorbells, NEEDS },
	{ "polled: DRAIN takes what is published", drain_takes_all, NEEDS },
	{ "polled: nobody looks at the slots of a queue that is down", down_is_down, NEEDS },
	{ "parked: says so at its head, and is served when rung", rung_at_head, PARKS },
	{ "parked: looks by itself within SLEEP_STEPS", looks_by_itself, PARKS },
	{ "parked: no publication is lost on the way", none_is_lost, PARKS },
	{ "parked: a stream", stream, PARKS },
	{ "parked: DRAIN, ABORT and DISABLE of one that sleeps", sleeper_ends, PARKS },
};

int main(int argc, char **argv)
{
	const char *seed = getenv("PEAL_SEED");

	random_state = seed ? (uint32_t)strtoul(seed, NULL, 0) : 1;
	printf("# PEAL_SEED=%u\n", random_state);
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
