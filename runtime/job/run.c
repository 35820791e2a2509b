/* SPDX-License-Identifier: MIT */
/*
 * run.c - runs a job on a device.
 *
 * Descriptors go to their queue's list in job order; the pump submits and
 * reaps over all queues, so many are in flight. A step that waits lets the
 * pump run until nothing is outstanding.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "job.h"

#define BATCH 64
#define IDLE_SPINS 64
#define DEFAULT_TIMEOUT_NS UINT64_C(30000000000)

struct lane {
	struct peal_queue *q;
	uint32_t *list; /* descriptors of this queue, in order */
	uint32_t count, cap, submitted;
	uint32_t reaped; /* all before it have an outcome */
	uint32_t out;	 /* outstanding, when it was last looked at */
};

struct runner {
	const struct job *job;
	const struct job_run_opts *opts;
	struct job_run *run;
	struct peal_device *dev;
	struct peal_region **regions;
	struct lane *lanes;
	uint64_t progress_ns; /* when something last came back */
	uint64_t by_host;
	uint64_t past_events; /* of lives that are over */
	uint64_t cycle;	      /* of the device, when it was last looked at */
	unsigned idle;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((format(printf, 3, 4))) static enum job_exit stop(struct runner *r,
								enum job_exit code, const char *fmt,
								...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->run->error, sizeof(r->run->error), fmt, args);
	va_end(args);
	return code;
}

/* An error of libpeal as text. */
static const char *reason(const struct runner *r, int rc)
{
	const char *text = peal_error(r->dev);

	return *text ? text : strerror(-rc);
}

/* ---- set-up ---------------- */

static enum job_exit open_device(struct runner *r)
{
	struct peal_open_opts opts = {
		.params = r->opts->params,
		.threaded = r->opts->threaded,
		.quantum = r->opts->quantum,
		.timeout_ns = r->opts->timeout_ns,
		.log = r->opts->log,
		.log_ctx = r->opts->ctx,
	};
	int rc = peal_open(r->opts->backend, &opts, &r->dev);

	if (rc)
		return stop(r, rc == -EOPNOTSUPP ? JOB_UNAVAILABLE : JOB_USAGE, "backend %s: %s",
			    r->opts->backend, reason(r, rc));
	peal_device_info(r->dev, &r->run->info);
	return JOB_PASS;
}

static uint8_t place_of(const struct runner *r, unsigned i)
{
	switch (r->opts->places) {
	case JOB_PLACES_HOST: return PEAL_PLACE_HOST;
	case JOB_PLACES_DEVICE: return PEAL_PLACE_DEVICE;
	case JOB_PLACES_MIXED: return i % 2 ? PEAL_PLACE_DEVICE : PEAL_PLACE_HOST;
	default: return r->job->regions[i].place;
	}
}

static int make_region(struct runner *r, unsigned i)
{
	const struct job_region *jr = &r->job->regions[i];
	struct peal_region_opts opts = {
		.bytes = jr->bytes,
		.access = jr->access,
		.tenant = jr->tenant,
		.bus_skew = jr->skew,
		.place = place_of(r, i),
	};

	if (jr->parent >= 0)
		return peal_region_alias(r->regions[jr->parent], jr->offset, &opts, &r->regions[i]);
	return peal_region_alloc(r->dev, &opts, &r->regions[i]);
}

static int seed_region(struct runner *r, unsigned i)
{
	const struct job_region *jr = &r->job->regions[i];
	void *bytes = malloc(jr->bytes);
	int rc = -ENOMEM;

	if (bytes) {
		job_fill_seed(bytes, jr->bytes, jr->seed);
		rc = peal_region_write(r->regions[i], 0, bytes, jr->bytes);
	}
	free(bytes);
	return rc;
}

static enum job_exit exit_of(int rc)
{
	if (rc == -EOPNOTSUPP)
		return JOB_UNAVAILABLE;
	return rc == -ETIME || rc == -EIO || rc == -ENODEV ? JOB_MISMATCH : JOB_USAGE;
}

static enum job_exit make_regions(struct runner *r)
{
	for (unsigned i = 0; i < r->job->region_count; i++) {
		const struct job_region *jr = &r->job->regions[i];
		struct job_place *place = &r->run->places[i];
		int rc = make_region(r, i);

		if (!rc && jr->seeded)
			rc = seed_region(r, i);
		if (rc)
			return stop(r, exit_of(rc), "%s:%d: region %s: %s", r->job->name, jr->line,
				    jr->name, reason(r, rc));
		*place = (struct job_place){
			.handle = peal_region_handle(r->regions[i]),
			.tenant = jr->tenant,
			.access = jr->access,
			.bus = peal_region_bus(r->regions[i]),
			.bytes = jr->bytes,
		};
	}
	return JOB_PASS;
}

