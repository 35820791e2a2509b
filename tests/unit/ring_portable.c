/* SPDX-License-Identifier: MIT */
/* ring_portable.c - the portable path of ring.h, for test_ring.c, on machines that have another. */
#define PEAL_RING_PORTABLE 1
#include "ring_path.h"

const struct ring_path ring_portable = RING_PATH("portable");
