/*
 * binlog_statement.h - what a statement in the binary log does to a table
 *
 * In row format the log has statements for what has no rows: the bounds of
 * transactions, and changes of tables themselves.  Of those only the beginning
 * is looked at, as far as it names tables.
 */
#ifndef EXTRACT_BINLOG_STATEMENT_H
#define EXTRACT_BINLOG_STATEMENT_H

#include <stdbool.h>

#include "extract/binlog_event.h"

enum binlog_statement {
	BINLOG_STATEMENT_OTHER, /* changes no rows and no columns */
	BINLOG_STATEMENT_BEGIN,
	BINLOG_STATEMENT_COMMIT,
	BINLOG_STATEMENT_ROLLBACK, /* also to a savepoint */
	BINLOG_STATEMENT_TABLE,    /* ALTER TABLE, DROP TABLE, TRUNCATE, DROP DATABASE, … */
	BINLOG_STATEMENT_ROWS,     /* changes rows, which the log then does not show */
};

enum binlog_statement binlog_statement_kind(const struct binlog_text *statement);

/*
 * Whether a statement of the kind TABLE is about the table; used is the
 * database that it was run in.  Names are compared without regard to case.
 */
bool binlog_statement_is_about(const struct binlog_text *statement,
	const struct binlog_text *used, const char *database, const char *table);

#endif
