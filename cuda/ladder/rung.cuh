/* SPDX-License-Identifier: MIT */
/*
 * rung.cuh - the work, the same for every rung: look at slots, check, execute, complete.
 */
#ifndef PEAL_LADDER_RUNG_CUH
#define PEAL_LADDER_RUNG_CUH

#include "crc.cuh"
#include "ladder.h"
#include "memory.cuh"

#define WARP 32u
#define ALL_LANES 0xffffffffu
#define LOOK_MOST 32u /* slots of a look */
#define ROUNDS (LOOK_MOST / 8)
#define FLAGS_HERE (PEAL_FLAG_CRC | PEAL_FLAG_RELAX_ACQ | PEAL_FLAG_RELAX_REL)

__device__ static inline unsigned lane_id(void)
{
	return threadIdx.x % WARP;
}

__device__ static inline uint64_t tag_of(uint32_t index, uint32_t log2)
{
	return (uint64_t)(0x80 | (index >> log2 & 0x7f)) << PEAL_PAYLOAD_BITS;
}

/* ---- one descriptor: eight payloads to an outcome ---------------------------------- */

struct outcome {
	uint32_t status;
	uint64_t result;
};

/* C2.18: the words that are not what they must be. */
PEAL_BOTH uint32_t words_at_fault(const uint64_t w[PEAL_DESC_WORDS], bool echo)
{
	uint32_t bad = PEAL_FIELD_GET(w, PEAL_D_CLASS) ? 1u : 0;

	if (PEAL_FIELD_GET(w, PEAL_D_ACTOR_GEN) || PEAL_FIELD_GET(w, PEAL_D_RSVD1))
		bad |= 1u << 1;
	for (unsigned i = 2; i <= 6; i++)
		if (w[i] && !echo)
			bad |= 1u << i;
	if (PEAL_FIELD_GET(w, PEAL_D_AUX1) ||
	    (PEAL_FIELD_GET(w, PEAL_D_CRC) && !(PEAL_FIELD_GET(w, PEAL_D_FLAGS) & PEAL_FLAG_CRC)))
		bad |= 1u << 7;
	return bad;
}

/* The checks in the contract's order (C2.13), then the operation. */
PEAL_BOTH struct outcome execute(const uint64_t w[PEAL_DESC_WORDS], uint32_t index)
{
	uint32_t code = (uint32_t)PEAL_FIELD_GET(w, PEAL_D_OPCODE);
	uint32_t flags = (uint32_t)PEAL_FIELD_GET(w, PEAL_D_FLAGS), bad;

	if (flags & PEAL_FLAG_CRC) {
		uint32_t right = crc_of_descriptor(w);

		if (PEAL_FIELD_GET(w, PEAL_D_CRC) != right)
			return outcome{ PEAL_ST_BAD_CRC, right };
	}
	if (code != PEAL_OP_NOP && code != PEAL_OP_ECHO && code != PEAL_OP_STOP)
		return outcome{ PEAL_ST_BAD_OPCODE, code };
	if (flags & ~FLAGS_HERE)
		return outcome{ PEAL_ST_BAD_FLAGS, flags & ~FLAGS_HERE };
	bad = words_at_fault(w, code == PEAL_OP_ECHO);
	if (bad)
		return outcome{ PEAL_ST_RESERVED, bad };
	if (code == PEAL_OP_STOP)
		return outcome{ PEAL_ST_STOPPED, index };
	return outcome{ PEAL_ST_OK,
			code == PEAL_OP_ECHO ? w[2] ^ w[3] ^ w[4] ^ w[5] ^ w[6] : 0 };
}

/* ---- slots ----------------------------------------------------------------------------- */

__device__ static inline const void *quarter_of_slot(const struct rung_args &a, uint32_t index,
						     unsigned quarter)
{
	return &a.sq[index & ((1u << a.log2) - 1)][2 * quarter];
}

/* All payloads of the slot whose quarters lanes `first_lane` to `first_lane + 3` hold. */
__device__ static inline void gather(pair mine, unsigned first_lane, uint64_t w[PEAL_DESC_WORDS])
{
#pragma unroll
	for (unsigned q = 0; q < 4; q++) {
		w[2 * q] = __shfl_sync(ALL_LANES, mine.x, first_lane + q);
		w[2 * q + 1] = __shfl_sync(ALL_LANES, mine.y, first_lane + q);
	}
}

