/* SPDX-License-Identifier: MIT */
/*
 * test_queues.c - submit, poll and wait: full rings, batches, credit, wrapping
 * indices, rings of two slots, several queues.
 */
#include "unit.h"

#include "internal.h"
#include "ring.h"

static void echoes(struct peal_desc *d, unsigned n, uint32_t first)
{
	for (unsigned i = 0; i < n; i++)
		peal_prep_echo(&d[i], first + i, (uint64_t[5]){ first + i });
}

/* Pushes `total` ECHOs through in batches of at most `batch`, and checks each completion. */
static void stream(struct peal_queue *q, uint32_t start, unsigned total, unsigned batch)
{
	struct peal_desc d[64];
	struct peal_completion c[64];
	unsigned sent = 0, got = 0;

	while (got < total) {
		unsigned n = total - sent < batch ? total - sent : batch;
		int r;

		echoes(d, n, sent);
		r = n ? peal_submit(q, d, n) : 0;
		assert_true(r > 0 || r == -EAGAIN || !n);
		sent += r > 0 ? (unsigned)r : 0;
		r = peal_poll(q, c, 1 + (unsigned)unit_below(64));
		assert_true(r >= 0);
		for (int i = 0; i < r; i++, got++) {
			assert_int_equal(c[i].sq_index, start + got);
			assert_int_equal(c[i].cookie, got);
			assert_false(c[i].by_host);
			unit_is(c[i], PEAL_ST_OK, got);
		}
	}
	assert_int_equal(peal_queue_outstanding(q), 0);
	assert_int_equal(peal_queue_audit(q), 0);
}

static void test_full(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 2 });
	struct peal_queue_counters k;
	struct peal_completion c[8];
	struct peal_desc d[8];

	(void)state;
	echoes(d, 8, 0);
	assert_int_equal(peal_submit(q, d, 0), 0);
	assert_int_equal(peal_submit(q, d, 3), 3);
	assert_int_equal(peal_submit(q, d + 3, 5), 1);
	assert_int_equal(peal_queue_outstanding(q), 4);
	assert_int_equal(peal_submit(q, d + 4, 4), -EAGAIN);
	/* The device has advanced, but only reaping makes room. */
	assert_int_equal(peal_submit(q, d + 4, 4), -EAGAIN);
	assert_int_equal(peal_poll(q, c, 2), 2);
	assert_int_equal(peal_submit(q, d + 4, 4), 2);
	assert_int_equal(peal_wait(q, c, 8, SECOND), 4);
	assert_int_equal(c[3].cookie, 5);
	assert_int_equal(peal_poll(q, c, 8), 0);
	assert_int_equal(peal_poll(q, c, 0), 0);
	assert_int_equal(peal_queue_counters(q, &k), 0);
	assert_int_equal(k.published, 6);
	assert_int_equal(k.reaped, 6);
	assert_int_equal(k.full, 2);
	assert_int_equal(k.doorbells, 3);
	assert_int_equal(k.db_taken, 3);
	assert_int_equal(k.accepted, 6);
	assert_int_equal(k.completed, 6);
	assert_int_equal(k.state, PEAL_Q_ENABLED);
	peal_close(dev);
}

static void test_sizes(void **state)
{
	static const uint32_t starts[] = { 0, 1, 0xfffffff0, 0xffffffff, 0x7fffff };
	struct peal_device *dev = unit_ref();

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct peal_queue_opts o = {
			.sq_log2 = (uint8_t)(1 + unit_below(7)),
			.cq_log2 = (uint8_t)(1 + unit_below(7)),
			.sq_start = starts[unit_below(5)],
			.cq_start = starts[unit_below(5)],
			.tenant = (uint16_t)unit_random(),
		};
		struct peal_queue *q = unit_queue(dev, &o);

		stream(q, o.sq_start, 700, 1 + (unsigned)unit_below(64));
		peal_queue_destroy(q);
	}
	peal_close(dev);
}

static void test_two_slots(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue_opts o = {
		.sq_log2 = 1, .cq_log2 = 1, .sq_start = 0xfffffffd, .cq_start = 0xffffff01
	};
	struct peal_queue *q = unit_queue(dev, &o);

	(void)state;
	stream(q, o.sq_start, 1000, 2);
	peal_close(dev);
}

static void test_largest(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue_opts o = { .sq_log2 = 15, .cq_log2 = 15 };
	struct peal_queue *q = unit_queue(dev, &o);

	(void)state;
	stream(q, 0, 70000, 64);
	peal_close(dev);
}

/* The tag's seven bits come round after 128 laps: nothing old may look new. */
static void test_tags_come_round(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 1 });

	(void)state;
	stream(q, 0, 2 * 128 * 3, 1);
	peal_close(dev);
}

