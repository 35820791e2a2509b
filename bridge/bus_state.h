/* SPDX-License-Identifier: MIT */
/*
 * bus_state.h - the memory bus in words, for explain().
 */
#ifndef PEAL_BRIDGE_BUS_STATE_H
#define PEAL_BRIDGE_BUS_STATE_H

#include "axi_memory.h"

#include <string>

/* Last addresses, whose bursts are outstanding, and which channels nobody takes from. */
std::string bus_state(const AxiMemory::Status &status, const AxiPorts &ports);

#endif
