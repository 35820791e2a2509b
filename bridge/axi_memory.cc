/* SPDX-License-Identifier: MIT */
/*
 * axi_memory.cc - the AXI4 memory slave: channels first, then ranges and bytes.
 */
#include "axi_memory.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

/* Most W beats taken ahead of their AW; more wait on WREADY. */
static constexpr size_t kAhead = 256;

AxiMemory::AxiMemory(const AxiPorts &ports, const AxiMemoryOptions &options, TraceHash &trace,
		     Faults &faults)
	: p_(ports), latency_(options.latency), stalls_(options.seed ^ 0x5354414c4c, options.stall),
	  filler_(options.seed ^ 0x46494c4c), trace_(trace), faults_(faults)
{
	forget_hits();
	*p_.arready = *p_.awready = *p_.wready = 0;
	*p_.rvalid = *p_.bvalid = 0;
	*p_.rid = *p_.rresp = *p_.rlast = *p_.bid = *p_.bresp = 0;
	memset(p_.rdata, 0, kLine);
}

/* ---- channels ------------------------------------------------------------- */

void AxiMemory::drive(uint64_t cycle)
{
	if (stalls_.enabled())
		stalls_.draw();
	*p_.arready = !stalls_.stalled(kAr);
	*p_.awready = !stalls_.stalled(kAw);
	*p_.wready = ahead_.size() < kAhead && !stalls_.stalled(kW);
	if (!r_held_)
		drive_r(cycle);
	if (!b_held_)
		drive_b(cycle);
}

void AxiMemory::drive_r(uint64_t cycle)
{
	*p_.rvalid = !reads_.empty() && reads_.front().due <= cycle && !stalls_.stalled(kR);
	if (!*p_.rvalid)
		return;
	const Burst &burst = reads_.front();
	bool served = read_line(burst.address, p_.rdata);

	if (faults_.any())
		spoil(burst);
	*p_.rid = burst.id;
	*p_.rresp = served ? burst.resp : uint8_t{ AXI_DECERR };
	*p_.rlast = burst.beats == 1;
	r_held_ = true;
}

/* A burst that failed has random data; a fetched slot may be changed. */
void AxiMemory::spoil(const Burst &burst)
{
	if (burst.resp == AXI_OKAY && burst.id == kFetchId)
		faults_.slot(p_.rdata);
	if (burst.resp == AXI_OKAY)
		return;
	for (unsigned i = 0; i < kLine / 4; i++)
		p_.rdata[i] = static_cast<uint32_t>(filler_.next());
}

/* What a plan of faults makes of a burst. */
void AxiMemory::plan(Burst &burst, const fault *hit)
{
	if (!hit)
		return;
	burst.hangs = hit->variant == FAULT_HANG;
	if (!burst.hangs)
		burst.resp = hit->variant == FAULT_SLVERR ? AXI_SLVERR : AXI_DECERR;
}

void AxiMemory::drive_b(uint64_t cycle)
{
	*p_.bvalid = !answers_.empty() && answers_.front().due <= cycle && !stalls_.stalled(kB);
	if (!*p_.bvalid)
		return;
	*p_.bid = answers_.front().id;
	*p_.bresp = answers_.front().resp;
	b_held_ = true;
}

void AxiMemory::sample(uint64_t cycle)
{
	if (r_held_ && *p_.rready)
		take_r(cycle);
	if (b_held_ && *p_.bready)
		take_b(cycle);
	if (*p_.arvalid && *p_.arready)
		take_ar(cycle);
	if (*p_.awvalid && *p_.awready)
		take_aw(cycle);
	if (*p_.wvalid && *p_.wready)
		take_w(cycle);
}

void AxiMemory::take_ar(uint64_t cycle)
{
	uint8_t id = *p_.arid & (kIds - 1);

	Burst burst = { *p_.araddr, cycle + latency_, *p_.arlen + 1u, id, AXI_OKAY, false };

	if (faults_.any())
		plan(burst, faults_.read_burst(id));
	if (burst.hangs)
		burst.due = UINT64_MAX;
	reads_.push(burst);
	status_.last_ar = *p_.araddr;
	status_.reads[id]++;
	trace_.add(cycle, BusEvent::AR, *p_.araddr, *p_.arlen << 8 | id);
}

