/* SPDX-License-Identifier: MIT */
/*
 * suite.c - conformance cases that no job can say: registers, doorbells,
 * credits, faults and the refusals of ENABLE. Each gets a device of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define SECOND UINT64_C(1000000000)
#define ROUNDS 100000u /* of a bounded wait, in advances */

#define REQUIRE(condition, text)     \
	do {                         \
		if (!(condition))    \
			return text; \
	} while (0)

static uint32_t reg(struct peal_device *dev, uint32_t offset)
{
	uint32_t value = 0;

	return peal_reg_read(dev, offset, &value) ? 0xdeadbeef : value;
}

static uint32_t qreg(struct peal_device *dev, unsigned queue, uint32_t offset)
{
	return reg(dev, PEAL_QREG_BASE + queue * PEAL_QREG_STRIDE + offset);
}

static int doorbell(struct peal_device *dev, unsigned queue, uint32_t which, uint32_t value)
{
	return peal_reg_write(dev, PEAL_DB_BASE + queue * reg(dev, PEAL_REG_CAP_DB_STRIDE) + which,
			      value);
}

/* Bounded: until the register has the value. A threaded device runs by itself. */
static bool becomes(struct peal_device *dev, uint32_t offset, uint32_t mask, uint32_t value)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		int rc;

		if ((reg(dev, offset) & mask) == value)
			return true;
		rc = peal_advance(dev, 64);
		if (rc == -EINVAL)
			nanosleep(&(struct timespec){ .tv_nsec = 20000 }, NULL);
		else if (rc < 0)
			return false;
	}
	return false;
}

static bool qreg_becomes(struct peal_device *dev, unsigned queue, uint32_t offset, uint32_t value)
{
	return becomes(dev, PEAL_QREG_BASE + queue * PEAL_QREG_STRIDE + offset, ~0u, value);
}

static bool state_becomes(struct peal_device *dev, unsigned queue, uint32_t state)
{
	return qreg_becomes(dev, queue, PEAL_QREG_STATE, state);
}

static struct peal_queue *make_queue(struct peal_device *dev, uint8_t sq_log2, uint8_t cq_log2)
{
	struct peal_queue *q = NULL;

	peal_queue_create(dev, &(struct peal_queue_opts){ .sq_log2 = sq_log2, .cq_log2 = cq_log2 },
			  &q);
	return q;
}

/* Publishes n ECHOs that carry their number. 0, or what submit said. */
static int echo(struct peal_queue *q, uint32_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t payload[5] = { first + i };
		struct peal_desc d;
		int rc;

		peal_prep_echo(&d, first + i, payload);
		rc = peal_submit(q, &d, 1);
		if (rc != 1)
			return rc;
	}
	return 0;
}

/* Reaps n ECHOs in order. */
static bool echoed(struct peal_queue *q, uint32_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct peal_completion c;

		if (peal_wait(q, &c, 1, 10 * SECOND) != 1 || c.status != PEAL_ST_OK ||
		    c.result != first + i || c.cookie != first + i)
			return false;
	}
	return true;
}

static bool event_is(struct peal_device *dev, uint32_t code, unsigned queue, uint32_t w1)
{
	struct peal_event e;

	return peal_events(dev, &e, 1) == 1 && e.code == code && e.queue == queue && e.w1 == w1;
}

/* ---- identification ---------------- */

