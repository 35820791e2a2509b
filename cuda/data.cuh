/* SPDX-License-Identifier: MIT */
/*
 * data.cuh - what the operations do to memory, by one warp, on one run of bytes.
 *
 * Every lane takes 16 bytes in turn, so a warp moves rows of 512. Destinations
 * are written in aligned 16-byte stores, their ends byte by byte: a byte outside the
 * range is never written. Sources at another alignment are read as the aligned 16
 * bytes around them, which is allowed (C3.11) and cannot fault: they share the
 * page with a byte that is meant.
 */
#ifndef PEAL_CUDA_DATA_CUH
#define PEAL_CUDA_DATA_CUH

#include "crc.cuh"
#include "memory.cuh"

#define WARP 32
#define ALL_LANES 0xffffffffu

__device__ static inline unsigned lane_id(void)
{
	return threadIdx.x % WARP;
}

/* The `shift` (1 to 15) lowest bytes of lo fall off, bytes of hi move in. */
__device__ static inline pair funnel(pair lo, pair hi, unsigned shift)
{
	unsigned bits = shift % 8 * 8;
	uint64_t a = shift < 8 ? lo.x : lo.y, b = shift < 8 ? lo.y : hi.x,
		 c = shift < 8 ? hi.x : hi.y;

	if (!bits)
		return pair{ a, b };
	return pair{ a >> bits | b << (64 - bits), b >> bits | c << (64 - bits) };
}

/* 16 bytes from any address. */
__device__ static inline pair load_any(uint64_t address)
{
	unsigned shift = address % 16;
	pair lo = load_pair((const void *)(address - shift));

	return shift ? funnel(lo, load_pair((const void *)(address - shift + 16)), shift) : lo;
}

__device__ static inline void store_byte(uint64_t address, uint32_t v)
{
	asm volatile("st.relaxed.sys.global.u8 [%0], %1;" ::"l"(address), "r"(v) : "memory");
}

/* A word from memory whose bus address is aligned and whose address may not be. */
__device__ static inline uint32_t load_word(uint64_t address)
{
	uint32_t v = 0;

	if (address % 4 == 0)
		return load32((const void *)address);
	for (unsigned k = 0; k < 4; k++)
		v |= load_byte((const void *)(address + k)) << 8 * k;
	return v;
}

__device__ static inline void store_word(uint64_t address, uint32_t v)
{
	if (address % 4 == 0)
		store32((void *)address, v);
	else
		for (unsigned k = 0; k < 4; k++)
			store_byte(address + k, v >> 8 * k & 0xff);
}

/* A run of bytes: what comes before the first 16-byte boundary, the middle, the rest. */
struct cut {
	uint64_t head, rows, tail; /* rows: whole 16 bytes */
};

__device__ static inline cut cut_at(uint64_t address, uint64_t bytes)
{
	cut c;

	c.head = -address % 16;
	if (c.head > bytes)
		c.head = bytes;
	c.rows = (bytes - c.head) / 16;
	c.tail = bytes - c.head - 16 * c.rows;
	return c;
}

/* ---- COPY ------------------------------------------------------------------------ */

__device__ static inline void copy_ends(uint64_t b, uint64_t a, uint64_t bytes, cut c)
{
	unsigned lane = lane_id();
	uint64_t at = lane < 16 ? lane : bytes - c.tail + (lane - 16);

	if (lane < 16 ? lane < c.head : lane - 16 < c.tail)
		store_byte(b + at, load_byte((const void *)(a + at)));
}

#define COPY_AHEAD 4 /* loads in flight in a lane */

__device__ static inline void copy_run(uint64_t b, uint64_t a, uint64_t bytes)
{
	cut c = cut_at(b, bytes);
	uint64_t i = lane_id();
	pair v[COPY_AHEAD];

	copy_ends(b, a, bytes, c);
	b += c.head;
	a += c.head;
	for (; i + (COPY_AHEAD - 1) * WARP < c.rows; i += COPY_AHEAD * WARP) {
#pragma unroll
		for (unsigned k = 0; k < COPY_AHEAD; k++)
			v[k] = load_any(a + 16 * (i + k * WARP));
#pragma unroll
		for (unsigned k = 0; k < COPY_AHEAD; k++)
			store_pair((void *)(b + 16 * (i + k * WARP)), v[k]);
	}
	for (; i < c.rows; i += WARP)
		store_pair((void *)(b + 16 * i), load_any(a + 16 * i));
}

/* ---- FILL ------------------------------------------------------------------------ */

