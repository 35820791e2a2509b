/* SPDX-License-Identifier: MIT */
/*
 * rtl_measure.c - cycles, exact and repeatable: steady states by two snapshots of
 * the device's counters, latencies by the bridge's log of bus events.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtl_bench.h"

#define CQ_LOG2 15
#define STALLED_CQ_LOG2 4
#define STEP 64		/* cycles between two looks at the counters */
#define OVERSHOOT 1024  /* descriptors that may complete between a target and its snapshot */
#define PATIENCE 200000 /* cycles without a completion */

/* ---- steady state ---------------------------------------------------------------- */

/* Advances until the device has written `target` completions; leaves the counters of then. */
static bool run_until(struct rig *rig, uint64_t target, uint64_t counters[PEAL_COUNTERS])
{
	uint64_t last = 0, since = 0;

	for (;;) {
		if (peal_device_counters(rig->dev, counters))
			return rtl_wrong("counters: %s", peal_error(rig->dev));
		if (counters[PEAL_CTR_COMPLETED] >= target)
			return true;
		if (counters[PEAL_CTR_COMPLETED] != last) {
			last = counters[PEAL_CTR_COMPLETED];
			since = counters[PEAL_CTR_CYCLES];
		}
		if (counters[PEAL_CTR_CYCLES] - since > PATIENCE)
			return rtl_wrong("no completion for %u cycles", PATIENCE);
		if (peal_advance(rig->dev, STEP) < 0)
			return rtl_wrong("advance: %s", peal_error(rig->dev));
	}
}

/*
 * Between the snapshots every queue has more descriptors published than it may
 * have in flight, so none runs dry; all are on their way before the first.
 */
static bool measure(struct rig *rig, unsigned queues, unsigned count, struct figure *figure)
{
	unsigned edge = 2 * RTL_WINDOW * queues, total = 2 * edge + count + OVERSHOOT;
	uint64_t before[PEAL_COUNTERS], from[PEAL_COUNTERS], to[PEAL_COUNTERS], base;

	if (peal_device_counters(rig->dev, before))
		return rtl_wrong("counters: %s", peal_error(rig->dev));
	base = before[PEAL_CTR_COMPLETED];
	for (unsigned q = 0; q < queues; q++)
		if (!rig_publish(rig, q, total / queues))
			return false;
	if (!run_until(rig, base + edge, from) ||
	    !run_until(rig, from[PEAL_CTR_COMPLETED] + count, to))
		return false;
	if (to[PEAL_CTR_ACCEPTED] + RTL_WINDOW * queues >
	    before[PEAL_CTR_ACCEPTED] + total / queues * queues)
		return rtl_wrong("a queue may have run dry inside the measurement");
	figure->descriptors = to[PEAL_CTR_COMPLETED] - from[PEAL_CTR_COMPLETED];
	figure->cycles = (double)(to[PEAL_CTR_CYCLES] - from[PEAL_CTR_CYCLES]) /
			 (double)figure->descriptors;
	return true;
}

static bool add_queues(struct rig *rig, struct load load, unsigned queues)
{
	for (unsigned q = 0; q < queues; q++)
		if (!rig_add(rig, load, CQ_LOG2))
			return false;
	return true;
}

bool measure_steady(struct load load, unsigned queues, unsigned latency, unsigned count,
		    struct figure *figure)
{
	struct rig rig;

	if (rig_open(&rig, latency, NULL) && add_queues(&rig, load, queues) &&
	    measure(&rig, queues, count, figure))
		return rig_finish(&rig);
	rig_drop(&rig);
	return false;
}

/* Publishes more than the completion ring holds and lets the queue come to a halt. */
static bool stall(struct rig *rig, struct load load)
{
	uint64_t counters[PEAL_COUNTERS], base;

	if (peal_device_counters(rig->dev, counters))
		return rtl_wrong("counters: %s", peal_error(rig->dev));
	base = counters[PEAL_CTR_COMPLETED];
	return rig_add(rig, load, STALLED_CQ_LOG2) &&
	       rig_publish(rig, rig->queues - 1, 4 * RTL_WINDOW) &&
	       run_until(rig, base + (1 << STALLED_CQ_LOG2), counters);
}

bool measure_stalled(struct load load, unsigned queues, unsigned latency, unsigned count,
		     struct figure *figure)
{
	struct rig rig;

	if (rig_open(&rig, latency, NULL) && add_queues(&rig, load, queues) &&
	    stall(&rig, load) && measure(&rig, queues, count, figure))
		return rig_finish(&rig);
	rig_drop(&rig);
	return false;
}

/* ---- the log of bus events ----------------------------------------------------------- */

struct log {
	char path[64];
	FILE *file;
};

struct event {
	uint64_t cycle, address;
	char name[8];
};

