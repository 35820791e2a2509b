/* SPDX-License-Identifier: MIT */
/*
 * fault.h - which transaction of a device goes wrong, and how.
 *
 * A plan is the value of the parameter `fault`: faults separated by `+`, each
 * `KIND:N[:VARIANT]`. KIND is a class of transactions, N counts those of the
 * class from 1 since the device was opened. Each fault fires once.
 *
 *	fetch read write completion record_read record_write token line host_line
 *		the n-th burst of the class: slverr (default), decerr, or hang: it
 *		is never answered
 *	fetch	torn	word n mod 8 of the n-th fetched slot has the tag of the lap before
 *		stale	all words of the n-th fetched slot have it
 *		flip.B	bit B, 0 to 511, of the n-th fetched slot is inverted
 *	doorbell	drop (default), dup, back[.K]: the value - K, wild: the value + 2^31
 *	credit, lease	drop (default): the n-th write is lost
 *
 * Reads are of data (`read`), of a record (`record_read`), and of context or
 * trajectory tokens (`token`, as their writes are); `line` is the device line.
 * K is 32769 by default, more than any ring: behind every head.
 *
 * A device calls one of three functions per transaction and says at INFO level
 * `fault KIND:N fired` when one did (fault_report). Pure C, shared by the
 * reference device and the bridge of the RTL.
 */
#ifndef PEAL_FAULT_H
#define PEAL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAULT_MAX 64 /* faults of a plan */

enum fault_class {
	FAULT_FETCH, /* bursts */
	FAULT_READ,
	FAULT_WRITE,
	FAULT_COMPLETION,
	FAULT_RECORD_READ,
	FAULT_RECORD_WRITE,
	FAULT_TOKEN,
	FAULT_LINE,
	FAULT_HOST_LINE,
	FAULT_DOORBELL, /* register writes */
	FAULT_CREDIT,
	FAULT_LEASE,
	FAULT_SLOT, /* fetched slots: `fetch` with torn, stale or flip */
	FAULT_CLASSES
};

enum fault_variant {
	FAULT_SLVERR,
	FAULT_DECERR,
	FAULT_HANG,
	FAULT_TORN,
	FAULT_STALE,
	FAULT_FLIP,
	FAULT_DROP,
	FAULT_DUP,
	FAULT_BACK,
	FAULT_WILD,
};

struct fault {
	enum fault_class on;
	enum fault_variant variant;
	uint32_t detail; /* B of flip, K of back */
	uint64_t n;
};

struct fault_plan {
	unsigned count, fired;
	struct fault faults[FAULT_MAX];
	uint64_t seen[FAULT_CLASSES];
};

/* Fills a plan from text. False, with what is wrong in `why`, and then the plan is empty. */
bool fault_parse(struct fault_plan *plan, const char *text, char *why, size_t len);

/* One more transaction of a class: its fault, or NULL when it goes well. */
const struct fault *fault_hit(struct fault_plan *plan, enum fault_class on);

/* One more fetched slot, eight words as the bus gave them: changes them. Its fault, or NULL. */
const struct fault *fault_slot(struct fault_plan *plan, uint64_t words[8]);

/*
 * One more write of a doorbell, credit or lease register: how often the device
 * gets it, 0, 1 or 2 times, and its value then. *hit is the fault, or NULL.
 */
unsigned fault_register(struct fault_plan *plan, enum fault_class on, uint32_t *value,
			const struct fault **hit);

/* How many have fired. */
static inline unsigned fault_fired(const struct fault_plan *plan)
{
	return plan->fired;
}

/* `fault KIND:N fired (VARIANT)`, for the log. Returns what snprintf returns. */
int fault_report(const struct fault *fault, char *buf, size_t len);

#ifdef __cplusplus
}
#endif
#endif
