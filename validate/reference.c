/*
 * reference.c - see reference.h
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shard/shard_reader.h"
#include "validate/reference.h"
#include "validate/row_key.h"

struct loading {
	const struct schema_foreign_key *key;
	struct cell_type **types; /* of the fields that refer, one a column */
	struct cell *cells;
	size_t *columns; /* where they are in the record */
	struct row_key row;
	struct keyset *set;
	const char **paths;
	size_t npaths;
};

static int
add_paths(struct loading *l, const struct table_schema *schema,
	const struct resources *resources, struct error *err)
{
	const char *name = l->key->resource;

	/* a table itself is what is given for no name, else what is checked */
	l->paths = calloc(resources->n + resources->nown + 1, sizeof *l->paths);
	if (l->paths == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < resources->n; i++) {
		if (strcmp(resources->items[i].name, name == NULL ? "" : name) == 0)
			l->paths[l->npaths++] = resources->items[i].path;
	}
	if (name == NULL && l->npaths == 0) {
		memcpy(l->paths, resources->own, resources->nown * sizeof *l->paths);
		l->npaths = resources->nown;
	}
	if (l->npaths == 0 && name == NULL)
		return error_set(err, ERROR_USAGE,
			"%s: a foreign key refers to the table itself, which must be read "
			"twice: name its files, standard input cannot be, or give them with "
			"--resource =FILE",
			schema->path);
	if (l->npaths == 0)
		return error_set(err, ERROR_USAGE,
			"%s: a foreign key refers to '%s', which must be given with --resource "
			"%s=FILE",
			schema->path, name, name);
	return 0;
}

static int
allocate(struct loading *l, const struct table_schema *schema, struct error *err)
{
	size_t n = l->key->columns.n;

	l->types = calloc(n, sizeof(struct cell_type *));
	l->cells = calloc(n, sizeof *l->cells);
	l->columns = calloc(n, sizeof *l->columns);
	l->row.cells = calloc(n, sizeof(struct cell *));
	if (l->types == NULL || l->cells == NULL || l->columns == NULL || l->row.cells == NULL)
		return error_nomem(err);
	l->row.n = n;
	for (size_t i = 0; i < n; i++) {
		l->row.cells[i] = &l->cells[i];
		l->types[i] = cell_type_new(&schema->fields[l->key->key.fields[i]], err);
		if (l->types[i] == NULL)
			return -1;
	}
	l->set = keyset_new(KEYSET_REFERENCE, err);
	return l->set == NULL ? -1 : 0;
}

static int
find_columns(struct loading *l, const struct shard_reader *reader, struct error *err)
{
	const struct csv_record *header = shard_reader_header(reader);

	for (size_t i = 0; i < l->row.n; i++) {
		const struct schema_text *name = &l->key->columns.items[i];
		int at = csv_record_find(header, name->ptr, name->len);

		if (at < 0)
			return error_set(err, ERROR_USAGE,
				"%s: it has no column '%s', to which a foreign key refers",
				shard_reader_file(reader), name->ptr);
		l->columns[i] = (size_t)at;
	}
	return 0;
}

static int
add_row(struct loading *l, const struct csv_record *record, struct error *err)
{
	const struct place place = {record->row, 0};
	struct place first;
	int found;

	for (size_t i = 0; i < l->row.n; i++) {
		const struct csv_field *f = &record->fields[l->columns[i]];

		if (f->null)
			return 0;
		/* what is not of the type equals no value that is */
		if (!cell_parse(l->types[i], f->ptr, f->len, &l->cells[i]))
			return cell_type_failed(l->types[i]) ? error_nomem(err) : 0;
	}
	found = row_key_find(&l->row, l->set, &first, err);
	return found == 0 ? keyset_add(l->set, &place, err) : found < 0 ? -1 : 0;
}

static int
read_rows(struct loading *l, struct error *err)
{
	struct shard_reader *reader = shard_reader_open(l->paths, l->npaths, err);
	const struct csv_record *record;
	int got = -1;

	if (reader == NULL)
		return -1;
	if (find_columns(l, reader, err) < 0)
		goto out;
	while ((got = shard_reader_next(reader, &record, err)) > 0) {
		/* in the table itself such a row is rejected when it comes to be checked */
		if (record->defect != CSV_SOUND && l->key->resource == NULL)
			continue;
		if (record->defect != CSV_SOUND) {
			got = error_set(err, ERROR_RUNTIME,
				"%s:%" PRIu64 ": %s in a table that is referred to",
				shard_reader_file(reader), record->line,
				csv_defect_code(record->defect));
			goto out;
		}
		if (add_row(l, record, err) < 0) {
			got = -1;
			goto out;
		}
	}
out:
	shard_reader_close(reader);
	return got;
}

struct keyset *
reference_load(const struct table_schema *schema, const struct schema_foreign_key *key,
	const struct resources *resources, struct error *err)
{
	struct loading l = {.key = key};
	int rc = -1;

	if (add_paths(&l, schema, resources, err) == 0 && allocate(&l, schema, err) == 0)
		rc = read_rows(&l, err);
	for (size_t i = 0; l.types != NULL && i < key->columns.n; i++)
		cell_type_free(l.types[i]);
	free(l.types);
	free(l.cells);
	free(l.columns);
	free(l.row.cells);
	row_key_release(&l.row);
	free(l.paths);
	if (rc < 0) {
		keyset_free(l.set);
		return NULL;
	}
	return l.set;
}
