/* SPDX-License-Identifier: MIT */
/*
 * atomics.h - the memory orders Peal uses, by name.
 *
 * Ring words are plain uint64_t in memory that a device also sees, so they are
 * not declared _Atomic; every access that another thread or device may race
 * with goes through a function of this header instead.
 *
 *	relaxed	the word itself is whole (8-byte single-copy atomicity) and
 *		nothing else is promised
 *	acquire	what the writer did before its release is visible after this load
 *	release	what this thread did before is visible to who acquires the value
 *	full	store, then load of another word, not the other way round (the one
 *		order x86 does not give for nothing): doorbell suppression needs it
 *
 * Each use names its partner in a comment ("pairs with B in f").
 */
#ifndef PEAL_ATOMICS_H
#define PEAL_ATOMICS_H

#include <stdatomic.h>
#include <stdint.h>

#if defined(__SANITIZE_THREAD__)
#define PEAL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PEAL_TSAN 1
#endif
#endif

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2, "words must be lock-free");
_Static_assert(sizeof(_Atomic uint64_t) == sizeof(uint64_t), "_Atomic must not change the layout");
_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t), "_Atomic must not change the layout");

static inline uint64_t peal_load_relaxed(const uint64_t *word)
{
	return atomic_load_explicit((const _Atomic uint64_t *)word, memory_order_relaxed);
}

static inline uint64_t peal_load_acquire(const uint64_t *word)
{
	return atomic_load_explicit((const _Atomic uint64_t *)word, memory_order_acquire);
}

static inline void peal_store_relaxed(uint64_t *word, uint64_t value)
{
	atomic_store_explicit((_Atomic uint64_t *)word, value, memory_order_relaxed);
}

static inline void peal_store_release(uint64_t *word, uint64_t value)
{
	atomic_store_explicit((_Atomic uint64_t *)word, value, memory_order_release);
}

static inline uint32_t peal_load32_acquire(const uint32_t *word)
{
	return atomic_load_explicit((const _Atomic uint32_t *)word, memory_order_acquire);
}

static inline void peal_store32_release(uint32_t *word, uint32_t value)
{
	atomic_store_explicit((_Atomic uint32_t *)word, value, memory_order_release);
}

/* Orders an earlier store before a later load, for two threads that both call it. */
static inline void peal_fence_full(void)
{
#ifdef PEAL_TSAN
	/* The sanitizer knows no fences; an exchange is one on every machine it runs on. */
	static _Atomic int word;

	atomic_exchange_explicit(&word, 0, memory_order_seq_cst);
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/*
 * Keeps the compiler from moving, repeating or joining memory accesses across
 * this point; costs no instruction. Only for the x86 vector paths, where the
 * processor keeps loads in order among loads and stores among stores.
 */
static inline void peal_compiler_barrier(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

/* Asks for a line that this thread is about to read; never faults, changes nothing. */
static inline void peal_prefetch_read(const void *line)
{
	__builtin_prefetch(line, 0);
}

/* The same for one that it is about to write. */
static inline void peal_prefetch_write(const void *line)
{
#if defined(__x86_64__)
	/* The builtin gives a prefetch for reading unless -mprfchw is on. */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)line));
#else
	__builtin_prefetch(line, 1);
#endif
}

/*
 * Hands a line that was written on to the cache that all processors and devices share:
 * who reads it next finds it sooner. A hint; a no-op where the processor does not know it.
 */
static inline void peal_demote(const void *line)
{
#if defined(__x86_64__)
	__asm__ volatile("cldemote %0" : : "m"(*(const char *)line));
#else
	(void)line;
#endif
}

/*
 * Lets the stores and loads of this processor come to an end before it goes on.
 * Orders nothing that the program relies on: after a fruitless look at a line it
 * keeps the next looks from standing in the way of the write they wait for.
 */
static inline void peal_settle(void)
{
#if defined(__x86_64__)
	__builtin_ia32_mfence();
#endif
}

/* Tells the processor that this is a spin loop. */
static inline void peal_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

#endif
