/*
 * change_group.h - changes that wait to be applied, of one table or several, in their order
 *
 * A batch of their records with, for each row, what kind of change it is.
 */
#ifndef LOAD_CHANGE_GROUP_H
#define LOAD_CHANGE_GROUP_H

#include <stdint.h>

#include "error.h"
#include "load/batch.h"
#include "load/inserter.h"

struct change {
	uint32_t table;   /* index into the applier's */
	char op;          /* i, u or d */
	uint64_t key;     /* hash of the key's text: equal keys have equal ones */
	const char *file; /* borrowed: where it was read, for messages */
};

struct change_group {
	struct batch batch; /* the first, by which it is found */
	struct change *changes;
	size_t cap;
};

#define CHANGE_GROUP_INIT                                                                      \
	{                                                                                      \
		BATCH_INIT, NULL, 0                                                            \
	}

int change_group_add(struct change_group *g, const struct csv_record *record,
	const struct change *change, struct error *err);

/* Forget the first n; the others move up. */
void change_group_drop(struct change_group *g, size_t n);

/* The index of the row that batch_record gave. */
size_t change_group_index(const struct change_group *g, const struct csv_record *record);

/* Whether one of the rows [from, to) changes the same row of the same table as *change. */
bool change_group_has_key(
	const struct change_group *g, size_t from, size_t to, const struct change *change);

void change_group_release(struct change_group *g);

#endif
