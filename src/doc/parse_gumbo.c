/* The html5 builder: gumbo's tree becomes the libxml2 tree.
 *
 * gumbo runs under a guard (gumbo_guard.h); its tree is walked once with a
 * stack of our own and each node is made anew in the doc's arena. What gumbo
 * does not keep is taken from the page: the names of elements that it does not
 * know, and the doctype (doctype.h). */
#include "doc/parse_internal.h"

#include "base/mem.h"
#include "doc/gumbo_guard.h"
#include "doc/gumbo_input.h"

#include <stdio.h>
#include <string.h>

struct frame {
    const GumboVector *children;
    unsigned next;
    xmlNode *parent;
};

struct walk {
    struct weir_doc *doc;
    struct frame *stack;
    size_t depth, cap;
    struct weir_buf name;
    struct weir_gumbo_input in;
    const xmlChar *names[GUMBO_TAG_LAST]; /* of known tags, in the dict */
};

static bool push(struct walk *w, const GumboVector *children, xmlNode *parent) {
    if (w->depth == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 64;
        struct frame *p = weir_reallocarray(w->stack, cap, sizeof *p);
        if (!p) {
            w->doc->failed = WEIR_E_NOMEM;
            return false;
        }
        w->stack = p;
        w->cap = cap;
    }
    w->stack[w->depth++] = (struct frame){children, 0, parent};
    return true;
}

/* A tag that gumbo does not know: its name as the tokenizer of the standard
 * makes it, from "<Name attr>". */
static const xmlChar *unknown_name(struct walk *w, GumboStringPiece tag) {
    weir_buf_clear(&w->name);
    for (size_t i = 1; i < tag.length; i++) {
        char c = tag.data[i];
        if (weir_is_space(c) || c == '/' || c == '>')
            break;
        if (c == '\0')
            weir_buf_str(&w->name, WEIR_STR("\xEF\xBF\xBD"));
        else
            weir_buf_byte(&w->name, weir_to_lower(c));
    }
    if (w->name.failed) {
        w->doc->failed = WEIR_E_NOMEM;
        return NULL;
    }
    return weir_tree_name(w->doc, w->name.p, (int)w->name.len);
}

static const xmlChar *element_name(struct walk *w, const GumboElement *e) {
    GumboStringPiece original = e->original_tag;
    const char *disguised = weir_gumbo_input_name(
        &w->in, weir_str_make(original.data, original.length));
    if (disguised)
        return weir_tree_name(w->doc, disguised, -1);
    if (e->tag_namespace == GUMBO_NAMESPACE_SVG) {
        GumboStringPiece tag = e->original_tag;
        const char *svg;
        gumbo_tag_from_original_text(&tag);
        svg = tag.length ? gumbo_normalize_svg_tagname(&tag) : NULL;
        if (svg)
            return weir_tree_name(w->doc, svg, -1);
    }
    if (e->tag == GUMBO_TAG_UNKNOWN)
        return unknown_name(w, e->original_tag);
    if (!w->names[e->tag])
        w->names[e->tag] =
            weir_tree_name(w->doc, gumbo_normalized_tagname(e->tag), -1);
    return w->names[e->tag];
}

static void add_attributes(struct walk *w, xmlNode *node,
                           const GumboVector *attributes) {
    struct weir_doc *doc = w->doc;
    xmlAttr *last = NULL;
    for (unsigned i = 0; i < attributes->length && !doc->failed; i++) {
        const GumboAttribute *a = attributes->data[i];
        const char *name = a->name;
        const xmlChar *known;
        xmlNs *ns = NULL;
        if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XLINK)
            ns = doc->xlink;
        else if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XMLNS)
            name = strcmp(name, "xlink") == 0 ? "xmlns:xlink" : "xmlns";
        else if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XML &&
                 strcmp(name, "base") == 0)
            name = "xml:base"; /* the standard adjusts it no longer */
        else if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XML)
            ns = doc->xml_ns;
        known = weir_tree_name(doc, name, -1);
        if (known)
            last = weir_tree_attr(doc, node, last, known, ns,
                                  weir_gumbo_input_text(&w->in, a->value));
    }
}

