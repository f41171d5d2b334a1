/*
 * refusal.c - see refusal.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "load/refusal.h"

static void
copy_text(char *buf, size_t size, const char *text)
{
	(void)snprintf(buf, size, "%s", text ? text : "");
}

int
refusal_read(PGconn *conn, const PGresult *result, struct refusal *refusal, struct error *err)
{
	const char *code = postgres_sqlstate(result);

	if (PQstatus(conn) != CONNECTION_OK || !postgres_is_about_data(code))
		return postgres_failed(conn, result, err);
	memset(refusal, 0, sizeof *refusal);
	copy_text(refusal->code, sizeof refusal->code, code);
	copy_text(refusal->column, sizeof refusal->column,
		PQresultErrorField(result, PG_DIAG_COLUMN_NAME));
	copy_text(refusal->constraint, sizeof refusal->constraint,
		PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME));
	if (strcmp(code, "23502") == 0 || strcmp(code, "23514") == 0)
		postgres_primary(result, refusal->message, sizeof refusal->message);
	else
		postgres_message(result, refusal->message, sizeof refusal->message);
	return 0;
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
 * itself failed, or a trigger that it called for one row.
 */
void
refusal_read_line(struct refusal *refusal, const PGresult *result, const char *table,
	const struct target *target)
{
	const char *p = PQresultErrorField(result, PG_DIAG_CONTEXT);
	size_t len = strlen(table);

	while (p != NULL && *p != '\0') {
		if (strncmp(p, "COPY ", 5) == 0 && strncmp(p + 5, table, len) == 0 &&
			strncmp(p + 5 + len, ", line ", 7) == 0) {
			char *end;
			uint64_t line = strtoull(p + 5 + len + 7, &end, 10);
			const char *column = NULL;

			refusal->line = line > 1 ? line - 1 : 0;
			if (strncmp(end, ", column ", 9) == 0)
				column = column_at(target, end + 9);
			if (column != NULL && refusal->column[0] == '\0')
				copy_text(refusal->column, sizeof refusal->column, column);
			return;
		}
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
}
