/* SPDX-License-Identifier: MIT */
/*
 * execute.cuh - one operation on memory, by one warp, piece by piece.
 */
#ifndef PEAL_CUDA_EXECUTE_CUH
#define PEAL_CUDA_EXECUTE_CUH

#include "check.cuh"
#include "data.cuh"

#define RUN_BYTES 16384 /* of a piece: between two the operation may be aborted */

/* An operation that passed its checks, in shared memory: the same for all lanes. */
struct work {
	uint32_t code, length;
	uint64_t arg0;
	struct operand a, b;
};

/* What of its surroundings an operation sees. */
struct scene {
	const volatile uint32_t *abort; /* not 0: end at the next piece */
	uint32_t *record_lock;
};

__device__ static inline bool end_with(struct outcome *out, uint32_t status, uint64_t result)
{
	out->status = status;
	out->result = result;
	return true;
}

/* Is an operand of `bytes` there? Nothing is when `bytes` is 0. */
__device__ static inline bool there(const struct operand *o, uint64_t bytes)
{
	return !bytes || o->address;
}

/* ---- operations without a record ------------------------------------------------- */

struct progress {
	uint64_t done;
	uint32_t crc;
};

/* One piece. True when the outcome is known before the end. */
__device__ static inline bool move_piece(const struct work *w, struct progress *p, uint64_t bytes,
					 struct outcome *out)
{
	uint64_t a = w->a.address + p->done, b = w->b.address + p->done, at;

	switch (w->code) {
	case PEAL_OP_COPY: copy_run(b, a, bytes); return false;
	case PEAL_OP_FILL: fill_run(b, bytes, (uint32_t)w->arg0, p->done); return false;
	case PEAL_OP_COMPARE:
		at = compare_run(a, b, bytes);
		return at < bytes && end_with(out, PEAL_ST_MISCOMPARE, 1 + p->done + at);
	case PEAL_OP_COPY_CRC: copy_run(b, a, bytes); [[fallthrough]];
	default: p->crc = crc_move(p->crc, bytes) ^ crc_run(a, bytes); return false;
	}
}

__device__ static inline uint64_t move_result(const struct work *w, const struct progress *p)
{
	switch (w->code) {
	case PEAL_OP_COMPARE: return 0;
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: return (uint32_t)~p->crc;
	default: return w->length;
	}
}

/* Reads come first: with both at fault the status is READ. */
__device__ static inline void execute_move(const struct scene *scene, const struct work *w,
					   struct outcome *out)
{
	bool writes_b = w->code != PEAL_OP_COMPARE;
	struct progress p = { 0, ~(uint32_t)w->arg0 };

	if (w->code != PEAL_OP_FILL && !there(&w->a, w->length)) {
		end_with(out, PEAL_ST_READ, 0);
		return;
	}
	if (w->code != PEAL_OP_CRC32C && !there(&w->b, w->length)) {
		end_with(out, writes_b ? PEAL_ST_WRITE : PEAL_ST_READ, 0);
		return;
	}
	while (p.done < w->length) {
		uint64_t bytes = w->length - p.done < RUN_BYTES ? w->length - p.done : RUN_BYTES;

		if (p.done && __any_sync(ALL_LANES, *scene->abort)) {
			end_with(out, PEAL_ST_ABORTED, 0);
			return;
		}
		if (move_piece(w, &p, bytes, out))
			return;
		p.done += bytes;
	}
	end_with(out, PEAL_ST_OK, move_result(w, &p));
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

__device__ static inline void rollout_piece(const struct work *w, const struct record *r,
					    struct progress *p, uint64_t bytes)
{
	uint64_t b = w->b.address + p->done;

	switch (w->code) {
	case PEAL_OP_PREFILL: p->crc = crc_move(p->crc, bytes) ^ crc_run(b, bytes); break;
	case PEAL_OP_DECODE:
		tokens_run(b, (uint32_t)(bytes / 4), r->word[R_SEED],
			   r->word[R_TOKENS] + (uint32_t)(p->done / 4));
		break;
	default: p->crc += sum_run(b, bytes);
	}
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
	struct record r = read_record(w->a.address);
	struct progress p = { 0, w->code == PEAL_OP_PREFILL ? ~0u : 0 };
	uint64_t total = w->length;

	if (!may_run(w->code, &r)) {
		end_with(out, PEAL_ST_BAD_STATE, r.word[R_STATE]);
		return;
	}
	if (w->code == PEAL_OP_DECODE)
		total = PEAL_TOKEN_BYTES * (uint64_t)tokens_now(w, &r);
	if (!there(&w->b, total)) {
		end_with(out, w->code == PEAL_OP_DECODE ? PEAL_ST_WRITE : PEAL_ST_READ, 0);
		return;
	}
	while (p.done < total) {
		uint64_t bytes = total - p.done < RUN_BYTES ? total - p.done : RUN_BYTES;

		if (p.done && __any_sync(ALL_LANES, *scene->abort)) {
			end_with(out, PEAL_ST_ABORTED, 0);
			return;
		}
		rollout_piece(w, &r, &p, bytes);
		p.done += bytes;
	}
	if (w->code == PEAL_OP_PREFILL)
		after_prefill(w, &r, ~p.crc, out);
	else if (w->code == PEAL_OP_DECODE)
		after_decode(&r, (uint32_t)(total / PEAL_TOKEN_BYTES), out);
	else
		after_reward(w, &r, p.crc, out);
	__syncwarp();
	__threadfence();
	write_record(w->a.address, &r);
}

__device__ static inline void execute_rollout(const struct scene *scene, const struct work *w,
					      struct outcome *out)
{
	uint32_t *lock = record_lock_of(scene, w->a.bus);

	if (!w->a.address) {
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

#endif