void AxiMemory::take_r(uint64_t cycle)
{
	Burst &burst = reads_.front();

	r_held_ = false;
	trace_.add(cycle, BusEvent::R, burst.address << 2 | *p_.rresp, TraceHash::fold(p_.rdata));
	burst.address += kLine;
	if (--burst.beats)
		return;
	status_.reads[burst.id]--;
	reads_.pop();
}

void AxiMemory::take_aw(uint64_t cycle)
{
	uint8_t id = *p_.awid & (kIds - 1);

	Burst burst = { *p_.awaddr, 0, *p_.awlen + 1u, id, AXI_OKAY, false };

	if (faults_.any())
		plan(burst, faults_.write_burst(id));
	writes_.push(burst);
	status_.last_aw = *p_.awaddr;
	status_.writes[id]++;
	trace_.add(cycle, BusEvent::AW, *p_.awaddr, *p_.awlen << 8 | id);
	for (; !ahead_.empty() && !writes_.empty(); ahead_.pop())
		write_beat(cycle, ahead_.front().data, ahead_.front().strobes);
}

void AxiMemory::take_w(uint64_t cycle)
{
	Beat beat;

	if (!writes_.empty())
		return write_beat(cycle, p_.wdata, *p_.wstrb);
	memcpy(beat.data, p_.wdata, kLine);
	beat.strobes = *p_.wstrb;
	ahead_.push(beat);
}

void AxiMemory::write_beat(uint64_t cycle, const uint32_t *data, uint64_t strobes)
{
	Burst &burst = writes_.front();

	trace_.add(cycle, BusEvent::W, burst.address, TraceHash::fold(data, strobes));
	if (burst.resp != AXI_DECERR && !write_line(burst.address, data, strobes))
		burst.resp = AXI_DECERR;
	burst.address += kLine;
	if (--burst.beats)
		return;
	burst.due = burst.hangs ? UINT64_MAX : cycle + latency_;
	answers_.push(burst);
	writes_.pop();
}

void AxiMemory::take_b(uint64_t cycle)
{
	b_held_ = false;
	trace_.add(cycle, BusEvent::B, *p_.bid, *p_.bresp);
	status_.writes[answers_.front().id]--;
	answers_.pop();
}

uint64_t AxiMemory::quiet(uint64_t cycle) const
{
	uint64_t next = UINT64_MAX;

	if (stalls_.enabled() || *p_.rvalid || *p_.bvalid || !ahead_.empty())
		return 0;
	if (!reads_.empty())
		next = reads_.front().due;
	if (!answers_.empty())
		next = std::min(next, answers_.front().due);
	return next - cycle;
}

bool AxiMemory::idle() const
{
	return reads_.empty() && writes_.empty() && answers_.empty() && ahead_.empty() &&
	       !(*p_.arvalid | *p_.awvalid | *p_.wvalid);
}

/* ---- ranges --------------------------------------------------------------- */

int AxiMemory::map(uint64_t bus, void *host, uint64_t len)
{
	const uint64_t limit = uint64_t{1} << kBusBits;

	if (!host || !len || bus >= limit || len > limit - bus)
		return -EINVAL;
	auto at = first_behind(bus);
	if (at != ranges_.end() && at->bus < bus + len)
		return -EEXIST;
	ranges_.insert(at, { bus, bus + len, static_cast<uint8_t *>(host) });
	forget_hits();
	return 0;
}

int AxiMemory::unmap(uint64_t bus)
{
	auto at = first_behind(bus);

	if (at == ranges_.end() || at->bus != bus)
		return -ENOENT;
	ranges_.erase(at);
	forget_hits();
	return 0;
}

/* The first range that ends behind a bus address. */
std::vector<AxiMemory::Range>::const_iterator AxiMemory::first_behind(uint64_t bus) const
{
	return std::upper_bound(ranges_.begin(), ranges_.end(), bus,
				[](uint64_t b, const Range &r) { return b < r.end; });
}

void AxiMemory::forget_hits()
{
	static const Range none = { 1, 0, nullptr };

	std::fill(hits_, hits_ + kHits, &none);
}

/* The range that holds the whole line, if there is one. */
inline const AxiMemory::Range *AxiMemory::whole(uint64_t line)
{
	auto holds = [line](const Range &r) { return line >= r.bus && line + kLine <= r.end; };
	const Range *&hit = hits_[line >> 12 & (kHits - 1)];

	if (holds(*hit))
		return hit;
	auto at = first_behind(line);
	if (at == ranges_.end() || !holds(*at))
		return nullptr;
	return hit = &*at;
}

