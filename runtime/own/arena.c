/* SPDX-License-Identifier: MIT */
/* arena.c - first fit over a sorted list of what is taken. */
#include "arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int insert(struct arena *arena, size_t i, struct arena_piece piece)
{
	struct arena_piece *p = realloc(arena->pieces, (arena->count + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	memmove(&p[i + 1], &p[i], (arena->count - i) * sizeof(*p));
	p[i] = piece;
	arena->pieces = p;
	arena->count++;
	return 0;
}

int arena_take(struct arena *arena, uint64_t bytes, uint64_t *at)
{
	uint64_t free_from = arena->base, end = arena->base + arena->bytes;

	if (!bytes || bytes > arena->bytes)
		return -ENOSPC;
	bytes = (bytes + ARENA_PAGE - 1) & ~(uint64_t)(ARENA_PAGE - 1);
	for (size_t i = 0; i <= arena->count; i++) {
		uint64_t gap_end = i < arena->count ? arena->pieces[i].at : end;

		if (gap_end - free_from >= bytes) {
			*at = free_from;
			return insert(arena, i, (struct arena_piece){ free_from, bytes });
		}
		if (i < arena->count)
			free_from = arena->pieces[i].at + arena->pieces[i].bytes;
	}
	return -ENOSPC;
}

bool arena_give(struct arena *arena, uint64_t at)
{
	for (size_t i = 0; i < arena->count; i++) {
		struct arena_piece *p = &arena->pieces[i];

		if (p->at != at)
			continue;
		memmove(p, p + 1, (arena->count - i - 1) * sizeof(*p));
		arena->count--;
		return true;
	}
	return false;
}

void arena_clear(struct arena *arena)
{
	free(arena->pieces);
	arena->pieces = NULL;
	arena->count = 0;
}
