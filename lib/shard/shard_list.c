/*
 * shard_list.c - see shard_list.h
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shard/shard_list.h"

/* Takes over the path, which may be NULL for want of memory. */
static int
append(struct shard_list *list, char *path, struct error *err)
{
	char **larger =
		path == NULL ? NULL : realloc(list->paths, (list->n + 1) * sizeof *larger);

	if (larger == NULL) {
		free(path);
		return error_nomem(err);
	}
	list->paths = larger;
	list->paths[list->n++] = path;
	return 0;
}

/* A name with a dot in front is one that is being written. */
static int
is_shard(const struct dirent *entry)
{
	static const char end[] = ".csv.zst";
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n >= strlen(end) &&
	       strcmp(entry->d_name + n - strlen(end), end) == 0;
}

/* By bytes, whatever the locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
add_folder(struct shard_list *list, const char *folder, struct error *err)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_shard, by_name);
	int rc = 0;

	if (n < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot read folder '%s'", folder);
	if (n == 0)
		rc = error_set(
			err, ERROR_USAGE, "folder '%s' has no shards (*.csv.zst)", folder);
	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (rc == 0 && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
			path = NULL;
		if (rc == 0)
			rc = append(list, path, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

int
shard_list_add(struct shard_list *list, const char *path, struct error *err)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(list, path, err);
	return append(list, strdup(path), err);
}

void
shard_list_release(struct shard_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct shard_list){NULL, 0};
}
