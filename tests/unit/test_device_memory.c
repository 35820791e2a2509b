/* SPDX-License-Identifier: MIT */
/* test_device_memory.c - regions in the device's own memory: what the host may do with them. */
#include "arena.h"
#include "own_memory.h"
#include "size.h"
#include "unit.h"

static struct peal_region *own(struct peal_device *dev, uint64_t bytes, uint16_t skew)
{
	struct peal_region_opts opts = { .bytes = bytes,
					 .bus_skew = skew,
					 .place = PEAL_PLACE_DEVICE };
	struct peal_region *region;

	if (peal_region_alloc(dev, &opts, &region))
		fail_msg("%s", peal_error(dev));
	return region;
}

/* No pointer, zeroed, the bus addresses of any region; the bytes come back as they were written. */
static void test_read_and_write(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_device_info info;
	struct peal_region *r = own(dev, 10000, 100), *next = own(dev, 1, 0);
	uint8_t in[10000], out[10000];

	(void)state;
	peal_device_info(dev, &info);
	assert_true(info.memory);
	assert_null(peal_region_memory(r));
	assert_int_equal(peal_region_place(r), PEAL_PLACE_DEVICE);
	assert_int_equal(peal_region_bus(r), 0x10000000 + 100);
	assert_int_equal(peal_region_bus(next), 0x10004000);
	memset(in, 0, sizeof(in));
	memset(out, 1, sizeof(out));
	assert_int_equal(peal_region_read(r, 0, out, sizeof(out)), 0);
	assert_memory_equal(in, out, sizeof(in));
	unit_fill(in, sizeof(in));
	assert_int_equal(peal_region_write(r, 0, in, 4097), 0);
	assert_int_equal(peal_region_write(r, 4097, in + 4097, sizeof(in) - 4097), 0);
	for (unsigned i = 0; i < 200; i++) {
		uint64_t at = unit_below(10000), n = unit_below(10001 - at);

		assert_int_equal(peal_region_read(r, at, out, n), 0);
		assert_memory_equal(in + at, out, n);
	}
	peal_close(dev);
}

/* The same calls for host memory, which is where its pointer says. */
static void test_of_host_memory(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region *r = unit_region(dev, 100);
	uint8_t *p = peal_region_memory(r), byte = 7;

	(void)state;
	assert_int_equal(peal_region_place(r), PEAL_PLACE_HOST);
	assert_int_equal(peal_region_write(r, 99, &byte, 1), 0);
	assert_int_equal(p[99], 7);
	p[98] = 9;
	assert_int_equal(peal_region_read(r, 98, &byte, 1), 0);
	assert_int_equal(byte, 9);
	peal_close(dev);
}

static void test_ends(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region *r[] = { own(dev, 100, 0), unit_region(dev, 100) };
	uint8_t bytes[101];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(peal_region_read(r[i], 0, bytes, 101), -ERANGE);
		assert_non_null(strstr(peal_error(dev), "region of 100 bytes: 101 bytes at 0"));
		assert_int_equal(peal_region_write(r[i], 101, bytes, 0), -ERANGE);
		assert_int_equal(peal_region_write(r[i], UINT64_MAX, bytes, 2), -ERANGE);
		assert_int_equal(peal_region_write(r[i], 100, bytes, 0), 0);
	}
	peal_close(dev);
}

static void test_bad_options(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region_opts opts = { .bytes = 64, .place = PEAL_PLACE_DEVICE + 1 };
	struct peal_region *r;
	uint8_t memory[64];

	(void)state;
	assert_int_equal(peal_region_alloc(dev, &opts, &r), -EINVAL);
	assert_non_null(strstr(peal_error(dev), "place"));
	opts.place = PEAL_PLACE_DEVICE;
	assert_int_equal(peal_region_map(dev, memory, &opts, &r), -EINVAL);
	assert_null(r);
	peal_close(dev);
}

