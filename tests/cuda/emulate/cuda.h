/* SPDX-License-Identifier: MIT */
#pragma once
#include "cuda_runtime.h"

typedef int CUresult;
typedef cudaStream_t CUstream;
typedef unsigned long long CUdeviceptr;
typedef unsigned cuuint32_t;
enum { CU_STREAM_WAIT_VALUE_GEQ = 0, CU_STREAM_WRITE_VALUE_DEFAULT = 0 };
