/*
 * differential_test.c - whole expressions, judged by a live PostgreSQL
 *
 * Random expressions over text columns, on random and on nasty values, go
 * through our parser, compiler and evaluator and through a SELECT on the
 * server (POSTGRES_URI; skipped without one).  Type, text, SQLSTATE and
 * message must be equal; what the server refuses as a statement must be
 * refused at start.  Expressions are well typed but for a few, which are there
 * to ask the rules of type resolution.
 *
 * TEST_SEED chooses other expressions, TEST_CASES how many.
 */
#include <stdbool.h>

#include "expr/compile.h"
#include "expr/oracle_test.h"
#include "expr/types.h"

enum { COLUMNS = 9, ROWS = 6, EXPRESSION_MAX = 4000, DEPTH = 3, DEFAULT_CASES = 20000 };

/* What an expression is made of: % and a letter is a hole; upper case may be a literal. */
struct production {
	char type;
	const char *template;
};

/*
 * t text, i int4, k int8, s int2, n numeric, f float8, b boolean, d date,
 * m timestamp, z timestamptz, j jsonb, c char(n); x is any of them.
 */
static const char hole_types[] = "tiksnfbdmzjc";
static const struct production productions[] = {
	{'t', "lower(%t)"},
	{'t', "upper(%t)"},
	{'t', "initcap(%t)"},
	{'t', "btrim(%t)"},
	{'t', "btrim(%t, %T)"},
	{'t', "ltrim(%t, %T)"},
	{'t', "rtrim(%t, %T)"},
	{'t', "trim(leading %T from %t)"},
	{'t', "substr(%t, %I)"},
	{'t', "substr(%t, %I, %I)"},
	{'t', "substring(%t from %I for %I)"},
	{'t', "replace(%t, %T, %T)"},
	{'t', "split_part(%t, %T, %I)"},
	{'t', "left(%t, %I)"},
	{'t', "right(%t, %I)"},
	{'t', "reverse(%t)"},
	{'t', "repeat(%t, %I % 5)"},
	{'t', "lpad(%t, %I % 9, %T)"},
	{'t', "rpad(%t, %I % 9)"},
	{'t', "translate(%t, %T, %T)"},
	{'t', "concat(%x, %X, %x)"},
	{'t', "concat_ws(%T, %x, %x)"},
	{'t', "%t || %T"},
	{'t', "%t || %x"},
	{'t', "%x || %t"},
	{'t', "%T || %x"},
	{'t', "(%x)::text"},
	{'t', "(%x)::varchar(4)"},
	{'t', "(%t)::varchar(2)"},
	{'t', "coalesce(%t, %T)"},
	{'t', "nullif(%t, %T)"},
	{'t', "greatest(%t, %T)"},
	{'t', "least(%t, %T, %t)"},
	{'t', "CASE WHEN %b THEN %t ELSE %T END"},
	{'t', "CASE %t WHEN %T THEN %T WHEN %T THEN %t END"},
	{'t', "CASE %i WHEN %I THEN %t END"},
	{'i', "length(%t)"},
	{'i', "char_length(%t)"},
	{'i', "octet_length(%t)"},
	{'i', "strpos(%t, %T)"},
	{'i', "position(%T in %t)"},
	{'i', "%i + %I"},
	{'i', "%i - %I"},
	{'i', "%i * %I"},
	{'i', "%i / %I"},
	{'i', "%i % %I"},
	{'i', "- %i"},
	{'i', "(%t)::integer"},
	{'i', "(%k)::integer"},
	{'i', "(%n)::integer"},
	{'i', "(%f)::int4"},
	{'i', "(%b)::int"},
	{'i', "coalesce(%i, %I)"},
	{'i', "CASE WHEN %b THEN %I WHEN %b THEN %i END"},
	{'i', "greatest(%i, %I, %i)"},
	{'i', "nullif(%i, %I)"},
	{'i', "abs(%i)"},
	{'k', "%k + %I"},
	{'k', "%k * %k"},
	{'k', "%i + %k"},
	{'k', "(%t)::bigint"},
	{'k', "(%n)::bigint"},
	{'k', "(%i)::bigint"},
	{'k', "coalesce(%i, %k)"},
	{'s', "(%t)::smallint"},
	{'s', "(%i)::smallint"},
	{'s', "%s - %s"},
	{'n', "%n + %N"},
	{'n', "%n - %I"},
	{'n', "%n * %N"},
	{'n', "%n / %N"},
	{'n', "%i + %N"},
	{'n', "%n % %N"},
	{'n', "round(%n, %I % 9)"},
	{'n', "trunc(%n)"},
	{'n', "(%t)::numeric"},
	{'n', "(%n)::numeric(8,2)"},
	{'n', "(%t)::numeric(5,1)"},
	{'n', "(%f)::numeric"},
	{'n', "(%k)::numeric"},
	{'n', "abs(%n)"},
	{'n', "ceil(%n)"},
	{'n', "floor(%n)"},
	{'n', "coalesce(%i, %n)"},
	{'n', "CASE WHEN %b THEN %I ELSE %n END"},
	{'n', "greatest(%n, %I)"},
	{'n', "nullif(%n, %I)"},
	{'f', "%f + %F"},
	{'f', "%f * %n"},
	{'f', "%i / %f"},
	{'f', "(%t)::float8"},
	{'f', "(%n)::double precision"},
	{'f', "abs(%f)"},
	{'f', "coalesce(%f, %n)"},
	{'b', "%t = %T"},
	{'b', "%t <> %T"},
	{'b', "%t < %T"},
	{'b', "%t <= %T"},
	{'b', "%t > %T"},
	{'b', "%t >= %t"},
	{'b', "%T = %t"},
	{'b', "%t LIKE %P"},
	{'b', "%t NOT LIKE %P"},
	{'b', "%t ILIKE %P"},
	{'b', "%t LIKE %P ESCAPE '!'"},
	{'b', "%t LIKE %t"},
	{'b', "%t ~ %R"},
	{'b', "%t ~* %R"},
	{'b', "%t !~ %R"},
	{'b', "%t !~* %R"},
	{'b', "%t ~ %t"},
	{'b', "%t ~* %t"},
	{'b', "%t IN (%T, %T)"},
	{'b', "%t NOT IN (%T, %t, %T)"},
	{'b', "%t IN (%T, NULL)"},
	{'b', "%i IN (%I, %I, %i)"},
	{'b', "%i NOT IN (%I, %N)"},
	{'b', "%i IN ('1', '2')"},
	{'b', "%t BETWEEN %T AND %t"},
	{'b', "%i BETWEEN %I AND %N"},
	{'b', "%i NOT BETWEEN SYMMETRIC %I AND %I"},
	{'b', "%i = %I"},
	{'b', "%i < %k"},
	{'b', "%n <= %I"},
	{'b', "%n > %f"},
	{'b', "%f <> %F"},
	{'b', "%s >= %i"},
	{'b', "%b = %B"},
	{'b', "%b < %b"},
	{'b', "%x IS NULL"},
	{'b', "%x IS NOT NULL"},
	{'b', "%b IS TRUE"},
	{'b', "%b IS NOT FALSE"},
	{'b', "%b IS UNKNOWN"},
	{'b', "%b AND %b"},
	{'b', "%b OR %b"},
	{'b', "%b AND %B OR %b"},
	{'b', "NOT %b"},
	{'b', "%t IS DISTINCT FROM %T"},
	{'b', "%i IS NOT DISTINCT FROM %I"},
	{'b', "(%t)::boolean"},
	{'b', "(%i)::boolean"},
	{'b', "coalesce(%b, %B)"},
	{'b', "starts_with(%t, %T)"},
	{'b', "%t ^@ %T"},
	{'b', "CASE WHEN %b THEN %B ELSE %b END"},
	{'b', "%c = %T"},
	{'b', "%c = %t"},
	{'b', "%c < %c"},
	{'b', "%d < %D"},
	{'b', "%d = %d"},
	{'b', "%m > %M"},
	{'b', "%z <= %Z"},
	{'b', "%d < %m"},
	{'b', "%d IN (%D, %D)"},
	{'b', "%d BETWEEN %D AND %D"},
	{'d', "(%t)::date"},
	{'d', "(%m)::date"},
	{'d', "%d + %I"},
	{'d', "%d - %I"},
	{'d', "coalesce(%d, %D)"},
	{'d', "greatest(%d, %D)"},
	{'d', "to_date(%t, 'DD/MM/YYYY')"},
	{'d', "pg_temp.legacy_zero(%t)::date"},
	{'m', "(%t)::timestamp"},
	{'m', "(%t)::timestamp(2)"},
	{'m', "(%d)::timestamp"},
	{'m', "%z AT TIME ZONE 'Asia/Riyadh'"},
	{'m', "coalesce(%d, %m)"},
	{'m', "CASE WHEN %b THEN %d ELSE %m END"},
	{'z', "(%t)::timestamptz"},
	{'z', "%m AT TIME ZONE 'Europe/Berlin'"},
	{'z', "to_timestamp(%k)"},
	{'z', "to_timestamp(%f)"},
	{'z', "(%d)::timestamptz"},
	{'z', "coalesce(%m, %z)"},
	{'z', "to_timestamp(%t, 'YYYY-MM-DD HH24:MI:SS')"},
	{'j', "(%t)::jsonb"},
	{'j', "%j -> 'a'"},
	{'j', "%j -> %I"},
	{'j', "jsonb_build_object('a', %x, %T, %X)"},
	{'t', "%j ->> 'a'"},
	{'t', "%j ->> %I"},
	{'c', "(%t)::char(3)"},
	{'c', "(%i)::char(5)"},
	{'t', "lower(%c)"},
	{'t', "%c || %t"},
	{'i', "length(%c)"},
	{'i', "octet_length(%c)"},
	{'c', "coalesce(%c, %c)"},
};

