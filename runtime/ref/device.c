/* SPDX-License-Identifier: MIT */
/*
 * device.c - the reference device from outside: parameters, time, and the bus
 * that it sees memory by.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref.h"
#include "size.h"

#define CMD_TIMEOUT UINT32_MAX
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* ---- the bus ---------------------------------------------------------------------- */

bool ref_say_fault(const struct ref_device *dev, const struct fault *fault)
{
	char text[80];

	if (!fault)
		return false;
	fault_report(fault, text, sizeof(text));
	if (dev->log)
		dev->log(dev->log_ctx, PEAL_LOG_INFO, text);
	return true;
}

static uint8_t *memory(const struct ref_device *dev, uint64_t bus, uint64_t bytes)
{
	for (size_t i = 0; i < dev->range_count; i++) {
		const struct ref_range *r = &dev->ranges[i];

		if (bus >= r->bus && bus - r->bus <= r->bytes && bytes <= r->bytes - (bus - r->bus))
			return r->host + (bus - r->bus);
	}
	return NULL;
}

uint8_t *ref_bus(struct ref_device *dev, enum fault_class kind, uint64_t bus, uint64_t bytes)
{
	return ref_say_fault(dev, fault_hit(&dev->faults, kind)) ? NULL : memory(dev, bus, bytes);
}

/* Slots and lines are aligned on the bus; in host memory as well, or no words are whole. */
void *ref_bus_whole(struct ref_device *dev, enum fault_class kind, uint64_t bus, uint64_t bytes)
{
	uint8_t *p = ref_bus(dev, kind, bus, bytes);

	return p && (uintptr_t)p % bytes == 0 ? p : NULL;
}

