// SPDX-License-Identifier: MIT
//
// test_servers.cc - a queue of the cuda device without a GPU: its servers and its control
// warp (serve.cuh, control.cuh) as a block of warps in one thread (block.h), and a host that
// publishes, reaps, gives credit, and ends and begins lives.
//
//	test_servers [SEED [RUNS OF LIVES]]
//
// What is seen depends on the seed alone. Prints a line a case. Exit 0 or 1.

#include "warp.h"

#include <algorithm>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

#include "block.h"
#include "execute.cuh"
#include "lone.cuh"

#define execute_by_address execute

static uint64_t lone_served; // went the way of lone.cuh

static inline enum lone counted(struct team *t, const struct lone_view *view, uint32_t head,
				uint64_t w[PEAL_DESC_WORDS], bool more)
{
	enum lone how = serve_lone(t, view, head, w, more);

	lone_served += how == SERVED && lane_id() == 0;
	return how;
}
#define serve_lone counted

#include "fetch.cuh"

static unsigned server_of(const struct fetched *f);
static int reading[SERVERS]; // fetches that a server has begun and not ended

static inline void counted(struct fetched *f, uint64_t from, unsigned slots)
{
	if (lane_id() == 0)
		reading[server_of(f)]++;
	begin_fetch(f, from, slots);
}
#define begin_fetch counted

static inline void counted(const struct fetched *f, uint32_t phase)
{
	end_fetch(f, phase);
	if (lane_id() == 0)
		reading[server_of(f)]--;
}
#define end_fetch counted

// Servers whose patience ends while their windows are being accepted, or hardly ever.
static long long wait_cycles;
#define WAIT_CYCLES wait_cycles

#include "offer.cuh"

static uint64_t granted; // windows that were accepted by the server of another
static uint64_t ahead;	 // that were read while their server had another

static inline enum acceptance counted(struct team *t, unsigned me, const struct window *v,
				      uint32_t *at)
{
	enum acceptance how = await_turn(t, me, v, at);

	granted += how == ACCEPTED && lane_id() == 0;
	return how;
}
#define await_turn counted

static inline void counted(struct reader *r, const struct team *t, const struct window *v)
{
	uint32_t begun = r->begun;

	read_ahead(r, t, v);
	ahead += r->begun != begun && lane_id() == 0;
}
#define read_ahead counted

// Parks at once, and is woken by nothing but a doorbell.
#define PARK_LOOKS 6
#define PARK_EVERY UINT32_MAX

#include "serve.cuh"
#include "control.cuh"
#include "draw.h"

namespace
{

constexpr unsigned kSlots = 2048; // of the largest ring: windows for all servers, thrice
constexpr unsigned kBlocks = 4096, kBlock = 64;
constexpr uint32_t kTenant = 3, kHandle = 1u << PEAL_HANDLE_INDEX_BITS;
constexpr uint32_t kQueue = 2;		      // there are others
const itimerval patience = { {}, { 60, 0 } }; // seconds of processor time a case

// ---- the block ------------------------------------------------------------------------------

struct Memory {
	alignas(128) cuda_state all;
	alignas(128) cuda_page page;
	alignas(128) struct team team;
	alignas(128) struct fetched fetched[SERVERS][READS];
	struct work work[SERVERS][WARP];
	alignas(64) uint64_t sq[kSlots][PEAL_DESC_WORDS];
	alignas(64) uint64_t cq[kSlots][PEAL_COMP_WORDS];
	alignas(64) uint64_t line[8];
	alignas(64) uint8_t block[kBlocks][kBlock];
	alignas(64) peal_record record[4];
};

Memory *m;
bool together;
unsigned server_number[SERVERS];
char case_name[100];

uint64_t Address(const void *p)
{
	return reinterpret_cast<uint64_t>(p);
}

void PrintTeam()
{
	const struct team *t = &m->team;

	printf("# head %u taken %u done %u others %u completing %u cq_tail %u cq_head %u silent "
	       "%u\n",
	       t->turn.head, t->turn.taken, t->done, t->others, t->completing, t->cq_tail,
	       t->cq_head, t->silent);
	printf("# state %u epoch %u ending %d limit %u stop %x load %u abort %u wanting %d turns "
	       "%llu\n",
	       t->state, t->epoch, t->ending, t->limit, t->stop.any, t->load, t->abort, t->wanting,
	       static_cast<unsigned long long>(Block::Turns()));
	for (unsigned i = 0; i < SERVERS; i++)
		printf("# server %u: inside %u writing %u offer %llx\n", i, t->inside[i],
		       t->writing[i], static_cast<unsigned long long>(t->offer[i]));
}

[[noreturn]] void Failed()
{
	PrintTeam();
	printf("%-72s FAIL\n", case_name);
	fflush(stdout);
	_exit(1);
}

void GiveUp(int)
{
	printf("# it has come to a standstill, %u warps left, %llu lanes apart\n", Block::Left(),
	       static_cast<unsigned long long>(Warp::Apart()));
	Failed();
}

void SetRegion(uint32_t index, const void *at, uint64_t bytes)
{
	cuda_region *r = &m->all.region[index];

	r->bus = UINT64_C(0x100000000) * index;
	r->bytes = r->mapped = bytes;
	r->delta = Address(at) - r->bus;
	r->tenant = kTenant;
	r->word = 1u << 31 | 3u << 8 | 1;
}

// As the kernel begins (workers.cu).
void Launch()
{
	struct team *t = &m->team;

	memset(static_cast<void *>(t), 0, sizeof(*t));
	t->page = &m->page;
	t->all = &m->all;
	t->number = kQueue;
	t->table.entry = m->all.region;
	t->table.entries = m->all.regions;
	t->pace = t->look_mean = PACE_FIRST;
	restore(t);
	for (unsigned i = 0; i < SERVERS * READS; i++)
		init_fetched(&m->fetched[0][i]);
	for (unsigned i = 0; i < SERVERS; i++)
		server_number[i] = Block::Start([i] {
			together &= Warp::Run(
				[i] { server(&m->team, i, m->fetched[i], m->work[i]); });
		});
	Block::Start([] { together &= Warp::Run([] { control(&m->team); }); });
}

// As REQ_EXIT: the state stays.
void Leave()
{
	__atomic_store_n(&m->all.halt, m->all.halt | CUDA_HALT_EXIT, __ATOMIC_RELEASE);
	while (Block::Left())
		Block::Rest();
	m->all.halt &= ~CUDA_HALT_EXIT;
}

// Servers that write a window whose places in the CQ are given away; others, maybe, and who reads.
void HoldUp(bool others)
{
	while (others && m->team.turn.taken)
		Block::Rest();
	for (unsigned i = 0; i < SERVERS; i++)
		if (m->team.writing[i] & 1 || (others && Draw(reading[i] ? 2 : 3) == 0))
			Block::HoldUp(server_number[i], Draw(others ? 20000 : 3000));
}

void MaybeRelaunch()
{
	if (Draw(4))
		return;
	Leave();
	Launch();
}

// ---- a queue as its host sees it ------------------------------------------------------------

// A descriptor, and what is to come of it.
struct Item {
	uint64_t w[PEAL_DESC_WORDS] = {};
	uint32_t status = PEAL_ST_OK;
	uint64_t result = 0;
	bool silent = false, event = false, writes = false, stops = false;
	uint32_t actor = 0, pattern = 0; // of its block, when it has written that
	bool copies = false;
	size_t source = 0;
	bool free = false, done = false, fine = false;
};

enum Style { FULL, BURSTS, LONE };

struct Mix {
	bool plain = true, rollouts = false;
};

class Queue
{
      public:
	uint32_t state = PEAL_Q_DISABLED, epoch = 0;

