/* SPDX-License-Identifier: MIT */
/*
 * ladder.c - the rungs of the ladder and their rivals, checked and timed one after the other.
 *
 *	ladder [-g GPU] [-d DEVICE] [-r LOG2_OF_RING] [-n SAMPLES] [-s SECONDS] [-a AHEAD]
 *	       [-e SEED] [-w PATIENCE] [-t LIMIT] [-j FILE] [ladder | rivals | NAME]...
 *
 * For each: a corpus of good and bad descriptors, compared with the reference device;
 * round trips, one at a time, at most SAMPLES and SECONDS; a full ring for SECONDS; a
 * STOP; and the descriptors that the GPU counted against those that the host published.
 * When nothing comes back for PATIENCE seconds, the contender has failed;
 * after LIMIT seconds the program ends, whatever the GPU does.
 *
 * Exit 0; 1 when anything was wrong; 77 without a GPU; 2 for wrong usage.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

enum group { LADDER = 1, RIVALS = 2 };

struct contender {
	const char *name, *title;
	unsigned groups;
	const struct rung_ops *ops; /* NULL: a queue of libpeal of this order */
	uint32_t warps;
	uint8_t order;
};

static const struct contender contenders[] = {
	{ "v1", "launch and synchronise", LADDER | RIVALS, &v1_ops, 1, 0 },
	{ "v2", "graph replay and synchronise", LADDER, &v2_ops, 1, 0 },
	{ "v3", "tail poll, then fetch", LADDER, &v3_ops, 1, 0 },
	{ "v4", "slot poll", LADDER, &v4_ops, 1, 0 },
	{ "v5-2", "slot poll, 2 warps by turns", LADDER, &v5_ops, 2, 0 },
	{ "v5-4", "slot poll, 4 warps by turns", LADDER, &v5_ops, 4, 0 },
	{ "v5b-8", "8 warps by copies, at a pace", LADDER, &v5b_ops, 8, 0 },
	{ "v6-1", "batches of 32, 1 warp", LADDER, &v6_ops, 1, 0 },
	{ "v6-2", "batches of 32, 2 warps", LADDER, &v6_ops, 2, 0 },
	{ "v7-16", "dealt out to 16 warps", LADDER, &v7_ops, 16, 0 },
	{ "v7-64", "dealt out to 64 warps (probe)", LADDER | RIVALS, &v7_ops, 64, 0 },
	{ "launches", "launches back to back", RIVALS, &launches_ops, 1, 0 },
	{ "graph", "graphs of 64 and of 1 kernels", RIVALS, &graph_ops, 1, 0 },
	{ "stream-wait", "stream waits for a word", RIVALS, &stream_wait_ops, 1, 0 },
	{ "stream-write", "... and writes one", RIVALS, &stream_write_ops, 1, 0 },
	{ "ringkernel", "RingKernel's protocol shape", RIVALS, &ringkernel_ops, 1, 0 },
	{ "peal-fifo", "Peal, order FIFO", RIVALS, NULL, 0, PEAL_ORDER_FIFO },
	{ "peal", "Peal, order NONE, MATCHED", RIVALS, NULL, 0, PEAL_ORDER_NONE },
};
#define CONTENDERS (sizeof(contenders) / sizeof(contenders[0]))

struct options {
	const char *device, *json;
	int gpu;
	unsigned ring, samples, ahead;
	double seconds, patience, limit;
	uint64_t seed;
	bool chosen[CONTENDERS];
};

struct row {
	bool tried, good;
	struct figures f;
	char why[256];
};

static struct options options;
static struct rig_about about;
static struct row rows[CONTENDERS];
static const char *running = "the start";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of rows, running and the report */

/* ---- the report -------------------------------------------------------------------------- */

/* The first line of `path` with `key` in it, from behind the key on; "" if there is none. */
static void line_of(const char *path, const char *key, char text[256])
{
	FILE *file = fopen(path, "r");
	char line[256];

	text[0] = 0;
	while (file && fgets(line, sizeof(line), file)) {
		char *found = strstr(line, key);

		if (!found)
			continue;
		found += strlen(key);
		found += strspn(found, " \t:");
		snprintf(text, 256, "%.*s", (int)strcspn(found, "\n"), found);
		break;
	}
	if (file)
		fclose(file);
}

