/* SPDX-License-Identifier: MIT */
/*
 * axi_checker.h - watches both buses of the device for broken AXI rules.
 *
 *	VALID_HELD    valid stays until ready
 *	PAYLOAD_HELD  what is offered does not change until ready
 *	ALIGNED       a burst starts on a 64-byte line
 *	BURST_4K      a burst does not cross a 4 KiB boundary
 *	WLAST         is set on the last beat of a burst and on no other
 *	STROBE        no strobe on a byte that no registered range has
 *	R_ID, B_ID    an answer has the ID of the oldest burst that waits for one
 *	RLAST         is set on the last beat of a burst and on no other
 *	LITE_R/_B     a register answer follows its request
 *	ANSWER_TAKEN  an answer is taken within kPatience cycles
 *
 * The first violation is kept: rule, cycle, signal. R_ID, B_ID and RLAST watch
 * the bridge's own memory. X does not exist under Verilator.
 */
#ifndef PEAL_BRIDGE_AXI_CHECKER_H
#define PEAL_BRIDGE_AXI_CHECKER_H

#include "axi_lite.h"
#include "axi_memory.h"

#include <string>
#include <vector>

class AxiChecker {
public:
	static constexpr unsigned kPatience = 100000;

	AxiChecker(const AxiPorts &memory, const LitePorts &lite);

	/* Once in each cycle, with all signals settled, after the memory's sample(). */
	void sample(uint64_t cycle, const AxiMemory::Status &memory);

	/* Empty as long as no rule was broken. */
	const std::string &violation() const { return violation_; }

private:
	struct Signal {
		const char *name;
		const void *at;
		size_t size;
	};
	/* A channel and what it offered in the last cycle without being taken. */
	struct Channel {
		const char *valid_name;
		const uint8_t *valid, *ready;
		std::vector<Signal> payload;
		bool waiting;
		unsigned waited;
		std::vector<uint8_t> held;
	};
	struct Burst {
		uint32_t beats, id;
	};

	void check_held(Channel &channel);
	void hold(Channel &channel);
	void check_patience(const Channel &channel);
	void check_burst(const char *signal, uint64_t address, uint32_t beats);
	void check_ar();
	void check_r();
	void check_aw();
	void check_w();
	void check_b();
	void match_writes();
	void check_lite();
	void broken(const char *rule, const char *signal, const char *what, uint64_t value);

	AxiPorts m_;
	LitePorts s_;
	std::vector<Channel> channels_;
	uint64_t cycle_ = 0;
	std::string violation_;

	Fifo<Burst> reads_;    /* asked, in order */
	Fifo<Burst> requests_; /* AW, its data not complete */
	Fifo<uint32_t> data_;  /* beats of W bursts that are complete, AW not seen */
	Fifo<Burst> writes_;   /* AW and data complete, B due */
	uint32_t read_beat_ = 0, write_beat_ = 0;
	int lite_reads_ = 0, lite_aw_ = 0, lite_w_ = 0;
};

#endif
