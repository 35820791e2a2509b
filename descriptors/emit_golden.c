/* SPDX-License-Identifier: MIT */
/*
 * emit_golden.c - the golden vectors as a table: fields into words, tags on words.
 *
 * Everything a device could get wrong (statuses, results, checksums, tokens)
 * stands in vectors.def by hand. The columns are explained in README.md.
 */
#include "gen.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum {
#define PEAL_CONST(name, value, doc) CONST_##name = value,
#include "contract.def"
};

enum {
#define PEAL_FLAG(bit, name, when, doc) FLAG_##name = 1 << bit,
#include "contract.def"
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result) \
	OPCODE_##name = code,
#include "contract.def"
#define PEAL_STATUS(code, name, class_, doc) STATUS_##name = code,
#include "contract.def"
};

enum {
#define GOLDEN_REGION(name, bytes, access, tenant, skew, seed) REGION_##name,
#define GOLDEN_ALIAS(name, parent, offset, bytes, access, tenant) REGION_##name,
#define GOLDEN_GONE(name, bytes, tenant) REGION_##name,
#include "vectors.def"
};

enum {
#define GOLDEN_RECORD(name, region, offset, ...) RECORD_##name,
#include "vectors.def"
};

enum {
#define GOLDEN_QUEUE(name, sq_log2, cq_log2, sq_start, cq_start, tenant, mode) QUEUE_##name,
#include "vectors.def"
	QUEUES
};

/* A handle is an index and a generation; here all are generation 1. */
#define HANDLE(region) (1u << CONST_HANDLE_INDEX_BITS | (region))

/* One member for each field, named by group and name. */
struct fields {
#define PEAL_FIELD(group, word, lsb, width, name, doc) uint64_t group##_##name;
#include "contract.def"
};

struct queue {
	const char *name;
	unsigned sq_log2, cq_log2;
	uint32_t sq, cq; /* the next indices */
};

struct vector {
	const char *name, *status;
	int queue;
	struct fields f;
	struct {
		int region;
		const char *name;
		unsigned offset, length;
		uint32_t crc;
	} writes;
	struct {
		int record;
		const char *name;
		uint32_t words[9];
	} after;
};

#define OP(name) .f.D_OPCODE = OPCODE_##name
#define OPCODE(code) .f.D_OPCODE = code
#define FLAGS(bits) .f.D_FLAGS = bits
#define CLASS(v) .f.D_CLASS = v
#define ACTOR(v) .f.D_ACTOR = v
#define COOKIE(v) .f.D_COOKIE = v
#define ACTOR_GEN(v) .f.D_ACTOR_GEN = v
#define RSVD1(v) .f.D_RSVD1 = v
#define A(region, offset) .f.D_A_REGION = HANDLE(REGION_##region), .f.D_A_OFFSET = offset
#define B(region, offset) .f.D_B_REGION = HANDLE(REGION_##region), .f.D_B_OFFSET = offset
#define A_RAW(handle, offset) .f.D_A_REGION = handle, .f.D_A_OFFSET = offset
#define B_RAW(handle, offset) .f.D_B_REGION = handle, .f.D_B_OFFSET = offset
#define LENGTH(v) .f.D_LENGTH = v
#define AUX0(v) .f.D_AUX0 = v
#define ARG0(v) .f.D_ARG0 = v
#define ARG1(v) .f.D_ARG1 = v
#define CRC(v) .f.D_CRC = v
#define AUX1(v) .f.D_AUX1 = v
#define W2(v) .f.D_A_OFFSET = (v)&0xffffffffff, .f.D_A_REGION = (uint64_t)(v) >> 40
#define W3(v) .f.D_B_OFFSET = (v)&0xffffffffff, .f.D_B_REGION = (uint64_t)(v) >> 40
#define W4(v) .f.D_LENGTH = (v)&0xffffffff, .f.D_AUX0 = (uint64_t)(v) >> 32
#define W5(v) .f.D_ARG0 = v
#define W6(v) .f.D_ARG1 = v
#define WRITES(where, at, bytes, sum)         \
	.writes = { .region = REGION_##where, \
		    .name = #where,           \
		    .offset = at,             \
		    .length = bytes,          \
		    .crc = sum }
