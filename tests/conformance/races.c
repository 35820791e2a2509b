/* SPDX-License-Identifier: MIT */
/*
 * races.c - commands, doorbells and credits that meet, at every small delay.
 *
 *	races [-p PARAMS] DEVICE
 *
 * Each case does one thing and then another, with 0, 1, 2 ... steps of the device
 * in between, and each time in a new life of the queue. Whichever of the two the
 * device takes first, what it shows afterwards must fit together. A case whose
 * race never came about, as on a device without a clock, is skipped and says so.
 * Prints a line a case. Exit 0, 1, or 77.
 */

#include "raw.h"

#define TENANT 3
#define DELAYS 64	 /* each case runs with 0 to DELAYS - 1 steps */
#define AFTERWARDS 300	 /* steps in which a device that does too much would show it */
#define BUSY_LIMIT 10000 /* steps */
#define POISON 0x5a
#define TRIES 300 /* of a command that times out */
#define MANY 40	  /* descriptors: more than any device fetches at once */

static struct peal_device *dev;
static struct peal_device_info info;
static struct raw_opts opts;
static struct raw_queue queue;
static struct raw_queue *const q = &queue;
static unsigned access_steps; /* that a device at rest is busy with a register access */
static unsigned met;	      /* how often this case's race came about */

/* ---- small steps ---- */

static void step(unsigned n)
{
	int err = n ? peal_advance(dev, n) : 0;

	if (err < 0) {
		printf("# the device died: %s\n", strerror(-err));
		exit(1);
	}
}

static uint32_t command(uint32_t code)
{
	return raw_code(raw_command(dev, q->id, code));
}

/* Advances until the device is idle, and counts. */
static unsigned busy_steps(void)
{
	unsigned n = 0;

	while (n < BUSY_LIMIT && peal_advance(dev, 1) == 1)
		n++;
	return n;
}

/* The end of the active command, seen as soon as it is there. */
static bool ended(uint32_t *code)
{
	time_t deadline = raw_deadline();
	uint32_t status;

	while ((status = raw_read(dev, PEAL_REG_CMDSTS)) >> 31) {
		CHECK(!raw_expired(deadline));
		step(1);
	}
	*code = raw_code(status);
	return true;
}

/* A command whose end is seen at once, with no register access in between that is not needed. */
static bool quick_command(uint32_t what, uint32_t *code)
{
	raw_write(dev, PEAL_REG_CMD, what | q->id << 8);
	return ended(code);
}

static void push_nops(unsigned n)
{
	struct peal_desc d;

	while (n--) {
		peal_prep_nop(&d, q->sq_tail);
		raw_push(q, d.w);
	}
}

static void push_stop(void)
{
	struct peal_desc d;

	peal_prep_stop(&d, q->sq_tail);
	raw_push(q, d.w);
}

/* A descriptor whose word 3 has the tag of another lap. */
static void push_stale(void)
{
	push_nops(1);
	raw_sq_slot(q, q->sq_tail - 1)[3] ^= UINT64_C(1) << PEAL_PAYLOAD_BITS;
}

static void repair(uint32_t index)
{
	raw_sq_slot(q, index)[3] ^= UINT64_C(1) << PEAL_PAYLOAD_BITS;
}

static void ring(void)
{
	raw_doorbell(q, q->sq_tail);
}

/* Takes and returns n completions of NOPs. */
static bool take_nops(unsigned n)
{
	uint64_t words[PEAL_COMP_WORDS];

	while (n--) {
		CHECK(raw_pop(q, words));
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_OK);
	}
	return true;
}

/* Starts a new life of the queue: empty rings, an empty log, ENABLED. */
static bool new_life(void)
{
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
	CHECK_EQUAL(command(PEAL_CMD_DISABLE), PEAL_CMDCODE_OK);
	memset(peal_region_memory(q->memory), 0, peal_region_bytes(q->memory));
	raw_configure(q, &opts);
	while (raw_read(dev, PEAL_REG_EV_LEVEL))
		raw_write(dev, PEAL_REG_EV_POP, 1);
	CHECK_EQUAL(command(PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	return true;
}

/* A command that took the queue down said OK: nothing is accepted or written any more. */
static bool silent(void)
{
	uint8_t *memory = peal_region_memory(q->memory);
	uint32_t accepted;

	memset(memory, POISON, peal_region_bytes(q->memory));
	CHECK(busy_steps() <= access_steps); /* no other queue is up: the bus is idle */
	accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_IN_FLIGHT), 0);
	CHECK(raw_settle(dev));
	step(AFTERWARDS);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), accepted);
	for (size_t i = 0; i < peal_region_bytes(q->memory); i++)
		CHECK_EQUAL(memory[i], POISON);
	return true;
}

