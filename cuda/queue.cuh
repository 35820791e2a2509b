/* SPDX-License-Identifier: MIT */
/*
 * queue.cuh - the block that serves one queue.
 *
 * Warp 0, the control warp, obeys the supervisor. The others, the workers, look at
 * the slots at `head` in turns of their own, so that their PCIe reads arrive one
 * after the other and a new slot is seen soon. Who sees valid slots and gets the
 * `turn` accepts the valid prefix, executes it in index order and writes the
 * completions; the others look at what comes next meanwhile. One at a time has the
 * turn, so order FIFO, ACTOR, FENCE, credit and STOP need nothing else.
 *
 *	look	 one read a slot: 16 bytes a lane, four lanes a slot
 *	serve	 with the turn: check, accept, execute
 *	flush	 completions of what is done, behind one fence if memory was written
 *	control	 requests, ends, the device line
 */
#ifndef PEAL_CUDA_QUEUE_CUH
#define PEAL_CUDA_QUEUE_CUH

#include "execute.cuh"
#include "wide.cuh"

#define QUEUE_WARPS 3 /* the control warp and workers: a third look at one line only waits */
#define IDLE_LOOKS 16 /* looks that find nothing before the device line is brought up to date */
#define ORDER_NONE 2
#define WIDE_AFTER 4		/* full looks in a row: the queue is loaded */
#define WIDE_PATIENCE_END 65536 /* looks at a slot that must be there: some 0.1 s */
#define WIDE_LOG2_MIN 8		/* smaller rings are narrower than the wide blocks */
#define STAGE_WORDS \
	10 /* of a slot in shared memory: two more than it has, against bank conflicts */

/* Shared memory of the block. */
struct team {
	/* Fixed while a queue runs. */
	struct cuda_queue_config config;
	struct rules rules;
	struct region_table table;
	struct cuda_page *page;
	struct cuda_state *all;
	uint32_t number;

	/* Written with the turn held, read by all. */
	volatile uint32_t turn; /* who accepts and completes; 0: nobody */
	volatile uint32_t head; /* lowest index not accepted */
	volatile uint32_t cq_tail, cq_head;
	volatile uint32_t head0, cq0; /* where they stood when nothing was accepted, or completed */
	volatile uint32_t silent, undelivered, events;
	volatile uint64_t raises;
	struct cuda_totals before;		/* of the lives before this one */
	volatile uint32_t line_head, line_tail; /* what the device line says */
	volatile bool dirty;			/* memory was written since the last fence */

	/* Written by the control warp, and by STOP with the turn held. */
	volatile uint32_t state;	      /* contract C7 */
	volatile bool open;		      /* workers may accept */
	volatile bool wide;		      /* the wide blocks have the queue */
	uint32_t full_looks;		      /* in a row; with the turn */
	volatile bool leave;		      /* the block is to end */
	volatile uint8_t inside[QUEUE_WARPS]; /* each its own: a worker reads slots (C7.26) */
	volatile uint32_t abort;
	volatile bool mute;   /* the lease has expired: nothing is written any more */
	volatile bool ending; /* `end` says what to become when nothing is in flight */
	struct cuda_end end;
	uint32_t limit;		/* of a drain: nothing from here on is accepted */
	struct cuda_end wanted; /* an end that waits for the turn */
	volatile bool wanting;
	volatile uint32_t epoch;
	volatile uint32_t tables;
};

/* Of each worker, in shared memory. */
struct alignas(16) bench {
	uint64_t slot[LOOK_MOST][STAGE_WORDS];
	struct work work;
};

__device__ static inline bool is_matched(const struct team *t)
{
	return t->config.mode & CUDA_MODE_MATCHED;
}

__device__ static inline struct ring sq_of(const struct team *t)
{
	return ring{ t->config.sq, t->config.sq_log2 };
}

__device__ static inline struct ring cq_of(const struct team *t)
{
	return ring{ t->config.cq, t->config.cq_log2 };
}

/* ---- the turn -------------------------------------------------------------------- */

