/*
 * keyset.c - see keyset.h
 *
 * Where a key is found by its hash, what the hash leads to is the key's place
 * for integers, whose hash is a bijection, so equal hashes are equal keys; and
 * for other keys the offset of the whole key in the spill.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "validate/key_ascent.h"
#include "validate/key_index.h"
#include "validate/keyset.h"

enum { ROW_BITS = 40, FORMS = 2 };

enum form { FORM_INTEGER, FORM_BYTES };

/* What lies in the spill before the bytes of a key. */
struct spilled {
	uint64_t place;
	uint64_t len;
};

/* The key that was looked for last, for keyset_add. */
struct asked {
	enum form form;
	uint64_t hash;
	int64_t number;
	const char *bytes;
	size_t len;
};

struct keyset {
	enum keyset_use use;
	struct key_table tables[FORMS];   /* KEYSET_REFERENCE */
	struct key_index *indexes[FORMS]; /* KEYSET_UNIQUE; NULL as long as it is empty */
	struct key_ascent ascent;         /* KEYSET_UNIQUE */
	struct spill keys;
	uint64_t count;
	struct asked asked;
};

/* While same() is asked. */
struct search {
	const struct keyset *k;
	struct place *first;
};

struct keyset *
keyset_new(enum keyset_use use, struct error *err)
{
	struct keyset *k = calloc(1, sizeof *k);

	if (k == NULL) {
		error_nomem(err);
		return NULL;
	}
	k->use = use;
	k->keys.fd = -1;
	k->ascent.file.fd = -1;
	return k;
}

static uint64_t
pack(const struct place *place)
{
	return (uint64_t)place->file << ROW_BITS | place->row;
}

static void
unpack(uint64_t packed, struct place *place)
{
	place->row = packed & (((uint64_t)1 << ROW_BITS) - 1);
	place->file = (uint32_t)(packed >> ROW_BITS);
}

/* A bijection that spreads neighbours (the finalizer of MurmurHash3, by A. Appleby). */
static uint64_t
spread(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64_C(0xc4ceb9fe1a85ec53);
	return key ^ key >> 33;
}

static int
same_integer(void *arg, uint64_t where, struct error *err)
{
	(void)err;
	unpack(where, ((struct search *)arg)->first);
	return 1;
}

static int
same_bytes(void *arg, uint64_t where, struct error *err)
{
	const struct search *s = arg;
	const struct asked *asked = &s->k->asked;
	struct spilled head;
	char part[4096];

	if (spill_fetch(&s->k->keys, where, &head, sizeof head, err) < 0)
		return -1;
	if (head.len != asked->len)
		return 0;
	for (size_t at = 0; at < asked->len;) {
		size_t n = asked->len - at < sizeof part ? asked->len - at : sizeof part;

		if (spill_fetch(&s->k->keys, where + sizeof head + at, part, n, err) < 0)
			return -1;
		if (memcmp(part, asked->bytes + at, n) != 0)
			return 0;
		at += n;
	}
	unpack(head.place, s->first);
	return 1;
}

static int
find(struct keyset *k, struct place *first, struct error *err)
{
	key_same *same = k->asked.form == FORM_INTEGER ? same_integer : same_bytes;
	struct search search = {k, first};
	struct key_index *index = k->indexes[k->asked.form];

	if (k->use == KEYSET_REFERENCE)
		return key_table_find(
			&k->tables[k->asked.form], k->asked.hash, same, &search, err);
	return index == NULL ? 0 : key_index_find(index, k->asked.hash, same, &search, err);
}

int
keyset_find(
	struct keyset *k, const void *key, size_t len, struct place *first, struct error *err)
{
	k->asked = (struct asked){FORM_BYTES, XXH3_64bits(key, len), 0, key, len};
	return find(k, first, err);
}

int
keyset_find_integer(struct keyset *k, int64_t key, struct place *first, struct error *err)
{
	k->asked = (struct asked){FORM_INTEGER, spread((uint64_t)key), key, NULL, 0};
	if (k->use == KEYSET_UNIQUE) {
		uint64_t place;
		int rc;

		if (key_ascent_above(&k->ascent, key))
			return 0;
		rc = key_ascent_find(&k->ascent, key, &place, err);
		if (rc > 0)
			unpack(place, first);
		if (rc != 0)
			return rc;
	}
	return find(k, first, err);
}

/* The whole key to the spill: its offset there. */
static int
spill_key(struct keyset *k, uint64_t place, uint64_t *where, struct error *err)
{
	const struct spilled head = {place, k->asked.len};

	*where = spill_end(&k->keys);
	if (spill_append(&k->keys, &head, sizeof head, err) < 0)
		return -1;
	return spill_append(&k->keys, k->asked.bytes, k->asked.len, err);
}

int
keyset_add(struct keyset *k, const struct place *place, struct error *err)
{
	enum form form = k->asked.form;
	uint64_t where = pack(place);

	k->count++;
	if (k->use == KEYSET_UNIQUE && form == FORM_INTEGER &&
		key_ascent_above(&k->ascent, k->asked.number))
		return key_ascent_add(&k->ascent, k->asked.number, where, err);
	if (form == FORM_BYTES && spill_key(k, where, &where, err) < 0)
		return -1;
	if (k->use == KEYSET_REFERENCE)
		return key_table_add(&k->tables[form], k->asked.hash, where, err);
	if (k->indexes[form] == NULL) {
		k->indexes[form] = key_index_new(err);
		if (k->indexes[form] == NULL)
			return -1;
	}
	return key_index_add(k->indexes[form], k->asked.hash, where, err);
}

uint64_t
keyset_count(const struct keyset *k)
{
	return k->count;
}

size_t
keyset_memory(const struct keyset *k)
{
	size_t n = sizeof *k + key_ascent_memory(&k->ascent) +
		   (k->keys.buffer == NULL ? 0 : SPILL_BUFFER);

	for (int i = 0; i < FORMS; i++) {
		n += key_table_memory(&k->tables[i]);
		n += k->indexes[i] == NULL ? 0 : key_index_memory(k->indexes[i]);
	}
	return n;
}

void
keyset_free(struct keyset *k)
{
	if (k == NULL)
		return;
	for (int i = 0; i < FORMS; i++) {
		key_table_release(&k->tables[i]);
		key_index_free(k->indexes[i]);
	}
	key_ascent_release(&k->ascent);
	spill_release(&k->keys);
	free(k);
}
