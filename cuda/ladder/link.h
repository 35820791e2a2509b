/* SPDX-License-Identifier: MIT */
/*
 * link.h - how the measuring loops talk to a contender, and the loops.
 *
 * A link is a ring of the ladder (link_ring) or a queue of libpeal (link_peal): descriptors
 * go in, completions come out, oldest first or not. The loops are the same for all, and
 * check every completion.
 */
#ifndef PEAL_LADDER_LINK_H
#define PEAL_LADDER_LINK_H

#include <peal/peal.h>

#include "ladder.h"

struct link {
	/* How many went in, 0 for a full ring, or a negative errno. */
	int (*submit)(struct link *link, const struct peal_desc *descs, unsigned n);
	/* How many there were, or a negative errno. */
	int (*poll)(struct link *link, struct peal_completion *completions, unsigned n);
	/* Between two round trips; may be NULL. */
	int (*prepare)(struct link *link);
	const char *(*why)(struct link *link);

	uint32_t sent, taken; /* descriptors, completions */
	uint64_t patience_ns; /* how long nothing may come back */

	/* link_ring */
	struct rig *rig;
	bool torn;	/* publish the words of a slot one by one, in random order */
	unsigned ahead; /* completions that are fetched ahead */
	uint64_t random;
	/* link_peal */
	struct peal_queue *queue;
	struct peal_device *dev;
};

struct link link_ring(struct rig *rig, unsigned ahead, uint64_t patience_ns);
struct link link_peal(struct peal_device *dev, struct peal_queue *queue, uint64_t patience_ns);

/* What was sent and what is to come back. */
struct sample {
	struct peal_desc desc;
	struct peal_completion answer;
};

struct corpus {
	struct sample *samples;
	unsigned count;
};

/* Good and bad descriptors, answered by the reference device. 0 or a negative errno. */
int corpus_make(struct corpus *corpus, unsigned count, uint64_t seed);
void corpus_free(struct corpus *corpus);

struct figures {
	double min, p50, p99, p999; /* microseconds */
	unsigned samples;
	double million_per_second;
	uint64_t checked; /* completions, all phases together */
};

/* Each returns 0, or -1 with a line in `why`. */
int check_corpus(struct link *link, const struct corpus *corpus, struct figures *f, char why[256]);
int measure_latency(struct link *link, unsigned samples, double seconds, struct figures *f,
		    char why[256]);
int measure_stream(struct link *link, double seconds, struct figures *f, char why[256]);
/* Publishes a STOP and waits for its completion. */
int stop_link(struct link *link, struct figures *f, char why[256]);

#endif
