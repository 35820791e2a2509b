/* SPDX-License-Identifier: MIT */
/*
 * device.c - opening, asking and closing devices.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define QUANTUM 64
#define TIMEOUT_NS UINT64_C(10000000000)
#define BUS_START UINT64_C(0x10000000)

/* ---- identification ------------------------------------------------------------ */

static int read_at_open(struct peal_device *dev, uint32_t offset, uint32_t *value)
{
	int r = peal_read(dev, offset, value);

	return r ? peal_fail(NULL, r, "%s", peal_error(dev)) : 0;
}

static int check_contract(struct peal_device *dev)
{
	uint32_t magic, version, lo, hi;
	int r;

	if ((r = read_at_open(dev, PEAL_REG_MAGIC, &magic)) ||
	    (r = read_at_open(dev, PEAL_REG_VERSION, &version)) ||
	    (r = read_at_open(dev, PEAL_REG_CONTRACT_LO, &lo)) ||
	    (r = read_at_open(dev, PEAL_REG_CONTRACT_HI, &hi)))
		return r;
	if (magic != PEAL_MAGIC)
		return peal_fail(NULL, -EPROTO,
				 "device '%s': magic is 0x%08x, not 0x%08x: no Peal device",
				 dev->name, magic, PEAL_MAGIC);
	dev->info.contract = (uint64_t)hi << 32 | lo;
	if (version != PEAL_VERSION || dev->info.contract != PEAL_CONTRACT_HASH)
		return peal_fail(NULL, -EPROTO,
				 "device '%s' speaks contract %u (%016llx), libpeal %u (%016llx): "
				 "build both from the same tree",
				 dev->name, version, (unsigned long long)dev->info.contract,
				 PEAL_VERSION, (unsigned long long)PEAL_CONTRACT_HASH);
	return 0;
}

static int read_capabilities(struct peal_device *dev)
{
	struct peal_device_info *info = &dev->info;
	uint32_t ring;
	int r;

	info->free_running = !dev->ops.advance;
	info->memory = dev->ops.memory_alloc && dev->ops.memory_read && dev->ops.memory_write;

	if ((r = read_at_open(dev, PEAL_REG_KIND, &info->kind)) ||
	    (r = read_at_open(dev, PEAL_REG_BUILD, &info->build)) ||
	    (r = read_at_open(dev, PEAL_REG_CLOCK_KHZ, &info->clock_khz)) ||
	    (r = read_at_open(dev, PEAL_REG_CAP_CLAUSES, &info->clauses)) ||
	    (r = read_at_open(dev, PEAL_REG_CAP_RING, &ring)) ||
	    (r = read_at_open(dev, PEAL_REG_CAP_QUEUES, &info->queues)) ||
	    (r = read_at_open(dev, PEAL_REG_CAP_REGIONS, &info->regions)) ||
	    (r = read_at_open(dev, PEAL_REG_CAP_DB_STRIDE, &info->doorbell_stride)))
		return r;
	info->ring_log2_min = ring & 0xff;
	info->ring_log2_max = ring >> 8 & 0xff;
	for (unsigned i = 0; !r && i < 8; i++)
		r = read_at_open(dev, PEAL_REG_CAP_OP0 + 4 * i, &info->opcodes[i]);
	return r;
}

/* What the device says must fit the register map, or indices would run wild. */
static int check_capabilities(struct peal_device *dev)
{
	const struct peal_device_info *info = &dev->info;
	const char *what = NULL;

	if (info->ring_log2_min < PEAL_RING_LOG2_MIN || info->ring_log2_max > PEAL_RING_LOG2_MAX ||
	    info->ring_log2_min > info->ring_log2_max)
		what = "ring sizes";
	else if (!info->queues || info->queues > (PEAL_DB_BASE - PEAL_QREG_BASE) / PEAL_QREG_STRIDE)
		what = "the number of queues";
	else if (!info->regions || info->regions > PEAL_HANDLES)
		what = "the number of regions";
	else if (info->doorbell_stride < 8 || info->doorbell_stride % 8 ||
		 info->doorbell_stride > (PEAL_REG_BYTES - PEAL_DB_BASE) / info->queues)
		what = "the doorbell stride";
	if (!what)
		return 0;
	return peal_fail(NULL, -EPROTO,
			 "device '%s': %s it reports are outside the contract's limits", dev->name,
			 what);
}

