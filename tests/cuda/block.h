// SPDX-License-Identifier: MIT
//
// block.h - several warps and their host in one thread; a seed decides whose turn it is.
//
// A turn may end wherever somebody else could see a difference: at every access to what is
// volatile or atomic, and where lanes meet. The compiler says where these are: what is
// compiled for the thread sanitizer calls functions by these names, and here they are
// (block.cc). So an interleaving is found again by its seed, on a machine however loaded. What
// is not seen is memory that is less than sequentially consistent.
//
// Turns are short or long, by times; and now and then somebody gets none for long, as a warp
// that the hardware holds up.

#ifndef PEAL_TESTS_CUDA_BLOCK_H
#define PEAL_TESTS_CUDA_BLOCK_H

#include <cstdint>
#include <functional>

class Block
{
      public:
	// The caller is the host. Everything is drawn from this seed on.
	static void Seed(uint32_t seed);
	// One more that takes turns, until its body returns. Says its number.
	static unsigned Start(std::function<void()> body);
	// No turn for this one for so many.
	static void HoldUp(unsigned number, unsigned turns);
	// How many have not returned.
	static unsigned Left();
	// Somebody else's turn, surely.
	static void Rest();
	// Of all that happens; a lane of a warp that meets the others takes some.
	static uint64_t Clock();
	static uint64_t Turns();
};

#endif
