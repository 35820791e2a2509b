/* SPDX-License-Identifier: MIT */
/*
 * access.c - what a descriptor would do: the contract's checks, written a
 * second time and apart from the reference device, and the bus ranges that an
 * accepted descriptor touches. Race detection stands on it, and job_check
 * holds every device, the reference too, against it.
 */
#include "job.h"

#include <string.h>

enum operand_kind { K_NONE, K_R_LEN, K_W_LEN, K_R_LEN4, K_RECORD, K_W_ARG0 };
enum length_rule { L_NONE, L_ANY, L_TOKENS, L_ARG0 };

#define M_NONE UINT64_C(0)
#define M_ALL PEAL_PAYLOAD_MASK
#define M_LEN UINT64_C(0xffffffff)
#define M_LO32 UINT64_C(0xffffffff)
#define M_BIT0 UINT64_C(1)

enum unit { U_CTRL, U_MOVE, U_ROLLOUT };

struct operation {
	bool known;
	enum unit unit;
	enum operand_kind kind[2];
	enum length_rule length;
	uint64_t mask[5]; /* of w2 to w6 */
};

#define ROW(name, unit, a, b, length, m2, m3, m4, m5, m6) \
	[PEAL_OP_##name] = { true,                        \
			     U_##unit,                    \
			     { K_##a, K_##b },            \
			     L_##length,                  \
			     { M_##m2, M_##m3, M_##m4, M_##m5, M_##m6 } },
static const struct operation operations[256] = { PEAL_OPERATIONS(ROW) };

#define GET(w, field) PEAL_FIELD_GET(w, PEAL_D_##field)

void job_layout(const struct job *job, struct job_place *places)
{
	for (unsigned i = 0; i < job->region_count; i++) {
		const struct job_region *r = &job->regions[i];

		places[i] = (struct job_place){
			.handle = (uint16_t)(1u << PEAL_HANDLE_INDEX_BITS | (i & 0x3ff)),
			.tenant = r->tenant,
			.access = r->access,
			.bytes = r->bytes,
			.bus = r->parent < 0 ? ((uint64_t)(i + 1) << 36) + r->skew
					     : places[r->parent].bus + r->offset,
		};
	}
}

static uint64_t put_handle(const struct job_place *places, const struct job_ref *ref, uint64_t word)
{
	uint64_t handle;

	if (ref->kind == JOB_LITERAL)
		return word;
	handle = places[ref->region].handle;
	if (ref->kind == JOB_STALE)
		handle ^= UINT64_C(2) << PEAL_HANDLE_INDEX_BITS;
	word &= ~PEAL_FIELD_PUT(PEAL_D_A_REGION, ~UINT64_C(0));
	return word | PEAL_FIELD_PUT(PEAL_D_A_REGION, handle);
}

/* CRC32C over the eight 7-byte payloads with the crc field zero. */
static uint32_t payload_crc(const uint64_t w[PEAL_DESC_WORDS])
{
	uint8_t bytes[PEAL_DESC_WORDS * 7];

	for (unsigned i = 0; i < PEAL_DESC_WORDS; i++) {
		uint64_t word = i == PEAL_D_CRC_WORD ? w[i] & ~UINT64_C(0xffffffff) : w[i];

		for (unsigned j = 0; j < 7; j++)
			bytes[7 * i + j] = (uint8_t)(word >> (8 * j));
	}
	return job_crc32c(0, bytes, sizeof(bytes));
}

void job_resolve(const struct job_place *places, const struct job_desc *desc,
		 uint64_t w[PEAL_DESC_WORDS])
{
	memcpy(w, desc->w, PEAL_DESC_BYTES);
	w[2] = put_handle(places, &desc->a, w[2]);
	w[3] = put_handle(places, &desc->b, w[3]);
	if ((GET(w, FLAGS) & PEAL_FLAG_CRC) && !GET(w, CRC))
		w[7] |= payload_crc(w);
}

static bool fails(struct job_access *access, uint8_t status, uint64_t result)
{
	access->status = status;
	access->result = result;
	return true;
}

static bool crc_fails(const struct job_queue *queue, const uint64_t w[8], struct job_access *access)
{
	bool flag = GET(w, FLAGS) & PEAL_FLAG_CRC;
	uint32_t right;

	if (!flag && !queue->require_crc)
		return false;
	right = payload_crc(w);
	if (flag && GET(w, CRC) == right)
		return false;
	return fails(access, PEAL_ST_BAD_CRC, right);
}

/* Mask of the words with a reserved or unused bit set. */
static uint64_t reserved_words(const struct operation *op, const uint64_t w[8])
{
	uint64_t mask = 0;

	if (GET(w, CLASS))
		mask |= 1;
	if (GET(w, ACTOR_GEN) || GET(w, RSVD1))
		mask |= 2;
	for (unsigned i = 0; i < 5; i++)
		if (w[2 + i] & PEAL_PAYLOAD_MASK & ~op->mask[i])
			mask |= UINT64_C(4) << i;
	if (GET(w, AUX1) || (GET(w, CRC) && !(GET(w, FLAGS) & PEAL_FLAG_CRC)))
		mask |= 0x80;
	return mask;
}

static bool length_fails(const struct operation *op, const uint64_t w[8])
{
	uint64_t length = GET(w, LENGTH), arg0 = GET(w, ARG0);

	if (op->length == L_TOKENS)
		return !length || length % 4 || length > UINT64_C(4) * PEAL_TOKENS_MAX;
	if (op->length == L_ARG0)
		return !arg0 || arg0 > PEAL_TOKENS_MAX;
	return false;
}

static uint64_t operand_size(enum operand_kind kind, const uint64_t w[8])
{
	switch (kind) {
	case K_RECORD: return PEAL_RECORD_BYTES;
	case K_W_ARG0: return 4 * GET(w, ARG0);
	default: return GET(w, LENGTH);
	}
}

static uint32_t operand_access(enum operand_kind kind)
{
	switch (kind) {
	case K_RECORD: return PEAL_ACCESS_READ | PEAL_ACCESS_WRITE;
	case K_W_LEN:
	case K_W_ARG0: return PEAL_ACCESS_WRITE;
	default: return PEAL_ACCESS_READ;
	}
}

static const struct job_place *find_place(const struct job_place *places, unsigned count,
					  uint16_t handle)
{
	for (unsigned i = 0; i < count; i++)
		if (places[i].handle == handle)
			return &places[i];
	return NULL;
}

/* Handle, tenant, permission, range of operand `n`; fills its bus range. */
static bool operand_fails(const struct job_place *places, unsigned count,
			  const struct job_queue *queue, enum operand_kind kind, unsigned n,
			  const uint64_t w[8], struct job_access *access)
{
	uint64_t word = w[2 + n], size = operand_size(kind, w);
	uint64_t offset = word & PEAL_FIELD_MASK(PEAL_D_A_OFFSET);
	uint32_t needs = operand_access(kind);
	const struct job_place *place = find_place(places, count, (uint16_t)(word >> 40));

	if (!place)
		return fails(access, PEAL_ST_BAD_REGION, n);
	if (place->tenant != queue->tenant)
		return fails(access, PEAL_ST_TENANT, n);
	if ((place->access & needs) != needs)
		return fails(access, PEAL_ST_PERMISSION, n);
	if (offset + size > place->bytes)
		return fails(access, PEAL_ST_RANGE, n);
	access->range[n].start = place->bus + offset;
	access->range[n].end = place->bus + offset + size;
	access->range[n].write = needs & PEAL_ACCESS_WRITE;
	return false;
}

static bool alignment_fails(const struct operation *op, struct job_access *access)
{
	for (unsigned n = 0; n < 2; n++) {
		enum operand_kind kind = op->kind[n];
		uint64_t align = kind == K_RECORD			? 64
				 : kind == K_R_LEN4 || kind == K_W_ARG0 ? 4
									: 1;

		if (access->range[n].start % align)
			return fails(access, PEAL_ST_ALIGNMENT, n);
	}
	return false;
}

static bool overlap_fails(const struct operation *op, struct job_access *access)
{
	const struct job_range *a = &access->range[0], *b = &access->range[1];
	bool judged = op->unit == U_ROLLOUT || (op->kind[0] == K_R_LEN && op->kind[1] == K_W_LEN);

	if (!judged || a->start == a->end || b->start == b->end)
		return false;
	if (a->start >= b->end || b->start >= a->end)
		return false;
	return fails(access, PEAL_ST_OVERLAP, 0);
}

uint32_t job_queue_flags(const struct job_queue *queue)
{
	uint32_t flags = PEAL_FLAGS_V1;

	if (queue->matched)
		flags &= ~(uint32_t)PEAL_FLAG_SILENT;
	if (queue->order == PEAL_ORDER_NONE && !queue->fences)
		flags &= ~(uint32_t)PEAL_FLAG_FENCE;
	return flags;
}

static bool header_fails(const struct operation *op, const struct job_queue *queue,
			 const uint64_t w[8], struct job_access *access)
{
	uint64_t mask;

	if (crc_fails(queue, w, access))
		return true;
	if (!op->known)
		return fails(access, PEAL_ST_BAD_OPCODE, GET(w, OPCODE));
	mask = GET(w, FLAGS) & ~(uint64_t)job_queue_flags(queue);
	if (mask)
		return fails(access, PEAL_ST_BAD_FLAGS, mask);
	mask = reserved_words(op, w);
	if (mask)
		return fails(access, PEAL_ST_RESERVED, mask);
	return length_fails(op, w) && fails(access, PEAL_ST_BAD_LENGTH, 0);
}

void job_access(const struct job_place *places, unsigned count, const struct job_queue *queue,
		const uint64_t w[PEAL_DESC_WORDS], struct job_access *access)
{
	const struct operation *op = &operations[GET(w, OPCODE)];

	memset(access, 0, sizeof(*access));
	access->rollout = op->unit == U_ROLLOUT && op->known;
	if (header_fails(op, queue, w, access))
		return;
	for (unsigned n = 0; n < 2; n++)
		if (op->kind[n] != K_NONE &&
		    operand_fails(places, count, queue, op->kind[n], n, w, access))
			return;
	if (!alignment_fails(op, access))
		overlap_fails(op, access);
}

uint64_t job_desc_bytes(const struct job_desc *desc)
{
	const struct operation *op = &operations[GET(desc->w, OPCODE)];

	if (op->kind[0] == K_NONE && op->kind[1] == K_NONE)
		return 0;
	return op->length == L_ARG0 ? 4 * GET(desc->w, ARG0) : GET(desc->w, LENGTH);
}
