/*
 * applier.h - groups of changes go into tables of PostgreSQL
 *
 * An inserter whose batches are those of change groups.  What is put between
 * begin and end is applied as a set, whatever its order: of the changes of a
 * row only the last counts, rows that are deleted go first, those of children
 * before those of their parents, then the others come, parents before
 * children.  That is what the changes come to one by one, unless the server
 * refuses it, as for a unique value that goes from one row to another.  Then
 * isolate.h tries smaller ranges, in order, down to one change.
 *
 * init, add each table, ready, and in each transaction start; release.
 */
#ifndef LOAD_APPLIER_H
#define LOAD_APPLIER_H

#include <libpq-fe.h>

#include "csv/csv_reader.h"
#include "db/sql.h"
#include "error.h"
#include "load/change_group.h"
#include "load/inserter.h"
#include "load/target.h"

enum { APPLIER_TABLES_MAX = 64 };

/* The SQL of one table; private. */
struct applier_table {
	struct target *target;
	char stage[32]; /* its temporary table's name */
	struct sql create;
	struct sql copy;
	struct sql deletes;
	struct sql upserts;
};

enum applier_savepoint { APPLIER_NONE, APPLIER_TAKEN, APPLIER_REFUSED };

/* Private, but for the inserter. */
struct applier {
	struct inserter inserter; /* the first, by which it is found */
	PGconn *conn;
	struct applier_table tables[APPLIER_TABLES_MAX];
	size_t ntables;
	size_t order[APPLIER_TABLES_MAX]; /* parents first */
	struct sql begin;                 /* a transaction */
	struct sql empty;                 /* the stages */
	bool goes_on;
	enum applier_savepoint savepoint;
	const struct change_group *group;
	size_t from, to; /* what was put */
};

/* goes_on: what is settled is not the end of a transaction. */
void applier_init(struct applier *a, PGconn *conn, bool goes_on);

/*
 * The next table: target, which is borrowed, was matched with the header
 * without _op and _pos and has its key; header is the whole one.
 */
int applier_add(struct applier *a, struct target *target, const struct csv_record *header,
	struct error *err);

/*
 * Learn the order of the tables, and make a temporary table for each, which
 * lasts as long as the session: a pool must not give each transaction another one.
 */
int applier_ready(struct applier *a, struct error *err);

/* Begin a transaction. */
int applier_start(struct applier *a, struct error *err);

void applier_release(struct applier *a);

#endif
