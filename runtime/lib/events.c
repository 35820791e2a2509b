/* SPDX-License-Identifier: MIT */
/*
 * events.c - the event log, and events that programs wait for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define RAISE_EVERY_NS 20000 /* between two looks at a device that runs by itself */

/* ---- the event log -------------------------------------------------------------- */

static int take_event(struct peal_device *dev, struct peal_event *e)
{
	uint32_t w0;
	int r;

	if ((r = peal_read(dev, PEAL_REG_EV_W0, &w0)) ||
	    (r = peal_read(dev, PEAL_REG_EV_W1, &e->w1)) ||
	    (r = peal_read(dev, PEAL_REG_EV_W2, &e->w2)) ||
	    (r = peal_read(dev, PEAL_REG_EV_W3, &e->w3)) ||
	    (r = peal_read(dev, PEAL_REG_EV_W4, &e->w4)))
		return r;
	e->code = w0 & 0xff;
	e->queue = w0 >> 8 & 0xffff;
	return peal_write(dev, PEAL_REG_EV_POP, 1);
}

/* For the user, who may never ask: the oldest goes when there is no room. */
static void keep(struct peal_device *dev, const struct peal_event *e)
{
	struct peal_event_log *log = &dev->events;

	log->last = *e;
	if (log->count == PEAL_EVENTS_KEPT) {
		log->first = (log->first + 1) % PEAL_EVENTS_KEPT;
		log->count--;
		if (!log->dropped++)
			peal_log(dev, PEAL_LOG_WARN,
				 "events are dropped: nobody calls peal_events");
	}
	log->kept[(log->first + log->count++) % PEAL_EVENTS_KEPT] = *e;
}

int peal_pump_events(struct peal_device *dev)
{
	struct peal_event e;
	uint32_t level;
	int r;

	for (;;) {
		r = peal_read(dev, PEAL_REG_EV_LEVEL, &level);
		if (r || !level)
			return r;
		r = take_event(dev, &e);
		if (r)
			return r;
		keep(dev, &e);
		if (e.code == PEAL_EVENT_LEASE)
			/* Relaxed: a queue that does not see it yet looks again. */
			atomic_fetch_add_explicit(&dev->events.leases, 1, memory_order_relaxed);
		if (e.code == PEAL_EVENT_COMPLETION && e.queue < dev->info.queues &&
		    dev->queues[e.queue])
			r = peal_queue_refuse(dev->queues[e.queue], &e);
		if (r)
			return r;
	}
}

int peal_pump_events_now(struct peal_device *dev)
{
	int r;

	pthread_mutex_lock(&dev->ctl);
	r = peal_pump_events(dev);
	pthread_mutex_unlock(&dev->ctl);
	return r;
}

void peal_last_event(struct peal_device *dev, char *text, size_t len)
{
	struct peal_event e;

	pthread_mutex_lock(&dev->ctl);
	e = dev->events.last;
	pthread_mutex_unlock(&dev->ctl);
	if (!e.code)
		*text = '\0';
	else if (e.queue == PEAL_NO_QUEUE)
		snprintf(text, len, "; last event %s", peal_event_name(e.code));
	else
		snprintf(text, len, "; last event %s of queue %u (0x%x 0x%x 0x%x 0x%x)",
			 peal_event_name(e.code), e.queue, e.w1, e.w2, e.w3, e.w4);
}

int peal_events(struct peal_device *dev, struct peal_event *events, unsigned max)
{
	struct peal_event_log *log = &dev->events;
	unsigned n = 0;
	int r;

	pthread_mutex_lock(&dev->ctl);
	r = peal_pump_events(dev);
	for (; n < max && log->count; log->count--) {
		events[n++] = log->kept[log->first];
		log->first = (log->first + 1) % PEAL_EVENTS_KEPT;
	}
	pthread_mutex_unlock(&dev->ctl);
	return n ? (int)n : r;
}

/* ---- eventfds ------------------------------------------------------------------- */

/* An eventfd adds up and never blocks: what was raised is never lost. */
void peal_raise_events(struct peal_device *dev)
{
	if (!dev->listeners)
		return;
	for (uint32_t i = 0; i < dev->info.queues; i++) {
		struct peal_raise *raise = &dev->raises[i];
		uint64_t now;

		if (raise->fd < 0)
			continue;
		now = dev->ops.raises(dev->impl, i);
		if (now != raise->seen && !eventfd_write(raise->fd, now - raise->seen))
			raise->seen = now;
	}
}

/*
 * A device that runs by itself moves while nobody is in libpeal, so a thread
 * looks for what it raised.
 */
static void *look_for_events(void *arg)
{
	const struct timespec pause = { .tv_nsec = RAISE_EVERY_NS };
	struct peal_device *dev = arg;

	while (!atomic_load_explicit(&dev->raiser.stop, memory_order_relaxed)) {
		peal_io_enter(dev);
		if (!peal_is_dead(dev))
			peal_raise_events(dev);
		peal_io_leave(dev);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* With io held. */
static int start_raiser(struct peal_device *dev)
{
	int r = 0;

	if (dev->ops.advance || dev->raiser.running)
		return 0;
	r = pthread_create(&dev->raiser.id, NULL, look_for_events, dev);
	dev->raiser.running = !r;
	return r;
}

void peal_raiser_stop(struct peal_device *dev)
{
	if (!dev->raiser.running)
		return;
	atomic_store_explicit(&dev->raiser.stop, true, memory_order_relaxed);
	pthread_join(dev->raiser.id, NULL);
	dev->raiser.running = false;
}

int peal_queue_eventfd(struct peal_queue *q)
{
	struct peal_device *dev = q->dev;
	struct peal_raise *raise = &dev->raises[q->id];
	int fd, err = 0;

	if (!(dev->info.clauses & PEAL_CAP_EVENT) || !dev->ops.raises)
		return peal_fail(dev, -EOPNOTSUPP, "device '%s' raises no events", dev->name);
	peal_io_enter(dev);
	fd = raise->fd;
	err = start_raiser(dev);
	if (!err && fd < 0 && (fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) >= 0) {
		raise->fd = fd;
		raise->seen = peal_is_dead(dev) ? 0 : dev->ops.raises(dev->impl, q->id);
		dev->listeners++;
	}
	peal_io_leave(dev);
	if (err)
		return peal_fail(dev, -err, "no thread to look for events: %s", strerror(err));
	q->listened = fd >= 0;
	return fd >= 0 ? fd : peal_fail(dev, -errno, "eventfd: %s", strerror(errno));
}
