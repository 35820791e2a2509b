/* SPDX-License-Identifier: MIT */
/*
 * parse.c - reads a job from text. docs/jobs.md describes the format.
 *
 * A line is a statement of words; the first word names it. All lines are read
 * first, so that `repeat` can go over its lines again.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fields.h"
#include "job.h"

#define MAX_WORDS 64
#define MAX_REPEAT 1000000u
#define MAX_DESCS 20000000u

struct parser {
	struct job *job;
	char *error;
	char **lines;
	unsigned line_count;
	unsigned line; /* at hand, from 0 */
	bool repeating;
	uint64_t i; /* round of the repeat */
	/* State of each queue, so that a job that cannot run is refused here. */
	uint8_t *queue_state;
	int *queue_line;
	char *words[MAX_WORDS];
	unsigned word_count;
};

/* Copies text that may hold words of the job, which may be anything. */
static void escape(char *to, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text && n + 5 <= room; text++) {
		unsigned char c = (unsigned char)*text;

		n += (size_t)snprintf(to + n, room - n, isprint(c) ? "%c" : "\\x%02x", c);
	}
	to[n < room ? n : room - 1] = '\0';
}

__attribute__((format(printf, 2, 3))) static int fail(struct parser *p, const char *fmt, ...)
{
	int n = snprintf(p->error, JOB_TEXT_MAX, "%s:%u: ", p->job->name, p->line + 1);
	char text[JOB_TEXT_MAX];
	va_list args;

	if (n < 0 || n >= JOB_TEXT_MAX)
		return -EINVAL;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	escape(p->error + n, JOB_TEXT_MAX - (size_t)n, text);
	return -EINVAL;
}

static int out_of_memory(struct parser *p)
{
	fail(p, "out of memory");
	return -ENOMEM;
}

/* ---- numbers ---------------- */

static int unit(struct parser *p, const char **at, uint64_t *value)
{
	const char *units = "KMG", *u = **at ? strchr(units, **at) : NULL;

	if (!u)
		return 0;
	for (long k = 0; k <= u - units; k++) {
		if (*value >> 54)
			return fail(p, "number too big");
		*value *= 1024;
	}
	(*at)++;
	return 0;
}

/* INT, decimal or 0x..., with an optional K, M or G. */
static int integer(struct parser *p, const char **at, uint64_t *value)
{
	bool hex = (*at)[0] == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X');
	const char *start = hex ? *at + 2 : *at;
	char *end;

	if (!(hex ? isxdigit((unsigned char)*start) : isdigit((unsigned char)*start)))
		return fail(p, "'%.60s' is not a number", *at);
	errno = 0;
	*value = strtoull(start, &end, hex ? 16 : 10);
	if (errno)
		return fail(p, "number too big: '%.60s'", *at);
	*at = end;
	return hex ? 0 : unit(p, at, value);
}

/* INT, i or i*INT, where i is the round of the repeat. */
static int term(struct parser *p, const char **at, uint64_t *value)
{
	uint64_t factor;
	int rc;

	if (**at != 'i')
		return integer(p, at, value);
	if (!p->repeating)
		return fail(p, "'i' counts the rounds of a repeat; there is none here");
	(*at)++;
	*value = p->i;
	if (**at != '*')
		return 0;
	(*at)++;
	rc = integer(p, at, &factor);
	if (!rc && factor && p->i > UINT64_MAX / factor)
		return fail(p, "number too big");
	*value = p->i * factor;
	return rc;
}

/* A sum of terms, no bigger than `max`. */
static int number(struct parser *p, const char *what, const char *text, uint64_t max,
		  uint64_t *value)
{
	const char *at = text;
	uint64_t one;
	int rc;

	*value = 0;
	do {
		at += at != text;
		rc = term(p, &at, &one);
		if (rc)
			return rc;
		if (one > UINT64_MAX - *value)
			return fail(p, "%s: number too big: '%.60s'", what, text);
		*value += one;
	} while (*at == '+');
	if (*at)
		return fail(p, "%s: '%.60s' is not a number", what, text);
	if (*value > max)
		return fail(p,
			    strchr(text, 'x') ? "%s: %.60s is more than 0x%llx"
					      : "%s: %.60s is more than %llu",
			    what, text, (unsigned long long)max);
	return 0;
}

