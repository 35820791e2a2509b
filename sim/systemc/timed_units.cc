/* SPDX-License-Identifier: MIT */
/*
 * timed_units.cc - what works on data: dispatch, mover and stream, rollouts and
 * tokens, and the outcomes of all of them.
 */
#include "timed.h"

#include <algorithm>

static constexpr uint64_t kPage = PEAL_PIECE_BYTES;

static uint64_t to_page(uint64_t bus)
{
	return kPage - bus % kPage;
}

/* ---- dispatch: the oldest operation of a queue, when it may start ------------------------------
 */

bool TimedEngine::can_start(const Queue &q, uint64_t c)
{
	const Lane &l = lane(q);

	if (l.waiting.empty())
		return false;
	if (q.state == PEAL_Q_ABORTING)
		return barriers_.size() < Stage::kBarriers;
	const Op &op = *l.waiting.front();
	auto actor = l.actors.find(op.actor());
	const bool ordered = q.order() == kActor && actor != l.actors.end() && actor->second;

	if (l.working && (l.fenced || op.fence || ordered))
		return false;
	if (without_memory(op))
		return barriers_.size() < Stage::kBarriers;
	if (op.rollout())
		return std::any_of(rollouts_.begin(), rollouts_.end(), [c](const Rollout &r) {
			return r.step == Step::Free && r.since <= c;
		});
	return !jobs_[q.number].op;
}

void TimedEngine::dispatch(uint64_t c)
{
	const unsigned k = next(queues_.size(), last_start_,
				[this, c](unsigned i) { return can_start(queues_[i], c); });

	if (k == queues_.size())
		return;
	last_start_ = k;
	moved_ = true;
	start(c, queues_[k]);
}

void TimedEngine::start(uint64_t c, Queue &q)
{
	Lane &l = lane(q);
	OpPtr op = l.waiting.front();

	l.waiting.pop_front();
	l.working++;
	l.fenced = op->fence;
	if (q.order() == kActor)
		l.actors[op->actor()]++;
	if (aborting(op))
		op->end(PEAL_ST_ABORTED);
	if (aborting(op) || without_memory(*op)) {
		barriers_.emplace_back(c + Stage::kStart, op);
		return;
	}
	if (!op->rollout()) {
		Job &job = jobs_[q.number];

		job = Job();
		job.op = op;
		job.a = op->a;
		job.b = op->b;
		job.length = op->length;
		job.since = c + Stage::kStart;
		return;
	}
	Rollout &r = *std::find_if(rollouts_.begin(), rollouts_.end(), [c](const Rollout &x) {
		return x.step == Step::Free && x.since <= c;
	});
	r = Rollout();
	r.op = op;
	r.order = rollout_order_++;
	r.step = Step::Record;
	r.since = c + Stage::kStart;
}

/* Its outcome is fixed; all that it read and wrote is done. */
void TimedEngine::finish(uint64_t c, const OpPtr &op)
{
	Lane &l = lane(*op->queue);

	op->finished = true;
	op->since = c + Stage::kOutcome;
	l.working--;
	if (op->queue->order() == kActor)
		l.actors[op->actor()]--;
	if (op->queue->order() == kNone)
		found_list_.push_back(op);
}

/* ---- mover: pieces, and what is asked for them
 * ---------------------------------------------------- */