	// A new life.
	void Start(uint32_t mode, unsigned sq_log2, unsigned cq_log2, uint32_t sq_start,
		   uint32_t cq_start, const Mix &mix);
	void Resume();
	void PublishLate();
	// Some more of them, until so many are published.
	void Drive(Style style, size_t count);
	// Until all that is published is completed; then all counters are right.
	void Settle();
	void End(const cuda_end &end);
	// Looks until the state is this one.
	void Until(uint32_t state);
	// All that was accepted has come, nothing else has, and nothing is written any more.
	void Over(bool indices_kept);
	void Look();
	// Nothing is written while this goes on.
	void Rest();
	void Stop();
	// The lease expires: what has no outcome is counted.
	void Expire();
	[[noreturn]] void Fail(const char *format, ...) const __attribute__((format(printf, 2, 3)));
	uint32_t next() const // SQ index
	{
		return sq_start_ + static_cast<uint32_t>(item_.size());
	}
	size_t published() const
	{
		return item_.size();
	}
	unsigned rang() const
	{
		return rang_;
	}

      private:
	struct Seen {
		uint64_t c[2];
	};
	uint32_t number_ = 0, mode_ = 0, sq_start_ = 0, cq_start_ = 0;
	unsigned sq_log2_ = 0, cq_log2_ = 0;
	Mix mix_;
	std::vector<Item> item_;
	std::vector<uint32_t> last_of_actor_;
	std::vector<size_t> writers_;
	std::vector<Seen> seen_; // in a packed CQ, what was reaped
	uint32_t cq_read_ = 0, cq_credit_ = 0;
	size_t low_ = 0; // all below have had their outcome, or were silent
	size_t reaped_ = 0, accepted_ = 0, limit_ = SIZE_MAX; // of a drain
	uint32_t silent_ = 0, events_ = 0;
	uint64_t raises_ = 0;
	uint32_t decoded_ = 0;
	bool aborting_ = false;
	unsigned rang_ = 0;
	cuda_totals before_ = {};
	cuda_queue_config config_ = {};
	cuda_status status_ = {};

	bool matched() const
	{
		return mode_ & CUDA_MODE_MATCHED;
	}
	uint32_t order() const
	{
		return mode_ & CUDA_MODE_ORDER;
	}
	uint32_t Ask(uint32_t op);
	void Answer();
	bool Valid(uint32_t cq_index, uint64_t c[2]) const;
	void CheckVisible(uint32_t cq_tail, const char *what);
	void CheckLine();
	void CheckEvent();
	void Make(Item *d);
	void MakeBad(Item *d);
	void MakeMove(Item *d);
	bool Room() const;
	void Publish();
	void Publish(const Item &d);
	void RingIfAsked(uint32_t index);
	unsigned Reap();
	unsigned ReapPacked();
	unsigned ReapMatched();
	void Take(size_t at, const uint64_t c[2]);
	void Skip(size_t to);
	void Credit(bool all);
	void Free(uint32_t head);
};

void Queue::Fail(const char *format, ...) const
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (mode 0x%x, published %zu, reaped %zu)\n", mode_, item_.size(), reaped_);
	Failed();
}

// ---- requests ------------------------------------------------------------------------------

uint32_t Queue::Ask(uint32_t op)
{
	cuda_control *c = &m->all.control[kQueue];

	c->op = op;
	// Release: pairs with the acquire in control.
	__atomic_store_n(&c->number, ++number_, __ATOMIC_RELEASE);
	return number_;
}

void Queue::Answer()
{
	const cuda_status *s = &m->page.status[kQueue];

	while (__atomic_load_n(&s->number, __ATOMIC_ACQUIRE) != number_)
		Block::Rest();
	status_ = *s;
	state = s->state;
	for (unsigned i = 0; i < SERVERS; i++)
		if (!m->team.inside[i] && reading[i]) // in this order: a turn may end between
			Fail("server %u reads slots, and says that it is outside (C7.26)", i);
	if (s->completed + s->silent + s->undelivered > s->accepted)
		Fail("completed %u + silent %u + undelivered %u of accepted %u", s->completed,
		     s->silent, s->undelivered, s->accepted);
	if (s->accepted > item_.size())
		Fail("accepted %u of published %zu", s->accepted, item_.size());
	accepted_ = s->accepted;
	for (size_t i = 0; i < accepted_ && i < item_.size(); i++)
		item_[i].free = item_[i].free || !matched();
	CheckVisible(cq_start_ + status_.completed, "the answer");
}

