/* SPDX-License-Identifier: MIT */
/*
 * front.h - the register front of a device that is software.
 *
 * What a host sees of a device through its registers, and all that follows from
 * the registers alone: the register map, the region table, the event log, and
 * the checks of a command. What executes descriptors stands behind it: it
 * embeds a front_device and a front_queue for each of its queues, keeps their
 * fields true, and gives the front its hooks.
 *
 *	registers.c	the register map; capabilities, counters, queue contexts
 *	regions.c	the region table: its window, handles resolved by it
 *	events.c	event log and first error
 *	command.c	CMD, CMDSTS, CMD_TIMEOUT: checks, begin and end of a command
 *	operations.c	the contract's table of operations
 *
 * Nothing here locks or waits; the caller holds the device lock.
 */
#ifndef PEAL_FRONT_H
#define PEAL_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include <peal/contract.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FRONT_QUEUES_MAX 64
#define FRONT_REGIONS_MAX (1u << PEAL_HANDLE_INDEX_BITS)

/* Bits of MODE. */
#define FRONT_MODE_ORDER 0x3u
#define FRONT_MODE_MATCHED (1u << 4)
#define FRONT_MODE_CRC (1u << 8)
#define FRONT_MODE_FENCES (1u << 9)
#define FRONT_MODE_SUPPRESS (1u << 10)

enum front_order { FRONT_FIFO, FRONT_ACTOR, FRONT_UNORDERED };

/* A queue as its registers show it. Set by the device, but for config and what ENABLE sets. */
struct front_queue {
	unsigned number;
	uint32_t config[PEAL_QREG_CQ_START / 4 + 1]; /* the writable registers */
	enum peal_queue_state_code state;
	uint32_t epoch;
	uint32_t sq_tail, sq_head, cq_tail, cq_head;
	uint32_t accepted, completed, silent, undelivered, in_flight, events;
	uint32_t doorbells, db_rejected, db_invalid, refetched;
	uint64_t sq_bus, cq_bus, host_line_bus, line_bus; /* as checked at ENABLE */
};

/* An entry of the region table. */
struct front_region {
	uint64_t bus, bytes;
	uint16_t tenant;
	uint8_t generation;
	bool valid, read, write;
};

/* An operand that passed its checks. */
struct front_operand {
	uint64_t bus, bytes;
};

/* An entry of the event log: EV_W0 to EV_W4. */
struct front_event {
	uint32_t w[5];
};

struct front_device;

/* LEASE_STS. */
#define FRONT_LEASE_RUNS (1u << 0)
#define FRONT_LEASE_EXPIRED (1u << 1)

/* The command goes on. */
#define FRONT_WAIT (-1)

/* What the front asks of the device behind it. A hook that may be NULL says so. */
struct front_hooks {
	/* Steps that passed since the device was opened: what CMD_TIMEOUT is measured in. */
	uint64_t (*now)(const struct front_device *dev);

	/*
	 * The fields of the queue are about to be used: make them true. Without a
	 * queue: event log and counters. NULL: they always are.
	 */
	void (*refresh)(struct front_device *dev, struct front_queue *q);

	/* A write of the queue's doorbell, and of its credit. */
	void (*doorbell)(struct front_device *dev, struct front_queue *q, uint32_t tail);
	void (*credit)(struct front_device *dev, struct front_queue *q, uint32_t head);

	/*
	 * Begins a command that passed all checks of C7.3, and of C7.6 to C7.8. A
	 * code, or FRONT_WAIT. For ENABLE the state says which one: DISABLED (the
	 * indices, counters and bus addresses are those of the new life already)
	 * or DRAINED. Without the capability ABORT, RESET may answer BUSY.
	 */
	int (*start)(struct front_device *dev, struct front_queue *q, uint32_t command);
	/* Is the active command done? A code, or FRONT_WAIT. Not asked while an event is held. */
	int (*poll)(struct front_device *dev, struct front_queue *q, uint32_t command);
	/* CMD_TIMEOUT ended the command. May be NULL. */
	void (*timed_out)(struct front_device *dev, struct front_queue *q);

	/* A write of LEASE; LEASE and LEASE_STS. All NULL without the capability LEASE. */
	void (*lease)(struct front_device *dev, uint32_t steps);
	uint32_t (*lease_left)(const struct front_device *dev);
	uint32_t (*lease_status)(const struct front_device *dev);

	/*
	 * regions[index] was written. When it is not valid now, all that is in
	 * flight was checked against the tables as they were: RT_BUSY is about that.
	 */
	void (*committed)(struct front_device *dev, uint32_t index);
	bool (*rt_busy)(const struct front_device *dev);

	/* EV_POP made room, and held events have gone into it. May be NULL. */
	void (*log_has_room)(struct front_device *dev);
};

struct front_device {
	/* Set by the device when it is opened. */
	const struct front_hooks *hooks;
	enum peal_kind kind;
	uint32_t clauses; /* capability bits */
	uint32_t clock_khz;
	uint32_t queue_count, region_count;
	struct front_queue *queues[FRONT_QUEUES_MAX];
	struct front_event *held; /* room for all completions that can be undelivered at a time */
	unsigned held_max;
	bool runs_by_itself; /* nobody advances it: a read of CMDSTS polls the command */

