/*
 * uri_fuzz.c - any text as an address: nothing is read or written outside it,
 * and what was wiped or redacted holds no secret any more
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "db/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A secret found again after wiping would be one that is nothing but '*'. */
static void
check_wiped(const char *text)
{
	char *again = strdup(text);

	assert(again != NULL);
	uri_wipe(again);
	assert(strcmp(again, text) == 0);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *redacted;
	struct error err = ERROR_INIT;
	struct uri u;

	assert(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	redacted = uri_redact(text);
	assert(redacted != NULL && strlen(redacted) <= strlen(text));
	if (uri_parse(&u, text, &err) == 0) {
		/* what the parser takes for a password is wiped, so redacting changes the text */
		if (u.password != NULL && u.password[0] != '\0')
			assert(strcmp(redacted, text) != 0);
		uri_release(&u);
	} else {
		assert(err.text[0] != '\0');
	}
	uri_wipe(text);
	assert(strlen(text) <= size);
	check_wiped(text);
	free(redacted);
	free(text);
	return 0;
}
