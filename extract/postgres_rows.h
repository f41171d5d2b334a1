/*
 * postgres_rows.h - the result of a SELECT in PostgreSQL, row by row
 */
#ifndef EXTRACT_POSTGRES_ROWS_H
#define EXTRACT_POSTGRES_ROWS_H

#include <libpq-fe.h>

#include "extract/source.h"

/*
 * Prepare one SELECT without parameters, and let the server plan it, which
 * checks rights and, in a transaction, locks its tables against changes of
 * their definition.  The first rows_next runs it.  What returns no rows is
 * ERROR_USAGE, as are columns with the same name.  conn is borrowed, and busy
 * while rows are read.  NULL on failure.
 */
struct rows *postgres_rows_open(PGconn *conn, const char *sql, struct error *err);

/*
 * Fill *err from a statement that was refused: ERROR_USAGE where the statement
 * is wrong (syntax, unknown names, values of constants), else ERROR_RUNTIME.
 * Returns -1.
 */
int postgres_refused(const PGconn *conn, const PGresult *result, struct error *err);

/* Ask the server to stop what it does for conn.  For what is given up: errors do not matter. */
void postgres_give_up(PGconn *conn);

#endif
