/* The tree written down: the format of html5lib-tests, and an outline.
 *
 * Both walk the tree without recursion, contents of templates included; the
 * depth of a node is counted along the way. */
#include "doc/parse_internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

typedef void (*write_fn)(const struct weir_doc *doc, const xmlNode *node,
                         size_t depth, struct weir_buf *out);

/* The node above, out of a template's contents to the template itself. The
 * contents are a level of their own. */
static const xmlNode *above(const xmlNode *node) {
    return node->type == XML_DOCUMENT_FRAG_NODE ? node->_private : node->parent;
}

static void write_all(const struct weir_doc *doc, write_fn write,
                      struct weir_buf *out) {
    const xmlNode *top = (const xmlNode *)weir_doc_xml(doc), *node = top;
    size_t depth = 0;
    while (!out->failed) {
        const xmlNode *contents = weir_node_template(node);
        const xmlNode *next = contents                     ? contents
                              : node->type == XML_DTD_NODE ? NULL
                                                           : node->children;
        if (next) {
            depth++;
        } else {
            for (;;) {
                if (node == top)
                    return;
                if (node->type == XML_DOCUMENT_FRAG_NODE)
                    next = above(node)->children; /* beside the contents */
                else
                    next = node->next;
                if (next)
                    break;
                node = above(node);
                depth--;
            }
        }
        node = next;
        write(doc, node, depth - 1, out);
    }
}

static void indent(size_t depth, struct weir_buf *out) {
    static const char spaces[] = "                                ";
    for (depth *= 2; depth; depth -= depth < 32 ? depth : 32)
        weir_buf_add(out, spaces, depth < 32 ? depth : 32);
}

/* ---- html5lib-tests ---- */

static void lib_name(const xmlNode *node, struct weir_buf *out) {
    enum weir_space space = weir_node_space(node);
    if (space == WEIR_SPACE_SVG)
        weir_buf_z(out, "svg ");
    else if (space == WEIR_SPACE_MATHML)
        weir_buf_z(out, "math ");
    if (node->ns && node->ns->prefix)
        weir_buf_fmt(out, "%s:", (const char *)node->ns->prefix);
    weir_buf_z(out, (const char *)node->name);
}

/* "xlink href", "xmlns xlink", "href": the namespace, then the local name. */
static void lib_attr_name(const xmlAttr *attr, struct weir_buf *out) {
    const char *name = (const char *)attr->name;
    bool foreign = weir_node_space(attr->parent) != WEIR_SPACE_HTML;
    if (attr->ns && attr->ns->prefix)
        weir_buf_fmt(out, "%s ", (const char *)attr->ns->prefix);
    else if (foreign && strcmp(name, "xmlns") == 0)
        weir_buf_z(out, "xmlns ");
    else if (foreign && strcmp(name, "xmlns:xlink") == 0)
        name = "xmlns xlink";
    weir_buf_z(out, name);
}

struct attr_line {
    struct weir_buf name;
    const char *value;
};

/* By UTF-16 code units in html5lib; by bytes is the same below U+E000. */
static int compare_lines(const void *a, const void *b) {
    const struct attr_line *x = a, *y = b;
    return weir_str_cmp(weir_buf_view(&x->name), weir_buf_view(&y->name));
}

static void lib_attributes(const xmlNode *node, size_t depth,
                           struct weir_buf *out) {
    size_t n = 0, i = 0;
    struct attr_line *lines;
    for (const xmlAttr *a = node->properties; a; a = a->next)
        n++;
    if (n == 0)
        return;
    lines = weir_calloc(n, sizeof *lines);
    if (!lines) {
        out->failed = true;
        return;
    }
    for (const xmlAttr *a = node->properties; a; a = a->next, i++) {
        weir_buf_init(&lines[i].name, 0);
        lib_attr_name(a, &lines[i].name);
        out->failed |= lines[i].name.failed;
        lines[i].value = weir_attr_value(a);
    }
    qsort(lines, n, sizeof *lines, compare_lines);
    for (i = 0; i < n; i++) {
        weir_buf_z(out, "| ");
        indent(depth + 1, out);
        weir_buf_str(out, weir_buf_view(&lines[i].name));
        weir_buf_fmt(out, "=\"%s\"\n", lines[i].value);
        weir_buf_release(&lines[i].name);
    }
    weir_free(lines);
}

