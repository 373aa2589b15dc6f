/* extract_select.c - what a selector matches on a page or in an item. */
#include "doc/extract_internal.h"

#include "base/escape.h"
#include "base/mem.h"
#include "core/headers.h"
#include "doc/charset.h"

#include <string.h>

void extract_matches_init(struct extract_matches *m) {
    memset(m, 0, sizeof *m);
}

void extract_matches_release(struct extract_matches *m) {
    weir_free(m->at);
    extract_matches_init(m);
}

enum weir_err extract_matches_add(struct extract_matches *m,
                                  struct extract_match match) {
    if (m->count == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 8;
        struct extract_match *at = weir_reallocarray(m->at, cap, sizeof *at);
        if (!at)
            return WEIR_E_NOMEM;
        m->at = at;
        m->cap = cap;
    }
    m->at[m->count++] = match;
    return WEIR_OK;
}

static enum weir_err add_text(struct extract_view *v, struct extract_matches *m,
                              struct weir_str text) {
    struct extract_match match = {.kind = EXTRACT_TEXT, .text = text};
    return extract_matches_add(m, match) ? weir_error_nomem(v->error) : WEIR_OK;
}

static enum weir_err add_copy(struct extract_view *v, struct extract_matches *m,
                              struct weir_str text) {
    const char *kept = weir_arena_dup(v->arena, text);
    return kept ? add_text(v, m, weir_str_make(kept, text.n))
                : weir_error_nomem(v->error);
}

/* ---- CSS ---- */

static enum weir_err add_node(struct extract_view *v, struct extract_matches *m,
                              const struct weir_node *node,
                              const char *attribute) {
    struct extract_match match = {.kind = EXTRACT_NODE, .node = node};
    if (attribute) {
        match.kind = EXTRACT_TEXT;
        if (!weir_node_attr(node, attribute, &match.text))
            return WEIR_OK;
    }
    return extract_matches_add(m, match) ? weir_error_nomem(v->error) : WEIR_OK;
}

static enum weir_err run_css(struct extract_view *v,
                             const struct extract_select *s,
                             const struct extract_item *item, bool all,
                             struct extract_matches *m) {
    struct weir_nodes *nodes = &v->x->nodes;
    enum weir_err e = extract_view_tree(v);
    if (e)
        return e;
    weir_nodes_clear(nodes);
    if (!s->css) {
        const struct weir_node *self =
            item->node ? item->node : weir_doc_root(v->doc);
        return self ? add_node(v, m, self, s->select->attribute) : WEIR_OK;
    }
    e = weir_css_select(s->css, v->css, item->node, nodes);
    if (e == WEIR_E_INVALID) /* an item that is no element has none inside */
        return WEIR_OK;
    if (e)
        return weir_error_nomem(v->error);
    for (size_t i = 0; i < nodes->count && !e && (all || m->count == 0); i++)
        e = add_node(v, m, nodes->at[i], s->select->attribute);
    return e;
}

/* ---- XPath ---- */

static enum weir_err run_xpath(struct extract_view *v,
                               const struct extract_select *s,
                               const struct extract_item *item,
                               struct extract_matches *m) {
    struct weir_xpath_value *value = &v->x->xpath_value;
    enum weir_err e = extract_view_xpath(v);
    if (!e)
        e = weir_xpath_eval(s->xpath, v->xpath, item->node, value, v->error);
    if (e)
        return e;
    if (value->kind != WEIR_XPATH_NODES)
        return value->text.len ? add_copy(v, m, weir_buf_view(&value->text))
                               : WEIR_OK;
    for (size_t i = 0; i < value->nodes.count && !e; i++)
        e = add_node(v, m, value->nodes.at[i], NULL);
    return e;
}

/* ---- jq ---- */

static enum weir_err add_json(struct extract_view *v, struct extract_matches *m,
                              struct weir_str json) {
    struct extract_match match = {.kind = EXTRACT_JSON, .text = json};
    if (weir_str_eq(json, WEIR_STR("null")))
        return WEIR_OK;
    return extract_matches_add(m, match) ? weir_error_nomem(v->error) : WEIR_OK;
}

static enum weir_err run_jq(struct extract_view *v,
                            const struct extract_select *s,
                            const struct extract_item *item, bool all,
                            struct extract_matches *m) {
    struct weir_jq_outputs *outputs = &v->x->outputs;
    struct weir_jq_input *input = item->json;
    enum weir_err e = WEIR_OK, failed;
    if (!input) {
        e = extract_view_json(v);
        input = v->json;
    }
    if (e)
        return e;
    failed = weir_jq_run(s->jq, input, v->arena, all ? EXTRACT_MAX_MATCHES : 1,
                         outputs, v->error);
    if (failed == WEIR_E_NOMEM)
        return failed;
    for (size_t i = 0; i < outputs->count && !e; i++)
        e = add_json(v, m, outputs->at[i]);
    return e ? e : failed;
}

/* ---- patterns ---- */

