/* SPDX-License-Identifier: MIT */
/*
 * registers.c - identification, region table and commands of any device.
 *
 *	registers [-p PARAMS] DEVICE
 *
 * Registers alone: what they read, what a write does, which configurations
 * ENABLE refuses and with which code. Prints a line a case. Exit 0, 1, or 77.
 */

#include "raw.h"

#define TENANT 3
#define MODE_CRC_REQUIRED (1u << 8)

static const char *device, *params;
static struct peal_device *dev;
static struct peal_device_info info;
static struct raw_queue queue;
static bool queue_made;

static const struct raw_opts usual = {
	.sq_log2 = 3, .cq_log2 = 3, .tenant = TENANT, .sq_start = 0x1000, .cq_start = 0x2000
};

static bool make_queue(void)
{
	CHECK(raw_create(dev, &usual, &queue) == 0);
	queue_made = true;
	return true;
}

static uint32_t command(uint32_t code)
{
	return raw_command(dev, queue.id, code);
}

static bool enabled_queue(void)
{
	CHECK(make_queue());
	CHECK_EQUAL(raw_code(command(PEAL_CMD_ENABLE)), PEAL_CMDCODE_OK);
	return true;
}

/* Submits one descriptor and gives back the completion's status and result. */
static bool answer(const struct peal_desc *d, uint32_t *status, uint64_t *result)
{
	uint64_t words[PEAL_COMP_WORDS];

	raw_push(&queue, d->w);
	raw_doorbell(&queue, queue.sq_tail);
	CHECK(raw_pop(&queue, words));
	*status = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);
	*result = PEAL_FIELD_GET(words, PEAL_C_RESULT);
	return true;
}

/* ---- identification ---- */

static bool identification(void)
{
	CHECK_EQUAL(raw_read(dev, PEAL_REG_MAGIC), 0x4c414550);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_VERSION), 1);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CONTRACT_HI), PEAL_CONTRACT_HASH >> 32);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CONTRACT_LO), PEAL_CONTRACT_HASH & UINT32_MAX);
	CHECK(strcmp(peal_kind_name(raw_read(dev, PEAL_REG_KIND)), "?"));
	raw_write(dev, PEAL_REG_MAGIC, 0);
	raw_write(dev, PEAL_REG_KIND, 0x77);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_MAGIC), 0x4c414550);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_KIND), info.kind);
	return true;
}

static bool capabilities(void)
{
	uint32_t expected = PEAL_CAPS_V1, caps = raw_read(dev, PEAL_REG_CAP_CLAUSES),
		 ring = raw_read(dev, PEAL_REG_CAP_RING);
	uint32_t queues = raw_read(dev, PEAL_REG_CAP_QUEUES);
	uint32_t regions = raw_read(dev, PEAL_REG_CAP_REGIONS);
	uint32_t stride = raw_read(dev, PEAL_REG_CAP_DB_STRIDE);

	/* Of the two ways of publication one; what polls the slots need not park (C5.19). */
	CHECK(!(caps & PEAL_CAP_INDEXED) != !(caps & PEAL_CAP_POLLED));
	if (caps & PEAL_CAP_POLLED)
		expected &= ~(uint32_t)PEAL_CAP_INDEXED & (caps | ~(uint32_t)PEAL_CAP_SUPPRESS);
	CHECK_EQUAL(caps & PEAL_CAPS_V1, expected);
	for (unsigned bit = 0; bit < 32; bit++)
		CHECK(!(caps >> bit & 1) || strcmp(peal_capability_name(bit), "?"));
	CHECK((ring & 0xff) >= PEAL_RING_LOG2_MIN && (ring >> 8 & 0xff) <= PEAL_RING_LOG2_MAX);
	CHECK((ring & 0xff) <= (ring >> 8 & 0xff) && ring >> 16 == 0);
	CHECK(queues >= 1 && queues <= 240);
	CHECK(regions >= 1 && regions <= 1u << PEAL_HANDLE_INDEX_BITS);
	CHECK(stride == 64 || stride == 4096);
	return true;
}

