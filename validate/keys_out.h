/*
 * keys_out.h - the keys of the rows that passed, for a check over all shards
 *
 * A stream with the columns rule, key, file, row and value: a record for each
 * key that a good row took.  rule and key are those of the report ("unique",
 * "email").  value is the value itself where the key is one column of text or
 * of whole numbers, else `\x` and hex of bytes that are the same if and only
 * if the values are.
 */
#ifndef VALIDATE_KEYS_OUT_H
#define VALIDATE_KEYS_OUT_H

#include "validate/contract.h"

struct keys_out;

/* A path as for shard_writer_open.  The contract is borrowed.  NULL on error. */
struct keys_out *keys_out_open(const char *path, struct contract *c, struct error *err);

/* The keys of the row that contract_check just found good. */
int keys_out_row(struct keys_out *k, const char *file, uint64_t row, struct error *err);

/* Publish and free, whatever the result. */
int keys_out_finish(struct keys_out *k, struct error *err);

/* Free, and leave no file.  Takes NULL. */
void keys_out_discard(struct keys_out *k);

#endif
