/*
 * are_class.h - are.c's own: the pattern that is being written, and its classes
 */
#ifndef EXPR_ARE_CLASS_H
#define EXPR_ARE_CLASS_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* data is malloced; failed: out of memory, what follows is not written. */
struct are_out {
	char *data;
	size_t len, room;
	bool failed;
};

void are_put(struct are_out *out, const char *s);
void are_putf(struct are_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A character, within brackets or not, with no other meaning. */
void are_put_char(struct are_out *out, uint32_t c);

/* Within brackets: low to high. */
void are_put_range(struct are_out *out, uint32_t low, uint32_t high);

/*
 * Within brackets: the characters that are, or are not, of a class by its
 * POSIX name, or "word" or "ascii".  -1 when there is no such class.
 */
int are_put_class(struct are_out *out, const char *name, bool negated, locale_t locale);

#endif
