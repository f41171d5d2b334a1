/*
 * time_zone.c - timezone(zone, time): what AT TIME ZONE becomes
 *
 * A constant zone is looked up once; one that comes with the record is
 * read from the system's zone data each time, which is some microseconds.
 */
#include <string.h>

#include "expr/number.h"
#include "expr/time.h"
#include "expr/zone.h"

enum { ZONE_TEXT_MAX = 255, ABBREV_MAX = 63 };

/* A zone as named in SQL. */
struct named_zone {
	bool fixed;
	int32_t offset;          /* of a fixed one, seconds east */
	const struct zone *zone; /* otherwise */
	const char *abbrev;      /* when the name is an abbreviation whose meaning zone tells */
};

/* The abbreviations come first, as some are names of zones, too. */
static int
find_zone(struct eval_context *ctx, struct text name, struct named_zone *z)
{
	char lower[ABBREV_MAX + 1];
	const struct zone_abbrev *a = NULL;
	struct text file = name;

	*z = (struct named_zone){0};
	if (name.len > ZONE_TEXT_MAX)
		name.len = ZONE_TEXT_MAX;
	if (name.len <= ABBREV_MAX) {
		for (size_t i = 0; i < name.len; i++) {
			char c = name.ptr[i];

			lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		}
		lower[name.len] = '\0';
		a = zone_abbrev_find(lower);
	}
	if (a != NULL && a->zone == NULL) {
		z->fixed = true;
		z->offset = a->offset;
		return 0;
	}
	if (a != NULL) {
		z->abbrev = a->name;
		file = (struct text){a->zone, strlen(a->zone)};
	}
	if (zone_open(ctx, file, &z->zone) < 0)
		return -1;
	if (z->zone == NULL)
		return eval_fail(ctx, "22023", "time zone \"%.*s\" not recognized",
			shown(name.len), name.ptr);
	return 0;
}

/* floor(t / 1 s), in seconds since 1970 */
static int64_t
unix_seconds(int64_t t)
{
	return t / USEC_PER_SECOND - (t % USEC_PER_SECOND < 0) + UNIX_EPOCH_SECONDS;
}

static int32_t
offset_at(const struct named_zone *z, int64_t t)
{
	int64_t seconds = unix_seconds(t);
	int32_t offset;

	if (z->fixed)
		return z->offset;
	if (z->abbrev == NULL)
		return zone_offset_at(z->zone, seconds);
	if (zone_abbreviation(z->zone, z->abbrev, seconds, &offset))
		return offset;
	/* as there by way of the local time, which in an overlap is another instant's too */
	return zone_offset_local(z->zone, seconds + zone_offset_at(z->zone, seconds));
}

static int32_t
offset_local(const struct named_zone *z, int64_t local)
{
	int64_t seconds = unix_seconds(local);
	int32_t offset;

	if (z->fixed)
		return z->offset;
	offset = zone_offset_local(z->zone, seconds);
	if (z->abbrev != NULL)
		zone_abbreviation(z->zone, z->abbrev, seconds - offset, &offset);
	return offset;
}

static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct named_zone *z;

	if (constants[0] == NULL || constants[0]->null)
		return 0;
	z = arena_alloc(ctx->arena, sizeof *z);
	if (z == NULL)
		return eval_nomem(ctx);
	/*
	 * A zone that does not exist is an error of the row that asks for it,
	 * as there may be none: an infinity needs no zone.
	 */
	if (find_zone(ctx, constants[0]->s, z) < 0)
		return strcmp(ctx->error->sqlstate, "22023") == 0 ? 0 : -1;
	site->prepared = z;
	return 0;
}

static int
shifted(struct eval_context *ctx, int64_t t, int64_t seconds, struct value *result)
{
	result->t = t + seconds * USEC_PER_SECOND;
	if (!timestamp_valid(result->t))
		return eval_fail(ctx, "22008", "timestamp out of range");
	return 0;
}

/* timestamp, on that zone's clock, to timestamptz */
static int
to_instant(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct named_zone *z = site->prepared;
	struct named_zone found;

	result->t = args[1].t;
	if (!timestamp_finite(args[1].t))
		return 0;
	if (z == NULL) {
		if (find_zone(ctx, args[0].s, &found) < 0)
			return -1;
		z = &found;
	}
	return shifted(ctx, args[1].t, -(int64_t)offset_local(z, args[1].t), result);
}

/* timestamptz to timestamp, on that zone's clock */
static int
to_clock(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct named_zone *z = site->prepared;
	struct named_zone found;

	result->t = args[1].t;
	if (!timestamp_finite(args[1].t))
		return 0;
	if (z == NULL) {
		if (find_zone(ctx, args[0].s, &found) < 0)
			return -1;
		z = &found;
	}
	return shifted(ctx, args[1].t, offset_at(z, args[1].t), result);
}

/* date_trunc(unit, timestamptz, zone): cut on that zone's clock */
static int
truncate_in_zone(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct named_zone z;
	int32_t offset;
	bool days = false;
	int64_t local;

	result->t = args[1].t;
	if (!timestamp_finite(args[1].t))
		return 0;
	if (find_zone(ctx, args[2].s, &z) < 0)
		return -1;
	offset = offset_at(&z, args[1].t);
	local = args[1].t + offset * USEC_PER_SECOND;
	if (timestamp_truncate(ctx, args[0].s, site->function->args[1], local, &days, &local) <
		0)
		return -1;
	if (days)
		offset = offset_local(&z, local);
	return shifted(ctx, local, -(int64_t)offset, result);
}

/* The offset as an interval, of time only. */
static int
by_interval(struct eval_context *ctx, const struct value *args, int sign, struct value *result)
{
	const struct interval *iv = &args[0].iv;
	char buf[INTERVAL_PRINT_MAX];

	result->t = args[1].t;
	if (!timestamp_finite(args[1].t))
		return 0;
	if (iv->months != 0 || iv->days != 0)
		return eval_fail(ctx, "22023",
			"interval time zone \"%.*s\" must not include months or days",
			(int)interval_print(iv, buf), buf);
	return shifted(ctx, args[1].t, sign * (iv->usec / USEC_PER_SECOND), result);
}

static int
interval_to_instant(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return by_interval(ctx, args, -1, result);
}

static int
interval_to_clock(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return by_interval(ctx, args, 1, result);
}

/* clang-format off */
const struct function time_zone_functions[] = {
	{"date_trunc", TYPE_TIMESTAMPTZ, 3, {TYPE_TEXT, TYPE_TIMESTAMPTZ, TYPE_TEXT},
		FUNCTION_STRICT, truncate_in_zone, NULL, NULL},
	{"timezone", TYPE_TIMESTAMPTZ, 2, {TYPE_TEXT, TYPE_TIMESTAMP}, FUNCTION_STRICT,
		to_instant, prepare, NULL},
	{"timezone", TYPE_TIMESTAMP, 2, {TYPE_TEXT, TYPE_TIMESTAMPTZ}, FUNCTION_STRICT,
		to_clock, prepare, NULL},
	{"timezone", TYPE_TIMESTAMPTZ, 2, {TYPE_INTERVAL, TYPE_TIMESTAMP}, FUNCTION_STRICT,
		interval_to_instant, NULL, NULL},
	{"timezone", TYPE_TIMESTAMP, 2, {TYPE_INTERVAL, TYPE_TIMESTAMPTZ}, FUNCTION_STRICT,
		interval_to_clock, NULL, NULL},
	{0},
};
/* clang-format on */
