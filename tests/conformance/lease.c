/* SPDX-License-Identifier: MIT */
/*
 * lease.c - the heartbeat lease: renewed in time, or the bus falls silent.
 *
 *	lease [-p PARAMS] DEVICE
 *
 * Each case has a device of its own. Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

#define RUNS 1u /* LEASE_STS */
#define EXPIRED 2u
#define POISON 0x5a
#define WORK 20
#define DEAD_FOR 3000 /* steps in which a device that still moves would show it */

static void lease(uint32_t steps)
{
	raw_write(dev, PEAL_REG_LEASE, steps);
}

static uint32_t status(void)
{
	return raw_read(dev, PEAL_REG_LEASE_STS);
}

/* Until the lease has expired and the first `n` queues are in ERROR. */
static bool expired(unsigned n)
{
	time_t deadline = raw_deadline();

	for (unsigned i = 0; i < n; i++)
		while (raw_get(&queues[i], PEAL_QREG_STATE) != PEAL_Q_ERROR) {
			CHECK(!raw_expired(deadline));
			advance(16);
		}
	CHECK_EQUAL(status(), EXPIRED);
	return true;
}

static void poison(struct peal_region *const *memory, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		memset(peal_region_memory(memory[i]), POISON, peal_region_bytes(memory[i]));
}

/* Nothing of the memory has changed since it was poisoned, and nothing does. */
static bool bus_is_silent(struct peal_region *const *memory, unsigned n)
{
	advance(DEAD_FOR);
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *p = peal_region_memory(memory[i]);

		for (size_t j = 0; j < peal_region_bytes(memory[i]); j++)
			CHECK_EQUAL(p[j], POISON);
	}
	return true;
}

/* ---- a lease that runs ---- */

static bool off_at_first(void)
{
	CHECK_EQUAL(status(), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_LEASE), 0);
	CHECK(make(3, 3, 0, 0) && run_nops(q, 5));
	advance(5000);
	CHECK_EQUAL(status(), 0);
	return state_is(q, PEAL_Q_ENABLED);
}

/* It counts down, whether there is work or not, and 0 turns it off. */
static bool counts_down(void)
{
	uint32_t before, after;

	CHECK(make(3, 3, 0, 0));
	lease(100000);
	CHECK_EQUAL(status(), RUNS);
	before = raw_read(dev, PEAL_REG_LEASE);
	CHECK(before <= 100000 && before > 90000);
	advance(10000);
	after = raw_read(dev, PEAL_REG_LEASE);
	CHECK(after <= before - 10000);
	CHECK(after > before - 20000);
	CHECK(run_nops(q, 4));
	CHECK(raw_read(dev, PEAL_REG_LEASE) < after);
	lease(0);
	CHECK_EQUAL(status(), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_LEASE), 0);
	advance(200000);
	CHECK_EQUAL(status(), 0);
	return state_is(q, PEAL_Q_ENABLED);
}

/* Renewed again and again it never expires, at work and at rest. */
static bool renewed(void)
{
	CHECK(make(3, 3, 0, 0));
	for (unsigned i = 0; i < 40; i++) {
		lease(info.clauses & PEAL_CAP_INDEXED ? 6000
						      : 300000); /* or the host is too slow */
		if (i % 2)
			CHECK(run_nops(q, 4));
		advance(2000);
		CHECK_EQUAL(status(), RUNS);
	}
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_COUNT), 0);
	return state_is(q, PEAL_Q_ENABLED);
}

/* ---- one that expires ---- */

static bool the_event(void)
{
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), PEAL_EVENT_LEASE | PEAL_NO_QUEUE << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1) | raw_read(dev, PEAL_REG_EV_W2) |
			    raw_read(dev, PEAL_REG_EV_W3) | raw_read(dev, PEAL_REG_EV_W4),
		    0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_FE_W0), PEAL_EVENT_LEASE | PEAL_NO_QUEUE << 8);
	raw_write(dev, PEAL_REG_EV_POP, 1);
	return true;
}

