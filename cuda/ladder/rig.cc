// SPDX-License-Identifier: MIT
//
// rig.cc - the GPU under the ladder: pinned rings, launches, and an end to each kernel.
//
// Everything is allocated before the first launch, modules are loaded eagerly and the stream
// is non-blocking, as a kernel that stays asks for.

#include "ladder.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <cuda_runtime.h>

namespace
{

constexpr auto kEndWithin = std::chrono::seconds(2);

cudaStream_t Stream(const struct rig *rig)
{
	return static_cast<cudaStream_t>(rig->stream);
}

// The GPU is idle: 0. It works on: -ETIME. It is lost: -ENODEV.
int AwaitIdle(struct rig *rig)
{
	auto deadline = std::chrono::steady_clock::now() + kEndWithin;
	cudaError_t e;

	while ((e = cudaStreamQuery(Stream(rig))) == cudaErrorNotReady)
		if (std::chrono::steady_clock::now() > deadline)
			return -ETIME;
	return rig_fail(rig, e, "the GPU's work");
}

// Zeroed pinned memory.
int Pinned(struct rig *rig, void *to, size_t bytes)
{
	void *memory = nullptr;
	int err = rig_fail(rig,
			   cudaHostAlloc(&memory, bytes, cudaHostAllocMapped | cudaHostAllocPortable),
			   "pinned memory");

	if (!err)
		memset(memory, 0, bytes);
	memcpy(to, &memory, sizeof(memory));
	return err;
}

int About(struct rig *rig, int gpu, struct rig_about *about)
{
	cudaDeviceProp properties;
	int err = rig_fail(rig, cudaGetDeviceProperties(&properties, gpu), "properties");

	if (!err)
		err = rig_fail(rig, cudaRuntimeGetVersion(&about->cuda), "version");
	if (!err)
		err = rig_fail(rig,
			       cudaDeviceGetAttribute(&about->clock_khz, cudaDevAttrClockRate, gpu),
			       "clock");
	if (err)
		return err;
	snprintf(about->device, sizeof(about->device), "%s", properties.name);
	about->sms = properties.multiProcessorCount;
	return 0;
}

int Allocate(struct rig *rig, unsigned log2)
{
	cudaStream_t stream = nullptr;
	void *state = nullptr;
	int err = Pinned(rig, &rig->sq, static_cast<size_t>(PEAL_DESC_BYTES) << log2);

	if (!err)
		err = Pinned(rig, &rig->cq, static_cast<size_t>(PEAL_COMP_BYTES) << log2);
	if (!err)
		err = Pinned(rig, &rig->shared, sizeof(*rig->shared));
	if (!err)
		err = rig_fail(rig, cudaMalloc(&state, sizeof(struct rung_state)), "GPU memory");
	if (!err)
		err = rig_fail(rig, cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
			       "stream");
	rig->stream = stream;
	rig->args.state = static_cast<struct rung_state *>(state);
	return err;
}

} // namespace