void Queue::Look()
{
	Ask(CUDA_REQ_LOOK);
	Answer();
}

void Queue::Start(uint32_t mode, unsigned sq_log2, unsigned cq_log2, uint32_t sq_start,
		  uint32_t cq_start, const Mix &mix)
{
	mode_ = mode;
	sq_log2_ = sq_log2;
	cq_log2_ = matched() ? sq_log2 : cq_log2;
	sq_start_ = sq_start;
	cq_start_ = matched() ? sq_start : cq_start;
	mix_ = mix;
	item_.clear();
	last_of_actor_.clear();
	writers_.clear();
	seen_.assign(kSlots, Seen{});
	cq_read_ = cq_credit_ = cq_start_;
	low_ = reaped_ = accepted_ = 0;
	limit_ = SIZE_MAX;
	silent_ = events_ = decoded_ = 0;
	aborting_ = false;
	memset(m->sq, 0, sizeof(m->sq));
	memset(m->cq, 0, sizeof(m->cq));
	memset(m->block, 0, sizeof(m->block));
	memset(static_cast<void *>(m->record), 0, sizeof(m->record));
	m->record[1].STATE = PEAL_R_PREFILL_READY;
	m->record[1].MAX_TOKENS = 100000;
	m->record[1].CONTEXT_TOKENS = 7;
	config_ = cuda_queue_config{
		Address(m->sq), Address(m->cq), Address(m->line), sq_log2_, cq_log2_, mode,
		kTenant,	sq_start,	cq_start,	  epoch,    0
	};
	__atomic_store_n(&m->page.credit[kQueue].cq_head, cq_start_, __ATOMIC_RELEASE);
	m->all.control[kQueue].config = config_;
	Ask(CUDA_REQ_START);
	Answer();
	if (state != PEAL_Q_ENABLED)
		Fail("started, and in state %u", state);
}

void Queue::Resume()
{
	cuda_queue_config config = config_;

	config.resume = 1;
	limit_ = SIZE_MAX;
	m->all.control[kQueue].config = config;
	Ask(CUDA_REQ_START);
	Answer();
	if (state != PEAL_Q_ENABLED)
		Fail("resumed, and in state %u", state);
}

// What is published behind a drain is not accepted before the queue is resumed.
void Queue::PublishLate()
{
	Answer();
	if (state != PEAL_Q_DRAINING || status_.pending)
		return;
	limit_ = item_.size();
	for (unsigned n = Draw(2 * LOOK_MOST); n && Room(); n--)
		Publish();
}

void Queue::End(const cuda_end &end)
{
	aborting_ |= end.abort;
	m->all.control[kQueue].end = end;
	Ask(CUDA_REQ_END);
}

void Queue::Until(uint32_t want)
{
	Answer();
	while ((state != want || status_.pending)) {
		Reap();
		Credit(true);
		Block::Rest();
		Ask(CUDA_REQ_LOOK);
		Answer();
	}
	Ask(CUDA_REQ_LOOK);
	Answer();
	CheckEvent();
}

// ---- publish --------------------------------------------------------------------------------

void Put(Item *d, unsigned word, unsigned lsb, uint64_t v)
{
	d->w[word] |= v << lsb;
}
#define PUT(d, f, v) Put(d, f##_WORD, f##_LSB, v)

void Queue::MakeBad(Item *d)
{
	switch (Draw(5)) {
	case 0:
		PUT(d, PEAL_D_OPCODE, 0x77);
		d->status = PEAL_ST_BAD_OPCODE;
		d->result = 0x77;
		break;
	case 1:
		PUT(d, PEAL_D_FLAGS, 1u << 9);
		d->status = PEAL_ST_BAD_FLAGS;
		d->result = 1u << 9;
		break;
	case 2:
		PUT(d, PEAL_D_ACTOR_GEN, 5);
		d->status = PEAL_ST_RESERVED;
		d->result = 1u << 1;
		break;
	case 3: // not plain by its last word alone
		PUT(d, PEAL_D_AUX1, 1);
		d->status = PEAL_ST_RESERVED;
		d->result = 1u << 7;
		break;
	default:
		PUT(d, PEAL_D_OPCODE, PEAL_OP_FILL);
		PUT(d, PEAL_D_B_REGION, kHandle | 9);
		PUT(d, PEAL_D_LENGTH, 8);
		d->status = PEAL_ST_BAD_REGION;
		d->result = 1;
	}
}

// Each writes a block of its own; what is read was written by an earlier one that it follows.
void Queue::MakeMove(Item *d)
{
	const size_t at = item_.size();
	bool copies = !writers_.empty() && Draw(2);

	d->writes = true;
	d->pattern = Draw(1u << 28) * 16 + 5;
	PUT(d, PEAL_D_B_REGION, kHandle | 1);
	PUT(d, PEAL_D_B_OFFSET, at % kBlocks * kBlock);
	PUT(d, PEAL_D_LENGTH, kBlock);
	d->result = kBlock;
	if (!copies) {
		PUT(d, PEAL_D_OPCODE, PEAL_OP_FILL);
		PUT(d, PEAL_D_ARG0, d->pattern);
		writers_.push_back(at);
		return;
	}
	d->source = writers_[writers_.size() - 1 -
			     Draw(std::min<uint32_t>(40, static_cast<uint32_t>(writers_.size())))];
	for (size_t i = writers_.size(); order() == ORDER_ACTOR && i--;)
		if (item_[writers_[i]].actor == d->actor) {
			d->source = writers_[i];
			break;
		}
	if (order() != ORDER_ACTOR || item_[d->source].actor != d->actor)
		PUT(d, PEAL_D_FLAGS, PEAL_FLAG_FENCE);
	d->copies = true;
	d->pattern = item_[d->source].pattern;
	PUT(d, PEAL_D_OPCODE, PEAL_OP_COPY);
	PUT(d, PEAL_D_A_REGION, kHandle | 1);
	PUT(d, PEAL_D_A_OFFSET, d->source % kBlocks * kBlock);
	writers_.push_back(at);
}

