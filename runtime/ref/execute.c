/* SPDX-License-Identifier: MIT */
/*
 * execute.c - the operations that need no record, piece by piece.
 */
#include <string.h>

#include "ref.h"

static bool done(struct ref_outcome *out, enum peal_status status, uint64_t result)
{
	*out = (struct ref_outcome){ status, result };
	return true;
}

/* ---- control: answered at once ------------------------------------------------- */

static uint64_t echo(const struct ref_desc *d)
{
	return d->w[2] ^ d->w[3] ^ d->w[4] ^ d->w[5] ^ d->w[6];
}

static bool control(const struct ref_work *w, struct ref_outcome *out)
{
	const struct ref_desc *d = &w->d;

	switch (d->op->code) {
	case PEAL_OP_ECHO: return done(out, PEAL_ST_OK, echo(d));
	case PEAL_OP_STOP: return done(out, PEAL_ST_STOPPED, w->index);
	default: return done(out, PEAL_ST_OK, 0);
	}
}

/* ---- memory: one piece ------------------------------------------------------------ */

/* Byte j of the destination is byte j mod 4 of the pattern; pieces keep the phase. */
static void fill(uint8_t *b, uint64_t bytes, uint32_t pattern)
{
	for (uint64_t j = 0; j < bytes; j++)
		b[j] = (uint8_t)(pattern >> 8 * (j % 4));
}

static bool miscompare(const struct ref_work *w, const uint8_t *a, const uint8_t *b, uint64_t bytes,
		       struct ref_outcome *out)
{
	for (uint64_t j = 0; j < bytes; j++)
		if (a[j] != b[j])
			return done(out, PEAL_ST_MISCOMPARE, 1 + w->done + j);
	return false;
}

static bool piece(struct ref_work *w, const uint8_t *a, uint8_t *b, uint64_t bytes,
		  struct ref_outcome *out)
{
	switch (w->d.op->code) {
	case PEAL_OP_COPY: memmove(b, a, bytes); return false;
	case PEAL_OP_FILL: fill(b, bytes, (uint32_t)w->d.arg0); return false;
	case PEAL_OP_COMPARE: return miscompare(w, a, b, bytes, out);
	case PEAL_OP_CRC32C: w->crc = peal_crc32c(w->crc, a, bytes); return false;
	default: /* COPY_CRC */
		memmove(b, a, bytes);
		w->crc = peal_crc32c(w->crc, b, bytes);
		return false;
	}
}

static uint64_t result_of(const struct ref_work *w)
{
	switch (w->d.op->code) {
	case PEAL_OP_COMPARE: return 0;
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: return w->crc;
	default: return w->d.length;
	}
}

static void begin(struct ref_work *w)
{
	w->begun = true;
	w->done = 0;
	w->total = w->d.length;
	w->crc = (uint32_t)w->d.arg0; /* the seed, where there is one */
}

/* Reads come first: with both at fault the status is READ. */
static bool move(struct ref_device *dev, struct ref_work *w, struct ref_outcome *out)
{
	bool writes = w->d.op->b == FRONT_W_LEN;
	uint8_t *a = NULL, *b = NULL;
	uint64_t bytes;

	if (!w->begun)
		begin(w);
	bytes = ref_piece(w);
	if (!bytes)
		return done(out, PEAL_ST_OK, result_of(w));
	if (w->d.op->a != FRONT_NONE &&
	    !(a = ref_bus(dev, FAULT_READ, w->d.a.bus + w->done, bytes)))
		return done(out, PEAL_ST_READ, 0);
	if (w->d.op->b != FRONT_NONE &&
	    !(b = ref_bus(dev, writes ? FAULT_WRITE : FAULT_READ, w->d.b.bus + w->done, bytes)))
		return done(out, writes ? PEAL_ST_WRITE : PEAL_ST_READ, 0);
	if (piece(w, a, b, bytes, out))
		return true;
	w->done += bytes;
	return w->done == w->total ? done(out, PEAL_ST_OK, result_of(w)) : false;
}

bool ref_execute(struct ref_device *dev, struct ref_work *w, struct ref_outcome *out)
{
	switch (w->d.op->unit) {
	case FRONT_CTRL: return control(w, out);
	case FRONT_MOVE: return move(dev, w, out);
	default: return ref_rollout(dev, w, out);
	}
}
