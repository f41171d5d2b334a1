/*
 * change_group.c - see change_group.h
 */
#include <stdlib.h>
#include <string.h>

#include "load/change_group.h"

int
change_group_add(struct change_group *g, const struct csv_record *record,
	const struct change *change, struct error *err)
{
	if (g->batch.nrows == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 4096;
		struct change *grown = realloc(g->changes, cap * sizeof *grown);

		if (grown == NULL)
			return error_nomem(err);
		g->changes = grown;
		g->cap = cap;
	}
	if (batch_add(&g->batch, record, err) < 0)
		return -1;
	g->changes[g->batch.nrows - 1] = *change;
	return 0;
}

void
change_group_drop(struct change_group *g, size_t n)
{
	struct batch *b = &g->batch;
	size_t offset = batch_offset(b, n), left = b->nrows - n;

	if (left == 0) {
		batch_clear(b);
		return;
	}
	memmove(b->data, b->data + offset, b->len - offset);
	memmove(b->rows, b->rows + n, left * sizeof *b->rows);
	memmove(g->changes, g->changes + n, left * sizeof *g->changes);
	b->len -= offset;
	b->nrows = left;
	for (size_t i = 0; i < left; i++)
		b->rows[i].offset -= offset;
}

size_t
change_group_index(const struct change_group *g, const struct csv_record *record)
{
	const struct batch *b = &g->batch;
	size_t offset = (size_t)(record->raw - b->data), low = 0, high = b->nrows;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (b->rows[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool
change_group_has_key(
	const struct change_group *g, size_t from, size_t to, const struct change *change)
{
	for (size_t i = from; i < to; i++) {
		const struct change *c = &g->changes[i];

		if (c->key == change->key && c->table == change->table)
			return true;
	}
	return false;
}

void
change_group_release(struct change_group *g)
{
	batch_release(&g->batch);
	free(g->changes);
	*g = (struct change_group)CHANGE_GROUP_INIT;
}
