/* SPDX-License-Identifier: MIT */
/*
 * test_checks.c - malformed descriptors: each status with its result, and which
 * one wins when two things are wrong.
 */
#include "unit.h"

struct bench {
	struct peal_device *dev;
	struct peal_queue *q;
	struct peal_region *rw, *ro, *wo, *foreign, *odd;
};

static struct peal_region *region(struct peal_device *dev, uint32_t access, uint16_t tenant,
				  uint16_t skew)
{
	struct peal_region_opts o = {
		.bytes = 1024, .access = access, .tenant = tenant, .bus_skew = skew
	};
	struct peal_region *r;

	assert_int_equal(peal_region_alloc(dev, &o, &r), 0);
	return r;
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->dev = unit_ref();
	b->q = unit_queue(b->dev, &(struct peal_queue_opts){ .tenant = 7 });
	b->rw = region(b->dev, 0, 7, 0);
	b->ro = region(b->dev, PEAL_ACCESS_READ, 7, 0);
	b->wo = region(b->dev, PEAL_ACCESS_WRITE, 7, 0);
	b->foreign = region(b->dev, 0, 8, 0);
	b->odd = region(b->dev, 0, 7, 2);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	peal_close(b->dev);
	free(b);
	return 0;
}

static void is(struct bench *b, const struct peal_desc *d, enum peal_status status, uint64_t result)
{
	unit_is(unit_do(b->q, d), status, result);
}

static void test_opcode(void **state)
{
	struct bench *b = *state;

	for (uint64_t op = 0; op < 256; op++) {
		struct peal_desc d = { { op, 1 } };
		bool known = op <= 1 || op == 0xf || (op >= 0x10 && op <= 0x14) ||
			     (op >= 0x20 && op <= 0x22);

		if (!known)
			is(b, &d, PEAL_ST_BAD_OPCODE, op);
	}
}

static void test_flags(void **state)
{
	struct bench *b = *state;
	struct peal_desc d;

	for (unsigned bit = 0; bit < 16; bit++) {
		if (1u << bit == PEAL_FLAG_SILENT) /* a success of it has no completion */
			continue;
		peal_prep_nop(&d, 1);
		peal_desc_flags(&d, 1u << bit);
		if (PEAL_FLAGS_V1 >> bit & 1)
			is(b, &d, PEAL_ST_OK, 0);
		else
			is(b, &d, PEAL_ST_BAD_FLAGS, 1u << bit);
	}
	peal_prep_nop(&d, 1);
	peal_desc_flags(&d, 0xffff);
	is(b, &d, PEAL_ST_BAD_FLAGS, 0xffc0);
}

/* Bits of w0 to w7 that must be zero, by operation: from the table in docs/contract.md. */
#define ALL PEAL_PAYLOAD_MASK
#define LO32 UINT64_C(0xffffffff)
static const struct {
	uint8_t op;
	uint64_t used[5];
} uses[] = {
	{ 0x00, { 0, 0, 0, 0, 0 } },	     { 0x01, { ALL, ALL, ALL, ALL, ALL } },
	{ 0x0f, { 0, 0, 0, 0, 0 } },	     { 0x10, { ALL, ALL, LO32, 0, 0 } },
	{ 0x11, { 0, ALL, LO32, LO32, 0 } }, { 0x12, { ALL, ALL, LO32, 0, 0 } },
	{ 0x13, { ALL, 0, LO32, LO32, 0 } }, { 0x14, { ALL, ALL, LO32, LO32, 0 } },
	{ 0x20, { ALL, ALL, LO32, 0, 0 } },  { 0x21, { ALL, ALL, 0, ALL, 0 } },
	{ 0x22, { ALL, ALL, LO32, 1, 0 } },
};

static uint64_t reserved_bits(unsigned op, unsigned word)
{
	switch (word) {
	case 0: return UINT64_C(0xff000000);
	case 1: return UINT64_C(0xffffff00000000);
	case 7: return ALL;
	default: return ALL & ~uses[op].used[word - 2];
	}
}

