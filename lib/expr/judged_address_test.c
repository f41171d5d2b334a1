/*
 * judged_address_test.c - inet and cidr, judged by a live PostgreSQL
 *
 * Each text as both types; each address by all functions and, with each other
 * address, by all operators.
 */
#include "expr/differential_test.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const texts[] = {
	"192.168.1.5",
	"192.168.1.5/24",
	"10/8",
	"10.1/16",
	"10.1.2/24",
	"10.1/24",
	"10.1",
	"1.2.3.4.",
	"1.2.3.4.5",
	"1.2.3./24",
	"256.1.1.1",
	"1.2.3.4/33",
	"1.2.3.4/",
	"1.2.3.4/0",
	"01.02.03.04",
	"1.2.3.4/024",
	"::",
	"::1",
	"::/0",
	"1::/64",
	"::ffff:1.2.3.4",
	"::1.2.3.4",
	"::1.2.3.4/96",
	"2001:4f8:3:ba:2e0:81ff:fe22:d1f1",
	"2001:4f8:3:ba::/64",
	"2001:4f8:3:ba:2e0:81ff:fe22:d1f1/128",
	"1:2:3:4:5:6:7:8:9",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7::",
	"::2:3:4:5:6:7:8",
	"1::2::3",
	":1",
	":",
	"1:",
	"12345::",
	"g::",
	"::/129",
	"::/01",
	"::/",
	"::1.2.3",
	"::1.2.3.4.5",
	"::01.2.3.4",
	"::1.2.3.4/",
	"1:2:3:4:5:6:1.2.3.4",
	"1:2:3:4:5:6:7:1.2.3.4",
	"",
	"x",
	" 1.2.3.4",
	"1.2.3.4 ",
	"1.2.3.4/24x",
	"0:0:0:0:0:0:0:0",
	"0:0:1:0:0:0:0:1",
	"1:0:0:2:0:0:0:3",
	"::ffff:0:0",
	"::1:0",
	"::2",
	"::FFFF:255.255.255.255/100",
	"fe80::1%eth0",
	"0.0.0.0",
	"255.255.255.255/1",
	"224/4",
	"224",
	"240",
	"192.168",
	"128.1",
	"10",
	"10.0.0.0/33",
	"0x0a",
	"10.",
	"1.2.3.4/8",
	"2001::/16",
	"2001:db8::1/64",
};

static const char *const addresses[] = {"192.168.1.5", "192.168.1.5/24", "10/8", "::1",
	"2001:4f8:3:ba:2e0:81ff:fe22:d1f1/64", "::ffff:1.2.3.4/120", "0.0.0.0/0",
	"255.255.255.255"};
static const char *const others[] = {"192.168.1.5", "192.168.1/24", "192.168.1.6/24",
	"192.168.0.0/16", "::1", "::/0", "2001:4f8::/32", "10.0.0.0/8", "10.0.0.0"};

static const char *const of_one[] = {"host(%s)", "abbrev(%s)", "family(%s)", "masklen(%s)",
	"broadcast(%s)", "network(%s)", "netmask(%s)", "hostmask(%s)", "text(%s)", "~ (%s)",
	"(%s)::text", "concat(%s)", "(%s) || 'x'", "to_jsonb(%s)", "ARRAY[%s, NULL]",
	"(%s)::cidr", "(%s)::varchar(7)", "(%s)::char(5)", "((%s)::cidr)::text",
	"((%s)::cidr)::inet", "format('%%s', %s)", "jsonb_build_object(%s, 1)",
	"set_masklen(%s, -1)", "set_masklen(%s, 0)", "set_masklen(%s, 33)",
	"set_masklen(%s, 64)", "set_masklen(%s, 129)", "set_masklen(network(%s), -1)",
	"set_masklen(network(%s), 8)", "set_masklen(network(%s), 200)", "(%s) + 1", "(%s) - 1",
	"(%s) + 256", "(%s) - -256", "(%s) + 4294967296", "(%s) - 9223372036854775807",
	"5 + (%s)"};
