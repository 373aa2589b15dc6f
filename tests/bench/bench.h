/* bench.h - a clock, and rounds that alternate.
 *
 * Machines drift: what is compared runs in turns, and the median of the rounds
 * counts. */
#ifndef WEIR_BENCH_H
#define WEIR_BENCH_H

#include <stdlib.h>
#include <time.h>

enum { BENCH_ROUNDS = 9 };

static inline double bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int bench_order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static inline double bench_median(double *values, size_t n) {
    qsort(values, n, sizeof *values, bench_order);
    return values[n / 2];
}

#endif
