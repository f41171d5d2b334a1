/*
 * differential_test.h - expressions judged by a live PostgreSQL
 *
 * For tests only.  An expression over text columns goes through our parser,
 * compiler and evaluator and through a SELECT on the server (POSTGRES_URI) for
 * some rows.  Type, text, SQLSTATE and message must be equal; what the server
 * refuses as a statement must be refused at start.
 */
#ifndef DIFFERENTIAL_TEST_H
#define DIFFERENTIAL_TEST_H

#include <stdbool.h>

#include "expr/compile.h"
#include "expr/optimize.h"
#include "expr/oracle_test.h"
#include "expr/types.h"

enum { COLUMNS = 10, ROWS = 6, EXPRESSION_MAX = 4000 };

/* Columns by what they hold; all are text. */
static const char *const column_names[COLUMNS] = {
	"ct", "cu", "ci", "ck", "cn", "cb", "cd", "cm", "cj", "cl"};

struct world {
	PGconn *pg;
	struct rng rng;
	const char *rows[ROWS][COLUMNS]; /* NULL is NULL */
	struct csv_field fields[ROWS][COLUMNS];
	struct csv_field names[COLUMNS];
};

/* The server's side */

static inline void
run_sql(PGconn *pg, const char *sql)
{
	PGresult *r = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(r);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%.200s: %s", sql, PQerrorMessage(pg));
	PQclear(r);
}

static const char setup[] =
	"SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET client_encoding = 'UTF8';"
	"SET lc_messages = 'C'; SET extra_float_digits = 1; SET client_min_messages = error;"
	"CREATE FUNCTION pg_temp.legacy_zero(s text) RETURNS text LANGUAGE sql IMMUTABLE AS"
	" $$ SELECT CASE WHEN s ~ '^(0000-\\d\\d-\\d\\d|\\d{4}-00-\\d\\d|\\d{4}-\\d\\d-00)"
	"( \\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?)?$' THEN NULL ELSE s END $$;"
	"CREATE FUNCTION pg_temp.from_bytes(b bytea, encoding text) RETURNS text LANGUAGE sql "
	"IMMUTABLE AS $$ SELECT convert_from(b, encoding) $$;"
	"CREATE FUNCTION pg_temp.probe(query text, ct text[], cu text[], ci text[], ck text[],"
	" cn text[], cb text[], cd text[], cm text[], cj text[], cl text[])"
	" RETURNS TABLE (kind text, is_null boolean, result text, state text, message text)"
	" LANGUAGE plpgsql AS $$\n"
	"BEGIN\n"
	" FOR i IN 1 .. array_length(ct, 1) LOOP\n"
	"  kind := ''; is_null := false; result := NULL; state := ''; message := '';\n"
	"  BEGIN\n"
	"   EXECUTE query INTO kind, is_null, result USING ct[i], cu[i], ci[i], ck[i], cn[i], "
	"cb[i],"
	" cd[i], cm[i], cj[i], cl[i];\n"
	"  EXCEPTION WHEN OTHERS THEN\n"
	"   GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;\n"
	"  END;\n"
	"  RETURN NEXT;\n"
	" END LOOP;\n"
	"END $$";

/* An array literal of one column of the rows. */
static inline void
put_array(struct world *w, int column, char *buf, size_t size)
{
	size_t n = 0;

	buf[n++] = '{';
	for (int i = 0; i < ROWS; i++) {
		const char *s = w->rows[i][column];

		if (i > 0)
			buf[n++] = ',';
		if (s == NULL) {
			memcpy(buf + n, "NULL", 4);
			n += 4;
			continue;
		}
		buf[n++] = '"';
		for (; *s != '\0' && n + 8 < size; s++) {
			if (*s == '"' || *s == '\\')
				buf[n++] = '\\';
			buf[n++] = *s;
		}
		buf[n++] = '"';
	}
	buf[n++] = '}';
	buf[n] = '\0';
}

static inline PGresult *
ask_server(struct world *w, const char *expression)
{
	static char query[EXPRESSION_MAX + 512], arrays[COLUMNS][4096];
	const char *params[COLUMNS + 1] = {query};
	PGresult *r;

	snprintf(query, sizeof query,
		"SELECT pg_typeof(x)::text, x IS NULL, concat(x) FROM (SELECT (%s) AS x FROM "
		"(SELECT "
		"$1 AS ct, $2 AS cu, $3 AS ci, $4 AS ck, $5 AS cn, $6 AS cb, $7 AS cd, $8 AS "
		"cm, "
		"$9 AS cj, $10 AS cl OFFSET 0) t OFFSET 0) s",
		expression);
	for (int c = 0; c < COLUMNS; c++) {
		put_array(w, c, arrays[c], sizeof arrays[c]);
		params[c + 1] = arrays[c];
	}
	r = PQexecParams(w->pg,
		"SELECT * FROM pg_temp.probe($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		COLUMNS + 1, NULL, params, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", expression, PQerrorMessage(w->pg));
	return r;
}

