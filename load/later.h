/*
 * later.h - rows that are to be tried again when the others are loaded,
 * and why they were refused until now
 *
 * Kept on disk (see spill.h), as nothing bounds their number.  Add rows, rewind, take them one by one.
 */
#ifndef LOAD_LATER_H
#define LOAD_LATER_H

#include <stdint.h>
#include <stdio.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "load/inserter.h"

struct later {
	FILE *file; /* NULL until the first row */
	uint64_t count;
	char *raw; /* of the row that later_next gave */
	size_t cap;
};

#define LATER_INIT                                                                             \
	{                                                                                      \
		NULL, 0, NULL, 0                                                               \
	}

int later_add(struct later *l, const struct csv_record *record, const struct refusal *why,
	struct error *err);

/* From here on rows are taken. */
int later_rewind(struct later *l, struct error *err);

/*
 * 1 with *record (without its fields), valid until the next call, and *why;
 * 0 at the end; -1 on error.
 */
int later_next(
	struct later *l, struct csv_record *record, struct refusal *why, struct error *err);

/* Forget all; *l is empty then. */
void later_release(struct later *l);

#endif
