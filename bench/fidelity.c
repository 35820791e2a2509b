/* SPDX-License-Identifier: MIT */
/*
 * fidelity.c - cycles of the RTL engine beside those that its SystemC model predicts.
 *
 * The same driver, descriptors and measurements run on both: a steady state of at
 * least 1,000 descriptors, in cycles a descriptor, or one descriptor alone on an idle
 * engine, from its doorbell to the beat of its completion. A row holds when the model
 * is within 5 % of the RTL, or, of one alone, within one cycle.
 *
 * The model's table of stages (sim/systemc/timed.h) was fitted on the rows that say
 * so; all others were held out. --check is for tests: a verdict for each.
 */
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtl_bench.h"

#define TOLERANCE .05
#define COUNT 1024
#define ROWS_MAX 256

const char *rtl_backend;

static struct {
	bool check;
	const char *json, *only;
	const char *rtl, *model;
} options = { .rtl = "rtl", .model = "systemc" };

/* ---- rows --------------------------------------------------------------------------- */

enum what { STEADY, ALONE };

struct row {
	enum what what;
	const char *name;
	struct load load;
	unsigned queues, latency;
	bool fitted;
	double rtl, model;
};

/* Loads, and a row for each number of queues and each latency. */
static const struct series {
	enum what what;
	const char *name;
	struct load load;
	unsigned queues[3];    /* 0 ends them */
	unsigned latencies[6]; /* likewise */
	unsigned fitted;       /* the latency whose first row is one of those; 0: none */
} all[] = {
	{ ALONE, "nop", { LOAD_NOP, 0 }, { 1 }, { 1, 10, 100, 200 }, 1 },
	{ ALONE, "copy-64", { LOAD_COPY, 64 }, { 1 }, { 1, 10, 100, 200 }, 1 },
	{ ALONE, "copy-4k", { LOAD_COPY, 4096 }, { 1 }, { 1, 50, 200 }, 0 },
	{ ALONE, "copy-64k", { LOAD_COPY, 65536 }, { 1 }, { 1, 100 }, 0 },
	{ ALONE, "copy-1000-skewed", { LOAD_COPY_SKEWED, 1000 }, { 1 }, { 1, 100 }, 0 },
	{ ALONE, "fill-4k", { LOAD_FILL, 4096 }, { 1 }, { 1, 100 }, 0 },
	{ ALONE, "compare-4k", { LOAD_COMPARE, 4096 }, { 1 }, { 1, 100 }, 0 },
	{ ALONE, "crc32c-64", { LOAD_CRC32C, 64 }, { 1 }, { 1, 100 }, 1 },
	{ ALONE, "crc32c-4k", { LOAD_CRC32C, 4096 }, { 1 }, { 1, 100 }, 0 },
	{ ALONE, "prefill-256", { LOAD_PREFILL, 256 }, { 1 }, { 1, 100 }, 1 },
	{ ALONE, "reward-1k", { LOAD_REWARD, 1024 }, { 1 }, { 1, 100 }, 0 },
	{ ALONE, "decode-64", { LOAD_DECODE, 256 }, { 1 }, { 1, 100 }, 1 },
	{ STEADY, "nop", { LOAD_NOP, 0 }, { 1, 8 }, { 1, 100 }, 0 },
	{ STEADY, "echo", { LOAD_ECHO, 0 }, { 1, 8 }, { 1, 10, 100, 200, 400 }, 10 },
	{ STEADY, "copy-16", { LOAD_COPY, 16 }, { 1 }, { 10 }, 0 },
	{ STEADY, "copy-64", { LOAD_COPY, 64 }, { 1, 8 }, { 1, 10, 100, 200, 400 }, 1 },
	{ STEADY, "copy-256", { LOAD_COPY, 256 }, { 1, 4 }, { 1, 100, 400 }, 0 },
	{ STEADY, "copy-1k", { LOAD_COPY, 1024 }, { 1, 2 }, { 1, 100, 800 }, 0 },
	{ STEADY, "copy-4k", { LOAD_COPY, 4096 }, { 1 }, { 10, 200, 800 }, 10 },
	{ STEADY, "copy-1000-skewed", { LOAD_COPY_SKEWED, 1000 }, { 1 }, { 1, 100 }, 0 },
	{ STEADY, "copy-crc-256", { LOAD_COPY_CRC, 256 }, { 1, 8 }, { 10, 200 }, 0 },
	{ STEADY, "fill-64", { LOAD_FILL, 64 }, { 1, 8 }, { 1, 100 }, 0 },
	{ STEADY, "fill-1k", { LOAD_FILL, 1024 }, { 1 }, { 1, 200 }, 0 },
	{ STEADY, "compare-64", { LOAD_COMPARE, 64 }, { 1, 8 }, { 1, 100 }, 0 },
	{ STEADY, "compare-1k", { LOAD_COMPARE, 1024 }, { 1 }, { 10, 400 }, 0 },
	{ STEADY, "crc32c-64", { LOAD_CRC32C, 64 }, { 1, 8 }, { 10, 200 }, 0 },
	{ STEADY, "crc32c-1k", { LOAD_CRC32C, 1024 }, { 1 }, { 1, 100 }, 0 },
	{ STEADY, "prefill-64", { LOAD_PREFILL, 64 }, { 1 }, { 1, 100 }, 0 },
	{ STEADY, "reward-256", { LOAD_REWARD, 256 }, { 1 }, { 10, 200 }, 0 },
	{ STEADY, "decode-16", { LOAD_DECODE, 64 }, { 1 }, { 1, 10, 100 }, 0 },
	{ STEADY, "decode-64", { LOAD_DECODE, 256 }, { 1 }, { 10, 200 }, 0 },
};
enum { SERIES = sizeof all / sizeof all[0] };

