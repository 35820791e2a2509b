/* SPDX-License-Identifier: MIT */
/*
 * v1 - a launch a descriptor. The host publishes a slot, launches a kernel that reads it,
 * and synchronises. The GPU knows of the descriptor by the launch.
 */
#include "rung.cuh"

#include <errno.h>

__global__ void one_descriptor(struct rung_args a)
{
	uint64_t w[PEAL_DESC_WORDS];

	if (look_one(a, a.index, w))
		serve_one(a, a.index, w);
	else if (lane_id() == 0)
		atomicAdd((unsigned long long *)&a.state->stale, 1ull);
}

extern "C" int launch_one(struct rig *rig, uint32_t index)
{
	rig->args.index = index;
	return rig_launch(rig, (const void *)one_descriptor, 1, WARP);
}

static int kick(struct rig *rig, uint32_t first, unsigned n)
{
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++) {
		err = launch_one(rig, first + i);
		if (!err)
			err = rig_synchronize(rig);
	}
	return err;
}

extern "C" const struct rung_ops v1_ops = { NULL, kick, NULL, NULL, NULL, false };