static int ref_map(void *ctx, uint64_t bus, void *host, uint64_t bytes)
{
	struct ref_device *dev = ctx;
	struct ref_range *ranges;

	ranges = realloc(dev->ranges, (dev->range_count + 1) * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	dev->ranges = ranges;
	ranges[dev->range_count++] = (struct ref_range){ bus, bytes, host };
	return 0;
}

static int ref_unmap(void *ctx, uint64_t bus)
{
	struct ref_device *dev = ctx;

	for (size_t i = 0; i < dev->range_count; i++) {
		if (dev->ranges[i].bus != bus)
			continue;
		dev->ranges[i] = dev->ranges[--dev->range_count];
		own_memory_free(&dev->own, bus); /* if it is that */
		return 0;
	}
	return -ENOENT;
}

static int ref_memory_alloc(void *ctx, uint64_t bus, uint64_t bytes)
{
	struct ref_device *dev = ctx;
	uint8_t *memory;
	int r = own_memory_alloc(&dev->own, bus, bytes, &memory);

	if (!r)
		r = ref_map(ctx, bus, memory, bytes);
	if (r)
		own_memory_free(&dev->own, bus);
	return r;
}

static int ref_memory_read(void *ctx, uint64_t bus, void *to, uint64_t bytes)
{
	return own_memory_read(&((struct ref_device *)ctx)->own, bus, to, bytes);
}

static int ref_memory_write(void *ctx, uint64_t bus, const void *from, uint64_t bytes)
{
	return own_memory_write(&((struct ref_device *)ctx)->own, bus, from, bytes);
}

/* ---- time -------------------------------------------------------------------------- */

/* One step of the next queue that has something to do. */
static bool step(struct ref_device *dev)
{
	for (uint32_t i = 0; i < dev->front.queue_count; i++) {
		struct ref_queue *q = &dev->queues[dev->turn];

		dev->turn = (dev->turn + 1) % dev->front.queue_count;
		if (ref_queue_step(dev, q))
			return true;
	}
	return false;
}

static bool busy(const struct ref_device *dev)
{
	for (uint32_t i = 0; i < dev->front.queue_count; i++)
		if (ref_queue_ready(dev, &dev->queues[i]))
			return true;
	return front_active(&dev->front);
}

static bool sleeps(const struct ref_device *dev, const struct ref_queue *q)
{
	return q->front.state == PEAL_Q_ENABLED && q->watch == REF_ASLEEP && q->wake_at > dev->now;
}

/* Steps until the next timer, of the lease or of a sleeping queue; 0 when none runs. */
static uint64_t next_timer(const struct ref_device *dev)
{
	uint64_t end = dev->lease_runs ? dev->lease_end : 0;

	for (uint32_t i = 0; i < dev->front.queue_count; i++) {
		const struct ref_queue *q = &dev->queues[i];

		if (sleeps(dev, q) && (!end || q->wake_at < end))
			end = q->wake_at;
	}
	return end ? end - dev->now : 0;
}

/* Lets time pass in which nothing is done, up to the next timer. 0: nobody waits for time. */
static uint64_t idle(const struct ref_device *dev, uint64_t steps)
{
	uint64_t timer = next_timer(dev);

	if (front_active(&dev->front))
		return 1;
	return timer < steps ? timer : steps;
}

static int ref_advance(void *ctx, uint64_t steps)
{
	struct ref_device *dev = ctx;
	uint64_t spent;

	for (; steps; steps -= spent) {
		spent = step(dev) ? 1 : idle(dev, steps);
		if (!spent)
			return 0;
		dev->now += spent;
		ref_lease_poll(dev);
		front_command_tick(&dev->front);
	}
	return busy(dev);
}

static uint64_t ref_raises(void *ctx, uint32_t queue)
{
	const struct ref_device *dev = ctx;

	return queue < dev->front.queue_count ? dev->queues[queue].raises : 0;
}

static uint64_t ref_trace_hash(void *ctx)
{
	return ((struct ref_device *)ctx)->hash;
}

static const char *waits_for(const struct ref_device *dev, const struct ref_queue *q)
{
	if (dev->front.held_level)
		return "room in the event log";
	if (ref_queue_ready(dev, q))
		return "its next step";
	if (q->front.in_flight)
		return "the record of its descriptor";
	if (q->front.sq_head != q->front.sq_tail && q->front.state == PEAL_Q_ENABLED)
		return "completion credit";
	return q->front.state == PEAL_Q_ENABLED ? "a doorbell" : "a command";
}

/* The first queue that has something left to do says why it does not. */
static int ref_explain(void *ctx, char *buf, size_t len)
{
	const struct ref_device *dev = ctx;

	if (dev->lease_expired)
		return snprintf(buf, len, "ref: the lease has expired and waits to be written");
	for (uint32_t i = 0; i < dev->front.queue_count; i++) {
		const struct ref_queue *q = &dev->queues[i];

		if (q->front.in_flight || q->front.sq_head != q->front.sq_tail)
			return snprintf(buf, len,
					"ref: queue %u (%s) waits for %s, sq_head %u of %u", i,
					peal_queue_state_name(q->front.state), waits_for(dev, q),
					q->front.sq_head, q->front.sq_tail);
	}
	if (dev->front.held_level)
		return snprintf(buf, len, "ref: a command waits for room in the event log");
	return snprintf(buf, len, "ref: nothing published is left to do");
}

/* ---- registers --------------------------------------------------------------------------- */

static int ref_reg_read(void *ctx, uint32_t offset, uint32_t *value)
{
	*value = front_read(&((struct ref_device *)ctx)->front, offset);
	return 0;
}

static int ref_reg_write(void *ctx, uint32_t offset, uint32_t value)
{
	front_write(&((struct ref_device *)ctx)->front, offset, value);
	return 0;
}

/* ---- open and close ------------------------------------------------------------------- */

static int fail(const struct peal_device_params *params, const char *key, const char *value,
		const char *expected)
{
	char text[400];

	snprintf(text, sizeof(text), "parameter %s=%s: expected %s", key, value, expected);
	if (params->log)
		params->log(params->log_ctx, PEAL_LOG_ERROR, text);
	return -EINVAL;
}

static bool number(const char *text, uint32_t max, uint32_t *out)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < 1 || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

static void say_ignored(const struct peal_device_params *params, const char *key)
{
	char text[120];

	if (!params->log)
		return;
	snprintf(text, sizeof(text), "ref has no bus and no clock: parameter %s is ignored", key);
	params->log(params->log_ctx, PEAL_LOG_INFO, text);
}

static bool is_bus_parameter(const char *key)
{
	static const char *const keys[] = { "seed", "latency", "stall", "trace", "checked" };

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* Here every transaction ends in the step that began it. */
static bool hangs(const struct fault_plan *plan)
{
	for (unsigned i = 0; i < plan->count; i++)
		if (plan->faults[i].variant == FAULT_HANG)
			return true;
	return false;
}

static int take_faults(struct ref_device *dev, const struct peal_device_params *params,
		       const char *text)
{
	char why[200], expected[220];

	if (!fault_parse(&dev->faults, text, why, sizeof(why))) {
		snprintf(expected, sizeof(expected), "a plan of faults; %s", why);
		return fail(params, "fault", text, expected);
	}
	if (hangs(&dev->faults))
		return fail(params, "fault", text, "no hang: ref has no bus that could be slow");
	return 0;
}

static int take_parameter(struct ref_device *dev, const struct peal_device_params *params,
			  const struct peal_param *p)
{
	static const struct {
		const char *key;
		uint32_t max;
		size_t field;
		const char *expected;
	} numbers[] = {
		{ "queues", FRONT_QUEUES_MAX, offsetof(struct ref_device, front.queue_count),
		  "1 to 64" },
		{ "regions", FRONT_REGIONS_MAX, offsetof(struct ref_device, front.region_count),
		  "1 to 1024" },
		{ "shuffle", UINT32_MAX, offsetof(struct ref_device, shuffle), "1 to 4294967295" },
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint32_t *field = (uint32_t *)((char *)dev + numbers[i].field);

		if (!strcmp(p->key, numbers[i].key))
			return number(p->value, numbers[i].max, field)
				       ? 0
				       : fail(params, p->key, p->value, numbers[i].expected);
	}
	if (!strcmp(p->key, "fault"))
		return take_faults(dev, params, p->value);
	if (!strcmp(p->key, "memory"))
		return peal_size(p->value, &dev->own.limit) && dev->own.limit
			       ? 0
			       : fail(params, p->key, p->value, "a size, such as 64M");
	if (!is_bus_parameter(p->key))
		return fail(params, p->key, p->value,
			    "one of queues, regions, shuffle, fault, memory, seed, latency, stall, "
			    "trace, checked");
	say_ignored(params, p->key);
	return 0;
}

static void take_front(struct ref_device *dev)
{
	struct front_device *front = &dev->front;

	front->hooks = &ref_hooks;
	front->kind = PEAL_KIND_REF;
	front->clauses = PEAL_CAPS_V1;
	front->queue_count = 8;
	front->region_count = 64;
	front->cmd_timeout = CMD_TIMEOUT;
	front->held = dev->held;
	front->held_max = REF_HELD_MAX;
	for (unsigned i = 0; i < FRONT_QUEUES_MAX; i++)
		front_set_queue(front, i, &dev->queues[i].front);
}

static int ref_open(const struct peal_device_params *params, void **out)
{
	struct ref_device *dev = calloc(1, sizeof(*dev));
	int r = dev ? 0 : -ENOMEM;

	if (r)
		return r;
	dev->log = params->log;
	dev->log_ctx = params->log_ctx;
	take_front(dev);
	dev->hash = HASH_START;
	for (uint32_t i = 0; !r && i < params->count; i++)
		r = take_parameter(dev, params, &params->params[i]);
	if (r) {
		free(dev);
		return r;
	}
	*out = dev;
	return 0;
}

static void ref_close(void *ctx)
{
	struct ref_device *dev = ctx;

	own_memory_free_all(&dev->own);
	free(dev->ranges);
	free(dev);
}

const struct peal_device_ops peal_ref_ops = {
	.abi = PEAL_DEVICE_ABI,
	.size = sizeof(struct peal_device_ops),
	.name = "ref",
	.summary = "the reference model: the contract in plain C",
	.open = ref_open,
	.reg_read = ref_reg_read,
	.reg_write = ref_reg_write,
	.map = ref_map,
	.unmap = ref_unmap,
	.advance = ref_advance,
	.close = ref_close,
	.trace_hash = ref_trace_hash,
	.explain = ref_explain,
	.raises = ref_raises,
	.memory_alloc = ref_memory_alloc,
	.memory_read = ref_memory_read,
	.memory_write = ref_memory_write,
};
