/* SPDX-License-Identifier: MIT */
/*
 * test_faults.c - a device that fails at its Nth call, for each N until no fault
 * strikes: nothing hangs, nothing crashes, and each index that was published is
 * delivered exactly once or, by a device that is only stuck, still outstanding.
 */
#include "unit.h"

#define LOAD 30
#define LONG (64 << 10)

struct run {
	struct peal_device *dev;
	struct peal_queue *q;
	uint32_t sent, seen;
	bool struck;
	bool threaded;
	unsigned at;
	bool any_order; /* MATCHED in order NONE: whatever slot is looked at first */
	bool came[LOAD];
	const char *kind;
};

static void take(struct run *t, const struct peal_completion *c, int n)
{
	for (int i = 0; i < n; i++) {
		assert_true(c[i].cookie < t->sent && !t->came[c[i].cookie]);
		assert_int_equal(c[i].sq_index, c[i].cookie);
		t->came[c[i].cookie] = true;
		if (!t->any_order)
			assert_int_equal(c[i].cookie, t->seen);
		t->seen++;
		if (c[i].by_host)
			assert_true(c[i].status == PEAL_ST_CANCELLED ||
				    c[i].status == PEAL_ST_ABORTED);
		else
			assert_true(c[i].status == PEAL_ST_OK);
	}
}

/* Submits and polls until all is there or the device fails in a way that lasts. */
static void load(struct run *t, struct peal_region *r)
{
	struct peal_completion c[4];
	int bad = 0;

	while (t->seen < LOAD && bad < 3) {
		struct peal_desc d;
		int n;

		peal_prep_fill(&d, t->sent, peal_at(r, 0), t->sent % 7 ? 100 : LONG, t->sent);
		n = t->sent < LOAD ? peal_submit(t->q, &d, 1) : 0;
		t->sent += n > 0 ? 1 : 0;
		assert_true(n > 0 || t->sent == LOAD || n == -EAGAIN || n == -ENODEV || n == -EIO);
		n = t->sent == LOAD || n < 0 ? peal_wait(t->q, c, 4, 2000000)
					     : peal_poll(t->q, c, 4);
		if (n > 0)
			take(t, c, n);
		else if (n < 0)
			bad++;
		if (n == -ENODEV || (n == 0 && t->sent == LOAD))
			break;
	}
}

static void finish(struct run *t)
{
	struct peal_completion c[8];
	int r = peal_queue_drain(t->q);

	assert_true(r == 0 || r == -EIO || r == -ENODEV || r == -ETIME || r == -EINVAL);
	r = peal_queue_disable(t->q);
	if (r && r != -ENODEV && r != -ETIME)
		r = peal_queue_disable(t->q); /* a passing -EIO */
	assert_true(r == 0 || r == -ENODEV || r == -ETIME);
	while ((r = peal_poll(t->q, c, 8)) > 0)
		take(t, c, r);
	assert_int_equal(t->sent - t->seen, peal_queue_outstanding(t->q));
	if (strcmp(t->kind, "stuck"))
		assert_int_equal(t->seen, t->sent);
}

static void scenario(struct run *t)
{
	/* All orders and modes; this device completes in order in each of them. */
	struct peal_queue_opts qo = {
		.sq_log2 = 3, .cq_log2 = 1, .order = t->at % 3, .suppress = t->at % 2
	};
	struct peal_region_opts ro = { .bytes = LONG };
	struct peal_region *r;

	qo.matched = t->at % 5 == 0;
	qo.cq_log2 = qo.matched ? qo.sq_log2 : 1;
	t->any_order = qo.matched && qo.order == PEAL_ORDER_NONE;
	if (peal_region_alloc(t->dev, &ro, &r))
		return;
	if (peal_queue_create(t->dev, &qo, &t->q))
		return;
	load(t, r);
	finish(t);
	peal_queue_destroy(t->q);
	peal_region_unmap(r);
}

/* True if the fault struck. */
static bool one_run(const char *kind, unsigned at, bool threaded)
{
	char params[64];
	struct peal_open_opts o = { .params = params, .quantum = 4, .threaded = threaded };
	struct run t = { .kind = kind, .at = at, .threaded = threaded };
	uint32_t struck = 0;
	int r;

	/* Only a device that is stuck makes anybody wait. */
	o.timeout_ns = strcmp(kind, "stuck") ? 20 * SECOND : SECOND / 250;
	snprintf(params, sizeof(params), "fault=%s,at=%u", kind, at);
	r = peal_open("faulty", &o, &t.dev);
	if (r) {
		assert_true(r == -ENODEV || r == -EIO);
		assert_true(strlen(peal_error(NULL)) > 10);
		return true;
	}
	scenario(&t);
	r = peal_reg_read(t.dev, 0xffff4, &struck);
	peal_close(t.dev);
	return r || struck;
}

