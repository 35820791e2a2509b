/* SPDX-License-Identifier: MIT */
/*
 * device.c - the cuda device from outside: parameters, memory, life cycle.
 *
 * Registers are the register front's (runtime/front), in host memory. What only
 * the GPU knows of a queue is asked for when a register of it is read; commands,
 * region table and credit go down to the kernel (engine.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <peal/device.h>

#include "front.h"
#include "engine.h"
#include "arena.h"
#include "size.h"
#include "ring.h"

#define ARENA_BYTES (UINT64_C(256) << 20)
#define SPLIT_BYTES 32768
#define FAR_MOVERS 64 /* warps that keep the link busy; more would only stand in the queues' way */
#define CMD_TIMEOUT UINT32_MAX
#define CUT_OFF_STEPS 10000000 /* a second */
#define STEP_NS 100	       /* a device without cycles: libpeal counts 10 steps a microsecond */

#define CLAUSES \
	((PEAL_CAPS_V1 & ~(uint32_t)PEAL_CAP_INDEXED) | PEAL_CAP_POLLED)

struct range {
	uint64_t bus, bytes;
	uint64_t address; /* of the GPU, which has the host's for host memory */
	bool own;	  /* the GPU's memory */
};

struct queue {
	struct front_queue front;
	bool attached; /* the kernel serves it */
	const uint64_t *cq; /* its completion ring, of 2^cq_log2 slots; NULL: not in host memory */
	uint32_t cq_log2;
	struct cuda_totals totals;
	uint32_t tables;    /* invalidations that nothing in flight is older than */
	bool busy, pending; /* `pending`: an end waits for what is at work */
};

struct cuda_device {
	struct front_device front;
	struct cuda_engine *engine;
	peal_log_fn log;
	void *log_ctx;
	int gpu;
	int dead;	    /* negative errno once the GPU is lost */
	uint64_t lease_end; /* step; 0: no lease runs */
	uint32_t expired;   /* leases that have expired and are logged */
	bool lease_expired;
	struct range *ranges;
	size_t range_count;
	struct front_event held[1]; /* host memory refuses no completion */
	struct queue queues[FRONT_QUEUES_MAX];
};

static struct cuda_device *device_of(const struct front_device *front)
{
	return (struct cuda_device *)front;
}

static struct queue *queue_of(const struct front_queue *q)
{
	return (struct queue *)q;
}

/* ---- the GPU is lost -------------------------------------------------------------- */

static void say(const struct cuda_device *dev, enum peal_log_level level, const char *text)
{
	if (dev->log)
		dev->log(dev->log_ctx, level, text);
}

/* Takes note of an error of the engine; the first one that is for good is said once. */
static bool failed(struct cuda_device *dev, int err)
{
	if (err == -ENODEV && !dev->dead) {
		dev->dead = err;
		say(dev, PEAL_LOG_ERROR, cuda_engine_why(dev->engine));
	}
	return err;
}

static uint64_t now(const struct front_device *front)
{
	struct timespec t;

	(void)front;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec) / STEP_NS;
}

/* ---- what the kernel says of a queue ------------------------------------------------- */

static void take_status(struct queue *q, const struct cuda_status *s)
{
	struct front_queue *f = &q->front;

	f->state = (enum peal_queue_state_code)s->state;
	if (f->epoch != s->epoch)
		f->cq_head = 0;
	f->epoch = s->epoch;
	/* Polled publication knows no tail but what it has accepted. */
	f->sq_head = f->sq_tail = s->sq_head;
	f->cq_tail = s->cq_tail;
	if (front_mode(f, FRONT_MODE_MATCHED) && f->state != PEAL_Q_DISABLED)
		f->cq_head = front_config(f, PEAL_QREG_SQ_START);
	f->accepted = s->accepted;
	f->completed = s->completed;
	f->silent = s->silent;
	f->undelivered = s->undelivered;
	f->events = s->events;
	f->in_flight = s->accepted - s->completed - s->silent - s->undelivered;
	q->totals = s->totals;
	q->tables = s->tables;
	q->busy = s->busy || s->pending;
	q->pending = s->pending;
	q->attached = f->state != PEAL_Q_DISABLED;
}

static void look(struct cuda_device *dev, struct queue *q)
{
	struct cuda_status status;

	if (q->attached && !dev->dead &&
	    !failed(dev, cuda_engine_look(dev->engine, q->front.number, &status)))
		take_status(q, &status);
}

