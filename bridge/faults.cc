/* SPDX-License-Identifier: MIT */
/*
 * faults.cc - asks the plan, and says what fired.
 */
#include "faults.h"

#include "plugin.h"

#include <peal/contract.h>

#include <cstring>

static constexpr fault_class kReads[] = { FAULT_FETCH, FAULT_READ, FAULT_READ, FAULT_RECORD_READ,
					  FAULT_HOST_LINE };
static constexpr fault_class kWrites[] = { FAULT_COMPLETION, FAULT_WRITE, FAULT_TOKEN,
					   FAULT_RECORD_WRITE, FAULT_LINE };
static constexpr uint32_t kDoorbellSlot = 64; /* any stride is a multiple of it */

bool Faults::plan(const std::string &text, peal_log_fn log, void *log_ctx, std::string &why)
{
	char buf[256];

	log_ = log;
	log_ctx_ = log_ctx;
	if (fault_parse(&plan_, text.c_str(), buf, sizeof buf))
		return true;
	why = std::string("fault=") + buf;
	return false;
}

const fault *Faults::report(const fault *hit)
{
	char text[128];

	if (!hit || !log_)
		return hit;
	int n = snprintf(text, sizeof text, PEAL_DEVICE_NAME ": ");
	fault_report(hit, text + n, sizeof text - static_cast<size_t>(n));
	log_(log_ctx_, PEAL_LOG_INFO, text);
	return hit;
}

const fault *Faults::read_burst(uint8_t id)
{
	return id < sizeof kReads / sizeof *kReads ? report(fault_hit(&plan_, kReads[id])) : nullptr;
}

const fault *Faults::write_burst(uint8_t id)
{
	return id < sizeof kWrites / sizeof *kWrites ? report(fault_hit(&plan_, kWrites[id]))
						     : nullptr;
}

void Faults::slot(uint32_t *data)
{
	uint64_t words[8];

	memcpy(words, data, sizeof words);
	if (report(fault_slot(&plan_, words)))
		memcpy(data, words, sizeof words);
}

unsigned Faults::register_write(uint32_t offset, uint32_t &value)
{
	uint32_t in_slot = (offset - PEAL_DB_BASE) % kDoorbellSlot;
	const fault *hit = nullptr;
	unsigned times = 1;

	if (offset == PEAL_REG_LEASE)
		times = fault_register(&plan_, FAULT_LEASE, &value, &hit);
	else if (offset >= PEAL_DB_BASE && in_slot == PEAL_DB_SQ_TAIL)
		times = fault_register(&plan_, FAULT_DOORBELL, &value, &hit);
	else if (offset >= PEAL_DB_BASE && in_slot == PEAL_DB_CQ_HEAD)
		times = fault_register(&plan_, FAULT_CREDIT, &value, &hit);
	report(hit);
	return times;
}
