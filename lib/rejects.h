/*
 * rejects.h - rows that a stage refuses, and how many it may refuse
 *
 * A rejects file holds each row as the stage read it, and behind it _stage,
 * _row, _column, _code and _message, so that it can be mended and fed back to
 * the same stage.  It is published also when the budget is exceeded: it tells
 * why.
 */
#ifndef REJECTS_H
#define REJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"

/* --max-rejects: a number of rows, or a share of the rows read. */
struct budget {
	bool percent;
	uint64_t rows; /* when not percent */
	double share;  /* 0..100, when percent */
};

/* "0", "25", "0.1%", "100%".  ERROR_USAGE for anything else. */
int budget_parse(struct budget *b, const char *text, struct error *err);

struct reject {
	const struct csv_record *record;
	const char *file;   /* shard_reader_file */
	const char *column; /* NULL where the whole row is meant */
	const char *code;   /* SQLSTATE, or frictionless's code */
	const char *message;
	bool excused; /* it does not count against the budget */
};

struct rejects;

/*
 * path NULL: rows are only counted.  stage is the program's name; header is
 * the input's, and is used only in this call.  report, unless NULL, is told of
 * each reject as "FILE:LINE: column 'x': code: text".
 */
struct rejects *rejects_open(const char *path, const char *stage,
	const struct csv_record *header, const struct budget *budget,
	void (*report)(void *arg, const char *message), void *arg, struct error *err);

/*
 * One more.  -1 with ERROR_BUDGET when there are more than the budget's number
 * of rows, or with ERROR_RUNTIME when the file cannot be written.
 */
int rejects_add(struct rejects *r, const struct reject *reject, struct error *err);

/* So many of those that were excused count against the budget after all. */
void rejects_charge(struct rejects *r, uint64_t n);

uint64_t rejects_count(const struct rejects *r);

/* The rejects so far are safe on disk, whatever happens next. */
int rejects_checkpoint(struct rejects *r, struct error *err);

/* Free without publishing: a file of that name stays as it is.  Takes NULL. */
void rejects_discard(struct rejects *r);

/*
 * Publish and free, whatever the result.  rows_in is what a share is taken of:
 * over the budget, ERROR_BUDGET.
 */
int rejects_finish(struct rejects *r, uint64_t rows_in, struct error *err);

/* Publish what is there after another failure (*err is left as it was) and free.  Takes NULL. */
void rejects_close(struct rejects *r);

#endif
