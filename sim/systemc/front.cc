/* SPDX-License-Identifier: MIT */
/*
 * front.cc - the register map (C8), the region table (C3), the event log (C8.9,
 * C7.23), doorbells and credit (C5), the lease (C7.25).
 */
#include "front.h"

#include "operations.h"

#include <algorithm>

static constexpr uint32_t kStride = 64;		/* of doorbells */
static constexpr uint32_t kHeld = 1, kMore = 2; /* FE_STS */

Front::Front(const Limits &limits)
    : limits_(limits), queues_(limits.queues), regions_(limits.regions),
      command_timeout_(UINT32_MAX)
{
	for (unsigned i = 0; i < limits.queues; i++)
		queues_[i].number = i;
}

/* ---- the map -------------------------------------------------------------- */

/* The queue whose context or doorbell is at an offset; null if there is none. */
Queue *Front::at(uint32_t offset, uint32_t base, uint32_t stride)
{
	uint32_t number = (offset - base) / stride;

	return number < queues_.size() ? &queues_[number] : nullptr;
}

uint32_t Front::reg_read(uint32_t offset)
{
	if (offset < PEAL_QREG_BASE)
		return global_read(offset);
	if (offset >= PEAL_DB_BASE)
		return 0;
	const Queue *q = at(offset, PEAL_QREG_BASE, PEAL_QREG_STRIDE);
	return q ? queue_read(*q, offset % PEAL_QREG_STRIDE) : 0;
}

void Front::reg_write(uint32_t offset, uint32_t value)
{
	wake();
	if (offset < PEAL_QREG_BASE)
		return global_write(offset, value);
	if (offset < PEAL_DB_BASE) {
		if (Queue *q = at(offset, PEAL_QREG_BASE, PEAL_QREG_STRIDE))
			queue_write(*q, offset % PEAL_QREG_STRIDE, value);
		return;
	}
	Queue *q = at(offset, PEAL_DB_BASE, kStride);
	if (q && offset % kStride == PEAL_DB_SQ_TAIL)
		doorbell(*q, value);
	else if (q && offset % kStride == PEAL_DB_CQ_HEAD)
		credit(*q, value);
}

uint32_t Front::identity(uint32_t offset) const
{
	const uint32_t other = PEAL_CAP_INDEXED | PEAL_CAP_SUPPRESS;

	switch (offset) {
	case PEAL_REG_MAGIC: return PEAL_MAGIC;
	case PEAL_REG_VERSION: return PEAL_VERSION;
	case PEAL_REG_CONTRACT_LO: return static_cast<uint32_t>(PEAL_CONTRACT_HASH);
	case PEAL_REG_CONTRACT_HI: return PEAL_CONTRACT_HASH >> 32;
	case PEAL_REG_KIND: return PEAL_KIND_SYSTEMC;
	case PEAL_REG_BUILD: return limits_.build;
	case PEAL_REG_CLOCK_KHZ: return limits_.clock_khz;
	case PEAL_REG_CAP_CLAUSES:
		return limits_.polled ? (PEAL_CAPS_V1 & ~other) | PEAL_CAP_POLLED : PEAL_CAPS_V1;
	case PEAL_REG_CAP_RING: return PEAL_RING_LOG2_MIN | PEAL_RING_LOG2_MAX << 8;
	case PEAL_REG_CAP_QUEUES: return limits_.queues;
	case PEAL_REG_CAP_REGIONS: return limits_.regions;
	case PEAL_REG_CAP_DB_STRIDE: return kStride;
	default: break;
	}
	if (offset >= PEAL_REG_CAP_OP0 && offset < PEAL_REG_CAP_OP0 + 32)
		return opcode_map((offset - PEAL_REG_CAP_OP0) / 4);
	return 0;
}

uint32_t Front::global_read(uint32_t offset)
{
	const uint32_t word = (offset - PEAL_REG_CTR_BASE) / 4;

	switch (offset) {
	case PEAL_REG_CMD: return command_;
	case PEAL_REG_CMDSTS: return command_status_;
	case PEAL_REG_CMD_TIMEOUT: return command_timeout_;
	case PEAL_REG_LEASE: return lease_runs_ && lease_end_ > cycle() ? lease_end_ - cycle() : 0;
	case PEAL_REG_LEASE_STS: return lease_runs_ | lease_expired_ << 1;
	default: break;
	}
	if (offset < PEAL_REG_RT_SEL)
		return identity(offset);
	if (offset < PEAL_REG_CMD)
		return region_read(offset);
	if (offset < PEAL_REG_CTR_BASE)
		return event_read(offset);
	return word < 2 * PEAL_COUNTERS ? snapshot_[word / 2] >> (word % 2 * 32) : 0;
}

