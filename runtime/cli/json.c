/* SPDX-License-Identifier: MIT */
/* json.c - writes one JSON object. */
#include "cli.h"

static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void member(struct json *j, const char *name)
{
	if (j->more)
		fputs(", ", j->out);
	j->more = true;
	put_string(j->out, name);
	fputs(": ", j->out);
}

void json_begin(struct json *j, FILE *out)
{
	*j = (struct json){ .out = out };
	fputc('{', out);
}

void json_close(struct json *j)
{
	fputc('}', j->out);
}

void json_end(struct json *j)
{
	fputs("}\n", j->out);
}

void json_text(struct json *j, const char *name, const char *value)
{
	member(j, name);
	if (value)
		put_string(j->out, value);
	else
		fputs("null", j->out);
}

void json_count(struct json *j, const char *name, uint64_t value)
{
	member(j, name);
	fprintf(j->out, "%llu", (unsigned long long)value);
}

void json_real(struct json *j, const char *name, double value, int decimals)
{
	member(j, name);
	if (value < 0)
		fputs("null", j->out);
	else
		fprintf(j->out, "%.*f", decimals, value);
}

void json_bool(struct json *j, const char *name, bool value)
{
	member(j, name);
	fputs(value ? "true" : "false", j->out);
}

struct json json_object(struct json *j, const char *name)
{
	struct json inner;

	member(j, name);
	json_begin(&inner, j->out);
	return inner;
}
