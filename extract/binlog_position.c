/*
 * binlog_position.c - see binlog_position.h
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extract/binlog_position.h"

enum { GTID_TEXT_MAX = 48 };

/* A number at *p, up to one of the characters `ends`, behind which *p is moved. */
static int
take_number(const char **p, const char *ends, uint64_t most, uint64_t *number)
{
	char *end;

	if (**p < '0' || **p > '9')
		return -1;
	errno = 0;
	*number = strtoull(*p, &end, 10);
	if (errno != 0 || *number > most || strchr(ends, *end) == NULL)
		return -1;
	*p = *end != '\0' ? end + 1 : end;
	return 0;
}

int
binlog_gtids_put(struct binlog_gtids *gtids, const struct binlog_gtid *gtid, struct error *err)
{
	struct binlog_gtid *list;

	for (size_t i = 0; i < gtids->n; i++) {
		if (gtids->list[i].domain == gtid->domain) {
			gtids->list[i] = *gtid;
			return 0;
		}
	}
	list = realloc(gtids->list, (gtids->n + 1) * sizeof *list);
	if (list == NULL)
		return error_nomem(err);
	gtids->list = list;
	gtids->list[gtids->n++] = *gtid;
	return 0;
}

int
binlog_gtids_parse(struct binlog_gtids *gtids, const char *text)
{
	struct error ignored;

	while (*text != '\0') {
		struct binlog_gtid gtid = {0};
		uint64_t domain, server;

		if (take_number(&text, "-", UINT32_MAX, &domain) < 0 ||
			take_number(&text, "-", UINT32_MAX, &server) < 0 ||
			take_number(&text, ",", UINT64_MAX, &gtid.number) < 0)
			return -1;
		gtid.domain = (uint32_t)domain;
		gtid.server_id = (uint32_t)server;
		if (binlog_gtids_put(gtids, &gtid, &ignored) < 0)
			return -1;
	}
	return 0;
}

bool
binlog_gtids_reach(const struct binlog_gtids *gtids, const struct binlog_gtids *wanted)
{
	for (size_t i = 0; i < wanted->n; i++) {
		bool seen = false;

		for (size_t j = 0; j < gtids->n && !seen; j++)
			seen = gtids->list[j].domain == wanted->list[i].domain &&
			       gtids->list[j].number >= wanted->list[i].number;
		if (!seen)
			return false;
	}
	return true;
}

char *
binlog_gtids_text(const struct binlog_gtids *gtids)
{
	char *text = malloc(gtids->n * GTID_TEXT_MAX + 1);
	char *p = text;

	if (text == NULL)
		return NULL;
	*p = '\0';
	for (size_t i = 0; i < gtids->n; i++) {
		const struct binlog_gtid *g = &gtids->list[i];

		p += snprintf(p, GTID_TEXT_MAX, "%s%" PRIu32 "-%" PRIu32 "-%" PRIu64,
			i > 0 ? "," : "", g->domain, g->server_id, g->number);
	}
	return text;
}

void
binlog_position_text(const struct binlog_position *position, char *buf)
{
	snprintf(buf, BINLOG_POSITION_MAX, "%s:%" PRIu64, position->file, position->offset);
}

int
binlog_position_compare(const struct binlog_position *a, const struct binlog_position *b)
{
	uint64_t x = 0, y = 0;

	if (change_pos_file_number(a->file, strlen(a->file), &x) < 0 ||
		change_pos_file_number(b->file, strlen(b->file), &y) < 0)
		return strcmp(a->file, b->file);
	if (x != y)
		return x < y ? -1 : 1;
	return (a->offset > b->offset) - (a->offset < b->offset);
}

static int
set_file(struct binlog_position *position, const char *file, size_t len)
{
	uint64_t number;

	if (len == 0 || len > CHANGE_POS_FILE_MAX ||
		change_pos_file_number(file, len, &number) < 0)
		return -1;
	memcpy(position->file, file, len);
	position->file[len] = '\0';
	return 0;
}

static int
parse_file(struct binlog_place *place, const char *text)
{
	const char *colon = strrchr(text, ':');
	const char *digits = colon ? colon + 1 : "";

	if (colon == NULL || take_number(&digits, "", INT64_MAX, &place->position.offset) < 0)
		return -1;
	place->kind = BINLOG_PLACE_FILE;
	return set_file(&place->position, text, (size_t)(colon - text));
}

int
binlog_place_parse(
	struct binlog_place *place, const char *option, const char *text, struct error *err)
{
	if (strcmp(text, "now") == 0) {
		place->kind = BINLOG_PLACE_NOW;
		return 0;
	}
	if (change_pos_parse(&place->record, text, strlen(text)) == 0) {
		set_file(&place->position, text, place->record.file_len);
		place->position.offset = place->record.start;
		place->record.file = NULL;
		place->kind = BINLOG_PLACE_RECORD;
		return 0;
	}
	if (text[0] != '\0' && binlog_gtids_parse(&place->gtids, text) == 0) {
		place->kind = BINLOG_PLACE_GTID;
		return 0;
	}
	if (parse_file(place, text) == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"%s '%s' is no place in a binary log: FILE:OFFSET, a _pos, a GTID of MariaDB "
		"or 'now'",
		option, text);
}

/* From the "caravan" object of a copy's datapackage.json, or from a position.json. */
static int
read_place(struct binlog_place *place, json_t *o, const char *path, struct error *err)
{
	const json_t *snapshot = json_object_get(o, "snapshot");
	const json_t *from = snapshot ? snapshot : o;
	const char *file = json_string_value(json_object_get(from, "binlog_file"));
	const json_t *offset = json_object_get(from, "binlog_position");
	const char *gtid = json_string_value(json_object_get(from, "gtid"));

	place->server = json_incref(json_object_get(o, "server"));
	if (gtid != NULL && binlog_gtids_parse(&place->gtids, gtid) < 0)
		place->gtids.n = 0; /* MySQL's have another form */
	if (file == NULL || !json_is_integer(offset) ||
		set_file(&place->position, file, strlen(file)) < 0)
		return error_set(err, ERROR_USAGE, "'%s' has no position in a binary log: %s",
			path,
			snapshot ? "the user who took the snapshot may not have had the right "
				   "to see it, or the server had no binary log"
				 : "it is neither a datapackage.json nor a position.json of "
				   "extract from MySQL or MariaDB");
	place->position.offset = (uint64_t)json_integer_value(offset);
	place->kind = BINLOG_PLACE_FILE;
	return 0;
}

int
binlog_place_load(struct binlog_place *place, const char *path, struct error *err)
{
	json_error_t why;
	json_t *top, *own;
	int status;

	if (access(path, R_OK) < 0)
		return error_errno(err, ERROR_USAGE, "cannot read '%s'", path);
	top = json_load_file(path, 0, &why);
	if (top == NULL)
		return error_set(err, ERROR_USAGE, "'%s' is no JSON: line %d: %s", path,
			why.line, why.text);
	own = json_object_get(top, "caravan");
	status = read_place(place, own ? own : top, path, err);
	json_decref(top);
	return status;
}

void
binlog_place_release(struct binlog_place *place)
{
	free(place->gtids.list);
	json_decref(place->server);
	memset(place, 0, sizeof *place);
}
