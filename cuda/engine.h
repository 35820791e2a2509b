/* SPDX-License-Identifier: MIT */
/*
 * engine.h - the GPU as device.c sees it: memory, the kernel, requests to it.
 *
 * One caller at a time. Functions return 0 or a negative errno; cuda_engine_why
 * has the text of the last failure. -ENODEV is for good: the context is lost.
 */
#ifndef PEAL_CUDA_ENGINE_H
#define PEAL_CUDA_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cuda_engine;

struct cuda_engine_opts {
	int gpu;
	uint32_t queues, regions;
	uint64_t arena;	     /* GPU memory that regions are cut from */
	uint64_t split;	     /* operations from so many bytes on are shared by many warps; 0: none is */
	uint32_t movers;     /* most blocks that have nothing else to do */
	uint32_t far_movers; /* most of their warps at work on host memory */
	uint32_t patience;   /* seconds without a sign of life after which the GPU is lost */
};

/* Can it run here? 0, or negative errno and a few words. Starts nothing. */
int cuda_engine_probe(char *why, size_t len);

/* 0; -ENODEV, -EINVAL, -ENOMEM with text in `why`. */
int cuda_engine_open(const struct cuda_engine_opts *opts, struct cuda_engine **out, char *why,
		     size_t len);
/* Ends the kernel, whatever it does, and frees everything. */
void cuda_engine_close(struct cuda_engine *e);
const char *cuda_engine_why(const struct cuda_engine *e);

/* Host memory that later maps may be part of. Before any queue is started. */
int cuda_engine_pin(struct cuda_engine *e, void *host, uint64_t bytes);

/*
 * Makes host memory visible to the GPU, at the address the host has for it. Unless it is
 * pinned already, a running kernel is ended for that, and started again with all indices kept.
 */
int cuda_engine_map(struct cuda_engine *e, void *host, uint64_t bytes);
int cuda_engine_unmap(struct cuda_engine *e, void *host, uint64_t bytes);

/*
 * Zeroed memory of the GPU: from the arena, or, as above, with the kernel ended meanwhile.
 * -ENOSPC when there is none left.
 */
int cuda_engine_alloc(struct cuda_engine *e, uint64_t bytes, uint64_t *address);
int cuda_engine_free(struct cuda_engine *e, uint64_t address);
/* Copies to and from it; what is written is there for all that is published after the return. */
int cuda_engine_write(struct cuda_engine *e, uint64_t address, const void *from, uint64_t bytes);
int cuda_engine_read(struct cuda_engine *e, void *to, uint64_t address, uint64_t bytes);

/* The entry holds for every descriptor that is published after the return. */
int cuda_engine_region(struct cuda_engine *e, uint32_t index, const struct cuda_region *region);

/* Invalidations so far: cuda_status.tables says which of them nothing in flight is older than. */
uint32_t cuda_engine_tables(const struct cuda_engine *e);

/* Begins, rings and ends a queue, and asks for its status; each waits for the answer, bounded. */
int cuda_engine_start(struct cuda_engine *e, uint32_t queue, const struct cuda_queue_config *config,
		      struct cuda_status *status);
int cuda_engine_ring(struct cuda_engine *e, uint32_t queue, struct cuda_status *status);
int cuda_engine_end(struct cuda_engine *e, uint32_t queue, const struct cuda_end *end,
		    struct cuda_status *status);
int cuda_engine_look(struct cuda_engine *e, uint32_t queue, struct cuda_status *status);

/* The lease ends so many nanoseconds from now; 0: there is none. */
int cuda_engine_lease(struct cuda_engine *e, uint64_t ns);
/* Leases that have expired so far. */
uint32_t cuda_engine_expired(const struct cuda_engine *e);
/* Those that had, when the lease was last renewed. */
uint32_t cuda_engine_renewed(const struct cuda_engine *e);

/* Plain stores and loads of pinned memory. */
void cuda_engine_credit(struct cuda_engine *e, uint32_t queue, uint32_t cq_head);
uint64_t cuda_engine_raises(const struct cuda_engine *e, uint32_t queue);

#ifdef __cplusplus
}
#endif
#endif
