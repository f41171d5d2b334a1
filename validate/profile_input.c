/*
 * profile_input.c - which files are which tables (see profile_parts.h)
 *
 * NAME=FILE begins a table, or is one more file of it; a FILE alone belongs to
 * the table that was named before it, else it is of the one table without a
 * name, which is called after its first file.  A folder with shards is a table
 * called after the folder; a folder of such folders is all their tables.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "validate/profile_parts.h"

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct profile_input *
find_table(struct profile_inputs *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++) {
		if (strcmp(in->tables[i].name, name) == 0)
			return &in->tables[i];
	}
	return NULL;
}

static struct profile_input *
add_table(struct profile_inputs *in, const char *name, size_t len, struct error *err)
{
	struct profile_input *more = realloc(in->tables, (in->n + 1) * sizeof *more);
	char *copy = strndup(name, len);

	if (more != NULL)
		in->tables = more;
	if (more == NULL || copy == NULL) {
		free(copy);
		error_nomem(err);
		return NULL;
	}
	more[in->n] = (struct profile_input){.name = copy};
	return &more[in->n++];
}

/* The last part of a path, without slashes behind it, and of a file without its endings. */
static const char *
base_name(const char *path, bool folder, size_t *len)
{
	size_t end = strlen(path), start;
	const char *dot;

	while (end > 1 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	*len = end - start;
	dot = memchr(path + start, '.', *len);
	if (!folder && dot != NULL && dot > path + start)
		*len = (size_t)(dot - (path + start));
	return path + start;
}

static bool
has_shards(const char *path)
{
	struct error ignored = ERROR_INIT;
	struct shard_list list = {.paths = NULL};
	bool has = shard_list_add(&list, path, &ignored) == 0;

	shard_list_release(&list);
	return has;
}

static int
add_folder(struct profile_inputs *in, const char *path, struct error *err)
{
	size_t len;
	const char *name = base_name(path, true, &len);
	struct profile_input *t = add_table(in, name, len, err);

	return t == NULL ? -1 : shard_list_add(&t->files, path, err);
}

/* The folders with shards in a folder, by name. */
static int
add_folders(struct profile_inputs *in, const char *path, struct error *err)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), rc = 0;
	size_t before = in->n;

	if (n < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot read the folder '%s'", path);
	for (int i = 0; i < n; i++) {
		char *inner = NULL;

		if (rc == 0 && names[i]->d_name[0] != '.') {
			if (asprintf(&inner, "%s/%s", path, names[i]->d_name) < 0) {
				inner = NULL;
				rc = error_nomem(err);
			} else if (is_folder(inner) && has_shards(inner)) {
				rc = add_folder(in, inner, err);
			}
		}
		free(inner);
		free(names[i]);
	}
	free(names);
	if (rc == 0 && in->n == before)
		return error_set(err, ERROR_USAGE,
			"the folder '%s' has neither shards (*.csv.zst) nor folders with "
			"shards",
			path);
	return rc;
}

/* Where NAME= ends, or 0: a name has no slash, and an existing file is a file. */
static size_t
name_length(const char *operand)
{
	const char *equals = strchr(operand, '=');
	const char *slash = strchr(operand, '/');

	if (equals == NULL || equals == operand || (slash != NULL && slash < equals))
		return 0;
	return (size_t)(equals - operand);
}

static int
read_operand(struct profile_inputs *in, struct profile_input **current, const char *operand,
	struct error *err)
{
	size_t len = name_length(operand);

	if (len > 0 && operand[len + 1] == '\0')
		return error_set(err, ERROR_USAGE, "'%s' is not NAME=FILE", operand);
	if (len > 0) {
		char *name = strndup(operand, len);

		*current = name == NULL ? NULL : find_table(in, name);
		free(name);
		if (*current == NULL)
			*current = add_table(in, operand, len, err);
		return *current == NULL
			       ? -1
			       : shard_list_add(&(*current)->files, operand + len + 1, err);
	}
	if (is_folder(operand)) {
		*current = NULL;
		return has_shards(operand) ? add_folder(in, operand, err)
					   : add_folders(in, operand, err);
	}
	if (*current == NULL) {
		const char *name = base_name(operand, false, &len);

		if (strcmp(operand, "-") == 0)
			*current = add_table(in, "stdin", 5, err);
		else
			*current = add_table(in, name, len, err);
	}
	return *current == NULL ? -1 : shard_list_add(&(*current)->files, operand, err);
}

static int
set_key(struct profile_input *t, const char *column, struct error *err)
{
	free(t->key);
	t->key = strdup(column);
	return t->key == NULL ? error_nomem(err) : 0;
}

/* [NAME=]COLUMN; without a name it is for the only table, or for all of several. */
static int
read_key(struct profile_inputs *in, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');
	char *name;
	struct profile_input *t;

	if (equals == NULL) {
		for (size_t i = 0; i < in->n; i++) {
			if (set_key(&in->tables[i], text, err) < 0)
				return -1;
		}
		return 0;
	}
	name = strndup(text, (size_t)(equals - text));
	if (name == NULL)
		return error_nomem(err);
	t = find_table(in, name);
	free(name);
	if (t == NULL)
		return error_set(err, ERROR_USAGE, "--key '%s': there is no table '%.*s'", text,
			(int)(equals - text), text);
	return set_key(t, equals + 1, err);
}

/* The primary key of one column that the folder's manifest tells; a missing one is none. */
static int
key_of_manifest(struct profile_input *t, struct error *err)
{
	const char *slash = t->files.n > 0 ? strrchr(t->files.paths[0], '/') : NULL;
	json_t *manifest, *key;
	char *path;
	int rc = 0;

	if (slash == NULL)
		return 0;
	if (asprintf(&path, "%.*s/datapackage.json", (int)(slash - t->files.paths[0]),
		    t->files.paths[0]) < 0)
		return error_nomem(err);
	manifest = json_load_file(path, 0, NULL);
	key = json_object_get(
		json_object_get(
			json_array_get(json_object_get(manifest, "resources"), 0), "schema"),
		"primaryKey");
	if (json_is_array(key))
		key = json_array_get(key, 0);
	if (json_is_string(key))
		rc = set_key(t, json_string_value(key), err);
	json_decref(manifest);
	free(path);
	return rc;
}

/* Rows can be brought in the order of a key only where there is one. */
static int
check_sort(const struct profile_inputs *in, struct error *err)
{
	for (size_t i = 0; i < in->n; i++) {
		if (in->tables[i].key != NULL)
			return 0;
	}
	return error_set(
		err, ERROR_USAGE, "--sort needs a --key, in whose order rows shall be");
}

int
profile_inputs_read(
	struct profile_inputs *in, const struct profile_options *o, struct error *err)
{
	struct profile_input *current = NULL;

	for (size_t i = 0; i < o->noperands; i++) {
		if (read_operand(in, &current, o->operands[i], err) < 0)
			return -1;
	}
	if (in->n == 0 && read_operand(in, &current, "-", err) < 0)
		return -1;
	for (size_t i = 0; i < in->n; i++) {
		if (o->nkeys == 0 && key_of_manifest(&in->tables[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < o->nkeys; i++) {
		if (read_key(in, o->keys[i], err) < 0)
			return -1;
	}
	return o->sort ? check_sort(in, err) : 0;
}

void
profile_inputs_release(struct profile_inputs *in)
{
	for (size_t i = 0; i < in->n; i++) {
		free(in->tables[i].name);
		free(in->tables[i].key);
		shard_list_release(&in->tables[i].files);
	}
	free(in->tables);
	*in = (struct profile_inputs){.tables = NULL};
}
