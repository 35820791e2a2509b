// SPDX-License-Identifier: MIT
//
// emulate.cc - the GPU of emulate.h: fibers, and a stream that is a list of things to do.

#include <condition_variable>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <sched.h>
#include <thread>
#include <ucontext.h>
#include <vector>

#include "cuda.h"
#include "ladder.h"

struct emulate_fiber *emulate_current;

namespace
{

constexpr size_t kStack = 32768;

// Where fibers wait for each other.
struct Meeting {
	unsigned parties = 0, here = 0, number = 0;
};

struct Warp : Meeting {
	uint64_t in[32], out[32];
};

struct Fiber : emulate_fiber {
	Warp *warp;
	Meeting *block_meeting, *grid_meeting;
	std::unique_ptr<char[]> stack;
	ucontext_t begin;
	jmp_buf at;
	bool begun = false, done = false;
};

void (*kernel_now)(struct rung_args);
struct rung_args args_now;
jmp_buf scheduler;

Fiber *Self()
{
	return static_cast<Fiber *>(emulate_current);
}

void Yield()
{
	if (!_setjmp(Self()->at))
		_longjmp(scheduler, 1);
}

void Body()
{
	kernel_now(args_now);
	Self()->done = true;
	_longjmp(scheduler, 1);
}

// True for the last one; it does what is to be done before the others go on.
template <typename F> void Meet(Meeting *m, F last)
{
	unsigned number = m->number;

	if (++m->here == m->parties) {
		last();
		m->here = 0;
		m->number++;
	} else {
		while (m->number == number)
			Yield();
	}
}

// Runs `f` until it yields or ends.
__attribute__((noinline)) void Resume(Fiber *f)
{
	emulate_current = f;
	if (_setjmp(scheduler))
		return;
	if (f->begun)
		_longjmp(f->at, 1);
	f->begun = true;
	setcontext(&f->begin);
}

struct Grid {
	std::vector<std::unique_ptr<Warp>> warps;
	std::vector<std::unique_ptr<Meeting>> blocks;
	std::vector<std::unique_ptr<Fiber>> fibers;
	Meeting all;

	void Add(unsigned block, unsigned thread, unsigned threads);
};

void Grid::Add(unsigned block, unsigned thread, unsigned threads)
{
	auto f = std::make_unique<Fiber>();

	if (thread % 32 == 0) {
		warps.emplace_back(new Warp);
		warps.back()->parties = 32;
	}
	f->thread.x = thread;
	f->block.x = block;
	f->block_size.x = threads;
	f->warp = warps.back().get();
	f->block_meeting = blocks.back().get();
	f->grid_meeting = &all;
	f->stack.reset(new char[kStack]);
	getcontext(&f->begin);
	f->begin.uc_stack.ss_sp = f->stack.get();
	f->begin.uc_stack.ss_size = kStack;
	makecontext(&f->begin, Body, 0);
	fibers.push_back(std::move(f));
}

bool RunAll(Grid *grid)
{
	bool going = false;

	for (auto &f : grid->fibers) {
		if (f->done)
			continue;
		Resume(f.get());
		going = true;
	}
	return going;
}

void RunKernel(const void *kernel, unsigned blocks, unsigned threads, const rung_args &args)
{
	Grid grid;

	kernel_now = reinterpret_cast<void (*)(struct rung_args)>(const_cast<void *>(kernel));
	args_now = args;
	grid.all.parties = blocks * threads;
	for (unsigned b = 0; b < blocks; b++) {
		grid.blocks.emplace_back(new Meeting);
		grid.blocks.back()->parties = threads;
		for (unsigned t = 0; t < threads; t++)
			grid.Add(b, t, threads);
	}
	while (RunAll(&grid))
		;
}

} // namespace

const uint64_t *emulate_exchange(uint64_t mine)
{
	Warp *w = Self()->warp;

	w->in[Self()->thread.x % 32] = mine;
	Meet(w, [w] { memcpy(w->out, w->in, sizeof(w->out)); });
	return w->out;
}

void emulate_meet_block(void)
{
	Meet(Self()->block_meeting, [] {});
}

void emulate_meet_grid(void)
{
	Meet(Self()->grid_meeting, [] {});
}

void atomicAdd(unsigned long long *word, unsigned long long n)
{
	*word += n;
}

uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return static_cast<uint64_t>(t.tv_sec) * 1000000000 + static_cast<uint64_t>(t.tv_nsec);
}

bool emulate_store(void *to, uint64_t words[2])
{
	static const char *fault = getenv("EMULATE_FAULT");
	static unsigned stores;

	if (!fault || ++stores != 500)
		return true;
	if (!strcmp(fault, "drop"))
		return false;
	if (!strcmp(fault, "cookie"))
		words[0] ^= 1;
	if (!strcmp(fault, "status"))
		words[0] ^= UINT64_C(1) << PEAL_C_STATUS_LSB;
	if (!strcmp(fault, "index"))
		words[0] ^= UINT64_C(1) << PEAL_C_INDEX_LSB;
	if (!strcmp(fault, "result"))
		words[1] ^= UINT64_C(1) << 55;
	if (!strcmp(fault, "tag"))
		words[1] ^= UINT64_C(1) << PEAL_PAYLOAD_BITS;
	if (!strcmp(fault, "place")) { // in the slot of its neighbour
		memcpy(static_cast<uint64_t *>(to) + 2, words, 16);
		return false;
	}
	if (!strcmp(fault, "count")) // executed, and not counted
		atomicAdd(reinterpret_cast<unsigned long long *>(&args_now.state->executed), -1ull);
	if (!strcmp(fault, "hang"))
		for (;;)
			sched_yield();
	return true;
}

