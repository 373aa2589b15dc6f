/* headers_values.c - the fields that have a grammar of their own:
 * Content-Range, Content-Disposition and Link. */
#include "core/headers.h"

#include "base/escape.h"

/* ---- Content-Range (RFC 9110 section 14.4) ---- */

static bool to_offset(struct weir_str s, int64_t *out) {
    return s.n > 0 && weir_is_digit(s.p[0]) && weir_str_to_i64(s, out);
}

bool weir_headers_content_range(struct weir_str value,
                                struct weir_content_range *out) {
    struct weir_str unit, rest, range, total, first, last;
    struct weir_content_range r = {-1, -1, -1};
    if (!weir_str_cut(weir_str_trim(value), ' ', &unit, &rest) ||
        !weir_str_eq_nocase(unit, WEIR_STR("bytes")) ||
        !weir_str_cut(weir_str_trim(rest), '/', &range, &total))
        return false;
    if (!weir_str_eq(total, WEIR_STR("*")) && !to_offset(total, &r.total))
        return false;
    if (weir_str_eq(range, WEIR_STR("*"))) {
        if (r.total < 0) /* an unsatisfied range names the length */
            return false;
    } else if (!weir_str_cut(range, '-', &first, &last) ||
               !to_offset(first, &r.first) || !to_offset(last, &r.last) ||
               r.last < r.first || (r.total >= 0 && r.total <= r.last)) {
        return false;
    }
    *out = r;
    return true;
}

/* ---- Content-Disposition (RFC 6266) ---- */

/* Appends ISO-8859-1 as UTF-8. */
static void put_latin1(struct weir_buf *out, struct weir_str s) {
    for (size_t i = 0; i < s.n; i++)
        weir_utf8_put(out, (unsigned char)s.p[i]);
}

/* Appends s without its %XX; false if one of them is malformed. */
static bool put_unescaped(struct weir_buf *out, struct weir_str s) {
    for (size_t i = 0; i < s.n; i++) {
        int high, low;
        if (s.p[i] != '%') {
            weir_buf_byte(out, s.p[i]);
            continue;
        }
        if (i + 2 >= s.n)
            return false;
        high = weir_hex_value(s.p[i + 1]);
        low = weir_hex_value(s.p[i + 2]);
        if (high < 0 || low < 0)
            return false;
        weir_buf_byte(out, (char)(high << 4 | low));
        i += 2;
    }
    return true;
}

/* charset'language'value (RFC 8187 section 3.2). UTF-8 is the only charset that
 * must be understood; ISO-8859-1 is older servers' other one (RFC 5987). False
 * when it is not sound. */
static bool put_extended(struct weir_buf *out, struct weir_str s,
                         struct weir_buf *scratch) {
    struct weir_str charset, rest, language, value, bytes;
    if (!weir_str_cut(s, '\'', &charset, &rest) ||
        !weir_str_cut(rest, '\'', &language, &value) || value.n == 0)
        return false;
    if (!put_unescaped(scratch, value) || scratch->failed)
        return false;
    bytes = weir_buf_view(scratch);
    if (weir_str_eq_nocase(charset, WEIR_STR("UTF-8"))) {
        if (!weir_utf8_valid(bytes))
            return false;
        weir_buf_str(out, bytes);
        return true;
    }
    if (!weir_str_eq_nocase(charset, WEIR_STR("ISO-8859-1")))
        return false;
    put_latin1(out, bytes);
    return true;
}

static void put_plain(struct weir_buf *out, struct weir_str s,
                      struct weir_buf *scratch) {
    weir_headers_put_value(scratch, s);
    if (weir_utf8_valid(weir_buf_view(scratch)))
        weir_buf_str(out, weir_buf_view(scratch));
    else
        put_latin1(out, weir_buf_view(scratch));
}

enum weir_err weir_headers_filename(struct weir_str value,
                                    struct weir_buf *out) {
    struct weir_str rest = value, name, v;
    struct weir_str plain = {NULL, 0}, extended = {NULL, 0};
    struct weir_buf scratch, result;
    enum weir_err err = WEIR_OK;
    while (weir_headers_param(&rest, &name, &v)) {
        /* The disposition type has no "=". Of several, the first counts. */
        if (!plain.p && weir_str_eq_nocase(name, WEIR_STR("filename")))
            plain = v;
        if (!extended.p && weir_str_eq_nocase(name, WEIR_STR("filename*")))
            extended = v;
    }
    weir_buf_init(&scratch, 0);
    weir_buf_init(&result, 0);
    if (!put_extended(&result, extended, &scratch)) {
        weir_buf_truncate(&scratch, 0);
        weir_buf_truncate(&result, 0);
        put_plain(&result, plain, &scratch);
    }
    if (scratch.failed || result.failed)
        err = WEIR_E_NOMEM;
    else
        err = weir_buf_str(out, weir_buf_view(&result));
    weir_buf_release(&scratch);
    weir_buf_release(&result);
    return err;
}

/* ---- Link (RFC 8288 section 3) ---- */

/* "<target>" at the start of *rest. */
static bool take_target(struct weir_str *rest, struct weir_str *target) {
    size_t from = 0, end;
    while (from < rest->n &&
           (weir_is_space(rest->p[from]) || rest->p[from] == ','))
        from++;
    if (from >= rest->n || rest->p[from] != '<')
        return false;
    end = weir_str_find(*rest, '>', from);
    if (end >= rest->n)
        return false;
    *target = weir_str_trim(weir_str_sub(*rest, from + 1, end - from - 1));
    *rest = weir_str_sub(*rest, end + 1, rest->n);
    return true;
}

/* A value without its quotes; its backslashes stay, for no relation type and
 * no media type has one. */
static struct weir_str bare(struct weir_str value) {
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
        value = weir_str_sub(value, 1, value.n - 2);
    return weir_str_trim(value);
}

bool weir_headers_link(struct weir_str *rest, struct weir_headers_link *out) {
    struct weir_headers_link link = {{NULL, 0}, {NULL, 0}, {NULL, 0}, false};
    struct weir_str params, name, value;
    if (!take_target(rest, &link.target))
        return false;
    *rest = weir_str_trim(*rest);
    if (rest->n > 0 && rest->p[0] == ';')
        weir_headers_element(rest, &params);
    else if (rest->n == 0 || rest->p[0] == ',')
        params = weir_str_make(NULL, 0); /* no parameters: no relation */
    else
        return false;
    while (weir_headers_param(&params, &name, &value)) {
        /* The first rel and type count (section 3.3). */
        if (!link.rel.p && weir_str_eq_nocase(name, WEIR_STR("rel")))
            link.rel = bare(value);
        else if (!link.type.p && weir_str_eq_nocase(name, WEIR_STR("type")))
            link.type = bare(value);
        else if (weir_str_eq_nocase(name, WEIR_STR("anchor")))
            link.other_context = true;
    }
    *out = link;
    return true;
}

bool weir_headers_link_is(const struct weir_headers_link *link,
                          struct weir_str rel) {
    struct weir_str rest = link->rel, type;
    while (rest.n > 0) {
        weir_str_cut(rest, ' ', &type, &rest);
        if (type.n > 0 && weir_str_eq_nocase(weir_str_trim(type), rel))
            return true;
    }
    return false;
}
