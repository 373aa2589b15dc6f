/* seed.h - unpredictable bits, to seed hash tables and jitter. */
#ifndef WEIR_BASE_SEED_H
#define WEIR_BASE_SEED_H

#include <stdint.h>

/* 64 bits from the kernel, other ones in each call. Never fails: should the
 * kernel have none to give, clock and process id stand in. Not for secrets. */
uint64_t weir_seed(void);

#endif
