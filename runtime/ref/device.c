/* SPDX-License-Identifier: MIT */
/*
 * device.c - the reference device from outside: parameters, registers, event
 * log, counters, and the bus that it sees memory by.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref.h"

#define DB_STRIDE 64
#define CMD_TIMEOUT UINT32_MAX
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* ---- the bus ---------------------------------------------------------------------- */

uint8_t *ref_bus(struct ref_device *dev, uint64_t bus, uint64_t bytes)
{
	for (size_t i = 0; i < dev->range_count; i++) {
		const struct ref_range *r = &dev->ranges[i];

		if (bus >= r->bus && bus - r->bus <= r->bytes && bytes <= r->bytes - (bus - r->bus))
			return r->host + (bus - r->bus);
	}
	return NULL;
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
		return 0;
	}
	return -ENOENT;
}

/* ---- event log -------------------------------------------------------------------------- */

void ref_event(struct ref_device *dev, enum peal_event_code code, unsigned queue, uint32_t w1,
	       uint32_t w2, uint32_t w3)
{
	struct ref_event *e;

	dev->event_count++;
	if (dev->event_level == PEAL_EVENT_LOG_DEPTH) {
		dev->event_lost++;
		return;
	}
	e = &dev->events[(dev->event_first + dev->event_level++) % PEAL_EVENT_LOG_DEPTH];
	*e = (struct ref_event){ { code | queue << 8, w1, w2, w3 } };
}

static void event_pop(struct ref_device *dev)
{
	if (!dev->event_level)
		return;
	dev->event_level--;
	dev->event_first = (dev->event_first + 1) % PEAL_EVENT_LOG_DEPTH;
}

static uint32_t event_word(const struct ref_device *dev, unsigned i)
{
	return dev->event_level ? dev->events[dev->event_first].w[i] : 0;
}

/* ---- region table ------------------------------------------------------------------------ */

static void rt_select(struct ref_device *dev, uint32_t index)
{
	dev->rt_sel = index;
	if (index < dev->region_count)
		dev->rt = dev->regions[index];
	else
		memset(&dev->rt, 0, sizeof(dev->rt));
}

/* What is in flight now was checked against the tables as they were. */
static void rt_commit(struct ref_device *dev, uint32_t value)
{
	dev->rt.generation = value & 0x3f;
	dev->rt.read = value >> 8 & 1;
	dev->rt.write = value >> 9 & 1;
	dev->rt.valid = value >> 31;
	if (dev->rt_sel >= dev->region_count)
		return;
	dev->regions[dev->rt_sel] = dev->rt;
	for (uint32_t i = 0; !dev->rt.valid && i < dev->queue_count; i++)
		dev->queues[i].work.old_tables = dev->queues[i].work.busy;
}

static uint32_t rt_busy(const struct ref_device *dev)
{
	for (uint32_t i = 0; i < dev->queue_count; i++)
		if (dev->queues[i].work.busy && dev->queues[i].work.old_tables)
			return 1;
	return 0;
}

static uint32_t rt_commit_read(const struct ref_region *rt)
{
	return rt->generation | (uint32_t)rt->read << 8 | (uint32_t)rt->write << 9 |
	       (uint32_t)rt->valid << 31;
}

static uint64_t with_low(uint64_t old, uint32_t low)
{
	return (old & ~(uint64_t)UINT32_MAX) | low;
}

static uint64_t with_high(uint64_t old, uint32_t high)
{
	return (old & UINT32_MAX) | (uint64_t)high << 32;
}

static void rt_write(struct ref_device *dev, uint32_t offset, uint32_t value)
{
	struct ref_region *rt = &dev->rt;

	switch (offset) {
	case PEAL_REG_RT_SEL: rt_select(dev, value); break;
	case PEAL_REG_RT_BUS_LO: rt->bus = with_low(rt->bus, value); break;
	case PEAL_REG_RT_BUS_HI: rt->bus = with_high(rt->bus, value & 0xffff); break;
	case PEAL_REG_RT_LEN_LO: rt->bytes = with_low(rt->bytes, value); break;
	case PEAL_REG_RT_LEN_HI: rt->bytes = with_high(rt->bytes, value & 0xff); break;
	case PEAL_REG_RT_TENANT: rt->tenant = (uint16_t)value; break;
	case PEAL_REG_RT_COMMIT: rt_commit(dev, value); break;
	}
}

