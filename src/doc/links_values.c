/* URLs within values of attributes: meta refresh and srcset. */
#include "doc/links.h"

static struct weir_str skip_space(struct weir_str s) {
    while (s.n && weir_is_space(s.p[0]))
        s = weir_str_sub(s, 1, s.n);
    return s;
}

/* HTML Standard section 4.2.5.3, "shared declarative refresh steps". */
bool weir_links_refresh(struct weir_str content, struct weir_str *url) {
    struct weir_str s = skip_space(content);
    size_t digits = 0;
    while (digits < s.n && weir_is_digit(s.p[digits]))
        digits++;
    if (digits == 0 && (s.n == 0 || s.p[0] != '.'))
        return false;
    while (digits < s.n && (weir_is_digit(s.p[digits]) || s.p[digits] == '.'))
        digits++;
    s = weir_str_sub(s, digits, s.n);
    if (s.n == 0 || (s.p[0] != ';' && s.p[0] != ',' && !weir_is_space(s.p[0])))
        return false;
    s = skip_space(s);
    if (s.n && (s.p[0] == ';' || s.p[0] == ','))
        s = skip_space(weir_str_sub(s, 1, s.n));
    if (weir_str_starts_nocase(s, WEIR_STR("url"))) {
        struct weir_str t = skip_space(weir_str_sub(s, 3, s.n));
        if (t.n && t.p[0] == '=')
            s = skip_space(weir_str_sub(t, 1, t.n));
    }
    if (s.n && (s.p[0] == '"' || s.p[0] == '\'')) {
        char quote = s.p[0];
        s = weir_str_sub(s, 1, s.n);
        s.n = weir_str_find(s, quote, 0);
    }
    *url = weir_str_trim(s);
    return url->n > 0;
}

/* Behind the descriptors of a candidate: the next comma outside of
 * parentheses. */
static struct weir_str skip_descriptors(struct weir_str s) {
    bool inside = false;
    size_t i;
    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '(')
            inside = true;
        else if (s.p[i] == ')')
            inside = false;
        else if (s.p[i] == ',' && !inside)
            break;
    }
    return weir_str_sub(s, i, s.n);
}

bool weir_links_srcset(struct weir_str *rest, struct weir_str *url) {
    struct weir_str s = *rest;
    size_t n = 0, end;
    while (s.n && (weir_is_space(s.p[0]) || s.p[0] == ','))
        s = weir_str_sub(s, 1, s.n);
    if (s.n == 0)
        return false;
    while (n < s.n && !weir_is_space(s.p[n]))
        n++;
    for (end = n; end > 0 && s.p[end - 1] == ','; end--)
        ;
    *url = weir_str_sub(s, 0, end);
    *rest = weir_str_sub(s, n, s.n);
    if (end == n)
        *rest = skip_descriptors(*rest);
    return true;
}
