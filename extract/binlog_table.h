/*
 * binlog_table.h - a table that is followed in the binary log
 *
 * The log has no names of columns, and its types do not tell unsigned from
 * signed or one character set from another: these come from the catalog, at
 * the start.  What the log says of the table is held against it, so that rows
 * from before a change of the table are not taken for others.
 */
#ifndef EXTRACT_BINLOG_TABLE_H
#define EXTRACT_BINLOG_TABLE_H

#include <jansson.h>
#include <mysql.h>
#include <stdbool.h>

#include "extract/binlog_column.h"
#include "extract/binlog_event.h"
#include "extract/source.h"

struct binlog_table {
	const char *label; /* as the user wrote it; borrowed */
	char *database;
	char *name;
	json_t *schema;   /* Table Schema of the stream, with _op and _pos */
	json_t *key;      /* an array of names; NULL: it has none */
	json_t *cascades; /* an array of names of foreign keys whose doings no log shows */
	size_t ncolumns;
	const char **names; /* ncolumns, then _op and _pos */

	/* private */
	MYSQL_RES *fields;  /* as a SELECT has them */
	MYSQL_RES *catalog; /* CATALOG_… */
	bool *is_key;
	struct binlog_column *columns;
	struct binlog_type *types; /* as the log has them */
	struct mysql_value *before, *after;
	struct binlog_buffer buffer;
	bool mapped; /* the log has said what its rows look like */
};

/*
 * Look the table up; table as in a selection.  What cannot be followed (a
 * view, a type or character set that is not read from the log) is ERROR_USAGE.
 * binlog_table_release in any case.
 */
int binlog_table_open(struct binlog_table *t, MYSQL *conn, const char *database,
	const char *table, struct error *err);

/* Whether the map is of this table. */
bool binlog_table_is(const struct binlog_table *t, const struct binlog_map *map);

/* What the log says of the rows that follow; ERROR_RUNTIME where that is not the table of the catalog. */
int binlog_table_map(struct binlog_table *t, const struct binlog_map *map, struct error *err);

/*
 * Read the next row of *rows into t->before (UPDATE, DELETE) and t->after
 * (UPDATE, INSERT): 1; 0 behind the last; -1.
 */
int binlog_table_next(struct binlog_table *t, struct binlog_rows *rows, struct error *err);

/* Whether the row that was read last has another key after than before; without a key, always. */
bool binlog_table_key_changed(const struct binlog_table *t);

/* Write t->before or t->after as fields, without _op and _pos. */
int binlog_table_put(struct binlog_table *t, const struct mysql_value *values,
	struct csv_writer *w, struct error *err);

void binlog_table_release(struct binlog_table *t);

#endif
