/* SPDX-License-Identifier: MIT */
/* test_commands.c - CMD and CMDSTS by hand: what ENABLE refuses, what is ignored, time-outs. */
#include "unit.h"

static struct peal_device *dev;
static struct peal_queue *q;

static int set_up(void **state)
{
	(void)state;
	dev = unit_ref();
	q = unit_queue(dev, &(struct peal_queue_opts){ .disabled = true, .tenant = 3 });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	peal_close(dev);
	return 0;
}

static uint32_t command(uint32_t cmd, uint32_t queue)
{
	unit_write(dev, PEAL_REG_CMD, cmd | queue << 8);
	return unit_read(dev, PEAL_REG_CMDSTS);
}

static void set(uint32_t offset, uint32_t value)
{
	unit_write(dev, unit_qreg(0, offset), value);
}

static uint32_t get(uint32_t offset)
{
	return unit_read(dev, unit_qreg(0, offset));
}

/* ENABLE with one register changed gives this status, and libpeal the errno and the text. */
static void refused(uint32_t offset, uint32_t value, uint32_t status, int err, const char *text)
{
	uint32_t was = get(offset);

	set(offset, value);
	assert_int_equal(command(PEAL_CMD_ENABLE, 0), status);
	assert_int_equal(peal_queue_state(q), PEAL_Q_DISABLED);
	assert_int_equal(peal_queue_enable(q), err);
	if (!strstr(peal_error(dev), text))
		fail_msg("'%s' lacks '%s'", peal_error(dev), text);
	set(offset, was);
}

static void test_enable_mode_and_size(void **state)
{
	(void)state;
	for (unsigned bit = 2; bit < 32; bit++)
		if (bit != 4 && bit != 8 && bit != 9 && bit != 10)
			refused(PEAL_QREG_MODE, 1u << bit, PEAL_CMDCODE_BAD_CONFIG, -EINVAL,
				"BAD_CONFIG");
	refused(PEAL_QREG_MODE, 3, PEAL_CMDCODE_BAD_CONFIG, -EINVAL, "BAD_CONFIG");
	refused(PEAL_QREG_MODE, 3 | 1 << 4, PEAL_CMDCODE_BAD_CONFIG, -EINVAL, "BAD_CONFIG");
	refused(PEAL_QREG_SIZE, 0x008, PEAL_CMDCODE_BAD_CONFIG, -EINVAL, "BAD_CONFIG");
	refused(PEAL_QREG_SIZE, 0x800, PEAL_CMDCODE_BAD_CONFIG, -EINVAL, "BAD_CONFIG");
	refused(PEAL_QREG_SIZE, 0x818, PEAL_CMDCODE_BAD_CONFIG, -EINVAL, "BAD_CONFIG");
	refused(PEAL_QREG_SIZE, 0x1808, PEAL_CMDCODE_BAD_CONFIG, -EINVAL, "BAD_CONFIG");
}

static void test_enable_places(void **state)
{
	static const uint32_t regs[] = { PEAL_QREG_SQ_REGION, PEAL_QREG_CQ_REGION,
					 PEAL_QREG_HL_REGION, PEAL_QREG_DL_REGION };
	static const char *const names[] = { "SQ", "CQ", "host line", "device line" };
	struct peal_region *foreign = unit_region(dev, 1 << 20);

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t other = get(regs[(i + 1) % 4]); /* has the other permission */

		refused(regs[i], 0, i << 8 | PEAL_CMDCODE_BAD_REGION, -EINVAL, names[i]);
		refused(regs[i], peal_region_handle(foreign), i << 8 | PEAL_CMDCODE_TENANT, -EINVAL,
			names[i]);
		refused(regs[i], other, i << 8 | PEAL_CMDCODE_PERMISSION, -EINVAL, names[i]);
		refused(regs[i] + 8, 1, i << 8 | PEAL_CMDCODE_RANGE, -EINVAL, names[i]);
		refused(regs[i] + 4, 1 << 20, i << 8 | PEAL_CMDCODE_RANGE, -EINVAL, names[i]);
		refused(regs[i] + 4, 16, i << 8 | PEAL_CMDCODE_ALIGNMENT, -EINVAL, "ALIGNMENT");
	}
	refused(PEAL_QREG_TENANT, 4, PEAL_CMDCODE_TENANT, -EINVAL, "TENANT of the SQ");
	assert_int_equal(peal_queue_enable(q), 0);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(command(0, 0), PEAL_CMDCODE_BAD_CMD);
	assert_int_equal(command(6, 1), 1 << 16 | PEAL_CMDCODE_BAD_CMD);
	assert_int_equal(command(255, 999), 999 << 16 | PEAL_CMDCODE_BAD_CMD);
	assert_int_equal(command(PEAL_CMD_ENABLE, 8), 8 << 16 | PEAL_CMDCODE_BAD_QUEUE);
	assert_int_equal(command(PEAL_CMD_ABORT, 8), 8 << 16 | PEAL_CMDCODE_BAD_QUEUE);
	assert_int_equal(command(PEAL_CMD_ABORT, 0), PEAL_CMDCODE_BAD_STATE);
	assert_int_equal(command(PEAL_CMD_DRAIN, 0), PEAL_CMDCODE_BAD_STATE);
}

