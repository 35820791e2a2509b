// SPDX-License-Identifier: MIT
//
// test_host.cc - the device code of the cuda backend that runs on a host too:
// descriptor checks against the reference device, CRC32C against libpeal's.
//
//	test_host [SEED]
//
// Prints a line a case. Exit 0 or 1.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "draw.h"
#include <peal/peal.h>

#include "check.cuh"
#include "draw.h"

namespace
{

constexpr unsigned kDescriptors = 60000, kTenant = 3, kTable = 64;

bool Case(const char *name, bool good)
{
	printf("%-72s %s\n", name, good ? "PASS" : "FAIL");
	return good;
}

// ---- CRC32C by parts ---------------------------------------------------------------------

uint32_t CrcOf(const std::vector<uint8_t> &data, size_t from, size_t to)
{
	uint32_t s = 0;
	size_t i = from;

	for (; i + 4 <= to; i += 4) {
		uint32_t word;

		memcpy(&word, &data[i], 4);
		s = crc_word(crc_tables_here(), s, word);
	}
	for (; i < to; i++)
		s = crc_byte(crc_tables_here(), s, data[i]);
	return s;
}

// Cut at any two places, each part from a zero state and moved on to the end.
bool CrcByParts()
{
	for (unsigned n = 0; n < 2000; n++) {
		std::vector<uint8_t> data(Draw(3000) + 1);
		size_t a = Draw(static_cast<uint32_t>(data.size())), b = a;
		uint32_t seed = Draw(1u << 28) * 16 + Draw(16), s;

		b += Draw(static_cast<uint32_t>(data.size() - a + 1));
		for (uint8_t &byte : data)
			byte = static_cast<uint8_t>(Draw(256));
		s = crc_move(~seed, data.size());
		s ^= crc_move(CrcOf(data, 0, a), data.size() - a);
		s ^= crc_move(CrcOf(data, a, b), data.size() - b);
		s ^= CrcOf(data, b, data.size());
		if (~s != peal_crc32c(seed, data.data(), data.size()))
			return false;
	}
	return true;
}

// A row of 512 bytes less the 16 of one lane.
bool CrcRow()
{
	for (unsigned n = 0; n < 1000; n++) {
		uint32_t s = Draw(1u << 28) * 16 + Draw(16);

		if (crc_move_row(crc_tables_here(), s) != crc_move(s, CRC_ROW - 16))
			return false;
	}
	return true;
}

// ---- checks --------------------------------------------------------------------------------

struct Rig {
	peal_device *dev = nullptr;
	peal_queue *queue = nullptr;
	peal_region *region[3] = {};
	cuda_region table[kTable] = {};
};

// The same table for both: readable, writable, and another tenant's.
bool Open(Rig *rig, bool require_crc)
{
	const uint32_t access[3] = { PEAL_ACCESS_READ | PEAL_ACCESS_WRITE, PEAL_ACCESS_READ, 0 };

	if (peal_open("ref", nullptr, &rig->dev))
		return false;
	for (unsigned i = 0; i < 3; i++) {
		peal_region_opts opts = {};

		opts.bytes = 4096 + 64 * i;
		opts.access = access[i];
		opts.tenant = static_cast<uint16_t>(i == 2 ? kTenant + 1 : kTenant);
		opts.bus_skew = static_cast<uint16_t>(i);
		if (peal_region_alloc(rig->dev, &opts, &rig->region[i]))
			return false;
		uint16_t handle = peal_region_handle(rig->region[i]);
		cuda_region *r = &rig->table[handle % CUDA_REGIONS_MAX];

		r->bus = peal_region_bus(rig->region[i]);
		r->bytes = r->mapped = opts.bytes;
		r->tenant = opts.tenant;
		r->word = 1u << 31 | (access[i] ? access[i] : 3) << 8 |
			  handle >> PEAL_HANDLE_INDEX_BITS;
	}
	peal_queue_opts opts = {};

	opts.sq_log2 = 4;
	opts.tenant = kTenant;
	opts.require_crc = require_crc;
	return !peal_queue_create(rig->dev, &opts, &rig->queue);
}

uint16_t SomeHandle(const Rig &rig)
{
	uint16_t handle = peal_region_handle(rig.region[Draw(8) ? Draw(2) : 2]);

	return Draw(12) ? handle : static_cast<uint16_t>(handle ^ 1u << Draw(16));
}

// Nearly right, so that each check is reached; STOP would end the queue.
void SomeDescriptor(const Rig &rig, peal_desc *d)
{
	static const uint8_t codes[] = { PEAL_OP_NOP,	   PEAL_OP_ECHO,    PEAL_OP_COPY,
					 PEAL_OP_FILL,	   PEAL_OP_COMPARE, PEAL_OP_CRC32C,
					 PEAL_OP_COPY_CRC, PEAL_OP_PREFILL, PEAL_OP_DECODE,
					 PEAL_OP_REWARD };
	operation op;
	uint32_t code = codes[Draw(sizeof(codes))];

	find_operation(code, &op);
	memset(d, 0, sizeof(*d));
	d->w[0] = PEAL_FIELD_PUT(PEAL_D_OPCODE, code) | PEAL_FIELD_PUT(PEAL_D_ACTOR, Draw(100));
	d->w[1] = Draw(1000);
	for (unsigned i = 0; i < 5; i++)
		d->w[2 + i] = Draw64() & op.used[i];
	for (unsigned i = 0; i < 2; i++)
		if (op.used[i])
			d->w[2 + i] = PEAL_FIELD_PUT(PEAL_D_A_REGION, SomeHandle(rig)) |
				      PEAL_FIELD_PUT(PEAL_D_A_OFFSET,
						     Draw(2) ? 64 * Draw(70) - 1 * Draw(2)
							     : Draw(5000));
	if (op.used[2] == UINT32_MAX)
		d->w[4] = Draw(3) ? 4 * Draw(300) : Draw(6000);
	if (op.length == LENGTH_ARG0)
		d->w[5] = Draw(8) ? Draw(300) : Draw64();
	if (op.used[3] == 1)
		d->w[5] = Draw(2);
	if (!Draw(4))
		d->w[0] |= PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_CRC);
	if (!Draw(6))
		d->w[Draw(8)] ^= UINT64_C(1) << Draw(56);
	if (PEAL_FIELD_GET(d->w, PEAL_D_OPCODE) == PEAL_OP_STOP)
		d->w[0] ^= 2;
	for (unsigned i = 2; i < 4; i++) /* not one of the rings, which have entries 3 and 4 */
		if ((d->w[i] >> 40 & 0x3ff) == 3 || (d->w[i] >> 40 & 0x3ff) == 4)
			d->w[i] ^= UINT64_C(8) << 40;
	/* SILENT would say nothing, FENCE and EVENT change no status. */
	d->w[0] &= ~PEAL_FIELD_PUT(PEAL_D_FLAGS, PEAL_FLAG_SILENT);
	if (PEAL_FIELD_GET(d->w, PEAL_D_FLAGS) & PEAL_FLAG_CRC && Draw(8))
		d->w[7] = (d->w[7] & ~UINT64_C(0xffffffff)) | peal_desc_crc(d);
}

