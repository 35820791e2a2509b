/* SPDX-License-Identifier: MIT */
/*
 * polled.c - polled publication (contract C5.11, C7.26): the slots themselves say
 * what is published.
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

static const struct raw_test tests[] = {
	{ "polled: taken without a doorbell, across 2^32", no_doorbell, NEEDS },
	{ "polled: a wrong tag is not yet published, in each word", not_yet, NEEDS },
	{ "polled: the words of a slot in any order", any_order, NEEDS },
	{ "polled: the value of a doorbell says nothing", wild_doorbells, NEEDS },
	{ "polled: DRAIN takes what is published", drain_takes_all, NEEDS },
	{ "polled: nobody looks at the slots of a queue that is down", down_is_down, NEEDS },
};

int main(int argc, char **argv)
{
	const char *seed = getenv("PEAL_SEED");

	random_state = seed ? (uint32_t)strtoul(seed, NULL, 0) : 1;
	printf("# PEAL_SEED=%u\n", random_state);
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
