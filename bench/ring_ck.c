/* SPDX-License-Identifier: MIT */
/* ring_ck.c - contender: Concurrency Kit's ck_ring, single producer and consumer, by value. */
#include "ring_bench.h"

#if __has_include(<ck_ring.h>)

#include <ck_ring.h>

struct ring {
	ck_ring_t ring;
	unsigned slots;
	_Alignas(64) struct ring_message buffer[];
};

CK_RING_PROTOTYPE(message, ring_message)

/* ck_ring has no batch call: a batch is a loop. */
static inline unsigned ring_push(struct ring *r, const struct ring_message *messages, unsigned n)
{
	unsigned i = 0;

	while (i < n && CK_RING_ENQUEUE_SPSC(message, &r->ring, r->buffer,
					     (struct ring_message *)&messages[i]))
		i++;
	return i;
}

static inline unsigned ring_pop(struct ring *r, struct ring_message *messages, unsigned n)
{
	unsigned i = 0;

	while (i < n && CK_RING_DEQUEUE_SPSC(message, &r->ring, r->buffer, &messages[i]))
		i++;
	return i;
}

#define RING_MASK UINT64_MAX
#include "ring_loops.h"

static void *ring_create(unsigned log2)
{
	unsigned slots = 1u << log2;
	struct ring *r = ring_memory(sizeof *r + slots * sizeof r->buffer[0]);

	if (!r)
		return NULL;
	ck_ring_init(&r->ring, slots);
	r->slots = slots;
	return r;
}

static void ring_destroy(void *ring)
{
	struct ring *r = ring;

	ring_memory_free(r, sizeof *r + r->slots * sizeof r->buffer[0]);
}

const struct ring_contender ring_ck = {
	"Concurrency Kit ck_ring",
	CK_VERSION,
	NULL,
	64,
	ring_create,
	ring_destroy,
	ring_produce,
	ring_consume,
	ring_ping,
	ring_pong,
};

#else

const struct ring_contender ring_ck = {
	.name = "Concurrency Kit ck_ring",
	.missing = "libck-dev",
};

#endif
