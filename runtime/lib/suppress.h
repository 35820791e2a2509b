/* SPDX-License-Identifier: MIT */
/*
 * suppress.h - when a doorbell is wanted (contract C5.17).
 *
 * Host: store sq_tail; full fence; load sq_event. Device: store sq_event; full
 * fence (over a bus: the write is answered); load sq_tail again. Each side stores
 * before it loads what the other stores, so one of them sees the other: either the
 * host rings, or the device finds the tail. Without one of the fences both may
 * miss (the store-buffer race).
 */
#ifndef PEAL_SUPPRESS_H
#define PEAL_SUPPRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <peal/contract.h>

#include "atomics.h"

/* The test of it builds this header with nothing here too. */
#ifndef PEAL_ANNOUNCE_FENCE
#define PEAL_ANNOUNCE_FENCE() peal_fence_full()
#endif

/* Is `event` among the indices [before, tail) that were published just now? (virtio's formula) */
static inline bool peal_wants_doorbell(uint32_t event, uint32_t before, uint32_t tail)
{
	return tail - event - 1 < tail - before;
}

/* The tail, which was `before`, goes to the host line; true when the device is to be rung. */
static inline bool peal_announce(struct peal_host_line *host, const struct peal_device_line *device,
				 uint32_t epoch, uint32_t before, uint32_t tail)
{
	uint64_t event;

	/* Release, the slots are written: pairs with the device's acquire of sq_tail. */
	peal_store_release(&host->sq_tail, (uint64_t)epoch << 32 | tail);
	/* Pairs with the device's, between its sq_event and its second look (arm in ref/lines.c).
	 */
	PEAL_ANNOUNCE_FENCE();
	event = peal_load_relaxed(&device->sq_event);
	return event >> 32 != epoch || peal_wants_doorbell((uint32_t)event, before, tail);
}

#endif
