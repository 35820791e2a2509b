/* SPDX-License-Identifier: MIT */
/*
 * matrix.c - the same work on every device there is, each compared with the reference.
 *
 *	matrix [-d DEVICE[:PARAMS]]... [-s FIRST[-LAST]] [-n COUNT] [-q QUEUES] [JOB...]
 *
 * Work is random jobs of COUNT descriptors, one for each seed, a tenth of them malformed;
 * even seeds mix all orders, flags and modes of queues, odd ones are FIFO and loud. Or it
 * is JOBs. Devices are those that `peal backends` lists, with the parameters below, or those
 * that are named. Equal must be completions by queue and index, memory, the order of
 * completions (FIFO; by actor in ACTOR; a set in NONE), and what was counted of silent ones
 * and events. A difference is shown with both views, after the two ran once more with their
 * cycles noted, and with the command that shows it again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job/job.h"

#define DEVICES_MOST 32
#define INVALID 10 /* percent */
#define NOTED_QUANTUM 16

struct view {
	char name[64], params[192];
};

static struct view views[DEVICES_MOST];
static unsigned view_count, failed;
static unsigned long first_seed = 1, last_seed = 1, count = 300, queues = 8;
static const char *program;

/* ---- devices --------------------------------------------------------------------------- */

/* Each device is looked at in several ways where it has parameters for that; %lu is the seed. */
static const struct {
	const char *name, *params;
} ways[] = {
	{ "ref", "shuffle=%lu" },
	{ "rtl", "" },
	{ "rtl", "seed=%lu,stall=25,latency=31" },
	{ "rtl-checked", "seed=%lu,stall=10,latency=7" },
	{ "icarus", "seed=%lu,stall=25,latency=31" },
	{ "systemc", "latency=31" },
	{ "systemc", "mode=lt,link=20" },
};

static void add_view(const char *name, const char *params)
{
	struct view *v = &views[view_count];

	if (view_count == DEVICES_MOST) {
		fprintf(stderr, "matrix: more than %u devices\n", DEVICES_MOST);
		exit(2);
	}
	view_count++;
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->params, sizeof(v->params), "%s", params);
}

static void take_backend(void *ctx, const char *name, const char *summary, const char *why)
{
	bool known = false;

	(void)ctx, (void)summary;
	if (why) {
		printf("# %s\nmatrix: %s  SKIP\n", why, name);
		return;
	}
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, name)) {
			add_view(name, ways[i].params);
			known = true;
		}
	if (!known)
		add_view(name, "");
}

/* DEVICE[:PARAMS] */
static void take_named(char *text)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon = '\0';
	add_view(text, colon ? colon + 1 : "");
}

static void with_seed(char params[192], const struct view *v, unsigned long seed)
{
	const char *at = strstr(v->params, "%lu");

	if (at)
		snprintf(params, 192, "%.*s%lu%s", (int)(at - v->params), v->params,
			 seed ? seed : 1, at + 3);
	else
		snprintf(params, 192, "%s", v->params);
}

/* ---- one comparison ----------------------------------------------------------------------- */

static enum job_exit run(const struct job *job, const char *device, const char *params, bool cycles,
			 struct job_run *out)
{
	const struct job_run_opts opts = {
		.backend = device,
		.params = *params ? params : NULL,
		.race_check = true,
		.cycles = cycles,
		.quantum = cycles ? NOTED_QUANTUM : 0,
	};

	return job_run(job, &opts, out);
}

static unsigned compare(const struct job_run *other, const struct job_run *ref, FILE *out)
{
	if (other->silent == ref->silent && other->events == ref->events &&
	    other->completed == ref->completed)
		return job_check(other, ref, out);
	fprintf(out,
		"mismatch: %s: on %s %llu completed, %llu silent, %llu with events, on %s %llu, "
		"%llu and %llu\n",
		other->job->name, other->backend, (unsigned long long)other->completed,
		(unsigned long long)other->silent, (unsigned long long)other->events, ref->backend,
		(unsigned long long)ref->completed, (unsigned long long)ref->silent,
		(unsigned long long)ref->events);
	return 1 + job_check(other, ref, out);
}

/* Once more, with cycles. False where it does not show again. */
static bool show_with_cycles(const struct job *job, const char *device, const char *params)
{
	struct job_run ref, other;
	bool shown = false;

	if (!run(job, "ref", "", true, &ref) && !run(job, device, params, true, &other)) {
		shown = compare(&other, &ref, stdout) != 0;
		job_run_clear(&other);
	}
	job_run_clear(&ref);
	return shown;
}

static void reproduce(const char *path, const char *device, const char *params, unsigned long seed)
{
	printf("reproduce: %s -d %s%s%s", program, device, *params ? ":" : "", params);
	if (path)
		printf(" %s\n", path);
	else
		printf(" -s %lu -n %lu -q %lu\n", seed, count, queues);
	printf("or: ");
	if (!path)
		printf("peal gen --seed %lu --count %lu --queues %lu --invalid %u%s | ", seed,
		       count, queues, INVALID, seed % 2 ? "" : " --mix");
	printf("peal run %s --backend=%s%s%s\n", path ? path : "-", device,
	       *params ? " --params " : "", params);
}

