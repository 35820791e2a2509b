/* SPDX-License-Identifier: MIT */
/*
 * execute.cuh - one operation on memory, by one warp, piece by piece.
 */
#ifndef PEAL_CUDA_EXECUTE_CUH
#define PEAL_CUDA_EXECUTE_CUH

#include "check.cuh"
#include "move.cuh"

/* A memory operation that passed its checks, in shared memory, where all lanes see it. */
struct work {
	uint32_t code, length;
	uint64_t arg0;
	uint64_t record; /* bus address of A */
	uint64_t a, b;	 /* GPU addresses; 0: the bus has nothing there */
	bool a_far, b_far;
};

__device__ static inline struct work work_of(const struct descriptor *d)
{
	return work{ d->op.code,  d->length, d->arg0,  d->a.bus,
		     d->a.address, d->b.address, d->a.far, d->b.far };
}

__device__ static inline bool end_with(struct outcome *out, uint32_t status, uint64_t result)
{
	out->status = status;
	out->result = result;
	return true;
}

/* Is an operand of `bytes` there? Nothing is when `bytes` is 0. */
__device__ static inline bool there(uint64_t address, uint64_t bytes)
{
	return !bytes || address;
}

/* ---- operations without a record ------------------------------------------------- */

__device__ static inline struct cuda_run run_of(const struct work *w)
{
	bool far = (w->a && w->a_far) || (w->b && w->b_far);

	return cuda_run{ w->a, w->b, w->length, w->code, (uint32_t)w->arg0, 0, far };
}

__device__ static inline void move_outcome(const struct work *w, const struct tally *tally,
					   struct outcome *out)
{
	switch (w->code) {
	case PEAL_OP_COMPARE:
		if (tally->found != NOTHING_FOUND)
			end_with(out, PEAL_ST_MISCOMPARE, 1 + tally->found);
		else
			end_with(out, PEAL_ST_OK, 0);
		break;
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: end_with(out, PEAL_ST_OK, (uint32_t)~tally->state); break;
	default: end_with(out, PEAL_ST_OK, w->length);
	}
}

/* Reads come first: with both at fault the status is READ. */
__device__ static inline void execute_move(const struct scene *scene, const struct work *w,
					   struct outcome *out)
{
	bool writes_b = w->code != PEAL_OP_COMPARE;
	struct cuda_run run = run_of(w);
	struct tally tally = { ~(uint32_t)w->arg0, NOTHING_FOUND };

	if (w->code != PEAL_OP_FILL && !there(w->a, w->length))
		end_with(out, PEAL_ST_READ, 0);
	else if (w->code != PEAL_OP_CRC32C && !there(w->b, w->length))
		end_with(out, writes_b ? PEAL_ST_WRITE : PEAL_ST_READ, 0);
	else if (!run_all(scene, &run, &tally))
		end_with(out, PEAL_ST_ABORTED, 0);
	else
		move_outcome(w, &tally, out);
}

/* ---- rollouts -------------------------------------------------------------------- */

/* Words of a record; lane i holds word i, and every lane asks by shuffle. */
enum {
	R_STATE,
	R_MAX_TOKENS,
	R_BOUNDARY,
	R_CONTEXT,
	R_TOKENS,
	R_SINCE,
	R_SEED,
	R_REWARD,
	R_REWARDS,
};

__device__ static inline uint32_t *record_lock_of(const struct scene *scene, uint64_t bus)
{
	uint64_t line = bus / PEAL_RECORD_BYTES;

	return &scene->record_lock[(line ^ line >> 10) % CUDA_RECORD_LOCKS];
}

/* One operation per record at a time (C4.20), whatever queue it is of. False when aborted. */
__device__ static inline bool lock_record(const struct scene *scene, uint32_t *lock)
{
	uint32_t got = 0;

	for (;;) {
		if (lane_id() == 0)
			got = atomicCAS(lock, 0, 1) == 0;
		if (__shfl_sync(ALL_LANES, got, 0))
			break;
		if (__any_sync(ALL_LANES, *scene->abort))
			return false;
		__nanosleep(100);
	}
	/* Acquire: pairs with the fence in unlock_record. */
	__threadfence();
	return true;
}

__device__ static inline void unlock_record(uint32_t *lock)
{
	__threadfence();
	__syncwarp();
	if (lane_id() == 0)
		atomicExch(lock, 0);
}

struct record {
	uint32_t word[9];
};

__device__ static inline struct record read_record(uint64_t address)
{
	uint32_t mine = lane_id() < 16 ? load_word(address + 4 * lane_id()) : 0;
	struct record r;

#pragma unroll
	for (unsigned i = 0; i < 9; i++)
		r.word[i] = __shfl_sync(ALL_LANES, mine, i);
	return r;
}

/* The host's words keep their values: only what changed is written. */
__device__ static inline void write_record(uint64_t address, const struct record *r)
{
	uint32_t mine = r->word[0];

#pragma unroll
	for (unsigned i = 1; i < 9; i++)
		mine = lane_id() == i ? r->word[i] : mine;
	if (lane_id() < 9)
		store_word(address + 4 * lane_id(), mine);
}

