/* SPDX-License-Identifier: MIT */
/* cmd_conformance.c - peal conformance: a device against the contract, as TAP. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "paths.h"

static const char help[] =
	"usage: peal conformance [--backend NAME|./mine.so] [options] [JOB...]\n"
	"\n"
	"Holds a device against the contract: registers, doorbells, faults and life cycle\n"
	"through the public interface; the jobs that come with peal; random jobs with a tenth\n"
	"of the descriptors malformed. Completions and memory must be those of the reference\n"
	"model. Prints TAP. Without JOB the jobs in tests/jobs or share/peal/jobs beside the\n"
	"command are taken too.\n"
	"\n"
	"  --backend NAME    ref, rtl, ... or the path of a plug-in (default ref)\n"
	"  --seed N          first seed of the random jobs and of the device (default 1)\n"
	"  --seeds N         how many seeds, each on one queue and on several (default 3)\n"
	"  --count N         descriptors of a random job (default 300)\n"
	"  --latency N, --stall P, --gpu N, --params K=V,..., --place P, --threaded, --quantum N,\n"
	"  --timeout S, -v\n"
	"                    as for peal run\n"
	"\n"
	"exit: 0 all pass, 1 some fail, 2 usage or bad input, 77 the backend cannot run here\n";

struct suite {
	struct cli *cli;
	struct cli_device device;
	char *params;
	struct job **jobs; /* those named, one for each word */
	uint64_t seed, seeds, count;
	uint32_t queues;
	bool memory; /* the device has some of its own */
	unsigned cases, failed;
};

/* ---- TAP ---------------- */

__attribute__((format(printf, 3, 4))) static void result(struct suite *s, bool ok, const char *fmt,
							 ...)
{
	va_list args;

	va_start(args, fmt);
	printf("%s %u - ", ok ? "ok" : "not ok", ++s->cases);
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	s->failed += !ok;
}

