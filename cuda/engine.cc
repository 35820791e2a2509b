// SPDX-License-Identifier: MIT
//
// engine.cc - the host side of the kernel: context, memory, launches, requests.
//
// Start-up in the order that cannot deadlock (a kernel that never ends blocks what
// CUDA does lazily): modules are loaded eagerly, all is allocated before the
// first launch, the stream is non-blocking, and residency is proven.

#include "engine.h"

#include <cudaTypedefs.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <set>
#include <vector>

#include "gpu_memory.h"
#include "workers.h"

namespace
{

// A kernel may take so many times the patience to end; a long operation shows that it goes on.
constexpr unsigned kEndPatience = 12;
constexpr uint64_t kPage = 4096;

using Clock = std::chrono::steady_clock;

// Pages [first, last) that CUDA has pinned for `users` mappings.
struct Pinned {
	uint64_t first, last;
	unsigned users;
};

// What context a thread uses, asked of the driver and told to it: the run time knows a thread's
// device only, and makes a context for it where there was none.
struct Contexts {
	PFN_cuCtxGetCurrent_v4000 get = nullptr;
	PFN_cuCtxSetCurrent_v4000 set = nullptr;
	cudaError_t error;

	Contexts()
	{
		error = Find("cuCtxGetCurrent", reinterpret_cast<void **>(&get));
		if (!error)
			error = Find("cuCtxSetCurrent", reinterpret_cast<void **>(&set));
	}
	static cudaError_t Find(const char *name, void **entry)
	{
		return cudaGetDriverEntryPointByVersion(name, entry, 4000, cudaEnableDefault);
	}
};

const Contexts &contexts()
{
	static const Contexts found;

	return found;
}

// The calling thread uses this GPU for now, and its own context, or none, afterwards.
class OnGpu
{
      public:
	explicit OnGpu(int gpu)
	{
		contexts().get(&before_);
		cudaSetDevice(gpu);
	}
	~OnGpu()
	{
		contexts().set(before_);
	}

      private:
	CUcontext before_ = nullptr;
};

// A device has its GPU for itself in a process: a second kernel would wait for the first to end,
// and so would what CUDA maps for either of them.
class Gpus
{
      public:
	bool Claim(int gpu)
	{
		std::lock_guard<std::mutex> lock(mutex_);

		return taken_.insert(gpu).second;
	}
	void Release(int gpu)
	{
		std::lock_guard<std::mutex> lock(mutex_);

		taken_.erase(gpu);
	}

      private:
	std::mutex mutex_;
	std::set<int> taken_;
} gpus;

uint64_t Load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

uint32_t LoadAcquire(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

void Relax()
{
	__builtin_ia32_pause();
}

} // namespace

struct cuda_engine {
	cuda_engine_opts opts{};
	cudaStream_t stream = nullptr;
	cuda_state *state = nullptr; // GPU
	cuda_page *page = nullptr;   // pinned
	std::vector<Pinned> pinned;
	GpuMemory memory;
	unsigned movers = 0; // blocks
	bool running = false, lost = false, leased = false;
	uint32_t tables = 0; // invalidations so far
	uint64_t live = 0;   // queues that were started and are not known to be DISABLED
	uint32_t number = 0;
	char why[256] = "";