static enum job_exit make_queues(struct runner *r)
{
	for (unsigned i = 0; i < r->job->queue_count; i++) {
		const struct job_queue *jq = &r->job->queues[i];
		struct peal_queue_opts opts = {
			.sq_log2 = jq->sq_log2,
			.cq_log2 = jq->cq_log2,
			.order = jq->order,
			.matched = jq->matched,
			.fences = jq->fences,
			.suppress = jq->suppress,
			.require_crc = jq->require_crc,
			.tenant = jq->tenant,
			.sq_start = jq->sq_start,
			.cq_start = jq->cq_start,
		};
		int rc = peal_queue_create(r->dev, &opts, &r->lanes[i].q);

		if (rc)
			return stop(r, exit_of(rc), "%s:%d: queue %s on %s (%u queues): %s",
				    r->job->name, jq->line, jq->name, r->opts->backend,
				    r->run->info.queues, reason(r, rc));
	}
	return JOB_PASS;
}

/* A device may lack the clause of a flag; then it refuses what another one executes. */
static enum job_exit check_flags(struct runner *r)
{
	static const struct {
		uint32_t flag, capability;
		const char *name;
	} clauses[] = {
		{ PEAL_FLAG_FENCE, PEAL_CAP_FENCE, "FENCE" },
		{ PEAL_FLAG_SILENT, PEAL_CAP_SILENT, "SILENT" },
		{ PEAL_FLAG_EVENT, PEAL_CAP_EVENT, "EVENT" },
	};
	const struct job *job = r->job;

	for (unsigned k = 0; k < JOB_COUNT(clauses); k++)
		for (unsigned i = 0;
		     !(r->run->info.clauses & clauses[k].capability) && i < job->desc_count; i++)
			if (PEAL_FIELD_GET(job->descs[i].w, PEAL_D_FLAGS) & clauses[k].flag)
				return stop(r, JOB_UNAVAILABLE, "%s:%d: backend %s lacks clause %s",
					    job->name, job->descs[i].line, r->opts->backend,
					    clauses[k].name);
	return JOB_PASS;
}

static enum job_exit find_race(struct runner *r)
{
	const struct job *job = r->job;
	uint64_t address = 0;
	unsigned pair[2];
	int rc;

	if (!r->opts->race_check)
		return JOB_PASS;
	rc = job_race(job, r->run->places, pair, &address);
	if (rc < 0)
		return stop(r, JOB_USAGE, "out of memory");
	if (!rc)
		return JOB_PASS;
	return stop(r, JOB_USAGE,
		    "%s: race: %u, %u: the descriptors of lines %d and %d share bytes from bus "
		    "address 0x%llx on, one writes them, and nothing orders the two",
		    job->name, pair[0], pair[1], job->descs[pair[0]].line, job->descs[pair[1]].line,
		    (unsigned long long)address);
}

/* ---- the pump ---------------- */

/* What the event log holds, "" if nothing; a job gives no reason for an event. */
static void read_events(struct runner *r, char *text, size_t size)
{
	struct peal_event e;
	size_t n = 0;

	*text = '\0';
	while (n < size && peal_events(r->dev, &e, 1) == 1)
		n += (size_t)snprintf(text + n, size - n, "; event %s, queue %u, 0x%x 0x%x 0x%x",
				      peal_event_name(e.code), e.queue, e.w1, e.w2, e.w3);
}

static enum job_exit lost(struct runner *r, const char *what, int rc)
{
	char events[160], why[200];
	unsigned queue = 0;
	uint64_t out = 0;

	for (unsigned i = 0; i < r->job->queue_count; i++) {
		out += r->lanes[i].q ? peal_queue_outstanding(r->lanes[i].q) : 0;
		if (r->lanes[i].submitted != r->lanes[i].reaped)
			queue = i;
	}
	snprintf(why, sizeof(why), "%s", reason(r, rc));
	read_events(r, events, sizeof(events));
	return stop(r, JOB_MISMATCH,
		    "%s: %s: %s; %llu published, %llu completed, %llu outstanding (queue %s waits "
		    "for its descriptor %u)%s",
		    r->opts->backend, what, why, (unsigned long long)r->run->published,
		    (unsigned long long)r->run->completed, (unsigned long long)out,
		    r->job->queues[queue].name, r->lanes[queue].reaped, events);
}