void Queue::Make(Item *d)
{
	uint32_t dice = mix_.plain ? 0 : Draw(16);

	d->actor = Draw(4);
	PUT(d, PEAL_D_COOKIE, Draw64() & UINT32_MAX);
	PUT(d, PEAL_D_ACTOR, d->actor);
	if (dice == 11) {
		MakeBad(d);
	} else if (dice == 12 && mix_.rollouts) {
		PUT(d, PEAL_D_OPCODE, PEAL_OP_DECODE);
		PUT(d, PEAL_D_A_REGION, kHandle | 2);
		PUT(d, PEAL_D_A_OFFSET, PEAL_RECORD_BYTES);
		PUT(d, PEAL_D_B_REGION, kHandle | 1);
		PUT(d, PEAL_D_B_OFFSET, item_.size() % kBlocks * kBlock);
		PUT(d, PEAL_D_ARG0, 1);
		d->result = 1 | static_cast<uint64_t>(7 + ++decoded_) << 28;
	} else if (dice >= 13) {
		MakeMove(d);
	} else if (Draw(3)) {
		PUT(d, PEAL_D_OPCODE, PEAL_OP_ECHO);
		for (unsigned i = 2; i <= 6; i++) {
			d->w[i] = Draw64() & PEAL_PAYLOAD_MASK;
			d->result ^= d->w[i];
		}
	}
	if (dice == 9)
		PUT(d, PEAL_D_FLAGS, PEAL_FLAG_FENCE);
	if (dice == 10) {
		PUT(d, PEAL_D_FLAGS, PEAL_FLAG_SILENT);
		d->silent = !matched();
		if (matched()) {
			d->status = PEAL_ST_BAD_FLAGS;
			d->result = PEAL_FLAG_SILENT;
		}
	} else if (!mix_.plain && d->status == PEAL_ST_OK && Draw(16) == 0) {
		PUT(d, PEAL_D_FLAGS, PEAL_FLAG_EVENT);
		d->event = true;
	}
}

bool Queue::Room() const
{
	size_t size = size_t{ 1 } << sq_log2_;

	return item_.size() < size || item_[item_.size() - size].free;
}

void Queue::Publish()
{
	Item d;

	Make(&d);
	Publish(d);
}

// A word after the other in any order, and anything may happen between.
void Queue::Publish(const Item &d)
{
	const uint32_t index = sq_start_ + static_cast<uint32_t>(item_.size());
	uint64_t *slot = m->sq[index & ((1u << sq_log2_) - 1)], tag = tag_of(index, sq_log2_);
	const unsigned first = Draw(8), step = Draw(4) * 2 + 1;

	item_.push_back(d);
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++) {
		unsigned word = (first + step * i) % PEAL_DESC_WORDS;

		__atomic_store_n(&slot[word], d.w[word] | tag, __ATOMIC_RELEASE);
	}
	if (mode_ & CUDA_MODE_SUPPRESS && state == PEAL_Q_ENABLED)
		RingIfAsked(index);
}

// The doorbell of a queue that may be parked (C5.19).
void Queue::RingIfAsked(uint32_t index)
{
	const uint64_t event = __atomic_load_n(&m->line[2], __ATOMIC_SEQ_CST);

	if (event >> 32 != epoch)
		Fail("sq_event of epoch %u", static_cast<uint32_t>(event >> 32));
	// One ahead: it was accepted meanwhile, and the queue has parked again.
	if (static_cast<uint32_t>(event) - index - 2 < UINT32_MAX / 2)
		Fail("sq_event %u, and %u was published just now", static_cast<uint32_t>(event),
		     index);
	if (static_cast<uint32_t>(event) != index)
		return;
	rang_++;
	Ask(CUDA_REQ_RING);
	Answer();
}

// ---- reap -----------------------------------------------------------------------------------

bool Queue::Valid(uint32_t cq_index, uint64_t c[2]) const
{
	const uint64_t *slot = m->cq[cq_index & ((1u << cq_log2_) - 1)];
	const uint64_t tag = tag_of(cq_index, cq_log2_);

	for (unsigned i = 0; i < 2; i++)
		c[i] = __atomic_load_n(&slot[i], __ATOMIC_ACQUIRE) ^ tag;
	return !((c[0] | c[1]) >> PEAL_PAYLOAD_BITS);
}

// All completions that the host is told of are there.
void Queue::CheckVisible(uint32_t cq_tail, const char *what)
{
	size_t there = reaped_;
	uint64_t c[2];

	if (!matched()) {
		for (uint32_t i = cq_read_; static_cast<int32_t>(cq_tail - i) > 0; i++)
			if (!Valid(i, c))
				Fail("%s tells of completion %u, which is not there (%u)", what, i,
				     cq_tail);
		return;
	}
	for (size_t i = low_; i < item_.size(); i++)
		there += !item_[i].done && Valid(sq_start_ + static_cast<uint32_t>(i), c);
	if (cq_tail - cq_start_ > there)
		Fail("%s tells of %u outcomes, %zu are there", what, cq_tail - cq_start_, there);
}

void Queue::CheckLine()
{
	uint64_t tail = __atomic_load_n(&m->line[1], __ATOMIC_ACQUIRE);

	if (tail >> 32 == epoch)
		CheckVisible(static_cast<uint32_t>(tail), "the device line");
	CheckEvent();
}

// sq_event is never ahead of the head, which is read later.
void Queue::CheckEvent()
{
	const uint64_t event = __atomic_load_n(&m->line[2], __ATOMIC_ACQUIRE);
	const uint64_t head = __atomic_load_n(&m->line[0], __ATOMIC_ACQUIRE);

	if (mode_ & CUDA_MODE_SUPPRESS && event >> 32 == head >> 32 &&
	    static_cast<uint32_t>(event - head - 1) < UINT32_MAX / 2)
		Fail("sq_event %u, head %u in the device line", static_cast<uint32_t>(event),
		     static_cast<uint32_t>(head));
	if (!(mode_ & CUDA_MODE_SUPPRESS) && static_cast<uint32_t>(event))
		Fail("sq_event %u in a queue that never parks", static_cast<uint32_t>(event));
}

