/* SPDX-License-Identifier: MIT */
/*
 * regions.c - the region table: the window that writes it, and handles resolved by it.
 */
#include <string.h>

#include "front.h"

static void rt_select(struct front_device *dev, uint32_t index)
{
	dev->rt_sel = index;
	if (index < dev->region_count)
		dev->rt = dev->regions[index];
	else
		memset(&dev->rt, 0, sizeof(dev->rt));
}

static void rt_commit(struct front_device *dev, uint32_t value)
{
	dev->rt.generation = value & 0x3f;
	dev->rt.read = value >> 8 & 1;
	dev->rt.write = value >> 9 & 1;
	dev->rt.valid = value >> 31;
	if (dev->rt_sel >= dev->region_count)
		return;
	dev->regions[dev->rt_sel] = dev->rt;
	dev->hooks->committed(dev, dev->rt_sel);
}

static uint32_t rt_commit_read(const struct front_region *rt)
{
	return rt->generation | (uint32_t)rt->read << 8 | (uint32_t)rt->write << 9 |
	       (uint32_t)rt->valid << 31;
}

static uint64_t with_low(uint64_t old, uint32_t low)
{
	return (old & ~(uint64_t)UINT32_MAX) | low;
}

static uint64_t with_high(uint64_t old, uint32_t high)
{
	return (old & UINT32_MAX) | (uint64_t)high << 32;
}

void front_rt_write(struct front_device *dev, uint32_t offset, uint32_t value)
{
	struct front_region *rt = &dev->rt;

	switch (offset) {
	case PEAL_REG_RT_SEL: rt_select(dev, value); break;
	case PEAL_REG_RT_BUS_LO: rt->bus = with_low(rt->bus, value); break;
	case PEAL_REG_RT_BUS_HI: rt->bus = with_high(rt->bus, value & 0xffff); break;
	case PEAL_REG_RT_LEN_LO: rt->bytes = with_low(rt->bytes, value); break;
	case PEAL_REG_RT_LEN_HI: rt->bytes = with_high(rt->bytes, value & 0xff); break;
	case PEAL_REG_RT_TENANT: rt->tenant = (uint16_t)value; break;
	case PEAL_REG_RT_COMMIT: rt_commit(dev, value); break;
	}
}

uint32_t front_rt_read(const struct front_device *dev, uint32_t offset)
{
	const struct front_region *rt = &dev->rt;

	switch (offset) {
	case PEAL_REG_RT_SEL: return dev->rt_sel;
	case PEAL_REG_RT_BUS_LO: return (uint32_t)rt->bus;
	case PEAL_REG_RT_BUS_HI: return (uint32_t)(rt->bus >> 32);
	case PEAL_REG_RT_LEN_LO: return (uint32_t)rt->bytes;
	case PEAL_REG_RT_LEN_HI: return (uint32_t)(rt->bytes >> 32);
	case PEAL_REG_RT_TENANT: return rt->tenant;
	case PEAL_REG_RT_COMMIT: return rt_commit_read(rt);
	case PEAL_REG_RT_BUSY: return dev->hooks->rt_busy(dev);
	default: return 0;
	}
}

/* ---- handles ------------------------------------------------------------------------- */

static const struct front_region *find_region(const struct front_device *dev, uint32_t handle)
{
	uint32_t index = handle & (FRONT_REGIONS_MAX - 1);
	uint32_t generation = handle >> PEAL_HANDLE_INDEX_BITS;
	const struct front_region *region = &dev->regions[index];

	if (index >= dev->region_count || !region->valid || !generation ||
	    region->generation != generation)
		return NULL;
	return region;
}

enum peal_status front_resolve(const struct front_device *dev, uint32_t tenant, uint32_t handle,
			       uint64_t offset, uint64_t bytes, bool read, bool write,
			       struct front_operand *operand)
{
	const struct front_region *region = find_region(dev, handle);

	if (!region)
		return PEAL_ST_BAD_REGION;
	if (region->tenant != tenant)
		return PEAL_ST_TENANT;
	if ((read && !region->read) || (write && !region->write))
		return PEAL_ST_PERMISSION;
	if (offset > region->bytes || bytes > region->bytes - offset)
		return PEAL_ST_RANGE;
	*operand = (struct front_operand){ region->bus + offset, bytes };
	return PEAL_ST_OK;
}
