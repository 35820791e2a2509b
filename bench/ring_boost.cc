/* SPDX-License-Identifier: MIT */
/* ring_boost.cc - contender: Boost's lockfree::spsc_queue, by value. */
#include "ring_bench.h"

#if __has_include(<boost/lockfree/spsc_queue.hpp>)

#include <new>

#include <boost/lockfree/spsc_queue.hpp>
#include <boost/version.hpp>

namespace
{

/* Gives the queue the same kind of memory as the others have. */
template <class T> struct allocator {
	using value_type = T;
	allocator() = default;
	template <class U> allocator(const allocator<U> &)
	{
	}
	T *allocate(size_t n)
	{
		void *memory = ring_memory(n * sizeof(T));
		if (!memory)
			throw std::bad_alloc();
		return static_cast<T *>(memory);
	}
	void deallocate(T *memory, size_t n)
	{
		ring_memory_free(memory, n * sizeof(T));
	}
	bool operator==(const allocator &) const
	{
		return true;
	}
	bool operator!=(const allocator &) const
	{
		return false;
	}
};

struct ring {
	boost::lockfree::spsc_queue<ring_message,
				    boost::lockfree::allocator<allocator<ring_message>>>
		queue;
	explicit ring(size_t slots) : queue(slots)
	{
	}
};

inline unsigned ring_push(ring *r, const ring_message *messages, unsigned n)
{
	return n == 1 ? r->queue.push(*messages) : unsigned(r->queue.push(messages, n));
}

inline unsigned ring_pop(ring *r, ring_message *messages, unsigned n)
{
	return n == 1 ? r->queue.pop(*messages) : unsigned(r->queue.pop(messages, n));
}

#define RING_MASK UINT64_MAX
#include "ring_loops.h"

void *ring_create(unsigned log2)
{
	try {
		return new ring(size_t(1) << log2);
	} catch (const std::bad_alloc &) {
		return nullptr;
	}
}

void ring_destroy(void *r)
{
	delete static_cast<ring *>(r);
}

} // namespace

extern "C" const ring_contender ring_boost = {
	"Boost spsc_queue", BOOST_LIB_VERSION, nullptr,	     64,	ring_create,
	ring_destroy,	    ring_produce,      ring_consume, ring_ping, ring_pong,
};

#else

extern "C" const ring_contender ring_boost = {
	"Boost spsc_queue",
	"",
	"libboost-dev",
	0,
	nullptr,
	nullptr,
	nullptr,
	nullptr,
	nullptr,
	nullptr,
};

#endif