// Silent ones have no completion; in a FIFO the next one that has tells that they are over.
void Queue::Skip(size_t to)
{
	for (; low_ < to; low_++)
		if (!item_[low_].done) {
			if (!item_[low_].silent && order() != ORDER_NONE)
				Fail("completion of %zu before that of %zu", to, low_);
			if (order() == ORDER_NONE)
				return;
			item_[low_].done = item_[low_].free = true;
			silent_++;
		}
}

void Queue::Take(size_t at, const uint64_t c[2])
{
	Item *d = &item_[at];
	const uint32_t status = static_cast<uint32_t>(PEAL_FIELD_GET(c, PEAL_C_STATUS));
	const uint64_t result = PEAL_FIELD_GET(c, PEAL_C_RESULT);
	bool right = status == d->status && result == d->result;

	right |= aborting_ && d->writes && status == PEAL_ST_ABORTED;
	if (PEAL_FIELD_GET(c, PEAL_C_COOKIE) != PEAL_FIELD_GET(d->w, PEAL_D_COOKIE))
		Fail("%zu has another's cookie", at);
	else if (d->done)
		Fail("%zu has a second completion", at);
	else if (!right)
		Fail("%zu: opcode 0x%x flags 0x%x: status 0x%x result 0x%llx, not 0x%x 0x%llx", at,
		     static_cast<unsigned>(PEAL_FIELD_GET(d->w, PEAL_D_OPCODE)),
		     static_cast<unsigned>(PEAL_FIELD_GET(d->w, PEAL_D_FLAGS)), status,
		     static_cast<unsigned long long>(result), d->status,
		     static_cast<unsigned long long>(d->result));
	d->done = d->free = true;
	d->fine = status == PEAL_ST_OK && (!d->copies || item_[d->source].fine);
	events_ += d->event;
	reaped_++;
	for (unsigned i = 0; d->writes && d->fine && i < kBlock; i++)
		if (m->block[at % kBlocks][i] != (d->pattern >> i % 4 * 8 & 0xff)) {
			Fail("%zu: %s: byte %u of its block is wrong", at,
			     d->copies ? "COPY" : "FILL", i);
			break;
		}
}

unsigned Queue::ReapPacked()
{
	unsigned n = 0;
	uint64_t c[2];

	for (; Valid(cq_read_, c); n++) {
		const uint32_t low = static_cast<uint32_t>(PEAL_FIELD_GET(c, PEAL_C_INDEX));
		const size_t base = low_;
		const size_t at = base +
				  ((low - (sq_start_ + static_cast<uint32_t>(base))) & 0xffff);

		if (at >= item_.size() || cq_read_ - cq_credit_ >= 1u << cq_log2_) {
			Fail("completion %u of index %u, which is not outstanding", cq_read_, low);
			break;
		}
		if (order() != ORDER_NONE)
			Skip(at);
		Take(at, c);
		Skip(order() == ORDER_NONE ? low_ : at);
		while (low_ < item_.size() && item_[low_].done)
			low_++;
		memcpy(seen_[cq_read_ & ((1u << cq_log2_) - 1)].c,
		       m->cq[cq_read_ & ((1u << cq_log2_) - 1)], PEAL_COMP_BYTES);
		cq_read_++;
	}
	return n;
}

unsigned Queue::ReapMatched()
{
	unsigned n = 0;
	uint64_t c[2];

	for (size_t at = low_; at < item_.size(); at++) {
		const uint32_t index = sq_start_ + static_cast<uint32_t>(at);

		if (item_[at].done || !Valid(index, c))
			continue;
		if (PEAL_FIELD_GET(c, PEAL_C_INDEX) != (index & 0xffff))
			Fail("slot %u has another's index", index);
		Take(at, c);
		n++;
	}
	while (low_ < item_.size() && item_[low_].done)
		low_++;
	return n;
}

unsigned Queue::Reap()
{
	return matched() ? ReapMatched() : ReapPacked();
}

// Late, and now and then only a part. What was not given back has not changed.
void Queue::Credit(bool all)
{
	uint32_t to = all ? cq_read_ : cq_credit_ + Draw(cq_read_ - cq_credit_ + 1);

	if (matched())
		return;
	for (uint32_t i = cq_credit_; i != to; i++) {
		uint32_t slot = i & ((1u << cq_log2_) - 1);

		if (memcmp(seen_[slot].c, m->cq[slot], PEAL_COMP_BYTES))
			Fail("completion %u was written over before it was given back", i);
	}
	cq_credit_ = to;
	__atomic_store_n(&m->page.credit[kQueue].cq_head, to, __ATOMIC_RELEASE);
}

// ---- a stream -------------------------------------------------------------------------------

void Queue::Drive(Style style, size_t count)
{
	while (item_.size() < count) {
		unsigned burst = style == FULL ? kSlots : style == LONE ? 1 : 1 + Draw(40), n = 0;

		for (; n < burst && item_.size() < count && Room(); n++)
			Publish();
		bool came = Reap();

		if (Draw(4) == 0 || !came)
			Credit(!came || Draw(2));
		if (Draw(40) == 0 || (!n && Draw(10) == 0)) {
			HoldUp(false);
			Look();
		}
		if (Draw(8) == 0)
			CheckLine();
		if (style == LONE && Draw(20))
			while (!item_.back().done && !item_.back().silent) {
				Reap();
				Credit(true);
				Block::Rest();
			}
		for (unsigned i = style == FULL ? Draw(8) : Draw(60); i; i--)
			Block::Rest();
	}
}

void Queue::Settle()
{
	do {
		Reap();
		Credit(true);
		Block::Rest();
		Look();
	} while ((status_.busy || status_.accepted != item_.size()));
	Reap();
	Over(true);
	if (state == PEAL_Q_ENABLED &&
	    (m->line[0] != (static_cast<uint64_t>(epoch) << 32 | status_.sq_head) ||
	     m->line[1] != (static_cast<uint64_t>(epoch) << 32 | status_.cq_tail)))
		Fail("the device line is not up to date");
}

