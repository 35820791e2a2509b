// SPDX-License-Identifier: MIT
//
// warp.cc - the lanes and their turns.

#include "warp.h"

#include <memory>

thread_local LaneNumber threadIdx;
thread_local Warp *Warp::here_;

// To the next lane that is not over, or back to Run.
void Warp::Next()
{
	unsigned from = now_;

	if (!left_) {
		setcontext(&back_);
		return;
	}
	do
		now_ = (now_ + 1) % kLanes;
	while (over_[now_]);
	if (now_ == from)
		return;
	swapcontext(&lane_[from], &lane_[now_]);
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

const uint64_t *Warp::Meet(uint64_t value)
{
	Warp *w = here_;
	unsigned me = w->now_;
	uint64_t *slot = w->slot_[w->met_[me]++ % 2];

	slot[me] = value;
	w->Next();
	threadIdx.x = me;
	return slot;
}

bool Warp::Run(const std::function<void()> &body)
{
	static thread_local std::unique_ptr<char[]> stacks(new char[kLanes * kStack]);
	Warp w;
	bool together = true;

	w.body_ = &body;
	here_ = &w;
	for (unsigned i = 0; i < kLanes; i++) {
		getcontext(&w.lane_[i]);
		w.lane_[i].uc_stack.ss_sp = &stacks[i * kStack];
		w.lane_[i].uc_stack.ss_size = kStack;
		w.lane_[i].uc_link = nullptr;
		makecontext(&w.lane_[i], &Warp::Enter, 0);
	}
	swapcontext(&w.back_, &w.lane_[0]);
	here_ = nullptr;
	for (unsigned i = 1; i < kLanes; i++)
		together = together && w.met_[i] == w.met_[0];
	return together;
}
