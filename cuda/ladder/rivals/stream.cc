// SPDX-License-Identifier: MIT
//
// stream - stream memory operations. A wait for the tail word stands in the stream in front
// of the kernel, so one store of the host starts it; in the second form the stream also says
// by a write that it is done, and the host waits for that.
//
// For a round trip the wait and the kernel are enqueued before the time begins, which is
// the best that this way can do. In a stream of descriptors the tail is written first, so
// that the host never waits for a place behind a wait that only it can end.

#include "ladder.h"

#include <cerrno>
#include <cstddef>

#include <cuda.h>
#include <cuda_runtime.h>

namespace
{

using StreamOp = CUresult (*)(CUstream, CUdeviceptr, cuuint32_t, unsigned);
StreamOp wait_value, write_value;

int Find(struct rig *rig, const char *name, StreamOp *op)
{
	cudaDriverEntryPointQueryResult found;
	void *f = nullptr;
	cudaError_t e = cudaGetDriverEntryPointByVersion(name, &f, 12000, cudaEnableDefault, &found);

	if (!e && (found != cudaDriverEntryPointSuccess || !f))
		e = cudaErrorNotSupported;
	*op = reinterpret_cast<StreamOp>(f);
	return rig_fail(rig, e, name);
}

int Start(struct rig *rig)
{
	int err = Find(rig, "cuStreamWaitValue32", &wait_value);

	return err ? err : Find(rig, "cuStreamWriteValue32", &write_value);
}

// Enqueues what serves the indices before `end`.
int Arm(struct rig *rig, uint32_t end, bool writes)
{
	CUstream stream = static_cast<CUstream>(rig->stream);
	int err = 0;

	for (; !err && static_cast<int32_t>(end - rig->armed) > 0; rig->armed++) {
		CUresult r = wait_value(stream, reinterpret_cast<CUdeviceptr>(&rig->shared->tail),
					rig->armed + 1, CU_STREAM_WAIT_VALUE_GEQ);

		if (r)
			return rig_fail(rig, cudaErrorNotSupported, "cuStreamWaitValue32");
		err = launch_one(rig, rig->armed);
		if (err || !writes)
			continue;
		r = write_value(stream, reinterpret_cast<CUdeviceptr>(&rig->shared->head),
				rig->armed + 1, CU_STREAM_WRITE_VALUE_DEFAULT);
		if (r)
			return rig_fail(rig, cudaErrorNotSupported, "cuStreamWriteValue32");
	}
	return err;
}

int Kick(struct rig *rig, uint32_t first, unsigned n)
{
	return Arm(rig, first + n, false);
}

int KickWriting(struct rig *rig, uint32_t first, unsigned n)
{
	return Arm(rig, first + n, true);
}

int Prepare(struct rig *rig)
{
	return Arm(rig, rig->shared->tail + 1, false);
}

int PrepareWriting(struct rig *rig)
{
	return Arm(rig, rig->shared->tail + 1, true);
}

// What is armed and was never published finds a slot that is not valid, and ends.
int Finish(struct rig *rig)
{
	__atomic_store_n(&rig->shared->tail, rig->armed, __ATOMIC_RELEASE);
	return 0;
}

} // namespace

extern "C" {
const struct rung_ops stream_wait_ops = { Start, Kick, nullptr, Prepare, Finish, false };
const struct rung_ops stream_write_ops = { Start, KickWriting, nullptr, PrepareWriting, Finish, true };
}
