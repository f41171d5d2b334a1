/*
 * hash.c - see hash.h
 */
#include <string.h>
#include <xxhash.h>

#include "expr/compiler.h"
#include "expr/hash.h"
#include "expr/resolve.h"

static bool
is_integer(enum value_type type)
{
	return type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8;
}

/* Whether value_hash of the one type agrees with that of the other; jsonb's and interval's
 * equality is not that of their parts. */
static bool
hashable(enum value_type left, enum value_type right)
{
	if (is_integer(left) && is_integer(right))
		return true;
	return left == right && left != TYPE_JSONB && left != TYPE_JSON &&
	       left != TYPE_INTERVAL && left < TYPE_COUNT;
}

int
expr_compile_equality(struct expr_unit *unit, const struct sql_node *node, int outer,
	struct expr_equality *equality, struct error *err)
{
	struct expr *e = expr_compile_condition(unit, node, "JOIN/ON", err), *slot;

	memset(equality, 0, sizeof *equality);
	if (e == NULL)
		return -1;
	equality->condition = e;
	/* folded, or something else than the one operator */
	if (e->eval != eval_strict_call || e->nargs != 2 ||
		strcmp(e->site.function->name, "=") != 0 ||
		!hashable(e->args[0]->type, e->args[1]->type))
		return 0;
	slot = compile_new(unit, eval_slot, e->args[outer]->type, 0, node->at);
	equality->slot = arena_alloc(&unit->arena, sizeof *equality->slot);
	if (slot == NULL || equality->slot == NULL)
		return error_nomem(err);
	slot->slot = equality->slot;
	equality->type = e->args[outer]->type;
	equality->sides[0] = e->args[0];
	equality->sides[1] = e->args[1];
	e->args[outer] = slot;
	return 0;
}

/* Digits without zeros at the end of the fraction: 1.50 = 1.5. */
static int
hash_numeric(struct eval_context *ctx, const struct value *v, uint64_t *hash)
{
	struct text s;

	if (expr_value_text(ctx, TYPE_NUMERIC, v, &s) < 0)
		return -1;
	if (s.len > 0 && memchr(s.ptr, '.', s.len) != NULL) {
		while (s.ptr[s.len - 1] == '0')
			s.len--;
		if (s.ptr[s.len - 1] == '.')
			s.len--;
	}
	*hash = XXH3_64bits(s.ptr, s.len);
	return 0;
}

int
value_hash(
	struct eval_context *ctx, enum value_type type, const struct value *v, uint64_t *hash)
{
	struct text s = v->s;
	double f = v->f;

	switch (type) {
	case TYPE_BPCHAR:
		while (s.len > 0 && s.ptr[s.len - 1] == ' ')
			s.len--;
		*hash = XXH3_64bits(s.ptr, s.len);
		return 0;
	case TYPE_UNKNOWN:
	case TYPE_UUID:
	case TYPE_BYTEA:
	case TYPE_INET:
	case TYPE_CIDR:
	case TYPE_TEXT: *hash = XXH3_64bits(s.ptr, s.len); return 0;
	case TYPE_BOOL: *hash = v->b; return 0;
	case TYPE_NUMERIC: return hash_numeric(ctx, v, hash);
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		/* -0 = 0, and one NaN is as another */
		if (f == 0)
			f = 0;
		*hash = f != f ? 0 : XXH3_64bits(&f, sizeof f);
		return 0;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ: *hash = XXH3_64bits(&v->i, sizeof v->i); return 0;
	default: *hash = 0; return 0;
	}
}
