/* SPDX-License-Identifier: MIT */
/* print.c - writes jobs and descriptors as text. */
#include <ctype.h>
#include <string.h>

#include "fields.h"
#include "job.h"

#define ULL(x) ((unsigned long long)(x))

static void print_operand(FILE *out, const struct job *job, char key, const struct job_ref *ref,
			  uint64_t word)
{
	uint64_t offset = word & PEAL_FIELD_MASK(PEAL_D_A_OFFSET);

	if (ref->kind == JOB_LITERAL || !job)
		fprintf(out, " %c=@0x%llx+0x%llx", key, ULL(word >> PEAL_D_A_REGION_LSB),
			ULL(offset));
	else
		fprintf(out, " %c=%s%s+0x%llx", key, ref->kind == JOB_STALE ? "~" : "",
			job->regions[ref->region].name, ULL(offset));
}

static void print_flags(FILE *out, uint64_t flags)
{
	const char *bar = " flags=";

	for (uint32_t bit = 0; bit < PEAL_D_FLAGS_WIDTH; bit++) {
		if (!(flags >> bit & 1))
			continue;
		if (*peal_flag_name(bit) == '?')
			fprintf(out, "%s0x%x", bar, 1u << bit);
		else
			fprintf(out, "%s%s", bar, peal_flag_name(bit));
		bar = "|";
	}
}

/* "arg0" under the name the operation gives it. */
static const char *field_key(const struct job_field *field, uint32_t opcode, uint64_t value)
{
	if (strcmp(field->key, "arg0") || value >> 32)
		return field->key;
	switch (opcode) {
	case PEAL_OP_FILL: return "pattern";
	case PEAL_OP_CRC32C:
	case PEAL_OP_COPY_CRC: return "seed";
	case PEAL_OP_DECODE: return "tokens";
	default: return field->key;
	}
}

static bool field_needed(const struct job_field *field, const char *needs)
{
	return (!strcmp(field->key, "len") && strchr(needs, 'l')) ||
	       (!strcmp(field->key, "arg0") && strchr(needs, 't'));
}

static void print_fields(FILE *out, const struct job_desc *d, uint32_t opcode, const char *needs)
{
	for (unsigned i = 0; i < JOB_COUNT(job_fields); i++) {
		const struct job_field *f = &job_fields[i];
		uint64_t value = d->w[f->word] >> f->lsb & ((UINT64_C(1) << f->width) - 1);
		bool small = !strcmp(f->key, "len") || !strcmp(f->key, "aux0");

		if (!value && !field_needed(f, needs))
			continue;
		if (opcode == PEAL_OP_REWARD && f->word == 5 && value == 1)
			fprintf(out, " finish");
		else
			fprintf(out, small ? " %s=%llu" : " %s=0x%llx", field_key(f, opcode, value),
				ULL(value));
	}
}

static void print_words(FILE *out, const struct job_desc *d, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++)
		if (d->w[i] & PEAL_PAYLOAD_MASK)
			fprintf(out, " w%u=0x%llx", i, ULL(d->w[i] & PEAL_PAYLOAD_MASK));
}

void job_print_desc(FILE *out, const struct job *job, const struct job_desc *d)
{
	uint32_t opcode = PEAL_FIELD_GET(d->w, PEAL_D_OPCODE);
	const char *name = peal_opcode_name(opcode), *needs = job_needs(opcode);
	bool known = *name != '?';

	for (const char *c = known ? name : "raw"; *c; c++)
		fputc(tolower((unsigned char)*c), out);
	fprintf(out, " %s", job ? job->queues[d->queue].name : "q");
	if (!known)
		fprintf(out, " op=0x%x", opcode);
	if (strchr(needs, 'a') || d->a.kind != JOB_LITERAL)
		print_operand(out, job, 'a', &d->a, d->w[2]);
	else
		print_words(out, d, 2, 2);
	if (strchr(needs, 'b') || d->b.kind != JOB_LITERAL)
		print_operand(out, job, 'b', &d->b, d->w[3]);
	else
		print_words(out, d, 3, 3);
	print_fields(out, d, opcode, needs);
	print_flags(out, PEAL_FIELD_GET(d->w, PEAL_D_FLAGS));
	fprintf(out, " cookie=%llu", ULL(PEAL_FIELD_GET(d->w, PEAL_D_COOKIE)));
}

/* ---- whole jobs ---------------- */

