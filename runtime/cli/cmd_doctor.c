/* SPDX-License-Identifier: MIT */
/* cmd_doctor.c - peal doctor: what this machine has. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli.h"

static const char help[] =
	"usage: peal doctor\n"
	"\n"
	"Shows the tools, devices and memory of this machine, and for each part that is\n"
	"missing what it is needed for and how to get it.\n"
	"\n"
	"exit: 0\n";

static const struct {
	const char *tool, *needed_for, *get;
} tools[] = {
	{ "gcc", "building", "apt install gcc" },
	{ "g++", "the bridge", "apt install g++" },
	{ "make", "building", "apt install make" },
	{ "verilator", "the rtl device", "apt install verilator" },
	{ "iverilog", "the icarus device and a second opinion on the RTL", "apt install iverilog" },
	{ "yosys", "synthesis checks of the RTL", "apt install yosys" },
	{ "gtkwave", "looking at waves", "apt install gtkwave" },
	{ "nvcc", "the cuda device", "the CUDA toolkit from developer.nvidia.com" },
	{ "git", "the list of source files for --files", "apt install git" },
};

static void line(bool there, const char *name, const char *what)
{
	printf("  %s %-11s %s\n", there ? "\xe2\x9c\x93" : "\xe2\x9c\x97", name, what);
}

static bool in_path(const char *tool, char *where, size_t size)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");

		snprintf(where, size, "%.*s/%s", (int)n, path, tool);
		if (!access(where, X_OK))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

/* The CUDA toolkit puts nothing into PATH. */
static bool find_tool(const char *tool, char *where, size_t size)
{
	if (in_path(tool, where, size))
		return true;
	if (strcmp(tool, "nvcc"))
		return false;
	snprintf(where, size, "/usr/local/cuda/bin/nvcc");
	return !access(where, X_OK);
}

static void show_tools(void)
{
	char text[512];

	printf("tools\n");
	for (unsigned i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		bool there = find_tool(tools[i].tool, text, sizeof(text));

		if (!there)
			snprintf(text, sizeof(text), "missing; needed for %s: %s",
				 tools[i].needed_for, tools[i].get);
		line(there, tools[i].tool, text);
	}
}

static void show_backend(void *ctx, const char *name, const char *summary, const char *why)
{
	(void)ctx;
	line(!why, name, why ? why : summary);
}

/* A number from a file in /proc or /sys, or -1. */
static long read_number(const char *path, const char *key)
{
	FILE *in = fopen(path, "r");
	char text[256];
	size_t n = strlen(key);
	long value = -1;

	while (in && fgets(text, sizeof(text), in))
		if (!strncmp(text, key, n)) {
			value = atol(text + n);
			break;
		}
	if (in)
		fclose(in);
	return value;
}

static unsigned numa_nodes(void)
{
	DIR *dir = opendir("/sys/devices/system/node");
	struct dirent *e;
	unsigned nodes = 0, number;

	while (dir && (e = readdir(dir)))
		nodes += sscanf(e->d_name, "node%u", &number) == 1;
	if (dir)
		closedir(dir);
	return nodes;
}

static void show_memory(void)
{
	long pages = read_number("/proc/meminfo", "HugePages_Free:");
	long kib = read_number("/proc/meminfo", "Hugepagesize:");
	long total = read_number("/proc/meminfo", "MemTotal:");
	char text[256];

	printf("memory\n");
	snprintf(text, sizeof(text), "%ld MiB", total / 1024);
	line(total > 0, "memory", text);
	if (pages > 0)
		snprintf(text, sizeof(text), "%ld free of %ld KiB", pages, kib);
	else
		snprintf(text, sizeof(text),
			 "none free; rings lie on ordinary pages. As root: "
			 "echo 64 > /proc/sys/vm/nr_hugepages");
	line(pages > 0, "huge pages", text);
	snprintf(text, sizeof(text), "%u", numa_nodes());
	line(numa_nodes() > 0, "NUMA nodes",
	     numa_nodes() ? text : "the kernel shows none; memory lies where it likes");
}

static void show_machine(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname u;
	char text[512];

	printf("machine\n");
	if (!uname(&u)) {
		snprintf(text, sizeof(text), "%s %s %s", u.sysname, u.release, u.machine);
		line(true, "system", text);
	}
	snprintf(text, sizeof(text), "%ld%s", cores,
		 cores < 2 ? "; threaded mode and benches want two" : "");
	line(cores >= 2, "cores", text);
}

int cmd_doctor(struct cli *cli)
{
	int code;

	cli->help = help;
	code = cli_options(cli, NULL, 0);
	if (!code && cli->count)
		code = cli_usage(cli, "what is '%s' for?", cli->words[0]);
	if (code)
		return code < 0 ? 0 : code;
	show_machine();
	show_memory();
	show_tools();
	printf("devices\n");
	peal_backends(show_backend, NULL);
	printf("checks\n");
	line(true, "CRC32C", job_crc32c_source());
	return JOB_PASS;
}
