/* SPDX-License-Identifier: MIT */
/*
 * plugin.h - what the parts of the plug-in share.
 *
 * One source, two shared objects: NAME.so (fast) and NAME-checked.so, built
 * with PEAL_CHECKED=1: assertions, the AXI checker and waves.
 */
#ifndef PEAL_BRIDGE_PLUGIN_H
#define PEAL_BRIDGE_PLUGIN_H

#include <peal/device.h>

#include <string>

#ifndef PEAL_CHECKED
#define PEAL_CHECKED 0
#endif
#ifndef PEAL_DEVICE_NAME
#define PEAL_DEVICE_NAME "rtl"
#endif

/* The device of this build. */
extern const peal_device_ops verilator_device_ops;

static inline void log_error(const peal_device_params &params, const std::string &text)
{
	if (params.log)
		params.log(params.log_ctx, PEAL_LOG_ERROR, (PEAL_DEVICE_NAME ": " + text).c_str());
}

#endif
