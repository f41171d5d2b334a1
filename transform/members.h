/*
 * members.h - rows that belong to some users only: --only and --except
 *
 * The users' keys are read from a file's first column into memory, about 13
 * bytes each and the key's own length.
 */
#ifndef TRANSFORM_MEMBERS_H
#define TRANSFORM_MEMBERS_H

#include <stdbool.h>

#include "csv/csv_reader.h"
#include "error.h"

/* One --only or --except COLUMN=FILE; the texts are borrowed. */
struct member_option {
	const char *column;
	const char *path;
	bool except;
};

struct members;

/* Read the files and lay the options over the input's header.  NULL on error. */
struct members *members_open(const struct member_option *options, size_t n,
	const struct csv_record *header, struct error *err);

/*
 * Whether every option lets the record through: its key is in the file of each
 * --only, and in that of no --except.  NULL is in no file.
 */
bool members_want(const struct members *m, const struct csv_record *record);

/* Takes NULL. */
void members_free(struct members *m);

#endif
