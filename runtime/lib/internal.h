/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of libpeal share and nobody else sees.
 *
 * Locks, in the order in which they may nest:
 *
 *	ctl	sequences of registers that belong together (the region window,
 *		CMD and CMDSTS, the counter snapshot, the event log), and the lists
 *		of regions and queues
 *	io	one call into the device; the device thread holds it while it
 *		advances, and lets go for whoever waits (thread.c)
 *	pinned	pieces of the memory that the device has pinned
 *	refused	the completions of a queue that the bus refused, which whoever
 *		empties the event log gives to it
 *	error	the text of the last failure
 */
#ifndef PEAL_INTERNAL_H
#define PEAL_INTERNAL_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <peal/peal.h>

#include "arena.h"

#define PEAL_TEXT 512
#define PEAL_NO_CLOCK_KHZ 10000 /* steps of a device without a clock: 10 a microsecond */
#define PEAL_PARAMS_MAX 32
#define PEAL_HANDLES (1u << PEAL_HANDLE_INDEX_BITS)
#define PEAL_APART (2 * PEAL_LINE_BYTES) /* lines are fetched in pairs: no two threads share one */

/* ---- a lock that its busiest user gives up for the others (thread.c) -------- */

struct peal_io_lock {
	pthread_mutex_t mutex;
	atomic_uint waiting; /* callers that want it, the device thread excluded */
};

struct peal_device_thread {
	pthread_t id;
	bool running;	  /* started and not joined */
	bool asleep;	  /* io */
	bool stop;	  /* io */
	bool timers;	  /* io: the device has timers that run while it is idle */
	bool kicked;	  /* io: a register was written since the last advance */
	atomic_bool hint; /* like kicked, but may be read without the lock */
	pthread_cond_t wake;
};

/* ---- what the device says beside completions (events.c) ------------------------ */

#define PEAL_EVENTS_KEPT 256

struct peal_event_log {
	struct peal_event kept[PEAL_EVENTS_KEPT]; /* a ring; ctl */
	unsigned first, count;
	uint64_t dropped;
	struct peal_event last; /* code 0: there was none */
	atomic_uint leases;	/* LEASE events: how often a lease expired */
};

/* Looks for events of a device that runs by itself (events.c). */
struct peal_raiser {
	pthread_t id;
	bool running;
	atomic_bool stop;
};

/* The heartbeat (lease.c). */
struct peal_lease {
	pthread_t id;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	uint32_t cycles;
	bool running, stop; /* stop: mutex */
};

/* ---- memory (memory.c) ------------------------------------------------------------------- */

struct peal_memory {
	void *base;
	size_t bytes; /* of the mapping */
	bool pinned;  /* a piece of the device's pinned memory */
};

/* Host memory that the device has pinned once (device.h, pin); regions are cut from it. */
struct peal_pinned {
	uint64_t want; /* bytes; 0: none */
	struct peal_memory memory;
	struct arena arena;
	pthread_mutex_t lock;
};

/* ---- the device -------------------------------------------------------------- */

struct peal_device {
	struct peal_device_ops ops; /* members the plug-in lacks are NULL */
	void *impl;
	void *plugin; /* dlopen handle, NULL for built-in devices */
	char *name;
	struct peal_device_info info;

	uint32_t quantum;
	uint64_t timeout_ns;
	bool threaded;
	atomic_bool dead; /* gone for good: no call but close reaches it */

	/* Written by whoever rings or gives credit; what is before them all threads read. */
	_Alignas(PEAL_APART) struct peal_io_lock io;
	struct peal_device_thread thread;
	_Alignas(PEAL_APART) pthread_mutex_t ctl;

	/* Region table and bus; ctl. */
	struct peal_region *regions;
	struct peal_region *entry[PEAL_HANDLES];
	uint8_t generation[PEAL_HANDLES]; /* last one used */
	uint64_t bus_next;
	struct peal_pinned pinned;
	int numa_node; /* -1: where the kernel likes */
	bool said_small_pages, said_no_numa;

