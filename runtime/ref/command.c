/* SPDX-License-Identifier: MIT */
/*
 * command.c - the life cycle: ENABLE, DRAIN, ABORT, RESET, DISABLE; and the lease.
 *
 * A command that cannot finish at once stays active; every step after that asks
 * whether it is done, and counts against CMD_TIMEOUT.
 */
#include <string.h>

#include "ref.h"

#define WAIT (-1)

#define MODE_BITS \
	(REF_MODE_ORDER | REF_MODE_MATCHED | REF_MODE_CRC | REF_MODE_FENCES | REF_MODE_SUPPRESS)

static void finish(struct ref_device *dev, unsigned queue, uint32_t code)
{
	dev->cmd_status = (queue & 0xfff) << 16 | code;
}

/* ---- ENABLE ----------------------------------------------------------------------- */

static bool size_is_good(uint32_t log2)
{
	return log2 >= PEAL_RING_LOG2_MIN && log2 <= PEAL_RING_LOG2_MAX;
}

/* All modes are supported here, so C7.6 has nothing to refuse but bits that mean nothing. */
static uint32_t check_config(const struct ref_queue *q)
{
	uint32_t mode = ref_config(q, PEAL_QREG_MODE), size = ref_config(q, PEAL_QREG_SIZE);

	if (mode & ~MODE_BITS || (mode & REF_MODE_ORDER) == REF_MODE_ORDER)
		return PEAL_CMDCODE_BAD_CONFIG;
	if (size & ~0xf0fu || !size_is_good(ref_sq_log2(q)) || !size_is_good(ref_cq_log2(q)))
		return PEAL_CMDCODE_BAD_CONFIG;
	if (mode & REF_MODE_MATCHED && ref_sq_log2(q) != ref_cq_log2(q))
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
	const struct place places[] = {
		{ PEAL_QREG_SQ_REGION, false, (uint64_t)PEAL_DESC_BYTES << ref_sq_log2(q),
		  &q->sq_bus },
		{ PEAL_QREG_CQ_REGION, true, (uint64_t)PEAL_COMP_BYTES << ref_cq_log2(q),
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

/* sq_event stands in the device line when the state is ENABLED; then comes the second look. */
static void go_up(struct ref_device *dev, struct ref_queue *q)
{
	q->closing = false;
	q->sq_event = q->sq_tail;
	q->watch = REF_ARMED;
	ref_set_state(dev, q, PEAL_Q_ENABLED);
}

static void begin(struct ref_device *dev, struct ref_queue *q)
{
	bool matched = ref_mode(q, REF_MODE_MATCHED);

	q->sq_head = q->sq_tail = ref_config(q, PEAL_QREG_SQ_START);
	q->cq_head = q->cq_tail = ref_config(q, matched ? PEAL_QREG_SQ_START : PEAL_QREG_CQ_START);
	q->accepted = q->completed = q->silent = q->undelivered = q->events = 0;
	q->doorbells = q->db_rejected = q->db_invalid = q->refetched = 0;
	q->refetches = 0;
	q->attached = true;
	go_up(dev, q);
}

static int enable(struct ref_device *dev, struct ref_queue *q)
{
	uint32_t code;

	if (q->state != PEAL_Q_DISABLED && q->state != PEAL_Q_DRAINED)
		return PEAL_CMDCODE_BAD_STATE;
	if (dev->lease_expired)
		return PEAL_CMDCODE_LEASE;
	if (q->state == PEAL_Q_DRAINED) {
		go_up(dev, q);
		return PEAL_CMDCODE_OK;
	}
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
	ref_try_end(dev, q);
	return WAIT;
}

/* Works in flight see the state and end with their next step. */
static void stop_works(struct ref_device *dev, struct ref_queue *q)
{
	if (q->state == PEAL_Q_ENABLED || q->state == PEAL_Q_DRAINING || q->state == PEAL_Q_ERROR)
		ref_set_state(dev, q, PEAL_Q_ABORTING);
}

static int abort_queue(struct ref_device *dev, struct ref_queue *q)
{
	if (q->state == PEAL_Q_DISABLED)
		return PEAL_CMDCODE_BAD_STATE;
	stop_works(dev, q);
	return WAIT;
}

static int reset(struct ref_device *dev, struct ref_queue *q)
{
	stop_works(dev, q);
	return WAIT;
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
	case PEAL_CMD_ABORT: return abort_queue(dev, q);
	case PEAL_CMD_RESET: return reset(dev, q);
	default: return disable(q);
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

/* ---- the end of a command ------------------------------------------------------------- */

static int drain_result(const struct ref_queue *q)
{
	switch (q->state) {
	case PEAL_Q_DRAINED: return PEAL_CMDCODE_OK;
	case PEAL_Q_DRAINING: return WAIT;
	default: return PEAL_CMDCODE_BAD_STATE; /* it ran into an error */
	}
}

/* The last write of the device line, which is the host's from here on. */
static void go_down(struct ref_device *dev, struct ref_queue *q)
{
	ref_set_state(dev, q, PEAL_Q_DISABLED);
	q->attached = q->closing = false;
}

static void new_epoch(struct ref_queue *q)
{
	q->epoch++;
	q->sq_head = q->sq_tail = q->cq_head = q->cq_tail = 0;
}

static int result(struct ref_device *dev, struct ref_queue *q)
{
	uint32_t command = dev->cmd & 0xff;

	if (dev->held_level) /* an event of an undelivered completion waits for room */
		return WAIT;
	if (command == PEAL_CMD_DRAIN)
		return drain_result(q);
	if (ref_in_flight(q))
		return WAIT;
	if (command == PEAL_CMD_ABORT) {
		ref_set_state(dev, q, PEAL_Q_ABORTED);
		return PEAL_CMDCODE_OK;
	}
	if (command == PEAL_CMD_RESET)
		new_epoch(q);
	go_down(dev, q);
	return PEAL_CMDCODE_OK;
}

void ref_command_poll(struct ref_device *dev)
{
	uint32_t queue = dev->cmd >> 8 & 0xffff;
	int code;

	if (!(dev->cmd_status & REF_CMD_ACTIVE))
		return;
	code = result(dev, &dev->queues[queue]);
	if (code != WAIT)
		finish(dev, queue, (uint32_t)code);
}

void ref_command_tick(struct ref_device *dev)
{
	uint32_t queue = dev->cmd >> 8 & 0xffff;

	ref_command_poll(dev);
	if (!(dev->cmd_status & REF_CMD_ACTIVE) || ++dev->cmd_steps < dev->cmd_timeout)
		return;
	finish(dev, queue, PEAL_CMDCODE_TIMEOUT);
	ref_try_end(dev, &dev->queues[queue]);
}

bool ref_going_down(const struct ref_device *dev, const struct ref_queue *q)
{
	uint32_t command = dev->cmd & 0xff;

	return dev->cmd_status & REF_CMD_ACTIVE &&
	       (command == PEAL_CMD_RESET || command == PEAL_CMD_DISABLE) &&
	       ref_queue_number(dev, q) == (dev->cmd >> 8 & 0xffff);
}

/* ---- the lease --------------------------------------------------------------------------- */

void ref_lease_write(struct ref_device *dev, uint32_t steps)
{
	dev->lease_expired = false;
	dev->lease_runs = steps > 0;
	dev->lease_end = dev->now + steps;
}

/* The bus is silent from here on, so nothing of what is in flight can complete. */
void ref_lease_poll(struct ref_device *dev)
{
	if (!dev->lease_runs || dev->now < dev->lease_end)
		return;
	dev->lease_runs = false;
	dev->lease_expired = true;
	ref_event(dev, PEAL_EVENT_LEASE, PEAL_NO_QUEUE, 0, 0, 0);
	for (uint32_t i = 0; i < dev->queue_count; i++)
		ref_cut_off(dev, &dev->queues[i]);
}
