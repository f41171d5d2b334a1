/*
 * binlog_server.h - what is asked of a server before its binary log is read
 */
#ifndef EXTRACT_BINLOG_SERVER_H
#define EXTRACT_BINLOG_SERVER_H

#include <jansson.h>
#include <mysql.h>

#include "extract/binlog_position.h"

struct binlog_server {
	json_t *identity; /* server_id, server_uuid and so on, by their names; own */
	struct binlog_position now;
	char *do_db, *ignore_db; /* databases that are logged, or are not; "" for none */
};

/*
 * Look whether the server writes a log that can be followed (log_bin,
 * binlog_format, binlog_row_image), and how far it is.  ERROR_USAGE if not,
 * with what is to be set or granted.  binlog_server_release in any case.
 */
int binlog_server_look(MYSQL *conn, struct binlog_server *server, struct error *err);

/* Whether changes in that database are logged; ERROR_USAGE if not. */
int binlog_server_logs(
	const struct binlog_server *server, const char *database, struct error *err);

/* Whether this is the server called `before` (an identity) when it was asked last; or -1. */
int binlog_server_is(const json_t *now, const json_t *before, struct error *err);

/*
 * Whether the log has the place still, or already: *position is where reading
 * begins, *gtids the GTIDs there as far as they are known.  Of
 * BINLOG_PLACE_GTID, position->file is "" then: the server finds it.
 */
int binlog_server_find(MYSQL *conn, const struct binlog_server *server,
	const struct binlog_place *place, struct binlog_position *position,
	struct binlog_gtids *gtids, struct error *err);

/* The GTIDs at a position (MariaDB); none where the server does not know or tell them. */
int binlog_server_gtids(MYSQL *conn, const struct binlog_position *position,
	struct binlog_gtids *gtids, struct error *err);

void binlog_server_release(struct binlog_server *server);

#endif
