/* extract_meta.c - what a page says about itself: meta elements and JSON-LD.
 *
 * "meta:og:title" is the content of <meta property> or <meta name> or
 * <meta itemprop> or <meta http-equiv> of that name, in any case; title and
 * canonical fall back to the elements. "jsonld:.path" is asked of every block
 * of JSON-LD, of the elements of a block that is an array, and of the nodes of
 * a @graph, in the order of the page; the first that has it counts. Blocks that
 * are no JSON are passed over. */
#include "doc/extract_internal.h"

#include "base/mem.h"
#include "doc/parse_internal.h"

#include <string.h>

/* ---- meta elements ---- */

static bool is_named(const struct weir_node *node, struct weir_str name) {
    static const char *const attributes[] = {"property", "name", "itemprop",
                                             "http-equiv"};
    struct weir_str value;
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (weir_node_attr(node, attributes[i], &value) &&
            weir_str_eq_nocase(weir_str_trim(value), name))
            return true;
    return false;
}

static bool is_element(const struct weir_node *node, const char *name) {
    return strcmp((const char *)weir_node_xml(node)->name, name) == 0;
}

/* The match that a node of x->meta is, if it is one for the name. */
static bool meta_match(const struct weir_node *node, struct weir_str name,
                       bool fallback, struct extract_match *m) {
    if (!fallback) {
        m->kind = EXTRACT_TEXT;
        return is_element(node, "meta") && is_named(node, name) &&
               weir_node_attr(node, "content", &m->text);
    }
    m->kind = EXTRACT_NODE;
    m->node = node;
    if (is_element(node, "title"))
        return weir_str_eq_nocase(name, WEIR_STR("title"));
    m->kind = EXTRACT_TEXT;
    return is_element(node, "link") &&
           weir_str_eq_nocase(name, WEIR_STR("canonical")) &&
           weir_node_attr(node, "href", &m->text);
}

static enum weir_err run_elements(struct extract_view *v, struct weir_str name,
                                  bool all, struct extract_matches *matches) {
    struct weir_nodes *nodes = &v->x->nodes;
    enum weir_err e = WEIR_OK;
    weir_nodes_clear(nodes);
    if (weir_css_select(v->x->meta, v->css, NULL, nodes))
        return weir_error_nomem(v->error);
    for (int fallback = 0; fallback < 2 && matches->count == 0; fallback++) {
        for (size_t i = 0; i < nodes->count && !e; i++) {
            struct extract_match m = {0};
            if (matches->count && !all)
                break;
            if (meta_match(nodes->at[i], name, fallback, &m))
                e = extract_matches_add(matches, m);
        }
    }
    return e ? weir_error_nomem(v->error) : WEIR_OK;
}

/* ---- JSON-LD ---- */

static enum weir_err add_input(struct extract_view *v, struct weir_str value) {
    struct weir_jq_input **grown =
        weir_reallocarray(v->jsonld, v->jsonld_count + 1, sizeof *v->jsonld);
    if (!grown)
        return WEIR_E_NOMEM;
    v->jsonld = grown;
    if (weir_jq_input_of_value(value, &v->jsonld[v->jsonld_count]))
        return WEIR_E_NOMEM;
    v->jsonld_count++;
    return WEIR_OK;
}

/* The values that a path gives, as inputs of their own. */
static enum weir_err add_parts(struct extract_view *v, struct weir_str path,
                               struct weir_str block) {
    struct weir_jq_input *input = NULL;
    struct weir_jq_outputs parts;
    struct weir_jq *jq = NULL;
    enum weir_err e = weir_jq_compile(path, &jq, NULL);
    weir_jq_outputs_init(&parts);
    if (!e)
        e = weir_jq_input_of_value(block, &input);
    if (!e)
        e = weir_jq_run(jq, input, v->arena, 1000, &parts, NULL);
    for (size_t i = 0; i < parts.count && !e; i++)
        e = add_input(v, parts.at[i]);
    weir_jq_outputs_release(&parts);
    weir_jq_input_destroy(input);
    weir_jq_destroy(jq);
    return e == WEIR_E_NOMEM ? e : WEIR_OK;
}

static enum weir_err add_block(struct extract_view *v,
                               const struct weir_node *script) {
    struct weir_jq_input *checked;
    struct weir_buf *text = &v->x->scratch;
    struct weir_str block;
    const xmlNode *top = weir_node_xml(script);
    enum weir_err e;
    weir_buf_clear(text);
    for (const xmlNode *n = top->children; n; n = n->next)
        if (n->content && n->type != XML_COMMENT_NODE)
            weir_buf_z(text, (const char *)n->content);
    block = weir_str_trim(weir_buf_view(text));
    block = weir_str_make(text->failed ? NULL : weir_arena_dup(v->arena, block),
                          block.n);
    if (!block.p)
        return WEIR_E_NOMEM;
    e = weir_jq_input_create(block, &checked, NULL);
    if (e)
        return e == WEIR_E_INVALID ? WEIR_OK : e;
    weir_jq_input_destroy(checked);
    e = add_input(v, block);
    if (!e && block.p[0] == '[')
        e = add_parts(v, WEIR_STR(".[]"), block);
    if (!e && block.p[0] == '{')
        e = add_parts(v, WEIR_STR(".[\"@graph\"][]?"), block);
    return e;
}

static enum weir_err find_jsonld(struct extract_view *v) {
    struct weir_nodes *nodes = &v->x->nodes;
    enum weir_err e = WEIR_OK;
    if (v->jsonld_known)
        return WEIR_OK;
    v->jsonld_known = true;
    weir_nodes_clear(nodes);
    if (weir_css_select(v->x->jsonld, v->css, NULL, nodes))
        return weir_error_nomem(v->error);
    for (size_t i = 0; i < nodes->count && !e; i++)
        e = add_block(v, nodes->at[i]);
    return e ? weir_error_nomem(v->error) : WEIR_OK;
}

static enum weir_err run_jsonld(struct extract_view *v,
                                const struct extract_select *s, bool all,
                                struct extract_matches *matches) {
    struct weir_jq_outputs *outputs = &v->x->outputs;
    enum weir_err e = find_jsonld(v);
    for (size_t i = 0; i < v->jsonld_count && !e; i++) {
        if (matches->count && !all)
            break;
        /* an array has no members: that is no error here */
        if (weir_jq_run(s->jq, v->jsonld[i], v->arena, EXTRACT_MAX_MATCHES,
                        outputs, NULL) == WEIR_E_NOMEM)
            return weir_error_nomem(v->error);
        for (size_t k = 0; k < outputs->count && !e; k++) {
            struct extract_match m = {.kind = EXTRACT_JSON,
                                      .text = outputs->at[k]};
            if (!weir_str_eq(m.text, WEIR_STR("null")) &&
                (all || matches->count == 0))
                e = extract_matches_add(matches, m);
        }
    }
    return e ? weir_error_nomem(v->error) : WEIR_OK;
}

enum weir_err extract_meta_run(struct extract_view *v,
                               const struct extract_select *s, bool all,
                               struct extract_matches *matches) {
    enum weir_err e = extract_view_tree(v);
    if (e)
        return e;
    if (s->jsonld)
        return run_jsonld(v, s, all, matches);
    return run_elements(v, weir_str_trim(weir_str_of(s->select->text)), all,
                        matches);
}
