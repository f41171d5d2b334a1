/*
 * key_index.c - see key_index.h
 *
 * The file is cut into partitions by the hash's upper bits, a partition into
 * pages.  When the young table is full, its entries, which lie in the order of
 * their hashes, are appended each to its partition.  Before the filter is too
 * full to be of use it is made anew at twice its size out of the file, and each
 * partition is split into two.
 *
 * The filter is a Bloom filter whose bits for one hash all lie in one cache
 * line (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom
 * Filters, 2007).  At 8 bits a key it lets 3 % of absent keys through, on the
 * way there far fewer.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spill.h"
#include "validate/key_index.h"

enum {
	FIRST_BITS = 10, /* log2 of the young table's slots */
	LAST_BITS = 16,
	PAGE_ENTRIES = 512,
	FILTER_BITS_PER_KEY = 8,
	PARTITION_KEYS = 4096, /* on average, when it is split */
	FIRST_LINE_BITS = 11,  /* log2 of the filter's lines: 128 Ki keys */
	LINE_BITS = 512,
	LINE_WORDS = LINE_BITS / 64,
	PROBES = 6
};

/* A young table is full at 3/4. */
enum { FULL_NUM = 3, FULL_DEN = 4 };

struct partition {
	uint32_t *pages; /* room for the next power of two */
	uint32_t npages;
	uint64_t used;
};

/* 2^bits partitions in one file */
struct store {
	int fd;
	unsigned bits;
	uint32_t npages;
	struct partition *partitions;
};

struct key_index {
	struct key_slot
		*young; /* 2^young_bits; in the order of the hashes, but for collisions */
	unsigned young_bits;
	size_t nyoung;
	uint64_t *filter; /* 2^line_bits lines; NULL as long as all are young */
	unsigned line_bits;
	struct store store;
	uint64_t nstored;
	struct key_slot page[PAGE_ENTRIES]; /* where is as given, not plus 1 */
};

struct key_index *
key_index_new(struct error *err)
{
	struct key_index *x = calloc(1, sizeof *x);

	if (x == NULL) {
		error_nomem(err);
		return NULL;
	}
	x->store.fd = -1;
	x->young_bits = FIRST_BITS;
	x->young = calloc((size_t)1 << FIRST_BITS, sizeof *x->young);
	if (x->young == NULL) {
		error_nomem(err);
		key_index_free(x);
		return NULL;
	}
	return x;
}

static void
store_release(struct store *s)
{
	for (size_t i = 0; s->partitions != NULL && i < (size_t)1 << s->bits; i++)
		free(s->partitions[i].pages);
	free(s->partitions);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct store){.fd = -1};
}

static int
store_open(struct store *s, unsigned bits, struct error *err)
{
	*s = (struct store){.fd = -1, .bits = bits};
	s->partitions = calloc((size_t)1 << bits, sizeof *s->partitions);
	if (s->partitions == NULL)
		return error_nomem(err);
	s->fd = spill_file(err);
	return s->fd < 0 ? -1 : 0;
}

static struct partition *
partition_of(const struct store *s, uint64_t hash)
{
	return &s->partitions[hash >> (64 - s->bits)];
}

static int
add_page(struct store *s, struct partition *p, struct error *err)
{
	if ((p->npages & (p->npages - 1)) == 0) {
		size_t cap = p->npages == 0 ? 1 : (size_t)p->npages * 2;
		uint32_t *bigger = realloc(p->pages, cap * sizeof *bigger);

		if (bigger == NULL)
			return error_nomem(err);
		p->pages = bigger;
	}
	if (s->npages == UINT32_MAX)
		return error_set(err, ERROR_RUNTIME, "too many keys");
	p->pages[p->npages++] = s->npages++;
	return 0;
}

static uint64_t
page_offset(const struct partition *p, uint64_t entry)
{
	return ((uint64_t)p->pages[entry / PAGE_ENTRIES] * PAGE_ENTRIES +
		       entry % PAGE_ENTRIES) *
	       sizeof(struct key_slot);
}

