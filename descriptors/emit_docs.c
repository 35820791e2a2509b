/* SPDX-License-Identifier: MIT */
/*
 * emit_docs.c - the tables of docs/contract.md.
 *
 * A table stands between two marker lines, `<!-- generated: NAME -->` and
 * `<!-- end -->`. emit_docs() prints all of them with their markers;
 * splice_docs() copies a document and puts each table between its markers, so
 * that the text around them is written by hand and no number of it is.
 */
#include "gen.h"

#include <string.h>

#define OPEN "<!-- generated: "
#define CLOSE "<!-- end -->\n"

static const char *when_text(const char *when)
{
	return strcmp(when, "LATER") ? "v1" : "later";
}

static void constants(FILE *o)
{
	fprintf(o, "| constant | value | meaning |\n| --- | --- | --- |\n");
#define PEAL_CONST(name, value, doc) fprintf(o, "| %s | 0x%x | %s |\n", #name, value, doc);
#include "contract.def"
}

static void field_rows(FILE *o, const char *group)
{
	fprintf(o, "| word | bits | field | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_FIELD(of, word, lsb, width, name, doc)                                         \
	if (#of[0] == *group)                                                               \
		fprintf(o, "| %s%d | %d:%d | %s | %s |\n", *group == 'D' ? "w" : "c", word, \
			lsb + width - 1, lsb, #name, doc);
#include "contract.def"
}

static void descriptor(FILE *o)
{
	field_rows(o, "D");
}

static void completion(FILE *o)
{
	field_rows(o, "C");
}

static void flags(FILE *o)
{
	fprintf(o, "| bit | flag | state | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_FLAG(bit, name, when, doc) \
	fprintf(o, "| %d | %s | %s | %s |\n", bit, #name, when_text(#when), doc);
#include "contract.def"
}

static void operations(FILE *o)
{
	fprintf(o, "| opcode | name | A | B | other | result |\n| --- | --- | --- | --- | --- | "
		   "--- |\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result) \
	fprintf(o, "| 0x%02x | %s | %s | %s | %s | %s |\n", code, #name, a_doc, b_doc, other,    \
		result);
#include "contract.def"
}

static void checks(FILE *o)
{
	fprintf(o, "| name | kind of A | kind of B | length rule | w2 | w3 | w4 | w5 | w6 |\n"
		   "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
#define PEAL_OP(code, name, unit, a, b, length, m2, m3, m4, m5, m6, a_doc, b_doc, other, result) \
	fprintf(o, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", #name, #a, #b, #length,   \
		#m2, #m3, #m4, #m5, #m6);
#include "contract.def"
}

static void status(FILE *o)
{
	fprintf(o, "| code | status | class | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_STATUS(code, name, class_, doc) \
	fprintf(o, "| 0x%02x | %s | %s | %s |\n", code, #name, #class_, doc);
#include "contract.def"
}

static void queue_states(FILE *o)
{
	fprintf(o, "| code | state | meaning |\n| --- | --- | --- |\n");
#define PEAL_QSTATE(code, name, doc) fprintf(o, "| %d | %s | %s |\n", code, #name, doc);
#include "contract.def"
}

static void commands(FILE *o)
{
	fprintf(o, "| code | command | state | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_CMD(code, name, when, doc) \
	fprintf(o, "| %d | %s | %s | %s |\n", code, #name, when_text(#when), doc);
#include "contract.def"
}

static void command_codes(FILE *o)
{
	fprintf(o, "| code | name | meaning |\n| --- | --- | --- |\n");
#define PEAL_CMDCODE(code, name, doc) fprintf(o, "| 0x%02x | %s | %s |\n", code, #name, doc);
#include "contract.def"
}

static void events(FILE *o)
{
	fprintf(o, "| code | event | state | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_EVENT(code, name, when, doc) \
	fprintf(o, "| %d | %s | %s | %s |\n", code, #name, when_text(#when), doc);
#include "contract.def"
}

static void capabilities(FILE *o)
{
	fprintf(o, "| bit | capability | state | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_CAP(bit, name, when, doc) \
	fprintf(o, "| %d | %s | %s | %s |\n", bit, #name, when_text(#when), doc);
#include "contract.def"
}

static void kinds(FILE *o)
{
	fprintf(o, "| code | kind | meaning |\n| --- | --- | --- |\n");
#define PEAL_KIND(code, name, doc) fprintf(o, "| %d | %s | %s |\n", code, #name, doc);
#include "contract.def"
}

static void record(FILE *o)
{
	fprintf(o, "| offset | word | meaning |\n| --- | --- | --- |\n");
#define PEAL_RECORD(offset, name, doc) fprintf(o, "| %d | %s | %s |\n", offset, #name, doc);
#include "contract.def"
}

static void record_states(FILE *o)
{
	fprintf(o, "| value | state | meaning |\n| --- | --- | --- |\n");
#define PEAL_RSTATE(code, name, doc) fprintf(o, "| %d | %s | %s |\n", code, #name, doc);
#include "contract.def"
}

static void registers(FILE *o)
{
	fprintf(o, "| offset | register | access | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_REG(offset, name, access, doc) \
	fprintf(o, "| 0x%03x | %s | %s | %s |\n", offset, #name, #access, doc);
#include "contract.def"
}

static void queue_registers(FILE *o)
{
	fprintf(o, "| offset | register | access | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_QREG(offset, name, access, doc) \
	fprintf(o, "| 0x%02x | %s | %s | %s |\n", offset, #name, #access, doc);
#include "contract.def"
}

static void doorbells(FILE *o)
{
	fprintf(o, "| offset | register | access | meaning |\n| --- | --- | --- | --- |\n");
#define PEAL_DBREG(offset, name, access, doc) \
	fprintf(o, "| 0x%x | %s | %s | %s |\n", offset, #name, #access, doc);
#include "contract.def"
}

static void counters(FILE *o)
{
	fprintf(o, "| index | counter | meaning |\n| --- | --- | --- |\n");
#define PEAL_COUNTER(index, name, doc) fprintf(o, "| %d | %s | %s |\n", index, #name, doc);
#include "contract.def"
}

static const struct {
	const char *name;
	void (*print)(FILE *o);
} tables[] = {
	{ "constants", constants },
	{ "descriptor", descriptor },
	{ "completion", completion },
	{ "flags", flags },
	{ "operations", operations },
	{ "checks", checks },
	{ "status", status },
	{ "queue_states", queue_states },
	{ "commands", commands },
	{ "command_codes", command_codes },
	{ "events", events },
	{ "capabilities", capabilities },
	{ "kinds", kinds },
	{ "record", record },
	{ "record_states", record_states },
	{ "registers", registers },
	{ "queue_registers", queue_registers },
	{ "doorbells", doorbells },
	{ "counters", counters },
};
#define TABLES (sizeof tables / sizeof *tables)

int emit_docs(FILE *o, uint64_t hash)
{
	(void)hash;
	for (size_t i = 0; i < TABLES; i++) {
		fprintf(o, OPEN "%s -->\n\n", tables[i].name);
		tables[i].print(o);
		fprintf(o, "\n" CLOSE "\n");
	}
	return 0;
}

/* The table a marker line names, or -1. */
static int find(const char *line)
{
	const char *name = line + strlen(OPEN);

	for (size_t i = 0; i < TABLES; i++) {
		size_t n = strlen(tables[i].name);

		if (!strncmp(name, tables[i].name, n) && !strcmp(name + n, " -->\n"))
			return (int)i;
	}
	return -1;
}

/* Copies the document; counts in seen[] how often each table was put in. */
static int splice(FILE *o, FILE *in, const char *path, unsigned seen[TABLES])
{
	char line[4096];
	int table;

	while (fgets(line, sizeof line, in)) {
		fputs(line, o);
		if (strncmp(line, OPEN, strlen(OPEN)))
			continue;
		table = find(line);
		if (table < 0) {
			fprintf(stderr, "%s: no table for %s", path, line);
			return -1;
		}
		fprintf(o, "\n");
		tables[table].print(o);
		fprintf(o, "\n" CLOSE);
		seen[table]++;
		do {
			if (!fgets(line, sizeof line, in)) {
				fprintf(stderr, "%s: table %s has no end\n", path,
					tables[table].name);
				return -1;
			}
		} while (strcmp(line, CLOSE));
	}
	return ferror(in) ? -1 : 0;
}

int splice_docs(FILE *o, const char *path)
{
	unsigned seen[TABLES] = { 0 };
	FILE *in = fopen(path, "r");
	int err;

	if (!in) {
		perror(path);
		return -1;
	}
	err = splice(o, in, path, seen);
	fclose(in);
	for (size_t i = 0; !err && i < TABLES; i++) {
		if (seen[i] == 1)
			continue;
		fprintf(stderr, "%s: table %s stands there %u times\n", path, tables[i].name,
			seen[i]);
		err = -1;
	}
	return err;
}
