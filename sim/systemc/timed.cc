/* SPDX-License-Identifier: MIT */
/*
 * timed.cc - a cycle of the approximately timed engine, its sleep, and its bus.
 */
#include "timed.h"

#include <algorithm>
#include <cinttypes>

/* More than any Stage: when nothing happened for so long, nothing will by itself. */
static constexpr unsigned kStill = 12;

TimedEngine::TimedEngine(sc_core::sc_module_name name, const Options &options, const Limits &limits,
			 sc_core::sc_time cycle)
    : Engine(name, options, limits, cycle), lanes_(limits.queues), jobs_(2 * limits.queues),
      rollouts_(options.rollouts)
{
	sc_core::sc_spawn_options method;
	method.spawn_method();
	sc_core::sc_spawn([this] { run(); }, "run", &method);
}

TimedEngine::~TimedEngine() = default;

/* ---- a cycle -------------------------------------------------------------- */

void TimedEngine::run()
{
	const uint64_t c = now();

	catch_up();
	if (!moved_ && !options_.polled && !busy() && !timers())
		sc_core::sc_pause();
	if (still_ < kStill)
		return sc_core::next_trigger(cycle_, wake_);
	const uint64_t wake_at = next_wake(c);
	if (wake_at == UINT64_MAX)
		return sc_core::next_trigger(wake_);
	sc_core::next_trigger(cycles(std::max<uint64_t>(wake_at, c + 1) - c), wake_);
}

void TimedEngine::catch_up()
{
	if (ticked_ == now())
		return;
	ticked_ = now();
	moved_ = false;
	tick(ticked_);
	still_ = moved_ ? 0 : still_ + 1;
}

/*
 * What a unit reads is as the cycle before left it, but for what the RTL passes on
 * within a cycle: a place in the mover that becomes free, a run that leaves.
 */
void TimedEngine::tick(uint64_t c)
{
	accepted_now_ = false;
	if (to_wipe_ && !outstanding_ && (notes_.empty() || notes_.front()->since > c))
		wipe();
	send(c);
	decoded(c);
	abort_rollouts(c);
	choose_piece(c);
	start_streams(c);
	tokens(c);
	arbitrate_reads(c);
	for (unsigned i = 0; i < options_.units && stream(c); i++)
		moved_ = true;
	dispatch(c);
	select(c);
	choose_run(c);
	arbitrate_writes(c);
	over(c);
	outcomes(c);
	retire();
	watch(c);
	settle();
	blame(c);
}

/* The next cycle in which something happens that no event announces. */
uint64_t TimedEngine::next_wake(uint64_t c) const
{
	uint64_t at = UINT64_MAX;
	auto ahead = [&at, c](uint64_t t) { at = t > c ? std::min(at, t) : at; };

	if (!x_beats_.empty())
		ahead(x_beats_.front());
	if (!y_beats_.empty())
		ahead(y_beats_.front());
	for (const Lane &l : lanes_) {
		if (!l.buffer.empty())
			ahead(l.buffer.front().since);
		if (l.watch == Watch::Asleep)
			ahead(l.wake_at);
	}
	ahead(ar_free_);
	ahead(w_free_);
	ahead(w_next_);
	if (lease_runs())
		ahead(lease_end());
	if (command_active())
		ahead(command_end());
	return at;
}

/* The lease has cut off everything; the bus is quiet. */
void TimedEngine::wipe()
{
	to_wipe_ = false;
	halted_ = lease_expired();
	for (Queue &q : queues_) {
		uint32_t life = lane(q).life;

		cut_off(q);
		lane(q) = Lane();
		lane(q).life = life + 1;
		lane(q).fetch = q.sq_head;
		q.line_busy = false;
	}
	decoding_.clear();
	found_.clear();
	written_.clear();
	barriers_.clear();
	jobs_.assign(jobs_.size(), Job());
	locked_ = false;
	part_ = Part::X;
	pieces_.clear();
	x_beats_.clear();
	y_beats_.clear();
	x_asked_ = y_asked_ = 0;
	for (unsigned i = 0; i < kWriters; i++) {
		bursts_[i].clear();
		level_[i] = 0;
	}
	rollouts_.assign(rollouts_.size(), Rollout());
	making_ = nullptr;
	answered_list_.clear();
	found_list_.clear();
	run_.clear();
	notes_.clear();
	moved_ = true;
}

