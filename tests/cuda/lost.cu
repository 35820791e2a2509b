// SPDX-License-Identifier: MIT
//
// lost.cu - a GPU that is lost: another kernel of the process dies, and takes Peal's with it.
//
//	lost DEVICE
//
// Queues of each order are loaded when it happens. Every descriptor that was accepted has one
// outcome, what libpeal makes is marked so, the loss is said once, and all calls end.
// Prints a line a case. Exit 0, 1, or 77 when the device cannot run here.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <cuda_runtime.h>

#include <peal/peal.h>

namespace
{

using Clock = std::chrono::steady_clock;

constexpr uint64_t kSecond = UINT64_C(1000000000); // ns
constexpr uint32_t kHealthy = 20000;		   // descriptors a queue, before the GPU is lost
constexpr uint32_t kLong = 64 << 20;		   // bytes of every 64th descriptor near the end
constexpr unsigned kSlotsLog2 = 8;
constexpr unsigned kBatch = 32;

const char *device;

__global__ void MayDie(bool dies)
{
	if (dies)
		asm volatile("trap;");
}

// Loaded and tried before the device's kernel is there: what CUDA does lazily would wait for its
// end.
bool Ready(cudaStream_t *stream)
{
	setenv("CUDA_MODULE_LOADING", "EAGER", 1);
	if (cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking) != cudaSuccess)
		return false;
	MayDie<<<1, 1, 0, *stream>>>(false);
	return cudaStreamSynchronize(*stream) == cudaSuccess;
}

struct Log {
	unsigned lost = 0;
};

void Listen(void *ctx, enum peal_log_level level, const char *message)
{
	if (level != PEAL_LOG_ERROR)
		return;
	printf("# %s\n", message);
	static_cast<Log *>(ctx)->lost += strstr(message, "is gone") != nullptr;
}

struct Queue {
	peal_queue *q = nullptr;
	const char *name = "";
	uint32_t accepted = 0; // by peal_submit
	std::vector<uint8_t> outcomes;
	uint64_t by_device = 0, aborted = 0, cancelled = 0, wrong = 0;

	void Submit(peal_region *memory);
	int Take(const peal_completion *c, int n);
	int Poll();
	int Rest();
	bool Balanced() const;
};

void Queue::Submit(peal_region *memory)
{
	const uint64_t payload[5] = { accepted, 1, 2, 3, 4 };
	peal_desc d;

	for (unsigned i = 0; i < kBatch; i++) {
		if (memory && accepted % 64 == 0)
			peal_prep_fill(&d, accepted, peal_at(memory, 0), kLong, accepted);
		else
			peal_prep_echo(&d, accepted, payload);
		if (peal_submit(q, &d, 1) != 1)
			return;
		accepted++;
		outcomes.push_back(0);
	}
}

int Queue::Take(const peal_completion *c, int n)
{
	for (int i = 0; i < n; i++) {
		if (c[i].cookie >= accepted || outcomes[c[i].cookie]++) {
			wrong++;
			continue;
		}
		by_device += !c[i].by_host && c[i].status == PEAL_ST_OK;
		aborted += c[i].by_host && c[i].status == PEAL_ST_ABORTED;
		cancelled += c[i].by_host && c[i].status == PEAL_ST_CANCELLED;
	}
	return n;
}

int Queue::Poll()
{
	peal_completion c[kBatch];

	return Take(c, peal_poll(q, c, kBatch));
}

// What is left when the GPU is lost, until the device says that it is gone: -ENODEV.
int Queue::Rest()
{
	peal_completion c[kBatch];
	int n;

	while ((n = peal_wait(q, c, kBatch, 20 * kSecond)) > 0)
		Take(c, n);
	return n;
}

bool Queue::Balanced() const
{
	printf("# %s: %u accepted: %llu done, %llu ABORTED, %llu CANCELLED, %llu wrong\n", name,
	       accepted, static_cast<unsigned long long>(by_device),
	       static_cast<unsigned long long>(aborted), static_cast<unsigned long long>(cancelled),
	       static_cast<unsigned long long>(wrong));
	return !wrong && by_device >= kHealthy && aborted + cancelled &&
	       by_device + aborted + cancelled == accepted;
}

