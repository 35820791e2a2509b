/* SPDX-License-Identifier: MIT */
/*
 * measure.c - the checks and the two measurements, the same for every contender.
 *
 * A figure counts only if every completion behind it was right. An index comes back once:
 * in order from a ring of the ladder, in any order from a queue of libpeal, which audits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "atomics.h"
#include "link.h"

#define BATCH 128

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int fail(char why[256], const char *text)
{
	snprintf(why, 256, "%s", text);
	return -1;
}

static int wrong(char why[256], const struct peal_completion *got, uint32_t cookie, uint32_t status,
		 uint64_t result)
{
	snprintf(why, 256,
		 "index %u: cookie %u, status 0x%02x, result 0x%llx instead of %u, 0x%02x, 0x%llx",
		 got->sq_index, got->cookie, got->status, (unsigned long long)got->result, cookie,
		 status, (unsigned long long)result);
	return -1;
}

/* ---- good and bad descriptors, and what the reference device says to them ------------- */

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * What all rungs can do, and one mistake in every other descriptor. Not: other operations, and
 * the flag EVENT, which the reference has and the rungs have not.
 */
static void invent(struct peal_desc *d, uint64_t *random)
{
	uint64_t words[5], dice = draw(random);
	uint32_t cookie = (uint32_t)draw(random);

	for (unsigned i = 0; i < 5; i++)
		words[i] = draw(random) & PEAL_PAYLOAD_MASK;
	if (dice % 4)
		peal_prep_echo(d, cookie, words);
	else
		peal_prep_nop(d, cookie);
	d->w[0] |= PEAL_FIELD_PUT(PEAL_D_ACTOR, draw(random));
	if (dice >> 8 & 1)
		peal_desc_flags(d, PEAL_FLAG_RELAX_ACQ | PEAL_FLAG_RELAX_REL);
	switch (dice >> 16 & 15) {
	case 0: d->w[0] |= PEAL_FIELD_PUT(PEAL_D_OPCODE, 0x80 | dice >> 24); break;
	case 1: d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, (dice >> 24 & 0xffc3) | 0x40); break;
	case 2: d->w[0] |= PEAL_FIELD_PUT(PEAL_D_CLASS, 1 + (dice >> 24 & 0x7f)); break;
	case 3: d->w[1] |= PEAL_FIELD_PUT(PEAL_D_ACTOR_GEN, 1 | dice >> 24); break;
	case 4: d->w[1] |= PEAL_FIELD_PUT(PEAL_D_RSVD1, 1 | dice >> 24); break;
	case 5: d->w[2 + (dice >> 24) % 5] |= 1 + (dice >> 40); break; /* fine for ECHO */
	case 6: d->w[7] |= PEAL_FIELD_PUT(PEAL_D_AUX1, 1 | dice >> 24); break;
	case 7: d->w[7] |= PEAL_FIELD_PUT(PEAL_D_CRC, 1 | dice >> 24); break;
	default: break;
	}
	if ((dice >> 20 & 7) < 2) {
		peal_desc_flags(d, (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) | PEAL_FLAG_CRC);
		d->w[7] &= ~PEAL_FIELD_PUT(PEAL_D_CRC, UINT32_MAX);
		d->w[7] |= PEAL_FIELD_PUT(PEAL_D_CRC, peal_desc_crc(d));
		if ((dice >> 20 & 7) < 1)
			d->w[7] ^= PEAL_FIELD_PUT(PEAL_D_CRC, 1u << (dice >> 59));
	}
}

static int answer_all(struct peal_queue *q, struct corpus *corpus)
{
	for (unsigned i = 0; i < corpus->count; i++) {
		struct sample *s = &corpus->samples[i];
		int n = peal_submit(q, &s->desc, 1);

		if (n == 1)
			n = peal_wait(q, &s->answer, 1, 1000000000);
		if (n != 1)
			return n < 0 ? n : -EIO;
	}
	return 0;
}

