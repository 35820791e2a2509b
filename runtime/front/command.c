/* SPDX-License-Identifier: MIT */
/*
 * command.c - a command from CMD to CMDSTS: its checks, its begin and its end.
 *
 * What it does is the device's. A command that cannot finish at once stays
 * active, until the device says that it is done or CMD_TIMEOUT has passed.
 */
#include "front.h"

#define MODE_BITS                                                                     \
	(FRONT_MODE_ORDER | FRONT_MODE_MATCHED | FRONT_MODE_CRC | FRONT_MODE_FENCES | \
	 FRONT_MODE_SUPPRESS)

static void finish(struct front_device *dev, unsigned queue, uint32_t code)
{
	dev->cmd_status = (queue & 0xfff) << 16 | code;
}

/* ---- ENABLE: the configuration (C7.6 to C7.8) ------------------------------------- */

static uint32_t clause_of(enum front_order order)
{
	switch (order) {
	case FRONT_FIFO: return PEAL_CAP_FIFO;
	case FRONT_ACTOR: return PEAL_CAP_ACTOR;
	default: return PEAL_CAP_NONE;
	}
}

/* The capabilities that a queue of this configuration needs. */
static uint32_t clauses_of(const struct front_queue *q)
{
	return clause_of(front_order(q)) |
	       (front_mode(q, FRONT_MODE_MATCHED) ? PEAL_CAP_MATCHED : PEAL_CAP_PACKED) |
	       (front_mode(q, FRONT_MODE_CRC) ? PEAL_CAP_CRC : 0) |
	       (front_mode(q, FRONT_MODE_FENCES) ? PEAL_CAP_FENCE : 0) |
	       (front_mode(q, FRONT_MODE_SUPPRESS) ? PEAL_CAP_SUPPRESS : 0);
}

static bool size_is_good(uint32_t log2)
{
	return log2 >= PEAL_RING_LOG2_MIN && log2 <= PEAL_RING_LOG2_MAX;
}

static uint32_t check_config(const struct front_device *dev, const struct front_queue *q)
{
	uint32_t mode = front_config(q, PEAL_QREG_MODE), size = front_config(q, PEAL_QREG_SIZE);

	if (mode & ~MODE_BITS || (mode & FRONT_MODE_ORDER) == FRONT_MODE_ORDER)
		return PEAL_CMDCODE_BAD_CONFIG;
	if (clauses_of(q) & ~dev->clauses)
		return PEAL_CMDCODE_UNSUPPORTED;
	if (size & ~0xf0fu || !size_is_good(front_sq_log2(q)) || !size_is_good(front_cq_log2(q)))
		return PEAL_CMDCODE_BAD_CONFIG;
	if (mode & FRONT_MODE_MATCHED && front_sq_log2(q) != front_cq_log2(q))
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

static uint32_t check_place(const struct front_device *dev, const struct front_queue *q,
			    const struct place *p)
{
	uint64_t offset = (uint64_t)front_config(q, p->reg + 8) << 32 | front_config(q, p->reg + 4);
	struct front_operand operand;
	enum peal_status status = front_resolve(dev, front_config(q, PEAL_QREG_TENANT),
						front_config(q, p->reg), offset, p->bytes,
						!p->write, p->write, &operand);

	/* Command codes of failed operands are the statuses' numbers. */
	if (status != PEAL_ST_OK)
		return status;
	if (operand.bus % PEAL_LINE_BYTES)
		return PEAL_CMDCODE_ALIGNMENT;
	*p->bus = operand.bus;
	return PEAL_CMDCODE_OK;
}

static uint32_t check_places(const struct front_device *dev, struct front_queue *q)
{
	const struct place places[] = {
		{ PEAL_QREG_SQ_REGION, false, (uint64_t)PEAL_DESC_BYTES << front_sq_log2(q),
		  &q->sq_bus },
		{ PEAL_QREG_CQ_REGION, true, (uint64_t)PEAL_COMP_BYTES << front_cq_log2(q),
		  &q->cq_bus },
		{ PEAL_QREG_HL_REGION, false, PEAL_LINE_BYTES, &q->host_line_bus },
		{ PEAL_QREG_DL_REGION, true, PEAL_LINE_BYTES, &q->line_bus },
	};

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t code = check_place(dev, q, &places[i]);

		if (code)
			return i << 8 | code;
	}
	return PEAL_CMDCODE_OK;
}

