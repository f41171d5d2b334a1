/*
 * position.c - see position.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "db/postgres.h"
#include "load/ledger.h"
#include "load/position.h"

int
position_open(PGconn *conn, bool dry_run, bool *absent, struct error *err)
{
	int there = ledger_has_table(conn, "position", err);

	*absent = there == 0 && dry_run;
	if (there != 0 || dry_run)
		return there < 0 ? -1 : 0;
	return ledger_make_table(
		conn, "position", "apply the changes as a role that may make it", err);
}

static int
take_text(struct position *p, const PGresult *r, struct error *err)
{
	const char *text = PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "";

	if (strlen(text) >= sizeof p->text)
		return error_set(err, ERROR_USAGE,
			"caravan.position has no position of a change stream for table %s, "
			"stream '%s': '%.60s'; --again starts over",
			p->table, p->stream, text);
	(void)snprintf(p->text, sizeof p->text, "%s", text);
	return 0;
}

int
position_read(PGconn *conn, struct position *p, bool again, struct error *err)
{
	const char *const params[] = {p->table, p->stream};
	PGresult *r = postgres_query(conn,
		again ? "INSERT INTO caravan.position AS p (table_name, stream)"
			" VALUES ($1, $2) ON CONFLICT (table_name, stream)"
			" DO UPDATE SET position = '' RETURNING position"
		      : "INSERT INTO caravan.position AS p (table_name, stream)"
			" VALUES ($1, $2) ON CONFLICT (table_name, stream)"
			" DO UPDATE SET stream = p.stream RETURNING position",
		2, params, err);
	int status;

	if (r == NULL)
		return -1;
	status = take_text(p, r, err);
	PQclear(r);
	return status;
}

int
position_peek(PGconn *conn, struct position *p, struct error *err)
{
	const char *const params[] = {p->table, p->stream};
	PGresult *r = postgres_query(conn,
		"SELECT position FROM caravan.position WHERE table_name = $1 AND stream = $2",
		2, params, err);
	int status;

	if (r == NULL)
		return -1;
	status = take_text(p, r, err);
	PQclear(r);
	return status;
}

int
position_lock(PGconn *conn, const struct position *p, struct error *err)
{
	const char *const params[] = {p->table, p->stream};
	PGresult *r = postgres_query(conn,
		"SELECT position FROM caravan.position WHERE table_name = $1 AND stream = $2"
		" FOR UPDATE",
		2, params, err);
	int status = 0;

	if (r == NULL)
		return -1;
	if (PQntuples(r) == 0 || strcmp(PQgetvalue(r, 0, 0), p->text) != 0)
		status = error_set(err, ERROR_RUNTIME,
			"the position of stream '%s' of table %s has been changed by another: "
			"is another load applying it?",
			p->stream, p->table);
	PQclear(r);
	return status;
}

void
position_store(struct sql *s, const struct position *p, const char *text, uint64_t applied,
	uint64_t rejected)
{
	sql_add(s, "UPDATE caravan.position SET position = ");
	sql_literal(s, text);
	sql_add(s,
		", applied = applied + %" PRIu64 ", rejected = rejected + %" PRIu64
		", applied_at = pg_catalog.clock_timestamp() WHERE table_name = ",
		applied, rejected);
	sql_literal(s, p->table);
	sql_add(s, " AND stream = ");
	sql_literal(s, p->stream);
	sql_add(s, "; ");
}
