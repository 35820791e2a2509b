/* SPDX-License-Identifier: MIT */
/*
 * queue.c - submit, poll and wait.
 *
 * Indices are free-running. [head, tail) is on the ring: published, and its
 * completion not taken. What the life cycle takes off the ring before the
 * program asks for it, and what libpeal makes itself (CANCELLED, ABORTED), waits
 * in `side`; poll delivers from there first. So every index in [head, tail) or
 * in `side` is delivered exactly once, and both together never exceed the ring.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "atomics.h"
#include "internal.h"
#include "ring.h"

#define LOOK_EVERY 1024 /* empty polls between two looks at the state register */
#define YIELD_EVERY 64	/* empty polls after which the device's thread may have the processor */

unsigned peal_queue_outstanding(const struct peal_queue *q)
{
	return q->tail - q->head + q->side_count;
}

static uint64_t line_word(const struct peal_queue *q, uint32_t value)
{
	return (uint64_t)q->epoch << 32 | value;
}

/* ---- doorbells and credit ------------------------------------------------------- */

int peal_queue_ring(struct peal_queue *q)
{
	int r;

	if (q->rung == q->tail)
		return 0;
	r = peal_write(q->dev, q->doorbell + PEAL_DB_SQ_TAIL, q->tail);
	if (r)
		return r;
	q->rung = q->tail;
	q->doorbells++;
	return 0;
}

/*
 * Credit goes back late, but never so late that the device could stall for it:
 * all published descriptors have room for their completions in what the device
 * may use, or the credit is due.
 */
int peal_queue_credit(struct peal_queue *q, bool all)
{
	bool due = q->goal - q->credited > q->cq_mask + 1;
	int r;

	if (q->credited == q->cq_head || !(due || all))
		return 0;
	r = peal_write(q->dev, q->doorbell + PEAL_DB_CQ_HEAD, q->cq_head);
	if (r)
		return r;
	q->credited = q->cq_head;
	peal_store_relaxed(&q->host_line->cq_head, line_word(q, q->cq_head));
	return 0;
}

/* ---- submit --------------------------------------------------------------------------- */

/* The device's line, if it was written in this epoch, says what state the queue is in. */
static bool line_says_error(const struct peal_queue *q)
{
	uint64_t word = peal_load_acquire(&q->device_line->state);

	return word == line_word(q, PEAL_Q_ERROR);
}

static int may_submit(struct peal_queue *q)
{
	if (peal_is_dead(q->dev))
		return -ENODEV;
	if (q->failed || line_says_error(q))
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

	if (PEAL_FIELD_GET(d->w, PEAL_D_OPCODE) != PEAL_OP_STOP || flags & ~(uint64_t)PEAL_FLAGS_V1)
		return false;
	if (!(flags & PEAL_FLAG_CRC) && (q->require_crc || crc))
		return false;
	if (flags & PEAL_FLAG_CRC && crc && crc != peal_desc_crc(d))
		return false;
	for (unsigned w = 2; w < 7; w++)
		rest |= d->w[w] & PEAL_PAYLOAD_MASK;
	return !rest;
}

/* Publishes up to n, but nothing behind a STOP. */
static unsigned put_all(struct peal_queue *q, const struct peal_desc *descs, unsigned n)
{
	unsigned i = 0;

	while (i < n && !q->stopping) {
		if (will_stop(q, &descs[i])) {
			q->stopping = true;
			q->stop_index = q->tail;
		}
		put(q, &descs[i++]);
	}
	return i;
}

int peal_submit(struct peal_queue *q, const struct peal_desc *descs, unsigned n)
{
	unsigned room = peal_queue_slots(q) - peal_queue_outstanding(q);
	int r = may_submit(q);

	if (r)
		return r;
	if (!n)
		return 0;
	if (!room) {
		q->full++;
		r = peal_step(q->dev, q->dev->quantum);
		return r < 0 ? r : -EAGAIN;
	}
	n = put_all(q, descs, n < room ? n : room);
	q->published += n;
	q->life.published += n;
	peal_store_release(&q->host_line->sq_tail, line_word(q, q->tail));
	/* They are published, whatever becomes of the doorbell; poll repeats one that failed. */
	if (!peal_queue_credit(q, false))
		peal_queue_ring(q);
	return (int)n;
}

/* ---- taking completions off the ring ----------------------------------------------------- */

