/* SPDX-License-Identifier: MIT */
/*
 * peal.h - libpeal: submit 64-byte descriptors to a device, reap completions.
 *
 *	peal_open("rtl", NULL, &dev);
 *	peal_region_alloc(dev, &(struct peal_region_opts){ .bytes = 4096 }, &src);
 *	peal_queue_create(dev, &(struct peal_queue_opts){ .sq_log2 = 6 }, &q);
 *	peal_prep_copy(&d, cookie, peal_at(src, 0), peal_at(dst, 0), 4096);
 *	peal_submit(q, &d, 1);
 *	peal_wait(q, &c, 1, 1000000000);
 *
 * Conventions. Functions return 0 or a count, or a negative errno; "not now"
 * is -EAGAIN, a value and not an error. Nothing is printed: peal_error() holds
 * the text of the last failure, and the log callback gets the rest. Handles are
 * opaque. Lengths are bytes, time is nanoseconds, indices are free-running.
 *
 * Threads. A queue belongs to one thread at a time (one producer, one
 * consumer, which may be the same); different queues may be used by different
 * threads. Functions on a device may be called from any thread. prep functions
 * write the caller's memory and may be called from anywhere.
 *
 * Time. In lockstep (default) a simulated device advances only inside
 * peal_submit on a full ring, peal_poll, peal_wait and the functions that wait
 * for the device; each by `quantum` steps at a time. Runs repeat exactly. With
 * `threaded` the device runs in a thread of its own.
 */
#ifndef PEAL_H
#define PEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <peal/contract.h>
#include <peal/device.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PEAL_VERSION_STRING "0.1.0"

struct peal_device;
struct peal_region;
struct peal_queue;

/* ---- devices ------------------------------------------------------------ */

struct peal_open_opts {
	const char *params;  /* "seed=7,latency=10", for the device; numa=N is libpeal's, and
				pinned=SIZE where the device pins memory; NULL: none */
	bool threaded;	     /* the device runs in a thread of its own */
	uint32_t quantum;    /* lockstep: most steps of one advance; 0 is 64 */
	uint64_t timeout_ns; /* bound of commands and register waits; 0 is 10 s */
	uint32_t lease;	     /* threaded: heartbeat, in device cycles; 0: none; see below */
	peal_log_fn log;     /* NULL: no log */
	void *log_ctx;
};

/*
 * With a lease the device stops all use of memory when it has not heard from
 * this process for so many of its cycles (contract C7.25). A thread of libpeal
 * renews it four times in the time that it lasts at the device's nominal clock
 * (CLOCK_KHZ; 1 MHz for a device without one), though no more than once a
 * millisecond, so it should be some milliseconds long. Simulated devices are
 * slower than their nominal clock, which makes the lease longer. In lockstep time
 * passes only inside libpeal, so it is -EINVAL there. When it expires all the
 * same, every queue is in ERROR, and what has no completion is delivered as
 * ABORTED (accepted) or CANCELLED, marked by_host.
 */

/*
 * Opens a device by name ("ref", "rtl", ...) or by the path of a plug-in (a
 * name with a '/'). Checks magic, contract hash and ABI. `opts` may be NULL.
 * 0; -ENOENT no such device; -EOPNOTSUPP it cannot run here, or has no lease; -EPROTO it speaks
 * another contract; -EINVAL bad parameter, or a path that does not load; -EBUSY another device
 * of this process has the hardware; -ENOMEM.
 * On failure *out is NULL and peal_error(NULL) tells why (per thread).
 */
int peal_open(const char *name, const struct peal_open_opts *opts, struct peal_device **out);

/*
 * Closes a device: disables its queues, unmaps its regions, frees everything.
 * Queue and region handles are dead afterwards. NULL is allowed.
 */
void peal_close(struct peal_device *dev);

/* Text of the last failure on the device (NULL: of peal_open in this thread); never NULL. */
const char *peal_error(const struct peal_device *dev);

