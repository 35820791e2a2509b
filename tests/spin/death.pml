/* SPDX-License-Identifier: MIT */
/*
 * death.pml - the host dies, or the device does.
 *
 * Clauses C7.18 to C7.20, C7.15, and of the later ones C7.25. One life of one queue: at
 * most 4 descriptors, a CQ of 2 slots.
 *
 * -DHOST_DIES: the host stops at any point: it publishes, takes, returns credit and renews
 * nothing more. The lease runs in device time and may run out at any moment that it
 * was not renewed, of a living host too (one that is slow). Then the device issues
 * nothing on the bus again, whoever renews; what is outstanding is answered; what was
 * accepted and has no completion written is counted in N_UNDELIVERED; the queue is in
 * ERROR and quiet. C7.25 does not say whether the completions of an abort are `issue`.
 * Here they are: the memory of a dead host may be somebody else's by then.
 *
 * Otherwise the device stops at any point; one write to memory may be on its way and
 * still arrive, or not. The host sees it (registers read all ones), takes what the CQ
 * holds, and delivers ABORTED below the last sq_head it knows and CANCELLED beyond.
 * The device line may be older than the device's sq_head (C5.4), so CANCELLED
 * means `not known to be accepted` here: `cancelled-never-ran` is no property,
 * and the run of that name shows a descriptor that ran and is CANCELLED.
 *
 * @quick host-dies safety -DHOST_DIES
 * @check host-dies-live ltl:ends_quiet -DHOST_DIES
 * @quick device-dies safety
 * @check device-dies-live ltl:each_has_an_outcome
 * @mutant lease-checked-early safety -DHOST_DIES -DMUTANT_CHECKED_EARLY : no_issue_without_lease
 * @mutant lease-comes-back safety -DHOST_DIES -DMUTANT_COMES_BACK : no_issue_without_lease
 * @mutant abort-forgets safety -DHOST_DIES -DMUTANT_FORGETS : counters_agree
 * @mutant reports-too-soon safety -DHOST_DIES -DMUTANT_TOO_SOON : quiet_when_reported
 * @mutant no-lease ltl:ends_quiet -DHOST_DIES -DMUTANT_NO_LEASE : ends_quiet
 * @mutant line-runs-ahead safety -DMUTANT_LINE_AHEAD : aborted_was_accepted
 * @mutant old-epoch safety -DMUTANT_OLD_EPOCH : aborted_was_accepted
 * @mutant takes-on safety -DMUTANT_TAKES_ON : one_outcome
 * @mutant no-last-look safety -DMUTANT_NO_LAST_LOOK : written_is_taken
 * @mutant forgets-the-rest ltl:each_has_an_outcome -DMUTANT_FORGETS_REST : each_has_an_outcome
 * @mutant cancelled-never-ran safety -DCLAIM_CANCELLED_NEVER_RAN : cancelled_never_ran
 */
#include "check.h"

#define MOST 4
#define RING 2

PROPERTY(no_issue_without_lease);
PROPERTY(counters_agree);
PROPERTY(quiet_when_reported);
PROPERTY(aborted_was_accepted);
PROPERTY(cancelled_never_ran);
PROPERTY(one_outcome);
PROPERTY(written_is_taken);

byte tail, head;	 /* published, accepted */
byte issued, written;	 /* completions handed to the bus, and in the CQ */
byte undelivered;
byte credit;		 /* completions the host has taken */
byte line_head;		 /* device line's sq_head */
byte line_stored;	 /* the write of it on its way: 1 + value */
bool line_old = 1;	 /* the line is still of an earlier epoch */
bool renewed, expired, aborted, reported;
bool host_dead, device_dead, gave_up;
byte delivered;		 /* indices with an outcome */

#ifdef HOST_DIES
#define ALIVE (!expired)
#else
#define ALIVE (!device_dead)
#endif

/* Quiet for good: nothing moves behind the report. */
#define STILL_OPEN CHECK(quiet_when_reported, !reported)

/* ---- device ---- */

active proctype accept()
{
end:	do
	:: d_step { ALIVE && head < tail && head - credit < RING -> STILL_OPEN; head++ }
	od
}

