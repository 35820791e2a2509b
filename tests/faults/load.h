/* SPDX-License-Identifier: MIT */
/*
 * load.h - the load of the fault tests: every operation, two queues, and what must
 * hold however it ended.
 */
#ifndef PEAL_TESTS_FAULTS_LOAD_H
#define PEAL_TESTS_FAULTS_LOAD_H

#include "../conformance/raw.h"

#define LOAD_QUEUES 2
#define LOAD_EACH 44	   /* descriptors a queue */
#define LOAD_EVENTS 64
#define LOAD_PITCH 8192	   /* bytes from one destination to the next */

enum load_end { LOAD_ABORT, LOAD_RESET, LOAD_DISABLE, LOAD_ENDS };

/* Of one index. */
struct load_outcome {
	unsigned times; /* delivered */
	uint32_t status;
	uint64_t result;
	bool by_host;
};

struct load {
	struct peal_device *dev;
	struct peal_region *source, *target, *records;
	struct peal_queue *q[LOAD_QUEUES];
	unsigned sent[LOAD_QUEUES];
	struct load_outcome outcome[LOAD_QUEUES][LOAD_EACH];
	struct peal_event events[LOAD_EVENTS];
	unsigned event_count, fired;
};

/* DEVICE and -p PARAMS; exits 77 when the device cannot run here. */
void load_arguments(int argc, char **argv);

/* The device with a fault planned (or NULL), memory and queues. */
bool load_open(struct load *l, const char *plan);

/* Sends and reaps until all is back, nothing moves any more, or `steps` have been advanced. */
void load_send(struct load *l, uint64_t steps);

/* Ends both queues and reaps the rest. */
bool load_end(struct load *l, enum load_end end);
const char *load_end_name(enum load_end end);

/* One outcome for each index; the counters of both sides add up. */
bool load_law(struct load *l);

/* Right bytes behind each OK; the bytes between the destinations as they were. */
bool load_bytes(const struct load *l);

void load_close(struct load *l);

/* Says why a case fails; always false. */
bool load_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A number from the environment. */
unsigned load_number(const char *name, unsigned fallback);
uint64_t load_random(uint64_t x);

#endif
