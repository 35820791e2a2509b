/* SPDX-License-Identifier: MIT */
/*
 * suppress.pml - doorbell suppression: the host rings only when it is asked to.
 *
 * Clauses C5.1, C5.3, C5.7, C5.17. Host: publish, write sq_tail to the host line,
 * full fence, read sq_event, ring iff (new - ev - 1) < (new - old). Device: work
 * until its tail, read the host line, arm sq_event, wait for the answer of that
 * write, read the line again, sleep until a doorbell.
 *
 * Each side's store sits in a buffer and drains when it likes, so a load behind
 * it may come first: the race of Dekker. The read of the host line is two steps,
 * sample and answer, and a doorbell is posted: it arrives later than the line's
 * store may. Indices are modulo 8 and wrap for ever, so a sq_event that is many
 * laps old is met with too. A ring of 2 slots; the host publishes one or two and
 * may stop for good at any time.
 *
 * sq_tail has two sources, the doorbell's value and the host line, and one may
 * bring what the other overtook: an answer of the line that was sampled before a
 * doorbell came, or a doorbell that was posted before the line was read. Such a
 * tail is old and has no effect; judged as `backwards` (C5.8), it would send the
 * queue of a correct host to ERROR: `old-is-error` shows it. Old is behind by less
 * than half of all indices, so a doorbell may be late by 3 of the 8 here.
 *
 * Two runs: no doorbell is lost and the sleep has no bound, so that the protocol
 * alone must be right; and any doorbell may be lost and the sleep is bounded.
 *
 * @quick handshake safety
 * @quick live ltl:each_is_executed
 * @check lost-doorbells safety -DLOSSY -DTIMER
 * @check lost-doorbells-live ltl:each_is_executed -DLOSSY -DTIMER
 * @check duplicated-live ltl:each_is_executed -DDUPLICATED
 * @mutant no-fence-host ltl:each_is_executed -DMUTANT_NO_FENCE_HOST : each_is_executed
 * @mutant no-fence-device ltl:each_is_executed -DMUTANT_NO_FENCE_DEVICE : each_is_executed
 * @mutant no-recheck ltl:each_is_executed -DMUTANT_NO_RECHECK : each_is_executed
 * @mutant off-by-one ltl:each_is_executed -DMUTANT_OFF_BY_ONE : each_is_executed
 * @mutant arm-one-ahead ltl:each_is_executed -DMUTANT_ARM_AHEAD : each_is_executed
 * @mutant starts-asleep ltl:each_is_executed -DMUTANT_STARTS_ASLEEP : each_is_executed
 * @mutant no-timer ltl:each_is_executed -DLOSSY : each_is_executed
 * @mutant rings-always safety -DMUTANT_RINGS_ALWAYS : rings_when_asked
 * @mutant old-is-error safety -DMUTANT_OLD_IS_ERROR : no_false_error
 */
#include "check.h"

#define RING 2
#define START 5 /* SQ_START, so that a sq_event of 0 is not armed */
#define MOD(x) ((x) & 7)

PROPERTY(no_false_error);
PROPERTY(rings_when_asked);
PROPERTY(not_beyond_published);

byte tail = START;	/* host: published, in the slots */
byte line = START;	/* host line's sq_tail, in memory */
byte line_stored;	/* the store of it in the host's buffer: 1 + value */
byte event;		/* device line's sq_event, in memory */
byte event_stored;	/* the write of it on its way: 1 + value */
byte bell;		/* doorbell on its way: 1 + value */
bool awake;		/* a doorbell came since the device last went to sleep */
byte sq_tail = START;	/* device's */
byte head = START;

#ifdef MUTANT_OFF_BY_ONE
#define ASKED(new, old, ev) (MOD(new - ev) < MOD(new - old))
#else
#define ASKED(new, old, ev) (MOD(new - ev - 1) < MOD(new - old))
#endif

active proctype host()
{
	byte old, ev;

end:	do
	:: MOD(tail - head) < RING && (bell == 0 || MOD(tail + 2 - (bell - 1)) < 4) ->
		old = tail;
		line_stored == 0;
		if
		:: d_step { tail = MOD(tail + 1); line_stored = 1 + tail }
		:: d_step { MOD(tail - head) == 0 -> tail = MOD(tail + 2); line_stored = 1 + tail }
		fi;
#ifndef MUTANT_NO_FENCE_HOST
		line_stored == 0;	/* full fence; pairs with the device's */
#endif
		ev = event;
		if
#ifdef MUTANT_RINGS_ALWAYS
		:: true ->
#else
		:: ASKED(tail, old, ev) ->
#endif
			/* asked: the device waits for an index in [old, tail) */
#ifndef MUTANT_OFF_BY_ONE
			CHECK(rings_when_asked, ev == old || ev == MOD(old + 1) && MOD(tail - old) == 2);
#endif
			atomic { bell == 0 -> bell = 1 + tail }
		:: else
		fi;
		atomic { old = 0; ev = 0 }
	:: true -> break	/* stops for good */
	od
}

active proctype host_buffer()
{
end:	do
	:: d_step { line_stored -> line = line_stored - 1; line_stored = 0 }
	od
}

active proctype device_write()
{
end:	do
	:: d_step { event_stored -> event = event_stored - 1; event_stored = 0 }
	od
}

#ifdef MUTANT_OLD_IS_ERROR
#define OLD(v) false
#else
#define OLD(v) (v != sq_tail && MOD(sq_tail - v) < 4)
#endif

/* A value that may become sq_tail: C5.7, C5.17. */
inline take(v)
{
	if
	:: OLD(v) -> skip
	:: else ->
		CHECK(no_false_error, MOD(v - head) <= RING && MOD(v - head) >= MOD(sq_tail - head));
		CHECK(not_beyond_published, MOD(v - head) <= MOD(tail - head));
		sq_tail = v
	fi
}

active proctype wire()
{
	byte v;

end:	do
	:: atomic {
		bell ->
		v = bell - 1;
		bell = 0;
		awake = 1;
		take(v);
		v = 0
	   }
#ifdef DUPLICATED
	:: bell -> awake = 1	/* and comes again */
#endif
#ifdef LOSSY
	:: bell -> bell = 0
#endif
	od
}

active proctype device()
{
	byte sample;

#ifdef MUTANT_STARTS_ASLEEP
	goto sleep;
#endif
work:	do
	:: head != sq_tail -> head = MOD(head + 1)
	:: head == sq_tail ->
		sample = line;
		atomic { take(sample); sample = 0 }
		if
		:: head == sq_tail -> break
		:: else
		fi
	od;
	event_stored == 0;
#ifdef MUTANT_ARM_AHEAD
	event_stored = 1 + MOD(head + 1);
#else
	event_stored = 1 + head;
#endif
#ifndef MUTANT_NO_FENCE_DEVICE
	event_stored == 0;	/* the write was answered; pairs with the host's fence */
#endif
#ifndef MUTANT_NO_RECHECK
	sample = line;
	atomic { take(sample); sample = 0 }
	if
	:: head != sq_tail -> goto work
	:: else
	fi;
#endif
sleep:
end:	if
	:: awake
#ifdef TIMER
	:: true			/* the sleep is bounded */
#endif
	fi;
	awake = 0;
	goto work
}

/* By symmetry for each index: index 5, whenever it is the last published, is executed. */
ltl each_is_executed { [] (tail == 6 -> <> (head == 6)) }
