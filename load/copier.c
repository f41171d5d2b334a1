/*
 * copier.c - see copier.h
 *
 * What becomes of the last savepoint travels in front of the next COPY, in
 * the same message, so a batch costs two round trips.
 */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "db/postgres.h"
#include "load/copier.h"

static struct copier *
copier_of(struct inserter *i)
{
	return (struct copier *)i;
}

int
copier_start(struct copier *c, struct error *err)
{
	c->savepoint = COPIER_NONE;
	if (c->statements->start.len == 0)
		return 0;
	return postgres_do(c->conn, c->statements->start.text, err);
}

static void
drain(struct copier *c)
{
	PGresult *r;

	while ((r = PQgetResult(c->conn)) != NULL)
		PQclear(r);
}

/*
 * The stage is emptied outside of any savepoint: there PostgreSQL truncates
 * in place, as it made the table in this transaction, and leaves the catalog
 * alone.
 */
static void
add_savepoint(const struct copier *c, struct sql *s)
{
	switch (c->savepoint) {
	case COPIER_REFUSED: sql_add(s, "ROLLBACK TO SAVEPOINT caravan; "); return;
	case COPIER_TAKEN:
		sql_add(s, "RELEASE SAVEPOINT caravan; ");
		if (c->statements->empty.len > 0)
			sql_add(s, "%s; ", c->statements->empty.text);
		break;
	case COPIER_NONE: break;
	}
	sql_add(s, "SAVEPOINT caravan; ");
}

/* The server may have said why it went; libpq alone only knows that it did. */
static int
put_failed(struct copier *c, struct error *err)
{
	PGresult *r = PQgetResult(c->conn);
	int status;

	if (r != NULL && PQresultStatus(r) != PGRES_FATAL_ERROR) {
		PQclear(r);
		r = NULL;
	}
	status = postgres_failed(c->conn, r, err);
	PQclear(r);
	return status;
}

static int
put_bytes(struct copier *c, const char *data, size_t n, struct error *err)
{
	enum { PIECE = 1 << 17 };

	while (n > 0) {
		int piece = n < PIECE ? (int)n : PIECE;

		if (PQputCopyData(c->conn, data, piece) != 1)
			return put_failed(c, err);
		data += piece;
		n -= (size_t)piece;
	}
	return 0;
}

/* Run statements, of which the last is a COPY, and announce its header; see statements.c. */
static int
start_copy(struct copier *c, const char *sql, struct error *err)
{
	bool started = false;
	int status = -1;
	PGresult *r;

	if (!PQsendQuery(c->conn, sql))
		return postgres_failed(c->conn, NULL, err);
	while (!started && (r = PQgetResult(c->conn)) != NULL) {
		ExecStatusType got = PQresultStatus(r);

		started = got == PGRES_COPY_IN;
		if (!started && got != PGRES_COMMAND_OK)
			status = postgres_failed(c->conn, r, err);
		PQclear(r);
	}
	if (!started)
		return status;
	return put_bytes(c, "\n", 1, err);
}

static int
copy_begin(struct inserter *i, struct error *err)
{
	struct copier *c = copier_of(i);
	struct sql s = SQL_INIT;
	int status = -1;

	add_savepoint(c, &s);
	sql_add(&s, "%s", c->statements->copy.text);
	if (sql_text(&s, err) != NULL)
		status = start_copy(c, s.text, err);
	i->active = status == 0;
	sql_release(&s);
	return status;
}

/* Runs of rows that are not gone lie together. */
static int
put_rows(struct copier *c, const struct batch *b, size_t from, size_t to, struct error *err)
{
	while (from < to) {
		size_t end = from, start = batch_offset(b, from);

		while (end < to && !b->rows[end].gone)
			end++;
		if (end > from &&
			put_bytes(c, b->data + start, batch_offset(b, end) - start, err) < 0)
			return -1;
		for (from = end; from < to && b->rows[from].gone;)
			from++;
	}
	return 0;
}

static int
copy_put(struct inserter *i, const struct batch *b, size_t from, size_t to, struct error *err)
{
	return put_rows(copier_of(i), b, from, to, err);
}

int
copier_fill(struct copier *c, const char *sql, const struct batch *b, size_t from, size_t to,
	struct error *err)
{
	PGresult *r;
	int status = 0;

	if (start_copy(c, sql, err) < 0 || put_rows(c, b, from, to, err) < 0)
		return -1;
	if (PQputCopyEnd(c->conn, NULL) != 1)
		return put_failed(c, err);
	while ((r = PQgetResult(c->conn)) != NULL) {
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			status = postgres_failed(c->conn, r, err);
		PQclear(r);
	}
	return status;
}

static void
copy_text(char *buf, size_t size, const char *text)
{
	(void)snprintf(buf, size, "%s", text ? text : "");
}

/* The stream's column that text begins with, followed by ':' or nothing. */
static const char *
column_at(const struct target *t, const char *text)
{
	const char *longest = NULL;

	for (size_t i = 0; i < t->nstream; i++) {
		const char *name = t->columns[t->stream[i]].name;
		size_t len = strlen(name);

		if (strncmp(text, name, len) == 0 && strchr(":\n", text[len]) != NULL &&
			(longest == NULL || len > strlen(longest)))
			longest = name;
	}
	return longest;
}

/*
 * The context has a line "COPY users, line 3, column age: ..." where COPY
 * itself failed, or a trigger that it called for one row.  Other languages'
 * wordings are not understood: then the line is searched by halves.  Line 1 is
 * our header.
 */
