/* SPDX-License-Identifier: MIT */
/*
 * audit.c - what both sides counted, and whether it agrees (contract 7).
 */
#include <errno.h>
#include <stdio.h>

#include "internal.h"

static const struct {
	uint32_t offset;
	size_t place; /* of the uint64_t in struct peal_queue_counters */
} figures[] = {
	{ PEAL_QREG_N_ACCEPTED, offsetof(struct peal_queue_counters, accepted) },
	{ PEAL_QREG_N_COMPLETED, offsetof(struct peal_queue_counters, completed) },
	{ PEAL_QREG_N_SILENT, offsetof(struct peal_queue_counters, silent) },
	{ PEAL_QREG_N_UNDELIVERED, offsetof(struct peal_queue_counters, undelivered) },
	{ PEAL_QREG_N_IN_FLIGHT, offsetof(struct peal_queue_counters, in_flight) },
	{ PEAL_QREG_N_DOORBELLS, offsetof(struct peal_queue_counters, db_taken) },
	{ PEAL_QREG_N_DB_REJECTED, offsetof(struct peal_queue_counters, db_rejected) },
	{ PEAL_QREG_N_DB_INVALID, offsetof(struct peal_queue_counters, db_invalid) },
	{ PEAL_QREG_N_REFETCH, offsetof(struct peal_queue_counters, refetched) },
	{ PEAL_QREG_N_EVENTS, offsetof(struct peal_queue_counters, events) },
};

int peal_queue_counters(struct peal_queue *q, struct peal_queue_counters *c)
{
	uint32_t value;
	int r;

	*c = (struct peal_queue_counters){
		.published = q->published,
		.reaped = q->reaped,
		.silenced = q->silent,
		.cancelled = q->cancelled,
		.doorbells = q->doorbells,
		.full = q->full,
	};
	for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		r = peal_read(q->dev, peal_qreg(q->id, figures[i].offset), &value);
		if (r)
			return r;
		*(uint64_t *)(void *)((char *)c + figures[i].place) = value;
	}
	r = peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_STATE), &c->state);
	return r ? r : peal_read(q->dev, peal_qreg(q->id, PEAL_QREG_EPOCH), &c->epoch);
}

/* Device counters have 32 bits and wrap. */
static bool same(uint64_t a, uint64_t b)
{
	return (uint32_t)a == (uint32_t)b;
}

/* What the host took, or made for what a lease cut off, is what the device has outcomes for. */
static int check_outcomes(struct peal_queue *q, const struct peal_queue_counters *c)
{
	const struct peal_life *life = &q->life;
	uint32_t waits = q->tail - q->head - q->ahead;

	if (!same(life->taken + life->silent + life->aborted + waits,
		  c->completed + c->silent + c->undelivered))
		return peal_fail(q->dev, -EPROTO,
				 "queue %u: the device completed %llu (+ silent %llu, undelivered "
				 "%llu), the "
				 "host took %llu (+ silent %llu, cut off %llu) and waits for %u",
				 q->id, (unsigned long long)c->completed,
				 (unsigned long long)c->silent, (unsigned long long)c->undelivered,
				 (unsigned long long)life->taken, (unsigned long long)life->silent,
				 (unsigned long long)life->aborted, waits);
	/* Of what a lease cut off nobody can tell whether it was a silent success. */
	if (!waits && !life->aborted && !same(life->silent, c->silent))
		return peal_fail(q->dev, -EPROTO,
				 "queue %u: silent %llu on the device, %llu on the host", q->id,
				 (unsigned long long)c->silent, (unsigned long long)life->silent);
	return 0;
}

int peal_queue_audit(struct peal_queue *q)
{
	struct peal_queue_counters c;
	const struct peal_life *life = &q->life;
	/* A completion can be seen before the bus has answered its write. */
	int r = peal_await_zero(q->dev, peal_qreg(q->id, PEAL_QREG_N_IN_FLIGHT));

	if (r && r != -ETIME)
		return r;
	r = peal_queue_counters(q, &c);
	if (r)
		return r;
	if (!same(c.accepted, c.completed + c.silent + c.undelivered + c.in_flight))
		return peal_fail(
			q->dev, -EPROTO,
			"queue %u: accepted %llu, but completed %llu + silent %llu + undelivered "
			"%llu + in flight %llu",
			q->id, (unsigned long long)c.accepted, (unsigned long long)c.completed,
			(unsigned long long)c.silent, (unsigned long long)c.undelivered,
			(unsigned long long)c.in_flight);
	if (!same(life->published, c.accepted + life->cancelled))
		return peal_fail(q->dev, -EPROTO,
				 "queue %u: published %llu, but accepted %llu + cancelled %llu",
				 q->id, (unsigned long long)life->published,
				 (unsigned long long)c.accepted,
				 (unsigned long long)life->cancelled);
	return check_outcomes(q, &c);
}