/* Ours, and the judgement */

struct ours {
	struct sql_source source;
	struct sql_mapping mapping;
	struct expr_unit *unit;
	struct expr *expr;     /* NULL: refused, error says why */
	struct expr *again[2]; /* the same, optimized, and a CASE of its text */
	struct error error;
};

/*
 * legacy_zero(…) stands for legacy.zero_date, which the server has not, and
 * from_bytes(…) for convert_from: what that gives has another collation there.
 */
static inline void
our_text(const char *expression, char *buf, size_t size)
{
	static const char *const names[][2] = {{"pg_temp.legacy_zero(", "legacy.zero_date("},
		{"pg_temp.from_bytes(", "convert_from("}};
	size_t n = (size_t)snprintf(buf, size, "SELECT (");

	for (const char *s = expression; *s != '\0' && n + 64 < size;) {
		const char *theirs = NULL;

		for (size_t i = 0; i < sizeof names / sizeof names[0] && theirs == NULL; i++) {
			if (strncmp(s, names[i][0], strlen(names[i][0])) != 0)
				continue;
			theirs = names[i][0];
			n += (size_t)snprintf(buf + n, size - n, "%s", names[i][1]);
			s += strlen(names[i][0]);
		}
		if (theirs == NULL)
			buf[n++] = *s++;
	}
	snprintf(buf + n, size - n, ")");
}

/* What CASE makes of an expression's text: texts of small numbers, and of what is there often. */
static const char *const case_keys[] = {"t", "f", "", "0", "1", "2", "abc", "a", "{}"};

static inline size_t
case_of(const struct text *t)
{
	size_t n = sizeof case_keys / sizeof case_keys[0], i = 0;

	while (t != NULL && i < n &&
		(strlen(case_keys[i]) != t->len || memcmp(case_keys[i], t->ptr, t->len) != 0))
		i++;
	return t != NULL ? i : n;
}

static inline void
compile_ours(
	struct world *w, struct ours *o, const struct expr_scope *scope, const char *expression)
{
	static char one[EXPRESSION_MAX * 2], text[EXPRESSION_MAX * 5];
	size_t n;

	(void)w;
	memset(o, 0, sizeof *o);
	our_text(expression, one, sizeof one);
	/* concat is the output function's text of each type, whatever the rules of casts */
	n = (size_t)snprintf(
		text, sizeof text, "%s AS x, CASE concat(%s)", one, one + strlen("SELECT "));
	for (size_t i = 0; i < sizeof case_keys / sizeof case_keys[0]; i++)
		n += (size_t)snprintf(
			text + n, sizeof text - n, " WHEN '%s' THEN %zu", case_keys[i], i);
	snprintf(text + n, sizeof text - n, " ELSE %zu END AS y FROM t",
		sizeof case_keys / sizeof case_keys[0]);
	assert_int_equal(sql_source_set(&o->source, "test", text, strlen(text), &o->error), 0);
	if (sql_mapping_parse(&o->mapping, &o->source, &o->error) < 0)
		return;
	o->unit = expr_unit_new(&o->source, scope, &o->error);
	assert_non_null(o->unit);
	o->expr = expr_compile(o->unit, o->mapping.targets[0].expr, &o->error);
	if (o->expr == NULL)
		return;
	for (int i = 0; i < 2; i++) {
		o->again[i] = expr_compile(o->unit, o->mapping.targets[i].expr, &o->error);
		if (o->again[i] == NULL)
			fail_msg("%s: %s", text, o->error.text);
	}
	assert_int_equal(expr_optimize(o->unit, o->again, 2, &o->error), 0);
}

static inline void
release_ours(struct ours *o)
{
	expr_unit_free(o->unit);
	sql_mapping_release(&o->mapping);
	sql_source_release(&o->source);
}

static inline bool
same_type(const struct ours *o, const char *kind)
{
	if (strcmp(kind, "character varying") == 0)
		kind = "text";
	if (strcmp(kind, "character varying[]") == 0)
		kind = "text[]";
	return strcmp(type_name(expr_type(o->expr)), kind) == 0;
}

