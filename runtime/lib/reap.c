/* SPDX-License-Identifier: MIT */
/*
 * reap.c - poll and wait.
 *
 * Indices are free-running. [head, tail) is on the ring: published, and not all
 * outcomes known; `got` says which of them are, in a queue of order NONE. What the
 * life cycle takes off the ring before the program asks for it, and what libpeal
 * makes itself (CANCELLED, ABORTED), waits in `side`; poll delivers from there
 * first. So every index is delivered exactly once or counted as silent, and
 * [head, tail) and `side` together never exceed the ring.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomics.h"
#include "internal.h"
#include "ring.h"

#define LOOK_EVERY 1024 /* empty polls between two looks at the state register, and of a device */
#define LOOK_SELDOM \
	65536 /* that runs by itself, which a look disturbs; the device line tells of ERROR */
#define LOOK_ROUNDS 256 /* turns of a wait between two looks */
#define RUN_AHEAD 64	/* completions ahead of the one that is taken: 16 lines */
#define FIND_MOST 32	/* slots that a poll looks at for one out of order */
#define COMPS_A_LINE (PEAL_LINE_BYTES / PEAL_COMP_BYTES)
#define INDEX_LAP (UINT32_C(1) << PEAL_C_INDEX_WIDTH)
#define REST_LEAST 256	/* outstanding ones, for a poll to rest */
#define REST_FAR 1024	/* completions, at most, that the device is let ahead */
#define REST_PAUSES 16	/* of a poll that rests, a fraction of a microsecond, */
#define REST_POLLS 32	/* and so many of them at most */
#define YIELD_EVERY 64	/* empty polls after which the device's thread may have the processor */

unsigned peal_queue_outstanding(const struct peal_queue *q)
{
	return q->tail - q->head - q->ahead + q->side_count;
}

/* ---- which indices have an outcome ------------------------------------------------ */

static bool has(const struct peal_queue *q, uint32_t index)
{
	uint32_t slot = index & q->sq_mask;

	return q->got && q->got[slot / 64] >> slot % 64 & 1;
}

static uint64_t *slot_of(const struct peal_queue *q, uint32_t index)
{
	return q->sq + (uint64_t)(index & q->sq_mask) * PEAL_DESC_WORDS;
}

static const uint64_t *cq_slot(const struct peal_queue *q, uint32_t cq_index)
{
	return q->cq + (uint64_t)(cq_index & q->cq_mask) * PEAL_COMP_WORDS;
}

/* A slot is not rewritten before its index has an outcome, so the ring still knows. */
static bool is_silent(const struct peal_queue *q, uint32_t index)
{
	return PEAL_FIELD_GET(slot_of(q, index), PEAL_D_FLAGS) & PEAL_FLAG_SILENT;
}

/* The frontier passes what is known already. */
static void pass_known(struct peal_queue *q)
{
	while (q->ahead && has(q, q->head)) {
		q->got[(q->head & q->sq_mask) / 64] &= ~(UINT64_C(1)
							 << (q->head & q->sq_mask) % 64);
		q->ahead--;
		q->head++;
	}
}

/* The oldest without an outcome succeeded silently; it took no CQ index. */
static void pass_silent(struct peal_queue *q)
{
	q->head++;
	q->goal--;
	q->silent++;
	q->life.silent++;
	pass_known(q);
}

