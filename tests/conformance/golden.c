/* SPDX-License-Identifier: MIT */
/*
 * golden.c - runs the golden vectors on a device, one at a time, word for word.
 *
 *	golden [-p PARAMS] [-v] DEVICE GOLDEN.TSV
 *
 * Before each vector all memory is as the file says. Then the descriptor's
 * eight words go into the ring as they stand in the file; the two completion
 * words must come back as they stand there; what the vector writes is compared,
 * put back, and after that no byte of any region may differ. Prints a line for
 * each vector (with -v; else only those that fail). Exit 0, 1, or 77.
 */
#include <unistd.h>

#include "raw.h"

#define MAX_FIELDS 20
#define MAX_ROWS 4096
#define MAX_PLACES 32
#define MAX_QUEUES 8
#define RECORD_WORDS 9

struct row {
	unsigned n;
	char *f[MAX_FIELDS];
};

struct place {
	const char *name;
	struct peal_region *region;
	uint8_t *initial; /* NULL for an alias */
	uint8_t *now;	  /* what a vector left there */
};

struct record {
	const char *name;
	struct place *place;
	uint64_t offset;
};

struct queue {
	const char *name;
	struct raw_queue raw;
	uint32_t vectors;
};

static struct row rows[MAX_ROWS];
static struct place places[MAX_PLACES];
static struct record records[MAX_ROWS];
static struct queue queues[MAX_QUEUES];
static unsigned row_count, place_count, record_count, queue_count;
static struct peal_device *dev;
static bool verbose, in_device; /* regions are in the device's own memory */

static void die(const char *what, const char *name)
{
	printf("# %s: %s\n", name, what);
	exit(1);
}

static uint64_t number(const char *s)
{
	return strtoull(s, NULL, 0);
}

static uint64_t word(const char *s)
{
	return strtoull(s, NULL, 16);
}

static bool is(const struct row *r, const char *kind, unsigned fields)
{
	if (strcmp(r->f[0], kind))
		return false;
	if (r->n < fields)
		die("too few columns", kind);
	return true;
}

static void split(char *line, struct row *r)
{
	line[strcspn(line, "\n")] = 0;
	for (r->n = 0; line && r->n < MAX_FIELDS; r->n++)
		r->f[r->n] = strsep(&line, "\t");
}

static void load(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		die(strerror(errno), path);
	while (getline(&line, &size, f) > 0) {
		if (*line == '#')
			continue;
		if (row_count == MAX_ROWS)
			die("too many lines", path);
		split(line, &rows[row_count++]);
		line = NULL;
	}
	free(line);
	fclose(f);
}

static struct place *place_of(const char *name)
{
	for (unsigned i = 0; i < place_count; i++)
		if (!strcmp(places[i].name, name))
			return &places[i];
	die("no such region", name);
	return NULL;
}

static struct queue *queue_of(const char *name)
{
	for (unsigned i = 0; i < queue_count; i++)
		if (!strcmp(queues[i].name, name))
			return &queues[i];
	die("no such queue", name);
	return NULL;
}

/* A bitwise CRC32C of its own: the vectors check libpeal's too. */
static uint32_t crc32c(const uint8_t *data, size_t n)
{
	uint32_t crc = UINT32_MAX;

	while (n--) {
		crc ^= *data++;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? PEAL_CRC32C_POLY : 0);
	}
	return ~crc;
}

static uint32_t access_of(const char *s)
{
	return (strchr(s, 'R') ? PEAL_ACCESS_READ : 0) | (strchr(s, 'W') ? PEAL_ACCESS_WRITE : 0);
}

static void check_handle(const struct row *r, int err, struct peal_region *const *region)
{
	if (err < 0)
		die(peal_error(dev), r->f[1]);
	if (peal_region_handle(*region) != number(r->f[2]))
		die("has another handle than the vectors say", r->f[1]);
}

static void add_region(const struct row *r)
{
	struct place *p = &places[place_count++];
	uint64_t bytes = number(r->f[3]), seed = number(r->f[7]);
	struct peal_region_opts opts = { .bytes = bytes,
					 .access = access_of(r->f[4]),
					 .tenant = (uint16_t)number(r->f[5]),
					 .bus_skew = (uint16_t)number(r->f[6]),
					 .place = in_device ? PEAL_PLACE_DEVICE : PEAL_PLACE_HOST };

	check_handle(r, peal_region_alloc(dev, &opts, &p->region), &p->region);
	p->name = r->f[1];
	p->initial = malloc(bytes);
	p->now = malloc(bytes);
	if (!p->initial || !p->now)
		die("out of memory", p->name);
	for (uint64_t j = 0; j < bytes; j++)
		p->initial[j] = (uint8_t)(131 * j + 17 * (j >> 8) + seed);
}

static void add_alias(const struct row *r)
{
	struct place *p = &places[place_count++];
	struct peal_region_opts opts = { .bytes = number(r->f[5]),
					 .access = access_of(r->f[6]),
					 .tenant = (uint16_t)number(r->f[7]) };

	p->name = r->f[1];
	check_handle(
		r, peal_region_alias(place_of(r->f[3])->region, number(r->f[4]), &opts, &p->region),
		&p->region);
}

