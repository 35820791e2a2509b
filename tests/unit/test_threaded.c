/* SPDX-License-Identifier: MIT */
/*
 * test_threaded.c - the device in a thread of its own, and the host in several:
 * results as in lockstep, nobody starves, sleeping devices wake.
 */
#include "unit.h"

#include <pthread.h>
#include <unistd.h>

#include "internal.h"

static struct peal_device *threaded(const char *name, const char *params)
{
	struct peal_open_opts o = { .params = params, .threaded = true };

	return unit_open(name, &o);
}

/* cmocka's assertions only work on the main thread, so workers count what is wrong. */
struct worker {
	pthread_t thread;
	struct peal_device *dev;
	unsigned number, load, wrong;
};

static void echo_worker_run(struct worker *w, struct peal_queue *q, struct peal_region *r)
{
	uint32_t sent = 0, seen = 0;
	uint8_t *p = peal_region_memory(r);

	while (seen < w->load) {
		struct peal_completion c[16];
		struct peal_desc d[2];
		int n;

		if (sent < w->load) {
			peal_prep_echo(&d[0], sent, (uint64_t[5]){ sent, w->number });
			peal_prep_fill(&d[1], sent, peal_at(r, 8 * (sent % 512)), 8,
				       sent * 0x01010101);
			n = peal_submit(q, d + sent % 2, 1);
			sent += n > 0;
			w->wrong += n <= 0 && n != -EAGAIN;
		}
		n = sent < w->load ? peal_poll(q, c, 16) : peal_wait(q, c, 1, 10 * SECOND);
		if (n < 0) {
			w->wrong++;
			return;
		}
		for (int i = 0; i < n; i++, seen++) {
			w->wrong += c[i].cookie != seen || c[i].status != PEAL_ST_OK;
			if (seen % 2 == 0)
				w->wrong += c[i].result != (seen ^ w->number);
		}
	}
	/* The last FILL of each place is what is there now. */
	w->wrong += p[8 * ((w->load - 1) % 512)] != (uint8_t)(w->load - 1);
	w->wrong += peal_queue_audit(q) != 0;
}

static void *echo_worker(void *arg)
{
	struct worker *w = arg;
	struct peal_queue_opts o = { .sq_log2 = 5, .cq_log2 = (uint8_t)(1 + w->number % 5) };
	struct peal_region_opts ro = { .bytes = 4096 };
	struct peal_region *r;
	struct peal_queue *q;

	if (peal_region_alloc(w->dev, &ro, &r) || peal_queue_create(w->dev, &o, &q)) {
		w->wrong++;
		return NULL;
	}
	echo_worker_run(w, q, r);
	w->wrong += peal_queue_drain(q) != 0;
	peal_queue_destroy(q);
	w->wrong += peal_region_unmap(r) != 0;
	return NULL;
}

static void run_workers(struct peal_device *dev, unsigned n, unsigned load)
{
	struct worker w[8] = { 0 };

	for (unsigned i = 0; i < n; i++) {
		w[i] = (struct worker){ .dev = dev, .number = i, .load = load };
		assert_int_equal(pthread_create(&w[i].thread, NULL, echo_worker, &w[i]), 0);
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		if (w[i].wrong)
			fail_msg("worker %u: %u things wrong (%s)", i, w[i].wrong, peal_error(dev));
	}
	peal_close(dev);
}

static void test_one_worker(void **state)
{
	(void)state;
	run_workers(threaded("ref", NULL), 1, 10000);
}

static void test_eight_workers(void **state)
{
	(void)state;
	run_workers(threaded("ref", NULL), 8, 1500);
}

/* Several host threads on a lockstep device: whoever waits advances it. */
static void test_lockstep_workers(void **state)
{
	(void)state;
	run_workers(unit_ref(), 4, 1000);
}

/* A busy device thread does not keep a register access waiting for long. */
static void test_registers_do_not_starve(void **state)
{
	struct peal_device *dev = threaded("faulty", "fault=stuck");
	uint64_t start = peal_now_ns(), took;

	(void)state;
	unit_write(dev, 0xffff0, 1); /* busy for ever */
	for (int i = 0; i < 500; i++)
		assert_int_equal(unit_read(dev, PEAL_REG_MAGIC), PEAL_MAGIC);
	took = peal_now_ns() - start;
	printf("# 500 register reads beside a busy device: %llu us\n",
	       (unsigned long long)took / 1000);
	assert_true(took < 5 * SECOND);
	unit_write(dev, 0xffff0, 0);
	peal_close(dev);
}

static void test_sleeping_device_wakes(void **state)
{
	struct peal_device *dev = threaded("ref", NULL);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_desc d;

	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		usleep(3000); /* the thread is asleep by now */
		peal_prep_echo(&d, 1, (uint64_t[5]){ i });
		unit_is(unit_do(q, &d), PEAL_ST_OK, i);
	}
	peal_close(dev);
}

static void test_advance_is_refused(void **state)
{
	struct peal_device *dev = threaded("ref", NULL);

	(void)state;
	assert_int_equal(peal_advance(dev, 1), -EINVAL);
	peal_close(dev);
}

/* Nothing published is left over when the device is closed in the middle. */
static void test_close_while_busy(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct peal_device *dev = threaded("ref", NULL);
		struct peal_queue *q = unit_queue(dev, NULL);
		struct peal_region *r = unit_region(dev, 1 << 20);
		struct peal_desc d;

		peal_prep_copy(&d, 1, peal_at(r, 0), peal_at(r, 1 << 19), 1 << 19);
		for (int k = 0; k < 8; k++)
			assert_int_equal(peal_submit(q, &d, 1), 1);
		peal_close(dev);
	}
}

/* Rollouts of two queues on one record, and the life cycle, while the device runs. */
static void test_lifecycle(void **state)
{
	struct peal_device *dev = threaded("ref", NULL);
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 4 });
	uint32_t sent = 0, seen = 0;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct peal_completion c[16];
		struct peal_desc d[8];
		int n;

		for (uint32_t i = 0; i < 8; i++)
			peal_prep_nop(&d[i], sent + i);
		n = peal_submit(q, d, 8);
		assert_true(n > 0);
		sent += (uint32_t)n;
		switch (round % 4) {
		case 0: assert_int_equal(peal_queue_drain(q), 0); break;
		case 1: assert_int_equal(peal_queue_disable(q), 0); break;
		case 2:
			n = peal_queue_reset(q);
			assert_true(n == 0 || n == -EBUSY);
			break;
		}
		while ((n = peal_wait(q, c, 16, 5 * SECOND)) > 0)
			for (int i = 0; i < n; i++)
				assert_int_equal(c[i].cookie, seen++);
		assert_int_equal(n, 0);
		assert_int_equal(seen, sent);
		assert_int_equal(peal_queue_audit(q), 0);
		if (peal_queue_state(q) != PEAL_Q_ENABLED)
			assert_int_equal(peal_queue_enable(q), 0);
	}
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_worker),
		cmocka_unit_test(test_eight_workers),
		cmocka_unit_test(test_lockstep_workers),
		cmocka_unit_test(test_registers_do_not_starve),
		cmocka_unit_test(test_sleeping_device_wakes),
		cmocka_unit_test(test_advance_is_refused),
		cmocka_unit_test(test_close_while_busy),
		cmocka_unit_test(test_lifecycle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
