/*
 * keyset.c - see keyset.h
 *
 * A table is cut into segments by the hash's upper bits.  Each grows by
 * itself, by a factor well below 2, so that neither the empty slots nor the
 * copy made while growing cost much.  Collisions go to the next slot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "validate/keyset.h"

enum {
	SEGMENT_BITS = 6,
	SEGMENTS = 1 << SEGMENT_BITS,
	FIRST_SLOTS = 16,
	SPILL_BUFFER = 256 << 10,
	ROW_BITS = 40
};

/* A segment is full at 4/5 and then grows by 29/20: it is never below 0.55 but at first. */
enum { FULL_NUM = 4, FULL_DEN = 5, GROW_NUM = 29, GROW_DEN = 20 };

/* In the integer table word is the key and where its place; else a hash and an offset + 1. */
struct slot {
	uint64_t word;
	uint64_t where; /* 0: empty */
};

struct segment {
	struct slot *slots;
	size_t nslots;
	size_t used;
};

struct table {
	struct segment segments[SEGMENTS];
};

/* What lies in the file before the bytes of a key. */
struct spilled {
	uint64_t place;
	uint64_t len;
};

struct keyset {
	struct table integers;
	struct table hashes;
	uint64_t count;
	int fd; /* -1: not open yet */
	char *buffer;
	size_t buffered;
	uint64_t written; /* bytes of the file; what is in the buffer follows */
	/* what was looked for last, for keyset_add */
	struct table *last_table;
	uint64_t last_hash;
	uint64_t last_word;
	const void *last_key;
	size_t last_len;
};

