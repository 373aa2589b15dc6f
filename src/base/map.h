/* map.h - a hash map from bytes to a pointer.
 *
 * Open addressing, seeded by the process (hash flooding). The map borrows the
 * key bytes: they live in the value, or anywhere that outlasts the entry.
 * Values are not NULL. Not thread-safe. */
#ifndef WEIR_BASE_MAP_H
#define WEIR_BASE_MAP_H

#include "base/err.h"
#include "base/str.h"

struct weir_map;

struct weir_map *weir_map_create(void);    /* NULL = no memory */
void weir_map_destroy(struct weir_map *m); /* values are the caller's */
size_t weir_map_count(const struct weir_map *m);
void *weir_map_get(const struct weir_map *m, struct weir_str key);
/* Adds, or replaces key pointer and value. WEIR_E_NOMEM. */
enum weir_err weir_map_put(struct weir_map *m, struct weir_str key,
                           void *value);
/* Removes and returns the value, NULL if it was not there. */
void *weir_map_remove(struct weir_map *m, struct weir_str key);
/* Walks all entries in no order: start with *cursor = 0; false at the end.
 * The entry just returned may be removed. */
bool weir_map_next(const struct weir_map *m, size_t *cursor,
                   struct weir_str *key, void **value);

#endif
