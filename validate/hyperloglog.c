/*
 * hyperloglog.c - see hyperloglog.h
 */
#include <math.h>

#include "validate/hyperloglog.h"

enum { RANKS = 64 - HYPERLOGLOG_BITS };

/* x + x^2 + 2 x^4 + 4 x^8 + … */
static double
sigma(double x)
{
	double y = 1, z = x, before;

	if (x >= 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z > before);
	return z;
}

static double
tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x <= 0 || x >= 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y /= 2;
		z -= (1 - x) * (1 - x) * y;
	} while (z < before);
	return z / 3;
}

double
hyperloglog_count(const struct hyperloglog *h)
{
	const double m = HYPERLOGLOG_SIZE;
	double counts[RANKS + 2] = {0}, z;

	for (int i = 0; i < HYPERLOGLOG_SIZE; i++)
		counts[h->registers[i]]++;
	if (counts[0] >= m)
		return 0;
	z = m * tau(1 - counts[RANKS + 1] / m);
	for (int k = RANKS; k >= 1; k--)
		z = 0.5 * (z + counts[k]);
	z += m * sigma(counts[0] / m);
	return m * m / (2 * log(2) * z);
}
