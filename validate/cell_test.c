/*
 * cell_test.c - the types of Table Schema: what is of a type, and what not
 *
 * The cases are written from the specification (v2, "Field Types"), XML Schema
 * part 2 where it refers to that, and the liberties that validate.1 lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/cell.h"

/* The members of a field's descriptor behind its name, and texts separated by '|'. */
static const struct {
	const char *field;
	const char *valid;
	const char *invalid;
} types[] = {
	{"\"type\":\"any\"", "|x|1|{|é", NULL},
	{"\"title\":\"no type is any\"", "|x|1", NULL},
	{"\"type\":\"string\"", "|x| |\n|é😀", NULL},
	{"\"type\":\"string\",\"format\":\"email\"",
		"a@b|a@b.org|first.last+tag@sub.example-site.org|\"quoted @ "
		"space\"@x.org|o'hara@x.ie|"
		"user@[127.0.0.1]|user@[IPv6:2001:db8::1]|محمد@مثال.مصر|a_b-c@1.2|!#$%&*=?^`{}~"
		"@x.y",
		"|a|@|a@|@b|a@b@c|a b@c|a..b@c|.a@b|a.@b|a@b..c|a@.b|a@b.|a@-b|a@b-|a@b_c|a@b "
		"c|"
		"\"open@x.org|a@[127.0.0.1|<a@b>|a,b@c|a@b\n|"
		"1234567890123456789012345678901234567890123456789012345678901234x@x.org"},
	{"\"type\":\"string\",\"format\":\"uri\"",
		"http://example.org|https://u:p@h:80/p/"
		"a;b=c?q=1&r=[]#frag|mailto:a@b.c|urn:isbn:0451450523|"
		"x+y-z.1:a|http://h/%D8%A7|file:///etc/hosts",
		"|example.org|/path|http|:x|1http://x|http:|http://a "
		"b|http://é|http://h/%zz|http://h/%4|"
		"http://h/#a#b|http://h/<x>|http://h/\\|http://h/{x}"},
	{"\"type\":\"string\",\"format\":\"binary\"",
		"|YQ==|YWI=|YWJj|+/+/|\\x|\\x00ff|\\xDEADbeef",
		"a|ab|abc|YQ=|YQ===|Y===|====|Y=Q=|YQ==YQ==|YW Jj|YW-_|\\x0|\\xzz|\\X00"},
	{"\"type\":\"string\",\"format\":\"uuid\"",
		"123e4567-e89b-12d3-a456-426614174000|00000000-0000-0000-0000-000000000000|"
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
		"|123e4567e89b12d3a456426614174000|123e4567-e89b-12d3-a456-42661417400|"
		"123e4567-e89b-12d3-a456-4266141740000|g23e4567-e89b-12d3-a456-426614174000|"
		"{123e4567-e89b-12d3-a456-426614174000}|123e4567-e89b-12d3-a4564-26614174000"},

	{"\"type\":\"number\"",
		"0|1|-1|+1|210|-1.23|12678967.543233|+100000.00|007|.5|5.|-.5|1E5|1e5|1E+5|1E-"
		"5|1.5e10|"
		"NaN|nan|INF|inf|-INF|-inf|Infinity|-Infinity|"
		"123456789012345678901234567890.123456789012345678901234567890|"
		"1E999999999999999999999",
		"|.|-|+|--1|1-|1.2.3|1,5|1 000| 1|1 "
		"|1E|1E+|E5|1E5.0|0x10|1_000|+INF|NaN1|١|1e5e5|$1|5%"},
	{"\"type\":\"number\",\"decimalChar\":\",\"", "1,5|-0,25|,5|5,|1|1,5E3|NaN",
		"1.5|1,5,5|,|1;5"},
	{"\"type\":\"number\",\"groupChar\":\",\"",
		"1|100,000|1,000.5|-12,34,567.89|1,000E5|1.000",
		",100|100,|1,,000|1.5,5.5|-,1|1,.5"},
	{"\"type\":\"number\",\"decimalChar\":\",\",\"groupChar\":\".\"",
		"1.000,5|1000,5|1.000.000", "1,000.5|1.|.5"},
	{"\"type\":\"number\",\"groupChar\":\" \",\"decimalChar\":\"::\"", "1 000::5|1::5",
		"1 000:5|1  000"},
	{"\"type\":\"number\",\"bareNumber\":false",
		"95%|€95|EUR 95|-5 $|US$ 1.50|$.5|1.5E3 km|NaN|-INF|US-$ 95|5.|95",
		"|%|EUR|1 2|95%5|1.2.3 x"},
	{"\"type\":\"number\",\"bareNumber\":false,\"groupChar\":\",\"", "€1,000.50 net|1,000,",
		"1,,0"},

	{"\"type\":\"integer\"",
		"0|1|-1|+1|007|-0|9223372036854775807|-9223372036854775808|9223372036854775808|"
		"18446744073709551615|123456789012345678901234567890",
		"|-|+|1.0|1.|1e5|1E5|--1|1-|1,000| 1|1 |0x1|NaN|INF|t|١٢|1_0"},
	{"\"type\":\"integer\",\"groupChar\":\",\"", "1,000|-1,2,3|1000", ",1|1,|1,,0|1.0"},
	{"\"type\":\"integer\",\"bareNumber\":false", "95%|€ -95|12 pcs|007", "|x|1.5|1 2"},

	{"\"type\":\"boolean\"", "true|True|TRUE|1|false|False|FALSE|0",
		"|t|f|yes|tRUE|2|10| true"},
	{"\"type\":\"boolean\",\"trueValues\":[\"t\"],\"falseValues\":[\"f\",\"no\"]", "t|f|no",
		"true|1|0|T|n"},

	{"\"type\":\"object\"",
		"{}|{\"a\":1}| {\"a\" : [1,2,{}] , \"b\":null } "
		"|{\"a\":\"\\u00e9\\n\"}|{\"\":-0.5e+10}|"
		"{\"a\":true,\"b\":false}|{\"é\":\"é\"}",
		"|[]|1|null|\"a\"|{|}|{a:1}|{\"a\"}|{\"a\":}|{\"a\":1,}|{,}|{\"a\":1}x|{\"a\":"
		"1}{}|"
		"{\"a\":01}|{\"a\":1.}|{\"a\":.5}|{\"a\":+1}|{\"a\":\"\\x\"}|{\"a\":\"\\u00e\"}"
		"|{'a':1}|"
		"{\"a\":\"\t\"}|{\"a\":tru}|{\"a\":NaN}|{\"a\":1e}|{1:1}|{\"a\":[}]"},
	{"\"type\":\"array\"", "[]|[1]|[1,\"a\",null,true,[[]],{}]| [ 1 , 2 ] ",
		"|{}|1|[|]|[1,]|[,1]|[1 2]|[1]]|[1][|nul|[\"a]"},
	{"\"type\":\"list\"", "|a|a,b|a,,b|,", NULL},
	{"\"type\":\"list\",\"itemType\":\"integer\"", "|1|1,2,-3", "a|1,|1,,2|1, 2|1;2"},
	{"\"type\":\"list\",\"itemType\":\"date\",\"delimiter\":\"; \"",
		"2024-01-26; 2024-01-27", "2024-01-26;2024-01-27|2024-01-26; |2024-01-26; x"},
	{"\"type\":\"list\",\"itemType\":\"boolean\"", "true,false,1,0", "true,t"},

	{"\"type\":\"date\"", "2024-01-26|2024-02-29|2000-02-29|0001-01-01|9999-12-31",
		"|2023-02-29|1900-02-29|2024-13-01|2024-00-01|2024-01-00|2024-01-32|2024-04-31|"
		"24-01-26|2024-1-26|2024/01/26|26/01/2024|20240126|2024-01-26 "
		"|2024-01-26T00:00:00|"
		"0000-00-00|0000-01-01|2024-01-2x|-2024-01-26|12024-01-26"},
	{"\"type\":\"date\",\"format\":\"%d/%m/%Y\"", "26/01/2024|1/2/2024|29/02/2024",
		"|2024-01-26|26-01-2024|31/02/2024|29/02/2023|26/01/24|26/01/2024x|00/01/2024"},
	{"\"type\":\"date\",\"format\":\"fmt:%d %b %Y\"",
		"26 Jan 2024|1 FEBRUARY 2024|26  jan 2024", "26 Xyz 2024|26Jan2024|26 Ja 2024"},
	{"\"type\":\"date\",\"format\":\"%Y%m%d\"", "20240126", "2024-01-26|20241326"},
	{"\"type\":\"date\",\"format\":\"%Y-%j\"", "2024-366|2023-001",
		"2023-366|2023-000|2023-367"},
	{"\"type\":\"date\",\"format\":\"%d.%m.%y\"", "1.2.68|1.2.69", "1.2.2024|1.2.x"},
	{"\"type\":\"date\",\"format\":\"%A %%%F\"", "Friday %2024-01-26",
		"Friday 2024-01-26|Fr %2024-01-26"},
	{"\"type\":\"date\",\"format\":\"any\"",
		"2024-01-26|2024/01/26|20240126|26/01/2024|01/26/2024|26.01.2024|26 Jan "
		"2024|Jan 26, 2024|"
		"January 26 2024|Fri, 26 Jan 2024",
		"|x|2024|31/31/2024|2024-02-30|26 01"},

	{"\"type\":\"time\"",
		"15:00:00|00:00:00|23:59:59|24:00:00|15:00:00.5|15:00:00.123456789",
		"|15:00|15|1:00:00|15:60:00|15:00:60|25:00:00|24:00:01|24:00:00.1|15:00:00.|15-"
		"00-00|"
		"3:00:00 PM|15:00:00Z|15:00:00 |-15:00:00"},
	{"\"type\":\"time\",\"format\":\"%H:%M\"", "15:00|5:3", "15:00:00|24:00|15:60"},
	{"\"type\":\"time\",\"format\":\"%I:%M %p\"", "3:00 PM|12:59 am",
		"13:00 PM|0:10 AM|3:00|3:00 XM"},
	{"\"type\":\"time\",\"format\":\"any\"",
		"15:00:00|15:00|3:00 PM|3 pm|15:00:00+03:00|150000", "|x|25:00"},

	{"\"type\":\"datetime\"",
		"2024-01-26T15:00:00|2024-01-26T15:00:00.300-05:00|2024-01-26T15:00:00Z|"
		"2024-01-26 15:00:00|2024-01-26 15:00:00+00|2024-01-26 15:00:00.123456+00|"
		"2024-01-26 15:00:00+05:30|1800-01-01 00:00:00+03:06:52|2024-01-26T24:00:00|"
		"-0044-03-15T12:00:00|12024-01-26T15:00:00|2024-01-26T15:00:00.123456789012",
		"|2024-01-26|2024-01-26T15:00|2024-01-26t15:00:00|2024-01-26  "
		"15:00:00|2024-01-26T15:00:00z|"
		"2024-02-30T15:00:00|2024-01-26T25:00:00|2024-01-26T15:61:00|2024-01-26T15:00:"
		"61|"
		"2024-01-26T15:00:00+24:00|2024-01-26T15:00:00+5|2024-01-26T15:00:00+0530|"
		"2024-01-26T15:00:00.|0000-00-00 "
		"00:00:00|0000-01-01T00:00:00|24-01-26T15:00:00|"
		"02024-01-26T15:00:00|2024-01-26T15:00:00 "
		"|2024-01-26T15:00:00+05:60|1392000000"},
	{"\"type\":\"datetime\",\"format\":\"%d/%m/%Y %H:%M:%S\"", "12/11/2018 09:15:32",
		"12/11/2018|2018-11-12 09:15:32|12/11/2018 09:15:32.5|12/11/2018 24:00:00"},
	{"\"type\":\"datetime\",\"format\":\"%Y-%m-%dT%H:%M:%S.%f%z\"",
		"2024-01-26T15:00:00.5+0300|2024-01-26T15:00:00.123456+03:00|2024-01-26T15:00:"
		"00.1Z",
		"2024-01-26T15:00:00+0300|2024-01-26T15:00:00.5|2024-01-26T15:00:00.5+3"},
	{"\"type\":\"datetime\",\"format\":\"%s\"", "0|1392000000|-1", "|x|1.5|-"},
	{"\"type\":\"datetime\",\"format\":\"any\"",
		"2024-01-26T15:00:00Z|2024-01-26|26/01/2024 15:00|Jan 26, 2024, 3:00 PM|"
		"Fri, 26 Jan 2024 15:00:00 +0100|Fri, 26 Jan 2024 15:00:00 GMT|20240126T150000",
		"|x|2024-01-26 25:00|26/01/2024 x"},

	{"\"type\":\"year\"", "2024|0001|9999|12024|-0044|2024Z|2024+03:00",
		"|24|024|02024|0000|2024-01|2024+03|2024.0|+2024|x|2024 "},
	{"\"type\":\"yearmonth\"", "2024-01|2024-12|-0044-03|2024-01Z|12024-05",
		"|2024|2024-13|2024-00|2024-1|24-01|2024/01|2024-01-01|2024-01 "},
	{"\"type\":\"duration\"",
		"P1Y|P1M|P1D|PT1H|PT1M|PT1S|P1Y2M3DT4H5M6S|P1Y2M3DT10H30M|PT0.5S|-P120D|P0Y|"
		"PT1004199059S|P1M1D",
		"|P|PT|-P|P1|1Y|P1S|PT1Y|P1Y1Y|P1M1Y|P1D1M|PT1M1H|P1YT|P1.5Y|PT1.5M|PT.5S|PT1."
		"S|P-1Y|+P1Y|"
		"P1Y 2M|p1y|P1W|PT1H2"},

	{"\"type\":\"geopoint\"", "90.50,45.50|90.50, 45.50|-180,-90|180,90|0,0",
		"|90|90,|,45|181,0|0,91|-180.0001,0|90;45|90,45,1|a,b|90,  45| 90,45|NaN,0"},
	{"\"type\":\"geopoint\",\"format\":\"array\"", "[90.50, 45.50]|[ 0 , 0 ]|[-180,-90]",
		"|90,45|[90]|[90,45,1]|[\"90\",\"45\"]|[181,0]|[0,91]|[null,1]|[[1],2]|{}"},
	{"\"type\":\"geopoint\",\"format\":\"object\"",
		"{\"lon\":90.50,\"lat\":45.50}|{\"lat\":0,\"lon\":0}",
		"|{}|{\"lon\":1}|{\"lon\":\"1\",\"lat\":2}|{\"lon\":1,\"lat\":2,\"x\":3}|{"
		"\"lon\":181,\"lat\":0}|[1,2]"},
	{"\"type\":\"geojson\"",
		"{\"type\":\"Point\",\"coordinates\":[1,2]}|"
		"{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}|"
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}|"
		"{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,0]]]]}|"
		"{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Point\","
		"\"coordinates\":[1,2]}]}|"
		"{\"type\":\"Feature\",\"geometry\":null,\"properties\":{}}|"
		"{\"type\":\"FeatureCollection\",\"features\":[]}",
		"|{}|[]|{\"type\":\"Point\"}|{\"type\":\"Point\",\"coordinates\":[1]}|"
		"{\"type\":\"Point\",\"coordinates\":[\"1\",2]}|{\"type\":\"point\","
		"\"coordinates\":[1,2]}|"
		"{\"type\":\"LineString\",\"coordinates\":[[1,2]]}|"
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}|"
		"{\"type\":\"Feature\",\"geometry\":{\"type\":\"x\"},\"properties\":{}}|"
		"{\"type\":\"FeatureCollection\",\"features\":[{}]}"},
	{"\"type\":\"geojson\",\"format\":\"topojson\"",
		"{\"type\":\"Topology\",\"objects\":{\"a\":{\"type\":\"LineString\",\"arcs\":["
		"0]}},"
		"\"arcs\":[[[1,2],[3,4]]]}|{\"type\":\"Topology\",\"objects\":{},\"arcs\":[]}",
		"|{}|{\"type\":\"Topology\"}|{\"type\":\"Topology\",\"objects\":{\"a\":{"
		"\"type\":\"x\"}},\"arcs\":[]}|"
		"{\"type\":\"Point\",\"coordinates\":[1,2]}"},
};

