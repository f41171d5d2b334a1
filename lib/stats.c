/*
 * stats.c - see stats.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include "clock.h"
#include "csv/stream.h"
#include "stats.h"

void
stats_start(struct stats *s)
{
	memset(s, 0, sizeof *s);
	s->started = clock_ns();
}

double
stats_seconds(const struct stats *s)
{
	return (double)(clock_ns() - s->started) / 1e9;
}

static int
set_count(json_t *o, const char *key, uint64_t n)
{
	return json_object_set_new(o, key, json_integer((json_int_t)n));
}

static char *
format(const struct stats *s, const char *program, const json_t *extra)
{
	char hash[17];
	json_t *o = json_object();
	char *text = NULL;
	int bad = 0;

	snprintf(hash, sizeof hash, "%016" PRIx64, s->hash);
	bad |= json_object_set_new(o, "program", json_string(program));
	bad |= set_count(o, "rows_in", s->rows_in);
	bad |= set_count(o, "rows_out", s->rows_out);
	bad |= set_count(o, "rejected", s->rejected);
	bad |= set_count(o, "filtered", s->filtered);
	bad |= set_count(o, "added", s->added);
	bad |= set_count(o, "bytes_in", s->bytes_in);
	bad |= set_count(o, "bytes_out", s->bytes_out);
	bad |= json_object_set_new(o, "seconds", json_real(stats_seconds(s)));
	if (s->hash != 0)
		bad |= json_object_set_new(o, "xxh3", json_string(hash));
	if (extra != NULL) {
		json_t *copy = json_copy((json_t *)extra);

		bad |= copy == NULL || json_object_update(o, copy) != 0;
		json_decref(copy);
	}
	if (bad == 0)
		text = json_dumps(
			o, JSON_PRESERVE_ORDER | JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(o);
	return text;
}

int
stats_write(const struct stats *s, const char *program, const char *path, const json_t *extra,
	struct error *err)
{
	char *text = format(s, program, extra);
	struct stream_out *out;
	int status = -1;

	if (text == NULL)
		return error_nomem(err);
	out = stream_out_open(path, NULL, err);
	if (out == NULL)
		goto done;
	if (stream_out_write(out, text, strlen(text), err) < 0 ||
		stream_out_write(out, "\n", 1, err) < 0) {
		stream_out_discard(out);
		goto done;
	}
	status = stream_out_finish(out, NULL, err);
done:
	free(text);
	return status;
}
