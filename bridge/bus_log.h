/* SPDX-License-Identifier: MIT */
/*
 * bus_log.h - what happened on the buses as text, a line an event.
 *
 *	17 write 0x10000 0x1		register write, in the cycle that took address and data
 *	18 written 0x10000 0x1		its answer
 *	30 read 0x0 0x4c414550		answer of a register read
 *	18 AR 0x10001000 id 0 beats 1	likewise AW
 *	19 R 0x10001000 ok		likewise W; a beat, by its line
 *	27 B id 0 ok
 *
 * Cycles count from the end of the reset, as they do in waves and in explain().
 */
#ifndef PEAL_BRIDGE_BUS_LOG_H
#define PEAL_BRIDGE_BUS_LOG_H

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

enum class BusEvent { AR, R, AW, W, B, RegisterRead, RegisterWrite };

class BusLog {
public:
	BusLog() = default;
	~BusLog()
	{
		if (file_)
			fclose(file_);
	}
	BusLog(const BusLog &) = delete;
	BusLog &operator=(const BusLog &) = delete;

	/* No path, no log. 0, or negative errno with a text. */
	int open(const std::string &path, std::string &error)
	{
		if (path.empty() || (file_ = fopen(path.c_str(), "we")) != nullptr)
			return 0;
		int rc = -errno;
		error = "buslog=" + path + ": cannot be written: " + strerror(-rc);
		return rc;
	}
	bool on() const { return file_ != nullptr; }

	void request(uint64_t cycle, const char *name, uint64_t address, uint64_t id, uint64_t beats)
	{
		fprintf(file_, "%" PRIu64 " %s 0x%" PRIx64 " id %" PRIu64 " beats %" PRIu64 "\n",
			cycle, name, address, id, beats);
	}
	void beat(uint64_t cycle, const char *name, uint64_t address, bool ok)
	{
		fprintf(file_, "%" PRIu64 " %s 0x%" PRIx64 " %s\n", cycle, name, address,
			ok ? "ok" : "error");
	}
	void answer(uint64_t cycle, uint64_t id, bool ok)
	{
		fprintf(file_, "%" PRIu64 " B id %" PRIu64 " %s\n", cycle, id, ok ? "ok" : "error");
	}
	void access(uint64_t cycle, const char *name, uint64_t address, uint64_t value)
	{
		fprintf(file_, "%" PRIu64 " %s 0x%" PRIx64 " 0x%" PRIx64 "\n", cycle, name, address,
			value);
	}

	/* An event as the trace hash has it. */
	void event(uint64_t cycle, BusEvent kind, uint64_t address, uint64_t data)
	{
		switch (kind) {
		case BusEvent::AR:
		case BusEvent::AW:
			return request(cycle, kind == BusEvent::AR ? "AR" : "AW", address,
				       data & 0xff, (data >> 8) + 1);
		case BusEvent::R:
			return beat(cycle, "R", address >> 2, !(address & 3));
		case BusEvent::W:
			return beat(cycle, "W", address, true);
		case BusEvent::B:
			return answer(cycle, address, !data);
		case BusEvent::RegisterRead:
			return access(cycle, "read", address, data);
		case BusEvent::RegisterWrite:
			return access(cycle, "written", address, data);
		}
	}

private:
	FILE *file_ = nullptr;
};

#endif
