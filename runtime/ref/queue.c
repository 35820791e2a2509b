/* SPDX-License-Identifier: MIT */
/*
 * queue.c - doorbells and credit in, descriptors fetched and accepted,
 * completions out.
 */
#include <string.h>

#include "atomics.h"
#include "ref.h"
#include "ring.h"

/* ---- the device line and the state --------------------------------------------- */

static void line_write(struct ref_queue *q, struct peal_device_line *line)
{
	uint64_t epoch = (uint64_t)q->epoch << 32;

	/* Release: pairs with the acquires of line words in runtime/lib/queue.c. */
	peal_store_release(&line->sq_head, epoch | q->sq_head);
	peal_store_release(&line->cq_tail, epoch | q->cq_tail);
	peal_store_release(&line->sq_event, epoch);
	peal_store_release(&line->state, epoch | q->state);
	q->line_head = q->sq_head;
	q->line_tail = q->cq_tail;
}

/* Rings and lines are 64-byte aligned on the bus; in host memory as well, or no words are whole. */
static void *ring_memory(struct ref_device *dev, uint64_t bus, uint64_t bytes)
{
	uint8_t *p = ref_bus(dev, bus, bytes);

	return p && (uintptr_t)p % bytes == 0 ? p : NULL;
}

static void line_update(struct ref_device *dev, struct ref_queue *q)
{
	void *line = q->attached ? ring_memory(dev, q->line_bus, PEAL_LINE_BYTES) : NULL;

	if (line)
		line_write(q, line);
}

void ref_set_state(struct ref_device *dev, struct ref_queue *q, enum peal_queue_state_code state)
{
	if (q->state == state)
		return;
	q->state = state;
	line_update(dev, q);
}

void ref_try_drained(struct ref_device *dev, struct ref_queue *q)
{
	if (q->state == PEAL_Q_DRAINING && q->sq_head == q->limit && !q->work.busy && !q->closing)
		ref_set_state(dev, q, PEAL_Q_DRAINED);
}

static void stop_in_error(struct ref_device *dev, struct ref_queue *q, enum peal_event_code code,
			  uint32_t w1, uint32_t w2, uint32_t w3)
{
	ref_event(dev, code, ref_queue_number(dev, q), w1, w2, w3);
	ref_set_state(dev, q, PEAL_Q_ERROR);
}

/* ---- doorbell and credit ------------------------------------------------------------- */

void ref_doorbell(struct ref_device *dev, struct ref_queue *q, uint32_t tail)
{
	uint32_t ahead = tail - q->sq_head;

	if (q->state != PEAL_Q_ENABLED) {
		q->db_rejected++;
	} else if (ahead > ref_sq_slots(q) || ahead < q->sq_tail - q->sq_head) {
		q->db_invalid++;
		stop_in_error(dev, q, PEAL_EVENT_INVALID_DOORBELL, tail, q->sq_tail, q->sq_head);
	} else {
		q->doorbells++;
		q->sq_tail = tail;
	}
}

void ref_credit(struct ref_device *dev, struct ref_queue *q, uint32_t head)
{
	if (q->state == PEAL_Q_DISABLED)
		return;
	if (head - q->cq_head > q->cq_tail - q->cq_head) {
		q->db_invalid++;
		stop_in_error(dev, q, PEAL_EVENT_INVALID_CREDIT, head, q->cq_tail, q->cq_head);
	} else {
		q->cq_head = head;
	}
}

/* ---- complete --------------------------------------------------------------------------- */

static void mix(struct ref_device *dev, uint64_t word)
{
	for (int i = 0; i < 64; i += 8)
		dev->hash = (dev->hash ^ (word >> i & 0xff)) * UINT64_C(0x100000001b3);
}

static void write_completion(struct ref_device *dev, struct ref_queue *q,
			     const uint64_t words[PEAL_COMP_WORDS])
{
	uint32_t slots = ref_cq_slots(q), slot = q->cq_tail & (slots - 1);
	uint64_t *p = ring_memory(dev, q->cq_bus + (uint64_t)slot * PEAL_COMP_BYTES,
				  PEAL_COMP_BYTES);

	if (!p) {
		q->undelivered++;
		stop_in_error(dev, q, PEAL_EVENT_COMPLETION, (uint32_t)words[0],
			      (uint32_t)(words[0] >> 32), (uint32_t)words[1]);
		return;
	}
	/* Pairs with peal_comp_take in runtime/lib/queue.c. */
	peal_comp_publish(p, words, peal_tag(q->cq_tail, ref_config(q, PEAL_QREG_SIZE) >> 8 & 0xf));
	q->cq_tail++;
	q->completed++;
	dev->counters[PEAL_CTR_COMPLETED]++;
}

