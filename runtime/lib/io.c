/* SPDX-License-Identifier: MIT */
/*
 * io.c - registers, steps and waits: every call into a running device.
 *
 * A device that once failed to answer as a device that is there (it died, or it
 * reads all ones) is dead for good; no call but close reaches it after that.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "atomics.h"
#include "internal.h"

#define ALL_ONES UINT32_MAX
#define SPIN_NS 50000 /* longer pauses are slept */

bool peal_is_dead(const struct peal_device *dev)
{
	/* Acquire: pairs with the release in peal_died. */
	return atomic_load_explicit(&dev->dead, memory_order_acquire);
}

int peal_died(struct peal_device *dev, int err, const char *where)
{
	char said[PEAL_TEXT];

	peal_device_said(dev, said);
	if (!*said)
		peal_explain(dev, said);
	/* Release: what the device wrote before it died is visible to who sees it dead. */
	if (atomic_exchange_explicit(&dev->dead, true, memory_order_acq_rel))
		return -ENODEV;
	peal_fail(dev, -ENODEV, "device '%s' is gone (%s: %s)%s%.400s", dev->name, where,
		  strerror(-err), *said ? ": " : "", said);
	peal_log(dev, PEAL_LOG_ERROR, "device '%s' is gone (%s: %s)%s%.400s", dev->name, where,
		 strerror(-err), *said ? ": " : "", said);
	return -ENODEV;
}

/* Any register may hold all ones; a device whose magic reads so is not there. */
static int check_gone(struct peal_device *dev)
{
	uint32_t magic = 0;
	int r = dev->ops.reg_read(dev->impl, PEAL_REG_MAGIC, &magic);

	return r ? r : magic == ALL_ONES ? -ENODEV : 0;
}

static int finish(struct peal_device *dev, int r, const char *what, uint32_t offset)
{
	char why[PEAL_TEXT];

	if (!r)
		return 0;
	if (r == -ENODEV)
		return peal_died(dev, r, what);
	peal_explain(dev, why);
	return peal_fail(dev, r, "device '%s': %s at 0x%x: %s%s%.400s", dev->name, what, offset,
			 strerror(-r), *why ? ": " : "", why);
}

int peal_read(struct peal_device *dev, uint32_t offset, uint32_t *value)
{
	int r = -ENODEV;

	*value = 0;
	peal_io_enter(dev);
	if (!peal_is_dead(dev)) {
		r = dev->ops.reg_read(dev->impl, offset, value);
		if (!r && *value == ALL_ONES)
			r = check_gone(dev);
		peal_raise_events(dev);
	}
	peal_io_leave(dev);
	return finish(dev, r, "register read", offset);
}

int peal_write(struct peal_device *dev, uint32_t offset, uint32_t value)
{
	int r = -ENODEV;

	peal_io_enter(dev);
	if (!peal_is_dead(dev)) {
		r = dev->ops.reg_write(dev->impl, offset, value);
		peal_thread_kick(dev);
		peal_raise_events(dev);
	}
	peal_io_leave(dev);
	return finish(dev, r, "register write", offset);
}

int peal_step(struct peal_device *dev, uint64_t steps)
{
	int r = 0;

	if (peal_is_dead(dev))
		return -ENODEV;
	if (dev->threaded || !dev->ops.advance)
		return 0;
	peal_io_enter(dev);
	if (!peal_is_dead(dev)) {
		r = dev->ops.advance(dev->impl, steps);
		peal_raise_events(dev);
	}
	peal_io_leave(dev);
	return r < 0 ? peal_died(dev, r, "advance") : r;
}

/* Lets time pass for a device that runs by itself, by its nominal clock. */
static void pass(struct peal_device *dev, uint64_t steps)
{
	uint64_t khz = dev->info.clock_khz ? dev->info.clock_khz : PEAL_NO_CLOCK_KHZ;
	uint64_t ns = steps * 1000000 / khz, end = peal_now_ns() + ns;
	const struct timespec rest = { .tv_sec = (time_t)(ns / 1000000000),
				       .tv_nsec = (long)(ns % 1000000000) };

	if (ns > SPIN_NS)
		nanosleep(&rest, NULL);
	while (peal_now_ns() < end)
		peal_relax();
}

/* The same, and is it still at work then? 1, 0, or -ENODEV. */
int peal_let_run(struct peal_device *dev, uint64_t steps)
{
	int r = 0;

	if (peal_is_dead(dev))
		return -ENODEV;
	pass(dev, steps);
	if (!dev->ops.settle)
		return 0;
	peal_io_enter(dev);
	if (!peal_is_dead(dev))
		r = dev->ops.settle(dev->impl);
	peal_io_leave(dev);
	return r < 0 ? peal_died(dev, r, "settle") : r;
}

/* ---- waits --------------------------------------------------------------------- */

uint64_t peal_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void peal_patience_start(struct peal_patience *p, uint64_t ns)
{
	uint64_t now = peal_now_ns();

	p->rounds = 0;
	p->deadline = now + ns < now ? UINT64_MAX : now + ns;
}

/* Spin, then let other threads run, then sleep, ever longer up to 0.2 ms. */
static void back_off(unsigned rounds)
{
	struct timespec t = { 0, 50000 };

	if (rounds < 256) {
		peal_relax();
	} else if (rounds < 2048) {
		sched_yield();
	} else {
		if (rounds > 4096)
			t.tv_nsec = 200000;
		nanosleep(&t, NULL);
	}
}

int peal_patience_turn(struct peal_device *dev, struct peal_patience *p)
{
	int busy = peal_step(dev, dev->quantum);

	if (busy < 0)
		return busy;
	p->rounds++;
	if (!busy)
		back_off(p->rounds);
	if ((busy || p->rounds < 2048) && p->rounds % 16)
		return 1;
	return peal_now_ns() < p->deadline ? 1 : -ETIME;
}

int peal_await_zero(struct peal_device *dev, uint32_t offset)
{
	struct peal_patience p;
	uint32_t value;
	int r;

	peal_patience_start(&p, dev->timeout_ns);
	for (;;) {
		r = peal_read(dev, offset, &value);
		if (r || !value)
			return r;
		r = peal_patience_turn(dev, &p);
		if (r < 0)
			return r;
	}
}

void peal_explain(struct peal_device *dev, char text[PEAL_TEXT])
{
	text[0] = '\0';
	if (!dev->ops.explain)
		return;
	peal_io_enter(dev);
	if (!peal_is_dead(dev) && dev->ops.explain(dev->impl, text, PEAL_TEXT) < 0)
		text[0] = '\0';
	peal_io_leave(dev);
}
