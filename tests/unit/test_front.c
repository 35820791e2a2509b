/* SPDX-License-Identifier: MIT */
/*
 * test_front.c - the register front in front of a device that is nothing but
 * hooks: which of them are asked and when, and clauses that the reference does
 * not lack.
 */
#include "unit.h"

#include "front.h"

#define QUEUES 2
#define REGIONS 4
#define HANDLE (1u << PEAL_HANDLE_INDEX_BITS | 1) /* entry 1, generation 1 */
#define BUS UINT64_C(0x123400000000)

static struct front_device dev;
static struct front_queue queues[QUEUES];
static struct front_event held[4];

/* What the hooks were asked, and what they answer. */
static uint64_t now;
static unsigned starts, polls, time_outs, refreshed[QUEUES], refreshed_log, rooms;
static uint32_t last_command, last_tail, last_head, last_commit;
static enum peal_queue_state_code state_at_start;
static int start_code, poll_code;
static bool tables_are_busy;

static uint64_t hook_now(const struct front_device *d)
{
	(void)d;
	return now;
}

static void hook_refresh(struct front_device *d, struct front_queue *q)
{
	if (q)
		refreshed[q->number]++;
	else
		refreshed_log++;
	d->counters[PEAL_CTR_ACCEPTED] = 7;
}

static void hook_doorbell(struct front_device *d, struct front_queue *q, uint32_t tail)
{
	(void)d;
	last_tail = tail;
	q->doorbells++;
}

static void hook_credit(struct front_device *d, struct front_queue *q, uint32_t head)
{
	(void)d;
	last_head = head;
	q->cq_head = head;
}

static int hook_start(struct front_device *d, struct front_queue *q, uint32_t command)
{
	(void)d;
	starts++;
	last_command = command;
	state_at_start = q->state;
	return start_code;
}

static int hook_poll(struct front_device *d, struct front_queue *q, uint32_t command)
{
	(void)d;
	assert_ptr_equal(q, &queues[1]);
	assert_int_equal(command, last_command);
	polls++;
	return poll_code;
}

static void hook_timed_out(struct front_device *d, struct front_queue *q)
{
	assert_false(front_active(d));
	assert_ptr_equal(q, &queues[1]);
	time_outs++;
}

static void hook_committed(struct front_device *d, uint32_t index)
{
	(void)d;
	last_commit = index;
}

static bool hook_rt_busy(const struct front_device *d)
{
	(void)d;
	return tables_are_busy;
}

static void hook_log_has_room(struct front_device *d)
{
	(void)d;
	rooms++;
}

static const struct front_hooks hooks = {
	.now = hook_now,
	.refresh = hook_refresh,
	.doorbell = hook_doorbell,
	.credit = hook_credit,
	.start = hook_start,
	.poll = hook_poll,
	.timed_out = hook_timed_out,
	.committed = hook_committed,
	.rt_busy = hook_rt_busy,
	.log_has_room = hook_log_has_room,
};

static int set_up(void **state)
{
	(void)state;
	memset(&dev, 0, sizeof(dev));
	memset(queues, 0, sizeof(queues));
	memset(refreshed, 0, sizeof(refreshed));
	now = starts = polls = time_outs = refreshed_log = rooms = 0;
	last_command = last_tail = last_head = last_commit = 0;
	start_code = poll_code = FRONT_WAIT;
	tables_are_busy = false;
	dev.hooks = &hooks;
	dev.kind = PEAL_KIND_CUDA;
	dev.clauses = PEAL_CAP_INDEXED | PEAL_CAP_FIFO | PEAL_CAP_PACKED;
	dev.clock_khz = 1980000;
	dev.queue_count = QUEUES;
	dev.region_count = REGIONS;
	dev.cmd_timeout = 100;
	dev.held = held;
	dev.held_max = sizeof(held) / sizeof(held[0]);
	for (unsigned i = 0; i < QUEUES; i++)
		front_set_queue(&dev, i, &queues[i]);
	return 0;
}

static void set(uint32_t offset, uint32_t value)
{
	front_write(&dev, unit_qreg(1, offset), value);
}

