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
#define READS 2u       /* of a server, on their way */
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

/*
 * What a server reads with: fetches are begun and ended in order, and alternate between two
 * places. What was ended is there until its place is begun again.
 */
struct reader {
	struct fetched *fetched; /* [READS] */
	uint32_t begun, ended;
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

/* A slot that was read. */
__device__ static inline void load_slot(const struct fetched *f, unsigned slot,
					uint64_t w[PEAL_DESC_WORDS])
{
	const pair *from = (const pair *)f->slot[slot];

#pragma unroll
	for (unsigned i = 0; i < PEAL_DESC_WORDS / 2; i++) {
		pair p = from[i];

		w[2 * i] = p.x;
		w[2 * i + 1] = p.y;
	}
}

/* All that was read, a lane a slot. */
__device__ static inline void take_up(const struct ring sq, const struct fetched *f,
				      struct window *v)
{
	load_slot(f, lane_id(), v->d.w);
	v->valid = check_tags(v->d.w, v->first, sq.log2, v->slots);
}

__device__ static inline bool reads(const struct reader *r)
{
	return r->begun != r->ended;
}

/* Begins to read slots, from index `first` on, into shared memory. */
__device__ static inline void begin_read(struct reader *r, struct ring sq, uint32_t first,
					 unsigned slots)
{
	struct fetched *f = &r->fetched[r->begun++ % READS];
	uint64_t slot = first & ((1u << sq.log2) - 1);

	begin_fetch(f, sq.base + slot * PEAL_DESC_BYTES, slots);
	if (lane_id() == 0)
		f->first = first;
	__syncwarp();
}

/* Until what was begun first is there. */
__device__ static inline const struct fetched *end_read(struct reader *r)
{
	const struct fetched *f = &r->fetched[r->ended % READS];

	end_fetch(f, r->ended++ / READS & 1);
	return f;
}

/* When something else comes next. */
__device__ static inline void drop_reads(struct reader *r)
{
	while (reads(r))
		end_read(r);
}

/*
 * The next windows of the server's own, when it has found a full one. Of a ring that is less
 * full they would be read too early.
 */
__device__ static inline void read_ahead(struct reader *r, const struct team *t,
					 const struct window *v)
{
	uint32_t last = reads(r) ? r->fetched[(r->begun - 1) % READS].first
				 : v->first & ~(LOOK_MOST - 1);
	struct ring sq = sq_of(t);

	if (v->valid < v->slots || !__all_sync(ALL_LANES, t->load == LOAD_MOST))
		return;
	while (r->begun - r->ended < READS) {
		uint32_t next = last + SERVERS * LOOK_MOST, ahead = next - t->turn.head;

		if (!__all_sync(ALL_LANES, ahead + LOOK_MOST <= 1u << sq.log2))
			break;
		begin_read(r, sq, next, LOOK_MOST);
		last = next;
	}
}

/* A few slots, while the queue is idle or nearly so. Returns how many were served on the way. */
__device__ static inline unsigned look_at_few(struct team *t, struct ring sq, struct reader *r,
					      struct window *v)
{
	struct lone_view view = view_of(t);
	uint64_t w[PEAL_DESC_WORDS], behind = tag_of(v->first + 1, sq.log2);
	const struct fetched *f;
	enum lone how;
	bool more;

	begin_read(r, sq, v->first, v->slots);
	f = end_read(r);
	load_slot(f, 0, w);
	more = v->slots > 1 && !((f->slot[1][0] ^ behind) >> PEAL_PAYLOAD_BITS);
	how = serve_lone(t, &view, v->first, w, more);
	if (how == NOT_SIMPLE)
		take_up(sq, f, v);
	return how == SERVED;
}

/* Where there is something to look at. Returns how many were served on the way. */
__device__ static inline unsigned look_anew(struct team *t, unsigned me, struct reader *r,
					    struct window *v)
{
	struct ring sq = sq_of(t);

	choose(t, me, __shfl_sync(ALL_LANES, t->turn.head, 0), v);
	if (v->slots && v->slots <= LOAD_LOOK)
		return look_at_few(t, sq, r, v);
	if (!v->slots)
		return 0;
	begin_read(r, sq, v->first, v->slots);
	take_up(sq, end_read(r), v);
	return 0;
}

/* At the window that was read ahead. */
__device__ static inline void look_ahead(const struct team *t, struct reader *r, struct window *v)
{
	const struct fetched *f = end_read(r);

	v->first = f->first;
	v->slots = LOOK_MOST;
	take_up(sq_of(t), f, v);
}

/*
 * A look from inside the queue, where the server stays with what it found: behind an end the
 * next life may have the same indices. Nothing is found when it is closed. Returns how many
 * were served on the way: then there is nothing to do.
 */
__device__ static inline unsigned look_inside(struct team *t, unsigned me, struct reader *r,
					      struct window *v)
{
	v->first = 0;
	v->slots = v->valid = 0;
	if (!reads(r)) {
		t->inside[me] = 1;
		__threadfence_block(); /* pairs with the one in wait_outside */
	}
	if (__any_sync(ALL_LANES, t->stop.any))
		return 0;
	if (!reads(r))
		return look_anew(t, me, r, v);
	look_ahead(t, r, v);
	return 0;
}

/* Not while slots are being read. */
__device__ static inline void go_outside(struct team *t, unsigned me, const struct reader *r)
{
	__syncwarp(); /* release: all lanes are done; pairs with the fence in wait_outside */
	if (!reads(r))
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

/* By one server, which took so long from look to look. */
__device__ static inline void set_pace(struct team *t, uint32_t took)
{
	uint32_t mean = t->look_mean;

	mean = mean - mean / 8 + min(took, PACE_MOST) / 8;
	__syncwarp();
	if (lane_id() != 0)
		return;
	t->look_mean = mean;
	if (t->pace < mean + mean / 16 || t->pace > 2 * mean)
		t->pace = mean + mean / 5;
}

#endif
