/* SPDX-License-Identifier: MIT */
/*
 * icarus_device.cc - the engine under Icarus Verilog behind peal/device.h.
 *
 * The memory, the register master, faults, checker and trace hash are those of
 * the Verilated device; the pins they see are in the memory shared with vvp. A
 * cycle is the same too (verilator_device.cc), so equal runs have equal hashes.
 *
 * Where nothing on the bus can happen for some cycles, vvp lets them pass at once
 * and stops behind the first in which the engine does something.
 */
#include "axi_checker.h"
#include "axi_lite.h"
#include "axi_memory.h"
#include "bus_state.h"
#include "device_calls.h"
#include "faults.h"
#include "icarus_process.h"
#include "options.h"
#include "own.h"
#include "registers.h"

#include <peal/contract.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <memory>

#ifndef PEAL_BUILD_ID
#define PEAL_BUILD_ID 0 /* first 32 bits of the git hash */
#endif

static constexpr unsigned kResetCycles = 16;
static constexpr unsigned kSettleCycles = 8; /* from an access to busy_o */
static constexpr unsigned kQueues = 64;

class Device final : private Clocked {
public:
	explicit Device(const Options &options) : options_(options) {}
	/* Plans faults, starts vvp and runs the reset. 0 or negative errno. */
	int power_up(const peal_device_params &params, std::string &error);

	int reg_read(uint32_t offset, uint32_t *value) { return registers_->read(offset, value); }
	int reg_write(uint32_t offset, uint32_t value) { return registers_->write(offset, value); }
	int map(uint64_t bus, void *host, uint64_t len) { return memory_->map(bus, host, len); }
	int unmap(uint64_t bus) { return own_->unmap(bus); }
	int memory_alloc(uint64_t bus, uint64_t len) { return own_->alloc(bus, len); }
	int memory_read(uint64_t bus, void *to, uint64_t len) { return own_->read(bus, to, len); }
	int memory_write(uint64_t bus, const void *from, uint64_t len)
	{
		return own_->write(bus, from, len);
	}
	int advance(uint64_t steps);
	int explain(char *buf, size_t len) const;

	uint64_t trace_hash() const { return hash_.value(); }
	uint64_t raises(uint32_t queue) const { return queue < kQueues ? raises_[queue] : 0; }

private:
	AxiPorts memory_ports() const;
	LitePorts lite_ports() const;
	void build_models();
	bool reset();
	uint64_t clock(uint64_t most);
	void sample();
	void settle();
	uint64_t quiet(uint64_t most) const;
	bool idle() const { return !busy() && cycle_ >= settled_ && memory_->idle(); }
	bool busy() const { return after(ICARUS_BUSY); }
	bool after(unsigned bit) const { return process_.link().after >> bit & 1; }
	int alive() override { return cause_.empty() ? 0 : -ENODEV; }
	int cycle() override { return clock(1) ? 0 : -ENODEV; }
	void answered() override { settled_ = cycle_ + kSettleCycles; }

	Options options_;
	IcarusProcess process_;
	TraceHash hash_;
	Faults faults_;
	std::unique_ptr<AxiMemory> memory_;
	std::unique_ptr<OwnMemory> own_;
	std::unique_ptr<AxiLite> lite_;
	std::unique_ptr<Registers> registers_;
	std::unique_ptr<AxiChecker> checker_; /* with checked=1 */
	uint64_t cycle_ = 0;   /* since the end of the reset */
	uint64_t settled_ = 0; /* no idle before this cycle */
	uint64_t raises_[kQueues] = {};
	std::string cause_; /* of death */
};

/* ---- power up ------------------------------------------------------------------- */

/* What sim/icarus/peal_icarus.sv and vvp are told of waves; the reset is in front of cycle 0. */
static std::vector<std::string> wave_arguments(const Options &o)
{
	const uint64_t from = o.trace_from ? o.trace_from + kResetCycles : 0;
	const bool vcd = o.trace.size() > 4 && !o.trace.compare(o.trace.size() - 4, 4, ".vcd");
	std::vector<std::string> words;

	if (o.trace.empty())
		return words;
	if (!vcd)
		words.push_back("-fst");
	words.push_back("+trace=" + o.trace);
	words.push_back("+trace_from=" + std::to_string(from));
	if (o.trace_cycles)
		words.push_back("+trace_to=" +
				std::to_string(o.trace_from + kResetCycles + o.trace_cycles));
	return words;
}

