/* SPDX-License-Identifier: MIT */
/*
 * prep.c - descriptors, one function an operation. They write the caller's
 * memory only; tags and CRC are put in by peal_submit.
 */
#include <string.h>

#include <peal/peal.h>

static void prep(struct peal_desc *d, enum peal_opcode op, uint32_t cookie)
{
	memset(d, 0, sizeof(*d));
	d->w[PEAL_D_OPCODE_WORD] = PEAL_FIELD_PUT(PEAL_D_OPCODE, op);
	d->w[PEAL_D_COOKIE_WORD] = PEAL_FIELD_PUT(PEAL_D_COOKIE, cookie);
}

static void set_a(struct peal_desc *d, struct peal_operand a)
{
	d->w[PEAL_D_A_OFFSET_WORD] = PEAL_FIELD_PUT(PEAL_D_A_OFFSET, a.offset) |
				     PEAL_FIELD_PUT(PEAL_D_A_REGION, a.region);
}

static void set_b(struct peal_desc *d, struct peal_operand b)
{
	d->w[PEAL_D_B_OFFSET_WORD] = PEAL_FIELD_PUT(PEAL_D_B_OFFSET, b.offset) |
				     PEAL_FIELD_PUT(PEAL_D_B_REGION, b.region);
}

static void set_length(struct peal_desc *d, uint32_t bytes)
{
	d->w[PEAL_D_LENGTH_WORD] = PEAL_FIELD_PUT(PEAL_D_LENGTH, bytes);
}

static void set_arg0(struct peal_desc *d, uint64_t arg0)
{
	d->w[PEAL_D_ARG0_WORD] = PEAL_FIELD_PUT(PEAL_D_ARG0, arg0);
}

void peal_prep_nop(struct peal_desc *d, uint32_t cookie)
{
	prep(d, PEAL_OP_NOP, cookie);
}

void peal_prep_echo(struct peal_desc *d, uint32_t cookie, const uint64_t payload[5])
{
	prep(d, PEAL_OP_ECHO, cookie);
	for (unsigned i = 0; i < 5; i++)
		d->w[2 + i] = payload[i] & PEAL_PAYLOAD_MASK;
}

void peal_prep_stop(struct peal_desc *d, uint32_t cookie)
{
	prep(d, PEAL_OP_STOP, cookie);
}

void peal_prep_copy(struct peal_desc *d, uint32_t cookie, struct peal_operand src,
		    struct peal_operand dst, uint32_t bytes)
{
	prep(d, PEAL_OP_COPY, cookie);
	set_a(d, src);
	set_b(d, dst);
	set_length(d, bytes);
}

void peal_prep_fill(struct peal_desc *d, uint32_t cookie, struct peal_operand dst, uint32_t bytes,
		    uint32_t pattern)
{
	prep(d, PEAL_OP_FILL, cookie);
	set_b(d, dst);
	set_length(d, bytes);
	set_arg0(d, pattern);
}

void peal_prep_compare(struct peal_desc *d, uint32_t cookie, struct peal_operand first,
		       struct peal_operand second, uint32_t bytes)
{
	prep(d, PEAL_OP_COMPARE, cookie);
	set_a(d, first);
	set_b(d, second);
	set_length(d, bytes);
}

void peal_prep_crc32c(struct peal_desc *d, uint32_t cookie, struct peal_operand src, uint32_t bytes,
		      uint32_t seed)
{
	prep(d, PEAL_OP_CRC32C, cookie);
	set_a(d, src);
	set_length(d, bytes);
	set_arg0(d, seed);
}

void peal_prep_copy_crc(struct peal_desc *d, uint32_t cookie, struct peal_operand src,
			struct peal_operand dst, uint32_t bytes, uint32_t seed)
{
	prep(d, PEAL_OP_COPY_CRC, cookie);
	set_a(d, src);
	set_b(d, dst);
	set_length(d, bytes);
	set_arg0(d, seed);
}

void peal_prep_prefill(struct peal_desc *d, uint32_t cookie, struct peal_operand record,
		       struct peal_operand context, uint32_t bytes)
{
	prep(d, PEAL_OP_PREFILL, cookie);
	set_a(d, record);
	set_b(d, context);
	set_length(d, bytes);
}

void peal_prep_decode(struct peal_desc *d, uint32_t cookie, struct peal_operand record,
		      struct peal_operand tokens, uint32_t most)
{
	prep(d, PEAL_OP_DECODE, cookie);
	set_a(d, record);
	set_b(d, tokens);
	set_arg0(d, most);
}

void peal_prep_reward(struct peal_desc *d, uint32_t cookie, struct peal_operand record,
		      struct peal_operand tokens, uint32_t bytes, bool finish)
{
	prep(d, PEAL_OP_REWARD, cookie);
	set_a(d, record);
	set_b(d, tokens);
	set_length(d, bytes);
	set_arg0(d, finish);
}

void peal_desc_flags(struct peal_desc *d, uint32_t flags)
{
	d->w[PEAL_D_FLAGS_WORD] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, flags);
}

void peal_desc_actor(struct peal_desc *d, uint32_t actor)
{
	d->w[PEAL_D_ACTOR_WORD] &= ~PEAL_FIELD_PUT(PEAL_D_ACTOR, ~0u);
	d->w[PEAL_D_ACTOR_WORD] |= PEAL_FIELD_PUT(PEAL_D_ACTOR, actor);
}