	std::chrono::seconds patience() const
	{
		return std::chrono::seconds(opts.patience);
	}
	int Fail(int err, const char *format, ...) __attribute__((format(printf, 3, 4)));
	int Cuda(cudaError_t e, const char *what);
	bool Runs() const;
	int Lost();
	int Open();
	int Launch();
	int Quiesce();
	int Relaunch();
	int Set(void *to, const void *from, size_t bytes);
	int SetUp(unsigned spare);
	uint64_t Progress() const;
	bool IsPinned(uint64_t host, uint64_t bytes) const;
	bool Unpins(uint64_t host, uint64_t bytes) const;
	int Pin(uint64_t host, uint64_t bytes);
	void Unpin(uint64_t host, uint64_t bytes);
	int Post(const cuda_request &request);
	int Answer(uint32_t queue, cuda_status *status);
	int Ask(cuda_request *request, uint32_t queue, cuda_status *status);
	bool Wait(const uint32_t *word, uint32_t value, const uint64_t *progress = nullptr);
};

int cuda_engine::Fail(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return err;
}

int cuda_engine::Cuda(cudaError_t e, const char *what)
{
	if (e == cudaSuccess)
		return 0;
	cudaGetLastError(); // said here; the next launch must not find it
	return Fail(e == cudaErrorMemoryAllocation ? -ENOMEM : -ENODEV, "%s: %s", what,
		    cudaGetErrorString(e));
}

// Nothing came back: is the kernel still there?
int cuda_engine::Lost()
{
	OnGpu here(opts.gpu);
	cudaError_t e = cudaStreamQuery(stream);

	lost = true;
	if (e == cudaErrorNotReady)
		return Fail(-ENODEV, "the kernel runs, but does not answer");
	if (e == cudaSuccess)
		return Fail(-ENODEV, "the kernel has ended by itself");
	return Fail(-ENODEV, "the GPU is lost: %s", cudaGetErrorString(e));
}

bool cuda_engine::Runs() const
{
	OnGpu here(opts.gpu);

	return cudaStreamQuery(stream) == cudaErrorNotReady;
}

// What is waited for may stand behind an operation, which is bounded by its length.
bool cuda_engine::Wait(const uint32_t *word, uint32_t value, const uint64_t *progress)
{
	auto deadline = Clock::now() + patience();
	uint64_t shown = progress ? Load(progress) : 0, now;

	for (unsigned i = 0; LoadAcquire(word) != value; i++) {
		Relax();
		if (i % 4096 != 4095)
			continue;
		if (!Runs())
			return LoadAcquire(word) == value;
		if (Clock::now() < deadline)
			continue;
		now = progress ? Load(progress) : 0;
		if (now == shown)
			return LoadAcquire(word) == value;
		shown = now;
		deadline = Clock::now() + patience();
	}
	return true;
}

// Another number than before: some queue is at work.
uint64_t cuda_engine::Progress() const
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < opts.queues; i++)
		sum += Load(&page->progress[i]);
	return sum;
}

// ---- launches -------------------------------------------------------------------------

int cuda_engine::Open()
{
	unsigned resident = 0, needed = workers_blocks(opts.queues);
	int same = 0, count = 0;
	int err = Cuda(cudaGetDeviceCount(&count), "counting GPUs");

	if (!err && opts.gpu >= count)
		return Fail(-EINVAL, "there is no GPU %d: this host has %d, from 0 on", opts.gpu,
			    count);
	if (!err)
		err = Cuda(cudaSetDevice(opts.gpu), "choosing the GPU");
	if (!err)
		err = Cuda(cudaFree(nullptr), "creating a context");
	if (!err)
		err = Cuda(cudaDeviceGetAttribute(
				   &same, cudaDevAttrCanUseHostPointerForRegisteredMem, opts.gpu),
			   "asking for attributes");
	if (!err && !same)
		return Fail(-ENODEV, "GPU %d has other addresses for host memory than the host",
			    opts.gpu);
	if (!err)
		err = Cuda(workers_resident(opts.gpu, &resident), "asking for occupancy");
	if (!err && resident < needed)
		return Fail(-EINVAL, "%u blocks are needed, GPU %d holds %u at once", needed,
			    opts.gpu, resident);
	if (!err)
		err = Cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream");
	if (!err)
		err = Cuda(cudaMalloc(reinterpret_cast<void **>(&state), sizeof(*state)), "state");
	if (!err)
		err = Cuda(cudaMemsetAsync(state, 0, sizeof(*state), stream), "state");
	if (!err)
		err = Cuda(cudaHostAlloc(reinterpret_cast<void **>(&page), sizeof(*page),
					 cudaHostAllocMapped | cudaHostAllocPortable),
			   "pinned page");
	if (err)
		return err;
	memset(static_cast<void *>(page), 0, sizeof(*page));
	err = Cuda(memory.Open(opts.arena), "the arena of GPU memory");
	return err ? err : SetUp(resident - needed);
}

// What the kernel goes by; of the blocks that the GPU holds besides, some are movers.
int cuda_engine::SetUp(unsigned spare)
{
	movers = std::min(spare, opts.movers);
	const uint32_t warps = workers_movers(movers);
	const uint64_t split = warps && opts.split ? opts.split : UINT64_MAX;
	int err = Set(&state->regions, &opts.regions, sizeof(opts.regions));

	if (!err)
		err = Set(&state->queues, &opts.queues, sizeof(opts.queues));
	if (!err)
		err = Set(&state->movers, &warps, sizeof(warps));
	if (!err)
		err = Set(&state->far_movers, &opts.far_movers, sizeof(opts.far_movers));
	return err ? err : Set(&state->split, &split, sizeof(split));
}