/* ---- RESET ---- */

/* Without ABORT: refused, and all goes on. */
static bool reset_refused(unsigned n, uint32_t epoch)
{
	CHECK(!(info.clauses & PEAL_CAP_ABORT));
	CHECK(take_nops(n));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ENABLED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), n);
	return true;
}

/* What was accepted has its completion, done or aborted, in SQ order; and no more has one. */
static bool reset_completed(void)
{
	uint32_t accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);
	uint64_t words[PEAL_COMP_WORDS];

	for (uint32_t i = 0; i < accepted; i++, q->cq_head++) {
		uint32_t status;

		CHECK(raw_peek(q, words));
		status = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);
		CHECK(status == PEAL_ST_OK || status == PEAL_ST_ABORTED);
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_INDEX), i);
	}
	CHECK(!raw_peek(q, words));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), accepted);
	return true;
}

static bool reset_done(uint32_t epoch)
{
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch + 1);
	CHECK(reset_completed());
	CHECK(silent());
	for (uint32_t reg = PEAL_QREG_SQ_TAIL; reg <= PEAL_QREG_CQ_HEAD; reg += 4)
		CHECK_EQUAL(raw_get(q, reg), 0);
	CHECK_EQUAL(command(PEAL_CMD_RESET), PEAL_CMDCODE_OK);
	return true;
}

/* RESET behind a doorbell of n: what is in flight ends first, completions included. */
static bool reset(unsigned n, unsigned delay)
{
	uint32_t epoch = raw_get(q, PEAL_QREG_EPOCH), code;

	push_nops(n);
	ring();
	step(delay);
	code = command(PEAL_CMD_RESET);
	met++;
	if (code == PEAL_CMDCODE_BUSY)
		return reset_refused(n, epoch);
	CHECK_EQUAL(code, PEAL_CMDCODE_OK);
	return reset_done(epoch);
}

static bool reset_one(unsigned delay)
{
	return reset(1, delay);
}

static bool reset_many(unsigned delay)
{
	return reset(MANY, delay);
}

/* ---- ERROR ---- */

/* The one event of a queue that a doorbell or credit took to ERROR; w3 by the doorbell. */
static bool one_event(uint32_t code, uint32_t value)
{
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ERROR);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), code | q->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1), value);
	if (code == PEAL_EVENT_INVALID_DOORBELL)
		CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W3), raw_get(q, PEAL_QREG_SQ_HEAD));
	return true;
}

static bool settled(void)
{
	CHECK(raw_settle(dev));
	step(AFTERWARDS);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_IN_FLIGHT), 0);
	return true;
}

/* A bad doorbell beside a STOP: it is invalid and the end is ERROR, or rejected and DRAINED. */
static bool stop(unsigned before, unsigned delay)
{
	push_nops(before);
	push_stop();
	ring();
	step(delay);
	raw_doorbell(q, q->sq_tail + 1000);
	CHECK(settled());
	if (raw_get(q, PEAL_QREG_N_DB_REJECTED) == 0) {
		met++;
		return one_event(PEAL_EVENT_INVALID_DOORBELL, q->sq_tail + 1000);
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 0);
	return true;
}

static bool stop_alone(unsigned delay)
{
	return stop(0, delay);
}

static bool stop_behind_others(unsigned delay)
{
	return stop(5, delay);
}

/* What was accepted behind a bad doorbell or credit is accepted for good, and nothing more. */
static bool accepts_no_more(uint32_t code, uint32_t value)
{
	uint32_t accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);

	met += accepted < MANY;
	CHECK(settled());
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), accepted);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_SQ_HEAD), opts.sq_start + accepted);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), accepted);
	return one_event(code, value);
}

static bool bad_doorbell(unsigned delay)
{
	push_nops(MANY);
	ring();
	step(delay);
	raw_doorbell(q, q->sq_tail + 1000);
	return accepts_no_more(PEAL_EVENT_INVALID_DOORBELL, q->sq_tail + 1000);
}