/* The name it was opened by. */
const char *peal_device_name(const struct peal_device *dev);

/* What the device says of itself; read once at open. */
struct peal_device_info {
	uint32_t kind;	       /* enum peal_kind */
	uint32_t build;	       /* git hash, 32 bits */
	uint64_t contract;     /* contract hash */
	uint32_t clock_khz;    /* 0: no clock */
	uint32_t clauses;      /* PEAL_CAP_* bits */
	uint32_t opcodes[8];   /* 256-bit opcode map */
	uint32_t ring_log2_min, ring_log2_max;
	uint32_t queues, regions, doorbell_stride;
	bool free_running;     /* it runs by itself: neither lockstep nor a thread of libpeal */
	bool memory;	       /* it has memory of its own (PEAL_PLACE_DEVICE) */
};
void peal_device_info(const struct peal_device *dev, struct peal_device_info *info);

/* Reads all device counters (enum peal_counter) at one instant. 0 or negative errno. */
int peal_device_counters(struct peal_device *dev, uint64_t counters[PEAL_COUNTERS]);

/* Hash over all bus events so far, 0 if the device keeps none. */
uint64_t peal_device_trace_hash(struct peal_device *dev);

/* One entry of the device's event log. */
struct peal_event {
	uint32_t code; /* enum peal_event_code */
	uint32_t queue;
	uint32_t w1, w2, w3, w4;
};

/*
 * Takes up to `max` events, oldest first. Returns how many, or negative errno.
 * libpeal empties the device's log itself where it looks for completions that the
 * bus refused, and keeps the last 256 events for this call; what it had to drop
 * is logged.
 */
int peal_events(struct peal_device *dev, struct peal_event *events, unsigned max);

/* Registers, for tests and tools; the driver's own use goes on undisturbed. 0 or negative errno. */
int peal_reg_read(struct peal_device *dev, uint32_t offset, uint32_t *value);
int peal_reg_write(struct peal_device *dev, uint32_t offset, uint32_t value);

/*
 * Advances a lockstep device by at most `steps`; 1 busy, 0 idle, negative errno.
 * A device that runs by itself gets the time that they last (100 ns each where it has
 * no clock), and is then asked whether it is busy.
 */
int peal_advance(struct peal_device *dev, uint64_t steps);

/* The backends this build knows: calls fn for each, `why` is NULL if it can run here. */
typedef void (*peal_backend_fn)(void *ctx, const char *name, const char *summary, const char *why);
void peal_backends(peal_backend_fn fn, void *ctx);

/* ---- regions ------------------------------------------------------------- */

struct peal_region_opts {
	uint64_t bytes;	    /* 1 to 2^40 - 1 */
	uint32_t access;    /* PEAL_ACCESS_READ | PEAL_ACCESS_WRITE of the device; 0 is both */
	uint16_t tenant;
	uint16_t bus_skew;  /* 0 to 4095: the bus address starts this far behind a 4 KiB boundary */
	uint8_t place;	    /* enum peal_place */
};

#define PEAL_ACCESS_READ 1u
#define PEAL_ACCESS_WRITE 2u

/* Where the bytes of a region lie. Descriptors do not see the difference (contract C3.13). */
enum peal_place {
	PEAL_PLACE_HOST,
	PEAL_PLACE_DEVICE, /* the device's own memory, which the host cannot address */
};

/*
 * Allocates zeroed memory and registers it: huge pages and the device's NUMA
 * node where there are any, else ordinary pages (the log says so). 0, -EINVAL,
 * -ENOMEM, -ENOSPC when the region table or the device's own memory is full,
 * -EOPNOTSUPP when it has none.
 */
int peal_region_alloc(struct peal_device *dev, const struct peal_region_opts *opts,
		      struct peal_region **out);

/* Registers memory of the caller, which outlives the region (place: HOST). Errors as above. */
int peal_region_map(struct peal_device *dev, void *memory, const struct peal_region_opts *opts,
		    struct peal_region **out);

