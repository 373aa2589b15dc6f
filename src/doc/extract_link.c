/* extract_link.c - which pages to fetch after this one.
 *
 * Rules with a selector look in each item; what finds nothing there, and
 * belongs to no record (no `merge`), is looked for on the whole page: a listing
 * may have items and, beside them, categories to follow. The same link is told
 * once for a rule and a record. Scope and depth are the engine's: they are
 * relative to where the job began. */
#include "doc/extract_internal.h"

#include "base/map.h"
#include "base/mem.h"
#include "core/headers.h"

/* ---- adding links ---- */

struct links {
    size_t rule, record;
    size_t first; /* of the result's links: those of this rule and record */
    struct weir_map *seen;
};

enum { SCAN_LINKS = 16 };

static bool is_known(struct extract_view *v, struct links *l,
                     struct weir_str url) {
    const struct weir_extracted *out = v->out;
    if (l->seen)
        return weir_map_get(l->seen, url) != NULL;
    for (size_t i = l->first; i < out->link_count; i++)
        if (weir_str_eq(out->links[i].url, url))
            return true;
    return false;
}

/* Many links of one rule and record are looked up by hash. */
static enum weir_err index_links(struct extract_view *v, struct links *l) {
    const struct weir_extracted *out = v->out;
    size_t count = out->link_count - l->first;
    enum weir_err e = WEIR_OK;
    if (l->seen)
        return weir_map_put(l->seen, out->links[out->link_count - 1].url, v);
    if (count <= SCAN_LINKS)
        return WEIR_OK;
    l->seen = weir_map_create();
    if (!l->seen)
        return WEIR_E_NOMEM;
    for (size_t i = l->first; i < out->link_count && !e; i++)
        e = weir_map_put(l->seen, out->links[i].url, v);
    return e;
}

static enum weir_err matches_any(struct extract_view *v,
                                 struct weir_regex *const *patterns,
                                 size_t count, struct weir_str url, bool *any) {
    struct weir_regex_match m;
    *any = false;
    for (size_t i = 0; i < count && !*any; i++) {
        enum weir_err e = weir_regex_find(patterns[i], url, &m, v->error);
        if (e)
            return e;
        *any = m.found;
    }
    return WEIR_OK;
}

/* deny wins over allow; without allow everything is. */
static enum weir_err is_allowed(struct extract_view *v,
                                const struct extract_follow *f,
                                struct weir_str url, bool *allowed) {
    bool denied = false;
    enum weir_err e = WEIR_OK;
    *allowed = true;
    if (f->follow->allow_count + f->follow->deny_count)
        e = extract_check_time(v);
    if (e)
        return e;
    if (f->follow->allow_count)
        e = matches_any(v, f->allow, f->follow->allow_count, url, allowed);
    if (!e && *allowed)
        e = matches_any(v, f->deny, f->follow->deny_count, url, &denied);
    *allowed = !e && *allowed && !denied;
    if (e == WEIR_E_LIMIT || e == WEIR_E_INVALID)
        e = extract_problem(v, NULL, NULL, SIZE_MAX, false, "%s: %.*s",
                            v->error->message, WEIR_STR_ARG(url));
    return e;
}

static enum weir_err append_link(struct extract_view *v,
                                 struct weir_extracted_link link) {
    struct weir_extracted *out = v->out;
    if (out->link_count == v->link_cap) {
        size_t cap = v->link_cap ? v->link_cap * 2 : 16;
        struct weir_extracted_link *grown =
            weir_reallocarray(out->links, cap, sizeof *grown);
        if (!grown)
            return WEIR_E_NOMEM;
        out->links = grown;
        v->link_cap = cap;
    }
    out->links[out->link_count++] = link;
    return WEIR_OK;
}

static enum weir_err add_link(struct extract_view *v, struct links *l,
                              struct weir_str text) {
    const struct extract_follow *f = &v->page->follows[l->rule];
    struct weir_extracted_link link = {.follow = l->rule, .record = l->record};
    bool allowed;
    enum weir_err e;
    if (v->out->link_count >= EXTRACT_MAX_LINKS)
        return WEIR_OK;
    e = extract_resolve(v, text, false, &link.url);
    if (e || link.url.n == 0 || is_known(v, l, link.url))
        return e;
    e = is_allowed(v, f, link.url, &allowed);
    if (e || !allowed)
        return e;
    if (append_link(v, link) || index_links(v, l))
        return weir_error_nomem(v->error);
    return WEIR_OK;
}