static bool bad_credit(unsigned delay)
{
	push_nops(MANY);
	ring();
	step(delay);
	raw_credit(q, q->cq_head + 5000);
	return accepts_no_more(PEAL_EVENT_INVALID_CREDIT, q->cq_head + 5000);
}

/* Empties the log and counts its entries of two codes; other codes have no place in it. */
static bool count_events(unsigned *stale, unsigned *credit)
{
	uint32_t code;

	for (*stale = *credit = 0; raw_read(dev, PEAL_REG_EV_LEVEL);) {
		code = raw_read(dev, PEAL_REG_EV_W0) & 0xff;
		CHECK(code == PEAL_EVENT_STALE_DESC || code == PEAL_EVENT_INVALID_CREDIT);
		*stale += code == PEAL_EVENT_STALE_DESC;
		*credit += code == PEAL_EVENT_INVALID_CREDIT;
		raw_write(dev, PEAL_REG_EV_POP, 1);
	}
	return true;
}

/* An invalid credit around a stale slot: two events at once, and none is lost. */
static bool stale_and_credit(unsigned delay)
{
	uint32_t count = raw_read(dev, PEAL_REG_EV_COUNT);
	unsigned stale, credit;

	push_stale();
	ring();
	step(delay);
	raw_credit(q, q->cq_head + 77);
	CHECK(settled());
	CHECK(count_events(&stale, &credit));
	met += credit > 0;
	CHECK(stale + credit > 0 && stale <= 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), credit);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_COUNT), count + stale + credit);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ERROR);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
	return true;
}

/* The host repairs a stale slot in time; a later one is stale for good and has all its retries. */
static bool repaired(unsigned delay)
{
	uint32_t tries;

	push_stale();
	ring();
	step(delay);
	repair(q->sq_tail - 1);
	CHECK(settled());
	tries = raw_get(q, PEAL_QREG_N_REFETCH);
	CHECK(tries <= PEAL_STALE_RETRIES);
	if (raw_get(q, PEAL_QREG_STATE) == PEAL_Q_ERROR) { /* too late */
		CHECK_EQUAL(tries, PEAL_STALE_RETRIES);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 0);
		return true;
	}
	met += tries > 0;
	CHECK(take_nops(1));
	push_stale();
	ring();
	CHECK(settled());
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ERROR);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_REFETCH), tries + PEAL_STALE_RETRIES);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 1);
	return true;
}

/* ---- DRAIN and DISABLE ---- */

/* The first moment at which STATE reads DRAINED is one at which the device line says it too. */
static bool line_with_drained(void)
{
	time_t deadline = raw_deadline();
	uint64_t epoch = (uint64_t)raw_get(q, PEAL_QREG_EPOCH) << 32;

	while (raw_get(q, PEAL_QREG_STATE) != PEAL_Q_DRAINED) {
		CHECK(!raw_expired(deadline));
		step(1);
	}
	met++;
	CHECK_EQUAL(__atomic_load_n(&q->device_line[3], __ATOMIC_ACQUIRE), epoch | PEAL_Q_DRAINED);
	CHECK_EQUAL(__atomic_load_n(&q->device_line[0], __ATOMIC_ACQUIRE), epoch | q->sq_tail);
	return true;
}

static bool drained_by_stop(unsigned delay)
{
	push_nops(delay % 8);
	push_stop();
	ring();
	step(delay);
	return line_with_drained();
}

static bool drained_by_command(unsigned delay)
{
	uint32_t code;

	push_nops(5);
	ring();
	step(delay);
	raw_write(dev, PEAL_REG_CMD, PEAL_CMD_DRAIN | q->id << 8);
	CHECK(line_with_drained());
	CHECK(ended(&code));
	CHECK_EQUAL(code, PEAL_CMDCODE_OK);
	return true;
}

/* DISABLE with so little time that it ends with TIMEOUT, again and again: OK is the truth. */
static bool until_disabled(unsigned timeout)
{
	uint32_t code = PEAL_CMDCODE_TIMEOUT;

	raw_write(dev, PEAL_REG_CMD_TIMEOUT, timeout);
	for (unsigned i = 0; i < TRIES && code == PEAL_CMDCODE_TIMEOUT; i++) {
		CHECK(quick_command(PEAL_CMD_DISABLE, &code));
		met += code == PEAL_CMDCODE_TIMEOUT;
	}
	if (code == PEAL_CMDCODE_TIMEOUT) {
		raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
		CHECK(quick_command(PEAL_CMD_DISABLE, &code));
	}
	CHECK_EQUAL(code, PEAL_CMDCODE_OK);
	return silent();
}

