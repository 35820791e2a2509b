/* SPDX-License-Identifier: MIT */
/*
 * record.c - recorded runs: text that two runs are compared by.
 *
 *	peal-run 1
 *	job copy.job
 *	backend ref lockstep
 *	comp q0 0 index=0 cookie=0 OK 0x64
 *	mem dst+0x40 00112233...
 *	region dst 8192 sha256=...
 *	digest ...
 *
 * mem lines are the 32-byte pieces that differ from what the job put there
 * before its first descriptor. Completions stand in SQ order, whatever the order
 * in which they came; a silent success has none. Every line but the first three is a key and a
 * value, and a comparison is one of keys.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/sha256.h"
#include "job.h"

#define LINE_BYTES 32

/* ---- writing ---------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void write_completions(FILE *out, const struct job_run *run, unsigned queue)
{
	const struct job *job = run->job;
	unsigned ordinal = 0;

	for (unsigned i = 0; i < job->desc_count; i++) {
		const struct job_completion *c = &run->completions[i];

		if (job->descs[i].queue != (int)queue)
			continue;
		ordinal++;
		if (c->silent)
			continue;
		fprintf(out, "comp %s %u index=%u cookie=%u ", job->queues[queue].name, ordinal - 1,
			c->sq_index, c->cookie);
		if (*peal_status_name(c->status) == '?')
			fprintf(out, "0x%x", c->status);
		else
			fprintf(out, "%s", peal_status_name(c->status));
		fprintf(out, " 0x%llx\n", (unsigned long long)c->result);
	}
}

static void write_memory(FILE *out, const struct job_region *r, const uint8_t *now,
			 const uint8_t *before)
{
	for (uint64_t at = 0; at < r->bytes; at += LINE_BYTES) {
		uint64_t n = r->bytes - at < LINE_BYTES ? r->bytes - at : LINE_BYTES;

		if (!memcmp(now + at, before + at, n))
			continue;
		fprintf(out, "mem %s+0x%llx ", r->name, (unsigned long long)at);
		for (uint64_t i = 0; i < n; i++)
			fprintf(out, "%02x", now[at + i]);
		fprintf(out, "\n");
	}
}

static int write_region(FILE *out, const struct job_run *run, unsigned i)
{
	const struct job_region *r = &run->job->regions[i];
	uint8_t *before = malloc(r->bytes), digest[32];
	struct peal_sha256 s;
	char hex[65];

	if (!before)
		return -ENOMEM;
	job_initial(run->job, (int)i, before);
	write_memory(out, r, run->memory[i], before);
	free(before);
	peal_sha256_init(&s);
	peal_sha256_update(&s, run->memory[i], r->bytes);
	peal_sha256_final(&s, digest);
	peal_sha256_hex(digest, hex);
	fprintf(out, "region %s %llu sha256=%s\n", r->name, (unsigned long long)r->bytes, hex);
	return 0;
}

int job_record(FILE *out, const struct job_run *run)
{
	char hex[65];
	int rc = 0;

	errno = 0;
	fprintf(out, "peal-run 1\njob %s\nbackend %s %s\n", base_name(run->job->name), run->backend,
		job_mode(run->info.free_running, run->threaded));
	for (unsigned i = 0; i < run->job->queue_count; i++)
		write_completions(out, run, i);
	for (unsigned i = 0; i < run->job->region_count && !rc; i++)
		if (run->memory[i])
			rc = write_region(out, run, i);
	job_digest(run, hex);
	fprintf(out, "digest %s\n", hex);
	if (!rc && ferror(out))
		rc = errno ? -errno : -EIO;
	return rc;
}

/* ---- reading ---------------- */

struct entry {
	char *text; /* key, a NUL, value */
	const char *value;
	unsigned order;
};

struct recording {
	const char *name;
	struct entry *entries; /* in the order of the file */
	struct entry **sorted; /* by key */
	unsigned count, cap;
};

static bool is_hex(const char *text)
{
	return *text && strspn(text, "0123456789abcdef") == strlen(text) && !(strlen(text) % 2);
}

/* Is it a line as this file writes them? Returns the length of its key, or 0. */
static size_t key_length(const char *line)
{
	char status[32];
	unsigned long long result;
	unsigned index, cookie;
	int key = 0, end = 0, hex = 0;

	if (!strncmp(line, "comp ", 5)) {
		sscanf(line, "comp %*31s %*u%n index=%u cookie=%u %31s 0x%llx%n", &key, &index,
		       &cookie, status, &result, &end);
	} else if (!strncmp(line, "mem ", 4)) {
		sscanf(line, "mem %*s%n %n", &key, &hex);
		end = hex && is_hex(line + hex) ? (int)strlen(line) : 0;
	} else if (!strncmp(line, "region ", 7)) {
		sscanf(line, "region %*s%n %*u sha256=%n", &key, &hex);
		end = hex && is_hex(line + hex) ? (int)strlen(line) : 0;
	} else if (!strncmp(line, "digest ", 7)) {
		key = 6;
		end = is_hex(line + 7) ? (int)strlen(line) : 0;
	}
	return end && !line[end] ? (size_t)key : 0;
}