static void print_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  \"%s\": \"", name);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text >= ' ')
			fputc(*text, out);
	fprintf(out, "\"");
}

static void print_row(FILE *out, const struct contender *c, const struct row *r)
{
	fprintf(out, "  {\n ");
	print_string(out, "name", c->name);
	fprintf(out, ",\n ");
	print_string(out, "title", c->title);
	fprintf(out, ",\n   \"groups\": [%s%s%s]", c->groups & LADDER ? "\"ladder\"" : "",
		c->groups == (LADDER | RIVALS) ? ", " : "", c->groups & RIVALS ? "\"rivals\"" : "");
	if (!r->good) {
		fprintf(out, ",\n ");
		print_string(out, "error", r->why);
		fprintf(out, "\n  }");
		return;
	}
	fprintf(out,
		",\n   \"min\": %.3f, \"p50\": %.3f, \"p99\": %.3f, \"p99.9\": %.3f, \"samples\": "
		"%u,\n"
		"   \"million_per_second\": %.4f, \"checked\": %llu\n  }",
		r->f.min, r->f.p50, r->f.p99, r->f.p999, r->f.samples, r->f.million_per_second,
		(unsigned long long)r->f.checked);
}

/* Of "... Kernel Module  580.82.07  Release Build ..." the number with points. */
static void keep_version(char *text)
{
	char *from = strpbrk(text, "0123456789");
	size_t n = 0;

	for (; from; from = strpbrk(from + n, "0123456789")) {
		n = strspn(from, "0123456789.");
		if (memchr(from, '.', n))
			break;
	}
	if (!from)
		return;
	memmove(text, from, n);
	text[n] = '\0';
}

/* Under the lock. */
static int write_json(bool complete)
{
	FILE *out = options.json ? fopen(options.json, "w") : NULL;
	char text[256], date[32];
	time_t now = time(NULL);
	bool more = false;

	if (!options.json)
		return 0;
	if (!out) {
		perror(options.json);
		return -1;
	}
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	fprintf(out, "{\n");
	print_string(out, "date", date);
	fprintf(out, ",\n");
	print_string(out, "device", about.device);
	line_of("/proc/driver/nvidia/version", "Kernel Module", text);
	keep_version(text);
	fprintf(out, ",\n");
	print_string(out, "driver", text);
	line_of("/proc/cpuinfo", "model name", text);
	fprintf(out, ",\n");
	print_string(out, "cpu", text);
	fprintf(out,
		",\n  \"cpus\": %ld,\n  \"cuda\": \"%d.%d\",\n  \"sms\": %d,\n  \"sm_clock_mhz\": "
		"%d,\n"
		"  \"ring_slots\": %u,\n  \"seconds\": %g,\n  \"ahead\": %u,\n  \"seed\": %llu,\n"
		"  \"complete\": %s,\n  \"rows\": [",
		sysconf(_SC_NPROCESSORS_ONLN), about.cuda / 1000, about.cuda % 1000 / 10, about.sms,
		about.clock_khz / 1000, 1u << options.ring, options.seconds, options.ahead,
		(unsigned long long)options.seed, complete ? "true" : "false");
	for (unsigned i = 0; i < CONTENDERS; i++) {
		if (!rows[i].tried)
			continue;
		fprintf(out, "%s\n", more ? "," : "");
		print_row(out, &contenders[i], &rows[i]);
		more = true;
	}
	fprintf(out, "\n  ]\n}\n");
	return fclose(out);
}

static void print_head(void)
{
	printf("%s, %u slots, round trips in us\n", about.device, 1u << options.ring);
	printf("%-13s %-30s %7s %7s %7s %8s %10s %10s\n", "", "", "min", "p50", "p99", "p99.9",
	       "M/s", "checked");
}

static void print_result(const struct contender *c, const struct row *r)
{
	if (r->good)
		printf("%-13s %-30s %7.2f %7.2f %7.2f %8.2f %10.3f %10llu\n", c->name, c->title,
		       r->f.min, r->f.p50, r->f.p99, r->f.p999, r->f.million_per_second,
		       (unsigned long long)r->f.checked);
	else
		printf("%-13s %-30s FAIL: %s\n", c->name, c->title, r->why);
	fflush(stdout);
}