/* The kernel counts the leases that expired; the log is here. */
static bool log_expired(struct cuda_device *dev, uint32_t expired)
{
	bool news = expired != dev->expired;

	if (news)
		front_log(&dev->front, PEAL_EVENT_LEASE, PEAL_NO_QUEUE, 0, 0, 0);
	dev->expired = expired;
	return news;
}

static void notice_lease(struct cuda_device *dev)
{
	if (!log_expired(dev, cuda_engine_expired(dev->engine)))
		return;
	dev->lease_end = 0;
	dev->lease_expired = true;
}

static void refresh(struct front_device *front, struct front_queue *f)
{
	struct cuda_device *dev = device_of(front);
	uint64_t *c = front->counters;

	if (f) {
		look(dev, queue_of(f));
		return;
	}
	notice_lease(dev);
	c[PEAL_CTR_ACCEPTED] = c[PEAL_CTR_COMPLETED] = c[PEAL_CTR_SILENT] = 0;
	c[PEAL_CTR_UNDELIVERED] = 0;
	for (uint32_t i = 0; i < front->queue_count; i++) {
		struct queue *q = &dev->queues[i];

		look(dev, q);
		c[PEAL_CTR_ACCEPTED] += q->totals.accepted;
		c[PEAL_CTR_COMPLETED] += q->totals.completed;
		c[PEAL_CTR_SILENT] += q->totals.silent;
		c[PEAL_CTR_UNDELIVERED] += q->totals.undelivered;
	}
}

/* ---- commands -------------------------------------------------------------------------- */

/* The GPU's address of a range on the bus; 0 when memory is missing or not aligned like the bus. */
static uint64_t address_of(const struct cuda_device *dev, uint64_t bus, uint64_t bytes)
{
	for (size_t i = 0; i < dev->range_count; i++) {
		const struct range *r = &dev->ranges[i];
		uint64_t address = r->address + (bus - r->bus);

		if (bus >= r->bus && bus - r->bus <= r->bytes && bytes <= r->bytes - (bus - r->bus))
			return address % PEAL_LINE_BYTES ? 0 : address;
	}
	return 0;
}

/* The GPU's address of a range of its own memory; 0: there is no such. */
static uint64_t own_address(const struct cuda_device *dev, uint64_t bus, uint64_t bytes)
{
	for (size_t i = 0; i < dev->range_count; i++) {
		const struct range *r = &dev->ranges[i];

		if (r->own && bus >= r->bus && bus - r->bus <= r->bytes &&
		    bytes <= r->bytes - (bus - r->bus))
			return r->address + (bus - r->bus);
	}
	return 0;
}

static int enable(struct cuda_device *dev, struct queue *q)
{
	struct front_queue *f = &q->front;
	struct cuda_queue_config config = {
		.sq = address_of(dev, f->sq_bus, (uint64_t)PEAL_DESC_BYTES << front_sq_log2(f)),
		.cq = address_of(dev, f->cq_bus, (uint64_t)PEAL_COMP_BYTES << front_cq_log2(f)),
		.device_line = address_of(dev, f->line_bus, PEAL_LINE_BYTES),
		.sq_log2 = front_sq_log2(f),
		.cq_log2 = front_cq_log2(f),
		.mode = front_config(f, PEAL_QREG_MODE),
		.tenant = front_config(f, PEAL_QREG_TENANT),
		.sq_start = front_config(f, PEAL_QREG_SQ_START),
		.cq_start = front_config(f, PEAL_QREG_CQ_START),
		.epoch = f->epoch,
		.resume = f->state == PEAL_Q_DRAINED,
	};
	struct cuda_status status;

	/* A kernel that reads what is not there is lost, so memory that is missing is refused. */
	if (!config.sq || !config.cq || !config.device_line)
		return (!config.sq ? 0 : !config.cq ? 1 : 3) << 8 | PEAL_CMDCODE_RANGE;
	cuda_engine_credit(dev->engine, f->number, f->cq_head);
	if (failed(dev, cuda_engine_start(dev->engine, f->number, &config, &status)))
		return PEAL_CMDCODE_TIMEOUT;
	q->cq = own_address(dev, f->cq_bus, 1) ? NULL : (const uint64_t *)(uintptr_t)config.cq;
	q->cq_log2 = config.cq_log2;
	take_status(q, &status);
	return PEAL_CMDCODE_OK;
}