/* In completion order all that came before a completion and was not completed is silent. */
static void pass_to(struct peal_queue *q, uint32_t index)
{
	uint32_t slot = index & q->sq_mask;

	if (!q->got) {
		while (q->head != index)
			pass_silent(q);
		q->head++;
		return;
	}
	q->got[slot / 64] |= UINT64_C(1) << slot % 64;
	q->ahead++;
	pass_known(q);
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

/* Can a completion of this index be next? In order, only silent ones may be left out. */
static const char *wrong_index(const struct peal_queue *q, uint32_t index)
{
	if (index - q->head >= q->tail - q->head)
		return "an index that is not outstanding";
	if (has(q, index))
		return "a second time";
	for (uint32_t i = q->head; !q->got && i != index; i++)
		if (!is_silent(q, i))
			return "out of order";
	return NULL;
}

static int decode(struct peal_queue *q, const uint64_t words[PEAL_COMP_WORDS],
		  struct peal_completion *c)
{
	uint8_t status = (uint8_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);
	/* No ring has 2^16 slots, so the upper 16 bits are known. */
	uint16_t distance = (uint16_t)(PEAL_FIELD_GET(words, PEAL_C_INDEX) - q->head);
	uint32_t index = q->head + distance;
	const char *wrong = wrong_index(q, index);

	if (wrong)
		return broken(q, words, wrong);
	if (status == PEAL_ST_CANCELLED)
		return broken(q, words, "a device never writes this status");
	*c = (struct peal_completion){
		.result = PEAL_FIELD_GET(words, PEAL_C_RESULT),
		.sq_index = index,
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

/* ---- refused completions: in the event log instead of the CQ (contract C7.23) ------------ */

static int refused_grow(struct peal_queue *q)
{
	unsigned room = q->refused_room ? 2 * q->refused_room : 8;
	struct peal_refused *bigger;

	if (q->refused_count < q->refused_room)
		return 0;
	bigger = realloc(q->refused, room * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	q->refused = bigger;
	q->refused_room = room;
	return 0;
}

int peal_queue_refuse(struct peal_queue *q, const struct peal_event *e)
{
	struct peal_refused r = {
		.cq_index = (uint16_t)(e->w1 >> 16),
		.words = { PEAL_FIELD_PUT(PEAL_C_COOKIE, e->w2) |
				   PEAL_FIELD_PUT(PEAL_C_STATUS, e->w4 & 0xff) |
				   PEAL_FIELD_PUT(PEAL_C_INDEX, e->w1 & 0xffff),
			   (uint64_t)(e->w4 >> 8) << 32 | e->w3 },
	};
	int rc;

	pthread_mutex_lock(&q->dev->refused_lock);
	rc = refused_grow(q);
	if (!rc)
		q->refused[q->refused_count++] = r;
	q->refused_all++;
	pthread_mutex_unlock(&q->dev->refused_lock);
	return rc ? peal_fail(q->dev, rc, "out of memory") : 0;
}

void peal_queue_forget_refused(struct peal_queue *q)
{
	pthread_mutex_lock(&q->dev->refused_lock);
	q->refused_count = q->refused_all = 0;
	pthread_mutex_unlock(&q->dev->refused_lock);
}

static uint32_t refused_so_far(struct peal_queue *q)
{
	uint32_t n;

	pthread_mutex_lock(&q->dev->refused_lock);
	n = q->refused_all;
	pthread_mutex_unlock(&q->dev->refused_lock);
	return n;
}

/* Takes the refused completion of a CQ index off the list, if there is one. */
static bool take_refused(struct peal_queue *q, uint32_t cq_index, uint64_t words[PEAL_COMP_WORDS])
{
	bool found = false;

	pthread_mutex_lock(&q->dev->refused_lock);
	for (unsigned i = 0; i < q->refused_count && !found; i++) {
		struct peal_refused *r = &q->refused[i];

		found = r->cq_index == (uint16_t)cq_index;
		if (!found)
			continue;
		memcpy(words, r->words, sizeof(r->words));
		*r = q->refused[--q->refused_count];
	}
	pthread_mutex_unlock(&q->dev->refused_lock);
	return found;
}

/* Is there any? Relaxed: one that comes at this moment is found by the next look. */
static bool any_refused(const struct peal_queue *q)
{
	return atomic_load_explicit(&q->refused_count, memory_order_relaxed);
}

/* The words of a CQ index, from the CQ or, if they never got there, from the log. */
static bool look_at(struct peal_queue *q, uint32_t cq_index, uint64_t words[PEAL_COMP_WORDS])
{
	const uint64_t *slot = cq_slot(q, cq_index);
	uint64_t other[PEAL_COMP_WORDS];

	/* Pairs with the device's publish (peal_comp_publish in ref's complete). */
	if (!peal_comp_take(slot, peal_tag(cq_index, q->cq_log2), words))
		return any_refused(q) && take_refused(q, cq_index, words);
	/* A bus may refuse a write and do it all the same; once is enough. */
	if (any_refused(q))
		take_refused(q, cq_index, other);
	return true;
}

/* ---- the next completion -------------------------------------------------------------------- */

/*
 * MATCHED: the slot of the oldest one, or in order NONE of any that is outstanding. A
 * device that runs by itself writes to those slots meanwhile: to read all of them each time
 * would cost both sides more than to find a late one some polls later.
 */
static bool find_matched(struct peal_queue *q, uint32_t *index, uint64_t words[PEAL_COMP_WORDS])
{
	uint32_t n = q->got ? q->tail - q->head : 1;
	bool more = q->dev->info.free_running && q->enabled && !peal_is_dead(q->dev);
	uint32_t looks = more && n > FIND_MOST ? FIND_MOST : n; /* more polls are to come */

	for (uint32_t i = 0; i < looks; i++) {
		uint32_t at = q->scan < n ? q->scan : 0;

		q->scan = at + 1;
		*index = q->head + at;
		if (!has(q, *index) && look_at(q, *index, words))
			return true;
	}
	return false;
}

/* Takes the next completion off the CQ: 1, 0 if there is none, -EPROTO. */
static int take(struct peal_queue *q, struct peal_completion *c)
{
	uint64_t words[PEAL_COMP_WORDS];
	uint32_t index = q->head;
	int r;

	if (q->head == q->tail || q->broken)
		return 0;
	if (!(q->matched ? find_matched(q, &index, words) : look_at(q, q->cq_head, words)))
		return 0;
	if (q->matched && PEAL_FIELD_GET(words, PEAL_C_INDEX) != (index & 0xffff))
		return broken(q, words, "in the slot of another index");
	r = decode(q, words, c);
	if (r)
		return r;
	note_stop(q, c);
	pass_to(q, c->sq_index);
	q->cq_head++;
	q->life.taken++;
	return 1;
}

/*
 * How many of `n` from the CQ index on are in one lap of the ring, and of one lap of the 16 bits
 * of the SQ index: for those the words to be expected differ by the index only.
 */
static unsigned of_one_lap(const struct peal_queue *q, uint32_t cq_index, uint32_t index,
			   unsigned n)
{
	uint32_t cq_left = q->cq_mask + 1 - (cq_index & q->cq_mask);
	uint32_t left = INDEX_LAP - index % INDEX_LAP;

	left = left < cq_left ? left : cq_left;
	return n < left ? n : left;
}

/* Takes one whose words are as expected, whatever its status, cookie and result. */
static bool take_one(const uint64_t *slot, uint64_t want, uint64_t tag, uint32_t index,
		     struct peal_completion *c)
{
	/* Pairs with the device's publish, as in look_at. */
	uint64_t w1 = peal_load_acquire(&slot[1]) ^ tag;
	uint64_t w0 = peal_load_acquire(&slot[0]) ^ want;
	uint64_t status = w0 >> PEAL_C_STATUS_LSB; /* and what is wrong of index and tag */

	if (w1 >> PEAL_TAG_SHIFT || status >> PEAL_C_STATUS_WIDTH || status == PEAL_ST_CANCELLED)
		return false;
	*c = (struct peal_completion){
		.result = w1,
		.sq_index = index,
		.cookie = (uint32_t)w0,
		.status = (uint8_t)status,
	};
	return true;
}

/* Takes the four of a line, if all of them are OK. */
static bool take_line(const uint64_t *line, uint64_t want, uint64_t tag, uint32_t index,
		      struct peal_completion c[COMPS_A_LINE])
{
	const struct peal_expected expected = {
		.words = { want, tag },
		.any = { PEAL_FIELD_PUT(PEAL_C_COOKIE, ~UINT64_C(0)), PEAL_TAG_PAYLOAD },
		.step = UINT64_C(1) << PEAL_C_INDEX_LSB,
	};
	uint64_t found[PEAL_LINE_BYTES / sizeof(uint64_t)];

	if (!peal_comps_take(line, &expected, found))
		return false;
#pragma GCC unroll 4
	for (uint32_t i = 0; i < COMPS_A_LINE; i++)
		c[i] = (struct peal_completion){
			.result = found[2 * i + 1],
			.sq_index = index + i,
			.cookie = (uint32_t)found[2 * i],
			.status = PEAL_ST_OK,
		};
	return true;
}

/*
 * The short way, for most of what comes: completions of the oldest indices, in their
 * order. It stops, without a word, at the first that is anything else.
 */
static unsigned take_lap(const struct peal_queue *q, uint32_t cq_index, uint32_t index,
			 struct peal_completion *c, unsigned n)
{
	const uint64_t *slot = cq_slot(q, cq_index);
	uint64_t tag = (uint64_t)peal_tag(cq_index, q->cq_log2) << PEAL_TAG_SHIFT;
	uint64_t want = tag | PEAL_FIELD_PUT(PEAL_C_INDEX, index);
	unsigned i = 0;

	while (i < n) {
		bool line = (cq_index + i) % COMPS_A_LINE == 0;
		unsigned many = 1;

		if (line)
			peal_prefetch_read(cq_slot(q, cq_index + i + RUN_AHEAD));
		if (line && n - i >= COMPS_A_LINE && take_line(slot, want, tag, index + i, c + i))
			many = COMPS_A_LINE;
		else if (!take_one(slot, want, tag, index + i, c + i))
			break;
		i += many;
		slot += many * PEAL_COMP_WORDS;
		want += (uint64_t)many << PEAL_C_INDEX_LSB;
	}
	return i;
}

static unsigned take_run(struct peal_queue *q, struct peal_completion *c, unsigned n)
{
	uint32_t outstanding = q->tail - q->head, got = 0;
	unsigned lap, i;

	if (q->ahead || q->broken || q->stopping || any_refused(q))
		return 0;
	if (n > outstanding)
		n = outstanding;
	do {
		uint32_t cq_index = q->matched ? q->head : q->cq_head;

		lap = of_one_lap(q, cq_index, q->head, n - got);
		i = take_lap(q, cq_index, q->head, c + got, lap);
		got += i;
		q->head += i;
		q->cq_head += i;
	} while (i && i == lap && got < n);
	q->life.taken += got;
	return got;
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

/* The oldest without an outcome gets a completion made by the host. */
static void make(struct peal_queue *q, enum peal_status status)
{
	*side_slot(q) = (struct peal_completion){
		.sq_index = q->head,
		.cookie = (uint32_t)PEAL_FIELD_GET(slot_of(q, q->head), PEAL_D_COOKIE),
		.status = status,
		.by_host = true,
	};
	q->side_count++;
	q->head++;
	pass_known(q);
	if (status == PEAL_ST_CANCELLED) {
		q->cancelled++;
		q->life.cancelled++;
	} else {
		q->life.aborted++;
	}
}

/* Is `index` still ahead of the frontier, and published? */
static bool to_come(const struct peal_queue *q, uint32_t index)
{
	return q->head != index && index - q->head <= q->tail - q->head;
}

/* Nothing is in flight, and all that the bus refused was taken off the event log. */
static int all_outcomes_known(struct peal_queue *q, bool *known)
{
	uint32_t in_flight, undelivered = 0;
	int r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_N_IN_FLIGHT), &in_flight);

	*known = false;
	if (r || in_flight)
		return r;
	r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_N_UNDELIVERED), &undelivered);
	if (!r && undelivered != refused_so_far(q))
		r = peal_pump_events_now(q->dev);
	*known = !r && undelivered == refused_so_far(q);
	return r;
}

/*
 * Silent successes leave no trace in the CQ. When the oldest one without an outcome
 * is silent and nothing is in flight, all silent ones below sq_head are over; the
 * completions of the others are visible by then.
 */
int peal_queue_silence(struct peal_queue *q)
{
	uint32_t accepted = q->final;
	bool over;
	int r = 0;

	if (q->head == q->tail || q->broken || q->cut || !is_silent(q, q->head))
		return 0;
	if (!q->closed) /* else SQ_HEAD may be of another life already */
		r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_SQ_HEAD), &accepted);
	if (!r)
		r = all_outcomes_known(q, &over);
	if (r || !over)
		return r;
	r = peal_queue_to_side(q);
	if (r)
		return r;
	while (to_come(q, accepted) && is_silent(q, q->head))
		pass_silent(q);
	return 0;
}