static uint32_t command(uint32_t cmd, uint32_t queue)
{
	front_write(&dev, PEAL_REG_CMD, cmd | queue << 8);
	return dev.cmd_status;
}

static void commit_region(uint32_t index)
{
	front_write(&dev, PEAL_REG_RT_SEL, index);
	front_write(&dev, PEAL_REG_RT_BUS_LO, (uint32_t)BUS);
	front_write(&dev, PEAL_REG_RT_BUS_HI, (uint32_t)(BUS >> 32));
	front_write(&dev, PEAL_REG_RT_LEN_LO, 0x10000);
	front_write(&dev, PEAL_REG_RT_COMMIT, 1u << 31 | 3u << 8 | 1);
}

/* Queue 1 as ENABLE wants it. */
static void configure(void)
{
	static const uint32_t places[] = { PEAL_QREG_SQ_REGION, PEAL_QREG_CQ_REGION,
					   PEAL_QREG_HL_REGION, PEAL_QREG_DL_REGION };

	commit_region(1);
	for (unsigned i = 0; i < 4; i++) {
		set(places[i], HANDLE);
		set(places[i] + 4, 0x4000 * i);
	}
	set(PEAL_QREG_SIZE, 4 | 5 << 8);
	set(PEAL_QREG_SQ_START, 40);
	set(PEAL_QREG_CQ_START, 50);
}

#define STATUS(code) (1u << 16 | PEAL_CMDCODE_##code)

static void test_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(front_read(&dev, PEAL_REG_MAGIC), PEAL_MAGIC);
	assert_int_equal(front_read(&dev, PEAL_REG_KIND), PEAL_KIND_CUDA);
	assert_int_equal(front_read(&dev, PEAL_REG_CLOCK_KHZ), 1980000);
	assert_int_equal(front_read(&dev, PEAL_REG_CAP_CLAUSES), dev.clauses);
	assert_int_equal(front_read(&dev, PEAL_REG_CAP_QUEUES), QUEUES);
	assert_int_equal(front_read(&dev, PEAL_REG_CAP_REGIONS), REGIONS);
	for (uint32_t op = 0; op < 256; op++)
		assert_int_equal(front_read(&dev, PEAL_REG_CAP_OP0 + op / 32 * 4) >> op % 32 & 1,
				 front_op_of(op) != NULL);
}

/* Before the state, so that it is not BAD_STATE; behind BAD_QUEUE (C7.3). */
static void test_abort_without_the_clause(void **state)
{
	(void)state;
	assert_int_equal(command(PEAL_CMD_ABORT, QUEUES), QUEUES << 16 | PEAL_CMDCODE_BAD_QUEUE);
	assert_int_equal(command(PEAL_CMD_ABORT, 1), STATUS(UNSUPPORTED));
	assert_int_equal(refreshed[1], 0);
	dev.clauses |= PEAL_CAP_ABORT;
	assert_int_equal(command(PEAL_CMD_ABORT, 1), STATUS(BAD_STATE));
	assert_int_equal(refreshed[1], 1);
	assert_int_equal(starts, 0);
}

static void test_modes_without_the_clause(void **state)
{
	static const struct {
		uint32_t mode, clause;
	} modes[] = {
		{ FRONT_ACTOR, PEAL_CAP_ACTOR },
		{ FRONT_UNORDERED, PEAL_CAP_NONE },
		{ FRONT_MODE_CRC, PEAL_CAP_CRC },
		{ FRONT_MODE_FENCES, PEAL_CAP_FENCE },
		{ FRONT_MODE_SUPPRESS, PEAL_CAP_SUPPRESS },
		{ FRONT_MODE_MATCHED, PEAL_CAP_MATCHED },
		{ 0, PEAL_CAP_FIFO },
		{ 0, PEAL_CAP_PACKED },
	};

	(void)state;
	start_code = PEAL_CMDCODE_OK;
	configure();
	set(PEAL_QREG_SIZE, 0x404);
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		set(PEAL_QREG_MODE, modes[i].mode);
		dev.clauses = PEAL_CAPS_V1 & ~modes[i].clause;
		assert_int_equal(command(PEAL_CMD_ENABLE, 1), STATUS(UNSUPPORTED));
		assert_int_equal(starts, i);
		dev.clauses = PEAL_CAPS_V1;
		assert_int_equal(command(PEAL_CMD_ENABLE, 1), STATUS(OK));
		assert_int_equal(starts, i + 1);
	}
}

