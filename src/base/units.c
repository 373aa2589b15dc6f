/* units.c - sizes, durations, rates and counts as people write them.
 *
 * Numbers are read as integer part and fraction, in integers, so that no
 * locale decides about the decimal point and whole values stay exact; they are
 * written the same way. */
#include "base/units.h"

#include <inttypes.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

enum { FRACTION_DIGITS = 9 }; /* further ones are below all units */

/* whole + fraction / divisor */
struct decimal {
    uint64_t whole, fraction, divisor;
};

/* Reads "12", "1.5" or ".5" at the start of *s and removes it. */
static bool take_decimal(struct weir_str *s, struct decimal *d) {
    size_t whole = 0, end;
    d->whole = d->fraction = 0;
    d->divisor = 1;
    while (whole < s->n && weir_is_digit(s->p[whole]))
        whole++;
    if (whole > 0 && !weir_str_to_u64(weir_str_sub(*s, 0, whole), &d->whole))
        return false;
    end = whole;
    if (end < s->n && s->p[end] == '.') {
        size_t first = ++end;
        while (end < s->n && weir_is_digit(s->p[end])) {
            if (end++ - first >= FRACTION_DIGITS)
                continue;
            d->fraction = d->fraction * 10 + (uint64_t)(s->p[end - 1] - '0');
            d->divisor *= 10;
        }
        if (end == first)
            return false;
    }
    *s = weir_str_sub(*s, end, s->n);
    return end > 0;
}

/* d * unit, the fraction rounded; false when beyond limit. */
static bool scale(const struct decimal *d, uint64_t unit, uint64_t limit,
                  uint64_t *out) {
    uint64_t part =
        (uint64_t)((double)d->fraction * (double)unit / (double)d->divisor +
                   0.5);
    if (d->whole > (limit - part) / unit)
        return false;
    *out = d->whole * unit + part;
    return true;
}

/* "" and "B", "k", "kB", "KiB" and so on in any case: 1, 1024, ... or 0. */
static uint64_t size_unit(struct weir_str s) {
    static const char letters[] = "kmgtp";
    if (s.n == 0 || weir_str_eq_nocase(s, WEIR_STR("b")))
        return 1;
    for (unsigned i = 0; letters[i]; i++) {
        struct weir_str rest = weir_str_sub(s, 1, s.n);
        if (weir_to_lower(s.p[0]) == letters[i] &&
            (rest.n == 0 || weir_str_eq_nocase(rest, WEIR_STR("b")) ||
             weir_str_eq_nocase(rest, WEIR_STR("ib"))))
            return UINT64_C(1) << 10 * (i + 1);
    }
    return 0;
}

enum weir_err weir_units_size(struct weir_str s, uint64_t *bytes) {
    struct decimal d;
    uint64_t unit;
    if (!take_decimal(&s, &d))
        return WEIR_E_INVALID;
    unit = size_unit(s);
    if (unit == 0 || (unit == 1 && d.fraction != 0) ||
        !scale(&d, unit, UINT64_MAX, bytes))
        return WEIR_E_INVALID;
    return WEIR_OK;
}

/* Nanoseconds, or 0 for no unit that we know. */
static int64_t duration_unit(struct weir_str s) {
    static const struct {
        struct weir_str name;
        int64_t ns;
    } units[] = {
        {{"ms", 2}, NS_PER_MS},           {{"s", 1}, NS_PER_S},
        {{"m", 1}, 60 * NS_PER_S},        {{"h", 1}, 3600 * NS_PER_S},
        {{"d", 1}, 24 * 3600 * NS_PER_S}, {{"w", 1}, 7 * 24 * 3600 * NS_PER_S}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (weir_str_eq(s, units[i].name))
            return units[i].ns;
    }
    return 0;
}

enum weir_err weir_units_duration(struct weir_str s, int64_t *ns) {
    struct decimal d;
    uint64_t value;
    int64_t unit;
    if (!take_decimal(&s, &d))
        return WEIR_E_INVALID;
    unit = s.n == 0 ? NS_PER_S : duration_unit(s);
    if (unit == 0 || !scale(&d, (uint64_t)unit, INT64_MAX, &value))
        return WEIR_E_INVALID;
    *ns = (int64_t)value;
    return WEIR_OK;
}

enum weir_err weir_units_rate(struct weir_str s, struct weir_rate *rate) {
    struct weir_str count, per;
    struct decimal d;
    int64_t ns = NS_PER_S;
    double value;
    bool slash = weir_str_cut(s, '/', &count, &per);
    if (!take_decimal(&count, &d) || count.n != 0)
        return WEIR_E_INVALID;
    value = (double)d.whole + (double)d.fraction / (double)d.divisor;
    if (slash) {
        ns = duration_unit(per); /* "20/s" */
        if (ns == 0 && weir_units_duration(per, &ns) != WEIR_OK)
            return WEIR_E_INVALID;
    }
    if (value <= 0 || ns <= 0)
        return WEIR_E_INVALID;
    rate->count = value;
    rate->per_ns = ns;
    return WEIR_OK;
}

void weir_units_put_size(struct weir_buf *b, uint64_t bytes) {
    static const char letters[] = "KMGTPE";
    double value = (double)bytes;
    size_t i = 0;
    if (bytes < 1000) {
        weir_buf_fmt(b, "%" PRIu64 " B", bytes);
        return;
    }
    for (value /= 1024; value >= 999.5; value /= 1024)
        i++;
    if (value < 99.95) {
        unsigned tenths = (unsigned)(value * 10 + 0.5);
        weir_buf_fmt(b, "%u.%u %ciB", tenths / 10, tenths % 10, letters[i]);
    } else {
        weir_buf_fmt(b, "%u %ciB", (unsigned)(value + 0.5), letters[i]);
    }
}

void weir_units_put_duration(struct weir_buf *b, int64_t ns) {
    int64_t ms, s, tenths;
    if (ns < 0)
        ns = 0;
    ms = ns / NS_PER_MS + (ns % NS_PER_MS >= NS_PER_MS / 2);
    s = ns / NS_PER_S + (ns % NS_PER_S >= NS_PER_S / 2);
    tenths = ms / 100 + (ms % 100 >= 50);
    if (ms < 1000)
        weir_buf_fmt(b, "%" PRId64 " ms", ms);
    else if (tenths < 600)
        weir_buf_fmt(b, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
    else if (s < 3600)
        weir_buf_fmt(b, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
    else if (s < 86400)
        weir_buf_fmt(b, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600,
                     s / 60 % 60, s % 60);
    else
        weir_buf_fmt(b, "%" PRId64 " d %" PRId64 " h", s / 86400,
                     s / 3600 % 24);
}

void weir_units_put_count(struct weir_buf *b, uint64_t count) {
    char digits[20], text[27];
    size_t n = 0, at = 0;
    do {
        digits[n++] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    while (n > 0) {
        text[at++] = digits[--n];
        if (n > 0 && n % 3 == 0)
            text[at++] = ',';
    }
    weir_buf_add(b, text, at);
}
