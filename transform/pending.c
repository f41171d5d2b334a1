/*
 * pending.c - see pending.h
 *
 * Of each field a length (LENGTH_NULL for NULL) and the bytes, one behind the
 * other.
 */
#include <stdlib.h>
#include <string.h>

#include "transform/pending.h"

#define LENGTH_NULL UINT32_MAX

void
pending_clear(struct pending *p)
{
	p->len = 0;
	p->rows = 0;
}

static int
make_room(struct pending *p, struct eval_context *ctx, size_t more)
{
	size_t room = p->room ? p->room : 4096;
	char *larger;

	if (p->len + more <= p->room)
		return 0;
	if (p->len + more > PENDING_MAX)
		return eval_fail(ctx, "54000", "the row makes more than %zu MiB of rows",
			PENDING_MAX >> 20);
	while (room < p->len + more)
		room *= 2;
	larger = realloc(p->data, room);
	if (larger == NULL)
		return eval_nomem(ctx);
	p->data = larger;
	p->room = room;
	return 0;
}

int
pending_add(
	struct pending *p, struct eval_context *ctx, const struct csv_field *texts, size_t n)
{
	size_t more = n * sizeof(uint32_t);

	for (size_t i = 0; i < n; i++)
		more += texts[i].null ? 0 : texts[i].len;
	if (make_room(p, ctx, more) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		uint32_t len = texts[i].null ? LENGTH_NULL : (uint32_t)texts[i].len;

		memcpy(p->data + p->len, &len, sizeof len);
		p->len += sizeof len;
		if (len == LENGTH_NULL)
			continue;
		if (len > 0)
			memcpy(p->data + p->len, texts[i].ptr, len);
		p->len += len;
	}
	p->rows++;
	return 0;
}

int
pending_write(const struct pending *p, struct csv_writer *csv, size_t n, struct error *err)
{
	const char *at = p->data;

	for (uint64_t row = 0; row < p->rows; row++) {
		for (size_t i = 0; i < n; i++) {
			uint32_t len;

			memcpy(&len, at, sizeof len);
			at += sizeof len;
			if (len == LENGTH_NULL) {
				csv_writer_null(csv);
				continue;
			}
			csv_writer_field(csv, at, len);
			at += len;
		}
		if (csv_writer_end(csv, err) < 0)
			return -1;
	}
	return 0;
}

void
pending_release(struct pending *p)
{
	free(p->data);
	p->data = NULL;
}