#define AFTER(of, ...) .after = { .record = RECORD_##of, .name = #of, .words = { __VA_ARGS__ } }

static struct queue queues[] = {
#define GOLDEN_QUEUE(name, sq_log2, cq_log2, sq_start, cq_start, tenant, mode) \
	{ #name, sq_log2, cq_log2, sq_start, cq_start },
#include "vectors.def"
};

static const struct vector vectors[] = {
#define GOLDEN_VECTOR(title, on, state, value, ...) \
	{ .name = title,                            \
	  .status = #state,                         \
	  .queue = QUEUE_##on,                      \
	  .f.C_STATUS = STATUS_##state,             \
	  .f.C_RESULT = value,                      \
	  __VA_ARGS__ },
#include "vectors.def"
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static const struct {
	char group;
	int word, lsb, width;
	size_t member;
	const char *name;
} layout[] = {
#define PEAL_FIELD(group, word, lsb, width, name, doc) \
	{ #group[0], word, lsb, width, offsetof(struct fields, group##_##name), #name },
#include "contract.def"
};

/* Puts the fields of a group into its words. -1 when a value does not fit its field. */
static int pack(const struct vector *v, const struct fields *f, char group, uint64_t *words)
{
	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++) {
		uint64_t value;

		if (layout[i].group != group)
			continue;
		memcpy(&value, (const char *)f + layout[i].member, sizeof value);
		if (value >> layout[i].width) {
			fprintf(stderr, "vector '%s': %s is too wide\n", v->name, layout[i].name);
			return -1;
		}
		words[layout[i].word] |= value << layout[i].lsb;
	}
	return 0;
}

static void tag_words(uint64_t *words, unsigned n, uint32_t index, unsigned log2)
{
	uint64_t tag = 0x80 | (index >> log2 & 0x7f);

	for (unsigned i = 0; i < n; i++)
		words[i] |= tag << CONST_PAYLOAD_BITS;
}

static void effects(FILE *o, const struct vector *v)
{
	if (v->writes.name)
		fprintf(o, "writes\t%s\t0x%x\t%u\t0x%08x\n", v->writes.name, v->writes.offset,
			v->writes.length, v->writes.crc);
	if (!v->after.name)
		return;
	fprintf(o, "after\t%s", v->after.name);
	for (unsigned i = 0; i < 9; i++)
		fprintf(o, "\t0x%08x", v->after.words[i]);
	fprintf(o, "\n");
}

/* One vector; `ordinal` makes the cookie where it gives none. */
static int vector(FILE *o, const struct vector *v, unsigned ordinal)
{
	struct queue *q = &queues[v->queue];
	uint64_t desc[8] = { 0 }, comp[2] = { 0 };
	struct fields f = v->f;

	if (!f.D_COOKIE)
		f.D_COOKIE = 0x5eed0000 | ordinal;
	f.C_COOKIE = f.D_COOKIE;
	f.C_INDEX = q->sq & 0xffff;
	if (pack(v, &f, 'D', desc) || pack(v, &f, 'C', comp))
		return -1;
	tag_words(desc, 8, q->sq, q->sq_log2);
	tag_words(comp, 2, q->cq, q->cq_log2);
	fprintf(o, "vector\t%s\t%s\t0x%08x\t0x%08x", v->name, q->name, q->sq++, q->cq++);
	for (unsigned i = 0; i < 8; i++)
		fprintf(o, "\t%016" PRIx64, desc[i]);
	fprintf(o, "\t%s\t0x%" PRIx64 "\t%016" PRIx64 "\t%016" PRIx64 "\n", v->status,
		v->f.C_RESULT, comp[0], comp[1]);
	effects(o, v);
	return 0;
}

static void regions(FILE *o)
{
	fprintf(o, "# region: name, handle, bytes, access, tenant, bus skew, seed\n"
		   "# alias: name, handle, parent, offset, bytes, access, tenant\n"
		   "# gone: name, handle, bytes, tenant\n");
#define GOLDEN_REGION(name, bytes, access, tenant, skew, seed)                               \
	fprintf(o, "region\t%s\t0x%04x\t%d\t%s\t%d\t%d\t%d\n", #name, HANDLE(REGION_##name), \
		bytes, #access, tenant, skew, seed);
#define GOLDEN_ALIAS(name, parent, offset, bytes, access, tenant)                             \
	fprintf(o, "alias\t%s\t0x%04x\t%s\t0x%x\t%d\t%s\t%d\n", #name, HANDLE(REGION_##name), \
		#parent, offset, bytes, #access, tenant);
#define GOLDEN_GONE(name, bytes, tenant) \
	fprintf(o, "gone\t%s\t0x%04x\t%d\t%d\n", #name, HANDLE(REGION_##name), bytes, tenant);
#include "vectors.def"
}

static void contents(FILE *o)
{
	fprintf(o, "# bytes: region, offset, values\n");
#define GOLDEN_BYTES(region, offset, hex) fprintf(o, "bytes\t%s\t0x%x\t%s\n", #region, offset, hex);
#include "vectors.def"
	fprintf(o, "# record: name, region, offset, nine words from STATE on\n");
#define GOLDEN_RECORD(name, region, offset, ...)                            \
	{                                                                   \
		const uint32_t words[9] = { __VA_ARGS__ };                  \
		fprintf(o, "record\t%s\t%s\t0x%x", #name, #region, offset); \
		for (unsigned i = 0; i < 9; i++)                            \
			fprintf(o, "\t0x%08x", words[i]);                   \
		fprintf(o, "\n");                                           \
	}
#include "vectors.def"
	fprintf(o, "# queue: name, log2 of SQ and CQ slots, first SQ and CQ index, tenant, MODE\n");
#define GOLDEN_QUEUE(name, sq_log2, cq_log2, sq_start, cq_start, tenant, mode)                 \
	fprintf(o, "queue\t%s\t%d\t%d\t0x%08x\t0x%08x\t%d\t0x%03x\n", #name, sq_log2, cq_log2, \
		(unsigned)sq_start, (unsigned)cq_start, tenant, mode);
#include "vectors.def"
}

static int covered(const char *what, const char *name, const uint64_t *member, uint64_t code)
{
	size_t at = (size_t)((const char *)member - (const char *)vectors);

	for (size_t i = 0; i < VECTORS; i++)
		if (*(const uint64_t *)((const char *)&vectors[i] + at) == code)
			return 0;
	fprintf(stderr, "vectors.def: no vector for %s %s\n", what, name);
	return -1;
}

/* A vector at least for each operation, and for each status that a v1 device can answer. */
static int coverage(void)
{
	int err = 0;

	enum { SUCCESS, DESCRIPTOR, BUS, LIFECYCLE, HOST };
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result) \
	err |= covered("operation", #name, &vectors[0].f.D_OPCODE, code);
#define PEAL_STATUS(code, name, class_, doc)           \
	if (class_ == SUCCESS || class_ == DESCRIPTOR) \
		err |= covered("status", #name, &vectors[0].f.C_STATUS, code);
#include "contract.def"
	return err;
}

int emit_golden(FILE *o, uint64_t hash)
{
	if (coverage())
		return -1;
	fprintf(o,
		"# SPDX-License-Identifier: MIT\n"
		"# Generated from descriptors/vectors.def by `make generate`; do not edit.\n"
		"# Columns and rules: descriptors/README.md.\n"
		"contract\t%016" PRIx64 "\n",
		hash);
	regions(o);
	contents(o);
	fprintf(o, "# vector: name, queue, SQ index, CQ index, eight descriptor words, status, "
		   "result,\n"
		   "#   two completion words; then what it writes:\n"
		   "# writes: region, offset, bytes, their CRC32C\n"
		   "# after: record, its nine words\n");
	for (unsigned i = 0; i < VECTORS; i++)
		if (vector(o, &vectors[i], i))
			return -1;
	return 0;
}