__device__ static inline bool try_turn(struct team *t)
{
	uint32_t got = 0;

	if (lane_id() == 0)
		got = atomicCAS((uint32_t *)&t->turn, 0, 1) == 0;
	got = __shfl_sync(ALL_LANES, got, 0);
	__threadfence_block(); /* acquire: pairs with the one in give_turn */
	return got;
}

__device__ static inline void give_turn(struct team *t)
{
	__syncwarp();
	__threadfence_block(); /* release: pairs with the one in try_turn */
	if (lane_id() == 0)
		t->turn = 0;
}

/* ---- what was counted ------------------------------------------------------------ */

__device__ static inline uint32_t accepted(const struct team *t)
{
	return t->head - t->head0;
}

/* In a MATCHED queue cq_tail counts outcomes, what a lease cut off among them. */
__device__ static inline uint32_t completed(const struct team *t)
{
	return t->cq_tail - t->cq0 - (is_matched(t) ? t->undelivered : 0);
}

__device__ static inline struct cuda_totals totals(const struct team *t)
{
	struct cuda_totals sum = t->before;

	sum.completed += completed(t);
	sum.silent += t->silent;
	sum.undelivered += t->undelivered;
	sum.accepted += accepted(t);
	return sum;
}

/* The whole descriptor of slot `lane_id()`, by way of shared memory. */
__device__ static inline void gather(struct bench *bench, const struct sight *s, uint64_t *w)
{
#pragma unroll
	for (unsigned r = 0; r < ROUNDS; r++)
		*(pair *)&bench->slot[8 * r + lane_id() / 4][2 * (lane_id() % 4)] = s->word[r];
	__syncwarp();
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		w[i] = bench->slot[lane_id()][i];
	__syncwarp();
}

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
	__threadfence_block(); /* as in serve_plain */
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

/* CQ slots that may be used; looks at the host's word when it seems too few. */
__device__ static inline uint32_t credit(struct team *t, uint32_t want)
{
	uint32_t size = 1u << t->config.cq_log2;
	uint32_t free = size - (t->cq_tail - t->cq_head);

	if (is_matched(t))
		return want;
	if (free < want) {
		uint32_t head = load32(&t->page->credit[t->number].cq_head);

		head = __shfl_sync(ALL_LANES, head, 0);
		if (lane_id() == 0)
			t->cq_head = head;
		__syncwarp();
		free = size - (t->cq_tail - head);
	}
	return free < want ? free : want;
}

/* A STOP was accepted: nothing behind it is, and the queue drains (C7.14). */
__device__ static inline void stop_behind(struct team *t)
{
	t->open = false;
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
		t->head += n;
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
		return outcome{ PEAL_ST_OK, d->w[2] ^ d->w[3] ^ d->w[4] ^ d->w[5] ^ d->w[6] };
	case PEAL_OP_STOP: return outcome{ PEAL_ST_STOPPED, index };
	default: return outcome{ PEAL_ST_OK, 0 };
	}
}

/* The memory operation of lane `of`, by the whole warp. */
__device__ static inline void execute_memory(struct team *t, struct bench *bench,
					     const struct descriptor *d, unsigned of,
					     struct answer *a)
{
	struct scene scene = { &t->abort, t->all->record_lock };
	bool rollout = __shfl_sync(ALL_LANES, d->op.unit == ROLLOUT, of);
	struct outcome out;

	if (lane_id() == of)
		bench->work = work{ d->op.code, d->length, d->arg0, d->a, d->b };
	__syncwarp();
	if (__any_sync(ALL_LANES, t->abort))
		end_with(&out, PEAL_ST_ABORTED, 0);
	else if (rollout)
		execute_rollout(&scene, &bench->work, &out);
	else
		execute_move(&scene, &bench->work, &out);
	if (lane_id() == of)
		a->out = out;
	__syncwarp();
}

/* An operation that is long enough for those before it not to wait for it. */
#define LONG_BYTES 4096

__device__ static inline void execute_all(struct team *t, struct bench *bench,
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
		execute_memory(t, bench, d, i, a);
		if (lane_id() == 0 && release >> i & 1)
			t->dirty = true;
		__syncwarp();
	}
	flush(t, a, flushed, n);
}

