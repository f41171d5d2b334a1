/*
 * mysql_rows.h - the result of a SELECT in MySQL or MariaDB, row by row
 */
#ifndef EXTRACT_MYSQL_ROWS_H
#define EXTRACT_MYSQL_ROWS_H

#include <mysql.h>

#include "extract/source.h"

/*
 * Prepare one SELECT without parameters.  The first rows_next runs it; its
 * rows stay in the server until they are asked for.  What returns no rows is
 * ERROR_USAGE, as are columns without a name or with the same name.  conn is
 * borrowed, and busy while rows are read.  NULL on failure.
 */
struct rows *mysql_rows_open(MYSQL *conn, const char *sql, struct error *err);

#endif
