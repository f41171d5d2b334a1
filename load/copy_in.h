/*
 * copy_in.h - COPY … FROM STDIN, the client's side of it
 *
 * start, any number of puts, end; and drain when what end gave is cleared.
 */
#ifndef LOAD_COPY_IN_H
#define LOAD_COPY_IN_H

#include <libpq-fe.h>
#include <stddef.h>

#include "error.h"
#include "load/batch.h"

/*
 * Run statements, of which the last is a COPY with a header, and announce that
 * header: an empty line, see statements.c.  -1 with *err where one fails.
 */
int copy_in_start(PGconn *conn, const char *sql, struct error *err);

int copy_in_put(PGconn *conn, const char *data, size_t n, struct error *err);

/* The rows [from, to) of a batch, but for those that are gone. */
int copy_in_rows(
	PGconn *conn, const struct batch *b, size_t from, size_t to, struct error *err);

/* The COPY's result, which may be a refusal; the caller's.  NULL when the connection failed. */
PGresult *copy_in_end(PGconn *conn, struct error *err);

/* Drop all results up to the last. */
void copy_in_drain(PGconn *conn);

#endif
