/* SPDX-License-Identifier: MIT */
/*
 * emit_sv.c - the Verilog include, read inside each module body.
 *
 * The subset that Verilator 5.006, Icarus 11 and Yosys 0.23 all take: sized
 * localparams, packed structs and automatic functions, no package. In a packed
 * struct the first field is the most significant, so fields are written from
 * the top bit down.
 */
#include "gen.h"

#include <inttypes.h>
#include <string.h>

struct field {
	const char *group, *name;
	int word, lsb, width;
};

static const struct field all_fields[] = {
#define PEAL_FIELD(group, word, lsb, width, name, doc) { #group, #name, word, lsb, width },
#include "contract.def"
};
#define FIELDS ((int)(sizeof all_fields / sizeof *all_fields))

static void lower(FILE *o, const char *s)
{
	const char *suffix = strcmp(s, "CLASS") ? "" : "_"; /* `class` is a keyword */

	for (; *s; s++)
		fputc(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s, o);
	fputs(suffix, o);
}

/* The payload words of a slot, most significant word first, tags left out. */
static void packed_struct(FILE *o, const char *group, const char *type)
{
	fprintf(o, "  typedef struct packed {\n");
	for (int i = FIELDS - 1; i >= 0; i--) {
		if (all_fields[i].group[0] != group[0])
			continue;
		fprintf(o, "    logic [%d:0] ", all_fields[i].width - 1);
		lower(o, all_fields[i].name);
		fprintf(o, ";\n");
	}
	fprintf(o, "  } %s;\n\n", type);
}

