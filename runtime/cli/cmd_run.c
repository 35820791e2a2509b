/* SPDX-License-Identifier: MIT */
/* cmd_run.c - peal run: jobs, files and traces on a device. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "paths.h"

static const char help[] =
	"usage: peal run JOB... [options]\n"
	"       peal run --files [PATH...] [options]\n"
	"       peal run --llm-trace CSV [--limit N] [options]\n"
	"\n"
	"Runs work on a device and compares what comes out with the reference model.\n"
	"\n"
	"  JOB...            job files (docs/jobs.md), - is standard input; if there is a\n"
	"                    .expect file beside a .job file, the run is compared with it\n"
	"  --files           copy and checksum real files, folders with all that is in them;\n"
	"                    without PATH the source tree one stands in\n"
	"  --llm-trace CSV   rows of an LLM inference trace (columns ContextTokens and\n"
	"                    GeneratedTokens) as rollouts, with synthetic tokens\n"
	"\n"
	"the device\n"
	"  --backend NAME    ref, rtl, ... or the path of a plug-in (default ref)\n"
	"  --seed N          of the device's random stalls and of synthetic tokens\n"
	"  --latency N       of its memory, in cycles\n"
	"  --stall P         percent (0 to 90) of the cycles in which each bus channel pauses\n"
	"  --trace F.fst     waves of the (first) run\n"
	"  --gpu N           the GPU that the cuda device runs on (default 0)\n"
	"  --params K=V,...  further parameters of the device\n"
	"  --place P         where the regions lie, whatever the job says: host, device (memory\n"
	"                    of its own), mixed (by turns)\n"
	"  --threaded        the device runs in a thread of its own (default: lockstep)\n"
	"  --quantum N       steps of one advance in lockstep\n"
	"  --timeout S       give up after that many seconds without a completion (30)\n"
	"\n"
	"files and traces\n"
	"  --queues N        queues to use (default 4)\n"
	"  --limit N         rows of the trace (default all)\n"
	"  --decode N        most tokens of one DECODE (default 16)\n"
	"  --boundary N      a reward is due every N tokens (default 64; 0: at the end only)\n"
	"\n"
	"what comes out\n"
	"  --check           replay on the reference model, compare completions and memory,\n"
	"                    refuse a job that races (default)\n"
	"  --no-check        do not\n"
	"  --digest          print the SHA-256 of completions and memory\n"
	"  --record FILE     write the run as text, for 'peal diff' and as a .expect file\n"
	"  --expect FILE     compare with a recorded run\n"
	"  --json            one JSON object on standard output instead of the summary;\n"
	"                    nothing at all there if the exit code is 2 or 77\n"
	"  -v, --verbose     what the library and the device have to say\n"
	"\n"
	"exit: 0 pass, 1 mismatch, 2 usage or bad input, 77 the backend cannot run here\n";

#define MAX_QUEUES 64

struct run_cli {
	struct cli *cli;
	struct cli_device device;
	struct cli_totals totals;
	bool files, json, digest, check, no_check;
	const char *llm, *record, *expect;
	uint64_t queues, limit, most, boundary;
	char *params;
};

/* What a job must satisfy besides the reference. */
typedef unsigned (*verify_fn)(void *ctx, const struct job_run *run);

/* ---- one job ---------------- */

static void reproduce(const struct run_cli *r)
{
	char *line = cli_command_line(r->cli);

	cli_progress_end();
	fprintf(stderr, "reproduce: %s\n", line ? line : "(out of memory)");
	free(line);
}

/* Compares with the reference, made as large as the device; the number of differences, or -1 if it could not run. */
static int compare_reference(struct run_cli *r, const struct job_run *run)
{
	char params[64];
	struct job_run_opts opts = { .backend = "ref", .params = params,
				     .timeout_ns = r->device.timeout_ns };
	struct job_run ref;
	enum job_exit code;
	int differences = -1;

	snprintf(params, sizeof(params), "queues=%u,regions=%u", run->info.queues,
		 run->info.regions);
	code = job_run(run->job, &opts, &ref);
	cli_progress_end();
	if (code)
		fprintf(stderr, "peal run: the reference model: %s\n", ref.error);
	else
		differences = (int)job_check(run, &ref, stderr);
	job_run_clear(&ref);
	return differences;
}

