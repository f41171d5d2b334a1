/*
 * time_test.c - dates, timestamps, intervals and zones against PostgreSQL
 */
#include "expr/oracle_test.h"
#include "expr/time.h"

static const struct function *const functions[] = {
	time_functions, interval_functions, time_zone_functions, NULL};
static const struct cast *const casts[] = {time_casts, number_casts, float8_casts, NULL};

/* Generators */

static const char *
any(struct rng *r, const char *const *list, size_t n)
{
	return list[rng_below(r, (unsigned)n)];
}
#define ANY(r, list) any(r, list, sizeof(list) / sizeof *(list))

static const char *const months[] = {"Jan", "feb", "MAR", "April", "may", "June", "july", "Aug",
	"Sept", "sep", "October", "Nov", "december", "Febr"};

static const char *const clocks[] = {"00:00:00", "23:59:59", "24:00:00", "24:00:01", "12:30",
	"1:2:3", "12:30:60", "12:60:00", "25:00", "10:11:12.345678", "10:11:12.3456789",
	"10:11:12.", "23:59:59.9999999", "11:12.5", "12::30", "101112", "1011", "T101112",
	"t10:11", "10:11 AM", "10:11 pm", "12:00 am", "12:00 PM", "13:00 pm", "00:00 AM",
	"10:11:12:13", "10:", "allballs", "040506.789", "10:11:12.5e3", "-10:00"};

static const char *const zones[] = {"Z", "UTC", "utc", "GMT", "+00", "+03", "-05:30", "+0530",
	"+05:30:15", "-1600", "+15:59:59", "+16", "EST", "edt", "MST", "CEST", "MSK",
	"Europe/Berlin", "america/new_york", "Asia/Riyadh", "Foo/Bar", "PST8PDT", "EST DST",
	"MET DST", "zulu", "+3", "Asia/Kolkata", "Etc/GMT+5", "BC", "AD", "Europe/Dublin",
	"IST", "xyz"};

static void
generate_day(struct rng *r, char *buf)
{
	int year = (int)rng_below(r, 20) == 0 ? (int)rng_below(r, 300000)
					      : 1890 + (int)rng_below(r, 180);
	int month = 1 + (int)rng_below(r, 12), day = 1 + (int)rng_below(r, 31);
	static const char *const seps[] = {"-", "/", ".", " ", "", "--", ", "};
	const char *sep = ANY(r, seps);

	if (rng_below(r, 30) == 0)
		month = (int)rng_below(r, 15);
	switch (rng_below(r, 14)) {
	case 0:
	case 1:
	case 2: snprintf(buf, 64, "%04d-%02d-%02d", year, month, day % 29 + 1); break;
	case 3: snprintf(buf, 64, "%d%s%d%s%d", month, sep, day, sep, year); break;
	case 4: snprintf(buf, 64, "%d%s%d%s%02d", day, sep, month, sep, year % 100); break;
	case 5: snprintf(buf, 64, "%s%s%d%s%d", ANY(r, months), sep, day, sep, year); break;
	case 6:
		snprintf(buf, 64, "%d%s%s%s%d", day, sep, ANY(r, months), sep,
			year % (rng_below(r, 2) ? 100 : 10000));
		break;
	case 7: snprintf(buf, 64, "%d%s%s%s%d", year, sep, ANY(r, months), sep, day); break;
	case 8: snprintf(buf, 64, "%04d%02d%02d", year, month, day % 29 + 1); break;
	case 9: snprintf(buf, 64, "%02d%02d%02d", year % 100, month, day % 29 + 1); break;
	case 10:
		snprintf(buf, 64, "%04d%s%03d", year, rng_below(r, 2) ? "." : "-",
			(int)rng_below(r, 370));
		break;
	case 11:
		snprintf(buf, 64, "%s%d", rng_below(r, 2) ? "J" : "julian ",
			(int)rng_below(r, 3000000));
		break;
	case 12: snprintf(buf, 64, "%04d-%d-%d", year, month, day); break;
	default: snprintf(buf, 64, "%04d%s%02d%s%02d", year, sep, month, sep, day); break;
	}
}

