/* SPDX-License-Identifier: MIT */
/* totals.c - the device of a command, its sums and its closing summary. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/* ---- progress, on a terminal only ---------------- */

static volatile sig_atomic_t progress_shown;

/* The shell's prompt comes on a line of its own. The signal then does what it does. */
static void interrupted(int sig)
{
	if (progress_shown && write(STDERR_FILENO, "\n", 1) < 0)
		progress_shown = false;
	raise(sig);
}

static void watch_interrupt(void)
{
	struct sigaction action = { .sa_handler = interrupted, .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;

	if (!sigaction(SIGINT, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(SIGINT, &action, NULL);
}

static void progress(void *ctx, uint64_t done, uint64_t total)
{
	static struct timespec last;
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000 < 200)
		return;
	last = now;
	watch_interrupt();
	progress_shown = true;
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " descriptors\033[K", done, total);
}

void cli_progress_end(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

static void print_log(void *ctx, enum peal_log_level level, const char *message)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	(void)ctx;
	cli_progress_end();
	fprintf(stderr, "%s: %s\n", names[level <= PEAL_LOG_DEBUG ? level : 0], message);
}

/* ---- the device ---------------- */

static void param(FILE *out, bool *more, const char *name, uint64_t value)
{
	if (value == UINT64_MAX)
		return;
	fprintf(out, "%s%s=%" PRIu64, *more ? "," : "", name, value);
	*more = true;
}

/* `ref` has no randomness of its own: a seed means nothing to it. */
char *cli_params(const struct cli_device *device)
{
	bool more = false;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (strcmp(device->backend, "ref"))
		param(out, &more, "seed", device->seed);
	param(out, &more, "latency", device->latency);
	param(out, &more, "stall", device->stall);
	param(out, &more, "gpu", device->gpu);
	if (device->trace)
		fprintf(out, "%strace=%s", more ? "," : "", device->trace);
	more |= device->trace != NULL;
	if (device->params)
		fprintf(out, "%s%s", more ? "," : "", device->params);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

void cli_note_unused(const struct cli *cli, const struct cli_device *device)
{
	const struct {
		const char *name;
		bool given;
	} options[] = {
		{ "latency", device->latency != UINT64_MAX },
		{ "stall", device->stall != UINT64_MAX },
		{ "trace", device->trace != NULL },
	};

	if (strcmp(device->backend, "ref"))
		return;
	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].given)
			cli_fail(cli, 0, "ref has no bus: --%s has no effect", options[i].name);
}

static const char *const places[] = { [JOB_PLACES_HOST] = "host",
				      [JOB_PLACES_DEVICE] = "device",
				      [JOB_PLACES_MIXED] = "mixed" };

static enum job_places place_named(const char *name)
{
	for (unsigned i = JOB_PLACES_HOST; name && i <= JOB_PLACES_MIXED; i++)
		if (!strcmp(name, places[i]))
			return (enum job_places)i;
	return JOB_PLACES_OWN;
}

int cli_check_place(const struct cli *cli, const struct cli_device *device)
{
	if (!device->place || place_named(device->place) != JOB_PLACES_OWN)
		return 0;
	return cli_usage(cli, "--place: '%s' is none of host, device and mixed", device->place);
}

void cli_run_opts(const struct cli_device *device, const char *params, struct job_run_opts *opts)
{
	*opts = (struct job_run_opts){
		.backend = device->backend,
		.params = params,
		.places = place_named(device->place),
		.threaded = device->threaded,
		.quantum = (uint32_t)device->quantum,
		.timeout_ns = device->timeout_ns,
		.log = device->verbose ? print_log : NULL,
		.progress = isatty(STDERR_FILENO) ? progress : NULL,
	};
}

/* ---- sums ---------------- */

void cli_add_run(struct cli_totals *t, const struct job_run *run)
{
	t->descriptors += run->published;
	t->completed += run->completed;
	t->silent += run->silent;
	t->events += run->events;
	t->doorbells += run->doorbells;
	t->bytes += run->bytes;
	t->seconds += run->seconds;
	t->clocked = run->info.clock_khz != 0 && run->counters[PEAL_CTR_CYCLES] != 0;
	t->free_running = run->info.free_running;
	t->trace_hash = run->trace_hash;
	for (unsigned i = 0; i < PEAL_COUNTERS; i++)
		t->counters[i] += run->counters[i];
}

