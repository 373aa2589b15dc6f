/* headers.c - header blocks, lists and parameters (RFC 9110 section 5).
 *
 * Everything is a walk over slices of the block: the caller keeps what is left
 * in `rest`. Quoted strings are recognised wherever a separator is looked for;
 * one that is never closed reaches to the end of its value. */
#include "core/headers.h"

bool weir_headers_next(struct weir_str *rest, struct weir_str *name,
                       struct weir_str *value) {
    while (rest->n > 0) {
        struct weir_str line, head, tail;
        weir_str_cut(*rest, '\n', &line, rest);
        if (line.n == 0 || line.p[0] == ' ' || line.p[0] == '\t')
            continue;
        if (!weir_str_cut(line, ':', &head, &tail) || head.n == 0)
            continue;
        *name = head;
        *value = weir_str_trim(tail);
        return true;
    }
    return false;
}

/* The next field of this name. */
static bool next_named(struct weir_str *rest, struct weir_str wanted,
                       struct weir_str *value) {
    struct weir_str name;
    while (weir_headers_next(rest, &name, value)) {
        if (weir_str_eq_nocase(name, wanted))
            return true;
    }
    return false;
}

bool weir_headers_get(struct weir_str head, struct weir_str name, size_t nth,
                      struct weir_str *value) {
    struct weir_str found;
    do {
        if (!next_named(&head, name, &found))
            return false;
    } while (nth-- > 0);
    *value = found;
    return true;
}

/* The index of the separator at or after `from` that stands outside of quoted
 * strings, or s.n. */
static size_t find_outside(struct weir_str s, size_t from, char separator) {
    bool quoted = false;
    for (size_t i = from; i < s.n; i++) {
        if (quoted && s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && s.p[i] == separator)
            return i;
    }
    return s.n;
}

/* Cuts the next piece that is not empty off *rest. */
static bool next_piece(struct weir_str *rest, char separator,
                       struct weir_str *piece) {
    while (rest->n > 0) {
        size_t end = find_outside(*rest, 0, separator);
        struct weir_str found = weir_str_trim(weir_str_sub(*rest, 0, end));
        *rest = weir_str_sub(*rest, end + 1, rest->n);
        if (found.n > 0) {
            *piece = found;
            return true;
        }
    }
    return false;
}

bool weir_headers_element(struct weir_str *rest, struct weir_str *element) {
    return next_piece(rest, ',', element);
}

void weir_headers_list_start(struct weir_headers_list *list,
                             struct weir_str head, struct weir_str name) {
    list->head = head;
    list->name = name;
    list->rest = weir_str_make(NULL, 0);
}

bool weir_headers_list_next(struct weir_headers_list *list,
                            struct weir_str *element) {
    while (!weir_headers_element(&list->rest, element)) {
        struct weir_str value;
        if (!next_named(&list->head, list->name, &value))
            return false;
        list->rest = value;
    }
    return true;
}

bool weir_headers_param(struct weir_str *rest, struct weir_str *name,
                        struct weir_str *value) {
    struct weir_str piece;
    if (!next_piece(rest, ';', &piece))
        return false;
    weir_str_cut(piece, '=', name, value);
    *name = weir_str_trim(*name); /* "name = value" is wrong, and common */
    *value = weir_str_trim(*value);
    return true;
}

enum weir_err weir_headers_put_value(struct weir_buf *out,
                                     struct weir_str value) {
    bool failed_before = out->failed;
    size_t start = out->len;
    enum weir_err err = WEIR_OK;
    if (value.n == 0 || value.p[0] != '"')
        return weir_buf_str(out, value);
    for (size_t i = 1; !err && i < value.n && value.p[i] != '"'; i++) {
        if (value.p[i] == '\\' && i + 1 < value.n)
            i++;
        err = weir_buf_byte(out, value.p[i]);
    }
    if (err)
        weir_buf_truncate(out, start); /* all of it or nothing */
    out->failed = failed_before || err != WEIR_OK;
    return err;
}
