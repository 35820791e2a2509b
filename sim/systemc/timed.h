/* SPDX-License-Identifier: MIT */
/*
 * timed.h - the approximately timed engine.
 *
 * Units that work at the same time, as the RTL has them (docs/engine.md): fetch,
 * decode, dispatch, mover and stream, rollouts and tokens, outcomes, completion,
 * lines. tick() is one cycle of all of them. It runs in cycles in which something
 * may happen and sleeps over the others, until the bus answers or a register is
 * written.
 *
 * What a unit hands on carries the first cycle in which the next one sees it; the
 * table Stage below has these latencies and the sizes of the buffers, each from
 * docs/engine.md. Bytes are moved by whole bursts, when their first beat comes.
 */
#ifndef PEAL_SYSTEMC_TIMED_H
#define PEAL_SYSTEMC_TIMED_H

#include "engine.h"

#include <deque>
#include <memory>
#include <unordered_map>

/* Cycles from one unit to the next, and how much waits between them. */
struct Stage {
	static constexpr unsigned kBus = 1;	/* granted to on the bus */
	static constexpr unsigned kArrive = 1;	/* beat to in its buffer */
	static constexpr unsigned kDecode = 4;	/* selected to answered, or at dispatch */
	static constexpr unsigned kStart = 1;	/* dispatched to at its unit */
	static constexpr unsigned kStream = 5;	/* last step of the stream to burst, or outcome */
	static constexpr unsigned kTokens = 3;	/* last token to burst */
	static constexpr unsigned kJudge = 2;	/* record read to judged */
	static constexpr unsigned kOutcome = 1; /* chosen to ready to leave */
	static constexpr unsigned kAnswer = 1;	/* answered to known */

	static constexpr unsigned kArs = 4;	      /* addresses between arbiter and bus */
	static constexpr unsigned kFetches = 64;      /* descriptor bursts outstanding */
	static constexpr unsigned kX = 512, kY = 256; /* beats asked for ahead, of A or B */
	static constexpr unsigned kPieces = 128;
	static constexpr unsigned kSpare = 8; /* a full pipeline behind "no room" */
	static constexpr unsigned kDataBeats = 256, kDataBursts = 128;
	static constexpr unsigned kTokenBeats = 128, kTokenBursts = 64;
	static constexpr unsigned kFound = 32, kBarriers = 4;
	static constexpr unsigned kRun = 4;	/* completions of a beat */
	static constexpr unsigned kNotes = 512; /* runs on their way */
};

class TimedEngine : public Engine
{
      public:
	TimedEngine(sc_core::sc_module_name name, const Options &options, const Limits &limits,
		    sc_core::sc_time cycle);
	~TimedEngine() override;

	bool busy() const override;
	bool timers() const override;
	void host_calls() override
	{
		called_ = now();
	}
	std::string explain() const override;

      private:
	using OpPtr = std::shared_ptr<Op>;

	struct Slot {
		uint64_t since;
		uint64_t words[PEAL_DESC_WORDS];
		bool failed;
	};
	enum class Watch { Look, Reading, Arming, Asleep };

	/* A queue's own places: so that one that cannot go on is in nobody's way. */
	struct Lane {
		uint32_t fetch = 0;			 /* next index to ask for */
		unsigned asked = 0, bursts = 0, old = 0; /* slots; bursts; those to be dropped */
		uint32_t life = 0;
		std::deque<Slot> buffer;
		std::deque<OpPtr> window;  /* accepted, until they left; oldest first */
		std::deque<OpPtr> waiting; /* for dispatch */
		unsigned unleft = 0;
		unsigned working = 0; /* dispatched, not finished */
		bool fenced = false;  /* the last one that was dispatched is a fence */
		std::unordered_map<uint32_t, unsigned> actors;

		Watch watch = Watch::Look;
		bool moved = false; /* a doorbell came while the host line was read */
		uint64_t wake_at = 0;
		uint64_t looked = 0; /* poll: when the last one that found nothing began */
	};

	/* ---- timed.cc: a cycle, the bus ---- */

	struct Late { /* a transfer that waits for its channel */
		uint64_t since;
		Transfer *transfer;
	};
	void run();
	void tick(uint64_t c);
	uint64_t next_wake(uint64_t c) const;
	void blame(uint64_t c);
	uint32_t cause(uint64_t c) const;
	void send(uint64_t c);
	void arbitrate_reads(uint64_t c);
	void arbitrate_writes(uint64_t c);
	void read(uint64_t c, uint8_t client, uint64_t bus, uint64_t bytes,
		  std::function<void(Transfer &)> done);
	Transfer &write(uint64_t c, uint8_t client, uint64_t bus, uint64_t bytes,
			std::function<void(Transfer &)> done);
	tlm::tlm_sync_enum read_comes(Payload &, tlm::tlm_phase &, sc_core::sc_time &) override;
	tlm::tlm_sync_enum write_answered(Payload &, tlm::tlm_phase &, sc_core::sc_time &) override;
	void wipe();

