/*
 * mysql_refusal.h - what MySQL says about rows that it did not take
 */
#ifndef LOAD_MYSQL_REFUSAL_H
#define LOAD_MYSQL_REFUSAL_H

#include <mysql.h>
#include <stdbool.h>

#include "error.h"
#include "load/inserter.h"

/*
 * After a statement that wrote rows, and failed or not: 0 when all went well;
 * 1 with *why when a row is at fault, also by a warning or note, which tells of
 * a value that is not stored as it was given; -1 with *err when the failure is about
 * something else.  why->row is the statement's row, if the server tells it;
 * tells_row says whether it knows ROW_NUMBER.
 */
int mysql_refusal_find(
	MYSQL *conn, bool failed, bool tells_row, struct refusal *why, struct error *err);

/* Read the column, constraint and row that a message names, and drop the row from it. */
void mysql_refusal_parse(struct refusal *why);

#endif