/* Columns by what they hold; all are text. */
static const char *const column_names[COLUMNS] = {
	"ct", "cu", "ci", "ck", "cn", "cb", "cd", "cm", "cj"};

static const char *const texts[] = {"", " ", "a", "A", "abc", "ABC", "  padded ", "a,b,,c",
	"x@y.org", "Ünïcødé", "İstanbul", "straße ẞ", "日本語", "😀 smile", "ـالعربية", "it's",
	"50%", "a_b", "back\\slash", "\"q\"", "tab\tend", "line\nbreak", "0", "1", "12", "-7",
	"007", "t", "no", "true", "null", "NULL", "2020-02-29", "31/12/1999", "0000-00-00",
	"3.14", "1e3", "ǅ", "ß", "ſ", "K", "ﬁ", "Σίσυφος", "a{1}", "[", "(", "a|b", "^a", "b$",
	".*", "\\d+", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"\u00a0nbsp", "%", "!", "é", "é"};
static const char *const integers[] = {"0", "1", "-1", "2", "3", "7", "10", "255", "32767",
	"32768", "-32768", "2147483647", "-2147483648", " 42 ", "+5", "", "x", "1.5",
	"99999999999"};
static const char *const longs[] = {"0", "1", "-1", "4294967296", "9223372036854775807",
	"-9223372036854775808", "9223372036854775808", "1500000000", "-62135596800", " 9",
	"1e3"};
