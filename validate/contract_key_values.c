/*
 * contract_key_values.c - the keys that a good row took, as text; see contract.h
 */
#include <inttypes.h>
#include <stdio.h>

#include "validate/contract_parts.h"

size_t
contract_nkeys(const struct contract *c)
{
	return c->nkeys + c->nexpr_keys;
}

/* `\x` and hex, in the contract's scratch. */
static int
hex(struct contract *c, const struct buffer *bytes, struct error *err)
{
	static const char digits[] = "0123456789abcdef";

	c->scratch.len = 0;
	if (buffer_put(&c->scratch, "\\x", 2, err) < 0)
		return -1;
	for (size_t i = 0; i < bytes->len; i++) {
		unsigned char byte = (unsigned char)bytes->data[i];
		const char pair[2] = {digits[byte >> 4], digits[byte & 15]};

		if (buffer_put(&c->scratch, pair, sizeof pair, err) < 0)
			return -1;
	}
	return 0;
}

static int
scratch_value(struct contract *c, struct key_value *value)
{
	value->text = (const char *)c->scratch.data;
	value->len = c->scratch.len;
	return 1;
}

/* A key of columns. */
static int
column_key(struct contract *c, struct key *k, struct key_value *value, struct error *err)
{
	const struct cell *only = k->n == 1 ? k->row.cells[0] : NULL;
	char number[24];

	value->rule = k->rule;
	if (only != NULL && only->kind == CELL_TEXT) {
		value->text = only->text;
		value->len = only->len;
		return 1;
	}
	if (only != NULL && only->kind == CELL_WHOLE) {
		int n = snprintf(number, sizeof number, "%" PRId64, only->whole);

		c->scratch.len = 0;
		if (buffer_put(&c->scratch, number, (size_t)n, err) < 0)
			return -1;
		return scratch_value(c, value);
	}
	/* row_key_find left them there */
	return hex(c, &k->row.bytes, err) < 0 ? -1 : scratch_value(c, value);
}

int
contract_key(struct contract *c, size_t i, struct key_value *value, struct error *err)
{
	if (i < c->nkeys) {
		struct key *k = &c->keys[i];

		return k->foreign || !k->complete ? 0 : column_key(c, k, value, err);
	}
	i -= c->nkeys;
	if (!c->expr_keys[i].complete)
		return 0;
	value->rule = c->expr_keys[i].rule;
	return hex(c, &c->expr_keys[i].bytes, err) < 0 ? -1 : scratch_value(c, value);
}