static const char *identification(struct peal_device *dev)
{
	uint32_t ring = reg(dev, PEAL_REG_CAP_RING);
	uint32_t clauses = reg(dev, PEAL_REG_CAP_CLAUSES);

	REQUIRE(reg(dev, PEAL_REG_MAGIC) == PEAL_MAGIC, "MAGIC");
	REQUIRE(reg(dev, PEAL_REG_VERSION) == PEAL_VERSION, "VERSION");
	REQUIRE(reg(dev, PEAL_REG_CONTRACT_LO) == (uint32_t)PEAL_CONTRACT_HASH, "CONTRACT_LO");
	REQUIRE(reg(dev, PEAL_REG_CONTRACT_HI) == PEAL_CONTRACT_HASH >> 32, "CONTRACT_HI");
	REQUIRE((clauses & (PEAL_CAP_INDEXED | PEAL_CAP_POLLED)) != 0, "no way of publication");
	REQUIRE((clauses & (PEAL_CAP_PACKED | PEAL_CAP_MATCHED)) != 0, "no placement");
	REQUIRE((ring & 0xff) >= PEAL_RING_LOG2_MIN && (ring >> 8 & 0xff) <= PEAL_RING_LOG2_MAX &&
			(ring & 0xff) <= (ring >> 8 & 0xff),
		"CAP_RING");
	REQUIRE(reg(dev, PEAL_REG_CAP_QUEUES) >= 1, "CAP_QUEUES");
	REQUIRE(reg(dev, PEAL_REG_CAP_REGIONS) >= 4, "CAP_REGIONS");
	return NULL;
}

static const char *opcode_map(struct peal_device *dev)
{
	for (uint32_t op = 0; op < 256; op++) {
		bool has = reg(dev, PEAL_REG_CAP_OP0 + op / 32 * 4) >> op % 32 & 1;

		REQUIRE(has == (*peal_opcode_name(op) != '?'),
			"the map is not that of the contract");
	}
	return NULL;
}

static const char *unknown_registers(struct peal_device *dev)
{
	static const uint32_t offsets[] = { 0x01c, 0x0fc, 0x214, 0x324, 0xffc, 0xffffc };

	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		REQUIRE(!peal_reg_write(dev, offsets[i], 0xffffffff), "a write fails");
		REQUIRE(reg(dev, offsets[i]) == 0, "not 0");
	}
	REQUIRE(!peal_reg_write(dev, PEAL_REG_MAGIC, 0), "a write fails");
	REQUIRE(reg(dev, PEAL_REG_MAGIC) == PEAL_MAGIC, "MAGIC can be written");
	return NULL;
}

/* ---- rings ---------------- */

/* Nobody reaps, so the device runs out of credit and the ring fills: -EAGAIN, nothing lost. */
static const char *full_ring(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 1);
	unsigned n = 0, full = 0;
	int rc;

	REQUIRE(q, peal_error(dev));
	while (full < 20 && n < 100) {
		rc = echo(q, n, 1);
		REQUIRE(!rc || rc == -EAGAIN, peal_error(dev));
		full = rc ? full + 1 : 0;
		n += !rc;
	}
	REQUIRE(n >= 8 && n <= 10, "a ring of 8 with 2 completions holds 8 to 10 unreaped");
	REQUIRE(echoed(q, 0, n), "a completion is wrong or lost");
	REQUIRE(!echo(q, n, 8) && echoed(q, n, 8), "the ring does not go on");
	return peal_queue_audit(q) ? peal_error(dev) : NULL;
}

/* A queue that nobody reaps does not stop another. */
static const char *stalled_queue(struct peal_device *dev)
{
	struct peal_queue *a = make_queue(dev, 4, 1), *b = make_queue(dev, 4, 4);

	REQUIRE(a && b, peal_error(dev));
	REQUIRE(!echo(a, 0, 10), peal_error(dev));
	for (unsigned i = 0; i < 50; i++)
		REQUIRE(!echo(b, i, 1) && echoed(b, i, 1), "the other queue stands still");
	REQUIRE(echoed(a, 0, 10), "the stalled queue lost something");
	return NULL;
}

static const char *duplicate_doorbell(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 3);

	REQUIRE(q, peal_error(dev));
	REQUIRE(!echo(q, 0, 4) && echoed(q, 0, 4), peal_error(dev));
	for (unsigned i = 0; i < 3; i++)
		REQUIRE(!doorbell(dev, peal_queue_id(q), PEAL_DB_SQ_TAIL, peal_queue_sq_tail(q)),
			"write");
	REQUIRE(!echo(q, 4, 4) && echoed(q, 4, 4), "the queue does not go on");
	REQUIRE(peal_queue_state(q) == PEAL_Q_ENABLED, "not ENABLED");
	return NULL;
}

