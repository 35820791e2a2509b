/* SPDX-License-Identifier: MIT */
/*
 * rtl_engine.h - the RTL itself (verilator --sc) in the platform of its model.
 *
 * The pins of the engine on one side, the sockets of every engine on the other: so
 * host, memory and faults are the same for both. A cycle has three moments:
 *
 *	1/4	inputs of the cycle are set, from what came before it
 *	1/2	outputs are settled: handshakes are taken; the clock rises
 *	3/4	the clock falls
 *
 * A burst becomes a transaction when its address is taken (reads), or its last beat
 * is (writes); the tag says in which cycle it began on the pins.
 */
#ifndef PEAL_SYSTEMC_RTL_ENGINE_H
#define PEAL_SYSTEMC_RTL_ENGINE_H

#include "../engine.h"
#include "Vengine.h"

#include <deque>

class RtlEngine : public EngineModule {
public:
	RtlEngine(sc_core::sc_module_name name, const Options &options, uint32_t build,
		  sc_core::sc_time cycle);

	bool busy() const override;
	bool timers() const override { return timers_.read(); }
	unsigned reset_cycles() const override { return 16; }
	bool accessing() const override { return access_ != Access::None; }
	std::string explain() const override;
	uint64_t raises(unsigned queue) const override { return queue < 8 ? raises_[queue] : 0; }

private:
	struct ReadBeat {
		uint64_t due;
		uint8_t id;
		bool failed, last;
		uint8_t data[kBeat];
	};
	struct WriteBeat {
		uint64_t at, strobes;
		uint8_t data[kBeat];
	};
	struct Address {
		uint8_t id;
		uint64_t bus;
		unsigned beats;
	};
	struct Answer {
		uint64_t due;
		uint8_t id;
		bool failed;
	};
	enum class Access { None, Read, Write, ReadTaken, WriteTaken };

	void run();
	void drive(uint64_t c);
	void sample(uint64_t c);
	void drive_registers();
	void sample_registers();
	void take_read(uint64_t c);
	void take_write_beat(uint64_t c);
	void write_burst();

	void access(Payload &payload, sc_core::sc_time &delay) override;
	tlm::tlm_sync_enum read_comes(Payload &, tlm::tlm_phase &, sc_core::sc_time &) override;
	tlm::tlm_sync_enum write_answered(Payload &, tlm::tlm_phase &, sc_core::sc_time &) override;

	template <class T> using Pin = sc_core::sc_signal<T>;
	Pin<bool> clk_, rst_n_;
	Pin<uint32_t> build_, kind_;
	Pin<bool> s_awvalid_, s_awready_, s_wvalid_, s_wready_, s_bvalid_, s_bready_;
	Pin<bool> s_arvalid_, s_arready_, s_rvalid_, s_rready_;
	Pin<uint32_t> s_awaddr_, s_wdata_, s_araddr_, s_rdata_, s_bresp_, s_rresp_;
	Pin<bool> arvalid_, arready_, rvalid_, rready_, rlast_;
	Pin<bool> awvalid_, awready_, wvalid_, wready_, wlast_, bvalid_, bready_;
	Pin<uint32_t> arid_, arlen_, rid_, rresp_, awid_, awlen_, bid_, bresp_;
	Pin<uint64_t> araddr_, awaddr_, wstrb_;
	Pin<sc_dt::sc_bv<512>> rdata_, wdata_;
	Pin<uint32_t> irq_;
	Pin<bool> timers_, busy_;
	Vengine model_;

	unsigned moment_ = 0;
	std::deque<ReadBeat> read_beats_;
	std::deque<Address> addresses_; /* of writes, whose beats are to come */
	std::deque<WriteBeat> write_beats_;
	unsigned whole_ = 0; /* bursts of them that are all there */
	std::deque<unsigned> lengths_;
	std::deque<Answer> answers_;
	uint64_t ar_free_ = 0, w_free_ = 0; /* cycles from which the link takes more */
	unsigned outstanding_ = 0;
	uint64_t settled_ = 0; /* busy_o may lag behind a register access */
	uint64_t raises_[8] = {};

	Access access_ = Access::None;
	uint32_t offset_ = 0, *value_ = nullptr;
};

#endif
