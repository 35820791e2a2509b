/* SPDX-License-Identifier: MIT */
/*
 * ring_path.h - one path of ring.h as a table, so that a test can run both, and
 * one against the other. Include it after ring.h; RING_PATH(name) defines a table.
 */
#ifndef PEAL_TESTS_RING_PATH_H
#define PEAL_TESTS_RING_PATH_H

#include "ring.h"

struct ring_path {
	const char *name;
	void (*desc_publish)(uint64_t slot[8], const uint64_t payload[8], uint8_t tag);
	bool (*desc_take)(const uint64_t slot[8], uint8_t tag, uint64_t payload[8]);
	void (*comp_publish)(uint64_t slot[2], const uint64_t payload[2], uint8_t tag);
	bool (*comp_take)(const uint64_t slot[2], uint8_t tag, uint64_t payload[2]);
	bool (*comps_take)(const uint64_t line[8], const struct peal_expected *expected,
			   uint64_t found[8]);
	unsigned (*push)(struct peal_ring *ring, const uint64_t (*messages)[8], unsigned n);
	unsigned (*pop)(struct peal_ring *ring, uint64_t (*messages)[8], unsigned n);
};

#define RING_PATH(text)                                                                     \
	{                                                                                   \
		text, peal_desc_publish, peal_desc_take, peal_comp_publish, peal_comp_take, \
			peal_comps_take, peal_ring_push, peal_ring_pop                      \
	}

/* ring.h compiled with -DPEAL_RING_PORTABLE, in ring_portable.c. */
extern const struct ring_path ring_portable;

#endif
