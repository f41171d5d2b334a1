/*
 * profile_parts.h - inside of profile.h: tables, what is known of them, and how it is told
 */
#ifndef VALIDATE_PROFILE_PARTS_H
#define VALIDATE_PROFILE_PARTS_H

#include <jansson.h>

#include "shard/shard_list.h"
#include "shard/shard_reader.h"
#include "validate/profile.h"
#include "validate/profile_column.h"

enum { PROFILE_PAIRS = 4, PROFILE_SAMPLE = 4096, PROFILE_PAIR_COLUMNS = 24 };

/* Two columns whose values together were unique in the first rows. */
struct column_pair {
	size_t a, b;
	struct ident_list *idents;
	struct ident_repeats repeats; /* when all rows were read */
};

/* Files that are one table. */
struct profile_input {
	char *name;
	char *key; /* NULL: by row */
	struct shard_list files;
};

struct profile_inputs {
	struct profile_input *tables;
	size_t n;
};

/* What the operands mean; ERROR_USAGE where they make no sense. */
int profile_inputs_read(
	struct profile_inputs *in, const struct profile_options *o, struct error *err);
void profile_inputs_release(struct profile_inputs *in);

struct table {
	const struct profile_input *input;
	struct ident_store *store;
	struct shard_reader *reader;
	size_t ncolumns;
	char **names;
	struct column *columns;
	uint64_t rows; /* sound ones */
	uint64_t bytes;
	uint64_t defects[4]; /* by enum csv_defect */
	int key;             /* column, or -1 */
	bool key_sorted;     /* never less than before */
	bool sorted_first;   /* the rows were brought in its order, and are counted in it */
	bool key_numeric;    /* whole numbers of 64 bits; else eras go by row alone */
	int64_t last_key;
	struct mark unsorted; /* the first row whose key is less than the one before */
	uint64_t *sample;     /* hashes of the first rows, by row */
	size_t nsample;
	uint32_t sample_nulls; /* by bit, which columns of the sample have some */
	size_t npairs;
	struct column_pair pairs[PROFILE_PAIRS];
};

/* Called for each row, whose table has no more than its number of rows to be read. */
typedef void (*profile_tick)(void *arg, const struct table *t);

struct table_reading {
	bool several; /* there are other tables, to which it may refer */
	size_t sort;  /* bytes for sorting by the key first; 0: rows stay as they come */
	profile_tick tick;
	void *arg;
};

/* Read a table to its end. */
int table_read(struct table *t, const struct profile_input *input, struct ident_store *store,
	const struct table_reading *how, struct error *err);

/* What is needed no more when all but references is told. */
void table_shrink(struct table *t);
void table_release(struct table *t);

/* What is unique, as a JSON array. */
json_t *profile_keys(const struct table *t);

/* Which columns of a table are contained in another's, as a JSON array. */
json_t *profile_references(struct table *tables, size_t n, struct error *err);

/* A column's object; NULL on error. */
json_t *profile_column_json(const struct table *t, const struct column *c, struct error *err);

/* How the column would be parsed: "type" and "expression", set in the object. */
int profile_expression(json_t *object, const struct column *c, struct error *err);

/* The name as PostgreSQL reads it, in quotes where it must be; buf is long enough for any. */
char *profile_quote(const char *name);

/* For people: text of 100 characters, or markdown. */
int profile_print(FILE *out, const json_t *profile, enum profile_format format);

#endif
