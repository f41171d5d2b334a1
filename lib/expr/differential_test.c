/*
 * differential_test.c - whole expressions, judged by a live PostgreSQL
 *
 * Random expressions over text columns, on random and on nasty values; skipped
 * without a server.  Expressions are well typed but for a few, which are there
 * to ask the rules of type resolution.
 *
 * TEST_SEED chooses other expressions, TEST_CASES how many; each 100,000 cases have a
 * seed of their own, the next number.  With SOAK it is 10 million.
 */
#include "expr/differential_test.h"

enum { DEPTH = 3, CHUNK = 100000, SOAK_CASES = 10000000 };

/* What an expression is made of: % and a letter is a hole; upper case may be a literal. */
struct production {
	char type;
	const char *template;
};

/*
 * t text, i int4, k int8, s int2, n numeric, f float8, b boolean, d date,
 * m timestamp, z timestamptz, j jsonb, c char(n), a text[], e int4[], g int8[],
 * y bytea, u uuid, o json, r real, w time, v inet, h interval;
 * x is any of them.  P is a pattern of LIKE, R a regular expression, W one of
 * SIMILAR TO.
 */
static const char hole_types[] = "tiksnfbdmzjcaegyuorwvh";
static const struct production productions[] = {
	{'t', "lower(%t)"},
	{'t', "to_char(%i, 'S0999')"},
	{'t', "to_char(%n, 'FM999,990.00')"},
	{'t', "to_char(%k, '9G999G999G999PR')"},
	{'t', "to_char(%f, '99990D9999')"},
	{'t', "to_char(%r, '9.99EEEE')"},
	{'t', "to_char(%i, 'FMRN')"},
	{'t', "to_char(%m - %m, 'DDD HH24:MI:SS.US')"},
	{'t', "to_char(%w, 'HH12:MI AM')"},
	{'n', "to_number(%t, '99G999D9S')"},
	{'n', "to_number(%t, 'FM999990.99MI')"},
	{'t', "upper(%t)"},
	{'t', "initcap(%t)"},
	{'t', "btrim(%t)"},
	{'t', "btrim(%t, %T)"},
	{'t', "ltrim(%t, %T)"},
	{'t', "rtrim(%t, %T)"},
	{'t', "trim(leading %T from %t)"},
	{'t', "substr(%t, %I)"},
	{'t', "substr(%t, %I, %I)"},
	{'t', "substring(%t from %I for %I)"},
	{'t', "replace(%t, %T, %T)"},
	{'t', "split_part(%t, %T, %I)"},
	{'t', "left(%t, %I)"},
	{'t', "right(%t, %I)"},
	{'t', "reverse(%t)"},
	{'t', "repeat(%t, %I % 5)"},
	{'t', "lpad(%t, %I % 9, %T)"},
	{'t', "rpad(%t, %I % 9)"},
	{'t', "translate(%t, %T, %T)"},
	{'t', "concat(%x, %X, %x)"},
	{'t', "concat_ws(%T, %x, %x)"},
	{'t', "%t || %T"},
	{'t', "%t || %x"},
	{'t', "%x || %t"},
	{'t', "%T || %x"},
	{'t', "(%x)::text"},
	{'t', "(%x)::varchar(4)"},
	{'t', "(%t)::varchar(2)"},
	{'t', "coalesce(%t, %T)"},
	{'t', "nullif(%t, %T)"},
	{'t', "greatest(%t, %T)"},
	{'t', "least(%t, %T, %t)"},
	{'t', "CASE WHEN %b THEN %t ELSE %T END"},
	{'t', "CASE %t WHEN %T THEN %T WHEN %T THEN %t END"},
	{'t', "CASE %i WHEN %I THEN %t END"},
	{'i', "length(%t)"},
	{'i', "char_length(%t)"},
	{'i', "octet_length(%t)"},
	{'i', "strpos(%t, %T)"},
	{'i', "position(%T in %t)"},
	{'i', "%i + %I"},
	{'i', "%i - %I"},
	{'i', "%i * %I"},
	{'i', "%i / %I"},
	{'i', "%i % %I"},
	{'i', "- %i"},
	{'i', "(%t)::integer"},
	{'i', "(%k)::integer"},
	{'i', "(%n)::integer"},
	{'i', "(%f)::int4"},
	{'i', "(%b)::int"},
	{'i', "coalesce(%i, %I)"},
	{'i', "CASE WHEN %b THEN %I WHEN %b THEN %i END"},
	{'i', "greatest(%i, %I, %i)"},
	{'i', "nullif(%i, %I)"},
	{'i', "abs(%i)"},
	{'k', "%k + %I"},
	{'k', "%k * %k"},
	{'k', "%i + %k"},
	{'k', "(%t)::bigint"},
	{'k', "(%n)::bigint"},
	{'k', "(%i)::bigint"},
	{'k', "coalesce(%i, %k)"},
	{'s', "(%t)::smallint"},
	{'s', "(%i)::smallint"},
	{'s', "%s - %s"},
	{'n', "%n + %N"},
	{'n', "%n - %I"},
	{'n', "%n * %N"},
	{'n', "%n / %N"},
	{'n', "%i + %N"},
	{'n', "%n % %N"},
	{'n', "round(%n, %I % 9)"},
	{'n', "%n ^ %N"},
	{'n', "power(%n, %I)"},
	{'n', "exp(%n)"},
	{'n', "ln(%n)"},
	{'n', "log(%N, %n)"},
	{'n', "log(%n)"},
	{'n', "sqrt(%n)"},
	{'n', "gcd(%n, %N)"},
	{'n', "lcm(%n, %n)"},
	{'f', "power(%f, %F)"},
	{'f', "%f ^ %r"},
	{'i', "gcd(%i, %I)"},
	{'k', "lcm(%k, %i)"},
	{'i', "width_bucket(%n, %N, %N, %I)"},
	{'i', "width_bucket(%f, %F, %f, %I)"},
	{'i', "width_bucket(%i, '{1,5,9}')"},
	{'i', "width_bucket(%n, %e)"},
	{'n', "trunc(%n)"},
	{'n', "(%t)::numeric"},
	{'n', "(%n)::numeric(8,2)"},
	{'n', "(%t)::numeric(5,1)"},
	{'n', "(%f)::numeric"},
	{'n', "(%k)::numeric"},
	{'n', "abs(%n)"},
	{'n', "ceil(%n)"},
	{'n', "floor(%n)"},
	{'n', "coalesce(%i, %n)"},
	{'n', "CASE WHEN %b THEN %I ELSE %n END"},
	{'n', "greatest(%n, %I)"},
	{'n', "nullif(%n, %I)"},
	{'f', "%f + %F"},
	{'f', "%f * %n"},
	{'f', "%i / %f"},
	{'f', "(%t)::float8"},
	{'f', "(%n)::double precision"},
	{'f', "abs(%f)"},
	{'f', "coalesce(%f, %n)"},
	{'b', "%t = %T"},
	{'b', "%t <> %T"},
	{'b', "%t < %T"},
	{'b', "%t <= %T"},
	{'b', "%t > %T"},
	{'b', "%t >= %t"},
	{'b', "%T = %t"},
	{'b', "%t LIKE %P"},
	{'b', "%t NOT LIKE %P"},
	{'b', "%t ILIKE %P"},
	{'b', "%t LIKE %P ESCAPE '!'"},
	{'b', "%t LIKE %t"},
	{'b', "%t ~ %R"},
	{'b', "%t ~* %R"},
	{'b', "%t !~ %R"},
	{'b', "%t !~* %R"},
	{'b', "%t ~ %t"},
	{'b', "%t ~* %t"},
	{'b', "%t IN (%T, %T)"},
	{'b', "%t NOT IN (%T, %t, %T)"},
	{'b', "%t IN (%T, NULL)"},
	{'b', "%i IN (%I, %I, %i)"},
	{'b', "%i NOT IN (%I, %N)"},
	{'b', "%i IN ('1', '2')"},
	{'b', "%t BETWEEN %T AND %t"},
	{'b', "%i BETWEEN %I AND %N"},
	{'b', "%i NOT BETWEEN SYMMETRIC %I AND %I"},
	{'b', "%i = %I"},
	{'b', "%i < %k"},
	{'b', "%n <= %I"},
	{'b', "%n > %f"},
	{'b', "%f <> %F"},
	{'b', "%s >= %i"},
	{'b', "%b = %B"},
	{'b', "%b < %b"},
	{'b', "%x IS NULL"},
	{'b', "%x IS NOT NULL"},
	{'b', "%b IS TRUE"},
	{'b', "%b IS NOT FALSE"},
	{'b', "%b IS UNKNOWN"},
	{'b', "%b AND %b"},
	{'b', "%b OR %b"},
	{'b', "%b AND %B OR %b"},
	{'b', "NOT %b"},
	{'b', "%t IS DISTINCT FROM %T"},
	{'b', "%i IS NOT DISTINCT FROM %I"},
	{'b', "(%t)::boolean"},
	{'b', "(%i)::boolean"},
	{'b', "coalesce(%b, %B)"},
	{'b', "starts_with(%t, %T)"},
	{'b', "%t ^@ %T"},
	{'b', "CASE WHEN %b THEN %B ELSE %b END"},
	{'b', "%c = %T"},
	{'b', "%c = %t"},
	{'b', "%c < %c"},
	{'b', "%d < %D"},
	{'b', "%d = %d"},
	{'b', "%m > %M"},
	{'b', "%z <= %Z"},
	{'b', "%d < %m"},
	{'b', "%d IN (%D, %D)"},
	{'b', "%d BETWEEN %D AND %D"},
	{'d', "(%t)::date"},
	{'d', "(%m)::date"},
	{'d', "%d + %I"},
	{'d', "%d - %I"},
	{'d', "coalesce(%d, %D)"},
	{'d', "greatest(%d, %D)"},
	{'d', "to_date(%t, 'DD/MM/YYYY')"},
	{'d', "pg_temp.legacy_zero(%t)::date"},
	{'m', "(%t)::timestamp"},
	{'m', "(%t)::timestamp(2)"},
	{'m', "(%d)::timestamp"},
	{'m', "%z AT TIME ZONE 'Asia/Riyadh'"},
	{'m', "coalesce(%d, %m)"},
	{'m', "CASE WHEN %b THEN %d ELSE %m END"},
	{'z', "(%t)::timestamptz"},
	{'z', "%m AT TIME ZONE 'Europe/Berlin'"},
	{'z', "to_timestamp(%k)"},
	{'z', "to_timestamp(%f)"},
	{'z', "(%d)::timestamptz"},
	{'z', "coalesce(%m, %z)"},
	{'z', "to_timestamp(%t, 'YYYY-MM-DD HH24:MI:SS')"},
	{'j', "(%t)::jsonb"},
	{'j', "%j -> 'a'"},
	{'j', "%j || %J"},
	{'j', "%j - %T"},
	{'j', "%j - %I"},
	{'j', "%j - %A"},
	{'j', "%j #- %A"},
	{'j', "%j #> %a"},
	{'j', "(%j)['a']"},
	{'j', "jsonb_set(%j, '{a,b}', %J)"},
	{'j', "jsonb_insert(%j, %a, %j)"},
	{'t', "%j #>> %A"},
	{'t', "%o ->> 'a'"},
	{'t', "%o #>> %a"},
	{'o', "%o -> 'a'"},
	{'o', "%o -> %I"},
	{'o', "json_build_object('k', %x, %T, %X)"},
	{'o', "to_json(%x)"},
	{'b', "%j @> %J"},
	{'b', "%j <@ %j"},
	{'b', "%j ? %T"},
	{'b', "%j ?| %A"},
	{'b', "%j < %J"},
	{'b', "%j >= %j"},
	{'b', "%j = %j"},
	{'j', "%j -> %I"},
	{'j', "jsonb_build_object('a', %x, %T, %X)"},
	{'t', "%j ->> 'a'"},
	{'t', "%j ->> %I"},
	{'c', "(%t)::char(3)"},
	{'c', "(%i)::char(5)"},
	{'t', "lower(%c)"},
	{'t', "%c || %t"},
	{'i', "length(%c)"},
	{'i', "octet_length(%c)"},
	{'c', "coalesce(%c, %c)"},
	{'a', "string_to_array(%t, %T)"},
	{'a', "string_to_array(%t, ',', %T)"},
	{'a', "string_to_array(%t, NULL)"},
	{'a', "ARRAY[%t, %T, %t]"},
	{'a', "ARRAY[%t, NULL]"},
	{'a', "(%t)::text[]"},
	{'a', "%a || %A"},
	{'a', "%a || %t"},
	{'a', "%t || %a"},
	{'a', "array_append(%a, %T)"},
	{'a', "array_prepend(%T, %a)"},
	{'a', "array_cat(%a, %a)"},
	{'a', "array_remove(%a, %T)"},
	{'a', "array_replace(%a, %T, %t)"},
	{'a', "(%a)[%I:%I]"},
	{'a', "(%a)[:%I]"},
	{'a', "(%a)[%I:][1:1]"},
	{'a', "coalesce(%a, %A)"},
	{'a', "nullif(%a, %a)"},
	{'a', "greatest(%a, %A)"},
	{'a', "(%e)::text[]"},
	{'a', "(%a)::varchar(2)[]"},
	{'a', "CASE WHEN %b THEN %a ELSE %A END"},
	{'a', "regexp_match(%t, %R)"},
	{'a', "regexp_match(%t, %R, 'i')"},
	{'a', "regexp_split_to_array(%t, %R)"},
	{'e', "(%a)::int[]"},
	{'e', "ARRAY[%i, %I]"},
	{'e', "ARRAY[ARRAY[%i, %I], ARRAY[%I, %i]]"},
	{'e', "%e || %i"},
	{'e', "%e || %E"},
	{'e', "(%e)[%I:%I]"},
	{'e', "array_positions(%a, %T)"},
	{'e', "array_remove(%e, %I)"},
	{'e', "array_replace(%e, %I, %I)"},
	{'e', "coalesce(%e, %E)"},
	{'g', "(%e)::bigint[]"},
	{'g', "(%t)::bigint[]"},
	{'g', "ARRAY[%k, %I]"},
	{'g', "%g || %i"},
	{'g', "array_append(%e, %k)"},
	{'g', "array_cat(%e, %g)"},
	{'t', "(%a)[%I]"},
	{'t', "(%a)[%I][%I]"},
	{'t', "array_to_string(%a, %T)"},
	{'t', "array_to_string(%x, ',')"},
	{'t', "array_to_string(%e, ',', '*')"},
	{'t', "array_dims(%a)"},
	{'t', "(%a)::text"},
	{'t', "substring(%t from %R)"},
	{'t', "substring(%t similar %W escape '#')"},
	{'t', "regexp_replace(%t, %R, %T)"},
	{'t', "regexp_replace(%t, %R, '<\\1\\&\\2>', 'g')"},
	{'t', "regexp_replace(%t, %R, %T, 'gi')"},
	{'t', "regexp_replace(%t, %R, %T, %i)"},
	{'t', "regexp_replace(%t, %R, '[\\&]', %I, %I)"},
	{'t', "regexp_replace(%t, %T, %T, 'gq')"},
	{'t', "regexp_substr(%t, %R)"},
	{'t', "regexp_replace(%t, %R, '<\\&>', 'gn')"},
	{'t', "regexp_replace(%t, %R, '<\\&>', 'gx')"},
	{'t', "regexp_replace(%t, '(?iw)' || %R, '<\\&>', 'g')"},
	{'b', "%t ~ ('(?ip)' || %R)"},
	{'b', "%t ~ ('***=' || %t)"},
	{'t', "regexp_substr(%t, %R, %I, %I)"},
	{'t', "regexp_substr(%t, %R, 1, %I, 'i', 1)"},
	{'i', "(%e)[%I]"},
	{'i', "cardinality(%a)"},
	{'i', "array_length(%a, %I)"},
	{'i', "array_upper(%e, 1)"},
	{'i', "array_lower(%e, 1)"},
	{'i', "array_ndims(%a)"},
	{'i', "array_position(%a, %T)"},
	{'i', "array_position(%e, %I, %I)"},
	{'i', "regexp_count(%t, %R)"},
	{'i', "regexp_count(%t, %R, %I, 'i')"},
	{'i', "regexp_instr(%t, %R)"},
	{'i', "regexp_instr(%t, %R, %I, %I, 1, '', 1)"},
	{'k', "(%g)[%I]"},
	{'b', "%t = ANY(%a)"},
	{'b', "%t <> ALL(%a)"},
	{'b', "%t LIKE ANY(%a)"},
	{'b', "%t = ANY('{a,abc,NULL}')"},
	{'b', "%i = ANY(%e)"},
	{'b', "%i < ALL(%e)"},
	{'b', "%k = ANY(%e)"},
	{'b', "%i <> ALL('{1,2,3}')"},
	{'b', "%d = ANY('{2012-01-01,infinity}')"},
	{'b', "%a @> %A"},
	{'b', "%e <@ %E"},
	{'b', "%a && %a"},
	{'b', "%a = %A"},
	{'b', "%a <> %a"},
	{'b', "%a < %a"},
	{'b', "%e >= %E"},
	{'b', "%g > %e"},
	{'b', "%a IN (%A, %a)"},
	{'b', "%a IS DISTINCT FROM %a"},
	{'b', "%t SIMILAR TO %W"},
	{'b', "%t NOT SIMILAR TO %W ESCAPE '#'"},
	{'b', "%t SIMILAR TO %t"},
	{'b', "regexp_like(%t, %R)"},
	{'b', "regexp_like(%t, %R, 'i')"},
	{'z', "date_trunc('day', %z, 'Europe/Berlin')"},
	{'z', "date_trunc('hour', %z, 'Asia/Kathmandu')"},
	{'y', "(%t)::bytea"},
	{'y', "substr(%y, %I)"},
	{'y', "substring(%y from %I for %I)"},
	{'y', "overlay(%y placing %Y from %I)"},
	{'y', "btrim(%y, %Y)"},
	{'y', "convert_to(%t, 'UTF8')"},
	{'y', "convert_to(%t, 'LATIN1')"},
	{'y', "set_byte(%y, %I, %i)"},
	{'i', "get_byte(%y, %I)"},
	{'i', "position(%Y in %y)"},
	{'b', "%y LIKE '%a_'"},
	{'t', "normalize(%t, NFD)"},
	{'t', "normalize(%t, NFKC)"},
	{'b', "%t IS NORMALIZED"},
	{'t', "format('%2$I=%1$L', %x, %t)"},
	{'y', "%y || %Y"},
	{'y', "sha256(%y)"},
	{'y', "decode(%t, 'escape')"},
	{'y', "decode(%t, 'base64')"},
	{'y', "decode(md5(%t), 'hex')"},
	{'y', "greatest(%y, %Y)"},
	{'i', "length(%y)"},
	{'i', "octet_length(%y)"},
	{'b', "%y = %Y"},
	{'b', "%y < %y"},
	{'t', "encode(%y, 'hex')"},
	{'t', "encode(%y, 'base64')"},
	{'t', "encode(%y, 'escape')"},
	{'t', "pg_temp.from_bytes(%y, 'UTF8')"},
	{'t', "pg_temp.from_bytes(%y, 'LATIN1')"},
	{'t', "md5(%t)"},
	{'t', "md5(%y)"},
	{'u', "(%t)::uuid"},
	{'u', "md5(%t)::uuid"},
	{'u', "coalesce(%u, %U)"},
	{'b', "%u = %U"},
	{'b', "%u >= %u"},
	{'o', "(%t)::json"},
	{'o', "(%j)::json"},
	{'j', "(%o)::jsonb"},
	{'t', "(%o)::text"},
	{'i', "ascii(%t)"},
	{'t', "chr(%i)"},
	{'t', "to_hex(%i)"},
	{'t', "to_hex(%k)"},
	{'t', "overlay(%t placing %T from %I for %I)"},
	{'t', "overlay(%t placing %T from %I)"},
	{'t', "format('%1$s|%2$5s|%3$-4s', %x, %t, %i)"},
	{'t', "format('%2$L,%1$s', %t, %t)"},
	{'t', "format('%*s', %i % 9, %x)"},
	{'r', "%r + %r"},
	{'r', "%r * %r"},
	{'r', "%r / %r"},
	{'r', "(%t)::real"},
	{'r', "(%f)::real"},
	{'r', "(%n)::real"},
	{'r', "(%k)::real"},
	{'r', "coalesce(%r, %i)"},
	{'r', "abs(%r)"},
	{'f', "%r + %f"},
	{'f', "%r * %n"},
	{'f', "%i - %r"},
	{'f', "(%r)::float8"},
	{'n', "(%r)::numeric"},
	{'i', "(%r)::int"},
	{'b', "%r = %r"},
	{'b', "%r < %f"},
	{'b', "%r >= %n"},
	{'b', "%r IN (%i, %N)"},
	{'w', "(%t)::time"},
	{'w', "(%t)::time(2)"},
	{'w', "(%m)::time"},
	{'w', "(%z)::time"},
	{'w', "%w + interval '25:30'"},
	{'w', "%w - interval '1 day 03:00'"},
	{'w', "make_time(%i, %I, %f)"},
	{'w', "greatest(%w, %w)"},
	{'h', "(%t)::interval"},
	{'h', "(%k || ' minutes')::interval"},
	{'h', "(%i || ' mons ' || %I || ' days')::interval"},
	{'h', "%m - %m"},
	{'h', "%z - %Z"},
	{'h', "%w - %w"},
	{'h', "age(%m, %M)"},
	{'h', "%h + %H"},
	{'h', "%h - %h"},
	{'h', "- %h"},
	{'h', "%h * %F"},
	{'h', "%h / %F"},
	{'h', "justify_days(%h)"},
	{'h', "justify_hours(%h)"},
	{'h', "justify_interval(%h)"},
	{'h', "make_interval(%I, %i, 0, %I, %I, %i, %f)"},
	{'h', "coalesce(%h, %H)"},
	{'h', "greatest(%h, %H)"},
	{'h', "date_trunc('hour', %h)"},
	{'h', "(%w)::interval"},
	{'w', "(%h)::time"},
	{'m', "%m + %h"},
	{'m', "%d - %H"},
	{'z', "%z - %h"},
	{'z', "%h + %z"},
	{'b', "%h < %H"},
	{'b', "%h = %h"},
	{'b', "%h IN (%H, %h)"},
	{'n', "extract(epoch from %h)"},
	{'f', "date_part('day', %h)"},
	{'m', "%d + %w"},
	{'m', "%m + (%w - %w)"},
	{'f', "date_part('second', %w)"},
	{'n', "extract(epoch from %w)"},
	{'b', "%w < %w"},
	{'b', "%w = '12:00'"},
	{'v', "(%t)::inet"},
	{'v', "%v + %I"},
	{'v', "%v & %v"},
	{'v', "set_masklen(%v, %I)"},
	{'v', "broadcast(%v)"},
	{'v', "network(%v)::inet"},
	{'v', "coalesce(%v, %v)"},
	{'t', "host(%v)"},
	{'t', "text(%v)"},
	{'t', "abbrev(%v)"},
	{'i', "masklen(%v)"},
	{'b', "%v << '10/8'"},
	{'b', "%v = %v"},
	{'b', "%v > %v"},
	{'b', "%v && %v"},
	{'k', "%v - %v"},
	{'j', "to_jsonb(%x)"},
	{'j', "jsonb_build_array(%a, %e, %T)"},
};

