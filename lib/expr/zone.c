/*
 * zone.c - see zone.h; files are TZif version 2 and later (RFC 8536)
 *
 * Beyond the last change that a file lists, the POSIX description in its
 * footer goes on.  Everything of a zone lies in one arena.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expr/zone.h"
#include "expr/zone_rule.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"

enum {
	NAME_MAX_BYTES = 255,
	FILE_MAX_BYTES = 1 << 20,
	HEADER_BYTES = 44,
	TYPE_BYTES = 6,
	TYPES_MAX = 256,
};

struct zone_type {
	int32_t offset;
	bool summer;
	const char *name;
};

struct zone {
	const int64_t *times; /* of the changes, ascending */
	const uint8_t *to;    /* the type that each changes to */
	size_t ntimes;
	const struct zone_type *types;
	size_t ntypes;
	size_t first; /* the type before the first change */
	struct zone_rule rule;
	struct zone_type rule_types[2]; /* standard, summer */
	bool has_rule; /* with a summer time: it decides after times[ntimes - 1] */
};

/* Finding and reading the file */

/* The entry of the folder that is called name but for case, in found. */
static bool
find_entry(int folder, const char *name, char found[static NAME_MAX_BYTES + 1])
{
	int copy = dup(folder);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	bool ok = false;

	if (dir == NULL) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	rewinddir(dir);
	while (!ok && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (strcasecmp(entry->d_name, name) == 0 && len <= NAME_MAX_BYTES) {
			memcpy(found, entry->d_name, len + 1);
			ok = true;
		}
	}
	closedir(dir);
	return ok;
}

/*
 * Open the file of that name below the folder, case aside, going down one
 * component at a time; none may be empty or begin with a dot, so nothing
 * outside of the folder is named.  -1 where there is none.
 */
