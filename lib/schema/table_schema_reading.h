/*
 * table_schema_reading.h - what the files that read a Table Schema share
 */
#ifndef SCHEMA_TABLE_SCHEMA_READING_H
#define SCHEMA_TABLE_SCHEMA_READING_H

#include "schema/table_schema.h"

/* What is being read, for messages: field is NULL at the level of the schema. */
struct schema_reading {
	struct table_schema *schema;
	const char *field;
	struct error *err;
};

/* A schema error, with the file and the field in front.  Returns -1. */
int schema_fail(const struct schema_reading *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* n zeroed things of a size from the schema's arena; NULL with the error set. */
void *schema_allocate(const struct schema_reading *r, size_t n, size_t size);

void schema_set_text(struct schema_text *t, const json_t *string);

/* An array of strings, or of objects with a string `value`; each but once. */
int schema_read_texts(const struct schema_reading *r, const char *key, const json_t *array,
	struct schema_texts *texts);

/* missing is what the schema has for fields without missingValues; f lies in schema->fields. */
int schema_read_field(struct schema_reading *r, const struct schema_texts *missing,
	json_t *json, struct schema_field *f);

#endif
