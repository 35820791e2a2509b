/* SPDX-License-Identifier: MIT */
/*
 * device.cc - the platform (engine and memory) behind peal/device.h.
 *
 * Each device has a simulation of its own: a SystemC context, which is made the
 * current one for as long as a call lasts. The kernel is one for the process, so
 * calls to different devices take turns.
 */
#include "memory.h"
#include "own.h"
#if PEAL_SYSTEMC_RTL
#include "rtl/rtl_engine.h"
#else
#include "loose.h"
#include "timed.h"
#endif

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>

#ifndef PEAL_SYSTEMC_RTL
#define PEAL_SYSTEMC_RTL 0 /* the RTL in place of a model */
#endif
#ifndef PEAL_BUILD_ID
#define PEAL_BUILD_ID 0 /* first 32 bits of the git hash */
#endif

using sc_core::sc_time;

/* As under Verilator: an engine may need so long behind a register access to become busy. */
static constexpr unsigned kSettleCycles = 8;
static constexpr unsigned kRegisterCycles = 20000; /* bound of an access */

static std::mutex kernel;

class Context
{
      public:
	explicit Context(sc_core::sc_simcontext *context) : lock_(kernel)
	{
		sc_core::sc_curr_simcontext = context;
	}
	~Context()
	{
		sc_core::sc_curr_simcontext = nullptr;
	}

      private:
	std::lock_guard<std::mutex> lock_;
};

/* The host's side of the register bus. */
struct Host : sc_core::sc_module {
	tlm_utils::simple_initiator_socket<Host> regs;

	explicit Host(sc_core::sc_module_name name) : sc_module(name), regs("regs")
	{
	}
};

class Device
{
      public:
	explicit Device(const Options &options);
	~Device();
	int power_up(const peal_device_params &params, std::string &error);

	int reg_read(uint32_t offset, uint32_t *value);
	int reg_write(uint32_t offset, uint32_t value);
	int advance(uint64_t steps);
	int map(uint64_t bus, void *host, uint64_t len);
	int unmap(uint64_t bus);
	template <class Call> int own(Call call);
	int explain(char *buf, size_t len);
	uint64_t trace_hash() const
	{
		return hash_.value();
	}
	uint64_t raises(uint32_t queue) const
	{
		return engine_->raises(queue);
	}

      private:
	uint64_t now() const
	{
		return sc_core::sc_time_stamp().value() / cycle_.value();
	}
	sc_time cycles(uint64_t n) const
	{
		return cycle_ * static_cast<double>(n);
	}
	void run(uint64_t n);
	void pass(uint64_t n);
	void access(bool write, uint32_t offset, uint32_t *value);
	template <class Call> int guarded(Call call);

	const Options options_;
	std::unique_ptr<sc_core::sc_simcontext> context_{ new sc_core::sc_simcontext };
	const sc_time cycle_;
	TraceHash hash_;
	Faults faults_;
	std::unique_ptr<Host> host_;
	std::unique_ptr<EngineModule> engine_;
	std::unique_ptr<Memory> memory_;
	std::unique_ptr<OwnMemoryOn<Memory>> own_;
	uint64_t settled_ = 0; /* advance() does not end before this cycle */
	std::string cause_;    /* of death */
};

/* ---- power up and down ---------------------------------------------------- */

#if PEAL_SYSTEMC_RTL

static std::unique_ptr<EngineModule> make_engine(const Options &o, sc_time cycle)
{
	return std::make_unique<RtlEngine>("engine", o, PEAL_BUILD_ID, cycle);
}

#else

static std::unique_ptr<EngineModule> make_engine(const Options &o, sc_time cycle)
{
	Front::Limits limits;

	limits.queues = static_cast<unsigned>(o.queues);
	limits.regions = static_cast<unsigned>(o.regions);
	limits.clock_khz = static_cast<uint32_t>(o.clock);
	limits.build = PEAL_BUILD_ID;
	limits.polled = o.polled;
	if (o.loose)
		return std::make_unique<LooseEngine>("engine", o, limits, cycle);
	return std::make_unique<TimedEngine>("engine", o, limits, cycle);
}

#endif

/* The period is rounded to the kernel's picosecond; a cycle is what counts. */
static sc_time period(const Options &o)
{
	return sc_time(static_cast<double>(1000000000 / o.clock), sc_core::SC_PS);
}

static sc_core::sc_simcontext *current(sc_core::sc_simcontext *context)
{
	return sc_core::sc_curr_simcontext = context;
}

