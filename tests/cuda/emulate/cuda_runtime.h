/* SPDX-License-Identifier: MIT */
#pragma once
#include "emulate.h"

typedef struct emulate_stream *cudaStream_t;
typedef struct emulate_graph *cudaGraph_t, *cudaGraphExec_t;

enum cudaError_t {
	cudaSuccess,
	cudaErrorMemoryAllocation,
	cudaErrorNoDevice,
	cudaErrorInsufficientDriver,
	cudaErrorNotReady,
	cudaErrorNotSupported,
};
enum {
	cudaHostAllocMapped,
	cudaHostAllocPortable,
	cudaDevAttrClockRate,
	cudaStreamNonBlocking,
	cudaDeviceScheduleSpin,
	cudaMemcpyDeviceToHost,
	cudaStreamCaptureModeThreadLocal,
	cudaEnableDefault,
};
enum cudaDriverEntryPointQueryResult { cudaDriverEntryPointSuccess };
struct cudaDeviceProp {
	char name[256];
	int multiProcessorCount;
};

cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int gpu);
cudaError_t cudaSetDeviceFlags(int flags);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int gpu);
cudaError_t cudaDeviceGetAttribute(int *value, int attribute, int gpu);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaGetLastError(void);
const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetDriverEntryPointByVersion(const char *name, void **f, int version, int flags,
					     cudaDriverEntryPointQueryResult *found);

cudaError_t cudaHostAlloc(void **memory, size_t bytes, int flags);
cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, cudaStream_t stream);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, int flags);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaLaunchKernel(const void *kernel, dim3 blocks, dim3 threads, void **args,
			     size_t shared, cudaStream_t stream);
cudaError_t cudaLaunchCooperativeKernel(const void *kernel, dim3 blocks, dim3 threads, void **args,
					size_t shared, cudaStream_t stream);

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, int mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph, int flags);
cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);
