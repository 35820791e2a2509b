/* SPDX-License-Identifier: MIT */
/*
 * crc32c.c - CRC32C (iSCSI): the processor's instruction where it has one, else
 * eight table look-ups a word ("slicing by 8").
 */
#include <endian.h>
#include <string.h>

#include "internal.h"

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
	for (uint32_t n = 0; n < 256; n++) {
		uint32_t crc = n;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? PEAL_CRC32C_POLY : 0);
		table[0][n] = crc;
	}
	for (uint32_t n = 0; n < 256; n++)
		for (int k = 1; k < 8; k++)
			table[k][n] = table[k - 1][n] >> 8 ^ table[0][table[k - 1][n] & 0xff];
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static uint32_t table_word(uint64_t word)
{
	uint32_t crc = 0;

	for (int k = 0; k < 8; k++)
		crc ^= table[7 - k][word >> 8 * k & 0xff];
	return crc;
}

uint32_t peal_crc32c_table(uint32_t seed, const void *data, size_t bytes)
{
	const uint8_t *p = data;
	uint32_t crc = ~seed;

	pthread_once(&table_once, make_table);
	for (; bytes >= 8; bytes -= 8, p += 8)
		crc = table_word(load_le64(p) ^ crc);
	for (; bytes; bytes--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t seed, const uint8_t *p,
							       size_t bytes)
{
	uint64_t crc = ~seed, word;

	for (; bytes >= 8; bytes -= 8, p += 8) {
		memcpy(&word, p, 8);
		crc = __builtin_ia32_crc32di(crc, word);
	}
	for (; bytes; bytes--, p++)
		crc = __builtin_ia32_crc32qi((uint32_t)crc, *p);
	return ~(uint32_t)crc;
}

uint32_t peal_crc32c(uint32_t seed, const void *data, size_t bytes)
{
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse42(seed, data, bytes);
	return peal_crc32c_table(seed, data, bytes);
}

#else

uint32_t peal_crc32c(uint32_t seed, const void *data, size_t bytes)
{
	return peal_crc32c_table(seed, data, bytes);
}

#endif

/*
 * The payloads are packed: seven bytes of each word, little-endian. The tag's
 * byte of each word is overwritten by the next one.
 */
uint32_t peal_desc_crc(const struct peal_desc *d)
{
	uint8_t packed[PEAL_DESC_WORDS * 7 + 1];

	for (unsigned w = 0; w < PEAL_DESC_WORDS; w++) {
		uint64_t word = d->w[w];

		if (w == PEAL_D_CRC_WORD)
			word &= ~PEAL_FIELD_PUT(PEAL_D_CRC, ~0u);
		word = htole64(word);
		memcpy(packed + 7 * w, &word, 8);
	}
	return peal_crc32c(0, packed, PEAL_DESC_WORDS * 7);
}