static int submit_some(struct runner *r, struct lane *lane)
{
	uint32_t n = lane->count - lane->submitted;
	uint32_t first = peal_queue_sq_tail(lane->q);
	struct peal_desc batch[BATCH];
	int rc;

	n = n < BATCH ? n : BATCH;
	for (uint32_t i = 0; i < n; i++) {
		const struct job_desc *d = &r->job->descs[lane->list[lane->submitted + i]];

		job_resolve(r->run->places, d, batch[i].w);
	}
	rc = peal_submit(lane->q, batch, n);
	for (int i = 0; i < rc; i++) {
		struct job_completion *c =
			&r->run->completions[lane->list[lane->submitted + (uint32_t)i]];

		c->sq_index = first + (uint32_t)i;
		c->published = true;
	}
	if (rc > 0) {
		lane->submitted += (uint32_t)rc;
		r->run->published += (uint64_t)rc;
	}
	return rc == -EAGAIN ? 0 : rc;
}

static bool asks_silence(const struct runner *r, uint32_t d)
{
	return PEAL_FIELD_GET(r->job->descs[d].w, PEAL_D_FLAGS) & PEAL_FLAG_SILENT;
}

/* A success without a completion. */
static void keep_silent(struct runner *r, uint32_t d)
{
	struct job_completion *mine = &r->run->completions[d];

	mine->cookie = (uint32_t)PEAL_FIELD_GET(r->job->descs[d].w, PEAL_D_COOKIE);
	mine->status = PEAL_ST_OK;
	mine->silent = true;
	r->run->silent++;
	r->run->bytes += job_desc_bytes(&r->job->descs[d]);
}

static enum job_exit unexpected(struct runner *r, const struct lane *lane,
				const struct peal_completion *c)
{
	uint32_t d = lane->list[lane->reaped < lane->submitted ? lane->reaped : lane->reaped - 1];
	const struct job_desc *desc = &r->job->descs[d];

	return stop(r, JOB_MISMATCH,
		    "%s: queue %s answered SQ index %u where %u comes next (line %d)",
		    r->opts->backend, r->job->queues[desc->queue].name, c->sq_index,
		    r->run->completions[d].sq_index, desc->line);
}

/*
 * Finds the descriptor that a completion answers. In completion order all that it
 * passes over were silent; in order NONE the others are still to come.
 */
static bool find(struct runner *r, struct lane *lane, const struct peal_completion *c, uint32_t *d)
{
	const struct job_completion *all = r->run->completions;
	uint32_t at = lane->reaped, first = at < lane->submitted ? lane->list[at] : 0;

	if (at == lane->submitted)
		return false;
	/* What is outstanding is of one life, so its indices follow each other. */
	at += c->sq_index - all[first].sq_index;
	if (at - lane->reaped >= lane->submitted - lane->reaped || all[lane->list[at]].done)
		return false;
	*d = lane->list[at];
	if (r->job->queues[r->job->descs[*d].queue].order == PEAL_ORDER_NONE)
		return true;
	for (; lane->reaped < at; lane->reaped++) {
		if (!asks_silence(r, lane->list[lane->reaped]))
			return false;
		keep_silent(r, lane->list[lane->reaped]);
	}
	return true;
}

static enum job_exit keep(struct runner *r, struct lane *lane, const struct peal_completion *c)
{
	struct job_completion *mine;
	uint32_t d;

	if (!find(r, lane, c, &d))
		return unexpected(r, lane, c);
	mine = &r->run->completions[d];
	mine->result = c->result;
	mine->cookie = c->cookie;
	mine->status = c->status;
	mine->by_host = c->by_host;
	mine->done = true;
	mine->arrival = (uint32_t)r->run->completed + 1;
	mine->cycle = r->cycle;
	while (lane->reaped < lane->submitted && r->run->completions[lane->list[lane->reaped]].done)
		lane->reaped++;
	r->run->completed++;
	r->by_host += c->by_host;
	if (c->status == PEAL_ST_OK || c->status == PEAL_ST_REWARD_NEEDED ||
	    c->status == PEAL_ST_MISCOMPARE)
		r->run->bytes += job_desc_bytes(&r->job->descs[d]);
	return JOB_PASS;
}

