/* SPDX-License-Identifier: MIT */
/*
 * registers.h - whole register accesses: the master asks, cycles pass, an answer comes.
 */
#ifndef PEAL_BRIDGE_REGISTERS_H
#define PEAL_BRIDGE_REGISTERS_H

#include "axi_lite.h"
#include "faults.h"

/* What gives the master its cycles. Calls return 0 or, when it died, negative errno. */
class Clocked {
public:
	virtual int alive() = 0;
	virtual int cycle() = 0;    /* one clock cycle */
	virtual void answered() = 0; /* an access has ended */

protected:
	~Clocked() = default;
};

class Registers {
public:
	Registers(AxiLite &lite, Faults &faults, Clocked &clocked)
		: lite_(lite), faults_(faults), clocked_(clocked)
	{
	}

	/* As peal_device_ops has them: 0, -EIO, -ETIME, or what the clock says of its death. */
	int read(uint32_t offset, uint32_t *value);
	int write(uint32_t offset, uint32_t value);

private:
	int begin();
	int finish();

	AxiLite &lite_;
	Faults &faults_;
	Clocked &clocked_;
};

#endif
