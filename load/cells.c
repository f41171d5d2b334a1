/*
 * cells.c - see cells.h
 */
#include <stdlib.h>
#include <string.h>

#include "load/cells.h"

int
cells_start(struct cells *c, const struct csv_record *record, struct error *err)
{
	if (record->raw_len > c->cap) {
		char *grown = realloc(c->text, record->raw_len);

		if (grown == NULL)
			return error_nomem(err);
		c->text = grown;
		c->cap = record->raw_len;
	}
	c->next = record->raw;
	c->end = record->raw + record->raw_len;
	return 0;
}

/* Behind the field that ends at p: behind its comma, or the end of the record. */
static const char *
behind(const struct cells *c, const char *p)
{
	return p < c->end ? p + 1 : NULL;
}

/* What is between the quotes; the first is at c->next. */
static void
take_quoted(struct cells *c, struct csv_field *field)
{
	const char *p = c->next + 1;
	const char *start = p;
	char *out = NULL; /* once there was a doubled one */

	for (;;) {
		const char *quote = memchr(p, '"', (size_t)(c->end - p));
		size_t n = (size_t)((quote ? quote : c->end) - p);
		bool doubled = quote != NULL && quote + 1 < c->end && quote[1] == '"';

		if (out == NULL && !doubled) {
			*field = (struct csv_field){start, n, false};
		} else {
			if (out == NULL)
				out = c->text;
			memcpy(out, p, n);
			out += n;
			if (doubled)
				*out++ = '"';
			*field = (struct csv_field){c->text, (size_t)(out - c->text), false};
		}
		if (!doubled) {
			c->next = behind(c, quote ? quote + 1 : c->end);
			return;
		}
		p = quote + 2;
	}
}

bool
cells_next(struct cells *c, struct csv_field *field)
{
	const char *comma;

	if (c->next == NULL)
		return false;
	if (c->next < c->end && *c->next == '"') {
		take_quoted(c, field);
		return true;
	}
	comma = memchr(c->next, ',', (size_t)(c->end - c->next));
	if (comma == NULL)
		comma = c->end;
	*field = (struct csv_field){c->next, (size_t)(comma - c->next), comma == c->next};
	c->next = behind(c, comma);
	return true;
}

void
cells_release(struct cells *c)
{
	free(c->text);
	*c = (struct cells)CELLS_INIT;
}
