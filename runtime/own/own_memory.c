/* SPDX-License-Identifier: MIT */
/* own_memory.c - pieces of pages, found by bus address. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "own_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE UINT64_C(4096)

static uint64_t skew(uint64_t bus)
{
	return bus % PAGE;
}

int own_memory_alloc(struct own_memory *own, uint64_t bus, uint64_t bytes, uint8_t **memory)
{
	struct own_piece *pieces;
	uint8_t *pages;

	if (own->limit && bytes > own->limit - own->used)
		return -ENOSPC;
	pieces = realloc(own->pieces, (own->count + 1) * sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	own->pieces = pieces;
	pages = mmap(NULL, bytes + skew(bus), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (pages == MAP_FAILED)
		return -ENOMEM;
	*memory = pages + skew(bus);
	pieces[own->count++] = (struct own_piece){ bus, bytes, *memory };
	own->used += bytes;
	return 0;
}

static void unmap(const struct own_piece *piece)
{
	munmap(piece->memory - skew(piece->bus), piece->bytes + skew(piece->bus));
}

int own_memory_free(struct own_memory *own, uint64_t bus)
{
	for (size_t i = 0; i < own->count; i++) {
		if (own->pieces[i].bus != bus)
			continue;
		unmap(&own->pieces[i]);
		own->used -= own->pieces[i].bytes;
		own->pieces[i] = own->pieces[--own->count];
		return 0;
	}
	return -ENOENT;
}

void own_memory_free_all(struct own_memory *own)
{
	for (size_t i = 0; i < own->count; i++)
		unmap(&own->pieces[i]);
	free(own->pieces);
	own->pieces = NULL;
	own->count = 0;
	own->used = 0;
}

static uint8_t *at(const struct own_memory *own, uint64_t bus, uint64_t bytes)
{
	for (size_t i = 0; i < own->count; i++) {
		const struct own_piece *p = &own->pieces[i];

		if (bus >= p->bus && bus - p->bus <= p->bytes && bytes <= p->bytes - (bus - p->bus))
			return p->memory + (bus - p->bus);
	}
	return NULL;
}

int own_memory_read(const struct own_memory *own, uint64_t bus, void *to, uint64_t bytes)
{
	const uint8_t *from = at(own, bus, bytes);

	if (!from)
		return -EFAULT;
	memcpy(to, from, bytes);
	return 0;
}

int own_memory_write(const struct own_memory *own, uint64_t bus, const void *from, uint64_t bytes)
{
	uint8_t *to = at(own, bus, bytes);

	if (!to)
		return -EFAULT;
	memcpy(to, from, bytes);
	return 0;
}
