/*
 * zone.h - time zones by name, from the system's zone data
 *
 * A zone is found by the name of its file under /usr/share/zoneinfo (letters
 * in any case), or it is a POSIX description such as "CET-1CEST,M3.5.0,M10.5.0"
 * or "+03", whose sign is POSIX's: positive is west.  Not taken: files with leap
 * seconds (right/…), and a POSIX description with a summer time but no rule
 * for it (PostgreSQL would apply New York's).
 *
 * Times are seconds since 1970-01-01; offsets are seconds east of Greenwich.
 */
#ifndef EXPR_ZONE_H
#define EXPR_ZONE_H

#include "expr/value.h"

struct zone;

/*
 * *zone is NULL when there is no such zone.  It lives in ctx->arena: whoever
 * has a constant name opens it once, when the expression is compiled.
 * Returns -1 only when out of memory.
 */
int zone_open(struct eval_context *ctx, struct text name, const struct zone **zone);

/* The offset in force at an instant. */
int32_t zone_offset_at(const struct zone *zone, int64_t t);

/* Whether it never had another offset than one. */
bool zone_is_fixed(const struct zone *zone);

/*
 * The offset of a local time.  In a gap the offset before it, in an overlap
 * the one after it, as PostgreSQL resolves them.
 */
int32_t zone_offset_local(const struct zone *zone, int64_t local);

/*
 * What abbreviation meant in the zone at instant t: its last use before t,
 * else its first after.  False where the zone never used it.
 */
bool zone_abbreviation(
	const struct zone *zone, const char *abbreviation, int64_t t, int32_t *offset);

/* The abbreviation in force at an instant; lives as long as the zone. */
const char *zone_name_at(const struct zone *zone, int64_t t);

struct zone_abbrev {
	const char *name;
	int32_t offset; /* where zone is NULL */
	bool summer;
	const char *zone; /* whose data gives the offset */
};

/* name in lower case; NULL when it is none. */
const struct zone_abbrev *zone_abbrev_find(const char *name);

#endif
