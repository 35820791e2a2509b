/* SPDX-License-Identifier: MIT */
/*
 * unit.h - what the unit tests share: cmocka, devices that must open, queues
 * that must be there, and random numbers with a seed that is printed.
 */
#ifndef PEAL_TESTS_UNIT_H
#define PEAL_TESTS_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <peal/peal.h>

#define SECOND UINT64_C(1000000000)

/* ---- random numbers: PEAL_SEED=N repeats a run ------------------------------------ */

static uint64_t unit_state;

static inline void unit_seed(void)
{
	const char *given = getenv("PEAL_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	printf("# PEAL_SEED=%llu\n", (unsigned long long)seed);
	unit_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* splitmix64 */
static inline uint64_t unit_random(void)
{
	uint64_t x = unit_state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t unit_below(uint64_t n)
{
	return unit_random() % n;
}

static inline void unit_fill(void *memory, size_t bytes)
{
	uint8_t *p = memory;

	for (size_t i = 0; i < bytes; i++)
		p[i] = (uint8_t)unit_random();
}

/* ---- devices, regions, queues -------------------------------------------------------- */

static inline struct peal_device *unit_open(const char *name, const struct peal_open_opts *opts)
{
	struct peal_device *dev;
	int r = peal_open(name, opts, &dev);

	if (r)
		fail_msg("peal_open(%s): %d, %s", name, r, peal_error(NULL));
	return dev;
}

static inline struct peal_device *unit_ref(void)
{
	return unit_open("ref", NULL);
}

static inline struct peal_region *unit_region(struct peal_device *dev, uint64_t bytes)
{
	struct peal_region_opts opts = { .bytes = bytes };
	struct peal_region *region;
	int r = peal_region_alloc(dev, &opts, &region);

	if (r)
		fail_msg("peal_region_alloc: %d, %s", r, peal_error(dev));
	return region;
}

static inline struct peal_queue *unit_queue(struct peal_device *dev,
					    const struct peal_queue_opts *opts)
{
	struct peal_queue *q;
	int r = peal_queue_create(dev, opts, &q);

	if (r)
		fail_msg("peal_queue_create: %d, %s", r, peal_error(dev));
	return q;
}

/* One descriptor, there and back. */
static inline struct peal_completion unit_do(struct peal_queue *q, const struct peal_desc *d)
{
	struct peal_completion c;

	assert_int_equal(peal_submit(q, d, 1), 1);
	assert_int_equal(peal_wait(q, &c, 1, 5 * SECOND), 1);
	return c;
}

static inline void unit_is(struct peal_completion c, enum peal_status status, uint64_t result)
{
	if (c.status != status || c.result != result)
		fail_msg("%s with result 0x%llx, expected %s with 0x%llx",
			 peal_status_name(c.status), (unsigned long long)c.result,
			 peal_status_name(status), (unsigned long long)result);
}

static inline uint32_t unit_qreg(unsigned queue, uint32_t offset)
{
	return PEAL_QREG_BASE + queue * PEAL_QREG_STRIDE + offset;
}

static inline uint32_t unit_read(struct peal_device *dev, uint32_t offset)
{
	uint32_t value;

	assert_int_equal(peal_reg_read(dev, offset, &value), 0);
	return value;
}

static inline void unit_write(struct peal_device *dev, uint32_t offset, uint32_t value)
{
	assert_int_equal(peal_reg_write(dev, offset, value), 0);
}

static inline uint32_t unit_doorbell(const struct peal_queue *q)
{
	return PEAL_DB_BASE + peal_queue_id(q) * 64;
}

/* Lockstep: until the device has nothing left to do. */
static inline void unit_settle(struct peal_device *dev)
{
	for (int i = 0; i < 1000000; i++)
		if (peal_advance(dev, 64) == 0)
			return;
	fail_msg("the device stays busy");
}

#endif