/* Its handle was good once; the entry may be somebody else's by now. */
static void add_gone(const struct row *r)
{
	struct peal_region_opts opts = { .bytes = number(r->f[3]),
					 .tenant = (uint16_t)number(r->f[4]) };
	struct peal_region *region = NULL;

	check_handle(r, peal_region_alloc(dev, &opts, &region), &region);
	if (peal_region_unmap(region))
		die(peal_error(dev), r->f[1]);
}

static void add_bytes(const struct row *r)
{
	uint8_t *at = place_of(r->f[1])->initial + number(r->f[2]);

	for (const char *hex = r->f[3]; hex[0] && hex[1]; hex += 2) {
		char pair[3] = { hex[0], hex[1], 0 };

		*at++ = (uint8_t)word(pair);
	}
}

static void put_words(uint8_t *at, char *const *words)
{
	for (unsigned i = 0; i < RECORD_WORDS; i++) {
		uint32_t v = (uint32_t)number(words[i]);

		for (unsigned b = 0; b < 4; b++)
			at[4 * i + b] = (uint8_t)(v >> 8 * b);
	}
}

static void add_record(const struct row *r)
{
	struct record *rec = &records[record_count++];

	*rec = (struct record){ r->f[1], place_of(r->f[2]), number(r->f[3]) };
	put_words(rec->place->initial + rec->offset, &r->f[4]);
}

static void add_queue(const struct row *r)
{
	struct queue *q = &queues[queue_count];
	struct raw_opts opts = { .id = queue_count,
				 .sq_log2 = (unsigned)number(r->f[2]),
				 .cq_log2 = (unsigned)number(r->f[3]),
				 .sq_start = (uint32_t)number(r->f[4]),
				 .cq_start = (uint32_t)number(r->f[5]),
				 .tenant = (uint16_t)number(r->f[6]),
				 .mode = (uint32_t)number(r->f[7]) };

	q->name = r->f[1];
	queue_count++;
	if (raw_create(dev, &opts, &q->raw) < 0)
		die(peal_error(dev), q->name);
	if (raw_code(raw_command(dev, opts.id, PEAL_CMD_ENABLE)) != PEAL_CMDCODE_OK)
		die("ENABLE was refused", q->name);
}

static void build(const struct row *r)
{
	if (place_count == MAX_PLACES || queue_count == MAX_QUEUES)
		die("too many", r->f[0]);
	if (is(r, "region", 8))
		add_region(r);
	else if (is(r, "alias", 8))
		add_alias(r);
	else if (is(r, "gone", 5))
		add_gone(r);
	else if (is(r, "bytes", 4))
		add_bytes(r);
	else if (is(r, "record", 4 + RECORD_WORDS))
		add_record(r);
	else if (is(r, "queue", 8))
		add_queue(r);
	else if (is(r, "contract", 2) && word(r->f[1]) != PEAL_CONTRACT_HASH)
		die("the vectors are of another contract", r->f[1]);
}

static void reset_memory(void)
{
	for (unsigned i = 0; i < place_count; i++)
		if (places[i].initial &&
		    peal_region_write(places[i].region, 0, places[i].initial,
				      peal_region_bytes(places[i].region)))
			die(peal_error(dev), places[i].name);
}

static void take_memory(void)
{
	for (unsigned i = 0; i < place_count; i++)
		if (places[i].initial &&
		    peal_region_read(places[i].region, 0, places[i].now,
				     peal_region_bytes(places[i].region)))
			die(peal_error(dev), places[i].name);
}

/* The range's sum; then the range is put back as it was. */
static bool check_writes(const struct row *r)
{
	struct place *p = place_of(r->f[1]);
	uint64_t offset = number(r->f[2]), bytes = number(r->f[3]);
	uint8_t *at = p->now + offset;
	uint32_t crc = crc32c(at, bytes);

	memcpy(at, p->initial + offset, bytes);
	if (crc == number(r->f[4]))
		return true;
	printf("# %s + %s, %s bytes: crc32c 0x%08x, expected %s\n", r->f[1], r->f[2], r->f[3], crc,
	       r->f[4]);
	return false;
}

static struct record *record_of(const char *name)
{
	for (unsigned i = 0; i < record_count; i++)
		if (!strcmp(records[i].name, name))
			return &records[i];
	die("no such record", name);
	return NULL;
}

/* The record's words; then the record is put back as it was. */
static bool check_after(const struct row *r)
{
	struct record *rec = record_of(r->f[1]);
	uint8_t want[4 * RECORD_WORDS];
	uint8_t *at = rec->place->now + rec->offset;
	bool same;

	put_words(want, &r->f[2]);
	same = !memcmp(at, want, sizeof want);
	for (unsigned i = 0; !same && i < RECORD_WORDS; i++)
		printf("# %s word %u: 0x%02x%02x%02x%02x, expected %s\n", r->f[1], i, at[4 * i + 3],
		       at[4 * i + 2], at[4 * i + 1], at[4 * i], r->f[2 + i]);
	memcpy(at, rec->place->initial + rec->offset, sizeof want);
	return same;
}

