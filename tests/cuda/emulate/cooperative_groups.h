/* SPDX-License-Identifier: MIT */
#include "emulate.h"

namespace cooperative_groups
{

struct grid_group {
	void sync()
	{
		emulate_meet_grid();
	}
};

static inline grid_group this_grid()
{
	return grid_group();
}

} // namespace cooperative_groups