/* Compares with a recorded run. The differences, or -JOB_USAGE. */
static int compare_recorded(const struct run_cli *r, const struct job_run *run, const char *path)
{
	char error[JOB_TEXT_MAX] = "out of memory";
	FILE *in = fopen(path, "r"), *mine = tmpfile();
	int rc = -1;

	if (!in)
		snprintf(error, sizeof(error), "%s: %s", path, strerror(errno));
	else if (mine && !job_record(mine, run) && !fseek(mine, 0, SEEK_SET))
		rc = job_record_diff(mine, run->backend, in, path, stderr, error);
	if (rc < 0)
		cli_fail(r->cli, JOB_USAGE, "%s", error);
	if (in)
		fclose(in);
	if (mine)
		fclose(mine);
	return rc < 0 ? -JOB_USAGE : rc;
}

static int write_record(const struct run_cli *r, const struct job_run *run)
{
	FILE *out = fopen(r->record, "w");
	int rc = out ? job_record(out, run) : -errno;

	if (out && fclose(out) && !rc)
		rc = -errno;
	return rc ? cli_fail(r->cli, JOB_USAGE, "%s: %s", r->record, strerror(-rc)) : 0;
}

static int take_out(struct run_cli *r, const struct job_run *run)
{
	job_digest(run, r->totals.digest);
	if (r->digest && !r->json)
		printf("%s  %s\n", r->totals.digest, run->job->name);
	return r->record ? write_record(r, run) : 0;
}

/* All comparisons of a run that went through. */
static int judge(struct run_cli *r, const struct job_run *run, const char *expect, verify_fn verify,
		 void *ctx)
{
	int differences = verify ? (int)verify(ctx, run) : 0, n = 0;

	if (r->check)
		n = compare_reference(r, run);
	if (n < 0)
		return JOB_MISMATCH;
	differences += n;
	n = expect ? compare_recorded(r, run, expect) : 0;
	if (n < 0)
		return JOB_USAGE;
	differences += n;
	r->totals.mismatches += (unsigned)differences;
	if (!differences)
		return JOB_PASS;
	reproduce(r);
	return JOB_MISMATCH;
}

/* An error of the job itself names its line; others get the name of the job. */
static int run_failed(const struct run_cli *r, const struct job_run *run, int code)
{
	bool named = !strncmp(run->error, run->job->name, strlen(run->job->name));

	cli_fail(r->cli, code, "%s%s%s", named ? "" : run->job->name, named ? "" : ": ",
		 run->error);
	if (code == JOB_MISMATCH)
		reproduce(r);
	return code;
}

static int run_one(struct run_cli *r, const struct job *job, const char *expect, verify_fn verify,
		   void *ctx)
{
	struct job_run_opts opts;
	struct job_run run;
	int code, out;

	cli_run_opts(&r->device, r->params, &opts);
	opts.race_check = r->check;
	code = job_run(job, &opts, &run);
	cli_progress_end();
	cli_add_run(&r->totals, &run);
	r->totals.jobs++;
	if (code) {
		run_failed(r, &run, code);
	} else {
		code = judge(r, &run, expect, verify, ctx);
		out = take_out(r, &run);
		code = code ? code : out;
	}
	r->totals.failed += code != 0;
	job_run_clear(&run);
	return code;
}

/* ---- job files ---------------- */

/* x.expect beside x.job, if it is there; the caller frees it. */
static char *expect_beside(const char *path)
{
	size_t n = strlen(path);
	char *name;
	FILE *in;

	if (n < 4 || strcmp(path + n - 4, ".job"))
		return NULL;
	name = malloc(n + 4);
	if (!name)
		return NULL;
	sprintf(name, "%.*s.expect", (int)(n - 4), path);
	in = fopen(name, "r");
	if (in) {
		fclose(in);
		return name;
	}
	free(name);
	return NULL;
}

/* A job that cannot be read counts as a run that failed. */
static int unreadable(struct run_cli *r, const char *error)
{
	r->totals.jobs++;
	r->totals.failed++;
	return cli_fail(r->cli, JOB_USAGE, "%s", error);
}

static int run_job_file(struct run_cli *r, const char *path)
{
	char error[JOB_TEXT_MAX], *beside = expect_beside(path);
	struct job *job = job_load(path, error);
	int code;

	if (job)
		code = run_one(r, job, r->expect ? r->expect : beside, NULL, NULL);
	else
		code = unreadable(r, error);
	if (r->cli->count > 1 && !r->json)
		printf("%-40s %s\n", path,
		       code == JOB_PASS		 ? "PASS"
		       : code == JOB_UNAVAILABLE ? "SKIP"
						 : "FAIL");
	job_free(job);
	free(beside);
	return code;
}