/* Lanes have a quarter each, or just tags. If all tags are right, every lane has the payloads. */
__device__ static inline bool take(const struct rung_args &a, uint32_t index, pair mine,
				   uint64_t w[PEAL_DESC_WORDS])
{
	uint64_t tag = tag_of(index, a.log2);

	mine.x ^= tag;
	mine.y ^= tag;
	if (__any_sync(ALL_LANES, (mine.x | mine.y) >> PEAL_PAYLOAD_BITS != 0))
		return false;
	gather(mine, 0, w);
	return true;
}

/*
 * One look at one slot by a warp: four lanes, 16 bytes each, one read over PCIe. When
 * all eight tags are those of `index`, every lane has the payloads and it is true.
 */
__device__ static inline bool look_one(const struct rung_args &a, uint32_t index,
				       uint64_t w[PEAL_DESC_WORDS])
{
	uint64_t tag = tag_of(index, a.log2);
	pair mine = pair{ tag, tag };

	if (lane_id() < 4)
		mine = load_pair(quarter_of_slot(a, index, lane_id()));
	return take(a, index, mine, w);
}

/* One 16-byte store that says by itself whether it is there: no fence. By one lane. */
__device__ static inline void complete(const struct rung_args &a, uint32_t index, uint64_t cookie,
				       struct outcome out)
{
	uint64_t tag = tag_of(index, a.log2);

	store_pair(a.cq[index & ((1u << a.log2) - 1)],
		   pair{ tag | PEAL_FIELD_PUT(PEAL_C_COOKIE, cookie) |
				 PEAL_FIELD_PUT(PEAL_C_STATUS, out.status) |
				 PEAL_FIELD_PUT(PEAL_C_INDEX, index),
			 tag | PEAL_FIELD_PUT(PEAL_C_RESULT, out.result) });
}

__device__ static inline void count(const struct rung_args &a, unsigned n)
{
	atomicAdd((unsigned long long *)&a.state->executed, (unsigned long long)n);
}

/* Executes and completes one descriptor, whose payloads all lanes have; false for a STOP. */
__device__ static inline bool serve_one(const struct rung_args &a, uint32_t index,
					const uint64_t w[PEAL_DESC_WORDS])
{
	struct outcome out = execute(w, index);

	if (lane_id() == 0) {
		complete(a, index, w[PEAL_D_COOKIE_WORD], out);
		count(a, 1);
	}
	return out.status != PEAL_ST_STOPPED;
}

/* ---- an index that several warps of a block serve (v5, v5b, v6) ------------------- */

struct crew {
	uint32_t head, over;
};

/* What comes next, or false when a STOP was executed: the same for the whole warp. */
__device__ static inline bool next_index(const struct crew *crew, uint32_t *head)
{
	const volatile struct crew *c = crew;
	bool over = c->over != 0;

	*head = __shfl_sync(ALL_LANES, c->head, 0);
	return !__any_sync(ALL_LANES, over);
}

/* `n` from `head` on, unless somebody else has claimed `head`. */
__device__ static inline bool claim(struct crew *crew, uint32_t head, unsigned n)
{
	bool won = lane_id() == 0 && atomicCAS(&crew->head, head, head + n) == head;

	return __any_sync(ALL_LANES, won);
}

/* By a warp that has executed a STOP. */
__device__ static inline void end_crew(struct crew *crew)
{
	if (lane_id() == 0)
		*(volatile uint32_t *)&crew->over = 1;
}

/* ---- a slot by a copy into shared memory (v5b) ----------------------------------------- */

#ifdef __CUDACC__
/* Of one warp. A copy promises no order among its words: their tags say what has arrived. */
struct alignas(64) copied {
	pair quarter[4];
	uint64_t arrived; /* an mbarrier: a phase a copy */
};

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
/* By the warp, before its first copy. */
__device__ static inline void init_copied(struct copied *c)
{
	if (lane_id() == 0)
		asm volatile("mbarrier.init.shared.b64 [%0], 1;\n\t"
			     "fence.proxy.async;" /* the copies see it */
			     ::"r"(shared_address(&c->arrived))
			     : "memory");
	__syncwarp();
}

__device__ static inline void begin_copy(struct copied *c, const void *from)
{
	uint32_t arrived = shared_address(&c->arrived);

	__syncwarp(); /* all lanes have read what was there */
	if (lane_id())
		return;
	asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(arrived),
		     "n"(PEAL_DESC_BYTES)
		     : "memory");
	asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
		     "[%0], [%1], %2, [%3];" ::"r"(shared_address(c->quarter)),
		     "l"(from), "n"(PEAL_DESC_BYTES), "r"(arrived)
		     : "memory");
}

