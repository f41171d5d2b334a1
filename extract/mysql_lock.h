/*
 * mysql_lock.h - keep MySQL or MariaDB from being written to for a moment
 *
 * Snapshots that several connections begin are the same only if nobody commits
 * in between.
 */
#ifndef EXTRACT_MYSQL_LOCK_H
#define EXTRACT_MYSQL_LOCK_H

#include <mysql.h>

#include "error.h"
#include "extract/source.h"

enum mysql_lock_kind {
	MYSQL_LOCK_NONE,
	MYSQL_LOCK_GLOBAL, /* FLUSH TABLES WITH READ LOCK */
	MYSQL_LOCK_TABLES, /* LOCK TABLES … READ */
};

struct mysql_lock {
	MYSQL *conn; /* of its own: BEGIN would end a lock of tables */
	enum mysql_lock_kind kind;
};

#define MYSQL_LOCK_INIT                                                                        \
	{                                                                                      \
		NULL, MYSQL_LOCK_NONE                                                          \
	}

/*
 * Lock everything, or, where the right to do so is missing, the tables of the
 * request, unless it has queries, whose tables nobody knows.  database is where
 * names without one are looked for, or NULL.
 */
int mysql_lock_take(struct mysql_lock *lock, const char *address, const char *defaults_file,
	const struct snapshot_request *request, const char *database, struct error *err);

void mysql_lock_release(struct mysql_lock *lock);

#endif
