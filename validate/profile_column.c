/*
 * profile_column.c - see profile_column.h
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* most values are short: a call would be half the cost */
#include <xxhash.h>

#include "utf8.h"
#include "validate/profile_column.h"

/* Values beyond this are no 53-bit integers, and do not ascend. */
#define WHOLE_MAX 9007199254740992.0

/* A column with less than this part of different values is not almost unique. */
#define ALMOST_UNIQUE 0.9

enum { LOOK_AT_IDENTS = 1 << 16, AHEAD = 16 };

int
column_init(struct column *c, const char *name, struct ident_store *store, bool referring,
	struct error *err)
{
	memset(c, 0, sizeof *c);
	timeline_init(&c->timeline);
	c->name = name;
	c->store = store;
	c->referring = referring;
	c->ascending = true;
	c->last_number = -INFINITY;
	c->shortest = SIZE_MAX;
	c->min.len = SIZE_MAX;
	c->max.len = SIZE_MAX;
	c->kinds[KIND_NULL].shape = SHAPE_NULL;
	c->kinds[KIND_EMPTY].shape = SHAPE_EMPTY;
	c->kinds[KIND_OTHER].shape = SHAPE_OTHER;
	c->kind_of[SHAPE_EMPTY][0] = KIND_EMPTY + 1;
	for (size_t i = 0; i < KIND_FIRST_FREE; i++) {
		c->kinds[i].low = INFINITY;
		c->kinds[i].high = -INFINITY;
	}
	c->nkinds = KIND_FIRST_FREE;
	c->sketch = calloc(1, sizeof *c->sketch);
	if (c->sketch == NULL)
		return error_nomem(err);
	return value_counts_init(&c->counts, err);
}

void
column_shrink(struct column *c)
{
	timeline_release(&c->timeline);
	value_counts_release(&c->counts);
	free(c->sketch);
	c->sketch = NULL;
	eras_free(c->eras);
	c->eras = NULL;
}

void
column_release(struct column *c)
{
	column_shrink(c);
}

uint64_t
column_hash(const char *text, size_t len)
{
	return XXH3_64bits(text, len);
}

static uint64_t
prefix_of(const char *p, size_t n)
{
	uint64_t prefix = 0;

	memcpy(&prefix, p, n < sizeof prefix ? n : sizeof prefix);
	return __builtin_bswap64(prefix);
}

static void
set_bound(struct bound *b, const char *p, size_t n)
{
	b->prefix = prefix_of(p, n);
	b->len = utf8_cut(p, n, BOUND_TEXT);
	b->cut = b->len < n;
	memcpy(b->text, p, b->len);
	b->text[b->len] = '\0';
}

/* By bytes; of values that are equal as far as they are kept, the first stays. */
static int
compare_bound(const struct bound *b, uint64_t prefix, const char *p, size_t n)
{
	size_t shorter = b->len < n ? b->len : n;
	int order;

	if (prefix != b->prefix)
		return b->prefix < prefix ? -1 : 1;
	order = memcmp(b->text, p, shorter);
	if (order != 0 || b->cut)
		return order;
	return b->len < n ? -1 : b->len > n;
}

static void
widen_text(struct column *c, const char *p, size_t n)
{
	uint64_t prefix = prefix_of(p, n);

	if (c->min.len == SIZE_MAX || compare_bound(&c->min, prefix, p, n) > 0)
		set_bound(&c->min, p, n);
	if (c->max.len == SIZE_MAX || compare_bound(&c->max, prefix, p, n) < 0)
		set_bound(&c->max, p, n);
}

/*
 * Whole numbers too large for a double are equal as such: then the longer
 * text is the larger number, and of equally long ones the larger text.
 */
static bool
is_beyond(const struct bound *b, const char *p, size_t n)
{
	return n > b->len || (n == b->len && memcmp(p, b->text, n) > 0);
}