/* A CQ far smaller than the load: credit flows, and no more doorbells than batches. */
static void test_small_cq(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue_opts o = { .sq_log2 = 8, .cq_log2 = 1 };
	struct peal_queue *q = unit_queue(dev, &o);
	struct peal_completion c[256];
	struct peal_desc d[256];

	(void)state;
	echoes(d, 256, 0);
	assert_int_equal(peal_submit(q, d, 256), 256);
	unit_settle(dev);
	/* The device stops at the credit it has. */
	assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_SQ_HEAD)), 2);
	assert_int_equal(peal_wait(q, c, 256, SECOND), 256);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(c[i].cookie, i);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

/* Credit is not written while all that is published has room anyway. */
static void test_credit_is_lazy(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 6 });
	struct peal_desc d;

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		echoes(&d, 1, i);
		unit_do(q, &d);
		assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_CQ_HEAD)), 0);
	}
	unit_do(q, &d);
	assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_CQ_HEAD)), 64);
	peal_close(dev);
}

/* A doorbell is rung once a batch, however often somebody looks for its completions. */
static void test_one_doorbell(void **state)
{
	struct peal_device *dev = unit_open("ref", &(struct peal_open_opts){ .quantum = 1 });
	struct peal_queue *q = unit_queue(dev, NULL);
	struct peal_region *r = unit_region(dev, 1 << 20);
	struct peal_completion c;
	struct peal_desc d[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		peal_prep_fill(&d[i], i, peal_at(r, 0), 1 << 20, 0);
	assert_int_equal(peal_submit(q, d, 3), 3);
	for (int i = 0; i < 50; i++)
		assert_int_equal(peal_poll(q, &c, 1), 0);
	assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_N_DOORBELLS)), 1);
	peal_close(dev);
}

static void test_many_queues(void **state)
{
	struct peal_device *dev = unit_open("ref",
					    &(struct peal_open_opts){ .params = "queues=4" });
	struct peal_queue *q[5];
	struct peal_desc d;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		q[i] = unit_queue(dev, NULL);
		assert_int_equal(peal_queue_id(q[i]), i);
	}
	assert_int_equal(peal_queue_create(dev, NULL, &q[4]), -ENOSPC);
	assert_null(q[4]);
	peal_queue_destroy(q[1]);
	q[1] = unit_queue(dev, NULL);
	assert_int_equal(peal_queue_id(q[1]), 1);
	for (uint32_t i = 0; i < 400; i++) {
		echoes(&d, 1, i);
		unit_is(unit_do(q[i % 4], &d), PEAL_ST_OK, i);
	}
	peal_close(dev);
}

static void test_bad_options(void **state)
{
	static const struct {
		struct peal_queue_opts opts;
		int err;
		const char *text;
	} bad[] = {
		{ { .sq_log2 = 16 }, -EINVAL, "sq_log2 is 16, the device takes 1 to 15" },
		{ { .sq_log2 = 4, .cq_log2 = 99 }, -EINVAL, "cq_log2 is 99" },
		{ { .order = 3 }, -EINVAL, "unknown order 3" },
		{ { .matched = true, .sq_log2 = 3, .cq_log2 = 4 }, -EINVAL, "not 3 and 4" },
	};
	struct peal_device *dev = unit_ref();
	struct peal_queue *q;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(peal_queue_create(dev, &bad[i].opts, &q), bad[i].err);
		assert_null(q);
		assert_non_null(strstr(peal_error(dev), bad[i].text));
	}
	peal_close(dev);
}

/* A device that lacks clauses is not even asked. */
static void test_lacking_clauses(void **state)
{
	static const struct {
		struct peal_queue_opts opts;
		const char *text;
	} lacking[] = {
		{ { .order = PEAL_ORDER_ACTOR }, "ACTOR" },
		{ { .order = PEAL_ORDER_NONE }, "NONE" },
		{ { .matched = true }, "MATCHED" },
		{ { .fences = true }, "FENCE" },
		{ { .suppress = true }, "SUPPRESS" },
	};
	struct peal_open_opts o = { .params = "fault=plain" };
	struct peal_device *dev = unit_open("faulty", &o);
	struct peal_queue *q;

	(void)state;
	for (unsigned i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++) {
		assert_int_equal(peal_queue_create(dev, &lacking[i].opts, &q), -EOPNOTSUPP);
		assert_null(q);
		assert_non_null(strstr(peal_error(dev), lacking[i].text));
	}
	q = unit_queue(dev, NULL);
	assert_int_equal(peal_queue_eventfd(q), -EOPNOTSUPP);
	peal_close(dev);
	o.threaded = true;
	o.lease = 1000;
	assert_int_equal(peal_open("faulty", &o, &dev), -EOPNOTSUPP);
	assert_non_null(strstr(peal_error(NULL), "no lease"));
}

