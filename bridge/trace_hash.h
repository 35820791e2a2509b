/* SPDX-License-Identifier: MIT */
/*
 * trace_hash.h - one number for everything that happened on the buses.
 *
 * FNV-1a over 64-bit words: for each event its cycle and kind, its address and
 * its data. Each step is a bijection of the hash so far, so one changed event
 * always shows. The same in the fast and the checked build: equal runs have
 * equal hashes, whatever the build, and whatever simulates the engine.
 */
#ifndef PEAL_BRIDGE_TRACE_HASH_H
#define PEAL_BRIDGE_TRACE_HASH_H

#include "bus_log.h"

#include <peal/contract.h>

#include <cstdint>
#include <cstring>

class TraceHash {
public:
	uint64_t value() const { return hash_; }
	BusLog &log() { return log_; }

	void add(uint64_t cycle, BusEvent kind, uint64_t address, uint64_t data)
	{
		word(cycle << 3 | static_cast<uint64_t>(kind));
		word(address);
		word(identity(kind, address) ? 0 : data);
		if (log_.on())
			log_.event(cycle, kind, address, data);
	}

	/* Folds a beat of 64 bytes. */
	static uint64_t fold(const uint32_t *beat)
	{
		uint64_t words[8], sum = ~uint64_t{0};

		memcpy(words, beat, sizeof words);
		for (unsigned i = 0; i < 8; i++)
			sum += words[i] * odd(i);
		return sum ^ sum >> 32;
	}

	/* Likewise, but only the lanes that have their strobe set. */
	static uint64_t fold(const uint32_t *beat, uint64_t strobes)
	{
		uint64_t words[8], sum = strobes;

		if (!~strobes)
			return fold(beat);
		memcpy(words, beat, sizeof words);
		for (uint64_t left = strobes; left;) { /* mostly a completion: two words */
			unsigned i = static_cast<unsigned>(__builtin_ctzll(left)) / 8;
			uint64_t byte = strobes >> 8 * i & 0xff;

			sum += (byte == 0xff ? words[i] : words[i] & lanes(byte)) * odd(i);
			left &= ~(uint64_t{0xff} << 8 * i);
		}
		return sum ^ sum >> 32;
	}

private:
	/* Who answers, of which build, is no part of what happened: Icarus's runs equal Verilator's. */
	static bool identity(BusEvent kind, uint64_t address)
	{
		return kind == BusEvent::RegisterRead &&
		       (address == PEAL_REG_KIND || address == PEAL_REG_BUILD);
	}

	void word(uint64_t w) { hash_ = (hash_ ^ w) * 0x100000001b3; }

	/* Eight strobes to a mask of eight bytes. */
	static uint64_t lanes(uint64_t strobes)
	{
		uint64_t bit = strobes * 0x0101010101010101 & 0x8040201008040201;

		return ((bit + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101) * 0xff;
	}

	/* A different odd multiplier for each word, so that swapped words show. */
	static constexpr uint64_t odd(unsigned i) { return 0x9e3779b97f4a7c15 * (2 * i + 1); }

	uint64_t hash_ = 0xcbf29ce484222325;
	BusLog log_;
};

#endif
