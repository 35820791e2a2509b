/* SPDX-License-Identifier: MIT */
/*
 * ring_bench.h - what bench_ring.c knows of a contender, and what its loops share.
 *
 * One file per contender (ring_peal.c, ring_dpdk.c, ...) defines the ring and
 * two inline functions, ring_push and ring_pop, then includes ring_loops.h, so
 * that every contender runs the same loops with its own ring inlined.
 */
#ifndef PEAL_RING_BENCH_H
#define PEAL_RING_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RING_BATCH 32		 /* the larger of the two batch sizes */
#define RING_WAIT_NS 10000000000 /* a wait without progress that is longer fails the run */

struct ring_message {
	uint64_t word[8];
};

struct ring_contender {
	const char *name;
	const char *version;
	const char *missing; /* the package to install when it is not built in, else NULL */
	unsigned payload;    /* bytes a message carries */
	void *(*create)(unsigned log2); /* a ring of 2^log2 64-byte messages, or NULL */
	void (*destroy)(void *ring);
	/* Each returns 0, -ETIME (no progress) or -EBADMSG (a wrong word arrived). */
	int (*produce)(void *ring, uint64_t count, unsigned batch);
	int (*consume)(void *ring, uint64_t count, unsigned batch);
	/* `batch` messages to the other thread and back, `trips` times; ticks of each. */
	int (*ping)(void *out, void *in, uint32_t *ticks, unsigned trips, unsigned batch);
	int (*pong)(void *in, void *out, unsigned trips, unsigned batch);
};

extern const struct ring_contender ring_peal, ring_dpdk, ring_boost, ring_ck;

/* Page-aligned, touched memory, in huge pages where there are any; the same for every contender. */
void *ring_memory(size_t bytes);
void ring_memory_free(void *memory, size_t bytes);

/* A cheap counter of constant rate: the time stamp counter, or nanoseconds. */
static inline uint64_t ring_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

/* --no-pause: threads that wait look again at once; see README.md. */
extern bool ring_no_pause;

static inline void ring_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

/* True until RING_WAIT_NS went by since *start (0: now); looked at once in many spins. */
bool ring_wait_more(uint64_t *start);

#ifdef __cplusplus
}
#endif
#endif
