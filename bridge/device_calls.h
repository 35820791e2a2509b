/* SPDX-License-Identifier: MIT */
/*
 * device_calls.h - a class as the functions of peal/device.h.
 *
 * What it must have: a constructor from Options, power_up(), which says why when it
 * fails, and a member for each call that a clocked device answers.
 */
#ifndef PEAL_BRIDGE_DEVICE_CALLS_H
#define PEAL_BRIDGE_DEVICE_CALLS_H

#include "options.h"
#include "plugin.h"

#include <cerrno>
#include <exception>
#include <memory>
#include <new>

template <class Device> struct DeviceCalls {
	static Device &of(void *dev) { return *static_cast<Device *>(dev); }

	static int open(const peal_device_params *params, void **dev)
	try {
		Options options;
		std::string error;
		int rc = parse_options(*params, options, error);
		std::unique_ptr<Device> d;

		if (!rc) {
			d.reset(new Device(options));
			rc = d->power_up(*params, error);
		}
		if (rc && !error.empty())
			log_error(*params, error);
		*dev = rc ? nullptr : d.release();
		return rc;
	} catch (const std::bad_alloc &) {
		return -ENOMEM;
	} catch (const std::exception &e) {
		log_error(*params, e.what());
		return -EIO;
	}

	static void close(void *dev) { delete &of(dev); }

	static int reg_read(void *dev, uint32_t offset, uint32_t *value)
	{
		return of(dev).reg_read(offset, value);
	}

	static int reg_write(void *dev, uint32_t offset, uint32_t value)
	{
		return of(dev).reg_write(offset, value);
	}

	static int map(void *dev, uint64_t bus, void *host, uint64_t len)
	{
		return of(dev).map(bus, host, len);
	}

	static int unmap(void *dev, uint64_t bus) { return of(dev).unmap(bus); }

	static int memory_alloc(void *dev, uint64_t bus, uint64_t len)
	{
		return of(dev).memory_alloc(bus, len);
	}

	static int memory_read(void *dev, uint64_t bus, void *to, uint64_t len)
	{
		return of(dev).memory_read(bus, to, len);
	}

	static int memory_write(void *dev, uint64_t bus, const void *from, uint64_t len)
	{
		return of(dev).memory_write(bus, from, len);
	}

	static int advance(void *dev, uint64_t steps) { return of(dev).advance(steps); }
	static uint64_t trace_hash(void *dev) { return of(dev).trace_hash(); }
	static uint64_t raises(void *dev, uint32_t queue) { return of(dev).raises(queue); }

	static int explain(void *dev, char *buf, size_t len)
	{
		return of(dev).explain(buf, len);
	}

	static constexpr peal_device_ops table(const char *summary, int (*probe)(char *, size_t))
	{
		return { PEAL_DEVICE_ABI, sizeof(peal_device_ops), PEAL_DEVICE_NAME, summary, probe,
			 open, reg_read, reg_write, map, unmap, advance, close, trace_hash, explain,
			 raises, nullptr /* settle: it is advanced */, memory_alloc, memory_read,
			 memory_write, nullptr /* pin: mapping costs nothing */ };
	}
};

#endif