/* With the turn held, `n` valid slots from `head` on. Returns how many were accepted. */
__device__ static __noinline__ unsigned serve(struct team *t, struct bench *bench, const struct sight *s,
					unsigned n)
{
	uint32_t index = t->head + lane_id();
	struct descriptor d;
	struct answer a = {};
	bool mine, good, known;
	uint32_t stops;

	n = credit(t, n);
	if (!n)
		return 0;
	gather(bench, s, d.w);
	mine = lane_id() < n;
	good = mine && check(&t->table, &t->rules, &d, &a.out);
	stops = __ballot_sync(ALL_LANES, good && d.op.code == PEAL_OP_STOP);
	if (stops) {
		n = __ffs(stops);
		mine = lane_id() < n;
		good = good && mine;
	}
	accept(t, n, stops);
	known = good || (a.out.status != PEAL_ST_BAD_CRC && a.out.status != PEAL_ST_BAD_OPCODE &&
			 a.out.status != PEAL_ST_BAD_FLAGS);
	a.cookie = (uint32_t)PEAL_FIELD_GET(d.w, PEAL_D_COOKIE);
	a.index = index;
	a.silent = d.flags & PEAL_FLAG_SILENT;
	a.event = mine && known && d.flags & PEAL_FLAG_EVENT;
	if (good && d.op.unit == CTRL)
		a.out = execute_control(&d, index);
	execute_all(t, bench, &d, good, &a, n);
	return n;
}

/* With the turn held, `n` plain ones, and there is credit for all. */
__device__ static inline void serve_plain(struct team *t, const struct sight *s, unsigned n)
{
	uint32_t head = t->head, cq_tail = t->cq_tail;

	answer_plain(cq_of(t), s, head, is_matched(t) ? head : cq_tail, n);
	__syncwarp();
	__threadfence_block(); /* whoever reads the counters may tell the host of them */
	if (lane_id() == 0) {
		t->head = head + n;
		t->cq_tail = cq_tail + n;
	}
	__syncwarp();
}

__device__ static inline bool has_credit(const struct team *t, unsigned n)
{
	return is_matched(t) || (1u << t->config.cq_log2) - (t->cq_tail - t->cq_head) >= n;
}

/* ---- the device line --------------------------------------------------------------- */

/* With the turn held: four words, behind what they tell of (C5.4). */
__device__ static inline void write_line(struct team *t)
{
	uint64_t epoch = (uint64_t)t->epoch << 32;
	uint64_t word = 0;

	if (__any_sync(ALL_LANES, t->mute))
		return;
	fence_sys();
	switch (lane_id()) {
	case 0: word = epoch | t->head; break;
	case 1: word = epoch | t->cq_tail; break;
	case 2: word = epoch; break;
	case 3: word = epoch | t->state; break;
	}
	if (lane_id() < 4 && t->config.device_line)
		store64((void *)(t->config.device_line + 8 * lane_id()), word);
	if (lane_id() == 0) {
		t->line_head = t->head;
		t->line_tail = t->cq_tail;
	}
	fence_sys();
}

__device__ static inline bool line_is_old(const struct team *t)
{
	return __any_sync(ALL_LANES, t->line_head != t->head || t->line_tail != t->cq_tail);
}

/* ---- workers ----------------------------------------------------------------------- */

/* Brings the device line up to date when the queue has fallen idle. */
__device__ static inline void idle(struct team *t)
{
	if (!line_is_old(t) || !try_turn(t))
		return;
	if (__any_sync(ALL_LANES, t->open))
		write_line(t);
	give_turn(t);
}

__device__ static inline unsigned wider(unsigned most)
{
	return most < 8 ? 8 : LOOK_MOST;
}

/* A look by a worker that is inside the queue while it reads; 0 when the queue is closed. */
__device__ static inline unsigned look_inside(struct team *t, struct sight *s, uint32_t head,
					      unsigned most)
{
	volatile uint8_t *inside = &t->inside[threadIdx.x / WARP];
	unsigned n = 0;

	*inside = 1;
	__threadfence_block(); /* pairs with the one in wait_left */
	__syncwarp();
	if (__all_sync(ALL_LANES, t->open && !t->wide))
		n = look(sq_of(t), s, head, most);
	else
		__nanosleep(500);
	__threadfence_block();
	__syncwarp();
	*inside = 0;
	return n;
}

