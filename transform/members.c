/*
 * members.c - see members.h
 *
 * A set is the keys one behind the other, each after its length, and a table
 * of slots with the offset of a key and some bits of its hash, so that nearly
 * every comparison of keys is one that finds.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "shard/shard_reader.h"
#include "transform/members.h"

enum { OFFSET_BITS = 40, FIRST_SLOTS = 1024 };

/* A table is full at 7/10. */
enum { FULL_NUM = 7, FULL_DEN = 10 };

#define OFFSET_MASK (((uint64_t)1 << OFFSET_BITS) - 1)

struct set {
	char *keys;
	size_t len, cap;
	uint64_t *slots; /* the hash's upper bits, and the key's offset + 1; 0: empty */
	size_t nslots;   /* a power of two */
	size_t used;
};

struct filter {
	size_t column; /* of the record */
	bool except;
	struct set set;
};

struct members {
	size_t n;
	struct filter filters[];
};

/* The slot that has the key, or the empty one where it would be. */
static uint64_t *
find(const struct set *s, uint64_t hash, const char *key, size_t len)
{
	size_t at = (size_t)hash & (s->nslots - 1);

	for (; s->slots[at] != 0; at = (at + 1) & (s->nslots - 1)) {
		const char *there = s->keys + (s->slots[at] & OFFSET_MASK) - 1;
		uint32_t there_len;

		if ((s->slots[at] ^ hash) >> OFFSET_BITS != 0)
			continue;
		memcpy(&there_len, there, sizeof there_len);
		if (there_len == len && memcmp(there + sizeof there_len, key, len) == 0)
			break;
	}
	return &s->slots[at];
}

static bool
set_has(const struct set *s, const char *key, size_t len)
{
	return *find(s, XXH3_64bits(key, len), key, len) != 0;
}

static int
grow_slots(struct set *s, struct error *err)
{
	struct set bigger = *s;

	bigger.nslots = s->nslots * 2;
	bigger.slots = calloc(bigger.nslots, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < s->nslots; i++) {
		const char *key = s->keys + (s->slots[i] & OFFSET_MASK) - 1;
		uint32_t len;

		if (s->slots[i] == 0)
			continue;
		memcpy(&len, key, sizeof len);
		*find(&bigger, XXH3_64bits(key + sizeof len, len), key + sizeof len, len) =
			s->slots[i];
	}
	free(s->slots);
	*s = bigger;
	return 0;
}

static int
set_add(struct set *s, const char *key, uint32_t len, struct error *err)
{
	uint64_t hash = XXH3_64bits(key, len), *slot = find(s, hash, key, len);

	if (*slot != 0)
		return 0;
	if (s->used * FULL_DEN >= s->nslots * FULL_NUM) {
		if (grow_slots(s, err) < 0)
			return -1;
		slot = find(s, hash, key, len);
	}
	if (s->keys == NULL || s->cap - s->len < sizeof len + len) {
		size_t cap = s->cap + s->cap / 2 + len + 4096;
		char *bigger = cap > OFFSET_MASK ? NULL : realloc(s->keys, cap);

		if (bigger == NULL)
			return error_nomem(err);
		s->keys = bigger;
		s->cap = cap;
	}
	*slot = (hash & ~OFFSET_MASK) | (s->len + 1);
	memcpy(s->keys + s->len, &len, sizeof len);
	memcpy(s->keys + s->len + sizeof len, key, len);
	s->len += sizeof len + len;
	s->used++;
	return 0;
}

static int
read_set(struct set *s, const char *path, struct error *err)
{
	struct shard_reader *reader = shard_reader_open(&path, 1, err);
	const struct csv_record *record;
	int got = -1;

	if (reader == NULL)
		return -1;
	s->nslots = FIRST_SLOTS;
	s->slots = calloc(s->nslots, sizeof *s->slots);
	if (s->slots == NULL) {
		error_nomem(err);
		goto out;
	}
	while ((got = shard_reader_next(reader, &record, err)) > 0) {
		const struct csv_field *key = record->fields;

		if (record->defect != CSV_SOUND) {
			got = error_set(err, ERROR_RUNTIME, "%s:%" PRIu64 ": %s",
				shard_reader_file(reader), record->line,
				csv_defect_code(record->defect));
			goto out;
		}
		if (!key->null && set_add(s, key->ptr, (uint32_t)key->len, err) < 0) {
			got = -1;
			goto out;
		}
	}
out:
	shard_reader_close(reader);
	return got;
}

static int
open_filter(struct filter *f, const struct member_option *o, const struct csv_record *header,
	struct error *err)
{
	int at = csv_record_find(header, o->column, strlen(o->column));

	if (at < 0)
		return error_set(err, ERROR_USAGE, "--%s: the input has no column '%s'",
			o->except ? "except" : "only", o->column);
	f->column = (size_t)at;
	f->except = o->except;
	return read_set(&f->set, o->path, err);
}

struct members *
members_open(const struct member_option *options, size_t n, const struct csv_record *header,
	struct error *err)
{
	struct members *m = calloc(1, sizeof *m + n * sizeof m->filters[0]);

	if (m == NULL) {
		error_nomem(err);
		return NULL;
	}
	for (m->n = 0; m->n < n;) {
		struct filter *f = &m->filters[m->n];

		m->n++;
		if (open_filter(f, &options[m->n - 1], header, err) < 0) {
			members_free(m);
			return NULL;
		}
	}
	return m;
}

bool
members_want(const struct members *m, const struct csv_record *record)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct filter *f = &m->filters[i];
		const struct csv_field *key = &record->fields[f->column];

		if ((!key->null && set_has(&f->set, key->ptr, key->len)) == f->except)
			return false;
	}
	return true;
}

void
members_free(struct members *m)
{
	for (size_t i = 0; m != NULL && i < m->n; i++) {
		free(m->filters[i].set.keys);
		free(m->filters[i].set.slots);
	}
	free(m);
}
