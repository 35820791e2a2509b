/* SPDX-License-Identifier: MIT */
/*
 * lifecycle.c - queues come, stop, go on and go.
 *
 * Whatever ends a queue's life, every index that was published and has no
 * completion yet gets one: the device's, if the CQ holds it, else the host's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atomics.h"
#include "internal.h"

#define PUMP_EVERY 16 /* turns of a command between two looks at the event log */

/* ---- helpers ---------------------------------------------------------------------- */

static int qreg_read(struct peal_queue *q, uint32_t offset, uint32_t *value)
{
	return peal_read(q->dev, peal_qreg(q->id, offset), value);
}

/* While a command waits, neither credit nor a full event log may hold the device up. */
static int make_room(void *ctx)
{
	struct peal_queue *q = ctx;
	int r = 0;

	if (++q->turns % PUMP_EVERY == 0)
		r = peal_pump_events(q->dev);
	if (r)
		return r;
	if (peal_queue_to_side(q))
		return 0; /* broken: the next poll says so */
	return peal_queue_credit(q, true);
}

static int command(struct peal_queue *q, enum peal_command c)
{
	q->turns = 0;
	return peal_command(q->dev, q->id, c, make_room, q);
}

/* The queue is quiet and `final` is known: takes what is there, makes the rest. */
static void gather(struct peal_queue *q)
{
	peal_pump_events_now(q->dev);
	peal_queue_to_side(q);
	peal_queue_silence(q);
	peal_queue_settle(q);
	if (q->closed && q->head == q->tail)
		return;
	peal_log(q->dev, PEAL_LOG_ERROR, "queue %u: the device owes completions from %u on", q->id,
		 q->head);
	peal_queue_dead(q);
}

static int state_of(struct peal_queue *q, uint32_t *state)
{
	return qreg_read(q, PEAL_QREG_STATE, state);
}

static size_t got_bytes(const struct peal_queue *q)
{
	return (peal_queue_slots(q) + 63) / 64 * sizeof(q->got[0]);
}

/* ---- enable ------------------------------------------------------------------------- */

/* While the queue is DISABLED its lines are the host's: nothing of an earlier life looks valid. */
static int clear(struct peal_queue *q)
{
	int r = qreg_read(q, PEAL_QREG_EPOCH, &q->epoch);

	if (r)
		return r;
	memset(q->sq_region->memory, 0, q->sq_region->bytes);
	memset(q->cq_region->memory, 0, q->cq_region->bytes);
	peal_store_relaxed(&q->host_line->sq_tail, (uint64_t)q->epoch << 32 | q->sq_start);
	peal_store_relaxed(&q->host_line->cq_head, (uint64_t)q->epoch << 32 | q->cq_start);
	q->head = q->tail = q->sq_start;
	q->cq_head = q->credited = q->goal = q->cq_start;
	q->ahead = q->scan = 0;
	peal_queue_forget_refused(q);
	q->due = false;
	if (q->got)
		memset(q->got, 0, got_bytes(q));
	memset(&q->life, 0, sizeof(q->life));
	return 0;
}

static void open_gate(struct peal_queue *q)
{
	q->enabled = q->live = true;
	q->leases = atomic_load_explicit(&q->dev->events.leases, memory_order_relaxed);
	q->stopping = q->failed = q->closed = q->broken = q->cut = false;
}

static int start(struct peal_queue *q)
{
	int r = q->live ? peal_queue_look(q) : 0;

	if (r)
		return r;
	if (q->live)
		gather(q);
	q->live = false;
	r = clear(q);
	if (!r)
		r = command(q, PEAL_CMD_ENABLE);
	if (!r)
		open_gate(q);
	return r;
}