/* ---- URLs of matches ---- */

/* The reference that a match is: of an element where it leads. */
static enum weir_err reference_of(struct extract_view *v,
                                  const struct extract_match *m,
                                  struct weir_str *out) {
    struct weir_buf *plain = &v->x->plain;
    *out = weir_str_make(NULL, 0);
    if (m->kind == EXTRACT_TEXT) {
        *out = m->text;
        return WEIR_OK;
    }
    if (m->kind == EXTRACT_NODE && (weir_node_attr(m->node, "href", out) ||
                                    weir_node_attr(m->node, "src", out)))
        return WEIR_OK;
    weir_buf_clear(plain);
    if (m->kind == EXTRACT_NODE)
        weir_node_content(m->node, plain); /* an attribute, by XPath */
    else if (m->text.p[0] == '"' || weir_is_digit(m->text.p[0]))
        extract_put_plain(m->text, plain);
    *out = weir_buf_view(plain);
    return plain->failed ? weir_error_nomem(v->error) : WEIR_OK;
}

/* ---- rules ---- */

static enum weir_err follow_select(struct extract_view *v, struct links *l,
                                   const struct extract_item *item) {
    const struct extract_follow *f = &v->page->follows[l->rule];
    struct extract_matches m;
    enum weir_err e;
    extract_matches_init(&m);
    e = extract_select_run(v, &f->select, item, true, &m);
    if (e && e != WEIR_E_NOMEM)
        e = extract_problem(v, NULL, f->select.label, item->record, false, "%s",
                            v->error->message);
    for (size_t i = 0; i < m.count && !e; i++) {
        struct weir_str text;
        e = reference_of(v, &m.at[i], &text);
        if (!e)
            e = add_link(v, l, text);
    }
    extract_matches_release(&m);
    return e;
}

static enum weir_err follow_template(struct extract_view *v, struct links *l,
                                     struct weir_str base,
                                     const struct extract_result *results) {
    const struct extract_follow *f = &v->page->follows[l->rule];
    struct weir_buf url;
    size_t filled;
    bool complete;
    enum weir_err e;
    weir_buf_init(&url, 0);
    e = extract_template(v, f->follow->template_, results, base, true, &url,
                         &filled, &complete);
    if (!e && complete)
        e = add_link(v, l, weir_buf_view(&url));
    weir_buf_release(&url);
    return e;
}

enum weir_err extract_follow_item(struct extract_view *v,
                                  const struct extract_item *item,
                                  struct weir_str base,
                                  const struct extract_result *results) {
    enum weir_err e = WEIR_OK;
    for (size_t i = 0; i < v->page->page->follow_count && !e; i++) {
        struct links l = {
            .rule = i, .record = item->record, .first = v->out->link_count};
        if (v->page->follows[i].follow->template_)
            e = follow_template(v, &l, base, results);
        else
            e = follow_select(v, &l, item);
        weir_map_destroy(l.seen);
    }
    return e;
}

static bool has_links(const struct weir_extracted *out, size_t rule) {
    for (size_t i = 0; i < out->link_count; i++)
        if (out->links[i].follow == rule)
            return true;
    return false;
}

enum weir_err extract_follow_page(struct extract_view *v) {
    const struct extract_item whole = {.record = SIZE_MAX};
    enum weir_err e = WEIR_OK;
    for (size_t i = 0; i < v->page->page->follow_count && !e; i++) {
        const struct weir_follow *follow = v->page->follows[i].follow;
        struct links l = {
            .rule = i, .record = SIZE_MAX, .first = v->out->link_count};
        if (follow->template_ || follow->merge || has_links(v->out, i))
            continue;
        e = follow_select(v, &l, &whole);
        weir_map_destroy(l.seen);
    }
    return e;
}

/* ---- the next page ---- */

