/* SPDX-License-Identifier: MIT */
/* check.c - compares a run with the same job on the reference model. */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "job.h"

#define WINDOW 16 /* bytes of memory shown */

struct check {
	const struct job_run *run, *ref;
	FILE *out;
	unsigned differences;
};

static bool first(struct check *c)
{
	return c->differences++ == 0;
}

static void show_completion(FILE *out, const char *who, const struct job_completion *c)
{
	if (!c->done)
		fprintf(out, "  %-10s %s", who, c->silent ? "a silent success" : "no completion");
	else
		fprintf(out, "  %-10s %s, result 0x%llx, cookie %u, SQ index %u", who,
			peal_status_name(c->status), (unsigned long long)c->result, c->cookie,
			c->sq_index);
	if (c->done && c->cycle)
		fprintf(out, ", by cycle %llu", (unsigned long long)c->cycle);
	fprintf(out, "\n");
}

/* As a line of a job, and the payloads as this run published them. */
static void show_desc(FILE *out, const struct job_run *run, unsigned index)
{
	const struct job_desc *d = &run->job->descs[index];
	uint64_t w[PEAL_DESC_WORDS];

	job_resolve(run->places, d, w);
	fprintf(out, "  %-10s ", "descriptor");
	job_print_desc(out, run->job, d);
	fprintf(out, "\n  %-10s", "words");
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		fprintf(out, " %014llx", (unsigned long long)w[i]);
	fprintf(out, "\n");
}

static void head(const struct check *c, unsigned index)
{
	const struct job *job = c->run->job;
	const struct job_desc *d = &job->descs[index];

	fprintf(c->out, "mismatch: %s:%d: completion of descriptor %u, queue %s\n", job->name,
		d->line, index, job->queues[d->queue].name);
	show_desc(c->out, c->run, index);
}

static bool same(const struct job_completion *a, const struct job_completion *b)
{
	return a->done == b->done && a->silent == b->silent && a->result == b->result &&
	       a->cookie == b->cookie && a->status == b->status && a->sq_index == b->sq_index;
}

/* Is a status what the checks of access.c allow? */
static bool lawful(const struct job_access *access, const struct job_completion *c)
{
	if (c->by_host)
		return true;
	if (c->silent)
		return access->status == PEAL_ST_OK;
	if (access->status != PEAL_ST_OK)
		return c->status == access->status && c->result == access->result;
	return c->status <= PEAL_ST_MISCOMPARE ||
	       (c->status == PEAL_ST_BAD_STATE && access->rollout);
}

/* A handle written as a number may name a ring, which access.c does not know of. */
static bool judgeable(const struct job_desc *d)
{
	uint64_t gen = (UINT64_C(1) << PEAL_HANDLE_GEN_BITS) - 1;
	uint64_t a = d->w[2] >> 50 & gen, b = d->w[3] >> 50 & gen;

	return (d->a.kind != JOB_LITERAL || !a) && (d->b.kind != JOB_LITERAL || !b);
}

static void check_law(struct check *c, const struct job_run *run, unsigned index)
{
	const struct job *job = run->job;
	const struct job_desc *d = &job->descs[index];
	struct job_access access;
	uint64_t w[PEAL_DESC_WORDS];

	if (!judgeable(d))
		return;
	job_resolve(run->places, d, w);
	job_access(run->places, job->region_count, &job->queues[d->queue], w, &access);
	if (lawful(&access, &run->completions[index]) || !first(c))
		return;
	head(c, index);
	show_completion(c->out, run->backend, &run->completions[index]);
	fprintf(c->out, "  %-10s %s, result 0x%llx\n", "contract", peal_status_name(access.status),
		(unsigned long long)access.result);
}

static void check_completion(struct check *c, unsigned index)
{
	const struct job_completion *mine = &c->run->completions[index];
	const struct job_completion *theirs = &c->ref->completions[index];

	if (same(mine, theirs)) {
		check_law(c, c->run, index);
		return;
	}
	if (!first(c))
		return;
	head(c, index);
	show_completion(c->out, c->run->backend, mine);
	show_completion(c->out, c->ref->backend, theirs);
}

/* ---- order ---------------- */

struct arrival {
	uint32_t queue, actor, number, desc;
};

static int by_arrival(const void *pa, const void *pb)
{
	const struct arrival *a = pa, *b = pb;

	if (a->queue != b->queue)
		return a->queue < b->queue ? -1 : 1;
	if (a->actor != b->actor)
		return a->actor < b->actor ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* What came, where order counts, by queue (and actor) and in the order in which it came. */
static unsigned list_arrivals(const struct job_run *run, struct arrival *list)
{
	unsigned n = 0;

	for (unsigned i = 0; i < run->job->desc_count; i++) {
		const struct job_desc *d = &run->job->descs[i];
		const struct job_queue *q = &run->job->queues[d->queue];
		uint32_t actor = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_ACTOR);

		if (run->completions[i].done && q->order != PEAL_ORDER_NONE)
			list[n++] = (struct arrival){ (uint32_t)d->queue,
						      q->order == PEAL_ORDER_ACTOR ? actor : 0,
						      run->completions[i].arrival, i };
	}
	qsort(list, n, sizeof(*list), by_arrival);
	return n;
}

