/* hashset.h - a set of 64-bit hashes: what was seen before. */
#ifndef WEIR_SINK_HASHSET_H
#define WEIR_SINK_HASHSET_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_hashset {
    uint64_t *slots; /* 0 = free */
    size_t count, cap;
};

void weir_hashset_init(struct weir_hashset *s);
void weir_hashset_release(struct weir_hashset *s);
/* *added false: it was there. WEIR_E_NOMEM: nothing changed. */
enum weir_err weir_hashset_add(struct weir_hashset *s, uint64_t hash,
                               bool *added);

#endif
