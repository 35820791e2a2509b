/* SPDX-License-Identifier: MIT */
/*
 * ref.h - the reference device: contract v1 in plain C, written to be read.
 *
 * It has no cycles and no bus that could be slow. One step is one descriptor
 * attempt (fetch, check, accept) or one 4 KiB piece of a long operation; queues
 * take turns. A queue has at most one descriptor in flight, so FIFO order needs
 * no machinery.
 *
 *	device.c	open and close, registers, counters, event log, bus map
 *	command.c	ENABLE, DRAIN, RESET, DISABLE
 *	queue.c		doorbells, credit, fetch, accept, complete
 *	check.c		the ordered checks of a descriptor
 *	execute.c	operations on memory
 *	rollout.c	operations on records
 */
#ifndef PEAL_REF_H
#define PEAL_REF_H

#include <stdbool.h>

#include <peal/peal.h>

#define REF_QUEUES_MAX 64
#define REF_REGIONS_MAX (1u << PEAL_HANDLE_INDEX_BITS)

/* A range of host memory on the bus. */
struct ref_range {
	uint64_t bus, bytes;
	uint8_t *host;
};

/* An entry of the region table. */
struct ref_region {
	uint64_t bus, bytes;
	uint16_t tenant;
	uint8_t generation;
	bool valid, read, write;
};

/* An operand that passed its checks. */
struct ref_operand {
	uint64_t bus, bytes;
};

/* A descriptor, taken apart. */
struct ref_desc {
	uint64_t w[PEAL_DESC_WORDS]; /* payloads */
	const struct ref_op *op;
	uint32_t length;
	uint64_t arg0;
	struct ref_operand a, b;
};

struct ref_outcome {
	enum peal_status status;
	uint64_t result;
};

/* The descriptor that a queue has in flight. */
struct ref_work {
	bool busy;
	bool begun;	 /* holds its record */
	bool old_tables; /* accepted before the last invalidation of a region */
	struct ref_desc d;
	uint64_t done; /* bytes */
	uint64_t total;
	uint32_t crc; /* also the sum of a REWARD */
	uint32_t record[PEAL_RECORD_BYTES / 4];
};

struct ref_queue {
	uint32_t config[PEAL_QREG_CQ_START / 4 + 1]; /* the writable registers */
	enum peal_queue_state_code state;
	uint32_t epoch;
	uint32_t sq_tail, sq_head, cq_tail, cq_head;
	uint32_t limit;	    /* DRAINING: nothing from here on is accepted */
	bool closing;	    /* DISABLE came: nothing is accepted */
	unsigned refetches; /* of the slot at sq_head */
	uint32_t accepted, completed, undelivered, doorbells, db_rejected, db_invalid, refetched;
	uint64_t sq_bus, cq_bus, line_bus; /* as checked at ENABLE */
	bool attached;			   /* the three above mean something */
	uint32_t line_head, line_tail;	   /* what the device line says */
	struct ref_work work;
};

struct ref_event {
	uint32_t w[4];
};

struct ref_device {
	peal_log_fn log;
	void *log_ctx;
	uint32_t queue_count, region_count;
	struct ref_queue queues[REF_QUEUES_MAX];
	unsigned turn; /* the queue that is looked at next */

	struct ref_range *ranges;
	size_t range_count;
	struct ref_region regions[REF_REGIONS_MAX];
	uint32_t rt_sel;
	struct ref_region rt; /* the window */

	uint32_t cmd, cmd_status, cmd_timeout, cmd_steps;

	struct ref_event events[PEAL_EVENT_LOG_DEPTH];
	unsigned event_first, event_level;
	uint32_t event_count, event_lost;

	uint64_t counters[PEAL_COUNTERS], snapshot[PEAL_COUNTERS];
	uint64_t hash; /* of all completions, in the order written */
};

/* ---- what an operation uses, from the contract's table ------------------------- */

