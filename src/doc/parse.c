/* One page in, one tree out: which builder makes it, and what is said then.
 *
 * The order is fixed and depends on the page alone: html5 unless the page is
 * too large for it; if gumbo's guard refuses, libxml2 from the beginning, which
 * ends the tree rather than fail. */
#include "doc/parse.h"

#include "base/escape.h"
#include "doc/charset.h"
#include "doc/parse_internal.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

/* Memory that a page may cost: for gumbo and the tree each. Ordinary pages need
 * 10 to 25 times their size. */
enum { MEMORY_BASE = 32 << 20, MEMORY_FACTOR = 64 };

struct weir_doc_options weir_doc_defaults(void) {
    return (struct weir_doc_options){.parser = WEIR_DOC_HTML5,
                                     .limits = {.max_page = 64u << 20,
                                                .max_html5_page = 24u << 20,
                                                .max_memory = 512u << 20,
                                                .max_nodes = 4000000,
                                                .max_depth = 512,
                                                .max_attributes = 256}};
}

void weir_doc_init(void) {
    xmlInitParser();
}

/* gumbo's tree, or NULL with the reason in note. */
static enum weir_err try_html5(struct weir_str page,
                               const struct weir_doc_limits *limits,
                               struct weir_doc **out, char *note, size_t room) {
    struct weir_doc *doc;
    enum weir_err err;
    *out = NULL;
    if (page.n > limits->max_html5_page) {
        snprintf(note, room, "html5 refused the page: more than %zu bytes",
                 limits->max_html5_page);
        return WEIR_OK;
    }
    doc = weir_doc_new(limits, false);
    if (!doc)
        return WEIR_E_NOMEM;
    err = weir_gumbo_build(doc, page);
    if (!err) {
        doc->builder = WEIR_DOC_HTML5;
        *out = doc;
        return WEIR_OK;
    }
    if (err == WEIR_E_LIMIT)
        snprintf(note, room, "html5 refused the page: %.96s", doc->note);
    weir_doc_destroy(doc);
    return err == WEIR_E_LIMIT ? WEIR_OK : err;
}

static enum weir_err build(struct weir_str page,
                           const struct weir_doc_options *o,
                           struct weir_doc **out) {
    char note[128] = "";
    enum weir_err err;
    struct weir_doc *doc;
    if (o->parser == WEIR_DOC_HTML5) {
        err = try_html5(page, &o->limits, out, note, sizeof note);
        if (err || *out)
            return err;
    }
    doc = weir_doc_new(&o->limits, o->parser == WEIR_DOC_XML);
    if (!doc)
        return WEIR_E_NOMEM;
    snprintf(doc->note, sizeof doc->note, "%s", note);
    doc->builder = o->parser == WEIR_DOC_XML ? WEIR_DOC_XML : WEIR_DOC_LIBXML2;
    err = o->parser == WEIR_DOC_XML ? weir_libxml_build_xml(doc, page)
                                    : weir_libxml_build(doc, page);
    if (err) {
        weir_doc_destroy(doc);
        return err;
    }
    *out = doc;
    return WEIR_OK;
}

enum weir_err weir_doc_parse(struct weir_str page,
                             const struct weir_doc_options *options,
                             struct weir_doc **out, struct weir_error *error) {
    struct weir_doc_options o = options ? *options : weir_doc_defaults();
    size_t memory;
    struct weir_doc *doc = NULL;
    struct weir_buf repaired;
    enum weir_err err = WEIR_OK;
    if (page.n > o.limits.max_page)
        return weir_error_set(error, WEIR_E_LIMIT,
                              "the page has %zu bytes, the limit is %zu",
                              page.n, o.limits.max_page);
    memory = MEMORY_BASE + MEMORY_FACTOR * page.n;
    if (o.limits.max_memory > memory)
        o.limits.max_memory = memory;
    weir_buf_init(&repaired, 0);
    if (!weir_utf8_valid(page)) {
        err = weir_charset_decode(page, "UTF-8", &repaired);
        page = weir_buf_view(&repaired);
    }
    if (!err)
        err = build(page, &o, &doc);
    weir_buf_release(&repaired);
    if (err)
        return weir_error_nomem(error);
    if (o.parser == WEIR_DOC_XML && !weir_doc_root(doc)) {
        weir_doc_destroy(doc);
        return weir_error_set(error, WEIR_E_INVALID, "no XML element in it");
    }
    *out = doc;
    return WEIR_OK;
}

enum weir_doc_parser weir_doc_builder(const struct weir_doc *doc) {
    return doc->builder;
}

const char *weir_doc_note(const struct weir_doc *doc) {
    return doc->note;
}

bool weir_doc_truncated(const struct weir_doc *doc) {
    return doc->truncated;
}

enum weir_doc_quirks weir_doc_quirks(const struct weir_doc *doc) {
    return doc->quirks;
}

size_t weir_doc_count(const struct weir_doc *doc) {
    return doc->nodes;
}

struct weir_node *weir_doc_root(const struct weir_doc *doc) {
    for (const xmlNode *n = doc->xml.children; n; n = n->next) {
        if (n->type == XML_ELEMENT_NODE)
            return weir_node_of(n);
    }
    return NULL;
}

bool weir_node_attr(const struct weir_node *node, const char *name,
                    struct weir_str *value) {
    const xmlNode *n = weir_node_xml(node);
    const char *colon = strchr(name, ':');
    if (n->type != XML_ELEMENT_NODE)
        return false;
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        const char *own = (const char *)a->name;
        bool same = strcmp(own, name) == 0 && !a->ns;
        if (a->ns && colon)
            same = strcmp(own, colon + 1) == 0 &&
                   weir_str_eq(weir_str_of((const char *)a->ns->prefix),
                               weir_str_make(name, (size_t)(colon - name)));
        if (same) {
            *value = weir_str_of(weir_attr_value(a));
            return true;
        }
    }
    return false;
}

unsigned weir_node_line(const struct weir_node *node) {
    return weir_node_xml(node)->line;
}
