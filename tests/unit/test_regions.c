/* SPDX-License-Identifier: MIT */
/* test_regions.c - handles, generations, bus addresses, aliases, unmapping. */
#include "unit.h"

static void test_bus_addresses(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region *r[4];
	struct peal_region_opts skewed = { .bytes = 4096, .bus_skew = 100 };

	(void)state;
	r[0] = unit_region(dev, 1);
	r[1] = unit_region(dev, 4096);
	assert_int_equal(peal_region_alloc(dev, &skewed, &r[2]), 0);
	r[3] = unit_region(dev, 64);
	assert_int_equal(peal_region_bus(r[0]), 0x10000000);
	assert_int_equal(peal_region_bus(r[1]), 0x10002000);
	assert_int_equal(peal_region_bus(r[2]), 0x10004064);
	assert_int_equal(peal_region_bus(r[3]), 0x10007000);
	/* Host and bus agree on alignment. */
	assert_int_equal((uintptr_t)peal_region_memory(r[2]) % 4096, 100);
	peal_close(dev);
}

static void test_handles(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region *keep = unit_region(dev, 64), *r;

	(void)state;
	assert_int_equal(peal_region_handle(keep), 1 << 10 | 0);
	for (unsigned life = 1; life <= 130; life++) {
		r = unit_region(dev, 64);
		assert_int_equal(peal_region_handle(r), ((life - 1) % 63 + 1) << 10 | 1);
		assert_int_equal(peal_region_unmap(r), 0);
	}
	peal_close(dev);
}

static void test_an_old_handle_is_dead(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 64);
	struct peal_operand old = peal_at(r, 0);
	struct peal_desc d;

	(void)state;
	peal_prep_crc32c(&d, 1, old, 64, 0);
	assert_int_equal(unit_do(q, &d).status, PEAL_ST_OK);
	assert_int_equal(peal_region_unmap(r), 0);
	unit_is(unit_do(q, &d), PEAL_ST_BAD_REGION, 0);
	r = unit_region(dev, 64);
	assert_int_equal(peal_region_handle(r) & 1023, old.region & 1023);
	unit_is(unit_do(q, &d), PEAL_ST_BAD_REGION, 0);
	peal_close(dev);
}

/* Generation 0 is never valid, whatever the table holds. */
static void test_generation_zero(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 64);
	uint16_t index = peal_region_handle(r) & 1023;
	struct peal_desc d;

	(void)state;
	unit_write(dev, PEAL_REG_RT_SEL, index);
	unit_write(dev, PEAL_REG_RT_COMMIT, 1u << 31 | 3 << 8);
	peal_prep_crc32c(&d, 1, peal_operand(index, 0), 64, 0);
	unit_is(unit_do(q, &d), PEAL_ST_BAD_REGION, 0);
	peal_close(dev);
}

static void test_table_full(void **state)
{
	struct peal_open_opts opts = { .params = "regions=3" };
	struct peal_device *dev = unit_open("ref", &opts);
	struct peal_region_opts o = { .bytes = 64 };
	struct peal_region *r[4];

	(void)state;
	for (int i = 0; i < 3; i++)
		r[i] = unit_region(dev, 64);
	assert_int_equal(peal_region_alloc(dev, &o, &r[3]), -ENOSPC);
	assert_null(r[3]);
	assert_non_null(strstr(peal_error(dev), "full (3 entries)"));
	assert_int_equal(peal_region_unmap(r[1]), 0);
	assert_int_equal(peal_region_alloc(dev, &o, &r[3]), 0);
	assert_int_equal(peal_region_handle(r[3]), 2 << 10 | 1);
	peal_close(dev);
}

static void test_bad_options(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region *r;
	uint8_t memory[64];

	(void)state;
	assert_int_equal(peal_region_alloc(dev, NULL, &r), -EINVAL);
	assert_int_equal(peal_region_alloc(dev, &(struct peal_region_opts){ 0 }, &r), -EINVAL);
	assert_int_equal(peal_region_alloc(dev, &(struct peal_region_opts){ .bytes = 1ull << 40 },
					   &r),
			 -EINVAL);
	assert_int_equal(
		peal_region_alloc(dev, &(struct peal_region_opts){ .bytes = 1, .access = 4 }, &r),
		-EINVAL);
	assert_int_equal(
		peal_region_alloc(dev, &(struct peal_region_opts){ .bytes = 1, .bus_skew = 4096 },
				  &r),
		-EINVAL);
	assert_int_equal(peal_region_map(dev, NULL, &(struct peal_region_opts){ .bytes = 64 }, &r),
			 -EINVAL);
	assert_int_equal(
		peal_region_map(dev, memory, &(struct peal_region_opts){ .bytes = 64 }, &r), 0);
	assert_ptr_equal(peal_region_memory(r), memory);
	assert_int_equal(peal_region_bytes(r), 64);
	/* Nothing of the refused ones is left. */
	assert_int_equal(peal_region_handle(r), 1 << 10);
	assert_int_equal(peal_region_unmap(r), 0);
	peal_close(dev);
}

