/* SPDX-License-Identifier: MIT */
/*
 * cmd_explore.c - peal explore: what an architect asks before building.
 *
 * Each figure is a sweep of one parameter of the model for some curves. A point is a
 * device of its own: a round trip of one ECHO at random moments, or a steady state of
 * many descriptors. All cycles are the model's, by its own counter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

static const char help[] =
	"usage: peal explore [--out DIR] [--backend NAME] [--params K=V,...] [--samples N] [--count N]\n"
	"\n"
	"Sweeps link latency, bandwidth, fetch depth, queues, and publication by doorbell or by\n"
	"polling on the SystemC model, prints what it finds, writes it into DIR (default\n"
	"explore) as NAME.dat with a script NAME.gp for each figure, and draws NAME.svg with\n"
	"gnuplot, if that is here. It is a model: docs/systemc.md says how far it is right.\n"
	"\n"
	"  --measure WHAT   no figures: one point, round-trip (lowest, median, 99 %, in cycles) or\n"
	"                   echo (descriptors in 1000 cycles)\n"
	"  --queues N       of --measure echo, 1 to 8 (default 1)\n"
	"  --backend NAME   another device with the model's parameters (default systemc)\n"
	"  --params K=V,... of every point, such as latency=120,clock=1000000\n"
	"  --samples N      round trips of a point (default 40)\n"
	"  --count N        descriptors of a steady state (default 2000)\n"
	"\n"
	"exit: 0, 1 when a figure cannot be measured, 2 usage, 77 the device cannot run here\n";

/* ---- figures --------------------------------------------------------------------- */

enum measure { ROUND_TRIP, ECHO_RATE, COPY_RATE };

#define CURVES 4
#define POINTS 8

struct curve {
	const char *title, *params;
	uint32_t bytes; /* COPY_RATE */
};

