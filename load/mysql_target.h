/*
 * mysql_target.h - a table of MySQL or MariaDB that is loaded
 */
#ifndef LOAD_MYSQL_TARGET_H
#define LOAD_MYSQL_TARGET_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#include "db/mysql_table.h"
#include "error.h"
#include "load/mysql_value.h"
#include "load/target.h"

struct mysql_target {
	struct target *target;      /* borrowed */
	struct mysql_value *values; /* how each of target->columns is written */
	const char *key_index;      /* that the key of an upsert is found by */
	const char *engine;         /* "" where the catalog tells none */
	bool transactional;
};

/*
 * Take what the catalog says of the table into *t and *target, which is empty
 * and has its arena; all text lives as long as that.  ERROR_USAGE when it is
 * no table that can be loaded.
 */
int mysql_target_init(struct mysql_target *t, struct target *target, MYSQL *conn,
	const struct mysql_table *table, struct error *err);

/* As target_choose_key.  After target_match. */
int mysql_target_choose_key(
	struct mysql_target *t, MYSQL *conn, const char *names, struct error *err);

#endif
