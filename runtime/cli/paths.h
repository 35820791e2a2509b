/* SPDX-License-Identifier: MIT */
/* paths.h - lists of files. */
#ifndef PEAL_CLI_PATHS_H
#define PEAL_CLI_PATHS_H

#include "../job/job.h"

struct paths {
	char **list;
	unsigned count, cap;
};

/*
 * The files named, and all files under the folders named; if none is named,
 * the files git knows of here, else all files under the current folder. 0, or
 * negative errno and `error` names the path.
 */
int paths_collect(struct paths *paths, char *const *names, unsigned count,
		  char error[JOB_TEXT_MAX]);

/* The files in a folder whose names end in `suffix`, sorted. The number, or negative errno. */
int paths_in(struct paths *paths, const char *folder, const char *suffix);

void paths_clear(struct paths *paths);

#endif
