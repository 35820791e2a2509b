/* SPDX-License-Identifier: MIT */
/*
 * race.c - finds two descriptors that race (contract 6).
 *
 * Between two ordering points the ranges of all descriptors that pass their
 * checks are sorted by address and swept once. Two of them are ordered when they
 * are of one queue and
 *
 *	a fence stands between them, or one of them is a fence: FENCE on what
 *		passes its checks; not on a rollout operation, which may still
 *		come out as BAD_STATE and then fences nothing,
 *	both are of one actor, in a queue of order ACTOR, or
 *	both are rollout operations on one record.
 *
 * Nothing else counts, no chain of two such reasons either: such a job is called
 * a race.
 *
 * Fences cut a queue's descriptors into phases; a fence is a phase of its own. So
 * a range races with one of another queue, or with one of its own phase. Of the
 * other queues it is enough to remember the range that reaches farthest, and that
 * of a second queue; of the phases all ranges that still reach into what comes,
 * but for those that a later range of the same kind covers.
 */
#include "job.h"

#include <errno.h>
#include <stdlib.h>

#include "fields.h"

#define NOTHING UINT32_MAX

struct span {
	uint64_t start, end;
	uint64_t record; /* of a rollout operation */
	uint32_t desc, queue, phase, actor;
	uint32_t next; /* in the list of its phase */
	bool write, rollout, by_actor;
};

/* Ranges of one phase that still reach into what comes: [0] readers, [1] writers. */
struct phase {
	uint32_t first[2];
};

struct sweep {
	struct span *spans;
	unsigned count, cap;
	struct phase *phases;
	unsigned phase_count, phase_cap;
	uint32_t *now; /* phase of each queue, NOTHING: the next descriptor begins one */
	/* The farthest ends of two different queues: [0] all, [1] writers. */
	const struct span *far[2][2];
};

/* ---- what orders two ranges of one phase ---------------- */

static bool ordered(const struct span *a, const struct span *b)
{
	return a->desc == b->desc || (a->by_actor && a->actor == b->actor) ||
	       (a->rollout && b->rollout && a->record == b->record);
}

/* What is ordered with one of two equals is ordered with the other. */
static bool equal(const struct span *a, const struct span *b)
{
	bool record = a->rollout == b->rollout && (!a->rollout || a->record == b->record);

	if (a->by_actor)
		return record && a->actor == b->actor;
	return a->desc == b->desc || (a->rollout && record);
}

/* ---- the sweep ---------------- */

static int by_start(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->desc > b->desc) - (a->desc < b->desc);
}

static void remember(const struct span **far, const struct span *span)
{
	if (!far[0] || far[0]->queue == span->queue) {
		if (!far[0] || span->end > far[0]->end)
			far[0] = span;
	} else if (span->end > far[0]->end) {
		far[1] = far[0];
		far[0] = span;
	} else if (!far[1] || span->end > far[1]->end) {
		far[1] = span;
	}
}

/* A range of another queue that `span` races with, or NULL. */
static const struct span *across(const struct sweep *s, const struct span *span)
{
	const struct span *const *far = s->far[!span->write];

	for (unsigned i = 0; i < 2; i++)
		if (far[i] && far[i]->queue != span->queue && far[i]->end > span->start)
			return far[i];
	return NULL;
}

/* One of the list that `span` races with; drops those that matter no more. */
static const struct span *in_list(struct sweep *s, uint32_t *link, const struct span *span)
{
	while (*link != NOTHING) {
		const struct span *other = &s->spans[*link];
		bool over = other->end <= span->start;

		if (!over && !ordered(other, span))
			return other;
		over |= equal(other, span) && span->write && other->end <= span->end;
		if (over)
			*link = other->next;
		else
			link = &s->spans[*link].next;
	}
	return NULL;
}

/* Writers race with all, readers with writers. */
static const struct span *within(struct sweep *s, const struct span *span)
{
	struct phase *phase = &s->phases[span->phase];
	const struct span *other = in_list(s, &phase->first[1], span);

	if (!other && span->write)
		other = in_list(s, &phase->first[0], span);
	return other;
}

