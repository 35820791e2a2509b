/* SPDX-License-Identifier: MIT */
/*
 * memory.cc - transactions in time, then ranges and bytes.
 */
#include "memory.h"

#include <peal/contract.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

using sc_core::sc_time;
using sc_core::SC_ZERO_TIME;

Memory::Memory(sc_core::sc_module_name name, const Options &options, sc_time cycle,
	       TraceHash &trace, Faults &faults)
    : sc_module(name), reads("reads"), writes("writes"), options_(options), cycle_(cycle),
      trace_(trace), faults_(faults), random_(options.seed ^ 0x4d454d),
      arrivals_(this, &Memory::arrive), beats_(this, &Memory::first_beat), answers_(this, &Memory::answer)
{
	reads.register_b_transport(this, &Memory::b_read);
	reads.register_nb_transport_fw(this, &Memory::nb_read);
	reads.register_get_direct_mem_ptr(this, &Memory::dmi);
	reads.register_transport_dbg(this, &Memory::debug);
	writes.register_b_transport(this, &Memory::b_write);
	writes.register_nb_transport_fw(this, &Memory::nb_write);
	writes.register_get_direct_mem_ptr(this, &Memory::dmi);
	writes.register_transport_dbg(this, &Memory::debug);
}

/* ---- time ----------------------------------------------------------------- */

uint64_t Memory::now() const
{
	return sc_core::sc_time_stamp().value() / cycle_.value();
}

/* From now to the beginning of a cycle. */
sc_time Memory::until(uint64_t cycle) const
{
	return cycle_ * static_cast<double>(cycle) - sc_core::sc_time_stamp();
}

/* How long a channel pauses before its next beat. */
uint64_t Memory::stalled()
{
	uint64_t cycles = 0;

	if (options_.stall)
		while (random_.next() % 100 < options_.stall)
			cycles++;
	return cycles;
}

uint64_t Memory::span(uint64_t beats)
{
	uint64_t cycles = (beats * kBeat + options_.bandwidth - 1) / options_.bandwidth;

	for (uint64_t i = 0; options_.stall && i < beats; i++)
		cycles += stalled();
	return std::max<uint64_t>(cycles, 1);
}

static BusTag &tag_of(const tlm::tlm_generic_payload &payload)
{
	return *payload.get_extension<BusTag>();
}

static uint64_t beats_of(const tlm::tlm_generic_payload &payload)
{
	return beats_of(payload.get_address(), payload.get_data_length());
}

/* The fault of the burst that begins now. */
const fault *Memory::plan(const Payload &payload)
{
	if (!faults_.any())
		return nullptr;
	return payload.is_read() ? faults_.read_burst(tag_of(payload).client)
				 : faults_.write_burst(tag_of(payload).client);
}

/* ---- approximately timed -------------------------------------------------- */

tlm::tlm_sync_enum Memory::nb_read(Payload &payload, tlm::tlm_phase &phase, sc_time &delay)
{
	BusTag &tag = tag_of(payload);
	const uint64_t at = tag.at, wait = stalled(), beats = beats_of(payload);

	const fault *hit = plan(payload);
	trace_.add(at, BusEvent::AR, payload.get_address() & -kBeat, (beats - 1) << 8 | tag.client);
	if (hit)
		hit_[&payload] = hit;
	r_.hangs |= hit && hit->variant == FAULT_HANG;
	payload.acquire();
	tag.start = std::max(at + 2 * options_.link + options_.latency, r_.free) + stalled();
	tag.span = span(beats);
	r_.free = tag.start + tag.span;
	if (!r_.hangs && options_.link)
		arrivals_.notify(payload, tlm::BEGIN_REQ, until(tag.start - options_.link));
	if (!r_.hangs)
		beats_.notify(payload, tlm::BEGIN_RESP, until(tag.start));
	phase = tlm::END_REQ;
	delay += cycle_ * static_cast<double>(1 + wait);
	return tlm::TLM_UPDATED;
}

void Memory::first_beat(Payload &payload, const tlm::tlm_phase &)
{
	tlm::tlm_phase phase = tlm::BEGIN_RESP;
	sc_time delay = SC_ZERO_TIME;

	if (!options_.link)
		access(payload);
	log_beats(payload, BusEvent::R);
	reads->nb_transport_bw(payload, phase, delay);
	payload.release();
}

