/* SPDX-License-Identifier: MIT */
/* emit_c.c - the C header: also read by nvcc and by SystemC's C++17. */
#include "gen.h"

#include <inttypes.h>

static void head(FILE *o, uint64_t hash)
{
	fprintf(o, "/* SPDX-License-Identifier: MIT */\n"
		   "/* Generated from descriptors/contract.def by `make generate`; do not edit. */\n"
		   "#ifndef PEAL_CONTRACT_H\n#define PEAL_CONTRACT_H\n\n"
		   "#include <stddef.h>\n#include <stdint.h>\n\n"
		   "/* First 64 bits of the SHA-256 of contract.def. */\n"
		   "#define PEAL_CONTRACT_HASH UINT64_C(0x%016" PRIx64 ")\n\n",
		hash);
}

static void constants(FILE *o)
{
	fprintf(o, "/* ---- constants ---- */\n\n");
#define PEAL_CONST(name, value, doc) fprintf(o, "#define PEAL_%s 0x%xu /* %s */\n", #name, value, doc);
#include "contract.def"
}

static void fields(FILE *o)
{
	fprintf(o, "\n/* ---- fields: word, lowest bit, width ---- */\n\n");
#define PEAL_FIELD(group, word, lsb, width, name, doc)                                             \
	fprintf(o, "#define PEAL_%s_%s_WORD %d /* %s */\n", #group, #name, word, doc);             \
	fprintf(o, "#define PEAL_%s_%s_LSB %d\n", #group, #name, lsb);                             \
	fprintf(o, "#define PEAL_%s_%s_WIDTH %d\n", #group, #name, width);
#include "contract.def"
	fprintf(o,
		"\n#define PEAL_FIELD_MASK(f) ((UINT64_C(1) << f##_WIDTH) - 1)\n"
		"/* Value of field f in an array of words; f is PEAL_D_... or PEAL_C_... */\n"
		"#define PEAL_FIELD_GET(words, f) (((words)[f##_WORD] >> f##_LSB) & PEAL_FIELD_MASK(f))\n"
		"/* Field f with value v, to be or-ed into word f_WORD. */\n"
		"#define PEAL_FIELD_PUT(f, v) (((uint64_t)(v) & PEAL_FIELD_MASK(f)) << f##_LSB)\n"
		"#define PEAL_PAYLOAD_MASK ((UINT64_C(1) << PEAL_PAYLOAD_BITS) - 1)\n");
}

static void enums(FILE *o)
{
	fprintf(o, "\n/* ---- flags ---- */\n\nenum peal_flag {\n");
#define PEAL_FLAG(bit, name, when, doc) fprintf(o, "\tPEAL_FLAG_%s = 1u << %d, /* %s */\n", #name, bit, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- operations ---- */\n\nenum peal_opcode {\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result)    \
	fprintf(o, "\tPEAL_OP_%s = 0x%02x,\n", #name, code);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- completion status ---- */\n\nenum peal_status {\n");
#define PEAL_STATUS(code, name, class_, doc) fprintf(o, "\tPEAL_ST_%s = 0x%02x, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- queue states ---- */\n\nenum peal_queue_state_code {\n");
#define PEAL_QSTATE(code, name, doc) fprintf(o, "\tPEAL_Q_%s = %d, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- commands ---- */\n\nenum peal_command {\n");
#define PEAL_CMD(code, name, when, doc) fprintf(o, "\tPEAL_CMD_%s = %d, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\nenum peal_command_code {\n");
#define PEAL_CMDCODE(code, name, doc) fprintf(o, "\tPEAL_CMDCODE_%s = 0x%02x, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- event log ---- */\n\nenum peal_event_code {\n");
#define PEAL_EVENT(code, name, when, doc) fprintf(o, "\tPEAL_EVENT_%s = %d, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- capabilities ---- */\n\nenum peal_capability {\n");
#define PEAL_CAP(bit, name, when, doc) fprintf(o, "\tPEAL_CAP_%s = 1u << %d, /* %s */\n", #name, bit, doc);
#include "contract.def"
	fprintf(o, "};\n\nenum peal_kind {\n");
#define PEAL_KIND(code, name, doc) fprintf(o, "\tPEAL_KIND_%s = %d, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- rollout record states ---- */\n\nenum peal_record_state {\n");
#define PEAL_RSTATE(code, name, doc) fprintf(o, "\tPEAL_R_%s = %d, /* %s */\n", #name, code, doc);
#include "contract.def"
	fprintf(o, "};\n\n/* ---- device counters ---- */\n\nenum peal_counter {\n");
#define PEAL_COUNTER(index, name, doc) fprintf(o, "\tPEAL_CTR_%s = %d, /* %s */\n", #name, index, doc);
#include "contract.def"
	fprintf(o, "};\n");
#define PEAL_COUNTER(index, name, doc) +1
	fprintf(o, "#define PEAL_COUNTERS %d\n", 0
#include "contract.def"
	);
}

/* The masks of w2..w6 an operation may use, and what V1 flags there are. */
static void op_table(FILE *o)
{
	fprintf(o, "\n/* ---- what an operation uses: X(NAME, unit, a, b, length, m2..m6) ----\n"
		   " * unit CTRL MOVE ROLLOUT; a and b NONE R_LEN W_LEN R_LEN4 RECORD W_ARG0;\n"
		   " * length NONE ANY TOKENS ARG0; masks ALL NONE LEN LO32 BIT0. */\n\n"
		   "#define PEAL_OPERATIONS(X) \\\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result)    \
	fprintf(o, "\tX(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) \\\n", #name, #unit, #a, #b, #length,   \
		#m2, #m3, #m4, #m5, #m6);
#include "contract.def"
	fprintf(o, "\n#define PEAL_FLAGS_V1 (0u");
#define V1 1
#define LATER 0
#define INSTEAD 0
#define PEAL_FLAG(bit, name, when, doc)                                                            \
	if (when)                                                                                  \
		fprintf(o, " | PEAL_FLAG_%s", #name);
#include "contract.def"
	fprintf(o, ")\n#define PEAL_CAPS_V1 (0u");
#define PEAL_CAP(bit, name, when, doc)                                                             \
	if (when)                                                                                  \
		fprintf(o, " | PEAL_CAP_%s", #name);
#include "contract.def"
#undef V1
#undef LATER
#undef INSTEAD
	fprintf(o, ")\n");
}

static void registers(FILE *o)
{
	fprintf(o, "\n/* ---- registers: byte offsets ---- */\n\n");
#define PEAL_REG(offset, name, access, doc)                                                        \
	fprintf(o, "#define PEAL_REG_%s 0x%03xu /* %s: %s */\n", #name, offset, #access, doc);
#include "contract.def"
	fprintf(o, "\n/* In the context of a queue. */\n\n");
#define PEAL_QREG(offset, name, access, doc)                                                       \
	fprintf(o, "#define PEAL_QREG_%s 0x%02xu /* %s: %s */\n", #name, offset, #access, doc);
#include "contract.def"
	fprintf(o, "\n/* In the doorbell slot of a queue. */\n\n");
#define PEAL_DBREG(offset, name, access, doc)                                                      \
	fprintf(o, "#define PEAL_DB_%s 0x%xu /* %s: %s */\n", #name, offset, #access, doc);
#include "contract.def"
}

static void structs(FILE *o)
{
	fprintf(o,
		"\n/* ---- memory formats ---- */\n\n"
		"#ifdef __cplusplus\n#define PEAL_STATIC_ASSERT(c, m) static_assert(c, m)\n"
		"#define PEAL_ALIGNAS(n) alignas(n)\n"
		"#else\n#define PEAL_STATIC_ASSERT(c, m) _Static_assert(c, m)\n"
		"#define PEAL_ALIGNAS(n) _Alignas(n)\n#endif\n\n"
		"/* A descriptor slot: eight words, little-endian. */\n"
		"struct peal_desc {\n\tPEAL_ALIGNAS(64) uint64_t w[8];\n};\n"
		"PEAL_STATIC_ASSERT(sizeof(struct peal_desc) == PEAL_DESC_BYTES, \"descriptor\");\n"
		"PEAL_STATIC_ASSERT(offsetof(struct peal_desc, w[7]) == 56, \"descriptor\");\n\n"
		"/* A completion slot: two words. */\n"
		"struct peal_comp {\n\tPEAL_ALIGNAS(16) uint64_t c[2];\n};\n"
		"PEAL_STATIC_ASSERT(sizeof(struct peal_comp) == PEAL_COMP_BYTES, \"completion\");\n"
		"PEAL_STATIC_ASSERT(offsetof(struct peal_comp, c[1]) == 8, \"completion\");\n\n"
		"/* The host's line: each word is epoch 63:32, value 31:0. */\n"
		"struct peal_host_line {\n\tPEAL_ALIGNAS(64) uint64_t sq_tail;\n\tuint64_t cq_head;\n"
		"\tuint64_t rsvd[6];\n};\n"
		"PEAL_STATIC_ASSERT(sizeof(struct peal_host_line) == PEAL_LINE_BYTES, \"host line\");\n"
		"PEAL_STATIC_ASSERT(offsetof(struct peal_host_line, cq_head) == 8, \"host line\");\n\n"
		"/* The device's line: each word is epoch 63:32, value 31:0. */\n"
		"struct peal_device_line {\n\tPEAL_ALIGNAS(64) uint64_t sq_head;\n\tuint64_t cq_tail;\n"
		"\tuint64_t sq_event;\n\tuint64_t state;\n\tuint64_t rsvd[4];\n};\n"
		"PEAL_STATIC_ASSERT(sizeof(struct peal_device_line) == PEAL_LINE_BYTES, \"device line\");\n"
		"PEAL_STATIC_ASSERT(offsetof(struct peal_device_line, state) == 24, \"device line\");\n\n"
		"/* A rollout record. */\n"
		"struct peal_record {\n");
#define PEAL_RECORD(offset, name, doc)                                                             \
	if (offset < 36)                                                                           \
		fprintf(o, "\t%suint32_t %s; /* %s */\n", offset ? "" : "PEAL_ALIGNAS(64) ", #name, doc);
#include "contract.def"
	fprintf(o, "\tuint32_t USER[7];\n};\n"
		   "PEAL_STATIC_ASSERT(sizeof(struct peal_record) == PEAL_RECORD_BYTES, \"record\");\n");
#define PEAL_RECORD(offset, name, doc)                                                             \
	fprintf(o, "PEAL_STATIC_ASSERT(offsetof(struct peal_record, %s) == %d, \"record\");\n", #name,  \
		offset);
#include "contract.def"
}

static void names(FILE *o)
{
	fprintf(o,
		"\n/* ---- names (runtime/lib/names.c); \"?\" for what the contract does not name ---- */\n\n"
		"#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
		"const char *peal_opcode_name(uint32_t code);\n"
		"const char *peal_status_name(uint32_t code);\n"
		"const char *peal_flag_name(uint32_t bit);\n"
		"const char *peal_queue_state_name(uint32_t code);\n"
		"const char *peal_command_name(uint32_t code);\n"
		"const char *peal_command_code_name(uint32_t code);\n"
		"const char *peal_event_name(uint32_t code);\n"
		"const char *peal_capability_name(uint32_t bit);\n"
		"const char *peal_kind_name(uint32_t code);\n"
		"const char *peal_record_state_name(uint32_t code);\n"
		"const char *peal_counter_name(uint32_t index);\n"
		"#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}

int emit_c(FILE *o, uint64_t hash)
{
	head(o, hash);
	constants(o);
	fields(o);
	enums(o);
	op_table(o);
	registers(o);
	structs(o);
	names(o);
	return 0;
}
