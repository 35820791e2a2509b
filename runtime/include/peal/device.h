/* SPDX-License-Identifier: MIT */
/*
 * device.h - the device interface: what a plug-in gives libpeal.
 *
 * A device is registers, a way to make memory visible to it, and, if it is
 * simulated in this process, a way to advance time. Everything else (rings,
 * doorbells, flow control, life cycle) is common code above this table, so the
 * same driver and the same bytes run on every device.
 *
 * A plug-in is a shared object that exports one function,
 *
 *	const struct peal_device_ops *peal_device_entry(void);
 *
 * Every member is called with the device lock held: never two at a time, from
 * any thread. None may block for longer than the bound it states.
 */
#ifndef PEAL_DEVICE_H
#define PEAL_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bumped when a member changes meaning; members are only ever appended. */
#define PEAL_DEVICE_ABI 1

/* Severities of the log callback. */
enum peal_log_level { PEAL_LOG_ERROR, PEAL_LOG_WARN, PEAL_LOG_INFO, PEAL_LOG_DEBUG };

typedef void (*peal_log_fn)(void *ctx, enum peal_log_level level, const char *message);

/* One `key=value` of the device's parameter string. */
struct peal_param {
	const char *key;
	const char *value;
};

struct peal_device_params {
	uint32_t size;		      /* sizeof of this struct at the caller */
	uint32_t count;		      /* of params */
	const struct peal_param *params; /* sorted as given; unknown keys are -EINVAL */
	peal_log_fn log;	      /* may be NULL; report an open error here, once */
	void *log_ctx;
};

struct peal_device_ops {
	uint32_t abi;  /* PEAL_DEVICE_ABI */
	uint32_t size; /* sizeof of this struct at the plug-in */
	const char *name;
	const char *summary; /* one line for `peal backends` */

	/*
	 * Can this device run on this machine? 0 if so; else negative errno, and
	 * `why` says in a few words what is missing. Changes nothing.
	 */
	int (*probe)(char *why, size_t len);

	/* Powers the device up in reset state. 0 or negative errno. */
	int (*open)(const struct peal_device_params *params, void **dev);

	/*
	 * Reads or writes one 32-bit register at a byte offset (contract.h,
	 * PEAL_REG_*). Bounded; a clocked device advances as long as its bus
	 * takes. 0, -EIO when the bus answered with an error, -ETIME when it did
	 * not answer, -ENODEV when the device is gone.
	 */
	int (*reg_read)(void *dev, uint32_t offset, uint32_t *value);
	int (*reg_write)(void *dev, uint32_t offset, uint32_t value);

	/*
	 * Makes `len` bytes at `host` visible to the device at bus address `bus`.
	 * Ranges never overlap. What is not mapped answers DECERR on the bus.
	 * Access rights are not the bus's business: the region table has them.
	 */
	int (*map)(void *dev, uint64_t bus, void *host, uint64_t len);
	int (*unmap)(void *dev, uint64_t bus);

	/*
	 * Advances a simulated device by at most `steps` steps (clock cycles, or
	 * descriptors for a device without a clock). Returns 1 when it has work
	 * left, 0 when nothing but its timers (lease, sleep) runs until the next
	 * register write; timers go on with each further call. Negative errno when
	 * it died. NULL: the device runs by itself.
	 */
	int (*advance)(void *dev, uint64_t steps);

	void (*close)(void *dev);

	/* Optional, may be NULL: a hash over all bus events so far. */
	uint64_t (*trace_hash)(void *dev);

	/*
	 * Optional, may be NULL: one line that says what the device is waiting
	 * for, for a wait that ran out. Returns what snprintf returns.
	 */
	int (*explain)(void *dev, char *buf, size_t len);

	/*
	 * How often `queue` has raised its event (flag EVENT) since the device was
	 * opened; outcomes may share a raise. Cheap: asked after every advance.
	 * May be NULL on a device without the capability EVENT.
	 */
	uint64_t (*raises)(void *dev, uint32_t queue);

	/*
	 * Optional, for a device that runs by itself (advance is NULL): 1 while
	 * there is published work that it could do, 0 when there is none. Negative
	 * errno when it died. For tests and tools; nothing else asks.
	 */
	int (*settle)(void *dev);

	/*
	 * Memory of the device's own, which the host cannot address: optional, all
	 * three or none. `memory_alloc` puts `len` zeroed bytes at bus address `bus`,
	 * where `map` would put the host's, and `unmap` takes them away; -ENOSPC when
	 * the device has no room for them. `memory_read` and `memory_write` move bytes of
	 * one such range from and to the host: what a descriptor wrote whose completion
	 * the host has seen is read, and what was written is there for every descriptor
	 * that is published after the return.
	 */
	int (*memory_alloc)(void *dev, uint64_t bus, uint64_t len);
	int (*memory_read)(void *dev, uint64_t bus, void *to, uint64_t len);
	int (*memory_write)(void *dev, uint64_t bus, const void *from, uint64_t len);

	/*
	 * Optional, for a device to which it costs much that memory is mapped while it is
	 * at work: called once behind open, with host memory that stays until close and
	 * that later maps are cut from, so that those cost little. On an error libpeal does
	 * without.
	 */
	int (*pin)(void *dev, void *host, uint64_t len);
};

#define PEAL_DEVICE_ENTRY "peal_device_entry"

#ifdef __cplusplus
}
#endif
#endif
