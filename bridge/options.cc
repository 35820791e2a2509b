/* SPDX-License-Identifier: MIT */
/*
 * options.cc - reads the parameters of the devices that run the RTL.
 */
#include "options.h"

#include "size.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct Number {
	const char *key;
	uint64_t Options::*field;
	uint64_t min, max;
};

static const Number numbers[] = {
	{ "seed", &Options::seed, 0, UINT64_MAX },
	{ "latency", &Options::latency, 1, 65535 },
	{ "stall", &Options::stall, 0, 90 },
	{ "queues", &Options::queues, PEAL_QUEUES, PEAL_QUEUES },
	{ "checked", &Options::checked, 0, 1 },
#if PEAL_ICARUS
	{ "timeout", &Options::timeout, 1, 3600 },
#endif
	{ "trace_from", &Options::trace_from, 0, UINT64_MAX },
	{ "trace_cycles", &Options::trace_cycles, 0, UINT64_MAX },
};

static const struct {
	const char *key;
	std::string Options::*field;
	const char *missing;
} texts[] = {
	{ "buslog", &Options::buslog, "a file name is missing" },
	{ "fault", &Options::fault, "a plan is missing, such as fault=read:3" },
#if PEAL_ICARUS
	{ "vvp", &Options::vvp, "a program is missing" },
#endif
	{ "trace", &Options::trace, "a file name is missing" },
};

static const char kKnown[] = "seed, latency, stall, queues, memory, checked, fault, buslog, "
			     "trace, trace_from, trace_cycles"
#if PEAL_ICARUS
			     ", vvp, timeout"
#endif
	;

static bool parse_number(const char *text, uint64_t &value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 0);
	return !*end && !errno;
}

static int parse_one(const peal_param &param, Options &options, std::string &error)
{
	std::string name = param.key, value = param.value ? param.value : "";

	for (const auto &t : texts) {
		if (name != t.key)
			continue;
		options.*t.field = value;
		error = value.empty() ? name + ": " + t.missing : "";
		return value.empty() ? -EINVAL : 0;
	}
	if (name == "memory") {
		if (peal_size(value.c_str(), &options.memory) && options.memory)
			return 0;
		error = "memory=" + value + ": must be a size, such as 64M";
		return -EINVAL;
	}
	for (const Number &n : numbers) {
		uint64_t v;

		if (name != n.key)
			continue;
		if (parse_number(value.c_str(), v) && v >= n.min && v <= n.max) {
			options.*n.field = v;
			return 0;
		}
		error = name + "=" + value + ": must be a number from " + std::to_string(n.min) +
			" to " + std::to_string(n.max);
		return -EINVAL;
	}
	error = "unknown parameter '" + name + "' (" + kKnown + ")";
	return -EINVAL;
}

int parse_options(const peal_device_params &params, Options &options, std::string &error)
{
	for (uint32_t i = 0; i < params.count; i++)
		if (int rc = parse_one(params.params[i], options, error))
			return rc;
	if (options.trace.empty() && (options.trace_from || options.trace_cycles)) {
		error = "trace_from and trace_cycles need trace=FILE";
		return -EINVAL;
	}
	return 0;
}

static int refuse_to_replace(const std::string &path, std::string &error)
{
	struct stat st;

	if (lstat(path.c_str(), &st) || S_ISREG(st.st_mode))
		return 0;
	error = "trace=" + path + ": exists and is not a regular file";
	return -EEXIST;
}

/* The writers would not say that they cannot. What is in the file stays until they do. */
int check_wave_file(const std::string &path, std::string &error)
{
	int fd;

	for (const char *suffix : { "", ".hier" }) /* Verilator's own file beside it */
		if (int rc = refuse_to_replace(path + suffix, error))
			return rc;
	fd = open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	if (fd < 0) {
		int rc = -errno;
		error = "trace=" + path + ": cannot be written: " + strerror(-rc);
		return rc;
	}
	close(fd);
	return 0;
}
