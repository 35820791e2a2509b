/* SPDX-License-Identifier: MIT */
/*
 * llm.c - the rows of an LLM inference trace as rollouts.
 *
 * A row says how many tokens went in and how many came out; the tokens
 * themselves are not in such a trace, so the context is synthetic: a slice of
 * one region of seeded random tokens. Each row is PREFILL, DECODE calls until
 * its tokens are made, REWARD at each boundary and at the end. What must come
 * out is worked out by a model of the rollout that is written here from the
 * contract, apart from the reference device.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

#define TOKENS_MOST (JOB_REGION_MAX / 4)
#define SLACK_TOKENS 16384 /* contexts start at different places of the region */
#define ACTIVE_PER_QUEUE 8
#define FIELDS 32

enum { REC, CTX, TOK };

struct row {
	uint32_t context, made;
	uint32_t state, tokens, since, seed, reward, rewards;
	uint64_t ctx, tok; /* in tokens, from the start of the regions */
	int queue;
};

struct job_llm {
	struct job_llm_opts opts;
	struct row *rows;
	unsigned count, cap;
	uint64_t context, made; /* sums */
	uint32_t longest;
	uint32_t *tokens; /* the synthetic context */
};

/* ---- the CSV ---------------- */

struct columns {
	int context, made;
	unsigned line;
	const char *path;
	char *error;
};

static int csv_fail(const struct columns *c, const char *text, const char *what)
{
	if (c->line)
		snprintf(c->error, JOB_TEXT_MAX, "%s:%u: %s%s", c->path, c->line, text, what);
	else
		snprintf(c->error, JOB_TEXT_MAX, "%s: %s%s", c->path, text, what);
	return -EINVAL;
}

static unsigned csv_split(char *line, char *fields[FIELDS])
{
	unsigned n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	for (char *rest = line, *field; n < FIELDS && (field = strsep(&rest, ",")); n++)
		fields[n] = field;
	return n;
}

static int csv_header(struct columns *c, char *line)
{
	char *fields[FIELDS];
	unsigned n;

	if (!strncmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	n = csv_split(line, fields);
	c->context = c->made = -1;
	for (unsigned i = 0; i < n; i++) {
		if (!strcmp(fields[i], "ContextTokens"))
			c->context = (int)i;
		if (!strcmp(fields[i], "GeneratedTokens"))
			c->made = (int)i;
	}
	if (c->context < 0)
		return csv_fail(c, "no column ", "ContextTokens");
	return c->made < 0 ? csv_fail(c, "no column ", "GeneratedTokens") : 0;
}

static int csv_number(const struct columns *c, const char *name, char *const *fields, unsigned n,
		      int column, uint32_t *value)
{
	const char *text = column < (int)n ? fields[column] : "";
	char what[160], *end;
	unsigned long long v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno && v && v <= TOKENS_MOST / 4) {
		*value = (uint32_t)v;
		return 0;
	}
	snprintf(what, sizeof(what), "'%.60s' is not a number from 1 to %llu", text,
		 (unsigned long long)TOKENS_MOST / 4);
	return csv_fail(c, name, what);
}

static int csv_row(struct job_llm *llm, const struct columns *c, char *line)
{
	char *fields[FIELDS];
	unsigned n = csv_split(line, fields);
	struct row row = { 0 };
	int rc = csv_number(c, "ContextTokens: ", fields, n, c->context, &row.context);

	if (!rc)
		rc = csv_number(c, "GeneratedTokens: ", fields, n, c->made, &row.made);
	if (rc)
		return rc;
	if (llm->count == llm->cap) {
		unsigned cap = llm->cap ? llm->cap * 2 : 256;
		struct row *bigger = realloc(llm->rows, cap * sizeof(*bigger));

		if (!bigger)
			return csv_fail(c, "out of memory", "");
		llm->rows = bigger;
		llm->cap = cap;
	}
	row.tok = llm->made;
	llm->rows[llm->count++] = row;
	llm->context += row.context;
	llm->made += row.made;
	llm->longest = row.context > llm->longest ? row.context : llm->longest;
	if (llm->made > TOKENS_MOST)
		return csv_fail(c, "the tokens up to here do not fit one region; ", "use --limit");
	return 0;
}

static int csv_lines(struct job_llm *llm, FILE *in, struct columns *c)
{
	size_t size = 0;
	char *line = NULL;
	ssize_t n;
	int rc = 0;

	while (!rc && (!llm->opts.limit || llm->count < llm->opts.limit) &&
	       (n = getline(&line, &size, in)) >= 0) {
		c->line++;
		if (strlen(line) != (size_t)n)
			rc = csv_fail(c, "a NUL byte: this is no text", "");
		else if (c->line == 1)
			rc = csv_header(c, line);
		else if (line[strspn(line, " \t\r\n")])
			rc = csv_row(llm, c, line);
	}
	free(line);
	if (!rc && ferror(in))
		rc = csv_fail(c, strerror(errno), "");
	if (!rc && !llm->count)
		rc = csv_fail(c, c->line ? "no rows behind the header" : "empty file", "");
	return rc;
}

