/* SPDX-License-Identifier: MIT */
/*
 * bench_cuda.c - executed and checked ECHOs on a device that runs by itself.
 *
 *	bench_cuda [-d DEVICE] [-p PARAMS] [-r LOG2_OF_RING] [-n SAMPLES] [-s SECONDS]
 *		   [-l SECONDS] [-j FILE]
 *
 * Latency: one descriptor at a time, submitted at random intervals so that it does not fall
 * into step with the device's looks; from before peal_submit to the completion in hand. Wake:
 * the same after a while in which the queue was idle, and had parked if it may.
 * Throughput: a thread for each queue keeps its ring full; with -l one and eight for longer,
 * with the variation of the one-second rates. Every result is compared with the
 * XOR of what was sent, and the device's counters with the host's; a difference ends the run.
 * Exit 0, 1, or 77 when the device cannot run here.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <peal/peal.h>

#define BATCH 128
#define CLOCK_EVERY 1024 /* polls: a look at the clock takes as long as a poll */
#define TIMED_EVERY 17	 /* rounds: a look at the clock takes as long as 8 descriptors */
#define QUEUES_MAX 8
#define PATIENCE_NS UINT64_C(5000000000)
#define WAKE_SAMPLES 100
#define WAKE_IDLE_NS 20000000

/* Where the time of a thread goes; idle: polls that found nothing. */
enum part { SUBMIT, POLL, CHECK, IDLE, PARTS };

