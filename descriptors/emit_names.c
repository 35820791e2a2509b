/* SPDX-License-Identifier: MIT */
/* emit_names.c - the functions that turn codes into names. */
#include "gen.h"

static void open_table(FILE *o, const char *function, const char *argument)
{
	fprintf(o, "\nconst char *%s(uint32_t %s)\n{\n\tswitch (%s) {\n", function, argument, argument);
}

static void row(FILE *o, unsigned code, const char *name)
{
	fprintf(o, "\tcase 0x%02x: return \"%s\";\n", code, name);
}

static void close_table(FILE *o)
{
	fprintf(o, "\tdefault: return \"?\";\n\t}\n}\n");
}

int emit_names(FILE *o, uint64_t hash)
{
	(void)hash;
	fprintf(o, "/* SPDX-License-Identifier: MIT */\n"
		   "/* Generated from descriptors/contract.def by `make generate`; do not edit. */\n"
		   "#include <peal/contract.h>\n");
	open_table(o, "peal_opcode_name", "code");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result)    \
	row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_status_name", "code");
#define PEAL_STATUS(code, name, class_, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_flag_name", "bit");
#define PEAL_FLAG(bit, name, when, doc) row(o, bit, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_queue_state_name", "code");
#define PEAL_QSTATE(code, name, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_command_name", "code");
#define PEAL_CMD(code, name, when, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_command_code_name", "code");
#define PEAL_CMDCODE(code, name, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_event_name", "code");
#define PEAL_EVENT(code, name, when, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_capability_name", "bit");
#define PEAL_CAP(bit, name, when, doc) row(o, bit, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_kind_name", "code");
#define PEAL_KIND(code, name, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_record_state_name", "code");
#define PEAL_RSTATE(code, name, doc) row(o, code, #name);
#include "contract.def"
	close_table(o);
	open_table(o, "peal_counter_name", "index");
#define PEAL_COUNTER(index, name, doc) row(o, index, #name);
#include "contract.def"
	close_table(o);
	return 0;
}
