/* SPDX-License-Identifier: MIT */
/* coverage.cc - adds the counts of a model to a file; empty but for `make coverage`. */
#include "coverage.h"

#if PEAL_COVERAGE
#include "verilated.h"
#include "verilated_cov.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <unordered_map>

using Counts = std::unordered_map<std::string, uint64_t>;

/* Lines are: C 'what is counted' count. */
static void read_counts(const std::string &path, Counts &counts)
{
	std::ifstream in(path);
	std::string line;

	while (std::getline(in, line)) {
		size_t end = line.rfind('\'');

		if (line.compare(0, 3, "C '") == 0 && end > 3)
			counts[line.substr(3, end - 3)] += strtoull(line.c_str() + end + 1, nullptr,
								    10);
	}
}

static void write_counts(const std::string &path, const Counts &counts)
{
	std::ofstream out(path);

	out << "# SystemC::Coverage-3\n";
	for (const auto &[what, count] : counts)
		out << "C '" << what << "' " << count << '\n';
}

void save_coverage(VerilatedContext &context)
{
	const char *file = getenv("PEAL_COVERAGE_FILE");
	Counts counts;

	if (!file)
		return;
	std::string all = file, mine = all + "." + std::to_string(getpid());
	int lock = open((all + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (lock < 0 || flock(lock, LOCK_EX))
		return;
	context.coveragep()->write(mine.c_str());
	read_counts(all, counts);
	read_counts(mine, counts);
	write_counts(mine, counts);
	rename(mine.c_str(), all.c_str());
	close(lock);
}
#endif
