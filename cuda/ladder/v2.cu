/* SPDX-License-Identifier: MIT */
/*
 * v2 - graph replay. The launch is recorded once and replayed for each descriptor, which
 * spares the host some of the launch. A recorded kernel cannot be told an index, so it counts.
 */
#include "rung.cuh"

__global__ void next_descriptor(struct rung_args a)
{
	uint32_t index = __shfl_sync(ALL_LANES, load32(&a.state->next), 0);
	uint64_t w[PEAL_DESC_WORDS];

	if (look_one(a, index, w))
		serve_one(a, index, w);
	else if (lane_id() == 0)
		atomicAdd((unsigned long long *)&a.state->stale, 1ull);
	/* Kernels of a stream come one behind the other: nobody else counts. */
	if (lane_id() == 0)
		store32(&a.state->next, index + 1);
}

static int start(struct rig *rig)
{
	return rig_record(rig, (const void *)next_descriptor, WARP, 1, &rig->own[0]);
}

static int kick(struct rig *rig, uint32_t, unsigned n)
{
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++) {
		err = rig_replay(rig, rig->own[0]);
		if (!err)
			err = rig_synchronize(rig);
	}
	return err;
}

static int finish(struct rig *rig)
{
	rig_forget(rig->own[0]);
	return 0;
}

extern "C" const struct rung_ops v2_ops = { start, kick, NULL, NULL, finish, false };

/* ---- the rival: the same, without waiting, and many kernels a replay ---------------------- */

#define NODES 64

static int start_both(struct rig *rig)
{
	int err = start(rig);

	return err ? err
		   : rig_record(rig, (const void *)next_descriptor, WARP, NODES, &rig->own[1]);
}

static int kick_both(struct rig *rig, uint32_t, unsigned n)
{
	int err = 0;

	while (!err && n) {
		unsigned now = n >= NODES ? NODES : 1;

		err = rig_replay(rig, rig->own[now == NODES]);
		n -= now;
	}
	return err;
}

static int finish_both(struct rig *rig)
{
	rig_forget(rig->own[1]);
	return finish(rig);
}

extern "C" const struct rung_ops graph_ops = { start_both, kick_both, NULL, NULL, finish_both, false };