/* NAME.vpi and NAME.vvp lie beside NAME.so. */
static IcarusFiles files(const Options &options)
{
	Dl_info info;
	std::string stem;

	if (dladdr(reinterpret_cast<const void *>(&files), &info) && info.dli_fname)
		stem = info.dli_fname;
	stem = stem.substr(0, stem.rfind(".so"));
	if (stem.find('/') == std::string::npos)
		stem = "./" + stem; /* vvp looks for a bare name elsewhere */
	return { options.vvp, stem + ".vpi", stem + (options.checked ? "-checked.vvp" : ".vvp"),
		 wave_arguments(options) };
}

void Device::build_models()
{
	const uint32_t stall = static_cast<uint32_t>(options_.stall);

	memory_.reset(new AxiMemory(memory_ports(),
				    { options_.seed, static_cast<uint32_t>(options_.latency), stall },
				    hash_, faults_));
	own_.reset(new OwnMemory(*memory_, options_.memory));
	lite_.reset(new AxiLite(lite_ports(), options_.seed, stall, hash_));
	registers_.reset(new Registers(*lite_, faults_, *this));
	if (options_.checked)
		checker_.reset(new AxiChecker(memory_ports(), lite_ports()));
}

int Device::power_up(const peal_device_params &params, std::string &error)
{
	int rc;

	if (!options_.fault.empty() &&
	    !faults_.plan(options_.fault, params.log, params.log_ctx, error))
		return -EINVAL;
	rc = hash_.log().open(options_.buslog, error);
	if (!rc && !options_.trace.empty())
		rc = check_wave_file(options_.trace, error);
	if (rc)
		return rc;
	rc = process_.create();
	if (rc) {
		error = std::string("no memory to share with vvp: ") + strerror(-rc);
		return rc;
	}
	build_models();
	process_.link().build_id = PEAL_BUILD_ID;
	process_.link().kind = PEAL_KIND_ICARUS;
	rc = process_.start(files(options_), static_cast<unsigned>(options_.queues),
			    static_cast<unsigned>(options_.timeout));
	if (!rc && !reset())
		rc = -EIO;
	if (rc)
		error = process_.cause();
	return rc;
}

bool Device::reset()
{
	icarus_pins &pins = process_.link().pins;

	pins.rst_n = 0;
	if (!process_.run(0, kResetCycles))
		return false;
	pins.rst_n = 1;
	return true;
}

AxiPorts Device::memory_ports() const
{
	icarus_pins &m = process_.link().pins;
	AxiPorts p;

	p.arvalid = &m.m_arvalid, p.arready = &m.m_arready;
	p.arid = &m.m_arid, p.araddr = &m.m_araddr, p.arlen = &m.m_arlen;
	p.rvalid = &m.m_rvalid, p.rready = &m.m_rready;
	p.rid = &m.m_rid, p.rdata = m.m_rdata;
	p.rresp = &m.m_rresp, p.rlast = &m.m_rlast;
	p.awvalid = &m.m_awvalid, p.awready = &m.m_awready;
	p.awid = &m.m_awid, p.awaddr = &m.m_awaddr, p.awlen = &m.m_awlen;
	p.wvalid = &m.m_wvalid, p.wready = &m.m_wready;
	p.wdata = m.m_wdata, p.wstrb = &m.m_wstrb, p.wlast = &m.m_wlast;
	p.bvalid = &m.m_bvalid, p.bready = &m.m_bready;
	p.bid = &m.m_bid, p.bresp = &m.m_bresp;
	return p;
}

LitePorts Device::lite_ports() const
{
	icarus_pins &m = process_.link().pins;
	LitePorts p;

	p.awvalid = &m.s_awvalid, p.awready = &m.s_awready, p.awaddr = &m.s_awaddr;
	p.wvalid = &m.s_wvalid, p.wready = &m.s_wready, p.wdata = &m.s_wdata;
	p.bvalid = &m.s_bvalid, p.bready = &m.s_bready, p.bresp = &m.s_bresp;
	p.arvalid = &m.s_arvalid, p.arready = &m.s_arready, p.araddr = &m.s_araddr;
	p.rvalid = &m.s_rvalid, p.rready = &m.s_rready;
	p.rdata = &m.s_rdata, p.rresp = &m.s_rresp;
	return p;
}

