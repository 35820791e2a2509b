/* SPDX-License-Identifier: MIT */
/*
 * peal-faulty.c - a device plug-in for the unit tests: the reference device,
 * until a fault sets in.
 *
 * Parameters (all others go to the reference device):
 *
 *	fault=KIND	none (default), or one of
 *		enodev	every call says -ENODEV
 *		ones	registers read all ones, writes vanish, nothing moves
 *		eio	one register access fails with -EIO, without effect
 *		dies	advance says -EIO
 *		stuck	advance says that it is busy and does nothing
 *		magic, contract, queues, regions, rings	a wrong identification
 *		plain	none of the clauses that a small device leaves out
 *	at=N		from the Nth call on; 0 (default): when 1 is written to 0xffff0,
 *			until 0 is written there
 *
 * 0xffff4 reads 1 once the fault has struck. The environment variable
 * PEAL_TEST_FAULTY makes the entry itself faulty: abi, null, missing, short, probe.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <peal/device.h>
#include <peal/peal.h>

#define SWITCH 0xffff0u
#define STRUCK 0xffff4u

extern const struct peal_device_ops peal_ref_ops;

struct faulty {
	void *ref;
	char kind[16];
	unsigned long at, calls;
	bool on, struck;
};

/* Counts a call and says whether fault `kind` is in force. */
static bool faults(struct faulty *f, const char *kind)
{
	bool now = f->on || (f->at && f->calls >= f->at);

	if (!now || strcmp(f->kind, kind))
		return false;
	f->struck = true;
	return true;
}

static int access_fault(struct faulty *f)
{
	f->calls++;
	if (faults(f, "enodev"))
		return -ENODEV;
	if (!f->struck && faults(f, "eio"))
		return -EIO;
	return 0;
}

static uint32_t disguise(const struct faulty *f, uint32_t offset, uint32_t value)
{
	if (!strcmp(f->kind, "magic") && offset == PEAL_REG_MAGIC)
		return value ^ 1;
	if (!strcmp(f->kind, "contract") && offset == PEAL_REG_CONTRACT_HI)
		return value ^ 1;
	if (!strcmp(f->kind, "queues") && offset == PEAL_REG_CAP_QUEUES)
		return 1000;
	if (!strcmp(f->kind, "regions") && offset == PEAL_REG_CAP_REGIONS)
		return 1025;
	if (!strcmp(f->kind, "plain") && offset == PEAL_REG_CAP_CLAUSES)
		return PEAL_CAP_INDEXED | PEAL_CAP_FIFO | PEAL_CAP_PACKED;
	if (!strcmp(f->kind, "rings") && offset == PEAL_REG_CAP_RING)
		return 0x1f01;
	return value;
}

static int faulty_read(void *ctx, uint32_t offset, uint32_t *value)
{
	struct faulty *f = ctx;
	int r = access_fault(f);

	if (r)
		return r;
	if (faults(f, "ones")) {
		*value = UINT32_MAX;
		return 0;
	}
	if (offset == STRUCK) {
		*value = f->struck;
		return 0;
	}
	r = peal_ref_ops.reg_read(f->ref, offset, value);
	*value = disguise(f, offset, *value);
	return r;
}

static int faulty_write(void *ctx, uint32_t offset, uint32_t value)
{
	struct faulty *f = ctx;
	int r;

	if (offset == SWITCH) {
		f->on = value;
		return 0;
	}
	r = access_fault(f);
	if (r || faults(f, "ones"))
		return r;
	return peal_ref_ops.reg_write(f->ref, offset, value);
}

static int faulty_map(void *ctx, uint64_t bus, void *host, uint64_t len)
{
	return peal_ref_ops.map(((struct faulty *)ctx)->ref, bus, host, len);
}

static int faulty_unmap(void *ctx, uint64_t bus)
{
	return peal_ref_ops.unmap(((struct faulty *)ctx)->ref, bus);
}

