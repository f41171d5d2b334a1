/*
 * oracle_test.h - a live PostgreSQL as the judge of the expression functions
 *
 * For tests only.  A probe names a function, operator or chain of casts; it
 * is asked of our tables and of the server with the same generated inputs,
 * and result text, SQLSTATE and message must be equal.  Everything on the
 * server is in the session's temporary schema, so nothing is left behind.
 */
#ifndef ORACLE_TEST_H
#define ORACLE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "utf8.h"

enum { ORACLE_ARGS = 6, ORACLE_TEXT = 4096, ORACLE_BATCH = 5000, ORACLE_SHOWN = 10 };

/* xorshift64*: the same numbers on every machine for one seed. */
struct rng {
	uint64_t state;
	char memo[512]; /* what a generator leaves for that of a later argument */
};

static inline uint64_t
rng_next(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(2685821657736338717);
}

static inline unsigned
rng_below(struct rng *r, unsigned n)
{
	return (unsigned)(rng_next(r) >> 33) % n;
}

/* Writes one input, NUL-terminated, at most ORACLE_TEXT bytes. */
typedef void (*oracle_generator)(struct rng *r, char *buf);

struct oracle_arg {
	enum value_type type; /* what the text is cast to */
	oracle_generator generate;
};

/*
 * name NULL: a cast of the one argument to `to`.  `to` TYPE_UNKNOWN: the
 * function's own result.  typmod and its SQL ("(5,2)") belong to `to`.
 */
struct probe {
	const char *name;
	struct oracle_arg args[ORACLE_ARGS];
	int nargs;
	enum value_type to;
	int32_t typmod;
	const char *typmod_sql;
};

static const char *const oracle_type_names[TYPE_COUNT] = {
	[TYPE_UNKNOWN] = "text",
	[TYPE_TEXT] = "text",
	[TYPE_BOOL] = "boolean",
	[TYPE_INT2] = "smallint",
	[TYPE_INT4] = "integer",
	[TYPE_INT8] = "bigint",
	[TYPE_NUMERIC] = "numeric",
	[TYPE_FLOAT8] = "double precision",
	[TYPE_DATE] = "date",
	[TYPE_TIMESTAMP] = "timestamp",
	[TYPE_TIMESTAMPTZ] = "timestamptz",
	[TYPE_INTERVAL] = "interval",
	[TYPE_JSONB] = "jsonb",
	[TYPE_BYTEA] = "bytea",
	[TYPE_UUID] = "uuid",
	[TYPE_JSON] = "json",
	[TYPE_FLOAT4] = "real",
	[TYPE_TIME] = "time",
	[TYPE_INET] = "inet",
	[TYPE_CIDR] = "cidr",
};

/* Ours */

struct oracle {
	PGconn *pg;
	/* Is this refusal of ours a documented deviation?  May be NULL. */
	bool (*excuse)(const struct expr_error *ours);
	const struct function *const *functions; /* ends with NULL */
	const struct cast *const *casts;
	uint64_t seed;
};

static inline const struct cast *
oracle_cast(const struct oracle *o, enum value_type from, enum value_type to)
{
	for (const struct cast *const *t = o->casts; *t != NULL; t++) {
		for (const struct cast *c = *t; c->call != NULL; c++) {
			if (c->from == from && c->to == to)
				return c;
		}
	}
	fail_msg("no cast from %s to %s", oracle_type_names[from], oracle_type_names[to]);
	return NULL;
}

/* Does f take the types as they are, without casts? */
static inline bool
oracle_takes(const struct function *f, int nargs, const enum value_type *types)
{
	bool variadic = (f->flags & FUNCTION_VARIADIC) != 0;

	if (variadic ? nargs < f->nargs - 1 : nargs != f->nargs)
		return false;
	for (int i = 0; i < nargs; i++) {
		int last = f->nargs - 1, at = i < last ? i : last;

		if (at == last && (f->flags & FUNCTION_ANY) != 0)
			continue;
		if (f->args[at] != types[i])
			return false;
	}
	return true;
}

static inline const struct function *
oracle_function(
	const struct oracle *o, const char *name, int nargs, const enum value_type *types)
{
	for (const struct function *const *t = o->functions; *t != NULL; t++) {
		for (const struct function *f = *t; f->name != NULL; f++) {
			if (strcmp(f->name, name) == 0 && oracle_takes(f, nargs, types))
				return f;
		}
	}
	fail_msg("no function %s", name);
	return NULL;
}

/* *v becomes v::to; 0 or -1. */
static inline int
oracle_apply_cast(const struct oracle *o, struct eval_context *ctx, struct value *v,
	enum value_type from, enum value_type to, int32_t typmod)
{
	struct value r = {.null = false};

