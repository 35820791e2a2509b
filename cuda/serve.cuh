/* SPDX-License-Identifier: MIT */
/*
 * serve.cuh - the servers of a queue: warps that look at slots, each on its own, and take
 * turns in index order to accept them, execute them and write their completions.
 *
 *	look	 at the slot at `head`, two of them, while the queue is idle. When it is loaded, each at windows of 32 slots of its own: window k belongs
 *		 to server k mod SERVERS, so an index alone says who looks where
 *	wait	 for what comes before it. A host publishes in order, so it is on its way
 *	serve	 with the turn: check, accept, execute; NOPs and ECHOs straight from the lanes
 *	flush	 completions of what is done, behind one fence if memory was written
 */
#ifndef PEAL_CUDA_SERVE_CUH
#define PEAL_CUDA_SERVE_CUH

#include "fetch.cuh"
#include "team.cuh"

#define IDLE_SERVERS 3	/* that look at an idle queue: more would only wait for each other */
#define LOAD_LOOK 4	/* slots of a look at a queue that begins to be loaded */
#define LOAD_MOST 4	/* of `load`; from 2 on, half of the servers, all of them have windows */
#define WAIT_CYCLES 20000 /* for what comes before a window: some 10 us */
#define AWAKE_LOOKS 1024  /* in vain, before a server sleeps between two, */
#define SLEEP_MOST 16000  /* up to so many ns */

/* ---- flush ----------------------------------------------------------------------- */

/* The event behind the completions (C6.8): a fence between, then the count. */
__device__ static inline void raise(struct team *t, unsigned events)
{
	fence_sys();
	if (lane_id() == 0) {
		t->events += events;
		t->raises += events;
		store64(&t->page->event[t->number].raises, t->raises);
	}
}

/* Completions of lanes [from, to), in order; what they wrote comes before (C6.3). */
__device__ static inline void flush(struct team *t, const struct answer *a, unsigned from,
				    unsigned to)
{
	bool mine = lane_id() >= from && lane_id() < to;
	bool silent = mine && a->silent && a->out.status == PEAL_ST_OK;
	uint32_t written = __ballot_sync(ALL_LANES, mine && !silent);
	uint32_t quiet = __ballot_sync(ALL_LANES, silent);
	unsigned events = __popc(__ballot_sync(ALL_LANES, mine && a->event));
	uint32_t rank = __popc(written & ((1u << lane_id()) - 1));
	uint32_t cq_tail = t->cq_tail;

	if (from == to || __any_sync(ALL_LANES, t->mute))
		return;
	if (t->dirty)
		fence_sys();
	if (mine && !silent)
		write_completion(cq_of(t), a, is_matched(t) ? a->index : cq_tail + rank);
	__syncwarp();
	__threadfence_block(); /* whoever reads the counters may tell the host of them */
	if (lane_id() == 0) {
		t->dirty = false;
		t->cq_tail = cq_tail + __popc(written);
		t->silent += __popc(quiet);
	}
	if (events)
		raise(t, events);
	__syncwarp();
}

/* ---- serve ----------------------------------------------------------------------- */

/* ---- serve ----------------------------------------------------------------------- */

/* A STOP was accepted: nothing behind it is, and the queue drains (C7.14). */
__device__ static inline void stop_behind(struct team *t)
{
	t->stop.closed = 1;
	t->end.drain = 0;
	if (t->ending)
		return;
	t->state = PEAL_Q_DRAINING;
	t->end = cuda_end{ 0, 0, PEAL_Q_DRAINING, PEAL_Q_DRAINED, t->epoch, 1 };
	t->ending = true;
}

__device__ static inline void accept(struct team *t, unsigned n, bool stop)
{
	if (lane_id() == 0) {
		t->turn.head += n;
		if (stop)
			stop_behind(t);
	}
	__syncwarp();
}

/* The operations without operands. */
__device__ static inline struct outcome execute_control(const struct descriptor *d, uint32_t index)
{
	switch (d->op.code) {
	case PEAL_OP_ECHO:
		return outcome{ PEAL_ST_OK, fold(d->w) };
	case PEAL_OP_STOP: return outcome{ PEAL_ST_STOPPED, index };
	default: return outcome{ PEAL_ST_OK, 0 };
	}
}

/* The memory operation of lane `of`, by the whole warp. */
__device__ static inline void execute_memory(struct team *t, struct work *work,
					     const struct descriptor *d, unsigned of,
					     struct answer *a)
{
	struct scene scene = { &t->abort, t->all->record_lock };
	bool rollout = __shfl_sync(ALL_LANES, d->op.unit == ROLLOUT, of);
	struct outcome out;

