/* SPDX-License-Identifier: MIT */
/*
 * verilator_device.cc - a Verilated engine behind peal/device.h.
 *
 * One clock cycle (clock()), the same for every signal:
 *
 *	1. drive    the bridge sets the inputs of the cycle, from its own state only,
 *		    never from an output of the same cycle
 *	2. clk = 0  falling edge: the model settles what follows from its inputs
 *	3. sample   valid and ready of both sides are final; a handshake is both high
 *	4. clk = 1  rising edge: the model's flops take what step 3 saw
 *
 * So an input never changes together with the rising edge, and an output is
 * never read while it may still change.
 *
 * The fast build leaves step 2 out while no register access is under way. AXI
 * allows no path from an input of a port to its outputs, so those are final
 * since the rising edge before; AXI4-Lite's ready may be one (it waits for valid
 * here). The checked build never leaves it out, and equal trace hashes show that
 * nothing differs.
 */
#include "Vengine.h"
#include "Vengine___024root.h"
#include "axi_checker.h"
#include "axi_lite.h"
#include "axi_memory.h"
#include "bus_state.h"
#include "coverage.h"
#include "device_calls.h"
#include "faults.h"
#include "options.h"
#include "own.h"
#include "plugin.h"
#include "registers.h"
#include "verilated_hooks.h"

#include <peal/contract.h>
#if PEAL_CHECKED
#include "verilated_fst_c.h"
#endif

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>

#ifndef PEAL_BUILD_ID
#define PEAL_BUILD_ID 0 /* first 32 bits of the git hash */
#endif

static constexpr unsigned kResetCycles = 16;
/* After a register access the engine may take this long to raise busy_o. */
static constexpr unsigned kSettleCycles = 8;
static constexpr unsigned kQueues = 64; /* more than the engine has */
/* How long explain() watches whom the engine blames its cycles on. */
static constexpr unsigned kBlameCycles = 1000;

class Device final : private Clocked {
public:
	explicit Device(const Options &options);
	~Device();
	/* Plans faults, opens the waves and runs the reset. 0 or negative errno. */
	int power_up(const peal_device_params &params, std::string &error);

	int reg_read(uint32_t offset, uint32_t *value);
	int reg_write(uint32_t offset, uint32_t value);
	int advance(uint64_t steps);
	int explain(char *buf, size_t len);

	int map(uint64_t bus, void *host, uint64_t len) { return memory_.map(bus, host, len); }
	int unmap(uint64_t bus) { return own_.unmap(bus); }
	int memory_alloc(uint64_t bus, uint64_t len) { return own_.alloc(bus, len); }
	int memory_read(uint64_t bus, void *to, uint64_t len) { return own_.read(bus, to, len); }
	int memory_write(uint64_t bus, const void *from, uint64_t len)
	{
		return own_.write(bus, from, len);
	}
	uint64_t trace_hash() const { return hash_.value(); }
	uint64_t raises(uint32_t queue) const { return queue < kQueues ? raises_[queue] : 0; }

private:
	AxiPorts memory_ports();
	LitePorts lite_ports();
	void reset();
	void clock();
	void edge(uint8_t clk);
	bool settled() const { return !PEAL_CHECKED && running_ && lite_.at_rest(); }
	void check();
	void count_raises();
	int died();
	int alive() override { return report_.dead ? died() : 0; }
	int cycle() override;
	void answered() override { settled_ = cycle_ + kSettleCycles; }
	std::string blamed();

	int open_waves(std::string &error);
	void dump_waves();
	void flush_waves();
	void close_waves();

	Options options_;
	VerilatedContext context_;
	ModelReport report_;
	std::unique_ptr<Vengine> model_;
	TraceHash hash_;
	Faults faults_;
	AxiMemory memory_;
	OwnMemory own_;
	AxiLite lite_;
	Registers registers_{ lite_, faults_, *this };
	uint64_t cycle_ = 0;   /* since the end of the reset */
	uint64_t settled_ = 0; /* no idle before this cycle */
	uint64_t raises_[kQueues] = {}; /* interrupt pulses of each queue */
	bool running_ = false; /* out of reset */
	bool told_ = false;    /* a call has reported the death */
#if PEAL_CHECKED
	AxiChecker checker_;
	std::unique_ptr<VerilatedFstC> waves_;
#endif
};

/* ---- power up and down -------------------------------------------------------- */

static VerilatedContext *configure(VerilatedContext &context, uint64_t seed)
{
	context.threads(1); /* the default starts a worker a core, which would only wait */
	context.randSeed(static_cast<int>(seed % INT32_MAX) + 1);
	context.randReset(PEAL_CHECKED ? 2 : 0);
	context.traceEverOn(PEAL_CHECKED);
	return &context;
}

Device::Device(const Options &options)
	: options_(options), model_(new Vengine(configure(context_, options.seed))),
	  memory_(memory_ports(),
		  { options.seed, static_cast<uint32_t>(options.latency),
		    static_cast<uint32_t>(options.stall) },
		  hash_, faults_),
	  own_(memory_, options.memory), lite_(lite_ports(), options.seed, static_cast<uint32_t>(options.stall), hash_)
