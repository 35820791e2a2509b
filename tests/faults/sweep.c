/* SPDX-License-Identifier: MIT */
/*
 * sweep.c - fault n, run, expect a typed outcome; then n + 1, until no fault fires.
 *
 *	sweep [-p PARAMS] DEVICE        FAULT_STRIDE=N: only the 1st, the N+1st, ...
 *
 * Each run opens the device anew with one fault planned (runtime/fault/fault.h),
 * sends the same load over two queues, ends it by ABORT, RESET or DISABLE in turn
 * and judges what came back by the law of contract 7: one outcome for each index
 * that was published, of a status that the fault explains; counters that add up;
 * no byte changed outside the destinations, and right bytes where the status is
 * OK. Nothing may hang: every wait here is bounded and its end is looked at.
 */
#include "load.h"

#define MOST_FAULTS 5000 /* of one kind; a bound, far above what the load has */

static unsigned stride = 1; /* every so manieth fault only, on a slow device */

/* Statuses besides OK that a kind of fault explains, one bit each of `enum allowed`. */
enum allowed { READ = 1, WRITE = 2, STATE = 4, CANCELLED = 8, CRC = 16, ABORTED = 32 };

struct kind {
	const char *name;     /* for the case */
	const char *plan;     /* with %u for n */
	unsigned allowed;
	uint32_t event;	      /* 0: none may come */
	bool must;	      /* each fault shows in an event or a status; doorbells of a
				 queue with SUPPRESS may be taken for old ones */
};

static const struct kind kinds[] = {
	{ "fetch, SLVERR", "fetch:%u:slverr", CANCELLED, PEAL_EVENT_FETCH, true },
	{ "fetch, DECERR", "fetch:%u:decerr", CANCELLED, PEAL_EVENT_FETCH, true },
	{ "torn descriptor", "fetch:%u:torn", 0, 0, false },
	{ "stale descriptor", "fetch:%u:stale", 0, 0, false },
	{ "data read, SLVERR", "read:%u:slverr", READ | STATE, 0, true },
	{ "data read, DECERR", "read:%u:decerr", READ | STATE, 0, true },
	{ "record read", "record_read:%u", READ | STATE, 0, true },
	{ "data write, SLVERR", "write:%u:slverr", WRITE | STATE, 0, true },
	{ "data write, DECERR", "write:%u:decerr", WRITE | STATE, 0, true },
	{ "token write", "token:%u", READ | WRITE | STATE, 0, true },
	{ "record write, SLVERR", "record_write:%u:slverr", WRITE | STATE, 0, true },
	{ "record write, DECERR", "record_write:%u:decerr", WRITE | STATE, 0, true },
	{ "completion write, SLVERR", "completion:%u:slverr", CANCELLED, PEAL_EVENT_COMPLETION, true },
	{ "completion write, DECERR", "completion:%u:decerr", CANCELLED, PEAL_EVENT_COMPLETION, true },
	{ "device line", "line:%u", 0, 0, false },
	{ "host line", "host_line:%u", 0, 0, false },
	{ "doorbell lost", "doorbell:%u:drop", CANCELLED, 0, false },
	{ "doorbell doubled", "doorbell:%u:dup", 0, 0, false },
	{ "doorbell backwards", "doorbell:%u:back", CANCELLED, PEAL_EVENT_INVALID_DOORBELL, false },
	{ "doorbell wild", "doorbell:%u:wild", CANCELLED, PEAL_EVENT_INVALID_DOORBELL, false },
	{ "credit lost", "credit:%u:drop", CANCELLED | ABORTED, 0, false },
};

static bool explained(unsigned allowed, uint32_t status)
{
	switch (status) {
	case PEAL_ST_OK:
	case PEAL_ST_REWARD_NEEDED: return true;
	case PEAL_ST_READ: return allowed & READ;
	case PEAL_ST_WRITE: return allowed & WRITE;
	case PEAL_ST_BAD_STATE: return allowed & STATE;
	case PEAL_ST_CANCELLED: return allowed & CANCELLED;
	case PEAL_ST_BAD_CRC: return allowed & CRC;
	case PEAL_ST_ABORTED: return allowed & ABORTED;
	default: return false;
	}
}

