/* SPDX-License-Identifier: MIT */
/*
 * test_device.cc - the Verilated device with the test master in it: registers,
 * memory, time, stalls, checks, endings, waves and parameters.
 */
#include "tester.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

/* Page-aligned host memory, filled with a pattern that no two lines share. */
struct Memory {
	explicit Memory(size_t size)
		: bytes(size), pages((size + 4095) / 4096 * 4096),
		  data(static_cast<uint8_t *>(aligned_alloc(4096, pages)))
	{
		for (size_t i = 0; i < size; i++)
			data[i] = static_cast<uint8_t>(i * 7 + (i >> 6) * 13 + 1);
	}
	~Memory() { free(data); }
	Memory(const Memory &) = delete;

	size_t bytes, pages;
	uint8_t *data;
};

static const uint64_t kBus = 0x10000000;
static const char *const builds[] = { "checked=0", "checked=1" };

/* ---- registers ---------------------------------------------------------------- */

CASE(registers)
{
	for (const char *params : { "stall=0", "stall=60,seed=3", "checked=1,stall=90" }) {
		Plugin p(params);
		CHECK_EQ(p.rc, 0);
		CHECK_EQ(p.read(T_MAGIC), uint32_t{TESTER_MAGIC});
		CHECK_EQ(p.read(T_KIND), 2u);
		for (uint32_t v : { 0u, ~0u, 0x12345678u }) {
			p.write(T_SCRATCH, v);
			CHECK_EQ(p.read(T_SCRATCH), v);
		}
	}
}

CASE(register_error)
{
	Plugin p("");
	uint32_t value;

	CHECK_EQ(p.try_read(T_ERROR, &value), -EIO);
	CHECK_EQ(p.try_write(T_ERROR, 1), -EIO);
	CHECK_EQ(p.read(T_MAGIC), uint32_t{TESTER_MAGIC});
}

CASE(register_hang_is_bounded)
{
	for (const char *build : builds) {
		Plugin reads(build), writes(build);
		uint32_t value;

		CHECK_EQ(reads.try_read(T_HANG, &value), -ETIME);
		CHECK_HAS(reads.explain(), "register read, R");
		CHECK_EQ(reads.try_read(T_MAGIC, &value), -ETIME); /* the bus is still taken */
		CHECK_EQ(reads.advance(10), 0);
		CHECK_EQ(writes.try_write(T_HANG, 1), -ETIME);
		CHECK_HAS(writes.explain(), "register write, B");
	}
}

/* ---- memory -------------------------------------------------------------------- */

CASE(unmapped_decerr)
{
	for (const char *build : builds) {
		Plugin p(build);
		Memory m(4096);

		CHECK_EQ(p.map(kBus, m.data, 4096), 0);
		aim(p, kBus + 4096, 4, 2);
		go(p, GO_READ);
		CHECK_EQ(p.read(T_RERR), 8u);
		CHECK_EQ(p.read(T_STATUS) >> 4 & 3, 3u);
		go(p, GO_WRITE);
		CHECK_EQ(p.read(T_BERR), 2u);
		CHECK_EQ(p.read(T_STATUS) >> 6 & 3, 3u);
		aim(p, kBus, 64, 1);
		go(p, GO_READ | GO_WRITE);
		CHECK_EQ(p.read(T_RERR) + p.read(T_BERR), 0u);
		aim(p, (uint64_t{1} << 48) - 64, 1, 1);
		go(p, GO_READ);
		CHECK_EQ(p.read(T_RERR), 1u);
	}
}

CASE(map_rules)
{
	Plugin p("");
	Memory m(8192);
	uint64_t limit = uint64_t{1} << 48;

	CHECK_EQ(p.map(kBus, m.data, 100), 0);
	CHECK_EQ(p.map(kBus, m.data, 1), -EEXIST);
	CHECK_EQ(p.map(kBus + 99, m.data, 10), -EEXIST);
	CHECK_EQ(p.map(kBus - 10, m.data, 11), -EEXIST);
	CHECK_EQ(p.map(kBus - 10, m.data, 4096), -EEXIST);
	CHECK_EQ(p.map(kBus - 10, m.data, 10), 0);
	CHECK_EQ(p.map(kBus + 100, m.data, 10), 0);
	CHECK_EQ(p.map(0, m.data, 0), -EINVAL);
	CHECK_EQ(p.map(0, nullptr, 10), -EINVAL);
	CHECK_EQ(p.map(limit, m.data, 1), -EINVAL);
	CHECK_EQ(p.map(limit - 10, m.data, 11), -EINVAL);
	CHECK_EQ(p.map(limit - 10, m.data, 10), 0);
	CHECK_EQ(p.unmap(kBus + 1), -ENOENT);
	CHECK_EQ(p.unmap(kBus), 0);
	CHECK_EQ(p.unmap(kBus), -ENOENT);
}

