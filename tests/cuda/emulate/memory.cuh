/* SPDX-License-Identifier: MIT */
/*
 * memory.cuh - the accesses of cuda/memory.cuh that the ladder uses, on a host. Words are
 * whole and no more is promised of a pair: its halves are loaded one behind the other.
 */
#ifndef PEAL_CUDA_MEMORY_CUH
#define PEAL_CUDA_MEMORY_CUH

#include "emulate.h"

struct alignas(16) pair {
	uint64_t x, y;
};

static inline pair load_pair(const void *p)
{
	const uint64_t *words = (const uint64_t *)p;
	uint64_t x = __atomic_load_n(&words[0], __ATOMIC_RELAXED);

	return pair{ x, __atomic_load_n(&words[1], __ATOMIC_RELAXED) };
}

static inline void store_pair(void *p, pair v)
{
	uint64_t words[2] = { v.x, v.y };

	if (!emulate_store(p, words))
		return;
	__atomic_store_n((uint64_t *)p, words[0], __ATOMIC_RELAXED);
	__atomic_store_n((uint64_t *)p + 1, words[1], __ATOMIC_RELEASE);
}

static inline uint32_t load32(const void *p)
{
	return __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
}

static inline void store32(void *p, uint32_t v)
{
	__atomic_store_n((uint32_t *)p, v, __ATOMIC_RELAXED);
}

static inline uint32_t load32_acquire_sys(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void fence_sys(void)
{
	__atomic_thread_fence(__ATOMIC_ACQ_REL);
}

/* A slot by a copy: it arrives when somebody waits for its phase, and for no other. */
struct copied {
	pair quarter[4];
	const void *from;
	uint32_t phase;
};

static inline void init_copied(struct copied *c)
{
	c->phase = 0;
}

static inline void begin_copy(struct copied *c, const void *from)
{
	__syncwarp();
	c->from = from;
}

static inline void end_copy(struct copied *c, uint32_t phase)
{
	__syncwarp();
	if (threadIdx.x % 32 == 0 && c->phase == phase) {
		for (unsigned i = 0; i < 4; i++)
			c->quarter[i] = load_pair((const pair *)c->from + i);
		c->phase ^= 1;
	}
	__syncwarp();
}

#endif