static void test_reserved(void **state)
{
	struct bench *b = *state;

	for (unsigned op = 0; op < sizeof(uses) / sizeof(uses[0]); op++)
		for (unsigned word = 0; word < 8; word++)
			for (unsigned bit = 0; bit < 56; bit++) {
				struct peal_desc d = { { uses[op].op, 1 } };

				if (!(reserved_bits(op, word) >> bit & 1))
					continue;
				d.w[word] |= UINT64_C(1) << bit;
				is(b, &d, PEAL_ST_RESERVED, 1u << word);
			}
}

static void test_reserved_names_all_words(void **state)
{
	struct peal_desc d = { { 0x01000000, UINT64_C(1) << 48, 1, 1, 1, 1, 1, 1 } };

	is(*state, &d, PEAL_ST_RESERVED, 0xff);
}

static void test_lengths(void **state)
{
	static const uint32_t bad[] = { 0, 1, 2, 3, 5, 1023, 0x20000000, 0xfffffffc };
	struct bench *b = *state;
	struct peal_desc d;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		peal_prep_prefill(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), bad[i]);
		is(b, &d, PEAL_ST_BAD_LENGTH, 0);
		peal_prep_reward(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), bad[i], true);
		is(b, &d, PEAL_ST_BAD_LENGTH, 0);
	}
	/* The largest legal length is out of range, not bad. */
	peal_prep_prefill(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), 0x1ffffffc);
	is(b, &d, PEAL_ST_RANGE, 1);
	peal_prep_decode(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), 0);
	is(b, &d, PEAL_ST_BAD_LENGTH, 0);
	peal_prep_decode(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), PEAL_TOKENS_MAX + 1);
	is(b, &d, PEAL_ST_BAD_LENGTH, 0);
	d.w[5] = UINT64_C(1) << 40 | 1;
	is(b, &d, PEAL_ST_BAD_LENGTH, 0);
	peal_prep_decode(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), PEAL_TOKENS_MAX);
	is(b, &d, PEAL_ST_RANGE, 1);
}

static void copy(struct bench *b, struct peal_operand from, struct peal_operand to, uint32_t bytes,
		 enum peal_status status, uint64_t result)
{
	struct peal_desc d;

	peal_prep_copy(&d, 1, from, to, bytes);
	is(b, &d, status, result);
}

static void test_operands(void **state)
{
	struct bench *b = *state;
	struct peal_operand rw = peal_at(b->rw, 0), ro = peal_at(b->ro, 0), wo = peal_at(b->wo, 0);
	struct peal_operand foreign = peal_at(b->foreign, 0);

	copy(b, ro, rw, 1024, PEAL_ST_OK, 1024);
	copy(b, rw, wo, 1024, PEAL_ST_OK, 1024);
	copy(b, peal_operand(0, 0), rw, 1, PEAL_ST_BAD_REGION, 0);
	copy(b, rw, peal_operand(0, 0), 1, PEAL_ST_BAD_REGION, 1);
	copy(b, peal_operand(rw.region ^ 1 << 10, 0), rw, 1, PEAL_ST_BAD_REGION, 0);
	copy(b, peal_operand(1 << 10 | 63, 0), rw, 1, PEAL_ST_BAD_REGION, 0);
	copy(b, peal_operand(1 << 10 | 1023, 0), rw, 1, PEAL_ST_BAD_REGION, 0);
	copy(b, foreign, rw, 1, PEAL_ST_TENANT, 0);
	copy(b, rw, foreign, 1, PEAL_ST_TENANT, 1);
	copy(b, wo, rw, 1, PEAL_ST_PERMISSION, 0);
	copy(b, rw, ro, 1, PEAL_ST_PERMISSION, 1);
	copy(b, rw, peal_at(b->wo, 1), 1024, PEAL_ST_RANGE, 1);
	copy(b, peal_at(b->ro, 1024), rw, 1, PEAL_ST_RANGE, 0);
	copy(b, peal_at(b->ro, 0xffffffffff), rw, 1, PEAL_ST_RANGE, 0);
	copy(b, peal_at(b->ro, 0xffffffffff), rw, 0xffffffff, PEAL_ST_RANGE, 0);
	copy(b, ro, rw, 0xffffffff, PEAL_ST_RANGE, 0);
}

