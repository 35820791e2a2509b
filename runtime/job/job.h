/* SPDX-License-Identifier: MIT */
/*
 * job.h - jobs: work for a device, written down.
 *
 * A job names regions, queues and a list of steps: descriptors, ordering
 * points and host actions. It comes from a text file (parse.c, docs/jobs.md),
 * a generator (gen.c), real files (files.c) or an LLM trace (llm.c), runs on
 * any device (run.c), and is compared with a run on the reference model
 * (check.c). Used by the `peal` command and the tests; not part of libpeal.
 *
 * Functions return 0 or a count, or a negative errno.
 */
#ifndef PEAL_JOB_H
#define PEAL_JOB_H

#include <stdio.h>

#include <peal/peal.h>

#define JOB_NAME_MAX 32
#define JOB_TEXT_MAX 512		   /* an error message */
#define JOB_REGION_MAX (UINT64_C(1) << 30) /* bytes of one region */

/* ---- the model -------------------------------------------------------------- */

struct job_region {
	char name[JOB_NAME_MAX];
	uint64_t bytes;
	uint32_t access; /* PEAL_ACCESS_* */
	uint16_t tenant;
	uint16_t skew;
	uint8_t place; /* enum peal_place; of an alias: nothing */
	bool seeded; /* starts with random bytes of `seed`, else with zeros */
	uint64_t seed;
	int parent;	 /* alias: the region it is a part of, else -1 */
	uint64_t offset; /* alias: its place in the parent */
	int line;
};

struct job_queue {
	char name[JOB_NAME_MAX];
	uint8_t sq_log2, cq_log2;
	uint8_t order; /* enum peal_order */
	bool matched, fences, suppress;
	bool require_crc;
	uint16_t tenant;
	uint32_t sq_start, cq_start;
	int line;
};

/* What stands in the handle field of an operand until the regions exist. */
enum job_ref_kind {
	JOB_LITERAL, /* the bits as they are */
	JOB_REGION,  /* the handle of `region` */
	JOB_STALE,   /* the handle of `region` with another generation */
};

struct job_ref {
	enum job_ref_kind kind;
	int region;
};

struct job_desc {
	uint64_t w[PEAL_DESC_WORDS]; /* payloads, without tags */
	struct job_ref a, b;
	int queue;
	int line;
};

enum job_step_kind {
	JOB_DESC,    /* target: descriptor */
	JOB_WAIT,    /* all published so far is reaped */
	JOB_WRITE,   /* waits; the host writes `data` to region `target` + offset */
	JOB_FREE,    /* waits; record at region `target` + offset: DONE -> FREE */
	JOB_DRAIN,   /* target: queue; does not wait for the others */
	JOB_ENABLE,  /* waits; target: queue */
	JOB_DISABLE, /* waits; target: queue */
	JOB_RESET,   /* waits; target: queue */
	JOB_ABORT,   /* waits; target: queue */
};

struct job_step {
	enum job_step_kind kind;
	int line;
	uint32_t target;
	uint64_t offset, bytes;
	uint8_t *data;
};

struct job {
	char *name; /* file it came from, or what made it */
	struct job_region *regions;
	struct job_queue *queues;
	struct job_desc *descs;
	struct job_step *steps;
	unsigned region_count, queue_count, desc_count, step_count;
	unsigned region_cap, queue_cap, desc_cap, step_cap;
	bool failed; /* memory ran out while it was built */
};

/* Builders add at the end and return the index, or -ENOMEM and set job->failed. */
struct job *job_new(const char *name);
void job_free(struct job *job);
int job_add_region(struct job *job, const struct job_region *region);
int job_add_queue(struct job *job, const struct job_queue *queue);
int job_add_desc(struct job *job, const struct job_desc *desc);
int job_add_step(struct job *job, enum job_step_kind kind, uint32_t target, int line);
int job_add_write(struct job *job, uint32_t region, uint64_t offset, const void *data,
		  uint64_t bytes, int line);

/* Index of the region or queue of that name, or -1. */
int job_find_region(const struct job *job, const char *name);
int job_find_queue(const struct job *job, const char *name);

/* True for a step before which everything published is reaped. */
bool job_step_waits(enum job_step_kind kind);

/* A new record as the host leaves it. */
void job_record_init(struct peal_record *record, uint32_t max_tokens, uint32_t boundary);

/* Fills `bytes` bytes with the random bytes of a seed (SplitMix64, little-endian). */
void job_fill_seed(void *memory, uint64_t bytes, uint64_t seed);

/* What region `region` holds before the first descriptor; `memory` has its size. */
void job_initial(const struct job *job, int region, uint8_t *memory);