CASE(unmap_takes_effect)
{
	Plugin p("");
	Memory m(4096);

	CHECK_EQ(p.map(kBus, m.data, 4096), 0);
	aim(p, kBus, 1, 1);
	go(p, GO_READ);
	CHECK_EQ(p.read(T_RERR), 0u);
	CHECK_EQ(p.unmap(kBus), 0);
	go(p, GO_READ);
	CHECK_EQ(p.read(T_RERR), 1u);
}

CASE(read_data)
{
	for (unsigned skew : { 0u, 8u, 3u }) { /* the host may be aligned unlike the bus */
		Plugin p("stall=20");
		Memory m(8192 + 8);

		CHECK_EQ(p.map(kBus, m.data + skew, 8192), 0);
		for (uint64_t line : { 0u, 1u, 63u, 64u, 127u }) {
			aim(p, kBus + 64 * line, 1, 1);
			go(p, GO_READ);
			CHECK(!memcmp(last_beat(p).data(), m.data + skew + 64 * line, 64));
		}
	}
}

CASE(unregistered_bytes_random)
{
	std::vector<uint8_t> seen[3];
	const char *seeds[] = { "seed=5", "seed=5", "seed=6" };
	Memory m(4096);

	for (int i = 0; i < 3; i++) {
		Plugin p(seeds[i]);
		CHECK_EQ(p.map(kBus + 20, m.data + 20, 23), 0);
		aim(p, kBus, 1, 1);
		go(p, GO_READ);
		CHECK_EQ(p.read(T_RERR), 0u);
		seen[i] = last_beat(p);
		CHECK(!memcmp(&seen[i][20], m.data + 20, 23));
		CHECK(memcmp(&seen[i][0], m.data, 20) && memcmp(&seen[i][43], m.data + 43, 21));
		go(p, GO_READ);
		std::vector<uint8_t> again = last_beat(p);
		CHECK(memcmp(&again[0], &seen[i][0], 20) && memcmp(&again[43], &seen[i][43], 21));
		CHECK(!memcmp(&again[20], m.data + 20, 23));
	}
	CHECK(seen[0] == seen[1]);
	CHECK(seen[0] != seen[2]);
}

CASE(unregistered_bytes_not_written)
{
	Plugin p("");
	Memory m(4096), before(4096);

	for (uint32_t i = 0; i < 16; i++)
		p.write(T_WDATA + 4 * i, 0xa5a5a5a5);
	CHECK_EQ(p.map(kBus + 20, m.data + 20, 23), 0);
	aim(p, kBus, 1, 1);
	go(p, GO_WRITE);
	CHECK_EQ(p.read(T_BERR), 0u);
	CHECK(!memcmp(m.data, before.data, 20));
	CHECK(!memcmp(m.data + 43, before.data + 43, 4096 - 43));
	for (int i = 20; i < 43; i++)
		CHECK_EQ(m.data[i], 0xa5);
}

CASE(line_of_two_ranges)
{
	Plugin p("");
	Memory a(64), b(64);

	CHECK_EQ(p.map(kBus, a.data, 10), 0);
	CHECK_EQ(p.map(kBus + 10, b.data, 54), 0);
	aim(p, kBus, 1, 1);
	go(p, GO_READ);
	std::vector<uint8_t> beat = last_beat(p);
	CHECK(!memcmp(beat.data(), a.data, 10) && !memcmp(beat.data() + 10, b.data, 54));
	go(p, GO_WRITE);
	Memory before(64);
	CHECK(std::count(a.data, a.data + 10, 0) == 10 && std::count(b.data, b.data + 54, 0) == 54);
	CHECK(!memcmp(a.data + 10, before.data + 10, 54));
	CHECK(!memcmp(b.data + 54, before.data + 54, 10));
}

