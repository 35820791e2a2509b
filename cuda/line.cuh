/* SPDX-License-Identifier: MIT */
/*
 * line.cuh - the device line: what the host reads of a queue without asking. By the control warp.
 */
#ifndef PEAL_CUDA_LINE_CUH
#define PEAL_CUDA_LINE_CUH

#include "team.cuh"

#define STILL_LOOKS 4 /* of the control warp, some 1 us each: the queue has fallen idle */

/*
 * Four words, behind what they tell of (C5.4). The server may be at work: what is read
 * first is never ahead of what is read later, and the fence orders all that was seen.
 */
__device__ static inline void write_line(struct team *t)
{
	uint32_t tail = __shfl_sync(ALL_LANES, t->cq_tail, 0), head, state;
	uint64_t epoch = (uint64_t)t->epoch << 32;
	uint64_t word = 0;

	if (__any_sync(ALL_LANES, t->mute))
		return;
	wait_written(t);
	head = __shfl_sync(ALL_LANES, t->turn.head, 0);
	state = __shfl_sync(ALL_LANES, t->state, 0);
	fence_sys();
	switch (lane_id()) {
	case 0: word = epoch | head; break;
	case 1: word = epoch | tail; break;
	case 2: word = suppresses(t) ? epoch | t->event : epoch; break;
	case 3: word = epoch | state; break;
	}
	if (lane_id() < 4 && t->config.device_line)
		store64((void *)(t->config.device_line + 8 * lane_id()), word);
	if (lane_id() == 0) {
		t->line_head = head;
		t->line_tail = tail;
		t->line_state = state;
	}
	__syncwarp();
}

__device__ static inline bool line_is_old(const struct team *t)
{
	return __any_sync(ALL_LANES, t->line_head != t->turn.head || t->line_tail != t->cq_tail ||
					     t->line_state != t->state);
}

/* Where the queue stood when it last moved, and how many looks ago that was. */
struct still {
	uint32_t head, cq_tail;
	unsigned looks;
};

/* When the queue has fallen idle, and behind a STOP. */
__device__ static inline void mind_line(struct team *t, struct still *still)
{
	uint32_t head = __shfl_sync(ALL_LANES, t->turn.head, 0);
	uint32_t tail = __shfl_sync(ALL_LANES, t->cq_tail, 0);
	bool moved = head != still->head || tail != still->cq_tail;

	*still = { head, tail, moved ? 0 : still->looks + 1 };
	if (!line_is_old(t) || __any_sync(ALL_LANES, t->state == PEAL_Q_DISABLED))
		return;
	if (still->looks > STILL_LOOKS || __any_sync(ALL_LANES, t->line_state != t->state))
		write_line(t);
}

#endif