static uint32_t rt_read(const struct ref_device *dev, uint32_t offset)
{
	const struct ref_region *rt = &dev->rt;

	switch (offset) {
	case PEAL_REG_RT_SEL: return dev->rt_sel;
	case PEAL_REG_RT_BUS_LO: return (uint32_t)rt->bus;
	case PEAL_REG_RT_BUS_HI: return (uint32_t)(rt->bus >> 32);
	case PEAL_REG_RT_LEN_LO: return (uint32_t)rt->bytes;
	case PEAL_REG_RT_LEN_HI: return (uint32_t)(rt->bytes >> 32);
	case PEAL_REG_RT_TENANT: return rt->tenant;
	case PEAL_REG_RT_COMMIT: return rt_commit_read(rt);
	case PEAL_REG_RT_BUSY: return rt_busy(dev);
	default: return 0;
	}
}

/* ---- queue contexts -------------------------------------------------------------------------- */

static uint32_t config_mask(uint32_t offset)
{
	switch (offset) {
	case PEAL_QREG_SQ_REGION:
	case PEAL_QREG_CQ_REGION:
	case PEAL_QREG_HL_REGION:
	case PEAL_QREG_DL_REGION:
	case PEAL_QREG_TENANT: return 0xffff;
	case PEAL_QREG_SQ_OFF_HI:
	case PEAL_QREG_CQ_OFF_HI:
	case PEAL_QREG_HL_OFF_HI:
	case PEAL_QREG_DL_OFF_HI: return 0xff;
	default: return UINT32_MAX;
	}
}

static void qreg_write(struct ref_queue *q, uint32_t offset, uint32_t value)
{
	if (offset <= PEAL_QREG_CQ_START && q->state == PEAL_Q_DISABLED)
		q->config[offset / 4] = value & config_mask(offset);
}

static uint32_t qreg_read(const struct ref_queue *q, uint32_t offset)
{
	switch (offset) {
	case PEAL_QREG_STATE: return q->state;
	case PEAL_QREG_EPOCH: return q->epoch;
	case PEAL_QREG_SQ_TAIL: return q->sq_tail;
	case PEAL_QREG_SQ_HEAD: return q->sq_head;
	case PEAL_QREG_CQ_TAIL: return q->cq_tail;
	case PEAL_QREG_CQ_HEAD: return q->cq_head;
	case PEAL_QREG_N_ACCEPTED: return q->accepted;
	case PEAL_QREG_N_COMPLETED: return q->completed;
	case PEAL_QREG_N_UNDELIVERED: return q->undelivered;
	case PEAL_QREG_N_IN_FLIGHT: return q->work.busy;
	case PEAL_QREG_N_DOORBELLS: return q->doorbells;
	case PEAL_QREG_N_DB_REJECTED: return q->db_rejected;
	case PEAL_QREG_N_DB_INVALID: return q->db_invalid;
	case PEAL_QREG_N_REFETCH: return q->refetched;
	default: return offset <= PEAL_QREG_CQ_START ? q->config[offset / 4] : 0;
	}
}

/* The queue whose context or doorbell is at `offset` from `base`; NULL if there is none. */
static struct ref_queue *queue_at(struct ref_device *dev, uint32_t offset, uint32_t base,
				  uint32_t stride)
{
	uint32_t number = (offset - base) / stride;

	return offset >= base && number < dev->queue_count ? &dev->queues[number] : NULL;
}

/* ---- registers
 * ----------------------------------------------------------------------------------- */

static uint32_t opcode_word(unsigned i)
{
	uint32_t word = 0;

	for (uint32_t bit = 0; bit < 32; bit++)
		if (ref_op_of(32 * i + bit))
			word |= 1u << bit;
	return word;
}

