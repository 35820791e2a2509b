/* SPDX-License-Identifier: MIT */
/*
 * serve.cuh - the servers of a queue: warps that look at slots, each on its own, accept what
 * they found in index order, execute it side by side, and complete it in order again.
 *
 *	look	  at a window of slots (look.cuh)
 *	examine	  all checks, a lane a descriptor
 *	accept	  with the turn, when all before it is accepted; a host publishes in order, so
 *		  that is on its way. Plain windows in a row together (offer.cuh)
 *	execute	  an operation after the other, by the whole warp; who works on the same record,
 *		  or in order ACTOR for the same actor, waits for the earlier one
 *	complete  behind one fence if memory was written; in index order, but in order NONE.
 *		  Windows of plain NOPs and ECHOs take their places in the CQ when they are
 *		  accepted, and are written side by side
 */
#ifndef PEAL_CUDA_SERVE_CUH
#define PEAL_CUDA_SERVE_CUH

#include "offer.cuh"

#define NAP_LOADED 100	 /* ns, while others look further ahead than there are slots */
#define AWAKE_LOOKS 1024 /* in vain, before a server sleeps between two, */
#define SLEEP_MOST 16000 /* up to so many ns */

/* ---- examine ----------------------------------------------------------------------- */

/* The operations without operands. */
__device__ static inline struct outcome execute_control(const struct descriptor *d, uint32_t index)
{
	switch (d->op.code) {
	case PEAL_OP_ECHO: return outcome{ PEAL_ST_OK, fold(d->w) };
	case PEAL_OP_STOP: return outcome{ PEAL_ST_STOPPED, index };
	default: return outcome{ PEAL_ST_OK, 0 };
	}
}

__device__ static inline void examine(const struct team *t, struct window *v)
{
	bool mine = lane_id() < v->valid, known;
	struct descriptor *d = &v->d;
	struct answer *a = &v->a;

	*a = answer{};
	a->cookie = cookie_of(d->w);
	a->index = v->first + lane_id();
	v->good = false;
	v->plain = __all_sync(ALL_LANES, !mine || is_plain(d->w)) && !t->rules.require_crc;
	if (v->plain) {
		a->out.result = fold(d->w);
		return;
	}
	v->tables = t->tables;
	__threadfence_block(); /* acquire: pairs with the turn of look_over */
	v->good = mine && check(&t->table, &t->rules, d, &a->out);
	known = v->good ||
		(a->out.status != PEAL_ST_BAD_CRC && a->out.status != PEAL_ST_BAD_OPCODE &&
		 a->out.status != PEAL_ST_BAD_FLAGS);
	a->silent = d->flags & PEAL_FLAG_SILENT;
	a->event = mine && known && d->flags & PEAL_FLAG_EVENT;
	if (v->good && d->op.unit == CTRL)
		a->out = execute_control(d, a->index);
}

/* ---- accept ----------------------------------------------------------------------- */

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
		atomicAdd((uint32_t *)&t->others, n);
		t->turn.head += n;
		if (stop)
			stop_behind(t);
	}
	__syncwarp();
}

/* ---- who works on the same thing ----------------------------------------------------- */

/* What a lane waits for; its first one, when others of its warp wait for the same. */
struct ticket {
	bool drawn;
	uint32_t line, number;
};

/* With the turn. In the warp the lanes follow in order anyway. */
__device__ static inline struct ticket draw(struct tickets *k, bool want, uint32_t line)
{
	uint32_t all = __ballot_sync(ALL_LANES, want), same;
	struct ticket mine = { want, line % LINES, 0 };

	if (want) {
		same = __match_any_sync(all, mine.line);
		mine.number = k->next[mine.line];
		__syncwarp(all);
		if (__ffs(same) - 1 == lane_id())
			k->next[mine.line] = mine.number + __popc(same);
	}
	__syncwarp();
	return mine;
}

__device__ static inline bool is_called(const struct tickets *k, const struct ticket *mine)
{
	return !mine->drawn || k->now[mine->line] == mine->number;
}

__device__ static inline void call_next(struct tickets *k, const struct ticket *mine)
{
	if (mine->drawn)
		atomicAdd((uint32_t *)&k->now[mine->line], 1);
}

/* ---- complete ----------------------------------------------------------------------- */

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

/* One at a time; in order, but in order NONE. */
__device__ static inline void begin_complete(struct team *t, uint32_t index)
{
	uint32_t got = 0;

	if (order_of(t) != ORDER_NONE) {
		while (__any_sync(ALL_LANES, t->done != index))
			;
	} else {
		while (!__any_sync(ALL_LANES, got))
			if (lane_id() == 0)
				got = atomicCAS((uint32_t *)&t->completing, 0, 1) == 0;
	}
	__threadfence_block(); /* acquire: pairs with the one in end_complete */
}

