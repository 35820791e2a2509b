/* SPDX-License-Identifier: MIT */
/*
 * order.c - the orders of a queue, fences, and rollouts.
 *
 *	order [-p PARAMS] DEVICE
 *
 * What is checked is what is guaranteed: final bytes where something orders, sets
 * of completions where nothing does. Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

/* ---- order ---- */

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

/* ---- chains: each copy reads what the one before wrote ---- */

#define LINKS 6
#define LINK_BYTES 20480
#define CHAINS 3

static const uint32_t lengths[] = { 1, 64, 200, 4096, 4097, LINK_BYTES };

/* Byte j of the source of chain `c` in round `round`. */
static uint8_t seed_byte(unsigned c, unsigned round, uint32_t j)
{
	return (uint8_t)(131 * j + 17 * (j >> 8) + 59 * c + 7 * round + 1);
}

static uint64_t place(unsigned c, unsigned link)
{
	return ((uint64_t)c * (LINKS + 1) + link) * LINK_BYTES;
}

static void fill_sources(struct peal_region *r, unsigned chains, unsigned round)
{
	uint8_t *p = peal_region_memory(r);

	memset(p, 0, peal_region_bytes(r));
	for (unsigned c = 0; c < chains; c++)
		for (uint32_t j = 0; j < LINK_BYTES; j++)
			p[place(c, 0) + j] = seed_byte(c, round, j);
}

/* The last link of a chain has the bytes of the first, and nothing behind them. */
static bool source_arrived(struct peal_region *r, unsigned c, unsigned round, uint32_t bytes)
{
	const uint8_t *p = peal_region_memory(r);

	for (uint32_t j = 0; j < LINK_BYTES; j++)
		CHECK_EQUAL(p[place(c, LINKS) + j], j < bytes ? seed_byte(c, round, j) : 0);
	return true;
}

static void link_of(struct peal_desc *d, struct peal_region *r, unsigned c, unsigned link,
		    uint32_t bytes, uint16_t flags)
{
	peal_prep_copy(d, c << 8 | link, peal_at(r, place(c, link)), peal_at(r, place(c, link + 1)),
		       bytes);
	peal_desc_actor(d, 100 + c);
	if (flags)
		peal_desc_flags(d, flags);
}

/* All completions of what was pushed, each once and OK. */
static bool all_ok(unsigned n)
{
	struct outcomes o = { .first = q->sq_tail - n };

	ring(q);
	CHECK(take_any(q, &o, n, n));
	for (unsigned i = 0; i < n; i++)
		CHECK_EQUAL(o.status[i], PEAL_ST_OK);
	return true;
}

/* One chain; `flags` of each link, or of every second one. */
static bool chain(struct peal_region *r, uint16_t even, uint16_t odd, unsigned round)
{
	struct peal_desc d;

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		fill_sources(r, 1, round + i);
		for (unsigned link = 0; link < LINKS; link++) {
			link_of(&d, r, 0, link, lengths[i], link & 1 ? odd : even);
			peal_desc_actor(&d, link); /* the fence holds across actors */
			push(q, &d);
		}
		CHECK(all_ok(LINKS));
		CHECK(source_arrived(r, 0, round + i, lengths[i]));
	}
	return true;
}

/* A barrier between each two links, in a descriptor of its own. */
static bool barriers(struct peal_region *r)
{
	struct peal_desc d;

	for (unsigned i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		fill_sources(r, 1, i);
		for (unsigned link = 0; link < LINKS; link++) {
			link_of(&d, r, 0, link, lengths[i], 0);
			push(q, &d);
			peal_prep_nop(&d, link);
			peal_desc_flags(&d, PEAL_FLAG_FENCE);
			push(q, &d);
		}
		CHECK(all_ok(2 * LINKS));
		CHECK(source_arrived(r, 0, i, lengths[i]));
	}
	return true;
}

