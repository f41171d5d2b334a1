/*
 * source.c - see source.h
 */
#include <stdlib.h>
#include <string.h>

#include "db/uri.h"
#include "extract/mysql_source.h"
#include "extract/postgres_source.h"
#include "extract/source.h"

/* What is not a URI may be libpq's conninfo (host=... dbname=...). */
static bool
is_postgres(const char *address)
{
	enum uri_kind kind = uri_kind(address);

	return kind == URI_POSTGRES || (kind == URI_NONE && strchr(address, '=') != NULL);
}

int
source_open_many(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err)
{
	if (uri_kind(address) == URI_MYSQL)
		return mysql_source_open(address, defaults_file, request, sources, err);
	if (!is_postgres(address))
		return error_set(err, ERROR_USAGE,
			"the source must be of the form mysql://[user@]host[:port]/database or "
			"postgres://[user@]host[:port]/database");
	if (request->no_lock)
		return error_set(err, ERROR_USAGE,
			"--no-lock is for MySQL and MariaDB: PostgreSQL shares a snapshot "
			"without a lock");
	if (defaults_file != NULL)
		return error_set(err, ERROR_USAGE,
			"--defaults-file is for MySQL and MariaDB: PostgreSQL has ~/.pgpass "
			"and service files");
	return postgres_source_open(address, request, sources, err);
}

struct source *
source_open(const char *address, const char *defaults_file, struct error *err)
{
	static const struct snapshot_request one = {.connections = 1};
	struct source *s = NULL;

	return source_open_many(address, defaults_file, &one, &s, err) < 0 ? NULL : s;
}

struct rows *
source_list(struct source *s, struct error *err)
{
	return s->class->list(s, err);
}

struct rows *
source_table(struct source *s, const struct selection *selection, struct error *err)
{
	return s->class->table(s, selection, err);
}

struct rows *
source_query(struct source *s, const char *sql, struct error *err)
{
	return s->class->query(s, sql, err);
}

json_t *
source_describe(struct source *s, const struct selection *selection, struct error *err)
{
	return s->class->describe(s, selection, err);
}

json_t *
source_identity(struct source *s, struct error *err)
{
	return s->class->identity(s, err);
}

json_t *
source_snapshot(struct source *s, struct error *err)
{
	return s->class->snapshot(s, err);
}

struct plan *
source_plan(struct source *s, const struct selection *selection, struct error *err)
{
	return s->class->plan(s, selection, err);
}

int
source_walk(struct source *s, const struct plan *plan, const struct bound *after, uint64_t rows,
	struct bound **upto, struct error *err)
{
	return s->class->walk(s, plan, after, rows, upto, err);
}

struct rows *
source_range(struct source *s, const struct plan *plan, const struct bound *after,
	const struct bound *upto, struct error *err)
{
	return s->class->range(s, plan, after, upto, err);
}

int
source_unchanged(struct source *s, const struct plan *plan, struct error *err)
{
	return s->class->unchanged(s, plan, err);
}

void
source_plan_free(struct plan *plan)
{
	if (plan != NULL)
		plan->class->plan_free(plan);
}

void
source_bound_free(struct bound *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n; i++)
		free(b->literals[i]);
	free(b->literals);
	json_decref(b->shown);
	free(b);
}

int
source_status(struct source *s, const char *name, uint64_t *value, struct error *err)
{
	return s->class->status(s, name, value, err);
}

bool
source_is_lost(struct source *s)
{
	return s->class->is_lost(s);
}

void
source_stop(struct source *s)
{
	s->class->stop(s);
}

void
source_close(struct source *s)
{
	if (s != NULL)
		s->class->close(s);
}

int
rows_next(struct rows *r, struct error *err)
{
	return r->class->next(r, err);
}

void
rows_put(const struct rows *r, struct csv_writer *w)
{
	r->class->put(r, w);
}

json_t *
rows_schema(const struct rows *r, struct error *err)
{
	return r->class->schema(r, err);
}

void
rows_close(struct rows *r)
{
	if (r != NULL)
		r->class->close(r);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
rows_check_names(const struct rows *r, struct error *err)
{
	size_t n = r->ncolumns;
	const char **sorted = malloc(n * sizeof *sorted);
	int status = 0;

	if (sorted == NULL)
		return error_nomem(err);
	memcpy(sorted, r->names, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, compare_names);
	if (sorted[0][0] == '\0')
		status = error_set(
			err, ERROR_USAGE, "a column has no name: give it one with AS");
	for (size_t i = 1; i < n && status == 0; i++) {
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			status = error_set(err, ERROR_USAGE,
				"two columns have the name '%s': rename one with AS",
				sorted[i]);
	}
	free(sorted);
	return status;
}

int
source_table_changed(const char *table, struct error *err)
{
	return error_set(err, ERROR_RUNTIME,
		"table '%s' was changed (ALTER TABLE or the like) after the snapshot was "
		"taken: nothing of it can be used; run again",
		table);
}