/*
 * A second handle on opts->bytes bytes of `of` from `offset` on, with rights
 * and tenant of its own and the same bus addresses. `of` must outlive it.
 * (bus_skew and place are ignored.) -ERANGE past the end of `of`.
 */
int peal_region_alias(struct peal_region *of, uint64_t offset, const struct peal_region_opts *opts,
		      struct peal_region **out);

/*
 * Invalidates the handle, waits until no accepted descriptor uses it, then
 * unregisters and, if libpeal allocated it, frees the memory. 0; -EBUSY when
 * the wait ran out or an alias is left: the memory stays mapped, the handle
 * stays invalid, call again.
 */
int peal_region_unmap(struct peal_region *region);

/*
 * Copies bytes of a region, wherever it lies, to and from memory of the caller. What
 * is read is as the completions that were reaped say; what is written is there for all
 * that is published after the return. Takes no notice of the device's rights. 0; -ERANGE
 * past the end of the region; -ENODEV the device is gone, and its memory with it.
 */
int peal_region_read(struct peal_region *region, uint64_t offset, void *to, uint64_t bytes);
int peal_region_write(struct peal_region *region, uint64_t offset, const void *from,
		      uint64_t bytes);

/* The bytes of a region in host memory; NULL for one that lies in the device's. */
void *peal_region_memory(const struct peal_region *region);
enum peal_place peal_region_place(const struct peal_region *region);
uint64_t peal_region_bytes(const struct peal_region *region);
uint64_t peal_region_bus(const struct peal_region *region);
uint16_t peal_region_handle(const struct peal_region *region);

/* An operand: a region handle and an offset, as descriptors carry it. */
struct peal_operand {
	uint16_t region;
	uint64_t offset;
};
static inline struct peal_operand peal_operand(uint16_t region, uint64_t offset)
{
	struct peal_operand operand = { region, offset };
	return operand;
}
struct peal_operand peal_at(const struct peal_region *region, uint64_t offset);

/* ---- queues ----------------------------------------------------------------- */

struct peal_queue_opts {
	uint8_t sq_log2;      /* log2 of the submission slots; 0 is 8 */
	uint8_t cq_log2;      /* log2 of the completion slots; 0 is sq_log2 */
	uint8_t order;	      /* enum peal_order */
	bool matched;	      /* MATCHED placement; cq_log2 is sq_log2, or 0 */
	bool require_crc;     /* refuse descriptors without the CRC flag */
	bool fences;	      /* NONE queues: allow FENCE */
	bool suppress;	      /* rung only when the device asks for it, which may sleep meanwhile; a
				 polled device without that is never rung, and sets this aside */
	bool disabled;	      /* create, but do not ENABLE */
	uint16_t tenant;      /* of the queue: what its descriptors may touch */
	uint32_t sq_start, cq_start; /* first indices; rings wrap at 2^32 anyway */
};

enum peal_order { PEAL_ORDER_FIFO, PEAL_ORDER_ACTOR, PEAL_ORDER_NONE };

/*
 * Creates a queue pair on a free queue of the device, allocates its rings and
 * enables it. 0; -EINVAL bad sizes, or unequal ones with `matched`; -ENOSPC no queue left; -EOPNOTSUPP a clause
 * the device lacks; -ENOMEM; -ETIME, -EIO, -ENODEV the device.
 */
int peal_queue_create(struct peal_device *dev, const struct peal_queue_opts *opts,
		      struct peal_queue **out);

/* Disables the queue if need be and frees it; what was not reaped is lost. NULL is allowed. */
void peal_queue_destroy(struct peal_queue *q);

/* Number of the queue on its device. */
unsigned peal_queue_id(const struct peal_queue *q);

