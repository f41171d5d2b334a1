/*
 * row_pack.c - see row_pack.h
 *
 * Each value is its length in 32 bits and its bytes.
 */
#include <string.h>

#include "validate/row_pack.h"

static const uint32_t LENGTH_OF_NULL = UINT32_MAX;

int
row_pack(struct buffer *b, const struct csv_field *f, struct error *err)
{
	uint32_t len = f->null ? LENGTH_OF_NULL : (uint32_t)f->len;

	if (buffer_put(b, &len, sizeof len, err) < 0)
		return -1;
	return f->null ? 0 : buffer_put(b, f->ptr, f->len, err);
}

void
row_unpack(const unsigned char *row, struct csv_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t len;
		bool null;

		memcpy(&len, row, sizeof len);
		null = len == LENGTH_OF_NULL;
		row += sizeof len;
		fields[i] = (struct csv_field){(const char *)row, null ? 0 : len, null};
		row += fields[i].len;
	}
}
