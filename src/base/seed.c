/* seed.c - getentropy: a system call that needs no descriptor and no /dev. It
 * is POSIX.1-2024; glibc, musl and the BSDs have had it for long and declare
 * it outside of strict POSIX.1-2008, hence the macro. */
#define _DEFAULT_SOURCE
#include "base/seed.h"

#include <time.h>
#include <unistd.h>

uint64_t weir_seed(void) {
    uint64_t seed;
    struct timespec t = {0, 0};
    if (getentropy(&seed, sizeof seed) == 0)
        return seed;
    clock_gettime(CLOCK_REALTIME, &t);
    return ((uint64_t)t.tv_sec << 32 ^ (uint64_t)t.tv_nsec) *
               0x9e3779b97f4a7c15u ^
           (uint64_t)getpid();
}