/* A wrong doorbell or credit: the event, ERROR, nothing fetched, and a way back. */
static const char *wrong_value(struct peal_device *dev, uint32_t which, uint32_t ahead,
			       uint32_t event)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	uint32_t value;

	REQUIRE(q, peal_error(dev));
	REQUIRE(!echo(q, 0, 4) && echoed(q, 0, 4), peal_error(dev));
	value = peal_queue_sq_tail(q) + ahead;
	REQUIRE(!doorbell(dev, peal_queue_id(q), which, value), "write");
	REQUIRE(state_becomes(dev, peal_queue_id(q), PEAL_Q_ERROR), "the queue is not in ERROR");
	REQUIRE(event_is(dev, event, peal_queue_id(q), value), "the event log does not say it");
	REQUIRE(qreg(dev, peal_queue_id(q), PEAL_QREG_N_DB_INVALID) == 1, "N_DB_INVALID");
	REQUIRE(qreg(dev, peal_queue_id(q), PEAL_QREG_N_ACCEPTED) == 4, "something was accepted");
	REQUIRE(!peal_queue_disable(q) && !peal_queue_enable(q), "no way back");
	REQUIRE(!echo(q, 9, 4) && echoed(q, 9, 4), "it does not work again");
	return NULL;
}

static const char *doorbell_ahead(struct peal_device *dev)
{
	return wrong_value(dev, PEAL_DB_SQ_TAIL, 9, PEAL_EVENT_INVALID_DOORBELL);
}

static const char *doorbell_backwards(struct peal_device *dev)
{
	return wrong_value(dev, PEAL_DB_SQ_TAIL, (uint32_t)-1, PEAL_EVENT_INVALID_DOORBELL);
}

static const char *credit_ahead(struct peal_device *dev)
{
	return wrong_value(dev, PEAL_DB_CQ_HEAD, 1, PEAL_EVENT_INVALID_CREDIT);
}

static const char *doorbell_disabled(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	unsigned id;

	REQUIRE(q, peal_error(dev));
	id = peal_queue_id(q);
	REQUIRE(!peal_queue_disable(q), peal_error(dev));
	REQUIRE(!doorbell(dev, id, PEAL_DB_SQ_TAIL, 3), "write");
	REQUIRE(qreg_becomes(dev, id, PEAL_QREG_N_DB_REJECTED, 1), "N_DB_REJECTED");
	REQUIRE(qreg(dev, id, PEAL_QREG_STATE) == PEAL_Q_DISABLED, "not DISABLED");
	REQUIRE(!peal_queue_enable(q) && !echo(q, 0, 2) && echoed(q, 0, 2), "it does not work");
	return NULL;
}

/* The doorbell runs ahead of the ring: slots of another life are never executed. */
static const char *stale_descriptor(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	unsigned id;

	REQUIRE(q, peal_error(dev));
	id = peal_queue_id(q);
	REQUIRE(!echo(q, 0, 3) && echoed(q, 0, 3), peal_error(dev));
	REQUIRE(!doorbell(dev, id, PEAL_DB_SQ_TAIL, 5), "write");
	REQUIRE(state_becomes(dev, id, PEAL_Q_ERROR), "the queue is not in ERROR");
	REQUIRE(event_is(dev, PEAL_EVENT_STALE_DESC, id, 3), "the event log does not say it");
	REQUIRE(qreg(dev, id, PEAL_QREG_SQ_HEAD) == 3, "SQ_HEAD");
	REQUIRE(qreg(dev, id, PEAL_QREG_N_ACCEPTED) == 3, "N_ACCEPTED");
	REQUIRE(qreg(dev, id, PEAL_QREG_N_REFETCH) == PEAL_STALE_RETRIES, "N_REFETCH");
	return NULL;
}

/* ---- life cycle ---------------- */