	if (lane_id() == of)
		*work = (struct work){ d->op.code, d->length, d->arg0, d->a, d->b };
	__syncwarp();
	if (__any_sync(ALL_LANES, t->abort))
		end_with(&out, PEAL_ST_ABORTED, 0);
	else if (rollout)
		execute_rollout(&scene, work, &out);
	else
		execute_move(&scene, work, &out);
	if (lane_id() == of)
		a->out = out;
	__syncwarp();
}

/* An operation that is long enough for those before it not to wait for it. */
#define LONG_BYTES 4096

__device__ static inline void execute_all(struct team *t, struct work *work,
					  const struct descriptor *d, bool good, struct answer *a,
					  unsigned n)
{
	bool memory = good && d->op.unit != CTRL;
	bool acquires = memory && !(d->flags & PEAL_FLAG_RELAX_ACQ);
	bool releases = memory && !(d->flags & PEAL_FLAG_RELAX_REL);
	bool is_long = memory && (d->length > LONG_BYTES || d->b.bytes > LONG_BYTES);
	uint32_t left = __ballot_sync(ALL_LANES, memory);
	uint32_t longs = __ballot_sync(ALL_LANES, is_long);
	uint32_t release = __ballot_sync(ALL_LANES, releases);
	unsigned flushed = 0;

	/* Acquire: pairs with the host's release of the slots (peal_desc_publish). */
	if (__any_sync(ALL_LANES, acquires))
		fence_sys();
	for (; left; left &= left - 1) {
		unsigned i = __ffs(left) - 1;

		if (longs >> i & 1) {
			flush(t, a, flushed, i);
			flushed = i;
		}
		execute_memory(t, work, d, i, a);
		if (lane_id() == 0 && release >> i & 1)
			t->dirty = true;
		__syncwarp();
	}
	flush(t, a, flushed, n);
}

/* ---- the servers ------------------------------------------------------------------- */

/*
 * With the turn: `n` valid descriptors from `head` on, a lane each, with all their checks.
 * Returns how many were accepted.
 */
__device__ static inline unsigned serve(struct team *t, struct work *work, struct descriptor *d,
					unsigned n)
{
	uint32_t index = t->turn.head + lane_id();
	struct answer a = {};
	bool mine, good, known;
	uint32_t stops;

	n = credit(t, n);
	if (!n)
		return 0;
	mine = lane_id() < n;
	good = mine && check(&t->table, &t->rules, d, &a.out);
	stops = __ballot_sync(ALL_LANES, good && d->op.code == PEAL_OP_STOP);
	if (stops) {
		n = __ffs(stops);
		mine = lane_id() < n;
		good = good && mine;
	}
	accept(t, n, stops);
	known = good || (a.out.status != PEAL_ST_BAD_CRC && a.out.status != PEAL_ST_BAD_OPCODE &&
			 a.out.status != PEAL_ST_BAD_FLAGS);
	a.cookie = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_COOKIE);
	a.index = index;
	a.silent = d->flags & PEAL_FLAG_SILENT;
	a.event = mine && known && d->flags & PEAL_FLAG_EVENT;
	if (good && d->op.unit == CTRL)
		a.out = execute_control(d, index);
	execute_all(t, work, d, good, &a, n);
	return n;
}

/* With the turn: `n` plain ones, and there is credit for all. */
__device__ static inline void serve_plain(struct team *t, const uint64_t w[PEAL_DESC_WORDS],
					  uint32_t head, uint64_t result, unsigned n)
{
	uint32_t cq_tail = t->cq_tail;
	struct answer a = {};

	a.out.result = result;
	a.cookie = (uint32_t)w[1];
	a.index = head + lane_id();
	if (lane_id() < n)
		write_completion(cq_of(t), &a, (is_matched(t) ? head : cq_tail) + lane_id());
	__syncwarp();
	__threadfence_block(); /* whoever reads the counters may tell the host of them */
	if (lane_id() == 0) {
		t->cq_tail = cq_tail + n;
		t->turn.head = head + n;
	}
}

/* What a server has in its hands: a window that it has read. */
struct window {
	uint32_t first;
	unsigned slots; /* looked at; the first `valid` of them are */
	unsigned valid;
	bool plain;
	uint64_t result; /* of the lane's descriptor, if they are plain */
	struct descriptor d;
};

/* Where server `me` looks when `head` is what comes next; slots is 0 when there is no place. */
__device__ static inline void choose(const struct team *t, unsigned me, uint32_t head,
				     struct window *v)
{
	uint32_t load = t->load, size = 1u << t->config.sq_log2;
	unsigned ahead = (me - head / LOOK_MOST) % SERVERS;
	uint32_t to_end;

