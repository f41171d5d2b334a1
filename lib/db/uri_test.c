/*
 * uri_test.c - addresses taken apart, and no way for a password to be shown
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/uri.h"

static void
test_kind(void **state)
{
	static const struct {
		const char *text;
		enum uri_kind kind;
	} cases[] = {
		{"mysql://h/db", URI_MYSQL},
		{"mariadb://", URI_MYSQL},
		{"postgres://h", URI_POSTGRES},
		{"postgresql:///db", URI_POSTGRES},
		{"oracle://h", URI_UNKNOWN},
		{"MySQL://h", URI_UNKNOWN},
		{"mysql:h", URI_NONE},
		{"host=a dbname=mysql://", URI_NONE},
		{"", URI_NONE},
		{"://x", URI_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (uri_kind(cases[i].text) != cases[i].kind)
			fail_msg("%s: kind %d", cases[i].text, (int)uri_kind(cases[i].text));
	}
}

static void
assert_text(const char *uri, const char *what, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) || (got != NULL && strcmp(got, want) != 0))
		fail_msg("%s: %s is '%s', not '%s'", uri, what, got ? got : "(none)",
			want ? want : "(none)");
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text, *user, *password, *host;
		unsigned port;
		const char *database, *socket;
	} cases[] = {
		{"mysql://u:p@h:3307/db?socket=/run/s", "u", "p", "h", 3307, "db", "/run/s"},
		{"mysql://", NULL, NULL, NULL, 0, NULL, NULL},
		{"mysql:///db", NULL, NULL, NULL, 0, "db", NULL},
		{"mysql://h", NULL, NULL, "h", 0, NULL, NULL},
		{"mysql://h/", NULL, NULL, "h", 0, NULL, NULL},
		{"mysql://h:/d", NULL, NULL, "h", 0, "d", NULL},
		{"mysql://u@h?socket=a%26b&x=", "u", NULL, "h", 0, NULL, "a&b"},
		{"mysql://u:@h/d", "u", "", "h", 0, "d", NULL},
		{"mysql://:p@h/d", NULL, "p", "h", 0, "d", NULL},
		{"mysql://u:p@w:d@h/d", "u", "p@w:d", "h", 0, "d", NULL},
		{"mysql://u%40x:p%2F%3a%3F@h/d%20b", "u@x", "p/:?", "h", 0, "d b", NULL},
		{"mysql://u:p#w@h/d", "u", "p#w", "h", 0, "d", NULL},
		{"mysql://u@[::1]:65535/d", "u", NULL, "::1", 65535, "d", NULL},
		{"mysql://[fe80::1%25eth0]/d", NULL, NULL, "fe80::1%eth0", 0, "d", NULL},
		{"mysql://%2Frun%2Fs.sock/d", NULL, NULL, "/run/s.sock", 0, "d", NULL},
		{"mysql://h/d?socket=a&socket=b", NULL, NULL, "h", 0, "d", "b"},
		{"mysql://h/\xd9\x85?", NULL, NULL, "h", 0, "\xd9\x85", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		struct uri u;

		if (uri_parse(&u, cases[i].text, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_text(cases[i].text, "user", u.user, cases[i].user);
		assert_text(cases[i].text, "password", u.password, cases[i].password);
		assert_text(cases[i].text, "host", u.host, cases[i].host);
		assert_text(cases[i].text, "database", u.database, cases[i].database);
		assert_text(cases[i].text, "socket", uri_param(&u, "socket"), cases[i].socket);
		assert_int_equal(u.port, cases[i].port);
		uri_release(&u);
		assert_null(u.memory);
	}
}

/* Each is refused, and none of the messages shows the word SECRET. */
static void
test_parse_errors(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "not of the form"},
		{"u:SECRET@h", "not of the form"},
		{"password=SECRET", "not of the form"},
		{"mysql://h:0/d", "port"},
		{"mysql://h:65536/d", "port"},
		{"mysql://h:99999999999999999999/d", "port"},
		{"mysql://h:12a/d", "port"},
		{"mysql://u:SECRET@[::1/d", "']'"},
		{"mysql://[::1]x/d", "']'"},
		{"mysql://u:SECRET%@h/d", "%"},
		{"mysql://u:SECRET%4@h/d", "%"},
		{"mysql://u:SECRET%zz@h/d", "%"},
		{"mysql://h/d%00SECRE", "%"},
		{"mysql://u:SEC/SECRET@h/d", "port"},
		{"mysql://u:12/SECRET@h/d", "%2F"},
		{"mysql://u:SEC?SECRET@h/d", "port"},
		{"mysql://u:a@b/SECRET@h/d", "%2F"},
		{"mysql://h/d?socket", "name=value"},
		{"mysql://h/d?=x", "name=value"},
		{"mysql://h/d?password=SECRET&x", "name=value"},
		{"mysql://h/d?%70assword=SECRET&x", "name=value"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		struct uri u;

		if (uri_parse(&u, cases[i].text, &err) == 0)
			fail_msg("%s: no error", cases[i].text);
		assert_int_equal(err.kind, ERROR_USAGE);
		if (strstr(err.text, cases[i].message) == NULL)
			fail_msg("%s: '%s' does not say '%s'", cases[i].text, err.text,
				cases[i].message);
		if (strcmp(cases[i].text, "u:SECRET@h") != 0 && strstr(err.text, "SECRET"))
			fail_msg("shown: %s", err.text);
		uri_release(&u);
	}
}

