/* SPDX-License-Identifier: MIT */
/*
 * data.cuh - what the operations do to memory, by one warp, on one run of bytes.
 *
 * A row is 512 bytes, 16 a lane. Several rows are read before the first is used, so
 * that enough is on its way. Destinations are written in aligned 16-byte stores, their
 * ends byte by byte: a byte outside the range is never written. Sources at another
 * alignment are read as the aligned 16 bytes around them, which is allowed (C3.11) and
 * cannot fault: they share the page with a byte that is meant.
 */
#ifndef PEAL_CUDA_DATA_CUH
#define PEAL_CUDA_DATA_CUH

#include "crc.cuh"
#include "memory.cuh"

#define WARP 32
#define ALL_LANES 0xffffffffu
#define ROW_BYTES (16 * WARP)

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

__device__ static inline pair shuffle_pair(pair v, unsigned from)
{
	return pair{ (uint64_t)__shfl_sync(ALL_LANES, v.x, from),
		     (uint64_t)__shfl_sync(ALL_LANES, v.y, from) };
}

/*
 * Whole rows from `a` on, the same in all lanes. Off the 16-byte boundary a lane takes the
 * rest of its 16 bytes from its right neighbour, and the last one from lane 0, a row on.
 */
template <unsigned kRows> __device__ static inline void load_rows(pair *v, uint64_t a)
{
	unsigned shift = a % 16, right = (lane_id() + 1) % WARP;
	uint64_t mine = a - shift + 16 * lane_id();
	pair beyond = {};

#pragma unroll
	for (unsigned k = 0; k < kRows; k++)
		v[k] = load_pair((const void *)(mine + ROW_BYTES * k));
	if (!shift)
		return;
	if (lane_id() == 0)
		beyond = load_pair((const void *)(mine + ROW_BYTES * kRows));
#pragma unroll
	for (unsigned k = 0; k < kRows; k++) {
		pair given = v[k];

		if (lane_id() == 0)
			given = k + 1 < kRows ? v[k + 1 < kRows ? k + 1 : k] : beyond;
		v[k] = funnel(v[k], shuffle_pair(given, right), shift);
	}
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
	uint64_t head, units, tail; /* units: whole 16 bytes */
};

__device__ static inline cut cut_at(uint64_t address, uint64_t bytes)
{
	cut c;

	c.head = -address % 16;
	if (c.head > bytes)
		c.head = bytes;
	c.units = (bytes - c.head) / 16;
	c.tail = bytes - c.head - 16 * c.units;
	return c;
}

/* The byte of the head (lanes below 16) or of the tail (the others) that is this lane's. */
__device__ static inline bool end_byte(cut c, uint64_t bytes, uint64_t *at)
{
	unsigned lane = lane_id();

	*at = lane < 16 ? lane : bytes - c.tail + (lane - 16);
	return lane < 16 ? lane < c.head : lane - 16 < c.tail;
}

/* ---- CRC32C ---------------------------------------------------------------------- */

__device__ static inline uint32_t crc_pair(const crc_tables *t, uint32_t s, pair v)
{
	s = crc_word(t, s, (uint32_t)v.x);
	s = crc_word(t, s, (uint32_t)(v.x >> 32));
	s = crc_word(t, s, (uint32_t)v.y);
	return crc_word(t, s, (uint32_t)(v.y >> 32));
}

/* `n` bytes more, which lanes `from` on hold; the same in all lanes. */
__device__ static inline uint32_t crc_of_lanes(const crc_tables *t, uint32_t s, uint32_t byte,
					       unsigned from, uint64_t n)
{
	for (unsigned j = 0; j < n; j++)
		s = crc_byte(t, s, __shfl_sync(ALL_LANES, byte, from + j));
	return s;
}

/*
 * The lanes' states, each behind its last 16 bytes, as one behind the last of all, which
 * is that of lane `last` - 1: neighbours first, then pairs, then fours.
 */
__device__ static inline uint32_t crc_join(const crc_tables *t, uint32_t s, unsigned last)
{
	s = __shfl_sync(ALL_LANES, s, (lane_id() + last) % WARP);
	for (unsigned k = 0; k < 5; k++) {
		uint32_t behind = __shfl_down_sync(ALL_LANES, s, 1u << k);

		s = crc_multiply(s, t->power[4 + k]) ^ behind;
	}
	return __shfl_sync(ALL_LANES, s, 0);
}

/* crc_move by a warp, for less than 2^32 bytes: a lane has a power each; they are multiplied. */
__device__ static inline uint32_t crc_move_far(const crc_tables *t, uint32_t s, uint64_t bytes)
{
	uint32_t p = bytes >> lane_id() & 1 ? t->power[lane_id()] : 0x80000000u;

	for (unsigned d = WARP / 2; d; d /= 2)
		p = crc_multiply(p, __shfl_xor_sync(ALL_LANES, p, d));
	return crc_multiply(s, p);
}

/* ---- COPY, CRC32C and COPY_CRC -------------------------------------------------------- */

#define COPIES 1u
#define SUMS 2u

/* Whole rows; `x` is this lane's state, and `first` says that it has taken no bytes yet. */
template <unsigned kDoes, unsigned kRows>
__device__ static inline uint32_t move_rows(uint64_t b, uint64_t a, uint32_t x, bool first,
					    const crc_tables *t)
{
	pair v[kRows];

	load_rows<kRows>(v, a);
#pragma unroll
	for (unsigned k = 0; k < kRows; k++)
		if (kDoes & COPIES)
			store_pair((void *)(b + 16 * lane_id() + ROW_BYTES * k), v[k]);
#pragma unroll
	for (unsigned k = 0; k < kRows; k++)
		if (kDoes & SUMS)
			x = crc_pair(t, first && !k ? x : crc_move_row(t, x), v[k]);
	return x;
}