CASE(strobes)
{
	const uint64_t masks[] = { 0, 1, uint64_t{1} << 63, 0xff, 0x7f80, 0xffff0000ffff0000,
				   0x5555555555555555, ~uint64_t{0}, 0x00fffffffffffff0 };
	uint8_t expected[64];

	for (const char *build : builds)
		for (uint64_t mask : masks) {
			Plugin p(build);
			Memory m(128);
			memcpy(expected, m.data + 64, 64);
			for (uint32_t i = 0; i < 16; i++)
				p.write(T_WDATA + 4 * i, 0x04030201 * (i + 1));
			for (uint32_t i = 0; i < 64; i++) {
				uint32_t word = 0x04030201 * (i / 4 + 1);
				if (mask >> i & 1)
					expected[i] = static_cast<uint8_t>(word >> 8 * (i % 4));
			}
			CHECK_EQ(p.map(kBus, m.data, 128), 0);
			set_strobes(p, mask);
			aim(p, kBus + 64, 1, 1);
			go(p, GO_WRITE);
			CHECK(!memcmp(expected, m.data + 64, 64));
		}
}

CASE(to_the_last_byte)
{
	for (unsigned cut : { 0u, 1u, 8u, 63u }) {
		Plugin p("stall=30");
		Memory m(8192), before(8192);
		size_t len = 8192 - cut;

		CHECK_EQ(p.map(kBus, m.data, len), 0);
		aim(p, kBus, 64, 2);
		go(p, GO_READ);
		CHECK_EQ(p.read(T_RERR), 0u);
		CHECK(!memcmp(last_beat(p).data(), m.data + 8128, 64 - cut));
		go(p, GO_WRITE);
		CHECK_EQ(p.read(T_BERR), 0u);
		for (size_t line = 0; line < 128; line++)
			CHECK_EQ(m.data[64 * line], line); /* word 0 counts the beats */
		for (size_t i = 8129; i < len; i++) /* the rest of the last line, all zero */
			CHECK_EQ(m.data[i], 0);
		CHECK(!memcmp(m.data + len, before.data + len, cut));
	}
}

CASE(data_before_address)
{
	for (const char *build : { "checked=1", "checked=1,stall=40", "latency=20" }) {
		Plugin p(build);
		Memory m(8192);

		CHECK_EQ(p.map(kBus, m.data, 8192), 0);
		aim(p, kBus, 8, 16);
		go(p, GO_WRITE | GO_DATA_FIRST);
		CHECK_EQ(p.read(T_BERR), 0u);
		for (size_t line = 0; line < 128; line++)
			CHECK_EQ(m.data[64 * line], line);
	}
}

/* ---- time ----------------------------------------------------------------------- */

CASE(latency_is_exact)
{
	const uint32_t beats = 16, count = 40;

	for (uint32_t latency : { 1u, 2u, 3u, 7u, 10u, 33u, 100u, 300u }) {
		std::string params = "latency=" + std::to_string(latency);
		Plugin p(params);
		Memory m(beats * count * 64);

		CHECK_EQ(p.map(kBus, m.data, m.bytes), 0);
		aim(p, kBus, beats, count);
		go(p, GO_READ);
		CHECK_EQ(p.read(T_READ), latency);
		CHECK_EQ(p.read(T_ALL), latency + beats * count); /* a beat in every cycle */
		go(p, GO_WRITE);
		CHECK_EQ(p.read(T_WRITE), latency);
		CHECK_EQ(p.read(T_ALL), latency + beats * count);
		go(p, GO_READ | GO_WRITE);
		CHECK_EQ(p.read(T_ALL), latency + beats * count);
	}
}

CASE(outstanding_reads)
{
	Plugin p("latency=200,checked=1");
	Memory m(1000 * 64);

	CHECK_EQ(p.map(kBus, m.data, m.bytes), 0);
	p.write(T_ID_STEP, 1 << 4);
	aim(p, kBus, 1, 1000);
	go(p, GO_READ);
	CHECK_EQ(p.read(T_MOST), 200u);
	CHECK_EQ(p.read(T_ALL), 1200u);
	CHECK_EQ(p.read(T_RBEATS), 1000u);
	p.write(T_GO, GO_READ | GO_WRITE);
	CHECK_EQ(p.advance(80), 1);
	CHECK_HAS(p.explain(), "busy");
	CHECK_HAS(p.explain(), "of descriptors, ");
	CHECK_HAS(p.explain(), "of ID 7");
	CHECK_EQ(p.run(), 0);
	CHECK_HAS(p.explain(), "reads outstanding: none; writes outstanding: none");
}