static uint32_t id_read(const struct ref_device *dev, uint32_t offset)
{
	switch (offset) {
	case PEAL_REG_MAGIC: return PEAL_MAGIC;
	case PEAL_REG_VERSION: return PEAL_VERSION;
	case PEAL_REG_CONTRACT_LO: return (uint32_t)PEAL_CONTRACT_HASH;
	case PEAL_REG_CONTRACT_HI: return (uint32_t)(PEAL_CONTRACT_HASH >> 32);
	case PEAL_REG_KIND: return PEAL_KIND_REF;
	case PEAL_REG_CAP_CLAUSES: return PEAL_CAPS_V1;
	case PEAL_REG_CAP_RING: return PEAL_RING_LOG2_MIN | PEAL_RING_LOG2_MAX << 8;
	case PEAL_REG_CAP_QUEUES: return dev->queue_count;
	case PEAL_REG_CAP_REGIONS: return dev->region_count;
	case PEAL_REG_CAP_DB_STRIDE: return DB_STRIDE;
	default: break;
	}
	if (offset >= PEAL_REG_CAP_OP0 && offset < PEAL_REG_CAP_OP0 + 32)
		return opcode_word((offset - PEAL_REG_CAP_OP0) / 4);
	return 0; /* BUILD and CLOCK_KHZ among them: unknown, and none */
}

static uint32_t counter_word(const struct ref_device *dev, uint32_t offset)
{
	uint32_t i = (offset - PEAL_REG_CTR_BASE) / 4;

	if (offset < PEAL_REG_CTR_BASE || i >= 2 * PEAL_COUNTERS)
		return 0;
	return (uint32_t)(dev->snapshot[i / 2] >> (i % 2 ? 32 : 0));
}

static uint32_t global_read(const struct ref_device *dev, uint32_t offset)
{
	switch (offset) {
	case PEAL_REG_CMD: return dev->cmd;
	case PEAL_REG_CMDSTS: return dev->cmd_status;
	case PEAL_REG_CMD_TIMEOUT: return dev->cmd_timeout;
	case PEAL_REG_EV_COUNT: return dev->event_count;
	case PEAL_REG_EV_LOST: return dev->event_lost;
	case PEAL_REG_EV_LEVEL: return dev->event_level;
	case PEAL_REG_EV_W0: return event_word(dev, 0);
	case PEAL_REG_EV_W1: return event_word(dev, 1);
	case PEAL_REG_EV_W2: return event_word(dev, 2);
	case PEAL_REG_EV_W3: return event_word(dev, 3);
	default: break;
	}
	if (offset < PEAL_REG_RT_SEL)
		return id_read(dev, offset);
	return offset < PEAL_REG_CMD ? rt_read(dev, offset) : counter_word(dev, offset);
}

static int ref_reg_read(void *ctx, uint32_t offset, uint32_t *value)
{
	struct ref_device *dev = ctx;
	struct ref_queue *q;

	*value = 0;
	if (offset < PEAL_QREG_BASE)
		*value = global_read(dev, offset);
	else if (offset < PEAL_DB_BASE &&
		 (q = queue_at(dev, offset, PEAL_QREG_BASE, PEAL_QREG_STRIDE)))
		*value = qreg_read(q, offset % PEAL_QREG_STRIDE);
	return 0;
}

static void global_write(struct ref_device *dev, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PEAL_REG_CMD: ref_command(dev, value); break;
	case PEAL_REG_CMD_TIMEOUT: dev->cmd_timeout = value; break;
	case PEAL_REG_EV_POP: event_pop(dev); break;
	case PEAL_REG_CTR_SNAP: memcpy(dev->snapshot, dev->counters, sizeof(dev->snapshot)); break;
	default: rt_write(dev, offset, value);
	}
}

