/* SPDX-License-Identifier: MIT */
/* fuzz_job.c - libFuzzer's entry to job.c, on the reference device. */
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_run run = { .device = "ref" };

	if (fuzz_job(&run, data, size) == FUZZ_BROKEN) {
		fprintf(stderr, "not so: %s\n", run.why);
		abort();
	}
	return 0;
}
