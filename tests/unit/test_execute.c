/* SPDX-License-Identifier: MIT */
/* test_execute.c - memory operations against loops over bytes, at random places. */
#include "unit.h"

#define BYTES 20000

struct bench {
	struct peal_device *dev;
	struct peal_queue *q;
	struct peal_region *a, *b;
	uint8_t *pa, *pb, *model; /* model: what b should hold */
};

static int set_up(void **state)
{
	struct bench *t = calloc(1, sizeof(*t));
	struct peal_region_opts o = { .bytes = BYTES };

	t->dev = unit_ref();
	t->q = unit_queue(t->dev, NULL);
	t->model = malloc(BYTES);
	o.bus_skew = (uint16_t)unit_below(4096);
	assert_int_equal(peal_region_alloc(t->dev, &o, &t->a), 0);
	o.bus_skew = (uint16_t)unit_below(4096);
	assert_int_equal(peal_region_alloc(t->dev, &o, &t->b), 0);
	t->pa = peal_region_memory(t->a);
	t->pb = peal_region_memory(t->b);
	unit_fill(t->pa, BYTES);
	unit_fill(t->pb, BYTES);
	memcpy(t->model, t->pb, BYTES);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *t = *state;

	peal_close(t->dev);
	free(t->model);
	free(t);
	return 0;
}

struct place {
	uint64_t a, b;
	uint32_t n;
};

/* Short ones, long ones over several pieces, and ones that end with the region. */
static struct place somewhere(void)
{
	struct place p = { unit_below(BYTES), unit_below(BYTES), 0 };
	uint64_t far = p.a > p.b ? p.a : p.b;
	uint64_t room = BYTES - far;

	switch (unit_below(3)) {
	case 0: p.n = (uint32_t)unit_below(room < 64 ? room + 1 : 64); break;
	case 1: p.n = (uint32_t)room; break;
	default: p.n = (uint32_t)unit_below(room + 1);
	}
	return p;
}

static void is(struct bench *t, const struct peal_desc *d, enum peal_status status, uint64_t result)
{
	unit_is(unit_do(t->q, d), status, result);
	assert_memory_equal(t->pb, t->model, BYTES);
}

static void test_copy(void **state)
{
	struct bench *t = *state;
	struct peal_desc d;

	for (int i = 0; i < 300; i++) {
		struct place p = somewhere();

		memcpy(t->model + p.b, t->pa + p.a, p.n);
		peal_prep_copy(&d, 1, peal_at(t->a, p.a), peal_at(t->b, p.b), p.n);
		is(t, &d, PEAL_ST_OK, p.n);
	}
}

static void test_fill(void **state)
{
	struct bench *t = *state;
	struct peal_desc d;

	for (int i = 0; i < 300; i++) {
		struct place p = somewhere();
		uint32_t pattern = (uint32_t)unit_random();

		for (uint32_t j = 0; j < p.n; j++)
			t->model[p.b + j] = (uint8_t)(pattern >> 8 * (j % 4));
		peal_prep_fill(&d, 1, peal_at(t->b, p.b), p.n, pattern);
		is(t, &d, PEAL_ST_OK, p.n);
	}
}

static void test_crc32c(void **state)
{
	struct bench *t = *state;
	struct peal_desc d;

	for (int i = 0; i < 300; i++) {
		struct place p = somewhere();
		uint32_t seed = (uint32_t)unit_random();

		peal_prep_crc32c(&d, 1, peal_at(t->a, p.a), p.n, seed);
		is(t, &d, PEAL_ST_OK, peal_crc32c(seed, t->pa + p.a, p.n));
		memcpy(t->model + p.b, t->pa + p.a, p.n);
		peal_prep_copy_crc(&d, 1, peal_at(t->a, p.a), peal_at(t->b, p.b), p.n, seed);
		is(t, &d, PEAL_ST_OK, peal_crc32c(seed, t->pa + p.a, p.n));
	}
}

static void test_compare(void **state)
{
	struct bench *t = *state;
	struct peal_desc d;

	for (int i = 0; i < 300; i++) {
		struct place p = somewhere();
		uint64_t first = unit_below(p.n + 1u);

		memcpy(t->pb + p.b, t->pa + p.a, p.n);
		peal_prep_compare(&d, 1, peal_at(t->a, p.a), peal_at(t->b, p.b), p.n);
		unit_is(unit_do(t->q, &d), PEAL_ST_OK, 0);
		if (!p.n || first == p.n)
			continue;
		t->pb[p.b + first] ^= 0x40;
		t->pb[p.b + p.n - 1] ^= 0x80;
		unit_is(unit_do(t->q, &d), PEAL_ST_MISCOMPARE, 1 + first);
	}
}

static void test_control(void **state)
{
	struct bench *t = *state;
	struct peal_desc d;

	memcpy(t->model, t->pb, BYTES);
	for (int i = 0; i < 50; i++) {
		uint64_t w[5], x = 0;

		for (int k = 0; k < 5; k++)
			x ^= w[k] = unit_random();
		peal_prep_echo(&d, 1, w);
		is(t, &d, PEAL_ST_OK, x & PEAL_PAYLOAD_MASK);
	}
	peal_prep_nop(&d, 1);
	peal_desc_actor(&d, 0xabcdef);
	peal_desc_flags(&d, PEAL_FLAG_RELAX_ACQ | PEAL_FLAG_RELAX_REL);
	is(t, &d, PEAL_ST_OK, 0);
}

/* A long COPY goes in pieces: a short one on another queue is not kept waiting. */
static void test_long_ones_yield(void **state)
{
	struct peal_device *dev = unit_open("ref", &(struct peal_open_opts){ .quantum = 1 });
	struct peal_queue *longs = unit_queue(dev, NULL), *shorts = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 8 << 20);
	struct peal_completion c;
	struct peal_desc d;

	(void)state;
	peal_prep_copy(&d, 1, peal_at(r, 0), peal_at(r, 4 << 20), 4 << 20);
	assert_int_equal(peal_submit(longs, &d, 1), 1);
	peal_prep_nop(&d, 2);
	assert_int_equal(peal_submit(shorts, &d, 1), 1);
	assert_int_equal(peal_advance(dev, 2), 1);
	assert_int_equal(peal_poll(shorts, &c, 1), 1);
	assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_N_IN_FLIGHT)), 1);
	assert_int_equal(peal_advance(dev, 1000), 1);
	assert_int_equal(peal_wait(longs, &c, 1, SECOND), 1);
	unit_is(c, PEAL_ST_OK, 4 << 20);
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),	cmocka_unit_test(test_fill),
		cmocka_unit_test(test_crc32c),	cmocka_unit_test(test_compare),
		cmocka_unit_test(test_control), cmocka_unit_test(test_long_ones_yield),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
