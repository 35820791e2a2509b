/* SPDX-License-Identifier: MIT */
/*
 * region.c - memory that descriptors may name.
 *
 * A region is an entry of the device's table (handle, tenant, rights) and a
 * range of the bus. Bus addresses come from a bump allocator, never from host
 * pointers, so that the same calls give the same addresses in every run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PAGE UINT64_C(4096)
#define BUS_END (UINT64_C(1) << PEAL_BUS_BITS)
#define BYTES_END (UINT64_C(1) << PEAL_OFFSET_BITS)

/* ---- the device's table ------------------------------------------------------- */

struct reg_write {
	uint32_t offset, value;
};

static int write_all(struct peal_device *dev, const struct reg_write *w, unsigned n)
{
	int r = 0;

	for (unsigned i = 0; !r && i < n; i++)
		r = peal_write(dev, w[i].offset, w[i].value);
	return r;
}

static uint32_t index_of(const struct peal_region *region)
{
	return region->handle & (PEAL_HANDLES - 1);
}

static int commit(struct peal_region *region)
{
	uint32_t generation = region->handle >> PEAL_HANDLE_INDEX_BITS;
	const struct reg_write writes[] = {
		{ PEAL_REG_RT_SEL, index_of(region) },
		{ PEAL_REG_RT_BUS_LO, (uint32_t)region->bus },
		{ PEAL_REG_RT_BUS_HI, (uint32_t)(region->bus >> 32) },
		{ PEAL_REG_RT_LEN_LO, (uint32_t)region->bytes },
		{ PEAL_REG_RT_LEN_HI, (uint32_t)(region->bytes >> 32) },
		{ PEAL_REG_RT_TENANT, region->tenant },
		{ PEAL_REG_RT_COMMIT, generation | region->access << 8 | 1u << 31 },
	};

	return write_all(region->dev, writes, sizeof(writes) / sizeof(writes[0]));
}

static int invalidate(struct peal_region *region)
{
	const struct reg_write writes[] = {
		{ PEAL_REG_RT_SEL, index_of(region) },
		{ PEAL_REG_RT_COMMIT, 0 },
	};

	return write_all(region->dev, writes, sizeof(writes) / sizeof(writes[0]));
}

/* ---- handles and bus addresses --------------------------------------------------- */

/* The lowest free entry, one generation on from its last life. */
static int take_handle(struct peal_region *region)
{
	struct peal_device *dev = region->dev;
	uint32_t i = 0;
	uint8_t *generation;

	while (i < dev->info.regions && dev->entry[i])
		i++;
	if (i == dev->info.regions)
		return peal_fail(dev, -ENOSPC, "region table full (%u entries)", dev->info.regions);
	generation = &dev->generation[i];
	*generation = *generation == (1u << PEAL_HANDLE_GEN_BITS) - 1 ? 1 : *generation + 1;
	region->handle = (uint16_t)(*generation << PEAL_HANDLE_INDEX_BITS | i);
	dev->entry[i] = region;
	return 0;
}

/* Each region starts at the next 4 KiB boundary plus skew, behind one page that stays free. */
static int take_bus(struct peal_region *region, uint16_t skew)
{
	struct peal_device *dev = region->dev;
	uint64_t bus = dev->bus_next + skew, end = bus + region->bytes;

	if (end > BUS_END - 2 * PAGE)
		return peal_fail(dev, -ENOSPC, "out of bus addresses");
	region->bus = bus;
	dev->bus_next = ((end + PAGE - 1) & ~(PAGE - 1)) + PAGE;
	return 0;
}

static void unlink_region(struct peal_region *region)
{
	struct peal_region **at = &region->dev->regions;

	while (*at && *at != region)
		at = &(*at)->next;
	if (*at)
		*at = region->next;
	region->dev->entry[index_of(region)] = NULL;
	if (region->root)
		region->root->aliases--;
}

/* ---- making ------------------------------------------------------------------------ */

static int check_opts(struct peal_device *dev, const struct peal_region_opts *opts)
{
	if (!opts)
		return peal_fail(dev, -EINVAL, "region: no options");
	if (!opts->bytes || opts->bytes >= BYTES_END)
		return peal_fail(dev, -EINVAL, "region: bytes must be 1 to 2^40 - 1");
	if (opts->access & ~(PEAL_ACCESS_READ | PEAL_ACCESS_WRITE))
		return peal_fail(dev, -EINVAL, "region: unknown access bits 0x%x", opts->access);
	if (opts->bus_skew >= PAGE)
		return peal_fail(dev, -EINVAL, "region: bus_skew must be 0 to 4095");
	if (opts->place > PEAL_PLACE_DEVICE)
		return peal_fail(dev, -EINVAL, "region: no such place: %u", opts->place);
	return 0;
}

static struct peal_region *new_region(struct peal_device *dev, const struct peal_region_opts *opts)
{
	struct peal_region *region = calloc(1, sizeof(*region));

