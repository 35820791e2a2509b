/* SPDX-License-Identifier: MIT */
/* cmd_gen.c - peal gen: a random job. */
#include <string.h>
#include <strings.h>

#include "cli.h"

static const char help[] =
	"usage: peal gen [--seed S] [--count N] [--ops LIST] [--queues Q] [--invalid PERCENT]\n"
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
	"\n"
	"exit: 0, 2 usage\n";

static int find_op(const char *name)
{
	for (int op = 0; op < 256; op++)
		if (!strcasecmp(name, peal_opcode_name((uint32_t)op)))
			return op;
	return -1;
}

static int take_ops(struct cli *cli, const char *list, uint32_t ops[8])
{
	char name[32];

	while (*list) {
		size_t n = strcspn(list, ",");
		int op;

		snprintf(name, sizeof(name), "%.*s", (int)n, list);
		op = find_op(name);
		if (op < 0)
			return cli_usage(cli, "--ops: no operation '%s'", name);
		ops[op / 32] |= 1u << op % 32;
		list += n + (list[n] == ',');
	}
	return 0;
}

int cmd_gen(struct cli *cli)
{
	uint64_t seed = 1, count = 100, queues = 1, invalid = 0;
	const char *ops = NULL;
	const struct cli_option table[] = {
		{ "seed", CLI_NUMBER, &seed, 0, UINT64_MAX, 0 },
		{ "count", CLI_NUMBER, &count, 1, 10000000, 0 },
		{ "queues", CLI_NUMBER, &queues, 1, 64, 0 },
		{ "invalid", CLI_NUMBER, &invalid, 0, 100, 0 },
		{ "ops", CLI_TEXT, &ops, 0, 0, 0 },
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
	if (code)
		return code < 0 ? 0 : code;
	opts.seed = seed;
	opts.count = (uint32_t)count;
	opts.queues = (uint32_t)queues;
	opts.invalid = (uint32_t)invalid;
	job = job_gen(&opts);
	if (!job)
		return cli_fail(cli, JOB_USAGE, "out of memory");
	job_print(stdout, job);
	job_free(job);
	return JOB_PASS;
}
