/* SPDX-License-Identifier: MIT */
/*
 * ringkernel - the protocol shape of RingKernel's persistent actors, made anew: one
 * cooperative launch; thread 0 of block 0 (the coordinator) looks at the head word of the
 * command queue, copies a 64-byte message, fences, moves the tail word, executes, writes the
 * answer, fences and moves the head word of the answer queue; then the whole grid meets at a
 * barrier before the next look.
 *
 * Made as well as the shape allows: words of host and device in lines of their own, indices
 * that the device owns kept in registers, all messages that a look tells of served before the
 * barrier, fences of the scope that a host needs, and a host that spins instead of sleeping.
 */
#include "rung.cuh"

#include <cooperative_groups.h>

#define BLOCKS 8 /* the coordinator and seven actors, as in its own test */
#define THREADS 256

/* Thread 0's: everything up to the head that it finds. False when a STOP was among it. */
__device__ static bool drain_commands(const struct rung_args &a, uint32_t *next)
{
	uint32_t head = load32(&a.shared->tail);

	for (; *next != head; ++*next) {
		uint64_t w[PEAL_DESC_WORDS];
		uint64_t tag = tag_of(*next, a.log2), wrong = 0;
		struct outcome out;

		fence_sys(); /* the message comes after the head */
		for (unsigned q = 0; q < 4; q++) {
			pair mine = load_pair(quarter_of_slot(a, *next, q));

			w[2 * q] = mine.x ^ tag;
			w[2 * q + 1] = mine.y ^ tag;
			wrong |= w[2 * q] | w[2 * q + 1];
		}
		if (wrong >> PEAL_PAYLOAD_BITS) {
			atomicAdd((unsigned long long *)&a.state->stale, 1ull);
			return true;
		}
		out = execute(w, *next);
		complete(a, *next, w[PEAL_D_COOKIE_WORD], out);
		count(a, 1);
		fence_sys(); /* the answer comes before its head */
		store32(&a.shared->head, *next + 1);
		if (out.status == PEAL_ST_STOPPED)
			return false;
	}
	return true;
}

__global__ void coordinated(struct rung_args a)
{
	bool coordinator = blockIdx.x == 0 && threadIdx.x == 0;
	struct patience p = be_patient(a);
	uint32_t next = 0, round = 1;

	/* `over` names the round that is the last: one who reads it late, when the coordinator is
	 * a round ahead, must not leave the others alone at their barrier. */
	for (;; round++) {
		if (coordinator && (!drain_commands(a, &next) || !still(a, &p)))
			store32(&a.state->over, round);
		cooperative_groups::this_grid().sync();
		if (load32(&a.state->over) == round)
			return;
	}
}

static int start(struct rig *rig)
{
	return rig_launch_together(rig, (const void *)coordinated, BLOCKS, THREADS);
}

extern "C" const struct rung_ops ringkernel_ops = { start, NULL, NULL, NULL, NULL, true };
