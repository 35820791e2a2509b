/* SPDX-License-Identifier: MIT */
/*
 * ladder.h - what the rungs of the ladder, their rivals and the harness share.
 *
 * A rung is one way to hand descriptors to a GPU. All rungs have the same rings (pinned
 * host memory, contract C1), execute the same descriptors (NOP, ECHO and STOP with the
 * contract's checks) and write the same completions: CQ index = SQ index. What differs is
 * how the GPU comes to know of a descriptor, and who works on it.
 *
 * Memory: the rings and `shared` are pinned, `state` is the GPU's.
 */
#ifndef PEAL_LADDER_H
#define PEAL_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include <peal/contract.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lines with one writer each. */
struct rung_shared {
	PEAL_ALIGNAS(128) uint32_t tail;    /* host: index behind the last one published */
	PEAL_ALIGNAS(128) uint32_t abandon; /* host: return; looked at every some milliseconds */
	PEAL_ALIGNAS(128) uint32_t head;    /* device: index behind the last one that it tells of */
};

struct rung_state {
	uint64_t executed; /* descriptors, counted on the GPU */
	uint64_t stale;	   /* slots that were to be there, and were not valid */
	uint32_t next;	   /* v2: index of the next kernel */
	uint32_t over;	   /* a STOP has been executed */
};

/* The argument of every kernel. */
struct rung_args {
	const uint64_t (*sq)[PEAL_DESC_WORDS];
	uint64_t (*cq)[PEAL_COMP_WORDS];
	struct rung_shared *shared;
	struct rung_state *state;
	uint32_t log2, warps;
	uint32_t index;	      /* kernels of one descriptor: which */
	uint64_t lifetime_ns; /* a kernel that nobody stops returns after that */
};

struct rig;

/* Functions that are not needed are NULL; the others return 0 or a negative errno. */
struct rung_ops {
	int (*start)(struct rig *rig);
	int (*kick)(struct rig *rig, uint32_t first, unsigned n); /* so many were published */
	int (*settle)(struct rig *rig);	 /* behind the kick, before completions are looked at */
	int (*prepare)(struct rig *rig); /* between two round trips, outside of the time */
	int (*finish)(struct rig *rig);	 /* behind the STOP's completion */
	bool told;			 /* the host takes completions before shared->head only */
};

extern const struct rung_ops v1_ops, v2_ops, v3_ops, v4_ops, v5_ops, v5b_ops, v6_ops, v7_ops;
extern const struct rung_ops launches_ops, graph_ops, stream_wait_ops, stream_write_ops,
	ringkernel_ops;

/* The GPU with its rings; used by one rung after the other. */
struct rig {
	struct rung_args args;
	uint64_t (*sq)[PEAL_DESC_WORDS];
	uint64_t (*cq)[PEAL_COMP_WORDS];
	struct rung_shared *shared;
	const struct rung_ops *ops;
	void *stream, *own[2]; /* own: of the rung */
	uint32_t armed;
	char why[256];
};

struct rig_about {
	char device[256];
	int cuda, sms, clock_khz; /* cuda: 13000 is 13.0 */
};

/* 0; -EOPNOTSUPP there is no GPU here; -ENOMEM, -ENODEV: rig->why. */
int rig_create(struct rig *rig, int gpu, unsigned log2, struct rig_about *about);

/* Clears rings and counters and starts a rung. Afterwards, whatever it returns, rig_end. */
int rig_begin(struct rig *rig, const struct rung_ops *ops, uint32_t warps, uint64_t lifetime_ns);

/* Waits until the GPU is idle, bounded, and reads its counters; -ETIME: it is not. */
int rig_end(struct rig *rig, struct rung_state *state);

/* For rungs: a kernel of type void(struct rung_args) with rig->args. */
int rig_launch(struct rig *rig, const void *kernel, unsigned blocks, unsigned threads);
int rig_launch_together(struct rig *rig, const void *kernel, unsigned blocks, unsigned threads);
int rig_synchronize(struct rig *rig);
/* Executable graphs of `n` such launches, one behind the other. */
int rig_record(struct rig *rig, const void *kernel, unsigned threads, unsigned n, void **graph);
int rig_replay(struct rig *rig, void *graph);
void rig_forget(void *graph);
int rig_fail(struct rig *rig, int cuda_error, const char *what);
/* v1's launch: the descriptor at `index`. */
int launch_one(struct rig *rig, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
