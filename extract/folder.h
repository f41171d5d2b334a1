/*
 * folder.h - the folders that shards are written to
 */
#ifndef EXTRACT_FOLDER_H
#define EXTRACT_FOLDER_H

#include <stdbool.h>

#include "error.h"

/* DIR/NAME for the caller to free; what in name no file can have becomes %XX.  NULL: no memory. */
char *folder_path(const char *dir, const char *name, struct error *err);

/* Make dir, and the folders it lies in, with mode 0700 where they are not there. */
int folder_make(const char *dir, struct error *err);

/*
 * Keep other extractions out of dir until the descriptor that this returns is
 * closed, by the kernel too when the program is killed.  -1: another is at work
 * there, or there is no such folder.  Where folders cannot be locked (NFS) nobody is
 * kept out.
 */
int folder_lock(const char *dir, struct error *err);

enum { FOLDER_RUN_MAX = 40 };

struct folder_state {
	bool used;                /* it has shards or a datapackage.json */
	bool unfinished;          /* of an extraction that has not come to its end */
	char run[FOLDER_RUN_MAX]; /* which one; "" if that is not known */
};

/* What dir has.  A folder that is not there is not used. */
int folder_look(const char *dir, struct folder_state *state, struct error *err);

/* Remove the shards, and nothing else. */
int folder_clear(const char *dir, struct error *err);

#endif