enum ref_access { REF_NONE, REF_R_LEN, REF_W_LEN, REF_R_LEN4, REF_RECORD, REF_W_ARG0 };
enum ref_length { REF_LENGTH_NONE, REF_LENGTH_ANY, REF_LENGTH_TOKENS, REF_LENGTH_ARG0 };
enum ref_unit { REF_CTRL, REF_MOVE, REF_ROLLOUT };

struct ref_op {
	uint8_t code;
	enum ref_unit unit;
	enum ref_access a, b;
	enum ref_length length;
	uint64_t used[5]; /* payload bits of w2 to w6 */
};

/* NULL if the contract has no such operation. */
const struct ref_op *ref_op_of(uint32_t code);

/* ---- device.c ---------------------------------------------------------------------- */

/* Memory on the bus; NULL when some of it is not there. */
uint8_t *ref_bus(struct ref_device *dev, uint64_t bus, uint64_t bytes);
void ref_event(struct ref_device *dev, enum peal_event_code code, unsigned queue, uint32_t w1,
	       uint32_t w2, uint32_t w3);
static inline unsigned ref_queue_number(const struct ref_device *dev, const struct ref_queue *q)
{
	return (unsigned)(q - dev->queues);
}
static inline uint32_t ref_config(const struct ref_queue *q, uint32_t offset)
{
	return q->config[offset / 4];
}
static inline uint32_t ref_sq_slots(const struct ref_queue *q)
{
	return 1u << (ref_config(q, PEAL_QREG_SIZE) & 0xf);
}
static inline uint32_t ref_cq_slots(const struct ref_queue *q)
{
	return 1u << (ref_config(q, PEAL_QREG_SIZE) >> 8 & 0xf);
}

/* ---- check.c -------------------------------------------------------------------------- */

/* Checks 2 to 9. False, with the outcome, at the first that fails. */
bool ref_check(struct ref_device *dev, const struct ref_queue *q, struct ref_desc *d,
	       struct ref_outcome *bad);

/*
 * One {handle, offset}: region, tenant, permission, range, in this order. The
 * status of the first that fails (BAD_REGION, TENANT, PERMISSION, RANGE), or OK
 * and the operand.
 */
enum peal_status ref_resolve(const struct ref_device *dev, uint32_t tenant, uint32_t handle,
			     uint64_t offset, uint64_t bytes, bool read, bool write,
			     struct ref_operand *operand);

/* ---- execute.c, rollout.c ---------------------------------------------------------------- */

/* The next piece of the work. True when it is done, with its outcome. */
bool ref_execute(struct ref_device *dev, struct ref_queue *q, struct ref_outcome *out);
bool ref_rollout(struct ref_device *dev, struct ref_queue *q, struct ref_outcome *out);
/* Another operation in flight has the record of this queue's work. */
bool ref_rollout_waits(const struct ref_device *dev, const struct ref_queue *q);

static inline uint64_t ref_piece(const struct ref_work *w)
{
	uint64_t left = w->total - w->done;

	return left < PEAL_PIECE_BYTES ? left : PEAL_PIECE_BYTES;
}

/* ---- queue.c -------------------------------------------------------------------------------- */

/* One step of one queue. True if there was anything to do. */
bool ref_queue_step(struct ref_device *dev, struct ref_queue *q);
/* Could a step do anything? */
bool ref_queue_ready(const struct ref_device *dev, const struct ref_queue *q);
void ref_doorbell(struct ref_device *dev, struct ref_queue *q, uint32_t tail);
void ref_credit(struct ref_device *dev, struct ref_queue *q, uint32_t head);
void ref_set_state(struct ref_device *dev, struct ref_queue *q, enum peal_queue_state_code state);
/* DRAINING and all that was to be accepted has completed: DRAINED. */
void ref_try_drained(struct ref_device *dev, struct ref_queue *q);

/* ---- command.c --------------------------------------------------------------------------------
 */

#define REF_CMD_ACTIVE (1u << 31)

void ref_command(struct ref_device *dev, uint32_t value);
/* Is the active command done? Called after each step and each register write. */
void ref_command_poll(struct ref_device *dev);
/* One step has passed. */
void ref_command_tick(struct ref_device *dev);

#endif