/* A field and its type, from the members of a descriptor. */
struct fixture {
	struct table_schema *schema;
	struct cell_type *type;
};

static struct fixture
make_type(const char *members)
{
	struct error err = ERROR_INIT;
	struct fixture fx;
	char text[512];
	json_t *json;

	snprintf(text, sizeof text, "{\"fields\":[{\"name\":\"x\",%s}]}", members);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	fx.schema = table_schema_parse(json, "t", &err);
	json_decref(json);
	assert_string_equal(err.text, "");
	fx.type = cell_type_new(fx.schema->fields, &err);
	assert_string_equal(err.text, "");
	return fx;
}

static void
drop_type(struct fixture *fx)
{
	cell_type_free(fx->type);
	table_schema_free(fx->schema);
}

/* The bytes in memory of their own, so that a read behind them is found by a sanitizer. */
static bool
parse_exact(struct cell_type *type, const char *text, size_t n, struct cell *cell)
{
	char *copy = malloc(n + (n == 0));
	bool ok;

	assert_non_null(copy);
	memcpy(copy, text, n);
	ok = cell_parse(type, copy, n, cell);
	free(copy);
	return ok;
}

static void
expect_all(const char *members, const char *texts, bool expected)
{
	struct fixture fx;
	struct cell cell;

	if (texts == NULL)
		return;
	fx = make_type(members);
	for (const char *p = texts;;) {
		size_t n = strcspn(p, "|");

		if (parse_exact(fx.type, p, n, &cell) != expected) {
			print_error("{%s}: \"%.*s\" should be %s\n", members, (int)n, p,
				expected ? "valid" : "invalid");
			fail();
		}
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	assert_false(cell_type_failed(fx.type));
	drop_type(&fx);
}

static void
test_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		expect_all(types[i].field, types[i].valid, true);
		expect_all(types[i].field, types[i].invalid, false);
	}
}

