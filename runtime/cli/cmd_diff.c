/* SPDX-License-Identifier: MIT */
/* cmd_diff.c - peal diff: two recorded runs. */
#include <errno.h>
#include <string.h>

#include "cli.h"

static const char help[] =
	"usage: peal diff A B\n"
	"\n"
	"Prints the first difference between two recorded runs (peal run --record), and how\n"
	"many there are.\n"
	"\n"
	"exit: 0 the same, 1 they differ, 2 usage or bad input\n";

static FILE *open_run(const struct cli *cli, const char *path)
{
	FILE *in = fopen(path, "r");

	if (!in)
		cli_fail(cli, JOB_USAGE, "%s: %s", path, strerror(errno));
	return in;
}

int cmd_diff(struct cli *cli)
{
	char error[JOB_TEXT_MAX];
	FILE *a, *b = NULL;
	int code, n = -1;

	cli->help = help;
	code = cli_options(cli, NULL, 0);
	if (!code && cli->count != 2)
		code = cli_usage(cli, "two recorded runs, please");
	if (code)
		return code < 0 ? 0 : code;
	a = open_run(cli, cli->words[0]);
	if (a)
		b = open_run(cli, cli->words[1]);
	if (a && b) {
		n = job_record_diff(a, cli->words[0], b, cli->words[1], stdout, error);
		if (n < 0)
			cli_fail(cli, JOB_USAGE, "%s", error);
		else if (n)
			printf("%d differences\n", n);
		else
			printf("the same\n");
	}
	if (a)
		fclose(a);
	if (b)
		fclose(b);
	return n < 0 ? JOB_USAGE : n ? JOB_MISMATCH : JOB_PASS;
}
