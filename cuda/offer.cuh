/* SPDX-License-Identifier: MIT */
/*
 * offer.cuh - windows of plain descriptors are accepted together.
 *
 * To hand the turn on takes longer than to accept a window. So a server that waits for it
 * offers its window, and who has the turn accepts, with its own, all that are offered right
 * behind it (flat combining: Hendler, Incze, Shavit and Tzafrir, SPAA 2010).
 *
 *	server		none -> OFFERED, and back with the turn, when the queue is closed, or
 *			when it has accepted the window itself
 *	who has it	OFFERED -> GRANTED
 *	server		GRANTED -> none
 *
 * In a queue that is closed nobody grants, and it is closed with the turn. So an offer is never
 * taken back while it is being granted.
 */
#ifndef PEAL_CUDA_OFFER_CUH
#define PEAL_CUDA_OFFER_CUH

#include "look.cuh"

#ifndef WAIT_CYCLES
#define WAIT_CYCLES 20000 /* for what comes before a window: some 10 us */
#endif

enum { NO_OFFER, OFFERED, GRANTED };

/* An index and a number of slots; of what is granted, its place in the CQ. */
__device__ static inline uint64_t offer_of(uint64_t kind, uint32_t index, uint64_t n)
{
	return kind << 40 | n << 32 | index;
}

__device__ static inline unsigned kind_of(uint64_t offer)
{
	return (unsigned)(offer >> 40);
}

/* Of the server's own. */
__device__ static inline void end_offer(struct team *t, unsigned me)
{
	if (lane_id() == 0)
		t->offer[me] = NO_OFFER;
}

/* ---- with the turn ------------------------------------------------------------------ */

/* Whether there is nothing to think of but credit. */
__device__ static inline bool is_simple(const struct team *t, const struct window *v)
{
	bool simple = !__any_sync(ALL_LANES, t->stop.closed | t->ending | !v->plain | !!t->others);

	__threadfence_block(); /* acquire: cq_tail behind `others`; pairs with end_complete */
	return simple;
}

/* Lane i has the i-th window from the one of `first` on, which is that of who has the turn. */
struct offers {
	unsigned server;
	uint32_t from, end; /* from `first` on */
	bool good, full;    /* it may follow, and another one may follow it */
};

__device__ static inline struct offers offers_behind(const struct team *t, unsigned me,
						     uint32_t first, unsigned n)
{
	uint32_t i = lane_id(), room = credit(t, UINT32_MAX);
	uint64_t offer;
	struct offers o;

	o.server = i ? (first / LOOK_MOST + i) % SERVERS : me;
	o.from = i ? LOOK_MOST * i - first % LOOK_MOST : 0;
	offer = i < SERVERS ? t->offer[o.server] : 0;
	o.end = i ? o.from + (uint8_t)(offer >> 32) : min(n, room);
	o.good = i == 0 ||
		 (kind_of(offer) == OFFERED && (uint32_t)offer == first + o.from && o.end <= room);
	o.full = o.end == LOOK_MOST * (i + 1) - first % LOOK_MOST;
	return o;
}

/* How many of the windows, from the first on, follow each other and have room in the CQ. */
__device__ static inline unsigned in_a_row(const struct offers *o)
{
	uint32_t goods = __ballot_sync(ALL_LANES, o->good);
	uint32_t fulls = __ballot_sync(ALL_LANES, o->full);

	/* Each is good, and all before it are full. */
	return __ffs(~(goods & (fulls << 1 | 1))) - 1;
}

/*
 * Accepts a simple window, as far as there is credit, and what is offered behind it: takes
 * places in the CQ, and gives the turn back; completions are written without it. Until the next
 * look at `others` nothing else is in flight, so the places are the right ones. Returns how many
 * of its own; `at`: where they go.
 */
__device__ static inline unsigned accept_plain(struct team *t, unsigned me, uint32_t first,
					       unsigned n, uint32_t *at)
{
	struct offers o = offers_behind(t, me, first, n);
	unsigned windows = in_a_row(&o);
	uint32_t all = __shfl_sync(ALL_LANES, o.end, windows - 1), cq_tail;

	__threadfence_block(); /* acquire: `writing` behind an offer; pairs with take_turn_at */
	cq_tail = t->cq_tail;
	*at = is_matched(t) ? first : cq_tail;
	if (all && lane_id() < windows)
		t->writing[o.server] = t->writing[o.server] + 1;
	__syncwarp();
	__threadfence_block(); /* release: `writing` before cq_tail; pairs with wait_written */
	if (lane_id() == 0) {
		t->turn.head = first + all;
		t->cq_tail = cq_tail + all;
	}
	__syncwarp();
	__threadfence_block(); /* release: who is granted counts what it does behind that */
	if (lane_id() && lane_id() < windows)
		t->offer[o.server] = offer_of(GRANTED, *at + o.from, 0);
	give_turn(t);
	return __shfl_sync(ALL_LANES, o.end, 0);
}

/* ---- without ------------------------------------------------------------------------- */

enum acceptance {
	REFUSED,  /* somebody else had it, the queue is closed, or what is before it is late */
	HAS_TURN, /* and what it has comes next */
	ACCEPTED, /* by who had the turn */
};

/* Takes an offer back, unless it was granted. False also when it is to be tried again. */
__device__ static inline bool withdraw(struct team *t, unsigned me)
{
	bool turn = take_turn_at(t, __shfl_sync(ALL_LANES, t->turn.head, 0)), granted;

	if (!turn && is_open(t))
		return false;
	__threadfence_block(); /* acquire: behind stop.closed; pairs with give_turn */
	granted = __any_sync(ALL_LANES, kind_of(t->offer[me]) == GRANTED);
	if (!granted)
		end_offer(t, me);
	if (turn)
		give_turn(t);
	return !granted;
}

/* Until a window is accepted, or the turn is there for it; `at`: its place in the CQ. */
__device__ static inline enum acceptance await_turn(struct team *t, unsigned me,
						    const struct window *v, uint32_t *at)
{
	uint32_t begun = (uint32_t)clock();

	if (take_turn_at(t, v->first))
		return HAS_TURN;
	if (lane_id() == 0 && v->plain)
		t->offer[me] = offer_of(OFFERED, v->first, v->valid);
	__syncwarp();
	for (;;) {
		bool granted = kind_of(t->offer[me]) == GRANTED;
		uint32_t before = v->first - t->turn.head;
		bool late = (uint32_t)clock() - begun > WAIT_CYCLES;

		if (__any_sync(ALL_LANES, granted)) {
			__threadfence_block(); /* acquire: pairs with the one in accept_plain */
			*at = (uint32_t)t->offer[me];
			return ACCEPTED;
		}
		if (__any_sync(ALL_LANES, !before) && take_turn_at(t, v->first))
			return HAS_TURN;
		late |= t->stop.closed | (before > SERVERS * LOOK_MOST);
		if (__any_sync(ALL_LANES, late) && withdraw(t, me))
			return REFUSED;
	}
}

#endif
