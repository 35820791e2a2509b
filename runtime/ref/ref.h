/* SPDX-License-Identifier: MIT */
/*
 * ref.h - the reference device: contract v1 in plain C, written to be read.
 *
 * It has no cycles and no bus that could be slow. One step is one descriptor
 * attempt (fetch, check, accept), one 4 KiB piece of a long operation, or one
 * look at a host line; queues take turns.
 *
 * A queue has one descriptor in flight, from its acceptance to its completion.
 * So order needs no machinery: completions come in SQ order (FIFO), and a
 * descriptor starts behind all earlier ones of its queue, which is what FENCE
 * and ACTOR ask for. Only with the parameter `shuffle`, a queue of order NONE
 * has several in flight and picks the next one at random, so that hosts meet
 * completions out of order; there FENCE has its wait in queue.c.
 *
 *	device.c	open and close, time, the bus and its faults
 *	registers.c	the register map
 *	regions.c	the region table
 *	events.c	event log and first error
 *	command.c	ENABLE, DRAIN, ABORT, RESET, DISABLE; the lease
 *	queue.c		doorbells, credit, fetch, accept, complete
 *	lines.c		device line, host line, doorbell suppression
 *	check.c		the ordered checks of a descriptor
 *	execute.c	operations on memory
 *	rollout.c	operations on records
 */
#ifndef PEAL_REF_H
#define PEAL_REF_H

#include <stdbool.h>

#include <peal/peal.h>

#include "fault.h"

#define REF_QUEUES_MAX 64
#define REF_REGIONS_MAX (1u << PEAL_HANDLE_INDEX_BITS)
#define REF_WORKS 4 /* in flight in a shuffled queue */

/* Bits of MODE. */
#define REF_MODE_ORDER 0x3u
#define REF_MODE_MATCHED (1u << 4)
#define REF_MODE_CRC (1u << 8)
#define REF_MODE_FENCES (1u << 9)
#define REF_MODE_SUPPRESS (1u << 10)

enum ref_order { REF_FIFO, REF_ACTOR, REF_UNORDERED };

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

/* A descriptor in flight. */
struct ref_work {
	bool busy;
	bool begun;		   /* holds its record */
	bool old_tables;	   /* accepted before the last invalidation of a region */
	bool fence, silent, event; /* flags that count: not those of a refused descriptor */
	uint32_t index;		   /* of the SQ */
	struct ref_desc d;
	uint64_t done; /* bytes */
	uint64_t total;
	uint32_t crc; /* also the sum of a REWARD */
	uint32_t record[PEAL_RECORD_BYTES / 4];
};

/* What a queue with SUPPRESS does when it has fetched all that it knows of. */
enum ref_watch { REF_LOOK, REF_ARMED, REF_ASLEEP };

struct ref_queue {
	uint32_t config[PEAL_QREG_CQ_START / 4 + 1]; /* the writable registers */
	enum peal_queue_state_code state;
	uint32_t epoch;
	uint32_t sq_tail, sq_head, cq_tail, cq_head;
	uint32_t limit;	    /* DRAINING: nothing from here on is accepted */
	bool closing;	    /* DISABLE came: nothing is accepted */
	unsigned refetches; /* of the slot at sq_head */
	uint32_t accepted, completed, silent, undelivered, events;
	uint32_t doorbells, db_rejected, db_invalid, refetched;
	uint64_t raises;				  /* of the event, in all lives */
	uint64_t sq_bus, cq_bus, host_line_bus, line_bus; /* as checked at ENABLE */
	bool attached;					  /* the four above mean something */
	uint32_t line_head, line_tail;			  /* what the device line says */
	uint32_t sq_event;				  /* armed at this tail */
	enum ref_watch watch;
	uint64_t wake_at; /* step at which a sleeping queue looks again */
	struct ref_work works[REF_WORKS];
};

struct ref_event {
	uint32_t w[5];
};

/* COMPLETION events that wait for room: a queue has no more than it has in flight. */
#define REF_HELD_MAX (REF_QUEUES_MAX * REF_WORKS)

struct ref_device {
	peal_log_fn log;
	void *log_ctx;
	uint32_t queue_count, region_count;
	struct ref_queue queues[REF_QUEUES_MAX];
	unsigned turn;	  /* the queue that is looked at next */
	uint64_t now;	  /* steps that passed */
	uint32_t shuffle; /* state of its random numbers; 0 is off */

	struct fault_plan faults;
	struct ref_range *ranges;
	size_t range_count;
	struct ref_region regions[REF_REGIONS_MAX];
	uint32_t rt_sel;
	struct ref_region rt; /* the window */

	uint32_t cmd, cmd_status, cmd_timeout, cmd_steps;
	bool lease_runs, lease_expired;
	uint64_t lease_end; /* step */

	struct ref_event events[PEAL_EVENT_LOG_DEPTH];
	unsigned event_first, event_level;
	uint32_t event_count, event_lost;
	struct ref_event held[REF_HELD_MAX];
	unsigned held_first, held_level;
	struct ref_event first_error;
	uint32_t first_status;

