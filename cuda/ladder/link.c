/* SPDX-License-Identifier: MIT */
/*
 * link.c - the host's side of the rings of the ladder, and of a queue of libpeal.
 */
#include <errno.h>
#include <string.h>

#include "link.h"
#include "ring.h"

/* ---- rings of the ladder ------------------------------------------------------------- */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* As a writer may (C1.7): a word at a time, in any order but for the last. */
static void publish_torn(struct link *link, uint64_t slot[8], const uint64_t words[8], uint8_t tag)
{
	uint64_t top = (uint64_t)tag << PEAL_TAG_SHIFT;
	unsigned order[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };

	for (unsigned i = 6; i; i--) {
		unsigned j = next_random(&link->random) % (i + 1), other = order[i];

		order[i] = order[j];
		order[j] = other;
	}
	for (unsigned i = 0; i < 8; i++) {
		for (unsigned pause = next_random(&link->random) % 64; pause; pause--)
			peal_relax();
		peal_store_release(&slot[order[i]], (words[order[i]] & PEAL_TAG_PAYLOAD) | top);
	}
}

static int ring_submit(struct link *link, const struct peal_desc *descs, unsigned n)
{
	struct rig *rig = link->rig;
	uint32_t mask = (UINT32_C(1) << rig->args.log2) - 1, first = link->sent;
	uint32_t room = mask + 1 - (first - link->taken);
	int err = 0;

	if (n > room)
		n = room;
	if (!n)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		uint64_t *slot = rig->sq[(first + i) & mask];
		uint8_t tag = peal_tag(first + i, rig->args.log2);

		if (link->torn)
			publish_torn(link, slot, descs[i].w, tag);
		else
			peal_desc_publish(slot, descs[i].w, tag);
	}
	link->sent += n;
	/* Release: pairs with the acquire in v3 and the fence in ringkernel; others do not look. */
	peal_store32_release(&rig->shared->tail, link->sent);
	if (rig->ops->kick)
		err = rig->ops->kick(rig, first, n);
	if (!err && rig->ops->settle)
		err = rig->ops->settle(rig);
	return err ? err : (int)n;
}

static int ring_poll(struct link *link, struct peal_completion *c, unsigned n)
{
	struct rig *rig = link->rig;
	uint32_t mask = (UINT32_C(1) << rig->args.log2) - 1, most = link->sent - link->taken;
	unsigned i;

	/* Acquire: pairs with the fence of who tells. */
	if (rig->ops->told)
		most = peal_load32_acquire(&rig->shared->head) - link->taken;
	if (n > most)
		n = most;
	for (i = 0; i < n; i++) {
		uint32_t index = link->taken + i;
		uint64_t words[2];

		if (!peal_comp_take(rig->cq[index & mask], peal_tag(index, rig->args.log2), words))
			break;
		c[i] = (struct peal_completion){
			.cookie = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_COOKIE),
			.status = (uint8_t)PEAL_FIELD_GET(words, PEAL_C_STATUS),
			.result = PEAL_FIELD_GET(words, PEAL_C_RESULT),
			.sq_index = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_INDEX),
		};
		/* The 16 bits must be those of the slot's index; then the index is the whole. */
		if ((c[i].sq_index ^ index) & PEAL_FIELD_MASK(PEAL_C_INDEX))
			return -EPROTO;
		c[i].sq_index = index;
		if (link->ahead)
			__builtin_prefetch(rig->cq[(index + link->ahead) & mask]);
	}
	link->taken += i;
	return (int)i;
}

static int ring_prepare(struct link *link)
{
	return link->rig->ops->prepare(link->rig);
}

static const char *ring_why(struct link *link)
{
	return link->rig->why[0] ? link->rig->why : "a completion with another index";
}

struct link link_ring(struct rig *rig, unsigned ahead, uint64_t patience_ns)
{
	return (struct link){ .submit = ring_submit,
			      .poll = ring_poll,
			      .prepare = rig->ops->prepare ? ring_prepare : NULL,
			      .why = ring_why,
			      .patience_ns = patience_ns,
			      .rig = rig,
			      .ahead = ahead,
			      .random = 1 };
}

/* ---- a queue of libpeal ------------------------------------------------------------------ */

static int queue_submit(struct link *link, const struct peal_desc *descs, unsigned n)
{
	int done = peal_submit(link->queue, descs, n);

	if (done > 0)
		link->sent += (uint32_t)done;
	return done == -EAGAIN ? 0 : done;
}

static int queue_poll(struct link *link, struct peal_completion *c, unsigned n)
{
	int done = peal_poll(link->queue, c, n);

	if (done > 0)
		link->taken += (uint32_t)done;
	return done;
}

static const char *queue_why(struct link *link)
{
	return peal_error(link->dev);
}

struct link link_peal(struct peal_device *dev, struct peal_queue *queue, uint64_t patience_ns)
{
	return (struct link){ .submit = queue_submit,
			      .poll = queue_poll,
			      .why = queue_why,
			      .patience_ns = patience_ns,
			      .queue = queue,
			      .dev = dev };
}
