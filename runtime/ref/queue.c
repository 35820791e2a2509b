/* SPDX-License-Identifier: MIT */
/*
 * queue.c - doorbells and credit in, descriptors fetched and accepted,
 * completions out.
 */
#include <string.h>

#include "atomics.h"
#include "ref.h"
#include "ring.h"

/* ---- states ---------------------------------------------------------------------- */

void ref_set_state(struct ref_device *dev, struct ref_queue *q, enum peal_queue_state_code state)
{
	if (q->front.state == state)
		return;
	q->front.state = state;
	ref_line_update(dev, q);
}

void ref_try_end(struct ref_device *dev, struct ref_queue *q)
{
	if (q->front.in_flight)
		return;
	if (q->front.state == PEAL_Q_DRAINING && q->front.sq_head == q->limit && !q->closing)
		ref_set_state(dev, q, PEAL_Q_DRAINED);
	else if (q->front.state == PEAL_Q_ABORTING && !dev->front.held_level &&
		 !ref_going_down(dev, q))
		ref_set_state(dev, q, PEAL_Q_ABORTED);
}

/* An error of an aborted queue is logged, and that is all (C7.21). */
static void stop_in_error(struct ref_device *dev, struct ref_queue *q)
{
	if (q->front.state != PEAL_Q_ABORTING && q->front.state != PEAL_Q_ABORTED)
		ref_set_state(dev, q, PEAL_Q_ERROR);
}

static void error(struct ref_device *dev, struct ref_queue *q, enum peal_event_code code,
		  uint32_t w1, uint32_t w2, uint32_t w3)
{
	front_log(&dev->front, code, q->front.number, w1, w2, w3);
	stop_in_error(dev, q);
}

static void undelivered(struct ref_device *dev, struct ref_queue *q)
{
	q->front.undelivered++;
	dev->front.counters[PEAL_CTR_UNDELIVERED]++;
}

void ref_cut_off(struct ref_device *dev, struct ref_queue *q)
{
	for (unsigned i = 0; i < REF_WORKS; i++) {
		if (!q->works[i].busy)
			continue;
		q->works[i].busy = false;
		q->front.in_flight--;
		if (front_mode(&q->front, FRONT_MODE_MATCHED))
			q->front.cq_tail++; /* counts outcomes there */
		undelivered(dev, q);
	}
	if (q->front.state != PEAL_Q_DISABLED)
		ref_set_state(dev, q, PEAL_Q_ERROR);
}

/* ---- doorbell and credit ------------------------------------------------------------- */

/* Doorbells and host line come by two ways: one may bring what the other overtook. */
static bool is_old(const struct front_queue *q, uint32_t tail)
{
	return front_mode(q, FRONT_MODE_SUPPRESS) && tail != q->sq_tail &&
	       q->sq_tail - tail <= UINT32_MAX / 2;
}

void ref_doorbell(struct ref_device *dev, struct ref_queue *q, uint32_t tail)
{
	struct front_queue *f = &q->front;
	uint32_t ahead = tail - f->sq_head;

	if (f->state != PEAL_Q_ENABLED) {
		f->db_rejected++;
	} else if (is_old(f, tail)) {
		f->doorbells++;
	} else if (ahead > 1u << front_sq_log2(f) || ahead < f->sq_tail - f->sq_head) {
		f->db_invalid++;
		error(dev, q, PEAL_EVENT_INVALID_DOORBELL, tail, f->sq_tail, f->sq_head);
	} else {
		f->doorbells++;
		f->sq_tail = tail;
		q->watch = REF_LOOK;
	}
}

void ref_credit(struct ref_device *dev, struct ref_queue *q, uint32_t head)
{
	struct front_queue *f = &q->front;

	if (f->state == PEAL_Q_DISABLED || front_mode(f, FRONT_MODE_MATCHED))
		return;
	if (head - f->cq_head > f->cq_tail - f->cq_head) {
		f->db_invalid++;
		error(dev, q, PEAL_EVENT_INVALID_CREDIT, head, f->cq_tail, f->cq_head);
	} else {
		f->cq_head = head;
	}
}

/* ---- complete --------------------------------------------------------------------------- */

static void mix(struct ref_device *dev, uint64_t word)
{
	for (int i = 0; i < 64; i += 8)
		dev->hash = (dev->hash ^ (word >> i & 0xff)) * UINT64_C(0x100000001b3);
}

