/*
 * uri.h - addresses of databases, and the passwords in them
 *
 * A source or target on the command line is a URI (mysql://, mariadb://,
 * postgres://, postgresql://) or libpq's conninfo (host=… password=…).  A
 * password in it would be seen in the process list, in messages and in
 * manifests, so a program takes its argument with uri_take, and shows only
 * what uri_redact gives.
 *
 * uri_parse takes apart what is meant for MySQL; PostgreSQL's addresses go to
 * libpq as they are.
 */
#ifndef DB_URI_H
#define DB_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum uri_kind {
	URI_NONE,     /* not a URI: conninfo, a database's name, or nonsense */
	URI_UNKNOWN,  /* a URI of another scheme */
	URI_MYSQL,    /* mysql://, mariadb:// */
	URI_POSTGRES, /* postgres://, postgresql:// */
};

/* By the scheme, which is lower case, as libpq demands. */
enum uri_kind uri_kind(const char *text);

/*
 * A copy of arg, for the caller to free with uri_free, after which every
 * password in arg itself is overwritten with '*': arg lies in argv, which the
 * process list shows.  *had_password tells whether there was one.  NULL for
 * want of memory (arg is wiped also then).
 */
char *uri_take(char *arg, bool *had_password, struct error *err);

/* Overwrite every password in text with '*'.  Returns whether there was one. */
bool uri_wipe(char *text);

/*
 * A copy of text, URI or conninfo, without its passwords, for the caller to
 * free; NULL for want of memory.  What is no valid URI loses rather too much
 * than too little.
 */
char *uri_redact(const char *text);

/* Wipe all of text and free it.  Takes NULL. */
void uri_free(char *text);

struct uri_param {
	const char *name;
	const char *value;
};

/* Everything is percent-decoded; NULL (port: 0) is what the URI does not say. */
struct uri {
	const char *user;
	const char *password;
	const char *host; /* IPv6 without its brackets */
	unsigned port;
	const char *database;
	struct uri_param *params; /* in the order of the URI */
	size_t nparams;
	char *memory; /* holds all the texts */
	size_t memory_size;
};

/*
 * Parse scheme://[user[:password]@][host][:port][/database][?name=value&…]
 * (RFC 3986; the last '@' ends the password).  ERROR_USAGE when it is not
 * that; the message never shows the password.  uri_release after success.
 */
int uri_parse(struct uri *u, const char *text, struct error *err);

/* The value of a parameter (the last, if there are several), or NULL. */
const char *uri_param(const struct uri *u, const char *name);

/* Wipe and free; *u is empty then. */
void uri_release(struct uri *u);

#endif
