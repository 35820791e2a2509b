/* SPDX-License-Identifier: MIT */
/*
 * look.cuh - how the servers of a queue look at its slots: where, how many, and when.
 *
 *	idle	some at the slot at `head`, one after the other at an even pace
 *	loaded	each at windows of 32 slots of its own: window k belongs to server
 *		k mod SERVERS, so an index alone says who looks where
 *
 * Reads of one line by ordinary loads are served one after the other, about one a microsecond
 * whoever asks; copies into shared memory overlap, so eight servers see a slot more often than
 * one. Evenly spaced they do so the soonest, hence the pace (decision 0020).
 */
#ifndef PEAL_CUDA_LOOK_CUH
#define PEAL_CUDA_LOOK_CUH

#include "fetch.cuh"
#include "lone.cuh"

#define LOOKERS 8u     /* servers that look at a queue that is idle, or begins to be loaded; */
#define LOAD_LOOK 4    /* then slots of a look */
#define LOAD_WINDOWS 2 /* of `load`: from here on a quarter, half, all of the servers have one */
#define LOAD_MOST 4
#define PACE_FIRST 3000u /* cycles, about what a look takes */
#define PACE_MOST 8000u	 /* for a look that was held up */

/* What a server has in its hands: a window that it has read; a lane has a descriptor. */
struct window {
	uint32_t first;
	unsigned slots; /* looked at; the first `valid` of them are */
	unsigned valid;
	bool plain;
	/* If it is not. */
	uint32_t tables; /* invalidations of regions that the checks know of */
	bool good;
	struct descriptor d;
	struct answer a;
};

/* ---- where ------------------------------------------------------------------------ */

/* Where server `me` looks when `head` is what comes next; slots is 0 when there is no place. */
__device__ static inline void choose(const struct team *t, unsigned me, uint32_t head,
				     struct window *v)
{
	uint32_t load = __shfl_sync(ALL_LANES, t->load, 0), size = 1u << t->config.sq_log2;
	unsigned ahead = (me + SERVERS - head / LOOK_MOST % SERVERS) % SERVERS;
	uint32_t to_end;

	if (load < LOAD_WINDOWS) {
		v->first = head;
		v->slots = me >= LOOKERS ? 0 : load ? LOAD_LOOK : 1;
	} else {
		v->first = ahead ? (head & ~(LOOK_MOST - 1)) + ahead * LOOK_MOST : head;
		v->slots = LOOK_MOST - v->first % LOOK_MOST;
		if (ahead >= (SERVERS >> (LOAD_MOST - load)) || v->first - head >= size)
			v->slots = 0;
	}
	to_end = size - (v->first & (size - 1));
	v->slots = min(v->slots, min(to_end, head + size - v->first));
}

/* ---- the look itself ---------------------------------------------------------------- */

/* What was read, from shared memory into the lanes. */
__device__ static inline void take_up(const struct ring sq, const struct fetched *f,
				      struct window *v)
{
	const pair *from = (const pair *)f->slot[lane_id()];

#pragma unroll
	for (unsigned i = 0; i < PEAL_DESC_WORDS / 2; i++) {
		pair p = from[i];

		v->d.w[2 * i] = p.x;
		v->d.w[2 * i + 1] = p.y;
	}
	v->valid = check_tags(v->d.w, v->first, sq.log2, v->slots);
}

/* Reads them into shared memory. */
__device__ static inline void read_slots(const struct window *v, uint64_t at, struct fetched *f,
					 uint32_t *phase)
{
	begin_fetch(f, at, v->slots);
	end_fetch(f, *phase);
	*phase ^= 1;
}

/* A few slots, while the queue is idle or nearly so. Returns how many were served on the way. */
__device__ static inline unsigned look_at_few(struct team *t, struct ring sq, uint64_t at,
					      struct fetched *f, uint32_t *phase, struct window *v)
{
	struct lone_view view = view_of(t);
	uint64_t tag = tag_of(v->first + lane_id() / QUARTERS, sq.log2);
	enum lone how;

	read_slots(v, at, f, phase);
	how = serve_lone(t, &view, v->first, v->slots, tag, ((const pair *)f->slot)[lane_id()]);
	if (how == NOT_SIMPLE)
		take_up(sq, f, v);
	return how == SERVED;
}

/*
 * A look from inside the queue, where the server stays with what it found: behind an end the
 * next life may have the same indices. Nothing is found when it is closed. Returns how many
 * were served on the way: then there is nothing to do.
 */
__device__ static inline unsigned look_inside(struct team *t, unsigned me, struct fetched *f,
					      uint32_t *phase, struct window *v)
{
	unsigned served = 0;

	v->first = 0;
	v->slots = v->valid = 0;
	t->inside[me] = 1;
	__threadfence_block(); /* pairs with the one in wait_outside */
	if (!__any_sync(ALL_LANES, t->stop.any)) {
		struct ring sq = sq_of(t);
		uint64_t at;

		choose(t, me, __shfl_sync(ALL_LANES, t->turn.head, 0), v);
		at = sq.base +
		     (uint64_t)(v->first & ((1u << sq.log2) - 1)) * PEAL_DESC_BYTES;
		if (v->slots > LOAD_LOOK) {
			read_slots(v, at, f, phase);
			take_up(sq, f, v);
		} else if (v->slots) {
			served = look_at_few(t, sq, at, f, phase, v);
		}
	}
	return served;
}

__device__ static inline void go_outside(struct team *t, unsigned me)
{
	__syncwarp(); /* release: all lanes are done; pairs with the fence in wait_outside */
	t->inside[me] = 0;
}

/* ---- when --------------------------------------------------------------------------- */

/* What a look tells of the load: full ones double the windows, one in vain halves them. */
__device__ static inline void weigh(struct team *t, const struct window *v, unsigned served)
{
	uint32_t load = t->load;

	if (v->slots && !v->valid && !served)
		load -= v->first == t->turn.head && load;
	else if (served && served == v->slots)
		load = min(load + 1, LOAD_MOST);
	__syncwarp();
	if (lane_id() == 0 && load != t->load)
		t->load = load;
}

/*
 * Servers that look at one slot do so by turns, each at its part of the pace. The pace
 * stands still as long as it fits, since all count its beats from the same zero.
 */
__device__ static inline void keep_pace(const struct team *t, unsigned me)
{
	uint32_t pace = __shfl_sync(ALL_LANES, t->pace, 0), begun = (uint32_t)clock(), late;

	late = __shfl_sync(ALL_LANES, (begun + pace / LOOKERS * me) % pace, 0);
	while (late > pace / LOOKERS / 4 && (uint32_t)clock() - begun < pace - late)
		;
	__syncwarp();
}

/* By one server: `mean` is of what it takes from look to look, of late. */
__device__ static inline void set_pace(struct team *t, uint32_t took, uint32_t *mean)
{
	*mean = *mean - *mean / 8 + min(took, PACE_MOST) / 8;
	if (lane_id() == 0 && (t->pace < *mean + *mean / 16 || t->pace > 2 * *mean))
		t->pace = *mean + *mean / 5;
}

#endif