active proctype complete()
{
end:	do
#ifdef MUTANT_CHECKED_EARLY
	:: ALIVE && issued < head && issued == written && !aborted ->
#else
	:: atomic { ALIVE && issued < head && issued == written && !aborted ->
#endif
		d_step {
#ifdef HOST_DIES
			CHECK(no_issue_without_lease, !expired);
#endif
			STILL_OPEN;
			issued++
		}
#ifndef MUTANT_CHECKED_EARLY
	   }
#endif
#ifdef MUTANT_COMES_BACK
	:: d_step { expired && renewed && issued < head && issued == written ->
		CHECK(no_issue_without_lease, false); issued++ }
#endif
	od
}

active proctype bus()
{
end:	do
	:: d_step { issued > written -> STILL_OPEN; written++ }
	:: d_step { line_stored -> STILL_OPEN; line_head = line_stored - 1; line_stored = 0; line_old = 0 }
	:: d_step { device_dead && line_stored -> line_stored = 0 }	/* died with it */
	od
}

active proctype device_line()
{
end:	do
	:: d_step { ALIVE && !line_stored && line_head != head ->
#ifdef MUTANT_LINE_AHEAD
		line_stored = 1 + (head < tail -> head + 1 : head)
#else
		line_stored = 1 + head
#endif
	   }
	od
}

#ifdef HOST_DIES
active proctype lease()
{
end:	do
	:: renewed -> renewed = 0
#ifndef MUTANT_NO_LEASE
	:: d_step { !renewed && !expired -> expired = 1 }
#endif
#ifdef MUTANT_TOO_SOON
	:: d_step { expired && !aborted ->
#else
	:: d_step { expired && !aborted && issued == written ->
#endif
#ifndef MUTANT_FORGETS
		undelivered = head - issued;
#endif
		aborted = 1
	   }
#ifdef MUTANT_TOO_SOON
	:: d_step { aborted && !reported ->
#else
	:: d_step { aborted && !line_stored && !reported ->
#endif
		CHECK(quiet_when_reported, issued == written && !line_stored);
		CHECK(counters_agree, head == written + undelivered);
		reported = 1
	   }
	:: reported -> break
	od
}
#else
active proctype death()
{
end:	device_dead = 1
}
#endif

/* ---- host ---- */

active proctype publish()
{
end:	do
	:: d_step { !host_dead && !gave_up && tail < MOST && tail - head < RING -> tail++ }
#ifdef HOST_DIES
	:: d_step { !host_dead && !renewed -> renewed = 1 }
	:: host_dead -> break
#endif
	od
}

#ifdef HOST_DIES
active proctype host_death()
{
end:	host_dead = 1
}

active proctype take()
{
end:	do
	:: d_step { !host_dead && credit < written -> credit++ }
	od
}
#else
active proctype take()
{
	byte known, seen;

end:	do
	:: d_step { credit < written ->
		CHECK(one_outcome, credit == delivered);
		credit++; delivered++ }
	:: device_dead -> break
	od;
	atomic {
		gave_up = 1;
#ifndef MUTANT_NO_LAST_LOOK
		do
		:: credit < written -> credit++; delivered++
		:: else -> break
		od;
#endif
		seen = written;
		CHECK(written_is_taken, delivered == seen);
#ifdef MUTANT_OLD_EPOCH
		known = (line_old -> MOST : line_head);
#else
		known = (line_old -> delivered : line_head);
#endif
		if
		:: known < delivered || known > tail -> known = delivered
		:: else
		fi;
		do
		:: delivered < known ->	/* ABORTED */
			CHECK(aborted_was_accepted, delivered < head);
			delivered++
#ifdef MUTANT_FORGETS_REST
		:: else -> break
#else
		:: delivered >= known && delivered < tail ->	/* CANCELLED */
#ifdef CLAIM_CANCELLED_NEVER_RAN
			CHECK(cancelled_never_ran, delivered >= head);
#endif
			delivered++
		:: delivered >= known && delivered >= tail -> break
#endif
		od;
		known = 0; seen = 0
	}
#ifdef MUTANT_TAKES_ON
end2:	do
	:: d_step { credit < written -> CHECK(one_outcome, credit == delivered); credit++ }
	:: credit == MOST -> break
	od
#endif
}
#endif

#ifdef HOST_DIES
ltl ends_quiet { [] (host_dead -> <> reported) }
#else
ltl each_has_an_outcome { [] (device_dead -> <> (gave_up && delivered == tail)) }
#endif
