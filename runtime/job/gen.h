/* SPDX-License-Identifier: MIT */
/* gen.h - what gen.c and gen_bad.c share. */
#ifndef PEAL_JOB_GEN_H
#define PEAL_JOB_GEN_H

#include "job.h"

#define GEN_TENANT 1
#define GEN_ROLLS 25 /* records; the last one has max=0 and never starts */

enum gen_region {
	GEN_SRC,  /* read-only */
	GEN_TWIN, /* like src but for a few bytes */
	GEN_ODD,  /* unaligned base, odd size */
	GEN_DST0,
	GEN_DST1,
	GEN_REC,
	GEN_SINK,    /* write-only */
	GEN_FOREIGN, /* another tenant's */
	GEN_WIN,     /* alias into src */
	GEN_MIRROR,  /* alias into dst0 */
	GEN_REGIONS,
};

/* A rollout record as it will be when the descriptors so far are done. */
struct roll {
	uint32_t state, max, boundary, tokens, since;
	int queue;
	int region; /* the tokens of its last DECODE */
	uint64_t offset, bytes;
	unsigned epoch;
};

struct gen {
	struct job *job;
	const struct job_gen_opts *opts;
	struct job_rng rng;
	struct job_place *places;
	int region[GEN_REGIONS];
	struct roll rolls[GEN_ROLLS];
	uint32_t ops[8];
	bool rollouts;
	bool chains; /* of descriptors that wait for each other */
	bool bare;   /* the next descriptor lacks the CRC that its queue asks for */
	unsigned epoch;
	uint64_t at; /* first free byte of this epoch's destination */
};

bool gen_allowed(const struct gen *g, uint32_t opcode);
uint32_t gen_opcode(struct gen *g);
uint32_t gen_next_op(const struct roll *r);
int gen_queue(struct gen *g);
uint64_t gen_length(struct gen *g);
void gen_begin(struct gen *g, struct job_desc *d, uint32_t opcode);
void gen_put(struct job_desc *d, unsigned operand, int region, uint64_t offset);
int gen_read_place(struct gen *g, struct job_desc *d, unsigned operand, uint64_t bytes,
		   uint64_t align);
void gen_write_place(struct gen *g, struct job_desc *d, uint64_t bytes, uint64_t align);
void gen_rollout_b(struct gen *g, struct job_desc *d, uint32_t opcode);
void gen_add(struct gen *g, struct job_desc *d, int queue);

/* Adds one malformed descriptor. */
void gen_bad(struct gen *g);

#endif