static void test_alias(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 8192), *alias, *again, *none;
	struct peal_region_opts o = { .bytes = 4000, .access = PEAL_ACCESS_READ };
	struct peal_desc d;

	(void)state;
	assert_int_equal(peal_region_alias(r, 4193, &o, &none), -ERANGE);
	assert_int_equal(peal_region_alias(r, 9000, &o, &none), -ERANGE);
	assert_int_equal(peal_region_alias(r, 4192, &o, &alias), 0);
	assert_int_equal(peal_region_bus(alias), peal_region_bus(r) + 4192);
	assert_ptr_equal(peal_region_memory(alias), (uint8_t *)peal_region_memory(r) + 4192);
	o.bytes = 10;
	assert_int_equal(peal_region_alias(alias, 5, &o, &again), 0);
	assert_int_equal(peal_region_bus(again), peal_region_bus(r) + 4197);
	/* Rights are the alias's own, and overlap is judged on the bus. */
	peal_prep_fill(&d, 1, peal_at(alias, 0), 1, 0);
	unit_is(unit_do(q, &d), PEAL_ST_PERMISSION, 1);
	peal_prep_copy(&d, 1, peal_at(alias, 0), peal_at(r, 4190), 3);
	unit_is(unit_do(q, &d), PEAL_ST_OVERLAP, 0);
	peal_prep_copy(&d, 1, peal_at(alias, 0), peal_at(r, 4189), 3);
	unit_is(unit_do(q, &d), PEAL_ST_OK, 3);
	assert_int_equal(peal_region_unmap(r), -EBUSY);
	assert_non_null(strstr(peal_error(dev), "2 aliases"));
	assert_int_equal(peal_region_unmap(again), 0);
	assert_int_equal(peal_region_unmap(alias), 0);
	assert_int_equal(peal_region_unmap(r), 0);
	peal_close(dev);
}

/* The device finishes what it has accepted before the memory goes. */
static void test_unmap_waits(void **state)
{
	struct peal_device *dev = unit_open("ref", &(struct peal_open_opts){ .quantum = 1 });
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 1 << 20);
	struct peal_completion c;
	struct peal_desc d;

	(void)state;
	peal_prep_fill(&d, 1, peal_at(r, 0), 1 << 20, 1);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	assert_int_equal(peal_advance(dev, 3), 1);
	assert_int_equal(unit_read(dev, PEAL_REG_RT_BUSY), 0);
	assert_int_equal(peal_region_unmap(r), 0);
	assert_int_equal(peal_wait(q, &c, 1, SECOND), 1);
	unit_is(c, PEAL_ST_OK, 1 << 20);
	peal_close(dev);
}

static void test_unmap_busy(void **state)
{
	struct peal_open_opts opts = { .params = "fault=stuck", .timeout_ns = 2000000 };
	struct peal_device *dev = unit_open("faulty", &opts);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 1 << 20);
	struct peal_desc d;

	(void)state;
	peal_prep_fill(&d, 1, peal_at(r, 0), 1 << 20, 1);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	assert_int_equal(peal_advance(dev, 3), 1);
	unit_write(dev, 0xffff0, 1); /* from now on it does not move */
	assert_int_equal(peal_region_unmap(r), -EBUSY);
	assert_non_null(strstr(peal_error(dev), "in flight"));
	unit_write(dev, 0xffff0, 0);
	assert_int_equal(peal_region_unmap(r), 0);
	peal_close(dev);
}

static void count_log(void *ctx, enum peal_log_level level, const char *message)
{
	(void)level;
	*(unsigned *)ctx += strstr(message, "huge pages") != NULL;
}

/* 2 MiB and more: zeroed, aligned, and the log tells once what pages they are. */
static void test_big_regions(void **state)
{
	unsigned told = 0;
	struct peal_open_opts opts = { .log = count_log, .log_ctx = &told };
	struct peal_device *dev = unit_open("ref", &opts);
	struct peal_region *r = unit_region(dev, (3 << 20) + 5);
	uint8_t *p = peal_region_memory(r);

	(void)state;
	assert_int_equal((uintptr_t)p % (2 << 20), 0);
	for (size_t i = 0; i < (3 << 20) + 5; i += 4093)
		assert_int_equal(p[i], 0);
	p[(3 << 20) + 4] = 1;
	assert_true(told <= 1);
	unit_region(dev, 2 << 20);
	assert_true(told <= 1);
	peal_close(dev);
}

static void test_numa(void **state)
{
	struct peal_device *dev;
	struct peal_open_opts opts = { .params = "numa=0" };

	(void)state;
	dev = unit_open("ref", &opts);
	memset(peal_region_memory(unit_region(dev, 8192)), 1, 8192);
	peal_close(dev);
	opts.params = "numa=x";
	assert_int_equal(peal_open("ref", &opts, &dev), -EINVAL);
	assert_non_null(strstr(peal_error(NULL), "numa=x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bus_addresses),
		cmocka_unit_test(test_handles),
		cmocka_unit_test(test_an_old_handle_is_dead),
		cmocka_unit_test(test_generation_zero),
		cmocka_unit_test(test_table_full),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_unmap_waits),
		cmocka_unit_test(test_unmap_busy),
		cmocka_unit_test(test_big_regions),
		cmocka_unit_test(test_numa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
