/* SPDX-License-Identifier: MIT */
/*
 * coverage.h - keeps what a model of `make coverage` counted.
 *
 * Devices come and go by the hundred in a run of the tests, in many processes; each
 * adds its counts, as it closes, to the one file that PEAL_COVERAGE_FILE names.
 */
#ifndef PEAL_BRIDGE_COVERAGE_H
#define PEAL_BRIDGE_COVERAGE_H

class VerilatedContext;

#if PEAL_COVERAGE
void save_coverage(VerilatedContext &context);
#else
static inline void save_coverage(VerilatedContext &)
{
}
#endif

#endif