	if (v->null || (from == to && typmod < 0))
		return 0;
	if (oracle_cast(o, from, to)->call(ctx, v, typmod, &r) < 0)
		return -1;
	*v = r;
	return 0;
}

/* bool to text belongs to another family; every other type casts itself. */
static inline int
oracle_to_text(
	const struct oracle *o, struct eval_context *ctx, struct value *v, enum value_type from)
{
	if (from == TYPE_BOOL && !v->null) {
		v->s = v->b ? (struct text){"true", 4} : (struct text){"false", 5};
		return 0;
	}
	return oracle_apply_cast(o, ctx, v, from, TYPE_TEXT, -1);
}

/*
 * prepared: with the arguments offered to prepare as constants, as the
 * compiler does for literals.
 */
static inline int
oracle_call(struct eval_context *ctx, const struct function *f, int nargs,
	const enum value_type *types, struct value *args, bool prepared, struct value *result)
{
	struct call_site site = {f, nargs, types, NULL};
	const struct value *constants[ORACLE_ARGS] = {0};
	int status = 0;

	if (prepared && f->prepare != NULL) {
		for (int i = 0; i < nargs; i++)
			constants[i] = i == 0 && nargs > 1 ? NULL : &args[i];
		/* both orders of argument occur: format last, zone first */
		if (nargs > 1)
			constants[0] = &args[0];
		status = f->prepare(ctx, &site, constants);
	}
	if (status == 0)
		status = f->call(ctx, &site, args, result);
	if (f->release != NULL && site.prepared != NULL)
		f->release(site.prepared);
	return status;
}

static inline int
oracle_ours(const struct oracle *o, const struct probe *p, struct eval_context *ctx,
	char *const *inputs, bool prepared, struct value *v)
{
	enum value_type types[ORACLE_ARGS], type = p->args[0].type;
	struct value args[ORACLE_ARGS];
	const struct function *f;

	for (int i = 0; i < p->nargs; i++) {
		types[i] = p->args[i].type;
		args[i] = (struct value){.s = {inputs[i], strlen(inputs[i])}};
		if (types[i] == TYPE_BOOL)
			args[i].b = inputs[i][0] == 't';
		else if (oracle_apply_cast(o, ctx, &args[i], TYPE_TEXT, types[i], -1) < 0)
			return -1;
	}
	*v = args[0];
	if (p->name != NULL) {
		f = oracle_function(o, p->name, p->nargs, types);
		*v = (struct value){.null = false};
		if (oracle_call(ctx, f, p->nargs, types, args, prepared, v) < 0)
			return -1;
		type = f->result;
	}
	if (p->to != TYPE_UNKNOWN) {
		if (oracle_apply_cast(o, ctx, v, type, p->to, p->typmod) < 0)
			return -1;
		type = p->to;
	}
	return oracle_to_text(o, ctx, v, type);
}

/* An example with its answer, for tests that need no server.  NULL stands for NULL. */
struct example {
	const char *name; /* NULL: a cast to `to` */
	enum value_type types[ORACLE_ARGS];
	const char *inputs[ORACLE_ARGS]; /* as many as there are */
	enum value_type to;
	const char *expected; /* the result's text, or SQLSTATE and message */
};

static inline void
oracle_examples(const struct oracle *o, const struct example *examples, size_t n)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < n; i++) {
		const struct example *e = &examples[i];
		struct probe p = {.name = e->name, .to = e->to, .typmod = -1};
		struct expr_error error = {"", ""};
		struct eval_context ctx = {&arena, &error};
		char *inputs[ORACLE_ARGS], got[ORACLE_TEXT];
		struct value v = {.null = false};

		for (; p.nargs < ORACLE_ARGS && e->inputs[p.nargs] != NULL; p.nargs++) {
			p.args[p.nargs].type = e->types[p.nargs];
			inputs[p.nargs] = arena_copy(
				&arena, e->inputs[p.nargs], strlen(e->inputs[p.nargs]));
			assert_non_null(inputs[p.nargs]);
		}
		if (oracle_ours(o, &p, &ctx, inputs, i % 2 == 0, &v) < 0)
			snprintf(got, sizeof got, "%s %s", error.sqlstate, error.message);
		else
			snprintf(got, sizeof got, "%.*s", v.null ? 4 : (int)v.s.len,
				v.null ? "NULL" : v.s.ptr);
		assert_string_equal(got, e->expected);
		arena_reset(&arena);
	}
	arena_release(&arena);
}

/* The server's */

