/*
 * mysql_rows.c - see mysql_rows.h
 *
 * Connector/C would copy each value into a buffer bound beforehand, whose size
 * nobody knows.  Its result callback (STMT_ATTR_CB_RESULT) instead shows where
 * each value lies in the row's packet: take_value notes the place, and the
 * value goes from there to the output.
 *
 * Trap: closing a statement with rows left reads all of them first, so that
 * mysql_rows_close cuts the connection.
 */
#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>

#include "db/mysql.h"
#include "extract/mysql_column.h"
#include "extract/mysql_rows.h"
#include "schema/table_schema.h"

struct mysql_rows {
	struct rows rows;
	MYSQL *conn;
	MYSQL_STMT *stmt;
	MYSQL_RES *meta;
	const MYSQL_FIELD *fields; /* of meta */
	struct mysql_column *columns;
	struct mysql_value *values; /* of the present row */
	const char **names;
	enum { PREPARED, RUNNING, ENDED } state; /* RUNNING: the server may have rows left */
};

/* "Length-encoded integer" of the protocol; moves *p behind it. */
static size_t
packed_length(const unsigned char **p)
{
	const unsigned char *q = *p;
	size_t bytes, x = 0;

	if (*q < 251) {
		*p = q + 1;
		return *q;
	}
	bytes = *q == 252 ? 2 : *q == 253 ? 3 : 8;
	for (size_t i = bytes; i > 0; i--)
		x = x << 8 | q[i];
	*p = q + 1 + bytes;
	return x;
}

/* For Connector/C: row is where the value of a column lies, NULL for NULL; to be moved on. */
static void
take_value(void *arg, unsigned column, unsigned char **row)
{
	struct mysql_rows *r = arg;
	struct mysql_value *v = &r->values[column];
	const unsigned char *p;

	if (row == NULL) {
		v->ptr = NULL;
		v->len = 0;
		return;
	}
	p = *row;
	v->len = r->columns[column].size;
	if (v->len == 0)
		v->len = packed_length(&p);
	v->ptr = p;
	r->rows.bytes += v->len;
	*row += (size_t)(p - *row) + v->len;
}

/*
 * The rows have the types that the server sent when it ran the statement; in
 * rare cases these are not those of the time when it was prepared.
 */
static int
set_types(struct mysql_rows *r, struct error *err)
{
	const MYSQL_FIELD *fields = mariadb_stmt_fetch_fields(r->stmt);

	if (fields == NULL || mysql_stmt_field_count(r->stmt) != r->rows.ncolumns)
		return error_set(err, ERROR_RUNTIME,
			"the columns changed while the statement was being run");
	for (size_t i = 0; i < r->rows.ncolumns; i++)
		mysql_column_init(&r->columns[i], &fields[i]);
	return 0;
}

/* A table whose definition is younger than the snapshot is refused by the server. */
static int
execution_failed(struct mysql_rows *r, struct error *err)
{
	if (mysql_stmt_errno(r->stmt) == ER_TABLE_DEF_CHANGED)
		return error_set(err, ERROR_RUNTIME,
			"the table was changed (ALTER TABLE or the like) after the snapshot "
			"was "
			"taken: nothing of it can be used; run again");
	return mydb_failed(r->conn, r->stmt, err);
}

static int
execute(struct mysql_rows *r, struct error *err)
{
	if (mysql_stmt_attr_set(r->stmt, STMT_ATTR_CB_USER_DATA, r) != 0 ||
		mysql_stmt_attr_set(r->stmt, STMT_ATTR_CB_RESULT, (const void *)take_value) !=
			0)
		return error_set(
			err, ERROR_RUNTIME, "the client library has no result callback");
	if (mysql_stmt_execute(r->stmt) != 0)
		return execution_failed(r, err);
	r->state = RUNNING;
	return set_types(r, err);
}