static int broken(struct peal_queue *q, const uint64_t words[PEAL_COMP_WORDS], const char *what)
{
	q->broken = true;
	return peal_fail(q->dev, -EPROTO,
			 "queue %u: completion %u breaks the contract: %s (status %s, index %u, "
			 "expected %u)",
			 q->id, q->cq_head, what,
			 peal_status_name((uint32_t)PEAL_FIELD_GET(words, PEAL_C_STATUS)),
			 (unsigned)PEAL_FIELD_GET(words, PEAL_C_INDEX), q->head & 0xffff);
}

static int decode(struct peal_queue *q, const uint64_t words[PEAL_COMP_WORDS],
		  struct peal_completion *c)
{
	uint8_t status = (uint8_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);

	/* FIFO: it can only be the oldest one, so its upper 16 bits are known. */
	if (PEAL_FIELD_GET(words, PEAL_C_INDEX) != (q->head & 0xffff))
		return broken(q, words, "out of order");
	if (status == PEAL_ST_CANCELLED)
		return broken(q, words, "a device never writes this status");
	*c = (struct peal_completion){
		.result = PEAL_FIELD_GET(words, PEAL_C_RESULT),
		.sq_index = q->head,
		.cookie = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_COOKIE),
		.status = status,
	};
	return 0;
}

/* A STOP that was refused stops nothing. */
static void note_stop(struct peal_queue *q, const struct peal_completion *c)
{
	if (q->stopping && c->sq_index == q->stop_index && c->status != PEAL_ST_STOPPED)
		q->stopping = false;
}

/* Takes the next completion off the CQ: 1, 0 if there is none, -EPROTO. */
static int take(struct peal_queue *q, struct peal_completion *c)
{
	const uint64_t *slot = q->cq + (uint64_t)(q->cq_head & q->cq_mask) * PEAL_COMP_WORDS;
	uint64_t words[PEAL_COMP_WORDS];
	int r;

	if (q->head == q->tail || q->broken)
		return 0;
	/* Pairs with the device's publish (peal_comp_publish in ref's complete). */
	if (!peal_comp_take(slot, peal_tag(q->cq_head, q->cq_log2), words))
		return 0;
	r = decode(q, words, c);
	if (r)
		return r;
	note_stop(q, c);
	q->head++;
	q->cq_head++;
	q->life.taken++;
	return 1;
}

static struct peal_completion *side_slot(struct peal_queue *q)
{
	return &q->side[(q->side_first + q->side_count) & q->sq_mask];
}

int peal_queue_to_side(struct peal_queue *q)
{
	int r;

	while ((r = take(q, side_slot(q))) > 0)
		q->side_count++;
	return r;
}

static unsigned from_side(struct peal_queue *q, struct peal_completion *c, unsigned n)
{
	unsigned got = 0;

	while (got < n && q->side_count) {
		c[got++] = q->side[q->side_first];
		q->side_first = (q->side_first + 1) & q->sq_mask;
		q->side_count--;
	}
	return got;
}

/* ---- what no device completion will come for ------------------------------------------------ */

/* The oldest index on the ring gets a completion made by the host. */
static void make(struct peal_queue *q, enum peal_status status)
{
	const uint64_t *slot = q->sq + (uint64_t)(q->head & q->sq_mask) * PEAL_DESC_WORDS;

	*side_slot(q) = (struct peal_completion){
		.sq_index = q->head,
		.cookie = (uint32_t)PEAL_FIELD_GET(slot, PEAL_D_COOKIE),
		.status = status,
		.by_host = true,
	};
	q->side_count++;
	q->head++;
	if (status == PEAL_ST_CANCELLED) {
		q->cancelled++;
		q->life.cancelled++;
	} else {
		q->life.aborted++;
	}
}

/*
 * The queue is closed: all below `final` was accepted and its completions come
 * through the CQ; once they are here, the rest is CANCELLED.
 */
void peal_queue_settle(struct peal_queue *q)
{
	if (!q->closed || q->head != q->final)
		return;
	while (q->head != q->tail)
		make(q, PEAL_ST_CANCELLED);
}

/* What the device last said it accepted, if it says such things in this epoch. */
static uint32_t last_accepted(const struct peal_queue *q)
{
	uint64_t word = peal_load_acquire(&q->device_line->sq_head);
	bool says = q->dev->info.clauses & PEAL_CAP_DEVICE_LINE && word >> 32 == q->epoch;

	if (q->closed)
		return q->final;
	return says ? (uint32_t)word : q->head;
}

