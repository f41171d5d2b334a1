/*
 * describe.h - what a mapping makes, and of what: without any rows
 */
#ifndef TRANSFORM_DESCRIBE_H
#define TRANSFORM_DESCRIBE_H

#include "transform/mapping.h"

enum lineage_format { LINEAGE_TEXT, LINEAGE_CSV, LINEAGE_JSON };

/*
 * The input's header comes from the first of the paths; without one, the
 * columns that the mapping names are taken to be the input's.  Both write to
 * output (NULL: standard output).
 */
struct describe_options {
	const char *const *paths;
	size_t npaths;
	const char *output;
};

struct shard_reader;

/*
 * Bind m to the header of the first path, or to none.  The reader (NULL where
 * there are no paths) keeps the header: close it last, also after a failure.
 */
int describe_bind(struct mapping *m, const struct describe_options *options,
	struct shard_reader **reader, struct error *err);

/* A whole text to a file, or standard output for NULL. */
int describe_write(const char *path, const char *text, size_t len, struct error *err);

/* The output's columns as a Table Schema, with PostgreSQL's types under "caravan". */
int describe_schema(
	struct mapping *m, const struct describe_options *options, struct error *err);

/*
 * Each output column with its type, the source columns it reads and its
 * expression as written; the condition; what is dropped, and why; what is
 * neither read nor dropped.
 */
int describe_lineage(struct mapping *m, enum lineage_format format,
	const struct describe_options *options, struct error *err);

#endif
