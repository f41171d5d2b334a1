/*
 * ident_store.c - see ident_store.h
 *
 * Records are gathered in chunks of one list and part.  Chunks have numbers:
 * the first ones lie in memory, the others at their place in the file.
 */
#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL /* for short texts a call costs more than the hash */
#include <xxhash.h>

#include "spill.h"
#include "validate/ident_parts.h"

enum { LISTS_STEP = 16, OPEN_FIRST = 10 };

#define COUNT_MAX (((uint64_t)1 << IDENT_COUNT_BITS) - 1)
#define LOW_BITS  0x0101010101010101ULL
#define HIGH_BITS 0x8080808080808080ULL

_Static_assert(sizeof(struct ident) == 24, "a record has no holes");

struct ident_store {
	pthread_mutex_t mutex; /* for all of this, but not for what lies in chunks */
	struct ident_list **lists;
	size_t nlists;
	size_t cap_lists;
	struct ident **chunks; /* those in memory */
	size_t nmemory;
	size_t max_memory; /* chunks */
	size_t nchunks;    /* in memory and in the file */
	size_t *spare;     /* numbers of chunks that were given back */
	size_t nspare;
	size_t cap_spare;
	int fd; /* -1: no file yet */
};

struct ident_store *
ident_store_new(size_t memory, struct error *err)
{
	struct ident_store *s = calloc(1, sizeof *s);

	if (s != NULL) {
		s->fd = -1;
		s->max_memory = memory / (IDENT_CHUNK * sizeof(struct ident));
		s->chunks = calloc(s->max_memory + 1, sizeof(struct ident *));
	}
	if (s == NULL || s->chunks == NULL) {
		free(s);
		error_nomem(err);
		return NULL;
	}
	pthread_mutex_init(&s->mutex, NULL);
	return s;
}

static void
free_list(struct ident_list *l)
{
	for (size_t p = 0; p < IDENT_PARTS; p++) {
		free(l->parts[p].chunks);
		free(l->parts[p].open);
	}
	free(l);
}

void
ident_store_free(struct ident_store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nlists; i++)
		free_list(s->lists[i]);
	for (size_t i = 0; i < s->nmemory; i++)
		free(s->chunks[i]);
	if (s->fd >= 0)
		close(s->fd);
	free(s->lists);
	free(s->chunks);
	free(s->spare);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

/* Under the mutex, as all that changes the store. */
static int
keep_list(struct ident_store *s, struct ident_list *l)
{
	if (s->nlists == s->cap_lists) {
		size_t cap = s->cap_lists + LISTS_STEP;
		struct ident_list **more = realloc(s->lists, cap * sizeof(struct ident_list *));

		if (more == NULL)
			return -1;
		s->lists = more;
		s->cap_lists = cap;
	}
	s->lists[s->nlists++] = l;
	return 0;
}

struct ident_list *
ident_list_new(struct ident_store *s, struct error *err)
{
	struct ident_list *l = calloc(1, sizeof *l);
	int rc = -1;

	if (l != NULL) {
		l->store = s;
		pthread_mutex_lock(&s->mutex);
		rc = keep_list(s, l);
		pthread_mutex_unlock(&s->mutex);
	}
	if (rc == 0)
		return l;
	free(l);
	error_nomem(err);
	return NULL;
}

static uint64_t
chunk_offset(const struct ident_store *s, size_t number)
{
	return (uint64_t)(number - s->max_memory) * IDENT_CHUNK * sizeof(struct ident);
}

/* The place for another chunk: *memory is where it goes, or NULL: into the file. */
static int
take_place(struct ident_store *s, size_t *number, struct ident **memory, struct error *err)
{
	*memory = NULL;
	*number = s->nspare > 0 ? s->spare[--s->nspare] : s->nchunks++;
	if (*number < s->nmemory) {
		*memory = s->chunks[*number];
		return 0;
	}
	if (*number >= s->max_memory) {
		if (s->fd < 0)
			s->fd = spill_file(err);
		return s->fd < 0 ? -1 : 0;
	}
	*memory = malloc(IDENT_CHUNK * sizeof **memory);
	if (*memory == NULL)
		return error_nomem(err);
	s->chunks[*number] = *memory;
	s->nmemory = *number + 1;
	return 0;
}