static void
widen_number(struct kind *k, double number, const char *p, size_t n)
{
	if (number < k->low || (number == k->low && fabs(number) >= WHOLE_MAX &&
				       n <= BOUND_TEXT && !is_beyond(&k->low_text, p, n))) {
		k->low = number;
		set_bound(&k->low_text, p, n);
	}
	if (number > k->high || (number == k->high && fabs(number) >= WHOLE_MAX &&
					n <= BOUND_TEXT && is_beyond(&k->high_text, p, n))) {
		k->high = number;
		set_bound(&k->high_text, p, n);
	}
}

static size_t
new_kind(struct column *c, const struct shape_value *v)
{
	struct kind *k = &c->kinds[c->nkinds];

	k->shape = v->shape;
	k->padded = (v->traits & TRAIT_PADDED) != 0;
	memcpy(k->mask, v->mask, sizeof k->mask);
	k->low = INFINITY;
	k->high = -INFINITY;
	return c->nkinds++;
}

static size_t
kind_of(struct column *c, const struct shape_value *v)
{
	bool padded = (v->traits & TRAIT_PADDED) != 0;
	uint8_t *known = &c->kind_of[v->shape][padded];

	if (v->shape != SHAPE_CODE) {
		if (*known == 0 && c->nkinds < TIMELINE_KINDS)
			*known = (uint8_t)(new_kind(c, v) + 1);
		return *known == 0 ? KIND_OTHER : *known - 1u;
	}
	for (size_t i = KIND_FIRST_FREE; i < c->nkinds; i++) {
		const struct kind *k = &c->kinds[i];

		if (k->shape == SHAPE_CODE && k->padded == padded &&
			strcmp(k->mask, v->mask) == 0)
			return i;
	}
	/* room is left for shapes that have a name */
	return c->nkinds < TIMELINE_KINDS - 10 ? new_kind(c, v) : KIND_OTHER;
}

static void
check_order(struct column *c, const struct shape_value *v)
{
	if ((v->shape != SHAPE_INTEGER && v->shape != SHAPE_EPOCH &&
		    v->shape != SHAPE_EPOCH_MS) ||
		(v->traits & TRAIT_PADDED) != 0 || !(v->number > c->last_number) ||
		v->number >= WHOLE_MAX)
		c->ascending = false;
	c->last_number = v->number;
}

static void
add_traits(struct column *c, unsigned traits)
{
	while (traits != 0) {
		c->traits[__builtin_ctz(traits)]++;
		traits &= traits - 1;
	}
}

/* Columns of such values may refer to other tables. */
static bool
is_key_like(const struct column *c)
{
	static const enum shape shapes[] = {SHAPE_INTEGER, SHAPE_EPOCH, SHAPE_ZEROS, SHAPE_UUID,
		SHAPE_HEX32, SHAPE_HEX40, SHAPE_HEX64, SHAPE_BYTES, SHAPE_CODE, SHAPE_WORD,
		SHAPE_LETTER, SHAPE_EMAIL};
	uint64_t rows = 0;

	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		rows += column_shape_rows(c, shapes[i]);
	return (double)rows >= 0.9 * (double)c->values;
}

/* All values that are counted become idents. */
static int
keep_counted(struct column *c, struct error *err)
{
	value_counts_settle(&c->counts);
	c->idents = ident_list_new(c->store, err);
	if (c->idents == NULL)
		return -1;
	for (size_t i = 0; i < c->counts.n; i++) {
		const struct counted *counted = &c->counts.values[i];
		/* of a long value text is only the beginning, but then its hashes are all that counts */
		const struct ident_value v = {counted->text, counted->len, c->counts.hashes[i],
			counted->folded, counted->first_row, c->counts.counts[i]};

		if (ident_list_add(c->idents, &v, err) < 0)
			return -1;
	}
	return 0;
}

/* Before the first value is forgotten: are all values needed? */
static int
overflow(struct column *c, struct error *err)
{
	c->overflowed = true;
	if (c->referring ? c->counts.repeated && !is_key_like(c)
			 : c->counts.repeated || c->ascending)
		return 0;
	return keep_counted(c, err);
}

