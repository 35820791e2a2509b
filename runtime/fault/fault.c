/* SPDX-License-Identifier: MIT */
/*
 * fault.c - reads a plan of faults, and counts transactions against it.
 */
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_MAX 64 /* characters of one fault */
#define SLOT_BITS 512
#define TAG_SHIFT 56
#define BACK_DEFAULT 32769

#define BIT(n) (1u << (n))
#define BUS (BIT(FAULT_SLVERR) | BIT(FAULT_DECERR) | BIT(FAULT_HANG))
#define SLOT (BIT(FAULT_TORN) | BIT(FAULT_STALE) | BIT(FAULT_FLIP))
#define DOORBELL (BIT(FAULT_DROP) | BIT(FAULT_DUP) | BIT(FAULT_BACK) | BIT(FAULT_WILD))

struct kind {
	const char *name;
	unsigned variants;
	enum fault_variant usual;
	const char *words; /* the variants, for messages */
};

#define BUS_KIND(name)                                            \
	{                                                         \
		name, BUS, FAULT_SLVERR, "slverr, decerr or hang" \
	}

/* FAULT_SLOT has no name of its own: it is `fetch`. */
static const struct kind kinds[FAULT_SLOT] = {
	[FAULT_FETCH] = { "fetch", BUS | SLOT, FAULT_SLVERR,
			  "slverr, decerr, hang, torn, stale or flip.B with B from 0 to 511" },
	[FAULT_READ] = BUS_KIND("read"),
	[FAULT_WRITE] = BUS_KIND("write"),
	[FAULT_COMPLETION] = BUS_KIND("completion"),
	[FAULT_RECORD_READ] = BUS_KIND("record_read"),
	[FAULT_RECORD_WRITE] = BUS_KIND("record_write"),
	[FAULT_TOKEN] = BUS_KIND("token"),
	[FAULT_LINE] = BUS_KIND("line"),
	[FAULT_HOST_LINE] = BUS_KIND("host_line"),
	[FAULT_DOORBELL] = { "doorbell", DOORBELL, FAULT_DROP, "drop, dup, back, back.K or wild" },
	[FAULT_CREDIT] = { "credit", BIT(FAULT_DROP), FAULT_DROP, "drop" },
	[FAULT_LEASE] = { "lease", BIT(FAULT_DROP), FAULT_DROP, "drop" },
};

static const char *const variants[] = {
	[FAULT_SLVERR] = "slverr", [FAULT_DECERR] = "decerr", [FAULT_HANG] = "hang",
	[FAULT_TORN] = "torn",	   [FAULT_STALE] = "stale",   [FAULT_FLIP] = "flip",
	[FAULT_DROP] = "drop",	   [FAULT_DUP] = "dup",	      [FAULT_BACK] = "back",
	[FAULT_WILD] = "wild",
};

/* ---- parsing --------------------------------------------------------------------- */

static bool number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t v = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = 10 * v + (uint64_t)(*text - '0');
		if (v > max)
			return false;
	}
	*value = v;
	return true;
}

static bool find_kind(const char *name, enum fault_class *on)
{
	for (unsigned i = 0; i < FAULT_SLOT; i++) {
		if (strcmp(kinds[i].name, name))
			continue;
		*on = (enum fault_class)i;
		return true;
	}
	return false;
}

/* The part behind the dot of flip.B, which must be there, and of back.K, which may. */
static bool take_detail(struct fault *f, const char *detail)
{
	uint64_t value = BACK_DEFAULT;

	if (f->variant == FAULT_FLIP && (!detail || !number(detail, SLOT_BITS - 1, &value)))
		return false;
	if (f->variant == FAULT_BACK && detail && !number(detail, UINT32_MAX, &value))
		return false;
	if (f->variant != FAULT_FLIP && f->variant != FAULT_BACK && detail)
		return false;
	f->detail = (uint32_t)value;
	return true;
}

static bool take_variant(struct fault *f, char *text)
{
	const struct kind *kind = &kinds[f->on];
	char *detail = strchr(text, '.');

	if (detail)
		*detail++ = 0;
	for (unsigned i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (!(kind->variants & BIT(i)) || strcmp(variants[i], text))
			continue;
		f->variant = (enum fault_variant)i;
		return take_detail(f, detail);
	}
	return false;
}

static bool wrong(char *why, size_t len, const char *item, const char *what, const char *expected)
{
	snprintf(why, len, "'%s': %s%s", item, what, expected);
	return false;
}