static void
parse_context(const struct copier *c, const char *context, struct refusal *refusal)
{
	const char *table = c->target->nkey > 0 ? STATEMENTS_STAGE : c->target->table;
	size_t len = strlen(table);
	const char *p = context;

	while (p != NULL && *p != '\0') {
		if (strncmp(p, "COPY ", 5) == 0 && strncmp(p + 5, table, len) == 0 &&
			strncmp(p + 5 + len, ", line ", 7) == 0) {
			char *end;
			uint64_t line = strtoull(p + 5 + len + 7, &end, 10);
			const char *column = NULL;

			refusal->line = line > 1 ? line - 1 : 0;
			if (strncmp(end, ", column ", 9) == 0)
				column = column_at(c->target, end + 9);
			if (column != NULL && refusal->column[0] == '\0')
				copy_text(refusal->column, sizeof refusal->column, column);
			return;
		}
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
}

/*
 * 0 with *refusal when the error is about rows, else -1 with *err.  The detail
 * of a violated NOT NULL or CHECK is the whole row, which the rejects file has
 * anyway and a terminal should not show.
 */
static int
refused(struct copier *c, const PGresult *r, struct refusal *refusal, struct error *err)
{
	const char *code = postgres_sqlstate(r);
	const char *context = PQresultErrorField(r, PG_DIAG_CONTEXT);

	if (PQstatus(c->conn) != CONNECTION_OK || !postgres_is_about_data(code))
		return postgres_failed(c->conn, r, err);
	memset(refusal, 0, sizeof *refusal);
	copy_text(refusal->code, sizeof refusal->code, code);
	copy_text(refusal->column, sizeof refusal->column,
		PQresultErrorField(r, PG_DIAG_COLUMN_NAME));
	copy_text(refusal->constraint, sizeof refusal->constraint,
		PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME));
	if (strcmp(code, "23502") == 0 || strcmp(code, "23514") == 0)
		postgres_primary(r, refusal->message, sizeof refusal->message);
	else
		postgres_message(r, refusal->message, sizeof refusal->message);
	if (context != NULL)
		parse_context(c, context, refusal);
	return 0;
}

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static int
merge(struct copier *c, struct copied *copied, struct refusal *refusal, struct error *err)
{
	PGresult *r = PQexec(c->conn, c->statements->merge.text);
	int status = 1;

	if (PQresultStatus(r) == PGRES_TUPLES_OK) {
		copied->inserted = number(PQgetvalue(r, 0, 0));
		copied->updated = number(PQgetvalue(r, 0, 1));
	} else {
		status = refused(c, r, refusal, err);
		refusal->line = 0;
	}
	PQclear(r);
	return status;
}

static int
copy_end(struct inserter *i, struct copied *copied, struct refusal *refusal, struct error *err)
{
	struct copier *c = copier_of(i);
	PGresult *r;
	int status = 1;

	c->inserter.active = false;
	memset(copied, 0, sizeof *copied);
	if (PQputCopyEnd(c->conn, NULL) != 1)
		return put_failed(c, err);
	r = PQgetResult(c->conn);
	if (PQresultStatus(r) == PGRES_COMMAND_OK) {
		copied->rows = number(PQcmdTuples(r));
		copied->inserted = copied->rows;
	} else {
		status = refused(c, r, refusal, err);
	}
	PQclear(r);
	drain(c);
	if (status > 0 && c->statements->merge.len > 0)
		status = merge(c, copied, refusal, err);
	c->savepoint = status > 0 ? COPIER_TAKEN : COPIER_REFUSED;
	return status;
}

static void
copy_abort(struct inserter *i, const char *reason)
{
	struct copier *c = copier_of(i);

	if (!c->inserter.active)
		return;
	c->inserter.active = false;
	if (PQputCopyEnd(c->conn, reason) == 1)
		drain(c);
}

static int
copy_settle(struct inserter *i, struct error *err)
{
	struct copier *c = copier_of(i);
	struct sql s = SQL_INIT;
	int status = -1;

	if (c->savepoint == COPIER_NONE)
		return 0;
	if (c->savepoint == COPIER_REFUSED)
		sql_add(&s, "ROLLBACK TO SAVEPOINT caravan; ");
	sql_add(&s, "RELEASE SAVEPOINT caravan; %s",
		c->statements->empty.len > 0 ? c->statements->empty.text : "");
	c->savepoint = COPIER_NONE;
	if (sql_text(&s, err) != NULL)
		status = postgres_do(c->conn, s.text, err);
	sql_release(&s);
	return status;
}

static int
copy_explain(struct inserter *i, const struct batch *b, size_t from, size_t to,
	inserter_found *found, void *arg, struct error *err)
{
	struct copier *c = copier_of(i);

	if (c->orphans.unable)
		return 0;
	if (copy_settle(i, err) < 0)
		return -1;
	return orphans_find(&c->orphans, c, b, from, to, found, arg, err);
}

static int
copy_gather(struct inserter *i, const struct batch *b, struct error *err)
{
	struct copier *c = copier_of(i);

	if (copy_settle(i, err) < 0)
		return -1;
	return orphans_add(&c->orphans, c, b, 0, b->nrows, err);
}

static int
copy_explain_gathered(struct inserter *i, inserter_found *found, void *arg, struct error *err)
{
	struct copier *c = copier_of(i);

	return orphans_tell(&c->orphans, c, found, arg, err);
}

static const struct inserter_class copier_class = {
	.begin = copy_begin,
	.put = copy_put,
	.end = copy_end,
	.abort = copy_abort,
	.settle = copy_settle,
	.explain = copy_explain,
	.gather = copy_gather,
	.explain_gathered = copy_explain_gathered,
};

void
copier_init(struct copier *c, PGconn *conn, struct target *target,
	const struct statements *statements)
{
	*c = (struct copier){
		.inserter = {.class = &copier_class},
		.conn = conn,
		.target = target,
		.statements = statements,
	};
}