	uint64_t counters[PEAL_COUNTERS], snapshot[PEAL_COUNTERS];
	uint64_t hash; /* of all outcomes, in their order */
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

/* One transaction on the bus: the memory, or NULL when it is not there or a fault fired. */
uint8_t *ref_bus(struct ref_device *dev, enum fault_class kind, uint64_t bus, uint64_t bytes);
/* The same for what must be whole in host memory too: slots and lines. */
void *ref_bus_whole(struct ref_device *dev, enum fault_class kind, uint64_t bus, uint64_t bytes);
/* Says that a fault fired; NULL is none. True if it did. */
bool ref_say_fault(const struct ref_device *dev, const struct fault *fault);

/* ---- registers.c ---------------------------------------------------------------------- */

int ref_reg_read(void *ctx, uint32_t offset, uint32_t *value);
int ref_reg_write(void *ctx, uint32_t offset, uint32_t value);

/* ---- regions.c -------------------------------------------------------------------------- */

uint32_t ref_rt_read(const struct ref_device *dev, uint32_t offset);
void ref_rt_write(struct ref_device *dev, uint32_t offset, uint32_t value);
/*
 * One {handle, offset}: region, tenant, permission, range, in this order. The
 * status of the first that fails (BAD_REGION, TENANT, PERMISSION, RANGE), or OK
 * and the operand.
 */
enum peal_status ref_resolve(const struct ref_device *dev, uint32_t tenant, uint32_t handle,
			     uint64_t offset, uint64_t bytes, bool read, bool write,
			     struct ref_operand *operand);

/* ---- events.c ----------------------------------------------------------------------------- */

void ref_event(struct ref_device *dev, enum peal_event_code code, unsigned queue, uint32_t w1,
	       uint32_t w2, uint32_t w3);
/* A completion that the bus refused: waits for room in the log instead of being lost. */
void ref_event_undelivered(struct ref_device *dev, unsigned queue, uint32_t cq_index,
			   const uint64_t words[PEAL_COMP_WORDS]);
uint32_t ref_event_read(const struct ref_device *dev, uint32_t offset);
void ref_event_write(struct ref_device *dev, uint32_t offset);

/* ---- check.c -------------------------------------------------------------------------- */

/* C2.15 to C2.23. False, with the outcome, at the first that fails. */
bool ref_check(struct ref_device *dev, const struct ref_queue *q, struct ref_desc *d,
	       struct ref_outcome *bad);

/* ---- execute.c, rollout.c ---------------------------------------------------------------- */

/* The next piece of the work. True when it is done, with its outcome. */
bool ref_execute(struct ref_device *dev, struct ref_work *w, struct ref_outcome *out);
bool ref_rollout(struct ref_device *dev, struct ref_work *w, struct ref_outcome *out);
/* Another operation in flight has the record of this queue's work. */
bool ref_rollout_waits(const struct ref_device *dev, const struct ref_queue *q,
		       const struct ref_work *w);

static inline uint64_t ref_piece(const struct ref_work *w)
{
	uint64_t left = w->total - w->done;

	return left < PEAL_PIECE_BYTES ? left : PEAL_PIECE_BYTES;
}

/* ---- lines.c --------------------------------------------------------------------------------- */

/* Writes the device line, when there is one and the lease has not expired. */
void ref_line_update(struct ref_device *dev, struct ref_queue *q);
/* The same for a queue that fell idle, if there is news. */
void ref_line_settle(struct ref_device *dev, struct ref_queue *q);
/* A queue with SUPPRESS that would look at its host line now, and one such look. */
bool ref_watches(const struct ref_device *dev, const struct ref_queue *q);
void ref_watch(struct ref_device *dev, struct ref_queue *q);

/* ---- queue.c -------------------------------------------------------------------------------- */

/* One step of one queue. True if there was anything to do. */
bool ref_queue_step(struct ref_device *dev, struct ref_queue *q);
/* Could a step do anything? */
bool ref_queue_ready(const struct ref_device *dev, const struct ref_queue *q);
unsigned ref_in_flight(const struct ref_queue *q);
void ref_doorbell(struct ref_device *dev, struct ref_queue *q, uint32_t tail);
void ref_credit(struct ref_device *dev, struct ref_queue *q, uint32_t head);
void ref_set_state(struct ref_device *dev, struct ref_queue *q, enum peal_queue_state_code state);
/* DRAINING or ABORTING, and all has completed: DRAINED, ABORTED. */
void ref_try_end(struct ref_device *dev, struct ref_queue *q);
/* The lease expired: what is in flight has no completion, and the state is ERROR. */
void ref_cut_off(struct ref_device *dev, struct ref_queue *q);

/* ---- command.c --------------------------------------------------------------------------------
 */

#define REF_CMD_ACTIVE (1u << 31)

void ref_command(struct ref_device *dev, uint32_t value);
/* Is the active command done? Called after each step and when the event log gets room. */
void ref_command_poll(struct ref_device *dev);
/* One step has passed. */
void ref_command_tick(struct ref_device *dev);
/* RESET or DISABLE of this queue is active. */
bool ref_going_down(const struct ref_device *dev, const struct ref_queue *q);

void ref_lease_write(struct ref_device *dev, uint32_t steps);
/* Time has passed: has the lease expired? */
void ref_lease_poll(struct ref_device *dev);

/* ---- small ones ---------------------------------------------------------------------------- */

static inline unsigned ref_queue_number(const struct ref_device *dev, const struct ref_queue *q)
{
	return (unsigned)(q - dev->queues);
}
static inline uint32_t ref_config(const struct ref_queue *q, uint32_t offset)
{
	return q->config[offset / 4];
}
static inline bool ref_mode(const struct ref_queue *q, uint32_t bit)
{
	return ref_config(q, PEAL_QREG_MODE) & bit;
}
static inline enum ref_order ref_order(const struct ref_queue *q)
{
	return (enum ref_order)(ref_config(q, PEAL_QREG_MODE) & REF_MODE_ORDER);
}
static inline unsigned ref_sq_log2(const struct ref_queue *q)
{
	return ref_config(q, PEAL_QREG_SIZE) & 0xf;
}
static inline unsigned ref_cq_log2(const struct ref_queue *q)
{
	return ref_config(q, PEAL_QREG_SIZE) >> 8 & 0xf;
}

#endif
