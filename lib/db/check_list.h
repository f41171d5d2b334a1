/*
 * check_list.h - the values of a CHECK that is a list of values
 */
#ifndef DB_CHECK_LIST_H
#define DB_CHECK_LIST_H

#include <jansson.h>

/*
 * expression is a CHECK's as PostgreSQL's pg_get_expr writes it, over the one
 * column `name`.  Where it says `column IN (literals)` or `column = literal`,
 * a new array of the values as strings, for the caller; else, and when memory
 * is short, NULL.
 */
json_t *check_list(const char *expression, const char *name);

#endif
