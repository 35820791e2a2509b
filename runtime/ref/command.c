/* SPDX-License-Identifier: MIT */
/*
 * command.c - the life cycle: ENABLE, DRAIN, ABORT, RESET, DISABLE; and the lease.
 *
 * The front has checked a command before it comes here, and asks after every
 * step whether it is done.
 */
#include "ref.h"

/* ---- begin ---------------------------------------------------------------------- */

/* sq_event stands in the device line when the state is ENABLED; then comes the second look. */
static void go_up(struct ref_device *dev, struct ref_queue *q)
{
	q->closing = false;
	q->sq_event = q->front.sq_tail;
	q->watch = REF_ARMED;
	ref_set_state(dev, q, PEAL_Q_ENABLED);
}

static int enable(struct ref_device *dev, struct ref_queue *q)
{
	if (q->front.state == PEAL_Q_DISABLED) {
		q->refetches = 0;
		q->attached = true;
	}
	go_up(dev, q);
	return PEAL_CMDCODE_OK;
}

static int drain(struct ref_device *dev, struct ref_queue *q)
{
	if (q->front.state == PEAL_Q_ENABLED) {
		q->limit = q->front.sq_tail;
		ref_set_state(dev, q, PEAL_Q_DRAINING);
	}
	ref_try_end(dev, q);
	return FRONT_WAIT;
}

/* ABORT, RESET. Works in flight see the state and end with their next step. */
static int stop_works(struct ref_device *dev, struct ref_queue *q)
{
	enum peal_queue_state_code state = q->front.state;

	if (state == PEAL_Q_ENABLED || state == PEAL_Q_DRAINING || state == PEAL_Q_ERROR)
		ref_set_state(dev, q, PEAL_Q_ABORTING);
	return FRONT_WAIT;
}

static int disable(struct ref_queue *q)
{
	q->closing = q->front.state != PEAL_Q_DISABLED;
	return FRONT_WAIT;
}

int ref_command_start(struct ref_device *dev, struct ref_queue *q, uint32_t command)
{
	switch (command) {
	case PEAL_CMD_ENABLE: return enable(dev, q);
	case PEAL_CMD_DRAIN: return drain(dev, q);
	case PEAL_CMD_DISABLE: return disable(q);
	default: return stop_works(dev, q);
	}
}

/* ---- end -------------------------------------------------------------------------- */

static int drain_result(const struct ref_queue *q)
{
	switch (q->front.state) {
	case PEAL_Q_DRAINED: return PEAL_CMDCODE_OK;
	case PEAL_Q_DRAINING: return FRONT_WAIT;
	default: return PEAL_CMDCODE_BAD_STATE; /* it ran into an error */
	}
}

/* The last write of the device line, which is the host's from here on. */
static void go_down(struct ref_device *dev, struct ref_queue *q)
{
	ref_set_state(dev, q, PEAL_Q_DISABLED);
	q->attached = q->closing = false;
}

int ref_command_result(struct ref_device *dev, struct ref_queue *q, uint32_t command)
{
	if (command == PEAL_CMD_DRAIN)
		return drain_result(q);
	if (q->front.in_flight)
		return FRONT_WAIT;
	if (command == PEAL_CMD_ABORT) {
		ref_set_state(dev, q, PEAL_Q_ABORTED);
		return PEAL_CMDCODE_OK;
	}
	if (command == PEAL_CMD_RESET)
		front_new_epoch(&q->front);
	go_down(dev, q);
	return PEAL_CMDCODE_OK;
}

bool ref_going_down(const struct ref_device *dev, const struct ref_queue *q)
{
	uint32_t command = front_active_on(&dev->front, &q->front);

	return command == PEAL_CMD_RESET || command == PEAL_CMD_DISABLE;
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
	front_log(&dev->front, PEAL_EVENT_LEASE, PEAL_NO_QUEUE, 0, 0, 0);
	for (uint32_t i = 0; i < dev->front.queue_count; i++)
		ref_cut_off(dev, &dev->queues[i]);
}