int cuda_engine::Launch()
{
	OnGpu here(opts.gpu);
	// An expired lease outlives a launch, as the rest does.
	const uint32_t halt = page->ack.expired != page->ack.renewed ? CUDA_HALT_LEASE : 0;
	int err = lost ? -ENODEV : 0;

	if (!err)
		err = Cuda(cudaMemcpyAsync(&state->halt, &halt, sizeof(halt),
					   cudaMemcpyHostToDevice, stream),
			   "launch");
	if (!err)
		err = Cuda(workers_launch(opts.queues, movers, state, page, stream), "launch");
	running = !err;
	lost |= err != 0;
	return err;
}

int cuda_engine::Quiesce()
{
	cuda_request request{};
	int err;

	if (!running)
		return 0;
	request.op = CUDA_REQ_EXIT;
	err = Post(request);
	if (err)
		return err;
	auto deadline = Clock::now() + kEndPatience * patience();
	uint64_t shown = Progress();
	cudaError_t e;

	while ((e = cudaStreamQuery(stream)) == cudaErrorNotReady) {
		if (Clock::now() < deadline)
			continue;
		if (Progress() == shown)
			return Lost();
		shown = Progress();
		deadline = Clock::now() + kEndPatience * patience();
	}
	if (e)
		return Lost();
	running = false;
	return 0;
}

// A word of the state while no kernel runs; it is there before the next one begins.
int cuda_engine::Set(void *to, const void *from, size_t bytes)
{
	int err = Cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), "state");

	return err ? err : Cuda(cudaStreamSynchronize(stream), "state");
}

// Whoever stopped the kernel starts it again, if anybody needs it.
int cuda_engine::Relaunch()
{
	return live || leased ? Launch() : 0;
}

// ---- pinned memory ---------------------------------------------------------------------

bool cuda_engine::IsPinned(uint64_t host, uint64_t bytes) const
{
	uint64_t at = host & ~(kPage - 1), last = (host + bytes + kPage - 1) & ~(kPage - 1);

	while (at < last) {
		uint64_t was = at;

		for (const Pinned &p : pinned)
			if (p.first <= at && at < p.last)
				at = p.last;
		if (at == was)
			return false;
	}
	return true;
}

// Is anything of it nobody's then?
bool cuda_engine::Unpins(uint64_t host, uint64_t bytes) const
{
	uint64_t first = host & ~(kPage - 1), last = (host + bytes + kPage - 1) & ~(kPage - 1);

	for (const Pinned &p : pinned)
		if (p.first < last && first < p.last && p.users == 1)
			return true;
	return false;
}

// Pages are pinned once, whoever shares them: what is pinned already is left out.
int cuda_engine::Pin(uint64_t host, uint64_t bytes)
{
	uint64_t first = host & ~(kPage - 1), last = (host + bytes + kPage - 1) & ~(kPage - 1);
	std::vector<Pinned> gaps;

	for (uint64_t at = first; at < last;) {
		uint64_t next = last;
		const Pinned *over = nullptr;

		for (const Pinned &p : pinned) {
			if (p.first <= at && at < p.last)
				over = &p;
			else if (p.first > at)
				next = std::min(next, p.first);
		}
		if (!over)
			gaps.push_back({ at, next, 0 });
		at = over ? std::min(over->last, last) : next;
	}
	for (size_t i = 0; i < gaps.size(); i++) {
		int err = Cuda(cudaHostRegister(reinterpret_cast<void *>(gaps[i].first),
						gaps[i].last - gaps[i].first,
						cudaHostRegisterMapped | cudaHostRegisterPortable),
			       "pinning memory");

		if (!err)
			continue;
		while (i--)
			cudaHostUnregister(reinterpret_cast<void *>(gaps[i].first));
		return err == -ENODEV ? -EINVAL : err;
	}
	pinned.insert(pinned.end(), gaps.begin(), gaps.end());
	for (Pinned &p : pinned)
		p.users += p.first < last && first < p.last;
	return 0;
}

void cuda_engine::Unpin(uint64_t host, uint64_t bytes)
{
	uint64_t first = host & ~(kPage - 1), last = (host + bytes + kPage - 1) & ~(kPage - 1);

	for (size_t i = pinned.size(); i--;) {
		Pinned &p = pinned[i];

		if (p.first >= last || first >= p.last || --p.users)
			continue;
		cudaHostUnregister(reinterpret_cast<void *>(p.first));
		pinned.erase(pinned.begin() + static_cast<long>(i));
	}
}

// ---- requests -------------------------------------------------------------------------

