/*
 * rebuild.c - see rebuild.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "load/rebuild.h"
#include "load/statements.h"
#include "rejects.h"

struct rebuild {
	const struct rebuild_options *options;
	struct deferred *deferred;
	struct rejects *rejects; /* NULL: rows are only told */
	size_t *columns;         /* of the target, those that a load could fill */
	size_t ncolumns;
	struct sql row; /* one row as CSV */
	bool not_rows;  /* something failed for another reason than rows */
};

enum { KIND, NAME, DEFINITION, BAD_ROWS };

static int
choose_columns(struct rebuild *b, struct error *err)
{
	const struct target *t = b->deferred->target;

	b->columns = calloc(t->ncolumns + 1, sizeof *b->columns);
	if (b->columns == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!t->columns[i].generated)
			b->columns[b->ncolumns++] = i;
	}
	return 0;
}

static int
open_rejects(struct rebuild *b, struct error *err)
{
	const struct budget all = {.percent = true, .share = 100};
	const struct target *t = b->deferred->target;
	struct csv_field *names;

	if (b->options->rejects == NULL)
		return 0;
	names = calloc(b->ncolumns + 1, sizeof *names);
	if (names == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < b->ncolumns; i++) {
		names[i].ptr = t->columns[b->columns[i]].name;
		names[i].len = strlen(names[i].ptr);
	}
	b->rejects = rejects_open(b->options->rejects, "load",
		&(struct csv_record){.fields = names, .nfields = b->ncolumns}, &all, NULL, NULL,
		err);
	free(names);
	return b->rejects ? 0 : -1;
}

/* A value as a CSV field. */
static void
add_field(struct sql *s, const char *value)
{
	if (*value != '\0' && strcmp(value, "\\.") != 0 && strpbrk(value, ",\"\r\n") == NULL) {
		sql_add(s, "%s", value);
		return;
	}
	sql_identifier(s, value); /* quotes, doubled inside, are what CSV has too */
}

/* The first column is the detail, the others are the row. */
static int
tell_row(struct rebuild *b, const PGresult *r, const char *code, const char *name,
	struct error *err)
{
	const char *detail = PQgetvalue(r, 0, 0);
	char text[ERROR_TEXT_MAX];
	struct csv_record record = {0};
	const struct reject reject = {
		.record = &record,
		.file = b->deferred->target->table,
		.code = code,
		.message = text,
	};

	(void)snprintf(text, sizeof text, "%s: %s: %s: %s", b->deferred->target->table, code,
		name, detail);
	b->options->report_reject(b->options->arg, text);
	if (b->rejects == NULL)
		return 0;
	sql_clear(&b->row);
	for (int i = 1; i < PQnfields(r); i++) {
		if (i > 1)
			sql_add(&b->row, ",");
		if (!PQgetisnull(r, 0, i))
			add_field(&b->row, PQgetvalue(r, 0, i));
	}
	record.raw = sql_text(&b->row, err);
	if (record.raw == NULL && b->row.failed)
		return -1;
	record.raw_len = b->row.len;
	(void)snprintf(text, sizeof text, "%s: %s", name, detail);
	return rejects_add(b->rejects, &reject, err);
}

/* A row at a time, as there may be many. */
static int
tell_rows(struct rebuild *b, const char *query, const char *code, const char *name,
	struct error *err)
{
	PGconn *conn = b->deferred->target->conn;
	PGresult *r;
	int status = 0;

	if (!PQsendQuery(conn, query) || !PQsetSingleRowMode(conn))
		status = postgres_failed(conn, NULL, err);
	while ((r = PQgetResult(conn)) != NULL) {
		ExecStatusType got = PQresultStatus(r);

		if (got == PGRES_SINGLE_TUPLE && status == 0)
			status = tell_row(b, r, code, name, err);
		else if (got == PGRES_FATAL_ERROR && status == 0)
			status = postgres_failed(conn, r, err);
		PQclear(r);
	}
	return status;
}

/* Which rows are in the way of what could not be made. */
static int
find_bad_rows(struct rebuild *b, const char *bad_rows, const char *code, const char *name,
	struct error *err)
{
	const struct target *t = b->deferred->target;
	struct sql s = SQL_INIT;
	struct error ignored;
	int status = -1;

	sql_add(&s, "WITH b (id, detail) AS (%s) SELECT b.detail", bad_rows);
	for (size_t i = 0; i < b->ncolumns; i++) {
		sql_add(&s, ", t.");
		sql_identifier(&s, t->columns[b->columns[i]].name);
	}
	sql_add(&s, " FROM b JOIN ONLY %s t ON t.ctid = b.id ORDER BY b.detail, b.id",
		b->deferred->table);
	if (sql_text(&s, err) == NULL || postgres_do(t->conn, statements_begin, err) < 0)
		goto out;
	status = tell_rows(b, s.text, code, name, err);
	(void)postgres_do(t->conn, "ROLLBACK", &ignored);
out:
	sql_release(&s);
	return status;
}

