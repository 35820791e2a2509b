/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - the register writes that reach the device, and what the register
 * front asks of it.
 */
#include "ref.h"

static uint64_t now(const struct front_device *front)
{
	return ref_of_const(front)->now;
}

/* A write of a doorbell, credit or lease register, as the plan of faults lets it through. */
static unsigned faulty_write(struct ref_device *dev, enum fault_class on, uint32_t *value)
{
	const struct fault *hit;
	unsigned times = fault_register(&dev->faults, on, value, &hit);

	ref_say_fault(dev, hit);
	return times;
}

static void doorbell(struct front_device *front, struct front_queue *q, uint32_t tail)
{
	struct ref_device *dev = ref_of(front);
	unsigned times = faulty_write(dev, FAULT_DOORBELL, &tail);

	for (; times; times--)
		ref_doorbell(dev, ref_queue_of(q), tail);
}

static void credit(struct front_device *front, struct front_queue *q, uint32_t head)
{
	struct ref_device *dev = ref_of(front);
	unsigned times = faulty_write(dev, FAULT_CREDIT, &head);

	for (; times; times--)
		ref_credit(dev, ref_queue_of(q), head);
}

static void lease(struct front_device *front, uint32_t steps)
{
	struct ref_device *dev = ref_of(front);

	if (faulty_write(dev, FAULT_LEASE, &steps))
		ref_lease_write(dev, steps);
}

static uint32_t lease_left(const struct front_device *front)
{
	const struct ref_device *dev = ref_of_const(front);

	return dev->lease_runs ? (uint32_t)(dev->lease_end - dev->now) : 0;
}

static uint32_t lease_status(const struct front_device *front)
{
	const struct ref_device *dev = ref_of_const(front);

	return (dev->lease_runs ? FRONT_LEASE_RUNS : 0) |
	       (dev->lease_expired ? FRONT_LEASE_EXPIRED : 0);
}

/* What is in flight now was checked against the tables as they were. */
static void age_works(struct ref_device *dev)
{
	for (uint32_t i = 0; i < dev->front.queue_count; i++)
		for (unsigned k = 0; k < REF_WORKS; k++)
			dev->queues[i].works[k].old_tables = true;
}

static void committed(struct front_device *front, uint32_t index)
{
	if (!front->regions[index].valid)
		age_works(ref_of(front));
}

static bool rt_busy(const struct front_device *front)
{
	const struct ref_device *dev = ref_of_const(front);

	for (uint32_t i = 0; i < front->queue_count; i++)
		for (unsigned k = 0; k < REF_WORKS; k++)
			if (dev->queues[i].works[k].busy && dev->queues[i].works[k].old_tables)
				return true;
	return false;
}

/* It may be what a state waited for. */
static void log_has_room(struct front_device *front)
{
	struct ref_device *dev = ref_of(front);

	for (uint32_t i = 0; i < front->queue_count; i++)
		ref_try_end(dev, &dev->queues[i]);
}

static int start(struct front_device *front, struct front_queue *q, uint32_t command)
{
	return ref_command_start(ref_of(front), ref_queue_of(q), command);
}

static int poll(struct front_device *front, struct front_queue *q, uint32_t command)
{
	return ref_command_result(ref_of(front), ref_queue_of(q), command);
}

static void timed_out(struct front_device *front, struct front_queue *q)
{
	ref_try_end(ref_of(front), ref_queue_of(q));
}

const struct front_hooks ref_hooks = {
	.now = now,
	.doorbell = doorbell,
	.credit = credit,
	.start = start,
	.poll = poll,
	.timed_out = timed_out,
	.lease = lease,
	.lease_left = lease_left,
	.lease_status = lease_status,
	.committed = committed,
	.rt_busy = rt_busy,
	.log_has_room = log_has_room,
};