void Front::global_write(uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PEAL_REG_CMD: return command(value);
	case PEAL_REG_CMD_TIMEOUT: command_timeout_ = value; return;
	case PEAL_REG_LEASE: return lease(value);
	case PEAL_REG_EV_POP: return pop();
	case PEAL_REG_FE_STS:
		first_status_ = 0;
		first_ = {};
		return;
	case PEAL_REG_CTR_SNAP:
		count_cycles();
		std::copy(counters_, counters_ + PEAL_COUNTERS, snapshot_);
		return;
	default:
		if (offset >= PEAL_REG_RT_SEL && offset < PEAL_REG_CMD)
			region_write(offset, value);
	}
}

/* ---- queue contexts ------------------------------------------------------- */

/* Bits that a register does not name read 0; SIZE and MODE keep them (C7.17). */
static uint32_t named_bits(uint32_t offset)
{
	switch (offset) {
	case PEAL_QREG_SQ_REGION:
	case PEAL_QREG_CQ_REGION:
	case PEAL_QREG_HL_REGION:
	case PEAL_QREG_DL_REGION:
	case PEAL_QREG_TENANT: return 0xffff;
	case PEAL_QREG_SQ_OFF_HI:
	case PEAL_QREG_CQ_OFF_HI:
	case PEAL_QREG_HL_OFF_HI:
	case PEAL_QREG_DL_OFF_HI: return 0xff;
	default: return UINT32_MAX;
	}
}

void Front::queue_write(Queue &q, uint32_t offset, uint32_t value)
{
	if (offset <= PEAL_QREG_CQ_START && q.state == PEAL_Q_DISABLED)
		q.config[offset / 4] = value & named_bits(offset);
}

/* DRAINED and ABORTED are told when the device line has them too (C7.15). */
uint32_t Front::shown_state(const Queue &q) const
{
	bool line = line_due(q) || q.line_busy;

	if (line && q.state == PEAL_Q_DRAINED)
		return PEAL_Q_DRAINING;
	if (line && q.state == PEAL_Q_ABORTED)
		return PEAL_Q_ABORTING;
	return q.state;
}

uint32_t Front::queue_read(const Queue &q, uint32_t offset) const
{
	const bool counts = q.is(kMatched); /* C5.18 */

	if (offset <= PEAL_QREG_CQ_START)
		return q.config[offset / 4];
	switch (offset) {
	case PEAL_QREG_STATE: return shown_state(q);
	case PEAL_QREG_EPOCH: return q.epoch;
	case PEAL_QREG_SQ_TAIL: return limits_.polled ? q.sq_head : q.sq_tail;
	case PEAL_QREG_SQ_HEAD: return q.sq_head;
	case PEAL_QREG_CQ_TAIL: return q.cq_tail;
	case PEAL_QREG_CQ_HEAD:
		return counts && q.state != PEAL_Q_DISABLED ? q.get(PEAL_QREG_SQ_START) : q.cq_head;
	case PEAL_QREG_N_ACCEPTED: return q.accepted;
	case PEAL_QREG_N_COMPLETED: return q.completed;
	case PEAL_QREG_N_SILENT: return q.silent;
	case PEAL_QREG_N_UNDELIVERED: return q.undelivered;
	case PEAL_QREG_N_IN_FLIGHT: return q.in_flight;
	case PEAL_QREG_N_DOORBELLS: return q.doorbells;
	case PEAL_QREG_N_DB_REJECTED: return q.rejected;
	case PEAL_QREG_N_DB_INVALID: return q.invalid;
	case PEAL_QREG_N_REFETCH: return q.refetched;
	case PEAL_QREG_N_EVENTS: return q.events;
	default: return 0;
	}
}

/* ---- doorbells and credit ------------------------------------------------- */

void Front::doorbell(Queue &q, uint32_t tail)
{
	if (q.state != PEAL_Q_ENABLED)
		q.rejected++;
	else if (limits_.polled)
		q.doorbells++;
	else
		take_tail(q, tail);
}

