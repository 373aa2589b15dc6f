/* A tree as HTML: the fragment serialisation of the HTML Standard, section
 * 13.3, without recursion. */
#include "doc/parse_internal.h"

#include <string.h>

static bool one_of(const xmlNode *node, const char *const *names) {
    if (node->type != XML_ELEMENT_NODE ||
        weir_node_space(node) != WEIR_SPACE_HTML)
        return false;
    for (; *names; names++) {
        if (strcmp((const char *)node->name, *names) == 0)
            return true;
    }
    return false;
}

static bool is_void(const xmlNode *node) {
    static const char *const names[] = {
        "area",  "base",   "basefont", "bgsound", "br",     "col",  "embed",
        "frame", "hr",     "img",      "input",   "keygen", "link", "meta",
        "param", "source", "track",    "wbr",     NULL};
    return one_of(node, names);
}

/* Elements whose text is written as it is. noscript is not among them: here
 * its contents are parsed, as without scripting. */
static bool is_raw(const xmlNode *node) {
    static const char *const names[] = {"style",     "script",  "xmp",
                                        "iframe",    "noembed", "noframes",
                                        "plaintext", NULL};
    return one_of(node, names);
}

/* "Escaping a string". U+00A0 is C2 A0. */
static void put_escaped(struct weir_buf *out, const char *z, bool attribute) {
    const char *from = z;
    for (;; z++) {
        const char *as = NULL;
        size_t width = 1;
        if (*z == '&')
            as = "&amp;";
        else if (*z == '<')
            as = attribute ? NULL : "&lt;";
        else if (*z == '>')
            as = attribute ? NULL : "&gt;";
        else if (*z == '"')
            as = attribute ? "&quot;" : NULL;
        else if (*z == '\xC2' && z[1] == '\xA0') {
            as = "&nbsp;";
            width = 2;
        }
        if (!as && *z)
            continue;
        weir_buf_add(out, from, (size_t)(z - from));
        if (!*z)
            return;
        weir_buf_z(out, as);
        from = z + width;
        z += width - 1;
    }
}

static void put_name(struct weir_buf *out, const xmlNs *ns,
                     const xmlChar *name) {
    if (ns && ns->prefix)
        weir_buf_fmt(out, "%s:", (const char *)ns->prefix);
    weir_buf_z(out, (const char *)name);
}

static void open_tag(struct weir_buf *out, const xmlNode *node) {
    weir_buf_byte(out, '<');
    put_name(out, node->ns, node->name);
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        weir_buf_byte(out, ' ');
        put_name(out, a->ns, a->name);
        weir_buf_z(out, "=\"");
        put_escaped(out, weir_attr_value(a), true);
        weir_buf_byte(out, '"');
    }
    weir_buf_byte(out, '>');
}

static void close_tag(struct weir_buf *out, const xmlNode *node) {
    if (node->type != XML_ELEMENT_NODE || is_void(node))
        return;
    weir_buf_z(out, "</");
    put_name(out, node->ns, node->name);
    weir_buf_byte(out, '>');
}

static void put_node(struct weir_buf *out, const xmlNode *node) {
    const char *content = (const char *)node->content;
    switch ((int)node->type) {
    case XML_ELEMENT_NODE:
        open_tag(out, node);
        break;
    case XML_COMMENT_NODE:
        weir_buf_fmt(out, "<!--%s-->", content);
        break;
    case XML_DTD_NODE:
        weir_buf_fmt(out, "<!DOCTYPE %s>", (const char *)node->name);
        break;
    case XML_TEXT_NODE:
        if (node->parent && is_raw(node->parent))
            weir_buf_z(out, content);
        else
            put_escaped(out, content, false);
        break;
    default:
        break;
    }
}

/* The first node inside; a template's contents stand for its children. */
static const xmlNode *first_inside(const xmlNode *node) {
    const xmlNode *contents = weir_node_template(node);
    if (node->type == XML_DTD_NODE || is_void(node))
        return NULL;
    return contents ? contents->children : node->children;
}

static const xmlNode *above(const xmlNode *node) {
    const xmlNode *parent = node->parent;
    if (parent && parent->type == XML_DOCUMENT_FRAG_NODE && parent->_private)
        return parent->_private;
    return parent;
}

static void put_children(struct weir_buf *out, const xmlNode *top) {
    const xmlNode *node = first_inside(top);
    while (node && !out->failed) {
        const xmlNode *inside = first_inside(node);
        put_node(out, node);
        if (inside) {
            node = inside;
            continue;
        }
        close_tag(out, node);
        while (!node->next) {
            node = above(node);
            if (!node || node == top)
                return;
            close_tag(out, node);
        }
        node = node->next;
    }
}

void weir_node_html(const struct weir_node *node, bool outer,
                    struct weir_buf *out) {
    const xmlNode *n = weir_node_xml(node);
    if (n->type == XML_ATTRIBUTE_NODE) {
        put_escaped(out, weir_attr_value((const xmlAttr *)n), true);
        return;
    }
    if (outer)
        put_node(out, n);
    put_children(out, n);
    if (outer)
        close_tag(out, n);
}

void weir_doc_html(const struct weir_doc *doc, struct weir_buf *out) {
    put_children(out, (const xmlNode *)weir_doc_xml(doc));
}