static void
mutate(struct rng *r, char *buf)
{
	static const char bytes[] = "0123456789+-:./ TZajpmbc\t,'#_J";
	size_t len = strlen(buf), at;

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)buf[i] >=
			0x80) /* the server would refuse half a character */
			return;
	}
	if (len == 0)
		return;
	at = rng_below(r, (unsigned)len);
	switch (rng_below(r, 3)) {
	case 0: buf[at] = bytes[rng_below(r, sizeof bytes - 1)]; break;
	case 1: memmove(buf + at, buf + at + 1, len - at); break;
	default:
		memmove(buf + at + 1, buf + at, len - at + 1);
		buf[at] = bytes[rng_below(r, sizeof bytes - 1)];
		break;
	}
}

static void
generate_text(struct rng *r, char *buf)
{
	static const char *const words[] = {"", " ", "infinity", "-infinity", "+Infinity",
		"- infinity", "epoch", "Epoch ", "inf", "NULL", "0", "1", "12", "123", "1234",
		"12345", "123456", "1234567", "12345678", "0000-00-00", "0000-00-00 00:00:00",
		"2020-02-29", "2019-02-29", "1900-02-29", "2000-02-29", "1999-1-8", "01/02/03",
		"1/18/1999", "18/1/1999", "Jan-08-1999", "08-Jan-1999", "Jan-08-99",
		"99-Jan-08", "08-Jan-99", "1999-Jan-08", "Jan 8, 1999", "January 8, 99 BC",
		"J2451187", "J2451187.25", "J2451187-05", "2020-W10", "2020-01", "2020",
		"4714-11-24 BC", "4714-11-23 BC", "294276-12-31 23:59:59.999999",
		"294277-01-01", "5874897-12-31", "5874898-01-01", "2147483648-01-01",
		"99999999999", "0001-01-01", "0001-01-01 BC", "0000-01-01", "1-jan2020",
		"jan2020", "12jan2020", "20200101T101112", "20200101T101112-05",
		"2020-01-01T10:11:12Z", "2020-01-01T10:11:12.5+03:00", "2020-01-01 101112-05",
		"Wed Jan 1 10:11:12 2020", "Wed Jan 01 10:11:12 2020 PST", "1.1.2020",
		"31.12.2020", "12.31.2020", "2020-01-01 10:11:12 BC", "2020-01-01 BC 10:11",
		"at 2020-01-01", "on 2020-01-01", "2020-01-01 t", "2020-01-01 j", "y2020",
		"2020y", "m1", "1 2 3", "1999-01-08 04:05:06.7891234",
		"1999-01-08 04:05:06 America/New_York EST", "é", "2020-01-01 \xc2\xa0 10:11",
		"2020.060", "2020.366", "2019.366", "2020-060", "20.1"};
	char day[80];

	if (rng_below(r, 3) == 0) {
		snprintf(buf, ORACLE_TEXT, "%s", ANY(r, words));
	} else {
		generate_day(r, day);
		switch (rng_below(r, 8)) {
		case 0:
		case 1: snprintf(buf, ORACLE_TEXT, "%s", day); break;
		case 2:
		case 3: snprintf(buf, ORACLE_TEXT, "%s %s", day, ANY(r, clocks)); break;
		case 4:
		case 5:
			snprintf(buf, ORACLE_TEXT, "%s %s %s", day, ANY(r, clocks),
				ANY(r, zones));
			break;
		case 6:
			snprintf(
				buf, ORACLE_TEXT, "%s%s%s", day, ANY(r, clocks), ANY(r, zones));
			break;
		default:
			snprintf(buf, ORACLE_TEXT, "%s %s %s", ANY(r, clocks), ANY(r, zones),
				day);
			break;
		}
	}
	if (rng_below(r, 4) == 0)
		mutate(r, buf);
}

static void
generate_date(struct rng *r, char *buf)
{
	static const char *const edges[] = {"infinity", "-infinity", "4714-11-24 BC",
		"5874897-12-31", "294276-12-31", "294277-01-01", "0001-12-31 BC", "0001-01-01",
		"1999-12-31", "2000-01-01", "2000-02-29", "1970-01-01"};

	if (rng_below(r, 5) == 0)
		snprintf(buf, 64, "%s", ANY(r, edges));
	else
		snprintf(buf, 64, "%04d-%02d-%02d", 1 + (int)rng_below(r, 2500),
			1 + (int)rng_below(r, 12), 1 + (int)rng_below(r, 28));
}

