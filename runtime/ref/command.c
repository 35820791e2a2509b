/* SPDX-License-Identifier: MIT */
/*
 * command.c - the life cycle: ENABLE, DRAIN, RESET, DISABLE.
 *
 * A command that cannot finish at once stays active; every step after that asks
 * whether it is done, and counts against CMD_TIMEOUT.
 */
#include <string.h>

#include "ref.h"

#define WAIT (-1)

#define MODE_ORDER 0x3u
#define MODE_CRC (1u << 8)
#define MODE_LATER (MODE_ORDER | 1u << 4 | 1u << 9 | 1u << 10)

static void finish(struct ref_device *dev, unsigned queue, uint32_t code)
{
	dev->cmd_status = (queue & 0xfff) << 16 | code;
}

/* ---- ENABLE ----------------------------------------------------------------------- */

static bool size_is_good(uint32_t log2)
{
	return log2 >= PEAL_RING_LOG2_MIN && log2 <= PEAL_RING_LOG2_MAX;
}

static uint32_t check_config(const struct ref_queue *q)
{
	uint32_t mode = ref_config(q, PEAL_QREG_MODE), size = ref_config(q, PEAL_QREG_SIZE);

	if (mode & ~(MODE_LATER | MODE_CRC) || (mode & MODE_ORDER) == MODE_ORDER)
		return PEAL_CMDCODE_BAD_CONFIG;
	if (mode & MODE_LATER)
		return PEAL_CMDCODE_UNSUPPORTED;
	if (size & ~0xf0fu || !size_is_good(size & 0xf) || !size_is_good(size >> 8 & 0xf))
		return PEAL_CMDCODE_BAD_CONFIG;
	return PEAL_CMDCODE_OK;
}

/* One of SQ, CQ, host line, device line: three registers, what the device does there, its size. */
struct place {
	uint32_t reg;
	bool write;
	uint64_t bytes;
	uint64_t *bus;
};

static uint32_t check_place(const struct ref_device *dev, const struct ref_queue *q,
			    const struct place *p)
{
	uint64_t offset = (uint64_t)ref_config(q, p->reg + 8) << 32 | ref_config(q, p->reg + 4);
	struct ref_operand operand;
	enum peal_status status = ref_resolve(dev, ref_config(q, PEAL_QREG_TENANT),
					      ref_config(q, p->reg), offset, p->bytes, !p->write,
					      p->write, &operand);

	/* Command codes of failed operands are the statuses' numbers. */
	if (status != PEAL_ST_OK)
		return status;
	if (operand.bus % PEAL_LINE_BYTES)
		return PEAL_CMDCODE_ALIGNMENT;
	*p->bus = operand.bus;
	return PEAL_CMDCODE_OK;
}

static uint32_t check_places(struct ref_device *dev, struct ref_queue *q)
{
	uint64_t host_line;
	const struct place places[] = {
		{ PEAL_QREG_SQ_REGION, false, (uint64_t)ref_sq_slots(q) * PEAL_DESC_BYTES,
		  &q->sq_bus },
		{ PEAL_QREG_CQ_REGION, true, (uint64_t)ref_cq_slots(q) * PEAL_COMP_BYTES,
		  &q->cq_bus },
		{ PEAL_QREG_HL_REGION, false, PEAL_LINE_BYTES, &host_line },
		{ PEAL_QREG_DL_REGION, true, PEAL_LINE_BYTES, &q->line_bus },
	};

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t code = check_place(dev, q, &places[i]);

		if (code)
			return i << 8 | code;
	}
	return PEAL_CMDCODE_OK;
}

static void begin(struct ref_device *dev, struct ref_queue *q)
{
	q->sq_head = q->sq_tail = ref_config(q, PEAL_QREG_SQ_START);
	q->cq_head = q->cq_tail = ref_config(q, PEAL_QREG_CQ_START);
	q->accepted = q->completed = q->undelivered = q->doorbells = 0;
	q->db_rejected = q->db_invalid = q->refetched = 0;
	q->refetches = 0;
	q->attached = true;
	ref_set_state(dev, q, PEAL_Q_ENABLED);
}