/* If word is "key=...", its value, else NULL. */
static const char *value_of(const char *word, const char *key)
{
	while (*key && *word == *key) { /* ends mostly at once: every key is tried on every word */
		word++;
		key++;
	}
	return !*key && *word == '=' ? word + 1 : NULL;
}

/* What a word sets: the part before its "=", or what r, w, rw and zero stand for. */
static size_t option_name(const char *word, const char **name)
{
	*name = word;
	if (!strcmp(word, "r") || !strcmp(word, "w") || !strcmp(word, "rw"))
		*name = "access";
	else if (!strcmp(word, "zero") || value_of(word, "seed"))
		*name = "contents";
	return strcspn(*name, "=");
}

/* Refuses a second word, from words[from] on, that sets the same. */
static int all_once(struct parser *p, unsigned from)
{
	for (unsigned i = from + 1; i < p->word_count; i++) {
		const char *name, *other;
		size_t n = option_name(p->words[i], &name);

		for (unsigned j = from; j < i; j++)
			if (option_name(p->words[j], &other) == n && !strncmp(name, other, n))
				return fail(p, "%.*s given twice", n < 60 ? (int)n : 60, name);
	}
	return 0;
}

static bool is_name(const char *text)
{
	if (!isalpha((unsigned char)*text) || strlen(text) >= JOB_NAME_MAX)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_' && *text != '-' && *text != '.')
			return false;
	return true;
}

/* ---- places ---------------- */

/* Splits NAME+OFFSET and finds the region. */
static int place(struct parser *p, const char *text, int *region, uint64_t *offset)
{
	const char *plus = strchr(text, '+');
	size_t n = plus ? (size_t)(plus - text) : strlen(text);
	char name[JOB_NAME_MAX];

	if (n >= sizeof(name))
		return fail(p, "no region '%.60s'", text);
	memcpy(name, text, n);
	name[n] = '\0';
	*region = job_find_region(p->job, name);
	if (*region < 0)
		return fail(p, "no region '%.60s'", name);
	*offset = 0;
	return plus ? number(p, "offset", plus + 1, PEAL_FIELD_MASK(PEAL_D_A_OFFSET), offset) : 0;
}

/* A place of the host's, with `bytes` bytes behind it. */
static int host_place(struct parser *p, const char *text, uint64_t bytes, int *region,
		      uint64_t *offset)
{
	int rc = place(p, text, region, offset);
	uint64_t size;

	if (rc)
		return rc;
	size = p->job->regions[*region].bytes;
	if (*offset > size || bytes > size - *offset)
		return fail(p, "%.60s: %llu bytes there go past the end of the region (%llu bytes)",
			    text, (unsigned long long)bytes, (unsigned long long)size);
	return 0;
}

/* NAME+OFFSET, ~NAME+OFFSET (a stale handle) or @HANDLE+OFFSET. */
static int operand(struct parser *p, const char *text, struct job_ref *ref, uint64_t *word)
{
	uint64_t offset = 0, handle = 0;
	char literal[32];
	const char *plus;
	int rc;

	ref->kind = *text == '~' ? JOB_STALE : *text == '@' ? JOB_LITERAL : JOB_REGION;
	if (ref->kind != JOB_LITERAL) {
		rc = place(p, text + (ref->kind == JOB_STALE), &ref->region, &offset);
	} else {
		plus = strchr(text, '+');
		snprintf(literal, sizeof(literal), "%.*s", plus ? (int)(plus - text - 1) : 30,
			 text + 1);
		rc = number(p, "handle", literal, 0xffff, &handle);
		if (!rc && plus)
			rc = number(p, "offset", plus + 1, PEAL_FIELD_MASK(PEAL_D_A_OFFSET),
				    &offset);
	}
	*word = handle << PEAL_D_A_REGION_LSB | offset;
	return rc;
}

/* ---- regions, queues ---------------- */