/* A link to the page itself ("#") is none. */
static enum weir_err set_next(struct extract_view *v, struct weir_str text) {
    struct weir_str url;
    enum weir_err e = extract_resolve(v, text, false, &url);
    if (!e && url.n &&
        !weir_str_eq(url, weir_url_without_fragment(v->input->url)))
        v->out->next = url;
    return e;
}

/* The page's URL with the parameter set to the value. */
static enum weir_err set_parameter(struct extract_view *v, const char *name,
                                   struct weir_str value) {
    const struct weir_url *url = v->input->url;
    struct weir_str rest = weir_url_query(url), pair, key, tail;
    struct weir_buf out;
    bool first = true;
    enum weir_err e;
    weir_buf_init(&out, 0);
    weir_buf_str(&out, weir_str_make(url->href, url->path_end));
    while (rest.n) {
        weir_str_cut(rest, '&', &pair, &rest);
        weir_str_cut(pair, '=', &key, &tail);
        if (pair.n == 0 || weir_str_eq(key, weir_str_of(name)))
            continue;
        weir_buf_byte(&out, first ? '?' : '&');
        weir_buf_str(&out, pair);
        first = false;
    }
    weir_buf_byte(&out, first ? '?' : '&');
    weir_url_put_encoded(weir_str_of(name), &out);
    weir_buf_byte(&out, '=');
    weir_url_put_encoded(value, &out);
    e = out.failed ? weir_error_nomem(v->error)
                   : set_next(v, weir_buf_view(&out));
    weir_buf_release(&out);
    return e;
}

static enum weir_err next_select(struct extract_view *v) {
    const struct extract_item whole = {.record = SIZE_MAX};
    const struct weir_next *next = &v->page->page->next;
    struct extract_matches m;
    struct weir_str text;
    enum weir_err e;
    extract_matches_init(&m);
    e = extract_select_run(v, &v->page->next, &whole, false, &m);
    if (e && e != WEIR_E_NOMEM)
        e = extract_problem(v, NULL, v->page->next.label, SIZE_MAX, false,
                            "next: %s", v->error->message);
    if (!e && m.count) {
        e = reference_of(v, &m.at[0], &text);
        if (!e && next->kind != WEIR_NEXT_CURSOR)
            e = set_next(v, text);
        else if (!e && text.n)
            e = set_parameter(v, next->param, text);
    }
    extract_matches_release(&m);
    return e;
}

static enum weir_err next_rel(struct extract_view *v) {
    struct weir_nodes *nodes = &v->x->nodes;
    struct weir_str href;
    enum weir_err e = extract_view_tree(v);
    if (e)
        return e;
    weir_nodes_clear(nodes);
    if (weir_css_select(v->x->rel_next, v->css, NULL, nodes))
        return weir_error_nomem(v->error);
    for (size_t i = 0; i < nodes->count && !e && v->out->next.n == 0; i++)
        if (weir_node_attr(nodes->at[i], "href", &href))
            e = set_next(v, href);
    return e;
}

/* RFC 8288 section 3.2: targets are relative to the page's URL, not to a <base>
 * in it. */
static enum weir_err next_header(struct extract_view *v) {
    const bool has_base = v->has_base;
    struct weir_headers_link link;
    struct weir_str value;
    enum weir_err e = WEIR_OK;
    v->has_base = false;
    for (size_t i = 0;
         !e && weir_headers_get(v->input->head, WEIR_STR("Link"), i, &value);
         i++) {
        while (!e && v->out->next.n == 0 && weir_headers_link(&value, &link))
            if (!link.other_context &&
                weir_headers_link_is(&link, WEIR_STR("next")))
                e = set_next(v, link.target);
    }
    v->has_base = has_base;
    return e;
}

enum weir_err extract_next(struct extract_view *v) {
    switch (v->page->page->next.kind) {
    case WEIR_NEXT_SELECT:
    case WEIR_NEXT_CURSOR:
    case WEIR_NEXT_JQ_URL:
        return next_select(v);
    case WEIR_NEXT_REL:
        return next_rel(v);
    case WEIR_NEXT_LINK_HEADER:
        return next_header(v);
    default:
        return WEIR_OK;
    }
}
