/* heap.h - an intrusive 4-ary min-heap by an int64 key, ties by insertion.
 *
 * The node lives inside the caller's struct and knows its place, so that it
 * can be moved or removed in O(log n).
 *
 *     struct host { struct weir_heap_node ready; ... };
 *     weir_heap_put(&heap, &h->ready, now + 250);   // in, or moved
 *     struct weir_heap_node *n = weir_heap_min(&heap);
 *     struct host *h = WEIR_CONTAINER(n, struct host, ready);
 */
#ifndef WEIR_BASE_HEAP_H
#define WEIR_BASE_HEAP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_CONTAINER(ptr, type, member)                                      \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

struct weir_heap_node {
    int64_t key;
    uint64_t seq;
    size_t place; /* 1-based index, 0 = in no heap */
};

struct weir_heap {
    struct weir_heap_node **at;
    size_t count, cap;
    uint64_t next_seq;
};

void weir_heap_init(struct weir_heap *h);
void weir_heap_release(struct weir_heap *h);
/* Puts the node in with this key, or moves it when it is in. WEIR_E_NOMEM. */
enum weir_err weir_heap_put(struct weir_heap *h, struct weir_heap_node *n,
                            int64_t key);
void weir_heap_remove(struct weir_heap *h,
                      struct weir_heap_node *n);                 /* if in */
struct weir_heap_node *weir_heap_min(const struct weir_heap *h); /* or NULL */
static inline bool weir_heap_has(const struct weir_heap_node *n) {
    return n->place != 0;
}

#endif