static struct row rows[ROWS_MAX];
static unsigned row_count;

static void add_row(const struct series *s, unsigned q, unsigned latency)
{
	if (row_count == ROWS_MAX)
		return;
	rows[row_count++] = (struct row){ .what = s->what,
					  .name = s->name,
					  .load = s->load,
					  .queues = s->queues[q],
					  .latency = latency,
					  .fitted = !q && latency == s->fitted };
}

static void make_rows(void)
{
	for (const struct series *s = all; s < all + SERIES; s++) {
		if (options.only && !strstr(s->name, options.only))
			continue;
		for (unsigned q = 0; q < 3 && s->queues[q]; q++)
			for (unsigned l = 0; l < 6 && s->latencies[l]; l++)
				add_row(s, q, s->latencies[l]);
	}
}

/* ---- measuring ----------------------------------------------------------------------- */

static const struct row *measuring;

bool rtl_wrong(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s on %s, %u queues, L = %u: ", measuring->name, rtl_backend,
		measuring->queues, measuring->latency);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

static bool measure_on(const char *backend, const struct row *row, double *cycles)
{
	struct figure figure = { 0 };
	struct latency alone = { 0 };
	bool good;

	rtl_backend = backend;
	measuring = row;
	if (row->what == STEADY) {
		good = measure_steady(row->load, row->queues, row->latency, COUNT, &figure);
		*cycles = figure.cycles;
	} else {
		good = measure_latency(row->load, row->latency, &alone);
		*cycles = (double)alone.to_written;
	}
	return good;
}

static double error_of(const struct row *row)
{
	return row->model / row->rtl - 1;
}

static bool holds(const struct row *row)
{
	return fabs(error_of(row)) <= TOLERANCE ||
	       (row->what == ALONE && fabs(row->model - row->rtl) <= 1);
}

/* ---- output ----------------------------------------------------------------------------- */

static void print_row(const struct row *row)
{
	int digits = row->what == STEADY ? 3 : 0;

	printf("%-7s %-18s %6u %6u %6u %11.*f %11.*f %+8.2f %% %s%s\n",
	       row->what == STEADY ? "steady" : "alone", row->name, row->load.bytes, row->queues,
	       row->latency, digits, row->rtl, digits, row->model, 100 * error_of(row),
	       row->fitted ? "fitted" : "held out", holds(row) ? "" : "  MISSED");
	fflush(stdout);
}

