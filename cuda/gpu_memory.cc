// SPDX-License-Identifier: MIT
//
// gpu_memory.cc - the arena, and copies through pinned memory.

#include "gpu_memory.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace
{

constexpr uint64_t kStage = UINT64_C(1) << 20;		 // of one copy
constexpr auto kCopyWithin = std::chrono::seconds(5); // a MiB

void *Pointer(uint64_t address)
{
	return reinterpret_cast<void *>(address);
}

} // namespace

cudaError_t GpuMemory::Open(uint64_t bytes)
{
	cudaError_t e = cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking);

	if (!e)
		e = cudaHostAlloc(reinterpret_cast<void **>(&stage_), 2 * kStage,
				  cudaHostAllocPortable);
	if (!e)
		memset(stage_, 0, kStage);
	if (!e && bytes)
		e = cudaMalloc(&base_, bytes);
	if (e)
		return e;
	arena_.base = reinterpret_cast<uint64_t>(base_);
	arena_.bytes = base_ ? bytes : 0;
	return cudaSuccess;
}

void GpuMemory::Close()
{
	arena_clear(&arena_);
	for (uint64_t address : others_)
		cudaFree(Pointer(address));
	others_.clear();
	if (base_)
		cudaFree(base_);
	if (stage_)
		cudaFreeHost(stage_);
	if (stream_)
		cudaStreamDestroy(stream_);
	base_ = nullptr;
	stage_ = nullptr;
	stream_ = nullptr;
}

bool GpuMemory::Take(uint64_t bytes, uint64_t *address)
{
	if (arena_take(&arena_, bytes, address))
		return false;
	if (Zero(*address, bytes) == cudaSuccess)
		return true;
	arena_give(&arena_, *address);
	return false;
}

bool GpuMemory::Give(uint64_t address)
{
	return arena_give(&arena_, address);
}

cudaError_t GpuMemory::Malloc(uint64_t bytes, uint64_t *address)
{
	void *p = nullptr;
	cudaError_t e = cudaMalloc(&p, bytes);

	if (e)
		return e;
	*address = reinterpret_cast<uint64_t>(p);
	others_.push_back(*address);
	e = Zero(*address, bytes);
	if (e)
		Free(*address);
	return e;
}

cudaError_t GpuMemory::Free(uint64_t address)
{
	others_.erase(std::remove(others_.begin(), others_.end(), address), others_.end());
	return cudaFree(Pointer(address));
}

// ---- bytes ------------------------------------------------------------------------------

cudaError_t GpuMemory::Copy(void *to, const void *from, uint64_t bytes)
{
	auto deadline = std::chrono::steady_clock::now() + kCopyWithin;
	cudaError_t e = cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_);

	while (!e && (e = cudaStreamQuery(stream_)) == cudaErrorNotReady) {
		if (std::chrono::steady_clock::now() > deadline)
			return cudaErrorTimeout;
		e = cudaSuccess;
		__builtin_ia32_pause();
	}
	return e;
}

cudaError_t GpuMemory::Zero(uint64_t address, uint64_t bytes)
{
	cudaError_t e = cudaSuccess;

	for (uint64_t at = 0; !e && at < bytes; at += kStage)
		e = Copy(Pointer(address + at), stage_, std::min(kStage, bytes - at));
	return e;
}

cudaError_t GpuMemory::Write(uint64_t address, const void *from, uint64_t bytes)
{
	cudaError_t e = cudaSuccess;

	for (uint64_t at = 0, n; !e && at < bytes; at += n) {
		n = std::min(kStage, bytes - at);
		memcpy(stage_ + kStage, static_cast<const char *>(from) + at, n);
		e = Copy(Pointer(address + at), stage_ + kStage, n);
	}
	return e;
}

cudaError_t GpuMemory::Read(void *to, uint64_t address, uint64_t bytes)
{
	cudaError_t e = cudaSuccess;

	for (uint64_t at = 0, n; !e && at < bytes; at += n) {
		n = std::min(kStage, bytes - at);
		e = Copy(stage_ + kStage, Pointer(address + at), n);
		if (!e)
			memcpy(static_cast<char *>(to) + at, stage_ + kStage, n);
	}
	return e;
}
