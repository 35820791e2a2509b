/* SPDX-License-Identifier: MIT */
/*
 * test_unordered.c - order NONE and MATCHED placement: completions in any order,
 * each index once; order ACTOR and FENCE on a device that shuffles.
 */
#include "unit.h"

#include "internal.h"
#include "ring.h"

static void echo(struct peal_desc *d, uint32_t i)
{
	peal_prep_echo(d, i, (uint64_t[5]){ i });
}

/* Streams ECHOs and SILENT ones through a queue; every index that must come comes once. */
static void stream(struct peal_device *dev, const struct peal_queue_opts *o, unsigned total,
		   bool *mixed)
{
	struct peal_queue *q = unit_queue(dev, o);
	uint8_t *seen = calloc(total, 1);
	uint32_t sent = 0, got = 0, silent = 0, last = 0;

	while (sent < total || peal_queue_outstanding(q)) {
		struct peal_completion c[32];
		struct peal_desc d;
		int n = 0;

		for (unsigned burst = (unsigned)unit_below(40); burst && sent < total; burst--) {
			bool quiet = !o->matched && unit_below(4) == 0;

			echo(&d, sent);
			if (quiet)
				peal_desc_flags(&d, PEAL_FLAG_SILENT);
			n = peal_submit(q, &d, 1);
			assert_true(n == 1 || n == -EAGAIN);
			if (n != 1)
				break;
			seen[sent++] = quiet;
			silent += quiet;
		}
		n = peal_poll(q, c, 1 + (unsigned)unit_below(32));
		assert_true(n >= 0);
		for (int i = 0; i < n; i++, got++) {
			assert_true(c[i].cookie < sent && !seen[c[i].cookie]);
			assert_int_equal(c[i].sq_index, o->sq_start + c[i].cookie);
			unit_is(c[i], PEAL_ST_OK, c[i].cookie);
			seen[c[i].cookie] = 1;
			*mixed |= c[i].cookie < last;
			last = c[i].cookie;
		}
	}
	assert_int_equal(got + silent, total);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_queue_destroy(q);
	free(seen);
}

static void test_any_order(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 12; seed++) {
		char params[32];
		struct peal_open_opts o = { .params = params, .quantum = 5 };
		struct peal_device *dev;
		bool mixed = false, straight = false;

		snprintf(params, sizeof(params), "shuffle=%u", seed);
		o.threaded = seed % 4 == 0;
		dev = unit_open("ref", &o);
		for (unsigned log2 = 1; log2 <= 6; log2++) {
			struct peal_queue_opts q = {
				.order = PEAL_ORDER_NONE,
				.sq_log2 = (uint8_t)log2,
				.sq_start = 0xffffffe0,
				.suppress = seed % 2,
				.cq_start = 0xfffffff9,
				.cq_log2 = (uint8_t)(1 + unit_below(6)),
			};

			stream(dev, &q, 600, &mixed);
			q.matched = true;
			q.cq_log2 = q.sq_log2;
			stream(dev, &q, 600, &mixed);
			q.order = PEAL_ORDER_FIFO;
			stream(dev, &q, 300, &straight);
			q.order = PEAL_ORDER_ACTOR;
			q.matched = false;
			stream(dev, &q, 300, &straight);
		}
		assert_true(mixed);
		assert_false(straight);
		peal_close(dev);
	}
}

/* A MATCHED queue takes no credit and gives none. */
static void test_matched_credit(void **state)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue_opts o = { .matched = true, .sq_log2 = 1, .sq_start = 0xffffffff };
	struct peal_queue *q = unit_queue(dev, &o);
	struct peal_desc d;

	(void)state;
	for (uint32_t i = 0; i < 600; i++) {
		echo(&d, i);
		unit_is(unit_do(q, &d), PEAL_ST_OK, i);
		assert_int_equal(q->credited, 0);
	}
	assert_int_equal(unit_read(dev, unit_qreg(0, PEAL_QREG_CQ_HEAD)), 0xffffffff);
	assert_int_equal(peal_queue_audit(q), 0);
	peal_close(dev);
}