/* One behind the other, for the processor to wait for the sketch's memory but once. */
static void
sketch(struct column *c)
{
	for (size_t i = 0; i < c->nunsketched; i++)
		hyperloglog_add(c->sketch, c->unsketched[i]);
	c->nunsketched = 0;
}

/* A value that is not among those counted. */
static struct counted *
new_value(struct column *c, const char *p, size_t n, uint64_t hash, const struct mark *at,
	struct error *err)
{
	struct shape_value s;
	struct counted *v;
	struct kind *k;

	shape_of(p, n, &s);
	if (value_counts_full(&c->counts) && !c->overflowed && overflow(c, err) < 0)
		return NULL;
	v = value_counts_add(&c->counts, hash, p, n);
	v->first_row = at->row;
	v->kind = (uint8_t)kind_of(c, &s);
	v->traits = (uint8_t)s.traits;
	/* it is for idents, and none come where they were not made on overflow */
	v->folded = hash;
	if ((s.traits & TRAIT_UPPER) != 0 && (c->idents != NULL || !c->overflowed))
		v->folded = ident_fold(p, n, hash);
	c->unsketched[c->nunsketched++] = hash;
	if (c->nunsketched == UNSKETCHED)
		sketch(c);
	k = &c->kinds[v->kind];
	if (s.number == s.number)
		widen_number(k, s.number, p, n);
	k->day_first += (s.traits & TRAIT_DAY_FIRST) != 0;
	k->month_first += (s.traits & TRAIT_MONTH_FIRST) != 0;
	widen_text(c, p, n);
	if (s.characters < c->shortest)
		c->shortest = s.characters;
	if (s.characters > c->longest)
		c->longest = s.characters;
	if (c->ascending)
		check_order(c, &s);
	return v;
}

/* Whether the values are worth keeping is looked at again now and then. */
static void
drop_idents(struct column *c)
{
	if (c->referring && is_key_like(c))
		return;
	sketch(c);
	if (hyperloglog_count(c->sketch) < ALMOST_UNIQUE * (double)c->values) {
		ident_list_drop(c->idents);
		c->idents = NULL;
	}
}

static int
add_value(struct column *c, const char *p, size_t n, uint64_t hash, const struct mark *at,
	struct counted **value, struct error *err)
{
	struct counted *v = value_counts_hit(&c->counts, hash);

	c->values++;
	if (v != NULL) {
		c->ascending = false;
	} else {
		v = new_value(c, p, n, hash, at, err);
		if (v == NULL)
			return -1;
	}
	*value = v;
	if (v->traits != 0)
		add_traits(c, v->traits);
	if (c->idents != NULL) {
		const struct ident_value kept = {p, n, hash, v->folded, at->row, 1};

		if (ident_list_add(c->idents, &kept, err) < 0)
			return -1;
		if (c->values % LOOK_AT_IDENTS == 0)
			drop_idents(c);
	}
	return timeline_add(&c->timeline, v->kind, at, p, n, err);
}

