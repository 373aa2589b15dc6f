/* extract_value.c - a match becomes a value of the field's type.
 *
 *     match -> text -> regex, replace -> trim -> type -> JSON
 *
 * JSON values that go into a JSON field unchanged skip the text in between. */
#include "doc/extract_internal.h"

#include "base/escape.h"
#include "core/httpdate.h"
#include "core/json.h"
#include "core/pagedate.h"
#include "core/pagenumber.h"
#include "doc/parse_internal.h"

/* ---- JSON text ---- */

enum weir_err extract_put_compact(struct weir_str json, struct weir_buf *out) {
    bool in_string = false;
    size_t from = 0;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (weir_is_space(c)) {
            weir_buf_str(out, weir_str_sub(json, from, i - from));
            from = i + 1;
        }
    }
    weir_buf_str(out, weir_str_sub(json, from, json.n));
    return out->failed ? WEIR_E_NOMEM : WEIR_OK;
}

enum weir_err extract_put_plain(struct weir_str json, struct weir_buf *out) {
    if (json.n == 0 || json.p[0] == 'n')
        return WEIR_OK;
    if (json.p[0] == '"')
        return weir_json_put_text(weir_str_sub(json, 1, json.n - 2), out);
    return extract_put_compact(json, out);
}

/* ---- text of a match ---- */

/* textContent as it stands: JSON in a <script> keeps its spaces. */
static void put_raw(const struct weir_node *node, struct weir_buf *out) {
    const xmlNode *top = weir_node_xml(node);
    if (top->type == XML_ATTRIBUTE_NODE) {
        weir_buf_z(out, weir_attr_value((const xmlAttr *)top));
        return;
    }
    for (const xmlNode *n = top; n; n = weir_tree_next(n, top, false))
        if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
            weir_buf_z(out, (const char *)n->content);
}

/* The attribute that says best what an element is about: where it leads, when
 * it was. */
static bool telling_attribute(const struct weir_node *node,
                              enum weir_field_type type,
                              struct weir_str *value) {
    static const char *const urls[] = {"href", "src", "data", "poster",
                                       "content"};
    if (weir_node_xml(node)->type != XML_ELEMENT_NODE)
        return false;
    if (type == WEIR_FIELD_DATE)
        return (weir_node_attr(node, "datetime", value) ||
                weir_node_attr(node, "content", value)) &&
               weir_str_trim(*value).n > 0;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (type == WEIR_FIELD_URL && weir_node_attr(node, urls[i], value))
            return true;
    return false;
}

static void put_match(const struct weir_field *field,
                      const struct extract_match *m, struct weir_buf *out) {
    struct weir_str value;
    if (m->kind == EXTRACT_TEXT)
        weir_buf_str(out, m->text);
    else if (m->kind == EXTRACT_JSON)
        extract_put_plain(m->text, out);
    else if (telling_attribute(m->node, field->type, &value))
        weir_buf_str(out, value);
    else if (field->type == WEIR_FIELD_HTML)
        weir_node_html(m->node, false, out);
    else if (field->type == WEIR_FIELD_JSON)
        put_raw(m->node, out);
    else
        weir_node_text(m->node, out);
}

/* ---- regex, replace ---- */

/* The text after the field's pattern: in place, or in x->scratch. */
static enum weir_err apply_pattern(struct extract_view *v,
                                   const struct extract_field *f,
                                   struct weir_str *text, bool *found) {
    struct weir_regex_match m;
    enum weir_err e;
    size_t count;
    *found = true;
    if (!f->regex)
        return WEIR_OK;
    if (f->field->replace) {
        weir_buf_clear(&v->x->scratch);
        e = weir_regex_replace(f->regex, *text, weir_str_of(f->field->replace),
                               &v->x->scratch, &count, v->error);
        *text = weir_buf_view(&v->x->scratch);
        return e;
    }
    e = weir_regex_find(f->regex, *text, &m, v->error);
    *found = !e && m.found;
    if (*found)
        *text = m.value;
    return e;
}

/* ---- types ---- */

static enum weir_err wrong(struct extract_view *v, const char *what,
                           struct weir_str text) {
    bool longer = text.n > 60;
    if (longer)
        text.n = weir_utf8_floor(weir_str_sub(text, 0, 60));
    return weir_error_set(v->error, WEIR_E_INVALID, "%s: \"%.*s\"%s", what,
                          WEIR_STR_ARG(text), longer ? "..." : "");
}

