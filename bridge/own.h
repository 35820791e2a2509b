/* SPDX-License-Identifier: MIT */
/*
 * own.h - the simulated device's own memory (runtime/own/own_memory.h) behind its bus:
 * the engine reaches it as it reaches the host's, the host through the device only.
 */
#ifndef PEAL_BRIDGE_OWN_H
#define PEAL_BRIDGE_OWN_H

#include "axi_memory.h"

#include "own_memory.h"

/* Bus: what has map() and unmap(), and answers the engine. */
template <class Bus> class OwnMemoryOn {
public:
	/* At most so many bytes; 0 is what the host gives. */
	OwnMemoryOn(Bus &bus, uint64_t limit) : bus_(bus) { own_.limit = limit; }
	~OwnMemoryOn() { own_memory_free_all(&own_); }
	OwnMemoryOn(const OwnMemoryOn &) = delete;
	OwnMemoryOn &operator=(const OwnMemoryOn &) = delete;

	int alloc(uint64_t at, uint64_t len)
	{
		uint8_t *memory;
		int rc = own_memory_alloc(&own_, at, len, &memory);

		if (rc)
			return rc;
		rc = bus_.map(at, memory, len);
		if (rc)
			own_memory_free(&own_, at);
		return rc;
	}
	/* Of what alloc or the host's map put there. */
	int unmap(uint64_t at)
	{
		int rc = bus_.unmap(at);

		own_memory_free(&own_, at);
		return rc;
	}
	int read(uint64_t at, void *to, uint64_t len) const
	{
		return own_memory_read(&own_, at, to, len);
	}
	int write(uint64_t at, const void *from, uint64_t len) const
	{
		return own_memory_write(&own_, at, from, len);
	}

private:
	Bus &bus_;
	own_memory own_{};
};

using OwnMemory = OwnMemoryOn<AxiMemory>;

#endif
