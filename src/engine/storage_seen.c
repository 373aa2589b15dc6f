/* Why: a first run asks the store about every URL and every name, and the
 * answer is always no. A Bloom filter of what this process wrote says so
 * without a look-up (0.1 us against 3). It is used only while the store was
 * empty when it was opened and no other process has written since. Keys are
 * hashes already: their bits pick the places. 512 KiB hold 200,000 answers with
 * their names at 2% of needless look-ups; beyond that they become more. */
#include "engine/storage_internal.h"

#include "base/mem.h"

enum { BITS = 22, PROBES = 4 };

void storage_seen_init(struct seen *seen, bool valid) {
    *seen = (struct seen){0};
    if (valid)
        seen->bits = weir_calloc(1, (size_t)1 << (BITS - 3));
    seen->valid = seen->bits != NULL;
}

void storage_seen_release(struct seen *seen) {
    weir_free(seen->bits);
    *seen = (struct seen){0};
}

/* Double hashing with the two halves of the key. */
static size_t place(uint64_t key, unsigned probe) {
    uint64_t step = (key >> 32) | 1;
    return (size_t)((key + probe * step) & (((uint64_t)1 << BITS) - 1));
}

void storage_seen_add(struct seen *seen, uint64_t key) {
    for (unsigned i = 0; seen->valid && i < PROBES; i++) {
        size_t at = place(key, i);
        seen->bits[at / 64] |= (uint64_t)1 << (at % 64);
    }
}

bool storage_seen_maybe(const struct seen *seen, uint64_t key) {
    for (unsigned i = 0; seen->valid && i < PROBES; i++) {
        size_t at = place(key, i);
        if (!(seen->bits[at / 64] >> (at % 64) & 1))
            return false;
    }
    return true;
}
