/* SPDX-License-Identifier: MIT */
/*
 * faults.c - a bus and doorbells that fail, one transaction after the other.
 *
 *	faults [-p PARAMS] DEVICE
 *
 * Fault n, run, expect a typed outcome, then n + 1, until no fault fires; each
 * time on a fresh device with the parameter fault=KIND:N:VARIANT (fault.h). What
 * is checked is the law: one outcome for each accepted descriptor, in the CQ or
 * in the event log, a status that says what happened, nothing written that is
 * nobody's destination, and a queue that works again afterwards. A device that
 * knows no such parameter is skipped. Prints a line a case. Exit 0, 1, or 77.
 */

#include "steps.h"

#define FAULTS_MAX 1000 /* of one kind: more transactions than the work has */
#define DATA_BYTES 65536
#define BACK 32769

static const char *device, *params;
static unsigned fired; /* since the device was opened */
static struct peal_region *data;

/* ---- a device with a plan ---- */

static void count_fired(void *ctx, enum peal_log_level level, const char *message)
{
	(void)ctx;
	fired += level == PEAL_LOG_INFO && strstr(message, "fault ") && strstr(message, " fired");
}

static int open_with(const char *plan)
{
	struct peal_open_opts opts = { .log = count_fired };
	char text[2048];

	snprintf(text, sizeof(text), "%s%sfault=%s", params ? params : "", params ? "," : "", plan);
	opts.params = text;
	fired = 0;
	return peal_open(device, &opts, &dev);
}

static bool open_faulty(const char *plan)
{
	int err = open_with(plan);

	if (err)
		printf("# fault=%s: %s\n", plan, peal_error(NULL));
	CHECK(!err);
	peal_device_info(dev, &info);
	return true;
}

/* Also when the case has failed: the queues go down with the device. */
static void close_faulty(void)
{
	queue_count = 0;
	peal_close(dev);
	dev = NULL;
}

/* ---- the work ---- */

enum { COPY, FILL, COMPARE, CRC, COPY_CRC, NOP, PREFILL, DECODE, REWARD, ECHO, WORK };
#define NOPS 5 /* of the other queue */

static const struct {
	uint64_t out;
	uint32_t bytes;
} writes[WORK] = {
	[COPY] = { 0x8003, 200 },   [FILL] = { 0x9010, 5000 },	[COPY_CRC] = { 0xb000, 1000 },
	[PREFILL] = { 0xe000, 64 }, [DECODE] = { 0xe100, 400 },
};

static uint8_t initial(uint64_t j)
{
	return j >= 0xe000 ? 0 : (uint8_t)(131 * (j & 0x7ff) + 17 * (j >> 8 & 7));
}

static struct peal_record *record(void)
{
	return (struct peal_record *)((uint8_t *)peal_region_memory(data) + 0xe000);
}

static void fill_data(void)
{
	uint8_t *p = peal_region_memory(data);

	for (uint64_t j = 0; j < DATA_BYTES; j++)
		p[j] = initial(j);
	record()->MAX_TOKENS = 200;
	record()->REWARD_BOUNDARY = 100;
}

static void push_work(uint16_t flags)
{
	struct peal_desc d[WORK];

	peal_prep_copy(&d[COPY], COPY, peal_at(data, 5), peal_at(data, writes[COPY].out), 200);
	peal_prep_fill(&d[FILL], FILL, peal_at(data, writes[FILL].out), 5000, 0x01020304);
	peal_prep_compare(&d[COMPARE], COMPARE, peal_at(data, 0), peal_at(data, 0x800), 300);
	peal_prep_crc32c(&d[CRC], CRC, peal_at(data, 3), 4100, 0);
	peal_prep_copy_crc(&d[COPY_CRC], COPY_CRC, peal_at(data, 64), peal_at(data, 0xb000), 1000,
			   7);
	peal_prep_nop(&d[NOP], NOP);
	peal_prep_prefill(&d[PREFILL], PREFILL, peal_at(data, 0xe000), peal_at(data, 0x100), 256);
	peal_prep_decode(&d[DECODE], DECODE, peal_at(data, 0xe000), peal_at(data, 0xe100), 100);
	peal_prep_reward(&d[REWARD], REWARD, peal_at(data, 0xe000), peal_at(data, 0x200), 256,
			 false);
	peal_prep_echo(&d[ECHO], ECHO, (uint64_t[5]){ 1, 2 });
	for (unsigned i = 0; i < WORK; i++) {
		peal_desc_flags(&d[i], flags);
		push(q, &d[i]);
	}
}

