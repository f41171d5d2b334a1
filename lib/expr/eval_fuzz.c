/*
 * eval_fuzz.c - any texts as the values of columns, for each function and cast
 *
 * The first two bytes choose an expression; the rest is cut at newlines into the
 * columns a, b and c, of which an empty one is NULL.  An expression gives UTF-8 or
 * fails with a SQLSTATE, and gives the same again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/compile.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS = 3 };

static const char *const expressions[] = {"lower(a)", "upper(a)", "initcap(a)", "btrim(a, b)",
	"ltrim(a, b)", "rtrim(a, b)", "substr(a, length(b))", "substr(a, length(b), length(c))",
	"replace(a, b, c)", "split_part(a, b, length(c) - 2)", "left(a, length(b) - 3)",
	"right(a, length(b) - 3)", "reverse(a)", "repeat(a, length(b))",
	"lpad(a, length(b), c)", "rpad(a, length(b), c)", "translate(a, b, c)",
	"concat(a, b, c)", "concat_ws(a, b, c)", "format(a, b, c)", "strpos(a, b)",
	"starts_with(a, b)", "ascii(a)", "chr(ascii(a) + 1)",
	"overlay(a placing b from length(c))", "string_to_array(a, b)",
	"string_to_array(a, b, c)", "array_to_string(string_to_array(a, b), c)",
	"(a::text[])[length(b):]", "(a::int[])::text", "a::bigint[]", "a = ANY(b::text[])",
	"array_remove(a::text[], b)", "array_position(a::text[], b)", "a::text[] || b::text[]",
	"a::text[] < b::text[]", "a LIKE b", "a ILIKE b", "a LIKE b ESCAPE c", "a SIMILAR TO b",
	"a SIMILAR TO b ESCAPE c", "a ~ b", "a ~* b", "regexp_replace(a, b, c)",
	"regexp_replace(a, b, c, 'gi')", "regexp_match(a, b)", "regexp_substr(a, b)",
	"regexp_count(a, b)", "regexp_instr(a, b)", "regexp_split_to_array(a, b)",
	"substring(a from b)", "substring(a similar b escape c)", "a ~ '^[0-9a-f]{2,5}[x-z]*$'",
	"a::smallint", "a::integer", "a::bigint", "a::numeric", "a::numeric(7,2)", "a::float8",
	"a::real", "a::boolean", "a::date", "a::timestamp", "a::timestamptz(3)", "a::interval",
	"a::time", "a::uuid", "a::bytea", "a::json", "a::jsonb", "a::inet", "a::cidr",
	"a::char(5)", "a::varchar(3)", "a::numeric + b::numeric", "a::numeric * b::numeric",
	"a::numeric / b::numeric", "a::numeric % b::numeric",
	"round(a::numeric, length(b) - 3)", "div(a::numeric, b::numeric)", "sqrt(a::numeric)",
	"power(a::float8, b::float8)", "a::float8 + b::float8", "a::float8::numeric",
	"a::float8::integer", "a::bigint * b::bigint", "a::bigint / b::bigint",
	"a::timestamp - b::timestamp", "a::timestamp + b::interval",
	"a::timestamp AT TIME ZONE b", "a::timestamptz AT TIME ZONE b",
	"date_trunc(a, b::timestamp)", "date_part(a, b::timestamp)",
	"extract(epoch from a::timestamp)", "age(a::timestamp, b::timestamp)",
	"justify_interval(a::interval)", "a::interval * b::float8", "to_char(a::timestamp, b)",
	"to_char(a::timestamptz, b)", "to_date(a, b)", "to_timestamp(a, b)",
	"to_timestamp(a::float8)", "make_date(length(a), length(b), length(c))",
	"a::jsonb -> b", "a::jsonb ->> b", "a::jsonb -> length(b)",
	"jsonb_build_object(a, b, c, c)", "jsonb_build_array(a, b::jsonb, c)", "to_jsonb(a)",
	"jsonb_strip_nulls(a::jsonb)", "jsonb_typeof(a::jsonb)", "jsonb_array_length(a::jsonb)",
	"a::jsonb = b::jsonb", "a::jsonb ? b", "jsonb_extract_path_text(a::jsonb, b, c)",
	"md5(a)", "sha256(a::bytea)", "encode(a::bytea, b)", "decode(a, b)",
	"decode(a, 'base64')", "decode(a, 'hex')", "decode(a, 'escape')",
	"convert_from(a::bytea, b)", "legacy.zero_date(a)", "legacy.php_unserialize(a)",
	"legacy.fix_mojibake(a)", "legacy.unixtime(a)", "legacy.excel_date(a)",
	"legacy.digits(a)", "legacy.phone_e164(a, b)", "legacy.mask_email(a)",
	"legacy.mask_phone(a)", "CASE a WHEN b THEN c WHEN 'x' THEN b ELSE a END",
	"greatest(a, b, c)", "nullif(a, b)", "a::uuid < b::uuid", "a::bytea || b::bytea",
	"a::char(4) = b::char(2)", "a::inet < b::inet"};

enum { EXPRESSIONS = sizeof expressions / sizeof expressions[0] };

struct compiled {
	struct sql_source source;
	struct sql_mapping mapping;
	struct expr_unit *unit;
	struct expr *expr;
};

static void
require(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

/* Kept for the whole run: not released. */
static const struct compiled *
compiled(size_t i)
{
	static struct compiled all[EXPRESSIONS];
	static const struct csv_field names[COLUMNS] = {
		{"a", 1, false}, {"b", 1, false}, {"c", 1, false}};
	static const struct expr_scope scope = {
		.table = "t", .ncolumns = COLUMNS, .columns = names};
	struct compiled *c = &all[i];
	struct error err = ERROR_INIT;
	char text[256];

	if (c->expr != NULL)
		return c;
	snprintf(text, sizeof text, "SELECT %s AS x FROM t", expressions[i]);
	require(sql_source_set(&c->source, "m", text, strlen(text), &err) == 0, text);
	require(sql_mapping_parse(&c->mapping, &c->source, &err) == 0, text);
	c->unit = expr_unit_new(&c->source, &scope, &err);
	require(c->unit != NULL, text);
	c->expr = expr_compile(c->unit, c->mapping.targets[0].expr, &err);
	require(c->expr != NULL, err.text);
	c->expr = expr_compile_output(c->unit, c->expr, &err);
	require(c->expr != NULL, err.text);
	return c;
}

