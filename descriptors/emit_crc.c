/* SPDX-License-Identifier: MIT */
/*
 * emit_crc.c - CRC32C as XOR trees for the RTL.
 *
 * A CRC is linear over GF(2), so 64 bytes at once are one matrix product: each
 * result bit is the parity of a mask of the data bits. The include has
 *
 *	crc_fold(d)        the CRC state that 64 bytes leave behind a zero state
 *	crc_advance(s)     state s moved over 64 zero bytes
 *	crc_rewind(s, n)   state s moved back over n zero bytes (n is 0 to 63)
 *	crc_desc(p)        CRC32C of the 56 payload bytes of a descriptor
 *
 * so a partial beat is a full one with zero bytes at its ends: leading zeros are
 * undone in the start state, trailing ones in the end state.
 */
#include "gen.h"

#include <stdint.h>

#define PEAL_CONST(name, value, doc) enum { PEAL_##name = (int)(value) };
#include "contract.def"

static uint32_t step(uint32_t s)
{
	return s >> 1 ^ (s & 1 ? (uint32_t)PEAL_CRC32C_POLY : 0);
}

static uint32_t step_back(uint32_t s)
{
	return s >> 31 ? (s ^ (uint32_t)PEAL_CRC32C_POLY) << 1 | 1 : s << 1;
}

static uint32_t steps(uint32_t s, int bits)
{
	for (; bits > 0; bits--)
		s = step(s);
	for (; bits < 0; bits++)
		s = step_back(s);
	return s;
}

/* Mask of the `bits` inputs that reach result bit `out`, most significant digit first. */
static void mask(FILE *o, const uint32_t *column, int bits, int out)
{
	fprintf(o, "%d'h", bits);
	for (int digit = bits / 4 - 1; digit >= 0; digit--) {
		unsigned v = 0;

		for (int b = 3; b >= 0; b--)
			v = v << 1 | (column[4 * digit + b] >> out & 1);
		fprintf(o, "%x", v);
	}
}

static void matrix(FILE *o, const char *name, const uint32_t *column, int bits, uint32_t constant)
{
	fprintf(o, "  function automatic logic [31:0] %s(input logic [%d:0] d);\n", name, bits - 1);
	for (int out = 0; out < 32; out++) {
		fprintf(o, "    %s[%d] = %s^(d & ", name, out, constant >> out & 1 ? "~" : "");
		mask(o, column, bits, out);
		fprintf(o, ");\n");
	}
	fprintf(o, "  endfunction\n\n");
}

/* Data bit t of n enters at the low end of the state and then takes n - t steps. */
static void data_columns(uint32_t *column, int bits)
{
	for (int t = 0; t < bits; t++)
		column[t] = steps(1, bits - t);
}

int emit_crc(FILE *o, uint64_t hash)
{
	uint32_t column[512];
	char name[32];

	(void)hash;
	fprintf(o, "// SPDX-License-Identifier: MIT\n"
		   "// Generated from descriptors/contract.def by `make generate`; do not edit.\n"
		   "// CRC32C as XOR trees; descriptors/emit_crc.c says how.\n\n");
	data_columns(column, 512);
	matrix(o, "crc_fold", column, 512, 0);
	data_columns(column, 448);
	matrix(o, "crc_desc", column, 448, ~steps(~0u, 448));
	for (int i = 0; i < 32; i++)
		column[i] = steps(1u << i, 512);
	matrix(o, "crc_advance", column, 32, 0);
	for (int n = 1; n < 64; n *= 2) {
		for (int i = 0; i < 32; i++)
			column[i] = steps(1u << i, -8 * n);
		snprintf(name, sizeof name, "crc_back%d", n);
		matrix(o, name, column, 32, 0);
	}
	fprintf(o, "  function automatic logic [31:0] crc_rewind(input logic [31:0] s, input logic [5:0] n);\n"
		   "    crc_rewind = s;\n");
	for (int n = 1, bit = 0; n < 64; n *= 2, bit++)
		fprintf(o, "    if (n[%d]) crc_rewind = crc_back%d(crc_rewind);\n", bit, n);
	fprintf(o, "  endfunction\n");
	return 0;
}
