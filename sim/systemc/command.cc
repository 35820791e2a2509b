/* SPDX-License-Identifier: MIT */
/*
 * command.cc - ENABLE, DRAIN, ABORT, RESET, DISABLE (C7), the states they lead
 * through, and the device line that tells of them (C5.4).
 */
#include "front.h"

static constexpr int kGoesOn = -1;
static constexpr uint32_t kModeBits = kOrder | kMatched | kCrcRequired | kFences | kSuppress;

/* ---- states --------------------------------------------------------------- */

void Front::set_state(Queue &q, uint32_t state)
{
	q.state = state;
	if (state != PEAL_Q_ENABLED && state != PEAL_Q_DRAINING)
		drop_fetched(q);
}

void Front::fail(Queue &q)
{
	if (q.state != PEAL_Q_ABORTING && q.state != PEAL_Q_ABORTED)
		set_state(q, PEAL_Q_ERROR);
}

bool Front::accepts(const Queue &q) const
{
	return !q.closing && (q.state == PEAL_Q_ENABLED || q.state == PEAL_Q_DRAINING);
}

uint32_t Front::published(const Queue &q) const
{
	if (q.state == PEAL_Q_DRAINING)
		return q.limit;
	return limits_.polled ? q.sq_head + (1u << q.sq_log2) : q.sq_tail;
}

/* RESET or DISABLE of this queue is active: it goes past ABORTED and DRAINED. */
bool Front::going_down(const Queue &q) const
{
	uint32_t command = command_ & 0xff;

	return command_active() && (command_ >> 8 & 0xffff) == q.number &&
	       (command == PEAL_CMD_RESET || command == PEAL_CMD_DISABLE);
}

/* ---- ENABLE --------------------------------------------------------------- */

uint32_t Front::check_mode(const Queue &q) const
{
	const uint32_t mode = q.mode(), size = q.get(PEAL_QREG_SIZE);
	const uint32_t sq = size & 0xf, cq = size >> 8 & 0xf;
	auto good = [](uint32_t log2) {
		return log2 >= PEAL_RING_LOG2_MIN && log2 <= PEAL_RING_LOG2_MAX;
	};

	if (mode & ~kModeBits || q.order() > kNone)
		return PEAL_CMDCODE_BAD_CONFIG;
	if (limits_.polled && q.is(kSuppress))
		return PEAL_CMDCODE_UNSUPPORTED;
	if (size & ~0xf0fu || !good(sq) || !good(cq) || (q.is(kMatched) && sq != cq))
		return PEAL_CMDCODE_BAD_CONFIG;
	return PEAL_CMDCODE_OK;
}

/* SQ, CQ, host line, device line, in this order (C7.8). */
uint32_t Front::check_places(Queue &q) const
{
	const uint32_t size = q.get(PEAL_QREG_SIZE);
	const struct {
		uint32_t reg;
		uint64_t bytes;
		bool write;
		uint64_t Queue::*bus;
	} places[] = {
		{ PEAL_QREG_SQ_REGION, uint64_t{ PEAL_DESC_BYTES } << (size & 0xf), false,
		  &Queue::sq_bus },
		{ PEAL_QREG_CQ_REGION, uint64_t{ PEAL_COMP_BYTES } << (size >> 8 & 0xf), true,
		  &Queue::cq_bus },
		{ PEAL_QREG_HL_REGION, PEAL_LINE_BYTES, false, &Queue::host_line },
		{ PEAL_QREG_DL_REGION, PEAL_LINE_BYTES, true, &Queue::device_line },
	};

	for (uint32_t i = 0; i < 4; i++) {
		const auto &p = places[i];
		uint64_t offset = uint64_t{ q.get(p.reg + 8) } << 32 | q.get(p.reg + 4);
		/* The codes of operands are those of statuses. */
		uint32_t code = resolve(q.get(PEAL_QREG_TENANT), q.get(p.reg), offset, p.bytes,
					!p.write, p.write, &(q.*p.bus));

		if (!code && q.*p.bus % PEAL_LINE_BYTES)
			code = PEAL_CMDCODE_ALIGNMENT;
		if (code)
			return i << 8 | code;
	}
	return PEAL_CMDCODE_OK;
}

void Front::new_life(Queue &q)
{
	const uint32_t start = q.is(kMatched) ? PEAL_QREG_SQ_START : PEAL_QREG_CQ_START;

	q.sq_log2 = q.get(PEAL_QREG_SIZE) & 0xf;
	q.cq_log2 = q.get(PEAL_QREG_SIZE) >> 8 & 0xf;
	q.sq_head = q.sq_tail = q.get(PEAL_QREG_SQ_START);
	q.cq_head = q.cq_tail = q.cq_issued = q.get(start);
	q.accepted = q.completed = q.silent = q.undelivered = q.events = 0;
	q.doorbells = q.rejected = q.invalid = q.refetched = 0;
	q.retries = 0;
	q.has_line = true;
	q.line_old = false;
}

/* With SUPPRESS the queue is armed at its tail before the command ends: the line has both. */
uint32_t Front::enable(Queue &q)
{
	if (lease_expired_)
		return PEAL_CMDCODE_LEASE;
	if (q.state == PEAL_Q_DISABLED) {
		uint32_t code = check_mode(q);

		if (!code)
			code = check_places(q);
		if (code)
			return code;
		new_life(q);
	}
	q.closing = false;
	q.sq_event = q.sq_tail;
	set_state(q, PEAL_Q_ENABLED);
	started(q);
	return PEAL_CMDCODE_OK;
}

