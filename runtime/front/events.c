/* SPDX-License-Identifier: MIT */
/*
 * events.c - the event log and the first error.
 */
#include <peal/peal.h>

#include "front.h"

static void keep_first(struct front_device *dev, const struct front_event *e)
{
	if (dev->first_status) {
		dev->first_status |= 2;
		return;
	}
	dev->first_status = 1;
	dev->first_error = *e;
}

static bool full(const struct front_device *dev)
{
	return dev->event_level == PEAL_EVENT_LOG_DEPTH;
}

static void log_event(struct front_device *dev, const struct front_event *e)
{
	dev->event_count++;
	keep_first(dev, e);
	if (full(dev))
		dev->event_lost++;
	else
		dev->events[(dev->event_first + dev->event_level++) % PEAL_EVENT_LOG_DEPTH] = *e;
}

void front_log(struct front_device *dev, enum peal_event_code code, unsigned queue, uint32_t w1,
	       uint32_t w2, uint32_t w3)
{
	log_event(dev, &(struct front_event){ { code | queue << 8, w1, w2, w3, 0 } });
}

static void release_held(struct front_device *dev)
{
	while (dev->held_level && !full(dev)) {
		log_event(dev, &dev->held[dev->held_first]);
		dev->held_first = (dev->held_first + 1) % dev->held_max;
		dev->held_level--;
	}
}

void front_log_undelivered(struct front_device *dev, unsigned queue, uint32_t cq_index,
			   const uint64_t words[PEAL_COMP_WORDS])
{
	uint32_t index = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_INDEX);
	uint32_t status = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);
	uint64_t result = PEAL_FIELD_GET(words, PEAL_C_RESULT);
	struct front_event *e;

	e = &dev->held[(dev->held_first + dev->held_level++) % dev->held_max];
	*e = (struct front_event){ { PEAL_EVENT_COMPLETION | queue << 8, cq_index << 16 | index,
				     (uint32_t)PEAL_FIELD_GET(words, PEAL_C_COOKIE),
				     (uint32_t)result, (uint32_t)(result >> 32) << 8 | status } };
	release_held(dev);
}

/* Room in the log may be what a command or a state waited for. */
static void pop(struct front_device *dev)
{
	if (!dev->event_level)
		return;
	dev->event_level--;
	dev->event_first = (dev->event_first + 1) % PEAL_EVENT_LOG_DEPTH;
	release_held(dev);
	if (dev->hooks->log_has_room)
		dev->hooks->log_has_room(dev);
	front_command_poll(dev);
}

uint32_t front_event_read(const struct front_device *dev, uint32_t offset)
{
	if (offset >= PEAL_REG_EV_W0 && offset <= PEAL_REG_EV_W4)
		return dev->event_level
			       ? dev->events[dev->event_first].w[(offset - PEAL_REG_EV_W0) / 4]
			       : 0;
	if (offset >= PEAL_REG_FE_W0 && offset <= PEAL_REG_FE_W4)
		return dev->first_error.w[(offset - PEAL_REG_FE_W0) / 4];
	switch (offset) {
	case PEAL_REG_EV_COUNT: return dev->event_count;
	case PEAL_REG_EV_LOST: return dev->event_lost;
	case PEAL_REG_EV_LEVEL: return dev->event_level;
	case PEAL_REG_FE_STS: return dev->first_status;
	default: return 0;
	}
}

void front_event_write(struct front_device *dev, uint32_t offset)
{
	if (offset == PEAL_REG_EV_POP) {
		pop(dev);
	} else if (offset == PEAL_REG_FE_STS) {
		dev->first_status = 0;
		dev->first_error = (struct front_event){ { 0 } };
	}
}
