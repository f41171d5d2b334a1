/*
 * table_schema.h - read and write Table Schema (v2, datapackage.org)
 *
 * Reading gives a struct whose shape has been checked: types, formats and
 * constraints are known ones and fit each other, keys name fields that exist.
 * Whether the value of a constraint fits the type of its field is for the
 * validator, which owns the types.
 *
 * Writing builds a jansson object, field by field, and its text; it is what
 * the programs' --describe prints and what a manifest holds.
 */
#ifndef SCHEMA_TABLE_SCHEMA_H
#define SCHEMA_TABLE_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"

enum schema_type {
	SCHEMA_ANY,
	SCHEMA_STRING,
	SCHEMA_NUMBER,
	SCHEMA_INTEGER,
	SCHEMA_BOOLEAN,
	SCHEMA_OBJECT,
	SCHEMA_ARRAY,
	SCHEMA_LIST,
	SCHEMA_DATETIME,
	SCHEMA_DATE,
	SCHEMA_TIME,
	SCHEMA_YEAR,
	SCHEMA_YEARMONTH,
	SCHEMA_DURATION,
	SCHEMA_GEOPOINT,
	SCHEMA_GEOJSON,
	SCHEMA_TYPES
};

/* How the fields are laid over the columns; the words are the specification's. */
enum schema_match {
	SCHEMA_EXACT,    /* the same, in the same order */
	SCHEMA_EQUAL,    /* the same, in any order */
	SCHEMA_SUBSET,   /* all fields are there, other columns too */
	SCHEMA_SUPERSET, /* all columns are fields, some fields may be absent */
	SCHEMA_PARTIAL   /* at least one in common */
};

/* NUL-terminated as well; a NUL inside is not possible. */
struct schema_text {
	const char *ptr;
	size_t len;
};

struct schema_texts {
	const struct schema_text *items;
	size_t n;
};

/* Members that are not there are false, NULL, or -1 for the lengths. */
struct schema_constraints {
	bool required;
	bool unique;
	int64_t min_length;
	int64_t max_length;
	const json_t *minimum; /* a string or a number, as is each bound */
	const json_t *maximum;
	const json_t *exclusive_minimum;
	const json_t *exclusive_maximum;
	const json_t *enumeration; /* an array that is not empty */
	const json_t *json_schema; /* an object */
	const char *pattern;
};

struct schema_field {
	struct schema_text name;
	enum schema_type type;
	const char *format; /* "default" where none is given */
	struct schema_constraints constraints;
	struct schema_texts missing; /* the field's own, else the schema's, else "" */
	const json_t *categories;    /* an array of values, or of objects with a value */
	struct schema_texts true_values;
	struct schema_texts false_values;
	struct schema_text decimal_char; /* "." */
	struct schema_text group_char;   /* empty: none */
	bool bare_number;
	struct schema_text delimiter; /* of a list: "," */
	enum schema_type item_type;   /* of a list: string */
	const json_t *json;           /* the whole descriptor */
};

/* Indices of fields. */
struct schema_key {
	const size_t *fields;
	size_t n;
};

/* resource is NULL for a reference to the table itself; the columns are then fields of it. */
struct schema_foreign_key {
	struct schema_key key;
	const char *resource;
	struct schema_texts columns;
};

/* All that it points to lives as long as the schema does. */
struct table_schema {
	const char *path; /* as given: for messages */
	json_t *json;
	struct schema_field *fields;
	size_t nfields;
	enum schema_match match;
	struct schema_key primary_key; /* n 0: none */
	struct schema_key *unique_keys;
	size_t nunique_keys;
	struct schema_foreign_key *foreign_keys;
	size_t nforeign_keys;
	struct arena arena;
};

/* Read a file.  What is wrong in it is ERROR_USAGE, "FILE: field 'x': …".  Free the result. */
struct table_schema *table_schema_read(const char *path, struct error *err);

/*
 * The same from a JSON value, which is borrowed; name stands for the path in
 * messages and is copied.
 */
struct table_schema *table_schema_parse(json_t *json, const char *name, struct error *err);

/* Takes NULL. */
void table_schema_free(struct table_schema *schema);

/* "integer" and so on. */
const char *schema_type_name(enum schema_type type);

/* The index of the first field of that name, or -1. */
int table_schema_find(const struct table_schema *schema, const char *name, size_t len);

/*
 * A JSON scalar as the text that a CSV field would hold: a string itself, a
 * number in the fewest digits that read back the same, true, false; other
 * values as JSON.  Into buf, always terminated; returns its length, or -1
 * when it does not fit or memory is short.
 */
int schema_scalar_text(const json_t *value, char *buf, size_t size);

/*
 * Writing.  The functions return NULL or -1 when memory is short or a name is
 * not UTF-8, with *err filled.  What they return is borrowed from the schema,
 * but table_schema_new's object is the caller's (json_decref).
 */

/*
 * An empty schema.  Its missingValues are [], since the stream tells NULL
 * from the empty string by itself.
 */
json_t *table_schema_new(struct error *err);

/*
 * Append a field.  format may be NULL.  A boolean gets trueValues ["t"] and
 * falseValues ["f"], the stream's own.
 */
json_t *table_schema_add(json_t *schema, const char *name, enum schema_type type,
	const char *format, struct error *err);

/* Set a constraint of a field; steals value, NULL counts as out of memory. */
int table_schema_constrain(json_t *field, const char *key, json_t *value, struct error *err);

/* Set a member of the object "caravan" of a field or of the schema; steals value likewise. */
int table_schema_extra(json_t *object, const char *key, json_t *value, struct error *err);

int table_schema_set_primary_key(
	json_t *schema, const char *const *names, size_t n, struct error *err);
int table_schema_add_unique_key(
	json_t *schema, const char *const *names, size_t n, struct error *err);

/* resource NULL: the table itself. */
int table_schema_add_foreign_key(json_t *schema, const char *const *names, size_t n,
	const char *resource, const char *const *columns, struct error *err);

/* As indented text with a line end; the caller frees it.  *len may be NULL. */
char *table_schema_text(const json_t *schema, size_t *len, struct error *err);

#endif