/* Append n entries, which all belong to one partition. */
static int
store_append(struct store *s, const struct key_slot *entries, size_t n, struct error *err)
{
	struct partition *p = n == 0 ? NULL : partition_of(s, entries->hash);

	while (n > 0) {
		size_t room = PAGE_ENTRIES - p->used % PAGE_ENTRIES;
		size_t now = n < room ? n : room;

		if (room == PAGE_ENTRIES && add_page(s, p, err) < 0)
			return -1;
		if (spill_write_at(s->fd, entries, now * sizeof *entries,
			    page_offset(p, p->used), err) < 0)
			return -1;
		p->used += now;
		entries += now;
		n -= now;
	}
	return 0;
}

/* Page i of a partition into page: how many entries it has, or -1. */
static int
store_page(const struct store *s, const struct partition *p, uint32_t i, struct key_slot *page,
	struct error *err)
{
	uint64_t before = (uint64_t)i * PAGE_ENTRIES;
	size_t n = p->used - before < PAGE_ENTRIES ? (size_t)(p->used - before) : PAGE_ENTRIES;

	if (spill_read_at(s->fd, page, n * sizeof *page, page_offset(p, before), err) < 0)
		return -1;
	return (int)n;
}

/*
 * The bits of a hash: its line by the upper bits, so that keys added in the
 * order of their hashes touch the filter in order, and those in the line by a
 * product into which all bits went.
 */
static uint64_t *
filter_line(const struct key_index *x, uint64_t hash)
{
	return x->filter + (hash >> (64 - x->line_bits)) * LINE_WORDS;
}

static uint64_t
filter_bits(uint64_t hash)
{
	return (hash ^ hash >> 29) * UINT64_C(0x9e3779b97f4a7c15);
}

static void
filter_add(struct key_index *x, uint64_t hash)
{
	uint64_t *line = filter_line(x, hash), bits = filter_bits(hash);

	for (int i = 0; i < PROBES; i++, bits <<= 9)
		line[bits >> 61] |= (uint64_t)1 << (bits >> 55 & 63);
}

static bool
filter_has(const struct key_index *x, uint64_t hash)
{
	const uint64_t *line = filter_line(x, hash);
	uint64_t bits = filter_bits(hash);

	for (int i = 0; i < PROBES; i++, bits <<= 9) {
		if ((line[bits >> 61] >> (bits >> 55 & 63) & 1) == 0)
			return false;
	}
	return true;
}

static uint64_t
filter_capacity(unsigned line_bits)
{
	return ((uint64_t)LINE_BITS << line_bits) / FILTER_BITS_PER_KEY;
}

static int
new_filter(struct key_index *x, unsigned line_bits, struct error *err)
{
	free(x->filter);
	x->line_bits = line_bits;
	x->filter = calloc((size_t)LINE_WORDS << line_bits, sizeof *x->filter);
	return x->filter == NULL ? error_nomem(err) : 0;
}

/* One partition's entries to two, and to the new filter. */
static int
split(struct key_index *x, const struct partition *p, struct store *to,
	struct key_slot halves[2][PAGE_ENTRIES], struct error *err)
{
	size_t n[2] = {0, 0};

	for (uint32_t i = 0; i < p->npages; i++) {
		int got = store_page(&x->store, p, i, x->page, err);

		if (got < 0)
			return -1;
		for (int e = 0; e < got; e++) {
			const struct key_slot *entry = &x->page[e];
			size_t half = entry->hash >> (64 - to->bits) & 1;

			filter_add(x, entry->hash);
			halves[half][n[half]++] = *entry;
			if (n[half] < PAGE_ENTRIES)
				continue;
			if (store_append(to, halves[half], n[half], err) < 0)
				return -1;
			n[half] = 0;
		}
	}
	if (store_append(to, halves[0], n[0], err) < 0)
		return -1;
	return store_append(to, halves[1], n[1], err);
}

static int
double_store(struct key_index *x, struct error *err)
{
	struct key_slot(*halves)[PAGE_ENTRIES] = calloc(2, sizeof *halves);
	struct store bigger = {.fd = -1};
	int rc = -1;

	if (halves == NULL)
		return error_nomem(err);
	if (store_open(&bigger, x->store.bits + 1, err) < 0 ||
		new_filter(x, x->line_bits + 1, err) < 0)
		goto out;
	for (size_t i = 0; i < (size_t)1 << x->store.bits; i++) {
		if (split(x, &x->store.partitions[i], &bigger, halves, err) < 0)
			goto out;
	}
	store_release(&x->store);
	x->store = bigger;
	bigger = (struct store){.fd = -1};
	rc = 0;
out:
	free(halves);
	store_release(&bigger);
	return rc;
}