static uint32_t good_status(unsigned i)
{
	return i == DECODE ? PEAL_ST_REWARD_NEEDED : PEAL_ST_OK;
}

/* No byte but those of destinations and of the record differs from what it was. */
static bool data_is_kept(void)
{
	const uint8_t *p = peal_region_memory(data);

	for (uint64_t j = 0; j < DATA_BYTES; j++) {
		bool is_output = false;

		for (unsigned i = 0; i < WORK; i++)
			is_output |= j >= writes[i].out && j - writes[i].out < writes[i].bytes;
		if (!is_output)
			CHECK_EQUAL(p[j], initial(j));
	}
	return true;
}

/* ---- what became of it ---- */

/* Sums over both queues. */
struct tally {
	unsigned reads, writes,
		others;		     /* descriptors with READ, WRITE, and in a bad state for it */
	unsigned fetch, undelivered; /* events */
	unsigned in_error;	     /* queues */
};

/* A refused write may have reached memory all the same: then both say the same, and it is one. */
static bool enter_refused(struct outcomes *o, const uint64_t words[PEAL_COMP_WORDS])
{
	uint32_t i = PEAL_FIELD_GET(words, PEAL_C_INDEX) & 0xffff;

	if (i >= MANY || !o->have[i])
		return enter(o, words, MANY);
	CHECK_EQUAL(o->status[i], PEAL_FIELD_GET(words, PEAL_C_STATUS));
	CHECK_EQUAL(o->result[i], PEAL_FIELD_GET(words, PEAL_C_RESULT));
	return true;
}

/* An event of queue `on`: what it must say, and the completion that it carries. */
static bool take_event(struct raw_queue *on, struct outcomes *o, struct tally *t)
{
	uint32_t w0 = raw_read(dev, PEAL_REG_EV_W0), w1 = raw_read(dev, PEAL_REG_EV_W1);
	uint32_t w3 = raw_read(dev, PEAL_REG_EV_W3), w4 = raw_read(dev, PEAL_REG_EV_W4);
	uint64_t result = w3 | (uint64_t)(w4 >> 8) << 32;
	uint64_t words[PEAL_COMP_WORDS] = { 0, PEAL_FIELD_PUT(PEAL_C_RESULT, result) };

	if ((w0 & 0xff) == PEAL_EVENT_FETCH) {
		CHECK_EQUAL(w1, raw_get(on, PEAL_QREG_SQ_HEAD));
		t->fetch++;
		return true;
	}
	CHECK_EQUAL(w0 & 0xff, PEAL_EVENT_COMPLETION);
	t->undelivered++;
	CHECK_EQUAL(w1 >> 16, w1 & 0xffff); /* both rings began at 0, and nothing was silent */
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W2), w1 & 0xffff); /* the cookie */
	words[0] = PEAL_FIELD_PUT(PEAL_C_STATUS, w4 & 0xff) |
		   PEAL_FIELD_PUT(PEAL_C_INDEX, w1 & 0xffff);
	return enter_refused(o, words);
}

/* All events of the log, each at the queue it names. */
static bool take_events(struct outcomes o[2], struct tally *t)
{
	while (raw_read(dev, PEAL_REG_EV_LEVEL)) {
		uint32_t number = raw_read(dev, PEAL_REG_EV_W0) >> 8;

		CHECK(number < 2);
		CHECK(take_event(&queues[number], &o[number], t));
		raw_write(dev, PEAL_REG_EV_POP, 1);
	}
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LOST), 0);
	return true;
}