static bool log_create(struct log *log)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	log->file = NULL;
	snprintf(log->path, sizeof(log->path), "%.40s/peal-bus-XXXXXX", folder ? folder : "/tmp");
	fd = mkstemp(log->path);
	if (fd < 0)
		return rtl_wrong("%s: cannot be made", log->path);
	close(fd);
	return true;
}

/* Once the device is closed. */
static bool log_read(struct log *log)
{
	log->file = fopen(log->path, "r");
	return log->file || rtl_wrong("%s: cannot be read", log->path);
}

static void log_remove(struct log *log)
{
	if (log->file)
		fclose(log->file);
	unlink(log->path);
}

static bool log_next(struct log *log, struct event *event)
{
	char line[128];

	while (fgets(line, sizeof(line), log->file))
		if (sscanf(line, "%" SCNu64 " %7s 0x%" SCNx64, &event->cycle, event->name,
			   &event->address) == 3)
			return true;
	return false;
}

static bool is(const struct event *event, const char *name)
{
	return !strcmp(event->name, name);
}

/* The next event of that name, at that address unless it is 0. */
static bool log_find(struct log *log, const char *name, uint64_t address, struct event *event)
{
	while (log_next(log, event))
		if (is(event, name) && (!address || event->address == address))
			return true;
	return rtl_wrong("the bus log has no %s", name);
}

/* ---- latency ------------------------------------------------------------------------------ */

#define LATENCY_TIMES 4

struct rings {
	uint64_t first[RTL_QUEUES_MAX], end[RTL_QUEUES_MAX]; /* completion rings on the bus */
	uint64_t doorbell;				     /* of the lone queue */
};

static bool read_reg(struct rig *rig, uint32_t offset, uint32_t *value)
{
	return !peal_reg_read(rig->dev, offset, value) || rtl_wrong("register 0x%x", offset);
}

static bool find_ring(struct rig *rig, unsigned queue, struct rings *rings)
{
	uint32_t context = PEAL_QREG_BASE + PEAL_QREG_STRIDE * peal_queue_id(rig->queue[queue]);
	uint32_t handle, offset, size, lo, hi;

	if (!read_reg(rig, context + PEAL_QREG_CQ_REGION, &handle) ||
	    !read_reg(rig, context + PEAL_QREG_CQ_OFF_LO, &offset) ||
	    !read_reg(rig, context + PEAL_QREG_SIZE, &size) ||
	    peal_reg_write(rig->dev, PEAL_REG_RT_SEL, handle & ((1u << PEAL_HANDLE_INDEX_BITS) - 1)) ||
	    !read_reg(rig, PEAL_REG_RT_BUS_LO, &lo) || !read_reg(rig, PEAL_REG_RT_BUS_HI, &hi))
		return false;
	rings->first[queue] = ((uint64_t)hi << 32 | lo) + offset;
	rings->end[queue] = rings->first[queue] + ((uint64_t)PEAL_COMP_BYTES << (size >> 8 & 15));
	return true;
}

static uint64_t doorbell_of(struct rig *rig, unsigned queue)
{
	struct peal_device_info info;

	peal_device_info(rig->dev, &info);
	return PEAL_DB_BASE + PEAL_DB_SQ_TAIL +
	       (uint64_t)info.doorbell_stride * peal_queue_id(rig->queue[queue]);
}

static bool settle(struct rig *rig)
{
	int r = 1;

	for (unsigned i = 0; r > 0 && i < PATIENCE / STEP; i++)
		r = peal_advance(rig->dev, STEP);
	return !r || rtl_wrong("the device does not fall idle: %s", peal_error(rig->dev));
}

static bool run_alone(struct load load, unsigned latency, const char *path, struct rings *rings)
{
	struct rig rig;
	bool good = rig_open(&rig, latency, path) && rig_add(&rig, load, 8);

	good = good && find_ring(&rig, 0, rings);
	if (good)
		rings->doorbell = doorbell_of(&rig, 0);
	for (unsigned i = 0; good && i < LATENCY_TIMES; i++)
		good = settle(&rig) && rig_publish(&rig, 0, 1) && settle(&rig);
	if (good)
		return rig_finish(&rig);
	rig_drop(&rig);
	return false;
}

static void keep_worst(uint64_t *worst, uint64_t now)
{
	if (now > *worst)
		*worst = now;
}

/* The beat of a completion: the first that is written to the ring behind a doorbell. */
static bool find_written(struct log *log, const struct rings *rings, struct event *written)
{
	do
		if (!log_find(log, "W", 0, written))
			return false;
	while (written->address < rings->first[0] || written->address >= rings->end[0]);
	return true;
}

static bool read_alone(struct log *log, const struct rings *rings, unsigned skip,
		       struct latency *worst)
{
	struct event rung, ar, written;

	*worst = (struct latency){ 0 };
	for (unsigned i = 0; i < skip + LATENCY_TIMES; i++) {
		if (!log_find(log, "write", rings->doorbell, &rung))
			return false;
		if (i < skip)
			continue;
		if (!log_find(log, "AR", 0, &ar) || !find_written(log, rings, &written))
			return false;
		keep_worst(&worst->to_ar, ar.cycle - rung.cycle);
		keep_worst(&worst->to_written, written.cycle - rung.cycle);
	}
	return true;
}