/* Behind open = false: until no worker reads a slot any more. */
__device__ static inline void wait_left(struct team *t)
{
	__threadfence_block();
	for (unsigned i = 0; i < QUEUE_WARPS; i++)
		while (t->inside[i])
			__nanosleep(50);
}

/* Order NONE and MATCHED placement: an index alone says where its completion goes. */
__device__ static inline bool may_widen(const struct team *t)
{
	uint32_t mode = t->config.mode;

	return (mode & CUDA_MODE_ORDER) == ORDER_NONE && mode & CUDA_MODE_MATCHED &&
	       !(mode & (CUDA_MODE_FENCES | CUDA_MODE_CRC)) && t->number < t->all->wide_queues &&
	       t->config.sq_log2 >= WIDE_LOG2_MIN;
}

/* With the turn held, behind a look that found n plain ones. */
__device__ static inline void widen_when_loaded(struct team *t, unsigned n)
{
	uint32_t full = n == LOOK_MOST ? t->full_looks + 1 : 0;

	__syncwarp();
	if (lane_id() == 0)
		t->full_looks = full;
	if (full < WIDE_AFTER || t->ending || !may_widen(t))
		return;
	begin_wide(&t->all->wide[t->number], sq_of(t), cq_of(t), t->head);
	if (lane_id() == 0) {
		t->full_looks = 0;
		t->wide = true;
	}
	__syncwarp();
}

/* What a wide worker left below `limit`, from its next index on: what is not plain, and behind it.
 */
__device__ static inline void serve_left(struct team *t, struct bench *bench, struct stand *at,
					 uint32_t limit)
{
	unsigned empty = 0;

	while ((int32_t)(limit - at->next) > 0 && empty < WIDE_PATIENCE_END) {
		unsigned left = GROUP - (at->next - at->from) % GROUP;
		struct sight s;
		unsigned n = look(sq_of(t), &s, at->next, min(left, limit - at->next));

		if (lane_id() == 0)
			t->head = at->next; /* for serve */
		__syncwarp();
		empty = n ? 0 : empty + 1;
		if (n)
			step_on(at, serve(t, bench, &s, n));
	}
}

/* With the turn held: takes the queue back from its wide blocks. */
__device__ static __noinline__ void narrow(struct team *t, struct bench *bench)
{
	struct cuda_wide *w = &t->all->wide[t->number];
	uint32_t from = t->head, tail = t->cq_tail, limit = end_wide(w);
	bool hole = false;

	for (unsigned i = 0; i < CUDA_WIDE_WARPS; i++) {
		struct stand at = { from, load32(&w->answer[i].next) };

		serve_left(t, bench, &at, limit);
		hole |= (int32_t)(limit - at.next) > 0;
	}
	if (lane_id() == 0) {
		t->head = limit;
		t->cq_tail = tail + (limit - from);
		t->wide = false;
		if (hole) { /* the host left out a slot: no outcome can be made for it */
			t->open = false;
			t->state = PEAL_Q_ERROR;
		}
	}
	__syncwarp();
}

/* With the turn held, if what was seen is still what comes next. Returns how many were accepted. */
__device__ static inline unsigned serve_seen(struct team *t, struct bench *bench,
					     const struct sight *s, uint32_t head, unsigned n)
{
	if (!__all_sync(ALL_LANES, t->open && !t->wide && t->head == head))
		return 0;
	if (__any_sync(ALL_LANES, t->ending))
		n = min(n, t->limit - head);
	if (!n)
		return 0;
	if (t->rules.require_crc || !is_plain(s, n) || !has_credit(t, n))
		return serve(t, bench, s, n);
	serve_plain(t, s, n);
	widen_when_loaded(t, n);
	return n;
}

