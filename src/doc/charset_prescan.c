/* The prescan of the HTML Standard, section 13.2.3.2, step by step: it looks
 * for <meta> outside of comments in the first 1,024 bytes. */
#include "doc/charset_internal.h"

#include <string.h>

enum { PRESCAN_BYTES = 1024, ATTRIBUTE_ROOM = PRESCAN_BYTES + 1 };

struct scan {
    struct weir_str s;
    size_t at;
};

struct attribute {
    char name[ATTRIBUTE_ROOM], value[ATTRIBUTE_ROOM]; /* in lower case */
    size_t name_n, value_n;
};

static bool over(const struct scan *p) {
    return p->at >= p->s.n;
}

static char here(const struct scan *p) {
    return over(p) ? '\0' : p->s.p[p->at];
}

static bool at(const struct scan *p, const char *text) {
    return weir_str_starts_nocase(weir_str_sub(p->s, p->at, p->s.n),
                                  weir_str_of(text));
}

static void skip_space(struct scan *p) {
    while (!over(p) && weir_is_space(here(p)))
        p->at++;
}

static void put(char *to, size_t *n, char c) {
    if (*n < PRESCAN_BYTES)
        to[(*n)++] = weir_to_lower(c);
}

static void get_quoted(struct scan *p, struct attribute *a) {
    char quote = here(p);
    for (p->at++; !over(p); p->at++) {
        if (here(p) == quote) {
            p->at++;
            return;
        }
        put(a->value, &a->value_n, here(p));
    }
}

static void get_value(struct scan *p, struct attribute *a) {
    p->at++; /* '=' */
    skip_space(p);
    if (here(p) == '"' || here(p) == '\'') {
        get_quoted(p, a);
        return;
    }
    for (; !over(p) && !weir_is_space(here(p)) && here(p) != '>'; p->at++)
        put(a->value, &a->value_n, here(p));
}

/* "Get an attribute": false when there is none left in the tag. */
static bool get_attribute(struct scan *p, struct attribute *a) {
    a->name_n = a->value_n = 0;
    while (!over(p) && (weir_is_space(here(p)) || here(p) == '/'))
        p->at++;
    if (over(p) || here(p) == '>')
        return false;
    for (; !over(p); p->at++) {
        char c = here(p);
        if ((c == '=' && a->name_n) || weir_is_space(c) || c == '/' || c == '>')
            break;
        put(a->name, &a->name_n, c);
    }
    skip_space(p);
    if (here(p) == '=' && a->name_n)
        get_value(p, a);
    return true;
}

static bool is(const struct attribute *a, const char *name) {
    return weir_str_eq(weir_str_make(a->name, a->name_n), weir_str_of(name));
}

/* An encoding that meta cannot mean: the bytes were read as ASCII. */
static enum weir_encoding as_meta(enum weir_encoding e) {
    if (e == WEIR_ENC_UTF_16BE || e == WEIR_ENC_UTF_16LE)
        return WEIR_ENC_UTF_8;
    return e == WEIR_ENC_X_USER_DEFINED ? WEIR_ENC_WINDOWS_1252 : e;
}

/* p stands behind "<meta" and a space or slash. */
static enum weir_encoding scan_meta(struct scan *p) {
    bool got_pragma = false, need_pragma = false, decided = false;
    bool seen_equiv = false, seen_content = false, seen_charset = false;
    enum weir_encoding e = WEIR_ENC_COUNT;
    struct attribute a;
    while (get_attribute(p, &a)) {
        struct weir_str value = weir_str_make(a.value, a.value_n);
        if (is(&a, "http-equiv") && !seen_equiv) {
            seen_equiv = true;
            got_pragma = weir_str_eq(value, WEIR_STR("content-type"));
        } else if (is(&a, "content") && !seen_content) {
            enum weir_encoding found = weir_charset_extract(value);
            seen_content = true;
            if (found != WEIR_ENC_COUNT && e == WEIR_ENC_COUNT && !decided) {
                e = found;
                need_pragma = decided = true;
            }
        } else if (is(&a, "charset") && !seen_charset) {
            seen_charset = true;
            e = weir_encoding_of_label(value);
            need_pragma = false;
            decided = true;
        }
    }
    if (!decided || (need_pragma && !got_pragma))
        return WEIR_ENC_COUNT;
    return e == WEIR_ENC_COUNT ? e : as_meta(e);
}

