/*
 * name.c - see name.h
 */
#include <stdbool.h>

#include "db/name.h"

int
name_read(const char **text, char quote, char stop, char *name, size_t size, struct error *err)
{
	const char *p = *text;
	bool quoted = *p == quote;
	size_t n = 0;

	p += quoted;
	while (*p != '\0' && n + 1 < size) {
		if (quoted ? *p == quote : *p == stop) {
			if (!quoted || p[1] != quote)
				break;
			p++;
		}
		name[n++] = *p++;
	}
	name[n] = '\0';
	if (quoted && *p != quote)
		return error_set(
			err, ERROR_USAGE, "the closing '%c' is missing in '%s'", quote, *text);
	p += quoted;
	if (n == 0 || (*p != '\0' && *p != stop))
		return error_set(err, ERROR_USAGE, "'%s' does not begin with a name", *text);
	*text = p;
	return 0;
}
