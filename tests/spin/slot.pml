/* SPDX-License-Identifier: MIT */
/*
 * slot.pml - self-validating slots: torn, late and reordered words, and wrap.
 *
 * Clauses C1.5 to C1.9, C5.1, C5.6, C5.9, C5.11, C5.15 and C6.5; in code
 * peal_words_publish and peal_words_take of ring.h.
 *
 * A ring of two slots (k = 1) of NW words. The host's stores wait in a buffer
 * that drains in ANY order (weaker than TSO and than Arm's stores); only a
 * release holds a store back until the buffer is empty. The device reads the
 * words one by one in any order, and the operand at any time behind the word
 * that it acquires. Host and device run for ever: indices wrap at 16, tags at 4
 * laps, so each tag comes twice round before an index does and an aliased tag
 * is seen to be one.
 *
 * Abstractions. A word holds 1 + the index it was written for (0: zeroed
 * memory), of which the device looks at the tag only and CHECK at the whole. An
 * operand is one word. The completion ring is the same thing with the roles
 * swapped and NW=2. Tags have 2 bits here and 7 in the contract; they alias
 * after 4 and after 128 laps. A slot never holds words of other laps than this
 * and the last, for a slot is rewritten only when it is free: one bit would do
 * (`one-bit-tag`), and no bit does not (`no-lap`). The other bits are a margin for devices and
 * buses which break that rule; a word that is late by exactly 128 laps passes.
 *
 * @quick polled safety
 * @quick completion safety -DNW=2
 * @check polled-live ltl:each_is_executed
 * @quick indexed safety -DINDEXED
 * @check indexed-live ltl:each_is_executed -DINDEXED
 * @check one-bit-tag safety -DTAG_MASK=1
 * @mutant no-lap safety -DTAG_MASK=0 : never_torn_or_stale
 * @mutant last-tag-only safety -DMUTANT_LAST_TAG_ONLY -DNW=2 : never_torn_or_stale
 * @mutant no-release safety -DMUTANT_NO_RELEASE : operand_is_visible
 * @mutant no-acquire safety -DMUTANT_NO_ACQUIRE : operand_is_visible
 * @mutant copy-twice safety -DMUTANT_COPY_TWICE : never_torn_or_stale
 * @mutant early-reuse safety -DMUTANT_EARLY_REUSE : operand_is_visible
 * @mutant early-reuse-indexed safety -DMUTANT_EARLY_REUSE -DINDEXED : slot_was_free
 * @mutant indexed-no-release safety -DMUTANT_NO_RELEASE -DINDEXED : no_stale_fetch
 * @mutant beyond-tail safety -DMUTANT_BEYOND_TAIL -DINDEXED : no_stale_fetch
 * @mutant lost-doorbell ltl:each_is_executed -DMUTANT_LOST_DOORBELL -DINDEXED : each_is_executed
 */
#include "check.h"

#ifndef NW
#define NW 3
#endif
#ifndef TAG_MASK
#define TAG_MASK 3
#endif
#define SLOTS 2
#define LAST (NW - 1)
#define MOD(x) ((x) & 15)
#define SLOT(i) ((i) & 1)
#define WORD(i, w) (SLOT(i) * NW + (w))
#define TAG(i) (((i) >> 1) & TAG_MASK)
#define HAS_TAG(word, i) ((word) && TAG((word) - 1) == TAG(i))

PROPERTY(never_torn_or_stale);
PROPERTY(operand_is_visible);
PROPERTY(no_stale_fetch);
PROPERTY(slot_was_free);

byte slot[SLOTS * NW];	 /* the ring, as the bus reads it */
byte stored[SLOTS * NW]; /* stores in the host's buffer; 0: none */
byte operand[SLOTS];
byte operand_stored[SLOTS];
byte pending;	  /* stores in the buffer */
byte tail;	  /* host: next index to publish */
byte bell;	  /* doorbell on its way: 1 + value; 0: none */
byte sq_tail;	  /* device: last doorbell */
byte head;	  /* device: next index to accept; the slots below are free */

inline store(i, w)
{
	pending = pending + (stored[WORD(i, w)] == 0);
	stored[WORD(i, w)] = 1 + i;
}

