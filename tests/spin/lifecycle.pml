/* SPDX-License-Identifier: MIT */
/*
 * lifecycle.pml - doorbells, commands and the bus against each other; epochs.
 *
 * Clauses C1.10, C5.7, C5.8, C5.10, C5.13, C5.15, C7.4, C7.5, C7.11 to C7.13, C7.15, C7.16,
 * C7.18, C7.19 (not: invalid credits, STOP, ENABLE from DRAINED), and of
 * the later ones C7.21 and C7.22 (-DABORTS).
 *
 * One queue, rings of 2 slots, indices modulo 8 that start at 7 and wrap. A fetch
 * and a completion write can be outstanding on the bus, each for any time; what a
 * fetch finds is read when the bus answers. Doorbells are posted and come in order,
 * commands overtake them. A program publishes, rings, and at any moment drains,
 * disables, resets or aborts; then it settles what it published, zeroes the rings
 * and enables the queue anew, for LIVES lives. A thread takes completions and
 * returns credit.
 *
 * Abstractions. A word in memory stands for a slot (slot.pml has the words): 0, or
 * 1 + index + 8 * life. The device looks at the index, as the tag; the life is for
 * CHECK only. Where the contract says `at most STALE_RETRIES` one fetch decides.
 * After ABORT the state is DRAINED. A RESET of a busy queue counts what it cancels
 * in N_UNDELIVERED, and the host finds where acceptance ended by SQ_START +
 * N_ACCEPTED, which C7.13 keeps over a RESET.
 *
 * -DWILD: somebody writes one doorbell of any value at any time (lost, duplicated,
 * late from an earlier life, backward, wild). -DLOSSY: a doorbell may be lost.
 * -DDEAD_BUS: the bus may stop answering for good, and CMD_TIMEOUT then ends commands.
 *
 * @quick v1 safety
 * @check live ltl:each_is_accepted
 * @check commands-end ltl:each_command_ends
 * @check wild-doorbell safety -DWILD
 * @check lost-doorbells safety -DLOSSY
 * @check lost-commands-end ltl:each_command_ends -DLOSSY
 * @check dead-bus safety -DDEAD_BUS
 * @check dead-bus-commands-end ltl:each_command_ends -DDEAD_BUS
 * @check aborts safety -DABORTS
 * @check aborts-wild safety -DABORTS -DWILD
 * @check aborts-commands-end ltl:each_command_ends -DABORTS
 * @mutant no-timeout ltl:each_command_ends -DDEAD_BUS -DMUTANT_NO_TIMEOUT : each_command_ends
 * @mutant no-credit safety -DMUTANT_NO_CREDIT : no_overflow
 * @mutant no-range-check safety -DWILD -DMUTANT_NO_RANGE_CHECK : fetch_in_bounds
 * @mutant backward-taken safety -DWILD -DMUTANT_BACKWARD : fetch_in_bounds
 * @mutant early-drained safety -DMUTANT_EARLY_DRAINED : quiet_when_reported
 * @mutant reset-too-soon safety -DABORTS -DMUTANT_RESET_TOO_SOON : quiet_when_reported
 * @mutant reset-forgets safety -DABORTS -DMUTANT_RESET_FORGETS : counters_agree
 * @mutant late-answer safety -DABORTS -DMUTANT_RESET_TOO_SOON -DMUTANT_QUIET_UNCHECKED : published_settled
 * @mutant rings-not-zeroed safety -DWILD -DMUTANT_NOT_ZEROED : only_this_life
 * @mutant no-read-back safety -DMUTANT_NO_READ_BACK : no_false_error
 * @mutant head-before-reset safety -DABORTS -DMUTANT_HEAD_BEFORE_RESET : published_settled
 * @mutant accepts-in-error safety -DWILD -DMUTANT_ACCEPTS_IN_ERROR : accepts_when_allowed
 * @mutant cancel-twice safety -DMUTANT_CANCEL_TWICE : published_settled
 */
#include "check.h"

#define RING 2
#define LIVES 2
#define START 7
#define MOD(x) ((x) & 7)
#define SLOT(i) ((i) & 1)
#define ENTRY(i) (1 + (i) + 8 * life)
#define INDEX(entry) (((entry) - 1) & 7)
#define LIFE(entry) (((entry) - 1) >> 3)
#define HOLDS(entry, i) ((entry) && INDEX(entry) == (i))

PROPERTY(no_overflow);
PROPERTY(fetch_in_bounds);
PROPERTY(quiet_when_reported);
PROPERTY(counters_agree);
PROPERTY(only_this_life);
PROPERTY(no_false_error);
PROPERTY(published_settled);
PROPERTY(accepts_when_allowed);

mtype = { DISABLED, ENABLED, DRAINING, DRAINED, ABORTING, ERROR };
mtype = { NONE, DRAIN, DISABLE, RESET, ABORT };