tlm::tlm_sync_enum Memory::nb_write(Payload &payload, tlm::tlm_phase &phase, sc_time &delay)
{
	BusTag &tag = tag_of(payload);
	const uint64_t at = tag.at, beats = beats_of(payload);
	uint64_t due;

	const fault *hit = plan(payload);
	trace_.add(at, BusEvent::AW, payload.get_address() & -kBeat, (beats - 1) << 8 | tag.client);
	if (hit)
		hit_[&payload] = hit;
	b_.hangs |= hit && hit->variant == FAULT_HANG;
	payload.acquire();
	tag.start = at + stalled();
	tag.span = span(beats);
	if (options_.link)
		arrivals_.notify(payload, tlm::BEGIN_REQ,
				 until(tag.start + tag.span - 1 + options_.link));
	else
		access(payload);
	log_beats(payload, BusEvent::W);
	due = tag.start + tag.span - 1 + 2 * options_.link + options_.latency;
	b_.free = std::max(due, b_.free) + stalled() + 1;
	if (!b_.hangs)
		answers_.notify(payload, tlm::BEGIN_RESP, until(b_.free - 1));
	phase = tlm::END_REQ;
	delay += cycle_ * static_cast<double>(tag.start - at + tag.span);
	return tlm::TLM_UPDATED;
}

void Memory::answer(Payload &payload, const tlm::tlm_phase &)
{
	tlm::tlm_phase phase = tlm::BEGIN_RESP;
	sc_time delay = SC_ZERO_TIME;

	trace_.add(now(), BusEvent::B, tag_of(payload).client, payload.is_response_error());
	writes->nb_transport_bw(payload, phase, delay);
	payload.release();
}

void Memory::log_beats(const Payload &payload, BusEvent kind)
{
	const uint64_t beats = beats_of(payload), line = payload.get_address() & -kBeat;
	const uint64_t error = payload.is_response_error();
	const BusTag &tag = tag_of(payload);

	for (uint64_t k = 0; k < beats; k++) {
		uint64_t at = line + k * kBeat;

		trace_.add(tag.beat(k, beats), kind, kind == BusEvent::R ? at << 2 | error : at,
			   error);
	}
}

/* ---- loosely timed ------------------------------------------------------------------------------
 */

void Memory::blocking(Payload &payload, sc_time &delay)
{
	if (const fault *hit = plan(payload))
		hit_[&payload] = hit;
	access(payload);
	delay += cycle_ * static_cast<double>(2 * options_.link + options_.latency +
					      span(beats_of(payload)));
}

/* A pointer goes past faults, stalls and the log, so there is none where one of them is asked for.
 */
bool Memory::dmi(Payload &payload, tlm::tlm_dmi &dmi)
{
	const uint64_t bus = payload.get_address();
	auto r = ranges_.upper_bound(bus);

	if (faults_.any() || options_.stall || trace_.log().on() || r == ranges_.begin())
		return false;
	--r;
	if (bus - r->first >= r->second.bytes)
		return false;
	const sc_time time = cycle_ * static_cast<double>(2 * options_.link + options_.latency);

	dmi.set_dmi_ptr(r->second.host);
	dmi.set_start_address(r->first);
	dmi.set_end_address(r->first + r->second.bytes - 1);
	dmi.allow_read_write();
	dmi.set_read_latency(time);
	dmi.set_write_latency(time);
	return true;
}

unsigned Memory::debug(Payload &payload)
{
	const unsigned bytes = payload.get_data_length();
	uint8_t *at = host(payload.get_address(), bytes);

	if (!at)
		return 0;
	if (payload.is_write())
		memcpy(at, payload.get_data_ptr(), bytes);
	else
		memcpy(payload.get_data_ptr(), at, bytes);
	return bytes;
}

/* ---- ranges -------------------------------------------------------------------------------------
 */

int Memory::map(uint64_t bus, void *host, uint64_t bytes)
{
	const uint64_t limit = uint64_t{ 1 } << PEAL_BUS_BITS;

	if (!host || !bytes || bus >= limit || bytes > limit - bus)
		return -EINVAL;
	auto next = ranges_.lower_bound(bus);
	if (next != ranges_.end() && next->first - bus < bytes)
		return -EEXIST;
	if (next != ranges_.begin() && bus - std::prev(next)->first < std::prev(next)->second.bytes)
		return -EEXIST;
	ranges_[bus] = { static_cast<uint8_t *>(host), bytes };
	return 0;
}