static int
make_room(struct key_index *x, struct error *err)
{
	if (x->filter == NULL) {
		unsigned bits = 0;

		while ((uint64_t)PARTITION_KEYS << bits < filter_capacity(FIRST_LINE_BITS))
			bits++;
		if (store_open(&x->store, bits, err) < 0)
			return -1;
		return new_filter(x, FIRST_LINE_BITS, err);
	}
	if (x->nstored + x->nyoung <= filter_capacity(x->line_bits))
		return 0;
	return double_store(x, err);
}

/* All young entries to the file. */
static int
flush(struct key_index *x, struct error *err)
{
	size_t n = 0;

	if (make_room(x, err) < 0)
		return -1;
	for (size_t i = 0; i < (size_t)1 << x->young_bits; i++) {
		struct key_slot entry = x->young[i];

		if (entry.where == 0)
			continue;
		entry.where--;
		filter_add(x, entry.hash);
		if (n == PAGE_ENTRIES ||
			(n > 0 && partition_of(&x->store, entry.hash) !=
					  partition_of(&x->store, x->page->hash))) {
			if (store_append(&x->store, x->page, n, err) < 0)
				return -1;
			n = 0;
		}
		x->page[n++] = entry;
	}
	if (store_append(&x->store, x->page, n, err) < 0)
		return -1;
	x->nstored += x->nyoung;
	x->nyoung = 0;
	memset(x->young, 0, sizeof *x->young << x->young_bits);
	return 0;
}

static void
put_young(struct key_slot *young, unsigned bits, const struct key_slot *slot)
{
	size_t at = slot->hash >> (64 - bits), mask = ((size_t)1 << bits) - 1;

	while (young[at].where != 0)
		at = (at + 1) & mask;
	young[at] = *slot;
}

static int
double_young(struct key_index *x, struct error *err)
{
	struct key_slot *bigger = calloc((size_t)2 << x->young_bits, sizeof *bigger);

	if (bigger == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < (size_t)1 << x->young_bits; i++) {
		if (x->young[i].where != 0)
			put_young(bigger, x->young_bits + 1, &x->young[i]);
	}
	free(x->young);
	x->young = bigger;
	x->young_bits++;
	return 0;
}

int
key_index_find(struct key_index *x, uint64_t hash, key_same *same, void *arg, struct error *err)
{
	size_t mask = ((size_t)1 << x->young_bits) - 1;
	const struct partition *p;

	for (size_t at = hash >> (64 - x->young_bits); x->young[at].where != 0;
		at = (at + 1) & mask) {
		int rc = x->young[at].hash != hash ? 0 : same(arg, x->young[at].where - 1, err);

		if (rc != 0)
			return rc;
	}
	if (x->nstored == 0 || !filter_has(x, hash))
		return 0;
	p = partition_of(&x->store, hash);
	for (uint32_t i = 0; i < p->npages; i++) {
		int n = store_page(&x->store, p, i, x->page, err);

		if (n < 0)
			return -1;
		for (int e = 0; e < n; e++) {
			int rc = x->page[e].hash != hash ? 0 : same(arg, x->page[e].where, err);

			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

int
key_index_add(struct key_index *x, uint64_t hash, uint64_t where, struct error *err)
{
	const struct key_slot slot = {hash, where + 1};

	if (x->nyoung * FULL_DEN >= ((size_t)1 << x->young_bits) * FULL_NUM) {
		if ((x->young_bits < LAST_BITS ? double_young(x, err) : flush(x, err)) < 0)
			return -1;
	}
	put_young(x->young, x->young_bits, &slot);
	x->nyoung++;
	return 0;
}

size_t
key_index_memory(const struct key_index *x)
{
	size_t n = sizeof *x + (sizeof *x->young << x->young_bits);

	if (x->filter != NULL)
		n += sizeof *x->filter * LINE_WORDS << x->line_bits;
	for (size_t i = 0; x->store.partitions != NULL && i < (size_t)1 << x->store.bits; i++)
		n += sizeof(struct partition) +
		     2 * sizeof(uint32_t) * x->store.partitions[i].npages;
	return n;
}

void
key_index_free(struct key_index *x)
{
	if (x == NULL)
		return;
	store_release(&x->store);
	free(x->filter);
	free(x->young);
	free(x);
}