static int faulty_advance(void *ctx, uint64_t steps)
{
	struct faulty *f = ctx;

	f->calls++;
	if (faults(f, "enodev"))
		return -ENODEV;
	if (faults(f, "dies"))
		return -EIO;
	if (faults(f, "ones"))
		return 0;
	if (faults(f, "stuck"))
		return 1;
	return peal_ref_ops.advance(f->ref, steps);
}

static void faulty_close(void *ctx)
{
	peal_ref_ops.close(((struct faulty *)ctx)->ref);
	free(ctx);
}

static int faulty_memory_alloc(void *ctx, uint64_t bus, uint64_t len)
{
	return peal_ref_ops.memory_alloc(((struct faulty *)ctx)->ref, bus, len);
}

static int faulty_memory_read(void *ctx, uint64_t bus, void *to, uint64_t len)
{
	int r = access_fault(ctx);

	return r ? r : peal_ref_ops.memory_read(((struct faulty *)ctx)->ref, bus, to, len);
}

static int faulty_memory_write(void *ctx, uint64_t bus, const void *from, uint64_t len)
{
	int r = access_fault(ctx);

	return r ? r : peal_ref_ops.memory_write(((struct faulty *)ctx)->ref, bus, from, len);
}

static uint64_t faulty_hash(void *ctx)
{
	return peal_ref_ops.trace_hash(((struct faulty *)ctx)->ref);
}

static uint64_t faulty_raises(void *ctx, uint32_t queue)
{
	return peal_ref_ops.raises(((struct faulty *)ctx)->ref, queue);
}

static int faulty_explain(void *ctx, char *buf, size_t len)
{
	return snprintf(buf, len, "faulty: fault %s", ((struct faulty *)ctx)->kind);
}

static int faulty_open(const struct peal_device_params *params, void **out)
{
	struct peal_param rest[32];
	struct peal_device_params for_ref = *params;
	struct faulty *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	for_ref.params = rest;
	for_ref.count = 0;
	for (uint32_t i = 0; i < params->count; i++) {
		if (!strcmp(params->params[i].key, "fault"))
			snprintf(f->kind, sizeof(f->kind), "%s", params->params[i].value);
		else if (!strcmp(params->params[i].key, "at"))
			f->at = strtoul(params->params[i].value, NULL, 10);
		else
			rest[for_ref.count++] = params->params[i];
	}
	r = peal_ref_ops.open(&for_ref, &f->ref);
	if (r)
		free(f);
	else
		*out = f;
	return r;
}

static int faulty_probe(char *why, size_t len)
{
	const char *mode = getenv("PEAL_TEST_FAULTY");

	if (!mode || strcmp(mode, "probe"))
		return 0;
	snprintf(why, len, "no such hardware in this test");
	return -ENODEV;
}

static struct peal_device_ops ops = {
	.abi = PEAL_DEVICE_ABI,
	.size = sizeof(ops),
	.name = "faulty",
	.summary = "the reference device with faults, for tests",
	.probe = faulty_probe,
	.open = faulty_open,
	.reg_read = faulty_read,
	.reg_write = faulty_write,
	.map = faulty_map,
	.unmap = faulty_unmap,
	.advance = faulty_advance,
	.close = faulty_close,
	.trace_hash = faulty_hash,
	.explain = faulty_explain,
	.raises = faulty_raises,
	.memory_alloc = faulty_memory_alloc,
	.memory_read = faulty_memory_read,
	.memory_write = faulty_memory_write,
};

__attribute__((visibility("default"))) const struct peal_device_ops *peal_device_entry(void);

const struct peal_device_ops *peal_device_entry(void)
{
	const char *mode = getenv("PEAL_TEST_FAULTY");

	ops.abi = mode && !strcmp(mode, "abi") ? PEAL_DEVICE_ABI + 1 : PEAL_DEVICE_ABI;
	ops.reg_read = mode && !strcmp(mode, "missing") ? NULL : faulty_read;
	/* A plug-in built before trace_hash and explain were appended. */
	ops.size = mode && !strcmp(mode, "short")
			   ? (uint32_t)offsetof(struct peal_device_ops, trace_hash)
			   : (uint32_t)sizeof(ops);
	return mode && !strcmp(mode, "null") ? NULL : &ops;
}
