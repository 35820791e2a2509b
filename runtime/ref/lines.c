/* SPDX-License-Identifier: MIT */
/*
 * lines.c - the device line, and doorbells that need not be rung.
 *
 * A queue with SUPPRESS that has fetched all it knows of looks at the host line.
 * With nothing new there it arms sq_event, looks once more, and sleeps: the host
 * either sees sq_event and rings, or the second look sees what the host wrote.
 */
#include "atomics.h"
#include "ref.h"

/* ---- the device line ------------------------------------------------------------ */

static void line_write(struct ref_queue *q, struct peal_device_line *line)
{
	uint64_t epoch = (uint64_t)q->front.epoch << 32;

	/* Release: pairs with the acquires of line words in runtime/lib. */
	peal_store_release(&line->sq_head, epoch | q->front.sq_head);
	peal_store_release(&line->cq_tail, epoch | q->front.cq_tail);
	peal_store_release(&line->sq_event,
			   epoch | (front_mode(&q->front, FRONT_MODE_SUPPRESS) ? q->sq_event : 0));
	peal_store_release(&line->state, epoch | q->front.state);
}

/* A write that the bus refuses is not repeated. */
void ref_line_update(struct ref_device *dev, struct ref_queue *q)
{
	struct peal_device_line *line;

	if (!q->attached || dev->lease_expired)
		return;
	line = ref_bus_whole(dev, FAULT_LINE, q->front.line_bus, PEAL_LINE_BYTES);
	if (line)
		line_write(q, line);
	q->line_head = q->front.sq_head;
	q->line_tail = q->front.cq_tail;
}

void ref_line_settle(struct ref_device *dev, struct ref_queue *q)
{
	if (!ref_queue_ready(dev, q) &&
	    (q->line_head != q->front.sq_head || q->line_tail != q->front.cq_tail))
		ref_line_update(dev, q);
}

/* ---- the host line ----------------------------------------------------------------- */

bool ref_watches(const struct ref_device *dev, const struct ref_queue *q)
{
	return q->front.state == PEAL_Q_ENABLED && front_mode(&q->front, FRONT_MODE_SUPPRESS) &&
	       !q->closing && q->front.sq_head == q->front.sq_tail &&
	       (q->watch != REF_ASLEEP || dev->now >= q->wake_at);
}

/* The tail in the host line, if it is of this life and not behind the one we know, or the same. */
static bool new_tail(struct ref_device *dev, const struct ref_queue *q, uint32_t *tail)
{
	const struct peal_host_line *line = ref_bus_whole(dev, FAULT_HOST_LINE,
							  q->front.host_line_bus, PEAL_LINE_BYTES);
	uint64_t word;

	if (!line)
		return false;
	/* Acquire: pairs with the release of sq_tail in peal_announce. */
	word = peal_load_acquire(&line->sq_tail);
	*tail = (uint32_t)word;
	return word >> 32 == q->front.epoch && q->front.sq_tail - *tail > UINT32_MAX / 2;
}

static void arm(struct ref_device *dev, struct ref_queue *q)
{
	q->sq_event = q->front.sq_tail;
	q->watch = REF_ARMED;
	ref_line_update(dev, q);
	/* Our sq_event before our next look: pairs with the host's fence in publication (C5.17). */
	peal_fence_full();
}

void ref_watch(struct ref_device *dev, struct ref_queue *q)
{
	uint32_t tail;

	if (new_tail(dev, q, &tail)) {
		q->watch = REF_LOOK;
		ref_doorbell(dev, q, tail);
	} else if (q->watch != REF_ARMED && q->sq_event != q->front.sq_tail) {
		arm(dev, q);
	} else {
		q->watch = REF_ASLEEP;
		q->wake_at = dev->now + PEAL_SLEEP_STEPS;
		ref_line_settle(dev, q);
	}
}