static const struct {
	unsigned counter;
	const char *json, *text;
} causes[] = {
	{ PEAL_CTR_ACTIVE, "active", "active" },
	{ PEAL_CTR_FETCH, "fetch", "waiting for fetch" },
	{ PEAL_CTR_CREDIT, "credit", "for credit" },
	{ PEAL_CTR_DATA, "data", "for data" },
	{ PEAL_CTR_WRITE, "write", "for write" },
	{ PEAL_CTR_IDLE, "idle", "idle" },
};
#define CAUSES (sizeof(causes) / sizeof(causes[0]))

struct figures {
	double cycles, per_descriptor, bytes_per_cycle, khz; /* -1: no clock, or nothing ran */
};

static struct figures figures(const struct cli_totals *t)
{
	double cycles = (double)t->counters[PEAL_CTR_CYCLES];
	struct figures f = { -1, -1, -1, -1 };

	if (!t->clocked)
		return f;
	f.cycles = cycles;
	if (t->completed + t->silent)
		f.per_descriptor = cycles / (double)(t->completed + t->silent);
	if (cycles > 0)
		f.bytes_per_cycle = (double)t->bytes / cycles;
	if (t->seconds > 0)
		f.khz = cycles / t->seconds * 1e-3;
	return f;
}

static double percent(const struct cli_totals *t, unsigned counter)
{
	uint64_t cycles = t->counters[PEAL_CTR_CYCLES];

	return cycles ? 100.0 * (double)t->counters[counter] / (double)cycles : 0;
}

static void print_clock(FILE *out, const struct cli_totals *t)
{
	struct figures f = figures(t);

	fprintf(out, "  cycles        %.0f", f.cycles);
	if (f.per_descriptor >= 0)
		fprintf(out, ", %.1f a descriptor, %.2f bytes a cycle", f.per_descriptor,
			f.bytes_per_cycle);
	fprintf(out, "\n  simulated     %.0f kHz\n  cycles spent ", f.khz);
	for (unsigned i = 0; i < CAUSES; i++)
		fprintf(out, "%s %s %.1f %%", i ? "," : "", causes[i].text,
			percent(t, causes[i].counter));
	fprintf(out, "\n");
}

void cli_summary(FILE *out, const struct cli_device *device, const struct cli_totals *t)
{
	fprintf(out, "  backend       %s, %s\n", device->backend,
		job_mode(t->free_running, device->threaded));
	fprintf(out, "  descriptors   %" PRIu64 ", %" PRIu64 " completed, ", t->descriptors,
		t->completed);
	if (t->silent)
		fprintf(out, "%" PRIu64 " silent, ", t->silent);
	fprintf(out, "%" PRIu64 " bytes\n", t->bytes);
	if (t->events)
		fprintf(out, "  events        %" PRIu64 "\n", t->events);
	if (t->clocked)
		print_clock(out, t);
	else
		fprintf(out, "  cycles        none: this device has no clock\n");
	fprintf(out, "  wall time     %.3f s", t->seconds);
	if (t->seconds > 0)
		fprintf(out, ", %.0f descriptors/s",
			(double)(t->completed + t->silent) / t->seconds);
	fprintf(out, "\n  doorbells     %" PRIu64 "\n", t->doorbells);
}

static void json_causes(struct json *j, const struct cli_totals *t)
{
	struct json inner;

	if (!t->clocked) {
		json_text(j, "stalls", NULL);
		return;
	}
	inner = json_object(j, "stalls");
	for (unsigned i = 0; i < CAUSES; i++)
		json_real(&inner, causes[i].json, percent(t, causes[i].counter), 2);
	json_close(&inner);
}

void cli_summary_json(FILE *out, const struct cli_device *device, const struct cli_totals *t,
		      int code)
{
	struct figures f = figures(t);
	struct json j;

	json_begin(&j, out);
	json_text(&j, "backend", device->backend);
	json_text(&j, "mode", job_mode(t->free_running, device->threaded));
	json_text(&j, "result", code ? "fail" : "pass");
	json_count(&j, "jobs", t->jobs);
	json_count(&j, "descriptors", t->descriptors);
	json_count(&j, "completed", t->completed);
	json_count(&j, "silent", t->silent);
	json_count(&j, "events", t->events);
	json_count(&j, "mismatches", t->mismatches);
	json_real(&j, "cycles", f.cycles, 0);
	json_real(&j, "cycles_per_descriptor", f.per_descriptor, 3);
	json_count(&j, "bytes", t->bytes);
	json_real(&j, "bytes_per_cycle", f.bytes_per_cycle, 3);
	json_real(&j, "simulated_khz", f.khz, 1);
	json_real(&j, "wall_seconds", t->seconds, 6);
	json_count(&j, "doorbells", t->doorbells);
	json_causes(&j, t);
	json_text(&j, "digest", t->jobs == 1 && *t->digest ? t->digest : NULL);
	json_end(&j);
}
