/* SPDX-License-Identifier: MIT */
/*
 * test_rollout.c - records: the worked example of docs/contract.md, a random
 * walk against a model written from the contract's text, and one operation a
 * record at a time.
 */
#include "unit.h"

#define ROOM 5000 /* tokens */

struct bench {
	struct peal_device *dev;
	struct peal_queue *q;
	struct peal_region *r;
	struct peal_record *record; /* at offset 0 */
	uint32_t *tokens;	    /* at offset 64 */
};

static int set_up(void **state)
{
	struct bench *t = calloc(1, sizeof(*t));

	t->dev = unit_open("ref", &(struct peal_open_opts){ .quantum = 1 });
	t->q = unit_queue(t->dev, NULL);
	t->r = unit_region(t->dev, 64 + 4 * ROOM);
	t->record = peal_region_memory(t->r);
	t->tokens = (uint32_t *)(void *)(t->record + 1);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *t = *state;

	peal_close(t->dev);
	free(t);
	return 0;
}

static struct peal_completion prefill(struct bench *t, uint32_t bytes)
{
	struct peal_desc d;

	peal_prep_prefill(&d, 1, peal_at(t->r, 0), peal_at(t->r, 64), bytes);
	return unit_do(t->q, &d);
}

static struct peal_completion decode(struct bench *t, uint32_t most)
{
	struct peal_desc d;

	peal_prep_decode(&d, 1, peal_at(t->r, 0), peal_at(t->r, 64), most);
	return unit_do(t->q, &d);
}

static struct peal_completion reward(struct bench *t, uint32_t bytes, bool finish)
{
	struct peal_desc d;

	peal_prep_reward(&d, 1, peal_at(t->r, 0), peal_at(t->r, 64), bytes, finish);
	return unit_do(t->q, &d);
}

static void test_worked_example(void **state)
{
	static const uint32_t first[] = { 0x1983e, 0xfae8, 0x1236, 0x194d9 };
	static const uint32_t second[] = { 0x11edb, 0x1946d, 0x1ac50, 0x62d4 };
	struct bench *t = *state;

	memset(t->record, 0, 64);
	t->record->MAX_TOKENS = 8;
	t->record->REWARD_BOUNDARY = 4;
	memset(t->tokens, 0, 64);
	unit_is(prefill(t, 32), PEAL_ST_OK, 8);
	assert_int_equal(t->record->SEED, 0x8a9136aa);
	t->tokens[4] = 0x55;
	unit_is(decode(t, 6), PEAL_ST_REWARD_NEEDED, UINT64_C(0xc0000004));
	assert_memory_equal(t->tokens, first, 16);
	assert_int_equal(t->tokens[4], 0x55);
	assert_int_equal(t->record->STATE, PEAL_R_REWARD_PENDING);
	unit_is(reward(t, 16, false), PEAL_ST_OK, 0x23a35);
	assert_int_equal(t->record->STATE, PEAL_R_DECODING);
	unit_is(decode(t, 6), PEAL_ST_OK, UINT64_C(0x100000004));
	assert_memory_equal(t->tokens, second, 16);
	unit_is(reward(t, 16, true), PEAL_ST_OK, 0x1c26c);
	assert_int_equal(t->record->REWARD, 0x3fca1);
	assert_int_equal(t->record->REWARDS, 2);
	assert_int_equal(t->record->STATE, PEAL_R_DONE);
}

/* ---- a model, from C4.12 to C4.19 ------------------------------------------------------- */

static uint32_t token(uint32_t seed, uint32_t i)
{
	uint32_t x = seed + (i + 1) * 0x9e3779b9u;

	x = x ^ (x >> 16);
	x = x * 0x21f0aaadu;
	x = x ^ (x >> 15);
	x = x * 0x735a2d97u;
	x = x ^ (x >> 15);
	return x >> 15;
}

static bool model_prefill(struct peal_record *r, const uint32_t *at, uint32_t n, uint64_t *result)
{
	if (r->STATE != 0 || !r->MAX_TOKENS || r->MAX_TOKENS > PEAL_TOKENS_MAX)
		return false;
	r->CONTEXT_TOKENS = n;
	r->TOKENS = r->SINCE_REWARD = r->REWARD = r->REWARDS = 0;
	r->SEED = peal_crc32c(0, at, 4 * (size_t)n);
	r->STATE = 1;
	*result = n;
	return true;
}

static bool model_decode(struct peal_record *r, uint32_t *at, uint32_t most, uint64_t *result,
			 bool *needed)
{
	uint32_t n = most;

	if ((r->STATE != 1 && r->STATE != 2) || r->TOKENS >= r->MAX_TOKENS ||
	    (r->REWARD_BOUNDARY && r->SINCE_REWARD >= r->REWARD_BOUNDARY))
		return false;
	if (n > r->MAX_TOKENS - r->TOKENS)
		n = r->MAX_TOKENS - r->TOKENS;
	if (r->REWARD_BOUNDARY && n > r->REWARD_BOUNDARY - r->SINCE_REWARD)
		n = r->REWARD_BOUNDARY - r->SINCE_REWARD;
	for (uint32_t i = 0; i < n; i++)
		at[i] = token(r->SEED, r->TOKENS + i);
	r->TOKENS += n;
	r->SINCE_REWARD += n;
	r->STATE = r->TOKENS == r->MAX_TOKENS					 ? 4
		   : r->REWARD_BOUNDARY && r->SINCE_REWARD == r->REWARD_BOUNDARY ? 3
										 : 2;
	*needed = r->STATE == 3;
	*result = n | (uint64_t)((r->CONTEXT_TOKENS + r->TOKENS) & 0xfffffff) << 28;
	return true;
}

