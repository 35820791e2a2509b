/* SPDX-License-Identifier: MIT */
/* cmd_gen.c - peal gen: a random job. */
#include <string.h>
#include <strings.h>

#include "../job/fields.h"
#include "cli.h"

static const char help[] =
	"usage: peal gen [--seed S] [--count N] [--ops LIST] [--queues Q] [--invalid PERCENT]\n"
	"                [--order LIST] [--flags LIST] [--matched] [--suppress] [--mix]\n"
	"\n"
	"Writes a random job to standard output. It never races, and the same options give\n"
	"the same job everywhere.\n"
	"\n"
	"  --seed S          (default 1)\n"
	"  --count N         descriptors (default 100)\n"
	"  --ops LIST        operations, with commas: nop,echo,stop,copy,fill,compare,crc32c,\n"
	"                    copy_crc,prefill,decode,reward (default all). prefill, decode and\n"
	"                    reward come together: one named means all three\n"
	"  --queues Q        (default 1)\n"
	"  --invalid PERCENT share of descriptors that are malformed on purpose (default 0)\n"
	"  --order LIST      orders of the queues, one of them for each: fifo,actor,none\n"
	"                    (default fifo)\n"
	"  --flags LIST      flags that descriptors may have besides CRC, RELAX_ACQ and\n"
	"                    RELAX_REL: fence,silent,event (default none of them)\n"
	"  --matched         some of the queues have MATCHED placement\n"
	"  --suppress        some of the queues suppress doorbells\n"
	"  --mix             all of the last four: every order, flag and mode\n"
	"\n"
	"exit: 0, 2 usage\n";

static int find_op(const char *name)
{
	for (int op = 0; op < 256; op++)
		if (!strcasecmp(name, peal_opcode_name((uint32_t)op)))
			return op;
	return -1;
}

/* The next word of a list with commas; false at its end. */
static bool next_word(const char **list, char name[32])
{
	size_t n = strcspn(*list, ",");

	snprintf(name, 32, "%.*s", (int)n, *list);
	*list += n + ((*list)[n] == ',');
	return n > 0;
}

static int take_ops(struct cli *cli, const char *list, uint32_t ops[8])
{
	char name[32];

	while (next_word(&list, name)) {
		int op = find_op(name);

		if (op < 0)
			return cli_usage(cli, "--ops: no operation '%s'", name);
		ops[op / 32] |= 1u << op % 32;
	}
	return 0;
}

/* Sets a bit for each word of the list, by its place among `names`. */
static int take_bits(struct cli *cli, const char *option, const char *list,
		     const char *const names[3], uint32_t *bits)
{
	char name[32];

	while (list && next_word(&list, name)) {
		unsigned i = 0;

		while (i < 3 && strcasecmp(name, names[i]))
			i++;
		if (i == 3)
			return cli_usage(cli, "%s: '%s' is none of %s, %s and %s", option, name,
					 names[0], names[1], names[2]);
		*bits |= 1u << i;
	}
	return 0;
}

int cmd_gen(struct cli *cli)
{
	uint64_t seed = 1, count = 100, queues = 1, invalid = 0;
	const char *ops = NULL, *order = NULL, *flags = NULL;
	static const char *const flag_names[] = { "fence", "silent", "event" };
	bool matched = false, suppress = false, mix = false;
	const struct cli_option table[] = {
		{ "seed", CLI_NUMBER, &seed, 0, UINT64_MAX, 0 },
		{ "count", CLI_NUMBER, &count, 1, 10000000, 0 },
		{ "queues", CLI_NUMBER, &queues, 1, 64, 0 },
		{ "invalid", CLI_NUMBER, &invalid, 0, 100, 0 },
		{ "ops", CLI_TEXT, &ops, 0, 0, 0 },
		{ "order", CLI_TEXT, &order, 0, 0, 0 },
		{ "flags", CLI_TEXT, &flags, 0, 0, 0 },
		{ "matched", CLI_FLAG, &matched, 0, 0, 0 },
		{ "suppress", CLI_FLAG, &suppress, 0, 0, 0 },
		{ "mix", CLI_FLAG, &mix, 0, 0, 0 },
	};
	struct job_gen_opts opts = { 0 };
	struct job *job;
	int code;

	cli->help = help;
	code = cli_options(cli, table, sizeof(table) / sizeof(table[0]));
	if (!code && cli->count)
		code = cli_usage(cli, "what is '%s' for?", cli->words[0]);
	if (!code && ops)
		code = take_ops(cli, ops, opts.ops);
	if (!code)
		code = take_bits(cli, "--order", order, job_order_names, &opts.orders);
	if (!code) /* FENCE, SILENT and EVENT are bits 0 to 2 */
		code = take_bits(cli, "--flags", flags, flag_names, &opts.flags);
	if (code)
		return code < 0 ? 0 : code;
	opts.seed = seed;
	opts.count = (uint32_t)count;
	opts.queues = (uint32_t)queues;
	opts.invalid = (uint32_t)invalid;
	opts.matched = matched || mix;
	opts.suppress = suppress || mix;
	opts.orders |= mix ? 7 : 0;
	opts.flags |= mix ? 7 : 0;
	job = job_gen(&opts);
	if (!job)
		return cli_fail(cli, JOB_USAGE, "out of memory");
	job_print(stdout, job);
	job_free(job);
	return JOB_PASS;
}