static void test_enable(void **state)
{
	struct front_queue *q = &queues[1];

	(void)state;
	configure();
	q->accepted = q->doorbells = 9;
	start_code = PEAL_CMDCODE_OK;
	assert_int_equal(command(PEAL_CMD_ENABLE, 1), STATUS(OK));
	assert_int_equal(state_at_start, PEAL_Q_DISABLED);
	assert_int_equal(q->sq_head, 40);
	assert_int_equal(q->sq_tail, 40);
	assert_int_equal(q->cq_tail, 50);
	assert_int_equal(q->accepted | q->doorbells, 0);
	assert_true(q->sq_bus == BUS && q->cq_bus == BUS + 0x4000);
	assert_true(q->host_line_bus == BUS + 0x8000 && q->line_bus == BUS + 0xc000);

	/* From DRAINED it goes on, and a configuration that is wrong by now does not matter. */
	q->state = PEAL_Q_DRAINED;
	q->sq_head = q->sq_tail = 44;
	dev.regions[1].valid = false;
	assert_int_equal(command(PEAL_CMD_ENABLE, 1), STATUS(OK));
	assert_int_equal(state_at_start, PEAL_Q_DRAINED);
	assert_int_equal(q->sq_head, 44);
}

static void test_reads_refresh(void **state)
{
	(void)state;
	front_read(&dev, unit_qreg(1, PEAL_QREG_SIZE));
	assert_int_equal(refreshed[1], 0);
	front_read(&dev, unit_qreg(1, PEAL_QREG_SQ_HEAD));
	assert_int_equal(refreshed[1], 1);
	assert_int_equal(refreshed[0] | refreshed_log, 0);
	front_read(&dev, PEAL_REG_EV_LEVEL);
	assert_int_equal(refreshed_log, 1);
	assert_int_equal(front_read(&dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_ACCEPTED), 0);
	front_write(&dev, PEAL_REG_CTR_SNAP, 1);
	assert_int_equal(refreshed_log, 2);
	assert_int_equal(front_read(&dev, PEAL_REG_CTR_BASE + 8 * PEAL_CTR_ACCEPTED), 7);
}

static void test_doorbells(void **state)
{
	(void)state;
	front_write(&dev, PEAL_DB_BASE + 64 + PEAL_DB_SQ_TAIL, 5);
	front_write(&dev, PEAL_DB_BASE + 64 + PEAL_DB_CQ_HEAD, 6);
	front_write(&dev, PEAL_DB_BASE + 64 * QUEUES + PEAL_DB_SQ_TAIL, 99);
	assert_int_equal(last_tail, 5);
	assert_int_equal(last_head, 6);
	assert_int_equal(front_read(&dev, unit_qreg(1, PEAL_QREG_N_DOORBELLS)), 1);
	assert_int_equal(front_read(&dev, unit_qreg(1, PEAL_QREG_CQ_HEAD)), 6);
}

static void test_no_lease(void **state)
{
	(void)state;
	front_write(&dev, PEAL_REG_LEASE, 100);
	assert_int_equal(front_read(&dev, PEAL_REG_LEASE), 0);
	assert_int_equal(front_read(&dev, PEAL_REG_LEASE_STS), 0);
}

static void test_region_hooks(void **state)
{
	(void)state;
	commit_region(3);
	assert_int_equal(last_commit, 3);
	assert_true(dev.regions[3].valid);
	commit_region(REGIONS);
	assert_int_equal(last_commit, 3);
	assert_int_equal(front_read(&dev, PEAL_REG_RT_BUSY), 0);
	tables_are_busy = true;
	assert_int_equal(front_read(&dev, PEAL_REG_RT_BUSY), 1);
}

