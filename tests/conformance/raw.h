/* SPDX-License-Identifier: MIT */
/*
 * raw.h - a queue driven by registers alone, for the tests of this folder.
 *
 * libpeal opens the device and registers memory; rings, doorbells, commands and
 * completion words are handled here, from docs/contract.md and nothing else. So
 * a test sees each word a device writes, and can do what libpeal never would.
 */
#ifndef PEAL_TESTS_RAW_H
#define PEAL_TESTS_RAW_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <peal/peal.h>

#define RAW_STEPS 64	    /* of one advance */
#define RAW_SECONDS 10	    /* bound of every wait, unless PEAL_TEST_SECONDS says another */
#define RAW_TIMEOUT 1000000 /* CMD_TIMEOUT, device cycles */

struct raw_queue {
	struct peal_device *dev;
	struct peal_region *memory; /* SQ, CQ, host line, device line, in this order */
	unsigned id, sq_log2, cq_log2;
	uint32_t sq_tail, cq_head; /* the host's indices */
	uint32_t stride;
	uint64_t *sq, *cq, *host_line, *device_line;
};

struct raw_opts {
	unsigned id, sq_log2, cq_log2;
	uint32_t sq_start, cq_start, mode;
	uint16_t tenant;
};

/* A register; a device that fails here ends the test. */
static inline uint32_t raw_read(struct peal_device *dev, uint32_t offset)
{
	uint32_t value;
	int err = peal_reg_read(dev, offset, &value);

	if (err < 0) {
		printf("# read of register 0x%x: %s\n", offset, strerror(-err));
		exit(1);
	}
	return value;
}

static inline void raw_write(struct peal_device *dev, uint32_t offset, uint32_t value)
{
	int err = peal_reg_write(dev, offset, value);

	if (err < 0) {
		printf("# write of register 0x%x: %s\n", offset, strerror(-err));
		exit(1);
	}
}

static inline uint32_t raw_qreg(unsigned id, uint32_t offset)
{
	return PEAL_QREG_BASE + id * PEAL_QREG_STRIDE + offset;
}

static inline uint32_t raw_get(const struct raw_queue *q, uint32_t offset)
{
	return raw_read(q->dev, raw_qreg(q->id, offset));
}

static inline void raw_set(const struct raw_queue *q, uint32_t offset, uint32_t value)
{
	raw_write(q->dev, raw_qreg(q->id, offset), value);
}

static inline unsigned raw_seconds(void)
{
	const char *other = getenv("PEAL_TEST_SECONDS");

	return other && atoi(other) > 0 ? (unsigned)atoi(other) : RAW_SECONDS;
}

static inline time_t raw_deadline(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + raw_seconds();
}

static inline bool raw_expired(time_t deadline)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > deadline;
}

static inline void raw_advance(struct peal_device *dev)
{
	int err = peal_advance(dev, RAW_STEPS);

	if (err < 0) {
		printf("# the device died: %s\n", strerror(-err));
		exit(1);
	}
}

/* Advances until the device has nothing left to do. False when time ran out. */
static inline bool raw_settle(struct peal_device *dev)
{
	time_t deadline = raw_deadline();

	while (peal_advance(dev, RAW_STEPS) == 1)
		if (raw_expired(deadline))
			return false;
	return true;
}

/* Gives a command and waits for its end. Returns CMDSTS, or ~0 when it stays active. */
static inline uint32_t raw_command(struct peal_device *dev, unsigned queue, uint32_t command)
{
	time_t deadline = raw_deadline();
	uint32_t status;

	raw_write(dev, PEAL_REG_CMD, command | queue << 8);
	while ((status = raw_read(dev, PEAL_REG_CMDSTS)) >> 31) {
		if (raw_expired(deadline))
			return UINT32_MAX;
		raw_advance(dev);
	}
	return status;
}

static inline uint32_t raw_code(uint32_t cmdsts)
{
	return cmdsts & 0xff;
}

static inline uint32_t raw_which(uint32_t cmdsts)
{
	return cmdsts >> 8 & 0xf;
}

/* Writes one {region, offset} triple of the queue's configuration. */
static inline void raw_place(const struct raw_queue *q, uint32_t reg, uint16_t handle,
			     uint64_t offset)
{
	raw_set(q, reg, handle);
	raw_set(q, reg + 4, (uint32_t)offset);
	raw_set(q, reg + 8, (uint32_t)(offset >> 32));
}

