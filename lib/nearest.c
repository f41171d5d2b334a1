/*
 * nearest.c - see nearest.h
 */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "nearest.h"

enum {
	LONGEST = 63, /* PostgreSQL's and MySQL's names are no longer */
	CASE_COST = 1,
	EDIT_COST = 4,
};

static int
substitution(char a, char b)
{
	if (a == b)
		return 0;
	return tolower((unsigned char)a) == tolower((unsigned char)b) ? CASE_COST : EDIT_COST;
}

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

/* Damerau's distance (restricted: no letter is moved twice), weighted as above. */
static int
distance(const char *a, size_t na, const char *b, size_t nb)
{
	int rows[3][LONGEST + 1];
	int *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= nb; j++)
		last[j] = (int)j * EDIT_COST;
	for (size_t i = 1; i <= na; i++) {
		int *spare = before;

		row[0] = (int)i * EDIT_COST;
		for (size_t j = 1; j <= nb; j++) {
			row[j] = last[j - 1] + substitution(a[i - 1], b[j - 1]);
			row[j] = smaller(row[j], last[j] + EDIT_COST);
			row[j] = smaller(row[j], row[j - 1] + EDIT_COST);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], before[j - 2] + EDIT_COST);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[nb];
}

int
nearest_name(const char *name, const char *const *names, size_t n)
{
	size_t len = strlen(name);
	int best = -1, least = INT_MAX;

	if (len == 0 || len > LONGEST)
		return -1;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(names[i]);
		int d;

		if (other == 0 || other > LONGEST)
			continue;
		d = distance(name, len, names[i], other);
		if (d < least) {
			least = d;
			best = (int)i;
		}
	}
	/* a third of the letters may differ, one always, three at most */
	if (least <= EDIT_COST || (least <= 3 * EDIT_COST && least * 3 <= (int)len * EDIT_COST))
		return best;
	return -1;
}