static bool opcode_map(void)
{
	uint32_t want[8] = { 0 };

#define BIT(name, ...) want[PEAL_OP_##name / 32] |= 1u << PEAL_OP_##name % 32;
	PEAL_OPERATIONS(BIT)
#undef BIT
	for (unsigned i = 0; i < 8; i++)
		CHECK_EQUAL(raw_read(dev, PEAL_REG_CAP_OP0 + 4 * i), want[i]);
	return true;
}

static bool unknown_offsets(void)
{
	const uint32_t offsets[] = { 0x01c,
				     0x034,
				     0x060,
				     0x0fc,
				     0x120,
				     0x214,
				     0x2fc,
				     0x324,
				     0x32c,
				     0x348,
				     0x404,
				     0xf00,
				     raw_qreg(0, 0x44),
				     raw_qreg(0, 0x68),
				     raw_qreg(0, 0x98),
				     raw_qreg(0, 0xfc),
				     raw_qreg(info.queues, PEAL_QREG_SIZE),
				     PEAL_REG_BYTES - 4 };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		if (offsets[i] == raw_qreg(240, PEAL_QREG_SIZE))
			continue; /* all 240 queues are there: that is a doorbell */
		raw_write(dev, offsets[i], UINT32_MAX);
		CHECK_EQUAL(raw_read(dev, offsets[i]), 0);
	}
	return true;
}

static bool write_only(void)
{
	CHECK_EQUAL(raw_read(dev, PEAL_DB_BASE + PEAL_DB_SQ_TAIL), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_DB_BASE + PEAL_DB_CQ_HEAD), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_EV_POP), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_CTR_SNAP), 0);
	return true;
}

/* ---- region table ---- */

/* Writes a whole entry; `commit` as in RT_COMMIT. */
static void set_entry(uint32_t index, uint64_t bus, uint64_t bytes, uint32_t tenant,
		      uint32_t commit)
{
	raw_write(dev, PEAL_REG_RT_SEL, index);
	raw_write(dev, PEAL_REG_RT_BUS_LO, (uint32_t)bus);
	raw_write(dev, PEAL_REG_RT_BUS_HI, (uint32_t)(bus >> 32));
	raw_write(dev, PEAL_REG_RT_LEN_LO, (uint32_t)bytes);
	raw_write(dev, PEAL_REG_RT_LEN_HI, (uint32_t)(bytes >> 32));
	raw_write(dev, PEAL_REG_RT_TENANT, tenant);
	raw_write(dev, PEAL_REG_RT_COMMIT, commit);
}

static void drop_entry(uint32_t index)
{
	raw_write(dev, PEAL_REG_RT_SEL, index);
	raw_write(dev, PEAL_REG_RT_COMMIT, 0);
}

#define COMMIT(generation) (1u << 31 | 3u << 8 | (generation))

/* CRC32C over 64 bytes at the start of a handle. */
static bool try_handle(uint16_t handle, uint32_t *status, uint64_t *result)
{
	struct peal_desc d;

	peal_prep_crc32c(&d, 1, peal_operand(handle, 0), 64, 0);
	return answer(&d, status, result);
}

static bool window(void)
{
	uint32_t index;

	CHECK(make_queue());
	index = peal_region_handle(queue.memory) & 0x3ff;
	raw_write(dev, PEAL_REG_RT_SEL, index);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_SEL), index);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_BUS_LO), peal_region_bus(queue.memory) & UINT32_MAX);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_BUS_HI), peal_region_bus(queue.memory) >> 32);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_LEN_LO), peal_region_bytes(queue.memory));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_LEN_HI), 0);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_TENANT), TENANT);
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_COMMIT),
		    COMMIT(peal_region_handle(queue.memory) >> PEAL_HANDLE_INDEX_BITS));
	return true;
}