/* The bytes of a value of up to RECENT_LENGTH, in two words which tell all of one length apart. */
static struct recent
recent_of(const char *p, size_t n)
{
	struct recent r = {.size = (uint32_t)n + 1};
	uint32_t half[2];

	if (n >= 8) {
		memcpy(&r.first, p, 8);
		memcpy(&r.last, p + n - 8, 8);
	} else if (n >= 4) {
		memcpy(&half[0], p, 4);
		memcpy(&half[1], p + n - 4, 4);
		r.first = half[0];
		r.last = half[1];
	} else if (n > 0) {
		r.first = (unsigned char)p[0];
		r.last = (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
	}
	return r;
}

/*
 * As add_value, for a column that had few different values until now: a short
 * one that comes again is found without its hash.  Until counts overflows
 * nothing in it moves, and there are no idents.
 */
static int
add_recent(struct column *c, const char *p, size_t n, const struct mark *at, struct error *err)
{
	const struct recent r = recent_of(p, n);
	struct recent *known =
		&c->recent[((r.first ^ r.last << 7) * XXH_PRIME64_1 + r.size * XXH_PRIME64_2) >>
			   (64 - RECENT_BITS)];
	struct counted *v;

	if (known->size == r.size && known->first == r.first && known->last == r.last) {
		v = &c->counts.values[known->place];
		c->counts.counts[known->place]++;
		c->counts.repeated = true;
		c->ascending = false;
		c->values++;
		if (v->traits != 0)
			add_traits(c, v->traits);
		return timeline_add(&c->timeline, v->kind, at, p, n, err);
	}
	if (add_value(c, p, n, XXH3_64bits(p, n), at, &v, err) < 0)
		return -1;
	*known = r;
	known->place = (uint32_t)(v - c->counts.values);
	return 0;
}

/*
 * Hashes of the values first .. behind - 1, for a column of many: where in
 * counts they are looked for is fetched meanwhile, and the bytes of those that
 * come next, as rows lie further apart than the processor would look by itself.
 */
static void
look_ahead(const struct column *c, const struct batch *b, const struct batch_cell *cells,
	size_t first, size_t behind, uint64_t *hashes)
{
	for (size_t r = first; r < behind; r++) {
		if (r + AHEAD < b->n)
			__builtin_prefetch(b->text + cells[r + AHEAD].at);
		if (!c->overflowed || cells[r].len == BATCH_NULL)
			continue;
		hashes[r - first] = XXH3_64bits(b->text + cells[r].at, cells[r].len);
		value_counts_prefetch(&c->counts, hashes[r - first]);
	}
}

int
column_add(struct column *c, const struct batch *b, size_t column, struct error *err)
{
	const struct batch_cell *cells = batch_column(b, column);

	for (size_t first = 0, behind; first < b->n; first = behind) {
		uint64_t hashes[AHEAD] = {0};
		bool hashed = c->overflowed;

		behind = first + AHEAD < b->n ? first + AHEAD : b->n;
		look_ahead(c, b, cells, first, behind, hashes);
		for (size_t r = first; r < behind; r++) {
			const char *p = b->text + cells[r].at;
			const struct mark *at = &b->marks[r];
			size_t n = cells[r].len;
			struct counted *v;
			int rc;

			if (cells[r].len == BATCH_NULL)
				rc = timeline_add(&c->timeline, KIND_NULL, at, NULL, 0, err);
			else if (n <= RECENT_LENGTH && !c->overflowed)
				rc = add_recent(c, p, n, at, err);
			else
				rc = add_value(c, p, n,
					hashed ? hashes[r - first] : XXH3_64bits(p, n), at, &v,
					err);
			if (rc < 0)
				return -1;
		}
	}
	sketch(c);
	value_counts_settle(&c->counts);
	return 0;
}

int
column_finish(struct column *c, struct error *err)
{
	if (!c->overflowed && keep_counted(c, err) < 0)
		return -1;
	if (c->idents != NULL) {
		ident_list_close(c->idents);
		if (ident_list_repeats(c->idents, &c->repeats, err) < 0)
			return -1;
		c->repeats_known = true;
	}
	c->eras = eras_find(&c->timeline, err);
	return c->eras == NULL ? -1 : 0;
}

double
column_distinct(const struct column *c, bool *exact)
{
	*exact = !c->overflowed || c->ascending;
	if (!c->overflowed)
		return (double)c->counts.n;
	if (c->ascending)
		return (double)c->values;
	return fmin(round(hyperloglog_count(c->sketch)), (double)c->values);
}

uint64_t
column_kind_rows(const struct column *c, size_t kind)
{
	return c->timeline.kinds[kind].count;
}

uint64_t
column_shape_rows(const struct column *c, enum shape shape)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < c->nkinds; i++) {
		if (c->kinds[i].shape == shape)
			rows += column_kind_rows(c, i);
	}
	return rows;
}
