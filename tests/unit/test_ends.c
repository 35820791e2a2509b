/* SPDX-License-Identifier: MIT */
/*
 * test_ends.c - abort, reset of a busy queue, completions that the bus refused, and an
 * expired lease: every index that was published comes out once.
 */
#include "unit.h"

#include <unistd.h>

#include "internal.h"

#define LONG (1 << 20)
#define SLOTS 16

struct tally {
	unsigned count, ok, aborted, cancelled, by_host;
	bool seen[SLOTS];
};

/* Takes all that comes, each index below SLOTS once. */
static struct tally take_all(struct peal_queue *q)
{
	struct tally t = { 0 };
	struct peal_completion c;

	while (peal_queue_outstanding(q)) {
		int n = peal_wait(q, &c, 1, 10 * SECOND);

		if (n <= 0)
			fail_msg("peal_wait: %d, %s", n, peal_error(q->dev));
		assert_true(c.sq_index < SLOTS && !t.seen[c.sq_index]);
		assert_int_equal(c.cookie, 100 + c.sq_index);
		t.seen[c.sq_index] = true;
		t.ok += c.status == PEAL_ST_OK;
		t.aborted += c.status == PEAL_ST_ABORTED;
		t.cancelled += c.status == PEAL_ST_CANCELLED;
		t.by_host += c.by_host;
		t.count++;
	}
	return t;
}

static struct peal_queue *loaded(struct peal_device *dev, struct peal_region *r, unsigned order,
				 unsigned cq)
{
	struct peal_queue_opts o = { .sq_log2 = 4,
				     .cq_log2 = (uint8_t)cq,
				     .order = (uint8_t)order };
	struct peal_queue *q = unit_queue(dev, &o);
	struct peal_desc d;

	for (uint32_t i = 0; i < SLOTS; i++) {
		peal_prep_fill(&d, 100 + i, peal_at(r, 0), i < 2 ? 64 : LONG, i);
		assert_int_equal(peal_submit(q, &d, 1), 1);
	}
	return q;
}

/* Ended at every moment of a load: the law holds, and the next life is a clean one. */
static void end_early(int (*end)(struct peal_queue *), unsigned order, const char *params)
{
	for (unsigned steps = 0; steps < 700; steps += 1 + steps / 8) {
		struct peal_open_opts o = { .params = params };
		struct peal_device *dev = unit_open("ref", &o);
		struct peal_region *r = unit_region(dev, LONG);
		struct peal_queue *q = loaded(dev, r, order, 2);
		struct peal_queue_counters k;
		struct peal_desc d;
		struct tally t;

		peal_advance(dev, steps);
		assert_int_equal(end(q), 0);
		assert_int_equal(peal_submit(q, &d, 1), -ESHUTDOWN);
		assert_int_equal(peal_queue_audit(q), 0);
		t = take_all(q);
		assert_int_equal(t.count, SLOTS);
		assert_int_equal(t.count, t.ok + t.aborted + t.cancelled);
		assert_int_equal(t.by_host, t.cancelled);
		assert_int_equal(peal_queue_counters(q, &k), 0);
		assert_int_equal(k.cancelled, t.cancelled);
		assert_int_equal(k.accepted, t.ok + t.aborted);
		if (k.state == PEAL_Q_ABORTED) {
			assert_int_equal(peal_queue_enable(q), -EINVAL);
			assert_int_equal(peal_queue_abort(q), 0);
			assert_int_equal(peal_queue_reset(q), 0);
		}
		assert_int_equal(peal_queue_state(q), PEAL_Q_DISABLED);
		assert_int_equal(peal_queue_abort(q), -EINVAL);
		assert_int_equal(peal_queue_enable(q), 0);
		assert_int_equal(q->epoch, unit_read(dev, unit_qreg(0, PEAL_QREG_EPOCH)));
		peal_prep_nop(&d, 3);
		assert_int_equal(unit_do(q, &d).cookie, 3);
		assert_int_equal(peal_queue_audit(q), 0);
		peal_close(dev);
	}
}

static void test_early_ends(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		end_early(peal_queue_abort, order, "shuffle=3");
		end_early(peal_queue_reset, order, "shuffle=4");
		end_early(peal_queue_disable, order, "shuffle=5");
	}
}

/* ---- completions that the bus refused ---- */