/*
 * The queue is closed: all below `final` was accepted, and its completions come
 * through the CQ or the event log, but for what an expired lease cut off. Once they
 * are here, the rest is CANCELLED.
 */
void peal_queue_settle(struct peal_queue *q)
{
	if (!q->closed)
		return;
	while (q->cut && to_come(q, q->final))
		make(q, PEAL_ST_ABORTED);
	if (q->head != q->final)
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
	while (to_come(q, accepted))
		make(q, PEAL_ST_ABORTED);
	while (q->head != q->tail)
		make(q, PEAL_ST_CANCELLED);
}

/*
 * A lease that has expired leaves descriptors without an outcome. It may be renewed
 * by now, by a host that was only slow; then the event log tells of it.
 */
static int look_at_lease(struct peal_queue *q)
{
	uint32_t status = 0;
	int r = 0;

	if (q->failed && q->dev->info.clauses & PEAL_CAP_LEASE)
		r = peal_read(q->dev, PEAL_REG_LEASE_STS, &status);
	q->cut |= status >> 1 & 1;
	if (q->failed)
		q->cut |= q->leases !=
			  atomic_load_explicit(&q->dev->events.leases, memory_order_relaxed);
	return r;
}

/* Once a queue has left ENABLED, DRAINING and ABORTING, its SQ_HEAD is final. */
int peal_queue_look(struct peal_queue *q)
{
	uint32_t state, head;
	int r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_STATE), &state);

	if (r || state == PEAL_Q_ENABLED)
		return r;
	q->enabled = false;
	if (state == PEAL_Q_DRAINING || state == PEAL_Q_ABORTING)
		return 0;
	r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_SQ_HEAD), &head);
	if (r)
		return r;
	q->failed = state == PEAL_Q_ERROR;
	/* Behind a closed end the host has made completions of its own. */
	if (!q->closed && head - q->head > q->tail - q->head)
		return peal_fail(q->dev, -EPROTO,
				 "queue %u: sq_head %u is outside the published [%u, %u)", q->id,
				 head, q->head, q->tail);
	q->closed = true;
	q->final = head;
	return look_at_lease(q);
}

