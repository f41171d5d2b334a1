/*
 * binlog_charset.h - texts of the binary log, which are in their columns' character sets
 *
 * A table copy has the server convert them to UTF-8; here that is done with
 * what the server says of each byte of an eight bit character set, so that the
 * same comes out.
 */
#ifndef EXTRACT_BINLOG_CHARSET_H
#define EXTRACT_BINLOG_CHARSET_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct binlog_charset;

/* A buffer that grows; all zero at first, released with free(data). */
struct binlog_buffer {
	char *data;
	size_t cap;
	bool failed; /* memory was short */
};

/* Room for n bytes, or NULL. */
char *binlog_buffer_room(struct binlog_buffer *b, size_t n);

/*
 * The character set called name; *charset is NULL where nothing is to be
 * converted (UTF-8, bytes).  The caller's (binlog_charset_free).  One of
 * several bytes that is not known here is ERROR_USAGE.
 */
int binlog_charset_find(
	MYSQL *conn, const char *name, struct binlog_charset **charset, struct error *err);

/* The text in UTF-8, in b's memory, its length in *len; NULL for want of memory. */
const char *binlog_charset_convert(const struct binlog_charset *charset, const char *text,
	size_t *len, struct binlog_buffer *b);

/* Takes NULL. */
void binlog_charset_free(struct binlog_charset *charset);

#endif