/* C5.7: within a ring of the head, and not behind the last valid one. */
void Front::take_tail(Queue &q, uint32_t tail)
{
	uint32_t ahead = tail - q.sq_head;
	bool valid = ahead <= 1u << q.sq_log2 && ahead >= q.sq_tail - q.sq_head;
	bool old = q.is(kSuppress) && tail != q.sq_tail && q.sq_tail - tail < 1u << 31;

	if (!valid && !old) {
		q.invalid++;
		log(PEAL_EVENT_INVALID_DOORBELL, q.number, tail, q.sq_tail, q.sq_head);
		return fail(q);
	}
	q.doorbells++;
	if (!valid)
		return;
	q.sq_tail = tail;
	rung(q);
}

void Front::credit(Queue &q, uint32_t head)
{
	if (q.state == PEAL_Q_DISABLED || q.is(kMatched))
		return;
	if (head - q.cq_head <= q.cq_issued - q.cq_head) {
		q.cq_head = head;
		return;
	}
	q.invalid++;
	log(PEAL_EVENT_INVALID_CREDIT, q.number, head, q.cq_issued, q.cq_head);
	fail(q);
}

/* ---- regions -------------------------------------------------------------- */

void Front::region_write(uint32_t offset, uint32_t value)
{
	Region &w = window_;

	switch (offset) {
	case PEAL_REG_RT_SEL:
		selected_ = value;
		w = value < regions_.size() ? regions_[value] : Region();
		break;
	case PEAL_REG_RT_BUS_LO: w.bus = (w.bus & ~UINT64_C(0xffffffff)) | value; break;
	case PEAL_REG_RT_BUS_HI:
		w.bus = (w.bus & UINT32_MAX) | uint64_t{ value & 0xffff } << 32;
		break;
	case PEAL_REG_RT_LEN_LO: w.bytes = (w.bytes & ~UINT64_C(0xffffffff)) | value; break;
	case PEAL_REG_RT_LEN_HI:
		w.bytes = (w.bytes & UINT32_MAX) | uint64_t{ value & 0xff } << 32;
		break;
	case PEAL_REG_RT_TENANT: w.tenant = value; break;
	case PEAL_REG_RT_COMMIT: commit(value); break;
	}
}

void Front::commit(uint32_t value)
{
	window_.generation = value & 0x3f;
	window_.read = value >> 8 & 1;
	window_.write = value >> 9 & 1;
	window_.valid = value >> 31;
	if (selected_ >= regions_.size())
		return;
	regions_[selected_] = window_;
	if (window_.valid)
		return;
	/* All that is in flight was checked before this (C3.6). */
	generation_++;
	old_in_flight_ = 0;
	for (const Queue &q : queues_)
		old_in_flight_ += q.in_flight;
}

uint32_t Front::region_read(uint32_t offset) const
{
	const Region &w = window_;

	switch (offset) {
	case PEAL_REG_RT_SEL: return selected_;
	case PEAL_REG_RT_BUS_LO: return w.bus;
	case PEAL_REG_RT_BUS_HI: return w.bus >> 32;
	case PEAL_REG_RT_LEN_LO: return w.bytes;
	case PEAL_REG_RT_LEN_HI: return w.bytes >> 32;
	case PEAL_REG_RT_TENANT: return w.tenant;
	case PEAL_REG_RT_COMMIT:
		return w.generation | w.read << 8 | w.write << 9 | uint32_t{ w.valid } << 31;
	case PEAL_REG_RT_BUSY: return old_in_flight_ != 0;
	default: return 0;
	}
}

uint8_t Front::resolve(uint32_t tenant, uint32_t handle, uint64_t offset, uint64_t bytes, bool read,
		       bool write, uint64_t *bus) const
{
	uint32_t index = handle & ((1u << PEAL_HANDLE_INDEX_BITS) - 1);
	uint32_t generation = handle >> PEAL_HANDLE_INDEX_BITS;

	if (index >= regions_.size() || !generation || !regions_[index].valid ||
	    regions_[index].generation != generation)
		return PEAL_ST_BAD_REGION;
	const Region &r = regions_[index];
	if (r.tenant != tenant)
		return PEAL_ST_TENANT;
	if ((read && !r.read) || (write && !r.write))
		return PEAL_ST_PERMISSION;
	if (offset > r.bytes || bytes > r.bytes - offset)
		return PEAL_ST_RANGE;
	*bus = r.bus + offset;
	return PEAL_ST_OK;
}