	/* ---- timed_front.cc: fetch, decode, host lines, device lines ---- */

	bool wants_fetch(uint64_t c);
	void grant_fetch(uint64_t c);
	void slots_came(Queue &q, uint32_t first, uint32_t life, uint64_t asked_at, Transfer &t);
	void nothing_there(Queue &q, uint32_t index, uint64_t asked_at);
	bool is_valid(const Queue &q, uint32_t index, const Slot &slot) const;
	void select(uint64_t c);
	bool can_select(const Queue &q, uint64_t c) const;
	bool credit(const Queue &q) const;
	void accept(uint64_t c, Queue &q, const Slot &slot);
	void bad_tag(Queue &q);
	void decoded(uint64_t c);
	bool caught_up(const Queue &q) const;
	bool wants_host_line();
	void grant_host_line(uint64_t c);
	void host_line_came(Queue &q, Transfer &t);
	void watch(uint64_t c);
	bool wants_line();
	void grant_line(uint64_t c);

	/* ---- timed_units.cc: dispatch, mover and stream, rollouts and tokens, outcomes ---- */

	struct Rollout;
	struct Data { /* what a read of the mover brought */
		std::vector<uint8_t> bytes;
		bool failed = false;
	};
	using DataPtr = std::shared_ptr<Data>;
	struct Job { /* what a slot of the mover holds */
		OpPtr op;
		Rollout *rollout = nullptr;
		uint64_t a = 0, b = 0, length = 0, done = 0, since = 0;
	};
	struct Piece {
		OpPtr op;
		Rollout *rollout = nullptr;
		bool last = false, cut = false, compare = false, fill = false, writes = false;
		uint64_t since = 0, x_now = 0, a = 0, b = 0, bytes = 0, done = 0;
		unsigned x_off = 0, d_off = 0; /* bytes of the first beats that are none of it */
		unsigned x_beats = 0, d_beats = 0, x = 0, d = 0; /* to take, to make; so far */
		bool primed = false;
		uint64_t burst_from = 0; /* byte of the piece that the open burst starts with */
		std::vector<DataPtr> xs, ys;
	};
	struct Burst {
		uint64_t since, bus;
		std::vector<uint8_t> data;
		OpPtr op;
		Rollout *rollout;
		bool last;
	};
	enum class Part { X, X2, Y };
	enum class Step {
		Free,
		Record,
		Reading,
		Stream,
		Streaming,
		Make,
		Making,
		Ending,
		Write,
		Writing,
		Answer
	};
	struct Rollout {
		Step step = Step::Free;
		uint64_t since = 0, order = 0;
		OpPtr op;
		Record record;
		uint64_t bytes = 0;  /* of B */
		unsigned bursts = 0; /* of tokens, not answered */
	};

	void dispatch(uint64_t c);
	bool can_start(const Queue &q, uint64_t c);
	void start(uint64_t c, Queue &q);
	void finish(uint64_t c, const OpPtr &op);
	void outcomes(uint64_t c);
	void answer_rollout(uint64_t c);

	void choose_piece(uint64_t c);
	bool wants_data(ReadClient client);
	void grant_data(uint64_t c, ReadClient client);
	void take_piece(uint64_t c);
	void read_data(uint64_t c, ReadClient client, uint64_t bus, uint64_t bytes);
	bool stream(uint64_t c);
	void end_burst(uint64_t c, Piece &p);
	void end_piece(uint64_t c, Piece &p);
	static bool gather(const std::vector<DataPtr> &all, std::vector<uint8_t> &bytes);
	void grant_burst(uint64_t c, WriteClient client);
	void burst_answered(Burst &burst, bool failed);

	Rollout *free_rollout();
	bool wants_record(uint64_t c);
	void grant_record(uint64_t c);
	void record_came(Rollout &r, Transfer &t);
	void abort_rollouts(uint64_t c);
	void start_streams(uint64_t c);
	void tokens(uint64_t c);
	void end_tokens(uint64_t c);
	bool wants_record_write(uint64_t c);
	void grant_record_write(uint64_t c);
	void rollout_ends(Rollout &r, uint64_t since, uint8_t status, uint64_t result);

