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
 * Whether dir has shards or a datapackage.json, as extract writes them, into
 * *used.  A folder that is not there is not used.
 */
int folder_is_used(const char *dir, bool *used, struct error *err);

/* Remove datapackage.json, then the shards, and nothing else. */
int folder_clear(const char *dir, struct error *err);

#endif
