/*
 * mysql_snapshot.h - begin a consistent snapshot in MySQL, MariaDB or Percona Server
 */
#ifndef EXTRACT_MYSQL_SNAPSHOT_H
#define EXTRACT_MYSQL_SNAPSHOT_H

#include <jansson.h>
#include <mysql.h>
#include <stdbool.h>

#include "error.h"

/*
 * Begin the snapshot, without any lock.  The result, the caller's, has what is
 * known of its moment: time, binlog_file, binlog_position, gtid, and exact.
 * MariaDB and Percona Server tell the position of the snapshot itself
 * (Binlog_snapshot_file, Binlog_snapshot_position); of MySQL it is one from
 * before, which is exact only where nobody can write meanwhile (locked).
 */
json_t *mysql_snapshot_begin(MYSQL *conn, bool locked, struct error *err);

/* Whether the server is one that is known to have snapshots cloned: Percona Server. */
bool mysql_snapshot_can_clone(MYSQL *conn);

/*
 * Begin the snapshot that donor, another connection to the same server, is in
 * (Percona Server: "Snapshot cloning").
 */
int mysql_snapshot_clone(MYSQL *conn, MYSQL *donor, struct error *err);

#endif
