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
 * Its registers, region table and event log are those of every device that is
 * software: runtime/front/. Here is what stands behind them:
 *
 *	device.c	open and close, time, the bus and its faults
 *	hooks.c		what the register front asks
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
#include "front.h"
#include "own_memory.h"

#define REF_WORKS 4 /* in flight in a shuffled queue */

/* A range of memory on the bus. */
struct ref_range {
	uint64_t bus, bytes;
	uint8_t *host;
};

/* A descriptor, taken apart. */
struct ref_desc {
	uint64_t w[PEAL_DESC_WORDS]; /* payloads */
	const struct front_op *op;
	uint32_t length;
	uint64_t arg0;
	struct front_operand a, b;
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
	struct front_queue front;      /* first: ref_queue_of */
	uint32_t limit;		       /* DRAINING: nothing from here on is accepted */
	bool closing;		       /* DISABLE came: nothing is accepted */
	unsigned refetches;	       /* of the slot at sq_head */
	uint64_t raises;	       /* of the event, in all lives */
	bool attached;		       /* the bus addresses of the front mean something */
	uint32_t line_head, line_tail; /* what the device line says */
	uint32_t sq_event;	       /* armed at this tail */
	enum ref_watch watch;
	uint64_t wake_at; /* step at which a sleeping queue looks again */
	struct ref_work works[REF_WORKS];
};

/* COMPLETION events that wait for room: a queue has no more than it has in flight. */
#define REF_HELD_MAX (FRONT_QUEUES_MAX * REF_WORKS)

struct ref_device {
	struct front_device front; /* first: ref_of */
	peal_log_fn log;
	void *log_ctx;
	struct ref_queue queues[FRONT_QUEUES_MAX];
	unsigned turn;	  /* the queue that is looked at next */
	uint64_t now;	  /* steps that passed */
	uint32_t shuffle; /* state of its random numbers; 0 is off */

	struct fault_plan faults;
	struct ref_range *ranges;
	size_t range_count;
	struct own_memory own; /* ranges of it are in `ranges` too */
	bool lease_runs, lease_expired;
	uint64_t lease_end; /* step */

	struct front_event held[REF_HELD_MAX];
	uint64_t hash; /* of all outcomes, in their order */
};

/* ---- device.c ---------------------------------------------------------------------- */

/* One transaction on the bus: the memory, or NULL when it is not there or a fault fired. */
uint8_t *ref_bus(struct ref_device *dev, enum fault_class kind, uint64_t bus, uint64_t bytes);
/* The same for what must be whole in host memory too: slots and lines. */
void *ref_bus_whole(struct ref_device *dev, enum fault_class kind, uint64_t bus, uint64_t bytes);
/* Says that a fault fired; NULL is none. True if it did. */
bool ref_say_fault(const struct ref_device *dev, const struct fault *fault);

/* ---- hooks.c ----------------------------------------------------------------------- */

extern const struct front_hooks ref_hooks;

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
void ref_doorbell(struct ref_device *dev, struct ref_queue *q, uint32_t tail);
void ref_credit(struct ref_device *dev, struct ref_queue *q, uint32_t head);
void ref_set_state(struct ref_device *dev, struct ref_queue *q, enum peal_queue_state_code state);
/* DRAINING or ABORTING, and all has completed: DRAINED, ABORTED. */
void ref_try_end(struct ref_device *dev, struct ref_queue *q);
/* The lease expired: what is in flight has no completion, and the state is ERROR. */
void ref_cut_off(struct ref_device *dev, struct ref_queue *q);

/* ---- command.c ----------------------------------------------------------------------------- */

/* The hooks `start` and `poll`. */
int ref_command_start(struct ref_device *dev, struct ref_queue *q, uint32_t command);
int ref_command_result(struct ref_device *dev, struct ref_queue *q, uint32_t command);
/* RESET or DISABLE of this queue is active. */
bool ref_going_down(const struct ref_device *dev, const struct ref_queue *q);

void ref_lease_write(struct ref_device *dev, uint32_t steps);
/* Time has passed: has the lease expired? */
void ref_lease_poll(struct ref_device *dev);

/* ---- small ones ---------------------------------------------------------------------------- */

static inline struct ref_device *ref_of(struct front_device *front)
{
	return (struct ref_device *)front;
}
static inline const struct ref_device *ref_of_const(const struct front_device *front)
{
	return (const struct ref_device *)front;
}
static inline struct ref_queue *ref_queue_of(struct front_queue *front)
{
	return (struct ref_queue *)front;
}

#endif