/* Nothing is outstanding: what has no completion was silent. */
static enum job_exit settle(struct runner *r, struct lane *lane)
{
	for (; lane->reaped < lane->submitted; lane->reaped++) {
		uint32_t d = lane->list[lane->reaped];

		if (r->run->completions[d].done)
			continue;
		if (!asks_silence(r, d))
			return stop(r, JOB_MISMATCH,
				    "%s: descriptor %u (line %d) has no completion",
				    r->opts->backend, d, r->job->descs[d].line);
		keep_silent(r, d);
	}
	return JOB_PASS;
}

static void look_at_clock(struct runner *r)
{
	uint64_t counters[PEAL_COUNTERS];

	if (!peal_device_counters(r->dev, counters))
		r->cycle = counters[PEAL_CTR_CYCLES];
}

/* All that is there: a lockstep device advances only when nothing is. */
static enum job_exit reap_some(struct runner *r, struct lane *lane, bool *progress)
{
	struct peal_completion batch[BATCH];
	enum job_exit code = JOB_PASS;
	int rc;

	do {
		rc = peal_poll(lane->q, batch, BATCH);
		if (rc > 0 && r->opts->cycles)
			look_at_clock(r);
		if (rc < 0)
			return lost(r, "poll", rc);
		for (int i = 0; i < rc && !code; i++)
			code = keep(r, lane, &batch[i]);
		*progress |= rc > 0;
	} while (!code && rc == BATCH);
	return code;
}

/* Takes what is there, and notices silent successes by what is outstanding. */
static enum job_exit reap_lane(struct runner *r, struct lane *lane, bool *progress)
{
	enum job_exit code = reap_some(r, lane, progress);
	uint32_t out = peal_queue_outstanding(lane->q);

	*progress |= out < lane->out;
	lane->out = out;
	return code || out ? code : settle(r, lane);
}

/* A round without progress: let a device thread run, and see whether time is up. */
static enum job_exit idle(struct runner *r)
{
	uint64_t limit = r->opts->timeout_ns ? r->opts->timeout_ns : DEFAULT_TIMEOUT_NS;

	if (r->opts->threaded && ++r->idle > IDLE_SPINS)
		nanosleep(&(struct timespec){ .tv_nsec = 20000 }, NULL);
	if (now_ns() - r->progress_ns < limit)
		return JOB_PASS;
	return lost(r, "no completion within the time limit", -ETIME);
}

/* One round over all queues: fill the rings, then reap; *busy says whether something is left to do.
 */
static enum job_exit pump_once(struct runner *r, bool *busy)
{
	enum job_exit code = JOB_PASS;
	bool progress = false;

	*busy = false;
	for (unsigned i = 0; i < r->job->queue_count && !code; i++) {
		struct lane *lane = &r->lanes[i];

		while (lane->submitted < lane->count) {
			int rc = submit_some(r, lane);

			if (rc < 0)
				return lost(r, "submit", rc);
			progress |= rc > 0;
			if (rc < BATCH)
				break;
		}
		lane->out = peal_queue_outstanding(lane->q);
		if (lane->reaped < lane->submitted)
			code = reap_lane(r, lane, &progress);
		*busy |= lane->reaped < lane->count;
	}
	if (progress) {
		r->progress_ns = now_ns();
		r->idle = 0;
		if (r->opts->progress)
			r->opts->progress(r->opts->ctx, r->run->completed, r->job->desc_count);
		return code;
	}
	return code || !*busy ? code : idle(r);
}

/* Until all that is listed is published and reaped. */
static enum job_exit flush(struct runner *r)
{
	enum job_exit code;
	bool busy;

	r->progress_ns = now_ns();
	do {
		code = pump_once(r, &busy);
	} while (!code && busy);
	return code;
}

/* Until all that is listed of one queue is published. */
static enum job_exit publish(struct runner *r, struct lane *lane)
{
	enum job_exit code = JOB_PASS;
	bool busy;

	r->progress_ns = now_ns();
	while (!code && lane->submitted < lane->count)
		code = pump_once(r, &busy);
	return code;
}

/* ---- steps ---------------- */

static enum job_exit queue_desc(struct runner *r, uint32_t index)
{
	struct lane *lane = &r->lanes[r->job->descs[index].queue];

	if (lane->count == lane->cap) {
		uint32_t cap = lane->cap ? lane->cap * 2 : 256;
		uint32_t *bigger = realloc(lane->list, cap * sizeof(*bigger));

		if (!bigger)
			return stop(r, JOB_USAGE, "out of memory");
		lane->list = bigger;
		lane->cap = cap;
	}
	lane->list[lane->count++] = index;
	return JOB_PASS;
}