/* Configuration is fixed while the queue is not DISABLED. */
static void test_config_is_locked(void **state)
{
	(void)state;
	assert_int_equal(peal_queue_enable(q), 0);
	for (uint32_t offset = 0; offset <= PEAL_QREG_CQ_START; offset += 4) {
		uint32_t was = get(offset);

		set(offset, was + 1);
		assert_int_equal(get(offset), was);
	}
	assert_int_equal(peal_queue_disable(q), 0);
	set(PEAL_QREG_SQ_START, 77);
	assert_int_equal(get(PEAL_QREG_SQ_START), 77);
}

static void test_offsets_without_a_register(void **state)
{
	static const uint32_t none[] = {
		0x01c,	0x060,	0x120,	0x214,	0x324,	 0x404,	  0x470,
		0x1044, 0x1098, 0x1800, 0xfffc, 0x10008, 0x10200, 0xffffc
	};
	uint32_t value;

	(void)state;
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		unit_write(dev, none[i], 0xffffffff);
		assert_int_equal(unit_read(dev, none[i]), 0);
	}
	unit_write(dev, PEAL_REG_MAGIC, 0);
	assert_int_equal(unit_read(dev, PEAL_REG_MAGIC), PEAL_MAGIC);
	assert_int_equal(peal_reg_read(dev, 2, &value), -EINVAL);
	assert_int_equal(peal_reg_read(dev, PEAL_REG_BYTES, &value), -EINVAL);
	assert_int_equal(peal_reg_write(dev, PEAL_REG_BYTES + 4, 0), -EINVAL);
}

/* A DRAIN without credit: it stays active, other commands are ignored, then it times out. */
static void test_timeout(void **state)
{
	struct peal_queue *small;
	struct peal_completion c[8];
	struct peal_desc d[4];

	(void)state;
	small = unit_queue(dev, &(struct peal_queue_opts){ .sq_log2 = 2, .cq_log2 = 1 });
	for (uint32_t i = 0; i < 4; i++)
		peal_prep_nop(&d[i], i);
	unit_write(dev, PEAL_REG_CMD_TIMEOUT, 100);
	assert_int_equal(peal_submit(small, d, 4), 4);
	assert_int_equal(command(PEAL_CMD_DRAIN, 1), 1u << 31 | 1 << 16);
	assert_int_equal(command(PEAL_CMD_ENABLE, 0), 1u << 31 | 1 << 16);
	assert_int_equal(unit_read(dev, PEAL_REG_CMD), PEAL_CMD_DRAIN | 1 << 8);
	assert_int_equal(peal_advance(dev, 99), 1);
	assert_int_equal(unit_read(dev, PEAL_REG_CMDSTS), 1u << 31 | 1 << 16);
	peal_advance(dev, 1);
	assert_int_equal(unit_read(dev, PEAL_REG_CMDSTS), 1 << 16 | PEAL_CMDCODE_TIMEOUT);
	assert_int_equal(peal_queue_state(small), PEAL_Q_DRAINING);
	/* It goes on draining once there is credit. */
	assert_int_equal(peal_wait(small, c, 8, SECOND), 4);
	unit_settle(dev);
	assert_int_equal(peal_queue_state(small), PEAL_Q_DRAINED);
	assert_int_equal(peal_queue_enable(small), 0);
	peal_queue_destroy(small);
}

