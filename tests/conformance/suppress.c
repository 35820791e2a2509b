/* SPDX-License-Identifier: MIT */
/*
 * suppress.c - doorbells that need not be rung: host line, sq_event, sleep. What polls
 * the slots parks instead: polled.c.
 *
 *	suppress [-p PARAMS] DEVICE
 *
 * The host's side of C5.17 is done here by hand: publish, write the host line,
 * fence, read sq_event, ring when it is passed. PEAL_SEED=N repeats a run. Prints
 * a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

#define SLACK 1000 /* steps that a look, a fetch and a completion may take on a slow bus */

static uint64_t state;

/* splitmix64 */
static uint64_t random64(void)
{
	uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static unsigned rung; /* doorbells that this case rang */

/* ---- the host's side ---- */

static uint64_t epoch_word(const struct raw_queue *on)
{
	return (uint64_t)raw_get(on, PEAL_QREG_EPOCH) << 32;
}

/* Writes sq_tail to the host line; no register is touched. */
static void tell(const struct raw_queue *on, uint64_t epoch)
{
	__atomic_store_n(&on->host_line[0], epoch | on->sq_tail, __ATOMIC_RELEASE);
}

/* Does the device ask for a doorbell? Full fence: pairs with the device's between its line and
 * its second look. */
static bool wants_doorbell(const struct raw_queue *on, uint64_t epoch, uint32_t old)
{
	uint64_t word;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	word = __atomic_load_n(&on->device_line[2], __ATOMIC_ACQUIRE);
	if (word >> 32 != epoch >> 32)
		return true;
	return on->sq_tail - (uint32_t)word - 1 < on->sq_tail - old;
}

/* n NOPs, published as C5.17 says. */
static void publish(struct raw_queue *on, uint64_t epoch, unsigned n)
{
	uint32_t old = on->sq_tail;

	push_nops(on, n);
	tell(on, epoch);
	if (!wants_doorbell(on, epoch, old))
		return;
	rung++;
	ring(on);
}

/* n completions within so many steps; their credit goes back. */
static bool come_within(struct raw_queue *on, unsigned n, unsigned steps)
{
	uint64_t words[PEAL_COMP_WORDS];

	for (unsigned spent = 0; n; n--) {
		while (!raw_peek(on, words)) {
			CHECK(spent < steps);
			spent += 1;
			advance(1);
		}
		on->cq_head++;
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_OK);
	}
	__atomic_store_n(&on->host_line[1], epoch_word(on) | on->cq_head, __ATOMIC_RELEASE);
	raw_credit(on, on->cq_head);
	return true;
}

/* What sq_event says, once the device is asleep. */
static bool armed_at(const struct raw_queue *on, uint32_t tail)
{
	uint64_t want = epoch_word(on) | tail;

	CHECK(raw_settle(dev));
	CHECK_EQUAL(__atomic_load_n(&on->device_line[2], __ATOMIC_ACQUIRE), want);
	return true;
}

static bool make_suppressed(uint32_t start, uint32_t mode)
{
	rung = 0;
	return make_mode(5, 5, start, 3, MODE_SUPPRESS | mode);
}

/* ---- arming ---- */

/* The queue is armed before ENABLE ends, from DISABLED and from DRAINED. */
static bool armed_by_enable(void)
{
	uint64_t epoch;

	CHECK(make_suppressed(0xfffffffe, 0));
	epoch = epoch_word(q);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[2], __ATOMIC_ACQUIRE), epoch | 0xfffffffe);
	publish(q, epoch, 5);
	CHECK_EQUAL(rung, 1); /* it is armed, so it is to be rung */
	CHECK(come_within(q, 5, SLACK));
	ring(q); /* before a DRAIN, without being asked */
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[2], __ATOMIC_ACQUIRE), epoch | 3);
	publish(q, epoch, 2);
	CHECK(come_within(q, 2, SLACK));
	return armed_at(q, 5);
}

/* A device that has found nothing new says where it stopped. */
static bool arms_when_done(void)
{
	uint64_t epoch;

	CHECK(make_suppressed(0xfff0, 0));
	epoch = epoch_word(q);
	for (unsigned i = 0; i < 30; i++) {
		publish(q, epoch, 1 + i % 4);
		CHECK(come_within(q, 1 + i % 4, SLACK));
		CHECK(armed_at(q, q->sq_tail));
	}
	CHECK_EQUAL(rung, 30); /* asleep each time, so rung each time */
	CHECK(state_is(q, PEAL_Q_ENABLED));
	return law_holds(q);
}

/* ---- without a doorbell ---- */

