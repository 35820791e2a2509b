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
	struct ring sq, cq;
	bool matched, require_crc;
};

__device__ static inline struct lone_view view_of(const struct team *t)
{
	return lone_view{ sq_of(t), cq_of(t), is_matched(t), t->rules.require_crc };
}

/*
 * By lane 0, with the turn: unless something else is to be thought of. All is read before it is
 * weighed.
 */
__device__ static inline bool complete_lone(struct team *t, const struct lone_view *view,
					    uint32_t head, const uint64_t w[PEAL_DESC_WORDS])
{
	uint32_t done = t->done, cq_tail = t->cq_tail, cq_head = t->cq_head;
	bool closed = t->stop.closed, ending = t->ending;
	struct answer a = { { PEAL_ST_OK, fold(w) }, cookie_of(w), head, false, false };

	if (closed | ending | (done != head) |
	    (!view->matched & (cq_tail - cq_head >= 1u << view->cq.log2)))
		return false;
	write_completion(view->cq, &a, view->matched ? head : cq_tail);
	__threadfence_block(); /* release: whoever reads the counters may tell the host of them */
	t->turn.head = head + 1;
	t->cq_tail = cq_tail + 1;
	t->done = head + 1;
	return true;
}

/*
 * The slot at `head`, as it was read; `more`: there is something behind it. Every lane has the
 * whole of it, so that none waits for another. From inside the queue.
 */
__device__ static inline enum lone serve_lone(struct team *t, const struct lone_view *view,
					      uint32_t head, uint64_t w[PEAL_DESC_WORDS], bool more)
{
	int how = NOT_THERE;

	if (take_tag(w, tag_of(head, view->sq.log2)))
		return NOT_THERE;
	if (more || !is_plain(w) || view->require_crc)
		return NOT_SIMPLE;
	if (lane_id() == 0 && begin_turn(t, head)) {
		how = complete_lone(t, view, head, w) ? SERVED : NOT_SIMPLE;
		end_turn(t);
	}
	return (enum lone)__shfl_sync(ALL_LANES, how, 0);
}

#endif
