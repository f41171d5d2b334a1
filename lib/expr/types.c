/*
 * types.c - see types.h
 */
#include <stdio.h>
#include <string.h>

#include "expr/types.h"

struct type_entry {
	const char *name;
	const char *array;
	char category;
	bool preferred;
};

static const struct type_entry types[TYPE_COUNT] = {
	[TYPE_UNKNOWN] = {"unknown", "unknown[]", 'X', false},
	[TYPE_TEXT] = {"text", "text[]", 'S', true},
	[TYPE_BPCHAR] = {"character", "character[]", 'S', false},
	[TYPE_BOOL] = {"boolean", "boolean[]", 'B', true},
	[TYPE_INT2] = {"smallint", "smallint[]", 'N', false},
	[TYPE_INT4] = {"integer", "integer[]", 'N', false},
	[TYPE_INT8] = {"bigint", "bigint[]", 'N', false},
	[TYPE_NUMERIC] = {"numeric", "numeric[]", 'N', false},
	[TYPE_FLOAT8] = {"double precision", "double precision[]", 'N', true},
	[TYPE_DATE] = {"date", "date[]", 'D', false},
	[TYPE_TIMESTAMP] = {"timestamp without time zone", "timestamp without time zone[]", 'D',
		false},
	[TYPE_TIMESTAMPTZ] = {"timestamp with time zone", "timestamp with time zone[]", 'D',
		true},
	[TYPE_INTERVAL] = {"interval", "interval[]", 'T', true},
	[TYPE_JSONB] = {"jsonb", "jsonb[]", 'U', false},
	[TYPE_BYTEA] = {"bytea", "bytea[]", 'U', false},
	[TYPE_UUID] = {"uuid", "uuid[]", 'U', false},
	[TYPE_JSON] = {"json", "json[]", 'U', false},
	[TYPE_FLOAT4] = {"real", "real[]", 'N', false},
	[TYPE_TIME] = {"time without time zone", "time without time zone[]", 'D', false},
	[TYPE_INET] = {"inet", "inet[]", 'I', true},
	[TYPE_CIDR] = {"cidr", "cidr[]", 'I', false},
};

static const char *const pseudo_types[] = {
	"anyarray", "anyelement", "anycompatiblearray", "anycompatible", "any"};

/* Names by which the parser or a user may call a type; varchar is text with a modifier. */
static const struct {
	const char *name;
	enum value_type type;
} type_names[] = {
	{"text", TYPE_TEXT},
	{"varchar", TYPE_TEXT},
	{"bpchar", TYPE_BPCHAR},
	{"bool", TYPE_BOOL},
	{"int2", TYPE_INT2},
	{"int4", TYPE_INT4},
	{"int8", TYPE_INT8},
	{"numeric", TYPE_NUMERIC},
	{"float8", TYPE_FLOAT8},
	{"date", TYPE_DATE},
	{"timestamp", TYPE_TIMESTAMP},
	{"timestamptz", TYPE_TIMESTAMPTZ},
	{"interval", TYPE_INTERVAL},
	{"jsonb", TYPE_JSONB},
	{"bytea", TYPE_BYTEA},
	{"uuid", TYPE_UUID},
	{"json", TYPE_JSON},
	{"float4", TYPE_FLOAT4},
	{"time", TYPE_TIME},
	{"inet", TYPE_INET},
	{"cidr", TYPE_CIDR},
};

static const char *const other_types[] = {"timetz", "macaddr", "macaddr8", "money", "bit",
	"varbit", "xml", "name", "char", "oid", "point", "tsvector", "int4range", "int8range",
	"numrange", "daterange", "tsrange", "tstzrange", NULL};

const char *
type_name(enum value_type type)
{
	if (type_is_pseudo(type))
		return pseudo_types[type - TYPE_ANYARRAY];
	return type_is_array(type) ? types[type_element(type)].array : types[type].name;
}

char
type_category(enum value_type type)
{
	if (type_is_pseudo(type))
		return 'P';
	return type_is_array(type) ? 'A' : types[type].category;
}

bool
type_preferred(enum value_type type)
{
	return type < TYPE_COUNT && types[type].preferred;
}