/* Nobody rings at all: the device looks again within SLEEP_STEPS. */
static bool looks_by_itself(void)
{
	uint64_t epoch;

	CHECK(make_suppressed(7, 0));
	epoch = epoch_word(q);
	for (unsigned i = 0; i < 20; i++) {
		push_nops(q, 2);
		advance(100 * i);
		tell(q, epoch);
		CHECK(come_within(q, 2, PEAL_SLEEP_STEPS + SLACK));
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID) + raw_get(q, PEAL_QREG_N_DB_REJECTED), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_TAIL), q->sq_tail);
	return state_is(q, PEAL_Q_ENABLED);
}

/*
 * New work at any moment of the device's going to sleep: it is rung or it is seen.
 * A wake-up that got lost would cost up to SLEEP_STEPS, and so be late now and then.
 */
static bool none_is_lost(void)
{
	unsigned tries = 400;
	uint64_t epoch;

	CHECK(make_suppressed(0xffffff00, 0));
	epoch = epoch_word(q);
	for (unsigned i = 0; i < tries; i++) {
		unsigned n = 1 + random64() % 3;

		advance(random64() % 64);
		publish(q, epoch, n);
		CHECK(come_within(q, n, PEAL_SLEEP_STEPS * 3 / 4));
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK(law_holds(q));
	printf("# %u of %u publications rang\n", rung, tries);
	return true;
}

/* A busy queue needs few doorbells, or none at all: what it is told of is found. */
static bool stream(void)
{
	unsigned told = 0, reaped = 0;
	uint64_t epoch;

	CHECK(make_suppressed(0x7fffffe0, 0));
	epoch = epoch_word(q);
	while (reaped < 600) {
		for (unsigned n = 1 + random64() % 4; n && told < 600 && told - reaped < 28; n--) {
			publish(q, epoch, 1);
			told++;
		}
		if (told == 600 || told - reaped >= 24) {
			CHECK(come_within(q, 8, PEAL_SLEEP_STEPS + SLACK));
			reaped += 8;
		}
		advance(random64() % 8);
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 600);
	printf("# %u of 600 publications rang\n", rung);
	return law_holds(q);
}

/*
 * Doorbell and host line at once, at every small delay: the tail that the device
 * read from the line may be older than the one it was rung for, and that is no error.
 */
static bool both_at_once(void)
{
	uint64_t epoch;

	CHECK(make_suppressed(0, 0));
	epoch = epoch_word(q);
	for (unsigned delay = 0; delay < 96; delay++) {
		push_nops(q, 1);
		tell(q, epoch);
		advance(delay);
		ring(q);
		push_nops(q, 1);
		tell(q, epoch);
		ring(q);
		CHECK(come_within(q, 2, PEAL_SLEEP_STEPS + SLACK));
		if (delay % 3 == 0)
			CHECK(raw_settle(dev));
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	return law_holds(q);
}

/* ---- what the host line must not say ---- */

/* A tail that is out of bounds ends the queue as a doorbell would. */
static bool wrong_tail(uint32_t distance)
{
	CHECK(again(q, 0xfffffffd, 0));
	drop_events();
	publish(q, epoch_word(q), 2);
	CHECK(come_within(q, 2, SLACK));
	CHECK(armed_at(q, 0xffffffff));
	q->host_line[0] = epoch_word(q) | (uint32_t)(0xffffffff + distance);
	advance(PEAL_SLEEP_STEPS + SLACK);
	CHECK(state_is(q, PEAL_Q_ERROR));
	CHECK(event_is(PEAL_EVENT_INVALID_DOORBELL, q, 0xffffffff + distance, 0xffffffff,
		       0xffffffff));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_TAIL), 0xffffffff);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 2);
	return true;
}

static bool wrong_tails(void)
{
	CHECK(make_suppressed(0, 0));
	return wrong_tail(33) && wrong_tail(0x80000000);
}

/* Line and doorbell may overtake each other: a tail behind the one that is known says nothing. */
static bool old_tails(void)
{
	uint64_t epoch;

	CHECK(make_suppressed(100, 0));
	epoch = epoch_word(q);
	publish(q, epoch, 4);
	CHECK(come_within(q, 4, PEAL_SLEEP_STEPS + SLACK));
	for (uint32_t back = 1; back < 40; back += 13) {
		q->host_line[0] = epoch | (uint32_t)(q->sq_tail - back);
		advance(PEAL_SLEEP_STEPS + SLACK);
		raw_doorbell(q, q->sq_tail - back);
		advance(SLACK);
		CHECK(state_is(q, PEAL_Q_ENABLED));
		CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_TAIL), q->sq_tail);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 4);
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	publish(q, epoch, 2);
	CHECK(come_within(q, 2, PEAL_SLEEP_STEPS + SLACK));
	CHECK(state_is(q, PEAL_Q_ENABLED));
	return law_holds(q);
}

