/* SPDX-License-Identifier: MIT */
/* ring_peal.c - contender: Peal's host ring; 56 payload bytes in 64-byte slots. */
#include <stdlib.h>

#include "ring.h"
#include "ring_bench.h"

struct ring {
	struct peal_ring ring;
	size_t bytes;
	void *slots;
};

static inline unsigned ring_push(struct ring *r, const struct ring_message *messages, unsigned n)
{
	return peal_ring_push(&r->ring, &messages->word, n);
}

static inline unsigned ring_pop(struct ring *r, struct ring_message *messages, unsigned n)
{
	return peal_ring_pop(&r->ring, &messages->word, n);
}

#define RING_MASK PEAL_TAG_PAYLOAD
#include "ring_loops.h"

static void *ring_create(unsigned log2)
{
	struct ring *r = aligned_alloc(_Alignof(struct ring), sizeof(struct ring));

	if (!r)
		return NULL;
	r->bytes = (size_t)64 << log2;
	r->slots = ring_memory(r->bytes);
	if (!r->slots) {
		free(r);
		return NULL;
	}
	peal_ring_init(&r->ring, r->slots, log2, 0);
	return r;
}

static void ring_destroy(void *ring)
{
	struct ring *r = ring;

	ring_memory_free(r->slots, r->bytes);
	free(r);
}

const struct ring_contender ring_peal = {
	"Peal ring",  "",	    NULL,	  56,	     ring_create,
	ring_destroy, ring_produce, ring_consume, ring_ping, ring_pong,
};