/* The piece whose turn it is. One whose first read went out keeps its turn. */
void TimedEngine::choose_piece(uint64_t c)
{
	if (locked_)
		return;
	job_ = next(jobs_.size(), last_job_,
		    [this, c](unsigned k) { return jobs_[k].op && jobs_[k].since <= c; });
	if (job_ == jobs_.size())
		return;
	const Job &job = jobs_[job_];
	Piece &p = piece_ = Piece();
	const uint8_t code = job.rollout ? uint8_t{ PEAL_OP_CRC32C } : job.op->info->code;

	p.op = job.op;
	p.rollout = job.rollout;
	p.done = job.done;
	p.fill = code == PEAL_OP_FILL;
	p.compare = code == PEAL_OP_COMPARE;
	p.writes = p.fill || code == PEAL_OP_COPY || code == PEAL_OP_COPY_CRC;
	p.a = job.a + job.done;
	p.b = job.b + job.done;
	p.bytes = std::min(job.length - job.done, to_page(p.fill ? p.b : p.a));
	p.cut = job.length - job.done != p.bytes && aborting(job.op);
	p.last = job.length - job.done == p.bytes || p.cut;
	/* X is A, but for COMPARE: there it is B, which can be shifted. */
	p.x_now = p.compare ? p.b : p.a;
	p.x_off = p.x_now % kBeat;
	p.d_off = (p.writes ? p.b : p.a) % kBeat;
	p.x_beats = p.fill ? 0 : beats_of(p.x_now, p.bytes);
	p.d_beats = beats_of(p.d_off, p.bytes);
	if (p.fill && !halted_ && pieces_.size() < Stage::kPieces)
		take_piece(c);
}

bool TimedEngine::wants_data(ReadClient client)
{
	const Piece &p = piece_;

	if ((!locked_ && job_ >= jobs_.size()) || !p.op || p.fill)
		return false;
	if (client == kDataY)
		return part_ == Part::Y && y_asked_ + beats_of(p.a, p.bytes) <= Stage::kY &&
		       pieces_.size() < Stage::kPieces;
	return part_ != Part::Y && x_asked_ + p.x_beats <= Stage::kX &&
	       (p.compare || pieces_.size() < Stage::kPieces);
}

void TimedEngine::read_data(uint64_t c, ReadClient client, uint64_t bus, uint64_t bytes)
{
	DataPtr data = std::make_shared<Data>();

	(client == kDataX ? x_asked_ : y_asked_) += beats_of(bus, bytes);
	(client == kDataX ? piece_.xs : piece_.ys).push_back(data);
	read(c, client, bus, bytes, [this, client, data](Transfer &t) {
		std::deque<uint64_t> &beats = client == kDataX ? x_beats_ : y_beats_;

		for (uint64_t k = 0; k < t.beats(); k++)
			beats.push_back(t.tag.beat(k, t.beats()) + Stage::kArrive);
		data->failed = t.failed();
		data->bytes.swap(t.data);
	});
}

/* Reads never cross a page: COMPARE's B may take two. */
void TimedEngine::grant_data(uint64_t c, ReadClient client)
{
	Piece &p = piece_;
	const uint64_t room = to_page(p.x_now);

	if (client == kDataY) {
		read_data(c, client, p.a, p.bytes);
		part_ = Part::X;
		locked_ = false;
		return take_piece(c);
	}
	if (part_ == Part::X2)
		read_data(c, client, p.x_now + room, p.bytes - room);
	else
		read_data(c, client, p.x_now, std::min(p.bytes, room));
	if (!p.compare)
		return take_piece(c);
	part_ = part_ == Part::X && room < p.bytes ? Part::X2 : Part::Y;
	locked_ = true;
}

void TimedEngine::take_piece(uint64_t c)
{
	Job &job = jobs_[job_];

	piece_.since = c + Stage::kStart;
	job.done += piece_.bytes;
	job.since = c + Stage::kStart;
	if (piece_.last)
		job.op.reset();
	last_job_ = job_;
	pieces_.push_back(std::move(piece_));
	piece_ = Piece();
	moved_ = true;
}

/* ---- stream: a beat a step
 * ------------------------------------------------------------------------ */

