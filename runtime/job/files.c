/* SPDX-License-Identifier: MIT */
/*
 * files.c - real files through a device.
 *
 * Files are read into waves of at most WAVE bytes. A wave copies its pieces
 * chunk by chunk over several queues, COPY_CRC and COPY in turn, waits, and
 * then lets the device compare source and copy and take the CRC of the copy;
 * the CRC of a file that spans waves is chained. Pieces are packed without
 * regard to alignment. What must come out is worked out here, by a CRC32C that
 * shares no code with the devices.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

#define WAVE (UINT64_C(8) << 20)
#define CHUNK UINT64_C(65536)
#define PIECES 1024 /* of one wave */
#define SRC 0
#define DST 1

struct piece {
	unsigned path;
	uint64_t src, dst, bytes;
};

struct job_files {
	char *const *paths;
	unsigned count, queues;
	unsigned path; /* at hand */
	FILE *in;      /* NULL: not open yet */
	uint32_t crc;  /* of the file at hand so far */
	uint64_t bytes;
	unsigned done;
	uint8_t *buffer; /* WAVE bytes: what the wave read */
	struct piece pieces[PIECES];
	unsigned piece_count;
	unsigned next_queue;
};

struct job_files *job_files_open(char *const *paths, unsigned count, unsigned queues)
{
	struct job_files *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->paths = paths;
	f->count = count;
	f->queues = queues;
	f->buffer = malloc(WAVE);
	if (f->buffer)
		return f;
	free(f);
	return NULL;
}

void job_files_close(struct job_files *f)
{
	if (!f)
		return;
	if (f->in)
		fclose(f->in);
	free(f->buffer);
	free(f);
}

void job_files_totals(const struct job_files *f, unsigned *count, uint64_t *bytes)
{
	*count = f->done;
	*bytes = f->bytes;
}

/* ---- reading ---------------- */

static int unreadable(const struct job_files *f, char *error)
{
	int err = errno ? errno : EIO;

	snprintf(error, JOB_TEXT_MAX, "%s: %s", f->paths[f->path], strerror(err));
	return -err;
}

/* Reads on in the file at hand; its end goes to the next file. */
static int read_piece(struct job_files *f, uint64_t at, uint64_t dst, char *error)
{
	struct piece *p = &f->pieces[f->piece_count];

	errno = 0;
	if (!f->in && !(f->in = fopen(f->paths[f->path], "rb")))
		return unreadable(f, error);
	*p = (struct piece){ .path = f->path, .src = at, .dst = dst };
	p->bytes = fread(f->buffer + at, 1, WAVE - at, f->in);
	if (ferror(f->in))
		return unreadable(f, error);
	f->piece_count++;
	f->bytes += p->bytes;
	if (feof(f->in)) {
		fclose(f->in);
		f->in = NULL;
		f->path++;
		f->done++;
	}
	return 0;
}

/* Fills the buffer; *dst is the size of the destination. */
static int read_wave(struct job_files *f, uint64_t *src, uint64_t *dst, char *error)
{
	f->piece_count = 0;
	*src = *dst = 0;
	while (f->path < f->count && f->piece_count < PIECES && *src < WAVE) {
		const struct piece *p = &f->pieces[f->piece_count];
		int rc;

		*dst += f->piece_count * 7 % 64;
		rc = read_piece(f, *src, *dst, error);
		if (rc)
			return rc;
		*src += p->bytes;
		*dst += p->bytes;
	}
	return 0;
}

/* ---- the job of a wave ---------------- */

static int operation(struct job_files *f, struct job_work *work, uint32_t opcode, uint64_t a,
		     uint64_t b, uint64_t bytes)
{
	struct job_desc d = { .queue = (int)(f->next_queue++ % f->queues) };

	d.w[0] = opcode;
	d.w[1] = work->job->desc_count;
	d.a = (struct job_ref){ JOB_REGION, opcode == PEAL_OP_CRC32C ? DST : SRC };
	d.w[2] = a;
	if (opcode != PEAL_OP_CRC32C) {
		d.b = (struct job_ref){ JOB_REGION, DST };
		d.w[3] = b;
	} else {
		d.w[5] = f->crc;
	}
	d.w[4] = bytes;
	return job_add_desc(work->job, &d);
}

