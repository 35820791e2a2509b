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

class Engine : public sc_core::sc_module, public Front
{
      public:
	tlm_utils::simple_target_socket<Engine> regs;
	tlm_utils::simple_initiator_socket<Engine> reads, writes;

	Engine(sc_core::sc_module_name name, const Options &options, const Limits &limits,
	       sc_core::sc_time cycle)
	    : sc_module(name), Front(limits), regs("regs"), reads("reads"), writes("writes"),
	      options_(options), cycle_(cycle), raises_(limits.queues)
	{
		regs.register_b_transport(this, &Engine::access);
		reads.register_nb_transport_bw(this, &Engine::read_comes);
		writes.register_nb_transport_bw(this, &Engine::write_answered);
		reads.register_invalidate_direct_mem_ptr(this, &Engine::forget);
		writes.register_invalidate_direct_mem_ptr(this, &Engine::forget);
	}

	/* Work is left; nothing but timers runs; of advance() in peal/device.h. */
	virtual bool busy() const = 0;
	virtual bool timers() const = 0;
	/* The host calls: what it published before must be seen before busy() is false. */
	virtual void host_calls()
	{
	}
	virtual std::string explain() const = 0;
	uint64_t raises(unsigned queue) const
	{
		return queue < raises_.size() ? raises_[queue] : 0;
	}

      protected:
	using Payload = tlm::tlm_generic_payload;

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
	virtual void forget(sc_dt::uint64, sc_dt::uint64)
	{
	}

	/* All that happens in this cycle has happened. */
	virtual void catch_up() = 0;

	uint64_t now() const
	{
		return sc_core::sc_time_stamp().value() / cycle_.value();
	}
	sc_core::sc_time cycles(uint64_t n) const
	{
		return cycle_ * static_cast<double>(n);
	}

	/* The queue whose state a message is best about: one with something left to do. */
	const Queue *troubled() const;

	const Options options_;
	const sc_core::sc_time cycle_;
	TransferPool pool_;
	std::vector<uint64_t> raises_;

      private:
	void access(Payload &payload, sc_core::sc_time &delay)
	{
		uint32_t *value = reinterpret_cast<uint32_t *>(payload.get_data_ptr());
		const uint32_t offset = static_cast<uint32_t>(payload.get_address());

		if (payload.get_data_length() != 4 || offset % 4 || payload.get_byte_enable_ptr())
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
