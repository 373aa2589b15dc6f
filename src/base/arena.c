/* arena.c - bump allocation in a chain of blocks.
 *
 * The first block of the chain is the one that is being filled. A request that
 * is large for a block gets one of its own, put behind the first, so that the
 * rest of the current block is not lost. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <string.h>

enum { ALIGN = 16, BLOCK_SIZE = 32 * 1024, LARGE = BLOCK_SIZE / 4 };

_Static_assert(alignof(max_align_t) >= ALIGN, "malloc aligns enough");

struct block {
    struct block *next;
    size_t size, used; /* of bytes[] */
    alignas(ALIGN) char bytes[];
};

struct weir_arena {
    struct block *first;
    size_t max, used;
    bool exhausted;
};

struct weir_arena *weir_arena_create(size_t max) {
    struct weir_arena *a = weir_calloc(1, sizeof *a);
    if (a)
        a->max = max ? max : SIZE_MAX;
    return a;
}

static void free_chain(struct block *b) {
    while (b) {
        struct block *next = b->next;
        weir_free(b);
        b = next;
    }
}

void weir_arena_destroy(struct weir_arena *a) {
    if (!a)
        return;
    free_chain(a->first);
    weir_free(a);
}

void weir_arena_reset(struct weir_arena *a) {
    if (a->first) {
        free_chain(a->first->next);
        a->first->next = NULL;
        a->first->used = 0;
        if (a->first->size > BLOCK_SIZE) { /* keep none of the big ones */
            weir_free(a->first);
            a->first = NULL;
        }
    }
    a->used = 0;
    a->exhausted = false;
}

static struct block *add_block(struct weir_arena *a, size_t size) {
    bool large = size > LARGE;
    struct block *b;
    if (!large)
        size = BLOCK_SIZE;
    b = weir_malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    b->used = 0;
    if (large && a->first) {
        b->next = a->first->next;
        a->first->next = b;
    } else {
        b->next = a->first;
        a->first = b;
    }
    return b;
}

void *weir_arena_alloc(struct weir_arena *a, size_t size) {
    struct block *b = a->first;
    void *p;
    if (size > SIZE_MAX / 2)
        a->exhausted = true;
    size = size ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
    if (a->exhausted || size > a->max - a->used) {
        a->exhausted = true;
        return NULL;
    }
    if (!b || size > b->size - b->used) {
        b = add_block(a, size);
        if (!b)
            return NULL;
    }
    p = b->bytes + b->used;
    b->used += size;
    a->used += size;
    return p;
}

char *weir_arena_dup(struct weir_arena *a, struct weir_str s) {
    char *copy = s.n < SIZE_MAX ? weir_arena_alloc(a, s.n + 1) : NULL;
    if (!copy)
        return NULL;
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return copy;
}

size_t weir_arena_used(const struct weir_arena *a) {
    return a->used;
}

bool weir_arena_exhausted(const struct weir_arena *a) {
    return a->exhausted;
}