/* The completions of a CQ that is larger than the work, with holes where one was refused. */
static bool take_all(struct raw_queue *on, struct outcomes *o, unsigned published)
{
	uint64_t words[PEAL_COMP_WORDS];

	for (on->cq_head = 0; on->cq_head < published; on->cq_head++)
		if (raw_peek(on, words))
			CHECK(enter(o, words, published));
	return true;
}

/* Exactly one outcome for each index below sq_head, and the registers agree. */
static bool law_of(struct raw_queue *on, const struct outcomes *o, unsigned published,
		   struct tally *t)
{
	unsigned accepted = raw_get(on, PEAL_QREG_SQ_HEAD);
	uint32_t state = raw_get(on, PEAL_QREG_STATE);

	CHECK(accepted <= published);
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_ACCEPTED), accepted);
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_IN_FLIGHT), 0);
	CHECK(law_holds(on));
	CHECK_EQUAL(o->count, accepted);
	for (unsigned i = 0; i < accepted; i++)
		CHECK(o->have[i]);
	CHECK(state == PEAL_Q_ENABLED || state == PEAL_Q_ERROR);
	if (state == PEAL_Q_ENABLED)
		CHECK_EQUAL(accepted, published);
	t->in_error += state == PEAL_Q_ERROR;
	CHECK_EQUAL(raw_get(on, PEAL_QREG_N_EVENTS), accepted);
	return true;
}

/* Statuses: what it should be, a bus error, or a record that an earlier failure left behind. */
static bool tally_statuses(const struct outcomes *o, struct tally *t)
{
	for (unsigned i = 0; i < WORK; i++) {
		if (!o->have[i] || o->status[i] == good_status(i))
			continue;
		t->reads += o->status[i] == PEAL_ST_READ;
		t->writes += o->status[i] == PEAL_ST_WRITE;
		t->others += o->status[i] == PEAL_ST_BAD_STATE;
		if (o->status[i] == PEAL_ST_BAD_STATE)
			CHECK(i == DECODE || i == REWARD);
		else
			CHECK(o->status[i] == PEAL_ST_READ || o->status[i] == PEAL_ST_WRITE);
		if (o->status[i] != PEAL_ST_BAD_STATE)
			CHECK_EQUAL(o->result[i], 0);
	}
	return true;
}

/* The record is as the last rollout operation that succeeded left it. */
static bool record_fits(const struct outcomes *o)
{
	uint32_t want = PEAL_R_FREE;

	if (o->have[PREFILL] && o->status[PREFILL] == PEAL_ST_OK)
		want = PEAL_R_PREFILL_READY;
	if (o->have[DECODE] && o->status[DECODE] == PEAL_ST_REWARD_NEEDED)
		want = PEAL_R_REWARD_PENDING;
	if (o->have[REWARD] && o->status[REWARD] == PEAL_ST_OK)
		want = PEAL_R_DECODING;
	CHECK_EQUAL(record()->STATE, want);
	return true;
}

/* The queue works again: what failed once does not fail twice. */
static bool recovers(struct raw_queue *on)
{
	CHECK(again(on, 0x100, 0x200));
	push_nops(on, 2);
	if (raw_get(on, PEAL_QREG_MODE) & MODE_SUPPRESS)
		write_host_line(on);
	ring(on);
	CHECK(take_nops(on, 0x100, 2));
	return state_is(on, PEAL_Q_ENABLED);
}

static bool is_nothing(const struct tally *t)
{
	return !t->fetch && !t->undelivered && !t->in_error && !t->reads && !t->writes &&
	       !t->others;
}

struct plan {
	const char *kind, *variant;
	uint32_t mode; /* of the first queue */
	/* What a fault of this kind must have led to, given that it fired. */
	bool (*fits)(const struct tally *t);
};