static void compare_arrivals(struct check *c, struct arrival *mine, struct arrival *theirs)
{
	unsigned n = list_arrivals(c->run, mine);

	/* Unequal sets are a difference of a completion, found before. */
	if (n != list_arrivals(c->ref, theirs))
		return;
	for (unsigned i = 0; i < n; i++) {
		const struct arrival *a = &mine[i], *b = &theirs[i];

		if (a->queue != b->queue || a->actor != b->actor)
			return;
		if (a->desc == b->desc || !first(c))
			continue;
		fprintf(c->out, "mismatch: %s: order of the completions of queue %s\n",
			c->run->job->name, c->run->job->queues[a->queue].name);
		show_desc(c->out, c->run, a->desc);
		show_completion(c->out, c->run->backend, &c->run->completions[a->desc]);
		fprintf(c->out, "  where on %s came\n", c->ref->backend);
		show_desc(c->out, c->ref, b->desc);
		show_completion(c->out, c->ref->backend, &c->ref->completions[b->desc]);
	}
}

static void check_order(struct check *c)
{
	struct arrival *lists = calloc(2 * (size_t)c->run->job->desc_count + 1, sizeof(*lists));

	if (lists)
		compare_arrivals(c, lists, lists + c->run->job->desc_count);
	else if (first(c))
		fprintf(c->out, "mismatch: no memory to compare the order of completions\n");
	free(lists);
}

/* ---- memory ---------------- */

/* The last descriptor that may have written to a bus address, or -1. */
static int last_writer(const struct job_run *run, uint64_t address)
{
	const struct job *job = run->job;

	for (unsigned i = job->desc_count; i-- > 0;) {
		const struct job_desc *d = &job->descs[i];
		struct job_access access;
		uint64_t w[PEAL_DESC_WORDS];

		job_resolve(run->places, d, w);
		job_access(run->places, job->region_count, &job->queues[d->queue], w, &access);
		for (unsigned n = 0; n < 2 && access.status == PEAL_ST_OK; n++)
			if (access.range[n].write && address >= access.range[n].start &&
			    address < access.range[n].end)
				return (int)i;
	}
	return -1;
}

static void show_memory(FILE *out, const char *who, const uint8_t *memory, uint64_t from,
			uint64_t bytes)
{
	fprintf(out, "  %-10s 0x%llx:", who, (unsigned long long)from);
	for (uint64_t i = from; i < from + WINDOW && i < bytes; i++)
		fprintf(out, " %02x", memory[i]);
	fprintf(out, "\n");
}

static void show_difference(struct check *c, unsigned region, uint64_t at)
{
	const struct job *job = c->run->job;
	const struct job_region *r = &job->regions[region];
	uint64_t from = at - at % WINDOW;
	int writer = last_writer(c->run, c->run->places[region].bus + at);

	fprintf(c->out, "mismatch: %s: memory %s+0x%llx\n", job->name, r->name,
		(unsigned long long)at);
	show_memory(c->out, c->run->backend, c->run->memory[region], from, r->bytes);
	show_memory(c->out, c->ref->backend, c->ref->memory[region], from, r->bytes);
	if (writer < 0) {
		fprintf(c->out, "  no descriptor of the job writes there\n");
		return;
	}
	fprintf(c->out, "  the last descriptor that writes there is %d, line %d\n", writer,
		job->descs[writer].line);
	show_desc(c->out, c->run, (unsigned)writer);
	show_completion(c->out, c->run->backend, &c->run->completions[writer]);
	show_completion(c->out, c->ref->backend, &c->ref->completions[writer]);
}

static void check_memory(struct check *c, unsigned region)
{
	const uint8_t *mine = c->run->memory[region], *theirs = c->ref->memory[region];
	uint64_t bytes = c->run->job->regions[region].bytes, at = 0;

	if (!mine || !theirs || !memcmp(mine, theirs, bytes))
		return;
	while (mine[at] == theirs[at])
		at++;
	if (first(c))
		show_difference(c, region, at);
}

unsigned job_check(const struct job_run *run, const struct job_run *ref, FILE *out)
{
	struct check c = { .run = run, .ref = ref, .out = out };

	for (unsigned i = 0; i < run->job->desc_count; i++)
		check_completion(&c, i);
	check_order(&c);
	for (unsigned i = 0; i < run->job->region_count; i++)
		check_memory(&c, i);
	return c.differences;
}