/* What a pattern is searched in: the source of the item or of the page. */
static enum weir_err subject_of(struct extract_view *v,
                                const struct extract_item *item,
                                struct weir_str *out) {
    enum weir_err e;
    if (item->json) {
        *out = item->json_text;
        return WEIR_OK;
    }
    if (!item->node) {
        e = extract_view_text(v);
        *out = v->text;
        return e;
    }
    weir_buf_clear(&v->x->scratch);
    weir_node_html(item->node, true, &v->x->scratch);
    if (v->x->scratch.failed)
        return weir_error_nomem(v->error);
    *out = weir_buf_view(&v->x->scratch);
    return WEIR_OK;
}

static enum weir_err run_regex(struct extract_view *v,
                               const struct extract_select *s,
                               const struct extract_item *item, bool all,
                               struct extract_matches *m) {
    struct weir_regex_scan scan;
    struct weir_regex_match match = {.found = true};
    struct weir_str text = {NULL, 0};
    enum weir_err e = subject_of(v, item, &text);
    weir_regex_scan_init(&scan, s->regex, text);
    while (!e && (all || m->count == 0) && m->count < EXTRACT_MAX_MATCHES) {
        e = weir_regex_next(&scan, &match, v->error);
        if (e || !match.found)
            break;
        e = add_copy(v, m, match.value);
    }
    return e;
}

/* ---- header:, url: ---- */

/* Fields are bytes; those that are no UTF-8 are taken for windows-1252. */
static enum weir_err run_header(struct extract_view *v,
                                const struct extract_select *s,
                                struct extract_matches *m) {
    struct weir_str name = weir_str_trim(weir_str_of(s->select->text)), value;
    enum weir_err e = WEIR_OK;
    for (size_t i = 0; !e && weir_headers_get(v->input->head, name, i, &value);
         i++) {
        if (weir_utf8_valid(value)) {
            e = add_copy(v, m, value);
            continue;
        }
        weir_buf_clear(&v->x->scratch);
        if (weir_charset_decode(value, "windows-1252", &v->x->scratch))
            return weir_error_nomem(v->error);
        e = add_copy(v, m, weir_buf_view(&v->x->scratch));
    }
    return e;
}

/* The decoded value of a query parameter: false if there is none. */
static bool query_value(const struct weir_url *url, struct weir_str name,
                        struct weir_buf *out) {
    struct weir_str rest = weir_url_query(url), pair, key, value;
    struct weir_buf decoded;
    bool found = false;
    weir_buf_init(&decoded, 0);
    while (rest.n && !found) {
        weir_str_cut(rest, '&', &pair, &rest);
        weir_str_cut(pair, '=', &key, &value);
        weir_buf_clear(&decoded);
        weir_url_put_decoded(key, &decoded);
        found = weir_str_eq(weir_buf_view(&decoded), name);
    }
    weir_buf_release(&decoded);
    if (found) {
        size_t from = out->len;
        weir_url_put_decoded(value, out);
        for (size_t i = from; i < out->len; i++)
            if (out->p[i] == '+' && !memchr(value.p, '%', value.n))
                out->p[i] = ' ';
    }
    return found;
}

static enum weir_err run_url(struct extract_view *v,
                             const struct extract_select *s,
                             struct extract_matches *m) {
    const struct weir_url *url = v->input->url;
    struct weir_str part = weir_str_trim(weir_str_of(s->select->text));
    const struct weir_str query = WEIR_STR("query.");
    const struct {
        struct weir_str name, value;
    } parts[] = {{WEIR_STR(""), weir_str_of(url->href)},
                 {WEIR_STR("scheme"), weir_url_scheme(url)},
                 {WEIR_STR("host"), weir_url_host(url)},
                 {WEIR_STR("path"), weir_url_path(url)},
                 {WEIR_STR("query"), weir_url_query(url)},
                 {WEIR_STR("fragment"), weir_url_fragment(url)}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (weir_str_eq(part, parts[i].name))
            return add_copy(v, m, parts[i].value);
    if (!weir_str_starts(part, query))
        return WEIR_OK;
    weir_buf_clear(&v->x->scratch);
    if (!query_value(url, weir_str_sub(part, query.n, part.n), &v->x->scratch))
        return WEIR_OK;
    if (v->x->scratch.failed)
        return weir_error_nomem(v->error);
    return add_copy(v, m, weir_buf_view(&v->x->scratch));
}

enum weir_err extract_select_run(struct extract_view *v,
                                 const struct extract_select *s,
                                 const struct extract_item *item, bool all,
                                 struct extract_matches *matches) {
    matches->count = 0;
    switch (s->select->kind) {
    case WEIR_SELECT_CSS:
        return run_css(v, s, item, all, matches);
    case WEIR_SELECT_XPATH:
        return run_xpath(v, s, item, matches);
    case WEIR_SELECT_JQ:
        return run_jq(v, s, item, all, matches);
    case WEIR_SELECT_REGEX:
        return run_regex(v, s, item, all, matches);
    case WEIR_SELECT_META:
        return extract_meta_run(v, s, all, matches);
    case WEIR_SELECT_HEADER:
        return run_header(v, s, matches);
    default:
        return run_url(v, s, matches);
    }
}