/*
 * Publishes up to n descriptors, in order, with one doorbell. Tags are put in
 * on the way and, where the CRC flag is set and the crc field is zero, the CRC
 * (a crc that is there goes out as it is); `descs` is not changed.
 * Returns how many went in (at least 1); -EAGAIN when the ring is full (nothing
 * lost; in lockstep the device advanced); -ESHUTDOWN behind a STOP or on a queue
 * that is not ENABLED; -EIO the queue is in ERROR; -ENODEV the device is gone.
 * A device may wait for completion slots that are given back in shares: who waits for
 * anything but an event (peal_queue_eventfd) or completions calls peal_poll meanwhile.
 */
int peal_submit(struct peal_queue *q, const struct peal_desc *descs, unsigned n);

/* A completion, decoded. */
struct peal_completion {
	uint64_t result;
	uint32_t sq_index; /* full index, rebuilt from its low 16 bits */
	uint32_t cookie;
	uint8_t status;	   /* enum peal_status */
	bool by_host;	   /* CANCELLED, or ABORTED for a dead device or an expired lease */
};

/*
 * Takes up to n completions and returns their slots to the device: oldest first
 * in queues of order FIFO and ACTOR, as they came in order NONE, in any order in a
 * NONE queue with MATCHED placement. Successes with SILENT are never delivered; a
 * completion that the bus refused is, from the event log. In lockstep the device
 * advances first, if nothing is there. Returns how many (0: none now), -EPROTO when a
 * completion breaks the contract (one out of order, of an index that is not outstanding, or a
 * second one), -ENODEV when the device is gone and nothing is left to reap.
 *
 * On a device that runs by itself, when the last call found some, but less than it asked for,
 * though three quarters of the ring (256 at least) are outstanding, up to 32 calls may return 0
 * with completions there, to let the device get ahead; in a queue with an eventfd none does.
 */
int peal_poll(struct peal_queue *q, struct peal_completion *completions, unsigned n);

/*
 * Like peal_poll, but waits until n completions are there. Returns n, or fewer
 * if nothing more is outstanding (0 when only silent ones were); -ETIME after
 * `timeout_ns` with nothing reaped, else what was reaped. Then peal_error says why:
 * the state of the queue, indices and credit as the device has them, the last event
 * of its log and what it says it waits for.
 */
int peal_wait(struct peal_queue *q, struct peal_completion *completions, unsigned n,
	      uint64_t timeout_ns);

/* Published and not yet reaped; silent successes count until libpeal knows of them. */
unsigned peal_queue_outstanding(const struct peal_queue *q);

/*
 * Life cycle. Each waits (bounded by the device's timeout) and returns 0;
 * -EBUSY, -EINVAL (not legal in this state), -EOPNOTSUPP, -ETIME, -EIO, -ENODEV.
 *
 * drain    all that is published completes; the queue is DRAINED. The
 *          completion ring must have room for it, or the call reaps into a
 *          side buffer that peal_poll delivers from first.
 * enable   a DRAINED queue goes on; a DISABLED one starts anew.
 * disable  nothing more is accepted; what was accepted completes; what was
 *          published and not accepted is delivered as CANCELLED by peal_poll.
 * abort    the same, and what was accepted ends as soon as it can, ABORTED if it
 *          had to be cut off. Then only reset, disable and destroy are legal.
 * reset    as abort, then DISABLED with a new epoch.
 *
 * Completions that the device wrote meanwhile are kept, and poll delivers them
 * first; then what was never accepted, as CANCELLED and by_host. Each index comes
 * once, but for silent successes.
 */
int peal_queue_drain(struct peal_queue *q);
int peal_queue_enable(struct peal_queue *q);
int peal_queue_disable(struct peal_queue *q);
int peal_queue_abort(struct peal_queue *q);
int peal_queue_reset(struct peal_queue *q);

/* State of the queue as the device has it (enum peal_queue_state), or negative errno. */
int peal_queue_state(struct peal_queue *q);

/*
 * An eventfd that becomes readable behind outcomes of descriptors with the flag
 * EVENT; made by the first call, closed with the queue. In lockstep it is written
 * when the device advances. -EOPNOTSUPP the device has no events; -EMFILE, ...
 * For whoever polls the queue, or any thread that only reads the descriptor.
 */