static int region_word(struct parser *p, struct job_region *r, const char *word, bool alias)
{
	const char *value;
	uint64_t n;
	int rc;

	if (!strcmp(word, "r") || !strcmp(word, "w") || !strcmp(word, "rw")) {
		r->access = (strchr(word, 'r') ? PEAL_ACCESS_READ : 0) |
			    (strchr(word, 'w') ? PEAL_ACCESS_WRITE : 0);
		return 0;
	}
	if ((value = value_of(word, "tenant"))) {
		rc = number(p, "tenant", value, UINT16_MAX, &n);
		r->tenant = (uint16_t)n;
		return rc;
	}
	if ((value = value_of(word, "skew")) && !alias) {
		rc = number(p, "skew", value, 4095, &n);
		r->skew = (uint16_t)n;
		return rc;
	}
	if ((value = value_of(word, "place")) && !alias) {
		r->place = strcmp(value, "device") ? PEAL_PLACE_HOST : PEAL_PLACE_DEVICE;
		return r->place || !strcmp(value, "host")
			       ? 0
			       : fail(p, "place: '%.60s' is neither host nor device", value);
	}
	if ((value = value_of(word, "seed")) && !alias) {
		r->seeded = true;
		return number(p, "seed", value, UINT64_MAX, &r->seed);
	}
	if (!strcmp(word, "zero") && !alias)
		return 0;
	return fail(p, "%s: '%.60s' is not a word of it", alias ? "alias" : "region", word);
}

static int new_region(struct parser *p, struct job_region *r, unsigned from, bool alias)
{
	int rc = all_once(p, from);

	for (unsigned i = from; !rc && i < p->word_count; i++)
		rc = region_word(p, r, p->words[i], alias);
	if (rc)
		return rc;
	return job_add_region(p->job, r) < 0 ? out_of_memory(p) : 0;
}

static int region_name(struct parser *p, struct job_region *r, unsigned words, const char *usage)
{
	if (p->word_count < words)
		return fail(p, "write: %s", usage);
	if (!is_name(p->words[1]))
		return fail(p, "'%.60s' is not a name", p->words[1]);
	if (job_find_region(p->job, p->words[1]) >= 0)
		return fail(p, "there is a region '%.60s' already", p->words[1]);
	if (p->job->desc_count)
		return fail(p, "regions and queues come before the first descriptor");
	strcpy(r->name, p->words[1]);
	r->line = (int)p->line + 1;
	r->access = PEAL_ACCESS_READ | PEAL_ACCESS_WRITE;
	r->parent = -1;
	return 0;
}

static int st_region(struct parser *p)
{
	struct job_region r = { 0 };
	int rc = region_name(p, &r, 3,
			     "region NAME BYTES [r|w|rw] [tenant=N] [skew=N] [zero|seed=N] "
			     "[place=host|device]");

	if (!rc)
		rc = number(p, "bytes", p->words[2], JOB_REGION_MAX, &r.bytes);
	if (!rc && !r.bytes)
		rc = fail(p, "a region has at least one byte");
	return rc ? rc : new_region(p, &r, 3, false);
}

static int st_alias(struct parser *p)
{
	const char *usage = "alias NAME of REGION+OFFSET BYTES [r|w|rw] [tenant=N]";
	struct job_region r = { 0 }, *parent;
	int rc = region_name(p, &r, 5, usage), of;

	if (!rc && strcmp(p->words[2], "of"))
		rc = fail(p, "write: %s", usage);
	if (!rc)
		rc = number(p, "bytes", p->words[4], JOB_REGION_MAX, &r.bytes);
	if (!rc && !r.bytes)
		rc = fail(p, "a region has at least one byte");
	if (!rc)
		rc = host_place(p, p->words[3], r.bytes, &of, &r.offset);
	if (rc)
		return rc;
	parent = &p->job->regions[of];
	r.parent = parent->parent < 0 ? of : parent->parent;
	r.offset += parent->parent < 0 ? 0 : parent->offset;
	r.tenant = parent->tenant;
	return new_region(p, &r, 5, true);
}

/* Slots of a ring as a power of two. */
static int ring_log2(struct parser *p, const char *what, const char *text, uint8_t *log2)
{
	uint64_t slots;
	int rc = number(p, what, text, UINT64_C(1) << PEAL_RING_LOG2_MAX, &slots);

	if (rc)
		return rc;
	for (*log2 = PEAL_RING_LOG2_MIN; *log2 <= PEAL_RING_LOG2_MAX; (*log2)++)
		if (slots == UINT64_C(1) << *log2)
			return 0;
	return fail(p, "%s: a ring has a power of two from 2 to 32768 slots, not %.60s", what,
		    text);
}

