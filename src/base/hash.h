/* hash.h - XXH3 (libxxhash), 64 bit, for keys and for content. Not against
 * adversaries: where one chooses the keys, use weir_map, which is seeded. */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H

#include "base/str.h"

uint64_t weir_hash(struct weir_str s);
uint64_t weir_hash_seeded(struct weir_str s, uint64_t seed);

/* Streaming: create, update any number of times, digest at any time. */
struct weir_hasher;
struct weir_hasher *weir_hasher_create(void); /* NULL = no memory */
void weir_hasher_reset(struct weir_hasher *h);
void weir_hasher_update(struct weir_hasher *h, const void *bytes, size_t n);
uint64_t weir_hasher_digest(const struct weir_hasher *h);
void weir_hasher_destroy(struct weir_hasher *h);

#endif
