/* SPDX-License-Identifier: MIT */
/*
 * test_engine.cc - the plug-in with the engine in it, through libpeal: the same
 * jobs on the reference and on the engine, whatever the bus does to them.
 */
#include "suite.h"

extern "C" {
#include "../../runtime/job/job.h"
}

#include <cerrno>
#include <cstdio>
#include <memory>
#include <sys/stat.h>

#define ENGINE_CASE(name) \
	static void case_##name(); \
	static const AddCase add_##name(#name, case_##name, true); \
	static void case_##name()

/* An opened device; the case fails when it does not open. */
struct Engine {
	explicit Engine(const char *params)
	{
		peal_open_opts opts = {};
		opts.params = params;
		if (peal_open(engine_path.c_str(), &opts, &dev))
			throw Failure(peal_error(nullptr));
	}
	~Engine() { peal_close(dev); }
	Engine(const Engine &) = delete;

	peal_device *dev = nullptr;
};

ENGINE_CASE(engine_opens)
{
	for (const char *params : { "", "checked=1", "stall=90,latency=50" }) {
		Engine e(params);
		struct peal_device_info info;

		peal_device_info(e.dev, &info);
		CHECK_EQ(info.kind, uint32_t{PEAL_KIND_RTL});
		CHECK_EQ(info.queues, 8u);
	}
	peal_device *none;
	peal_open_opts bad = {};
	bad.params = "latenzy=3";
	CHECK_EQ(peal_open(engine_path.c_str(), &bad, &none), -EINVAL);
	CHECK_HAS(peal_error(nullptr), "latenzy");
}

/* Sends n ECHOs through one queue and checks each answer. */
static void echo(peal_device *dev, unsigned log2, uint32_t n)
{
	peal_queue_opts opts = {};
	opts.sq_log2 = static_cast<uint8_t>(log2);
	peal_queue *q;
	CHECK_EQ(peal_queue_create(dev, &opts, &q), 0);

	uint32_t sent = 0, seen = 0;
	while (seen < n) {
		for (; sent < n; sent++) {
			uint64_t words[5] = { sent, 2, uint64_t{sent} << 20, 8, 16 };
			peal_desc d;
			peal_prep_echo(&d, sent, words);
			int rc = peal_submit(q, &d, 1);
			CHECK(rc == 1 || rc == -EAGAIN);
			if (rc != 1)
				break;
		}
		peal_completion c[64];
		int got = peal_wait(q, c, 1, 5000000000);
		CHECK(got > 0);
		for (int i = 0; i < got; i++, seen++) {
			CHECK_EQ(c[i].status, PEAL_ST_OK);
			CHECK_EQ(c[i].cookie, seen);
			CHECK_EQ(c[i].result, seen ^ uint64_t{seen} << 20 ^ 26);
		}
	}
	peal_queue_destroy(q);
}

ENGINE_CASE(engine_echo)
{
	for (const char *params : { "latency=1", "latency=7", "latency=100", "stall=40,seed=3",
				    "checked=1,stall=60,latency=20,seed=9" })
		for (unsigned log2 : { 1u, 6u }) {
			Engine e(params);
			echo(e.dev, log2, 500);
		}
}

/* ---- jobs on both ------------------------------------------------------------- */

struct JobRun {
	JobRun(const job *job, const std::string &backend, const std::string &params)
	{
		job_run_opts opts = {};
		opts.backend = backend.c_str();
		opts.params = params.c_str();
		if (job_run(job, &opts, &run) != JOB_PASS) {
			std::string why = run.error;
			job_run_clear(&run);
			throw Failure(backend + " " + params + ": " + why);
		}
	}
	~JobRun() { job_run_clear(&run); }
	JobRun(const JobRun &) = delete;

	std::string digest() const
	{
		char hex[65];
		job_digest(&run, hex);
		return hex;
	}

	struct job_run run = {};
};

using Job = std::unique_ptr<job, void (*)(job *)>;

static Job random_job(uint64_t seed, uint32_t count, uint32_t queues)
{
	job_gen_opts opts = {};
	opts.seed = seed;
	opts.count = count;
	opts.queues = queues;
	opts.invalid = 10;
	return Job(job_gen(&opts), job_free);
}

static void check_same(const JobRun &a, const JobRun &ref)
{
	char text[512] = "";
	FILE *out = fmemopen(text, sizeof text - 1, "w");
	unsigned differences = job_check(&a.run, &ref.run, out);

	fclose(out);
	if (differences)
		throw Failure(std::to_string(differences) + " differences: " + text);
}

ENGINE_CASE(engine_equals_ref)
{
	const char *buses[] = { "latency=1", "latency=10,stall=20,seed=2", "latency=100,seed=3",
				"stall=70,seed=4" };

	for (uint32_t queues : { 1u, 8u })
		for (uint64_t seed = 1; seed <= 2; seed++) {
			Job job = random_job(seed, 600, queues);
			JobRun ref(job.get(), "ref", "");
			for (const char *bus : buses)
				check_same(JobRun(job.get(), engine_path, bus), ref);
		}
}

ENGINE_CASE(engine_checked_equals_fast)
{
	Job job = random_job(7, 600, 4);

	for (const char *bus : { "latency=3,seed=5", "latency=5,stall=30,seed=6" }) {
		JobRun fast(job.get(), engine_path, bus), again(job.get(), engine_path, bus);
		JobRun checked(job.get(), engine_path, std::string(bus) + ",checked=1");
		CHECK_EQ(fast.run.trace_hash, again.run.trace_hash);
		CHECK_EQ(fast.run.trace_hash, checked.run.trace_hash);
		CHECK(fast.digest() == checked.digest());
	}
}

ENGINE_CASE(engine_threaded)
{
	peal_open_opts opts = {};
	peal_device *dev;

	opts.threaded = true;
	opts.params = "stall=10";
	CHECK_EQ(peal_open(engine_path.c_str(), &opts, &dev), 0);
	echo(dev, 4, 2000);
	peal_close(dev);
}

ENGINE_CASE(engine_waves)
{
	std::string path = scratch("engine.fst"), params = "trace=" + path + ",trace_cycles=300";
	struct stat st;
	{
		Engine e(params.c_str());
		echo(e.dev, 4, 20);
	}
	CHECK(!stat(path.c_str(), &st) && st.st_size > 4096);
}
