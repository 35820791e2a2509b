/* SPDX-License-Identifier: MIT */
/*
 * bench_rtl.c - what the RTL engine does in how many cycles, beside its peers.
 *
 * Cycles of a simulation are exact: the same build gives the same figures on
 * every machine. --check therefore is a test: it measures fewer descriptors and
 * fails where a figure misses its limit. bench/README.md defines every figure.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtl_bench.h"

const char *rtl_backend = "rtl";

static struct {
	bool check;
	const char *json;
	const char *only;
} options;

static const unsigned latencies[] = { 1, 10, 100, 200 };
enum { LATENCIES = sizeof latencies / sizeof latencies[0] };

/* ---- rows ------------------------------------------------------------------------- */

enum what { STEADY, STALLED, TO_AR, TO_WRITTEN, LONE, GAP };

struct row {
	const char *name;
	enum what what;
	struct load load;
	unsigned queues;
	unsigned count, check_count; /* descriptors measured at least; check_count 0: not in --check */
	double limit;		     /* cycles a descriptor, or for the event; at most */
	double per_latency;	     /* and so much more for each cycle of latency */
	const char *goal;
};

#define TOKENS 64
#define TOKEN_LOAD { LOAD_DECODE, TOKENS * PEAL_TOKEN_BYTES }
#define PIECE 4096
#define LONG_COPY (64u << 10)

/*
 * Most that can stand in front of a queue's descriptor while others COPY and ECHO; docs/engine.md
 * derives it under "Fairness". X: the mover's reads.
 */
#define FETCH_BEATS 16 /* a burst of descriptors */
#define FETCHES 64     /* of them outstanding */
#define X_BEATS 512    /* outstanding */
#define BURST_BEATS 64 /* of COPY, read or written */
#define PIPELINE 16
#define WRITE_TURNS (8 * (1 + BURST_BEATS))
#define LONE_WORST \
	(X_BEATS + 8 * FETCH_BEATS + X_BEATS + FETCHES * FETCH_BEATS + WRITE_TURNS + PIPELINE)
#define GAP_WORST (8 * (FETCH_BEATS + BURST_BEATS) + WRITE_TURNS + PIPELINE)
#define STALL_TOLERANCE .002

