/*
 * postgres_describe.h - a table of PostgreSQL as Table Schema
 */
#ifndef DB_POSTGRES_DESCRIBE_H
#define DB_POSTGRES_DESCRIBE_H

#include <jansson.h>
#include <libpq-fe.h>

#include "error.h"

/*
 * What a stream into (or out of) the table holds: a field for each column
 * that is not computed, with its type, NOT NULL as required, lengths, CHECK …
 * IN as enum, keys and references; under "caravan" what Table Schema cannot
 * say: PostgreSQL's types and defaults, the other CHECKs as rules, unique
 * indexes over expressions, all indexes.  oid is the table's, as text.  The
 * caller owns the object; NULL on failure.
 */
json_t *postgres_describe(PGconn *conn, const char *oid, struct error *err);

#endif
