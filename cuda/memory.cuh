/* SPDX-License-Identifier: MIT */
/*
 * memory.cuh - loads, stores and atomics whose order and width matter, as PTX has them.
 *
 * All memory that the host or another block may change is read past the L1 cache
 * (relaxed, at system or device scope), so no fence is needed to see a new value;
 * fences order, they do not refresh. That goes for the operands of operations too:
 * the host writes its memory with plain stores and the GPU's by a copy on another
 * stream, both while this kernel runs, and an L1 cache hears of neither.
 *
 * Without nvcc the same names are plain C++, for the tests on a host.
 */
#ifndef PEAL_CUDA_MEMORY_CUH
#define PEAL_CUDA_MEMORY_CUH

#include <stdint.h>

struct alignas(16) pair {
	uint64_t x, y;
};

#ifdef __CUDACC__

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

__device__ static inline void store_byte(uint64_t address, uint32_t v)
{
	asm volatile("st.relaxed.sys.global.u8 [%0], %1;" ::"l"(address), "r"(v) : "memory");
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

/* Between a store and a load, too. */
__device__ static inline void fence_full_sys(void)
{
	asm volatile("fence.sc.sys;" ::: "memory");
}

__device__ static inline void fence_gpu(void)
{
	__threadfence();
}

/* Atomics of this GPU; each returns what was there. */
__device__ static inline uint64_t add64(uint64_t *p, uint64_t v)
{
	return atomicAdd((unsigned long long *)p, (unsigned long long)v);
}

__device__ static inline uint64_t exchange64(uint64_t *p, uint64_t v)
{
	return atomicExch((unsigned long long *)p, (unsigned long long)v);
}

__device__ static inline uint64_t or64(uint64_t *p, uint64_t v)
{
	return atomicOr((unsigned long long *)p, (unsigned long long)v);
}

__device__ static inline void and64(uint64_t *p, uint64_t v)
{
	atomicAnd((unsigned long long *)p, (unsigned long long)v);
}

__device__ static inline void min64(uint64_t *p, uint64_t v)
{
	atomicMin((unsigned long long *)p, (unsigned long long)v);
}

__device__ static inline void add32(uint32_t *p, uint32_t v)
{
	atomicAdd(p, v);
}

__device__ static inline void xor32(uint32_t *p, uint32_t v)
{
	atomicXor(p, v);
}

/* ---- shared memory ---- */

__device__ static inline uint32_t shared_address(const void *p)
{
	return (uint32_t)__cvta_generic_to_shared(p);
}

/* Until the phase (0, 1, 0, 1 ...) of an mbarrier in shared memory is over. */
__device__ static inline void await_phase(uint32_t barrier, uint32_t phase)
{
	uint32_t arrived = 0;

	while (!arrived)
		asm volatile("{\n\t.reg .pred p;\n\t"
			     "mbarrier.test_wait.parity.shared.b64 p, [%1], %2;\n\t"
			     "selp.u32 %0, 1, 0, p;\n\t}"
			     : "=r"(arrived)
			     : "r"(barrier), "r"(phase)
			     : "memory");
}

__device__ static inline uint64_t ticks(void)
{
	return (uint64_t)clock64();
}

#else
#include "memory_host.h"
#endif

#endif