/* What a command makes of a queue. */
static struct cuda_end end_of(const struct front_queue *f, uint32_t command)
{
	switch (command) {
	case PEAL_CMD_DRAIN:
		return (struct cuda_end){ .drain = 1,
					  .state = PEAL_Q_DRAINING,
					  .final_state = PEAL_Q_DRAINED,
					  .final_epoch = f->epoch,
					  .keep = 1 };
	case PEAL_CMD_ABORT:
		return (struct cuda_end){ .abort = 1,
					  .state = PEAL_Q_ABORTING,
					  .final_state = PEAL_Q_ABORTED,
					  .final_epoch = f->epoch,
					  .keep = 1 };
	case PEAL_CMD_RESET:
		return (struct cuda_end){ .abort = 1,
					  .state = PEAL_Q_ABORTING,
					  .final_state = PEAL_Q_DISABLED,
					  .final_epoch = f->epoch + 1 };
	default:
		return (struct cuda_end){ .state = CUDA_SAME_STATE,
					  .final_state = PEAL_Q_DISABLED,
					  .final_epoch = f->epoch,
					  .keep = 1 };
	}
}

static bool is_there(const struct front_queue *f, uint32_t command)
{
	return (command == PEAL_CMD_DRAIN && f->state == PEAL_Q_DRAINED) ||
	       (command == PEAL_CMD_ABORT && f->state == PEAL_Q_ABORTED);
}

static bool under_way(const struct front_queue *f, uint32_t command)
{
	return (command == PEAL_CMD_DRAIN && f->state == PEAL_Q_DRAINING) ||
	       (command == PEAL_CMD_ABORT && f->state == PEAL_Q_ABORTING);
}

static int start(struct front_device *front, struct front_queue *f, uint32_t command)
{
	struct cuda_device *dev = device_of(front);
	struct queue *q = queue_of(f);
	struct cuda_end end = end_of(f, command);
	struct cuda_status status;

	if (command == PEAL_CMD_ENABLE)
		return enable(dev, q);
	if (is_there(f, command))
		return PEAL_CMDCODE_OK;
	if (!q->attached) {
		if (command == PEAL_CMD_RESET)
			front_new_epoch(f);
		return PEAL_CMDCODE_OK;
	}
	if (under_way(f, command))
		return FRONT_WAIT;
	/* What is at rest has no state on the way. */
	if (f->state == PEAL_Q_ABORTED || f->state == PEAL_Q_DRAINED)
		end.state = CUDA_SAME_STATE;
	if (failed(dev, cuda_engine_end(dev->engine, f->number, &end, &status)))
		return PEAL_CMDCODE_TIMEOUT;
	take_status(q, &status);
	return FRONT_WAIT;
}

static int drained(const struct front_queue *f)
{
	switch (f->state) {
	case PEAL_Q_DRAINED: return PEAL_CMDCODE_OK;
	case PEAL_Q_DRAINING: return FRONT_WAIT;
	default: return PEAL_CMDCODE_BAD_STATE;
	}
}

static int poll(struct front_device *front, struct front_queue *f, uint32_t command)
{
	uint32_t want = command == PEAL_CMD_ABORT ? PEAL_Q_ABORTED : PEAL_Q_DISABLED;

	look(device_of(front), queue_of(f));
	if (queue_of(f)->pending)
		return FRONT_WAIT;
	if (command == PEAL_CMD_DRAIN)
		return drained(f);
	return f->state == want ? PEAL_CMDCODE_OK : FRONT_WAIT;
}

/* The rings are taken away from a queue that runs: it ends at once. */
static void cut_off(struct cuda_device *dev, struct queue *q)
{
	struct cuda_end end = end_of(&q->front, PEAL_CMD_DISABLE);
	uint64_t patience = now(&dev->front) + CUT_OFF_STEPS;
	struct cuda_status status;

	end.abort = 1;
	if (failed(dev, cuda_engine_end(dev->engine, q->front.number, &end, &status)))
		return;
	take_status(q, &status);
	while (q->attached && !dev->dead && now(&dev->front) < patience)
		look(dev, q);
	if (q->attached && !dev->dead) {
		dev->dead = -ENODEV;
		say(dev, PEAL_LOG_ERROR, "a queue does not let go of memory that is unmapped");
	}
}