/* Copies, sums or both; `s` is the CRC's state before and, returned, behind the run. */
template <unsigned kDoes, unsigned kAhead>
__device__ static inline uint32_t move_run(uint64_t b, uint64_t a, uint64_t bytes, uint32_t s,
					   const crc_tables *t)
{
	const cut c = cut_at(kDoes & COPIES ? b : a, bytes);
	uint64_t left = c.units, at;
	uint32_t byte = 0, x;
	bool first = true;

	if (end_byte(c, bytes, &at)) {
		byte = load_byte((const void *)(a + at));
		if (kDoes & COPIES)
			store_byte(b + at, byte);
	}
	if (kDoes & SUMS)
		s = crc_of_lanes(t, s, byte, 0, c.head);
	x = lane_id() ? 0 : s;
	a += c.head;
	b += c.head;
	for (; left >= kAhead * WARP; left -= kAhead * WARP, first = false) {
		x = move_rows<kDoes, kAhead>(b, a, x, first, t);
		a += kAhead * ROW_BYTES;
		b += kAhead * ROW_BYTES;
	}
	for (; kAhead > 4 && left >= 4 * WARP; left -= 4 * WARP, first = false) {
		x = move_rows<kDoes, 4>(b, a, x, first, t);
		a += 4 * ROW_BYTES;
		b += 4 * ROW_BYTES;
	}
	for (; left >= WARP; left -= WARP, first = false) {
		x = move_rows<kDoes, 1>(b, a, x, first, t);
		a += ROW_BYTES;
		b += ROW_BYTES;
	}
	if (lane_id() < left) {
		pair v = load_any(a + 16 * lane_id());

		if (kDoes & COPIES)
			store_pair((void *)(b + 16 * lane_id()), v);
		if (kDoes & SUMS)
			x = crc_pair(t, first ? x : crc_move_row(t, x), v);
	}
	__syncwarp();
	if (kDoes & SUMS && c.units)
		s = crc_join(t, x, (unsigned)left);
	return kDoes & SUMS ? crc_of_lanes(t, s, byte, 16, c.tail) : 0;
}

/* ---- FILL ------------------------------------------------------------------------ */

/* Byte j of the operation is byte j mod 4 of the pattern; the run starts at byte `from`. */
__device__ static inline void fill_run(uint64_t b, uint64_t bytes, uint32_t pattern, uint64_t from)
{
	cut c = cut_at(b, bytes);
	unsigned turn = (from + c.head) % 4 * 8;
	uint64_t word = turn ? pattern >> turn | pattern << (32 - turn) : pattern, at;

	if (end_byte(c, bytes, &at))
		store_byte(b + at, pattern >> (from + at) % 4 * 8 & 0xff);
	word |= word << 32;
#pragma unroll 4
	for (uint64_t i = lane_id(); i < c.units; i += WARP)
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

/* Whole rows; the first offset at which this lane's bytes differ, `none` if they do not. */
template <unsigned kRows>
__device__ static inline uint64_t compare_rows(uint64_t a, uint64_t b, uint64_t none)
{
	uint64_t found = none;
	pair x[kRows], y[kRows];

	load_rows<kRows>(x, a);
	load_rows<kRows>(y, b);
#pragma unroll
	for (unsigned k = kRows; k-- > 0;)
		if (x[k].x != y[k].x || x[k].y != y[k].y)
			found = ROW_BYTES * k + 16 * lane_id() + first_byte(x[k], y[k]);
	return found;
}

#define COMPARE_AHEAD 4

/* The first j at which the runs differ, `bytes` if none; the same in all lanes. */
__device__ static inline uint64_t compare_run(uint64_t a, uint64_t b, uint64_t bytes)
{
	const cut c = cut_at(a, bytes);
	uint64_t at, done = c.head, left = c.units, found = bytes, end;
	bool mine = end_byte(c, bytes, &end), ends_differ = false;

	if (mine)
		ends_differ = load_byte((const void *)(a + end)) !=
			      load_byte((const void *)(b + end));
	if (lane_id() < 16 && ends_differ)
		found = end;
	while (left >= WARP && !__any_sync(ALL_LANES, found < bytes)) {
		unsigned rows = left >= COMPARE_AHEAD * WARP ? COMPARE_AHEAD : 1;

		at = rows == 1 ? compare_rows<1>(a + done, b + done, bytes)
			       : compare_rows<COMPARE_AHEAD>(a + done, b + done, bytes);
		found = at < bytes ? done + at : bytes;
		done += rows * ROW_BYTES;
		left -= rows * WARP;
	}
	if (__any_sync(ALL_LANES, found < bytes))
		return warp_min(found);
	if (lane_id() < left) {
		pair x = load_any(a + done + 16 * lane_id());
		pair y = load_any(b + done + 16 * lane_id());

		if (x.x != y.x || x.y != y.y)
			found = done + 16 * lane_id() + first_byte(x, y);
	}
	if (lane_id() >= 16 && ends_differ && found == bytes)
		found = end;
	__syncwarp();
	return warp_min(found);
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

#pragma unroll 8
	for (uint64_t j = 4 * lane_id(); j < bytes; j += 4 * WARP)
		sum += load_word(b + j) & 0xffff;
	return __reduce_add_sync(ALL_LANES, sum);
}

#endif
