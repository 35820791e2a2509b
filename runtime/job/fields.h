/* SPDX-License-Identifier: MIT */
/* fields.h - the keys of a descriptor line, shared by the parser and the printer. */
#ifndef PEAL_JOB_FIELDS_H
#define PEAL_JOB_FIELDS_H

#include <peal/contract.h>

struct job_field {
	const char *key;
	uint8_t word, lsb, width;
};

#define JOB_FIELD(key, f)                                                    \
	{                                                                    \
		key, PEAL_D_##f##_WORD, PEAL_D_##f##_LSB, PEAL_D_##f##_WIDTH \
	}

/* Fields of their own name, in the order they are printed. */
static const struct job_field job_fields[] = {
	JOB_FIELD("len", LENGTH),     JOB_FIELD("aux0", AUX0),	 JOB_FIELD("arg0", ARG0),
	JOB_FIELD("arg1", ARG1),      JOB_FIELD("class", CLASS), JOB_FIELD("actor", ACTOR),
	JOB_FIELD("agen", ACTOR_GEN), JOB_FIELD("rsvd1", RSVD1), JOB_FIELD("crc", CRC),
	JOB_FIELD("aux1", AUX1),
};

/* Other words for the same bits, and fields that are printed elsewhere. */
static const struct job_field job_other_fields[] = {
	JOB_FIELD("op", OPCODE), JOB_FIELD("cookie", COOKIE), { "pattern", 5, 0, 32 },
	{ "seed", 5, 0, 32 },	 { "tokens", 5, 0, 56 },      { "w0", 0, 0, 56 },
	{ "w1", 1, 0, 56 },	 { "w2", 2, 0, 56 },	      { "w3", 3, 0, 56 },
	{ "w4", 4, 0, 56 },	 { "w5", 5, 0, 56 },	      { "w6", 6, 0, 56 },
	{ "w7", 7, 0, 56 },
};

#define JOB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* By enum peal_order. */
static const char *const job_order_names[] = { "fifo", "actor", "none" };

/* What a line must say of an operation: 'a', 'b', 'l' length, 't' arg0. */
static inline const char *job_needs(uint32_t opcode)
{
	switch (opcode) {
	case PEAL_OP_COPY:
	case PEAL_OP_COMPARE:
	case PEAL_OP_COPY_CRC:
	case PEAL_OP_PREFILL:
	case PEAL_OP_REWARD: return "abl";
	case PEAL_OP_FILL: return "bl";
	case PEAL_OP_CRC32C: return "al";
	case PEAL_OP_DECODE: return "abt";
	default: return "";
	}
}

#endif