bool
type_find(const char *name, enum value_type *type)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
		if (strcmp(name, type_names[i].name) == 0) {
			*type = type_names[i].type;
			return true;
		}
	}
	return false;
}

bool
type_known_elsewhere(const char *name)
{
	for (size_t i = 0; other_types[i] != NULL; i++) {
		if (strcmp(name, other_types[i]) == 0)
			return true;
	}
	return false;
}

const char *
type_display(enum value_type type, int32_t typmod, char *buf, size_t size)
{
	size_t len;

	if (typmod < 0) {
		snprintf(buf, size, "%s", type_name(type));
		return buf;
	}
	if (type_is_array(type)) {
		type_display(type_element(type), typmod, buf, size);
		len = strlen(buf);
		snprintf(buf + len, size - len, "[]");
		return buf;
	}
	switch (type) {
	case TYPE_TEXT: snprintf(buf, size, "character varying(%d)", typmod - 4); break;
	case TYPE_BPCHAR: snprintf(buf, size, "character(%d)", typmod - 4); break;
	case TYPE_NUMERIC:
		snprintf(buf, size, "numeric(%d,%d)", (typmod - 4) >> 16 & 0xFFFF,
			(((typmod - 4) & 0x7FF) ^ 1024) - 1024);
		break;
	case TYPE_TIMESTAMP:
		snprintf(buf, size, "timestamp(%d) without time zone", typmod);
		break;
	case TYPE_TIMESTAMPTZ:
		snprintf(buf, size, "timestamp(%d) with time zone", typmod);
		break;
	case TYPE_TIME: snprintf(buf, size, "time(%d) without time zone", typmod); break;
	default: snprintf(buf, size, "%s", type_name(type)); break;
	}
	return buf;
}

static const char *
numeric_modifier(const int32_t *mods, int nmods, int32_t *typmod, char *buf, size_t size)
{
	int32_t scale = nmods == 2 ? mods[1] : 0;

	if (nmods > 2)
		return "invalid NUMERIC type modifier";
	if (mods[0] < 1 || mods[0] > 1000) {
		snprintf(buf, size, "NUMERIC precision %d must be between 1 and 1000", mods[0]);
		return buf;
	}
	if (scale < -1000 || scale > 1000) {
		snprintf(buf, size, "NUMERIC scale %d must be between -1000 and 1000", scale);
		return buf;
	}
	*typmod = (mods[0] << 16 | (scale & 0x7FF)) + 4;
	return NULL;
}

static const char *
length_modifier(const char *name, const int32_t *mods, int nmods, int32_t *typmod, char *buf,
	size_t size)
{
	const char *shown = strcmp(name, "bpchar") == 0 ? "char" : name;

	if (nmods != 1)
		return "invalid type modifier";
	if (mods[0] < 1) {
		snprintf(buf, size, "length for type %s must be at least 1", shown);
		return buf;
	}
	if (mods[0] > 10485760) {
		snprintf(buf, size, "length for type %s cannot exceed 10485760", shown);
		return buf;
	}
	*typmod = mods[0] + 4;
	return NULL;
}

const char *
type_modifier(const char *name, const int32_t *mods, int nmods, int32_t *typmod, char *buf,
	size_t size)
{
	*typmod = -1;
	if (nmods == 0)
		return NULL;
	if (strcmp(name, "numeric") == 0)
		return numeric_modifier(mods, nmods, typmod, buf, size);
	if (strcmp(name, "varchar") == 0 || strcmp(name, "bpchar") == 0)
		return length_modifier(name, mods, nmods, typmod, buf, size);
	if (strcmp(name, "timestamp") == 0 || strcmp(name, "timestamptz") == 0 ||
		strcmp(name, "time") == 0) {
		if (nmods != 1)
			return "invalid type modifier";
		if (mods[0] < 0)
			return "precision of a time must not be negative";
		*typmod = mods[0] > 6 ? 6 : mods[0];
		return NULL;
	}
	if (strcmp(name, "interval") == 0)
		return "an interval with fields or a precision is not supported";
	snprintf(buf, size, "type modifier is not allowed for type \"%s\"", name);
	return buf;
}
