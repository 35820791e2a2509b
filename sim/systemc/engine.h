/* SPDX-License-Identifier: MIT */
/*
 * engine.h - the engine as a SystemC module: a target socket for its registers, an
 * initiator socket for reads and one for writes. How descriptors move is in the
 * two that derive from it:
 *
 *	timed.h		approximately timed: units that overlap, cycle by cycle
 *	loose.h		loosely timed: one after the other, ahead of time
 */
#ifndef PEAL_SYSTEMC_ENGINE_H
#define PEAL_SYSTEMC_ENGINE_H

#include "bus.h"
#include "front.h"
#include "operations.h"
#include "options.h"

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

/* Register accesses, as AXI4-Lite has them: address and data, answer (and the value between). */
static constexpr unsigned kRegWrite = 2, kRegRead = 3;

/* What the platform needs of an engine: a model of it, or the RTL (rtl/rtl_engine.h). */
class EngineModule : public sc_core::sc_module {
public:
	tlm_utils::simple_target_socket<EngineModule> regs;
	tlm_utils::simple_initiator_socket<EngineModule> reads, writes;

	EngineModule(sc_core::sc_module_name name, const Options &options, sc_core::sc_time cycle)
		: sc_module(name), regs("regs"), reads("reads"), writes("writes"),
		  options_(options), cycle_(cycle)
	{
		regs.register_b_transport(this, &EngineModule::access);
		reads.register_nb_transport_bw(this, &EngineModule::read_comes);
		writes.register_nb_transport_bw(this, &EngineModule::write_answered);
		reads.register_invalidate_direct_mem_ptr(this, &EngineModule::forget);
		writes.register_invalidate_direct_mem_ptr(this, &EngineModule::forget);
	}

	/* Work is left; nothing but timers runs; of advance() in peal/device.h. */
	virtual bool busy() const = 0;
	virtual bool timers() const = 0;
	/* Cycles from power to the first register access. */
	virtual unsigned reset_cycles() const { return 0; }
	/* A register access is under way that its transport did not end. */
	virtual bool accessing() const { return false; }
	/* The host calls: what it published before must be seen before busy() is false. */
	virtual void host_calls() {}
	virtual std::string explain() const = 0;
	virtual uint64_t raises(unsigned queue) const = 0;

protected:
	using Payload = tlm::tlm_generic_payload;

	virtual void access(Payload &payload, sc_core::sc_time &delay) = 0;
	/* Responses of the bus, approximately timed. */
	virtual tlm::tlm_sync_enum read_comes(Payload &, tlm::tlm_phase &, sc_core::sc_time &)
	{
		return tlm::TLM_ACCEPTED;
	}
	virtual tlm::tlm_sync_enum write_answered(Payload &, tlm::tlm_phase &, sc_core::sc_time &)
	{
		return tlm::TLM_ACCEPTED;
	}
	/* Direct pointers into these addresses are no longer good. */
	virtual void forget(sc_dt::uint64, sc_dt::uint64) {}

	uint64_t now() const { return sc_core::sc_time_stamp().value() / cycle_.value(); }
	sc_core::sc_time cycles(uint64_t n) const { return cycle_ * static_cast<double>(n); }
	static bool is_register(const Payload &payload)
	{
		return payload.get_data_length() == 4 && payload.get_address() % 4 == 0 &&
		       !payload.get_byte_enable_ptr();
	}

	const Options options_;
	const sc_core::sc_time cycle_;
	TransferPool pool_;
};

class Engine : public EngineModule, public Front {
public:
	Engine(sc_core::sc_module_name name, const Options &options, const Limits &limits,
	       sc_core::sc_time cycle)
		: EngineModule(name, options, cycle), Front(limits), raises_(limits.queues)
	{
	}
	uint64_t raises(unsigned queue) const override
	{
		return queue < raises_.size() ? raises_[queue] : 0;
	}

protected:
	/* All that happens in this cycle has happened. */
	virtual void catch_up() = 0;

	/* The queue whose state a message is best about: one with something left to do. */
	const Queue *troubled() const;

	std::vector<uint64_t> raises_;

private:
	void access(Payload &payload, sc_core::sc_time &delay) override
	{
		uint32_t *value = reinterpret_cast<uint32_t *>(payload.get_data_ptr());
		const uint32_t offset = static_cast<uint32_t>(payload.get_address());

		if (!is_register(payload))
			return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
		catch_up();
		if (payload.is_write())
			reg_write(offset, *value);
		else
			*value = reg_read(offset);
		delay += cycles(payload.is_write() ? kRegWrite : kRegRead);
		payload.set_response_status(tlm::TLM_OK_RESPONSE);
	}
};

inline const Queue *Engine::troubled() const
{
	for (const Queue &q : queues_)
		if (q.in_flight || (q.sq_head != q.sq_tail && q.state != PEAL_Q_DISABLED))
			return &q;
	return nullptr;
}

#endif