/* DRAINED: what the device accepted has completed; indices go on where it stopped. */
static int resume(struct peal_queue *q)
{
	uint32_t sq_tail;
	int r = peal_queue_look(q);

	if (!r && q->polled)
		sq_tail = q->tail; /* such a device knows of none */
	else if (!r)
		r = qreg_read(q, PEAL_QREG_SQ_TAIL, &sq_tail);
	if (r)
		return r;
	if (sq_tail != q->final)
		return peal_fail(
			q->dev, -EINVAL,
			"queue %u: %u descriptors are published behind a STOP: disable it first",
			q->id, sq_tail - q->final);
	gather(q);
	q->tail = q->head = q->final;
	q->due = false;
	q->goal = q->cq_head;
	r = command(q, PEAL_CMD_ENABLE);
	if (!r)
		open_gate(q);
	return r;
}

/* A STOP drains the queue without a command; that may be under way, or still to come. */
static bool is_stopping(const struct peal_queue *q, uint32_t state)
{
	return state == PEAL_Q_DRAINING || (q->stopping && state == PEAL_Q_ENABLED);
}

static int wait_drained(struct peal_queue *q, uint32_t *state)
{
	struct peal_patience p;
	int r;

	peal_patience_start(&p, q->dev->timeout_ns);
	for (;;) {
		r = state_of(q, state);
		if (r || !is_stopping(q, *state))
			return r;
		r = peal_queue_ring(q);
		if (!r)
			r = make_room(q);
		if (!r)
			r = peal_patience_turn(q->dev, &p);
		if (r < 0)
			return r == -ETIME ? peal_fail(q->dev, r, "queue %u does not drain", q->id)
					   : r;
	}
}

int peal_queue_enable(struct peal_queue *q)
{
	uint32_t state;
	int r = wait_drained(q, &state);

	if (r)
		return r;
	if (state == PEAL_Q_DRAINED)
		return resume(q);
	if (state == PEAL_Q_DISABLED)
		return start(q);
	return peal_fail(q->dev, -EINVAL, "ENABLE of queue %u: it is %s", q->id,
			 peal_queue_state_name(state));
}

/* ---- drain, disable, reset --------------------------------------------------------------- */

/* A device that was not rung may not know of all that is published. */
static int ring_before(struct peal_queue *q)
{
	bool unasked = q->live && q->suppress && q->enabled && !q->polled;

	return unasked ? peal_queue_ring_now(q) : peal_queue_ring(q);
}

int peal_queue_drain(struct peal_queue *q)
{
	int r = ring_before(q);

	if (!r)
		r = command(q, PEAL_CMD_DRAIN);
	if (r == -ENODEV || (r && !q->live))
		return r;
	peal_queue_to_side(q);
	if (!peal_queue_look(q) && q->closed && !peal_queue_silence(q))
		peal_queue_settle(q);
	if (q->failed)
		return peal_fail(q->dev, -EIO, "DRAIN of queue %u: it is in ERROR", q->id);
	return r;
}

static int went_down(struct peal_queue *q)
{
	int r;

	q->enabled = false;
	if (!q->live)
		return 0;
	r = peal_queue_look(q);
	gather(q);
	q->live = q->failed = false;
	return r;
}

int peal_queue_disable(struct peal_queue *q)
{
	int r = ring_before(q);

	if (!r)
		r = command(q, PEAL_CMD_DISABLE);
	if (r == -ENODEV && q->live)
		peal_queue_dead(q);
	return r ? r : went_down(q);
}

int peal_queue_abort(struct peal_queue *q)
{
	int r = ring_before(q);

	if (!r)
		r = command(q, PEAL_CMD_ABORT);
	if (r == -ENODEV && q->live)
		peal_queue_dead(q);
	if (r)
		return r;
	q->enabled = false;
	r = peal_queue_look(q);
	gather(q);
	return r;
}

/* RESET forgets the indices, but not how many it accepted: so the host knows what it did not. */
static int know_final(struct peal_queue *q)
{
	uint32_t accepted;
	int r = qreg_read(q, PEAL_QREG_N_ACCEPTED, &accepted);

	q->final = q->sq_start + accepted;
	q->closed = !r;
	return r;
}

int peal_queue_reset(struct peal_queue *q)
{
	int r = command(q, PEAL_CMD_RESET);

	if (r == -ENODEV && q->live)
		peal_queue_dead(q);
	if (!r && q->live)
		r = know_final(q);
	if (r)
		return r;
	if (q->live)
		gather(q);
	q->enabled = q->live = q->failed = false;
	return qreg_read(q, PEAL_QREG_EPOCH, &q->epoch);
}