static void print_access(FILE *out, const struct job_region *r)
{
	if (r->access == PEAL_ACCESS_READ)
		fprintf(out, " r");
	else if (r->access == PEAL_ACCESS_WRITE)
		fprintf(out, " w");
}

static void print_region(FILE *out, const struct job *job, const struct job_region *r)
{
	if (r->parent >= 0)
		fprintf(out, "alias %s of %s+0x%llx %llu", r->name, job->regions[r->parent].name,
			ULL(r->offset), ULL(r->bytes));
	else
		fprintf(out, "region %s %llu", r->name, ULL(r->bytes));
	print_access(out, r);
	if (r->tenant || r->parent >= 0)
		fprintf(out, " tenant=%u", r->tenant);
	if (r->skew)
		fprintf(out, " skew=%u", r->skew);
	if (r->seeded)
		fprintf(out, " seed=%llu", ULL(r->seed));
	if (r->place == PEAL_PLACE_DEVICE)
		fprintf(out, " place=device");
	fprintf(out, "\n");
}

static void print_queue(FILE *out, const struct job_queue *q)
{
	fprintf(out, "queue %s depth=%u", q->name, 1u << q->sq_log2);
	if (q->cq_log2 != q->sq_log2)
		fprintf(out, " cq=%u", 1u << q->cq_log2);
	if (q->order)
		fprintf(out, " order=%s", job_order_names[q->order]);
	if (q->matched)
		fprintf(out, " matched");
	if (q->fences)
		fprintf(out, " fences");
	if (q->suppress)
		fprintf(out, " suppress");
	if (q->tenant)
		fprintf(out, " tenant=%u", q->tenant);
	if (q->require_crc)
		fprintf(out, " crc");
	if (q->sq_start)
		fprintf(out, " start=0x%x", q->sq_start);
	if (q->cq_start)
		fprintf(out, " cqstart=0x%x", q->cq_start);
	fprintf(out, "\n");
}

/* A record as the host makes it is printed as one, anything else as bytes. */
static bool is_new_record(const struct job_step *s, struct peal_record *record)
{
	struct peal_record fresh;

	if (s->bytes != sizeof(*record))
		return false;
	memcpy(record, s->data, sizeof(*record));
	job_record_init(&fresh, record->MAX_TOKENS, record->REWARD_BOUNDARY);
	return !memcmp(record, &fresh, sizeof(fresh));
}

static void print_write(FILE *out, const struct job *job, const struct job_step *s)
{
	const char *name = job->regions[s->target].name;
	struct peal_record record;

	if (is_new_record(s, &record)) {
		fprintf(out, "record %s+0x%llx max=%u boundary=%u\n", name, ULL(s->offset),
			record.MAX_TOKENS, record.REWARD_BOUNDARY);
		return;
	}
	for (uint64_t i = 0; i < s->bytes; i++) {
		if (i % 32 == 0)
			fprintf(out, "%sbytes %s+0x%llx ", i ? "\n" : "", name, ULL(s->offset + i));
		fprintf(out, "%02x", s->data[i]);
	}
	fprintf(out, "\n");
}

static void print_step(FILE *out, const struct job *job, const struct job_step *s)
{
	static const char *const action[] = { [JOB_DRAIN] = "drain",
					      [JOB_ENABLE] = "enable",
					      [JOB_DISABLE] = "disable",
					      [JOB_RESET] = "reset",
					      [JOB_ABORT] = "abort" };

	switch (s->kind) {
	case JOB_DESC:
		job_print_desc(out, job, &job->descs[s->target]);
		fprintf(out, "\n");
		break;
	case JOB_WAIT: fprintf(out, "wait\n"); break;
	case JOB_WRITE: print_write(out, job, s); break;
	case JOB_FREE:
		fprintf(out, "free %s+0x%llx\n", job->regions[s->target].name, ULL(s->offset));
		break;
	default: fprintf(out, "%s %s\n", action[s->kind], job->queues[s->target].name);
	}
}

void job_print(FILE *out, const struct job *job)
{
	fprintf(out, "peal-job 1\n");
	for (unsigned i = 0; i < job->region_count; i++)
		print_region(out, job, &job->regions[i]);
	for (unsigned i = 0; i < job->queue_count; i++)
		print_queue(out, &job->queues[i]);
	for (unsigned i = 0; i < job->step_count; i++)
		print_step(out, job, &job->steps[i]);
}
