/*
 * find.h - where bytes are in other bytes
 */
#ifndef FIND_H
#define FIND_H

#include <stddef.h>

/*
 * The first place in s[0..n) where needle[0..m) is, or NULL; an empty needle is
 * at s.  As memmem, but quick for what is short: looks for the needle's first
 * and last byte at once.  In the worst case (aaaa in aaab…) it takes n times m.
 */
const char *find_bytes(const char *s, size_t n, const char *needle, size_t m);

#endif