static bool uncommitted(void)
{
	uint16_t handle;
	uint32_t status;
	uint64_t result;

	CHECK(enabled_queue());
	handle = peal_region_handle(queue.memory);
	raw_write(dev, PEAL_REG_RT_SEL, handle & 0x3ff);
	raw_write(dev, PEAL_REG_RT_LEN_LO, 1);
	raw_write(dev, PEAL_REG_RT_TENANT, TENANT + 1);
	CHECK(try_handle(handle, &status, &result));
	CHECK_EQUAL(status, PEAL_ST_OK);
	return true;
}

static bool generations(void)
{
	uint32_t last = info.regions - 1, status;
	uint64_t result;

	CHECK(enabled_queue());
	for (uint32_t g = 0; g < 64; g += 21) {
		set_entry(last, peal_region_bus(queue.memory), 64, TENANT, COMMIT(g));
		CHECK(try_handle((uint16_t)(g << 10 | last), &status, &result));
		CHECK_EQUAL(status, g ? PEAL_ST_OK : PEAL_ST_BAD_REGION);
		CHECK(try_handle((uint16_t)(((g + 1) % 64) << 10 | last), &status, &result));
		CHECK_EQUAL(status, PEAL_ST_BAD_REGION);
	}
	return true;
}

static bool invalidation(void)
{
	uint32_t last = info.regions - 1, status;
	uint64_t result;

	CHECK(enabled_queue());
	set_entry(last, peal_region_bus(queue.memory), 64, TENANT, COMMIT(5));
	CHECK(try_handle((uint16_t)(5u << 10 | last), &status, &result));
	CHECK_EQUAL(status, PEAL_ST_OK);
	drop_entry(last);
	CHECK(try_handle((uint16_t)(5u << 10 | last), &status, &result));
	CHECK_EQUAL(status, PEAL_ST_BAD_REGION);
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_BUSY), 0);
	return true;
}

/* A descriptor that was accepted before an invalidation keeps RT_BUSY up until it completes. */
static bool busy_entry(void)
{
	const struct peal_region_opts opts = { .bytes = 1 << 20, .tenant = TENANT };
	struct peal_region *big;
	uint64_t words[PEAL_COMP_WORDS];
	struct peal_desc d;
	bool good = true;

	CHECK(enabled_queue());
	CHECK(!peal_region_alloc(dev, &opts, &big));
	peal_prep_crc32c(&d, 1, peal_at(big, 0), 1 << 20, 0);
	raw_push(&queue, d.w);
	raw_doorbell(&queue, queue.sq_tail);
	for (unsigned i = 0; i < 1000 && raw_get(&queue, PEAL_QREG_N_ACCEPTED) == 0; i++)
		peal_advance(dev, 1);
	drop_entry(info.regions - 1);
	if (raw_get(&queue, PEAL_QREG_N_IN_FLIGHT))
		good = raw_read(dev, PEAL_REG_RT_BUSY) == 1;
	CHECK(raw_pop(&queue, words));
	CHECK(raw_settle(dev));
	CHECK_EQUAL(raw_read(dev, PEAL_REG_RT_BUSY), 0);
	CHECK(good && !peal_region_unmap(big));
	return true;
}

static bool past_the_table(void)
{
	uint32_t status;
	uint64_t result;

	if (info.regions == 1u << PEAL_HANDLE_INDEX_BITS)
		return true; /* no handle can name more */
	CHECK(enabled_queue());
	set_entry(info.regions, peal_region_bus(queue.memory), 64, TENANT, COMMIT(1));
	CHECK(try_handle((uint16_t)(1u << 10 | info.regions), &status, &result));
	CHECK_EQUAL(status, PEAL_ST_BAD_REGION);
	CHECK(try_handle(peal_region_handle(queue.memory), &status, &result));
	CHECK_EQUAL(status, PEAL_ST_OK);
	return true;
}

/* The index of the queue's own entry with more bits than the table has. */
static uint32_t beyond_the_table(void)
{
	return peal_region_handle(queue.memory) + info.regions;
}

