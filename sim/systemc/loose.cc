/* SPDX-License-Identifier: MIT */
/*
 * loose.cc - the loosely timed engine: its thread, and what a step of a queue is.
 */
#include "loose.h"

#include <algorithm>
#include <cstring>

static constexpr uint64_t kPage = 4096;

LooseEngine::LooseEngine(sc_core::sc_module_name name, const Options &options, const Limits &limits,
			 sc_core::sc_time cycle)
    : Engine(name, options, limits, cycle), lanes_(limits.queues)
{
	sc_core::sc_spawn([this] { run(); }, "run");
}

/* ---- time ----------------------------------------------------------------- */

uint64_t LooseEngine::cycle() const
{
	return std::max(ahead_, now());
}

void LooseEngine::count_cycles()
{
	counters_[idle_cause_] += cycle() - counted_;
	counters_[PEAL_CTR_CYCLES] = counted_ = cycle();
}

void LooseEngine::spend(uint64_t n, uint32_t cause)
{
	count_cycles();
	ahead_ = cycle() + n;
	counters_[cause] += n;
	counted_ += n;
	keeper_.inc(cycles(n));
}

void LooseEngine::run()
{
	keeper_.reset();
	for (;;) {
		bool did = !halted_ && step();

		settle();
		if (to_wipe_)
			wipe();
		if (!did && !any_line_due()) /* settle() may have made one */
			wait_for_work();
		else if (keeper_.get_local_time() >= cycles(options_.quantum))
			keeper_.sync();
	}
}

bool LooseEngine::any_line_due() const
{
	return std::any_of(queues_.begin(), queues_.end(),
			   [this](const Queue &q) { return line_due(q); });
}

/* First the simulation catches up; what the host did meanwhile may be work. */
void LooseEngine::wait_for_work()
{
	if (keeper_.get_local_time() > sc_core::SC_ZERO_TIME)
		return keeper_.sync();
	count_cycles();
	idle_cause_ = PEAL_CTR_IDLE;
	for (const Queue &q : queues_)
		if (accepts(q) && published(q) != q.sq_head && !credit(q))
			idle_cause_ = PEAL_CTR_CREDIT;
	if (!busy() && !timers())
		sc_core::sc_pause();
	const uint64_t timer = next_timer();
	if (timer == UINT64_MAX)
		wait(wake_);
	else
		wait(cycles(std::max(timer, now() + 1) - now()), wake_);
}

uint64_t LooseEngine::next_timer() const
{
	uint64_t at = lease_runs() ? lease_end() : UINT64_MAX;

	if (command_active())
		at = std::min(at, command_end());
	for (const Lane &l : lanes_)
		if (l.watch == Watch::Asleep)
			at = std::min(at, l.wake_at);
	return at;
}

/* The lease: no transaction is ever outstanding here. */
void LooseEngine::wipe()
{
	to_wipe_ = false;
	halted_ = lease_expired();
	for (Queue &q : queues_) {
		cut_off(q);
		lane(q) = Lane();
	}
}

/* ---- the bus -------------------------------------------------------------- */

void LooseEngine::forget(sc_dt::uint64 start, sc_dt::uint64 end)
{
	auto gone = std::remove_if(direct_.begin(), direct_.end(), [&](const tlm::tlm_dmi &d) {
		return d.get_start_address() <= end && d.get_end_address() >= start;
	});

	direct_.erase(gone, direct_.end());
}

/* The direct pointer that reaches all of a range; null if none is granted. */
const tlm::tlm_dmi *LooseEngine::pointer(uint64_t bus, uint64_t bytes)
{
	auto holds = [bus, bytes](const tlm::tlm_dmi &d) {
		return bus >= d.get_start_address() && bus + bytes - 1 <= d.get_end_address();
	};
	auto known = std::find_if(direct_.begin(), direct_.end(), holds);
	tlm::tlm_generic_payload payload;
	tlm::tlm_dmi granted;

	if (known != direct_.end())
		return &*known;
	payload.set_address(bus);
	if (!reads->get_direct_mem_ptr(payload, granted) || !holds(granted))
		return nullptr;
	direct_.push_back(granted);
	return &direct_.back();
}

bool LooseEngine::direct(bool write, uint64_t bus, uint8_t *data, uint64_t bytes)
{
	const tlm::tlm_dmi *d = pointer(bus, bytes);

	if (!d)
		return false;
	uint8_t *at = d->get_dmi_ptr() + (bus - d->get_start_address());
	const uint64_t beats = (beats_of(bus, bytes) * kBeat - 1) / options_.bandwidth + 1;
	const uint64_t latency = d->get_read_latency().value() / cycle_.value();

	if (write)
		store_bytes(at, data, bytes);
	else
		load_bytes(data, at, bytes);
	spend(latency + beats, write ? PEAL_CTR_WRITE : PEAL_CTR_DATA);
	return true;
}