static bool run_work(const struct plan *p)
{
	struct outcomes o[2] = { { .first = 0 }, { .first = 0 } };
	struct tally t = { 0 };
	struct peal_desc d;

	data = region(DATA_BYTES);
	CHECK(data && make_mode(4, 4, 0, 0, p->mode) && make(4, 4, 0, 0));
	fill_data();
	push_work(PEAL_FLAG_EVENT);
	for (unsigned i = 0; i < NOPS; i++) {
		peal_prep_nop(&d, i);
		peal_desc_flags(&d, PEAL_FLAG_EVENT);
		push(&queues[1], &d);
	}
	if (p->mode & MODE_SUPPRESS)
		write_host_line(q);
	ring(q);
	ring(&queues[1]);
	CHECK(raw_settle(dev));
	CHECK(take_all(&queues[0], &o[0], WORK) && take_all(&queues[1], &o[1], NOPS));
	CHECK(take_events(o, &t));
	CHECK(law_of(&queues[0], &o[0], WORK, &t) && law_of(&queues[1], &o[1], NOPS, &t));
	CHECK(tally_statuses(&o[0], &t));
	CHECK(data_is_kept());
	if (strcmp(p->kind, "record_write"))
		CHECK(record_fits(&o[0]));
	if (!fired)
		return is_nothing(&t);
	CHECK_EQUAL(fired, 1);
	CHECK(p->fits(&t));
	return recovers(&queues[0]) && recovers(&queues[1]);
}

/* One fault after the other, until one number is past all transactions of its class. */
static bool sweep(const struct plan *p)
{
	for (unsigned n = 1; n < FAULTS_MAX; n++) {
		char text[64];
		bool good;

		snprintf(text, sizeof(text), "%s:%u:%s", p->kind, n, p->variant);
		CHECK(open_faulty(text));
		good = run_work(p);
		close_faulty();
		if (!good)
			printf("# with fault=%s\n", text);
		CHECK(good);
		if (fired)
			continue;
		printf("# %u places for %s:N:%s\n", n - 1, p->kind, p->variant);
		CHECK(n > 1);
		return true;
	}
	return false;
}

static bool both(const char *kind, uint32_t mode, bool (*fits)(const struct tally *t))
{
	return sweep(&(struct plan){ kind, "slverr", mode, fits }) &&
	       sweep(&(struct plan){ kind, "decerr", mode, fits });
}

/* ---- bus errors ---- */

/* A refused fetch ends its queue, and the index it names is where sq_head stopped. */
static bool is_fetch(const struct tally *t)
{
	return t->fetch == 1 && t->in_error == 1 && !t->reads && !t->writes && !t->undelivered;
}

static bool is_read(const struct tally *t)
{
	return t->reads == 1 && !t->writes && !t->in_error;
}

static bool is_write(const struct tally *t)
{
	return t->writes == 1 && !t->reads && !t->in_error;
}

static bool is_token(const struct tally *t)
{
	return t->reads + t->writes == 1 && !t->in_error;
}

static bool is_completion(const struct tally *t)
{
	return t->undelivered >= 1 && t->undelivered <= 4 && t->in_error == 1 && !t->reads &&
	       !t->writes;
}

static bool fetches(void)
{
	return both("fetch", 0, is_fetch);
}

static bool reads(void)
{
	return both("read", 0, is_read);
}

static bool data_writes(void)
{
	return both("write", 0, is_write);
}

static bool completions(void)
{
	return both("completion", 0, is_completion);
}

static bool record_reads(void)
{
	return both("record_read", 0, is_read);
}

static bool record_writes(void)
{
	return both("record_write", 0, is_write);
}

static bool tokens(void)
{
	return both("token", 0, is_token);
}

static bool lines(void)
{
	return both("line", 0, is_nothing);
}

static bool host_lines(void)
{
	return both("host_line", MODE_SUPPRESS, is_nothing);
}