__device__ static inline void end_complete(struct team *t, unsigned n)
{
	__syncwarp();
	__threadfence_block(); /* release: pairs with the one in begin_complete */
	if (lane_id() == 0) {
		atomicAdd((uint32_t *)&t->done, n);
		atomicSub((uint32_t *)&t->others, n);
		__threadfence_block(); /* who takes over sees it */
		t->completing = 0;
	}
	__syncwarp();
}

/* Lanes [from, to) of a window. `dirty`: they wrote memory, which comes before (C6.3). */
__device__ static inline void complete(struct team *t, const struct answer *a, unsigned from,
				       unsigned to, bool dirty)
{
	bool mine = lane_id() >= from && lane_id() < to;
	bool silent = mine && a->silent && a->out.status == PEAL_ST_OK;
	uint32_t written = __ballot_sync(ALL_LANES, mine && !silent);
	uint32_t quiet = __ballot_sync(ALL_LANES, silent);
	unsigned events = __popc(__ballot_sync(ALL_LANES, mine && a->event));
	uint32_t rank = __popc(written & ((1u << lane_id()) - 1)), cq_tail;

	if (from == to)
		return;
	if (dirty)
		fence_sys();
	begin_complete(t, __shfl_sync(ALL_LANES, a->index, from));
	if (!__any_sync(ALL_LANES, t->mute)) {
		cq_tail = t->cq_tail;
		if (mine && !silent)
			write_completion(cq_of(t), a, is_matched(t) ? a->index : cq_tail + rank);
		__syncwarp();
		__threadfence_block(); /* whoever reads the counters may tell the host of them */
		if (lane_id() == 0) {
			t->cq_tail = cq_tail + __popc(written);
			t->silent += __popc(quiet);
		}
		if (events)
			raise(t, events);
	}
	end_complete(t, to - from);
}

/* ---- execute ------------------------------------------------------------------------ */

/* The memory operation of lane `of`, by the whole warp. */
__device__ static inline void execute_memory(struct team *t, const struct work *work, unsigned of,
					     struct answer *a)
{
	struct scene scene = { &t->abort, t->all->record_lock, t->all,
			       &t->page->progress[t->number] };
	struct outcome out;

	execute_by_address(&scene, &work[of], &out);
	if (lane_id() == of)
		a->out = out;
	__syncwarp();
}

/* An operation that is long enough for those before it not to wait for it. */
#define LONG_BYTES 4096

__device__ static inline void execute_all(struct team *t, struct window *v, struct work *work,
					  unsigned n)
{
	const struct descriptor *d = &v->d;
	bool memory = lane_id() < n && v->good && d->op.unit != CTRL;
	bool acquires = memory && !(d->flags & PEAL_FLAG_RELAX_ACQ);
	bool releases = memory && !(d->flags & PEAL_FLAG_RELAX_REL);
	bool is_long = memory && (d->length > LONG_BYTES || d->b.bytes > LONG_BYTES);
	uint32_t left = __ballot_sync(ALL_LANES, memory);
	uint32_t longs = __ballot_sync(ALL_LANES, is_long);
	uint32_t release = __ballot_sync(ALL_LANES, releases);
	unsigned completed = 0;
	bool dirty = false;

	if (memory)
		work[lane_id()] = work_of(d);
	__syncwarp();
	/* Acquire: pairs with the host's release of the slots (peal_desc_publish). */
	if (__any_sync(ALL_LANES, acquires))
		fence_sys();
	for (; left; left &= left - 1) {
		unsigned i = __ffs(left) - 1;

		if (longs >> i & 1) {
			complete(t, &v->a, completed, i, dirty);
			completed = i;
			dirty = false;
		}
		execute_memory(t, work, i, &v->a);
		dirty |= release >> i & 1;
	}
	complete(t, &v->a, completed, n, dirty);
}

/* ---- serve -------------------------------------------------------------------------- */

