/* SPDX-License-Identifier: MIT */
/*
 * suppress.h - when a doorbell is wanted (contract C5.17), for both sides.
 *
 * Host: store sq_tail; full fence; load sq_event. Device: store sq_event; full
 * fence (over a bus: the write is answered); load sq_tail again. Each side stores
 * before it loads what the other stores, so one of them sees the other: either the
 * host rings, or the device finds the tail. Without one of the fences both may
 * miss (the store-buffer race); tests/spin/ and test_suppress.c show it.
 */
#ifndef PEAL_SUPPRESS_H
#define PEAL_SUPPRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "atomics.h"

/* Between the host's store of sq_tail and its load of sq_event; the test of it has it empty too. */
#ifndef PEAL_ANNOUNCE_FENCE
#define PEAL_ANNOUNCE_FENCE() peal_fence_full()
#endif

/* Is `event` among the indices [before, tail) that were published just now? (virtio's formula) */
static inline bool peal_wants_doorbell(uint32_t event, uint32_t before, uint32_t tail)
{
	return tail - event - 1 < tail - before;
}

#endif