static const char *stop_shuts(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	struct peal_completion c;
	struct peal_desc d;

	REQUIRE(q, peal_error(dev));
	REQUIRE(!echo(q, 0, 1), peal_error(dev));
	peal_prep_stop(&d, 77);
	REQUIRE(peal_submit(q, &d, 1) == 1, peal_error(dev));
	REQUIRE(echo(q, 2, 1) == -ESHUTDOWN, "something went in behind a STOP");
	REQUIRE(echoed(q, 0, 1), "the ECHO before it");
	REQUIRE(peal_wait(q, &c, 1, 10 * SECOND) == 1 && c.status == PEAL_ST_STOPPED &&
			c.result == 1 && c.cookie == 77,
		"the completion of STOP");
	REQUIRE(state_becomes(dev, peal_queue_id(q), PEAL_Q_DRAINED), "not DRAINED");
	REQUIRE(!peal_queue_enable(q) && !echo(q, 2, 5) && echoed(q, 2, 5), "it does not go on");
	return peal_queue_audit(q) ? peal_error(dev) : NULL;
}

static const char *reset_epoch(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	unsigned id;
	uint32_t epoch;

	REQUIRE(q, peal_error(dev));
	id = peal_queue_id(q);
	epoch = qreg(dev, id, PEAL_QREG_EPOCH);
	REQUIRE(!echo(q, 0, 3) && echoed(q, 0, 3), peal_error(dev));
	REQUIRE(!peal_queue_reset(q), peal_error(dev));
	REQUIRE(qreg(dev, id, PEAL_QREG_EPOCH) == epoch + 1, "the epoch is not one more");
	REQUIRE(qreg(dev, id, PEAL_QREG_STATE) == PEAL_Q_DISABLED, "not DISABLED");
	REQUIRE(qreg(dev, id, PEAL_QREG_SQ_HEAD) == 0, "SQ_HEAD");
	REQUIRE(!peal_queue_enable(q) && !echo(q, 0, 8) && echoed(q, 0, 8), "it does not work");
	return NULL;
}

static const char *unmapped_region(struct peal_device *dev)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	struct peal_region_opts opts = { .bytes = 4096 };
	struct peal_region *region = NULL;
	struct peal_completion c;
	struct peal_desc d;
	uint16_t handle;

	REQUIRE(q && !peal_region_alloc(dev, &opts, &region), peal_error(dev));
	handle = peal_region_handle(region);
	peal_prep_crc32c(&d, 1, peal_operand(handle, 0), 4096, 0);
	REQUIRE(peal_submit(q, &d, 1) == 1 && peal_wait(q, &c, 1, 10 * SECOND) == 1 &&
			c.status == PEAL_ST_OK,
		"CRC32C");
	REQUIRE(!peal_region_unmap(region), peal_error(dev));
	REQUIRE(peal_submit(q, &d, 1) == 1 && peal_wait(q, &c, 1, 10 * SECOND) == 1, "no answer");
	REQUIRE(c.status == PEAL_ST_BAD_REGION && c.result == 0, "the handle lives on");
	REQUIRE(!peal_region_alloc(dev, &opts, &region), peal_error(dev));
	REQUIRE(peal_region_handle(region) != handle, "the same generation again");
	return NULL;
}

#define OWN_BYTES 5000u /* each; the second begins in a page of the first */

/* COPY from one to the other, and nothing beside it. */
static const char *copy_own(struct peal_queue *q, struct peal_region *from, struct peal_region *to)
{
	uint8_t *src = peal_region_memory(from), *dst = peal_region_memory(to);
	struct peal_completion c;
	struct peal_desc d;

	for (unsigned i = 0; i < OWN_BYTES; i++) {
		src[i] = (uint8_t)(7 * i + 1);
		dst[i] = 0xee;
	}
	peal_prep_copy(&d, 1, peal_at(from, 1), peal_at(to, 1), OWN_BYTES - 2);
	REQUIRE(peal_submit(q, &d, 1) == 1 && peal_wait(q, &c, 1, 10 * SECOND) == 1 &&
			c.status == PEAL_ST_OK,
		"COPY");
	REQUIRE(!memcmp(src + 1, dst + 1, OWN_BYTES - 2), "other bytes arrived");
	REQUIRE(dst[0] == 0xee && dst[OWN_BYTES - 1] == 0xee, "bytes beside them changed");
	return NULL;
}

