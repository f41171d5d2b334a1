/*
 * time_format.c - patterns split into nodes, and the functions that use them
 */
#include <string.h>

#include "expr/number.h"
#include "expr/time_format.h"

const char *const month_names[12] = {"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December"};

const char *const weekday_names[7] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

const char *const roman_months[12] = {
	"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"};

/* clang-format off */
#define GREGORIAN CONVENTION_GREGORIAN
#define ISO CONVENTION_ISO
#define NONE CONVENTION_NONE

/* Sought in this order: the longer of two that begin alike stands first. */
static const struct format_keyword keywords[] = {
	{"A.D.", KEY_AD_DOTS, false, NONE, CASE_UPPER},
	{"A.M.", KEY_AM_DOTS, false, NONE, CASE_UPPER},
	{"AD", KEY_AD, false, NONE, CASE_UPPER},
	{"AM", KEY_AM, false, NONE, CASE_UPPER},
	{"B.C.", KEY_AD_DOTS, false, NONE, CASE_UPPER},
	{"BC", KEY_AD, false, NONE, CASE_UPPER},
	{"CC", KEY_CENTURY, true, NONE, CASE_UPPER},
	{"DAY", KEY_WEEKDAY_NAME, false, NONE, CASE_UPPER},
	{"DDD", KEY_YEAR_DAY, true, GREGORIAN, CASE_UPPER},
	{"DD", KEY_DAY, true, GREGORIAN, CASE_UPPER},
	{"DY", KEY_WEEKDAY_SHORT, false, NONE, CASE_UPPER},
	{"Day", KEY_WEEKDAY_NAME, false, NONE, CASE_CAPITAL},
	{"Dy", KEY_WEEKDAY_SHORT, false, NONE, CASE_CAPITAL},
	{"D", KEY_WEEKDAY, true, GREGORIAN, CASE_UPPER},
	{"FF1", KEY_FRACTION, true, NONE, CASE_UPPER},
	{"FF2", KEY_FRACTION, true, NONE, CASE_UPPER},
	{"FF3", KEY_FRACTION, true, NONE, CASE_UPPER},
	{"FF4", KEY_FRACTION, true, NONE, CASE_UPPER},
	{"FF5", KEY_FRACTION, true, NONE, CASE_UPPER},
	{"FF6", KEY_FRACTION, true, NONE, CASE_UPPER},
	{"FX", KEY_FIXED, false, NONE, CASE_UPPER},
	{"HH24", KEY_HOUR_24, true, NONE, CASE_UPPER},
	{"HH12", KEY_HOUR_12, true, NONE, CASE_UPPER},
	{"HH", KEY_HOUR_12, true, NONE, CASE_UPPER},
	{"IDDD", KEY_ISO_YEAR_DAY, true, ISO, CASE_UPPER},
	{"ID", KEY_ISO_WEEKDAY, true, ISO, CASE_UPPER},
	{"IW", KEY_ISO_WEEK, true, ISO, CASE_UPPER},
	{"IYYY", KEY_ISO_YEAR, true, ISO, CASE_UPPER},
	{"IYY", KEY_ISO_YEAR, true, ISO, CASE_UPPER},
	{"IY", KEY_ISO_YEAR, true, ISO, CASE_UPPER},
	{"I", KEY_ISO_YEAR, true, ISO, CASE_UPPER},
	{"J", KEY_JULIAN, true, NONE, CASE_UPPER},
	{"MI", KEY_MINUTE, true, NONE, CASE_UPPER},
	{"MM", KEY_MONTH, true, GREGORIAN, CASE_UPPER},
	{"MONTH", KEY_MONTH_NAME, false, GREGORIAN, CASE_UPPER},
	{"MON", KEY_MONTH_SHORT, false, GREGORIAN, CASE_UPPER},
	{"MS", KEY_MILLISECOND, true, NONE, CASE_UPPER},
	{"Month", KEY_MONTH_NAME, false, GREGORIAN, CASE_CAPITAL},
	{"Mon", KEY_MONTH_SHORT, false, GREGORIAN, CASE_CAPITAL},
	{"OF", KEY_OFFSET, false, NONE, CASE_UPPER},
	{"P.M.", KEY_AM_DOTS, false, NONE, CASE_UPPER},
	{"PM", KEY_AM, false, NONE, CASE_UPPER},
	{"Q", KEY_QUARTER, true, NONE, CASE_UPPER},
	{"RM", KEY_ROMAN, false, GREGORIAN, CASE_UPPER},
	{"SSSSS", KEY_DAY_SECOND, true, NONE, CASE_UPPER},
	{"SSSS", KEY_DAY_SECOND, true, NONE, CASE_UPPER},
	{"SS", KEY_SECOND, true, NONE, CASE_UPPER},
	{"TZH", KEY_ZONE_HOUR, false, NONE, CASE_UPPER},
	{"TZM", KEY_ZONE_MINUTE, true, NONE, CASE_UPPER},
	{"TZ", KEY_ZONE, false, NONE, CASE_UPPER},
	{"US", KEY_MICROSECOND, true, NONE, CASE_UPPER},
	{"WW", KEY_WEEK, true, GREGORIAN, CASE_UPPER},
	{"W", KEY_MONTH_WEEK, true, GREGORIAN, CASE_UPPER},
	{"Y,YYY", KEY_YEAR_COMMA, true, GREGORIAN, CASE_UPPER},
	{"YYYY", KEY_YEAR, true, GREGORIAN, CASE_UPPER},
	{"YYY", KEY_YEAR, true, GREGORIAN, CASE_UPPER},
	{"YY", KEY_YEAR, true, GREGORIAN, CASE_UPPER},
	{"Y", KEY_YEAR, true, GREGORIAN, CASE_UPPER},
	{"a.d.", KEY_AD_DOTS, false, NONE, CASE_LOWER},
	{"a.m.", KEY_AM_DOTS, false, NONE, CASE_LOWER},
	{"ad", KEY_AD, false, NONE, CASE_LOWER},
	{"am", KEY_AM, false, NONE, CASE_LOWER},
	{"b.c.", KEY_AD_DOTS, false, NONE, CASE_LOWER},
	{"bc", KEY_AD, false, NONE, CASE_LOWER},
	{"cc", KEY_CENTURY, true, NONE, CASE_LOWER},
	{"day", KEY_WEEKDAY_NAME, false, NONE, CASE_LOWER},
	{"ddd", KEY_YEAR_DAY, true, GREGORIAN, CASE_LOWER},
	{"dd", KEY_DAY, true, GREGORIAN, CASE_LOWER},
	{"dy", KEY_WEEKDAY_SHORT, false, NONE, CASE_LOWER},
	{"d", KEY_WEEKDAY, true, GREGORIAN, CASE_LOWER},
	{"ff1", KEY_FRACTION, true, NONE, CASE_LOWER},
	{"ff2", KEY_FRACTION, true, NONE, CASE_LOWER},
	{"ff3", KEY_FRACTION, true, NONE, CASE_LOWER},
	{"ff4", KEY_FRACTION, true, NONE, CASE_LOWER},
	{"ff5", KEY_FRACTION, true, NONE, CASE_LOWER},
	{"ff6", KEY_FRACTION, true, NONE, CASE_LOWER},
	{"fx", KEY_FIXED, false, NONE, CASE_LOWER},
	{"hh24", KEY_HOUR_24, true, NONE, CASE_LOWER},
	{"hh12", KEY_HOUR_12, true, NONE, CASE_LOWER},
	{"hh", KEY_HOUR_12, true, NONE, CASE_LOWER},
	{"iddd", KEY_ISO_YEAR_DAY, true, ISO, CASE_LOWER},
	{"id", KEY_ISO_WEEKDAY, true, ISO, CASE_LOWER},
	{"iw", KEY_ISO_WEEK, true, ISO, CASE_LOWER},
	{"iyyy", KEY_ISO_YEAR, true, ISO, CASE_LOWER},
	{"iyy", KEY_ISO_YEAR, true, ISO, CASE_LOWER},
	{"iy", KEY_ISO_YEAR, true, ISO, CASE_LOWER},
	{"i", KEY_ISO_YEAR, true, ISO, CASE_LOWER},
	{"j", KEY_JULIAN, true, NONE, CASE_LOWER},
	{"mi", KEY_MINUTE, true, NONE, CASE_LOWER},
	{"mm", KEY_MONTH, true, GREGORIAN, CASE_LOWER},
	{"month", KEY_MONTH_NAME, false, GREGORIAN, CASE_LOWER},
	{"mon", KEY_MONTH_SHORT, false, GREGORIAN, CASE_LOWER},
	{"ms", KEY_MILLISECOND, true, NONE, CASE_LOWER},
	{"of", KEY_OFFSET, false, NONE, CASE_LOWER},
	{"p.m.", KEY_AM_DOTS, false, NONE, CASE_LOWER},
	{"pm", KEY_AM, false, NONE, CASE_LOWER},
	{"q", KEY_QUARTER, true, NONE, CASE_LOWER},
	{"rm", KEY_ROMAN, false, GREGORIAN, CASE_LOWER},
	{"sssss", KEY_DAY_SECOND, true, NONE, CASE_LOWER},
	{"ssss", KEY_DAY_SECOND, true, NONE, CASE_LOWER},
	{"ss", KEY_SECOND, true, NONE, CASE_LOWER},
	{"tzh", KEY_ZONE_HOUR, false, NONE, CASE_LOWER},
	{"tzm", KEY_ZONE_MINUTE, true, NONE, CASE_LOWER},
	{"tz", KEY_ZONE, false, NONE, CASE_LOWER},
	{"us", KEY_MICROSECOND, true, NONE, CASE_LOWER},
	{"ww", KEY_WEEK, true, GREGORIAN, CASE_LOWER},
	{"w", KEY_MONTH_WEEK, true, GREGORIAN, CASE_LOWER},
	{"y,yyy", KEY_YEAR_COMMA, true, GREGORIAN, CASE_LOWER},
	{"yyyy", KEY_YEAR, true, GREGORIAN, CASE_LOWER},
	{"yyy", KEY_YEAR, true, GREGORIAN, CASE_LOWER},
	{"yy", KEY_YEAR, true, GREGORIAN, CASE_LOWER},
	{"y", KEY_YEAR, true, GREGORIAN, CASE_LOWER},
};
#undef GREGORIAN
#undef ISO
#undef NONE
/* clang-format on */