/* False: the bus answered with an error. */
bool LooseEngine::transport(bool write, uint8_t client, uint64_t bus, void *data, uint64_t bytes)
{
	uint8_t *p = static_cast<uint8_t *>(data);
	sc_core::sc_time delay;

	counters_[write ? PEAL_CTR_WRITE_BEATS : PEAL_CTR_READ_BEATS] += beats_of(bus, bytes);
	if (direct(write, bus, p, bytes)) {
		if (write && client == kDeviceLine) /* C5.17 */
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		return true;
	}
	Transfer &t = pool_.get();
	t.set(write, client, bus, bytes);
	if (write)
		memcpy(t.data.data(), p, bytes);
	(write ? writes : reads)->b_transport(t.payload, delay);
	const bool good = !t.failed();
	if (!write)
		memcpy(p, t.data.data(), bytes);
	t.payload.release();
	spend(delay.value() / cycle_.value(), write ? PEAL_CTR_WRITE : PEAL_CTR_DATA);
	return good;
}

/* ---- a step --------------------------------------------------------------- */

bool LooseEngine::step()
{
	for (Queue &q : queues_)
		if (line_due(q)) {
			write_line(q);
			return true;
		}
	for (size_t i = 0; i < queues_.size(); i++) {
		Queue &q = queues_[turn_];

		turn_ = (turn_ + 1) % queues_.size();
		if (ready(q)) {
			step_queue(q);
			return true;
		}
	}
	return false;
}

bool LooseEngine::credit(const Queue &q) const
{
	return q.is(kMatched) || q.in_flight + (q.cq_issued - q.cq_head) < 1u << q.cq_log2;
}

bool LooseEngine::can_accept(const Queue &q) const
{
	return accepts(q) && published(q) != q.sq_head && credit(q);
}

/* Another queue's operation has the record (C4.20); in its own queue it is alone. */
bool LooseEngine::record_taken(const Queue &q) const
{
	const Lane &mine = lane(q);

	return mine.op.rollout() && !mine.begun &&
	       std::any_of(lanes_.begin(), lanes_.end(), [&mine](const Lane &l) {
		       return l.busy && l.begun && l.op.rollout() && l.op.a == mine.op.a;
	       });
}

bool LooseEngine::ready(const Queue &q) const
{
	if (lane(q).busy)
		return q.state == PEAL_Q_ABORTING || !record_taken(q);
	return can_accept(q) || watches(q);
}

void LooseEngine::step_queue(Queue &q)
{
	Lane &l = lane(q);

	if (l.busy && q.state == PEAL_Q_ABORTING) {
		l.op.end(PEAL_ST_ABORTED);
		complete(q, l.op);
	} else if (l.busy) {
		work(q);
	} else if (!can_accept(q)) {
		look(q);
	} else if (l.buffer.empty()) {
		fetch(q);
	} else {
		accept(q);
	}
}

/* ---- fetch and accept -------------------------------------------------------------------------
 */

unsigned LooseEngine::fetch_length(const Queue &q) const
{
	const uint32_t size = 1u << q.sq_log2, slot = q.sq_head & (size - 1);
	const uint64_t bus = q.sq_bus + uint64_t{ slot } * PEAL_DESC_BYTES;
	uint64_t n = std::min<uint64_t>(
		{ options_.burst, options_.depth, published(q) - q.sq_head });

	n = std::min<uint64_t>(n, size - slot);
	return std::min(n, (kPage - bus % kPage) / PEAL_DESC_BYTES);
}

void LooseEngine::fetch(Queue &q)
{
	Lane &l = lane(q);
	const uint32_t slot = q.sq_head & ((1u << q.sq_log2) - 1), n = fetch_length(q);
	const uint64_t at = cycle(), bus = q.sq_bus + uint64_t{ slot } * PEAL_DESC_BYTES;
	std::vector<Slot> slots(n);
	std::vector<uint64_t> words(n * PEAL_DESC_WORDS);
	const bool good = transport(false, kFetch, bus, words.data(), words.size() * 8);

	for (uint32_t k = 0; k < n; k++) {
		Slot &s = slots[k];

		s.failed = !good;
		for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
			s.words[i] = le64toh(words[k * PEAL_DESC_WORDS + i]);
		if (!options_.polled || s.failed || is_valid(q, q.sq_head + k, s)) {
			l.buffer.push_back(s);
			continue;
		}
		/* Not published yet (C5.11): a DRAIN ends here, if the look was behind it. */
		l.looked = at;
		if (q.state == PEAL_Q_DRAINING && at >= command_begin())
			q.limit = q.sq_head + k;
		return;
	}
}