static int
open_file(char *name)
{
	int at = open(ZONE_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (char *part = name; part != NULL && at >= 0;) {
		char *slash = strchr(part, '/');
		char found[NAME_MAX_BYTES + 1];
		int next = -1;

		if (slash != NULL)
			*slash = '\0';
		if (*part != '\0' && *part != '.') {
			next = openat(at, part, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
			if (next < 0 && find_entry(at, part, found))
				next = openat(at, found, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		}
		close(at);
		at = next;
		part = slash == NULL ? NULL : slash + 1;
	}
	return at;
}

/* The file's bytes in the arena; *data NULL where it is no regular file that can be read. */
static int
read_file(struct eval_context *ctx, int fd, const uint8_t **data, size_t *len)
{
	struct stat st;
	uint8_t *buf;
	size_t have = 0;
	ssize_t n = 1;

	*data = NULL;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX_BYTES)
		return 0;
	buf = arena_alloc(ctx->arena, (size_t)st.st_size + 1);
	if (buf == NULL)
		return eval_nomem(ctx);
	while (have < (size_t)st.st_size && n > 0) {
		n = read(fd, buf + have, (size_t)st.st_size - have);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			have += (size_t)n;
	}
	if (n < 0)
		return 0;
	buf[have] = '\0';
	*data = buf;
	*len = have;
	return 0;
}

/* Its contents */

static uint64_t
big_endian(const uint8_t *p, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

struct block {
	size_t utc, standard, leap, time, type, chars; /* counts */
	size_t bytes;                                  /* behind the header */
};

/* The header at p; time_bytes is 4 in the first block of a file, 8 in the second. */
static bool
read_header(const uint8_t *p, const uint8_t *end, size_t time_bytes, struct block *b)
{
	size_t *counts[] = {&b->utc, &b->standard, &b->leap, &b->time, &b->type, &b->chars};

	if (end - p < HEADER_BYTES || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	for (size_t i = 0; i < 6; i++) {
		*counts[i] = (size_t)big_endian(p + 20 + 4 * i, 4);
		if (*counts[i] > FILE_MAX_BYTES)
			return false;
	}
	b->bytes = b->time * (time_bytes + 1) + b->type * TYPE_BYTES + b->chars +
		   b->leap * (time_bytes + 4) + b->standard + b->utc;
	return (size_t)(end - p) - HEADER_BYTES >= b->bytes;
}

static bool
type_used(const struct zone *z, size_t type)
{
	for (size_t i = 0; i < z->ntimes; i++) {
		if (z->to[i] == type)
			return true;
	}
	return false;
}

/* The type before all changes: the first, if no change leads to it; else a standard one. */
static size_t
first_type(const struct zone *z)
{
	size_t i;

	if (z->ntimes == 0 || !type_used(z, 0))
		return 0;
	if (z->types[z->to[0]].summer) {
		for (i = z->to[0]; i > 0;) {
			if (!z->types[--i].summer)
				return i;
		}
	}
	for (i = 0; i < z->ntypes && z->types[i].summer;)
		i++;
	return i < z->ntypes ? i : 0;
}

/* Fill z from the second block; false when it is not sound. */
static bool
read_block(struct zone *z, const uint8_t *p, const struct block *b, int64_t *times,
	struct zone_type *types)
{
	const uint8_t *to = p + b->time * 8, *type = to + b->time;
	const char *chars = (const char *)type + b->type * TYPE_BYTES;

	if (b->type == 0 || b->type > TYPES_MAX || b->leap != 0 || b->chars == 0 ||
		chars[b->chars - 1] != '\0')
		return false;
	for (size_t i = 0; i < b->time; i++) {
		times[i] = (int64_t)big_endian(p + i * 8, 8);
		if (to[i] >= b->type || (i > 0 && times[i] <= times[i - 1]))
			return false;
	}
	for (size_t i = 0; i < b->type; i++, type += TYPE_BYTES) {
		types[i].offset = (int32_t)big_endian(type, 4);
		types[i].summer = type[4] != 0;
		if (type[5] >= b->chars || types[i].offset < -86400 * 2 ||
			types[i].offset > 86400 * 2)
			return false;
		types[i].name = chars + type[5];
	}
	z->times = times;
	z->to = to;
	z->ntimes = b->time;
	z->types = types;
	z->ntypes = b->type;
	z->first = first_type(z);
	return true;
}

static void
use_rule(struct zone *z)
{
	z->rule_types[0] = (struct zone_type){z->rule.standard, false, z->rule.standard_name};
	z->rule_types[1] = (struct zone_type){z->rule.summer, true, z->rule.summer_name};
	z->has_rule = z->rule.has_summer;
}

/* *ok is false when the bytes are no zone's. */
static int
parse_file(struct eval_context *ctx, const uint8_t *data, size_t len, struct zone *z, bool *ok)
{
	const uint8_t *end = data + len, *p = data, *footer;
	struct block b;
	int64_t *times;
	struct zone_type *types;

	*ok = false;
	if (!read_header(p, end, 4, &b))
		return 0;
	p += HEADER_BYTES + b.bytes;
	if (!read_header(p, end, 8, &b))
		return 0;
	p += HEADER_BYTES;
	times = arena_alloc(ctx->arena, b.time * sizeof *times);
	types = arena_alloc(ctx->arena, b.type * sizeof *types);
	if (times == NULL || types == NULL)
		return eval_nomem(ctx);
	*ok = read_block(z, p, &b, times, types);
	footer = p + b.bytes;
	if (*ok && end - footer > 2 && footer[0] == '\n') {
		const uint8_t *stop = memchr(footer + 1, '\n', (size_t)(end - footer) - 1);
		char rule[128];
		size_t n = stop == NULL ? sizeof rule : (size_t)(stop - footer) - 1;

		if (n < sizeof rule) {
			memcpy(rule, footer + 1, n);
			rule[n] = '\0';
			if (zone_rule_parse(rule, &z->rule))
				use_rule(z);
		}
	}
	return 0;
}

int
zone_open(struct eval_context *ctx, struct text name, const struct zone **zone)
{
	struct zone *z = arena_alloc(ctx->arena, sizeof *z);
	char path[NAME_MAX_BYTES + 1], upper[NAME_MAX_BYTES + 1];
	const uint8_t *data = NULL;
	size_t len = 0;
	bool ok = false;
	int fd, status = 0;

	*zone = NULL;
	if (z == NULL)
		return eval_nomem(ctx);
	memset(z, 0, sizeof *z);
	if (name.len == 0 || name.len > NAME_MAX_BYTES ||
		memchr(name.ptr, '\0', name.len) != NULL)
		return 0;
	memcpy(path, name.ptr, name.len);
	path[name.len] = '\0';
	for (size_t i = 0; i <= name.len; i++)
		upper[i] = path[i] >= 'a' && path[i] <= 'z' ? (char)(path[i] - 'a' + 'A')
							    : path[i];
	fd = open_file(path);
	if (fd >= 0) {
		status = read_file(ctx, fd, &data, &len);
		if (status == 0 && data != NULL)
			status = parse_file(ctx, data, len, z, &ok);
		close(fd);
	}
	if (status == 0 && !ok && zone_rule_parse(upper, &z->rule)) {
		use_rule(z);
		z->types = z->rule_types;
		z->ntypes = 1 + z->rule.has_summer;
		ok = true;
	}
	if (ok)
		*zone = z;
	return status;
}

/* Asking it */

/* How many of the listed changes are not after t. */
static size_t
changes_until(const struct zone *z, int64_t t)
{
	size_t low = 0, high = z->ntimes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t < z->times[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static const struct zone_type *
type_at(const struct zone *z, int64_t t)
{
	size_t n = changes_until(z, t);
	struct zone_change before, after;

	if (n < z->ntimes)
		return &z->types[n == 0 ? z->first : z->to[n - 1]];
	if (z->has_rule) {
		zone_rule_changes(&z->rule, t, &before, &after);
		if (n == 0 || before.time > z->times[n - 1])
			return &z->rule_types[before.summer];
	}
	return &z->types[n == 0 ? z->first : z->to[n - 1]];
}

bool
zone_is_fixed(const struct zone *zone)
{
	for (size_t i = 1; i < zone->ntypes; i++) {
		if (zone->types[i].offset != zone->types[0].offset)
			return false;
	}
	return !zone->has_rule;
}

int32_t
zone_offset_at(const struct zone *zone, int64_t t)
{
	return type_at(zone, t)->offset;
}

const char *
zone_name_at(const struct zone *zone, int64_t t)
{
	return type_at(zone, t)->name;
}

/* The first change after t; false when there is none. */
static bool
next_change(const struct zone *z, int64_t t, int64_t *time)
{
	size_t n = changes_until(z, t);
	struct zone_change before, after;

	if (n < z->ntimes) {
		*time = z->times[n];
		return true;
	}
	if (!z->has_rule)
		return false;
	zone_rule_changes(&z->rule, t, &before, &after);
	*time = after.time;
	return true;
}

int32_t
zone_offset_local(const struct zone *zone, int64_t local)
{
	/* no offset is a day long, and no two changes lie within two days */
	int64_t from = local - 86400, change, with_old, with_new;
	int32_t old_offset = type_at(zone, from)->offset, new_offset;

	if (!next_change(zone, from, &change))
		return old_offset;
	new_offset = type_at(zone, change)->offset;
	with_old = local - old_offset;
	with_new = local - new_offset;
	if (with_old < change && with_new < change)
		return old_offset;
	if (with_old > change && with_new >= change)
		return new_offset;
	return with_old > with_new ? old_offset : new_offset;
}

bool
zone_abbreviation(const struct zone *zone, const char *abbreviation, int64_t t, int32_t *offset)
{
	size_t cut = changes_until(zone, t);

	for (size_t i = cut; i > 0; i--) {
		const struct zone_type *type = &zone->types[zone->to[i - 1]];

		if (strcasecmp(type->name, abbreviation) == 0) {
			*offset = type->offset;
			return true;
		}
	}
	for (size_t i = cut; i < zone->ntimes; i++) {
		const struct zone_type *type = &zone->types[zone->to[i]];

		if (strcasecmp(type->name, abbreviation) == 0) {
			*offset = type->offset;
			return true;
		}
	}
	return false;
}
