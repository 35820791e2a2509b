/* SPDX-License-Identifier: MIT */
/* cmd_disasm.c - peal disasm: descriptors in words. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const char help[] =
	"usage: peal disasm [FILE | - | WORD...]\n"
	"\n"
	"Decodes descriptors: eight 64-bit hex words each, from the command line, a file or\n"
	"standard input (the default), with or without tags; or all descriptors of a job.\n"
	"Each comes out as a line of a job; of a job also the outcome of the contract's\n"
	"checks. # starts a comment.\n"
	"\n"
	"exit: 0, 2 usage or bad input\n";

struct disasm {
	struct cli *cli;
	const char *source;
	uint64_t w[PEAL_DESC_WORDS];
	unsigned count; /* words of the descriptor at hand */
	unsigned descs;
};

/* The tag, if the words carry one; a descriptor with different ones is torn. */
static void print_tags(const struct disasm *d)
{
	uint64_t tag = d->w[0] >> PEAL_PAYLOAD_BITS;
	bool same = true;

	for (unsigned i = 1; i < PEAL_DESC_WORDS; i++)
		same &= d->w[i] >> PEAL_PAYLOAD_BITS == tag;
	if (!same) {
		printf("  # torn: tags");
		for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
			printf(" %02x", (unsigned)(d->w[i] >> PEAL_PAYLOAD_BITS));
	} else if (tag) {
		printf("  # tag 0x%02x%s", (unsigned)tag, tag & 0x80 ? "" : ", never valid");
	}
	printf("\n");
}

static void print_words(struct disasm *d)
{
	struct job_desc desc = { 0 };

	memcpy(desc.w, d->w, sizeof(desc.w));
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		desc.w[i] &= PEAL_PAYLOAD_MASK;
	job_print_desc(stdout, NULL, &desc);
	print_tags(d);
	d->count = 0;
	d->descs++;
}

static int take_word(struct disasm *d, const char *word, unsigned line)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(word, &end, 16);
	if (!isxdigit((unsigned char)*word) || *end || errno) {
		if (line)
			return cli_fail(d->cli, JOB_USAGE, "%s:%u: '%s' is not a 64-bit hex word",
					d->source, line, word);
		return cli_usage(d->cli, "'%s' is neither a file nor a 64-bit hex word", word);
	}
	d->w[d->count++] = value;
	if (d->count == PEAL_DESC_WORDS)
		print_words(d);
	return 0;
}

static int finish(const struct disasm *d)
{
	if (d->count)
		return cli_fail(d->cli, JOB_USAGE, "%s: %u words are left; a descriptor has 8",
				d->source, d->count);
	if (!d->descs)
		return cli_fail(d->cli, JOB_USAGE, "%s: no descriptor", d->source);
	return 0;
}

static int take_line(struct disasm *d, char *line, unsigned number)
{
	char *save = NULL;
	int code = 0;

	line[strcspn(line, "#")] = '\0';
	for (char *w = strtok_r(line, " \t\r\n,", &save); w && !code;
	     w = strtok_r(NULL, " \t\r\n,", &save))
		code = take_word(d, w, number);
	return code;
}

static int disasm_words(struct disasm *d, FILE *in)
{
	size_t size = 0;
	char *line = NULL;
	unsigned number = 0;
	int code = 0;

	while (!code && getline(&line, &size, in) >= 0)
		code = take_line(d, line, ++number);
	free(line);
	return code ? code : finish(d);
}

/* ---- jobs ---------------- */

static void print_outcome(const struct job *job, const struct job_place *places, unsigned i)
{
	const struct job_desc *desc = &job->descs[i];
	struct job_access access;
	uint64_t w[PEAL_DESC_WORDS];

	job_resolve(places, desc, w);
	job_access(places, job->region_count, &job->queues[desc->queue], w, &access);
	job_print_desc(stdout, job, desc);
	printf("  # %u, line %d: %s", i, desc->line,
	       access.status ? peal_status_name(access.status) : "executes");
	if (access.status == PEAL_ST_BAD_CRC)
		printf("\n");
	else if (access.status)
		printf(", result 0x%llx\n", (unsigned long long)access.result);
	else
		printf("\n");
}

static int disasm_job(struct disasm *d, FILE *in)
{
	char error[JOB_TEXT_MAX];
	struct job *job = job_parse(in, d->source, error);
	struct job_place *places;

	if (!job)
		return cli_fail(d->cli, JOB_USAGE, "%s", error);
	places = calloc(job->region_count + 1, sizeof(*places));
	if (places)
		job_layout(job, places);
	for (unsigned i = 0; places && i < job->desc_count; i++)
		print_outcome(job, places, i);
	free(places);
	job_free(job);
	return places ? 0 : cli_fail(d->cli, JOB_USAGE, "out of memory");
}

/* A job says what it is in its first line that is no comment. */
static int disasm_stream(struct disasm *d, FILE *in)
{
	char *text = NULL, *line = NULL;
	size_t size = 0, line_size = 0;
	FILE *copy = open_memstream(&text, &size);
	bool is_job = false, known = false;
	int code;

	while (copy && getline(&line, &line_size, in) >= 0) {
		if (!known && line[strspn(line, " \t\r\n")] && line[strspn(line, " \t")] != '#') {
			known = true;
			is_job = !strncmp(line + strspn(line, " \t"), "peal-job", 8);
		}
		fputs(line, copy);
	}
	free(line);
	if (!copy || fclose(copy))
		return cli_fail(d->cli, JOB_USAGE, "out of memory");
	if (ferror(in) || !size) {
		free(text);
		return cli_fail(d->cli, JOB_USAGE, "%s: %s", d->source,
				ferror(in) ? strerror(errno) : "empty");
	}
	in = fmemopen(text, size, "r");
	code = !in	? cli_fail(d->cli, JOB_USAGE, "out of memory")
	       : is_job ? disasm_job(d, in)
			: disasm_words(d, in);
	if (in)
		fclose(in);
	free(text);
	return code;
}

static int disasm_file(struct disasm *d, const char *path)
{
	FILE *in = fopen(path, "r");
	int code;

	d->source = path;
	if (!in)
		return -1;
	code = disasm_stream(d, in);
	fclose(in);
	return code;
}

int cmd_disasm(struct cli *cli)
{
	struct disasm d = { .cli = cli, .source = "-" };
	int code;

	cli->help = help;
	code = cli_options(cli, NULL, 0);
	if (code)
		return code < 0 ? 0 : code;
	if (!cli->count || (cli->count == 1 && !strcmp(cli->words[0], "-")))
		return disasm_stream(&d, stdin);
	if (cli->count == 1) {
		code = disasm_file(&d, cli->words[0]);
		return code < 0 ? cli_fail(cli, JOB_USAGE, "%s: %s", cli->words[0], strerror(errno))
				: code;
	}
	d.source = "the command line";
	for (unsigned i = 0; i < cli->count && !code; i++)
		code = take_word(&d, cli->words[i], 0);
	return code ? code : finish(&d);
}
