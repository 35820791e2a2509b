/* SPDX-License-Identifier: MIT */
/*
 * reset.c - the reset is complete: whatever the flops begin as, 0 (rtl), random
 * numbers (its checked build) or X (icarus, which ends at an X that gets out), every
 * register reads the same behind it, and so they do some thousand cycles later.
 */
#include "../conformance/raw.h"

#define REGISTERS_MOST 8192
#define QUIET_CYCLES 3000
#define REGIONS_READ 64

struct reading {
	unsigned count;
	uint32_t offset[REGISTERS_MOST], value[REGISTERS_MOST];
};

static void read_one(struct peal_device *dev, struct reading *r, uint32_t offset)
{
	r->offset[r->count] = offset;
	r->value[r->count++] = raw_read(dev, offset);
}

static void read_range(struct peal_device *dev, struct reading *r, uint32_t from, uint32_t to)
{
	for (uint32_t offset = from; offset < to; offset += 4)
		if (offset != PEAL_REG_KIND && offset != PEAL_REG_BUILD)
			read_one(dev, r, offset);
}

/* All of the map that a device has, each entry of the region table, counters as they stand. */
static void read_all(struct peal_device *dev, struct reading *r)
{
	struct peal_device_info info;
	uint32_t regions;

	peal_device_info(dev, &info);
	regions = info.regions < REGIONS_READ ? info.regions : REGIONS_READ;
	raw_write(dev, PEAL_REG_CTR_SNAP, 0);
	read_range(dev, r, 0, PEAL_REG_CTR_BASE + 8 * PEAL_COUNTERS);
	for (uint32_t i = 0; i <= regions; i++) { /* one past the table too */
		raw_write(dev, PEAL_REG_RT_SEL, i);
		read_range(dev, r, PEAL_REG_RT_BUS_LO, PEAL_REG_RT_BUSY);
	}
	raw_write(dev, PEAL_REG_RT_SEL, 0);
	for (uint32_t q = 0; q < info.queues; q++) {
		read_range(dev, r, raw_qreg(q, 0), raw_qreg(q, PEAL_QREG_STRIDE));
		read_range(dev, r, PEAL_DB_BASE + q * info.doorbell_stride,
			   PEAL_DB_BASE + q * info.doorbell_stride + 8);
	}
}

/* A lease runs, so that cycles pass though nothing else happens. */
static void rest(struct peal_device *dev)
{
	raw_write(dev, PEAL_REG_LEASE, 2 * QUIET_CYCLES);
	for (unsigned i = 0; i < QUIET_CYCLES / RAW_STEPS; i++)
		raw_advance(dev);
	raw_write(dev, PEAL_REG_LEASE, 0);
}

static void observe(const char *name, const char *params, struct reading *r)
{
	struct peal_open_opts opts = { .params = params };
	struct peal_device *dev;
	int rc = peal_open(name, &opts, &dev);

	if (rc) {
		printf("%s %s: %s\n", name, params, peal_error(NULL));
		exit(rc == -EOPNOTSUPP ? 77 : 1);
	}
	r->count = 0;
	read_all(dev, r);
	rest(dev);
	read_all(dev, r);
	peal_close(dev);
}

static bool equal(const char *what, const struct reading *a, const struct reading *b)
{
	for (unsigned i = 0; i < a->count && i < b->count; i++)
		if (a->value[i] != b->value[i] || a->offset[i] != b->offset[i]) {
			printf("# %s: register 0x%x reads 0x%x, on rtl 0x%x (access %u)\n", what,
			       a->offset[i], a->value[i], b->value[i], i);
			return false;
		}
	return a->count == b->count;
}

int main(void)
{
	static const struct {
		const char *device, *params, *begins;
	} others[] = {
		{ "rtl", "checked=1,seed=1", "random numbers" },
		{ "rtl", "checked=1,seed=2", "other random numbers" },
		{ "icarus", "checked=1", "X" },
	};
	static struct reading plain, other;
	char name[128];

	observe("rtl", "", &plain);
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		observe(others[i].device, others[i].params, &other);
		snprintf(name, sizeof(name),
			 "reset: %u register reads as on rtl where flops begin as %s", other.count,
			 others[i].begins);
		raw_case(name, equal(others[i].params, &other, &plain));
	}
	return raw_summary();
}