void Front::one_accepted(Queue &q, uint64_t *generation)
{
	*generation = generation_;
	q.sq_head++;
	q.accepted++;
	q.in_flight++;
	counters_[PEAL_CTR_ACCEPTED]++;
}

void Front::one_over(Queue &q, uint64_t generation)
{
	q.in_flight--;
	if (generation != generation_)
		old_in_flight_--;
}

/* ---- events --------------------------------------------------------------- */

void Front::enter(const Event &event)
{
	event_count_++;
	if (first_status_) {
		first_status_ |= kMore;
	} else {
		first_status_ = kHeld;
		first_ = event;
	}
	if (events_.size() < PEAL_EVENT_LOG_DEPTH)
		events_.push_back(event);
	else
		event_lost_++;
}

void Front::log(uint32_t code, unsigned queue, uint32_t w1, uint32_t w2, uint32_t w3, uint32_t w4)
{
	enter({ { code | queue << 8, w1, w2, w3, w4 } });
}

void Front::hold(const Event &event)
{
	held_.push_back(event);
	if (held_.size() > 1 || events_.size() == PEAL_EVENT_LOG_DEPTH)
		return;
	enter(event);
	held_.pop_front();
}

void Front::pop()
{
	if (events_.empty())
		return;
	events_.pop_front();
	if (held_.empty())
		return;
	enter(held_.front());
	held_.pop_front();
}

uint32_t Front::event_read(uint32_t offset) const
{
	if (offset >= PEAL_REG_EV_W0 && offset <= PEAL_REG_EV_W4)
		return events_.empty() ? 0 : events_.front().w[(offset - PEAL_REG_EV_W0) / 4];
	if (offset >= PEAL_REG_FE_W0 && offset <= PEAL_REG_FE_W4)
		return first_.w[(offset - PEAL_REG_FE_W0) / 4];
	switch (offset) {
	case PEAL_REG_EV_COUNT: return event_count_;
	case PEAL_REG_EV_LOST: return event_lost_;
	case PEAL_REG_EV_LEVEL: return events_.size();
	case PEAL_REG_FE_STS: return first_status_;
	default: return 0;
	}
}

/* ---- the lease ------------------------------------------------------------ */

void Front::lease(uint32_t cycles)
{
	lease_expired_ = false;
	lease_runs_ = cycles != 0;
	lease_end_ = cycle() + cycles;
	halted_ = to_wipe_;
}

void Front::cut_off(Queue &q)
{
	q.undelivered += q.in_flight;
	counters_[PEAL_CTR_UNDELIVERED] += q.in_flight;
	if (q.is(kMatched))
		q.cq_tail += q.in_flight; /* counts outcomes there */
	q.in_flight = 0;
	old_in_flight_ = 0;
	if (q.state != PEAL_Q_DISABLED)
		set_state(q, PEAL_Q_ERROR);
}

/* ---- time has passed ------------------------------------------------------ */

void Front::settle()
{
	if (lease_runs_ && cycle() >= lease_end_) {
		lease_runs_ = false;
		lease_expired_ = halted_ = to_wipe_ = true;
		log(PEAL_EVENT_LEASE, PEAL_NO_QUEUE, 0);
	}
	for (Queue &q : queues_)
		if (q.state != PEAL_Q_DISABLED)
			settle_queue(q);
	if (command_active() && held_.empty())
		settle_command();
	if (command_active() && cycle() - command_start_ >= command_timeout_)
		command_status_ = (command_ >> 8 & 0xfff) << 16 | PEAL_CMDCODE_TIMEOUT;
}

/* DRAINING and ABORTING end by themselves; not before held events have their places. */
void Front::settle_queue(Queue &q)
{
	if (q.state == PEAL_Q_DRAINING && !q.closing && q.sq_head == q.limit && quiet(q))
		set_state(q, PEAL_Q_DRAINED);
	else if (q.state == PEAL_Q_ABORTING && !going_down(q) && held_.empty() && quiet(q))
		set_state(q, PEAL_Q_ABORTED);
}
