/* SPDX-License-Identifier: MIT */
/*
 * offer.cuh - windows of plain descriptors are accepted together.
 *
 * To hand the turn on takes longer than to accept a window. So a server that waits for it
 * offers its window, and who has the turn accepts, with its own, all that are offered right
 * behind it (flat combining: Hendler, Incze, Shavit and Tzafrir, SPAA 2010).
 *
 *	server		none -> OFFERED, and back when it has waited in vain or has the turn
 *	who has it	OFFERED -> CLAIMED -> GRANTED, or back to OFFERED
 *	server		GRANTED -> none
 */
#ifndef PEAL_CUDA_OFFER_CUH
#define PEAL_CUDA_OFFER_CUH

#include "look.cuh"

#ifndef WAIT_CYCLES
#define WAIT_CYCLES 20000 /* for what comes before a window: some 10 us */
#endif

enum { NO_OFFER, OFFERED, CLAIMED, GRANTED };

/* An index and a number of slots; of what is granted, its place in the CQ. */
__device__ static inline uint64_t offer_of(uint64_t kind, uint32_t index, uint64_t n)
{
	return kind << 40 | n << 32 | index;
}

__device__ static inline unsigned kind_of(uint64_t offer)
{
	return (unsigned)(offer >> 40);
}

/* Puts `next` where `offer` was, unless something else is there by now. By one lane. */
__device__ static inline bool change_offer(struct team *t, unsigned server, uint64_t offer,
					   uint64_t next)
{
	return atomicCAS((unsigned long long *)&t->offer[server], offer, next) == offer;
}

/* ---- with the turn ------------------------------------------------------------------ */

/* Whether there is nothing to think of but credit. */
__device__ static inline bool is_simple(const struct team *t, const struct window *v)
{
	bool simple =
		!__any_sync(ALL_LANES, t->stop.closed | t->ending | !v->plain | !!t->others);

	__threadfence_block(); /* acquire: cq_tail behind `others`; pairs with end_complete */
	return simple;
}

/* Lane i has the i-th window from the one of `first` on, which is that of who has the turn. */
struct offers {
	unsigned server;
	uint64_t offer;
	uint32_t from, end; /* from `first` on */
	bool full;	    /* to its end, so that the next one may follow */
};

__device__ static inline struct offers offers_behind(const struct team *t, uint32_t first,
						     unsigned n)
{
	unsigned i = lane_id();
	struct offers o = {};

	o.server = (first / LOOK_MOST + i) % SERVERS;
	o.from = LOOK_MOST * i - first % LOOK_MOST;
	if (i == 0) {
		o.from = 0;
		o.end = n;
	} else if (i < SERVERS) {
		o.offer = t->offer[o.server];
		o.end = o.from + (uint8_t)(o.offer >> 32);
	}
	o.full = i < SERVERS && o.end == LOOK_MOST * (i + 1) - first % LOOK_MOST;
	return o;
}

/* How many of the windows, from the first on, follow each other and have room in the CQ. */
__device__ static inline unsigned in_a_row(const struct team *t, const struct offers *o,
					   uint32_t first)
{
	bool fits = o->end <= credit(t, UINT32_MAX);
	bool good = kind_of(o->offer) == OFFERED && (uint32_t)o->offer == first + o->from && fits;
	uint32_t goods = __ballot_sync(ALL_LANES, lane_id() == 0 || good);
	uint32_t fulls = __ballot_sync(ALL_LANES, o->full);

	/* Each is good, and all before it are full. */
	return __ffs(~(goods & (fulls << 1 | 1))) - 1;
}

/* Who waited in vain may have withdrawn meanwhile; those behind it get their offers back. */
__device__ static inline unsigned claim(struct team *t, const struct offers *o, unsigned windows)
{
	bool asks = lane_id() && lane_id() < windows;
	bool got = asks && change_offer(t, o->server, o->offer, offer_of(CLAIMED, 0, 0));
	uint32_t missing = __ballot_sync(ALL_LANES, lane_id() && !got);

	windows = min(windows, missing ? __ffs(missing) - 1 : WARP);
	if (got && lane_id() >= windows)
		t->offer[o->server] = o->offer;
	return windows;
}

/*
 * Accepts a simple window, and what is offered behind it: takes places in the CQ, and gives
 * the turn back; completions are written without it. Until the next look at `others` nothing
 * else is in flight, so the places are the right ones. Returns where the window's own go.
 */
__device__ static inline uint32_t accept_plain(struct team *t, unsigned me, uint32_t first,
					       unsigned n)
{
	struct offers o = offers_behind(t, first, n);
	unsigned windows = claim(t, &o, in_a_row(t, &o, first));
	uint32_t all = __shfl_sync(ALL_LANES, o.end, windows - 1), cq_tail, at;

	__threadfence_block(); /* acquire: `writing` behind an offer; pairs with look_inside */
	cq_tail = t->cq_tail;
	at = is_matched(t) ? first : cq_tail;
	if (lane_id() < windows) {
		unsigned server = lane_id() ? o.server : me;

		t->writing[server] = t->writing[server] + 1;
	}
	__syncwarp();
	__threadfence_block(); /* release: `writing` before cq_tail; pairs with wait_written */
	if (lane_id() == 0) {
		t->turn.head = first + all;
		t->cq_tail = cq_tail + all;
	}
	__syncwarp();
	__threadfence_block(); /* release: who is granted counts what it does behind that */
	if (lane_id() && lane_id() < windows)
		t->offer[o.server] = offer_of(GRANTED, at + o.from, 0);
	give_turn(t);
	return at;
}

/* ---- without ------------------------------------------------------------------------- */

enum acceptance {
	REFUSED,  /* somebody else had it, the queue is closed, or what is before it is late */
	HAS_TURN, /* and what it has comes next */
	ACCEPTED, /* by who had the turn */
};

/* Takes an offer back; false when it is claimed. */
__device__ static inline bool withdraw(struct team *t, unsigned me, const struct window *v)
{
	bool back = true;

	if (lane_id() == 0 && v->plain)
		back = change_offer(t, me, offer_of(OFFERED, v->first, v->valid), NO_OFFER);
	return __all_sync(ALL_LANES, back);
}

/* Until a window is accepted, or the turn is there for it; `at`: its place in the CQ. */
__device__ static inline enum acceptance await_turn(struct team *t, unsigned me,
						    const struct window *v, uint32_t *at)
{
	long long begun = clock64();

	if (take_turn_at(t, v->first))
		return HAS_TURN;
	if (lane_id() == 0 && v->plain)
		t->offer[me] = offer_of(OFFERED, v->first, v->valid);
	__syncwarp();
	for (;;) {
		uint64_t offer = __shfl_sync(ALL_LANES, t->offer[me], 0);
		uint32_t before = v->first - __shfl_sync(ALL_LANES, t->turn.head, 0);
		bool late = clock64() - begun > WAIT_CYCLES;

		if (kind_of(offer) == GRANTED) {
			*at = (uint32_t)offer;
			__threadfence_block(); /* acquire: pairs with the one in accept_plain */
			return ACCEPTED;
		}
		if (!before && take_turn_at(t, v->first)) {
			withdraw(t, me, v);
			return HAS_TURN;
		}
		if (before <= SERVERS * LOOK_MOST && !__any_sync(ALL_LANES, t->stop.closed) &&
		    !__shfl_sync(ALL_LANES, late, 0))
			continue;
		if (withdraw(t, me, v))
			return REFUSED;
	}
}

#endif
