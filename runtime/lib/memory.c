/* SPDX-License-Identifier: MIT */
/*
 * memory.c - pages for regions: huge ones, and near the device, where there are
 * any; what falls back says so in the log, once.
 *
 * Memory is placed by the kernel's first touch, on the node of the thread that
 * allocates. The parameter numa=N prefers node N instead (mbind, without
 * libnuma). A device that pins memory gets some at once, pinned=SIZE bytes, and
 * regions are cut from it while there is room.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"
#include "size.h"

#define PINNED_BYTES (UINT64_C(32) << 20)
#define HUGE_BYTES (UINT64_C(2) << 20)
#define PAGE_BYTES UINT64_C(4096)
#define MPOL_PREFERRED_MODE 1 /* linux/mempolicy.h, which not every machine has */

void *peal_new_apart(size_t bytes)
{
	void *p = aligned_alloc(PEAL_APART, (bytes + PEAL_APART - 1) / PEAL_APART * PEAL_APART);

	return p ? memset(p, 0, bytes) : NULL;
}

static void *map_pages(uint64_t bytes, int flags)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
		       0);

	return p == MAP_FAILED ? NULL : p;
}

/* An anonymous mapping whose start is 2 MiB aligned, so that huge pages may back it. */
static void *map_aligned(uint64_t bytes)
{
	uint8_t *p = map_pages(bytes + HUGE_BYTES, 0);
	uint64_t skip;

	if (!p)
		return NULL;
	skip = -(uintptr_t)p & (HUGE_BYTES - 1);
	if (skip)
		munmap(p, skip);
	munmap(p + skip + bytes, HUGE_BYTES - skip);
	return p + skip;
}

static void say_small_pages(struct peal_device *dev, const char *instead)
{
	if (dev->said_small_pages)
		return;
	dev->said_small_pages = true;
	peal_log(dev, PEAL_LOG_INFO, "no huge pages reserved (vm.nr_hugepages): %s", instead);
}

static void *map_huge(struct peal_device *dev, uint64_t bytes)
{
	void *p = map_pages(bytes, MAP_HUGETLB);

	if (p)
		return p;
	p = map_aligned(bytes);
	if (p && !madvise(p, bytes, MADV_HUGEPAGE))
		say_small_pages(dev, "transparent huge pages instead");
	else if (p)
		say_small_pages(dev, "ordinary pages instead");
	return p;
}

static void place(struct peal_device *dev, void *p, uint64_t bytes)
{
	unsigned long mask[16] = { 0 };
	unsigned bits = 8 * sizeof(mask[0]);

	if (dev->numa_node < 0)
		return;
	mask[(unsigned)dev->numa_node / bits] = 1ul << (unsigned)dev->numa_node % bits;
	if (!syscall(SYS_mbind, p, bytes, MPOL_PREFERRED_MODE, mask, 8 * sizeof(mask), 0))
		return;
	if (!dev->said_no_numa)
		peal_log(dev, PEAL_LOG_WARN,
			 "cannot prefer NUMA node %d (%s): memory is where it is", dev->numa_node,
			 strerror(errno));
	dev->said_no_numa = true;
}

static int map_memory(struct peal_device *dev, uint64_t bytes, struct peal_memory *memory)
{
	uint64_t unit = bytes >= HUGE_BYTES ? HUGE_BYTES : PAGE_BYTES;
	uint64_t whole = (bytes + unit - 1) & ~(unit - 1);

	memory->bytes = whole;
	memory->pinned = false;
	memory->base = unit == HUGE_BYTES ? map_huge(dev, whole) : map_pages(whole, 0);
	if (!memory->base)
		return -ENOMEM;
	place(dev, memory->base, whole);
	return 0;
}

/* ---- pieces of what is pinned ----------------------------------------------------- */

static bool take_pinned(struct peal_device *dev, uint64_t bytes, struct peal_memory *memory)
{
	struct peal_pinned *pinned = &dev->pinned;
	uint64_t at;
	int r;

	pthread_mutex_lock(&pinned->lock);
	r = arena_take(&pinned->arena, bytes, &at);
	pthread_mutex_unlock(&pinned->lock);
	if (r)
		return false;
	*memory = (struct peal_memory){ (void *)(uintptr_t)at, bytes, true };
	memset(memory->base, 0, bytes);
	return true;
}

static void give_pinned(struct peal_device *dev, struct peal_memory *memory)
{
	pthread_mutex_lock(&dev->pinned.lock);
	arena_give(&dev->pinned.arena, (uintptr_t)memory->base);
	pthread_mutex_unlock(&dev->pinned.lock);
}

int peal_memory_pinned(struct peal_device *dev, const char *value)
{
	dev->pinned.want = PINNED_BYTES;
	if (value && !peal_size(value, &dev->pinned.want))
		return peal_fail(NULL, -EINVAL, "parameter pinned=%s: expected a size, such as 64M",
				 value);
	return 0;
}

void peal_memory_pin(struct peal_device *dev)
{
	struct peal_pinned *pinned = &dev->pinned;
	int r;

	if (!dev->ops.pin || !pinned->want)
		return;
	r = map_memory(dev, pinned->want, &pinned->memory);
	if (!r) {
		peal_io_enter(dev);
		r = dev->ops.pin(dev->impl, pinned->memory.base, pinned->memory.bytes);
		peal_io_leave(dev);
	}
	if (r) {
		peal_log(dev, PEAL_LOG_WARN, "device '%s' does not pin %llu bytes (%s): mapping "
			 "memory while it is at work will cost more",
			 dev->name, (unsigned long long)pinned->want, strerror(-r));
		return;
	}
	pinned->arena.base = (uintptr_t)pinned->memory.base;
	pinned->arena.bytes = pinned->memory.bytes;
}

void peal_memory_unpin(struct peal_device *dev)
{
	arena_clear(&dev->pinned.arena);
	peal_memory_free(dev, &dev->pinned.memory);
}

/* ---- for regions ------------------------------------------------------------------- */

int peal_memory_alloc(struct peal_device *dev, uint64_t bytes, struct peal_memory *memory)
{
	return take_pinned(dev, bytes, memory) ? 0 : map_memory(dev, bytes, memory);
}

void peal_memory_free(struct peal_device *dev, struct peal_memory *memory)
{
	if (memory->base && memory->pinned)
		give_pinned(dev, memory);
	else if (memory->base)
		munmap(memory->base, memory->bytes);
	memory->base = NULL;
}

int peal_memory_node(struct peal_device *dev, const char *value)
{
	char *end;
	long node;

	if (!value)
		return 0;
	node = strtol(value, &end, 10);
	if (!*value || *end || node < 0 || node > 1023)
		return peal_fail(NULL, -EINVAL, "parameter numa=%s: expected a node, 0 to 1023",
				 value);
	dev->numa_node = (int)node;
	return 0;
}