static void
generate_timestamp(struct rng *r, char *buf)
{
	static const char *const edges[] = {"infinity", "-infinity", "4714-11-24 00:00:00 BC",
		"294276-12-31 23:59:59.999999", "0001-12-31 23:59:59.9 BC",
		"2000-01-01 00:00:00", "1999-12-31 23:59:59.5", "2020-02-29 12:00:00",
		"2020-01-31 10:00:00", "1970-01-01 00:00:00.000001"};

	if (rng_below(r, 5) == 0)
		snprintf(buf, 64, "%s", ANY(r, edges));
	else
		snprintf(buf, 64, "%04d-%02d-%02d %02d:%02d:%02d.%06d",
			rng_below(r, 4) ? 1890 + (int)rng_below(r, 200)
					: 1 + (int)rng_below(r, 9999),
			1 + (int)rng_below(r, 12), 1 + (int)rng_below(r, 28),
			(int)rng_below(r, 24), (int)rng_below(r, 60), (int)rng_below(r, 60),
			rng_below(r, 2) ? 0 : (int)rng_below(r, 1000000));
}

/* Near enough to each other that version 15's subtraction does not wrap around. */
static void
generate_recent(struct rng *r, char *buf)
{
	do
		generate_timestamp(r, buf);
	while (strncmp(buf, "294276", 6) == 0);
}

static void
generate_span(struct rng *r, char *buf)
{
	static const char *const edges[] = {"0", "1 day", "-1 day", "1 month", "-1 month",
		"12 months", "1 mon -1 day +01:00", "178956970 years 7 mons",
		"-178956970 years -8 mons", "2147483647 days", "-2147483648 days",
		"2562047788:00:54.775807", "24 hours", "30 days", "00:00:00.000001",
		"-00:00:00.000001", "-1 years -2 mons +3 days -04:05:06.7"};

	if (rng_below(r, 3) == 0)
		snprintf(buf, 128, "%s", ANY(r, edges));
	else
		snprintf(buf, 128, "%d mons %d days %s%02d:%02d:%02d.%06d",
			(int)rng_below(r, 200) - 100, (int)rng_below(r, 2000) - 1000,
			rng_below(r, 2) ? "-" : "", (int)rng_below(r, 50),
			(int)rng_below(r, 60), (int)rng_below(r, 60),
			(int)rng_below(r, 1000000));
}

static void
generate_span_text(struct rng *r, char *buf)
{
	static const char *const units[] = {"y", "year", "years", "yr", "mon", "month",
		"months", "mons", "w", "weeks", "d", "day", "days", "h", "hr", "hours", "m",
		"min", "minutes", "s", "sec", "seconds", "ms", "milliseconds", "us",
		"microseconds", "c", "century", "decades", "mil", "millennium", "quarter",
		"ago", "foo", "", "@", "timezone"};
	static const char *const whole[] = {"", " ", "P1Y2M3DT4H5M6S", "P1.5Y", "PT1.5H", "P1W",
		"P", "PT", "P1", "P0001-02-03T04:05:06", "P00010203T040506", "P-1Y-2M", "P1e2D",
		"p1d", "P1YT", "P1D2H", "PT1D", "P1M1D", "1-2", "-1-2", "+1-2 3 4:05:06",
		"1-12", "1 -2:03", "1 +02:03", "01:02:03", "-01:02:03.5", "100:00", "1:60",
		"02:03.5", "1", "1.5", "-.5", ".5 days", "9223372036854775807 us",
		"9223372036854775808 us", "2147483648 days", "2147483647 mons",
		"178956971 years", "1.5 years 1.5 months 1.5 weeks 1.5 days",
		"01:02:03 1.5 days", "1 day 1 day", "1 hour 01:00", "infinity", "-infinity",
		"1 day ago", "ago 1 day", "1 year 2 mons ago", "@ 1 minute", "@ 1 minute ago",
		"P1Y-1D", "P2000000000Y", "1e3 days", "153722867280:54:54.775807",
		"2562047788:00:54.775808", "1 microsecond", "5 d 3 h"};
	size_t len = 0;

	if (rng_below(r, 3) == 0) {
		snprintf(buf, ORACLE_TEXT, "%s", ANY(r, whole));
	} else {
		unsigned n = 1 + rng_below(r, 4);

		for (unsigned i = 0; i < n; i++)
			len += (size_t)snprintf(buf + len, 64, "%s%s%d%s%s %s", i ? " " : "",
				rng_below(r, 4) ? "" : "-", (int)rng_below(r, 400),
				rng_below(r, 3) ? "" : ".", rng_below(r, 3) ? "" : "7501",
				ANY(r, units));
		if (rng_below(r, 4) == 0)
			snprintf(buf + len, 64, " %s", ANY(r, clocks));
	}
	if (rng_below(r, 5) == 0)
		mutate(r, buf);
}

