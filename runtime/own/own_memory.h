/* SPDX-License-Identifier: MIT */
/*
 * own_memory.h - the memory of a device that is software: what only its bus reaches.
 *
 * The program on the host has no pointer to it. It is written and read through the
 * device (device.h, memory_write and memory_read), as that of a real device is. Each
 * piece lies at a bus address and agrees with it in the lower 12 bits.
 */
#ifndef PEAL_OWN_MEMORY_H
#define PEAL_OWN_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct own_piece {
	uint64_t bus, bytes;
	uint8_t *memory;
};

struct own_memory {
	uint64_t limit, used; /* bytes; limit 0: what the host gives */
	struct own_piece *pieces;
	size_t count;
};

/* Zeroed. 0; -ENOSPC past the limit, -ENOMEM. */
int own_memory_alloc(struct own_memory *own, uint64_t bus, uint64_t bytes, uint8_t **memory);
/* 0; -ENOENT no piece starts there. */
int own_memory_free(struct own_memory *own, uint64_t bus);
void own_memory_free_all(struct own_memory *own);
/* 0; -EFAULT when the range is not in one piece. */
int own_memory_read(const struct own_memory *own, uint64_t bus, void *to, uint64_t bytes);
int own_memory_write(const struct own_memory *own, uint64_t bus, const void *from, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