Device::Device(const Options &options)
    : options_(options), cycle_((current(context_.get()), period(options))),
      host_(new Host("host")), engine_(make_engine(options, cycle_)),
      memory_(new Memory("memory", options, cycle_, hash_, faults_)),
      own_(new OwnMemoryOn<Memory>(*memory_, options.memory))
{
	host_->regs.bind(engine_->regs);
	engine_->reads.bind(memory_->reads);
	engine_->writes.bind(memory_->writes);
}

Device::~Device()
{
	Context scope(context_.get());

	own_.reset();
	memory_.reset();
	engine_.reset();
	host_.reset();
	context_.reset();
}

int Device::power_up(const peal_device_params &params, std::string &error)
{
	if (!options_.fault.empty() &&
	    !faults_.plan(options_.fault, params.log, params.log_ctx, error))
		return -EINVAL;
	if (options_.loose && options_.fault.find("hang") != std::string::npos) {
		error = "fault=" + options_.fault +
			": no hang in mode=lt: a blocking transport returns";
		return -EINVAL;
	}
	int rc = hash_.log().open(options_.buslog, error);

	if (rc)
		return rc;
	sc_core::sc_start(sc_core::SC_ZERO_TIME); /* elaborates */
	pass(engine_->reset_cycles());
	return 0;
}

/* ---- time ----------------------------------------------------------------- */

/* Up to so many cycles: the engine pauses the simulation behind the one that leaves nothing to do. */
void Device::run(uint64_t n)
{
	const uint64_t end = now() + n;

	sc_core::sc_start(cycles(n), sc_core::SC_RUN_TO_TIME);
	if (now() < end)
		sc_core::sc_start(cycles(now() + 1) - sc_core::sc_time_stamp(),
				  sc_core::SC_RUN_TO_TIME);
}

/* So many cycles, whatever the engine does. */
void Device::pass(uint64_t n)
{
	for (const uint64_t end = now() + n; now() < end;)
		sc_core::sc_start(cycles(end) - sc_core::sc_time_stamp(), sc_core::SC_RUN_TO_TIME);
}

/* What SystemC or the model throws is the end of this device. */
template <class Call> int Device::guarded(Call call)
{
	if (!cause_.empty())
		return -ENODEV;
	Context scope(context_.get());
	try {
		return call();
	} catch (const std::exception &e) {
		cause_ = e.what();
		return -EIO;
	}
}

int Device::advance(uint64_t steps)
{
	return guarded([&] {
		engine_->host_calls();
		const bool idle = !options_.polled && !engine_->busy() && !engine_->timers();
		const uint64_t least = settled_ > now() ? settled_ - now() : 1;

		if (idle)
			pass(std::min(least, steps));
		else if (steps)
			run(steps);
		return static_cast<int>(engine_->busy());
	});
}

/* ---- registers --------------------------------------------------------------------------------
 */

void Device::access(bool write, uint32_t offset, uint32_t *value)
{
	tlm::tlm_generic_payload payload;
	sc_time delay;

	payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
	payload.set_address(offset);
	payload.set_data_ptr(reinterpret_cast<unsigned char *>(value));
	payload.set_data_length(4);
	payload.set_streaming_width(4);
	payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
	if (hash_.log().on() && write)
		hash_.log().access(now(), "write", offset, *value);
	if (write && offset >= PEAL_DB_BASE)
		pass(options_.link); /* posted; other registers are nobody's hot path */
	host_->regs->b_transport(payload, delay);
	pass(delay.value() / cycle_.value());
	for (unsigned i = 0; engine_->accessing(); i++) {
		if (i == kRegisterCycles)
			throw std::runtime_error("a register access is not answered");
		pass(1);
	}
	settled_ = now() + kSettleCycles;
	hash_.add(now() - 1, write ? BusEvent::RegisterWrite : BusEvent::RegisterRead, offset,
		  *value);
}

int Device::reg_read(uint32_t offset, uint32_t *value)
{
	*value = 0;
	return guarded([&] {
		access(false, offset & ~3u, value);
		return 0;
	});
}

int Device::reg_write(uint32_t offset, uint32_t value)
{
	return guarded([&] {
		unsigned n = faults_.any() ? faults_.register_write(offset, value) : 1;

		for (; n; n--)
			access(true, offset & ~3u, &value);
		return 0;
	});
}