static int ref_reg_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct ref_device *dev = ctx;
	struct ref_queue *q;

	if (offset < PEAL_QREG_BASE) {
		global_write(dev, offset, value);
	} else if (offset < PEAL_DB_BASE) {
		q = queue_at(dev, offset, PEAL_QREG_BASE, PEAL_QREG_STRIDE);
		if (q)
			qreg_write(q, offset % PEAL_QREG_STRIDE, value);
	} else {
		q = queue_at(dev, offset, PEAL_DB_BASE, DB_STRIDE);
		if (q && offset % DB_STRIDE == PEAL_DB_SQ_TAIL)
			ref_doorbell(dev, q, value);
		else if (q && offset % DB_STRIDE == PEAL_DB_CQ_HEAD)
			ref_credit(dev, q, value);
	}
	return 0;
}

/* ---- time
 * --------------------------------------------------------------------------------------------- */

/* One step of the next queue that has something to do. */
static bool step(struct ref_device *dev)
{
	for (uint32_t i = 0; i < dev->queue_count; i++) {
		struct ref_queue *q = &dev->queues[dev->turn];

		dev->turn = (dev->turn + 1) % dev->queue_count;
		if (ref_queue_step(dev, q))
			return true;
	}
	return false;
}

static bool busy(const struct ref_device *dev)
{
	for (uint32_t i = 0; i < dev->queue_count; i++)
		if (ref_queue_ready(dev, &dev->queues[i]))
			return true;
	return dev->cmd_status & REF_CMD_ACTIVE;
}

static int ref_advance(void *ctx, uint64_t steps)
{
	struct ref_device *dev = ctx;

	for (; steps; steps--) {
		bool worked = step(dev), waiting = dev->cmd_status & REF_CMD_ACTIVE;

		if (!worked && !waiting)
			return 0;
		ref_command_tick(dev);
	}
	return busy(dev);
}

static uint64_t ref_trace_hash(void *ctx)
{
	return ((struct ref_device *)ctx)->hash;
}

static const char *waits_for(const struct ref_device *dev, const struct ref_queue *q)
{
	if (q->work.busy)
		return ref_rollout_waits(dev, q) ? "the record of its descriptor" : "its next step";
	if (ref_queue_ready(dev, q))
		return "its next step";
	if (q->sq_head != q->sq_tail && q->state == PEAL_Q_ENABLED)
		return "completion credit";
	return q->state == PEAL_Q_ENABLED ? "a doorbell" : "a command";
}

/* The first queue that has something left to do says why it does not. */
static int ref_explain(void *ctx, char *buf, size_t len)
{
	const struct ref_device *dev = ctx;

	for (uint32_t i = 0; i < dev->queue_count; i++) {
		const struct ref_queue *q = &dev->queues[i];

		if (q->work.busy || q->sq_head != q->sq_tail)
			return snprintf(buf, len,
					"ref: queue %u (%s) waits for %s, sq_head %u of %u", i,
					peal_queue_state_name(q->state), waits_for(dev, q),
					q->sq_head, q->sq_tail);
	}
	return snprintf(buf, len, "ref: nothing published is left to do");
}

/* ---- open and close
 * --------------------------------------------------------------------------------------- */

static int fail(const struct peal_device_params *params, const char *key, const char *value,
		const char *expected)
{
	char text[200];

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

static int take_parameter(struct ref_device *dev, const struct peal_device_params *params,
			  const struct peal_param *p)
{
	if (!strcmp(p->key, "queues"))
		return number(p->value, REF_QUEUES_MAX, &dev->queue_count)
			       ? 0
			       : fail(params, p->key, p->value, "1 to 64");
	if (!strcmp(p->key, "regions"))
		return number(p->value, REF_REGIONS_MAX, &dev->region_count)
			       ? 0
			       : fail(params, p->key, p->value, "1 to 1024");
	if (!is_bus_parameter(p->key))
		return fail(params, p->key, p->value,
			    "one of queues, regions, seed, latency, stall, trace, checked");
	say_ignored(params, p->key);
	return 0;
}

static int ref_open(const struct peal_device_params *params, void **out)
{
	struct ref_device *dev = calloc(1, sizeof(*dev));
	int r = dev ? 0 : -ENOMEM;

	if (r)
		return r;
	dev->log = params->log;
	dev->log_ctx = params->log_ctx;
	dev->queue_count = 8;
	dev->region_count = 64;
	dev->cmd_timeout = CMD_TIMEOUT;
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
};
