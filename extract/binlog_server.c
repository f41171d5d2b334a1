/*
 * binlog_server.c - see binlog_server.h
 */
#include <inttypes.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/binlog_server.h"

/* Its name, its value (in lower case) where the log can be followed, and what else to say. */
static const struct {
	const char *name;
	const char *value;
	const char *hint;
} settings[] = {
	{"log_bin", "on", "the server writes no binary log"},
	{"binlog_format", "row", "the binary log has statements instead of rows"},
	{"binlog_row_image", "full", "the binary log has not all columns of a row"},
};

static int
check_settings(const json_t *variables, struct error *err)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const char *value =
			json_string_value(json_object_get(variables, settings[i].name));

		if (value != NULL && strcasecmp(value, settings[i].value) != 0)
			return error_set(err, ERROR_USAGE, "%s: %s is %s, and has to be %s",
				settings[i].hint, settings[i].name, value, settings[i].value);
	}
	return 0;
}

static int
fetch_variables(MYSQL *conn, struct binlog_server *server, struct error *err)
{
	MYSQL_RES *result = mydb_query(conn,
		"SHOW GLOBAL VARIABLES WHERE variable_name IN ('log_bin', 'binlog_format', "
		"'binlog_row_image', 'version', 'hostname', 'port', 'server_id', "
		"'server_uuid', 'server_uid')",
		err);
	json_t *all = json_object();
	MYSQL_ROW row;
	int bad = all == NULL;

	server->identity = json_object();
	while (result != NULL && (row = mysql_fetch_row(result)) != NULL) {
		if (row[1] == NULL)
			continue;
		bad |= json_object_set_new(all, row[0], json_string(row[1]));
		if (strncmp(row[0], "binlog", 6) != 0 && strcmp(row[0], "log_bin") != 0)
			bad |= json_object_set_new(
				server->identity, row[0], json_string(row[1]));
	}
	if (result != NULL)
		mysql_free_result(result);
	if (result != NULL && bad)
		error_nomem(err);
	else if (result != NULL)
		bad = check_settings(all, err);
	json_decref(all);
	return result != NULL && bad == 0 ? 0 : -1;
}

/* What the user has no right to is named in the server's own message. */
static int
status_failed(struct error *err)
{
	error_prefix(err, "cannot see where the binary log is");
	err->kind = ERROR_USAGE;
	return -1;
}

static int
fetch_status(MYSQL *conn, struct binlog_server *server, struct error *err)
{
	MYSQL_RES *result = mydb_query(conn, "SHOW MASTER STATUS", err);
	MYSQL_ROW row;
	int status = 0;

	if (result == NULL && mysql_errno(conn) == ER_PARSE_ERROR)
		result = mydb_query(conn, "SHOW BINARY LOG STATUS", err);
	if (result == NULL)
		return mydb_is_lost(conn) ? -1 : status_failed(err);
	row = mysql_fetch_row(result);
	if (row == NULL || strlen(row[0]) > CHANGE_POS_FILE_MAX) {
		status = error_set(err, ERROR_USAGE, "the server writes no binary log");
	} else {
		snprintf(server->now.file, sizeof server->now.file, "%s", row[0]);
		server->now.offset = strtoull(row[1], NULL, 10);
		server->do_db = strdup(row[2] ? row[2] : "");
		server->ignore_db = strdup(row[3] ? row[3] : "");
		if (server->do_db == NULL || server->ignore_db == NULL)
			status = error_nomem(err);
	}
	mysql_free_result(result);
	return status;
}

int
binlog_server_look(MYSQL *conn, struct binlog_server *server, struct error *err)
{
	memset(server, 0, sizeof *server);
	if (fetch_variables(conn, server, err) < 0)
		return -1;
	return fetch_status(conn, server, err);
}

/* Whether a list of names with commas between them has the name. */
static bool
lists(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; *p != '\0';) {
		size_t len = strcspn(p, ",");

		if (len == n && memcmp(p, name, n) == 0)
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}

