/*
 * target_match.c - the stream's columns laid over the table's (see target.h)
 *
 * The same for all kinds of targets.  Names in messages are as the catalog has
 * them, without SQL's quotes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/target.h"
#include "nearest.h"

/* A list of quoted names for a message; it is cut where the message is. */
struct names {
	char text[1024];
	size_t len;
	size_t count;
};

static void
names_add(struct names *l, const char *name, const char *meant)
{
	int n;

	l->count++;
	if (l->len + 1 >= sizeof l->text)
		return;
	n = snprintf(
		l->text + l->len, sizeof l->text - l->len, "%s'%s'", l->len ? ", " : "", name);
	if (n > 0)
		l->len += (size_t)n;
	if (meant == NULL || l->len + 1 >= sizeof l->text)
		return;
	n = snprintf(l->text + l->len, sizeof l->text - l->len, " (is '%s' meant?)", meant);
	if (n > 0)
		l->len += (size_t)n;
}

static const char *
plural(const struct names *l)
{
	return l->count == 1 ? "" : "s";
}

int
target_find(const struct target *t, const char *name, size_t len)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (strlen(t->columns[i].name) == len &&
			memcmp(t->columns[i].name, name, len) == 0)
			return (int)i;
	}
	return -1;
}

/* The name of a column that was perhaps meant, or NULL. */
static const char *
meant(const struct target *t, const char *name)
{
	const char **all = calloc(t->ncolumns + 1, sizeof *all);
	const char *found = NULL;
	int near;

	if (all == NULL)
		return NULL;
	for (size_t i = 0; i < t->ncolumns; i++)
		all[i] = t->columns[i].name;
	near = nearest_name(name, all, t->ncolumns);
	if (near >= 0)
		found = all[near];
	free(all);
	return found;
}

/* What the stream has and the table cannot take. */
static int
match_stream(struct target *t, const struct csv_record *header, struct error *err)
{
	struct names unknown = {0}, generated = {0};

	for (size_t i = 0; i < header->nfields; i++) {
		const struct csv_field *f = &header->fields[i];
		int column = target_find(t, f->ptr, f->len);

		if (column < 0) {
			names_add(&unknown, f->ptr, meant(t, f->ptr));
			continue;
		}
		t->stream[i] = (size_t)column;
		if (t->columns[column].generated)
			names_add(&generated, f->ptr, NULL);
	}
	if (unknown.count > 0)
		return error_set(err, ERROR_USAGE, "table '%s' has no column%s %s", t->table,
			plural(&unknown), unknown.text);
	if (generated.count > 0)
		return error_set(err, ERROR_USAGE,
			"table '%s' computes column%s %s itself: leave %s out of the stream",
			t->table, plural(&generated), generated.text,
			generated.count == 1 ? "it" : "them");
	return 0;
}

/* What the table needs and the stream does not have; a trigger may still give it. */
static int
match_table(const struct target *t, struct error *err)
{
	struct names missing = {0};

	if (t->has_before_trigger)
		return 0;
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct target_column *c = &t->columns[i];

		if (!target_is_streamed(t, i) && c->not_null && !c->has_default &&
			!c->generated)
			names_add(&missing, c->name, NULL);
	}
	if (missing.count == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"the stream lacks column%s %s, which table '%s' requires (NOT NULL without a "
		"default)",
		plural(&missing), missing.text, t->table);
}

int
target_match(struct target *t, const struct csv_record *header, struct error *err)
{
	t->nstream = header->nfields;
	t->stream = arena_alloc(&t->arena, t->nstream * sizeof *t->stream);
	if (t->stream == NULL)
		return error_nomem(err);
	if (match_stream(t, header, err) < 0)
		return -1;
	return match_table(t, err);
}

bool
target_is_streamed(const struct target *t, size_t column)
{
	for (size_t i = 0; i < t->nstream; i++) {
		if (t->stream[i] == column)
			return true;
	}
	return false;
}

bool
target_is_key(const struct target *t, size_t column)
{
	for (size_t i = 0; i < t->nkey; i++) {
		if (t->key[i] == column)
			return true;
	}
	return false;
}

int
target_add_key(struct target *t, const char *name, size_t len, struct error *err)
{
	int column = target_find(t, name, len);

	if (column < 0)
		return error_set(err, ERROR_USAGE, "table '%s' has no column '%.*s' for a key",
			t->table, (int)len, name);
	if (target_is_key(t, (size_t)column))
		return error_set(
			err, ERROR_USAGE, "the key has column '%.*s' twice", (int)len, name);
	if (!target_is_streamed(t, (size_t)column))
		return error_set(err, ERROR_USAGE, "the stream lacks column '%.*s' of the key",
			(int)len, name);
	if (t->key == NULL)
		t->key = arena_alloc(&t->arena, t->ncolumns * sizeof *t->key);
	if (t->key == NULL)
		return error_nomem(err);
	t->key[t->nkey++] = (size_t)column;
	return 0;
}

int
target_add_keys(struct target *t, const char *names, struct error *err)
{
	for (const char *p = names;; p++) {
		size_t len = strcspn(p, ",");

		if (len == 0)
			return error_set(err, ERROR_USAGE,
				"--key '%s': names of columns separated by commas are wanted",
				names);
		if (target_add_key(t, p, len, err) < 0)
			return -1;
		p += len;
		if (*p == '\0')
			return 0;
	}
}

bool
target_may_pass_later(const struct target *t, const char *constraint)
{
	for (size_t i = 0; i < t->nconstraints; i++) {
		if (strcmp(t->constraints[i].name, constraint) == 0)
			return true;
	}
	return false;
}

void
target_release(struct target *t)
{
	arena_release(&t->arena);
}