int cuda_engine::Post(const cuda_request &request)
{
	cuda_request *r = &page->request;

	if (lost)
		return -ENODEV;
	memcpy(reinterpret_cast<char *>(r) + sizeof(r->number),
	       reinterpret_cast<const char *>(&request) + sizeof(r->number),
	       sizeof(request) - sizeof(r->number));
	// Release: pairs with the supervisor's acquire.
	__atomic_store_n(&r->number, ++number, __ATOMIC_RELEASE);
	return Wait(&page->ack.number, number) ? 0 : Lost();
}

int cuda_engine::Answer(uint32_t queue, cuda_status *status)
{
	const cuda_status *s = &page->status[queue];

	if (!Wait(&s->number, number, &page->progress[queue]))
		return Lost();
	memcpy(static_cast<void *>(status), s, sizeof(*status));
	if (status->state == PEAL_Q_DISABLED)
		live &= ~(UINT64_C(1) << queue);
	return 0;
}

int cuda_engine::Ask(cuda_request *request, uint32_t queue, cuda_status *status)
{
	int err = lost ? -ENODEV : running ? 0 : Launch();

	request->queue = queue;
	if (!err)
		err = Post(*request);
	return err ? err : Answer(queue, status);
}

// ---- the interface ----------------------------------------------------------------------