/* ---- slots that are torn, stale or flipped ---- */

static bool torn_slots(void)
{
	return sweep(&(struct plan){ "fetch", "torn", 0, is_nothing }) &&
	       sweep(&(struct plan){ "fetch", "stale", 0, is_nothing });
}

/* Stale once too often, and once less. */
static bool stale_for_good(const char *plan, bool ends)
{
	bool good = true;

	CHECK(open_faulty(plan));
	good = good && make(3, 3, 40, 0);
	push_nops(q, 1);
	ring(q);
	good = good && state_is(q, ends ? PEAL_Q_ERROR : PEAL_Q_ENABLED);
	good = good && raw_get(q, PEAL_QREG_N_REFETCH) == PEAL_STALE_RETRIES;
	good = good && raw_get(q, PEAL_QREG_SQ_HEAD) == (ends ? 40 : 41);
	good = good && (ends ? event_is(PEAL_EVENT_STALE_DESC, q, 40, 0, 0) : take_nops(q, 40, 1));
	close_faulty();
	CHECK(good);
	return true;
}

static bool stale_slots(void)
{
	return stale_for_good("fetch:1:stale+fetch:2:torn+fetch:3:stale+fetch:4:torn", true) &&
	       stale_for_good("fetch:1:stale+fetch:2:torn+fetch:3:stale", false);
}

#define FLIPS 64 /* of one device: at the 1st, 3rd, 5th ... fetched slot */

static void flip_plan(char *text, size_t len, unsigned first)
{
	size_t used = 0;

	for (unsigned i = 0; i < FLIPS; i++)
		used += (size_t)snprintf(text + used, len - used, "%sfetch:%u:flip.%u",
					 i ? "+" : "", 2 * i + 1, first + i);
}

/* One descriptor whose bit is flipped on the way: by its CRC, or by its tag, it is caught. */
static bool one_flip(unsigned *slots, unsigned first, unsigned *bad)
{
	bool flips = (*slots)++ % 2 == 0;
	unsigned bit = first + (*slots - 1) / 2;
	uint64_t words[PEAL_COMP_WORDS];
	struct peal_desc d;

	peal_prep_echo(&d, 0x5eed, (uint64_t[5]){ *slots });
	peal_desc_flags(&d, PEAL_FLAG_CRC);
	d.w[7] = peal_desc_crc(&d);
	push(q, &d);
	ring(q);
	CHECK(raw_pop(q, words));
	if (!flips || bit % 64 >= PEAL_PAYLOAD_BITS) {
		*slots += flips; /* a tag: the slot was fetched again */
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_OK);
		CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_COOKIE), 0x5eed);
		return true;
	}
	++*bad;
	d.w[bit / 64] ^= UINT64_C(1) << bit % 64;
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_STATUS), PEAL_ST_BAD_CRC);
	CHECK_EQUAL(PEAL_FIELD_GET(words, PEAL_C_RESULT), peal_desc_crc(&d));
	return true;
}

static bool flip_all(unsigned first, unsigned *bad)
{
	unsigned slots = 0;

	CHECK(make_mode(3, 3, 0, 0, MODE_CRC));
	while (slots < 2 * FLIPS)
		CHECK(one_flip(&slots, first, bad));
	CHECK_EQUAL(fired, FLIPS);
	return state_is(q, PEAL_Q_ENABLED);
}

static bool flipped_bits(void)
{
	unsigned bad = 0;

	for (unsigned first = 0; first < 512; first += FLIPS) {
		char text[FLIPS * 24];
		bool good;

		flip_plan(text, sizeof(text), first);
		CHECK(open_faulty(text));
		good = flip_all(first, &bad);
		close_faulty();
		CHECK(good);
	}
	CHECK_EQUAL(bad, PEAL_DESC_WORDS * PEAL_PAYLOAD_BITS);
	return true;
}

/* ---- register writes ---- */

#define RINGS 8