struct lane {
	_Alignas(128) struct peal_device *dev; /* no two threads share a line */
	struct peal_queue_opts opts;
	pthread_t thread;
	double seconds;
	uint64_t done, ns;
	_Atomic uint64_t seen; /* `done`, for who looks on */
	uint64_t part[PARTS], calls[PARTS]; /* ns, in the rounds that are timed, */
	uint64_t timed;			    /* in which so many were done */
	bool good;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t echo_of(uint32_t cookie)
{
	return (cookie * UINT64_C(0x9e3779b97f4a7c15)) & PEAL_PAYLOAD_MASK;
}

/* The XOR of the five words is echo_of(cookie). */
static void prepare(struct peal_desc *d, uint32_t cookie)
{
	const uint64_t words[5] = { echo_of(cookie), cookie, cookie + 1, cookie, cookie + 1 };

	peal_prep_echo(d, cookie, words);
}

static bool right(const struct peal_completion *c)
{
	return c->status == PEAL_ST_OK && c->result == echo_of(c->cookie);
}

/* ---- results as JSON: an array of {what, mode, queues, figures} ------------------------- */

static FILE *json;
static bool json_more;

static void json_begin(const char *what, const char *mode, unsigned queues)
{
	if (json)
		fprintf(json, "%s\n  {\"name\": \"%s\", \"mode\": \"%s\", \"queues\": %u",
			json_more ? "," : "[", what, mode, queues);
	json_more = true;
}

static void json_number(const char *name, double value)
{
	if (json)
		fprintf(json, ", \"%s\": %.3f", name, value);
}

static void json_end(void)
{
	if (json) {
		fprintf(json, "}");
		fflush(json);
	}
}

static bool wrong(const struct peal_completion *c)
{
	fprintf(stderr, "index %u, cookie %u: %s, 0x%llx instead of 0x%llx\n", c->sq_index,
		c->cookie, peal_status_name(c->status), (unsigned long long)c->result,
		(unsigned long long)echo_of(c->cookie));
	return false;
}

/* Says which one is not. */
static bool all_right(const struct peal_completion *c, int n)
{
	bool good = true;

	for (int i = 0; i < n; i++)
		good &= right(&c[i]);
	for (int i = 0; i < n && !good; i++)
		if (!right(&c[i]))
			return wrong(&c[i]);
	return good;
}

/* ---- latency ------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool one_trip(struct peal_queue *q, uint32_t i, uint32_t *ns)
{
	struct peal_completion c;
	struct peal_desc d;
	uint64_t start;
	int n;

	prepare(&d, i);
	start = now_ns();
	if (peal_submit(q, &d, 1) != 1)
		return false;
	for (unsigned polls = 1; !(n = peal_poll(q, &c, 1)); polls++)
		if (polls % CLOCK_EVERY == 0 && now_ns() - start > PATIENCE_NS)
			return false;
	*ns = (uint32_t)(now_ns() - start);
	return n == 1 && right(&c);
}

static void report_latency(const char *what, const char *name, const uint32_t *ns,
			   unsigned samples)
{
	static const struct {
		const char *name;
		double at;
	} points[] = {
		{ "min", 0 }, { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 }
	};

	printf("%-8s %-14s", what, name);
	json_begin(what, name, 1);
	for (unsigned i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		double us = ns[(unsigned)(points[i].at * (samples - 1))] / 1e3;

		printf("  %s %5.2f", points[i].name, us);
		json_number(points[i].name, us);
	}
	printf(" us\n");
	json_number("samples", samples);
	json_end();
}

/* Between two trips idle_ns go by, and 0 to 4 us. */
static bool trips(struct peal_device *dev, const struct peal_queue_opts *opts, const char *what,
		  const char *name, unsigned samples, uint64_t idle_ns)
{
	uint32_t *ns = calloc(samples, sizeof(*ns)), random = 1;
	struct peal_queue *q;
	bool good = ns && !peal_queue_create(dev, opts, &q);

	for (unsigned i = 0; good && i < samples; i++) {
		uint64_t until;

		good = one_trip(q, i, &ns[i]);
		random = random * 1664525 + 1013904223;
		until = now_ns() + idle_ns + (random >> 20);
		while (now_ns() < until)
			;
	}
	if (!good) {
		fprintf(stderr, "%s %s: %s\n", what, name, peal_error(dev));
		free(ns);
		return false;
	}
	qsort(ns, samples, sizeof(*ns), by_value);
	report_latency(what, name, ns, samples);
	peal_queue_destroy(q);
	free(ns);
	return true;
}

static bool latency(struct peal_device *dev, const struct peal_queue_opts *opts, const char *name,
		    unsigned samples)
{
	return trips(dev, opts, "latency", name, samples, 0);
}

static bool wake(struct peal_device *dev, const struct peal_queue_opts *opts)
{
	struct peal_queue_opts parks = *opts;

	parks.suppress = true;
	return trips(dev, opts, "wake", "NONE MATCHED", WAKE_SAMPLES, WAKE_IDLE_NS) &&
	       trips(dev, &parks, "wake", "parked", WAKE_SAMPLES, WAKE_IDLE_NS);
}

/* ---- throughput ---------------------------------------------------------------------- */

static uint64_t spend(struct lane *lane, enum part part, uint64_t since)
{
	uint64_t now = now_ns();

	lane->part[part] += now - since;
	lane->calls[part]++;
	return now;
}

static uint64_t spend_checked(struct lane *lane, uint64_t since, int n)
{
	lane->timed += (uint64_t)n;
	return n ? spend(lane, CHECK, since) : since;
}

static bool stream(struct lane *lane, struct peal_queue *q)
{
	struct peal_completion c[BATCH];
	struct peal_desc d[BATCH];
	uint64_t now = now_ns(), last = now, end = last + (uint64_t)(lane->seconds * 1e9), sent = 0;
	int n;

	for (unsigned i = 0; i < BATCH; i++)
		prepare(&d[i], i);
	for (unsigned round = 0; now < end || lane->done < sent; round++) {
		bool timed = round % TIMED_EVERY == 0;

		if (timed)
			now = now_ns();
		if (now < end && (n = peal_submit(q, d, BATCH)) > 0)
			sent += (uint64_t)n;
		if (timed)
			now = spend(lane, SUBMIT, now);
		n = peal_poll(q, c, BATCH);
		if (n < 0)
			return false;
		if (timed)
			now = spend(lane, n ? POLL : IDLE, now);
		if (!all_right(c, n))
			return false;
		if (timed)
			now = spend_checked(lane, now, n);
		lane->done += (uint64_t)n;
		atomic_store_explicit(&lane->seen, lane->done, memory_order_relaxed);
		if (n)
			last = now;
		else if (now - last > PATIENCE_NS)
			return peal_wait(q, c, 1, 1) == 1; /* for its message */
	}
	return true;
}

static void report_parts(const struct lane *lane)
{
	static const char *const names[PARTS] = { "submit", "poll", "check", "idle" };

	printf("         a thread, ns a descriptor:");
	for (unsigned i = 0; i < PARTS; i++) {
		double ns = (double)lane->part[i] / (double)lane->timed;

		printf("  %s %.1f", names[i], ns);
		json_number(names[i], ns);
	}
	printf("  (%.0f a poll)\n", (double)lane->timed / (double)lane->calls[POLL]);
	json_number("per_poll", (double)lane->timed / (double)lane->calls[POLL]);
}

static void *run_lane(void *arg)
{
	struct lane *lane = arg;
	struct peal_queue *q;
	uint64_t start;

	if (peal_queue_create(lane->dev, &lane->opts, &q))
		return NULL;
	start = now_ns();
	lane->good = stream(lane, q);
	lane->ns = now_ns() - start;
	if (peal_queue_audit(q))
		lane->good = false;
	peal_queue_destroy(q);
	return NULL;
}

/* ---- one-second rates ------------------------------------------------------------------ */

struct rates {
	unsigned count;
	double sum, squares, least;
};

static uint64_t all_done(const struct lane *lanes, unsigned queues)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < queues; i++)
		sum += atomic_load_explicit(&lanes[i].seen, memory_order_relaxed);
	return sum;
}

