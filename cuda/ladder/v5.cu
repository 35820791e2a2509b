/* SPDX-License-Identifier: MIT */
/*
 * v5 - several pollers. A descriptor that is published just behind a look waits for the next
 * one, half a look on average. Warps that look by turns shorten that wait. All look at the
 * slot at `head`; who finds it valid claims the index by a compare-and-swap in shared memory.
 */
#include "rung.cuh"

#define LOOK_CYCLES 2800 /* about what a look takes: warps begin a part of it apart */

__global__ void staggered_poll(struct rung_args a)
{
	__shared__ struct crew crew;
	struct patience p = be_patient(a);
	uint64_t w[PEAL_DESC_WORDS];
	uint32_t head;

	if (threadIdx.x == 0)
		crew = { 0, 0 };
	__syncthreads();
	for (long long from = clock64();
	     clock64() - from < LOOK_CYCLES * (threadIdx.x / WARP) / a.warps;)
		;
	__syncwarp();
	while (next_index(&crew, &head) && still_all(a, &p)) {
		/* The copy is valid for `head`, and who claims `head` has such a copy. */
		if (!look_one(a, head, w) || !claim(&crew, head, 1))
			continue;
		if (!serve_one(a, head, w))
			end_crew(&crew);
		__syncwarp();
	}
}

static int start(struct rig *rig)
{
	return rig_launch(rig, (const void *)staggered_poll, 1, WARP * rig->args.warps);
}

extern "C" const struct rung_ops v5_ops = { start, NULL, NULL, NULL, NULL, false };
