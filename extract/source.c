/*
 * source.c - see source.h
 */
#include <stdlib.h>

#include "db/uri.h"
#include "extract/mysql_source.h"
#include "extract/source.h"

int
source_open_many(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err)
{
	switch (uri_kind(address)) {
	case URI_MYSQL: return mysql_source_open(address, defaults_file, request, sources, err);
	case URI_POSTGRES: return error_set(err, ERROR_USAGE, "PostgreSQL cannot be a source");
	case URI_NONE:
	case URI_UNKNOWN: break;
	}
	return error_set(err, ERROR_USAGE,
		"the source must be of the form mysql://[user@]host[:port]/database");
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