static void test_length_zero(void **state)
{
	struct bench *b = *state;

	copy(b, peal_at(b->ro, 1024), peal_at(b->rw, 1024), 0, PEAL_ST_OK, 0);
	copy(b, peal_at(b->ro, 1025), peal_at(b->rw, 0), 0, PEAL_ST_RANGE, 0);
	copy(b, peal_at(b->wo, 0), peal_at(b->rw, 0), 0, PEAL_ST_PERMISSION, 0);
	copy(b, peal_at(b->rw, 5), peal_at(b->rw, 5), 0, PEAL_ST_OK, 0);
}

static void test_alignment(void **state)
{
	struct bench *b = *state;
	struct peal_desc d;

	peal_prep_prefill(&d, 1, peal_at(b->rw, 4), peal_at(b->rw, 128), 4);
	is(b, &d, PEAL_ST_ALIGNMENT, 0);
	peal_prep_prefill(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 126), 4);
	is(b, &d, PEAL_ST_ALIGNMENT, 1);
	/* It is the bus that counts. */
	peal_prep_prefill(&d, 1, peal_at(b->rw, 0), peal_at(b->odd, 128), 4);
	is(b, &d, PEAL_ST_ALIGNMENT, 1);
	peal_prep_decode(&d, 1, peal_at(b->odd, 0), peal_at(b->odd, 128), 4);
	is(b, &d, PEAL_ST_ALIGNMENT, 0);
	memset(peal_region_memory(b->odd), 0, 1024);
	((uint8_t *)peal_region_memory(b->odd))[62 + 4] = 1; /* MAX_TOKENS */
	peal_prep_prefill(&d, 1, peal_at(b->odd, 62), peal_at(b->odd, 2), 4);
	is(b, &d, PEAL_ST_OK, 1);
}

static void test_overlap(void **state)
{
	struct bench *b = *state;
	struct peal_desc d;

	copy(b, peal_at(b->rw, 0), peal_at(b->rw, 9), 10, PEAL_ST_OVERLAP, 0);
	copy(b, peal_at(b->rw, 9), peal_at(b->rw, 0), 10, PEAL_ST_OVERLAP, 0);
	copy(b, peal_at(b->rw, 10), peal_at(b->rw, 0), 10, PEAL_ST_OK, 10);
	copy(b, peal_at(b->rw, 0), peal_at(b->rw, 10), 10, PEAL_ST_OK, 10);
	peal_prep_copy_crc(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 0), 1, 0);
	is(b, &d, PEAL_ST_OVERLAP, 0);
	peal_prep_decode(&d, 1, peal_at(b->rw, 64), peal_at(b->rw, 60), 2);
	is(b, &d, PEAL_ST_OVERLAP, 0);
	peal_prep_compare(&d, 1, peal_at(b->rw, 3), peal_at(b->rw, 3), 100);
	is(b, &d, PEAL_ST_OK, 0);
}

