/* Why: outputs look at the same record in many ways (columns, templates, parts
 * of a feed), and a tree of JSON for each would cost more than the record.
 *
 * One pass notes where each member stands. A value inside of lists and objects
 * is found by reading on from there. */
#include "core/members.h"

#include "base/escape.h"
#include "base/mem.h"

void weir_members_init(struct weir_members *m) {
    *m = (struct weir_members){0};
    weir_buf_init(&m->names, 0);
}

void weir_members_release(struct weir_members *m) {
    weir_free(m->at);
    weir_buf_release(&m->names);
    weir_members_init(m);
}

/* The value that begins with the reader's token; read to its end. */
static struct weir_value take_value(struct weir_json *r) {
    struct weir_value v = {r->token, r->text};
    size_t from = r->at - 1;
    switch (r->token) {
    case WEIR_JSON_OBJECT:
    case WEIR_JSON_ARRAY:
        if (!weir_json_skip(r))
            return (struct weir_value){WEIR_JSON_END, {NULL, 0}};
        v.text = weir_str_make(r->input.p + from, r->at - from);
        return v;
    case WEIR_JSON_TRUE:
        v.text = WEIR_STR("true");
        return v;
    case WEIR_JSON_FALSE:
        v.text = WEIR_STR("false");
        return v;
    case WEIR_JSON_NULL:
        v.text = WEIR_STR("null");
        return v;
    case WEIR_JSON_STRING:
    case WEIR_JSON_NUMBER:
        return v;
    default:
        return (struct weir_value){WEIR_JSON_END, {NULL, 0}};
    }
}

static enum weir_err make_room(struct weir_members *m) {
    if (m->count < m->cap)
        return WEIR_OK;
    size_t cap = m->cap ? m->cap * 2 : 16;
    void *at = weir_reallocarray(m->at, cap, sizeof *m->at);
    if (!at)
        return WEIR_E_NOMEM;
    m->at = at;
    m->cap = cap;
    return WEIR_OK;
}

/* Notes a member at its key. A name with escapes is unescaped into `names`,
 * which may still move: until the end its p is NULL. */
static enum weir_err add_member(struct weir_members *m, struct weir_json *r) {
    enum weir_err code = make_room(m);
    if (code)
        return code;
    struct weir_str name = r->text;
    if (weir_str_find(name, '\\', 0) < name.n) {
        size_t before = m->names.len;
        if ((code = weir_json_put_text(name, &m->names)))
            return code;
        name = weir_str_make(NULL, m->names.len - before);
    }
    weir_json_next(r);
    m->at[m->count++] = (struct weir_member){name, take_value(r)};
    return WEIR_OK;
}

static void place_names(struct weir_members *m) {
    const char *p = m->names.p;
    for (size_t i = 0; i < m->count; i++)
        if (!m->at[i].name.p) {
            m->at[i].name.p = p;
            p += m->at[i].name.n;
        }
}

enum weir_err weir_members_read(struct weir_members *m, struct weir_str object,
                                struct weir_error *error) {
    struct weir_json r;
    enum weir_err code = WEIR_OK;
    m->count = 0;
    weir_buf_clear(&m->names);
    weir_json_init(&r, object);
    if (weir_json_next(&r) != WEIR_JSON_OBJECT)
        return weir_json_error(&r, error, "an object");
    while (!code && weir_json_next(&r) == WEIR_JSON_KEY)
        code = add_member(m, &r);
    if (!code && (r.token != WEIR_JSON_OBJECT_END ||
                  weir_json_next(&r) != WEIR_JSON_END))
        code = weir_json_error(&r, error, "the end");
    else if (code)
        code = weir_error_nomem(error);
    if (code)
        m->count = 0;
    place_names(m);
    return code;
}

static struct weir_value nothing(void) {
    return (struct weir_value){WEIR_JSON_END, {NULL, 0}};
}

static struct weir_value list_element(struct weir_value list, uint64_t index) {
    struct weir_json r;
    weir_json_init(&r, list.text);
    weir_json_next(&r);
    while (weir_json_next(&r) != WEIR_JSON_ARRAY_END &&
           r.token != WEIR_JSON_ERROR) {
        struct weir_value v = take_value(&r);
        if (index-- == 0)
            return v;
    }
    return nothing();
}

static struct weir_value object_member(struct weir_value object,
                                       struct weir_str name) {
    struct weir_json r;
    struct weir_value found = nothing();
    weir_json_init(&r, object.text);
    weir_json_next(&r);
    while (weir_json_next(&r) == WEIR_JSON_KEY) {
        bool here = weir_json_is(&r, name);
        weir_json_next(&r);
        struct weir_value v = take_value(&r);
        if (here)
            found = v;
    }
    return found;
}

struct weir_value weir_value_get(struct weir_value v, struct weir_str path) {
    uint64_t index;
    while (path.n > 0) {
        struct weir_str head, tail;
        if (v.kind == WEIR_JSON_OBJECT) {
            struct weir_value whole = object_member(v, path);
            if (whole.kind != WEIR_JSON_END)
                return whole;
        }
        weir_str_cut(path, '.', &head, &tail);
        if (v.kind == WEIR_JSON_OBJECT)
            v = object_member(v, head);
        else if (v.kind == WEIR_JSON_ARRAY && weir_str_to_u64(head, &index))
            v = list_element(v, index);
        else
            return nothing();
        path = tail;
    }
    return v;
}

