/*
 * mapping_fuzz.c - any text as a mapping: refused with a reason, or run
 *
 * What it gives is the same whether its expressions are optimized or not.  The
 * texts that it gives are UTF-8.
 *
 * Bytes alone seldom are a SELECT, and PostgreSQL's parser is not instrumented: so
 * where the first byte is odd, each of the others is a token, for our own parts to
 * be reached.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/compile.h"
#include "expr/optimize.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 4, TARGETS_MAX = 16, ROWS = 3 };

static const struct csv_field names[COLUMNS] = {
	{"a", 1, false}, {"b", 1, false}, {"c", 1, false}, {"d", 1, false}};
static const struct csv_field rows[ROWS][COLUMNS] = {
	{{"12", 2, false}, {"", 0, false}, {NULL, 0, true}, {"2020-02-29", 10, false}},
	{{"abc", 3, false}, {"{\"a\": [1, null]}", 16, false}, {"t", 1, false},
		{"Ünï, x", 8, false}},
	{{"-1.5e3", 6, false}, {"{1,2,NULL}", 10, false}, {"x@y.org", 7, false},
		{NULL, 0, true}},
};

static const char *const tokens[] = {"a", "b", "c", "d", "t.a", "(", ")", "(", ")", ",", "+",
	"-", "*", "/", "%", "^", "||", "=", "<>", "<", "<=", ">", ">=", "~", "~*", "!~", "->",
	"->>", "#>", "@>", "?", "::text", "::int", "::bigint", "::numeric", "::numeric(9,2)",
	"::float8", "::real", "::boolean", "::date", "::timestamp", "::timestamptz",
	"::interval", "::time", "::jsonb", "::json", "::uuid", "::bytea", "::inet", "::text[]",
	"::int[]", "::char(3)", "::varchar(2)", "AND", "OR", "NOT", "IS NULL", "IS NOT NULL",
	"IS TRUE", "IS UNKNOWN", "IS DISTINCT FROM", "LIKE", "ILIKE", "SIMILAR TO", "ESCAPE",
	"IN", "BETWEEN", "SYMMETRIC", "CASE", "WHEN", "THEN", "ELSE", "END", "coalesce(",
	"nullif(", "greatest(", "least(", "lower(", "upper(", "initcap(", "btrim(", "substr(",
	"substring(", "FROM", "FOR", "position(", "overlay(", "PLACING", "trim(", "replace(",
	"split_part(", "concat(", "concat_ws(", "format(", "length(", "left(", "lpad(",
	"repeat(", "translate(", "regexp_replace(", "regexp_match(", "regexp_split_to_array(",
	"string_to_array(", "array_to_string(", "array_length(", "cardinality(", "ARRAY[", "[",
	"]", ":", "= ANY (", "<> ALL (", "to_char(", "to_date(", "to_timestamp(", "extract(",
	"epoch", "year", "date_trunc(", "date_part(", "age(", "now()", "current_date",
	"AT TIME ZONE", "make_date(", "make_interval(", "days =>", "justify_days(", "to_jsonb(",
	"jsonb_build_object(", "jsonb_build_array(", "jsonb_typeof(", "jsonb_strip_nulls(",
	"md5(", "sha256(", "encode(", "decode(", "abs(", "round(", "trunc(", "sqrt(", "power(",
	"width_bucket(", "legacy.zero_date(", "legacy.reject(", "legacy.fix_mojibake(",
	"legacy.php_unserialize(", "legacy.digits(", "NULL", "true", "false", "0", "1", "2",
	"-1", "2147483648", "1.5", "1e10", "9223372036854775807", "'abc'", "''", "'12'", "'t'",
	"'{1,2}'", "'{\"a\": 1}'", "'2020-02-29'", "'UTC'", "'^a*$'", "'%a_'", "'day'",
	"E'\\n'", "interval '1 day'", "AS", "x", "y", "sum(", "unnest(", "OVER", "lower",
	"SELECT", "\"a b\""};

/* The text that the bytes stand for. */
static size_t
spell(const uint8_t *data, size_t size, char *text, size_t room)
{
	size_t n = (size_t)snprintf(text, room, "SELECT ");

	for (size_t i = 0; i < size && n + 64 < room; i++)
		n += (size_t)snprintf(text + n, room - n, "%s ",
			tokens[data[i] % (sizeof tokens / sizeof tokens[0])]);
	return n + (size_t)snprintf(text + n, room - n, "AS z FROM t");
}