static const char *const of_two[] = {"%s = %s", "%s <> %s", "%s < %s", "%s <= %s", "%s > %s",
	"%s >= %s", "%s << %s", "%s <<= %s", "%s >> %s", "%s >>= %s", "%s && %s", "%s & %s",
	"%s | %s", "%s - %s", "inet_same_family(%s, %s)", "inet_merge(%s, %s)"};

static const char *const singles[] = {
	"inet '192.168.1.5' << '192.168.1/24'",
	"'192.168.1.5' << inet '192.168.1/24'",
	"network(inet '10.1.2.3/8') = '10/8'",
	"network(inet '10.1.2.3/8') << '10/8'",
	"host('192.168.1.5/24'::cidr)",
	"host(network('192.168.1.5/24'))",
	"abbrev(cidr '10.1/16')",
	"masklen(cidr '10.1/16')",
	"host('1.2.3.4')",
	"greatest(inet '1.2.3.4', '1.2.3.5')",
	"inet '1.2.3.4' IN ('1.2.3.4','::1')",
	"'{1.2.3.4,::1}'::inet[]",
	"'{1.2.3.4,10/8}'::cidr[]",
	"coalesce(inet '1.2.3.4', cidr '10/8')",
	"coalesce(cidr '10/8', inet '1.2.3.4')",
	"CASE WHEN ci = '12' THEN cidr '10/8' ELSE inet '1.2.3.4' END",
	"nullif(inet '1.2.3.4', '1.2.3.4')",
	"inet '1.2.3.4' = ANY('{1.2.3.4}')",
	"inet(ct)",
	"inet '1.2.3.4'::text LIKE '1.2%'",
	"length(inet '1.2.3.4')",
	"ct::inet",
	"inet '1.2.3.4' BETWEEN '1.2.3.0' AND '1.2.3.9'",
	"inet 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' - inet '::'",
	"inet '8000::' - inet '::'",
	"inet '::8000:0:0:0' - inet '::'",
	"inet '::' - inet '::8000:0:0:0'",
	"inet '::7fff:ffff:ffff:ffff' - inet '::'",
	"inet '0.0.0.0' - inet '255.255.255.255'",
};

/* Templates over inet literals of one or two addresses. */
static void
ask_all(struct world *w, const char *const *templates, size_t n, const char *a, const char *b)
{
	char left[128], right[128];

	snprintf(left, sizeof left, "inet '%s'", a);
	snprintf(right, sizeof right, "inet '%s'", b);
	ask_templates(w, templates, n, left, right);
}

static void
test_texts(void **state)
{
	static char asked[2 * COUNT(texts)][128];
	const char *list[2 * COUNT(texts)];

	for (size_t i = 0; i < COUNT(texts); i++) {
		/* not a literal, whose error would come at start */
		snprintf(asked[2 * i], sizeof asked[0], "(concat(cn) || '%s')::inet", texts[i]);
		snprintf(asked[2 * i + 1], sizeof asked[0], "(concat(cn) || '%s')::cidr",
			texts[i]);
		list[2 * i] = asked[2 * i];
		list[2 * i + 1] = asked[2 * i + 1];
	}
	ask(*state, list, 2 * COUNT(texts));
}

static void
test_one(void **state)
{
	for (size_t i = 0; i < COUNT(addresses); i++)
		ask_all(*state, of_one, COUNT(of_one), addresses[i], "");
}

static void
test_two(void **state)
{
	for (size_t i = 0; i < COUNT(addresses); i++) {
		for (size_t k = 0; k < COUNT(others); k++)
			ask_all(*state, of_two, COUNT(of_two), addresses[i], others[k]);
	}
}

static void
test_singles(void **state)
{
	ask(*state, singles, COUNT(singles));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts),
		cmocka_unit_test(test_one), cmocka_unit_test(test_two),
		cmocka_unit_test(test_singles)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