static const char *const texts[] = {"", " ", "a", "A", "abc", "ABC", "  padded ", "a,b,,c",
	"x@y.org", "Ünïcødé", "İstanbul", "straße ẞ", "日本語", "😀 smile", "ـالعربية", "it's",
	"50%", "a_b", "back\\slash", "\"q\"", "tab\tend", "line\nbreak", "0", "1", "12", "-7",
	"007", "t", "no", "true", "null", "NULL", "2020-02-29", "31/12/1999", "0000-00-00",
	"3.14", "1e3", "ǅ", "ß", "ſ", "K", "ﬁ", "Σίσυφος", "a{1}", "[", "(", "a|b", "^a", "b$",
	".*", "\\d+", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"\u00a0nbsp", "%", "!", "é", "é", "abcabc", "aabbab", "cabbac", "aaabbb", "ccab"};
static const char *const integers[] = {"0", "1", "-1", "2", "3", "7", "10", "255", "32767",
	"32768", "-32768", "2147483647", "-2147483648", " 42 ", "+5", "", "x", "1.5",
	"99999999999"};
static const char *const longs[] = {"0", "1", "-1", "4294967296", "9223372036854775807",
	"-9223372036854775808", "9223372036854775808", "1500000000", "-62135596800", " 9",
	"1e3"};