/* ---- poll ---------------------------------------------------------------------------------------
 */

/* A queue that ended: what the CQ lacks may be in the event log. */
static int attend_closed(struct peal_queue *q)
{
	int r = peal_queue_silence(q);

	if (r || !q->failed || q->head == q->final)
		return r;
	r = peal_pump_events_now(q->dev);
	return r ? r : look_at_lease(q);
}

/* Nothing came. Finds out whether anything still can, and puts it right if not. */
static int attend(struct peal_queue *q, bool idle)
{
	int r;

	if (q->head == q->tail || q->broken)
		return 0;
	r = peal_queue_credit(q, false);
	if (!r)
		r = peal_queue_ring(q);
	if (r)
		return r;
	if (q->closed)
		return attend_closed(q);
	q->empty_polls++;
	if (q->dev->threaded && q->empty_polls % YIELD_EVERY == 0)
		sched_yield();
	if (!idle && q->empty_polls % (q->dev->ops.advance ? LOOK_EVERY : LOOK_SELDOM) &&
	    !peal_queue_says_error(q))
		return 0;
	r = peal_queue_silence(q);
	return r ? r : peal_queue_look(q);
}

static int collect(struct peal_queue *q, struct peal_completion *c, unsigned n)
{
	unsigned got = from_side(q, c, n);
	int r = 0;

	got += take_run(q, c + got, n - got);
	if (got && q->dev->info.free_running)
		return (int)got; /* what comes next may be still on its way */
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

static int poll_now(struct peal_queue *q, struct peal_completion *completions, unsigned n)
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
		peal_queue_credit_share(q);
	}
	q->caught_up = got > 0 && got < (int)n;
	q->rested = 0;
	return got;
}

