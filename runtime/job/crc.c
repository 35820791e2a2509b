/* SPDX-License-Identifier: MIT */
/*
 * crc.c - CRC32C a second time, so that data is checked by something that
 * shares no code with libpeal or a device: ISA-L's where the build has it,
 * else one bit at a time.
 */
#include "job.h"

#ifdef PEAL_HAVE_ISAL
#include <isa-l/crc.h>

#define PIECE (UINT64_C(1) << 30)

uint32_t job_crc32c(uint32_t seed, const void *data, uint64_t bytes)
{
	unsigned char *at = (unsigned char *)(uintptr_t)data;
	uint32_t crc = ~seed;

	while (bytes) {
		uint64_t piece = bytes < PIECE ? bytes : PIECE;

		crc = crc32_iscsi(at, (int)piece, crc);
		at += piece;
		bytes -= piece;
	}
	return ~crc;
}

const char *job_crc32c_source(void)
{
	return "ISA-L crc32_iscsi";
}

#else

uint32_t job_crc32c(uint32_t seed, const void *data, uint64_t bytes)
{
	const uint8_t *at = data;
	uint32_t crc = ~seed;

	for (uint64_t i = 0; i < bytes; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (PEAL_CRC32C_POLY & -(crc & 1));
	}
	return ~crc;
}

const char *job_crc32c_source(void)
{
	return "bitwise CRC32C";
}

#endif
