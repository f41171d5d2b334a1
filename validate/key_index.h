/*
 * key_index.h - hashes of keys on disk, each with the place of its key
 *
 * For sets where most keys that are looked for are not there, and which may
 * outgrow memory.  The youngest keys lie in a table of 1 MiB; the others in a
 * temporary file (16 bytes a key), and of those one to two bytes a key stay in
 * memory: a filter that says of nearly every absent key that it is absent.
 * The file is read only where the filter cannot say.  Exact like key_table.
 */
#ifndef VALIDATE_KEY_INDEX_H
#define VALIDATE_KEY_INDEX_H

#include "validate/key_table.h"

struct key_index;

/* NULL for want of memory. */
struct key_index *key_index_new(struct error *err);

/* As key_table_find and key_table_add; -1 also for errors of the file. */
int key_index_find(
	struct key_index *x, uint64_t hash, key_same *same, void *arg, struct error *err);
int key_index_add(struct key_index *x, uint64_t hash, uint64_t where, struct error *err);

/* Bytes of memory that it holds. */
size_t key_index_memory(const struct key_index *x);

/* Takes NULL. */
void key_index_free(struct key_index *x);

#endif
