/* Why: 12 bytes for each record that was seen, where a map of its keys would
 * take a hundred. Open addressing, linear probing, at most three quarters
 * full. The hashes are good ones already, so their low bits pick the slot. */
#include "sink/hashset.h"

#include "base/mem.h"

void weir_hashset_init(struct weir_hashset *s) {
    *s = (struct weir_hashset){0};
}

void weir_hashset_release(struct weir_hashset *s) {
    weir_free(s->slots);
    weir_hashset_init(s);
}

/* The slot of the hash, or the free one where it belongs. */
static uint64_t *find(uint64_t *slots, size_t cap, uint64_t hash) {
    size_t i = (size_t)hash & (cap - 1);
    while (slots[i] != 0 && slots[i] != hash)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static enum weir_err grow(struct weir_hashset *s) {
    size_t cap = s->cap ? s->cap * 2 : 256;
    uint64_t *slots = weir_calloc(cap, sizeof *slots);
    if (!slots)
        return WEIR_E_NOMEM;
    for (size_t i = 0; i < s->cap; i++)
        if (s->slots[i] != 0)
            *find(slots, cap, s->slots[i]) = s->slots[i];
    weir_free(s->slots);
    s->slots = slots;
    s->cap = cap;
    return WEIR_OK;
}

enum weir_err weir_hashset_add(struct weir_hashset *s, uint64_t hash,
                               bool *added) {
    enum weir_err code;
    if (hash == 0)
        hash = 1; /* 0 says free */
    if (s->count >= s->cap / 4 * 3 && (code = grow(s)))
        return code;
    uint64_t *slot = find(s->slots, s->cap, hash);
    *added = *slot == 0;
    if (*added) {
        *slot = hash;
        s->count++;
    }
    return WEIR_OK;
}
