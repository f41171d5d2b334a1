/*
 * change_table.h - a table that changes are applied to: its input, its rejects,
 * and how far it has come
 */
#ifndef LOAD_CHANGE_TABLE_H
#define LOAD_CHANGE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/sql.h"
#include "error.h"
#include "load/change_group.h"
#include "load/change_input.h"
#include "load/changes.h"
#include "load/position.h"
#include "load/target.h"
#include "rejects.h"

struct change_table {
	const struct changes_options *options; /* borrowed */
	struct change_input input;
	struct target *target;
	struct target own; /* what target is, of all but the first table */
	struct sql name;   /* "schema"."name" */
	struct position position;
	char seen[CHANGE_POS_TEXT_MAX + 1];     /* the position of the last change taken */
	struct change_pos last;                 /* the same, borrowed from it */
	bool any;                               /* there is one */
	char complete[CHANGE_POS_TEXT_MAX + 1]; /* up to where transactions are whole */
	struct sql rejects_path;
	struct rejects *rejects;
	uint64_t saved;            /* rejects that are on disk */
	bool old_rejects;          /* there was a file of that name before */
	uint64_t applied, refused; /* since the last commit */
	size_t *key;               /* target->nkey fields of the header */
	bool *keep;                /* fields that a deletion keeps */
	struct sql deletion;       /* a record of just those */
};

/*
 * Begin with the target, and the input, which are open; release also after
 * failure.  Learns the key, opens the rejects, and reads the position.
 */
int change_table_open(struct change_table *t, bool first, bool no_position, struct error *err);

/* Whether the input's present change is behind what is applied or taken; if so, note that it is taken. */
int change_table_advance(struct change_table *t, struct error *err);

/* Add the input's present change, which is i, u or d, to a group; a NULL in its key is a reject. */
int change_table_take(
	struct change_table *t, uint32_t index, struct change_group *g, struct error *err);

int change_table_reject(struct change_table *t, const struct csv_record *record,
	const char *file, const char *column, const char *code, const char *message,
	struct error *err);

/* The rejects are on disk; an earlier run's are kept under another name. */
int change_table_save_rejects(struct change_table *t, struct error *err);

/* Publish the rejects; status is what came of it all, as is the result. */
int change_table_end_rejects(struct change_table *t, int status, struct error *err);

void change_table_release(struct change_table *t);

#endif