/* The device bounds its commands by the time that we are ready to wait. */
static int set_command_timeout(struct peal_device *dev)
{
	uint64_t khz = dev->info.clock_khz ? dev->info.clock_khz : PEAL_NO_CLOCK_KHZ;
	uint64_t ms = dev->timeout_ns / 1000000 + 1;
	uint64_t cycles = ms > UINT32_MAX / khz ? UINT32_MAX : ms * khz;
	int r = peal_write(dev, PEAL_REG_CMD_TIMEOUT, (uint32_t)cycles);

	return r ? peal_fail(NULL, r, "%s", peal_error(dev)) : 0;
}

static int identify(struct peal_device *dev)
{
	int r = check_contract(dev);

	if (!r)
		r = read_capabilities(dev);
	if (!r)
		r = check_capabilities(dev);
	if (!r)
		r = set_command_timeout(dev);
	if (r)
		return r;
	dev->queues = calloc(dev->info.queues, sizeof(dev->queues[0]));
	dev->raises = calloc(dev->info.queues, sizeof(dev->raises[0]));
	for (uint32_t i = 0; dev->raises && i < dev->info.queues; i++)
		dev->raises[i].fd = -1;
	return dev->queues && dev->raises ? 0 : peal_fail(NULL, -ENOMEM, "out of memory");
}

/* ---- open ------------------------------------------------------------------------ */

static struct peal_device *new_device(const char *name, const struct peal_open_opts *opts)
{
	struct peal_device *dev = peal_new_apart(sizeof(*dev));

	if (!dev)
		return NULL;
	dev->name = strdup(name);
	dev->quantum = opts->quantum ? opts->quantum : QUANTUM;
	dev->timeout_ns = opts->timeout_ns ? opts->timeout_ns : TIMEOUT_NS;
	dev->log = opts->log;
	dev->log_ctx = opts->log_ctx;
	dev->bus_next = BUS_START;
	dev->numa_node = -1;
	pthread_mutex_init(&dev->ctl, NULL);
	pthread_mutex_init(&dev->pinned.lock, NULL);
	pthread_mutex_init(&dev->refused_lock, NULL);
	pthread_mutex_init(&dev->error_lock, NULL);
	if (dev->name && !peal_io_init(dev))
		return dev;
	free(dev->name);
	free(dev);
	return NULL;
}

static void free_device(struct peal_device *dev)
{
	peal_regions_free(dev);
	peal_memory_unpin(dev);
	if (dev->plugin)
		dlclose(dev->plugin);
	peal_io_destroy(dev);
	pthread_mutex_destroy(&dev->ctl);
	pthread_mutex_destroy(&dev->pinned.lock);
	pthread_mutex_destroy(&dev->refused_lock);
	pthread_mutex_destroy(&dev->error_lock);
	for (uint32_t i = 0; dev->raises && i < dev->info.queues; i++)
		if (dev->raises[i].fd >= 0)
			close(dev->raises[i].fd);
	free(dev->queues);
	free(dev->raises);
	free(dev->name);
	free(dev);
}

static int power_up(struct peal_device *dev, const char *text)
{
	struct peal_device_params params = { .size = sizeof(params),
					     .log = peal_device_log,
					     .log_ctx = dev };
	struct peal_param_list list;
	char said[PEAL_TEXT];
	int r = peal_params_parse(&list, text);

	if (r)
		return r;
	r = peal_memory_node(dev, peal_params_take(&list, "numa"));
	if (!r && dev->ops.pin)
		r = peal_memory_pinned(dev, peal_params_take(&list, "pinned"));
	if (!r) {
		params.params = list.params;
		params.count = list.count;
		r = dev->ops.open(&params, &dev->impl);
		if (r) {
			peal_device_said(dev, said);
			peal_fail(NULL, r, "device '%s' does not open: %s", dev->name,
				  *said ? said : strerror(-r));
		}
	}
	peal_params_free(&list);
	return r;
}

