/* SPDX-License-Identifier: MIT */
/*
 * publish.c - submit: slots, host line, doorbell, credit.
 */
#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "internal.h"
#include "ring.h"
#include "suppress.h"

#define CREDIT_SHARES 4
#define PUT_AHEAD 16 /* slots ahead of the one that is written are asked for, */
#define PUT_APART 512 /* but not when so few are left that the device may be reading them */
#define WARM_AHEAD 8 /* slots ahead of a lone descriptor: see warm_slot */

/* ---- doorbells and credit ------------------------------------------------------- */

int peal_queue_ring_now(struct peal_queue *q)
{
	int r = peal_write(q->dev, q->doorbell + PEAL_DB_SQ_TAIL, q->tail);

	if (r)
		return r;
	q->due = false;
	q->doorbells++;
	return 0;
}

int peal_queue_ring(struct peal_queue *q)
{
	return q->due ? peal_queue_ring_now(q) : 0;
}

/*
 * Credit goes back late, but never so late that the device could stall for it:
 * all published descriptors have room for their completions in what the device
 * may use, or the credit is due. MATCHED placement has none.
 */
int peal_queue_credit(struct peal_queue *q, bool all)
{
	bool due = q->goal - q->credited > q->cq_mask + 1;
	int r;

	if (q->matched || q->credited == q->cq_head || !(due || all))
		return 0;
	r = peal_write(q->dev, q->doorbell + PEAL_DB_CQ_HEAD, q->cq_head);
	if (r)
		return r;
	q->credited = q->cq_head;
	peal_store_relaxed(&q->host_line->cq_head, peal_queue_word(q, q->cq_head));
	return 0;
}

/*
 * In a loaded queue credit is due with every descriptor. To rings that a device polls by
 * itself it goes in shares all the same; poll gives the rest when it finds nothing to do, so
 * not when the host may sleep until an event.
 */
int peal_queue_credit_share(struct peal_queue *q)
{
	if (q->polled && !q->listened && q->cq_head - q->credited < (q->cq_mask + 1) / CREDIT_SHARES)
		return 0;
	return peal_queue_credit(q, false);
}

/* ---- submit --------------------------------------------------------------------------- */

bool peal_queue_says_error(const struct peal_queue *q)
{
	return peal_load_acquire(&q->device_line->state) == peal_queue_word(q, PEAL_Q_ERROR);
}

static int may_submit(struct peal_queue *q)
{
	if (peal_is_dead(q->dev))
		return -ENODEV;
	if (q->failed || peal_queue_says_error(q))
		return peal_fail(q->dev, -EIO, "queue %u is in ERROR", q->id);
	if (q->stopping)
		return peal_fail(q->dev, -ESHUTDOWN, "queue %u: nothing may follow a STOP", q->id);
	if (!q->enabled)
		return peal_fail(q->dev, -ESHUTDOWN, "queue %u is not ENABLED", q->id);
	return 0;
}

/* A crc that the caller put in stays, so that a wrong one can be sent. */
static void fill_crc(struct peal_desc *d)
{
	if (!(PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) & PEAL_FLAG_CRC) ||
	    PEAL_FIELD_GET(d->w, PEAL_D_CRC))
		return;
	d->w[PEAL_D_CRC_WORD] |= PEAL_FIELD_PUT(PEAL_D_CRC, peal_desc_crc(d));
}

/* How many slots may be asked for ahead: not those that the device may be reading. */
static uint32_t may_ask_ahead(const struct peal_queue *q)
{
	uint32_t used = q->tail - q->head + PUT_AHEAD + PUT_APART;

	return used <= q->sq_mask ? q->sq_mask - used + 1 : 0;
}

static void put(struct peal_queue *q, const struct peal_desc *desc)
{
	uint64_t *slot = q->sq + (uint64_t)(q->tail & q->sq_mask) * PEAL_DESC_WORDS;
	uint8_t tag = peal_tag(q->tail, q->sq_log2);
	struct peal_desc copy;

	if (PEAL_FIELD_GET(desc->w, PEAL_D_FLAGS) & PEAL_FLAG_CRC) {
		copy = *desc;
		fill_crc(&copy);
		desc = &copy;
	}
	/* Pairs with the device's take (peal_desc_take in ref's fetch). */
	peal_desc_publish(slot, desc->w, tag);
	if (may_ask_ahead(q))
		peal_prefetch_write(peal_queue_sq_slot(q, q->tail + PUT_AHEAD));
	q->tail++;
	q->goal++;
}

/*
 * Will the device take it as a STOP? A malformed one gets its error and stops
 * nothing. Checks 2 to 5 of the contract.
 */