static int add_entry(struct recording *rec, const char *line, size_t key)
{
	struct entry *e;

	if (rec->count == rec->cap) {
		unsigned cap = rec->cap ? rec->cap * 2 : 256;
		struct entry *bigger = realloc(rec->entries, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		rec->entries = bigger;
		rec->cap = cap;
	}
	e = &rec->entries[rec->count];
	e->text = strdup(line);
	if (!e->text)
		return -ENOMEM;
	e->text[key] = '\0';
	e->value = e->text + key + 1;
	e->order = rec->count++;
	return 0;
}

static int bad_line(const char *name, unsigned number, const char *what, char *error)
{
	if (number)
		snprintf(error, JOB_TEXT_MAX, "%s:%u: %s", name, number, what);
	else
		snprintf(error, JOB_TEXT_MAX, "%s: %s", name, what);
	return -EINVAL;
}

/* One line of a recording. */
static int take_line(struct recording *rec, char *line, unsigned number, char *error)
{
	size_t key;

	line[strcspn(line, "\r\n")] = '\0';
	if (number == 1)
		return strcmp(line, "peal-run 1")
			       ? bad_line(rec->name, 1,
					  "not a recorded run: the first line must be "
					  "'peal-run 1'",
					  error)
			       : 0;
	if (!*line || *line == '#' || !strncmp(line, "job ", 4) || !strncmp(line, "backend ", 8))
		return 0;
	key = key_length(line);
	if (!key)
		return bad_line(rec->name, number, "not a line of a recorded run", error);
	return add_entry(rec, line, key) ? bad_line(rec->name, number, "out of memory", error) : 0;
}

static int by_key(const void *pa, const void *pb)
{
	const struct entry *const *a = pa, *const *b = pb;
	int c = strcmp((*a)->text, (*b)->text);

	return c ? c : ((*a)->order > (*b)->order) - ((*a)->order < (*b)->order);
}

static int sort_entries(struct recording *rec, char *error)
{
	rec->sorted = malloc((rec->count + 1) * sizeof(*rec->sorted));
	if (!rec->sorted)
		return bad_line(rec->name, 0, "out of memory", error);
	for (unsigned i = 0; i < rec->count; i++)
		rec->sorted[i] = &rec->entries[i];
	qsort(rec->sorted, rec->count, sizeof(*rec->sorted), by_key);
	for (unsigned i = 1; i < rec->count; i++)
		if (!strcmp(rec->sorted[i - 1]->text, rec->sorted[i]->text)) {
			snprintf(error, JOB_TEXT_MAX, "%s: '%s' is there twice", rec->name,
				 rec->sorted[i]->text);
			return -EINVAL;
		}
	return 0;
}

static int read_recording(struct recording *rec, FILE *in, char *error)
{
	size_t size = 0;
	char *line = NULL;
	unsigned number = 0;
	ssize_t n;
	int rc = 0;

	while (!rc && (n = getline(&line, &size, in)) >= 0) {
		number++;
		if (strlen(line) != (size_t)n)
			rc = bad_line(rec->name, number, "a NUL byte: this is no text", error);
		else
			rc = take_line(rec, line, number, error);
	}
	free(line);
	if (!rc && ferror(in))
		rc = bad_line(rec->name, number, strerror(errno), error);
	if (!rc && !rec->count)
		rc = bad_line(rec->name, number, "not a recorded run: nothing in it", error);
	return rc ? rc : sort_entries(rec, error);
}

static void clear_recording(struct recording *rec)
{
	for (unsigned i = 0; i < rec->count; i++)
		free(rec->entries[i].text);
	free(rec->entries);
	free(rec->sorted);
}

/* ---- comparing ---------------- */

static const struct entry *find(const struct recording *rec, const char *key)
{
	unsigned low = 0, high = rec->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int c = strcmp(rec->sorted[middle]->text, key);

		if (!c)
			return rec->sorted[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The first byte that differs, for two mem lines. */
static void show_byte(FILE *out, const char *key, const char *a, const char *b)
{
	unsigned at = 0;

	if (strncmp(key, "mem ", 4))
		return;
	while (a[at] && a[at] == b[at])
		at++;
	fprintf(out, "  first difference at byte %u of the line\n", at / 2);
}

static void show(FILE *out, const char *key, const struct entry *a, const char *a_name,
		 const struct entry *b, const char *b_name)
{
	const char *absent = strncmp(key, "mem ", 4) ? "(not there)" : "(not changed by the job)";

	fprintf(out, "difference: %s\n  %s: %s\n  %s: %s\n", key, a_name, a ? a->value : absent,
		b_name, b ? b->value : absent);
	if (a && b)
		show_byte(out, key, a->value, b->value);
}

static int compare(const struct recording *a, const struct recording *b, FILE *out)
{
	int differences = 0;

	for (unsigned i = 0; i < a->count; i++) {
		const struct entry *mine = &a->entries[i], *theirs = find(b, mine->text);

		if (theirs && !strcmp(mine->value, theirs->value))
			continue;
		if (!differences++)
			show(out, mine->text, mine, a->name, theirs, b->name);
	}
	for (unsigned i = 0; i < b->count; i++)
		if (!find(a, b->entries[i].text) && !differences++)
			show(out, b->entries[i].text, NULL, a->name, &b->entries[i], b->name);
	return differences;
}

int job_record_diff(FILE *a, const char *a_name, FILE *b, const char *b_name, FILE *out,
		    char error[JOB_TEXT_MAX])
{
	struct recording ra = { .name = a_name }, rb = { .name = b_name };
	int rc = read_recording(&ra, a, error);

	if (!rc)
		rc = read_recording(&rb, b, error);
	if (!rc)
		rc = compare(&ra, &rb, out);
	clear_recording(&ra);
	clear_recording(&rb);
	return rc;
}
