/* SPDX-License-Identifier: MIT */
/*
 * plugin.cc - the entry of the plug-in, and how one name picks one of two builds.
 *
 * The checked build hands out its device as it is. The fast build opens its own
 * device unless the parameters ask for checks or waves; then it loads the
 * checked build that lies beside it and passes every call on.
 */
#include "options.h"
#include "plugin.h"

#include <cerrno>
#include <dlfcn.h>
#include <new>

#if PEAL_CHECKED

static const peal_device_ops &entry = verilator_device_ops;

#else

struct Handle {
	const peal_device_ops *ops = &verilator_device_ops;
	void *dev = nullptr;
	void *library = nullptr; /* of the checked build */

	~Handle()
	{
		if (dev)
			ops->close(dev);
		if (library)
			dlclose(library);
	}
};

static Handle &handle(void *dev)
{
	return *static_cast<Handle *>(dev);
}

/* NAME-checked.so beside the NAME.so this code is in. */
static std::string checked_path()
{
	Dl_info info;

	if (!dladdr(reinterpret_cast<const void *>(&checked_path), &info) || !info.dli_fname)
		return "";
	std::string path = info.dli_fname;
	size_t dot = path.rfind(".so");
	return path.substr(0, dot) + "-checked.so";
}

static int load_checked(Handle &h, std::string &error)
{
	std::string path = checked_path();

	h.library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
	if (!h.library) {
		error = "checked=1 and trace=FILE need the checked build beside the fast one: ";
		error += dlerror();
		return -EOPNOTSUPP;
	}
	auto get = reinterpret_cast<const peal_device_ops *(*)()>(
		dlsym(h.library, PEAL_DEVICE_ENTRY));
	h.ops = get ? get() : nullptr;
	if (h.ops && h.ops->abi == PEAL_DEVICE_ABI)
		return 0;
	h.ops = &verilator_device_ops;
	error = path + ": no plug-in of this ABI";
	return -EPROTO;
}

static int open_either(const peal_device_params &params, Handle &h)
{
	Options options;
	std::string error;
	int rc = parse_options(params, options, error);

	if (!rc && (options.checked || !options.trace.empty()))
		rc = load_checked(h, error);
	if (rc) {
		log_error(params, error);
		return rc;
	}
	return h.ops->open(&params, &h.dev);
}

static int plugin_open(const peal_device_params *params, void **dev)
{
	Handle *h = new (std::nothrow) Handle;
	int rc = h ? open_either(*params, *h) : -ENOMEM;

	*dev = rc ? nullptr : h;
	if (rc)
		delete h;
	return rc;
}

static void plugin_close(void *dev)
{
	delete &handle(dev);
}

static int plugin_reg_read(void *dev, uint32_t offset, uint32_t *value)
{
	return handle(dev).ops->reg_read(handle(dev).dev, offset, value);
}

static int plugin_reg_write(void *dev, uint32_t offset, uint32_t value)
{
	return handle(dev).ops->reg_write(handle(dev).dev, offset, value);
}

static int plugin_map(void *dev, uint64_t bus, void *host, uint64_t len)
{
	return handle(dev).ops->map(handle(dev).dev, bus, host, len);
}

static int plugin_unmap(void *dev, uint64_t bus)
{
	return handle(dev).ops->unmap(handle(dev).dev, bus);
}

static int plugin_advance(void *dev, uint64_t steps)
{
	return handle(dev).ops->advance(handle(dev).dev, steps);
}

static uint64_t plugin_trace_hash(void *dev)
{
	return handle(dev).ops->trace_hash(handle(dev).dev);
}

static int plugin_explain(void *dev, char *buf, size_t len)
{
	return handle(dev).ops->explain(handle(dev).dev, buf, len);
}

static uint64_t plugin_raises(void *dev, uint32_t queue)
{
	return handle(dev).ops->raises(handle(dev).dev, queue);
}

static int plugin_memory_alloc(void *dev, uint64_t bus, uint64_t len)
{
	return handle(dev).ops->memory_alloc(handle(dev).dev, bus, len);
}

static int plugin_memory_read(void *dev, uint64_t bus, void *to, uint64_t len)
{
	return handle(dev).ops->memory_read(handle(dev).dev, bus, to, len);
}

static int plugin_memory_write(void *dev, uint64_t bus, const void *from, uint64_t len)
{
	return handle(dev).ops->memory_write(handle(dev).dev, bus, from, len);
}

static const peal_device_ops entry = {
	PEAL_DEVICE_ABI,
	sizeof(peal_device_ops),
	PEAL_DEVICE_NAME,
	verilator_device_ops.summary,
	verilator_device_ops.probe,
	plugin_open,
	plugin_reg_read,
	plugin_reg_write,
	plugin_map,
	plugin_unmap,
	plugin_advance,
	plugin_close,
	plugin_trace_hash,
	plugin_explain,
	plugin_raises,
	nullptr, // settle: it is advanced
	plugin_memory_alloc,
	plugin_memory_read,
	plugin_memory_write,
	nullptr, // pin: mapping costs nothing
};

#endif

extern "C" __attribute__((visibility("default"))) const peal_device_ops *peal_device_entry(void)
{
	return &entry;
}
