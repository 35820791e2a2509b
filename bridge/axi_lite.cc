/* SPDX-License-Identifier: MIT */
/*
 * axi_lite.cc - the AXI4-Lite master.
 */
#include "axi_lite.h"

AxiLite::AxiLite(const LitePorts &ports, uint64_t seed, uint32_t stall, TraceHash &trace)
	: p_(ports), stalls_(seed ^ 0x4c495445, stall), trace_(trace)
{
	*p_.awvalid = *p_.wvalid = *p_.bready = *p_.arvalid = *p_.rready = 0;
	*p_.awaddr = *p_.wdata = *p_.araddr = 0;
}

void AxiLite::start_read(uint32_t offset)
{
	*p_.araddr = offset;
	ar_ = Request::wanted;
	answer_ = Answer::read;
	active_ = true;
}

void AxiLite::start_write(uint32_t offset, uint32_t value)
{
	*p_.awaddr = offset;
	*p_.wdata = value;
	aw_ = w_ = Request::wanted;
	answer_ = Answer::write;
	active_ = true;
}

void AxiLite::offer(Request &request, uint8_t *valid, Channel channel)
{
	if (request == Request::wanted && !stalls_.stalled(channel))
		request = Request::offered;
	*valid = request == Request::offered;
}

void AxiLite::drive()
{
	if (!active_)
		return;
	if (stalls_.enabled())
		stalls_.draw();
	offer(ar_, p_.arvalid, kAr);
	offer(aw_, p_.awvalid, kAw);
	offer(w_, p_.wvalid, kW);
	*p_.rready = answer_ == Answer::read && !stalls_.stalled(kR);
	*p_.bready = answer_ == Answer::write && !stalls_.stalled(kB);
	active_ = busy();
}

void AxiLite::sample(uint64_t cycle)
{
	if (!active_)
		return;
	if (*p_.arvalid && *p_.arready)
		ar_ = Request::none;
	if (*p_.awvalid && *p_.awready)
		aw_ = Request::none;
	if (*p_.wvalid && *p_.wready)
		w_ = Request::none;
	if (trace_.log().on())
		log_write(cycle);
	if ((*p_.rvalid && *p_.rready) || (*p_.bvalid && *p_.bready))
		finish(cycle);
}

/* A write acts when both its parts are taken; the hash has it with its answer. */
void AxiLite::log_write(uint64_t cycle)
{
	bool aw = *p_.awvalid && *p_.awready, w = *p_.wvalid && *p_.wready;

	if ((aw || w) && aw_ == Request::none && w_ == Request::none)
		trace_.log().access(cycle, "write", *p_.awaddr, *p_.wdata);
}

void AxiLite::finish(uint64_t cycle)
{
	if (answer_ == Answer::read) {
		value_ = *p_.rdata;
		resp_ = *p_.rresp;
		trace_.add(cycle, BusEvent::RegisterRead, *p_.araddr, value_);
	} else {
		resp_ = *p_.bresp;
		trace_.add(cycle, BusEvent::RegisterWrite, *p_.awaddr, *p_.wdata);
	}
	answer_ = Answer::none;
}

const char *AxiLite::waiting() const
{
	if (answer_ == Answer::read)
		return ar_ == Request::none ? "register read, R" : "register read, AR";
	if (answer_ == Answer::none)
		return nullptr;
	if (aw_ != Request::none)
		return "register write, AW";
	return w_ == Request::none ? "register write, B" : "register write, W";
}
