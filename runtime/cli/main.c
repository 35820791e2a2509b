/* SPDX-License-Identifier: MIT */
/* main.c - the `peal` command: finds the subcommand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct {
	const char *name, *what;
	int (*run)(struct cli *cli);
} commands[] = {
	{ "run", "run jobs, real files or an LLM trace on a device and check the outcome",
	  cmd_run },
	{ "backends", "the devices there are, and why one is missing", cmd_backends },
	{ "conformance", "hold a device, your own too, against the contract", cmd_conformance },
	{ "disasm", "descriptors in words: from hex words or from a job", cmd_disasm },
	{ "gen", "write a random job", cmd_gen },
	{ "diff", "the first difference between two recorded runs", cmd_diff },
	{ "explore", "curves of latency and throughput on the SystemC model", cmd_explore },
	{ "doctor", "what this machine has, and what each missing part needs", cmd_doctor },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("usage: peal COMMAND [options]\n\n");
	for (unsigned i = 0; i < COMMANDS; i++)
		printf("  %-12s %s\n", commands[i].name, commands[i].what);
	printf("\n  peal COMMAND --help says more; peal --version\n\n"
	       "exit: 0 pass, 1 mismatch, 2 usage or bad input, 77 the backend cannot run here\n");
	return JOB_PASS;
}

static int version(void)
{
	printf("peal %s, contract %u (hash %016llx), device ABI %d\n", PEAL_VERSION_STRING,
	       PEAL_VERSION, (unsigned long long)PEAL_CONTRACT_HASH, PEAL_DEVICE_ABI);
	return JOB_PASS;
}

static int run_command(unsigned i, int argc, char **argv)
{
	struct cli cli = { .command = commands[i].name, .argc = argc, .argv = argv };
	int code = commands[i].run(&cli);

	free(cli.words);
	if (fflush(stdout) || ferror(stdout))
		code = cli_fail(&cli, JOB_USAGE, "standard output: %s", strerror(errno));
	return code;
}

/* The code of help and version, unless nobody can read them. */
static int printed(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	fprintf(stderr, "peal: standard output: %s\n", strerror(errno));
	return JOB_USAGE;
}

static bool asks(const char *word, const char *a, const char *b)
{
	return !strcmp(word, a) || !strcmp(word, b);
}

int main(int argc, char **argv)
{
	char *to_help[] = { (char[]){ "--help" }, NULL };
	bool helping = argc > 1 && !strcmp(argv[1], "help");
	const char *name = helping && argc > 2 ? argv[2] : argc > 1 ? argv[1] : "help";

	if (asks(name, "--help", "-h") || !strcmp(name, "help"))
		return printed(argc > 1 ? help() : (help(), JOB_USAGE));
	if (asks(name, "--version", "-V"))
		return printed(version());
	for (unsigned i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return helping ? run_command(i, 1, to_help)
				       : run_command(i, argc - 2, argv + 2);
	fprintf(stderr, "peal: no command '%s'; 'peal help' lists them\n", name);
	return JOB_USAGE;
}