/* A refused write took its CQ index all the same; it is never repeated (C7.23). */
static void write_completion(struct ref_device *dev, struct ref_queue *q, uint32_t sq_index,
			     const uint64_t words[PEAL_COMP_WORDS])
{
	unsigned log2 = front_cq_log2(&q->front);
	uint32_t index = front_mode(&q->front, FRONT_MODE_MATCHED) ? sq_index : q->front.cq_tail;
	uint64_t bus = q->front.cq_bus + (uint64_t)(index & ((1u << log2) - 1)) * PEAL_COMP_BYTES;
	uint64_t *p = ref_bus_whole(dev, FAULT_COMPLETION, bus, PEAL_COMP_BYTES);

	q->front.cq_tail++;
	if (!p) {
		undelivered(dev, q);
		front_log_undelivered(&dev->front, q->front.number, index, words);
		stop_in_error(dev, q);
		return;
	}
	/* Pairs with peal_comp_take in runtime/lib/reap.c. */
	peal_comp_publish(p, words, peal_tag(index, log2));
	q->front.completed++;
	dev->front.counters[PEAL_CTR_COMPLETED]++;
}

static void silent_success(struct ref_device *dev, struct ref_queue *q)
{
	q->front.silent++;
	dev->front.counters[PEAL_CTR_SILENT]++;
}

static void complete(struct ref_device *dev, struct ref_queue *q, struct ref_work *w,
		     const struct ref_outcome *out)
{
	uint64_t cookie = PEAL_FIELD_GET(w->d.w, PEAL_D_COOKIE);
	const uint64_t words[PEAL_COMP_WORDS] = {
		PEAL_FIELD_PUT(PEAL_C_COOKIE, cookie) | PEAL_FIELD_PUT(PEAL_C_STATUS, out->status) |
			PEAL_FIELD_PUT(PEAL_C_INDEX, w->index),
		PEAL_FIELD_PUT(PEAL_C_RESULT, out->result),
	};

	mix(dev, (uint64_t)q->front.number << 32 | w->index);
	mix(dev, words[0]);
	mix(dev, words[1]);
	w->busy = false;
	q->front.in_flight--;
	if (w->silent && out->status == PEAL_ST_OK)
		silent_success(dev, q);
	else
		write_completion(dev, q, w->index, words);
	/* Raised last: the completion is visible by now (C6.8). */
	q->front.events += w->event;
	q->raises += w->event;
	ref_try_end(dev, q);
	ref_line_settle(dev, q);
}

/* An aborted one ends where its last piece did. */
static void run(struct ref_device *dev, struct ref_queue *q, struct ref_work *w)
{
	struct ref_outcome out = { PEAL_ST_ABORTED, 0 };

	if (q->front.state == PEAL_Q_ABORTING || ref_execute(dev, w, &out))
		complete(dev, q, w, &out);
}

/* ---- fetch and accept ---------------------------------------------------------------------- */

/*
 * Slots are full until the host took their completions, and each descriptor in
 * flight has one. In a MATCHED queue the descriptor is its own credit.
 */
static bool has_credit(const struct front_queue *q)
{
	return front_mode(q, FRONT_MODE_MATCHED) ||
	       q->cq_tail - q->cq_head + q->in_flight < 1u << front_cq_log2(q);
}

static bool has_descriptor(const struct ref_queue *q)
{
	if (q->closing)
		return false;
	switch (q->front.state) {
	case PEAL_Q_ENABLED: return q->front.sq_head != q->front.sq_tail;
	case PEAL_Q_DRAINING: return q->front.sq_head != q->limit;
	default: return false;
	}
}

/* Nothing is accepted behind a fence that has not completed. */
static bool fenced(const struct ref_queue *q)
{
	for (unsigned i = 0; i < REF_WORKS; i++)
		if (q->works[i].busy && q->works[i].fence)
			return true;
	return false;
}

/* A fence starts when it is alone: all in flight beside it are earlier ones. */
static bool can_run(const struct ref_device *dev, const struct ref_queue *q,
		    const struct ref_work *w)
{
	if (q->front.state == PEAL_Q_ABORTING)
		return true;
	return !ref_rollout_waits(dev, q, w) && !(w->fence && q->front.in_flight > 1);
}

static bool can_accept(const struct ref_queue *q)
{
	return has_descriptor(q) && has_credit(&q->front) && !fenced(q);
}

static unsigned works(const struct ref_device *dev, const struct ref_queue *q)
{
	return dev->shuffle && front_order(&q->front) == FRONT_UNORDERED ? REF_WORKS : 1;
}

/* The work of the next step: one in flight that can go on, or a free one for a descriptor. */
static unsigned next_work(const struct ref_device *dev, const struct ref_queue *q, unsigned first)
{
	unsigned n = works(dev, q);

	for (unsigned i = 0; i < n; i++) {
		unsigned k = (first + i) % n;

		if (q->works[k].busy ? can_run(dev, q, &q->works[k]) : can_accept(q))
			return k;
	}
	return REF_WORKS;
}

