/* SPDX-License-Identifier: MIT */
/*
 * axi_lite.h - an AXI4-Lite master: one register access at a time.
 *
 * start_*() begins an access; then drive() and sample() run once in each clock
 * cycle until busy() is false. Who waits bounds the wait: an access that was
 * given up stays on the bus (AXI forbids taking it back), and busy() says so.
 */
#ifndef PEAL_BRIDGE_AXI_LITE_H
#define PEAL_BRIDGE_AXI_LITE_H

#include "random.h"
#include "trace_hash.h"

#include <cstdint>

/* Where the signals of the slave live; const is what the slave drives. */
struct LitePorts {
	uint8_t *awvalid, *wvalid, *bready;
	uint32_t *awaddr, *wdata;
	const uint8_t *awready, *wready, *bvalid, *bresp;

	uint8_t *arvalid, *rready;
	uint32_t *araddr;
	const uint8_t *arready, *rvalid, *rresp;
	const uint32_t *rdata;
};

class AxiLite {
public:
	AxiLite(const LitePorts &ports, uint64_t seed, uint32_t stall, TraceHash &trace);

	/* Only while busy() is false. */
	void start_read(uint32_t offset);
	void start_write(uint32_t offset, uint32_t value);

	bool busy() const { return answer_ != Answer::none; }
	bool at_rest() const { return !active_; } /* nothing driven, nothing awaited */
	uint32_t value() const { return value_; } /* of the last read */
	uint8_t resp() const { return resp_; }	  /* of the last access */

	void drive();
	void sample(uint64_t cycle);

	/* Which channel an access waits for, or NULL. */
	const char *waiting() const;

private:
	enum Channel { kAr, kR, kAw, kW, kB };
	enum class Request { none, wanted, offered };
	enum class Answer { none, read, write };

	void offer(Request &request, uint8_t *valid, Channel channel);
	void log_write(uint64_t cycle);
	void finish(uint64_t cycle);

	LitePorts p_;
	bool active_ = false; /* signals are not all at rest */
	Request ar_ = Request::none, aw_ = Request::none, w_ = Request::none;
	Answer answer_ = Answer::none;
	uint32_t value_ = 0;
	uint8_t resp_ = 0;
	Stalls stalls_;
	TraceHash &trace_;
};

#endif