static const char *const numbers[] = {"0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "9.99",
	"9,99", "3.14159265358979", "1e10", "1e-10", "123456789012345678901234567890.123",
	"NaN", "-0", "Infinity", "1000000", "0.000", ".5", "5.", "--1", "12345.678"};
static const char *const booleans[] = {"t", "f", "true", "FALSE", "yes", "n", "on", "of", "o",
	"1", "0", " tr ", "", "maybe", "T"};
static const char *const dates[] = {"2012-01-01", "2020-02-29", "2021-02-29", "31/12/1999",
	"1999-12-31", "0000-00-00", "2013-00-10", "1970-01-01", "infinity", "-infinity",
	"4714-11-24 BC", "Jan 5 2010", "20100105", "2010-1-5", "", "tomorrowx", "9999-12-31"};
static const char *const times[] = {"2012-01-01 00:00:00", "2020-02-29 23:59:59.999999",
	"2020-03-29 02:30:00", "2020-10-25 02:30:00", "1999-12-31T12:00:00Z",
	"2001-02-03 04:05:06+03", "2001-02-03 04:05:06.5-07:30", "0000-00-00 00:00:00",
	"infinity", "2010-01-05", "2010-01-05 25:00", "2010-01-05 24:00:00", "epoch", "x"};
static const char *const jsons[] = {"{}", "[]", "null", "1", "\"s\"", "{\"a\": 1}",
	"{\"a\":\"x\",\"b\":[1,2]}", "[1,\"two\",null,true]", "{\"a\":null}",
	"{\"a\":{\"a\":2}}", "{\"b\":1,\"a\":2,\"b\":3}", "{bad", "", "1.50",
	"[{\"a\": \"\\u00e9\"}]"};

