/*
 * key_order.c - see key_order.h
 */
#include <stdbool.h>
#include <string.h>

#include "validate/key_order.h"

static bool
is_integer(const struct csv_field *f)
{
	const char *p = f->ptr, *end = p + f->len;
	bool negative = p < end && *p == '-';

	p += negative;
	if (p == end || (*p == '0' && (negative || end - p > 1)))
		return false;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p == end;
}

static int
compare_bytes(const struct csv_field *a, const struct csv_field *b)
{
	int order = memcmp(a->ptr, b->ptr, a->len < b->len ? a->len : b->len);

	if (order != 0 || a->len == b->len)
		return order;
	return a->len < b->len ? -1 : 1;
}

static int
compare_numbers(const struct csv_field *a, const struct csv_field *b)
{
	bool number_a = is_integer(a), number_b = is_integer(b);
	bool negative = number_a && *a->ptr == '-';
	int order;

	if (number_a != number_b)
		return number_a ? -1 : 1;
	if (!number_a)
		return compare_bytes(a, b);
	if (negative != (*b->ptr == '-'))
		return negative ? -1 : 1;
	if (a->len != b->len)
		order = a->len < b->len ? -1 : 1;
	else
		order = memcmp(a->ptr, b->ptr, a->len);
	return negative ? -order : order;
}

static bool
same(const struct csv_field *a, const struct csv_field *b)
{
	if (a->null || b->null)
		return a->null && b->null;
	return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

size_t
key_order_difference(
	const struct key_order *o, const struct csv_field *a, const struct csv_field *b)
{
	size_t i = 0;

	while (i < o->n && same(&a[i], &b[i]))
		i++;
	return i;
}

int
key_order_follow(struct key_order *o, const struct csv_field *row, const struct csv_field *next)
{
	size_t i = key_order_difference(o, row, next);
	unsigned char possible;

	if (i == o->n)
		return 0;
	if (row[i].null || next[i].null)
		return row[i].null ? -1 : 1;
	possible = o->possible[i];
	if ((possible & KEY_ORDER_BYTES) && compare_bytes(&row[i], &next[i]) > 0)
		possible &= (unsigned char)~KEY_ORDER_BYTES;
	if ((possible & KEY_ORDER_NUMBERS) && compare_numbers(&row[i], &next[i]) > 0)
		possible &= (unsigned char)~KEY_ORDER_NUMBERS;
	if (possible == 0)
		return 1;
	o->possible[i] = possible;
	return -1;
}

int
key_order_compare(struct key_order *o, const struct csv_field *a, const struct csv_field *b)
{
	size_t i = key_order_difference(o, a, b);
	int bytes, numbers;

	if (i == o->n)
		return 0;
	if (a[i].null || b[i].null)
		return a[i].null ? -1 : 1;
	if (o->possible[i] == KEY_ORDER_BYTES)
		return compare_bytes(&a[i], &b[i]);
	numbers = compare_numbers(&a[i], &b[i]);
	if (o->possible[i] == KEY_ORDER_NUMBERS)
		return numbers;
	bytes = compare_bytes(&a[i], &b[i]);
	if ((bytes < 0) != (numbers < 0))
		o->possible[i] = KEY_ORDER_NUMBERS;
	return numbers;
}
