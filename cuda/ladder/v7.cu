/* SPDX-License-Identifier: MIT */
/*
 * v7 - no claims. An index alone says where its slot is and where its completion goes, so
 * groups of 32 indices are dealt out to warps in turn, and no warp knows of another. Good for
 * order NONE only; this is what loads the link, and the plain probe of what there is to get.
 */
#include "rung.cuh"

#define WARPS_OF_BLOCK 8

__global__ void dealt_poll(struct rung_args a)
{
	unsigned worker = blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP;
	uint32_t next = worker * LOOK_MOST;
	struct patience p = be_patient(a);
	unsigned n = 0;

	while (still_all(a, &p)) {
		/* On its way while the slots are looked at. */
		uint32_t over = load32(&a.state->over);
		unsigned left = LOOK_MOST - next % LOOK_MOST;
		struct sight s;

		n = look_many(a, next, n ? left : 1, &s);
		if (n && !serve_many(a, next, n, &s)) {
			if (lane_id() == 0)
				store32(&a.state->over, 1);
			return;
		}
		next += n;
		if (n == left)
			next += (a.warps - 1) * LOOK_MOST;
		if (__any_sync(ALL_LANES, over != 0))
			return;
	}
}

static int start(struct rig *rig)
{
	unsigned warps = rig->args.warps;
	unsigned block = warps % WARPS_OF_BLOCK ? warps : WARPS_OF_BLOCK;

	return rig_launch(rig, (const void *)dealt_poll, warps / block, WARP * block);
}

extern "C" const struct rung_ops v7_ops = { start, NULL, NULL, NULL, NULL, false };