/* A line for each figure, as tests/run reads them. */
static void print_verdict(const struct row *row)
{
	printf("%.3f cycles on the model, %.3f on the RTL\n%s-%s-queues-%u-latency-%u  %s\n",
	       row->model, row->rtl, row->what == STEADY ? "steady" : "alone", row->name,
	       row->queues, row->latency, holds(row) ? "PASS" : "FAIL");
	fflush(stdout);
}

static bool write_json(void)
{
	FILE *file = fopen(options.json, "w");

	if (!file)
		return false;
	fputs("[", file);
	for (unsigned i = 0; i < row_count; i++) {
		const struct row *r = &rows[i];

		fprintf(file,
			"%s\n  {\"what\": \"%s\", \"name\": \"%s\", \"size\": %u, \"queues\": %u, "
			"\"latency\": %u, \"rtl\": %.4f, \"model\": %.4f, \"error\": %.4f, "
			"\"fitted\": %s}",
			i ? "," : "", r->what == STEADY ? "steady" : "alone", r->name, r->load.bytes,
			r->queues, r->latency, r->rtl, r->model, error_of(r),
			r->fitted ? "true" : "false");
	}
	fputs("\n]\n", file);
	return !(ferror(file) | fclose(file));
}

static void print_summary(void)
{
	unsigned held_out = 0, missed = 0;
	double worst = 0;

	for (unsigned i = 0; i < row_count; i++) {
		held_out += !rows[i].fitted;
		missed += !holds(&rows[i]);
		if (rows[i].what == STEADY && fabs(error_of(&rows[i])) > worst)
			worst = fabs(error_of(&rows[i]));
	}
	printf("%u rows, %u of them held out; %u missed 5 %% or a cycle; worst steady state %.2f %%\n",
	       row_count, held_out, missed, 100 * worst);
}

/* ---- running ------------------------------------------------------------------------------ */

static bool run(void)
{
	bool good = true;

	if (!options.check)
		printf("%-7s %-18s %6s %6s %6s %11s %11s %10s\n", "", "cycles", "bytes", "queues", "L",
		       "RTL", "model", "error");
	for (unsigned i = 0; i < row_count; i++) {
		struct row *row = &rows[i];

		if (!measure_on(options.rtl, row, &row->rtl) ||
		    !measure_on(options.model, row, &row->model))
			return false;
		good = good && holds(row);
		if (options.check)
			print_verdict(row);
		else
			print_row(row);
	}
	if (!options.check)
		print_summary();
	return good;
}

static const char usage[] =
	"usage: fidelity [--check] [--only TEXT] [--json FILE] [--rtl NAME] [--model NAME]\n"
	"  --check       a line and a verdict for each row\n"
	"  --only TEXT   rows whose name has this text\n"
	"  --json FILE   also write the figures as JSON\n"
	"  --rtl NAME    the backend that is predicted; default rtl\n"
	"  --model NAME  the backend that predicts; default systemc\n";

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{ "check", no_argument, NULL, 'c' },	 { "only", required_argument, NULL, 'o' },
		{ "json", required_argument, NULL, 'j' }, { "rtl", required_argument, NULL, 'r' },
		{ "model", required_argument, NULL, 'm' }, { "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool good;
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 'c': options.check = true; break;
		case 'o': options.only = optarg; break;
		case 'j': options.json = optarg; break;
		case 'r': options.rtl = optarg; break;
		case 'm': options.model = optarg; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	make_rows();
	if (!row_count) {
		fprintf(stderr, "no row has '%s' in its name\n", options.only ? options.only : "");
		return 2;
	}
	good = run();
	if (options.json && !write_json()) {
		fprintf(stderr, "%s: cannot be written\n", options.json);
		return 1;
	}
	return good ? 0 : 1;
}
