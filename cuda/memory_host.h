/* SPDX-License-Identifier: MIT */
/* memory_host.h - what memory.cuh has, for device code that a test runs on a host. */
#ifndef PEAL_CUDA_MEMORY_HOST_H
#define PEAL_CUDA_MEMORY_HOST_H

#include <string.h>

static inline pair load_pair(const void *p)
{
	const uint64_t *w = (const uint64_t *)p;

	return pair{ __atomic_load_n(&w[0], __ATOMIC_RELAXED),
		     __atomic_load_n(&w[1], __ATOMIC_RELAXED) };
}

static inline void store_pair(void *p, pair v)
{
	uint64_t *w = (uint64_t *)p;

	__atomic_store_n(&w[0], v.x, __ATOMIC_RELAXED);
	__atomic_store_n(&w[1], v.y, __ATOMIC_RELAXED);
}

static inline uint32_t load_byte(const void *p)
{
	return __atomic_load_n((const uint8_t *)p, __ATOMIC_RELAXED);
}

static inline void store_byte(uint64_t address, uint32_t v)
{
	__atomic_store_n((uint8_t *)address, (uint8_t)v, __ATOMIC_RELAXED);
}

static inline uint32_t load32(const void *p)
{
	return __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
}

static inline void store32(void *p, uint32_t v)
{
	__atomic_store_n((uint32_t *)p, v, __ATOMIC_RELAXED);
}

static inline uint64_t load64(const void *p)
{
	return __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED);
}

static inline void store64(void *p, uint64_t v)
{
	__atomic_store_n((uint64_t *)p, v, __ATOMIC_RELAXED);
}

static inline uint32_t load32_acquire_gpu(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void store32_release_sys(uint32_t *p, uint32_t v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline void fence_gpu(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void fence_sys(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void fence_full_sys(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline uint64_t add64(uint64_t *p, uint64_t v)
{
	return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

static inline uint64_t exchange64(uint64_t *p, uint64_t v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}

static inline uint64_t or64(uint64_t *p, uint64_t v)
{
	return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
}

static inline void and64(uint64_t *p, uint64_t v)
{
	__atomic_fetch_and(p, v, __ATOMIC_RELAXED);
}

static inline void min64(uint64_t *p, uint64_t v)
{
	uint64_t was = load64(p);

	while (v < was && !__atomic_compare_exchange_n(p, &was, v, false, __ATOMIC_RELAXED,
						       __ATOMIC_RELAXED))
		;
}

static inline void add32(uint32_t *p, uint32_t v)
{
	__atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

static inline void xor32(uint32_t *p, uint32_t v)
{
	__atomic_fetch_xor(p, v, __ATOMIC_RELAXED);
}

static inline uint64_t ticks(void)
{
	static uint64_t t;

	return __atomic_fetch_add(&t, 1, __ATOMIC_RELAXED);
}

#endif