/* memory */
byte sq[RING], cq[RING];

/* registers and state of the device */
mtype state = DISABLED;
mtype command = NONE;
bool ok, timed_out;
byte sq_tail, head, goal;	/* goal: accept up to it */
byte cq_head, cq_tail, issued;	/* credit; written; handed to the bus */
byte accepted, completed, undelivered;
chan work = [RING] of { byte };	/* accepted, not handed to the bus */

/* the bus: at most one of each */
byte fetching;	/* 1 + index */
byte fetched;	/* 1 + entry */
byte writing;	/* entry */
bool bus_dead;

/* the host */
byte life;
byte tail, taken;	/* published, taken from the CQ or made */
bool running;
chan bell = [RING] of { byte };

#define IN_FLIGHT (len(work) + (writing != 0))
#define OUTSTANDING (fetching || fetched || writing)
#define LAW CHECK(counters_agree, accepted == completed + undelivered + IN_FLIGHT)

active proctype doorbells()
{
	byte v;

end:	do
	:: atomic {
		bell?v ->
		if
		:: state != ENABLED	/* rejected */
		:: state == ENABLED ->
			if
#ifndef MUTANT_NO_RANGE_CHECK
			:: MOD(v - head) > RING -> state = ERROR
#endif
#ifndef MUTANT_BACKWARD
			:: MOD(v - head) < MOD(sq_tail - head) -> state = ERROR
#endif
			:: else -> sq_tail = v
			fi;
#ifndef WILD
			CHECK(no_false_error, state == ENABLED)
#endif
		fi;
		v = 0
	   }
#ifdef LOSSY
	:: bell?v -> v = 0
#endif
	od
}

#ifdef WILD
active proctype stranger()
{
	byte v;

	if
	:: v = 0 :: v = 1 :: v = 2 :: v = 3 :: v = 4 :: v = 5 :: v = 6 :: v = 7
	fi;
end:	bell!v
}
#endif

active proctype bus_read()
{
end:	do
	:: d_step { fetching && !bus_dead -> fetched = 1 + sq[SLOT(fetching - 1)]; fetching = 0 }
	od
}

active proctype bus_write()
{
end:	do
	:: d_step {
		writing && !bus_dead ->
		cq[SLOT(cq_tail)] = writing;
		writing = 0;
		cq_tail = MOD(cq_tail + 1);
		completed++;
		LAW
	   }
	od
}

#ifdef DEAD_BUS
active proctype end_of_bus()
{
end:	bus_dead = 1
}
#endif

#ifdef MUTANT_ACCEPTS_IN_ERROR
#define ACCEPTS (state == ENABLED || state == DRAINING || state == ERROR)
#else
#define ACCEPTS ((state == ENABLED || state == DRAINING) && command != DISABLE && command != RESET)
#endif
#define LIMIT (state == DRAINING -> goal : sq_tail)
#ifdef MUTANT_NO_CREDIT
#define CREDIT true
#else
#define CREDIT (MOD(issued + len(work) - cq_head) < RING)
#endif

active proctype engine()
{
	byte entry;

end:	do
	:: d_step {
		ACCEPTS && head != LIMIT && !fetching && !fetched ->
		CHECK(fetch_in_bounds, MOD(LIMIT - head) <= RING && MOD(sq_tail - head) <= RING);
		fetching = 1 + head
	   }
	:: d_step { fetched && !ACCEPTS -> fetched = 0 }	/* prefetched is not accepted */
	:: d_step { fetched && ACCEPTS && !HOLDS(fetched - 1, head) -> fetched = 0; state = ERROR
#ifndef WILD
		; CHECK(no_false_error, false)
#endif
	   }
	:: atomic {
		fetched && ACCEPTS && HOLDS(fetched - 1, head) && CREDIT ->
		CHECK(accepts_when_allowed, state == ENABLED || state == DRAINING);
		CHECK(only_this_life, LIFE(fetched - 1) == life);
		work!(fetched - 1);
		fetched = 0;
		head = MOD(head + 1);
		accepted++;
		LAW
	   }
	:: atomic {
		!writing && nempty(work) ->
		work?entry;
		CHECK(no_overflow, MOD(issued - cq_head) < RING);
		writing = entry;
		issued = MOD(issued + 1);
		entry = 0
	   }
	od
}

#ifdef MUTANT_EARLY_DRAINED
#define QUIET empty(work)
#else
#define QUIET (empty(work) && !OUTSTANDING)
#endif

inline finish(s)
{
#ifndef MUTANT_QUIET_UNCHECKED
	CHECK(quiet_when_reported, !OUTSTANDING && empty(work));
#endif
	LAW;
	state = s; command = NONE; ok = 1
}

