/*
 * lookup.c - see lookup.h
 *
 * All rows lie in one piece of memory, one behind the other: of each kept
 * field its length plus one (0 is NULL) in groups of 7 bits, least first, and
 * its bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "shard/shard_reader.h"
#include "transform/lookup.h"

enum { FIRST_ROOM = 64 << 10, LENGTH_MAX = 5 };

struct lookup {
	const char *path;
	struct shard_reader *reader;
	char *data;
	size_t len, room;
	size_t rows;
	size_t nkept;
	uint32_t *kept; /* indexes of columns */
};

struct lookup *
lookup_open(const char *path, struct error *err)
{
	struct lookup *l = calloc(1, sizeof *l);

	if (l == NULL) {
		error_nomem(err);
		return NULL;
	}
	l->path = path;
	l->reader = shard_reader_open(&l->path, 1, err);
	if (l->reader == NULL) {
		lookup_free(l);
		return NULL;
	}
	return l;
}

const struct csv_record *
lookup_header(const struct lookup *l)
{
	return shard_reader_header(l->reader);
}

size_t
lookup_rows(const struct lookup *l)
{
	return l->rows;
}

const char *
lookup_path(const struct lookup *l)
{
	return l->path;
}

static int
make_room(struct lookup *l, size_t more, struct error *err)
{
	size_t room = l->room ? l->room : FIRST_ROOM;
	char *larger;

	if (more > UINT32_MAX - l->len)
		return error_set(err, ERROR_RUNTIME,
			"%s: a lookup of more than 4 GiB does not go into memory", l->path);
	if (l->len + more <= l->room)
		return 0;
	while (room < l->len + more)
		room *= 2;
	larger = realloc(l->data, room);
	if (larger == NULL)
		return error_nomem(err);
	l->data = larger;
	l->room = room;
	return 0;
}

static void
put_length(struct lookup *l, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		l->data[l->len++] = (char)(n | 0x80);
	l->data[l->len++] = (char)n;
}

static int
add_row(struct lookup *l, const struct csv_record *record, struct error *err)
{
	for (size_t i = 0; i < l->nkept; i++) {
		const struct csv_field *f = &record->fields[l->kept[i]];
		size_t len = f->null ? 0 : f->len;

		if (make_room(l, len + LENGTH_MAX, err) < 0)
			return -1;
		put_length(l, f->null ? 0 : (uint64_t)len + 1);
		if (len > 0)
			memcpy(l->data + l->len, f->ptr, len);
		l->len += len;
	}
	l->rows++;
	return 0;
}

int
lookup_load(struct lookup *l, const bool *keep, struct error *err)
{
	const struct csv_record *header = lookup_header(l), *record;
	char message[256];
	int got;

	l->kept = calloc(header->nfields + 1, sizeof *l->kept);
	if (l->kept == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < header->nfields; i++) {
		if (keep[i])
			l->kept[l->nkept++] = (uint32_t)i;
	}
	while ((got = shard_reader_next(l->reader, &record, err)) > 0) {
		if (record->defect != CSV_SOUND) {
			shard_reader_defect(l->reader, record, message, sizeof message);
			return error_set(err, ERROR_RUNTIME, "%s:%llu: %s: %s", l->path,
				(unsigned long long)record->line,
				csv_defect_code(record->defect), message);
		}
		if (add_row(l, record, err) < 0)
			return -1;
	}
	return got;
}

uint32_t
lookup_row(const struct lookup *l, uint32_t at, struct value *values)
{
	const unsigned char *p = (const unsigned char *)l->data + at;

	for (size_t i = 0; i < l->nkept; i++) {
		struct value *v = &values[l->kept[i]];
		uint64_t n = *p & 0x7F;

		for (unsigned shift = 7; *p++ & 0x80; shift += 7)
			n |= (uint64_t)(*p & 0x7F) << shift;
		v->null = n == 0;
		v->s.ptr = (const char *)p;
		v->s.len = n == 0 ? 0 : (size_t)n - 1;
		p += v->s.len;
	}
	return (uint32_t)(p - (const unsigned char *)l->data);
}

void
lookup_free(struct lookup *l)
{
	if (l == NULL)
		return;
	shard_reader_close(l->reader);
	free(l->data);
	free(l->kept);
	free(l);
}
