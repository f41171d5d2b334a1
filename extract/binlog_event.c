/*
 * binlog_event.c - see binlog_event.h
 *
 * The client library takes events apart too, but takes a file's name in a
 * ROTATE for four bytes shorter where there is no checksum, and does not tell
 * a column's length from its type; so only its transport is used.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "extract/binlog_event.h"

enum {
	HEADER = 19,
	CHECKSUM = 4,
	INFLATED_MAX = 1 << 30, /* as the largest packet */
};

/* Bytes not read yet. */
struct cursor {
	const unsigned char *p;
	size_t left;
	bool bad; /* more was asked for than is there */
};

static struct cursor
cursor_of(const struct binlog_event *e)
{
	return (struct cursor){e->body, e->len, false};
}

static const unsigned char *
take(struct cursor *c, size_t n)
{
	const unsigned char *p = c->p;

	if (c->bad || n > c->left) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

/* n bytes, the lowest first. */
static uint64_t
number(struct cursor *c, size_t n)
{
	const unsigned char *p = take(c, n);
	uint64_t x = 0;

	for (size_t i = n; p != NULL && i-- > 0;)
		x = x << 8 | p[i];
	return x;
}

/* "Length-encoded integer". */
static uint64_t
packed_number(struct cursor *c)
{
	uint64_t x = number(c, 1);

	if (x < 251)
		return x;
	if (x == 251 || x == 255)
		c->bad = true;
	return number(c, x == 252 ? 2 : x == 253 ? 3 : 8);
}

static struct binlog_text
text(struct cursor *c, size_t n)
{
	const unsigned char *p = take(c, n);

	return (struct binlog_text){(const char *)p, p ? n : 0};
}

static int
cut_event(const struct binlog_event *e, struct error *err)
{
	return error_set(
		err, ERROR_RUNTIME, "an event (type %u) is shorter than it says", e->type);
}

static int
check(const struct binlog_event *e, const struct cursor *c, struct error *err)
{
	return c->bad ? cut_event(e, err) : 0;
}

/* A format event says at its end whether it and what follows have checksums. */
static bool
format_has_checksum(const unsigned char *data, size_t len)
{
	return len > HEADER + CHECKSUM + 1 && data[len - CHECKSUM - 1] == 1;
}

int
binlog_event_read(struct binlog_event *e, const unsigned char *data, size_t len, bool *checksum,
	struct error *err)
{
	struct cursor c = {data, len, false};
	struct cursor sum;
	uint32_t computed;

	e->time = (uint32_t)number(&c, 4);
	e->type = (unsigned)number(&c, 1);
	e->server_id = (uint32_t)number(&c, 4);
	e->length = (uint32_t)number(&c, 4);
	e->end = (uint32_t)number(&c, 4);
	e->flags = (unsigned)number(&c, 2);
	e->body = c.p;
	e->len = c.left;
	if (c.bad || e->length != len)
		return error_set(err, ERROR_RUNTIME,
			"the server sent %zu bytes where an event of the binary log should be",
			len);
	if (e->type == BINLOG_FORMAT) {
		*checksum = format_has_checksum(data, len);
		return 0; /* the server changes this one on its way */
	}
	if (!*checksum)
		return 0;
	if (e->len < CHECKSUM)
		return cut_event(e, err);
	e->len -= CHECKSUM;
	sum = (struct cursor){data + len - CHECKSUM, CHECKSUM, false};
	computed = (uint32_t)crc32_z(0, data, len - CHECKSUM);
	if (computed != (uint32_t)number(&sum, CHECKSUM))
		return error_set(err, ERROR_RUNTIME,
			"an event is damaged, or none begins there: its checksum is not that "
			"of "
			"its bytes");
	return 0;
}

int
binlog_rotate_read(const struct binlog_event *e, struct binlog_text *file, uint64_t *offset,
	struct error *err)
{
	struct cursor c = cursor_of(e);

	*offset = number(&c, 8);
	*file = text(&c, c.left);
	return check(e, &c, err);
}

int
binlog_gtid_read(const struct binlog_event *e, struct binlog_gtid *gtid, struct error *err)
{
	struct cursor c = cursor_of(e);

	gtid->server_id = e->server_id;
	gtid->number = number(&c, 8);
	gtid->domain = (uint32_t)number(&c, 4);
	gtid->flags = (unsigned)number(&c, 1);
	return check(e, &c, err);
}

/*
 * What MariaDB compressed: a byte with the algorithm (0, zlib) and the number
 * of bytes of the length, the length with its highest byte first, the data.
 */
static int
inflate_rest(const struct binlog_event *e, struct cursor *c, struct binlog_inflated *memory,
	struct binlog_text *result, struct error *err)
{
	uint64_t head = number(c, 1);
	const unsigned char *p = take(c, head & 7);
	uLongf got;
	size_t len = 0;

	for (size_t i = 0; p != NULL && i < (head & 7); i++)
		len = len << 8 | p[i];
	if (c->bad || (head & 0xf0) != 0x80 || len > INFLATED_MAX)
		return cut_event(e, err);
	if (len >= memory->cap) {
		unsigned char *data = realloc(memory->data, len + 1);

		if (data == NULL)
			return error_nomem(err);
		memory->data = data;
		memory->cap = len + 1;
	}
	got = len;
	if (uncompress(memory->data, &got, c->p, c->left) != Z_OK || got != len)
		return error_set(
			err, ERROR_RUNTIME, "a compressed event cannot be decompressed");
	*result = (struct binlog_text){(const char *)memory->data, len};
	return 0;
}

int
binlog_query_read(const struct binlog_event *e, struct binlog_inflated *memory,
	struct binlog_text *database, struct binlog_text *statement, struct error *err)
{
	struct cursor c = cursor_of(e);
	size_t database_len, status_len;

	(void)take(&c, 8); /* thread, seconds */
	database_len = (size_t)number(&c, 1);
	(void)take(&c, 2); /* error */
	status_len = (size_t)number(&c, 2);
	if (e->type == BINLOG_EXECUTE_LOAD)
		(void)take(&c, 13);
	(void)take(&c, status_len);
	*database = text(&c, database_len);
	(void)take(&c, 1);
	if (e->type == BINLOG_QUERY_COMPRESSED && !c.bad)
		return inflate_rest(e, &c, memory, statement, err);
	*statement = text(&c, c.left);
	return check(e, &c, err);
}

int
binlog_map_read(const struct binlog_event *e, struct binlog_map *map, struct error *err)
{
	struct cursor c = cursor_of(e);

	map->id = number(&c, 6);
	(void)take(&c, 2);
	map->database = text(&c, (size_t)number(&c, 1));
	(void)take(&c, 1);
	map->table = text(&c, (size_t)number(&c, 1));
	(void)take(&c, 1);
	map->ncolumns = (size_t)packed_number(&c);
	map->types = take(&c, map->ncolumns);
	map->meta = text(&c, (size_t)packed_number(&c));
	return check(e, &c, err);
}

bool
binlog_event_has_rows(const struct binlog_event *e)
{
	return (e->type >= BINLOG_WRITE_ROWS_V1 && e->type <= BINLOG_DELETE_ROWS_V1) ||
	       (e->type >= BINLOG_WRITE_ROWS && e->type <= BINLOG_DELETE_ROWS) ||
	       (e->type >= BINLOG_WRITE_ROWS_COMPRESSED_V1 &&
		       e->type <= BINLOG_DELETE_ROWS_COMPRESSED_V1);
}

static enum binlog_change
change_of(const struct binlog_event *e)
{
	switch (e->type) {
	case BINLOG_WRITE_ROWS_V1:
	case BINLOG_WRITE_ROWS:
	case BINLOG_WRITE_ROWS_COMPRESSED_V1: return BINLOG_INSERT;
	case BINLOG_UPDATE_ROWS_V1:
	case BINLOG_UPDATE_ROWS:
	case BINLOG_UPDATE_ROWS_COMPRESSED_V1: return BINLOG_UPDATE;
	default: return BINLOG_DELETE;
	}
}

int
binlog_rows_table(const struct binlog_event *e, uint64_t *id, struct error *err)
{
	struct cursor c = cursor_of(e);

	*id = number(&c, 6);
	return check(e, &c, err);
}

/* Whether a bitmap has all of its n bits set. */
static bool
all_set(const unsigned char *bits, size_t n)
{
	for (size_t i = 0; bits != NULL && i < n; i++) {
		if ((bits[i / 8] >> (i % 8) & 1) == 0)
			return false;
	}
	return true;
}

int
binlog_rows_read(const struct binlog_event *e, struct binlog_inflated *memory,
	struct binlog_rows *rows, struct error *err)
{
	struct cursor c = cursor_of(e);
	struct binlog_text rest;
	size_t bytes;

	rows->change = change_of(e);
	rows->id = number(&c, 6);
	(void)take(&c, 2); /* flags */
	if (e->type >= BINLOG_WRITE_ROWS && e->type <= BINLOG_DELETE_ROWS) {
		size_t extra = (size_t)number(&c, 2); /* counts itself */

		(void)take(&c, extra < 2 ? c.left + 1 : extra - 2);
	}
	rows->ncolumns = (size_t)packed_number(&c);
	bytes = rows->ncolumns / 8 + (rows->ncolumns % 8 != 0);
	rows->full = all_set(take(&c, bytes), rows->ncolumns);
	if (rows->change == BINLOG_UPDATE)
		rows->full = all_set(take(&c, bytes), rows->ncolumns) && rows->full;
	if (check(e, &c, err) < 0)
		return -1;
	rest = (struct binlog_text){(const char *)c.p, c.left};
	if (e->type >= BINLOG_WRITE_ROWS_COMPRESSED_V1 &&
		inflate_rest(e, &c, memory, &rest, err) < 0)
		return -1;
	rows->data = (const unsigned char *)rest.ptr;
	rows->len = rest.len;
	return 0;
}
