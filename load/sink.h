/*
 * sink.h - the database that is loaded, whatever its kind
 *
 * What a load needs of it: the table, transactions, rows (by the inserter),
 * and the ledger.  postgres_sink.c and mysql_sink.c implement it.
 *
 * open, prepare with the header of the stream, then for each transaction
 * begin, what is to be done, check and commit, or roll_back; close.
 */
#ifndef LOAD_SINK_H
#define LOAD_SINK_H

#include <jansson.h>
#include <stdbool.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "load/inserter.h"
#include "load/ledger.h"
#include "load/target.h"

/* Whether indexes and constraints are dropped before the rows come; KEEP: and stay so. */
enum sink_defer { SINK_DEFER_NOT, SINK_DEFER, SINK_DEFER_KEEP };

/* What is to be done to the table. */
struct sink_plan {
	bool upsert;
	bool replace;
	bool dry_run;
	const char *key; /* of an upsert: names separated by commas; NULL: the primary key */
	enum sink_defer defer;
	bool no_analyze; /* do not gather the table's statistics at the end */
};

/* Indexes and constraints that were dropped: made again, and those that could not be. */
struct sink_rebuilt {
	uint64_t made;
	uint64_t left;
};

/* How to reach it, and whom to tell what; all is borrowed, and outlives the sink. */
struct sink_address {
	const char *target;        /* as the user wrote it, with its password */
	const char *defaults_file; /* MySQL's option file, or NULL */
	const char *table;         /* as the user wrote it */
	void (*notice)(
		void *arg, const char *text); /* what the server says beside its answers */
	void (*warning)(void *arg, const char *text); /* what the user should know */
	void (*reject)(void *arg, const char *text);  /* a row in the way of an index */
	void *arg;
};

struct sink;

/* For the authors of sinks only; callers use the functions below. */
struct sink_class {
	int (*prepare)(struct sink *, const struct sink_plan *, const struct csv_record *header,
		struct error *);
	int (*begin)(struct sink *, struct error *);
	int (*check)(struct sink *, const char *file, struct error *);
	int (*commit)(struct sink *, struct error *);
	void (*roll_back)(struct sink *);
	int (*ledger_open)(struct sink *, bool dry_run, struct error *);
	int (*ledger_find)(struct sink *, const char *shard, struct error *);
	int (*ledger_claim)(struct sink *, const char *shard, bool again, struct ledger_entry *,
		struct error *);
	int (*ledger_enter)(struct sink *, const char *shard, const struct ledger_entry *,
		bool is_new, struct error *);
	int (*ledger_forget)(struct sink *, struct error *);
	/* these may be NULL, up to rebuild */
	bool (*lost_conflict)(const struct error *);
	int (*defer)(struct sink *, struct error *);
	int (*finish)(struct sink *, uint64_t changed, struct sink_rebuilt *, struct error *);
	void (*fail)(struct sink *);
	int (*rebuild)(
		struct sink *, const char *rejects, struct sink_rebuilt *, struct error *);
	json_t *(*describe)(struct sink *, struct error *);
	void (*cancel)(struct sink *);
	void (*close)(struct sink *);
};

struct sink {
	const struct sink_class *class;
	struct target target;      /* its columns; those of the stream from prepare on */
	struct inserter *inserter; /* from prepare on */
};

/*
 * Connect, and find the table.  A table that is not there, or an address of
 * another kind, is ERROR_USAGE.  NULL on failure.
 */
struct sink *sink_open(const struct sink_address *address, struct error *err);

/*
 * Before the first transaction: lay the header's columns over the table's, and
 * make ready what the plan needs.  ERROR_USAGE tells what does not fit.
 */
int sink_prepare(struct sink *s, const struct sink_plan *plan, const struct csv_record *header,
	struct error *err);

/* Begin a transaction, and empty the table in it if the plan is to replace. */
int sink_begin(struct sink *s, struct error *err);

/* What is left to be checked before the commit, while file can still be blamed. */
int sink_check(struct sink *s, const char *file, struct error *err);

/* Also sequences follow the keys.  The error tells when it is not known whether it was done. */
int sink_commit(struct sink *s, struct error *err);

/* Also where the connection is gone: then the server rolls back by itself. */
void sink_roll_back(struct sink *s);

/*
 * Around the files: before the first that is to be loaded, outside of a
 * transaction; after the last, when all is committed, with how many rows
 * changed; or when the load has failed.
 */
int sink_defer(struct sink *s, struct error *err);
int sink_finish(struct sink *s, uint64_t changed, struct sink_rebuilt *done, struct error *err);
void sink_fail(struct sink *s);

/*
 * Instead of a load: make again what is dropped; rows that are in the way go
 * to the file rejects (or NULL), and are ERROR_BUDGET.
 */
int sink_rebuild(
	struct sink *s, const char *rejects, struct sink_rebuilt *done, struct error *err);

/*
 * Whether a transaction failed only because it was in the way of another (a
 * deadlock, a serialization failure), so that it may succeed when begun anew.
 */
bool sink_lost_conflict(const struct sink *s, const struct error *err);

/* See ledger.h; open is called outside of a transaction, and before the others. */
int sink_ledger_open(struct sink *s, bool dry_run, struct error *err);
int sink_ledger_find(struct sink *s, const char *shard, struct error *err);
int sink_ledger_claim(struct sink *s, const char *shard, bool again, struct ledger_entry *old,
	struct error *err);
int sink_ledger_enter(struct sink *s, const char *shard, const struct ledger_entry *entry,
	bool is_new, struct error *err);
int sink_ledger_forget(struct sink *s, struct error *err);

/* The table as Table Schema; the caller's (json_decref). */
json_t *sink_describe(struct sink *s, struct error *err);

/* Make the server give up what it does; from any thread.  arg is the sink. */
void sink_cancel(void *arg);

/* Takes NULL. */
void sink_close(struct sink *s);

/* The two kinds; sink_open chooses by the address. */
struct sink *postgres_sink_open(const struct sink_address *address, struct error *err);
struct sink *mysql_sink_open(const struct sink_address *address, struct error *err);

#endif
