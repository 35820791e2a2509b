/* SPDX-License-Identifier: MIT */
/*
 * loose.h - the loosely timed engine.
 *
 * One thread that does one thing after the other: a burst of descriptors, an
 * operation's next piece, a completion, a line. Each is a blocking transport whose
 * delay goes onto the thread's own time, which runs ahead of the simulation by
 * at most the quantum. Memory that grants a direct pointer is reached by it. So
 * it is fast and its time is an upper bound: nothing overlaps.
 *
 * A queue has one operation in flight, from its acceptance to its completion, and
 * queues take turns. That keeps every order that a queue may have.
 */
#ifndef PEAL_SYSTEMC_LOOSE_H
#define PEAL_SYSTEMC_LOOSE_H

#include "engine.h"

#include <tlm_utils/tlm_quantumkeeper.h>

#include <deque>

class LooseEngine : public Engine
{
      public:
	LooseEngine(sc_core::sc_module_name name, const Options &options, const Limits &limits,
		    sc_core::sc_time cycle);

	bool busy() const override;
	bool timers() const override;
	void host_calls() override
	{
		called_ = cycle();
	}
	std::string explain() const override;

      private:
	enum class Watch { Look, Armed, Asleep };
	struct Slot {
		uint64_t words[PEAL_DESC_WORDS];
		bool failed;
	};
	struct Lane {
		std::deque<Slot> buffer; /* from sq_head on */
		Op op;
		bool busy = false, begun = false;
		Record record{};
		uint64_t total = 0;
		Watch watch = Watch::Look;
		uint64_t wake_at = 0, looked = 0;
	};

	void run();
	bool step();
	void step_queue(Queue &q);
	bool ready(const Queue &q) const;
	void spend(uint64_t cycles, uint32_t cause);
	void wait_for_work();
	bool any_line_due() const;
	uint64_t next_timer() const;
	void wipe();

	bool can_accept(const Queue &q) const;
	bool credit(const Queue &q) const;
	void fetch(Queue &q);
	unsigned fetch_length(const Queue &q) const;
	void accept(Queue &q);
	void bad_tag(Queue &q);
	bool is_valid(const Queue &q, uint32_t index, const Slot &slot) const;
	bool record_taken(const Queue &q) const;

	void work(Queue &q);
	void move(Queue &q);
	bool move_piece(Op &op, uint64_t bytes);
	void begin_rollout(Queue &q);
	void rollout_piece(Queue &q);
	void end_rollout(Queue &q);
	void complete(Queue &q, Op &op);
	void write_completion(Queue &q, Op &op);

	bool watches(const Queue &q) const;
	void look(Queue &q);
	void write_line(Queue &q);

	bool transport(bool write, uint8_t client, uint64_t bus, void *data, uint64_t bytes);
	bool direct(bool write, uint64_t bus, uint8_t *data, uint64_t bytes);
	const tlm::tlm_dmi *pointer(uint64_t bus, uint64_t bytes);
	void forget(sc_dt::uint64 start, sc_dt::uint64 end) override;

	uint64_t cycle() const override;
	bool quiet(const Queue &q) const override;
	void drop_fetched(Queue &q) override
	{
		lanes_[q.number].buffer.clear();
	}
	void started(Queue &q) override;
	void rung(Queue &q) override
	{
		lanes_[q.number].watch = Watch::Look;
	}
	void wake() override
	{
		wake_.notify(sc_core::SC_ZERO_TIME);
	}
	void count_cycles() override;
	void catch_up() override
	{
		settle();
	} /* the thread is between two steps */

	Lane &lane(const Queue &q)
	{
		return lanes_[q.number];
	}
	const Lane &lane(const Queue &q) const
	{
		return lanes_[q.number];
	}

	sc_core::sc_event wake_;
	tlm_utils::tlm_quantumkeeper keeper_;
	std::vector<Lane> lanes_;
	std::vector<tlm::tlm_dmi> direct_;
	unsigned turn_ = 0;
	uint64_t called_ = 0;
	uint64_t ahead_ = 0; /* the engine's own time, when it is ahead of the simulation's */
	uint64_t counted_ = 0;
	uint32_t idle_cause_ = PEAL_CTR_IDLE;
};

#endif