static void
generate_small(struct rng *r, char *buf)
{
	static const char *const edges[] = {"2147483647", "-2147483648", "0"};

	if (rng_below(r, 8) == 0)
		snprintf(buf, 32, "%s", ANY(r, edges));
	else
		snprintf(buf, 32, "%d", (int)rng_below(r, 20000) - 10000);
}

static void
generate_factor(struct rng *r, char *buf)
{
	static const char *const edges[] = {"0", "1", "-1", "0.5", "1e10", "1e-10", "NaN",
		"Infinity", "0.333333333", "1.1"};

	if (rng_below(r, 3) == 0)
		snprintf(buf, 64, "%s", ANY(r, edges));
	else
		snprintf(buf, 64, "%.6g", ((double)rng_below(r, 2000000) - 1000000) / 12345);
}

static void
generate_epoch(struct rng *r, char *buf)
{
	static const char *const edges[] = {"NaN", "Infinity", "-Infinity", "0", "-0.5",
		"1e300", "9224318016000", "9224318015999.999", "-210866803200",
		"-210866803200.5", "1.5", "1600000000.123456789", "-210866803201"};

	if (rng_below(r, 3) == 0)
		snprintf(buf, 64, "%s", ANY(r, edges));
	else
		snprintf(buf, 64, "%.7f", (double)((int64_t)rng_next(r) >> 24) / 1000);
}

static void
generate_zone(struct rng *r, char *buf)
{
	static const char *const names[] = {"Europe/Berlin", "America/New_York", "Asia/Riyadh",
		"Europe/Dublin", "Europe/Moscow", "Australia/Lord_Howe", "America/Sao_Paulo",
		"Africa/Casablanca", "Asia/Kolkata", "Pacific/Apia", "Asia/Tehran",
		"Antarctica/Troll", "Pacific/Kiritimati", "America/St_Johns", "Africa/Monrovia",
		"Asia/Kathmandu", "Europe/Amsterdam", "Africa/Cairo", "Asia/Gaza",
		"America/Godthab", "EST5EDT", "CET", "Etc/GMT-14", "Etc/UTC",
		"posix/Europe/Paris", "Asia/Dubai", "Africa/Juba", "Europe/London",
		"America/Caracas", "Pacific/Chatham", "US/Eastern", "GB"};
	static const char *const forms[] = {"UTC", "utc", "GMT", "EST", "edt", "CET", "CEST",
		"MSK", "msd", "IST", "Z", "+03", "-07:30", "+5:45", "3", "FOO3",
		"FOO-3:30BAR,M3.2.0,M11.1.0", "foo3bar,J60/0,J300", "<+03>-3",
		"XXX3EDT4,0/0,J365/23", "foo3bar,M3.5.0/-2,M10.5.0", "", " ", "Foo/Bar",
		"../etc/passwd", "Europe", "Europe/", "/Europe/Berlin", "europe/BERLIN",
		"Europe/../Europe/Berlin", "zone.tab", "+25", "+168", "UTC+3", "GMT-5",
		"PST8PDT,", "ALMT", "GEST", "VLAT", "CLT", "LHST", "EASST", "Europe/Berlin ",
		"iran"};
	snprintf(buf, 128, "%s", rng_below(r, 3) ? ANY(r, names) : ANY(r, forms));
	if (rng_below(r, 20) == 0) {
		for (char *c = buf; *c != '\0'; c++) {
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - 'a' + 'A');
		}
	}
}

/* Near a change of some zone's clock more often than chance would have it. */
static void
generate_local(struct rng *r, char *buf)
{
	static const char *const changes[] = {"2020-03-29 0", "2020-10-25 0", "2021-03-14 0",
		"2021-11-07 0", "2014-10-26 0", "2011-03-27 0", "2011-12-30 0", "2037-10-25 0",
		"2038-03-28 0", "2050-03-27 0", "2050-10-30 0", "2400-03-26 0", "1945-05-24 0",
		"1883-11-18 1", "1916-04-30 2", "9999-10-31 0", "2020-04-05 0", "2020-10-04 0",
		"1972-01-07 0", "1937-07-01 0", "3001-03-29 0"};

	if (rng_below(r, 2) == 0)
		generate_timestamp(r, buf);
	else
		snprintf(buf, 64, "%s%d:%02d:%02d", ANY(r, changes), (int)rng_below(r, 4),
			rng_below(r, 2) ? 0 : (int)rng_below(r, 60),
			rng_below(r, 2) ? 0 : (int)rng_below(r, 60));
}