static bool will_stop(const struct peal_queue *q, const struct peal_desc *d)
{
	uint64_t flags = PEAL_FIELD_GET(d->w, PEAL_D_FLAGS), crc = PEAL_FIELD_GET(d->w, PEAL_D_CRC);
	uint64_t rest = PEAL_FIELD_GET(d->w, PEAL_D_CLASS) |
			PEAL_FIELD_GET(d->w, PEAL_D_ACTOR_GEN) |
			PEAL_FIELD_GET(d->w, PEAL_D_RSVD1) | PEAL_FIELD_GET(d->w, PEAL_D_AUX1);

	if (flags & (~(uint64_t)PEAL_FLAGS_V1 | q->refused_flags))
		return false;
	if (!(flags & PEAL_FLAG_CRC) && (q->require_crc || crc))
		return false;
	if (flags & PEAL_FLAG_CRC && crc && crc != peal_desc_crc(d))
		return false;
	for (unsigned w = 2; w < 7; w++)
		rest |= d->w[w] & PEAL_PAYLOAD_MASK;
	return !rest;
}

/* As it is: no STOP, and no CRC to be filled in. */
static bool is_copied(const struct peal_desc *d)
{
	return !(PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) & PEAL_FLAG_CRC) &&
	       PEAL_FIELD_GET(d->w, PEAL_D_OPCODE) != PEAL_OP_STOP;
}

/* The short way, for most of what comes: what is copied, in one lap of the ring. */
static unsigned put_lap(struct peal_queue *q, const struct peal_desc *descs, unsigned n)
{
	const uint32_t at = q->tail & q->sq_mask, mask = q->sq_mask, left = mask + 1 - at;
	const uint32_t ask = may_ask_ahead(q);
	const uint8_t tag = peal_tag(q->tail, q->sq_log2);
	uint64_t *const sq = q->sq;
	uint32_t i;

	for (i = 0; i < n && i < left && is_copied(&descs[i]); i++) {
		/* Pairs with the device's take, as in put. */
		peal_desc_publish(sq + (uint64_t)(at + i) * PEAL_DESC_WORDS, descs[i].w, tag);
		if (i < ask)
			peal_prefetch_write(sq + (uint64_t)((at + i + PUT_AHEAD) & mask) *
							 PEAL_DESC_WORDS);
	}
	q->tail += i;
	q->goal += i;
	return i;
}

/* Publishes up to n, but nothing behind a STOP. */
static unsigned put_all(struct peal_queue *q, const struct peal_desc *descs, unsigned n)
{
	unsigned i = 0;

	while (i < n && !q->stopping) {
		unsigned lap = put_lap(q, &descs[i], n - i);

		i += lap;
		if (lap)
			continue;
		if (PEAL_FIELD_GET(descs[i].w, PEAL_D_OPCODE) == PEAL_OP_STOP &&
		    will_stop(q, &descs[i])) {
			q->stopping = true;
			q->stop_index = q->tail;
		}
		put(q, &descs[i++]);
	}
	return i;
}

/*
 * A device that polls an idle queue looks at slots before they are written. One that was
 * written to lately is answered from a cache, others from memory, and a prefetch does not help:
 * a round trip of 1.8 us is 0.1 us longer then (decision 0023). So a free slot ahead is written
 * to: what it has.
 */
static void warm_slot(struct peal_queue *q)
{
	uint64_t *word = peal_queue_sq_slot(q, q->tail + WARM_AHEAD);

	if (q->tail - q->head + WARM_AHEAD <= q->sq_mask)
		peal_store_relaxed(word, peal_load_relaxed(word));
}

/* The tail goes to the host line; true when the device is to be told. */
static bool announce(struct peal_queue *q, uint32_t before)
{
	if (q->suppress)
		return peal_announce(q->host_line, q->device_line, q->epoch, before, q->tail);
	/* Release, for tools: no device reads it (C5.5). */
	peal_store_release(&q->host_line->sq_tail, peal_queue_word(q, q->tail));
	/* Polled publication: the slots themselves say it (C5.11). */
	return !q->polled;
}

/* A full ring: silent successes may be all that is in the way. */
static int no_room(struct peal_queue *q)
{
	int r;

	q->full++;
	r = peal_step(q->dev, q->dev->quantum);
	if (r >= 0)
		r = peal_queue_silence(q);
	return r < 0 ? r : -EAGAIN;
}

int peal_submit(struct peal_queue *q, const struct peal_desc *descs, unsigned n)
{
	unsigned taken = q->tail - q->head + q->side_count, room;
	uint32_t before = q->tail;
	int r = may_submit(q);

	if (r)
		return r;
	if (!n)
		return 0;
	if (taken >= peal_queue_slots(q))
		return no_room(q);
	room = peal_queue_slots(q) - taken;
	n = put_all(q, descs, n < room ? n : room);
	if (n == 1 && q->polled)
		peal_demote(peal_queue_sq_slot(q, before));
	q->published += n;
	q->life.published += n;
	q->due |= announce(q, before);
	/* They are published, whatever becomes of the doorbell; poll repeats one that failed. */
	if (!peal_queue_credit_share(q))
		peal_queue_ring(q);
	if (q->polled && q->tail - q->head == 1)
		warm_slot(q);
	return (int)n;
}