/* An alias lies where its region does. */
static void test_alias(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_region *r = own(dev, 4096, 0), *alias;
	struct peal_region_opts opts = { .bytes = 50, .access = PEAL_ACCESS_READ };
	uint32_t word = 0x01020304, got = 0;

	(void)state;
	assert_int_equal(peal_region_alias(r, 1000, &opts, &alias), 0);
	assert_null(peal_region_memory(alias));
	assert_int_equal(peal_region_place(alias), PEAL_PLACE_DEVICE);
	assert_int_equal(peal_region_write(alias, 46, &word, 4), 0);
	assert_int_equal(peal_region_write(alias, 47, &word, 4), -ERANGE);
	assert_int_equal(peal_region_read(r, 1046, &got, 4), 0);
	assert_int_equal(got, word);
	assert_int_equal(peal_region_unmap(r), -EBUSY);
	assert_int_equal(peal_region_unmap(alias), 0);
	assert_int_equal(peal_region_unmap(r), 0);
	peal_close(dev);
}

/* From the host through the device's memory and back, more than one call into the device takes. */
static void move(const char *backend, uint64_t bytes)
{
	struct peal_device *dev = unit_open(backend, NULL);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *from = unit_region(dev, bytes), *a = own(dev, bytes, 3),
			   *b = own(dev, bytes, 60), *to = unit_region(dev, bytes);
	uint8_t *p = peal_region_memory(from), byte = 0;
	struct peal_desc d;

	unit_fill(p, bytes);
	peal_prep_copy(&d, 1, peal_at(from, 0), peal_at(a, 0), (uint32_t)bytes);
	unit_is(unit_do(q, &d), PEAL_ST_OK, bytes);
	peal_prep_copy_crc(&d, 2, peal_at(a, 0), peal_at(b, 0), (uint32_t)bytes, 0);
	unit_is(unit_do(q, &d), PEAL_ST_OK, peal_crc32c(0, p, bytes));
	assert_int_equal(peal_region_read(b, bytes - 1, &byte, 1), 0);
	assert_int_equal(byte, p[bytes - 1]);
	byte ^= 1;
	assert_int_equal(peal_region_write(b, bytes - 1, &byte, 1), 0);
	peal_prep_compare(&d, 3, peal_at(a, 0), peal_at(b, 0), (uint32_t)bytes);
	unit_is(unit_do(q, &d), PEAL_ST_MISCOMPARE, bytes);
	peal_prep_copy(&d, 4, peal_at(b, 0), peal_at(to, 0), (uint32_t)bytes);
	unit_is(unit_do(q, &d), PEAL_ST_OK, bytes);
	p[bytes - 1] ^= 1;
	assert_memory_equal(p, peal_region_memory(to), bytes);
	memset(p, 0, bytes);
	assert_int_equal(peal_region_read(b, 0, p, bytes), 0);
	assert_memory_equal(p, peal_region_memory(to), bytes);
	peal_close(dev);
}

static void test_moves(void **state)
{
	(void)state;
	move("ref", 100000);
	move("ref", (33 << 20) + 5);
}

/* The device's memory has an end, and what is given back can be taken again. */
static void test_full(void **state)
{
	struct peal_open_opts opts = { .params = "memory=1M" };
	struct peal_device *dev = unit_open("ref", &opts);
	struct peal_region_opts o = { .bytes = 1 << 20, .place = PEAL_PLACE_DEVICE };
	struct peal_region *r, *none;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(peal_region_alloc(dev, &o, &r), 0);
		o.bytes = 1;
		assert_int_equal(peal_region_alloc(dev, &o, &none), -ENOSPC);
		assert_null(none);
		assert_non_null(strstr(peal_error(dev), "its own memory is full"));
		assert_int_equal(peal_region_unmap(r), 0);
		o.bytes = 1 << 20;
	}
	o.bytes = (1 << 20) + 1;
	assert_int_equal(peal_region_alloc(dev, &o, &none), -ENOSPC);
	peal_close(dev);
	opts.params = "memory=0";
	assert_int_equal(peal_open("ref", &opts, &dev), -EINVAL);
	assert_non_null(strstr(peal_error(NULL), "memory=0: expected a size"));
}