static void new_life(struct front_queue *q)
{
	bool matched = front_mode(q, FRONT_MODE_MATCHED);
	uint32_t cq_start = matched ? PEAL_QREG_SQ_START : PEAL_QREG_CQ_START;

	q->sq_head = q->sq_tail = front_config(q, PEAL_QREG_SQ_START);
	q->cq_head = q->cq_tail = front_config(q, cq_start);
	q->accepted = q->completed = q->silent = q->undelivered = q->events = 0;
	q->doorbells = q->db_rejected = q->db_invalid = q->refetched = 0;
}

static bool lease_expired(const struct front_device *dev)
{
	return dev->hooks->lease_status && dev->hooks->lease_status(dev) & FRONT_LEASE_EXPIRED;
}

/* From DRAINED the queue goes on where it was, and nothing more is checked (C7.10). */
static uint32_t check_enable(const struct front_device *dev, struct front_queue *q)
{
	uint32_t code;

	if (lease_expired(dev))
		return PEAL_CMDCODE_LEASE;
	if (q->state == PEAL_Q_DRAINED)
		return PEAL_CMDCODE_OK;
	code = check_config(dev, q);
	if (!code)
		code = check_places(dev, q);
	if (!code)
		new_life(q);
	return code;
}

/* ---- begin --------------------------------------------------------------------------- */

static bool state_allows(enum peal_queue_state_code state, uint32_t command)
{
	switch (command) {
	case PEAL_CMD_ENABLE: return state == PEAL_Q_DISABLED || state == PEAL_Q_DRAINED;
	case PEAL_CMD_DRAIN:
		return state == PEAL_Q_ENABLED || state == PEAL_Q_DRAINING ||
		       state == PEAL_Q_DRAINED;
	case PEAL_CMD_ABORT: return state != PEAL_Q_DISABLED;
	default: return true;
	}
}

/* The order is that of C7.3. */
static int begin(struct front_device *dev, unsigned queue, uint32_t command)
{
	struct front_queue *q;
	uint32_t code;

	if (command < PEAL_CMD_ENABLE || command > PEAL_CMD_DISABLE)
		return PEAL_CMDCODE_BAD_CMD;
	if (queue >= dev->queue_count)
		return PEAL_CMDCODE_BAD_QUEUE;
	if (command == PEAL_CMD_ABORT && !(dev->clauses & PEAL_CAP_ABORT))
		return PEAL_CMDCODE_UNSUPPORTED;
	q = dev->queues[queue];
	if (dev->hooks->refresh)
		dev->hooks->refresh(dev, q);
	if (!state_allows(q->state, command))
		return PEAL_CMDCODE_BAD_STATE;
	code = command == PEAL_CMD_ENABLE ? check_enable(dev, q) : PEAL_CMDCODE_OK;
	return code ? (int)code : dev->hooks->start(dev, q, command);
}

static uint32_t command_of(const struct front_device *dev)
{
	return dev->cmd & 0xff;
}

static unsigned queue_of(const struct front_device *dev)
{
	return dev->cmd >> 8 & 0xffff;
}

void front_command(struct front_device *dev, uint32_t value)
{
	int code;

	if (front_active(dev))
		return;
	dev->cmd = value;
	dev->cmd_start = dev->hooks->now(dev);
	code = begin(dev, queue_of(dev), command_of(dev));
	if (code != FRONT_WAIT) {
		finish(dev, queue_of(dev), (uint32_t)code);
		return;
	}
	dev->cmd_status = FRONT_CMD_ACTIVE | (queue_of(dev) & 0xfff) << 16;
	front_command_poll(dev);
}

/* ---- end ------------------------------------------------------------------------------- */

void front_command_poll(struct front_device *dev)
{
	int code;

	if (!front_active(dev) || dev->held_level) /* an undelivered completion waits for room */
		return;
	code = dev->hooks->poll(dev, dev->queues[queue_of(dev)], command_of(dev));
	if (code != FRONT_WAIT)
		finish(dev, queue_of(dev), (uint32_t)code);
}

void front_command_tick(struct front_device *dev)
{
	front_command_poll(dev);
	if (!front_active(dev) || dev->hooks->now(dev) - dev->cmd_start < dev->cmd_timeout)
		return;
	finish(dev, queue_of(dev), PEAL_CMDCODE_TIMEOUT);
	if (dev->hooks->timed_out)
		dev->hooks->timed_out(dev, dev->queues[queue_of(dev)]);
}

uint32_t front_active_on(const struct front_device *dev, const struct front_queue *q)
{
	return front_active(dev) && queue_of(dev) == q->number ? command_of(dev) : 0;
}

void front_new_epoch(struct front_queue *q)
{
	q->epoch++;
	q->sq_head = q->sq_tail = q->cq_head = q->cq_tail = 0;
}