bool measure_latency(struct load load, unsigned latency, struct latency *worst)
{
	unsigned skip = load.kind == LOAD_DECODE; /* the PREFILLs before it */
	struct log log;
	struct rings rings;
	bool good = log_create(&log) && run_alone(load, latency, log.path, &rings) &&
		    log_read(&log) && read_alone(&log, &rings, skip, worst);

	log_remove(&log);
	return good;
}

/* ---- starvation ----------------------------------------------------------------------------- */

#define BUSY_ECHOS 6
#define LONE (BUSY_ECHOS + 1) /* the queue of the lone ECHO; the COPYs have queue 0 */
#define LONE_TIMES 16
#define COPIED (4 * RTL_AREA_BYTES)
#define STARVED_COUNT 8192 /* ECHOs on each loaded queue */

static bool ring_lone(struct rig *rig)
{
	struct peal_completion done;

	return rig_publish(rig, LONE, 1) &&
	       (peal_wait(rig->queue[LONE], &done, 1, UINT64_C(60000000000)) == 1 ||
		rtl_wrong("the lone ECHO never came"));
}

/* The lone ECHOs come while all others are loaded: that is checked at the end. */
static bool run_starved(unsigned latency, uint32_t bytes, const char *path, struct rings *rings)
{
	const struct load copy = { LOAD_COPY, bytes }, echo = { LOAD_ECHO, 0 };
	struct rig rig;
	bool good = rig_open(&rig, latency, path) && rig_add(&rig, copy, CQ_LOG2);

	for (unsigned q = 1; good && q <= LONE; q++)
		good = rig_add(&rig, echo, CQ_LOG2);
	for (unsigned q = 0; good && q <= LONE; q++)
		good = find_ring(&rig, q, rings);
	good = good && rig_publish(&rig, 0, COPIED / bytes);
	for (unsigned q = 1; good && q <= BUSY_ECHOS; q++)
		good = rig_publish(&rig, q, STARVED_COUNT);
	if (good)
		rings->doorbell = doorbell_of(&rig, LONE);
	for (unsigned i = 0; good && i < LONE_TIMES; i++)
		good = peal_advance(rig.dev, 97 * i) == 1 && ring_lone(&rig);
	if (good)
		return rig_finish(&rig);
	rig_drop(&rig);
	return false;
}

static unsigned queue_of(const struct rings *rings, uint64_t address)
{
	unsigned q = 0;

	while (q <= LONE && (address < rings->first[q] || address >= rings->end[q]))
		q++;
	return q;
}

/* Behind what was measured every busy queue still has a window of ECHOs to go. */
static bool still_loaded(struct log *log, const struct rings *rings)
{
	unsigned beats[RTL_QUEUES_MAX] = { 0 };
	struct event event;

	while (log_next(log, &event)) {
		unsigned q = is(&event, "W") ? queue_of(rings, event.address) : LONE + 1;

		if (q <= LONE)
			beats[q]++;
	}
	for (unsigned q = 1; q <= BUSY_ECHOS; q++)
		if (beats[q] < RTL_WINDOW / 4)
			return rtl_wrong("queue %u ran dry inside the measurement", q);
	return beats[0] || rtl_wrong("the COPYs ended inside the measurement");
}

/* Gaps count from the doorbell of the first lone ECHO to that of the last: all are loaded then. */
static bool read_starved(struct log *log, const struct rings *rings, struct starvation *worst)
{
	uint64_t last[RTL_QUEUES_MAX] = { 0 }, rung = 0;
	unsigned times = 0;
	struct event event;

	*worst = (struct starvation){ 0 };
	while (times < LONE_TIMES && log_next(log, &event)) {
		unsigned q = is(&event, "W") ? queue_of(rings, event.address) : LONE + 1;

		if (is(&event, "write") && event.address == rings->doorbell)
			rung = event.cycle;
		if (q == LONE) {
					keep_worst(&worst->lone, event.cycle - rung);
			times++;
		}
		if (q < 1 || q > BUSY_ECHOS)
			continue;
		if (last[q] && times)
			keep_worst(&worst->gap, event.cycle - last[q]);
		last[q] = event.cycle;
	}
	if (times < LONE_TIMES)
		return rtl_wrong("%u of %u lone ECHOs", times, LONE_TIMES);
	return still_loaded(log, rings);
}

bool measure_starvation(unsigned latency, uint32_t bytes, struct starvation *worst)
{
	struct log log;
	struct rings rings;
	bool good = log_create(&log) && run_starved(latency, bytes, log.path, &rings) &&
		    log_read(&log) && read_starved(&log, &rings, worst);

	log_remove(&log);
	return good;
}
