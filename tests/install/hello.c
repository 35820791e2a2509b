/* SPDX-License-Identifier: MIT */
/*
 * hello.c - the smallest useful program on libpeal: one COPY, checked.
 *
 *	cc hello.c $(pkg-config --cflags --libs peal) -o hello && ./hello rtl
 *
 * It is built outside the source tree, against the installed library. Exit 0,
 * 1 when something went wrong, 77 when the device cannot run here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <peal/peal.h>

#define SECOND UINT64_C(1000000000)

static const char text[] = "sixty-four bytes of descriptor carried this";

static int fail(const struct peal_device *dev, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, peal_error(dev));
	return -1;
}

/* One descriptor there, one completion back. */
static int copy(struct peal_device *dev, struct peal_queue *queue, struct peal_region *src,
		struct peal_region *dst)
{
	struct peal_completion done;
	struct peal_desc desc;

	memcpy(peal_region_memory(src), text, sizeof text);
	peal_prep_copy(&desc, 42, peal_at(src, 0), peal_at(dst, 0), sizeof text);
	if (peal_submit(queue, &desc, 1) != 1)
		return fail(dev, "submit");
	if (peal_wait(queue, &done, 1, 10 * SECOND) != 1)
		return fail(dev, "wait");
	if (done.status != PEAL_ST_OK || done.cookie != 42 || done.result != sizeof text)
		return fail(dev, "the completion is wrong");
	if (memcmp(peal_region_memory(dst), text, sizeof text))
		return fail(dev, "the copy is wrong");
	printf("%s: %s\n", peal_device_name(dev), (const char *)peal_region_memory(dst));
	return 0;
}

static int work(struct peal_device *dev)
{
	const struct peal_region_opts size = { .bytes = 4096 };
	struct peal_region *src, *dst;
	struct peal_queue *queue;

	if (peal_region_alloc(dev, &size, &src) || peal_region_alloc(dev, &size, &dst))
		return fail(dev, "regions");
	if (peal_queue_create(dev, NULL, &queue))
		return fail(dev, "queue");
	return copy(dev, queue, src, dst);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "ref";
	struct peal_device *dev;
	int error = peal_open(name, NULL, &dev);

	if (error) {
		printf("%s: %s\n", name, peal_error(NULL));
		return error == -EOPNOTSUPP ? 77 : 1;
	}
	error = work(dev);
	peal_close(dev);
	return error ? 1 : 0;
}