struct keyset *
keyset_new(struct error *err)
{
	struct keyset *k = calloc(1, sizeof *k);

	if (k == NULL)
		error_nomem(err);
	else
		k->fd = -1;
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

/* Where a hash begins to look in a segment: its lower bits, spread over nslots. */
static size_t
home(const struct segment *s, uint64_t hash)
{
	return (size_t)(((hash & UINT32_MAX) * s->nslots) >> 32);
}

static struct segment *
segment_of(struct table *t, uint64_t hash)
{
	return &t->segments[hash >> (64 - SEGMENT_BITS)];
}

static uint64_t
hash_integer(int64_t key)
{
	return XXH3_64bits(&key, sizeof key);
}

static int
grow(struct segment *s, bool integers, struct error *err)
{
	struct segment bigger = {NULL, FIRST_SLOTS, s->used};

	if (s->nslots > 0)
		bigger.nslots = s->nslots / GROW_DEN * GROW_NUM + GROW_NUM;
	bigger.slots = calloc(bigger.nslots, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < s->nslots; i++) {
		const struct slot *old = &s->slots[i];
		size_t at;

		if (old->where == 0)
			continue;
		at = home(&bigger, integers ? hash_integer((int64_t)old->word) : old->word);
		while (bigger.slots[at].where != 0)
			at = at + 1 == bigger.nslots ? 0 : at + 1;
		bigger.slots[at] = *old;
	}
	free(s->slots);
	*s = bigger;
	return 0;
}

static int
open_spill(struct keyset *k, struct error *err)
{
	const char *dir = getenv("TMPDIR");

	/* not /tmp: that is often memory */
	if (dir == NULL || *dir == '\0')
		dir = "/var/tmp";
	k->buffer = malloc(SPILL_BUFFER);
	if (k->buffer == NULL)
		return error_nomem(err);
	k->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (k->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		/* a file system without O_TMPFILE; a missing folder fails again */
		char path[4096];

		if (snprintf(path, sizeof path, "%s/validate.XXXXXX", dir) < (int)sizeof path)
			k->fd = mkostemp(path, O_CLOEXEC);
		if (k->fd >= 0)
			unlink(path);
	}
	if (k->fd < 0)
		return error_errno(
			err, ERROR_RUNTIME, "cannot create a temporary file in '%s'", dir);
	return 0;
}

static int
flush(struct keyset *k, struct error *err)
{
	size_t done = 0;

	while (done < k->buffered) {
		ssize_t n = write(k->fd, k->buffer + done, k->buffered - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(
				err, ERROR_RUNTIME, "cannot write keys to a temporary file");
		done += (size_t)n;
	}
	k->written += done;
	k->buffered = 0;
	return 0;
}

static int
spill(struct keyset *k, const void *data, size_t n, struct error *err)
{
	const char *p = data;

	while (n > 0) {
		size_t room = SPILL_BUFFER - k->buffered;
		size_t now = n < room ? n : room;

		memcpy(k->buffer + k->buffered, p, now);
		k->buffered += now;
		p += now;
		n -= now;
		if (k->buffered == SPILL_BUFFER && flush(k, err) < 0)
			return -1;
	}
	return 0;
}

/* n bytes from an offset, be they in the file or still in the buffer. */
static int
fetch(const struct keyset *k, uint64_t offset, void *data, size_t n, struct error *err)
{
	char *p = data;

	while (n > 0) {
		ssize_t got;

		if (offset >= k->written) {
			memcpy(p, k->buffer + (offset - k->written), n);
			return 0;
		}
		got = (ssize_t)(n < k->written - offset ? n : k->written - offset);
		got = pread(k->fd, p, (size_t)got, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(
				err, ERROR_RUNTIME, "cannot read keys from a temporary file");
		if (got == 0)
			return error_set(
				err, ERROR_RUNTIME, "the temporary file of keys was cut");
		p += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* Whether the key at an offset is this one: 1 with *first, 0, -1. */
static int
same_key(const struct keyset *k, uint64_t offset, const char *key, size_t len,
	struct place *first, struct error *err)
{
	struct spilled head;
	char part[4096];

	if (fetch(k, offset, &head, sizeof head, err) < 0)
		return -1;
	if (head.len != len)
		return 0;
	for (size_t at = 0; at < len;) {
		size_t n = len - at < sizeof part ? len - at : sizeof part;

		if (fetch(k, offset + sizeof head + at, part, n, err) < 0)
			return -1;
		if (memcmp(part, key + at, n) != 0)
			return 0;
		at += n;
	}
	unpack(head.place, first);
	return 1;
}

int
keyset_find(
	struct keyset *k, const void *key, size_t len, struct place *first, struct error *err)
{
	uint64_t hash = XXH3_64bits(key, len);
	const struct segment *s = segment_of(&k->hashes, hash);

	k->last_table = &k->hashes;
	k->last_hash = k->last_word = hash;
	k->last_key = key;
	k->last_len = len;
	if (s->nslots == 0)
		return 0;
	for (size_t at = home(s, hash); s->slots[at].where != 0;) {
		if (s->slots[at].word == hash) {
			int rc = same_key(k, s->slots[at].where - 1, key, len, first, err);

			if (rc != 0)
				return rc;
		}
		at = at + 1 == s->nslots ? 0 : at + 1;
	}
	return 0;
}

int
keyset_find_integer(struct keyset *k, int64_t key, struct place *first, struct error *err)
{
	uint64_t hash = hash_integer(key);
	const struct segment *s = segment_of(&k->integers, hash);

	(void)err;
	k->last_table = &k->integers;
	k->last_hash = hash;
	k->last_word = (uint64_t)key;
	if (s->nslots == 0)
		return 0;
	for (size_t at = home(s, hash); s->slots[at].where != 0;) {
		if (s->slots[at].word == (uint64_t)key) {
			unpack(s->slots[at].where, first);
			return 1;
		}
		at = at + 1 == s->nslots ? 0 : at + 1;
	}
	return 0;
}

int
keyset_add(struct keyset *k, const struct place *place, struct error *err)
{
	bool integers = k->last_table == &k->integers;
	struct segment *s = segment_of(k->last_table, k->last_hash);
	uint64_t where = pack(place);
	size_t at;

	if (s->used * FULL_DEN >= s->nslots * FULL_NUM && grow(s, integers, err) < 0)
		return -1;
	if (!integers) {
		struct spilled head = {where, k->last_len};

		if (k->fd < 0 && open_spill(k, err) < 0)
			return -1;
		where = k->written + k->buffered + 1;
		if (spill(k, &head, sizeof head, err) < 0 ||
			spill(k, k->last_key, k->last_len, err) < 0)
			return -1;
	}
	at = home(s, k->last_hash);
	while (s->slots[at].where != 0)
		at = at + 1 == s->nslots ? 0 : at + 1;
	s->slots[at].word = k->last_word;
	s->slots[at].where = where;
	s->used++;
	k->count++;
	return 0;
}

uint64_t
keyset_count(const struct keyset *k)
{
	return k->count;
}

static size_t
table_memory(const struct table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < SEGMENTS; i++)
		n += t->segments[i].nslots * sizeof(struct slot);
	return n;
}

size_t
keyset_memory(const struct keyset *k)
{
	return sizeof *k + table_memory(&k->integers) + table_memory(&k->hashes) +
	       (k->buffer == NULL ? 0 : SPILL_BUFFER);
}

static void
free_table(struct table *t)
{
	for (size_t i = 0; i < SEGMENTS; i++)
		free(t->segments[i].slots);
}

void
keyset_free(struct keyset *k)
{
	if (k == NULL)
		return;
	free_table(&k->integers);
	free_table(&k->hashes);
	free(k->buffer);
	if (k->fd >= 0)
		close(k->fd);
	free(k);
}
