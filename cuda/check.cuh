/* SPDX-License-Identifier: MIT */
/*
 * check.cuh - one descriptor taken apart and checked, in the contract's order
 * (C2.13 to C2.23); the first check that fails decides the status.
 *
 * Compiles for the host too, where the unit test compares it with the reference.
 */
#ifndef PEAL_CUDA_CHECK_CUH
#define PEAL_CUDA_CHECK_CUH

#include "crc.cuh"
#include "protocol.h"
#ifdef __CUDACC__
#include "memory.cuh"
#endif

enum access { NONE, R_LEN, W_LEN, R_LEN4, RECORD, W_ARG0 };
enum length_rule { LENGTH_NONE, LENGTH_ANY, LENGTH_TOKENS, LENGTH_ARG0 };
enum unit { CTRL, MOVE, ROLLOUT };

struct operation {
	uint32_t code;
	enum unit unit;
	enum access a, b;
	enum length_rule length;
	uint64_t used[5]; /* payload bits of w2 to w6 */
};

#define MASK_ALL PEAL_PAYLOAD_MASK
#define MASK_NONE 0
#define MASK_LEN UINT32_MAX
#define MASK_LO32 UINT32_MAX
#define MASK_BIT0 1
#define OPERATION_CASE(name, unit, a, b, length, m2, m3, m4, m5, m6)                          \
	case PEAL_OP_##name:                                                                  \
		*op = operation{ PEAL_OP_##name,                                              \
				 unit,                                                        \
				 a,                                                           \
				 b,                                                           \
				 LENGTH_##length,                                             \
				 { MASK_##m2, MASK_##m3, MASK_##m4, MASK_##m5, MASK_##m6 } }; \
		return true;

PEAL_BOTH bool find_operation(uint32_t code, struct operation *op)
{
	switch (code) {
		PEAL_OPERATIONS(OPERATION_CASE)
	default: return false;
	}
}

struct operand {
	uint64_t bus, bytes;
	uint64_t address; /* of the GPU; 0: the bus has nothing there */
	bool far;	  /* in the host's memory */
};

struct outcome {
	uint32_t status;
	uint64_t result;
};

/* What a queue's mode means for its descriptors. */
struct rules {
	uint32_t tenant, refused_flags;
	bool require_crc;
};

struct descriptor {
	uint64_t w[PEAL_DESC_WORDS]; /* payloads */
	struct operation op;
	uint32_t length, flags;
	uint64_t arg0;
	struct operand a, b;
};

PEAL_BOTH bool refuse(struct outcome *bad, uint32_t status, uint64_t result)
{
	bad->status = status;
	bad->result = result;
	return false;
}

PEAL_BOTH bool check_crc(const struct rules *rules, const struct descriptor *d, struct outcome *bad)
{
	bool given = d->flags & PEAL_FLAG_CRC;
	uint32_t right;

	if (!given && !rules->require_crc)
		return true;
	right = crc_of_descriptor(d->w);
	if (given && PEAL_FIELD_GET(d->w, PEAL_D_CRC) == right)
		return true;
	return refuse(bad, PEAL_ST_BAD_CRC, right);
}

PEAL_BOTH bool check_opcode(struct descriptor *d, struct outcome *bad)
{
	uint32_t code = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_OPCODE);

	return find_operation(code, &d->op) || refuse(bad, PEAL_ST_BAD_OPCODE, code);
}

PEAL_BOTH bool check_flags(const struct rules *rules, const struct descriptor *d,
			   struct outcome *bad)
{
	uint32_t wrong = d->flags & rules->refused_flags;

	return !wrong || refuse(bad, PEAL_ST_BAD_FLAGS, wrong);
}

PEAL_BOTH bool check_reserved(const struct descriptor *d, struct outcome *bad)
{
	uint32_t words = 0;

	if (PEAL_FIELD_GET(d->w, PEAL_D_CLASS))
		words |= 1u << 0;
	if (PEAL_FIELD_GET(d->w, PEAL_D_ACTOR_GEN) || PEAL_FIELD_GET(d->w, PEAL_D_RSVD1))
		words |= 1u << 1;
	for (unsigned i = 0; i < 5; i++)
		if (d->w[2 + i] & ~d->op.used[i])
			words |= 1u << (2 + i);
	if (PEAL_FIELD_GET(d->w, PEAL_D_AUX1) ||
	    (PEAL_FIELD_GET(d->w, PEAL_D_CRC) && !(d->flags & PEAL_FLAG_CRC)))
		words |= 1u << 7;
	return !words || refuse(bad, PEAL_ST_RESERVED, words);
}

PEAL_BOTH bool check_length(struct descriptor *d, struct outcome *bad)
{
	bool good = true;

	d->length = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_LENGTH);
	d->arg0 = PEAL_FIELD_GET(d->w, PEAL_D_ARG0);
	if (d->op.length == LENGTH_TOKENS)
		good = d->length && d->length % PEAL_TOKEN_BYTES == 0 &&
		       d->length / PEAL_TOKEN_BYTES <= PEAL_TOKENS_MAX;
	else if (d->op.length == LENGTH_ARG0)
		good = d->arg0 && d->arg0 <= PEAL_TOKENS_MAX;
	return good || refuse(bad, PEAL_ST_BAD_LENGTH, 0);
}

