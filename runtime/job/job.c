/* SPDX-License-Identifier: MIT */
/* job.c - builds the model of a job. */
#include "job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct job *job_new(const char *name)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->name = strdup(name);
	if (!job->name) {
		free(job);
		return NULL;
	}
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	for (unsigned i = 0; i < job->step_count; i++)
		free(job->steps[i].data);
	free(job->steps);
	free(job->descs);
	free(job->queues);
	free(job->regions);
	free(job->name);
	free(job);
}

/* Room for one more element of `size` bytes in *array; 0 or -ENOMEM. */
static int grow(struct job *job, void *array, unsigned count, unsigned *cap, size_t size)
{
	void **slot = array;
	unsigned next = *cap ? *cap * 2 : 16;
	void *bigger;

	if (count < *cap)
		return 0;
	bigger = realloc(*slot, next * size);
	if (!bigger) {
		job->failed = true;
		return -ENOMEM;
	}
	*slot = bigger;
	*cap = next;
	return 0;
}

int job_add_region(struct job *job, const struct job_region *region)
{
	if (grow(job, &job->regions, job->region_count, &job->region_cap, sizeof(*region)))
		return -ENOMEM;
	job->regions[job->region_count] = *region;
	return (int)job->region_count++;
}

int job_add_queue(struct job *job, const struct job_queue *queue)
{
	if (grow(job, &job->queues, job->queue_count, &job->queue_cap, sizeof(*queue)))
		return -ENOMEM;
	job->queues[job->queue_count] = *queue;
	return (int)job->queue_count++;
}

int job_add_step(struct job *job, enum job_step_kind kind, uint32_t target, int line)
{
	struct job_step step = { .kind = kind, .target = target, .line = line };

	if (grow(job, &job->steps, job->step_count, &job->step_cap, sizeof(step)))
		return -ENOMEM;
	job->steps[job->step_count] = step;
	return (int)job->step_count++;
}

int job_add_desc(struct job *job, const struct job_desc *desc)
{
	if (grow(job, &job->descs, job->desc_count, &job->desc_cap, sizeof(*desc)))
		return -ENOMEM;
	if (job_add_step(job, JOB_DESC, job->desc_count, desc->line) < 0)
		return -ENOMEM;
	job->descs[job->desc_count] = *desc;
	return (int)job->desc_count++;
}

int job_add_write(struct job *job, uint32_t region, uint64_t offset, const void *data,
		  uint64_t bytes, int line)
{
	int index = job_add_step(job, JOB_WRITE, region, line);
	struct job_step *step;

	if (index < 0)
		return index;
	step = &job->steps[index];
	step->data = malloc(bytes ? bytes : 1);
	if (!step->data) {
		job->failed = true;
		return -ENOMEM;
	}
	memcpy(step->data, data, bytes);
	step->offset = offset;
	step->bytes = bytes;
	return index;
}

int job_find_region(const struct job *job, const char *name)
{
	for (unsigned i = 0; i < job->region_count; i++)
		if (!strcmp(job->regions[i].name, name))
			return (int)i;
	return -1;
}

int job_find_queue(const struct job *job, const char *name)
{
	for (unsigned i = 0; i < job->queue_count; i++)
		if (!strcmp(job->queues[i].name, name))
			return (int)i;
	return -1;
}

bool job_step_waits(enum job_step_kind kind)
{
	return kind != JOB_DESC && kind != JOB_DRAIN;
}

void job_record_init(struct peal_record *record, uint32_t max_tokens, uint32_t boundary)
{
	memset(record, 0, sizeof(*record));
	record->STATE = PEAL_R_FREE;
	record->MAX_TOKENS = max_tokens;
	record->REWARD_BOUNDARY = boundary;
}

uint64_t job_random(struct job_rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t job_below(struct job_rng *rng, uint64_t n)
{
	return n ? job_random(rng) % n : 0;
}

void job_fill_seed(void *memory, uint64_t bytes, uint64_t seed)
{
	struct job_rng rng = { seed };
	uint8_t *at = memory;

	for (uint64_t i = 0; i < bytes; i += 8) {
		uint64_t value = job_random(&rng);

		for (unsigned j = 0; j < 8 && i + j < bytes; j++)
			at[i + j] = (uint8_t)(value >> (8 * j));
	}
}

/* The part of a host write that falls on region `region`, itself or through an alias. */
static void apply_write(const struct job *job, const struct job_step *step, int region,
			uint8_t *memory)
{
	const struct job_region *target = &job->regions[step->target];

	if ((int)step->target == region)
		memcpy(memory + step->offset, step->data, step->bytes);
	else if (target->parent == region)
		memcpy(memory + target->offset + step->offset, step->data, step->bytes);
}

void job_initial(const struct job *job, int region, uint8_t *memory)
{
	const struct job_region *r = &job->regions[region];

	memset(memory, 0, r->bytes);
	if (r->seeded)
		job_fill_seed(memory, r->bytes, r->seed);
	for (unsigned i = 0; i < job->step_count && job->steps[i].kind != JOB_DESC; i++)
		if (job->steps[i].kind == JOB_WRITE)
			apply_write(job, &job->steps[i], region, memory);
}