static void
generate_hours(struct rng *r, char *buf)
{
	static const char *const spans[] = {
		"3 hours", "-05:30", "1 day", "1 mon", "00:00:00.5", "0"};

	snprintf(buf, 32, "%s", ANY(r, spans));
}

/* Tests */

static int
open_oracle(void **state)
{
	static struct oracle o = {.functions = functions, .casts = casts};

	oracle_open(&o);
	*state = &o;
	return 0;
}

static int
close_oracle(void **state)
{
	oracle_close(*state);
	return 0;
}

#define UNTYPED(type_, gen)                                                                    \
	{                                                                                      \
		.type = TYPE_##type_, .generate = generate_##gen                               \
	}
#define CAST(from, gen, to_)                                                                   \
	{                                                                                      \
		.args = {UNTYPED(from, gen)}, .nargs = 1, .to = TYPE_##to_, .typmod = -1       \
	}
#define CAST_MOD(from, gen, to_, p)                                                            \
	{                                                                                      \
		.args = {UNTYPED(from, gen)}, .nargs = 1, .to = TYPE_##to_, .typmod = (p),     \
		.typmod_sql = "(" #p ")"                                                       \
	}
#define CALL1(fn, a, ga)                                                                       \
	{                                                                                      \
		.name = (fn), .args = {UNTYPED(a, ga)}, .nargs = 1, .typmod = -1               \
	}
#define CALL2(fn, a, ga, b, gb)                                                                \
	{                                                                                      \
		.name = (fn), .args = {UNTYPED(a, ga), UNTYPED(b, gb)}, .nargs = 2,            \
		.typmod = -1                                                                   \
	}

static void
check_all(void **state, const struct probe *probes, size_t n, size_t cases)
{
	for (size_t i = 0; i < n; i++)
		oracle_check(*state, &probes[i], cases);
}
#define CHECK_ALL(probes, cases)                                                               \
	check_all(state, probes, sizeof(probes) / sizeof *(probes), cases)