// ---- the stream -------------------------------------------------------------------------

struct emulate_graph {
	std::vector<std::function<void()>> launches;
};

namespace
{

std::mutex lock;
std::condition_variable changed;
std::deque<std::function<void()>> todo;
bool busy;
emulate_graph *recording;

void Gpu()
{
	std::unique_lock<std::mutex> held(lock);

	for (;;) {
		changed.wait(held, [] { return !todo.empty(); });
		auto next = std::move(todo.front());
		todo.pop_front();
		busy = true;
		held.unlock();
		next();
		held.lock();
		busy = false;
		changed.notify_all();
	}
}

cudaError_t Enqueue(std::function<void()> work)
{
	std::lock_guard<std::mutex> held(lock);

	if (recording)
		recording->launches.push_back(std::move(work));
	else
		todo.push_back(std::move(work));
	changed.notify_all();
	return cudaSuccess;
}

CUresult WaitValue(CUstream, CUdeviceptr at, cuuint32_t value, unsigned)
{
	return Enqueue([=] {
		const uint32_t *word = reinterpret_cast<const uint32_t *>(at);

		while (static_cast<int32_t>(__atomic_load_n(word, __ATOMIC_ACQUIRE) - value) < 0)
			sched_yield();
	});
}

CUresult WriteValue(CUstream, CUdeviceptr at, cuuint32_t value, unsigned)
{
	return Enqueue([=] {
		__atomic_store_n(reinterpret_cast<uint32_t *>(at), value, __ATOMIC_RELEASE);
	});
}

} // namespace

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *, int)
{
	std::thread(Gpu).detach();
	return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t)
{
	std::lock_guard<std::mutex> held(lock);

	return busy || !todo.empty() ? cudaErrorNotReady : cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t)
{
	std::unique_lock<std::mutex> held(lock);

	changed.wait(held, [] { return !busy && todo.empty(); });
	return cudaSuccess;
}

cudaError_t cudaLaunchKernel(const void *kernel, dim3 blocks, dim3 threads, void **args, size_t,
			     cudaStream_t)
{
	rung_args mine = *static_cast<const rung_args *>(args[0]);

	return Enqueue([=] { RunKernel(kernel, blocks.x, threads.x, mine); });
}

cudaError_t cudaLaunchCooperativeKernel(const void *kernel, dim3 blocks, dim3 threads, void **args,
					size_t shared, cudaStream_t stream)
{
	return cudaLaunchKernel(kernel, blocks, threads, args, shared, stream);
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t)
{
	return Enqueue([=] { memset(memory, value, bytes); });
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, int, cudaStream_t)
{
	return Enqueue([=] { memcpy(to, from, bytes); });
}

cudaError_t cudaStreamBeginCapture(cudaStream_t, int)
{
	std::lock_guard<std::mutex> held(lock);

	recording = new emulate_graph;
	return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t *graph)
{
	std::lock_guard<std::mutex> held(lock);

	*graph = recording;
	recording = nullptr;
	return cudaSuccess;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph, int)
{
	*exec = new emulate_graph(*graph);
	return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t)
{
	return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t)
{
	for (auto &launch : exec->launches)
		Enqueue(launch);
	return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
	delete graph;
	return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
	delete exec;
	return cudaSuccess;
}

// ---- the rest ------------------------------------------------------------------------------

cudaError_t cudaGetDeviceCount(int *count)
{
	*count = 1;
	return cudaSuccess;
}

cudaError_t cudaSetDevice(int gpu)
{
	return gpu ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t cudaSetDeviceFlags(int)
{
	return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int)
{
	strcpy(properties->name, "no GPU: emulated");
	properties->multiProcessorCount = 1;
	return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, int, int)
{
	*value = 0;
	return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
	*version = 0;
	return cudaSuccess;
}

cudaError_t cudaGetLastError(void)
{
	return cudaSuccess;
}

const char *cudaGetErrorString(cudaError_t)
{
	return "an error of the emulation";
}

cudaError_t cudaGetDriverEntryPointByVersion(const char *name, void **f, int, int,
					     cudaDriverEntryPointQueryResult *found)
{
	*f = reinterpret_cast<void *>(strstr(name, "Wait") ? WaitValue : WriteValue);
	*found = cudaDriverEntryPointSuccess;
	return cudaSuccess;
}

static cudaError_t Allocate(void **memory, size_t bytes)
{
	*memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	return *memory ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t cudaHostAlloc(void **memory, size_t bytes, int)
{
	return Allocate(memory, bytes);
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
	return Allocate(memory, bytes);
}
