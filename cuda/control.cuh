/* SPDX-License-Identifier: MIT */
/*
 * control.cuh - the control warp of a queue: requests of the host, ends, the lease, credit.
 */
#ifndef PEAL_CUDA_CONTROL_CUH
#define PEAL_CUDA_CONTROL_CUH

#include "park.cuh"

/* ---- credit ------------------------------------------------------------------------- */

/* Looks at the host's word before the server runs short of it. */
__device__ static inline void mind_credit(struct team *t)
{
	uint32_t taken = __shfl_sync(ALL_LANES, t->cq_tail, 0) - t->cq_head, head;

	if (is_matched(t) || taken <= (1u << t->config.cq_log2) / 4)
		return;
	head = load32(&t->page->credit[t->number].cq_head);
	head = __shfl_sync(ALL_LANES, head, 0);
	if (lane_id() == 0)
		t->cq_head = head;
	__syncwarp();
}

/* ---- requests ----------------------------------------------------------------------- */

__device__ static inline void reply(struct team *t, uint32_t number, bool busy)
{
	struct cuda_status *s = &t->page->status[t->number];
	/* Outcomes first: they are never ahead of what was accepted. */
	uint32_t cq_tail = t->cq_tail, silent = t->silent, undelivered = t->undelivered;
	uint32_t events = t->events, done = completed(t);
	struct cuda_totals sum = totals(t);

	__syncwarp();
	wait_written(t);
	if (lane_id() == 0) {
		s->cq_tail = cq_tail;
		s->completed = done;
		s->silent = silent;
		s->undelivered = undelivered;
		s->events = events;
		s->totals = sum;
		s->sq_head = t->turn.head;
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
	t->turn.head = t->head0 = t->done = t->config.sq_start;
	t->cq_tail = is_matched(t) ? t->config.sq_start : t->config.cq_start;
	t->cq0 = t->cq_head = t->cq_tail;
	t->silent = t->undelivered = t->events = 0;
	t->epoch = t->config.epoch;
	t->event = t->turn.head - 1; /* asks for none to come */
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
		t->wanting = false;
		t->state = PEAL_Q_ENABLED;
	}
	__syncwarp();
	write_line(t);
	__threadfence_block();
	if (lane_id() == 0)
		t->stop.closed = 0;
	__syncwarp();
}

/* The first index from head on whose slot is not valid: the tail of a drain (C5.11). */
__device__ static inline uint32_t find_tail(const struct team *t)
{
	uint32_t tail = t->turn.head, end = tail + (1u << t->config.sq_log2);
	unsigned n = LOOK_MOST;

	while (n == LOOK_MOST && tail != end) {
		n = look(sq_of(t), tail, min(LOOK_MOST, end - tail));
		tail += n;
	}
	return tail;
}

/* With the turn. A queue that is down, or drains behind a STOP already, goes its way. */
__device__ static inline void begin_end(struct team *t, const struct cuda_end *end)
{
	bool open = is_open(t);
	uint32_t limit = end->drain && open ? find_tail(t) : t->turn.head;

	if (t->state == PEAL_Q_DISABLED || (end->drain && !open))
		return;
	if (lane_id() == 0) {
		t->end = *end;
		t->limit = limit;
		t->ending = true;
		t->stop.closed = !end->drain;
		if (end->state != CUDA_SAME_STATE)
			t->state = end->state;
	}
	__syncwarp();
	write_line(t);
}

__device__ static inline void begin_wanted(struct team *t)
{
	if (!__any_sync(ALL_LANES, t->wanting) || !try_turn(t))
		return;
	begin_end(t, &t->wanted);
	if (lane_id() == 0)
		t->wanting = false;
	give_turn(t);
}

/* Indices become 0, counters stay (C7.13). */
__device__ static inline void forget_indices(struct team *t)
{
	t->head0 -= t->turn.head;
	t->cq0 -= t->cq_tail;
	t->turn.head = t->done = t->cq_tail = t->cq_head = 0;
	t->event = t->turn.head - 1;
}