static const char *map_own(struct peal_device *dev, uint8_t *memory)
{
	struct peal_queue *q = make_queue(dev, 3, 3);
	struct peal_region_opts opts = { .bytes = OWN_BYTES };
	struct peal_region *r[3] = { NULL };
	const char *why;

	REQUIRE(q && !echo(q, 0, 8) && echoed(q, 0, 8), peal_error(dev)); /* it is at work */
	for (unsigned i = 0; i < 3; i++)
		REQUIRE(!peal_region_map(dev, memory + 40 + (uint64_t)i * OWN_BYTES, &opts, &r[i]),
			peal_error(dev));
	why = copy_own(q, r[0], r[1]);
	if (why)
		return why;
	REQUIRE(!peal_region_unmap(r[0]), peal_error(dev));
	why = copy_own(q, r[1], r[2]); /* the page that both were in is still mapped */
	if (why)
		return why;
	REQUIRE(!peal_region_unmap(r[1]) && !peal_region_unmap(r[2]), peal_error(dev));
	peal_queue_destroy(q);
	return NULL;
}

static const char *own_memory(struct peal_device *dev)
{
	uint8_t *memory = malloc(4 * OWN_BYTES);
	const char *why;

	REQUIRE(memory, "out of memory");
	why = map_own(dev, memory);
	if (why)
		return why; /* it may still be mapped */
	free(memory);
	return NULL;
}

/* ---- what ENABLE and CMD refuse, on a queue that libpeal does not use --------------------------
 */

struct hand {
	struct peal_device *dev;
	unsigned queue;
	uint16_t good, foreign, read_only, write_only;
};

static void hand_write(const struct hand *h, uint32_t offset, uint32_t value)
{
	peal_reg_write(h->dev, PEAL_QREG_BASE + h->queue * PEAL_QREG_STRIDE + offset, value);
}

/* A configuration that ENABLE takes. */
static void hand_config(const struct hand *h)
{
	static const uint32_t base[] = { PEAL_QREG_SQ_REGION, PEAL_QREG_CQ_REGION,
					 PEAL_QREG_HL_REGION, PEAL_QREG_DL_REGION };

	for (unsigned i = 0; i < 4; i++) {
		hand_write(h, base[i], h->good);
		hand_write(h, base[i] + 4, i * 4096);
		hand_write(h, base[i] + 8, 0);
	}
	hand_write(h, PEAL_QREG_SIZE, 3 | 3 << 8);
	hand_write(h, PEAL_QREG_MODE, 0);
	hand_write(h, PEAL_QREG_TENANT, 0);
	hand_write(h, PEAL_QREG_SQ_START, 0);
	hand_write(h, PEAL_QREG_CQ_START, 0);
}

/* Runs a command; its CMDSTS code and the ring or line it names, ~0 if it does not end. */
static uint32_t hand_command(const struct hand *h, uint32_t command, uint32_t queue)
{
	peal_reg_write(h->dev, PEAL_REG_CMD, command | queue << 8);
	if (!becomes(h->dev, PEAL_REG_CMDSTS, 1u << 31, 0))
		return ~0u;
	return reg(h->dev, PEAL_REG_CMDSTS) & 0xfff;
}

/* Does a command end with that code? If not, `text` says how it did. */
static bool ends(const struct hand *h, uint32_t command, uint32_t queue, uint32_t code,
		 char text[128])
{
	uint32_t got = hand_command(h, command, queue);

	snprintf(text, 128, "%s of queue %u (%s): CMDSTS 0x%03x, not 0x%03x",
		 peal_command_name(command), queue,
		 peal_queue_state_name(qreg(h->dev, h->queue, PEAL_QREG_STATE)), got, code);
	return got == code;
}

static uint16_t hand_region(struct peal_device *dev, uint32_t access, uint16_t tenant)
{
	struct peal_region_opts opts = { .bytes = 16384, .access = access, .tenant = tenant };
	struct peal_region *region;

	return peal_region_alloc(dev, &opts, &region) ? 0 : peal_region_handle(region);
}

