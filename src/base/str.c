/* str.c - borrowed byte slices: comparing, searching, cutting, numbers.
 *
 * An empty slice may have a null pointer, which memcmp and memchr do not take
 * even for zero bytes: each of them stands behind a test of the length. */
#include "base/str.h"

#include "base/mem.h"

#include <string.h>

struct weir_str weir_str_make(const char *p, size_t n) {
    struct weir_str s = {p, n};
    return s;
}

struct weir_str weir_str_of(const char *z) {
    return weir_str_make(z, z ? strlen(z) : 0);
}

bool weir_str_eq(struct weir_str a, struct weir_str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool weir_str_eq_nocase(struct weir_str a, struct weir_str b) {
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (weir_to_lower(a.p[i]) != weir_to_lower(b.p[i]))
            return false;
    }
    return true;
}

int weir_str_cmp(struct weir_str a, struct weir_str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool weir_str_starts(struct weir_str s, struct weir_str prefix) {
    return s.n >= prefix.n && weir_str_eq(weir_str_sub(s, 0, prefix.n), prefix);
}

bool weir_str_starts_nocase(struct weir_str s, struct weir_str prefix) {
    return s.n >= prefix.n &&
           weir_str_eq_nocase(weir_str_sub(s, 0, prefix.n), prefix);
}

bool weir_str_ends(struct weir_str s, struct weir_str suffix) {
    return s.n >= suffix.n &&
           weir_str_eq(weir_str_sub(s, s.n - suffix.n, suffix.n), suffix);
}

struct weir_str weir_str_sub(struct weir_str s, size_t from, size_t n) {
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return weir_str_make(s.p ? s.p + from : NULL, n);
}

struct weir_str weir_str_trim(struct weir_str s) {
    size_t from = 0, to = s.n;
    while (from < to && weir_is_space(s.p[from]))
        from++;
    while (to > from && weir_is_space(s.p[to - 1]))
        to--;
    return weir_str_sub(s, from, to - from);
}

size_t weir_str_find(struct weir_str s, char c, size_t from) {
    const char *at = NULL;
    if (from < s.n)
        at = memchr(s.p + from, c, s.n - from);
    return at ? (size_t)(at - s.p) : s.n;
}

size_t weir_str_search(struct weir_str s, struct weir_str needle) {
    size_t at = 0;
    if (needle.n == 0)
        return 0;
    if (needle.n > s.n)
        return s.n;
    for (;;) {
        at = weir_str_find(s, needle.p[0], at);
        if (at > s.n - needle.n)
            return s.n;
        if (memcmp(s.p + at, needle.p, needle.n) == 0)
            return at;
        at++;
    }
}

bool weir_str_cut(struct weir_str s, char c, struct weir_str *head,
                  struct weir_str *tail) {
    size_t at = weir_str_find(s, c, 0);
    *head = weir_str_sub(s, 0, at);
    *tail = weir_str_sub(s, at + 1, s.n);
    return at < s.n;
}

char *weir_str_dup(struct weir_str s) {
    return weir_memdup(s.p, s.n);
}

bool weir_str_to_u64(struct weir_str s, uint64_t *out) {
    uint64_t value = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(s.p[i] - '0');
        if (!weir_is_digit(s.p[i]) || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool weir_str_to_i64(struct weir_str s, int64_t *out) {
    bool negative = s.n > 0 && s.p[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative, value;
    if (!weir_str_to_u64(weir_str_sub(s, negative, s.n), &value) ||
        value > limit)
        return false;
    /* -(value - 1) - 1 stays in range for INT64_MIN too. */
    *out = negative && value ? -(int64_t)(value - 1) - 1 : (int64_t)value;
    return true;
}