static inline void
oracle_sql(const struct probe *p, char *sql, size_t size)
{
	char args[ORACLE_ARGS][64], call[448];
	bool word = p->name != NULL && ((p->name[0] >= 'a' && p->name[0] <= 'z'));
	size_t len;

	for (int i = 0; i < p->nargs; i++)
		snprintf(args[i], sizeof args[i], "($%d::%s)", i + 1,
			oracle_type_names[p->args[i].type]);
	if (p->name == NULL) {
		snprintf(call, sizeof call, "%s", args[0]);
	} else if (!word && p->nargs == 1) {
		snprintf(call, sizeof call, "(%s %s)", p->name, args[0]);
	} else if (!word) {
		snprintf(call, sizeof call, "(%s %s %s)", args[0], p->name, args[1]);
	} else {
		/* the schema keeps extract from being taken for the grammar's own */
		len = (size_t)snprintf(call, sizeof call, "pg_catalog.%s(", p->name);
		for (int i = 0; i < p->nargs; i++)
			len += (size_t)snprintf(call + len, sizeof call - len, "%s%s",
				i > 0 ? ", " : "", args[i]);
		snprintf(call + len, sizeof call - len, ")");
	}
	if (p->to == TYPE_UNKNOWN)
		snprintf(sql, size, "SELECT %s::text", call);
	else
		snprintf(sql, size, "SELECT (%s::%s%s)::text", call, oracle_type_names[p->to],
			p->typmod_sql != NULL ? p->typmod_sql : "");
}

/* Connects; skips the calling test where there is no server. */
static inline void
oracle_open(struct oracle *o)
{
	static const char setup[] =
		"SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = "
		"postgres;"
		"SET extra_float_digits = 1; SET client_encoding = 'UTF8'; SET lc_messages = "
		"'C';"
		"CREATE FUNCTION pg_temp.attempt(query text, a text[], b text[], c text[],"
		" d text[], e text[], f text[])"
		" RETURNS TABLE (result text, state text, message text) LANGUAGE plpgsql AS "
		"$$\n"
		"BEGIN\n"
		" FOR i IN 1 .. array_length(a, 1) LOOP\n"
		"  result := NULL; state := ''; message := '';\n"
		"  BEGIN EXECUTE query INTO result USING a[i], b[i], c[i], d[i], e[i], f[i];\n"
		"  EXCEPTION WHEN OTHERS THEN\n"
		"   GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = "
		"MESSAGE_TEXT;\n"
		"  END;\n"
		"  RETURN NEXT;\n"
		" END LOOP;\n"
		"END $$";
	const char *uri = getenv("POSTGRES_URI");
	const char *seed = getenv("TEST_SEED");
	PGresult *r;

	o->seed = seed != NULL ? strtoull(seed, NULL, 10) : 20240229;
	if (uri == NULL || *uri == '\0') {
		o->pg = NULL;
		return;
	}
	o->pg = PQconnectdb(uri);
	if (PQstatus(o->pg) != CONNECTION_OK)
		fail_msg("cannot connect: %s", PQerrorMessage(o->pg));
	r = PQexec(o->pg, setup);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("set-up failed: %s", PQerrorMessage(o->pg));
	PQclear(r);
}

static inline void
oracle_close(struct oracle *o)
{
	PQfinish(o->pg);
	o->pg = NULL;
}

/* '{"…","…"}' of n inputs of argument `arg`; the caller frees. */
static inline char *
oracle_array(char *(*inputs)[ORACLE_ARGS], size_t n, int arg, int nargs)
{
	size_t size = 3, len = 0;
	char *s;

	for (size_t i = 0; i < n; i++)
		size += arg < nargs ? 2 * strlen(inputs[i][arg]) + 3 : 5;
	s = malloc(size);
	assert_non_null(s);
	s[len++] = '{';
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			s[len++] = ',';
		if (arg >= nargs) {
			memcpy(s + len, "NULL", 4);
			len += 4;
			continue;
		}
		s[len++] = '"';
		for (const char *c = inputs[i][arg]; *c != '\0'; c++) {
			if (*c == '"' || *c == '\\')
				s[len++] = '\\';
			s[len++] = *c;
		}
		s[len++] = '"';
	}
	s[len++] = '}';
	s[len] = '\0';
	return s;
}

/*
 * The server's message in buf, with ? for each byte of a character that it cut in two:
 * its own messages have such, ours have not.
 */
static inline const char *
oracle_message(const char *message, char *buf, size_t size)
{
	size_t n = strlen(message), width;

	if (n >= size)
		n = size - 1;
	memcpy(buf, message, n);
	buf[n] = '\0';
	for (size_t i = 0; i < n; i += width) {
		width = char_width((unsigned char)buf[i]);
		if (width <= n - i && utf8_is_text(buf + i, width))
			continue;
		buf[i] = '?';
		width = 1;
	}
	return buf;
}

