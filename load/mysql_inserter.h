/*
 * mysql_inserter.h - the inserter for MySQL (see inserter.h)
 *
 * Rows go by LOAD DATA LOCAL from memory, or, where that is not allowed, by
 * INSERT of many rows.  LOAD DATA LOCAL makes warnings of errors, so a warning is an
 * error here; a row that comes alone is inserted, so that its refusal is the
 * server's own.
 */
#ifndef LOAD_MYSQL_INSERTER_H
#define LOAD_MYSQL_INSERTER_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#include "db/sql.h"
#include "error.h"
#include "load/cells.h"
#include "load/inserter.h"
#include "load/mysql_statements.h"
#include "load/mysql_target.h"

enum mysql_savepoint { MYSQL_SAVEPOINT_NONE, MYSQL_SAVEPOINT_TAKEN, MYSQL_SAVEPOINT_REFUSED };

/* Private, but for its size. */
struct mysql_inserter {
	struct inserter inserter; /* the first, by which it is found */
	MYSQL *conn;
	const struct mysql_target *target;
	const struct mysql_statements *statements;
	size_t packet;  /* bytes that a statement may have */
	bool may_load;  /* LOAD DATA LOCAL */
	bool tells_row; /* the server knows ROW_NUMBER of a condition */
	enum mysql_savepoint savepoint;
	struct cells cells;
	enum mysql_form form;
	struct sql text; /* the rows that have not been sent, in that form */
	const struct batch *batch;
	size_t from, to; /* they are these of the batch */
	size_t taken;    /* rows that were sent since begin */
	bool refused;    /* one of them was, or would be */
	struct refusal why;
};

/*
 * conn, target and statements are borrowed.  packet is the server's
 * max_allowed_packet.  Release also after failure.
 */
void mysql_inserter_init(struct mysql_inserter *m, MYSQL *conn,
	const struct mysql_target *target, const struct mysql_statements *statements,
	size_t packet, bool may_load);

void mysql_inserter_release(struct mysql_inserter *m);

#endif
