/* SPDX-License-Identifier: MIT */
/*
 * thread.c - one call into the device at a time, and the device's own thread.
 *
 * A thread that loops over ops->advance would take the lock again before
 * anybody it woke could run. So callers announce themselves in `waiting`, and
 * the device thread stays away from the lock while somebody is there.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <time.h>

#include "atomics.h"
#include "internal.h"

#define YIELDS_MAX 1000	 /* then the device may have the lock all the same */
#define IDLE_SPINS 1000	 /* looks at the hint before the thread sleeps */
#define TIMER_NS 1000000 /* then, while it sleeps, the device's timers get a quantum */

int peal_io_init(struct peal_device *dev)
{
	pthread_mutexattr_t spins;
	int r = pthread_mutexattr_init(&spins);

	if (r)
		return -r;
	pthread_mutexattr_settype(&spins, PTHREAD_MUTEX_ADAPTIVE_NP);
	r = pthread_mutex_init(&dev->io.mutex, &spins);
	pthread_mutexattr_destroy(&spins);
	if (!r)
		r = pthread_cond_init(&dev->thread.wake, NULL);
	return -r;
}

void peal_io_destroy(struct peal_device *dev)
{
	pthread_cond_destroy(&dev->thread.wake);
	pthread_mutex_destroy(&dev->io.mutex);
}

void peal_io_enter(struct peal_device *dev)
{
	atomic_fetch_add_explicit(&dev->io.waiting, 1, memory_order_relaxed);
	pthread_mutex_lock(&dev->io.mutex);
	atomic_fetch_sub_explicit(&dev->io.waiting, 1, memory_order_relaxed);
}

void peal_io_leave(struct peal_device *dev)
{
	pthread_mutex_unlock(&dev->io.mutex);
}

void peal_thread_timers(struct peal_device *dev)
{
	peal_io_enter(dev);
	dev->thread.timers = true;
	if (dev->thread.asleep)
		pthread_cond_signal(&dev->thread.wake);
	peal_io_leave(dev);
}

void peal_thread_kick(struct peal_device *dev)
{
	dev->thread.kicked = true;
	/* Relaxed: only shortens the spin in idle(); the truth is `kicked`, under io. */
	atomic_store_explicit(&dev->thread.hint, true, memory_order_relaxed);
	if (dev->thread.asleep)
		pthread_cond_signal(&dev->thread.wake);
}

static void let_others_in(struct peal_device *dev)
{
	for (int i = 0; i < YIELDS_MAX; i++) {
		if (!atomic_load_explicit(&dev->io.waiting, memory_order_relaxed))
			return;
		sched_yield();
	}
}

/* With io held: until somebody signals, or it is time for the device's timers. */
static void doze(struct peal_device *dev)
{
	struct peal_device_thread *t = &dev->thread;
	struct timespec until;

	t->asleep = true;
	if (t->timers) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += TIMER_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		t->kicked |= pthread_cond_timedwait(&t->wake, &dev->io.mutex, &until) != 0;
	} else {
		pthread_cond_wait(&t->wake, &dev->io.mutex);
	}
	t->asleep = false;
}

/* The device has nothing to do until a register is written: spin a little, then sleep. */
static void idle(struct peal_device *dev)
{
	struct peal_device_thread *t = &dev->thread;

	for (int i = 0; i < IDLE_SPINS; i++) {
		if (atomic_load_explicit(&t->hint, memory_order_relaxed))
			break;
		peal_relax();
	}
	pthread_mutex_lock(&dev->io.mutex);
	while (!t->kicked && !t->stop)
		doze(dev);
	pthread_mutex_unlock(&dev->io.mutex);
}

static void *device_thread(void *arg)
{
	struct peal_device *dev = arg;
	struct peal_device_thread *t = &dev->thread;
	int r = 0;

	while (r >= 0) {
		let_others_in(dev);
		pthread_mutex_lock(&dev->io.mutex);
		if (t->stop || peal_is_dead(dev)) {
			pthread_mutex_unlock(&dev->io.mutex);
			break;
		}
		t->kicked = false;
		atomic_store_explicit(&t->hint, false, memory_order_relaxed);
		r = dev->ops.advance(dev->impl, dev->quantum);
		peal_raise_events(dev);
		pthread_mutex_unlock(&dev->io.mutex);
		if (r == 0)
			idle(dev);
	}
	if (r < 0)
		peal_died(dev, r, "advance");
	return NULL;
}

int peal_thread_start(struct peal_device *dev)
{
	int r = pthread_create(&dev->thread.id, NULL, device_thread, dev);

	if (r)
		return peal_fail(NULL, -r, "cannot start the device thread: %s", strerror(r));
	dev->thread.running = true;
	return 0;
}

void peal_thread_stop(struct peal_device *dev)
{
	if (!dev->thread.running)
		return;
	peal_io_enter(dev);
	dev->thread.stop = true;
	peal_thread_kick(dev);
	peal_io_leave(dev);
	pthread_join(dev->thread.id, NULL);
	dev->thread.running = false;
}
