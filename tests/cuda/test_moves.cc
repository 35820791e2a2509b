// SPDX-License-Identifier: MIT
//
// test_moves.cc - the operations on memory as a warp does them, on warps of a host (warp.h):
// alone, and cut into pieces for several; against plain loops and the reference device.
//
//	test_moves [SEED]
//
// Operands lie against pages that fault, so a byte too many is seen, read or written.
// Prints a line a case. Exit 0 or 1.

#include "warp.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/mman.h>
#include <thread>
#include <vector>

#include <peal/peal.h>

#include "execute.cuh"
#include "draw.h"

namespace
{

bool Case(const char *name, bool good)
{
	printf("%-72s %s\n", name, good ? "PASS" : "FAIL");
	return good;
}

// Pages between two that fault.
class Pages
{
      public:
	static constexpr size_t kPage = 4096;

	explicit Pages(size_t bytes) : bytes_((bytes + kPage - 1) / kPage * kPage)
	{
		base_ = static_cast<uint8_t *>(mmap(nullptr, bytes_ + 2 * kPage, PROT_NONE,
						    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		mprotect(base_ + kPage, bytes_, PROT_READ | PROT_WRITE);
	}
	~Pages()
	{
		munmap(base_, bytes_ + 2 * kPage);
	}
	Pages(const Pages &) = delete;
	Pages &operator=(const Pages &) = delete;

	uint8_t *begin() const
	{
		return base_ + kPage;
	}
	size_t size() const
	{
		return bytes_;
	}
	void Randomize() const
	{
		for (size_t i = 0; i < bytes_; i++)
			begin()[i] = static_cast<uint8_t>(Draw(256));
	}
	// A place for so many bytes: at the start, the end, or anywhere.
	uint8_t *Place(size_t bytes) const
	{
		size_t room = bytes_ - bytes, dice = Draw(4);

		return begin() + (dice == 0 ? 0 : dice == 1 ? room : Draw(static_cast<uint32_t>(room) + 1));
	}

      private:
	size_t bytes_;
	uint8_t *base_;
};

struct StateFree {
	void operator()(cuda_state *p) const
	{
		free(p);
	}
};
using State = std::unique_ptr<cuda_state, StateFree>;

State NewState(uint64_t split, uint32_t movers, uint32_t far)
{
	State all(static_cast<cuda_state *>(aligned_alloc(128, sizeof(cuda_state))));

	memset(static_cast<void *>(all.get()), 0, sizeof(cuda_state));
	all->split = split;
	all->movers = movers;
	all->far_movers = far;
	return all;
}

// What stands around one operation.
struct Rig {
	State all;
	volatile uint32_t abort = 0;
	uint64_t progress = 0;

	scene Scene()
	{
		return scene{ &abort, all->record_lock, all.get(), &progress };
	}
};

uint64_t Address(const void *p)
{
	return reinterpret_cast<uint64_t>(p);
}

// By one warp; every lane must come out the same.
outcome Execute(Rig *rig, const work &w, bool *together)
{
	outcome of_lane[32];
	scene s = rig->Scene();

	*together = Warp::Run([&] {
		outcome out = {};

		execute(&s, &w, &out);
		of_lane[threadIdx.x] = out;
	});
	for (const outcome &o : of_lane)
		*together = *together && o.status == of_lane[0].status &&
			    o.result == of_lane[0].result;
	return of_lane[0];
}

// ---- movers -------------------------------------------------------------------------------

// Blocks of two warps each, as the kernel has them, in threads.
class Movers
{
      public:
	Movers(cuda_state *all, unsigned blocks) : all_(all)
	{
		for (unsigned b = 0; b < blocks; b++) {
			blocks_.emplace_back(new movers);
			blocks_[b]->moving = blocks_[b]->far_moving = 0;
			blocks_[b]->leave = false;
			blocks_[b]->tables = crc_table;
			for (unsigned w = 0; w < 2; w++)
				threads_.emplace_back([this, b, w, blocks] {
					together_ = Warp::Run([&] {
						mover(all_, blocks_[b].get(), w * blocks + b, w == 0);
					}) && together_;
				});
		}
	}
	// False: they did not stay together, or left something behind.
	bool End()
	{
		__atomic_store_n(&all_->halt, CUDA_HALT_EXIT, __ATOMIC_RELEASE);
		for (std::thread &t : threads_)
			t.join();
		threads_.clear();
		return together_ && !all_->moving && !all_->far_moving && !all_->taken;
	}

      private:
	cuda_state *all_;
	std::vector<std::unique_ptr<movers>> blocks_;
	std::vector<std::thread> threads_;
	std::atomic<bool> together_{ true };
};

// ---- one operation, drawn ------------------------------------------------------------------

struct Trial {
	work w = {};
	outcome want = {};
	std::vector<uint8_t> want_b; // all of B's pages
};

Trial DrawTrial(const Pages &pa, const Pages &pb, uint32_t most)
{
	static const uint8_t codes[] = { PEAL_OP_COPY, PEAL_OP_FILL, PEAL_OP_COMPARE, PEAL_OP_CRC32C,
					 PEAL_OP_COPY_CRC };
	Trial t;
	uint32_t n = Draw(6) ? Draw(most + 1) : Draw(70);
	uint8_t *a = pa.Place(n), *b = pb.Place(n);

	t.w.code = codes[Draw(sizeof(codes))];
	t.w.length = n;
	t.w.arg0 = Draw(1u << 28) * 16ull + Draw(16);
	t.w.a = t.w.code == PEAL_OP_FILL ? 0 : Address(a);
	t.w.b = t.w.code == PEAL_OP_CRC32C ? 0 : Address(b);
	t.w.a_far = Draw(2);
	t.w.b_far = Draw(2);
	if (t.w.code == PEAL_OP_COMPARE && n) {
		memcpy(b, a, n);
		for (unsigned i = Draw(3); i; i--)
			b[Draw(4) ? Draw(n) : Draw(2) ? 0 : n - 1] ^= 1u << Draw(8);
	}
	t.want_b.assign(pb.begin(), pb.begin() + pb.size());
	uint8_t *wb = &t.want_b[static_cast<size_t>(b - pb.begin())];

	t.want = outcome{ PEAL_ST_OK, n };
	switch (t.w.code) {
	case PEAL_OP_COPY: memcpy(wb, a, n); break;
	case PEAL_OP_FILL:
		for (uint32_t j = 0; j < n; j++)
			wb[j] = static_cast<uint8_t>(t.w.arg0 >> 8 * (j % 4));
		break;
	case PEAL_OP_COMPARE: {
		uint32_t j = 0;

		while (j < n && a[j] == b[j])
			j++;
		t.want = j < n ? outcome{ PEAL_ST_MISCOMPARE, 1 + j } : outcome{ PEAL_ST_OK, 0 };
		break;
	}
	case PEAL_OP_COPY_CRC: memcpy(wb, a, n); /* fall through */
	default: t.want.result = peal_crc32c(static_cast<uint32_t>(t.w.arg0), a, n);
	}
	return t;
}

bool Agrees(const Trial &t, outcome got, const Pages &pb, bool together)
{
	if (together && got.status == t.want.status && got.result == t.want.result &&
	    !memcmp(pb.begin(), t.want_b.data(), pb.size()))
		return true;
	size_t at = 0;

	while (at < pb.size() && pb.begin()[at] == t.want_b[at])
		at++;
	printf("# %s, a %% 4096 = %llu, b %% 4096 = %llu, length %u: %s 0x%llx, not %s 0x%llx; B differs "
	       "from %zu on%s\n",
	       peal_opcode_name(t.w.code), static_cast<unsigned long long>(t.w.a % 4096),
	       static_cast<unsigned long long>(t.w.b % 4096), t.w.length, peal_status_name(got.status),
	       static_cast<unsigned long long>(got.result), peal_status_name(t.want.status),
	       static_cast<unsigned long long>(t.want.result), at,
	       together ? "" : "; the lanes did not stay together");
	return false;
}

bool Trials(Rig *rig, unsigned count, uint32_t most)
{
	Pages pa(most), pb(most);

	pa.Randomize();
	pb.Randomize();
	for (unsigned i = 0; i < count; i++) {
		Trial t = DrawTrial(pa, pb, most);
		bool together;
		outcome got = Execute(rig, t.w, &together);

		if (!Agrees(t, got, pb, together))
			return false;
	}
	return true;
}

// ---- cases --------------------------------------------------------------------------------

bool Alone()
{
	Rig rig{ NewState(UINT64_MAX, 0, 0) };

	return Trials(&rig, 1500, 6000) && Trials(&rig, 60, 70000);
}

bool OwnerOnly()
{
	Rig rig{ NewState(1, 0, 0) };

	return Trials(&rig, 300, 6000) && Trials(&rig, 60, 150000) && !rig.all->taken &&
	       !rig.all->moving && !rig.all->far_moving;
}

bool ByMany()
{
	Rig rig{ NewState(1, 6, 2) };
	Movers movers(rig.all.get(), 3);
	bool good = Trials(&rig, 150, 6000) && Trials(&rig, 60, 300000);

	return movers.End() && good;
}

// A move whose owner does nothing but wait.
bool MoversOnly()
{
	constexpr uint32_t kBytes = 300000;
	Rig rig{ NewState(1, 6, 2) };
	Movers movers(rig.all.get(), 3);
	Pages pa(kBytes), pb(kBytes);
	bool good = true;

	pa.Randomize();
	for (uint32_t far = 0; far < 2; far++) {
		cuda_run run = { Address(pa.begin()), Address(pb.begin()), kBytes, PEAL_OP_COPY, 0, 0, far };
		pieces p = cut_into_pieces(run.bytes, run.b, rig.all->movers, PIECE_MOST);
		auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
		uint32_t which = 0;

		memset(pb.begin(), 0, pb.size());
		good = Warp::Run([&] {
			scene s = rig.Scene();
			uint32_t mine = take_move(s.all);

			publish_move(&s, mine, &run, &p);
			which = mine;
		}) && good;
		while (load32_acquire_gpu(&rig.all->move[which].done) != p.count &&
		       std::chrono::steady_clock::now() < end)
			sched_yield();
		good = good && load32(&rig.all->move[which].done) == p.count &&
		       !memcmp(pa.begin(), pb.begin(), kBytes);
		good = Warp::Run([&] {
			hide_move(rig.all.get(), which, &run);
			give_move(rig.all.get(), which);
		}) && good;
	}
	return movers.End() && good;
}

// Movers that are not for the host's memory leave what is there to its owner.
bool NotFar()
{
	constexpr uint32_t kBytes = 300000;
	Rig rig{ NewState(1, 6, 0) };
	Movers movers(rig.all.get(), 3);
	Pages pa(kBytes), pb(kBytes);
	cuda_run run = { Address(pa.begin()), Address(pb.begin()), kBytes, PEAL_OP_COPY, 0, 0, 1 };
	pieces p = cut_into_pieces(run.bytes, run.b, 0, PIECE_MOST);
	uint32_t which = 0, did = 0, drawn = 0, astray = 0;
	bool good, helped = false;

	pa.Randomize();
	good = Warp::Run([&] {
		scene s = rig.Scene();
		uint32_t mine = take_move(s.all);

		publish_move(&s, mine, &run, &p);
		which = mine;
	});
	for (unsigned i = 0; i < 1000; i++)
		sched_yield();
	drawn = static_cast<uint32_t>(load64(&rig.all->move[which].tickets));
	// One that believes a near move to be there does a piece by mistake, and looks again.
	good = Warp::Run([&] {
		static struct movers block;
		uint32_t last = which;

		block.moving = UINT64_C(1) << which;
		block.tables = crc_table;
		helped |= help(rig.all.get(), &block, false, &last);
	}) && good;
	astray = load32(&rig.all->move[which].done);
	good = Warp::Run([&] {
		scene s = rig.Scene();
		uint32_t n = share_move<OWNER_AHEAD>(s.all, which, &s, true, crc_tables_here());

		hide_move(s.all, which, &run);
		give_move(s.all, which);
		did = n;
	}) && good;
	return movers.End() && good && !drawn && !helped && astray == 1 && did == p.count - astray &&
	       !memcmp(pa.begin(), pb.begin(), kBytes);
}

// All of the moves are somebody's: alone, then.
bool NoneFree()
{
	Rig rig{ NewState(1, 6, 2) };

	rig.all->taken = UINT64_MAX;
	return Trials(&rig, 50, 40000) && rig.all->taken == UINT64_MAX;
}

// Owners at the same time, as servers are, more of them than movers.
bool SideBySide()
{
	Rig rig{ NewState(8192, 4, 1) };
	Movers movers(rig.all.get(), 2);
	std::atomic<bool> good{ true };
	std::vector<std::thread> owners;

	for (unsigned i = 0; i < 3; i++) {
		auto pa = std::make_shared<Pages>(200000), pb = std::make_shared<Pages>(200000);

		pa->Randomize();
		uint32_t seed = Draw(1u << 28);

		owners.emplace_back([&rig, &good, pa, pb, seed] {
			uint32_t s = seed;

			for (unsigned n = 0; n < 12; n++) {
				auto draw = [&s](uint32_t below) {
					s = s * 1664525 + 1013904223;
					return static_cast<uint32_t>(
						(static_cast<uint64_t>(s >> 4) * below) >> 28);
				};
				work w = {};
				bool together;

				w.code = PEAL_OP_COPY_CRC;
				w.length = 100000 + draw(90000);
				w.a = Address(pa->begin() + draw(9000));
				w.b = Address(pb->begin() + draw(9000));
				w.arg0 = draw(1u << 28);
				w.a_far = draw(2);
				outcome got = Execute(&rig, w, &together);
				const void *a = reinterpret_cast<const void *>(w.a);

				good = together && got.status == PEAL_ST_OK &&
				       got.result == peal_crc32c(static_cast<uint32_t>(w.arg0), a,
								 w.length) &&
				       !memcmp(a, reinterpret_cast<const void *>(w.b), w.length) &&
				       good;
			}
		});
	}
	for (std::thread &t : owners)
		t.join();
	return movers.End() && good;
}

// An abort in the middle: done whole, or ABORTED, and nothing outside the range is written.
bool Aborts()
{
	Rig rig{ NewState(1, 4, 4) };
	Movers movers(rig.all.get(), 2);
	Pages pa(600000), pb(600000);
	unsigned aborted = 0, whole = 0;
	bool good = true;

	pa.Randomize();
	for (unsigned i = 0; good && i < 60; i++) {
		work w = {};
		bool together;

		memset(pb.begin(), 0x5a, pb.size());
		w.code = i % 2 ? PEAL_OP_COPY : PEAL_OP_FILL;
		w.length = 500000;
		w.arg0 = 0x01020304;
		w.a = i % 2 ? Address(pa.begin() + 7) : 0;
		w.b = Address(pb.begin() + 40001);
		rig.abort = i == 0; /* that one has no choice */
		std::thread breaker([&rig, i] {
			std::this_thread::sleep_for(std::chrono::microseconds(i * 40));
			rig.abort = 1;
		});
		outcome got = Execute(&rig, w, &together);

		breaker.join();
		aborted += got.status == PEAL_ST_ABORTED;
		whole += got.status == PEAL_ST_OK;
		good = together && (got.status == PEAL_ST_ABORTED || got.status == PEAL_ST_OK);
		if (got.status == PEAL_ST_OK && i % 2)
			good = good && !memcmp(pa.begin() + 7, pb.begin() + 40001, w.length);
		for (size_t j = 0; j < pb.size(); j++)
			if (j < 40001 || j >= 40001 + w.length)
				good = good && pb.begin()[j] == 0x5a;
	}
	printf("# %u aborted, %u done\n", aborted, whole);
	return movers.End() && good && aborted;
}

// PREFILL, DECODE and REWARD, as the reference has them.
bool Rollouts(uint64_t split, unsigned blocks)
{
	constexpr uint32_t kBytes = 200000;
	Rig rig{ NewState(split, 2 * blocks, 1) };
	Movers movers(rig.all.get(), blocks);
	peal_device *dev = nullptr;
	peal_queue *queue = nullptr;
	peal_region *region = nullptr;
	peal_region_opts opts = {};
	Pages mine(kBytes);
	bool good = !peal_open("ref", nullptr, &dev) && !peal_queue_create(dev, nullptr, &queue);

	opts.bytes = kBytes;
	good = good && !peal_region_alloc(dev, &opts, &region);
	mine.Randomize();
	memset(mine.begin(), 0, 64);
	for (unsigned round = 0; good && round < 40; round++) {
		uint8_t *theirs = static_cast<uint8_t *>(peal_region_memory(region));
		peal_record record = {};

		record.MAX_TOKENS = 1 + Draw(30000);
		record.REWARD_BOUNDARY = Draw(2) * Draw(20000);
		memcpy(mine.begin(), &record, sizeof(record));
		memcpy(theirs, mine.begin(), kBytes);
		for (unsigned step = 0; good && step < 6; step++) {
			const struct peal_operand rec = peal_at(region, 0), b = peal_at(region, 64 + 4 * Draw(20));
			const uint32_t bytes = 4 * (1 + Draw(Draw(2) ? 40000 : 100));
			work w = {};
			peal_desc d;
			peal_completion c = {};
			bool together;

			w.record = peal_region_bus(region);
			w.a = Address(mine.begin());
			w.b = Address(mine.begin() + b.offset);
			w.a_far = true;
			w.b_far = Draw(2);
			w.length = bytes;
			switch (step ? 1 + Draw(2) : 0) {
			case 0:
				w.code = PEAL_OP_PREFILL;
				peal_prep_prefill(&d, 1, rec, b, bytes);
				break;
			case 1:
				w.code = PEAL_OP_DECODE;
				w.arg0 = 1 + Draw(20000);
				w.length = 0;
				peal_prep_decode(&d, 1, rec, b, static_cast<uint32_t>(w.arg0));
				break;
			default:
				w.code = PEAL_OP_REWARD;
				w.arg0 = Draw(2);
				peal_prep_reward(&d, 1, rec, b, bytes, w.arg0);
			}
			outcome got = Execute(&rig, w, &together);

			good = peal_submit(queue, &d, 1) == 1 &&
			       peal_wait(queue, &c, 1, 1000000000) == 1 && together &&
			       got.status == c.status && got.result == c.result &&
			       !memcmp(mine.begin(), theirs, kBytes);
			if (!good)
				printf("# %s: %s 0x%llx, the reference %s 0x%llx\n",
				       peal_opcode_name(w.code), peal_status_name(got.status),
				       static_cast<unsigned long long>(got.result),
				       peal_status_name(c.status),
				       static_cast<unsigned long long>(c.result));
		}
	}
	for (uint32_t lock : rig.all->record_lock)
		good = good && !lock;
	peal_close(dev);
	return movers.End() && good;
}

// An address of 0 is what the bus does not have.
bool NothingThere()
{
	Rig rig{ NewState(1, 0, 0) };
	Pages p(4096);
	bool together;
	work w = {};

	w.code = PEAL_OP_COPY;
	w.length = 10;
	if (Execute(&rig, w, &together).status != PEAL_ST_READ)
		return false;
	w.a = Address(p.begin());
	if (Execute(&rig, w, &together).status != PEAL_ST_WRITE)
		return false;
	w.code = PEAL_OP_COMPARE;
	if (Execute(&rig, w, &together).status != PEAL_ST_READ)
		return false;
	w.length = 0;
	return Execute(&rig, w, &together).status == PEAL_ST_OK;
}

// Pieces cover the run, without a gap and without a byte twice, and are aligned.
bool Pieces()
{
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t bytes = 1 + (Draw(3) ? Draw(1u << 20) : Draw(1u << 28) * 16ull);
		uint64_t address = UINT64_C(0x7f0000000000) + Draw(100000);
		uint32_t most = Draw(2) ? PIECE_MOST : PIECE_SUM;
		pieces p = cut_into_pieces(bytes, address, Draw(2000), most);
		uint64_t at = 0;

		if (p.bytes < PIECE_LEAST || p.bytes > most || p.lead % 4)
			return false;
		for (uint32_t n = 0; n < p.count; n += n > 3 && p.count - n > 9 ? p.count - n - 5 : 1) {
			uint64_t from = piece_start(&p, n), to = piece_end(&p, n, bytes);

			if ((n < 4 && from != at) || to <= from || to > bytes ||
			    (n && (address + from) % ALIGN_BYTES > 3))
				return false;
			at = to;
		}
		if (at != bytes)
			return false;
	}
	return true;
}

bool NextMove()
{
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t mask = static_cast<uint64_t>(Draw(1u << 28)) << Draw(37), from = Draw(70);

		if (!mask)
			continue;
		uint32_t want = from % 64;

		while (!(mask >> want & 1))
			want = (want + 1) % 64;
		if (next_move(mask, static_cast<uint32_t>(from)) != want)
			return false;
	}
	return true;
}

} // namespace

int main(int argc, char **argv)
{
	bool good;

	random_state = argc > 1 ? static_cast<uint32_t>(strtoul(argv[1], nullptr, 0)) : 1;
	printf("# seed %u\n", random_state);
	good = Case("moves: by one warp, as plain loops", Alone());
	good &= Case("moves: in pieces, by their owner", OwnerOnly());
	good &= Case("moves: in pieces, by an owner and six movers", ByMany());
	good &= Case("moves: by movers only", MoversOnly());
	good &= Case("moves: movers that are not for the host's memory", NotFar());
	good &= Case("moves: no free place to publish one", NoneFree());
	good &= Case("moves: three owners and four movers", SideBySide());
	good &= Case("moves: an abort in the middle", Aborts());
	good &= Case("moves: operands that are not there", NothingThere());
	good &= Case("rollouts: by one warp, as the reference", Rollouts(UINT64_MAX, 0));
	good &= Case("rollouts: in pieces, with movers", Rollouts(4096, 2));
	good &= Case("pieces: cover every byte once", Pieces());
	good &= Case("moves: taken by turns", NextMove());
	return !good;
}