bool LooseEngine::is_valid(const Queue &q, uint32_t index, const Slot &slot) const
{
	return std::all_of(slot.words, slot.words + PEAL_DESC_WORDS, [&q, index](uint64_t w) {
		return w >> PEAL_PAYLOAD_BITS == q.sq_tag(index);
	});
}

void LooseEngine::bad_tag(Queue &q)
{
	if (q.retries++ < PEAL_STALE_RETRIES) {
		q.refetched++;
		return drop_fetched(q);
	}
	log(PEAL_EVENT_STALE_DESC, q.number, q.sq_head);
	fail(q);
}

void LooseEngine::accept(Queue &q)
{
	Lane &l = lane(q);
	const Slot slot = l.buffer.front();

	l.buffer.pop_front();
	spend(1, PEAL_CTR_ACTIVE);
	if (slot.failed) {
		log(PEAL_EVENT_FETCH, q.number, q.sq_head);
		return fail(q);
	}
	if (!is_valid(q, q.sq_head, slot))
		return bad_tag(q);
	l.op = Op();
	l.op.queue = &q;
	l.op.index = q.sq_head;
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		l.op.w[i] = slot.words[i] & PEAL_PAYLOAD_MASK;
	q.retries = 0;
	one_accepted(q, &l.op.generation);
	if (!check(*this, l.op))
		return complete(q, l.op);
	if (!without_memory(l.op)) {
		l.busy = true;
		l.begun = false;
		return;
	}
	answer_at_once(l.op);
	if (l.op.info->code == PEAL_OP_STOP) { /* C7.14 */
		set_state(q, PEAL_Q_DRAINING);
		q.limit = q.sq_head;
		drop_fetched(q);
	}
	complete(q, l.op);
}

/* ---- work ---------------------------------------------------------------------------------------
 */

void LooseEngine::work(Queue &q)
{
	if (!lane(q).op.rollout())
		move(q);
	else if (lane(q).begun)
		rollout_piece(q);
	else
		begin_rollout(q);
}

/* Reads first: with both at fault the status is READ. True: it went well. */
bool LooseEngine::move_piece(Op &op, uint64_t bytes)
{
	std::vector<uint8_t> a(bytes), b(bytes);
	const Operand kind_a = op.info->a, kind_b = op.info->b;

	if (kind_a != Operand::NONE)
		op.read_failed |= !transport(false, kDataX, op.a + op.done, a.data(), bytes);
	if (kind_b == Operand::R_LEN && !op.read_failed)
		op.read_failed |= !transport(false, kDataY, op.b + op.done, b.data(), bytes);
	if (op.read_failed)
		return false;
	if (kind_a == Operand::NONE)
		fill_piece(op, a.data(), bytes);
	else
		look_at_piece(op, a.data(), b.data(), bytes);
	if (kind_b == Operand::W_LEN)
		op.write_failed |= !transport(true, kData, op.b + op.done, a.data(), bytes);
	return !op.write_failed;
}

void LooseEngine::move(Queue &q)
{
	Op &op = lane(q).op;
	const uint64_t bytes = std::min<uint64_t>(op.length - op.done, PEAL_PIECE_BYTES);
	const bool good = move_piece(op, bytes);

	op.done += bytes;
	if (good && op.done < op.length)
		return;
	finish_memory(op);
	complete(q, op);
}

void LooseEngine::begin_rollout(Queue &q)
{
	Lane &l = lane(q);
	uint8_t bytes[PEAL_RECORD_BYTES];

	l.begun = true;
	if (!transport(false, kRecordRead, l.op.a, bytes, sizeof bytes)) {
		l.op.end(PEAL_ST_READ);
		return complete(q, l.op);
	}
	l.record.load(bytes);
	if (!judge(l.op, l.record))
		return complete(q, l.op);
	l.total = rollout_bytes(l.op, l.record);
}

void LooseEngine::rollout_piece(Queue &q)
{
	Lane &l = lane(q);
	Op &op = l.op;
	const bool decode = op.info->code == PEAL_OP_DECODE;
	const uint64_t bytes = std::min<uint64_t>(l.total - op.done, PEAL_PIECE_BYTES);
	std::vector<uint8_t> data(bytes);

	if (decode) {
		make_tokens(op, l.record, data.data(), bytes);
		spend((bytes / PEAL_TOKEN_BYTES - 1) / options_.units + 1, PEAL_CTR_ACTIVE);
	}
	if (!transport(decode, decode ? uint8_t{ kTokens } : uint8_t{ kDataX }, op.b + op.done,
		       data.data(), bytes)) {
		op.end(decode ? PEAL_ST_WRITE : PEAL_ST_READ);
		return complete(q, op);
	}
	if (!decode)
		look_at_piece(op, data.data(), nullptr, bytes);
	op.done += bytes;
	if (op.done == l.total)
		end_rollout(q);
}