extern "C" {

int cuda_engine_probe(char *why, size_t len)
{
	setenv("CUDA_MODULE_LOADING", "EAGER", 0); // before the first call of CUDA, which reads it
	int count = 0;
	cudaError_t e = cudaGetDeviceCount(&count);

	if (!e)
		e = contexts().error;
	if (e == cudaErrorInsufficientDriver || e == cudaErrorNoDevice)
		snprintf(why, len, "%s",
			 e == cudaErrorNoDevice
				 ? "no NVIDIA GPU on this host"
				 : "no NVIDIA driver on this host, or too old a one");
	else if (e)
		snprintf(why, len, "%s", cudaGetErrorString(e));
	return e || !count ? -ENODEV : 0;
}

int cuda_engine_open(const cuda_engine_opts *opts, cuda_engine **out, char *why, size_t len)
{
	cuda_engine *e;
	int err;

	if (!gpus.Claim(opts->gpu)) {
		snprintf(why, len,
			 "GPU %d: another device of this process has it, or its kernel did not end",
			 opts->gpu);
		return -EBUSY;
	}
	OnGpu here(opts->gpu);
	e = new (std::nothrow) cuda_engine;
	if (!e) {
		gpus.Release(opts->gpu);
		return -ENOMEM;
	}
	e->opts = *opts;
	err = e->Open();
	if (err) {
		snprintf(why, len, "%s", e->why);
		cuda_engine_close(e);
		return err;
	}
	*out = e;
	return 0;
}

void cuda_engine_close(cuda_engine *e)
{
	OnGpu here(e->opts.gpu);

	if (!e->lost)
		e->Quiesce();
	// A kernel that does not end holds on to all of it, until the process ends.
	if (e->running && e->stream && cudaStreamQuery(e->stream) == cudaErrorNotReady) {
		delete e;
		return;
	}
	for (const Pinned &p : e->pinned)
		cudaHostUnregister(reinterpret_cast<void *>(p.first));
	e->memory.Close();
	if (e->page)
		cudaFreeHost(e->page);
	if (e->state)
		cudaFree(e->state);
	if (e->stream)
		cudaStreamDestroy(e->stream);
	gpus.Release(e->opts.gpu);
	delete e;
}

const char *cuda_engine_why(const cuda_engine *e)
{
	return e->why;
}

int cuda_engine_pin(cuda_engine *e, void *host, uint64_t bytes)
{
	OnGpu here(e->opts.gpu);

	return e->Pin(reinterpret_cast<uint64_t>(host), bytes);
}

int cuda_engine_map(cuda_engine *e, void *host, uint64_t bytes)
{
	OnGpu here(e->opts.gpu);
	uint64_t at = reinterpret_cast<uint64_t>(host);
	bool there = e->IsPinned(at, bytes);
	int err = e->lost ? -ENODEV : there ? 0 : e->Quiesce(), again;

	if (err)
		return err;
	err = e->Pin(at, bytes);
	again = there ? 0 : e->Relaunch();
	return err ? err : again;
}

int cuda_engine_unmap(cuda_engine *e, void *host, uint64_t bytes)
{
	OnGpu here(e->opts.gpu);
	uint64_t at = reinterpret_cast<uint64_t>(host);
	bool stays = !e->Unpins(at, bytes);
	int err = e->lost ? -ENODEV : stays ? 0 : e->Quiesce();

	if (err)
		return err;
	e->Unpin(at, bytes);
	return stays ? 0 : e->Relaunch();
}

int cuda_engine_alloc(cuda_engine *e, uint64_t bytes, uint64_t *address)
{
	OnGpu here(e->opts.gpu);
	int err, again;
	cudaError_t got;

	if (e->lost)
		return -ENODEV;
	if (e->memory.Take(bytes, address))
		return 0;
	err = e->Quiesce();
	if (err)
		return err;
	got = e->memory.Malloc(bytes, address);
	err = e->Cuda(got, "memory of the GPU");
	if (got == cudaErrorMemoryAllocation)
		err = e->Fail(-ENOSPC, "GPU %d has no %llu bytes left", e->opts.gpu,
			      static_cast<unsigned long long>(bytes));
	again = e->Relaunch();
	return err ? err : again;
}

int cuda_engine_free(cuda_engine *e, uint64_t address)
{
	OnGpu here(e->opts.gpu);
	int err = e->lost ? -ENODEV : 0, again;

	if (err || e->memory.Give(address))
		return err;
	err = e->Quiesce();
	if (err)
		return err;
	err = e->Cuda(e->memory.Free(address), "memory of the GPU");
	again = e->Relaunch();
	return err ? err : again;
}

int cuda_engine_write(cuda_engine *e, uint64_t address, const void *from, uint64_t bytes)
{
	OnGpu here(e->opts.gpu);

	return e->lost ? -ENODEV
		       : e->Cuda(e->memory.Write(address, from, bytes), "writing GPU memory");
}

int cuda_engine_read(cuda_engine *e, void *to, uint64_t address, uint64_t bytes)
{
	OnGpu here(e->opts.gpu);

	return e->lost ? -ENODEV
		       : e->Cuda(e->memory.Read(to, address, bytes), "reading GPU memory");
}

int cuda_engine_region(cuda_engine *e, uint32_t index, const cuda_region *region)
{
	cuda_request request{};

	OnGpu here(e->opts.gpu);
	int err;

	if (e->lost)
		return -ENODEV;
	e->tables += !(region->word >> 31);
	if (!e->running) {
		err = e->Set(&e->state->region[index], region, sizeof(*region));
		return err ? err : e->Set(&e->state->tables, &e->tables, sizeof(e->tables));
	}
	request.op = CUDA_REQ_REGION;
	request.arg = index;
	request.region = *region;
	return e->Post(request);
}

int cuda_engine_start(cuda_engine *e, uint32_t queue, const cuda_queue_config *config,
		      cuda_status *status)
{
	cuda_request request{};

	request.op = CUDA_REQ_START;
	request.config = *config;
	e->live |= UINT64_C(1) << queue;
	return e->Ask(&request, queue, status);
}

int cuda_engine_end(cuda_engine *e, uint32_t queue, const cuda_end *end, cuda_status *status)
{
	cuda_request request{};

	request.op = CUDA_REQ_END;
	request.end = *end;
	return e->Ask(&request, queue, status);
}

int cuda_engine_ring(cuda_engine *e, uint32_t queue, cuda_status *status)
{
	cuda_request request{};

	request.op = CUDA_REQ_RING;
	return e->Ask(&request, queue, status);
}

int cuda_engine_look(cuda_engine *e, uint32_t queue, cuda_status *status)
{
	cuda_request request{};

	request.op = CUDA_REQ_LOOK;
	return e->Ask(&request, queue, status);
}

uint32_t cuda_engine_tables(const cuda_engine *e)
{
	return e->tables;
}

int cuda_engine_lease(cuda_engine *e, uint64_t ns)
{
	cuda_request request{};
	int err = e->lost ? -ENODEV : e->running ? 0 : e->Launch();

	e->leased = ns != 0;
	request.op = CUDA_REQ_LEASE;
	request.lease_ns = ns;
	if (!err)
		err = e->Post(request);
	return err;
}

uint32_t cuda_engine_renewed(const cuda_engine *e)
{
	return LoadAcquire(&e->page->ack.renewed);
}

uint32_t cuda_engine_expired(const cuda_engine *e)
{
	return LoadAcquire(&e->page->ack.expired);
}

void cuda_engine_credit(cuda_engine *e, uint32_t queue, uint32_t cq_head)
{
	__atomic_store_n(&e->page->credit[queue].cq_head, cq_head, __ATOMIC_RELEASE);
}

uint64_t cuda_engine_raises(const cuda_engine *e, uint32_t queue)
{
	return __atomic_load_n(&e->page->event[queue].raises, __ATOMIC_ACQUIRE);
}
}