static bool can_name_more(void)
{
	return (peal_region_handle(queue.memory) & 0x3ff) + info.regions < 1u << PEAL_HANDLE_INDEX_BITS;
}

static bool beyond_operands(void)
{
	struct peal_desc d;
	uint32_t status;
	uint64_t result;

	CHECK(enabled_queue());
	if (!can_name_more())
		return true;
	CHECK(try_handle((uint16_t)beyond_the_table(), &status, &result));
	CHECK_EQUAL(status, PEAL_ST_BAD_REGION);
	peal_prep_fill(&d, 1, peal_operand((uint16_t)beyond_the_table(), 0), 64, 0);
	CHECK(answer(&d, &status, &result));
	CHECK_EQUAL(status, PEAL_ST_BAD_REGION);
	return true;
}

/* ---- commands ---- */

static bool bad_commands(void)
{
	const uint32_t unknown[] = { 0, 6, 7, 0x80, 0xff };
	uint32_t status;

	for (unsigned i = 0; i < 5; i++) {
		CHECK_EQUAL(raw_code(raw_command(dev, 0, unknown[i])), PEAL_CMDCODE_BAD_CMD);
		CHECK_EQUAL(raw_code(raw_command(dev, 0xffff, unknown[i])), PEAL_CMDCODE_BAD_CMD);
	}
	for (uint32_t c = PEAL_CMD_ENABLE; c <= PEAL_CMD_DISABLE; c++) {
		status = raw_command(dev, info.queues, c);
		CHECK_EQUAL(raw_code(status), PEAL_CMDCODE_BAD_QUEUE);
		CHECK_EQUAL(status >> 16 & 0xfff, info.queues);
		CHECK_EQUAL(raw_code(raw_command(dev, 0xffff, c)), PEAL_CMDCODE_BAD_QUEUE);
	}
	CHECK_EQUAL(raw_code(raw_command(dev, 0, PEAL_CMD_ABORT)),
		    info.clauses & PEAL_CAP_ABORT ? PEAL_CMDCODE_BAD_STATE
						  : PEAL_CMDCODE_UNSUPPORTED);
	return true;
}

/* Brings the queue from DISABLED into a state. */
static bool go_to(uint32_t state)
{
	if (state != PEAL_Q_DISABLED)
		CHECK_EQUAL(raw_code(command(PEAL_CMD_ENABLE)), PEAL_CMDCODE_OK);
	if (state == PEAL_Q_DRAINED)
		CHECK_EQUAL(raw_code(command(PEAL_CMD_DRAIN)), PEAL_CMDCODE_OK);
	if (state == PEAL_Q_ABORTED)
		CHECK_EQUAL(raw_code(command(PEAL_CMD_ABORT)), PEAL_CMDCODE_OK);
	if (state == PEAL_Q_ERROR) {
		raw_break(&queue);
		CHECK(raw_settle(dev));
	}
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_STATE), state);
	return true;
}