CASE(explain_names_the_stuck_channel)
{
	Plugin p("latency=3");
	Memory m(4096);

	CHECK_EQ(p.map(kBus, m.data, 4096), 0);
	p.write(T_PLANT, PLANT_DEAF);
	aim(p, kBus + 64, 1, 1);
	p.write(T_GO, GO_READ);
	CHECK_EQ(p.run(1000), 1);
	CHECK_HAS(p.explain(), "last AR 0x10000040");
	CHECK_HAS(p.explain(), "stuck: R");
}

CASE(advance_says_when_idle)
{
	for (const char *build : builds) {
		Plugin p(build);
		Memory m(64 * 1000);

		CHECK_EQ(p.map(kBus, m.data, m.bytes), 0);
		CHECK_EQ(p.advance(1000), 0);
		aim(p, kBus, 1, 1000);
		p.write(T_GO, GO_READ);
		CHECK_EQ(p.advance(0), 1);
		CHECK_EQ(p.advance(500), 1);
		CHECK_EQ(p.advance(~uint64_t{0}), 0);
		CHECK_EQ(p.read(T_RBEATS), 1000u);
	}
}

/* busy_o may rise a few cycles after the register access that is the reason for it. */
CASE(advance_waits_for_busy)
{
	Plugin p("");
	Memory m(4096);

	CHECK_EQ(p.map(kBus, m.data, m.bytes), 0);
	aim(p, kBus, 8, 8);
	go(p, GO_READ | GO_WRITE | GO_LATE);
	CHECK_EQ(p.read(T_RBEATS), 64u);
}

/* ---- stalls and hashes ------------------------------------------------------------ */

struct Outcome {
	uint64_t hash;
	uint32_t cycles, fold;
	std::vector<uint8_t> memory;
	bool operator==(const Outcome &o) const
	{
		return hash == o.hash && cycles == o.cycles && fold == o.fold && memory == o.memory;
	}
};

static Outcome work(const std::string &params)
{
	Plugin p(params);
	Memory m(32768);

	CHECK_EQ(p.rc, 0);
	CHECK_EQ(p.map(kBus, m.data, 16384), 0);
	CHECK_EQ(p.map(kBus + 16384, m.data + 16384, 16000), 0);
	aim(p, kBus, 8, 60);
	p.write(T_ID_STEP, 3 << 4);
	go(p, GO_READ | GO_THROTTLE);
	uint32_t fold = p.read(T_FOLD), cycles = p.read(T_ALL);
	set_strobes(p, 0x0ff0ff00ff00fff1);
	go(p, GO_WRITE | GO_DATA_FIRST);
	cycles += p.read(T_ALL);
	return { p.hash(), cycles, fold, { m.data, m.data + 32768 } };
}

CASE(same_seed_same_run)
{
	for (const char *params : { "stall=0", "stall=35,seed=7", "stall=90,seed=8,latency=9" })
		CHECK(work(params) == work(params));
}

CASE(other_seed_other_run)
{
	Outcome quiet = work("stall=0"), a = work("stall=35,seed=1"), b = work("stall=35,seed=2");

	CHECK(a.hash != b.hash);
	CHECK(a.hash != quiet.hash);
	CHECK(a.fold == b.fold && a.fold == quiet.fold);
	CHECK(a.memory == b.memory && a.memory == quiet.memory);
	CHECK(quiet.cycles < a.cycles);
	CHECK(a.cycles < work("stall=80,seed=1").cycles);
}

CASE(hash_sees_data_and_time)
{
	auto run = [](uint32_t word, const std::string &params) {
		Plugin p(params);
		Memory m(4096);
		CHECK_EQ(p.map(kBus, m.data, 4096), 0);
		m.data[100] = static_cast<uint8_t>(word);
		aim(p, kBus, 4, 1);
		go(p, GO_READ);
		return p.hash();
	};

	CHECK(run(1, "latency=2") == run(1, "latency=2"));
	CHECK(run(1, "latency=2") != run(2, "latency=2"));
	CHECK(run(1, "latency=2") != run(1, "latency=3"));
}