int corpus_make(struct corpus *corpus, unsigned count, uint64_t seed)
{
	const struct peal_queue_opts opts = { .order = PEAL_ORDER_NONE, .matched = true };
	struct peal_device *ref = NULL;
	struct peal_queue *q = NULL;
	int err = peal_open("ref", NULL, &ref);

	*corpus = (struct corpus){ aligned_alloc(64, count * sizeof(struct sample)), count };
	if (!corpus->samples)
		err = -ENOMEM;
	if (!err)
		err = peal_queue_create(ref, &opts, &q);
	if (!err) {
		memset(corpus->samples, 0, count * sizeof(struct sample));
		for (unsigned i = 0; i < count; i++)
			invent(&corpus->samples[i].desc, &seed);
		err = answer_all(q, corpus);
	}
	peal_close(ref);
	return err;
}

void corpus_free(struct corpus *corpus)
{
	free(corpus->samples);
	corpus->samples = NULL;
}

static int check_one(const struct peal_completion *got, const struct corpus *corpus, char why[256])
{
	const struct peal_completion *right;

	if (got->sq_index >= corpus->count)
		return fail(why, "a completion of an index that was not published");
	right = &corpus->samples[got->sq_index].answer;
	if (got->cookie != right->cookie || got->status != right->status ||
	    got->result != right->result)
		return wrong(why, got, right->cookie, right->status, right->result);
	return 0;
}

/* The whole corpus, the last quarter torn where the link can; the ring must be new. */
int check_corpus(struct link *link, const struct corpus *corpus, struct figures *f, char why[256])
{
	struct peal_completion c[BATCH];
	struct peal_desc d[BATCH];
	uint64_t last = now_ns();
	unsigned sent = 0, done = 0;
	int n;

	while (done < corpus->count) {
		unsigned now = corpus->count - sent < BATCH ? corpus->count - sent : BATCH;

		for (unsigned i = 0; i < now; i++)
			d[i] = corpus->samples[sent + i].desc;
		link->torn = sent >= corpus->count / 4 * 3;
		n = now ? link->submit(link, d, now) : 0;
		if (n < 0)
			return fail(why, link->why(link));
		sent += (unsigned)n;
		n = link->poll(link, c, BATCH);
		if (n < 0)
			return fail(why, link->why(link));
		for (int i = 0; i < n; i++)
			if (check_one(&c[i], corpus, why))
				return -1;
		done += (unsigned)n;
		if (n)
			last = now_ns();
		else if (now_ns() - last > link->patience_ns)
			return fail(why, "check: no completion");
	}
	link->torn = false;
	f->checked += done;
	return 0;
}

/* ---- descriptors of the measurements: a function of the index ---------------------------------
 */

static uint64_t echo_of(uint32_t index)
{
	return (index * UINT64_C(0x9e3779b97f4a7c15)) & PEAL_PAYLOAD_MASK;
}

/* An ECHO whose five words have the XOR echo_of(index). */
static void fill(struct peal_desc *d, uint32_t index)
{
	d->w[0] = PEAL_FIELD_PUT(PEAL_D_OPCODE, PEAL_OP_ECHO);
	d->w[1] = PEAL_FIELD_PUT(PEAL_D_COOKIE, ~index);
	d->w[2] = echo_of(index);
	d->w[3] = d->w[5] = index;
	d->w[4] = d->w[6] = index + UINT64_C(1);
	d->w[7] = 0;
}

static int check_echo(const struct peal_completion *c, char why[256])
{
	if (c->status == PEAL_ST_OK && c->cookie == ~c->sq_index &&
	    c->result == echo_of(c->sq_index))
		return 0;
	return wrong(why, c, ~c->sq_index, PEAL_ST_OK, echo_of(c->sq_index));
}

