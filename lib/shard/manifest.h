/*
 * manifest.h - the datapackage.json of a folder of shards (Data Package v2)
 *
 * One resource a shard, with path, bytes, hash (sha256) and schema, and under
 * the key "caravan" what was read: source, position of the snapshot, key range
 * and rows of each shard.  It never holds a password.
 */
#ifndef SHARD_MANIFEST_H
#define SHARD_MANIFEST_H

#include <jansson.h>
#include <stddef.h>

#include "error.h"
#include "shard/shard_writer.h"

struct manifest;

/*
 * name is the package's name (made lower case, with what Data Package does
 * not allow replaced by '-').  schema is a Table Schema object or NULL, and
 * is shared, not copied.  NULL for want of memory.
 */
struct manifest *manifest_new(const char *name, json_t *schema, struct error *err);

/* Set a member of the package's "caravan" object; steals value. */
int manifest_set(struct manifest *m, const char *key, json_t *value, struct error *err);

/*
 * Add a shard by its name in the folder.  extra (stolen, may be NULL) holds
 * members for the resource's own "caravan" object beside rows and xxh3, such
 * as its key range.
 */
int manifest_add(struct manifest *m, const char *file, const struct shard_totals *totals,
	json_t *extra, struct error *err);

/* Write DIR/datapackage.json in one step. */
int manifest_write(const struct manifest *m, const char *dir, struct error *err);

/* Takes NULL. */
void manifest_free(struct manifest *m);

#endif