/* ---- bytes ---------------------------------------------------------------- */

template <class T> static inline T load(const uint8_t *at)
{
	return __atomic_load_n(reinterpret_cast<const T *>(at), __ATOMIC_ACQUIRE);
}

template <class T> static inline void store(uint8_t *at, T value)
{
	__atomic_store_n(reinterpret_cast<T *>(at), value, __ATOMIC_RELEASE);
}

/* The bytes of a word that have their strobe set, and no others. */
static void store_lanes(uint8_t *at, uint64_t word, uint64_t lanes)
{
	for (unsigned i = 0; i < 8; i++)
		if (lanes >> i & 1)
			store<uint8_t>(at + i, static_cast<uint8_t>(word >> 8 * i));
}

static inline bool aligned(const void *at)
{
	return reinterpret_cast<uintptr_t>(at) % 8 == 0;
}

bool AxiMemory::read_line(uint64_t line, uint32_t *data)
{
	const Range *range = whole(line);
	const uint8_t *host = range ? range->host + (line - range->bus) : nullptr;
	uint64_t words[8];

	if (!host || !aligned(host))
		return read_part(line, reinterpret_cast<uint8_t *>(data));
	for (unsigned i = 0; i < 8; i++)
		words[i] = load<uint64_t>(host + 8 * i);
	memcpy(data, words, sizeof words);
	return true;
}

bool AxiMemory::write_line(uint64_t line, const uint32_t *data, uint64_t strobes)
{
	const Range *range = whole(line);
	uint8_t *host = range ? range->host + (line - range->bus) : nullptr;

	if (!host || !aligned(host))
		return write_part(line, reinterpret_cast<const uint8_t *>(data), strobes);
	for (uint64_t left = strobes; left;) {
		unsigned i = static_cast<unsigned>(__builtin_ctzll(left)) / 8;
		uint64_t word, lanes = strobes >> 8 * i & 0xff;

		memcpy(&word, data + 2 * i, 8);
		if (lanes == 0xff)
			store<uint64_t>(host + 8 * i, word);
		else
			store_lanes(host + 8 * i, word, lanes);
		left &= ~(uint64_t{0xff} << 8 * i);
	}
	return true;
}

/*
 * The slow paths below handle lines that are not registered as a whole and
 * hosts that are not aligned like the bus: a word that lies inside its range and
 * is aligned is still moved whole, the rest byte by byte.
 */
bool AxiMemory::read_part(uint64_t line, uint8_t *data)
{
	bool served = false;

	for (unsigned i = 0; i < kLine; i += 8) {
		uint64_t random = filler_.next();
		memcpy(data + i, &random, 8);
	}
	for (auto r = first_behind(line); r != ranges_.end() && r->bus < line + kLine; ++r) {
		uint64_t bus = std::max(line, r->bus), end = std::min(line + kLine, r->end);

		served = true;
		while (bus < end) {
			const uint8_t *host = r->host + (bus - r->bus);
			bool word = bus % 8 == 0 && end - bus >= 8 && aligned(host);
			uint64_t value = word ? load<uint64_t>(host) : load<uint8_t>(host);

			memcpy(data + (bus - line), &value, word ? 8 : 1);
			bus += word ? 8 : 1;
		}
	}
	return served;
}

bool AxiMemory::write_part(uint64_t line, const uint8_t *data, uint64_t strobes)
{
	uint64_t left = strobes; /* strobes that found no registered byte */
	bool served = false;

	for (auto r = first_behind(line); r != ranges_.end() && r->bus < line + kLine; ++r) {
		uint64_t bus = std::max(line, r->bus), end = std::min(line + kLine, r->end);

		served = true;
		while (bus < end) {
			uint8_t *host = r->host + (bus - r->bus);
			unsigned lane = bus - line;
			bool word = bus % 8 == 0 && end - bus >= 8 && aligned(host) &&
				    (strobes >> lane & 0xff) == 0xff;
			uint64_t value = 0;

			if (word) {
				memcpy(&value, data + lane, 8);
				store<uint64_t>(host, value);
			}
			if (!word && (strobes >> lane & 1))
				store<uint8_t>(host, data[lane]);
			left &= ~((word ? uint64_t{0xff} : uint64_t{1}) << lane);
			bus += word ? 8 : 1;
		}
	}
	if (served && left && !status_.stray) {
		status_.stray = true;
		status_.stray_line = line;
	}
	return served;
}