/* Nothing is in flight: with the turn, all that was accepted is complete. */
__device__ static inline void finish(struct team *t)
{
	if (lane_id() == 0)
		t->stop.closed = 1;
	__syncwarp();
	wait_outside(t);
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

__device__ static inline bool is_over(const struct team *t)
{
	return t->ending && !in_flight(t) && !(t->end.drain && t->turn.head != t->limit);
}

__device__ static inline void try_finish(struct team *t)
{
	if (!__any_sync(ALL_LANES, is_over(t)) || !try_turn(t))
		return;
	if (__any_sync(ALL_LANES, is_over(t)))
		finish(t);
	give_turn(t);
}

/*
 * Whether the queue has anything to do; when it has not, the device line says all. With
 * nothing in flight no table is in use that is older than what was seen, which RT_BUSY
 * asks about.
 */
__device__ static inline bool look_over(struct team *t)
{
	uint32_t tables = load32_acquire_gpu(&t->all->tables);
	bool busy;

	if (!try_turn(t))
		return true;
	busy = !wait_done_soon(t);
	if (lane_id() == 0 && !busy)
		t->tables = tables; /* who checked with older ones starts anew */
	busy |= is_open(t) && published(t) && credit(t, 1);
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

__device__ static inline void obey(struct team *t, const struct cuda_control *c,
				   uint32_t number, struct still *still)
{
	bool busy = false, wakes = true;

	switch (c->op) {
	case CUDA_REQ_START:
		take_turn(t);
		start(t, &c->config);
		give_turn(t);
		break;
	case CUDA_REQ_END:
		want_end(t, &c->end);
		begin_wanted(t);
		break;
	case CUDA_REQ_LOOK: wakes = busy = look_over(t); break;
	default: break; /* RING: that it wakes up is all */
	}
	if (wakes)
		unpark(t, still);
	reply(t, number, busy);
}

/*
 * The lease has expired (C7.25): what is in flight ends at its next piece, without
 * a completion, and counts as undelivered.
 */
__device__ static inline void go_mute(struct team *t)
{
	if (lane_id() == 0) {
		t->mute = true;
		t->abort = 1;
	}
	__syncwarp();
	take_turn(t); /* or an offer might be granted behind it (offer.cuh) */
	if (lane_id() == 0)
		t->stop.closed = 1;
	__syncwarp();
	wait_done(t);
	wait_outside(t);
	if (lane_id() == 0 && t->state != PEAL_Q_DISABLED) {
		uint32_t lost = accepted(t) - completed(t) - t->silent - t->undelivered;

		t->undelivered += lost;
		t->cq_tail += is_matched(t) ? lost : 0; /* counts outcomes there */
		t->ending = false;
		t->state = PEAL_Q_ERROR;
	}
	give_turn(t);
}

/* Mute until the lease is renewed; a queue that was up, or comes up meanwhile, is in ERROR. */
__device__ static inline void mind_lease(struct team *t, uint32_t halt)
{
	bool up = __any_sync(ALL_LANES, t->state == PEAL_Q_ENABLED || t->state == PEAL_Q_DRAINING);

	if (!(halt & CUDA_HALT_LEASE)) {
		if (lane_id() == 0)
			t->mute = false;
		__syncwarp();
	} else if (up || !__any_sync(ALL_LANES, t->mute)) {
		go_mute(t);
	}
}

/* State that outlives the launch. */
__device__ static inline void restore(struct team *t)
{
	const struct cuda_queue_state *s = &t->all->queue[t->number];

	t->config = s->config;
	t->end = s->end;
	t->ending = s->ending;
	t->turn.head = t->done = s->head;
	t->event = s->head - 1;
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
	t->stop.closed = s->ending ? !s->end.drain : s->state != PEAL_Q_ENABLED;
	set_rules(t);
}

__device__ static inline void save(struct team *t)
{
	struct cuda_queue_state *s = &t->all->queue[t->number];

	s->config = t->config;
	s->end = t->end;
	s->ending = t->ending;
	s->head = t->turn.head;
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

/* The block's end: the server leaves, and the state stays. */
__device__ static inline void leave(struct team *t)
{
	take_turn(t);
	if (__any_sync(ALL_LANES, t->wanting))
		begin_end(t, &t->wanted);
	wait_done(t);
	if (lane_id() == 0) {
		t->stop.closed = 1;
		t->stop.leave = 1;
		save(t);
	}
	give_turn(t);
}

__device__ static inline void control(struct team *t)
{
	struct cuda_control *c = &t->all->control[t->number];
	uint32_t seen = load32(&t->page->status[t->number].number); /* the last that was answered */

	struct still still = {};

	seen = __shfl_sync(ALL_LANES, seen, 0);
	for (;;) {
		/* Acquire: pairs with the release in the supervisor's hand_over. */
		uint32_t number = __shfl_sync(ALL_LANES, load32_acquire_gpu(&c->number), 0);
		/* Behind it: a request that came when the lease was renewed finds it so. */
		uint32_t halt = __shfl_sync(ALL_LANES, load32_acquire_gpu(&t->all->halt), 0);

		if (halt & CUDA_HALT_EXIT)
			break;
		mind_lease(t, halt);
		if (number != seen && number) {
			obey(t, c, number, &still);
			seen = number;
		}
		begin_wanted(t);
		try_finish(t);
		mind_credit(t);
		mind_line(t, &still);
		mind_parking(t, &still);
	}
	leave(t);
}

#endif