PEAL_BOTH uint64_t operand_bytes(const struct descriptor *d, enum access access)
{
	switch (access) {
	case NONE: return 0;
	case RECORD: return PEAL_RECORD_BYTES;
	case W_ARG0: return PEAL_TOKEN_BYTES * d->arg0;
	default: return d->length;
	}
}

/* The rights that an access needs, as bits of RT_COMMIT. */
PEAL_BOTH uint32_t rights(enum access access)
{
	switch (access) {
	case R_LEN:
	case R_LEN4: return 1u << 8;
	case W_LEN:
	case W_ARG0: return 1u << 9;
	default: return 3u << 8;
	}
}

struct region_table {
	const struct cuda_region *entry;
	uint32_t entries;
};

PEAL_BOTH uint32_t handle_of(const struct descriptor *d, unsigned which)
{
	return (uint32_t)(d->w[PEAL_D_A_REGION_WORD + which] >> PEAL_D_A_REGION_LSB) & 0xffff;
}

/*
 * The entries that two handles name, at once, since a look at the table takes long; the first one in
 * place of one that is not in the table. A commit changes them while they are read: the words
 * are read first and last, and copies count when they stood.
 */
PEAL_BOTH void read_regions(const struct region_table *table, const uint32_t handle[2],
			    struct cuda_region r[2])
{
	const struct cuda_region *entry[2];

	for (unsigned i = 0; i < 2; i++) {
		uint32_t index = handle[i] & (CUDA_REGIONS_MAX - 1);

		entry[i] = &table->entry[index < table->entries ? index : 0];
	}
#ifdef __CUDA_ARCH__
	uint32_t after[2];

	do {
#pragma unroll
		for (unsigned i = 0; i < 2; i++)
			/* Acquire: pairs with the releases in the supervisor's commit_region. */
			r[i].word = load32_acquire_gpu(&entry[i]->word);
#pragma unroll
		for (unsigned i = 0; i < 2; i++) {
			r[i].bus = load64(&entry[i]->bus);
			r[i].bytes = load64(&entry[i]->bytes);
			r[i].delta = load64(&entry[i]->delta);
			r[i].mapped = load64(&entry[i]->mapped);
			r[i].tenant = load32(&entry[i]->tenant);
		}
		fence_gpu(); /* the words are read again behind the rest */
#pragma unroll
		for (unsigned i = 0; i < 2; i++)
			after[i] = load32(&entry[i]->word);
	} while (after[0] != r[0].word || after[1] != r[1].word);
#else
	r[0] = *entry[0];
	r[1] = *entry[1];
#endif
}

