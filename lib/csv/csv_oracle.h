/*
 * csv_oracle.h - for tests: what an input holds, by our reader and by libcsv alone
 *
 * Both are written down as text, which can be compared: a field in brackets,
 * NULL as ~, a record a line, the end mark as a dot at the end.
 */
#ifndef CSV_CSV_ORACLE_H
#define CSV_CSV_ORACLE_H

#include <csv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csv/csv_reader.h"

/* Like assert, in every build. */
static inline void
oracle_require(bool holds)
{
	if (!holds)
		abort();
}

/* What a reader made of an input, as text: a field a token, NULL as ~. */
struct outcome {
	char text[16384];
	size_t len;
	bool failed;
};

static inline void
note(struct outcome *o, const char *s, size_t n)
{
	oracle_require(o->len + n < sizeof o->text);
	memcpy(o->text + o->len, s, n);
	o->len += n;
}

static inline void
note_field(struct outcome *o, const char *s, size_t n, bool null)
{
	if (null)
		note(o, "~", 1);
	else {
		note(o, "[", 1);
		note(o, s, n);
		note(o, "]", 1);
	}
}

/* A stream over bytes, by way of an unnamed file. */
static inline struct stream_in *
stream_over(const char *bytes, size_t len, int *fd)
{
	struct error err = ERROR_INIT;
	struct stream_in *in;
	char path[64];

	*fd = memfd_create("csv", 0);
	oracle_require(*fd >= 0);
	oracle_require(write(*fd, bytes, len) == (ssize_t)len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", *fd);
	in = stream_in_open(path, &err);
	oracle_require(in != NULL);
	return in;
}

/* Everything that the reader gives, header included; also checks raw, line and offset. */
static inline void
run_reader(const char *bytes, size_t len, struct outcome *o, struct error *err)
{
	const struct csv_record *rec = NULL;
	struct csv_reader *r;
	struct stream_in *in;
	int fd, got;

	memset(o, 0, sizeof *o);
	in = stream_over(bytes, len, &fd);
	r = csv_reader_new(in, err);
	oracle_require(r != NULL);
	got = csv_reader_header(r, &rec, err) == 0 ? 1 : -1;
	while (got > 0) {
		for (size_t i = 0; i < rec->nfields; i++)
			note_field(
				o, rec->fields[i].ptr, rec->fields[i].len, rec->fields[i].null);
		note(o, "\n", 1);
		oracle_require(rec->offset + rec->raw_len <= len);
		oracle_require(memcmp(bytes + rec->offset, rec->raw, rec->raw_len) == 0);
		got = csv_reader_next(r, &rec, err);
	}
	o->failed = got < 0;
	if (csv_reader_end_mark(r))
		note(o, ".", 1);
	csv_reader_free(r);
	stream_in_close(in);
	close(fd);
}

/* The oracle: libcsv alone, byte by byte, with what csv_reader.h adds to it said plainly. */
struct oracle {
	struct outcome *out;
	size_t whole; /* length of the text up to the last whole record */
	size_t nfields;
	int ended_by; /* 0: the record goes on */
};

static inline void
oracle_field(void *data, size_t len, void *arg)
{
	struct oracle *o = arg;

	note_field(o->out, data, len, data == NULL);
	o->nfields++;
}

static inline void
oracle_record(int c, void *arg)
{
	struct oracle *o = arg;

	o->ended_by = c;
}

static inline void
oracle_end(struct oracle *o)
{
	if (o->nfields == 0)
		note(o->out, "~", 1);
	note(o->out, "\n", 1);
	o->whole = o->out->len;
	o->nfields = 0;
	o->ended_by = 0;
}

static inline int
oracle_no_space(unsigned char c)
{
	(void)c;
	return 0;
}

/* Whether the line at p is an end mark; n is set to its length with its line end. */
static inline bool
oracle_end_mark(const char *p, size_t left, size_t *n)
{
	if (left < 2 || p[0] != '\\' || p[1] != '.')
		return false;
	*n = 2;
	if (left > 2 && p[2] == '\r' && (left == 3 || p[3] == '\n'))
		(*n)++;
	if (*n < left && p[*n] == '\n')
		(*n)++;
	else if (*n < left)
		return false;
	return true;
}

static inline void
run_oracle(const char *bytes, size_t len, struct outcome *out)
{
	struct oracle o = {.out = out};
	struct csv_parser p;
	bool at_start = true;
	size_t mark;

	memset(out, 0, sizeof *out);
	csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_EMPTY_IS_NULL);
	csv_set_space_func(&p, oracle_no_space);
	for (size_t i = 0; i < len && !out->failed; i++) {
		if (at_start && oracle_end_mark(bytes + i, len - i, &mark)) {
			if (i + mark == len)
				note(out, ".", 1);
			else
				out->failed = true;
			break;
		}
		at_start = false;
		if (csv_parse(&p, bytes + i, 1, oracle_field, oracle_record, &o) != 1) {
			out->failed = true;
		} else if (o.ended_by == '\r') {
			/* CR ends a record only together with LF */
			if (i + 1 == len || bytes[i + 1] != '\n')
				out->failed = true;
			else
				i++;
		}
		if (o.ended_by != 0 && !out->failed) {
			oracle_end(&o);
			at_start = true;
		}
	}
	if (!out->failed && !at_start) {
		if (csv_fini(&p, oracle_field, oracle_record, &o) != 0)
			out->failed = true;
		else
			oracle_end(&o);
	}
	/* what was seen of a record that ends in an error is not handed out */
	if (out->failed)
		out->len = o.whole;
	csv_free(&p);
}

#endif
