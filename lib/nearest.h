/*
 * nearest.h - which known name was probably meant
 */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

/*
 * The index of the name that is nearest to `name` in letters changed, added,
 * left out or swapped (case counts less than a letter), or -1 when none is
 * near enough to be offered.  Names of up to 63 bytes are compared.
 */
int nearest_name(const char *name, const char *const *names, size_t n);

#endif