static const char *const numbers[] = {"0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "9.99",
	"9,99", "3.14159265358979", "1e10", "1e-10", "123456789012345678901234567890.123",
	"NaN", "-0", "Infinity", "1000000", "0.000", ".5", "5.", "--1", "12345.678"};
static const char *const booleans[] = {"t", "f", "true", "FALSE", "yes", "n", "on", "of", "o",
	"1", "0", " tr ", "", "maybe", "T"};
static const char *const dates[] = {"2012-01-01", "2020-02-29", "2021-02-29", "31/12/1999",
	"1999-12-31", "0000-00-00", "2013-00-10", "1970-01-01", "infinity", "-infinity",
	"4714-11-24 BC", "Jan 5 2010", "20100105", "2010-1-5", "", "tomorrowx", "9999-12-31"};
static const char *const times[] = {"2012-01-01 00:00:00", "2020-02-29 23:59:59.999999",
	"2020-03-29 02:30:00", "2020-10-25 02:30:00", "1999-12-31T12:00:00Z",
	"2001-02-03 04:05:06+03", "2001-02-03 04:05:06.5-07:30", "0000-00-00 00:00:00",
	"infinity", "2010-01-05", "2010-01-05 25:00", "2010-01-05 24:00:00", "epoch", "x"};
static const char *const jsons[] = {"{}", "[]", "null", "1", "\"s\"", "{\"a\": 1}",
	"{\"a\":\"x\",\"b\":[1,2]}", "[1,\"two\",null,true]", "{\"a\":null}",
	"{\"a\":{\"a\":2}}", "{\"b\":1,\"a\":2,\"b\":3}", "{bad", "", "1.50",
	"[{\"a\": \"\\u00e9\"}]"};

