/* SPDX-License-Identifier: MIT */
/*
 * timed_complete.cc - completions on their way out: runs of one queue, all of them
 * written or all of them silent successes, and what is over when the bus has
 * answered.
 */
#include "timed.h"

#include <algorithm>

/* ---- the run that leaves next --------------------------------------------- */

/* In order: the oldest of the queue that are done. */
void TimedEngine::run_of_queue(const Lane &l, uint64_t c)
{
	for (const OpPtr &op : l.window) {
		if (run_.size() == Stage::kRun || !op->finished || op->since > c ||
		    (!run_.empty() && op->is_silent() != run_.front()->is_silent()))
			return;
		run_.push_back(op);
	}
}

/* In any order: as they came. With MATCHED they have to be neighbours besides. */
void TimedEngine::run_of_list(const std::deque<OpPtr> &list, uint64_t c)
{
	for (const OpPtr &op : list) {
		const uint32_t place = run_.size();

		if (place == Stage::kRun || op->since > c)
			return;
		if (place &&
		    (op->queue != run_[0]->queue || op->is_silent() != run_[0]->is_silent() ||
		     (op->queue->is(kMatched) && op->index != run_[0]->index + place)))
			return;
		run_.push_back(op);
	}
}

uint32_t TimedEngine::cq_index(const OpPtr &op) const
{
	return op->queue->is(kMatched) ? op->index : op->queue->cq_issued;
}

/* Completions up to the end of the line, and of the ring. */
unsigned TimedEngine::left_in_line() const
{
	const Queue &q = *run_.front()->queue;
	const uint32_t size = 1u << q.cq_log2, slot = cq_index(run_.front()) & (size - 1);

	return std::min(Stage::kRun - slot % Stage::kRun, size - slot);
}

/* Silent successes need no bus: they leave at once. */
void TimedEngine::choose_run(uint64_t c)
{
	const unsigned n = queues_.size();

	run_.clear();
	if (notes_.size() >= Stage::kNotes)
		return;
	run_source_ = next(n + 2, last_run_, [this, n, c](unsigned k) {
		if (k >= n) {
			const auto &list = k == n ? answered_list_ : found_list_;
			return !list.empty() && list.front()->since <= c;
		}
		const Lane &l = lanes_[k];
		return queues_[k].order() != kNone && !l.window.empty() &&
		       l.window.front()->finished && l.window.front()->since <= c;
	});
	if (run_source_ == n + 2)
		return;
	if (run_source_ < n)
		run_of_queue(lanes_[run_source_], c);
	else
		run_of_list(run_source_ == n ? answered_list_ : found_list_, c);
	if (run_.front()->is_silent())
		take_run()->since = c + Stage::kAnswer;
	else if (run_.size() > left_in_line())
		run_.resize(left_in_line());
}

std::shared_ptr<TimedEngine::Note> TimedEngine::take_run()
{
	auto note = std::make_shared<Note>();
	Queue &q = *run_.front()->queue;
	const unsigned n = run_.size();

	note->queue = &q;
	note->silent = run_.front()->is_silent();
	note->cq_index = cq_index(run_.front());
	note->ops.swap(run_);
	last_run_ = run_source_;
	moved_ = true;
	lane(q).unleft -= n;
	for (const OpPtr &op : note->ops)
		op->left = true;
	if (run_source_ < queues_.size())
		lane(q).window.erase(lane(q).window.begin(), lane(q).window.begin() + n);
	else if (run_source_ == queues_.size())
		answered_list_.erase(answered_list_.begin(), answered_list_.begin() + n);
	else
		found_list_.erase(found_list_.begin(), found_list_.begin() + n);
	notes_.push_back(note);
	if (!note->silent && !q.is(kMatched))
		q.cq_issued += n;
	return note;
}

void TimedEngine::grant_completion(uint64_t c)
{
	auto note = take_run();
	const Queue &q = *note->queue;
	const unsigned n = note->ops.size();
	const uint64_t slot = note->cq_index & ((1u << q.cq_log2) - 1);
	Transfer &t = write(c, kCompletion, q.cq_bus + slot * PEAL_COMP_BYTES, n * PEAL_COMP_BYTES,
			    [this, note](Transfer &done) {
				    note->failed = done.failed();
				    note->since = now() + Stage::kAnswer;
			    });

	for (unsigned i = 0; i < n; i++) {
		uint64_t words[PEAL_COMP_WORDS];

		completion_words(*note->ops[i], q.cq_tag(note->cq_index + i), words);
		for (unsigned j = 0; j < PEAL_COMP_BYTES; j++)
			t.data[i * PEAL_COMP_BYTES + j] = words[j / 8] >> j % 8 * 8;
	}
}

/* ---- what is over -----------------------------------------------------------------------------
 */

/* Never repeated: each goes into the log, and the queue is in ERROR (C7.23). */
void TimedEngine::refused(Note &note)
{
	for (unsigned i = 0; i < note.ops.size(); i++)
		hold(undelivered_event(*note.ops[i], note.cq_index + i));
	fail(*note.queue);
}

void TimedEngine::over(uint64_t c)
{
	if (notes_.empty() || notes_.front()->since > c)
		return;
	auto note = notes_.front();
	Queue &q = *note->queue;
	const uint32_t n = note->ops.size();

	notes_.pop_front();
	moved_ = true;
	(note->silent ? q.silent : note->failed ? q.undelivered : q.completed) += n;
	counters_[note->silent	 ? PEAL_CTR_SILENT
		  : note->failed ? PEAL_CTR_UNDELIVERED
				 : PEAL_CTR_COMPLETED] += n;
	if (!note->silent || q.is(kMatched))
		q.cq_tail += n;
	if (note->failed)
		refused(*note);
	uint32_t events = 0;
	for (const OpPtr &op : note->ops) {
		one_over(q, op->generation);
		events += op->event;
	}
	q.events += events;
	raises_[q.number] += events != 0;
	q.line_old = true;
}

/* In a queue of any order entries are given back oldest first, up to four a cycle. */
void TimedEngine::retire()
{
	for (Lane &l : lanes_)
		for (unsigned i = 0; i < Stage::kRun && !l.window.empty() && l.window.front()->left;
		     i++) {
			l.window.pop_front();
			moved_ = true;
		}
}