/* Byte offsets of the four parts in the queue's region. */
static inline uint64_t raw_cq_offset(const struct raw_queue *q)
{
	return (uint64_t)PEAL_DESC_BYTES << q->sq_log2;
}

static inline uint64_t raw_lines_offset(const struct raw_queue *q)
{
	uint64_t bytes = (uint64_t)PEAL_COMP_BYTES << q->cq_log2;

	return raw_cq_offset(q) + (bytes + PEAL_LINE_BYTES - 1) / PEAL_LINE_BYTES * PEAL_LINE_BYTES;
}

/* Writes the whole configuration of a DISABLED queue. */
static inline void raw_configure(struct raw_queue *q, const struct raw_opts *o)
{
	uint16_t handle = peal_region_handle(q->memory);

	raw_place(q, PEAL_QREG_SQ_REGION, handle, 0);
	raw_place(q, PEAL_QREG_CQ_REGION, handle, raw_cq_offset(q));
	raw_place(q, PEAL_QREG_HL_REGION, handle, raw_lines_offset(q));
	raw_place(q, PEAL_QREG_DL_REGION, handle, raw_lines_offset(q) + PEAL_LINE_BYTES);
	raw_set(q, PEAL_QREG_SIZE, o->sq_log2 | o->cq_log2 << 8);
	raw_set(q, PEAL_QREG_MODE, o->mode);
	raw_set(q, PEAL_QREG_TENANT, o->tenant);
	raw_set(q, PEAL_QREG_SQ_START, o->sq_start);
	raw_set(q, PEAL_QREG_CQ_START, o->cq_start);
	q->sq_tail = o->sq_start;
	q->cq_head = o->cq_start;
}

/* Allocates and configures a queue, without ENABLE. 0 or negative errno. */
static inline int raw_create(struct peal_device *dev, const struct raw_opts *o, struct raw_queue *q)
{
	struct peal_region_opts memory = { .tenant = o->tenant };
	uint8_t *base;
	int err;

	*q = (struct raw_queue){
		.dev = dev, .id = o->id, .sq_log2 = o->sq_log2, .cq_log2 = o->cq_log2
	};
	q->stride = raw_read(dev, PEAL_REG_CAP_DB_STRIDE);
	memory.bytes = raw_lines_offset(q) + 2 * PEAL_LINE_BYTES;
	err = peal_region_alloc(dev, &memory, &q->memory);
	if (err < 0)
		return err;
	base = peal_region_memory(q->memory);
	q->sq = (uint64_t *)base;
	q->cq = (uint64_t *)(base + raw_cq_offset(q));
	q->host_line = (uint64_t *)(base + raw_lines_offset(q));
	q->device_line = (uint64_t *)(base + raw_lines_offset(q) + PEAL_LINE_BYTES);
	raw_write(dev, PEAL_REG_CMD_TIMEOUT, RAW_TIMEOUT);
	raw_configure(q, o);
	return 0;
}

/* Disables the queue and gives its memory back. False when either failed. */
static inline bool raw_destroy(struct raw_queue *q)
{
	uint32_t status = raw_command(q->dev, q->id, PEAL_CMD_DISABLE);

	return raw_code(status) == PEAL_CMDCODE_OK && !peal_region_unmap(q->memory);
}

static inline uint64_t *raw_sq_slot(const struct raw_queue *q, uint32_t index)
{
	return q->sq + (size_t)(index & ((1u << q->sq_log2) - 1)) * PEAL_DESC_WORDS;
}

static inline uint64_t *raw_cq_slot(const struct raw_queue *q, uint32_t index)
{
	return q->cq + (size_t)(index & ((1u << q->cq_log2) - 1)) * PEAL_COMP_WORDS;
}

static inline uint64_t raw_tag(uint32_t index, unsigned log2)
{
	return (uint64_t)(0x80 | (index >> log2 & 0x7f)) << PEAL_PAYLOAD_BITS;
}

/* Release: pairs with the device's reads of the slot, which follow the doorbell. */
static inline void raw_store(uint64_t *slot, const uint64_t *words, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		__atomic_store_n(&slot[i], words[i], __ATOMIC_RELEASE);
}

/* Puts eight payload words and their tags into the slot of sq_tail, and moves it. */
static inline void raw_push(struct raw_queue *q, const uint64_t payload[PEAL_DESC_WORDS])
{
	uint64_t words[PEAL_DESC_WORDS];

	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		words[i] = payload[i] | raw_tag(q->sq_tail, q->sq_log2);
	raw_store(raw_sq_slot(q, q->sq_tail++), words, PEAL_DESC_WORDS);
}