static const struct figure {
	const char *name, *title, *x, *y, *key; /* the parameter that is swept */
	enum measure measure;
	const char *params; /* of all its points */
	unsigned values[POINTS];
	struct curve curves[CURVES];
} figures[] = {
	{ "round-trip", "one ECHO, published to completion seen: median", "link latency, one way, cycles",
	  "cycles", "link", ROUND_TRIP, "latency=50", { 1, 25, 50, 100, 200, 400, 800 },
	  { { "doorbell", "publish=doorbell", 0 },
	    { "polling, one look at a time", "publish=poll,polls=1", 0 },
	    { "polling, four looks", "publish=poll,polls=4", 0 } } },
	{ "fetch-depth", "ECHO on one queue by depth of fetch", "link latency, one way, cycles",
	  "descriptors in 1000 cycles", "link", ECHO_RATE, "latency=50", { 1, 25, 50, 100, 200, 400, 800 },
	  { { "depth 16", "depth=16", 0 }, { "depth 64", "depth=64", 0 },
	    { "depth 256", "depth=256", 0 } } },
	{ "bandwidth", "COPY on one queue by bandwidth of the link", "bytes a cycle, each way",
	  "payload bytes a cycle", "bandwidth", COPY_RATE, "latency=50,link=100",
	  { 4, 8, 16, 32, 64, 96, 128 },
	  { { "COPY 64", "", 64 }, { "COPY 256", "", 256 }, { "COPY 4096", "", 4096 },
	    { "COPY 4096, 2 units", "units=2", 4096 } } },
	{ "queues", "ECHO by queues, link latency 400", "queues", "descriptors in 1000 cycles", "queues",
	  ECHO_RATE, "latency=50,link=400", { 1, 2, 3, 4, 6, 8 },
	  { { "doorbell", "publish=doorbell", 0 },
	    { "doorbell, depth 16", "publish=doorbell,depth=16", 0 },
	    { "polling, one look at a time", "publish=poll,polls=1", 0 },
	    { "polling, four looks", "publish=poll,polls=4", 0 } } },
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static struct {
	const char *out, *backend, *params, *measure;
	uint64_t samples, count, queues;
} options;

/* ---- one point ------------------------------------------------------------------------ */

#define RING_LOG2 14
#define RING (1u << RING_LOG2)
#define COUNT_MAX (RING / 2)
#define QUEUES_MAX 8
#define PATIENCE 20000000 /* cycles without an end */
#define AREA (1u << 20)

struct bed {
	struct peal_device *dev;
	struct peal_queue *queue[QUEUES_MAX];
	struct peal_region *from, *to;
	unsigned queues;
};

static bool wrong(struct cli *cli, const struct bed *b, const char *what)
{
	cli_fail(cli, JOB_MISMATCH, "%s: %s", what, peal_error(b->dev));
	return false;
}

static bool open_bed(struct cli *cli, struct bed *b, const char *params, unsigned queues)
{
	struct peal_open_opts open = { .params = params, .quantum = 1 };
	struct peal_queue_opts opts = { .sq_log2 = RING_LOG2, .cq_log2 = RING_LOG2 };
	struct peal_region_opts area = { .bytes = AREA };

	*b = (struct bed){ .queues = queues };
	if (peal_open(options.backend, &open, &b->dev))
		return wrong(cli, b, params);
	for (unsigned q = 0; q < queues; q++)
		if (peal_queue_create(b->dev, &opts, &b->queue[q]))
			return wrong(cli, b, "queue");
	if (peal_region_alloc(b->dev, &area, &b->from) || peal_region_alloc(b->dev, &area, &b->to))
		return wrong(cli, b, "memory");
	return true;
}

/* A counter as of now; the copy and the reads take the same cycles each time. */
static bool counters(struct cli *cli, struct bed *b, uint32_t *cycles, uint32_t *completed)
{
	if (peal_reg_write(b->dev, PEAL_REG_CTR_SNAP, 1) ||
	    peal_reg_read(b->dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_CYCLES, cycles) ||
	    (completed &&
	     peal_reg_read(b->dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_COMPLETED, completed)))
		return wrong(cli, b, "counters");
	return true;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool one_trip(struct cli *cli, struct bed *b, uint32_t wait, uint32_t *cycles)
{
	static const uint64_t words[5] = { 1, 2, 4, 8, 16 };
	struct peal_completion done;
	struct peal_desc d;
	uint32_t idle, before, after;
	int r = 0;

	peal_prep_echo(&d, wait, words);
	if (peal_advance(b->dev, wait) < 0 || !counters(cli, b, &idle, NULL) ||
	    !counters(cli, b, &before, NULL))
		return wrong(cli, b, "advance");
	if (peal_submit(b->queue[0], &d, 1) != 1)
		return wrong(cli, b, "submit");
	for (unsigned i = 0; !r && i < PATIENCE; i++)
		r = peal_poll(b->queue[0], &done, 1);
	if (r != 1 || done.status != PEAL_ST_OK || done.result != 31)
		return wrong(cli, b, "an ECHO came to no good end");
	if (!counters(cli, b, &after, NULL))
		return false;
	*cycles = after - before - (before - idle);
	return true;
}

struct trips {
	uint32_t least, median, late; /* of a hundred all but one are not later */
};

/* Some round trips, each begun at a moment of its own. */
static bool round_trips(struct cli *cli, struct bed *b, struct trips *trips)
{
	uint32_t *cycles = calloc(options.samples, sizeof(*cycles)), x = 1;
	bool good = cycles != NULL;

	for (uint64_t i = 0; good && i < options.samples; i++) {
		x = x * 1664525 + 1013904223;
		good = one_trip(cli, b, 1 + (x >> 16) % 4096, &cycles[i]);
	}
	if (good) {
		qsort(cycles, options.samples, sizeof(*cycles), by_value);
		trips->least = cycles[0];
		trips->median = cycles[options.samples / 2];
		trips->late = cycles[(options.samples - 1) * 99 / 100];
	}
	free(cycles);
	return good;
}

static void prepare(const struct bed *b, enum measure what, uint32_t bytes, uint32_t i,
		    struct peal_desc *d)
{
	static const uint64_t words[5] = { 1, 2, 4, 8, 16 };
	uint64_t at = bytes ? (uint64_t)(i % (AREA / bytes)) * bytes : 0;

	if (what == COPY_RATE)
		peal_prep_copy(d, i, peal_at(b->from, at), peal_at(b->to, at), bytes);
	else
		peal_prep_echo(d, i, words);
}

static bool run_until(struct cli *cli, struct bed *b, uint32_t target, uint32_t *cycles,
		      uint32_t *completed)
{
	uint32_t start = 0;

	for (bool first = true;; first = false) {
		if (!counters(cli, b, cycles, completed))
			return false;
		start = first ? *cycles : start;
		if (*completed >= target)
			return true;
		if (*cycles - start > PATIENCE)
			return wrong(cli, b, "no steady state");
		if (peal_advance(b->dev, 64) < 0)
			return wrong(cli, b, "advance");
	}
}

/* Descriptors in 1000 cycles, or bytes a cycle, while every queue has more than it can take. */
static bool rate(struct cli *cli, struct bed *b, enum measure what, uint32_t bytes, double *figure)
{
	/* A third of what is measured comes before it, and behind it. */
	uint32_t count = (uint32_t)options.count, edge = count / 3;
	uint32_t each = (count + 2 * edge) / b->queues + 1;
	struct peal_desc *descs = malloc(each * sizeof(*descs));
	uint32_t from, to, from_done, to_done;
	bool good = descs != NULL;

	for (uint32_t i = 0; good && i < each; i++)
		prepare(b, what, bytes, i, &descs[i]);
	for (unsigned q = 0; good && q < b->queues; q++)
		good = peal_submit(b->queue[q], descs, each) == (int)each || wrong(cli, b, "submit");
	good = good && run_until(cli, b, edge, &from, &from_done) &&
	       run_until(cli, b, from_done + count / 2, &to, &to_done);
	free(descs);
	if (!good)
		return false;
	*figure = (double)(to_done - from_done) / (to - from) * (bytes ? bytes : 1000);
	return true;
}

static bool measure(struct cli *cli, const struct figure *f, const struct curve *c, unsigned value,
		    double *figure)
{
	bool sweeps_queues = !strcmp(f->key, "queues");
	struct trips trips = { 0, 0, 0 };
	char params[512];
	struct bed b;
	bool good;

	snprintf(params, sizeof(params), "%s,%s=%u%s%s%s%s", f->params, f->key, value,
		 *c->params ? "," : "", c->params, options.params ? "," : "",
		 options.params ? options.params : "");
	good = open_bed(cli, &b, params, sweeps_queues ? value : 1);
	if (good && f->measure == ROUND_TRIP) {
		good = round_trips(cli, &b, &trips);
		*figure = trips.median;
	} else if (good) {
		good = rate(cli, &b, f->measure, c->bytes, figure);
	}
	if (b.dev)
		peal_close(b.dev);
	return good;
}

/* ---- files -------------------------------------------------------------------------------- */

static unsigned curves_of(const struct figure *f)
{
	unsigned n = 0;

	while (n < CURVES && f->curves[n].title)
		n++;
	return n;
}

static FILE *create(struct cli *cli, const struct figure *f, const char *suffix)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.%s", options.out, f->name, suffix);
	file = fopen(path, "w");
	if (!file)
		cli_fail(cli, JOB_USAGE, "%s: %s", path, strerror(errno));
	return file;
}

static bool write_script(struct cli *cli, const struct figure *f)
{
	FILE *file = create(cli, f, "gp");

	if (!file)
		return false;
	fprintf(file,
		"set terminal svg size 800,500 background 'white'\nset output '%s.svg'\n"
		"set title \"%s\\n(SystemC model; %s)\"\nset xlabel '%s'\nset ylabel '%s'\n"
		"set key outside below\nset grid\nset yrange [0:*]\n"
		"plot for [i=2:%u] '%s.dat' using 1:i with linespoints title columnheader(i)\n",
		f->name, f->title, f->params, f->x, f->y, 1 + curves_of(f), f->name);
	return !(ferror(file) | fclose(file));
}

static bool sweep(struct cli *cli, const struct figure *f)
{
	FILE *data = create(cli, f, "dat");
	bool good = data && write_script(cli, f);

	if (!data)
		return false;
	printf("%s\n%-12s", f->title, f->key);
	fprintf(data, "\"%s\"", f->x);
	for (unsigned c = 0; c < curves_of(f); c++) {
		printf("  %28s", f->curves[c].title);
		fprintf(data, " \"%s\"", f->curves[c].title);
	}
	for (unsigned v = 0; good && v < POINTS && f->values[v]; v++) {
		printf("\n%-12u", f->values[v]);
		fprintf(data, "\n%u", f->values[v]);
		for (unsigned c = 0; good && c < curves_of(f); c++) {
			double figure = 0;

			good = measure(cli, f, &f->curves[c], f->values[v], &figure);
			printf("  %28.2f", figure);
			fprintf(data, " %.3f", figure);
			fflush(stdout);
		}
	}
	printf("\n\n");
	fprintf(data, "\n");
	return !(ferror(data) | fclose(data)) && good;
}

/* gnuplot's exit status; 127: it is not here. */
static int draw(const struct figure *f)
{
	char script[64];
	int status = 0;
	pid_t child;

	snprintf(script, sizeof(script), "%s.gp", f->name);
	fflush(NULL);
	child = fork();
	if (!child) {
		if (!chdir(options.out))
			execlp("gnuplot", "gnuplot", script, (char *)NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : 126;
}

static int draw_all(struct cli *cli)
{
	for (unsigned i = 0; i < FIGURES; i++) {
		int status = draw(&figures[i]);

		if (status == 127) {
			printf("gnuplot is not here (apt-get install gnuplot-nox): %s has the data "
			       "and the scripts\n",
			       options.out);
			return JOB_PASS;
		}
		if (status)
			return cli_fail(cli, JOB_MISMATCH, "gnuplot %s.gp: exit %d", figures[i].name,
					status);
	}
	printf("drawn: %s/*.svg\n", options.out);
	return JOB_PASS;
}

/* Before anything is written: is it here, and does it know the parameters? */
static int check_backend(struct cli *cli)
{
	struct peal_device *dev;
	struct peal_open_opts open = { .params = options.params ? options.params : "publish=poll" };
	int r = peal_open(options.backend, &open, &dev);

	if (!r) {
		peal_close(dev);
		return JOB_PASS;
	}
	return cli_fail(cli, r == -EOPNOTSUPP ? JOB_UNAVAILABLE : JOB_USAGE, "%s", peal_error(NULL));
}

static int measure_point(struct cli *cli)
{
	bool trip = !strcmp(options.measure, "round-trip");
	struct trips trips = { 0, 0, 0 };
	double figure = 0;
	struct bed b;
	bool good;

	if (!trip && strcmp(options.measure, "echo"))
		return cli_usage(cli, "--measure %s: it is round-trip or echo", options.measure);
	good = open_bed(cli, &b, options.params ? options.params : "", (unsigned)options.queues);
	good = good && (trip ? round_trips(cli, &b, &trips) : rate(cli, &b, ECHO_RATE, 0, &figure));
	if (b.dev)
		peal_close(b.dev);
	if (good && trip)
		printf("%u %u %u\n", trips.least, trips.median, trips.late);
	else if (good)
		printf("%.3f\n", figure);
	return good ? JOB_PASS : JOB_MISMATCH;
}

int cmd_explore(struct cli *cli)
{
	const struct cli_option table[] = {
		{ "out", CLI_TEXT, &options.out, 0, 0, 0 },
		{ "backend", CLI_TEXT, &options.backend, 0, 0, 0 },
		{ "params", CLI_TEXT, &options.params, 0, 0, 0 },
		{ "measure", CLI_TEXT, &options.measure, 0, 0, 0 },
		{ "queues", CLI_NUMBER, &options.queues, 1, QUEUES_MAX, 0 },
		{ "samples", CLI_NUMBER, &options.samples, 1, 100000, 0 },
		{ "count", CLI_NUMBER, &options.count, 100, COUNT_MAX, 0 },
	};
	int r;

	options.out = "explore";
	options.backend = "systemc";
	options.samples = 40;
	options.count = 2000;
	options.queues = 1;
	cli->help = help;
	r = cli_options(cli, table, sizeof(table) / sizeof(table[0]));
	if (r)
		return r < 0 ? JOB_PASS : r;
	if (cli->count)
		return cli_usage(cli, "'%s' is no option", cli->words[0]);
	r = check_backend(cli);
	if (r || options.measure)
		return r ? r : measure_point(cli);
	if (mkdir(options.out, 0777) && errno != EEXIST)
		return cli_fail(cli, JOB_USAGE, "%s: %s", options.out, strerror(errno));
	for (unsigned i = 0; i < FIGURES; i++)
		if (!sweep(cli, &figures[i]))
			return JOB_MISMATCH;
	return draw_all(cli);
}
