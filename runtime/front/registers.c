/* SPDX-License-Identifier: MIT */
/*
 * registers.c - the register map: what is read, and who takes a write.
 */
#include <string.h>

#include "front.h"

#define DB_STRIDE 64

static void refresh(struct front_device *dev, struct front_queue *q)
{
	if (dev->hooks->refresh)
		dev->hooks->refresh(dev, q);
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

static void qreg_write(struct front_queue *q, uint32_t offset, uint32_t value)
{
	if (offset <= PEAL_QREG_CQ_START && q->state == PEAL_Q_DISABLED)
		q->config[offset / 4] = value & config_mask(offset);
}

static uint32_t progress_read(const struct front_queue *q, uint32_t offset)
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
	case PEAL_QREG_N_SILENT: return q->silent;
	case PEAL_QREG_N_UNDELIVERED: return q->undelivered;
	case PEAL_QREG_N_IN_FLIGHT: return q->in_flight;
	case PEAL_QREG_N_DOORBELLS: return q->doorbells;
	case PEAL_QREG_N_DB_REJECTED: return q->db_rejected;
	case PEAL_QREG_N_DB_INVALID: return q->db_invalid;
	case PEAL_QREG_N_REFETCH: return q->refetched;
	case PEAL_QREG_N_EVENTS: return q->events;
	default: return 0;
	}
}

static uint32_t qreg_read(struct front_device *dev, struct front_queue *q, uint32_t offset)
{
	if (offset <= PEAL_QREG_CQ_START)
		return q->config[offset / 4];
	refresh(dev, q);
	return progress_read(q, offset);
}

/* The queue whose context or doorbell is at `offset` from `base`; NULL if there is none. */
static struct front_queue *queue_at(struct front_device *dev, uint32_t offset, uint32_t base,
				    uint32_t stride)
{
	uint32_t number = (offset - base) / stride;

	return offset >= base && number < dev->queue_count ? dev->queues[number] : NULL;
}

void front_set_queue(struct front_device *dev, unsigned number, struct front_queue *q)
{
	dev->queues[number] = q;
	q->number = number;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static uint32_t opcode_word(unsigned i)
{
	uint32_t word = 0;

	for (uint32_t bit = 0; bit < 32; bit++)
		if (front_op_of(32 * i + bit))
			word |= 1u << bit;
	return word;
}

static uint32_t id_read(const struct front_device *dev, uint32_t offset)
{
	switch (offset) {
	case PEAL_REG_MAGIC: return PEAL_MAGIC;
	case PEAL_REG_VERSION: return PEAL_VERSION;
	case PEAL_REG_CONTRACT_LO: return (uint32_t)PEAL_CONTRACT_HASH;
	case PEAL_REG_CONTRACT_HI: return (uint32_t)(PEAL_CONTRACT_HASH >> 32);
	case PEAL_REG_KIND: return dev->kind;
	case PEAL_REG_CLOCK_KHZ: return dev->clock_khz;
	case PEAL_REG_CAP_CLAUSES: return dev->clauses;
	case PEAL_REG_CAP_RING: return PEAL_RING_LOG2_MIN | PEAL_RING_LOG2_MAX << 8;
	case PEAL_REG_CAP_QUEUES: return dev->queue_count;
	case PEAL_REG_CAP_REGIONS: return dev->region_count;
	case PEAL_REG_CAP_DB_STRIDE: return DB_STRIDE;
	default: break;
	}
	if (offset >= PEAL_REG_CAP_OP0 && offset < PEAL_REG_CAP_OP0 + 32)
		return opcode_word((offset - PEAL_REG_CAP_OP0) / 4);
	return 0; /* BUILD among them: unknown */
}

static uint32_t counter_word(const struct front_device *dev, uint32_t offset)
{
	uint32_t i = (offset - PEAL_REG_CTR_BASE) / 4;

	if (offset < PEAL_REG_CTR_BASE || i >= 2 * PEAL_COUNTERS)
		return 0;
	return (uint32_t)(dev->snapshot[i / 2] >> (i % 2 ? 32 : 0));
}

static uint32_t event_read(struct front_device *dev, uint32_t offset)
{
	refresh(dev, NULL);
	return front_event_read(dev, offset);
}

/* Nobody advances a device that runs by itself, so the host's look is the tick. */
static uint32_t command_status(struct front_device *dev)
{
	if (dev->runs_by_itself)
		front_command_tick(dev);
	return dev->cmd_status;
}

static uint32_t global_read(struct front_device *dev, uint32_t offset)
{
	const struct front_hooks *hooks = dev->hooks;

	switch (offset) {
	case PEAL_REG_CMD: return dev->cmd;
	case PEAL_REG_CMDSTS: return command_status(dev);
	case PEAL_REG_CMD_TIMEOUT: return dev->cmd_timeout;
	case PEAL_REG_LEASE: return hooks->lease_left ? hooks->lease_left(dev) : 0;
	case PEAL_REG_LEASE_STS: return hooks->lease_status ? hooks->lease_status(dev) : 0;
	default: break;
	}
	if (offset < PEAL_REG_RT_SEL)
		return id_read(dev, offset);
	if (offset < PEAL_REG_CMD)
		return front_rt_read(dev, offset);
	return offset < PEAL_REG_CTR_SNAP ? event_read(dev, offset) : counter_word(dev, offset);
}

uint32_t front_read(struct front_device *dev, uint32_t offset)
{
	struct front_queue *q;

	if (offset < PEAL_QREG_BASE)
		return global_read(dev, offset);
	if (offset >= PEAL_DB_BASE)
		return 0;
	q = queue_at(dev, offset, PEAL_QREG_BASE, PEAL_QREG_STRIDE);
	return q ? qreg_read(dev, q, offset % PEAL_QREG_STRIDE) : 0;
}

static void snapshot(struct front_device *dev)
{
	refresh(dev, NULL);
	memcpy(dev->snapshot, dev->counters, sizeof(dev->snapshot));
}

static void global_write(struct front_device *dev, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PEAL_REG_CMD: front_command(dev, value); break;
	case PEAL_REG_CMD_TIMEOUT: dev->cmd_timeout = value; break;
	case PEAL_REG_LEASE:
		if (dev->hooks->lease)
			dev->hooks->lease(dev, value);
		break;
	case PEAL_REG_EV_POP:
	case PEAL_REG_FE_STS: front_event_write(dev, offset); break;
	case PEAL_REG_CTR_SNAP: snapshot(dev); break;
	default: front_rt_write(dev, offset, value);
	}
}

static void db_write(struct front_device *dev, struct front_queue *q, uint32_t offset,
		     uint32_t value)
{
	if (offset == PEAL_DB_SQ_TAIL)
		dev->hooks->doorbell(dev, q, value);
	else if (offset == PEAL_DB_CQ_HEAD)
		dev->hooks->credit(dev, q, value);
}

void front_write(struct front_device *dev, uint32_t offset, uint32_t value)
{
	struct front_queue *q;

	if (offset < PEAL_QREG_BASE) {
		global_write(dev, offset, value);
	} else if (offset < PEAL_DB_BASE) {
		q = queue_at(dev, offset, PEAL_QREG_BASE, PEAL_QREG_STRIDE);
		if (q)
			qreg_write(q, offset % PEAL_QREG_STRIDE, value);
	} else {
		q = queue_at(dev, offset, PEAL_DB_BASE, DB_STRIDE);
		if (q)
			db_write(dev, q, offset % DB_STRIDE, value);
	}
}
