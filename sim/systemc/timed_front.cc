/* SPDX-License-Identifier: MIT */
/*
 * timed_front.cc - descriptors on their way in: fetch or poll, tags, acceptance;
 * and the two lines of a queue.
 */
#include "timed.h"

#include <algorithm>
#include <cstring>

static constexpr uint64_t kPage = 4096;

/* ---- what Front asks ------------------------------------------------------ */

bool TimedEngine::quiet(const Queue &q) const
{
	const Lane &l = lane(q);

	return !q.in_flight && !l.bursts && l.window.empty() && l.watch != Watch::Reading;
}

/* One that polls always has bursts outstanding. */
bool TimedEngine::idle(const Queue &q) const
{
	return options_.polled ? !q.in_flight && lane(q).window.empty() : quiet(q);
}

/* What is under way comes and is thrown away; nothing is asked for before. */
void TimedEngine::drop_fetched(Queue &q)
{
	Lane &l = lane(q);

	l.life++;
	l.old = l.bursts;
	l.asked = 0;
	l.buffer.clear();
	l.fetch = q.sq_head;
}

void TimedEngine::started(Queue &q)
{
	drop_fetched(q);
	lane(q).watch = Watch::Look;
	lane(q).looked = 0;
}

void TimedEngine::rung(Queue &q)
{
	Lane &l = lane(q);

	l.moved = true;
	if (l.watch == Watch::Arming || l.watch == Watch::Asleep)
		l.watch = Watch::Look;
}

/* ---- fetch ---------------------------------------------------------------- */

bool TimedEngine::wants_fetch(uint64_t)
{
	if (fetches_ >= Stage::kFetches)
		return false;
	fetch_queue_ = next(queues_.size(), last_fetch_, [this](unsigned k) {
		const Queue &q = queues_[k];
		const Lane &l = lanes_[k];

		return accepts(q) && !l.old && published(q) != l.fetch &&
		       l.asked + l.buffer.size() < options_.depth &&
		       (!options_.polled || l.bursts < options_.polls);
	});
	return fetch_queue_ < queues_.size();
}

/* A burst ends at the ring's end and at 4 KiB. */
void TimedEngine::grant_fetch(uint64_t c)
{
	Queue &q = queues_[fetch_queue_];
	Lane &l = lane(q);
	const uint32_t size = 1u << q.sq_log2, slot = l.fetch & (size - 1), first = l.fetch;
	const uint64_t bus = q.sq_bus + uint64_t{ slot } * PEAL_DESC_BYTES;
	uint64_t n = std::min<uint64_t>(options_.burst, published(q) - l.fetch);

	n = std::min(n, options_.depth - l.asked - l.buffer.size());
	n = std::min<uint64_t>(n, size - slot);
	n = std::min(n, (kPage - bus % kPage) / PEAL_DESC_BYTES);
	last_fetch_ = fetch_queue_;
	l.fetch += n;
	l.asked += n;
	l.bursts++;
	fetches_++;
	const uint32_t life = l.life;
	read(c, kFetch, bus, n * PEAL_DESC_BYTES,
	     [this, &q, first, life, c](Transfer &t) { slots_came(q, first, life, c, t); });
}

void TimedEngine::slots_came(Queue &q, uint32_t first, uint32_t life, uint64_t asked_at,
			     Transfer &t)
{
	Lane &l = lane(q);
	const uint64_t n = t.beats();

	fetches_--;
	l.bursts--;
	if (life != l.life) {
		l.old--;
		return;
	}
	l.asked -= n;
	for (uint64_t k = 0; k < n; k++) {
		Slot slot = { t.tag.beat(k, n) + Stage::kArrive, {}, t.failed() };

		for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
			for (unsigned j = 0; j < 8; j++)
				slot.words[i] |= uint64_t{ t.data[k * PEAL_DESC_BYTES + 8 * i + j] }
						 << 8 * j;
		if (options_.polled && !slot.failed && !is_valid(q, first + k, slot))
			return nothing_there(q, first + k, asked_at);
		l.buffer.push_back(slot);
	}
}

/*
 * Not published yet (C5.11). What was asked for behind it is too early. A DRAIN
 * ends at the first such slot that was looked at behind the command.
 */
void TimedEngine::nothing_there(Queue &q, uint32_t index, uint64_t asked_at)
{
	Lane &l = lane(q);

	l.looked = asked_at;
	if (q.state == PEAL_Q_DRAINING && asked_at >= command_begin())
		q.limit = index;
	l.life++;
	l.old = l.bursts;
	l.asked = 0;
	l.fetch = index;
}

bool TimedEngine::is_valid(const Queue &q, uint32_t index, const Slot &slot) const
{
	return std::all_of(slot.words, slot.words + PEAL_DESC_WORDS, [&q, index](uint64_t w) {
		return w >> PEAL_PAYLOAD_BITS == q.sq_tag(index);
	});
}

/* ---- decode --------------------------------------------------------------- */

/* A completion slot of its own for every descriptor that was accepted (C5.13, C5.18). */
bool TimedEngine::credit(const Queue &q) const
{
	return q.is(kMatched) || lane(q).unleft + (q.cq_issued - q.cq_head) < 1u << q.cq_log2;
}

bool TimedEngine::can_select(const Queue &q, uint64_t c) const
{
	const Lane &l = lane(q);

	return !l.buffer.empty() && l.buffer.front().since <= c && accepts(q) &&
	       q.sq_head != published(q) && l.window.size() < options_.window && credit(q) &&
	       !halted_;
}

