/*
 * ident_store.c - see ident_store.h
 *
 * Records are gathered in chunks of one list and part.  Chunks have numbers:
 * the first ones lie in memory, the others at their place in the file.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spill.h"
#include "validate/ident_parts.h"

enum { LISTS_STEP = 16 };

struct ident_store {
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
	free(s);
}

struct ident_list *
ident_list_new(struct ident_store *s, struct error *err)
{
	struct ident_list *l = calloc(1, sizeof *l);

	if (l == NULL)
		goto nomem;
	if (s->nlists == s->cap_lists) {
		size_t cap = s->cap_lists + LISTS_STEP;
		struct ident_list **more = realloc(s->lists, cap * sizeof(struct ident_list *));

		if (more == NULL)
			goto nomem;
		s->lists = more;
		s->cap_lists = cap;
	}
	l->store = s;
	s->lists[s->nlists++] = l;
	return l;
nomem:
	free(l);
	error_nomem(err);
	return NULL;
}

static uint64_t
chunk_offset(const struct ident_store *s, size_t number)
{
	return (uint64_t)(number - s->max_memory) * IDENT_CHUNK * sizeof(struct ident);
}

static int
write_chunk(struct ident_store *s, size_t number, const struct ident *open, struct error *err)
{
	if (s->fd < 0) {
		s->fd = spill_file(err);
		if (s->fd < 0)
			return -1;
	}
	return spill_write_at(
		s->fd, open, IDENT_CHUNK * sizeof *open, chunk_offset(s, number), err);
}

/* Put a full chunk away; *number is where it is found again. */
static int
put_chunk(struct ident_store *s, const struct ident *open, size_t *number, struct error *err)
{
	*number = s->nspare > 0 ? s->spare[--s->nspare] : s->nchunks++;
	if (*number >= s->max_memory)
		return write_chunk(s, *number, open, err);
	if (*number >= s->nmemory) {
		s->chunks[*number] = malloc(IDENT_CHUNK * sizeof *open);
		if (s->chunks[*number] == NULL)
			return error_nomem(err);
		s->nmemory = *number + 1;
	}
	memcpy(s->chunks[*number], open, IDENT_CHUNK * sizeof *open);
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

int
ident_list_add(struct ident_list *l, const struct ident *ident, struct error *err)
{
	struct ident_part *p = &l->parts[ident->folded >> (64 - IDENT_PARTS_BITS)];

	if (p->open == NULL) {
		p->open = malloc(IDENT_CHUNK * sizeof *p->open);
		if (p->open == NULL)
			return error_nomem(err);
	}
	p->open[p->nopen++] = *ident;
	return p->nopen == IDENT_CHUNK ? close_chunk(l, p, err) : 0;
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
	for (size_t i = 0; i < IDENT_PARTS; i++) {
		struct ident_part *p = &l->parts[i];

		for (size_t c = 0; c < p->nchunks; c++)
			give_back(l->store, p->chunks[c]);
		free(p->chunks);
		free(p->open);
		*p = (struct ident_part){.chunks = NULL};
	}
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

struct ident *
ident_part_read(struct ident_list *l, size_t part, size_t *n, struct error *err)
{
	struct ident_part *p = &l->parts[part];
	struct ident *all;

	*n = ident_part_size(l, part);
	all = malloc((*n + 1) * sizeof *all);
	if (all == NULL) {
		error_nomem(err);
		return NULL;
	}
	for (size_t i = 0; i < p->nchunks; i++) {
		if (read_chunk(l->store, p->chunks[i], all + i * IDENT_CHUNK, err) < 0) {
			free(all);
			return NULL;
		}
	}
	if (p->nopen > 0)
		memcpy(all + p->nchunks * IDENT_CHUNK, p->open, p->nopen * sizeof *all);
	return all;
}

void
ident_of(struct ident *ident, const char *text, size_t len, uint64_t hash)
{
	memset(ident->bytes, 0, IDENT_SIZE);
	if (len <= IDENT_INLINE) {
		memcpy(ident->bytes, text, len);
		ident->bytes[IDENT_INLINE] = (unsigned char)len;
		return;
	}
	memcpy(ident->bytes, &hash, sizeof hash);
	memcpy(ident->bytes + sizeof hash, &len, IDENT_INLINE - sizeof hash);
	ident->bytes[IDENT_INLINE] = 0xff;
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
