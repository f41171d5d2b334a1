/*
 * ledger.h - which shards are in which table: caravan.ledger in the target
 *
 * A shard's row is written in the transaction that loads the shard, so the two
 * are there together or not at all.  Claiming a shard waits for another loader
 * that has claimed it too, and then tells what that one did.
 *
 * mysql_ledger.h is the same for MySQL.
 */
#ifndef LOAD_LEDGER_H
#define LOAD_LEDGER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "load/target.h"

/* What is known of a shard that was loaded. */
struct ledger_entry {
	uint64_t hash;  /* XXH3 of its content */
	uint64_t bytes; /* of its content */
	uint64_t rows;  /* records */
	uint64_t loaded;
	uint64_t rejected;
	char when[40]; /* only from ledger_claim: as PostgreSQL writes it, UTC */
};

struct ledger {
	PGconn *conn;      /* borrowed */
	const char *table; /* "schema"."name", owned by the target's arena */
	bool absent;       /* a dry run of a database that has none */
};

/* The SQL that makes the schema caravan, for those who may when we may not. */
const char *ledger_schema(void);

/* Whether the schema caravan has that table: 1 or 0; -1 on error. */
int ledger_has_table(PGconn *conn, const char *table, struct error *err);

/*
 * Make the schema, as that table is missing.  Not in a transaction.
 * ERROR_USAGE when the role may not; else_option says what to do without it.
 */
int ledger_make_table(
	PGconn *conn, const char *table, const char *else_option, struct error *err);

/*
 * Look for the ledger; make it if it is not there, unless dry_run.  Not in a
 * transaction.  ERROR_USAGE when it is not there and may not be made.
 */
int ledger_init(struct ledger *l, struct target *t, bool dry_run, struct error *err);

/* Whether the shard is there, whatever its content, for all that is committed: 1 or 0; -1. */
int ledger_find(struct ledger *l, const char *shard, struct error *err);

/*
 * In a transaction: 1 when the shard is ours to load; 0 when it is there
 * already, with *old; -1 on error.  again takes it in any case.
 */
int ledger_claim(struct ledger *l, const char *shard, bool again, struct ledger_entry *old,
	struct error *err);

/*
 * The claimed shard is loaded.  With is_new, another shard of the same content
 * is ERROR_USAGE: it may have been renamed, and would be loaded twice.
 */
int ledger_enter(struct ledger *l, const char *shard, const struct ledger_entry *entry,
	bool is_new, struct error *err);

/* For both kinds: shard has the content of `other`, which is loaded.  Returns -1. */
int ledger_same_content(const char *shard, const char *other, struct error *err);

/* The table has been emptied: forget its shards. */
int ledger_forget(struct ledger *l, struct error *err);

#endif