static int
next(struct rows *rows, struct error *err)
{
	struct mysql_rows *r = (struct mysql_rows *)rows;

	if (r->state == PREPARED && execute(r, err) < 0)
		return -1;
	if (r->state == ENDED)
		return 0;
	switch (mysql_stmt_fetch(r->stmt)) {
	case 0: rows->read++; return 1;
	case MYSQL_NO_DATA: r->state = ENDED; return 0;
	default:
		/* rows were given already: this is no matter of usage any more */
		mydb_failed(r->conn, r->stmt, err);
		err->kind = ERROR_RUNTIME;
		return -1;
	}
}

static void
put(const struct rows *rows, struct csv_writer *w)
{
	const struct mysql_rows *r = (const struct mysql_rows *)rows;

	for (size_t i = 0; i < rows->ncolumns; i++) {
		const struct mysql_value *v = &r->values[i];

		if (v->ptr == NULL)
			csv_writer_null(w);
		else
			r->columns[i].write(w, &r->columns[i], v);
	}
}

static json_t *
schema(const struct rows *rows, struct error *err)
{
	const struct mysql_rows *r = (const struct mysql_rows *)rows;
	json_t *out = table_schema_new(err);

	for (size_t i = 0; out != NULL && i < rows->ncolumns; i++) {
		const char *format;
		enum schema_type type = mysql_column_schema(&r->fields[i], &format);

		if (table_schema_add(out, r->names[i], type, format, err) == NULL) {
			json_decref(out);
			out = NULL;
		}
	}
	return out;
}

static void
close_rows(struct rows *rows)
{
	struct mysql_rows *r = (struct mysql_rows *)rows;

	if (r->state == RUNNING)
		mariadb_cancel(r->conn);
	if (r->meta != NULL)
		mysql_free_result(r->meta);
	if (r->stmt != NULL)
		mysql_stmt_close(r->stmt);
	free(r->columns);
	free(r->values);
	free(r->names);
	free(r);
}

static const struct rows_class class = {
	.next = next,
	.put = put,
	.schema = schema,
	.close = close_rows,
};

/* What the result will look like, before anything is run. */
static int
prepare(struct mysql_rows *r, const char *sql, struct error *err)
{
	if (mysql_stmt_prepare(r->stmt, sql, strlen(sql)) != 0) {
		mydb_failed(r->conn, r->stmt, err);
		return -1;
	}
	r->rows.ncolumns = mysql_stmt_field_count(r->stmt);
	if (r->rows.ncolumns > 0 && mysql_stmt_param_count(r->stmt) == 0)
		return 0;
	error_set(err, ERROR_USAGE, "%s",
		r->rows.ncolumns > 0 ? "the query has parameters ('?')"
				     : "the query returns no rows: it must be a SELECT");
	return -1;
}

static int
set_up_columns(struct mysql_rows *r, struct error *err)
{
	size_t n = r->rows.ncolumns;

	r->meta = mysql_stmt_result_metadata(r->stmt);
	r->columns = calloc(n, sizeof *r->columns);
	r->values = calloc(n, sizeof *r->values);
	r->names = calloc(n, sizeof *r->names);
	if (r->meta == NULL || r->columns == NULL || r->values == NULL || r->names == NULL)
		return error_nomem(err);
	r->fields = mysql_fetch_fields(r->meta);
	for (size_t i = 0; i < n; i++) {
		mysql_column_init(&r->columns[i], &r->fields[i]);
		r->names[i] = r->fields[i].name;
	}
	r->rows.names = r->names;
	return rows_check_names(&r->rows, err);
}

struct rows *
mysql_rows_open(MYSQL *conn, const char *sql, struct error *err)
{
	struct mysql_rows *r = calloc(1, sizeof *r);

	if (r == NULL) {
		error_nomem(err);
		return NULL;
	}
	r->rows.class = &class;
	r->rows.transactional = true;
	r->conn = conn;
	r->stmt = mysql_stmt_init(conn);
	if (r->stmt == NULL) {
		error_nomem(err);
		goto fail;
	}
	if (prepare(r, sql, err) < 0 || set_up_columns(r, err) < 0)
		goto fail;
	return &r->rows;
fail:
	close_rows(&r->rows);
	return NULL;
}
