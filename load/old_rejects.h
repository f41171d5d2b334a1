/*
 * old_rejects.h - a rejects file that an earlier run left is not written over
 */
#ifndef LOAD_OLD_REJECTS_H
#define LOAD_OLD_REJECTS_H

#include "error.h"

/*
 * If path (or NULL) is a regular file, give it the first free name PATH.1,
 * PATH.2, … as well, and say so.
 */
int old_rejects_keep(const char *path, void (*say)(void *arg, const char *message), void *arg,
	struct error *err);

#endif