static void test_crc(void **state)
{
	struct bench *b = *state;
	struct peal_queue *strict;
	struct peal_desc d;
	uint32_t right;

	peal_prep_echo(&d, 9, (uint64_t[5]){ 5 });
	peal_desc_flags(&d, PEAL_FLAG_CRC);
	is(b, &d, PEAL_ST_OK, 5);
	right = peal_desc_crc(&d);
	d.w[7] = right ^ 0x10;
	is(b, &d, PEAL_ST_BAD_CRC, right);
	/* It wins over everything else that is wrong. */
	d.w[0] |= 0xff;
	is(b, &d, PEAL_ST_BAD_CRC, peal_desc_crc(&d));
	strict = unit_queue(b->dev, &(struct peal_queue_opts){ .require_crc = true });
	peal_prep_nop(&d, 1);
	unit_is(unit_do(strict, &d), PEAL_ST_BAD_CRC, peal_desc_crc(&d));
	peal_desc_flags(&d, PEAL_FLAG_CRC);
	unit_is(unit_do(strict, &d), PEAL_ST_OK, 0);
	peal_queue_destroy(strict);
}

/* Doubly wrong: each neighbour in the order of the checks. */
static void test_precedence(void **state)
{
	struct bench *b = *state;
	struct peal_operand none = { 0, 0 }, foreign = peal_at(b->foreign, 5000);
	struct peal_desc d;

	d = (struct peal_desc){ { 0x99 | 1 << 8, 1 } };
	is(b, &d, PEAL_ST_BAD_OPCODE, 0x99);
	peal_prep_nop(&d, 1);
	peal_desc_flags(&d, 1 << 6);
	d.w[6] = 1;
	is(b, &d, PEAL_ST_BAD_FLAGS, 1 << 6);
	peal_prep_prefill(&d, 1, none, none, 3);
	d.w[6] = 1;
	is(b, &d, PEAL_ST_RESERVED, 1 << 6);
	peal_prep_prefill(&d, 1, none, none, 3);
	is(b, &d, PEAL_ST_BAD_LENGTH, 0);
	copy(b, foreign, none, 1, PEAL_ST_TENANT, 0);
	copy(b, peal_at(b->wo, 5000), none, 1, PEAL_ST_PERMISSION, 0);
	copy(b, peal_at(b->rw, 5000), none, 1, PEAL_ST_RANGE, 0);
	peal_prep_prefill(&d, 1, peal_at(b->rw, 1), peal_at(b->wo, 2), 4);
	is(b, &d, PEAL_ST_PERMISSION, 1);
	peal_prep_prefill(&d, 1, peal_at(b->rw, 1), peal_at(b->rw, 2), 4);
	is(b, &d, PEAL_ST_ALIGNMENT, 0);
	memset(peal_region_memory(b->rw), 0xff, 64);
	peal_prep_prefill(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 8), 4);
	is(b, &d, PEAL_ST_OVERLAP, 0);
	peal_prep_prefill(&d, 1, peal_at(b->rw, 0), peal_at(b->rw, 64), 4);
	is(b, &d, PEAL_ST_BAD_STATE, 0xffffffff);
}

/* No refused descriptor touches memory. */
static void test_nothing_is_touched(void **state)
{
	struct bench *b = *state;
	uint8_t before[1024];

	unit_fill(peal_region_memory(b->rw), 1024);
	memcpy(before, peal_region_memory(b->rw), 1024);
	test_operands(state);
	memcpy(peal_region_memory(b->rw), before, 1024);
	test_lengths(state);
	copy(b, peal_at(b->rw, 0), peal_at(b->rw, 512), 513, PEAL_ST_RANGE, 1);
	copy(b, peal_at(b->rw, 0), peal_at(b->rw, 511), 512, PEAL_ST_OVERLAP, 0);
	assert_memory_equal(before, peal_region_memory(b->rw), 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opcode),	    cmocka_unit_test(test_flags),
		cmocka_unit_test(test_reserved),    cmocka_unit_test(test_reserved_names_all_words),
		cmocka_unit_test(test_lengths),	    cmocka_unit_test(test_operands),
		cmocka_unit_test(test_length_zero), cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_overlap),	    cmocka_unit_test(test_crc),
		cmocka_unit_test(test_precedence),  cmocka_unit_test(test_nothing_is_touched),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