bool TimedEngine::stream(uint64_t c)
{
	if (pieces_.empty() || pieces_.front().since > c)
		return false;
	Piece &p = pieces_.front();
	const bool priming = !p.fill && p.d_off < p.x_off && !p.primed;
	const bool take_x = p.x < p.x_beats, take_y = p.compare && !priming;

	if ((take_x && (x_beats_.empty() || x_beats_.front() > c)) ||
	    (take_y && (y_beats_.empty() || y_beats_.front() > c)))
		return false;
	if (p.writes ? level_[kData] + Stage::kSpare > Stage::kDataBeats ||
			       bursts_[kData].size() + Stage::kSpare > Stage::kDataBursts
		     : found_.size() + Stage::kSpare > Stage::kFound)
		return false;
	if (take_x) {
		x_beats_.pop_front();
		x_asked_--;
		p.x++;
	}
	if (take_y) {
		y_beats_.pop_front();
		y_asked_--;
	}
	p.primed = true;
	if (priming)
		return true;
	p.d++;
	const uint64_t line = (p.b & -kBeat) + (p.d - 1) * kBeat;

	level_[kData] += p.writes;
	if (p.writes && (p.d == p.d_beats || to_page(line) == kBeat))
		end_burst(c, p);
	if (p.d == p.d_beats)
		end_piece(c, p);
	return true;
}

/* The bytes of the reads of a piece. True: one of them failed. */
bool TimedEngine::gather(const std::vector<DataPtr> &all, std::vector<uint8_t> &bytes)
{
	bool failed = false;

	for (const DataPtr &data : all) {
		bytes.insert(bytes.end(), data->bytes.begin(), data->bytes.end());
		failed |= data->failed;
	}
	return failed;
}

/* A burst ends with its piece and at a page of the destination. */
void TimedEngine::end_burst(uint64_t c, Piece &p)
{
	const uint64_t from = p.burst_from;
	const uint64_t bytes = std::min(p.bytes - from, to_page(p.b + from));
	Burst burst = { c + Stage::kStream,
			p.b + from,
			{},
			p.op,
			p.rollout,
			p.last && from + bytes == p.bytes };

	if (p.fill) {
		burst.data.resize(bytes);
		p.op->done = p.done + from;
		fill_piece(*p.op, burst.data.data(), bytes);
	} else {
		const uint8_t *data = p.xs[0]->bytes.data() + from;
		burst.data.assign(data, data + bytes);
	}
	p.burst_from += bytes;
	bursts_[kData].push_back(std::move(burst));
}

void TimedEngine::end_piece(uint64_t c, Piece &p)
{
	std::vector<uint8_t> x, y;
	OpPtr op = p.op;
	const bool failed = gather(p.xs, x) | gather(p.ys, y);
	Rollout *r = p.rollout;
	const bool found = p.last && !p.writes;

	op->read_failed |= failed;
	op->cut |= p.cut;
	op->done = p.done;
	if (!failed && !p.fill)
		look_at_piece(*op, p.compare ? y.data() : x.data(), x.data(), p.bytes);
	pieces_.pop_front();
	if (!found)
		return;
	if (!r) {
		finish_memory(*op);
		found_.emplace_back(c + Stage::kStream, op);
	} else if (op->read_failed || op->cut) {
		rollout_ends(*r, c + Stage::kStream,
			     op->read_failed ? PEAL_ST_READ : PEAL_ST_ABORTED, 0);
	} else {
		r->step = Step::Write;
		r->since = c + Stage::kStream;
	}
}

void TimedEngine::grant_burst(uint64_t c, WriteClient client)
{
	auto burst = std::make_shared<Burst>(std::move(bursts_[client].front()));

	bursts_[client].pop_front();
	Transfer &t = write(c, client, burst->bus, burst->data.size(),
			    [this, burst](Transfer &done) {
				    burst_answered(*burst, done.failed());
			    });
	std::copy(burst->data.begin(), burst->data.end(), t.data.begin());
}

