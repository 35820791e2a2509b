/* SPDX-License-Identifier: MIT */
/*
 * operations.h - what a descriptor says and what it does to bytes: the checks of
 * C2.15 to C2.23, the operations of C4, records. Without time and without a bus.
 */
#ifndef PEAL_SYSTEMC_OPERATIONS_H
#define PEAL_SYSTEMC_OPERATIONS_H

#include "front.h"

#include <cstddef>

enum class Operand : uint8_t { NONE, R_LEN, W_LEN, R_LEN4, RECORD, W_ARG0 };
enum class LengthRule : uint8_t { NONE, ANY, TOKENS, ARG0 };
enum class Unit : uint8_t { CTRL, MOVE, ROLLOUT };

/* A row of the contract's table of operations. */
struct OpInfo {
	uint8_t code;
	Unit unit;
	Operand a, b;
	LengthRule length;
	uint64_t used[5]; /* payload bits of w2 to w6 */
};

/* Null: the contract has no such operation. */
const OpInfo *op_info(uint32_t code);
/* CAP_OPn */
uint32_t opcode_map(unsigned n);

/* A descriptor that was accepted, until its outcome is over. */
struct Op {
	Queue *queue = nullptr;
	uint32_t index = 0;
	uint64_t w[PEAL_DESC_WORDS] = {}; /* payloads */
	const OpInfo *info = nullptr;
	uint64_t a = 0, b = 0; /* bus addresses */
	uint64_t a_bytes = 0, b_bytes = 0, arg = 0;
	uint32_t length = 0;
	bool fence = false, silent = false, event = false; /* flags that count */
	uint64_t generation = 0; /* of the region table, when it was accepted */

	uint8_t status = PEAL_ST_OK;
	uint64_t result = 0;

	/* What an engine keeps of it while it works. */
	uint64_t done = 0;  /* bytes */
	uint32_t value = 0; /* CRC, or sum */
	uint64_t found = 0; /* 1 + offset of the first difference */
	bool read_failed = false, write_failed = false;
	bool cut = false;      /* ABORT ended it behind a piece */
	bool finished = false; /* its outcome is fixed */
	bool left = false;     /* its completion is on its way, or needs none */
	uint64_t since = 0;    /* cycle from which on it may leave */

	uint32_t cookie() const
	{
		return PEAL_FIELD_GET(w, PEAL_D_COOKIE);
	}
	uint32_t actor() const
	{
		return PEAL_FIELD_GET(w, PEAL_D_ACTOR);
	}
	uint32_t code() const
	{
		return PEAL_FIELD_GET(w, PEAL_D_OPCODE);
	}
	bool rollout() const
	{
		return info->unit == Unit::ROLLOUT;
	}
	bool is_silent() const
	{
		return silent && status == PEAL_ST_OK;
	}
	void end(uint8_t st, uint64_t res = 0)
	{
		status = st;
		result = res;
	}
};

/*
 * Takes a descriptor apart and makes the checks of C2.15 to C2.23, in this order.
 * True: it may be done. False: status and result are set.
 */
bool check(const Front &front, Op &op);

/* An operation that needs no memory: sets its status and result (C4.2 to C4.4, C2.19). */
void answer_at_once(Op &op);
/* It has no effect and no operand that would be looked at. */
bool without_memory(const Op &op);

/* ---- memory: a piece of an operation, op.done bytes from its start -------- */

/* FILL's bytes. */
void fill_piece(const Op &op, uint8_t *out, size_t bytes);
/* What was read: a CRC, a sum, a difference. `b` only for COMPARE. */
void look_at_piece(Op &op, const uint8_t *a, const uint8_t *b, size_t bytes);
/* The status and result of an operation on memory that is done (C4.5 to C4.9, C4.25). */
void finish_memory(Op &op);

/* ---- rollouts (C4.11 to C4.22) -------------------------------------------- */

struct Record {
	uint32_t w[PEAL_RECORD_BYTES / 4];

	void load(const uint8_t *bytes);
	void store(uint8_t *bytes) const;
};

/* May it? (C2.24) Else status and result are set. */
bool judge(Op &op, const Record &record);
/* How many bytes of B it reads or writes. */
uint64_t rollout_bytes(const Op &op, const Record &record);
void make_tokens(const Op &op, const Record &record, uint8_t *out, size_t bytes);
/* The record as it is to be written, and status and result; when all else is done. */
void finish_rollout(Op &op, Record &record);

/* ---- completions ---------------------------------------------------------- */

/* c0 and c1 with the tag of a CQ index. */
void completion_words(const Op &op, uint8_t tag, uint64_t words[PEAL_COMP_WORDS]);
/* The event of a completion that the bus refused (C7.23). */
Event undelivered_event(const Op &op, uint32_t cq_index);

#endif
