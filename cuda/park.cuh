/* SPDX-License-Identifier: MIT */
/*
 * park.cuh - a queue with SUPPRESS that has been idle for a while looks at its slots no more
 * until a doorbell comes (contract C5.19). By the control warp, which hears of doorbells as of
 * any request; the servers see it in `stop`.
 *
 * Host: store the slot; full fence; load sq_event. Here: store sq_event; full fence; load
 * the slot. Each stores before it loads what the other stores, so one of them sees the other.
 */
#ifndef PEAL_CUDA_PARK_CUH
#define PEAL_CUDA_PARK_CUH

#include "line.cuh"

#ifndef PARK_LOOKS
#define PARK_LOOKS 2000 /* of the control warp, at a queue that does not move, before it parks */
#define PARK_EVERY 16	/* and then between two looks at the slot: less than SLEEP_STEPS */
#endif

/* Whether the next slot is; a lane a quarter, which makes one read. With the turn, or as a hint. */
__device__ static inline bool published(const struct team *t)
{
	struct ring sq = sq_of(t);
	uint32_t head = __shfl_sync(ALL_LANES, t->turn.head, 0), slot = head & ((1u << sq.log2) - 1);
	const pair *from = (const pair *)(sq.base + (uint64_t)slot * PEAL_DESC_BYTES);
	uint64_t tag = tag_of(head, sq.log2);
	bool there = true;

	if (lane_id() < QUARTERS) {
		pair p = load_pair(from + lane_id());

		there = !(((p.x ^ tag) | (p.y ^ tag)) >> PEAL_PAYLOAD_BITS);
	}
	return __all_sync(ALL_LANES, there);
}

/* And is awake for a while. */
__device__ static inline void unpark(struct team *t, struct still *still)
{
	if (lane_id() == 0)
		t->stop.parked = 0;
	__syncwarp();
	still->looks = 0;
}

/* With the turn: nothing is to be done, nor was since it was `still`, and nothing else is under way. */
__device__ static inline bool may_park(const struct team *t, const struct still *still)
{
	return t->state == PEAL_Q_ENABLED && !t->stop.closed && !t->ending && !t->wanting &&
	       !in_flight(t) && t->turn.head == still->head && t->cq_tail == still->cq_tail;
}

/* With the turn. Stays awake when something is published meanwhile. */
__device__ static inline void park(struct team *t, struct still *still)
{
	if (lane_id() == 0) {
		t->event = t->turn.head;
		t->stop.parked = 1;
	}
	__syncwarp();
	write_line(t);
	/* Full, between sq_event and the slot: pairs with the host's in peal_announce. */
	fence_full_sys();
	__syncwarp();
	if (published(t))
		unpark(t, still);
}

/* `still` is of the queue as it is now, and begins anew with every change. */
__device__ static inline void mind_parking(struct team *t, struct still *still)
{
	if (!suppresses(t))
		return;
	if (!__any_sync(ALL_LANES, t->stop.parked)) {
		if (still->looks < PARK_LOOKS || !try_turn(t))
			return;
		still->looks = 0;
		if (__all_sync(ALL_LANES, may_park(t, still)))
			park(t, still);
		give_turn(t);
	} else if (!still->looks || !is_open(t) ||
		   (still->looks % PARK_EVERY == 0 && published(t))) {
		unpark(t, still);
	} else {
		__nanosleep(NAP);
	}
}

#endif