static void
test_examples(void **state)
{
	static const struct example examples[] = {
		{NULL, {TYPE_TEXT}, {"1999-01-08"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"January 8, 1999"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"1/8/1999"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"18/1/1999"}, TYPE_DATE,
			"22008 date/time field value out of range: \"18/1/1999\""},
		{NULL, {TYPE_TEXT}, {"0000-00-00"}, TYPE_DATE,
			"22008 date/time field value out of range: \"0000-00-00\""},
		{NULL, {TYPE_TEXT}, {""}, TYPE_DATE,
			"22007 invalid input syntax for type date: \"\""},
		{NULL, {TYPE_TEXT}, {"19990108"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"990108"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"1999.008"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"J2451187"}, TYPE_DATE, "1999-01-08"},
		{NULL, {TYPE_TEXT}, {"January 8, 99 BC"}, TYPE_DATE, "0099-01-08 BC"},
		{NULL, {TYPE_TEXT}, {"today"}, TYPE_DATE,
			"0A000 date/time word \"today\" is not supported"},
		{NULL, {TYPE_TEXT}, {"1999-01-08 04:05:06.7890000"}, TYPE_TIMESTAMP,
			"1999-01-08 04:05:06.789"},
		{NULL, {TYPE_TEXT}, {"1999-01-08T04:05:06Z"}, TYPE_TIMESTAMPTZ,
			"1999-01-08 04:05:06+00"},
		{NULL, {TYPE_TEXT}, {"1999-01-08 04:05:06 -8:00"}, TYPE_TIMESTAMPTZ,
			"1999-01-08 12:05:06+00"},
		{NULL, {TYPE_TEXT}, {"1999-01-08 04:05 PM PST"}, TYPE_TIMESTAMPTZ,
			"1999-01-09 00:05:00+00"},
		{NULL, {TYPE_TEXT}, {"2020-07-01 12:00 Europe/Berlin"}, TYPE_TIMESTAMPTZ,
			"2020-07-01 10:00:00+00"},
		{NULL, {TYPE_TEXT}, {"2020-01-01 24:00:00"}, TYPE_TIMESTAMP,
			"2020-01-02 00:00:00"},
		{NULL, {TYPE_TEXT}, {"2020-01-01 24:00:01"}, TYPE_TIMESTAMP,
			"22008 date/time field value out of range: \"2020-01-01 24:00:01\""},
		{NULL, {TYPE_TEXT}, {"-infinity"}, TYPE_TIMESTAMP, "-infinity"},
		{NULL, {TYPE_TEXT}, {"294277-01-01"}, TYPE_TIMESTAMP,
			"22008 timestamp out of range: \"294277-01-01\""},
		{NULL, {TYPE_TEXT}, {"1 12:59:10"}, TYPE_INTERVAL, "1 day 12:59:10"},
		{NULL, {TYPE_TEXT}, {"P1Y2M3DT4H5M6S"}, TYPE_INTERVAL,
			"1 year 2 mons 3 days 04:05:06"},
		{NULL, {TYPE_TEXT}, {"-1-2 +3 -4:05:06"}, TYPE_INTERVAL,
			"-1 years -2 mons +3 days -04:05:06"},
		{"+", {TYPE_DATE, TYPE_INT4}, {"2001-09-28", "7"}, TYPE_UNKNOWN, "2001-10-05"},
		{"-", {TYPE_DATE, TYPE_DATE}, {"2001-10-01", "2001-09-28"}, TYPE_UNKNOWN, "3"},
		{"+", {TYPE_TIMESTAMP, TYPE_INTERVAL}, {"2020-01-31 10:00", "1 month"},
			TYPE_UNKNOWN, "2020-02-29 10:00:00"},
		{"-", {TYPE_TIMESTAMP, TYPE_TIMESTAMP},
			{"2001-09-29 03:00", "2001-07-27 12:00"}, TYPE_UNKNOWN,
			"63 days 15:00:00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMP},
			{"America/Denver", "2001-02-16 20:38:40"}, TYPE_UNKNOWN,
			"2001-02-17 03:38:40+00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMP}, {"Europe/Berlin", "2020-03-29 02:30"},
			TYPE_UNKNOWN, "2020-03-29 01:30:00+00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMP}, {"Europe/Berlin", "2020-10-25 02:30"},
			TYPE_UNKNOWN, "2020-10-25 01:30:00+00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMPTZ},
			{"Asia/Riyadh", "2020-01-01 00:00+00"}, TYPE_UNKNOWN,
			"2020-01-01 03:00:00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMP}, {"+03", "2020-01-01"}, TYPE_UNKNOWN,
			"2020-01-01 03:00:00+00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMP}, {"Europe/Berlin", "2400-07-01"},
			TYPE_UNKNOWN, "2400-06-30 22:00:00+00"},
		{"timezone", {TYPE_TEXT, TYPE_TIMESTAMP}, {"../../etc/passwd", "2020-01-01"},
			TYPE_UNKNOWN, "22023 time zone \"../../etc/passwd\" not recognized"},
		{"to_timestamp", {TYPE_FLOAT8}, {"1284352323.5"}, TYPE_UNKNOWN,
			"2010-09-13 04:32:03.5+00"},
	};

	oracle_examples(*state, examples, sizeof examples / sizeof *examples);
}

/*
 * Words for the clock's time are refused, and so is a POSIX zone with a summer
 * time but no rule, which some mutated zone's name turns into.
 */
static bool
deviation(const struct expr_error *ours)
{
	return strcmp(ours->sqlstate, "0A000") == 0 ||
	       (strcmp(ours->sqlstate, "22023") == 0 &&
		       strpbrk(ours->message, "0123456789") != NULL);
}

static void
test_text_to_times(void **state)
{
	struct oracle *o = *state;
	static const struct probe probes[] = {
		CAST(TEXT, text, DATE),
		CAST(TEXT, text, TIMESTAMP),
		CAST(TEXT, text, TIMESTAMPTZ),
		CAST_MOD(TEXT, text, TIMESTAMP, 3),
		CAST_MOD(TEXT, timestamp, TIMESTAMPTZ, 0),
		CAST(TEXT, local, TIMESTAMPTZ),
	};

	o->excuse = deviation;
	CHECK_ALL(probes, 15000);
	o->excuse = NULL;
}

