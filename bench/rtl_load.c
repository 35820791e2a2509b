/* SPDX-License-Identifier: MIT */
/*
 * rtl_load.c - workloads on a device: descriptors, and what their completions
 * must say. Nothing here is timed; every completion is checked, so a figure
 * never counts a descriptor that was not executed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtl_bench.h"

#define RING_LOG2 15
#define CONTEXT_BYTES 64
#define PATIENCE_NS (UINT64_C(60) * 1000000000)
#define BATCH 1024

static const uint64_t echo_words[5] = { 0x11, 0x2200, 0x330000, 0x44000000, 0x5500000000 };

static bool failed(const struct rig *rig, const char *what)
{
	return rtl_wrong("%s: %s", what, peal_error(rig->dev));
}

/* ---- memory ------------------------------------------------------------------ */

static bool area(struct rig *rig, uint64_t bytes, struct peal_region **region)
{
	struct peal_region_opts opts = { .bytes = bytes };

	return !peal_region_alloc(rig->dev, &opts, region) || failed(rig, "memory");
}

static void fill_source(struct rig *rig)
{
	uint32_t *words = peal_region_memory(rig->source);
	uint32_t x = 1;

	for (unsigned i = 0; i < RTL_AREA_BYTES / 4; i++)
		words[i] = x = x * 1664525 + 1013904223;
}

bool rig_open(struct rig *rig, unsigned latency, const char *log)
{
	char params[256];
	struct peal_open_opts opts = { .params = params };

	*rig = (struct rig){ 0 };
	snprintf(params, sizeof(params), "latency=%u%s%s", latency, log ? ",buslog=" : "",
		 log ? log : "");
	if (peal_open(rtl_backend, &opts, &rig->dev))
		return failed(rig, "open");
	if (!area(rig, RTL_AREA_BYTES, &rig->source) ||
	    !area(rig, RTL_AREA_BYTES + RTL_SKEW, &rig->target) ||
	    !area(rig, RTL_RECORDS * PEAL_RECORD_BYTES, &rig->records) ||
	    !area(rig, RTL_AREA_BYTES, &rig->tokens))
		return false;
	fill_source(rig);
	return true;
}

/* ---- descriptors and completions ------------------------------------------------ */

static uint64_t slot_offset(const struct load *load, unsigned i)
{
	return load->bytes ? (uint64_t)(i % (RTL_AREA_BYTES / load->bytes)) * load->bytes : 0;
}

/* The one that descriptor i of the load works on, if it works on one. */
static unsigned record_of(const struct load *load, unsigned i)
{
	return load->kind == LOAD_DECODE ? i % RTL_ROLLOUTS : i % RTL_RECORDS;
}

static void prepare(const struct rig *rig, unsigned queue, unsigned i, struct peal_desc *d)
{
	const struct load *load = &rig->load[queue];
	uint64_t offset = slot_offset(load, i), record = record_of(load, i);
	struct peal_operand from = peal_at(rig->source, offset), to = peal_at(rig->target, offset);
	struct peal_operand of = peal_at(rig->records, record * PEAL_RECORD_BYTES);

	switch (load->kind) {
	case LOAD_NOP:
		return peal_prep_nop(d, i);
	case LOAD_ECHO:
		return peal_prep_echo(d, i, echo_words);
	case LOAD_COPY:
		return peal_prep_copy(d, i, from, to, load->bytes);
	case LOAD_COPY_SKEWED:
		return peal_prep_copy(d, i, from, peal_at(rig->target, offset + RTL_SKEW),
				      load->bytes);
	case LOAD_COPY_CRC:
		return peal_prep_copy_crc(d, i, from, to, load->bytes, 0);
	case LOAD_FILL:
		return peal_prep_fill(d, i, to, load->bytes, i);
	case LOAD_COMPARE: /* of equal bytes: to the last */
		return peal_prep_compare(d, i, from, from, load->bytes);
	case LOAD_CRC32C:
		return peal_prep_crc32c(d, i, from, load->bytes, 0);
	case LOAD_PREFILL:
		return peal_prep_prefill(d, i, of, from, load->bytes);
	case LOAD_REWARD:
		return peal_prep_reward(d, i, of, from, load->bytes, false);
	case LOAD_DECODE:
		return peal_prep_decode(d, i, of, peal_at(rig->tokens, record * load->bytes),
					load->bytes / PEAL_TOKEN_BYTES);
	}
}

static uint32_t sum_of(const uint8_t *bytes, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t j = 0; j < n; j += PEAL_TOKEN_BYTES)
		sum += bytes[j] | (uint32_t)bytes[j + 1] << 8;
	return sum;
}

static uint64_t expected(const struct rig *rig, const struct load *load, unsigned i)
{
	const uint8_t *from = (uint8_t *)peal_region_memory(rig->source) + slot_offset(load, i);
	uint64_t tokens = load->bytes / PEAL_TOKEN_BYTES;
	uint64_t sequence = CONTEXT_BYTES / PEAL_TOKEN_BYTES + (i / RTL_ROLLOUTS + 1) * tokens;

	switch (load->kind) {
	case LOAD_NOP:
		return 0;
	case LOAD_ECHO:
		return echo_words[0] ^ echo_words[1] ^ echo_words[2] ^ echo_words[3] ^ echo_words[4];
	case LOAD_COPY:
	case LOAD_COPY_SKEWED:
	case LOAD_FILL:
		return load->bytes;
	case LOAD_COMPARE:
		return 0;
	case LOAD_CRC32C:
	case LOAD_COPY_CRC:
		return peal_crc32c(0, from, load->bytes);
	case LOAD_PREFILL:
		return tokens;
	case LOAD_REWARD:
		return sum_of(from, load->bytes);
	case LOAD_DECODE:
		return tokens | sequence << 28;
	}
	return ~UINT64_C(0);
}