static const char *const lists[] = {"{}", "{a,b}", "{1,2,3}", "{abc,NULL,\"\"}",
	"{{1,2},{3,4}}", "[0:1]={5,6}", "{2}", "{\"NULL\",null,\"a b\",a\\,b}",
	"{3,-1,2147483648}", "{{a},{b}}", "{a", "x", "{1,x}", "{1,{2}}", "", "{ 1 , 2 }",
	"[1:3]={1}", "{\"q\\\"q\",\"\\\\\"}", "{{},{}}", "{1,}", "{t,f}"};

static const char *const similar_patterns[] = {"'a%'", "'%(b|c)_'", "'[a-c]*'", "'a#%'",
	"'a#\"%#\"c'", "'%#\"b+#\"%'", "'(a|ab)(c|bc)?'", "'_{3}'", "'\\d+'", "''", "'%ü%'",
	"'(ab?)*#\"_*#\"'"};
static const char *const like_patterns[] = {"'%'", "'a%'", "'%a'", "'%b%'", "'_'", "'a_c'",
	"'%\\%%'", "'a\\'", "'%a\\'", "''", "'%_%'", "'日%'", "'__%'", "'A%C'", "'!%'",
	"'%!_%'", "'ü%'", "'%É'"};
static const char *const patterns[] = {"'^a'", "'b$'", "'^\\d{1,3}$'", "'[[:alpha:]]+'",
	"'\\s'", "'\\w+@\\w+\\.\\w+'", "'^[a-c]*$'", "'(a|b)c'", "'a.*b'", "'[^0-9]'", "'ü'",
	"'^\\W'", "'\\mabc\\M'", "'\\yb'", "'(.)\\1'", "'x?y*z+'", "'^$'", "'[É-ü]'", "'ß|k|s'",
	"'[\\w,]{2,}'", "'a(?=b)'", "'(?<!a)b'", "'\\u00fc'", "'[[:upper:]]'", "'[[:lower:]]'",
	"'[[:space:]]'", "'\\Aa|c\\Z'", "'[[:punct:]]'", "'\\n'", "','", "''",
	"'(\\w+)@(\\w+\\.)*(\\w+)'", "'(.*?)(,|b)'", "'(\\d+)-(\\d+)'", "'^(.)(.*)$'", "'\\s*'",
	"'[^a-z]+?'"};