static void lib_doctype(const xmlDtd *dtd, struct weir_buf *out) {
    weir_buf_fmt(out, "<!DOCTYPE %s", (const char *)dtd->name);
    if (dtd->ExternalID || dtd->SystemID)
        weir_buf_fmt(out, " \"%s\" \"%s\"",
                     dtd->ExternalID ? (const char *)dtd->ExternalID : "",
                     dtd->SystemID ? (const char *)dtd->SystemID : "");
    weir_buf_z(out, ">\n");
}

static void lib_node(const struct weir_doc *doc, const xmlNode *node,
                     size_t depth, struct weir_buf *out) {
    (void)doc;
    weir_buf_z(out, "| ");
    indent(depth, out);
    switch ((int)node->type) {
    case XML_ELEMENT_NODE:
        weir_buf_byte(out, '<');
        lib_name(node, out);
        weir_buf_z(out, ">\n");
        lib_attributes(node, depth, out);
        break;
    case XML_DOCUMENT_FRAG_NODE:
        weir_buf_z(out, "content\n");
        break;
    case XML_COMMENT_NODE:
        weir_buf_fmt(out, "<!-- %s -->\n", (const char *)node->content);
        break;
    case XML_DTD_NODE:
        lib_doctype((const xmlDtd *)node, out);
        break;
    default:
        weir_buf_fmt(out, "\"%s\"\n", (const char *)node->content);
    }
}

void weir_doc_html5lib(const struct weir_doc *doc, struct weir_buf *out) {
    write_all(doc, lib_node, out);
}

/* ---- outline ---- */

enum { OUTLINE_TEXT = 60 }; /* bytes of a text or value that are shown */

/* White space collapsed, cut at a character after OUTLINE_TEXT bytes. */
static void short_text(const char *z, struct weir_buf *out) {
    size_t n = 0;
    bool space = false;
    for (; *z; z++) {
        if (weir_is_space(*z)) {
            space = n > 0;
            continue;
        }
        if (n >= OUTLINE_TEXT && ((unsigned char)*z & 0xC0) != 0x80) {
            weir_buf_z(out, "...");
            return;
        }
        if (space)
            weir_buf_byte(out, ' ');
        weir_buf_byte(out, *z);
        n += space ? 2 : 1;
        space = false;
    }
}

/* ".a.b" of class="a b". */
static void put_classes(const char *z, struct weir_buf *out) {
    bool inside = false;
    for (; *z; z++) {
        bool space = weir_is_space(*z);
        if (!space && !inside)
            weir_buf_byte(out, '.');
        if (!space)
            weir_buf_byte(out, *z);
        inside = !space;
    }
}

static void outline_element(const xmlNode *node, struct weir_buf *out) {
    static const char *const shown[] = {"href", "xlink:href", "src",
                                        "name", "type",       "rel",
                                        "role", "alt",        "content"};
    struct weir_str value;
    const struct weir_node *n = weir_node_of(node);
    if (node->ns && node->ns->prefix)
        weir_buf_fmt(out, "%s:", (const char *)node->ns->prefix);
    weir_buf_z(out, (const char *)node->name);
    if (weir_node_attr(n, "id", &value) && value.n)
        weir_buf_fmt(out, "#%s", value.p);
    if (weir_node_attr(n, "class", &value))
        put_classes(value.p, out);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (!weir_node_attr(n, shown[i], &value))
            continue;
        weir_buf_fmt(out, "[%s=", shown[i]);
        short_text(value.p, out);
        weir_buf_byte(out, ']');
    }
}

static bool is_blank(const char *z) {
    while (weir_is_space(*z))
        z++;
    return *z == '\0';
}

static void outline_node(const struct weir_doc *doc, const xmlNode *node,
                         size_t depth, struct weir_buf *out) {
    const char *content = (const char *)node->content;
    (void)doc;
    if (node->type == XML_TEXT_NODE && is_blank(content))
        return;
    indent(depth, out);
    switch ((int)node->type) {
    case XML_ELEMENT_NODE:
        outline_element(node, out);
        break;
    case XML_DOCUMENT_FRAG_NODE:
        weir_buf_z(out, "(template contents)");
        break;
    case XML_COMMENT_NODE:
        weir_buf_z(out, "<!-- ");
        short_text(content, out);
        weir_buf_z(out, " -->");
        break;
    case XML_DTD_NODE:
        weir_buf_fmt(out, "<!DOCTYPE %s>", (const char *)node->name);
        break;
    default:
        weir_buf_byte(out, '"');
        short_text(content, out);
        weir_buf_byte(out, '"');
    }
    weir_buf_byte(out, '\n');
}

void weir_doc_outline(const struct weir_doc *doc, struct weir_buf *out) {
    write_all(doc, outline_node, out);
}
