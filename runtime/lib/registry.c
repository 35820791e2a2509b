/* SPDX-License-Identifier: MIT */
/*
 * registry.c - devices by name: `ref` is built in, every other one is a shared
 * object peal-<name>.so that is looked for when it is asked for.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

/* Devices this project makes, and what to say when one is not there. */
static const struct {
	const char *name, *summary, *hint;
} known[] = {
	{ "ref", NULL, NULL },
	{ "rtl", "the RTL engine under Verilator", "not built: run `make` (needs verilator)" },
	{ "icarus", "the RTL engine under Icarus Verilog, four states",
	  "not built: run `make icarus` (needs iverilog)" },
	{ "systemc", "a TLM-2.0 model of the engine in SystemC, not the RTL",
	  "not built: run `make systemc` (needs libsystemc-dev)" },
	{ "cuda", "persistent workers on an NVIDIA GPU",
	  "not built: run `make cuda` (needs nvcc of the CUDA toolkit)" },
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

static int known_index(const char *name)
{
	for (unsigned i = 0; i < KNOWN; i++)
		if (!strcmp(known[i].name, name))
			return (int)i;
	return -1;
}

/* ---- where plug-ins are ------------------------------------------------------- */

typedef int (*dir_fn)(void *ctx, const char *dir);

/* Installed (lib/, bin/) and in the build tree, seen from `file`. */
static int each_near(const char *file, dir_fn fn, void *ctx)
{
	static const char *const near[] = { "backends", "../backends", "../../backends",
					    "../lib/peal", "peal", "." };
	char dir[PATH_MAX], path[PATH_MAX + 32];
	char *slash;
	int r = 0;

	snprintf(dir, sizeof(dir), "%s", file);
	slash = strrchr(dir, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	for (unsigned i = 0; !r && i < sizeof(near) / sizeof(near[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, near[i]);
		r = fn(ctx, path);
	}
	return r;
}

static int each_listed(const char *list, dir_fn fn, void *ctx)
{
	char *copy = strdup(list), *rest = copy, *dir;
	int r = 0;

	while (copy && !r && (dir = strsep(&rest, ":")))
		if (*dir)
			r = fn(ctx, dir);
	free(copy);
	return r;
}

/* Calls fn for every folder until it returns non-zero; returns that. */
static int each_dir(dir_fn fn, void *ctx)
{
	const char *list = secure_getenv("PEAL_BACKEND_DIR");
	char exe[PATH_MAX], lib[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	Dl_info info;
	int r = list ? each_listed(list, fn, ctx) : 0;

	if (!r && n > 0) {
		exe[n] = '\0';
		r = each_near(exe, fn, ctx);
	}
	if (!r && dladdr((void *)(uintptr_t)&peal_open, &info) && info.dli_fname &&
	    realpath(info.dli_fname, lib) && (n <= 0 || strcmp(lib, exe)))
		r = each_near(lib, fn, ctx);
	return r;
}

struct search {
	const char *name;
	char path[PATH_MAX];
};

static int look_in(void *ctx, const char *dir)
{
	struct search *s = ctx;
	int n = snprintf(s->path, sizeof(s->path), "%s/peal-%s.so", dir, s->name);

	return n > 0 && (size_t)n < sizeof(s->path) && !access(s->path, R_OK);
}

/* ---- loading -------------------------------------------------------------------- */

/* Members behind the ones the plug-in was built with stay NULL. */
static int take_ops(struct peal_device_ops *ops, const struct peal_device_ops *from,
		    const char *path)
{
	size_t size;

	if (!from)
		return peal_fail(NULL, -EPROTO, "%s: " PEAL_DEVICE_ENTRY " returned nothing", path);
	if (from->abi != PEAL_DEVICE_ABI)
		return peal_fail(NULL, -EPROTO, "%s: device ABI %u, this libpeal speaks %u", path,
				 from->abi, PEAL_DEVICE_ABI);
	size = from->size < sizeof(*ops) ? from->size : sizeof(*ops);
	memset(ops, 0, sizeof(*ops));
	memcpy(ops, from, size);
	if (!ops->open || !ops->reg_read || !ops->reg_write || !ops->map || !ops->unmap ||
	    !ops->close)
		return peal_fail(NULL, -EPROTO, "%s: a required function is missing", path);
	return 0;
}

/*
 * Plug-ins stay loaded: unloading one whose threads or handlers live on is not
 * safe. `err` is what it means that the dynamic linker refuses it.
 */
static int load(struct peal_device_ops *ops, void **plugin, const char *path, int err)
{
	const struct peal_device_ops *(*entry)(void) = NULL;
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	int r;

	if (!handle)
		return peal_fail(NULL, err, "cannot load %s: %s", path, dlerror());
	*(void **)&entry = dlsym(handle, PEAL_DEVICE_ENTRY);
	if (entry)
		r = take_ops(ops, entry(), path);
	else
		r = peal_fail(NULL, -EPROTO,
			      "%s is no device plug-in: it has no " PEAL_DEVICE_ENTRY, path);
	if (r)
		dlclose(handle);
	else
		*plugin = handle;
	return r;
}

static int not_found(const char *name)
{
	int i = known_index(name);

	if (i >= 0)
		return peal_fail(NULL, -EOPNOTSUPP, "device '%s': %s", name, known[i].hint);
	return peal_fail(
		NULL, -ENOENT,
		"no device '%s': no peal-%s.so in $PEAL_BACKEND_DIR or beside the program; "
		"`peal backends` lists the devices",
		name, name);
}

/* A path that the caller gave: what is no plug-in there is bad input. */
static int load_path(struct peal_device_ops *ops, void **plugin, const char *path)
{
	struct stat st;

	if (stat(path, &st) || access(path, R_OK))
		return peal_fail(NULL, -ENOENT, "device '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode)) /* opening a pipe would wait for a writer */
		return peal_fail(NULL, -EINVAL, "cannot load %s: not a regular file", path);
	return load(ops, plugin, path, -EINVAL);
}

static int find(struct peal_device_ops *ops, void **plugin, const char *name)
{
	struct search s = { .name = name };

	if (!strcmp(name, "ref"))
		return take_ops(ops, &peal_ref_ops, "ref");
	if (strchr(name, '/'))
		return load_path(ops, plugin, name);
	if (!*name || !each_dir(look_in, &s))
		return not_found(name);
	return load(ops, plugin, s.path, -EOPNOTSUPP);
}

static int probe(const struct peal_device_ops *ops, const char *name)
{
	char why[PEAL_TEXT - 128] = "";
	int r = ops->probe ? ops->probe(why, sizeof(why)) : 0;

	if (!r)
		return 0;
	return peal_fail(NULL, -EOPNOTSUPP, "device '%s': %s", name, *why ? why : strerror(-r));
}

int peal_registry_find(struct peal_device *dev, const char *name)
{
	int r = find(&dev->ops, &dev->plugin, name);

	return r ? r : probe(&dev->ops, name);
}

/* ---- peal_backends --------------------------------------------------------------- */

/* The last failure, without the name that it starts with. */
static const char *reason(const char *name)
{
	const char *text = peal_error(NULL);
	char prefix[64];
	int n = snprintf(prefix, sizeof(prefix), "device '%s': ", name);

	return n < (int)sizeof(prefix) && !strncmp(text, prefix, (size_t)n) ? text + n : text;
}

static void report(peal_backend_fn fn, void *ctx, const char *name, const char *summary)
{
	struct peal_device_ops ops = { 0 };
	void *plugin = NULL;
	int r = find(&ops, &plugin, name);

	if (!r)
		r = probe(&ops, name);
	if (ops.summary)
		summary = ops.summary;
	fn(ctx, name, summary ? summary : "", r ? reason(name) : NULL);
	if (plugin)
		dlclose(plugin);
}

struct listing {
	peal_backend_fn fn;
	void *ctx;
	char *seen[64];
	unsigned count;
};

static bool seen(struct listing *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (!strcmp(l->seen[i], name))
			return true;
	return false;
}

/* "peal-NAME.so" of a device this project does not know. */
static void list_file(struct listing *l, const char *file)
{
	size_t n = strlen(file);
	char *name;

	if (n < 9 || strncmp(file, "peal-", 5) || strcmp(file + n - 3, ".so"))
		return;
	name = strndup(file + 5, n - 8);
	if (!name || known_index(name) >= 0 || seen(l, name) ||
	    l->count == sizeof(l->seen) / sizeof(l->seen[0])) {
		free(name);
		return;
	}
	l->seen[l->count++] = name;
	report(l->fn, l->ctx, name, NULL);
}

static int list_dir(void *ctx, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return 0;
	while ((e = readdir(d)))
		list_file(ctx, e->d_name);
	closedir(d);
	return 0;
}

void peal_backends(peal_backend_fn fn, void *ctx)
{
	struct listing l = { .fn = fn, .ctx = ctx };

	for (unsigned i = 0; i < KNOWN; i++)
		report(fn, ctx, known[i].name, known[i].summary);
	each_dir(list_dir, &l);
	for (unsigned i = 0; i < l.count; i++)
		free(l.seen[i]);
}