/* ---- the bus -------------------------------------------------------------- */

void TimedEngine::read(uint64_t c, uint8_t client, uint64_t bus, uint64_t bytes,
		       std::function<void(Transfer &)> done)
{
	Transfer &t = pool_.get();

	t.set(false, client, bus, bytes);
	t.done = std::move(done);
	ars_.push_back({ c + Stage::kBus, &t });
	reading_[client]++;
	outstanding_++;
	moved_ = true;
}

Transfer &TimedEngine::write(uint64_t c, uint8_t client, uint64_t bus, uint64_t bytes,
			     std::function<void(Transfer &)> done)
{
	Transfer &t = pool_.get();

	t.set(true, client, bus, bytes);
	t.done = std::move(done);
	ws_.push_back({ c + Stage::kBus, &t });
	w_next_ = c + (t.beats() + options_.units - 1) / options_.units;
	writing_++;
	outstanding_++;
	moved_ = true;
	return t;
}

void TimedEngine::send(uint64_t c)
{
	tlm::tlm_phase phase = tlm::BEGIN_REQ;
	sc_core::sc_time taken;

	if (!ars_.empty() && ars_.front().since <= c && ar_free_ <= c) {
		ars_.front().transfer->tag.at = c;
		reads->nb_transport_fw(ars_.front().transfer->payload, phase, taken);
		ars_.pop_front();
		ar_free_ = c + taken.value() / cycle_.value();
		moved_ = true;
	}
	if (ws_.empty() || ws_.front().since > c || w_free_ > c)
		return;
	Transfer &t = *ws_.front().transfer;
	ws_.pop_front();
	phase = tlm::BEGIN_REQ;
	taken = sc_core::SC_ZERO_TIME;
	level_[t.tag.client] -= std::min<unsigned>(level_[t.tag.client], t.beats());
	counters_[PEAL_CTR_WRITE_BEATS] += t.beats();
	t.tag.at = c;
	writes->nb_transport_fw(t.payload, phase, taken);
	w_free_ = c + taken.value() / cycle_.value();
	moved_ = true;
}

void TimedEngine::arbitrate_reads(uint64_t c)
{
	if (halted_ || ars_.size() >= Stage::kArs)
		return;
	const unsigned client = next(5, last_reader_, [this, c](unsigned k) {
		switch (k) {
		case kFetch: return wants_fetch(c);
		case kRecordRead: return wants_record(c);
		case kHostLine: return wants_host_line();
		default: return wants_data(static_cast<ReadClient>(k));
		}
	});

	if (client < 5)
		last_reader_ = client;
	switch (client) {
	case kFetch: return grant_fetch(c);
	case kDataX:
	case kDataY: return grant_data(c, static_cast<ReadClient>(client));
	case kRecordRead: return grant_record(c);
	case kHostLine: return grant_host_line(c);
	}
}

void TimedEngine::arbitrate_writes(uint64_t c)
{
	if (halted_ || w_next_ > c || (!ws_.empty() && w_free_ > c + Stage::kArs))
		return;
	const unsigned client = next(kWriters, last_writer_, [this, c](unsigned k) {
		switch (k) {
		case kCompletion: return !run_.empty() && !run_.front()->is_silent();
		case kRecordWrite: return wants_record_write(c);
		case kDeviceLine: return wants_line();
		default: return !bursts_[k].empty() && bursts_[k].front().since <= c;
		}
	});

	if (client < kWriters)
		last_writer_ = client;
	switch (client) {
	case kCompletion: return grant_completion(c);
	case kData:
	case kTokens: return grant_burst(c, static_cast<WriteClient>(client));
	case kRecordWrite: return grant_record_write(c);
	case kDeviceLine: return grant_line(c);
	}
}

