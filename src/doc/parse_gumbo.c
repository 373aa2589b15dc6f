/* The html5 builder: gumbo's tree becomes the libxml2 tree.
 *
 * gumbo runs under a guard (gumbo_guard.h); its tree is walked once with a
 * stack of our own and each node is made anew in the doc's arena. What gumbo
 * does not keep is taken from the page: the names of elements that it does not
 * know, and where the doctype stood and which ids it had. */
#include "doc/parse_internal.h"

#include "base/mem.h"
#include "doc/gumbo_guard.h"

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
        else if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XML)
            ns = doc->xml_ns;
        else if (a->attr_namespace == GUMBO_ATTR_NAMESPACE_XMLNS)
            name = strcmp(name, "xlink") == 0 ? "xmlns:xlink" : "xmlns";
        known = weir_tree_name(doc, name, -1);
        if (known)
            last = weir_tree_attr(doc, node, last, known, ns,
                                  weir_str_of(a->value));
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
        weir_tree_text(w->doc, parent, weir_str_of(n->v.text.text),
                       n->v.text.start_pos.line);
        break;
    case GUMBO_NODE_COMMENT:
        weir_tree_comment(w->doc, parent, weir_str_of(n->v.text.text),
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

/* Where the doctype stands in the page: the first one outside of the comments
 * around the root; page.n if there is none. */
static size_t find_doctype(struct weir_str page, const GumboDocument *d) {
    unsigned next = 0;
    for (size_t i = 0; i + 9 <= page.n; i++) {
        const char *lt = memchr(page.p + i, '<', page.n - i);
        if (!lt)
            break;
        for (; next < d->children.length; next++) {
            const GumboNode *n = d->children.data[next];
            GumboStringPiece text = n->v.text.original_text;
            if (n->type != GUMBO_NODE_COMMENT || text.data >= lt + 1)
                break;
            if (lt < text.data + text.length)
                lt = text.data + text.length - 1;
        }
        i = (size_t)(lt - page.p);
        if (weir_str_eq_nocase(weir_str_sub(page, i, 9), WEIR_STR("<!doctype")))
            return i;
    }
    return page.n;
}

/* gumbo gives "" for an id that is missing and for one that is empty. */
static void add_doctype(struct weir_doc *doc, struct weir_str page,
                        const GumboDocument *d, size_t at) {
    struct weir_str text = weir_str_sub(page, at, page.n);
    const char *public_id = d->public_identifier;
    const char *system_id = d->system_identifier;
    size_t quote;
    text.n = weir_str_find(text, '>', 0);
    quote = weir_str_find(text, '"', 0);
    if (quote == text.n)
        quote = weir_str_find(text, '\'', 0);
    if (!public_id[0] && !system_id[0] && quote == text.n)
        public_id = system_id = NULL;
    weir_tree_doctype(doc, d->name ? d->name : "", public_id, system_id);
}

static void convert(struct walk *w, const GumboOutput *out,
                    struct weir_str page) {
    const GumboDocument *d = &out->document->v.document;
    size_t at = d->has_doctype ? find_doctype(page, d) : 0;
    bool pending = d->has_doctype;
    for (unsigned i = 0; i < d->children.length && !w->doc->failed; i++) {
        const GumboNode *n = d->children.data[i];
        if (pending && (n->type != GUMBO_NODE_COMMENT ||
                        n->v.text.original_text.data > page.p + at)) {
            add_doctype(w->doc, page, d, at);
            pending = false;
        }
        add_node(w, NULL, n);
        walk_down(w);
    }
    w->doc->quirks = d->doc_type_quirks_mode == GUMBO_DOCTYPE_NO_QUIRKS
                         ? WEIR_DOC_NO_QUIRKS
                     : d->doc_type_quirks_mode == GUMBO_DOCTYPE_QUIRKS
                         ? WEIR_DOC_QUIRKS
                         : WEIR_DOC_LIMITED_QUIRKS;
    if (!d->has_doctype)
        w->doc->quirks = WEIR_DOC_QUIRKS;
}

enum weir_err weir_gumbo_build(struct weir_doc *doc, struct weir_str page) {
    struct weir_gumbo_guard *g = weir_gumbo_guard_create(&doc->limits);
    struct walk w = {.doc = doc};
    enum weir_err err;
    GumboOutput *out;
    const char *why;
    if (!g)
        return WEIR_E_NOMEM;
    out = weir_gumbo_guard_run(g, page);
    if (out) {
        weir_buf_init(&w.name, 0);
        convert(&w, out, page);
        weir_buf_release(&w.name);
        weir_free(w.stack);
        err = weir_tree_finish(doc);
        if (err == WEIR_E_LIMIT)
            snprintf(doc->note, sizeof doc->note,
                     "the tree has too many nodes");
    } else {
        err = weir_gumbo_guard_why(g, &why);
        snprintf(doc->note, sizeof doc->note, "%s", why);
    }
    weir_gumbo_guard_destroy(g);
    return err;
}

static void put_id(struct weir_buf *b, const xmlChar *id) {
    const char *z = id ? (const char *)id : "";
    char quote = strchr(z, '"') ? '\'' : '"';
    weir_buf_fmt(b, "%c%s%c", quote, z, quote);
}

enum weir_doc_quirks weir_gumbo_quirks(const struct weir_doc *doc) {
    const xmlDtd *dtd = doc->xml.intSubset;
    struct weir_doc_options o = weir_doc_defaults();
    enum weir_doc_quirks quirks = WEIR_DOC_QUIRKS;
    struct weir_doc *parsed;
    struct weir_buf b;
    if (!dtd)
        return quirks;
    weir_buf_init(&b, 4096);
    weir_buf_fmt(&b, "<!DOCTYPE %s", (const char *)dtd->name);
    if (doc->public_id) {
        weir_buf_z(&b, " PUBLIC ");
        put_id(&b, dtd->ExternalID);
    } else if (doc->system_id) {
        weir_buf_z(&b, " SYSTEM");
    }
    if (doc->system_id) {
        weir_buf_byte(&b, ' ');
        put_id(&b, dtd->SystemID);
    }
    weir_buf_byte(&b, '>');
    parsed = b.failed ? NULL : weir_doc_new(&o.limits, false);
    if (parsed && weir_gumbo_build(parsed, weir_buf_view(&b)) == WEIR_OK)
        quirks = parsed->quirks;
    weir_doc_destroy(parsed);
    weir_buf_release(&b);
    return quirks;
}