/* The n-th completion goes into the log; it is delivered from there, in its place. */
static void test_refused(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		for (unsigned n = 1; n <= 3; n++) {
			char params[80];
			struct peal_open_opts o = { .params = params };
			struct peal_device *dev;
			struct peal_queue *q;
			struct peal_queue_counters k;
			struct peal_event e[4];
			struct tally t;

			snprintf(params, sizeof(params), "shuffle=2,fault=completion:%u", n);
			dev = unit_open("ref", &o);
			q = loaded(dev, unit_region(dev, LONG), order, 4);
			t = take_all(q);
			assert_int_equal(t.count, SLOTS);
			assert_int_equal(t.by_host, t.cancelled);
			assert_true(t.ok >= n);
			assert_int_equal(peal_queue_counters(q, &k), 0);
			assert_int_equal(k.undelivered, 1);
			assert_int_equal(k.state, PEAL_Q_ERROR);
			assert_int_equal(k.completed + 1, t.ok);
			assert_int_equal(peal_queue_audit(q), 0);
			/* The user has the event as well, with all its words. */
			assert_int_equal(peal_events(dev, e, 4), 1);
			assert_int_equal(e[0].code, PEAL_EVENT_COMPLETION);
			assert_int_equal(e[0].w2, 100 + (e[0].w1 & 0xffff));
			assert_int_equal(e[0].w4, PEAL_ST_OK);
			assert_int_equal(peal_events(dev, e, 4), 0);
			peal_close(dev);
		}
	}
}

/* More of them than the log holds: the end of a command does not wait for the user. */
static void test_full_log(void **state)
{
	char params[600] = "queues=64,fault=completion:1";
	struct peal_open_opts o = { .params = params };
	struct peal_queue *q[20];
	struct peal_device *dev;
	struct peal_completion c;
	struct peal_event e[32];
	struct peal_desc d;

	(void)state;
	for (unsigned i = 2; i <= 20; i++)
		snprintf(params + strlen(params), sizeof(params) - strlen(params), "+completion:%u",
			 i);
	dev = unit_open("ref", &o);
	peal_prep_nop(&d, 9);
	for (unsigned i = 0; i < 20; i++) {
		q[i] = unit_queue(dev, NULL);
		assert_int_equal(peal_submit(q[i], &d, 1), 1);
	}
	unit_settle(dev);
	assert_int_equal(unit_read(dev, PEAL_REG_EV_LEVEL), PEAL_EVENT_LOG_DEPTH);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(peal_queue_disable(q[i]), 0);
		assert_int_equal(peal_wait(q[i], &c, 1, SECOND), 1);
		unit_is(c, PEAL_ST_OK, 0);
		assert_false(c.by_host);
		assert_int_equal(peal_queue_audit(q[i]), 0);
	}
	assert_int_equal(peal_events(dev, e, 32), 20);
	assert_int_equal(e[0].queue, 0);
	assert_int_equal(e[19].queue, 19);
	peal_close(dev);
}

/* A thread that reads the event log all the time takes nothing away from a queue that polls. */
struct reader {
	struct peal_device *dev;
	atomic_bool stop;
	unsigned events;
};

static void *read_events(void *ctx)
{
	struct reader *r = ctx;
	struct peal_event e[4];
	bool last = false;

	while (!last) {
		int n;

		last = atomic_load(&r->stop);
		while ((n = peal_events(r->dev, e, 4)) > 0)
			r->events += (unsigned)n;
	}
	return NULL;
}

static void test_refused_beside_a_reader(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 12; n++) {
		char params[80];
		struct peal_open_opts o = { .params = params, .threaded = true };
		struct peal_queue_opts qo = { .sq_log2 = 4, .order = n % 3 };
		struct reader reader = { 0 };
		struct peal_queue *q;
		pthread_t thread;
		struct peal_desc d;
		struct tally t;

		snprintf(params, sizeof(params), "shuffle=2,fault=completion:%u", n);
		reader.dev = unit_open("ref", &o);
		q = unit_queue(reader.dev, &qo);
		assert_int_equal(pthread_create(&thread, NULL, read_events, &reader), 0);
		for (uint32_t i = 0; i < SLOTS; i++) {
			int r;

			peal_prep_nop(&d, 100 + i);
			r = peal_submit(q, &d, 1);
			assert_true(r == 1 || r == -EIO);
			if (r != 1)
				break;
		}
		t = take_all(q);
		assert_int_equal(t.ok + t.cancelled, t.count);
		assert_int_equal(peal_queue_audit(q), 0);
		atomic_store(&reader.stop, true);
		pthread_join(thread, NULL);
		/* The n-th was accepted unless fewer were published; then there is its event. */
		assert_int_equal(reader.events, t.ok >= n);
		peal_close(reader.dev);
	}
}

/* ---- the lease ---- */

static void test_lease_options(void **state)
{
	struct peal_open_opts o = { .lease = 1000 };
	struct peal_device *dev;

	(void)state;
	assert_int_equal(peal_open("ref", &o, &dev), -EINVAL);
	assert_non_null(strstr(peal_error(NULL), "threaded"));
}

/* Renewed, it never expires; the queue works long after its first term. */
static void test_lease_renewed(void **state)
{
	struct peal_open_opts o = { .lease = 1000000, .threaded = true };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_desc d;

	(void)state;
	peal_prep_nop(&d, 1);
	for (int i = 0; i < 30; i++) {
		usleep(10000);
		unit_is(unit_do(q, &d), PEAL_ST_OK, 0);
	}
	assert_int_equal(unit_read(dev, PEAL_REG_LEASE_STS), 1);
	peal_close(dev);
}

