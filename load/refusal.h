/*
 * refusal.h - what PostgreSQL says about rows that it does not take
 */
#ifndef LOAD_REFUSAL_H
#define LOAD_REFUSAL_H

#include <libpq-fe.h>

#include "error.h"
#include "load/inserter.h"
#include "load/target.h"

/*
 * 0 with *refusal, but for its line and row, when a failed result is about
 * rows; else -1 with *err, as postgres_failed.  The detail of a violated NOT
 * NULL or CHECK is left out: it is the whole row, which the rejects file has
 * anyway and a terminal should not show.
 */
int refusal_read(
	PGconn *conn, const PGresult *result, struct refusal *refusal, struct error *err);

/*
 * The line, and where none is known the column, of a COPY into `table` that
 * failed, from the result's context; line 1 is the first record behind the
 * header that is announced.  Other languages' wordings are not understood:
 * then the line stays 0.
 */
void refusal_read_line(struct refusal *refusal, const PGresult *result, const char *table,
	const struct target *target);

#endif
