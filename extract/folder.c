/*
 * folder.c - see folder.h
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extract/folder.h"

static const char manifest_name[] = "datapackage.json";

char *
folder_path(const char *dir, const char *name, struct error *err)
{
	size_t n = strlen(dir);
	char *path = malloc(n + 1 + 3 * strlen(name) + 1);
	char *p;

	if (path == NULL) {
		error_nomem(err);
		return NULL;
	}
	memcpy(path, dir, n);
	p = path + n;
	*p++ = '/';
	for (const char *s = name; *s != '\0'; s++) {
		if (*s == '/' || *s == '%' || (*s == '.' && s == name))
			p += snprintf(p, 4, "%%%02X", (unsigned)(unsigned char)*s);
		else
			*p++ = *s;
	}
	*p = '\0';
	return path;
}

int
folder_make(const char *dir, struct error *err)
{
	char *path = strdup(dir);
	int status = 0;

	if (path == NULL)
		return error_nomem(err);
	for (char *p = path + 1; status == 0 && p[-1] != '\0'; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			status = error_errno(
				err, ERROR_RUNTIME, "cannot make folder '%s'", path);
		*p = c;
	}
	free(path);
	return status;
}

int
folder_lock(const char *dir, struct error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot open folder '%s'", dir);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd;
	close(fd);
	return error_set(err, ERROR_RUNTIME, "another extract writes to folder '%s'", dir);
}

/* part-NNNNN.csv.zst, with five digits or more */
static bool
is_shard(const char *name)
{
	size_t n;

	if (strncmp(name, "part-", 5) != 0)
		return false;
	n = strspn(name + 5, "0123456789");
	return n >= 5 && strcmp(name + 5 + n, ".csv.zst") == 0;
}

/* Look for shards in dir: remove them, or tell that there is one. */
static int
scan(const char *dir, bool remove, bool *used, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int status = 0;

	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL)
		return error_errno(err, ERROR_RUNTIME, "cannot read folder '%s'", dir);
	for (errno = 0; status == 0 && (e = readdir(d)) != NULL; errno = 0) {
		if (!is_shard(e->d_name))
			continue;
		*used = true;
		if (remove && unlinkat(dirfd(d), e->d_name, 0) < 0)
			status = error_errno(
				err, ERROR_RUNTIME, "cannot remove '%s/%s'", dir, e->d_name);
	}
	if (status == 0 && errno != 0)
		status = error_errno(err, ERROR_RUNTIME, "cannot read folder '%s'", dir);
	closedir(d);
	return status;
}

/* What is in datapackage.json; one that is not extract's is none of an unfinished extraction. */
static void
read_manifest(const char *path, struct folder_state *state)
{
	json_t *package = json_load_file(path, 0, NULL);
	json_t *caravan = json_object_get(package, "caravan");
	const char *run = json_string_value(json_object_get(caravan, "run"));

	state->unfinished = json_is_false(json_object_get(caravan, "complete"));
	if (run != NULL && strlen(run) < sizeof state->run)
		memcpy(state->run, run, strlen(run) + 1);
	json_decref(package);
}

int
folder_look(const char *dir, struct folder_state *state, struct error *err)
{
	char *path;

	memset(state, 0, sizeof *state);
	if (scan(dir, false, &state->used, err) < 0)
		return -1;
	if (asprintf(&path, "%s/%s", dir, manifest_name) < 0)
		return error_nomem(err);
	if (access(path, F_OK) == 0) {
		state->used = true;
		read_manifest(path, state);
	}
	free(path);
	return 0;
}

int
folder_clear(const char *dir, struct error *err)
{
	bool used;

	return scan(dir, true, &used, err);
}
