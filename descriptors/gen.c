/* SPDX-License-Identifier: MIT */
/*
 * gen.c - writes one of the files that are generated from contract.def.
 *
 *	gen CONTRACT.DEF c|sv|crc|names|docs|golden > FILE
 *	gen CONTRACT.DEF docs docs/contract.md > FILE
 *
 * With a document, its tables are put in anew between their markers.
 * The tables are compiled in from contract.def; the path is read only for the
 * contract hash. `make generate` runs it, `make check-generated` compares.
 */
#include "gen.h"
#include "../runtime/lib/sha256.h"

#include <string.h>

static const struct {
	const char *name;
	emit_fn emit;
} emitters[] = {
	{ "c", emit_c },       { "sv", emit_sv },	  { "names", emit_names },
	{ "crc", emit_crc },   { "docs", emit_docs },   { "golden", emit_golden },
};

static int hash_file(const char *path, uint64_t *hash)
{
	struct peal_sha256 sha;
	uint8_t buf[4096], digest[32];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		return -1;
	}
	peal_sha256_init(&sha);
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		peal_sha256_update(&sha, buf, n);
	fclose(f);
	peal_sha256_final(&sha, digest);
	*hash = 0;
	for (unsigned i = 0; i < 8; i++)
		*hash = *hash << 8 | digest[i];
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t hash;

	if (argc != 3 && !(argc == 4 && !strcmp(argv[2], "docs"))) {
		fprintf(stderr, "usage: gen CONTRACT.DEF c|sv|crc|names|docs|golden > FILE\n"
				"       gen CONTRACT.DEF docs DOCUMENT > FILE\n");
		return 2;
	}
	if (argc == 4)
		return splice_docs(stdout, argv[3]) || fflush(stdout) ? 1 : 0;
	if (hash_file(argv[1], &hash))
		return 1;
	for (size_t i = 0; i < sizeof emitters / sizeof *emitters; i++)
		if (!strcmp(argv[2], emitters[i].name))
			return emitters[i].emit(stdout, hash) || fflush(stdout) ? 1 : 0;
	fprintf(stderr, "gen: no emitter '%s'\n", argv[2]);
	return 2;
}
