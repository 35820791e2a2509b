/* SPDX-License-Identifier: MIT */
/*
 * gpu_memory.h - memory of the GPU for regions: an arena that is taken at open, so that
 * nothing must be asked of CUDA while the kernel runs, and what does not fit there.
 *
 * Bytes go to and fro by copy engines, on a stream of their own, through pinned memory:
 * no kernel is launched for them, which would wait for a place beside the one that runs,
 * and none of it waits without a bound.
 */
#ifndef PEAL_CUDA_GPU_MEMORY_H
#define PEAL_CUDA_GPU_MEMORY_H

#include <cuda_runtime_api.h>

#include <cstdint>
#include <vector>

#include "arena.h"

class GpuMemory
{
      public:
	GpuMemory() = default;
	GpuMemory(const GpuMemory &) = delete;
	GpuMemory &operator=(const GpuMemory &) = delete;

	// Before the first launch; `arena` may be 0.
	cudaError_t Open(uint64_t arena);
	// When no kernel runs any more.
	void Close();

	// Zeroed, on a page boundary. False: the arena has no room.
	bool Take(uint64_t bytes, uint64_t *address);
	// True: it was the arena's.
	bool Give(uint64_t address);
	// The same from CUDA itself, while no kernel runs.
	cudaError_t Malloc(uint64_t bytes, uint64_t *address);
	cudaError_t Free(uint64_t address);

	cudaError_t Zero(uint64_t address, uint64_t bytes);
	cudaError_t Write(uint64_t address, const void *from, uint64_t bytes);
	cudaError_t Read(void *to, uint64_t address, uint64_t bytes);

      private:
	cudaError_t Copy(void *to, const void *from, uint64_t bytes);

	cudaStream_t stream_ = nullptr;
	uint8_t *stage_ = nullptr; // pinned: zeros, then bytes on their way
	void *base_ = nullptr;
	arena arena_{};
	std::vector<uint64_t> others_; // not of the arena
};

#endif