static int start(struct peal_device *dev, const struct peal_open_opts *opts)
{
	int r = power_up(dev, opts->params);

	if (r)
		return r;
	r = identify(dev);
	if (!r)
		peal_memory_pin(dev);
	if (!r && opts->threaded && dev->ops.advance) {
		dev->threaded = true;
		r = peal_thread_start(dev);
	}
	if (!r)
		r = peal_lease_start(dev, opts->lease);
	if (!r)
		return 0;
	peal_thread_stop(dev);
	dev->ops.close(dev->impl);
	return r;
}

int peal_open(const char *name, const struct peal_open_opts *opts, struct peal_device **out)
{
	static const struct peal_open_opts defaults;
	struct peal_device *dev;
	int r;

	if (!out)
		return peal_fail(NULL, -EINVAL, "peal_open: no place for the device");
	*out = NULL;
	peal_fail(NULL, 0, "no failure");
	if (!name)
		return peal_fail(NULL, -EINVAL, "peal_open: no device name");
	if (!opts)
		opts = &defaults;
	dev = new_device(name, opts);
	if (!dev)
		return peal_fail(NULL, -ENOMEM, "out of memory");
	r = peal_registry_find(dev, name);
	if (!r)
		r = start(dev, opts);
	if (r)
		free_device(dev);
	else
		*out = dev;
	return r;
}

/* ---- close ----------------------------------------------------------------------- */

void peal_close(struct peal_device *dev)
{
	if (!dev)
		return;
	for (uint32_t i = 0; i < dev->info.queues; i++)
		if (dev->queues[i] && !dev->queues[i]->orphan)
			peal_queue_shut(dev->queues[i]);
	peal_lease_stop(dev);
	peal_raiser_stop(dev);
	peal_thread_stop(dev);
	peal_regions_unplug(dev);
	dev->ops.close(dev->impl);
	for (uint32_t i = 0; i < dev->info.queues; i++)
		peal_queue_free(dev->queues[i]);
	free_device(dev);
}

/* ---- asking ------------------------------------------------------------------------ */

const char *peal_device_name(const struct peal_device *dev)
{
	return dev->name;
}

void peal_device_info(const struct peal_device *dev, struct peal_device_info *info)
{
	*info = dev->info;
}

int peal_device_counters(struct peal_device *dev, uint64_t counters[PEAL_COUNTERS])
{
	int r;

	pthread_mutex_lock(&dev->ctl);
	r = peal_write(dev, PEAL_REG_CTR_SNAP, 1);
	for (uint32_t i = 0; !r && i < PEAL_COUNTERS; i++) {
		uint32_t lo, hi = 0;

		r = peal_read(dev, PEAL_REG_CTR_BASE + 8 * i, &lo);
		if (!r)
			r = peal_read(dev, PEAL_REG_CTR_BASE + 8 * i + 4, &hi);
		counters[i] = (uint64_t)hi << 32 | lo;
	}
	pthread_mutex_unlock(&dev->ctl);
	return r;
}

uint64_t peal_device_trace_hash(struct peal_device *dev)
{
	uint64_t hash = 0;

	if (!dev->ops.trace_hash)
		return 0;
	peal_io_enter(dev);
	hash = dev->ops.trace_hash(dev->impl);
	peal_io_leave(dev);
	return hash;
}

int peal_reg_read(struct peal_device *dev, uint32_t offset, uint32_t *value)
{
	if (offset % 4 || offset >= PEAL_REG_BYTES)
		return peal_fail(dev, -EINVAL, "no register at 0x%x", offset);
	return peal_read(dev, offset, value);
}

int peal_reg_write(struct peal_device *dev, uint32_t offset, uint32_t value)
{
	if (offset % 4 || offset >= PEAL_REG_BYTES)
		return peal_fail(dev, -EINVAL, "no register at 0x%x", offset);
	return peal_write(dev, offset, value);
}

int peal_advance(struct peal_device *dev, uint64_t steps)
{
	if (dev->threaded)
		return peal_fail(dev, -EINVAL, "device '%s' runs in its own thread", dev->name);
	return dev->ops.advance ? peal_step(dev, steps) : peal_let_run(dev, steps);
}
