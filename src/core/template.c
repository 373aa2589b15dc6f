/* Why: a template is read once and used for every record.
 *
 * It becomes a list of pieces that point into one copy of the text; of {{ and
 * }} the piece holds the first brace and the second one is left out. */
#include "core/template.h"

#include "base/mem.h"

struct weir_template {
    char *text;
    struct weir_template_piece *pieces;
    size_t count;
};

/* Adds a piece; there is room: a text of n bytes has at most n pieces. */
static void add(struct weir_template *t, bool field, struct weir_str text) {
    if (field || text.n > 0)
        t->pieces[t->count++] = (struct weir_template_piece){field, text};
}

static enum weir_err wrong(struct weir_error *error, size_t at,
                           const char *what) {
    return weir_error_set(error, WEIR_E_USAGE, "template, column %zu: %s",
                          at + 1, what);
}

static enum weir_err read_pieces(struct weir_template *t, struct weir_str s,
                                 struct weir_error *error) {
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '{' && s.p[i] != '}')
            continue;
        if (i + 1 < s.n && s.p[i + 1] == s.p[i]) {
            add(t, false, weir_str_sub(s, from, i + 1 - from));
            from = ++i + 1;
            continue;
        }
        if (s.p[i] == '}')
            return wrong(error, i, "a brace that was not opened; write }}");
        size_t end = weir_str_find(s, '}', i);
        struct weir_str name =
            weir_str_trim(weir_str_sub(s, i + 1, end - i - 1));
        if (end == s.n)
            return wrong(error, i,
                         "a brace that is not closed; write {{ for the brace "
                         "itself");
        if (name.n == 0 || weir_str_find(name, '{', 0) < name.n)
            return wrong(error, i, "expected {field}");
        add(t, false, weir_str_sub(s, from, i - from));
        add(t, true, name);
        i = end;
        from = end + 1;
    }
    add(t, false, weir_str_sub(s, from, s.n));
    return WEIR_OK;
}

enum weir_err weir_template_create(struct weir_template **out,
                                   struct weir_str text,
                                   struct weir_error *error) {
    struct weir_template *t = weir_calloc(1, sizeof *t);
    enum weir_err code;
    if (!t)
        return weir_error_nomem(error);
    t->text = weir_str_dup(text);
    t->pieces = weir_calloc(text.n + 1, sizeof *t->pieces);
    if (!t->text || !t->pieces)
        code = weir_error_nomem(error);
    else
        code = read_pieces(t, weir_str_make(t->text, text.n), error);
    if (code) {
        weir_template_destroy(t);
        return code;
    }
    *out = t;
    return WEIR_OK;
}

void weir_template_destroy(struct weir_template *t) {
    if (!t)
        return;
    weir_free(t->pieces);
    weir_free(t->text);
    weir_free(t);
}

size_t weir_template_count(const struct weir_template *t) {
    return t->count;
}

const struct weir_template_piece *
weir_template_pieces(const struct weir_template *t) {
    return t->pieces;
}

enum weir_err weir_template_put(const struct weir_template *t,
                                const struct weir_members *m,
                                struct weir_buf *out) {
    enum weir_err code = WEIR_OK;
    for (size_t i = 0; !code && i < t->count; i++) {
        struct weir_str text = t->pieces[i].text;
        code = t->pieces[i].field
                   ? weir_value_put_text(weir_members_get(m, text), out)
                   : weir_buf_str(out, text);
    }
    return code;
}
