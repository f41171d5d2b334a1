/*
 * change_pos.c - see change_pos.h
 *
 * Trap: a log file's name may hold a colon, so the numbers are found from the
 * end.
 */
#include <string.h>

#include "change_pos.h"

enum { OFFSET_DIGITS = 10, ROW_DIGITS = 6 };

/* All of text[0..len) as a number. */
static int
read_number(const char *text, size_t len, uint64_t *number)
{
	uint64_t x = 0;

	if (len == 0 || len > 19)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		x = x * 10 + (uint64_t)(text[i] - '0');
	}
	*number = x;
	return 0;
}

/* The number behind the last `c` of text[0..*len), which becomes what stands before it. */
static int
cut_number(const char *text, size_t *len, char c, uint64_t *number)
{
	const char *at = *len > 0 ? memrchr(text, c, *len) : NULL;
	size_t before;

	if (at == NULL)
		return -1;
	before = (size_t)(at - text);
	if (read_number(at + 1, *len - before - 1, number) < 0)
		return -1;
	*len = before;
	return 0;
}

int
change_pos_file_number(const char *file, size_t len, uint64_t *number)
{
	return cut_number(file, &len, '.', number);
}

int
change_pos_parse(struct change_pos *pos, const char *text, size_t len)
{
	memset(pos, 0, sizeof *pos);
	if (len > 0 && text[len - 1] == '$') {
		pos->last = true;
		len--;
	}
	if (cut_number(text, &len, ':', &pos->row) < 0 ||
		cut_number(text, &len, ':', &pos->event) < 0 ||
		cut_number(text, &len, ':', &pos->start) < 0)
		return -1;
	if (len > CHANGE_POS_FILE_MAX || change_pos_file_number(text, len, &pos->number) < 0)
		return -1;
	pos->file = text;
	pos->file_len = len;
	return 0;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
change_pos_compare(const struct change_pos *a, const struct change_pos *b)
{
	int order = compare_numbers(a->number, b->number);

	if (order == 0)
		order = compare_numbers(a->start, b->start);
	if (order == 0)
		order = compare_numbers(a->event, b->event);
	return order != 0 ? order : compare_numbers(a->row, b->row);
}

bool
change_pos_same_transaction(const struct change_pos *a, const struct change_pos *b)
{
	return a->number == b->number && a->start == b->start;
}

/* ":" and x in at least `width` digits; returns the end. */
static char *
put_number(char *p, uint64_t x, unsigned width)
{
	char digits[20];
	unsigned n = 0;

	*p++ = ':';
	do {
		digits[n++] = (char)('0' + x % 10);
		x /= 10;
	} while (x > 0);
	for (; width > n; width--)
		*p++ = '0';
	while (n > 0)
		*p++ = digits[--n];
	return p;
}

size_t
change_pos_format(const struct change_pos *pos, char *buf)
{
	char *p = buf + pos->file_len;

	memcpy(buf, pos->file, pos->file_len);
	p = put_number(p, pos->start, OFFSET_DIGITS);
	p = put_number(p, pos->event, OFFSET_DIGITS);
	p = put_number(p, pos->row, ROW_DIGITS);
	if (pos->last)
		*p++ = '$';
	return (size_t)(p - buf);
}
