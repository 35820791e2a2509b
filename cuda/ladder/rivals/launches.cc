// SPDX-License-Identifier: MIT
//
// launches - v1 without waiting: launches back to back, completions taken as they come.

#include "ladder.h"

#include <cstddef>

static int kick(struct rig *rig, uint32_t first, unsigned n)
{
	int err = 0;

	for (unsigned i = 0; !err && i < n; i++)
		err = launch_one(rig, first + i);
	return err;
}

extern "C" const struct rung_ops launches_ops = { nullptr, kick, nullptr, nullptr, nullptr, false };
