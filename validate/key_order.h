/*
 * key_order.h - the order that the rows of two streams have
 *
 * A column of a key is in one of two orders: that of the bytes of its values,
 * or that of numbers, where integers stand before all else and are compared
 * by value (an integer is digits without a leading zero, with `-` in front if
 * it is negative).  NULL is before everything.  In both orders values are
 * equal if and only if their bytes are.
 *
 * Which order a column is in is learned from the rows: at first both may be,
 * and two neighbours that one of them has the other way round rule it out.
 * Where the two streams must be compared before that is known, and it makes a
 * difference, it is taken to be that of numbers.
 */
#ifndef VALIDATE_KEY_ORDER_H
#define VALIDATE_KEY_ORDER_H

#include <stddef.h>

#include "csv/csv_reader.h"

enum { KEY_ORDER_BYTES = 1, KEY_ORDER_NUMBERS = 2 };

/* One for both streams; each column's orders that are still possible, as bits. */
struct key_order {
	unsigned char *possible;
	size_t n;
};

/* The first column in which two keys differ, or n. */
size_t key_order_difference(
	const struct key_order *o, const struct csv_field *a, const struct csv_field *b);

/* Two rows of one stream that follow each other: -1 in order, 0 the same key, 1 out of order. */
int key_order_follow(
	struct key_order *o, const struct csv_field *row, const struct csv_field *next);

/* Rows of different streams: negative, 0, positive. */
int key_order_compare(
	struct key_order *o, const struct csv_field *a, const struct csv_field *b);

#endif
