// SPDX-License-Identifier: MIT
//
// block.cc - turns, and what compiled code calls where they may end.

#undef _FORTIFY_SOURCE // its longjmp stays on one stack
#include "block.h"
#include "warp.h"

#include <cstdlib>
#include <memory>
#include <vector>

namespace
{

constexpr size_t kStack = 256 * 1024;
constexpr unsigned kLong = 3000, kLongest = 40000; // turns without one's own

struct Fiber {
	jmp_buf at;
	ucontext_t start;
	Warp::Place place = {};
	std::unique_ptr<char[]> stack;
	std::function<void()> body;
	bool begun = false, over = true;
	uint64_t held_up = 0; // until so many turns
};

std::vector<std::unique_ptr<Fiber>> fibers;
Fiber *now;
uint64_t state, turns, ticks;
unsigned left, length, mean = 8; // of this turn

uint32_t Draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return static_cast<uint32_t>((state >> 32) * below >> 32);
}

void Enter()
{
	now->body();
	now->over = true;
	left--;
	for (;;)
		Block::Rest();
}

[[noreturn]] void Go(Fiber *f)
{
	if (f->begun)
		_longjmp(f->at, 1);
	f->begun = true;
	setcontext(&f->start);
	abort();
}

Fiber *Choose()
{
	unsigned first = Draw(static_cast<uint32_t>(fibers.size()));

	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < fibers.size(); i++) {
			Fiber *f = fibers[(first + i) % fibers.size()].get();

			if (!f->over && f != now && (pass || f->held_up <= turns))
				return f;
		}
	return now;
}

void Turn()
{
	Fiber *next;

	if (++turns % 512 == 0) {
		static const unsigned means[] = { 2, 8, 40, 200, 1000 };

		mean = means[Draw(5)];
	}
	length = 1 + Draw(2 * mean);
	if (Draw(100) == 0)
		now->held_up = turns + Draw(Draw(30) ? kLong : kLongest);
	next = Choose();
	if (next == now)
		return;
	now->place = Warp::Where();
	if (_setjmp(now->at) == 0) {
		now = next;
		Warp::Return(next->place);
		Go(next);
	}
}

void Pause()
{
	ticks++;
	if (now && --length == 0)
		Turn();
}

} // namespace

void Block::Seed(uint32_t seed)
{
	if (fibers.empty()) {
		fibers.emplace_back(new Fiber);
		fibers[0]->begun = true;
		fibers[0]->over = false;
		Warp::pause = Pause;
		Warp::rest = Rest;
		Warp::clock_of_block = Clock;
	}
	state = seed * UINT64_C(0x9e3779b97f4a7c15) ^ UINT64_C(0x2545f4914f6cdd1d);
	now = fibers[0].get();
	turns = ticks = 0;
	length = 1;
	for (auto &f : fibers)
		f->held_up = 0;
}

unsigned Block::Start(std::function<void()> body)
{
	unsigned number = 0;

	while (number < fibers.size() && !fibers[number]->over)
		number++;
	if (number == fibers.size()) {
		fibers.emplace_back(new Fiber);
		fibers[number]->stack.reset(new char[kStack]);
	}
	Fiber *f = fibers[number].get();

	f->body = std::move(body);
	f->place = {};
	f->begun = f->over = false;
	f->held_up = 0;
	getcontext(&f->start);
	f->start.uc_stack.ss_sp = f->stack.get();
	f->start.uc_stack.ss_size = kStack;
	f->start.uc_link = nullptr;
	makecontext(&f->start, &Enter, 0);
	left++;
	return number;
}

void Block::HoldUp(unsigned number, unsigned turns_without)
{
	fibers[number]->held_up = turns + turns_without;
}

unsigned Block::Left()
{
	return left;
}

void Block::Rest()
{
	ticks += 100;
	Turn();
}

// A tenth of what happens: so many warps are at it at the same time.
uint64_t Block::Clock()
{
	ticks += 100;
	Pause();
	return ticks / 10;
}

uint64_t Block::Turns()
{
	return turns;
}

// ---- what the compiler calls --------------------------------------------------------------

extern "C" {

void __tsan_init()
{
}
void __tsan_func_entry(void *)
{
}
void __tsan_func_exit()
{
}

#define PLAIN(name)                \
	void __tsan_##name(void *) \
	{                          \
	}
#define SEEN(name)                 \
	void __tsan_##name(void *) \
	{                          \
		Pause();           \
	}
#define SIZES(kind, of) of(kind##1) of(kind##2) of(kind##4) of(kind##8) of(kind##16)

SIZES(read, PLAIN)
SIZES(write, PLAIN)
SIZES(unaligned_read, PLAIN)
SIZES(unaligned_write, PLAIN)
SIZES(volatile_read, SEEN)
SIZES(volatile_write, SEEN)
SIZES(unaligned_volatile_read, SEEN)
SIZES(unaligned_volatile_write, SEEN)
PLAIN(vptr_read)
void __tsan_vptr_update(void **, void *)
{
}
void __tsan_read_range(void *, unsigned long)
{
}
void __tsan_write_range(void *, unsigned long)
{
}

#define CHANGE(bits, name)                                                                        \
	uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *p, uint##bits##_t v, \
						    int)                                          \
	{                                                                                         \
		Pause();                                                                          \
		return __atomic_##name(p, v, __ATOMIC_SEQ_CST);                                   \
	}
#define ATOMICS(bits)                                                                        \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int)     \
	{                                                                                    \
		Pause();                                                                     \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                 \
	}                                                                                    \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int)  \
	{                                                                                    \
		Pause();                                                                     \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                    \
	}                                                                                    \
	int __tsan_atomic##bits##_compare_exchange_strong(                                   \
		volatile uint##bits##_t *p, uint##bits##_t *was, uint##bits##_t v, int, int) \
	{                                                                                    \
		Pause();                                                                     \
		return __atomic_compare_exchange_n(p, was, v, false, __ATOMIC_SEQ_CST,       \
						   __ATOMIC_SEQ_CST);                        \
	}                                                                                    \
	CHANGE(bits, fetch_add)                                                              \
	CHANGE(bits, fetch_sub)                                                              \
	CHANGE(bits, fetch_or)                                                               \
	CHANGE(bits, fetch_and)                                                              \
	CHANGE(bits, fetch_xor)                                                              \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *p,            \
						      uint##bits##_t v, int)                 \
	{                                                                                    \
		Pause();                                                                     \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                          \
	}

ATOMICS(8)
ATOMICS(32)
ATOMICS(64)

void __tsan_atomic_thread_fence(int)
{
	Pause();
}
}
