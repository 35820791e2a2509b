/* SPDX-License-Identifier: MIT */
/* cli.h - what the files of the `peal` command share. */
#ifndef PEAL_CLI_H
#define PEAL_CLI_H

#include "../job/job.h"

/* ---- options (options.c) -------------------------------------------------------- */

enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_NUMBER, CLI_SECONDS };

/* A --name that sets *value: bool, const char *, uint64_t, uint64_t (ns). */
struct cli_option {
	const char *name;
	enum cli_kind kind;
	void *value;
	uint64_t min, max; /* of a number */
	char letter;	   /* -v; 0 is none */
};

struct cli {
	const char *command; /* "run" */
	const char *help;
	int argc;
	char **argv;	/* of the command, behind its name */
	char **words;	/* what is no option */
	unsigned count; /* of words */
};

/* Prints "peal COMMAND: ..." and how to get help to stderr; returns JOB_USAGE. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints "peal COMMAND: ..." to stderr; returns `code`. */
int cli_fail(const struct cli *cli, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Takes the options out of argv, leaves the rest in cli->words. 0; JOB_USAGE
 * with a message; -1 after --help, which it prints.
 */
int cli_options(struct cli *cli, const struct cli_option *options, unsigned count);

/* The command as it was typed, quoted for a shell; the caller frees it. */
char *cli_command_line(const struct cli *cli);

/* ---- JSON (json.c) ------------------------------------------------------------------ */

/* Writes one object, member by member. */
struct json {
	FILE *out;
	bool more;
};
void json_begin(struct json *j, FILE *out);
void json_end(struct json *j);
void json_text(struct json *j, const char *name, const char *value); /* NULL is null */
void json_count(struct json *j, const char *name, uint64_t value);
/* With that many decimals; a value below 0 is null. */
void json_real(struct json *j, const char *name, double value, int decimals);
void json_bool(struct json *j, const char *name, bool value);
/* A member that is an object itself. */
struct json json_object(struct json *j, const char *name);
void json_close(struct json *j);

/* ---- running (totals.c) -------------------------------------------------------------------- */

#define CLI_STALL_MAX 90 /* percent; at 100 nothing would move */

struct cli_device {
	const char *backend;
	const char *trace, *params;
	uint64_t seed, latency, stall, gpu; /* UINT64_MAX: not given */
	uint64_t quantum, timeout_ns;
	bool threaded, verbose;
	const char *place; /* option --place; NULL: not given */
};

/* Sums over all jobs of a command. */
struct cli_totals {
	unsigned jobs, failed, mismatches;
	uint64_t descriptors, completed, silent, events, doorbells, bytes, trace_hash;
	uint64_t counters[PEAL_COUNTERS];
	double seconds;
	bool clocked, free_running;
	char digest[65]; /* of the last job */
};

/* Parameter string of the device; the caller frees it. NULL: out of memory. */
char *cli_params(const struct cli_device *device);
/* Says which options given mean nothing to a device without a bus. */
void cli_note_unused(const struct cli *cli, const struct cli_device *device);
void cli_run_opts(const struct cli_device *device, const char *params, struct job_run_opts *opts);
/* Is --place, if given, one that there is? 0 or JOB_USAGE. */
int cli_check_place(const struct cli *cli, const struct cli_device *device);
void cli_add_run(struct cli_totals *totals, const struct job_run *run);
void cli_summary(FILE *out, const struct cli_device *device, const struct cli_totals *totals);
void cli_summary_json(FILE *out, const struct cli_device *device, const struct cli_totals *totals,
		      int code);
/* Ends the progress line, if there is one. */
void cli_progress_end(void);

/* ---- commands -------------------------------------------------------------------------------- */

int cmd_run(struct cli *cli);
int cmd_backends(struct cli *cli);
int cmd_conformance(struct cli *cli);
int cmd_disasm(struct cli *cli);
int cmd_gen(struct cli *cli);
int cmd_diff(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_explore(struct cli *cli);

/* ---- the conformance suite (suite.c) ------------------------------------------------------------
 */

/* One case through the public API: NULL if it holds, else what does not. */
struct suite_case {
	const char *name;
	const char *(*check)(struct peal_device *dev);
	uint32_t needs; /* capabilities without which it is skipped */
};
extern const struct suite_case suite_cases[];
extern const unsigned suite_case_count;

/* Jobs that come with the command. */
struct suite_job {
	const char *name;
	const char *text;
};
extern const struct suite_job suite_jobs[];
extern const unsigned suite_job_count;

#endif