struct buffer {
	char text[EXPRESSION_MAX];
	size_t len;
	bool full;
};

static void
put(struct buffer *b, const char *s)
{
	size_t n = strlen(s);

	if (b->len + n + 1 > sizeof b->text) {
		b->full = true;
		return;
	}
	memcpy(b->text + b->len, s, n + 1);
	b->len += n;
}

#define PICK(r, list) ((list)[rng_below((r), sizeof(list) / sizeof(list)[0])])

static void
put_quoted(struct buffer *b, const char *s)
{
	char one[3] = "";

	put(b, "'");
	for (; *s != '\0'; s++) {
		one[0] = *s;
		one[1] = *s == '\'' ? '\'' : '\0';
		put(b, one);
	}
	put(b, "'");
}

static void
put_literal(struct rng *r, struct buffer *b, char type)
{
	static const char *const small[] = {
		"0", "1", "2", "3", "-1", "-2", "5", "100", "2147483647"};
	static const char *const decimals[] = {
		"0.5", "2.50", "-1.0", "100", "3", "0.00", "1e2"};

	if (rng_below(r, 20) == 0) {
		put(b, "NULL");
		return;
	}
	/* quoted, its type is for the rules of resolution to find */
	if (type != 't' && rng_below(r, 8) == 0) {
		put_quoted(b, type == 'b' ? "true" : rng_below(r, 4) ? "2" : "x");
		return;
	}
	switch (type) {
	case 't': put_quoted(b, PICK(r, texts)); break;
	case 'i':
	case 'k':
	case 's': put(b, PICK(r, small)); break;
	case 'n':
	case 'r':
	case 'f': put(b, PICK(r, decimals)); break;
	case 'b': put(b, rng_below(r, 2) ? "true" : "false"); break;
	case 'd': put(b, "'2012-06-01'"); break;
	case 'm':
	case 'z': put(b, "'2012-06-01 12:00:00'"); break;
	case 'o':
	case 'j': put(b, "'{\"a\": 1}'"); break;
	case 'y': put(b, "'\\x00ff'"); break;
	case 'u': put(b, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"); break;
	case 'w': put(b, "'12:34:56'"); break;
	case 'v': put(b, "'10.1.2.3'"); break;
	case 'h': put(b, "interval '1 mon -2 days 03:00'"); break;
	case 'a': put(b, "'{a,b,NULL}'"); break;
	case 'e':
	case 'g': put(b, "'{1,2}'"); break;
	default: put(b, "'ab'"); break;
	}
}

static void
put_column(struct rng *r, struct buffer *b, char type)
{
	switch (type) {
	case 't': put(b, PICK(r, column_names)); break;
	case 'i': put(b, "ci::int"); break;
	case 's': put(b, "ci::int2"); break;
	case 'k': put(b, "ck::bigint"); break;
	case 'n': put(b, "cn::numeric"); break;
	case 'f': put(b, "cn::float8"); break;
	case 'b': put(b, "cb::boolean"); break;
	case 'd': put(b, "cd::date"); break;
	case 'm': put(b, "cm::timestamp"); break;
	case 'z': put(b, "cm::timestamptz"); break;
	case 'j': put(b, "cj::jsonb"); break;
	case 'r': put(b, "cn::real"); break;
	case 'w': put(b, "cm::time"); break;
	case 'h': put(b, "(ci || ' days 03:04:05.5')::interval"); break;
	case 'v': put(b, "('10.' || ci || '.0.7/20')::inet"); break;
	case 'a': put(b, "cl::text[]"); break;
	case 'e': put(b, "cl::int[]"); break;
	case 'g': put(b, "cl::bigint[]"); break;
	case 'y': put(b, "ct::bytea"); break;
	case 'u': put(b, "md5(cu)::uuid"); break;
	case 'o': put(b, "cj::json"); break;
	default: put(b, "cu::char(4)"); break;
	}
}

static char
any_type(struct rng *r)
{
	return hole_types[rng_below(r, sizeof hole_types - 1)];
}

static void generate(struct rng *r, struct buffer *b, char type, int depth);

/* A regular expression whose choices and groups ask which match is taken. */
static void
put_regex(struct rng *r, struct buffer *b, int depth)
{
	static const char *const atoms[] = {
		"a", "b", "c", ".", "ab", "[ab]", "[^a]", "$", "^", ""};
	static const char *const counts[] = {
		"", "", "", "*", "+", "?", "*?", "+?", "??", "{1,2}", "{2}", "{0,2}?", "{1,}"};
	unsigned n = rng_below(r, 3) + 1;

	for (unsigned i = 0; i < n; i++) {
		if (depth > 0 && rng_below(r, 2)) {
			put(b, rng_below(r, 3) ? "(" : "(?:");
			put_regex(r, b, depth - 1);
			if (rng_below(r, 3) == 0) {
				put(b, "|");
				put_regex(r, b, depth - 1);
			}
			put(b, ")");
			put(b, PICK(r, counts));
		} else {
			const char *atom = PICK(r, atoms);

			put(b, atom);
			if (strchr("$^", atom[0]) == NULL)
				put(b, PICK(r, counts));
		}
	}
}

static void
put_hole(struct rng *r, struct buffer *b, char hole, int depth)
{
	bool literal = hole >= 'A' && hole <= 'Z';
	char type = (char)(literal ? hole + ('a' - 'A') : hole);

	if (hole == 'P') {
		put(b, PICK(r, like_patterns));
	} else if (hole == 'W') {
		put(b, PICK(r, similar_patterns));
	} else if (hole == 'R' && rng_below(r, 2)) {
		put(b, "'");
		put_regex(r, b, 2);
		put(b, "'");
	} else if (hole == 'R') {
		put(b, PICK(r, patterns));
	} else {
		if (type == 'x' || rng_below(r, 25) == 0)
			type = any_type(r);
		if (literal && rng_below(r, 3) > 0) {
			put_literal(r, b, type);
			return;
		}
		generate(r, b, type, depth - 1);
	}
}

static void
generate(struct rng *r, struct buffer *b, char type, int depth)
{
	const struct production *found[sizeof productions / sizeof productions[0]], *p;
	char one[2] = "";
	size_t n = 0;

	if (depth <= 0 || rng_below(r, 5) == 0) {
		put_column(r, b, type);
		return;
	}
	for (size_t i = 0; i < sizeof productions / sizeof productions[0]; i++) {
		if (productions[i].type == type)
			found[n++] = &productions[i];
	}
	p = found[rng_below(r, (unsigned)n)];
	put(b, "(");
	for (const char *s = p->template; *s != '\0'; s++) {
		if (s[0] == '%' &&
			((s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z'))) {
			put_hole(r, b, *++s, depth);
		} else {
			one[0] = *s;
			put(b, one);
		}
	}
	put(b, ")");
}

#define COLUMN_VALUES(list)                                                                    \
	{                                                                                      \
		list, sizeof(list) / sizeof(list)[0]                                           \
	}

static void
new_rows(struct world *w)
{
	static const struct {
		const char *const *values;
		size_t n;
	} columns[COLUMNS] = {COLUMN_VALUES(texts), COLUMN_VALUES(texts),
		COLUMN_VALUES(integers), COLUMN_VALUES(longs), COLUMN_VALUES(numbers),
		COLUMN_VALUES(booleans), COLUMN_VALUES(dates), COLUMN_VALUES(times),
		COLUMN_VALUES(jsons), COLUMN_VALUES(lists)};

	for (int i = 0; i < ROWS; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			/* the first values of a list are sound ones, and come more often */
			size_t n = rng_below(&w->rng, 2) ? columns[c].n : columns[c].n / 2;
			const char *s = columns[c].values[rng_below(&w->rng, (unsigned)n)];

			if (rng_below(&w->rng, 12) == 0)
				s = NULL;
			w->rows[i][c] = s;
			w->fields[i][c] = (struct csv_field){s, s ? strlen(s) : 0, s == NULL};
		}
	}
}

/* One chunk of n cases; how many expressions were judged. */
static unsigned long
judge_chunk(struct world *w, uint64_t seed, unsigned long n, unsigned *refused)
{
	static struct buffer b;
	unsigned long wrong = 0, done = 0;

	w->rng.state = seed * 2 + 1;
	for (; done < n / ROWS && wrong < 10; done++) {
		if (done % 16 == 0)
			new_rows(w);
		b.len = 0;
		b.full = false;
		generate(&w->rng, &b, any_type(&w->rng), DEPTH);
		if (!b.full && !judge(w, b.text, refused))
			wrong++;
	}
	if (wrong > 0)
		fail_msg("%lu differ; TEST_SEED=%llu TEST_CASES=%lu", wrong,
			(unsigned long long)seed, n);
	return done;
}

static void
test_expressions(void **state)
{
	struct world *w = *state;
	const char *cases = getenv("TEST_CASES"), *seed_text = getenv("TEST_SEED");
	bool soak = getenv("SOAK") != NULL;
	unsigned long n = cases ? strtoul(cases, NULL, 10) : soak ? SOAK_CASES : CHUNK;
	uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : 20130401;
	unsigned long expressions = 0;
	unsigned refused = 0;

	if (w->pg == NULL)
		skip();
	for (; n > 0; seed++) {
		unsigned long chunk = n < CHUNK ? n : CHUNK;

		expressions += judge_chunk(w, seed, chunk, &refused);
		n -= chunk;
		if (soak)
			print_message("# seed %llu: %lu expressions so far\n",
				(unsigned long long)seed, expressions);
	}
	print_message("# %lu expressions on %d rows each, %u refused by both; TEST_SEED=%s\n",
		expressions, ROWS, refused, seed_text ? seed_text : "20130401");
	/* if nearly all were refused, nothing was compared */
	assert_true(refused < expressions / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_expressions)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