static void insert(struct sweep *s, uint32_t index)
{
	struct span *span = &s->spans[index];
	uint32_t *first = &s->phases[span->phase].first[span->write];

	span->next = *first;
	*first = index;
	remember(s->far[0], span);
	if (span->write)
		remember(s->far[1], span);
}

static void start_over(const struct job *job, struct sweep *s)
{
	s->count = s->phase_count = 0;
	for (unsigned i = 0; i < job->queue_count; i++)
		s->now[i] = NOTHING;
	s->far[0][0] = s->far[0][1] = s->far[1][0] = s->far[1][1] = NULL;
}

static int sweep_all(const struct job *job, struct sweep *s, unsigned pair[2], uint64_t *address)
{
	if (s->count)
		qsort(s->spans, s->count, sizeof(*s->spans), by_start);
	for (unsigned i = 0; i < s->count; i++) {
		const struct span *span = &s->spans[i];
		const struct span *other = across(s, span);

		if (!other)
			other = within(s, span);
		if (other) {
			pair[0] = other->desc < span->desc ? other->desc : span->desc;
			pair[1] = other->desc < span->desc ? span->desc : other->desc;
			*address = span->start;
			return 1;
		}
		insert(s, i);
	}
	start_over(job, s);
	return 0;
}

/* ---- what is swept ---------------- */

static int add_span(struct sweep *s, const struct span *span)
{
	if (s->count == s->cap) {
		unsigned cap = s->cap ? s->cap * 2 : 256;
		struct span *bigger = realloc(s->spans, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		s->spans = bigger;
		s->cap = cap;
	}
	s->spans[s->count++] = *span;
	return 0;
}

static int new_phase(struct sweep *s, uint32_t queue)
{
	if (s->phase_count == s->phase_cap) {
		unsigned cap = s->phase_cap ? s->phase_cap * 2 : 64;
		struct phase *bigger = realloc(s->phases, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		s->phases = bigger;
		s->phase_cap = cap;
	}
	s->phases[s->phase_count] = (struct phase){ { NOTHING, NOTHING } };
	s->now[queue] = s->phase_count++;
	return 0;
}

static int add_desc(struct sweep *s, const struct job *job, const struct job_place *places,
		    uint32_t index)
{
	const struct job_desc *desc = &job->descs[index];
	const struct job_queue *queue = &job->queues[desc->queue];
	struct span span = { .desc = index, .queue = (uint32_t)desc->queue };
	struct job_access access;
	uint64_t w[PEAL_DESC_WORDS];
	bool fence;

	job_resolve(places, desc, w);
	job_access(places, job->region_count, queue, w, &access);
	if (access.status != PEAL_ST_OK)
		return 0;
	fence = PEAL_FIELD_GET(w, PEAL_D_FLAGS) & PEAL_FLAG_FENCE && !access.rollout;
	if ((fence || s->now[desc->queue] == NOTHING) && new_phase(s, span.queue))
		return -ENOMEM;
	span.phase = s->now[desc->queue];
	span.by_actor = queue->order == PEAL_ORDER_ACTOR;
	span.actor = (uint32_t)PEAL_FIELD_GET(w, PEAL_D_ACTOR);
	span.rollout = access.rollout;
	span.record = access.range[0].start;
	for (unsigned n = 0; n < 2; n++) {
		span.start = access.range[n].start;
		span.end = access.range[n].end;
		span.write = access.range[n].write;
		if (span.start < span.end && add_span(s, &span))
			return -ENOMEM;
	}
	if (fence)
		s->now[desc->queue] = NOTHING;
	return 0;
}

int job_race(const struct job *job, const struct job_place *places, unsigned pair[2],
	     uint64_t *address)
{
	struct sweep s = { .now = calloc(job->queue_count + 1, sizeof(*s.now)) };
	int rc = s.now ? 0 : -ENOMEM;

	if (!rc)
		start_over(job, &s);
	for (unsigned i = 0; i < job->step_count && !rc; i++) {
		const struct job_step *step = &job->steps[i];

		if (step->kind == JOB_DESC)
			rc = add_desc(&s, job, places, step->target);
		else if (job_step_waits(step->kind))
			rc = sweep_all(job, &s, pair, address);
	}
	if (!rc)
		rc = sweep_all(job, &s, pair, address);
	free(s.spans);
	free(s.phases);
	free(s.now);
	return rc;
}
