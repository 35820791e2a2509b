/* SPDX-License-Identifier: MIT */
/*
 * lone.cuh - a descriptor that finds its queue idle: from the look that found it to its
 * completion by the shortest way. This is what a round trip waits for, so nothing is
 * in between that could come before the look or behind the completion.
 *
 * Only for a plain NOP or ECHO with nothing in flight and nothing behind it in sight; all
 * else goes the way of serve.cuh.
 */
#ifndef PEAL_CUDA_LONE_CUH
#define PEAL_CUDA_LONE_CUH

#include "slots.cuh"
#include "team.cuh"

enum lone {
	NOT_THERE, /* not published yet, or somebody else had it */
	SERVED,
	NOT_SIMPLE, /* it is there, and whatever it takes is to be done */
};

/* What stands still while a server is inside the queue; read before the look. */
struct lone_view {
	struct ring cq;
	bool matched, require_crc;
};

__device__ static inline struct lone_view view_of(const struct team *t)
{
	return lone_view{ cq_of(t), is_matched(t), t->rules.require_crc };
}

/* What lanes say of their quarters; all together in one word. */
enum { TORN = 1, MORE_TORN = 2, ODD = 4, NOP = 8, OPERANDS = 16 };

/* Lane 4 s + q has quarter q of slot s, tags off; what is_plain asks of the first slot. */
__device__ static inline uint32_t say(pair p, bool there)
{
	bool torn = !there || (p.x | p.y) >> PEAL_PAYLOAD_BITS;
	uint32_t code = (uint32_t)p.x; /* in lane 0: and flags, and class */
	uint32_t operands = p.x | p.y ? OPERANDS : 0;

	if (lane_id() >= QUARTERS)
		return torn && lane_id() < 2 * QUARTERS ? MORE_TORN : 0;
	if (torn)
		return TORN;
	if (lane_id() == 0)
		return code > PEAL_OP_ECHO || p.y >> 32 ? ODD : code == PEAL_OP_NOP ? NOP : 0;
	if (lane_id() == 3)
		return p.y ? (uint32_t)ODD : operands;
	return operands;
}

/* The XOR of words 2 to 6, in lane 0. */
__device__ static inline uint64_t fold_quarters(pair p)
{
	uint64_t part = lane_id() == 0 ? 0 : lane_id() == 3 ? p.x : p.x ^ p.y;

	part ^= __shfl_xor_sync(ALL_LANES, part, 1);
	return part ^ __shfl_xor_sync(ALL_LANES, part, 2);
}

/* By lane 0, with the turn: nothing else is to be thought of. All is read before it is weighed. */
__device__ static inline bool is_alone(const struct team *t, const struct lone_view *view,
				       uint32_t head)
{
	uint32_t done = t->done, cq_tail = t->cq_tail, cq_head = t->cq_head;
	bool closed = t->stop.closed, ending = t->ending;

	return !closed & !ending & (done == head) &
	       (view->matched | (cq_tail - cq_head < 1u << view->cq.log2));
}

__device__ static inline void complete_lone(struct team *t, const struct lone_view *view,
					    uint32_t head, uint32_t cookie, uint64_t result)
{
	uint32_t cq_tail = t->cq_tail;
	struct answer a = { { PEAL_ST_OK, result }, cookie, head, false, false };

	write_completion(view->cq, &a, view->matched ? head : cq_tail);
	__threadfence_block(); /* release: whoever reads the counters may tell the host of them */
	t->turn.head = head + 1;
	t->cq_tail = cq_tail + 1;
	t->done = head + 1;
}

/*
 * Lane 4 s + q has quarter q of slot head + s, as it was read; `slots` of them. From
 * inside the queue.
 */
__device__ static inline enum lone serve_lone(struct team *t, const struct lone_view *view,
					      uint32_t head, unsigned slots, uint64_t tag, pair p)
{
	pair payload = { p.x ^ tag, p.y ^ tag };
	uint32_t said =
		__reduce_or_sync(ALL_LANES, say(payload, lane_id() < QUARTERS * slots));
	uint64_t result = fold_quarters(payload);
	int how = NOT_THERE;

	if (said & TORN)
		return NOT_THERE;
	if (!(said & MORE_TORN) || said & ODD || (said & NOP && said & OPERANDS) ||
	    view->require_crc)
		return NOT_SIMPLE;
	if (lane_id() == 0 && begin_turn(t, head)) {
		how = is_alone(t, view, head) ? SERVED : NOT_SIMPLE;
		if (how == SERVED)
			complete_lone(t, view, head, (uint32_t)payload.y, result);
		end_turn(t);
	}
	return (enum lone)__shfl_sync(ALL_LANES, how, 0);
}

#endif
