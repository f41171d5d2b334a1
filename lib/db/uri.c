/*
 * uri.c - see uri.h
 *
 * Finding a password must not depend on the text being valid: a password with
 * a raw '/', '?' or '@' in it makes a wrong URI, whose error message still
 * must not show it.  So secrets are found by their own, broader rules
 * (next_secret), apart from uri_parse.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/uri.h"

/* A secret: [value, value_end) is wiped; [from, to) goes when the text is redacted. */
struct secret {
	size_t value, value_end;
	size_t from, to;
};

/* Length of "scheme://" at the start of text, or 0. */
static size_t
scheme_length(const char *text)
{
	size_t n = 0;

	if (!isalpha((unsigned char)text[0]))
		return 0;
	while (isalnum((unsigned char)text[n]) || text[n] == '+' || text[n] == '-' ||
		text[n] == '.')
		n++;
	return strncmp(text + n, "://", 3) == 0 ? n + 3 : 0;
}

enum uri_kind
uri_kind(const char *text)
{
	if (strncmp(text, "mysql://", 8) == 0 || strncmp(text, "mariadb://", 10) == 0)
		return URI_MYSQL;
	if (strncmp(text, "postgres://", 11) == 0 || strncmp(text, "postgresql://", 13) == 0)
		return URI_POSTGRES;
	return scheme_length(text) > 0 ? URI_UNKNOWN : URI_NONE;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Percent-decode n bytes to out (which has room for n).  Returns the length,
 * or SIZE_MAX for a broken escape or %00, which no C string can carry.
 */
static size_t
percent_decode(char *out, const char *text, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		int high, low;

		if (text[i] != '%') {
			out[used++] = text[i];
			continue;
		}
		high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < n ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return SIZE_MAX;
		out[used++] = (char)(high << 4 | low);
		i += 2;
	}
	return used;
}

/* password, sslpassword, ssl-passphrase, pwd; not passfile, which names a file. */
static bool
is_secret_name(const char *name, size_t n)
{
	char plain[64];
	size_t len;

	if (n > sizeof plain - 1)
		return false;
	len = percent_decode(plain, name, n);
	if (len == SIZE_MAX)
		return false;
	plain[len] = '\0';
	if (strcasecmp(plain, "passfile") == 0)
		return false;
	return strcasestr(plain, "pass") != NULL || strcasecmp(plain, "pwd") == 0;
}

/*
 * The password of user:password@.  It ends at the last '@' before the
 * parameters; if there is none, but what follows the ':' is no port, a raw
 * '?' stands in it and it ends at the last '@' of all.
 */
static bool
find_userinfo_secret(const char *text, size_t start, struct secret *s)
{
	size_t authority = strcspn(text + start, "/?");
	size_t before_query = start + strcspn(text + start, "?");
	const char *at = memrchr(text + start, '@', authority);
	const char *first =
		memchr(text + start, ':', at ? (size_t)(at - text) - start : authority);
	size_t colon;

	/* without a user, the colons behind '[' are those of an IPv6 address */
	if (first == NULL || (at == NULL && text[start] == '['))
		return false;
	colon = (size_t)(first - text);
	at = memrchr(first, '@', before_query - colon);
	if (at == NULL) {
		size_t port_end = colon + 1 + strspn(first + 1, "0123456789");

		if (text[port_end] == '\0' || text[port_end] == '/' || text[port_end] == '?')
			return false;
		at = strrchr(first, '@');
	}
	if (at == NULL || (size_t)(at - text) == colon + 1)
		return false;
	s->value = colon + 1;
	s->value_end = (size_t)(at - text);
	s->from = colon;
	s->to = s->value_end;
	return true;
}

/* The first secret parameter at or behind `from`, which lies behind the '?'. */
static bool
find_param_secret(const char *text, size_t from, struct secret *s)
{
	size_t i = from;

	while (text[i] != '\0') {
		size_t end = i + strcspn(text + i, "&");
		size_t eq = i + strcspn(text + i, "=&");

		if (text[eq] == '=' && end > eq + 1 && is_secret_name(text + i, eq - i)) {
			s->value = eq + 1;
			s->value_end = end;
			/* with the '&' behind it, or else with the '&' or '?' before it */
			s->from = text[end] == '&' ? i : i - 1;
			s->to = text[end] == '&' ? end + 1 : end;
			return true;
		}
		i = text[end] == '&' ? end + 1 : end;
	}
	return false;
}

