/* SPDX-License-Identifier: MIT */
/* test_prep.c - prep functions put every argument where the contract wants it. */
#include "unit.h"

static const struct peal_operand a = { 0xabcd, 0x123456789a };
static const struct peal_operand b = { 0x1357, 0xfedcba9876 };
#define A_WORD UINT64_C(0xabcd123456789a)
#define B_WORD UINT64_C(0x1357fedcba9876)

static void expect(const struct peal_desc *d, const uint64_t w[8])
{
	for (int i = 0; i < 8; i++)
		if (d->w[i] != w[i])
			fail_msg("w%d is 0x%016llx, expected 0x%016llx", i,
				 (unsigned long long)d->w[i], (unsigned long long)w[i]);
}

/* Whatever was there before must not shine through. */
static void dirty(struct peal_desc *d)
{
	memset(d, 0xff, sizeof(*d));
}

static void test_control(void **state)
{
	const uint64_t payload[5] = { 1, UINT64_MAX, 3, UINT64_C(1) << 55, UINT64_C(1) << 56 };
	struct peal_desc d;

	(void)state;
	dirty(&d);
	peal_prep_nop(&d, 0x80000001);
	expect(&d, (uint64_t[8]){ 0x00, 0x80000001 });
	dirty(&d);
	peal_prep_stop(&d, 7);
	expect(&d, (uint64_t[8]){ 0x0f, 7 });
	dirty(&d);
	peal_prep_echo(&d, 7, payload);
	expect(&d, (uint64_t[8]){ 0x01, 7, 1, PEAL_PAYLOAD_MASK, 3, UINT64_C(1) << 55, 0 });
}

static void test_memory(void **state)
{
	struct peal_desc d;

	(void)state;
	dirty(&d);
	peal_prep_copy(&d, 1, a, b, 0xfffffff0);
	expect(&d, (uint64_t[8]){ 0x10, 1, A_WORD, B_WORD, 0xfffffff0 });
	dirty(&d);
	peal_prep_fill(&d, 2, b, 5, 0xddccbbaa);
	expect(&d, (uint64_t[8]){ 0x11, 2, 0, B_WORD, 5, 0xddccbbaa });
	dirty(&d);
	peal_prep_compare(&d, 3, a, b, 6);
	expect(&d, (uint64_t[8]){ 0x12, 3, A_WORD, B_WORD, 6 });
	dirty(&d);
	peal_prep_crc32c(&d, 4, a, 7, 0x89abcdef);
	expect(&d, (uint64_t[8]){ 0x13, 4, A_WORD, 0, 7, 0x89abcdef });
	dirty(&d);
	peal_prep_copy_crc(&d, 5, a, b, 8, 9);
	expect(&d, (uint64_t[8]){ 0x14, 5, A_WORD, B_WORD, 8, 9 });
}

static void test_rollout(void **state)
{
	struct peal_desc d;

	(void)state;
	dirty(&d);
	peal_prep_prefill(&d, 1, a, b, 400);
	expect(&d, (uint64_t[8]){ 0x20, 1, A_WORD, B_WORD, 400 });
	dirty(&d);
	peal_prep_decode(&d, 2, a, b, 0xffffffff);
	expect(&d, (uint64_t[8]){ 0x21, 2, A_WORD, B_WORD, 0, 0xffffffff });
	dirty(&d);
	peal_prep_reward(&d, 3, a, b, 400, true);
	expect(&d, (uint64_t[8]){ 0x22, 3, A_WORD, B_WORD, 400, 1 });
	peal_prep_reward(&d, 3, a, b, 400, false);
	expect(&d, (uint64_t[8]){ 0x22, 3, A_WORD, B_WORD, 400, 0 });
}

static void test_flags_and_actor(void **state)
{
	struct peal_desc d;

	(void)state;
	peal_prep_nop(&d, 1);
	peal_desc_flags(&d, PEAL_FLAG_CRC);
	peal_desc_flags(&d, PEAL_FLAG_RELAX_REL);
	peal_desc_actor(&d, 0xffffff);
	peal_desc_actor(&d, 0x00123456);
	expect(&d, (uint64_t[8]){ UINT64_C(0x12345600002800), 1 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_rollout),
		cmocka_unit_test(test_flags_and_actor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