/* Byte j of the operation is byte j mod 4 of the pattern; the run starts at byte `from`. */
__device__ static inline void fill_run(uint64_t b, uint64_t bytes, uint32_t pattern, uint64_t from)
{
	cut c = cut_at(b, bytes);
	unsigned lane = lane_id();
	uint64_t at = lane < 16 ? lane : bytes - c.tail + (lane - 16);
	unsigned turn = (from + c.head) % 4 * 8;
	uint64_t word = turn ? pattern >> turn | pattern << (32 - turn) : pattern;

	if (lane < 16 ? lane < c.head : lane - 16 < c.tail)
		store_byte(b + at, pattern >> (from + at) % 4 * 8 & 0xff);
	word |= word << 32;
	for (uint64_t i = lane; i < c.rows; i += WARP)
		store_pair((void *)(b + c.head + 16 * i), pair{ word, word });
}

/* ---- COMPARE --------------------------------------------------------------------- */

__device__ static inline uint64_t first_byte(pair a, pair b)
{
	uint64_t x = a.x ^ b.x, y = a.y ^ b.y;

	return x ? (__ffsll((long long)x) - 1) / 8 : 8 + (__ffsll((long long)y) - 1) / 8;
}

__device__ static inline uint64_t warp_min(uint64_t v)
{
	for (unsigned d = WARP / 2; d; d /= 2) {
		uint64_t other = __shfl_xor_sync(ALL_LANES, v, d);

		v = other < v ? other : v;
	}
	return v;
}

/* The first j at which the runs differ, `bytes` if none; the same in all lanes. */
__device__ static inline uint64_t compare_run(uint64_t a, uint64_t b, uint64_t bytes)
{
	uint64_t rows = bytes / 16, found = bytes;

	for (uint64_t i = lane_id(); i < rows; i += WARP) {
		pair x = load_any(a + 16 * i), y = load_any(b + 16 * i);

		if (x.x != y.x || x.y != y.y) {
			found = 16 * i + first_byte(x, y);
			break;
		}
	}
	for (uint64_t j = 16 * rows + lane_id(); j < bytes && found == bytes; j += WARP)
		if (load_byte((const void *)(a + j)) != load_byte((const void *)(b + j)))
			found = j;
	return warp_min(found);
}

/* ---- CRC32C ---------------------------------------------------------------------- */

__device__ static inline uint32_t crc_pair(uint32_t s, pair v)
{
	s = crc_word(s, (uint32_t)v.x);
	s = crc_word(s, (uint32_t)(v.x >> 32));
	s = crc_word(s, (uint32_t)v.y);
	return crc_word(s, (uint32_t)(v.y >> 32));
}

__device__ static inline uint32_t warp_xor(uint32_t v)
{
	return __reduce_xor_sync(ALL_LANES, v);
}

/* The state that the run leaves behind a zero state; the same in all lanes. */
__device__ static inline uint32_t crc_run(uint64_t a, uint64_t bytes)
{
	uint64_t rows = bytes / CRC_ROW, rest = bytes % CRC_ROW;
	uint64_t at = a + 16 * lane_id();
	uint32_t s = 0;

	for (uint64_t i = 0; i < rows; i++, at += CRC_ROW)
		s = crc_pair(crc_move_row(s), load_any(at));
	s = crc_move(s, 16 * (WARP - 1 - lane_id()) + rest);
	if (16 * lane_id() < rest) {
		uint64_t mine = rest - 16 * lane_id() < 16 ? rest - 16 * lane_id() : 16;
		uint32_t t = 0;

		for (uint64_t j = 0; j < mine; j++)
			t = crc_byte(t, load_byte((const void *)(at + j)));
		s ^= crc_move(t, rest - 16 * lane_id() - mine);
	}
	return warp_xor(s);
}

/* ---- tokens ---------------------------------------------------------------------- */

/* Token i of a trajectory (C4.14). */
__device__ static inline uint32_t token(uint32_t seed, uint32_t i)
{
	uint32_t x = seed + (i + 1) * PEAL_TOKEN_STEP;

	x = (x ^ x >> 16) * PEAL_TOKEN_MUL0;
	x = (x ^ x >> 15) * PEAL_TOKEN_MUL1;
	return (x ^ x >> 15) >> PEAL_TOKEN_SHIFT;
}

__device__ static inline void tokens_run(uint64_t b, uint32_t n, uint32_t seed, uint32_t first)
{
	for (uint32_t i = lane_id(); i < n; i += WARP)
		store_word(b + 4 * (uint64_t)i, token(seed, first + i));
}

/* The sum of the tokens' low halves; the same in all lanes. */
__device__ static inline uint32_t sum_run(uint64_t b, uint64_t bytes)
{
	uint32_t sum = 0;

	for (uint64_t j = 4 * lane_id(); j < bytes; j += 4 * WARP)
		sum += load_word(b + j) & 0xffff;
	return __reduce_add_sync(ALL_LANES, sum);
}

#endif
