/* SPDX-License-Identifier: MIT */
/*
 * icarus_process.cc - starts vvp, hands it turns and notices its end.
 */
#include "icarus_process.h"

#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

extern char **environ;

static constexpr long kLookNs = 20000000;  /* how often to look whether vvp lives */
static constexpr unsigned kQuitSeconds = 2; /* to end by itself */
static constexpr int kHighFd = 16;	    /* out of the way of what vvp inherits */

static constexpr pid_t kTimedOut = -2;

static uint64_t now_ns()
{
	timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return static_cast<uint64_t>(t.tv_sec) * 1000000000 + static_cast<uint64_t>(t.tv_nsec);
}

static int anonymous_file(const char *name)
{
	int low = memfd_create(name, MFD_CLOEXEC), fd;

	if (low < 0)
		return -1;
	fd = fcntl(low, F_DUPFD_CLOEXEC, kHighFd);
	close(low);
	return fd;
}

int IcarusProcess::create()
{
	memory_ = anonymous_file("peal-icarus");
	output_ = anonymous_file("peal-icarus-output");
	if (memory_ < 0 || output_ < 0 || ftruncate(memory_, sizeof(*link_)))
		return -errno;
	void *map = mmap(nullptr, sizeof(*link_), PROT_READ | PROT_WRITE, MAP_SHARED, memory_, 0);
	if (map == MAP_FAILED)
		return -errno;
	link_ = static_cast<icarus_link *>(map);
	return 0;
}

IcarusProcess::~IcarusProcess()
{
	if (pid_ > 0) {
		link_->quit = 1;
		icarus_give(&link_->turn, ICARUS_VVP);
		for (uint64_t end = now_ns() + kQuitSeconds * 1000000000ull; now_ns() < end && !ended();)
			usleep(500);
		kill_and_reap();
	}
	if (link_)
		munmap(link_, sizeof(*link_));
	if (memory_ >= 0)
		close(memory_);
	if (output_ >= 0)
		close(output_);
}

/* ---- start ----------------------------------------------------------------------- */

/* A group of its own: what a terminal sends to the host's is the host's to handle. */
static int spawn(pid_t *pid, const IcarusFiles &files, int memory, int output)
{
	std::vector<const char *> argv = { files.vvp.c_str(), "-n", "-m", files.module.c_str(),
					   files.image.c_str() };
	posix_spawn_file_actions_t fds;
	posix_spawnattr_t how;
	sigset_t none, all;
	int rc;

	for (const std::string &argument : files.arguments)
		argv.push_back(argument.c_str());
	argv.push_back(nullptr);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&fds);
	posix_spawn_file_actions_addopen(&fds, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fds, output, 1);
	posix_spawn_file_actions_adddup2(&fds, output, 2);
	posix_spawn_file_actions_adddup2(&fds, memory, ICARUS_FD);
	posix_spawn_file_actions_addclosefrom_np(&fds, ICARUS_FD + 1);
	posix_spawnattr_init(&how);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					       POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(pid, files.vvp.c_str(), &fds, &how, const_cast<char **>(argv.data()), environ);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&fds);
	return -rc;
}

int IcarusProcess::greeting(unsigned queues)
{
	char text[128];

	if (link_->magic != ICARUS_MAGIC)
		snprintf(text, sizeof(text), "what vvp ran is no VPI module of peal");
	else if (link_->version != ICARUS_VERSION)
		snprintf(text, sizeof(text),
			 "the VPI module speaks version %u, this plug-in %u: build both anew",
			 link_->version, ICARUS_VERSION);
	else if (link_->queues != queues)
		snprintf(text, sizeof(text), "the image has %u queues, this plug-in %u: build both anew",
			 link_->queues, queues);
	else
		return 0;
	cause_ = text;
	return -EPROTO;
}

int IcarusProcess::start(const IcarusFiles &files, unsigned queues, unsigned seconds)
{
	int rc;

	for (const std::string *file : { &files.module, &files.image })
		if (access(file->c_str(), R_OK)) {
			rc = -errno;
			cause_ = *file + ": " + strerror(-rc);
			return rc;
		}
	seconds_ = seconds;
	link_->turn = ICARUS_VVP;
	link_->host = getpid();
	rc = spawn(&pid_, files, memory_, output_);
	if (rc) {
		pid_ = -1;
		cause_ = files.vvp + " does not start: " + strerror(-rc) + " (apt-get install iverilog)";
		return rc;
	}
	if (await("its greeting"))
		return greeting(queues);
	return pid_ == kTimedOut ? -ETIME : -EPROTO;
}

/* ---- turns ------------------------------------------------------------------------- */

bool IcarusProcess::run(uint64_t cycle, uint64_t limit)
{
	if (!cause_.empty())
		return false;
	link_->cycle = cycle;
	link_->limit = limit;
	icarus_give(&link_->turn, ICARUS_VVP);
	if (!await("its turn"))
		return false;
	link_->fault[sizeof(link_->fault) - 1] = 0;
	cause_ = link_->fault;
	return cause_.empty();
}

/* The process's end is seen at once by those who wait for it, not by the clock. */
bool IcarusProcess::await(const char *what)
{
	uint64_t end = now_ns() + seconds_ * 1000000000ull;

	while (!icarus_wait(&link_->turn, ICARUS_HOST, kLookNs)) {
		if (ended())
			return false;
		if (now_ns() < end)
			continue;
		cause_ = "vvp (process " + std::to_string(pid_) + ") did not finish " + what + " within " +
			 std::to_string(seconds_) + " s" + last_words();
		kill_and_reap();
		pid_ = kTimedOut;
		return false;
	}
	return true;
}

/* Reaps it if it is over. A host that ignores SIGCHLD has no status to show. */
bool IcarusProcess::ended()
{
	int status = 0;
	pid_t got = pid_ > 0 ? waitpid(pid_, &status, WNOHANG) : 0;

	if (pid_ <= 0)
		return true;
	if (!got || (got < 0 && errno != ECHILD))
		return false;
	if (cause_.empty()) {
		cause_ = "vvp (process " + std::to_string(pid_) + ") ";
		if (got > 0 && WIFSIGNALED(status))
			cause_ += "was killed by signal " + std::to_string(WTERMSIG(status));
		else if (got > 0)
			cause_ += "ended with status " + std::to_string(WEXITSTATUS(status));
		else
			cause_ += "ended";
		cause_ += last_words();
	}
	pid_ = -1;
	return true;
}

void IcarusProcess::kill_and_reap()
{
	if (pid_ <= 0)
		return;
	kill(-pid_, SIGKILL); /* its group: vvp may be a script that starts it */
	while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR)
		;
	pid_ = -1;
}

/* The end of what vvp printed, on one line. */
std::string IcarusProcess::last_words() const
{
	char text[300];
	off_t size = lseek(output_, 0, SEEK_END), from = size > 299 ? size - 299 : 0;
	ssize_t n = size > 0 ? pread(output_, text, sizeof(text) - 1, from) : 0;
	std::string words(text, n > 0 ? static_cast<size_t>(n) : 0);

	while (!words.empty() && words.back() == '\n')
		words.pop_back();
	for (char &c : words)
		c = c == '\n' ? ' ' : c;
	return words.empty() ? "" : ": " + words;
}