static int copy_piece(struct job_files *f, struct job_work *work, const struct piece *p)
{
	uint64_t at = 0;
	int rc;

	do {
		uint64_t n = p->bytes - at < CHUNK ? p->bytes - at : CHUNK;
		bool crc = !(at / CHUNK & 1);
		int desc = operation(f, work, crc ? PEAL_OP_COPY_CRC : PEAL_OP_COPY, p->src + at,
				     p->dst + at, n);

		rc = job_work_expect(work, desc, PEAL_ST_OK,
				     crc ? job_crc32c(0, f->buffer + p->src + at, n) : n);
		at += n;
	} while (!rc && at < p->bytes);
	return rc;
}

static int check_piece(struct job_files *f, struct job_work *work, const struct piece *p,
		       bool first)
{
	int desc = operation(f, work, PEAL_OP_COMPARE, p->src, p->dst, p->bytes);
	int rc = job_work_expect(work, desc, PEAL_ST_OK, 0);

	if (rc)
		return rc;
	if (first)
		f->crc = 0;
	desc = operation(f, work, PEAL_OP_CRC32C, p->dst, 0, p->bytes);
	f->crc = job_crc32c(f->crc, f->buffer + p->src, p->bytes);
	return job_work_expect(work, desc, PEAL_ST_OK, f->crc);
}

static int add_memory(struct job_work *work, const char *name, uint64_t bytes, uint32_t access)
{
	struct job_region r = { .bytes = bytes ? bytes : 1, .access = access, .parent = -1 };

	strcpy(r.name, name);
	return job_add_region(work->job, &r);
}

static int build(struct job_files *f, struct job_work *work, uint64_t src, uint64_t dst,
		 bool continues)
{
	int rc = 0;

	add_memory(work, "src", src, PEAL_ACCESS_READ);
	add_memory(work, "dst", dst, PEAL_ACCESS_READ | PEAL_ACCESS_WRITE);
	for (unsigned i = 0; i < f->queues; i++) {
		struct job_queue q = { .sq_log2 = 6, .cq_log2 = 6 };

		snprintf(q.name, sizeof(q.name), "q%u", i);
		job_add_queue(work->job, &q);
	}
	job_add_write(work->job, SRC, 0, f->buffer, src, 0);
	for (unsigned i = 0; i < f->piece_count && !rc; i++)
		rc = copy_piece(f, work, &f->pieces[i]);
	job_add_step(work->job, JOB_WAIT, 0, 0);
	for (unsigned i = 0; i < f->piece_count && !rc; i++)
		rc = check_piece(f, work, &f->pieces[i], i || !continues);
	return rc ? rc : work->job->failed ? -ENOMEM : 0;
}

int job_files_next(struct job_files *f, struct job_work *work, char error[JOB_TEXT_MAX])
{
	bool continues = f->in != NULL;
	uint64_t src, dst;
	int rc;

	memset(work, 0, sizeof(*work));
	if (f->path == f->count)
		return 0;
	rc = read_wave(f, &src, &dst, error);
	if (rc)
		return rc;
	snprintf(error, JOB_TEXT_MAX, "out of memory");
	work->job = job_new("files");
	if (!work->job)
		return -ENOMEM;
	rc = build(f, work, src, dst, continues);
	return rc ? rc : 1;
}

/* ---- what came out ---------------- */

unsigned job_files_verify(const struct job_files *f, const struct job_work *work,
			  const struct job_run *run, FILE *out)
{
	unsigned differences = job_work_verify(work, run, out);

	for (unsigned i = 0; i < f->piece_count; i++) {
		const struct piece *p = &f->pieces[i];

		if (!memcmp(run->memory[DST] + p->dst, f->buffer + p->src, p->bytes) &&
		    !memcmp(run->memory[SRC] + p->src, f->buffer + p->src, p->bytes))
			continue;
		if (!differences++)
			fprintf(out, "mismatch: %s: the copy differs from the file\n",
				f->paths[p->path]);
	}
	return differences;
}
