/* hash.c - XXH3 behind names of our own: the only file that knows xxhash. */
#include "base/hash.h"

#include "base/mem.h"

#include <xxhash.h>

struct weir_hasher {
    XXH3_state_t *state; /* xxhash aligns it to 64 bytes itself */
};

uint64_t weir_hash(struct weir_str s) {
    return XXH3_64bits(s.p ? s.p : "", s.n);
}

uint64_t weir_hash_seeded(struct weir_str s, uint64_t seed) {
    return XXH3_64bits_withSeed(s.p ? s.p : "", s.n, seed);
}

struct weir_hasher *weir_hasher_create(void) {
    struct weir_hasher *h = weir_malloc(sizeof *h);
    if (!h)
        return NULL;
    h->state = XXH3_createState();
    if (!h->state) {
        weir_free(h);
        return NULL;
    }
    weir_hasher_reset(h);
    return h;
}

void weir_hasher_reset(struct weir_hasher *h) {
    XXH3_64bits_reset(h->state);
}

void weir_hasher_update(struct weir_hasher *h, const void *bytes, size_t n) {
    if (n > 0)
        XXH3_64bits_update(h->state, bytes, n);
}

uint64_t weir_hasher_digest(const struct weir_hasher *h) {
    return XXH3_64bits_digest(h->state);
}

void weir_hasher_destroy(struct weir_hasher *h) {
    if (!h)
        return;
    XXH3_freeState(h->state);
    weir_free(h);
}