static bool
starts_with(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

static const struct format_keyword *
find_keyword(const char *p, const char *end)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (keywords[i].name[0] == *p && starts_with(p, end, keywords[i].name))
			return &keywords[i];
	}
	return NULL;
}

static size_t
character_length(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

	return n < (size_t)(end - p) ? n : (size_t)(end - p);
}

static bool
separator(char c)
{
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
	       !(c >= 'a' && c <= 'z');
}

static const char *
add_character(struct format *f, const char *p, const char *end, enum format_node_kind kind)
{
	size_t n = character_length(p, end);

	f->nodes[f->n++] = (struct format_node){.kind = kind, .character = {p, n}};
	return p + n;
}

/* "…": every character for itself, a backslash before one that is meant so. */
static const char *
add_quoted(struct format *f, const char *p, const char *end)
{
	while (p < end) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p + 1 < end)
			p++;
		p = add_character(f, p, end, NODE_CHARACTER);
	}
	return p;
}

static const char *
add_field(struct format *f, const char *p, const char *end, const struct format_keyword *k,
	bool fill, bool translate)
{
	struct format_node *n = &f->nodes[f->n++];

	*n = (struct format_node){
		.kind = NODE_FIELD, .keyword = k, .fill = fill, .translate = translate};
	p += strlen(k->name);
	if (starts_with(p, end, "TH") || starts_with(p, end, "th")) {
		n->ordinal = true;
		n->ordinal_upper = *p == 'T';
		p += 2;
	} else if (starts_with(p, end, "SP")) { /* spelled out: PostgreSQL ignores it, too */
		p += 2;
	}
	return p;
}

