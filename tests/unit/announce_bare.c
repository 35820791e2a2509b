/* SPDX-License-Identifier: MIT */
/* announce_bare.c - a publication without the fence, for test_suppress.c. */
#define PEAL_ANNOUNCE_FENCE() peal_compiler_barrier()
#include "announce_path.h"

const announce_fn announce_bare = peal_announce;
