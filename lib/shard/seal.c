/*
 * seal.c - see seal.h
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/seal.h"

static int
set_hex(json_t *o, const char *key, uint64_t hash)
{
	char hex[17];

	snprintf(hex, sizeof hex, "%016" PRIx64, hash);
	return json_object_set_new(o, key, json_string(hex));
}

char *
seal_format(const struct seal *seal, size_t *len, struct error *err)
{
	json_t *o = json_object();
	json_t *columns = json_array();
	char *text = NULL;
	int bad = 0;

	for (size_t i = 0; i < seal->ncolumns; i++)
		bad |= json_array_append_new(columns, json_string(seal->columns[i]));
	bad |= json_object_set_new(o, "rows", json_integer((json_int_t)seal->rows));
	bad |= json_object_set_new(o, "bytes", json_integer((json_int_t)seal->bytes));
	bad |= set_hex(o, "xxh3", seal->xxh3);
	bad |= json_object_set(o, "columns", columns);
	bad |= json_object_set_new(o, "file_bytes", json_integer((json_int_t)seal->file_bytes));
	bad |= set_hex(o, "file_xxh3", seal->file_xxh3);
	if (bad == 0)
		text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (text == NULL)
		error_nomem(err);
	else
		*len = strlen(text);
	json_decref(columns);
	json_decref(o);
	return text;
}