/* A plug-in that was built before there was device memory. */
static void test_none(void **state)
{
	struct peal_region_opts opts = { .bytes = 64, .place = PEAL_PLACE_DEVICE };
	struct peal_device_info info;
	struct peal_device *dev;
	struct peal_region *r;

	(void)state;
	setenv("PEAL_TEST_FAULTY", "short", 1);
	dev = unit_open("faulty", NULL);
	unsetenv("PEAL_TEST_FAULTY");
	peal_device_info(dev, &info);
	assert_false(info.memory);
	assert_int_equal(peal_region_alloc(dev, &opts, &r), -EOPNOTSUPP);
	assert_non_null(strstr(peal_error(dev), "has no memory of its own"));
	unit_region(dev, 64);
	peal_close(dev);
}

/* Its memory is gone with the device; the host's is not. */
static void test_dead(void **state)
{
	struct peal_open_opts opts = { .params = "fault=enodev" };
	struct peal_device *dev = unit_open("faulty", &opts);
	struct peal_region *r = own(dev, 64, 0), *host = unit_region(dev, 64), *other;
	struct peal_region_opts o = { .bytes = 64, .place = PEAL_PLACE_DEVICE };
	uint8_t byte = 5;

	(void)state;
	assert_int_equal(peal_region_write(r, 0, &byte, 1), 0);
	unit_write(dev, 0xffff0, 1);
	assert_int_equal(peal_region_read(r, 0, &byte, 1), -ENODEV);
	assert_non_null(strstr(peal_error(dev), "is gone"));
	assert_int_equal(peal_region_write(r, 0, &byte, 1), -ENODEV);
	assert_int_equal(peal_region_alloc(dev, &o, &other), -ENODEV);
	assert_int_equal(peal_region_write(host, 0, &byte, 1), 0);
	peal_close(dev);
}

/* Any thread may read and write, while the device runs in a thread of its own. */
static void test_threaded(void **state)
{
	struct peal_open_opts opts = { .threaded = true };
	struct peal_device *dev = unit_open("ref", &opts);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = own(dev, 8192, 0);

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		uint32_t got[2] = { i * 77, 0 };
		struct peal_desc d;

		assert_int_equal(peal_region_write(r, 4 * (i % 64), &got[0], 4), 0);
		peal_prep_copy(&d, i, peal_at(r, 4 * (i % 64)), peal_at(r, 4096), 4);
		unit_is(unit_do(q, &d), PEAL_ST_OK, 4);
		assert_int_equal(peal_region_read(r, 4096, &got[1], 4), 0);
		assert_int_equal(got[1], got[0]);
	}
	peal_close(dev);
}

/* Regions and rings come from what the device has pinned, zeroed, while there is room. */
static void test_pinned(void **state)
{
	struct peal_open_opts opts = { .params = "pinned=64K" };
	struct peal_device *dev = unit_open("polled", &opts);
	struct peal_region *r[3], *big;
	uint8_t *p, *first;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 3; i++) {
			r[i] = unit_region(dev, 16384);
			p = peal_region_memory(r[i]);
			if (!i)
				first = p;
			assert_ptr_equal(p, first + 16384 * i);
			for (unsigned j = 0; j < 16384; j++)
				assert_int_equal(p[j], 0);
			memset(p, 0xff, 16384);
		}
		big = unit_region(dev, 16385); /* no room */
		p = peal_region_memory(big);
		assert_true(p + 16385 <= first || p >= first + 65536);
		assert_int_equal(peal_region_unmap(big), 0);
		assert_int_equal(peal_region_unmap(r[1]), 0);
		r[1] = unit_region(dev, 8192); /* the first gap */
		assert_ptr_equal(peal_region_memory(r[1]), first + 16384);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(peal_region_unmap(r[i]), 0);
	}
	peal_close(dev);
	opts.params = "pinned=much";
	assert_int_equal(peal_open("polled", &opts, &dev), -EINVAL);
	assert_non_null(strstr(peal_error(NULL), "pinned=much: expected a size"));
	assert_int_equal(peal_open("ref", &opts, &dev), -EINVAL); /* it pins nothing */
}

static void note(void *ctx, enum peal_log_level level, const char *message)
{
	*(bool *)ctx |= level == PEAL_LOG_WARN && strstr(message, "does not pin 65536 bytes");
}

