/* arena.h - many small allocations that die together, with a cap.
 *
 * Memory is 16-byte aligned and comes in blocks; nothing is freed one by one.
 * Beyond `max` bytes (0 = no limit) an allocation returns NULL, and so does
 * every later one: `weir_arena_exhausted` tells that from WEIR_E_NOMEM. */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include "base/str.h"

struct weir_arena;

struct weir_arena *weir_arena_create(size_t max); /* NULL = no memory */
void weir_arena_destroy(struct weir_arena *a);
/* Everything goes, one block stays for the next use. */
void weir_arena_reset(struct weir_arena *a);
void *weir_arena_alloc(struct weir_arena *a, size_t size);
/* A NUL-terminated copy. */
char *weir_arena_dup(struct weir_arena *a, struct weir_str s);
size_t weir_arena_used(const struct weir_arena *a);
bool weir_arena_exhausted(const struct weir_arena *a);

#endif
