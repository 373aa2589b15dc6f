/* robots_pattern.c - one pass over a path, each character put as its spelling
 * wants it (see the header for why there are two). */
#include "core/robots_pattern.h"

#include <string.h>

/* What put_next has to know about where it is. */
struct speller {
    enum robots_spelling spelling;
    bool is_rule;
    bool in_query;
    struct weir_buf *out;
};

static enum weir_err put_escape(struct weir_buf *out, unsigned char c) {
    static const char hex[] = "0123456789ABCDEF";
    char text[3] = {'%', hex[c >> 4], hex[c & 15]};
    return weir_buf_add(out, text, sizeof text);
}

/* ASCII that RFC 3986 has no place for in a path or query. */
static bool is_illegal(unsigned char c) {
    return c <= 0x20 || c == 0x7f || strchr("\"<>\\^`{|}", c) != NULL;
}

static bool is_decoded(const struct speller *s, unsigned char c) {
    if (weir_is_alnum((char)c))
        return s->spelling == ROBOTS_STRICT;
    if (c == '-' || c == '.' || c == '_' || c == '~')
        return true;
    return s->in_query && (c == ':' || c == '/' || c == '?' || c == '@');
}

/* The byte that "%XX" at the start of s stands for, -1 if it is no escape. */
static int escaped_byte(struct weir_str s) {
    int high, low;
    if (s.n < 3 || s.p[0] != '%')
        return -1;
    high = weir_hex_value(s.p[1]);
    low = weir_hex_value(s.p[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Takes one character off *text and puts it. */
static enum weir_err put_next(struct speller *s, struct weir_str *text) {
    unsigned char c = (unsigned char)text->p[0];
    int escaped = escaped_byte(*text);
    *text = weir_str_sub(*text, escaped < 0 ? 1 : 3, text->n);
    if (escaped >= 0) {
        c = (unsigned char)escaped;
        if (is_decoded(s, c))
            return weir_buf_byte(s->out, (char)c);
        return put_escape(s->out, c);
    }
    if (c == '?')
        s->in_query = true;
    if (c >= 0x80 ? s->is_rule || s->spelling == ROBOTS_STRICT
                  : is_illegal(c) || c == '*' || c == '$')
        return put_escape(s->out, c);
    return weir_buf_byte(s->out, (char)c);
}

enum weir_err weir_robots_put_pattern(struct weir_str path,
                                      enum robots_spelling spelling,
                                      bool *anchored, struct weir_buf *out) {
    struct speller s = {.spelling = spelling, .is_rule = true, .out = out};
    size_t before = out->len;
    enum weir_err err = WEIR_OK;
    *anchored = path.n > 0 && path.p[path.n - 1] == '$';
    if (*anchored)
        path.n--;
    while (path.n > 0 && path.p[path.n - 1] == '*') {
        path.n--; /* "/a*" and "/a*$" match what "/a" does */
        *anchored = false;
    }
    while (!err && path.n > 0) {
        if (path.p[0] != '*') {
            err = put_next(&s, &path);
            continue;
        }
        while (path.p[0] == '*') /* something else follows: see above */
            path = weir_str_sub(path, 1, path.n);
        err = weir_buf_byte(out, '*');
    }
    if (err)
        weir_buf_truncate(out, before);
    return err;
}

size_t weir_robots_pattern_priority(struct weir_str path) {
    size_t priority = path.n;
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] >= 0x80)
            priority += 2;
    return priority;
}

enum weir_err weir_robots_put_target(struct weir_str target,
                                     enum robots_spelling spelling,
                                     struct weir_buf *out) {
    struct speller s = {.spelling = spelling, .out = out};
    enum weir_err err = weir_buf_reserve(out, target.n + 1);
    if (!err && (target.n == 0 || target.p[0] != '/'))
        err = weir_buf_byte(out, '/');
    while (!err && target.n > 0)
        err = put_next(&s, &target);
    return err;
}

bool weir_robots_is_plain(struct weir_str target) {
    if (target.n == 0 || target.p[0] != '/')
        return false;
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c == '%' || c == '*' || c == '$' || c >= 0x7f || is_illegal(c))
            return false;
    }
    return true;
}