static int run_jobs(struct run_cli *r)
{
	int code = 0;

	for (unsigned i = 0; i < r->cli->count; i++) {
		int one = run_job_file(r, r->cli->words[i]);

		code = code ? code : one;
		if (one == JOB_UNAVAILABLE)
			break;
	}
	return code;
}

/* ---- files ---------------- */

struct wave {
	struct job_files *files;
	struct job_work *work;
};

static unsigned verify_wave(void *ctx, const struct job_run *run)
{
	struct wave *wave = ctx;

	return job_files_verify(wave->files, wave->work, run, stderr);
}

static int run_waves(struct run_cli *r, struct job_files *files)
{
	char error[JOB_TEXT_MAX];
	struct job_work work;
	int code = 0, rc;

	while (!code && (rc = job_files_next(files, &work, error)) != 0) {
		struct wave wave = { files, &work };

		if (rc < 0)
			code = cli_fail(r->cli, JOB_USAGE, "%s", error);
		else
			code = run_one(r, work.job, NULL, verify_wave, &wave);
		job_work_clear(&work);
		free(r->params); /* waves of the first run only */
		r->device.trace = NULL;
		r->params = cli_params(&r->device);
	}
	return code;
}

static int run_files(struct run_cli *r)
{
	struct paths paths = { 0 };
	struct job_files *files = NULL;
	char error[JOB_TEXT_MAX];
	unsigned count;
	uint64_t bytes;
	int code = 0;

	if (paths_collect(&paths, r->cli->words, r->cli->count, error))
		code = cli_fail(r->cli, JOB_USAGE, "%s", error);
	if (!code && !(files = job_files_open(paths.list, paths.count, (unsigned)r->queues)))
		code = cli_fail(r->cli, JOB_USAGE, "out of memory");
	if (!code)
		code = run_waves(r, files);
	if (files) {
		job_files_totals(files, &count, &bytes);
		if (!r->json && !code)
			printf("%u files, %llu bytes copied, compared, and summed; agrees with "
			       "%s\n",
			       count, (unsigned long long)bytes, job_crc32c_source());
	}
	job_files_close(files);
	paths_clear(&paths);
	return code;
}

/* ---- traces ---------------- */

struct trace {
	struct job_llm *llm;
	struct job_work *work;
};

static unsigned verify_trace(void *ctx, const struct job_run *run)
{
	struct trace *trace = ctx;

	return job_work_verify(trace->work, run, stderr) + job_llm_verify(trace->llm, run, stderr);
}

static int run_trace(struct run_cli *r)
{
	struct job_llm_opts opts = {
		.path = r->llm,
		.seed = r->device.seed == UINT64_MAX ? 1 : r->device.seed,
		.limit = (uint32_t)r->limit,
		.queues = (uint32_t)r->queues,
		.most = (uint32_t)r->most,
		.boundary = (uint32_t)r->boundary,
	};
	char error[JOB_TEXT_MAX];
	struct job_work work;
	struct trace trace = { job_llm_load(&opts, &work, error), &work };
	uint64_t context, made;
	unsigned rows;
	int code;

	if (!trace.llm)
		return cli_fail(r->cli, JOB_USAGE, "%s", error);
	code = run_one(r, work.job, r->expect, verify_trace, &trace);
	job_llm_totals(trace.llm, &rows, &context, &made);
	if (!r->json && !code)
		printf("%u rollouts: %llu context tokens (synthetic) read, %llu tokens made; "
		       "agrees "
		       "with the host's model\n",
		       rows, (unsigned long long)context, (unsigned long long)made);
	job_llm_free(trace.llm);
	job_work_clear(&work);
	return code;
}

/* ---- the command ---------------- */