int
format_parse(struct eval_context *ctx, struct text pattern, struct format *f)
{
	const char *p = pattern.ptr, *end = p + pattern.len;

	f->n = 0;
	f->nodes = arena_alloc(ctx->arena, (pattern.len + 1) * sizeof *f->nodes);
	if (f->nodes == NULL)
		return eval_nomem(ctx);
	while (p < end) {
		const struct format_keyword *k;
		bool fill = starts_with(p, end, "FM") || starts_with(p, end, "fm");
		bool translate = starts_with(p, end, "TM") || starts_with(p, end, "tm");

		p += fill || translate ? 2 : 0;
		if (p == end)
			break;
		k = find_keyword(p, end);
		if (k != NULL) {
			p = add_field(f, p, end, k, fill, translate);
		} else if (*p == '"') {
			p = add_quoted(f, p + 1, end);
		} else {
			if (starts_with(p, end, "\\\""))
				p++;
			p = add_character(f, p, end,
				separator(*p)  ? NODE_SEPARATOR
				: space_is(*p) ? NODE_SPACE
					       : NODE_CHARACTER);
		}
	}
	return 0;
}

/* The calendar of weeks */

int
weekday_of(int64_t days)
{
	return (int)(((days + 6) % 7 + 7) % 7);
}

int64_t
iso_week_begin(int64_t year, int64_t week)
{
	int64_t fourth = days_from_civil(year, 1, 4);

	return (week - 1) * 7 + fourth - (weekday_of(fourth) + 6) % 7;
}

