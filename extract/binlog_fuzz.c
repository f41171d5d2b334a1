/*
 * binlog_fuzz.c - any bytes as the rows of any columns: nothing is read outside of them
 *
 * The first byte is the number of columns, then come a type and what a table
 * map has for it, two bytes each, then events: a type, the length, the bytes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "csv/csv_writer.h"
#include "csv/stream.h"
#include "extract/binlog_column.h"
#include "extract/binlog_event.h"
#include "extract/binlog_statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS_MAX = 20, PER_COLUMN = 3, HEADER = 19 };

static const unsigned char kinds[] = {MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24,
	MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE,
	MYSQL_TYPE_YEAR, MYSQL_TYPE_BIT, MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_DATE,
	MYSQL_TYPE_TIME, MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_TIME2,
	MYSQL_TYPE_DATETIME2, MYSQL_TYPE_TIMESTAMP2, MYSQL_TYPE_STRING, MYSQL_TYPE_VARCHAR,
	MYSQL_TYPE_BLOB, MYSQL_TYPE_GEOMETRY};

struct table {
	size_t n;
	struct binlog_type types[COLUMNS_MAX];
	struct binlog_column columns[COLUMNS_MAX];
	struct binlog_buffer buffer;
};

/* What a SELECT would say of a column that the log has as this type. */
static MYSQL_FIELD
field_of(const struct binlog_type *t, unsigned extra)
{
	MYSQL_FIELD f = {.type = (enum enum_field_types)t->type, .decimals = t->scale};

	switch (t->type) {
	case MYSQL_TYPE_VARCHAR: f.type = MYSQL_TYPE_VAR_STRING; break;
	case MYSQL_TYPE_TIME2: f.type = MYSQL_TYPE_TIME; break;
	case MYSQL_TYPE_DATETIME2: f.type = MYSQL_TYPE_DATETIME; break;
	case MYSQL_TYPE_TIMESTAMP2: f.type = MYSQL_TYPE_TIMESTAMP; break;
	case MYSQL_TYPE_ENUM:
	case MYSQL_TYPE_SET: f.type = MYSQL_TYPE_STRING; break;
	default: break;
	}
	f.flags = (extra & 1 ? UNSIGNED_FLAG : 0) | (extra & 2 ? ZEROFILL_FLAG : 0);
	f.length = extra;
	f.charsetnr = extra & 4 ? 63 : 45;
	return f;
}

/* The columns; false where the log could not have such. */
static bool
make_table(struct table *t, const uint8_t *data)
{
	static const char *const names[] = {"char", "uuid", "inet6", "inet4"};
	static struct binlog_text words[] = {{"a", 1}, {"bc", 2}, {"", 0}};
	unsigned char types[COLUMNS_MAX], meta[2 * COLUMNS_MAX];
	struct error err = ERROR_INIT;
	struct binlog_map map = {.table = {"t", 1}, .ncolumns = 1, .types = types};

	for (size_t i = 0; i < t->n; i++, data += PER_COLUMN) {
		MYSQL_FIELD field;

		types[0] = kinds[data[0] % sizeof kinds];
		memcpy(meta, data + 1, 2);
		map.meta = (struct binlog_text){(const char *)meta, 2};
		if (binlog_types_read(&map, &t->types[i], &err) < 0)
			return false;
		t->columns[i] =
			(struct binlog_column){.type = t->types[i], .buffer = &t->buffer};
		t->columns[i].words.words = words;
		t->columns[i].words.n = 3;
		field = field_of(&t->types[i], data[0] / 8U);
		binlog_column_init(&t->columns[i], &field, names[data[0] % 4]);
	}
	return true;
}

static void
put_rows(struct table *t, struct binlog_rows *rows, struct csv_writer *w)
{
	const unsigned char *p = rows->data, *end = rows->data + rows->len;
	struct mysql_value values[COLUMNS_MAX];
	struct error err = ERROR_INIT;

	while (p < end && binlog_row_read(&p, end, t->types, t->n, values, &err) == 0) {
		for (size_t i = 0; i < t->n; i++) {
			if (values[i].ptr == NULL)
				csv_writer_null(w);
			else
				t->columns[i].write(w, &t->columns[i], &values[i]);
		}
		assert(csv_writer_end(w, &err) == 0);
	}
}

static void
take_event(struct table *t, const struct binlog_event *e, struct binlog_inflated *memory,
	struct csv_writer *w)
{
	struct binlog_text a, b;
	struct error err = ERROR_INIT;
	struct binlog_type types[256];
	struct binlog_gtid gtid;
	struct binlog_rows rows;
	struct binlog_map map;
	uint64_t offset;

	if (binlog_event_has_rows(e)) {
		if (binlog_rows_read(e, memory, &rows, &err) == 0)
			put_rows(t, &rows, w);
		return;
	}
	binlog_rotate_read(e, &a, &offset, &err);
	binlog_gtid_read(e, &gtid, &err);
	if (binlog_map_read(e, &map, &err) == 0 && map.ncolumns <= 256)
		binlog_types_read(&map, types, &err);
	if (binlog_query_read(e, memory, &a, &b, &err) == 0) {
		binlog_statement_kind(&b);
		binlog_statement_is_about(&b, &a, "d", "t");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table t = {.n = size > 0 ? data[0] % COLUMNS_MAX + 1 : 1};
	struct binlog_inflated memory = {0};
	struct error err = ERROR_INIT;
	struct stream_out *out;
	struct csv_writer w;

	if (size < 1 + PER_COLUMN * t.n || !make_table(&t, data + 1))
		return 0;
	out = stream_out_open("/dev/null", NULL, &err);
	assert(out != NULL);
	csv_writer_init(&w, out, t.n);
	data += 1 + PER_COLUMN * t.n;
	size -= 1 + PER_COLUMN * t.n;
	while (size >= 2) {
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		unsigned char *body = malloc(len > 0 ? len : 1); /* so that the end is seen */
		struct binlog_event e = {
			.type = data[0] % 32 < 10 ? 23U + data[0] % 3 : data[0], .len = len};

		assert(body != NULL);
		memcpy(body, data + 2, len);
		e.body = body;
		take_event(&t, &e, &memory, &w);
		free(body);
		data += 2 + len;
		size -= 2 + len;
	}
	stream_out_discard(out);
	free(memory.data);
	free(t.buffer.data);
	return 0;
}