/* No room for the rings in the region table: nothing of the queue is left. */
static void test_no_regions(void **state)
{
	struct peal_device *dev = unit_open("ref",
					    &(struct peal_open_opts){ .params = "regions=3" });
	struct peal_queue *q, *none;

	(void)state;
	q = unit_queue(dev, NULL);
	assert_int_equal(peal_queue_create(dev, NULL, &none), -ENOSPC);
	assert_non_null(strstr(peal_error(dev), "region table full"));
	unit_region(dev, 64);
	peal_queue_destroy(q);
	q = unit_queue(dev, NULL);
	assert_int_equal(peal_queue_id(q), 0);
	peal_close(dev);
}

/* ---- a device that breaks the contract: forged completions -------------------------- */

static void forge_at(struct peal_queue *q, uint32_t cq_index, uint32_t index,
		     enum peal_status status)
{
	const uint64_t words[2] = {
		PEAL_FIELD_PUT(PEAL_C_STATUS, status) | PEAL_FIELD_PUT(PEAL_C_INDEX, index), 0
	};

	peal_comp_publish(q->cq + PEAL_COMP_WORDS * (uint64_t)cq_index, words,
			  peal_tag(cq_index, q->cq_log2));
}

static void forge(struct peal_queue *q, uint32_t index, enum peal_status status)
{
	forge_at(q, 0, index, status);
}

static void expect_broken(uint32_t index, enum peal_status status, const char *text)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 2 });
	struct peal_completion c[4];
	struct peal_desc d[3];
	int r;

	echoes(d, 3, 50);
	assert_int_equal(peal_submit(q, d, 3), 3);
	forge(q, index, status);
	assert_int_equal(peal_poll(q, c, 4), -EPROTO);
	assert_non_null(strstr(peal_error(dev), text));
	assert_int_equal(peal_wait(q, c, 4, SECOND), -EPROTO);
	/* Every index is accounted for all the same. */
	r = peal_queue_disable(q);
	assert_int_equal(r, 0);
	assert_int_equal(peal_wait(q, c, 4, SECOND), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(c[i].sq_index, i);
		assert_int_equal(c[i].cookie, 50 + i);
		assert_true(c[i].by_host);
	}
	peal_close(dev);
}

static void test_broken_completions(void **state)
{
	(void)state;
	expect_broken(1, PEAL_ST_OK, "out of order");
	expect_broken(3, PEAL_ST_OK, "not outstanding");
	expect_broken(0xffff, PEAL_ST_OK, "not outstanding");
	expect_broken(0, PEAL_ST_CANCELLED, "never writes");
}

/* Eight that are out, and for each a completion as it should be. */
static struct peal_queue *two_lines(struct peal_device *dev)
{
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 3 });
	struct peal_desc d[8];

	echoes(d, 8, 50);
	assert_int_equal(peal_submit(q, d, 8), 8);
	for (uint32_t i = 0; i < 8; i++)
		forge_at(q, i, i, PEAL_ST_OK);
	return q;
}

/* One of a line whose four completions are there: those before it are delivered. */
static void expect_broken_at(uint32_t bad, uint32_t index, enum peal_status status)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = two_lines(dev);
	struct peal_completion c[8];

	forge_at(q, bad, index, status);
	if (bad)
		assert_int_equal(peal_poll(q, c, 8), bad);
	assert_int_equal(peal_poll(q, c, 8), -EPROTO);
	peal_close(dev);
}

/* One of a line has arrived by half: those before it are delivered, and it is not. */
static void expect_torn_at(uint32_t torn, unsigned word)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = two_lines(dev);
	struct peal_completion c[8];

	q->cq[PEAL_COMP_WORDS * (uint64_t)torn + word] ^= UINT64_C(1) << PEAL_TAG_SHIFT;
	assert_int_equal(peal_poll(q, c, 8), torn);
	peal_close(dev);
}

static void test_broken_lines(void **state)
{
	(void)state;
	for (uint32_t bad = 0; bad < 8; bad++) {
		for (unsigned word = 0; bad && word < PEAL_COMP_WORDS; word++)
			expect_torn_at(bad, word);
		expect_broken_at(bad, bad + 1, PEAL_ST_OK);
		expect_broken_at(bad, bad ^ 0x8000, PEAL_ST_OK);
		expect_broken_at(bad, bad, PEAL_ST_CANCELLED);
	}
}