/* What comes of the host's own reading and writing of a region. */
static enum job_exit touched(struct runner *r, const struct job_step *s, int rc)
{
	return rc ? stop(r, exit_of(rc), "%s:%d: region %s on %s: %s", r->job->name, s->line,
			 r->job->regions[s->target].name, r->opts->backend, reason(r, rc))
		  : JOB_PASS;
}

static enum job_exit free_record(struct runner *r, const struct job_step *s)
{
	struct peal_region *region = r->regions[s->target];
	struct peal_record record;
	int rc = peal_region_read(region, s->offset, &record, sizeof(record));

	if (rc)
		return touched(r, s, rc);
	if (record.STATE != PEAL_R_DONE)
		return stop(r, JOB_MISMATCH,
			    "%s:%d: free %s+0x%llx: on %s the record is %s, not DONE", r->job->name,
			    s->line, r->job->regions[s->target].name, (unsigned long long)s->offset,
			    r->opts->backend, peal_record_state_name(record.STATE));
	record.STATE = PEAL_R_FREE;
	return touched(r, s, peal_region_write(region, s->offset, &record, sizeof(record)));
}

/* A new life counts its events anew. */
static int enable(struct runner *r, struct lane *lane)
{
	struct peal_queue_counters before, after;
	int rc = peal_queue_counters(lane->q, &before);

	if (!rc)
		rc = peal_queue_enable(lane->q);
	if (!rc)
		rc = peal_queue_counters(lane->q, &after);
	if (!rc && after.accepted < before.accepted)
		r->past_events += before.events;
	return rc;
}

static enum job_exit queue_step(struct runner *r, const struct job_step *s)
{
	static const char *const name[] = { [JOB_DRAIN] = "drain",
					    [JOB_ENABLE] = "enable",
					    [JOB_DISABLE] = "disable",
					    [JOB_RESET] = "reset",
					    [JOB_ABORT] = "abort" };
	struct lane *lane = &r->lanes[s->target];
	enum job_exit code = JOB_PASS;
	int rc = 0;

	if (s->kind == JOB_DRAIN)
		code = publish(r, lane);
	if (code)
		return code;
	if (s->kind == JOB_DRAIN)
		rc = peal_queue_drain(lane->q);
	else if (s->kind == JOB_ENABLE)
		rc = enable(r, lane);
	else if (s->kind == JOB_DISABLE)
		rc = peal_queue_disable(lane->q);
	else if (s->kind == JOB_ABORT)
		rc = peal_queue_abort(lane->q);
	else
		rc = peal_queue_reset(lane->q);
	if (rc)
		return stop(r, JOB_MISMATCH, "%s:%d: %s %s on %s: %s", r->job->name, s->line,
			    name[s->kind], r->job->queues[s->target].name, r->opts->backend,
			    reason(r, rc));
	return JOB_PASS;
}

static enum job_exit do_step(struct runner *r, const struct job_step *s)
{
	enum job_exit code = job_step_waits(s->kind) ? flush(r) : JOB_PASS;

	if (code)
		return code;
	switch (s->kind) {
	case JOB_DESC: return queue_desc(r, s->target);
	case JOB_WAIT: return JOB_PASS;
	case JOB_WRITE:
		return touched(r, s, peal_region_write(r->regions[s->target], s->offset, s->data,
						       s->bytes));
	case JOB_FREE: return free_record(r, s);
	default: return queue_step(r, s);
	}
}

static enum job_exit do_steps(struct runner *r)
{
	enum job_exit code = JOB_PASS;

	for (unsigned i = 0; i < r->job->step_count && !code; i++)
		code = do_step(r, &r->job->steps[i]);
	return code ? code : flush(r);
}

/* ---- the end ---------------- */

static enum job_exit no_events(struct runner *r)
{
	char events[200];

	read_events(r, events, sizeof(events));
	return *events ? stop(r, JOB_MISMATCH, "%s%s; no job causes events", r->opts->backend,
			      events)
		       : JOB_PASS;
}

/* What was counted; after a failure as far as it can be read. */
static int collect(struct runner *r)
{
	struct job_run *run = r->run;
	int rc = 0;

	run->doorbells = 0;
	run->events = r->past_events;
	for (unsigned i = 0; i < r->job->queue_count && !rc; i++) {
		struct peal_queue_counters c;

		rc = r->lanes[i].q ? peal_queue_counters(r->lanes[i].q, &c) : 0;
		if (!rc && r->lanes[i].q) {
			run->doorbells += c.doorbells;
			run->events += c.events;
		}
	}
	return rc ? rc : peal_device_counters(r->dev, run->counters);
}