/* ---- doorbell and credit ------------------------------------------------------------------ */

/* The kernel looks at the slots by itself: a doorbell is counted (C5.11), and wakes (C5.19). */
static void doorbell(struct front_device *front, struct front_queue *f, uint32_t tail)
{
	struct cuda_device *dev = device_of(front);
	struct queue *q = queue_of(f);
	struct cuda_status status;

	(void)tail;
	if (q->attached && !dev->dead &&
	    !failed(dev, cuda_engine_ring(dev->engine, f->number, &status)))
		take_status(q, &status);
	if (f->state == PEAL_Q_ENABLED)
		f->doorbells++;
	else
		f->db_rejected++;
}

static void stop_in_error(struct cuda_device *dev, struct queue *q)
{
	struct cuda_end end = { .state = PEAL_Q_ERROR,
				.final_state = PEAL_Q_ERROR,
				.final_epoch = q->front.epoch,
				.keep = 1 };
	struct cuda_status status;

	uint32_t active = front_active_on(&dev->front, &q->front);

	/* What ends anyway ends as it was told to. */
	if (q->front.state == PEAL_Q_ABORTING || q->front.state == PEAL_Q_ABORTED ||
	    active == PEAL_CMD_ABORT || active == PEAL_CMD_RESET || active == PEAL_CMD_DISABLE)
		return;
	if (!failed(dev, cuda_engine_end(dev->engine, q->front.number, &end, &status)))
		take_status(q, &status);
}

static bool in_bounds(const struct front_queue *f, uint32_t head)
{
	return head - f->cq_head <= f->cq_tail - f->cq_head;
}

/*
 * The tail that a credit up to `head` tells of, if it is true: then the completion before
 * it is there. To ask the kernel would take as long as hundreds of completions.
 */
static uint32_t tail_seen(const struct queue *q, uint32_t head)
{
	const struct front_queue *f = &q->front;
	uint32_t last = head - 1, slots = 1u << q->cq_log2;
	uint64_t words[PEAL_COMP_WORDS];
	const uint64_t *slot;

	if (!q->attached || !q->cq || head - f->cq_tail > slots)
		return f->cq_tail;
	slot = q->cq + (uint64_t)(last & (slots - 1)) * PEAL_COMP_WORDS;
	return peal_comp_take(slot, peal_tag(last, q->cq_log2), words) ? head : f->cq_tail;
}

static void credit(struct front_device *front, struct front_queue *f, uint32_t head)
{
	struct cuda_device *dev = device_of(front);

	if (f->state == PEAL_Q_DISABLED || front_mode(f, FRONT_MODE_MATCHED))
		return;
	if (!in_bounds(f, head))
		f->cq_tail = tail_seen(queue_of(f), head);
	if (!in_bounds(f, head))
		look(dev, queue_of(f));
	if (in_bounds(f, head)) {
		f->cq_head = head;
		cuda_engine_credit(dev->engine, f->number, head);
		return;
	}
	f->db_invalid++;
	front_log(front, PEAL_EVENT_INVALID_CREDIT, f->number, head, f->cq_tail, f->cq_head);
	stop_in_error(dev, queue_of(f));
}

/* ---- region table ---------------------------------------------------------------------------- */

/* How much of [bus, bus + bytes) is mapped, from its start on, and where. */
static uint64_t mapped_from(const struct cuda_device *dev, uint64_t bus, uint64_t bytes,
			    uint64_t *delta, bool *own)
{
	for (size_t i = 0; i < dev->range_count; i++) {
		const struct range *r = &dev->ranges[i];
		uint64_t left;

		if (bus < r->bus || bus - r->bus >= r->bytes)
			continue;
		*delta = r->address - r->bus;
		*own = r->own;
		left = r->bytes - (bus - r->bus);
		return left < bytes ? left : bytes;
	}
	*delta = 0;
	*own = false;
	return 0;
}

static void committed(struct front_device *front, uint32_t index)
{
	struct cuda_device *dev = device_of(front);
	const struct front_region *r = &front->regions[index];
	struct cuda_region entry = {
		.bus = r->bus,
		.bytes = r->bytes,
		.tenant = r->tenant,
		.word = r->generation | (uint32_t)r->read << 8 | (uint32_t)r->write << 9 |
			(uint32_t)r->valid << 31,
	};
	bool own;

	entry.mapped = mapped_from(dev, r->bus, r->bytes, &entry.delta, &own);
	if (own)
		entry.word |= CUDA_REGION_DEVICE;
	failed(dev, cuda_engine_region(dev->engine, index, &entry));
}

