/*
 * source.c - see source.h
 */
#include "db/uri.h"
#include "extract/mysql_source.h"
#include "extract/source.h"

struct source *
source_open(const char *address, const char *defaults_file, struct error *err)
{
	switch (uri_kind(address)) {
	case URI_MYSQL: return mysql_source_open(address, defaults_file, err);
	case URI_POSTGRES:
		error_set(err, ERROR_USAGE, "PostgreSQL cannot be a source");
		return NULL;
	case URI_NONE:
	case URI_UNKNOWN: break;
	}
	error_set(err, ERROR_USAGE,
		"the source must be of the form mysql://[user@]host[:port]/database");
	return NULL;
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
