/* SPDX-License-Identifier: MIT */
/* test_fault_plan.c - the language of faults: what is read, what is refused, what fires when. */
#include "unit.h"

#include "fault.h"

static struct fault_plan plan;

static void parse(const char *text)
{
	char why[200] = "";

	if (!fault_parse(&plan, text, why, sizeof(why)))
		fail_msg("%s", why);
}

static void refused(const char *text, const char *item, const char *reason)
{
	char why[200] = "";

	assert_false(fault_parse(&plan, text, why, sizeof(why)));
	if (!strstr(why, item) || !strstr(why, reason))
		fail_msg("%s: says '%s'", text, why);
	assert_int_equal(plan.count, 0);
}

static void is(unsigned i, enum fault_class on, uint64_t n, enum fault_variant variant,
	       uint32_t detail)
{
	assert_true(i < plan.count);
	assert_int_equal(plan.faults[i].on, on);
	assert_int_equal(plan.faults[i].n, n);
	assert_int_equal(plan.faults[i].variant, variant);
	if (variant == FAULT_FLIP || variant == FAULT_BACK)
		assert_int_equal(plan.faults[i].detail, detail);
}

static void test_kinds(void **state)
{
	static const char *const bus[] = { "fetch",	 "read",	"write",
					   "completion", "record_read", "record_write",
					   "token",	 "line",	"host_line" };
	char text[64];

	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "%s:%u", bus[i], i + 1);
		parse(text);
		is(0, (enum fault_class)i, i + 1, FAULT_SLVERR, 0);
		snprintf(text, sizeof(text), "%s:7:decerr", bus[i]);
		parse(text);
		is(0, (enum fault_class)i, 7, FAULT_DECERR, 0);
	}
	parse("fetch:1:torn+fetch:2:stale+fetch:3:flip.511+fetch:3:slverr");
	assert_int_equal(plan.count, 4);
	is(0, FAULT_SLOT, 1, FAULT_TORN, 0);
	is(1, FAULT_SLOT, 2, FAULT_STALE, 0);
	is(2, FAULT_SLOT, 3, FAULT_FLIP, 511);
	is(3, FAULT_FETCH, 3, FAULT_SLVERR, 0);
	parse("doorbell:1+doorbell:2:dup+doorbell:3:back+doorbell:4:back.2+doorbell:5:wild");
	is(0, FAULT_DOORBELL, 1, FAULT_DROP, 0);
	is(1, FAULT_DOORBELL, 2, FAULT_DUP, 0);
	is(2, FAULT_DOORBELL, 3, FAULT_BACK, 32769);
	is(3, FAULT_DOORBELL, 4, FAULT_BACK, 2);
	is(4, FAULT_DOORBELL, 5, FAULT_WILD, 0);
	parse("credit:9:drop+lease:10000000000");
	is(0, FAULT_CREDIT, 9, FAULT_DROP, 0);
	is(1, FAULT_LEASE, 10000000000, FAULT_DROP, 0);
}