static const char *const like_patterns[] = {"'%'", "'a%'", "'%a'", "'%b%'", "'_'", "'a_c'",
	"'%\\%%'", "'a\\'", "'%a\\'", "''", "'%_%'", "'日%'", "'__%'", "'A%C'", "'!%'",
	"'%!_%'", "'ü%'", "'%É'"};
static const char *const patterns[] = {"'^a'", "'b$'", "'^\\d{1,3}$'", "'[[:alpha:]]+'",
	"'\\s'", "'\\w+@\\w+\\.\\w+'", "'^[a-c]*$'", "'(a|b)c'", "'a.*b'", "'[^0-9]'", "'ü'",
	"'^\\W'", "'\\mabc\\M'", "'\\yb'", "'(.)\\1'", "'x?y*z+'", "'^$'", "'[É-ü]'", "'ß|k|s'",
	"'[\\w,]{2,}'", "'a(?=b)'", "'(?<!a)b'", "'\\u00fc'", "'[[:upper:]]'", "'[[:lower:]]'",
	"'[[:space:]]'", "'\\Aa|c\\Z'", "'[[:punct:]]'", "'\\n'"};

struct world {
	PGconn *pg;
	struct rng rng;
	const char *rows[ROWS][COLUMNS]; /* NULL is NULL */
	struct csv_field fields[ROWS][COLUMNS];
	struct csv_field names[COLUMNS];
};

struct buffer {
	char text[EXPRESSION_MAX];
	size_t len;
	bool full;
};

static void
put(struct buffer *b, const char *s)
{
	size_t n = strlen(s);

	if (b->len + n + 1 > sizeof b->text) {
		b->full = true;
		return;
	}
	memcpy(b->text + b->len, s, n + 1);
	b->len += n;
}

#define PICK(r, list) ((list)[rng_below((r), sizeof(list) / sizeof(list)[0])])

static void
put_quoted(struct buffer *b, const char *s)
{
	char one[3] = "";

	put(b, "'");
	for (; *s != '\0'; s++) {
		one[0] = *s;
		one[1] = *s == '\'' ? '\'' : '\0';
		put(b, one);
	}
	put(b, "'");
}

static void
put_literal(struct rng *r, struct buffer *b, char type)
{
	static const char *const small[] = {
		"0", "1", "2", "3", "-1", "-2", "5", "100", "2147483647"};
	static const char *const decimals[] = {
		"0.5", "2.50", "-1.0", "100", "3", "0.00", "1e2"};

	if (rng_below(r, 20) == 0) {
		put(b, "NULL");
		return;
	}
	/* quoted, its type is for the rules of resolution to find */
	if (type != 't' && rng_below(r, 8) == 0) {
		put_quoted(b, type == 'b' ? "true" : rng_below(r, 4) ? "2" : "x");
		return;
	}
	switch (type) {
	case 't': put_quoted(b, PICK(r, texts)); break;
	case 'i':
	case 'k':
	case 's': put(b, PICK(r, small)); break;
	case 'n':
	case 'f': put(b, PICK(r, decimals)); break;
	case 'b': put(b, rng_below(r, 2) ? "true" : "false"); break;
	case 'd': put(b, "'2012-06-01'"); break;
	case 'm':
	case 'z': put(b, "'2012-06-01 12:00:00'"); break;
	case 'j': put(b, "'{\"a\": 1}'"); break;
	default: put(b, "'ab'"); break;
	}
}

static void
put_column(struct rng *r, struct buffer *b, char type)
{
	switch (type) {
	case 't': put(b, PICK(r, column_names)); break;
	case 'i': put(b, "ci::int"); break;
	case 's': put(b, "ci::int2"); break;
	case 'k': put(b, "ck::bigint"); break;
	case 'n': put(b, "cn::numeric"); break;
	case 'f': put(b, "cn::float8"); break;
	case 'b': put(b, "cb::boolean"); break;
	case 'd': put(b, "cd::date"); break;
	case 'm': put(b, "cm::timestamp"); break;
	case 'z': put(b, "cm::timestamptz"); break;
	case 'j': put(b, "cj::jsonb"); break;
	default: put(b, "cu::char(4)"); break;
	}
}

static char
any_type(struct rng *r)
{
	return hole_types[rng_below(r, sizeof hole_types - 1)];
}