extern "C" {

int rig_fail(struct rig *rig, int cuda_error, const char *what)
{
	cudaError_t e = static_cast<cudaError_t>(cuda_error);

	if (e == cudaSuccess)
		return 0;
	cudaGetLastError();
	snprintf(rig->why, sizeof(rig->why), "%s: %s", what, cudaGetErrorString(e));
	return e == cudaErrorMemoryAllocation ? -ENOMEM : -ENODEV;
}

int rig_create(struct rig *rig, int gpu, unsigned log2, struct rig_about *about)
{
	int count = 0, err;
	cudaError_t e;

	memset(static_cast<void *>(rig), 0, sizeof(*rig));
	setenv("CUDA_MODULE_LOADING", "EAGER", 1);
	e = cudaGetDeviceCount(&count);
	if (e == cudaErrorNoDevice || e == cudaErrorInsufficientDriver) {
		rig_fail(rig, e, "no GPU here");
		return -EOPNOTSUPP;
	}
	err = rig_fail(rig, e, "looking for GPUs");
	if (!err)
		err = rig_fail(rig, cudaSetDevice(gpu), "choosing the GPU");
	/* Waits of the launching rungs spin, as the host does in the other rungs. */
	if (!err)
		err = rig_fail(rig, cudaSetDeviceFlags(cudaDeviceScheduleSpin), "flags");
	if (!err)
		err = About(rig, gpu, about);
	if (!err)
		err = Allocate(rig, log2);
	rig->args.sq = rig->sq;
	rig->args.cq = rig->cq;
	rig->args.shared = rig->shared;
	rig->args.log2 = log2;
	return err;
}

int rig_begin(struct rig *rig, const struct rung_ops *ops, uint32_t warps, uint64_t lifetime_ns)
{
	int err;

	rig->ops = ops;
	rig->args.warps = warps;
	rig->args.lifetime_ns = lifetime_ns;
	rig->armed = 0;
	rig->own[0] = rig->own[1] = nullptr;
	memset(rig->sq, 0, static_cast<size_t>(PEAL_DESC_BYTES) << rig->args.log2);
	memset(rig->cq, 0, static_cast<size_t>(PEAL_COMP_BYTES) << rig->args.log2);
	memset(static_cast<void *>(rig->shared), 0, sizeof(*rig->shared));
	err = rig_fail(rig,
		       cudaMemsetAsync(rig->args.state, 0, sizeof(struct rung_state), Stream(rig)),
		       "state");
	if (!err)
		err = AwaitIdle(rig);
	return err || !ops->start ? err : ops->start(rig);
}

int rig_end(struct rig *rig, struct rung_state *state)
{
	int err = rig->ops->finish ? rig->ops->finish(rig) : 0, idle = AwaitIdle(rig);

	if (idle == -ETIME) {
		__atomic_store_n(&rig->shared->abandon, 1, __ATOMIC_RELEASE);
		idle = AwaitIdle(rig);
		snprintf(rig->why, sizeof(rig->why),
			 idle == -ETIME ? "the GPU does not come to an end" :
					  "the kernel had to be told to give up");
		err = err ? err : -EIO;
	}
	if (idle)
		return idle;
	/* Nothing runs: this copy waits for itself only. */
	idle = rig_fail(rig,
			cudaMemcpyAsync(state, rig->args.state, sizeof(*state),
					cudaMemcpyDeviceToHost, Stream(rig)),
			"counters");
	if (!idle)
		idle = AwaitIdle(rig);
	return err ? err : idle;
}

int rig_launch(struct rig *rig, const void *kernel, unsigned blocks, unsigned threads)
{
	void *args[] = { &rig->args };

	return rig_fail(rig,
			cudaLaunchKernel(kernel, dim3(blocks), dim3(threads), args, 0, Stream(rig)),
			"launch");
}

int rig_launch_together(struct rig *rig, const void *kernel, unsigned blocks, unsigned threads)
{
	void *args[] = { &rig->args };

	return rig_fail(rig,
			cudaLaunchCooperativeKernel(kernel, dim3(blocks), dim3(threads), args, 0,
						    Stream(rig)),
			"cooperative launch");
}

int rig_synchronize(struct rig *rig)
{
	return rig_fail(rig, cudaStreamSynchronize(Stream(rig)), "the GPU's work");
}

int rig_record(struct rig *rig, const void *kernel, unsigned threads, unsigned n, void **graph)
{
	cudaGraphExec_t exec = nullptr;
	cudaGraph_t recorded = nullptr;
	int launched = 0;
	int err = rig_fail(
		rig, cudaStreamBeginCapture(Stream(rig), cudaStreamCaptureModeThreadLocal), "capture");

	if (err)
		return err;
	for (unsigned i = 0; !launched && i < n; i++)
		launched = rig_launch(rig, kernel, 1, threads);
	err = rig_fail(rig, cudaStreamEndCapture(Stream(rig), &recorded), "capture");
	err = launched ? launched : err;
	if (!err)
		err = rig_fail(rig, cudaGraphInstantiateWithFlags(&exec, recorded, 0), "graph");
	/* The first replay must not pay for what can be done before. */
	if (!err)
		err = rig_fail(rig, cudaGraphUpload(exec, Stream(rig)), "graph");
	if (recorded)
		cudaGraphDestroy(recorded);
	*graph = exec;
	return err ? err : rig_synchronize(rig);
}

int rig_replay(struct rig *rig, void *graph)
{
	return rig_fail(rig, cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), Stream(rig)),
			"graph launch");
}

void rig_forget(void *graph)
{
	if (graph)
		cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph));
}
}