/* No more completions will come: ABORTED below the last known sq_head, CANCELLED from there. */
void peal_queue_dead(struct peal_queue *q)
{
	uint32_t accepted;

	peal_queue_to_side(q);
	accepted = last_accepted(q);
	if (accepted - q->head > q->tail - q->head)
		accepted = q->head;
	while (q->head != accepted)
		make(q, PEAL_ST_ABORTED);
	while (q->head != q->tail)
		make(q, PEAL_ST_CANCELLED);
}

/* Once a queue has left ENABLED and DRAINING, its SQ_HEAD is final. */
int peal_queue_look(struct peal_queue *q)
{
	uint32_t state, head;
	int r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_STATE), &state);

	if (r || state == PEAL_Q_ENABLED)
		return r;
	q->enabled = false;
	if (state == PEAL_Q_DRAINING)
		return 0;
	r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_SQ_HEAD), &head);
	if (r)
		return r;
	q->failed = state == PEAL_Q_ERROR;
	if (head - q->head > q->tail - q->head)
		return peal_fail(q->dev, -EPROTO,
				 "queue %u: sq_head %u is outside the published [%u, %u)", q->id,
				 head, q->head, q->tail);
	q->closed = true;
	q->final = head;
	return 0;
}

/* ---- poll ---------------------------------------------------------------------------------------
 */

/* Nothing came. Finds out whether anything still can, and puts it right if not. */
static int attend(struct peal_queue *q, bool idle)
{
	int r;

	if (q->head == q->tail || q->broken)
		return 0;
	r = peal_queue_credit(q, false);
	if (!r)
		r = peal_queue_ring(q);
	if (r || q->closed)
		return r;
	q->empty_polls++;
	if (q->dev->threaded && q->empty_polls % YIELD_EVERY == 0)
		sched_yield();
	if (idle || q->empty_polls % LOOK_EVERY == 0 || line_says_error(q))
		r = peal_queue_look(q);
	return r;
}

static int collect(struct peal_queue *q, struct peal_completion *c, unsigned n)
{
	unsigned got = from_side(q, c, n);
	int r = 0;

	while (got < n && (r = take(q, &c[got])) > 0)
		got++;
	if (got < n && !r) {
		peal_queue_settle(q);
		got += from_side(q, c + got, n - got);
	}
	return got ? (int)got : r;
}

static int poll_dead(struct peal_queue *q, struct peal_completion *c, unsigned n)
{
	unsigned got;

	peal_queue_dead(q);
	got = from_side(q, c, n);
	q->reaped += got;
	return got ? (int)got : -ENODEV;
}

static int poll_empty(struct peal_queue *q, struct peal_completion *c, unsigned n)
{
	int busy = peal_step(q->dev, q->dev->quantum);
	int r = busy < 0 ? busy : collect(q, c, n);

	if (r)
		return r;
	r = attend(q, !busy && !q->dev->threaded && q->dev->ops.advance);
	return r ? r : collect(q, c, n);
}

int peal_poll(struct peal_queue *q, struct peal_completion *completions, unsigned n)
{
	int got;

	if (!n)
		return 0;
	got = collect(q, completions, n);
	if (!got && !peal_is_dead(q->dev))
		got = poll_empty(q, completions, n);
	if (got <= 0 && peal_is_dead(q->dev))
		return poll_dead(q, completions, n);
	if (!got && q->broken)
		return -EPROTO;
	if (got > 0) {
		q->reaped += (unsigned)got;
		q->empty_polls = 0;
		peal_queue_credit(q, false);
	}
	return got;
}

static int fail_wait(struct peal_queue *q)
{
	char why[PEAL_TEXT];
	int state = peal_queue_state(q);

	peal_explain(q->dev, why);
	return peal_fail(q->dev, -ETIME,
			 "queue %u (%s): %u of %u published outstanding, the oldest is %u%s%.300s",
			 q->id,
			 state < 0 ? "state unknown" : peal_queue_state_name((uint32_t)state),
			 peal_queue_outstanding(q), peal_queue_slots(q), q->head, *why ? ": " : "",
			 why);
}

int peal_wait(struct peal_queue *q, struct peal_completion *completions, unsigned n,
	      uint64_t timeout_ns)
{
	struct peal_patience p;
	unsigned got = 0;
	int r;

	peal_patience_start(&p, timeout_ns);
	for (;;) {
		r = peal_poll(q, completions + got, n - got);
		if (r < 0)
			return got ? (int)got : r;
		got += (unsigned)r;
		if (got == n || !peal_queue_outstanding(q))
			return (int)got;
		r = r ? 1 : peal_patience_turn(q->dev, &p);
		if (r == -ETIME)
			return got ? (int)got : fail_wait(q);
	}
}
