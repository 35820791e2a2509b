/* SPDX-License-Identifier: MIT */
/*
 * test_judges.c - what tells a wrong run from a right one: job_check, what a job
 * expects, and the names they use. A run on `ref` is spoiled in one place at a
 * time, and must be found out with the place in the text.
 */
#include "unit.h"

#include "job/job.h"

static const char text[] = "peal-job 1\n"
			   "region src 64 seed=1\n"
			   "region dst 64\n"
			   "queue q\n"
			   "copy q a=src b=dst len=16\n"
			   "crc32c q a=src len=64 seed=0\n"
			   "copy q a=src b=dst+60 len=8\n";

static const char orders[] = "peal-job 1\n"
			     "queue fifo\n"
			     "queue actor order=actor\n"
			     "queue none order=none\n"
			     "nop fifo\n"
			     "nop fifo\n"
			     "nop actor actor=1\n"
			     "nop actor actor=2\n"
			     "nop actor actor=1\n"
			     "nop none\n"
			     "nop none\n";

static struct job *parse(const char *from)
{
	char error[JOB_TEXT_MAX];
	FILE *in = fmemopen((void *)(uintptr_t)from, strlen(from), "r");
	struct job *job;

	assert_non_null(in);
	job = job_parse(in, "spoiled", error);
	fclose(in);
	assert_non_null(job);
	return job;
}

struct pair {
	struct job *job;
	struct job_run run, ref;
};

static void run_both_of(struct pair *p, const char *from)
{
	const struct job_run_opts opts = { .backend = "ref", .race_check = true };

	memset(p, 0, sizeof(*p));
	p->job = parse(from);
	assert_int_equal(job_run(p->job, &opts, &p->run), JOB_PASS);
	assert_int_equal(job_run(p->job, &opts, &p->ref), JOB_PASS);
}

static void run_both(struct pair *p)
{
	run_both_of(p, text);
}

static void clear_both(struct pair *p)
{
	job_run_clear(&p->run);
	job_run_clear(&p->ref);
	job_free(p->job);
}

/* The number of differences; the text of the first has all of `words`. */
static unsigned judge(const struct pair *p, const char *const *words)
{
	char *out = NULL;
	size_t size;
	FILE *stream = open_memstream(&out, &size);
	unsigned n;

	assert_non_null(stream);
	n = job_check(&p->run, &p->ref, stream);
	fclose(stream);
	for (; *words; words++)
		if (!strstr(out, *words))
			fail_msg("'%s' is not in: %s", *words, out);
	free(out);
	return n;
}

static void test_equal_runs(void **state)
{
	const char *const words[] = { NULL };
	struct pair p;

	(void)state;
	run_both(&p);
	assert_int_equal(judge(&p, words), 0);
	clear_both(&p);
}

static void test_other_completion(void **state)
{
	const char *const words[] = { "spoiled:6", "descriptor 1", "crc32c", "result 0x", NULL };
	struct pair p;

	(void)state;
	run_both(&p);
	p.run.completions[1].result ^= 1;
	assert_int_equal(judge(&p, words), 1);
	p.run.completions[1].done = false;
	assert_int_equal(judge(&p, (const char *const[]){ "no completion", NULL }), 1);
	clear_both(&p);
}

/* Both devices agree on what the contract does not allow. */
static void test_unlawful_completion(void **state)
{
	const char *const words[] = { "spoiled:7", "contract", "RANGE, result 0x1", NULL };
	struct pair p;

	(void)state;
	run_both(&p);
	assert_int_equal(p.run.completions[2].status, PEAL_ST_RANGE);
	p.run.completions[2].status = p.ref.completions[2].status = PEAL_ST_TENANT;
	assert_int_equal(judge(&p, words), 1);
	clear_both(&p);
}

static void test_other_memory(void **state)
{
	const char *const written[] = { "memory dst+0x5", "descriptor that writes there is 0",
					NULL };
	const char *const not_written[] = { "memory dst+0x30", "no descriptor of the job", NULL };
	struct pair p;

	(void)state;
	run_both(&p);
	p.run.memory[1][5] ^= 0x80;
	assert_int_equal(judge(&p, written), 1);
	p.run.memory[1][5] ^= 0x80;
	p.run.memory[1][0x30] = 1;
	assert_int_equal(judge(&p, not_written), 1);
	p.run.completions[0].cookie++;
	assert_int_equal(judge(&p, (const char *const[]){ "descriptor 0", NULL }), 2);
	clear_both(&p);
}

