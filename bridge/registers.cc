/* SPDX-License-Identifier: MIT */
#include "registers.h"

#include "axi_memory.h"

#include <cerrno>

/* Bound of an access; a healthy engine answers within some ten cycles, stalled tenfold. */
static constexpr unsigned kAccessCycles = 20000;

/* Clocks until the access in progress is answered; one that was given up earlier counts too. */
int Registers::finish()
{
	for (unsigned i = 0; lite_.busy(); i++) {
		if (i == kAccessCycles)
			return -ETIME;
		if (int rc = clocked_.cycle())
			return rc;
	}
	clocked_.answered();
	return lite_.resp() == AXI_OKAY ? 0 : -EIO;
}

/* Makes the master free: an access that ran out of time may be on the bus still. */
int Registers::begin()
{
	int rc = clocked_.alive();

	if (rc || !lite_.busy())
		return rc;
	rc = finish();
	return rc == -EIO && !lite_.busy() ? 0 : rc;
}

int Registers::read(uint32_t offset, uint32_t *value)
{
	*value = 0;
	if (int rc = begin())
		return rc;
	lite_.start_read(offset);
	int rc = finish();
	if (!rc)
		*value = lite_.value();
	return rc;
}

int Registers::write(uint32_t offset, uint32_t value)
{
	int rc = begin();

	if (rc)
		return rc;
	unsigned times = faults_.any() ? faults_.register_write(offset, value) : 1;

	for (; times && !rc; times--) {
		lite_.start_write(offset, value);
		rc = finish();
	}
	return rc;
}