static int read_csv(struct job_llm *llm, char *error)
{
	struct columns c = { .path = llm->opts.path, .error = error };
	FILE *in = fopen(c.path, "r");
	int rc;

	if (!in) {
		snprintf(error, JOB_TEXT_MAX, "%s: %s", c.path, strerror(errno));
		return -errno;
	}
	rc = csv_lines(llm, in, &c);
	fclose(in);
	return rc;
}

/* ---- the host's model of a rollout ---------------- */

/* Token i of a trajectory: a counter through an integer hash, as in the contract. */
static uint32_t token(uint32_t seed, uint32_t i)
{
	uint32_t x = seed + (i + 1) * PEAL_TOKEN_STEP;

	x = (x ^ x >> 16) * PEAL_TOKEN_MUL0;
	x = (x ^ x >> 15) * PEAL_TOKEN_MUL1;
	return (x ^ x >> 15) >> PEAL_TOKEN_SHIFT;
}

static uint32_t reward(const struct row *r, uint32_t from, uint32_t to)
{
	uint32_t sum = 0;

	for (uint32_t i = from; i < to; i++)
		sum += token(r->seed, i) & 0xffff;
	return sum;
}

struct plan {
	struct job_llm *llm;
	struct job_work *work;
};

static int add(struct plan *p, const struct row *r, uint32_t opcode, uint64_t b_offset,
	       uint64_t length, uint64_t arg0)
{
	struct job_desc d = {
		.queue = r->queue,
		.a = { JOB_REGION, REC },
		.b = { JOB_REGION, opcode == PEAL_OP_PREFILL ? CTX : TOK },
	};

	d.w[0] = opcode;
	d.w[1] = p->work->job->desc_count;
	d.w[2] = (uint64_t)(r - p->llm->rows) * PEAL_RECORD_BYTES;
	d.w[3] = b_offset;
	d.w[4] = length;
	d.w[5] = arg0;
	return job_add_desc(p->work->job, &d);
}

static int plan_prefill(struct plan *p, struct row *r)
{
	int desc = add(p, r, PEAL_OP_PREFILL, 4 * r->ctx, 4 * (uint64_t)r->context, 0);

	r->seed = job_crc32c(0, p->llm->tokens + r->ctx, 4 * (uint64_t)r->context);
	r->state = PEAL_R_PREFILL_READY;
	return job_work_expect(p->work, desc, PEAL_ST_OK, r->context);
}

static int plan_decode(struct plan *p, struct row *r)
{
	uint32_t n = p->llm->opts.most, boundary = p->llm->opts.boundary;
	uint32_t most = n < r->made - r->tokens ? n : r->made - r->tokens;
	int desc = add(p, r, PEAL_OP_DECODE, 4 * (r->tok + r->tokens), 0, most);
	uint8_t status = PEAL_ST_OK;

	n = most;
	if (boundary && boundary - r->since < n)
		n = boundary - r->since;
	r->tokens += n;
	r->since += n;
	r->state = PEAL_R_DECODING;
	if (r->tokens == r->made) {
		r->state = PEAL_R_TRAJECTORY_READY;
	} else if (boundary && r->since == boundary) {
		r->state = PEAL_R_REWARD_PENDING;
		status = PEAL_ST_REWARD_NEEDED;
	}
	return job_work_expect(p->work, desc, status,
			       n | (uint64_t)((r->context + r->tokens) & 0xfffffff) << 28);
}

/* Judges what was made since the last reward. */
static int plan_reward(struct plan *p, struct row *r)
{
	uint32_t from = r->tokens - r->since, sum = reward(r, from, r->tokens);
	int desc = add(p, r, PEAL_OP_REWARD, 4 * (r->tok + from), 4 * (uint64_t)r->since, 0);

	r->reward += sum;
	r->rewards++;
	if (r->state == PEAL_R_REWARD_PENDING) {
		r->since = 0;
		r->state = PEAL_R_DECODING;
	} else {
		r->state = PEAL_R_DONE;
	}
	return job_work_expect(p->work, desc, PEAL_ST_OK, sum);
}

static int plan_next(struct plan *p, struct row *r)
{
	switch (r->state) {
	case PEAL_R_FREE: return plan_prefill(p, r);
	case PEAL_R_PREFILL_READY:
	case PEAL_R_DECODING: return plan_decode(p, r);
	default: return plan_reward(p, r);
	}
}

/* Several rows of each queue are in flight at once, their operations in turn. */
static int plan_rows(struct plan *p)
{
	unsigned active[ACTIVE_PER_QUEUE * 64], n = 0, next = 0;
	unsigned most = ACTIVE_PER_QUEUE * p->llm->opts.queues;
	int rc = 0;

	while (!rc && (n || next < p->llm->count)) {
		while (n < most && next < p->llm->count)
			active[n++] = next++;
		for (unsigned i = 0; i < n && !rc;) {
			struct row *r = &p->llm->rows[active[i]];

			rc = plan_next(p, r);
			if (r->state == PEAL_R_DONE)
				active[i] = active[--n];
			else
				i++;
		}
	}
	return rc;
}

/* ---- the job ---------------- */

