/*
 * sql.h - SQL text, put together safely
 *
 * A growing text that remembers a failure: append what is needed, look at
 * sql_text once.  Names and values are quoted for PostgreSQL, for UTF-8 as the
 * client's encoding, whatever standard_conforming_strings says; mysql.h has the
 * same for MySQL.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct sql {
	char *text;
	size_t len;
	size_t cap;
	bool failed; /* memory was short */
};

#define SQL_INIT                                                                               \
	{                                                                                      \
		NULL, 0, 0, false                                                              \
	}

/* Empty it, and keep the memory. */
void sql_clear(struct sql *s);

/* As printf; for SQL of our own, never for names or values. */
void sql_add(struct sql *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* n bytes as they are. */
void sql_append(struct sql *s, const char *text, size_t n);

/*
 * Room for n more bytes and a NUL behind text + len, to be filled by the
 * caller, who adds to len.  False when memory is short or was before.
 */
bool sql_reserve(struct sql *s, size_t n);

/* "name", with its quotes doubled. */
void sql_identifier(struct sql *s, const char *name);

/* "schema"."name" */
void sql_qualified(struct sql *s, const char *schema, const char *name);

/* 'text', or E'text' where there is a backslash; NULL for a null pointer. */
void sql_literal(struct sql *s, const char *text);

/* The text, NUL-terminated, valid until the next append; NULL with *err when memory was short. */
const char *sql_text(const struct sql *s, struct error *err);

void sql_release(struct sql *s);

#endif