/*
 * The end of a conninfo value whose text begins at i, by libpq's rules: the
 * closing quote, or white space, or the end of all; \' and the like are in it.
 */
static size_t
conninfo_value_end(const char *text, size_t i, bool quoted)
{
	for (; text[i] != '\0'; i++) {
		if (text[i] == '\\' && text[i + 1] != '\0')
			i++;
		else if (quoted ? text[i] == '\'' : isspace((unsigned char)text[i]) != 0)
			break;
	}
	return i;
}

static bool
find_conninfo_secret(const char *text, size_t from, struct secret *s)
{
	size_t i = from;

	for (;;) {
		size_t name, name_end, value, end;
		bool quoted;

		i += strspn(text + i, " \t\n\r\f\v");
		name = i;
		name_end = name + strcspn(text + name, "= \t\n\r\f\v");
		value = name_end + strspn(text + name_end, " \t\n\r\f\v");
		if (text[name] == '\0')
			return false;
		if (text[value] != '=') {
			i = value;
			continue;
		}
		value++;
		value += strspn(text + value, " \t\n\r\f\v");
		quoted = text[value] == '\'';
		/* the quotes stay, so that what follows is read as before */
		s->value = value + quoted;
		s->value_end = conninfo_value_end(text, s->value, quoted);
		end = s->value_end + (quoted && text[s->value_end] == '\'');
		if (s->value_end > s->value && is_secret_name(text + name, name_end - name)) {
			s->from = name;
			s->to = end + strspn(text + end, " \t\n\r\f\v");
			return true;
		}
		i = end > name ? end : name + 1;
	}
}

/* The next secret at or behind `from`; 0 begins. */
static bool
next_secret(const char *text, size_t from, struct secret *s)
{
	size_t start = scheme_length(text);
	size_t query;

	if (start == 0)
		return find_conninfo_secret(text, from, s);
	if (from == 0 && find_userinfo_secret(text, start, s))
		return true;
	query = strcspn(text, "?");
	if (text[query] == '\0')
		return false;
	return find_param_secret(text, from > query + 1 ? from : query + 1, s);
}

bool
uri_wipe(char *text)
{
	struct secret s;
	bool found = false;

	for (size_t from = 0; next_secret(text, from, &s); from = s.to) {
		memset(text + s.value, '*', s.value_end - s.value);
		found = true;
	}
	return found;
}

char *
uri_take(char *arg, bool *had_password, struct error *err)
{
	char *copy = strdup(arg);

	*had_password = uri_wipe(arg);
	if (copy == NULL)
		error_nomem(err);
	return copy;
}

char *
uri_redact(const char *text)
{
	char *out = malloc(strlen(text) + 1);
	size_t used = 0, done = 0;
	struct secret s;

	if (out == NULL)
		return NULL;
	for (size_t from = 0; next_secret(text, from, &s); from = s.to) {
		if (s.from > done) {
			memcpy(out + used, text + done, s.from - done);
			used += s.from - done;
		}
		done = s.to;
	}
	memcpy(out + used, text + done, strlen(text + done) + 1);
	used += strlen(text + done);
	if (done > 0 && used > 0 && (out[used - 1] == '?' || out[used - 1] == ' '))
		out[used - 1] = '\0';
	return out;
}