static void constants(FILE *o, uint64_t hash)
{
	fprintf(o, "  localparam logic [63:0] CONTRACT_HASH = 64'h%016" PRIx64 ";\n", hash);
#define PEAL_CONST(name, value, doc) fprintf(o, "  localparam logic [31:0] %s = 32'h%08x;\n", #name, value);
#include "contract.def"
	fprintf(o, "\n");
#define PEAL_FLAG(bit, name, when, doc) fprintf(o, "  localparam int FLAG_%s = %d;\n", #name, bit);
#include "contract.def"
	fprintf(o, "  localparam logic [15:0] FLAGS_V1 = 16'h%04x;\n", 0u
#define V1 1u
#define LATER 0u
#define INSTEAD 0u
#define PEAL_FLAG(bit, name, when, doc) | when << bit
#include "contract.def"
	);
	fprintf(o, "  localparam logic [31:0] CAPS_V1 = 32'h%08x;\n", 0u
#define PEAL_CAP(bit, name, when, doc) | when << bit
#include "contract.def"
	);
#undef V1
#undef LATER
#undef INSTEAD
	fprintf(o, "\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result)    \
	fprintf(o, "  localparam logic [7:0] OP_%s = 8'h%02x;\n", #name, code);
#include "contract.def"
#define PEAL_STATUS(code, name, class_, doc)                                                       \
	fprintf(o, "  localparam logic [7:0] ST_%s = 8'h%02x;\n", #name, code);
#include "contract.def"
#define PEAL_QSTATE(code, name, doc) fprintf(o, "  localparam logic [2:0] Q_%s = 3'd%d;\n", #name, code);
#include "contract.def"
#define PEAL_CMD(code, name, when, doc) fprintf(o, "  localparam logic [7:0] CMD_%s = 8'd%d;\n", #name, code);
#include "contract.def"
#define PEAL_CMDCODE(code, name, doc)                                                              \
	fprintf(o, "  localparam logic [7:0] CMDCODE_%s = 8'h%02x;\n", #name, code);
#include "contract.def"
#define PEAL_EVENT(code, name, when, doc)                                                          \
	fprintf(o, "  localparam logic [7:0] EVENT_%s = 8'd%d;\n", #name, code);
#include "contract.def"
#define PEAL_RSTATE(code, name, doc) fprintf(o, "  localparam logic [31:0] R_%s = 32'd%d;\n", #name, code);
#include "contract.def"
#define PEAL_COUNTER(index, name, doc) fprintf(o, "  localparam int CTR_%s = %d;\n", #name, index);
#include "contract.def"
	fprintf(o, "  localparam int COUNTERS = %d;\n", 0
#define PEAL_COUNTER(index, name, doc) +1
#include "contract.def"
	);
	fprintf(o, "\n");
#define PEAL_REG(offset, name, access, doc)                                                        \
	fprintf(o, "  localparam logic [19:0] REG_%s = 20'h%05x;\n", #name, offset);
#include "contract.def"
#define PEAL_QREG(offset, name, access, doc)                                                       \
	fprintf(o, "  localparam logic [7:0] QREG_%s = 8'h%02x;\n", #name, offset);
#include "contract.def"
#define PEAL_DBREG(offset, name, access, doc)                                                      \
	fprintf(o, "  localparam logic [3:0] DB_%s = 4'h%x;\n", #name, offset);
#include "contract.def"
	fprintf(o, "\n");
}

/* Operand kinds and length rules, in the order of the codes below. */
static void op_table(FILE *o)
{
	fprintf(o,
		"  localparam logic [1:0] UNIT_CTRL = 2'd0, UNIT_MOVE = 2'd1, UNIT_ROLLOUT = 2'd2;\n"
		"  localparam logic [2:0] ARG_NONE = 3'd0, ARG_R_LEN = 3'd1, ARG_W_LEN = 3'd2,\n"
		"      ARG_R_LEN4 = 3'd3, ARG_RECORD = 3'd4, ARG_W_ARG0 = 3'd5;\n"
		"  localparam logic [1:0] LEN_NONE = 2'd0, LEN_ANY = 2'd1, LEN_TOKENS = 2'd2, LEN_ARG0 = 2'd3;\n"
		"  localparam logic [55:0] MASK_NONE = 56'h0, MASK_ALL = 56'hffffffffffffff,\n"
		"      MASK_LEN = 56'h000000ffffffff, MASK_LO32 = 56'h000000ffffffff, MASK_BIT0 = 56'h1;\n\n"
		"  typedef struct packed {\n"
		"    logic known;\n    logic [1:0] unit;\n    logic [2:0] a;\n    logic [2:0] b;\n"
		"    logic [1:0] length;\n    logic [55:0] m2;\n    logic [55:0] m3;\n    logic [55:0] m4;\n"
		"    logic [55:0] m5;\n    logic [55:0] m6;\n  } op_info_t;\n\n"
		"  function automatic op_info_t op_info(input logic [7:0] opcode);\n"
		"    case (opcode)\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result)    \
	fprintf(o,                                                                                 \
		"      OP_%s: op_info = {1'b1, UNIT_%s, ARG_%s, ARG_%s, LEN_%s,\n"                     \
		"          MASK_%s, MASK_%s, MASK_%s, MASK_%s, MASK_%s};\n",                           \
		#name, #unit, #a, #b, #length, #m2, #m3, #m4, #m5, #m6);
#include "contract.def"
	fprintf(o, "      default: op_info = '0;\n    endcase\n  endfunction\n\n");
	fprintf(o, "  function automatic logic [255:0] opcode_map();\n    opcode_map = '0;\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result)    \
	fprintf(o, "    opcode_map[%d] = 1'b1;\n", code);
#include "contract.def"
	fprintf(o, "  endfunction\n\n");
}

int emit_sv(FILE *o, uint64_t hash)
{
	fprintf(o, "// SPDX-License-Identifier: MIT\n"
		   "// Generated from descriptors/contract.def by `make generate`; do not edit.\n"
		   "// Included inside each module body: not a package, see docs/decisions.\n\n"
		   "// A module uses some of the contract, never all of it.\n"
		   "// verilator lint_off UNUSEDPARAM\n");
	constants(o, hash);
	op_table(o);
	packed_struct(o, "D", "desc_t");
	packed_struct(o, "C", "comp_t");
	fprintf(o, "  typedef struct packed {\n    logic [223:0] user;\n");
	{
		static const struct { int offset; const char *name; } r[] = {
#define PEAL_RECORD(offset, name, doc) { offset, #name },
#include "contract.def"
		};
		for (int i = (int)(sizeof r / sizeof *r) - 1; i >= 0; i--) {
			if (r[i].offset >= 36)
				continue;
			fprintf(o, "    logic [31:0] ");
			lower(o, r[i].name);
			fprintf(o, ";\n");
		}
	}
	fprintf(o, "  } record_t;\n// verilator lint_on UNUSEDPARAM\n");
	return 0;
}
