/* SPDX-License-Identifier: MIT */
/*
 * replay.c - runs fuzzing inputs on `ref` and on another device and compares.
 *
 *	replay [-p PARAMS] [-tvx] job|desc DEVICE FILE...
 *
 * A FILE is one input, or with the name *.corpus many: a line of base64 each
 * (corpus.py makes them). A file whose inputs all break no rule and give equal
 * transcripts on both devices is a PASS. -v prints the transcripts of `ref`, -t
 * the hash over the device's bus after each input; -x ends a file at the first
 * input that is not as it must be.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <peal/peal.h>

#include "fuzz.h"

#define INPUT_MAX 65536

struct replay {
	fuzz_target target;
	const char *device, *params;
	bool verbose, hashes, first_only;
	unsigned inputs, dull, failed;
};

static char *transcript(struct fuzz_run *run, fuzz_target target, const uint8_t *data, size_t size,
			enum fuzz_verdict *verdict)
{
	char *text = NULL;
	size_t length;

	run->transcript = open_memstream(&text, &length);
	if (!run->transcript)
		abort();
	*verdict = target(run, data, size);
	fclose(run->transcript);
	return text;
}

/* The first line that differs, and the line before it. */
static void show_difference(const char *a, const char *b)
{
	const char *line = a, *previous = a;
	size_t i = 0;

	for (; a[i] && a[i] == b[i]; i++)
		if (a[i] == '\n') {
			previous = line;
			line = a + i + 1;
		}
	b += line - a;
	printf("#   after  %.*s\n#   ref    %.*s\n#   other  %.*s\n", (int)strcspn(previous, "\n"),
	       previous, (int)strcspn(line, "\n"), line, (int)strcspn(b, "\n"), b);
}

static void one_input(struct replay *r, const char *file, unsigned number, const uint8_t *data,
		      size_t size)
{
	struct fuzz_run ref = { .device = "ref" };
	struct fuzz_run run = { .device = r->device, .params = r->params };
	enum fuzz_verdict mine, theirs;
	char *a = transcript(&ref, r->target, data, size, &mine);
	char *b = transcript(&run, r->target, data, size, &theirs);

	r->inputs++;
	r->dull += mine == FUZZ_DULL;
	if (r->verbose)
		printf("# %s: input %u, %zu bytes\n%s", file, number, size, a);
	if (r->hashes)
		printf("# trace %s %u %016" PRIx64 "\n", file, number, run.trace_hash);
	if (mine == FUZZ_BROKEN)
		printf("# %s: input %u on ref: not so: %s\n", file, number, ref.why);
	if (theirs == FUZZ_BROKEN)
		printf("# %s: input %u on %s: not so: %s\n", file, number, r->device, run.why);
	if (mine == FUZZ_BROKEN || theirs == FUZZ_BROKEN || strcmp(a, b))
		r->failed++;
	if (strcmp(a, b)) {
		printf("# %s: input %u: %s differs from ref\n", file, number, r->device);
		show_difference(a, b);
	}
	free(a);
	free(b);
}

static int sextet(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decodes base64 in place; returns the size, or -1. */
static ssize_t decode(char *text)
{
	uint8_t *out = (uint8_t *)text;
	uint32_t bits = 0;
	unsigned have = 0;
	ssize_t n = 0;

	for (; *text && *text != '\n' && *text != '='; text++) {
		int six = sextet(*text);

		if (six < 0)
			return -1;
		bits = bits << 6 | (uint32_t)six;
		have += 6;
		if (have >= 8)
			out[n++] = (uint8_t)(bits >> (have -= 8));
	}
	return n;
}

static bool packed_file(struct replay *r, const char *file, FILE *in)
{
	unsigned number = 0;
	size_t room = 0;
	char *line = NULL;
	bool good = true;

	while (good && !(r->first_only && r->failed) && getline(&line, &room, in) > 0) {
		ssize_t size = decode(line);

		number++;
		good = size >= 0;
		if (good)
			one_input(r, file, number, (uint8_t *)line, (size_t)size);
		else
			printf("# %s:%u: not a line of base64\n", file, number);
	}
	free(line);
	return good;
}

static bool plain_file(struct replay *r, const char *file, FILE *in)
{
	uint8_t *data = malloc(INPUT_MAX);
	size_t size;

	if (!data)
		abort();
	size = fread(data, 1, INPUT_MAX, in);
	one_input(r, file, 1, data, size);
	free(data);
	return true;
}

static bool one_file(struct replay *r, const char *file)
{
	size_t length = strlen(file);
	bool packed = length > 7 && !strcmp(file + length - 7, ".corpus"), good;
	const char *base = strrchr(file, '/');
	FILE *in = fopen(file, "rb");

	r->inputs = r->dull = r->failed = 0;
	if (!in)
		printf("# %s: %s\n", file, strerror(errno));
	good = in && (packed ? packed_file : plain_file)(r, file, in);
	if (in)
		fclose(in);
	if (good && r->inputs == r->dull)
		printf("# %s: nothing in it was run\n", file);
	good = good && r->inputs > r->dull && !r->failed;
	printf("# %s: %u inputs, %u of them run, %u not as they must be\n", file, r->inputs,
	       r->inputs - r->dull, r->failed);
	printf("%s %s\n", base ? base + 1 : file, good ? "PASS" : "FAIL");
	return good;
}

/* A device that cannot run here is no failure. */
static void must_open(const struct replay *r)
{
	struct peal_open_opts opts = { .params = r->params };
	struct peal_device *dev;
	int err = peal_open(r->device, &opts, &dev);

	if (!err) {
		peal_close(dev);
		return;
	}
	printf("%s: %s\n", r->device, peal_error(NULL));
	exit(err == -EOPNOTSUPP ? 77 : 1);
}

int main(int argc, char **argv)
{
	struct replay r = { 0 };
	bool good = true;
	int opt;

	while ((opt = getopt(argc, argv, "p:tvx")) != -1) {
		if (opt == 'p')
			r.params = optarg;
		r.verbose |= opt == 'v';
		r.hashes |= opt == 't';
		r.first_only |= opt == 'x';
		if (opt == '?')
			optind = argc;
	}
	if (argc - optind >= 3) {
		r.target = !strcmp(argv[optind], "job")	   ? fuzz_job
			   : !strcmp(argv[optind], "desc") ? fuzz_desc
							   : NULL;
		r.device = argv[optind + 1];
	}
	if (!r.target) {
		fprintf(stderr, "usage: %s [-p PARAMS] [-tvx] job|desc DEVICE FILE...\n", argv[0]);
		return 2;
	}
	must_open(&r);
	for (int i = optind + 2; i < argc; i++)
		good &= one_file(&r, argv[i]);
	return !good;
}
