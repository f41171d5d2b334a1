/*
 * postgres_describe.h - a table of PostgreSQL as Table Schema
 */
#ifndef DB_POSTGRES_DESCRIBE_H
#define DB_POSTGRES_DESCRIBE_H

#include <jansson.h>
#include <libpq-fe.h>

#include "error.h"

/*
 * What a stream into the table holds: a field for each column
 * that is not computed, with its type, NOT NULL as required, lengths, CHECK …
 * IN as enum, keys and references; under "caravan" what Table Schema cannot
 * say: PostgreSQL's types and defaults, the other CHECKs as rules, unique
 * indexes over expressions, all indexes.  oid is the table's, as text.  The
 * caller owns the object; NULL on failure.
 */
json_t *postgres_describe(PGconn *conn, const char *oid, struct error *err);

/*
 * The same of a stream out of the table that has just the n columns of
 * `names`, in their order; they may be computed ones.  Keys and references are
 * there where all their columns are.
 */
json_t *postgres_describe_columns(
	PGconn *conn, const char *oid, const char *const *names, size_t n, struct error *err);

/* The columns of a result, or of one described (PQdescribePrepared): names and types. */
json_t *postgres_describe_result(PGconn *conn, const PGresult *result, struct error *err);

#endif