/* The server has said no: tell why, and go on with the next if the connection is sound. */
static int
not_made(
	struct rebuild *b, const PGresult *why, const PGresult *all, int row, struct error *err)
{
	PGconn *conn = b->deferred->target->conn;
	const char *code = postgres_sqlstate(why), *name = PQgetvalue(all, row, NAME);
	char message[POSTGRES_MESSAGE_MAX], text[ERROR_TEXT_MAX];
	bool rows = strncmp(code, "23", 2) == 0;
	struct error ignored;

	if (PQstatus(conn) != CONNECTION_OK || !postgres_is_about_data(code)) {
		postgres_failed(conn, why, err);
		error_prefix(err, "cannot make %s '%s'", PQgetvalue(all, row, KIND), name);
		(void)postgres_do(conn, "ROLLBACK", &ignored);
		return -1;
	}
	postgres_message(why, message, sizeof message);
	(void)snprintf(text, sizeof text, "%s: cannot make %s '%s': %s: %s",
		b->deferred->target->table, PQgetvalue(all, row, KIND), name, code, message);
	b->options->warn(b->options->arg, text);
	if (postgres_do(conn, "ROLLBACK", err) < 0)
		return -1;
	/* 42830: a reference to the table's own key, which could not be made either */
	if (!rows && strcmp(code, "42830") != 0)
		b->not_rows = true;
	if (!rows || PQgetisnull(all, row, BAD_ROWS))
		return 0;
	return find_bad_rows(b, PQgetvalue(all, row, BAD_ROWS), code, name, err);
}

/* 1: made; 0: not, and told why; -1 on error. */
static int
make(struct rebuild *b, const PGresult *all, int row, struct error *err)
{
	const struct deferred *d = b->deferred;
	PGconn *conn = d->target->conn;
	struct sql s = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	sql_add(&s, "%s; ", statements_begin);
	sql_add(&s, "%s; DELETE FROM caravan.deferred WHERE table_name = ",
		PQgetvalue(all, row, DEFINITION));
	sql_literal(&s, d->table);
	sql_add(&s, " AND kind = ");
	sql_literal(&s, PQgetvalue(all, row, KIND));
	sql_add(&s, " AND name = ");
	sql_literal(&s, PQgetvalue(all, row, NAME));
	sql_add(&s, "; COMMIT");
	if (sql_text(&s, err) == NULL)
		goto out;
	r = PQexec(conn, s.text);
	status = PQresultStatus(r) == PGRES_COMMAND_OK ? 1 : not_made(b, r, all, row, err);
out:
	PQclear(r);
	sql_release(&s);
	return status;
}

static PGresult *
read_deferred(const struct deferred *d, struct error *err)
{
	PGresult *there = postgres_run(d->target->conn,
		"SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
		" ON n.oid = c.relnamespace WHERE n.nspname = 'caravan' AND c.relname = "
		"'deferred'",
		err);
	PGresult *r;

	/* where nothing was ever deferred, nothing is */
	if (there == NULL || PQntuples(there) == 0)
		return there;
	r = postgres_query(d->target->conn,
		"SELECT kind, name, definition, bad_rows FROM caravan.deferred"
		" WHERE table_name = $1 ORDER BY kind = 'foreign key', ordinal",
		1, &d->table, err);
	PQclear(there);
	return r;
}

int
rebuild_all(const struct rebuild_options *options, struct deferred *d, uint64_t *rebuilt,
	uint64_t *left, struct error *err)
{
	struct rebuild b = {.options = options, .deferred = d, .row = SQL_INIT};
	PGresult *r = read_deferred(d, err);
	int n = r ? PQntuples(r) : 0, status = r ? 0 : -1;

	*rebuilt = *left = 0;
	if (status == 0 && (choose_columns(&b, err) < 0 || open_rejects(&b, err) < 0))
		status = -1;
	for (int row = 0; status >= 0 && row < n; row++) {
		status = make(&b, r, row, err);
		*(status > 0 ? rebuilt : left) += 1;
	}
	if (status < 0)
		rejects_close(b.rejects);
	else if (b.rejects != NULL)
		status = rejects_finish(b.rejects, rejects_count(b.rejects), err);
	if (status >= 0 && *left > 0)
		status = error_set(err, b.not_rows ? ERROR_RUNTIME : ERROR_BUDGET,
			"%" PRIu64
			" of %d indexes and constraints of '%s' could not be made again "
			"and are kept in caravan.deferred: mend the rows, then load "
			"--rebuild-indexes",
			*left, n, d->target->table);
	sql_release(&b.row);
	free(b.columns);
	PQclear(r);
	return status < 0 ? -1 : 0;
}
