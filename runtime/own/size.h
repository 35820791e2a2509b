/* SPDX-License-Identifier: MIT */
/* size.h - a number of bytes in a parameter: decimal, with K, M or G if you like. */
#ifndef PEAL_SIZE_H
#define PEAL_SIZE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline bool peal_size(const char *text, uint64_t *bytes)
{
	const char *units = "KMG", *unit;
	unsigned long long n;
	char *end;
	int shift;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	shift = unit ? 10 * (int)(unit - units + 1) : 0;
	if ((*end && !unit) || (unit && end[1]) || n > UINT64_MAX >> shift)
		return false;
	*bytes = (uint64_t)n << shift;
	return true;
}

#endif