static void add_element(struct walk *w, xmlNode *parent, const GumboNode *n) {
    const GumboElement *e = &n->v.element;
    const xmlChar *name = element_name(w, e);
    xmlNode *node;
    if (!name)
        return;
    node =
        weir_tree_element(w->doc, parent, name,
                          (enum weir_space)e->tag_namespace, e->start_pos.line);
    if (!node)
        return;
    add_attributes(w, node, &e->attributes);
    if (n->type == GUMBO_NODE_TEMPLATE)
        node = weir_tree_template(w->doc, node);
    if (node && e->children.length)
        push(w, &e->children, node);
}

static void add_node(struct walk *w, xmlNode *parent, const GumboNode *n) {
    switch (n->type) {
    case GUMBO_NODE_ELEMENT:
    case GUMBO_NODE_TEMPLATE:
        add_element(w, parent, n);
        break;
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_CDATA:
    case GUMBO_NODE_WHITESPACE:
        weir_tree_text(w->doc, parent,
                       weir_gumbo_input_text(&w->in, n->v.text.text),
                       n->v.text.start_pos.line);
        break;
    case GUMBO_NODE_COMMENT:
        weir_tree_comment(w->doc, parent,
                          weir_gumbo_input_text(&w->in, n->v.text.text),
                          n->v.text.start_pos.line);
        break;
    case GUMBO_NODE_DOCUMENT:
        break;
    }
}

/* Everything below the node that was just pushed. */
static void walk_down(struct walk *w) {
    while (w->depth && !w->doc->failed) {
        struct frame *f = &w->stack[w->depth - 1];
        if (f->next == f->children->length)
            w->depth--;
        else
            add_node(w, f->parent, f->children->data[f->next++]);
    }
}

static void convert(struct walk *w, const GumboOutput *out,
                    const struct weir_doctype *doctype) {
    const GumboDocument *d = &out->document->v.document;
    const char *at = w->in.page.p + doctype->at;
    bool pending = doctype->found;
    for (unsigned i = 0; i < d->children.length && !w->doc->failed; i++) {
        const GumboNode *n = d->children.data[i];
        if (pending && (n->type != GUMBO_NODE_COMMENT ||
                        n->v.text.original_text.data > at)) {
            weir_tree_doctype(w->doc, doctype);
            pending = false;
        }
        add_node(w, NULL, n);
        walk_down(w);
    }
}

static enum weir_err run(struct walk *w, struct weir_gumbo_guard *g,
                         const struct weir_doctype *doctype) {
    GumboOutput *out = weir_gumbo_guard_run(g, w->in.page);
    struct weir_doc *doc = w->doc;
    const char *why;
    enum weir_err err;
    if (!out) {
        err = weir_gumbo_guard_why(g, &why);
        snprintf(doc->note, sizeof doc->note, "%s", why);
        return err;
    }
    convert(w, out, doctype);
    err = weir_tree_finish(doc);
    if (err == WEIR_E_LIMIT)
        snprintf(doc->note, sizeof doc->note, "the tree has too many nodes");
    return err;
}

enum weir_err weir_gumbo_build(struct weir_doc *doc, struct weir_str page) {
    struct weir_doctype doctype = weir_doctype_find(page);
    struct weir_gumbo_guard *g = weir_gumbo_guard_create(&doc->limits);
    struct walk w = {.doc = doc};
    enum weir_err err = weir_gumbo_input_init(&w.in, page, &doctype);
    weir_buf_init(&w.name, 0);
    if (!g)
        err = WEIR_E_NOMEM;
    if (!err)
        err = run(&w, g, &doctype);
    doc->quirks = weir_doctype_quirks(&doctype);
    weir_free(w.stack);
    weir_buf_release(&w.name);
    weir_gumbo_input_release(&w.in);
    weir_gumbo_guard_destroy(g);
    return err;
}
