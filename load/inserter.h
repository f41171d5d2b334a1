/*
 * inserter.h - rows go into the target, a batch at a time
 *
 * In a transaction: begin, any number of puts, then exactly one of end or
 * abort; and again.  What end says was taken stays; what was refused is
 * undone by the time of the next begin (or of settle), and the transaction
 * goes on.
 *
 * Each kind of target has its own: copier.h for PostgreSQL, mysql_inserter.h
 * for MySQL.
 */
#ifndef LOAD_INSERTER_H
#define LOAD_INSERTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "load/batch.h"

/* What the server said about rows that it did not take. */
struct refusal {
	char code[6];         /* PostgreSQL: SQLSTATE; MySQL: the number of the error */
	char column[256];     /* "" where it named none */
	char constraint[256]; /* likewise */
	char message[1024];
	uint64_t line; /* of what was put, 1 is the first record's; 0: not known */
	uint64_t row;  /* likewise, of records */
	bool at_once;  /* found together with others, by inserter_explain */
};

/* Rows that were taken; a trigger may have left out some. */
struct copied {
	uint64_t rows; /* that the server counted */
	uint64_t inserted;
	uint64_t updated;
	uint64_t deleted; /* by changes; see applier.h */
};

struct inserter;

/* Told of row `row` of a batch, why it is refused.  -1 with *err ends it. */
typedef int inserter_found(void *arg, size_t row, const struct refusal *why, struct error *err);

struct inserter_class {
	int (*begin)(struct inserter *, struct error *);
	int (*put)(struct inserter *, const struct batch *, size_t from, size_t to,
		struct error *);
	int (*end)(struct inserter *, struct copied *, struct refusal *, struct error *);
	void (*abort)(struct inserter *, const char *reason);
	int (*settle)(struct inserter *, struct error *);
	int (*explain)(struct inserter *, const struct batch *, size_t from, size_t to,
		inserter_found *, void *arg, struct error *); /* may be NULL */
	/* both or none */
	int (*gather)(struct inserter *, const struct batch *, struct error *);
	int (*explain_gathered)(struct inserter *, inserter_found *, void *arg, struct error *);
};

struct inserter {
	const struct inserter_class *class;
	bool active; /* between begin and end; kept by the class */
};

int inserter_begin(struct inserter *i, struct error *err);

/*
 * The rows [from, to) of a batch, but for those that are gone, which must stay there until end; those of one begin follow
 * each other.
 */
int inserter_put(
	struct inserter *i, const struct batch *b, size_t from, size_t to, struct error *err);

/*
 * The rows [from, to) have just been refused for a reference to nothing: tell
 * found of all those that refer to nothing, in order.  Returns 1; 0 when there
 * is none, and when it is not known; -1 on error.
 */
int inserter_explain(struct inserter *i, const struct batch *b, size_t from, size_t to,
	inserter_found *found, void *arg, struct error *err);

/*
 * Whether constraints are asked at the end of all that is put between begin
 * and end, so that the order of rows does not matter; and batches need not
 * stay there until end.
 */
bool inserter_takes_any_order(const struct inserter *i);

/*
 * The same as inserter_explain for any number of whole batches that have been
 * refused together: gather each, which returns 1, or 0 when nothing can be
 * told; then tell found, whose rows are counted from 0 over all batches.  Only
 * where any order is taken.
 */
int inserter_gather(struct inserter *i, const struct batch *b, struct error *err);
int inserter_explain_gathered(
	struct inserter *i, inserter_found *found, void *arg, struct error *err);

/* 1: all rows taken, *copied is set; 0: refused, *refusal is set; -1 on error. */
int inserter_end(
	struct inserter *i, struct copied *copied, struct refusal *refusal, struct error *err);

/* The source has failed: make the server give up what was put.  *reason is what it may log. */
void inserter_abort(struct inserter *i, const char *reason);

/* No more batches: end what begin kept open, before the transaction ends. */
int inserter_settle(struct inserter *i, struct error *err);

#endif
