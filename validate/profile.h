/*
 * profile.h - what is in tables that nobody can explain any more
 *
 * One pass over each table, memory that does not grow with the rows.  What is
 * told is in profile_json.c, as is its format, which is stable: text and
 * markdown are made from it.
 */
#ifndef VALIDATE_PROFILE_H
#define VALIDATE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"

enum profile_format { PROFILE_TEXT, PROFILE_JSON, PROFILE_MARKDOWN };

/* Paths may be NULL as in struct cli. */
struct profile_options {
	const char *const *operands; /* [NAME=]FILE, [NAME=]FOLDER; none: standard input */
	size_t noperands;
	const char *const *keys; /* [NAME=]COLUMN */
	size_t nkeys;
	bool sort;     /* tables with a key are brought in its order */
	size_t memory; /* bytes for that; 0: PROFILE_SORT_MEMORY */
	enum profile_format format;
	const char *output;
	const char *stats;
	bool end_mark;                             /* standard input must have one */
	FILE *progress;                            /* NULL: none */
	void (*warn)(void *arg, const char *text); /* of rows that are left out, of keys */
	void *arg;
};

#define PROFILE_SORT_MEMORY ((size_t)16 << 20)

/* "json", "text", "markdown"; ERROR_USAGE for anything else. */
int profile_parse_format(enum profile_format *format, const char *text, struct error *err);

/* 0 when all was read and the profile written. */
int profile(const struct profile_options *o, struct error *err);

#endif