static int options(struct run_cli *r)
{
	struct cli_device *d = &r->device;
	const struct cli_option table[] = {
		{ "files", CLI_FLAG, &r->files, 0, 0, 0 },
		{ "llm-trace", CLI_TEXT, &r->llm, 0, 0, 0 },
		{ "limit", CLI_NUMBER, &r->limit, 1, UINT32_MAX, 0 },
		{ "backend", CLI_TEXT, &d->backend, 0, 0, 0 },
		{ "seed", CLI_NUMBER, &d->seed, 0, UINT64_MAX - 1, 0 },
		{ "latency", CLI_NUMBER, &d->latency, 0, UINT32_MAX, 0 },
		{ "stall", CLI_NUMBER, &d->stall, 0, CLI_STALL_MAX, 0 },
		{ "trace", CLI_TEXT, &d->trace, 0, 0, 0 },
		{ "gpu", CLI_NUMBER, &d->gpu, 0, 1023, 0 },
		{ "params", CLI_TEXT, &d->params, 0, 0, 0 },
		{ "place", CLI_TEXT, &d->place, 0, 0, 0 },
		{ "threaded", CLI_FLAG, &d->threaded, 0, 0, 0 },
		{ "quantum", CLI_NUMBER, &d->quantum, 1, UINT32_MAX, 0 },
		{ "timeout", CLI_SECONDS, &d->timeout_ns, 0, 0, 0 },
		{ "queues", CLI_NUMBER, &r->queues, 1, MAX_QUEUES, 0 },
		{ "decode", CLI_NUMBER, &r->most, 1, PEAL_TOKENS_MAX, 0 },
		{ "boundary", CLI_NUMBER, &r->boundary, 0, UINT32_MAX, 0 },
		{ "check", CLI_FLAG, &r->check, 0, 0, 0 },
		{ "no-check", CLI_FLAG, &r->no_check, 0, 0, 0 },
		{ "digest", CLI_FLAG, &r->digest, 0, 0, 0 },
		{ "record", CLI_TEXT, &r->record, 0, 0, 0 },
		{ "expect", CLI_TEXT, &r->expect, 0, 0, 0 },
		{ "json", CLI_FLAG, &r->json, 0, 0, 0 },
		{ "verbose", CLI_FLAG, &d->verbose, 0, 0, 'v' },
	};

	return cli_options(r->cli, table, sizeof(table) / sizeof(table[0]));
}

static int consistent(const struct run_cli *r)
{
	const struct cli *cli = r->cli;

	if (r->check && r->no_check)
		return cli_usage(cli, "--check and --no-check contradict each other");
	if (r->files && r->llm)
		return cli_usage(cli, "--files and --llm-trace exclude each other");
	if (r->llm && cli->count)
		return cli_usage(cli, "--llm-trace takes no job: %s", cli->words[0]);
	if (!r->files && !r->llm && !cli->count)
		return cli_usage(cli, "no job, no --files and no --llm-trace");
	if (r->limit && !r->llm)
		return cli_usage(cli, "--limit goes with --llm-trace");
	if ((r->record || r->expect || r->device.trace) && !r->llm && !r->files && cli->count > 1)
		return cli_usage(cli, "--record, --expect and --trace go with one job");
	if ((r->record || r->expect) && r->files)
		return cli_usage(cli, "--record and --expect do not go with --files");
	if (r->device.trace && strchr(r->device.trace, ','))
		return cli_usage(cli, "--trace: a file name without a comma, please");
	return cli_check_place(cli, &r->device);
}

static int run_mode(struct run_cli *r)
{
	if (r->files)
		return run_files(r);
	return r->llm ? run_trace(r) : run_jobs(r);
}

static void close_with(const struct run_cli *r, int code)
{
	if (r->json) {
		if (code == JOB_PASS || code == JOB_MISMATCH)
			cli_summary_json(stdout, &r->device, &r->totals, code);
		return;
	}
	if (!r->totals.completed && code != JOB_PASS && code != JOB_MISMATCH)
		return;
	cli_summary(stdout, &r->device, &r->totals);
	if (code == JOB_PASS)
		printf("PASS: %s\n",
		       r->check ? "every completion and every byte as on the reference model"
				: "not compared with the reference model");
	else
		printf("FAIL: %u of %u runs\n", r->totals.failed, r->totals.jobs);
}

int cmd_run(struct cli *cli)
{
	struct run_cli r = {
		.cli = cli,
		.device = { .backend = "ref",
			    .seed = UINT64_MAX,
			    .latency = UINT64_MAX,
			    .stall = UINT64_MAX,
			    .gpu = UINT64_MAX },
		.queues = 4,
		.most = 16,
		.boundary = 64,
	};
	int code;

	cli->help = help;
	code = options(&r);
	if (!code)
		code = consistent(&r);
	if (code)
		return code < 0 ? 0 : code;
	r.check = !r.no_check;
	r.params = cli_params(&r.device);
	if (!r.params)
		return cli_fail(cli, JOB_USAGE, "out of memory");
	cli_note_unused(cli, &r.device);
	code = run_mode(&r);
	close_with(&r, code);
	free(r.params);
	return code;
}
