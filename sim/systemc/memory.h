/* SPDX-License-Identifier: MIT */
/*
 * memory.h - the host's memory behind a link, as a TLM-2.0 target.
 *
 * Only ranges that were mapped are served; what is not wholly in one of them is
 * answered with TLM_ADDRESS_ERROR_RESPONSE. Time, in cycles of the engine:
 *
 *	latency		of the memory: from an address to its first beat, from the
 *			last beat of a write to its answer
 *	link		of the link, one way; it comes twice between request and response.
 *			A read sees memory when its request is there, and a write is seen
 *			when its last beat is
 *	bandwidth	bytes a cycle, in each direction; 64 is a beat a cycle
 *	stall		percent of the cycles in which a channel pauses, by seed
 *
 * Any number of bursts may be outstanding; each channel answers in order. A plan of
 * faults (runtime/fault) makes bursts fail as under Verilator (bridge/axi_memory.h).
 */
#ifndef PEAL_SYSTEMC_MEMORY_H
#define PEAL_SYSTEMC_MEMORY_H

#include "bus.h"
#include "faults.h"
#include "options.h"
#include "random.h"
#include "trace_hash.h"

#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_target_socket.h>

#include <map>

class Memory : public sc_core::sc_module
{
      public:
	tlm_utils::simple_target_socket<Memory> reads, writes;

	Memory(sc_core::sc_module_name name, const Options &options, sc_core::sc_time cycle,
	       TraceHash &trace, Faults &faults);

	/* 0; -EINVAL outside the bus or empty; -EEXIST overlaps a range. */
	int map(uint64_t bus, void *host, uint64_t bytes);
	/* 0; -ENOENT no range starts there. */
	int unmap(uint64_t bus);

      private:
	struct Range {
		uint8_t *host;
		uint64_t bytes;
	};
	struct Channel {
		uint64_t free = 0; /* first cycle that nothing is planned for */
		bool hangs = false;
	};
	using Payload = tlm::tlm_generic_payload;

	void b_read(Payload &payload, sc_core::sc_time &delay)
	{
		blocking(payload, delay);
	}
	void b_write(Payload &payload, sc_core::sc_time &delay)
	{
		blocking(payload, delay);
	}
	void blocking(Payload &payload, sc_core::sc_time &delay);
	tlm::tlm_sync_enum nb_read(Payload &, tlm::tlm_phase &, sc_core::sc_time &);
	tlm::tlm_sync_enum nb_write(Payload &, tlm::tlm_phase &, sc_core::sc_time &);
	void first_beat(Payload &payload, const tlm::tlm_phase &phase);
	void answer(Payload &payload, const tlm::tlm_phase &phase);
	void arrive(Payload &payload, const tlm::tlm_phase &) { access(payload); }
	bool dmi(Payload &payload, tlm::tlm_dmi &dmi);
	unsigned debug(Payload &payload);

	uint64_t now() const;
	sc_core::sc_time until(uint64_t cycle) const;
	uint64_t stalled(); /* cycles */
	uint64_t span(uint64_t beats);
	const fault *plan(const Payload &payload);
	void access(Payload &payload);
	bool read_lines(uint64_t bus, uint8_t *data, unsigned bytes);
	void fail(Payload &payload, const fault *hit);
	uint8_t *host(uint64_t bus, uint64_t bytes) const;
	void log_beats(const Payload &payload, BusEvent kind);

	const Options options_;
	const sc_core::sc_time cycle_;
	TraceHash &trace_;
	Faults &faults_;
	Random random_;
	std::map<uint64_t, Range> ranges_;
	Channel ar_, r_, w_, b_;
	std::map<const Payload *, const fault *> hit_;
	tlm_utils::peq_with_cb_and_phase<Memory> arrivals_, beats_, answers_;
};

#endif
