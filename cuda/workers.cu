/* SPDX-License-Identifier: MIT */
/*
 * workers.cu - the persistent kernel: block 0 is the supervisor, each of the others has
 * a queue: warps that serve it, and one that controls it.
 */
#include "control.cuh"
#include "serve.cuh"
#include "workers.h"

/* ---- the supervisor ---------------------------------------------------------------- */

/* Invalid first, valid last: a reader takes a copy whose word stood (read_regions). */
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

static_assert(sizeof(struct cuda_request) == 4 * WARP, "a word a lane");

/* By a warp, which makes it one read: of one line there is one in flight, a microsecond each. */
__device__ static void copy_request(const struct cuda_request *from, struct cuda_request *to)
{
	((uint32_t *)to)[lane_id()] = load32((const uint32_t *)from + lane_id());
	__syncwarp();
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

/* By one lane. */
__device__ static void take_request(struct cuda_state *all, struct cuda_page *page,
				    const struct cuda_request *r)
{
	if (r->op == CUDA_REQ_REGION)
		commit_region(all, r->arg, &r->region);
	else if (r->op == CUDA_REQ_LEASE)
		set_lease(all, page, r->lease_ns);
	else if (r->op == CUDA_REQ_EXIT)
		store32_release_gpu(&all->halt, all->halt | CUDA_HALT_EXIT);
	else
		hand_over(all, r);
	/* Release: pairs with the host's acquire in Post. */
	store32_release_sys(&page->ack.number, r->number);
}

__device__ static void supervise(struct cuda_state *all, struct cuda_page *page,
				 struct cuda_request *r)
{
	if (lane_id() == 0)
		*r = cuda_request{ load32(&page->ack.number), 0, 0, 0, {} };
	do {
		if (lane_id() == 0)
			check_lease(all, page);
		__syncwarp();
		/* Acquire: pairs with the host's release in Post. */
		if (__all_sync(ALL_LANES,
			       load32_acquire_sys(&page->request.number) == r->number))
			continue;
		__syncwarp(); /* all lanes are behind the acquire of each */
		copy_request(&page->request, r);
		if (lane_id() == 0)
			take_request(all, page, r);
		__syncwarp();
	} while (r->op != CUDA_REQ_EXIT);
}

#define BLOCK_THREADS ((1 + SERVERS) * WARP) /* of this architecture; a launch asks (block_threads) */
#define MOVERS 9u /* warps of a block of movers */

/* ---- movers --------------------------------------------------------------------------- */

/* The CRC's tables in shared memory: looking them up there is what limits a CRC. */
__device__ static void take_tables(crc_tables *to)
{
	for (unsigned i = threadIdx.x; i < sizeof(*to) / 4; i += BLOCK_THREADS)
		((uint32_t *)to)[i] = ((const uint32_t *)crc_tables_here())[i];
}

/* Block `number` of `blocks`. The first movers are one of each block. */
__device__ static void mover_block(struct cuda_state *all, struct movers *block, unsigned number,
				   unsigned blocks)
{
	unsigned mine = threadIdx.x / WARP;

	take_tables(&block->tables);
	if (threadIdx.x == 0) {
		block->moving = block->far_moving = 0;
		block->leave = false;
	}
	__syncthreads();
	if (mine < MOVERS)
		mover(all, block, mine * blocks + number, mine == 0);
}

/* As execute_by_address (execute.cuh): what movers need takes nothing from the servers. */
__constant__ static void (*mover_block_by_address)(struct cuda_state *, struct movers *, unsigned,
						   unsigned) = mover_block;

/* ---- the kernel ---------------------------------------------------------------------- */

struct queue_memory {
	struct fetched fetched[SERVERS][READS];
	struct work work[SERVERS][WARP]; /* what its lanes have */
	struct team team;
};

/* Shared memory, by what a block is. More than may be static. */
union block_memory {
	struct queue_memory queue;
	struct movers movers;
	struct cuda_request request;
};

__global__ void __launch_bounds__(BLOCK_THREADS, 1)
	peal_workers(struct cuda_state *all, struct cuda_page *page)
{
	extern __shared__ union block_memory shared[];
	struct queue_memory *queue = &shared->queue;
	struct team *team = &queue->team;
	unsigned warp = threadIdx.x / WARP, first_mover = 1 + all->queues;

	if (blockIdx.x == 0) {
		if (warp == 0)
			supervise(all, page, &shared->request);
		return;
	}
	if (blockIdx.x >= first_mover) {
		mover_block_by_address(all, &shared->movers, blockIdx.x - first_mover,
				       gridDim.x - first_mover);
		return;
	}
	if (threadIdx.x == 0) {
		memset(team, 0, sizeof(*team));
		team->page = page;
		team->all = all;
		team->number = blockIdx.x - 1;
		team->table.entry = all->region;
		team->table.entries = all->regions;
		team->pace = team->look_mean = PACE_FIRST;
		restore(team);
		for (unsigned i = 0; i < SERVERS * READS; i++)
			init_fetched(&queue->fetched[0][i]);
	}
	__syncthreads();
	if (warp == SERVERS)
		control(team);
	else
		server(team, warp, queue->fetched[warp], queue->work[warp]);
}

/* ---- for the host ----------------------------------------------------------------------- */

unsigned workers_blocks(unsigned queues)
{
	return 1 + queues;
}

/* As many as the code for this GPU's architecture was made for. */
static cudaError_t block_threads(int *threads)
{
	struct cudaFuncAttributes a;
	cudaError_t e = cudaFuncGetAttributes(&a, peal_workers);

	*threads = e ? 0 : a.maxThreadsPerBlock;
	return e;
}

cudaError_t workers_resident(int gpu, unsigned *blocks)
{
	int per_sm = 0, sms = 0, threads = 0;
	cudaError_t e = cudaFuncSetAttribute(peal_workers,
					     cudaFuncAttributeMaxDynamicSharedMemorySize,
					     sizeof(union block_memory));

	if (!e)
		e = block_threads(&threads);
	if (!e)
		e = cudaOccupancyMaxActiveBlocksPerMultiprocessor(
			&per_sm, peal_workers, threads, sizeof(union block_memory));
	if (!e)
		e = cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, gpu);
	*blocks = (unsigned)(per_sm * sms);
	return e;
}

unsigned workers_movers(unsigned blocks)
{
	return blocks * MOVERS;
}

cudaError_t workers_launch(unsigned queues, unsigned movers, struct cuda_state *all,
			   struct cuda_page *page, cudaStream_t stream)
{
	unsigned blocks = workers_blocks(queues) + movers;
	int threads;
	cudaError_t e = block_threads(&threads);

	if (e)
		return e;
	cudaGetLastError(); /* what an earlier call left is not the launch's */
	peal_workers<<<blocks, threads, sizeof(union block_memory), stream>>>(all, page);
	return cudaGetLastError();
}
