/* SPDX-License-Identifier: MIT */
/*
 * gpus.c - several cuda devices in one process: one a GPU, each on a GPU of its own.
 *
 *	gpus DEVICE
 *
 * Prints a line a case. Exit 0, 1, or 77 when the device cannot run here.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <peal/peal.h>

#define MOST 2
#define BYTES 65536
#define ROUNDS 500
#define BEYOND \
	(UINT64_C(64) << 20) /* more than is pinned at open: the kernel ends and begins again */
#define SECONDS UINT64_C(1000000000)

struct one {
	struct peal_device *dev;
	struct peal_queue *queue;
	struct peal_region *from, *to, *more;
};

static const char *device;

static int fails(const struct one *o, const char *what)
{
	printf("# %s: %s\n", what, peal_error(o ? o->dev : NULL));
	return 1;
}

static int open_on(struct one *o, unsigned gpu)
{
	char params[20];

	snprintf(params, sizeof(params), "gpu=%u", gpu);
	return peal_open(device, &(struct peal_open_opts){ .params = params }, &o->dev);
}

static int set_up(struct one *o)
{
	const struct peal_region_opts opts = { .bytes = BYTES };

	return peal_queue_create(o->dev, NULL, &o->queue) ||
	       peal_region_alloc(o->dev, &opts, &o->from) ||
	       peal_region_alloc(o->dev, &opts, &o->to);
}

static int copy(struct one *o, unsigned round)
{
	struct peal_completion c;
	struct peal_desc d;

	memset(peal_region_memory(o->from), (int)round, BYTES);
	peal_prep_copy(&d, round, peal_at(o->from, 0), peal_at(o->to, 0), BYTES);
	if (peal_submit(o->queue, &d, 1) != 1 || peal_wait(o->queue, &c, 1, 10 * SECONDS) != 1)
		return fails(o, "a copy");
	if (c.status || memcmp(peal_region_memory(o->from), peal_region_memory(o->to), BYTES)) {
		printf("# round %u: status %u\n", round, c.status);
		return 1;
	}
	return 0;
}

/* Both at work, and then memory mapped for one while the kernel of the other runs. */
static int side_by_side(struct one *o, unsigned n)
{
	const struct peal_region_opts opts = { .bytes = BEYOND };

	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < n; i++)
			if (copy(&o[i], round + i))
				return 1;
	for (unsigned i = 0; i < n; i++)
		if (peal_region_alloc(o[i].dev, &opts, &o[i].more))
			return fails(&o[i], "memory beyond what is pinned");
	for (unsigned i = 0; i < n; i++)
		if (copy(&o[i], i) || peal_queue_audit(o[i].queue))
			return 1;
	return 0;
}

/* A GPU has one device of a process; closed, it may have another. */
static int one_each(void)
{
	struct one first = { 0 }, second = { 0 };
	int err;

	if (open_on(&first, 0))
		return fails(NULL, "GPU 0");
	if (set_up(&first))
		return fails(&first, "a queue on GPU 0");
	err = open_on(&second, 0);
	printf("# a second one: %s\n", err ? peal_error(NULL) : "it opens");
	if (err != -EBUSY || copy(&first, 1))
		return 1;
	peal_close(first.dev);
	if (open_on(&second, 0))
		return fails(NULL, "GPU 0 again");
	err = set_up(&second) || copy(&second, 2);
	peal_close(second.dev);
	return err;
}

static int on_many(unsigned *count)
{
	struct one o[MOST] = { 0 };
	int err = 0;

	for (*count = 0; *count < MOST && !(err = open_on(&o[*count], *count)); ++*count)
		if (set_up(&o[*count]))
			return fails(&o[*count], "a queue");
	printf("# %u GPUs\n", *count);
	if (err && (err != -EINVAL || !*count)) /* -EINVAL: there is no such GPU */
		return fails(NULL, "opening a GPU");
	err = side_by_side(o, *count);
	for (unsigned i = 0; i < *count; i++)
		peal_close(o[i].dev);
	return err;
}

/* Has this process a context on the GPU? 1, 0, or -1: the driver does not say. */
static int has_context(int gpu)
{
	void *driver = dlopen("libcuda.so.1", RTLD_NOW);
	int (*state)(int, unsigned *, int *) = NULL;
	unsigned flags;
	int active;

	if (driver)
		*(void **)&state = dlsym(driver, "cuDevicePrimaryCtxGetState");
	return !state || state(gpu, &flags, &active) ? -1 : active;
}

/* Before anything else is on GPU 0: what is done for GPU 1 leaves nothing there. 0, 1, or why GPU 1
   does not open. */
static int alone(void)
{
	struct one o = { 0 };
	int err = open_on(&o, 1);

	if (err)
		return err;
	if (set_up(&o) || copy(&o, 1))
		return fails(&o, "GPU 1");
	peal_close(o.dev);
	printf("# contexts: on GPU 0 %d, on GPU 1 %d\n", has_context(0), has_context(1));
	return has_context(0) != 0 || has_context(1) != 1;
}

static int say(const char *name, const char *how)
{
	printf("%-72s %s\n", name, how);
	return !strcmp(how, "FAIL");
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	int err, bad;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DEVICE\n", argv[0]);
		return 2;
	}
	device = argv[1];
	err = alone();
	if (err == -EOPNOTSUPP || err == -ENOENT) {
		printf("%s\n", peal_error(NULL));
		return 77;
	}
	bad = say("gpus: GPU 1 in use, and nothing on GPU 0",
		  err == -EINVAL ? "SKIP"
		  : err		 ? "FAIL"
				 : "PASS"); /* -EINVAL: there is but one */
	bad |= say("gpus: one device a GPU", one_each() ? "FAIL" : "PASS");
	err = on_many(&count);
	bad |= say("gpus: side by side, and memory mapped meanwhile", err	     ? "FAIL"
								      : count < MOST ? "SKIP"
										     : "PASS");
	return bad;
}