/* An operation's bursts are answered in order: the answer to its last one is that of all. */
void TimedEngine::burst_answered(Burst &burst, bool failed)
{
	const uint64_t since = now() + Stage::kAnswer;

	burst.op->write_failed |= failed;
	if (!burst.rollout) {
		if (!burst.last)
			return;
		finish_memory(*burst.op);
		written_.emplace_back(since, burst.op);
		return;
	}
	Rollout &r = *burst.rollout;
	r.bursts--;
	if (r.bursts || (r.step != Step::Ending && !burst.last))
		return;
	if (r.op->write_failed)
		rollout_ends(r, since, PEAL_ST_WRITE, 0);
	else if (r.step == Step::Ending)
		rollout_ends(r, since, PEAL_ST_ABORTED, 0);
	else
		r.step = Step::Write;
	r.since = since;
}

/* ---- rollouts
 * -------------------------------------------------------------------------------------- */

void TimedEngine::rollout_ends(Rollout &r, uint64_t since, uint8_t status, uint64_t result)
{
	r.op->end(status, result);
	r.step = Step::Answer;
	r.since = since;
}

/* The record is not that of one that came before (C4.20). */
bool TimedEngine::wants_record(uint64_t c)
{
	record_ = next(rollouts_.size(), last_record_, [this, c](unsigned k) {
		const Rollout &r = rollouts_[k];

		if (r.step != Step::Record || r.since > c || aborting(r.op))
			return false;
		return std::none_of(rollouts_.begin(), rollouts_.end(), [&r](const Rollout &other) {
			return other.step != Step::Free && other.order < r.order &&
			       other.op->a == r.op->a;
		});
	});
	return record_ < rollouts_.size();
}

void TimedEngine::grant_record(uint64_t c)
{
	Rollout &r = rollouts_[record_];

	last_record_ = record_;
	r.step = Step::Reading;
	read(c, kRecordRead, r.op->a, PEAL_RECORD_BYTES,
	     [this, &r](Transfer &t) { record_came(r, t); });
}

void TimedEngine::record_came(Rollout &r, Transfer &t)
{
	const uint64_t since = t.tag.start + Stage::kJudge;

	if (t.failed())
		return rollout_ends(r, since, PEAL_ST_READ, 0);
	r.record.load(t.data.data());
	if (!judge(*r.op, r.record))
		return rollout_ends(r, since, r.op->status, r.op->result);
	r.bytes = rollout_bytes(*r.op, r.record);
	r.op->done = 0;
	r.step = r.op->info->code == PEAL_OP_DECODE ? Step::Make : Step::Stream;
	r.since = since;
}

/* What waits ends at once; what makes tokens when those it made are written. */
void TimedEngine::abort_rollouts(uint64_t c)
{
	for (Rollout &r : rollouts_) {
		if (r.step == Step::Free || !aborting(r.op) || r.since > c)
			continue;
		if (r.step == Step::Record || r.step == Step::Stream ||
		    (r.step == Step::Make && !r.bursts))
			rollout_ends(r, c + 1, PEAL_ST_ABORTED, 0);
		else if (r.step == Step::Make)
			r.step = Step::Ending;
		else
			continue;
		moved_ = true;
	}
}

/* Context and trajectory tokens are read by the mover. */
void TimedEngine::start_streams(uint64_t c)
{
	const unsigned k = next(rollouts_.size(), last_stream_, [this, c](unsigned i) {
		const Rollout &r = rollouts_[i];

		return r.step == Step::Stream && r.since <= c &&
		       !jobs_[queues_.size() + r.op->queue->number].op;
	});

	if (k == rollouts_.size())
		return;
	Rollout &r = rollouts_[k];
	Job &job = jobs_[queues_.size() + r.op->queue->number];

	last_stream_ = k;
	job = Job();
	job.op = r.op;
	job.rollout = &r;
	job.a = r.op->b;
	job.length = r.bytes;
	job.since = c + Stage::kStart;
	r.step = Step::Streaming;
	moved_ = true;
}