/* Into memory of their own, so that what is read behind a value is seen. */
static void
cut(const char *data, size_t size, struct csv_field *fields, char **copies)
{
	for (int i = 0; i < COLUMNS; i++) {
		const char *end = i < COLUMNS - 1 && size > 0 ? memchr(data, '\n', size) : NULL;
		size_t len = end ? (size_t)(end - data) : size;

		copies[i] = malloc(len + 1);
		require(copies[i] != NULL, "memory");
		if (len > 0)
			memcpy(copies[i] + 1, data, len);
		fields[i] = (struct csv_field){copies[i] + 1, len, len == 0};
		data += end ? len + 1 : len;
		size -= end ? len + 1 : len;
	}
}

static void
run(const struct expr *e, const struct csv_field *fields)
{
	struct expr_error error[2] = {{"", ""}, {"", ""}};
	struct value v[2] = {{.null = false}, {.null = false}};
	struct expr_frame frame = {.rows = {fields}};
	struct arena arena;
	int rc[2];

	arena_init(&arena);
	frame.context.arena = &arena;
	for (int i = 0; i < 2; i++) {
		frame.context.error = &error[i];
		frame.row++;
		rc[i] = expr_eval(e, &frame, &v[i]);
	}
	require(rc[0] == rc[1], "the same again");
	if (rc[0] < 0) {
		require(strlen(error[0].sqlstate) == 5, "a SQLSTATE");
		require(utf8_is_text(error[0].message, strlen(error[0].message)),
			"an UTF-8 message");
		require(strcmp(error[0].message, error[1].message) == 0, "the same error");
	} else {
		require(v[0].null == v[1].null, "the same NULL");
		require(v[0].null || utf8_is_text(v[0].s.ptr, v[0].s.len), "UTF-8");
		require(v[0].null || (v[0].s.len == v[1].s.len &&
					     memcmp(v[0].s.ptr, v[1].s.ptr, v[0].s.len) == 0),
			"the same text");
	}
	arena_release(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_field fields[COLUMNS];
	char *copies[COLUMNS];

	if (size < 2 || !utf8_is_text((const char *)data + 2, size - 2))
		return 0;
	cut((const char *)data + 2, size - 2, fields, copies);
	run(compiled((data[0] | (size_t)data[1] << 8) % EXPRESSIONS)->expr, fields);
	for (int i = 0; i < COLUMNS; i++)
		free(copies[i]);
	return 0;
}
