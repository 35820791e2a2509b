/* SPDX-License-Identifier: MIT */
/*
 * announce_path.h - peal_announce as it is, and built without its fence (in
 * announce_bare.c): the same code but for one macro.
 */
#ifndef PEAL_TESTS_ANNOUNCE_PATH_H
#define PEAL_TESTS_ANNOUNCE_PATH_H

#include "suppress.h"

typedef bool (*announce_fn)(struct peal_host_line *host, const struct peal_device_line *device,
			    uint32_t epoch, uint32_t before, uint32_t tail);

extern const announce_fn announce_bare;

#endif
