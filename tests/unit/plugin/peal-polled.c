/* SPDX-License-Identifier: MIT */
/*
 * peal-polled.c - a device plug-in for the tests: the reference device, but one
 * that runs by itself and looks at the slots (contract C5.11).
 *
 * A thread gives the reference a step for every 100 ns that pass, and rings it
 * for every valid slot that it finds; doorbells of the host say nothing. To park (C5.19)
 * is the reference's sleep; what sleeps is looked at all the same. Parameters are the
 * reference's. With the environment variable PEAL_TEST_UNPINNED it pins no memory, with
 * PEAL_TEST_AWAKE it never parks.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include <peal/device.h>

#include "atomics.h"
#include "ref.h"
#include "ring.h"

#define STEP_NS 100
#define PAUSE_NS 20000
#define STEPS_MOST \
	1000000 /* of one turn: a thread that did not run for long catches up in pieces */

extern const struct peal_device_ops peal_ref_ops;

struct polled {
	struct ref_device *ref;
	pthread_mutex_t mutex;
	pthread_t thread;
	atomic_bool stop;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- looking at slots: with the mutex ------------------------------------------------- */

static const uint64_t *memory(const struct ref_device *ref, uint64_t bus)
{
	for (size_t i = 0; i < ref->range_count; i++) {
		const struct ref_range *r = &ref->ranges[i];

		if (bus >= r->bus && bus - r->bus < r->bytes)
			return (const uint64_t *)(const void *)(r->host + (bus - r->bus));
	}
	return NULL;
}

/* Takes the tail on over every slot that is valid, a ring of them at most. */
static void look(struct ref_device *ref, struct front_queue *q)
{
	unsigned log2 = front_sq_log2(q);
	uint32_t tail = q->sq_tail, counted = q->doorbells;
	uint64_t words[PEAL_DESC_WORDS];

	while (q->state == PEAL_Q_ENABLED && tail - q->sq_head < 1u << log2) {
		uint32_t slot = tail & ((1u << log2) - 1);
		const uint64_t *p = memory(ref, q->sq_bus + (uint64_t)slot * PEAL_DESC_BYTES);

		if (!p || !peal_desc_take(p, peal_tag(tail, log2), words))
			break;
		tail++;
	}
	if (tail != q->sq_tail)
		ref->front.hooks->doorbell(&ref->front, q, tail);
	q->doorbells = counted;
}

static void look_at_all(struct ref_device *ref)
{
	for (uint32_t i = 0; i < ref->front.queue_count; i++)
		look(ref, ref->front.queues[i]);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void *run(void *arg)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct polled *dev = arg;
	uint64_t done = now_ns() / STEP_NS;

	while (!atomic_load(&dev->stop)) {
		uint64_t due = now_ns() / STEP_NS - done;
		uint64_t steps = due < STEPS_MOST ? due : STEPS_MOST;

		pthread_mutex_lock(&dev->mutex);
		look_at_all(dev->ref);
		peal_ref_ops.advance(dev->ref, steps);
		pthread_mutex_unlock(&dev->mutex);
		done += steps;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static int polled_settle(void *ctx)
{
	struct polled *dev = ctx;
	int busy;

	pthread_mutex_lock(&dev->mutex);
	look_at_all(dev->ref);
	busy = peal_ref_ops.advance(dev->ref, 0);
	pthread_mutex_unlock(&dev->mutex);
	return busy;
}

/* ---- registers ----------------------------------------------------------------------------------
 */

static bool is_queue_register(uint32_t offset, uint32_t which)
{
	return offset >= PEAL_QREG_BASE && offset < PEAL_DB_BASE &&
	       offset % PEAL_QREG_STRIDE == which;
}

static int polled_read(void *ctx, uint32_t offset, uint32_t *value)
{
	struct polled *dev = ctx;
	int r;

	if (is_queue_register(offset, PEAL_QREG_SQ_TAIL))
		offset += PEAL_QREG_SQ_HEAD - PEAL_QREG_SQ_TAIL;
	pthread_mutex_lock(&dev->mutex);
	r = peal_ref_ops.reg_read(dev->ref, offset, value);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

/* The doorbell of a queue that is up: counted, and no more. */
static bool count_doorbell(struct ref_device *ref, uint32_t offset)
{
	uint32_t number = (offset - PEAL_DB_BASE) / 64;

	if (offset < PEAL_DB_BASE || offset % 64 != PEAL_DB_SQ_TAIL ||
	    number >= ref->front.queue_count || ref->front.queues[number]->state != PEAL_Q_ENABLED)
		return false;
	ref->front.queues[number]->doorbells++;
	return true;
}

static int polled_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct polled *dev = ctx;
	int r = 0;

	pthread_mutex_lock(&dev->mutex);
	if (offset == PEAL_REG_CMD) /* a DRAIN takes what is there now */
		look_at_all(dev->ref);
	if (!count_doorbell(dev->ref, offset))
		r = peal_ref_ops.reg_write(dev->ref, offset, value);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

/* ---- the rest
 * ------------------------------------------------------------------------------------- */

static int polled_map(void *ctx, uint64_t bus, void *host, uint64_t len)
{
	struct polled *dev = ctx;
	int r;

	pthread_mutex_lock(&dev->mutex);
	r = peal_ref_ops.map(dev->ref, bus, host, len);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

static int polled_unmap(void *ctx, uint64_t bus)
{
	struct polled *dev = ctx;
	int r;

	pthread_mutex_lock(&dev->mutex);
	r = peal_ref_ops.unmap(dev->ref, bus);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

static int polled_memory_alloc(void *ctx, uint64_t bus, uint64_t len)
{
	struct polled *dev = ctx;
	int r;

	pthread_mutex_lock(&dev->mutex);
	r = peal_ref_ops.memory_alloc(dev->ref, bus, len);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

static int polled_memory_read(void *ctx, uint64_t bus, void *to, uint64_t len)
{
	struct polled *dev = ctx;
	int r;

	pthread_mutex_lock(&dev->mutex);
	r = peal_ref_ops.memory_read(dev->ref, bus, to, len);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

static int polled_memory_write(void *ctx, uint64_t bus, const void *from, uint64_t len)
{
	struct polled *dev = ctx;
	int r;

	pthread_mutex_lock(&dev->mutex);
	r = peal_ref_ops.memory_write(dev->ref, bus, from, len);
	pthread_mutex_unlock(&dev->mutex);
	return r;
}

static int polled_pin(void *ctx, void *host, uint64_t len)
{
	(void)ctx;
	if (getenv("PEAL_TEST_UNPINNED"))
		return -EPERM;
	for (uint64_t at = 0; at < len; at += 4096) /* it is there */
		((volatile uint8_t *)host)[at] = 0;
	return 0;
}

static uint64_t polled_raises(void *ctx, uint32_t queue)
{
	struct polled *dev = ctx;
	uint64_t n;

	pthread_mutex_lock(&dev->mutex);
	n = peal_ref_ops.raises(dev->ref, queue);
	pthread_mutex_unlock(&dev->mutex);
	return n;
}

static void polled_close(void *ctx)
{
	struct polled *dev = ctx;

	atomic_store(&dev->stop, true);
	pthread_join(dev->thread, NULL);
	pthread_mutex_destroy(&dev->mutex);
	peal_ref_ops.close(dev->ref);
	free(dev);
}

static int polled_open(const struct peal_device_params *params, void **out)
{
	struct polled *dev = calloc(1, sizeof(*dev));
	void *ref;
	int r;

	if (!dev)
		return -ENOMEM;
	r = peal_ref_ops.open(params, &ref);
	if (r) {
		free(dev);
		return r;
	}
	dev->ref = ref;
	dev->ref->front.clauses &=
		~(uint32_t)(PEAL_CAP_INDEXED | (getenv("PEAL_TEST_AWAKE") ? PEAL_CAP_SUPPRESS : 0));
	dev->ref->front.clauses |= PEAL_CAP_POLLED;
	pthread_mutex_init(&dev->mutex, NULL);
	r = pthread_create(&dev->thread, NULL, run, dev);
	if (r) {
		peal_ref_ops.close(ref);
		free(dev);
		return -r;
	}
	*out = dev;
	return 0;
}

static const struct peal_device_ops ops = {
	.abi = PEAL_DEVICE_ABI,
	.size = sizeof(ops),
	.name = "polled",
	.summary = "the reference device, by itself and by the slots, for tests",
	.open = polled_open,
	.reg_read = polled_read,
	.reg_write = polled_write,
	.map = polled_map,
	.unmap = polled_unmap,
	.close = polled_close,
	.raises = polled_raises,
	.settle = polled_settle,
	.memory_alloc = polled_memory_alloc,
	.memory_read = polled_memory_read,
	.memory_write = polled_memory_write,
	.pin = polled_pin,
};

__attribute__((visibility("default"))) const struct peal_device_ops *peal_device_entry(void);

const struct peal_device_ops *peal_device_entry(void)
{
	return &ops;
}
