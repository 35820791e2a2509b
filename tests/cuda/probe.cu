/* SPDX-License-Identifier: MIT */
/*
 * probe.cu - kernels with one known instruction each, by which check.py knows that it
 * still decodes what this nvcc writes.
 */
#include <stdint.h>
#include <stdio.h>

extern "C" {

__global__ void load_16(uint64_t *out, const void *p)
{
	uint64_t x, y;

	asm volatile("ld.relaxed.sys.global.v2.u64 {%0, %1}, [%2];" : "=l"(x), "=l"(y) : "l"(p));
	*out = x ^ y;
}

__global__ void load_8(uint64_t *out, const void *p)
{
	uint64_t x, y;

	asm volatile("ld.relaxed.sys.global.u64 %0, [%1];" : "=l"(x) : "l"(p));
	asm volatile("ld.relaxed.sys.global.u64 %0, [%1+8];" : "=l"(y) : "l"(p));
	*out = x ^ y;
}

__global__ void load_gpu(uint64_t *out, const void *p)
{
	uint64_t x, y;

	asm volatile("ld.relaxed.gpu.global.v2.u64 {%0, %1}, [%2];" : "=l"(x), "=l"(y) : "l"(p));
	*out = x ^ y;
}

__global__ void store_16(void *p, uint64_t x, uint64_t y)
{
	asm volatile("st.relaxed.sys.global.v2.u64 [%0], {%1, %2};" ::"l"(p), "l"(x), "l"(y));
}

__global__ void store_8(void *p, uint64_t x, uint64_t y)
{
	asm volatile("st.relaxed.sys.global.u64 [%0], %1;" ::"l"(p), "l"(x));
	asm volatile("st.relaxed.sys.global.u64 [%0+8], %1;" ::"l"(p), "l"(y));
}

__global__ void trap(const uint64_t *p)
{
	if (*p)
		__trap();
}

__global__ void fence(uint64_t *p)
{
	p[0] = 1;
	asm volatile("fence.acq_rel.sys;" ::: "memory");
	p[1] = 1;
}

__global__ void local(uint64_t *out, const uint64_t *p, unsigned n)
{
	uint64_t a[16];

	for (unsigned i = 0; i < 16; i++)
		a[i] = p[i];
	*out = a[n % 16];
}

__global__ void says(const uint64_t *p)
{
	printf("%d", (int)*p);
}
}