/* The table of contract 7, but for DRAINING and ABORTING. */
static bool state_table(void)
{
	enum { E = PEAL_CMD_ENABLE, D = PEAL_CMD_DRAIN, X = PEAL_CMD_DISABLE };
	enum { R = PEAL_CMD_RESET, A = PEAL_CMD_ABORT };
	enum { OK = PEAL_CMDCODE_OK, BAD = PEAL_CMDCODE_BAD_STATE };
	static const struct {
		uint32_t from, command, code, to;
	} cells[] = {
		{ PEAL_Q_DISABLED, E, OK, PEAL_Q_ENABLED },
		{ PEAL_Q_DISABLED, D, BAD, PEAL_Q_DISABLED },
		{ PEAL_Q_DISABLED, X, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_DISABLED, R, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_DISABLED, A, BAD, PEAL_Q_DISABLED },
		{ PEAL_Q_ENABLED, E, BAD, PEAL_Q_ENABLED },
		{ PEAL_Q_ENABLED, D, OK, PEAL_Q_DRAINED },
		{ PEAL_Q_ENABLED, X, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_ENABLED, R, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_ENABLED, A, OK, PEAL_Q_ABORTED },
		{ PEAL_Q_DRAINED, E, OK, PEAL_Q_ENABLED },
		{ PEAL_Q_DRAINED, D, OK, PEAL_Q_DRAINED },
		{ PEAL_Q_DRAINED, X, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_DRAINED, R, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_DRAINED, A, OK, PEAL_Q_ABORTED },
		{ PEAL_Q_ERROR, E, BAD, PEAL_Q_ERROR },
		{ PEAL_Q_ERROR, D, BAD, PEAL_Q_ERROR },
		{ PEAL_Q_ERROR, X, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_ERROR, R, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_ERROR, A, OK, PEAL_Q_ABORTED },
		{ PEAL_Q_ABORTED, E, BAD, PEAL_Q_ABORTED },
		{ PEAL_Q_ABORTED, D, BAD, PEAL_Q_ABORTED },
		{ PEAL_Q_ABORTED, X, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_ABORTED, R, OK, PEAL_Q_DISABLED },
		{ PEAL_Q_ABORTED, A, OK, PEAL_Q_ABORTED },
	};

	CHECK(make_queue());
	for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
		uint32_t epoch = raw_get(&queue, PEAL_QREG_EPOCH), status;

		if ((cells[i].from == PEAL_Q_ABORTED || cells[i].command == A) &&
		    !(info.clauses & PEAL_CAP_ABORT))
			continue;
		CHECK(go_to(cells[i].from));
		status = command(cells[i].command);
		if (raw_code(status) != cells[i].code ||
		    raw_get(&queue, PEAL_QREG_STATE) != cells[i].to)
			printf("# %s in %s: %s, %s\n", peal_command_name(cells[i].command),
			       peal_queue_state_name(cells[i].from),
			       peal_command_code_name(raw_code(status)),
			       peal_queue_state_name(raw_get(&queue, PEAL_QREG_STATE)));
		CHECK_EQUAL(raw_code(status), cells[i].code);
		CHECK_EQUAL(raw_get(&queue, PEAL_QREG_STATE), cells[i].to);
		CHECK_EQUAL(raw_get(&queue, PEAL_QREG_EPOCH), epoch + (cells[i].command == R));
		CHECK_EQUAL(raw_code(command(PEAL_CMD_DISABLE)), PEAL_CMDCODE_OK);
	}
	return true;
}

static bool all_zero(uint32_t from, uint32_t to)
{
	for (uint32_t offset = from; offset < to; offset += 4) {
		uint32_t value = offset == PEAL_REG_CMD_TIMEOUT ? 0 : raw_read(dev, offset);

		if (value) {
			printf("# 0x%x reads 0x%x\n", offset, value);
			return false;
		}
	}
	return true;
}

/* There may be hardware for one device only, so what was open is closed before. */
static bool power_up(void)
{
	bool good;

	peal_close(dev);
	dev = raw_open(device, params);
	good = all_zero(PEAL_REG_RT_SEL, PEAL_QREG_BASE);
	for (unsigned q = 0; q < info.queues; q++)
		good &= all_zero(raw_qreg(q, 0), raw_qreg(q + 1, 0));
	return good;
}

/* ---- what ENABLE refuses ---- */

static bool refused(uint32_t code, uint32_t which)
{
	uint32_t status = command(PEAL_CMD_ENABLE);

	CHECK_EQUAL(raw_code(status), code);
	CHECK_EQUAL(raw_which(status), which);
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_STATE), PEAL_Q_DISABLED);
	return true;
}