/* ---- the watchdog --------------------------------------------------------------------------- */

/* A thread: the one that measures may be inside the driver. */
static void *watch(void *unused)
{
	(void)unused;
	usleep((useconds_t)(options.limit * 1e6));
	pthread_mutex_lock(&lock);
	fprintf(stderr, "ladder: %g s are over during %s; the GPU may be busy for some time\n",
		options.limit, running);
	write_json(false);
	_exit(1);
}

static void now_running(const char *what)
{
	pthread_mutex_lock(&lock);
	running = what;
	pthread_mutex_unlock(&lock);
}

static uint64_t patience_ns(void)
{
	return (uint64_t)(options.patience * 1e9);
}

/* ---- one contender -----------------------------------------------------------------------------
 */

static int measure(struct link *link, const struct corpus *corpus, struct row *r)
{
	int err = corpus ? check_corpus(link, corpus, &r->f, r->why) : 0;

	if (!err)
		err = measure_latency(link, options.samples, options.seconds, &r->f, r->why);
	return err ? err : measure_stream(link, options.seconds, &r->f, r->why);
}

/* Counted on the GPU == published by the host, or the figures are nothing. */
static int compare_counts(const struct rung_ops *ops, const struct link *link,
			  const struct rung_state *state, char why[256])
{
	/* A descriptor that is prepared for and never comes is found not to be there. */
	uint64_t stale = ops->prepare ? 1 : 0;

	if (state->executed == link->sent && state->stale <= stale)
		return 0;
	snprintf(why, 256, "%u published, %llu executed, %llu not there when they had to be",
		 link->sent, (unsigned long long)state->executed, (unsigned long long)state->stale);
	return -1;
}

/* 0, or negative when the GPU cannot be used any more. */
static int try_rung(struct rig *rig, const struct contender *c, const struct corpus *corpus,
		    struct row *r)
{
	uint64_t lifetime = (uint64_t)((2 * options.seconds + 4 * options.patience + 2) * 1e9);
	int err = rig_begin(rig, c->ops, c->warps, lifetime), ended;
	struct link link = link_ring(rig, 4 * options.ahead, patience_ns());
	struct rung_state state = { 0 };

	if (err)
		snprintf(r->why, sizeof(r->why), "%s", rig->why);
	else
		err = measure(&link, corpus, r);
	if (!err)
		err = stop_link(&link, &r->f, r->why);
	ended = rig_end(rig, &state);
	if (!err && ended)
		snprintf(r->why, sizeof(r->why), "%s", rig->why);
	if (!err && !ended)
		err = compare_counts(c->ops, &link, &state, r->why);
	r->good = !err && !ended;
	rig->why[0] = 0;
	return ended == -ETIME || ended == -ENODEV ? ended : 0;
}

static int use_queue(struct peal_device *dev, const struct contender *c,
		     const struct corpus *corpus, struct row *r)
{
	const struct peal_queue_opts opts = { .sq_log2 = (uint8_t)options.ring,
					      .order = c->order,
					      .matched = c->order == PEAL_ORDER_NONE };
	/* In order FIFO the flags FENCE and SILENT mean something, so the answers differ. */
	bool same = c->order == PEAL_ORDER_NONE;
	struct peal_queue *queue;
	struct link link;
	int err = peal_queue_create(dev, &opts, &queue);

	if (!err) {
		link = link_peal(dev, queue, patience_ns());
		err = measure(&link, same ? corpus : NULL, r);
		if (err)
			return err;
		err = peal_queue_audit(queue);
		peal_queue_destroy(queue);
	}
	if (err)
		snprintf(r->why, sizeof(r->why), "%s", peal_error(dev));
	return err;
}

static void try_peal(const struct contender *c, const struct corpus *corpus, struct row *r)
{
	char params[32];
	struct peal_device *dev;
	int err;

	snprintf(params, sizeof(params), "gpu=%d", options.gpu);
	err = peal_open(options.device,
			&(struct peal_open_opts){ .params = options.gpu ? params : NULL }, &dev);
	if (err) {
		snprintf(r->why, sizeof(r->why), "%s", peal_error(NULL));
		return;
	}
	r->good = !use_queue(dev, c, corpus, r);
	peal_close(dev);
}

