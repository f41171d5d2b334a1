/*
 * postgres_session.h - a connection to PostgreSQL as extract wants it, in its snapshot
 */
#ifndef EXTRACT_POSTGRES_SESSION_H
#define EXTRACT_POSTGRES_SESSION_H

#include <jansson.h>
#include <libpq-fe.h>

#include "error.h"

/*
 * Connect, and set up the session: what comes out depends on the data alone,
 * not on settings of the server, the database or the user, and no limit on
 * time ends it.  NULL on failure.
 */
PGconn *postgres_session_open(const char *address, struct error *err);

/* What the server is; an object for a manifest, the caller's. */
json_t *postgres_session_identity(PGconn *conn, struct error *err);

/*
 * Begin a read-only transaction, whose snapshot is taken now.  The result, the
 * caller's, has what is known of it: time, wal_position, xids, and, if it is
 * to be shared, its name as "id".
 */
json_t *postgres_session_begin(PGconn *conn, bool shared, struct error *err);

/* Begin one in a snapshot that another connection shares. */
int postgres_session_join(PGconn *conn, const char *id, struct error *err);

#endif