/* Prints text as diagnostics, a # before each line. */
static void comment(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		printf("# %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* ---- cases through the API ---------------- */

static int open_device(const struct suite *s, struct peal_device **dev)
{
	struct job_run_opts opts;
	struct peal_open_opts open;

	cli_run_opts(&s->device, s->params, &opts);
	open = (struct peal_open_opts){ .params = s->params,
					.threaded = opts.threaded,
					.quantum = opts.quantum,
					.timeout_ns = opts.timeout_ns,
					.log = opts.log };
	return peal_open(s->device.backend, &open, dev);
}

static void run_case(struct suite *s, const struct suite_case *c)
{
	struct peal_device *dev;
	struct peal_device_info info;
	const char *wrong;
	char text[JOB_TEXT_MAX];

	if (open_device(s, &dev)) {
		result(s, false, "%s", c->name);
		comment(peal_error(NULL));
		return;
	}
	peal_device_info(dev, &info);
	if (c->needs & ~info.clauses) {
		printf("ok %u - %s # SKIP the device has no such clause\n", ++s->cases, c->name);
		peal_close(dev);
		return;
	}
	wrong = c->check(dev);
	snprintf(text, sizeof(text), "%s", wrong ? wrong : "");
	peal_close(dev);
	result(s, !wrong, "%s", c->name);
	if (wrong)
		comment(*text ? text : "failed");
}

/* ---- jobs ---------------- */

/* Runs a job on the device and on the reference; differences go to `out`. */
static bool agrees(const struct suite *s, const struct job *job, FILE *out)
{
	char params[64];
	struct job_run_opts opts, ref_opts = { .backend = "ref", .params = params };
	struct job_run run, ref;
	enum job_exit code;
	bool ok = false;

	cli_run_opts(&s->device, s->params, &opts);
	opts.race_check = true;
	opts.progress = NULL;
	code = job_run(job, &opts, &run);
	if (code) {
		fprintf(out, "%s\n", run.error);
	} else {
		snprintf(params, sizeof(params), "queues=%u,regions=%u", run.info.queues,
			 run.info.regions);
		code = job_run(job, &ref_opts, &ref);
		if (code)
			fprintf(out, "the reference model: %s\n", ref.error);
		else
			ok = job_check(&run, &ref, out) == 0;
		job_run_clear(&ref);
	}
	job_run_clear(&run);
	return ok;
}

static void run_job(struct suite *s, const struct job *job, const char *error, const char *name,
		    const char *reproduce)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool ok = job && out && agrees(s, job, out);

	if (out)
		fclose(out);
	result(s, ok, "job %s", name);
	if (!ok) {
		comment(job ? text : error);
		printf("# reproduce: %s\n", reproduce);
	}
	free(text);
}

static bool wants_memory(const struct suite *s, const struct job *job)
{
	for (unsigned i = 0; !s->memory && job && i < job->region_count; i++)
		if (job->regions[i].place == PEAL_PLACE_DEVICE)
			return true;
	return false;
}

static void skip_job(struct suite *s, const char *name)
{
	printf("ok %u - job %s # SKIP the device has no memory of its own\n", ++s->cases, name);
}

static void run_built_in(struct suite *s, const struct suite_job *j)
{
	char error[JOB_TEXT_MAX];
	FILE *in = fmemopen((void *)(uintptr_t)j->text, strlen(j->text), "r");
	struct job *job = in ? job_parse(in, j->name, error) : NULL;
	char *line = cli_command_line(s->cli);

	if (wants_memory(s, job))
		skip_job(s, j->name);
	else
		run_job(s, job, in ? error : "out of memory", j->name, line ? line : "");
	if (in)
		fclose(in);
	free(line);
	job_free(job);
}

/* Without a job, `error` says why. */
static void run_loaded(struct suite *s, const char *path, const struct job *job, const char *error)
{
	char reproduce[JOB_TEXT_MAX];

	snprintf(reproduce, sizeof(reproduce), "peal run %s --backend=%s%s%s", path,
		 s->device.backend, *s->params ? " --params=" : "", s->params);
	if (job && job->queue_count > s->queues)
		printf("ok %u - job %s # SKIP it needs %u queues\n", ++s->cases, path,
		       job->queue_count);
	else if (wants_memory(s, job))
		skip_job(s, path);
	else
		run_job(s, job, error, path, reproduce);
}

static void run_file(struct suite *s, const char *path)
{
	char error[JOB_TEXT_MAX];
	struct job *job = job_load(path, error);

	run_loaded(s, path, job, error);
	job_free(job);
}

static void run_random(struct suite *s, uint64_t seed, uint32_t queues)
{
	struct job_gen_opts opts = {
		.seed = seed,
		.count = (uint32_t)s->count,
		.queues = queues,
		.invalid = 10,
	};
	struct job *job = job_gen(&opts);
	char name[96], reproduce[JOB_TEXT_MAX];

	snprintf(name, sizeof(name), "random, seed %llu, %u queues", (unsigned long long)seed,
		 queues);
	snprintf(reproduce, sizeof(reproduce),
		 "peal gen --seed %llu --count %llu --queues %u --invalid 10 | peal run - "
		 "--backend=%s%s%s",
		 (unsigned long long)seed, (unsigned long long)s->count, queues, s->device.backend,
		 *s->params ? " --params=" : "", s->params);
	run_job(s, job, "out of memory", name, reproduce);
	job_free(job);
}

/* ---- job files that lie beside the command ---------------- */

static void find_jobs(struct paths *jobs)
{
	static const char *const near[] = { "../tests/jobs", "../../tests/jobs",
					    "../share/peal/jobs" };
	char exe[4096], folder[4200];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	if (n <= 0 || !strrchr(exe, '/'))
		return;
	*strrchr(exe, '/') = '\0';
	for (unsigned i = 0; i < sizeof(near) / sizeof(near[0]) && !jobs->count; i++) {
		snprintf(folder, sizeof(folder), "%s/%s", exe, near[i]);
		paths_in(jobs, folder, ".job");
	}
}

static void run_files(struct suite *s)
{
	struct paths jobs = { 0 };

	for (unsigned i = 0; i < s->cli->count; i++)
		run_loaded(s, s->cli->words[i], s->jobs[i], "");
	if (s->cli->count)
		return;
	find_jobs(&jobs);
	for (unsigned i = 0; i < jobs.count; i++)
		run_file(s, jobs.list[i]);
	if (!jobs.count)
		printf("ok %u - job files # SKIP there are none beside the command\n", ++s->cases);
	paths_clear(&jobs);
}

/* ---- the command ---------------- */

static int options(struct suite *s)
{
	struct cli_device *d = &s->device;
	const struct cli_option table[] = {
		{ "backend", CLI_TEXT, &d->backend, 0, 0, 0 },
		{ "seed", CLI_NUMBER, &s->seed, 0, UINT64_MAX - 1, 0 },
		{ "seeds", CLI_NUMBER, &s->seeds, 0, 1000000, 0 },
		{ "count", CLI_NUMBER, &s->count, 1, 10000000, 0 },
		{ "latency", CLI_NUMBER, &d->latency, 0, UINT32_MAX, 0 },
		{ "stall", CLI_NUMBER, &d->stall, 0, CLI_STALL_MAX, 0 },
		{ "params", CLI_TEXT, &d->params, 0, 0, 0 },
		{ "place", CLI_TEXT, &d->place, 0, 0, 0 },
		{ "gpu", CLI_NUMBER, &d->gpu, 0, 1023, 0 },
		{ "threaded", CLI_FLAG, &d->threaded, 0, 0, 0 },
		{ "quantum", CLI_NUMBER, &d->quantum, 1, UINT32_MAX, 0 },
		{ "timeout", CLI_SECONDS, &d->timeout_ns, 0, 0, 0 },
		{ "verbose", CLI_FLAG, &d->verbose, 0, 0, 'v' },
	};

	return cli_options(s->cli, table, sizeof(table) / sizeof(table[0]));
}

/* Reads the jobs named before anything runs: one that cannot be read is bad input. */
static int load_named(struct suite *s)
{
	char error[JOB_TEXT_MAX];

	s->jobs = calloc((size_t)s->cli->count + 1, sizeof(*s->jobs));
	if (!s->jobs)
		return cli_fail(s->cli, JOB_USAGE, "out of memory");
	for (unsigned i = 0; i < s->cli->count; i++) {
		s->jobs[i] = job_load(s->cli->words[i], error);
		if (!s->jobs[i])
			return cli_fail(s->cli, JOB_USAGE, "%s", error);
	}
	return 0;
}

static void free_named(struct suite *s)
{
	for (unsigned i = 0; s->jobs && i < s->cli->count; i++)
		job_free(s->jobs[i]);
	free(s->jobs);
}

/* Opens the device once, to know it and to say clearly when it is not there. */
static int meet(struct suite *s)
{
	struct peal_device_info info;
	struct peal_device *dev;
	int rc = open_device(s, &dev);

	if (rc)
		return cli_fail(s->cli, rc == -EOPNOTSUPP ? JOB_UNAVAILABLE : JOB_USAGE,
				"backend %s: %s", s->device.backend, peal_error(NULL));
	peal_device_info(dev, &info);
	printf("TAP version 13\n# %s: kind %s, %u queues, %u regions, contract %016llx\n",
	       s->device.backend, peal_kind_name(info.kind), info.queues, info.regions,
	       (unsigned long long)info.contract);
	s->queues = info.queues;
	s->memory = info.memory;
	peal_close(dev);
	return 0;
}

static void run_suite(struct suite *s)
{
	for (unsigned i = 0; i < suite_case_count; i++)
		run_case(s, &suite_cases[i]);
	for (unsigned i = 0; i < suite_job_count; i++)
		run_built_in(s, &suite_jobs[i]);
	run_files(s);
	for (uint64_t i = 0; i < s->seeds; i++) {
		run_random(s, s->seed + i, 1);
		if (s->queues > 1)
			run_random(s, s->seed + i, s->queues < 8 ? s->queues : 8);
	}
	printf("1..%u\n# %u passed, %u failed\n", s->cases, s->cases - s->failed, s->failed);
}

int cmd_conformance(struct cli *cli)
{
	struct suite s = {
		.cli = cli,
		.device = { .backend = "ref",
			    .seed = UINT64_MAX,
			    .latency = UINT64_MAX,
			    .stall = UINT64_MAX,
			    .gpu = UINT64_MAX },
		.seed = 1,
		.seeds = 3,
		.count = 300,
	};
	int code;

	cli->help = help;
	code = options(&s);
	if (code)
		return code < 0 ? 0 : code;
	s.params = cli_params(&s.device);
	if (!s.params)
		return cli_fail(cli, JOB_USAGE, "out of memory");
	cli_note_unused(cli, &s.device);
	code = cli_check_place(cli, &s.device);
	if (!code)
		code = load_named(&s);
	if (!code)
		code = meet(&s);
	if (!code) {
		run_suite(&s);
		code = s.failed ? JOB_MISMATCH : JOB_PASS;
	}
	free_named(&s);
	free(s.params);
	return code;
}