__device__ static inline void worker(struct team *t, struct bench *bench)
{
	unsigned most = 1, idle_looks = 0;

	while (!__any_sync(ALL_LANES, t->leave)) {
		uint32_t head = __shfl_sync(ALL_LANES, t->head, 0);
		struct sight s;
		unsigned n = look_inside(t, &s, head, most);

		if (!n) {
			most = 1;
			if (++idle_looks >= IDLE_LOOKS) {
				idle(t);
				idle_looks = 0;
			}
			continue;
		}
		idle_looks = 0;
		if (!try_turn(t))
			continue;
		if (serve_seen(t, bench, &s, head, n) == most)
			most = wider(most);
		give_turn(t);
	}
}

/* ---- control ----------------------------------------------------------------------- */

/* The turn, for the control warp: what the wide blocks have comes back with it. */
__device__ static __noinline__ bool try_queue(struct team *t, struct bench *bench)
{
	if (!try_turn(t))
		return false;
	if (__any_sync(ALL_LANES, t->wide))
		narrow(t, bench);
	return true;
}

__device__ static __noinline__ void take_queue(struct team *t, struct bench *bench)
{
	while (!try_queue(t, bench))
		__nanosleep(100);
}

/* Whether the next slot is published; with the turn held. */
__device__ static inline bool published(struct team *t)
{
	struct sight s;

	return look(sq_of(t), &s, t->head, 1);
}

__device__ static inline void reply(struct team *t, uint32_t number, bool busy)
{
	struct cuda_status *s = &t->page->status[t->number];

	if (lane_id() == 0) {
		/* Outcomes first: they are never ahead of what was accepted. */
		s->cq_tail = t->cq_tail;
		s->completed = completed(t);
		s->silent = t->silent;
		s->undelivered = t->undelivered;
		s->events = t->events;
		s->totals = totals(t);
		__threadfence_block();
		s->sq_head = t->head;
		s->accepted = accepted(t);
		s->state = t->state;
		s->epoch = t->epoch;
		s->busy = busy;
		s->pending = t->wanting;
		s->cq_head = t->cq_head;
		s->tables = t->tables;
		/* Release: pairs with the host's acquire in Answer. */
		store32_release_sys(&s->number, number);
	}
	__syncwarp();
}

__device__ static inline void set_rules(struct team *t)
{
	uint32_t mode = t->config.mode;

	t->rules.tenant = t->config.tenant;
	t->rules.require_crc = mode & CUDA_MODE_CRC;
	t->rules.refused_flags = 0xffffu & ~(uint32_t)PEAL_FLAGS_V1;
	if (mode & CUDA_MODE_MATCHED)
		t->rules.refused_flags |= PEAL_FLAG_SILENT;
	if ((mode & CUDA_MODE_ORDER) == ORDER_NONE && !(mode & CUDA_MODE_FENCES))
		t->rules.refused_flags |= PEAL_FLAG_FENCE;
}

__device__ static inline void new_life(struct team *t)
{
	t->head = t->head0 = t->config.sq_start;
	t->cq_tail = is_matched(t) ? t->config.sq_start : t->config.cq_start;
	t->cq0 = t->cq_head = t->cq_tail;
	t->silent = t->undelivered = t->events = 0;
	t->epoch = t->config.epoch;
}

__device__ static inline void start(struct team *t, const struct cuda_queue_config *config)
{
	if (lane_id() == 0) {
		if (!config->resume)
			t->before = totals(t); /* as the old configuration counts */
		t->config = *config;
		set_rules(t);
		if (!config->resume)
			new_life(t);
		t->abort = 0;
		t->ending = false;
		t->dirty = false;
		t->wanting = false;
		t->state = PEAL_Q_ENABLED;
	}
	__syncwarp();
	write_line(t);
	__threadfence_block();
	if (lane_id() == 0)
		t->open = true;
	__syncwarp();
}

/* The first index from head on whose slot is not valid: the tail of a drain (C5.11). */
__device__ static inline uint32_t find_tail(const struct team *t)
{
	uint32_t tail = t->head, end = tail + (1u << t->config.sq_log2);
	unsigned n = LOOK_MOST;
	struct sight s;

	while (n == LOOK_MOST && tail != end) {
		n = look(sq_of(t), &s, tail, min(LOOK_MOST, end - tail));
		tail += n;
	}
	return tail;
}