void Queue::Over(bool indices_kept)
{
	Reap();
	for (unsigned i = 0; i < SERVERS; i++)
		if (state != PEAL_Q_ENABLED && reading[i])
			Fail("server %u reads slots behind the end (C7.26)", i);
	if (accepted_ > limit_)
		Fail("%zu accepted, and the drain ended at %zu", accepted_, limit_);
	for (size_t i = 0; i < item_.size(); i++) {
		Item *d = &item_[i];

		if (!d->done && i < accepted_ && d->silent) {
			d->done = d->free = true;
			silent_++;
		}
		if (d->done != (i < accepted_))
			Fail("%zu: accepted %zu, %s", i, accepted_, d->done ? "done" : "not done");
	}
	uint32_t silent_events = 0;

	for (size_t i = 0; i < accepted_; i++)
		silent_events += item_[i].silent && item_[i].event;
	if (status_.completed != reaped_ || status_.silent != silent_ || status_.undelivered)
		Fail("completed %u, silent %u, undelivered %u, not %zu, %u, 0", status_.completed,
		     status_.silent, status_.undelivered, reaped_, silent_);
	if (status_.events != events_ + silent_events ||
	    m->page.event[kQueue].raises != raises_ + status_.events)
		Fail("events %u, raises %llu, not %u", status_.events,
		     static_cast<unsigned long long>(m->page.event[kQueue].raises), events_);
	if (indices_kept && (status_.sq_head != sq_start_ + status_.accepted ||
			     (!matched() && status_.cq_tail != cq_read_)))
		Fail("head %u, CQ tail %u", status_.sq_head, status_.cq_tail);
	if (status_.totals.accepted != before_.accepted + accepted_ ||
	    status_.totals.completed != before_.completed + reaped_ ||
	    status_.totals.silent != before_.silent + silent_)
		Fail("totals are wrong");
	if (state == PEAL_Q_DISABLED) {
		before_ = status_.totals;
		raises_ += status_.events;
	}
}

void Queue::Rest()
{
	std::unique_ptr<Memory> was(new Memory(*m));

	for (unsigned i = 0; i < 400; i++) {
		if (i % 50 == 0 && Room() && !item_.empty() && !item_.back().stops && Draw(2))
			Publish();
		Block::Rest();
	}
	if (memcmp(was->cq, m->cq, sizeof(m->cq)) ||
	    memcmp(was->block, m->block, sizeof(m->block)) ||
	    memcmp(was->line, m->line, sizeof(m->line)) ||
	    was->page.event[kQueue].raises != m->page.event[kQueue].raises)
		Fail("something was written behind the answer");
}

// With its slot free, and nothing behind it.
void Queue::Stop()
{
	const size_t at = item_.size();
	Item d;

	while (!Room()) {
		Reap();
		Credit(true);
		Look();
	}
	d.stops = true;
	d.status = PEAL_ST_STOPPED;
	d.result = sq_start_ + static_cast<uint32_t>(at);
	PUT(&d, PEAL_D_OPCODE, PEAL_OP_STOP);
	PUT(&d, PEAL_D_COOKIE, Draw64() & UINT32_MAX);
	Publish(d);
}

void Queue::Expire()
{
	__atomic_store_n(&m->all.halt, CUDA_HALT_LEASE, __ATOMIC_RELEASE);
	do
		Look();
	while (state != PEAL_Q_ERROR);
	Look();
	Reap();
	Rest();
	if (status_.completed + status_.silent + status_.undelivered != status_.accepted)
		Fail("expired: accepted %u, completed %u, silent %u, undelivered %u",
		     status_.accepted, status_.completed, status_.silent, status_.undelivered);
	if (status_.completed != reaped_)
		Fail("expired: completed %u, reaped %zu", status_.completed, reaped_);
	End(cuda_end{ 0, 0, CUDA_SAME_STATE, PEAL_Q_DISABLED, epoch, 1 });
	Until(PEAL_Q_DISABLED);
	__atomic_store_n(&m->all.halt, 0, __ATOMIC_RELEASE);
	before_ = status_.totals;
	raises_ = m->page.event[kQueue].raises;
}

// ---- cases ----------------------------------------------------------------------------------

struct Setting {
	const char *name;
	uint32_t mode;
	unsigned sq_log2, cq_log2;
};

const Setting kSettings[] = {
	{ "FIFO", 0, 11, 11 },
	{ "FIFO, a small CQ", 0, 6, 4 },
	{ "ACTOR", ORDER_ACTOR, 7, 5 },
	{ "NONE", ORDER_NONE | CUDA_MODE_FENCES, 7, 5 },
	{ "NONE MATCHED", ORDER_NONE | CUDA_MODE_MATCHED | CUDA_MODE_FENCES, 11, 11 },
	{ "FIFO MATCHED", CUDA_MODE_MATCHED, 6, 6 },
	{ "FIFO that parks", CUDA_MODE_SUPPRESS, 6, 6 },
	{ "NONE MATCHED that parks",
	  CUDA_MODE_SUPPRESS | ORDER_NONE | CUDA_MODE_MATCHED | CUDA_MODE_FENCES, 7, 7 },
};

void SetUp(uint32_t seed)
{
	memset(static_cast<void *>(m), 0, sizeof(*m));
	m->all.queues = kQueue + 1;
	m->all.regions = 4;
	m->all.split = UINT64_MAX;
	SetRegion(1, m->block, sizeof(m->block));
	SetRegion(2, m->record, sizeof(m->record));
	random_state = seed;
	Block::Seed(seed);
	wait_cycles = Draw(2) ? 20000 : 100 + Draw(300);
	together = true;
	setitimer(ITIMER_PROF, &patience, nullptr);
}

uint32_t SomeStart()
{
	return Draw(3) ? Draw(1u << 28) * 16 + Draw(16) : UINT32_MAX - Draw(300);
}

