/* SPDX-License-Identifier: MIT */
/*
 * peal-liar.c - a device plug-in for the tests: the reference device, but one thing is
 * not as it should be. What compares devices must notice.
 *
 * Parameters (all others go to the reference device):
 *
 *	lie=KIND	none (default), or of the completion `at`
 *		result	the lowest bit of its result
 *		status	OK becomes MISCOMPARE
 *		swap	it comes before the one in front of it
 *		byte	with it the last byte changes of the largest range of memory
 *	at=N		CQ index of a queue's completion, from 0; 1
 *	queue=N		the queue; 0
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <peal/device.h>

#include "ref.h"

#define PARAMS_MOST 16

extern const struct peal_device_ops peal_ref_ops;

struct liar {
	struct ref_device *ref;
	char lie[16];
	uint32_t at, queue;
	bool told;
};

static uint64_t *memory(const struct ref_device *ref, uint64_t bus)
{
	for (size_t i = 0; i < ref->range_count; i++) {
		const struct ref_range *r = &ref->ranges[i];

		if (bus >= r->bus && bus - r->bus < r->bytes)
			return (uint64_t *)(void *)(r->host + (bus - r->bus));
	}
	return NULL;
}

static uint64_t *completion(const struct liar *dev, uint32_t index)
{
	const struct front_queue *q = dev->ref->front.queues[dev->queue];
	uint32_t mask = (1u << (q->config[PEAL_QREG_SIZE / 4] >> 8 & 0xf)) - 1;

	return memory(dev->ref, q->cq_bus + (uint64_t)(index & mask) * PEAL_COMP_BYTES);
}

/* Payloads change places, tags stay. */
static void swap(uint64_t *a, uint64_t *b)
{
	for (unsigned i = 0; i < PEAL_COMP_WORDS; i++) {
		uint64_t difference = (a[i] ^ b[i]) & PEAL_PAYLOAD_MASK;

		a[i] ^= difference;
		b[i] ^= difference;
	}
}

static void change_byte(const struct ref_device *ref)
{
	const struct ref_range *largest = &ref->ranges[0];

	for (size_t i = 1; i < ref->range_count; i++)
		if (ref->ranges[i].bytes > largest->bytes)
			largest = &ref->ranges[i];
	largest->host[largest->bytes - 1] ^= 1;
}

static void tell(struct liar *dev)
{
	uint64_t *c = completion(dev, dev->at);

	dev->told = true;
	if (!strcmp(dev->lie, "result"))
		c[1] ^= 1;
	else if (!strcmp(dev->lie, "status"))
		c[0] |= (uint64_t)PEAL_ST_MISCOMPARE << 32;
	else if (!strcmp(dev->lie, "swap"))
		swap(completion(dev, dev->at - 1), c);
	else if (!strcmp(dev->lie, "byte"))
		change_byte(dev->ref);
}

/* One step after the other, so that nobody has seen what is changed. */
static int liar_advance(void *ctx, uint64_t steps)
{
	struct liar *dev = ctx;
	const struct front_queue *q = dev->ref->front.queues[dev->queue];
	int busy = 1;

	for (; steps && busy > 0; steps--) {
		busy = peal_ref_ops.advance(dev->ref, 1);
		if (!dev->told && q->cq_tail == dev->at + 1)
			tell(dev);
	}
	return busy;
}

static int liar_read(void *ctx, uint32_t offset, uint32_t *value)
{
	return peal_ref_ops.reg_read(((struct liar *)ctx)->ref, offset, value);
}

static int liar_write(void *ctx, uint32_t offset, uint32_t value)
{
	return peal_ref_ops.reg_write(((struct liar *)ctx)->ref, offset, value);
}

static int liar_map(void *ctx, uint64_t bus, void *host, uint64_t len)
{
	return peal_ref_ops.map(((struct liar *)ctx)->ref, bus, host, len);
}

static int liar_unmap(void *ctx, uint64_t bus)
{
	return peal_ref_ops.unmap(((struct liar *)ctx)->ref, bus);
}

static uint64_t liar_raises(void *ctx, uint32_t queue)
{
	return peal_ref_ops.raises(((struct liar *)ctx)->ref, queue);
}

static void liar_close(void *ctx)
{
	struct liar *dev = ctx;

	peal_ref_ops.close(dev->ref);
	free(dev);
}

static bool take(struct liar *dev, const struct peal_param *p)
{
	if (!strcmp(p->key, "lie"))
		strncpy(dev->lie, p->value, sizeof(dev->lie) - 1);
	else if (!strcmp(p->key, "at"))
		dev->at = (uint32_t)strtoul(p->value, NULL, 10);
	else if (!strcmp(p->key, "queue"))
		dev->queue = (uint32_t)strtoul(p->value, NULL, 10) % FRONT_QUEUES_MAX;
	else
		return false;
	return true;
}

static int liar_open(const struct peal_device_params *params, void **out)
{
	struct peal_param rest[PARAMS_MOST];
	struct peal_device_params others = *params;
	struct liar *dev = calloc(1, sizeof(*dev));
	void *ref;
	int r;

	if (!dev)
		return -ENOMEM;
	dev->at = 1;
	others.params = rest;
	others.count = 0;
	for (uint32_t i = 0; i < params->count && others.count < PARAMS_MOST; i++)
		if (!take(dev, &params->params[i]))
			rest[others.count++] = params->params[i];
	r = peal_ref_ops.open(&others, &ref);
	if (r) {
		free(dev);
		return r;
	}
	dev->ref = ref;
	if (dev->queue >= dev->ref->front.queue_count)
		dev->queue = 0;
	*out = dev;
	return 0;
}

static const struct peal_device_ops ops = {
	.abi = PEAL_DEVICE_ABI,
	.size = sizeof(ops),
	.name = "liar",
	.summary = "the reference device, with one thing wrong, for tests",
	.open = liar_open,
	.reg_read = liar_read,
	.reg_write = liar_write,
	.map = liar_map,
	.unmap = liar_unmap,
	.advance = liar_advance,
	.close = liar_close,
	.raises = liar_raises,
};

__attribute__((visibility("default"))) const struct peal_device_ops *peal_device_entry(void);

const struct peal_device_ops *peal_device_entry(void)
{
	return &ops;
}
