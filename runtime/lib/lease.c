/* SPDX-License-Identifier: MIT */
/*
 * lease.c - the heartbeat: a thread that writes LEASE again and again.
 *
 * The lease is counted in device cycles. It is renewed four times in the time that
 * it lasts at the device's nominal clock, but no more than once a millisecond. A
 * simulated device is slower than its nominal clock, so its lease lasts longer.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define RENEWALS 4	  /* in one lease */
#define NO_CLOCK_KHZ 1000 /* steps of a device without a clock: a guess to the safe side */
#define SHORTEST_NS 1000000

static uint64_t period_ns(const struct peal_device *dev)
{
	uint64_t khz = dev->info.clock_khz ? dev->info.clock_khz : NO_CLOCK_KHZ;
	uint64_t ns = (uint64_t)dev->lease.cycles * 1000000 / khz / RENEWALS;

	return ns < SHORTEST_NS ? SHORTEST_NS : ns;
}

static struct timespec in_ns(uint64_t ns)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	ns += (uint64_t)t.tv_nsec;
	t.tv_sec += (time_t)(ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	return t;
}

static void *renew(void *arg)
{
	struct peal_device *dev = arg;
	struct peal_lease *lease = &dev->lease;

	pthread_mutex_lock(&lease->mutex);
	while (!lease->stop) {
		struct timespec until = in_ns(period_ns(dev));

		pthread_cond_timedwait(&lease->wake, &lease->mutex, &until);
		if (!lease->stop && peal_write(dev, PEAL_REG_LEASE, lease->cycles) == -ENODEV)
			break;
	}
	pthread_mutex_unlock(&lease->mutex);
	return NULL;
}

int peal_lease_start(struct peal_device *dev, uint32_t cycles)
{
	struct peal_lease *lease = &dev->lease;
	int r;

	if (!cycles)
		return 0;
	if (!dev->threaded && dev->ops.advance)
		return peal_fail(NULL, -EINVAL,
				 "a lease needs a device that runs by itself: threaded");
	if (!(dev->info.clauses & PEAL_CAP_LEASE))
		return peal_fail(NULL, -EOPNOTSUPP, "device '%s' has no lease", dev->name);
	lease->cycles = cycles;
	peal_thread_timers(dev);
	r = peal_write(dev, PEAL_REG_LEASE, cycles);
	if (r)
		return peal_fail(NULL, r, "%s", peal_error(dev));
	pthread_mutex_init(&lease->mutex, NULL);
	pthread_cond_init(&lease->wake, NULL);
	r = pthread_create(&lease->id, NULL, renew, dev);
	lease->running = !r;
	return r ? peal_fail(NULL, -r, "cannot start the heartbeat: %s", strerror(r)) : 0;
}

void peal_lease_stop(struct peal_device *dev)
{
	struct peal_lease *lease = &dev->lease;

	if (!lease->running)
		return;
	pthread_mutex_lock(&lease->mutex);
	lease->stop = true;
	pthread_cond_signal(&lease->wake);
	pthread_mutex_unlock(&lease->mutex);
	pthread_join(lease->id, NULL);
	pthread_cond_destroy(&lease->wake);
	pthread_mutex_destroy(&lease->mutex);
	lease->running = false;
	peal_write(dev, PEAL_REG_LEASE, 0);
}
