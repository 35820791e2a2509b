/* SPDX-License-Identifier: MIT */
/*
 * team.cuh - what the warps of a queue's block share, and who may touch it when.
 *
 * The servers (serve.cuh) and the control warp (control.cuh) take *turns* to accept. Head
 * and turn are one word, so that one compare-and-swap says both "what I have comes next" and
 * "nobody else is at it". What was accepted is in flight until its completions are written:
 * again by one server at a time, in index order, or in order NONE as they come; but windows of
 * plain descriptors, whose places in the CQ are known, all at the same time.
 */
#ifndef PEAL_CUDA_TEAM_CUH
#define PEAL_CUDA_TEAM_CUH

#include "execute.cuh"
#include "slots.cuh"

#define ORDER_ACTOR 1
#define ORDER_NONE 2
#define DONE_LOOKS 2000 /* at what is in flight: some 50 us */
#define TURN_LOOKS 200 /* for the turn: some 20 us */
#define NAP 500 /* ns, of a warp that has nowhere to look, or whose queue is parked */
/* Warps of a queue that look, check and execute; with the control warp a multiple of 4. */
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#define SERVERS 11u /* more registers are needed there: 16 warps would spill */
#else
#define SERVERS 15u
#endif

/* Why a server does not look for more: any byte that is not 0. */
union stop {
	struct {
		volatile uint8_t asked;	 /* control warp: wants the turn */
		volatile uint8_t leave;	 /* control warp: the block is to end */
		volatile uint8_t closed; /* with the turn: nothing is accepted */
		volatile uint8_t parked; /* control warp: until a doorbell comes (park.cuh) */
	};
	volatile uint32_t any;
};

union turn {
	struct {
		volatile uint32_t head;	 /* lowest index not accepted */
		volatile uint32_t taken; /* somebody accepts */
	};
	unsigned long long both;
};

/*
 * Who works on the same thing works in index order: who accepts draws tickets, who executes
 * waits for them to be called. Different things may share a line; that only costs time.
 */
#define LINES 64 /* a power of two */

struct tickets {
	uint32_t next[LINES];	       /* with the turn */
	volatile uint32_t now[LINES]; /* whose turn it is: goes up when one is over */
};

/* Shared memory of the block. */
struct team {
	/* Fixed while a queue runs. */
	struct cuda_queue_config config;
	struct rules rules;
	struct region_table table;
	struct cuda_page *page;
	struct cuda_state *all;
	uint32_t number;

	/* Written by who completes, or with the turn when only plain windows are in flight. */
	volatile uint32_t done;	      /* goes up with `head` and is behind by what is in flight */
	volatile uint32_t others;     /* of those in flight, what is not of a plain window */
	volatile uint32_t completing; /* order NONE: somebody does */
	volatile uint32_t cq_tail;    /* given away: written, but for what `writing` tells of */
	volatile uint32_t silent, undelivered, events;
	volatile uint64_t raises;

	/* Written with the turn, read by all. */
	union turn turn;
	volatile uint32_t head0, cq0; /* where they stood when nothing was accepted, or completed */
	struct tickets actors, records;
	struct cuda_totals before; /* of the lives before this one */
	volatile uint32_t state;   /* contract C7 */
	volatile uint32_t epoch;
	volatile bool ending; /* `end` says what to become when nothing is in flight */
	struct cuda_end end;
	uint32_t limit; /* of a drain: nothing from here on is accepted */

	volatile uint32_t load;	   /* of the queue: see look.cuh */

	union stop stop;
	volatile uint8_t inside[SERVERS]; /* each its own: slots are read (C7.26), or served */
	/* Odd while a plain window is written: made so with the turn, and even by the server. */
	volatile uint32_t writing[SERVERS];
	volatile uint64_t offer[SERVERS];   /* windows to be accepted together: see offer.cuh */
	volatile uint32_t pace;		    /* cycles from look to look: see look.cuh */
	volatile uint32_t look_mean;	    /* of what it took server 0, of late */

	/* Written by the control warp. */
	volatile uint32_t cq_head; /* the last credit that was seen */
	volatile uint32_t abort;
	volatile bool mute;	/* the lease has expired: nothing is written any more */
	struct cuda_end wanted; /* an end that waits for the queue */
	volatile bool wanting;
	volatile uint32_t tables;
	uint32_t line_head, line_tail, line_state; /* what the device line says */
	uint32_t event; /* sq_event of a queue with SUPPRESS */
};

__device__ static inline bool is_matched(const struct team *t)
{
	return t->config.mode & CUDA_MODE_MATCHED;
}

