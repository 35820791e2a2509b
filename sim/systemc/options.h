/* SPDX-License-Identifier: MIT */
/*
 * options.h - the parameters of the model.
 *
 *	mode=at|lt	approximately or loosely timed; at
 *	quantum=N	lt: most cycles the engine runs ahead of the simulation; 64
 *	seed=N		stalls and the data of failed reads; 1
 *	latency=N	of the memory, in cycles; 1
 *	link=N		of the link to it, in cycles, one way, for doorbells too; 0
 *	bandwidth=N	of the link, bytes a cycle in each direction; 64
 *	stall=P		percent of the cycles in which a channel pauses, 0 to 90; 0
 *	queues=N	1 to 64; 8
 *	memory=SIZE	bytes of the device's own memory, such as 64M; what the host gives
 *	regions=N	entries of the region table, 1 to 1024; 64
 *	window=N	descriptors in flight a queue, 1 to 8192; 256
 *	depth=N		descriptors fetched ahead a queue, 1 to 8192; 256
 *	burst=N		descriptors a fetch, 1 to 64; 16
 *	units=N		beats and tokens that the units work on in a cycle, 1 to 64; 1
 *	rollouts=N	rollout operations at a time, 1 to 256; 16
 *	publish=P	doorbell, or poll: the engine looks at the slots by itself
 *	polls=N		poll: fetches of a queue that are under way at a time; 1
 *	clock=N		nominal, in kHz; 250000
 *	fault=PLAN	which transactions go wrong (runtime/fault/fault.h)
 *	buslog=FILE	what happens on the buses as text (bridge/bus_log.h)
 */
#ifndef PEAL_SYSTEMC_OPTIONS_H
#define PEAL_SYSTEMC_OPTIONS_H

#include <peal/device.h>

#include <cstdint>
#include <string>

struct Options {
	bool loose = false, polled = false;
	uint64_t quantum = 64, seed = 1, latency = 1, link = 0, bandwidth = 64, stall = 0;
	uint64_t queues = 8, regions = 64, window = 256, depth = 256, burst = 16;
	uint64_t units = 1, rollouts = 16, polls = 1, clock = 250000;
	uint64_t memory = 0;
	std::string fault, buslog;
};

/* 0, or -EINVAL with a text that names the parameter. */
int parse_options(const peal_device_params &params, Options &options, std::string &error);

#endif