CASE(fast_equals_checked)
{
	for (const char *params : { "stall=0", "stall=50,seed=4", "latency=30,stall=10,seed=9" })
		CHECK(work(params) == work(std::string(params) + ",checked=1"));
}

/* ---- broken rules ------------------------------------------------------------------- */

/* Writes a register and runs until the device is dead; returns what it says then. */
static std::string death(Plugin &p, uint32_t offset, uint32_t to)
{
	uint32_t value;
	int rc = p.try_write(offset, to);

	CHECK_EQ(rc ? rc : p.run(), -EIO);
	std::string text = p.explain();
	CHECK_HAS(text, "dead in cycle");
	CHECK_EQ(p.advance(1), -ENODEV);
	CHECK_EQ(p.try_read(T_MAGIC, &value), -ENODEV);
	CHECK_EQ(p.try_write(T_SCRATCH, 0), -ENODEV);
	CHECK(p.explain() == text);
	return text;
}

static void check_rule(Plant plant, uint32_t what, const char *rule, const char *signal)
{
	Plugin p("checked=1,stall=50");
	Memory m(1 << 16);

	CHECK_EQ(p.map(kBus, m.data, m.bytes), 0);
	aim(p, kBus, 4, 100);
	p.write(T_PLANT, plant);
	std::string text = death(p, T_GO, what);
	CHECK_HAS(text, rule);
	CHECK_HAS(text, signal);
	CHECK_HAS(text, "cycle");
}

CASE(rule_valid_held)
{
	check_rule(PLANT_AR_DROP, GO_READ, "VALID_HELD", "m_arvalid_o");
	check_rule(PLANT_AW_DROP, GO_WRITE, "VALID_HELD", "m_awvalid_o");
	check_rule(PLANT_W_DROP, GO_WRITE, "VALID_HELD", "m_wvalid_o");
}

CASE(rule_payload_held)
{
	check_rule(PLANT_AR_CHANGE, GO_READ, "PAYLOAD_HELD", "m_araddr_o");
	check_rule(PLANT_AW_CHANGE, GO_WRITE, "PAYLOAD_HELD", "m_awaddr_o");
	check_rule(PLANT_W_CHANGE, GO_WRITE, "PAYLOAD_HELD", "m_wdata_o");
}

CASE(rule_wlast)
{
	check_rule(PLANT_WLAST_EARLY, GO_WRITE, "WLAST", "m_wlast_o");
	check_rule(PLANT_WLAST_LATE, GO_WRITE, "WLAST", "m_wlast_o");
	check_rule(PLANT_WLAST_EARLY, GO_WRITE | GO_DATA_FIRST, "WLAST", "m_wlast_o");
}

CASE(rule_aligned)
{
	check_rule(PLANT_UNALIGNED, GO_READ, "ALIGNED", "m_araddr_o");
}

CASE(rule_answer_taken)
{
	check_rule(PLANT_DEAF, GO_READ, "ANSWER_TAKEN", "m_rready_o");
}

CASE(rule_burst_4k)
{
	for (uint32_t what : { GO_READ, GO_WRITE }) {
		Plugin p("checked=1");
		Memory m(8192);

		CHECK_EQ(p.map(kBus, m.data, 8192), 0);
		aim(p, kBus + 4096 - 128, 2, 1);
		go(p, what); /* up to the boundary is fine */
		aim(p, kBus + 4096 - 128, 3, 1);
		std::string text = death(p, T_GO, what);
		CHECK_HAS(text, "BURST_4K");
		CHECK_HAS(text, what == GO_READ ? "m_araddr_o" : "m_awaddr_o");
	}
}

CASE(rule_strobe)
{
	Plugin p("checked=1");
	Memory m(4096);

	CHECK_EQ(p.map(kBus + 8, m.data, 4000), 0);
	aim(p, kBus, 1, 1);
	set_strobes(p, ~uint64_t{0} << 8);
	go(p, GO_WRITE);
	set_strobes(p, ~uint64_t{0} << 7);
	CHECK_HAS(death(p, T_GO, GO_WRITE), "STROBE");
}

