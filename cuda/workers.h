/* SPDX-License-Identifier: MIT */
/*
 * workers.h - the kernel as the host side launches it.
 */
#ifndef PEAL_CUDA_WORKERS_H
#define PEAL_CUDA_WORKERS_H

#include <cuda_runtime_api.h>

#include "protocol.h"

/* Blocks of a launch: all must be resident, or they wait for each other for ever. */
unsigned workers_blocks(unsigned queues);
/* How many are resident at once on this GPU. */
cudaError_t workers_resident(int gpu, unsigned *blocks);
cudaError_t workers_launch(unsigned queues, struct cuda_state *all, struct cuda_page *page,
			   cudaStream_t stream);

#endif