bool Same(const Rig &rig, const rules &rules, const peal_desc &sent)
{
	const region_table table = { rig.table, kTable };
	peal_completion c;
	descriptor d;
	outcome bad = {};
	peal_desc copy = sent;

	if (peal_submit(rig.queue, &sent, 1) != 1 || peal_wait(rig.queue, &c, 1, 1000000000) != 1)
		return false;
	/* libpeal puts the CRC in where it is zero. */
	if (PEAL_FIELD_GET(copy.w, PEAL_D_FLAGS) & PEAL_FLAG_CRC &&
	    !PEAL_FIELD_GET(copy.w, PEAL_D_CRC))
		copy.w[7] |= peal_desc_crc(&copy);
	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++)
		d.w[i] = copy.w[i] & PEAL_PAYLOAD_MASK;
	if (!check(&table, &rules, &d, &bad)) {
		if (bad.status == c.status && bad.result == c.result)
			return true;
	} else if (c.status < PEAL_ST_BAD_OPCODE || c.status == PEAL_ST_BAD_STATE) {
		return true;
	}
	printf("# check says %s 0x%llx, the reference %s 0x%llx:", peal_status_name(bad.status),
	       static_cast<unsigned long long>(bad.result), peal_status_name(c.status),
	       static_cast<unsigned long long>(c.result));
	for (uint64_t w : copy.w)
		printf(" %014llx", static_cast<unsigned long long>(w));
	printf("\n");
	return false;
}

bool ChecksAgree(bool require_crc)
{
	rules rules = { kTenant, 0xffffu & ~static_cast<uint32_t>(PEAL_FLAGS_V1), require_crc };
	Rig rig;
	bool good = Open(&rig, require_crc);

	for (unsigned n = 0; good && n < kDescriptors; n++) {
		peal_desc d;

		SomeDescriptor(rig, &d);
		good = Same(rig, rules, d);
	}
	peal_close(rig.dev);
	return good;
}

} // namespace

int main(int argc, char **argv)
{
	bool good;

	random_state = argc > 1 ? static_cast<uint32_t>(strtoul(argv[1], nullptr, 0)) : 1;
	printf("# seed %u\n", random_state);
	good = Case("crc: by parts, as libpeal's", CrcByParts());
	good &= Case("crc: a row less a lane", CrcRow());
	good &= Case("checks: random descriptors, as the reference", ChecksAgree(false));
	good &= Case("checks: in a queue that requires CRC", ChecksAgree(true));
	return !good;
}
