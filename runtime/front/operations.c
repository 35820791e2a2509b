/* SPDX-License-Identifier: MIT */
/*
 * operations.c - the contract's table of operations.
 */
#include "front.h"

#define MASK_ALL PEAL_PAYLOAD_MASK
#define MASK_NONE 0
#define MASK_LEN UINT32_MAX
#define MASK_LO32 UINT32_MAX
#define MASK_BIT0 1

#define ROW(name, unit, a, b, length, m2, m3, m4, m5, m6) \
	{ PEAL_OP_##name,                                 \
	  FRONT_##unit,                                   \
	  FRONT_##a,                                      \
	  FRONT_##b,                                      \
	  FRONT_LENGTH_##length,                          \
	  { MASK_##m2, MASK_##m3, MASK_##m4, MASK_##m5, MASK_##m6 } },

static const struct front_op operations[] = { PEAL_OPERATIONS(ROW) };

const struct front_op *front_op_of(uint32_t code)
{
	for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (operations[i].code == code)
			return &operations[i];
	return NULL;
}
