/* SPDX-License-Identifier: MIT */
/*
 * axi_memory.h - an AXI4 slave whose memory is the host's registered ranges.
 *
 * - Only ranges given by map() are served. A 64-byte line without a registered
 *   byte answers DECERR. Other bytes of a served line read as random numbers
 *   and are never written.
 * - Latency L: the first R beat is offered L cycles after the cycle of the AR
 *   handshake, B likewise after the last W beat (1 = the next cycle). One beat
 *   a cycle, in order, any number outstanding.
 * - With stalls, each channel pauses in a given share of the cycles, by seed.
 * - A plan of faults makes bursts fail: a read's data is random then; a write with
 *   SLVERR has changed memory all the same, one with DECERR has not; a burst that
 *   hangs, and all that come behind it on its channel, are never answered.
 * - Threads: an aligned 8-byte word is moved whole. Loads acquire and stores
 *   release (plain moves on x86), so a host thread that sees the last word of a
 *   completion sees the data written before it, and the thread sanitizer knows.
 */
#ifndef PEAL_BRIDGE_AXI_MEMORY_H
#define PEAL_BRIDGE_AXI_MEMORY_H

#include "faults.h"
#include "fifo.h"
#include "random.h"
#include "trace_hash.h"

#include <cstddef>
#include <cstdint>
#include <vector>

enum AxiResp : uint8_t { AXI_OKAY = 0, AXI_SLVERR = 2, AXI_DECERR = 3 };

/* Where the signals of the master live; const is what the master drives. */
struct AxiPorts {
	const uint8_t *arvalid, *arid, *arlen;
	const uint64_t *araddr;
	uint8_t *arready;

	uint8_t *rvalid, *rid, *rresp, *rlast;
	uint32_t *rdata; /* 16 words */
	const uint8_t *rready;

	const uint8_t *awvalid, *awid, *awlen;
	const uint64_t *awaddr;
	uint8_t *awready;

	const uint8_t *wvalid, *wlast;
	const uint32_t *wdata; /* 16 words */
	const uint64_t *wstrb;
	uint8_t *wready;

	uint8_t *bvalid, *bid, *bresp;
	const uint8_t *bready;
};

struct AxiMemoryOptions {
	uint64_t seed;
	uint32_t latency; /* cycles, at least 1 */
	uint32_t stall;	  /* percent of the cycles, on each channel */
};

class AxiMemory {
public:
	static constexpr unsigned kIds = 8;
	static constexpr uint8_t kFetchId = 0; /* of the engine: descriptors */
	static constexpr uint64_t kLine = 64;
	static constexpr unsigned kBusBits = 48;

	AxiMemory(const AxiPorts &ports, const AxiMemoryOptions &options, TraceHash &trace,
		  Faults &faults);

	/* 0; -EINVAL outside the bus or empty; -EEXIST overlaps a range. */
	int map(uint64_t bus, void *host, uint64_t len);
	/* 0; -ENOENT no range starts there. */
	int unmap(uint64_t bus);

	/* Sets the slave's signals for this cycle, from what happened before it. */
	void drive(uint64_t cycle);
	/* Takes the handshakes of this cycle, once the master's signals have settled. */
	void sample(uint64_t cycle);

	/*
	 * After drive(cycle): for how many cycles, this one among them, would drive()
	 * give the same signals if the master asks for nothing? 0 where it cannot say.
	 */
	uint64_t quiet(uint64_t cycle) const;

	/* Nothing accepted and unanswered, nothing offered by the master. */
	bool idle() const;

	/* What explain() and the checker want to know; written always, read rarely. */
	struct Status {
		uint64_t last_ar, last_aw;
		uint32_t reads[kIds], writes[kIds]; /* outstanding bursts */
		bool stray;	      /* a strobe of a served line hit an unregistered byte */
		uint64_t stray_line;
	};
	const Status &status() const { return status_; }

private:
	enum Channel { kAr, kR, kAw, kW, kB };
	struct Range {
		uint64_t bus, end;
		uint8_t *host;
	};
	struct Burst {
		uint64_t address, due;
		uint32_t beats; /* left */
		uint8_t id, resp;
		bool hangs; /* never answered */
	};
	struct Beat {
		uint32_t data[16];
		uint64_t strobes;
	};

	void drive_r(uint64_t cycle);
	void drive_b(uint64_t cycle);
	void spoil(const Burst &burst);
	static void plan(Burst &burst, const fault *hit);
	void take_ar(uint64_t cycle);
	void take_r(uint64_t cycle);
	void take_aw(uint64_t cycle);
	void take_w(uint64_t cycle);
	void take_b(uint64_t cycle);
	void write_beat(uint64_t cycle, const uint32_t *data, uint64_t strobes);

	const Range *whole(uint64_t line);
	std::vector<Range>::const_iterator first_behind(uint64_t bus) const;
	bool read_line(uint64_t line, uint32_t *data);
	bool write_line(uint64_t line, const uint32_t *data, uint64_t strobes);
	bool read_part(uint64_t line, uint8_t *data);
	bool write_part(uint64_t line, const uint8_t *data, uint64_t strobes);
	void forget_hits();

	AxiPorts p_;
	uint32_t latency_;
	bool r_held_ = false, b_held_ = false; /* offered and not yet taken */
	Fifo<Burst> reads_, writes_, answers_;
	Fifo<Beat> ahead_; /* W beats that came before their AW */
	Stalls stalls_;
	Random filler_; /* for unregistered bytes */
	TraceHash &trace_;
	Faults &faults_;
	Status status_{};

	static constexpr unsigned kHits = 64;
	const Range *hits_[kHits]; /* by 4 KiB page: the range that served it last */
	std::vector<Range> ranges_; /* by address */
};

#endif
