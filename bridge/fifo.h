/* SPDX-License-Identifier: MIT */
/*
 * fifo.h - a ring buffer that grows: the bus allows any number of outstanding
 * transactions, and the memory model must not allocate for each of them.
 */
#ifndef PEAL_BRIDGE_FIFO_H
#define PEAL_BRIDGE_FIFO_H

#include <cstddef>
#include <vector>

template <class T> class Fifo {
public:
	Fifo() : slots_(64) {}

	bool empty() const { return head_ == tail_; }
	size_t size() const { return tail_ - head_; }
	T &front() { return slots_[head_ & (slots_.size() - 1)]; }
	const T &front() const { return slots_[head_ & (slots_.size() - 1)]; }
	void pop() { head_++; }

	void push(const T &value)
	{
		if (size() == slots_.size())
			grow();
		slots_[tail_++ & (slots_.size() - 1)] = value;
	}

private:
	void grow()
	{
		std::vector<T> larger(2 * slots_.size()); /* stays a power of two */
		size_t n = size();

		for (size_t i = 0; i < n; i++)
			larger[i] = slots_[(head_ + i) & (slots_.size() - 1)];
		slots_.swap(larger);
		head_ = 0;
		tail_ = n;
	}

	std::vector<T> slots_;
	size_t head_ = 0, tail_ = 0; /* free-running */
};

#endif
