/* SPDX-License-Identifier: MIT */
/*
 * command.c - CMD and CMDSTS: life cycle commands with a bounded wait.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define ACTIVE (1u << 31)

/* Waits until no command is active. The last status, or negative errno. */
static int wait_done(struct peal_device *dev, uint32_t *status, peal_command_turn turn, void *ctx)
{
	struct peal_patience p;
	int r;

	peal_patience_start(&p, dev->timeout_ns);
	for (;;) {
		r = peal_read(dev, PEAL_REG_CMDSTS, status);
		if (r || !(*status & ACTIVE))
			return r;
		if (turn && (r = turn(ctx)))
			return r;
		r = peal_patience_turn(dev, &p);
		if (r < 0)
			return r;
	}
}

static int fail_time(struct peal_device *dev, unsigned queue, enum peal_command command)
{
	char why[PEAL_TEXT];

	peal_explain(dev, why);
	return peal_fail(dev, -ETIME, "%s of queue %u not done after %llu ms%s%.300s",
			 peal_command_name(command), queue,
			 (unsigned long long)(dev->timeout_ns / 1000000), *why ? ": " : "", why);
}

static int error_of(uint32_t code)
{
	switch (code) {
	case PEAL_CMDCODE_OK: return 0;
	case PEAL_CMDCODE_BUSY: return -EBUSY;
	case PEAL_CMDCODE_UNSUPPORTED: return -EOPNOTSUPP;
	case PEAL_CMDCODE_TIMEOUT: return -ETIME;
	case PEAL_CMDCODE_BAD_CMD: return -EPROTO;
	default: return -EINVAL;
	}
}

static int judge(struct peal_device *dev, unsigned queue, enum peal_command command,
		 uint32_t status)
{
	static const char *const which[] = { "SQ", "CQ", "host line", "device line" };
	uint32_t code = status & 0xff, place = status >> 8 & 0xf;
	int r = error_of(code);

	if (!r)
		return 0;
	if (code == PEAL_CMDCODE_TIMEOUT)
		return fail_time(dev, queue, command);
	if (code >= PEAL_CMDCODE_BAD_REGION && place < 4)
		return peal_fail(dev, r, "%s of queue %u: %s of the %s", peal_command_name(command),
				 queue, peal_command_code_name(code), which[place]);
	return peal_fail(dev, r, "%s of queue %u: %s", peal_command_name(command), queue,
			 peal_command_code_name(code));
}

int peal_command(struct peal_device *dev, unsigned queue, enum peal_command command,
		 peal_command_turn turn, void *ctx)
{
	uint32_t status = 0;
	int r;

	pthread_mutex_lock(&dev->ctl);
	/* A command whose wait ran out may still be active; CMD would be ignored. */
	r = wait_done(dev, &status, turn, ctx);
	if (!r)
		r = peal_write(dev, PEAL_REG_CMD, command | queue << 8);
	if (!r)
		r = wait_done(dev, &status, turn, ctx);
	pthread_mutex_unlock(&dev->ctl);
	if (r == -ETIME)
		return fail_time(dev, queue, command);
	return r ? r : judge(dev, queue, command, status);
}