	if (!region) {
		peal_fail(dev, -ENOMEM, "out of memory");
		return NULL;
	}
	region->dev = dev;
	region->bytes = opts->bytes;
	region->tenant = opts->tenant;
	region->access = opts->access ? opts->access : PEAL_ACCESS_READ | PEAL_ACCESS_WRITE;
	return region;
}

static int map_or_alloc(struct peal_region *region)
{
	struct peal_device *dev = region->dev;

	if (region->place == PEAL_PLACE_DEVICE)
		return dev->ops.memory_alloc(dev->impl, region->bus, region->bytes);
	return dev->ops.map(dev->impl, region->bus, region->memory, region->bytes);
}

static int call_map(struct peal_region *region)
{
	struct peal_device *dev = region->dev;
	const char *what = region->place == PEAL_PLACE_DEVICE ? "has no room for" : "does not map";
	int r = -ENODEV;

	peal_io_enter(dev);
	if (!peal_is_dead(dev))
		r = map_or_alloc(region);
	peal_io_leave(dev);
	if (r && r != -ENODEV)
		return peal_fail(dev, r, "device '%s' %s %llu bytes: %s", dev->name, what,
				 (unsigned long long)region->bytes,
				 r == -ENOSPC ? "its own memory is full" : strerror(-r));
	return r;
}

static void call_unmap(struct peal_region *region)
{
	struct peal_device *dev = region->dev;

	peal_io_enter(dev);
	dev->ops.unmap(dev->impl, region->bus);
	peal_io_leave(dev);
}

/* On the bus first, then in the table, so that no handle ever names what is not there. */
static int plug(struct peal_region *region, uint16_t skew)
{
	struct peal_device *dev = region->dev;
	int r = take_handle(region);

	if (r)
		return r;
	region->next = dev->regions;
	dev->regions = region;
	if (region->root) {
		region->root->aliases++;
	} else {
		r = take_bus(region, skew);
		if (!r)
			r = call_map(region);
	}
	if (r)
		goto unlink;
	r = commit(region);
	if (r)
		goto unmap;
	region->valid = true;
	return 0;
unmap:
	if (!region->root)
		call_unmap(region);
unlink:
	unlink_region(region);
	return r;
}

static int publish(struct peal_region *region, uint16_t skew, struct peal_region **out)
{
	struct peal_device *dev = region->dev;
	int r;

	pthread_mutex_lock(&dev->ctl);
	r = plug(region, skew);
	pthread_mutex_unlock(&dev->ctl);
	if (r) {
		peal_memory_free(region->dev, &region->own);
		free(region);
		return r;
	}
	*out = region;
	return 0;
}

int peal_region_alloc(struct peal_device *dev, const struct peal_region_opts *opts,
		      struct peal_region **out)
{
	struct peal_region *region;
	int r = check_opts(dev, opts);

	*out = NULL;
	if (r)
		return r;
	if (opts->place == PEAL_PLACE_DEVICE && !dev->info.memory)
		return peal_fail(dev, -EOPNOTSUPP, "device '%s' has no memory of its own",
				 dev->name);
	region = new_region(dev, opts);
	if (!region)
		return -ENOMEM;
	region->place = opts->place;
	if (region->place == PEAL_PLACE_DEVICE)
		return publish(region, opts->bus_skew, out);
	/* Host and bus addresses agree below 4 KiB, so alignment means the same on both sides. */
	r = peal_memory_alloc(dev, opts->bytes + opts->bus_skew, &region->own);
	if (r) {
		free(region);
		return peal_fail(dev, r, "no memory for a region of %llu bytes",
				 (unsigned long long)opts->bytes);
	}
	region->memory = (uint8_t *)region->own.base + opts->bus_skew;
	return publish(region, opts->bus_skew, out);
}

int peal_region_map(struct peal_device *dev, void *memory, const struct peal_region_opts *opts,
		    struct peal_region **out)
{
	struct peal_region *region;
	int r = check_opts(dev, opts);

	*out = NULL;
	if (r)
		return r;
	if (!memory)
		return peal_fail(dev, -EINVAL, "region: no memory to map");
	if (opts->place != PEAL_PLACE_HOST)
		return peal_fail(dev, -EINVAL, "region: memory of the caller is the host's");
	region = new_region(dev, opts);
	if (!region)
		return -ENOMEM;
	region->memory = memory;
	return publish(region, opts->bus_skew, out);
}

int peal_region_alias(struct peal_region *of, uint64_t offset, const struct peal_region_opts *opts,
		      struct peal_region **out)
{
	struct peal_region *region;
	int r = check_opts(of->dev, opts);

	*out = NULL;
	if (r)
		return r;
	if (offset > of->bytes || opts->bytes > of->bytes - offset)
		return peal_fail(of->dev, -ERANGE, "alias: %llu bytes at %llu of a region of %llu",
				 (unsigned long long)opts->bytes, (unsigned long long)offset,
				 (unsigned long long)of->bytes);
	region = new_region(of->dev, opts);
	if (!region)
		return -ENOMEM;
	region->root = of->root ? of->root : of;
	region->place = of->place;
	region->memory = of->memory ? of->memory + offset : NULL;
	region->bus = of->bus + offset;
	return publish(region, 0, out);
}