static bool check(const struct rig *rig, const struct load *load, const struct peal_completion *c)
{
	uint64_t want = expected(rig, load, c->cookie);

	if (c->status == PEAL_ST_OK && c->result == want)
		return true;
	return rtl_wrong("descriptor %u: status %s, result 0x%llx, not 0x%llx", c->cookie,
			 peal_status_name(c->status), (unsigned long long)c->result,
			 (unsigned long long)want);
}

/* ---- queues ------------------------------------------------------------------------ */

/* Brings every record to where it may be decoded. */
static bool prefill(struct rig *rig, struct peal_queue *queue)
{
	struct peal_record *records = peal_region_memory(rig->records);
	struct peal_desc descs[RTL_ROLLOUTS];
	struct peal_completion done[RTL_ROLLOUTS];

	for (unsigned i = 0; i < RTL_ROLLOUTS; i++) {
		records[i].MAX_TOKENS = PEAL_TOKENS_MAX;
		peal_prep_prefill(&descs[i], i, peal_at(rig->records, i * PEAL_RECORD_BYTES),
				  peal_at(rig->source, i * CONTEXT_BYTES), CONTEXT_BYTES);
	}
	if (peal_submit(queue, descs, RTL_ROLLOUTS) != RTL_ROLLOUTS ||
	    peal_wait(queue, done, RTL_ROLLOUTS, PATIENCE_NS) != RTL_ROLLOUTS)
		return failed(rig, "prefill");
	return true;
}

/* Records from which a PREFILL, or a REWARD, may start. */
static void fill_records(struct rig *rig, enum load_kind kind)
{
	struct peal_record *records = peal_region_memory(rig->records);

	for (unsigned i = 0; i < RTL_RECORDS; i++) {
		records[i].STATE = kind == LOAD_REWARD ? PEAL_R_REWARD_PENDING : PEAL_R_FREE;
		records[i].MAX_TOKENS = PEAL_TOKENS_MAX;
	}
}

bool rig_add(struct rig *rig, struct load load, unsigned cq_log2)
{
	struct peal_queue_opts opts = { .sq_log2 = RING_LOG2, .cq_log2 = (uint8_t)cq_log2 };
	struct peal_queue **queue = &rig->queue[rig->queues];

	if (peal_queue_create(rig->dev, &opts, queue))
		return failed(rig, "queue");
	rig->load[rig->queues++] = load;
	if (load.kind == LOAD_PREFILL || load.kind == LOAD_REWARD)
		fill_records(rig, load.kind);
	return load.kind != LOAD_DECODE || prefill(rig, *queue);
}

bool rig_publish(struct rig *rig, unsigned queue, unsigned count)
{
	struct peal_desc *descs = malloc(count * sizeof(*descs));
	unsigned first = rig->published[queue];
	int n;

	if (!descs)
		return rtl_wrong("out of memory");
	for (unsigned i = 0; i < count; i++)
		prepare(rig, queue, first + i, &descs[i]);
	n = peal_submit(rig->queue[queue], descs, count);
	free(descs);
	if (n != (int)count)
		return rtl_wrong("submit: %d of %u: %s", n, count, peal_error(rig->dev));
	rig->published[queue] += count;
	return true;
}

/* ---- the end ------------------------------------------------------------------------- */

static bool reap(struct rig *rig, unsigned queue)
{
	struct peal_completion done[BATCH];
	int n;

	while (peal_queue_outstanding(rig->queue[queue])) {
		n = peal_wait(rig->queue[queue], done, BATCH, PATIENCE_NS);
		if (n <= 0)
			return failed(rig, "wait");
		for (int i = 0; i < n; i++)
			if (!check(rig, &rig->load[queue], &done[i]))
				return false;
	}
	return !peal_queue_audit(rig->queue[queue]) || failed(rig, "audit");
}

static bool is_copy(enum load_kind kind)
{
	return kind == LOAD_COPY || kind == LOAD_COPY_SKEWED || kind == LOAD_COPY_CRC;
}

static bool check_copied(struct rig *rig, unsigned queue)
{
	const struct load *load = &rig->load[queue];
	const uint8_t *target = peal_region_memory(rig->target);
	uint64_t bytes;

	if (!is_copy(load->kind))
		return true;
	bytes = (uint64_t)rig->published[queue] * load->bytes;
	if (bytes > RTL_AREA_BYTES / load->bytes * load->bytes)
		bytes = RTL_AREA_BYTES / load->bytes * load->bytes;
	target += load->kind == LOAD_COPY_SKEWED ? RTL_SKEW : 0;
	return !memcmp(peal_region_memory(rig->source), target, bytes) ||
	       rtl_wrong("what was copied differs from its source");
}

void rig_drop(struct rig *rig)
{
	peal_close(rig->dev);
	*rig = (struct rig){ 0 };
}

bool rig_finish(struct rig *rig)
{
	bool good = true;

	for (unsigned q = 0; good && q < rig->queues; q++)
		good = reap(rig, q) && check_copied(rig, q);
	rig_drop(rig);
	return good;
}
