/* SPDX-License-Identifier: MIT */
/*
 * random.h - the bridge's random numbers: splitmix64, and stalls drawn from it.
 *
 * Everything random on the bus comes from here and from the seed of the
 * device, so that equal seeds give equal runs on every machine.
 */
#ifndef PEAL_BRIDGE_RANDOM_H
#define PEAL_BRIDGE_RANDOM_H

#include <cstdint>

class Random {
public:
	explicit Random(uint64_t seed) : state_(seed) {}

	uint64_t next()
	{
		uint64_t x = state_ += 0x9e3779b97f4a7c15;

		x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
		x = (x ^ x >> 27) * 0x94d049bb133111eb;
		return x ^ x >> 31;
	}

private:
	uint64_t state_;
};

/* One draw a cycle decides for up to eight channels whether each of them stalls in that cycle. */
class Stalls {
public:
	Stalls(uint64_t seed, unsigned percent) : random_(seed), threshold_(percent * 256 / 100) {}

	bool enabled() const { return threshold_ != 0; }
	void draw() { bits_ = random_.next(); }
	bool stalled(unsigned channel) const { return (bits_ >> 8 * channel & 0xff) < threshold_; }

private:
	Random random_;
	uint64_t bits_ = ~uint64_t{0}; /* without a draw: 0xff, never below the threshold */
	unsigned threshold_;
};

#endif