static enum weir_err put_bool(struct extract_view *v, struct weir_str text,
                              struct weir_buf *out) {
    static const char *const yes[] = {"true",
                                      "yes",
                                      "y",
                                      "1",
                                      "on",
                                      "checked",
                                      "selected",
                                      "ja",
                                      "wahr",
                                      "oui",
                                      "vrai",
                                      "si",
                                      "s\xC3\xAD",
                                      "s\xC3\xAC",
                                      "sim",
                                      "verdadero",
                                      "vero",
                                      "verdadeiro",
                                      "\xE2\x9C\x93",
                                      "\xE2\x9C\x94"};
    static const char *const no[] = {
        "false",       "no",   "n",          "0",      "off",
        "none",        "null", "nein",       "falsch", "non",
        "faux",        "nee",  "n\xC3\xA3o", "falso",  "\xE2\x9C\x97",
        "\xE2\x9C\x98"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (weir_str_eq_nocase(text, weir_str_of(yes[i])))
            return weir_buf_z(out, "true");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (weir_str_eq_nocase(text, weir_str_of(no[i])))
            return weir_buf_z(out, "false");
    return wrong(v, "neither true nor false", text);
}

static enum weir_err put_date(struct extract_view *v,
                              const struct extract_field *f,
                              struct weir_str text, struct weir_buf *out) {
    struct weir_pagedate_options o = {.format = f->field->format,
                                      .tz = f->tz,
                                      .lang = f->field->lang,
                                      .now = v->input->now};
    int64_t t;
    if (!weir_pagedate_read(text, &o, &t))
        return wrong(v, "not a date that can be read", text);
    weir_buf_byte(out, '"');
    weir_httpdate_put_rfc3339(out, t);
    return weir_buf_byte(out, '"');
}

/* Other schemes that a reader's program opens stay as they are; they are never
 * followed. */
static bool is_other_scheme(struct weir_str text) {
    static const char *const schemes[] = {
        "mailto:", "tel:", "ftp:", "ftps:", "magnet:", "geo:", "sms:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (weir_str_starts_nocase(text, weir_str_of(schemes[i])))
            return true;
    return false;
}

static enum weir_err put_url(struct extract_view *v, struct weir_str text,
                             struct weir_buf *out) {
    struct weir_str url = text;
    enum weir_err e = WEIR_OK;
    if (!is_other_scheme(text))
        e = extract_resolve(v, text, true, &url);
    if (e)
        return e;
    if (url.n == 0)
        return wrong(v, "not an http URL", text);
    weir_escape_json(out, url);
    return WEIR_OK;
}

static enum weir_err put_json(struct extract_view *v, struct weir_str text,
                              struct weir_buf *out) {
    struct weir_json r;
    weir_json_init(&r, text);
    while (weir_json_next(&r) > WEIR_JSON_END)
        ;
    if (r.token == WEIR_JSON_ERROR)
        return weir_json_error(&r, v->error, "JSON");
    return extract_put_compact(text, out);
}

static enum weir_err put_typed(struct extract_view *v,
                               const struct extract_field *f,
                               const struct extract_match *match,
                               struct weir_str text, struct weir_buf *out) {
    /* a number in JSON is written one way */
    bool json = match->kind == EXTRACT_JSON && match->text.p[0] != '"';
    const char *lang = json ? "en" : f->field->lang;
    switch (f->field->type) {
    case WEIR_FIELD_INT:
        return weir_pagenumber_int(text, lang, out)
                   ? WEIR_OK
                   : wrong(v, "not an integer", text);
    case WEIR_FIELD_FLOAT:
        return weir_pagenumber_float(text, lang, out)
                   ? WEIR_OK
                   : wrong(v, "not a number", text);
    case WEIR_FIELD_BOOL:
        return put_bool(v, text, out);
    case WEIR_FIELD_DATE:
        return put_date(v, f, text, out);
    case WEIR_FIELD_URL:
        return put_url(v, text, out);
    case WEIR_FIELD_JSON:
        return put_json(v, text, out);
    default:
        weir_escape_json(out, text);
        return WEIR_OK;
    }
}

/* An attribute like checked="" says yes by being there. */
static bool is_empty_flag(const struct extract_field *f,
                          const struct extract_match *m) {
    return f->field->type == WEIR_FIELD_BOOL && m->kind == EXTRACT_TEXT &&
           m->text.n == 0;
}

enum weir_err extract_value(struct extract_view *v,
                            const struct extract_field *f,
                            struct extract_match match, bool *found,
                            struct weir_buf *out) {
    struct weir_buf *text = &v->x->text;
    size_t before = out->len;
    struct weir_str s;
    enum weir_err e;
    *found = true;
    if (is_empty_flag(f, &match)) {
        weir_buf_z(out, "true");
        return out->failed ? weir_error_nomem(v->error) : WEIR_OK;
    }
    if (f->field->type == WEIR_FIELD_JSON && match.kind == EXTRACT_JSON &&
        !f->regex)
        return extract_put_compact(match.text, out) ? weir_error_nomem(v->error)
                                                    : WEIR_OK;
    weir_buf_clear(text);
    put_match(f->field, &match, text);
    if (text->failed)
        return weir_error_nomem(v->error);
    s = weir_buf_view(text);
    e = apply_pattern(v, f, &s, found);
    if (e || !*found)
        return e;
    if (f->field->trim || f->field->type >= WEIR_FIELD_URL)
        s = weir_str_trim(s);
    *found = s.n > 0;
    if (!*found)
        return WEIR_OK;
    /* what a pattern took out of JSON is a text again */
    if (f->field->type == WEIR_FIELD_JSON && match.kind == EXTRACT_JSON)
        weir_escape_json(out, s);
    else
        e = put_typed(v, f, &match, s, out);
    if (!e && out->failed)
        e = weir_error_nomem(v->error);
    if (e)
        weir_buf_truncate(out, before);
    return e;
}
