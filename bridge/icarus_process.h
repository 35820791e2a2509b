/* SPDX-License-Identifier: MIT */
/*
 * icarus_process.h - vvp as a process: started, asked for cycles, ended.
 *
 * Every wait is bounded. A process that ended, was killed or does not answer in
 * time is reaped, and cause() says what happened, with vvp's last words.
 */
#ifndef PEAL_BRIDGE_ICARUS_PROCESS_H
#define PEAL_BRIDGE_ICARUS_PROCESS_H

#include "icarus_link.h"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

struct IcarusFiles {
	std::string vvp;    /* a program, looked for in $PATH */
	std::string module; /* the VPI module */
	std::string image;  /* the engine, compiled by iverilog */
	std::vector<std::string> arguments; /* of the image */
};

class IcarusProcess {
public:
	IcarusProcess() = default;
	~IcarusProcess();
	IcarusProcess(const IcarusProcess &) = delete;
	IcarusProcess &operator=(const IcarusProcess &) = delete;

	/* The shared memory. 0 or negative errno. */
	int create();
	/* Starts vvp and waits for its greeting, `seconds` at most as for every turn. */
	int start(const IcarusFiles &files, unsigned queues, unsigned seconds);
	/* At most so many cycles; false when the process is gone or the run is over. */
	bool run(uint64_t cycle, uint64_t limit);

	icarus_link &link() const { return *link_; }
	const std::string &cause() const { return cause_; }
	pid_t pid() const { return pid_; }

private:
	bool await(const char *what);
	bool ended();
	int greeting(unsigned queues);
	void kill_and_reap();
	std::string last_words() const;

	icarus_link *link_ = nullptr;
	int memory_ = -1, output_ = -1;
	pid_t pid_ = -1;
	unsigned seconds_ = 0;
	std::string cause_;
};

#endif