/* Region, tenant, permission, range, in this order (C2.21). */
PEAL_BOTH uint32_t resolve(const struct region_table *table, const struct cuda_region *r,
			   uint32_t tenant, uint32_t handle, uint64_t offset, uint64_t bytes,
			   uint32_t need, struct operand *operand)
{
	uint32_t index = handle & (CUDA_REGIONS_MAX - 1);
	uint32_t generation = handle >> PEAL_HANDLE_INDEX_BITS;

	if (index >= table->entries || !generation || !(r->word >> 31) ||
	    (r->word & 0x3f) != generation)
		return PEAL_ST_BAD_REGION;
	if (r->tenant != tenant)
		return PEAL_ST_TENANT;
	if ((r->word & need) != need)
		return PEAL_ST_PERMISSION;
	if (offset > r->bytes || bytes > r->bytes - offset)
		return PEAL_ST_RANGE;
	operand->bus = r->bus + offset;
	operand->bytes = bytes;
	operand->far = !(r->word & CUDA_REGION_DEVICE);
	operand->address = offset + bytes <= r->mapped ? operand->bus + r->delta : 0;
	return PEAL_ST_OK;
}

PEAL_BOTH bool check_operand(const struct region_table *table, const struct cuda_region *r,
			     const struct rules *rules, const struct descriptor *d, unsigned which,
			     struct operand *operand, struct outcome *bad)
{
	enum access access = which ? d->op.b : d->op.a;
	uint64_t offset = d->w[PEAL_D_A_REGION_WORD + which] & PEAL_FIELD_MASK(PEAL_D_A_OFFSET);
	uint32_t status;

	if (access == NONE)
		return true;
	status = resolve(table, r, rules->tenant, handle_of(d, which), offset,
			 operand_bytes(d, access), rights(access), operand);
	return status == PEAL_ST_OK || refuse(bad, status, which);
}

PEAL_BOTH bool check_operands(const struct region_table *table, const struct rules *rules,
			      struct descriptor *d, struct outcome *bad)
{
	const uint32_t handle[2] = { handle_of(d, 0), handle_of(d, 1) };
	struct cuda_region r[2];

	if (d->op.a == NONE && d->op.b == NONE)
		return true;
	read_regions(table, handle, r);
	return check_operand(table, &r[0], rules, d, 0, &d->a, bad) &&
	       check_operand(table, &r[1], rules, d, 1, &d->b, bad);
}

PEAL_BOTH uint32_t alignment(enum access access)
{
	switch (access) {
	case RECORD: return PEAL_RECORD_BYTES;
	case R_LEN4:
	case W_ARG0: return PEAL_TOKEN_BYTES;
	default: return 1;
	}
}

PEAL_BOTH bool check_alignment(const struct descriptor *d, struct outcome *bad)
{
	if (d->a.bus & (alignment(d->op.a) - 1))
		return refuse(bad, PEAL_ST_ALIGNMENT, 0);
	if (d->b.bus & (alignment(d->op.b) - 1))
		return refuse(bad, PEAL_ST_ALIGNMENT, 1);
	return true;
}

/* Two reads may overlap: COMPARE of a range with itself is legal. */
PEAL_BOTH bool check_overlap(const struct descriptor *d, struct outcome *bad)
{
	if (d->op.a == NONE || d->op.b == NONE || d->op.code == PEAL_OP_COMPARE || !d->a.bytes ||
	    !d->b.bytes)
		return true;
	if (d->a.bus >= d->b.bus + d->b.bytes || d->b.bus >= d->a.bus + d->a.bytes)
		return true;
	return refuse(bad, PEAL_ST_OVERLAP, 0);
}

/* Takes apart and checks d->w. False, with the outcome, at the first that fails. */
PEAL_BOTH bool check(const struct region_table *table, const struct rules *rules,
		     struct descriptor *d, struct outcome *bad)
{
	d->flags = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_FLAGS);
	d->a = d->b = operand{};
	return check_crc(rules, d, bad) && check_opcode(d, bad) && check_flags(rules, d, bad) &&
	       check_reserved(d, bad) && check_length(d, bad) &&
	       check_operands(table, rules, d, bad) && check_alignment(d, bad) &&
	       check_overlap(d, bad);
}

#endif