__device__ static inline bool may_run(uint32_t code, const struct record *r)
{
	const uint32_t *w = r->word;

	switch (code) {
	case PEAL_OP_PREFILL:
		return w[R_STATE] == PEAL_R_FREE && w[R_MAX_TOKENS] &&
		       w[R_MAX_TOKENS] <= PEAL_TOKENS_MAX;
	case PEAL_OP_DECODE:
		return (w[R_STATE] == PEAL_R_PREFILL_READY || w[R_STATE] == PEAL_R_DECODING) &&
		       w[R_TOKENS] < w[R_MAX_TOKENS] &&
		       (!w[R_BOUNDARY] || w[R_SINCE] < w[R_BOUNDARY]);
	default:
		return w[R_STATE] == PEAL_R_REWARD_PENDING || w[R_STATE] == PEAL_R_TRAJECTORY_READY;
	}
}

__device__ static inline uint32_t tokens_now(const struct work *w, const struct record *r)
{
	uint32_t n = min((uint32_t)w->arg0, r->word[R_MAX_TOKENS] - r->word[R_TOKENS]);

	return r->word[R_BOUNDARY] ? min(n, r->word[R_BOUNDARY] - r->word[R_SINCE]) : n;
}

__device__ static inline void after_prefill(const struct work *w, struct record *r, uint32_t crc,
					    struct outcome *out)
{
	uint32_t *x = r->word;

	x[R_STATE] = PEAL_R_PREFILL_READY;
	x[R_CONTEXT] = w->length / PEAL_TOKEN_BYTES;
	x[R_TOKENS] = x[R_SINCE] = x[R_REWARD] = x[R_REWARDS] = 0;
	x[R_SEED] = crc;
	end_with(out, PEAL_ST_OK, x[R_CONTEXT]);
}

__device__ static inline void after_decode(struct record *r, uint32_t n, struct outcome *out)
{
	uint32_t *x = r->word;
	uint64_t sequence;

	x[R_TOKENS] += n;
	x[R_SINCE] += n;
	sequence = (x[R_CONTEXT] + x[R_TOKENS]) & 0xfffffff;
	x[R_STATE] = PEAL_R_DECODING;
	end_with(out, PEAL_ST_OK, n | sequence << 28);
	if (x[R_TOKENS] == x[R_MAX_TOKENS]) {
		x[R_STATE] = PEAL_R_TRAJECTORY_READY;
	} else if (x[R_BOUNDARY] && x[R_SINCE] == x[R_BOUNDARY]) {
		x[R_STATE] = PEAL_R_REWARD_PENDING;
		out->status = PEAL_ST_REWARD_NEEDED;
	}
}

__device__ static inline void after_reward(const struct work *w, struct record *r, uint32_t sum,
					   struct outcome *out)
{
	uint32_t *x = r->word;

	x[R_REWARD] += sum;
	x[R_REWARDS]++;
	if (x[R_STATE] == PEAL_R_TRAJECTORY_READY) {
		x[R_STATE] = PEAL_R_DONE;
	} else {
		x[R_SINCE] = 0;
		x[R_STATE] = w->arg0 & 1 ? PEAL_R_TRAJECTORY_READY : PEAL_R_DECODING;
	}
	end_with(out, PEAL_ST_OK, sum);
}

/* With the record held. Tokens are written first and the record last (C4.21). */
__device__ static inline void run_rollout(const struct scene *scene, const struct work *w,
					  struct outcome *out)
{
	struct record r = read_record(w->a);
	struct tally tally = { w->code == PEAL_OP_PREFILL ? ~0u : 0, NOTHING_FOUND };
	struct cuda_run run = run_of(w);

	if (!may_run(w->code, &r)) {
		end_with(out, PEAL_ST_BAD_STATE, r.word[R_STATE]);
		return;
	}
	run.far = w->b_far;
	if (w->code == PEAL_OP_DECODE) {
		run.bytes = PEAL_TOKEN_BYTES * (uint64_t)tokens_now(w, &r);
		run.arg = r.word[R_SEED];
		run.first = r.word[R_TOKENS];
	}
	if (!there(w->b, run.bytes)) {
		end_with(out, w->code == PEAL_OP_DECODE ? PEAL_ST_WRITE : PEAL_ST_READ, 0);
		return;
	}
	if (!run_all(scene, &run, &tally)) {
		end_with(out, PEAL_ST_ABORTED, 0);
		return;
	}
	if (w->code == PEAL_OP_PREFILL)
		after_prefill(w, &r, ~tally.state, out);
	else if (w->code == PEAL_OP_DECODE)
		after_decode(&r, (uint32_t)(run.bytes / PEAL_TOKEN_BYTES), out);
	else
		after_reward(w, &r, tally.state, out);
	__syncwarp();
	__threadfence();
	write_record(w->a, &r);
}

__device__ static inline void execute_rollout(const struct scene *scene, const struct work *w,
					      struct outcome *out)
{
	uint32_t *lock = record_lock_of(scene, w->record);

	if (!w->a) {
		end_with(out, PEAL_ST_READ, 0);
		return;
	}
	if (!lock_record(scene, lock)) {
		end_with(out, PEAL_ST_ABORTED, 0);
		return;
	}
	run_rollout(scene, w, out);
	unlock_record(lock);
}

__device__ static void execute(const struct scene *scene, const struct work *w, struct outcome *out)
{
	if (is_aborted(scene))
		end_with(out, PEAL_ST_ABORTED, 0);
	else if (w->code >= PEAL_OP_PREFILL)
		execute_rollout(scene, w, out);
	else
		execute_move(scene, w, out);
}

#ifdef __CUDACC__
/*
 * Called by its address, which the compiler does not see through: so the registers it needs are
 * saved when it is called, and a server does not spill its own for what it does more often.
 */
__constant__ static void (*execute_by_address)(const struct scene *, const struct work *,
						      struct outcome *) = execute;
#endif

#endif