/* Pairs and their order: '<', '=', '?' for none. */
static const struct {
	const char *field, *x;
	char order;
	const char *y;
} orders[] = {
	{"\"type\":\"integer\"", "1", '<', "2"},
	{"\"type\":\"integer\"", "-2", '<', "-1"},
	{"\"type\":\"integer\"", "007", '=', "+7"},
	{"\"type\":\"integer\"", "-0", '=', "0"},
	{"\"type\":\"integer\"", "9223372036854775807", '<', "9223372036854775808"},
	{"\"type\":\"integer\"", "-9223372036854775809", '<', "-9223372036854775808"},
	{"\"type\":\"integer\"", "00000000000000000000000000012", '=', "12"},
	{"\"type\":\"integer\"", "99999999999999999999", '<', "100000000000000000000"},
	{"\"type\":\"integer\",\"groupChar\":\",\"", "1,000", '=', "1000"},
	{"\"type\":\"number\"", "0.1", '=', ".10"},
	{"\"type\":\"number\"", "0.1", '<', "0.10000000000000000000000000000001"},
	{"\"type\":\"number\"", "9.99", '<', "10"},
	{"\"type\":\"number\"", "-10", '<', "-9.99"},
	{"\"type\":\"number\"", "-0.0", '=', "0"},
	{"\"type\":\"number\"", "1E3", '=', "1000"},
	{"\"type\":\"number\"", "1.5e-3", '=', "0.0015"},
	{"\"type\":\"number\"", "100", '=', "100.00"},
	{"\"type\":\"number\"", "12.34", '<', "12.4"},
	{"\"type\":\"number\"", "1e400", '<', "1e401"},
	{"\"type\":\"number\"", "1e400", '<', "INF"},
	{"\"type\":\"number\"", "-INF", '<', "-1e400"},
	{"\"type\":\"number\"", "INF", '=', "inf"},
	{"\"type\":\"number\"", "NaN", '?', "1"},
	{"\"type\":\"number\"", "NaN", '?', "NaN"},
	{"\"type\":\"date\"", "1999-12-31", '<', "2000-01-01"},
	{"\"type\":\"date\"", "0001-01-01", '<', "9999-12-31"},
	{"\"type\":\"date\",\"format\":\"%d/%m/%y\"", "01/01/69", '<', "01/01/68"},
	{"\"type\":\"time\"", "09:59:59", '<', "10:00:00"},
	{"\"type\":\"time\"", "10:00:00.1", '=', "10:00:00.10"},
	{"\"type\":\"datetime\"", "2024-01-01T00:00:00+03:00", '=', "2023-12-31 21:00:00+00"},
	{"\"type\":\"datetime\"", "2024-01-01T00:00:00Z", '=', "2024-01-01 00:00:00"},
	{"\"type\":\"datetime\"", "2023-12-31T24:00:00", '=', "2024-01-01T00:00:00"},
	{"\"type\":\"datetime\"", "2024-01-01 00:00:00.000001", '<',
		"2024-01-01 00:00:00.000002"},
	{"\"type\":\"datetime\"", "-0001-12-31T23:59:59", '<', "0001-01-01T00:00:00"},
	{"\"type\":\"datetime\",\"format\":\"%s\"", "0", '<', "1"},
	{"\"type\":\"datetime\",\"format\":\"%I %p\"", "12 AM", '<', "1 AM"},
	{"\"type\":\"datetime\",\"format\":\"%I %p\"", "11 AM", '<', "12 PM"},
	{"\"type\":\"year\"", "1999", '<', "2000"},
	{"\"type\":\"year\"", "-0001", '<', "0001"},
	{"\"type\":\"yearmonth\"", "1999-12", '<', "2000-01"},
	{"\"type\":\"duration\"", "P12M", '=', "P1Y"},
	{"\"type\":\"duration\"", "P1D", '=', "PT24H"},
	{"\"type\":\"duration\"", "PT0.5S", '<', "PT1S"},
	{"\"type\":\"duration\"", "-P1D", '<', "P1D"},
	{"\"type\":\"duration\"", "-PT1.5S", '<', "-PT1S"},
	/* XML Schema part 2, 3.2.6.2 */
	{"\"type\":\"duration\"", "P364D", '<', "P1Y"},
	{"\"type\":\"duration\"", "P1Y", '<', "P367D"},
	{"\"type\":\"duration\"", "P1Y", '?', "P365D"},
	{"\"type\":\"duration\"", "P27D", '<', "P1M"},
	{"\"type\":\"duration\"", "P1M", '?', "P28D"},
	{"\"type\":\"duration\"", "P1M", '?', "P30D"},
	{"\"type\":\"duration\"", "P1M", '<', "P32D"},
	{"\"type\":\"duration\"", "P5M", '?', "P150D"},
	{"\"type\":\"duration\"", "P5M", '<', "P154D"},
};