void TimedEngine::select(uint64_t c)
{
	const unsigned k = next(queues_.size(), last_select_,
				[this, c](unsigned i) { return can_select(queues_[i], c); });

	if (k == queues_.size())
		return;
	last_select_ = k;
	moved_ = true;
	const Slot slot = lanes_[k].buffer.front();
	lanes_[k].buffer.pop_front();
	accept(c, queues_[k], slot);
}

/* C5.9: fetched again, some times. */
void TimedEngine::bad_tag(Queue &q)
{
	if (q.retries++ < PEAL_STALE_RETRIES) {
		q.refetched++;
		return drop_fetched(q);
	}
	log(PEAL_EVENT_STALE_DESC, q.number, q.sq_head);
	fail(q);
}

void TimedEngine::accept(uint64_t c, Queue &q, const Slot &slot)
{
	if (slot.failed) {
		log(PEAL_EVENT_FETCH, q.number, q.sq_head);
		return fail(q);
	}
	if (!is_valid(q, q.sq_head, slot))
		return bad_tag(q);
	OpPtr op = std::make_shared<Op>();

	op->queue = &q;
	op->index = q.sq_head;
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		op->w[i] = slot.words[i] & PEAL_PAYLOAD_MASK;
	q.retries = 0;
	one_accepted(q, &op->generation);
	accepted_now_ = true;
	lane(q).unleft++;
	lane(q).window.push_back(op);
	op->since = c + Stage::kDecode;
	decoding_.emplace_back(op->since, op);
	if (!check(*this, *op)) {
		op->finished = true;
		return;
	}
	if (without_memory(*op)) {
		answer_at_once(*op);
		op->finished = !op->fence;
	}
	if (op->info->code != PEAL_OP_STOP)
		return;
	set_state(q, PEAL_Q_DRAINING); /* C7.14 */
	q.limit = q.sq_head;
	drop_fetched(q);
}

/* Out of decode: answered, or on to dispatch. */
void TimedEngine::decoded(uint64_t c)
{
	if (decoding_.empty() || decoding_.front().first > c)
		return;
	OpPtr op = decoding_.front().second;

	decoding_.pop_front();
	moved_ = true;
	if (!op->finished)
		lane(*op->queue).waiting.push_back(op);
	else if (op->queue->order() == kNone)
		answered_list_.push_back(op);
}

/* ---- the host line (C5.17) ---------------------------------------------------------------------
 */

bool TimedEngine::caught_up(const Queue &q) const
{
	const Lane &l = lane(q);

	return q.state == PEAL_Q_ENABLED && accepts(q) && !l.old && l.fetch == q.sq_tail;
}

bool TimedEngine::wants_host_line()
{
	look_queue_ = next(queues_.size(), last_look_, [this](unsigned k) {
		const Queue &q = queues_[k];

		return q.is(kSuppress) && lanes_[k].watch == Watch::Look && caught_up(q);
	});
	return look_queue_ < queues_.size();
}

void TimedEngine::grant_host_line(uint64_t c)
{
	Queue &q = queues_[look_queue_];

	last_look_ = look_queue_;
	lane(q).watch = Watch::Reading;
	lane(q).moved = false;
	read(c, kHostLine, q.host_line, PEAL_LINE_BYTES,
	     [this, &q](Transfer &t) { host_line_came(q, t); });
}

/* What was read while a doorbell came may be older than that: it is not used. */
void TimedEngine::host_line_came(Queue &q, Transfer &t)
{
	Lane &l = lane(q);
	const bool useful = caught_up(q) && !l.moved;
	uint64_t word = 0;

	for (unsigned j = 0; j < 8; j++)
		word |= uint64_t{ t.data[j] } << 8 * j;
	const uint32_t tail = static_cast<uint32_t>(word);
	const bool fresh = !t.failed() && word >> 32 == q.epoch && tail != q.sq_tail &&
			   q.sq_tail - tail >= 1u << 31;

	l.watch = Watch::Look;
	if (!useful)
		return;
	if (fresh)
		return take_tail(q, tail);
	if (armed(q)) {
		l.watch = Watch::Asleep;
		l.wake_at = now() + PEAL_SLEEP_STEPS;
		return;
	}
	l.watch = Watch::Arming;
	q.sq_event = q.sq_tail;
	q.line_arm = true;
}

void TimedEngine::watch(uint64_t c)
{
	for (const Queue &q : queues_) {
		Lane &l = lane(q);
		const bool want = q.is(kSuppress) && caught_up(q);

		if ((l.watch == Watch::Arming && (armed(q) || !want)) ||
		    (l.watch == Watch::Asleep && (c >= l.wake_at || !want))) {
			l.watch = Watch::Look;
			moved_ = true;
		}
	}
}

/* ---- the device line (C5.4): one write at a time
 * -------------------------------------------------- */

bool TimedEngine::wants_line()
{
	if (line_busy_)
		return false;
	line_queue_ = next(queues_.size(), last_line_,
			   [this](unsigned k) { return line_due(queues_[k]); });
	return line_queue_ < queues_.size();
}

void TimedEngine::grant_line(uint64_t c)
{
	Queue &q = queues_[line_queue_];
	uint64_t words[4];

	last_line_ = line_queue_;
	line_busy_ = q.line_busy = true;
	Transfer &t = write(c, kDeviceLine, q.device_line, sizeof words,
			    [this, &q](Transfer &) { line_busy_ = q.line_busy = false; });
	line_words(q, words);
	for (unsigned i = 0; i < sizeof words; i++)
		t.data[i] = words[i / 8] >> i % 8 * 8;
}
