/* SPDX-License-Identifier: MIT */
/*
 * error.c - texts: the last failure of a device or of peal_open, and the log.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"

static _Thread_local char open_error[PEAL_TEXT];
static _Thread_local char error_copy[PEAL_TEXT];

int peal_fail(struct peal_device *dev, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (dev) {
		pthread_mutex_lock(&dev->error_lock);
		vsnprintf(dev->error, PEAL_TEXT, format, args);
		pthread_mutex_unlock(&dev->error_lock);
	} else {
		vsnprintf(open_error, PEAL_TEXT, format, args);
	}
	va_end(args);
	return err;
}

/* Another thread may fail at any time, so the caller gets a copy of its own. */
const char *peal_error(const struct peal_device *dev)
{
	struct peal_device *d = (struct peal_device *)dev;

	if (!dev)
		return open_error;
	pthread_mutex_lock(&d->error_lock);
	memcpy(error_copy, d->error, PEAL_TEXT);
	pthread_mutex_unlock(&d->error_lock);
	return error_copy;
}

void peal_log(struct peal_device *dev, enum peal_log_level level, const char *format, ...)
{
	char text[PEAL_TEXT];
	va_list args;

	if (!dev->log)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dev->log(dev->log_ctx, level, text);
}

void peal_device_log(void *ctx, enum peal_log_level level, const char *message)
{
	struct peal_device *dev = ctx;

	if (level == PEAL_LOG_ERROR) {
		pthread_mutex_lock(&dev->error_lock);
		snprintf(dev->said, PEAL_TEXT, "%s", message);
		pthread_mutex_unlock(&dev->error_lock);
	}
	if (dev->log)
		dev->log(dev->log_ctx, level, message);
}

void peal_device_said(struct peal_device *dev, char text[PEAL_TEXT])
{
	pthread_mutex_lock(&dev->error_lock);
	memcpy(text, dev->said, PEAL_TEXT);
	pthread_mutex_unlock(&dev->error_lock);
}
