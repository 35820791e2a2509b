/* SPDX-License-Identifier: MIT */
/*
 * bus_state.cc - says who asks for what on the memory bus.
 */
#include "bus_state.h"

#include <cinttypes>
#include <cstdio>

/* Who asks for the bursts of an ID, in the order of rtl/peal_engine.sv. */
static const char *const kReaders[AxiMemory::kIds] = { "descriptors", "data", "data Y", "records",
						       "host lines", "ID 5", "ID 6", "ID 7" };
static const char *const kWriters[AxiMemory::kIds] = { "completions", "data", "tokens", "records",
						       "device lines", "ID 5", "ID 6", "ID 7" };

static std::string outstanding(const uint32_t *bursts, const char *const *names)
{
	std::string text;

	for (unsigned id = 0; id < AxiMemory::kIds; id++)
		if (bursts[id])
			text += (text.empty() ? " " : ", ") + std::to_string(bursts[id]) + " of " +
				names[id];
	return text.empty() ? " none" : text;
}

/* The channels that offer something nobody takes, as they stood in the last cycle. */
static std::string waiting(const AxiPorts &p)
{
	std::string text;

	text += *p.arvalid && !*p.arready ? " AR" : "";
	text += *p.awvalid && !*p.awready ? " AW" : "";
	text += *p.wvalid && !*p.wready ? " W" : "";
	text += *p.rvalid && !*p.rready ? " R" : "";
	text += *p.bvalid && !*p.bready ? " B" : "";
	return text.empty() ? " none" : text;
}

std::string bus_state(const AxiMemory::Status &status, const AxiPorts &ports)
{
	char last[64];

	snprintf(last, sizeof(last), "last AR 0x%" PRIx64 ", AW 0x%" PRIx64, status.last_ar,
		 status.last_aw);
	return std::string(last) + "; reads outstanding:" + outstanding(status.reads, kReaders) +
	       "; writes outstanding:" + outstanding(status.writes, kWriters) +
	       "; stuck:" + waiting(ports);
}
