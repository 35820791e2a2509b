/* SPDX-License-Identifier: MIT */
/*
 * axi_checker.cc - the rules of axi_checker.h.
 */
#include "axi_checker.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

#define SIGNAL(ports, name, prefix, suffix) \
	{ #prefix #name suffix, (ports).name, sizeof *(ports).name }
#define MASTER(name) SIGNAL(memory, name, m_, "_o")
#define SLAVE(name) SIGNAL(lite, name, s_, "_o")

AxiChecker::AxiChecker(const AxiPorts &memory, const LitePorts &lite) : m_(memory), s_(lite)
{
	const Signal rdata = { "m_rdata_i", memory.rdata, 64 };
	const Signal wdata = { "m_wdata_o", memory.wdata, 64 };

	channels_ = {
		{ "m_arvalid_o", memory.arvalid, memory.arready,
		  { MASTER(araddr), MASTER(arlen), MASTER(arid) }, false, 0, {} },
		{ "m_awvalid_o", memory.awvalid, memory.awready,
		  { MASTER(awaddr), MASTER(awlen), MASTER(awid) }, false, 0, {} },
		{ "m_wvalid_o", memory.wvalid, memory.wready,
		  { wdata, MASTER(wstrb), MASTER(wlast) }, false, 0, {} },
		{ "m_rvalid_i", memory.rvalid, memory.rready, { rdata }, false, 0, {} },
		{ "m_bvalid_i", memory.bvalid, memory.bready, {}, false, 0, {} },
		{ "s_rvalid_o", lite.rvalid, lite.rready,
		  { SLAVE(rdata), SLAVE(rresp) }, false, 0, {} },
		{ "s_bvalid_o", lite.bvalid, lite.bready, { SLAVE(bresp) }, false, 0, {} },
	};
}

void AxiChecker::sample(uint64_t cycle, const AxiMemory::Status &memory)
{
	if (!violation_.empty())
		return;
	cycle_ = cycle;
	for (Channel &channel : channels_)
		check_held(channel);
	check_r();
	check_b();
	check_ar();
	check_aw();
	check_w();
	check_lite();
	if (memory.stray)
		broken("STROBE", "m_wstrb_o", "unregistered byte in line", memory.stray_line);
}

void AxiChecker::broken(const char *rule, const char *signal, const char *what, uint64_t value)
{
	char text[160];

	if (!violation_.empty())
		return;
	snprintf(text, sizeof text, "AXI rule %s broken in cycle %" PRIu64 ": %s: %s 0x%" PRIx64,
		 rule, cycle_, signal, what, value);
	violation_ = text;
}

/* ---- one channel by itself -------------------------------------------------- */

void AxiChecker::check_held(Channel &channel)
{
	if (channel.waiting && !*channel.valid)
		broken("VALID_HELD", channel.valid_name, "dropped after waiting", channel.waited);
	size_t at = 0;
	for (const Signal &s : channel.payload) {
		if (channel.waiting && memcmp(&channel.held[at], s.at, s.size))
			broken("PAYLOAD_HELD", s.name, "changed after waiting", channel.waited);
		at += s.size;
	}
	hold(channel);
}

void AxiChecker::hold(Channel &channel)
{
	channel.waiting = *channel.valid && !*channel.ready;
	if (!channel.waiting) {
		channel.waited = 0;
		return;
	}
	channel.held.clear();
	for (const Signal &s : channel.payload) {
		const uint8_t *bytes = static_cast<const uint8_t *>(s.at);
		channel.held.insert(channel.held.end(), bytes, bytes + s.size);
	}
	if (++channel.waited == kPatience)
		check_patience(channel);
}

/* Only answers have a bound: a request may have to wait for a busy slave. */
void AxiChecker::check_patience(const Channel &channel)
{
	if (channel.valid == m_.rvalid)
		broken("ANSWER_TAKEN", "m_rready_o", "low for cycles", channel.waited);
	if (channel.valid == m_.bvalid)
		broken("ANSWER_TAKEN", "m_bready_o", "low for cycles", channel.waited);
}

/* ---- bursts and their answers ------------------------------------------------ */

void AxiChecker::check_burst(const char *signal, uint64_t address, uint32_t beats)
{
	if (address % AxiMemory::kLine)
		broken("ALIGNED", signal, "not on a line", address);
	if (address % 4096 + beats * AxiMemory::kLine > 4096)
		broken("BURST_4K", signal, "burst crosses 4 KiB from", address);
}

void AxiChecker::check_ar()
{
	if (!*m_.arvalid || !*m_.arready)
		return;
	check_burst("m_araddr_o", *m_.araddr, *m_.arlen + 1u);
	reads_.push({ *m_.arlen + 1u, *m_.arid });
}

void AxiChecker::check_r()
{
	if (!*m_.rvalid || !*m_.rready)
		return;
	if (reads_.empty() || reads_.front().id != *m_.rid)
		return broken("R_ID", "m_rid_i", "no read waits with ID", *m_.rid);
	bool last = ++read_beat_ == reads_.front().beats;
	if (last != *m_.rlast)
		broken("RLAST", "m_rlast_i", "wrong on beat", read_beat_);
	if (last) {
		read_beat_ = 0;
		reads_.pop();
	}
}

void AxiChecker::check_aw()
{
	if (!*m_.awvalid || !*m_.awready)
		return;
	check_burst("m_awaddr_o", *m_.awaddr, *m_.awlen + 1u);
	requests_.push({ *m_.awlen + 1u, *m_.awid });
	match_writes();
}

void AxiChecker::check_w()
{
	if (!*m_.wvalid || !*m_.wready)
		return;
	write_beat_++;
	if (!*m_.wlast && data_.empty() && !requests_.empty() &&
	    write_beat_ >= requests_.front().beats)
		broken("WLAST", "m_wlast_o", "missing on beat", write_beat_);
	if (!*m_.wlast)
		return;
	data_.push(write_beat_);
	write_beat_ = 0;
	match_writes();
}

/* W may come before its AW; lengths are compared once both are there. */
void AxiChecker::match_writes()
{
	while (!requests_.empty() && !data_.empty()) {
		if (data_.front() != requests_.front().beats)
			broken("WLAST", "m_wlast_o", "set on beat", data_.front());
		writes_.push(requests_.front());
		requests_.pop();
		data_.pop();
	}
}

void AxiChecker::check_b()
{
	if (!*m_.bvalid || !*m_.bready)
		return;
	if (writes_.empty() || writes_.front().id != *m_.bid)
		return broken("B_ID", "m_bid_i", "no write waits with ID", *m_.bid);
	writes_.pop();
}

/* An answer may be offered no earlier than the cycle after its request was taken. */
void AxiChecker::check_lite()
{
	if (*s_.rvalid && !lite_reads_)
		broken("LITE_R", "s_rvalid_o", "without a read, rdata", *s_.rdata);
	if (*s_.bvalid && !(lite_aw_ && lite_w_))
		broken("LITE_B", "s_bvalid_o", "without a write, bresp", *s_.bresp);
	lite_reads_ += (*s_.arvalid && *s_.arready) - (*s_.rvalid && *s_.rready);
	int answered = *s_.bvalid && *s_.bready;
	lite_aw_ += (*s_.awvalid && *s_.awready) - answered;
	lite_w_ += (*s_.wvalid && *s_.wready) - answered;
}
