/* SPDX-License-Identifier: MIT */
/*
 * events.c - the event log and the first error.
 */
#include "ref.h"

static void keep_first(struct ref_device *dev, const struct ref_event *e)
{
	if (dev->first_status) {
		dev->first_status |= 2;
		return;
	}
	dev->first_status = 1;
	dev->first_error = *e;
}

static bool full(const struct ref_device *dev)
{
	return dev->event_level == PEAL_EVENT_LOG_DEPTH;
}

static void log_event(struct ref_device *dev, const struct ref_event *e)
{
	dev->event_count++;
	keep_first(dev, e);
	if (full(dev))
		dev->event_lost++;
	else
		dev->events[(dev->event_first + dev->event_level++) % PEAL_EVENT_LOG_DEPTH] = *e;
}

void ref_event(struct ref_device *dev, enum peal_event_code code, unsigned queue, uint32_t w1,
	       uint32_t w2, uint32_t w3)
{
	log_event(dev, &(struct ref_event){ { code | queue << 8, w1, w2, w3, 0 } });
}

static void release_held(struct ref_device *dev)
{
	while (dev->held_level && !full(dev)) {
		log_event(dev, &dev->held[dev->held_first]);
		dev->held_first = (dev->held_first + 1) % REF_HELD_MAX;
		dev->held_level--;
	}
}

void ref_event_undelivered(struct ref_device *dev, unsigned queue, uint32_t cq_index,
			   const uint64_t words[PEAL_COMP_WORDS])
{
	uint32_t index = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_INDEX);
	uint32_t status = (uint32_t)PEAL_FIELD_GET(words, PEAL_C_STATUS);
	uint64_t result = PEAL_FIELD_GET(words, PEAL_C_RESULT);
	struct ref_event *e;

	e = &dev->held[(dev->held_first + dev->held_level++) % REF_HELD_MAX];
	*e = (struct ref_event){ { PEAL_EVENT_COMPLETION | queue << 8, cq_index << 16 | index,
				   (uint32_t)PEAL_FIELD_GET(words, PEAL_C_COOKIE), (uint32_t)result,
				   (uint32_t)(result >> 32) << 8 | status } };
	release_held(dev);
}

/* Room in the log may be what a command or a state waited for. */
static void pop(struct ref_device *dev)
{
	if (!dev->event_level)
		return;
	dev->event_level--;
	dev->event_first = (dev->event_first + 1) % PEAL_EVENT_LOG_DEPTH;
	release_held(dev);
	for (uint32_t i = 0; i < dev->queue_count; i++)
		ref_try_end(dev, &dev->queues[i]);
	ref_command_poll(dev);
}

uint32_t ref_event_read(const struct ref_device *dev, uint32_t offset)
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

void ref_event_write(struct ref_device *dev, uint32_t offset)
{
	if (offset == PEAL_REG_EV_POP) {
		pop(dev);
	} else if (offset == PEAL_REG_FE_STS) {
		dev->first_status = 0;
		dev->first_error = (struct ref_event){ { 0 } };
	}
}