#if PEAL_CHECKED
	  ,
	  checker_(memory_ports(), lite_ports())
#endif
{
}

Device::~Device()
{
	ModelScope scope(report_, context_);

	close_waves();
	try {
		model_->final();
	} catch (const ModelFatal &) {
		/* it is closed already */
	}
	save_coverage(context_);
	model_.reset(); /* while the scope holds */
}

int Device::power_up(const peal_device_params &params, std::string &error)
{
	ModelScope scope(report_, context_);

	if (!options_.fault.empty() &&
	    !faults_.plan(options_.fault, params.log, params.log_ctx, error))
		return -EINVAL;
	int rc = hash_.log().open(options_.buslog, error);

	if (!rc)
		rc = open_waves(error);
	if (!rc)
		reset();
	if (report_.dead) {
		error = report_.cause;
		rc = -EIO;
	}
	return rc;
}

void Device::reset()
{
	model_->build_id_i = PEAL_BUILD_ID;
	model_->kind_i = PEAL_KIND_RTL;
	model_->rst_ni = 0;
	for (unsigned i = 0; i < kResetCycles; i++)
		clock();
	model_->rst_ni = 1;
	running_ = true;
	cycle_ = 0;
}

AxiPorts Device::memory_ports()
{
	Vengine &m = *model_;
	AxiPorts p;

	p.arvalid = &m.m_arvalid_o, p.arready = &m.m_arready_i;
	p.arid = &m.m_arid_o, p.araddr = &m.m_araddr_o, p.arlen = &m.m_arlen_o;
	p.rvalid = &m.m_rvalid_i, p.rready = &m.m_rready_o;
	p.rid = &m.m_rid_i, p.rdata = m.m_rdata_i.m_storage;
	p.rresp = &m.m_rresp_i, p.rlast = &m.m_rlast_i;
	p.awvalid = &m.m_awvalid_o, p.awready = &m.m_awready_i;
	p.awid = &m.m_awid_o, p.awaddr = &m.m_awaddr_o, p.awlen = &m.m_awlen_o;
	p.wvalid = &m.m_wvalid_o, p.wready = &m.m_wready_i;
	p.wdata = m.m_wdata_o.m_storage, p.wstrb = &m.m_wstrb_o, p.wlast = &m.m_wlast_o;
	p.bvalid = &m.m_bvalid_i, p.bready = &m.m_bready_o;
	p.bid = &m.m_bid_i, p.bresp = &m.m_bresp_i;
	return p;
}

LitePorts Device::lite_ports()
{
	Vengine &m = *model_;
	LitePorts p;

	p.awvalid = &m.s_awvalid_i, p.awready = &m.s_awready_o, p.awaddr = &m.s_awaddr_i;
	p.wvalid = &m.s_wvalid_i, p.wready = &m.s_wready_o, p.wdata = &m.s_wdata_i;
	p.bvalid = &m.s_bvalid_o, p.bready = &m.s_bready_i, p.bresp = &m.s_bresp_o;
	p.arvalid = &m.s_arvalid_i, p.arready = &m.s_arready_o, p.araddr = &m.s_araddr_i;
	p.rvalid = &m.s_rvalid_o, p.rready = &m.s_rready_i;
	p.rdata = &m.s_rdata_o, p.rresp = &m.s_rresp_o;
	return p;
}

/* ---- time ----------------------------------------------------------------------- */

/*
 * Makes the next evaluation with clk = 1 a rising edge, as one with clk = 0 would
 * have: Verilator keeps the clock's last value here. False where it does not.
 */
template <class Root>
static auto clock_was_low(Root &root, int) -> decltype(root.__Vtrigrprev__TOP__clk_i, true)
{
	root.__Vtrigrprev__TOP__clk_i = 0;
	return true;
}

template <class Root> static bool clock_was_low(Root &, long)
{
	return false;
}

void Device::clock()
{
	if (running_) {
		memory_.drive(cycle_);
		lite_.drive();
	}
	if (!settled() || !clock_was_low(*model_->rootp, 0))
		edge(0);
	if (running_) {
		memory_.sample(cycle_);
		lite_.sample(cycle_);
		count_raises();
		check();
	}
	edge(1);
	cycle_++;
}

void Device::edge(uint8_t clk)
{
	if (report_.dead)
		return;
	model_->clk_i = clk;
	context_.timeInc(1);
	try {
		model_->eval();
	} catch (const ModelFatal &) {
		/* report_ has it */
	}
	if (PEAL_CHECKED)
		dump_waves();
}

void Device::check()
{
#if PEAL_CHECKED
	checker_.sample(cycle_, memory_.status());
	if (checker_.violation().empty() || report_.dead)
		return;
	report_.dead = true;
	report_.cause = checker_.violation();
#endif
}

/* Each cycle with the line of a queue high is a raise of its event. */
void Device::count_raises()
{
	for (uint64_t lines = model_->irq_o; lines; lines &= lines - 1)
		raises_[__builtin_ctzll(lines)]++;
}