/* Has the host caught up with a device that has a nearly full ring to work on? */
static bool is_too_close(const struct peal_queue *q)
{
	uint32_t outstanding = q->tail - q->head;

	return q->caught_up && outstanding >= REST_LEAST && outstanding > q->sq_mask / 4 * 3 &&
	       !q->side_count && q->enabled && !q->closed && !q->listened &&
	       q->dev->info.free_running && !peal_is_dead(q->dev);
}

/*
 * Who reads completions close behind a GPU takes from it the very lines it is about to
 * write, its reads wait behind its writes, and all queues of the device crawl (measured:
 * decision 0020). So who has come too close looks at one slot far ahead now and then, and
 * at nothing else, until that is written or some microseconds are over.
 */
static bool rests(struct peal_queue *q)
{
	uint32_t far = (q->tail - q->head) / 2, half = (q->cq_mask + 1) / 2, cq_index;
	uint64_t words[PEAL_COMP_WORDS];

	if (!is_too_close(q) || q->rested == REST_POLLS)
		return false;
	for (unsigned i = 0; i < REST_PAUSES; i++)
		peal_relax();
	far = far < REST_FAR ? far : REST_FAR;
	cq_index = (q->matched ? q->head : q->cq_head) + (far < half ? far : half);
	q->rested++;
	return !peal_comp_take(cq_slot(q, cq_index), peal_tag(cq_index, q->cq_log2), words);
}

