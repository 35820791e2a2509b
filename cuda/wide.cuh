/* SPDX-License-Identifier: MIT */
/*
 * wide.cuh - a loaded queue, by many workers that do not know of each other.
 *
 * In a queue of order NONE with MATCHED placement an index alone says where its
 * slot is and where its completion goes, so workers need nothing from each other:
 * groups of 32 indices are dealt out in turn, and each worker looks at its next
 * group until it is published. The control warp lets them run from `head` on when the
 * queue's own workers see nothing but full looks of plain descriptors, and takes
 * the queue back when a worker finds something else, or nothing for a while, and
 * before it does anything else with the queue.
 *
 * Taking back is in two steps, since workers stand at different indices: FREEZE, and
 * each says how far it has come; FINISH, and each completes what lies below the
 * furthest, as far as it is plain. The rest below it the control warp serves itself. A
 * host publishes in order, so all of that is there.
 */
#ifndef PEAL_CUDA_WIDE_CUH
#define PEAL_CUDA_WIDE_CUH

#include "slots.cuh"

#define GROUP LOOK_MOST
#define WIDE_WARPS 8 /* of a block */
#define WIDE_BLOCKS (CUDA_WIDE_WARPS / WIDE_WARPS)
#define FINISH_PATIENCE 65536 /* looks at what must be there: some 0.1 s */
#define WIDE_PATIENCE 64      /* looks in a row that find nothing, then the queue is not loaded */

/* ---- the workers' side --------------------------------------------------------------- */

/* Where a worker stands. */
struct stand {
	uint32_t from;	/* index of the first group of all */
	uint32_t next;	/* the next index that is this worker's */
	uint32_t last;	/* behind the last one that it has completed */
	unsigned empty; /* looks in a row that found nothing */
};

__device__ static inline void step_on(struct stand *at, unsigned n)
{
	at->next += n;
	at->last = at->next;
	if ((at->next - at->from) % GROUP == 0)
		at->next += (CUDA_WIDE_WARPS - 1) * GROUP;
}

/*
 * One look at what is this worker's, at most `end` slots of it; false when there is
 * something that is not for it.
 */
__device__ static inline bool advance(struct ring sq, struct ring cq, struct stand *at,
				      uint32_t end)
{
	unsigned left = min(GROUP - (at->next - at->from) % GROUP, end);
	struct sight s;
	unsigned most = at->empty == 0 ? GROUP : at->empty < 4 ? 8 : 1;
	unsigned n = look(sq, &s, at->next, min(left, most));

	if (!n) {
		at->empty++;
		return true;
	}
	if (!is_plain(&s, n))
		return false;
	answer_plain(cq, &s, at->next, at->next, n);
	step_on(at, n);
	at->empty = 0;
	return true;
}

__device__ static inline void answer_command(struct cuda_wide *w, unsigned worker, uint32_t command,
					     const struct stand *at)
{
	struct cuda_wide_answer *a = &w->answer[worker];

	__syncwarp();
	if (lane_id() == 0) {
		store32(&a->last, at->last);
		store32(&a->next, at->next);
		/* Release: pairs with the acquire in wait_answers. */
		store32_release_gpu(&a->command, command);
	}
	__syncwarp();
}

/* Completes its own indices before `limit`, as far as they are plain. */
__device__ static inline void finish_to(struct ring sq, struct ring cq, struct stand *at,
					uint32_t limit)
{
	at->empty = 0;
	while ((int32_t)(limit - at->next) > 0 && at->empty < FINISH_PATIENCE)
		if (!advance(sq, cq, at, limit - at->next))
			return;
}

/* What a new command makes of a worker. */
__device__ static inline uint32_t obey_wide(struct cuda_wide *w, unsigned worker, struct ring *sq,
					    struct ring *cq, struct stand *at)
{
	uint32_t step;

	/* Acquire: pairs with the release in command_wide. */
	load32_acquire_gpu(&w->command);
	step = load32(&w->step);
	if (step == CUDA_WIDE_RUN) {
		uint32_t from = load32(&w->from);

		*sq = ring{ load64(&w->sq), load32(&w->log2) };
		*cq = ring{ load64(&w->cq), sq->log2 };
		*at = stand{ from, from + worker * GROUP, from, 0 };
	} else if (step == CUDA_WIDE_FINISH) {
		finish_to(*sq, *cq, at, load32(&w->limit));
	}
	return step;
}

__device__ static inline void wide_worker(struct cuda_wide *w, unsigned worker)
{
	uint32_t seen = __shfl_sync(ALL_LANES, load32(&w->answer[worker].command), 0);
	struct ring sq = {}, cq = {};
	struct stand at = {};
	bool runs = false;

	for (;;) {
		/* On its way while the slots are looked at. */
		uint32_t command = load32(&w->command);

		if (runs && (!advance(sq, cq, &at, GROUP) || at.empty > WIDE_PATIENCE)) {
			runs = false; /* until the control warp says more */
			if (lane_id() == 0)
				store32(&w->leave, 1);
		}
		command = __shfl_sync(ALL_LANES, command, 0);
		if (command != seen) {
			seen = command;
			uint32_t step = obey_wide(w, worker, &sq, &cq, &at);

			runs = step == CUDA_WIDE_RUN;
			answer_command(w, worker, command, &at);
			if (step == CUDA_WIDE_EXIT)
				return;
		} else if (!runs) {
			__nanosleep(200);
		}
	}
}

/* ---- the control warp's side ------------------------------------------------------------- */

__device__ static inline void command_wide(struct cuda_wide *w, uint32_t step)
{
	__syncwarp();
	if (lane_id() == 0) {
		w->step = step;
		/* Release: pairs with the acquire in wide_worker. */
		store32_release_gpu(&w->command, load32(&w->command) + 1);
	}
	__syncwarp();
}

/* Until all workers have answered the last command; the furthest that one has come. */
__device__ static inline uint32_t wait_answers(struct cuda_wide *w)
{
	uint32_t command = load32(&w->command), base, far = 0;

	for (unsigned i = lane_id(); i < CUDA_WIDE_WARPS; i += WARP) {
		uint32_t last;

		/* Acquire: pairs with the release in answer_command. */
		while (load32_acquire_gpu(&w->answer[i].command) != command)
			__nanosleep(50);
		last = load32(&w->answer[i].last);
		if (i < WARP || (int32_t)(last - far) > 0)
			far = last;
	}
	__syncwarp();
	base = __shfl_sync(ALL_LANES, far, 0); /* indices wrap: they compare with each other only */
	return base + (uint32_t)__reduce_max_sync(ALL_LANES, (int32_t)(far - base));
}

__device__ static inline void begin_wide(struct cuda_wide *w, struct ring sq, struct ring cq,
					 uint32_t head)
{
	if (lane_id() == 0) {
		w->sq = sq.base;
		w->cq = cq.base;
		w->log2 = sq.log2;
		w->from = head;
		w->leave = 0;
	}
	command_wide(w, CUDA_WIDE_RUN);
}

__device__ static inline bool wants_back(const struct cuda_wide *w)
{
	return __any_sync(ALL_LANES, load32(&w->leave));
}

/* Ends the workers' run. Returns the new head; what is plain before it is complete. */
__device__ static inline uint32_t end_wide(struct cuda_wide *w)
{
	uint32_t limit;

	wait_answers(w); /* nobody misses the RUN */
	command_wide(w, CUDA_WIDE_FREEZE);
	limit = wait_answers(w);
	if (lane_id() == 0)
		w->limit = limit;
	command_wide(w, CUDA_WIDE_FINISH);
	wait_answers(w);
	return limit;
}

#endif