void Begin(uint32_t seed, const char *what, const char *how)
{
	snprintf(case_name, sizeof(case_name), "servers: %s, %s", what, how);
	SetUp(seed);
	Launch();
}

void Finish(const Queue &q)
{
	Leave();
	if (!together)
		q.Fail("lanes did not stay together");
	printf("%-72s PASS\n", case_name);
	fflush(stdout);
}

// A life of one style, without an end in between.
void Stream(uint32_t seed, const Setting &s, Style style, const Mix &mix, size_t count)
{
	const char *const hosts[] = { "a full ring", "bursts", "one at a time" };
	char how[60];
	const uint64_t granted_before = granted, ahead_before = ahead;
	Queue q;

	snprintf(how, sizeof(how), "%s, %s", mix.plain ? "plain ones" : "all kinds", hosts[style]);
	Begin(seed, s.name, how);
	q.Start(s.mode, s.sq_log2, s.cq_log2, SomeStart(), SomeStart(), mix);
	q.Drive(style, count);
	q.Settle();
	if (style == LONE && s.mode & CUDA_MODE_SUPPRESS && !q.rang())
		q.Fail("it never parked");
	if (style == FULL && mix.plain && 1u << s.sq_log2 == kSlots &&
	    (granted == granted_before || ahead == ahead_before))
		q.Fail("no window was accepted with another, or read ahead");
	Finish(q);
}

// With the turn, by server `me`: its window from `first` on, and what is offered behind it.
unsigned Accept(unsigned me, uint32_t first, uint32_t *at)
{
	unsigned own = 0;

	m->team.turn.head = first;
	m->team.turn.taken = 1;
	Block::Start([&] {
		together &= Warp::Run([&] {
			uint32_t place;
			unsigned n = accept_plain(&m->team, me, first,
						  LOOK_MOST - first % LOOK_MOST, &place);

			if (lane_id() == 0) {
				own = n;
				*at = place;
			}
		});
	});
	while (Block::Left())
		Block::Rest();
	return own;
}

// Offers of which some are missing, short, or of other windows. A row of them is granted.
void Offers(uint32_t seed, unsigned rounds)
{
	struct team *t = &m->team;

	snprintf(case_name, sizeof(case_name), "servers: offers, of which a row is granted");
	SetUp(seed);
	t->config.cq_log2 = 9;
	while (rounds--) {
		const uint32_t first = SomeStart(), home = first / LOOK_MOST, cq_tail = SomeStart();
		const uint32_t room = Draw(3) ? Draw(1 << 9) : 1 << 9;
		uint32_t end = std::min(LOOK_MOST - first % LOOK_MOST, room), at, writing[SERVERS];
		unsigned windows = 1, odd = 1 + Draw(2 * SERVERS);
		bool row = end == LOOK_MOST - first % LOOK_MOST;
		uint64_t offers[SERVERS] = {};

		t->cq_tail = cq_tail;
		t->cq_head = cq_tail + room - (1 << 9);
		for (unsigned i = 1; i < SERVERS; i++) {
			uint32_t window = (home + i) * LOOK_MOST, n = LOOK_MOST;
			uint64_t kind = OFFERED;

			if (i == odd)
				switch (Draw(4)) {
				case 0: kind = NO_OFFER; break;
				case 1: kind = GRANTED; break;
				case 2: window -= SERVERS * LOOK_MOST; break;
				default: n = 1 + Draw(LOOK_MOST - 1); break;
				}
			offers[(home + i) % SERVERS] = offer_of(kind, window, n);
			row &= kind == OFFERED && window == (home + i) * LOOK_MOST &&
			       window + n - first <= room;
			windows += row;
			end = row ? window + n - first : end;
			row &= n == LOOK_MOST;
		}
		for (unsigned i = 0; i < SERVERS; i++) {
			t->offer[i] = offers[i];
			writing[i] = t->writing[i];
		}
		if (Accept(home % SERVERS, first, &at) !=
			    std::min(LOOK_MOST - first % LOOK_MOST, room) ||
		    at != cq_tail || t->turn.head != first + end || t->cq_tail != cq_tail + end ||
		    t->turn.taken) {
			printf("# room %u, the odd one %u: head + %u instead of %u\n", room, odd,
			       t->turn.head - first, end);
			Failed();
		}
		for (unsigned i = 0; i < SERVERS; i++) {
			unsigned s = (home + i) % SERVERS;
			uint32_t from = (home + i) * LOOK_MOST - first;
			bool granted = i && i < windows;

			if (t->offer[s] !=
			    (granted ? offer_of(GRANTED, cq_tail + from, 0) : offers[s]))
				Failed();
			if (t->writing[s] != writing[s] + (end && i < windows))
				Failed();
		}
	}
	printf("%-72s %s\n", case_name, together ? "PASS" : "FAIL");
}

// A full plain window in the hands of its server.
void ServeWindow(uint32_t first)
{
	Block::Start([first] {
		together &= Warp::Run([first] {
			const unsigned me = first / LOOK_MOST % SERVERS;
			struct reader r = { m->fetched[me], 0, 0 };
			struct window v = {};

			v.first = first;
			v.slots = v.valid = LOOK_MOST;
			m->team.inside[me] = 1;
			serve_found(&m->team, me, &r, &v, m->work[me]);
			go_outside(&m->team, me, &r);
		});
	});
}

