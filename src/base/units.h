/* units.h - sizes, durations, rates and counts, read and written.
 *
 * Sizes: bytes, "10k" "1.5M" "2G" with k = 1024 (also K, KiB, kB, B).
 * Durations: "150ms" "30s" "1.5m" "2h" "7d" "1w", a bare number is seconds.
 * Rates: "20/s" "5/15s" "100/m" "2.5/s"; a bare number is per second.
 * All readers take the whole string or fail with WEIR_E_INVALID; negative,
 * NaN and values that overflow are invalid. */
#ifndef WEIR_BASE_UNITS_H
#define WEIR_BASE_UNITS_H

#include "base/buf.h"

/* count starts in each `per` nanoseconds; count 0 = no limit is not a rate. */
struct weir_rate {
    double count;
    int64_t per_ns;
};

enum weir_err weir_units_size(struct weir_str s, uint64_t *bytes);
enum weir_err weir_units_duration(struct weir_str s, int64_t *ns);
enum weir_err weir_units_rate(struct weir_str s, struct weir_rate *rate);

/* Writers: at most three digits and a unit, "1.4 MiB", "950 B", "3.2 GiB". */
void weir_units_put_size(struct weir_buf *b, uint64_t bytes);
/* "230 ms", "3.5 s", "12:05" (minutes), "3:12:05", "4 d 2 h". */
void weir_units_put_duration(struct weir_buf *b, int64_t ns);
/* 1234567 -> "1,234,567". */
void weir_units_put_count(struct weir_buf *b, uint64_t count);

#endif