static void
test_text_to_interval(void **state)
{
	static const struct probe probe = CAST(TEXT, span_text, INTERVAL);

	oracle_check(*state, &probe, 20000);
}

static void
test_casts(void **state)
{
	static const struct probe probes[] = {
		CAST(DATE, date, TIMESTAMP),
		CAST(DATE, date, TIMESTAMPTZ),
		CAST(TIMESTAMP, timestamp, DATE),
		CAST(TIMESTAMP, timestamp, TIMESTAMPTZ),
		CAST(TIMESTAMPTZ, timestamp, DATE),
		CAST(TIMESTAMPTZ, timestamp, TIMESTAMP),
		CAST_MOD(TIMESTAMP, timestamp, TIMESTAMP, 0),
		CAST_MOD(TIMESTAMP, timestamp, TIMESTAMP, 2),
		CAST_MOD(TIMESTAMP, timestamp, TIMESTAMPTZ, 5),
		CAST_MOD(TIMESTAMPTZ, timestamp, TIMESTAMPTZ, 6),
	};

	CHECK_ALL(probes, 1000);
}

static void
test_comparison(void **state)
{
	static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};
	static const struct oracle_arg times[] = {{TYPE_DATE, generate_date},
		{TYPE_TIMESTAMP, generate_timestamp}, {TYPE_TIMESTAMPTZ, generate_timestamp}};
	struct probe p = {.nargs = 2, .typmod = -1};

	for (size_t i = 0; i < 6; i++) {
		p.name = names[i];
		for (size_t a = 0; a < 3; a++) {
			for (size_t b = 0; b < 3; b++) {
				p.args[0] = times[a];
				p.args[1] = times[b];
				oracle_check(*state, &p, 300);
			}
		}
		p.args[0] = p.args[1] = (struct oracle_arg){TYPE_INTERVAL, generate_span};
		oracle_check(*state, &p, 300);
	}
}

static void
test_arithmetic(void **state)
{
	static const struct probe probes[] = {
		CALL2("+", DATE, date, INT4, small),
		CALL2("+", INT4, small, DATE, date),
		CALL2("-", DATE, date, INT4, small),
		CALL2("-", DATE, date, DATE, date),
		CALL2("-", TIMESTAMP, recent, TIMESTAMP, recent),
		CALL2("-", TIMESTAMPTZ, recent, TIMESTAMPTZ, recent),
		CALL2("+", DATE, date, INTERVAL, span),
		CALL2("+", INTERVAL, span, DATE, date),
		CALL2("-", DATE, date, INTERVAL, span),
		CALL2("+", TIMESTAMP, timestamp, INTERVAL, span),
		CALL2("+", INTERVAL, span, TIMESTAMP, timestamp),
		CALL2("-", TIMESTAMP, timestamp, INTERVAL, span),
		CALL2("+", TIMESTAMPTZ, timestamp, INTERVAL, span),
		CALL2("+", INTERVAL, span, TIMESTAMPTZ, timestamp),
		CALL2("-", TIMESTAMPTZ, timestamp, INTERVAL, span),
		CALL2("+", INTERVAL, span, INTERVAL, span),
		CALL2("-", INTERVAL, span, INTERVAL, span),
		CALL2("*", INTERVAL, span, FLOAT8, factor),
		CALL2("*", FLOAT8, factor, INTERVAL, span),
		CALL2("/", INTERVAL, span, FLOAT8, factor),
		CALL1("-", INTERVAL, span),
		CALL1("to_timestamp", FLOAT8, epoch),
		CALL1("isfinite", DATE, date),
		CALL1("isfinite", TIMESTAMP, timestamp),
		CALL1("isfinite", TIMESTAMPTZ, timestamp),
	};

	CHECK_ALL(probes, 1500);
}

static void
test_zones(void **state)
{
	static const struct probe probes[] = {
		CALL2("timezone", TEXT, zone, TIMESTAMP, local),
		CALL2("timezone", TEXT, zone, TIMESTAMPTZ, local),
		CALL2("timezone", INTERVAL, hours, TIMESTAMP, timestamp),
		CALL2("timezone", INTERVAL, hours, TIMESTAMPTZ, timestamp),
	};

	CHECK_ALL(probes, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_text_to_times),
		cmocka_unit_test(test_text_to_interval),
		cmocka_unit_test(test_casts),
		cmocka_unit_test(test_comparison),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_zones),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_oracle, close_oracle);
}