static int
order_code(char order)
{
	return order == '<' ? -1 : order == '=' ? 0 : 2;
}

static void
test_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		/* two types: a cell is good until the next parse with its type */
		struct fixture a = make_type(orders[i].field), b = make_type(orders[i].field);
		struct buffer ka = {NULL, 0, 0}, kb = {NULL, 0, 0};
		struct error err = ERROR_INIT;
		int expected = order_code(orders[i].order);
		struct cell x, y;

		print_message("# %s %c %s\n", orders[i].x, orders[i].order, orders[i].y);
		assert_true(cell_parse(a.type, orders[i].x, strlen(orders[i].x), &x));
		assert_true(cell_parse(b.type, orders[i].y, strlen(orders[i].y), &y));
		assert_int_equal(cell_compare(&x, &y), expected);
		assert_int_equal(cell_compare(&y, &x), expected == -1 ? 1 : expected);
		assert_int_equal(cell_key(&x, &ka, &err), 0);
		assert_int_equal(cell_key(&y, &kb, &err), 0);
		if (expected == 0) {
			assert_int_equal(ka.len, kb.len);
			assert_memory_equal(ka.data, kb.data, ka.len);
		} else if (strcmp(orders[i].x, orders[i].y) != 0) {
			assert_false(ka.len == kb.len && memcmp(ka.data, kb.data, ka.len) == 0);
		}
		free(ka.data);
		free(kb.data);
		drop_type(&a);
		drop_type(&b);
	}
}