/* Put a full chunk away; *number is where it is found again. */
static int
put_chunk(struct ident_store *s, const struct ident *open, size_t *number, struct error *err)
{
	const size_t size = IDENT_CHUNK * sizeof *open;
	struct ident *memory;
	int rc;

	pthread_mutex_lock(&s->mutex);
	rc = take_place(s, number, &memory, err);
	pthread_mutex_unlock(&s->mutex);
	if (rc < 0)
		return -1;
	if (memory == NULL)
		return spill_write_at(s->fd, open, size, chunk_offset(s, *number), err);
	memcpy(memory, open, size);
	return 0;
}

static int
close_chunk(struct ident_list *l, struct ident_part *p, struct error *err)
{
	if (p->nchunks == p->cap_chunks) {
		size_t cap = p->cap_chunks * 2 + 8;
		size_t *more = realloc(p->chunks, cap * sizeof *more);

		if (more == NULL)
			return error_nomem(err);
		p->chunks = more;
		p->cap_chunks = cap;
	}
	if (put_chunk(l->store, p->open, &p->chunks[p->nchunks], err) < 0)
		return -1;
	p->nchunks++;
	p->nopen = 0;
	return 0;
}

static int
grow_open(struct ident_part *p, struct error *err)
{
	size_t cap = p->cap_open == 0 ? OPEN_FIRST : p->cap_open * 4;
	struct ident *larger;

	if (cap > IDENT_CHUNK)
		cap = IDENT_CHUNK;
	larger = realloc(p->open, cap * sizeof *larger);
	if (larger == NULL)
		return error_nomem(err);
	p->open = larger;
	p->cap_open = cap;
	return 0;
}

/* Eight characters, the capitals made small. */
static uint64_t
lower8(uint64_t w)
{
	uint64_t low = w & ~HIGH_BITS;
	uint64_t from_a = low + LOW_BITS * (0x80 - 'A'), from_z = low + LOW_BITS * (0x7f - 'Z');

	return w | (((from_a & ~from_z & ~w) & HIGH_BITS) >> 2);
}

uint64_t
ident_fold(const char *text, size_t len, uint64_t hash)
{
	char lower[IDENT_FOLD_MAX];
	uint64_t w;
	size_t i = 0;

	if (len > IDENT_FOLD_MAX)
		return hash;
	for (; i + sizeof w <= len; i += sizeof w) {
		memcpy(&w, text + i, sizeof w);
		w = lower8(w);
		memcpy(lower + i, &w, sizeof w);
	}
	w = 0;
	memcpy(&w, text + i, len - i);
	w = lower8(w);
	memcpy(lower + i, &w, len - i);
	return XXH3_64bits(lower, len);
}

static uint64_t
load8(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return le64toh(w);
}

static uint64_t
load4(const char *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof w);
	return le32toh(w);
}

/*
 * The bytes of a value as two numbers, the first byte lowest.  They are put
 * together in registers: byte by byte in memory, the copy would have to wait
 * for each.
 */
