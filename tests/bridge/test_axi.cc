/* SPDX-License-Identifier: MIT */
/*
 * test_axi.cc - the memory model and the checker by themselves, without a model:
 * what the memory cannot do wrong on purpose, and threads.
 */
#include "../../bridge/axi_checker.h"
#include "suite.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

/* The signals of both buses as plain variables. */
struct Wires {
	uint8_t arvalid = 0, arid = 0, arlen = 0, arready = 1;
	uint8_t rvalid = 0, rid = 0, rresp = 0, rlast = 0, rready = 1;
	uint8_t awvalid = 0, awid = 0, awlen = 0, awready = 1;
	uint8_t wvalid = 0, wlast = 0, wready = 1, bvalid = 0, bid = 0, bresp = 0, bready = 1;
	uint64_t araddr = 0, awaddr = 0, wstrb = ~uint64_t{0};
	uint32_t rdata[16] = {}, wdata[16] = {};
	uint8_t lite[16] = {};
	uint32_t lite_words[4] = {};

	AxiPorts axi()
	{
		AxiPorts p;
		p.arvalid = &arvalid, p.arid = &arid, p.arlen = &arlen, p.araddr = &araddr;
		p.arready = &arready, p.rvalid = &rvalid, p.rid = &rid, p.rresp = &rresp;
		p.rlast = &rlast, p.rdata = rdata, p.rready = &rready;
		p.awvalid = &awvalid, p.awid = &awid, p.awlen = &awlen, p.awaddr = &awaddr;
		p.awready = &awready, p.wvalid = &wvalid, p.wlast = &wlast, p.wdata = wdata;
		p.wstrb = &wstrb, p.wready = &wready;
		p.bvalid = &bvalid, p.bid = &bid, p.bresp = &bresp, p.bready = &bready;
		return p;
	}

	LitePorts slave()
	{
		LitePorts p;
		p.awvalid = &lite[0], p.awready = &lite[1], p.wvalid = &lite[2];
		p.wready = &lite[3], p.bvalid = &lite[4], p.bready = &lite[5];
		p.bresp = &lite[6], p.arvalid = &lite[7], p.arready = &lite[8];
		p.rvalid = &lite[9], p.rready = &lite[10], p.rresp = &lite[11];
		p.awaddr = &lite_words[0], p.wdata = &lite_words[1], p.araddr = &lite_words[2];
		p.rdata = &lite_words[3];
		return p;
	}
};

struct Checked {
	Wires wires;
	AxiChecker checker{ wires.axi(), wires.slave() };
	AxiMemory::Status status{};
	uint64_t cycle = 0;

	const std::string &step()
	{
		checker.sample(cycle++, status);
		return checker.violation();
	}

	void read(uint8_t id, uint8_t len)
	{
		wires.arvalid = 1, wires.arid = id, wires.arlen = len;
		CHECK(step().empty());
		wires.arvalid = 0;
	}
};

CASE(checker_r_id)
{
	Checked c;

	c.read(3, 0);
	c.wires.rvalid = 1, c.wires.rid = 4, c.wires.rlast = 1;
	CHECK_HAS(c.step(), "R_ID");
	Checked none;
	none.wires.rvalid = 1;
	CHECK_HAS(none.step(), "R_ID");
}

CASE(checker_rlast)
{
	Checked good, early, late;

	for (Checked *c : { &good, &early, &late }) {
		c->read(1, 1);
		c->wires.rvalid = 1, c->wires.rid = 1;
	}
	CHECK(good.step().empty());
	good.wires.rlast = 1;
	CHECK(good.step().empty());
	early.wires.rlast = 1;
	CHECK_HAS(early.step(), "RLAST");
	CHECK(late.step().empty());
	CHECK_HAS(late.step(), "RLAST");
}

CASE(checker_b_id)
{
	Checked c;

	c.wires.awvalid = c.wires.wvalid = c.wires.wlast = 1, c.wires.awid = 2;
	CHECK(c.step().empty());
	c.wires.awvalid = c.wires.wvalid = 0;
	c.wires.bvalid = 1, c.wires.bid = 2;
	CHECK(c.step().empty());
	CHECK_HAS(c.step(), "B_ID"); /* the second answer to one write */
}

CASE(checker_keeps_the_first)
{
	Checked c;

	c.wires.arvalid = 1, c.wires.araddr = 8;
	std::string first = c.step();
	CHECK_HAS(first, "ALIGNED broken in cycle 0: m_araddr_o");
	c.wires.araddr = 4096 - 64, c.wires.arlen = 1;
	CHECK(c.step() == first);
}

/* In which of the cycles each ready is low. */
static std::vector<bool> pauses(uint64_t seed, uint32_t percent, int channel)
{
	Wires wires;
	TraceHash hash;
	Faults none;
	AxiMemory memory(wires.axi(), { seed, 1, percent }, hash, none);
	const uint8_t *ready[] = { &wires.arready, &wires.awready, &wires.wready };
	std::vector<bool> low;

	for (uint64_t cycle = 0; cycle < 10000; cycle++) {
		memory.drive(cycle);
		low.push_back(!*ready[channel]);
	}
	return low;
}

CASE(memory_stalls_by_seed_and_share)
{
	for (int channel = 0; channel < 3; channel++)
		for (uint32_t percent : { 0u, 5u, 50u, 90u }) {
			std::vector<bool> low = pauses(1, percent, channel);
			long n = std::count(low.begin(), low.end(), true), due = percent * 100;
			CHECK(std::labs(n - due) <= (percent ? 250 : 0));
			CHECK(low == pauses(1, percent, channel));
			CHECK((low == pauses(2, percent, channel)) == !percent);
			CHECK((low == pauses(1, percent, (channel + 1) % 3)) == !percent);
		}
}

/*
 * A device thread writes line after line, each beat full of one number; the
 * host sees no torn word, and no line older than what a later line promises.
 */
CASE(threads_see_whole_words)
{
	alignas(64) static uint64_t lines[2][8];
	const uint32_t rounds = 20000;
	std::atomic<bool> torn{ false };
	Wires wires;
	TraceHash hash;
	Faults none;
	AxiMemory memory(wires.axi(), { 1, 1, 0 }, hash, none);

	CHECK_EQ(memory.map(0, lines, sizeof lines), 0);
	std::thread device([&] {
		uint64_t cycle = 0;
		for (uint32_t n = 1; n <= rounds; n++)
			for (uint64_t line = 0; line < 2; line++) {
				for (uint32_t &w : wires.wdata)
					w = n;
				wires.awaddr = 64 * line;
				wires.awvalid = wires.wvalid = 1;
				memory.drive(cycle);
				memory.sample(cycle++);
			}
	});
	for (uint32_t second = 0; second < rounds;) {
		uint64_t late = __atomic_load_n(&lines[1][7], __ATOMIC_ACQUIRE);
		uint64_t early = __atomic_load_n(&lines[0][3], __ATOMIC_ACQUIRE);
		uint32_t first = static_cast<uint32_t>(early);

		second = static_cast<uint32_t>(late);
		if (late >> 32 != second || early >> 32 != first || first < second)
			torn = true;
	}
	device.join();
	CHECK(!torn);
}