int
binlog_server_logs(const struct binlog_server *server, const char *database, struct error *err)
{
	if ((server->do_db[0] != '\0' && !lists(server->do_db, database)) ||
		lists(server->ignore_db, database))
		return error_set(err, ERROR_USAGE,
			"the server's binary log leaves out database '%s' (binlog_do_db, "
			"binlog_ignore_db)",
			database);
	return 0;
}

int
binlog_server_is(const json_t *now, const json_t *before, struct error *err)
{
	static const char *const names[] = {"server_uuid", "server_id"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *a = json_string_value(json_object_get(now, names[i]));
		const char *b = json_string_value(json_object_get(before, names[i]));

		if (a != NULL && b != NULL && strcmp(a, b) != 0)
			return error_set(err, ERROR_USAGE,
				"this is another server: its %s is %s, and was %s; positions "
				"in "
				"the log of one mean nothing in that of another",
				names[i], a, b);
	}
	return 0;
}

int
binlog_server_gtids(MYSQL *conn, const struct binlog_position *position,
	struct binlog_gtids *gtids, struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	MYSQL_ROW row;
	const char *text;

	gtids->n = 0;
	if (!mydb_is_mariadb(conn))
		return 0;
	sql_add(&sql, "SELECT BINLOG_GTID_POS(");
	mydb_literal(&sql, position->file);
	sql_add(&sql, ", %" PRIu64 ")", position->offset);
	text = sql_text(&sql, err);
	if (text != NULL)
		result = mydb_query(conn, text, err);
	sql_release(&sql);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	if (row != NULL && row[0] != NULL && binlog_gtids_parse(gtids, row[0]) < 0)
		gtids->n = 0;
	mysql_free_result(result);
	return 0;
}

/* What SHOW BINARY LOGS says of a file, and of the first one. */
struct files {
	struct binlog_position oldest;
	bool found;
	uint64_t size;
};

static int
look_for_file(MYSQL *conn, const char *file, struct files *files, struct error *err)
{
	MYSQL_RES *result = mydb_query(conn, "SHOW BINARY LOGS", err);
	MYSQL_ROW row;

	*files = (struct files){.oldest = {"", 4}};
	if (result == NULL)
		return mydb_is_lost(conn) ? -1 : status_failed(err);
	while ((row = mysql_fetch_row(result)) != NULL) {
		if (files->oldest.file[0] == '\0' && strlen(row[0]) <= CHANGE_POS_FILE_MAX)
			snprintf(files->oldest.file, sizeof files->oldest.file, "%s", row[0]);
		if (strcmp(row[0], file) == 0) {
			files->found = true;
			files->size = strtoull(row[1], NULL, 10);
		}
	}
	mysql_free_result(result);
	return 0;
}

static int
is_purged(const char *wanted, const struct binlog_position *oldest, const char *gtid,
	struct error *err)
{
	return error_set(err, ERROR_USAGE,
		"the binary log at %s is not there any more: the oldest position is "
		"%s:%" PRIu64 "%s%s; what was changed in between has to be copied again",
		wanted, oldest->file, oldest->offset, gtid[0] != '\0' ? ", GTID " : "", gtid);
}

static int
check_position(MYSQL *conn, const struct binlog_position *wanted, struct error *err)
{
	char text[BINLOG_POSITION_MAX];
	struct files files;

	if (look_for_file(conn, wanted->file, &files, err) < 0)
		return -1;
	if (files.found && wanted->offset <= files.size)
		return 0;
	binlog_position_text(wanted, text);
	if (files.found)
		return error_set(err, ERROR_USAGE,
			"the binary log has no position %s: that file ends at %" PRIu64, text,
			files.size);
	if (binlog_position_compare(wanted, &files.oldest) < 0)
		return is_purged(text, &files.oldest, "", err);
	return error_set(err, ERROR_USAGE,
		"the binary log has no file '%s': its files begin with '%s'; is this the same "
		"server?",
		wanted->file, files.oldest.file);
}