static void generate(struct rng *r, struct buffer *b, char type, int depth);

static void
put_hole(struct rng *r, struct buffer *b, char hole, int depth)
{
	bool literal = hole >= 'A' && hole <= 'Z';
	char type = (char)(literal ? hole + ('a' - 'A') : hole);

	if (hole == 'P') {
		put(b, PICK(r, like_patterns));
	} else if (hole == 'R') {
		put(b, PICK(r, patterns));
	} else {
		if (type == 'x' || rng_below(r, 25) == 0)
			type = any_type(r);
		if (literal && rng_below(r, 3) > 0) {
			put_literal(r, b, type);
			return;
		}
		generate(r, b, type, depth - 1);
	}
}

static void
generate(struct rng *r, struct buffer *b, char type, int depth)
{
	const struct production *found[sizeof productions / sizeof productions[0]], *p;
	char one[2] = "";
	size_t n = 0;

	if (depth <= 0 || rng_below(r, 5) == 0) {
		put_column(r, b, type);
		return;
	}
	for (size_t i = 0; i < sizeof productions / sizeof productions[0]; i++) {
		if (productions[i].type == type)
			found[n++] = &productions[i];
	}
	p = found[rng_below(r, (unsigned)n)];
	put(b, "(");
	for (const char *s = p->template; *s != '\0'; s++) {
		if (s[0] == '%' &&
			((s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z'))) {
			put_hole(r, b, *++s, depth);
		} else {
			one[0] = *s;
			put(b, one);
		}
	}
	put(b, ")");
}

/* The server's side */

static void
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
	"SET lc_messages = 'C'; SET extra_float_digits = 1;"
	"CREATE TEMP TABLE t (ct text, cu text, ci text, ck text, cn text, cb text, cd text, "
	"cm text,"
	" cj text);"
	"CREATE FUNCTION pg_temp.legacy_zero(s text) RETURNS text LANGUAGE sql IMMUTABLE AS"
	" $$ SELECT CASE WHEN s ~ '^(0000-\\d\\d-\\d\\d|\\d{4}-00-\\d\\d|\\d{4}-\\d\\d-00)"
	"( \\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?)?$' THEN NULL ELSE s END $$;"
	"CREATE FUNCTION pg_temp.probe(query text, ct text[], cu text[], ci text[], ck text[],"
	" cn text[], cb text[], cd text[], cm text[], cj text[])"
	" RETURNS TABLE (kind text, is_null boolean, result text, state text, message text)"
	" LANGUAGE plpgsql AS $$\n"
	"BEGIN\n"
	" FOR i IN 1 .. array_length(ct, 1) LOOP\n"
	"  kind := ''; is_null := false; result := NULL; state := ''; message := '';\n"
	"  BEGIN\n"
	"   EXECUTE query INTO kind, is_null, result USING ct[i], cu[i], ci[i], ck[i], cn[i], "
	"cb[i],"
	" cd[i], cm[i], cj[i];\n"
	"  EXCEPTION WHEN OTHERS THEN\n"
	"   GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;\n"
	"  END;\n"
	"  RETURN NEXT;\n"
	" END LOOP;\n"
	"END $$";

/* An array literal of one column of the rows. */
static void
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

static PGresult *
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
		"$9 AS cj OFFSET 0) t OFFSET 0) s",
		expression);
	for (int c = 0; c < COLUMNS; c++) {
		put_array(w, c, arrays[c], sizeof arrays[c]);
		params[c + 1] = arrays[c];
	}
	r = PQexecParams(w->pg,
		"SELECT * FROM pg_temp.probe($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
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
	struct expr *expr; /* NULL: refused, error says why */
	struct error error;
};

/* legacy_zero(…) stands for legacy.zero_date, which the server has not. */
static void
our_text(const char *expression, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "SELECT (");

	for (const char *s = expression; *s != '\0' && n + 64 < size;) {
		if (strncmp(s, "pg_temp.legacy_zero(", 20) == 0) {
			n += (size_t)snprintf(buf + n, size - n, "legacy.zero_date(");
			s += 20;
		} else {
			buf[n++] = *s++;
		}
	}
	snprintf(buf + n, size - n, ") AS x FROM t");
}

static void
compile_ours(
	struct world *w, struct ours *o, const struct expr_scope *scope, const char *expression)
{
	static char text[EXPRESSION_MAX * 2];