/* ---- batches of everything ------------------------------------------------------------ */

/* What has a CRC, or an error for its answer, stands anywhere between what is copied as it is. */
static void some_kind(struct peal_desc *d, uint32_t cookie, uint8_t *status)
{
	const uint64_t payload[5] = { cookie };
	uint64_t kind = unit_below(6);

	peal_prep_echo(d, cookie, payload);
	*status = PEAL_ST_OK;
	if (kind == 0) {
		peal_desc_flags(d, PEAL_FLAG_CRC);
	} else if (kind == 1) {
		peal_desc_flags(d, PEAL_FLAG_CRC);
		d->w[PEAL_D_CRC_WORD] |= PEAL_FIELD_PUT(PEAL_D_CRC, peal_desc_crc(d) ^ 1);
		*status = PEAL_ST_BAD_CRC;
	} else if (kind == 2) {
		d->w[PEAL_D_OPCODE_WORD] |= PEAL_FIELD_PUT(PEAL_D_OPCODE, 0xff);
		*status = PEAL_ST_BAD_OPCODE;
	}
}

static void batches(unsigned log2, uint32_t start)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue_opts o = { .sq_log2 = (uint8_t)log2,
				     .sq_start = start,
				     .cq_start = start };
	struct peal_queue *q = unit_queue(dev, &o);
	unsigned slots = 1u << log2;
	struct peal_completion c[64];
	struct peal_desc d[64];
	uint8_t status[64];

	for (uint32_t sent = 0; sent < 2000;) {
		unsigned n = 1 + (unsigned)unit_below(slots), got = 0;

		for (unsigned i = 0; i < n; i++)
			some_kind(&d[i], sent + i, &status[i]);
		assert_int_equal(peal_submit(q, d, n), n);
		while (got < n) {
			unsigned most = 1 + (unsigned)unit_below(n - got);
			int r = peal_wait(q, c + got, most, SECOND);

			assert_int_equal(r, most);
			got += most;
		}
		for (unsigned i = 0; i < n; i++) {
			assert_int_equal(c[i].status, status[i]);
			assert_int_equal(c[i].cookie, sent + i);
			assert_int_equal(c[i].sq_index, start + sent + i);
			if (!status[i])
				assert_int_equal(c[i].result, sent + i);
		}
		sent += n;
	}
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

static void test_batches(void **state)
{
	(void)state;
	unit_seed();
	for (unsigned log2 = 1; log2 <= 6; log2++) {
		batches(log2, 0);
		batches(log2, (uint32_t)-700);
		batches(log2, (uint32_t)unit_random());
	}
}

/* The host line follows what is published and returned, for tools. */
static void test_host_line(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 1 });
	struct peal_desc d;

	(void)state;
	echoes(&d, 1, 0);
	for (int i = 0; i < 5; i++)
		unit_do(q, &d);
	assert_int_equal(q->host_line->sq_tail, 5);
	assert_int_equal(q->host_line->cq_head, 4);
	unit_settle(dev);
	assert_int_equal(q->device_line->sq_head, 5);
	assert_int_equal(q->device_line->cq_tail, 5);
	assert_int_equal(q->device_line->state, PEAL_Q_ENABLED);
	peal_close(dev);
}

static uint64_t hash_of_a_run(void)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, NULL);
	uint64_t hash;

	unit_state = 1;
	stream(q, 0, 500, 7);
	hash = peal_device_trace_hash(dev);
	peal_close(dev);
	return hash;
}

static void test_lockstep_repeats(void **state)
{
	uint64_t first = hash_of_a_run();

	(void)state;
	assert_int_not_equal(first, 0);
	assert_int_equal(hash_of_a_run(), first);
}

static void test_counters(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = unit_queue(dev, NULL);
	uint64_t k[PEAL_COUNTERS];

	(void)state;
	stream(q, 0, 100, 5);
	assert_int_equal(peal_device_counters(dev, k), 0);
	for (int i = 0; i < PEAL_COUNTERS; i++)
		assert_int_equal(k[i], i == PEAL_CTR_ACCEPTED || i == PEAL_CTR_COMPLETED ? 100 : 0);
	peal_close(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_two_slots),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_tags_come_round),
		cmocka_unit_test(test_small_cq),
		cmocka_unit_test(test_credit_is_lazy),
		cmocka_unit_test(test_one_doorbell),
		cmocka_unit_test(test_many_queues),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_lacking_clauses),
		cmocka_unit_test(test_no_regions),
		cmocka_unit_test(test_broken_completions),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_host_line),
		cmocka_unit_test(test_lockstep_repeats),
		cmocka_unit_test(test_counters),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
