/*
 * json_schema_parts.h - what the files of json_schema share
 */
#ifndef VALIDATE_JSON_SCHEMA_PARTS_H
#define VALIDATE_JSON_SCHEMA_PARTS_H

#include "validate/json_schema.h"
#include "validate/pattern.h"

/* Schemas within each other, also by $ref; deeper, nothing is valid. */
enum { JSON_SCHEMA_DEPTH = 200 };

struct compiled {
	const char *regex;
	struct pattern *pattern;
};

struct json_schema {
	const json_t *root;
	struct compiled *patterns;
	size_t npatterns;
};

/* The schema that a $ref names, or NULL. */
const json_t *json_schema_resolve(const struct json_schema *s, const char *ref);

#endif
