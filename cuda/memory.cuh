/* SPDX-License-Identifier: MIT */
/*
 * memory.cuh - loads and stores whose order and width matter, as PTX has them.
 *
 * All memory that the host or another block may change is read past the L1 cache
 * (relaxed, at system or device scope), so no fence is needed to see a new value;
 * fences order, they do not refresh.
 */
#ifndef PEAL_CUDA_MEMORY_CUH
#define PEAL_CUDA_MEMORY_CUH

#include <stdint.h>

struct alignas(16) pair {
	uint64_t x, y;
};

/* 16 bytes, each 8 of them whole. */
__device__ static inline pair load_pair(const void *p)
{
	pair v;

	asm volatile("ld.relaxed.sys.global.v2.u64 {%0, %1}, [%2];"
		     : "=l"(v.x), "=l"(v.y)
		     : "l"(p)
		     : "memory");
	return v;
}

__device__ static inline void store_pair(void *p, pair v)
{
	asm volatile("st.relaxed.sys.global.v2.u64 [%0], {%1, %2};" ::"l"(p), "l"(v.x), "l"(v.y)
		     : "memory");
}

__device__ static inline uint32_t load_byte(const void *p)
{
	uint32_t v;

	asm volatile("ld.relaxed.sys.global.u8 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
	return v;
}

__device__ static inline uint32_t load32(const void *p)
{
	uint32_t v;

	asm volatile("ld.relaxed.sys.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
	return v;
}

__device__ static inline void store32(void *p, uint32_t v)
{
	asm volatile("st.relaxed.sys.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory");
}

__device__ static inline uint64_t load64(const void *p)
{
	uint64_t v;

	asm volatile("ld.relaxed.sys.global.u64 %0, [%1];" : "=l"(v) : "l"(p) : "memory");
	return v;
}

__device__ static inline void store64(void *p, uint64_t v)
{
	asm volatile("st.relaxed.sys.global.u64 [%0], %1;" ::"l"(p), "l"(v) : "memory");
}

/* Between blocks of this GPU. */
__device__ static inline uint32_t load32_acquire_gpu(const uint32_t *p)
{
	uint32_t v;

	asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
	return v;
}

__device__ static inline void store32_release_gpu(uint32_t *p, uint32_t v)
{
	asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory");
}

/* From and to the host. */
__device__ static inline uint32_t load32_acquire_sys(const uint32_t *p)
{
	uint32_t v;

	asm volatile("ld.acquire.sys.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
	return v;
}

__device__ static inline void store32_release_sys(uint32_t *p, uint32_t v)
{
	asm volatile("st.release.sys.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory");
}

__device__ static inline void fence_sys(void)
{
	asm volatile("fence.acq_rel.sys;" ::: "memory");
}

#endif