/* All that are chosen; how many failed. */
static unsigned try_all(struct rig *rig, const struct corpus *corpus)
{
	unsigned failed = 0;
	int lost = 0;

	for (unsigned i = 0; i < CONTENDERS && !lost; i++) {
		struct row row = { .tried = true };

		if (!options.chosen[i])
			continue;
		now_running(contenders[i].name);
		if (contenders[i].ops)
			lost = try_rung(rig, &contenders[i], corpus, &row);
		else
			try_peal(&contenders[i], corpus, &row);
		pthread_mutex_lock(&lock);
		rows[i] = row;
		pthread_mutex_unlock(&lock);
		print_result(&contenders[i], &row);
		failed += !row.good;
	}
	if (lost)
		fprintf(stderr, "ladder: the GPU cannot be used any more, the rest is left out\n");
	return failed;
}

/* ---- the command line
 * ------------------------------------------------------------------------------ */

static bool choose(const char *name)
{
	unsigned group = !strcmp(name, "ladder") ? LADDER : !strcmp(name, "rivals") ? RIVALS : 0;
	bool any = false;

	for (unsigned i = 0; i < CONTENDERS; i++) {
		if (!(contenders[i].groups & group) && strcmp(name, contenders[i].name))
			continue;
		options.chosen[i] = true;
		any = true;
	}
	if (!any)
		fprintf(stderr, "ladder: there is no '%s'\n", name);
	return any;
}

static bool parse(int argc, char **argv)
{
	int opt;

	options = (struct options){ .device = "cuda",
				    .ring = 12,
				    .samples = 100000,
				    .seconds = 1,
				    .patience = 2,
				    .limit = 58,
				    .seed = 1 };
	while ((opt = getopt(argc, argv, "g:d:r:n:s:a:e:w:t:j:")) != -1) {
		switch (opt) {
		case 'g': options.gpu = atoi(optarg); break;
		case 'd': options.device = optarg; break;
		case 'r': options.ring = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'n': options.samples = (unsigned)strtoul(optarg, NULL, 10); break;
		case 's': options.seconds = strtod(optarg, NULL); break;
		case 'a': options.ahead = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'e': options.seed = strtoull(optarg, NULL, 0); break;
		case 'w': options.patience = strtod(optarg, NULL); break;
		case 't': options.limit = strtod(optarg, NULL); break;
		case 'j': options.json = optarg; break;
		default: return false;
		}
	}
	if (optind == argc && !choose("ladder"))
		return false;
	for (; optind < argc; optind++)
		if (!choose(argv[optind]))
			return false;
	return options.ring && options.ring <= PEAL_RING_LOG2_MAX && options.samples &&
	       options.samples <= 100000000 && options.seconds > 0 && options.seconds <= 600 &&
	       options.patience > 0 && options.patience <= 600 && options.limit > 0 &&
	       options.limit <= 4000 && options.seed && options.gpu >= 0 && options.ahead <= 1024;
}

int main(int argc, char **argv)
{
	static struct rig rig;
	struct corpus corpus;
	pthread_t watcher;
	unsigned failed;
	int err;

	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: ladder [-g GPU] [-d DEVICE] [-r LOG2_OF_RING] [-n SAMPLES] "
				"[-s SECONDS]\n"
				"              [-a LINES_AHEAD] [-e SEED] [-w PATIENCE] [-t LIMIT] "
				"[-j FILE] [ladder | rivals | NAME]...\n");
		return 2;
	}
	if (pthread_create(&watcher, NULL, watch, NULL)) {
		fprintf(stderr, "ladder: no thread for the watchdog\n");
		return 1;
	}
	err = corpus_make(&corpus, 4096, options.seed);
	if (err) {
		fprintf(stderr, "ladder: the reference device: %s\n", strerror(-err));
		return 1;
	}
	err = rig_create(&rig, options.gpu, options.ring, &about);
	if (err) {
		fprintf(stderr, "ladder: %s\n", rig.why);
		return err == -EOPNOTSUPP ? 77 : 1;
	}
	print_head();
	failed = try_all(&rig, &corpus);
	corpus_free(&corpus);
	pthread_mutex_lock(&lock);
	err = write_json(true);
	/* What a lost GPU holds on to is freed by the end of the process. */
	fflush(stdout);
	_exit(failed || err);
}