/* A lost doorbell is made good by the next one, a doubled one does no harm. */
static bool ring_each(void)
{
	unsigned again = 0;

	for (uint32_t i = 0; i < RINGS; i++) {
		uint64_t words[PEAL_COMP_WORDS];

		push_nops(q, 1);
		ring(q);
		CHECK(raw_settle(dev));
		if (!raw_peek(q, words)) {
			again++;
			ring(q);
		}
		CHECK(take_nops(q, i, 1));
	}
	CHECK(again <= fired);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	return state_is(q, PEAL_Q_ENABLED) && law_holds(q);
}

/* A wrong one ends the queue, with what it was in the event. */
static bool ring_wrong(uint32_t distance)
{
	for (uint32_t i = 0; i < RINGS; i++) {
		push_nops(q, 1);
		ring(q);
		CHECK(raw_settle(dev));
		if (!fired) {
			CHECK(take_nops(q, i, 1));
			continue;
		}
		CHECK(state_is(q, PEAL_Q_ERROR));
		CHECK(event_is(PEAL_EVENT_INVALID_DOORBELL, q, i + 1 + distance, i, i));
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_ACCEPTED), i);
		CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 1);
		CHECK(law_holds(q));
		return recovers(q);
	}
	return state_is(q, PEAL_Q_ENABLED);
}

static bool ring_back(void)
{
	return ring_wrong(0u - BACK);
}

static bool ring_back_two(void)
{
	return ring_wrong(0u - 2);
}

static bool ring_wild(void)
{
	return ring_wrong(UINT32_C(1) << 31);
}

/* Credit in a CQ of two slots: a lost one is in the next. */
static bool credit_each(void)
{
	for (uint32_t i = 0; i < RINGS; i++) {
		push_nops(q, 1);
		ring(q);
		CHECK(take_nops(q, i, 1));
	}
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_DB_INVALID), 0);
	return state_is(q, PEAL_Q_ENABLED) && law_holds(q);
}

static bool sweep_writes(const char *kind, const char *variant, bool (*run)(void))
{
	for (unsigned n = 1; n < 4 * RINGS; n++) {
		char text[64];
		bool good;

		snprintf(text, sizeof(text), "%s:%u:%s", kind, n, variant);
		CHECK(open_faulty(text));
		good = make(3, 1, 0, 0) && run();
		close_faulty();
		if (!good)
			printf("# with fault=%s\n", text);
		CHECK(good);
		if (!fired) {
			CHECK_EQUAL(n, RINGS + 1);
			return true;
		}
	}
	return false;
}

/* As many faults as doorbells, but for the one that a lost doorbell needs. */
static bool doorbells(void)
{
	return sweep_writes("doorbell", "drop", ring_each) &&
	       sweep_writes("doorbell", "dup", ring_each) &&
	       sweep_writes("doorbell", "back", ring_back) &&
	       sweep_writes("doorbell", "back.2", ring_back_two) &&
	       sweep_writes("doorbell", "wild", ring_wild);
}

static bool credits(void)
{
	return sweep_writes("credit", "drop", credit_each);
}

/* The host lives, but its second heartbeat got lost. */
static bool heartbeats(void)
{
	raw_write(dev, PEAL_REG_LEASE, 6000);
	advance(4000);
	raw_write(dev, PEAL_REG_LEASE, 6000);
	CHECK_EQUAL(fired, 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_LEASE_STS), 1);
	advance(4000);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_LEASE_STS), 2);
	CHECK(state_is(q, PEAL_Q_ERROR));
	raw_write(dev, PEAL_REG_LEASE, 0);
	return recovers(q);
}

static bool lost_heartbeat(void)
{
	bool good;

	CHECK(open_faulty("lease:2:drop"));
	good = make(3, 3, 0, 0) && heartbeats();
	close_faulty();
	return good;
}

/* ---- a full log ---- */

