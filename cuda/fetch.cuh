/* SPDX-License-Identifier: MIT */
/*
 * fetch.cuh - reading slots into shared memory, by one warp.
 *
 * Ordinary loads of one line wait for each other: the GPU has one read of a line in flight
 * at a time, about one a microsecond, whoever asks. Copies that bypass the registers do not
 * (measured: docs/cuda.md), so several warps can look at one slot, and a new one is found by
 * the first that passes it.
 *
 * A copy moves 16 bytes or more at a time and promises no order among them; the tags in every
 * word say what has arrived (C1.8), and an aligned word of 8 bytes is not torn by a bus.
 */
#ifndef PEAL_CUDA_FETCH_CUH
#define PEAL_CUDA_FETCH_CUH

#include "slots.cuh"

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900 && !defined(PEAL_CUDA_NO_BULK)
#define BULK_COPIES 1
#else
#define BULK_COPIES 0
#endif

/* Of each warp that fetches, in shared memory. */
struct alignas(128) fetched {
	uint64_t slot[LOOK_MOST][PEAL_DESC_WORDS];
	uint64_t arrived; /* an mbarrier: a phase a fetch */
	uint32_t first;	  /* the caller's: index of what was read last */
};

#ifdef __CUDACC__

/* By one thread, before anybody fetches. */
__device__ static inline void init_fetched(struct fetched *f)
{
	asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(shared_address(&f->arrived)),
		     "r"(BULK_COPIES ? 1 : WARP)
		     : "memory");
#if BULK_COPIES
	asm volatile("fence.proxy.async;" ::: "memory"); /* the copies see the barrier */
#endif
}

/* Begins to read `slots` slots from `from` on. */
__device__ static inline void begin_fetch(struct fetched *f, uint64_t from, unsigned slots)
{
	uint32_t to = shared_address(f->slot), arrived = shared_address(&f->arrived);
	uint32_t bytes = slots * PEAL_DESC_BYTES;

	__syncwarp(); /* all lanes have read what was there */
#if BULK_COPIES
	if (lane_id())
		return;
	asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(arrived), "r"(bytes)
		     : "memory");
	asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes "
		     "[%0], [%1], %2, [%3];" ::"r"(to),
		     "l"(from), "r"(bytes), "r"(arrived)
		     : "memory");
#else
	for (uint32_t at = 16 * lane_id(); at < bytes; at += 16 * WARP)
		asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to + at),
			     "l"(from + at)
			     : "memory");
	asm volatile("cp.async.mbarrier.arrive.noinc.shared.b64 [%0];" ::"r"(arrived) : "memory");
#endif
}

/* Until all of it is there; the phases are 0, 1, 0, 1 ... */
__device__ static inline void end_fetch(const struct fetched *f, uint32_t phase)
{
	await_phase(shared_address(&f->arrived), phase);
	__syncwarp();
}

#else
#include "fetch_host.h"
#endif

#endif