static bool disable_again(unsigned timeout)
{
	push_nops(4);
	ring();
	return until_disabled(timeout);
}

/* As above, of a queue that has nothing to do but tell of its state. */
static bool disable_idle_again(unsigned timeout)
{
	CHECK(raw_settle(dev));
	return until_disabled(timeout);
}

/* DISABLE of a DRAINED queue ends too early; ENABLE makes it one that accepts all the same. */
static bool enable_after_timeout(unsigned timeout)
{
	uint32_t code;

	CHECK_EQUAL(command(PEAL_CMD_DRAIN), PEAL_CMDCODE_OK);
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, timeout);
	CHECK(quick_command(PEAL_CMD_DISABLE, &code));
	CHECK(code == PEAL_CMDCODE_OK || code == PEAL_CMDCODE_TIMEOUT);
	met += code == PEAL_CMDCODE_TIMEOUT;
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
	CHECK_EQUAL(command(PEAL_CMD_ENABLE), PEAL_CMDCODE_OK);
	push_nops(3);
	ring();
	CHECK(settled());
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), 3);
	CHECK(take_nops(3));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_ENABLED);
	return true;
}

/* RESET while a DRAIN waits for credit: as if it had not been written. */
static bool second_command(unsigned delay)
{
	uint32_t epoch = raw_get(q, PEAL_QREG_EPOCH), drain = PEAL_CMD_DRAIN | q->id << 8, code;

	push_nops(6);
	ring();
	raw_write(dev, PEAL_REG_CMD, drain);
	step(delay);
	raw_write(dev, PEAL_REG_CMD, PEAL_CMD_RESET | q->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CMD), drain);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CMDSTS) >> 31, 1);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINING);
	met++;
	CHECK(take_nops(6));
	CHECK(ended(&code));
	CHECK_EQUAL(code, PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DRAINED);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_EPOCH), epoch);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 6);
	return true;
}

/* ---- region table and rollouts ---- */

/*
 * N_ACCEPTED is read before the invalidation and N_COMPLETED behind RT_BUSY: when
 * they differ, RT_BUSY was read while an older descriptor was in flight.
 */
static bool busy_entry(unsigned delay)
{
	uint32_t accepted, busy, completed;
	struct peal_desc d;

	for (unsigned i = 0; i < 8; i++) {
		peal_prep_crc32c(&d, i, peal_at(q->memory, 0), i & 1 ? 0 : 1024, 0);
		raw_push(q, d.w);
	}
	ring();
	step(delay);
	accepted = raw_get(q, PEAL_QREG_N_ACCEPTED);
	raw_write(dev, PEAL_REG_RT_SEL, info.regions - 1);
	raw_write(dev, PEAL_REG_RT_COMMIT, 0);
	busy = raw_read(dev, PEAL_REG_RT_BUSY);
	completed = raw_get(q, PEAL_QREG_N_COMPLETED);
	if (accepted > completed) {
		met++;
		CHECK_EQUAL(busy, 1);
	}
	CHECK(settled());
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_COMPLETED), 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_BUSY), 0);
	return true;
}

/* One token with no reward boundary: SINCE_REWARD passes 2^32 and ends nothing. */
static bool decode_one(struct peal_region *r)
{
	struct peal_record *record = peal_region_memory(r);
	uint64_t words[PEAL_COMP_WORDS];
	struct peal_desc d;

	*record = (struct peal_record){
		.STATE = PEAL_R_DECODING, .MAX_TOKENS = 100, .SINCE_REWARD = UINT32_MAX, .SEED = 1
	};
	peal_prep_decode(&d, 0, peal_at(r, 0), peal_at(r, 1024), 1);
	raw_push(q, d.w);
	ring();
	met++;
	CHECK(raw_pop(q, words));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_OK);
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_RESULT), 1 | UINT64_C(1) << 28);
	CHECK_EQUAL(record->STATE, PEAL_R_DECODING);
	CHECK_EQUAL(record->TOKENS, 1);
	CHECK_EQUAL(record->SINCE_REWARD, 0);
	return true;
}

