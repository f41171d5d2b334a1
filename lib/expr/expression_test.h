/*
 * expression_test.h - tables of expressions and what they give
 *
 * For tests only.  An expression goes through parser, compiler and evaluator,
 * over one row of four columns, at 2024-02-29 23:14:15.678901+00.
 */
#ifndef EXPRESSION_TEST_H
#define EXPRESSION_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expr/compile.h"

struct sample {
	const char *expression; /* of columns a = '12', b = '', c = NULL, d = 'Ünï x' */
	const char *result; /* NULL: NULL; or "! SQLSTATE message", or "? message" at start */
};

static const struct csv_field names[] = {
	{"a", 1, false}, {"b", 1, false}, {"c", 1, false}, {"d", 1, false}};
static const struct csv_field fields[] = {
	{"12", 2, false}, {"", 0, false}, {NULL, 0, true}, {"Ünï x", 7, false}};

/* What an expression gives, or the error, into buf; false for NULL. */
static inline bool
evaluate(const char *expression, char *buf, size_t size)
{
	const struct expr_scope scope = {.table = "t", .ncolumns = 4, .columns = names};
	struct expr_error failure = {"", ""};
	struct sql_mapping mapping;
	struct sql_source source;
	struct error err = ERROR_INIT;
	struct expr_unit *unit = NULL;
	struct arena arena;
	struct expr_frame frame = {.context = {&arena, &failure}, .rows = {fields}};
	struct expr *e = NULL;
	struct value v = {0};
	char text[1024];
	bool null = false;

	arena_init(&arena);
	snprintf(text, sizeof text, "SELECT %s AS x FROM t", expression);
	assert_int_equal(sql_source_set(&source, "m", text, strlen(text), &err), 0);
	if (sql_mapping_parse(&mapping, &source, &err) == 0) {
		unit = expr_unit_new(&source, &scope, &err);
		assert_non_null(unit);
		assert_int_equal(
			expr_unit_set_now(unit, "2024-02-29 23:14:15.678901+00", &err), 0);
		e = expr_compile(unit, mapping.targets[0].expr, &err);
		if (e != NULL)
			e = expr_compile_output(unit, e, &err);
	}
	if (e == NULL) {
		snprintf(buf, size, "? %s", err.text);
	} else if (expr_eval(e, &frame, &v) < 0) {
		snprintf(buf, size, "! %s %s", failure.sqlstate, failure.message);
	} else {
		null = v.null;
		snprintf(buf, size, "%.*s", null ? 0 : (int)v.s.len, null ? "" : v.s.ptr);
	}
	expr_unit_free(unit);
	sql_mapping_release(&mapping);
	sql_source_release(&source);
	arena_release(&arena);
	return !null;
}

static inline void
check(const struct sample *samples, size_t n)
{
	char got[2048];

	for (size_t i = 0; i < n; i++) {
		const char *want = samples[i].result;
		bool value = evaluate(samples[i].expression, got, sizeof got);

		if (value != (want != NULL) || (want != NULL && strcmp(got, want) != 0))
			fail_msg("%s: %s, not %s", samples[i].expression, value ? got : "NULL",
				want ? want : "NULL");
	}
}

#define CHECK(samples) check(samples, sizeof(samples) / sizeof(samples)[0])

#endif