static bool rt_busy(const struct front_device *front)
{
	struct cuda_device *dev = device_of(front);

	for (uint32_t i = 0; i < front->queue_count; i++) {
		struct queue *q = &dev->queues[i];

		look(dev, q);
		if (q->attached && !dev->dead && q->tables != cuda_engine_tables(dev->engine))
			return true;
	}
	return false;
}

/* ---- the lease ---------------------------------------------------------------------------- */

static void lease(struct front_device *front, uint32_t steps)
{
	struct cuda_device *dev = device_of(front);

	failed(dev, cuda_engine_lease(dev->engine, (uint64_t)steps * STEP_NS));
	log_expired(dev, cuda_engine_renewed(dev->engine)); /* the one before */
	dev->lease_expired = false;
	dev->lease_end = steps ? now(front) + steps : 0;
	notice_lease(dev); /* this one, if it was as short as that */
}

static uint32_t lease_left(const struct front_device *front)
{
	const struct cuda_device *dev = device_of(front);
	uint64_t t = now(front);

	return dev->lease_end > t ? (uint32_t)(dev->lease_end - t) : 0;
}

static uint32_t lease_status(const struct front_device *front)
{
	struct cuda_device *dev = device_of(front);

	notice_lease(dev);
	return (dev->lease_end ? FRONT_LEASE_RUNS : 0) |
	       (dev->lease_expired ? FRONT_LEASE_EXPIRED : 0);
}

static const struct front_hooks hooks = {
	.now = now,
	.refresh = refresh,
	.doorbell = doorbell,
	.credit = credit,
	.start = start,
	.poll = poll,
	.lease = lease,
	.lease_left = lease_left,
	.lease_status = lease_status,
	.committed = committed,
	.rt_busy = rt_busy,
};

/* ---- the device interface
 * ------------------------------------------------------------------------ */

static int cuda_reg_read(void *ctx, uint32_t offset, uint32_t *value)
{
	struct cuda_device *dev = ctx;

	*value = front_read(&dev->front, offset);
	return dev->dead;
}

static int cuda_reg_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct cuda_device *dev = ctx;

	front_write(&dev->front, offset, value);
	return dev->dead;
}