static bool no_boundary(unsigned delay)
{
	const struct peal_region_opts place = { .bytes = 4096, .tenant = TENANT };
	struct peal_region *r;
	bool good;

	if (delay) /* nothing to meet: once is enough */
		return true;
	CHECK(!peal_region_alloc(dev, &place, &r));
	good = decode_one(r);
	CHECK(!peal_region_unmap(r));
	return good;
}

/* ---- running ---- */

struct race {
	const char *name;
	bool (*run)(unsigned delay);
	unsigned id, cq_log2;
	const char *reason; /* to skip it when the race never came about */
	uint32_t needs;	    /* capabilities without which it is skipped */
};

static const char never_between[] = "never seen between the doorbell and its descriptors";
static const char never_late[] = "no command of this device ran out of time";
static const char always[] = "no delay was tried";

static const struct race races[] = {
	{ "races: RESET behind a doorbell of one", reset_one, 1, 7, always, 0 },
	{ "races: RESET behind a doorbell of many", reset_many, 1, 7, always, 0 },
	{ "races: a bad doorbell beside a STOP", stop_alone, 1, 7, never_between,
	  PEAL_CAP_INDEXED },
	{ "races: a bad doorbell beside a STOP behind others", stop_behind_others, 1, 7,
	  never_between, PEAL_CAP_INDEXED },
	{ "races: nothing is accepted behind a bad doorbell", bad_doorbell, 1, 7, never_between,
	  PEAL_CAP_INDEXED },
	{ "races: nothing is accepted behind a bad credit", bad_credit, 1, 7, never_between, 0 },
	{ "races: DRAINED by STOP, in STATE and in the device line", drained_by_stop, 1, 7, always,
	  0 },
	{ "races: DRAINED by command, in STATE and in the device line", drained_by_command, 1, 7,
	  always, 0 },
	{ "races: DISABLE says OK when it is true, after a TIMEOUT too", disable_again, 1, 7,
	  never_late, 0 },
	{ "races: DISABLE of an idle queue, after a TIMEOUT too", disable_idle_again, 1, 7,
	  never_late, 0 },
	{ "races: ENABLE after a DISABLE that timed out", enable_after_timeout, 1, 7, never_late,
	  0 },
	{ "races: a bad credit around a stale slot", stale_and_credit, 1, 7,
	  "never seen before the slot was given up", PEAL_CAP_INDEXED },
	{ "races: a command while one is active", second_command, 1, 1, always, 0 },
	{ "races: RT_BUSY while an older descriptor is in flight", busy_entry, 5, 7,
	  "never seen with a descriptor in flight", 0 },
	{ "races: a stale slot that is repaired in time", repaired, 1, 7,
	  "never seen between two fetches of a slot", PEAL_CAP_INDEXED },
	{ "races: no reward boundary, SINCE_REWARD at its end", no_boundary, 1, 7, always, 0 },
};

static bool every_delay(const struct race *r)
{
	for (unsigned delay = 0; delay < DELAYS; delay++) {
		if (new_life() && r->run(delay))
			continue;
		printf("# at a delay of %u\n", delay);
		return false;
	}
	return true;
}

static bool make_queue(const struct race *r)
{
	opts = (struct raw_opts){
		.id = r->id, .sq_log2 = 6, .cq_log2 = r->cq_log2, .tenant = TENANT
	};
	CHECK(!raw_create(dev, &opts, q));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_get(q, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	access_steps = busy_steps();
	return true;
}

/* Each case has a device of its own: one that fails may leave it without an end of its work. */
static void race(const struct race *r, const char *name, const char *params)
{
	bool good;

	dev = raw_open(name, params);
	peal_device_info(dev, &info);
	met = 0;
	if (r->needs & ~info.clauses) {
		raw_skip(r->name, "the device has no such clause");
	} else if (r->id >= info.queues) {
		raw_skip(r->name, "the device has too few queues");
	} else {
		good = make_queue(r) && every_delay(r) && raw_destroy(q);
		if (good && !met)
			raw_skip(r->name, r->reason);
		else
			raw_case(r->name, good);
	}
	peal_close(dev);
}

int main(int argc, char **argv)
{
	const char *params, *device = raw_arguments(argc, argv, &params);

	for (size_t i = 0; i < sizeof(races) / sizeof(*races); i++)
		race(&races[i], device, params);
	return raw_summary();
}
