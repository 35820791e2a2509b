// SPDX-License-Identifier: MIT
//
// warp.h - a warp of 32 lanes on a host, for device code that is to be tested there.
//
// Lanes are contexts of one thread. Each runs until it meets an instruction of the whole warp,
// leaves its value, and lets the next one run until all have left theirs; the last goes on first.
// Several warps are several threads, or take turns in one (block.h). What is wrong if lanes do
// not meet the same instructions is wrong here too: the lanes end at different ones, and Run
// says so.
//
// Include it before any .cuh.

#ifndef PEAL_TESTS_CUDA_WARP_H
#define PEAL_TESTS_CUDA_WARP_H

#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <sched.h>
#include <ucontext.h>

#define __device__
#define __host__
#define __constant__
#define __noinline__

struct LaneNumber {
	unsigned x;
};
extern thread_local LaneNumber threadIdx;

class Warp
{
      public:
	// Runs the body in 32 lanes of the calling thread. False: they did not stay together.
	static bool Run(const std::function<void()> &body);

	// An instruction of the whole warp: what all lanes left.
	static const uint64_t *Meet(char kind, uint64_t value, unsigned mask = ~0u);
	static uint64_t Apart(); // lanes that came to another instruction than the others

	// Who has several warps in one thread (block.h) gives them turns, and takes along which
	// lane of which is at work.
	struct Place {
		Warp *here;
		LaneNumber lane;
	};
	static Place Where();
	static void Return(Place place);
	static void Sleep();
	static uint64_t Clock();
	static void (*pause)();
	static void (*rest)();
	static uint64_t (*clock_of_block)();

      private:
	static constexpr unsigned kLanes = 32;
	static constexpr size_t kStack = 256 * 1024;

	static void Enter();
	__attribute__((noinline)) void Go();
	void Next();
	bool Together() const;
	[[noreturn]] void Jump();

	static thread_local Warp *here_;
	ucontext_t lane_[kLanes];
	jmp_buf at_[kLanes], back_;
	bool begun_[kLanes] = {};
	const std::function<void()> *body_ = nullptr;
	unsigned now_ = 0, left_ = kLanes;
	uint64_t met_[kLanes] = {};

	// Where lanes meet: all, or some.
	struct Meeting {
		unsigned arrived, round;
		char kind;
		uint64_t slot[2][kLanes];
	} meeting_[2] = {};
	bool over_[kLanes] = {};
};

template <typename T> static inline T FromLane(const uint64_t *all, unsigned lane)
{
	T v;

	memcpy(&v, &all[lane], sizeof(v));
	return v;
}

template <typename T> static inline const uint64_t *Leave(char kind, T v, unsigned mask = ~0u)
{
	uint64_t word = 0;

	memcpy(&word, &v, sizeof(v));
	return Warp::Meet(kind, word, mask);
}

template <typename T> static inline T __shfl_sync(unsigned, T v, unsigned from)
{
	return FromLane<T>(Leave('s', v), from % 32);
}

template <typename T> static inline T __shfl_xor_sync(unsigned, T v, unsigned d)
{
	return FromLane<T>(Leave('x', v), threadIdx.x ^ d);
}

template <typename T> static inline T __shfl_down_sync(unsigned, T v, unsigned d)
{
	return FromLane<T>(Leave('d', v), threadIdx.x + d < 32 ? threadIdx.x + d : threadIdx.x);
}

static inline uint32_t __ballot_sync(unsigned, bool v)
{
	const uint64_t *all = Leave<uint64_t>('b', v);
	uint32_t mask = 0;

	for (unsigned i = 0; i < 32; i++)
		mask |= static_cast<uint32_t>(all[i]) << i;
	return mask;
}

static inline bool __any_sync(unsigned mask, bool v)
{
	return __ballot_sync(mask, v) != 0;
}

static inline bool __all_sync(unsigned mask, bool v)
{
	return __ballot_sync(mask, v) == UINT32_MAX;
}

static inline uint32_t __reduce_add_sync(unsigned, uint32_t v)
{
	const uint64_t *all = Leave<uint64_t>('a', v);
	uint32_t sum = 0;

	for (unsigned i = 0; i < 32; i++)
		sum += static_cast<uint32_t>(all[i]);
	return sum;
}

static inline uint32_t __match_any_sync(unsigned mask, uint32_t v)
{
	const uint64_t *all = Leave('m', v, mask);
	uint32_t same = 0;

	for (unsigned i = 0; i < 32; i++)
		if (mask >> i & 1 && static_cast<uint32_t>(all[i]) == v)
			same |= 1u << i;
	return same;
}

static inline void __syncwarp(unsigned mask = ~0u)
{
	Warp::Meet('w', 0, mask);
}

static inline uint32_t __reduce_or_sync(unsigned, uint32_t v)
{
	const uint64_t *all = Leave<uint64_t>('o', v);
	uint32_t bits = 0;

	for (unsigned i = 0; i < 32; i++)
		bits |= static_cast<uint32_t>(all[i]);
	return bits;
}

static inline unsigned __ffs(uint32_t v)
{
	return static_cast<unsigned>(__builtin_ffs(static_cast<int>(v)));
}

static inline unsigned __popc(uint32_t v)
{
	return static_cast<unsigned>(__builtin_popcount(v));
}

static inline int __ffsll(long long v)
{
	return __builtin_ffsll(v);
}

static inline void __nanosleep(unsigned)
{
	if (threadIdx.x == 0)
		Warp::Sleep();
}

static inline void __threadfence()
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void __threadfence_block()
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline long long clock64()
{
	return static_cast<long long>(Warp::Clock());
}
#define clock() clock64() /* not the one of <ctime> */

static inline uint32_t atomicCAS(uint32_t *p, uint32_t was, uint32_t v)
{
	__atomic_compare_exchange_n(p, &was, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return was;
}

static inline unsigned long long atomicCAS(unsigned long long *p, unsigned long long was,
					   unsigned long long v)
{
	__atomic_compare_exchange_n(p, &was, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return was;
}

static inline uint32_t atomicAdd(uint32_t *p, uint32_t v)
{
	return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

static inline uint32_t atomicSub(uint32_t *p, uint32_t v)
{
	return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED);
}

static inline uint32_t atomicExch(uint32_t *p, uint32_t v)
{
	return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}

static inline uint32_t min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

#endif