void
uri_free(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* Where the next text goes in u->memory. */
struct packer {
	char *next;
	bool broken; /* a bad percent escape was met */
};

static const char *
pack(struct packer *p, const char *text, size_t n)
{
	char *out = p->next;
	size_t used = percent_decode(out, text, n);

	if (used == SIZE_MAX) {
		p->broken = true;
		used = 0;
	}
	out[used] = '\0';
	p->next = out + used + 1;
	return out;
}

/* [user[:password]@]; returns what is behind it, up to end. */
static const char *
parse_userinfo(struct uri *u, struct packer *p, const char *text, const char *end)
{
	const char *at = memrchr(text, '@', (size_t)(end - text));
	const char *colon;

	if (at == NULL)
		return text;
	colon = memchr(text, ':', (size_t)(at - text));
	if (colon != NULL)
		u->password = pack(p, colon + 1, (size_t)(at - colon - 1));
	else
		colon = at;
	if (colon > text)
		u->user = pack(p, text, (size_t)(colon - text));
	return at + 1;
}

/* NULL, or what is wrong. */
static const char *
parse_port(struct uri *u, const char *text, const char *end)
{
	unsigned port = 0;

	if (text == end)
		return NULL;
	for (; text < end; text++) {
		if (!isdigit((unsigned char)*text) || port > 65535)
			return "the port is no number from 1 to 65535";
		port = port * 10 + (unsigned)(*text - '0');
	}
	if (port == 0 || port > 65535)
		return "the port is no number from 1 to 65535";
	u->port = port;
	return NULL;
}

/* [host][:port] */
static const char *
parse_host(struct uri *u, struct packer *p, const char *text, const char *end)
{
	const char *host = text, *host_end;

	if (text < end && *text == '[') {
		host = text + 1;
		host_end = memchr(text, ']', (size_t)(end - text));
		if (host_end == NULL)
			return "the ']' after the IPv6 address is missing";
		text = host_end + 1;
		if (text < end && *text != ':')
			return "only a port can follow the ']'";
	} else {
		host_end = memchr(text, ':', (size_t)(end - text));
		if (host_end == NULL)
			host_end = end;
		text = host_end;
	}
	if (host_end > host)
		u->host = pack(p, host, (size_t)(host_end - host));
	return text < end ? parse_port(u, text + 1, end) : NULL;
}

/* name=value&…; u->params has room for one more than there are '&'. */
static const char *
parse_params(struct uri *u, struct packer *p, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "&");
		size_t name = strcspn(text, "=&");

		if (name == 0 || name == n)
			return "a parameter is not of the form name=value";
		u->params[u->nparams].name = pack(p, text, name);
		u->params[u->nparams].value = pack(p, text + name + 1, n - name - 1);
		u->nparams++;
		text += n;
		if (*text == '&')
			text++;
	}
	return NULL;
}

static const char *
parse_all(struct uri *u, struct packer *p, const char *text)
{
	const char *end = text + strcspn(text, "/?");
	const char *problem = parse_host(u, p, parse_userinfo(u, p, text, end), end);

	if (problem != NULL)
		return problem;
	if (*end == '/') {
		text = end + 1;
		end = text + strcspn(text, "?");
		if (memchr(text, '/', (size_t)(end - text)) != NULL)
			return "a '/' in a name or password must be written %2F";
		if (end > text)
			u->database = pack(p, text, (size_t)(end - text));
	}
	if (*end == '?')
		problem = parse_params(u, p, end + 1);
	if (problem == NULL && p->broken)
		problem = "'%' must be followed by two hexadecimal digits, not 00";
	return problem;
}

/* About text, without its secrets. */
static int
uri_error(struct error *err, const char *text, const char *problem)
{
	char *shown = uri_redact(text);

	if (shown == NULL)
		return error_nomem(err);
	error_set(err, ERROR_USAGE, "cannot read the address '%s': %s", shown, problem);
	free(shown);
	return -1;
}

int
uri_parse(struct uri *u, const char *text, struct error *err)
{
	size_t parts = 8, start = scheme_length(text);
	struct packer packer = {NULL, false};
	const char *problem;

	memset(u, 0, sizeof *u);
	if (start == 0)
		return uri_error(err, text, "not of the form scheme://host/database");
	for (const char *s = text; *s != '\0'; s++)
		parts += *s == '&' ? 2 : 0;
	/* every part is copied once, with a NUL behind it */
	u->memory_size = strlen(text) + parts;
	u->memory = malloc(u->memory_size);
	u->params = calloc(parts, sizeof *u->params);
	if (u->memory == NULL || u->params == NULL) {
		uri_release(u);
		return error_nomem(err);
	}
	packer.next = u->memory;
	problem = parse_all(u, &packer, text + start);
	if (problem == NULL)
		return 0;
	uri_release(u);
	return uri_error(err, text, problem);
}

const char *
uri_param(const struct uri *u, const char *name)
{
	for (size_t i = u->nparams; i-- > 0;) {
		if (strcmp(u->params[i].name, name) == 0)
			return u->params[i].value;
	}
	return NULL;
}

void
uri_release(struct uri *u)
{
	if (u->memory != NULL)
		explicit_bzero(u->memory, u->memory_size);
	free(u->memory);
	free(u->params);
	memset(u, 0, sizeof *u);
}