/* Fills the log with events of the second queue. */
static bool fill_log(void)
{
	raw_doorbell(&queues[1], 1000);
	CHECK(state_is(&queues[1], PEAL_Q_ERROR));
	for (uint32_t i = 1; i < PEAL_EVENT_LOG_DEPTH; i++)
		raw_credit(&queues[1], 1000 + i);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), PEAL_EVENT_LOG_DEPTH);
	return true;
}

/* A refused completion waits for room, and so does the end of a command; others go on. */
static bool wait_for_room(void)
{
	uint32_t lost;

	CHECK(make(3, 3, 0, 0) && make(3, 3, 0, 0) && make(3, 3, 0, 0) && fill_log());
	lost = raw_read(dev, PEAL_REG_EV_LOST);
	push_nops(q, 1);
	ring(q);
	CHECK(raw_settle(dev) || true); /* it may call itself busy with what it holds */
	CHECK_EQUAL(fired, 1);
	raw_write(dev, PEAL_REG_CMD, PEAL_CMD_DISABLE | q->id << 8);
	advance(2000);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CMDSTS) >> 31, 1);
	CHECK(run_nops(&queues[2], 2));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1), 1000);
	raw_write(dev, PEAL_REG_EV_POP, 1);
	advance(2000);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CMDSTS), q->id << 16 | PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_get(q, PEAL_QREG_N_UNDELIVERED), 1);
	CHECK(law_holds(q));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LOST), lost);
	for (uint32_t i = 1; i < PEAL_EVENT_LOG_DEPTH; i++)
		raw_write(dev, PEAL_REG_EV_POP, 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_LEVEL), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W0), PEAL_EVENT_COMPLETION | q->id << 8);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_W1), 0);
	raw_write(dev, PEAL_REG_CTR_SNAP, 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_UNDELIVERED), 1);
	raw_write(dev, PEAL_REG_EV_POP, 1);
	return recovers(q);
}

static bool full_log(void)
{
	bool good;

	CHECK(open_faulty("completion:1"));
	good = wait_for_room();
	close_faulty();
	return good;
}

/* ---- running ---- */

static const struct raw_test tests[] = {
	{ "faults: a descriptor fetch", fetches, PEAL_CAP_BUS_FAULTS },
	{ "faults: a data read", reads, PEAL_CAP_BUS_FAULTS },
	{ "faults: a data write", data_writes, PEAL_CAP_BUS_FAULTS },
	{ "faults: a completion write, delivered by the event log", completions,
	  PEAL_CAP_BUS_FAULTS },
	{ "faults: a record read", record_reads, PEAL_CAP_BUS_FAULTS },
	{ "faults: a record write", record_writes, PEAL_CAP_BUS_FAULTS },
	{ "faults: tokens read and written", tokens, PEAL_CAP_BUS_FAULTS },
	{ "faults: a device line", lines, PEAL_CAP_BUS_FAULTS },
	{ "faults: a read of the host line", host_lines, PEAL_CAP_BUS_FAULTS | PEAL_CAP_SUPPRESS },
	{ "faults: a refused completion waits for room in the log", full_log, PEAL_CAP_BUS_FAULTS },
	{ "faults: torn and stale slots are fetched again", torn_slots, 0 },
	{ "faults: slots that stay stale", stale_slots, 0 },
	{ "faults: each bit of a descriptor with CRC", flipped_bits, 0 },
	{ "faults: doorbells lost, doubled, backwards, wild", doorbells, 0 },
	{ "faults: credit lost", credits, 0 },
	{ "faults: a heartbeat lost", lost_heartbeat, PEAL_CAP_LEASE },
};

int main(int argc, char **argv)
{
	device = raw_arguments(argc, argv, &params);
	dev = raw_open(device, params);
	peal_device_info(dev, &info);
	peal_close(dev);
	if (open_with("read:1") == -EINVAL) {
		printf("# %s injects no faults: %s\n", device, peal_error(NULL));
		return 77;
	}
	peal_close(dev);
	dev = NULL;
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		run_one(&tests[i]);
	return raw_summary();
}
