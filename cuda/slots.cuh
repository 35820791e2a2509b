/* SPDX-License-Identifier: MIT */
/*
 * slots.cuh - many slots at a glance, a lane a slot: tags, the plain ones, completions.
 * By one warp; who may do it for which index is the caller's affair.
 */
#ifndef PEAL_CUDA_SLOTS_CUH
#define PEAL_CUDA_SLOTS_CUH

#include "check.cuh"
#include "data.cuh"

#define LOOK_MOST WARP /* slots of a look */
#define QUARTERS 4u    /* lanes that may have a slot between them, 16 bytes each */

/* A ring, as both sides of it see it. */
struct ring {
	uint64_t base; /* GPU address */
	uint32_t log2;
};

__device__ static inline uint64_t tag_of(uint32_t index, uint32_t log2)
{
	return (uint64_t)(0x80 | (index >> log2 & 0x7f)) << PEAL_PAYLOAD_BITS;
}

/* Takes the tag off: 0 if all words had it. This copy is what is used (C1.8). */
__device__ static inline uint64_t take_tag(uint64_t w[PEAL_DESC_WORDS], uint64_t tag)
{
	uint64_t all = 0;

#pragma unroll
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++) {
		w[i] ^= tag;
		all |= w[i];
	}
	return all >> PEAL_PAYLOAD_BITS;
}

/*
 * Lane l has the words of slot first + l. Takes the tags off; how many of the slots
 * [first, first + most) are valid, from the first on.
 */
__device__ static inline unsigned check_tags(uint64_t w[PEAL_DESC_WORDS], uint32_t first,
					     uint32_t log2, unsigned most)
{
	bool torn = take_tag(w, tag_of(first + lane_id(), log2));
	uint32_t bad = __ballot_sync(ALL_LANES, lane_id() >= most || torn);

	return bad ? __ffs(bad) - 1 : WARP;
}

/* Looks at up to 32 slots of the ring, here and now. */
__device__ static inline unsigned look(struct ring sq, uint32_t first, unsigned most)
{
	uint32_t slot = (first + lane_id()) & ((1u << sq.log2) - 1);
	const pair *from = (const pair *)(sq.base + (uint64_t)slot * PEAL_DESC_BYTES);
	uint64_t w[PEAL_DESC_WORDS] = {};

#pragma unroll
	for (unsigned i = 0; i < PEAL_DESC_WORDS / 2; i++) {
		pair p = lane_id() < most ? load_pair(from + i) : pair{ 0, 0 };

		w[2 * i] = p.x;
		w[2 * i + 1] = p.y;
	}
	return check_tags(w, first, sq.log2, most);
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
 * NOPs and ECHOs without a flag need no checks beyond these bits, and no memory. The
 * fold of such a one is its result: words 2 to 6 of a NOP are 0.
 */
__device__ static inline bool is_plain(const uint64_t w[PEAL_DESC_WORDS])
{
	uint32_t code = (uint32_t)w[0]; /* and flags, and class */

	return code <= PEAL_OP_ECHO && !(w[1] >> 32) && !w[7] &&
	       (code == PEAL_OP_ECHO || !(w[2] | w[3] | w[4] | w[5] | w[6]));
}

__device__ static inline uint64_t fold(const uint64_t w[PEAL_DESC_WORDS])
{
	return w[2] ^ w[3] ^ w[4] ^ w[5] ^ w[6];
}

__device__ static inline uint32_t cookie_of(const uint64_t w[PEAL_DESC_WORDS])
{
	return (uint32_t)PEAL_FIELD_GET(w, PEAL_D_COOKIE);
}

#endif
