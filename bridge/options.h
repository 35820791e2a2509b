/* SPDX-License-Identifier: MIT */
/*
 * options.h - the parameters of the devices that run the RTL.
 *
 *	seed=N           stalls, unregistered bytes, start values (checked); 1
 *	latency=N        of the memory, in cycles, 1 to 65535; 1
 *	stall=P          percent of the cycles each channel pauses in, 0 to 90; 0
 *	queues=N         must be what the model was built with
 *	memory=SIZE      bytes of the device's own memory, such as 64M; what the host gives
 *	checked=0|1      assertions and the AXI checker; needs the checked build
 *	trace=F.fst      waves; under Verilator they need the checked build, Icarus writes
 *			 VCD where the name ends in .vcd
 *	trace_from=C     first cycle of the waves; 0 (with the reset)
 *	trace_cycles=N   most cycles of waves; 0 is no limit
 *	fault=PLAN       which transactions go wrong (runtime/fault/fault.h)
 *	buslog=FILE      what happens on the buses as text (bus_log.h)
 *
 * Only under Icarus:
 *
 *	vvp=PROGRAM      Icarus's run time; vvp of $PATH
 *	timeout=S        most seconds for vvp's greeting and for each of its turns; 10
 */
#ifndef PEAL_BRIDGE_OPTIONS_H
#define PEAL_BRIDGE_OPTIONS_H

#include <peal/device.h>

#include <cstdint>
#include <string>

#ifndef PEAL_QUEUES
#define PEAL_QUEUES 8
#endif

#ifndef PEAL_ICARUS
#define PEAL_ICARUS 0
#endif

struct Options {
	uint64_t seed = 1, latency = 1, stall = 0, queues = PEAL_QUEUES, checked = 0;
	uint64_t trace_from = 0, trace_cycles = 0;
	uint64_t timeout = 10, memory = 0;
	std::string trace, fault, buslog, vvp = "vvp";
};

/* 0, or -EINVAL with a text that names the parameter. */
int parse_options(const peal_device_params &params, Options &options, std::string &error);

/*
 * Can waves be written to this path? Their writers replace what they find there without
 * a word, so only a regular file may be there. 0, or negative errno with a text.
 */
int check_wave_file(const std::string &path, std::string &error);

#endif