void LooseEngine::end_rollout(Queue &q)
{
	Lane &l = lane(q);
	uint8_t bytes[PEAL_RECORD_BYTES];

	finish_rollout(l.op, l.record);
	l.record.store(bytes);
	if (!transport(true, kRecordWrite, l.op.a, bytes, sizeof bytes))
		l.op.end(PEAL_ST_WRITE);
	complete(q, l.op);
}

/* ---- completions
 * ------------------------------------------------------------------------------------ */

void LooseEngine::write_completion(Queue &q, Op &op)
{
	const uint32_t index = q.is(kMatched) ? op.index : q.cq_issued;
	const uint64_t slot = index & ((1u << q.cq_log2) - 1);
	uint64_t words[PEAL_COMP_WORDS];

	completion_words(op, q.cq_tag(index), words);
	for (uint64_t &w : words)
		w = htole64(w);
	q.cq_issued += !q.is(kMatched);
	q.cq_tail++;
	if (transport(true, kCompletion, q.cq_bus + slot * PEAL_COMP_BYTES, words, sizeof words)) {
		q.completed++;
		counters_[PEAL_CTR_COMPLETED]++;
		return;
	}
	q.undelivered++;
	counters_[PEAL_CTR_UNDELIVERED]++;
	hold(undelivered_event(op, index));
	fail(q);
}

void LooseEngine::complete(Queue &q, Op &op)
{
	lane(q).busy = false;
	if (op.is_silent()) {
		q.silent++;
		counters_[PEAL_CTR_SILENT]++;
	} else {
		write_completion(q, op);
	}
	one_over(q, op.generation);
	q.events += op.event;
	raises_[q.number] += op.event;
	q.line_old = true;
}

/* ---- the two lines
 * -------------------------------------------------------------------------------------- */

bool LooseEngine::watches(const Queue &q) const
{
	const Lane &l = lane(q);

	return q.state == PEAL_Q_ENABLED && q.is(kSuppress) && accepts(q) &&
	       q.sq_head == q.sq_tail && (l.watch != Watch::Asleep || cycle() >= l.wake_at);
}

/* C5.17: look; arm and look again; sleep. */
void LooseEngine::look(Queue &q)
{
	Lane &l = lane(q);
	uint64_t words[PEAL_LINE_BYTES / 8];
	const bool good = transport(false, kHostLine, q.host_line, words, sizeof words);
	const uint64_t word = le64toh(words[0]);
	const uint32_t tail = static_cast<uint32_t>(word);

	if (good && word >> 32 == q.epoch && tail != q.sq_tail && q.sq_tail - tail >= 1u << 31)
		return take_tail(q, tail);
	if (l.watch != Watch::Armed && q.sq_event != q.sq_tail) {
		q.sq_event = q.sq_tail;
		q.line_arm = true;
		l.watch = Watch::Armed;
		return;
	}
	l.watch = Watch::Asleep;
	l.wake_at = cycle() + PEAL_SLEEP_STEPS;
}

void LooseEngine::write_line(Queue &q)
{
	uint64_t words[4];

	line_words(q, words);
	for (uint64_t &w : words)
		w = htole64(w);
	transport(true, kDeviceLine, q.device_line, words, sizeof words);
}

/* ---- from outside
 * ---------------------------------------------------------------------------------------- */

bool LooseEngine::quiet(const Queue &q) const
{
	return !q.in_flight;
}

void LooseEngine::started(Queue &q)
{
	lane(q) = Lane();
	lane(q).watch = Watch::Armed; /* by ENABLE itself */
}

bool LooseEngine::busy() const
{
	if (command_active() || to_wipe_)
		return true;
	return std::any_of(queues_.begin(), queues_.end(), [this](const Queue &q) {
		const Lane &l = lane(q);

		if (q.in_flight || line_due(q))
			return true;
		if (halted_)
			return false;
		if (options_.polled)
			return accepts(q) && credit(q) && (l.looked < called_ || !l.buffer.empty());
		return can_accept(q) || watches(q);
	});
}

bool LooseEngine::timers() const
{
	return lease_runs() || std::any_of(queues_.begin(), queues_.end(), [this](const Queue &q) {
		       return q.state == PEAL_Q_ENABLED && lane(q).watch == Watch::Asleep;
	       });
}

std::string LooseEngine::explain() const
{
	const Queue *q = troubled();

	if (!q)
		return "cycle " + std::to_string(cycle()) + "; nothing published is left to do";
	return "cycle " + std::to_string(cycle()) + "; queue " + std::to_string(q->number) +
	       " in state " + std::to_string(q->state) + ", sq_head " + std::to_string(q->sq_head) +
	       " of " + std::to_string(q->sq_tail) + ", " + std::to_string(q->in_flight) +
	       " in flight" + (credit(*q) ? "" : ", waits for completion credit");
}