/* One case against row i of the server's answers; true when they agree. */
static inline bool
oracle_judge(const struct oracle *o, const struct probe *p, char *const *inputs, bool prepared,
	const PGresult *r, int row, struct arena *arena, char *ours, size_t size)
{
	struct expr_error error = {"", ""};
	struct eval_context ctx = {arena, &error};
	struct value v = {.null = false};
	const char *result = PQgetvalue(r, row, 0), *state = PQgetvalue(r, row, 1);
	char buf[ORACLE_TEXT];
	const char *message = oracle_message(PQgetvalue(r, row, 2), buf, sizeof buf);
	bool null = PQgetisnull(r, row, 0) != 0;

	arena_reset(arena);
	if (oracle_ours(o, p, &ctx, inputs, prepared, &v) < 0) {
		size_t len = strlen(error.message);

		snprintf(ours, size, "%s %s", error.sqlstate, error.message);
		if (o->excuse != NULL && o->excuse(&error))
			return true;
		/* ours is cut to its buffer */
		return strcmp(error.sqlstate, state) == 0 &&
		       (strcmp(error.message, message) == 0 ||
			       (len > sizeof error.message - 8 &&
				       strncmp(error.message, message, len) == 0));
	}
	if (v.null) {
		snprintf(ours, size, "NULL");
		return state[0] == '\0' && null;
	}
	snprintf(ours, size, "'%.*s'", (int)v.s.len, v.s.ptr);
	return state[0] == '\0' && !null && v.s.len == strlen(result) &&
	       memcmp(v.s.ptr, result, v.s.len) == 0;
}

static inline size_t
oracle_batch(const struct oracle *o, const struct probe *p, const char *sql,
	char *(*inputs)[ORACLE_ARGS], size_t n, size_t wrong)
{
	const char *params[ORACLE_ARGS + 1] = {sql};
	char *arrays[ORACLE_ARGS], ours[ORACLE_TEXT];
	struct arena arena;
	PGresult *r;

	arena_init(&arena);
	for (int a = 0; a < ORACLE_ARGS; a++)
		params[a + 1] = arrays[a] = oracle_array(inputs, n, a, p->nargs);
	r = PQexecParams(o->pg, "SELECT * FROM pg_temp.attempt($1, $2, $3, $4, $5, $6, $7)",
		ORACLE_ARGS + 1, NULL, params, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(o->pg));
	for (size_t i = 0; i < n; i++) {
		for (int prepared = 0; prepared < 2; prepared++) {
			if (oracle_judge(o, p, inputs[i], prepared != 0, r, (int)i, &arena,
				    ours, sizeof ours))
				continue;
			if (wrong++ < ORACLE_SHOWN) {
				print_message("# %s with '%s' '%s'%s: ours %s, the server's "
					      "%s%s %s\n",
					sql, inputs[i][0], p->nargs > 1 ? inputs[i][1] : "",
					prepared ? " prepared" : "", ours,
					PQgetisnull(r, (int)i, 0) ? "NULL "
								  : PQgetvalue(r, (int)i, 0),
					PQgetvalue(r, (int)i, 1), PQgetvalue(r, (int)i, 2));
			}
			break;
		}
	}
	PQclear(r);
	for (int a = 0; a < ORACLE_ARGS; a++)
		free(arrays[a]);
	arena_release(&arena);
	return wrong;
}

/* Ask n generated cases of the probe; fails the test when any differs. */
static inline void
oracle_check(const struct oracle *o, const struct probe *p, size_t n)
{
	static char *inputs[ORACLE_BATCH][ORACLE_ARGS];
	char sql[512], buf[ORACLE_TEXT];
	struct rng rng = {o->seed * 2 + 1, ""};
	size_t wrong = 0, total = n;

	if (o->pg == NULL)
		skip();
	oracle_sql(p, sql, sizeof sql);
	for (const char *c = sql; *c != '\0'; c++)
		rng.state = rng.state * 31 + (unsigned char)*c;
	while (n > 0) {
		size_t batch = n < ORACLE_BATCH ? n : ORACLE_BATCH;

		for (size_t i = 0; i < batch; i++) {
			for (int a = 0; a < p->nargs; a++) {
				p->args[a].generate(&rng, buf);
				inputs[i][a] = strdup(buf);
				assert_non_null(inputs[i][a]);
			}
		}
		wrong = oracle_batch(o, p, sql, inputs, batch, wrong);
		for (size_t i = 0; i < batch; i++) {
			for (int a = 0; a < p->nargs; a++)
				free(inputs[i][a]);
		}
		n -= batch;
	}
	if (wrong > 0)
		fail_msg("%s: %zu of %zu differ; TEST_SEED=%llu", sql, wrong, total,
			(unsigned long long)o->seed);
}

#endif