/* With the turn, which it gives back. Returns how many of `n` were accepted. */
__device__ static inline unsigned serve(struct team *t, struct window *v, struct work *work,
					unsigned n)
{
	const struct descriptor *d = &v->d;
	struct ticket actor, record;
	uint32_t stops, fences;
	bool mine;

	n = credit(t, n);
	n = __shfl_sync(ALL_LANES, n, 0);
	if (!n || (!v->plain && v->tables != t->tables)) {
		give_turn(t);
		return 0;
	}
	stops = __ballot_sync(ALL_LANES, lane_id() < n && v->good && d->op.code == PEAL_OP_STOP);
	if (stops)
		n = __ffs(stops);
	mine = lane_id() < n;
	fences = __ballot_sync(ALL_LANES, mine && v->good && d->flags & PEAL_FLAG_FENCE);
	while (fences && __any_sync(ALL_LANES, in_flight(t)))
		; /* what is in flight does not need the turn */
	actor = draw(&t->actors, mine && order_of(t) == ORDER_ACTOR,
		     (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_ACTOR));
	record = draw(&t->records, mine && v->good && d->op.unit == ROLLOUT,
		      (uint32_t)(d->a.bus / PEAL_RECORD_BYTES));
	accept(t, n, stops);
	if (!fences)
		give_turn(t);
	while (!__all_sync(ALL_LANES,
			   is_called(&t->actors, &actor) && is_called(&t->records, &record)))
		;
	__threadfence_block(); /* acquire: pairs with the one before call_next */
	execute_all(t, v, work, n);
	__threadfence_block(); /* release: pairs with the one behind is_called */
	call_next(&t->actors, &actor);
	call_next(&t->records, &record);
	if (fences)
		give_turn(t);
	return n;
}

/* What was accepted as a simple window, without the turn. */
__device__ static inline void write_plain(struct team *t, unsigned me, const struct window *v,
					  unsigned n, uint32_t at)
{
	if (lane_id() < n)
		write_completion(cq_of(t), &v->a, at + lane_id());
	__syncwarp();
	__threadfence_block(); /* release: pairs with wait_written, and who waits for `done` */
	if (lane_id() == 0) {
		atomicAdd((uint32_t *)&t->done, n);
		t->writing[me] = t->writing[me] + 1;
	}
}

/* With the turn, which it gives back. Returns how many were accepted. */
__device__ static inline unsigned serve_window(struct team *t, unsigned me, struct window *v,
					       struct work *work)
{
	unsigned n = v->valid;
	uint32_t at;

	if (is_simple(t, v)) {
		n = accept_plain(t, me, v->first, n, &at);
		if (n)
			write_plain(t, me, v, n, at);
		return n;
	}
	if (t->stop.closed)
		n = 0;
	else if (t->ending)
		n = min(n, t->limit - v->first);
	n = __shfl_sync(ALL_LANES, n, 0);
	if (n)
		return serve(t, v, work, n);
	give_turn(t);
	return 0;
}

/* What a look has found. Returns how many were accepted. */
__device__ static inline unsigned serve_found(struct team *t, unsigned me, struct reader *r,
					      struct window *v, struct work *work)
{
	unsigned served = 0;
	uint32_t at = 0;

	read_ahead(r, t, v);
	examine(t, v);
	switch (await_turn(t, me, v, &at)) {
	case HAS_TURN: served = serve_window(t, me, v, work); break;
	case ACCEPTED: write_plain(t, me, v, served = v->valid, at); break;
	case REFUSED: break;
	}
	end_offer(t, me);
	return served;
}

__device__ static inline void server(struct team *t, unsigned me, struct fetched *f,
				     struct work *work)
{
	struct reader reader = { f, 0, 0 };
	uint32_t begun = 0;
	unsigned in_vain = 0, served;
	struct window v;

	do {
		bool idle = __shfl_sync(ALL_LANES, t->load, 0) < LOAD_WINDOWS;

		if (me == 0 && idle && in_vain && in_vain < AWAKE_LOOKS)
			set_pace(t, (uint32_t)clock() - begun);
		if (idle && me < LOOKERS)
			keep_pace(t, me);
		begun = (uint32_t)clock();
		served = look_inside(t, me, &reader, &v);
		if (v.valid)
			served = serve_found(t, me, &reader, &v, work);
		if (!v.slots || served < v.slots)
			drop_reads(&reader); /* the rest of this one comes next */
		go_outside(t, me, &reader);
		weigh(t, &v, served);
		in_vain = served || v.valid || !v.slots ? 0 : in_vain + 1;
		if (!v.slots)
			__nanosleep(idle || t->stop.parked || t->stop.closed ? NAP : NAP_LOADED);
		else if (in_vain > AWAKE_LOOKS)
			__nanosleep(min(in_vain - AWAKE_LOOKS, SLEEP_MOST));
	} while (v.slots || !__any_sync(ALL_LANES, t->stop.leave));
}

#endif