/* ---- the rest
 * ------------------------------------------------------------------------------------ */

int Device::map(uint64_t bus, void *host, uint64_t len)
{
	Context scope(context_.get());

	return memory_->map(bus, host, len);
}

int Device::unmap(uint64_t bus)
{
	Context scope(context_.get());

	return own_->unmap(bus);
}

/* The device's own memory (C3.13): it is on the bus as the host's is. */
template <class Call> int Device::own(Call call)
{
	Context scope(context_.get());

	return call(*own_);
}

int Device::explain(char *buf, size_t len)
{
	Context scope(context_.get());

	if (!cause_.empty())
		return snprintf(buf, len, "dead in cycle %" PRIu64 ": %s", now(), cause_.c_str());
	return snprintf(buf, len, "%s", engine_->explain().c_str());
}

/* ---- the table
 * -------------------------------------------------------------------------------------- */

static Device &device(void *dev)
{
	return *static_cast<Device *>(dev);
}

static int device_probe(char *why, size_t len)
{
	if (len)
		*why = 0;
	return 0;
}

/* One that does not come up goes behind the scope: its end takes the kernel itself. */
static int open_device(const peal_device_params &params, std::unique_ptr<Device> &d,
		       std::string &error)
{
	Options options;
	int rc = parse_options(params, options, error);

	if (rc)
		return rc;
	Context scope(nullptr);
	d.reset(new Device(options));
	return d->power_up(params, error);
}

static int device_open(const peal_device_params *params, void **dev)
{
	std::unique_ptr<Device> d;
	std::string error;
	int rc;

	try {
		rc = open_device(*params, d, error);
	} catch (const std::exception &e) {
		error = e.what();
		rc = -EIO;
	}
	if (rc && params->log)
		params->log(params->log_ctx, PEAL_LOG_ERROR, (PEAL_DEVICE_NAME ": " + error).c_str());
	*dev = rc ? nullptr : d.release();
	return rc;
}

static void device_close(void *dev)
{
	delete &device(dev);
}

static int device_reg_read(void *dev, uint32_t offset, uint32_t *value)
{
	return device(dev).reg_read(offset, value);
}

static int device_reg_write(void *dev, uint32_t offset, uint32_t value)
{
	return device(dev).reg_write(offset, value);
}

static int device_map(void *dev, uint64_t bus, void *host, uint64_t len)
{
	return device(dev).map(bus, host, len);
}

static int device_unmap(void *dev, uint64_t bus)
{
	return device(dev).unmap(bus);
}

static int device_memory_alloc(void *dev, uint64_t bus, uint64_t len)
{
	return device(dev).own([&](auto &own) { return own.alloc(bus, len); });
}

static int device_memory_read(void *dev, uint64_t bus, void *to, uint64_t len)
{
	return device(dev).own([&](auto &own) { return own.read(bus, to, len); });
}

static int device_memory_write(void *dev, uint64_t bus, const void *from, uint64_t len)
{
	return device(dev).own([&](auto &own) { return own.write(bus, from, len); });
}

static int device_advance(void *dev, uint64_t steps)
{
	return device(dev).advance(steps);
}

static uint64_t device_trace_hash(void *dev)
{
	return device(dev).trace_hash();
}

static int device_explain(void *dev, char *buf, size_t len)
{
	return device(dev).explain(buf, len);
}

static uint64_t device_raises(void *dev, uint32_t queue)
{
	return device(dev).raises(queue);
}

// clang-format off
static const peal_device_ops ops = {
	PEAL_DEVICE_ABI,
	sizeof(peal_device_ops),
	PEAL_DEVICE_NAME,
	PEAL_SYSTEMC_RTL ? "the RTL engine as a SystemC module, in the platform of its model"
			 : "a TLM-2.0 model of the engine in SystemC, not the RTL",
	device_probe,
	device_open,
	device_reg_read,
	device_reg_write,
	device_map,
	device_unmap,
	device_advance,
	device_close,
	device_trace_hash,
	device_explain,
	device_raises,
	nullptr, // settle: it is advanced
	device_memory_alloc,
	device_memory_read,
	device_memory_write,
	nullptr, // pin: mapping costs nothing
};

extern "C" __attribute__((visibility("default"))) const peal_device_ops *peal_device_entry(void)
{
	return &ops;
}

/* The library has a main() that wants it; a plug-in never gets there. */
extern "C" __attribute__((visibility("default"))) int sc_main(int, char **)
{
	return 0;
}