static void
require(bool holds)
{
	if (!holds)
		abort();
}

struct outcome {
	bool failed, null;
	struct text text;
	struct expr_error error;
};

static void
run(const struct expr *e, struct expr_frame *frame, struct outcome *o)
{
	struct value v = {0};

	frame->context.error = &o->error;
	o->text = (struct text){"", 0};
	o->failed = expr_eval(e, frame, &v) < 0;
	o->null = !o->failed && v.null;
	if (o->failed)
		require(strlen(o->error.sqlstate) == 5);
	else if (!v.null)
		o->text = v.s;
	require(utf8_is_text(o->text.ptr, o->text.len));
}

static bool
same(const struct outcome *a, const struct outcome *b)
{
	if (a->failed || b->failed)
		return a->failed == b->failed &&
		       strcmp(a->error.message, b->error.message) == 0;
	return a->null == b->null && a->text.len == b->text.len &&
	       (a->text.len == 0 || memcmp(a->text.ptr, b->text.ptr, a->text.len) == 0);
}

static struct expr *
compile(struct expr_unit *unit, const struct sql_target *target)
{
	struct error err = ERROR_INIT;
	struct expr *e = expr_compile(unit, target->expr, &err);

	if (e != NULL)
		e = expr_compile_output(unit, e, &err);
	require(e != NULL || err.text[0] != '\0');
	return e;
}

static void
run_targets(struct expr_unit *unit, const struct sql_mapping *mapping)
{
	size_t n = mapping->ntargets < TARGETS_MAX ? mapping->ntargets : TARGETS_MAX;
	struct expr *plain[TARGETS_MAX], *optimized[TARGETS_MAX];
	struct expr_frame frame = {.row = 0};
	struct error err = ERROR_INIT;
	struct arena arena;

	for (size_t i = 0; i < n; i++) {
		plain[i] = compile(unit, &mapping->targets[i]);
		optimized[i] = compile(unit, &mapping->targets[i]);
		if (plain[i] == NULL || optimized[i] == NULL)
			return;
	}
	require(expr_optimize(unit, optimized, n, &err) == 0);
	arena_init(&arena);
	frame.context.arena = &arena;
	for (int r = 0; r < ROWS; r++) {
		arena_reset(&arena);
		frame.rows[0] = rows[r];
		frame.row++;
		for (size_t i = 0; i < n; i++) {
			static struct outcome a, b;

			run(plain[i], &frame, &a);
			run(optimized[i], &frame, &b);
			require(same(&a, &b));
		}
	}
	arena_release(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct expr_scope scope = {.table = "t", .ncolumns = COLUMNS, .columns = names};
	struct error err = ERROR_INIT;
	struct sql_mapping mapping;
	struct sql_source source;
	struct expr_unit *unit;
	static char spelled[8192];
	const char *text = (const char *)data;

	if (size > 0 && data[0] % 2 == 1) {
		size = spell(data + 1, size - 1, spelled, sizeof spelled);
		text = spelled;
	}
	if (sql_source_set(&source, "m", text, size, &err) < 0) {
		require(err.text[0] != '\0');
		sql_source_release(&source);
		return 0;
	}
	if (sql_mapping_parse(&mapping, &source, &err) == 0) {
		unit = expr_unit_new(&source, &scope, &err);
		require(unit != NULL);
		require(expr_unit_set_now(unit, "2024-02-29 23:14:15+00", &err) == 0);
		run_targets(unit, &mapping);
		expr_unit_free(unit);
	} else {
		require(err.text[0] != '\0');
	}
	sql_mapping_release(&mapping);
	sql_source_release(&source);
	return 0;
}