static void
test_lengths(void **state)
{
	static const struct {
		const char *field, *text;
		size_t length;
	} cases[] = {
		{"\"type\":\"string\"", "", 0},
		{"\"type\":\"string\"", "abc", 3},
		{"\"type\":\"string\"", "éà😀", 3},
		{"\"type\":\"array\"", "[]", 0},
		{"\"type\":\"array\"", "[[1,2],{\"a\":1,\"b\":2},3]", 3},
		{"\"type\":\"object\"", "{}", 0},
		{"\"type\":\"object\"", "{\"a\":{\"b\":1,\"c\":2},\"d\":[1,2,3]}", 2},
		{"\"type\":\"list\"", "", 0},
		{"\"type\":\"list\"", "a,b,", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fixture fx = make_type(cases[i].field);
		struct cell cell;

		assert_true(cell_parse(fx.type, cases[i].text, strlen(cases[i].text), &cell));
		assert_int_equal(cell_length(&cell), cases[i].length);
		drop_type(&fx);
	}
}

/* Equal JSON values are one key, however they are written. */
static void
test_json_keys(void **state)
{
	struct fixture fx = make_type("\"type\":\"object\"");
	static const char *const texts[] = {
		"{\"a\":1,\"b\":[2]}", " { \"b\" : [ 2 ], \"a\" : 1 } ", "{\"a\":2,\"b\":[2]}"};
	struct buffer keys[3] = {{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}};
	struct error err = ERROR_INIT;
	struct cell cell;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(cell_parse(fx.type, texts[i], strlen(texts[i]), &cell));
		assert_int_equal(cell_key(&cell, &keys[i], &err), 0);
	}
	assert_int_equal(keys[0].len, keys[1].len);
	assert_memory_equal(keys[0].data, keys[1].data, keys[0].len);
	assert_memory_not_equal(keys[0].data, keys[2].data, keys[0].len);
	for (size_t i = 0; i < 3; i++)
		free(keys[i].data);
	drop_type(&fx);
}

