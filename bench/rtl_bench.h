/* SPDX-License-Identifier: MIT */
/*
 * rtl_bench.h - what the parts of bench_rtl and fidelity share.
 *
 *	bench_rtl.c	the rows, their goals, the peers, output
 *	fidelity.c	rows of the RTL beside the same ones of its model
 *	rtl_load.c	workloads: descriptors, and what their completions must say
 *	rtl_measure.c	steady state, latency, fairness on a device
 */
#ifndef RTL_BENCH_H
#define RTL_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include <peal/peal.h>

enum load_kind {
	LOAD_NOP,
	LOAD_ECHO,
	LOAD_COPY,
	LOAD_COPY_SKEWED, /* to a place that is RTL_SKEW bytes off */
	LOAD_COPY_CRC,
	LOAD_FILL,
	LOAD_COMPARE,
	LOAD_CRC32C,
	LOAD_PREFILL, /* these three: each on a record of its own, or on one of RTL_ROLLOUTS */
	LOAD_REWARD,
	LOAD_DECODE
};

/* What each queue of a device is given. */
struct load {
	enum load_kind kind;
	uint32_t bytes; /* payload of a descriptor; DECODE: of its tokens */
};

#define RTL_QUEUES_MAX 8
#define RTL_ROLLOUTS 256
#define RTL_RECORDS 8192
#define RTL_SKEW 20
#define RTL_AREA_BYTES (1u << 20) /* source and destination of COPY */
#define RTL_WINDOW 256 /* descriptors that a queue of the engine may have in flight */

struct rig {
	struct peal_device *dev;
	struct peal_region *source, *target, *records, *tokens;
	struct peal_queue *queue[RTL_QUEUES_MAX];
	struct load load[RTL_QUEUES_MAX];
	unsigned published[RTL_QUEUES_MAX];
	unsigned queues;
};

/* The backend; set once by main. */
extern const char *rtl_backend;

/* A message and false: what every function below returns when something is wrong. */
bool rtl_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- rtl_load.c ---- */

/* Opens the device and its memory; `log` (may be NULL) is where bus events go. */
bool rig_open(struct rig *rig, unsigned latency, const char *log);
/* Adds a queue of 2^cq_log2 completion slots that carries `load`. */
bool rig_add(struct rig *rig, struct load load, unsigned cq_log2);
/* Publishes `count` descriptors with one doorbell. */
bool rig_publish(struct rig *rig, unsigned queue, unsigned count);
/* Reaps and checks all that is outstanding, audits the counters, compares memory; closes. */
bool rig_finish(struct rig *rig);
/* Closes without a check. */
void rig_drop(struct rig *rig);

/* ---- rtl_measure.c ---- */

struct figure {
	double cycles; /* a descriptor */
	uint64_t descriptors;
};

/* Steady state: at least `count` completions of equal queues, none of which runs dry. */
bool measure_steady(struct load load, unsigned queues, unsigned latency, unsigned count,
		    struct figure *figure);
/* The same with a further queue beside them whose completions nobody takes. */
bool measure_stalled(struct load load, unsigned queues, unsigned latency, unsigned count,
		     struct figure *figure);

struct latency {
	uint64_t to_ar;	     /* doorbell write accepted -> descriptor read accepted */
	uint64_t to_written; /* doorbell write accepted -> last W beat of the completion */
};

/* The slowest of some descriptors, one at a time on an idle engine. */
bool measure_latency(struct load load, unsigned latency, struct latency *worst);

struct starvation {
	uint64_t lone; /* doorbell of a lone ECHO -> its completion */
	uint64_t gap;  /* between two completions of a queue that always has ECHOs */
};

/* Long COPYs of `bytes` on one queue, ECHOs on six, a lone ECHO now and then on the eighth. */
bool measure_starvation(unsigned latency, uint32_t bytes, struct starvation *worst);

#endif
