/* SPDX-License-Identifier: MIT */
/* digest.c - one number for all that a run came out as. */
#include "../lib/sha256.h"
#include "job.h"

static void add_word(struct peal_sha256 *s, uint64_t word)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(word >> (8 * i));
	peal_sha256_update(s, bytes, sizeof(bytes));
}

static void add_completion(struct peal_sha256 *s, const struct job_completion *c)
{
	add_word(s, PEAL_FIELD_PUT(PEAL_C_COOKIE, c->cookie) |
			    PEAL_FIELD_PUT(PEAL_C_STATUS, c->status) |
			    PEAL_FIELD_PUT(PEAL_C_INDEX, c->sq_index));
	add_word(s, PEAL_FIELD_PUT(PEAL_C_RESULT, c->result));
}

/* Descriptors of a queue stand in the job in SQ order, over every wrap. */
void job_digest(const struct job_run *run, char hex[65])
{
	const struct job *job = run->job;
	struct peal_sha256 s;
	uint8_t digest[32];

	peal_sha256_init(&s);
	for (unsigned q = 0; q < job->queue_count; q++)
		for (unsigned i = 0; i < job->desc_count; i++)
			if (job->descs[i].queue == (int)q && !run->completions[i].silent)
				add_completion(&s, &run->completions[i]);
	for (unsigned i = 0; i < job->region_count; i++)
		if (run->memory[i])
			peal_sha256_update(&s, run->memory[i], job->regions[i].bytes);
	peal_sha256_final(&s, digest);
	peal_sha256_hex(digest, hex);
}
