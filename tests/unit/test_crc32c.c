/* SPDX-License-Identifier: MIT */
/*
 * test_crc32c.c - both paths of CRC32C against RFC 3720's vectors, against a
 * CRC that is worked out bit by bit, and against ISA-L where it is installed.
 */
#include "unit.h"

#include "internal.h"

#if defined(PEAL_HAVE_ISAL) && PEAL_HAVE_ISAL
#include <isa-l/crc.h>
#endif

static uint32_t bit_by_bit(uint32_t seed, const uint8_t *p, size_t n)
{
	uint32_t crc = ~seed;

	while (n--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
	}
	return ~crc;
}

static void both(uint32_t seed, const void *p, size_t n, uint32_t right)
{
	assert_int_equal(peal_crc32c(seed, p, n), right);
	assert_int_equal(peal_crc32c_table(seed, p, n), right);
}

static void test_vectors(void **state)
{
	uint8_t b[32];

	(void)state;
	both(0, "123456789", 9, 0xe3069283);
	memset(b, 0, 32);
	both(0, b, 32, 0x8a9136aa);
	memset(b, 0xff, 32);
	both(0, b, 32, 0x62a8ab43);
	for (uint8_t i = 0; i < 32; i++)
		b[i] = i;
	both(0, b, 32, 0x46dd794e);
	both(0x12345678, b, 0, 0x12345678);
}

static void test_lengths_and_alignments(void **state)
{
	uint8_t b[128];

	(void)state;
	unit_fill(b, sizeof(b));
	for (size_t start = 0; start < 9; start++)
		for (size_t n = 0; n < 100; n++) {
			uint32_t seed = (uint32_t)unit_random();

			both(seed, b + start, n, bit_by_bit(seed, b + start, n));
		}
}

static void test_chaining(void **state)
{
	uint8_t b[1000];

	(void)state;
	unit_fill(b, sizeof(b));
	for (int i = 0; i < 100; i++) {
		size_t cut = unit_below(sizeof(b) + 1);

		assert_int_equal(peal_crc32c(peal_crc32c(0, b, cut), b + cut, sizeof(b) - cut),
				 peal_crc32c(0, b, sizeof(b)));
	}
}

static void test_isal(void **state)
{
	(void)state;
#if defined(PEAL_HAVE_ISAL) && PEAL_HAVE_ISAL
	uint8_t b[5000];

	unit_fill(b, sizeof(b));
	for (size_t n = 1; n < sizeof(b); n += 37)
		assert_int_equal(peal_crc32c(0, b, n), ~crc32_iscsi(b, (int)n, 0xffffffffu));
#else
	skip();
#endif
}

/* The CRC of a descriptor, from C2.6's words rather than from the code's. */
static void test_descriptor(void **state)
{
	struct peal_desc d;
	uint8_t packed[56];

	(void)state;
	for (int round = 0; round < 100; round++) {
		unit_fill(&d, sizeof(d));
		for (int w = 0; w < 8; w++)
			for (int i = 0; i < 7; i++)
				packed[7 * w + i] = (uint8_t)(d.w[w] >> 8 * i);
		memset(packed + 49, 0, 4);
		assert_int_equal(peal_desc_crc(&d), bit_by_bit(0, packed, sizeof(packed)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),	   cmocka_unit_test(test_lengths_and_alignments),
		cmocka_unit_test(test_chaining),   cmocka_unit_test(test_isal),
		cmocka_unit_test(test_descriptor),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