/* A device that cannot works all the same, and so does one that is not to. */
static void test_not_pinned(void **state)
{
	bool said = false;
	struct peal_open_opts opts = { .params = "pinned=64K", .log = note, .log_ctx = &said };
	struct peal_device *dev;

	(void)state;
	setenv("PEAL_TEST_UNPINNED", "1", 1);
	dev = unit_open("polled", &opts);
	unsetenv("PEAL_TEST_UNPINNED");
	assert_true(said);
	unit_region(dev, 100);
	peal_close(dev);
	opts.params = "pinned=0";
	dev = unit_open("polled", &opts);
	unit_region(dev, 100);
	peal_close(dev);
	move("polled", 100000);
}

/* Against a map of pages. */
static void test_arena(void **state)
{
	struct arena arena = { .base = 1 << 20, .bytes = 64 * ARENA_PAGE };
	uint64_t at[64];
	uint8_t owner[64] = { 0 };

	(void)state;
	assert_int_equal(arena_take(&arena, 0, &at[0]), -ENOSPC);
	assert_int_equal(arena_take(&arena, UINT64_MAX, &at[0]), -ENOSPC);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned who = 1 + (unsigned)unit_below(63), from = 0, pages, run = 0;

		while (from < 64 && owner[from] != who)
			from++;
		if (from < 64) {
			assert_true(arena_give(&arena, at[who]));
			assert_false(arena_give(&arena, at[who]));
			for (; from < 64 && owner[from] == who; from++)
				owner[from] = 0;
			continue;
		}
		pages = 1 + (unsigned)unit_below(12);
		for (from = 0; from < 64 && run < pages; from++)
			run = owner[from] ? 0 : run + 1;
		if (run < pages) {
			assert_int_equal(arena_take(&arena, pages * ARENA_PAGE, &at[who]), -ENOSPC);
			continue;
		}
		assert_int_equal(arena_take(&arena, (pages - 1) * ARENA_PAGE + 1, &at[who]), 0);
		assert_int_equal(at[who], arena.base + (from - pages) * ARENA_PAGE);
		assert_true(arena_has(&arena, at[who]));
		memset(owner + from - pages, (int)who, pages);
	}
	assert_false(arena_has(&arena, arena.base - 1));
	assert_false(arena_has(&arena, arena.base + arena.bytes));
	arena_clear(&arena);
}

static void test_pieces(void **state)
{
	struct own_memory memory = { .limit = 10000 };
	uint8_t *a, *b, byte = 1;

	(void)state;
	assert_int_equal(own_memory_alloc(&memory, 0x10064, 5000, &a), 0);
	assert_int_equal((uintptr_t)a % 4096, 0x64);
	assert_int_equal(own_memory_alloc(&memory, 0x20000, 5001, &b), -ENOSPC);
	assert_int_equal(own_memory_alloc(&memory, 0x20000, 5000, &b), 0);
	assert_int_equal(own_memory_write(&memory, 0x20000 + 4999, &byte, 1), 0);
	assert_int_equal(b[4999], 1);
	assert_int_equal(own_memory_write(&memory, 0x20000 + 4999, &byte, 2), -EFAULT);
	assert_int_equal(own_memory_read(&memory, 0x1ffff, &byte, 1), -EFAULT);
	assert_int_equal(own_memory_free(&memory, 0x10065), -ENOENT);
	assert_int_equal(own_memory_free(&memory, 0x10064), 0);
	assert_int_equal(own_memory_alloc(&memory, 0x30000, 5000, &a), 0);
	own_memory_free_all(&memory);
	assert_int_equal(memory.used, 0);
}

static void test_sizes(void **state)
{
	static const char *const bad[] = { "", "x", "-1", "1X", "1KK", "1 K", "0x10",
					   "99999999999999999999", "18014398509481985K" };
	uint64_t n = 0;

	(void)state;
	assert_true(peal_size("0", &n) && n == 0);
	assert_true(peal_size("4096", &n) && n == 4096);
	assert_true(peal_size("3K", &n) && n == 3072);
	assert_true(peal_size("64M", &n) && n == 64 << 20);
	assert_true(peal_size("2G", &n) && n == UINT64_C(2) << 30);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(peal_size(bad[i], &n));
	assert_int_equal(n, UINT64_C(2) << 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_and_write),
		cmocka_unit_test(test_of_host_memory),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_threaded),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_not_pinned),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_sizes),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
