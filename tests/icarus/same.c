/* SPDX-License-Identifier: MIT */
/*
 * same.c - jobs on the engine under Verilator and under Icarus: the same completions,
 * memory, cycles and hash over all bus events, and how fast both were.
 *
 *	same [-p PARAMS] [-x PARAMS] JOB...
 *
 * -x gives rtl parameters of its own: then every pair must differ, a test of the test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "job/job.h"

static struct job *load(const char *path)
{
	char error[JOB_TEXT_MAX] = "";
	struct job *job = job_load(path, error);

	if (job)
		return job;
	fprintf(stderr, "same: %s\n", error);
	exit(2);
}

static void run(const struct job *job, const char *backend, const char *params, struct job_run *r)
{
	struct job_run_opts opts = { .backend = backend, .params = params, .race_check = true };
	enum job_exit code = job_run(job, &opts, r);

	if (code == JOB_PASS)
		return;
	fprintf(stderr, "same: %s: %s\n", backend, r->error);
	exit(code);
}

static bool compare(const struct job_run *rtl, const struct job_run *icarus)
{
	return rtl->trace_hash && rtl->trace_hash == icarus->trace_hash &&
	       rtl->counters[PEAL_CTR_CYCLES] == icarus->counters[PEAL_CTR_CYCLES] &&
	       !job_check(icarus, rtl, stderr);
}

static bool one(const char *path, const char *params, const char *rtl_params)
{
	struct job *job = load(path);
	struct job_run rtl = { 0 }, icarus = { 0 };
	bool same;

	run(job, "rtl", rtl_params, &rtl);
	run(job, "icarus", params, &icarus);
	same = compare(&rtl, &icarus);
	printf("%s %s: hash %016llx %016llx, cycles %llu %llu, kHz %.0f %.1f, descriptors/s %.0f %.0f\n",
	       same ? "same" : "DIFFERENT", path, (unsigned long long)rtl.trace_hash,
	       (unsigned long long)icarus.trace_hash,
	       (unsigned long long)rtl.counters[PEAL_CTR_CYCLES],
	       (unsigned long long)icarus.counters[PEAL_CTR_CYCLES],
	       (double)rtl.counters[PEAL_CTR_CYCLES] / rtl.seconds / 1e3,
	       (double)icarus.counters[PEAL_CTR_CYCLES] / icarus.seconds / 1e3,
	       (double)rtl.published / rtl.seconds, (double)icarus.published / icarus.seconds);
	job_run_clear(&rtl);
	job_run_clear(&icarus);
	job_free(job);
	return same;
}

int main(int argc, char **argv)
{
	const char *params = NULL, *other = NULL;
	int option, failed = 0;

	while ((option = getopt(argc, argv, "p:x:")) != -1) {
		if (option == '?')
			return 2;
		*(option == 'p' ? &params : &other) = optarg;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: same [-p PARAMS] [-x PARAMS_OF_RTL] JOB...\n");
		return 2;
	}
	for (int i = optind; i < argc; i++)
		failed |= one(argv[i], params, other ? other : params) != !other;
	return failed;
}