/* ---- begin ---------------------------------------------------------------- */

static bool legal(uint32_t state, uint32_t command)
{
	switch (command) {
	case PEAL_CMD_ENABLE: return state == PEAL_Q_DISABLED || state == PEAL_Q_DRAINED;
	case PEAL_CMD_DRAIN:
		return state == PEAL_Q_ENABLED || state == PEAL_Q_DRAINING ||
		       state == PEAL_Q_DRAINED;
	case PEAL_CMD_ABORT: return state != PEAL_Q_DISABLED;
	default: return true;
	}
}

static bool can_abort(uint32_t state)
{
	return state == PEAL_Q_ENABLED || state == PEAL_Q_DRAINING || state == PEAL_Q_ERROR;
}

/* C7.3. OK: it has begun. */
uint32_t Front::begin(uint32_t command, uint32_t number)
{
	if (command < PEAL_CMD_ENABLE || command > PEAL_CMD_DISABLE)
		return PEAL_CMDCODE_BAD_CMD;
	if (number >= queues_.size())
		return PEAL_CMDCODE_BAD_QUEUE;
	Queue &q = queues_[number];
	if (!legal(q.state, command))
		return PEAL_CMDCODE_BAD_STATE;
	if (command == PEAL_CMD_ENABLE)
		return enable(q);
	if (command == PEAL_CMD_DRAIN && q.state == PEAL_Q_ENABLED) {
		q.limit = published(q);
		set_state(q, PEAL_Q_DRAINING);
	} else if (command == PEAL_CMD_DISABLE && q.state != PEAL_Q_DISABLED) {
		q.closing = true;
		drop_fetched(q);
	} else if (command == PEAL_CMD_ABORT && q.state == PEAL_Q_DRAINED) {
		set_state(q, PEAL_Q_ABORTED);
	} else if (command != PEAL_CMD_DRAIN && command != PEAL_CMD_DISABLE && can_abort(q.state)) {
		set_state(q, PEAL_Q_ABORTING);
	}
	return PEAL_CMDCODE_OK;
}

void Front::command(uint32_t value)
{
	if (command_active())
		return;
	command_ = value;
	command_start_ = cycle();
	went_down_ = false;
	uint32_t number = value >> 8 & 0xffff, code = begin(value & 0xff, number);

	command_status_ = (number & 0xfff) << 16 | (code ? code : 1u << 31);
}

/* ---- end ------------------------------------------------------------------ */

/* RESET and DISABLE: DISABLED. The last write of the line is on its way behind this. */
void Front::go_down(Queue &q, uint32_t command)
{
	if (command == PEAL_CMD_RESET) {
		q.epoch++;
		q.sq_head = q.sq_tail = q.cq_head = q.cq_tail = q.cq_issued = 0;
	}
	q.closing = false;
	set_state(q, PEAL_Q_DISABLED);
	if (!halted_)
		return;
	q.has_line = false;
	q.line_state = PEAL_Q_DISABLED;
}

/* The code the command ends with, or kGoesOn. */
int Front::ended(Queue &q, uint32_t command)
{
	const bool line = line_due(q) || q.line_busy;

	switch (command) {
	case PEAL_CMD_ENABLE: break;
	case PEAL_CMD_DRAIN:
		if (q.state != PEAL_Q_DRAINED && q.state != PEAL_Q_DRAINING)
			return PEAL_CMDCODE_BAD_STATE;
		if (q.state == PEAL_Q_DRAINING)
			return kGoesOn;
		break;
	case PEAL_CMD_ABORT:
		if (q.state == PEAL_Q_ERROR && can_abort(q.state)) /* the lease cut it off */
			set_state(q, PEAL_Q_ABORTING);
		if (q.state != PEAL_Q_ABORTED)
			return kGoesOn;
		break;
	default: /* RESET, DISABLE */
		if (!went_down_ && (q.line_busy || !quiet(q)))
			return kGoesOn;
		if (!went_down_)
			go_down(q, command);
		went_down_ = true;
		return line_due(q) || q.line_busy ? kGoesOn : PEAL_CMDCODE_OK;
	}
	return line ? kGoesOn : PEAL_CMDCODE_OK;
}

void Front::settle_command()
{
	const uint32_t command = command_ & 0xff;
	Queue &q = queues_[command_ >> 8 & 0xffff];
	int code = ended(q, command);

	if (code != kGoesOn)
		command_status_ = (q.number & 0xfff) << 16 | static_cast<uint32_t>(code);
}

/* ---- the device line ------------------------------------------------------ */

bool Front::line_due(const Queue &q) const
{
	if (!q.has_line || halted_)
		return false;
	return q.state != q.line_state || q.line_arm || (q.line_old && idle(q));
}

bool Front::armed(const Queue &q) const
{
	return q.sq_event == q.sq_tail && !q.line_arm && !q.line_busy;
}

/* The line as it is now; it lacks nothing any more. The last one of a life ends it. */
void Front::line_words(Queue &q, uint64_t words[4])
{
	const uint64_t epoch = uint64_t{ q.epoch } << 32;

	words[0] = epoch | q.sq_head;
	words[1] = epoch | q.cq_tail;
	words[2] = epoch | (q.is(kSuppress) ? q.sq_event : 0);
	words[3] = epoch | q.state;
	q.line_old = q.line_arm = false;
	q.line_state = q.state;
	q.has_line = q.state != PEAL_Q_DISABLED;
}