CASE(rule_lite)
{
	Plugin r("checked=1"), b("checked=1");

	CHECK_HAS(death(r, T_PLANT, PLANT_LITE_R), "LITE_R");
	CHECK_HAS(death(b, T_PLANT, PLANT_LITE_B), "LITE_B");
}

/* ---- endings ------------------------------------------------------------------------- */

static void check_ending(const std::string &params, Plant plant, const char *says)
{
	Plugin p(params);
	std::string text = death(p, T_PLANT, plant);

	CHECK_HAS(text, says);
	CHECK_HAS(text, "axi_tester");
}

CASE(model_ending_is_reported)
{
	for (const char *build : builds) {
		check_ending(build, PLANT_FINISH, "$finish");
		check_ending(build, PLANT_STOP, "$stop");
		check_ending(build, PLANT_FATAL, "planted fatal error");
		check_ending(build, PLANT_LOOP, "converge");
	}
}

CASE(assertion_is_reported)
{
	check_ending("checked=1", PLANT_ASSERT, "planted assertion");
	Plugin fast("");
	fast.write(T_PLANT, PLANT_ASSERT);
	CHECK_EQ(fast.run(), 0);
}

/* ---- waves ------------------------------------------------------------------------------- */

static long size_of(const std::string &path)
{
	struct stat st;

	return stat(path.c_str(), &st) ? -1 : static_cast<long>(st.st_size);
}

static uint64_t traced_work(const std::string &params)
{
	return work("stall=20" + params).hash;
}

CASE(waves_on_demand)
{
	std::string all = scratch("all.fst"), some = scratch("some.fst");
	uint64_t plain = traced_work("");

	CHECK_EQ(size_of(all), -1L);
	CHECK_EQ(traced_work(",trace=" + all), plain);
	CHECK_EQ(traced_work(",trace=" + some + ",trace_from=100,trace_cycles=50"), plain);
	CHECK(size_of(all) > 4096);
	CHECK(size_of(some) > 500 && size_of(some) < size_of(all) / 2);
	std::ifstream f(all, std::ios::binary);
	CHECK_EQ(f.get(), 0); /* an FST file begins with its header block, type 0 */
}

CASE(waves_of_a_death)
{
	std::string path = scratch("death.fst");
	{
		Plugin p("trace=" + path);
		death(p, T_PLANT, PLANT_FATAL);
		CHECK(size_of(path) > 500); /* closed when it died, not when the host closes it */
	}
	Plugin bad("trace=" + scratch("missing/x.fst"));
	CHECK(bad.rc < 0);
	CHECK_HAS(bad.log, "missing/x.fst");
}

static std::string contents(const std::string &path)
{
	std::ifstream f(path, std::ios::binary);

	return { std::istreambuf_iterator<char>(f), std::istreambuf_iterator<char>() };
}

/* Opens with waves at a path where something lies that is no file; that must stay as it was. */
static void check_kept(const std::string &trace, const std::string &path)
{
	struct stat before, after;

	CHECK_EQ(lstat(path.c_str(), &before), 0);
	{
		Plugin p("trace=" + trace);
		CHECK_EQ(p.rc, -EEXIST);
		CHECK_HAS(p.log, path + ": exists and is not a regular file");
	}
	CHECK_EQ(lstat(path.c_str(), &after), 0);
	CHECK_EQ(before.st_ino, after.st_ino);
	CHECK_EQ(before.st_mode, after.st_mode);
}

CASE(waves_replace_only_files)
{
	std::string target = scratch("target"), link = scratch("link"), dangling = scratch("dangling");
	std::string pipe = scratch("pipe"), folder = scratch("folder"), beside = scratch("x.fst");

	std::ofstream(target) << "precious";
	CHECK_EQ(symlink(target.c_str(), link.c_str()), 0);
	CHECK_EQ(symlink(scratch("nothing").c_str(), dangling.c_str()), 0);
	CHECK_EQ(symlink(target.c_str(), (beside + ".hier").c_str()), 0);
	CHECK_EQ(mkfifo(pipe.c_str(), 0600), 0);
	CHECK_EQ(mkdir(folder.c_str(), 0700), 0);
	for (const std::string &path : { link, dangling, pipe, folder })
		check_kept(path, path);
	check_kept(beside, beside + ".hier");
	CHECK(contents(target) == "precious");
	CHECK_EQ(size_of(scratch("nothing")), -1L);
	CHECK_EQ(size_of(beside), -1L);
	CHECK_EQ(Plugin("trace=" + target).rc, 0); /* a file is replaced, as any output is */
	CHECK(contents(target) != "precious");
}