static void
make_words(uint64_t w[static 2], const struct ident_value *v)
{
	const char *p = v->text;
	size_t n = v->len;

	if (n > IDENT_INLINE) {
		/* the length in it, for where both hashes are the same */
		w[0] = v->folded;
		w[1] = (v->hash + n * XXH_PRIME64_1) | (uint64_t)0xff << 56;
		return;
	}
	w[0] = 0;
	w[1] = (uint64_t)n << 56;
	if (n > 8) {
		w[0] = load8(p);
		w[1] |= load8(p + n - 8) >> 8 * (16 - n);
	} else if (n == 8) {
		w[0] = load8(p);
	} else if (n >= 4) {
		w[0] = load4(p) | load4(p + n - 4) << 8 * (n - 4);
	} else if (n > 0) {
		w[0] = (unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 * (n / 2) |
		       (uint64_t)(unsigned char)p[n - 1] << 8 * (n - 1);
	}
}

static uint64_t
folded_of(const struct ident *ident)
{
	size_t len = ident->bytes[IDENT_INLINE];
	uint64_t w[2];

	memcpy(w, ident->bytes, sizeof w);
	if (len > IDENT_INLINE)
		return le64toh(w[0]);
	w[0] = lower8(w[0]);
	w[1] = lower8(w[1]);
	return XXH3_64bits(w, len);
}

int
ident_list_add(struct ident_list *l, const struct ident_value *v, struct error *err)
{
	struct ident_part *p = &l->parts[v->folded >> (64 - IDENT_PARTS_BITS)];
	uint64_t left = v->count, w[2];

	make_words(w, v);
	w[0] = htole64(w[0]);
	w[1] = htole64(w[1]);
	while (left > 0) {
		uint64_t count = left < COUNT_MAX ? left : COUNT_MAX;
		struct ident *to;

		if (p->nopen == p->cap_open && grow_open(p, err) < 0)
			return -1;
		to = &p->open[p->nopen++];
		memcpy(to->bytes, w, sizeof w);
		to->place = v->row << IDENT_COUNT_BITS | count;
		if (p->nopen == IDENT_CHUNK && close_chunk(l, p, err) < 0)
			return -1;
		left -= count;
	}
	return 0;
}

void
ident_list_close(struct ident_list *l)
{
	for (size_t i = 0; i < IDENT_PARTS; i++) {
		struct ident_part *p = &l->parts[i];
		struct ident *smaller;

		if (p->nopen == p->cap_open)
			continue;
		smaller = realloc(p->open, (p->nopen + 1) * sizeof *smaller);
		if (smaller == NULL)
			continue;
		p->open = smaller;
		p->cap_open = p->nopen + 1;
	}
}

static void
give_back(struct ident_store *s, size_t number)
{
	if (s->nspare == s->cap_spare) {
		size_t cap = s->cap_spare * 2 + 64;
		size_t *more = realloc(s->spare, cap * sizeof *more);

		if (more == NULL)
			return; /* the chunk is lost to others, which does no harm */
		s->spare = more;
		s->cap_spare = cap;
	}
	s->spare[s->nspare++] = number;
}

void
ident_list_drop(struct ident_list *l)
{
	pthread_mutex_lock(&l->store->mutex);
	for (size_t i = 0; i < IDENT_PARTS; i++) {
		struct ident_part *p = &l->parts[i];

		for (size_t c = 0; c < p->nchunks; c++)
			give_back(l->store, p->chunks[c]);
		free(p->chunks);
		free(p->open);
		*p = (struct ident_part){.chunks = NULL};
	}
	pthread_mutex_unlock(&l->store->mutex);
}

static int
read_chunk(struct ident_store *s, size_t number, struct ident *to, struct error *err)
{
	const size_t size = IDENT_CHUNK * sizeof *to;

	if (number < s->max_memory) {
		memcpy(to, s->chunks[number], size);
		return 0;
	}
	return spill_read_at(s->fd, to, size, chunk_offset(s, number), err);
}

size_t
ident_part_size(const struct ident_list *l, size_t part)
{
	return l->parts[part].nchunks * IDENT_CHUNK + l->parts[part].nopen;
}

int
ident_part_read(struct ident_list *l, size_t part, struct ident_all *all, struct error *err)
{
	struct ident_part *p = &l->parts[part];

	all->n = ident_part_size(l, part);
	all->idents = malloc((all->n + 1) * sizeof *all->idents);
	all->folded = malloc((all->n + 1) * sizeof *all->folded);
	if (all->idents == NULL || all->folded == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < p->nchunks; i++) {
		if (read_chunk(l->store, p->chunks[i], all->idents + i * IDENT_CHUNK, err) < 0)
			return -1;
	}
	if (p->nopen > 0)
		memcpy(all->idents + p->nchunks * IDENT_CHUNK, p->open,
			p->nopen * sizeof *p->open);
	for (size_t i = 0; i < all->n; i++)
		all->folded[i] = folded_of(&all->idents[i]);
	return 0;
}

void
ident_part_release(struct ident_all *all)
{
	free(all->idents);
	free(all->folded);
	*all = (struct ident_all){.idents = NULL};
}

bool
ident_text(const struct ident *ident, char buf[static IDENT_SIZE])
{
	size_t len = ident->bytes[IDENT_INLINE];

	if (len > IDENT_INLINE)
		return false;
	memcpy(buf, ident->bytes, len);
	buf[len] = '\0';
	return true;
}