static void complete(struct ref_device *dev, struct ref_queue *q, const struct ref_outcome *out)
{
	uint32_t index = q->sq_head - 1; /* the one that is in flight */
	uint64_t cookie = PEAL_FIELD_GET(q->work.d.w, PEAL_D_COOKIE);
	const uint64_t words[PEAL_COMP_WORDS] = {
		PEAL_FIELD_PUT(PEAL_C_COOKIE, cookie) | PEAL_FIELD_PUT(PEAL_C_STATUS, out->status) |
			PEAL_FIELD_PUT(PEAL_C_INDEX, index),
		PEAL_FIELD_PUT(PEAL_C_RESULT, out->result),
	};

	mix(dev, (uint64_t)ref_queue_number(dev, q) << 32 | index);
	mix(dev, words[0]);
	mix(dev, words[1]);
	write_completion(dev, q, words);
	q->work.busy = false;
	ref_try_drained(dev, q);
	if (!ref_queue_ready(dev, q) && (q->line_head != q->sq_head || q->line_tail != q->cq_tail))
		line_update(dev, q);
}

static void run(struct ref_device *dev, struct ref_queue *q)
{
	struct ref_outcome out;

	if (ref_execute(dev, q, &out))
		complete(dev, q, &out);
}

/* ---- fetch and accept ---------------------------------------------------------------------- */

/* Slots are full until the host took their completions, so there is room for one more. */
static bool has_credit(const struct ref_queue *q)
{
	return q->cq_tail - q->cq_head < ref_cq_slots(q);
}

static bool has_descriptor(const struct ref_queue *q)
{
	if (q->closing)
		return false;
	switch (q->state) {
	case PEAL_Q_ENABLED: return q->sq_head != q->sq_tail;
	case PEAL_Q_DRAINING: return q->sq_head != q->limit;
	default: return false;
	}
}

bool ref_queue_ready(const struct ref_device *dev, const struct ref_queue *q)
{
	if (q->work.busy)
		return !ref_rollout_waits(dev, q);
	return has_descriptor(q) && has_credit(q);
}

static void stale(struct ref_device *dev, struct ref_queue *q)
{
	if (q->refetches++ == PEAL_STALE_RETRIES)
		stop_in_error(dev, q, PEAL_EVENT_STALE_DESC, q->sq_head, 0, 0);
}

/* One look at the slot at sq_head; it is copied once and the copy is used. */
static bool fetch(struct ref_device *dev, struct ref_queue *q, struct ref_desc *d)
{
	unsigned log2 = ref_config(q, PEAL_QREG_SIZE) & 0xf;
	uint32_t slot = q->sq_head & (ref_sq_slots(q) - 1);
	const uint64_t *p = ring_memory(dev, q->sq_bus + (uint64_t)slot * PEAL_DESC_BYTES,
					PEAL_DESC_BYTES);

	if (!p) {
		stop_in_error(dev, q, PEAL_EVENT_FETCH, q->sq_head, 0, 0);
		return false;
	}
	if (q->refetches)
		q->refetched++;
	/* Pairs with peal_desc_publish in runtime/lib/queue.c. */
	if (peal_desc_take(p, peal_tag(q->sq_head, log2), d->w)) {
		q->refetches = 0;
		return true;
	}
	stale(dev, q);
	return false;
}

static void accept(struct ref_device *dev, struct ref_queue *q)
{
	q->sq_head++;
	q->accepted++;
	dev->counters[PEAL_CTR_ACCEPTED]++;
	q->work.busy = true;
	q->work.begun = false;
	q->work.old_tables = false;
}

static void attempt(struct ref_device *dev, struct ref_queue *q)
{
	struct ref_work *w = &q->work;
	struct ref_outcome bad;

	if (!fetch(dev, q, &w->d))
		return;
	accept(dev, q);
	if (!ref_check(dev, q, &w->d, &bad)) {
		complete(dev, q, &bad);
		return;
	}
	if (w->d.op->code == PEAL_OP_STOP) {
		q->limit = q->sq_head;
		ref_set_state(dev, q, PEAL_Q_DRAINING);
	}
	if (!ref_rollout_waits(dev, q))
		run(dev, q);
}

bool ref_queue_step(struct ref_device *dev, struct ref_queue *q)
{
	if (!ref_queue_ready(dev, q))
		return false;
	if (q->work.busy)
		run(dev, q);
	else
		attempt(dev, q);
	return true;
}