inline cancel_all()
{
	do
	:: nempty(work) ->
		work?entry;
#ifndef MUTANT_RESET_FORGETS
		undelivered++
#endif
	:: empty(work) -> break
	od;
	entry = 0
}

/* A command ends when its work is done, or says TIMEOUT. */
active proctype commands()
{
	byte entry;

end:	do
	:: atomic { command == DRAIN && state == ENABLED -> goal = sq_tail; state = DRAINING }
	:: atomic { command == DRAIN && state == DRAINING && head == goal && QUIET -> finish(DRAINED) }
	:: atomic { command == DRAIN && state == ERROR -> command = NONE }
	:: atomic { command == DISABLE && QUIET -> finish(DISABLED) }
#ifdef ABORTS
	:: atomic { command == ABORT && state == ENABLED -> state = ABORTING }
	:: atomic { command == ABORT && state == ABORTING && QUIET -> finish(DRAINED) }
	:: atomic { command == ABORT && state == ERROR -> command = NONE }
	:: atomic { command == RESET && nempty(work) -> cancel_all(); LAW }
#ifdef MUTANT_RESET_TOO_SOON
	:: atomic { command == RESET && empty(work) -> finish(DISABLED); head = 0; sq_tail = 0 }
#else
	:: atomic { command == RESET && QUIET -> finish(DISABLED); head = 0; sq_tail = 0 }
#endif
#else
	:: atomic { command == RESET && QUIET -> finish(DISABLED); head = 0; sq_tail = 0 }
	:: atomic { command == RESET && (nempty(work) || OUTSTANDING) -> command = NONE }	/* BUSY */
#endif
#if defined(DEAD_BUS) && !defined(MUTANT_NO_TIMEOUT)
	:: atomic { command != NONE && bus_dead -> command = NONE; timed_out = 1 }
#endif
	od
}

/* Takes the oldest completion, if it is there. */
#define THERE HOLDS(cq[SLOT(taken)], taken)

inline take()
{
	CHECK(only_this_life, LIFE(cq[SLOT(taken)]) == life);
	CHECK(published_settled, taken != tail);
	taken = MOD(taken + 1);
	cq_head = taken
}

active proctype taker()
{
end:	do
	:: atomic { running && THERE -> take() }
	od
}

inline enable()
{
	atomic {
#ifndef MUTANT_NOT_ZEROED
		sq[0] = 0; sq[1] = 0; cq[0] = 0; cq[1] = 0;
#endif
		tail = START; taken = START; head = START; sq_tail = START;
		cq_head = START; cq_tail = START; issued = START;
		accepted = 0; completed = 0; undelivered = 0;
		state = ENABLED; ok = 0; running = 1
	}
}

/* Each index published has one outcome: completed, aborted by a RESET, or cancelled. */
inline settle()
{
	atomic {
		running = 0;
		do
		:: THERE -> take()
		:: else -> break
		od;
#ifdef MUTANT_HEAD_BEFORE_RESET
		final = MOD(before);
#else
		final = MOD(START + accepted);
#endif
#ifdef MUTANT_CANCEL_TWICE
		final = MOD(final - (final != START));
#endif
		/* taken, then aborted up to final, then cancelled up to tail */
		CHECK(published_settled, MOD(final - taken) <= MOD(tail - taken));
		CHECK(published_settled, MOD(final - taken) == undelivered);
		CHECK(published_settled, MOD(tail - START) == MOD(accepted + MOD(tail - final)));
		taken = tail;
		final = 0; before = 0
	}
}

active proctype program()
{
	byte final, before;

	do
	:: life == LIVES -> break
	:: life < LIVES ->
		enable();
		do
		:: atomic { MOD(tail - head) < RING && MOD(tail - START) < 5 ->
			sq[SLOT(tail)] = ENTRY(tail); tail = MOD(tail + 1) }
		:: atomic { nfull(bell) && tail != sq_tail -> bell!tail }
		:: atomic { command = DISABLE; before = head }; break
		:: atomic { command = RESET; before = head }; break
		:: command = DRAIN; break
#ifdef ABORTS
		:: command = ABORT; break
#endif
		od;
		command == NONE;
		do
		:: timed_out -> goto done	/* the memory is not to be used again */
		:: !timed_out && state == DISABLED -> break
		:: !timed_out && state != DISABLED -> command = DISABLE; command == NONE
		od;
		settle();
#ifndef MUTANT_NO_READ_BACK
		empty(bell);	/* reading the epoch back pushes posted writes before it */
#endif
		life++
	od;
done:
end:	skip
}

ltl each_is_accepted { [] ((sq_tail == 0 && state == ENABLED && command == NONE) ->
	<> (head == 0 || command != NONE || state != ENABLED)) }
ltl each_command_ends { [] (command != NONE -> <> (command == NONE)) }