/* ---- round trips -------------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* From before the descriptor is published until its completion is in hand. */
static int round_trip(struct link *link, uint32_t *ns, char why[256])
{
	struct peal_completion c;
	uint32_t index = link->sent;
	struct peal_desc d;
	uint64_t start;
	int n;

	fill(&d, index);
	start = now_ns();
	n = link->submit(link, &d, 1);
	if (n != 1)
		return fail(why, n < 0 ? link->why(link) : "an empty ring is full");
	for (unsigned looks = 1; !(n = link->poll(link, &c, 1)); looks++)
		if (looks % 4096 == 0 && now_ns() - start > link->patience_ns)
			return fail(why, "round trip: no completion");
	*ns = (uint32_t)(now_ns() - start);
	if (n < 0)
		return fail(why, link->why(link));
	if (c.sq_index != index)
		return fail(why, "a completion of another index");
	return check_echo(&c, why);
}

static void rank(struct figures *f, uint32_t *ns, unsigned n)
{
	qsort(ns, n, sizeof(*ns), by_value);
	f->samples = n;
	f->min = ns[0] / 1e3;
	f->p50 = ns[(unsigned)(0.5 * (n - 1))] / 1e3;
	f->p99 = ns[(unsigned)(0.99 * (n - 1))] / 1e3;
	f->p999 = ns[(unsigned)(0.999 * (n - 1))] / 1e3;
}

/* One at a time, 0 to 4 us apart at random, so that they do not fall into step with the looks. */
int measure_latency(struct link *link, unsigned samples, double seconds, struct figures *f,
		    char why[256])
{
	uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), until;
	uint32_t *ns = calloc(samples, sizeof(*ns)), random = 1;
	unsigned n = 0;
	int err = ns ? 0 : fail(why, "no memory");

	while (!err && n < samples && (n < 100 || now_ns() < end)) {
		if (link->prepare && link->prepare(link))
			err = fail(why, link->why(link));
		random = random * 1664525 + 1013904223;
		until = now_ns() + (random >> 20);
		while (now_ns() < until)
			;
		if (!err)
			err = round_trip(link, &ns[n], why);
		n++;
	}
	if (!err) {
		rank(f, ns, n);
		f->checked += n;
	}
	free(ns);
	return err;
}

/* ---- a full ring -------------------------------------------------------------------------------
 */

int measure_stream(struct link *link, double seconds, struct figures *f, char why[256])
{
	uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), now = start;
	uint64_t last = start, done = 0;
	struct peal_completion c[BATCH];
	struct peal_desc d[BATCH];
	int n;

	for (; now < end || link->sent != link->taken; now = now_ns()) {
		if (now < end) {
			for (unsigned i = 0; i < BATCH; i++)
				fill(&d[i], link->sent + i);
			n = link->submit(link, d, BATCH);
			if (n < 0)
				return fail(why, link->why(link));
		}
		n = link->poll(link, c, BATCH);
		if (n < 0)
			return fail(why, link->why(link));
		for (int i = 0; i < n; i++)
			if (check_echo(&c[i], why))
				return -1;
		done += (uint64_t)n;
		if (n)
			last = now;
		else if (now - last > link->patience_ns)
			return fail(why, "stream: no completion");
	}
	f->million_per_second = 1e3 * (double)done / (double)(now_ns() - start);
	f->checked += done;
	return 0;
}

int stop_link(struct link *link, struct figures *f, char why[256])
{
	struct peal_completion c;
	uint32_t index = link->sent;
	uint64_t start = now_ns();
	struct peal_desc d;
	int n;

	peal_prep_stop(&d, index);
	if (link->submit(link, &d, 1) != 1)
		return fail(why, link->why(link));
	while (!(n = link->poll(link, &c, 1)))
		if (now_ns() - start > link->patience_ns)
			return fail(why, "STOP: no completion");
	if (n < 0)
		return fail(why, link->why(link));
	f->checked++;
	if (c.cookie != index || c.status != PEAL_ST_STOPPED || c.result != index)
		return wrong(why, &c, index, PEAL_ST_STOPPED, index);
	return 0;
}
