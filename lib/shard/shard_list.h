/*
 * shard_list.h - the files that an operand names: itself, or a folder's shards
 */
#ifndef SHARD_SHARD_LIST_H
#define SHARD_SHARD_LIST_H

#include <stddef.h>

#include "error.h"

/* All zero is an empty list. */
struct shard_list {
	char **paths;
	size_t n;
};

/*
 * Append what the path stands for: of a folder the files whose names end in
 * .csv.zst, in the order of their names, which is the order in which they were
 * written; anything else as it is.  A folder without such files is ERROR_USAGE.
 */
int shard_list_add(struct shard_list *list, const char *path, struct error *err);

/* Afterwards it is an empty one. */
void shard_list_release(struct shard_list *list);

#endif
