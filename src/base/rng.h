/* rng.h - a small pseudo-random generator for jitter (splitmix64). Seeded by
 * the caller, so tests repeat. Not for secrets. */
#ifndef WEIR_BASE_RNG_H
#define WEIR_BASE_RNG_H

#include <stdint.h>

struct weir_rng {
    uint64_t state;
};

static inline uint64_t weir_rng_next(struct weir_rng *r) {
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}
/* Uniform in [0, 1). */
static inline double weir_rng_unit(struct weir_rng *r) {
    return (double)(weir_rng_next(r) >> 11) * 0x1.0p-53;
}

#endif
