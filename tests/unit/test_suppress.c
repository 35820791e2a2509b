/* SPDX-License-Identifier: MIT */
/*
 * test_suppress.c - doorbells that need not be rung: the formula at every edge, the
 * fence between two threads, and a device that is never left asleep.
 */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "announce_path.h"
#include "internal.h"

/* ---- the formula ---- */

static void test_formula(void **state)
{
	static const uint32_t olds[] = { 0,	     1,		 5,	     0x7fffffff,
					 0x80000000, 0xfffffff0, 0xfffffffe, 0xffffffff };

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		for (uint32_t n = 1; n <= 40; n++) {
			uint32_t old = olds[i], new = old + n;

			assert_true(peal_wants_doorbell(old, old, new));
			assert_false(peal_wants_doorbell(old - 1, old, new));
			assert_true(peal_wants_doorbell(new - 1, old, new));
			assert_false(peal_wants_doorbell(new, old, new));
			assert_false(peal_wants_doorbell(old + 0x80000000, old, new));
			for (uint32_t k = 0; k < n; k++)
				assert_true(peal_wants_doorbell(old + k, old, new));
		}
	}
}

/* Another epoch in the word: rung, whatever its value. */
static void test_epoch(void **state)
{
	struct peal_device_line device = { .sq_event = UINT64_C(6) << 32 | 77 };
	struct peal_host_line host = { 0 };

	(void)state;
	assert_false(peal_announce(&host, &device, 6, 4, 5));
	assert_true(host.sq_tail == (UINT64_C(6) << 32 | 5));
	assert_true(peal_announce(&host, &device, 7, 4, 5));
	assert_true(host.sq_tail == (UINT64_C(7) << 32 | 5));
	assert_true(peal_announce(&host, &device, 6, 77, 78));
	assert_false(peal_announce(&host, &device, 6, 76, 77));
}

/* ---- the fence: the store-buffer litmus, round after round ---- */

#define ROUNDS 100000

struct litmus {
	struct peal_host_line host;
	struct peal_device_line device;
	announce_fn announce;
	atomic_uint host_round __attribute__((aligned(128)));
	atomic_uint device_round __attribute__((aligned(128)));
	atomic_bool stop;
	bool rang, saw;
};

static bool reached(struct litmus *l, atomic_uint *round, unsigned n)
{
	for (unsigned spins = 0; atomic_load(round) < n; spins++) {
		if (atomic_load(&l->stop))
			return false;
		if (spins > 2000)
			sched_yield();
	}
	return true;
}

/* As a device arms: sq_event, a full fence, sq_tail again. */
static void *device_side(void *ctx)
{
	struct litmus *l = ctx;

	for (uint32_t i = 1; reached(l, &l->host_round, i); i++) {
		peal_store_release(&l->device.sq_event, i - 1);
		/* Pairs with the host's in peal_announce. */
		peal_fence_full();
		l->saw = peal_load_acquire(&l->host.sq_tail) == i;
		atomic_store(&l->device_round, i);
	}
	return NULL;
}

/* Wake-ups that both sides missed: the host did not ring, and the device did not see. */
static unsigned lost(announce_fn announce, unsigned *rounds)
{
	struct litmus l = { .announce = announce };
	uint64_t end = peal_now_ns() + 2 * SECOND;
	unsigned missed = 0;
	pthread_t thread;

	l.device.sq_event = UINT32_MAX - 1; /* no tail of the first round */
	assert_int_equal(pthread_create(&thread, NULL, device_side, &l), 0);
	for (*rounds = 0; *rounds < ROUNDS && peal_now_ns() < end;) {
		uint32_t i = ++*rounds;

		atomic_store(&l.host_round, i);
		for (uint32_t pause = i % 1000; pause;
		     pause--) /* about as long as the other needs to see it */
			peal_compiler_barrier();
		l.rang = l.announce(&l.host, &l.device, 0, i - 1, i);
		assert_true(reached(&l, &l.device_round, i));
		missed += !l.rang && !l.saw;
	}
	atomic_store(&l.stop, true);
	pthread_join(thread, NULL);
	return missed;
}