/* What is redacted, what is left of the argument, and whether there was a password. */
static void
test_secrets(void **state)
{
	static const struct {
		const char *text, *redacted, *wiped;
	} cases[] = {
		{"mysql://u:p@h/d", "mysql://u@h/d", "mysql://u:*@h/d"},
		{"mysql://u:a@b@h/d", "mysql://u@h/d", "mysql://u:***@h/d"},
		{"mysql://u:a/b@h/d", "mysql://u@h/d", "mysql://u:***@h/d"},
		{"mysql://u:1/b@h/d", "mysql://u@h/d", "mysql://u:***@h/d"},
		{"mysql://u:a?b@h/d", "mysql://u@h/d", "mysql://u:***@h/d"},
		{"mysql://u:@h/d", "mysql://u:@h/d", NULL},
		{"mysql://u@h:33/d", "mysql://u@h:33/d", NULL},
		{"mysql://h:33/d?x=a@b", "mysql://h:33/d?x=a@b", NULL},
		{"mysql://h:33", "mysql://h:33", NULL},
		{"mysql://[::1]:33/d@b", "mysql://[::1]:33/d@b", NULL},
		{"mysql://u@x:p@h/d", "mysql://u@x@h/d", "mysql://u@x:*@h/d"},
		{"mysql://u@h:33/d@b", "mysql://u@h:33/d@b", NULL},
		{"mysql://[u:p@h/d", "mysql://[u@h/d", "mysql://[u:*@h/d"},
		{"pg://h?password=p", "pg://h", "pg://h?password=*"},
		{"pg://h?a=b&password=p", "pg://h?a=b", "pg://h?a=b&password=*"},
		{"pg://h?password=p&a=b", "pg://h?a=b", "pg://h?password=*&a=b"},
		{"pg://h?p%61ssword=p&a=b", "pg://h?a=b", "pg://h?p%61ssword=*&a=b"},
		{"pg://h?PASSWORD=p&pwd=qq", "pg://h", "pg://h?PASSWORD=*&pwd=**"},
		{"pg://u:p@h?sslpassword=q", "pg://u@h", "pg://u:*@h?sslpassword=*"},
		{"pg://h?passfile=p&password=", "pg://h?passfile=p&password=", NULL},
		{"host=h password=p user=u", "host=h user=u", "host=h password=* user=u"},
		{"host=h password=p", "host=h", "host=h password=*"},
		{"password = 'a\\' b' host=h", "host=h", "password = '*****' host=h"},
		{"password=a\\ b host=h", "host=h", "password=**** host=h"},
		{"password='a b", "", "password='***"},
		{"password='' host=h", "password='' host=h", NULL},
		{"password='p'host=h", "host=h", "password='*'host=h"},
		{"host='password=x' a=b", "host='password=x' a=b", NULL},
		{"password= host=h", "", "password= ******"},
		{"junk password=p", "junk", "junk password=*"},
		{"=x password=p", "=x", "=x password=*"},
		{"passfile=/p host=h", "passfile=/p host=h", NULL},
		{"dbname", "dbname", NULL},
		{"", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = ERROR_INIT;
		char *arg = strdup(cases[i].text);
		char *redacted = uri_redact(arg);
		bool had;
		char *copy = uri_take(arg, &had, &err);

		assert_text(cases[i].text, "redacted", redacted, cases[i].redacted);
		assert_text(cases[i].text, "copy", copy, cases[i].text);
		assert_text(cases[i].text, "argument", arg,
			cases[i].wiped ? cases[i].wiped : cases[i].text);
		assert_int_equal(had, cases[i].wiped != NULL);
		free(redacted);
		free(arg);
		uri_free(copy);
	}
}

/* Any prefix of any text with any few bytes changed: no crash, no byte outside. */
static void
test_garbage(void **state)
{
	static const char *const seeds[] = {
		"mysql://us%41er:pa%20ss@[::1]:3306/d%62?socket=%2Fx&password=q&a=b",
		"host=h password='a\\'b' sslpassword = x dbname=d",
	};
	static const char bytes[] = "%:/?#[]@!$&'()*+,;= \\0aZ\x80\xff\n";
	uint64_t random = 20240611; /* an xorshift's seed: the run is always the same */

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct error err = ERROR_INIT;
		const char *seed = seeds[round & 1];
		char *text = strdup(seed);
		char *redacted;
		struct uri u;

		for (int k = 0; k < 4; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			text[random % strlen(seed)] =
				bytes[(random >> 20) % (sizeof bytes - 1)];
		}
		text[(random >> 32) % (strlen(seed) + 1)] = '\0';
		redacted = uri_redact(text);
		assert_non_null(redacted);
		assert_true(strlen(redacted) <= strlen(text));
		if (uri_parse(&u, text, &err) == 0)
			uri_release(&u);
		uri_wipe(text);
		free(text);
		free(redacted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_errors),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_garbage),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
