/*
 * manifest.c - see manifest.h
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv/stream.h"
#include "shard/manifest.h"

struct manifest {
	json_t *package;
	json_t *resources; /* borrowed from package */
	json_t *caravan;   /* borrowed from package */
	json_t *schema;
};

/* A Data Package name: lower case letters, digits, '.', '_', '-'. */
static json_t *
package_name(const char *name, const char *end)
{
	size_t n = (size_t)(end - name);
	char *copy = malloc(n + 1);
	json_t *result;

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)name[i];

		copy[i] = '-';
		if (c < 0x80 && (isalnum(c) || c == '.' || c == '_'))
			copy[i] = (char)tolower(c);
	}
	copy[n] = '\0';
	result = json_string(copy);
	free(copy);
	return result;
}

struct manifest *
manifest_new(const char *name, json_t *schema, struct error *err)
{
	struct manifest *m = calloc(1, sizeof *m);
	int bad = 0;

	if (m == NULL)
		goto nomem;
	m->package = json_object();
	m->resources = json_array();
	m->caravan = json_object();
	m->schema = json_incref(schema);
	bad |= json_object_set_new(m->package, "$schema",
		json_string("https://datapackage.org/profiles/2.0/datapackage.json"));
	bad |= json_object_set_new(m->package, "name", package_name(name, name + strlen(name)));
	bad |= json_object_set_new(m->package, "caravan", m->caravan);
	bad |= json_object_set_new(m->package, "resources", m->resources);
	if (bad == 0)
		return m;
nomem:
	manifest_free(m);
	error_nomem(err);
	return NULL;
}

int
manifest_set(struct manifest *m, const char *key, json_t *value, struct error *err)
{
	if (json_object_set_new(m->caravan, key, value) != 0)
		return error_nomem(err);
	return 0;
}

/* The part of a file's name before its first dot. */
static json_t *
resource_name(const char *file)
{
	return package_name(file, file + strcspn(file, "."));
}

static int
set_hash(json_t *resource, const char *sha256)
{
	char hash[7 + 65];

	snprintf(hash, sizeof hash, "sha256:%s", sha256);
	return json_object_set_new(resource, "hash", json_string(hash));
}

int
manifest_add(struct manifest *m, const char *file, const struct shard_totals *totals,
	json_t *extra, struct error *err)
{
	json_t *resource = json_object();
	json_t *own = extra ? extra : json_object();
	char hex[17];
	int bad = 0;

	snprintf(hex, sizeof hex, "%016" PRIx64, totals->xxh3);
	bad |= json_object_set_new(resource, "name", resource_name(file));
	bad |= json_object_set_new(resource, "path", json_string(file));
	bad |= json_object_set_new(resource, "format", json_string("csv"));
	bad |= json_object_set_new(resource, "mediatype", json_string("text/csv"));
	bad |= json_object_set_new(resource, "encoding", json_string("utf-8"));
	bad |= json_object_set_new(
		resource, "bytes", json_integer((json_int_t)totals->file_bytes));
	if (totals->sha256[0] != '\0')
		bad |= set_hash(resource, totals->sha256);
	if (m->schema != NULL)
		bad |= json_object_set(resource, "schema", m->schema);
	bad |= json_object_set_new(own, "rows", json_integer((json_int_t)totals->rows));
	bad |= json_object_set_new(
		own, "content_bytes", json_integer((json_int_t)totals->content_bytes));
	bad |= json_object_set_new(own, "xxh3", json_string(hex));
	bad |= json_object_set_new(resource, "caravan", own);
	bad |= json_array_append_new(m->resources, resource);
	return bad == 0 ? 0 : error_nomem(err);
}

int
manifest_write(const struct manifest *m, const char *dir, struct error *err)
{
	char *text = json_dumps(m->package, JSON_PRESERVE_ORDER | JSON_INDENT(2));
	struct stream_out *out = NULL;
	char *path = NULL;
	int status = -1;

	if (text == NULL || asprintf(&path, "%s/datapackage.json", dir) < 0) {
		path = NULL;
		error_nomem(err);
		goto done;
	}
	out = stream_out_open(path, NULL, err);
	if (out == NULL)
		goto done;
	if (stream_out_write(out, text, strlen(text), err) < 0 ||
		stream_out_write(out, "\n", 1, err) < 0)
		goto done;
	status = stream_out_finish(out, NULL, err);
	out = NULL;
done:
	stream_out_discard(out);
	free(path);
	free(text);
	return status;
}

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	json_decref(m->package);
	json_decref(m->schema);
	free(m);
}
