/* SPDX-License-Identifier: MIT */
/*
 * job.c - the bytes are the text of a job: parser, printer, runner, checks.
 *
 * What parses is small by the limits below, prints and parses to itself, and
 * runs; each completion has the status that the checks of access.c give it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "job/job.h"

#define MAX_REGIONS 16
#define MAX_QUEUES 4
#define MAX_DESCS 200
#define MAX_STEPS 400
#define MAX_BYTES 65536 /* of all regions */
#define MAX_ROUNDS 16	/* of one repeat */
#define MAX_LOG2 8	/* of a ring */

bool fuzz_broken(struct fuzz_run *run, const char *fmt, ...)
{
	va_list args;

	if (*run->why)
		return false;
	va_start(args, fmt);
	vsnprintf(run->why, sizeof(run->why), fmt, args);
	va_end(args);
	return false;
}

/* A repeat of a million lines is a fine job, and no use here. */
static bool repeats_little(const char *text)
{
	for (const char *at = text; (at = strstr(at, "repeat")); at += 6) {
		char *end;
		unsigned long rounds = strtoul(at + 6, &end, 0);

		if (rounds > MAX_ROUNDS || (*end && strchr("KMG+*", *end)))
			return false;
	}
	return true;
}

static bool small(const struct job *job)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < job->region_count; i++)
		bytes += job->regions[i].parent < 0 ? job->regions[i].bytes : 0;
	for (unsigned i = 0; i < job->queue_count; i++)
		if (job->queues[i].sq_log2 > MAX_LOG2 || job->queues[i].cq_log2 > MAX_LOG2)
			return false;
	return bytes <= MAX_BYTES && job->region_count <= MAX_REGIONS &&
	       job->queue_count <= MAX_QUEUES && job->desc_count <= MAX_DESCS &&
	       job->step_count <= MAX_STEPS;
}

static struct job *parse(const void *text, size_t size, char error[JOB_TEXT_MAX])
{
	FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
	struct job *job;

	if (!in)
		abort();
	job = job_parse(in, "fuzz", error);
	fclose(in);
	return job;
}

static char *print(const struct job *job, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		abort();
	job_print(out, job);
	fclose(out);
	return text;
}

/* The canonical form reads back as the same job. */
static bool prints_to_itself(struct fuzz_run *run, const struct job *job)
{
	char error[JOB_TEXT_MAX];
	size_t size, size_again;
	char *text = print(job, &size), *again;
	struct job *copy = parse(text, size, error);
	bool same;

	if (!copy) {
		fuzz_broken(run, "the canonical form does not parse: %s\n%.400s", error, text);
		free(text);
		return false;
	}
	again = print(copy, &size_again);
	same = size == size_again && !memcmp(text, again, size);
	if (!same)
		fuzz_broken(run, "the canonical form changes:\n%.400s\n---\n%.400s", text, again);
	job_free(copy);
	free(again);
	free(text);
	return same;
}

/* The only step of a job that may fail on a good device: the record may not be DONE. */
static bool may_fail(const char *error)
{
	return strstr(error, ": free ") && strstr(error, "not DONE");
}

static bool statuses_are_right(struct fuzz_run *run, const struct job_run *r)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned wrong;

	if (!out)
		abort();
	wrong = job_check(r, r, out);
	fclose(out);
	if (wrong)
		fuzz_broken(run, "%u differences to access.c: %.800s", wrong, text);
	free(text);
	return !wrong;
}

static bool recorded(struct fuzz_run *run, struct job_run *r)
{
	r->backend = "any";
	if (run->transcript && job_record(run->transcript, r))
		return fuzz_broken(run, "the run cannot be recorded");
	return true;
}

static bool judge(struct fuzz_run *run, enum job_exit code, struct job_run *r)
{
	if (code == JOB_PASS)
		return statuses_are_right(run, r) && recorded(run, r);
	if (code == JOB_UNAVAILABLE || (code == JOB_MISMATCH && !may_fail(r->error)))
		return fuzz_broken(run, "%s", r->error);
	if (run->transcript)
		fprintf(run->transcript, "exit %d\n", code);
	return true;
}

static bool run_job(struct fuzz_run *run, const struct job *job)
{
	struct job_run_opts opts = {
		.backend = run->device,
		.params = run->params,
		.race_check = true,
		.timeout_ns = 5000000000u,
	};
	struct job_run r = { 0 };
	bool good = judge(run, job_run(job, &opts, &r), &r);

	run->trace_hash = r.trace_hash;
	job_run_clear(&r);
	return good;
}

enum fuzz_verdict fuzz_job(struct fuzz_run *run, const uint8_t *data, size_t size)
{
	enum fuzz_verdict verdict = FUZZ_DULL;
	char error[JOB_TEXT_MAX] = "", *text = malloc(size + 1);
	struct job *job;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	job = size && repeats_little(text) ? parse(text, size, error) : NULL;
	free(text);
	if (job && small(job)) {
		bool good = prints_to_itself(run, job) && run_job(run, job);

		verdict = good ? FUZZ_FINE : FUZZ_BROKEN;
	}
	job_free(job);
	return verdict;
}
