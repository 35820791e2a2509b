/* SPDX-License-Identifier: MIT */
/*
 * tester.h - the registers of axi_tester.sv.
 */
#ifndef PEAL_TESTS_BRIDGE_TESTER_H
#define PEAL_TESTS_BRIDGE_TESTER_H

#include "suite.h"

enum : uint32_t {
	T_MAGIC = 0x00, T_SCRATCH = 0x04, T_HANG = 0x08, T_ERROR = 0x0c,
	T_ADDR_LO = 0x10, T_ADDR_HI = 0x14, T_BEATS = 0x18, T_COUNT = 0x1c,
	T_STRB_LO = 0x20, T_STRB_HI = 0x24, T_GO = 0x28, T_STATUS = 0x30,
	T_RERR = 0x34, T_BERR = 0x38, T_READ = 0x3c, T_WRITE = 0x40, T_ALL = 0x44,
	T_MOST = 0x48, T_RBEATS = 0x4c, T_FOLD = 0x50, T_PLANT = 0x54, T_ID_STEP = 0x58,
	T_BUILD = 0x5c, T_KIND = 0x60, T_RDATA = 0x80, T_WDATA = 0xc0,
	TESTER_MAGIC = 0x74736574,
};
enum : uint32_t { GO_READ = 1, GO_WRITE = 2, GO_THROTTLE = 4, GO_DATA_FIRST = 8, GO_LATE = 16 };
enum Plant : uint32_t {
	PLANT_AR_DROP = 1, PLANT_AR_CHANGE, PLANT_AW_DROP, PLANT_AW_CHANGE, PLANT_W_DROP,
	PLANT_W_CHANGE, PLANT_WLAST_EARLY, PLANT_WLAST_LATE, PLANT_UNALIGNED, PLANT_LITE_R,
	PLANT_LITE_B, PLANT_DEAF, PLANT_FINISH = 16, PLANT_STOP, PLANT_FATAL, PLANT_ASSERT,
	PLANT_LOOP,
};

/* Sets up `count` bursts of `beats` lines from `bus` on. */
static inline void aim(Plugin &p, uint64_t bus, uint32_t beats, uint32_t count)
{
	p.write(T_ADDR_LO, static_cast<uint32_t>(bus));
	p.write(T_ADDR_HI, static_cast<uint32_t>(bus >> 32));
	p.write(T_BEATS, beats);
	p.write(T_COUNT, count);
}

/* Runs them to the end. */
static inline void go(Plugin &p, uint32_t what)
{
	p.write(T_GO, what);
	CHECK_EQ(p.run(), 0);
}

static inline void set_strobes(Plugin &p, uint64_t strobes)
{
	p.write(T_STRB_LO, static_cast<uint32_t>(strobes));
	p.write(T_STRB_HI, static_cast<uint32_t>(strobes >> 32));
}

/* The 64 bytes of the last R beat. */
static inline std::vector<uint8_t> last_beat(Plugin &p)
{
	std::vector<uint8_t> bytes(64);

	for (uint32_t i = 0; i < 64; i++)
		bytes[i] = static_cast<uint8_t>(p.read(T_RDATA + (i & ~3u)) >> 8 * (i % 4));
	return bytes;
}

#endif