int peal_queue_state(struct peal_queue *q)
{
	uint32_t state;
	int r = state_of(q, &state);

	return r ? r : (int)state;
}

/* ---- create -----------------------------------------------------------------------------------
 */

static int check_size(struct peal_device *dev, const char *ring, unsigned log2)
{
	if (log2 >= dev->info.ring_log2_min && log2 <= dev->info.ring_log2_max)
		return 0;
	return peal_fail(dev, -EINVAL, "queue: %s_log2 is %u, the device takes %u to %u", ring,
			 log2, dev->info.ring_log2_min, dev->info.ring_log2_max);
}

#define MODE_MATCHED (1u << 4)
#define MODE_CRC (1u << 8)
#define MODE_FENCES (1u << 9)
#define MODE_SUPPRESS (1u << 10)

static int check_clauses(struct peal_device *dev, const struct peal_queue_opts *opts)
{
	const struct {
		bool asked;
		uint32_t capability;
		const char *name;
	} clauses[] = {
		{ opts->order == PEAL_ORDER_FIFO, PEAL_CAP_FIFO, "FIFO" },
		{ opts->order == PEAL_ORDER_ACTOR, PEAL_CAP_ACTOR, "ACTOR" },
		{ opts->order == PEAL_ORDER_NONE, PEAL_CAP_NONE, "NONE" },
		{ opts->matched, PEAL_CAP_MATCHED, "MATCHED" },
		{ opts->fences, PEAL_CAP_FENCE, "FENCE" },
		{ opts->suppress, PEAL_CAP_SUPPRESS, "SUPPRESS" },
	};

	if (opts->order > PEAL_ORDER_NONE)
		return peal_fail(dev, -EINVAL, "queue: unknown order %u", opts->order);
	if (opts->matched && opts->cq_log2 != opts->sq_log2)
		return peal_fail(
			dev, -EINVAL,
			"queue: MATCHED placement needs rings of equal size, not %u and %u",
			opts->sq_log2, opts->cq_log2);
	for (unsigned i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (clauses[i].asked && !(dev->info.clauses & clauses[i].capability))
			return peal_fail(dev, -EOPNOTSUPP, "queue: device '%s' lacks clause %s",
					 dev->name, clauses[i].name);
	return 0;
}

/* What the modes mean for the flags of descriptors (contract C2.10, C2.12). */
static uint16_t refused_flags(const struct peal_queue_opts *opts)
{
	return (opts->matched ? PEAL_FLAG_SILENT : 0) |
	       (opts->order == PEAL_ORDER_NONE && !opts->fences ? PEAL_FLAG_FENCE : 0);
}

/* What a queue of order NONE needs on top. */
static bool remember_outcomes(struct peal_queue *q, const struct peal_queue_opts *opts)
{
	if (opts->order != PEAL_ORDER_NONE)
		return true;
	q->got = calloc(1, got_bytes(q));
	return q->got != NULL;
}

static uint32_t mode_of(const struct peal_queue_opts *opts)
{
	return opts->order | (opts->matched ? MODE_MATCHED : 0) |
	       (opts->require_crc ? MODE_CRC : 0) | (opts->fences ? MODE_FENCES : 0) |
	       (opts->suppress ? MODE_SUPPRESS : 0);
}

static struct peal_queue *new_queue(struct peal_device *dev, const struct peal_queue_opts *opts)
{
	struct peal_queue *q = peal_new_apart(sizeof(*q));

	if (!q)
		return NULL;
	q->dev = dev;
	q->sq_log2 = opts->sq_log2;
	q->cq_log2 = opts->cq_log2;
	q->sq_mask = (1u << q->sq_log2) - 1;
	q->cq_mask = (1u << q->cq_log2) - 1;
	q->sq_start = q->head = q->tail = opts->sq_start;
	q->cq_start = q->cq_head = q->credited = q->goal = opts->cq_start;
	q->require_crc = opts->require_crc;
	q->matched = opts->matched;
	q->suppress = opts->suppress;
	q->polled = dev->info.clauses & PEAL_CAP_POLLED;
	q->refused_flags = refused_flags(opts);
	q->mode = mode_of(opts);
	if (q->suppress)
		peal_thread_timers(dev);
	q->side = calloc(peal_queue_slots(q), sizeof(q->side[0]));
	if (q->side && remember_outcomes(q, opts))
		return q;
	peal_queue_free(q);
	return NULL;
}

/* Takes the lowest free queue of the device. */
static int take_number(struct peal_queue *q)
{
	struct peal_device *dev = q->dev;
	int r = -ENOSPC;

	pthread_mutex_lock(&dev->ctl);
	for (q->id = 0; q->id < dev->info.queues; q->id++) {
		if (!dev->queues[q->id]) {
			dev->queues[q->id] = q;
			r = 0;
			break;
		}
	}
	pthread_mutex_unlock(&dev->ctl);
	if (r)
		return peal_fail(dev, r, "no queue left, the device has %u", dev->info.queues);
	q->doorbell = PEAL_DB_BASE + q->id * dev->info.doorbell_stride;
	return 0;
}

/* What the host writes is one region, which the device reads; the other way round the other. */
static int make_rings(struct peal_queue *q, uint16_t tenant)
{
	uint64_t sq_bytes = (uint64_t)peal_queue_slots(q) * PEAL_DESC_BYTES;
	uint64_t cq_bytes = ((uint64_t)q->cq_mask + 1) * PEAL_COMP_BYTES;
	struct peal_region_opts opts = { .tenant = tenant };
	int r;

	if (cq_bytes < PEAL_LINE_BYTES)
		cq_bytes = PEAL_LINE_BYTES;
	opts.bytes = sq_bytes + PEAL_LINE_BYTES;
	opts.access = PEAL_ACCESS_READ;
	r = peal_region_alloc(q->dev, &opts, &q->sq_region);
	if (r)
		return r;
	opts.bytes = cq_bytes + PEAL_LINE_BYTES;
	opts.access = PEAL_ACCESS_WRITE;
	r = peal_region_alloc(q->dev, &opts, &q->cq_region);
	if (r)
		return r;
	q->sq = (uint64_t *)(void *)q->sq_region->memory;
	q->cq = (uint64_t *)(void *)q->cq_region->memory;
	q->host_line = (void *)(q->sq_region->memory + sq_bytes);
	q->device_line = (void *)(q->cq_region->memory + cq_bytes);
	return 0;
}

static uint32_t offset_in(const struct peal_region *region, const void *p)
{
	return (uint32_t)((const uint8_t *)p - region->memory);
}

static int configure(struct peal_queue *q, const struct peal_queue_opts *opts)
{
	const struct {
		uint32_t offset, value;
	} writes[] = {
		{ PEAL_QREG_SQ_REGION, q->sq_region->handle },
		{ PEAL_QREG_SQ_OFF_LO, 0 },
		{ PEAL_QREG_SQ_OFF_HI, 0 },
		{ PEAL_QREG_CQ_REGION, q->cq_region->handle },
		{ PEAL_QREG_CQ_OFF_LO, 0 },
		{ PEAL_QREG_CQ_OFF_HI, 0 },
		{ PEAL_QREG_HL_REGION, q->sq_region->handle },
		{ PEAL_QREG_HL_OFF_LO, offset_in(q->sq_region, q->host_line) },
		{ PEAL_QREG_HL_OFF_HI, 0 },
		{ PEAL_QREG_DL_REGION, q->cq_region->handle },
		{ PEAL_QREG_DL_OFF_LO, offset_in(q->cq_region, q->device_line) },
		{ PEAL_QREG_DL_OFF_HI, 0 },
		{ PEAL_QREG_SIZE, q->sq_log2 | (uint32_t)q->cq_log2 << 8 },
		{ PEAL_QREG_MODE, q->mode },
		{ PEAL_QREG_TENANT, opts->tenant },
		{ PEAL_QREG_SQ_START, q->sq_start },
		{ PEAL_QREG_CQ_START, q->cq_start },
	};
	int r = 0;

	for (unsigned i = 0; !r && i < sizeof(writes) / sizeof(writes[0]); i++)
		r = peal_write(q->dev, peal_qreg(q->id, writes[i].offset), writes[i].value);
	return r;
}

static int check_opts(struct peal_device *dev, struct peal_queue_opts *opts)
{
	unsigned max = dev->info.ring_log2_max;
	int r;

	/* One that polls the slots and never parks is not rung, which is all that was asked for. */
	if (dev->info.clauses & PEAL_CAP_POLLED && !(dev->info.clauses & PEAL_CAP_SUPPRESS))
		opts->suppress = false;

	if (!opts->sq_log2)
		opts->sq_log2 = (uint8_t)(max < 8 ? max : 8);
	if (!opts->cq_log2)
		opts->cq_log2 = opts->sq_log2;
	r = check_size(dev, "sq", opts->sq_log2);
	if (!r)
		r = check_size(dev, "cq", opts->cq_log2);
	return r ? r : check_clauses(dev, opts);
}

int peal_queue_create(struct peal_device *dev, const struct peal_queue_opts *given,
		      struct peal_queue **out)
{
	struct peal_queue_opts opts = given ? *given : (struct peal_queue_opts){ 0 };
	struct peal_queue *q;
	int r = check_opts(dev, &opts);

	*out = NULL;
	if (r)
		return r;
	q = new_queue(dev, &opts);
	if (!q)
		return peal_fail(dev, -ENOMEM, "out of memory");
	r = take_number(q);
	if (r) {
		peal_queue_free(q);
		return r;
	}
	r = make_rings(q, opts.tenant);
	if (!r)
		r = configure(q, &opts);
	if (!r && !opts.disabled)
		r = peal_queue_enable(q);
	if (r) {
		char why[PEAL_TEXT];

		/* What cleaning up runs into must not hide the reason. */
		memcpy(why, peal_error(dev), PEAL_TEXT);
		peal_queue_destroy(q);
		return peal_fail(dev, r, "%s", why);
	}
	*out = q;
	return 0;
}

/* ---- destroy
 * -------------------------------------------------------------------------------------- */

int peal_queue_shut(struct peal_queue *q)
{
	return peal_is_dead(q->dev) ? 0 : command(q, PEAL_CMD_DISABLE);
}

void peal_queue_free(struct peal_queue *q)
{
	if (!q)
		return;
	free(q->side);
	free(q->got);
	free(q->refused);
	free(q);
}

static void stop_listening(struct peal_queue *q)
{
	struct peal_device *dev = q->dev;
	struct peal_raise *raise = &dev->raises[q->id];

	peal_io_enter(dev);
	if (raise->fd >= 0) {
		close(raise->fd);
		raise->fd = -1;
		dev->listeners--;
	}
	peal_io_leave(dev);
}

/* A device that does not let go keeps the memory: it is freed when the device is closed. */
void peal_queue_destroy(struct peal_queue *q)
{
	struct peal_device *dev;
	int r;

	if (!q)
		return;
	dev = q->dev;
	stop_listening(q);
	r = peal_queue_shut(q);
	if (!r || r == -ENODEV)
		r = peal_region_unmap(q->sq_region);
	if (!r)
		r = peal_region_unmap(q->cq_region);
	pthread_mutex_lock(&dev->ctl);
	q->orphan = r;
	if (!r)
		dev->queues[q->id] = NULL;
	pthread_mutex_unlock(&dev->ctl);
	if (!r)
		peal_queue_free(q);
}

unsigned peal_queue_id(const struct peal_queue *q)
{
	return q->id;
}

uint64_t *peal_queue_sq_slot(struct peal_queue *q, uint32_t index)
{
	return q->sq + (uint64_t)(index & q->sq_mask) * PEAL_DESC_WORDS;
}

uint32_t peal_queue_sq_tail(const struct peal_queue *q)
{
	return q->tail;
}