static void one(const struct job *job, const char *path, const struct job_run *ref,
		const struct view *v, unsigned long seed)
{
	char params[192], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct job_run other;
	enum job_exit code;
	unsigned differences = 0;

	with_seed(params, v, seed);
	code = run(job, v->name, params, false, &other);
	if (!code)
		differences = compare(&other, ref, out);
	fclose(out);
	if (code == JOB_UNAVAILABLE) {
		printf("# %s\n", other.error);
	} else if (code) {
		printf("%s %s: %s\n", v->name, params, other.error);
		reproduce(path, v->name, params, seed);
	} else if (differences) {
		if (!show_with_cycles(job, v->name, params))
			printf("%s(it does not show when cycles are noted)\n", text);
		printf("%u differences\n", differences);
		reproduce(path, v->name, params, seed);
	}
	printf("matrix: %s: %s%s%s  %s\n", job->name, v->name, *params ? " " : "", params,
	       code == JOB_UNAVAILABLE ? "SKIP"
	       : code || differences   ? "FAIL"
				       : "PASS");
	fflush(stdout);
	failed += code != JOB_UNAVAILABLE && (code || differences);
	free(text);
	job_run_clear(&other);
}

static void all(const struct job *job, const char *path, unsigned long seed)
{
	struct job_run ref;
	enum job_exit code = run(job, "ref", "", false, &ref);

	if (code) {
		printf("the reference: %s\nmatrix: %s: ref FAIL\n", ref.error, job->name);
		failed++;
	}
	for (unsigned i = 0; i < view_count && !code; i++)
		one(job, path, &ref, &views[i], seed);
	job_run_clear(&ref);
}

/* ---- the work ----------------------------------------------------------------------------------
 */

static void random_job(unsigned long seed)
{
	const bool mix = seed % 2 == 0;
	const struct job_gen_opts opts = {
		.seed = seed,
		.count = (uint32_t)count,
		.queues = (uint32_t)queues,
		.invalid = INVALID,
		.orders = mix ? 7 : 0,
		.flags = mix ? 7 : 0,
		.matched = mix,
		.suppress = mix,
	};
	struct job *job = job_gen(&opts);
	char name[64];

	if (!job) {
		fprintf(stderr, "matrix: out of memory\n");
		exit(1);
	}
	snprintf(name, sizeof(name), "seed %lu, %lu on %lu queue%s", seed, count, queues,
		 queues > 1 ? "s" : "");
	free(job->name);
	job->name = strdup(name);
	all(job, NULL, seed);
	job_free(job);
}

static void job_file(const char *path)
{
	char error[JOB_TEXT_MAX] = "";
	struct job *job = job_load(path, error);

	if (!job) {
		fprintf(stderr, "matrix: %s\n", error);
		exit(2);
	}
	all(job, path, first_seed);
	job_free(job);
}

/* ---- the command line
 * ------------------------------------------------------------------------------ */

static void usage(const char *what)
{
	fprintf(stderr,
		"matrix: %s\n"
		"usage: matrix [-d DEVICE[:PARAMS]]... [-s FIRST[-LAST]] [-n COUNT] [-q QUEUES] "
		"[JOB...]\n",
		what);
	exit(2);
}

static unsigned long number(const char *text, char **end, unsigned long min, unsigned long max)
{
	unsigned long value;

	errno = 0;
	value = strtoul(text, end, 10);
	if (*end == text || *text == '-' || errno || value < min || value > max)
		usage("a number is out of range, or none");
	return value;
}

static void take_option(int option, char *text)
{
	char *end = text + strlen(text);

	switch (option) {
	case 'd': take_named(text); break;
	case 'n': count = number(text, &end, 1, 10000000); break;
	case 'q': queues = number(text, &end, 1, 64); break;
	case 's':
		first_seed = last_seed = number(text, &end, 0, UINT32_MAX);
		if (*end == '-')
			last_seed = number(end + 1, &end, first_seed, UINT32_MAX);
		break;
	default: usage("what is that option?");
	}
	if (*end && option != 'd')
		usage("a number has something behind it");
}

int main(int argc, char **argv)
{
	int option;

	program = argv[0];
	while ((option = getopt(argc, argv, "d:s:n:q:")) != -1)
		take_option(option, option == '?' ? (char[]){ "" } : optarg);
	if (!view_count)
		peal_backends(take_backend, NULL);
	for (int i = optind; i < argc; i++)
		job_file(argv[i]);
	for (unsigned long seed = first_seed; seed <= last_seed && optind == argc; seed++)
		random_job(seed);
	return failed != 0;
}