// Windows that are accepted together, or not, while the lease expires: nothing is left of them.
void Expiries(uint32_t seed, unsigned rounds)
{
	struct team *t = &m->team;

	snprintf(case_name, sizeof(case_name), "servers: offers while the lease expires");
	SetUp(seed);
	t->all = &m->all;
	t->config.sq_log2 = t->config.cq_log2 = 9;
	t->config.cq = Address(m->cq);
	t->config.mode = CUDA_MODE_MATCHED;
	while (rounds--) {
		const uint32_t first = Draw(1u << 26) * LOOK_MOST, windows = 2 + Draw(SERVERS - 1);
		uint32_t served;

		t->state = PEAL_Q_ENABLED;
		t->stop.any = t->undelivered = t->abort = 0;
		t->mute = false;
		t->turn.head = t->head0 = t->done = t->cq_tail = t->cq0 = first;
		for (uint32_t i = 0; i < windows; i++)
			ServeWindow(first + LOOK_MOST * i);
		Block::Start([] { together &= Warp::Run([] { go_mute(&m->team); }); });
		while (Block::Left())
			Block::Rest();
		served = t->turn.head - first;
		if (t->turn.taken || t->done != t->turn.head || t->cq_tail != t->turn.head ||
		    served % LOOK_MOST)
			Failed();
		for (unsigned i = 0; i < SERVERS; i++)
			if (t->offer[i] || t->writing[i] & 1 || t->inside[i])
				Failed();
	}
	printf("%-72s %s\n", case_name, together ? "PASS" : "FAIL");
}

// An end, at any moment; the kernel may leave and come back before it or meanwhile.
void EndSomehow(Queue *q)
{
	const uint32_t epoch = q->epoch;

	if (Draw(2))
		HoldUp(true);
	switch (Draw(5)) {
	case 0:
		q->End(cuda_end{ 0, 1, PEAL_Q_ABORTING, PEAL_Q_ABORTED, epoch, 1 });
		MaybeRelaunch();
		q->Until(PEAL_Q_ABORTED);
		q->Over(true);
		q->Rest();
		q->End(cuda_end{ 0, 0, CUDA_SAME_STATE, PEAL_Q_DISABLED, epoch, 1 });
		break;
	case 1:
		q->Stop();
		MaybeRelaunch();
		q->Look();
		q->Until(PEAL_Q_DRAINED);
		q->Over(true);
		q->End(cuda_end{ 0, 0, CUDA_SAME_STATE, PEAL_Q_DISABLED, epoch, 1 });
		break;
	case 2:
		q->End(cuda_end{ 0, 1, PEAL_Q_ABORTING, PEAL_Q_DISABLED, epoch + 1, 0 });
		MaybeRelaunch();
		q->Until(PEAL_Q_DISABLED);
		q->epoch = epoch + 1;
		q->Over(false);
		return;
	case 3: q->Expire(); return;
	default: q->End(cuda_end{ 0, 0, CUDA_SAME_STATE, PEAL_Q_DISABLED, epoch, 1 });
	}
	MaybeRelaunch();
	q->Until(PEAL_Q_DISABLED);
	q->Over(true);
}

// Lives one behind the other, each with drains on the way.
void Lives(uint32_t seed, unsigned count)
{
	Queue q;

	Begin(seed, "any queue", "ends at any moment");
	for (unsigned life = 0; life < count; life++) {
		const Setting &s = kSettings[Draw(sizeof(kSettings) / sizeof(*kSettings))];
		const uint32_t start = Draw(3) ? q.next() - Draw(100) : Draw(2) ? SomeStart() : 0;

		q.Start(s.mode, s.sq_log2, s.cq_log2, start, SomeStart(), Mix{ !Draw(3), false });
		for (unsigned segment = Draw(4);; segment--) {
			q.Drive(static_cast<Style>(Draw(2)), q.published() + Draw(400));
			MaybeRelaunch();
			if (!segment)
				break;
			if (Draw(2))
				HoldUp(false);
			q.End(cuda_end{ 1, 0, PEAL_Q_DRAINING, PEAL_Q_DRAINED, q.epoch, 1 });
			if (Draw(2))
				q.PublishLate();
			MaybeRelaunch();
			q.Until(PEAL_Q_DRAINED);
			q.Over(true);
			q.Rest();
			q.Resume();
		}
		EndSomehow(&q);
		if (Draw(2))
			q.Rest();
	}
	Finish(q);
}

// Ends while windows are read ahead.
void EndsUnderLoad(uint32_t seed, unsigned count)
{
	Queue q;

	Begin(seed, "a full ring", "ends under load");
	for (unsigned life = 0; life < count; life++) {
		const Setting &s = kSettings[life % 2 ? 0 : 4]; // with the largest rings

		q.Start(s.mode, s.sq_log2, s.cq_log2, SomeStart(), SomeStart(), Mix{ true, false });
		q.Drive(FULL, kSlots + Draw(kSlots / 2));
		EndSomehow(&q);
	}
	Finish(q);
}

} // namespace

static unsigned server_of(const struct fetched *f)
{
	return static_cast<unsigned>((f - m->fetched[0]) / READS);
}

int main(int argc, char **argv)
{
	// By seed 2 a wait_written that waits for nothing is seen, by 1 it is not.
	const uint32_t seed = argc > 1 ? static_cast<uint32_t>(strtoul(argv[1], nullptr, 0)) : 2;
	const unsigned lives = argc > 2 ? static_cast<unsigned>(atoi(argv[2])) : 4;
	const Mix plain = { true, false }, mixed = { false, true };

	printf("# seed %u\n", seed);
	m = static_cast<Memory *>(aligned_alloc(128, sizeof(Memory)));
	signal(SIGPROF, GiveUp);
	for (const Setting &s : kSettings) {
		Stream(seed, s, FULL, plain, 1u << s.sq_log2 == kSlots ? 3 * kSlots : 1500);
		Stream(seed + 1, s, BURSTS, plain, 700);
		Stream(seed + 2, s, FULL, mixed, 1000);
		Stream(seed + 3, s, BURSTS, mixed, 500);
		Stream(seed + 4, s, LONE, plain, 40);
		Stream(seed + 5, s, LONE, mixed, 40);
	}
	for (unsigned i = 0; i < lives; i++)
		Lives(seed + 10 + i, 12);
	EndsUnderLoad(seed, 12);
	Offers(seed, 300);
	Expiries(seed, 300);
	printf("# %llu went the way of lone ones, %llu windows were accepted with others, %llu "
	       "read ahead\n",
	       static_cast<unsigned long long>(lone_served),
	       static_cast<unsigned long long>(granted), static_cast<unsigned long long>(ahead));
	return 0;
}
