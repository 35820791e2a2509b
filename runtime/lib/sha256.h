/* SPDX-License-Identifier: MIT */
/* sha256.h - SHA-256 (FIPS 180-4), for digests and the contract hash. */
#ifndef PEAL_SHA256_H
#define PEAL_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct peal_sha256 {
	uint32_t state[8];
	uint64_t bytes;
	uint8_t block[64];
};

void peal_sha256_init(struct peal_sha256 *s);
void peal_sha256_update(struct peal_sha256 *s, const void *data, size_t bytes);
void peal_sha256_final(struct peal_sha256 *s, uint8_t digest[32]);

/* Writes 64 hex digits and a NUL. */
void peal_sha256_hex(const uint8_t digest[32], char hex[65]);

#endif