static bool refused_modes(void)
{
	const struct {
		uint32_t mode, cap;
	} later[] = {
		{ 1, PEAL_CAP_ACTOR },		 { 2, PEAL_CAP_NONE },
		{ 1u << 4, PEAL_CAP_MATCHED },	 { 1u << 9, PEAL_CAP_FENCE },
		{ 1u << 10, PEAL_CAP_SUPPRESS },
	};

	CHECK(make_queue());
	for (unsigned i = 0; i < sizeof(later) / sizeof(*later); i++) {
		if (info.clauses & later[i].cap)
			continue;
		raw_set(&queue, PEAL_QREG_MODE, later[i].mode | MODE_CRC_REQUIRED);
		CHECK(refused(PEAL_CMDCODE_UNSUPPORTED, 0));
	}
	raw_set(&queue, PEAL_QREG_MODE, 3);
	CHECK(refused(PEAL_CMDCODE_BAD_CONFIG, 0));
	for (unsigned bit = 2; bit < 32; bit++) {
		if (bit == 4 || (bit >= 8 && bit <= 10))
			continue;
		raw_set(&queue, PEAL_QREG_MODE, 1u << bit);
		CHECK(refused(PEAL_CMDCODE_BAD_CONFIG, 0));
	}
	raw_set(&queue, PEAL_QREG_MODE, 1u << 31 | 1u << 4);
	CHECK(refused(PEAL_CMDCODE_BAD_CONFIG, 0));
	return true;
}

static bool beyond_places(void)
{
	const uint32_t regs[] = { PEAL_QREG_SQ_REGION, PEAL_QREG_CQ_REGION, PEAL_QREG_HL_REGION,
				  PEAL_QREG_DL_REGION };

	CHECK(make_queue());
	if (!can_name_more())
		return true;
	for (unsigned i = 0; i < 4; i++) {
		raw_set(&queue, regs[i], beyond_the_table());
		CHECK(refused(PEAL_CMDCODE_BAD_REGION, i));
		raw_set(&queue, regs[i], peal_region_handle(queue.memory));
	}
	return true;
}

/* Each order with each other bit of MODE that the device has. */
static bool good_modes(void)
{
	const uint32_t bits[] = { 0, 1u << 4, 1u << 8, 1u << 9, 1u << 10 };
	const uint32_t caps[] = { 0, PEAL_CAP_MATCHED, 0, PEAL_CAP_FENCE, PEAL_CAP_SUPPRESS };
	const uint32_t orders[] = { PEAL_CAP_FIFO, PEAL_CAP_ACTOR, PEAL_CAP_NONE };

	CHECK(make_queue());
	for (unsigned order = 0; order < 3; order++) {
		for (unsigned i = 0; i < 5; i++) {
			if (~info.clauses & (caps[i] | orders[order]))
				continue;
			raw_set(&queue, PEAL_QREG_MODE, order | bits[i]);
			queue.host_line[0] = usual.sq_start; /* one that reads it must find it */
			CHECK_EQUAL(raw_code(command(PEAL_CMD_ENABLE)), PEAL_CMDCODE_OK);
			CHECK(raw_settle(dev));
			CHECK_EQUAL(raw_get(&queue, PEAL_QREG_STATE), PEAL_Q_ENABLED);
			CHECK_EQUAL(raw_code(command(PEAL_CMD_DISABLE)), PEAL_CMDCODE_OK);
		}
	}
	return true;
}

static bool refused_sizes(void)
{
	const uint32_t sizes[] = { 0x000, 0x003, 0x300, 0x313, 0x1303, 0x80000303 };

	CHECK(make_queue());
	raw_set(&queue, PEAL_QREG_SQ_REGION, 0); /* a wrong place comes later */
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		raw_set(&queue, PEAL_QREG_SIZE, sizes[i]);
		CHECK(refused(PEAL_CMDCODE_BAD_CONFIG, 0));
	}
	if (info.clauses & PEAL_CAP_MATCHED) {
		raw_set(&queue, PEAL_QREG_MODE, 1u << 4);
		raw_set(&queue, PEAL_QREG_SIZE, 0x403); /* MATCHED rings are of equal size */
		CHECK(refused(PEAL_CMDCODE_BAD_CONFIG, 0));
		raw_set(&queue, PEAL_QREG_MODE, 0);
	}
	if (info.ring_log2_max < 15) {
		raw_set(&queue, PEAL_QREG_SIZE, 3 | (info.ring_log2_max + 1) << 8);
		CHECK(refused(PEAL_CMDCODE_BAD_CONFIG, 0));
	}
	return true;
}