bool ref_queue_ready(const struct ref_device *dev, const struct ref_queue *q)
{
	return next_work(dev, q, 0) < REF_WORKS || ref_watches(dev, q);
}

static void stale(struct ref_device *dev, struct ref_queue *q)
{
	if (q->refetches++ == PEAL_STALE_RETRIES)
		error(dev, q, PEAL_EVENT_STALE_DESC, q->front.sq_head, 0, 0);
}

/* The slot as a faulty bus delivers it. Acquire: pairs with peal_desc_publish, as the take does. */
static const uint64_t *faulty_slot(struct ref_device *dev, const uint64_t *slot,
				   uint64_t copy[PEAL_DESC_WORDS])
{
	if (!dev->faults.count)
		return slot;
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		copy[i] = peal_load_acquire(&slot[i]);
	ref_say_fault(dev, fault_slot(&dev->faults, copy));
	return copy;
}

/* One look at the slot at sq_head; it is copied once and the copy is used. */
static bool fetch(struct ref_device *dev, struct ref_queue *q, struct ref_desc *d)
{
	unsigned log2 = front_sq_log2(&q->front);
	uint32_t slot = q->front.sq_head & ((1u << log2) - 1);
	uint64_t bus = q->front.sq_bus + (uint64_t)slot * PEAL_DESC_BYTES;
	const uint64_t *p = ref_bus_whole(dev, FAULT_FETCH, bus, PEAL_DESC_BYTES);
	_Alignas(PEAL_DESC_BYTES) uint64_t copy[PEAL_DESC_WORDS];

	if (!p) {
		error(dev, q, PEAL_EVENT_FETCH, q->front.sq_head, 0, 0);
		return false;
	}
	if (q->refetches)
		q->front.refetched++;
	/* Pairs with peal_desc_publish in runtime/lib/publish.c. */
	if (peal_desc_take(faulty_slot(dev, p, copy), peal_tag(q->front.sq_head, log2), d->w)) {
		q->refetches = 0;
		return true;
	}
	stale(dev, q);
	return false;
}

static void accept(struct ref_device *dev, struct ref_queue *q, struct ref_work *w)
{
	w->index = q->front.sq_head++;
	q->front.accepted++;
	dev->front.counters[PEAL_CTR_ACCEPTED]++;
	w->busy = true;
	q->front.in_flight++;
	w->begun = w->old_tables = w->fence = w->silent = w->event = false;
}

/* A refused descriptor fences nothing, and raises its event if its flags were found good. */
static void take_flags(struct ref_work *w, const struct ref_outcome *bad)
{
	uint64_t flags = PEAL_FIELD_GET(w->d.w, PEAL_D_FLAGS);
	bool known = !bad || (bad->status != PEAL_ST_BAD_CRC && bad->status != PEAL_ST_BAD_OPCODE &&
			      bad->status != PEAL_ST_BAD_FLAGS);

	w->fence = !bad && flags & PEAL_FLAG_FENCE;
	w->silent = flags & PEAL_FLAG_SILENT;
	w->event = known && flags & PEAL_FLAG_EVENT;
}

static void attempt(struct ref_device *dev, struct ref_queue *q, struct ref_work *w)
{
	struct ref_outcome bad;

	if (!fetch(dev, q, &w->d))
		return;
	accept(dev, q, w);
	if (!ref_check(dev, q, &w->d, &bad)) {
		take_flags(w, &bad);
		complete(dev, q, w, &bad);
		return;
	}
	take_flags(w, NULL);
	if (w->d.op->code == PEAL_OP_STOP) {
		q->limit = q->front.sq_head;
		ref_set_state(dev, q, PEAL_Q_DRAINING);
	}
	/* Shuffled ones are only taken in here: the next step may be another's. */
	if (works(dev, q) == 1 && can_run(dev, q, w))
		run(dev, q, w);
}

/* xorshift32 */
static unsigned shuffled(struct ref_device *dev)
{
	uint32_t x = dev->shuffle;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	dev->shuffle = x;
	return x >> 16;
}

bool ref_queue_step(struct ref_device *dev, struct ref_queue *q)
{
	unsigned k = next_work(dev, q, works(dev, q) > 1 ? shuffled(dev) : 0);

	if (k == REF_WORKS) {
		if (!ref_watches(dev, q))
			return false;
		ref_watch(dev, q);
	} else if (q->works[k].busy) {
		run(dev, q, &q->works[k]);
	} else {
		attempt(dev, q, &q->works[k]);
	}
	return true;
}
