/*
 * mysql_ledger.h - which shards are in which table: caravan_ledger in MySQL
 *
 * As ledger.h, but there are no schemas inside a database, so it is a table in
 * the database of the table that is loaded.
 */
#ifndef LOAD_MYSQL_LEDGER_H
#define LOAD_MYSQL_LEDGER_H

#include <mysql.h>
#include <stdbool.h>

#include "error.h"
#include "load/ledger.h"
#include "load/target.h"

struct mysql_ledger {
	MYSQL *conn;                 /* borrowed */
	const struct target *target; /* borrowed */
	bool absent;                 /* a dry run of a database that has none */
};

/* The SQL that makes the table, for those who may when we may not. */
const char *mysql_ledger_schema(void);

/* See ledger.h. */
int mysql_ledger_init(struct mysql_ledger *l, MYSQL *conn, const struct target *target,
	bool dry_run, struct error *err);
int mysql_ledger_find(struct mysql_ledger *l, const char *shard, struct error *err);
int mysql_ledger_claim(struct mysql_ledger *l, const char *shard, bool again,
	struct ledger_entry *old, struct error *err);
int mysql_ledger_enter(struct mysql_ledger *l, const char *shard,
	const struct ledger_entry *entry, bool is_new, struct error *err);
int mysql_ledger_forget(struct mysql_ledger *l, struct error *err);

#endif
