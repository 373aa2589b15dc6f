/* str.h - borrowed byte slices.
 *
 * A `struct weir_str` points at bytes that somebody else owns; it need not end
 * with NUL and may hold any byte. Passed by value. The empty slice may have
 * p == NULL. Case-insensitive means ASCII only, whatever the locale.
 *
 *     struct weir_str line = WEIR_STR("Content-Type: text/html");
 *     struct weir_str name, value;
 *     if (weir_str_cut(line, ':', &name, &value)) ...
 */
#ifndef WEIR_BASE_STR_H
#define WEIR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct weir_str {
    const char *p;
    size_t n;
};

/* A slice of a string literal. */
#define WEIR_STR(literal) ((struct weir_str){(literal), sizeof(literal) - 1})
/* For printf's "%.*s". */
#define WEIR_STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

struct weir_str weir_str_of(const char *z); /* of a C string; NULL is empty */
struct weir_str weir_str_make(const char *p, size_t n);
bool weir_str_eq(struct weir_str a, struct weir_str b);
bool weir_str_eq_nocase(struct weir_str a, struct weir_str b);
int weir_str_cmp(struct weir_str a, struct weir_str b); /* memcmp order */
bool weir_str_starts(struct weir_str s, struct weir_str prefix);
bool weir_str_starts_nocase(struct weir_str s, struct weir_str prefix);
bool weir_str_ends(struct weir_str s, struct weir_str suffix);
/* The slice from `from` (clamped) of at most n bytes. */
struct weir_str weir_str_sub(struct weir_str s, size_t from, size_t n);
/* Without spaces, tabs, CR and LF (and form feed) at both ends. */
struct weir_str weir_str_trim(struct weir_str s);
/* Index of byte c at or after `from`, or s.n if there is none. */
size_t weir_str_find(struct weir_str s, char c, size_t from);
/* Index of the needle, or s.n. */
size_t weir_str_search(struct weir_str s, struct weir_str needle);
/* Splits at the first c. Without one: false, *head = s, *tail = empty. */
bool weir_str_cut(struct weir_str s, char c, struct weir_str *head,
                  struct weir_str *tail);
/* A NUL-terminated copy, for the caller to weir_free; NULL = no memory. */
char *weir_str_dup(struct weir_str s);
/* Decimal digits only, the whole slice; false on anything else or overflow. */
bool weir_str_to_u64(struct weir_str s, uint64_t *out);
/* Optional '-' and digits. */
bool weir_str_to_i64(struct weir_str s, int64_t *out);

/* ASCII classes that no locale changes. */
static inline bool weir_is_digit(char c) {
    return c >= '0' && c <= '9';
}
static inline bool weir_is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static inline bool weir_is_alnum(char c) {
    return weir_is_digit(c) || weir_is_alpha(c);
}
static inline bool weir_is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
static inline char weir_to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}
/* The value of a hex digit, -1 for anything else. */
static inline int weir_hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = weir_to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
