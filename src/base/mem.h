/* mem.h - the one place that allocates.
 *
 * The same contracts as malloc and friends: NULL when there is no memory, and
 * that is an error the caller returns (WEIR_E_NOMEM), never an abort. A test
 * can make the Nth allocation of the process fail. */
#ifndef WEIR_BASE_MEM_H
#define WEIR_BASE_MEM_H

#include "base/compiler.h"

#include <stddef.h>

void *weir_malloc(size_t size) WEIR_MUST_USE;
void *weir_calloc(size_t count, size_t size) WEIR_MUST_USE;
void *weir_realloc(void *old, size_t size) WEIR_MUST_USE;
/* count * size, overflow-checked; NULL on overflow. */
void *weir_reallocarray(void *old, size_t count, size_t size) WEIR_MUST_USE;
void weir_free(void *p);
char *weir_strdup(const char *s) WEIR_MUST_USE;
/* Copies n bytes and adds a NUL. */
char *weir_memdup(const void *p, size_t n) WEIR_MUST_USE;

/* Once, at the start of a program: what the C library's allocator keeps. */
void weir_mem_tune(void);

/* For tests: the nth allocation from now (1 = the next) fails, once.
 * 0 turns it off. */
void weir_mem_fail_nth(unsigned long n);

#endif