/* Whether a has less than b in some domain. */
static bool
is_less(const struct binlog_gtids *a, const struct binlog_gtids *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t j = 0; j < b->n; j++) {
			if (a->list[i].domain == b->list[j].domain &&
				a->list[i].number < b->list[j].number)
				return true;
		}
	}
	return false;
}

static int
gtids_are_not_there(const struct binlog_gtids *wanted, const struct binlog_gtids *has,
	const struct files *files, struct error *err)
{
	char *text = binlog_gtids_text(wanted), *other = binlog_gtids_text(has);

	if (text == NULL || other == NULL)
		error_nomem(err);
	else if (files != NULL)
		is_purged(text, &files->oldest, other, err);
	else
		error_set(err, ERROR_USAGE, "the binary log has no GTID %s yet: it is at %s",
			text, other);
	free(text);
	free(other);
	return -1;
}

/* Those wanted lie between those at the start of the oldest file and those of now. */
static int
check_gtids_are_there(MYSQL *conn, const struct binlog_server *server,
	const struct binlog_gtids *wanted, struct error *err)
{
	struct binlog_gtids oldest = {0}, now = {0};
	struct files files;
	int status = look_for_file(conn, "", &files, err);

	if (status == 0)
		status = binlog_server_gtids(conn, &files.oldest, &oldest, err);
	if (status == 0)
		status = binlog_server_gtids(conn, &server->now, &now, err);
	if (status == 0 && is_less(wanted, &oldest))
		status = gtids_are_not_there(wanted, &oldest, &files, err);
	else if (status == 0 && is_less(&now, wanted))
		status = gtids_are_not_there(wanted, &now, NULL, err);
	free(oldest.list);
	free(now.list);
	return status;
}

/* Where both the position and the GTIDs there are known, they have to agree. */
static int
check_gtids(
	const struct binlog_place *place, const struct binlog_gtids *there, struct error *err)
{
	char *was, *is;

	/* a domain that only one of them has may have begun since, or not have been asked for */
	if (!is_less(&place->gtids, there) && !is_less(there, &place->gtids))
		return 0;
	was = binlog_gtids_text(&place->gtids);
	is = binlog_gtids_text(there);
	error_set(err, ERROR_USAGE,
		"this is another binary log: at %s:%" PRIu64 " its GTID is %s, and was %s",
		place->position.file, place->position.offset, is ? is : "", was ? was : "");
	free(was);
	free(is);
	return -1;
}

int
binlog_server_find(MYSQL *conn, const struct binlog_server *server,
	const struct binlog_place *place, struct binlog_position *position,
	struct binlog_gtids *gtids, struct error *err)
{
	if (binlog_server_is(server->identity, place->server, err) < 0)
		return -1;
	*position = place->kind == BINLOG_PLACE_NOW ? server->now : place->position;
	if (place->kind == BINLOG_PLACE_GTID) {
		position->file[0] = '\0';
		gtids->n = 0;
		if (!mydb_is_mariadb(conn))
			return error_set(err, ERROR_USAGE,
				"positions by GTID are for MariaDB: give FILE:OFFSET");
		for (size_t i = 0; i < place->gtids.n; i++) {
			if (binlog_gtids_put(gtids, &place->gtids.list[i], err) < 0)
				return -1;
		}
		return check_gtids_are_there(conn, server, gtids, err);
	}
	if (check_position(conn, position, err) < 0)
		return -1;
	if (binlog_server_gtids(conn, position, gtids, err) < 0)
		return -1;
	return check_gtids(place, gtids, err);
}

void
binlog_server_release(struct binlog_server *server)
{
	json_decref(server->identity);
	free(server->do_db);
	free(server->ignore_db);
	memset(server, 0, sizeof *server);
}