/* A device that is advanced polls when it likes; one that runs by itself is asked by the read. */
static void test_who_polls(void **state)
{
	uint32_t active = FRONT_CMD_ACTIVE | 1u << 16;

	(void)state;
	assert_int_equal(command(PEAL_CMD_RESET, 1), active);
	assert_int_equal(polls, 1);
	assert_int_equal(front_active_on(&dev, &queues[1]), PEAL_CMD_RESET);
	assert_int_equal(front_active_on(&dev, &queues[0]), 0);
	poll_code = PEAL_CMDCODE_OK;
	assert_int_equal(front_read(&dev, PEAL_REG_CMDSTS), active);
	command(PEAL_CMD_DISABLE, 0); /* ignored: one is active */
	assert_int_equal(front_read(&dev, PEAL_REG_CMD), PEAL_CMD_RESET | 1 << 8);
	dev.runs_by_itself = true;
	assert_int_equal(front_read(&dev, PEAL_REG_CMDSTS), STATUS(OK));
	assert_int_equal(polls, 2);
	front_read(&dev, PEAL_REG_CMDSTS);
	assert_int_equal(polls, 2);
}

static void test_time_out(void **state)
{
	(void)state;
	dev.runs_by_itself = true;
	now = 1000;
	command(PEAL_CMD_DISABLE, 1);
	now = 1099;
	assert_true(front_read(&dev, PEAL_REG_CMDSTS) & FRONT_CMD_ACTIVE);
	now = 1100;
	assert_int_equal(front_read(&dev, PEAL_REG_CMDSTS), STATUS(TIMEOUT));
	assert_int_equal(time_outs, 1);
}

/* Held events keep a command from its end until the log has room for them. */
static void test_held_events(void **state)
{
	const uint64_t words[PEAL_COMP_WORDS] = { 0 };

	(void)state;
	poll_code = PEAL_CMDCODE_OK;
	for (unsigned i = 0; i < PEAL_EVENT_LOG_DEPTH; i++)
		front_log(&dev, PEAL_EVENT_FETCH, 0, i, 0, 0);
	for (uint32_t i = 0; i < 2; i++)
		front_log_undelivered(&dev, 1, i, words);
	assert_int_equal(dev.held_level, 2);
	command(PEAL_CMD_RESET, 1);
	assert_int_equal(starts, 1);
	assert_int_equal(polls, 0);
	front_write(&dev, PEAL_REG_EV_POP, 1);
	assert_int_equal(rooms, 1);
	assert_true(front_active(&dev));
	front_write(&dev, PEAL_REG_EV_POP, 1);
	assert_int_equal(polls, 1);
	assert_int_equal(front_read(&dev, PEAL_REG_CMDSTS), STATUS(OK));
	assert_int_equal(front_read(&dev, PEAL_REG_EV_LOST), 0);
	assert_int_equal(front_read(&dev, PEAL_REG_EV_COUNT), PEAL_EVENT_LOG_DEPTH + 2);
}

static void test_new_epoch(void **state)
{
	struct front_queue q = { .epoch = 4, .sq_head = 1, .sq_tail = 2, .accepted = 3 };

	(void)state;
	front_new_epoch(&q);
	assert_int_equal(q.epoch, 5);
	assert_int_equal(q.sq_head | q.sq_tail | q.cq_head | q.cq_tail, 0);
	assert_int_equal(q.accepted, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_it_is, set_up),
		cmocka_unit_test_setup(test_abort_without_the_clause, set_up),
		cmocka_unit_test_setup(test_modes_without_the_clause, set_up),
		cmocka_unit_test_setup(test_enable, set_up),
		cmocka_unit_test_setup(test_reads_refresh, set_up),
		cmocka_unit_test_setup(test_doorbells, set_up),
		cmocka_unit_test_setup(test_no_lease, set_up),
		cmocka_unit_test_setup(test_region_hooks, set_up),
		cmocka_unit_test_setup(test_who_polls, set_up),
		cmocka_unit_test_setup(test_time_out, set_up),
		cmocka_unit_test_setup(test_held_events, set_up),
		cmocka_unit_test_setup(test_new_epoch, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
