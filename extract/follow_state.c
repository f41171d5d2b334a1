/*
 * follow_state.c - see follow_state.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "csv/stream.h"
#include "extract/folder.h"
#include "extract/follow_state.h"
#include "shard/manifest.h"

static char *
state_path(const char *dir, struct error *err)
{
	char *path;

	if (asprintf(&path, "%s/position.json", dir) < 0) {
		error_nomem(err);
		return NULL;
	}
	return path;
}

/* What was followed in this folder has to be what is to be followed now. */
static int
check_tables(const struct follow_state *state, const char *path,
	const struct binlog_table *tables, size_t n, struct error *err)
{
	const char *name;
	json_t *value;

	for (size_t i = 0; i < n; i++) {
		if (json_object_get(state->tables, tables[i].label) == NULL)
			return error_set(err, ERROR_USAGE,
				"'%s' is not of table '%s': another set of tables needs "
				"another "
				"folder",
				path, tables[i].label);
	}
	json_object_foreach (state->tables, name, value) {
		bool wanted = false;

		for (size_t i = 0; i < n; i++)
			wanted = wanted || strcmp(tables[i].label, name) == 0;
		if (!wanted)
			return error_set(err, ERROR_USAGE,
				"'%s' is of table '%s' too: another set of tables needs "
				"another "
				"folder",
				path, name);
	}
	return 0;
}

static int
read_state(struct follow_state *state, const char *path, const struct binlog_table *tables,
	size_t n, struct binlog_place *place, struct error *err)
{
	json_t *top;

	if (binlog_place_load(place, path, err) < 0)
		return -1;
	top = json_load_file(path, 0, NULL);
	state->tables = json_incref(json_object_get(top, "tables"));
	json_decref(top);
	state->found = true;
	return check_tables(state, path, tables, n, err);
}

int
follow_state_open(struct follow_state *state, const char *dir,
	const struct binlog_table *tables, size_t n, struct binlog_place *place,
	struct error *err)
{
	char *path = NULL;
	int status = 0;

	*state = (struct follow_state){.dir = dir, .lock = -1};
	if (folder_make(dir, err) < 0)
		return -1;
	state->lock = folder_lock(dir, err);
	path = state->lock >= 0 ? state_path(dir, err) : NULL;
	if (path == NULL)
		return -1;
	if (access(path, F_OK) == 0)
		status = read_state(state, path, tables, n, place, err);
	free(path);
	return status;
}

/* A folder is new, or has changes of this table. */
static int
check_folder(const char *dir, const char *table, struct error *err)
{
	struct folder_state look;
	json_t *package, *caravan;
	const char *name;
	char *path;
	bool own;

	if (folder_look(dir, &look, err) < 0)
		return -1;
	if (!look.used)
		return 0;
	if (asprintf(&path, "%s/datapackage.json", dir) < 0)
		return error_nomem(err);
	package = json_load_file(path, 0, NULL);
	caravan = json_object_get(package, "caravan");
	name = json_string_value(json_object_get(caravan, "table"));
	own = json_is_true(json_object_get(caravan, "changes")) && name != NULL &&
	      strcmp(name, table) == 0;
	json_decref(package);
	free(path);
	if (own)
		return 0;
	return error_set(err, ERROR_USAGE,
		"folder '%s' has shards of something else: changes need a folder of their own",
		dir);
}

static int
write_manifest(const struct follow_sink *sink, const char *source, const json_t *server,
	struct error *err)
{
	const struct binlog_table *t = sink->table;
	struct manifest *m = manifest_new(t->label, t->schema, err);
	int status = -1;

	if (m == NULL)
		return -1;
	if (manifest_set(m, "changes", json_true(), err) == 0 &&
		manifest_set(m, "source", json_string(source), err) == 0 &&
		manifest_set(m, "server", json_deep_copy(server), err) == 0 &&
		manifest_set(m, "table", json_string(t->label), err) == 0 &&
		(t->key == NULL || manifest_set(m, "key", json_incref(t->key), err) == 0) &&
		manifest_set(m, "schema", json_incref(t->schema), err) == 0)
		status = manifest_write(m, sink->dir, err);
	manifest_free(m);
	return status;
}

int
follow_state_sink(const struct follow_state *state, struct follow_sink *sink, bool several,
	const char *source, const json_t *server, struct error *err)
{
	const json_t *table = json_object_get(state->tables, sink->table->label);
	json_int_t next = json_integer_value(json_object_get(table, "next"));

	if (several) {
		sink->dir = folder_path(state->dir, sink->table->label, err);
	} else {
		sink->dir = strdup(state->dir);
		if (sink->dir == NULL)
			error_nomem(err);
	}
	if (sink->dir == NULL || folder_make(sink->dir, err) < 0 ||
		check_folder(sink->dir, sink->table->label, err) < 0 ||
		write_manifest(sink, source, server, err) < 0)
		return -1;
	return follow_sink_shards(sink, next > 0 ? (uint64_t)next : 0, err);
}

static json_t *
time_text(uint32_t time)
{
	time_t t = time;
	struct tm parts;
	char text[32];

	gmtime_r(&t, &parts);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S+00", &parts);
	return json_string(text);
}

static json_t *
state_object(const struct follow_sink *sinks, size_t n, const char *source, json_t *server,
	const struct binlog_position *position, const struct binlog_gtids *gtids, uint32_t time)
{
	char text[BINLOG_POSITION_MAX];
	json_t *tables = json_object();
	char *gtid = binlog_gtids_text(gtids);
	json_t *o;

	binlog_position_text(position, text);
	for (size_t i = 0; i < n; i++)
		json_object_set_new(tables, sinks[i].table->label,
			json_pack("{s:I}", "next", (json_int_t)sinks[i].next));
	o = json_pack("{s:s, s:s, s:I, s:o*, s:o*, s:s, s:O, s:o}", "position", text,
		"binlog_file", position->file, "binlog_position", (json_int_t)position->offset,
		"gtid", gtid != NULL && gtid[0] != '\0' ? json_string(gtid) : NULL, "time",
		time > 0 ? time_text(time) : NULL, "source", source, "server", server, "tables",
		tables);
	free(gtid);
	return o;
}

int
follow_state_write(const struct follow_state *state, const struct follow_sink *sinks, size_t n,
	const char *source, json_t *server, const struct binlog_position *position,
	const struct binlog_gtids *gtids, uint32_t time, struct error *err)
{
	json_t *o = state_object(sinks, n, source, server, position, gtids, time);
	char *text = o ? json_dumps(o, JSON_PRESERVE_ORDER | JSON_INDENT(2)) : NULL;
	char *path = NULL;
	struct stream_out *out = NULL;
	int status = -1;

	json_decref(o);
	if (text == NULL) {
		error_nomem(err);
		return -1;
	}
	path = state_path(state->dir, err);
	out = path ? stream_out_open(path, NULL, err) : NULL;
	if (out != NULL) {
		stream_out_write(out, text, strlen(text), err);
		stream_out_write(out, "\n", 1, err);
		status = stream_out_finish(out, NULL, err);
	}
	free(path);
	free(text);
	return status;
}

void
follow_state_release(struct follow_state *state)
{
	json_decref(state->tables);
	if (state->lock >= 0)
		close(state->lock);
	*state = (struct follow_state){.lock = -1};
}