static bool fences(uint32_t mode)
{
	struct peal_region *r = region(place(CHAINS, 0));

	CHECK(r && make_mode(5, 5, 0xfffffff0, 3, mode));
	CHECK(chain(r, PEAL_FLAG_FENCE, PEAL_FLAG_FENCE, 0));
	CHECK(chain(r, 0, PEAL_FLAG_FENCE, 1)); /* behind a fence as well as before it */
	CHECK(chain(r, PEAL_FLAG_FENCE, 0, 2));
	CHECK(barriers(r));
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

static bool fences_fifo(void)
{
	return fences(0);
}

static bool fences_actor(void)
{
	return fences(MODE_ACTOR);
}

static bool fences_none(void)
{
	return fences(MODE_NONE | MODE_FENCES);
}

/* Bit 9 means something in order NONE only. */
static bool fences_unasked(void)
{
	return fences(MODE_FENCES) && (clean_up(), fences(MODE_ACTOR | MODE_FENCES));
}

/* Not a fence of its own, and none for what stands around it: all of it completes. */
static bool bad_fence(void)
{
	struct peal_desc d;

	CHECK(make(4, 4, 0, 0));
	for (unsigned i = 0; i < 12; i++) {
		peal_prep_nop(&d, i);
		if (i % 3 == 1) {
			peal_desc_flags(&d, PEAL_FLAG_FENCE);
			d.w[5] = 1;
		}
		push(q, &d);
	}
	ring(q);
	for (unsigned i = 0; i < 12; i++)
		CHECK(take(q, i, i % 3 == 1 ? PEAL_ST_RESERVED : PEAL_ST_OK, NULL));
	return state_is(q, PEAL_Q_ENABLED);
}

static bool nones_fence(void)
{
	struct peal_desc d;
	uint64_t result;

	CHECK(make_mode(3, 3, 0, 0, MODE_NONE));
	peal_prep_nop(&d, 1);
	peal_desc_flags(&d, PEAL_FLAG_FENCE);
	push(q, &d);
	ring(q);
	CHECK(take(q, 0, PEAL_ST_BAD_FLAGS, &result));
	CHECK_EQUAL(result, PEAL_FLAG_FENCE);
	peal_desc_flags(&d, PEAL_FLAG_FENCE | PEAL_FLAG_EVENT | 1 << 15);
	push(q, &d);
	ring(q);
	CHECK(take(q, 1, PEAL_ST_BAD_FLAGS, &result));
	CHECK_EQUAL(result, PEAL_FLAG_FENCE | 1 << 15);
	return true;
}

/* ---- actors ---- */

/* Several chains at once, an actor each, their links mixed; and others that no actor holds up. */
static bool actors(void)
{
	struct peal_region *r = region(place(CHAINS, 0));
	struct peal_desc d;

	CHECK(r && make_mode(5, 5, 0x7ffffff0, 3, MODE_ACTOR));
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		fill_sources(r, CHAINS, i);
		for (unsigned link = 0; link < LINKS; link++) {
			for (unsigned c = 0; c < CHAINS; c++) {
				link_of(&d, r, c, link, lengths[(i + c) % 2 ? i : 0], 0);
				push(q, &d);
			}
			peal_prep_nop(&d, link);
			peal_desc_actor(&d, 100 + link % CHAINS);
			push(q, &d);
		}
		ring(q);
		for (uint32_t k = 0; k < LINKS * (CHAINS + 1); k++)
			CHECK(take(q, q->sq_tail - LINKS * (CHAINS + 1) + k, PEAL_ST_OK, NULL));
		raw_credit(q, q->cq_head);
		for (unsigned c = 0; c < CHAINS; c++)
			CHECK(source_arrived(r, c, i, lengths[(i + c) % 2 ? i : 0]));
	}
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

/* An actor goes on behind an error of its own, and completions still come in SQ order. */
static bool actor_errors(void)
{
	struct peal_region *r = region(BIG);
	struct peal_desc d;

	CHECK(r && make_mode(5, 5, 0, 0, MODE_ACTOR));
	for (uint32_t i = 0; i < 24; i++) {
		if (i % 4 == 0)
			peal_prep_copy(&d, i, peal_at(r, 0), peal_at(r, BIG / 2 + 8192 * i), 8192);
		else if (i % 4 == 3)
			peal_prep_copy(&d, i, peal_at(r, BIG), peal_at(r, 0), 1);
		else
			peal_prep_nop(&d, i);
		peal_desc_actor(&d, i % 3);
		push(q, &d);
	}
	ring(q);
	for (uint32_t i = 0; i < 24; i++)
		CHECK(take(q, i, i % 4 == 3 ? PEAL_ST_RANGE : PEAL_ST_OK, NULL));
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

/* ---- order NONE ---- */

#define MIX 24

static uint32_t mix_status(unsigned i)
{
	return i % 4 == 3 ? PEAL_ST_RANGE : PEAL_ST_OK;
}

/* Long ones, short ones and wrong ones, all of them apart from each other. */
static void push_mix(struct peal_region *r, uint16_t flags)
{
	struct peal_desc d;

	for (unsigned i = 0; i < MIX; i++) {
		if (i % 4 == 0)
			peal_prep_copy(&d, i, peal_at(r, 0), peal_at(r, BIG / 2 + 16384 * i),
				       16384);
		else if (i % 4 == 3)
			peal_prep_copy(&d, i, peal_at(r, BIG), peal_at(r, 0), 1);
		else
			peal_prep_echo(&d, i, (uint64_t[5]){ i });
		if (flags)
			peal_desc_flags(&d, flags);
		push(q, &d);
	}
	ring(q);
}

/* A set of completions in a CQ that is smaller than it: each index once, with its own answer. */
static bool none_is_a_set(void)
{
	struct peal_region *r = region(BIG);

	CHECK(r && make_mode(5, 3, 0xfffffff0, 0xfffffffd, MODE_NONE));
	for (unsigned round = 0; round < 4; round++) {
		struct outcomes o = { .first = q->sq_tail };

		push_mix(r, 0);
		CHECK(take_any(q, &o, MIX, MIX));
		for (unsigned i = 0; i < MIX; i++) {
			CHECK_EQUAL(o.status[i], mix_status(i));
			if (i % 4 == 1 || i % 4 == 2)
				CHECK_EQUAL(o.result[i], i);
		}
	}
	CHECK(state_is(q, PEAL_Q_ENABLED));
	CHECK(law_holds(q));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), q->sq_tail);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 4 * MIX);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_CQ_TAIL), q->cq_head);
	CHECK(!peal_region_unmap(r));
	return true;
}