/* One of the four places is wrong in each of the ways there are; all behind it are wrong too. */
static bool refused_place(unsigned which, struct peal_region *foreign, struct peal_region *denied)
{
	uint32_t reg = PEAL_QREG_SQ_REGION + 12 * which;
	uint64_t bytes = peal_region_bytes(queue.memory);
	uint16_t handle = peal_region_handle(queue.memory);

	raw_configure(&queue, &usual);
	for (unsigned behind = which + 1; behind < 4; behind++)
		raw_set(&queue, PEAL_QREG_SQ_REGION + 12 * behind, 0);
	raw_place(&queue, reg, 0, 0);
	CHECK(refused(PEAL_CMDCODE_BAD_REGION, which));
	raw_place(&queue, reg, (uint16_t)(handle + 0x400), 0);
	CHECK(refused(PEAL_CMDCODE_BAD_REGION, which));
	raw_place(&queue, reg, peal_region_handle(foreign), 1);
	CHECK(refused(PEAL_CMDCODE_TENANT, which));
	raw_place(&queue, reg, peal_region_handle(denied), bytes);
	CHECK(refused(PEAL_CMDCODE_PERMISSION, which));
	raw_place(&queue, reg, handle, bytes - 32);
	CHECK(refused(PEAL_CMDCODE_RANGE, which));
	raw_place(&queue, reg, handle, UINT64_C(0xffffffffc0));
	CHECK(refused(PEAL_CMDCODE_RANGE, which));
	for (unsigned bit = 32; bit < PEAL_OFFSET_BITS; bit++) { /* nothing else is wrong */
		raw_place(&queue, reg, handle, UINT64_C(1) << bit);
		CHECK(refused(PEAL_CMDCODE_RANGE, which));
	}
	raw_place(&queue, reg, handle, 32);
	CHECK(refused(PEAL_CMDCODE_ALIGNMENT, which));
	return true;
}

static bool refused_places(void)
{
	const struct peal_region_opts other = { .bytes = 4096, .tenant = TENANT + 1 };
	struct peal_region_opts part = { .tenant = TENANT };
	struct peal_region *foreign, *readable, *writable;
	bool good = true;

	CHECK(make_queue());
	CHECK(!peal_region_alloc(dev, &other, &foreign));
	part.bytes = peal_region_bytes(queue.memory);
	part.access = PEAL_ACCESS_READ;
	CHECK(!peal_region_alias(queue.memory, 0, &part, &readable));
	part.access = PEAL_ACCESS_WRITE;
	CHECK(!peal_region_alias(queue.memory, 0, &part, &writable));
	/* SQ and host line are read, CQ and device line are written. */
	for (unsigned which = 0; which < 4; which++)
		good = refused_place(which, foreign, which & 1 ? readable : writable) && good;
	CHECK(!peal_region_unmap(writable) && !peal_region_unmap(readable));
	CHECK(!peal_region_unmap(foreign));
	return good;
}

/* Rights that are just enough, and an offset that only the bus address makes a multiple of 64. */
static bool tight_places(void)
{
	const struct peal_region_opts skewed = { .bytes = 4096, .tenant = TENANT, .bus_skew = 24 };
	struct peal_region *region;

	CHECK(make_queue());
	CHECK(!peal_region_alloc(dev, &skewed, &region));
	raw_place(&queue, PEAL_QREG_DL_REGION, peal_region_handle(region), 4096 - 56);
	CHECK(refused(PEAL_CMDCODE_RANGE, 3));
	raw_place(&queue, PEAL_QREG_DL_REGION, peal_region_handle(region), 64);
	CHECK(refused(PEAL_CMDCODE_ALIGNMENT, 3));
	raw_place(&queue, PEAL_QREG_DL_REGION, peal_region_handle(region), 40);
	CHECK_EQUAL(raw_code(command(PEAL_CMD_ENABLE)), PEAL_CMDCODE_OK);
	CHECK_EQUAL(raw_code(command(PEAL_CMD_DISABLE)), PEAL_CMDCODE_OK);
	CHECK(!peal_region_unmap(region));
	return true;
}

