/*
 * copy_in.c - see copy_in.h
 */
#include <stdbool.h>

#include "db/postgres.h"
#include "load/copy_in.h"

void
copy_in_drain(PGconn *conn)
{
	PGresult *r;

	while ((r = PQgetResult(conn)) != NULL)
		PQclear(r);
}

/* The server may have said why it went; libpq alone only knows that it did. */
static int
put_failed(PGconn *conn, struct error *err)
{
	PGresult *r = PQgetResult(conn);
	int status;

	if (r != NULL && PQresultStatus(r) != PGRES_FATAL_ERROR) {
		PQclear(r);
		r = NULL;
	}
	status = postgres_failed(conn, r, err);
	PQclear(r);
	return status;
}

int
copy_in_put(PGconn *conn, const char *data, size_t n, struct error *err)
{
	enum { PIECE = 1 << 17 };

	while (n > 0) {
		int piece = n < PIECE ? (int)n : PIECE;

		if (PQputCopyData(conn, data, piece) != 1)
			return put_failed(conn, err);
		data += piece;
		n -= (size_t)piece;
	}
	return 0;
}

int
copy_in_start(PGconn *conn, const char *sql, struct error *err)
{
	bool started = false;
	int status = -1;
	PGresult *r;

	if (!PQsendQuery(conn, sql))
		return postgres_failed(conn, NULL, err);
	while (!started && (r = PQgetResult(conn)) != NULL) {
		ExecStatusType got = PQresultStatus(r);

		started = got == PGRES_COPY_IN;
		if (!started && got != PGRES_COMMAND_OK)
			status = postgres_failed(conn, r, err);
		PQclear(r);
	}
	if (!started)
		return status;
	return copy_in_put(conn, "\n", 1, err);
}

/* Runs of rows that are not gone lie together. */
int
copy_in_rows(PGconn *conn, const struct batch *b, size_t from, size_t to, struct error *err)
{
	while (from < to) {
		size_t end = from, start = batch_offset(b, from);

		while (end < to && !b->rows[end].gone)
			end++;
		if (end > from && copy_in_put(conn, b->data + start,
					  batch_offset(b, end) - start, err) < 0)
			return -1;
		for (from = end; from < to && b->rows[from].gone;)
			from++;
	}
	return 0;
}

PGresult *
copy_in_end(PGconn *conn, struct error *err)
{
	PGresult *r;

	if (PQputCopyEnd(conn, NULL) != 1) {
		put_failed(conn, err);
		return NULL;
	}
	r = PQgetResult(conn);
	if (r == NULL)
		postgres_failed(conn, NULL, err);
	return r;
}