static void test_refused(void **state)
{
	char many[65 * 16] = "", longer[100];

	(void)state;
	refused("", "''", "expected KIND:N");
	refused("fetch", "'fetch'", "expected KIND:N");
	refused("fetch:1+", "''", "expected KIND:N");
	refused("fetch:1++read:1", "''", "expected KIND:N");
	refused("fetched:1", "'fetched:1'", "kind is none of fetch");
	refused("slot:1", "'slot:1'", "kind is none of");
	refused("read:0", "'read:0'", "N must be");
	refused("read:-1", "'read:-1'", "N must be");
	refused("read:", "'read:'", "N must be");
	refused("read:1x", "'read:1x'", "N must be");
	refused("read:99999999999999999999", "'read:9999", "N must be");
	refused("read:1:", "'read:1:'", "slverr, decerr or hang");
	refused("read:1:torn", "'read:1:torn'", "slverr, decerr or hang");
	refused("read:1:slverr.1", "'read:1:slverr.1'", "slverr, decerr or hang");
	refused("read:1:slverr:2", "'read:1:slverr:2'", "slverr, decerr or hang");
	refused("fetch:1:flip", "'fetch:1:flip'", "flip.B");
	refused("fetch:1:flip.512", "'fetch:1:flip.512'", "0 to 511");
	refused("fetch:1:drop", "'fetch:1:drop'", "torn");
	refused("doorbell:1:slverr", "'doorbell:1:slverr'", "drop, dup");
	refused("doorbell:1:back.", "'doorbell:1:back.'", "back.K");
	refused("credit:1:dup", "'credit:1:dup'", "drop");
	refused("lease:1:wild", "'lease:1:wild'", "drop");
	refused("read:1+write:1+read:1:decerr", "'read:1:decerr'", "same transaction");
	for (unsigned i = 1; i <= FAULT_MAX + 1; i++)
		snprintf(many + strlen(many), 16, "%sread:%u", i > 1 ? "+" : "", i);
	refused(many, "'read:65'", "more than 64");
	memset(longer, '1', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	memcpy(longer, "read:", 5);
	refused(longer, "'read:111", "too long");
}

static void test_hits(void **state)
{
	const struct fault *f;
	char text[64];

	(void)state;
	parse("read:3:decerr+write:1");
	assert_null(fault_hit(&plan, FAULT_READ));
	assert_null(fault_hit(&plan, FAULT_READ));
	assert_null(fault_hit(&plan, FAULT_FETCH));
	assert_int_equal(fault_fired(&plan), 0);
	f = fault_hit(&plan, FAULT_READ);
	assert_non_null(f);
	assert_int_equal(f->variant, FAULT_DECERR);
	fault_report(f, text, sizeof(text));
	assert_string_equal(text, "fault read:3 fired (decerr)");
	assert_null(fault_hit(&plan, FAULT_READ));
	assert_non_null(fault_hit(&plan, FAULT_WRITE));
	assert_null(fault_hit(&plan, FAULT_WRITE));
	assert_int_equal(fault_fired(&plan), 2);
}

/* The n-th slot, not the n-th burst; the other slots come as they are. */
static void test_slots(void **state)
{
	uint64_t words[8], tag = UINT64_C(0x80) << 56;
	const struct fault *f;
	char text[64];

	(void)state;
	parse("fetch:2:torn+fetch:3:stale+fetch:4:flip.65");
	for (unsigned n = 1; n <= 5; n++) {
		assert_null(fault_hit(&plan, FAULT_FETCH));
		for (unsigned i = 0; i < 8; i++)
			words[i] = tag | i;
		f = fault_slot(&plan, words);
		assert_int_equal(f != NULL, n >= 2 && n <= 4);
		for (unsigned i = 0; i < 8; i++) {
			bool old = n == 3 || (n == 2 && i == 2);
			uint64_t flip = n == 4 && i == 1 ? 2 : 0;

			assert_int_equal(words[i] >> 56, old ? 0xff : 0x80);
			assert_int_equal(words[i] & 0xffff, i ^ flip);
		}
	}
	fault_report(&plan.faults[0], text, sizeof(text));
	assert_string_equal(text, "fault fetch:2 fired (torn)");
	assert_int_equal(fault_fired(&plan), 3);
}

static void test_registers(void **state)
{
	static const struct {
		unsigned times;
		uint32_t value;
	} want[] = { { 1, 100 }, { 0, 100 }, { 2, 100 }, { 1, 97 }, { 1, 0x80000064 }, { 1, 100 } };
	const struct fault *f;

	(void)state;
	parse("doorbell:2+doorbell:3:dup+doorbell:4:back.3+doorbell:5:wild+credit:1");
	for (unsigned i = 0; i < 6; i++) {
		uint32_t value = 100;

		assert_int_equal(fault_register(&plan, FAULT_DOORBELL, &value, &f), want[i].times);
		assert_int_equal(value, want[i].value);
		assert_int_equal(f != NULL, i > 0 && i < 5);
	}
	assert_int_equal(fault_register(&plan, FAULT_CREDIT, &(uint32_t){ 1 }, &f), 0);
	assert_int_equal(fault_register(&plan, FAULT_LEASE, &(uint32_t){ 1 }, &f), 1);
	assert_int_equal(fault_fired(&plan), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hits),	  cmocka_unit_test(test_slots),
		cmocka_unit_test(test_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
