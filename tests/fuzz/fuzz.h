/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - bytes that somebody made up, run on a device.
 *
 * A target takes any bytes, makes work of them, runs it, and checks what holds
 * for every device (docs/testing.md). libFuzzer calls it with `ref`; replay.c
 * calls it twice, with `ref` and another device, and compares the transcripts:
 * what came out, word for word, without anything that depends on time.
 */
#ifndef PEAL_TESTS_FUZZ_H
#define PEAL_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum fuzz_verdict {
	FUZZ_FINE,
	FUZZ_DULL,   /* nothing was run: no job, or one that is too big */
	FUZZ_BROKEN, /* a rule does not hold; run->why says which */
};

struct fuzz_run {
	const char *device, *params; /* params may be NULL */
	FILE *transcript;	     /* NULL: none is wanted */
	uint64_t trace_hash;	     /* of the device's bus, when it ran to the end */
	char why[1024];
};

typedef enum fuzz_verdict (*fuzz_target)(struct fuzz_run *run, const uint8_t *data, size_t size);

/* The bytes are the text of a job. */
enum fuzz_verdict fuzz_job(struct fuzz_run *run, const uint8_t *data, size_t size);

/* The bytes are what a host does: descriptors, doorbells, credits, commands, registers. */
enum fuzz_verdict fuzz_desc(struct fuzz_run *run, const uint8_t *data, size_t size);

/* Keeps the first reason, and returns false. */
bool fuzz_broken(struct fuzz_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