static enum job_exit audit(struct runner *r)
{
	struct job_run *run = r->run;
	uint64_t outcomes = run->completed - r->by_host;
	int rc;

	for (unsigned i = 0; i < r->job->queue_count; i++) {
		rc = peal_queue_audit(r->lanes[i].q);
		if (rc)
			return stop(r, JOB_MISMATCH, "%s: audit of queue %s: %s", r->opts->backend,
				    r->job->queues[i].name, reason(r, rc));
	}
	rc = collect(r);
	if (rc)
		return stop(r, JOB_MISMATCH, "%s: counters: %s", r->opts->backend, reason(r, rc));
	if (run->counters[PEAL_CTR_ACCEPTED] != outcomes + run->silent ||
	    run->counters[PEAL_CTR_COMPLETED] != outcomes ||
	    run->counters[PEAL_CTR_SILENT] != run->silent)
		return stop(r, JOB_MISMATCH,
			    "%s: the device counts %llu accepted, %llu completed and %llu silent, "
			    "the host %llu completed and %llu silent",
			    r->opts->backend, (unsigned long long)run->counters[PEAL_CTR_ACCEPTED],
			    (unsigned long long)run->counters[PEAL_CTR_COMPLETED],
			    (unsigned long long)run->counters[PEAL_CTR_SILENT],
			    (unsigned long long)outcomes, (unsigned long long)run->silent);
	return JOB_PASS;
}

static enum job_exit keep_memory(struct runner *r)
{
	for (unsigned i = 0; i < r->job->region_count; i++) {
		const struct job_region *jr = &r->job->regions[i];
		int rc;

		if (jr->parent >= 0)
			continue;
		r->run->memory[i] = malloc(jr->bytes);
		if (!r->run->memory[i])
			return stop(r, JOB_USAGE, "out of memory");
		rc = peal_region_read(r->regions[i], 0, r->run->memory[i], jr->bytes);
		if (rc)
			return stop(r, exit_of(rc), "%s: region %s: %s", r->opts->backend, jr->name,
				    reason(r, rc));
	}
	return JOB_PASS;
}

static enum job_exit allocate(struct runner *r)
{
	const struct job *job = r->job;
	struct job_run *run = r->run;

	run->completions = calloc(job->desc_count + 1, sizeof(*run->completions));
	run->places = calloc(job->region_count + 1, sizeof(*run->places));
	run->memory = calloc(job->region_count + 1, sizeof(*run->memory));
	r->regions = calloc(job->region_count + 1, sizeof(*r->regions));
	r->lanes = calloc(job->queue_count + 1, sizeof(*r->lanes));
	if (!run->completions || !run->places || !run->memory || !r->regions || !r->lanes)
		return stop(r, JOB_USAGE, "out of memory");
	return JOB_PASS;
}

static enum job_exit run_all(struct runner *r)
{
	uint64_t start;
	enum job_exit code = allocate(r);

	if (!code)
		code = open_device(r);
	if (!code)
		code = make_regions(r);
	if (!code)
		code = check_flags(r);
	if (!code)
		code = find_race(r);
	if (!code)
		code = make_queues(r);
	start = now_ns();
	if (!code)
		code = do_steps(r);
	r->run->seconds = (double)(now_ns() - start) * 1e-9;
	if (!code)
		code = no_events(r);
	if (!code)
		code = audit(r);
	if (!code)
		code = keep_memory(r);
	if (!code)
		r->run->trace_hash = peal_device_trace_hash(r->dev);
	return code;
}

enum job_exit job_run(const struct job *job, const struct job_run_opts *opts, struct job_run *run)
{
	struct runner r = { .job = job, .opts = opts, .run = run };
	enum job_exit code;

	memset(run, 0, sizeof(*run));
	run->job = job;
	run->backend = opts->backend;
	run->threaded = opts->threaded;
	code = run_all(&r);
	if (code && r.dev && r.lanes)
		collect(&r);
	peal_close(r.dev);
	for (unsigned i = 0; r.lanes && i < job->queue_count; i++)
		free(r.lanes[i].list);
	free(r.lanes);
	free(r.regions);
	return code;
}

void job_run_clear(struct job_run *run)
{
	for (unsigned i = 0; run->memory && i < run->job->region_count; i++)
		free(run->memory[i]);
	free(run->memory);
	free(run->places);
	free(run->completions);
	memset(run, 0, sizeof(*run));
}