static void add_region(struct job *job, const char *name, uint64_t bytes, uint32_t access)
{
	struct job_region r = { .bytes = bytes, .access = access, .parent = -1 };

	strcpy(r.name, name);
	job_add_region(job, &r);
}

static void add_memory(struct job_llm *llm, struct job *job)
{
	const uint32_t rw = PEAL_ACCESS_READ | PEAL_ACCESS_WRITE;

	add_region(job, "records", (uint64_t)llm->count * PEAL_RECORD_BYTES, rw);
	add_region(job, "context", 4 * ((uint64_t)llm->longest + SLACK_TOKENS), PEAL_ACCESS_READ);
	add_region(job, "tokens", 4 * llm->made, rw);
	if (job->failed)
		return;
	job->regions[CTX].seeded = true;
	job->regions[CTX].seed = llm->opts.seed;
	for (unsigned i = 0; i < llm->opts.queues; i++) {
		struct job_queue q = { .sq_log2 = 6, .cq_log2 = 6 };

		snprintf(q.name, sizeof(q.name), "q%u", i);
		job_add_queue(job, &q);
	}
}

static int add_records(struct job_llm *llm, struct job *job)
{
	size_t bytes = llm->count * sizeof(struct peal_record);
	struct peal_record *records = aligned_alloc(sizeof(*records), bytes);

	if (!records)
		return -ENOMEM;
	for (unsigned i = 0; i < llm->count; i++)
		job_record_init(&records[i], llm->rows[i].made, llm->opts.boundary);
	job_add_write(job, REC, 0, records, bytes, 0);
	free(records);
	return job->failed ? -ENOMEM : 0;
}

static int build(struct job_llm *llm, struct job_work *work)
{
	struct job_rng rng = { llm->opts.seed };
	struct plan plan = { llm, work };
	uint64_t bytes = 4 * ((uint64_t)llm->longest + SLACK_TOKENS);
	int rc;

	work->job = job_new(llm->opts.path);
	llm->tokens = malloc(bytes);
	if (!work->job || !llm->tokens)
		return -ENOMEM;
	job_fill_seed(llm->tokens, bytes, llm->opts.seed);
	for (unsigned i = 0; i < llm->count; i++) {
		llm->rows[i].ctx = job_below(&rng, SLACK_TOKENS);
		llm->rows[i].queue = (int)(i % llm->opts.queues);
	}
	add_memory(llm, work->job);
	rc = work->job->failed ? -ENOMEM : add_records(llm, work->job);
	if (!rc)
		rc = plan_rows(&plan);
	return rc ? rc : work->job->failed ? -ENOMEM : 0;
}

struct job_llm *job_llm_load(const struct job_llm_opts *opts, struct job_work *work,
			     char error[JOB_TEXT_MAX])
{
	struct job_llm *llm = calloc(1, sizeof(*llm));

	memset(work, 0, sizeof(*work));
	snprintf(error, JOB_TEXT_MAX, "out of memory");
	if (!llm)
		return NULL;
	llm->opts = *opts;
	if (!read_csv(llm, error)) {
		snprintf(error, JOB_TEXT_MAX, "out of memory");
		if (!build(llm, work))
			return llm;
	}
	job_work_clear(work);
	job_llm_free(llm);
	return NULL;
}

/* ---- what came out ---------------- */

static bool record_right(const struct job_llm *llm, const struct row *r, const uint8_t *memory)
{
	struct peal_record expect, record;

	memcpy(&record, memory, sizeof(record));
	job_record_init(&expect, r->made, llm->opts.boundary);
	expect.STATE = r->state;
	expect.CONTEXT_TOKENS = r->context;
	expect.TOKENS = r->tokens;
	expect.SINCE_REWARD = r->since;
	expect.SEED = r->seed;
	expect.REWARD = r->reward;
	expect.REWARDS = r->rewards;
	return !memcmp(&record, &expect, sizeof(expect));
}

static bool tokens_right(const struct row *r, const uint8_t *memory)
{
	for (uint32_t i = 0; i < r->made; i++) {
		uint32_t made;

		memcpy(&made, memory + 4 * (r->tok + i), sizeof(made));
		if (made != token(r->seed, i))
			return false;
	}
	return true;
}

unsigned job_llm_verify(const struct job_llm *llm, const struct job_run *run, FILE *out)
{
	unsigned differences = 0;

	for (unsigned i = 0; i < llm->count; i++) {
		const struct row *r = &llm->rows[i];
		bool record = record_right(llm, r, run->memory[REC] + i * PEAL_RECORD_BYTES);

		if (record && tokens_right(r, run->memory[TOK]))
			continue;
		if (!differences++)
			fprintf(out,
				"mismatch: %s: row %u: the %s is not what the host's model has\n",
				llm->opts.path, i + 1, record ? "token buffer" : "record");
	}
	return differences;
}

void job_llm_totals(const struct job_llm *llm, unsigned *rows, uint64_t *context, uint64_t *made)
{
	*rows = llm->count;
	*context = llm->context;
	*made = llm->made;
}

void job_llm_free(struct job_llm *llm)
{
	if (!llm)
		return;
	free(llm->rows);
	free(llm->tokens);
	free(llm);
}