static void
test_json_depth(void **state)
{
	struct fixture fx = make_type("\"type\":\"array\"");
	char deep[1200];
	struct cell cell;

	(void)state;
	memset(deep, '[', 512);
	memset(deep + 512, ']', 512);
	assert_true(cell_parse(fx.type, deep, 1024, &cell));
	memset(deep, '[', 513);
	memset(deep + 513, ']', 513);
	assert_false(cell_parse(fx.type, deep, 1026, &cell));
	memset(deep, '[', 1200);
	assert_false(cell_parse(fx.type, deep, 1200, &cell));
	drop_type(&fx);
}

static void
test_unknown_directive(void **state)
{
	struct error err = ERROR_INIT;
	json_t *json = json_loads("{\"fields\":[{\"name\":\"x\",\"type\":\"date\","
				  "\"format\":\"%Y %Q\"}]}",
		0, NULL);
	struct table_schema *s = table_schema_parse(json, "t", &err);

	(void)state;
	assert_non_null(s);
	assert_null(cell_type_new(s->fields, &err));
	assert_string_equal(err.text, "unknown directive '%Q' in the time pattern '%Y %Q'");
	table_schema_free(s);
	json_decref(json);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_json_keys),
		cmocka_unit_test(test_json_depth),
		cmocka_unit_test(test_unknown_directive),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