static void stop_renewing(struct peal_device *dev)
{
	pthread_mutex_lock(&dev->lease.mutex);
	dev->lease.stop = true;
	pthread_cond_signal(&dev->lease.wake);
	pthread_mutex_unlock(&dev->lease.mutex);
}

/* The heart stops: what is in flight is ABORTED by the host, the rest CANCELLED, once each. */
static void expire(unsigned order, bool too_late)
{
	struct peal_open_opts o = { .lease = 2000, .threaded = true, .quantum = 8 };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue_opts qo = { .sq_log2 = 4, .order = (uint8_t)order };
	struct peal_queue *q;
	struct peal_region *r = unit_region(dev, 16 * LONG);
	struct peal_queue_counters k;
	struct peal_event e;
	struct peal_desc d;
	struct tally t;

	q = unit_queue(dev, &qo);
	for (uint32_t i = 0; i < SLOTS; i++) {
		peal_prep_fill(&d, 100 + i, peal_at(r, 0), i ? 16 * LONG : 64, i);
		assert_int_equal(peal_submit(q, &d, 1), 1);
	}
	stop_renewing(dev);
	if (too_late) { /* it beats again, before libpeal has looked */
		for (int i = 0; i < 1000 && unit_read(dev, PEAL_REG_LEASE_STS) != 2; i++)
			usleep(10000);
		unit_write(dev, PEAL_REG_LEASE, UINT32_MAX);
	}
	t = take_all(q);
	assert_int_equal(t.count, SLOTS);
	assert_int_equal(t.by_host, t.aborted + t.cancelled);
	assert_true(t.cancelled > 0);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.state, PEAL_Q_ERROR);
	assert_int_equal(k.in_flight, 0);
	assert_int_equal(k.undelivered, t.aborted);
	assert_int_equal(peal_queue_audit(q), 0);
	assert_int_equal(peal_events(dev, &e, 1), 1);
	assert_int_equal(e.code, PEAL_EVENT_LEASE);
	assert_int_equal(e.queue, PEAL_NO_QUEUE);
	/* A new lease, a new life. */
	assert_int_equal(peal_queue_reset(q), 0);
	if (!too_late) {
		assert_int_equal(peal_queue_enable(q), -EINVAL);
		assert_non_null(strstr(peal_error(dev), "LEASE"));
	}
	unit_write(dev, PEAL_REG_LEASE, 0);
	assert_int_equal(peal_queue_enable(q), 0);
	peal_prep_nop(&d, 1);
	unit_is(unit_do(q, &d), PEAL_ST_OK, 0);
	peal_close(dev);
}

static void test_lease_expires(void **state)
{
	(void)state;
	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		expire(order, false);
		expire(order, true);
	}
}

/* An idle device counts too. */
static void test_lease_of_an_idle_device(void **state)
{
	struct peal_open_opts o = { .lease = 2000, .threaded = true };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_desc d;

	(void)state;
	stop_renewing(dev);
	for (int i = 0; i < 1000 && peal_queue_state(q) == PEAL_Q_ENABLED; i++)
		usleep(10000);
	assert_int_equal(peal_queue_state(q), PEAL_Q_ERROR);
	peal_prep_nop(&d, 1);
	peal_submit(q, &d, 1);
	peal_close(dev);
}

/* ---- a wait that runs out ---- */

static void test_says_why(void **state)
{
	struct peal_open_opts o = { .params = "fault=doorbell:1" };
	struct peal_device *dev = unit_open("ref", &o);
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_completion c;
	struct peal_desc d;

	(void)state;
	peal_prep_nop(&d, 1);
	assert_int_equal(peal_submit(q, &d, 1), 1);
	assert_int_equal(peal_wait(q, &c, 1, SECOND / 50), -ETIME);
	printf("# %s\n", peal_error(dev));
	assert_non_null(
		strstr(peal_error(dev), "queue 0 (ENABLED): 1 of 256 published outstanding"));
	assert_non_null(strstr(peal_error(dev), "sq_tail 0 (host 1)"));
	assert_non_null(strstr(peal_error(dev), "0 in flight, 256 of 256 credits"));
	assert_non_null(strstr(peal_error(dev), "ref: nothing published is left to do"));
	assert_null(strchr(peal_error(dev), '\n'));
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early_ends),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full_log),
		cmocka_unit_test(test_refused_beside_a_reader),
		cmocka_unit_test(test_lease_options),
		cmocka_unit_test(test_lease_renewed),
		cmocka_unit_test(test_lease_expires),
		cmocka_unit_test(test_lease_of_an_idle_device),
		cmocka_unit_test(test_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