static bool check_untouched(void)
{
	bool good = true;

	for (unsigned i = 0; i < place_count; i++) {
		const struct place *p = &places[i];
		const uint8_t *now = p->now;
		uint64_t j, n = peal_region_bytes(p->region);

		for (j = 0; p->initial && j < n && now[j] == p->initial[j]; j++)
			;
		if (!p->initial || j == n)
			continue;
		printf("# %s + 0x%llx changed from 0x%02x to 0x%02x\n", p->name,
		       (unsigned long long)j, p->initial[j], now[j]);
		good = false;
	}
	return good;
}

/* The effects in the rows behind a vector, then everything else. */
static bool check_memory(unsigned r)
{
	bool good = true;

	take_memory();
	for (; r < row_count; r++) {
		if (is(&rows[r], "writes", 5))
			good &= check_writes(&rows[r]);
		else if (is(&rows[r], "after", 2 + RECORD_WORDS))
			good &= check_after(&rows[r]);
		else
			break;
	}
	return check_untouched() && good;
}

static bool check_completion(const struct row *r, const uint64_t got[2])
{
	uint64_t want[2] = { word(r->f[15]), word(r->f[16]) };

	if (got[0] == want[0] && got[1] == want[1])
		return true;
	printf("# completion %016llx %016llx (%s), expected %016llx %016llx (%s)\n",
	       (unsigned long long)got[0], (unsigned long long)got[1],
	       peal_status_name((uint32_t)PEAL_FIELD_GET(got, PEAL_C_STATUS)),
	       (unsigned long long)want[0], (unsigned long long)want[1], r->f[13]);
	return false;
}

/* Runs the vector of row i. */
static bool run(unsigned i)
{
	const struct row *r = &rows[i];
	struct queue *q = queue_of(r->f[2]);
	uint64_t words[PEAL_DESC_WORDS], got[PEAL_COMP_WORDS];
	bool good;

	if (q->raw.sq_tail != number(r->f[3]) || q->raw.cq_head != number(r->f[4]))
		die("the indices are out of step", r->f[1]);
	reset_memory();
	for (unsigned w = 0; w < PEAL_DESC_WORDS; w++)
		words[w] = word(r->f[5 + w]);
	raw_store(raw_sq_slot(&q->raw, q->raw.sq_tail), words, PEAL_DESC_WORDS);
	raw_doorbell(&q->raw, ++q->raw.sq_tail);
	q->vectors++;
	if (!raw_pop(&q->raw, got))
		die("no completion came", r->f[1]);
	good = check_completion(r, got);
	return check_memory(i + 1) && good;
}

/* Each queue ended with a STOP: it must have drained, and have counted right. */
static bool finish(struct queue *q)
{
	bool good = raw_settle(dev) && raw_get(&q->raw, PEAL_QREG_STATE) == PEAL_Q_DRAINED &&
		    raw_get(&q->raw, PEAL_QREG_N_ACCEPTED) == q->vectors &&
		    raw_get(&q->raw, PEAL_QREG_N_COMPLETED) == q->vectors &&
		    raw_get(&q->raw, PEAL_QREG_N_IN_FLIGHT) == 0 &&
		    raw_get(&q->raw, PEAL_QREG_SQ_HEAD) == q->raw.sq_tail;

	if (!good)
		printf("# queue %s: state %s, %u accepted, %u completed of %u\n", q->name,
		       peal_queue_state_name(raw_get(&q->raw, PEAL_QREG_STATE)),
		       raw_get(&q->raw, PEAL_QREG_N_ACCEPTED),
		       raw_get(&q->raw, PEAL_QREG_N_COMPLETED), q->vectors);
	return raw_destroy(&q->raw) && good;
}

static void run_all(void)
{
	char name[160];

	for (unsigned i = 0; i < row_count; i++) {
		bool good;

		if (!is(&rows[i], "vector", 17))
			continue;
		good = run(i);
		if (!good || verbose)
			raw_case(rows[i].f[1], good);
		else
			raw_passed++;
	}
	for (unsigned i = 0; i < queue_count; i++) {
		snprintf(name, sizeof name, "queue %s drained behind its STOP", queues[i].name);
		raw_case(name, finish(&queues[i]));
	}
}

int main(int argc, char **argv)
{
	const char *params = NULL;
	struct peal_device_info info;
	int opt;

	while ((opt = getopt(argc, argv, "p:vd")) != -1) {
		if (opt == 'p')
			params = optarg;
		else if (opt == 'd')
			in_device = true;
		else if (opt == 'v')
			verbose = true;
		else
			return 2;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: golden [-p PARAMS] [-v] [-d] DEVICE GOLDEN.TSV\n");
		return 2;
	}
	load(argv[optind + 1]);
	dev = raw_open(argv[optind], params);
	peal_device_info(dev, &info);
	if (in_device && !info.memory) {
		printf("# %s has no memory of its own\n", argv[optind]);
		return 77;
	}
	for (unsigned i = 0; i < row_count; i++)
		build(&rows[i]);
	run_all();
	peal_close(dev);
	return raw_summary();
}