/* The call that finds the device dead says how (-EIO), later ones that it is gone. */
int Device::died()
{
	if (told_)
		return -ENODEV;
	told_ = true;
	close_waves();
	return -EIO;
}

int Device::advance(uint64_t steps)
{
	ModelScope scope(report_, context_);
	bool idle = false;

	if (report_.dead)
		return died();
	for (; steps; steps--) {
		clock();
		if (report_.dead)
			return died();
		idle = !model_->busy_o && cycle_ >= settled_ && memory_.idle();
		if (idle && !model_->timers_o)
			break;
	}
	return !idle;
}

/* ---- registers ------------------------------------------------------------------- */

int Device::cycle()
{
	clock();
	return alive();
}

int Device::reg_read(uint32_t offset, uint32_t *value)
{
	ModelScope scope(report_, context_);

	return registers_.read(offset, value);
}

int Device::reg_write(uint32_t offset, uint32_t value)
{
	ModelScope scope(report_, context_);

	return registers_.write(offset, value);
}

/* ---- waves ------------------------------------------------------------------------ */

#if PEAL_CHECKED

int Device::open_waves(std::string &error)
{
	const std::string &path = options_.trace;

	if (path.empty())
		return 0;
	if (int rc = check_wave_file(path, error))
		return rc;
	waves_.reset(new VerilatedFstC);
	model_->trace(waves_.get(), 99);
	waves_->open(options_.trace.c_str());
	return 0;
}

/* Two time steps a cycle, the reset in front of cycle 0. */
void Device::dump_waves()
{
	if (!waves_)
		return;
	uint64_t end = options_.trace_from + options_.trace_cycles;
	bool reset_too = !running_ && !options_.trace_from;

	if (reset_too || (running_ && cycle_ >= options_.trace_from))
		waves_->dump(2 * (running_ ? cycle_ + kResetCycles : cycle_) + model_->clk_i);
	if (running_ && options_.trace_cycles && cycle_ >= end)
		close_waves();
}

void Device::flush_waves()
{
	if (waves_)
		waves_->flush();
}

void Device::close_waves()
{
	if (waves_)
		waves_->close();
	waves_.reset();
}

#else

int Device::open_waves(std::string &error)
{
	if (options_.trace.empty())
		return 0;
	error = "trace needs the checked build";
	return -EOPNOTSUPP;
}

void Device::dump_waves() {}
void Device::flush_waves() {}
void Device::close_waves() {}

#endif

/* ---- explanation -------------------------------------------------------------------- */

/* The engine's own word: what it blames its next cycles on. Time passes for that. */
std::string Device::blamed()
{
	static const struct {
		unsigned counter;
		const char *name;
	} causes[] = {
		{ PEAL_CTR_FETCH, "a descriptor fetch" }, { PEAL_CTR_CREDIT, "completion credit" },
		{ PEAL_CTR_DATA, "data reads" },	  { PEAL_CTR_WRITE, "writes" },
		{ PEAL_CTR_ACTIVE, "nothing, it works" }, { PEAL_CTR_IDLE, "a doorbell or a command" },
	};
	const char *most = "an unknown cause";
	uint32_t magic, before[PEAL_COUNTERS], after, spent = 0;

	if (lite_.busy() || reg_read(PEAL_REG_MAGIC, &magic) || magic != PEAL_MAGIC ||
	    reg_write(PEAL_REG_CTR_SNAP, 0))
		return "its registers do not answer";
	for (auto &c : causes)
		reg_read(PEAL_REG_CTR_BASE + 8 * c.counter, &before[c.counter]);
	for (unsigned i = 0; i < kBlameCycles && !report_.dead; i++)
		clock();
	if (report_.dead || reg_write(PEAL_REG_CTR_SNAP, 0))
		return "its registers do not answer";
	for (auto &c : causes) {
		reg_read(PEAL_REG_CTR_BASE + 8 * c.counter, &after);
		if (after - before[c.counter] <= spent)
			continue;
		spent = after - before[c.counter];
		most = c.name;
	}
	return std::string("it waits for ") + most;
}

int Device::explain(char *buf, size_t len)
{
	ModelScope scope(report_, context_);
	const char *access = lite_.waiting();

	flush_waves(); /* whoever asks has a hang to look at */
	if (report_.dead)
		return snprintf(buf, len, "dead in cycle %" PRIu64 ": %s", cycle_,
				report_.cause.c_str());
	return snprintf(buf, len, "cycle %" PRIu64 ", %s; %s%s%s; %s", cycle_,
			model_->busy_o ? "busy" : "idle",
			bus_state(memory_.status(), memory_ports()).c_str(), access ? ", " : "",
			access ? access : "", blamed().c_str());
}

/* ---- the table ------------------------------------------------------------------------ */

static int probe(char *why, size_t len)
{
	if (len)
		*why = 0;
	return 0;
}

extern constexpr peal_device_ops verilator_device_ops = DeviceCalls<Device>::table(
	PEAL_CHECKED ? "the RTL engine under Verilator, checked build"
		     : "the RTL engine under Verilator",
	probe);