/* ---- taking away ----------------------------------------------------------------------- */

static int unplug(struct peal_region *region)
{
	struct peal_device *dev = region->dev;
	int r = 0;

	if (region->valid && !peal_is_dead(dev))
		r = invalidate(region);
	if (r && r != -ENODEV)
		return r;
	region->valid = false;
	if (region->aliases)
		return peal_fail(dev, -EBUSY, "unmap: %u aliases are left", region->aliases);
	if (!peal_is_dead(dev))
		r = peal_await_zero(dev, PEAL_REG_RT_BUSY);
	if (r == -ETIME)
		return peal_fail(dev, -EBUSY,
				 "unmap: a descriptor that may use it is still in flight");
	if (r && r != -ENODEV)
		return r;
	if (!region->root)
		call_unmap(region);
	unlink_region(region);
	return 0;
}

int peal_region_unmap(struct peal_region *region)
{
	struct peal_device *dev;
	int r;

	if (!region)
		return 0;
	dev = region->dev;
	pthread_mutex_lock(&dev->ctl);
	r = unplug(region);
	pthread_mutex_unlock(&dev->ctl);
	if (r)
		return r;
	peal_memory_free(region->dev, &region->own);
	free(region);
	return 0;
}

void peal_regions_unplug(struct peal_device *dev)
{
	for (struct peal_region *region = dev->regions; region; region = region->next)
		if (!region->root)
			call_unmap(region);
}

void peal_regions_free(struct peal_device *dev)
{
	struct peal_region *region;

	while ((region = dev->regions)) {
		dev->regions = region->next;
		peal_memory_free(region->dev, &region->own);
		free(region);
	}
}

/* ---- the bytes, wherever they are ------------------------------------------------------- */

#define TURN_BYTES (UINT64_C(16) << 20) /* of one call into the device, which holds its lock */

static int check_range(const struct peal_region *region, uint64_t offset, uint64_t bytes)
{
	if (offset <= region->bytes && bytes <= region->bytes - offset)
		return 0;
	return peal_fail(region->dev, -ERANGE, "region of %llu bytes: %llu bytes at %llu",
			 (unsigned long long)region->bytes, (unsigned long long)bytes,
			 (unsigned long long)offset);
}

/* One turn, to the device when `from` is given, else from it. */
static int device_turn(struct peal_region *region, uint64_t offset, void *to, const void *from,
		       uint64_t bytes)
{
	struct peal_device *dev = region->dev;
	uint64_t bus = region->bus + offset;
	int r = -ENODEV;

	peal_io_enter(dev);
	if (!peal_is_dead(dev))
		r = from ? dev->ops.memory_write(dev->impl, bus, from, bytes)
			 : dev->ops.memory_read(dev->impl, bus, to, bytes);
	peal_io_leave(dev);
	if (r == -ENODEV)
		return peal_is_dead(dev) ? r : peal_died(dev, r, "memory");
	return r ? peal_fail(dev, r, "device '%s' does not move %llu bytes: %s", dev->name,
			     (unsigned long long)bytes, strerror(-r))
		 : 0;
}

int peal_region_read(struct peal_region *region, uint64_t offset, void *to, uint64_t bytes)
{
	int r = check_range(region, offset, bytes);
	uint64_t n;

	if (!r && region->memory)
		memcpy(to, region->memory + offset, bytes);
	for (uint64_t at = 0; !r && !region->memory && at < bytes; at += n) {
		n = bytes - at < TURN_BYTES ? bytes - at : TURN_BYTES;
		r = device_turn(region, offset + at, (uint8_t *)to + at, NULL, n);
	}
	return r;
}

int peal_region_write(struct peal_region *region, uint64_t offset, const void *from, uint64_t bytes)
{
	int r = check_range(region, offset, bytes);
	uint64_t n;

	if (!r && region->memory)
		memcpy(region->memory + offset, from, bytes);
	for (uint64_t at = 0; !r && !region->memory && at < bytes; at += n) {
		n = bytes - at < TURN_BYTES ? bytes - at : TURN_BYTES;
		r = device_turn(region, offset + at, NULL, (const uint8_t *)from + at, n);
	}
	return r;
}

/* ---- asking ------------------------------------------------------------------------------ */

enum peal_place peal_region_place(const struct peal_region *region)
{
	return (enum peal_place)region->place;
}

void *peal_region_memory(const struct peal_region *region)
{
	return region->memory;
}

uint64_t peal_region_bytes(const struct peal_region *region)
{
	return region->bytes;
}

uint64_t peal_region_bus(const struct peal_region *region)
{
	return region->bus;
}

uint16_t peal_region_handle(const struct peal_region *region)
{
	return region->handle;
}

struct peal_operand peal_at(const struct peal_region *region, uint64_t offset)
{
	return peal_operand(region->handle, offset);
}