/* With the turn held. A queue that is down, or drains behind a STOP already, goes its way. */
__device__ static inline void begin_end(struct team *t, const struct cuda_end *end)
{
	bool open = __any_sync(ALL_LANES, t->open);
	uint32_t limit = end->drain && open ? find_tail(t) : t->head;

	if (t->state == PEAL_Q_DISABLED || (end->drain && !open))
		return;
	if (lane_id() == 0) {
		t->end = *end;
		t->limit = limit;
		t->ending = true;
		t->open = end->drain;
		if (end->state != CUDA_SAME_STATE)
			t->state = end->state;
	}
	__syncwarp();
	write_line(t);
}

__device__ static inline void begin_wanted(struct team *t, struct bench *bench)
{
	if (!__any_sync(ALL_LANES, t->wanting) || !try_queue(t, bench))
		return;
	begin_end(t, &t->wanted);
	if (lane_id() == 0)
		t->wanting = false;
	give_turn(t);
}

/* Indices become 0, counters stay (C7.13). */
__device__ static inline void forget_indices(struct team *t)
{
	t->head0 -= t->head;
	t->cq0 -= t->cq_tail;
	t->head = t->cq_tail = t->cq_head = 0;
}

/* Nothing is in flight: with the turn held, all that was accepted is complete. */
__device__ static inline void finish(struct team *t)
{
	if (lane_id() == 0)
		t->open = false;
	__syncwarp();
	wait_left(t);
	__syncwarp();
	if (lane_id() == 0) {
		t->ending = false;
		t->state = t->end.final_state;
		t->epoch = t->end.final_epoch;
		if (!t->end.keep)
			forget_indices(t);
	}
	__syncwarp();
	write_line(t);
}

__device__ static inline void try_finish(struct team *t, struct bench *bench)
{
	if (!__any_sync(ALL_LANES, t->ending) || !try_queue(t, bench))
		return;
	if (__any_sync(ALL_LANES, t->ending) && !(t->end.drain && t->head != t->limit))
		finish(t);
	give_turn(t);
}

/*
 * Between two turns nothing is in flight, which is what RT_BUSY asks about. Returns
 * whether the queue has anything to do; when it has not, the device line says all.
 */
__device__ static inline bool look_over(struct team *t, struct bench *bench)
{
	uint32_t tables = load32_acquire_gpu(&t->all->tables);
	bool busy;

	if (!try_queue(t, bench))
		return true;
	if (lane_id() == 0)
		t->tables = tables;
	busy = __any_sync(ALL_LANES, t->open) && published(t) && credit(t, 1);
	if (!busy && line_is_old(t))
		write_line(t);
	give_turn(t);
	return busy || t->ending;
}

/* An end waits for the turn, which a long operation may have; the answer does not. */
__device__ static inline void want_end(struct team *t, const struct cuda_end *end)
{
	if (lane_id() == 0) {
		t->wanted = *end;
		t->wanting = true;
		if (end->abort)
			t->abort = 1;
	}
	__syncwarp();
}

__device__ static inline void obey(struct team *t, struct bench *bench,
				   const struct cuda_control *c, uint32_t number)
{
	bool busy = false;

	switch (c->op) {
	case CUDA_REQ_START:
		take_queue(t, bench);
		start(t, &c->config);
		give_turn(t);
		break;
	case CUDA_REQ_END:
		want_end(t, &c->end);
		begin_wanted(t, bench);
		break;
	default: busy = look_over(t, bench);
	}
	reply(t, number, busy);
}

/*
 * The lease has expired (C7.25): what is in flight ends at its next piece, without
 * a completion, and counts as undelivered.
 */