/* ---- the bus log ------------------------------------------------------------------------- */

/* The first event of that name behind `from`: its place, and its cycle. */
static size_t find_event(const std::string &log, const std::string &name, size_t from,
			 unsigned long &cycle)
{
	size_t at = log.find(" " + name + "\n", from);
	size_t line = at == std::string::npos ? at : log.rfind('\n', at) + 1;

	CHECK(at != std::string::npos);
	cycle = at == std::string::npos ? 0 : strtoul(log.c_str() + line, nullptr, 10);
	return at;
}

CASE(bus_log)
{
	for (const char *build : builds) {
		std::string path = scratch("bus.log");
		unsigned long taken, answered, ar, first, last;
		{
			Plugin p(std::string(build) + ",latency=7,buslog=" + path);
			Memory m(256);
			CHECK_EQ(p.map(kBus, m.data, m.bytes), 0);
			aim(p, kBus, 2, 1);
			go(p, GO_READ);
			CHECK_EQ(p.read(T_MAGIC), uint32_t{TESTER_MAGIC});
		}
		std::string log = contents(path);
		size_t at = find_event(log, "write 0x10 0x10000000", 0, taken);
		at = find_event(log, "written 0x10 0x10000000", at, answered);
		CHECK(taken < answered);
		at = find_event(log, "AR 0x10000000 id 0 beats 2", at, ar);
		at = find_event(log, "R 0x10000000 ok", at, first);
		at = find_event(log, "R 0x10000040 ok", at, last);
		CHECK_EQ(first - ar, 7ul);
		CHECK_EQ(last - first, 1ul);
	}
}

CASE(bus_log_changes_nothing)
{
	std::string path = scratch("same.log"), missing = scratch("missing/bus.log");

	CHECK_EQ(traced_work(",buslog=" + path), traced_work(""));
	CHECK(contents(path).find(" B id ") != std::string::npos);
	Plugin bad("buslog=" + missing);
	CHECK_EQ(bad.rc, -ENOENT);
	CHECK_HAS(bad.log, missing);
}

/* ---- parameters -------------------------------------------------------------------------- */

CASE(parameters)
{
	const char *good[] = { "", "seed=0", "seed=0xffffffffffffffff", "latency=65535", "stall=90",
			       "queues=8", "checked=1,queues=8" };
	const char *bad[] = { "speed=1", "seed=", "seed=x", "seed=-1", "seed=1x", "latency=0",
			      "latency=65536", "stall=91", "queues=9", "checked=2", "trace=", "buslog=",
			      "trace_from=5", "trace_cycles=5", "seed=99999999999999999999" };

	for (const char *params : good)
		CHECK_EQ(Plugin(params).rc, 0);
	for (const char *params : bad) {
		Plugin p(params);
		CHECK_EQ(p.rc, -EINVAL);
		CHECK_HAS(p.log, std::string(params).substr(0, std::string(params).find('=')));
	}
}

CASE(checked_build_missing)
{
	std::string alone = scratch("alone.so");
	std::ifstream plugin(tester_path, std::ios::binary);
	std::ofstream(alone, std::ios::binary) << plugin.rdbuf();

	CHECK_EQ(Plugin("", alone).rc, 0);
	Plugin p("checked=1", alone);
	CHECK_EQ(p.rc, -EOPNOTSUPP);
	CHECK_HAS(p.log, "alone-checked.so");
}

CASE(two_devices_at_once)
{
	Plugin a("seed=1"), b("seed=1,checked=1");

	a.write(T_SCRATCH, 1);
	b.write(T_SCRATCH, 2);
	CHECK_EQ(a.read(T_SCRATCH), 1u);
	CHECK_EQ(b.read(T_SCRATCH), 2u);
	death(b, T_PLANT, PLANT_FATAL);
	CHECK_EQ(a.read(T_SCRATCH), 1u);
}