	/* ---- timed_complete.cc: what leaves, and what is over ---- */

	struct Note { /* of a run that left */
		Queue *queue;
		std::vector<OpPtr> ops;
		bool silent, failed = false;
		uint32_t cq_index = 0;
		uint64_t since = UINT64_MAX; /* it is over from here on */
	};
	void choose_run(uint64_t c);
	void run_of_queue(const Lane &lane, uint64_t c);
	void run_of_list(const std::deque<OpPtr> &list, uint64_t c);
	uint32_t cq_index(const OpPtr &op) const;
	unsigned left_in_line() const;
	std::shared_ptr<Note> take_run();
	void grant_completion(uint64_t c);
	void over(uint64_t c);
	void refused(Note &note);
	void retire();

	/* ---- of Front ---- */

	uint64_t cycle() const override
	{
		return now();
	}
	bool quiet(const Queue &q) const override;
	bool idle(const Queue &q) const override;
	void drop_fetched(Queue &q) override;
	void started(Queue &q) override;
	void rung(Queue &q) override;
	void wake() override
	{
		still_ = 0;
		wake_.notify(sc_core::SC_ZERO_TIME);
	}
	void count_cycles() override
	{
		counters_[PEAL_CTR_CYCLES] = counted_;
	}
	void catch_up() override;

	Lane &lane(const Queue &q)
	{
		return lanes_[q.number];
	}
	const Lane &lane(const Queue &q) const
	{
		return lanes_[q.number];
	}
	bool aborting(const OpPtr &op) const
	{
		return op->queue->state == PEAL_Q_ABORTING;
	}

	/* Round robin: the next of n behind `last` that is wanted; n if none is. */
	template <class Wanted> static unsigned next(unsigned n, unsigned last, Wanted wanted)
	{
		for (unsigned i = 1; i <= n; i++) {
			unsigned k = (last + i) % n;

			if (wanted(k))
				return k;
		}
		return n;
	}

	sc_core::sc_event wake_;
	uint64_t ticked_ = UINT64_MAX, called_ = 0;
	bool moved_ = false; /* something happened in this cycle */
	unsigned still_ = 0; /* cycles in which nothing did */

	std::vector<Lane> lanes_;

	/* The bus. */
	std::deque<Late> ars_, ws_;
	uint64_t ar_free_ = 0, w_free_ = 0; /* on the bus */
	uint64_t w_next_ = 0;		    /* at the arbiter */
	uint64_t r_until_ = 0;		    /* beats come */
	unsigned outstanding_ = 0, reading_[5] = {}, writing_ = 0;
	unsigned last_reader_ = 0, last_writer_ = 0;

	/* Fetch and decode. */
	unsigned last_fetch_ = 0, fetch_queue_ = 0, fetches_ = 0, last_select_ = 0;
	bool accepted_now_ = false;
	std::deque<std::pair<uint64_t, OpPtr>> decoding_;
	unsigned last_look_ = 0, look_queue_ = 0, last_line_ = 0, line_queue_ = 0;
	bool line_busy_ = false;

	/* Units. */
	unsigned last_start_ = 0, last_outcome_ = 0, last_answer_ = 0;
	std::deque<std::pair<uint64_t, OpPtr>> found_, written_, barriers_;
	std::vector<Job> jobs_; /* of each queue, then of its rollouts' streams */
	unsigned last_job_ = 0, job_ = 0;
	bool locked_ = false;
	Part part_ = Part::X;
	Piece piece_;
	std::deque<Piece> pieces_;
	std::deque<uint64_t> x_beats_, y_beats_;
	unsigned x_asked_ = 0, y_asked_ = 0;
	std::deque<Burst> bursts_[kWriters];
	unsigned level_[kWriters] = {}; /* beats made and not yet on the bus */
	std::vector<Rollout> rollouts_;
	uint64_t rollout_order_ = 0;
	unsigned last_record_ = 0, record_ = 0, last_record_write_ = 0, record_write_ = 0;
	unsigned last_stream_ = 0, last_make_ = 0;
	Rollout *making_ = nullptr;
	uint64_t to_make_ = 0, made_bytes_ = 0;

	/* Completion. */
	std::deque<OpPtr> answered_list_, found_list_;
	unsigned last_run_ = 0, run_source_ = 0;
	std::vector<OpPtr> run_;
	std::deque<std::shared_ptr<Note>> notes_;

	/* Counters. */
	uint64_t counted_ = 0;
	uint32_t still_cause_ = PEAL_CTR_IDLE;
};

#endif
