/* SPDX-License-Identifier: MIT */
/*
 * bench_ring.c - Peal's host ring against DPDK, Boost and Concurrency Kit.
 *
 * Two pinned threads, 64-byte messages by value, every word filled and checked.
 * Four figures: messages a second with batches of 1 and of 32, and the time for
 * 1 message and for 32 to the other thread and back. Rounds are interleaved
 * over the contenders, so that what disturbs the machine disturbs them alike;
 * bench/README.md defines every figure printed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "ring_bench.h"

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "(not recorded)"
#endif

#define MAX_ROUNDS 1001

/* Stands in where there is no C++ compiler for ring_boost.cc. */
__attribute__((weak)) const struct ring_contender ring_boost = {
	.name = "Boost spsc_queue",
	.missing = "g++ and libboost-dev",
};

static const struct ring_contender *const contenders[] = { &ring_peal, &ring_dpdk, &ring_boost,
							   &ring_ck };
enum { CONTENDERS = sizeof contenders / sizeof contenders[0], OURS = 0, BOOST = 2 };

/* What is measured: a row of the table for each contender. */
enum figure { RATE_1, RATE_32, TRIP_P50, TRIP_P99, TRIP_32_P50, TRIP_32_P99, FIGURES };

static const struct {
	const char *title, *key;
	bool more_is_better;
} figures[FIGURES] = {
	{ "batch 1, M messages/s", "batch_1_mps", true },
	{ "batch 32, M messages/s", "batch_32_mps", true },
	{ "round trip of 1, p50, ns", "trip_1_p50_ns", false },
	{ "round trip of 1, p99, ns", "trip_1_p99_ns", false },
	{ "32 and back, p50, ns", "trip_32_p50_ns", false },
	{ "32 and back, p99, ns", "trip_32_p99_ns", false },
};

static double samples[FIGURES][CONTENDERS][MAX_ROUNDS];

/* How often the scheduler took the processor from one of the two threads, in how many runs. */
static unsigned preempted, measured;

bool ring_no_pause;

static struct {
	unsigned rounds, log2;
	uint64_t messages;
	unsigned trips;
	int cpu[2];
	const char *json;
} options = { 13, 10, 1 << 22, 50000, { 0, 1 }, NULL };

/* ---- memory, time ------------------------------------------------------------ */

#define HUGE_PAGE (UINT64_C(1) << 21)