/* Of a device at rest: not early, and every queue that is up is in ERROR. */
static bool expires_idle(void)
{
	struct peal_region *memory[2];

	CHECK(make(3, 3, 0, 0) && make(3, 3, 40, 0) && make(3, 3, 0, 0));
	CHECK(run_nops(&queues[1], 3));
	CHECK_EQUAL(command(&queues[1], PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	CHECK_EQUAL(command(&queues[2], PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	lease(20000);
	advance(10000);
	CHECK_EQUAL(status(), RUNS);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ENABLED);
	if (info.clauses &
	    PEAL_CAP_INDEXED) { /* one that runs by itself is not stopped so exactly */
		advance(raw_read(dev, PEAL_REG_LEASE) -
			300); /* register accesses take time as well */
		CHECK_EQUAL(status(), RUNS);
	}
	advance(raw_read(dev, PEAL_REG_LEASE)); /* not late either */
	CHECK_EQUAL(status(), EXPIRED);
	CHECK(expired(2)); /* a DRAINED queue as well */
	CHECK_EQUAL(raw_get(&queues[2], PEAL_QREG_STATE), PEAL_Q_DISABLED);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_LEASE), 0);
	CHECK(the_event());
	/* The lines still say what they said: nothing was written when the state changed. */
	CHECK_EQUAL(queues[0].device_line[3] & UINT32_MAX, PEAL_Q_ENABLED);
	CHECK_EQUAL(queues[1].device_line[3] & UINT32_MAX, PEAL_Q_DRAINED);
	memory[0] = queues[0].memory;
	memory[1] = queues[1].memory;
	poison(memory, 2);
	return bus_is_silent(memory, 2);
}

/* While it has expired nothing starts: ENABLE says why. A write of LEASE ends that. */
static bool enable_refused(void)
{
	CHECK(make(3, 3, 0, 0));
	lease(1);
	CHECK(expired(1));
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE),
		    PEAL_CMDCODE_BAD_STATE); /* the state comes first */
	CHECK_EQUAL(command(q, PEAL_CMD_DRAIN), PEAL_CMDCODE_BAD_STATE);
	CHECK_EQUAL(command(q, PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_LEASE);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	raw_set(q, PEAL_QREG_MODE, 3); /* the configuration is not looked at before */
	CHECK_EQUAL(command(q, PEAL_CMD_ENABLE), PEAL_CMDCODE_LEASE);
	raw_set(q, PEAL_QREG_MODE, 0);
	lease(0);
	CHECK_EQUAL(status(), 0);
	CHECK(again(q, 9, 4));
	CHECK(run_nops(q, 3));
	lease(200000);
	CHECK(run_nops(q, 3));
	CHECK_EQUAL(status(), RUNS);
	return state_is(q, PEAL_Q_ENABLED);
}

/* The data, the rings and the lines of two queues that work when it happens. */
static void push_work(struct raw_queue *on, struct peal_region *r, unsigned half)
{
	struct peal_desc d;

	for (unsigned i = 0; i < WORK; i++) {
		uint64_t out = 65536 + 16384 * (uint64_t)(half * WORK + i);

		if (i % 3 == 0)
			peal_prep_copy(&d, i, peal_at(r, 0), peal_at(r, out), 9000);
		else if (i % 3 == 1)
			peal_prep_nop(&d, i);
		else
			peal_prep_fill(&d, i, peal_at(r, out), 100, i);
		if (i % 4 == 3)
			peal_desc_flags(&d, PEAL_FLAG_SILENT);
		push(on, &d);
	}
	ring(on);
}

/* What was in flight counts as undelivered, without an event; what is in the CQ is what was
 * completed. */
static bool cut_off(struct raw_queue *on)
{
	struct outcomes o = { .first = raw_get(on, PEAL_QREG_SQ_START) };
	unsigned accepted = raw_get(on, PEAL_QREG_N_ACCEPTED);

	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_IN_FLIGHT), 0);
	CHECK(law_holds(on));
	CHECK_EQUAL(raw_get(on, PEAL_QREG_SQ_HEAD), o.first + accepted);
	CHECK(take_rest(on, &o, accepted));
	CHECK_EQUAL(o.count, raw_get(on, PEAL_QREG_N_COMPLETED));
	for (unsigned i = 0; i < WORK; i++)
		if (o.have[i])
			CHECK_EQUAL(o.status[i], PEAL_ST_OK);
	return true;
}