static bool parse_item(struct fault *f, const char *item, char *why, size_t len)
{
	char text[ITEM_MAX], *n, *variant;

	snprintf(text, sizeof(text), "%s", item);
	n = strchr(text, ':');
	if (!n)
		return wrong(why, len, item, "expected KIND:N or KIND:N:VARIANT", "");
	*n++ = 0;
	if (!find_kind(text, &f->on))
		return wrong(
			why, len, item,
			"kind is none of fetch, read, write, completion, "
			"record_read, record_write, token, line, host_line, doorbell, credit, ",
			"lease");
	f->variant = kinds[f->on].usual;
	variant = strchr(n, ':');
	if (variant)
		*variant++ = 0;
	if (!number(n, UINT64_MAX / 16, &f->n) || !f->n)
		return wrong(why, len, item, "N must be a number from 1 on", "");
	if (variant && !take_variant(f, variant))
		return wrong(why, len, item, "variant must be ", kinds[f->on].words);
	if (SLOT & BIT(f->variant))
		f->on = FAULT_SLOT;
	return true;
}

static bool is_new(const struct fault_plan *plan, const struct fault *f)
{
	for (unsigned i = 0; i < plan->count; i++)
		if (plan->faults[i].on == f->on && plan->faults[i].n == f->n)
			return false;
	return true;
}

static bool add_item(struct fault_plan *plan, const char *item, char *why, size_t len)
{
	struct fault f = { FAULT_FETCH, FAULT_SLVERR, 0, 0 };

	if (!parse_item(&f, item, why, len))
		return false;
	if (!is_new(plan, &f))
		return wrong(why, len, item, "another fault is at the same transaction", "");
	if (plan->count == FAULT_MAX)
		return wrong(why, len, item, "more than 64 faults", "");
	plan->faults[plan->count++] = f;
	return true;
}

static bool next_item(const char *text, size_t bytes, char item[ITEM_MAX], char *why, size_t len)
{
	bool fits = bytes < ITEM_MAX;

	if (!fits)
		bytes = ITEM_MAX - 1;
	memcpy(item, text, bytes);
	item[bytes] = 0;
	return fits ? true : wrong(why, len, item, "too long", "");
}

bool fault_parse(struct fault_plan *plan, const char *text, char *why, size_t len)
{
	char item[ITEM_MAX];
	size_t bytes;

	memset(plan, 0, sizeof(*plan));
	for (;; text += bytes + 1) {
		bytes = strcspn(text, "+");
		if (!next_item(text, bytes, item, why, len) || !add_item(plan, item, why, len)) {
			memset(plan, 0, sizeof(*plan));
			return false;
		}
		if (!text[bytes])
			return true;
	}
}

/* ---- counting ---------------------------------------------------------------------- */

const struct fault *fault_hit(struct fault_plan *plan, enum fault_class on)
{
	uint64_t n = ++plan->seen[on];

	for (unsigned i = 0; i < plan->count; i++) {
		if (plan->faults[i].on != on || plan->faults[i].n != n)
			continue;
		plan->fired++;
		return &plan->faults[i];
	}
	return NULL;
}

/* Tags are 0x80 to 0xff; the one of the lap before 0x80 is 0xff. */
static uint64_t lap_before(uint64_t word)
{
	uint64_t tag = 0x80 | (((word >> TAG_SHIFT) - 1) & 0x7f);

	return (word & ~(UINT64_MAX << TAG_SHIFT)) | tag << TAG_SHIFT;
}

const struct fault *fault_slot(struct fault_plan *plan, uint64_t words[8])
{
	const struct fault *f = fault_hit(plan, FAULT_SLOT);

	if (!f)
		return NULL;
	if (f->variant == FAULT_FLIP)
		words[f->detail / 64] ^= UINT64_C(1) << f->detail % 64;
	for (unsigned i = 0; i < 8; i++)
		if (f->variant == FAULT_STALE || (f->variant == FAULT_TORN && i == f->n % 8))
			words[i] = lap_before(words[i]);
	return f;
}

unsigned fault_register(struct fault_plan *plan, enum fault_class on, uint32_t *value,
			const struct fault **hit)
{
	*hit = fault_hit(plan, on);
	if (!*hit)
		return 1;
	switch ((*hit)->variant) {
	case FAULT_DROP: return 0;
	case FAULT_DUP: return 2;
	case FAULT_BACK: *value -= (*hit)->detail; return 1;
	default: *value += UINT32_C(1) << 31; return 1;
	}
}

int fault_report(const struct fault *f, char *buf, size_t len)
{
	const char *kind = kinds[f->on == FAULT_SLOT ? FAULT_FETCH : f->on].name;

	return snprintf(buf, len, "fault %s:%llu fired (%s)", kind, (unsigned long long)f->n,
			variants[f->variant]);
}