/* A DISABLE that timed out has closed the queue all the same: nothing more is accepted. */
static void test_disable_timeout(void **state)
{
	struct peal_region *r = unit_region(dev, 1 << 20);
	struct peal_queue *other = unit_queue(dev, NULL);
	struct peal_desc d[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		peal_prep_fill(&d[i], i, peal_at(r, 0), 1 << 20, 0);
	unit_write(dev, PEAL_REG_CMD_TIMEOUT, 3);
	assert_int_equal(peal_submit(other, d, 3), 3);
	assert_int_equal(peal_advance(dev, 2), 1);
	assert_int_equal(command(PEAL_CMD_DISABLE, 1), 1u << 31 | 1 << 16);
	assert_int_equal(peal_advance(dev, 3), 1);
	assert_int_equal(unit_read(dev, PEAL_REG_CMDSTS), 1 << 16 | PEAL_CMDCODE_TIMEOUT);
	assert_int_equal(peal_queue_state(other), PEAL_Q_ENABLED);
	unit_settle(dev);
	assert_int_equal(unit_read(dev, unit_qreg(1, PEAL_QREG_SQ_HEAD)), 1);
	assert_int_equal(command(PEAL_CMD_DISABLE, 1), 1 << 16);
}

/* libpeal's own wait runs out on a device that does not move, and says what it waits for. */
static void test_stuck(void **state)
{
	struct peal_open_opts o = { .params = "fault=stuck", .timeout_ns = 3000000 };
	struct peal_device *stuck = unit_open("faulty", &o);
	struct peal_queue *sq = unit_queue(stuck, NULL);
	struct peal_completion c;
	struct peal_desc d;

	(void)state;
	peal_prep_nop(&d, 1);
	assert_int_equal(peal_submit(sq, &d, 1), 1);
	unit_write(stuck, 0xffff0, 1);
	assert_int_equal(peal_wait(sq, &c, 1, 2000000), -ETIME);
	assert_non_null(strstr(peal_error(stuck), "ENABLED"));
	assert_non_null(strstr(peal_error(stuck), "faulty: fault stuck"));
	assert_int_equal(peal_queue_drain(sq), -ETIME);
	assert_non_null(strstr(peal_error(stuck), "DRAIN of queue 0 not done after 3 ms"));
	assert_non_null(strstr(peal_error(stuck), "faulty: fault stuck"));
	assert_int_equal(peal_submit(sq, &d, 1), -ESHUTDOWN);
	/* The next command finds the last one still active. */
	assert_int_equal(peal_queue_disable(sq), -ETIME);
	unit_write(stuck, 0xffff0, 0);
	assert_int_equal(peal_queue_disable(sq), 0);
	assert_int_equal(peal_queue_state(sq), PEAL_Q_DISABLED);
	assert_int_equal(peal_wait(sq, &c, 1, 0), 1);
	unit_is(c, PEAL_ST_OK, 0);
	peal_close(stuck);
}

/* A queue whose device never let go of its memory keeps its number until the device closes. */
static void test_orphan(void **state)
{
	struct peal_open_opts o = { .params = "fault=stuck", .timeout_ns = 3000000 };
	struct peal_device *stuck = unit_open("faulty", &o);
	struct peal_queue *sq = unit_queue(stuck, NULL);
	struct peal_region *r = unit_region(stuck, 1 << 20);
	struct peal_desc d;

	(void)state;
	peal_prep_fill(&d, 1, peal_at(r, 0), 1 << 20, 1);
	assert_int_equal(peal_submit(sq, &d, 1), 1);
	assert_int_equal(peal_advance(stuck, 1), 1);
	unit_write(stuck, 0xffff0, 1);
	peal_queue_destroy(sq);
	unit_write(stuck, 0xffff0, 0);
	sq = unit_queue(stuck, NULL);
	assert_int_equal(peal_queue_id(sq), 1);
	peal_close(stuck);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_enable_mode_and_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_enable_places, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_config_is_locked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_offsets_without_a_register, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_disable_timeout, set_up, tear_down),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_orphan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