	(void)w;
	memset(o, 0, sizeof *o);
	our_text(expression, text, sizeof text);
	assert_int_equal(sql_source_set(&o->source, "test", text, strlen(text), &o->error), 0);
	if (sql_mapping_parse(&o->mapping, &o->source, &o->error) < 0)
		return;
	o->unit = expr_unit_new(&o->source, scope, &o->error);
	assert_non_null(o->unit);
	o->expr = expr_compile(o->unit, o->mapping.targets[0].expr, &o->error);
}

static void
release_ours(struct ours *o)
{
	expr_unit_free(o->unit);
	sql_mapping_release(&o->mapping);
	sql_source_release(&o->source);
}

static bool
same_type(const struct ours *o, const char *kind)
{
	if (strcmp(kind, "character varying") == 0)
		kind = "text";
	return strcmp(type_name(expr_type(o->expr)), kind) == 0;
}

/*
 * Deviations that are in the manual: zones by a POSIX description without
 * rules are not known, and of a jsonb text that is wrong in two ways another
 * error may be told.
 */
static bool
known_deviation(const struct expr_error *e, const char *state)
{
	if (strcmp(e->sqlstate, "0A000") == 0) /* we say that we do not */
		return true;
	if (strcmp(e->sqlstate, "22023") == 0 && strncmp(e->message, "time zone \"", 11) == 0)
		return true;
	return strcmp(e->message, "value overflows numeric format") == 0 &&
	       strcmp(state, "22P02") == 0;
}

/* One row: what we have into buf, and whether the server has the same. */
static bool
judge_row(struct world *w, const struct ours *o, int row, const PGresult *r,
	struct arena *arena, char *buf, size_t size)
{
	struct expr_error error = {"", ""};
	struct expr_frame frame = {.context = {arena, &error}, .rows = {w->fields[row]}};
	const char *state = PQgetvalue(r, row, 3), *message = PQgetvalue(r, row, 4);
	const char *result = PQgetvalue(r, row, 2);
	struct text t = {"", 0};
	struct value v = {0};
	size_t n;

	arena_reset(arena);
	if (expr_eval(o->expr, &frame, &v) < 0 ||
		(!v.null && expr_value_text(&frame.context, expr_type(o->expr), &v, &t) < 0)) {
		n = strlen(error.message);
		snprintf(buf, size, "%s %s", error.sqlstate, error.message);
		return known_deviation(&error, state) ||
		       (strcmp(state, error.sqlstate) == 0 &&
			       strncmp(message, error.message, n > 480 ? 480 : n + 1) == 0);
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
static bool
judge_refusal(const PGresult *r)
{
	for (int i = 0; i < ROWS; i++) {
		if (PQgetvalue(r, i, 3)[0] == '\0')
			return false;
	}
	return true;
}

static void
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

static bool
judge(struct world *w, const char *expression, unsigned *refused)
{
	static char ours[EXPRESSION_MAX];
	const struct expr_scope scope = {"t", COLUMNS, w->names};
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
		same = judge_row(w, &o, i, r, &arena, ours, sizeof ours);
		if (!same)
			show(w, expression, i, ours, r);
	}
	release_ours(&o);
	arena_release(&arena);
	PQclear(r);
	return same;
}

#define COLUMN_VALUES(list)                                                                    \
	{                                                                                      \
		list, sizeof(list) / sizeof(list)[0]                                           \
	}

static void
new_rows(struct world *w)
{
	static const struct {
		const char *const *values;
		size_t n;
	} columns[COLUMNS] = {COLUMN_VALUES(texts), COLUMN_VALUES(texts),
		COLUMN_VALUES(integers), COLUMN_VALUES(longs), COLUMN_VALUES(numbers),
		COLUMN_VALUES(booleans), COLUMN_VALUES(dates), COLUMN_VALUES(times),
		COLUMN_VALUES(jsons)};

	for (int i = 0; i < ROWS; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			/* the first values of a list are sound ones, and come more often */
			size_t n = rng_below(&w->rng, 2) ? columns[c].n : columns[c].n / 2;
			const char *s = columns[c].values[rng_below(&w->rng, (unsigned)n)];

			if (rng_below(&w->rng, 12) == 0)
				s = NULL;
			w->rows[i][c] = s;
			w->fields[i][c] = (struct csv_field){s, s ? strlen(s) : 0, s == NULL};
		}
	}
}

