/*
 * array.c - see array.h
 */
#include <string.h>

#include "expr/array.h"
#include "expr/resolve.h"

/* PostgreSQL's MaxArraySize. */
enum { ELEMENTS_MAX = 134217727 };

struct array *
array_new(struct eval_context *ctx, size_t n)
{
	struct array *a = arena_alloc(ctx->arena, sizeof *a);

	if (a != NULL) {
		memset(a, 0, sizeof *a);
		a->items = arena_alloc(ctx->arena, (n + 1) * sizeof *a->items);
	}
	if (a == NULL || a->items == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	a->n = n;
	a->ndims = n > 0;
	a->dims[0] = (int32_t)n;
	a->lower[0] = 1;
	return a;
}

int
array_count(struct eval_context *ctx, int ndims, const int32_t *dims, size_t *n)
{
	*n = ndims > 0;
	for (int i = 0; i < ndims; i++) {
		*n *= (size_t)dims[i];
		if (*n > ELEMENTS_MAX)
			return eval_fail(ctx, "54000",
				"array size exceeds the maximum allowed (%d)", ELEMENTS_MAX);
	}
	return 0;
}

static int
prepare_operator(struct eval_context *ctx, const char *name, struct array_order *order,
	struct call_site *site)
{
	const struct value *none[2] = {NULL, NULL};
	const struct function *f;

	if (resolve_operator(name, order->types, 2, &f) != RESOLVED ||
		f->flags & FUNCTION_REFUSED || f->args[0] != order->types[0])
		return 0; /* it has none: asked for, it is an error */
	*site = (struct call_site){.function = f, .nargs = 2, .types = order->types};
	return f->prepare == NULL ? 0 : f->prepare(ctx, site, none);
}

int
array_prepare(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct array_order *order = arena_alloc(ctx->arena, sizeof *order);
	enum value_type array = type_is_array(site->types[0]) ? site->types[0] : site->types[1];

	(void)constants;
	if (order == NULL)
		return eval_nomem(ctx);
	memset(order, 0, sizeof *order);
	order->types[0] = order->types[1] = type_element(array);
	if (prepare_operator(ctx, "=", order, &order->equal) < 0 ||
		prepare_operator(ctx, "<", order, &order->less) < 0)
		return -1;
	site->prepared = order;
	return 0;
}

static int
ask(struct eval_context *ctx, const struct call_site *site, const struct value *a,
	const struct value *b, bool *yes)
{
	const struct value args[2] = {*a, *b};
	struct value r = {.null = false};

	if (site->function == NULL)
		return eval_fail(ctx, "0A000", "comparison of such arrays is not supported");
	if (site->function->call(ctx, site, args, &r) < 0)
		return -1;
	*yes = !r.null && r.b;
	return 0;
}

int
array_element_equal(struct eval_context *ctx, const struct array_order *order,
	const struct value *a, const struct value *b, bool *equal)
{
	return ask(ctx, &order->equal, a, b, equal);
}

int
array_element_less(struct eval_context *ctx, const struct array_order *order,
	const struct value *a, const struct value *b, bool *less)
{
	return ask(ctx, &order->less, a, b, less);
}

static int
sign(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

int
array_compare(struct eval_context *ctx, const struct array_order *how, const struct array *a,
	const struct array *b, int *order)
{
	bool yes = false;

	for (size_t i = 0; i < a->n && i < b->n; i++) {
		const struct value *x = &a->items[i], *y = &b->items[i];

		/* NULLs equal each other, and come last */
		if (x->null || y->null) {
			if (x->null && y->null)
				continue;
			*order = x->null ? 1 : -1;
			return 0;
		}
		if (ask(ctx, &how->equal, x, y, &yes) < 0)
			return -1;
		if (yes)
			continue;
		if (ask(ctx, &how->less, x, y, &yes) < 0)
			return -1;
		*order = yes ? -1 : 1;
		return 0;
	}
	*order = sign((int64_t)a->n, (int64_t)b->n);
	if (*order == 0)
		*order = sign(a->ndims, b->ndims);
	for (int i = 0; *order == 0 && i < a->ndims; i++)
		*order = sign(a->dims[i], b->dims[i]);
	for (int i = 0; *order == 0 && i < a->ndims; i++)
		*order = sign(a->lower[i], b->lower[i]);
	return 0;
}
