/* SPDX-License-Identifier: MIT */
/*
 * slots.cuh - many slots at a glance: looking at them, answering the plain ones, writing
 * completions. By one warp; who may do it for which index is the caller's affair.
 */
#ifndef PEAL_CUDA_SLOTS_CUH
#define PEAL_CUDA_SLOTS_CUH

#include "check.cuh"
#include "data.cuh"

#define LOOK_MOST 32 /* slots of a look */
#define ROUNDS (LOOK_MOST / 8)

/* A ring, as both sides of it see it. */
struct ring {
	uint64_t base; /* GPU address */
	uint32_t log2;
};

__device__ static inline uint64_t tag_of(uint32_t index, uint32_t log2)
{
	return (uint64_t)(0x80 | (index >> log2 & 0x7f)) << PEAL_PAYLOAD_BITS;
}

/*
 * A copy of up to 32 slots, spread over the lanes: lane l has words 2q and 2q + 1,
 * q = l mod 4, of slots l / 4, 8 + l / 4 ... Tags are checked in the copy and taken
 * off, and the copy is what is used (C1.8).
 */
struct sight {
	pair word[ROUNDS];
};

/* Looks at up to 32 slots from `first` on; how many are valid, from the first on. */
__device__ static inline unsigned look(struct ring sq, struct sight *s, uint32_t first,
				       unsigned most)
{
	uint32_t mask = (1u << sq.log2) - 1;
	uint64_t base = sq.base + 16 * (lane_id() % 4);
	unsigned valid = 0;

#pragma unroll
	for (unsigned r = 0; r < ROUNDS; r++) {
		unsigned slot = 8 * r + lane_id() / 4;

		s->word[r] = pair{ 0, 0 };
		if (slot < most)
			s->word[r] = load_pair(
				(const void *)(base + (uint64_t)((first + slot) & mask) *
							      PEAL_DESC_BYTES));
	}
#pragma unroll
	for (unsigned r = 0; r < ROUNDS && 8 * r < most; r++) {
		uint64_t tag = tag_of(first + 8 * r + lane_id() / 4, sq.log2);
		uint32_t bad;

		s->word[r].x ^= tag;
		s->word[r].y ^= tag;
		bad = __ballot_sync(ALL_LANES, (s->word[r].x | s->word[r].y) >> PEAL_PAYLOAD_BITS);
		if (valid == 8 * r)
			valid += bad ? (__ffs(bad) - 1) / 4 : 8;
	}
	return valid < most ? valid : most;
}

/* What a lane has of a descriptor when it has executed. */
struct answer {
	struct outcome out;
	uint32_t cookie, index;
	bool silent, event;
};

/* One 16-byte store (C1.12). */
__device__ static inline void write_completion(struct ring cq, const struct answer *a,
					       uint32_t cq_index)
{
	uint64_t tag = tag_of(cq_index, cq.log2);
	pair c;

	c.x = PEAL_FIELD_PUT(PEAL_C_COOKIE, a->cookie) |
	      PEAL_FIELD_PUT(PEAL_C_STATUS, a->out.status) |
	      PEAL_FIELD_PUT(PEAL_C_INDEX, a->index) | tag;
	c.y = PEAL_FIELD_PUT(PEAL_C_RESULT, a->out.result) | tag;
	store_pair(
		(void *)(cq.base + (uint64_t)(cq_index & ((1u << cq.log2) - 1)) * PEAL_COMP_BYTES),
		c);
}

/*
 * NOPs and ECHOs without a flag need neither checks beyond a few bits nor memory,
 * and are answered straight from the lanes that hold their words. Are the first
 * `n` such ones?
 */
__device__ static inline bool is_plain(const struct sight *s, unsigned n)
{
	bool plain = true;

#pragma unroll
	for (unsigned r = 0; r < ROUNDS && 8 * r < n; r++) {
		const pair w = s->word[r];
		unsigned quarter = lane_id() % 4;
		uint32_t code = (uint32_t)__shfl_sync(ALL_LANES, w.x, lane_id() & ~3u);
		bool good = quarter == 0   ? code <= PEAL_OP_ECHO && w.y >> 32 == 0
			    : quarter == 3 ? !w.y && (code || !w.x)
					   : code || !(w.x | w.y);

		if (8 * r + lane_id() / 4 < n)
			plain &= good;
	}
	return __all_sync(ALL_LANES, plain);
}

/* Executes and completes the first `n`, all plain: SQ indices from `first`, CQ from `cq_first`. */
__device__ static inline void answer_plain(struct ring cq, const struct sight *s, uint32_t first,
					   uint32_t cq_first, unsigned n)
{
#pragma unroll
	for (unsigned r = 0; r < ROUNDS && 8 * r < n; r++) {
		unsigned slot = 8 * r + lane_id() / 4, quarter = lane_id() % 4;
		const pair w = s->word[r];
		uint64_t fold = quarter == 0 ? 0 : quarter == 3 ? w.x : w.x ^ w.y;
		struct answer a = {};

		fold ^= __shfl_xor_sync(ALL_LANES, fold, 1);
		fold ^= __shfl_xor_sync(ALL_LANES, fold, 2);
		a.out.result = fold;
		a.cookie = (uint32_t)w.y;
		a.index = first + slot;
		if (quarter == 0 && slot < n)
			write_completion(cq, &a, cq_first + slot);
	}
}

#endif