int peal_queue_eventfd(struct peal_queue *q);

/*
 * What both sides counted; see contract 7, "exactly once". The host's are of all
 * lives of the queue, the device's of this one.
 */
struct peal_queue_counters {
	uint64_t published, reaped, cancelled, doorbells; /* host */
	uint64_t silenced;	/* host: successes that SILENT kept back */
	uint64_t full;		/* submits that found the ring full */
	uint64_t accepted, completed, silent, undelivered, in_flight; /* device */
	uint64_t db_taken, db_rejected, db_invalid, refetched, events;
	uint32_t epoch, state;
};
int peal_queue_counters(struct peal_queue *q, struct peal_queue_counters *counters);

/*
 * Checks the law of contract 7 on a quiet queue: device and host counters
 * agree. 0, or -EPROTO and peal_error names the figures that differ.
 */
int peal_queue_audit(struct peal_queue *q);

/* Raw slots, for tests and tools: the memory of SQ slot `index`. Use with care. */
uint64_t *peal_queue_sq_slot(struct peal_queue *q, uint32_t index);
uint32_t peal_queue_sq_tail(const struct peal_queue *q);

/* ---- descriptors ---------------------------------------------------------------- */

/*
 * prep functions fill *d completely (tags and CRC excepted) and check nothing:
 * the device does, and answers with a typed status. Flags are added by
 * peal_desc_flags, the actor by peal_desc_actor.
 */
void peal_prep_nop(struct peal_desc *d, uint32_t cookie);
void peal_prep_echo(struct peal_desc *d, uint32_t cookie, const uint64_t payload[5]);
void peal_prep_stop(struct peal_desc *d, uint32_t cookie);
void peal_prep_copy(struct peal_desc *d, uint32_t cookie, struct peal_operand src,
		    struct peal_operand dst, uint32_t bytes);
void peal_prep_fill(struct peal_desc *d, uint32_t cookie, struct peal_operand dst, uint32_t bytes,
		    uint32_t pattern);
void peal_prep_compare(struct peal_desc *d, uint32_t cookie, struct peal_operand first,
		       struct peal_operand second, uint32_t bytes);
void peal_prep_crc32c(struct peal_desc *d, uint32_t cookie, struct peal_operand src, uint32_t bytes,
		      uint32_t seed);
void peal_prep_copy_crc(struct peal_desc *d, uint32_t cookie, struct peal_operand src,
			struct peal_operand dst, uint32_t bytes, uint32_t seed);
void peal_prep_prefill(struct peal_desc *d, uint32_t cookie, struct peal_operand record,
		       struct peal_operand context, uint32_t bytes);
void peal_prep_decode(struct peal_desc *d, uint32_t cookie, struct peal_operand record,
		      struct peal_operand tokens, uint32_t most);
void peal_prep_reward(struct peal_desc *d, uint32_t cookie, struct peal_operand record,
		      struct peal_operand tokens, uint32_t bytes, bool finish);
/*
 * Of SILENT successes libpeal learns when a later completion comes (FIFO and ACTOR)
 * or when nothing of the queue is in flight, for which it reads registers. So a
 * ring full of silent descriptors is free again when the device has done them all:
 * one without SILENT in every half ring keeps a stream going.
 */
void peal_desc_flags(struct peal_desc *d, uint32_t flags);
void peal_desc_actor(struct peal_desc *d, uint32_t actor);

/* CRC32C (iSCSI): chains as a seed; peal_crc32c(0, "123456789", 9) == 0xe3069283. */
uint32_t peal_crc32c(uint32_t seed, const void *data, size_t bytes);

/* CRC32C of a descriptor's payloads with its crc field zero. */
uint32_t peal_desc_crc(const struct peal_desc *d);

#ifdef __cplusplus
}
#endif
#endif
