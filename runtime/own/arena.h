/* SPDX-License-Identifier: MIT */
/*
 * arena.h - a range of addresses that is cut into pieces: whole pages, the first
 * gap that is large enough. It knows numbers only, so it serves host memory that is
 * pinned once and memory of a GPU alike.
 */
#ifndef PEAL_ARENA_H
#define PEAL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ARENA_PAGE 4096u

struct arena_piece {
	uint64_t at, bytes;
};

struct arena {
	uint64_t base, bytes;
	struct arena_piece *pieces; /* by address */
	size_t count;
};

/* 0 and a multiple of ARENA_PAGE behind `base`; -ENOSPC no gap is that large; -ENOMEM. */
int arena_take(struct arena *arena, uint64_t bytes, uint64_t *at);
/* False when no piece starts there. */
bool arena_give(struct arena *arena, uint64_t at);
static inline bool arena_has(const struct arena *arena, uint64_t at)
{
	return at - arena->base < arena->bytes;
}
void arena_clear(struct arena *arena);

#ifdef __cplusplus
}
#endif
#endif