static void skip_past(struct scan *p, const char *text) {
    struct weir_str rest = weir_str_sub(p->s, p->at, p->s.n);
    size_t i = weir_str_search(rest, weir_str_of(text));
    p->at += i < rest.n ? i + strlen(text) : rest.n;
}

/* "Get an XML encoding" of a declaration at the beginning. */
static enum weir_encoding xml_encoding(struct weir_str s) {
    size_t i;
    struct weir_str rest;
    char quote;
    if (!weir_str_starts(s, WEIR_STR("<?xml")))
        return WEIR_ENC_COUNT;
    s.n = weir_str_find(s, '>', 0);
    i = weir_str_search(s, WEIR_STR("encoding"));
    rest = weir_str_trim(weir_str_sub(s, i + 8, s.n));
    if (rest.n == 0 || rest.p[0] != '=')
        return WEIR_ENC_COUNT;
    rest = weir_str_trim(weir_str_sub(rest, 1, rest.n));
    if (rest.n == 0 || (rest.p[0] != '"' && rest.p[0] != '\''))
        return WEIR_ENC_COUNT;
    quote = rest.p[0];
    rest = weir_str_sub(rest, 1, rest.n);
    rest.n = weir_str_find(rest, quote, 0);
    for (i = 0; i < rest.n; i++) {
        if ((unsigned char)rest.p[i] <= 0x20)
            return WEIR_ENC_COUNT;
    }
    return as_meta(weir_encoding_of_label(rest));
}

enum weir_encoding weir_charset_prescan(struct weir_str bytes) {
    struct scan p = {weir_str_sub(bytes, 0, PRESCAN_BYTES), 0};
    struct attribute a;
    if (weir_str_starts(p.s, weir_str_make("<\0?\0x\0", 6)))
        return WEIR_ENC_UTF_16LE;
    if (weir_str_starts(p.s, weir_str_make("\0<\0?\0x", 6)))
        return WEIR_ENC_UTF_16BE;
    while (!over(&p)) {
        char next = p.at + 1 < p.s.n ? p.s.p[p.at + 1] : '\0';
        char third = p.at + 2 < p.s.n ? p.s.p[p.at + 2] : '\0';
        if (here(&p) != '<') {
            p.at = weir_str_find(p.s, '<', p.at);
        } else if (at(&p, "<!--")) {
            p.at += 2; /* the dashes may be those of the end */
            skip_past(&p, "-->");
        } else if (at(&p, "<meta") && p.at + 5 < p.s.n &&
                   (weir_is_space(p.s.p[p.at + 5]) || p.s.p[p.at + 5] == '/')) {
            enum weir_encoding e;
            p.at += 6;
            e = scan_meta(&p);
            if (e != WEIR_ENC_COUNT)
                return e;
        } else if (weir_is_alpha(next) ||
                   (next == '/' && weir_is_alpha(third))) {
            while (!over(&p) && !weir_is_space(here(&p)) && here(&p) != '>')
                p.at++;
            while (get_attribute(&p, &a))
                ;
        } else if (next == '!' || next == '/' || next == '?') {
            skip_past(&p, ">");
        } else {
            p.at++;
        }
    }
    return xml_encoding(weir_str_sub(bytes, 0, PRESCAN_BYTES));
}

enum weir_encoding weir_charset_extract(struct weir_str content) {
    struct scan p = {content, 0};
    struct weir_str label;
    for (;;) {
        for (; !over(&p) && !at(&p, "charset"); p.at++)
            ;
        if (over(&p))
            return WEIR_ENC_COUNT;
        p.at += 7;
        skip_space(&p);
        if (here(&p) == '=')
            break;
    }
    p.at++;
    skip_space(&p);
    label = weir_str_sub(content, p.at, content.n);
    if (here(&p) == '"' || here(&p) == '\'') {
        size_t end = weir_str_find(label, here(&p), 1);
        if (end == label.n)
            return WEIR_ENC_COUNT;
        return weir_encoding_of_label(weir_str_sub(label, 1, end - 1));
    }
    for (size_t i = 0; i < label.n; i++) {
        if (weir_is_space(label.p[i]) || label.p[i] == ';') {
            label.n = i;
            break;
        }
    }
    return weir_encoding_of_label(label);
}