static size_t huge_round(size_t bytes)
{
	return (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

void *ring_memory(size_t bytes)
{
	void *memory;

	bytes = huge_round(bytes);
	memory = aligned_alloc(HUGE_PAGE, bytes);
	if (!memory)
		return NULL;
	madvise(memory, bytes, MADV_HUGEPAGE);
	memset(memory, 0, bytes);
	return memory;
}

void ring_memory_free(void *memory, size_t bytes)
{
	(void)bytes;
	free(memory);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool ring_wait_more(uint64_t *start)
{
	uint64_t now = now_ns();

	if (!*start)
		*start = now;
	return now - *start < RING_WAIT_NS;
}

static double ticks_per_ns(void)
{
	uint64_t ns = now_ns(), ticks = ring_ticks(), end;

	while ((end = now_ns()) - ns < 50000000)
		;
	return (double)(ring_ticks() - ticks) / (double)(end - ns);
}

/* ---- one measurement ------------------------------------------------------------ */

struct run {
	const struct ring_contender *contender;
	void *ring[2];
	unsigned batch;
	bool trip;
	uint32_t *ticks;     /* of each round trip */
	uint64_t start, end; /* of a throughput run, ns */
	atomic_int ready;
	long preempted[2]; /* times each thread lost its processor */
	int error;	   /* of the second thread */
};

static cpu_set_t one_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return set;
}

static int pin(int cpu)
{
	cpu_set_t set = one_cpu(cpu);

	return -pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/* How often this thread lost its processor so far. */
static long preemptions(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? 0 : usage.ru_nivcsw;
}

/* Returns when both threads are here. Pairs with itself in the other thread. */
static int meet(struct run *run)
{
	uint64_t start = 0;

	atomic_fetch_add(&run->ready, 1);
	while (atomic_load(&run->ready) < 2)
		if (!ring_wait_more(&start))
			return -ETIME;
	return 0;
}

static void *second_thread(void *arg)
{
	struct run *run = arg;
	const struct ring_contender *c = run->contender;
	long before;

	run->error = meet(run);
	if (run->error)
		return NULL;
	before = preemptions();
	if (run->trip) {
		run->error = c->pong(run->ring[0], run->ring[1], options.trips, run->batch);
	} else {
		run->error = c->consume(run->ring[0], options.messages, run->batch);
		run->end = now_ns();
	}
	run->preempted[1] = preemptions() - before;
	return NULL;
}

/* Starts the second thread on its processor. */
static int start_second(pthread_t *thread, struct run *run)
{
	cpu_set_t set = one_cpu(options.cpu[1]);
	pthread_attr_t attr;
	int error = pthread_attr_init(&attr);

	if (error)
		return -error;
	error = pthread_attr_setaffinity_np(&attr, sizeof set, &set);
	if (!error)
		error = pthread_create(thread, &attr, second_thread, run);
	pthread_attr_destroy(&attr);
	return -error;
}

static int first_thread(struct run *run)
{
	const struct ring_contender *c = run->contender;
	int error = meet(run);
	long before = preemptions();

	if (error)
		return error;
	run->start = now_ns();
	if (run->trip)
		error = c->ping(run->ring[0], run->ring[1], run->ticks, options.trips, run->batch);
	else
		error = c->produce(run->ring[0], options.messages, run->batch);
	run->preempted[0] = preemptions() - before;
	return error;
}

/* Runs both threads on fresh rings; 0 or negative errno. */
static int measure(struct run *run)
{
	const struct ring_contender *c = run->contender;
	pthread_t thread;
	int error = -ENOMEM;

	run->ring[0] = c->create(options.log2);
	run->ring[1] = c->create(options.log2);
	if (run->ring[0] && run->ring[1]) {
		error = start_second(&thread, run);
		if (!error) {
			error = first_thread(run);
			pthread_join(thread, NULL);
			error = error ? error : run->error;
		}
	}
	for (int i = 0; i < 2; i++)
		if (run->ring[i])
			c->destroy(run->ring[i]);
	measured++;
	preempted += (unsigned)(run->preempted[0] + run->preempted[1]);
	return error;
}

static int compare_ticks(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int measure_rate(unsigned contender, unsigned batch, double *rate)
{
	struct run run = { .contender = contenders[contender], .batch = batch };
	int error = measure(&run);

	*rate = (double)options.messages * 1e3 / (double)(run.end - run.start);
	return error;
}

static int measure_trip(unsigned contender, unsigned batch, double scale, double *p50, double *p99)
{
	struct run run = { .contender = contenders[contender], .batch = batch, .trip = true };
	int error;

	run.ticks = calloc(options.trips, sizeof *run.ticks);
	if (!run.ticks)
		return -ENOMEM;
	error = measure(&run);
	qsort(run.ticks, options.trips, sizeof *run.ticks, compare_ticks);
	*p50 = run.ticks[options.trips / 2] / scale;
	*p99 = run.ticks[(uint64_t)options.trips * 99 / 100] / scale;
	free(run.ticks);
	return error;
}

/* All figures of one contender, into its samples of this round. */
static int measure_all(unsigned c, unsigned round, double scale)
{
	int error = measure_rate(c, 1, &samples[RATE_1][c][round]);

	if (!error)
		error = measure_rate(c, RING_BATCH, &samples[RATE_32][c][round]);
	if (!error)
		error = measure_trip(c, 1, scale, &samples[TRIP_P50][c][round],
				     &samples[TRIP_P99][c][round]);
	if (!error)
		error = measure_trip(c, RING_BATCH, scale, &samples[TRIP_32_P50][c][round],
				     &samples[TRIP_32_P99][c][round]);
	return error;
}

static const char *why(int error)
{
	switch (error) {
	case -ETIME: return "no progress within the time limit";
	case -EBADMSG: return "a message arrived with a wrong word";
	default: return strerror(-error);
	}
}

/* Every contender once a round; who starts changes from round to round. */
static int measure_rounds(void)
{
	const double scale = ticks_per_ns();

	for (unsigned round = 0; round < options.rounds; round++) {
		for (unsigned i = 0; i < CONTENDERS; i++) {
			unsigned c = (round + i) % CONTENDERS;
			int error = contenders[c]->missing ? 0 : measure_all(c, round, scale);

			if (error) {
				fprintf(stderr, "bench-ring: %s, round %u: %s\n",
					contenders[c]->name, round + 1, why(error));
				return error;
			}
		}
		fprintf(stderr, "\rround %u of %u", round + 1, options.rounds);
	}
	fprintf(stderr, "\r%*s\r", 24, "");
	return 0;
}

/* ---- statistics ------------------------------------------------------------------ */

struct spread {
	double q1, median, q3;
};

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, unsigned n, double q)
{
	double place = q * (n - 1);
	unsigned below = (unsigned)place;

	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

static struct spread spread_of(const double *values, unsigned n)
{
	double sorted[MAX_ROUNDS];

	memcpy(sorted, values, n * sizeof *values);
	qsort(sorted, n, sizeof *sorted, compare_doubles);
	return (struct spread){ quantile(sorted, n, 0.25), quantile(sorted, n, 0.5),
				quantile(sorted, n, 0.75) };
}

/* Ours over contender c's, round by round. */
static struct spread ratio_to(enum figure f, unsigned c)
{
	double ratios[MAX_ROUNDS];

	for (unsigned round = 0; round < options.rounds; round++)
		ratios[round] = samples[f][OURS][round] / samples[f][c][round];
	return spread_of(ratios, options.rounds);
}

/* Ours over the best peer's of the same round, whichever that is. */
static struct spread ratio_to_best(enum figure f)
{
	double ratios[MAX_ROUNDS];

	for (unsigned round = 0; round < options.rounds; round++) {
		double best = 0;

		for (unsigned c = 1; c < CONTENDERS; c++) {
			double value = samples[f][c][round];

			if (!contenders[c]->missing &&
			    (!best || (figures[f].more_is_better ? value > best : value < best)))
				best = value;
		}
		ratios[round] = samples[f][OURS][round] / best;
	}
	return spread_of(ratios, options.rounds);
}

static bool any_peer(void)
{
	for (unsigned c = 1; c < CONTENDERS; c++)
		if (!contenders[c]->missing)
			return true;
	return false;
}

/* ---- report -------------------------------------------------------------------------- */

static void cpu_model(char *model, size_t len)
{
	FILE *info = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(model, len, "unknown processor");
	while (info && fgets(line, sizeof line, info)) {
		char *value = strchr(line, ':');

		if (!strncmp(line, "model name", 10) && value) {
			value[strcspn(value, "\n")] = 0;
			snprintf(model, len, "%s", value + 2);
			break;
		}
	}
	if (info)
		fclose(info);
}

static void print_head(void)
{
	char model[128];
	struct utsname system;

	cpu_model(model, sizeof model);
	uname(&system);
	printf("machine   %s, %ld processors, %s %s\n", model, sysconf(_SC_NPROCESSORS_ONLN),
	       system.sysname, system.release);
	printf("threads   pinned to processors %d and %d\n", options.cpu[0], options.cpu[1]);
	printf("compiler  %s, %s\n", __VERSION__, BENCH_FLAGS);
	printf("rings     %u slots of 64 bytes; %llu messages, %u round trips, %u rounds\n",
	       1u << options.log2, (unsigned long long)options.messages, options.trips,
	       options.rounds);
	printf("waiting   %s, the same for all\n",
	       ring_no_pause ? "looks again at once" : "one pause instruction between two looks");
	printf("payload   Peal moves 56 payload bytes in 64-byte slots (the rest is tags); the "
	       "peers move 64\n");
	for (unsigned c = 0; c < CONTENDERS; c++)
		if (contenders[c]->missing)
			printf("left out  %s (install %s)\n", contenders[c]->name,
			       contenders[c]->missing);
}

static void print_figure(enum figure f)
{
	printf("\n%-32s %8s %8s %8s   Peal / it, median (q1-q3)\n", figures[f].title, "median",
	       "q1", "q3");
	for (unsigned c = 0; c < CONTENDERS; c++) {
		struct spread s, r;

		if (contenders[c]->missing)
			continue;
		s = spread_of(samples[f][c], options.rounds);
		r = ratio_to(f, c);
		printf("  %-23s %-6s %8.1f %8.1f %8.1f", contenders[c]->name,
		       contenders[c]->version, s.median, s.q1, s.q3);
		if (c != OURS)
			printf("   %.2f (%.2f-%.2f)", r.median, r.q1, r.q3);
		putchar('\n');
	}
}

static void print_goal(const char *goal, struct spread ratio, bool met)
{
	printf("  %-46s %.2f (%.2f-%.2f)  %s\n", goal, ratio.median, ratio.q1, ratio.q3,
	       met ? "reached" : "not reached");
}

static void print_quiet(void)
{
	printf("\nthe threads lost their processor %u times in %u measurements; all are counted\n",
	       preempted, measured);
}

/* Goals are reported and never decide the exit status. */
static void print_goals(void)
{
	struct spread trip = ratio_to_best(TRIP_P50), rate = ratio_to_best(RATE_1);

	printf("\ngoals, against the best peer of each round\n");
	print_goal("round trip p50, at most 0.6 of the best peer", trip, trip.median <= 0.6);
	print_goal("batch 1, at least 3 times the best peer", rate, rate.median >= 3);
	if (!contenders[BOOST]->missing) {
		struct spread batch = ratio_to(RATE_32, BOOST);

		print_goal("batch 32, at least 1.2 times Boost", batch, batch.median >= 1.2);
	}
}

static void json_figure(FILE *out, enum figure f)
{
	bool first = true;

	fprintf(out, "    \"%s\": {", figures[f].key);
	for (unsigned c = 0; c < CONTENDERS; c++) {
		struct spread s, r;

		if (contenders[c]->missing)
			continue;
		s = spread_of(samples[f][c], options.rounds);
		r = ratio_to(f, c);
		fprintf(out,
			"%s\n      \"%s\": { \"median\": %.3f, \"q1\": %.3f, \"q3\": %.3f, "
			"\"peal_over_it\": %.4f,\n        \"rounds\": [",
			first ? "" : ",", contenders[c]->name, s.median, s.q1, s.q3, r.median);
		for (unsigned round = 0; round < options.rounds; round++)
			fprintf(out, "%s%.3f", round ? ", " : "", samples[f][c][round]);
		fprintf(out, "] }");
		first = false;
	}
	fprintf(out, "\n    }%s\n", f + 1 < FIGURES ? "," : "");
}

static int write_json(const char *path)
{
	FILE *out = fopen(path, "w");
	char model[128];

	if (!out)
		return -errno;
	cpu_model(model, sizeof model);
	fprintf(out,
		"{\n  \"bench\": \"ring\",\n  \"machine\": \"%s\",\n  \"processors\": [%d, %d],\n"
		"  \"compiler\": \"%s\",\n  \"flags\": \"%s\",\n  \"slots\": %u,\n"
		"  \"messages\": %llu,\n  \"round_trips\": %u,\n  \"rounds\": %u,\n"
		"  \"peal_payload_bytes\": %u,\n  \"pause\": %s,\n"
		"  \"measurements\": %u,\n  \"preemptions\": %u,\n  \"figures\": {\n",
		model, options.cpu[0], options.cpu[1], __VERSION__, BENCH_FLAGS, 1u << options.log2,
		(unsigned long long)options.messages, options.trips, options.rounds,
		ring_peal.payload, ring_no_pause ? "false" : "true", measured, preempted);
	for (int f = 0; f < FIGURES; f++)
		json_figure(out, (enum figure)f);
	fprintf(out, "  }\n}\n");
	return fclose(out) ? -errno : 0;
}

/* ---- options -------------------------------------------------------------------------- */

static void usage(FILE *out)
{
	fprintf(out,
		"usage: bench_ring [--rounds N] [--quick] [--slots LOG2] [--messages N]\n"
		"                  [--trips N] [--cpus A,B] [--no-pause] [--json FILE]\n"
		"  --rounds N    interleaved rounds, 1 to %d (13)\n"
		"  --quick       3 rounds of an eighth of the work\n"
		"  --slots LOG2  rings of 2^LOG2 slots, 6 to 15 (10)\n"
		"  --messages N  of one throughput measurement (4194304)\n"
		"  --trips N     of one round-trip measurement (50000)\n"
		"  --cpus A,B    processors of the two threads (0,1)\n"
		"  --no-pause    who waits looks again at once\n"
		"  --json FILE   writes every sample\n",
		MAX_ROUNDS);
}

static bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && end != text && !*end && *value >= low && *value <= high;
}

static bool parse_option(int option)
{
	uint64_t value = 0;
	bool ok = true;

	switch (option) {
	case 'r':
		ok = parse_number(optarg, 1, MAX_ROUNDS, &value);
		options.rounds = (unsigned)value;
		break;
	case 'q':
		options.rounds = 3;
		options.messages = 1 << 19;
		options.trips = 5000;
		break;
	case 's':
		ok = parse_number(optarg, 6, 15, &value);
		options.log2 = (unsigned)value;
		break;
	case 'm':
		ok = parse_number(optarg, RING_BATCH, UINT32_MAX, &value);
		options.messages = value;
		break;
	case 't':
		ok = parse_number(optarg, 1, 100000000, &value);
		options.trips = (unsigned)value;
		break;
	case 'c':
		ok = sscanf(optarg, "%d,%d", &options.cpu[0], &options.cpu[1]) == 2 &&
		     options.cpu[0] >= 0 && options.cpu[0] < CPU_SETSIZE && options.cpu[1] >= 0 &&
		     options.cpu[1] < CPU_SETSIZE && options.cpu[0] != options.cpu[1];
		break;
	case 'p': ring_no_pause = true; break;
	case 'j': options.json = optarg; break;
	default: ok = false;
	}
	return ok;
}

static int parse(int argc, char **argv)
{
	static const struct option known[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "quick", no_argument, NULL, 'q' },
		{ "slots", required_argument, NULL, 's' },
		{ "messages", required_argument, NULL, 'm' },
		{ "trips", required_argument, NULL, 't' },
		{ "cpus", required_argument, NULL, 'c' },
		{ "no-pause", no_argument, NULL, 'p' },
		{ "json", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			exit(0);
		}
		if (!parse_option(option)) {
			usage(stderr);
			return -EINVAL;
		}
	}
	options.messages -= options.messages % RING_BATCH;
	return optind < argc ? (usage(stderr), -EINVAL) : 0;
}

int main(int argc, char **argv)
{
	int error;

	if (parse(argc, argv))
		return 2;
	/* The second is only tried; its thread is started there. */
	for (int i = 1; i >= 0; i--) {
		error = pin(options.cpu[i]);
		if (error) {
			fprintf(stderr, "bench-ring: processor %d: %s\n", options.cpu[i],
				strerror(-error));
			return 77;
		}
	}
	print_head();
	if (measure_rounds())
		return 1;
	for (int f = 0; f < FIGURES; f++)
		print_figure((enum figure)f);
	if (any_peer())
		print_goals();
	print_quiet();
	if (options.json && (error = write_json(options.json))) {
		fprintf(stderr, "bench-ring: %s: %s\n", options.json, strerror(-error));
		return 1;
	}
	return 0;
}