/* Release: what was stored before is visible before what is stored behind it. */
inline release()
{
#ifdef MUTANT_NO_RELEASE
	skip
#else
	pending == 0
#endif
}

active proctype host()
{
	byte w;

end:	do
#ifdef MUTANT_EARLY_REUSE
	:: MOD(tail - head) <= SLOTS ->
#else
	:: MOD(tail - head) < SLOTS ->
#endif
		atomic {
#ifdef INDEXED
			CHECK(slot_was_free, MOD(tail - head) < SLOTS);
#endif
			pending = pending + (operand_stored[SLOT(tail)] == 0);
			operand_stored[SLOT(tail)] = 1 + tail;
			w = 0;
			do
			:: w < LAST -> store(tail, w); w++
			:: else -> break
			od
		}
		release();
		d_step { store(tail, LAST); w = 0 }
#ifdef INDEXED
		release();
		atomic { bell == 0 -> bell = 1 + MOD(tail + 1) }
#endif
		tail = MOD(tail + 1)
	od
}

/* Each cell of the buffer drains by itself, in no order. */
#define DRAIN(cell, to) :: cell -> d_step { to = cell; cell = 0; pending-- }

active [SLOTS] proctype buffer()
{
end:	do
	DRAIN(stored[WORD(_pid - 1, 0)], slot[WORD(_pid - 1, 0)])
	DRAIN(stored[WORD(_pid - 1, 1)], slot[WORD(_pid - 1, 1)])
#if NW > 2
	DRAIN(stored[WORD(_pid - 1, 2)], slot[WORD(_pid - 1, 2)])
#endif
	DRAIN(operand_stored[_pid - 1], operand[_pid - 1])
	od
}

active proctype wire()
{
end:	do
	:: d_step { bell -> sq_tail = bell - 1; bell = 0 }
#ifdef MUTANT_LOST_DOORBELL
	:: bell -> bell = 0
#endif
	od
}

#define READ(w) :: !copy[w] && !seen[w] -> d_step { copy[w] = slot[WORD(head, w)]; seen[w] = 1 }

active proctype device()
{
	byte copy[NW];
	bool seen[NW];
	byte used, w;
	bool valid, operand_seen;

end:	do
#ifdef INDEXED
#ifdef MUTANT_BEYOND_TAIL
	:: true ->
#else
	:: head != sq_tail ->
#endif
#else
	:: slot[WORD(head, 0)] || slot[WORD(head, LAST)] -> /* zeroed memory needs no look */
#endif
		do
		READ(0)
		READ(1)
#if NW > 2
		READ(2)
#endif
#ifdef MUTANT_NO_ACQUIRE
		:: !operand_seen ->
#else
		:: !operand_seen && seen[LAST] ->
#endif
			d_step { used = operand[SLOT(head)]; operand_seen = 1 }
		:: operand_seen && seen[0] && seen[1] && seen[LAST] -> break
		od
		atomic {
			valid = 1;
			w = 0;
#ifdef MUTANT_LAST_TAG_ONLY
			w = LAST;
#endif
			do
			:: w < NW -> valid = valid && HAS_TAG(copy[w], head); w++
			:: else -> break
			od
#ifdef INDEXED
			CHECK(no_stale_fetch, valid);
#endif
		}
#ifdef MUTANT_COPY_TWICE
		if
		:: valid -> /* accepts, and reads again what it accepted */
			head = MOD(head + 1);
			copy[0] = slot[WORD(head + 1, 0)];
			CHECK(never_torn_or_stale, copy[0] == 1 + MOD(head - 1))
		:: else
		fi;
		valid = 0;
#endif
		d_step {
			if
			:: valid ->
				w = 0;
				do
				:: w < NW ->
					CHECK(never_torn_or_stale, copy[w] == 1 + head);
					w++
				:: else -> break
				od;
				CHECK(operand_is_visible, used == 1 + head);
				head = MOD(head + 1)
			:: else
			fi;
			w = 0;
			do
			:: w < NW -> copy[w] = 0; seen[w] = 0; w++
			:: else -> break
			od;
			used = 0; operand_seen = 0; valid = 0
		}
	od
}

/* By symmetry for each index: index 2, whenever it is the last published, is executed. */
ltl each_is_executed { [] (tail == 3 -> <> (head == 3)) }