static const char *hand_open(struct hand *h, struct peal_device *dev)
{
	struct peal_device_info info;

	peal_device_info(dev, &info);
	h->dev = dev;
	h->queue = info.queues - 1;
	h->good = hand_region(dev, 0, 0);
	h->foreign = hand_region(dev, 0, 5);
	h->read_only = hand_region(dev, PEAL_ACCESS_READ, 0);
	h->write_only = hand_region(dev, PEAL_ACCESS_WRITE, 0);
	REQUIRE(h->good && h->foreign && h->read_only && h->write_only, peal_error(dev));
	return NULL;
}

static const char *refused(const struct hand *h, uint32_t offset, uint32_t value, uint32_t code)
{
	static char text[128];
	uint32_t got;

	hand_config(h);
	hand_write(h, offset, value);
	got = hand_command(h, PEAL_CMD_ENABLE, h->queue);
	snprintf(text, sizeof(text), "queue register 0x%02x = 0x%x: CMDSTS 0x%03x, not 0x%03x",
		 offset, value, got, code);
	REQUIRE(got == code, text);
	REQUIRE(qreg(h->dev, h->queue, PEAL_QREG_STATE) == PEAL_Q_DISABLED, "not DISABLED");
	return NULL;
}

static const char *enable_config(struct peal_device *dev)
{
	static const struct {
		uint32_t offset, value, code;
	} table[] = {
		{ PEAL_QREG_SIZE, 0 | 3 << 8, PEAL_CMDCODE_BAD_CONFIG },
		{ PEAL_QREG_SIZE, 3 | 0 << 8, PEAL_CMDCODE_BAD_CONFIG },
		{ PEAL_QREG_SIZE, 3 | 3 << 8 | 1u << 16, PEAL_CMDCODE_BAD_CONFIG },
		{ PEAL_QREG_MODE, 1u << 31, PEAL_CMDCODE_BAD_CONFIG },
		{ PEAL_QREG_MODE, 3, PEAL_CMDCODE_BAD_CONFIG },
		{ PEAL_QREG_SQ_OFF_LO, 8, PEAL_CMDCODE_ALIGNMENT },
		{ PEAL_QREG_CQ_OFF_LO, 16, PEAL_CMDCODE_ALIGNMENT | 1 << 8 },
		{ PEAL_QREG_HL_OFF_LO, 4, PEAL_CMDCODE_ALIGNMENT | 2 << 8 },
		{ PEAL_QREG_DL_OFF_LO, 63, PEAL_CMDCODE_ALIGNMENT | 3 << 8 },
		{ PEAL_QREG_SQ_OFF_LO, 16384 - 448, PEAL_CMDCODE_RANGE },
		{ PEAL_QREG_CQ_OFF_LO, 16384 - 64, PEAL_CMDCODE_RANGE | 1 << 8 },
		{ PEAL_QREG_HL_OFF_HI, 1, PEAL_CMDCODE_RANGE | 2 << 8 },
		{ PEAL_QREG_DL_OFF_LO, 16384, PEAL_CMDCODE_RANGE | 3 << 8 },
		{ PEAL_QREG_SQ_REGION, 0, PEAL_CMDCODE_BAD_REGION },
		{ PEAL_QREG_DL_REGION, 0xffff, PEAL_CMDCODE_BAD_REGION | 3 << 8 },
		{ PEAL_QREG_TENANT, 1, PEAL_CMDCODE_TENANT },
	};
	struct hand h;
	const char *wrong = hand_open(&h, dev);

	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]) && !wrong; i++)
		wrong = refused(&h, table[i].offset, table[i].value, table[i].code);
	return wrong;
}