static bool model_reward(struct peal_record *r, const uint32_t *at, uint32_t n, bool finish,
			 uint64_t *result)
{
	uint32_t sum = 0;

	if (r->STATE != 3 && r->STATE != 4)
		return false;
	for (uint32_t i = 0; i < n; i++)
		sum += at[i] & 0xffff;
	r->REWARD += sum;
	r->REWARDS++;
	if (r->STATE == 4) {
		r->STATE = 5;
	} else {
		r->SINCE_REWARD = 0;
		r->STATE = finish ? 4 : 2;
	}
	*result = sum;
	return true;
}

static void test_random_walk(void **state)
{
	static uint32_t tokens[ROOM];
	struct bench *t = *state;
	struct peal_record model;

	for (int i = 0; i < 3000; i++) {
		uint32_t n = 1 + (uint32_t)unit_below(unit_below(4) ? 50 : ROOM);
		bool finish = unit_below(2), ok, needed = false;
		struct peal_completion c;
		uint64_t result;

		if (!unit_below(10) || t->record->STATE > 5) {
			unit_fill(t->record, 64);
			t->record->STATE = (uint32_t)unit_below(7);
			t->record->MAX_TOKENS = (uint32_t)unit_below(300);
			t->record->REWARD_BOUNDARY = (uint32_t)unit_below(40);
			t->record->TOKENS = (uint32_t)unit_below(320);
			t->record->SINCE_REWARD = (uint32_t)unit_below(45);
		}
		model = *t->record;
		memcpy(tokens, t->tokens, sizeof(tokens));
		switch (unit_below(6)) {
		case 0:
			ok = model_prefill(&model, tokens, n, &result);
			c = prefill(t, 4 * n);
			break;
		case 1:
			ok = model_reward(&model, tokens, n, finish, &result);
			c = reward(t, 4 * n, finish);
			break;
		default: ok = model_decode(&model, tokens, n, &result, &needed); c = decode(t, n);
		}
		if (!ok)
			unit_is(c, PEAL_ST_BAD_STATE, model.STATE);
		else
			unit_is(c, needed ? PEAL_ST_REWARD_NEEDED : PEAL_ST_OK, result);
		assert_memory_equal(t->record, &model, 64);
		assert_memory_equal(t->tokens, tokens, sizeof(tokens));
	}
}

/* The sequence length is modulo 2^28, and sums wrap at 2^32. */
static void test_wrapping(void **state)
{
	struct bench *t = *state;

	memset(t->record, 0, 64);
	t->record->STATE = PEAL_R_DECODING;
	t->record->MAX_TOKENS = 100;
	t->record->TOKENS = 90;
	t->record->CONTEXT_TOKENS = 0xfffffff0;
	unit_is(decode(t, 5), PEAL_ST_OK, 5 | (uint64_t)(95 - 16) << 28);
	t->record->STATE = PEAL_R_TRAJECTORY_READY;
	t->record->REWARD = 0xffffffff;
	t->tokens[0] = 0xffff0003;
	unit_is(reward(t, 4, false), PEAL_ST_OK, 3);
	assert_int_equal(t->record->REWARD, 2);
	assert_int_equal(t->record->STATE, PEAL_R_DONE);
}

/* Two queues, one record: whichever comes second waits for the first. */
static void test_one_at_a_time(void **state)
{
	struct bench *t = *state;
	struct peal_queue *other = unit_queue(t->dev, NULL);
	struct peal_completion c[2];
	struct peal_desc d[2];
	uint64_t first = 2000 | (uint64_t)2001 << 28, second = 2000 | (uint64_t)4001 << 28;

	memset(t->record, 0, 64);
	t->record->MAX_TOKENS = 4000;
	unit_is(prefill(t, 4), PEAL_ST_OK, 1);
	peal_prep_decode(&d[0], 1, peal_at(t->r, 0), peal_at(t->r, 64), 2000);
	peal_prep_decode(&d[1], 2, peal_at(t->r, 0), peal_at(t->r, 64 + 8000), 2000);
	assert_int_equal(peal_submit(t->q, &d[0], 1), 1);
	assert_int_equal(peal_submit(other, &d[1], 1), 1);
	assert_int_equal(peal_advance(t->dev, 2), 1);
	assert_int_equal(unit_read(t->dev, unit_qreg(0, PEAL_QREG_N_IN_FLIGHT)), 1);
	assert_int_equal(unit_read(t->dev, unit_qreg(1, PEAL_QREG_N_IN_FLIGHT)), 1);
	assert_int_equal(t->record->TOKENS, 0);
	assert_int_equal(peal_wait(other, &c[1], 1, SECOND), 1);
	assert_int_equal(peal_wait(t->q, &c[0], 1, SECOND), 1);
	assert_int_equal(c[0].result ^ c[1].result, first ^ second);
	unit_is(c[0], PEAL_ST_OK, c[0].result == first ? first : second);
	assert_int_equal(t->record->TOKENS, 4000);
	/* The second one's tokens go on where the first one's end. */
	assert_int_equal(t->tokens[c[0].result == first ? 3999 : 1999],
			 token(t->record->SEED, 3999));
	peal_queue_destroy(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked_example),
		cmocka_unit_test(test_random_walk),
		cmocka_unit_test(test_wrapping),
		cmocka_unit_test(test_one_at_a_time),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
