/* SPDX-License-Identifier: MIT */
/*
 * speed.cc - how fast the bridge simulates: cycles a second of the test master
 * with both data channels busy, and idle, in each build. A report, not a test.
 */
#include "tester.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

static double cpu_seconds()
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/* Of the processor: what else runs on the machine does not count. */
static double seconds_of(Plugin &p, uint32_t what)
{
	double begin = cpu_seconds();

	p.write(T_GO, what);
	CHECK_EQ(p.run(~uint64_t{0}), 0);
	return cpu_seconds() - begin;
}

static void measure(const char *title, const std::string &params, uint32_t beats, uint32_t count)
{
	static std::vector<uint64_t> memory(1 << 20);
	Plugin p(params);
	double best = 1e9;

	CHECK_EQ(p.map(1 << 28, memory.data(), memory.size() * 8), 0);
	aim(p, 1 << 28, beats, count);
	for (int i = 0; i < 5; i++)
		best = std::min(best, seconds_of(p, GO_READ | GO_WRITE));
	printf("%-44s %7.2f MHz\n", title, p.read(T_ALL) / best / 1e6);
}

int speed()
{
	const uint32_t n = 120000;

	measure("fast, a read and a write beat every cycle", "latency=10", 1, n);
	measure("fast, bursts of 64", "latency=10", 64, n / 64);
	measure("fast, half of all cycles stalled", "latency=10,stall=50", 1, n / 4);
	measure("checked", "latency=10,checked=1", 1, n / 4);
	measure("checked, with waves", "latency=10,trace=" + scratch("speed.fst"), 1, n / 16);
	return 0;
}
