/* SPDX-License-Identifier: MIT */
/* cmd_backends.c - peal backends: the devices there are. */
#include "cli.h"

static const char help[] =
	"usage: peal backends [--json]\n"
	"\n"
	"Lists the devices this build knows, and says why one cannot run here. A plug-in of\n"
	"your own is opened by its path: --backend=./mine.so.\n"
	"\n"
	"exit: 0\n";

static void print_one(void *ctx, const char *name, const char *summary, const char *why)
{
	(void)ctx;
	printf("%-10s %-8s %s\n", name, why ? "missing" : "ready", why ? why : summary);
}

static void print_json(void *ctx, const char *name, const char *summary, const char *why)
{
	struct json *j = ctx, one = json_object(j, name);

	json_bool(&one, "ready", !why);
	json_text(&one, "summary", summary);
	json_text(&one, "why", why);
	json_close(&one);
}

int cmd_backends(struct cli *cli)
{
	bool as_json = false;
	const struct cli_option table[] = { { "json", CLI_FLAG, &as_json, 0, 0, 0 } };
	struct json j;
	int code;

	cli->help = help;
	code = cli_options(cli, table, 1);
	if (!code && cli->count)
		code = cli_usage(cli, "what is '%s' for?", cli->words[0]);
	if (code)
		return code < 0 ? 0 : code;
	if (!as_json) {
		peal_backends(print_one, NULL);
		return JOB_PASS;
	}
	json_begin(&j, stdout);
	peal_backends(print_json, &j);
	json_end(&j);
	return JOB_PASS;
}