/* A response: BEGIN_RESP is all there is; its channel is taken for the beats of a read. */
tlm::tlm_sync_enum TimedEngine::read_comes(Payload &payload, tlm::tlm_phase &,
					   sc_core::sc_time &delay)
{
	Transfer &t = *TransferPool::of(payload);

	counters_[PEAL_CTR_READ_BEATS] += t.beats();
	r_until_ = t.tag.start + t.tag.span;
	reading_[t.tag.client]--;
	outstanding_--;
	t.done(t);
	t.done = nullptr;
	delay += cycles(t.tag.span);
	payload.release();
	wake();
	return tlm::TLM_COMPLETED;
}

tlm::tlm_sync_enum TimedEngine::write_answered(Payload &payload, tlm::tlm_phase &,
					       sc_core::sc_time &delay)
{
	Transfer &t = *TransferPool::of(payload);

	writing_--;
	outstanding_--;
	t.done(t);
	t.done = nullptr;
	delay += cycle_;
	payload.release();
	wake();
	return tlm::TLM_COMPLETED;
}

/* ---- counters ------------------------------------------------------------- */

/* Whom a cycle is blamed on: the first that holds (C8.12). */
uint32_t TimedEngine::cause(uint64_t c) const
{
	if (accepted_now_ || c < r_until_ || c < w_free_)
		return PEAL_CTR_ACTIVE;
	if (reading_[kDataX] || reading_[kDataY] || reading_[kRecordRead])
		return PEAL_CTR_DATA;
	if (writing_)
		return PEAL_CTR_WRITE;
	if ((reading_[kFetch] && !options_.polled) || reading_[kHostLine])
		return PEAL_CTR_FETCH;
	for (const Queue &q : queues_)
		if (accepts(q) && !lane(q).buffer.empty() && !credit(q))
			return PEAL_CTR_CREDIT;
	return busy() ? PEAL_CTR_ACTIVE : PEAL_CTR_IDLE;
}

void TimedEngine::blame(uint64_t c)
{
	const uint32_t now_cause = cause(c);

	counters_[still_cause_] += c - counted_;
	counters_[now_cause]++;
	counted_ = c + 1;
	still_cause_ = now_cause;
}

/* ---- from outside --------------------------------------------------------- */

bool TimedEngine::busy() const
{
	if (outstanding_ - (options_.polled ? reading_[kFetch] : 0) || command_active() || to_wipe_)
		return true;
	for (const Queue &q : queues_) {
		const Lane &l = lane(q);

		if (q.in_flight || !l.window.empty() || line_due(q) || q.line_busy)
			return true;
		if (!accepts(q) || halted_)
			continue;
		const bool more = options_.polled && l.buffer.empty() ? l.looked < called_
								      : published(q) != q.sq_head;
		if (more && credit(q))
			return true;
		if (q.is(kSuppress) && l.watch != Watch::Asleep && caught_up(q))
			return true;
	}
	return false;
}

bool TimedEngine::timers() const
{
	return lease_runs() || std::any_of(lanes_.begin(), lanes_.end(),
					   [](const Lane &l) { return l.watch == Watch::Asleep; });
}

std::string TimedEngine::explain() const
{
	std::string text = "cycle " + std::to_string(now()) + ", " + (busy() ? "busy" : "idle") +
			   ", " + std::to_string(outstanding_) + " bursts outstanding";
	const Queue *q = troubled();

	if (!q)
		return text + "; nothing published is left to do";
	text += "; queue " + std::to_string(q->number) + " in state " + std::to_string(q->state) +
		", sq_head " + std::to_string(q->sq_head) + " of " + std::to_string(q->sq_tail) +
		", " + std::to_string(q->in_flight) + " in flight";
	return credit(*q) ? text : text + ", waits for completion credit";
}
