/* SPDX-License-Identifier: MIT */
/*
 * race.c - finds two descriptors that race (contract 6).
 *
 * Between two ordering points the ranges of all descriptors that pass their
 * checks are sorted by address and swept once. It is enough to remember, of
 * what lies to the left, the range that reaches farthest: among all and among
 * the writers. Operations on one record in one queue order each other, so
 * they form a group, and the farthest range of a second group is kept too.
 */
#include "job.h"

#include <errno.h>
#include <stdlib.h>

/* Ranges with equal groups never race. A rollout's group is its queue and record. */
struct group {
	bool rollout;
	uint32_t owner; /* queue, or the descriptor itself */
	uint64_t record;
};

struct span {
	uint64_t start, end;
	struct group group;
	uint32_t desc;
	bool write;
};

struct sweep {
	struct span *spans;
	unsigned count, cap;
	/* The farthest ends of two different groups: [0] all, [1] writers. */
	const struct span *far[2][2];
};

static bool same_group(const struct group *a, const struct group *b)
{
	return a->rollout == b->rollout && a->owner == b->owner && a->record == b->record;
}

static int by_start(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->desc > b->desc) - (a->desc < b->desc);
}

static void remember(const struct span **far, const struct span *span)
{
	if (!far[0] || same_group(&far[0]->group, &span->group)) {
		if (!far[0] || span->end > far[0]->end)
			far[0] = span;
	} else if (span->end > far[0]->end) {
		far[1] = far[0];
		far[0] = span;
	} else if (!far[1] || span->end > far[1]->end) {
		far[1] = span;
	}
}

/* The earlier range that `span` races with, or NULL. */
static const struct span *conflict(const struct sweep *s, const struct span *span)
{
	const struct span *const *far = s->far[!span->write];

	for (unsigned i = 0; i < 2; i++)
		if (far[i] && far[i]->end > span->start &&
		    !same_group(&far[i]->group, &span->group))
			return far[i];
	return NULL;
}

static int sweep_all(struct sweep *s, unsigned pair[2], uint64_t *address)
{
	if (s->count)
		qsort(s->spans, s->count, sizeof(*s->spans), by_start);
	s->far[0][0] = s->far[0][1] = s->far[1][0] = s->far[1][1] = NULL;
	for (unsigned i = 0; i < s->count; i++) {
		const struct span *span = &s->spans[i];
		const struct span *other = conflict(s, span);

		if (other) {
			pair[0] = other->desc < span->desc ? other->desc : span->desc;
			pair[1] = other->desc < span->desc ? span->desc : other->desc;
			*address = span->start;
			return 1;
		}
		remember(s->far[0], span);
		if (span->write)
			remember(s->far[1], span);
	}
	s->count = 0;
	return 0;
}

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

static int add_desc(struct sweep *s, const struct job *job, const struct job_place *places,
		    uint32_t index)
{
	const struct job_desc *desc = &job->descs[index];
	struct group group = { .owner = index };
	struct job_access access;
	uint64_t w[PEAL_DESC_WORDS];

	job_resolve(places, desc, w);
	job_access(places, job->region_count, &job->queues[desc->queue], w, &access);
	if (access.status != PEAL_ST_OK)
		return 0;
	if (access.rollout)
		group = (struct group){ true, (uint32_t)desc->queue, access.range[0].start };
	for (unsigned n = 0; n < 2; n++) {
		const struct job_range *r = &access.range[n];
		struct span span = { r->start, r->end, group, index, r->write };

		if (r->start < r->end && add_span(s, &span))
			return -ENOMEM;
	}
	return 0;
}

int job_race(const struct job *job, const struct job_place *places, unsigned pair[2],
	     uint64_t *address)
{
	struct sweep s = { 0 };
	int rc = 0;

	for (unsigned i = 0; i < job->step_count && !rc; i++) {
		const struct job_step *step = &job->steps[i];

		if (step->kind == JOB_DESC)
			rc = add_desc(&s, job, places, step->target);
		else if (job_step_waits(step->kind))
			rc = sweep_all(&s, pair, address);
	}
	if (!rc)
		rc = sweep_all(&s, pair, address);
	free(s.spans);
	return rc;
}