int Memory::unmap(uint64_t bus)
{
	auto r = ranges_.find(bus);

	if (r == ranges_.end())
		return -ENOENT;
	reads->invalidate_direct_mem_ptr(bus, bus + r->second.bytes - 1);
	writes->invalidate_direct_mem_ptr(bus, bus + r->second.bytes - 1);
	ranges_.erase(r);
	return 0;
}

uint8_t *Memory::host(uint64_t bus, uint64_t bytes) const
{
	auto r = ranges_.upper_bound(bus);

	if (r == ranges_.begin())
		return nullptr;
	--r;
	uint64_t from = bus - r->first;
	return from < r->second.bytes && bytes <= r->second.bytes - from ? r->second.host + from
									 : nullptr;
}

/* ---- bytes
 * ---------------------------------------------------------------------------------------- */

void load_bytes(uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (size_t i = 0, n; i < bytes; i += n) {
		bool word = reinterpret_cast<uintptr_t>(from + i) % 8 == 0 && bytes - i >= 8;

		n = word ? 8 : 1;
		if (word) {
			uint64_t w = __atomic_load_n(reinterpret_cast<const uint64_t *>(from + i),
						     __ATOMIC_ACQUIRE);
			memcpy(to + i, &w, 8);
		} else {
			to[i] = __atomic_load_n(from + i, __ATOMIC_ACQUIRE);
		}
	}
}

void store_bytes(uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (size_t i = 0, n; i < bytes; i += n) {
		bool word = reinterpret_cast<uintptr_t>(to + i) % 8 == 0 && bytes - i >= 8;

		n = word ? 8 : 1;
		if (word) {
			uint64_t w;
			memcpy(&w, from + i, 8);
			__atomic_store_n(reinterpret_cast<uint64_t *>(to + i), w, __ATOMIC_RELEASE);
		} else {
			__atomic_store_n(to + i, from[i], __ATOMIC_RELEASE);
		}
	}
}

/* A read that failed has random data; a write with DECERR has changed nothing. */
void Memory::fail(Payload &payload, const fault *hit)
{
	uint8_t *data = payload.get_data_ptr();

	for (unsigned i = 0; payload.is_read() && i < payload.get_data_length(); i++)
		data[i] = random_.next();
	payload.set_response_status(!hit || hit->variant == FAULT_DECERR
					    ? tlm::TLM_ADDRESS_ERROR_RESPONSE
					    : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

/* As a bus of whole lines has it: a line answers if any byte of it is there (C3.11). */
bool Memory::read_lines(uint64_t bus, uint8_t *data, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i += kBeat) {
		bool served = false;

		for (unsigned j = 0; j < kBeat; j++) {
			const uint8_t *at = host(bus + i + j, 1);

			data[i + j] = at ? __atomic_load_n(at, __ATOMIC_ACQUIRE) : random_.next();
			served |= at != nullptr;
		}
		if (!served)
			return false;
	}
	return true;
}

void Memory::access(Payload &payload)
{
	const unsigned bytes = payload.get_data_length();
	uint8_t *data = payload.get_data_ptr(), *at = host(payload.get_address(), bytes);
	auto found = faults_.any() ? hit_.find(&payload) : hit_.end();
	const fault *hit = found == hit_.end() ? nullptr : found->second;

	if (hit)
		hit_.erase(found);
	payload.set_response_status(tlm::TLM_OK_RESPONSE);
	if (at && payload.is_write() && !(hit && hit->variant == FAULT_DECERR))
		store_bytes(at, data, bytes);
	/* A device line before the next look at the host line (C5.17). */
	if (payload.is_write() && tag_of(payload).client == kDeviceLine)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!at && !hit && payload.is_read() && tag_of(payload).lines &&
	    read_lines(payload.get_address(), data, bytes))
		return;
	if (!at || hit)
		return fail(payload, hit);
	if (payload.is_write())
		return;
	load_bytes(data, at, bytes);
	for (unsigned i = 0; faults_.any() && tag_of(payload).client == kFetch && i < bytes;
	     i += kBeat)
		faults_.slot(reinterpret_cast<uint32_t *>(data + i));
}