/*
 * Deviations that are in the manual: zones by a POSIX description without
 * rules are not known, of a jsonb text that is wrong in two ways another
 * error may be told, and where version 15 wraps around we fail.
 */
static inline bool
known_deviation(const char *expression, const struct expr_error *e, const char *state)
{
	if (strcmp(e->message, "interval out of range") == 0 &&
		strstr(expression, "make_interval(") != NULL)
		return true;
	if (strcmp(e->message, "timestamp out of range") == 0 &&
		strstr(expression, "age(") != NULL)
		return true;
	if (strcmp(e->sqlstate, "0A000") == 0) /* we say that we do not */
		return true;
	if (strcmp(e->sqlstate, "54001") ==
		0) /* a regular expression that backtracks for ever */
		return true;
	if (strcmp(e->sqlstate, "22023") == 0 && strncmp(e->message, "time zone \"", 11) == 0)
		return true;
	return strcmp(e->message, "value overflows numeric format") == 0 &&
	       strcmp(state, "22P02") == 0;
}

/*
 * Whether the optimized expression and the CASE of it give what the plain one gave: t,
 * NULL for NULL, or the error.
 */
static inline bool
same_again(const struct ours *o, struct expr_frame *frame, const struct text *t,
	const struct expr_error *failed)
{
	struct text text = {"", 0};
	struct value v = {0};
	static uint64_t rows;
	bool null;

	frame->row = ++rows;
	for (int i = 0; i < 2; i++) {
		int rc = expr_eval(o->again[i], frame, &v);

		null = v.null;
		if (rc == 0 && i == 0 && !null)
			rc = expr_value_text(
				&frame->context, expr_type(o->again[0]), &v, &text);
		if (failed != NULL) {
			if (rc == 0 ||
				strcmp(frame->context.error->message, failed->message) != 0)
				return false;
		} else if (rc < 0) {
			return false;
		} else if (i == 0 && (null != (t == NULL) ||
					     (t != NULL && (t->len != text.len ||
								   memcmp(t->ptr, text.ptr,
									   t->len) != 0)))) {
			return false;
		} else if (i == 1) {
			/* concat of NULL is the empty text */
			const struct text empty = {"", 0};

			return !null && (size_t)v.i == case_of(t ? t : &empty);
		}
	}
	return true;
}

/* As the manual says: char(n) beside varchar is compared as beside text. */
static inline bool
mixes_char(const char *expression)
{
	return strstr(expression, "varchar(") != NULL && strstr(expression, "::char(") != NULL;
}

/* One row: what we have into buf, and whether the server has the same. */
static inline bool
judge_row(struct world *w, const char *expression, const struct ours *o, int row,
	const PGresult *r, struct arena *arena, char *buf, size_t size)
{
	struct expr_error error = {"", ""};
	struct expr_frame frame = {.context = {arena, &error}, .rows = {w->fields[row]}};
	char readable[ORACLE_TEXT];
	const char *state = PQgetvalue(r, row, 3);
	const char *message = oracle_message(PQgetvalue(r, row, 4), readable, sizeof readable);
	const char *result = PQgetvalue(r, row, 2);
	struct expr_error failed;
	struct text t = {"", 0};
	struct value v = {0};
	size_t n;

	arena_reset(arena);
	/* varchar is no type of its own with us, as the manual says */
	if (strcmp(state, "42883") == 0 && strstr(message, "character varying[]") != NULL)
		return true;
	if (expr_eval(o->expr, &frame, &v) < 0 ||
		(!v.null && expr_value_text(&frame.context, expr_type(o->expr), &v, &t) < 0)) {
		failed = error;
		if (!same_again(o, &frame, NULL, &failed)) {
			snprintf(buf, size, "optimized other than %s", failed.message);
			return false;
		}
		error = failed;
		n = strlen(error.message);
		snprintf(buf, size, "%s %s", error.sqlstate, error.message);
		return known_deviation(expression, &error, state) ||
		       (strcmp(state, error.sqlstate) == 0 &&
			       strncmp(message, error.message, n > 480 ? 480 : n + 1) == 0);
	}
	if (!same_again(o, &frame, v.null ? NULL : &t, NULL)) {
		snprintf(buf, size, "optimized other than '%.*s'", (int)t.len, t.ptr);
		return false;
	}
	if (v.null) {
		snprintf(buf, size, "NULL");
		return state[0] == '\0' && PQgetvalue(r, row, 1)[0] == 't';
	}
	snprintf(buf, size, "%s '%.*s'", type_name(expr_type(o->expr)), (int)t.len, t.ptr);
	return state[0] == '\0' && PQgetvalue(r, row, 1)[0] == 'f' && strlen(result) == t.len &&
	       memcmp(result, t.ptr, t.len) == 0 && same_type(o, PQgetvalue(r, row, 0));
}