static bool start_values(void)
{
	CHECK(enabled_queue());
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_SQ_TAIL), usual.sq_start);
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_SQ_HEAD), usual.sq_start);
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_CQ_TAIL), usual.cq_start);
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_CQ_HEAD), usual.cq_start);
	for (uint32_t reg = PEAL_QREG_N_ACCEPTED; reg <= PEAL_QREG_N_EVENTS; reg += 4)
		CHECK_EQUAL(raw_get(&queue, reg), 0);
	return true;
}

static bool locked_configuration(void)
{
	uint32_t before[17];

	CHECK(enabled_queue());
	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < 17; i++) {
			before[i] = raw_get(&queue, 4 * i);
			raw_set(&queue, 4 * i, ~before[i]);
			CHECK_EQUAL(raw_get(&queue, 4 * i), before[i]);
		}
		CHECK_EQUAL(raw_code(command(PEAL_CMD_DRAIN)), PEAL_CMDCODE_OK);
	}
	CHECK_EQUAL(raw_code(command(PEAL_CMD_RESET)), PEAL_CMDCODE_OK);
	for (unsigned i = 0; i < 17; i++)
		CHECK_EQUAL(raw_get(&queue, 4 * i), before[i]);
	raw_set(&queue, PEAL_QREG_SQ_START, 0x1234);
	CHECK_EQUAL(raw_get(&queue, PEAL_QREG_SQ_START), 0x1234);
	return true;
}

/* ---- running ---- */

static const struct raw_test tests[] = {
	{ "registers: identification", identification, 0 },
	{ "registers: capabilities", capabilities, 0 },
	{ "registers: opcode map", opcode_map, 0 },
	{ "registers: unknown offsets read 0 and ignore writes", unknown_offsets, 0 },
	{ "registers: write-only ones read 0", write_only, 0 },
	{ "registers: all that can change reads 0 after power-up", power_up, 0 },
	{ "region table: the window shows the entry", window, 0 },
	{ "region table: nothing changes before the commit", uncommitted, 0 },
	{ "region table: generations, 0 is never valid", generations, 0 },
	{ "region table: an entry is gone after the commit", invalidation, 0 },
	{ "region table: RT_BUSY while an older descriptor is in flight", busy_entry, 0 },
	{ "region table: a commit past the table has no effect", past_the_table, 0 },
	{ "region table: operands past the table name nothing", beyond_operands, 0 },
	{ "commands: unknown command, queue, clause", bad_commands, 0 },
	{ "commands: each command in each state", state_table, 0 },
	{ "enable: modes that are refused", refused_modes, 0 },
	{ "enable: each order with each other bit of MODE", good_modes, 0 },
	{ "enable: sizes that are refused", refused_sizes, 0 },
	{ "enable: rings and lines that are refused", refused_places, 0 },
	{ "enable: rings and lines past the table name nothing", beyond_places, 0 },
	{ "enable: range and alignment are judged on the bus", tight_places, 0 },
	{ "enable: start values", start_values, 0 },
	{ "enable: the configuration is locked until DISABLED", locked_configuration, 0 },
};

static void clean_up(void)
{
	drop_entry(info.regions - 1);
	if (queue_made && !raw_destroy(&queue))
		raw_case("clean-up behind the case above", false);
	queue_made = false;
}

int main(int argc, char **argv)
{
	device = raw_arguments(argc, argv, &params);
	dev = raw_open(device, params);
	peal_device_info(dev, &info);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		raw_case(tests[i].name, tests[i].run());
		clean_up();
	}
	peal_close(dev);
	return raw_summary();
}