/* ---- deterministic random numbers ---------------------------------------------- */

struct job_rng {
	uint64_t state;
};
uint64_t job_random(struct job_rng *rng);
/* A number from 0 to n - 1; 0 for n = 0. */
uint64_t job_below(struct job_rng *rng, uint64_t n);

/* CRC32C that shares no code with libpeal (ISA-L where built with it, else bitwise). */
uint32_t job_crc32c(uint32_t seed, const void *data, uint64_t bytes);
const char *job_crc32c_source(void);

/* ---- text ------------------------------------------------------------------------ */

/*
 * Reads a job. NULL on failure, and `error` says "name:line: what is wrong".
 * job_load opens the file itself; "-" is standard input.
 */
struct job *job_parse(FILE *in, const char *name, char error[JOB_TEXT_MAX]);
struct job *job_load(const char *path, char error[JOB_TEXT_MAX]);

/* Writes a job in its canonical form: what job_parse reads back as the same job. */
void job_print(FILE *out, const struct job *job);
/* One descriptor as a line of a job, without the line end; `job` may be NULL. */
void job_print_desc(FILE *out, const struct job *job, const struct job_desc *desc);

/* ---- what a descriptor does --------------------------------------------------------- */

/* Where a region is on a device. */
struct job_place {
	uint16_t handle;
	uint16_t tenant;
	uint32_t access;
	uint64_t bus, bytes;
};

/* Made-up places that differ as real ones would; for work without a device. */
void job_layout(const struct job *job, struct job_place *places);

/* The words of a descriptor with its handles in, and the CRC as libpeal puts it in. */
void job_resolve(const struct job_place *places, const struct job_desc *desc,
		 uint64_t w[PEAL_DESC_WORDS]);

struct job_range {
	uint64_t start, end; /* bus addresses */
	bool write;
};

/* Outcome of the contract's checks but the last one (the record's state). */
struct job_access {
	uint8_t status;		   /* PEAL_ST_OK: it executes, or BAD_STATE */
	uint64_t result;	   /* of a failed check */
	struct job_range range[2]; /* operands A and B; empty when not accessed */
	bool rollout;
};
void job_access(const struct job_place *places, unsigned count, const struct job_queue *queue,
		const uint64_t w[PEAL_DESC_WORDS], struct job_access *access);

/* The flags that a queue's mode allows. */
uint32_t job_queue_flags(const struct job_queue *queue);

/* Bytes a descriptor works on: its length, or its tokens. */
uint64_t job_desc_bytes(const struct job_desc *desc);

/*
 * Contract 6: two descriptors with overlapping bus ranges, one a writer, that
 * nothing orders. 1 and the descriptors in pair[] if there are such, 0 if not,
 * or -ENOMEM.
 */
int job_race(const struct job *job, const struct job_place *places, unsigned pair[2],
	     uint64_t *address);

/* ---- runs ------------------------------------------------------------------------------ */

/* Exit codes of the command, and results of the functions below. */
enum job_exit { JOB_PASS = 0, JOB_MISMATCH = 1, JOB_USAGE = 2, JOB_UNAVAILABLE = 77 };

/* Where the regions of a job go, whatever it says itself. */
enum job_places {
	JOB_PLACES_OWN,	   /* as it says */
	JOB_PLACES_HOST,
	JOB_PLACES_DEVICE,
	JOB_PLACES_MIXED, /* by turns: the host's memory, the device's */
};

struct job_run_opts {
	const char *backend;
	const char *params; /* of the device; NULL is none */
	enum job_places places;
	bool threaded;
	bool race_check;
	bool cycles; /* note the device's cycle for each completion: slow, and time goes otherwise */
	uint32_t quantum;
	uint64_t timeout_ns; /* longest time without a completion; 0 is 30 s */
	peal_log_fn log;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx; /* of log and progress */
};

struct job_completion {
	uint64_t result;
	uint32_t sq_index, cookie;
	uint8_t status;
	bool published, done, by_host;
	bool silent; /* a success that has no completion, as its flag asks; then done is not set */
	uint32_t arrival; /* it was the nth that came, from 1; 0 unless done */
	uint64_t cycle;	  /* it had come by then; 0 unless asked for */
};

struct job_run {
	const struct job *job;
	const char *backend;
	bool threaded;
	struct job_completion *completions; /* one for each descriptor */
	struct job_place *places;	    /* one for each region */
	uint8_t **memory;		    /* each region's bytes at the end; NULL for aliases */
	struct peal_device_info info;
	uint64_t counters[PEAL_COUNTERS];
	uint64_t published, completed, silent, events, doorbells, bytes, trace_hash;
	double seconds;
	char error[JOB_TEXT_MAX];
};