/* Pieces of tokens end at 4 KiB of the destination, and rollouts take turns. */
void TimedEngine::tokens(uint64_t c)
{
	const bool room = level_[kTokens] + Stage::kSpare <= Stage::kTokenBeats &&
			  bursts_[kTokens].size() + Stage::kSpare <= Stage::kTokenBursts;

	if (making_ && room) {
		to_make_ -= std::min(to_make_, PEAL_TOKEN_BYTES * options_.units);
		moved_ = true;
		if (!to_make_)
			end_tokens(c);
	}
	if (making_)
		return;
	const unsigned k = next(rollouts_.size(), last_make_, [this, c](unsigned i) {
		return rollouts_[i].step == Step::Make && rollouts_[i].since <= c;
	});
	if (k == rollouts_.size())
		return;
	last_make_ = k;
	making_ = &rollouts_[k];
	making_->step = Step::Making;
	made_bytes_ = to_make_ = std::min(making_->bytes - making_->op->done,
					  to_page(making_->op->b + making_->op->done));
	moved_ = true;
}

void TimedEngine::end_tokens(uint64_t c)
{
	Rollout &r = *making_;
	Op &op = *r.op;
	Burst burst = { c + Stage::kTokens,
			op.b + op.done,
			std::vector<uint8_t>(made_bytes_),
			r.op,
			&r,
			op.done + made_bytes_ == r.bytes };

	make_tokens(op, r.record, burst.data.data(), made_bytes_);
	level_[kTokens] += beats_of(burst.bus, made_bytes_);
	op.done += made_bytes_;
	r.bursts++;
	if (!burst.last) {
		r.step = Step::Make;
		r.since = c + 1;
	}
	bursts_[kTokens].push_back(std::move(burst));
	making_ = nullptr;
}

bool TimedEngine::wants_record_write(uint64_t c)
{
	record_write_ = next(rollouts_.size(), last_record_write_, [this, c](unsigned k) {
		return rollouts_[k].step == Step::Write && rollouts_[k].since <= c;
	});
	return record_write_ < rollouts_.size();
}

/* The record last (C4.21); a failed write leaves it to the host to find out. */
void TimedEngine::grant_record_write(uint64_t c)
{
	Rollout &r = rollouts_[record_write_];

	last_record_write_ = record_write_;
	finish_rollout(*r.op, r.record);
	r.step = Step::Writing;
	Transfer &t = write(c, kRecordWrite, r.op->a, PEAL_RECORD_BYTES,
			    [this, &r](Transfer &done) {
				    const uint64_t since = now() + Stage::kAnswer;

				    if (done.failed())
					    rollout_ends(r, since, PEAL_ST_WRITE, 0);
				    else
					    rollout_ends(r, since, r.op->status, r.op->result);
			    });
	r.record.store(t.data.data());
}

/* ---- outcomes: one a cycle
 * --------------------------------------------------------------------------- */

void TimedEngine::answer_rollout(uint64_t c)
{
	const unsigned k = next(rollouts_.size(), last_answer_, [this, c](unsigned i) {
		return rollouts_[i].step == Step::Answer && rollouts_[i].since <= c;
	});

	last_answer_ = k;
	finish(c, rollouts_[k].op);
	rollouts_[k] = Rollout();
	rollouts_[k].since = c + 1;
}

void TimedEngine::outcomes(uint64_t c)
{
	std::deque<std::pair<uint64_t, OpPtr>> *const sources[] = { &found_, &written_, nullptr,
								    &barriers_ };
	const unsigned k = next(4, last_outcome_, [&](unsigned i) {
		if (sources[i])
			return !sources[i]->empty() && sources[i]->front().first <= c;
		return std::any_of(rollouts_.begin(), rollouts_.end(), [c](const Rollout &r) {
			return r.step == Step::Answer && r.since <= c;
		});
	});

	if (k == 4)
		return;
	last_outcome_ = k;
	moved_ = true;
	if (!sources[k])
		return answer_rollout(c);
	finish(c, sources[k]->front().second);
	sources[k]->pop_front();
}