static const char *enable_rights(struct peal_device *dev)
{
	struct hand h;
	const char *wrong = hand_open(&h, dev);

	if (!wrong)
		wrong = refused(&h, PEAL_QREG_SQ_REGION, h.write_only, PEAL_CMDCODE_PERMISSION);
	if (!wrong)
		wrong = refused(&h, PEAL_QREG_CQ_REGION, h.read_only,
				PEAL_CMDCODE_PERMISSION | 1 << 8);
	if (!wrong)
		wrong = refused(&h, PEAL_QREG_HL_REGION, h.write_only,
				PEAL_CMDCODE_PERMISSION | 2 << 8);
	if (!wrong)
		wrong = refused(&h, PEAL_QREG_DL_REGION, h.read_only,
				PEAL_CMDCODE_PERMISSION | 3 << 8);
	if (!wrong)
		wrong = refused(&h, PEAL_QREG_HL_REGION, h.foreign, PEAL_CMDCODE_TENANT | 2 << 8);
	return wrong;
}

static const char *commands(struct peal_device *dev)
{
	static char text[128];
	struct hand h;
	const char *wrong = hand_open(&h, dev);

	if (wrong)
		return wrong;
	hand_config(&h);
	REQUIRE(ends(&h, 99, h.queue, PEAL_CMDCODE_BAD_CMD, text), text);
	REQUIRE(ends(&h, PEAL_CMD_ENABLE, h.queue + 1, PEAL_CMDCODE_BAD_QUEUE, text), text);
	REQUIRE(ends(&h, PEAL_CMD_DRAIN, h.queue, PEAL_CMDCODE_BAD_STATE, text), text);
	if (!(reg(dev, PEAL_REG_CAP_CLAUSES) & PEAL_CAP_ABORT))
		REQUIRE(ends(&h, PEAL_CMD_ABORT, h.queue, PEAL_CMDCODE_UNSUPPORTED, text), text);
	REQUIRE(ends(&h, PEAL_CMD_ENABLE, h.queue, PEAL_CMDCODE_OK, text), text);
	REQUIRE(ends(&h, PEAL_CMD_ENABLE, h.queue, PEAL_CMDCODE_BAD_STATE, text), text);
	hand_write(&h, PEAL_QREG_SIZE, 5 | 5 << 8);
	REQUIRE(qreg(dev, h.queue, PEAL_QREG_SIZE) == (3 | 3 << 8),
		"the configuration of an ENABLED queue can be written");
	REQUIRE(ends(&h, PEAL_CMD_DRAIN, h.queue, PEAL_CMDCODE_OK, text), text);
	REQUIRE(qreg(dev, h.queue, PEAL_QREG_STATE) == PEAL_Q_DRAINED, "not DRAINED");
	REQUIRE(ends(&h, PEAL_CMD_DISABLE, h.queue, PEAL_CMDCODE_OK, text), text);
	REQUIRE(qreg(dev, h.queue, PEAL_QREG_STATE) == PEAL_Q_DISABLED, "not DISABLED");
	return NULL;
}

const struct suite_case suite_cases[] = {
	{ "identification registers", identification, 0 },
	{ "opcode map", opcode_map, 0 },
	{ "unknown registers read 0, read-only ones stay", unknown_registers, 0 },
	{ "a full ring says -EAGAIN and loses nothing", full_ring, 0 },
	{ "a stalled queue stops no other", stalled_queue, 0 },
	{ "duplicate doorbells are harmless", duplicate_doorbell, 0 },
	{ "a doorbell more than a ring ahead", doorbell_ahead, PEAL_CAP_INDEXED },
	{ "a doorbell backwards", doorbell_backwards, PEAL_CAP_INDEXED },
	{ "a credit that was not earned", credit_ahead, 0 },
	{ "a doorbell to a disabled queue", doorbell_disabled, 0 },
	{ "a descriptor that was never published", stale_descriptor, PEAL_CAP_INDEXED },
	{ "STOP shuts the queue until it is enabled", stop_shuts, 0 },
	{ "RESET begins a new epoch", reset_epoch, 0 },
	{ "an unmapped region's handle is dead", unmapped_region, 0 },
	{ "memory of the program, pages that regions share", own_memory, 0 },
	{ "ENABLE refuses a bad configuration", enable_config, 0 },
	{ "ENABLE refuses rings and lines without the rights", enable_rights, 0 },
	{ "commands that are not legal", commands, 0 },
};
const unsigned suite_case_count = sizeof(suite_cases) / sizeof(suite_cases[0]);
