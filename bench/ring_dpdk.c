/* SPDX-License-Identifier: MIT */
/*
 * ring_dpdk.c - contender: DPDK's rte_ring, single producer and consumer, 64-byte
 * elements by value, on memory of our own (no EAL, no hugetlbfs).
 */
#include "ring_bench.h"

#if __has_include(<rte_ring_elem.h>)

#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_version.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define RING_DPDK_VERSION TEXT(RTE_VER_YEAR) "." TEXT(RTE_VER_MONTH)

struct ring {
	struct rte_ring ring;
};

static inline unsigned ring_push(struct ring *r, const struct ring_message *messages, unsigned n)
{
	return rte_ring_sp_enqueue_burst_elem(&r->ring, messages, sizeof *messages, n, NULL);
}

static inline unsigned ring_pop(struct ring *r, struct ring_message *messages, unsigned n)
{
	return rte_ring_sc_dequeue_burst_elem(&r->ring, messages, sizeof *messages, n, NULL);
}

#define RING_MASK UINT64_MAX
#include "ring_loops.h"

static size_t ring_bytes(unsigned slots)
{
	return (size_t)rte_ring_get_memsize_elem(sizeof(struct ring_message), slots);
}

static void *ring_create(unsigned log2)
{
	struct rte_ring *ring = ring_memory(ring_bytes(1u << log2));

	if (ring && rte_ring_init(ring, "bench", 1u << log2, RING_F_SP_ENQ | RING_F_SC_DEQ)) {
		ring_memory_free(ring, ring_bytes(1u << log2));
		ring = NULL;
	}
	return ring;
}

static void ring_destroy(void *ring)
{
	ring_memory_free(ring, ring_bytes(((struct rte_ring *)ring)->size));
}

const struct ring_contender ring_dpdk = {
	"DPDK rte_ring SP/SC", RING_DPDK_VERSION, NULL,		64,	   ring_create,
	ring_destroy,	       ring_produce,	  ring_consume, ring_ping, ring_pong,
};

#else

const struct ring_contender ring_dpdk = {
	.name = "DPDK rte_ring SP/SC",
	.missing = "libdpdk-dev",
};

#endif