__device__ static inline bool suppresses(const struct team *t)
{
	return t->config.mode & CUDA_MODE_SUPPRESS;
}

__device__ static inline uint32_t order_of(const struct team *t)
{
	return t->config.mode & CUDA_MODE_ORDER;
}

__device__ static inline struct ring sq_of(const struct team *t)
{
	return ring{ t->config.sq, t->config.sq_log2 };
}

__device__ static inline struct ring cq_of(const struct team *t)
{
	return ring{ t->config.cq, t->config.cq_log2 };
}

__device__ static inline bool is_open(const struct team *t)
{
	return !__any_sync(ALL_LANES, t->stop.closed);
}

/* ---- the turn -------------------------------------------------------------------- */

/* The turn, if nobody has it and `head` is what comes next. By one lane. */
__device__ static inline bool begin_turn(struct team *t, uint32_t head)
{
	unsigned long long is_free = head, taken = is_free | 1ull << 32;
	bool got = atomicCAS(&t->turn.both, is_free, taken) == is_free;

	__threadfence_block(); /* acquire: pairs with the one in end_turn */
	return got;
}

__device__ static inline void end_turn(struct team *t)
{
	__threadfence_block(); /* release: pairs with the one in begin_turn */
	t->turn.taken = 0;
}

/* The same for a warp. */
__device__ static inline bool take_turn_at(struct team *t, uint32_t head)
{
	bool got = lane_id() == 0 && begin_turn(t, head);

	got = __any_sync(ALL_LANES, got);
	__threadfence_block(); /* of all lanes */
	return got;
}

__device__ static inline void give_turn(struct team *t)
{
	__syncwarp();
	__threadfence_block(); /* release, as in end_turn */
	if (lane_id() == 0)
		t->turn.taken = 0;
}

/* For the control warp: the servers finish what they have, and look for no more. */
__device__ static __noinline__ bool try_turn(struct team *t)
{
	bool got = false;

	t->stop.asked = 1;
	for (unsigned i = 0; i < TURN_LOOKS && !got; i++)
		got = take_turn_at(t, __shfl_sync(ALL_LANES, t->turn.head, 0));
	t->stop.asked = 0;
	return got;
}

__device__ static inline void take_turn(struct team *t)
{
	while (!try_turn(t))
		;
}

/* With the turn: until nothing is in flight, for which nobody needs the turn. */
__device__ static inline void wait_done(const struct team *t)
{
	while (__any_sync(ALL_LANES, t->turn.head != t->done))
		;
}

/* The same, unless something long is. */
__device__ static inline bool wait_done_soon(const struct team *t)
{
	bool done = false;

	for (unsigned i = 0; i < DONE_LOOKS && !done; i++)
		done = __all_sync(ALL_LANES, t->turn.head == t->done);
	return done;
}

/* Behind stop.closed: until no server reads a slot any more, or has one in its hands. */
__device__ static inline void wait_outside(const struct team *t)
{
	__threadfence_block(); /* pairs with the one in look_inside */
	for (unsigned i = 0; i < SERVERS; i++)
		while (__shfl_sync(ALL_LANES, t->inside[i], 0))
			;
	__threadfence_block(); /* acquire: of all lanes */
}

__device__ static inline uint32_t in_flight(const struct team *t)
{
	return t->turn.head - t->done;
}

/* With the turn: how many of `want` have room for their completions. */
__device__ static inline uint32_t credit(const struct team *t, uint32_t want)
{
	/* What is completed between the two looks is counted twice, never not at all. */
	uint32_t size = 1u << t->config.cq_log2, others = t->others;
	uint32_t taken = t->cq_tail - t->cq_head + others;

	return is_matched(t) ? want : taken >= size ? 0 : min(want, size - taken);
}

/* Until what was given away of the CQ so far is written, for which nobody needs the turn. */
__device__ static inline void wait_written(const struct team *t)
{
	__threadfence_block(); /* acquire: behind cq_tail; pairs with the one in accept_plain */
	for (unsigned i = 0; i < SERVERS; i++) {
		uint32_t was = __shfl_sync(ALL_LANES, t->writing[i], 0);

		while (was & 1 && !__any_sync(ALL_LANES, t->writing[i] != was))
			;
	}
	__threadfence_block(); /* acquire: pairs with the one in write_plain */
}

/* ---- what was counted ------------------------------------------------------------ */

__device__ static inline uint32_t accepted(const struct team *t)
{
	return t->turn.head - t->head0;
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

#endif