static int enable(struct ref_device *dev, struct ref_queue *q)
{
	uint32_t code;

	if (q->state == PEAL_Q_DRAINED) {
		ref_set_state(dev, q, PEAL_Q_ENABLED);
		return PEAL_CMDCODE_OK;
	}
	if (q->state != PEAL_Q_DISABLED)
		return PEAL_CMDCODE_BAD_STATE;
	code = check_config(q);
	if (!code)
		code = check_places(dev, q);
	if (!code)
		begin(dev, q);
	return (int)code;
}

/* ---- the others --------------------------------------------------------------------- */

static int drain(struct ref_device *dev, struct ref_queue *q)
{
	if (q->state != PEAL_Q_ENABLED && q->state != PEAL_Q_DRAINING && q->state != PEAL_Q_DRAINED)
		return PEAL_CMDCODE_BAD_STATE;
	if (q->state == PEAL_Q_ENABLED) {
		q->limit = q->sq_tail;
		ref_set_state(dev, q, PEAL_Q_DRAINING);
	}
	ref_try_drained(dev, q);
	return WAIT;
}

/* The last write of the device line, which is the host's from here on. */
static void go_down(struct ref_device *dev, struct ref_queue *q)
{
	ref_set_state(dev, q, PEAL_Q_DISABLED);
	q->attached = q->closing = false;
}

static int reset(struct ref_device *dev, struct ref_queue *q)
{
	if (q->work.busy)
		return PEAL_CMDCODE_BUSY;
	q->epoch++;
	q->sq_head = q->sq_tail = q->cq_head = q->cq_tail = 0;
	go_down(dev, q);
	return PEAL_CMDCODE_OK;
}

static int disable(struct ref_queue *q)
{
	q->closing = q->state != PEAL_Q_DISABLED;
	return WAIT;
}

static int start(struct ref_device *dev, struct ref_queue *q, uint32_t command)
{
	switch (command) {
	case PEAL_CMD_ENABLE: return enable(dev, q);
	case PEAL_CMD_DRAIN: return drain(dev, q);
	case PEAL_CMD_RESET: return reset(dev, q);
	case PEAL_CMD_DISABLE: return disable(q);
	default: return PEAL_CMDCODE_UNSUPPORTED; /* ABORT */
	}
}

void ref_command(struct ref_device *dev, uint32_t value)
{
	uint32_t command = value & 0xff, queue = value >> 8 & 0xffff;
	int code;

	if (dev->cmd_status & REF_CMD_ACTIVE)
		return;
	dev->cmd = value;
	dev->cmd_steps = 0;
	if (command < PEAL_CMD_ENABLE || command > PEAL_CMD_DISABLE)
		code = PEAL_CMDCODE_BAD_CMD;
	else if (queue >= dev->queue_count)
		code = PEAL_CMDCODE_BAD_QUEUE;
	else
		code = start(dev, &dev->queues[queue], command);
	if (code != WAIT) {
		finish(dev, queue, (uint32_t)code);
		return;
	}
	dev->cmd_status = REF_CMD_ACTIVE | (queue & 0xfff) << 16;
	ref_command_poll(dev);
}

static int drain_result(const struct ref_queue *q)
{
	switch (q->state) {
	case PEAL_Q_DRAINED: return PEAL_CMDCODE_OK;
	case PEAL_Q_DRAINING: return WAIT;
	default: return PEAL_CMDCODE_BAD_STATE; /* it ran into an error */
	}
}

static int disable_result(struct ref_device *dev, struct ref_queue *q)
{
	if (q->work.busy)
		return WAIT;
	go_down(dev, q);
	return PEAL_CMDCODE_OK;
}

void ref_command_poll(struct ref_device *dev)
{
	uint32_t queue = dev->cmd >> 8 & 0xffff;
	struct ref_queue *q = &dev->queues[queue];
	int code;

	if (!(dev->cmd_status & REF_CMD_ACTIVE))
		return;
	if ((dev->cmd & 0xff) == PEAL_CMD_DRAIN)
		code = drain_result(q);
	else
		code = disable_result(dev, q);
	if (code != WAIT)
		finish(dev, queue, (uint32_t)code);
}

void ref_command_tick(struct ref_device *dev)
{
	ref_command_poll(dev);
	if (dev->cmd_status & REF_CMD_ACTIVE && ++dev->cmd_steps >= dev->cmd_timeout)
		finish(dev, dev->cmd >> 8 & 0xffff, PEAL_CMDCODE_TIMEOUT);
}
