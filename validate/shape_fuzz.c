/*
 * shape_fuzz.c - any text has one shape, which neither its place nor spaces around it change
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shape_value v, w;
	char *padded;

	if (!utf8_is_text((const char *)data, size))
		return 0;
	shape_of((const char *)data, size, &v);
	if (v.shape == SHAPE_NULL || v.shape >= SHAPE_OTHER ||
		v.characters != utf8_length((const char *)data, size) ||
		(v.shape == SHAPE_CODE) != (v.mask[0] != '\0') ||
		strlen(v.mask) > SHAPE_MASK_MAX)
		abort();
	padded = malloc(size + 2);
	if (padded == NULL)
		return 0;
	padded[0] = ' ';
	memcpy(padded + 1, data, size);
	padded[size + 1] = '\t';
	shape_of(padded, size + 2, &w);
	if (v.shape == SHAPE_EMPTY ? w.shape != SHAPE_BLANK
				   : w.shape != v.shape || strcmp(v.mask, w.mask) != 0)
		abort();
	free(padded);
	return 0;
}