int peal_poll(struct peal_queue *q, struct peal_completion *completions, unsigned n)
{
	return rests(q) ? 0 : poll_now(q, completions, n);
}

/* A register of the queue for a message; 0 when it cannot be read. */
static uint32_t told(struct peal_queue *q, uint32_t offset)
{
	uint32_t value;

	return peal_read(q->dev, peal_qreg(q->id, offset), &value) ? 0 : value;
}

/* CQ slots that the device may still use, as it counts. */
static uint32_t credits(struct peal_queue *q)
{
	uint32_t used = told(q, PEAL_QREG_CQ_TAIL) - told(q, PEAL_QREG_CQ_HEAD);

	return q->cq_mask + 1 - used - told(q, PEAL_QREG_N_IN_FLIGHT);
}

static int fail_wait(struct peal_queue *q)
{
	char why[PEAL_TEXT], credit[40] = "", event[100];
	int state = peal_queue_state(q);

	peal_pump_events_now(q->dev);
	peal_last_event(q->dev, event, sizeof(event));
	if (!q->matched)
		snprintf(credit, sizeof(credit), ", %u of %u credits", credits(q), q->cq_mask + 1);
	peal_explain(q->dev, why);
	return peal_fail(q->dev, -ETIME,
			 "queue %u (%s): %u of %u published outstanding, the oldest is %u; the "
			 "device knows sq_tail %u (host %u), accepted to %u, has %u in flight%s%s"
			 "%s%.200s",
			 q->id,
			 state < 0 ? "state unknown" : peal_queue_state_name((uint32_t)state),
			 peal_queue_outstanding(q), peal_queue_slots(q), q->head,
			 told(q, PEAL_QREG_SQ_TAIL), q->tail, told(q, PEAL_QREG_SQ_HEAD),
			 told(q, PEAL_QREG_N_IN_FLIGHT), credit, event, *why ? ": " : "", why);
}

int peal_wait(struct peal_queue *q, struct peal_completion *completions, unsigned n,
	      uint64_t timeout_ns)
{
	struct peal_patience p;
	unsigned got = 0;
	bool late = false;
	int r;

	peal_patience_start(&p, timeout_ns);
	for (;;) {
		/* Who begins to wait, or has waited for long, looks. */
		if (p.rounds && p.rounds < LOOK_ROUNDS && !late)
			r = peal_poll(q, completions + got, n - got);
		else
			r = poll_now(q, completions + got, n - got);
		if (r < 0)
			return got ? (int)got : r;
		got += (unsigned)r;
		if (got == n || !peal_queue_outstanding(q))
			return (int)got;
		if (late)
			return got ? (int)got : fail_wait(q);
		if (r)
			continue;
		r = peal_patience_turn(q->dev, &p);
		/* Who sleeps between two polls does not wait for so many of them to look at the state. */
		if (p.rounds % LOOK_ROUNDS == 0)
			q->empty_polls |= LOOK_SELDOM - 1;
		late = r == -ETIME;
	}
}
