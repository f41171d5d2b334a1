/*
 * cell_value.c - cells compared, measured, and made into keys; see cell.h
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/cell.h"

int
cell_compare(const struct cell *x, const struct cell *y)
{
	struct decimal dx, dy;
	char bx[24], by[24];

	if (x->kind == CELL_WHOLE && y->kind == CELL_WHOLE)
		return (x->whole > y->whole) - (x->whole < y->whole);
	if (x->kind == CELL_MOMENT)
		return moment_compare(&x->moment, &y->moment);
	if (x->kind == CELL_DURATION)
		return moment_compare_durations(&x->moment, &y->moment);
	if (x->kind == CELL_DECIMAL && y->kind == CELL_DECIMAL)
		return decimal_compare(&x->decimal, &y->decimal);
	if (x->kind == CELL_WHOLE) {
		decimal_from_int64(x->whole, bx, &dx);
		return decimal_compare(&dx, &y->decimal);
	}
	decimal_from_int64(y->whole, by, &dy);
	return decimal_compare(&x->decimal, &dy);
}

size_t
cell_length(const struct cell *cell)
{
	if (cell->kind == CELL_JSON || cell->kind == CELL_LIST)
		return cell->count;
	return utf8_length(cell->text, cell->len);
}

/* Make room for n more bytes. */
static int
reserve(struct buffer *b, size_t n, struct error *err)
{
	unsigned char *bigger;
	size_t cap = (b->len + n) * 2;

	if (b->cap - b->len >= n)
		return 0;
	bigger = realloc(b->data, cap);
	if (bigger == NULL)
		return error_nomem(err);
	b->data = bigger;
	b->cap = cap;
	return 0;
}

int
buffer_put(struct buffer *b, const void *data, size_t n, struct error *err)
{
	if (reserve(b, n, err) < 0)
		return -1;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	return 0;
}

static int
put_decimal(struct buffer *b, const struct decimal *d, struct error *err)
{
	if (reserve(b, d->na + d->nb + DECIMAL_KEY_EXTRA, err) < 0)
		return -1;
	b->len += decimal_key(d, b->data + b->len);
	return 0;
}

/*
 * JSON in one form: members sorted, no spaces.  What jansson cannot hold (an
 * integer over 64 bits) is taken as it is written.
 */
static int
put_json(struct buffer *b, const struct cell *cell, struct error *err)
{
	json_t *json = json_loadb(cell->text, cell->len, JSON_ALLOW_NUL, NULL);
	char *text = json == NULL ? NULL : json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
	int rc = text == NULL ? buffer_put(b, cell->text, cell->len, err)
			      : buffer_put(b, text, strlen(text), err);

	free(text);
	json_decref(json);
	return rc;
}

int
cell_key(const struct cell *cell, struct buffer *key, struct error *err)
{
	unsigned char moment[MOMENT_KEY_SIZE];

	switch (cell->kind) {
	case CELL_WHOLE: return buffer_put(key, &cell->whole, sizeof cell->whole, err);
	case CELL_DECIMAL: return put_decimal(key, &cell->decimal, err);
	case CELL_MOMENT:
	case CELL_DURATION:
		moment_key(&cell->moment, moment);
		return buffer_put(key, moment, sizeof moment, err);
	case CELL_POINT:
		/* the digits of the first end where the type byte of the second stands */
		if (put_decimal(key, &cell->point[0], err) < 0)
			return -1;
		return put_decimal(key, &cell->point[1], err);
	case CELL_JSON: return put_json(key, cell, err);
	case CELL_TEXT:
	case CELL_LIST: break;
	}
	return buffer_put(key, cell->text, cell->len, err);
}