/* A word of another life says nothing, whatever its tail. */
static bool another_epoch(void)
{
	uint64_t epoch;

	CHECK(make_suppressed(10, 0));
	epoch = epoch_word(q);
	push_nops(q, 2);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t other = epoch + ((i & 1 ? UINT64_C(1) : UINT64_MAX) << 32);

		q->host_line[0] = other | (i & 2 ? 12 : 5000);
		advance(2 * PEAL_SLEEP_STEPS + SLACK);
		CHECK(state_is(q, PEAL_Q_ENABLED));
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
	}
	tell(q, epoch);
	CHECK(come_within(q, 2, PEAL_SLEEP_STEPS + SLACK));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	return true;
}

/* A queue without SUPPRESS has a host line that nobody reads, and 0 in sq_event. */
static bool not_asked(void)
{
	CHECK(make(3, 3, 40, 0));
	CHECK(run_nops(q, 3));
	q->host_line[0] = epoch_word(q) | 5000;
	advance(3 * PEAL_SLEEP_STEPS);
	CHECK(run_nops(q, 3));
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[2], __ATOMIC_ACQUIRE), epoch_word(q));
	return true;
}

/* ---- with all else ---- */

/* A sleeping queue drains, is disabled, and is quiet then: it does not look again. */
static bool sleeper_ends(void)
{
	uint8_t *memory;

	CHECK(make_suppressed(0, 0));
	publish(q, epoch_word(q), 4);
	CHECK(come_within(q, 4, SLACK));
	CHECK(armed_at(q, 4));
	ring(q);
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	push_nops(q, 1);
	tell(q, epoch_word(q));
	advance(2 * PEAL_SLEEP_STEPS);
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 4);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	CHECK(come_within(q, 1, PEAL_SLEEP_STEPS + SLACK)); /* it was told before */
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	memory = peal_region_memory(q->memory);
	memset(memory, 0x5a, peal_region_bytes(q->memory));
	advance(3 * PEAL_SLEEP_STEPS);
	for (size_t i = 0; i < peal_region_bytes(q->memory); i++)
		CHECK_EQUAL(memory[i], 0x5a);
	return state_is(q, PEAL_Q_DISABLED);
}

/* Some queues sleep, others do not; a STOP ends one of them. */
static bool with_others(void)
{
	struct peal_desc d;
	uint64_t epoch;

	CHECK(make_suppressed(0, 0) && make(4, 4, 0, 0) && make_mode(4, 4, 9, 0, MODE_SUPPRESS));
	epoch = epoch_word(&queues[2]);
	for (unsigned i = 0; i < 40; i++) {
		CHECK(run_nops(&queues[1], 3));
		publish(&queues[2], epoch, 2);
		CHECK(come_within(&queues[2], 2, SLACK));
		if (i % 8 == 0) {
			publish(q, epoch_word(q), 1);
			CHECK(come_within(q, 1, SLACK));
		}
	}
	peal_prep_stop(&d, 0);
	push(q, &d);
	tell(q, epoch_word(q));
	ring(q);
	CHECK(take(q, q->sq_tail - 1, PEAL_ST_STOPPED, NULL));
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK(state_is(&queues[1], PEAL_Q_ENABLED) && state_is(&queues[2], PEAL_Q_ENABLED));
	return law_holds(q) && law_holds(&queues[1]) && law_holds(&queues[2]);
}

/* ---- running ---- */

#define NEEDS (PEAL_CAP_INDEXED | PEAL_CAP_SUPPRESS)

static const struct raw_test tests[] = {
	{ "suppress: armed before ENABLE ends", armed_by_enable, NEEDS },
	{ "suppress: armed at its tail when all is done", arms_when_done, NEEDS },
	{ "suppress: looks by itself within SLEEP_STEPS", looks_by_itself, NEEDS },
	{ "suppress: no publication is lost on the way to sleep", none_is_lost, NEEDS },
	{ "suppress: a stream", stream, NEEDS },
	{ "suppress: doorbell and host line at once", both_at_once, NEEDS },
	{ "suppress: a tail out of bounds in the host line", wrong_tails, NEEDS },
	{ "suppress: a tail that something overtook says nothing", old_tails, NEEDS },
	{ "suppress: a word of another epoch", another_epoch, NEEDS },
	{ "suppress: nobody reads the line of a queue without it", not_asked, 0 },
	{ "suppress: DRAIN and DISABLE of a sleeping queue", sleeper_ends, NEEDS },
	{ "suppress: beside other queues", with_others, NEEDS },
};

int main(int argc, char **argv)
{
	const char *given = getenv("PEAL_SEED");

	state = given ? strtoull(given, NULL, 0) : 1;
	printf("# PEAL_SEED=%llu\n", (unsigned long long)state);
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