/* While the threads run: whole seconds, without the first, which warms up. */
static struct rates watch(const struct lane *lanes, unsigned queues, double seconds)
{
	struct rates r = { .least = HUGE_VAL };
	uint64_t before = 0, then = now_ns();

	for (unsigned s = 0; s + 1 <= seconds; s++) {
		const struct timespec second = { .tv_sec = 1 };
		uint64_t now, done;
		double rate;

		nanosleep(&second, NULL);
		now = now_ns();
		done = all_done(lanes, queues);
		rate = 1e3 * (double)(done - before) / (double)(now - then);
		before = done;
		then = now;
		if (!s)
			continue;
		r.count++;
		r.sum += rate;
		r.squares += rate * rate;
		r.least = rate < r.least ? rate : r.least;
	}
	return r;
}

static void report_rates(const struct rates *r)
{
	double mean = r->sum / r->count;
	double cv = 100 * sqrt(fmax(0, r->squares / r->count - mean * mean)) / mean;

	printf("         %u one-second rates: mean %.2f, least %.2f M/s, coefficient of variation "
	       "%.2f %%\n",
	       r->count, mean, r->least, cv);
	json_number("seconds_mean", mean);
	json_number("seconds_least", r->least);
	json_number("seconds_cv_percent", cv);
}

static bool throughput(struct peal_device *dev, const struct peal_queue_opts *opts,
		       const char *name, unsigned queues, double seconds)
{
	static struct lane lanes[QUEUES_MAX];
	struct rates rates = { 0 };
	double rate = 0;
	bool good = true;

	for (unsigned i = 0; i < queues; i++) {
		lanes[i] = (struct lane){ .dev = dev, .opts = *opts, .seconds = seconds };
		pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]);
	}
	if (seconds >= 3)
		rates = watch(lanes, queues, seconds);
	for (unsigned i = 0; i < queues; i++) {
		pthread_join(lanes[i].thread, NULL);
		good &= lanes[i].good;
		rate += lanes[i].ns ? 1e3 * (double)lanes[i].done / (double)lanes[i].ns : 0;
	}
	if (!good)
		fprintf(stderr, "throughput %s: %s\n", name, peal_error(dev));
	printf("stream   %-14s  %u queues  %8.2f M/s\n", name, queues, rate);
	json_begin("stream", name, queues);
	json_number("million_per_second", rate);
	json_number("seconds", seconds);
	if (lanes[0].timed)
		report_parts(&lanes[0]);
	if (rates.count)
		report_rates(&rates);
	json_end();
	return good;
}