	/* The counters of the device; its own to count. */
	uint64_t counters[PEAL_COUNTERS];

	/* The front's; the device may read them. */
	uint64_t snapshot[PEAL_COUNTERS];
	struct front_region regions[FRONT_REGIONS_MAX];
	uint32_t rt_sel;
	struct front_region rt; /* the window */
	uint32_t cmd, cmd_status, cmd_timeout;
	uint64_t cmd_start; /* step */
	struct front_event events[PEAL_EVENT_LOG_DEPTH];
	unsigned event_first, event_level;
	uint32_t event_count, event_lost;
	unsigned held_first, held_level; /* COMPLETION events that wait for room */
	struct front_event first_error;
	uint32_t first_status;
};

/* ---- registers.c --------------------------------------------------------------- */

/* The queue in which the device keeps its queue `number`; all of queue_count need one. */
void front_set_queue(struct front_device *dev, unsigned number, struct front_queue *q);

uint32_t front_read(struct front_device *dev, uint32_t offset);
void front_write(struct front_device *dev, uint32_t offset, uint32_t value);

/* ---- regions.c ------------------------------------------------------------------ */

/*
 * One {handle, offset}: region, tenant, permission, range, in this order. The
 * status of the first that fails (BAD_REGION, TENANT, PERMISSION, RANGE), or OK
 * and the operand.
 */
enum peal_status front_resolve(const struct front_device *dev, uint32_t tenant, uint32_t handle,
			       uint64_t offset, uint64_t bytes, bool read, bool write,
			       struct front_operand *operand);

uint32_t front_rt_read(const struct front_device *dev, uint32_t offset);
void front_rt_write(struct front_device *dev, uint32_t offset, uint32_t value);

/* ---- events.c --------------------------------------------------------------------- */

void front_log(struct front_device *dev, enum peal_event_code code, unsigned queue, uint32_t w1,
	       uint32_t w2, uint32_t w3);
/* A completion that the bus refused: waits for room in the log instead of being lost. */
void front_log_undelivered(struct front_device *dev, unsigned queue, uint32_t cq_index,
			   const uint64_t words[PEAL_COMP_WORDS]);

uint32_t front_event_read(const struct front_device *dev, uint32_t offset);
void front_event_write(struct front_device *dev, uint32_t offset);

/* ---- command.c ----------------------------------------------------------------------- */

/* A write of CMD. */
void front_command(struct front_device *dev, uint32_t value);
/* Is the active command done? For whenever that may have become so. */
void front_command_poll(struct front_device *dev);
/* The same when time has passed: the command may have run out of it. */
void front_command_tick(struct front_device *dev);
/* The command that is active on this queue, or 0. */
uint32_t front_active_on(const struct front_device *dev, const struct front_queue *q);
/* What RESET does to the indices (C7.13); for the poll that ends it. */
void front_new_epoch(struct front_queue *q);

#define FRONT_CMD_ACTIVE (1u << 31)

static inline bool front_active(const struct front_device *dev)
{
	return dev->cmd_status & FRONT_CMD_ACTIVE;
}

/* ---- operations.c: what an operation uses, from the contract's table ------------------- */

enum front_access {
	FRONT_NONE,
	FRONT_R_LEN,
	FRONT_W_LEN,
	FRONT_R_LEN4,
	FRONT_RECORD,
	FRONT_W_ARG0
};
enum front_length { FRONT_LENGTH_NONE, FRONT_LENGTH_ANY, FRONT_LENGTH_TOKENS, FRONT_LENGTH_ARG0 };
enum front_unit { FRONT_CTRL, FRONT_MOVE, FRONT_ROLLOUT };

struct front_op {
	uint8_t code;
	enum front_unit unit;
	enum front_access a, b;
	enum front_length length;
	uint64_t used[5]; /* payload bits of w2 to w6 */
};

/* NULL if the contract has no such operation. */
const struct front_op *front_op_of(uint32_t code);

/* ---- small ones --------------------------------------------------------------------------- */

static inline uint32_t front_config(const struct front_queue *q, uint32_t offset)
{
	return q->config[offset / 4];
}
static inline bool front_mode(const struct front_queue *q, uint32_t bit)
{
	return front_config(q, PEAL_QREG_MODE) & bit;
}
static inline enum front_order front_order(const struct front_queue *q)
{
	return (enum front_order)(front_config(q, PEAL_QREG_MODE) & FRONT_MODE_ORDER);
}
static inline unsigned front_sq_log2(const struct front_queue *q)
{
	return front_config(q, PEAL_QREG_SIZE) & 0xf;
}
static inline unsigned front_cq_log2(const struct front_queue *q)
{
	return front_config(q, PEAL_QREG_SIZE) >> 8 & 0xf;
}

#ifdef __cplusplus
}
#endif
#endif