/* A STOP among long ones: nothing behind it is accepted, all before it completes. */
static bool none_stops(void)
{
	struct peal_region *r = region(BIG);
	struct outcomes o = { .first = 0 };
	struct peal_desc d;

	CHECK(r && make_mode(6, 6, 0, 0, MODE_NONE));
	push_mix(r, 0);
	peal_prep_stop(&d, MIX);
	push(q, &d);
	push_nops(q, 5);
	ring(q);
	CHECK(take_any(q, &o, MIX + 1, MIX + 1));
	CHECK_EQUAL(o.status[MIX], PEAL_ST_STOPPED);
	CHECK_EQUAL(o.result[MIX], MIX);
	CHECK(state_is(q, PEAL_Q_DRAINED));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), MIX + 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), MIX + 1);
	CHECK(!peal_region_unmap(r));
	return true;
}

/* A record is in queue order in every order: its operations cannot overtake each other. */
static bool none_rollout(void)
{
	struct peal_region *r = region(4096);
	struct outcomes o = { .first = 0 };
	struct peal_record *record;
	struct peal_desc d;

	CHECK(r && make_mode(5, 5, 0, 0, MODE_NONE));
	record = peal_region_memory(r);
	record->MAX_TOKENS = 10;
	peal_prep_prefill(&d, 0, peal_at(r, 0), peal_at(r, 1024), 512);
	push(q, &d);
	for (unsigned i = 1; i <= 10; i++) {
		peal_prep_decode(&d, i, peal_at(r, 0), peal_at(r, 2048 + 4 * i), 1);
		push(q, &d);
		push_nops(q, 1);
	}
	ring(q);
	CHECK(take_any(q, &o, 21, 21));
	for (unsigned i = 0; i < 21; i++)
		CHECK_EQUAL(o.status[i], PEAL_ST_OK);
	for (unsigned i = 1; i <= 10; i++) /* tokens so far: the i-th DECODE was the i-th */
		CHECK_EQUAL(o.result[2 * i - 1], 1 | (uint64_t)(128 + i) << 28);
	CHECK_EQUAL(record->STATE, PEAL_R_TRAJECTORY_READY);
	CHECK_EQUAL(record->TOKENS, 10);
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	return true;
}

/* ---- running ---- */

static const struct raw_test tests[] = {
	{ "order: completions in SQ order, errors too", fifo, 0 },
	{ "order: a stalled queue stops no other", stalled_queue, 0 },
	{ "order: a long operation yields", long_yields, 0 },
	{ "fence: chains of copies in FIFO", fences_fifo, PEAL_CAP_FENCE },
	{ "fence: chains of copies in ACTOR", fences_actor, PEAL_CAP_FENCE | PEAL_CAP_ACTOR },
	{ "fence: chains of copies in NONE with FENCES", fences_none,
	  PEAL_CAP_FENCE | PEAL_CAP_NONE },
	{ "fence: FENCES has no effect in other orders", fences_unasked,
	  PEAL_CAP_FENCE | PEAL_CAP_ACTOR },
	{ "fence: one that fails a check is an ordinary error", bad_fence, PEAL_CAP_FENCE },
	{ "fence: refused in NONE without FENCES", nones_fence, PEAL_CAP_NONE },
	{ "actor: a chain an actor, mixed with others", actors, PEAL_CAP_ACTOR },
	{ "actor: completions in SQ order, errors too", actor_errors, PEAL_CAP_ACTOR },
	{ "none: each completion once, in a small CQ", none_is_a_set, PEAL_CAP_NONE },
	{ "none: nothing is accepted behind a STOP", none_stops, PEAL_CAP_NONE },
	{ "none: one record, in queue order", none_rollout, PEAL_CAP_NONE },
	{ "rollouts: the worked example in one doorbell", rollout_chain, 0 },
	{ "rollouts: one record, two queues", rollout_shared, 0 },
};

int main(int argc, char **argv)
{
	return run_tests(argc, argv, tests, sizeof(tests) / sizeof(*tests));
}