static inline void raw_doorbell(const struct raw_queue *q, uint32_t tail)
{
	raw_write(q->dev, PEAL_DB_BASE + q->id * q->stride + PEAL_DB_SQ_TAIL, tail);
}

static inline void raw_credit(const struct raw_queue *q, uint32_t head)
{
	raw_write(q->dev, PEAL_DB_BASE + q->id * q->stride + PEAL_DB_CQ_HEAD, head);
}

/* Puts an ENABLED queue into ERROR: by a wild doorbell or, where its value says nothing, credit. */
static inline void raw_break(const struct raw_queue *q)
{
	if (raw_read(q->dev, PEAL_REG_CAP_CLAUSES) & PEAL_CAP_INDEXED)
		raw_doorbell(q, raw_get(q, PEAL_QREG_SQ_HEAD) - 1);
	else
		raw_credit(q, raw_get(q, PEAL_QREG_CQ_TAIL) + 1);
}

/* Is the completion of CQ index cq_head there? Acquire: pairs with the device's release. */
static inline bool raw_peek(const struct raw_queue *q, uint64_t words[PEAL_COMP_WORDS])
{
	uint64_t *slot = raw_cq_slot(q, q->cq_head);
	uint64_t tag = raw_tag(q->cq_head, q->cq_log2);

	words[1] = __atomic_load_n(&slot[1], __ATOMIC_ACQUIRE);
	words[0] = __atomic_load_n(&slot[0], __ATOMIC_ACQUIRE);
	return words[0] >> PEAL_PAYLOAD_BITS == tag >> PEAL_PAYLOAD_BITS &&
	       words[1] >> PEAL_PAYLOAD_BITS == tag >> PEAL_PAYLOAD_BITS;
}

/* Waits for the next completion and returns its credit. False when time ran out. */
static inline bool raw_pop(struct raw_queue *q, uint64_t words[PEAL_COMP_WORDS])
{
	time_t deadline = raw_deadline();

	while (!raw_peek(q, words)) {
		if (raw_expired(deadline))
			return false;
		raw_advance(q->dev);
	}
	raw_credit(q, ++q->cq_head);
	return true;
}

/* The device of `PROGRAM [-p PARAMS] DEVICE`; other arguments end the test with usage and 2. */
static inline const char *raw_arguments(int argc, char **argv, const char **params)
{
	int opt;

	*params = NULL;
	while ((opt = getopt(argc, argv, "p:")) == 'p')
		*params = optarg;
	if (opt != -1 || argc - optind != 1) {
		fprintf(stderr, "usage: %s [-p PARAMS] DEVICE\n", argv[0]);
		exit(2);
	}
	return argv[optind];
}

/* Opens the device; a host that cannot run it ends the test as skipped. */
static inline struct peal_device *raw_open(const char *name, const char *params)
{
	struct peal_open_opts opts = { .params = params };
	struct peal_device *dev;
	int err = peal_open(name, &opts, &dev);

	if (!err)
		return dev;
	printf("# %s: %s\n", name, peal_error(NULL));
	exit(err == -EOPNOTSUPP || err == -ENOENT ? 77 : 1);
}

static unsigned raw_passed, raw_failed;

/* A case: true when the device did all it had to. */
struct raw_test {
	const char *name;
	bool (*run)(void);
	uint32_t needs; /* capabilities without which it is skipped */
};

/* Ends the case it stands in, and says why. */
#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition)) {                                                      \
			printf("# %s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			return false;                                                    \
		}                                                                        \
	} while (0)

/* As CHECK, for two numbers. */
#define CHECK_EQUAL(got, want)                                                                  \
	do {                                                                                    \
		unsigned long long got_ = (got), want_ = (want);                                \
		if (got_ != want_) {                                                            \
			printf("# %s:%d: %s is 0x%llx, not 0x%llx\n", __FILE__, __LINE__, #got, \
			       got_, want_);                                                    \
			return false;                                                           \
		}                                                                               \
	} while (0)

/* Counts a case and prints its line. */
static inline bool raw_case(const char *name, bool good)
{
	printf("%-72s %s\n", name, good ? "PASS" : "FAIL");
	raw_passed += good;
	raw_failed += !good;
	return good;
}

static inline void raw_skip(const char *name, const char *reason)
{
	printf("# %s\n%-72s SKIP\n", reason, name);
}

static inline int raw_summary(void)
{
	printf("%u passed, %u failed\n", raw_passed, raw_failed);
	return raw_failed != 0;
}

#endif
