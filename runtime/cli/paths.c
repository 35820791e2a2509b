/* SPDX-License-Identifier: MIT */
/* paths.c - lists of files. */
#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add(struct paths *p, const char *path)
{
	if (p->count == p->cap) {
		unsigned cap = p->cap ? p->cap * 2 : 64;
		char **bigger = realloc(p->list, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		p->list = bigger;
		p->cap = cap;
	}
	p->list[p->count] = strdup(path);
	if (!p->list[p->count])
		return -ENOMEM;
	p->count++;
	return 0;
}

void paths_clear(struct paths *p)
{
	for (unsigned i = 0; i < p->count; i++)
		free(p->list[i]);
	free(p->list);
	memset(p, 0, sizeof(*p));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_fts_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int failed(char *error, const char *path, int err)
{
	snprintf(error, JOB_TEXT_MAX, "%s: %s", *path ? path : "''", strerror(err));
	return -err;
}

static int visit(struct paths *p, const FTSENT *e, char *error)
{
	switch (e->fts_info) {
	case FTS_F: return add(p, e->fts_path) ? failed(error, e->fts_path, ENOMEM) : 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS: return failed(error, e->fts_path, e->fts_errno);
	default: /* folders; links and devices are not real input */ return 0;
	}
}

static bool hidden(const FTSENT *e)
{
	return e->fts_level > 0 && e->fts_info == FTS_D && e->fts_name[0] == '.';
}

/* A folder with all that is in it but hidden folders. */
static int add_tree(struct paths *p, char *folder, char *error)
{
	char *roots[] = { folder, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_fts_name);
	FTSENT *e;
	int rc = 0;

	if (!fts)
		return failed(error, folder, errno);
	while (!rc && (e = fts_read(fts))) {
		if (hidden(e))
			fts_set(fts, e, FTS_SKIP);
		else
			rc = visit(p, e, error);
	}
	fts_close(fts);
	return rc;
}

static int add_name(struct paths *p, char *name, char *error)
{
	struct stat st;

	if (stat(name, &st))
		return failed(error, name, errno);
	if (S_ISDIR(st.st_mode))
		return add_tree(p, name, error);
	if (!S_ISREG(st.st_mode)) {
		snprintf(error, JOB_TEXT_MAX, "%s: not a regular file", name);
		return -EINVAL;
	}
	return add(p, name) ? failed(error, name, ENOMEM) : 0;
}

/* What git knows of here and is there; 0 files when this is no repository. */
static int add_git(struct paths *p)
{
	FILE *git = popen("git ls-files -z 2>/dev/null", "r");
	size_t size = 0;
	char *name = NULL;
	struct stat st;
	int rc = 0;

	if (!git)
		return 0;
	while (!rc && getdelim(&name, &size, '\0', git) >= 0)
		if (!stat(name, &st) && S_ISREG(st.st_mode))
			rc = add(p, name);
	free(name);
	pclose(git);
	return rc;
}

int paths_collect(struct paths *p, char *const *names, unsigned count, char error[JOB_TEXT_MAX])
{
	int rc = 0;

	for (unsigned i = 0; i < count && !rc; i++)
		rc = add_name(p, names[i], error);
	if (count && !rc && !p->count) {
		snprintf(error, JOB_TEXT_MAX, "%s%s: no files", names[0], count > 1 ? ", ..." : "");
		return -ENOENT;
	}
	if (count || rc)
		return rc;
	if (add_git(p))
		return failed(error, "git ls-files", ENOMEM);
	if (!p->count)
		rc = add_tree(p, (char[]){ "." }, error);
	if (!rc && !p->count)
		return failed(error, "no file here", ENOENT);
	return rc;
}

int paths_in(struct paths *p, const char *folder, const char *suffix)
{
	DIR *dir = opendir(folder);
	size_t n = strlen(suffix);
	struct dirent *e;
	int rc = 0;

	if (!dir)
		return -errno;
	while (!rc && (e = readdir(dir))) {
		size_t length = strlen(e->d_name);
		char *path;

		if (length <= n || strcmp(e->d_name + length - n, suffix))
			continue;
		rc = asprintf(&path, "%s/%s", folder, e->d_name) < 0 ? -ENOMEM : 0;
		if (!rc) {
			rc = add(p, path);
			free(path);
		}
	}
	closedir(dir);
	if (p->count)
		qsort(p->list, p->count, sizeof(*p->list), by_name);
	return rc ? rc : (int)p->count;
}