static const struct row rows[] = {
	{ "doorbell-to-ar", TO_AR, { LOAD_NOP, 0 }, 1, 1, 1, 2, 0, "<= 2" },
	{ "nop-doorbell-to-completion", TO_WRITTEN, { LOAD_NOP, 0 }, 1, 1, 1, 9, 1, "<= 10 at L = 1" },
	{ "nop", STEADY, { LOAD_NOP, 0 }, 1, 16384, 2048, 1.004, 0, "1.00" },
	{ "nop", STEADY, { LOAD_NOP, 0 }, 8, 16384, 2048, 1.004, 0, "1.00" },
	{ "echo", STEADY, { LOAD_ECHO, 0 }, 1, 16384, 2048, 1.004, 0, "1.00" },
	{ "echo", STEADY, { LOAD_ECHO, 0 }, 8, 16384, 2048, 1.004, 0, "1.00" },
	{ "copy-64", STEADY, { LOAD_COPY, 64 }, 1, 16384, 2048, 2.1, 0, "<= 2.1" },
	{ "copy-64", STEADY, { LOAD_COPY, 64 }, 8, 16384, 2048, 2.1, 0, "<= 2.1" },
	{ "copy-4k", STEADY, { LOAD_COPY, PIECE }, 1, 10240, 1024, 64 / .98, 0, "<= 65.3" },
	{ "copy-4k", STEADY, { LOAD_COPY, PIECE }, 8, 10240, 0, 64 / .98, 0, "<= 65.3" },
	{ "decode-64", STEADY, TOKEN_LOAD, 1, 10240, 512, 1.1 * TOKENS, 0, "<= 70.4" },
	{ "echo-beside-stalled", STALLED, { LOAD_ECHO, 0 }, 7, 16384, 2048, 1.004, 0, "1.00" },
	{ "copy-64-beside-stalled", STALLED, { LOAD_COPY, 64 }, 7, 16384, 2048, 2.1, 0, "<= 2.1" },
	{ "lone-echo-worst", LONE, { LOAD_ECHO, 0 }, 8, 1, 1, LONE_WORST, 2, "<= 2712 + 2 L" },
	{ "echo-gap-worst", GAP, { LOAD_ECHO, 0 }, 8, 1, 1, GAP_WORST, 0, "<= 1176" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Figures of other engines, measured once with their own RTL; the README says how. */
static const struct peer {
	const char *row, *text;
} peers[] = {
	{ "doorbell-to-ar", "iDMA desc64: 1 to 2 after its register; Corundum: 3" },
	{ "nop-doorbell-to-completion", "axi_cdma, 64-byte copy: 8 / 26 / 206 at L = 1 / 10 / 100" },
	{ "echo", "iDMA desc64 (24 prefetched, 64-bit bus): 4.00 / 4.00 / 4.46 at L = 1 / 10 / 100" },
	{ "echo", "Switchboard FPGA receiver: 7.05 / 25.2 / 206.6 at L = 1 / 10 / 100" },
	{ "echo", "gb300-rl-runtime: 2.00, descriptors by port, no memory" },
	{ "echo", "Corundum dequeue: 3.00 on eight queues, 5.98 on one" },
	{ "copy-64", "axi_cdma: 4.00 / 8.00 / 53.0 at L = 1 / 10 / 100" },
	{ "copy-4k", "axi_cdma: 68 / 68 / 240 at L = 1 / 10 / 100" },
	{ "decode-64", "gb300-rl-runtime: 1.0 a token, 2 a descriptor more, no memory written" },
};

/* ---- measuring ----------------------------------------------------------------------- */

static const char *now_measuring = "bench_rtl";
static unsigned now_latency;

bool rtl_wrong(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s, L = %u: ", now_measuring, now_latency);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return false;
}

/* One run gives the figures of two rows. */
static bool starvation_at(unsigned i, struct starvation *worst)
{
	static struct starvation known[LATENCIES];

	if (!known[i].lone && !measure_starvation(latencies[i], LONG_COPY, &known[i]))
		return false;
	*worst = known[i];
	return true;
}

/*
 * A neighbour whose completions nobody takes must not cost the others anything; the edges of two
 * measurements may differ by some descriptors.
 */
static bool measure_both(const struct row *row, unsigned latency, unsigned count, double *cycles)
{
	struct figure without, beside;

	if (!measure_steady(row->load, row->queues, latency, count, &without) ||
	    !measure_stalled(row->load, row->queues, latency, count, &beside))
		return false;
	*cycles = beside.cycles;
	return beside.cycles <= without.cycles * (1 + STALL_TOLERANCE) ||
	       rtl_wrong("%.4f cycles beside a stalled queue, %.4f without", beside.cycles,
			 without.cycles);
}

static bool measure(const struct row *row, unsigned i, double *cycles)
{
	unsigned latency = latencies[i];
	unsigned count = options.check ? row->check_count : row->count;
	struct figure figure = { 0 };
	struct latency worst = { 0 };
	struct starvation starved = { 0 };
	bool good = false;

	now_measuring = row->name;
	now_latency = latency;
	switch (row->what) {
	case STEADY:
		good = measure_steady(row->load, row->queues, latency, count, &figure);
		*cycles = figure.cycles;
		break;
	case STALLED:
		good = measure_both(row, latency, count, cycles);
		break;
	case TO_AR:
	case TO_WRITTEN:
		good = measure_latency(row->load, latency, &worst);
		*cycles = (double)(row->what == TO_AR ? worst.to_ar : worst.to_written);
		break;
	case LONE:
	case GAP:
		good = starvation_at(i, &starved);
		*cycles = (double)(row->what == LONE ? starved.lone : starved.gap);
		break;
	}
	return good;
}

static double limit_of(const struct row *row, unsigned latency)
{
	return row->limit + row->per_latency * latency;
}

static bool wanted(const struct row *row)
{
	return (!options.only || strstr(row->name, options.only)) &&
	       (!options.check || row->check_count);
}

/* ---- output ----------------------------------------------------------------------------- */

static double results[ROWS][LATENCIES];

static void print_head(void)
{
	printf("%-27s %6s %6s", "cycles", "queues", "bytes");
	for (unsigned i = 0; i < LATENCIES; i++)
		printf("   L = %-4u", latencies[i]);
	printf("  goal\n");
}

static void print_peers(const char *row)
{
	for (unsigned i = 0; i < sizeof peers / sizeof peers[0]; i++)
		if (!strcmp(peers[i].row, row))
			printf("    %s\n", peers[i].text);
}

static void print_row(unsigned r)
{
	bool whole = rows[r].what != STEADY && rows[r].what != STALLED;

	printf("%-27s %6u %6u", rows[r].name, rows[r].queues, rows[r].load.bytes);
	for (unsigned i = 0; i < LATENCIES; i++)
		printf(" %10.*f", whole ? 0 : 2, results[r][i]);
	printf("  %s\n", rows[r].goal);
	if (r + 1 == ROWS || strcmp(rows[r + 1].name, rows[r].name))
		print_peers(rows[r].name);
	fflush(stdout);
}

static bool write_json(void)
{
	FILE *file = fopen(options.json, "w");
	const char *comma = "";

	if (!file)
		return false;
	fputs("[", file);
	for (unsigned r = 0; r < ROWS; r++) {
		for (unsigned i = 0; wanted(&rows[r]) && i < LATENCIES; i++) {
			double cycles = results[r][i];

			fprintf(file,
				"%s\n  {\"name\": \"%s\", \"latency\": %u, \"queues\": %u, \"size\": %u, "
				"\"cycles_per_desc\": %.4f, \"bytes_per_cycle\": %.4f}",
				comma, rows[r].name, latencies[i], rows[r].queues, rows[r].load.bytes,
				cycles, rows[r].load.bytes / cycles);
			comma = ",";
		}
	}
	fputs("\n]\n", file);
	return !(ferror(file) | fclose(file));
}

/* ---- the two ways to run --------------------------------------------------------------------- */

/* A line for each figure, as tests/run reads them. */
static bool check_figure(unsigned r, unsigned i)
{
	double limit = limit_of(&rows[r], latencies[i]);
	bool good = measure(&rows[r], i, &results[r][i]) && results[r][i] <= limit;

	printf("%.2f cycles, at most %.2f\n%s-queues-%u-latency-%u  %s\n", results[r][i], limit,
	       rows[r].name, rows[r].queues, latencies[i], good ? "PASS" : "FAIL");
	fflush(stdout);
	return good;
}

static bool run_check(void)
{
	bool good = true;

	for (unsigned r = 0; r < ROWS; r++)
		for (unsigned i = 0; wanted(&rows[r]) && i < LATENCIES; i++)
			good = check_figure(r, i) && good;
	return good;
}

static bool run_bench(void)
{
	bool reached = true;

	print_head();
	for (unsigned r = 0; r < ROWS; r++) {
		if (!wanted(&rows[r]))
			continue;
		for (unsigned i = 0; i < LATENCIES; i++) {
			if (!measure(&rows[r], i, &results[r][i]))
				return false;
			reached = reached && results[r][i] <= limit_of(&rows[r], latencies[i]);
		}
		print_row(r);
	}
	if (options.json && !write_json()) {
		fprintf(stderr, "%s: cannot be written\n", options.json);
		return false;
	}
	printf("%s\n", reached ? "every goal reached" : "NOT every goal reached");
	return reached;
}

static const char usage[] =
	"usage: bench_rtl [--check] [--only TEXT] [--json FILE] [--backend NAME]\n"
	"  --check         fewer descriptors, a line and a verdict for each figure\n"
	"  --only TEXT     rows whose name has this text\n"
	"  --json FILE     also write the figures as JSON\n"
	"  --backend NAME  another build of the engine, by name or path; default rtl\n";

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{ "check", no_argument, NULL, 'c' },	  { "only", required_argument, NULL, 'o' },
		{ "json", required_argument, NULL, 'j' }, { "backend", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },	  { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 'c': options.check = true; break;
		case 'o': options.only = optarg; break;
		case 'j': options.json = optarg; break;
		case 'b': rtl_backend = optarg; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return 2;
	}
	return (options.check ? run_check() : run_bench()) ? 0 : 1;
}