static void sweep(const char *kind, bool threaded)
{
	unsigned at = 1, step = 1;

	for (; at < 5000 && one_run(kind, at, threaded); at += step)
		step = !strcmp(kind, "stuck") ? 7 : 1;
	printf("# %s: struck %u times\n", kind, (at - 1) / step);
	assert_true(at > 100 && at < 5000);
}

static void test_enodev(void **state)
{
	(void)state;
	sweep("enodev", false);
}

static void test_ones(void **state)
{
	(void)state;
	sweep("ones", false);
}

static void test_eio(void **state)
{
	(void)state;
	sweep("eio", false);
}

static void test_dies(void **state)
{
	(void)state;
	sweep("dies", false);
}

static void test_stuck(void **state)
{
	(void)state;
	sweep("stuck", false);
}

/* With a thread the number of calls varies; some points are enough. */
static void test_threaded(void **state)
{
	static const char *const kinds[] = { "enodev", "ones", "eio", "dies", "stuck" };

	(void)state;
	for (unsigned k = 0; k < 5; k++)
		for (unsigned at = 1; at < 400; at += 41)
			one_run(kinds[k], at, true);
}

/* A device that died says so everywhere, with its reason, and lets itself be closed. */
static void test_dead_device(void **state)
{
	struct peal_open_opts o = { .params = "fault=dies" };
	struct peal_device *dev = unit_open("faulty", &o);
	struct peal_queue *q = unit_queue(dev, NULL), *none;
	struct peal_region *r = unit_region(dev, LONG), *more;
	struct peal_region_opts ro = { .bytes = 64 };
	struct peal_completion c[4];
	struct peal_desc d[3];
	uint64_t counters[PEAL_COUNTERS];
	struct peal_event e;
	uint32_t value;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		peal_prep_fill(&d[i], i, peal_at(r, 0), LONG, 0);
	assert_int_equal(peal_submit(q, d, 3), 3);
	assert_int_equal(peal_advance(dev, 20), 1); /* one done, one accepted */
	unit_write(dev, 0xffff0, 1);
	assert_int_equal(peal_advance(dev, 1), -ENODEV);
	assert_non_null(strstr(peal_error(dev), "device 'faulty' is gone (advance"));
	assert_int_equal(peal_reg_read(dev, 0, &value), -ENODEV);
	assert_int_equal(peal_queue_state(q), -ENODEV);
	assert_int_equal(peal_queue_drain(q), -ENODEV);
	assert_int_equal(peal_device_counters(dev, counters), -ENODEV);
	assert_int_equal(peal_events(dev, &e, 1), -ENODEV);
	assert_int_equal(peal_region_alloc(dev, &ro, &more), -ENODEV);
	assert_int_equal(peal_queue_create(dev, NULL, &none), -ENODEV);
	assert_int_equal(peal_submit(q, d, 1), -ENODEV);
	assert_int_equal(peal_wait(q, c, 4, SECOND), 3);
	unit_is(c[0], PEAL_ST_OK, LONG);
	assert_true(c[1].by_host && c[2].by_host);
	assert_int_equal(c[2].status, PEAL_ST_CANCELLED);
	assert_int_equal(peal_poll(q, c, 4), -ENODEV);
	assert_int_equal(peal_wait(q, c, 4, SECOND), -ENODEV);
	assert_int_equal(peal_region_unmap(r), 0);
	peal_queue_destroy(q);
	peal_close(dev);
	peal_close(NULL);
}

/* The device line tells how far it had come: ABORTED below, CANCELLED from there on. */
static void test_aborted(void **state)
{
	struct peal_open_opts o = { .params = "fault=dies" };
	struct peal_device *dev = unit_open("faulty", &o);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, LONG);
	struct peal_completion c[4];
	struct peal_desc d[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		peal_prep_fill(&d[i], 10 + i, peal_at(r, 0), LONG, 0);
	assert_int_equal(peal_submit(q, d, 3), 3);
	assert_int_equal(peal_advance(dev, 3), 1);
	unit_write(dev, unit_doorbell(q) + PEAL_DB_SQ_TAIL, 0); /* ERROR, with one in flight */
	unit_write(dev, 0xffff0, 1);
	assert_int_equal(peal_wait(q, c, 4, SECOND), 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(c[i].cookie, 10 + i);
		assert_int_equal(c[i].status, i ? PEAL_ST_CANCELLED : PEAL_ST_ABORTED);
		assert_true(c[i].by_host);
	}
	assert_int_equal(peal_poll(q, c, 4), -ENODEV);
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enodev),	    cmocka_unit_test(test_ones),
		cmocka_unit_test(test_eio),	    cmocka_unit_test(test_dies),
		cmocka_unit_test(test_stuck),	    cmocka_unit_test(test_threaded),
		cmocka_unit_test(test_dead_device), cmocka_unit_test(test_aborted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