static bool expire_after(unsigned steps, struct peal_region *r, unsigned *lost)
{
	struct peal_region *memory[3] = { r, queues[0].memory, queues[1].memory };

	push_work(&queues[0], r, 0);
	push_work(&queues[1], r, 1);
	lease(steps);
	CHECK(expired(2));
	CHECK(the_event());
	for (unsigned i = 0; i < 2; i++) {
		CHECK(cut_off(&queues[i]));
		*lost += raw_get(&queues[i], PEAL_QREG_N_UNDELIVERED);
	}
	poison(memory, 3);
	CHECK(bus_is_silent(memory, 3));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	/* DISABLE is a command like others; it writes no line. */
	CHECK_EQUAL(command(&queues[0], PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	CHECK_EQUAL(command(&queues[1], PEAL_CMD_RESET), PEAL_CMDCODE_OK);
	CHECK(bus_is_silent(memory, 3));
	lease(0);
	raw_write(dev, PEAL_REG_FE_STS, 0);
	return again(&queues[0], steps, 0) && again(&queues[1], 0, steps);
}

static bool expires_at_work(void)
{
	struct peal_region *r = region(65536 + 16384 * (2 * WORK + 1));
	unsigned lost = 0;

	CHECK(r && make(6, 6, 0, 0) && make(6, 3, 0, 0));
	for (unsigned i = 0; i < 48; i++) {
		unsigned steps = i < 32 ? 1 + 4 * i : 128 + (i - 32) * (i - 32) * 16;

		if (expire_after(steps, r, &lost))
			continue;
		printf("# a lease of %u steps\n", steps);
		return false;
	}
	CHECK(run_nops(&queues[0], 3) && run_nops(&queues[1], 3));
	CHECK(raw_settle(dev));
	CHECK(!peal_region_unmap(r));
	printf("# %u descriptors were cut off\n", lost);
	return true;
}

/* The counter of all queues has what the queues' own ones have. */
static bool counted(void)
{
	struct peal_region *r = region(65536 + 16384 * (2 * WORK + 1));
	unsigned lost = 0;

	CHECK(r && make(6, 6, 0, 0));
	push_work(q, r, 0);
	lease(40);
	CHECK(expired(1));
	lost = raw_get(q, PEAL_QREG_N_UNDELIVERED);
	raw_write(dev, PEAL_REG_CTR_SNAP, 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_UNDELIVERED), lost);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_COMPLETED),
		    raw_get(q, PEAL_QREG_N_COMPLETED));
	lease(0);
	return true;
}

/* A queue that sleeps is no exception: it does not look at its host line any more. */
static bool expires_asleep(void)
{
	CHECK(make_mode(3, 3, 0, 0, MODE_SUPPRESS));
	lease(3000);
	CHECK(expired(1));
	CHECK(the_event());
	push_nops(q, 1);
	write_host_line(q);
	advance(3 * PEAL_SLEEP_STEPS);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ERROR);
	lease(0);
	return true;
}

/* ---- running: a device each, for a lease is the device's ---- */

#define NEEDS PEAL_CAP_LEASE

static const struct raw_test tests[] = {
	{ "lease: off at power-up", off_at_first, NEEDS },
	{ "lease: counts down, 0 turns it off", counts_down, NEEDS },
	{ "lease: renewed in time it does not expire", renewed, NEEDS },
	{ "lease: expires on an idle device", expires_idle, NEEDS },
	{ "lease: ENABLE is refused until it is written", enable_refused, NEEDS },
	{ "lease: expires at work, nothing is written any more", expires_at_work, NEEDS },
	{ "lease: what it cut off is counted", counted, NEEDS },
	{ "lease: expires on a sleeping queue", expires_asleep, NEEDS | PEAL_CAP_SUPPRESS },
};

int main(int argc, char **argv)
{
	const char *params, *device = raw_arguments(argc, argv, &params);

	return run_tests_apart(device, params, tests, sizeof(tests) / sizeof(*tests));
}
