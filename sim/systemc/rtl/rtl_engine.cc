/* SPDX-License-Identifier: MIT */
/*
 * rtl_engine.cc - pins to transactions and back.
 */
#include "rtl_engine.h"

#include <peal/contract.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

static constexpr unsigned kOkay = 0, kError = 2; /* SLVERR */
static constexpr unsigned kSettleCycles = 8;

RtlEngine::RtlEngine(sc_core::sc_module_name name, const Options &options, uint32_t build,
		     sc_core::sc_time cycle)
	: EngineModule(name, options, cycle), model_("rtl")
{
	Vengine &m = model_;

	m.clk_i(clk_), m.rst_ni(rst_n_), m.build_id_i(build_), m.kind_i(kind_);
	m.s_awvalid_i(s_awvalid_), m.s_awready_o(s_awready_), m.s_awaddr_i(s_awaddr_);
	m.s_wvalid_i(s_wvalid_), m.s_wready_o(s_wready_), m.s_wdata_i(s_wdata_);
	m.s_bvalid_o(s_bvalid_), m.s_bready_i(s_bready_), m.s_bresp_o(s_bresp_);
	m.s_arvalid_i(s_arvalid_), m.s_arready_o(s_arready_), m.s_araddr_i(s_araddr_);
	m.s_rvalid_o(s_rvalid_), m.s_rready_i(s_rready_), m.s_rdata_o(s_rdata_);
	m.s_rresp_o(s_rresp_);
	m.m_arvalid_o(arvalid_), m.m_arready_i(arready_), m.m_arid_o(arid_);
	m.m_araddr_o(araddr_), m.m_arlen_o(arlen_);
	m.m_rvalid_i(rvalid_), m.m_rready_o(rready_), m.m_rid_i(rid_), m.m_rdata_i(rdata_);
	m.m_rresp_i(rresp_), m.m_rlast_i(rlast_);
	m.m_awvalid_o(awvalid_), m.m_awready_i(awready_), m.m_awid_o(awid_);
	m.m_awaddr_o(awaddr_), m.m_awlen_o(awlen_);
	m.m_wvalid_o(wvalid_), m.m_wready_i(wready_), m.m_wdata_o(wdata_), m.m_wstrb_o(wstrb_);
	m.m_wlast_o(wlast_);
	m.m_bvalid_i(bvalid_), m.m_bready_o(bready_), m.m_bid_i(bid_), m.m_bresp_i(bresp_);
	m.irq_o(irq_), m.timers_o(timers_), m.busy_o(busy_);
	build_.write(build);
	kind_.write(PEAL_KIND_RTL);

	sc_core::sc_spawn_options method;
	method.spawn_method();
	sc_core::sc_spawn([this] { run(); }, "run", &method);
}

/* ---- a cycle -------------------------------------------------------------- */

void RtlEngine::run()
{
	const uint64_t c = now();

	switch (moment_++ % 4) {
	case 1: drive(c); break;
	case 2: sample(c); break;
	case 3: clk_.write(false); break;
	}
	/* The last quarter takes what rounding left. */
	if (moment_ % 4)
		sc_core::next_trigger(cycle_ / 4);
	else
		sc_core::next_trigger(cycles(c + 1) - sc_core::sc_time_stamp());
}

static sc_dt::sc_bv<512> to_pins(const uint8_t *bytes)
{
	sc_dt::sc_bv<512> pins;

	for (unsigned i = 0; i < kBeat / 4; i++) {
		uint32_t word;

		memcpy(&word, bytes + 4 * i, 4);
		pins.set_word(i, word);
	}
	return pins;
}

void RtlEngine::drive(uint64_t c)
{
	const bool r = !read_beats_.empty() && read_beats_.front().due <= c;
	const bool b = !answers_.empty() && answers_.front().due <= c;

	rst_n_.write(c >= reset_cycles());
	arready_.write(ar_free_ <= c);
	awready_.write(true);
	wready_.write(w_free_ <= c);
	rvalid_.write(r);
	if (r) {
		const ReadBeat &beat = read_beats_.front();

		rid_.write(beat.id);
		rresp_.write(beat.failed ? kError : kOkay);
		rlast_.write(beat.last);
		rdata_.write(to_pins(beat.data));
	}
	bvalid_.write(b);
	if (b) {
		bid_.write(answers_.front().id);
		bresp_.write(answers_.front().failed ? kError : kOkay);
	}
	drive_registers();
}

void RtlEngine::sample(uint64_t c)
{
	if (rvalid_.read() && rready_.read())
		read_beats_.pop_front();
	if (bvalid_.read() && bready_.read())
		answers_.pop_front();
	if (arvalid_.read() && arready_.read())
		take_read(c);
	if (awvalid_.read() && awready_.read())
		addresses_.push_back({ static_cast<uint8_t>(awid_.read()), awaddr_.read(),
				       awlen_.read() + 1 });
	if (wvalid_.read() && wready_.read())
		take_write_beat(c);
	while (whole_ && !addresses_.empty())
		write_burst();
	sample_registers();
	for (uint32_t lines = irq_.read(); lines; lines &= lines - 1)
		raises_[__builtin_ctz(lines)]++;
	if (!busy() && !timers())
		sc_core::sc_pause();
	clk_.write(true);
}

/* ---- the bus -------------------------------------------------------------- */