/* Words that stand alone. */
static bool queue_mode(struct job_queue *q, const char *word)
{
	const struct {
		const char *word;
		bool *mode;
	} modes[] = {
		{ "crc", &q->require_crc },
		{ "matched", &q->matched },
		{ "fences", &q->fences },
		{ "suppress", &q->suppress },
	};

	for (unsigned i = 0; i < JOB_COUNT(modes); i++)
		if (!strcmp(word, modes[i].word))
			return *modes[i].mode = true;
	return false;
}

static int queue_order(struct parser *p, struct job_queue *q, const char *text)
{
	for (uint8_t order = 0; order <= PEAL_ORDER_NONE; order++)
		if (!strcmp(text, job_order_names[order])) {
			q->order = order;
			return 0;
		}
	return fail(p, "order: '%.60s' is none of fifo, actor and none", text);
}

static int queue_word(struct parser *p, struct job_queue *q, const char *word)
{
	const char *value;
	uint64_t n = 0;
	int rc;

	if (queue_mode(q, word))
		return 0;
	if ((value = value_of(word, "order")))
		return queue_order(p, q, value);
	if ((value = value_of(word, "depth")))
		return ring_log2(p, "depth", value, &q->sq_log2);
	if ((value = value_of(word, "cq")))
		return ring_log2(p, "cq", value, &q->cq_log2);
	if ((value = value_of(word, "tenant"))) {
		rc = number(p, "tenant", value, UINT16_MAX, &n);
		q->tenant = (uint16_t)n;
	} else if ((value = value_of(word, "start"))) {
		rc = number(p, "start", value, UINT32_MAX, &n);
		q->sq_start = (uint32_t)n;
	} else if ((value = value_of(word, "cqstart"))) {
		rc = number(p, "cqstart", value, UINT32_MAX, &n);
		q->cq_start = (uint32_t)n;
	} else {
		rc = fail(p, "queue: '%.60s' is not a word of it", word);
	}
	return rc;
}

static int queue_states_grow(struct parser *p)
{
	size_t n = p->job->queue_count;
	uint8_t *state = realloc(p->queue_state, n * sizeof(*state));
	int *line;

	if (!state)
		return out_of_memory(p);
	p->queue_state = state;
	line = realloc(p->queue_line, n * sizeof(*line));
	if (!line)
		return out_of_memory(p);
	p->queue_line = line;
	state[n - 1] = PEAL_Q_ENABLED;
	line[n - 1] = (int)p->line + 1;
	return 0;
}

static int st_queue(struct parser *p)
{
	struct job_queue q = { .sq_log2 = 6, .line = (int)p->line + 1 };
	int rc;

	if (p->word_count < 2)
		return fail(p, "write: queue NAME [depth=N] [cq=N] [order=fifo|actor|none] "
			       "[matched] [fences] [suppress] [crc] [tenant=N] [start=N] "
			       "[cqstart=N]");
	if (!is_name(p->words[1]))
		return fail(p, "'%.60s' is not a name", p->words[1]);
	if (job_find_queue(p->job, p->words[1]) >= 0)
		return fail(p, "there is a queue '%.60s' already", p->words[1]);
	if (p->job->desc_count)
		return fail(p, "regions and queues come before the first descriptor");
	strcpy(q.name, p->words[1]);
	rc = all_once(p, 2);
	for (unsigned i = 2; !rc && i < p->word_count; i++)
		rc = queue_word(p, &q, p->words[i]);
	if (rc)
		return rc;
	if (!q.cq_log2)
		q.cq_log2 = q.sq_log2;
	if (q.matched && q.cq_log2 != q.sq_log2)
		return fail(p, "matched: the rings of '%s' must be of equal size", q.name);
	return job_add_queue(p->job, &q) < 0 ? out_of_memory(p) : queue_states_grow(p);
}

/* ---- what the host does ---------------- */

static int add_write(struct parser *p, int region, uint64_t offset, const void *data,
		     uint64_t bytes)
{
	return job_add_write(p->job, (uint32_t)region, offset, data, bytes, (int)p->line + 1) < 0
		       ? out_of_memory(p)
		       : 0;
}