static void
test_expressions(void **state)
{
	static struct buffer b;
	struct world *w = *state;
	const char *cases = getenv("TEST_CASES"), *seed = getenv("TEST_SEED");
	unsigned long n = (cases ? strtoul(cases, NULL, 10) : DEFAULT_CASES) / ROWS, wrong = 0;
	unsigned refused = 0;

	if (w->pg == NULL)
		skip();
	w->rng.state = (seed ? strtoull(seed, NULL, 10) : 20130401) * 2 + 1;
	for (unsigned long i = 0; i < n && wrong < 10; i++) {
		if (i % 16 == 0)
			new_rows(w);
		b.len = 0;
		b.full = false;
		generate(&w->rng, &b, any_type(&w->rng), DEPTH);
		if (!b.full && !judge(w, b.text, &refused))
			wrong++;
	}
	print_message("# %lu expressions on %d rows each, %u refused by both; TEST_SEED=%s\n",
		n, ROWS, refused, seed ? seed : "20130401");
	assert_int_equal(wrong, 0);
	/* if nearly all were refused, nothing was compared */
	assert_true(refused < n / 2);
}

/*
 * Whatever the server has by a name that our tables have, for types that we
 * have, is in our tables too, if only to be refused: else another function of
 * the name would take its place by an implicit cast.
 */
static const char signatures[] =
	"WITH ty AS (SELECT unnest(ARRAY['text', 'bpchar', 'bool', 'int2', 'int4', 'int8', "
	"'numeric',"
	" 'float8', 'date', 'timestamp', 'timestamptz', 'interval', 'jsonb'])::regtype::oid AS "
	"o)"
	" SELECT proname, array_to_string(ARRAY(SELECT format_type(a, NULL) FROM "
	"unnest(proargtypes)"
	" WITH ORDINALITY u(a, n) ORDER BY n), ', '), format_type(prorettype, NULL) FROM "
	"pg_proc"
	" WHERE prokind = 'f' AND NOT proretset AND pronamespace = 'pg_catalog'::regnamespace "
	"AND"
	" pronargs BETWEEN 1 AND 6 AND NOT EXISTS (SELECT FROM unnest(proargtypes) a WHERE a "
	"NOT IN"
	" (SELECT o FROM ty)) UNION ALL SELECT oprname, concat_ws(', ', CASE WHEN oprleft <> 0 "
	"THEN"
	" format_type(oprleft, NULL) END, format_type(oprright, NULL)), format_type(oprresult, "
	"NULL)"
	" FROM pg_operator WHERE (oprleft = 0 OR oprleft IN (SELECT o FROM ty)) AND oprright IN"
	" (SELECT o FROM ty) ORDER BY 1, 2";

/* 0 no such name, 1 the name with other types, 2 the function itself. */
static int
have_function(const char *name, const char *args, const char *result)
{
	int found = 0;

	for (size_t t = 0; function_tables[t] != NULL; t++) {
		for (const struct function *f = function_tables[t]; f->name != NULL; f++) {
			char list[256] = "";
			size_t n = 0;

			if (strcmp(f->name, name) != 0)
				continue;
			found = 1;
			for (int i = 0; i < f->nargs; i++)
				n += (size_t)snprintf(list + n, sizeof list - n, "%s%s",
					i ? ", " : "", type_name(f->args[i]));
			if (strcmp(list, args) == 0 &&
				strcmp(type_name(f->result), result) == 0)
				return 2;
		}
	}
	return found;
}

static void
test_signatures(void **state)
{
	struct world *w = *state;
	unsigned missing = 0;
	PGresult *r;

	if (w->pg == NULL)
		skip();
	r = PQexec(w->pg, signatures);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(w->pg));
	assert_true(PQntuples(r) > 500);
	for (int i = 0; i < PQntuples(r); i++) {
		if (have_function(
			    PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), PQgetvalue(r, i, 2)) != 1)
			continue;
		print_message("# the server has %s(%s) %s\n", PQgetvalue(r, i, 0),
			PQgetvalue(r, i, 1), PQgetvalue(r, i, 2));
		missing++;
	}
	PQclear(r);
	assert_int_equal(missing, 0);
}

static int
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

static int
close_world(void **state)
{
	struct world *w = *state;

	PQfinish(w->pg);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures), cmocka_unit_test(test_expressions)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