__device__ static inline void go_mute(struct team *t, struct bench *bench)
{
	if (lane_id() == 0) {
		t->mute = true;
		t->open = false;
		t->abort = 1;
	}
	__syncwarp();
	take_queue(t, bench);
	wait_left(t);
	if (lane_id() == 0 && t->state != PEAL_Q_DISABLED) {
		uint32_t lost = accepted(t) - completed(t) - t->silent - t->undelivered;

		t->open = false;
		t->undelivered += lost;
		t->cq_tail += is_matched(t) ? lost : 0; /* counts outcomes there */
		t->ending = false;
		t->state = PEAL_Q_ERROR;
	}
	give_turn(t);
}

/* Mute until the lease is renewed; a queue that was up, or comes up meanwhile, is in ERROR. */
__device__ static inline void mind_lease(struct team *t, struct bench *bench, uint32_t halt)
{
	bool up = __any_sync(ALL_LANES, t->state == PEAL_Q_ENABLED || t->state == PEAL_Q_DRAINING);

	if (!(halt & CUDA_HALT_LEASE)) {
		if (lane_id() == 0)
			t->mute = false;
		__syncwarp();
	} else if (up || !__any_sync(ALL_LANES, t->mute)) {
		go_mute(t, bench);
	}
}

/* State that outlives the launch. */
__device__ static inline void restore(struct team *t)
{
	const struct cuda_queue_state *s = &t->all->queue[t->number];

	t->config = s->config;
	t->end = s->end;
	t->ending = s->ending;
	t->head = s->head;
	t->head0 = s->head0;
	t->cq_tail = s->cq_tail;
	t->cq0 = s->cq0;
	t->silent = s->silent;
	t->undelivered = s->undelivered;
	t->events = s->events;
	t->raises = s->raises;
	t->before = s->before;
	t->epoch = s->epoch;
	t->state = s->state;
	t->cq_head = load32(&t->page->credit[t->number].cq_head);
	t->limit = s->limit;
	t->abort = s->ending && s->end.abort;
	t->open = s->ending ? s->end.drain : s->state == PEAL_Q_ENABLED;
	set_rules(t);
}

__device__ static inline void save(struct team *t)
{
	struct cuda_queue_state *s = &t->all->queue[t->number];

	s->config = t->config;
	s->end = t->end;
	s->ending = t->ending;
	s->head = t->head;
	s->head0 = t->head0;
	s->cq_tail = t->cq_tail;
	s->cq0 = t->cq0;
	s->silent = t->silent;
	s->undelivered = t->undelivered;
	s->events = t->events;
	s->raises = t->raises;
	s->before = t->before;
	s->epoch = t->epoch;
	s->state = t->state;
	s->limit = t->limit;
}

/* The block's end: workers and wide blocks leave, and the state stays. */
__device__ static inline void leave(struct team *t, struct bench *bench)
{
	take_queue(t, bench);
	if (__any_sync(ALL_LANES, t->wanting))
		begin_end(t, &t->wanted);
	if (lane_id() == 0) {
		t->open = false;
		t->leave = true;
		save(t);
	}
	if (t->number < t->all->wide_queues)
		command_wide(&t->all->wide[t->number], CUDA_WIDE_EXIT);
	give_turn(t);
}

__device__ static inline void control(struct team *t, struct bench *bench)
{
	struct cuda_control *c = &t->all->control[t->number];
	uint32_t seen = load32(&t->page->status[t->number].number); /* the last that was answered */

	seen = __shfl_sync(ALL_LANES, seen, 0);
	for (;;) {
		uint32_t halt = __shfl_sync(ALL_LANES, load32_acquire_gpu(&t->all->halt), 0);
		/* Acquire: pairs with the release in the supervisor's hand_over. */
		uint32_t number = __shfl_sync(ALL_LANES, load32_acquire_gpu(&c->number), 0);

		if (halt & CUDA_HALT_EXIT)
			break;
		mind_lease(t, bench, halt);
		if (wants_back(&t->all->wide[t->number]) && __any_sync(ALL_LANES, t->wide) &&
		    try_queue(t, bench))
			give_turn(t);
		if (number != seen && number) {
			obey(t, bench, c, number);
			seen = number;
		}
		begin_wanted(t, bench);
		try_finish(t, bench);
	}
	leave(t, bench);
}

#endif
