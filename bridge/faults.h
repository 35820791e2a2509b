/* SPDX-License-Identifier: MIT */
/*
 * faults.h - the plan of the parameter `fault` (runtime/fault/fault.h), as the
 * bridge asks it: per burst, per fetched slot, per register write.
 *
 * Bursts are told apart by direction and ID, as rtl/peal_engine.sv gives them.
 * What the mover reads for a rollout is data (`read`) here: `token` is writes.
 */
#ifndef PEAL_BRIDGE_FAULTS_H
#define PEAL_BRIDGE_FAULTS_H

#include <peal/device.h>

#include "fault.h"

#include <cstdint>
#include <string>

class Faults {
public:
	/* False, with what is wrong in `why`. The log gets a line for each fault that fires. */
	bool plan(const std::string &text, peal_log_fn log, void *log_ctx, std::string &why);
	bool any() const { return plan_.count != 0; }

	/* The variant that hits the burst that begins now, or NULL. */
	const fault *read_burst(uint8_t id);
	const fault *write_burst(uint8_t id);
	/* Changes a fetched slot, 16 words. */
	void slot(uint32_t *data);
	/* How often a write of a register arrives, 0 to 2 times, and as what. */
	unsigned register_write(uint32_t offset, uint32_t &value);

private:
	const fault *report(const fault *hit);

	fault_plan plan_{};
	peal_log_fn log_ = nullptr;
	void *log_ctx_ = nullptr;
};

#endif