/* Until it is there; the phases are 0, 1, 0, 1 ... */
__device__ static inline void end_copy(struct copied *c, uint32_t phase)
{
	await_phase(shared_address(&c->arrived), phase);
	__syncwarp();
}
#else /* before sm_90: copies of 16 bytes, which need no phases */
__device__ static inline void init_copied(struct copied *)
{
}

__device__ static inline void begin_copy(struct copied *c, const void *from)
{
	__syncwarp(); /* all lanes have read what was there */
	if (lane_id() < 4)
		asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
				     shared_address(&c->quarter[lane_id()])),
			     "l"((const pair *)from + lane_id())
			     : "memory");
}

__device__ static inline void end_copy(struct copied *, uint32_t)
{
	asm volatile("cp.async.wait_all;" ::: "memory");
	__syncwarp(); /* what was copied for one lane is there for all */
}
#endif
#endif

/* The same look as look_one; all lanes can have a quarter. */
__device__ static inline bool look_by_copy(const struct rung_args &a, uint32_t index,
					   struct copied *c, uint32_t *phase,
					   uint64_t w[PEAL_DESC_WORDS])
{
	begin_copy(c, quarter_of_slot(a, index, 0));
	end_copy(c, *phase);
	*phase ^= 1;
	return take(a, index, c->quarter[lane_id() % 4], w);
}

/* ---- many slots at a glance (v6, v7) ------------------------------------------------------ */

/* Lane l has quarter l mod 4 of slots l / 4, 8 + l / 4, ... */
struct sight {
	pair word[ROUNDS];
};

/* A look at up to 32 slots: all reads in flight at once. How many are valid, from the first on. */
__device__ static inline unsigned look_many(const struct rung_args &a, uint32_t first,
					    unsigned most, struct sight *s)
{
	unsigned valid = 0;

#pragma unroll
	for (unsigned r = 0; r < ROUNDS; r++) {
		unsigned slot = 8 * r + lane_id() / 4;

		s->word[r] = pair{ 0, 0 };
		if (slot < most)
			s->word[r] = load_pair(quarter_of_slot(a, first + slot, lane_id() % 4));
	}
#pragma unroll
	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t tag = tag_of(first + 8 * r + lane_id() / 4, a.log2);
		uint32_t bad;

		s->word[r].x ^= tag;
		s->word[r].y ^= tag;
		bad = __ballot_sync(ALL_LANES,
				    (s->word[r].x | s->word[r].y) >> PEAL_PAYLOAD_BITS != 0);
		if (valid == 8 * r)
			valid += bad ? (unsigned)(__ffs((int)bad) - 1) / 4 : 8;
	}
	return valid < most ? valid : most;
}

/* Executes and completes the first `n` of a look: eight completions a store. False for a STOP. */
__device__ static inline bool serve_many(const struct rung_args &a, uint32_t first, unsigned n,
					 const struct sight *s)
{
	bool go_on = true;

#pragma unroll
	for (unsigned r = 0; r < ROUNDS; r++) {
		unsigned slot = 8 * r + lane_id() / 4;
		uint64_t w[PEAL_DESC_WORDS];
		struct outcome out;

		if (8 * r >= n)
			break;
		gather(s->word[r], lane_id() & ~3u, w);
		out = execute(w, first + slot);
		if (slot < n && lane_id() % 4 == 0)
			complete(a, first + slot, w[PEAL_D_COOKIE_WORD], out);
		go_on &= !(slot < n && out.status == PEAL_ST_STOPPED);
	}
	if (lane_id() == 0)
		count(a, n);
	return __all_sync(ALL_LANES, go_on);
}

/* ---- patience: no kernel outlives its host for long ------------------------------------------- */

#define CYCLES_BETWEEN (1ll << 24) /* some 8 ms: the look at `abandon` is a read over PCIe */

#ifdef __CUDACC__
__device__ static inline uint64_t clock_ns(void)
{
	uint64_t ns;

	asm volatile("mov.u64 %0, %globaltimer;" : "=l"(ns));
	return ns;
}
#endif

struct patience {
	long long next;
	uint64_t end;
};

__device__ static inline struct patience be_patient(const struct rung_args &a)
{
	return patience{ clock64() + CYCLES_BETWEEN, clock_ns() + a.lifetime_ns };
}

/* May this thread go on? */
__device__ static inline bool still(const struct rung_args &a, struct patience *p)
{
	if (clock64() < p->next)
		return true;
	p->next = clock64() + CYCLES_BETWEEN;
	return clock_ns() < p->end && !load32(&a.shared->abandon);
}

/* The same for a whole warp. */
__device__ static inline bool still_all(const struct rung_args &a, struct patience *p)
{
	return __all_sync(ALL_LANES, still(a, p));
}

#endif
