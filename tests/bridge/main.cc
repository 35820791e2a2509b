/* SPDX-License-Identifier: MIT */
/*
 * main.cc - runs the bridge's tests.
 *
 *	test-bridge [-k TEXT] TESTER.so [ENGINE.so]	only cases whose name has TEXT
 *	test-bridge -s TESTER.so			simulated MHz of the bus model
 *
 * TESTER.so is the plug-in with axi_tester.sv, ENGINE.so the one with the
 * engine; without it the cases that need it are left out. The checked builds
 * lie beside them.
 */
#include "suite.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

std::string tester_path, engine_path;
static std::string scratch_dir;

int speed(); /* speed.cc */

std::vector<Case> &cases()
{
	static std::vector<Case> all;
	return all;
}

void fail(const char *file, int line, const std::string &what)
{
	const char *slash = strrchr(file, '/');
	std::string name = slash ? slash + 1 : file;

	throw Failure(name + ":" + std::to_string(line) + ": " + what);
}

std::string scratch(const std::string &name)
{
	return scratch_dir + "/" + name;
}

/* ---- plug-ins --------------------------------------------------------------- */

static void keep_log(void *ctx, peal_log_level, const char *message)
{
	*static_cast<std::string *>(ctx) += message;
}

static std::vector<std::string> split(const std::string &text, char by)
{
	std::vector<std::string> parts;

	for (size_t at = 0; at < text.size();) {
		size_t end = std::min(text.find(by, at), text.size());
		parts.push_back(text.substr(at, end - at));
		at = end + 1;
	}
	return parts;
}

Plugin::Plugin(const std::string &text, const std::string &path)
{
	std::vector<std::string> words;
	std::vector<peal_param> list;

	for (const std::string &part : split(text, ',')) {
		size_t equal = part.find('=');
		words.push_back(part.substr(0, equal));
		words.push_back(part.substr(equal + 1));
	}
	for (size_t i = 0; i < words.size(); i += 2)
		list.push_back({ words[i].c_str(), words[i + 1].c_str() });

	library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
	if (!library)
		throw Failure(dlerror());
	auto entry = reinterpret_cast<const peal_device_ops *(*)()>(
		dlsym(library, PEAL_DEVICE_ENTRY));
	if (!entry)
		throw Failure(path + ": no entry");
	ops = entry();
	uint32_t count = static_cast<uint32_t>(list.size());
	peal_device_params params = { sizeof params, count, list.data(), keep_log, &log };
	rc = ops->open(&params, &dev);
}

Plugin::~Plugin()
{
	if (dev)
		ops->close(dev);
	if (library)
		dlclose(library);
}

uint32_t Plugin::read(uint32_t offset)
{
	uint32_t value;
	int r = try_read(offset, &value);

	if (r)
		throw Failure("read of register " + std::to_string(offset) + ": " +
			      std::to_string(r) + ", " + explain());
	return value;
}

void Plugin::write(uint32_t offset, uint32_t value)
{
	int r = try_write(offset, value);

	if (r)
		throw Failure("write of register " + std::to_string(offset) + ": " +
			      std::to_string(r) + ", " + explain());
}

std::string Plugin::explain()
{
	char text[512];

	ops->explain(dev, text, sizeof text);
	return text;
}

int Plugin::run(uint64_t most)
{
	return advance(most);
}

/* ---- the run ------------------------------------------------------------------ */

static bool run_case(const Case &c)
{
	try {
		c.run();
		printf("bridge/%-28s PASS\n", c.name);
		return true;
	} catch (const std::exception &e) {
		printf("bridge/%-28s %s FAIL\n", c.name, e.what());
		return false;
	}
}

static int run_cases(const char *filter)
{
	unsigned passed = 0, failed = 0;

	for (const Case &c : cases()) {
		if ((filter && !strstr(c.name, filter)) || (c.engine && engine_path.empty()))
			continue;
		run_case(c) ? passed++ : failed++;
		fflush(stdout);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}

/* A path that dlopen does not look up in the library folders. */
static std::string plugin_path(const char *name)
{
	return strchr(name, '/') ? name : std::string("./") + name;
}

static int usage()
{
	fprintf(stderr, "usage: test-bridge [-k TEXT] TESTER.so [ENGINE.so] | -s TESTER.so\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *filter = nullptr;
	char dir[] = "/tmp/peal-bridge-XXXXXX";
	bool only_speed = false;

	for (int c; (c = getopt(argc, argv, "k:s")) != -1;) {
		if (c == '?')
			return usage();
		only_speed |= c == 's';
		filter = c == 'k' ? optarg : filter;
	}
	if (optind >= argc || argc - optind > 2)
		return usage();
	tester_path = plugin_path(argv[optind]);
	if (optind + 1 < argc)
		engine_path = plugin_path(argv[optind + 1]);
	if (!mkdtemp(dir)) {
		perror(dir);
		return 2;
	}
	scratch_dir = dir;
	int rc = only_speed ? speed() : run_cases(filter);
	std::string remove = "rm -rf " + scratch_dir;
	return system(remove.c_str()) ? 2 : rc;
}
