/* SPDX-License-Identifier: MIT */
/*
 * plugin.cc - the entry of the plug-in, and how one name picks one of two builds.
 *
 * The checked build hands out its device as it is. The fast build opens its own
 * device unless the parameters ask for checks or waves; then it loads the
 * checked build that lies beside it and passes every call on.
 */
#include "device_calls.h"

#include <cerrno>
#include <dlfcn.h>

#if PEAL_CHECKED

static const peal_device_ops &entry = verilator_device_ops;

#else

/* The device of this build, or of the checked one. */
class Either {
public:
	explicit Either(const Options &options)
		: checked_(options.checked || !options.trace.empty())
	{
	}
	~Either();
	/* 0, or negative errno; the error is empty where the device has told it. */
	int power_up(const peal_device_params &params, std::string &error);

	int reg_read(uint32_t offset, uint32_t *value)
	{
		return ops_->reg_read(dev_, offset, value);
	}
	int reg_write(uint32_t offset, uint32_t value)
	{
		return ops_->reg_write(dev_, offset, value);
	}
	int map(uint64_t bus, void *host, uint64_t len) { return ops_->map(dev_, bus, host, len); }
	int unmap(uint64_t bus) { return ops_->unmap(dev_, bus); }
	int memory_alloc(uint64_t bus, uint64_t len) { return ops_->memory_alloc(dev_, bus, len); }
	int memory_read(uint64_t bus, void *to, uint64_t len)
	{
		return ops_->memory_read(dev_, bus, to, len);
	}
	int memory_write(uint64_t bus, const void *from, uint64_t len)
	{
		return ops_->memory_write(dev_, bus, from, len);
	}
	int advance(uint64_t steps) { return ops_->advance(dev_, steps); }
	uint64_t trace_hash() { return ops_->trace_hash(dev_); }
	uint64_t raises(uint32_t queue) { return ops_->raises(dev_, queue); }
	int explain(char *buf, size_t len) { return ops_->explain(dev_, buf, len); }

private:
	int load_checked(std::string &error);

	bool checked_;
	const peal_device_ops *ops_ = &verilator_device_ops;
	void *dev_ = nullptr;
	void *library_ = nullptr; /* of the checked build */
};

Either::~Either()
{
	if (dev_)
		ops_->close(dev_);
	if (library_)
		dlclose(library_);
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

int Either::load_checked(std::string &error)
{
	std::string path = checked_path();

	library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
	if (!library_) {
		error = "checked=1 and trace=FILE need the checked build beside the fast one: ";
		error += dlerror();
		return -EOPNOTSUPP;
	}
	auto get = reinterpret_cast<const peal_device_ops *(*)()>(
		dlsym(library_, PEAL_DEVICE_ENTRY));
	const peal_device_ops *ops = get ? get() : nullptr;
	if (!ops || ops->abi != PEAL_DEVICE_ABI) {
		error = path + ": no plug-in of this ABI";
		return -EPROTO;
	}
	ops_ = ops;
	return 0;
}

int Either::power_up(const peal_device_params &params, std::string &error)
{
	int rc = checked_ ? load_checked(error) : 0;

	return rc ? rc : ops_->open(&params, &dev_);
}

static const peal_device_ops entry =
	DeviceCalls<Either>::table(verilator_device_ops.summary, verilator_device_ops.probe);

#endif

extern "C" __attribute__((visibility("default"))) const peal_device_ops *peal_device_entry(void)
{
	return &entry;
}
