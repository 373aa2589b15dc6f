/* heap.c - a 4-ary min-heap of pointers to nodes that know their place.
 *
 * Four children a node make the tree half as deep as a binary one and keep the
 * siblings in one cache line. Index i has its parent at (i - 1) / 4 and its
 * children from 4 i + 1; a node's `place` is its index + 1. */
#include "base/heap.h"

#include "base/mem.h"

enum { ARITY = 4 };

void weir_heap_init(struct weir_heap *h) {
    h->at = NULL;
    h->count = h->cap = 0;
    h->next_seq = 0;
}

void weir_heap_release(struct weir_heap *h) {
    for (size_t i = 0; i < h->count; i++)
        h->at[i]->place = 0;
    weir_free(h->at);
    weir_heap_init(h);
}

static bool before(const struct weir_heap_node *a,
                   const struct weir_heap_node *b) {
    return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

static void set(struct weir_heap *h, size_t i, struct weir_heap_node *n) {
    h->at[i] = n;
    n->place = i + 1;
}

static void sift_up(struct weir_heap *h, size_t i, struct weir_heap_node *n) {
    while (i > 0) {
        size_t parent = (i - 1) / ARITY;
        if (!before(n, h->at[parent]))
            break;
        set(h, i, h->at[parent]);
        i = parent;
    }
    set(h, i, n);
}

static void sift_down(struct weir_heap *h, size_t i, struct weir_heap_node *n) {
    for (;;) {
        size_t first = ARITY * i + 1, least = first;
        if (first >= h->count)
            break;
        for (size_t c = first + 1; c < first + ARITY && c < h->count; c++) {
            if (before(h->at[c], h->at[least]))
                least = c;
        }
        if (!before(h->at[least], n))
            break;
        set(h, i, h->at[least]);
        i = least;
    }
    set(h, i, n);
}

/* Puts n where it belongs, starting at the hole i. */
static void settle(struct weir_heap *h, size_t i, struct weir_heap_node *n) {
    if (i > 0 && before(n, h->at[(i - 1) / ARITY]))
        sift_up(h, i, n);
    else
        sift_down(h, i, n);
}

static enum weir_err grow(struct weir_heap *h) {
    size_t cap = h->cap ? h->cap * 2 : 16;
    struct weir_heap_node **at = weir_reallocarray(h->at, cap, sizeof(*at));
    if (!at)
        return WEIR_E_NOMEM;
    h->at = at;
    h->cap = cap;
    return WEIR_OK;
}

enum weir_err weir_heap_put(struct weir_heap *h, struct weir_heap_node *n,
                            int64_t key) {
    if (n->place != 0) {
        if (n->key == key)
            return WEIR_OK; /* it keeps its turn */
        n->key = key;
        n->seq = h->next_seq++;
        settle(h, n->place - 1, n);
        return WEIR_OK;
    }
    if (h->count == h->cap) {
        enum weir_err err = grow(h);
        if (err)
            return err;
    }
    n->key = key;
    n->seq = h->next_seq++;
    sift_up(h, h->count++, n);
    return WEIR_OK;
}

void weir_heap_remove(struct weir_heap *h, struct weir_heap_node *n) {
    size_t hole = n->place;
    struct weir_heap_node *last;
    if (hole == 0)
        return;
    last = h->at[--h->count];
    n->place = 0;
    if (last != n)
        settle(h, hole - 1, last);
}

struct weir_heap_node *weir_heap_min(const struct weir_heap *h) {
    return h->count > 0 ? h->at[0] : NULL;
}
