/* SPDX-License-Identifier: MIT */
/* options.c - command lines. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static void say(const struct cli *cli, const char *fmt, va_list args)
{
	cli_progress_end();
	fprintf(stderr, "peal %s: ", cli->command);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(cli, fmt, args);
	va_end(args);
	fprintf(stderr, "Try 'peal %s --help'.\n", cli->command);
	return JOB_USAGE;
}

int cli_fail(const struct cli *cli, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(cli, fmt, args);
	va_end(args);
	return code;
}

static const struct cli_option *find(const struct cli_option *options, unsigned count,
				     const char *word)
{
	for (unsigned i = 0; i < count; i++) {
		size_t n = strlen(options[i].name);

		if (word[0] == '-' && word[1] && word[1] == options[i].letter && !word[2])
			return &options[i];
		if (!strncmp(word, "--", 2) && !strncmp(word + 2, options[i].name, n) &&
		    (!word[n + 2] || word[n + 2] == '='))
			return &options[i];
	}
	return NULL;
}

static int set_number(const struct cli *cli, const struct cli_option *o, const char *text)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno)
		return cli_usage(cli, "--%s: '%s' is not a number", o->name, text);
	if (value < o->min || value > o->max)
		return cli_usage(cli, "--%s: %s is not between %llu and %llu", o->name, text,
				 (unsigned long long)o->min, (unsigned long long)o->max);
	*(uint64_t *)o->value = value;
	return 0;
}

static int set_seconds(const struct cli *cli, const struct cli_option *o, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > 1e6)
		return cli_usage(cli, "--%s: '%s' is not a time in seconds", o->name, text);
	*(uint64_t *)o->value = (uint64_t)(seconds * 1e9);
	return 0;
}

/* Sets one option; *at is its word, and moves on if the value is the next one. */
static int set(const struct cli *cli, const struct cli_option *o, int *at)
{
	const char *word = cli->argv[*at], *value = strchr(word, '=');

	if (o->kind == CLI_FLAG) {
		if (value)
			return cli_usage(cli, "--%s takes no value", o->name);
		*(bool *)o->value = true;
		return 0;
	}
	if (value)
		value++;
	else if (*at + 1 < cli->argc)
		value = cli->argv[++*at];
	else
		return cli_usage(cli, "--%s needs a value", o->name);
	if (o->kind == CLI_NUMBER)
		return set_number(cli, o, value);
	if (o->kind == CLI_SECONDS)
		return set_seconds(cli, o, value);
	if (!*value)
		return cli_usage(cli, "--%s: the value is empty", o->name);
	*(const char **)o->value = value;
	return 0;
}

int cli_options(struct cli *cli, const struct cli_option *options, unsigned count)
{
	bool all_words = false;

	cli->words = calloc((size_t)cli->argc + 1, sizeof(*cli->words));
	if (!cli->words)
		return cli_fail(cli, JOB_USAGE, "out of memory");
	for (int at = 0; at < cli->argc; at++) {
		char *word = cli->argv[at];
		const struct cli_option *o;

		if (all_words || word[0] != '-' || !word[1]) {
			cli->words[cli->count++] = word;
			continue;
		}
		if (!strcmp(word, "--")) {
			all_words = true;
			continue;
		}
		if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
			fputs(cli->help, stdout);
			return -1;
		}
		o = find(options, count, word);
		if (!o)
			return cli_usage(cli, "unknown option %s", word);
		if (set(cli, o, &at))
			return JOB_USAGE;
	}
	return 0;
}

static bool plain(const char *word)
{
	for (; *word; word++)
		if (!isalnum((unsigned char)*word) && !strchr("-_./=:,+@%", *word))
			return false;
	return true;
}

static void put_quoted(FILE *out, const char *word)
{
	if (*word && plain(word)) {
		fprintf(out, " %s", word);
		return;
	}
	fputs(" '", out);
	for (; *word; word++)
		fputs(*word == '\'' ? "'\\''" : (char[]){ *word, 0 }, out);
	fputc('\'', out);
}

char *cli_command_line(const struct cli *cli)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "peal %s", cli->command);
	for (int i = 0; i < cli->argc; i++)
		put_quoted(out, cli->argv[i]);
	fclose(out);
	return text;
}