	if (load < 2 || ahead >= (SERVERS >> (LOAD_MOST - load))) {
		v->first = head;
		v->slots = load == 1 ? LOAD_LOOK : 1;
		if (load >= 2 || me >= IDLE_SERVERS)
			v->slots = 0;
	} else {
		v->first = ahead ? (head & ~(LOOK_MOST - 1)) + ahead * LOOK_MOST : head;
		v->slots = LOOK_MOST - v->first % LOOK_MOST;
		if (v->first - head >= size)
			v->slots = 0;
	}
	to_end = size - (v->first & (size - 1));
	v->slots = min(v->slots, min(to_end, head + size - v->first));
}

/* Reads and checks it. */
__device__ static inline void look_at(struct team *t, struct fetched *f, uint32_t *phase,
				      struct window *v)
{
	struct ring sq = sq_of(t);
	uint32_t slot = v->first & ((1u << sq.log2) - 1);
	const pair *from = (const pair *)f->slot[lane_id()];

	if (v->slots <= LOAD_LOOK) {
		fetch_now(f, sq.base + (uint64_t)slot * PEAL_DESC_BYTES, v->slots);
	} else {
		begin_fetch(f, sq.base + (uint64_t)slot * PEAL_DESC_BYTES, v->slots);
		end_fetch(f, *phase);
		*phase ^= 1;
	}
#pragma unroll
	for (unsigned i = 0; i < PEAL_DESC_WORDS / 2; i++) {
		pair p = from[i];

		v->d.w[2 * i] = p.x;
		v->d.w[2 * i + 1] = p.y;
	}
	v->valid = check_tags(v->d.w, v->first, sq.log2, v->slots);
	v->plain = __all_sync(ALL_LANES, lane_id() >= v->valid || is_plain(v->d.w)) &&
		   !t->rules.require_crc;
	v->result = fold(v->d.w);
}

/* A look from inside the queue; nothing is found when it is closed. */
__device__ static inline void look_inside(struct team *t, unsigned me, struct fetched *f,
					  uint32_t *phase, struct window *v)
{
	v->first = 0;
	v->slots = v->valid = 0;
	t->inside[me] = 1;
	__threadfence_block(); /* pairs with the one in wait_outside */
	if (!__any_sync(ALL_LANES, t->stop.any)) {
		choose(t, me, __shfl_sync(ALL_LANES, t->turn.head, 0), v);
		if (v->slots)
			look_at(t, f, phase, v);
	}
	__syncwarp();
	t->inside[me] = 0;
}

/* Takes the turn when all before the window is accepted; false when that will not be. */
__device__ static inline bool wait_turn(struct team *t, const struct window *v)
{
	long long begun;

	if (take_turn_at(t, v->first))
		return true;
	begun = clock64();
	for (;;) {
		uint32_t before = v->first - __shfl_sync(ALL_LANES, t->turn.head, 0);
		bool late = clock64() - begun > WAIT_CYCLES;

		if (!before && take_turn_at(t, v->first))
			return true;
		if (before > SERVERS * LOOK_MOST || __any_sync(ALL_LANES, t->stop.closed))
			return false; /* somebody else had it */
		if (__shfl_sync(ALL_LANES, late, 0))
			return false;
	}
}

/* With the turn. Returns how many were accepted. */
__device__ static inline unsigned serve_window(struct team *t, struct window *v, struct work *work)
{
	unsigned n = v->valid;

	if (__any_sync(ALL_LANES, t->stop.closed || t->ending)) {
		n = t->stop.closed ? 0 : min(n, t->limit - v->first);
		n = __shfl_sync(ALL_LANES, n, 0);
		if (!n)
			return 0;
	}
	if (!v->plain || credit(t, n) < n)
		return serve(t, work, &v->d, n);
	serve_plain(t, v->d.w, v->first, v->result, n);
	return n;
}

/* What a look tells of the load: full ones double the windows, one that finds nothing ends it. */
__device__ static inline void weigh(struct team *t, const struct window *v, unsigned served)
{
	uint32_t load = t->load;

	if (v->slots && !v->valid)
		load = v->first == t->turn.head ? 0 : load;
	else if (served && served == v->slots)
		load = min(load + 1, LOAD_MOST);
	__syncwarp();
	if (lane_id() == 0 && load != t->load)
		t->load = load;
}

__device__ static inline void server(struct team *t, unsigned me, struct fetched *f,
				     struct work *work)
{
	unsigned in_vain = 0;
	uint32_t phase = 0;

	while (!__any_sync(ALL_LANES, t->stop.leave)) {
		struct window v;
		unsigned served = 0;

		look_inside(t, me, f, &phase, &v);
		if (v.valid && wait_turn(t, &v)) {
			served = serve_window(t, &v, work);
			give_turn(t);
		}
		weigh(t, &v, served);
		in_vain = served ? 0 : in_vain + 1;
		if (!v.slots)
			__nanosleep(100);
		else if (in_vain > AWAKE_LOOKS)
			__nanosleep(min(in_vain - AWAKE_LOOKS, SLEEP_MOST));
	}
}

#endif
