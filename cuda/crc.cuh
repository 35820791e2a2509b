/* SPDX-License-Identifier: MIT */
/*
 * crc.cuh - CRC32C (C2.5) by parts.
 *
 * Without its two inversions a CRC is linear: the state behind x followed by y
 * is the state behind x, moved on over |y| zero bytes, XOR the state that y leaves
 * behind a zero state. So lanes and warps each take a part of the data, move
 * their state on to the end, and the XOR of all is the whole. Moving on over n
 * zero bytes is a multiplication by x^(8n) modulo the polynomial.
 */
#ifndef PEAL_CUDA_CRC_CUH
#define PEAL_CUDA_CRC_CUH

#include <stdint.h>

#include <peal/contract.h>

#ifdef __CUDACC__
#define PEAL_BOTH __host__ __device__ static inline
#define PEAL_TABLE __device__ static const
#define PEAL_CONSTEXPR __host__ __device__ constexpr
#else
#define PEAL_BOTH static inline
#define PEAL_TABLE static const
#define PEAL_CONSTEXPR constexpr
#endif
#ifdef __CUDA_ARCH__
#define PEAL_ROLLED _Pragma("unroll 1")
#else
#define PEAL_ROLLED
#endif

#define CRC_ROW 512 /* bytes that a warp takes at a time, 16 a lane */

/* The state after `bits` more zero bits. */
PEAL_CONSTEXPR uint32_t crc_bits(uint32_t s, unsigned bits)
{
	for (; bits; bits--)
		s = s >> 1 ^ (s & 1 ? PEAL_CRC32C_POLY : 0);
	return s;
}

/* a * b, both reflected polynomials modulo the CRC's: bit 31 is x^0. */
PEAL_CONSTEXPR uint32_t crc_multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	PEAL_ROLLED
	for (unsigned i = 0; i < 32; i++) {
		product ^= a >> 31 ? b : 0;
		a <<= 1;
		b = b >> 1 ^ (b & 1 ? PEAL_CRC32C_POLY : 0);
	}
	return product;
}

struct crc_tables {
	uint32_t word[4][256]; /* of a byte with 3, 2, 1, 0 bytes behind it */
	uint32_t row[4][256];  /* byte k of a state, moved on over a row but for one lane's bytes */
	uint32_t power[40];    /* x^(8 * 2^k) */
};

PEAL_CONSTEXPR uint32_t crc_over_zeros(uint32_t s, uint64_t bytes, const uint32_t *power)
{
	for (unsigned k = 0; bytes; k++, bytes >>= 1)
		if (bytes & 1)
			s = crc_multiply(s, power[k]);
	return s;
}

constexpr crc_tables crc_make_tables()
{
	crc_tables t = {};
	uint32_t power = crc_bits(0x80000000u, 8), row = 0;

	for (unsigned k = 0; k < 40; k++) {
		t.power[k] = power;
		power = crc_multiply(power, power);
	}
	row = crc_over_zeros(0x80000000u, CRC_ROW - 16, t.power);
	for (unsigned i = 0; i < 256; i++)
		for (unsigned k = 0; k < 4; k++) {
			t.word[k][i] = crc_bits(i, 8 * (4 - k));
			t.row[k][i] = crc_multiply(i << 8 * k, row);
		}
	return t;
}

PEAL_TABLE crc_tables crc_table = crc_make_tables();
#ifdef __CUDACC__
static const crc_tables crc_table_host = crc_make_tables();
#endif

PEAL_BOTH const crc_tables *crc_tables_here(void)
{
#if defined(__CUDA_ARCH__) || !defined(__CUDACC__)
	return &crc_table;
#else
	return &crc_table_host;
#endif
}

/* Four bytes more, as a little-endian word. */
PEAL_BOTH uint32_t crc_word(const crc_tables *t, uint32_t s, uint32_t word)
{
	s ^= word;
	return t->word[0][s & 0xff] ^ t->word[1][s >> 8 & 0xff] ^ t->word[2][s >> 16 & 0xff] ^
	       t->word[3][s >> 24];
}

PEAL_BOTH uint32_t crc_byte(const crc_tables *t, uint32_t s, uint32_t byte)
{
	return s >> 8 ^ t->word[3][(s ^ byte) & 0xff];
}

/* The state moved on over `bytes` zero bytes. */
PEAL_BOTH uint32_t crc_move(uint32_t s, uint64_t bytes)
{
	return crc_over_zeros(s, bytes, crc_tables_here()->power);
}

/* The state moved on over CRC_ROW - 16 zero bytes. */
PEAL_BOTH uint32_t crc_move_row(const crc_tables *t, uint32_t s)
{
	return t->row[0][s & 0xff] ^ t->row[1][s >> 8 & 0xff] ^ t->row[2][s >> 16 & 0xff] ^
	       t->row[3][s >> 24];
}

/* Of the eight payloads, 7 bytes each, with the CRC field zero (C2.6). */
PEAL_BOTH uint32_t crc_of_descriptor(const uint64_t w[PEAL_DESC_WORDS])
{
	const crc_tables *t = crc_tables_here();
	uint32_t s = ~0u;

	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++) {
		uint64_t v = w[i];

		if (i == PEAL_D_CRC_WORD)
			v &= ~PEAL_FIELD_PUT(PEAL_D_CRC, ~0u);
		s = crc_word(t, s, (uint32_t)v);
		for (unsigned k = 4; k < 7; k++)
			s = crc_byte(t, s, v >> 8 * k & 0xff);
	}
	return ~s;
}

#endif
