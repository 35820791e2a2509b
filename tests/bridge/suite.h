/* SPDX-License-Identifier: MIT */
/*
 * suite.h - the small frame of the bridge's tests.
 *
 * A case is a function that CHECKs; it fails with the first check that does
 * not hold, and the line of the case says which. Cases register themselves.
 */
#ifndef PEAL_TESTS_BRIDGE_SUITE_H
#define PEAL_TESTS_BRIDGE_SUITE_H

#include <peal/device.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

struct Case {
	const char *name;
	void (*run)();
	bool engine; /* needs the plug-in with the engine */
};
std::vector<Case> &cases();

struct AddCase {
	AddCase(const char *name, void (*run)(), bool engine = false)
	{
		cases().push_back({ name, run, engine });
	}
};

#define CASE(name) \
	static void case_##name(); \
	static const AddCase add_##name(#name, case_##name); \
	static void case_##name()

struct Failure : std::runtime_error {
	using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(const char *file, int line, const std::string &what);
#define CHECK(condition) \
	do { \
		if (!(condition)) \
			fail(__FILE__, __LINE__, #condition); \
	} while (0)
#define CHECK_EQ(a, b) \
	do { \
		auto a_ = (a); \
		auto b_ = (b); \
		if (!(a_ == b_)) \
			fail(__FILE__, __LINE__, \
			     #a " == " #b ": " + std::to_string(a_) + ", " + std::to_string(b_)); \
	} while (0)
#define CHECK_HAS(text, part) \
	do { \
		std::string text_ = (text); \
		if (text_.find(part) == std::string::npos) \
			fail(__FILE__, __LINE__, std::string(part) + " in: " + text_); \
	} while (0)

/* The plug-in with the test master; its checked build lies beside it. */
extern std::string tester_path;
/* The one with the engine; empty: its cases are left out. */
extern std::string engine_path;

/* A file or folder name of its own for this run; removed at the end. */
std::string scratch(const std::string &name);

/* An opened plug-in. params as on the command line: "seed=1,stall=30". */
class Plugin {
public:
	explicit Plugin(const std::string &params, const std::string &path = tester_path);
	~Plugin();
	Plugin(const Plugin &) = delete;
	Plugin &operator=(const Plugin &) = delete;

	int rc = 0;	 /* of open */
	std::string log; /* what the plug-in said while it opened */

	uint32_t read(uint32_t offset);		       /* fails the case unless it returns 0 */
	void write(uint32_t offset, uint32_t value);   /* likewise */
	int try_read(uint32_t offset, uint32_t *value) { return ops->reg_read(dev, offset, value); }
	int try_write(uint32_t offset, uint32_t v) { return ops->reg_write(dev, offset, v); }
	int map(uint64_t bus, void *host, uint64_t len) { return ops->map(dev, bus, host, len); }
	int unmap(uint64_t bus) { return ops->unmap(dev, bus); }
	int advance(uint64_t steps) { return ops->advance(dev, steps); }
	uint64_t hash() { return ops->trace_hash(dev); }
	std::string explain();
	/* Advances until idle; returns what advance() returned last. */
	int run(uint64_t most = 1000000);

private:
	void *library = nullptr, *dev = nullptr;
	const peal_device_ops *ops = nullptr;
};

#endif
