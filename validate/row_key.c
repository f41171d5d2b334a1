/*
 * row_key.c - see row_key.h
 */
#include <stdlib.h>
#include <string.h>

#include "validate/row_key.h"

/* Each part with its length, so that no two rows have the same bytes by chance. */
static int
join(struct row_key *k, struct error *err)
{
	k->bytes.len = 0;
	for (size_t i = 0; i < k->n; i++) {
		size_t start = k->bytes.len;
		uint64_t len = 0;

		if (buffer_put(&k->bytes, &len, sizeof len, err) < 0 ||
			cell_key(k->cells[i], &k->bytes, err) < 0)
			return -1;
		len = k->bytes.len - start - sizeof len;
		memcpy(k->bytes.data + start, &len, sizeof len);
	}
	return 0;
}

int
row_key_find(struct row_key *k, struct keyset *set, struct place *first, struct error *err)
{
	const struct cell *only = k->n == 1 ? k->cells[0] : NULL;

	if (only != NULL && only->kind == CELL_WHOLE)
		return keyset_find_integer(set, only->whole, first, err);
	if (only != NULL && only->kind == CELL_TEXT)
		return keyset_find(set, only->text, only->len, first, err);
	if (join(k, err) < 0)
		return -1;
	return keyset_find(set, k->bytes.data, k->bytes.len, first, err);
}

void
row_key_release(struct row_key *k)
{
	free(k->bytes.data);
	k->bytes = (struct buffer){NULL, 0, 0};
}
