/* SPDX-License-Identifier: MIT */
/*
 * workers.cu - the persistent kernel: block 0 is the supervisor, the next blocks have
 * a queue each, the rest are the queues' wide blocks.
 */
#include "queue.cuh"
#include "workers.h"

/* ---- the supervisor ---------------------------------------------------------------- */

/* Invalid first, valid last: a reader takes a copy whose word stood (read_region). */
__device__ static void commit_region(struct cuda_state *all, uint32_t index,
				     const struct cuda_region *to)
{
	struct cuda_region *r = &all->region[index];

	store32_release_gpu(&r->word, 0);
	__threadfence();
	store64(&r->bus, to->bus);
	store64(&r->bytes, to->bytes);
	store64(&r->delta, to->delta);
	store64(&r->mapped, to->mapped);
	store32(&r->tenant, to->tenant);
	store32_release_gpu(&r->word, to->word);
	if (!(to->word >> 31))
		store32_release_gpu(&all->tables, all->tables + 1);
	__threadfence();
}

/* To the control warp of the queue, which answers itself. */
__device__ static void hand_over(struct cuda_state *all, const struct cuda_request *r)
{
	struct cuda_control *c = &all->control[r->queue];

	c->op = r->op;
	if (r->op == CUDA_REQ_START)
		c->config = r->config;
	else if (r->op == CUDA_REQ_END)
		c->end = r->end;
	/* Release: pairs with the acquire in control. */
	store32_release_gpu(&c->number, r->number);
}

__device__ static void copy_request(const struct cuda_request *from, struct cuda_request *to)
{
	for (unsigned i = 0; i < sizeof(*to) / 8; i++)
		((uint64_t *)to)[i] = load64((const uint64_t *)from + i);
}

__device__ static uint64_t nanoseconds(void)
{
	uint64_t ns;

	asm volatile("mov.u64 %0, %globaltimer;" : "=l"(ns));
	return ns;
}

__device__ static void set_lease(struct cuda_state *all, struct cuda_page *page, uint64_t ns)
{
	all->lease_end = ns ? nanoseconds() + ns : 0;
	store32(&page->ack.renewed, page->ack.expired);
	store32_release_gpu(&all->halt, all->halt & ~CUDA_HALT_LEASE);
}

__device__ static void check_lease(struct cuda_state *all, struct cuda_page *page)
{
	if (!all->lease_end || nanoseconds() < all->lease_end)
		return;
	all->lease_end = 0;
	/* The host knows before a queue is in ERROR. */
	store32_release_sys(&page->ack.expired, page->ack.expired + 1);
	fence_sys();
	store32_release_gpu(&all->halt, all->halt | CUDA_HALT_LEASE);
}

__device__ static void supervise(struct cuda_state *all, struct cuda_page *page)
{
	uint32_t seen = load32(&page->ack.number);
	struct cuda_request r;

	for (;;) {
		check_lease(all, page);
		/* Acquire: pairs with the host's release in Post. */
		if (load32_acquire_sys(&page->request.number) == seen)
			continue;
		copy_request(&page->request, &r);
		seen = r.number;
		if (r.op == CUDA_REQ_REGION)
			commit_region(all, r.arg, &r.region);
		else if (r.op == CUDA_REQ_LEASE)
			set_lease(all, page, r.lease_ns);
		else if (r.op == CUDA_REQ_EXIT)
			store32_release_gpu(&all->halt, all->halt | CUDA_HALT_EXIT);
		else
			hand_over(all, &r);
		/* Release: pairs with the host's acquire in Post. */
		store32_release_sys(&page->ack.number, seen);
		if (r.op == CUDA_REQ_EXIT)
			return;
	}
}

#define BLOCK_THREADS (WIDE_WARPS * WARP)

/* ---- the kernel ---------------------------------------------------------------------- */

__global__ void __launch_bounds__(BLOCK_THREADS, 1)
	peal_workers(struct cuda_state *all, struct cuda_page *page)
{
	__shared__ struct team team;
	__shared__ struct bench bench[QUEUE_WARPS];
	unsigned warp = threadIdx.x / WARP;

	if (blockIdx.x == 0) {
		if (threadIdx.x == 0)
			supervise(all, page);
		return;
	}
	if (blockIdx.x > all->queues) {
		unsigned worker = (blockIdx.x - 1 - all->queues) * WIDE_WARPS + warp;

		wide_worker(&all->wide[worker / CUDA_WIDE_WARPS], worker % CUDA_WIDE_WARPS);
		return;
	}
	if (threadIdx.x == 0) {
		memset(&team, 0, sizeof(team));
		team.page = page;
		team.all = all;
		team.number = blockIdx.x - 1;
		team.table.entry = all->region;
		team.table.entries = all->regions;
		restore(&team);
	}
	__syncthreads();
	if (warp == 0)
		control(&team, &bench[0]);
	else if (warp < QUEUE_WARPS)
		worker(&team, &bench[warp]);
}

/* ---- for the host ----------------------------------------------------------------------- */

unsigned workers_least(unsigned queues)
{
	return 1 + queues;
}

unsigned workers_wide(unsigned queues, unsigned blocks)
{
	unsigned wide = (blocks - workers_least(queues)) / WIDE_BLOCKS;

	return wide < queues ? wide : queues;
}

cudaError_t workers_resident(int gpu, unsigned *blocks)
{
	int per_sm = 0, sms = 0;
	cudaError_t e = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&per_sm, peal_workers,
								      BLOCK_THREADS, 0);

	if (!e)
		e = cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, gpu);
	*blocks = (unsigned)(per_sm * sms);
	return e;
}

cudaError_t workers_launch(unsigned queues, unsigned wide, struct cuda_state *all,
			   struct cuda_page *page, cudaStream_t stream)
{
	unsigned blocks = workers_least(queues) + wide * WIDE_BLOCKS;

	cudaGetLastError(); /* what an earlier call left is not the launch's */
	peal_workers<<<blocks, BLOCK_THREADS, 0, stream>>>(all, page);
	return cudaGetLastError();
}