bool Create(peal_device *dev, Queue queues[3])
{
	static const char *const names[] = { "FIFO", "ACTOR", "NONE, MATCHED" };

	for (unsigned order = PEAL_ORDER_FIFO; order <= PEAL_ORDER_NONE; order++) {
		peal_queue_opts o{};

		o.sq_log2 = kSlotsLog2;
		o.order = static_cast<uint8_t>(order);
		o.matched = order == PEAL_ORDER_NONE;
		queues[order].name = names[order];
		if (peal_queue_create(dev, &o, &queues[order].q))
			return false;
	}
	return true;
}

// Each queue at work, and most of what was accepted done.
bool Warm(Queue queues[3])
{
	auto deadline = Clock::now() + std::chrono::seconds(10);
	uint64_t least = 0;

	while (least < kHealthy && Clock::now() < deadline) {
		least = UINT64_MAX;
		for (Queue *q = queues; q < queues + 3; q++) {
			q->Submit(nullptr);
			if (q->Poll() < 0)
				return false;
			least = std::min(least, q->by_device);
		}
	}
	return least >= kHealthy;
}

// All of it, from the healthy device to the dead one. False: something is wrong.
bool Lose(peal_device *dev, const Log &log, cudaStream_t stream)
{
	peal_region_opts ro{};
	peal_region *memory = nullptr;
	Queue queues[3];
	uint32_t value;
	bool right = true;

	ro.bytes = kLong;
	if (peal_region_alloc(dev, &ro, &memory) || !Create(dev, queues)) {
		printf("# %s\n", peal_error(dev));
		return false;
	}
	if (!Warm(queues)) {
		printf("# the device is too slow, or ill: %s\n", peal_error(dev));
		return false;
	}
	for (Queue &q : queues)
		q.Submit(memory);
	MayDie<<<1, 1, 0, stream>>>(true);
	for (Queue &q : queues)
		q.Submit(memory);
	for (Queue &q : queues) {
		int end = q.Rest();

		right &= q.Balanced() && end == -ENODEV;
	}
	printf("# %s\n", peal_error(dev));
	return right && log.lost == 1 && strstr(peal_error(dev), "the GPU is lost") &&
	       peal_reg_read(dev, 0, &value) == -ENODEV && peal_queue_drain(queues[0].q) == -ENODEV;
}

int Say(const char *name, bool right)
{
	printf("%-72s %s\n", name, right ? "PASS" : "FAIL");
	return !right;
}

} // namespace

int main(int argc, char **argv)
{
	peal_device *dev = nullptr, *again = nullptr;
	peal_open_opts o{};
	cudaStream_t stream;
	int bad, err;
	Log log;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DEVICE\n", argv[0]);
		return 2;
	}
	device = argv[1];
	if (!Ready(&stream)) {
		printf("no kernel runs here: %s\n", cudaGetErrorString(cudaGetLastError()));
		return 77;
	}
	o.params = "movers=2"; // leaves room for the kernel that dies
	o.log = Listen;
	o.log_ctx = &log;
	err = peal_open(device, &o, &dev);
	if (err == -EOPNOTSUPP || err == -ENOENT) {
		printf("%s\n", peal_error(nullptr));
		return 77;
	}
	bad = Say("lost: every accepted descriptor has one outcome", dev && Lose(dev, log, stream));
	auto begun = Clock::now();
	peal_close(dev);
	double ms = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
	printf("# closed in %.1f ms\n", ms);
	bad |= Say("lost: it can be closed", ms < 5000);
	err = peal_open(device, nullptr, &again);
	printf("# once more in this process: %s\n", err ? peal_error(nullptr) : "it opens");
	bad |= Say("lost: a process whose GPU is lost is told so", err < 0);
	return bad;
}
