/* SPDX-License-Identifier: MIT */
/*
 * bus.h - transactions between engine and memory.
 *
 * Two sockets, as AXI has two address channels: one for reads, one for writes. A
 * transaction is a burst of at most 4 KiB that is moved in beats of 64 bytes. In
 * the approximately timed mode it has the four phases of the base protocol:
 *
 *	BEGIN_REQ	the address (reads), or the first beat (writes)
 *	END_REQ		with a delay: how long the request channel is taken
 *	BEGIN_RESP	the first beat (reads), or the answer (writes)
 *	END_RESP	by TLM_COMPLETED, with a delay: how long the response channel is taken
 *
 * The tag says whose burst it is, which the memory's faults go by, and when its
 * beats come. A target that knows no tags may leave it alone.
 */
#ifndef PEAL_SYSTEMC_BUS_H
#define PEAL_SYSTEMC_BUS_H

#include <systemc>
#include <tlm>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

static constexpr uint64_t kBeat = 64;

/* The numbers are those of the engine's AXI IDs, which faults.h tells bursts apart by. */
enum ReadClient : uint8_t { kFetch, kDataX, kDataY, kRecordRead, kHostLine };
enum WriteClient : uint8_t { kCompletion, kData, kTokens, kRecordWrite, kDeviceLine, kWriters };

class Transfer;

struct BusTag : tlm::tlm_extension<BusTag> {
	uint8_t client = 0;
	uint64_t at = 0;	      /* cycle of the request, as its initiator sees it */
	bool lines = false;	      /* whole lines: bytes that are not there are random */
	uint64_t start = 0, span = 0; /* cycle of the first beat; cycles that all beats take */
	Transfer *transfer = nullptr; /* that it belongs to */

	uint64_t beat(uint64_t k, uint64_t beats) const
	{
		return start + k * span / beats;
	}
	tlm::tlm_extension_base *clone() const override
	{
		return new BusTag(*this);
	}
	void copy_from(const tlm::tlm_extension_base &other) override
	{
		*this = static_cast<const BusTag &>(other);
	}
	void free() override
	{
	} /* it is a member of its transfer */
};

inline uint64_t beats_of(uint64_t bus, uint64_t bytes)
{
	return (bus % kBeat + bytes + kBeat - 1) / kBeat;
}

/* A burst of the engine. Its payload refers to its bytes. */
class Transfer
{
      public:
	explicit Transfer(tlm::tlm_mm_interface *pool) : payload(pool)
	{
		tag.transfer = this;
		payload.set_extension(&tag);
	}
	~Transfer()
	{
		payload.clear_extension(&tag);
	}

	void set(bool write, uint8_t client, uint64_t bus, size_t bytes)
	{
		data.resize(bytes);
		tag.client = client;
		payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
		payload.set_address(bus);
		payload.set_data_ptr(data.data());
		payload.set_data_length(static_cast<unsigned>(bytes));
		payload.set_streaming_width(static_cast<unsigned>(bytes));
		payload.set_byte_enable_ptr(nullptr);
		payload.set_dmi_allowed(false);
		payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
	}
	uint64_t bus() const
	{
		return payload.get_address();
	}
	uint64_t beats() const
	{
		return beats_of(bus(), data.size());
	}
	bool failed() const
	{
		return payload.is_response_error();
	}

	tlm::tlm_generic_payload payload;
	BusTag tag;
	std::vector<uint8_t> data;
	std::function<void(Transfer &)> done; /* at the first beat of a read, at a write's answer */
};

/* Transfers are used again and again: by reference count, as TLM's memory managers do. */
class TransferPool : public tlm::tlm_mm_interface
{
      public:
	Transfer &get()
	{
		if (unused_.empty()) {
			all_.emplace_back(new Transfer(this));
			unused_.push_back(all_.back().get());
		}
		Transfer *t = unused_.back();

		unused_.pop_back();
		t->payload.acquire();
		return *t;
	}
	void free(tlm::tlm_generic_payload *payload) override
	{
		unused_.push_back(of(*payload));
	}

	static Transfer *of(tlm::tlm_generic_payload &payload)
	{
		return payload.get_extension<BusTag>()->transfer;
	}

      private:
	std::vector<std::unique_ptr<Transfer>> all_;
	std::vector<Transfer *> unused_;
};

/* Bytes from and to host memory: aligned words are moved whole, with acquire and release (C1.7). */
void load_bytes(uint8_t *to, const uint8_t *from, size_t bytes);
void store_bytes(uint8_t *to, const uint8_t *from, size_t bytes);

#endif
