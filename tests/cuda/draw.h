// SPDX-License-Identifier: MIT
//
// draw.h - random numbers of the device code's tests: the same ones for the same seed.

#ifndef PEAL_TESTS_CUDA_DRAW_H
#define PEAL_TESTS_CUDA_DRAW_H

#include <cstdint>

static uint32_t random_state;

static inline uint32_t Draw(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return static_cast<uint32_t>((static_cast<uint64_t>(random_state >> 4) * below) >> 28);
}

static inline uint64_t Draw64()
{
	return static_cast<uint64_t>(Draw(1u << 28)) << 32 ^ Draw(1u << 28) * 31ull;
}

#endif