	struct peal_queue **queues; /* by number; ctl */
	struct peal_event_log events;
	pthread_mutex_t refused_lock;
	struct peal_raise *raises; /* by queue; io */
	unsigned listeners;	   /* eventfds there are; io */
	struct peal_raiser raiser;
	struct peal_lease lease;

	pthread_mutex_t error_lock;
	char error[PEAL_TEXT];
	char said[PEAL_TEXT]; /* the device's own last error message */
	peal_log_fn log;
	void *log_ctx;
};

/* ---- errors and log (error.c) --------------------------------------------------- */

/* Keeps the text of a failure (dev NULL: of this thread's peal_open); returns err. */
int peal_fail(struct peal_device *dev, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void peal_log(struct peal_device *dev, enum peal_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The log function given to the device; ctx is the struct peal_device. */
void peal_device_log(void *ctx, enum peal_log_level level, const char *message);
/* Copies the device's own last error message, "" if it said nothing. */
void peal_device_said(struct peal_device *dev, char text[PEAL_TEXT]);

/* ---- registry and parameters (registry.c, params.c) ------------------------------- */

extern const struct peal_device_ops peal_ref_ops;

/* Finds a device by name or path. Sets ops and plugin of *dev, or fails with text. */
int peal_registry_find(struct peal_device *dev, const char *name);

struct peal_param_list {
	char *text;
	struct peal_param params[PEAL_PARAMS_MAX];
	uint32_t count;
};

/* Cuts "a=1,b=2". 0, -ENOMEM, or -EINVAL with text. */
int peal_params_parse(struct peal_param_list *list, const char *text);
/* Removes `key` from the list and returns its value, NULL if it is not there. */
const char *peal_params_take(struct peal_param_list *list, const char *key);
void peal_params_free(struct peal_param_list *list);

/* ---- calls into the device (thread.c, device.c) ------------------------------------- */

int peal_io_init(struct peal_device *dev);
void peal_io_destroy(struct peal_device *dev);
void peal_io_enter(struct peal_device *dev);
void peal_io_leave(struct peal_device *dev);
int peal_thread_start(struct peal_device *dev);
void peal_thread_stop(struct peal_device *dev);
/* With io held: a register was written, the device thread has a reason to run. */
void peal_thread_kick(struct peal_device *dev);
/* From here on the device has timers, and its thread lets them run while it is idle. */
void peal_thread_timers(struct peal_device *dev);

/* One register; -ENODEV once the device is dead. With or without ctl. */
int peal_read(struct peal_device *dev, uint32_t offset, uint32_t *value);
int peal_write(struct peal_device *dev, uint32_t offset, uint32_t value);
/* Lockstep: at most `steps` steps. 1 busy, 0 idle or none of our business, or -ENODEV. */
int peal_step(struct peal_device *dev, uint64_t steps);
int peal_let_run(struct peal_device *dev, uint64_t steps);
bool peal_is_dead(const struct peal_device *dev);
/* Marks the device dead and logs why; returns -ENODEV. */
int peal_died(struct peal_device *dev, int err, const char *where);

/* A bounded wait. */
struct peal_patience {
	uint64_t deadline;
	unsigned rounds;
};

uint64_t peal_now_ns(void);
void peal_patience_start(struct peal_patience *p, uint64_t ns);
/*
 * One turn of a wait: lets a lockstep device advance, or backs off while the
 * device runs by itself. 1: look again; -ETIME; -ENODEV.
 */
int peal_patience_turn(struct peal_device *dev, struct peal_patience *p);
/* Waits until a register reads 0, as long as a command may take. 0, -ETIME, -ENODEV. */
int peal_await_zero(struct peal_device *dev, uint32_t offset);
/* What the device waits for, "" if it cannot say. */
void peal_explain(struct peal_device *dev, char text[PEAL_TEXT]);

/* ---- events (events.c) ----------------------------------------------------------------- */

struct peal_raise {
	int fd; /* eventfd, -1: nobody asked */
	uint64_t seen;
};

/* With io held, after the device moved: wakes who waits on an eventfd. */
void peal_raise_events(struct peal_device *dev);
void peal_raiser_stop(struct peal_device *dev);
/*
 * Empties the device's log: refused completions go to their queues, all events to
 * the user's ring. With ctl held. 0 or negative errno.
 */
int peal_pump_events(struct peal_device *dev);
/* The same, and takes ctl itself. */
int peal_pump_events_now(struct peal_device *dev);
/* "; last event ..." for a message, "" if there was none. */
void peal_last_event(struct peal_device *dev, char *text, size_t len);

/* ---- the lease (lease.c) ---------------------------------------------------------------- */

int peal_lease_start(struct peal_device *dev, uint32_t cycles);
void peal_lease_stop(struct peal_device *dev);

/* ---- commands (command.c) -------------------------------------------------------------- */

/* Called once a turn of the wait, with ctl held. */
typedef int (*peal_command_turn)(void *ctx);

/* Runs a command on a queue. 0 or negative errno with text. */
int peal_command(struct peal_device *dev, unsigned queue, enum peal_command command,
		 peal_command_turn turn, void *ctx);

static inline uint32_t peal_qreg(unsigned queue, uint32_t offset)
{
	return PEAL_QREG_BASE + queue * PEAL_QREG_STRIDE + offset;
}

/* ---- memory (memory.c) ------------------------------------------------------------------- */

/* Zeroed memory for an object with lines of its own; NULL when there is none. For free(). */
void *peal_new_apart(size_t bytes);
/*
 * Zeroed pages: of what is pinned, while there is room; else huge ones, and on the device's
 * node, where there are any. 0 or -ENOMEM.
 */
int peal_memory_alloc(struct peal_device *dev, uint64_t bytes, struct peal_memory *memory);
void peal_memory_free(struct peal_device *dev, struct peal_memory *memory);
/* Understand the parameters numa=N and pinned=SIZE. 0 or -EINVAL with text. */
int peal_memory_node(struct peal_device *dev, const char *value);
int peal_memory_pinned(struct peal_device *dev, const char *value);
/* Lets the device pin memory, if it does that; what fails is logged. */
void peal_memory_pin(struct peal_device *dev);
/* After the device is gone. */
void peal_memory_unpin(struct peal_device *dev);

/* ---- regions (region.c) ------------------------------------------------------------------- */

struct peal_region {
	struct peal_device *dev;
	struct peal_region *next;
	struct peal_region *root; /* what an alias is part of; NULL: itself */
	unsigned aliases;
	uint8_t *memory; /* NULL: in the device's */
	uint64_t bytes, bus;
	uint16_t handle, tenant;
	uint32_t access;
	uint8_t place;		/* enum peal_place */
	bool valid;		/* the table entry is */
	struct peal_memory own; /* base NULL: the caller's memory, or an alias */
};

/* At close, after the device is gone: frees every region and its memory. */
void peal_regions_free(struct peal_device *dev);
/* At close, before the device goes: takes every region off the bus. */
void peal_regions_unplug(struct peal_device *dev);

/* ---- queues (publish.c, reap.c, lifecycle.c) ------------------------------------------------ */

struct peal_life {
	/* Since ENABLE from DISABLED. */
	uint64_t published, taken, silent, cancelled, aborted;
};

/* A completion that the bus refused, from the event log. */
struct peal_refused {
	uint16_t cq_index;
	uint64_t words[PEAL_COMP_WORDS];
};

struct peal_queue {
	/* submit */
	_Alignas(PEAL_APART) uint64_t *sq; /* each queue has a thread of its own */
	uint32_t sq_mask, tail; /* tail: behind the last published */
	uint32_t goal;		/* CQ index behind the completion of the last published */
	uint8_t sq_log2, cq_log2;
	bool due;      /* a doorbell is */
	bool suppress; /* the device's sq_event says when */
	bool polled;   /* the device looks at the slots by itself */
	bool matched;  /* CQ index = SQ index */
	bool enabled;  /* as far as the host knows */
	bool stopping; /* a STOP is out; nothing may follow it */
	bool failed;   /* in ERROR */
	bool require_crc;
	uint16_t refused_flags; /* of the mode: BAD_FLAGS, so a STOP with them stops nothing */
	uint32_t stop_index;
	struct peal_host_line *host_line;

	/* poll */
	uint64_t *cq;
	uint32_t cq_mask, cq_head, credited;
	uint32_t head;	/* oldest index without an outcome */
	uint32_t ahead; /* outcomes in [head, tail): order NONE */
	uint32_t scan;	/* MATCHED and NONE: where the last look ended, from head on */
	uint64_t *got;	/* order NONE: a bit for each SQ slot whose outcome came; else NULL */
	uint32_t side_count, side_first; /* completions taken off, not yet delivered */
	struct peal_completion *side;	 /* a ring of 2^sq_log2 */
	struct peal_device_line *device_line;
	uint32_t epoch;
	unsigned empty_polls;
	unsigned rested; /* polls that looked at nothing, to let the device get ahead */
	bool caught_up;	 /* the last look found some, but less than was asked for */
	bool listened;	 /* it has an eventfd: who was woken finds what there is */
	bool closed;	 /* nothing at or past `final` was or will be accepted */
	bool broken;	 /* a completion broke the contract: the CQ is not read on */
	bool cut;	 /* the lease expired: what is missing below `final` never comes */
	unsigned leases; /* that had expired when this life began */
	uint32_t final;
	atomic_uint refused_count; /* written with the lock, read without to see whether it is 0 */
	unsigned refused_room;
	uint32_t refused_all; /* in this life; refused_lock */
	struct peal_refused *refused;

	/* cold below */
	struct peal_device *dev;
	unsigned id;
	uint32_t doorbell; /* register */
	bool live;	   /* was enabled and has not been DISABLED since */
	bool orphan;	   /* destroyed, but the device never let go of its memory */
	uint32_t sq_start, cq_start;
	struct peal_region *sq_region, *cq_region;
	uint64_t published, reaped, silent, cancelled, doorbells, full;
	unsigned turns; /* of the command that waits */
	uint32_t mode;	/* register MODE */
	struct peal_life life;
};

static inline uint32_t peal_queue_slots(const struct peal_queue *q)
{
	return q->sq_mask + 1;
}

/* A word of a line, under the queue's epoch. */
static inline uint64_t peal_queue_word(const struct peal_queue *q, uint32_t value)
{
	return (uint64_t)q->epoch << 32 | value;
}

/* The device's line, if it was written in this epoch, says that the queue is in ERROR. */
bool peal_queue_says_error(const struct peal_queue *q);

/* publish.c */
int peal_queue_ring(struct peal_queue *q);	       /* doorbell, if one is due */
int peal_queue_ring_now(struct peal_queue *q);	       /* doorbell, asked for or not */
int peal_queue_credit(struct peal_queue *q, bool all); /* credit, if due, or all there is */
int peal_queue_credit_share(struct peal_queue *q);     /* if due, and worth while */

/* reap.c: the parts of poll that the life cycle needs too. */
int peal_queue_to_side(struct peal_queue *q);	      /* takes what is on the CQ aside */
void peal_queue_settle(struct peal_queue *q);	      /* after close: makes what is missing */
void peal_queue_forget_refused(struct peal_queue *q); /* a new life begins */
void peal_queue_dead(struct peal_queue *q);	      /* the same for a dead device */
int peal_queue_look(struct peal_queue *q);	      /* reads the state, notices ERROR */
int peal_queue_silence(struct peal_queue *q);	      /* counts silent successes that are over */
int peal_queue_refuse(struct peal_queue *q, const struct peal_event *e); /* from the event log */

/* lifecycle.c: at close, first disables a queue, then, after the device is gone, frees it. */
int peal_queue_shut(struct peal_queue *q);
void peal_queue_free(struct peal_queue *q);

/* The table path of peal_crc32c, for its test. */
uint32_t peal_crc32c_table(uint32_t seed, const void *data, size_t bytes);

#endif
