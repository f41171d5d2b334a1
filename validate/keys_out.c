/*
 * keys_out.c - see keys_out.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shard/shard_writer.h"
#include "validate/keys_out.h"

struct keys_out {
	struct shard_writer *writer;
	struct contract *contract;
	const struct rule *rules;
	size_t nkeys;
};

struct keys_out *
keys_out_open(const char *path, struct contract *c, struct error *err)
{
	static const char *const names[] = {"rule", "key", "file", "row", "value"};
	struct keys_out *k = calloc(1, sizeof *k);
	size_t nrules;

	if (k == NULL) {
		error_nomem(err);
		return NULL;
	}
	k->contract = c;
	k->rules = contract_rules(c, &nrules);
	k->nkeys = contract_nkeys(c);
	k->writer = shard_writer_open(path, false, err);
	if (k->writer != NULL &&
		shard_writer_header(k->writer, names, sizeof names / sizeof *names, err) == 0)
		return k;
	keys_out_discard(k);
	return NULL;
}

int
keys_out_row(struct keys_out *k, const char *file, uint64_t row, struct error *err)
{
	struct csv_writer *csv = shard_writer_csv(k->writer);
	char number[24];

	for (size_t i = 0; i < k->nkeys; i++) {
		struct key_value value;
		int rc = contract_key(k->contract, i, &value, err);
		int n;

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		csv_writer_field(
			csv, k->rules[value.rule].name, strlen(k->rules[value.rule].name));
		csv_writer_field(
			csv, k->rules[value.rule].column, strlen(k->rules[value.rule].column));
		csv_writer_field(csv, file, strlen(file));
		n = snprintf(number, sizeof number, "%" PRIu64, row);
		csv_writer_field(csv, number, (size_t)n);
		csv_writer_field(csv, value.text, value.len);
		if (csv_writer_end(csv, err) < 0)
			return -1;
	}
	return 0;
}

int
keys_out_finish(struct keys_out *k, struct error *err)
{
	struct shard_writer *writer = k->writer;

	k->writer = NULL;
	keys_out_discard(k);
	return shard_writer_finish(writer, false, NULL, err);
}

void
keys_out_discard(struct keys_out *k)
{
	if (k == NULL)
		return;
	shard_writer_discard(k->writer);
	free(k);
}
