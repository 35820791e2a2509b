// SPDX-License-Identifier: MIT
//
// warp.cc - the lanes and their turns. Contexts begin a lane; jumps, which cost no system call,
// go from one to the next.

#undef _FORTIFY_SOURCE // its longjmp stays on one stack
#include "warp.h"

#include <memory>
#include <vector>

thread_local LaneNumber threadIdx;
thread_local Warp *Warp::here_;
void (*Warp::pause)();
void (*Warp::rest)();
uint64_t (*Warp::clock_of_block)();
static uint64_t apart;

// To the lane that is next.
void Warp::Jump()
{
	if (begun_[now_])
		_longjmp(at_[now_], 1);
	begun_[now_] = true;
	setcontext(&lane_[now_]);
	abort();
}

// To the next lane that is not over, or back to Run.
void Warp::Next()
{
	unsigned from = now_;

	if (!left_)
		_longjmp(back_, 1);
	do
		now_ = (now_ + 1) % kLanes;
	while (over_[now_]);
	if (now_ == from)
		return;
	if (!_setjmp(at_[from]))
		Jump();
}

void Warp::Enter()
{
	Warp *w = here_;
	unsigned me = w->now_;

	threadIdx.x = me;
	(*w->body_)();
	w->over_[me] = true;
	w->left_--;
	w->Next();
}

const uint64_t *Warp::Meet(char kind, uint64_t value, unsigned mask)
{
	Warp *w = here_;
	const unsigned me = w->now_;
	Meeting *m = &w->meeting_[mask != ~0u];
	const unsigned round = m->round;
	uint64_t *slot = m->slot[round % 2];

	if (pause)
		pause();
	if (m->arrived && m->kind != kind)
		__atomic_fetch_add(&apart, 1, __ATOMIC_RELAXED);
	m->kind = kind;
	slot[me] = value;
	w->met_[me] += mask == ~0u;
	if (++m->arrived == static_cast<unsigned>(__builtin_popcount(mask))) {
		m->arrived = 0;
		m->round++;
	}
	while (m->round == round && w->left_ == kLanes)
		w->Next();
	if (w->left_ < kLanes)
		w->Next();
	threadIdx.x = me;
	return slot;
}

void Warp::Go()
{
	if (!_setjmp(back_))
		Jump();
}

Warp::Place Warp::Where()
{
	return Place{ here_, threadIdx };
}

void Warp::Return(Place place)
{
	here_ = place.here;
	threadIdx = place.lane;
}

void Warp::Sleep()
{
	if (rest)
		rest();
	else
		sched_yield();
}

uint64_t Warp::Clock()
{
	static uint64_t calls;

	return clock_of_block ? clock_of_block() : __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
}

uint64_t Warp::Apart()
{
	return __atomic_load_n(&apart, __ATOMIC_RELAXED);
}

bool Warp::Together() const
{
	if (Apart())
		return false;
	for (uint64_t met : met_)
		if (met != met_[0])
			return false;
	return true;
}

bool Warp::Run(const std::function<void()> &body)
{
	static thread_local std::vector<std::unique_ptr<char[]>> free_stacks;
	std::unique_ptr<char[]> stacks;
	std::unique_ptr<Warp> w(new Warp);

	if (!free_stacks.empty()) {
		stacks = std::move(free_stacks.back());
		free_stacks.pop_back();
	} else {
		stacks.reset(new char[kLanes * kStack]);
	}
	w->body_ = &body;
	here_ = w.get();
	for (unsigned i = 0; i < kLanes; i++) {
		getcontext(&w->lane_[i]);
		w->lane_[i].uc_stack.ss_sp = &stacks[i * kStack];
		w->lane_[i].uc_stack.ss_size = kStack;
		w->lane_[i].uc_link = nullptr;
		makecontext(&w->lane_[i], &Warp::Enter, 0);
	}
	w->Go();
	here_ = nullptr;
	free_stacks.push_back(std::move(stacks));
	return w->Together();
}