/* ---- a device that breaks the contract ---- */

/* A completion of `index` in CQ slot `at`, under the tag that is due there. */
static void forge(struct peal_queue *q, uint32_t at, uint32_t index)
{
	const uint64_t words[2] = { PEAL_FIELD_PUT(PEAL_C_INDEX, index), 0 };

	peal_comp_publish(q->cq + 2 * (at & q->cq_mask), words, peal_tag(at, q->cq_log2));
}

static struct peal_queue *three_out(struct peal_device *dev, bool matched)
{
	struct peal_queue_opts o = { .order = PEAL_ORDER_NONE, .sq_log2 = 2, .matched = matched };
	struct peal_queue *q = unit_queue(dev, &o);
	struct peal_desc d;

	for (uint32_t i = 0; i < 3; i++) {
		echo(&d, i);
		assert_int_equal(peal_submit(q, &d, 1), 1);
	}
	return q;
}

static void expect_broken(bool matched, uint32_t first, uint32_t second, const char *text)
{
	struct peal_device *dev = unit_ref();
	struct peal_queue *q = three_out(dev, matched);
	struct peal_completion c[4];

	forge(q, 0, first);
	forge(q, 1, second);
	assert_int_equal(peal_poll(q, c, 1), 1);
	assert_int_equal(c[0].sq_index, first);
	assert_int_equal(peal_poll(q, c, 1), -EPROTO);
	if (!strstr(peal_error(dev), text))
		fail_msg("'%s' lacks '%s'", peal_error(dev), text);
	assert_int_equal(peal_wait(q, c, 4, SECOND), -EPROTO);
	/* The others are accounted for. */
	assert_int_equal(peal_queue_disable(q), 0);
	assert_int_equal(peal_wait(q, c, 4, SECOND), 2);
	assert_true(c[0].by_host && c[1].by_host);
	peal_close(dev);
}

static void test_broken(void **state)
{
	(void)state;
	expect_broken(false, 1, 1, "a second time");
	expect_broken(false, 0, 0, "not outstanding");
	expect_broken(false, 2, 3, "not outstanding");
	expect_broken(true, 0, 2, "in the slot of another index");
}

/* ---- what orders effects ---- */

/* A chain of copies that needs its order; `flag` and `order` give it. */
static void chain(unsigned order, uint32_t flag, unsigned seed)
{
	char params[32];
	struct peal_open_opts o = { .params = params, .quantum = 3 };
	struct peal_queue_opts qo = { .order = (uint8_t)order, .fences = true, .sq_log2 = 6 };
	struct peal_device *dev;
	struct peal_region *r;
	struct peal_queue *q;
	struct peal_completion c[40];
	struct peal_desc d;
	uint8_t *p;

	snprintf(params, sizeof(params), "shuffle=%u", seed);
	dev = unit_open("ref", &o);
	q = unit_queue(dev, &qo);
	r = unit_region(dev, 40 * 8192);
	p = peal_region_memory(r);
	unit_fill(p, 8192);
	for (uint32_t i = 0; i + 1 < 40; i++) {
		peal_prep_copy(&d, i, peal_at(r, 8192 * i), peal_at(r, 8192 * (i + 1)), 8192);
		peal_desc_actor(&d, 5);
		peal_desc_flags(&d, flag);
		assert_int_equal(peal_submit(q, &d, 1), 1);
	}
	assert_int_equal(peal_wait(q, c, 39, 10 * SECOND), 39);
	assert_memory_equal(p, p + 39 * 8192, 8192);
	peal_close(dev);
}

static void test_chains(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed < 6; seed++) {
		chain(PEAL_ORDER_ACTOR, 0, seed);
		chain(PEAL_ORDER_FIFO, PEAL_FLAG_FENCE, seed);
		chain(PEAL_ORDER_NONE, PEAL_FLAG_FENCE, seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_matched_credit),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_chains),
	};

	unit_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