static struct weir_value named(const struct weir_members *m,
                               struct weir_str name) {
    for (size_t i = m->count; i-- > 0;)
        if (weir_str_eq(m->at[i].name, name))
            return m->at[i].value;
    return nothing();
}

struct weir_value weir_members_get(const struct weir_members *m,
                                   struct weir_str path) {
    struct weir_value v = named(m, path);
    for (size_t i = 0; v.kind == WEIR_JSON_END && i < path.n; i++)
        if (path.p[i] == '.')
            v = weir_value_get(named(m, weir_str_sub(path, 0, i)),
                               weir_str_sub(path, i + 1, path.n));
    return v;
}

struct weir_value weir_value_first(struct weir_value v) {
    return v.kind == WEIR_JSON_ARRAY ? list_element(v, 0) : v;
}

bool weir_value_is_empty(struct weir_value v) {
    return v.kind == WEIR_JSON_END || v.kind == WEIR_JSON_NULL ||
           (v.kind == WEIR_JSON_STRING && v.text.n == 0);
}

/* ---- writing ---- */

/* What was appended since `from` becomes valid UTF-8. */
static enum weir_err make_valid(struct weir_buf *out, size_t from) {
    struct weir_str s = weir_str_make(out->p + from, out->len - from);
    struct weir_buf mended;
    uint32_t cp;
    if (out->failed)
        return WEIR_E_NOMEM;
    if (weir_utf8_valid(s))
        return WEIR_OK;
    weir_buf_init(&mended, 0);
    while (s.n > 0) {
        size_t n = weir_utf8_decode(s, &cp);
        weir_utf8_put(&mended, n ? cp : 0xFFFD);
        s = weir_str_sub(s, n ? n : 1, s.n);
    }
    weir_buf_truncate(out, from);
    enum weir_err code = mended.failed
                             ? WEIR_E_NOMEM
                             : weir_buf_str(out, weir_buf_view(&mended));
    weir_buf_release(&mended);
    return code;
}

enum weir_err weir_json_put_compact(struct weir_str json,
                                    struct weir_buf *out) {
    struct weir_json r;
    size_t from = out->len;
    bool comma = false; /* before the next value or key */
    weir_json_init(&r, json);
    while (weir_json_next(&r) != WEIR_JSON_END && r.token != WEIR_JSON_ERROR) {
        bool closes =
            r.token == WEIR_JSON_OBJECT_END || r.token == WEIR_JSON_ARRAY_END;
        if (comma && !closes)
            weir_buf_byte(out, ',');
        comma = true;
        switch (r.token) {
        case WEIR_JSON_OBJECT:
        case WEIR_JSON_ARRAY:
            weir_buf_byte(out, r.token == WEIR_JSON_OBJECT ? '{' : '[');
            comma = false;
            break;
        case WEIR_JSON_KEY:
        case WEIR_JSON_STRING:
            weir_buf_byte(out, '"');
            weir_buf_str(out, r.text);
            weir_buf_z(out, r.token == WEIR_JSON_KEY ? "\":" : "\"");
            comma = r.token != WEIR_JSON_KEY;
            break;
        case WEIR_JSON_OBJECT_END:
            weir_buf_byte(out, '}');
            break;
        case WEIR_JSON_ARRAY_END:
            weir_buf_byte(out, ']');
            break;
        default:
            weir_buf_str(out, take_value(&r).text);
        }
    }
    if (r.token == WEIR_JSON_ERROR) {
        weir_buf_truncate(out, from);
        return WEIR_E_INVALID;
    }
    return make_valid(out, from);
}

enum weir_err weir_value_put_text(struct weir_value v, struct weir_buf *out) {
    size_t from = out->len;
    enum weir_err code;
    switch (v.kind) {
    case WEIR_JSON_STRING:
        code = weir_json_put_text(v.text, out);
        return code ? code : make_valid(out, from);
    case WEIR_JSON_NUMBER:
    case WEIR_JSON_TRUE:
    case WEIR_JSON_FALSE:
        return weir_buf_str(out, v.text);
    case WEIR_JSON_OBJECT:
    case WEIR_JSON_ARRAY:
        return weir_json_put_compact(v.text, out);
    default:
        return WEIR_OK;
    }
}

enum weir_err weir_value_put_json(struct weir_value v, struct weir_buf *out) {
    size_t from = out->len;
    if (v.kind == WEIR_JSON_END || v.kind == WEIR_JSON_NULL)
        return weir_buf_z(out, "null");
    if (v.kind == WEIR_JSON_STRING) {
        weir_buf_byte(out, '"');
        weir_buf_str(out, v.text);
        weir_buf_byte(out, '"');
        return make_valid(out, from);
    }
    return weir_value_put_text(v, out);
}
