/* SPDX-License-Identifier: MIT */
/*
 * v6 - batches. A look takes up to 32 slots, all reads in flight at once, and its valid prefix
 * is claimed and executed as a whole, a lane a descriptor; eight completions leave in one
 * 128-byte store. Nothing waits for a batch to fill: a look that follows an empty one is at
 * one slot, so a lone descriptor goes as in v5.
 */
#include "rung.cuh"

struct crew {
	uint32_t head, over;
};

__global__ void batch_poll(struct rung_args a)
{
	__shared__ struct crew crew;
	volatile struct crew *c = &crew;
	struct patience p = be_patient(a);
	unsigned n = 0;

	if (threadIdx.x == 0)
		crew = { 0, 0 };
	__syncthreads();
	while (!__any_sync(ALL_LANES, c->over != 0) && still_all(a, &p)) {
		uint32_t head = __shfl_sync(ALL_LANES, c->head, 0);
		struct sight s;
		bool won;

		n = look_many(a, head, n ? LOOK_MOST : 1, &s);
		won = n && lane_id() == 0 && atomicCAS(&crew.head, head, head + n) == head;
		if (!__any_sync(ALL_LANES, won))
			continue;
		if (!serve_many(a, head, n, &s) && lane_id() == 0)
			c->over = 1;
		__syncwarp();
	}
}

static int start(struct rig *rig)
{
	return rig_launch(rig, (const void *)batch_poll, 1, WARP * rig->args.warps);
}

extern "C" const struct rung_ops v6_ops = { start, NULL, NULL, NULL, NULL, false };
