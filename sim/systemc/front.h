/* SPDX-License-Identifier: MIT */
/*
 * front.h - what a host sees of the model: registers, region table, event log,
 * commands and the states of queues. Written from docs/contract.md; the clauses
 * are named where they are kept.
 *
 * It has no time and no bus of its own: an engine (engine.h) stands behind it,
 * moves descriptors and calls it back.
 */
#ifndef PEAL_SYSTEMC_FRONT_H
#define PEAL_SYSTEMC_FRONT_H

#include <peal/contract.h>

#include <cstdint>
#include <deque>
#include <vector>

/* Bits of MODE (C7.6). */
enum Mode : uint32_t {
	kOrder = 3,
	kMatched = 1u << 4,
	kCrcRequired = 1u << 8,
	kFences = 1u << 9,
	kSuppress = 1u << 10,
};
enum Order : uint32_t { kFifo, kActor, kNone };

struct Region {
	uint64_t bus = 0, bytes = 0;
	uint16_t tenant = 0;
	uint8_t generation = 0;
	bool valid = false, read = false, write = false;
};

struct Event {
	uint32_t w[5];
};

struct Queue {
	unsigned number = 0;
	uint32_t config[PEAL_QREG_CQ_START / 4 + 1] = {};
	uint32_t state = PEAL_Q_DISABLED, epoch = 0;

	/* Free-running indices: last valid doorbell; lowest index not accepted. */
	uint32_t sq_tail = 0, sq_head = 0;
	/* Behind the last completion handed to the bus; behind the last one answered; credit. */
	uint32_t cq_issued = 0, cq_tail = 0, cq_head = 0;
	uint32_t accepted = 0, completed = 0, silent = 0, undelivered = 0, in_flight = 0;
	uint32_t events = 0, doorbells = 0, rejected = 0, invalid = 0, refetched = 0;

	/* Of this life, as ENABLE found it. */
	unsigned sq_log2 = 0, cq_log2 = 0;
	uint64_t sq_bus = 0, cq_bus = 0, host_line = 0, device_line = 0;

	uint32_t limit = 0;   /* DRAINING: nothing from here on is accepted */
	bool closing = false; /* DISABLE came: nothing more is accepted */
	unsigned retries = 0; /* of the slot at sq_head */

	/* The device line: there is one; what it lacks; a write of it is on its way. */
	bool has_line = false, line_old = false, line_arm = false, line_busy = false;
	uint32_t line_state = PEAL_Q_DISABLED, sq_event = 0;

	uint32_t mode() const
	{
		return config[PEAL_QREG_MODE / 4];
	}
	bool is(Mode bit) const
	{
		return mode() & bit;
	}
	uint32_t order() const
	{
		return mode() & kOrder;
	}
	uint32_t get(uint32_t reg) const
	{
		return config[reg / 4];
	}
	uint8_t sq_tag(uint32_t i) const
	{
		return tag(i, sq_log2);
	}
	uint8_t cq_tag(uint32_t i) const
	{
		return tag(i, cq_log2);
	}
	/* C1.5 */
	static uint8_t tag(uint32_t i, unsigned log2)
	{
		return 0x80 | (i >> log2 & 0x7f);
	}
};

class Front
{
      public:
	struct Limits {
		unsigned queues = 8, regions = 64;
		uint32_t clock_khz = 0, build = 0;
		bool polled = false; /* publication by slots alone (C5.11) */
	};

	explicit Front(const Limits &limits);
	virtual ~Front() = default;

	uint32_t reg_read(uint32_t offset);
	void reg_write(uint32_t offset, uint32_t value);

	/* C2.21: a handle and an offset; OK and the bus address, or what is wrong with them. */
	uint8_t resolve(uint32_t tenant, uint32_t handle, uint64_t offset, uint64_t bytes,
			bool read, bool write, uint64_t *bus) const;
	const Limits &limits() const
	{
		return limits_;
	}

      protected:
	/* ---- what the engine behind it says ---- */

	virtual uint64_t cycle() const = 0;
	/* Nothing of the queue is in flight, fetched, or outstanding on the bus. */
	virtual bool quiet(const Queue &q) const = 0;
	/* The queue has nothing to do, though it may be looking for more: its line is due (C5.4). */
	virtual bool idle(const Queue &q) const { return quiet(q); }
	/* The queue accepts nothing more for now: what was fetched ahead is dropped. */
	virtual void drop_fetched(Queue &q) = 0;
	/* ENABLE: the queue starts, or goes on. */
	virtual void started(Queue &q) = 0;
	/* A doorbell or a tail of the host line was taken. */
	virtual void rung(Queue &)
	{
	}
	/* Something changed that the engine may have waited for. */
	virtual void wake() = 0;
	/* The counters of time (CYCLES to WRITE_BEATS) are up to date. */
	virtual void count_cycles() = 0;