/* Room for one more range. 0 or negative errno. */
static int make_room(struct cuda_device *dev)
{
	struct range *ranges;

	if (dev->dead)
		return dev->dead;
	ranges = realloc(dev->ranges, (dev->range_count + 1) * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	dev->ranges = ranges;
	return 0;
}

static int cuda_map(void *ctx, uint64_t bus, void *host, uint64_t bytes)
{
	struct cuda_device *dev = ctx;
	uint64_t address = (uint64_t)(uintptr_t)host;
	int err = make_room(dev);

	if (!err)
		err = cuda_engine_map(dev->engine, host, bytes);
	if (failed(dev, err))
		return err;
	dev->ranges[dev->range_count++] = (struct range){ bus, bytes, address, false };
	return 0;
}

static int cuda_pin(void *ctx, void *host, uint64_t bytes)
{
	struct cuda_device *dev = ctx;

	return cuda_engine_pin(dev->engine, host, bytes);
}

/* Bus and GPU address agree within a page, as for host memory. */
static uint64_t skew(uint64_t bus)
{
	return bus % ARENA_PAGE;
}

static int cuda_memory_alloc(void *ctx, uint64_t bus, uint64_t bytes)
{
	struct cuda_device *dev = ctx;
	uint64_t address;
	int err = make_room(dev);

	if (!err)
		err = cuda_engine_alloc(dev->engine, bytes + skew(bus), &address);
	if (failed(dev, err))
		return err;
	dev->ranges[dev->range_count++] =
		(struct range){ bus, bytes, address + skew(bus), true };
	return 0;
}

static int cuda_memory_read(void *ctx, uint64_t bus, void *to, uint64_t bytes)
{
	struct cuda_device *dev = ctx;
	uint64_t address = own_address(dev, bus, bytes);
	int err = dev->dead ? dev->dead : !address ? -EFAULT : 0;

	if (!err)
		err = cuda_engine_read(dev->engine, to, address, bytes);
	failed(dev, err);
	return err;
}

static int cuda_memory_write(void *ctx, uint64_t bus, const void *from, uint64_t bytes)
{
	struct cuda_device *dev = ctx;
	uint64_t address = own_address(dev, bus, bytes);
	int err = dev->dead ? dev->dead : !address ? -EFAULT : 0;

	if (!err)
		err = cuda_engine_write(dev->engine, address, from, bytes);
	failed(dev, err);
	return err;
}

static bool within(const struct range *r, uint64_t bus)
{
	return bus >= r->bus && bus - r->bus < r->bytes;
}

/* A kernel that reads what is not there is lost, so nobody may use the range any more. */
static void let_go(struct cuda_device *dev, const struct range *r)
{
	for (uint32_t i = 0; i < dev->front.queue_count; i++) {
		struct queue *q = &dev->queues[i];

		if (q->attached && (within(r, q->front.sq_bus) || within(r, q->front.cq_bus) ||
				    within(r, q->front.line_bus)))
			cut_off(dev, q);
	}
	for (uint32_t i = 0; i < dev->front.region_count && !dev->dead; i++)
		if (dev->front.regions[i].valid && within(r, dev->front.regions[i].bus))
			committed(&dev->front, i);
}

static int take_away(struct cuda_device *dev, const struct range *r)
{
	if (r->own)
		return cuda_engine_free(dev->engine, r->address - skew(r->bus));
	return cuda_engine_unmap(dev->engine, (void *)(uintptr_t)r->address, r->bytes);
}

static int cuda_unmap(void *ctx, uint64_t bus)
{
	struct cuda_device *dev = ctx;

	for (size_t i = 0; i < dev->range_count; i++) {
		struct range r = dev->ranges[i];

		if (r.bus != bus)
			continue;
		dev->ranges[i] = dev->ranges[--dev->range_count];
		let_go(dev, &r);
		if (!dev->dead)
			failed(dev, take_away(dev, &r));
		return dev->dead;
	}
	return -ENOENT;
}

static int cuda_settle(void *ctx)
{
	struct cuda_device *dev = ctx;
	bool busy = false;

	front_command_tick(&dev->front);
	for (uint32_t i = 0; i < dev->front.queue_count; i++) {
		struct queue *q = &dev->queues[i];

		look(dev, q);
		busy |= q->attached && (q->busy || q->front.in_flight);
	}
	return dev->dead ? dev->dead : busy || front_active(&dev->front);
}

static uint64_t cuda_raises(void *ctx, uint32_t queue)
{
	return cuda_engine_raises(((struct cuda_device *)ctx)->engine, queue);
}

static int cuda_explain(void *ctx, char *buf, size_t len)
{
	struct cuda_device *dev = ctx;

	if (dev->dead)
		return snprintf(buf, len, "cuda: %s", cuda_engine_why(dev->engine));
	for (uint32_t i = 0; i < dev->front.queue_count; i++) {
		struct queue *q = &dev->queues[i];

		look(dev, q);
		if (!q->attached || !(q->front.in_flight || q->busy))
			continue;
		return snprintf(buf, len, "cuda: queue %u waits for %s, sq_head %u", i,
				q->front.in_flight ? "an operation or its record"
						   : "completion credit or its turn",
				q->front.sq_head);
	}
	return snprintf(buf, len, "cuda: no published slot is left");
}

/* ---- open and close
 * --------------------------------------------------------------------------------- */

static int bad_parameter(const struct peal_device_params *params, const struct peal_param *p,
			 const char *expected)
{
	char text[300];

	snprintf(text, sizeof(text), "parameter %s=%s: expected %s", p->key, p->value, expected);
	if (params->log)
		params->log(params->log_ctx, PEAL_LOG_ERROR, text);
	return -EINVAL;
}

static bool number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < min || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool is_simulation_parameter(const char *key)
{
	static const char *const keys[] = { "seed", "latency", "stall" };

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static int take_parameter(const struct peal_device_params *params, const struct peal_param *p,
			  struct cuda_engine_opts *opts)
{
	uint32_t gpu;

	if (!strcmp(p->key, "gpu")) {
		if (!number(p->value, 0, 1023, &gpu))
			return bad_parameter(params, p, "a GPU, from 0 on");
		opts->gpu = (int)gpu;
	} else if (!strcmp(p->key, "queues")) {
		if (!number(p->value, 1, FRONT_QUEUES_MAX, &opts->queues))
			return bad_parameter(params, p, "1 to 64");
	} else if (!strcmp(p->key, "regions")) {
		if (!number(p->value, 1, FRONT_REGIONS_MAX, &opts->regions))
			return bad_parameter(params, p, "1 to 1024");
	} else if (!strcmp(p->key, "arena")) {
		if (!peal_size(p->value, &opts->arena))
			return bad_parameter(params, p, "a size, such as 256M");
	} else if (!strcmp(p->key, "split")) {
		if (!peal_size(p->value, &opts->split))
			return bad_parameter(params, p, "a size, such as 32K; 0 is never");
	} else if (!strcmp(p->key, "movers")) {
		if (!number(p->value, 0, UINT32_MAX, &opts->movers))
			return bad_parameter(params, p, "a number of blocks");
	} else if (!strcmp(p->key, "far")) {
		if (!number(p->value, 0, UINT32_MAX, &opts->far_movers))
			return bad_parameter(params, p, "a number of warps");
	} else if (!strcmp(p->key, "patience")) {
		if (!number(p->value, 1, 3600, &opts->patience))
			return bad_parameter(params, p, "1 to 3600 seconds");
	} else if (!is_simulation_parameter(p->key)) {
		return bad_parameter(params, p,
				     "one of gpu, queues, regions, pinned, arena, split, movers, "
				     "far, patience");
	}
	return 0;
}

static int cuda_probe(char *why, size_t len)
{
	return cuda_engine_probe(why, len);
}

static void set_up_front(struct cuda_device *dev, const struct cuda_engine_opts *opts)
{
	struct front_device *front = &dev->front;

	front->hooks = &hooks;
	front->kind = PEAL_KIND_CUDA;
	front->clauses = CLAUSES;
	front->queue_count = opts->queues;
	front->region_count = opts->regions;
	front->held = dev->held;
	front->held_max = 1;
	front->runs_by_itself = true;
	front->cmd_timeout = CMD_TIMEOUT;
	for (uint32_t i = 0; i < opts->queues; i++)
		front_set_queue(front, i, &dev->queues[i].front);
}

static int cuda_open(const struct peal_device_params *params, void **out)
{
	struct cuda_engine_opts opts = { .queues = 8,
					 .regions = 64,
					 .arena = ARENA_BYTES,
					 .split = SPLIT_BYTES,
					 .movers = UINT32_MAX,
					 .far_movers = FAR_MOVERS,
					 .patience = 5 };
	struct cuda_device *dev;
	char why[256] = "out of memory";
	int err = 0;

	for (uint32_t i = 0; !err && i < params->count; i++)
		err = take_parameter(params, &params->params[i], &opts);
	if (err)
		return err;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->log = params->log;
	dev->log_ctx = params->log_ctx;
	set_up_front(dev, &opts);
	err = cuda_engine_open(&opts, &dev->engine, why, sizeof(why));
	if (err) {
		say(dev, PEAL_LOG_ERROR, why);
		free(dev);
		return err;
	}
	*out = dev;
	return 0;
}

static void cuda_close(void *ctx)
{
	struct cuda_device *dev = ctx;

	cuda_engine_close(dev->engine);
	free(dev->ranges);
	free(dev);
}

static const struct peal_device_ops ops = {
	.abi = PEAL_DEVICE_ABI,
	.size = sizeof(struct peal_device_ops),
	.name = "cuda",
	.summary = "persistent workers on an NVIDIA GPU",
	.probe = cuda_probe,
	.open = cuda_open,
	.reg_read = cuda_reg_read,
	.reg_write = cuda_reg_write,
	.map = cuda_map,
	.unmap = cuda_unmap,
	.close = cuda_close,
	.explain = cuda_explain,
	.raises = cuda_raises,
	.settle = cuda_settle,
	.memory_alloc = cuda_memory_alloc,
	.memory_read = cuda_memory_read,
	.memory_write = cuda_memory_write,
	.pin = cuda_pin,
};

const struct peal_device_ops *peal_device_entry(void);
const struct peal_device_ops *peal_device_entry(void)
{
	return &ops;
}