static void test_litmus(void **state)
{
	unsigned rounds, missed = lost(peal_announce, &rounds);

	(void)state;
	printf("# with the fence: %u of %u wake-ups lost\n", missed, rounds);
	assert_true(rounds > 10);
	assert_int_equal(missed, 0);
	missed = lost(announce_bare, &rounds);
	/* As many as this machine reorders; nothing follows from none. */
	printf("# without it: %u of %u\n", missed, rounds);
}

/* ---- a queue ---- */

static struct peal_queue *quiet(struct peal_device *dev, uint32_t start)
{
	struct peal_queue_opts o = { .sq_log2 = 4, .suppress = true, .sq_start = start };

	return unit_queue(dev, &o);
}

/* An idle device wants one; a busy one sees what comes by itself. */
static void test_rings_when_asked(void **state)
{
	struct peal_open_opts o = { .quantum = 1 };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = quiet(dev, 0xfffffffc);
	struct peal_completion c[16];
	struct peal_queue_counters k;
	struct peal_desc d;

	(void)state;
	peal_prep_nop(&d, 0);
	unit_settle(dev);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(peal_submit(q, &d, 1), 1);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.doorbells, 1); /* the other eleven came behind sq_event */
	assert_int_equal(peal_wait(q, c, 12, SECOND), 12);
	unit_settle(dev);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.doorbells, 2);
	assert_int_equal(peal_wait(q, c, 1, SECOND), 1);
	/* Before a command the device is told, asked for or not. */
	assert_int_equal(peal_queue_drain(q), 0);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.doorbells, 3);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

/* Drain right behind a publication that was not rung for: all of it completes. */
static void test_drain_takes_all(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = quiet(dev, 0);
	struct peal_completion c[16];
	struct peal_desc d[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		peal_prep_nop(&d[i], i);
	assert_int_equal(peal_submit(q, d, 1), 1);
	assert_int_equal(peal_submit(q, d + 1, 2), 2);
	assert_int_equal(peal_queue_drain(q), 0);
	assert_int_equal(peal_wait(q, c, 3, SECOND), 3);
	assert_int_equal(c[2].status, PEAL_ST_OK);
	assert_int_equal(peal_queue_enable(q), 0);
	unit_is(unit_do(q, d), PEAL_ST_OK, 0);
	assert_int_equal(peal_queue_reset(q), 0);
	assert_int_equal(peal_queue_enable(q), 0); /* an epoch later */
	unit_is(unit_do(q, d), PEAL_ST_OK, 0);
	peal_close(dev);
}

/* Nobody waits for a wake-up that does not come, even when the line that asks is not written. */
static void never_asleep(const char *params, unsigned n)
{
	struct peal_open_opts o = { .params = params, .threaded = true };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = quiet(dev, 0xffffff00);
	struct peal_completion c[16];
	struct peal_queue_counters k;
	struct peal_desc d;

	for (unsigned i = 0; i < n; i++) {
		unsigned burst = 1 + (unsigned)unit_below(4);

		for (unsigned j = 0; j < burst; j++) {
			peal_prep_nop(&d, j);
			assert_int_equal(peal_submit(q, &d, 1), 1);
		}
		assert_int_equal(peal_wait(q, c, burst, 10 * SECOND), burst);
	}
	assert_int_equal(peal_queue_counters(q, &k), 0);
	printf("# %s: %llu doorbells for %llu descriptors\n", params ? params : "ref",
	       (unsigned long long)k.doorbells, (unsigned long long)k.published);
	assert_true(k.doorbells <= k.published);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

static void test_threaded(void **state)
{
	(void)state;
	never_asleep(NULL, 2000);
	never_asleep("fault=line:2+line:3+line:4+line:7+line:9", 50);
	never_asleep("fault=doorbell:1+doorbell:2+doorbell:5", 20);
	never_asleep("fault=host_line:1+host_line:3", 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formula),		cmocka_unit_test(test_epoch),
		cmocka_unit_test(test_litmus),		cmocka_unit_test(test_rings_when_asked),
		cmocka_unit_test(test_drain_takes_all), cmocka_unit_test(test_threaded),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
