/*
 * parse.h - a mapping's SELECT as a tree of our own
 *
 * PostgreSQL's parser (libpg_query) reads the text; what it makes of it is
 * brought into the few kinds of node that a mapping may have, and everything
 * else is refused here, at its place.  Names are not looked up and types are
 * not resolved: compile.c does that.
 */
#ifndef EXPR_PARSE_H
#define EXPR_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "expr/source.h"

enum sql_kind {
	SQL_COLUMN,   /* qualifier (or NULL) and name */
	SQL_LITERAL,  /* literal, text */
	SQL_CAST,     /* args[0] to type */
	SQL_CALL,     /* name(args…); name has its schema unless that is pg_catalog */
	SQL_OPERATOR, /* args[0] name args[1], or name args[0] */
	SQL_AND,      /* args… */
	SQL_OR,
	SQL_NOT,
	SQL_IS_NULL,  /* negated: IS NOT NULL */
	SQL_IS_BOOL,  /* test; negated: IS NOT TRUE … */
	SQL_DISTINCT, /* args[0] IS DISTINCT FROM args[1]; negated */
	SQL_IN,       /* args[0] IN (args[1], …); negated */
	SQL_BETWEEN,  /* args[0] BETWEEN args[1] AND args[2]; negated; symmetric */
	SQL_CASE,     /* see has_operand */
	SQL_COALESCE,
	SQL_NULLIF,
	SQL_GREATEST,
	SQL_LEAST,
	SQL_ARRAY,     /* ARRAY[args…] */
	SQL_SUBSCRIPT, /* args[0] and the bounds that are there: see bounds */
	SQL_ANY,       /* args[0] name ANY (args[1]); negated: ALL */
};

enum { SQL_SUBSCRIPTS_MAX = 6 };

enum sql_literal {
	SQL_NULL,
	SQL_STRING,  /* of unknown type until its context is known */
	SQL_INTEGER, /* fits 32 bits */
	SQL_NUMBER,  /* text as written: an int8 if it fits, else numeric */
	SQL_BOOLEAN, /* text is "t" or "f" */
};

enum sql_bool_test { SQL_TEST_TRUE, SQL_TEST_FALSE, SQL_TEST_UNKNOWN };

struct sql_type {
	const char *
		name; /* in PostgreSQL's catalog: "int4"; with its schema unless that is pg_catalog */
	int nmods;
	int32_t mods[2];
	bool array;
	size_t at;
};

struct sql_node {
	enum sql_kind kind;
	size_t at; /* byte offset in the source, or SQL_NOWHERE */
	const char *qualifier;
	const char *name;
	bool negated;
	bool symmetric;
	bool has_operand; /* CASE x …: args[0] is x; then pairs WHEN, THEN; ELSE is last, always there */
	bool slice; /* one of the subscripts has a colon */
	enum sql_bool_test test;
	int nsubscripts; /* of SQL_SUBSCRIPT */
	unsigned colons; /* bit i: subscript i has a colon */
	unsigned bounds; /* bit 2i: subscript i has a lower bound; bit 2i + 1: an upper one */
	enum sql_literal literal;
	int nargs;
	const char *text;
	size_t text_len;
	const struct sql_type *type;
	struct sql_node **args;
};

struct sql_target {
	const char *name;
	bool named; /* by AS, or by being a column */
	struct sql_node *expr;
	size_t at;
	size_t expr_start, expr_end; /* the expression as written, without AS name */
};

enum sql_from_kind {
	SQL_FROM_INPUT,    /* the first of FROM */
	SQL_FROM_LOOKUP,   /* another table */
	SQL_FROM_FUNCTION, /* rows that a function makes */
};

/* One member of FROM, in the order they are written. */
struct sql_from {
	enum sql_from_kind kind;
	const char
		*name; /* what its columns may be qualified with: the alias, if there is one */
	const char *table; /* as written; of a function, its name */
	bool aliased;
	size_t at;
	bool left;           /* LEFT JOIN */
	size_t visible;      /* its condition may name the members from here to itself */
	struct sql_node *on; /* NULL: none */
	size_t nnames;       /* of a lookup, USING; of a function, its columns' new names */
	const char **names;
	struct sql_node *call;
	bool ordinality;
	size_t start, end; /* as written, with its condition */
};

/* -- drop: COLUMN   reason */
struct sql_drop {
	const char *column;
	bool quoted;
	const char *reason; /* "" when none is given */
	size_t at;
};

struct sql_mapping {
	struct arena arena; /* holds all of it */
	const char *table;  /* from[0].name */
	size_t nfrom;
	struct sql_from *from; /* the input, then what is joined to it */
	size_t ntargets;
	struct sql_target *targets;
	struct sql_node *where;        /* NULL: none */
	size_t where_start, where_end; /* as written */
	size_t ndrops;
	struct sql_drop *drops;
};

/* Fills *m, which sql_mapping_release takes also after a failure. */
int sql_mapping_parse(struct sql_mapping *m, struct sql_source *source, struct error *err);

void sql_mapping_release(struct sql_mapping *m);

#endif
