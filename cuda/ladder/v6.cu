/* SPDX-License-Identifier: MIT */
/*
 * v6 - batches. A look takes up to 32 slots, all reads in flight at once, and its valid prefix
 * is claimed and executed as a whole, a lane a descriptor; eight completions leave in one
 * 128-byte store. Nothing waits for a batch to fill: a look that follows an empty one is at
 * one slot, so a lone descriptor goes as in v5.
 */
#include "rung.cuh"

__global__ void batch_poll(struct rung_args a)
{
	__shared__ struct crew crew;
	struct patience p = be_patient(a);
	unsigned n = 0;
	uint32_t head;

	if (threadIdx.x == 0)
		crew = { 0, 0 };
	__syncthreads();
	while (next_index(&crew, &head) && still_all(a, &p)) {
		struct sight s;

		n = look_many(a, head, n ? LOOK_MOST : 1, &s);
		if (!n || !claim(&crew, head, n))
			continue;
		if (!serve_many(a, head, n, &s))
			end_crew(&crew);
		__syncwarp();
	}
}

static int start(struct rig *rig)
{
	return rig_launch(rig, (const void *)batch_poll, 1, WARP * rig->args.warps);
}

extern "C" const struct rung_ops v6_ops = { start, NULL, NULL, NULL, NULL, false };