	/* ---- for the engine ---- */

	bool accepts(const Queue &q) const;
	uint32_t published(const Queue &q) const; /* first index that may not be accepted */
	void take_tail(Queue &q, uint32_t tail);  /* C5.7, C5.8, C5.17 */
	void set_state(Queue &q, uint32_t state);
	void fail(Queue &q); /* ERROR, but for a queue that aborts (C7.21) */
	void log(uint32_t code, unsigned queue, uint32_t w1, uint32_t w2 = 0, uint32_t w3 = 0,
		 uint32_t w4 = 0);
	void hold(const Event &event); /* one that is never lost (C7.23) */
	/* Ends of states and of the command, the lease. Called whenever time has passed. */
	void settle();

	/* Device lines: is there one to write, and what; then say that it is written. */
	bool line_due(const Queue &q) const;
	void line_words(Queue &q, uint64_t words[4]);
	bool armed(const Queue &q) const;

	/* Of one descriptor more in flight, or less, of a given time of acceptance. */
	void one_accepted(Queue &q, uint64_t *generation);
	void one_over(Queue &q, uint64_t generation);

	bool command_active() const
	{
		return command_status_ >> 31;
	}
	bool lease_runs() const
	{
		return lease_runs_;
	}
	bool lease_expired() const
	{
		return lease_expired_;
	}
	uint64_t lease_end() const
	{
		return lease_end_;
	}
	/* Gives up what the queue has in flight: the lease cut it off (C7.25). */
	void cut_off(Queue &q);

	uint64_t command_begin() const
	{
		return command_start_;
	}
	uint64_t command_end() const
	{
		return command_start_ + command_timeout_;
	}

	Limits limits_;
	std::vector<Queue> queues_;
	uint64_t counters_[PEAL_COUNTERS] = {};
	bool halted_ = false;  /* the lease has expired: no transaction begins */
	bool to_wipe_ = false; /* and what is in flight is still to be given up */

      private:
	uint32_t global_read(uint32_t offset);
	uint32_t identity(uint32_t offset) const;
	uint32_t region_read(uint32_t offset) const;
	uint32_t event_read(uint32_t offset) const;
	uint32_t queue_read(const Queue &q, uint32_t offset) const;
	void global_write(uint32_t offset, uint32_t value);
	void region_write(uint32_t offset, uint32_t value);
	void commit(uint32_t value);
	void queue_write(Queue &q, uint32_t offset, uint32_t value);
	void doorbell(Queue &q, uint32_t tail);
	void credit(Queue &q, uint32_t head);
	Queue *at(uint32_t offset, uint32_t base, uint32_t stride);

	void enter(const Event &event);
	void pop();
	void lease(uint32_t cycles);

	void command(uint32_t value);
	uint32_t begin(uint32_t command, uint32_t number);
	uint32_t enable(Queue &q);
	uint32_t check_mode(const Queue &q) const;
	uint32_t check_places(Queue &q) const;
	void new_life(Queue &q);
	void go_down(Queue &q, uint32_t command);
	int ended(Queue &q, uint32_t command);
	uint32_t shown_state(const Queue &q) const;
	bool going_down(const Queue &q) const;
	void settle_queue(Queue &q);
	void settle_command();

	std::vector<Region> regions_;
	Region window_;
	uint32_t selected_ = 0;
	uint64_t generation_ = 0, old_in_flight_ = 0; /* RT_BUSY (C3.6) */

	uint32_t command_ = 0, command_status_ = 0, command_timeout_;
	uint64_t command_start_ = 0;
	bool went_down_ = false; /* RESET or DISABLE has done its work but for the line */

	std::deque<Event> events_, held_;
	uint32_t event_count_ = 0, event_lost_ = 0;
	Event first_ = {};
	uint32_t first_status_ = 0;

	bool lease_runs_ = false, lease_expired_ = false;
	uint64_t lease_end_ = 0;
	uint64_t snapshot_[PEAL_COUNTERS] = {};
};

#endif
