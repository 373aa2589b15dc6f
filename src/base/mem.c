/* mem.c - malloc and friends behind one door.
 *
 * Every allocation passes `may_allocate`, so that a test can make the nth one
 * fail and see the error path run. The countdown is the only mutable global
 * of the house; it is atomic because worker threads allocate too. A size of 0
 * is served like 1, so NULL always means "no memory". */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__ /* known from here on */
#include <malloc.h>
#endif

static atomic_ulong countdown; /* 0 = no failure ordered */

static bool may_allocate(void) {
    unsigned long left = atomic_load_explicit(&countdown, memory_order_relaxed);
    while (WEIR_UNLIKELY(left != 0)) {
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1))
            return left != 1;
    }
    return true;
}

void weir_mem_fail_nth(unsigned long n) {
    atomic_store(&countdown, n);
}

void weir_mem_tune(void) {
#ifdef __GLIBC__
    /* libcurl takes and gives back a buffer of 64 KiB for every request. With
     * the defaults the top of the heap goes to the kernel and comes back, page
     * by page, with each of them. */
    mallopt(M_TRIM_THRESHOLD, 2 << 20);
    mallopt(M_TOP_PAD, 256 << 10);
    mallopt(M_MMAP_THRESHOLD, 512 << 10);
#endif
}

void *weir_malloc(size_t size) {
    return may_allocate() ? malloc(size ? size : 1) : NULL;
}

void *weir_calloc(size_t count, size_t size) {
    if (count == 0 || size == 0)
        count = size = 1;
    return may_allocate() ? calloc(count, size) : NULL;
}

void *weir_realloc(void *old, size_t size) {
    return may_allocate() ? realloc(old, size ? size : 1) : NULL;
}

void *weir_reallocarray(void *old, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return weir_realloc(old, count * size);
}

void weir_free(void *p) {
    free(p);
}

char *weir_strdup(const char *s) {
    return weir_memdup(s, strlen(s));
}

char *weir_memdup(const void *p, size_t n) {
    char *copy = n < SIZE_MAX ? weir_malloc(n + 1) : NULL;
    if (!copy)
        return NULL;
    if (n > 0)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}