static bool statuses(const struct load *l, unsigned allowed, unsigned *failed)
{
	*failed = 0;
	for (unsigned q = 0; q < LOAD_QUEUES; q++)
		for (unsigned i = 0; i < l->sent[q]; i++) {
			uint32_t status = l->outcome[q][i].status;

			if (!explained(allowed, status))
				return load_say("queue %u, index %u: %s is not explained", q, i,
						peal_status_name(status));
			*failed += status != PEAL_ST_OK && status != PEAL_ST_REWARD_NEEDED;
		}
	return true;
}

static bool events(const struct load *l, uint32_t code)
{
	for (unsigned i = 0; i < l->event_count; i++)
		if (l->events[i].code != code)
			return load_say("event %s came, not asked for",
					peal_event_name(l->events[i].code));
	return true;
}

/* One run; *fired is how many faults struck. */
static bool one(const struct kind *k, unsigned n, enum load_end end, unsigned *fired)
{
	char plan[64];
	unsigned failed = 0;
	struct load l;
	bool good;

	snprintf(plan, sizeof(plan), k->plan, n);
	good = load_open(&l, plan);
	if (good) {
		load_send(&l, UINT64_MAX);
		good = load_end(&l, end) && load_law(&l) && load_bytes(&l) &&
		       statuses(&l, k->allowed, &failed) && events(&l, k->event);
	}
	*fired = l.fired;
	if (good && k->must && l.fired && !failed && !l.event_count)
		good = load_say("the fault shows nowhere");
	if (!good)
		printf("# fault=%s, ended by %s\n", plan, load_end_name(end));
	load_close(&l);
	return good;
}

static bool sweep(const struct kind *k)
{
	char name[96];
	unsigned n = 1, runs = 0, fired = 1;
	bool good = true;

	for (; good && fired && n < MOST_FAULTS; n += stride)
		good = one(k, n, (enum load_end)(++runs % LOAD_ENDS), &fired);
	snprintf(name, sizeof(name), "%s: %u of them, the last one the %uth, then none", k->name,
		 runs - 1, n - 2 * stride);
	return raw_case(name, good && !fired && runs > 1);
}

/* Every bit of one slot: wrong tags are fetched again, all else is caught by the CRC. */
static bool flips(void)
{
	char plan[64];
	bool good = true;

	for (unsigned bit = 0; bit < 512 && good; bit += stride) {
		unsigned failed = 0, expected = bit % 64 < 56;
		struct load l;

		snprintf(plan, sizeof(plan), "fetch:%u:flip.%u", 1 + bit % 23, bit);
		good = load_open(&l, plan);
		if (good) {
			load_send(&l, UINT64_MAX);
			good = load_end(&l, LOAD_DISABLE) && load_law(&l) && load_bytes(&l) &&
			       statuses(&l, CRC | STATE, &failed) && events(&l, 0);
			if (good && (l.fired != 1 || (expected ? !failed : failed)))
				good = load_say("%u fired, %u failed", l.fired, failed);
		}
		if (!good)
			printf("# fault=%s\n", plan);
		load_close(&l);
	}
	return good;
}

/* ABORT, RESET and DISABLE in the middle, after a number of steps drawn by seed. */
static bool random_ends(void)
{
	unsigned seeds = load_number("FAULT_SEEDS", (60 + stride - 1) / stride), first = load_number("FAULT_SEED", 1);

	for (unsigned seed = first; seed < first + seeds; seed++) {
		uint64_t steps = load_random(seed) % 3000;
		enum load_end end = (enum load_end)(load_random(~seed) % LOAD_ENDS);
		unsigned failed;
		struct load l;
		bool good = load_open(&l, NULL);

		if (good) {
			load_send(&l, steps);
			good = load_end(&l, end) && load_law(&l) && load_bytes(&l) &&
			       statuses(&l, CANCELLED | ABORTED | STATE, &failed) && events(&l, 0);
		}
		load_close(&l);
		if (!good) {
			printf("# FAULT_SEED=%u FAULT_SEEDS=1: %s after %llu steps\n", seed,
			       load_end_name(end), (unsigned long long)steps);
			return false;
		}
	}
	printf("# seeds %u to %u (FAULT_SEED, FAULT_SEEDS)\n", first, first + seeds - 1);
	return true;
}

int main(int argc, char **argv)
{
	load_arguments(argc, argv);
	stride = load_number("FAULT_STRIDE", 1);
	if (!stride)
		stride = 1;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		sweep(&kinds[i]);
	raw_case("each bit of a slot, flipped once", flips());
	raw_case("ABORT, RESET and DISABLE at any moment", random_ends());
	return raw_summary();
}
