/*
 * scan.c - see scan.h
 *
 * ScanResult { repeated ScanToken tokens = 2; }
 * ScanToken { int32 start = 1; int32 end = 2; Token token = 4; … }
 * in protobuf's wire format: a varint key (field << 3 | wire type), then a
 * varint (0) or a length and bytes (2).  Fields that are 0 are left out.
 */
#include <stdlib.h>
#include <string.h>

#include <pg_query.h>

#include "expr/scan.h"

struct wire {
	const unsigned char *p, *end;
};

static uint64_t
wire_varint(struct wire *w)
{
	uint64_t v = 0;

	for (unsigned shift = 0; w->p < w->end && shift < 64; shift += 7) {
		unsigned char c = *w->p++;

		v |= (uint64_t)(c & 0x7F) << shift;
		if (!(c & 0x80))
			break;
	}
	return v;
}

/* The next field: its number, and its varint or the bytes in *sub.  0 at the end. */
static unsigned
wire_field(struct wire *w, uint64_t *value, struct wire *sub)
{
	uint64_t key, len;

	*value = 0;
	*sub = (struct wire){NULL, NULL};
	if (w->p >= w->end)
		return 0;
	key = wire_varint(w);
	switch (key & 7) {
	case 0: *value = wire_varint(w); break;
	case 2:
		len = wire_varint(w);
		if (len > (uint64_t)(w->end - w->p))
			len = (uint64_t)(w->end - w->p);
		sub->p = w->p;
		sub->end = w->p += len;
		break;
	default: w->p = w->end; return 0;
	}
	return (unsigned)(key >> 3);
}

static void
read_token(struct wire w, struct scan_token *token)
{
	uint64_t value = 0;
	struct wire sub;
	unsigned field;

	memset(token, 0, sizeof *token);
	while ((field = wire_field(&w, &value, &sub)) != 0) {
		switch (field) {
		case 1: token->start = (size_t)value; break;
		case 2: token->end = (size_t)value; break;
		case 4: token->kind = (int)value; break;
		default: break;
		}
	}
}

int
scan_open(struct scan *scan, struct sql_source *source, struct error *err)
{
	PgQueryScanResult r = pg_query_scan(source->text);
	struct wire w, sub;
	uint64_t value;
	size_t room = 0;
	unsigned field;
	int rc = -1;

	memset(scan, 0, sizeof *scan);
	if (r.error != NULL) {
		sql_fail(source, SQL_NOWHERE, err, "%s", r.error->message);
		goto out;
	}
	w.p = (const unsigned char *)r.pbuf.data;
	w.end = w.p + r.pbuf.len;
	while ((field = wire_field(&w, &value, &sub)) != 0) {
		if (field != 2)
			continue;
		if (scan->ntokens == room) {
			struct scan_token *bigger;

			room = room ? room * 2 : 256;
			bigger = realloc(scan->tokens, room * sizeof *bigger);
			if (bigger == NULL) {
				error_nomem(err);
				goto out;
			}
			scan->tokens = bigger;
		}
		read_token(sub, &scan->tokens[scan->ntokens]);
		if (scan->tokens[scan->ntokens].end <= source->len)
			scan->ntokens++;
	}
	rc = 0;
out:
	pg_query_free_scan_result(r);
	return rc;
}

size_t
scan_find(const struct scan *scan, size_t at)
{
	size_t low = 0, high = scan->ntokens;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (scan->tokens[mid].start < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
scan_release(struct scan *scan)
{
	free(scan->tokens);
	memset(scan, 0, sizeof *scan);
}
