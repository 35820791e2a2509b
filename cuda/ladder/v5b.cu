/* SPDX-License-Identifier: MIT */
/*
 * v5b - copies, at an even pace. Ordinary loads of one line wait for each other, so v5 gains
 * nothing by more warps. Copies into shared memory do not wait: eight warps have a look each
 * on its way. But looks that begin together share an answer, so each warp begins its own at
 * its part of a pace. Claims are those of v5.
 */
#include "rung.cuh"

#define WARPS 8
#define PACE_FIRST 3000u /* cycles from look to look of a warp, until it has been measured */
#define PACE_MOST 8000u	 /* for a look that was held up */

/* Waits for this warp's beat, and says when it was. All count beats from zero of the clock. */
__device__ static inline uint32_t keep_pace(uint32_t pace, unsigned me)
{
	uint32_t now = (uint32_t)clock64(), late;

	pace = __shfl_sync(ALL_LANES, pace, 0);
	late = __shfl_sync(ALL_LANES, (now + pace / WARPS * me) % pace, 0);
	while (late > pace / WARPS / 4 && (uint32_t)clock64() - now < pace - late)
		;
	__syncwarp();
	return (uint32_t)clock64();
}

/*
 * By one warp: a fifth more than it takes from look to look of late. The pace stands still as
 * long as it fits, since another one has other beats.
 */
__device__ static inline void set_pace(volatile uint32_t *pace, uint32_t took, uint32_t *mean)
{
	*mean = *mean - *mean / 8 + (took < PACE_MOST ? took : PACE_MOST) / 8;
	if (lane_id() == 0 && (*pace < *mean + *mean / 16 || *pace > 2 * *mean))
		*pace = *mean + *mean / 5;
}

__global__ void paced_poll(struct rung_args a)
{
	__shared__ struct crew crew;
	__shared__ struct copied copied[WARPS];
	__shared__ volatile uint32_t pace;
	unsigned me = threadIdx.x / WARP;
	struct patience p = be_patient(a);
	uint32_t head, begun, phase = 0, mean = PACE_FIRST;
	uint64_t w[PEAL_DESC_WORDS];

	if (threadIdx.x == 0) {
		crew = { 0, 0 };
		pace = PACE_FIRST;
	}
	init_copied(&copied[me]);
	__syncthreads();
	begun = keep_pace(pace, me);
	while (next_index(&crew, &head) && still_all(a, &p)) {
		bool found = look_by_copy(a, head, &copied[me], &phase, w);

		/* As in v5: who claims `head` has a copy that is valid for it. */
		if (found && claim(&crew, head, 1)) {
			if (!serve_one(a, head, w))
				end_crew(&crew);
		} else if (me == 0) {
			set_pace(&pace, (uint32_t)clock64() - begun, &mean);
		}
		begun = keep_pace(pace, me);
	}
}

static int start(struct rig *rig)
{
	return rig_launch(rig, (const void *)paced_poll, 1, WARP * WARPS);
}

extern "C" const struct rung_ops v5b_ops = { start, NULL, NULL, NULL, NULL, false };