void
iso_week_of(int64_t days, int *year, int *week)
{
	struct civil c;

	/* the week belongs to the year of its Thursday */
	civil_from_days(days - (weekday_of(days) + 6) % 7 + 3, &c);
	*year = c.year;
	*week = (int)((days - iso_week_begin(c.year, 1)) / 7) + 1;
}

/* Functions */

static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct format *f;

	if (constants[1] == NULL || constants[1]->null)
		return 0;
	f = arena_alloc(ctx->arena, sizeof *f);
	if (f == NULL)
		return eval_nomem(ctx);
	if (format_parse(ctx, constants[1]->s, f) < 0)
		return -1;
	site->prepared = f;
	return 0;
}

/* The prepared pattern, or that of this record, parsed into *own; NULL when out of memory. */
static const struct format *
pattern_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct format *own)
{
	if (site->prepared != NULL)
		return site->prepared;
	return format_parse(ctx, args[1].s, own) < 0 ? NULL : own;
}

static int
to_char(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct format own;
	const struct format *f = pattern_of(ctx, site, args, &own);
	bool zone = site->function->args[0] == TYPE_TIMESTAMPTZ;

	if (f == NULL)
		return -1;
	if (args[1].s.len == 0 || !timestamp_finite(args[0].t)) {
		result->null = true;
		return 0;
	}
	return format_print(ctx, f, args[0].t, zone, &result->s);
}

static int
interval_to_char(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct format own;
	const struct format *f = pattern_of(ctx, site, args, &own);

	if (f == NULL)
		return -1;
	result->null = args[1].s.len == 0;
	return result->null ? 0 : format_print_interval(ctx, f, &args[0].iv, &result->s);
}

static int
to_timestamp(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct format own;
	const struct format *f = pattern_of(ctx, site, args, &own);
	struct format_time t;

	if (f == NULL || format_read(ctx, f, args[0].s, &t) < 0)
		return -1;
	if (!timestamp_from_civil(&t.c, t.offset, &result->t))
		return eval_fail(ctx, "22008", "timestamp out of range");
	if (t.precision > 0)
		result->t = timestamp_round(result->t, t.precision);
	return 0;
}

static int
to_date(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct format own;
	const struct format *f = pattern_of(ctx, site, args, &own);
	struct format_time t;

	if (f == NULL || format_read(ctx, f, args[0].s, &t) < 0)
		return -1;
	result->d =
		civil_in_range(&t.c) ? days_from_civil(t.c.year, t.c.month, t.c.day) : DATE_END;
	if (result->d < DATE_FIRST || result->d >= DATE_END)
		return eval_fail(ctx, "22008", "date out of range: \"%.*s\"",
			shown(args[0].s.len), args[0].s.ptr);
	return 0;
}

/* clang-format off */
#define WITH_PATTERN(name, result, type, call) \
	{name, TYPE_##result, 2, {TYPE_##type, TYPE_TEXT}, FUNCTION_STRICT, call, prepare, NULL}

const struct function time_format_functions[] = {
	WITH_PATTERN("to_char", TEXT, TIMESTAMP, to_char),
	WITH_PATTERN("to_char", TEXT, TIMESTAMPTZ, to_char),
	WITH_PATTERN("to_char", TEXT, INTERVAL, interval_to_char),
	WITH_PATTERN("to_date", DATE, TEXT, to_date),
	WITH_PATTERN("to_timestamp", TIMESTAMPTZ, TEXT, to_timestamp),
	{0},
};
/* clang-format on */
