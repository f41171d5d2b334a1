/*
 * postgres_rows.c - see postgres_rows.h
 *
 * Rows come by COPY (SELECT ...) TO STDOUT (FORMAT csv), whose records are the
 * stream's own, byte for byte, given the session's settings: they are passed
 * on as they are, one message each.
 */
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/postgres_describe.h"
#include "db/sql.h"
#include "extract/postgres_rows.h"

struct postgres_rows {
	struct rows rows;
	PGconn *conn;
	struct sql copy;     /* the statement that gives the rows */
	PGresult *described; /* the columns; owns their names */
	const char **names;
	char *record; /* the present row, with its line end; libpq's */
	size_t len;
	enum { PREPARED, RUNNING, ENDED } state;
};

int
postgres_refused(const PGconn *conn, const PGresult *result, struct error *err)
{
	static const char not_rights[] = "42501", read_only[] = "25006";
	const char *code = result ? postgres_sqlstate(result) : "";

	postgres_failed(conn, result, err);
	if (PQstatus(conn) != CONNECTION_OK || strcmp(code, not_rights) == 0)
		return -1;
	if (strncmp(code, "42", 2) == 0 || strncmp(code, "22", 2) == 0 ||
		strncmp(code, "0A", 2) == 0 || strncmp(code, "3F", 2) == 0 ||
		strcmp(code, read_only) == 0)
		err->kind = ERROR_USAGE;
	return -1;
}

void
postgres_give_up(PGconn *conn)
{
	PGcancel *cancel = PQstatus(conn) == CONNECTION_OK ? PQgetCancel(conn) : NULL;
	char ignored[256];

	if (cancel != NULL)
		(void)PQcancel(cancel, ignored, sizeof ignored);
	PQfreeCancel(cancel);
}

/* The connection is ready for the next statement then, or gone. */
static int
failed(struct postgres_rows *r, PGresult *result, struct error *err)
{
	PGresult *more;

	r->state = ENDED;
	while ((more = PQgetResult(r->conn)) != NULL)
		PQclear(more);
	postgres_failed(r->conn, result, err);
	PQclear(result);
	return -1;
}

static int
execute(struct postgres_rows *r, struct error *err)
{
	PGresult *result = PQexec(r->conn, r->copy.text);

	if (PQresultStatus(result) != PGRES_COPY_OUT) {
		postgres_refused(r->conn, result, err);
		PQclear(result);
		r->state = ENDED;
		return -1;
	}
	PQclear(result);
	r->state = RUNNING;
	return 0;
}

/* The server says that there are no more rows, or why not, and how many there were. */
static int
end(struct postgres_rows *r, struct error *err)
{
	PGresult *result = PQgetResult(r->conn), *more;
	uint64_t said;

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		return failed(r, result, err);
	said = strtoull(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	while ((more = PQgetResult(r->conn)) != NULL)
		PQclear(more);
	r->state = ENDED;
	if (said != r->rows.read)
		return error_set(err, ERROR_RUNTIME, "the server counts %llu rows, %llu came",
			(unsigned long long)said, (unsigned long long)r->rows.read);
	return 0;
}

static int
next(struct rows *rows, struct error *err)
{
	struct postgres_rows *r = (struct postgres_rows *)rows;
	int n;

	if (r->state == PREPARED && execute(r, err) < 0)
		return -1;
	if (r->state == ENDED)
		return 0;
	PQfreemem(r->record);
	r->record = NULL;
	n = PQgetCopyData(r->conn, &r->record, 0);
	if (n > 0) {
		r->len = (size_t)n;
		rows->read++;
		rows->bytes += (uint64_t)n - 1;
		return 1;
	}
	return n == -1 ? end(r, err) : failed(r, NULL, err);
}

static void
put(const struct rows *rows, struct csv_writer *w)
{
	const struct postgres_rows *r = (const struct postgres_rows *)rows;
	struct error ignored; /* the stream keeps it, csv_writer_end tells */

	(void)stream_out_write(w->out, r->record, r->len - 1, &ignored);
}

static json_t *
schema(const struct rows *rows, struct error *err)
{
	const struct postgres_rows *r = (const struct postgres_rows *)rows;

	return postgres_describe_result(r->conn, r->described, err);
}

static void
close_rows(struct rows *rows)
{
	struct postgres_rows *r = (struct postgres_rows *)rows;

	if (r->state == RUNNING)
		postgres_give_up(r->conn);
	PQfreemem(r->record);
	PQclear(r->described);
	sql_release(&r->copy);
	free(r->names);
	free(r);
}

static const struct rows_class class = {
	.next = next, .put = put, .schema = schema, .close = close_rows};

/* What the result will look like, before anything is run. */
static int
prepare(struct postgres_rows *r, const char *sql, struct error *err)
{
	PGresult *result = PQprepare(r->conn, "", sql, 0, NULL);
	int status = 0;

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		status = postgres_refused(r->conn, result, err);
	PQclear(result);
	if (status < 0)
		return -1;
	r->described = PQdescribePrepared(r->conn, "");
	if (PQresultStatus(r->described) != PGRES_COMMAND_OK)
		return postgres_refused(r->conn, r->described, err);
	if (PQnfields(r->described) == 0)
		return error_set(
			err, ERROR_USAGE, "the query returns no columns: it must be a SELECT");
	if (PQnparams(r->described) > 0)
		return error_set(err, ERROR_USAGE, "the query has parameters ('$1')");
	return 0;
}

static int
set_up_columns(struct postgres_rows *r, struct error *err)
{
	r->rows.ncolumns = (size_t)PQnfields(r->described);
	r->names = calloc(r->rows.ncolumns, sizeof *r->names);
	if (r->names == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < r->rows.ncolumns; i++)
		r->names[i] = PQfname(r->described, (int)i);
	r->rows.names = r->names;
	return rows_check_names(&r->rows, err);
}

/*
 * Rights are looked at only when a statement is about to run, which EXPLAIN
 * does, and it takes nothing but what COPY takes.  The line ends keep a
 * comment at the end of the query from swallowing the rest.
 */
static int
check(struct postgres_rows *r, const char *sql, struct error *err)
{
	struct sql explain = SQL_INIT;
	PGresult *result = NULL;
	int status = -1;

	sql_add(&explain, "EXPLAIN DECLARE c CURSOR FOR %s\n", sql);
	sql_add(&r->copy, "COPY (%s\n) TO STDOUT (FORMAT csv)", sql);
	if (sql_text(&explain, err) == NULL || sql_text(&r->copy, err) == NULL)
		goto out;
	result = PQexecParams(r->conn, explain.text, 0, NULL, NULL, NULL, NULL, 0);
	status = 0;
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		status = postgres_refused(r->conn, result, err);
out:
	PQclear(result);
	sql_release(&explain);
	return status;
}

struct rows *
postgres_rows_open(PGconn *conn, const char *sql, struct error *err)
{
	struct postgres_rows *r = calloc(1, sizeof *r);

	if (r == NULL) {
		error_nomem(err);
		return NULL;
	}
	r->rows.class = &class;
	r->rows.transactional = true;
	r->conn = conn;
	r->copy = (struct sql)SQL_INIT;
	if (prepare(r, sql, err) < 0 || set_up_columns(r, err) < 0 || check(r, sql, err) < 0) {
		close_rows(&r->rows);
		return NULL;
	}
	return &r->rows;
}