/* What time is in a run, for a result (contract C9.4). */
static inline const char *job_mode(bool free_running, bool threaded)
{
	return free_running ? "free-running" : threaded ? "threaded" : "lockstep";
}

/*
 * Runs a job on a fresh device: many in flight over all queues, every
 * completion kept, counters audited. Returns an exit code; unless JOB_PASS,
 * run->error says why. job_run_clear frees what it holds, whatever came back.
 */
enum job_exit job_run(const struct job *job, const struct job_run_opts *opts, struct job_run *run);
void job_run_clear(struct job_run *run);

/*
 * Compares a run with the reference's: completions, the order in which they came
 * (FIFO: of the queue, ACTOR: of each actor, NONE: any) and memory; and both with
 * the checks of access.c. Returns the number of differences, and prints the
 * first to `out`, with the cycles where runs have them.
 */
unsigned job_check(const struct job_run *run, const struct job_run *ref, FILE *out);

/*
 * SHA-256 over, queue by queue, the completion payloads (c0, c1, without tags)
 * in SQ order (silent successes have none), then the bytes of the regions in job
 * order (aliases left out).
 */
void job_digest(const struct job_run *run, char hex[65]);

/* ---- recorded runs ---------------------------------------------------------------------- */

/* Writes a run as text: completions, and the memory that changed. 0 or negative errno. */
int job_record(FILE *out, const struct job_run *run);

/*
 * Compares two recorded runs. The number of differences, the first printed to
 * `out`; or -EINVAL, and `error` says "name:line: what is wrong".
 */
int job_record_diff(FILE *a, const char *a_name, FILE *b, const char *b_name, FILE *out,
		    char error[JOB_TEXT_MAX]);

/* ---- generators ---------------------------------------------------------------------------- */

struct job_gen_opts {
	uint64_t seed;
	uint32_t count;	  /* descriptors */
	uint32_t queues;  /* 1 to 64 */
	uint32_t invalid; /* percent of malformed descriptors */
	uint32_t orders;  /* bits 1 << PEAL_ORDER_*: one of them for each queue; 0 is FIFO */
	uint32_t flags;	  /* of FENCE, SILENT and EVENT, those that may come */
	bool matched;	  /* some queues have MATCHED placement */
	bool suppress;	  /* some queues suppress doorbells */
	uint32_t ops[8];  /* opcode map of what may come; all zero is everything */
};
/* A random job that never races; NULL when memory runs out. */
struct job *job_gen(const struct job_gen_opts *opts);

/* Real input: what a job must come out as, besides what the reference says. */
struct job_expect {
	uint32_t desc;
	uint8_t status;
	uint64_t result;
};

struct job_work {
	struct job *job;
	struct job_expect *expects;
	unsigned expect_count, expect_cap;
};
void job_work_clear(struct job_work *work);
int job_work_expect(struct job_work *work, int desc, uint8_t status, uint64_t result);
/* Compares a run with what was expected; the number of differences, the first printed. */
unsigned job_work_verify(const struct job_work *work, const struct job_run *run, FILE *out);

/* Files, worked on in waves of bounded size. */
struct job_files;
struct job_files *job_files_open(char *const *paths, unsigned count, unsigned queues);
/* The next wave: 1, 0 at the end, or negative errno and `error` names the file. */
int job_files_next(struct job_files *files, struct job_work *work, char error[JOB_TEXT_MAX]);
/* After a wave ran: is the copy what was read? Differences; the first printed. */
unsigned job_files_verify(const struct job_files *files, const struct job_work *work,
			  const struct job_run *run, FILE *out);
void job_files_totals(const struct job_files *files, unsigned *count, uint64_t *bytes);
void job_files_close(struct job_files *files);

/* An LLM trace as rollouts. */
struct job_llm_opts {
	const char *path;
	uint64_t seed;
	uint32_t limit; /* rows; 0 is all */
	uint32_t queues;
	uint32_t most;	   /* tokens of one DECODE */
	uint32_t boundary; /* tokens between rewards */
};
struct job_llm;
/* NULL on failure, and `error` says "file:line: what is wrong". */
struct job_llm *job_llm_load(const struct job_llm_opts *opts, struct job_work *work,
			     char error[JOB_TEXT_MAX]);
/* Compares records and tokens with the host's own model. */
unsigned job_llm_verify(const struct job_llm *llm, const struct job_run *run, FILE *out);
void job_llm_totals(const struct job_llm *llm, unsigned *rows, uint64_t *context, uint64_t *made);
void job_llm_free(struct job_llm *llm);

#endif
