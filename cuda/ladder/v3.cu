/* SPDX-License-Identifier: MIT */
/*
 * v3 - a kernel that stays, and a tail word. The host writes the slot, then the tail; one
 * warp polls the tail and then fetches the slot: two reads over PCIe, one behind the other.
 * This is what most designs do.
 */
#include "rung.cuh"

__global__ void tail_poll(struct rung_args a)
{
	struct patience p = be_patient(a);
	uint64_t w[PEAL_DESC_WORDS];
	uint32_t head = 0;

	while (still_all(a, &p)) {
		/* Acquire: pairs with the release in ring_submit; the slot comes after the tail. */
		uint32_t tail = __shfl_sync(ALL_LANES, load32_acquire_sys(&a.shared->tail), 0);

		while (head != tail && still_all(a, &p)) {
			if (!look_one(a, head, w))
				continue;
			if (!serve_one(a, head++, w))
				return;
		}
	}
}

static int start(struct rig *rig)
{
	return rig_launch(rig, (const void *)tail_poll, 1, WARP);
}

extern "C" const struct rung_ops v3_ops = { start, NULL, NULL, NULL, NULL, false };