/* ---- time ------------------------------------------------------------------------- */

/* How many cycles may pass without a look at the bus: at least 1, at most `most`. */
uint64_t Device::quiet(uint64_t most) const
{
	if (checker_ || !lite_->at_rest())
		return 1;
	if (cycle_ < settled_)
		most = std::min(most, settled_ - cycle_);
	else if (idle() && !after(ICARUS_TIMERS))
		return 1;
	return std::max<uint64_t>(1, std::min(most, memory_->quiet(cycle_)));
}

/* At least one cycle and at most so many. Returns how many; 0 when the device died. */
uint64_t Device::clock(uint64_t most)
{
	uint64_t ran;

	memory_->drive(cycle_);
	lite_->drive();
	if (!process_.run(cycle_, quiet(most))) {
		cause_ = process_.cause();
		return 0;
	}
	ran = process_.link().ran;
	cycle_ += ran - 1; /* in those before the last nothing happened */
	sample();
	settle();
	cycle_++;
	return cause_.empty() ? ran : 0;
}

void Device::sample()
{
	memory_->sample(cycle_);
	lite_->sample(cycle_);
	for (uint64_t lines = process_.link().pins.irq; lines; lines &= lines - 1)
		raises_[__builtin_ctzll(lines)]++;
	if (!checker_)
		return;
	checker_->sample(cycle_, memory_->status());
	cause_ = checker_->violation();
}

/* What the engine offers behind the edge is what idle() and explain() go by. */
void Device::settle()
{
	icarus_pins &pins = process_.link().pins;

	pins.m_arvalid = after(ICARUS_M_ARVALID);
	pins.m_awvalid = after(ICARUS_M_AWVALID);
	pins.m_wvalid = after(ICARUS_M_WVALID);
}

int Device::advance(uint64_t steps)
{
	if (int rc = alive())
		return rc;
	while (steps) {
		uint64_t ran = clock(steps);

		if (!ran)
			return -ENODEV;
		steps -= ran;
		if (idle() && !after(ICARUS_TIMERS))
			return 0;
	}
	return !idle();
}

int Device::explain(char *buf, size_t len) const
{
	const char *access = lite_->waiting();

	if (!cause_.empty())
		return snprintf(buf, len, "dead in cycle %" PRIu64 ": %s", cycle_, cause_.c_str());
	return snprintf(buf, len, "cycle %" PRIu64 ", %s; %s%s%s", cycle_, busy() ? "busy" : "idle",
			bus_state(memory_->status(), memory_ports()).c_str(), access ? ", " : "",
			access ? access : "");
}

/* ---- the table -------------------------------------------------------------------------- */

static bool in_path(const std::string &program)
{
	const char *path = getenv("PATH");
	std::string dirs = path ? path : "";

	for (size_t from = 0, to; from <= dirs.size(); from = to + 1) {
		to = std::min(dirs.find(':', from), dirs.size());
		if (!access((dirs.substr(from, to - from) + "/" + program).c_str(), X_OK))
			return true;
	}
	return false;
}

static int probe(char *why, size_t len)
{
	const IcarusFiles all = files(Options());
	std::string missing;

	if (!in_path(all.vvp))
		missing = "no vvp in PATH: apt-get install iverilog";
	for (const std::string *file : { &all.image, &all.module })
		if (missing.empty() && access(file->c_str(), R_OK))
			missing = "no " + *file + ": run `make` (needs iverilog)";
	snprintf(why, len, "%s", missing.c_str());
	return missing.empty() ? 0 : -EOPNOTSUPP;
}

static constexpr peal_device_ops ops =
	DeviceCalls<Device>::table("the RTL engine under Icarus Verilog, four states", probe);

extern "C" __attribute__((visibility("default"))) const peal_device_ops *peal_device_entry(void)
{
	return &ops;
}