void RtlEngine::take_read(uint64_t c)
{
	tlm::tlm_phase phase = tlm::BEGIN_REQ;
	sc_core::sc_time taken;
	Transfer &t = pool_.get();

	t.set(false, static_cast<uint8_t>(arid_.read()), araddr_.read(),
	      (arlen_.read() + 1) * kBeat);
	t.tag.at = c;
	t.tag.lines = true;
	outstanding_++;
	reads->nb_transport_fw(t.payload, phase, taken);
	ar_free_ = c + taken.value() / cycle_.value();
}

tlm::tlm_sync_enum RtlEngine::read_comes(Payload &payload, tlm::tlm_phase &,
					 sc_core::sc_time &delay)
{
	Transfer &t = *TransferPool::of(payload);
	const uint64_t n = t.beats();

	for (uint64_t k = 0; k < n; k++) {
		ReadBeat beat = { t.tag.beat(k, n), t.tag.client, t.failed(), k + 1 == n, {} };

		memcpy(beat.data, t.data.data() + k * kBeat, kBeat);
		read_beats_.push_back(beat);
	}
	outstanding_--;
	delay += cycles(t.tag.span);
	payload.release();
	return tlm::TLM_COMPLETED;
}

void RtlEngine::take_write_beat(uint64_t c)
{
	WriteBeat beat = { c, wstrb_.read(), {} };
	const sc_dt::sc_bv<512> pins = wdata_.read();

	for (unsigned i = 0; i < kBeat / 4; i++) {
		uint32_t word = static_cast<uint32_t>(pins.get_word(i));

		memcpy(beat.data + 4 * i, &word, 4);
	}
	write_beats_.push_back(beat);
	whole_ += wlast_.read();
}

/* The bytes that have their strobes: the engine writes ranges, so there is no hole in them. */
void RtlEngine::write_burst()
{
	const Address a = addresses_.front();
	tlm::tlm_phase phase = tlm::BEGIN_REQ;
	sc_core::sc_time taken;
	std::vector<uint8_t> bytes;
	uint64_t from = 0;

	for (unsigned k = 0; k < a.beats; k++)
		for (unsigned i = 0; i < kBeat; i++) {
			if (!(write_beats_[k].strobes >> i & 1))
				continue;
			if (bytes.empty())
				from = k * kBeat + i;
			if (from + bytes.size() != k * kBeat + i)
				throw std::runtime_error("a burst with a hole in its strobes");
			bytes.push_back(write_beats_[k].data[i]);
		}
	Transfer &t = pool_.get();
	t.set(true, a.id, a.bus + from, bytes.size());
	std::copy(bytes.begin(), bytes.end(), t.data.begin());
	t.tag.at = write_beats_.front().at;
	t.tag.lines = true;
	whole_--;
	addresses_.pop_front();
	write_beats_.erase(write_beats_.begin(), write_beats_.begin() + a.beats);
	outstanding_++;
	writes->nb_transport_fw(t.payload, phase, taken);
	w_free_ = t.tag.at + taken.value() / cycle_.value();
}

tlm::tlm_sync_enum RtlEngine::write_answered(Payload &payload, tlm::tlm_phase &,
					     sc_core::sc_time &delay)
{
	Transfer &t = *TransferPool::of(payload);

	answers_.push_back({ now(), t.tag.client, t.failed() });
	outstanding_--;
	delay += cycle_;
	payload.release();
	return tlm::TLM_COMPLETED;
}

/* ---- registers ------------------------------------------------------------ */

/* It ends on the pins, some cycles on: see accessing(). */
void RtlEngine::access(Payload &payload, sc_core::sc_time &)
{
	if (!is_register(payload))
		return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
	offset_ = static_cast<uint32_t>(payload.get_address());
	value_ = reinterpret_cast<uint32_t *>(payload.get_data_ptr());
	access_ = payload.is_write() ? Access::Write : Access::Read;
	payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void RtlEngine::drive_registers()
{
	s_awvalid_.write(access_ == Access::Write);
	s_wvalid_.write(access_ == Access::Write);
	s_arvalid_.write(access_ == Access::Read);
	s_bready_.write(true);
	s_rready_.write(true);
	if (access_ == Access::Write) {
		s_awaddr_.write(offset_);
		s_wdata_.write(*value_);
	} else if (access_ == Access::Read) {
		s_araddr_.write(offset_);
	}
}

void RtlEngine::sample_registers()
{
	if (access_ == Access::None)
		return;
	settled_ = now() + kSettleCycles;
	if (access_ == Access::Write && s_awready_.read() && s_wready_.read())
		access_ = Access::WriteTaken;
	else if (access_ == Access::Read && s_arready_.read())
		access_ = Access::ReadTaken;
	else if (access_ == Access::ReadTaken && s_rvalid_.read())
		*value_ = s_rdata_.read(), access_ = Access::None;
	else if (access_ == Access::WriteTaken && s_bvalid_.read())
		access_ = Access::None;
}

/* ---- from outside ---------------------------------------------------------- */

bool RtlEngine::busy() const
{
	return busy_.read() || accessing() || now() < settled_ || outstanding_ ||
	       !read_beats_.empty() || !answers_.empty() || arvalid_.read() || awvalid_.read() ||
	       wvalid_.read();
}

std::string RtlEngine::explain() const
{
	return "cycle " + std::to_string(now()) + ", " + (busy() ? "busy" : "idle") + ", " +
	       std::to_string(outstanding_) + " bursts outstanding";
}