struct options {
	const char *device, *params, *json;
	unsigned ring, samples;
	double seconds, sustained;
};

static bool parse(int argc, char **argv, struct options *o)
{
	int opt;

	*o = (struct options){ .device = "cuda", .ring = 12, .samples = 200000, .seconds = 1 };
	while ((opt = getopt(argc, argv, "d:p:r:n:s:l:j:")) != -1) {
		switch (opt) {
		case 'd': o->device = optarg; break;
		case 'p': o->params = optarg; break;
		case 'j': o->json = optarg; break;
		case 'r': o->ring = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'n': o->samples = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'l': o->sustained = strtod(optarg, NULL); break;
		case 's': o->seconds = strtod(optarg, NULL); break;
		default: return false;
		}
	}
	return optind == argc && o->ring && o->ring <= PEAL_RING_LOG2_MAX && o->samples &&
	       o->seconds > 0;
}

static bool measure(struct peal_device *dev, const struct options *o)
{
	const struct peal_queue_opts fifo = { .sq_log2 = (uint8_t)o->ring };
	const struct peal_queue_opts none = { .sq_log2 = (uint8_t)o->ring,
					      .order = PEAL_ORDER_NONE,
					      .matched = true,
					      .cq_log2 = (uint8_t)o->ring };
	struct peal_device_info info;
	bool good = latency(dev, &fifo, "FIFO", o->samples) &&
		    latency(dev, &none, "NONE MATCHED", o->samples) && wake(dev, &none);

	peal_device_info(dev, &info);
	for (unsigned n = 1; good && n <= QUEUES_MAX && n <= info.queues; n *= 2)
		good = throughput(dev, &fifo, "FIFO", n, o->seconds) &&
		       throughput(dev, &none, "NONE MATCHED", n, o->seconds);
	for (unsigned n = 1; good && o->sustained > 0 && n <= info.queues; n = n == 1 ? 8 : 64)
		good = throughput(dev, &none, "NONE MATCHED", n, o->sustained);
	return good;
}

static void report_time(const char *what, uint64_t since)
{
	double ms = (double)(now_ns() - since) / 1e6;

	printf("%-8s %.1f ms\n", what, ms);
	json_begin(what, "", 0);
	json_number("ms", ms);
	json_end();
}

int main(int argc, char **argv)
{
	struct options o;
	struct peal_device *dev;
	uint64_t start;
	bool good;
	int err;

	if (!parse(argc, argv, &o)) {
		fprintf(stderr, "usage: bench_cuda [-d DEVICE] [-p PARAMS] [-r LOG2_OF_RING] "
				"[-n SAMPLES] [-s SECONDS] [-l SECONDS] [-j FILE]\n");
		return 2;
	}
	json = o.json ? fopen(o.json, "w") : NULL;
	if (o.json && !json) {
		perror(o.json);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* who is cut off has said what was measured */
	start = now_ns();
	err = peal_open(o.device, &(struct peal_open_opts){ .params = o.params }, &dev);
	if (err) {
		fprintf(stderr, "bench_cuda: %s\n", peal_error(NULL));
		return err == -EOPNOTSUPP || err == -ENOENT ? 77 : 1;
	}
	report_time("open", start);
	good = measure(dev, &o);
	start = now_ns();
	peal_close(dev);
	report_time("close", start);
	if (json && (fputs("\n]\n", json) < 0 || fclose(json)))
		good = false;
	return !good;
}
