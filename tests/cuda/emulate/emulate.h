/* SPDX-License-Identifier: MIT */
/*
 * emulate.h - as much of CUDA as the ladder uses, on a host: for tests of its logic.
 *
 * A thread of the host is the GPU. Each CUDA thread is a fiber of it; a fiber runs until it
 * meets the others of its warp, block or grid. So everything that depends on who comes
 * first in a warp is there, and nothing that depends on time, caches or PCIe.
 *
 * EMULATE_FAULT spoils the 500th completion: see emulate_store.
 */
#ifndef PEAL_EMULATE_H
#define PEAL_EMULATE_H

#include <stddef.h>
#include <stdint.h>

struct dim3 {
	unsigned x, y, z;
	explicit dim3(unsigned n = 1) : x(n), y(1), z(1)
	{
	}
};

struct emulate_fiber {
	struct dim3 thread, block, block_size;
};
extern struct emulate_fiber *emulate_current;

#define __global__
#define __device__
#define __shared__ static /* kernels with one block only */
#define threadIdx (emulate_current->thread)
#define blockIdx (emulate_current->block)
#define blockDim (emulate_current->block_size)

/* All 32 lanes meet, and have each other's values. */
const uint64_t *emulate_exchange(uint64_t mine);
void emulate_meet_block(void);
void emulate_meet_grid(void);
/* What becomes of a 16-byte store; false: nothing. */
bool emulate_store(void *to, uint64_t words[2]);

template <typename T> static inline T __shfl_sync(uint32_t, T value, unsigned lane)
{
	return (T)emulate_exchange((uint64_t)value)[lane % 32];
}

static inline uint32_t __ballot_sync(uint32_t, bool value)
{
	const uint64_t *all = emulate_exchange(value);
	uint32_t ballot = 0;

	for (unsigned i = 0; i < 32; i++)
		ballot |= (uint32_t)all[i] << i;
	return ballot;
}

static inline bool __any_sync(uint32_t mask, bool value)
{
	return __ballot_sync(mask, value) != 0;
}

static inline bool __all_sync(uint32_t mask, bool value)
{
	return __ballot_sync(mask, value) == 0xffffffffu;
}

static inline void __syncwarp(void)
{
	emulate_exchange(0);
}

static inline void __syncthreads(void)
{
	emulate_meet_block();
}

static inline int __ffs(int word)
{
	return __builtin_ffs(word);
}

static inline uint32_t atomicCAS(uint32_t *word, uint32_t before, uint32_t after)
{
	uint32_t found = *word;

	if (found == before)
		*word = after;
	return found;
}

void atomicAdd(unsigned long long *word, unsigned long long n);
uint64_t clock_ns(void);

static inline long long clock64(void)
{
	return (long long)clock_ns();
}

#endif
