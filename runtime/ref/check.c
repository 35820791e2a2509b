/* SPDX-License-Identifier: MIT */
/*
 * check.c - the checks of a descriptor, in the contract's order; the first that
 * fails decides the status. Nothing is touched before all have passed.
 */
#include "ref.h"

/* ---- 2 to 5: the words themselves ------------------------------------------------ */

static bool fail(struct ref_outcome *bad, enum peal_status status, uint64_t result)
{
	*bad = (struct ref_outcome){ status, result };
	return false;
}

static bool check_crc(const struct ref_queue *q, const struct ref_desc *d, struct ref_outcome *bad)
{
	bool given = PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) & PEAL_FLAG_CRC;
	bool required = front_mode(&q->front, FRONT_MODE_CRC);
	struct peal_desc copy;
	uint32_t right;

	if (!given && !required)
		return true;
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		copy.w[i] = d->w[i];
	right = peal_desc_crc(&copy);
	if (given && PEAL_FIELD_GET(d->w, PEAL_D_CRC) == right)
		return true;
	return fail(bad, PEAL_ST_BAD_CRC, right);
}

static bool check_opcode(struct ref_desc *d, struct ref_outcome *bad)
{
	uint32_t code = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_OPCODE);

	d->op = front_op_of(code);
	return d->op ? true : fail(bad, PEAL_ST_BAD_OPCODE, code);
}

/* No silence where each slot must be answered, no fence where nothing decodes in order. */
static uint64_t refused_flags(const struct ref_queue *q)
{
	uint64_t refused = ~(uint64_t)PEAL_FLAGS_V1;

	if (front_mode(&q->front, FRONT_MODE_MATCHED))
		refused |= PEAL_FLAG_SILENT;
	if (front_order(&q->front) == FRONT_UNORDERED && !front_mode(&q->front, FRONT_MODE_FENCES))
		refused |= PEAL_FLAG_FENCE;
	return refused;
}

static bool check_flags(const struct ref_queue *q, const struct ref_desc *d,
			struct ref_outcome *bad)
{
	uint64_t wrong = PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) & refused_flags(q);

	return wrong ? fail(bad, PEAL_ST_BAD_FLAGS, wrong) : true;
}

static bool check_reserved(const struct ref_desc *d, struct ref_outcome *bad)
{
	bool crc_given = PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) & PEAL_FLAG_CRC;
	uint64_t words = 0;

	if (PEAL_FIELD_GET(d->w, PEAL_D_CLASS))
		words |= 1u << 0;
	if (PEAL_FIELD_GET(d->w, PEAL_D_ACTOR_GEN) || PEAL_FIELD_GET(d->w, PEAL_D_RSVD1))
		words |= 1u << 1;
	for (unsigned i = 0; i < 5; i++)
		if (d->w[2 + i] & ~d->op->used[i])
			words |= 1u << (2 + i);
	if (PEAL_FIELD_GET(d->w, PEAL_D_AUX1) || (PEAL_FIELD_GET(d->w, PEAL_D_CRC) && !crc_given))
		words |= 1u << 7;
	return words ? fail(bad, PEAL_ST_RESERVED, words) : true;
}

/* ---- 6: length ------------------------------------------------------------------------ */

static bool length_is_good(const struct ref_desc *d)
{
	switch (d->op->length) {
	case FRONT_LENGTH_TOKENS:
		return d->length && d->length % PEAL_TOKEN_BYTES == 0 &&
		       d->length / PEAL_TOKEN_BYTES <= PEAL_TOKENS_MAX;
	case FRONT_LENGTH_ARG0: return d->arg0 && d->arg0 <= PEAL_TOKENS_MAX;
	default: return true;
	}
}

static bool check_length(struct ref_desc *d, struct ref_outcome *bad)
{
	d->length = (uint32_t)PEAL_FIELD_GET(d->w, PEAL_D_LENGTH);
	d->arg0 = PEAL_FIELD_GET(d->w, PEAL_D_ARG0);
	return length_is_good(d) ? true : fail(bad, PEAL_ST_BAD_LENGTH, 0);
}

/* ---- 7: operands ------------------------------------------------------------------------- */

static uint64_t size_of(const struct ref_desc *d, enum front_access access)
{
	switch (access) {
	case FRONT_NONE: return 0;
	case FRONT_RECORD: return PEAL_RECORD_BYTES;
	case FRONT_W_ARG0: return PEAL_TOKEN_BYTES * d->arg0;
	default: return d->length;
	}
}

static bool check_operand(const struct ref_device *dev, const struct ref_queue *q,
			  const struct ref_desc *d, unsigned which, struct front_operand *operand,
			  struct ref_outcome *bad)
{
	enum front_access access = which ? d->op->b : d->op->a;
	const uint64_t *word = &d->w[PEAL_D_A_REGION_WORD + which];
	bool read = access == FRONT_R_LEN || access == FRONT_R_LEN4 || access == FRONT_RECORD;
	bool write = access == FRONT_W_LEN || access == FRONT_W_ARG0 || access == FRONT_RECORD;
	enum peal_status status;

	if (access == FRONT_NONE)
		return true;
	status = front_resolve(&dev->front, front_config(&q->front, PEAL_QREG_TENANT),
			       (uint32_t)(*word >> PEAL_D_A_REGION_LSB) & 0xffff,
			       *word & PEAL_FIELD_MASK(PEAL_D_A_OFFSET), size_of(d, access), read,
			       write, operand);
	return status == PEAL_ST_OK ? true : fail(bad, status, which);
}

/* ---- 8 and 9: on the bus --------------------------------------------------------------------- */

static uint64_t alignment_of(enum front_access access)
{
	switch (access) {
	case FRONT_RECORD: return PEAL_RECORD_BYTES;
	case FRONT_R_LEN4:
	case FRONT_W_ARG0: return PEAL_TOKEN_BYTES;
	default: return 1;
	}
}

static bool check_alignment(const struct ref_desc *d, struct ref_outcome *bad)
{
	if (d->a.bus % alignment_of(d->op->a))
		return fail(bad, PEAL_ST_ALIGNMENT, 0);
	if (d->b.bus % alignment_of(d->op->b))
		return fail(bad, PEAL_ST_ALIGNMENT, 1);
	return true;
}

/* Two reads may overlap: COMPARE of a range with itself is legal. */
static bool check_overlap(const struct ref_desc *d, struct ref_outcome *bad)
{
	bool two = d->op->a != FRONT_NONE && d->op->b != FRONT_NONE;

	if (!two || d->op->code == PEAL_OP_COMPARE || !d->a.bytes || !d->b.bytes)
		return true;
	if (d->a.bus >= d->b.bus + d->b.bytes || d->b.bus >= d->a.bus + d->a.bytes)
		return true;
	return fail(bad, PEAL_ST_OVERLAP, 0);
}

bool ref_check(struct ref_device *dev, const struct ref_queue *q, struct ref_desc *d,
	       struct ref_outcome *bad)
{
	d->a = d->b = (struct front_operand){ 0, 0 };
	return check_crc(q, d, bad) && check_opcode(d, bad) && check_flags(q, d, bad) &&
	       check_reserved(d, bad) && check_length(d, bad) &&
	       check_operand(dev, q, d, 0, &d->a, bad) && check_operand(dev, q, d, 1, &d->b, bad) &&
	       check_alignment(d, bad) && check_overlap(d, bad);
}
