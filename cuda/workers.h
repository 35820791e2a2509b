/* SPDX-License-Identifier: MIT */
/*
 * workers.h - the kernel as the host side launches it.
 */
#ifndef PEAL_CUDA_WORKERS_H
#define PEAL_CUDA_WORKERS_H

#include <cuda_runtime_api.h>

#include "protocol.h"

/* Blocks that a launch needs: all must be resident, or they wait for each other for ever. */
unsigned workers_blocks(unsigned queues);
/* Warps of so many blocks of movers, which may be what else is resident. */
unsigned workers_movers(unsigned blocks);
/* How many are resident at once on this GPU; before the first launch there. */
cudaError_t workers_resident(int gpu, unsigned *blocks);
cudaError_t workers_launch(unsigned queues, unsigned movers, struct cuda_state *all, struct cuda_page *page,
			   cudaStream_t stream);

#endif