/* We refused: the server must refuse every row. */
static inline bool
judge_refusal(const PGresult *r)
{
	for (int i = 0; i < ROWS; i++) {
		if (PQgetvalue(r, i, 3)[0] == '\0')
			return false;
	}
	return true;
}

static inline void
show(const struct world *w, const char *expression, int row, const char *ours,
	const PGresult *r)
{
	print_message("# %s\n#   ours %s\n#   server %s %s '%s' %s %s\n#   row", expression,
		ours, PQgetvalue(r, row, 0), PQgetvalue(r, row, 1), PQgetvalue(r, row, 2),
		PQgetvalue(r, row, 3), PQgetvalue(r, row, 4));
	for (int c = 0; c < COLUMNS; c++)
		print_message(
			" %s=%s", column_names[c], w->rows[row][c] ? w->rows[row][c] : "NULL");
	print_message("\n");
}

static inline bool
judge(struct world *w, const char *expression, unsigned *refused)
{
	static char ours[EXPRESSION_MAX];
	const struct expr_scope scope = {
		.table = "t", .ncolumns = COLUMNS, .columns = w->names};
	struct ours o;
	struct arena arena;
	PGresult *r = ask_server(w, expression);
	bool same = true;

	arena_init(&arena);
	compile_ours(w, &o, &scope, expression);
	if (o.expr == NULL) {
		/* what we say not to support is not judged, but counted */
		++*refused;
		same = strstr(o.error.text, "not supported") != NULL || judge_refusal(r);
		if (!same)
			show(w, expression, 0, o.error.text, r);
	}
	for (int i = 0; i < ROWS && same && o.expr != NULL; i++) {
		same = judge_row(w, expression, &o, i, r, &arena, ours, sizeof ours) ||
		       mixes_char(expression);
		if (!same)
			show(w, expression, i, ours, r);
	}
	release_ours(&o);
	arena_release(&arena);
	PQclear(r);
	return same;
}

/* Each on one kind of row: ct is "x,y,,z", cu is "", ci is "12", all others are NULL. */
static inline void
ask(struct world *w, const char *const *expressions, size_t n)
{
	unsigned wrong = 0, refused = 0;

	if (w->pg == NULL)
		skip();
	for (int i = 0; i < ROWS; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			static const char *const values[] = {"x,y,,z", "", "12"};
			const char *s = c < 3 ? values[c] : NULL;

			w->rows[i][c] = s;
			w->fields[i][c] = (struct csv_field){s, s ? strlen(s) : 0, s == NULL};
		}
	}
	for (size_t i = 0; i < n; i++)
		wrong += !judge(w, expressions[i], &refused);
	assert_int_equal(wrong, 0);
	/* if nearly all were refused, nothing was compared */
	assert_true(n < 8 || refused < n / 4 * 3);
}

enum { TEMPLATES_MAX = 256 };

/* ask, with left and right for the %s of each template; fewer of them is well. */
static inline void
ask_templates(struct world *w, const char *const *templates, size_t n, const char *left,
	const char *right)
{
	static char asked[TEMPLATES_MAX][EXPRESSION_MAX / 8];
	const char *list[TEMPLATES_MAX];

	assert_true(n <= TEMPLATES_MAX);
	for (size_t i = 0; i < n; i++) {
		snprintf(asked[i], sizeof asked[i], templates[i], left, right);
		list[i] = asked[i];
	}
	ask(w, list, n);
}

static inline int
open_world(void **state)
{
	static struct world w;
	const char *uri = getenv("POSTGRES_URI");

	for (int c = 0; c < COLUMNS; c++)
		w.names[c] =
			(struct csv_field){column_names[c], strlen(column_names[c]), false};
	if (uri != NULL && *uri != '\0') {
		w.pg = PQconnectdb(uri);
		if (PQstatus(w.pg) != CONNECTION_OK) {
			print_message("# %s", PQerrorMessage(w.pg));
			return -1;
		}
		run_sql(w.pg, setup);
		run_sql(w.pg, "SET search_path = public, pg_temp");
	}
	*state = &w;
	return 0;
}

static inline int
close_world(void **state)
{
	struct world *w = *state;

	PQfinish(w->pg);
	return 0;
}

#endif
