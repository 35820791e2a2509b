/* SPDX-License-Identifier: MIT */
/*
 * options.cc - reads the parameters of the model.
 */
#include "options.h"

#include "size.h"

#include <cerrno>
#include <cstdlib>

static const struct {
	const char *key;
	uint64_t Options::*field;
	uint64_t min, max;
} numbers[] = {
	{ "quantum", &Options::quantum, 1, 1000000 },  { "seed", &Options::seed, 0, UINT64_MAX },
	{ "latency", &Options::latency, 1, 65535 },    { "link", &Options::link, 0, 65535 },
	{ "bandwidth", &Options::bandwidth, 1, 4096 }, { "stall", &Options::stall, 0, 90 },
	{ "queues", &Options::queues, 1, 64 },	       { "regions", &Options::regions, 1, 1024 },
	{ "window", &Options::window, 1, 8192 },	       { "depth", &Options::depth, 1, 8192 },
	{ "burst", &Options::burst, 1, 64 },	       { "units", &Options::units, 1, 64 },
	{ "rollouts", &Options::rollouts, 1, 256 },    { "polls", &Options::polls, 1, 64 },
	{ "clock", &Options::clock, 1, 4000000 },
};

static const struct {
	const char *key;
	bool Options::*field;
	const char *no, *yes;
} choices[] = {
	{ "mode", &Options::loose, "at", "lt" },
	{ "publish", &Options::polled, "doorbell", "poll" },
};

static const struct {
	const char *key;
	std::string Options::*field;
	const char *missing;
} texts[] = {
	{ "buslog", &Options::buslog, "a file name is missing" },
	{ "fault", &Options::fault, "a plan is missing, such as fault=read:3" },
};

static bool parse_number(const char *text, uint64_t &value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	return !*end && !errno;
}

/* What is wrong; empty if nothing is. */
static std::string parse_one(const std::string &key, const std::string &value, Options &options)
{
	std::string known;

	for (const auto &n : numbers) {
		uint64_t v;

		known += std::string(n.key) + ", ";
		if (key != n.key)
			continue;
		if (!parse_number(value.c_str(), v) || v < n.min || v > n.max)
			return key + "=" + value + ": must be a number from " +
			       std::to_string(n.min) + " to " + std::to_string(n.max);
		options.*n.field = v;
		return "";
	}
	for (const auto &c : choices) {
		if (key != c.key)
			continue;
		if (value != c.no && value != c.yes)
			return key + "=" + value + ": must be " + c.no + " or " + c.yes;
		options.*c.field = value == c.yes;
		return "";
	}
	for (const auto &t : texts) {
		if (key != t.key)
			continue;
		options.*t.field = value;
		return value.empty() ? key + ": " + t.missing : "";
	}
	if (key == "memory") {
		bool good = peal_size(value.c_str(), &options.memory) && options.memory;

		return good ? "" : "memory=" + value + ": must be a size, such as 64M";
	}
	return "unknown parameter '" + key + "' (" + known + "memory, mode, publish, fault, buslog)";
}

int parse_options(const peal_device_params &params, Options &options, std::string &error)
{
	for (uint32_t i = 0; i < params.count && error.empty(); i++) {
		const peal_param &p = params.params[i];

		error = parse_one(p.key, p.value ? p.value : "", options);
	}
	return error.empty() ? 0 : -EINVAL;
}