static int st_record(struct parser *p)
{
	struct peal_record record;
	uint64_t offset, max = 0, boundary = 0;
	int region, rc;

	if (p->word_count < 3)
		return fail(p, "write: record REGION+OFFSET max=N [boundary=N]");
	rc = host_place(p, p->words[1], sizeof(record), &region, &offset);
	if (!rc)
		rc = all_once(p, 2);
	for (unsigned i = 2; !rc && i < p->word_count; i++) {
		const char *value;

		if ((value = value_of(p->words[i], "max")))
			rc = number(p, "max", value, UINT32_MAX, &max);
		else if ((value = value_of(p->words[i], "boundary")))
			rc = number(p, "boundary", value, UINT32_MAX, &boundary);
		else
			rc = fail(p, "record: '%.60s' is not a word of it", p->words[i]);
	}
	if (rc)
		return rc;
	job_record_init(&record, (uint32_t)max, (uint32_t)boundary);
	return add_write(p, region, offset, &record, sizeof(record));
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static int st_bytes(struct parser *p)
{
	uint64_t offset;
	uint8_t *data;
	size_t digits = 0, at = 0;
	int region, rc;

	if (p->word_count < 3)
		return fail(p, "write: bytes REGION+OFFSET HEX...");
	for (unsigned i = 2; i < p->word_count; i++) {
		if (strspn(p->words[i], "0123456789abcdefABCDEF") != strlen(p->words[i]) ||
		    strlen(p->words[i]) % 2)
			return fail(p, "'%.60s' is not pairs of hex digits", p->words[i]);
		digits += strlen(p->words[i]);
	}
	rc = host_place(p, p->words[1], digits / 2, &region, &offset);
	if (rc)
		return rc;
	data = malloc(digits / 2 + 1);
	if (!data)
		return out_of_memory(p);
	for (unsigned i = 2; i < p->word_count; i++)
		for (const char *c = p->words[i]; *c; c += 2)
			data[at++] = (uint8_t)(hex_digit(c[0]) << 4 | hex_digit(c[1]));
	rc = add_write(p, region, offset, data, at);
	free(data);
	return rc;
}

static int st_free(struct parser *p)
{
	uint64_t offset;
	int region, rc, step;

	if (p->word_count != 2)
		return fail(p, "write: free REGION+OFFSET");
	rc = host_place(p, p->words[1], PEAL_RECORD_BYTES, &region, &offset);
	if (rc)
		return rc;
	step = job_add_step(p->job, JOB_FREE, (uint32_t)region, (int)p->line + 1);
	if (step < 0)
		return out_of_memory(p);
	p->job->steps[step].offset = offset;
	return 0;
}

static int st_wait(struct parser *p)
{
	if (p->word_count != 1)
		return fail(p, "wait stands alone");
	return job_add_step(p->job, JOB_WAIT, 0, (int)p->line + 1) < 0 ? out_of_memory(p) : 0;
}

static int queue_action(struct parser *p, enum job_step_kind kind, unsigned legal, uint8_t next)
{
	int q;

	if (p->word_count != 2)
		return fail(p, "write: %s QUEUE", p->words[0]);
	q = job_find_queue(p->job, p->words[1]);
	if (q < 0)
		return fail(p, "no queue '%.60s'", p->words[1]);
	if (!(legal >> p->queue_state[q] & 1))
		return fail(p, "%s: queue '%s' is %s since line %d", p->words[0], p->words[1],
			    peal_queue_state_name(p->queue_state[q]), p->queue_line[q]);
	p->queue_state[q] = next;
	p->queue_line[q] = (int)p->line + 1;
	return job_add_step(p->job, kind, (uint32_t)q, (int)p->line + 1) < 0 ? out_of_memory(p) : 0;
}

static int st_drain(struct parser *p)
{
	return queue_action(p, JOB_DRAIN,
			    1u << PEAL_Q_ENABLED | 1u << PEAL_Q_DRAINING | 1u << PEAL_Q_DRAINED,
			    PEAL_Q_DRAINED);
}

static int st_enable(struct parser *p)
{
	return queue_action(p, JOB_ENABLE,
			    1u << PEAL_Q_DISABLED | 1u << PEAL_Q_DRAINING | 1u << PEAL_Q_DRAINED,
			    PEAL_Q_ENABLED);
}

static int st_disable(struct parser *p)
{
	return queue_action(p, JOB_DISABLE, ~0u, PEAL_Q_DISABLED);
}

static int st_reset(struct parser *p)
{
	return queue_action(p, JOB_RESET, ~0u, PEAL_Q_DISABLED);
}

/* ABORTED is left by disable and reset only. */
static int st_abort(struct parser *p)
{
	return queue_action(p, JOB_ABORT, ~(1u << PEAL_Q_DISABLED), PEAL_Q_ABORTED);
}

/* ---- descriptors ---------------- */

static int flag_bits(struct parser *p, const char *name, uint64_t *bits)
{
	for (uint32_t bit = 0; bit < PEAL_D_FLAGS_WIDTH; bit++)
		if (!strcasecmp(name, peal_flag_name(bit))) {
			*bits = UINT64_C(1) << bit;
			return 0;
		}
	if (!isdigit((unsigned char)*name))
		return fail(p, "no flag '%.60s'", name);
	return number(p, "flags", name, PEAL_FIELD_MASK(PEAL_D_FLAGS), bits);
}

/* NAME|NAME|0x... */
static int flags(struct parser *p, const char *text, uint64_t w[8])
{
	char *copy = strdup(text), *save = NULL;
	uint64_t bits, all = 0;
	int rc = copy ? 0 : out_of_memory(p);

	for (char *name = copy ? strtok_r(copy, "|", &save) : NULL; name && !rc;
	     name = strtok_r(NULL, "|", &save)) {
		rc = flag_bits(p, name, &bits);
		all |= rc ? 0 : bits;
	}
	free(copy);
	w[0] = (w[0] & ~PEAL_FIELD_PUT(PEAL_D_FLAGS, ~UINT64_C(0))) |
	       PEAL_FIELD_PUT(PEAL_D_FLAGS, all);
	return rc;
}

static const struct job_field *find_field(const char *word, const char **value)
{
	for (unsigned i = 0; i < JOB_COUNT(job_fields); i++)
		if ((*value = value_of(word, job_fields[i].key)))
			return &job_fields[i];
	for (unsigned i = 0; i < JOB_COUNT(job_other_fields); i++)
		if ((*value = value_of(word, job_other_fields[i].key)))
			return &job_other_fields[i];
	return NULL;
}

static int put_field(struct parser *p, const struct job_field *field, const char *text,
		     struct job_desc *d)
{
	uint64_t mask = (UINT64_C(1) << field->width) - 1, value;
	int rc = number(p, field->key, text, mask, &value);

	if (rc)
		return rc;
	if (field->width == 56 && field->word == 2)
		d->a.kind = JOB_LITERAL;
	if (field->width == 56 && field->word == 3)
		d->b.kind = JOB_LITERAL;
	d->w[field->word] &= ~(mask << field->lsb);
	d->w[field->word] |= value << field->lsb;
	return 0;
}

static int desc_word(struct parser *p, struct job_desc *d, const char *word)
{
	const struct job_field *field;
	const char *value;

	if ((value = value_of(word, "a")))
		return operand(p, value, &d->a, &d->w[2]);
	if ((value = value_of(word, "b")))
		return operand(p, value, &d->b, &d->w[3]);
	if ((value = value_of(word, "flags")))
		return flags(p, value, d->w);
	field = find_field(word, &value);
	if (field)
		return put_field(p, field, value, d);
	if (strcmp(word, "finish"))
		return fail(p, "'%.60s' is not a field of a descriptor", word);
	d->w[5] |= 1;
	return 0;
}

/* Does the line give what its operation needs? */
static int desc_complete(struct parser *p, uint32_t opcode)
{
	static const struct {
		char need;
		const char *keys[4];
	} given[] = { { 'a', { "a", "w2" } },
		      { 'b', { "b", "w3" } },
		      { 'l', { "len", "w4" } },
		      { 't', { "tokens", "arg0", "w5" } } };

	for (unsigned n = 0; n < JOB_COUNT(given); n++) {
		bool found = !strchr(job_needs(opcode), given[n].need);

		for (unsigned i = 2; i < p->word_count && !found; i++)
			for (unsigned k = 0; given[n].keys[k] && !found; k++)
				found = value_of(p->words[i], given[n].keys[k]);
		if (!found)
			return fail(p, "%s needs %s=", p->words[0], given[n].keys[0]);
	}
	return 0;
}

/* A STOP that passes its checks: nothing may come behind it. */
static void note_stop(struct parser *p, const struct job_desc *d)
{
	struct job_access access;
	uint64_t w[PEAL_DESC_WORDS];

	if (PEAL_FIELD_GET(d->w, PEAL_D_OPCODE) != PEAL_OP_STOP || d->a.kind != JOB_LITERAL ||
	    d->b.kind != JOB_LITERAL)
		return;
	job_resolve(NULL, d, w);
	job_access(NULL, 0, &p->job->queues[d->queue], w, &access);
	if (access.status != PEAL_ST_OK)
		return;
	p->queue_state[d->queue] = PEAL_Q_DRAINING;
	p->queue_line[d->queue] = (int)p->line + 1;
}

static int desc_queue(struct parser *p, struct job_desc *d)
{
	if (p->word_count < 2)
		return fail(p, "write: %s QUEUE FIELD=VALUE...", p->words[0]);
	d->queue = job_find_queue(p->job, p->words[1]);
	if (d->queue < 0)
		return fail(p, "no queue '%.60s'", p->words[1]);
	if (p->queue_state[d->queue] != PEAL_Q_ENABLED)
		return fail(p, "queue '%s' is %s since line %d: enable it first", p->words[1],
			    peal_queue_state_name(p->queue_state[d->queue]),
			    p->queue_line[d->queue]);
	if (p->job->desc_count >= MAX_DESCS)
		return fail(p, "more than %u descriptors", MAX_DESCS);
	return 0;
}

static int st_desc(struct parser *p, uint32_t opcode, bool raw)
{
	struct job_desc d = { .line = (int)p->line + 1 };
	int rc = desc_queue(p, &d);

	if (!rc && !raw)
		rc = desc_complete(p, opcode);
	d.w[0] = opcode;
	d.w[1] = p->job->desc_count;
	for (unsigned i = 2; !rc && i < p->word_count; i++)
		rc = desc_word(p, &d, p->words[i]);
	if (!rc && job_add_desc(p->job, &d) < 0)
		rc = out_of_memory(p);
	if (!rc)
		note_stop(p, &d);
	return rc;
}

/* ---- lines ---------------- */

static int run_lines(struct parser *p, unsigned end);

static unsigned find_end(const struct parser *p)
{
	unsigned line = p->line + 1;
	char word[8];

	while (line < p->line_count &&
	       !(sscanf(p->lines[line], " %7s", word) == 1 && !strcmp(word, "end")))
		line++;
	return line;
}

static int st_repeat(struct parser *p)
{
	unsigned begin = p->line, end = find_end(p);
	uint64_t rounds;
	int rc;

	if (p->repeating)
		return fail(p, "a repeat inside a repeat");
	if (p->word_count != 2)
		return fail(p, "write: repeat N, lines, end");
	rc = number(p, "repeat", p->words[1], MAX_REPEAT, &rounds);
	if (!rc && end == p->line_count)
		rc = fail(p, "repeat without end");
	p->repeating = true;
	for (p->i = 0; !rc && p->i < rounds; p->i++) {
		p->line = begin + 1;
		rc = run_lines(p, end);
	}
	p->repeating = false;
	if (!rc)
		p->line = end;
	return rc;
}

static int st_end(struct parser *p)
{
	return fail(p, "end without repeat");
}

static int statement(struct parser *p)
{
	static const struct {
		const char *name;
		int (*parse)(struct parser *);
	} table[] = {
		{ "region", st_region },   { "alias", st_alias }, { "queue", st_queue },
		{ "record", st_record },   { "bytes", st_bytes }, { "wait", st_wait },
		{ "free", st_free },	   { "drain", st_drain }, { "enable", st_enable },
		{ "disable", st_disable }, { "reset", st_reset }, { "abort", st_abort },
		{ "repeat", st_repeat },   { "end", st_end },
	};
	const char *name = p->words[0];

	for (unsigned i = 0; i < JOB_COUNT(table); i++)
		if (!strcmp(name, table[i].name))
			return table[i].parse(p);
	if (!strcmp(name, "raw"))
		return st_desc(p, 0, true);
	for (uint32_t code = 0; code < 256; code++) {
		const char *op = peal_opcode_name(code);

		if (tolower((unsigned char)*op) == tolower((unsigned char)*name) &&
		    !strcasecmp(name, op))
			return st_desc(p, code, false);
	}
	return fail(p, "'%.60s' is neither a statement nor an operation", name);
}

/* Splits a copy of the line into words; the caller frees it. */
static int split(struct parser *p, char *copy)
{
	char *save = NULL;

	p->word_count = 0;
	copy[strcspn(copy, "#")] = '\0';
	for (char *w = strtok_r(copy, " \t\r\n", &save); w; w = strtok_r(NULL, " \t\r\n", &save)) {
		if (p->word_count == MAX_WORDS)
			return fail(p, "more than %d words", MAX_WORDS);
		p->words[p->word_count++] = w;
	}
	return 0;
}

static int run_lines(struct parser *p, unsigned end)
{
	int rc = 0;

	for (; !rc && p->line < end; p->line++) {
		char *copy = strdup(p->lines[p->line]);

		rc = copy ? split(p, copy) : out_of_memory(p);
		if (!rc && p->word_count)
			rc = statement(p);
		free(copy);
		if (rc)
			break;
	}
	return rc;
}

static int header(struct parser *p)
{
	unsigned version;
	char word[16] = "", more[2] = "#";

	while (p->line < p->line_count && sscanf(p->lines[p->line], " %15s", word) == 1 &&
	       word[0] == '#')
		p->line++;
	if (p->line == p->line_count ||
	    sscanf(p->lines[p->line], " %15s %u %1s", word, &version, more) < 2 ||
	    strcmp(word, "peal-job") || *more != '#') {
		p->line = p->line < p->line_count ? p->line : 0;
		return fail(p, "not a job: the first line must be 'peal-job 1'");
	}
	if (version != 1)
		return fail(p, "job format %u; this peal reads format 1", version);
	p->line++;
	return 0;
}

static int has_nul(struct parser *p, char *line)
{
	free(line);
	p->line = p->line_count;
	return fail(p, "a NUL byte: this is no text");
}

static int read_lines(struct parser *p, FILE *in)
{
	unsigned cap = 0;
	size_t size = 0;
	char *line = NULL;
	ssize_t n;

	while ((n = getline(&line, &size, in)) >= 0) {
		if (strlen(line) != (size_t)n)
			return has_nul(p, line);
		if (p->line_count == cap) {
			char **bigger = realloc(p->lines,
						(cap = cap ? cap * 2 : 64) * sizeof(*bigger));
			if (!bigger)
				break;
			p->lines = bigger;
		}
		p->lines[p->line_count++] = line;
		line = NULL;
		size = 0;
	}
	free(line);
	if (ferror(in)) {
		snprintf(p->error, JOB_TEXT_MAX, "%s: %s", p->job->name, strerror(errno));
		return -EIO;
	}
	return feof(in) ? 0 : out_of_memory(p);
}

static int finish(struct parser *p)
{
	if (p->job->queue_count)
		return 0;
	p->line = p->line_count - 1;
	return fail(p, "a job needs a queue");
}

struct job *job_parse(FILE *in, const char *name, char error[JOB_TEXT_MAX])
{
	struct parser p = { .job = job_new(name), .error = error };
	int rc;

	snprintf(error, JOB_TEXT_MAX, "%s: out of memory", name);
	if (!p.job)
		return NULL;
	rc = read_lines(&p, in);
	if (!rc)
		rc = header(&p);
	if (!rc)
		rc = run_lines(&p, p.line_count);
	if (!rc)
		rc = finish(&p);
	for (unsigned i = 0; i < p.line_count; i++)
		free(p.lines[i]);
	free(p.lines);
	free(p.queue_state);
	free(p.queue_line);
	if (!rc)
		return p.job;
	job_free(p.job);
	return NULL;
}

struct job *job_load(const char *path, char error[JOB_TEXT_MAX])
{
	struct job *job;
	FILE *in;

	if (!strcmp(path, "-"))
		return job_parse(stdin, "-", error);
	in = fopen(path, "r");
	if (!in) {
		snprintf(error, JOB_TEXT_MAX, "%s: %s", *path ? path : "''", strerror(errno));
		return NULL;
	}
	job = job_parse(in, path, error);
	fclose(in);
	return job;
}
