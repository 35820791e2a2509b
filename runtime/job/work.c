/* SPDX-License-Identifier: MIT */
/* work.c - jobs made of real input, and what they must come out as. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

void job_work_clear(struct job_work *work)
{
	job_free(work->job);
	free(work->expects);
	memset(work, 0, sizeof(*work));
}

int job_work_expect(struct job_work *work, int desc, uint8_t status, uint64_t result)
{
	if (desc < 0)
		return desc;
	if (work->expect_count == work->expect_cap) {
		unsigned cap = work->expect_cap ? work->expect_cap * 2 : 256;
		struct job_expect *bigger = realloc(work->expects, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		work->expects = bigger;
		work->expect_cap = cap;
	}
	work->expects[work->expect_count++] = (struct job_expect){ (uint32_t)desc, status, result };
	return 0;
}

static void show(FILE *out, const struct job *job, const struct job_expect *e,
		 const struct job_completion *c)
{
	fprintf(out, "mismatch: %s: descriptor %u: ", job->name, e->desc);
	job_print_desc(out, job, &job->descs[e->desc]);
	fprintf(out, "\n  device     %s, result 0x%llx\n  expected   %s, result 0x%llx\n",
		peal_status_name(c->status), (unsigned long long)c->result,
		peal_status_name(e->status), (unsigned long long)e->result);
}

unsigned job_work_verify(const struct job_work *work, const struct job_run *run, FILE *out)
{
	unsigned differences = 0;

	for (unsigned i = 0; i < work->expect_count; i++) {
		const struct job_expect *e = &work->expects[i];
		const struct job_completion *c = &run->completions[e->desc];

		if (c->done && c->status == e->status && c->result == e->result)
			continue;
		if (!differences++)
			show(out, work->job, e, c);
	}
	return differences;
}