/* Swaps two arrivals in one run; the number of differences. */
static unsigned swapped(unsigned a, unsigned b, const char *const *words)
{
	struct job_completion *all;
	struct pair p;
	uint32_t arrival;
	unsigned n;

	run_both_of(&p, orders);
	all = p.run.completions;
	arrival = all[a].arrival;
	assert_true(arrival && all[b].arrival);
	all[a].arrival = all[b].arrival;
	all[b].arrival = arrival;
	n = judge(&p, words);
	clear_both(&p);
	return n;
}

static void test_order(void **state)
{
	const char *const nothing[] = { NULL };
	const char *const fifo[] = { "order of the completions of queue fifo", "where on ref came",
				     "words", "SQ index 1", NULL };
	const char *const actor[] = { "order of the completions of queue actor", "actor=0x1",
				      NULL };

	(void)state;
	assert_true(swapped(0, 1, fifo) > 0);
	assert_true(swapped(2, 4, actor) > 0);	     /* of one actor */
	assert_int_equal(swapped(2, 3, nothing), 0); /* of two */
	assert_int_equal(swapped(5, 6, nothing), 0); /* order NONE */
	assert_int_equal(swapped(1, 5, nothing), 0); /* of two queues */
}

/* The cycles of a run that has them. */
static void test_cycles(void **state)
{
	const char *const words[] = { "by cycle 17", "the last descriptor that writes there is 0",
				      NULL };
	struct pair p;

	(void)state;
	run_both(&p);
	p.run.completions[0].cycle = 17;
	p.run.memory[1][5] ^= 0x80;
	assert_int_equal(judge(&p, words), 1);
	clear_both(&p);
}

static void test_expectation(void **state)
{
	struct job_work work = { 0 };
	struct pair p;
	char *out = NULL;
	size_t size;
	FILE *stream = open_memstream(&out, &size);

	(void)state;
	run_both(&p);
	work.job = p.job;
	assert_true(job_work_expect(&work, 0, PEAL_ST_OK, 16) >= 0);
	assert_true(job_work_expect(&work, 1, PEAL_ST_OK, 7) >= 0);
	assert_int_equal(job_work_verify(&work, &p.run, stream), 1);
	fclose(stream);
	assert_non_null(strstr(out, "descriptor 1"));
	assert_non_null(strstr(out, "result 0x7"));
	free(out);
	work.job = NULL; /* clear_both frees it, after the runs that point to it */
	job_work_clear(&work);
	clear_both(&p);
}

/* Every known code has a name of its own; the others have "?". Returns how many are known. */
static unsigned names(const char *(*name)(uint32_t))
{
	unsigned known = 0;

	for (uint32_t i = 0; i < 256; i++) {
		if (!strcmp(name(i), "?"))
			continue;
		known++;
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(name(i), name(j));
	}
	assert_string_equal(name(0x12345), "?");
	return known;
}

static void test_names(void **state)
{
	(void)state;
	assert_true(names(peal_opcode_name) >= 11);
	assert_true(names(peal_status_name) >= 20);
	assert_true(names(peal_flag_name) >= 6);
	assert_true(names(peal_queue_state_name) >= 6);
	assert_true(names(peal_command_name) >= 5);
	assert_true(names(peal_command_code_name) >= 13);
	assert_true(names(peal_event_name) >= 6);
	assert_true(names(peal_capability_name) >= 17);
	assert_true(names(peal_kind_name) >= 6);
	assert_true(names(peal_record_state_name) >= 6);
	assert_true(names(peal_counter_name) >= 11);
	assert_string_equal(peal_status_name(PEAL_ST_RANGE), "RANGE");
	assert_string_equal(peal_counter_name(PEAL_CTR_CREDIT), "CREDIT");
	assert_string_equal(peal_command_code_name(PEAL_CMDCODE_TIMEOUT), "TIMEOUT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_runs),
		cmocka_unit_test(test_other_completion),
		cmocka_unit_test(test_unlawful_completion),
		cmocka_unit_test(test_other_memory),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_cycles),
		cmocka_unit_test(test_expectation),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
